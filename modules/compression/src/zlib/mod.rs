//! The `zlib` module.

mod objects;
mod stream;

use libz_rs_sys as z;
use std::cell::RefCell;
use stream::{Failure, Options, Stream};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::Buffer;
use whipsnake_runtime::types::module;

/// Inputs of at least as many bytes are summed with the interpreter's lock given away.
const LOCK_MINIMUM: usize = 5 * 1024;

#[derive(Default)]
struct State {
    error: RefCell<Option<Obj>>,
}

/// Raises `zlib.error`.
fn raise_text(th: &Thread, text: &str) -> Raised {
    let class = th.interp.state::<State>().error.borrow().clone();
    match class {
        Some(class) => match th.str(text).and_then(|text| call::call1(th, class.value(), text.value())) {
            Ok(exception) => th.raise_instance(exception),
            Err(raised) => raised,
        },
        None => th.value_error(text),
    }
}

/// Raises `zlib.error` for a failure; MemoryError when that was it.
fn raise(th: &Thread, failure: &Failure, doing: &str) -> Raised {
    let words = match (&failure.message, failure.code) {
        (_, Failure::MEMORY) => return th.memory_error(),
        (Some(message), _) => Some(message.as_str()),
        (None, z::Z_BUF_ERROR) => Some("incomplete or truncated stream"),
        (None, z::Z_STREAM_ERROR) => Some("inconsistent stream state"),
        (None, z::Z_DATA_ERROR) => Some("invalid input data"),
        (None, z::Z_VERSION_ERROR) => Some("library version mismatch"),
        _ => None,
    };
    let code = failure.code;
    match words {
        Some(words) => raise_text(th, &format!("Error {code} {doing}: {words}")),
        None => raise_text(th, &format!("Error {code} {doing}")),
    }
}

fn failed(code: i32) -> Failure {
    Failure { code, message: None }
}

fn sum(th: &Thread, data: &Buffer, value: Option<Value>, default: u32, add: fn(u32, &[u8]) -> u32) -> PyResult<i64> {
    let value = value.map_or(Ok(default), |v| number::as_u64_wrapping(th, v).map(|n| n as u32))?;
    let bytes = data.bytes();
    let sum = if bytes.len() < LOCK_MINIMUM { add(value, bytes) } else { th.allow_threads(|| add(value, bytes)) };
    Ok(sum.into())
}

#[pyfunctions]
mod functions {
    use super::*;

    /// The data, compressed.
    #[function("compress(data, /, level=-1, wbits=15)")]
    fn compress(th: &Thread, data: Buffer, level: i32, wbits: i32) -> PyResult {
        let options = Options { level, wbits, ..Options::default() };
        let mut stream = match Stream::deflate(&options) {
            Ok(stream) => stream,
            Err(failure) if failure.code == z::Z_STREAM_ERROR => return Err(raise_text(th, "Bad compression level")),
            Err(failure) => return Err(raise(th, &failure, "while compressing data")),
        };
        let mut out = Vec::new();
        let bytes = data.bytes();
        match th.allow_threads(|| stream.run(bytes, &mut out, z::Z_FINISH, None)) {
            Ok(run) if run.code == z::Z_STREAM_END => th.bytes(&out),
            Ok(run) => Err(raise(th, &failed(run.code), "while compressing data")),
            Err(failure) => Err(raise(th, &failure, "while compressing data")),
        }
    }
    /// The data, decompressed.
    #[function("decompress(data, /, wbits=15, bufsize=16384)")]
    fn decompress(th: &Thread, data: Buffer, wbits: i32, bufsize: isize) -> PyResult {
        if bufsize < 0 {
            return Err(th.value_error("bufsize must be non-negative"));
        }
        let mut stream =
            Stream::inflate(wbits).map_err(|failure| raise(th, &failure, "while preparing to decompress data"))?;
        let mut out = Vec::new();
        if out.try_reserve(bufsize as usize).is_err() {
            return Err(th.memory_error());
        }
        let bytes = data.bytes();
        match th.allow_threads(|| stream.run(bytes, &mut out, z::Z_SYNC_FLUSH, None)) {
            Ok(run) if run.code == z::Z_STREAM_END => th.bytes(&out),
            Ok(run) if run.code == z::Z_NEED_DICT => Err(raise(th, &failed(run.code), "while decompressing data")),
            Ok(_) => Err(raise(th, &failed(z::Z_BUF_ERROR), "while decompressing data")),
            Err(failure) => Err(raise(th, &failure, "while decompressing data")),
        }
    }
    /// An object that compresses data bit by bit.
    #[function("compressobj(level=-1, method=8, wbits=15, memLevel=8, strategy=0, zdict=None)")]
    fn compressobj(
        th: &Thread,
        level: i32,
        method: i32,
        wbits: i32,
        mem_level: i32,
        strategy: i32,
        dictionary: Option<Buffer>,
    ) -> PyResult {
        objects::compressor(th, &Options { level, method, wbits, mem_level, strategy }, dictionary)
    }
    /// An object that decompresses data bit by bit.
    #[function("decompressobj(wbits=15, zdict=b'')", raw)]
    fn decompressobj(th: &Thread, args: Args) -> PyResult {
        objects::decompressor(th, args)
    }
    /// The Adler-32 checksum of the data, going on from a value.
    #[function("adler32(data, value=1, /)")]
    fn adler32(th: &Thread, data: Buffer, value: Option<Value>) -> PyResult<i64> {
        // SAFETY: the bytes have the length that is told.
        sum(th, &data, value, 1, |value, data| unsafe { z::adler32_z(value.into(), data.as_ptr(), data.len()) as u32 })
    }
    /// The CRC-32 checksum of the data, going on from a value.
    #[function("crc32(data, value=0, /)")]
    fn crc32(th: &Thread, data: Buffer, value: Option<Value>) -> PyResult<i64> {
        // SAFETY: the bytes have the length that is told.
        sum(th, &data, value, 0, |value, data| unsafe { z::crc32_z(value.into(), data.as_ptr(), data.len()) as u32 })
    }
}

const CONSTANTS: &[(&str, i64)] = &[
    ("MAX_WBITS", 15),
    ("DEFLATED", 8),
    ("DEF_MEM_LEVEL", 8),
    ("DEF_BUF_SIZE", 16384),
    ("Z_NO_COMPRESSION", 0),
    ("Z_BEST_SPEED", 1),
    ("Z_BEST_COMPRESSION", 9),
    ("Z_DEFAULT_COMPRESSION", -1),
    ("Z_FILTERED", 1),
    ("Z_HUFFMAN_ONLY", 2),
    ("Z_RLE", 3),
    ("Z_FIXED", 4),
    ("Z_DEFAULT_STRATEGY", 0),
    ("Z_NO_FLUSH", 0),
    ("Z_PARTIAL_FLUSH", 1),
    ("Z_SYNC_FLUSH", 2),
    ("Z_FULL_FLUSH", 3),
    ("Z_FINISH", 4),
    ("Z_BLOCK", 5),
    ("Z_TREES", 6),
];

/// Makes `zlib`.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let m = module::new(th, "zlib", "Compression as in RFC 1950, 1951 and 1952.", functions::METHODS)?;
    for ty in [&objects::COMPRESS_TYPE, &objects::DECOMPRESS_TYPE] {
        whipsnake_runtime::typeobj::ready(th, ty)?;
    }
    module::add_type(th, m.value(), &objects::DECOMPRESSOR_TYPE)?;
    for (name, value) in CONSTANTS {
        module::add(th, m.value(), name, th.int(*value)?.value())?;
    }
    // SAFETY: the version is a static string.
    let version = unsafe { std::ffi::CStr::from_ptr(z::zlibVersion()) }.to_string_lossy();
    let version = th.str(version.split('-').next().unwrap_or("1.3.1"))?;
    for (name, value) in
        [("ZLIB_VERSION", &version), ("ZLIB_RUNTIME_VERSION", &version), ("__version__", &th.str("1.0")?)]
    {
        module::add(th, m.value(), name, value.value())?;
    }
    let class = module::exception_class(th, "zlib.error", &statics::EXCEPTION)?;
    module::add(th, m.value(), "error", class.value())?;
    *th.interp.state::<State>().error.borrow_mut() = Some(class);
    Ok(m)
}

//! `_io`: files, buffers and text streams.
//!
//! - `base.rs`: `_IOBase`, `_RawIOBase`, `_BufferedIOBase`, `_TextIOBase`; all objects begin with their dict
//! - `file.rs`: `FileIO`; `memory.rs`: `BytesIO`; `string.rs`: `StringIO`
//! - `buffered/`: `BufferedReader`, `BufferedWriter`, `BufferedRandom`, `BufferedRWPair`
//! - `text/`: `TextIOWrapper`, its codecs and newline handling, `IncrementalNewlineDecoder`
//! - `opening.rs`: `open()`; `standard.rs`: `sys.stdin` and its fellows
//!
//! **Invariant**: no borrow of an object's interior (`RefCell`) lives across anything that can run Python code or give
//! the interpreter's lock away. Source: the `io` documentation; behaviour measured on CPython 3.14.

use whipsnake_runtime::import::NativeModule;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::typeobj;
use whipsnake_runtime::types::module;

mod base;
mod buffered;
mod file;
mod memory;
mod opening;
mod raising;
mod standard;
mod string;
mod text;

pub use opening::open;
pub use standard::make_standard_streams;

/// The modules of this crate.
pub const MODULES: &[NativeModule] = &[NativeModule { name: "_io", init }];

/// Size of buffers where the file system does not say otherwise.
pub const DEFAULT_BUFFER_SIZE: usize = 128 * 1024;

const DOC: &str = "Streams: files, buffers, text. Use the io module.";

/// Makes the `_io` module.
///
/// # Errors
/// MemoryError.
/// Classes with a `__new__` of their own.
const HAVE_NEW: [&str; 5] = ["FileIO", "BytesIO", "_BytesIOBuffer", "StringIO", "IncrementalNewlineDecoder"];

pub fn init(th: &Thread) -> PyResult {
    let m = module::new(th, "_io", DOC, opening::functions::METHODS)?;
    let unsupported = raising::prepare(th)?;
    module::add(th, m.value(), "DEFAULT_BUFFER_SIZE", Value::small_int(DEFAULT_BUFFER_SIZE as i64))?;
    module::add(th, m.value(), "UnsupportedOperation", unsupported.value())?;
    module::add(th, m.value(), "BlockingIOError", statics::BLOCKING_IO_ERROR.value())?;
    let types: [(&str, &'static Type); 14] = [
        ("_IOBase", &base::IO_BASE_TYPE),
        ("_RawIOBase", &base::RAW_IO_BASE_TYPE),
        ("_BufferedIOBase", &base::BUFFERED_IO_BASE_TYPE),
        ("_TextIOBase", &base::TEXT_IO_BASE_TYPE),
        ("FileIO", &file::FILE_IO_TYPE),
        ("BytesIO", &memory::BYTES_IO_TYPE),
        ("_BytesIOBuffer", &memory::BYTES_IO_BUFFER_TYPE),
        ("BufferedReader", &buffered::READER_TYPE),
        ("BufferedWriter", &buffered::WRITER_TYPE),
        ("BufferedRandom", &buffered::RANDOM_TYPE),
        ("BufferedRWPair", &buffered::pair::PAIR_TYPE),
        ("StringIO", &string::STRING_IO_TYPE),
        ("TextIOWrapper", &text::TEXT_IO_WRAPPER_TYPE),
        ("IncrementalNewlineDecoder", &text::newlines::NEWLINE_DECODER_TYPE),
    ];
    for (name, ty) in types {
        typeobj::ready(th, ty)?;
        // These are made by `object.__new__`, so that other bases' methods of that name come first.
        if !HAVE_NEW.contains(&name) {
            ty.dict().del(th, typeobj::names::NEW.get(th)?)?;
        }
        if name != "_BytesIOBuffer" {
            module::add(th, m.value(), name, ty.value())?;
        }
    }
    buffered::add_common_methods(th)?;
    Ok(m)
}

//! Compressor and decompressor objects.
//!
//! Streams are behind mutexes, held only while the interpreter's lock is given away.

use super::stream::{Failure, Options, Run, Stream};
use super::{failed, raise};
use crate::with;
use libz_rs_sys as z;
use std::cell::{Cell, RefCell};
use std::sync::Mutex;
use whipsnake_runtime::args::Params;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::{self, Buffer};

fn refuse(th: &Thread, failure: &Failure) -> Raised {
    match failure.code {
        Failure::MEMORY => th.memory_error(),
        z::Z_STREAM_ERROR => th.value_error("Invalid initialization option"),
        _ => raise(th, failure, "while creating an object"),
    }
}

/// `zlib.Compress`.
pub struct Compress(Mutex<Stream>);

impl Payload for Compress {
    fn ty() -> &'static Type {
        &COMPRESS_TYPE
    }
    fn traverse(&self, _: &mut Visitor) {}
}

builtin_type! {
    /// `zlib.Compress`, made by `compressobj`.
    pub static COMPRESS_TYPE = TypeSpec {
        name: "zlib.Compress",
        flags: flags::DISALLOW_INSTANTIATION,
        methods: compress_methods::METHODS,
        ..Instance::<Compress>::SPEC
    }
}

/// `zlib.compressobj(...)`.
pub fn compressor(th: &Thread, options: &Options, dictionary: Option<Buffer>) -> PyResult {
    let mut stream = Stream::deflate(options).map_err(|failure| refuse(th, &failure))?;
    if let Some(dictionary) = dictionary {
        stream.set_dictionary(dictionary.bytes()).map_err(|failure| match failure.code {
            z::Z_STREAM_ERROR => th.value_error("Invalid dictionary"),
            _ => th.value_error("deflateSetDictionary()"),
        })?;
    }
    Instance::create(th, Compress(Mutex::new(stream)))
}

#[pymethods]
mod compress_methods {
    use super::*;

    fn copy_of(th: &Thread, this: &Instance<Compress>) -> PyResult {
        match with(th, &this.0, |stream| stream.duplicate()) {
            Ok(copy) => Instance::create(th, Compress(Mutex::new(copy))),
            Err(failure) if failure.code == z::Z_STREAM_ERROR => Err(th.value_error("Inconsistent stream state")),
            Err(failure) => Err(raise(th, &failure, "while copying compression object")),
        }
    }
    /// Compresses data; what is ready of the result.
    #[method("compress(data, /)")]
    fn compress(th: &Thread, this: &Instance<Compress>, data: Buffer) -> PyResult {
        let mut out = Vec::new();
        let bytes = data.bytes();
        match with(th, &this.0, |stream| stream.run(bytes, &mut out, z::Z_NO_FLUSH, None)) {
            Ok(_) => th.bytes(&out),
            Err(failure) => Err(raise(th, &failure, "while compressing data")),
        }
    }
    /// The rest of the result; with other modes than Z_FINISH more data may come.
    #[method("flush(mode=4, /)")]
    fn flush(th: &Thread, this: &Instance<Compress>, mode: i32) -> PyResult {
        if mode == z::Z_NO_FLUSH {
            return th.bytes(&[]);
        }
        let mut out = Vec::new();
        let flushed = with(th, &this.0, |stream| {
            let run = stream.run(&[], &mut out, mode, None)?;
            if run.code == z::Z_STREAM_END && mode == z::Z_FINISH {
                match stream.end() {
                    z::Z_OK => {}
                    code => return Err(failed(code)),
                }
            }
            Ok(())
        });
        match flushed {
            Ok(()) => th.bytes(&out),
            Err(failure) => Err(raise(th, &failure, "while flushing")),
        }
    }
    /// A copy in the same state.
    #[method("copy()")]
    fn copy(th: &Thread, this: &Instance<Compress>) -> PyResult {
        copy_of(th, this)
    }
    /// A copy in the same state.
    #[method("__copy__()")]
    fn dunder_copy(th: &Thread, this: &Instance<Compress>) -> PyResult {
        copy_of(th, this)
    }
    /// A copy in the same state.
    #[method("__deepcopy__(memo, /)")]
    fn deepcopy(th: &Thread, this: &Instance<Compress>, _: Value) -> PyResult {
        copy_of(th, this)
    }
}

/// `zlib.Decompress`.
pub struct Decompress {
    stream: Mutex<Stream>,
    dictionary: Option<Obj>,
    unused: RefCell<Vec<u8>>,
    tail: RefCell<Vec<u8>>,
    eof: Cell<bool>,
}

impl Payload for Decompress {
    fn ty() -> &'static Type {
        &DECOMPRESS_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        if let Some(dictionary) = &self.dictionary {
            visitor.obj(dictionary);
        }
    }
}

builtin_type! {
    /// `zlib.Decompress`, made by `decompressobj`.
    pub static DECOMPRESS_TYPE = TypeSpec {
        name: "zlib.Decompress",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        methods: decompress_methods::METHODS,
        getsets: decompress_methods::GETSETS,
        ..Instance::<Decompress>::SPEC
    }
}

/// The arguments `wbits=15, zdict=b''`, as a stream and the dictionary that it may ask for.
fn open(th: &Thread, function: &'static str, args: Args) -> PyResult<(Stream, Option<Obj>)> {
    let params = Params {
        function,
        names: &["wbits", "zdict"],
        positional_only: 0,
        positional: 2,
        required: &[false, false],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None; 2];
    params.bind(th, args, &mut bound)?;
    let wbits = bound[0].map_or(Ok(15), |v| number::as_i32(th, v))?;
    if bound[1].is_some_and(|v| !buffer::has_buffer(v)) {
        return Err(th.type_error("zdict argument must support the buffer protocol"));
    }
    let mut stream = Stream::inflate(wbits).map_err(|failure| refuse(th, &failure))?;
    if let Some(dictionary) = bound[1]
        && wbits < 0
    {
        // Raw streams do not say that they need one.
        set_dictionary(th, &mut stream, dictionary)?;
    }
    Ok((stream, bound[1].map(ValueExt::own)))
}

fn set_dictionary(th: &Thread, stream: &mut Stream, dictionary: Value) -> PyResult<()> {
    let view = buffer::get(th, dictionary, false)?;
    stream.set_dictionary(view.bytes()).map_err(|failure| raise(th, &failure, "while setting zdict"))
}

/// `zlib.decompressobj(...)`.
pub fn decompressor(th: &Thread, args: Args) -> PyResult {
    let (stream, dictionary) = open(th, "decompressobj", args)?;
    let made = Decompress {
        stream: Mutex::new(stream),
        dictionary,
        unused: RefCell::default(),
        tail: RefCell::default(),
        eof: Cell::new(false),
    };
    Instance::create(th, made)
}

/// Decompresses, handing out the dictionary when it is asked for.
fn inflate(
    th: &Thread,
    stream: &Mutex<Stream>,
    dictionary: Option<&Obj>,
    data: &[u8],
    out: &mut Vec<u8>,
    flush: i32,
    limit: Option<usize>,
) -> PyResult<Run> {
    let mut taken = 0;
    loop {
        let run = with(th, stream, |stream| stream.run(&data[taken..], out, flush, limit));
        let run = run.map_err(|failure| raise(th, &failure, "while decompressing data"))?;
        taken += run.taken;
        match (run.code, dictionary) {
            (z::Z_NEED_DICT, Some(dictionary)) => {
                let view = buffer::get(th, dictionary.value(), false)?;
                let bytes = view.bytes();
                with(th, stream, |stream| stream.set_dictionary(bytes))
                    .map_err(|failure| raise(th, &failure, "while setting zdict"))?;
            }
            (z::Z_NEED_DICT, None) => return Err(raise(th, &failed(run.code), "while decompressing data")),
            _ => return Ok(Run { code: run.code, taken }),
        }
    }
}

impl Decompress {
    /// Keeps what was not taken of the input.
    fn keep(&self, run: &Run, data: &[u8]) {
        let rest = &data[run.taken..];
        if run.code == z::Z_STREAM_END {
            self.unused.borrow_mut().extend_from_slice(rest);
            self.tail.borrow_mut().clear();
        } else {
            let rest = rest.to_vec();
            self.tail.replace(rest);
        }
    }
}

#[pymethods]
mod decompress_methods {
    use super::*;

    fn copy_of(th: &Thread, this: &Instance<Decompress>) -> PyResult {
        let copy = match with(
            th,
            &this.stream,
            |stream| if stream.is_open() { stream.duplicate().map(Some) } else { Ok(None) },
        ) {
            Ok(Some(copy)) => copy,
            Ok(None) => return Err(th.value_error("Inconsistent stream state")),
            Err(failure) if failure.code == z::Z_STREAM_ERROR => {
                return Err(th.value_error("Inconsistent stream state"));
            }
            Err(failure) => return Err(raise(th, &failure, "while copying decompression object")),
        };
        let made = Decompress {
            stream: Mutex::new(copy),
            dictionary: this.dictionary.clone(),
            unused: this.unused.clone(),
            tail: this.tail.clone(),
            eof: this.eof.clone(),
        };
        Instance::create(th, made)
    }
    /// Decompresses data; no more than so many bytes, if not 0. The input that is left is the unconsumed tail.
    #[method("decompress(data, /, max_length=0)")]
    fn decompress(th: &Thread, this: &Instance<Decompress>, data: Buffer, max_length: isize) -> PyResult {
        let Ok(limit) = usize::try_from(max_length) else {
            return Err(th.value_error("max_length must be non-negative"));
        };
        let limit = (limit > 0).then_some(limit);
        let mut out = Vec::new();
        let bytes = data.bytes();
        let run = inflate(th, &this.stream, this.dictionary.as_ref(), bytes, &mut out, z::Z_SYNC_FLUSH, limit)?;
        this.keep(&run, bytes);
        if run.code == z::Z_STREAM_END {
            this.eof.set(true);
        }
        th.bytes(&out)
    }
    /// What is left of the output.
    #[method("flush(length=16384, /)")]
    fn flush(th: &Thread, this: &Instance<Decompress>, length: isize) -> PyResult {
        if length <= 0 {
            return Err(th.value_error("length must be greater than zero"));
        }
        let data = this.tail.borrow().clone();
        if !with(th, &this.stream, |stream| stream.is_open()) {
            return th.bytes(&[]);
        }
        let mut out = Vec::new();
        let run = inflate(th, &this.stream, this.dictionary.as_ref(), &data, &mut out, z::Z_FINISH, None)?;
        this.keep(&run, &data);
        if run.code == z::Z_STREAM_END {
            this.eof.set(true);
            let code = with(th, &this.stream, Stream::end);
            if code != z::Z_OK {
                return Err(raise(th, &failed(code), "while finishing decompression"));
            }
        }
        th.bytes(&out)
    }
    /// A copy in the same state.
    #[method("copy()")]
    fn copy(th: &Thread, this: &Instance<Decompress>) -> PyResult {
        copy_of(th, this)
    }
    /// A copy in the same state.
    #[method("__copy__()")]
    fn dunder_copy(th: &Thread, this: &Instance<Decompress>) -> PyResult {
        copy_of(th, this)
    }
    /// A copy in the same state.
    #[method("__deepcopy__(memo, /)")]
    fn deepcopy(th: &Thread, this: &Instance<Decompress>, _: Value) -> PyResult {
        copy_of(th, this)
    }
    /// What comes after the end of the stream.
    #[getter("unused_data")]
    fn unused_data(th: &Thread, this: &Instance<Decompress>) -> PyResult {
        th.bytes(&this.unused.borrow())
    }
    /// The input that was not taken, because the output was limited.
    #[getter("unconsumed_tail")]
    fn unconsumed_tail(th: &Thread, this: &Instance<Decompress>) -> PyResult {
        th.bytes(&this.tail.borrow())
    }
    /// Whether the end of the stream was reached.
    #[getter("eof")]
    fn eof(_: &Thread, this: &Instance<Decompress>) -> bool {
        this.eof.get()
    }
}

/// `zlib._ZlibDecompressor`: keeps the input that is left itself.
pub struct Decompressor {
    stream: Mutex<Stream>,
    dictionary: Option<Obj>,
    input: RefCell<Vec<u8>>,
    unused: RefCell<Vec<u8>>,
    eof: Cell<bool>,
    needs_input: Cell<bool>,
}

impl Payload for Decompressor {
    fn ty() -> &'static Type {
        &DECOMPRESSOR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        if let Some(dictionary) = &self.dictionary {
            visitor.obj(dictionary);
        }
    }
}

builtin_type! {
    /// `zlib._ZlibDecompressor`.
    pub static DECOMPRESSOR_TYPE = TypeSpec {
        name: "zlib._ZlibDecompressor",
        flags: flags::HAVE_GC,
        doc: "_ZlibDecompressor(wbits=15, zdict=b'')\n--\n\nDecompresses data bit by bit.",
        slots: Slots { new: Some(construct), ..Instance::<Decompressor>::SLOTS },
        methods: decompressor_methods::METHODS,
        getsets: decompressor_methods::GETSETS,
        ..Instance::<Decompressor>::SPEC
    }
}

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let (stream, dictionary) = open(th, "_ZlibDecompressor", args)?;
    let made = Decompressor {
        stream: Mutex::new(stream),
        dictionary,
        input: RefCell::default(),
        unused: RefCell::default(),
        eof: Cell::new(false),
        needs_input: Cell::new(true),
    };
    Instance::create_as(th, ty, made)
}

#[pymethods]
mod decompressor_methods {
    use super::*;

    /// Decompresses data; no more than so many bytes, if not negative. The input that is left is kept.
    #[method("decompress(data, max_length=-1)")]
    fn decompress(th: &Thread, this: &Instance<Decompressor>, data: Buffer, max_length: isize) -> PyResult {
        if this.eof.get() {
            return err!(th, EOF_ERROR, "End of stream already reached");
        }
        let limit = usize::try_from(max_length).ok();
        let mut input = this.input.take();
        input.extend_from_slice(data.bytes());
        let mut out = Vec::new();
        if limit == Some(0) {
            this.needs_input.set(input.is_empty());
            this.input.replace(input);
            return th.bytes(&[]);
        }
        let run = inflate(th, &this.stream, this.dictionary.as_ref(), &input, &mut out, z::Z_SYNC_FLUSH, limit)?;
        input.drain(..run.taken);
        if run.code == z::Z_STREAM_END {
            this.eof.set(true);
            this.needs_input.set(false);
            this.unused.replace(input);
        } else {
            // At the limit there may be output that needs no more input.
            this.needs_input.set(input.is_empty() && limit.is_none_or(|limit| out.len() < limit));
            this.input.replace(input);
        }
        th.bytes(&out)
    }
    /// The state of a stream cannot be pickled.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult<()> {
        err!(th, TYPE_ERROR, "cannot pickle '{}' object", this.ty().name())
    }
    /// Whether the end of the stream was reached.
    #[getter("eof")]
    fn eof(_: &Thread, this: &Instance<Decompressor>) -> bool {
        this.eof.get()
    }
    /// Whether more input is needed for more output.
    #[getter("needs_input")]
    fn needs_input(_: &Thread, this: &Instance<Decompressor>) -> bool {
        this.needs_input.get()
    }
    /// What comes after the end of the stream.
    #[getter("unused_data")]
    fn unused_data(th: &Thread, this: &Instance<Decompressor>) -> PyResult {
        th.bytes(&this.unused.borrow())
    }
}

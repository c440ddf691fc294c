//! The `_bz2` module.
//!
//! Streams are behind mutexes, held only while the interpreter's lock is given away.

mod stream;

use crate::{joined, with};
use libbz2_rs_sys as b;
use std::cell::{Cell, RefCell};
use std::sync::Mutex;
use stream::{Failure, Stream};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::Buffer;
use whipsnake_runtime::types::module;

fn raise(th: &Thread, failure: Failure) -> Raised {
    match failure.0 {
        b::BZ_MEM_ERROR => th.memory_error(),
        b::BZ_PARAM_ERROR => th.value_error("Internal error - invalid parameters passed to libbzip2"),
        b::BZ_DATA_ERROR | b::BZ_DATA_ERROR_MAGIC => th.raise(&statics::OS_ERROR, "Invalid data stream"),
        b::BZ_IO_ERROR => th.raise(&statics::OS_ERROR, "Unknown I/O error"),
        b::BZ_UNEXPECTED_EOF => {
            th.raise(&statics::EOF_ERROR, "Compressed file ended before the logical end-of-stream was detected")
        }
        b::BZ_SEQUENCE_ERROR => th.runtime_error("Internal error - Invalid sequence of commands sent to libbzip2"),
        code => th.raise(&statics::OS_ERROR, format!("Unrecognized error from libbzip2: {code}")),
    }
}

/// `_bz2.BZ2Compressor`.
pub struct Compressor {
    stream: Mutex<Stream>,
    flushed: Cell<bool>,
}

impl Payload for Compressor {
    fn ty() -> &'static Type {
        &COMPRESSOR_TYPE
    }
    fn traverse(&self, _: &mut Visitor) {}
}

builtin_type! {
    /// `_bz2.BZ2Compressor`.
    pub static COMPRESSOR_TYPE = TypeSpec {
        name: "_bz2.BZ2Compressor",
        flags: 0,
        doc: "BZ2Compressor(compresslevel=9, /)\n--\n\nCompresses data bit by bit; the level is 1 to 9.",
        slots: Slots { new: Some(new_compressor), ..Instance::<Compressor>::SLOTS },
        methods: compressor_methods::METHODS,
        ..Instance::<Compressor>::SPEC
    }
}

fn new_compressor(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    args.expect(th, "BZ2Compressor", 0, 1)?;
    let level = args.get(0).map_or(Ok(9), |v| number::as_i32(th, v))?;
    if !(1..=9).contains(&level) {
        return Err(th.value_error("compresslevel must be between 1 and 9"));
    }
    let stream = Stream::compressor(level).map_err(|failure| raise(th, failure))?;
    Instance::create_as(th, ty, Compressor { stream: Mutex::new(stream), flushed: Cell::new(false) })
}

#[pymethods]
mod compressor_methods {
    use super::*;

    /// Compresses data; what is ready of the result.
    #[method("compress(data, /)")]
    fn compress(th: &Thread, this: &Instance<Compressor>, data: Buffer) -> PyResult {
        if this.flushed.get() {
            return Err(th.value_error("Compressor has been flushed"));
        }
        let mut out = Vec::new();
        let bytes = data.bytes();
        with(th, &this.stream, |stream| stream.compress(bytes, &mut out, false))
            .map_err(|failure| raise(th, failure))?;
        th.bytes(&out)
    }
    /// Ends the stream; the rest of the result.
    #[method("flush()")]
    fn flush(th: &Thread, this: &Instance<Compressor>) -> PyResult {
        if this.flushed.replace(true) {
            return Err(th.value_error("Repeated call to flush()"));
        }
        let mut out = Vec::new();
        with(th, &this.stream, |stream| stream.compress(&[], &mut out, true)).map_err(|failure| raise(th, failure))?;
        th.bytes(&out)
    }
}

/// `_bz2.BZ2Decompressor`.
#[repr(C)]
pub struct Decompressor {
    stream: Mutex<Stream>,
    /// Input that was not taken, because the output was limited.
    input: RefCell<Vec<u8>>,
    unused: ObjCell,
    eof: Cell<bool>,
    needs_input: Cell<bool>,
    /// The data were no stream: the library's state is not to be used any more.
    failed: Cell<bool>,
}

impl Payload for Decompressor {
    fn ty() -> &'static Type {
        &DECOMPRESSOR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.unused);
    }
}

const fn member(name: &'static str, doc: &'static str, kind: MemberKind, offset: usize) -> MemberDef {
    let offset = std::mem::offset_of!(Instance<Decompressor>, payload) + offset;
    MemberDef { name, doc, kind, offset, readonly: true }
}

builtin_type! {
    /// `_bz2.BZ2Decompressor`.
    pub static DECOMPRESSOR_TYPE = TypeSpec {
        name: "_bz2.BZ2Decompressor",
        doc: "BZ2Decompressor()\n--\n\nDecompresses data bit by bit.",
        slots: Slots { new: Some(new_decompressor), ..Instance::<Decompressor>::SLOTS },
        methods: decompressor_methods::METHODS,
        members: &[
            member("eof", "Whether the end of the stream was reached.", MemberKind::Bool, std::mem::offset_of!(Decompressor, eof)),
            member("unused_data", "What comes after the end of the stream.", MemberKind::Object, std::mem::offset_of!(Decompressor, unused)),
            member("needs_input", "Whether more input is needed for more output.", MemberKind::Bool, std::mem::offset_of!(Decompressor, needs_input)),
        ],
        ..Instance::<Decompressor>::SPEC
    }
}

fn new_decompressor(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    if !args.positional_slots().is_empty() {
        return Err(th.type_error("BZ2Decompressor() takes no positional arguments"));
    }
    args.no_keywords(th, "BZ2Decompressor")?;
    let stream = Stream::decompressor().map_err(|failure| raise(th, failure))?;
    let made = Decompressor {
        stream: Mutex::new(stream),
        input: RefCell::default(),
        unused: ObjCell::new(th.bytes(&[])?),
        eof: Cell::new(false),
        needs_input: Cell::new(true),
        failed: Cell::new(false),
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
        if this.failed.get() {
            return Err(th.value_error("Decompressor is unusable after a previous error"));
        }
        let limit = usize::try_from(max_length).ok();
        let mut kept = this.input.take();
        let mut out = Vec::new();
        let input = joined(th, &mut kept, data.bytes())?;
        let run = with(th, &this.stream, |stream| stream.decompress(input, &mut out, limit));
        let run = run.map_err(|failure| {
            this.failed.set(true);
            this.needs_input.set(false);
            raise(th, failure)
        })?;
        let rest = &input[run.taken..];
        this.needs_input.set(!run.ended && rest.is_empty());
        if run.ended {
            this.eof.set(true);
            this.unused.set(Some(th.bytes(rest)?));
        } else {
            this.input.replace(rest.to_vec());
        }
        th.bytes(&out)
    }
}

/// Makes `_bz2`.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let m = module::new(th, "_bz2", "Compression as bzip2 does it.", &[])?;
    for ty in [&COMPRESSOR_TYPE, &DECOMPRESSOR_TYPE] {
        module::add_type(th, m.value(), ty)?;
    }
    Ok(m)
}

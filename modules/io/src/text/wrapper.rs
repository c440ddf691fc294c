//! `TextIOWrapper`.

use super::codec::{Codec, lookup_text};
use super::newlines::Newlines;
use super::{Newline, not_ready};
use crate::base::{DICT_OFFSET, TEXT_IO_BASE_TYPE};
use crate::buffered::exact_buffered;
use crate::raising::{self, Size, limit, unsupported};
use std::cell::{Cell, RefCell};
use whipsnake_runtime::args::Params;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::str::{Str, to_rust_string};

/// The decoder's state before the last chunk, and the bytes of that chunk: what `tell()` computes with.
#[derive(Clone)]
pub struct Snapshot {
    pub flags: i64,
    pub next_input: Vec<u8>,
}

#[repr(C)]
pub struct Wrapper {
    pub dict: ObjCell,
    pub buffer: ObjCell,
    pub encoding: ObjCell,
    pub errors: ObjCell,
    /// Python's incremental codecs, only for [`Codec::Other`].
    pub encoder: ObjCell,
    pub decoder: ObjCell,
    /// Decoded text, of which `used` characters have been handed out.
    pub decoded: ObjCell,
    pub used: Cell<usize>,
    pub ready: Cell<bool>,
    pub detached: Cell<bool>,
    pub finalizing: Cell<bool>,
    pub codec: Cell<Codec>,
    pub has_encoder: Cell<bool>,
    pub has_decoder: Cell<bool>,
    pub has_read1: Cell<bool>,
    pub newline: Cell<Newline>,
    pub newlines: Newlines,
    pub line_buffering: Cell<bool>,
    pub write_through: Cell<bool>,
    pub seekable: Cell<bool>,
    pub telling: Cell<bool>,
    pub chunk_size: Cell<usize>,
    /// Encoded output that the buffer has not seen.
    pub pending: RefCell<Vec<u8>>,
    /// The beginning of a UTF-8 sequence at the end of the last input.
    pub undecoded: RefCell<Vec<u8>>,
    pub snapshot: RefCell<Option<Snapshot>>,
}

impl Payload for Wrapper {
    #[inline(always)]
    fn ty() -> &'static Type {
        &TEXT_IO_WRAPPER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        for cell in
            [&self.dict, &self.buffer, &self.encoding, &self.errors, &self.encoder, &self.decoder, &self.decoded]
        {
            visitor.cell(cell);
        }
    }
    fn clear(&self) {
        self.ready.set(false);
        self.dict.set(None);
        self.buffer.set(None);
        self.encoder.set(None);
        self.decoder.set(None);
    }
}

type This = Instance<Wrapper>;

fn construct(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    let payload = Wrapper {
        dict: ObjCell::EMPTY,
        buffer: ObjCell::EMPTY,
        encoding: ObjCell::EMPTY,
        errors: ObjCell::EMPTY,
        encoder: ObjCell::EMPTY,
        decoder: ObjCell::EMPTY,
        decoded: ObjCell::EMPTY,
        used: Cell::new(0),
        ready: Cell::new(false),
        detached: Cell::new(false),
        finalizing: Cell::new(false),
        codec: Cell::new(Codec::Utf8),
        has_encoder: Cell::new(false),
        has_decoder: Cell::new(false),
        has_read1: Cell::new(false),
        newline: Cell::new(Newline::Translate),
        newlines: Newlines::default(),
        line_buffering: Cell::new(false),
        write_through: Cell::new(false),
        seekable: Cell::new(false),
        telling: Cell::new(false),
        chunk_size: Cell::new(8192),
        pending: RefCell::default(),
        undecoded: RefCell::default(),
        snapshot: RefCell::default(),
    };
    Instance::create_as(th, ty, payload)
}

/// The arguments of the constructor behind the buffer.
#[derive(Default)]
pub struct TextOptions {
    pub encoding: Option<Obj>,
    pub errors: Option<Obj>,
    pub newline: Option<Obj>,
    pub line_buffering: bool,
    pub write_through: bool,
}

static INIT: Params = Params {
    function: "TextIOWrapper",
    names: &["buffer", "encoding", "errors", "newline", "line_buffering", "write_through"],
    positional_only: 0,
    positional: 6,
    required: &[true, false, false, false, false, false],
    has_varargs: false,
    has_varkw: false,
};

fn init(th: &Thread, v: Value, args: Args) -> PyResult<()> {
    // SAFETY: I4, the slot belongs to this type.
    let this: &This = unsafe { v.cast_unchecked() };
    let mut bound = [None; 6];
    INIT.bind(th, args, &mut bound)?;
    for (i, name) in [(1, "encoding"), (2, "errors"), (3, "newline")] {
        if let Some(v) = bound[i].filter(|v| !v.is_none() && !v.is_instance(&statics::STR_TYPE)) {
            let got = v.ty().name();
            return err!(th, TYPE_ERROR, "TextIOWrapper() argument '{name}' must be str or None, not {got}");
        }
    }
    let text = |i: usize| bound[i].filter(|v: &Value| !v.is_none()).map(ValueExt::own);
    let flag = |i: usize| bound[i].map_or(Ok(false), |v| object::is_true(th, v));
    let options = TextOptions {
        encoding: text(1),
        errors: text(2),
        newline: text(3),
        line_buffering: flag(4)?,
        write_through: flag(5)?,
    };
    set_up(th, this, bound[0].unwrap_or(statics::none()), options)
}

/// A `TextIOWrapper` over a buffer.
pub fn new_wrapper(th: &Thread, buffer: Value, options: TextOptions) -> PyResult {
    let object = construct(th, &TEXT_IO_WRAPPER_TYPE, Args::NONE)?;
    // SAFETY: I4, made on the line above.
    set_up(th, unsafe { object.cast_unchecked::<This>() }, buffer, options)?;
    Ok(object)
}

fn newline_of(th: &Thread, v: Option<Value>) -> PyResult<Newline> {
    Newline::of(th, v, |_, v| to_rust_string(v))
}

fn set_up(th: &Thread, this: &Wrapper, buffer: Value, options: TextOptions) -> PyResult<()> {
    this.ready.set(false);
    this.detached.set(false);
    let newline = newline_of(th, options.newline.as_ref().map(|v| v.value()))?;
    let encoding = match options.encoding {
        Some(encoding) if encoding.cast::<Str>().is_some_and(|s| s.is_text("locale")) => th.intern("UTF-8")?,
        Some(encoding) => encoding,
        None => {
            crate::opening::warn_of_default(th, 1)?;
            th.intern(if crate::opening::utf8_mode(th) { "utf-8" } else { "UTF-8" })?
        }
    };
    let errors = match options.errors {
        Some(errors) => errors,
        None => th.intern("strict")?,
    };
    for text in [&encoding, &errors] {
        text.cast::<Str>().map(|text| text.utf8(th)).transpose()?;
        if text.cast::<Str>().is_some_and(|s| s.units().iter().any(|c| c == 0)) {
            return err!(th, VALUE_ERROR, "embedded null character");
        }
    }
    this.newline.set(newline);
    set_codec(th, this, buffer, encoding, errors)?;
    this.line_buffering.set(options.line_buffering);
    this.write_through.set(options.write_through);
    this.buffer.set(Some(buffer.own()));
    this.pending.borrow_mut().clear();
    this.set_decoded(None);
    this.snapshot.replace(None);
    let seekable = call::call_method(th, buffer, "seekable", &[])?;
    let seekable = object::is_true(th, seekable.value())?;
    this.seekable.set(seekable);
    this.telling.set(seekable);
    this.has_read1.set(exact_buffered(buffer).is_some() || object::has_attr(th, buffer, "read1")?);
    if seekable && this.has_encoder.get() && !this.encoder.is_empty() {
        let position = call::call_method(th, buffer, "tell", &[])?;
        if !compare::eq(th, position.value(), Value::small_int(0))? {
            this.reset_encoder(th, false)?;
        }
    }
    this.ready.set(true);
    Ok(())
}

/// Chooses encoder and decoder.
fn set_codec(th: &Thread, this: &Wrapper, buffer: Value, encoding: Obj, errors: Obj) -> PyResult<()> {
    let codec = Codec::from_name(&to_rust_string(encoding.value()));
    let ability = |name: &str| -> PyResult<bool> {
        let answer = call::call_method(th, buffer, name, &[])?;
        object::is_true(th, answer.value())
    };
    let info = if codec == Codec::Other { Some(lookup_text(th, &to_rust_string(encoding.value()))?) } else { None };
    let (readable, writable) = (ability("readable")?, ability("writable")?);
    this.encoder.set(None);
    this.decoder.set(None);
    if let Some(info) = info {
        if readable {
            let decoder = call::call_method(th, info.value(), "incrementaldecoder", &[errors.value()])?;
            this.decoder.set(Some(decoder));
        }
        if writable {
            let encoder = call::call_method(th, info.value(), "incrementalencoder", &[errors.value()])?;
            this.encoder.set(Some(encoder));
        }
    }
    this.codec.set(codec);
    this.has_decoder.set(readable);
    this.has_encoder.set(writable);
    this.newlines.translate.set(this.newline.get() == Newline::Translate);
    this.newlines.reset();
    drop(this.undecoded.take());
    this.encoding.set(Some(encoding));
    this.errors.set(Some(errors));
    Ok(())
}

impl Wrapper {
    pub fn check_ready(&self, th: &Thread) -> PyResult<()> {
        if self.ready.get() {
            return Ok(());
        }
        if self.detached.get() {
            return err!(th, VALUE_ERROR, "underlying buffer has been detached");
        }
        Err(not_ready(th))
    }
    pub fn buffer(&self, th: &Thread) -> PyResult {
        self.check_ready(th)?;
        self.buffer.get().ok_or_else(|| not_ready(th))
    }
    pub fn is_closed(&self, th: &Thread) -> PyResult<bool> {
        let buffer = self.buffer(th)?;
        match exact_buffered(buffer.value()) {
            Some(buffered) if buffered.ready.get() => buffered.is_closed(th),
            _ => crate::base::is_closed(th, buffer.value()),
        }
    }
    pub fn check_open(&self, th: &Thread) -> PyResult<()> {
        if self.is_closed(th)? { Err(raising::closed(th)) } else { Ok(()) }
    }
}

fn iternext(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    // SAFETY: I4, the slot belongs to this type.
    let this: &This = unsafe { v.cast_unchecked() };
    this.check_ready(th)?;
    this.telling.set(false);
    let line = if v.is_exact(&TEXT_IO_WRAPPER_TYPE) {
        this.read_line(th, None)?
    } else {
        let line = call::call_method(th, v, "readline", &[])?;
        if !line.is_instance(&statics::STR_TYPE) {
            return err!(th, OS_ERROR, "readline() should have returned a str object, not '{}'", line.ty().name());
        }
        line
    };
    if object::len(th, line.value())? == 0 {
        this.snapshot.replace(None);
        this.telling.set(this.seekable.get());
        return Ok(None);
    }
    Ok(Some(line))
}

fn repr(th: &Thread, v: Value) -> PyResult {
    // SAFETY: I4, the slot belongs to this type.
    let this: &This = unsafe { v.cast_unchecked() };
    if !this.detached.get() {
        this.check_ready(th)?;
    }
    // A subclass shows its own name.
    let mut text = match v.is_exact(&TEXT_IO_WRAPPER_TYPE) {
        true => String::from("<_io.TextIOWrapper"),
        false => format!("<{}", v.ty().name()),
    };
    for name in ["name", "mode"] {
        let attribute = match object::lookup_attr_str(th, v, name) {
            Ok(attribute) => attribute,
            Err(_) if th.exception_matches(&statics::VALUE_ERROR) => {
                drop(th.take_exception());
                None
            }
            Err(raised) => return Err(raised),
        };
        if let Some(attribute) = attribute {
            let Some(shown) = th.repr_guard(v, || object::repr_text(th, attribute.value()))? else {
                return err!(th, RUNTIME_ERROR, "reentrant call inside {}.__repr__", v.ty().name());
            };
            text.push_str(&format!(" {name}={shown}"));
        }
    }
    let encoding = this.encoding.get().unwrap_or_else(Obj::none);
    text.push_str(&format!(" encoding={}>", object::repr_text(th, encoding.value())?));
    th.str(&text)
}

fn close(th: &Thread, v: Value) -> PyResult {
    // SAFETY: descriptors check the receiver.
    let this: &This = unsafe { v.cast_unchecked() };
    this.check_ready(th)?;
    let closed = object::get_attr_str(th, v, "closed")?;
    if object::is_true(th, closed.value())? {
        return Ok(Obj::none());
    }
    let buffer = this.buffer(th)?;
    if this.finalizing.get() && call::call_method(th, buffer.value(), "_dealloc_warn", &[v]).is_err() {
        drop(th.take_exception());
    }
    let flushed = call::call_method(th, v, "flush", &[]).map(drop);
    raising::both(th, flushed, || call::call_method(th, buffer.value(), "close", &[]))
}

/// A bool argument that may be None: keeps the old value then.
fn updated(th: &Thread, v: Option<Value>, old: bool) -> PyResult<bool> {
    match v.filter(|v| !v.is_none()) {
        Some(v) => Ok(number::as_i32(th, v)? != 0),
        None => Ok(old),
    }
}

#[pymethods]
mod methods {
    use super::*;

    /// Writes a string; returns the number of characters.
    #[method("write(text, /)")]
    fn write(th: &Thread, this: &This, text: Value) -> PyResult<usize> {
        this.check_ready(th)?;
        this.write_text(th, text)
    }
    /// Reads up to size characters.
    #[method("read(size=-1, /)")]
    fn read(th: &Thread, this: &This, size: Option<Size>) -> PyResult {
        this.check_ready(th)?;
        this.read_text(th, limit(size))
    }
    /// Reads a line, or the first size characters of it.
    #[method("readline(size=-1, /)")]
    fn readline(th: &Thread, this: &This, size: isize) -> PyResult {
        this.check_ready(th)?;
        this.read_line(th, usize::try_from(size).ok())
    }
    /// Writes what is buffered.
    #[method("flush()")]
    fn flush(th: &Thread, this: &This) -> PyResult<()> {
        this.check_open(th)?;
        this.telling.set(this.seekable.get());
        this.flush_pending(th)?;
        this.flush_buffer(th)
    }
    /// Flushes and closes.
    #[method("close()")]
    fn close_(th: &Thread, this: Value) -> PyResult {
        close(th, this)
    }
    /// Gives the buffer away.
    #[method("detach()")]
    fn detach(th: &Thread, this: Value) -> PyResult {
        // SAFETY: descriptors check the receiver.
        let wrapper: &This = unsafe { this.cast_unchecked() };
        wrapper.check_ready(th)?;
        call::call_method(th, this, "flush", &[])?;
        let buffer = wrapper.buffer(th)?;
        wrapper.buffer.set(None);
        wrapper.detached.set(true);
        wrapper.ready.set(false);
        Ok(buffer)
    }
    /// Changes settings.
    #[method(
        "reconfigure(*, encoding=None, errors=None, newline=<unrepresentable>, line_buffering=None, write_through=None)",
        raw
    )]
    fn reconfigure(th: &Thread, this: Value, args: Args) -> PyResult<()> {
        // `newline=None` differs from no newline.
        static PARAMS: whipsnake_runtime::args::Params = whipsnake_runtime::args::Params {
            function: "reconfigure",
            names: &["encoding", "errors", "newline", "line_buffering", "write_through"],
            positional_only: 0,
            positional: 0,
            required: &[false; 5],
            has_varargs: false,
            has_varkw: false,
        };
        let mut bound = [None; 5];
        PARAMS.bind(th, args, &mut bound)?;
        // SAFETY: descriptors check the receiver.
        let wrapper: &This = unsafe { this.cast_unchecked() };
        wrapper.check_ready(th)?;
        for (name, v) in ["encoding", "errors", "newline"].iter().zip(&bound) {
            if let Some(v) = v.filter(|v| !v.is_none() && !v.is_instance(&statics::STR_TYPE)) {
                let got = v.ty().name();
                return err!(th, TYPE_ERROR, "reconfigure() argument '{name}' must be str or None, not {got}");
            }
        }
        let [encoding, errors, newline, line_buffering, write_through] = bound;
        let text = |v: Option<Value>| v.and_then(|v| v.cast::<Str>());
        let (encoding, errors) = (text(encoding), text(errors));
        let changes_codec = encoding.is_some() || errors.is_some() || newline.is_some();
        if changes_codec && (!wrapper.decoded.is_empty() || wrapper.snapshot.borrow().is_some()) {
            let message = "It is not possible to set the encoding or newline of stream after the first read";
            return Err(unsupported(th, message));
        }
        for text in [encoding, errors].into_iter().flatten() {
            text.utf8(th)?;
        }
        let new_newline = match newline {
            Some(v) => Some(newline_of(th, Some(v).filter(|v| !v.is_none()))?),
            None => None,
        };
        let line = updated(th, line_buffering, wrapper.line_buffering.get())?;
        let through = updated(th, write_through, wrapper.write_through.get())?;
        call::call_method(th, this, "flush", &[])?;
        if changes_codec {
            if let Some(newline) = new_newline {
                wrapper.newline.set(newline);
            }
            let old_errors = wrapper.errors.get().unwrap_or_else(Obj::none);
            let (encoding, errors) = match (encoding, errors) {
                (Some(encoding), errors) => {
                    let name = if encoding.is_text("locale") { th.intern("UTF-8")? } else { encoding.value().own() };
                    (name, errors.map_or_else(|| th.intern("strict"), |e| Ok(e.value().own()))?)
                }
                (None, errors) => {
                    let old = wrapper.encoding.get().unwrap_or_else(Obj::none);
                    (old, errors.map_or(old_errors, |e| e.value().own()))
                }
            };
            let buffer = wrapper.buffer(th)?;
            set_codec(th, wrapper, buffer.value(), encoding, errors)?;
            if wrapper.seekable.get() && !wrapper.encoder.is_empty() {
                let position = call::call_method(th, buffer.value(), "tell", &[])?;
                let at_start = compare::eq(th, position.value(), Value::small_int(0))?;
                wrapper.reset_encoder(th, at_start)?;
            }
        }
        wrapper.line_buffering.set(line);
        wrapper.write_through.set(through);
        Ok(())
    }
    /// The position, as an opaque number.
    #[method("tell()")]
    fn tell(th: &Thread, this: Value) -> PyResult {
        // SAFETY: descriptors check the receiver.
        let wrapper: &This = unsafe { this.cast_unchecked() };
        wrapper.check_ready(th)?;
        wrapper.tell(th, this)
    }
    /// Goes to a position that tell() gave.
    #[method("seek(cookie, whence=0, /)")]
    fn seek(th: &Thread, this: Value, cookie: Value, whence: i32) -> PyResult {
        // SAFETY: descriptors check the receiver.
        let wrapper: &This = unsafe { this.cast_unchecked() };
        wrapper.check_ready(th)?;
        wrapper.seek(th, this, cookie, whence)
    }
    /// Cuts the file.
    #[method("truncate(pos=None, /)")]
    fn truncate(th: &Thread, this: Value, pos: Option<Value>) -> PyResult {
        // SAFETY: descriptors check the receiver.
        let wrapper: &This = unsafe { this.cast_unchecked() };
        wrapper.check_ready(th)?;
        call::call_method(th, this, "flush", &[])?;
        let pos = match pos.filter(|v| !v.is_none()) {
            Some(pos) => pos.own(),
            None => call::call_method(th, this, "tell", &[])?,
        };
        let buffer = wrapper.buffer(th)?;
        call::call_method(th, buffer.value(), "truncate", &[pos.value()])
    }
    /// The descriptor.
    #[method("fileno()")]
    fn fileno(th: &Thread, this: &This) -> PyResult {
        let buffer = this.buffer(th)?;
        call::call_method(th, buffer.value(), "fileno", &[])
    }
    /// Whether the position can be changed.
    #[method("seekable()")]
    fn seekable(th: &Thread, this: &This) -> PyResult {
        let buffer = this.buffer(th)?;
        call::call_method(th, buffer.value(), "seekable", &[])
    }
    /// Whether the stream can be read.
    #[method("readable()")]
    fn readable(th: &Thread, this: &This) -> PyResult {
        let buffer = this.buffer(th)?;
        call::call_method(th, buffer.value(), "readable", &[])
    }
    /// Whether the stream can be written.
    #[method("writable()")]
    fn writable(th: &Thread, this: &This) -> PyResult {
        let buffer = this.buffer(th)?;
        call::call_method(th, buffer.value(), "writable", &[])
    }
    /// Whether this is a terminal.
    #[method("isatty()")]
    fn isatty(th: &Thread, this: &This) -> PyResult {
        let buffer = this.buffer(th)?;
        call::call_method(th, buffer.value(), "isatty", &[])
    }
    #[method("__getstate__()")]
    fn getstate(th: &Thread, this: Value) -> PyResult {
        Err(crate::raising::not_picklable(th, this))
    }
    /// The encoding's name.
    #[getter("encoding")]
    fn encoding(_: &Thread, this: &This) -> Obj {
        this.encoding.get().unwrap_or_else(Obj::none)
    }
    /// The error handler's name.
    #[getter("errors")]
    fn errors(th: &Thread, this: &This) -> PyResult {
        if !this.detached.get() {
            this.check_ready(th)?;
        }
        Ok(this.errors.get().unwrap_or_else(Obj::none))
    }
    /// The kinds of line ends seen so far.
    #[getter("newlines")]
    fn newlines(th: &Thread, this: &This) -> PyResult {
        this.check_ready(th)?;
        if this.newline.get().reads_all() { this.newlines.seen_kinds(th) } else { Ok(Obj::none()) }
    }
    /// Whether a line end flushes.
    #[getter("line_buffering")]
    fn line_buffering(_: &Thread, this: &This) -> bool {
        this.line_buffering.get()
    }
    /// Whether writes go to the buffer at once.
    #[getter("write_through")]
    fn write_through(_: &Thread, this: &This) -> bool {
        this.write_through.get()
    }
    /// The binary stream below.
    #[getter("buffer")]
    fn buffer(_: &Thread, this: &This) -> Obj {
        this.buffer.get().unwrap_or_else(Obj::none)
    }
    /// Whether the buffer is closed.
    #[getter("closed")]
    fn closed(th: &Thread, this: &This) -> PyResult {
        let buffer = this.buffer(th)?;
        object::get_attr_str(th, buffer.value(), "closed")
    }
    /// The buffer's name.
    #[getter("name")]
    fn name(th: &Thread, this: &This) -> PyResult {
        let buffer = this.buffer(th)?;
        object::get_attr_str(th, buffer.value(), "name")
    }
    #[getter("_CHUNK_SIZE")]
    fn chunk_size(_: &Thread, this: &This) -> usize {
        this.chunk_size.get()
    }
    #[setter("_CHUNK_SIZE")]
    fn set_chunk_size(th: &Thread, this: &This, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else {
            let message = "attribute '_CHUNK_SIZE' of '_io.TextIOWrapper' objects cannot be deleted";
            return err!(th, ATTRIBUTE_ERROR, "{message}");
        };
        let index = number::index(th, value)?;
        match whipsnake_runtime::types::int::try_i64(index.value()) {
            None => err!(th, VALUE_ERROR, "cannot fit '{}' into an index-sized integer", value.ty().name()),
            Some(n @ 1..) => {
                this.chunk_size.set(n as usize);
                Ok(())
            }
            _ => err!(th, VALUE_ERROR, "a strictly positive integer is required"),
        }
    }
    #[getter("_finalizing")]
    fn finalizing(_: &Thread, this: &This) -> bool {
        this.finalizing.get()
    }
    #[setter("_finalizing")]
    fn set_finalizing(th: &Thread, this: &This, value: Option<Value>) -> PyResult<()> {
        this.finalizing.set(value.map_or(Ok(false), |v| object::is_true(th, v))?);
        Ok(())
    }
}

builtin_type! {
    /// `io.TextIOWrapper`.
    pub static TEXT_IO_WRAPPER_TYPE = TypeSpec {
        name: "_io.TextIOWrapper",
        base: Some(&TEXT_IO_BASE_TYPE),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        dictoffset: DICT_OFFSET,
        doc: "TextIOWrapper(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)\n--\n\nText over a buffered binary stream.",
        slots: Slots {
            new: Some(construct),
            init: Some(init),
            repr: Some(repr),
            iter: Some(|th, v| { crate::base::check_open(th, v)?; Ok(v.own()) }),
            iternext: Some(iternext),
            ..Instance::<Wrapper>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..Instance::<Wrapper>::SPEC
    }
}

//! `BufferedReader`, `BufferedWriter`, `BufferedRandom`.

use super::core::{Buffered, exact_file};
use crate::base::{BUFFERED_IO_BASE_TYPE, DICT_OFFSET};
use crate::raising::{self, Size, limit, unsupported};
use whipsnake_runtime::args::Params;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::BytesArg;
use whipsnake_runtime::types::descriptors;

type This = Instance<Buffered>;

/// # Safety
/// `v` is an instance of one of the three classes (I4).
unsafe fn this_of<'a>(v: Value) -> &'a This {
    // SAFETY: I4, handed on to the caller.
    unsafe { v.cast_unchecked() }
}

fn construct(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    // SAFETY: `create_as` needs a type with this layout, and the three that use this slot (and their subclasses) have it.
    let basicsize = ty.core.basicsize.get() as usize;
    let object = th.allocate(ty, basicsize)?;
    unsafe {
        (&raw mut (*(object as *mut This)).payload).write(Buffered::new());
        let own = size_of::<This>();
        object.cast::<u8>().add(own).write_bytes(0, basicsize - own);
        Ok(Obj::steal(Value::from_ptr(object)))
    }
}

fn set_up(th: &Thread, this: &Buffered, raw: Value, size: isize, readable: bool, writable: bool) -> PyResult<()> {
    this.ready.set(false);
    this.detached.set(false);
    if size <= 0 {
        return err!(th, VALUE_ERROR, "buffer size must be strictly positive");
    }
    this.drop_read_buffer();
    this.write.borrow_mut().clear();
    this.buffer_size.set(size as usize);
    this.readable.set(readable);
    this.writable.set(writable);
    this.raw.set(Some(raw.own()));
    this.ready.set(true);
    Ok(())
}

fn check_raw(th: &Thread, raw: Value, ability: &str, message: &str) -> PyResult<()> {
    if exact_file(raw).is_none() || ability == "seekable" {
        let answer = call::call_method(th, raw, ability, &[])?;
        return if answer.is_true_singleton() { Ok(()) } else { Err(unsupported(th, message)) };
    }
    let answer = call::call_method(th, raw, ability, &[])?;
    if object::is_true(th, answer.value())? { Ok(()) } else { Err(unsupported(th, message)) }
}

fn check_readable(th: &Thread, raw: Value) -> PyResult<()> {
    check_raw(th, raw, "readable", "File or stream is not readable.")
}
fn check_writable(th: &Thread, raw: Value) -> PyResult<()> {
    check_raw(th, raw, "writable", "File or stream is not writable.")
}
fn check_seekable(th: &Thread, raw: Value) -> PyResult<()> {
    check_raw(th, raw, "seekable", "File or stream is not seekable.")
}

fn bind(th: &Thread, params: &Params, args: Args) -> PyResult<(Value, isize)> {
    let mut bound = [None; 2];
    params.bind(th, args, &mut bound)?;
    let size = bound[1].map_or(Ok(crate::DEFAULT_BUFFER_SIZE as isize), |v| number::as_isize(th, v))?;
    Ok((bound[0].unwrap_or(statics::none()), size))
}

const fn params(function: &'static str) -> Params {
    Params {
        function,
        names: &["raw", "buffer_size"],
        positional_only: 0,
        positional: 2,
        required: &[true, false],
        has_varargs: false,
        has_varkw: false,
    }
}
static READER_INIT: Params = params("BufferedReader");
static WRITER_INIT: Params = params("BufferedWriter");
static RANDOM_INIT: Params = params("BufferedRandom");

fn init_reader(th: &Thread, v: Value, args: Args) -> PyResult<()> {
    let (raw, size) = bind(th, &READER_INIT, args)?;
    check_readable(th, raw)?;
    // SAFETY: the slot belongs to this type.
    set_up(th, unsafe { this_of(v) }, raw, size, true, false)
}

fn init_writer(th: &Thread, v: Value, args: Args) -> PyResult<()> {
    let (raw, size) = bind(th, &WRITER_INIT, args)?;
    check_writable(th, raw)?;
    // SAFETY: the slot belongs to this type.
    set_up(th, unsafe { this_of(v) }, raw, size, false, true)
}

fn init_random(th: &Thread, v: Value, args: Args) -> PyResult<()> {
    let (raw, size) = bind(th, &RANDOM_INIT, args)?;
    check_seekable(th, raw)?;
    check_readable(th, raw)?;
    check_writable(th, raw)?;
    // SAFETY: the slot belongs to this type.
    set_up(th, unsafe { this_of(v) }, raw, size, true, true)
}

/// A `BufferedReader` over a raw stream that is known to be readable.
pub fn new_reader(th: &Thread, raw: Value, size: usize) -> PyResult {
    let object = construct(th, &READER_TYPE, Args::NONE)?;
    // SAFETY: made on the line above.
    set_up(th, unsafe { this_of(object.value()) }, raw, size as isize, true, false)?;
    Ok(object)
}

/// A `BufferedWriter` over a raw stream that is known to be writable.
pub fn new_writer(th: &Thread, raw: Value, size: usize) -> PyResult {
    let object = construct(th, &WRITER_TYPE, Args::NONE)?;
    // SAFETY: made on the line above.
    set_up(th, unsafe { this_of(object.value()) }, raw, size as isize, false, true)?;
    Ok(object)
}

/// A `BufferedRandom` over a raw stream.
pub fn new_random(th: &Thread, raw: Value, size: usize) -> PyResult {
    check_seekable(th, raw)?;
    let object = construct(th, &RANDOM_TYPE, Args::NONE)?;
    // SAFETY: made on the line above.
    set_up(th, unsafe { this_of(object.value()) }, raw, size as isize, true, true)?;
    Ok(object)
}

fn repr(th: &Thread, v: Value) -> PyResult {
    let name = v.ty().spec.map_or_else(|| number::full_name(v), |spec| spec.name);
    let attribute = object::lookup_attr_str(th, v, "name");
    let file = match attribute {
        Ok(file) => file,
        Err(_) if th.exception_matches(&statics::VALUE_ERROR) => {
            drop(th.take_exception());
            None
        }
        Err(raised) => return Err(raised),
    };
    match file {
        None => th.str(&format!("<{name}>")),
        Some(file) => match th.repr_guard(v, || object::repr_text(th, file.value()))? {
            Some(text) => th.str(&format!("<{name} name={text}>")),
            None => err!(th, RUNTIME_ERROR, "reentrant call inside {name}.__repr__"),
        },
    }
}

fn iternext(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    // SAFETY: the slot belongs to these types.
    let this = unsafe { this_of(v) };
    this.check_ready(th)?;
    let line = if super::exact_reader(v).is_some() {
        this.read_line(th, None)?
    } else {
        call::call_method(th, v, "readline", &[])?
    };
    if object::len(th, line.value())? == 0 { Ok(None) } else { Ok(Some(line)) }
}

fn close(th: &Thread, v: Value) -> PyResult {
    // SAFETY: descriptors check the receiver.
    let this = unsafe { this_of(v) };
    this.check_ready(th)?;
    if this.is_closed(th)? {
        return Ok(Obj::none());
    }
    let raw = this.raw(th)?;
    if this.finalizing.get() && call::call_method(th, raw.value(), "_dealloc_warn", &[v]).is_err() {
        drop(th.take_exception());
    }
    let flushed = call::call_method(th, v, "flush", &[]).map(drop);
    let result = raising::both(th, flushed, || call::call_method(th, raw.value(), "close", &[]));
    this.drop_read_buffer();
    drop(this.write.take());
    result
}

/// An attribute or method of the raw stream.
fn ask_raw(th: &Thread, this: &Buffered, name: &str) -> PyResult {
    let raw = this.raw(th)?;
    call::call_method(th, raw.value(), name, &[])
}

/// What all three classes have.
#[pymethods]
mod common {
    use super::*;

    /// Gives the raw stream away; this object is of no use afterwards.
    #[method("detach()")]
    fn detach(th: &Thread, this: Value) -> PyResult {
        // SAFETY: descriptors check the receiver.
        let stream = unsafe { this_of(this) };
        stream.check_ready(th)?;
        call::call_method(th, this, "flush", &[])?;
        let raw = stream.raw(th)?;
        stream.raw.set(None);
        stream.detached.set(true);
        stream.ready.set(false);
        Ok(raw)
    }
    /// Writes what is buffered.
    #[method("flush()")]
    fn flush(th: &Thread, this: &This) -> PyResult {
        this.check_ready(th)?;
        if this.writable.get() {
            this.flush_all(th)?;
            return Ok(Obj::none());
        }
        this.check_open(th, "flush of closed file")?;
        ask_raw(th, this, "flush")
    }
    /// Flushes and closes the raw stream.
    #[method("close()")]
    fn close_(th: &Thread, this: Value) -> PyResult {
        close(th, this)
    }
    /// Whether the position can be changed.
    #[method("seekable()")]
    fn seekable(th: &Thread, this: &This) -> PyResult {
        ask_raw(th, this, "seekable")
    }
    /// The descriptor.
    #[method("fileno()")]
    fn fileno(th: &Thread, this: &This) -> PyResult {
        ask_raw(th, this, "fileno")
    }
    /// Whether this is a terminal.
    #[method("isatty()")]
    fn isatty(th: &Thread, this: &This) -> PyResult {
        ask_raw(th, this, "isatty")
    }
    /// The position.
    #[method("tell()")]
    fn tell(th: &Thread, this: &This) -> PyResult<i64> {
        this.check_ready(th)?;
        this.position(th)
    }
    /// Changes the position.
    #[method("seek(target, whence=0, /)")]
    fn seek(th: &Thread, this: &This, target: i64, whence: i32) -> PyResult<i64> {
        this.check_ready(th)?;
        this.seek_to(th, target, whence)
    }
    /// Cuts or extends the file.
    #[method("truncate(pos=None, /)")]
    fn truncate(th: &Thread, this: &This, pos: Option<Value>) -> PyResult {
        this.check_ready(th)?;
        let pos = pos.filter(|v| !v.is_none());
        let size = match pos {
            Some(pos) => pos.own(),
            None => {
                let here = if this.writable.get() { this.position(th)? } else { 0 };
                th.int(here)?
            }
        };
        this.truncate_to(th, size.value())
    }
    #[method("_dealloc_warn(source, /)")]
    fn dealloc_warn(th: &Thread, this: &This, source: Value) -> PyResult<()> {
        if this.ready.get() {
            let raw = this.raw(th)?;
            if call::call_method(th, raw.value(), "_dealloc_warn", &[source]).is_err() {
                drop(th.take_exception());
            }
        }
        Ok(())
    }
    #[method("__getstate__()")]
    fn getstate(th: &Thread, this: Value) -> PyResult {
        Err(crate::raising::not_picklable(th, this))
    }
    /// The raw stream.
    #[getter("raw")]
    fn raw(_: &Thread, this: &This) -> Obj {
        this.raw.get().unwrap_or_else(Obj::none)
    }
    /// Whether the raw stream is closed.
    #[getter("closed")]
    fn closed(th: &Thread, this: &This) -> PyResult {
        let raw = this.raw(th)?;
        object::get_attr_str(th, raw.value(), "closed")
    }
    /// The raw stream's name.
    #[getter("name")]
    fn name(th: &Thread, this: &This) -> PyResult {
        let raw = this.raw(th)?;
        object::get_attr_str(th, raw.value(), "name")
    }
    /// The raw stream's mode.
    #[getter("mode")]
    fn mode(th: &Thread, this: &This) -> PyResult {
        let raw = this.raw(th)?;
        object::get_attr_str(th, raw.value(), "mode")
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

/// `read(n)`: only -1 means "all".
fn read_size(th: &Thread, size: Size, given: Option<Value>) -> PyResult<Option<usize>> {
    match (size.0, given) {
        (None, Some(v)) if !v.is_none() && number::as_isize(th, v)? != -1 => {
            err!(th, VALUE_ERROR, "read length must be non-negative or -1")
        }
        (size, _) => Ok(size),
    }
}

/// What can be read has these.
#[pymethods]
mod reader {
    use super::*;

    /// Reads size bytes, or to the end.
    #[method("read(size=-1, /)")]
    fn read(th: &Thread, this: &This, size: Option<Value>) -> PyResult {
        this.check_ready(th)?;
        let what = ArgName { function: "read", name: "size", position: 1, only: true };
        let converted = size.map_or(Ok(Size(None)), |v| Size::from_arg(th, v, what))?;
        let size = read_size(th, converted, size)?;
        this.read_bytes(th, size)
    }
    /// Reads up to size bytes with at most one raw read.
    #[method("read1(size=-1, /)")]
    fn read1(th: &Thread, this: &This, size: isize) -> PyResult {
        this.check_ready(th)?;
        let data = this.read_once(th, usize::try_from(size).ok())?;
        th.bytes(&data)
    }
    /// What comes next, without moving.
    #[method("peek(size=0, /)")]
    fn peek(th: &Thread, this: &This, size: isize) -> PyResult {
        let _ = size;
        this.check_ready(th)?;
        this.peek_bytes(th)
    }
    /// Reads into a buffer.
    #[method("readinto(buffer, /)")]
    fn readinto(th: &Thread, this: &This, buffer: Value) -> PyResult<Option<usize>> {
        this.check_ready(th)?;
        this.read_into(th, buffer, false)
    }
    /// Reads into a buffer with at most one raw read.
    #[method("readinto1(buffer, /)")]
    fn readinto1(th: &Thread, this: &This, buffer: Value) -> PyResult<Option<usize>> {
        this.check_ready(th)?;
        this.read_into(th, buffer, true)
    }
    /// Reads a line.
    #[method("readline(size=-1, /)")]
    fn readline(th: &Thread, this: &This, size: Option<Size>) -> PyResult {
        this.check_ready(th)?;
        this.read_line(th, limit(size))
    }
    /// Whether the stream can be read.
    #[method("readable()")]
    fn readable(th: &Thread, this: &This) -> PyResult {
        ask_raw(th, this, "readable")
    }
}

/// What can be written has these.
#[pymethods]
mod writer {
    use super::*;

    /// Writes bytes; returns their number.
    #[method("write(buffer, /)")]
    fn write(th: &Thread, this: &This, buffer: BytesArg) -> PyResult<usize> {
        this.check_ready(th)?;
        this.write_bytes(th, &buffer)
    }
    /// Whether the stream can be written.
    #[method("writable()")]
    fn writable(th: &Thread, this: &This) -> PyResult {
        ask_raw(th, this, "writable")
    }
}

/// Gives the three classes the methods they share: a declaration has room for one table only.
pub fn add_common_methods(th: &Thread) -> PyResult<()> {
    let types: [(&'static Type, &[&'static [MethodDef]]); 3] = [
        (&READER_TYPE, &[common::METHODS]),
        (&WRITER_TYPE, &[common::METHODS]),
        (&RANDOM_TYPE, &[common::METHODS, writer::METHODS]),
    ];
    for (ty, tables) in types {
        for def in tables.iter().flat_map(|table| table.iter()) {
            ty.dict().set_rust(th, def.name, descriptors::new_method(th, ty, def)?.value())?;
        }
    }
    Ok(())
}

const SLOTS: Slots = Slots {
    new: Some(construct),
    repr: Some(repr),
    iter: Some(|th, v| {
        crate::base::check_open(th, v)?;
        Ok(v.own())
    }),
    ..This::SLOTS
};

builtin_type! {
    /// `io.BufferedReader`.
    pub static READER_TYPE = TypeSpec {
        name: "_io.BufferedReader",
        base: Some(&BUFFERED_IO_BASE_TYPE),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        dictoffset: DICT_OFFSET,
        doc: "BufferedReader(raw, buffer_size=131072)\n--\n\nA buffer for reading from a raw stream.",
        slots: Slots { init: Some(init_reader), iternext: Some(iternext), ..SLOTS },
        methods: reader::METHODS,
        getsets: common::GETSETS,
        ..This::SPEC
    }
}
builtin_type! {
    /// `io.BufferedWriter`.
    pub static WRITER_TYPE = TypeSpec {
        name: "_io.BufferedWriter",
        base: Some(&BUFFERED_IO_BASE_TYPE),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        dictoffset: DICT_OFFSET,
        doc: "BufferedWriter(raw, buffer_size=131072)\n--\n\nA buffer for writing to a raw stream.",
        slots: Slots { init: Some(init_writer), iter: None, ..SLOTS },
        methods: writer::METHODS,
        getsets: common::GETSETS,
        ..This::SPEC
    }
}
builtin_type! {
    /// `io.BufferedRandom`.
    pub static RANDOM_TYPE = TypeSpec {
        name: "_io.BufferedRandom",
        base: Some(&BUFFERED_IO_BASE_TYPE),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        dictoffset: DICT_OFFSET,
        doc: "BufferedRandom(raw, buffer_size=131072)\n--\n\nA buffer for a raw stream that can be read, written and positioned.",
        slots: Slots { init: Some(init_random), iternext: Some(iternext), ..SLOTS },
        methods: reader::METHODS,
        getsets: common::GETSETS,
        ..This::SPEC
    }
}

//! `BytesIO`: a binary stream in memory.

use crate::base::{BUFFERED_IO_BASE_TYPE, DICT_OFFSET};
use crate::raising::{self, Size, limit};
use std::cell::{Cell, RefCell};
use whipsnake_runtime::args::Params;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::{self, Buffer, BytesArg};
use whipsnake_runtime::types::memoryview;
use whipsnake_runtime::types::tuple::Tuple;

#[repr(C)]
pub struct BytesIo {
    dict: ObjCell,
    data: RefCell<Vec<u8>>,
    position: Cell<usize>,
    closed: Cell<bool>,
    /// Views that keep the data in place.
    exports: Cell<usize>,
}

impl Payload for BytesIo {
    #[inline(always)]
    fn ty() -> &'static Type {
        &BYTES_IO_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.dict);
    }
    fn clear(&self) {
        self.dict.set(None);
    }
}

type This = Instance<BytesIo>;

fn construct(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    let payload = BytesIo {
        dict: ObjCell::EMPTY,
        data: RefCell::default(),
        position: Cell::new(0),
        closed: Cell::new(false),
        exports: Cell::new(0),
    };
    Instance::create_as(th, ty, payload)
}

static INIT: Params = Params {
    function: "BytesIO",
    names: &["initial_bytes"],
    positional_only: 0,
    positional: 1,
    required: &[false],
    has_varargs: false,
    has_varkw: false,
};

fn init(th: &Thread, v: Value, args: Args) -> PyResult<()> {
    // SAFETY: I4, the slot belongs to this type.
    let this: &This = unsafe { v.cast_unchecked() };
    let mut bound = [None];
    INIT.bind(th, args, &mut bound)?;
    this.check_exports(th)?;
    let data = match bound[0].filter(|v| !v.is_none()) {
        Some(initial) => BytesArg::of(th, initial)?.to_vec(),
        None => Vec::new(),
    };
    this.check_exports(th)?;
    this.data.replace(data);
    this.position.set(0);
    this.closed.set(false);
    Ok(())
}

impl BytesIo {
    fn check_open(&self, th: &Thread) -> PyResult<()> {
        if self.closed.get() { Err(raising::closed(th)) } else { Ok(()) }
    }
    fn check_exports(&self, th: &Thread) -> PyResult<()> {
        if self.exports.get() > 0 {
            return err!(th, BUFFER_ERROR, "Existing exports of data: object cannot be re-sized");
        }
        Ok(())
    }
    /// Takes up to `size` bytes from the position on.
    fn take(&self, th: &Thread, size: Option<usize>) -> PyResult {
        let data = self.data.borrow();
        let start = self.position.get().min(data.len());
        let end = size.map_or(data.len(), |size| start.saturating_add(size).min(data.len()));
        if start < end {
            self.position.set(end);
        }
        th.bytes(&data[start..end])
    }
    fn take_line(&self, th: &Thread, size: Option<usize>) -> PyResult {
        let data = self.data.borrow();
        let start = self.position.get().min(data.len());
        let end = size.map_or(data.len(), |size| start.saturating_add(size).min(data.len()));
        let end = memchr::memchr(b'\n', &data[start..end]).map_or(end, |i| start + i + 1);
        self.position.set(self.position.get().max(end));
        th.bytes(&data[start..end])
    }
    fn put(&self, th: &Thread, bytes: &[u8]) -> PyResult<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let mut data = self.data.borrow_mut();
        let start = self.position.get();
        let Some(end) = start.checked_add(bytes.len()) else {
            return err!(th, OVERFLOW_ERROR, "new buffer size too large");
        };
        if end > data.len() {
            let more = end - data.len();
            if data.try_reserve(more).is_err() {
                return Err(th.memory_error());
            }
        }
        if start > data.len() {
            data.resize(start, 0);
        }
        let overlap = bytes.len().min(data.len() - start);
        data[start..start + overlap].copy_from_slice(&bytes[..overlap]);
        data.extend_from_slice(&bytes[overlap..]);
        self.position.set(end);
        Ok(())
    }
}

fn iternext(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    // SAFETY: I4, the slot belongs to this type.
    let this: &This = unsafe { v.cast_unchecked() };
    this.check_open(th)?;
    if this.position.get() >= this.data.borrow().len() {
        return Ok(None);
    }
    this.take_line(th, None).map(Some)
}

#[pymethods]
mod methods {
    use super::*;

    /// Reads up to size bytes.
    #[method("read(size=-1, /)")]
    fn read(th: &Thread, this: &This, size: Option<Size>) -> PyResult {
        this.check_open(th)?;
        this.take(th, limit(size))
    }
    /// Reads up to size bytes.
    #[method("read1(size=-1, /)")]
    fn read1(th: &Thread, this: &This, size: Option<Size>) -> PyResult {
        this.check_open(th)?;
        this.take(th, limit(size))
    }
    /// Reads into a buffer.
    #[method("readinto(buffer, /)")]
    fn readinto(th: &Thread, this: &This, buffer: Value) -> PyResult<usize> {
        let view = buffer::get_writable(th, buffer, "readinto() argument")?;
        this.check_open(th)?;
        let data = this.data.borrow();
        let start = this.position.get().min(data.len());
        let count = view.len.min(data.len() - start);
        view.write(0, &data[start..start + count]);
        this.position.set(this.position.get() + count);
        Ok(count)
    }
    /// Reads a line.
    #[method("readline(size=-1, /)")]
    fn readline(th: &Thread, this: &This, size: Option<Size>) -> PyResult {
        this.check_open(th)?;
        this.take_line(th, limit(size))
    }
    /// Reads lines, up to about size bytes.
    #[method("readlines(size=None, /)")]
    fn readlines(th: &Thread, this: &This, size: Option<Value>) -> PyResult {
        this.check_open(th)?;
        let limit = match size.filter(|v| !v.is_none()) {
            Some(size) => number::as_isize(th, size)?.max(0) as usize,
            None => 0,
        };
        let (mut lines, mut total) = (Vec::new(), 0);
        while this.position.get() < this.data.borrow().len() {
            let before = this.position.get();
            lines.push(this.take_line(th, None)?);
            total += this.position.get() - before;
            if limit > 0 && total >= limit {
                break;
            }
        }
        th.list(lines)
    }
    /// Writes bytes.
    #[method("write(b, /)")]
    fn write(th: &Thread, this: &This, b: Value) -> PyResult<usize> {
        this.check_open(th)?;
        this.check_exports(th)?;
        let bytes = BytesArg::of(th, b)?;
        this.check_open(th)?;
        this.put(th, &bytes)?;
        Ok(bytes.len())
    }
    /// Writes lines as they are.
    #[method("writelines(lines, /)")]
    fn writelines(th: &Thread, this: Value, lines: Value) -> PyResult<()> {
        // SAFETY: I4, descriptors check the receiver.
        let stream: &This = unsafe { this.cast_unchecked() };
        stream.check_open(th)?;
        let it = iter::get_iter(th, lines)?;
        while let Some(line) = iter::next(th, it.value())? {
            write(th, stream, line.value())?;
        }
        Ok(())
    }
    /// Changes the position.
    #[method("seek(pos, whence=0, /)")]
    fn seek(th: &Thread, this: &This, pos: isize, whence: i32) -> PyResult<usize> {
        this.check_open(th)?;
        if pos < 0 && whence == 0 {
            return err!(th, VALUE_ERROR, "negative seek value {pos}");
        }
        let base = match whence {
            0 => 0,
            1 => this.position.get(),
            2 => this.data.borrow().len(),
            _ => return err!(th, VALUE_ERROR, "invalid whence ({whence}, should be 0, 1 or 2)"),
        };
        let Some(target) = (base as isize).checked_add(pos) else {
            return err!(th, OVERFLOW_ERROR, "new position too large");
        };
        this.position.set(target.max(0) as usize);
        Ok(this.position.get())
    }
    /// The position.
    #[method("tell()")]
    fn tell(th: &Thread, this: &This) -> PyResult<usize> {
        this.check_open(th)?;
        Ok(this.position.get())
    }
    /// Cuts the data.
    #[method("truncate(size=None, /)")]
    fn truncate(th: &Thread, this: &This, size: Option<Value>) -> PyResult<usize> {
        this.check_open(th)?;
        this.check_exports(th)?;
        let size = match size.filter(|v| !v.is_none()) {
            Some(size) => number::as_isize(th, size)?,
            None => this.position.get() as isize,
        };
        let Ok(length) = usize::try_from(size) else { return err!(th, VALUE_ERROR, "negative size value {size}") };
        this.check_exports(th)?;
        this.data.borrow_mut().truncate(length);
        Ok(length)
    }
    /// A copy of all data.
    #[method("getvalue()")]
    fn getvalue(th: &Thread, this: &This) -> PyResult {
        this.check_open(th)?;
        th.bytes(&this.data.borrow())
    }
    /// A view of the data that can be written through.
    #[method("getbuffer()")]
    fn getbuffer(th: &Thread, this: Value) -> PyResult {
        // SAFETY: I4, descriptors check the receiver.
        let stream: &This = unsafe { this.cast_unchecked() };
        stream.check_open(th)?;
        let exporter = Instance::create(th, Exporter { source: this.own() })?;
        memoryview::from_object(th, exporter.value(), true)
    }
    /// Does nothing.
    #[method("flush()")]
    fn flush(th: &Thread, this: &This) -> PyResult<()> {
        this.check_open(th)
    }
    /// Drops the data.
    #[method("close()")]
    fn close(th: &Thread, this: &This) -> PyResult<()> {
        this.check_exports(th)?;
        this.closed.set(true);
        drop(this.data.take());
        Ok(())
    }
    /// Always true.
    #[method("seekable()")]
    fn seekable(th: &Thread, this: &This) -> PyResult<bool> {
        this.check_open(th).map(|_| true)
    }
    /// Always true.
    #[method("readable()")]
    fn readable(th: &Thread, this: &This) -> PyResult<bool> {
        this.check_open(th).map(|_| true)
    }
    /// Always true.
    #[method("writable()")]
    fn writable(th: &Thread, this: &This) -> PyResult<bool> {
        this.check_open(th).map(|_| true)
    }
    /// Always false.
    #[method("isatty()")]
    fn isatty(th: &Thread, this: &This) -> PyResult<bool> {
        this.check_open(th).map(|_| false)
    }
    #[method("__getstate__()")]
    fn getstate(th: &Thread, this: &This) -> PyResult {
        let data = getvalue(th, this)?;
        let dict = match this.dict.get() {
            Some(dict) => call::call_method(th, dict.value(), "copy", &[])?,
            None => Obj::none(),
        };
        let position = th.uint(this.position.get() as u64)?;
        th.tuple(&[data.value(), position.value(), dict.value()])
    }
    #[method("__setstate__(state, /)")]
    fn setstate(th: &Thread, this: Value, state: Value) -> PyResult<()> {
        // SAFETY: I4, descriptors check the receiver.
        let stream: &This = unsafe { this.cast_unchecked() };
        let items = state.cast::<Tuple>().map(Tuple::as_slice).unwrap_or(&[]);
        let &[data, position, attributes, ..] = items else {
            let (mine, got) = (this.ty().name(), state.ty().name());
            return err!(th, TYPE_ERROR, "{mine}.__setstate__ argument should be 3-tuple, got {got}");
        };
        stream.check_exports(th)?;
        let bytes = BytesArg::of(th, data)?.to_vec();
        let position = number::as_isize(th, position)?;
        if position < 0 {
            return err!(th, VALUE_ERROR, "position value cannot be negative");
        }
        stream.data.replace(bytes);
        stream.position.set(position as usize);
        if !attributes.is_none() {
            let own = whipsnake_runtime::types::instance::get_dict(th, this)?;
            call::call_method(th, own.value(), "update", &[attributes])?;
        }
        Ok(())
    }
    /// Whether the stream is closed.
    #[getter("closed")]
    fn closed(_: &Thread, this: &This) -> bool {
        this.closed.get()
    }
}

builtin_type! {
    /// `io.BytesIO`.
    pub static BYTES_IO_TYPE = TypeSpec {
        name: "_io.BytesIO",
        base: Some(&BUFFERED_IO_BASE_TYPE),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        dictoffset: DICT_OFFSET,
        doc: "BytesIO(initial_bytes=b'')\n--\n\nA binary stream in memory.",
        slots: Slots {
            new: Some(construct),
            init: Some(init),
            iter: Some(|th, v| { crate::base::check_open(th, v)?; Ok(v.own()) }),
            iternext: Some(iternext),
            ..Instance::<BytesIo>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..Instance::<BytesIo>::SPEC
    }
}

/// What a view from `getbuffer()` refers to.
struct Exporter {
    source: Obj,
}

impl Payload for Exporter {
    #[inline(always)]
    fn ty() -> &'static Type {
        &BYTES_IO_BUFFER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.source);
    }
}

fn stream_of<'a>(v: Value) -> Option<&'a This> {
    v.cast::<Instance<Exporter>>().and_then(|exporter| exporter.source.cast::<This>())
}

fn get_buffer(th: &Thread, v: Value, _: bool) -> PyResult<Buffer> {
    let Some(stream) = stream_of(v) else { return err!(th, BUFFER_ERROR, "no memory") };
    let (pointer, length) = {
        let mut data = stream.data.borrow_mut();
        (data.as_mut_ptr(), data.len())
    };
    stream.exports.set(stream.exports.get() + 1);
    Ok(Buffer::new(v.own(), pointer, length, false))
}

fn release_buffer(_: &Thread, v: Value) {
    if let Some(stream) = stream_of(v) {
        stream.exports.set(stream.exports.get().saturating_sub(1));
    }
}

builtin_type! {
    /// The exporter behind `BytesIO.getbuffer()`.
    pub static BYTES_IO_BUFFER_TYPE = TypeSpec {
        name: "_io._BytesIOBuffer",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        slots: Slots {
            bf_getbuffer: Some(get_buffer),
            bf_releasebuffer: Some(release_buffer),
            ..Instance::<Exporter>::SLOTS
        },
        ..Instance::<Exporter>::SPEC
    }
}

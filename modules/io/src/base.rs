//! The base classes: `_IOBase` and its three daughters.

use crate::raising::{self, Size, limit, unsupported};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::bytearray;
use whipsnake_runtime::types::bytes::Bytes;
use whipsnake_runtime::types::dict::Dict;

/// What every stream object begins with.
#[repr(C)]
pub struct Base {
    pub dict: ObjCell,
}

/// Where the dict lies in every stream object.
pub const DICT_OFFSET: isize = 16;

impl Payload for Base {
    #[inline(always)]
    fn ty() -> &'static Type {
        &IO_BASE_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.dict);
    }
    fn clear(&self) {
        self.dict.set(None);
    }
}

fn construct(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    Instance::create_as(th, ty, Base { dict: ObjCell::EMPTY })
}

const CLOSED: &str = "__IOBase_closed";

/// The value of `stream.closed`.
pub fn is_closed(th: &Thread, stream: Value) -> PyResult<bool> {
    let closed = object::get_attr_str(th, stream, "closed")?;
    object::is_true(th, closed.value())
}

/// ValueError when the stream is closed.
pub fn check_open(th: &Thread, stream: Value) -> PyResult<()> {
    if is_closed(th, stream)? { Err(raising::closed(th)) } else { Ok(()) }
}

/// Asks `stream.readable()` and its like, raising UnsupportedOperation for anything but True.
fn check_ability(th: &Thread, stream: Value, method: &str, message: &str) -> PyResult {
    let answer = call::call_method(th, stream, method, &[])?;
    if !answer.is_true_singleton() {
        return Err(unsupported(th, message));
    }
    Ok(answer)
}

/// Whether `_IOBase.close` ran (of classes that do not keep that themselves).
fn base_closed(th: &Thread, stream: Value) -> PyResult<bool> {
    object::has_attr(th, stream, CLOSED)
}

/// Reads a line with `peek` and `read`, as the base class does for any stream.
fn read_line(th: &Thread, stream: Value, limit: Option<usize>) -> PyResult {
    let peek = object::lookup_attr_str(th, stream, "peek")?;
    let mut line: Vec<u8> = Vec::new();
    while limit.is_none_or(|limit| line.len() < limit) {
        let mut wanted = 1;
        if let Some(peek) = &peek {
            let ahead = call::call1(th, peek.value(), Value::small_int(1))?;
            let Some(ahead) = ahead.cast::<Bytes>() else {
                let got = ahead.ty().name();
                return err!(th, OS_ERROR, "peek() should have returned a bytes object, not '{got}'");
            };
            let ahead = ahead.as_slice();
            if !ahead.is_empty() {
                let upto = limit.map_or(ahead.len(), |limit| ahead.len().min(limit - line.len()));
                wanted = memchr::memchr(b'\n', &ahead[..upto]).map_or(upto, |i| i + 1);
            }
        }
        let chunk = call::call_method(th, stream, "read", &[Value::small_int(wanted as i64)])?;
        let Some(chunk) = chunk.cast::<Bytes>() else {
            let got = chunk.ty().name();
            return err!(th, OS_ERROR, "read() should have returned a bytes object, not '{got}'");
        };
        if chunk.is_empty() {
            break;
        }
        line.extend_from_slice(chunk.as_slice());
        if line.last() == Some(&b'\n') {
            break;
        }
    }
    th.bytes(&line)
}

fn iterate(th: &Thread, v: Value) -> PyResult {
    check_open(th, v)?;
    Ok(v.own())
}

fn next(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let line = call::call_method(th, v, "readline", &[])?;
    if object::len(th, line.value())? == 0 { Ok(None) } else { Ok(Some(line)) }
}

/// Closes a stream that nobody refers to any more.
fn finalize(th: &Thread, v: Value) {
    let closed = match object::lookup_attr_str(th, v, "closed") {
        Ok(Some(closed)) => object::is_true(th, closed.value()).unwrap_or(true),
        Ok(None) => false,
        Err(_) => true,
    };
    drop(th.take_exception());
    if closed {
        return;
    }
    // So that close() warns of the leak.
    let _ = object::set_attr_str(th, v, "_finalizing", statics::bool_value(true));
    drop(th.take_exception());
    if call::call_method(th, v, "close", &[]).is_err() {
        th.write_unraisable("finalizing file", Some(v));
    }
}

/// All lines, up to about `hint` bytes or characters.
fn read_lines(th: &Thread, stream: Value, hint: Option<usize>) -> PyResult {
    let mut lines = Vec::new();
    let mut total = 0usize;
    let it = iter::get_iter(th, stream)?;
    while let Some(line) = iter::next(th, it.value())? {
        total += object::len(th, line.value())?.max(0) as usize;
        lines.push(line);
        if hint.is_some_and(|hint| hint > 0 && total > hint) {
            break;
        }
    }
    th.list(lines)
}

#[pymethods]
mod base_methods {
    use super::*;

    /// Changes the position.
    #[method("seek(offset, whence=0, /)")]
    fn seek(th: &Thread, this: Value, offset: Value, whence: Option<Value>) -> PyResult {
        let _ = (this, offset, whence);
        Err(unsupported(th, "seek"))
    }
    /// The position.
    #[method("tell()")]
    fn tell(th: &Thread, this: Value) -> PyResult {
        call::call_method(th, this, "seek", &[Value::small_int(0), Value::small_int(1)])
    }
    /// Cuts the file.
    #[method("truncate(size=None, /)")]
    fn truncate(th: &Thread, this: Value, size: Option<Value>) -> PyResult {
        let _ = (this, size);
        Err(unsupported(th, "truncate"))
    }
    /// Writes what is buffered.
    #[method("flush()")]
    fn flush(th: &Thread, this: Value) -> PyResult<()> {
        if base_closed(th, this)? { Err(raising::closed(th)) } else { Ok(()) }
    }
    /// Flushes and closes.
    #[method("close()")]
    fn close(th: &Thread, this: Value) -> PyResult<()> {
        if base_closed(th, this)? {
            return Ok(());
        }
        let flushed = call::call_method(th, this, "flush", &[]).map(drop);
        raising::both(th, flushed, || object::set_attr_str(th, this, CLOSED, statics::bool_value(true)))
    }
    /// Whether the position can be changed.
    #[method("seekable()")]
    fn seekable(_: &Thread, this: Value) -> bool {
        let _ = this;
        false
    }
    /// Whether the stream can be read.
    #[method("readable()")]
    fn readable(_: &Thread, this: Value) -> bool {
        let _ = this;
        false
    }
    /// Whether the stream can be written.
    #[method("writable()")]
    fn writable(_: &Thread, this: Value) -> bool {
        let _ = this;
        false
    }
    #[method("_checkClosed()")]
    fn check_closed(th: &Thread, this: Value) -> PyResult<()> {
        check_open(th, this)
    }
    #[method("_checkSeekable()")]
    fn check_seekable(th: &Thread, this: Value) -> PyResult {
        check_ability(th, this, "seekable", "File or stream is not seekable.")
    }
    #[method("_checkReadable()")]
    fn check_readable(th: &Thread, this: Value) -> PyResult {
        check_ability(th, this, "readable", "File or stream is not readable.")
    }
    #[method("_checkWritable()")]
    fn check_writable(th: &Thread, this: Value) -> PyResult {
        check_ability(th, this, "writable", "File or stream is not writable.")
    }
    /// The file descriptor.
    #[method("fileno()")]
    fn fileno(th: &Thread, this: Value) -> PyResult {
        let _ = this;
        Err(unsupported(th, "fileno"))
    }
    /// Whether this is a terminal.
    #[method("isatty()")]
    fn isatty(th: &Thread, this: Value) -> PyResult<bool> {
        check_open(th, this)?;
        Ok(false)
    }
    #[method("__enter__()")]
    fn enter(th: &Thread, this: Value) -> PyResult {
        check_open(th, this)?;
        Ok(this.own())
    }
    #[method("__exit__(*exc_info)")]
    fn exit(th: &Thread, this: Value, exc_info: &[Slot]) -> PyResult {
        let _ = exc_info;
        call::call_method(th, this, "close", &[])
    }
    /// A line, or the first size bytes of it.
    #[method("readline(size=-1, /)")]
    fn readline(th: &Thread, this: Value, size: Option<Size>) -> PyResult {
        read_line(th, this, limit(size))
    }
    /// All lines, or some that make up hint bytes or a little more.
    #[method("readlines(hint=-1, /)")]
    fn readlines(th: &Thread, this: Value, hint: Option<Size>) -> PyResult {
        read_lines(th, this, limit(hint))
    }
    /// Writes lines as they are.
    #[method("writelines(lines, /)")]
    fn writelines(th: &Thread, this: Value, lines: Value) -> PyResult<()> {
        check_open(th, this)?;
        let it = iter::get_iter(th, lines)?;
        while let Some(line) = iter::next(th, it.value())? {
            call::call_method(th, this, "write", &[line.value()])?;
        }
        Ok(())
    }
    /// Whether the stream is closed.
    #[getter("closed")]
    fn closed(th: &Thread, this: Value) -> PyResult<bool> {
        base_closed(th, this)
    }
    #[getter("__dict__")]
    fn dict(th: &Thread, this: Value) -> PyResult {
        whipsnake_runtime::types::instance::get_dict(th, this)
    }
}

builtin_type! {
    /// `io.IOBase`'s native part.
    pub static IO_BASE_TYPE = TypeSpec {
        name: "_io._IOBase",
        base: Some(&statics::OBJECT_TYPE),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        dictoffset: DICT_OFFSET,
        doc: "What all streams have in common.",
        slots: Slots {
            new: Some(construct),
            iter: Some(iterate),
            iternext: Some(next),
            finalize: Some(finalize),
            ..Instance::<Base>::SLOTS
        },
        methods: base_methods::METHODS,
        getsets: base_methods::GETSETS,
        ..Instance::<Base>::SPEC
    }
}

#[pymethods]
mod raw_methods {
    use super::*;

    /// Reads up to size bytes with one call of readinto().
    #[method("read(size=-1, /)")]
    fn read(th: &Thread, this: Value, size: Option<Size>) -> PyResult {
        let Some(size) = limit(size) else { return call::call_method(th, this, "readall", &[]) };
        let buffer = bytearray::from_vec(th, vec![0; size])?;
        let count = call::call_method(th, this, "readinto", &[buffer.value()])?;
        if count.is_none() {
            return Ok(count);
        }
        let count = number::as_isize(th, count.value())?;
        if count < 0 || count as usize > size {
            return err!(th, VALUE_ERROR, "readinto returned {count} outside buffer size {size}");
        }
        let view = whipsnake_runtime::types::buffer::get(th, buffer.value(), false)?;
        th.bytes(&view.bytes()[..(count as usize).min(view.len)])
    }
    /// Reads until the end with many calls of read().
    #[method("readall()")]
    fn readall(th: &Thread, this: Value) -> PyResult {
        let mut all: Vec<u8> = Vec::new();
        loop {
            let chunk = call::call_method(th, this, "read", &[Value::small_int(crate::DEFAULT_BUFFER_SIZE as i64)])?;
            if chunk.is_none() {
                return if all.is_empty() { Ok(chunk) } else { th.bytes(&all) };
            }
            let Some(bytes) = chunk.cast::<Bytes>() else {
                return err!(th, TYPE_ERROR, "read() should return bytes");
            };
            if bytes.is_empty() {
                return th.bytes(&all);
            }
            all.extend_from_slice(bytes.as_slice());
        }
    }
    /// Reads into a buffer.
    #[method("readinto(buffer, /)")]
    fn readinto(th: &Thread, this: Value, buffer: Value) -> PyResult {
        let _ = (this, buffer);
        err!(th, NOT_IMPLEMENTED_ERROR, "")
    }
    /// Writes bytes.
    #[method("write(b, /)")]
    fn write(th: &Thread, this: Value, b: Value) -> PyResult {
        let _ = (this, b);
        err!(th, NOT_IMPLEMENTED_ERROR, "")
    }
}

builtin_type! {
    /// `io.RawIOBase`'s native part.
    pub static RAW_IO_BASE_TYPE = TypeSpec {
        name: "_io._RawIOBase",
        base: Some(&IO_BASE_TYPE),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        dictoffset: DICT_OFFSET,
        doc: "Unbuffered binary streams.",
        slots: Slots { new: Some(construct), ..Instance::<Base>::SLOTS },
        methods: raw_methods::METHODS,
        ..Instance::<Base>::SPEC
    }
}

/// `readinto` by way of `read` or `read1`.
fn read_into(th: &Thread, this: Value, buffer: Value, method: &str) -> PyResult<usize> {
    let view = whipsnake_runtime::types::buffer::get_writable(th, buffer, &format!("{method}into() argument"))?;
    let data = call::call_method(th, this, method, &[Value::small_int(view.len as i64)])?;
    let Some(bytes) = data.cast::<Bytes>() else { return err!(th, TYPE_ERROR, "read() should return bytes") };
    let (given, room) = (bytes.len(), view.len);
    if given > room {
        return err!(th, VALUE_ERROR, "read() returned too much data: {room} bytes requested, {given} returned");
    }
    view.write(0, bytes.as_slice());
    Ok(given)
}

#[pymethods]
mod buffered_methods {
    use super::*;

    /// Gives the raw stream away.
    #[method("detach()")]
    fn detach(th: &Thread, this: Value) -> PyResult {
        let _ = this;
        Err(unsupported(th, "detach"))
    }
    /// Reads up to size bytes.
    #[method("read(size=-1, /)")]
    fn read(th: &Thread, this: Value, size: Option<Value>) -> PyResult {
        let _ = (this, size);
        Err(unsupported(th, "read"))
    }
    /// Reads up to size bytes with at most one call of the raw stream.
    #[method("read1(size=-1, /)")]
    fn read1(th: &Thread, this: Value, size: Option<Value>) -> PyResult {
        let _ = (this, size);
        Err(unsupported(th, "read1"))
    }
    /// Writes bytes.
    #[method("write(b, /)")]
    fn write(th: &Thread, this: Value, b: Value) -> PyResult {
        let _ = (this, b);
        Err(unsupported(th, "write"))
    }
    /// Reads into a buffer.
    #[method("readinto(buffer, /)")]
    fn readinto(th: &Thread, this: Value, buffer: Value) -> PyResult<usize> {
        read_into(th, this, buffer, "read")
    }
    /// Reads into a buffer with at most one call of the raw stream.
    #[method("readinto1(buffer, /)")]
    fn readinto1(th: &Thread, this: Value, buffer: Value) -> PyResult<usize> {
        read_into(th, this, buffer, "read1")
    }
}

builtin_type! {
    /// `io.BufferedIOBase`'s native part.
    pub static BUFFERED_IO_BASE_TYPE = TypeSpec {
        name: "_io._BufferedIOBase",
        base: Some(&IO_BASE_TYPE),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        dictoffset: DICT_OFFSET,
        doc: "Buffered binary streams.",
        slots: Slots { new: Some(construct), ..Instance::<Base>::SLOTS },
        methods: buffered_methods::METHODS,
        ..Instance::<Base>::SPEC
    }
}

#[pymethods]
mod text_methods {
    use super::*;

    /// Gives the buffer away.
    #[method("detach()")]
    fn detach(th: &Thread, this: Value) -> PyResult {
        let _ = this;
        Err(unsupported(th, "detach"))
    }
    /// Reads up to size characters.
    #[method("read(size=-1, /)")]
    fn read(th: &Thread, this: Value, size: Option<Value>) -> PyResult {
        let _ = (this, size);
        Err(unsupported(th, "read"))
    }
    /// Reads a line.
    #[method("readline(size=-1, /)")]
    fn readline(th: &Thread, this: Value, size: Option<Value>) -> PyResult {
        let _ = (this, size);
        Err(unsupported(th, "readline"))
    }
    /// Writes a string.
    #[method("write(s, /)")]
    fn write(th: &Thread, this: Value, s: Value) -> PyResult {
        let _ = (this, s);
        Err(unsupported(th, "write"))
    }
    /// The encoding.
    #[getter("encoding")]
    fn encoding(_: &Thread, this: Value) -> Obj {
        let _ = this;
        Obj::none()
    }
    /// The kinds of line ends seen so far.
    #[getter("newlines")]
    fn newlines(_: &Thread, this: Value) -> Obj {
        let _ = this;
        Obj::none()
    }
    /// How errors are handled.
    #[getter("errors")]
    fn errors(_: &Thread, this: Value) -> Obj {
        let _ = this;
        Obj::none()
    }
}

builtin_type! {
    /// `io.TextIOBase`'s native part.
    pub static TEXT_IO_BASE_TYPE = TypeSpec {
        name: "_io._TextIOBase",
        base: Some(&IO_BASE_TYPE),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        dictoffset: DICT_OFFSET,
        doc: "Text streams.",
        slots: Slots { new: Some(construct), ..Instance::<Base>::SLOTS },
        methods: text_methods::METHODS,
        getsets: text_methods::GETSETS,
        ..Instance::<Base>::SPEC
    }
}

/// The dict of a stream, if it has one already.
pub fn peek_attribute(th: &Thread, dict: &ObjCell, name: &str) -> PyResult<Option<Obj>> {
    match dict.get() {
        Some(dict) => match dict.cast::<Dict>() {
            Some(dict) => dict.get_rust(th, name),
            None => Ok(None),
        },
        None => Ok(None),
    }
}

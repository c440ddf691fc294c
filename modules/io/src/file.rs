//! `FileIO`: a file descriptor as a raw stream.

use crate::base::{DICT_OFFSET, RAW_IO_BASE_TYPE, peek_attribute};
use crate::raising::{self, Size, limit, unsupported};
use std::cell::Cell;
use std::ffi::CString;
use whipsnake_runtime::args::Params;
use whipsnake_runtime::fs_name;
use whipsnake_runtime::os_error::{self, interruptible, last_errno, raise_errno, raise_errno_for};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::{self, BytesArg};
use whipsnake_runtime::types::bytes::Bytes;
use whipsnake_runtime::types::str::{Str, to_rust_string};

/// No read or write call transfers more than this.
const MAX_TRANSFER: usize = 0x7fff_f000;
const SMALL_CHUNK: usize = 8192;

#[repr(C)]
pub struct FileIo {
    dict: ObjCell,
    /// -1 = closed.
    fd: Cell<i32>,
    created: Cell<bool>,
    readable: Cell<bool>,
    writable: Cell<bool>,
    appending: Cell<bool>,
    seekable: Cell<Option<bool>>,
    closefd: Cell<bool>,
    finalizing: Cell<bool>,
    block_size: Cell<i64>,
    /// What fstat said of the size when the file was opened.
    opened_size: Cell<i64>,
    /// The file was opened as something that can be no terminal.
    not_terminal: Cell<bool>,
}

impl Payload for FileIo {
    #[inline(always)]
    fn ty() -> &'static Type {
        &FILE_IO_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.dict);
    }
    fn clear(&self) {
        self.dict.set(None);
    }
}

type This = Instance<FileIo>;

/// A mode string taken apart.
struct Mode {
    flags: i32,
    created: bool,
    readable: bool,
    writable: bool,
    appending: bool,
}

fn parse_mode(th: &Thread, mode: &str) -> PyResult<Mode> {
    let bad =
        |th: &Thread| th.value_error("Must have exactly one of create/read/write/append mode and at most one plus");
    let mut m = Mode { flags: 0, created: false, readable: false, writable: false, appending: false };
    let (mut main, mut plus) = (false, false);
    for c in mode.chars() {
        match c {
            'x' | 'r' | 'w' | 'a' if main => return Err(bad(th)),
            'x' => (main, m.created, m.writable, m.flags) = (true, true, true, libc::O_EXCL | libc::O_CREAT),
            'r' => (main, m.readable) = (true, true),
            'w' => (main, m.writable, m.flags) = (true, true, libc::O_CREAT | libc::O_TRUNC),
            'a' => (main, m.writable, m.appending, m.flags) = (true, true, true, libc::O_APPEND | libc::O_CREAT),
            'b' => {}
            '+' if plus => return Err(bad(th)),
            '+' => (plus, m.readable, m.writable) = (true, true, true),
            _ => return err!(th, VALUE_ERROR, "invalid mode: {mode}"),
        }
    }
    if !main {
        return Err(bad(th));
    }
    m.flags |= match (m.readable, m.writable) {
        (true, true) => libc::O_RDWR,
        (true, false) => libc::O_RDONLY,
        _ => libc::O_WRONLY,
    };
    m.flags |= libc::O_CLOEXEC;
    Ok(m)
}

fn construct(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    let payload = FileIo {
        dict: ObjCell::EMPTY,
        fd: Cell::new(-1),
        created: Cell::new(false),
        readable: Cell::new(false),
        writable: Cell::new(false),
        appending: Cell::new(false),
        seekable: Cell::new(None),
        closefd: Cell::new(true),
        finalizing: Cell::new(false),
        block_size: Cell::new(0),
        opened_size: Cell::new(-1),
        not_terminal: Cell::new(false),
    };
    Instance::create_as(th, ty, payload)
}

static INIT: Params = Params {
    function: "FileIO",
    names: &["file", "mode", "closefd", "opener"],
    positional_only: 0,
    positional: 4,
    required: &[true, false, false, false],
    has_varargs: false,
    has_varkw: false,
};

fn init(th: &Thread, v: Value, args: Args) -> PyResult<()> {
    // SAFETY: I4, the slot belongs to this type.
    let this: &This = unsafe { v.cast_unchecked() };
    let mut bound = [None; 4];
    INIT.bind(th, args, &mut bound)?;
    let file = bound[0].unwrap_or(statics::none());
    let mode = match bound[1] {
        None => "r".to_string(),
        Some(mode) if mode.is_instance(&statics::STR_TYPE) => to_rust_string(mode),
        Some(mode) => return err!(th, TYPE_ERROR, "FileIO() argument 'mode' must be str, not {}", mode.ty().name()),
    };
    let closefd = bound[2].map_or(Ok(true), |v| object::is_true(th, v))?;
    open_file(th, v, this, file, &mode, closefd, bound[3].filter(|v| !v.is_none()))
}

/// A new `FileIO`, as its constructor makes it.
pub fn open_raw(th: &Thread, file: Value, mode: &str, closefd: bool, opener: Option<Value>) -> PyResult {
    let object = construct(th, &FILE_IO_TYPE, Args::NONE)?;
    // SAFETY: I4, made on the line above.
    let this: &This = unsafe { object.cast_unchecked() };
    open_file(th, object.value(), this, file, mode, closefd, opener)?;
    Ok(object)
}

fn open_file(
    th: &Thread,
    v: Value,
    this: &This,
    file: Value,
    mode: &str,
    closefd: bool,
    opener: Option<Value>,
) -> PyResult<()> {
    if this.fd.get() >= 0 {
        if this.closefd.get() {
            close_descriptor(th, this)?;
        } else {
            this.fd.set(-1);
        }
    }
    let fd = descriptor_argument(th, file)?;
    let mode = parse_mode(th, mode)?;
    this.created.set(mode.created);
    this.readable.set(mode.readable);
    this.writable.set(mode.writable);
    this.appending.set(mode.appending);
    this.seekable.set(None);
    let own = match fd {
        Some(fd) => {
            this.fd.set(fd);
            this.closefd.set(closefd);
            false
        }
        None => {
            if !closefd {
                return err!(th, VALUE_ERROR, "Cannot use closefd=False with file name");
            }
            this.closefd.set(true);
            this.fd.set(open_path(th, file, mode.flags, opener)?);
            true
        }
    };
    let finished = finish_opening(th, v, this, file);
    if finished.is_err() {
        let error = th.take_exception();
        if own && this.fd.get() >= 0 {
            drop(close_descriptor(th, this));
            drop(th.take_exception());
        }
        this.fd.set(-1);
        th.restore_exception(error);
    }
    finished
}

/// The descriptor, if the argument is a number.
fn descriptor_argument(th: &Thread, file: Value) -> PyResult<Option<i32>> {
    if file.is_instance(&statics::BOOL_TYPE) {
        whipsnake_runtime::warnings::warn(th, &statics::RUNTIME_WARNING, "bool is used as a file descriptor", 1)?;
    }
    if !number::has_index(file) {
        return Ok(None);
    }
    let fd = number::as_i32(th, file)?;
    if fd < 0 { err!(th, VALUE_ERROR, "negative file descriptor") } else { Ok(Some(fd)) }
}

fn open_path(th: &Thread, file: Value, flags: i32, opener: Option<Value>) -> PyResult<i32> {
    if let Some(opener) = opener {
        let result = call::call2(th, opener, file, Value::small_int(flags.into()))?;
        if !result.is_instance(&statics::INT_TYPE) {
            return err!(th, TYPE_ERROR, "expected integer from opener");
        }
        let fd = number::as_i32(th, result.value())?;
        if fd < 0 {
            return err!(th, VALUE_ERROR, "opener returned {fd}");
        }
        let inheritable = interruptible(th, || {
            // SAFETY: only the descriptor's flags are touched.
            unsafe { libc::fcntl(fd, libc::F_SETFD, libc::fcntl(fd, libc::F_GETFD) | libc::FD_CLOEXEC) as isize }
        })?;
        return match inheritable {
            Ok(_) => Ok(fd),
            Err(errno) => Err(raise_errno(th, errno)),
        };
    }
    let object = fs_name::fspath(th, file)?;
    let bytes = match (object.cast::<Str>(), object.cast::<Bytes>()) {
        (Some(s), _) => fs_name::encode(th, s)?,
        (_, Some(b)) => b.as_slice().to_vec(),
        _ => Vec::new(),
    };
    let Ok(name) = CString::new(bytes) else { return err!(th, VALUE_ERROR, "embedded null byte") };
    // SAFETY: the name lives through the call.
    let result = interruptible(th, || unsafe { libc::open(name.as_ptr(), flags, 0o666) } as isize)?;
    result.map(|fd| fd as i32).map_err(|errno| raise_errno_for(th, errno, Some(file), None))
}

fn finish_opening(th: &Thread, v: Value, this: &This, file: Value) -> PyResult<()> {
    let fd = this.fd.get();
    // SAFETY: a zeroed struct of numbers that the call fills in.
    let mut st: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: the struct lives through the call.
    if unsafe { libc::fstat(fd, &mut st) } < 0 {
        let errno = last_errno();
        if errno == libc::EBADF {
            return Err(raise_errno(th, errno));
        }
        this.block_size.set(SMALL_CHUNK as i64);
    } else {
        if st.st_mode & libc::S_IFMT == libc::S_IFDIR {
            return Err(raise_errno_for(th, libc::EISDIR, Some(file), None));
        }
        this.block_size.set(if st.st_blksize > 1 { st.st_blksize as i64 } else { SMALL_CHUNK as i64 });
        this.opened_size.set(st.st_size);
        this.not_terminal.set(st.st_mode & libc::S_IFMT != libc::S_IFCHR);
    }
    object::set_attr_str(th, v, "name", file)?;
    if this.appending.get() {
        // SAFETY: no memory is involved. Pipes cannot be positioned, which does not matter here.
        unsafe { libc::lseek(fd, 0, libc::SEEK_END) };
    }
    Ok(())
}

fn close_descriptor(th: &Thread, this: &FileIo) -> PyResult<()> {
    let fd = this.fd.replace(-1);
    if fd < 0 {
        return Ok(());
    }
    // SAFETY: the object owns the descriptor. An interrupted close has closed it nevertheless.
    let (result, errno) = th.allow_threads(|| (unsafe { libc::close(fd) }, last_errno()));
    if result < 0 && errno != libc::EINTR { Err(raise_errno(th, errno)) } else { Ok(()) }
}

fn closed(th: &Thread) -> Raised {
    th.value_error("I/O operation on closed file")
}

impl FileIo {
    pub fn is_closed(&self) -> bool {
        self.fd.get() < 0
    }
    pub fn block_size(&self) -> i64 {
        self.block_size.get()
    }
    /// Whether the file may be a terminal, as far as opening it told.
    pub fn may_be_terminal(&self) -> bool {
        !self.not_terminal.get()
    }
    fn open_fd(&self, th: &Thread) -> PyResult<i32> {
        if self.fd.get() < 0 { Err(closed(th)) } else { Ok(self.fd.get()) }
    }
    fn reading_fd(&self, th: &Thread) -> PyResult<i32> {
        let fd = self.open_fd(th)?;
        if self.readable.get() { Ok(fd) } else { Err(unsupported(th, "File not open for reading")) }
    }
    /// Reads into memory; `None` when it would have to wait.
    pub fn read_into(&self, th: &Thread, to: *mut u8, room: usize) -> PyResult<Option<usize>> {
        let fd = self.reading_fd(th)?;
        // SAFETY: the caller keeps `room` bytes in place.
        match interruptible(th, || unsafe { libc::read(fd, to.cast(), room.min(MAX_TRANSFER)) })? {
            Ok(count) => Ok(Some(count as usize)),
            Err(libc::EAGAIN) => Ok(None),
            Err(errno) => Err(raise_errno(th, errno)),
        }
    }
    /// Writes memory; `None` when it would have to wait.
    pub fn write_from(&self, th: &Thread, data: &[u8]) -> PyResult<Option<usize>> {
        let fd = self.open_fd(th)?;
        if !self.writable.get() {
            return Err(unsupported(th, "File not open for writing"));
        }
        // SAFETY: the slice lives through the call.
        match interruptible(th, || unsafe { libc::write(fd, data.as_ptr().cast(), data.len().min(MAX_TRANSFER)) })? {
            Ok(count) => Ok(Some(count as usize)),
            Err(libc::EAGAIN) => Ok(None),
            Err(errno) => Err(raise_errno(th, errno)),
        }
    }
    /// Moves the position.
    pub fn seek_to(&self, th: &Thread, offset: i64, whence: i32) -> PyResult<i64> {
        let fd = self.open_fd(th)?;
        // SAFETY: no memory is involved.
        let result = unsafe { libc::lseek(fd, offset, whence) };
        if result < 0 { Err(raise_errno(th, last_errno())) } else { Ok(result) }
    }
    pub fn is_seekable(&self, th: &Thread) -> PyResult<bool> {
        let fd = self.open_fd(th)?;
        if let Some(known) = self.seekable.get() {
            return Ok(known);
        }
        // SAFETY: no memory is involved.
        let answer = unsafe { libc::lseek(fd, 0, libc::SEEK_CUR) } >= 0;
        self.seekable.set(Some(answer));
        Ok(answer)
    }
    /// Reads until the end; `None` when it would have to wait before the first byte.
    pub fn read_all(&self, th: &Thread) -> PyResult<Option<Vec<u8>>> {
        let fd = self.reading_fd(th)?;
        let size = self.opened_size.get();
        let mut room = SMALL_CHUNK;
        if size > 0 {
            // SAFETY: no memory is involved.
            let position = unsafe { libc::lseek(fd, 0, libc::SEEK_CUR) }.max(0);
            room = usize::try_from((size - position).max(0)).unwrap_or(0).saturating_add(1);
        }
        let mut data: Vec<u8> = Vec::new();
        if data.try_reserve_exact(room).is_err() {
            return Err(th.memory_error());
        }
        loop {
            if data.capacity() == data.len() {
                let more = data.len().clamp(SMALL_CHUNK, 1 << 26);
                data.try_reserve(more).map_err(|_| th.memory_error())?;
            }
            let (length, room) = (data.len(), data.capacity() - data.len());
            // SAFETY: the spare room of the vector.
            let end = unsafe { data.as_mut_ptr().add(length) };
            match self.read_into(th, end, room)? {
                None if data.is_empty() => return Ok(None),
                None | Some(0) => return Ok(Some(data)),
                // SAFETY: that many bytes were read into the spare room.
                Some(count) => unsafe { data.set_len(length + count) },
            }
        }
    }
    fn mode(&self) -> &'static str {
        match (self.created.get(), self.appending.get(), self.readable.get(), self.writable.get()) {
            (true, _, true, _) => "xb+",
            (true, _, false, _) => "xb",
            (_, true, true, _) => "ab+",
            (_, true, false, _) => "ab",
            (_, _, true, true) => "rb+",
            (_, _, true, false) => "rb",
            _ => "wb",
        }
    }
}

fn repr(th: &Thread, v: Value) -> PyResult {
    // SAFETY: I4, the slot belongs to this type.
    let this: &This = unsafe { v.cast_unchecked() };
    let name = v.ty().spec.map_or_else(|| v.ty().name(), |spec| spec.name);
    if this.is_closed() {
        return th.str("<_io.FileIO [closed]>");
    }
    let closefd = if this.closefd.get() { "True" } else { "False" };
    let name = if name == "_io.FileIO" { name } else { "_io.FileIO" };
    match peek_attribute(th, &this.dict, "name")? {
        Some(file) => {
            let text = th.repr_guard(v, || object::repr_text(th, file.value()))?;
            let Some(text) = text else { return err!(th, RUNTIME_ERROR, "reentrant call inside {name}.__repr__") };
            th.str(&format!("<{name} name={text} mode='{}' closefd={closefd}>", this.mode()))
        }
        None => th.str(&format!("<{name} fd={} mode='{}' closefd={closefd}>", this.fd.get(), this.mode())),
    }
}

#[pymethods]
mod methods {
    use super::*;

    /// Reads up to size bytes.
    #[method("read(size=-1, /)")]
    fn read(th: &Thread, this: &This, size: Option<Size>) -> PyResult {
        let Some(size) = limit(size) else { return readall(th, this) };
        let mut data: Vec<u8> = Vec::new();
        this.reading_fd(th)?;
        let size = size.min(MAX_TRANSFER);
        data.try_reserve_exact(size).map_err(|_| th.memory_error())?;
        match this.read_into(th, data.as_mut_ptr(), size)? {
            None => Ok(Obj::none()),
            Some(count) => {
                // SAFETY: that many bytes were read into the reserved room.
                unsafe { data.set_len(count) };
                th.bytes(&data)
            }
        }
    }
    /// Reads until the end.
    #[method("readall()")]
    fn readall(th: &Thread, this: &This) -> PyResult {
        match this.read_all(th)? {
            Some(data) => th.bytes(&data),
            None => Ok(Obj::none()),
        }
    }
    /// Reads into a buffer.
    #[method("readinto(buffer, /)")]
    fn readinto(th: &Thread, this: &This, buffer: Value) -> PyResult<Option<usize>> {
        this.reading_fd(th)?;
        let view = buffer::get_writable(th, buffer, "readinto() argument")?;
        this.read_into(th, view.ptr, view.len)
    }
    /// Writes bytes; returns how many were written.
    #[method("write(b, /)")]
    fn write(th: &Thread, this: &This, b: Value) -> PyResult<Option<usize>> {
        this.open_fd(th)?;
        if !this.writable.get() {
            return Err(unsupported(th, "File not open for writing"));
        }
        let data = BytesArg::of(th, b)?;
        this.write_from(th, &data)
    }
    /// Changes the position.
    #[method("seek(pos, whence=0, /)")]
    fn seek(th: &Thread, this: &This, pos: Value, whence: i32) -> PyResult<i64> {
        this.open_fd(th)?;
        if pos.is_instance(&statics::FLOAT_TYPE) {
            return err!(th, TYPE_ERROR, "'float' object cannot be interpreted as an integer");
        }
        this.seek_to(th, number::as_i64(th, pos)?, whence)
    }
    /// The position.
    #[method("tell()")]
    fn tell(th: &Thread, this: &This) -> PyResult<i64> {
        this.seek_to(th, 0, libc::SEEK_CUR)
    }
    /// Cuts or extends the file.
    #[method("truncate(size=None, /)")]
    fn truncate(th: &Thread, this: &This, size: Option<Value>) -> PyResult {
        let fd = this.open_fd(th)?;
        if !this.writable.get() {
            return Err(unsupported(th, "File not open for writing"));
        }
        let size = match size.filter(|v| !v.is_none()) {
            Some(size) => number::as_i64(th, size)?,
            None => this.seek_to(th, 0, libc::SEEK_CUR)?,
        };
        // SAFETY: no memory is involved.
        os_error::blocking(th, || unsafe { libc::ftruncate(fd, size) } as isize)?;
        th.int(size)
    }
    /// Closes the descriptor, unless it is borrowed.
    #[method("close()")]
    fn close(th: &Thread, this: Value) -> PyResult<()> {
        // SAFETY: I4, descriptors check the receiver.
        let file: &This = unsafe { this.cast_unchecked() };
        if file.finalizing.get() {
            warn_unclosed(th, file, this)?;
        }
        let base = call_base_close(th, this);
        raising::both(th, base, || {
            if file.closefd.get() {
                close_descriptor(th, file)
            } else {
                file.fd.set(-1);
                Ok(())
            }
        })
    }
    /// Whether the position can be changed.
    #[method("seekable()")]
    fn seekable(th: &Thread, this: &This) -> PyResult<bool> {
        this.is_seekable(th)
    }
    /// Whether the file was opened for reading.
    #[method("readable()")]
    fn readable(th: &Thread, this: &This) -> PyResult<bool> {
        this.open_fd(th).map(|_| this.readable.get())
    }
    /// Whether the file was opened for writing.
    #[method("writable()")]
    fn writable(th: &Thread, this: &This) -> PyResult<bool> {
        this.open_fd(th).map(|_| this.writable.get())
    }
    /// The descriptor.
    #[method("fileno()")]
    fn fileno(th: &Thread, this: &This) -> PyResult<i32> {
        this.open_fd(th)
    }
    /// Whether the file is a terminal.
    #[method("isatty()")]
    fn isatty(th: &Thread, this: &This) -> PyResult<bool> {
        let fd = this.open_fd(th)?;
        // SAFETY: no memory is involved.
        Ok(th.allow_threads(|| unsafe { libc::isatty(fd) } == 1))
    }
    /// Like isatty(), but knows what fstat said when the file was opened.
    #[method("_isatty_open_only()")]
    fn isatty_open_only(th: &Thread, this: &This) -> PyResult<bool> {
        if this.not_terminal.get() { Ok(false) } else { isatty(th, this) }
    }
    #[method("_dealloc_warn(source, /)")]
    fn dealloc_warn(th: &Thread, this: &This, source: Value) -> PyResult<()> {
        warn_unclosed(th, this, source)
    }
    #[method("__getstate__()")]
    fn getstate(th: &Thread, this: Value) -> PyResult {
        Err(crate::raising::not_picklable(th, this))
    }
    /// Whether the file is closed.
    #[getter("closed")]
    fn is_closed(_: &Thread, this: &This) -> bool {
        this.is_closed()
    }
    /// Whether close() closes the descriptor.
    #[getter("closefd")]
    fn closefd(_: &Thread, this: &This) -> bool {
        this.closefd.get()
    }
    /// The mode.
    #[getter("mode")]
    fn mode(th: &Thread, this: &This) -> PyResult {
        th.str(this.mode())
    }
    #[getter("_blksize")]
    fn blksize(_: &Thread, this: &This) -> i64 {
        this.block_size.get()
    }
    #[setter("_blksize")]
    fn set_blksize(th: &Thread, this: &This, value: Option<Value>) -> PyResult<()> {
        if let Some(value) = value {
            this.block_size.set(number::as_i64(th, value)?);
        }
        Ok(())
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

/// `_RawIOBase.close(self)`: flushes through the instance's own `flush`.
fn call_base_close(th: &Thread, this: Value) -> PyResult<()> {
    let close = object::get_attr_str(th, RAW_IO_BASE_TYPE.value(), "close")?;
    call::call1(th, close.value(), this).map(drop)
}

/// ResourceWarning for a file that nobody closed.
fn warn_unclosed(th: &Thread, this: &FileIo, source: Value) -> PyResult<()> {
    if this.fd.get() < 0 || !this.closefd.get() {
        return Ok(());
    }
    let saved = th.take_exception();
    let message = object::repr_text(th, source).map(|text| format!("unclosed file {text}"));
    let warned =
        message.and_then(|message| whipsnake_runtime::warnings::warn(th, &statics::RESOURCE_WARNING, &message, 1));
    if warned.is_err() {
        if th.exception_matches(&statics::WARNING) {
            th.write_unraisable("closing a file", Some(source));
        } else {
            drop(th.take_exception());
        }
    }
    th.restore_exception(saved);
    Ok(())
}

builtin_type! {
    /// `io.FileIO`.
    pub static FILE_IO_TYPE = TypeSpec {
        name: "_io.FileIO",
        base: Some(&RAW_IO_BASE_TYPE),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        dictoffset: DICT_OFFSET,
        doc: "FileIO(file, mode='r', closefd=True, opener=None)\n--\n\nAn unbuffered file.",
        slots: Slots { new: Some(construct), init: Some(init), repr: Some(repr), ..Instance::<FileIo>::SLOTS },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..Instance::<FileIo>::SPEC
    }
}

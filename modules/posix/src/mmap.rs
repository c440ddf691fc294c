//! `mmap`: files in memory.
//!
//! **Invariant:** a mapping that is exported (a `memoryview` of it) is neither closed nor resized. Other processes may change
//! the memory at any time, so bytes are copied out before anything is done with them.

use std::cell::Cell;
use whipsnake_runtime::args::Params;
use whipsnake_runtime::os_error::{raise_errno, raise_last};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::{Buffer, BytesArg};
use whipsnake_runtime::types::module;
use whipsnake_runtime::types::slice::{self, Slice};

/// What may be done with a mapping.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Default,
    Read,
    Write,
    Copy,
}

impl Access {
    fn name(self) -> &'static str {
        match self {
            Access::Default => "ACCESS_DEFAULT",
            Access::Read => "ACCESS_READ",
            Access::Write => "ACCESS_WRITE",
            Access::Copy => "ACCESS_COPY",
        }
    }
}

/// A mapping.
pub struct Mapping {
    /// Null once closed.
    start: Cell<*mut u8>,
    len: Cell<usize>,
    position: Cell<usize>,
    offset: i64,
    /// A copy of the file's descriptor; -1 for none.
    fd: Cell<i32>,
    tracks_fd: bool,
    flags: i32,
    access: Access,
    exports: Cell<usize>,
}

type This = Instance<Mapping>;

impl Payload for Mapping {
    fn ty() -> &'static Type {
        &MMAP_TYPE
    }
    fn traverse(&self, _: &mut Visitor) {}
}

impl Drop for Mapping {
    fn drop(&mut self) {
        self.unmap();
    }
}

builtin_type! {
    /// `mmap.mmap`.
    pub static MMAP_TYPE = TypeSpec {
        name: "mmap.mmap",
        flags: flags::BASETYPE | flags::WEAKREFABLE,
        doc: "mmap(fileno, length, flags=MAP_SHARED, prot=PROT_WRITE|PROT_READ, access=ACCESS_DEFAULT, offset=0, *, \
              trackfd=True)\n--\n\nA file in memory; fileno -1 is memory without a file.",
        slots: Slots {
            new: Some(construct),
            repr: Some(repr),
            sq_length: Some(length),
            sq_item: Some(item),
            mp_length: Some(length),
            mp_subscript: Some(subscript),
            mp_ass_subscript: Some(set_subscript),
            bf_getbuffer: Some(get_buffer),
            bf_releasebuffer: Some(release_buffer),
            ..Instance::<Mapping>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..Instance::<Mapping>::SPEC
    }
}

fn this<'a>(v: Value) -> &'a This {
    // SAFETY: I4, slots are called with instances of their type.
    unsafe { v.cast_unchecked() }
}

static PARAMS: Params = Params {
    function: "mmap",
    names: &["fileno", "length", "flags", "prot", "access", "offset", "trackfd"],
    positional_only: 0,
    positional: 6,
    required: &[true, true, false, false, false, false, false],
    has_varargs: false,
    has_varkw: false,
};

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let mut bound = [None; 7];
    PARAMS.bind(th, args, &mut bound)?;
    let read_write = libc::PROT_READ | libc::PROT_WRITE;
    let number = |v: Option<Value>, default: i32| v.map_or(Ok(default), |v| number::as_i32(th, v));
    let fd = number(bound[0], -1)?;
    let length = bound[1].map_or(Ok(0), |v| number::as_isize(th, v))?;
    let (mut flags, mut prot) = (number(bound[2], libc::MAP_SHARED)?, number(bound[3], read_write)?);
    let access = number(bound[4], 0)?;
    let offset = bound[5].map_or(Ok(0), |v| number::as_i64(th, v))?;
    let tracks_fd = bound[6].map_or(Ok(true), |v| object::is_true(th, v))?;
    let Ok(mut len) = usize::try_from(length) else {
        return Err(th.overflow_error("memory mapped length must be positive"));
    };
    if offset < 0 {
        return Err(th.overflow_error("memory mapped offset must be positive"));
    }
    if access != 0 && (flags != libc::MAP_SHARED || prot != read_write) {
        return Err(th.value_error("mmap can't specify both access and flags, prot."));
    }
    let access = match access {
        0 if prot & read_write == read_write => Access::Default,
        0 if prot & libc::PROT_WRITE != 0 => Access::Write,
        0 => Access::Read,
        1 => {
            prot = libc::PROT_READ;
            Access::Read
        }
        2 => Access::Write,
        3 => {
            flags = libc::MAP_PRIVATE;
            Access::Copy
        }
        _ => return Err(th.value_error("mmap invalid access parameter.")),
    };
    if fd != -1 {
        len = length_in_file(th, fd, len, offset)?;
    }
    let own = match fd {
        -1 => {
            flags |= libc::MAP_ANONYMOUS;
            -1
        }
        _ if !tracks_fd => -1,
        // SAFETY: a call on plain numbers.
        fd => match unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) } {
            ..0 => return Err(raise_last(th)),
            own => own,
        },
    };
    let mapping = Mapping {
        start: Cell::new(std::ptr::null_mut()),
        len: Cell::new(len),
        position: Cell::new(0),
        offset,
        fd: Cell::new(own),
        tracks_fd,
        flags,
        access,
        exports: Cell::new(0),
    };
    // SAFETY: new memory, at an address that the kernel chooses.
    let start = th.allow_threads(|| unsafe { libc::mmap(std::ptr::null_mut(), len, prot, flags, fd, offset) });
    if start == libc::MAP_FAILED {
        return Err(raise_last(th));
    }
    mapping.start.set(start.cast());
    Instance::create_as(th, ty, mapping)
}

/// How much of a file to map, which must have that much.
fn length_in_file(th: &Thread, fd: i32, len: usize, offset: i64) -> PyResult<usize> {
    // SAFETY: a struct of numbers, which lives through the call.
    let size = unsafe {
        let mut status: libc::stat = std::mem::zeroed();
        let known = libc::fstat(fd, &mut status) == 0 && status.st_mode & libc::S_IFMT == libc::S_IFREG;
        known.then_some(status.st_size)
    };
    let Some(size) = size else { return Ok(len) };
    if len == 0 {
        if size == 0 {
            return Err(th.value_error("cannot mmap an empty file"));
        }
        if offset >= size {
            return Err(th.value_error("mmap offset is greater than file size"));
        }
        return Ok((size - offset) as usize);
    }
    if offset > size || ((size - offset) as usize) < len {
        return Err(th.value_error("mmap length is greater than file size"));
    }
    Ok(len)
}

impl Mapping {
    fn unmap(&self) {
        let start = self.start.replace(std::ptr::null_mut());
        let fd = self.fd.replace(-1);
        // SAFETY: the memory and the descriptor are the mapping's own; nothing is exported.
        unsafe {
            if !start.is_null() {
                libc::munmap(start.cast(), self.len.get());
            }
            if fd >= 0 {
                libc::close(fd);
            }
        }
    }
    fn check_open(&self, th: &Thread) -> PyResult<*mut u8> {
        match self.start.get() {
            start if start.is_null() => Err(th.value_error("mmap closed or invalid")),
            start => Ok(start),
        }
    }
    fn check_writable(&self, th: &Thread) -> PyResult<()> {
        if self.access == Access::Read {
            return Err(th.type_error("mmap can't modify a readonly memory map."));
        }
        Ok(())
    }
    /// Copies bytes out; the range is within the mapping.
    fn bytes(&self, th: &Thread, from: usize, len: usize) -> PyResult<Vec<u8>> {
        let start = self.check_open(th)?;
        assert!(from <= self.len.get() && len <= self.len.get() - from);
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(len).map_err(|_| th.memory_error())?;
        // SAFETY: the range was just checked, the vector has room for it.
        unsafe {
            std::ptr::copy_nonoverlapping(start.add(from), bytes.as_mut_ptr(), len);
            bytes.set_len(len);
        }
        Ok(bytes)
    }
    /// Copies bytes in; the range is within the mapping.
    fn put(&self, th: &Thread, at: usize, bytes: &[u8]) -> PyResult<()> {
        let start = self.check_open(th)?;
        assert!(at <= self.len.get() && bytes.len() <= self.len.get() - at);
        // SAFETY: the range was just checked; `bytes` may be of this mapping too.
        unsafe { std::ptr::copy(bytes.as_ptr(), start.add(at), bytes.len()) };
        Ok(())
    }
    /// Takes up to `wanted` bytes from the position on.
    fn take(&self, th: &Thread, wanted: usize) -> PyResult {
        let from = self.position.get();
        let bytes = self.bytes(th, from.min(self.len.get()), wanted.min(self.len.get().saturating_sub(from)))?;
        self.position.set(from + bytes.len());
        th.bytes(&bytes)
    }
    fn position_of(&self, th: &Thread, args: Args, function: &str, backwards: bool) -> PyResult<isize> {
        args.expect(th, function, 1, 3)?;
        let wanted = BytesArg::of(th, args.get(0).unwrap_or(statics::none()))?.to_vec();
        self.check_open(th)?;
        let len = self.len.get() as isize;
        let bound = |v: Option<Value>, default: usize| {
            let at = match v.filter(|v| !v.is_none()) {
                Some(v) => number::as_isize(th, v)?,
                None => default as isize,
            };
            Ok((if at < 0 { at + len } else { at }).clamp(0, len) as usize)
        };
        let (start, end) = (bound(args.get(1), self.position.get())?, bound(args.get(2), self.len.get())?);
        if start > end {
            return Ok(-1);
        }
        let bytes = self.bytes(th, start, end - start)?;
        if wanted.len() > bytes.len() {
            return Ok(-1);
        }
        let found = match backwards {
            false => memchr::memmem::find(&bytes, &wanted),
            true => memchr::memmem::rfind(&bytes, &wanted),
        };
        Ok(found.map_or(-1, |at| (start + at) as isize))
    }
}

fn repr(th: &Thread, v: Value) -> PyResult {
    let (name, this) = (v.ty().name(), this(v));
    if this.start.get().is_null() {
        return th.str(&format!("<{name} closed=True>"));
    }
    let (access, len, position, offset) = (this.access.name(), this.len.get(), this.position.get(), this.offset);
    th.str(&format!("<{name} closed=False, access={access}, length={len}, pos={position}, offset={offset}>"))
}

fn length(th: &Thread, v: Value) -> PyResult<isize> {
    this(v).check_open(th)?;
    Ok(this(v).len.get() as isize)
}

fn item(th: &Thread, v: Value, index: isize) -> PyResult {
    this(v).check_open(th)?;
    match usize::try_from(index).ok().filter(|i| *i < this(v).len.get()) {
        Some(i) => th.bytes(&this(v).bytes(th, i, 1)?),
        None => Err(th.index_error("mmap index out of range")),
    }
}

fn index(th: &Thread, v: Value, key: Value) -> PyResult<usize> {
    if !number::has_index(key) {
        return Err(th.type_error("mmap indices must be integers"));
    }
    let len = this(v).len.get() as isize;
    let i = number::as_index(th, key, &statics::INDEX_ERROR)?;
    let i = if i < 0 { i + len } else { i };
    usize::try_from(i).ok().filter(|i| *i < len as usize).ok_or_else(|| th.index_error("mmap index out of range"))
}

fn subscript(th: &Thread, v: Value, key: Value) -> PyResult {
    let mapping = this(v);
    mapping.check_open(th)?;
    let Some(slice) = key.cast::<Slice>() else {
        let byte = mapping.bytes(th, index(th, v, key)?, 1)?;
        return Ok(Obj::small_int(byte[0].into()));
    };
    let (start, stop, step) = slice::unpack(th, slice)?;
    let (start, _, count) = slice::adjust(mapping.len.get() as isize, start, stop, step);
    if step == 1 {
        return th.bytes(&mapping.bytes(th, start.max(0) as usize, count)?);
    }
    let mut picked = Vec::with_capacity(count);
    for i in 0..count {
        picked.extend(mapping.bytes(th, (start + i as isize * step) as usize, 1)?);
    }
    th.bytes(&picked)
}

fn set_subscript(th: &Thread, v: Value, key: Value, value: Option<Value>) -> PyResult<()> {
    let mapping = this(v);
    mapping.check_open(th)?;
    mapping.check_writable(th)?;
    let Some(slice) = key.cast::<Slice>() else {
        let i = index(th, v, key)?;
        let Some(value) = value else { return Err(th.type_error("mmap doesn't support item deletion")) };
        if !number::has_index(value) {
            return Err(th.type_error("mmap item value must be an int"));
        }
        let Ok(byte) = u8::try_from(number::as_index_clamped(th, value)?) else {
            return Err(th.value_error("mmap item value must be in range(0, 256)"));
        };
        // The conversion may have closed or resized the mapping.
        mapping.check_open(th)?;
        if i >= mapping.len.get() {
            return Err(th.index_error("mmap index out of range"));
        }
        return mapping.put(th, i, &[byte]);
    };
    let Some(value) = value else { return Err(th.type_error("mmap object doesn't support slice deletion")) };
    let bytes = BytesArg::of(th, value)?.to_vec();
    let (start, stop, step) = slice::unpack(th, slice)?;
    mapping.check_open(th)?;
    let (start, _, count) = slice::adjust(mapping.len.get() as isize, start, stop, step);
    if bytes.len() != count {
        return Err(th.index_error("mmap slice assignment is wrong size"));
    }
    if step == 1 {
        return mapping.put(th, start.max(0) as usize, &bytes);
    }
    for (i, byte) in bytes.iter().enumerate() {
        mapping.put(th, (start + i as isize * step) as usize, &[*byte])?;
    }
    Ok(())
}

fn get_buffer(th: &Thread, v: Value, writable: bool) -> PyResult<Buffer> {
    let mapping = this(v);
    let start = mapping.check_open(th)?;
    let readonly = mapping.access == Access::Read;
    if writable && readonly {
        return err!(th, BUFFER_ERROR, "Object is not writable.");
    }
    mapping.exports.set(mapping.exports.get() + 1);
    Ok(Buffer::new(v.own(), start, mapping.len.get(), readonly))
}

fn release_buffer(_: &Thread, v: Value) {
    let exports = &this(v).exports;
    exports.set(exports.get().saturating_sub(1));
}

#[pymethods]
mod methods {
    use super::*;

    /// Gives the memory back.
    #[method("close()")]
    fn close(th: &Thread, this: &This) -> PyResult<()> {
        if this.exports.get() > 0 {
            return err!(th, BUFFER_ERROR, "cannot close exported pointers exist");
        }
        this.unmap();
        Ok(())
    }
    /// Whether the memory was given back.
    #[getter("closed")]
    fn closed(_: &Thread, this: &This) -> bool {
        this.start.get().is_null()
    }
    /// The first place of bytes, from the position on unless told otherwise; -1 if there is none.
    #[method("find(view, start=None, end=None, /)", raw)]
    fn find(th: &Thread, this: &This, args: Args) -> PyResult<isize> {
        this.position_of(th, args, "find", false)
    }
    /// The last place of bytes, from the position on unless told otherwise; -1 if there is none.
    #[method("rfind(view, start=None, end=None, /)", raw)]
    fn rfind(th: &Thread, this: &This, args: Args) -> PyResult<isize> {
        this.position_of(th, args, "rfind", true)
    }
    /// Writes changes to the file.
    #[method("flush(offset=0, size=None, /)")]
    fn flush(th: &Thread, this: &This, offset: isize, size: Option<isize>) -> PyResult<()> {
        let start = this.check_open(th)?;
        let len = this.len.get();
        let size = size.unwrap_or((len as isize).saturating_sub(offset));
        let (Ok(offset), Ok(size)) = (usize::try_from(offset), usize::try_from(size)) else {
            return Err(th.value_error("flush values out of range"));
        };
        if offset.checked_add(size).is_none_or(|end| end > len) {
            return Err(th.value_error("flush values out of range"));
        }
        if matches!(this.access, Access::Read | Access::Copy) {
            return Ok(());
        }
        // SAFETY: the range was just checked.
        let result = th.allow_threads(|| unsafe { libc::msync(start.add(offset).cast(), size, libc::MS_SYNC) });
        if result < 0 { Err(raise_last(th)) } else { Ok(()) }
    }
    /// Tells the kernel how the memory will be used.
    #[method("madvise(option, start=0, length=None, /)")]
    fn madvise(th: &Thread, this: &This, option: i32, from: isize, size: Option<isize>) -> PyResult<()> {
        let start = this.check_open(th)?;
        let len = this.len.get();
        let Some(from) = usize::try_from(from).ok().filter(|from| *from < len) else {
            return Err(th.value_error("madvise start out of bounds"));
        };
        let Ok(size) = usize::try_from(size.unwrap_or(len as isize)) else {
            return Err(th.value_error("madvise length invalid"));
        };
        if size > isize::MAX as usize - from {
            return Err(th.overflow_error("madvise length too large"));
        }
        // SAFETY: the range was cut to the mapping. Advice that drops contents changes bytes, as any process may.
        let result = unsafe { libc::madvise(start.add(from).cast(), size.min(len - from), option) };
        if result < 0 { Err(raise_last(th)) } else { Ok(()) }
    }
    /// Copies bytes within the mapping.
    #[method("move(dest, src, count, /)")]
    fn move_bytes(th: &Thread, this: &This, to: isize, from: isize, count: isize) -> PyResult<()> {
        this.check_open(th)?;
        this.check_writable(th)?;
        let len = this.len.get();
        let fits = |at: usize, count: usize| at <= len && count <= len - at;
        match (usize::try_from(to), usize::try_from(from), usize::try_from(count)) {
            (Ok(to), Ok(from), Ok(count)) if fits(to, count) && fits(from, count) => {
                let bytes = this.bytes(th, from, count)?;
                this.put(th, to, &bytes)
            }
            _ => Err(th.value_error("source, destination, or count out of range")),
        }
    }
    /// Bytes from the position on.
    #[method("read(n=None, /)")]
    fn read(th: &Thread, this: &This, n: Option<isize>) -> PyResult {
        this.check_open(th)?;
        this.take(th, n.and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX))
    }
    /// The byte at the position, as a number.
    #[method("read_byte()")]
    fn read_byte(th: &Thread, this: &This) -> PyResult<i64> {
        this.check_open(th)?;
        let at = this.position.get();
        if at >= this.len.get() {
            return Err(th.value_error("read byte out of range"));
        }
        this.position.set(at + 1);
        Ok(this.bytes(th, at, 1)?[0].into())
    }
    /// Bytes from the position to the end of the line.
    #[method("readline()")]
    fn readline(th: &Thread, this: &This) -> PyResult {
        this.check_open(th)?;
        let from = this.position.get().min(this.len.get());
        let rest = this.bytes(th, from, this.len.get() - from)?;
        let len = memchr::memchr(b'\n', &rest).map_or(rest.len(), |i| i + 1);
        this.take(th, len)
    }
    /// Changes the size of the mapping, and of the file.
    #[method("resize(newsize, /)")]
    fn resize(th: &Thread, this: &This, size: isize) -> PyResult<()> {
        let start = this.check_open(th)?;
        if this.exports.get() > 0 {
            return err!(th, BUFFER_ERROR, "mmap can't resize with extant pointers exported.");
        }
        if !this.tracks_fd {
            return Err(th.value_error("mmap can't resize with trackfd=False."));
        }
        if matches!(this.access, Access::Read | Access::Copy) {
            return Err(th.type_error("mmap can't resize a readonly or copy-on-write memory map."));
        }
        let Some(size) = usize::try_from(size).ok().filter(|size| *size as i64 <= i64::MAX - this.offset) else {
            return Err(th.value_error("new size out of range"));
        };
        let fd = this.fd.get();
        if fd == -1 && this.flags & libc::MAP_SHARED != 0 && size > this.len.get() {
            return Err(th.value_error("mmap: can't expand a shared anonymous mapping on Linux"));
        }
        // SAFETY: the mapping is this object's own and nothing is exported.
        unsafe {
            if fd != -1 && libc::ftruncate(fd, this.offset + size as i64) < 0 {
                return Err(raise_last(th));
            }
            let moved = libc::mremap(start.cast(), this.len.get(), size, libc::MREMAP_MAYMOVE);
            if moved == libc::MAP_FAILED {
                return Err(raise_last(th));
            }
            this.start.set(moved.cast());
        }
        this.len.set(size);
        Ok(())
    }
    /// Changes the position.
    #[method("seek(pos, whence=0, /)")]
    fn seek(th: &Thread, this: &This, distance: isize, whence: i32) -> PyResult<usize> {
        this.check_open(th)?;
        let base = match whence {
            0 => 0,
            1 => this.position.get(),
            2 => this.len.get(),
            _ => return Err(th.value_error("unknown seek type")),
        };
        let target = (base as isize).checked_add(distance).and_then(|target| usize::try_from(target).ok());
        match target.filter(|target| *target <= this.len.get()) {
            Some(target) => {
                this.position.set(target);
                Ok(target)
            }
            None => Err(th.value_error("seek out of range")),
        }
    }
    /// Always true.
    #[method("seekable()")]
    fn seekable(_: &Thread, _this: &This) -> bool {
        true
    }
    /// The size of the file, which may be larger than the mapping.
    #[method("size()")]
    fn size(th: &Thread, this: &This) -> PyResult<i64> {
        this.check_open(th)?;
        if this.fd.get() == -1 {
            return if this.tracks_fd { Ok(this.len.get() as i64) } else { Err(raise_errno(th, libc::EBADF)) };
        }
        // SAFETY: a struct of numbers, which lives through the call.
        unsafe {
            let mut status: libc::stat = std::mem::zeroed();
            match libc::fstat(this.fd.get(), &mut status) {
                0 => Ok(status.st_size),
                _ => Err(raise_last(th)),
            }
        }
    }
    /// The position.
    #[method("tell()")]
    fn tell(th: &Thread, this: &This) -> PyResult<usize> {
        this.check_open(th)?;
        Ok(this.position.get())
    }
    /// Writes bytes at the position: how many.
    #[method("write(bytes, /)")]
    fn write(th: &Thread, this: &This, bytes: BytesArg) -> PyResult<usize> {
        this.check_open(th)?;
        this.check_writable(th)?;
        let at = this.position.get();
        if at > this.len.get() || bytes.len() > this.len.get() - at {
            return Err(th.value_error("data out of range"));
        }
        this.put(th, at, &bytes)?;
        this.position.set(at + bytes.len());
        Ok(bytes.len())
    }
    /// Writes a byte, a number, at the position.
    #[method("write_byte(byte, /)")]
    fn write_byte(th: &Thread, this: &This, byte: i64) -> PyResult<()> {
        let byte = match u8::try_from(byte) {
            Ok(byte) => byte,
            Err(_) if byte < 0 => return Err(th.overflow_error("unsigned byte integer is less than minimum")),
            Err(_) => return Err(th.overflow_error("unsigned byte integer is greater than maximum")),
        };
        this.check_open(th)?;
        this.check_writable(th)?;
        let at = this.position.get();
        if at >= this.len.get() {
            return Err(th.value_error("write byte out of range"));
        }
        this.put(th, at, &[byte])?;
        this.position.set(at + 1);
        Ok(())
    }
    #[method("__enter__()")]
    fn enter(th: &Thread, v: Value) -> PyResult {
        this(v).check_open(th)?;
        Ok(v.own())
    }
    #[method("__exit__(exc_type, exc_value, traceback, /)")]
    fn exit(th: &Thread, v: Value, _kind: Value, _exception: Value, _traceback: Value) -> PyResult<()> {
        // A subclass may have a close of its own.
        call::call_method(th, v, "close", &[]).map(drop)
    }
    /// Size of the object and its mapping, in bytes.
    #[method("__sizeof__()")]
    fn sizeof(_: &Thread, this: &This) -> usize {
        size_of::<This>() + this.len.get()
    }
}

const CONSTANTS: &[(&str, i64)] = &[
    ("PROT_EXEC", libc::PROT_EXEC as i64),
    ("PROT_READ", libc::PROT_READ as i64),
    ("PROT_WRITE", libc::PROT_WRITE as i64),
    ("MAP_SHARED", libc::MAP_SHARED as i64),
    ("MAP_PRIVATE", libc::MAP_PRIVATE as i64),
    ("MAP_DENYWRITE", libc::MAP_DENYWRITE as i64),
    ("MAP_EXECUTABLE", libc::MAP_EXECUTABLE as i64),
    ("MAP_ANON", libc::MAP_ANONYMOUS as i64),
    ("MAP_ANONYMOUS", libc::MAP_ANONYMOUS as i64),
    ("MAP_POPULATE", libc::MAP_POPULATE as i64),
    ("MAP_STACK", libc::MAP_STACK as i64),
    ("MAP_NORESERVE", libc::MAP_NORESERVE as i64),
    ("ACCESS_DEFAULT", 0),
    ("ACCESS_READ", 1),
    ("ACCESS_WRITE", 2),
    ("ACCESS_COPY", 3),
    ("MADV_NORMAL", libc::MADV_NORMAL as i64),
    ("MADV_RANDOM", libc::MADV_RANDOM as i64),
    ("MADV_SEQUENTIAL", libc::MADV_SEQUENTIAL as i64),
    ("MADV_WILLNEED", libc::MADV_WILLNEED as i64),
    ("MADV_DONTNEED", libc::MADV_DONTNEED as i64),
    ("MADV_FREE", libc::MADV_FREE as i64),
    ("MADV_REMOVE", libc::MADV_REMOVE as i64),
    ("MADV_DONTFORK", libc::MADV_DONTFORK as i64),
    ("MADV_DOFORK", libc::MADV_DOFORK as i64),
    ("MADV_HWPOISON", libc::MADV_HWPOISON as i64),
    ("MADV_MERGEABLE", libc::MADV_MERGEABLE as i64),
    ("MADV_UNMERGEABLE", libc::MADV_UNMERGEABLE as i64),
    ("MADV_HUGEPAGE", libc::MADV_HUGEPAGE as i64),
    ("MADV_NOHUGEPAGE", libc::MADV_NOHUGEPAGE as i64),
    ("MADV_DONTDUMP", libc::MADV_DONTDUMP as i64),
    ("MADV_DODUMP", libc::MADV_DODUMP as i64),
];

/// Makes `mmap`.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let m = module::new(th, "mmap", "Files in memory.", &[])?;
    module::add_type(th, m.value(), &MMAP_TYPE)?;
    module::add(th, m.value(), "error", statics::OS_ERROR.value())?;
    for (name, value) in CONSTANTS {
        crate::add_int(th, m.value(), name, *value)?;
    }
    // SAFETY: a call on a plain number.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    crate::add_int(th, m.value(), "PAGESIZE", page)?;
    crate::add_int(th, m.value(), "ALLOCATIONGRANULARITY", page)?;
    Ok(m)
}

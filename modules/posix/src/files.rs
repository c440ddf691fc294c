//! File descriptors: open, read, write, seek, duplicate, pipes.

use crate::paths::{DirFd, FileNo, PathArg, PathOrFd, at, file_number};
use whipsnake_runtime::fs_name;
use whipsnake_runtime::os_error::{blocking, interruptible, last_errno, raise_errno, raise_last};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::{self, Buffer, BytesArg};
use whipsnake_runtime::types::int;

/// Reads up to `length` bytes into a new bytes object.
pub fn read_bytes(th: &Thread, length: isize, mut read: impl FnMut(*mut libc::c_void, usize) -> isize) -> PyResult {
    let Ok(length) = usize::try_from(length) else { return Err(raise_errno(th, libc::EINVAL)) };
    let mut data: Vec<u8> = Vec::new();
    if data.try_reserve_exact(length).is_err() {
        return Err(th.memory_error());
    }
    let count = blocking(th, || read(data.as_mut_ptr().cast(), length))?;
    // SAFETY: the call wrote `count` bytes into the reserved room.
    unsafe { data.set_len(count as usize) };
    th.bytes(&data)
}

fn set_cloexec(fd: i32, on: bool) -> i32 {
    // SAFETY: plain descriptor flags.
    unsafe {
        let flags = libc::fcntl(fd, libc::F_GETFD);
        if flags < 0 {
            return -1;
        }
        let wanted = if on { flags | libc::FD_CLOEXEC } else { flags & !libc::FD_CLOEXEC };
        if wanted == flags { 0 } else { libc::fcntl(fd, libc::F_SETFD, wanted) }
    }
}

fn check(th: &Thread, result: i32) -> PyResult<i32> {
    if result < 0 { Err(raise_last(th)) } else { Ok(result) }
}

fn buffers_of(th: &Thread, buffers: Value, writable: bool) -> PyResult<(Vec<Buffer>, Vec<libc::iovec>)> {
    let mut views = Vec::new();
    for item in iter::to_vec(th, buffers)? {
        views.push(buffer::get(th, item.value(), writable)?);
    }
    let vectors = views.iter().map(|v| libc::iovec { iov_base: v.ptr.cast(), iov_len: v.len }).collect();
    Ok((views, vectors))
}

#[pyfunctions]
pub mod functions {
    use super::*;

    /// Opens a file and returns its descriptor, which is not inheritable.
    #[function("open(path, flags, mode=0o777, *, dir_fd=None)")]
    fn open(th: &Thread, path: PathArg, flags: i32, mode: i32, dir_fd: Option<DirFd>) -> PyResult<i32> {
        let flags = flags | libc::O_CLOEXEC;
        // SAFETY: the path is a C string that lives through the call.
        let fd =
            path.call(th, || unsafe { libc::openat(at(dir_fd), path.as_ptr(), flags, mode as libc::c_uint) } as isize)?;
        Ok(fd as i32)
    }
    /// Closes a descriptor.
    #[function("close(fd)")]
    fn close(th: &Thread, fd: FileNo) -> PyResult<()> {
        // SAFETY: closing is the caller's wish. It is not repeated after a signal: the descriptor is gone by then.
        let (result, errno) = th.allow_threads(|| (unsafe { libc::close(fd.0) }, last_errno()));
        if result < 0 && errno != libc::EINTR { Err(raise_errno(th, errno)) } else { Ok(()) }
    }
    /// Closes all descriptors from fd_low to below fd_high, ignoring errors.
    #[function("closerange(fd_low, fd_high, /)")]
    fn closerange(th: &Thread, fd_low: i32, fd_high: i32) -> PyResult<()> {
        th.allow_threads(|| {
            for fd in fd_low.max(0)..fd_high {
                // SAFETY: closing is the caller's wish.
                unsafe { libc::close(fd) };
            }
        });
        Ok(())
    }
    /// Reads from a descriptor.
    #[function("read(fd, length, /)")]
    fn read(th: &Thread, fd: i32, length: isize) -> PyResult {
        // SAFETY: the buffer has room for the length.
        read_bytes(th, length, |data, n| unsafe { libc::read(fd, data, n) })
    }
    /// Reads from a descriptor into a buffer.
    #[function("readinto(fd, buffer, /)")]
    fn readinto(th: &Thread, fd: i32, buffer: Value) -> PyResult<isize> {
        let view = buffer::get_writable(th, buffer, "readinto() argument 2")?;
        // SAFETY: the view keeps its memory in place.
        blocking(th, || unsafe { libc::read(fd, view.ptr.cast(), view.len) })
    }
    /// Reads at an offset, leaving the position.
    #[function("pread(fd, length, offset, /)")]
    fn pread(th: &Thread, fd: i32, length: isize, offset: i64) -> PyResult {
        // SAFETY: the buffer has room for the length.
        read_bytes(th, length, |data, n| unsafe { libc::pread(fd, data, n, offset) })
    }
    /// Reads into several buffers.
    #[function("readv(fd, buffers, /)")]
    fn readv(th: &Thread, fd: i32, buffers: Value) -> PyResult<isize> {
        let (_views, vectors) = buffers_of(th, buffers, true)?;
        // SAFETY: the views keep their memory in place.
        blocking(th, || unsafe { libc::readv(fd, vectors.as_ptr(), vectors.len() as i32) })
    }
    /// Writes to a descriptor; returns how many bytes were written.
    #[function("write(fd, data, /)")]
    fn write(th: &Thread, fd: i32, data: BytesArg) -> PyResult<isize> {
        let (pointer, length) = (data.as_ptr(), data.len());
        // SAFETY: the argument keeps its memory in place.
        blocking(th, || unsafe { libc::write(fd, pointer.cast(), length) })
    }
    /// Writes at an offset, leaving the position.
    #[function("pwrite(fd, buffer, offset, /)")]
    fn pwrite(th: &Thread, fd: i32, buffer: BytesArg, offset: i64) -> PyResult<isize> {
        let (pointer, length) = (buffer.as_ptr(), buffer.len());
        // SAFETY: the argument keeps its memory in place.
        blocking(th, || unsafe { libc::pwrite(fd, pointer.cast(), length, offset) })
    }
    /// Writes several buffers.
    #[function("writev(fd, buffers, /)")]
    fn writev(th: &Thread, fd: i32, buffers: Value) -> PyResult<isize> {
        let (_views, vectors) = buffers_of(th, buffers, false)?;
        // SAFETY: the views keep their memory in place.
        blocking(th, || unsafe { libc::writev(fd, vectors.as_ptr(), vectors.len() as i32) })
    }
    /// Copies between descriptors inside the kernel.
    #[function("sendfile(out_fd, in_fd, offset, count)")]
    fn sendfile(th: &Thread, out_fd: i32, in_fd: i32, offset: Value, count: isize) -> PyResult<isize> {
        let mut start = if offset.is_none() { None } else { Some(number::as_i64(th, offset)?) };
        blocking(th, || {
            let pointer = start.as_mut().map_or(std::ptr::null_mut(), |o| o as *mut i64);
            // SAFETY: the offset lives through the call.
            unsafe { libc::sendfile(out_fd, in_fd, pointer, count.max(0) as usize) }
        })
    }
    /// Copies a range of bytes between files inside the kernel.
    #[function("copy_file_range(src, dst, count, offset_src=None, offset_dst=None)")]
    fn copy_file_range(
        th: &Thread,
        src: i32,
        dst: i32,
        count: isize,
        offset_src: Option<i64>,
        offset_dst: Option<i64>,
    ) -> PyResult<isize> {
        if count < 0 {
            return err!(th, VALUE_ERROR, "negative value for 'count' not allowed");
        }
        let (mut from, mut to) = (offset_src, offset_dst);
        blocking(th, || {
            let from = from.as_mut().map_or(std::ptr::null_mut(), |o| o as *mut i64);
            let to = to.as_mut().map_or(std::ptr::null_mut(), |o| o as *mut i64);
            // SAFETY: the offsets live through the call.
            unsafe { libc::copy_file_range(src, from, dst, to, count as usize, 0) }
        })
    }
    /// Moves the position of a descriptor.
    #[function("lseek(fd, position, whence, /)")]
    fn lseek(th: &Thread, fd: i32, position: i64, whence: i32) -> PyResult<i64> {
        // SAFETY: no memory is involved.
        blocking(th, || unsafe { libc::lseek(fd, position, whence) } as isize).map(|n| n as i64)
    }
    /// Duplicates a descriptor; the copy is not inheritable.
    #[function("dup(fd, /)")]
    fn dup(th: &Thread, fd: i32) -> PyResult<i32> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) })
    }
    /// Duplicates a descriptor to a given number.
    #[function("dup2(fd, fd2, inheritable=True)")]
    fn dup2(th: &Thread, fd: i32, fd2: i32, inheritable: bool) -> PyResult<i32> {
        if fd < 0 || fd2 < 0 {
            return Err(raise_errno(th, libc::EBADF));
        }
        blocking(th, || {
            // SAFETY: no memory is involved.
            let result = unsafe {
                if inheritable || fd == fd2 { libc::dup2(fd, fd2) } else { libc::dup3(fd, fd2, libc::O_CLOEXEC) }
            };
            result as isize
        })
        .map(|fd| fd as i32)
    }
    /// A pipe: (read end, write end), not inheritable.
    #[function("pipe()")]
    fn pipe(th: &Thread) -> PyResult {
        make_pipe(th, libc::O_CLOEXEC)
    }
    /// A pipe with flags.
    #[function("pipe2(flags, /)")]
    fn pipe2(th: &Thread, flags: i32) -> PyResult {
        make_pipe(th, flags)
    }
    /// Whether a descriptor is a terminal.
    #[function("isatty(fd, /)")]
    fn isatty(_th: &Thread, fd: i32) -> bool {
        // SAFETY: no memory is involved.
        unsafe { libc::isatty(fd) == 1 }
    }
    /// The name of a descriptor's terminal.
    #[function("ttyname(fd, /)")]
    fn ttyname(th: &Thread, fd: i32) -> PyResult {
        let mut name = [0u8; 512];
        // SAFETY: the buffer's length is passed along.
        let errno = unsafe { libc::ttyname_r(fd, name.as_mut_ptr().cast(), name.len()) };
        if errno != 0 {
            return Err(raise_errno(th, errno));
        }
        let end = name.iter().position(|&b| b == 0).unwrap_or(name.len());
        fs_name::decode(th, &name[..end])
    }
    /// Cuts or extends an open file.
    #[function("ftruncate(fd, length, /)")]
    fn ftruncate(th: &Thread, fd: i32, length: i64) -> PyResult<()> {
        // SAFETY: no memory is involved.
        blocking(th, || unsafe { libc::ftruncate(fd, length) } as isize).map(drop)
    }
    /// Cuts or extends a file.
    #[function("truncate(path, length)")]
    fn truncate(th: &Thread, path: PathOrFd, length: i64) -> PyResult<()> {
        // SAFETY: the path lives through the call.
        path.call(th, || unsafe {
            match &path {
                PathOrFd::Path(p) => libc::truncate(p.as_ptr(), length),
                PathOrFd::Fd(fd, _) => libc::ftruncate(*fd, length),
            }
        } as isize)
            .map(drop)
    }
    /// Writes a file's data and status to the device.
    #[function("fsync(fd)")]
    fn fsync(th: &Thread, fd: FileNo) -> PyResult<()> {
        // SAFETY: no memory is involved.
        blocking(th, || unsafe { libc::fsync(fd.0) } as isize).map(drop)
    }
    /// Writes a file's data to the device.
    #[function("fdatasync(fd)")]
    fn fdatasync(th: &Thread, fd: FileNo) -> PyResult<()> {
        // SAFETY: no memory is involved.
        blocking(th, || unsafe { libc::fdatasync(fd.0) } as isize).map(drop)
    }
    /// Writes everything to the devices.
    #[function("sync()")]
    fn sync(th: &Thread) {
        // SAFETY: no memory is involved.
        th.allow_threads(|| unsafe { libc::sync() });
    }
    /// Reserves room for a file.
    #[function("posix_fallocate(fd, offset, length, /)")]
    fn posix_fallocate(th: &Thread, fd: i32, offset: i64, length: i64) -> PyResult<()> {
        // SAFETY: no memory is involved.
        match th.allow_threads(|| unsafe { libc::posix_fallocate(fd, offset, length) }) {
            0 => Ok(()),
            errno => Err(raise_errno(th, errno)),
        }
    }
    /// Tells the kernel how a file will be used.
    #[function("posix_fadvise(fd, offset, length, advice, /)")]
    fn posix_fadvise(th: &Thread, fd: i32, offset: i64, length: i64, advice: i32) -> PyResult<()> {
        // SAFETY: no memory is involved.
        match th.allow_threads(|| unsafe { libc::posix_fadvise(fd, offset, length, advice) }) {
            0 => Ok(()),
            errno => Err(raise_errno(th, errno)),
        }
    }
    /// Locks, tests or unlocks a part of a file.
    #[function("lockf(fd, command, length, /)")]
    fn lockf(th: &Thread, fd: i32, command: i32, length: i64) -> PyResult<()> {
        // SAFETY: no memory is involved.
        blocking(th, || unsafe { libc::lockf(fd, command, length) } as isize).map(drop)
    }
    /// Whether a child process would inherit the descriptor.
    #[function("get_inheritable(fd, /)")]
    fn get_inheritable(th: &Thread, fd: i32) -> PyResult<bool> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::fcntl(fd, libc::F_GETFD) }).map(|flags| flags & libc::FD_CLOEXEC == 0)
    }
    /// Sets whether a child process inherits the descriptor.
    #[function("set_inheritable(fd, inheritable, /)")]
    fn set_inheritable(th: &Thread, fd: i32, inheritable: i32) -> PyResult<()> {
        check(th, set_cloexec(fd, inheritable == 0)).map(drop)
    }
    /// Whether reads and writes wait.
    #[function("get_blocking(fd, /)")]
    fn get_blocking(th: &Thread, fd: i32) -> PyResult<bool> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::fcntl(fd, libc::F_GETFL) }).map(|flags| flags & libc::O_NONBLOCK == 0)
    }
    /// Sets whether reads and writes wait.
    #[function("set_blocking(fd, blocking, /)")]
    fn set_blocking(th: &Thread, fd: i32, blocking: bool) -> PyResult<()> {
        // SAFETY: no memory is involved.
        let flags = check(th, unsafe { libc::fcntl(fd, libc::F_GETFL) })?;
        let wanted = if blocking { flags & !libc::O_NONBLOCK } else { flags | libc::O_NONBLOCK };
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::fcntl(fd, libc::F_SETFL, wanted) }).map(drop)
    }
    /// A pair of pseudo-terminal descriptors: (master, slave).
    #[function("openpty()")]
    fn openpty(th: &Thread) -> PyResult {
        let (mut master, mut slave) = (0, 0);
        let null = std::ptr::null_mut();
        // SAFETY: the two numbers live through the call.
        check(th, unsafe { libc::openpty(&mut master, &mut slave, null, null.cast(), null.cast()) })?;
        set_cloexec(master, true);
        set_cloexec(slave, true);
        th.tuple(&[Value::small_int(master.into()), Value::small_int(slave.into())])
    }
    /// An anonymous file in memory.
    #[function("memfd_create(name, flags=1)")]
    fn memfd_create(th: &Thread, name: PathArg, flags: i32) -> PyResult<i32> {
        // SAFETY: the name lives through the call.
        check(th, unsafe { libc::memfd_create(name.as_ptr(), flags as u32) })
    }
    /// A counter that can be waited for.
    #[function("eventfd(initval, flags=0o2000000)")]
    fn eventfd(th: &Thread, initval: i32, flags: i32) -> PyResult<i32> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::eventfd(initval as u32, flags) })
    }
    /// Reads an eventfd's counter.
    #[function("eventfd_read(fd)")]
    fn eventfd_read(th: &Thread, fd: FileNo) -> PyResult<u64> {
        let mut value = 0u64;
        // SAFETY: eight bytes are read into eight bytes.
        blocking(th, || unsafe { libc::read(fd.0, (&raw mut value).cast(), 8) })?;
        Ok(value)
    }
    /// Adds to an eventfd's counter.
    #[function("eventfd_write(fd, value)")]
    fn eventfd_write(th: &Thread, fd: FileNo, value: Value) -> PyResult<()> {
        let index = number::index(th, value)?;
        if int::is_negative(index.value()) {
            return err!(th, VALUE_ERROR, "Cannot convert negative int");
        }
        let Some(value) = int::with_big(index.value(), |big| big.to_u64()) else {
            return err!(th, OVERFLOW_ERROR, "Python int too large for C unsigned long long");
        };
        // SAFETY: eight bytes are written from eight bytes.
        blocking(th, || unsafe { libc::write(fd.0, (&raw const value).cast(), 8) }).map(drop)
    }
    /// The encoding of a terminal, or None.
    #[function("device_encoding(fd)")]
    fn device_encoding(th: &Thread, fd: i32) -> PyResult {
        // SAFETY: no memory is involved.
        if unsafe { libc::isatty(fd) } == 1 { th.str("utf-8") } else { Ok(Obj::none()) }
    }
    /// The foreground process group of a terminal.
    #[function("tcgetpgrp(fd, /)")]
    fn tcgetpgrp(th: &Thread, fd: i32) -> PyResult<i32> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::tcgetpgrp(fd) })
    }
    /// Sets the foreground process group of a terminal.
    #[function("tcsetpgrp(fd, pgid, /)")]
    fn tcsetpgrp(th: &Thread, fd: i32, pgid: i32) -> PyResult<()> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::tcsetpgrp(fd, pgid) }).map(drop)
    }
    /// Changes the current directory to that of a descriptor.
    #[function("fchdir(fd)")]
    fn fchdir(th: &Thread, fd: Value) -> PyResult<()> {
        let fd = file_number(th, fd)?;
        // SAFETY: no memory is involved.
        match interruptible(th, || unsafe { libc::fchdir(fd) } as isize)? {
            Ok(_) => Ok(()),
            Err(errno) => Err(raise_errno(th, errno)),
        }
    }
}

fn make_pipe(th: &Thread, flags: i32) -> PyResult {
    let mut ends = [0i32; 2];
    // SAFETY: the array has room for both ends.
    check(th, unsafe { libc::pipe2(ends.as_mut_ptr(), flags) })?;
    th.tuple(&[Value::small_int(ends[0].into()), Value::small_int(ends[1].into())])
}

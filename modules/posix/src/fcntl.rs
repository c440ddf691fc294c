//! `fcntl`: control of file descriptors.

use crate::paths::FileNo;
use whipsnake_runtime::os_error::blocking;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::{self, BytesArg};
use whipsnake_runtime::types::module;

/// Largest argument that is copied.
const MAX: usize = 1024;

/// Makes the `fcntl` module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let m = module::new(th, "fcntl", "Control of file descriptors.", functions::METHODS)?;
    let constants = [
        ("LOCK_SH", libc::LOCK_SH),
        ("LOCK_EX", libc::LOCK_EX),
        ("LOCK_NB", libc::LOCK_NB),
        ("LOCK_UN", libc::LOCK_UN),
        ("F_DUPFD", libc::F_DUPFD),
        ("F_DUPFD_CLOEXEC", libc::F_DUPFD_CLOEXEC),
        ("F_GETFD", libc::F_GETFD),
        ("F_SETFD", libc::F_SETFD),
        ("F_GETFL", libc::F_GETFL),
        ("F_SETFL", libc::F_SETFL),
        ("F_GETLK", libc::F_GETLK),
        ("F_SETLK", libc::F_SETLK),
        ("F_SETLKW", libc::F_SETLKW),
        ("F_GETOWN", libc::F_GETOWN),
        ("F_SETOWN", libc::F_SETOWN),
        ("F_RDLCK", libc::F_RDLCK),
        ("F_WRLCK", libc::F_WRLCK),
        ("F_UNLCK", libc::F_UNLCK),
        ("FD_CLOEXEC", libc::FD_CLOEXEC),
        ("F_GETPIPE_SZ", libc::F_GETPIPE_SZ),
        ("F_SETPIPE_SZ", libc::F_SETPIPE_SZ),
        ("F_ADD_SEALS", libc::F_ADD_SEALS),
        ("F_GET_SEALS", libc::F_GET_SEALS),
        ("F_OFD_GETLK", libc::F_OFD_GETLK),
        ("F_OFD_SETLK", libc::F_OFD_SETLK),
        ("F_OFD_SETLKW", libc::F_OFD_SETLKW),
        ("F_SEAL_SEAL", libc::F_SEAL_SEAL),
        ("F_SEAL_SHRINK", libc::F_SEAL_SHRINK),
        ("F_SEAL_GROW", libc::F_SEAL_GROW),
        ("F_SEAL_WRITE", libc::F_SEAL_WRITE),
        ("F_NOTIFY", libc::F_NOTIFY),
        ("F_GETLEASE", libc::F_GETLEASE),
        ("F_SETLEASE", libc::F_SETLEASE),
        ("FASYNC", libc::O_ASYNC),
    ];
    for (name, value) in constants {
        crate::add_int(th, m.value(), name, value.into())?;
    }
    Ok(m)
}

/// Runs a control call whose argument may be a number or memory.
fn control(th: &Thread, arg: Value, mutate: bool, call: impl Fn(usize) -> i32) -> PyResult {
    if number::has_index(arg) {
        let number = number::as_u64_wrapping(th, arg)? as usize;
        return th.int(blocking(th, || call(number) as isize)? as i64);
    }
    if mutate && let Ok(view) = buffer::get(th, arg, true) {
        let result = blocking(th, || call(view.ptr as usize) as isize)?;
        return th.int(result as i64);
    }
    drop(th.take_exception());
    let data = BytesArg::of(th, arg)?;
    if data.len() > MAX {
        return err!(th, VALUE_ERROR, "fcntl argument 3 is too long");
    }
    let mut copy = [0u8; MAX + 8];
    copy[..data.len()].copy_from_slice(&data);
    let length = data.len();
    let pointer = copy.as_mut_ptr() as usize;
    blocking(th, || call(pointer) as isize)?;
    th.bytes(&copy[..length])
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Controls a descriptor.
    #[function("fcntl(fd, cmd, arg=0, /)")]
    fn fcntl(th: &Thread, fd: FileNo, cmd: i32, arg: Option<Value>) -> PyResult {
        // SAFETY: the argument is a number or points to memory that lives through the call.
        control(th, arg.unwrap_or(Value::small_int(0)), false, |arg| unsafe { libc::fcntl(fd.0, cmd, arg) })
    }
    /// Controls a device.
    #[function("ioctl(fd, request, arg=0, mutate_flag=True, /)")]
    fn ioctl(th: &Thread, fd: FileNo, request: Value, arg: Option<Value>, mutate_flag: bool) -> PyResult {
        let request = number::as_u64_wrapping(th, request)? as libc::c_ulong;
        // SAFETY: the argument is a number or points to memory that lives through the call.
        control(th, arg.unwrap_or(Value::small_int(0)), mutate_flag, |arg| unsafe { libc::ioctl(fd.0, request, arg) })
    }
    /// Locks or unlocks a file.
    #[function("flock(fd, operation, /)")]
    fn flock(th: &Thread, fd: FileNo, operation: i32) -> PyResult<()> {
        // SAFETY: no memory is involved.
        blocking(th, || unsafe { libc::flock(fd.0, operation) } as isize).map(drop)
    }
    /// Locks or unlocks a part of a file.
    #[function("lockf(fd, cmd, len=0, start=0, whence=0, /)")]
    fn lockf(th: &Thread, fd: FileNo, cmd: i32, len: i64, start: i64, whence: i32) -> PyResult<()> {
        // SAFETY: a zeroed struct of numbers.
        let mut lock: libc::flock = unsafe { std::mem::zeroed() };
        lock.l_type = match cmd & !libc::LOCK_NB {
            libc::LOCK_UN => libc::F_UNLCK as i16,
            libc::LOCK_SH => libc::F_RDLCK as i16,
            libc::LOCK_EX => libc::F_WRLCK as i16,
            _ => return err!(th, VALUE_ERROR, "unrecognized lockf argument"),
        };
        lock.l_start = start;
        lock.l_len = len;
        lock.l_whence = whence as i16;
        let request = if cmd & libc::LOCK_NB != 0 { libc::F_SETLK } else { libc::F_SETLKW };
        // SAFETY: the struct lives through the call.
        blocking(th, || unsafe { libc::fcntl(fd.0, request, &raw const lock) } as isize).map(drop)
    }
}

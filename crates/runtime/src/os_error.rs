//! Errors of the operating system as Python exceptions, and system calls that may block.

use crate::error::{PyResult, Raised};
use crate::obj::{Obj, ValueExt};
use crate::pending;
use crate::thread::Thread;
use crate::types::statics;
use whipsnake_layout::Value;

/// The calling thread's `errno`.
pub fn last_errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// The C library's text for an error number.
pub fn strerror(errno: i32) -> String {
    let mut text = [0u8; 256];
    // SAFETY: the buffer's length is passed along.
    unsafe { libc::strerror_r(errno, text.as_mut_ptr().cast(), text.len()) };
    let end = text.iter().position(|&b| b == 0).unwrap_or(text.len());
    String::from_utf8_lossy(&text[..end]).into_owned()
}

/// Raises `OSError(errno, text)`, as the subclass for that number.
#[cold]
pub fn raise_errno(th: &Thread, errno: i32) -> Raised {
    raise_errno_for(th, errno, None, None)
}

/// Raises `OSError` for the calling thread's `errno`.
#[cold]
pub fn raise_last(th: &Thread) -> Raised {
    raise_errno(th, last_errno())
}

/// Raises `OSError` with one or two file names.
#[cold]
pub fn raise_errno_for(th: &Thread, errno: i32, filename: Option<Value>, filename2: Option<Value>) -> Raised {
    if errno == libc::EINTR
        && let Err(raised) = pending::check_signals(th)
    {
        return raised;
    }
    let none = statics::none();
    let text = match th.str(&strerror(errno)) {
        Ok(text) => text,
        Err(raised) => return raised,
    };
    let number = Value::small_int(errno.into());
    match (filename, filename2) {
        (None, None) => th.raise_with(&statics::OS_ERROR, &[number, text.value()]),
        (Some(name), None) => th.raise_with(&statics::OS_ERROR, &[number, text.value(), name]),
        (name, Some(name2)) => {
            th.raise_with(&statics::OS_ERROR, &[number, text.value(), name.unwrap_or(none), none, name2])
        }
    }
}

/// Runs a system call with the interpreter's lock given away, again and again while signals interrupt it (PEP 475).
/// The inner result is the call's value, or its `errno`.
///
/// # Errors
/// What a signal handler raises.
pub fn interruptible(th: &Thread, mut call: impl FnMut() -> isize) -> PyResult<Result<isize, i32>> {
    loop {
        let (result, errno) = th.allow_threads(|| {
            let result = call();
            (result, if result < 0 { last_errno() } else { 0 })
        });
        if result >= 0 {
            return Ok(Ok(result));
        }
        if errno != libc::EINTR {
            return Ok(Err(errno));
        }
        pending::check_signals(th)?;
    }
}

/// As [`interruptible`], raising OSError for a failed call.
///
/// # Errors
/// OSError, and what a signal handler raises.
pub fn blocking(th: &Thread, call: impl FnMut() -> isize) -> PyResult<isize> {
    interruptible(th, call)?.map_err(|errno| raise_errno(th, errno))
}

/// As [`interruptible`], raising OSError with a file name for a failed call.
///
/// # Errors
/// OSError, and what a signal handler raises.
pub fn blocking_for(th: &Thread, filename: Value, call: impl FnMut() -> isize) -> PyResult<isize> {
    interruptible(th, call)?.map_err(|errno| raise_errno_for(th, errno, Some(filename), None))
}

/// An exception's `errno` attribute, if it is an OSError with one.
pub fn errno_of(th: &Thread, exception: &Obj) -> Option<i64> {
    if !exception.is_instance(&statics::OS_ERROR) {
        return None;
    }
    match crate::protocols::object::get_attr_str(th, exception.value(), "errno") {
        Ok(number) => number.as_small_int(),
        Err(_) => {
            drop(th.take_exception());
            None
        }
    }
}

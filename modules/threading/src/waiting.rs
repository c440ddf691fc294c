//! Waiting for a word to change, with the interpreter's lock given away.
//!
//! Futexes instead of condition variables, because a signal must interrupt a wait of the main thread (PEP 475: its
//! Python handler runs, then the wait goes on).

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use whipsnake_runtime::pending;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::{float, int};

/// Longest timeout in seconds (`TIMEOUT_MAX`).
pub const TIMEOUT_MAX: f64 = 9223372036.0;
/// Waits of the main thread are cut into slices, since a signal may arrive just before the system call.
const MAIN_SLICE: Duration = Duration::from_millis(500);

/// A counter that threads wait on: every wake-up increments it.
#[derive(Default)]
pub struct Event {
    generation: AtomicU32,
    waiters: AtomicU32,
}

impl Event {
    /// Wakes up to `count` waiting threads.
    pub fn wake(&self, count: i32) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        if self.waiters.load(Ordering::SeqCst) != 0 {
            // SAFETY: the word lives through the call.
            unsafe {
                libc::syscall(
                    libc::SYS_futex,
                    self.generation.as_ptr(),
                    libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
                    count,
                )
            };
        }
    }

    /// Waits until `ready` says so (it is asked with the interpreter's lock held) or the deadline passes; false then.
    ///
    /// # Errors
    /// What a signal handler raises.
    pub fn wait_until(
        &self,
        th: &Thread,
        deadline: Option<Instant>,
        mut ready: impl FnMut() -> bool,
    ) -> PyResult<bool> {
        loop {
            if ready() {
                return Ok(true);
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Ok(false);
            }
            let slice = match (left, th.is_main) {
                (Some(left), true) => Some(left.min(MAIN_SLICE)),
                (None, true) => Some(MAIN_SLICE),
                (left, false) => left,
            };
            let seen = self.generation.load(Ordering::SeqCst);
            if ready() {
                return Ok(true);
            }
            self.waiters.fetch_add(1, Ordering::SeqCst);
            th.allow_threads(|| self.sleep(seen, slice));
            self.waiters.fetch_sub(1, Ordering::SeqCst);
            pending::check_signals(th)?;
        }
    }

    fn sleep(&self, seen: u32, timeout: Option<Duration>) {
        let time = timeout.map(|t| libc::timespec {
            tv_sec: t.as_secs().min(i64::MAX as u64) as i64,
            tv_nsec: t.subsec_nanos().into(),
        });
        // SAFETY: the word and the time live through the call.
        unsafe {
            libc::syscall(
                libc::SYS_futex,
                self.generation.as_ptr(),
                libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
                seen,
                time.as_ref().map_or(std::ptr::null(), |t| t as *const libc::timespec),
            )
        };
    }
}

/// The deadline that a timeout in seconds sets. `Some(None)` is "for ever", `None` is "do not wait".
pub type Deadline = Option<Option<Instant>>;

/// Seconds (int or float) as a duration; negative ones as `Err`.
///
/// # Errors
/// TypeError, ValueError (NaN), OverflowError.
pub fn duration(th: &Thread, v: Value) -> PyResult<Result<Duration, ()>> {
    let too_large = |th: &Thread| th.overflow_error("timestamp out of range for C PyTime_t");
    let seconds = match float::value_of(v) {
        Some(x) if x.is_nan() => return err!(th, VALUE_ERROR, "Invalid value NaN (not a number)"),
        Some(x) => x,
        None if number::has_index(v) => {
            let index = number::index(th, v)?;
            match int::try_i64(index.value()) {
                Some(n) => n as f64,
                None => return Err(too_large(th)),
            }
        }
        None => {
            return err!(th, TYPE_ERROR, "'{}' object cannot be interpreted as an integer or float", v.ty().name());
        }
    };
    if seconds.abs() >= 9.223372036854775e9 {
        return Err(too_large(th));
    }
    if seconds < 0.0 {
        return Ok(Err(()));
    }
    Ok(Ok(Duration::from_secs_f64(seconds)))
}

/// From the arguments of `acquire(blocking, timeout)`.
///
/// # Errors
/// ValueError, OverflowError, TypeError.
pub fn deadline(th: &Thread, blocking: bool, timeout: Option<Value>) -> PyResult<Deadline> {
    let timeout = match timeout {
        Some(v) if v.as_small_int() != Some(-1) && float::value_of(v) != Some(-1.0) => v,
        _ => return Ok(if blocking { Some(None) } else { None }),
    };
    let length = duration(th, timeout)?;
    if !blocking {
        return err!(th, VALUE_ERROR, "can't specify a timeout for a non-blocking call");
    }
    match length {
        Ok(length) if length.as_secs_f64() > TIMEOUT_MAX => err!(th, OVERFLOW_ERROR, "timeout value is too large"),
        Ok(length) if length.is_zero() => Ok(None),
        Ok(length) => Ok(Some(Instant::now().checked_add(length))),
        Err(()) => err!(th, VALUE_ERROR, "timeout value must be a non-negative number"),
    }
}

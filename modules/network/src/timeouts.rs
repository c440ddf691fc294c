//! Times of Python, and waits that go on after signals (PEP 475).

use std::time::{Duration, Instant};
use whipsnake_runtime::os_error::last_errno;
use whipsnake_runtime::pending;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::{float, int};

/// A number of seconds (`unit` 1e9) or milliseconds (`unit` 1e6) in nanoseconds, away from zero.
///
/// # Errors
/// TypeError with `type_message`, ValueError for what is not a number, OverflowError.
pub fn nanoseconds(th: &Thread, v: Value, unit: i64, type_message: &str) -> PyResult<i64> {
    let out_of_range = || th.overflow_error("timestamp out of range for C PyTime_t");
    if v.is_instance(&statics::FLOAT_TYPE) {
        let x = float::value_of(v).unwrap_or(0.0);
        if x.is_nan() {
            return Err(th.value_error("Invalid value NaN (not a number)"));
        }
        let scaled = x * unit as f64;
        let rounded = if scaled < 0.0 { scaled.floor() } else { scaled.ceil() };
        // 2^63 itself is too much.
        return if rounded.abs() < i64::MAX as f64 { Ok(rounded as i64) } else { Err(out_of_range()) };
    }
    if !number::has_index(v) {
        return Err(th.type_error(type_message));
    }
    let n = number::index(th, v)?;
    int::try_i64(n.value()).and_then(|n| n.checked_mul(unit)).ok_or_else(out_of_range)
}

/// Until when to wait; `None` is for ever.
#[derive(Clone, Copy)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// From now on; times before now are now.
    pub fn after(nanoseconds: Option<i64>) -> Deadline {
        let wait = nanoseconds.map(|n| Duration::from_nanos(n.max(0) as u64));
        Deadline(wait.and_then(|wait| Instant::now().checked_add(wait)))
    }
    /// What is left.
    pub fn left(self) -> Option<Duration> {
        self.0.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }
    /// What is left in milliseconds, rounded up; -1 for ever.
    pub fn milliseconds(self) -> i32 {
        match self.left() {
            None => -1,
            Some(left) => i32::try_from(left.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX),
        }
    }
}

/// Runs a system call that waits, with the interpreter's lock given away, again with what is left of the time when a
/// signal interrupts it. The inner result is the call's value (0 when the time is over) or its `errno`.
///
/// # Errors
/// What a signal handler raises.
pub fn wait(th: &Thread, deadline: Deadline, mut call: impl FnMut(Deadline) -> i32) -> PyResult<Result<i32, i32>> {
    loop {
        let (result, errno) = th.allow_threads(|| {
            let result = call(deadline);
            (result, if result < 0 { last_errno() } else { 0 })
        });
        if result >= 0 {
            return Ok(Ok(result));
        }
        if errno != libc::EINTR {
            return Ok(Err(errno));
        }
        pending::check_signals(th)?;
        if deadline.left().is_some_and(|left| left.is_zero()) {
            return Ok(Ok(0));
        }
    }
}

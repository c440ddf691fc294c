//! Clocks and sleeping.

use std::time::{Duration, Instant};
use whipsnake_runtime::os_error::{last_errno, raise_errno, raise_last};
use whipsnake_runtime::pending;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::float;

const BILLION: i64 = 1_000_000_000;

fn read_clock(th: &Thread, clock: libc::clockid_t) -> PyResult<libc::timespec> {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the struct lives through the call.
    if unsafe { libc::clock_gettime(clock, &mut t) } < 0 { Err(raise_last(th)) } else { Ok(t) }
}

fn nanos(th: &Thread, t: libc::timespec) -> PyResult<i64> {
    t.tv_sec
        .checked_mul(BILLION)
        .and_then(|n| n.checked_add(t.tv_nsec))
        .ok_or_else(|| th.overflow_error("timestamp too large to convert to C PyTime_t"))
}

fn clock_ns(th: &Thread, clock: libc::clockid_t) -> PyResult<i64> {
    nanos(th, read_clock(th, clock)?)
}

fn seconds_of(ns: i64) -> f64 {
    // Whole seconds divide without a rounding error.
    if ns % BILLION == 0 { (ns / BILLION) as f64 } else { ns as f64 / 1e9 }
}

fn clock(th: &Thread, clock: libc::clockid_t) -> PyResult<f64> {
    clock_ns(th, clock).map(seconds_of)
}

/// A number of seconds as nanoseconds, rounded away from zero (what waiting wants).
pub fn timeout_ns(th: &Thread, v: Value) -> PyResult<i64> {
    let too_large = |th: &Thread| th.overflow_error("timestamp out of range for C PyTime_t");
    if let Some(x) = float::value_of(v) {
        if x.is_nan() {
            return err!(th, VALUE_ERROR, "Invalid value NaN (not a number)");
        }
        let ns = x * 1e9;
        let ns = if ns >= 0.0 { ns.ceil() } else { ns.floor() };
        return if (-9.223372036854775e18..=9.223372036854775e18).contains(&ns) {
            Ok(ns as i64)
        } else {
            Err(too_large(th))
        };
    }
    if !number::has_index(v) {
        return err!(th, TYPE_ERROR, "'{}' object cannot be interpreted as an integer or float", v.ty().name());
    }
    let index = number::index(th, v)?;
    match whipsnake_runtime::types::int::try_i64(index.value()).and_then(|n| n.checked_mul(BILLION)) {
        Some(ns) => Ok(ns),
        None => Err(too_large(th)),
    }
}

fn sleep_for(th: &Thread, ns: i64) -> PyResult<()> {
    let end = Instant::now().checked_add(Duration::from_nanos(ns as u64));
    let mut left = Duration::from_nanos(ns as u64);
    loop {
        let request = libc::timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
        // SAFETY: the struct lives through the call.
        let (result, errno) =
            th.allow_threads(|| (unsafe { libc::nanosleep(&request, std::ptr::null_mut()) }, last_errno()));
        if result == 0 {
            return Ok(());
        }
        if errno != libc::EINTR {
            return Err(raise_errno(th, errno));
        }
        pending::check_signals(th)?;
        let Some(end) = end else { continue };
        left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
    }
}

#[pyfunctions]
pub mod functions {
    use super::*;

    /// Seconds since the epoch.
    #[function("time()")]
    fn time(th: &Thread) -> PyResult<f64> {
        clock(th, libc::CLOCK_REALTIME)
    }
    /// Nanoseconds since the epoch.
    #[function("time_ns()")]
    fn time_ns(th: &Thread) -> PyResult<i64> {
        clock_ns(th, libc::CLOCK_REALTIME)
    }
    /// A clock that never goes back, in seconds.
    #[function("monotonic()")]
    fn monotonic(th: &Thread) -> PyResult<f64> {
        clock(th, libc::CLOCK_MONOTONIC)
    }
    /// A clock that never goes back, in nanoseconds.
    #[function("monotonic_ns()")]
    fn monotonic_ns(th: &Thread) -> PyResult<i64> {
        clock_ns(th, libc::CLOCK_MONOTONIC)
    }
    /// The clock for measuring short times, in seconds.
    #[function("perf_counter()")]
    fn perf_counter(th: &Thread) -> PyResult<f64> {
        clock(th, libc::CLOCK_MONOTONIC)
    }
    /// The clock for measuring short times, in nanoseconds.
    #[function("perf_counter_ns()")]
    fn perf_counter_ns(th: &Thread) -> PyResult<i64> {
        clock_ns(th, libc::CLOCK_MONOTONIC)
    }
    /// Processor time of this process, in seconds.
    #[function("process_time()")]
    fn process_time(th: &Thread) -> PyResult<f64> {
        clock(th, libc::CLOCK_PROCESS_CPUTIME_ID)
    }
    /// Processor time of this process, in nanoseconds.
    #[function("process_time_ns()")]
    fn process_time_ns(th: &Thread) -> PyResult<i64> {
        clock_ns(th, libc::CLOCK_PROCESS_CPUTIME_ID)
    }
    /// Processor time of this thread, in seconds.
    #[function("thread_time()")]
    fn thread_time(th: &Thread) -> PyResult<f64> {
        clock(th, libc::CLOCK_THREAD_CPUTIME_ID)
    }
    /// Processor time of this thread, in nanoseconds.
    #[function("thread_time_ns()")]
    fn thread_time_ns(th: &Thread) -> PyResult<i64> {
        clock_ns(th, libc::CLOCK_THREAD_CPUTIME_ID)
    }
    /// A clock of the system, in seconds.
    #[function("clock_gettime(clk_id, /)")]
    fn clock_gettime(th: &Thread, clk_id: i32) -> PyResult<f64> {
        clock(th, clk_id)
    }
    /// A clock of the system, in nanoseconds.
    #[function("clock_gettime_ns(clk_id, /)")]
    fn clock_gettime_ns(th: &Thread, clk_id: i32) -> PyResult<i64> {
        clock_ns(th, clk_id)
    }
    /// The resolution of a clock of the system, in seconds.
    #[function("clock_getres(clk_id, /)")]
    fn clock_getres(th: &Thread, clk_id: i32) -> PyResult<f64> {
        let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the struct lives through the call.
        if unsafe { libc::clock_getres(clk_id, &mut t) } < 0 {
            return Err(raise_last(th));
        }
        Ok(t.tv_sec as f64 + t.tv_nsec as f64 * 1e-9)
    }
    /// Sets a clock of the system, in seconds.
    #[function("clock_settime(clk_id, time, /)")]
    fn clock_settime(th: &Thread, clk_id: i32, time: Value) -> PyResult<()> {
        set_clock(th, clk_id, timeout_ns(th, time)?)
    }
    /// Sets a clock of the system, in nanoseconds.
    #[function("clock_settime_ns(clk_id, time, /)")]
    fn clock_settime_ns(th: &Thread, clk_id: i32, time: i64) -> PyResult<()> {
        set_clock(th, clk_id, time)
    }
    /// The clock of a thread's processor time.
    #[function("pthread_getcpuclockid(thread_id, /)")]
    fn pthread_getcpuclockid(th: &Thread, thread_id: Value) -> PyResult<i32> {
        let mut clock = 0;
        let thread = number::as_u64_wrapping(th, thread_id)? as libc::pthread_t;
        // SAFETY: as in C, the id must be that of a living thread.
        match unsafe { libc::pthread_getcpuclockid(thread, &mut clock) } {
            0 => Ok(clock),
            errno => Err(raise_errno(th, errno)),
        }
    }
    /// Waits.
    #[function("sleep(seconds, /)")]
    fn sleep(th: &Thread, seconds: Value) -> PyResult<()> {
        let ns = timeout_ns(th, seconds)?;
        if ns < 0 {
            return err!(th, VALUE_ERROR, "sleep length must be non-negative");
        }
        sleep_for(th, ns)
    }
    /// What is known of a clock.
    #[function("get_clock_info(name, /)")]
    fn get_clock_info(th: &Thread, name: &whipsnake_runtime::types::str::Str) -> PyResult {
        let name = whipsnake_runtime::types::str::to_rust_string(name.value());
        let (clock, id, monotonic) = match name.as_str() {
            "time" => ("CLOCK_REALTIME", libc::CLOCK_REALTIME, false),
            "monotonic" | "perf_counter" => ("CLOCK_MONOTONIC", libc::CLOCK_MONOTONIC, true),
            "process_time" => ("CLOCK_PROCESS_CPUTIME_ID", libc::CLOCK_PROCESS_CPUTIME_ID, true),
            "thread_time" => ("CLOCK_THREAD_CPUTIME_ID", libc::CLOCK_THREAD_CPUTIME_ID, true),
            _ => return err!(th, VALUE_ERROR, "unknown clock"),
        };
        let implementation = th.str(&format!("clock_gettime({clock})"))?;
        let resolution = th.float(clock_getres(th, id)?)?;
        let fields = [
            ("implementation", implementation.value()),
            ("monotonic", statics::bool_value(monotonic)),
            ("adjustable", statics::bool_value(!monotonic)),
            ("resolution", resolution.value()),
        ];
        call::call_kw(th, statics::SIMPLE_NAMESPACE_TYPE.value(), &[], &fields)
    }
}

fn set_clock(th: &Thread, clock: libc::clockid_t, ns: i64) -> PyResult<()> {
    let t = libc::timespec { tv_sec: ns.div_euclid(BILLION), tv_nsec: ns.rem_euclid(BILLION) };
    // SAFETY: the struct lives through the call.
    if unsafe { libc::clock_settime(clock, &t) } < 0 { Err(raise_last(th)) } else { Ok(()) }
}

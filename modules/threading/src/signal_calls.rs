//! The functions of `_signal` that only wrap system calls.

use crate::signals::NSIG;
use crate::waiting::duration;
use std::time::Instant;
use whipsnake_runtime::os_error::{interruptible, last_errno, raise_errno, raise_last};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::int;
use whipsnake_runtime::types::{module, structseq};
use whipsnake_runtime::{pending, struct_sequence};

struct_sequence! {
    static SIGINFO_TYPE: "signal.struct_siginfo", "What is known of a signal that arrived.", 7 of 7, [
        0 "si_signo" "signal number", 1 "si_code" "signal code", 2 "si_errno" "error number", 3 "si_pid" "sending process",
        4 "si_uid" "its user", 5 "si_status" "exit status or signal", 6 "si_band" "band event",
    ]
}

/// `signal.ItimerError`.
struct State {
    itimer_error: ObjCell,
}

impl Default for State {
    fn default() -> Self {
        State { itimer_error: ObjCell::EMPTY }
    }
}

pub fn add_types(th: &Thread, m: Value) -> PyResult<()> {
    structseq::ready(th, &SIGINFO_TYPE, 7, 7)?;
    module::add(th, m, "struct_siginfo", SIGINFO_TYPE.value())?;
    let (name, bases) = (th.str("ItimerError")?, th.tuple(&[statics::OS_ERROR.value()])?);
    let space = th.dict_of(&[("__module__", th.str("signal")?.value())])?;
    let error = call::call3(th, statics::TYPE_TYPE.value(), name.value(), bases.value(), space.value())?;
    module::add(th, m, "ItimerError", error.value())?;
    th.interp.state::<State>().itimer_error.set(Some(error));
    Ok(())
}

fn raise_itimer(th: &Thread) -> Raised {
    let errno = last_errno();
    let make = || -> PyResult {
        let text = th.str(&whipsnake_runtime::os_error::strerror(errno))?;
        match th.interp.state::<State>().itimer_error.get() {
            Some(class) => call::call2(th, class.value(), Value::small_int(errno.into()), text.value()),
            None => Err(raise_errno(th, errno)),
        }
    };
    match make() {
        Ok(error) => th.raise_instance(error),
        Err(raised) => raised,
    }
}

fn empty_set() -> libc::sigset_t {
    // SAFETY: filled in by the call.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        set
    }
}

fn to_set(th: &Thread, signals: Value) -> PyResult<libc::sigset_t> {
    let mut set = empty_set();
    for signal in iter::to_vec(th, signals)? {
        let index = number::index(th, signal.value())?;
        let n = int::try_i64(index.value()).and_then(|n| i32::try_from(n).ok()).unwrap_or(-1);
        if !(1..NSIG).contains(&n) {
            return err!(th, VALUE_ERROR, "signal number {n} out of range [1; {}]", NSIG - 1);
        }
        // SAFETY: the set is initialised. Signals that the C library keeps for itself are left out.
        unsafe { libc::sigaddset(&mut set, n) };
    }
    Ok(set)
}

fn from_set(th: &Thread, set: &libc::sigset_t) -> PyResult {
    // SAFETY: the set is initialised.
    let members = (1..NSIG).filter(|&n| unsafe { libc::sigismember(set, n) } == 1);
    let list = th.list(members.map(|n| Obj::small_int(n.into())).collect())?;
    call::call1(th, statics::SET_TYPE.value(), list.value())
}

fn siginfo(th: &Thread, info: &libc::siginfo_t) -> PyResult {
    // SAFETY: the fields are plain numbers, whatever the signal was.
    let (pid, uid, status) = unsafe { (info.si_pid(), info.si_uid(), info.si_status()) };
    let numbers = [info.si_signo, info.si_code, info.si_errno, pid, uid as i32, status, 0];
    structseq::new(th, &SIGINFO_TYPE, numbers.into_iter().map(|n| Obj::small_int(n.into())).collect())
}

fn timeval(th: &Thread, v: Value) -> PyResult<libc::timeval> {
    let seconds = number::as_f64(th, v)?;
    if seconds.is_nan() {
        return err!(th, VALUE_ERROR, "Invalid value NaN (not a number)");
    }
    // Rounded up: a tiny time still sets the timer.
    let whole = seconds.floor();
    let micros = ((seconds - whole) * 1e6).ceil() as i64;
    Ok(libc::timeval { tv_sec: whole as i64 + micros / 1_000_000, tv_usec: micros % 1_000_000 })
}

fn itimer_pair(th: &Thread, timer: &libc::itimerval) -> PyResult {
    let seconds = |t: &libc::timeval| th.float(t.tv_sec as f64 + t.tv_usec as f64 * 1e-6);
    let (value, interval) = (seconds(&timer.it_value)?, seconds(&timer.it_interval)?);
    th.tuple(&[value.value(), interval.value()])
}

fn empty_timer() -> libc::itimerval {
    let zero = libc::timeval { tv_sec: 0, tv_usec: 0 };
    libc::itimerval { it_interval: zero, it_value: zero }
}

#[pyfunctions]
pub mod functions {
    use super::*;

    /// Has SIGALRM sent after some seconds; returns what was left of an earlier alarm.
    #[function("alarm(seconds, /)")]
    fn alarm(_th: &Thread, seconds: i32) -> i64 {
        // SAFETY: no memory is involved.
        unsafe { libc::alarm(seconds as u32) }.into()
    }
    /// Sets an interval timer; returns its old setting.
    #[function("setitimer(which, seconds, interval=0.0, /)")]
    fn setitimer(th: &Thread, which: i32, seconds: Value, interval: Option<Value>) -> PyResult {
        let new = libc::itimerval {
            it_value: timeval(th, seconds)?,
            it_interval: timeval(th, interval.unwrap_or(Value::small_int(0)))?,
        };
        let mut old = empty_timer();
        // SAFETY: both live through the call.
        if unsafe { libc::setitimer(which as _, &new, &mut old) } != 0 {
            return Err(raise_itimer(th));
        }
        itimer_pair(th, &old)
    }
    /// The setting of an interval timer.
    #[function("getitimer(which, /)")]
    fn getitimer(th: &Thread, which: i32) -> PyResult {
        let mut timer = empty_timer();
        // SAFETY: the struct lives through the call.
        if unsafe { libc::getitimer(which as _, &mut timer) } != 0 {
            return Err(raise_itimer(th));
        }
        itimer_pair(th, &timer)
    }
    /// Waits for a signal.
    #[function("pause()")]
    fn pause(th: &Thread) -> PyResult<()> {
        // SAFETY: no memory is involved.
        th.allow_threads(|| unsafe { libc::pause() });
        pending::check_signals(th)
    }
    /// The system's description of a signal, or None.
    #[function("strsignal(signalnum, /)")]
    fn strsignal(th: &Thread, signalnum: i32) -> PyResult {
        if !(1..NSIG).contains(&signalnum) {
            return err!(th, VALUE_ERROR, "signal number out of range");
        }
        // SAFETY: the text is good until the next call; the interpreter's lock is held.
        let text = unsafe {
            let text = libc::strsignal(signalnum);
            if text.is_null() {
                return Ok(Obj::none());
            }
            std::ffi::CStr::from_ptr(text).to_string_lossy().into_owned()
        };
        if text.starts_with("Unknown signal") { Ok(Obj::none()) } else { th.str(&text) }
    }
    /// The signals that can be used.
    #[function("valid_signals()")]
    fn valid_signals(th: &Thread) -> PyResult {
        let mut set = empty_set();
        // SAFETY: filled in by the call.
        unsafe { libc::sigfillset(&mut set) };
        from_set(th, &set)
    }
    /// Changes this thread's signal mask; returns the old one.
    #[function("pthread_sigmask(how, mask, /)")]
    fn pthread_sigmask(th: &Thread, how: i32, mask: Value) -> PyResult {
        let (new, mut old) = (to_set(th, mask)?, empty_set());
        // SAFETY: both live through the call.
        let errno = unsafe { libc::pthread_sigmask(how, &new, &mut old) };
        if errno != 0 {
            return Err(raise_errno(th, errno));
        }
        pending::check_signals(th)?;
        from_set(th, &old)
    }
    /// The signals that wait to be delivered.
    #[function("sigpending()")]
    fn sigpending(th: &Thread) -> PyResult {
        let mut set = empty_set();
        // SAFETY: the set lives through the call.
        if unsafe { libc::sigpending(&mut set) } != 0 {
            return Err(raise_last(th));
        }
        from_set(th, &set)
    }
    /// Waits for one of some signals; returns its number.
    #[function("sigwait(sigset, /)")]
    fn sigwait(th: &Thread, sigset: Value) -> PyResult<i32> {
        let set = to_set(th, sigset)?;
        let mut signal = 0;
        // SAFETY: both live through the call.
        match th.allow_threads(|| unsafe { libc::sigwait(&set, &mut signal) }) {
            0 => Ok(signal),
            errno => Err(raise_errno(th, errno)),
        }
    }
    /// Waits for one of some signals; returns what is known of it.
    #[function("sigwaitinfo(sigset, /)")]
    fn sigwaitinfo(th: &Thread, sigset: Value) -> PyResult {
        let set = to_set(th, sigset)?;
        // SAFETY: a zeroed struct of numbers that the call fills in.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        // SAFETY: both live through the call.
        match interruptible(th, || unsafe { libc::sigwaitinfo(&set, &mut info) } as isize)? {
            Ok(_) => siginfo(th, &info),
            Err(errno) => Err(raise_errno(th, errno)),
        }
    }
    /// Like sigwaitinfo(), with a timeout; None when it passes.
    #[function("sigtimedwait(sigset, timeout, /)")]
    fn sigtimedwait(th: &Thread, sigset: Value, timeout: Value) -> PyResult {
        let set = to_set(th, sigset)?;
        let Ok(length) = duration(th, timeout)? else {
            return err!(th, VALUE_ERROR, "timeout must be non-negative");
        };
        let end = Instant::now().checked_add(length);
        // SAFETY: a zeroed struct of numbers that the call fills in.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        let result = interruptible(th, || {
            let left = end.map_or(length, |end| end.saturating_duration_since(Instant::now()));
            let time = libc::timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
            // SAFETY: all live through the call.
            unsafe { libc::sigtimedwait(&set, &mut info, &time) as isize }
        })?;
        match result {
            Ok(_) => siginfo(th, &info),
            Err(libc::EAGAIN) => Ok(Obj::none()),
            Err(errno) => Err(raise_errno(th, errno)),
        }
    }
    /// Sends a signal to a thread of this process.
    #[function("pthread_kill(thread_id, signalnum, /)")]
    fn pthread_kill(th: &Thread, thread_id: Value, signalnum: i32) -> PyResult<()> {
        let thread = number::as_u64_wrapping(th, thread_id)? as libc::pthread_t;
        // SAFETY: as in C, the id must be that of a living thread.
        match unsafe { libc::pthread_kill(thread, signalnum) } {
            0 => pending::check_signals(th),
            errno => Err(raise_errno(th, errno)),
        }
    }
    /// Sends a signal to the process of a descriptor.
    #[function("pidfd_send_signal(pidfd, signalnum, siginfo=None, flags=0, /)")]
    fn pidfd_send_signal(th: &Thread, pidfd: i32, signalnum: i32, siginfo: Option<Value>, flags: i32) -> PyResult<()> {
        if siginfo.is_some_and(|v| !v.is_none()) {
            return err!(th, TYPE_ERROR, "siginfo must be None");
        }
        let null = std::ptr::null::<libc::siginfo_t>();
        // SAFETY: no memory is involved.
        if unsafe { libc::syscall(libc::SYS_pidfd_send_signal, pidfd, signalnum, null, flags) } < 0 {
            return Err(raise_last(th));
        }
        // It may have been for this process.
        pending::check_signals(th)
    }
    /// Sets whether a signal interrupts system calls.
    #[function("siginterrupt(signalnum, flag, /)")]
    fn siginterrupt(th: &Thread, signalnum: i32, flag: i32) -> PyResult<()> {
        if !(1..NSIG).contains(&signalnum) {
            return err!(th, VALUE_ERROR, "signal number out of range");
        }
        // SAFETY: a zeroed struct that the first call fills in.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(signalnum, std::ptr::null(), &mut action) != 0 {
                return Err(raise_last(th));
            }
            if flag != 0 {
                action.sa_flags &= !libc::SA_RESTART;
            } else {
                action.sa_flags |= libc::SA_RESTART;
            }
            if libc::sigaction(signalnum, &action, std::ptr::null_mut()) != 0 {
                return Err(raise_last(th));
            }
        }
        Ok(())
    }
}

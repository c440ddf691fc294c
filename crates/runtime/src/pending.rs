//! What the evaluation loop does when a thread's eval breaker is set: signals, requests for the lock, collections,
//! exceptions from other threads.
//!
//! Bits of the breaker are set from anywhere (signal handlers included) and cleared by the thread itself.

use crate::error::PyResult;
use crate::lock;
use crate::obj::ValueExt;
use crate::prelude::{Raised, statics};
use crate::thread::Thread;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

/// Another thread waits for the interpreter's lock.
pub const LOCK_REQUEST: u32 = 1;
/// A signal arrived (main thread).
pub const SIGNALS: u32 = 2;
/// The garbage collector wants to run.
pub const COLLECT: u32 = 4;
/// `Thread::async_exception` is set.
pub const ASYNC_EXCEPTION: u32 = 8;

/// Highest signal number plus one.
pub const SIGNAL_COUNT: usize = 65;

static MAIN: AtomicPtr<Thread> = AtomicPtr::new(std::ptr::null_mut());
static TRIPPED: AtomicBool = AtomicBool::new(false);
static ARRIVED: [AtomicBool; SIGNAL_COUNT] = [const { AtomicBool::new(false) }; SIGNAL_COUNT];
static RUN_HANDLERS: OnceLock<fn(&Thread, i32) -> PyResult<()>> = OnceLock::new();

/// Sets bits in a thread's eval breaker.
pub fn request(th: &Thread, bits: u32) {
    th.core.eval_breaker.fetch_or(bits, Ordering::Release);
}

/// Clears bits in a thread's eval breaker.
pub fn withdraw(th: &Thread, bits: u32) {
    th.core.eval_breaker.fetch_and(!bits, Ordering::AcqRel);
}

/// Makes `th` the thread that runs signal handlers.
pub fn set_main_thread(th: &Thread) {
    MAIN.store(th as *const Thread as *mut Thread, Ordering::SeqCst);
}

/// Who runs the Python handler of a signal (the `_signal` module).
pub fn set_signal_runner(run: fn(&Thread, i32) -> PyResult<()>) {
    let _ = RUN_HANDLERS.set(run);
}

/// Notes that a signal arrived. Async-signal-safe.
pub fn signal_arrived(signal: i32) {
    let Some(flag) = usize::try_from(signal).ok().and_then(|i| ARRIVED.get(i)) else { return };
    flag.store(true, Ordering::SeqCst);
    TRIPPED.store(true, Ordering::SeqCst);
    let main = MAIN.load(Ordering::SeqCst);
    if !main.is_null() {
        // SAFETY: I6, the main thread's state lives as long as the process.
        request(unsafe { &*main }, SIGNALS);
    }
}

/// Whether signals wait for their handlers; used by blocking calls of the main thread.
pub fn signals_wait(th: &Thread) -> bool {
    th.is_main && TRIPPED.load(Ordering::SeqCst)
}

/// Forgets signals that arrived but were not handled (in the child of a fork).
pub fn forget_signals() {
    TRIPPED.store(false, Ordering::SeqCst);
    for flag in &ARRIVED {
        flag.store(false, Ordering::SeqCst);
    }
}

/// Runs the Python handlers of the signals that arrived, if `th` is the main thread. Blocking calls do this when they
/// are interrupted (PEP 475).
///
/// # Errors
/// Whatever a handler raises; the remaining signals stay for the next check.
pub fn check_signals(th: &Thread) -> PyResult<()> {
    if !signals_wait(th) {
        return Ok(());
    }
    TRIPPED.store(false, Ordering::SeqCst);
    withdraw(th, SIGNALS);
    for (signal, flag) in ARRIVED.iter().enumerate() {
        if flag.swap(false, Ordering::SeqCst)
            && let Some(run) = RUN_HANDLERS.get()
            && let Err(raised) = run(th, signal as i32)
        {
            TRIPPED.store(true, Ordering::SeqCst);
            request(th, SIGNALS);
            return Err(raised);
        }
    }
    Ok(())
}

/// Does what the eval breaker asks for.
///
/// # Errors
/// What signal handlers raise, and exceptions set by other threads.
pub fn handle(th: &Thread) -> PyResult<()> {
    let bits = th.core.eval_breaker.load(Ordering::Acquire);
    if bits & LOCK_REQUEST != 0 {
        lock::yield_to_others(th);
    }
    if bits & SIGNALS != 0 {
        if th.is_main {
            withdraw(th, SIGNALS);
            check_signals(th)?;
        } else {
            withdraw(th, SIGNALS);
        }
    }
    if bits & COLLECT != 0 {
        withdraw(th, COLLECT);
        crate::gc::maybe_collect(th);
    }
    if bits & ASYNC_EXCEPTION != 0 {
        withdraw(th, ASYNC_EXCEPTION);
        if let Some(exception) = th.async_exception.take() {
            return Err(raise_from_outside(th, exception));
        }
    }
    Ok(())
}

/// Raises a class or an instance that another thread left.
fn raise_from_outside(th: &Thread, exception: crate::obj::Obj) -> Raised {
    if exception.is_instance(&statics::TYPE_TYPE) {
        return match crate::protocols::call::call0(th, exception.value()) {
            Ok(instance) => th.raise_instance(instance),
            Err(raised) => raised,
        };
    }
    th.raise_instance(exception)
}

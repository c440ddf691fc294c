//! The interpreter's lock: one thread at a time runs Python code and touches Python objects.
//!
//! The lock is one for the process, as the built-in types are. A thread that waits longer than the switch interval sets
//! [`pending::LOCK_REQUEST`] in the holder's eval breaker; the holder then hands the lock over at its next check
//! ([`yield_to_others`]). Blocking native calls give it away for their length: [`Thread::allow_threads`].
//!
//! **Invariants**: `Thread::current()` is set exactly while the thread holds the lock; `owner` is null or an attached
//! thread, and changes under the mutex only. When the interpreter is being torn down, all other threads stay in
//! [`acquire`] for ever, as CPython 3.14 does.

use crate::pending;
use crate::thread::Thread;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

struct State {
    /// Address of the thread that holds the lock, 0 = free.
    owner: usize,
    /// How often the lock was taken.
    switches: u64,
    waiters: usize,
    /// Threads in [`yield_to_others`] that wait for somebody else to take the lock.
    yielding: usize,
}

struct Lock {
    state: Mutex<State>,
    /// The lock has become free.
    freed: Condvar,
    /// Somebody else took the lock.
    taken: Condvar,
}

static LOCK: Lock = Lock {
    state: Mutex::new(State { owner: 0, switches: 0, waiters: 0, yielding: 0 }),
    freed: Condvar::new(),
    taken: Condvar::new(),
};
static SWITCH_INTERVAL_MICROS: AtomicU64 = AtomicU64::new(5000);
/// The thread that tears the interpreter down, 0 = none.
static LAST_THREAD: AtomicUsize = AtomicUsize::new(0);

fn locked() -> MutexGuard<'static, State> {
    LOCK.state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn address(th: &Thread) -> usize {
    th as *const Thread as usize
}

/// The switch interval in microseconds (`sys.getswitchinterval`).
pub fn switch_interval_micros() -> u64 {
    SWITCH_INTERVAL_MICROS.load(Ordering::Relaxed)
}

/// Sets the switch interval (`sys.setswitchinterval`); at least one microsecond.
pub fn set_switch_interval_micros(micros: u64) {
    SWITCH_INTERVAL_MICROS.store(micros.max(1), Ordering::Relaxed);
}

/// From now on only `th` gets the lock.
pub fn set_last_thread(th: &Thread) {
    LAST_THREAD.store(address(th), Ordering::SeqCst);
}

fn hang_if_finalizing(th: &Thread, state: MutexGuard<'static, State>) -> MutexGuard<'static, State> {
    let last = LAST_THREAD.load(Ordering::SeqCst);
    if last == 0 || last == address(th) {
        return state;
    }
    drop(state);
    LOCK.freed.notify_one();
    loop {
        std::thread::park();
    }
}

fn take(th: &Thread, mut state: MutexGuard<'static, State>) {
    state = hang_if_finalizing(th, state);
    while state.owner != 0 {
        let seen = state.switches;
        state.waiters += 1;
        let (mut guard, wait) = LOCK
            .freed
            .wait_timeout(state, Duration::from_micros(switch_interval_micros()))
            .unwrap_or_else(PoisonError::into_inner);
        guard.waiters -= 1;
        state = hang_if_finalizing(th, guard);
        if wait.timed_out() && state.owner != 0 && state.switches == seen {
            // SAFETY: I6, the owner is an attached thread; it cannot detach without the mutex that is held here.
            let owner = unsafe { &*(state.owner as *const Thread) };
            pending::request(owner, pending::LOCK_REQUEST);
        }
    }
    state.owner = address(th);
    state.switches += 1;
    let yielding = state.yielding;
    drop(state);
    // A notification is a system call, whether anybody waits or not.
    if yielding != 0 {
        LOCK.taken.notify_all();
    }
    Thread::set_current(th);
}

/// Takes the lock and attaches `th` to the native thread that calls.
pub fn acquire(th: &Thread) {
    take(th, locked());
}

/// Gives the lock away and detaches `th`.
pub fn release(th: &Thread) {
    let mut state = locked();
    debug_assert!(state.owner == address(th), "released by another thread");
    Thread::set_current(std::ptr::null());
    state.owner = 0;
    let waiters = state.waiters;
    drop(state);
    if waiters != 0 {
        LOCK.freed.notify_one();
    }
}

/// Lets a waiting thread have its turn, then comes back.
pub fn yield_to_others(th: &Thread) {
    pending::withdraw(th, pending::LOCK_REQUEST);
    let mut state = locked();
    if state.waiters == 0 {
        return;
    }
    Thread::set_current(std::ptr::null());
    state.owner = 0;
    let seen = state.switches;
    LOCK.freed.notify_one();
    state.yielding += 1;
    while state.switches == seen && state.waiters != 0 {
        // A waiter may be one that hangs because of the tear-down: do not wait for it for ever.
        let (guard, wait) =
            LOCK.taken.wait_timeout(state, Duration::from_millis(5)).unwrap_or_else(PoisonError::into_inner);
        state = guard;
        if wait.timed_out() {
            break;
        }
    }
    state.yielding -= 1;
    take(th, state);
}

/// Attaches a thread that runs for the first time. The main thread is the one that signals interrupt.
pub fn attach(th: &Thread) {
    acquire(th);
    if th.is_main {
        pending::set_main_thread(th);
    }
}

static AFTER_FORK: OnceLock<fn(&Thread)> = OnceLock::new();

/// Who tidies up in the child of a fork (the `_thread` module).
pub fn set_after_fork(tidy: fn(&Thread)) {
    let _ = AFTER_FORK.set(tidy);
}

/// In the child of a fork: what other threads left behind is put in order.
pub fn after_fork_in_child(th: &Thread) {
    pending::set_main_thread(th);
    pending::forget_signals();
    th.interp.threads.borrow_mut().retain(|other| std::ptr::eq(*other, th));
    if let Some(tidy) = AFTER_FORK.get() {
        tidy(th);
    }
    th.run_fork_hooks();
}

/// Runs `fork` (which forks the process) while nobody else is inside the lock's own state, so that the child finds it
/// usable: there the calling thread is the only one left, and it still holds the lock.
pub fn around_fork<T>(fork: impl FnOnce() -> (bool, T)) -> T {
    let mut state = locked();
    let (is_child, result) = fork();
    if is_child {
        (state.waiters, state.yielding) = (0, 0);
    }
    result
}

impl Thread {
    /// Runs `blocking` with the interpreter's lock given away. It must not touch Python objects, except memory that a
    /// buffer or an owned immutable object holds in place.
    #[inline]
    pub fn allow_threads<T>(&self, blocking: impl FnOnce() -> T) -> T {
        release(self);
        let result = blocking();
        acquire(self);
        result
    }
}

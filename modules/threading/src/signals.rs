//! Signals: Python handlers, run by the main thread, and the `_signal` module.
//!
//! The native handler only notes the signal ([`pending::signal_arrived`]), writes to the wake-up descriptor, and passes
//! the signal on to the main thread, so that its blocking calls are interrupted.

use crate::signal_calls;
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use whipsnake_runtime::os_error::{last_errno, raise_errno, raise_last};
use whipsnake_runtime::pending;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::{frame, module};

/// Highest signal number plus one.
pub const NSIG: i32 = 65;

static WAKEUP_FD: AtomicI32 = AtomicI32::new(-1);
/// The main thread's pthread id, 0 = unknown.
static MAIN_PTHREAD: AtomicU64 = AtomicU64::new(0);

/// What happens when a signal arrives.
#[derive(Clone)]
enum Action {
    Default,
    Ignore,
    /// Something that Python did not install.
    Foreign,
    /// `default_int_handler`.
    Interrupt,
    Call(Obj),
}

struct State {
    actions: RefCell<Vec<Action>>,
    /// Whether `set_wakeup_fd` wants a warning when the pipe is full.
    warn_on_full: Cell<bool>,
    int_handler: ObjCell,
}

impl Default for State {
    fn default() -> Self {
        State {
            actions: RefCell::new(vec![Action::Foreign; NSIG as usize]),
            warn_on_full: Cell::new(true),
            int_handler: ObjCell::EMPTY,
        }
    }
}

extern "C" fn on_signal(signal: i32) {
    let errno = last_errno();
    let main = MAIN_PTHREAD.load(Ordering::SeqCst);
    // SAFETY: async-signal-safe calls.
    unsafe {
        if main != 0 && main != libc::pthread_self() as u64 {
            // The main thread notes it, and whatever blocks there returns.
            libc::pthread_kill(main as libc::pthread_t, signal);
        } else {
            pending::signal_arrived(signal);
            let fd = WAKEUP_FD.load(Ordering::SeqCst);
            if fd >= 0 {
                let byte = signal as u8;
                libc::write(fd, (&raw const byte).cast(), 1);
            }
        }
        *libc::__errno_location() = errno;
    }
}

fn set_native(signal: i32, handler: libc::sighandler_t) -> bool {
    // SAFETY: a zeroed struct is an empty mask without flags.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler;
        libc::sigemptyset(&mut action.sa_mask);
        action.sa_flags = libc::SA_ONSTACK;
        libc::sigaction(signal, &action, std::ptr::null_mut()) == 0
    }
}

fn native_handler(signal: i32) -> libc::sighandler_t {
    // SAFETY: a zeroed struct that the call fills in.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(signal, std::ptr::null(), &mut action) == 0 { action.sa_sigaction } else { libc::SIG_DFL }
    }
}

/// Prepares the process for signals: SIGPIPE and SIGXFSZ are ignored, SIGINT raises KeyboardInterrupt. Called once by
/// the main thread at start-up.
pub fn install(th: &Thread) {
    pending::set_main_thread(th);
    pending::set_signal_runner(run_handler);
    // SAFETY: no arguments.
    MAIN_PTHREAD.store(unsafe { libc::pthread_self() } as u64, Ordering::SeqCst);
    for signal in [libc::SIGPIPE, libc::SIGXFSZ] {
        set_native(signal, libc::SIG_IGN);
    }
    let state = th.interp.state::<State>();
    let mut actions = state.actions.borrow_mut();
    for signal in 1..NSIG {
        actions[signal as usize] = match native_handler(signal) {
            libc::SIG_DFL => Action::Default,
            libc::SIG_IGN => Action::Ignore,
            _ => Action::Foreign,
        };
    }
    if matches!(actions[libc::SIGINT as usize], Action::Default)
        && set_native(libc::SIGINT, on_signal as *const () as libc::sighandler_t)
    {
        actions[libc::SIGINT as usize] = Action::Interrupt;
    }
}

/// In the child of a fork: the calling thread is the one that handles signals.
pub fn after_fork() {
    // SAFETY: no arguments.
    MAIN_PTHREAD.store(unsafe { libc::pthread_self() } as u64, Ordering::SeqCst);
}

/// Whether a signal has a handler in Python.
pub fn has_python_handler(th: &Thread, signal: i32) -> bool {
    let actions = th.interp.state::<State>().actions.borrow();
    matches!(actions.get(signal as usize), Some(Action::Interrupt | Action::Call(_)))
}

fn run_handler(th: &Thread, signal: i32) -> PyResult<()> {
    let action = th.interp.state::<State>().actions.borrow().get(signal as usize).cloned();
    match action {
        Some(Action::Interrupt) => Err(th.raise_with(&statics::KEYBOARD_INTERRUPT, &[])),
        Some(Action::Call(handler)) => {
            let current = frame::current(th);
            let frame = if current.is_null() { Obj::none() } else { frame::object_for(th, current)? };
            call::call2(th, handler.value(), Value::small_int(signal.into()), frame.value()).map(drop)
        }
        _ => Ok(()),
    }
}

/// The Python object for an action.
fn shown(th: &Thread, action: &Action) -> Obj {
    match action {
        Action::Default => Obj::small_int(0),
        Action::Ignore => Obj::small_int(1),
        Action::Foreign => Obj::none(),
        Action::Interrupt => th.interp.state::<State>().int_handler.get().unwrap_or_else(Obj::none),
        Action::Call(handler) => handler.clone(),
    }
}

fn check_number(th: &Thread, signal: i32) -> PyResult<()> {
    if (1..NSIG).contains(&signal) { Ok(()) } else { err!(th, VALUE_ERROR, "signal number out of range") }
}

/// Makes the `_signal` module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let m = module::new(th, "_signal", "Signals and their handlers.", functions::METHODS)?;
    module::add_functions(th, m.value(), signal_calls::functions::METHODS)?;
    signal_calls::add_types(th, m.value())?;
    for &(name, value) in CONSTANTS {
        module::add(th, m.value(), name, Value::small_int(value.into()))?;
    }
    module::add(th, m.value(), "SIGRTMIN", Value::small_int(libc::SIGRTMIN().into()))?;
    module::add(th, m.value(), "SIGRTMAX", Value::small_int(libc::SIGRTMAX().into()))?;
    let state = th.interp.state::<State>();
    if state.int_handler.is_empty() {
        state.int_handler.set(module::get(th, m.value(), "default_int_handler")?);
    }
    Ok(m)
}

const CONSTANTS: &[(&str, i32)] = &[
    ("ITIMER_REAL", 0),
    ("ITIMER_VIRTUAL", 1),
    ("ITIMER_PROF", 2),
    ("NSIG", NSIG),
    ("SIG_DFL", 0),
    ("SIG_IGN", 1),
    ("SIG_BLOCK", libc::SIG_BLOCK),
    ("SIG_UNBLOCK", libc::SIG_UNBLOCK),
    ("SIG_SETMASK", libc::SIG_SETMASK),
    ("SIGABRT", libc::SIGABRT),
    ("SIGALRM", libc::SIGALRM),
    ("SIGBUS", libc::SIGBUS),
    ("SIGCHLD", libc::SIGCHLD),
    ("SIGCLD", libc::SIGCHLD),
    ("SIGCONT", libc::SIGCONT),
    ("SIGFPE", libc::SIGFPE),
    ("SIGHUP", libc::SIGHUP),
    ("SIGILL", libc::SIGILL),
    ("SIGINT", libc::SIGINT),
    ("SIGIO", libc::SIGIO),
    ("SIGIOT", libc::SIGIOT),
    ("SIGKILL", libc::SIGKILL),
    ("SIGPIPE", libc::SIGPIPE),
    ("SIGPOLL", libc::SIGPOLL),
    ("SIGPROF", libc::SIGPROF),
    ("SIGPWR", libc::SIGPWR),
    ("SIGQUIT", libc::SIGQUIT),
    ("SIGSEGV", libc::SIGSEGV),
    ("SIGSTKFLT", libc::SIGSTKFLT),
    ("SIGSTOP", libc::SIGSTOP),
    ("SIGSYS", libc::SIGSYS),
    ("SIGTERM", libc::SIGTERM),
    ("SIGTRAP", libc::SIGTRAP),
    ("SIGTSTP", libc::SIGTSTP),
    ("SIGTTIN", libc::SIGTTIN),
    ("SIGTTOU", libc::SIGTTOU),
    ("SIGURG", libc::SIGURG),
    ("SIGUSR1", libc::SIGUSR1),
    ("SIGUSR2", libc::SIGUSR2),
    ("SIGVTALRM", libc::SIGVTALRM),
    ("SIGWINCH", libc::SIGWINCH),
    ("SIGXCPU", libc::SIGXCPU),
    ("SIGXFSZ", libc::SIGXFSZ),
];

#[pyfunctions]
mod functions {
    use super::*;

    /// Sets what happens when a signal arrives; returns what it was.
    #[function("signal(signalnum, handler, /)")]
    fn signal(th: &Thread, signalnum: i32, handler: Value) -> PyResult {
        if !th.is_main {
            return err!(th, VALUE_ERROR, "signal only works in main thread of the main interpreter");
        }
        check_number(th, signalnum)?;
        let state = th.interp.state::<State>();
        let is_int_handler = state.int_handler.peek().is_some_and(|own| own.same(handler));
        let (action, native) = match (number::has_index(handler), call::is_callable(handler)) {
            (true, false) => match number::as_i32(th, handler)? {
                0 => (Action::Default, libc::SIG_DFL),
                1 => (Action::Ignore, libc::SIG_IGN),
                _ => return Err(bad_handler(th)),
            },
            (_, true) if is_int_handler => (Action::Interrupt, on_signal as *const () as libc::sighandler_t),
            (_, true) => (Action::Call(handler.own()), on_signal as *const () as libc::sighandler_t),
            _ => return Err(bad_handler(th)),
        };
        pending::check_signals(th)?;
        if !set_native(signalnum, native) {
            return Err(raise_last(th));
        }
        let old = std::mem::replace(&mut state.actions.borrow_mut()[signalnum as usize], action);
        Ok(shown(th, &old))
    }
    /// What happens when a signal arrives: SIG_DFL, SIG_IGN, a callable, or None if it was not set by Python.
    #[function("getsignal(signalnum, /)")]
    fn getsignal(th: &Thread, signalnum: i32) -> PyResult {
        check_number(th, signalnum)?;
        let action = th.interp.state::<State>().actions.borrow()[signalnum as usize].clone();
        Ok(shown(th, &action))
    }
    /// The handler of SIGINT: raises KeyboardInterrupt.
    #[function("default_int_handler(signalnum, frame, /)")]
    fn default_int_handler(th: &Thread, signalnum: i32, frame: Value) -> PyResult {
        let _ = (signalnum, frame);
        Err(th.raise_with(&statics::KEYBOARD_INTERRUPT, &[]))
    }
    /// Sends a signal to this process.
    #[function("raise_signal(signalnum, /)")]
    fn raise_signal(th: &Thread, signalnum: i32) -> PyResult<()> {
        // SAFETY: no memory is involved.
        if unsafe { libc::raise(signalnum) } != 0 {
            return Err(raise_last(th));
        }
        pending::check_signals(th)
    }
    /// Sets the descriptor that signal numbers are written to; returns the old one.
    #[function("set_wakeup_fd(fd, /, *, warn_on_full_buffer=True)")]
    fn set_wakeup_fd(th: &Thread, fd: i32, warn_on_full_buffer: bool) -> PyResult<i32> {
        if !th.is_main {
            return err!(th, VALUE_ERROR, "set_wakeup_fd only works in main thread of the main interpreter");
        }
        if fd != -1 {
            // SAFETY: only flags are read.
            let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
            if flags < 0 {
                return Err(raise_errno(th, last_errno()));
            }
            if flags & libc::O_NONBLOCK == 0 {
                return err!(th, VALUE_ERROR, "the fd {fd} must be in non-blocking mode");
            }
        }
        th.interp.state::<State>().warn_on_full.set(warn_on_full_buffer);
        Ok(WAKEUP_FD.swap(fd, Ordering::SeqCst))
    }
}

fn bad_handler(th: &Thread) -> Raised {
    th.type_error("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object")
}

//! Starting and joining threads.

use crate::local::{self, LOCAL_TYPE};
use crate::locks::{LOCK_TYPE, RLOCK_TYPE, new_lock};
use crate::waiting::{Event, TIMEOUT_MAX, duration};
use std::cell::{Cell, RefCell};
use std::os::unix::thread::JoinHandleExt;
use std::time::Instant;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::{module, tuple};
use whipsnake_runtime::{lock, pending, rescue, typeobj};

/// Native stack of a thread unless `stack_size()` says otherwise; pages that are not used cost nothing.
const DEFAULT_STACK: usize = 16 << 20;
/// What `stack_size()` accepts at least.
const MIN_STACK: usize = 53248;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    NotStarted,
    Starting,
    Running,
    Done,
}

/// What `start_joinable_thread` returns.
struct Handle {
    ident: Cell<u64>,
    phase: Cell<Phase>,
    done: Event,
}

impl Payload for Handle {
    #[inline(always)]
    fn ty() -> &'static Type {
        &HANDLE_TYPE
    }
    fn traverse(&self, _: &mut Visitor) {}
}

type HandleObject = Instance<Handle>;

fn new_handle(th: &Thread) -> PyResult {
    Instance::create(th, Handle { ident: Cell::new(0), phase: Cell::new(Phase::NotStarted), done: Event::default() })
}

impl Handle {
    fn finish(&self) {
        self.phase.set(Phase::Done);
        self.done.wake(i32::MAX);
    }
    /// Waits for the thread's end; false when the time ran out.
    fn join(&self, th: &Thread, deadline: Option<Instant>) -> PyResult<bool> {
        match self.phase.get() {
            Phase::NotStarted => return err!(th, RUNTIME_ERROR, "thread not started"),
            Phase::Done => return Ok(true),
            _ => {}
        }
        if self.ident.get() == th.ident {
            return err!(th, RUNTIME_ERROR, "Cannot join current thread");
        }
        if th.interp.finalizing.get() {
            // It would never get the lock again.
            return err!(th, PYTHON_FINALIZATION_ERROR, "cannot join thread at interpreter shutdown");
        }
        self.done.wait_until(th, deadline, || self.phase.get() == Phase::Done)
    }
}

/// Threads of an interpreter.
#[derive(Default)]
struct Threads {
    stack_size: Cell<usize>,
    running: Cell<usize>,
    main_ident: Cell<u64>,
    /// Handles of threads that have not ended; the flag says whether the process waits for them.
    handles: RefCell<Vec<(Obj, bool)>>,
}

impl Threads {
    fn forget(&self, handle: Value) {
        let mut dropped = Vec::new();
        self.handles.borrow_mut().retain(|(other, waits)| {
            let keep = !other.same(handle);
            if !keep {
                dropped.push((other.clone(), *waits));
            }
            keep
        });
    }
}

/// What a new thread runs.
struct Start {
    thread: Box<Thread>,
    function: Obj,
    args: Vec<Obj>,
    keywords: Vec<(Obj, Obj)>,
    handle: Obj,
}

// SAFETY: I6, the contents are touched only after the new thread has taken the interpreter's lock.
unsafe impl Send for Start {}

fn run(start: Start) {
    let Start { mut thread, function, args, keywords, handle } = start;
    let interp = thread.interp;
    (interp.hooks.enter_thread)(&mut thread);
    let th: &Thread = &thread;
    lock::attach(th);
    interp.threads.borrow_mut().push(th);
    let state = interp.state::<Threads>();
    state.running.set(state.running.get() + 1);
    if let Some(h) = handle.cast::<HandleObject>() {
        h.ident.set(th.ident);
        h.phase.set(Phase::Running);
    }
    run_function(th, &function, &args, &keywords);
    drop((args, keywords, function));
    end(th, state, handle);
    let (base, limit) = (th.core.stack_top.get(), th.core.stack_limit.get());
    lock::release(th);
    drop(thread);
    // SAFETY: the frame stack was mapped for this thread; with no frame left its top is its base.
    unsafe { libc::munmap(base.cast(), limit as usize - base as usize) };
}

fn run_function(th: &Thread, function: &Obj, args: &[Obj], keywords: &[(Obj, Obj)]) {
    let result = rescue::guarded(th, || {
        let args: Vec<Value> = args.iter().map(Obj::value).collect();
        let keywords: Vec<(Value, Value)> = keywords.iter().map(|(k, v)| (k.value(), v.value())).collect();
        call::call_keywords(th, function.value(), &args, &keywords)
    });
    if result.is_err() {
        if th.exception_matches(&statics::SYSTEM_EXIT) {
            drop(th.take_exception());
        } else {
            th.write_unraisable("in thread started by", Some(function.value()));
        }
    }
}

/// Releases what belongs to a thread, and tells those who wait for its end.
fn end(th: &Thread, state: &Threads, handle: Obj) {
    local::forget_thread(th);
    th.run_end_hooks();
    for cell in [&th.context, &th.asyncgen_firstiter, &th.asyncgen_finalizer, &th.async_exception] {
        cell.set(None);
    }
    whipsnake_runtime::instrument::end_thread(th);
    drop(th.take_exception());
    th.interp.threads.borrow_mut().retain(|other| !std::ptr::eq(*other, th));
    state.running.set(state.running.get().saturating_sub(1));
    if let Some(h) = handle.cast::<HandleObject>() {
        h.finish();
    }
    state.forget(handle.value());
    drop(handle);
}

fn spawn(
    th: &Thread,
    function: Value,
    args: Vec<Obj>,
    keywords: Vec<(Obj, Obj)>,
    handle: Obj,
    waits: bool,
) -> PyResult<u64> {
    if th.interp.finalizing.get() {
        return err!(th, PYTHON_FINALIZATION_ERROR, "can't create new thread at interpreter shutdown");
    }
    let state = th.interp.state::<Threads>();
    let stack = match state.stack_size.get() {
        0 => DEFAULT_STACK,
        size => size.max(256 << 10) + (256 << 10),
    };
    let Ok(thread) = (th.interp.hooks.new_thread)(th.interp) else {
        return err!(th, RUNTIME_ERROR, "can't start new thread");
    };
    let (base, limit) = (thread.core.stack_top.get(), thread.core.stack_limit.get());
    if let Some(h) = handle.cast::<HandleObject>() {
        h.phase.set(Phase::Starting);
    }
    state.handles.borrow_mut().push((handle.clone(), waits));
    let start = Start { thread, function: function.own(), args, keywords, handle: handle.clone() };
    match std::thread::Builder::new().stack_size(stack).spawn(move || run(start)) {
        Ok(native) => {
            let ident = native.as_pthread_t() as u64;
            if let Some(h) = handle.cast::<HandleObject>() {
                h.ident.set(ident);
            }
            Ok(ident)
        }
        Err(_) => {
            // SAFETY: mapped for the thread that does not start.
            unsafe { libc::munmap(base.cast(), limit as usize - base as usize) };
            if let Some(h) = handle.cast::<HandleObject>() {
                h.phase.set(Phase::NotStarted);
            }
            state.forget(handle.value());
            err!(th, RUNTIME_ERROR, "can't start new thread")
        }
    }
}

#[pymethods]
mod handle_methods {
    use super::*;

    /// Waits for the thread's end.
    #[method("join(timeout=None, /)")]
    fn join(th: &Thread, this: &HandleObject, timeout: Option<Value>) -> PyResult<()> {
        let deadline = match timeout.filter(|v| !v.is_none()) {
            None => None,
            Some(v) => match duration(th, v)? {
                Ok(length) => Instant::now().checked_add(length),
                Err(()) => None,
            },
        };
        this.join(th, deadline).map(drop)
    }
    /// Whether the thread has ended.
    #[method("is_done()")]
    fn is_done(_: &Thread, this: &HandleObject) -> bool {
        this.phase.get() == Phase::Done
    }
    #[method("_set_done()")]
    fn set_done(th: &Thread, this: &HandleObject) -> PyResult<()> {
        if this.phase.get() == Phase::NotStarted {
            return err!(th, RUNTIME_ERROR, "thread not started");
        }
        this.finish();
        Ok(())
    }
    /// The thread's identifier.
    #[getter("ident")]
    fn ident(_: &Thread, this: &HandleObject) -> u64 {
        this.ident.get()
    }
}

fn handle_repr(th: &Thread, v: Value) -> PyResult {
    let ident = v.cast::<HandleObject>().map_or(0, |h| h.ident.get());
    th.str(&format!("<_thread._ThreadHandle object: ident={ident}>"))
}

builtin_type! {
    static HANDLE_TYPE = TypeSpec {
        name: "_thread._ThreadHandle",
        flags: flags::WEAKREFABLE,
        doc: "A thread that can be joined.",
        slots: Slots {
            new: Some(|th, _, _| new_handle(th)),
            repr: Some(handle_repr),
            ..Instance::<Handle>::SLOTS
        },
        methods: handle_methods::METHODS,
        getsets: handle_methods::GETSETS,
        ..Instance::<Handle>::SPEC
    }
}

/// In the child of a fork: all threads but the calling one are gone.
fn after_fork(th: &Thread) {
    let state = th.interp.state::<Threads>();
    crate::signals::after_fork();
    state.main_ident.set(th.ident);
    state.running.set(0);
    let handles = state.handles.take();
    for (handle, _) in &handles {
        if let Some(h) = handle.cast::<HandleObject>()
            && h.ident.get() != th.ident
        {
            h.phase.set(Phase::Done);
        }
    }
    drop(handles);
}

/// Makes the `_thread` module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    for ty in [&LOCK_TYPE, &RLOCK_TYPE, &LOCAL_TYPE, &HANDLE_TYPE] {
        typeobj::ready(th, ty)?;
    }
    let state = th.interp.state::<Threads>();
    if state.main_ident.get() == 0 {
        state.main_ident.set(th.ident);
    }
    lock::set_after_fork(after_fork);
    let doc = "The parts of threading that need the interpreter: threads, locks, thread-local data.";
    let m = module::new(th, "_thread", doc, functions::METHODS)?;
    module::add(th, m.value(), "LockType", LOCK_TYPE.value())?;
    module::add(th, m.value(), "lock", LOCK_TYPE.value())?;
    module::add(th, m.value(), "RLock", RLOCK_TYPE.value())?;
    module::add(th, m.value(), "_local", LOCAL_TYPE.value())?;
    module::add(th, m.value(), "_ThreadHandle", HANDLE_TYPE.value())?;
    module::add(th, m.value(), "error", statics::RUNTIME_ERROR.value())?;
    module::add(th, m.value(), "TIMEOUT_MAX", th.float(TIMEOUT_MAX)?.value())?;
    module::add(th, m.value(), "_NAME_MAXLEN", Value::small_int(15))?;
    crate::excepthook::add(th, m.value())?;
    Ok(m)
}

/// The calls' arguments: a tuple, and a dict or nothing.
fn call_arguments(th: &Thread, args: Value, kwargs: Option<Value>) -> PyResult<(Vec<Obj>, Vec<(Obj, Obj)>)> {
    let Some(tuple) = args.cast::<tuple::Tuple>() else { return err!(th, TYPE_ERROR, "2nd arg must be a tuple") };
    let args = tuple.as_slice().iter().map(|v| v.own()).collect();
    let keywords = match kwargs {
        None => Vec::new(),
        Some(v) => match v.cast::<Dict>() {
            Some(dict) => dict.entries().into_iter().map(|(key, value, _)| (key, value)).collect(),
            None => return err!(th, TYPE_ERROR, "optional 3rd arg must be a dictionary"),
        },
    };
    Ok((args, keywords))
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Starts a thread that calls function(*args, **kwargs); returns its identifier.
    #[function("start_new_thread(function, args, kwargs=None, /)")]
    fn start_new_thread(th: &Thread, function: Value, args: Value, kwargs: Option<Value>) -> PyResult<u64> {
        if !call::is_callable(function) {
            return err!(th, TYPE_ERROR, "first arg must be callable");
        }
        let (args, keywords) = call_arguments(th, args, kwargs)?;
        let handle = new_handle(th)?;
        spawn(th, function, args, keywords, handle, false)
    }
    /// An old name of start_new_thread().
    #[function("start_new(function, args, kwargs=None, /)")]
    fn start_new(th: &Thread, function: Value, args: Value, kwargs: Option<Value>) -> PyResult<u64> {
        start_new_thread(th, function, args, kwargs)
    }
    /// Starts a thread that calls function(); returns its handle.
    #[function("start_joinable_thread(function, handle=None, daemon=True)")]
    fn start_joinable_thread(th: &Thread, function: Value, handle: Option<Value>, daemon: bool) -> PyResult {
        if !call::is_callable(function) {
            return err!(th, TYPE_ERROR, "thread function must be callable");
        }
        let handle = match handle {
            None => new_handle(th)?,
            Some(v) if v.is_instance(&HANDLE_TYPE) => v.own(),
            Some(_) => return err!(th, TYPE_ERROR, "'handle' must be a _ThreadHandle"),
        };
        if handle.cast::<HandleObject>().is_some_and(|h| h.phase.get() != Phase::NotStarted) {
            return err!(th, RUNTIME_ERROR, "thread already started");
        }
        spawn(th, function, Vec::new(), Vec::new(), handle.clone(), !daemon)?;
        Ok(handle)
    }
    /// A handle for a thread that was started elsewhere.
    #[function("_make_thread_handle(ident, /)")]
    fn make_thread_handle(th: &Thread, ident: Value) -> PyResult {
        let handle = new_handle(th)?;
        if let Some(h) = handle.cast::<HandleObject>() {
            h.ident.set(number::as_u64(th, ident)?);
            h.phase.set(Phase::Running);
        }
        Ok(handle)
    }
    /// Waits for all threads that are not daemons.
    #[function("_shutdown()")]
    fn shutdown(th: &Thread) -> PyResult<()> {
        let state = th.interp.state::<Threads>();
        loop {
            let next = {
                let handles = state.handles.borrow();
                let found = handles.iter().find(|(handle, waits)| {
                    let own = handle.cast::<HandleObject>().is_some_and(|h| h.ident.get() == th.ident);
                    *waits && !own
                });
                found.map(|(handle, _)| handle.clone())
            };
            let Some(handle) = next else { return Ok(()) };
            if let Some(h) = handle.cast::<HandleObject>() {
                h.join(th, None)?;
            }
            state.forget(handle.value());
        }
    }
    /// A new lock.
    #[function("allocate_lock()")]
    fn allocate_lock(th: &Thread) -> PyResult {
        new_lock(th)
    }
    /// An old name of allocate_lock().
    #[function("allocate()")]
    fn allocate(th: &Thread) -> PyResult {
        new_lock(th)
    }
    /// The identifier of this thread.
    #[function("get_ident()")]
    fn get_ident(th: &Thread) -> u64 {
        th.ident
    }
    /// The kernel's identifier of this thread.
    #[function("get_native_id()")]
    fn get_native_id(_th: &Thread) -> i64 {
        // SAFETY: no memory is involved.
        unsafe { libc::syscall(libc::SYS_gettid) }
    }
    /// The identifier of the main thread.
    #[function("_get_main_thread_ident()")]
    fn get_main_thread_ident(th: &Thread) -> u64 {
        th.interp.state::<Threads>().main_ident.get()
    }
    /// Whether this is the main interpreter.
    #[function("_is_main_interpreter()")]
    fn is_main_interpreter(_th: &Thread) -> bool {
        true
    }
    /// Whether daemon threads may be started.
    #[function("daemon_threads_allowed()")]
    fn daemon_threads_allowed(_th: &Thread) -> bool {
        true
    }
    /// The number of threads started by this module that run.
    #[function("_count()")]
    fn count(th: &Thread) -> usize {
        th.interp.state::<Threads>().running.get()
    }
    /// Ends this thread.
    #[function("exit()")]
    fn exit(th: &Thread) -> PyResult<()> {
        Err(th.raise_with(&statics::SYSTEM_EXIT, &[]))
    }
    /// An old name of exit().
    #[function("exit_thread()")]
    fn exit_thread(th: &Thread) -> PyResult<()> {
        exit(th)
    }
    /// Acts in the main thread as if a signal had arrived.
    #[function("interrupt_main(signum=2, /)")]
    fn interrupt_main(th: &Thread, signum: i32) -> PyResult<()> {
        if !(1..65).contains(&signum) {
            return err!(th, VALUE_ERROR, "signal number out of range");
        }
        if crate::signals::has_python_handler(th, signum) {
            pending::signal_arrived(signum);
        }
        // The main thread handles it before the next statement.
        pending::check_signals(th)
    }
    /// The native stack size of new threads; sets it if given.
    #[function("stack_size(size=0, /)")]
    fn stack_size(th: &Thread, size: Option<isize>) -> PyResult<usize> {
        let state = th.interp.state::<Threads>();
        let old = state.stack_size.get();
        match size {
            None => {}
            Some(n) if n < 0 => return err!(th, VALUE_ERROR, "size must be 0 or a positive value"),
            Some(n) if n != 0 && (n as usize) < MIN_STACK => {
                return err!(th, VALUE_ERROR, "size must be at least {MIN_STACK} bytes");
            }
            Some(n) => state.stack_size.set(n as usize),
        }
        Ok(old)
    }
    /// Names this thread for the system.
    #[function("set_name(name)")]
    fn set_name(th: &Thread, name: &whipsnake_runtime::types::str::Str) -> PyResult<()> {
        let text = whipsnake_runtime::types::str::to_rust_string(name.value());
        let mut end = text.len().min(15);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let _ = th;
        if let Ok(name) = std::ffi::CString::new(&text[..end]) {
            // SAFETY: the name lives through the call.
            unsafe { libc::pthread_setname_np(libc::pthread_self(), name.as_ptr()) };
        }
        Ok(())
    }
    /// The system's name of this thread.
    #[function("_get_name()")]
    fn get_name(th: &Thread) -> PyResult {
        let mut name = [0u8; 64];
        // SAFETY: the buffer's length is passed along.
        unsafe { libc::pthread_getname_np(libc::pthread_self(), name.as_mut_ptr().cast(), name.len()) };
        let end = name.iter().position(|&b| b == 0).unwrap_or(name.len());
        whipsnake_runtime::fs_name::decode(th, &name[..end])
    }
}

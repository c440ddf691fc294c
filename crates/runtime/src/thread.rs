//! The state of one Python thread.

use crate::error::Raised;
use crate::interp::Interp;
use crate::obj::{Obj, ObjCell, ValueExt};
use std::cell::{Cell, RefCell};
use whipsnake_layout::frame::Frame;
use whipsnake_layout::thread::ThreadCore;
use whipsnake_layout::{Header, Value};

/// One Python thread. Shared references everywhere: all fields are cells, and only the thread itself, while it holds
/// the interpreter's lock, touches them.
#[repr(C)]
pub struct Thread {
    pub core: ThreadCore,
    pub interp: &'static Interp,
    /// Depth of nested deallocations, and the objects put off because it was too deep.
    pub dealloc_depth: Cell<u32>,
    pub dealloc_later: RefCell<Vec<*mut Header>>,
    /// Containers whose repr is being computed (`Py_ReprEnter`).
    pub repr_running: RefCell<Vec<u64>>,
    /// Current `contextvars` context, async generator hooks, and so on: see the modules that own them.
    pub context: ObjCell,
    pub asyncgen_firstiter: ObjCell,
    pub asyncgen_finalizer: ObjCell,
    pub coroutine_origin_depth: Cell<i32>,
    /// An exception another thread (or a signal) wants raised here.
    pub async_exception: ObjCell,
    /// Trace and profile function, and whether one is running.
    pub tracing: crate::instrument::ThreadTracing,
    /// `_thread.get_ident()`.
    pub ident: u64,
    pub is_main: bool,
}

thread_local! {
    static CURRENT: Cell<*const Thread> = const { Cell::new(std::ptr::null()) };
}

/// What native modules have to do when a thread ends, and in the child of a fork.
#[derive(Default)]
struct ThreadHooks {
    end: RefCell<Vec<fn(&Thread)>>,
    fork: RefCell<Vec<fn(&Thread)>>,
}

impl Thread {
    /// Has `hook` called in every thread that ends from now on, before its state is released. The main thread ends with the process.
    pub fn at_end(&self, hook: fn(&Thread)) {
        self.interp.state::<ThreadHooks>().end.borrow_mut().push(hook);
    }
    /// Has `hook` called in the child of a fork by the one thread that is left, before Python code runs there.
    pub fn at_fork(&self, hook: fn(&Thread)) {
        self.interp.state::<ThreadHooks>().fork.borrow_mut().push(hook);
    }
    /// Calls what [`Thread::at_end`] was told of.
    pub fn run_end_hooks(&self) {
        let hooks = self.interp.state::<ThreadHooks>().end.borrow().clone();
        hooks.into_iter().for_each(|hook| hook(self));
    }
    /// Calls what [`Thread::at_fork`] was told of.
    pub(crate) fn run_fork_hooks(&self) {
        let hooks = self.interp.state::<ThreadHooks>().fork.borrow().clone();
        hooks.into_iter().for_each(|hook| hook(self));
    }
    /// The thread that is running. Its interpreter's lock is held.
    #[inline]
    pub fn current() -> &'static Thread {
        let th = CURRENT.with(Cell::get);
        assert!(!th.is_null(), "no Python thread is attached");
        // SAFETY: I6, the pointer is set for as long as the thread is attached.
        unsafe { &*th }
    }
    /// Makes `th` the current thread (null detaches).
    pub fn set_current(th: *const Thread) {
        CURRENT.with(|current| current.set(th));
        if !th.is_null() {
            // SAFETY: I6, the caller passes a live thread.
            crate::gc::attach(unsafe { &*th });
        }
    }
    #[inline(always)]
    pub fn frame(&self) -> *mut Frame {
        self.core.frame.get()
    }
    /// Whether the native stack has room for another level of recursion. Native functions that recurse over Python
    /// data ask first.
    ///
    /// # Errors
    /// RecursionError.
    #[inline]
    pub fn check_native_stack(&self, doing: &str) -> Result<(), Raised> {
        let marker = 0u8;
        if (&raw const marker as usize) < self.core.native_stack_limit.get() {
            return Err(self.recursion_error(doing));
        }
        Ok(())
    }
    #[cold]
    fn recursion_error(&self, doing: &str) -> Raised {
        // Raising needs some stack of its own: the limit leaves a reserve below it.
        self.raise(&crate::types::statics::RECURSION_ERROR, format!("maximum recursion depth exceeded{doing}"))
    }
    /// Runs `body` with `container` marked as being printed; `None` if it is already (a cycle).
    pub fn repr_guard<T>(
        &self,
        container: Value,
        body: impl FnOnce() -> Result<T, Raised>,
    ) -> Result<Option<T>, Raised> {
        let word = container.bits();
        if self.repr_running.borrow().contains(&word) {
            return Ok(None);
        }
        self.check_native_stack(" while getting the repr of an object")?;
        self.repr_running.borrow_mut().push(word);
        let result = body();
        let mut running = self.repr_running.borrow_mut();
        if let Some(at) = running.iter().rposition(|&w| w == word) {
            running.remove(at);
        }
        result.map(Some)
    }

    // ---- the exception being raised

    /// Takes the exception being raised.
    #[inline]
    pub fn take_exception(&self) -> Option<Obj> {
        self.exception_cell().take()
    }
    /// Whether an exception is being raised.
    #[inline]
    pub fn has_exception(&self) -> bool {
        !self.core.current_exception.get().is_null()
    }
    /// Makes `exception` (an exception instance) the one being raised, as it is (no context is set).
    #[inline]
    pub fn restore_exception(&self, exception: Option<Obj>) {
        self.exception_cell().set(exception);
    }
    #[inline]
    fn exception_cell(&self) -> &ObjCell {
        // SAFETY: I2, the slot is always owned.
        unsafe { ObjCell::from_slot(&self.core.current_exception) }
    }
    /// The exception being handled (`sys.exception()`), walking out of generators that handle none.
    pub fn handled_exception(&self) -> Option<Obj> {
        let mut link = self.core.exc_info.get();
        while !link.is_null() {
            // SAFETY: I6, the links live as long as their frames or generators run.
            let state = unsafe { &*link };
            match state.value.get().get() {
                Some(v) if !v.is_none() => return Some(v.own()),
                _ => link = state.previous.get(),
            }
        }
        None
    }
    /// Runs `body` with the exception being raised put aside, and puts it back afterwards.
    #[inline]
    pub fn with_exception_saved<T>(&self, body: impl FnOnce() -> T) -> T {
        let saved = self.take_exception();
        let result = body();
        self.restore_exception(saved);
        result
    }
}

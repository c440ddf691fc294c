//! `_asyncio.Task`: a future that runs a coroutine (see `step`).

use std::cell::Cell;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::generic_alias;
use whipsnake_runtime::types::str::Str;

use super::future::{FUTURE_TYPE, Future, no_deletion};
use super::state::{CONTEXT, CORO, EAGER_START, IS_RUNNING, Imported, LOOP, NAME, State, bind_at_sight};
use super::step;
use crate::contextvars;
use crate::payload;

#[repr(C)]
pub struct Task {
    pub future: Future,
    pub must_cancel: Cell<bool>,
    log_destroy_pending: Cell<bool>,
    cancels_requested: Cell<i64>,
    pub waiter: ObjCell,
    pub coroutine: ObjCell,
    pub context: ObjCell,
    /// A str, or the number of a task that has no name of its own.
    name: ObjCell,
    /// The next task in the list of all, and what points to this one there: null while it is in no list.
    next: Cell<*const Task>,
    previous_link: Cell<*const Cell<*const Task>>,
}

impl Payload for Task {
    #[inline(always)]
    fn ty() -> &'static Type {
        &TASK_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        self.future.traverse(visitor);
        for cell in [&self.waiter, &self.coroutine, &self.context, &self.name] {
            visitor.cell(cell);
        }
    }
    fn clear(&self) {
        self.future.clear();
        for cell in [&self.waiter, &self.coroutine, &self.context] {
            cell.set(None);
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.unlink();
    }
}

impl Task {
    /// Enters the task in the list of all.
    pub fn link(&self, state: &'static State) {
        if !self.previous_link.get().is_null() {
            return;
        }
        let first = state.first_task.get();
        self.next.set(first);
        self.previous_link.set(&state.first_task);
        // SAFETY: I1, tasks in the list are allocated.
        if let Some(first) = unsafe { first.as_ref() } {
            first.previous_link.set(&self.next);
        }
        state.first_task.set(self);
    }
    /// Takes the task out of the list.
    pub fn unlink(&self) {
        // SAFETY: I1, tasks in the list are allocated, and the list's head lives as long as the interpreter.
        if let Some(link) = unsafe { self.previous_link.replace(std::ptr::null()).as_ref() } {
            let next = self.next.replace(std::ptr::null());
            link.set(next);
            // SAFETY: I1, as above.
            if let Some(next) = unsafe { next.as_ref() } {
                next.previous_link.set(link);
            }
        }
    }
    pub fn next(&self) -> *const Task {
        self.next.get()
    }
    /// The object around a task of the list; `None` if it is dying.
    pub fn live_object(&self) -> Option<Obj> {
        let offset = std::mem::offset_of!(Instance<Task>, payload);
        // SAFETY: I4, tasks are payloads of such instances; a dying one's header can still be read (I1).
        unsafe {
            let head = std::ptr::from_ref(self).cast::<u8>().sub(offset).cast::<Header>();
            ((*head).refcount.get() != 0).then(|| Value::from_ptr(head).own())
        }
    }
    fn text_name(&self, th: &Thread) -> PyResult<Option<Obj>> {
        let Some(name) = self.name.get() else { return Ok(None) };
        if name.cast::<Str>().is_some() {
            return Ok(Some(name));
        }
        let made = th.str(&format!("Task-{}", object::to_text(th, name.value())?))?;
        self.name.set(Some(made.clone()));
        Ok(Some(made))
    }
    /// Whether the end of the object is to be reported: the task is not done.
    fn is_lost(&self) -> bool {
        !self.future.is_done() && self.log_destroy_pending.get()
    }
    fn cancel(&self, th: &Thread, message: Value) -> PyResult<bool> {
        self.future.forget_traceback();
        if self.future.is_done() {
            return Ok(false);
        }
        self.cancels_requested.set(self.cancels_requested.get() + 1);
        if let Some(waiter) = self.waiter.get() {
            let cancelled = call::call_method(th, waiter.value(), "cancel", &[message])?;
            if object::is_true(th, cancelled.value())? {
                // The waiter stays: it may be a task that ignores the cancellation, to be cancelled again later.
                return Ok(true);
            }
        }
        self.must_cancel.set(true);
        self.future.set_cancel_message(Some(message.own()));
        Ok(true)
    }
}

builtin_type! {
    /// `_asyncio.Task`.
    pub static TASK_TYPE = TypeSpec {
        name: "_asyncio.Task",
        base: Some(&FUTURE_TYPE),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        slots: Slots {
            new: Some(construct),
            init: Some(initialize),
            repr: Some(repr),
            finalize: Some(finalize),
            finalized_already: Some(finalized_already),
            ..Instance::<Task>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        doc: "Task(coro, *, loop=None, name=None, context=None, eager_start=False)\n--\n\n\
            A coroutine wrapped in a Future.",
        ..Instance::<Task>::SPEC
    }
}

fn construct(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    let blank = Task {
        future: Future::blank(),
        must_cancel: Cell::new(false),
        log_destroy_pending: Cell::new(false),
        cancels_requested: Cell::new(0),
        waiter: ObjCell::EMPTY,
        coroutine: ObjCell::EMPTY,
        context: ObjCell::EMPTY,
        name: ObjCell::EMPTY,
        next: Cell::new(std::ptr::null()),
        previous_link: Cell::new(std::ptr::null()),
    };
    Instance::create_as(th, ty, blank)
}

fn is_coroutine(th: &Thread, state: &State, v: Value) -> PyResult<bool> {
    if v.is_exact(&statics::COROUTINE_TYPE) {
        return Ok(true);
    }
    let answer = call::call1(th, state.get(th, Imported::IsCoroutine)?.value(), v)?;
    object::is_true(th, answer.value())
}

fn initialize(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    static PARAMS: whipsnake_runtime::args::Params = whipsnake_runtime::args::Params {
        function: "Task",
        names: &["coro", "loop", "name", "context", "eager_start"],
        positional_only: 0,
        positional: 1,
        required: &[true, false, false, false, false],
        has_varargs: false,
        has_varkw: false,
    };
    let bound = match bind_at_sight(th, args, [&CORO, &LOOP, &NAME, &CONTEXT, &EAGER_START])? {
        Some(bound) if bound[0].is_some() => bound,
        _ => {
            let mut bound = [None; 5];
            PARAMS.bind(th, args, &mut bound)?;
            bound
        }
    };
    let [coroutine, event_loop, name, context, eager] = bound.map(|v| v.unwrap_or(statics::none()));
    let given = |v: Value| (!v.is_none()).then_some(v);
    let eager = !eager.is_none() && object::is_true(th, eager)?;
    let task = payload::<Task>(th, this)?;
    let state = State::of(th);
    task.future.initialize(th, given(event_loop))?;
    if !is_coroutine(th, state, coroutine)? {
        task.log_destroy_pending.set(false);
        let shown = object::repr_text(th, coroutine)?;
        return err!(th, TYPE_ERROR, "a coroutine was expected, got {shown}");
    }
    let context = given(context).map_or_else(|| contextvars::copy_current(th), |v| Ok(v.own()))?;
    task.context.set(Some(context.clone()));
    task.waiter.set(None);
    task.must_cancel.set(false);
    task.log_destroy_pending.set(true);
    task.cancels_requested.set(0);
    task.coroutine.set(Some(coroutine.own()));
    let name = match given(name) {
        None => {
            let number = state.unnamed.get() + 1;
            state.unnamed.set(number);
            th.uint(number)?
        }
        Some(name) if name.is_exact(&statics::STR_TYPE) => name.own(),
        Some(name) => object::str(th, name)?,
    };
    task.name.set(Some(name));
    let event_loop = task.future.event_loop(th)?;
    if eager {
        let running = call::call_method_name(th, event_loop.value(), IS_RUNNING.get(th)?, &[])?;
        if object::is_true(th, running.value())? {
            return step::start_eagerly(th, this, task, event_loop.value(), context.value());
        }
    }
    step::schedule(th, this, task, None)?;
    task.link(state);
    Ok(())
}

fn repr(th: &Thread, this: Value) -> PyResult {
    payload::<Future>(th, this)?.event_loop(th)?;
    call::call1(th, State::of(th).get(th, Imported::TaskRepr)?.value(), this)
}

fn finalize(th: &Thread, this: Value) {
    let Some(task) = this.cast::<Instance<Task>>() else { return };
    if task.is_lost() {
        let reported = task
            .future
            .report(th, "Task was destroyed but it is pending!", |context| context.set_rust(th, "task", this));
        match reported {
            Ok(()) => {}
            Err(Some(handler)) => th.write_unraisable("calling asyncio function", Some(handler.value())),
            Err(None) => th.write_unraisable("finalizing asyncio object", Some(this)),
        }
    }
    task.future.finalize(th, this);
}

unsafe fn finalized_already(object: *const Header) -> bool {
    // SAFETY: I4, called for instances of this type.
    let task = unsafe { &(*object.cast::<Instance<Task>>()).payload };
    !task.future.has_news() && !task.is_lost()
}

#[pymethods]
mod methods {
    use super::*;
    type This = Instance<Task>;

    /// Request that this task cancel itself.
    ///
    /// This arranges for a CancelledError to be thrown into the
    /// wrapped coroutine on the next cycle through the event loop.
    /// The coroutine then has a chance to clean up or even deny
    /// the request using try/except/finally.
    ///
    /// Unlike Future.cancel, this does not guarantee that the
    /// task will be cancelled: the exception might be caught and
    /// acted upon, delaying cancellation of the task or preventing
    /// cancellation completely.  The task may also return a value or
    /// raise a different exception.
    ///
    /// Immediately after this method is called, Task.cancelled() will
    /// not return True (unless the task was already cancelled).  A
    /// task will be marked as cancelled when the wrapped coroutine
    /// terminates with a CancelledError exception (even if cancel()
    /// was not called).
    ///
    /// This also increases the task's count of cancellation requests.
    #[method("cancel(msg=None)")]
    fn cancel(th: &Thread, this: &This, msg: Value) -> PyResult<bool> {
        this.payload.cancel(th, msg)
    }
    /// Return the count of the task's cancellation requests.
    ///
    /// This count is incremented when .cancel() is called
    /// and may be decremented using .uncancel().
    #[method("cancelling()")]
    fn cancelling(_: &Thread, this: &This) -> i64 {
        this.cancels_requested.get()
    }
    /// Decrement the task's count of cancellation requests.
    ///
    /// This should be used by tasks that catch CancelledError
    /// and wish to continue indefinitely until they are cancelled again.
    ///
    /// Returns the remaining number of cancellation requests.
    #[method("uncancel()")]
    fn uncancel(_: &Thread, this: &This) -> i64 {
        if this.cancels_requested.get() > 0 {
            this.cancels_requested.set(this.cancels_requested.get() - 1);
            if this.cancels_requested.get() == 0 {
                this.must_cancel.set(false);
            }
        }
        this.cancels_requested.get()
    }
    /// Return the list of stack frames for this task's coroutine.
    ///
    /// If the coroutine is not done, this returns the stack where it is
    /// suspended.  If the coroutine has completed successfully or was
    /// cancelled, this returns an empty list.  If the coroutine was
    /// terminated by an exception, this returns the list of traceback
    /// frames.
    ///
    /// The frames are always ordered from oldest to newest.
    ///
    /// The optional limit gives the maximum number of frames to
    /// return; by default all available frames are returned.  Its
    /// meaning differs depending on whether a stack or a traceback is
    /// returned: the newest frames of a stack are returned, but the
    /// oldest frames of a traceback are returned.  (This matches the
    /// behavior of the traceback module.)
    ///
    /// For reasons beyond our control, only one stack frame is
    /// returned for a suspended coroutine.
    #[method("get_stack(*, limit=None)")]
    fn get_stack(th: &Thread, this: Value, limit: Value) -> PyResult {
        call::call2(th, State::of(th).get(th, Imported::TaskGetStack)?.value(), this, limit)
    }
    /// Print the stack or traceback for this task's coroutine.
    ///
    /// This produces output similar to that of the traceback module,
    /// for the frames retrieved by get_stack().  The limit argument
    /// is passed to get_stack().  The file argument is an I/O stream
    /// to which the output is written; by default output is written
    /// to sys.stderr.
    #[method("print_stack(*, limit=None, file=None)")]
    fn print_stack(th: &Thread, this: Value, limit: Value, file: Value) -> PyResult {
        call::call3(th, State::of(th).get(th, Imported::TaskPrintStack)?.value(), this, limit, file)
    }
    #[method("set_result(result, /)")]
    fn set_result(th: &Thread, this: &This, result: Value) -> PyResult<()> {
        let _ = (this, result);
        err!(th, RUNTIME_ERROR, "Task does not support set_result operation")
    }
    #[method("set_exception(exception, /)")]
    fn set_exception(th: &Thread, this: &This, exception: Value) -> PyResult<()> {
        let _ = (this, exception);
        err!(th, RUNTIME_ERROR, "Task does not support set_exception operation")
    }
    #[method("get_coro()")]
    fn get_coro(_: &Thread, this: &This) -> Option<Obj> {
        this.coroutine.get()
    }
    #[method("get_context()")]
    fn get_context(_: &Thread, this: &This) -> Option<Obj> {
        this.context.get()
    }
    #[method("get_name()")]
    fn get_name(th: &Thread, this: &This) -> PyResult<Option<Obj>> {
        this.text_name(th)
    }
    #[method("set_name(value, /)")]
    fn set_name(th: &Thread, this: &This, value: Value) -> PyResult<()> {
        let name = if value.is_exact(&statics::STR_TYPE) { value.own() } else { object::str(th, value)? };
        this.name.set(Some(name));
        Ok(())
    }
    /// Tasks are generic over the return type of their wrapped coroutines
    #[classmethod("__class_getitem__(object, /)")]
    fn class_getitem(th: &Thread, class: Value, item: Value) -> PyResult {
        generic_alias::new(th, class, item)
    }
    #[getter("_log_destroy_pending")]
    fn log_destroy_pending(_: &Thread, this: &This) -> bool {
        this.log_destroy_pending.get()
    }
    #[setter("_log_destroy_pending")]
    fn set_log_destroy_pending(th: &Thread, this: &This, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else { return Err(no_deletion(th, &TASK_TYPE, "_log_destroy_pending")) };
        this.log_destroy_pending.set(object::is_true(th, value)?);
        Ok(())
    }
    #[getter("_must_cancel")]
    fn must_cancel(_: &Thread, this: &This) -> bool {
        this.must_cancel.get()
    }
    #[getter("_coro")]
    fn coroutine(_: &Thread, this: &This) -> Option<Obj> {
        this.coroutine.get()
    }
    #[getter("_fut_waiter")]
    fn waiter(_: &Thread, this: &This) -> Option<Obj> {
        this.waiter.get()
    }
}

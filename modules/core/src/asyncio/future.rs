//! `_asyncio.Future`.
//!
//! **Invariant:** callbacks are taken out before they are handed to the loop, whose `call_soon` may be any Python code.

use std::cell::{Cell, RefCell};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::set::Set;
use whipsnake_runtime::types::{exceptions, generic_alias};

use super::iterator;
use super::state::{self, GET_DEBUG, Imported, LOOP, State, bind_at_sight};
use crate::contextvars;
use crate::payload;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    Pending,
    Cancelled,
    Finished,
}

/// The state of a future; a task's begins with it.
#[repr(C)]
pub struct Future {
    /// Empty until `__init__` has run.
    event_loop: ObjCell,
    progress: Cell<Progress>,
    log_traceback: Cell<bool>,
    blocking: Cell<bool>,
    /// `awaited_by` is a set, and not a single future.
    awaited_by_many: Cell<bool>,
    /// The first callback and its context; there is seldom another.
    callback: ObjCell,
    context: ObjCell,
    more_callbacks: RefCell<Vec<(Obj, Obj)>>,
    result: ObjCell,
    exception: ObjCell,
    traceback: ObjCell,
    source_traceback: ObjCell,
    cancel_message: ObjCell,
    /// The CancelledError that ended a task.
    cancelled_error: ObjCell,
    awaited_by: ObjCell,
}

impl Payload for Future {
    #[inline(always)]
    fn ty() -> &'static Type {
        &FUTURE_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        for cell in self.cells() {
            visitor.cell(cell);
        }
        if let Ok(callbacks) = self.more_callbacks.try_borrow() {
            for (callback, context) in callbacks.iter() {
                visitor.obj(callback);
                visitor.obj(context);
            }
        }
    }
    fn clear(&self) {
        for cell in self.cells() {
            cell.set(None);
        }
        self.awaited_by_many.set(false);
        drop(self.more_callbacks.take());
    }
}

impl Future {
    /// A future that `__init__` has not run for.
    pub fn blank() -> Future {
        Future {
            event_loop: ObjCell::EMPTY,
            progress: Cell::new(Progress::Pending),
            log_traceback: Cell::new(false),
            blocking: Cell::new(false),
            awaited_by_many: Cell::new(false),
            callback: ObjCell::EMPTY,
            context: ObjCell::EMPTY,
            more_callbacks: RefCell::default(),
            result: ObjCell::EMPTY,
            exception: ObjCell::EMPTY,
            traceback: ObjCell::EMPTY,
            source_traceback: ObjCell::EMPTY,
            cancel_message: ObjCell::EMPTY,
            cancelled_error: ObjCell::EMPTY,
            awaited_by: ObjCell::EMPTY,
        }
    }
    fn cells(&self) -> [&ObjCell; 10] {
        [
            &self.event_loop,
            &self.callback,
            &self.context,
            &self.result,
            &self.exception,
            &self.traceback,
            &self.source_traceback,
            &self.cancel_message,
            &self.cancelled_error,
            &self.awaited_by,
        ]
    }
    /// The future behind an instance of the class or a subclass, tasks included.
    #[inline]
    pub fn of<'a>(v: Value) -> Option<&'a Future> {
        v.cast::<Instance<Future>>().map(|instance| &instance.payload)
    }
    /// The future behind an instance of exactly `Future` or `Task`.
    #[inline]
    pub fn exact<'a>(v: Value) -> Option<&'a Future> {
        // SAFETY: I4, both types begin with this layout.
        state::is_exact(v).then(|| unsafe { &v.cast_unchecked::<Instance<Future>>().payload })
    }

    /// What `__init__` does; without a loop the running one or the policy's is used.
    ///
    /// # Errors
    /// What the policy and the loop's `get_debug` raise.
    pub fn initialize(&self, th: &Thread, event_loop: Option<Value>) -> PyResult<()> {
        if !self.event_loop.is_empty() {
            self.clear();
        }
        self.progress.set(Progress::Pending);
        self.log_traceback.set(false);
        self.blocking.set(false);
        let event_loop = event_loop.map_or_else(|| state::event_loop(th), |v| Ok(v.own()))?;
        self.event_loop.set(Some(event_loop.clone()));
        let debug = call::call_method_name(th, event_loop.value(), GET_DEBUG.get(th)?, &[])?;
        // A future made while the interpreter ends may not find the library any more.
        if object::is_true(th, debug.value())? && !th.interp.finalizing.get() {
            let extract = State::of(th).get(th, Imported::ExtractStack)?;
            self.source_traceback.set(Some(call::call0(th, extract.value())?));
        }
        Ok(())
    }
    /// The loop.
    ///
    /// # Errors
    /// RuntimeError if `__init__` has not run.
    #[inline]
    pub fn event_loop(&self, th: &Thread) -> PyResult {
        self.event_loop.get().ok_or_else(|| uninitialized(th))
    }
    /// The loop, where there is one.
    pub fn known_loop(&self) -> Option<Obj> {
        self.event_loop.get()
    }
    fn check(&self, th: &Thread) -> PyResult<()> {
        if self.event_loop.is_empty() { Err(uninitialized(th)) } else { Ok(()) }
    }
    #[inline]
    pub fn is_done(&self) -> bool {
        self.progress.get() != Progress::Pending
    }
    #[inline]
    pub fn is_blocking(&self) -> bool {
        self.blocking.get()
    }
    pub fn set_blocking(&self, blocking: bool) {
        self.blocking.set(blocking);
    }
    pub fn cancel_message(&self) -> Option<Obj> {
        self.cancel_message.get()
    }
    pub fn set_cancel_message(&self, message: Option<Obj>) {
        self.cancel_message.set(message);
    }
    pub fn set_cancelled_error(&self, exception: Option<Obj>) {
        self.cancelled_error.set(exception);
    }
    pub fn forget_traceback(&self) {
        self.log_traceback.set(false);
    }

    /// Hands all callbacks to the loop.
    fn schedule_callbacks(&self, th: &Thread, this: Value) -> PyResult<()> {
        let Some(callback) = self.callback.take() else {
            return if self.more_callbacks.borrow().is_empty() { Ok(()) } else { self.schedule_rest(th, this) };
        };
        let context = self.context.take().unwrap_or_else(Obj::none);
        let event_loop = self.event_loop(th)?;
        let done = State::of(th).call_soon(th, event_loop.value(), callback.value(), Some(this), context.value());
        if done.is_err() {
            drop(self.more_callbacks.take());
            return done;
        }
        if self.more_callbacks.borrow().is_empty() { Ok(()) } else { self.schedule_rest(th, this) }
    }
    #[inline(never)]
    fn schedule_rest(&self, th: &Thread, this: Value) -> PyResult<()> {
        let event_loop = self.event_loop(th)?;
        for (callback, context) in self.more_callbacks.take() {
            State::of(th).call_soon(th, event_loop.value(), callback.value(), Some(this), context.value())?;
        }
        Ok(())
    }

    /// # Errors
    /// InvalidStateError if the future is done; what the loop raises.
    pub fn set_result(&self, th: &Thread, this: Value, result: Obj) -> PyResult<()> {
        self.check(th)?;
        if self.is_done() {
            return Err(State::of(th).raise(th, Imported::InvalidStateError, "invalid state"));
        }
        self.result.set(Some(result));
        self.progress.set(Progress::Finished);
        self.schedule_callbacks(th, this)
    }
    /// # Errors
    /// InvalidStateError if the future is done; TypeError if `exception` is none; what the loop raises.
    pub fn set_exception(&self, th: &Thread, this: Value, exception: Value) -> PyResult<()> {
        self.check(th)?;
        let state = State::of(th);
        if self.is_done() {
            return Err(state.raise(th, Imported::InvalidStateError, "invalid state"));
        }
        let class = exception.cast::<Type>().filter(|ty| exceptions::is_exception_class(ty));
        let mut exception = match class {
            Some(_) => call::call0(th, exception)?,
            None => exception.own(),
        };
        if self.is_done() {
            return Err(state.raise(th, Imported::InvalidStateError, "invalid state"));
        }
        if !exceptions::is_exception_class(exception.ty()) {
            return err!(th, TYPE_ERROR, "invalid exception object");
        }
        if exception.is_instance(&statics::STOP_ITERATION) {
            let message = th.str("StopIteration interacts badly with generators and cannot be raised into a Future")?;
            let error = exceptions::instantiate(th, &statics::RUNTIME_ERROR, &[message.value()])?;
            exceptions::set_cause(error.value(), Some(exception.clone()));
            exceptions::set_context(error.value(), Some(exception));
            exception = error;
        }
        self.traceback.set(exceptions::traceback_of(exception.value()));
        self.exception.set(Some(exception));
        self.progress.set(Progress::Finished);
        self.schedule_callbacks(th, this)?;
        self.log_traceback.set(true);
        Ok(())
    }
    /// The CancelledError to raise; the saved one only once.
    ///
    /// # Errors
    /// MemoryError.
    pub fn make_cancelled_error(&self, th: &Thread) -> PyResult {
        if let Some(saved) = self.cancelled_error.take() {
            return Ok(saved);
        }
        let class = State::of(th).get(th, Imported::CancelledError)?;
        match self.cancel_message.get().filter(|message| !message.is_none()) {
            Some(message) => call::call1(th, class.value(), message.value()),
            None => call::call0(th, class.value()),
        }
    }
    /// The result, or the exception that was set as `Ok(Err(..))`.
    ///
    /// # Errors
    /// CancelledError; InvalidStateError if the future is not done.
    #[inline]
    pub fn outcome(&self, th: &Thread) -> PyResult<Result<Obj, Obj>> {
        match self.progress.get() {
            Progress::Finished => {
                self.log_traceback.set(false);
                match self.exception.get() {
                    Some(exception) => {
                        exceptions::set_traceback(exception.value(), self.traceback.take());
                        Ok(Err(exception))
                    }
                    None => Ok(Ok(self.result.get().unwrap_or_else(Obj::none))),
                }
            }
            Progress::Cancelled => {
                let exception = self.make_cancelled_error(th)?;
                Err(th.raise_instance(exception))
            }
            Progress::Pending => Err(State::of(th).raise(th, Imported::InvalidStateError, "Result is not set.")),
        }
    }
    /// `result()`.
    ///
    /// # Errors
    /// The exception that was set; CancelledError; InvalidStateError if the future is not done.
    pub fn result(&self, th: &Thread) -> PyResult {
        if self.event_loop.is_empty() {
            let state = State::of(th);
            return Err(state.raise(th, Imported::InvalidStateError, "Future object is not initialized."));
        }
        match self.outcome(th)? {
            Ok(result) => Ok(result),
            Err(exception) => Err(th.raise_instance(exception)),
        }
    }
    /// `cancel(msg)` of a future.
    ///
    /// # Errors
    /// What the loop raises.
    pub fn cancel(&self, th: &Thread, this: Value, message: Option<Obj>) -> PyResult<bool> {
        self.check(th)?;
        self.log_traceback.set(false);
        if self.is_done() {
            return Ok(false);
        }
        self.progress.set(Progress::Cancelled);
        self.cancel_message.set(message);
        self.schedule_callbacks(th, this)?;
        Ok(true)
    }
    /// `add_done_callback(callback, context=context)`.
    ///
    /// # Errors
    /// What the loop raises.
    pub fn add_done_callback(&self, th: &Thread, this: Value, callback: Value, context: Obj) -> PyResult<()> {
        let Some(event_loop) = self.event_loop.get() else {
            return err!(th, RUNTIME_ERROR, "uninitialized Future object");
        };
        if self.is_done() {
            return State::of(th).call_soon(th, event_loop.value(), callback, Some(this), context.value());
        }
        if self.callback.is_empty() && self.more_callbacks.borrow().is_empty() {
            self.callback.set(Some(callback.own()));
            self.context.set(Some(context));
        } else {
            self.more_callbacks.borrow_mut().push((callback.own(), context));
        }
        Ok(())
    }
    /// `remove_done_callback(callback)`: how many there were. What comparisons do to the callbacks meanwhile is as good
    /// as if it had happened before.
    fn remove_done_callback(&self, th: &Thread, callback: Value) -> PyResult<usize> {
        self.check(th)?;
        let mut removed = 0;
        if let Some(first) = self.callback.get()
            && compare::eq(th, first.value(), callback)?
        {
            let old = (self.callback.take(), self.context.take());
            removed += 1;
            drop(old);
        }
        let mut at = 0;
        loop {
            let Some(candidate) = self.more_callbacks.borrow().get(at).map(|entry| entry.0.clone()) else { break };
            if !compare::eq(th, candidate.value(), callback)? {
                at += 1;
                continue;
            }
            let entry = {
                let mut callbacks = self.more_callbacks.borrow_mut();
                let same = callbacks.get(at).is_some_and(|entry| entry.0.same(candidate.value()));
                same.then(|| callbacks.remove(at))
            };
            match entry {
                Some(entry) => {
                    removed += 1;
                    drop(entry);
                }
                None => at += 1,
            }
        }
        Ok(removed)
    }

    /// # Errors
    /// MemoryError.
    pub fn add_awaited_by(&self, th: &Thread, waiter: Value) -> PyResult<()> {
        match self.awaited_by.get() {
            None => self.awaited_by.set(Some(waiter.own())),
            Some(set) if self.awaited_by_many.get() => {
                if let Some(set) = Set::of_any(set.value()) {
                    set.add(th, waiter)?;
                }
            }
            Some(single) => {
                let set = Set::new(th)?;
                if let Some(set) = Set::of_any(set.value()) {
                    set.add(th, waiter)?;
                    set.add(th, single.value())?;
                }
                self.awaited_by.set(Some(set));
                self.awaited_by_many.set(true);
            }
        }
        Ok(())
    }
    /// # Errors
    /// What hashing a waiter raises.
    #[inline]
    pub fn discard_awaited_by(&self, th: &Thread, waiter: Value) -> PyResult<()> {
        if !self.awaited_by_many.get() {
            if self.awaited_by.peek().is_some_and(|single| single.same(waiter)) {
                self.awaited_by.set(None);
            }
            return Ok(());
        }
        if let Some(set) = self.awaited_by.get()
            && let Some(set) = Set::of_any(set.value())
        {
            set.discard(th, waiter)?;
        }
        Ok(())
    }

    /// Whether there is an exception that nobody has asked for.
    pub fn has_news(&self) -> bool {
        self.log_traceback.get()
    }
    /// Tells the loop of an exception that nobody has asked for.
    pub fn finalize(&self, th: &Thread, this: Value) {
        if !self.log_traceback.replace(false) {
            return;
        }
        let name = this.ty().short_name();
        let exception = self.exception.get().unwrap_or_else(Obj::none);
        let reported = self.report(th, &format!("{name} exception was never retrieved"), |context| {
            context.set_rust(th, "exception", exception.value())?;
            context.set_rust(th, "future", this)
        });
        if let Err(Some(handler)) = reported {
            th.write_unraisable("calling asyncio function", Some(handler.value()));
        } else if reported.is_err() {
            th.write_unraisable("finalizing asyncio object", Some(this));
        }
    }
    /// Calls the loop's exception handler. An error comes with the function that raised it, if it got as far.
    pub fn report(
        &self,
        th: &Thread,
        message: &str,
        fill: impl FnOnce(&Dict) -> PyResult<()>,
    ) -> Result<(), Option<Obj>> {
        let Some(event_loop) = self.event_loop.get() else { return Ok(()) };
        let prepare = || -> PyResult<(Obj, Obj)> {
            let message = th.str(message)?;
            let context = th.dict_of(&[("message", message.value())])?;
            if let Some(dict) = context.cast::<Dict>() {
                fill(dict)?;
                if let Some(source) = self.source_traceback.get() {
                    dict.set_rust(th, "source_traceback", source.value())?;
                }
            }
            Ok((object::get_attr_str(th, event_loop.value(), "call_exception_handler")?, context))
        };
        let (handler, context) = prepare().map_err(|_| None)?;
        call::call1(th, handler.value(), context.value()).map(drop).map_err(|_| Some(handler))
    }
}

#[cold]
pub fn uninitialized(th: &Thread) -> Raised {
    th.runtime_error("Future object is not initialized.")
}

builtin_type! {
    /// `_asyncio.Future`.
    pub static FUTURE_TYPE = TypeSpec {
        name: "_asyncio.Future",
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        slots: Slots {
            new: Some(construct),
            init: Some(initialize),
            repr: Some(repr),
            iter: Some(iterator::of_future),
            am_await: Some(iterator::of_future),
            finalize: Some(finalize),
            finalized_already: Some(finalized_already),
            ..Instance::<Future>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        doc: "Future(*, loop=None)\n--\n\n\
            This class is *almost* compatible with concurrent.futures.Future.\n\n    \
            Differences:\n\n    \
            - result() and exception() do not take a timeout argument and\n      \
            raise an exception when the future isn't done yet.\n\n    \
            - Callbacks registered with add_done_callback() are always called\n      \
            via the event loop's call_soon_threadsafe().\n\n    \
            - This class is not compatible with the wait() and as_completed()\n      \
            methods in the concurrent.futures package.",
        ..Instance::<Future>::SPEC
    }
}

fn construct(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    Instance::create_as(th, ty, Future::blank())
}

fn initialize(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    static PARAMS: whipsnake_runtime::args::Params = whipsnake_runtime::args::Params {
        function: "Future",
        names: &["loop"],
        positional_only: 0,
        positional: 0,
        required: &[false],
        has_varargs: false,
        has_varkw: false,
    };
    let bound = match bind_at_sight(th, args, [&LOOP])? {
        Some(bound) if args.len() == 0 => bound,
        _ => {
            let mut bound = [None; 1];
            PARAMS.bind(th, args, &mut bound)?;
            bound
        }
    };
    payload::<Future>(th, this)?.initialize(th, bound[0].filter(|v| !v.is_none()))
}

fn repr(th: &Thread, this: Value) -> PyResult {
    payload::<Future>(th, this)?.check(th)?;
    call::call1(th, State::of(th).get(th, Imported::FutureRepr)?.value(), this)
}

fn finalize(th: &Thread, this: Value) {
    if let Some(future) = Future::of(this) {
        future.finalize(th, this);
    }
}

unsafe fn finalized_already(object: *const Header) -> bool {
    // SAFETY: I4, called for instances of this type.
    unsafe { !(*object.cast::<Instance<Future>>()).payload.has_news() }
}

/// AttributeError of a deletion.
pub fn no_deletion(th: &Thread, ty: &Type, name: &str) -> Raised {
    th.attribute_error(format!("attribute '{name}' of '{}' objects cannot be deleted", ty.name()))
}

#[pymethods]
mod methods {
    use super::*;
    type This = Instance<Future>;

    /// Return the result this future represents.
    ///
    /// If the future has been cancelled, raises CancelledError.  If the
    /// future's result isn't yet available, raises InvalidStateError.  If
    /// the future is done and has an exception set, this exception is
    /// raised.
    #[method("result()")]
    fn result(th: &Thread, this: &This) -> PyResult {
        this.payload.result(th)
    }
    /// Return the exception that was set on this future.
    ///
    /// The exception (or None if no exception was set) is returned only if
    /// the future is done.  If the future has been cancelled, raises
    /// CancelledError.  If the future isn't done yet, raises
    /// InvalidStateError.
    #[method("exception()")]
    fn exception(th: &Thread, this: &This) -> PyResult {
        let state = State::of(th);
        if this.event_loop.is_empty() {
            return Err(state.raise(th, Imported::InvalidStateError, "Future object is not initialized."));
        }
        match this.progress.get() {
            Progress::Cancelled => {
                let exception = this.make_cancelled_error(th)?;
                Err(th.raise_instance(exception))
            }
            Progress::Pending => Err(state.raise(th, Imported::InvalidStateError, "Exception is not set.")),
            Progress::Finished => {
                this.log_traceback.set(false);
                Ok(this.exception.get().unwrap_or_else(Obj::none))
            }
        }
    }
    /// Mark the future done and set its result.
    ///
    /// If the future is already done when this method is called, raises
    /// InvalidStateError.
    #[method("set_result(result, /)")]
    fn set_result(th: &Thread, this: Value, result: Obj) -> PyResult<()> {
        payload::<Future>(th, this)?.set_result(th, this, result)
    }
    /// Mark the future done and set an exception.
    ///
    /// If the future is already done when this method is called, raises
    /// InvalidStateError.
    #[method("set_exception(exception, /)")]
    fn set_exception(th: &Thread, this: Value, exception: Value) -> PyResult<()> {
        payload::<Future>(th, this)?.set_exception(th, this, exception)
    }
    /// Add a callback to be run when the future becomes done.
    ///
    /// The callback is called with a single argument - the future object.
    /// If the future is already done when this is called, the callback is
    /// scheduled with call_soon.
    #[method("add_done_callback(fn, /, *, context=<unrepresentable>)", raw)]
    fn add_done_callback(th: &Thread, this: Value, args: Args) -> PyResult<()> {
        static PARAMS: whipsnake_runtime::args::Params = whipsnake_runtime::args::Params {
            function: "add_done_callback",
            names: &["", "context"],
            positional_only: 1,
            positional: 1,
            required: &[true, false],
            has_varargs: false,
            has_varkw: false,
        };
        let mut bound = [None; 2];
        PARAMS.bind(th, args, &mut bound)?;
        let context = bound[1].map_or_else(|| contextvars::copy_current(th), |v| Ok(v.own()))?;
        payload::<Future>(th, this)?.add_done_callback(th, this, bound[0].unwrap_or(statics::none()), context)
    }
    /// Remove all instances of a callback from the "call when done" list.
    ///
    /// Returns the number of callbacks removed.
    #[method("remove_done_callback(fn, /)")]
    fn remove_done_callback(th: &Thread, this: &This, function: Value) -> PyResult<usize> {
        this.payload.remove_done_callback(th, function)
    }
    /// Cancel the future and schedule callbacks.
    ///
    /// If the future is already done or cancelled, return False.
    /// Otherwise, change the future's state to cancelled, schedule the
    /// callbacks and return True.
    #[method("cancel(msg=None)")]
    fn cancel(th: &Thread, this: Value, msg: Option<Value>) -> PyResult<bool> {
        payload::<Future>(th, this)?.cancel(th, this, msg.map(ValueExt::own))
    }
    /// Return True if the future was cancelled.
    #[method("cancelled()")]
    fn cancelled(_: &Thread, this: &This) -> bool {
        this.progress.get() == Progress::Cancelled
    }
    /// Return True if the future is done.
    ///
    /// Done means either that a result / exception are available, or that
    /// the future was cancelled.
    #[method("done()")]
    fn done(_: &Thread, this: &This) -> bool {
        this.is_done()
    }
    /// Return the event loop the Future is bound to.
    #[method("get_loop()")]
    fn get_loop(th: &Thread, this: &This) -> PyResult {
        this.payload.event_loop(th)
    }
    /// Create the CancelledError to raise if the Future is cancelled.
    ///
    /// This should only be called once when handling a cancellation since
    /// it erases the context exception value.
    #[method("_make_cancelled_error()")]
    fn make_cancelled_error(th: &Thread, this: &This) -> PyResult {
        this.payload.make_cancelled_error(th)
    }
    /// Futures are generic over the type of their results
    #[classmethod("__class_getitem__(object, /)")]
    fn class_getitem(th: &Thread, class: Value, item: Value) -> PyResult {
        generic_alias::new(th, class, item)
    }
    #[getter("_state")]
    fn state(th: &Thread, this: &This) -> PyResult {
        this.check(th)?;
        th.intern(match this.progress.get() {
            Progress::Pending => "PENDING",
            Progress::Cancelled => "CANCELLED",
            Progress::Finished => "FINISHED",
        })
    }
    #[getter("_asyncio_future_blocking")]
    fn blocking(_: &Thread, this: &This) -> bool {
        !this.event_loop.is_empty() && this.blocking.get()
    }
    #[setter("_asyncio_future_blocking")]
    fn set_blocking(th: &Thread, this: &This, value: Option<Value>) -> PyResult<()> {
        this.check(th)?;
        let Some(value) = value else { return Err(no_deletion(th, &FUTURE_TYPE, "_asyncio_future_blocking")) };
        this.blocking.set(object::is_true(th, value)?);
        Ok(())
    }
    #[getter("_asyncio_awaited_by")]
    fn awaited_by(th: &Thread, this: &This) -> PyResult<Option<Obj>> {
        let Some(awaited_by) = this.awaited_by.get() else { return Ok(None) };
        let items = match this.awaited_by_many.get() {
            true => awaited_by,
            false => th.tuple(&[awaited_by.value()])?,
        };
        whipsnake_runtime::types::set::from_iterable(th, &statics::FROZENSET_TYPE, Some(items.value())).map(Some)
    }
    #[getter("_loop")]
    fn event_loop(_: &Thread, this: &This) -> Option<Obj> {
        this.event_loop.get()
    }
    #[getter("_callbacks")]
    fn callbacks(th: &Thread, this: &This) -> PyResult<Option<Obj>> {
        this.check(th)?;
        let mut pairs = Vec::new();
        if let (Some(callback), Some(context)) = (this.callback.get(), this.context.get()) {
            pairs.push((callback, context));
        }
        pairs.extend(this.more_callbacks.borrow().iter().cloned());
        if pairs.is_empty() {
            return Ok(None);
        }
        let mut items = Vec::with_capacity(pairs.len());
        for (callback, context) in pairs {
            items.push(th.tuple(&[callback.value(), context.value()])?);
        }
        th.list(items).map(Some)
    }
    #[getter("_result")]
    fn peek_result(th: &Thread, this: &This) -> PyResult<Option<Obj>> {
        this.check(th)?;
        Ok(this.result.get())
    }
    #[getter("_exception")]
    fn peek_exception(th: &Thread, this: &This) -> PyResult<Option<Obj>> {
        this.check(th)?;
        Ok(this.exception.get())
    }
    #[getter("_source_traceback")]
    fn source_traceback(_: &Thread, this: &This) -> Option<Obj> {
        this.source_traceback.get()
    }
    #[getter("_cancel_message")]
    fn cancel_message(_: &Thread, this: &This) -> Option<Obj> {
        this.cancel_message.get()
    }
    #[setter("_cancel_message")]
    fn set_cancel_message(th: &Thread, this: &This, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else { return Err(no_deletion(th, &FUTURE_TYPE, "_cancel_message")) };
        this.cancel_message.set(Some(value.own()));
        Ok(())
    }
    #[getter("_log_traceback")]
    fn log_traceback(th: &Thread, this: &This) -> PyResult<bool> {
        this.check(th)?;
        Ok(this.log_traceback.get())
    }
    #[setter("_log_traceback")]
    fn set_log_traceback(th: &Thread, this: &This, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else { return Err(no_deletion(th, &FUTURE_TYPE, "_log_traceback")) };
        if object::is_true(th, value)? {
            return err!(th, VALUE_ERROR, "_log_traceback can only be set to False");
        }
        this.log_traceback.set(false);
        Ok(())
    }
}

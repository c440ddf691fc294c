//! The steps of a task: each runs its coroutine to the next future that it waits for, or to its end.

use whipsnake_runtime::interp::{Resume, Resumed};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::{builtin_function, exceptions, generator};

use super::future::Future;
use super::state::{self, FUTURE_BLOCKING, Here, Imported, State};
use super::task::Task;
use crate::contextvars;
use crate::payload;

/// What a loop is asked to call for a task's next step.
pub struct Step {
    task: ObjCell,
    /// What is to be thrown into the coroutine.
    exception: ObjCell,
}

impl Payload for Step {
    #[inline(always)]
    fn ty() -> &'static Type {
        &STEP_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.task);
        visitor.cell(&self.exception);
    }
    fn clear(&self) {
        self.task.set(None);
        self.exception.set(None);
    }
}

builtin_type! {
    /// `_asyncio.TaskStepMethWrapper`.
    pub static STEP_TYPE = TypeSpec {
        name: "_asyncio.TaskStepMethWrapper",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        slots: Slots { call: Some(call_step), ..Instance::<Step>::SLOTS },
        getsets: step_methods::GETSETS,
        ..Instance::<Step>::SPEC
    }
}

fn call_step(th: &Thread, this: Value, args: Args) -> PyResult {
    if args.keyword_count() != 0 {
        return err!(th, TYPE_ERROR, "function takes no keyword arguments");
    }
    if !args.is_empty() {
        return err!(th, TYPE_ERROR, "function takes no positional arguments");
    }
    let made = payload::<Step>(th, this)?;
    let Some(task) = made.task.get() else { return Ok(Obj::none()) };
    let exception = made.exception.get();
    step(th, task.value(), exception.as_ref().map(Obj::value))?;
    Ok(Obj::none())
}

#[pymethods]
mod step_methods {
    use super::*;

    #[getter("__self__")]
    fn task(_: &Thread, this: &Instance<Step>) -> Option<Obj> {
        this.task.get()
    }
}

/// The method that is a callback of the future a task waits for.
#[pymethods]
mod wakeup_methods {
    use super::*;

    #[method("task_wakeup(object, /)")]
    fn task_wakeup(th: &Thread, this: Value, object: Value) -> PyResult<()> {
        wake_up(th, this, object)
    }
}

/// Goes on with a task whose future is done.
fn wake_up(th: &Thread, task: Value, future: Value) -> PyResult<()> {
    if let Some(future) = Future::of(future) {
        future.discard_awaited_by(th, task)?;
    }
    let result = match Future::exact(future) {
        Some(future) => match future.outcome(th) {
            Ok(Ok(result)) => Ok(drop(result)),
            Ok(Err(exception)) => return step(th, task, Some(exception.value())),
            Err(raised) => Err(raised),
        },
        None => call::call_method(th, future, "result", &[]).map(drop),
    };
    match result {
        Ok(()) => step(th, task, None),
        Err(_) => {
            let exception = th.take_exception();
            step(th, task, exception.as_ref().map(Obj::value))
        }
    }
}

/// Has the loop call for the task's next step.
///
/// # Errors
/// What the loop raises.
pub fn schedule(th: &Thread, this: Value, task: &Task, exception: Option<Obj>) -> PyResult<()> {
    let event_loop = task.future.event_loop(th)?;
    let context = task.context.get().unwrap_or_else(Obj::none);
    let call = Step { task: ObjCell::new(this.own()), exception: ObjCell::some_or_empty(exception) };
    let call = Instance::create(th, call)?;
    State::of(th).call_soon(th, event_loop.value(), call.value(), None, context.value())
}

/// Has a RuntimeError thrown into the coroutine in its next step.
#[cold]
fn schedule_error(th: &Thread, this: Value, task: &Task, message: String) -> PyResult<()> {
    let message = th.str(&message)?;
    let error = exceptions::instantiate(th, &statics::RUNTIME_ERROR, &[message.value()])?;
    schedule(th, this, task, Some(error))
}

/// The first step, run by the constructor.
///
/// # Errors
/// RuntimeError if another loop is running or the context cannot be entered; KeyboardInterrupt and SystemExit of the step.
pub fn start_eagerly(th: &Thread, this: Value, task: &Task, event_loop: Value, context: Value) -> PyResult<()> {
    let here = Here::of(th);
    let state = State::of(th);
    let outer_task = here.swap(th, event_loop, Some(this.own()))?;
    state.push_eager(this.own());
    let result = contextvars::enter(th, context).and_then(|outer| {
        let result = run(th, this, task, None);
        contextvars::leave(th, context, outer);
        result
    });
    let raised = if result.is_err() { th.take_exception() } else { None };
    state.pop_eager(this);
    let swapped = here.swap(th, event_loop, outer_task).map(drop);
    if task.future.is_done() {
        task.coroutine.set(None);
    } else {
        task.link(state);
    }
    match raised {
        Some(exception) => Err(chain(th, exception)),
        None => swapped,
    }
}

/// Raises `exception` again, or makes it the context of one raised meanwhile.
fn chain(th: &Thread, exception: Obj) -> Raised {
    match th.take_exception() {
        None => exceptions::reraise(th, exception),
        Some(newer) => {
            exceptions::set_context(newer.value(), Some(exception));
            exceptions::reraise(th, newer)
        }
    }
}

/// One step of a task, as the running one of its loop.
fn step(th: &Thread, this: Value, exception: Option<Value>) -> PyResult<()> {
    let task = payload::<Task>(th, this)?;
    let here = Here::of(th);
    let event_loop = task.future.event_loop(th)?;
    here.enter(th, event_loop.value(), this)?;
    match run(th, this, task, exception) {
        Ok(()) => here.leave(th, event_loop.value(), this),
        Err(raised) => {
            let Some(exception) = th.take_exception() else { return Err(raised) };
            let _ = here.leave(th, event_loop.value(), this);
            Err(chain(th, exception))
        }
    }
}

#[cold]
fn already_done(th: &Thread, this: Value, exception: Option<Value>) -> Raised {
    let shown = object::repr_text(th, this).and_then(|task| {
        let exception = object::repr_text(th, exception.unwrap_or(statics::none()))?;
        Ok(format!("__step(): already done: {task} {exception}"))
    });
    match shown {
        Ok(message) => State::of(th).raise(th, Imported::InvalidStateError, &message),
        Err(raised) => raised,
    }
}

fn is_cancelled_error(th: &Thread, exception: Value) -> PyResult<bool> {
    Ok(exceptions::matches(th, exception, State::of(th).get(th, Imported::CancelledError)?.value()))
}

/// Sends None into a coroutine.
#[inline]
fn send(th: &Thread, coroutine: Value) -> PyResult<Resumed> {
    if coroutine.is_exact(&statics::COROUTINE_TYPE) || coroutine.is_exact(&statics::GENERATOR_TYPE) {
        return generator::resume(th, coroutine, Resume::Send(Obj::none()));
    }
    if coroutine.ty().slots().iternext.is_some() {
        return match coroutine.ty().slots().iternext.map(|next| next(th, coroutine)) {
            Some(Ok(Some(v))) => Ok(Resumed::Yielded(v)),
            Some(Err(raised)) => returned(th, raised),
            _ => Ok(Resumed::Returned(Obj::none())),
        };
    }
    match call::call_method(th, coroutine, "send", &[statics::none()]) {
        Ok(v) => Ok(Resumed::Yielded(v)),
        Err(raised) => returned(th, raised),
    }
}

fn throw(th: &Thread, coroutine: Value, exception: Value) -> PyResult<Resumed> {
    let thrown = if coroutine.is_exact(&statics::COROUTINE_TYPE) {
        generator::throw(th, coroutine, Args::from_values(&[exception]))
    } else {
        call::call_method(th, coroutine, "throw", &[exception])
    };
    match thrown {
        Ok(v) => Ok(Resumed::Yielded(v)),
        Err(raised) => returned(th, raised),
    }
}

/// A StopIteration is the end of the coroutine.
fn returned(th: &Thread, raised: Raised) -> PyResult<Resumed> {
    if th.exception_matches(&statics::STOP_ITERATION) {
        return Ok(Resumed::Returned(exceptions::take_stop_iteration_value(th)));
    }
    Err(raised)
}

/// Runs the coroutine, and does what follows from what it yields, returns or raises.
fn run(th: &Thread, this: Value, task: &Task, exception: Option<Value>) -> PyResult<()> {
    if task.future.is_done() {
        return Err(already_done(th, this, exception));
    }
    let mut exception = exception.map(ValueExt::own);
    if task.must_cancel.get() {
        let given = exception.as_ref().map_or(Ok(false), |given| is_cancelled_error(th, given.value()))?;
        if !given {
            exception = Some(task.future.make_cancelled_error(th)?);
        }
        task.must_cancel.set(false);
    }
    task.waiter.set(None);
    let Some(coroutine) = task.coroutine.get() else {
        return err!(th, RUNTIME_ERROR, "uninitialized Task object");
    };
    let resumed = match exception {
        None => send(th, coroutine.value()),
        Some(exception) => throw(th, coroutine.value(), exception.value()),
    };
    match resumed {
        Ok(Resumed::Yielded(v)) => wait_for(th, this, task, v.value()),
        Ok(Resumed::Returned(result)) => {
            if task.must_cancel.replace(false) {
                // Cancelled right before the coroutine has ended.
                return task.future.cancel(th, this, task.future.cancel_message()).map(drop);
            }
            task.future.set_result(th, this, result)
        }
        Err(raised) => {
            let Some(exception) = th.take_exception() else { return Err(raised) };
            if is_cancelled_error(th, exception.value())? {
                task.future.set_cancelled_error(Some(exception));
                return task.future.cancel(th, this, None).map(drop);
            }
            task.future.set_exception(th, this, exception.value())?;
            if exception.is_instance(&statics::KEYBOARD_INTERRUPT) || exception.is_instance(&statics::SYSTEM_EXIT) {
                return Err(exceptions::reraise(th, exception));
            }
            Ok(())
        }
    }
}

/// Goes on when what the coroutine has yielded is done.
fn wait_for(th: &Thread, this: Value, task: &Task, yielded: Value) -> PyResult<()> {
    let own_loop = task.future.event_loop(th)?;
    let text = |v: Value| object::repr_text(th, v);
    let other_loop = || -> PyResult<()> {
        let message = format!("Task {} got Future {} attached to a different loop", text(this)?, text(yielded)?);
        schedule_error(th, this, task, message)
    };
    let not_from = || -> PyResult<()> {
        let message = format!("yield was used instead of yield from in task {} with {}", text(this)?, text(yielded)?);
        schedule_error(th, this, task, message)
    };
    let itself = || -> PyResult<()> {
        let message = format!("Task cannot await on itself: {}", text(this)?);
        schedule_error(th, this, task, message)
    };
    let wake_up = || {
        let method = &wakeup_methods::METHODS[0];
        builtin_function::new(th, method, Some(this), None)
    };
    if let Some(future) = Future::exact(yielded) {
        if !future.event_loop(th)?.same(own_loop.value()) {
            return other_loop();
        }
        if !future.is_blocking() {
            return not_from();
        }
        if yielded.same(this) {
            return itself();
        }
        future.add_awaited_by(th, this)?;
        future.set_blocking(false);
        let context = task.context.get().unwrap_or_else(Obj::none);
        future.add_done_callback(th, yielded, wake_up()?.value(), context)?;
        return started_waiting(th, task, yielded);
    }
    if yielded.is_none() {
        // A bare yield lets others run once.
        return schedule(th, this, task, None);
    }
    if let Some(blocking) = object::lookup_attr(th, yielded, FUTURE_BLOCKING.get(th)?)?.filter(|v| !v.is_none()) {
        let blocking = object::is_true(th, blocking.value())?;
        if !state::loop_of(th, yielded)?.same(own_loop.value()) {
            return other_loop();
        }
        if !blocking {
            return not_from();
        }
        if yielded.same(this) {
            return itself();
        }
        if let Some(future) = Future::of(yielded) {
            future.add_awaited_by(th, this)?;
        }
        object::set_attr(th, yielded, FUTURE_BLOCKING.get(th)?, statics::bool_value(false))?;
        let add = object::get_attr_str(th, yielded, "add_done_callback")?;
        let context = task.context.get().unwrap_or_else(Obj::none);
        call::call_kw(th, add.value(), &[wake_up()?.value()], &[("context", context.value())])?;
        return started_waiting(th, task, yielded);
    }
    let message = if yielded.is_instance(&statics::GENERATOR_TYPE) {
        let (task, yielded) = (text(this)?, text(yielded)?);
        format!("yield was used instead of yield from for generator in task {task} with {yielded}")
    } else {
        format!("Task got bad yield: {}", text(yielded)?)
    };
    schedule_error(th, this, task, message)
}

/// Notes the future that the task waits for, and cancels it if that is what the task was asked for meanwhile.
fn started_waiting(th: &Thread, task: &Task, future: Value) -> PyResult<()> {
    task.waiter.set(Some(future.own()));
    if task.must_cancel.get() {
        let message = task.future.cancel_message().unwrap_or_else(Obj::none);
        let cancelled = call::call_method(th, future, "cancel", &[message.value()])?;
        if object::is_true(th, cancelled.value())? {
            task.must_cancel.set(false);
        }
    }
    Ok(())
}

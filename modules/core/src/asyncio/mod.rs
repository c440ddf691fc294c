//! `_asyncio`: futures, tasks and what they share, as `asyncio` takes it where it exists.
//!
//! - `future`: `Future`; `iterator`: what `await future` runs
//! - `task`: `Task`; `step`: how a task runs its coroutine
//! - `state`: running loops and tasks of threads, the lists of all tasks, names
//!
//! Python's side (event loops, handles, representations) stays in the library; its classes are looked up on first use,
//! since it imports this module while it is being made itself.
//!
//! Source: the documentation of `asyncio`, and its Python implementations of the same classes.

use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::module;

mod future;
mod iterator;
mod state;
mod step;
mod task;

use future::Future;
use state::{Here, State};

#[pyfunctions]
mod functions {
    use super::*;

    /// Return the running event loop or None.
    ///
    /// This is a low-level function intended to be used by event loops.
    /// This function is thread-specific.
    #[function("_get_running_loop()")]
    fn peek_running_loop(th: &Thread) -> Obj {
        Here::of(th).event_loop.get().unwrap_or_else(Obj::none)
    }
    /// Set the running event loop.
    ///
    /// This is a low-level function intended to be used by event loops.
    /// This function is thread-specific.
    #[function("_set_running_loop(loop, /)")]
    fn set_running_loop(th: &Thread, event_loop: Value) {
        Here::of(th).event_loop.set((!event_loop.is_none()).then(|| event_loop.own()));
    }
    /// Return the running event loop.  Raise a RuntimeError if there is none.
    ///
    /// This function is thread-specific.
    #[function("get_running_loop()")]
    fn get_running_loop(th: &Thread) -> PyResult {
        state::running_loop(th)
    }
    /// Return an asyncio event loop.
    ///
    /// When called from a coroutine or a callback (e.g. scheduled with
    /// call_soon or similar API), this function will always return the
    /// running event loop.
    ///
    /// If there is no running event loop set, the function will return
    /// the result of `get_event_loop_policy().get_event_loop()` call.
    #[function("get_event_loop()")]
    fn get_event_loop(th: &Thread) -> PyResult {
        state::event_loop(th)
    }
    /// Return a currently executed task.
    #[function("current_task(loop=None)")]
    fn current_task(th: &Thread, event_loop: Option<Value>) -> PyResult {
        state::current_task(th, event_loop)
    }
    /// Return a set of all tasks for the loop.
    #[function("all_tasks(loop=None)")]
    fn all_tasks(th: &Thread, event_loop: Option<Value>) -> PyResult {
        state::all_tasks(th, event_loop)
    }
    /// Enter into task execution or resume suspended task.
    ///
    /// Task belongs to loop.
    ///
    /// Returns None.
    #[function("_enter_task(loop, task)")]
    fn enter_task(th: &Thread, event_loop: Value, task: Value) -> PyResult<()> {
        Here::of(th).enter(th, event_loop, task)
    }
    /// Leave task execution or suspend a task.
    ///
    /// Task belongs to loop.
    ///
    /// Returns None.
    #[function("_leave_task(loop, task)")]
    fn leave_task(th: &Thread, event_loop: Value, task: Value) -> PyResult<()> {
        Here::of(th).leave(th, event_loop, task)
    }
    /// Temporarily swap in the supplied task and return the original one (or None).
    ///
    /// This is intended for use during eager coroutine execution.
    #[function("_swap_current_task(loop, task)")]
    fn swap_current_task(th: &Thread, event_loop: Value, task: Value) -> PyResult {
        let task = (!task.is_none()).then(|| task.own());
        Ok(Here::of(th).swap(th, event_loop, task)?.unwrap_or_else(Obj::none))
    }
    /// Register a new task in asyncio as executed by loop.
    ///
    /// Returns None.
    #[function("_register_task(task)")]
    fn register_task(th: &Thread, task: Value) -> PyResult<()> {
        State::of(th).register(th, task)
    }
    /// Unregister a task.
    ///
    /// Returns None.
    #[function("_unregister_task(task)")]
    fn unregister_task(th: &Thread, task: Value) -> PyResult<()> {
        State::of(th).unregister(th, task)
    }
    /// Register a new task in asyncio as executed by loop.
    ///
    /// Returns None.
    #[function("_register_eager_task(task)")]
    fn register_eager_task(th: &Thread, task: Value) -> PyResult<()> {
        State::of(th).register_eager(th, task)
    }
    /// Unregister a task.
    ///
    /// Returns None.
    #[function("_unregister_eager_task(task)")]
    fn unregister_eager_task(th: &Thread, task: Value) -> PyResult<()> {
        State::of(th).unregister_eager(th, task)
    }
    /// Record that `fut` is awaited on by `waiter`.
    #[function("future_add_to_awaited_by(fut, waiter, /)")]
    fn add_to_awaited_by(th: &Thread, fut: Value, waiter: Value) -> PyResult<()> {
        match (Future::of(fut), Future::of(waiter)) {
            (Some(future), Some(_)) => future.add_awaited_by(th, waiter),
            _ => Ok(()),
        }
    }
    /// Record that `fut` is no longer awaited on by `waiter`.
    #[function("future_discard_from_awaited_by(fut, waiter, /)")]
    fn discard_from_awaited_by(th: &Thread, fut: Value, waiter: Value) -> PyResult<()> {
        match (Future::of(fut), Future::of(waiter)) {
            (Some(future), Some(_)) => future.discard_awaited_by(th, waiter),
            _ => Ok(()),
        }
    }
}

/// Makes `_asyncio`.
///
/// # Errors
/// MemoryError.
pub fn init_asyncio(th: &Thread) -> PyResult {
    let m = module::new(th, "_asyncio", "Accelerator module for asyncio", functions::METHODS)?;
    for ty in [&iterator::FUTURE_ITER_TYPE, &step::STEP_TYPE] {
        whipsnake_runtime::typeobj::ready(th, ty)?;
    }
    for ty in [&future::FUTURE_TYPE, &task::TASK_TYPE] {
        module::add_type(th, m.value(), ty)?;
    }
    Ok(m)
}

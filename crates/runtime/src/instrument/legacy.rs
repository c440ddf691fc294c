//! `sys.settrace` and `sys.setprofile`: two tools whose callbacks turn events into calls of a thread's trace and profile
//! function.

use super::telling::{Answer, Event};
use super::{EventSet, PROFILE_TOOL, TRACE_TOOL, code, event, local_events, set_events, set_local_events};
use crate::prelude::*;
use crate::types::exceptions::traceback_of;
use crate::types::frame::{self, FrameView};
use std::cell::Cell;
use whipsnake_layout::frame::Frame;

/// What instrumentation knows of a thread.
pub struct ThreadTracing {
    function: ObjCell,
    profiler: ObjCell,
    /// How many callbacks are running: nothing is told meanwhile.
    pub depth: Cell<u32>,
    /// The event that the innermost of them was called for.
    pub event: Cell<Option<usize>>,
    /// The frame of that event.
    pub frame: Cell<*mut Frame>,
}

impl Default for ThreadTracing {
    fn default() -> Self {
        ThreadTracing {
            function: ObjCell::EMPTY,
            profiler: ObjCell::EMPTY,
            depth: Cell::new(0),
            event: Cell::new(None),
            frame: Cell::new(std::ptr::null_mut()),
        }
    }
}

impl ThreadTracing {
    /// The thread's trace function.
    pub fn function(&self) -> Option<Obj> {
        self.function.get()
    }
    /// The thread's profile function.
    pub fn profiler(&self) -> Option<Obj> {
        self.profiler.get()
    }
}

fn set_of(events: &[usize]) -> EventSet {
    events.iter().fold(0, |set, event| set | 1 << event)
}

/// Puts a function in place; whether any thread has one afterwards.
fn exchange(cell: &ObjCell, threads: &Cell<usize>, function: Option<Obj>) -> bool {
    let now = usize::from(function.is_some());
    let old = cell.replace(function);
    threads.set(threads.get() + now - usize::from(old.is_some()));
    // May run Python code: that sees the new function.
    drop(old);
    threads.get() != 0
}

/// Sets the trace function of `target`, a thread of the interpreter.
///
/// # Errors
/// What an audit hook raises; OverflowError after four billion changes.
pub fn set_trace(th: &Thread, target: &Thread, function: Option<Obj>) -> PyResult<()> {
    crate::sys::audit(th, "sys.settrace", &[])?;
    if !exchange(&target.tracing.function, &th.interp.instrumentation.tracing_threads, function) {
        return set_events(th, TRACE_TOOL, 0);
    }
    // The frame may have asked for instructions before.
    let current = frame::current(target);
    if !current.is_null() {
        let object = frame::object_for(th, current)?;
        if let Some(view) = object.cast::<Instance<FrameView>>()
            && view.trace_opcodes.get()
        {
            set_opcode_trace(th, view, true)?;
        }
    }
    let events = set_of(&[
        event::PY_START,
        event::PY_RESUME,
        event::PY_RETURN,
        event::PY_YIELD,
        event::RAISE,
        event::LINE,
        event::JUMP,
        event::PY_UNWIND,
        event::PY_THROW,
        event::STOP_ITERATION,
    ]);
    set_events(th, TRACE_TOOL, events)
}

/// Sets the profile function of `target`, a thread of the interpreter.
///
/// # Errors
/// As [`set_trace`].
pub fn set_profile(th: &Thread, target: &Thread, function: Option<Obj>) -> PyResult<()> {
    crate::sys::audit(th, "sys.setprofile", &[])?;
    let any = exchange(&target.tracing.profiler, &th.interp.instrumentation.profiling_threads, function);
    let events = set_of(&[
        event::PY_START,
        event::PY_RESUME,
        event::PY_RETURN,
        event::PY_YIELD,
        event::CALL,
        event::PY_UNWIND,
        event::PY_THROW,
    ]);
    set_events(th, PROFILE_TOOL, if any { events } else { 0 })
}

/// A thread ends: its functions go.
pub fn end_thread(th: &Thread) {
    let state = &th.interp.instrumentation;
    exchange(&th.tracing.function, &state.tracing_threads, None);
    exchange(&th.tracing.profiler, &state.profiling_threads, None);
}

/// Whether instructions of a frame's code are to be told to the trace function.
///
/// # Errors
/// None that happens.
pub fn set_opcode_trace(th: &Thread, view: &FrameView, on: bool) -> PyResult<()> {
    let code = view.code();
    let events = local_events(code, TRACE_TOOL);
    let bit = 1 << event::INSTRUCTION;
    let wanted = if on { events | bit } else { events & !bit };
    if wanted == events { Ok(()) } else { set_local_events(th, code, TRACE_TOOL, wanted) }
}

/// Runs `body` as if no callback were running.
pub fn call_tracing<T>(th: &Thread, body: impl FnOnce() -> T) -> T {
    let depth = th.tracing.depth.replace(0);
    let result = body();
    th.tracing.depth.set(depth);
    result
}

/// Calls a function with frame, event and argument.
fn call_function(th: &Thread, function: Value, frame: Value, name: &str, argument: Value) -> PyResult {
    let name = th.intern(name)?;
    call::call_values(th, function, &[frame, name.value(), argument])
}

/// Calls the thread's profile function.
fn call_profiler(th: &Thread, event: &Event, name: &str, argument: Value) -> PyResult<Answer> {
    let Some(function) = th.tracing.profiler.get() else { return Ok(Answer::Continue) };
    let frame = frame::object_for(th, event.frame)?;
    if let Err(raised) = call_function(th, function.value(), frame.value(), name, argument) {
        let saved = th.take_exception();
        let _ = set_profile(th, th, None);
        th.restore_exception(saved);
        return Err(raised);
    }
    Ok(Answer::Continue)
}

/// The profile tool.
pub(super) fn profile(th: &Thread, event: &Event) -> PyResult<Answer> {
    let name = match event.kind {
        event::PY_START | event::PY_RESUME | event::PY_THROW => {
            return call_profiler(th, event, "call", statics::none());
        }
        event::PY_RETURN | event::PY_YIELD => return call_profiler(th, event, "return", event.rest[0]),
        event::PY_UNWIND => return call_profiler(th, event, "return", statics::none()),
        event::CALL => "c_call",
        event::C_RETURN => "c_return",
        _ => "c_exception",
    };
    let (callable, first) = (event.rest[0], event.rest[1]);
    if callable.is_instance(&statics::BUILTIN_FUNCTION_TYPE) {
        return call_profiler(th, event, name, callable);
    }
    if callable.is_exact(&statics::METHOD_DESCRIPTOR_TYPE) && !first.same(th.interp.instrumentation.missing()) {
        let Some(get) = callable.ty().slots().descr_get else { return Ok(Answer::Continue) };
        let bound = get(th, callable, Some(first), Some(first.ty().value()))?;
        return call_profiler(th, event, name, bound.value());
    }
    Ok(Answer::Continue)
}

/// Calls the thread's trace function (for a call), or the frame's own.
fn call_tracer(th: &Thread, event: &Event, name: &str, argument: Value) -> PyResult<Answer> {
    let Some(global) = th.tracing.function.get() else { return Ok(Answer::Continue) };
    let object = frame::object_for(th, event.frame)?;
    let Some(view) = object.cast::<Instance<FrameView>>() else { return Ok(Answer::Continue) };
    if view.trace_opcodes.get() && !matches!(event.kind, event::LINE | event::JUMP | event::INSTRUCTION) {
        set_opcode_trace(th, view, true)?;
    }
    let function = if name == "call" { Some(global) } else { view.trace.get() };
    let Some(function) = function else { return Ok(Answer::Continue) };
    match call_function(th, function.value(), object.value(), name, argument) {
        Ok(next) => {
            if !next.is_none() {
                view.trace.set(Some(next));
            }
            Ok(Answer::Continue)
        }
        Err(raised) => {
            let saved = th.take_exception();
            let _ = set_trace(th, th, None);
            view.trace.set(None);
            th.restore_exception(saved);
            Err(raised)
        }
    }
}

fn view_of(th: &Thread, event: &Event) -> PyResult {
    frame::object_for(th, event.frame)
}

fn traces_lines(object: &Obj) -> bool {
    object.cast::<Instance<FrameView>>().is_some_and(|view| view.trace_lines.get())
}

/// The trace tool.
pub(super) fn trace(th: &Thread, event: &Event) -> PyResult<Answer> {
    match event.kind {
        event::PY_START | event::PY_RESUME | event::PY_THROW => call_tracer(th, event, "call", statics::none()),
        event::PY_RETURN | event::PY_YIELD => call_tracer(th, event, "return", event.rest[0]),
        event::PY_UNWIND => call_tracer(th, event, "return", statics::none()),
        event::RAISE | event::STOP_ITERATION => {
            let exception = event.rest[0];
            let traceback = traceback_of(exception).unwrap_or_else(Obj::none);
            let triple = th.tuple(&[exception.ty().value(), exception, traceback.value()])?;
            call_tracer(th, event, "exception", triple.value())
        }
        event::LINE => {
            if th.tracing.function.is_empty() || !traces_lines(&view_of(th, event)?) {
                return Ok(Answer::Continue);
            }
            call_tracer(th, event, "line", statics::none())
        }
        event::JUMP => jump(th, event),
        _ => {
            let object = view_of(th, event)?;
            let Some(view) = object.cast::<Instance<FrameView>>() else { return Ok(Answer::Continue) };
            if th.tracing.function.is_empty() || !view.trace_opcodes.get() {
                set_opcode_trace(th, view, false)?;
                return Ok(Answer::Continue);
            }
            call_tracer(th, event, "opcode", statics::none())
        }
    }
}

/// A jump backward begins its line anew, although it comes from the same one. All other jumps are of no interest, now and later.
fn jump(th: &Thread, event: &Event) -> PyResult<Answer> {
    if th.tracing.function.is_empty() {
        return Ok(Answer::Continue);
    }
    let unit_of = |offset: i64| usize::try_from(offset / 2).unwrap_or(0);
    let (from, to) = (unit_of(event.first), unit_of(event.rest[0].as_small_int().unwrap_or(0)));
    let line = code::line_of(event.code(), to);
    if to > from || line != code::line_of(event.code(), from) {
        return Ok(Answer::Disable);
    }
    if line.is_none() || !traces_lines(&view_of(th, event)?) {
        return Ok(Answer::Continue);
    }
    call_tracer(th, event, "line", statics::none())
}

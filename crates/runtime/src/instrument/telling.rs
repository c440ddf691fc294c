//! Telling the tools of events.

use super::code::{self, disable, is_line, line_of, tools_at};
use super::{EVENT_NAMES, LOCAL_EVENTS, PROGRAM_TOOLS, TRACE_TOOL, ToolSet, UNGROUPED_EVENTS, event, legacy};
use crate::prelude::*;
use whipsnake_bytecode::Opcode;
use whipsnake_layout::code::CodeObject;
use whipsnake_layout::frame::Frame;

/// An event, as it is told.
pub struct Event<'a> {
    /// Its number.
    pub kind: usize,
    /// The frame it happens in, which is the running one.
    pub frame: *mut Frame,
    /// The instruction whose tools are told, in units.
    pub unit: usize,
    /// The tools' second argument behind the code object: an offset in bytes, or a line.
    pub first: i64,
    /// The others.
    pub rest: &'a [Value],
}

impl Event<'_> {
    pub(super) fn code(&self) -> &'static CodeObject {
        code_of(self.frame)
    }
}

/// What a callback has asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    Continue,
    Disable,
}

fn code_of(frame: *mut Frame) -> &'static CodeObject {
    // SAFETY: I6 and I7, the running frame keeps its code alive.
    unsafe { &*(*frame).code.get() }
}

/// Whether some tool wants an event that does not come from an instrumented instruction.
#[inline]
pub fn wants(th: &Thread, event: usize) -> bool {
    th.interp.instrumentation.tools(event) != 0 && th.tracing.depth.get() == 0
}

/// Whether some tool wants an event of the code that the frame runs.
pub fn wants_local(th: &Thread, frame: *mut Frame, event: usize) -> bool {
    th.tracing.depth.get() == 0 && code::is_active(code_of(frame), event)
}

/// Tells an event to the tools that want it, those with high numbers first.
///
/// # Errors
/// What a callback raises; ValueError when it disables an event that cannot be disabled.
pub fn tell(th: &Thread, event: &Event) -> PyResult<()> {
    if th.tracing.depth.get() != 0 {
        return Ok(());
    }
    let tools = match event.kind {
        event::C_RETURN | event::C_RAISE => tools_at(event.code(), event.unit, event::CALL),
        kind if kind < LOCAL_EVENTS => tools_at(event.code(), event.unit, kind),
        kind => th.interp.instrumentation.tools(kind.min(UNGROUPED_EVENTS - 1)),
    };
    tell_tools(th, event, tools)
}

fn tell_tools(th: &Thread, event: &Event, mut tools: ToolSet) -> PyResult<()> {
    while tools != 0 {
        let tool = tools.ilog2() as usize;
        tools &= !(1 << tool);
        match tell_one(th, event, tool)? {
            Answer::Continue => {}
            Answer::Disable if event.kind < LOCAL_EVENTS => disable(event.code(), event.unit, event.kind, tool),
            Answer::Disable => {
                drop(th.interp.instrumentation.register(tool, event.kind, None));
                return err!(th, VALUE_ERROR, "Cannot disable {} events. Callback removed.", EVENT_NAMES[event.kind]);
            }
        }
    }
    Ok(())
}

/// Calls one tool's callback. No events are told meanwhile.
fn tell_one(th: &Thread, event: &Event, tool: usize) -> PyResult<Answer> {
    let state = &th.interp.instrumentation;
    let function = match state.callbacks.get(tool) {
        Some(callbacks) => match callbacks[event.kind].get() {
            Some(function) => Some(function),
            None => return Ok(Answer::Continue),
        },
        None => None,
    };
    let outer = (th.tracing.event.replace(Some(event.kind)), th.tracing.frame.replace(event.frame));
    th.tracing.depth.set(th.tracing.depth.get() + 1);
    let answer = match function {
        Some(function) => call_function(th, event, tool, function.value()),
        None if tool == TRACE_TOOL => legacy::trace(th, event),
        None => legacy::profile(th, event),
    };
    th.tracing.depth.set(th.tracing.depth.get() - 1);
    th.tracing.event.set(outer.0);
    th.tracing.frame.set(outer.1);
    answer
}

fn call_function(th: &Thread, event: &Event, tool: usize, function: Value) -> PyResult<Answer> {
    debug_assert!(tool < PROGRAM_TOOLS);
    let state = &th.interp.instrumentation;
    let side = match event.kind {
        event::BRANCH_LEFT => Some(false),
        event::BRANCH_RIGHT => Some(true),
        _ => None,
    };
    let both = side.filter(|right| state.both_sides[usize::from(*right)].get() >> tool & 1 != 0);
    let source = usize::try_from(event.first / 2).unwrap_or(0);
    if both.is_some() && !code::is_instrumented(event.code(), source) {
        // The other side has been disabled, and so both.
        return Ok(Answer::Disable);
    }
    // SAFETY: I1, the frame keeps its code alive.
    let mut args = vec![unsafe { Value::from_ptr(event.code()) }, Value::small_int(event.first)];
    args.extend_from_slice(event.rest);
    let result = call::call_values(th, function, &args)?;
    if !state.disable.peek().is_some_and(|disable| disable.same(result.value())) {
        return Ok(Answer::Continue);
    }
    if let Some(right) = both
        && let Some((unit, other)) = code::other_side(event.code(), source, right)
    {
        disable(event.code(), unit, other, tool);
    }
    Ok(Answer::Disable)
}

/// Tells the tools that a line begins at `unit`, if it does for who came from the instruction at `before`.
///
/// # Errors
/// As [`tell`].
pub fn tell_line(th: &Thread, frame: *mut Frame, unit: usize, before: usize) -> PyResult<()> {
    let code = code_of(frame);
    if !is_line(code, unit) {
        return Ok(());
    }
    let Some(line) = line_of(code, unit) else { return Ok(()) };
    // Each entry is told, although a RESUME may be on the line that begins behind it.
    if line_of(code, before) == Some(line) && code::base_opcode(code, before) != Some(Opcode::RESUME) {
        return Ok(());
    }
    tell(th, &Event { kind: event::LINE, frame, unit, first: line.into(), rest: &[] })
}

/// Tells the tools of an instruction that is about to run.
///
/// # Errors
/// As [`tell`].
pub fn tell_instruction(th: &Thread, frame: *mut Frame, unit: usize) -> PyResult<()> {
    tell(th, &Event { kind: event::INSTRUCTION, frame, unit, first: unit as i64 * 2, rest: &[] })
}

/// Tells the tools of the exception that is being raised. What a callback raises takes its place.
pub fn tell_exception(th: &Thread, frame: *mut Frame, kind: usize, unit: i64) {
    if !wants(th, kind) {
        return;
    }
    let Some(exception) = th.take_exception() else { return };
    if tell(th, &Event { kind, frame, unit: 0, first: unit * 2, rest: &[exception.value()] }).is_ok() {
        th.restore_exception(Some(exception));
    }
}

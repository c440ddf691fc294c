//! `sys.monitoring` (PEP 669): the functions; what they set is `instrument`'s.

use crate::instrument::{self, EVENT_NAMES, EVENTS, EventSet, LOCAL_EVENTS, PROGRAM_TOOLS, UNGROUPED_EVENTS, event};
use crate::prelude::*;
use crate::types::code::Code;
use crate::types::module;
use crate::types::str::Str;

/// Makes the `sys.monitoring` namespace.
///
/// # Errors
/// MemoryError.
pub(super) fn init(th: &Thread) -> PyResult {
    let module = module::new(th, "sys.monitoring", "", functions::METHODS)?;
    let marker = || call::call0(th, statics::OBJECT_TYPE.value());
    let (disable, missing) = (marker()?, marker()?);
    module::add(th, module.value(), "DISABLE", disable.value())?;
    module::add(th, module.value(), "MISSING", missing.value())?;
    th.interp.instrumentation.set_markers(disable, missing);
    for (name, id) in [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)] {
        module::add(th, module.value(), name, Value::small_int(id))?;
    }
    let mut events: Vec<(&str, Value)> =
        EVENT_NAMES.iter().enumerate().map(|(i, name)| (*name, Value::small_int(1 << i))).collect();
    events.push(("NO_EVENTS", Value::small_int(0)));
    let events = call::call_kw(th, statics::SIMPLE_NAMESPACE_TYPE.value(), &[], &events)?;
    module::add(th, module.value(), "events", events.value())?;
    Ok(module)
}

fn tool(th: &Thread, id: i32) -> PyResult<usize> {
    match usize::try_from(id) {
        Ok(id) if id < PROGRAM_TOOLS => Ok(id),
        _ => err!(th, VALUE_ERROR, "invalid tool {id} (must be between 0 and 5)"),
    }
}

/// C_RETURN and C_RAISE come with CALL; BRANCH stands for both its sides.
fn ungrouped(th: &Thread, events: EventSet) -> PyResult<EventSet> {
    const C_EVENTS: EventSet = 1 << event::C_RETURN | 1 << event::C_RAISE;
    if events & C_EVENTS != 0 && events & (C_EVENTS | 1 << event::CALL) != C_EVENTS | 1 << event::CALL {
        return Err(th.value_error("cannot set C_RETURN or C_RAISE events independently"));
    }
    let events = events & !C_EVENTS;
    if events & 1 << event::BRANCH == 0 {
        return Ok(events);
    }
    Ok(events & !(1 << event::BRANCH) | 1 << event::BRANCH_LEFT | 1 << event::BRANCH_RIGHT)
}

fn code_of(th: &Thread, code: Value) -> PyResult<&Code> {
    match code.cast::<Code>() {
        Some(code) => Ok(code),
        None => Err(th.type_error("code must be a code object")),
    }
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Takes a tool id.
    #[function("use_tool_id(tool_id, name, /)")]
    fn use_tool_id(th: &Thread, tool_id: i32, name: Value) -> PyResult<()> {
        let tool = tool(th, tool_id)?;
        if name.cast::<Str>().is_none() {
            return Err(th.value_error("tool name must be a str"));
        }
        let taken = th.interp.instrumentation.name(tool);
        if !taken.is_empty() {
            return err!(th, VALUE_ERROR, "tool {tool_id} is already in use");
        }
        taken.set(Some(name.own()));
        Ok(())
    }
    /// Forgets a tool's events and callbacks.
    #[function("clear_tool_id(tool_id, /)")]
    fn clear_tool_id(th: &Thread, tool_id: i32) -> PyResult<()> {
        instrument::clear_tool(th, tool(th, tool_id)?)
    }
    /// Gives a tool id back.
    #[function("free_tool_id(tool_id, /)")]
    fn free_tool_id(th: &Thread, tool_id: i32) -> PyResult<()> {
        let tool = tool(th, tool_id)?;
        instrument::clear_tool(th, tool)?;
        th.interp.instrumentation.name(tool).set(None);
        Ok(())
    }
    /// The name of a tool, or None.
    #[function("get_tool(tool_id, /)")]
    fn get_tool(th: &Thread, tool_id: i32) -> PyResult<Option<Obj>> {
        Ok(th.interp.instrumentation.name(tool(th, tool_id)?).get())
    }
    /// Sets a tool's function for one event; gives the old one.
    #[function("register_callback(tool_id, event, func, /)")]
    fn register_callback(th: &Thread, tool_id: i32, event: i32, func: Value) -> PyResult<Option<Obj>> {
        let tool = tool(th, tool_id)?;
        if (event as u32).count_ones() != 1 {
            return Err(th.value_error("The callback can only be set for one event at a time"));
        }
        let number = (event as u32).trailing_zeros() as usize;
        if number >= EVENTS {
            return err!(th, VALUE_ERROR, "invalid event {event}");
        }
        crate::sys::audit(th, "sys.monitoring.register_callback", &[func])?;
        let function = (!func.is_none()).then(|| func.own());
        Ok(th.interp.instrumentation.register(tool, number, function))
    }
    /// A tool's events.
    #[function("get_events(tool_id, /)")]
    fn get_events(th: &Thread, tool_id: i32) -> PyResult<i64> {
        Ok(th.interp.instrumentation.events(tool(th, tool_id)?).into())
    }
    /// Sets a tool's events.
    #[function("set_events(tool_id, event_set, /)")]
    fn set_events(th: &Thread, tool_id: i32, event_set: i32) -> PyResult<()> {
        let tool = tool(th, tool_id)?;
        match EventSet::try_from(event_set) {
            Ok(events) if events < 1 << EVENTS => instrument::set_events(th, tool, ungrouped(th, events)?),
            _ => err!(th, VALUE_ERROR, "invalid event set 0x{event_set:x}"),
        }
    }
    /// A tool's events for one code object.
    #[function("get_local_events(tool_id, code, /)")]
    fn get_local_events(th: &Thread, tool_id: i32, code: Value) -> PyResult<i64> {
        let code = code_of(th, code)?;
        Ok(instrument::local_events(&code.0, tool(th, tool_id)?).into())
    }
    /// Sets a tool's events for one code object.
    #[function("set_local_events(tool_id, code, event_set, /)")]
    fn set_local_events(th: &Thread, tool_id: i32, code: Value, event_set: i32) -> PyResult<()> {
        let code = code_of(th, code)?;
        let tool = tool(th, tool_id)?;
        let events = ungrouped(th, event_set as u32)?;
        if events >= 1 << LOCAL_EVENTS {
            return err!(th, VALUE_ERROR, "invalid local event set 0x{events:x}");
        }
        instrument::set_local_events(th, &code.0, tool, events)
    }
    /// Turns events on again that callbacks have disabled.
    #[function("restart_events()")]
    fn restart_events(th: &Thread) -> PyResult<()> {
        instrument::restart_events(th)
    }
    /// The tools of each event that some tool uses.
    #[function("_all_events()")]
    fn all_events(th: &Thread) -> PyResult {
        let state = &th.interp.instrumentation;
        let used = (0..UNGROUPED_EVENTS).filter(|event| state.tools(*event) != 0);
        let items: Vec<(&str, Value)> =
            used.map(|event| (EVENT_NAMES[event], Value::small_int(state.tools(event).into()))).collect();
        th.dict_of(&items)
    }
}

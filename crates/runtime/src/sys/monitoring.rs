//! `sys.monitoring` (PEP 669): tools, their events and callbacks. The instrumented instructions read [`Monitoring`].

use crate::import::ObjCell2;
use crate::prelude::*;
use crate::types::module;
use crate::types::str::Str;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// The events, bit by bit.
pub const EVENTS: &[&str] = &[
    "PY_START",
    "PY_RESUME",
    "PY_RETURN",
    "PY_YIELD",
    "CALL",
    "LINE",
    "INSTRUCTION",
    "JUMP",
    "BRANCH_LEFT",
    "BRANCH_RIGHT",
    "STOP_ITERATION",
    "RAISE",
    "EXCEPTION_HANDLED",
    "PY_UNWIND",
    "PY_THROW",
    "RERAISE",
    "C_RETURN",
    "C_RAISE",
    "BRANCH",
];
/// Tools that programs can use.
const TOOLS: usize = 6;
const CALL: u32 = 1 << 4;
const BRANCH_LEFT: u32 = 1 << 8;
const BRANCH_RIGHT: u32 = 1 << 9;
const C_RETURN: u32 = 1 << 16;
const C_RAISE: u32 = 1 << 17;
const BRANCH: u32 = 1 << 18;
const ALL: u32 = (1 << 19) - 1;
/// Events that can be turned on for one code object.
const LOCAL: u32 = 0x7ff | BRANCH;

/// One tool.
#[derive(Default)]
pub struct Tool {
    name: ObjCell2,
    pub events: Cell<u32>,
    callbacks: RefCell<HashMap<u32, Obj>>,
    /// Local events by code object (its address; the object is kept alive).
    local: RefCell<HashMap<u64, (Obj, u32)>>,
}

/// The state of monitoring in an interpreter.
#[derive(Default)]
pub struct Monitoring {
    pub tools: [Tool; TOOLS],
    disable: ObjCell2,
    missing: ObjCell2,
    /// Changes whenever events or callbacks do.
    pub version: Cell<u32>,
}

impl Monitoring {
    fn changed(&self) {
        self.version.set(self.version.get().wrapping_add(1));
    }
    /// The events some tool wants from all code.
    pub fn global_events(&self) -> u32 {
        self.tools.iter().fold(0, |all, tool| all | tool.events.get())
    }
    /// The events some tool wants from one code object.
    pub fn local_events(&self, code: Value) -> u32 {
        self.tools.iter().fold(0, |all, tool| all | tool.local.borrow().get(&code.bits()).map_or(0, |(_, e)| *e))
    }
    /// Tool `tool`'s callback for event number `event`.
    pub fn callback(&self, tool: usize, event: u32) -> Option<Obj> {
        self.tools.get(tool)?.callbacks.borrow().get(&event).cloned()
    }
    /// `sys.monitoring.DISABLE`.
    pub fn disable(&self) -> Option<Obj> {
        self.disable.0.get()
    }
    /// `sys.monitoring.MISSING`.
    pub fn missing(&self) -> Option<Obj> {
        self.missing.0.get()
    }
}

/// This interpreter's monitoring state.
pub fn state(th: &Thread) -> &'static Monitoring {
    th.interp.state()
}

/// Makes the `sys.monitoring` namespace.
///
/// # Errors
/// MemoryError.
pub(super) fn init(th: &Thread) -> PyResult {
    let module = module::new(th, "sys.monitoring", "", functions::METHODS)?;
    let marker = || call::call0(th, statics::OBJECT_TYPE.value());
    let (disable, missing) = (marker()?, marker()?);
    let state = state(th);
    state.disable.0.set(Some(disable.clone()));
    state.missing.0.set(Some(missing.clone()));
    module::add(th, module.value(), "DISABLE", disable.value())?;
    module::add(th, module.value(), "MISSING", missing.value())?;
    for (name, id) in [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)] {
        module::add(th, module.value(), name, Value::small_int(id))?;
    }
    let mut events: Vec<(&str, Value)> =
        EVENTS.iter().enumerate().map(|(i, name)| (*name, Value::small_int(1 << i))).collect();
    events.push(("NO_EVENTS", Value::small_int(0)));
    let events = call::call_kw(th, statics::SIMPLE_NAMESPACE_TYPE.value(), &[], &events)?;
    module::add(th, module.value(), "events", events.value())?;
    Ok(module)
}

fn tool(th: &Thread, id: i32) -> PyResult<&'static Tool> {
    let known = usize::try_from(id).ok().and_then(|id| state(th).tools.get(id));
    match known {
        Some(tool) => Ok(tool),
        None => err!(th, VALUE_ERROR, "invalid tool {id} (must be between 0 and 5)"),
    }
}

fn used_tool(th: &Thread, id: i32) -> PyResult<&'static Tool> {
    let tool = tool(th, id)?;
    if tool.name.0.is_empty() {
        return err!(th, VALUE_ERROR, "tool {id} is not in use");
    }
    Ok(tool)
}

/// Checks an event set; C_RETURN and C_RAISE come with CALL, BRANCH stands for both its sides.
fn event_set(th: &Thread, events: i32, allowed: u32, what: &str) -> PyResult<u32> {
    let mut events = match u32::try_from(events) {
        Ok(events) if events & !ALL == 0 => events,
        _ => return err!(th, VALUE_ERROR, "invalid {what} 0x{events:x}"),
    };
    if events & (C_RETURN | C_RAISE) != 0 && events & CALL == 0 {
        return Err(th.value_error("cannot set C_RETURN or C_RAISE events independently"));
    }
    events &= !(C_RETURN | C_RAISE);
    if events & BRANCH != 0 {
        events = events & !BRANCH | BRANCH_LEFT | BRANCH_RIGHT;
    }
    if events & !allowed != 0 {
        return err!(th, VALUE_ERROR, "invalid {what} 0x{events:x}");
    }
    Ok(events)
}

fn need_code(th: &Thread, code: Value) -> PyResult<()> {
    if code.is_exact(&statics::CODE_TYPE) { Ok(()) } else { Err(th.type_error("code must be a code object")) }
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
        if !tool.name.0.is_empty() {
            return err!(th, VALUE_ERROR, "tool {tool_id} is already in use");
        }
        tool.name.0.set(Some(name.own()));
        Ok(())
    }
    /// Forgets a tool's events and callbacks.
    #[function("clear_tool_id(tool_id, /)")]
    fn clear_tool_id(th: &Thread, tool_id: i32) -> PyResult<()> {
        let tool = tool(th, tool_id)?;
        tool.events.set(0);
        let callbacks = std::mem::take(&mut *tool.callbacks.borrow_mut());
        let local = std::mem::take(&mut *tool.local.borrow_mut());
        state(th).changed();
        drop((callbacks, local));
        Ok(())
    }
    /// Gives a tool id back.
    #[function("free_tool_id(tool_id, /)")]
    fn free_tool_id(th: &Thread, tool_id: i32) -> PyResult<()> {
        clear_tool_id(th, tool_id)?;
        tool(th, tool_id)?.name.0.set(None);
        Ok(())
    }
    /// The name of a tool, or None.
    #[function("get_tool(tool_id, /)")]
    fn get_tool(th: &Thread, tool_id: i32) -> PyResult<Option<Obj>> {
        Ok(tool(th, tool_id)?.name.0.get())
    }
    /// Sets a tool's function for one event; gives the old one.
    #[function("register_callback(tool_id, event, func, /)")]
    fn register_callback(th: &Thread, tool_id: i32, event: i32, func: Value) -> PyResult<Option<Obj>> {
        let tool = tool(th, tool_id)?;
        let bits = u32::try_from(event).unwrap_or(0);
        if bits.count_ones() != 1 {
            return Err(th.value_error("The callback can only be set for one event at a time"));
        }
        if bits & !ALL != 0 {
            return err!(th, VALUE_ERROR, "invalid event {event}");
        }
        let number = bits.trailing_zeros();
        let targets: &[u32] = if bits == BRANCH { &[8, 9] } else { std::slice::from_ref(&number) };
        let mut old = None;
        for &target in targets {
            let previous = if func.is_none() {
                tool.callbacks.borrow_mut().remove(&target)
            } else {
                tool.callbacks.borrow_mut().insert(target, func.own())
            };
            old = previous.or(old);
        }
        state(th).changed();
        Ok(old)
    }
    /// A tool's events.
    #[function("get_events(tool_id, /)")]
    fn get_events(th: &Thread, tool_id: i32) -> PyResult<i64> {
        Ok(used_tool(th, tool_id)?.events.get().into())
    }
    /// Sets a tool's events.
    #[function("set_events(tool_id, event_set, /)")]
    fn set_events(th: &Thread, tool_id: i32, event_set: i32) -> PyResult<()> {
        let tool = tool(th, tool_id)?;
        let events = super::event_set(th, event_set, ALL, "event set")?;
        used_tool(th, tool_id)?;
        tool.events.set(events);
        state(th).changed();
        Ok(())
    }
    /// A tool's events for one code object.
    #[function("get_local_events(tool_id, code, /)")]
    fn get_local_events(th: &Thread, tool_id: i32, code: Value) -> PyResult<i64> {
        need_code(th, code)?;
        let tool = used_tool(th, tool_id)?;
        let events = tool.local.borrow().get(&code.bits()).map_or(0, |(_, events)| *events);
        Ok(events.into())
    }
    /// Sets a tool's events for one code object.
    #[function("set_local_events(tool_id, code, event_set, /)")]
    fn set_local_events(th: &Thread, tool_id: i32, code: Value, event_set: i32) -> PyResult<()> {
        need_code(th, code)?;
        let events = super::event_set(th, event_set, LOCAL, "local event set")?;
        let tool = used_tool(th, tool_id)?;
        let old = if events == 0 {
            tool.local.borrow_mut().remove(&code.bits())
        } else {
            tool.local.borrow_mut().insert(code.bits(), (code.own(), events))
        };
        state(th).changed();
        drop(old);
        Ok(())
    }
    /// Turns events on again that callbacks have disabled.
    #[function("restart_events()")]
    fn restart_events(th: &Thread) {
        state(th).changed();
    }
    /// The tools of each event that some tool uses.
    #[function("_all_events()")]
    fn all_events(th: &Thread) -> PyResult {
        let mut items = Vec::new();
        for (i, name) in EVENTS.iter().enumerate() {
            let users = state(th).tools.iter().enumerate().filter(|(_, tool)| tool.events.get() & 1 << i != 0);
            let bits = users.fold(0, |bits, (id, _)| bits | 1 << id);
            if bits != 0 {
                items.push((*name, Value::small_int(bits)));
            }
        }
        th.dict_of(&items)
    }
}

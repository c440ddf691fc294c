//! Instrumentation (PEP 669): who is told what about running code.
//!
//! Nothing is checked while nobody listens. A tool (`sys.monitoring`; `sys.settrace` and `sys.setprofile` are two more)
//! says which events it wants, of all code or of one code object. Code objects are rewritten ([`code`]): an instruction
//! where something is to be told gets an instrumented form, whose handler calls the tools ([`telling`]) and then does what the
//! plain instruction does. Exceptions are told from where they unwind, which is cold anyway.
//!
//! All code takes part lazily. A change of events raises the version; code that a frame runs is rewritten at once, all other code when
//! it reaches a `RESUME`. That instruction makes way for `RESUME_CHECK`, which does not look at versions, the first time it
//! runs; the list of code where it has done so (`warm`) is there to take that back when the version changes.

mod code;
mod legacy;
mod telling;

pub use code::{
    base_opcode, below_instruction, below_line, branches, forget, may_pass_resume, pause, source_of_branch,
};
pub use legacy::{ThreadTracing, call_tracing, end_thread, set_opcode_trace, set_profile, set_trace};
pub use telling::{Event, tell, tell_exception, tell_instruction, tell_line, wants, wants_local};

use crate::prelude::*;
use std::cell::{Cell, RefCell};
use whipsnake_layout::code::{CodeObject, CodeUnit};
use whipsnake_layout::frame::OWNED_BY_INTERPRETER;

/// The numbers of the events.
pub mod event {
    pub const PY_START: usize = 0;
    pub const PY_RESUME: usize = 1;
    pub const PY_RETURN: usize = 2;
    pub const PY_YIELD: usize = 3;
    pub const CALL: usize = 4;
    pub const LINE: usize = 5;
    pub const INSTRUCTION: usize = 6;
    pub const JUMP: usize = 7;
    pub const BRANCH_LEFT: usize = 8;
    pub const BRANCH_RIGHT: usize = 9;
    pub const STOP_ITERATION: usize = 10;
    pub const RAISE: usize = 11;
    pub const EXCEPTION_HANDLED: usize = 12;
    pub const PY_UNWIND: usize = 13;
    pub const PY_THROW: usize = 14;
    pub const RERAISE: usize = 15;
    pub const C_RETURN: usize = 16;
    pub const C_RAISE: usize = 17;
    pub const BRANCH: usize = 18;
}

/// The names of the events, by number.
pub const EVENT_NAMES: [&str; EVENTS] = [
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
/// Events below this number come from instrumented instructions; they can be wanted of one code object and disabled at a place.
pub const LOCAL_EVENTS: usize = 11;
/// Events below this number are wanted each for itself. C_RETURN and C_RAISE come with CALL, BRANCH stands for both its sides.
pub const UNGROUPED_EVENTS: usize = 16;
pub const EVENTS: usize = 19;

/// Tools: six of programs, and two that profile and trace functions are called by.
pub const TOOLS: usize = 8;
pub const PROGRAM_TOOLS: usize = 6;
pub const PROFILE_TOOL: usize = 6;
pub const TRACE_TOOL: usize = 7;

/// A set of events, bit by bit.
pub type EventSet = u32;
/// A set of tools, bit by bit.
pub type ToolSet = u8;

/// A tool's callbacks, by event.
type Callbacks = [ObjCell; EVENTS];

/// The instrumentation of an interpreter.
pub struct Instrumentation {
    /// The tools that want an event of all code, by event.
    tools: [Cell<ToolSet>; UNGROUPED_EVENTS],
    /// Whether any of these events is one of exceptions.
    exceptions: Cell<bool>,
    /// Changes with the events that are wanted of all code.
    version: Cell<u32>,
    /// Code of an older version gets its disabled events back.
    restarted_at: Cell<u32>,
    /// Events that a tool wanted of single code objects are void if they are older than this.
    tool_versions: [Cell<u32>; TOOLS],
    names: [ObjCell; PROGRAM_TOOLS],
    callbacks: [Callbacks; PROGRAM_TOOLS],
    /// Callbacks of the left and the right side of a branch that were set for both, as one BRANCH event.
    both_sides: [Cell<ToolSet>; 2],
    disable: ObjCell,
    missing: ObjCell,
    /// Code with a `RESUME_CHECK` in it.
    warm: RefCell<Vec<*const CodeObject>>,
    /// Threads with a trace function, and with a profile function.
    tracing_threads: Cell<usize>,
    profiling_threads: Cell<usize>,
}

impl Default for Instrumentation {
    fn default() -> Self {
        Instrumentation {
            tools: Default::default(),
            exceptions: Cell::new(false),
            version: Cell::new(0),
            restarted_at: Cell::new(0),
            tool_versions: Default::default(),
            names: [const { ObjCell::EMPTY }; PROGRAM_TOOLS],
            callbacks: [const { [const { ObjCell::EMPTY }; EVENTS] }; PROGRAM_TOOLS],
            both_sides: Default::default(),
            disable: ObjCell::EMPTY,
            missing: ObjCell::EMPTY,
            warm: RefCell::default(),
            tracing_threads: Cell::new(0),
            profiling_threads: Cell::new(0),
        }
    }
}

impl Instrumentation {
    /// Sets the two marker objects.
    pub fn set_markers(&self, disable: Obj, missing: Obj) {
        self.disable.set(Some(disable));
        self.missing.set(Some(missing));
    }
    /// `sys.monitoring.MISSING`.
    pub fn missing(&self) -> Value {
        self.missing.peek().unwrap_or_else(statics::none)
    }
    /// The name that a tool's id was taken with.
    pub fn name(&self, tool: usize) -> &ObjCell {
        &self.names[tool]
    }
    /// The tools that want an event of all code.
    pub fn tools(&self, event: usize) -> ToolSet {
        self.tools[event].get()
    }
    /// Whether some tool wants to be told of exceptions.
    #[inline(always)]
    pub fn tells_exceptions(&self) -> bool {
        self.exceptions.get()
    }
    /// The events that a tool wants of all code.
    pub fn events(&self, tool: usize) -> EventSet {
        let wanted = |event: &usize| self.tools[*event].get() >> tool & 1 != 0;
        (0..UNGROUPED_EVENTS).filter(wanted).fold(0, |set, event| set | 1 << event)
    }
    /// Sets a tool's callback for an event; the old one. A callback for BRANCH is one for both sides.
    pub fn register(&self, tool: usize, event: usize, function: Option<Obj>) -> Option<Obj> {
        let callbacks = &self.callbacks[tool];
        let side = match event {
            event::BRANCH => {
                for side in &self.both_sides {
                    side.set(side.get() | 1 << tool);
                }
                drop(callbacks[event::BRANCH_RIGHT].replace(function.clone()));
                return callbacks[event::BRANCH_LEFT].replace(function);
            }
            event::BRANCH_LEFT => Some(&self.both_sides[0]),
            event::BRANCH_RIGHT => Some(&self.both_sides[1]),
            _ => None,
        };
        if let Some(side) = side {
            side.set(side.get() & !(1 << tool));
        }
        callbacks[event].replace(function)
    }
}

fn check_used(th: &Thread, tool: usize) -> PyResult<()> {
    if tool < PROGRAM_TOOLS && th.interp.instrumentation.names[tool].is_empty() {
        return err!(th, VALUE_ERROR, "tool {tool} is not in use");
    }
    Ok(())
}

/// The version after `by` changes.
fn later_version(th: &Thread, by: u32) -> PyResult<u32> {
    match th.interp.instrumentation.version.get().checked_add(by) {
        Some(version) => Ok(version),
        None => Err(th.overflow_error("events set too many times")),
    }
}

/// Makes all code look again at what is wanted of it.
fn change_version(th: &Thread, version: u32) {
    let state = &th.interp.instrumentation;
    state.version.set(version);
    for code in std::mem::take(&mut *state.warm.borrow_mut()) {
        // SAFETY: I7, code leaves the list when it dies.
        let code = unsafe { &*code };
        code.warm_index.set(u32::MAX);
        code::cool(code);
    }
    for thread in th.interp.threads.borrow().iter() {
        // SAFETY: I6, the list holds living threads, whose frames are alive; the lock is held.
        unsafe {
            let mut frame = (**thread).core.frame.get();
            while !frame.is_null() {
                if (*frame).owner.get() != OWNED_BY_INTERPRETER {
                    code::refresh(th, &*(*frame).code.get());
                }
                frame = (*frame).previous.get();
            }
        }
    }
}

/// Sets the events that a tool wants of all code.
///
/// # Errors
/// ValueError if nobody has taken the tool's id; OverflowError after four billion changes.
pub fn set_events(th: &Thread, tool: usize, events: EventSet) -> PyResult<()> {
    check_used(th, tool)?;
    let state = &th.interp.instrumentation;
    if state.events(tool) == events {
        return Ok(());
    }
    let version = later_version(th, 1)?;
    for (event, tools) in state.tools.iter().enumerate() {
        tools.set(tools.get() & !(1 << tool) | ((events >> event & 1) as ToolSet) << tool);
    }
    state.exceptions.set(state.tools[LOCAL_EVENTS..].iter().any(|tools| tools.get() != 0));
    change_version(th, version);
    Ok(())
}

/// The events that a tool wants of a code object.
pub fn local_events(code: &CodeObject, tool: usize) -> EventSet {
    code::local_events(code, tool)
}

/// Sets the events that a tool wants of a code object.
///
/// # Errors
/// ValueError if nobody has taken the tool's id; SystemError for code without a `RESUME`.
pub fn set_local_events(th: &Thread, code: &CodeObject, tool: usize, events: EventSet) -> PyResult<()> {
    if code.first_traceable >= code.code_units {
        let name = crate::types::str::to_rust_string(code.name);
        return err!(th, SYSTEM_ERROR, "cannot instrument shim code object '{name}'");
    }
    check_used(th, tool)?;
    code::set_local_events(th, code, tool, events);
    Ok(())
}

/// Forgets a tool's callbacks and events, those of single code objects too.
///
/// # Errors
/// OverflowError after four billion changes.
pub fn clear_tool(th: &Thread, tool: usize) -> PyResult<()> {
    let state = &th.interp.instrumentation;
    if state.names[tool].is_empty() {
        return Ok(());
    }
    for event in 0..EVENTS {
        drop(state.register(tool, event, None));
    }
    set_events(th, tool, 0)?;
    let version = later_version(th, 1)?;
    state.tool_versions[tool].set(version);
    change_version(th, version);
    Ok(())
}

/// Turns the events on again that callbacks have disabled.
///
/// # Errors
/// OverflowError after four billion changes.
pub fn restart_events(th: &Thread) -> PyResult<()> {
    let version = later_version(th, 2)?;
    th.interp.instrumentation.restarted_at.set(version - 1);
    change_version(th, version);
    Ok(())
}

/// What a `RESUME` that has not run in this version of things begins with: the code is rewritten if something else is wanted of
/// it now, and the instruction makes way for the form that only looks at the eval breaker, where that may be.
#[cold]
#[inline(never)]
pub fn first_run(th: &Thread, code: &CodeObject, instruction: *mut CodeUnit) {
    if !is_current(th, code) {
        if th.tracing.depth.get() != 0 {
            return;
        }
        code::refresh(th, code);
    }
    if code::warm_up(code, instruction) && code.warm_index.get() == u32::MAX {
        let mut warm = th.interp.instrumentation.warm.borrow_mut();
        code.warm_index.set(warm.len() as u32);
        warm.push(code);
    }
}

/// Whether the code's instructions agree with what is wanted.
#[inline]
pub fn is_current(th: &Thread, code: &CodeObject) -> bool {
    code.instrumentation_version.get() == th.interp.instrumentation.version.get()
}

/// Rewrites the code if something else is wanted of it now.
pub fn refresh(th: &Thread, code: &CodeObject) {
    if !is_current(th, code) {
        code::refresh(th, code);
    }
}

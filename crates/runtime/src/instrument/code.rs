//! Rewriting a code object: which instructions are instrumented, for whom.
//!
//! An instruction can have up to three things told about it, by handlers that follow each other: `INSTRUMENTED_LINE`, then
//! `INSTRUMENTED_INSTRUCTION`, then the instrumented form of the instruction itself. The code shows the first of them, and
//! the tools' sets here say what comes below it, so that nothing has to be remembered when one goes.
//!
//! A line begins for the reader where the instruction before it, as execution went, was on another line. That one is in the
//! frame's `instr` only if it has looked like one that can raise. So `INSTRUMENTED_LINE` is also installed, for nobody, where the
//! line changes or may have changed without a new one being told ([`Mark::Silent`]): it leaves itself in `instr`.

use super::{EventSet, LOCAL_EVENTS, TOOLS, ToolSet, event};
use crate::prelude::*;
use crate::types::bytes::Bytes;
use crate::types::code::{entries, first_counter};
use whipsnake_bytecode::Opcode;
use whipsnake_bytecode::opcodes::number;
use whipsnake_layout::code::{CodeObject, CodeUnit};

/// What begins at an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mark {
    Nothing,
    /// A line that may be told.
    Line,
    /// Another line than that of the instruction before, or none; it is not told.
    Silent,
}

/// The lines of a code object, by unit.
struct Lines {
    /// -1 = none.
    numbers: Box<[i32]>,
    marks: Box<[Mark]>,
    tools: Box<[ToolSet]>,
    /// How many have tools. Silent marks are installed only for the sake of these.
    live: usize,
}

/// What is known about the instrumented instructions of a code object.
struct CodeMonitoring {
    /// The plain instructions, by unit.
    base: Box<[Opcode]>,
    /// The tools that want an event of this code object, and of it or all code.
    local: [ToolSet; LOCAL_EVENTS],
    active: [ToolSet; LOCAL_EVENTS],
    /// When each tool has last said what it wants of this code object.
    tool_versions: [u32; TOOLS],
    /// The tools that the instrumented form of an instruction tells.
    tools: Box<[ToolSet]>,
    lines: Option<Lines>,
    /// The tools that are told of each instruction.
    instructions: Option<Box<[ToolSet]>>,
}

/// The monitoring data of a code object. The reference must be gone before Python code can run.
#[allow(clippy::mut_from_ref)]
fn data(code: &CodeObject) -> Option<&mut CodeMonitoring> {
    // SAFETY: I10, null or a boxed `CodeMonitoring`; the lock is held, and callers let go of it at once.
    unsafe { code.monitoring.get().cast::<CodeMonitoring>().as_mut() }
}

fn unit(code: &CodeObject, at: usize) -> CodeUnit {
    // SAFETY: I7, callers stay within the code.
    unsafe { *code.code.add(at) }
}

fn opcode(code: &CodeObject, at: usize) -> Option<Opcode> {
    Opcode::from_number(unit(code, at) & 255)
}

fn oparg(code: &CodeObject, at: usize) -> usize {
    usize::from(unit(code, at) >> 8)
}

/// The plain instruction at a unit where one begins, without specialisation and instrumentation.
pub fn base_opcode(code: &CodeObject, at: usize) -> Option<Opcode> {
    match data(code) {
        Some(data) => data.base.get(at).copied(),
        None => opcode(code, at).map(Opcode::deopt),
    }
}

/// The event of an instruction that has an instrumented form of its own.
fn event_of(opcode: Opcode, oparg: usize) -> Option<usize> {
    Some(match opcode {
        Opcode::RESUME => usize::from(oparg != 0),
        Opcode::RETURN_VALUE => event::PY_RETURN,
        Opcode::YIELD_VALUE => event::PY_YIELD,
        Opcode::CALL | Opcode::CALL_KW | Opcode::CALL_FUNCTION_EX | Opcode::LOAD_SUPER_ATTR => event::CALL,
        Opcode::JUMP_FORWARD | Opcode::JUMP_BACKWARD => event::JUMP,
        Opcode::FOR_ITER | Opcode::NOT_TAKEN => event::BRANCH_LEFT,
        Opcode::POP_JUMP_IF_FALSE
        | Opcode::POP_JUMP_IF_TRUE
        | Opcode::POP_JUMP_IF_NONE
        | Opcode::POP_JUMP_IF_NOT_NONE
        | Opcode::POP_ITER
        | Opcode::END_ASYNC_FOR => event::BRANCH_RIGHT,
        Opcode::END_FOR | Opcode::END_SEND => event::STOP_ITERATION,
        _ => return None,
    })
}

/// Instructions that never get an `INSTRUMENTED_LINE`: they are skipped by the jumps to them, or must be seen as what they are.
fn begins_no_line(opcode: Opcode) -> bool {
    matches!(opcode, Opcode::END_ASYNC_FOR | Opcode::END_FOR | Opcode::END_SEND | Opcode::RESUME | Opcode::POP_ITER)
}

/// Instructions that are not told of as such.
fn tells_no_instruction(opcode: Opcode) -> bool {
    matches!(opcode, Opcode::RESUME | Opcode::END_FOR)
}

/// The plain instructions, by unit; units of caches count as `CACHE`.
fn base_of(code: &CodeObject) -> Box<[Opcode]> {
    let count = code.code_units as usize;
    let mut base = vec![Opcode::CACHE; count];
    let mut at = 0;
    while at < count {
        let plain = base_opcode(code, at).unwrap_or(Opcode::NOP);
        base[at] = plain;
        at += 1 + plain.caches();
    }
    base.into()
}

/// Where instructions begin, from the first that can be traced.
fn places(base: &[Opcode], first: usize) -> impl Iterator<Item = usize> {
    let mut at = first;
    std::iter::from_fn(move || {
        let place = at;
        at += 1 + base.get(place)?.caches();
        Some(place)
    })
}

/// A jump: the place, and where it leads to, past what it skips there.
fn jumps(code: &CodeObject, base: &[Opcode], first: usize) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut extended = 0;
    let mut at = first;
    while at < base.len() {
        let (opcode, argument) = (base[at], extended << 8 | oparg(code, at));
        let next = at + 1 + opcode.caches();
        extended = 0;
        match opcode {
            Opcode::EXTENDED_ARG => extended = argument,
            Opcode::POP_JUMP_IF_FALSE
            | Opcode::POP_JUMP_IF_TRUE
            | Opcode::POP_JUMP_IF_NONE
            | Opcode::POP_JUMP_IF_NOT_NONE
            | Opcode::JUMP_FORWARD => found.push((at, next + argument)),
            Opcode::FOR_ITER | Opcode::SEND => found.push((at, next + argument + 1)),
            Opcode::JUMP_BACKWARD | Opcode::JUMP_BACKWARD_NO_INTERRUPT => {
                found.push((at, next.saturating_sub(argument)));
            }
            _ => {}
        }
        at = next;
    }
    found
}

/// The branches of a code object: where each is, where it goes on when it is not taken, and when it is.
pub fn branches(code: &CodeObject) -> Vec<[usize; 3]> {
    let base = base_of(code);
    let mut found = Vec::new();
    let mut extended = 0;
    for at in places(&base, 0) {
        let (opcode, argument) = (base[at], extended << 8 | oparg(code, at));
        extended = if opcode == Opcode::EXTENDED_ARG { argument } else { 0 };
        let next = at + 1 + opcode.caches();
        match opcode {
            // Past END_FOR and POP_ITER.
            Opcode::FOR_ITER => found.push([at, next, next + argument + 2]),
            // Past NOT_TAKEN.
            Opcode::POP_JUMP_IF_FALSE
            | Opcode::POP_JUMP_IF_TRUE
            | Opcode::POP_JUMP_IF_NONE
            | Opcode::POP_JUMP_IF_NOT_NONE => found.push([at, next + 1, next + argument]),
            // From the END_SEND, past the NOT_TAKEN behind it.
            Opcode::END_ASYNC_FOR => {
                let source = next.saturating_sub(argument);
                found.push([source, source + 2, next]);
            }
            _ => {}
        }
    }
    found
}

/// The targets in the exception table.
fn handlers(code: &CodeObject) -> Vec<usize> {
    // SAFETY: I4, `exceptiontable` is a bytes object.
    let table = unsafe { code.exceptiontable.cast_unchecked::<Bytes>() }.as_slice();
    whipsnake_bytecode::exceptions::decode(table).into_iter().map(|entry| entry.target as usize).collect()
}

impl Lines {
    fn new(code: &CodeObject, base: &[Opcode]) -> Lines {
        let first = code.first_traceable as usize;
        let mut numbers = vec![-1; base.len()];
        for entry in entries(code) {
            let (start, end) = (entry.start as usize, (entry.end as usize).min(base.len()));
            if let (Some(line), Some(units)) = (entry.line, numbers.get_mut(start..end)) {
                units.fill(line);
            }
        }
        let mut marks = vec![Mark::Nothing; base.len()];
        let mut current = -1;
        let (mut before, mut after_resume) = (-1, false);
        for at in places(base, first) {
            let line = numbers[at];
            if !begins_no_line(base[at]) {
                if line != current && line >= 0 {
                    marks[at] = Mark::Line;
                } else if line != before || after_resume {
                    marks[at] = Mark::Silent;
                }
                current = line;
            }
            (before, after_resume) = (line, base[at] == Opcode::RESUME);
        }
        let targets = jumps(code, base, first).into_iter().map(|(_, target)| target);
        for target in targets.chain(handlers(code)) {
            let Some(opcode) = base.get(target) else { continue };
            // A jump may lead to the end of a sent iteration, which only falling through skips.
            if matches!(opcode, Opcode::RESUME | Opcode::POP_ITER | Opcode::END_ASYNC_FOR) {
                continue;
            }
            marks[target] = if numbers[target] >= 0 { Mark::Line } else { Mark::Silent };
        }
        let tools = vec![0; base.len()].into();
        Lines { numbers: numbers.into(), marks: marks.into(), tools, live: 0 }
    }
    /// Whether the instruction is an `INSTRUMENTED_LINE`.
    fn installed(&self, at: usize) -> bool {
        match self.marks[at] {
            Mark::Nothing => false,
            Mark::Line => self.tools[at] != 0,
            Mark::Silent => self.live != 0,
        }
    }
    fn set_tools(&mut self, at: usize, tools: ToolSet) {
        let old = std::mem::replace(&mut self.tools[at], tools);
        self.live = self.live + usize::from(tools != 0) - usize::from(old != 0);
    }
}

impl CodeMonitoring {
    /// The data, made if there is none. Fused instructions are taken apart: the others of them may be instrumented.
    #[allow(clippy::mut_from_ref)]
    fn attach(code: &CodeObject) -> &mut CodeMonitoring {
        if code.monitoring.get().is_null() {
            let base = base_of(code);
            for at in places(&base, 0) {
                if opcode(code, at).is_some_and(Opcode::is_fused) {
                    write_plain(code, at, base[at]);
                }
            }
            let made = Box::new(CodeMonitoring {
                tools: vec![0; base.len()].into(),
                base,
                local: [0; LOCAL_EVENTS],
                active: [0; LOCAL_EVENTS],
                tool_versions: [0; TOOLS],
                lines: None,
                instructions: None,
            });
            code.monitoring.set(Box::into_raw(made).cast());
        }
        // SAFETY: I10, just made or there before.
        unsafe { &mut *code.monitoring.get().cast::<CodeMonitoring>() }
    }
    /// What comes below `INSTRUMENTED_LINE`.
    fn below_line(&self, at: usize) -> Opcode {
        match &self.instructions {
            Some(instructions) if instructions[at] != 0 => Opcode::INSTRUMENTED_INSTRUCTION,
            _ => self.below_instruction(at),
        }
    }
    /// What comes below `INSTRUMENTED_INSTRUCTION`.
    fn below_instruction(&self, at: usize) -> Opcode {
        let base = self.base[at];
        if self.tools[at] != 0 { base.instrumented().unwrap_or(base) } else { base }
    }
    fn top(&self, at: usize) -> Opcode {
        match &self.lines {
            Some(lines) if lines.installed(at) => Opcode::INSTRUMENTED_LINE,
            _ => self.below_line(at),
        }
    }
    fn lines_are_told(&self) -> bool {
        self.lines.as_ref().is_some_and(|lines| lines.live != 0)
    }
    /// Makes the instruction in the code what it is to be. A specialised one stays as it is if nothing is to be told.
    fn write(&self, code: &CodeObject, at: usize) {
        let (top, base, now) = (self.top(at), self.base[at], opcode(code, at));
        if top != base {
            write_opcode(code, at, top);
        } else if now.is_none_or(Opcode::is_instrumented) || (base == Opcode::RESUME && self.lines_are_told()) {
            write_plain(code, at, base);
        }
    }
    fn write_all(&self, code: &CodeObject) {
        for at in places(&self.base, code.first_traceable as usize) {
            self.write(code, at);
        }
    }
    /// Brings all sets of tools in line with what is wanted now.
    fn update(&mut self, code: &CodeObject, wanted: [ToolSet; LOCAL_EVENTS], restart: bool) {
        let mut removed = self.active;
        let mut added = wanted;
        if !restart {
            for event in 0..LOCAL_EVENTS {
                removed[event] &= !wanted[event];
                added[event] &= !self.active[event];
            }
        }
        self.active = wanted;
        if removed == [0; LOCAL_EVENTS] && added == [0; LOCAL_EVENTS] {
            return;
        }
        let count = self.base.len();
        if wanted[event::LINE] != 0 && self.lines.is_none() {
            self.lines = Some(Lines::new(code, &self.base));
        }
        if wanted[event::INSTRUCTION] != 0 && self.instructions.is_none() {
            self.instructions = Some(vec![0; count].into());
        }
        let changed = |event: usize, tools: ToolSet| tools & !removed[event] | added[event];
        for at in places(&self.base, code.first_traceable as usize) {
            if let Some(event) = event_of(self.base[at], oparg(code, at)) {
                self.tools[at] = changed(event, self.tools[at]);
            }
            if let Some(lines) = &mut self.lines
                && lines.marks[at] == Mark::Line
            {
                lines.set_tools(at, changed(event::LINE, lines.tools[at]));
            }
            if let Some(instructions) = &mut self.instructions
                && !tells_no_instruction(self.base[at])
            {
                instructions[at] = changed(event::INSTRUCTION, instructions[at]);
            }
        }
        self.write_all(code);
    }
    fn is_idle(&self) -> bool {
        self.local == [0; LOCAL_EVENTS] && self.active == [0; LOCAL_EVENTS]
    }
}

fn write_opcode(code: &CodeObject, at: usize, opcode: Opcode) {
    // SAFETY: I7, within the code; the lock is held, so that nobody else writes or runs it.
    unsafe {
        let unit = code.code.add(at);
        *unit = (*unit & 0xff00) | opcode.number();
    }
}

/// Writes a plain instruction, which adapts anew.
fn write_plain(code: &CodeObject, at: usize, opcode: Opcode) {
    write_opcode(code, at, opcode);
    if opcode.caches() > 0 && at + 1 < code.code_units as usize {
        // SAFETY: I7, the first unit of the instruction's cache.
        unsafe { *code.code.add(at + 1) = first_counter(opcode) };
    }
}

/// Keeps the plain instruction at `at`, which is about to run in place of an instrumented one, from specialising: it would
/// overwrite that.
pub fn pause(code: &CodeObject, at: usize, opcode: Opcode) {
    const NEVER: CodeUnit = 0xfff << 4 | 1;
    if opcode.caches() > 0 && !opcode.is_instrumented() {
        // SAFETY: I7, the first unit of the instruction's cache.
        unsafe { *code.code.add(at + 1) = NEVER };
    }
}

/// The instruction to go on with after the line was told.
pub fn below_line(code: &CodeObject, at: usize) -> Opcode {
    match data(code) {
        Some(data) => data.below_line(at),
        None => opcode(code, at).unwrap_or(Opcode::NOP),
    }
}

/// The instruction to go on with after the instruction was told.
pub fn below_instruction(code: &CodeObject, at: usize) -> Opcode {
    match data(code) {
        Some(data) => data.below_instruction(at),
        None => opcode(code, at).unwrap_or(Opcode::NOP),
    }
}

/// Rewrites the code for what is wanted of it now.
pub(super) fn refresh(th: &Thread, code: &CodeObject) {
    let state = &th.interp.instrumentation;
    let version = state.version.get();
    let since = code.instrumentation_version.replace(version);
    let restart = state.restarted_at.get() > since;
    let mut wanted: [ToolSet; LOCAL_EVENTS] = std::array::from_fn(|event| state.tools[event].get());
    if code.first_traceable >= code.code_units || (wanted == [0; LOCAL_EVENTS] && code.monitoring.get().is_null()) {
        return;
    }
    let data = CodeMonitoring::attach(code);
    for tool in 0..TOOLS {
        if data.tool_versions[tool] != state.tool_versions[tool].get() {
            data.local.iter_mut().for_each(|tools| *tools &= !(1 << tool));
        }
    }
    for (tools, local) in wanted.iter_mut().zip(data.local) {
        *tools |= local;
    }
    data.update(code, wanted, restart);
    if data.is_idle() {
        detach(code);
    }
}

/// Drops the data of code in which nothing is instrumented any more.
fn detach(code: &CodeObject) {
    let old = code.monitoring.replace(std::ptr::null_mut()).cast::<CodeMonitoring>();
    if !old.is_null() {
        // SAFETY: I10, boxed by `attach`.
        drop(unsafe { Box::from_raw(old) });
    }
}

pub(super) fn local_events(code: &CodeObject, tool: usize) -> EventSet {
    let Some(data) = data(code) else { return 0 };
    let wanted = |event: &usize| data.local[*event] >> tool & 1 != 0;
    (0..LOCAL_EVENTS).filter(wanted).fold(0, |set, event| set | 1 << event)
}

pub(super) fn set_local_events(th: &Thread, code: &CodeObject, tool: usize, events: EventSet) {
    let known = data(code);
    let version = th.interp.instrumentation.tool_versions[tool].get();
    if known.is_none() && events == 0 {
        return;
    }
    let data = CodeMonitoring::attach(code);
    data.tool_versions[tool] = version;
    if local_events(code, tool) != events {
        for (event, tools) in data.local.iter_mut().enumerate() {
            *tools = *tools & !(1 << tool) | ((events >> event & 1) as ToolSet) << tool;
        }
    }
    refresh(th, code);
}

/// The tools of an event at an instruction.
pub(super) fn tools_at(code: &CodeObject, at: usize, event: usize) -> ToolSet {
    let Some(data) = data(code) else { return 0 };
    match event {
        event::LINE => data.lines.as_ref().map_or(0, |lines| lines.tools[at]),
        event::INSTRUCTION => data.instructions.as_ref().map_or(0, |tools| tools[at]),
        _ => data.tools[at],
    }
}

/// Whether anything is told at an instruction.
pub(super) fn is_instrumented(code: &CodeObject, at: usize) -> bool {
    opcode(code, at).is_some_and(Opcode::is_instrumented)
}

/// Whether a tool wants an event of this code.
pub(super) fn is_active(code: &CodeObject, event: usize) -> bool {
    data(code).is_some_and(|data| data.active[event] != 0)
}

/// A tool is not told of an event at an instruction any more.
pub(super) fn disable(code: &CodeObject, at: usize, event: usize, tool: usize) {
    let Some(data) = data(code) else { return };
    let without = |tools: ToolSet| tools & !(1 << tool);
    match event {
        event::LINE => {
            if let Some(lines) = &mut data.lines {
                lines.set_tools(at, without(lines.tools[at]));
                if lines.live == 0 {
                    return data.write_all(code);
                }
            }
        }
        event::INSTRUCTION => {
            if let Some(tools) = &mut data.instructions {
                tools[at] = without(tools[at]);
            }
        }
        _ => data.tools[at] = without(data.tools[at]),
    }
    data.write(code, at);
}

/// The line of an instruction; `None` if lines are not told of this code, or it has none.
pub(super) fn line_of(code: &CodeObject, at: usize) -> Option<i32> {
    let line = *data(code)?.lines.as_ref()?.numbers.get(at)?;
    (line >= 0).then_some(line)
}

/// Whether a line begins at the instruction.
pub(super) fn is_line(code: &CodeObject, at: usize) -> bool {
    data(code).and_then(|data| data.lines.as_ref()).is_some_and(|lines| lines.marks[at] == Mark::Line)
}

/// The branch that a `NOT_TAKEN` or a `POP_ITER` is one side of.
pub fn source_of_branch(code: &CodeObject, at: usize) -> usize {
    let Some(data) = data(code) else { return at };
    match data.base[at] {
        Opcode::POP_ITER => {
            let found = jumps(code, &data.base, 0)
                .into_iter()
                .find(|(place, target)| *target == at && data.base[*place] == Opcode::FOR_ITER);
            found.map_or(at, |(place, _)| place)
        }
        // Behind a branch with its cache, or behind the end of an awaited iteration.
        _ => (0..at).rev().find(|before| data.base[*before] != Opcode::CACHE).unwrap_or(at),
    }
}

/// The other side's instruction, where a branch is disabled as a whole: `source` and its event are the branch's.
pub(super) fn other_side(code: &CodeObject, source: usize, right: bool) -> Option<(usize, usize)> {
    match (data(code)?.base[source], right) {
        (Opcode::FOR_ITER, true) => Some((source, event::BRANCH_LEFT)),
        (Opcode::FOR_ITER, false) => None,
        (Opcode::POP_JUMP_IF_FALSE, _)
        | (Opcode::POP_JUMP_IF_TRUE, _)
        | (Opcode::POP_JUMP_IF_NONE, _)
        | (Opcode::POP_JUMP_IF_NOT_NONE, _) => {
            if right {
                Some((source + 2, event::BRANCH_LEFT))
            } else {
                Some((source, event::BRANCH_RIGHT))
            }
        }
        _ => None,
    }
}

/// Whether a `RESUME` need not be seen: what has run before the first line is told by it.
pub fn may_pass_resume(code: &CodeObject) -> bool {
    !data(code).is_some_and(|data| data.lines_are_told())
}

/// Makes a `RESUME` a `RESUME_CHECK`, if it may be.
pub(super) fn warm_up(code: &CodeObject, instruction: *mut CodeUnit) -> bool {
    // SAFETY: I7, an instruction of the code; its two forms behave alike, and the lock is held.
    unsafe {
        if *instruction & 255 != number::RESUME || !may_pass_resume(code) {
            return false;
        }
        *instruction = (*instruction & 0xff00) | number::RESUME_CHECK;
    }
    true
}

/// Makes each `RESUME_CHECK` a `RESUME`.
pub(super) fn cool(code: &CodeObject) {
    use whipsnake_layout::code::flags::{ASYNC_GENERATOR, COROUTINE, GENERATOR};
    let mut at = code.first_traceable as usize;
    let several = code.flags & (GENERATOR | COROUTINE | ASYNC_GENERATOR) != 0;
    while at < code.code_units as usize {
        if unit(code, at) & 255 == number::RESUME_CHECK {
            write_opcode(code, at, Opcode::RESUME);
        }
        if !several {
            return;
        }
        at += 1 + base_opcode(code, at).map_or(0, Opcode::caches);
    }
}

/// Code dies.
pub fn forget(th: &Thread, code: &CodeObject) {
    detach(code);
    let at = code.warm_index.get() as usize;
    let mut warm = th.interp.instrumentation.warm.borrow_mut();
    if at < warm.len() {
        warm.swap_remove(at);
        if let Some(moved) = warm.get(at) {
            // SAFETY: I7, code leaves the list when it dies.
            unsafe { (**moved).warm_index.set(at as u32) };
        }
    }
}

//! Assignment to `f_lineno`: a trace function has its frame go on at another line.
//!
//! A jump is possible where the operand stack of the target is the bottom of the one here: what lies above is dropped. Which
//! kinds of things lie on the stack at each instruction is worked out anew for each jump.

use super::FrameViewObject;
use crate::instrument::{base_opcode, event};
use crate::prelude::*;
use crate::types::bytes::Bytes;
use whipsnake_bytecode::Opcode;
use whipsnake_layout::code::CodeObject;

/// What lies in a slot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    /// What a loop goes through.
    Iterator,
    /// The exception that was handled before.
    Except,
    Object,
    Null,
    /// The instruction to blame when the exception is raised again.
    Lasti,
}

impl Kind {
    fn fits(self, target: Kind) -> bool {
        match target {
            Kind::Object => self != Kind::Null,
            Kind::Null => true,
            _ => self == target,
        }
    }
}

type Stack = Vec<Kind>;

/// Deeper stacks than this are not looked at.
const MAX_DEPTH: usize = 21;

/// The stack before each instruction; `None` where none is known to lead there.
fn stacks(code: &CodeObject) -> Vec<Option<Stack>> {
    let count = code.code_units as usize;
    let mut stacks: Vec<Option<Stack>> = vec![None; count + 1];
    stacks[0] = Some(Vec::new());
    // SAFETY: I4, `exceptiontable` is a bytes object.
    let table = unsafe { code.exceptiontable.cast_unchecked::<Bytes>() }.as_slice();
    let handlers = whipsnake_bytecode::exceptions::decode(table);
    let mut again = true;
    while again {
        again = scan(code, &mut stacks);
        for handler in &handlers {
            let (start, target) = (handler.start as usize, handler.target as usize);
            if let (Some(Some(stack)), Some(None)) = (stacks.get(start), stacks.get(target)) {
                let mut stack: Stack = stack[..stack.len().min(handler.depth as usize)].to_vec();
                if handler.push_lasti {
                    stack.push(Kind::Lasti);
                }
                stack.push(Kind::Except);
                stacks[target] = Some(stack);
                again = true;
            }
        }
    }
    stacks
}

/// One pass over all instructions; true if it has learnt of one that lies before another.
fn scan(code: &CodeObject, stacks: &mut [Option<Stack>]) -> bool {
    let count = code.code_units as usize;
    let mut again = false;
    let (mut at, mut extended) = (0, 0);
    while at < count {
        let opcode = base_opcode(code, at).unwrap_or(Opcode::NOP);
        // SAFETY: I7, within the code.
        let oparg = extended << 8 | usize::from(unsafe { *code.code.add(at) } >> 8);
        extended = if opcode == Opcode::EXTENDED_ARG { oparg } else { 0 };
        let next = at + 1 + opcode.caches();
        if let Some(stack) = stacks[at].clone() {
            let mut known = |target: usize, stack: Stack| {
                if let Some(place @ None) = stacks.get_mut(target) {
                    *place = Some(stack);
                    again |= target < at;
                }
            };
            let (target, before, after) = step(opcode, oparg, next, stack);
            if let Some(target) = target {
                known(target, before);
            }
            if let Some(after) = after {
                known(next, after);
            }
        }
        at = next;
    }
    again
}

/// What an instruction does to the stack: where it may jump to and the stack there, and the stack behind it.
fn step(opcode: Opcode, oparg: usize, next: usize, mut stack: Stack) -> (Option<usize>, Stack, Option<Stack>) {
    match opcode {
        Opcode::POP_JUMP_IF_FALSE
        | Opcode::POP_JUMP_IF_TRUE
        | Opcode::POP_JUMP_IF_NONE
        | Opcode::POP_JUMP_IF_NOT_NONE => {
            stack.pop();
            return (Some(next + oparg), stack.clone(), Some(stack));
        }
        Opcode::SEND => return (Some(next + oparg), stack.clone(), Some(stack)),
        Opcode::JUMP_FORWARD => return (Some(next + oparg), stack, None),
        Opcode::JUMP_BACKWARD | Opcode::JUMP_BACKWARD_NO_INTERRUPT => {
            return (Some(next.saturating_sub(oparg)), stack, None);
        }
        Opcode::FOR_ITER => {
            stack.push(Kind::Object);
            return (Some(next + oparg), stack.clone(), Some(stack));
        }
        Opcode::RETURN_VALUE | Opcode::RAISE_VARARGS | Opcode::RERAISE => return (None, stack, None),
        Opcode::GET_ITER | Opcode::GET_AITER => {
            stack.pop();
            stack.push(Kind::Iterator);
        }
        Opcode::END_ASYNC_FOR => stack.truncate(stack.len().saturating_sub(2)),
        Opcode::PUSH_EXC_INFO => stack.push(Kind::Except),
        Opcode::POP_EXCEPT => drop(stack.pop()),
        Opcode::PUSH_NULL => stack.push(Kind::Null),
        Opcode::LOAD_GLOBAL => {
            stack.push(Kind::Object);
            if oparg & 1 != 0 {
                stack.push(Kind::Null);
            }
        }
        Opcode::LOAD_ATTR => {
            if oparg & 1 != 0 {
                stack.pop();
                stack.extend([Kind::Object, Kind::Null]);
            }
        }
        Opcode::SWAP => {
            let top = stack.len();
            if let Some(other) = top.checked_sub(oparg).filter(|_| oparg > 0) {
                stack.swap(other, top - 1);
            }
        }
        Opcode::COPY => {
            if let Some(other) = stack.len().checked_sub(oparg)
                && let Some(kind) = stack.get(other).copied()
            {
                stack.push(kind);
            }
        }
        _ => {
            let effect = opcode.stack_effect(oparg as u32, false);
            if effect < 0 {
                stack.truncate(stack.len().saturating_sub(effect.unsigned_abs() as usize));
            }
            stack.resize(stack.len() + effect.max(0) as usize, Kind::Object);
        }
    }
    (None, Vec::new(), Some(stack))
}

/// Whether the target's stack is what is left of this one.
fn is_compatible(from: &Stack, to: &Stack) -> bool {
    let deep = from.len() > MAX_DEPTH || to.len() > MAX_DEPTH;
    let Some(bottom) = from.get(..to.len()).filter(|_| !deep) else { return false };
    bottom <= to.as_slice() && bottom.iter().zip(to).all(|(from, to)| from.fits(*to))
}

fn why_not(to: Option<&Stack>) -> &'static str {
    match to {
        None => "can't jump into an exception handler, or code may be unreachable",
        Some(stack) if stack.len() > MAX_DEPTH => "stack is too deep to analyze",
        Some(stack) => match stack.last() {
            Some(Kind::Except) => "can't jump into an 'except' block as there's no exception",
            Some(Kind::Lasti) => "can't jump into a re-raising block as there's no location",
            Some(Kind::Iterator) => "can't jump into the body of a for loop",
            _ => "incompatible stacks",
        },
    }
}

/// Where lines begin: (unit, line).
fn line_starts(code: &CodeObject) -> Vec<(usize, i32)> {
    let mut starts = Vec::new();
    let mut last = None;
    for entry in crate::types::code::entries(code) {
        if let Some(line) = entry.line
            && last != Some(line)
        {
            starts.push((entry.start as usize, line));
            last = Some(line);
        }
    }
    starts
}

/// Whether the event that is being told allows a jump.
fn check_event(th: &Thread, this: &FrameViewObject) -> PyResult<()> {
    let (Some(event), true) = (th.tracing.event.get(), th.tracing.frame.get() == this.frame.get()) else {
        return Err(th.value_error("f_lineno can only be set in a trace function"));
    };
    Err(th.value_error(match event {
        event::PY_RESUME
        | event::JUMP
        | event::BRANCH
        | event::BRANCH_LEFT
        | event::BRANCH_RIGHT
        | event::LINE
        | event::PY_YIELD => return Ok(()),
        event::PY_START => "can't jump from the 'call' trace event of a new frame",
        event::CALL | event::C_RETURN => "can't jump during a call",
        event::PY_RETURN
        | event::PY_UNWIND
        | event::PY_THROW
        | event::RAISE
        | event::C_RAISE
        | event::INSTRUCTION
        | event::EXCEPTION_HANDLED => "can only jump from a 'line' trace event",
        _ => return Err(th.system_error("unexpected event type")),
    }))
}

/// The best place of a line to go on at, and its stack.
fn find_place(
    code: &CodeObject,
    starts: &[(usize, i32)],
    line: i32,
    here: usize,
) -> Result<(usize, Stack, Stack), &'static str> {
    let mut stacks = stacks(code);
    let from = stacks.get(here).cloned().flatten();
    let mut best: Option<(usize, Stack)> = None;
    let mut why = None;
    for (unit, _) in starts.iter().filter(|(_, start)| *start == line) {
        let to = stacks[*unit].take();
        match (&from, &to) {
            (Some(from), Some(to)) if is_compatible(from, to) => {
                if best.as_ref().is_none_or(|(_, stack)| (stack.len(), stack) < (to.len(), to)) {
                    best = Some((*unit, to.clone()));
                }
            }
            _ => {
                why.get_or_insert_with(|| match &from {
                    None => "can't jump from unreachable code",
                    Some(from) if from.len() > MAX_DEPTH => "stack to deep to analyze",
                    Some(_) => why_not(to.as_ref()),
                });
            }
        }
        stacks[*unit] = to;
    }
    match (best, from) {
        (Some((unit, stack)), Some(from)) => Ok((unit, from, stack)),
        _ => Err(why.unwrap_or("cannot find bytecode for specified line")),
    }
}

/// Has the frame go on at the first line not before `value`.
///
/// # Errors
/// ValueError where that is not possible; AttributeError for `del`.
pub(super) fn to_line(th: &Thread, this: &FrameViewObject, value: Option<Value>) -> PyResult<()> {
    let Some(value) = value else { return Err(super::cannot_delete(th, "f_lineno")) };
    if !value.is_exact(&statics::INT_TYPE) {
        return Err(th.value_error("lineno must be an integer"));
    }
    check_event(th, this)?;
    let code = this.code();
    let Some(wanted) = value.as_small_int().and_then(|n| i32::try_from(n).ok()) else {
        return Err(th.value_error("lineno out of range"));
    };
    if wanted < code.firstlineno {
        return err!(th, VALUE_ERROR, "line {wanted} comes before the current code block");
    }
    let starts = line_starts(code);
    let Some(line) = starts.iter().map(|(_, line)| *line).filter(|line| *line >= wanted).min() else {
        return err!(th, VALUE_ERROR, "line {wanted} comes after the current code block");
    };
    let here = super::instruction(this) as usize;
    let (unit, mut from, to) = match find_place(code, &starts, line, here) {
        Ok(found) => found,
        Err(message) => return Err(th.value_error(message)),
    };
    let f = this.frame();
    // SAFETY: I7, the operand stack lies behind the locals.
    let height = unsafe { f.stack_top.get().offset_from(f.local(code.nlocalsplus as usize).cast()) }.max(0) as usize;
    if height < to.len() {
        return Err(th.value_error("incompatible stacks"));
    }
    bind_unbound(th, this)?;
    // The instruction may have changed the stack already.
    from.resize(height, Kind::Object);
    while from.len() > to.len() {
        // SAFETY: I7, the frame's stack is as high as the analysis says.
        let slot = unsafe {
            let top = f.stack_top.get().sub(1);
            f.stack_top.set(top);
            *top
        };
        if from.pop() == Some(Kind::Except) {
            restore_handled(th, slot);
        } else {
            crate::obj::release_slot(slot);
        }
    }
    // SAFETY: I7, the unit lies in the code.
    f.instr.set(unsafe { code.code.add(unit) });
    Ok(())
}

/// The exception in the slot is the handled one again.
fn restore_handled(th: &Thread, slot: Slot) {
    let exception = match slot.get() {
        Some(v) if !v.is_none() => slot,
        _ => {
            crate::obj::release_slot(slot);
            Slot::NULL
        }
    };
    // SAFETY: I6, the thread always has a current exception state.
    let old = unsafe { &*th.core.exc_info.get() }.value.replace(exception);
    crate::obj::release_slot(old);
}

/// Locals that the compiler may have seen to be bound where the frame goes on become None.
fn bind_unbound(th: &Thread, this: &FrameViewObject) -> PyResult<()> {
    let count = this.code().nlocalsplus as usize;
    let unbound = (0..count).filter(|i| this.slot(*i).get().is_null()).count();
    if unbound == 0 {
        return Ok(());
    }
    let plural = if unbound == 1 { "" } else { "s" };
    let text = format!("assigning None to {unbound} unbound local{plural}");
    crate::warnings::warn(th, &statics::RUNTIME_WARNING, &text, 0)?;
    for i in (0..count).filter(|i| this.slot(*i).get().is_null()) {
        this.slot(i).set(Slot::owned(statics::none()));
    }
    Ok(())
}

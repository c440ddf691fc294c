//! Instrumented instructions: they tell the tools (`whipsnake_runtime::instrument`), and do what the plain instruction does.
//!
//! A callback may have the frame go on elsewhere (by assignment to `f_lineno`): the frame's `instr` and stack top have
//! changed then. It may also change what is instrumented, this instruction included; so nothing is remembered across it.

use super::{Flow, Redirect, State, calls, frames, generators, handlers, jumps, stack};
use crate::operands::OpArg;
use whipsnake_layout::code::{CodeObject, CodeUnit};
use whipsnake_layout::{Slot, Value};
use whipsnake_macros::uop;
use whipsnake_runtime::instrument::{self, Event, event};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::exceptions;
use whipsnake_runtime::types::generator::Generator;
use whipsnake_runtime::types::tuple::Tuple;

fn code_of<'a>(st: &State<'a>) -> &'a CodeObject {
    // SAFETY: I7, the code is alive while its frame runs.
    unsafe { &*st.frame().code.get() }
}

/// The place of an instruction, in units.
fn unit_of(st: &State, instruction: *const CodeUnit) -> usize {
    // SAFETY: I7, an instruction of the frame's code.
    unsafe { instruction.offset_from(code_of(st).code) as usize }
}

/// How things go on after an event.
#[derive(PartialEq, Eq)]
enum Told {
    /// As they would have.
    On,
    /// At another line: the registers say where.
    Elsewhere,
    /// A callback has raised.
    Raised,
    /// The same, and the frame was to go on elsewhere: that is where the exception comes from, the stack being what it is there.
    RaisedElsewhere,
}

/// Runs `tell`, which calls the tools, with the registers in the frame. What it moves there is in the registers afterwards.
fn with_saved(st: &mut State, tell: impl FnOnce(&State) -> PyResult<()>) -> Told {
    let f = st.frame();
    let here = f.instr.get();
    f.stack_top.set(st.sp);
    let result = tell(st);
    st.sp = f.stack_top.get();
    let stays = f.instr.get() == here;
    if !stays {
        st.ip = f.instr.get();
    }
    match (result, stays) {
        (Ok(()), true) => Told::On,
        (Ok(()), false) => Told::Elsewhere,
        (Err(_), true) => Told::Raised,
        (Err(_), false) => Told::RaisedElsewhere,
    }
}

/// The frame raises at the instruction that it was to go on with.
fn raise_elsewhere(st: &mut State) -> Flow {
    // Errors are blamed on the unit before `ip`.
    st.jump(1);
    Flow::Error
}

/// Tells of an event of the running instruction, at the offset `first` (in units).
#[inline(never)]
fn tell_from(st: &mut State, kind: usize, first: usize, rest: &[Value]) -> Told {
    let unit = unit_of(st, st.frame().instr.get());
    with_saved(st, |st| instrument::tell(st.th, &Event { kind, frame: st.frame, unit, first: first as i64 * 2, rest }))
}

fn tell(st: &mut State, kind: usize, rest: &[Value]) -> Told {
    let unit = unit_of(st, st.frame().instr.get());
    tell_from(st, kind, unit, rest)
}

/// Tells of an event; `Some` if the instruction is not to be done any more.
fn told(st: &mut State, kind: usize, rest: &[Value]) -> Option<Flow> {
    match tell(st, kind, rest) {
        Told::On => None,
        Told::Elsewhere => Some(Flow::Next),
        Told::Raised => Some(Flow::Error),
        Told::RaisedElsewhere => Some(raise_elsewhere(st)),
    }
}

/// Tells of going from `source` to `target`, and goes there. `drops`: what the instruction takes off the stack.
fn tell_jump(st: &mut State, kind: usize, source: usize, target: *const CodeUnit, drops: usize) -> Flow {
    let to = Value::small_int(unit_of(st, target) as i64 * 2);
    match tell_from(st, kind, source, &[to]) {
        Told::On => {
            st.ip = target;
            st.drop_n(drops);
            Flow::Next
        }
        Told::Elsewhere => Flow::Next,
        Told::RaisedElsewhere => raise_elsewhere(st),
        Told::Raised => {
            // The exception comes from where the jump led to.
            st.drop_n(drops);
            // SAFETY: I7, an instruction is there.
            st.ip = unsafe { target.add(1) };
            Flow::Error
        }
    }
}

/// As [`tell_jump`], by a distance from the next instruction.
fn jump_by(st: &mut State, kind: usize, units: isize, drops: usize) -> Flow {
    let source = unit_of(st, st.frame().instr.get());
    // SAFETY: I7, jumps stay within the code.
    let target = unsafe { st.ip.offset(units) };
    tell_jump(st, kind, source, target, drops)
}

/// The line of the instruction may begin here; then the instruction itself.
#[uop(redirect)]
pub fn instrumented_line(st: &mut State) -> Redirect {
    let before = st.frame().instr.replace(st.ip);
    let (unit, before) = (unit_of(st, st.ip), unit_of(st, before));
    let told = with_saved(st, |st| instrument::tell_line(st.th, st.frame, unit, before));
    redirect(st, told, unit, instrument::below_line)
}

/// The instruction is told of as such; then the instruction itself.
#[uop(redirect)]
pub fn instrumented_instruction(st: &mut State) -> Redirect {
    st.frame().instr.set(st.ip);
    let unit = unit_of(st, st.ip);
    let told = with_saved(st, |st| instrument::tell_instruction(st.th, st.frame, unit));
    redirect(st, told, unit, instrument::below_instruction)
}

fn redirect(
    st: &State,
    told: Told,
    unit: usize,
    below: fn(&CodeObject, usize) -> whipsnake_bytecode::Opcode,
) -> Redirect {
    match told {
        Told::On => {
            let code = code_of(st);
            let opcode = below(code, unit);
            instrument::pause(code, unit, opcode);
            Redirect::To(opcode.number())
        }
        Told::Elsewhere => Redirect::Next,
        Told::Raised | Told::RaisedElsewhere => Redirect::Error,
    }
}

/// Function entry and resumption.
#[uop(control)]
pub fn instrumented_resume(st: &mut State, place: OpArg) -> Flow {
    let th = st.th;
    if !instrument::is_current(th, code_of(st)) && th.tracing.depth.get() == 0 {
        instrument::refresh(th, code_of(st));
        // As whatever it is now.
        st.jump(-1);
        return Flow::Next;
    }
    if jumps::handle_pending(th).is_err() {
        return Flow::Error;
    }
    let kind = if place.0 == 0 { event::PY_START } else { event::PY_RESUME };
    told(st, kind, &[]).unwrap_or(Flow::Next)
}

#[uop(control)]
pub fn instrumented_return_value(st: &mut State) -> Flow {
    let value = st.peek(1);
    match told(st, event::PY_RETURN, &[value]) {
        None => frames::return_value_slow(st),
        Some(flow) => flow,
    }
}

#[uop(control)]
pub fn instrumented_yield_value(st: &mut State, from: OpArg) -> Flow {
    let value = st.peek(1);
    match told(st, event::PY_YIELD, &[value]) {
        None => generators::yield_value(st, from),
        Some(flow) => flow,
    }
}

/// Tells how a call of something that is no Python function has ended.
fn tell_result(st: &mut State, callable: Value, first: Value, result: PyResult) -> PyResult {
    let th = st.th;
    match result {
        Ok(v) => match tell(st, event::C_RETURN, &[callable, first]) {
            Told::On => Ok(v),
            // A frame cannot be sent elsewhere during a call.
            _ => {
                drop(v);
                Err(Raised::already_set(th))
            }
        },
        Err(raised) => {
            let exception = th.take_exception();
            if tell(st, event::C_RAISE, &[callable, first]) == Told::On {
                th.restore_exception(exception);
            }
            Err(raised)
        }
    }
}

/// A call with `n` arguments, and the names of those that are given by keyword.
fn call_told(st: &mut State, n: usize, names: Option<Obj>) -> Flow {
    let missing = st.th.interp.instrumentation.missing();
    calls::unpack_if_method(st, n);
    let (callable, this) = (st.peek(n + 2).own(), st.slot(n + 1));
    let count = n + usize::from(!this.is_null());
    let first = if count == 0 { missing.own() } else { st.top(count)[0].value().own() };
    if let Some(flow) = told(st, event::CALL, &[callable.value(), first.value()]) {
        return flow;
    }
    if calls::is_function(callable.value()) {
        return calls::call_generic(st, n, names, calls::CALL_UNITS);
    }
    let kwnames = names.as_deref().and_then(|names| names.cast::<Tuple>());
    let result = call::call(st.th, callable.value(), Args::new(st.top(count), kwnames));
    let result = tell_result(st, callable.value(), first.value(), result);
    st.finish(n + 2, result)
}

#[uop(control)]
pub fn instrumented_call(st: &mut State, n: OpArg) -> Flow {
    call_told(st, n.0 as usize, None)
}

#[uop(control)]
pub fn instrumented_call_kw(st: &mut State, n: OpArg) -> Flow {
    let names = st.pop();
    call_told(st, n.0 as usize, Some(names))
}

/// `f(*args, **kwargs)`.
#[uop(control)]
pub fn instrumented_call_function_ex(st: &mut State) -> Flow {
    if let Err(flow) = calls::star_args(st) {
        return flow;
    }
    let callable = st.peek(4).own();
    let first = st.peek(2).exact::<Tuple>().and_then(|args| args.get(0));
    let first = first.unwrap_or_else(|| st.th.interp.instrumentation.missing().own());
    if let Some(flow) = told(st, event::CALL, &[callable.value(), first.value()]) {
        return flow;
    }
    if calls::is_function(callable.value()) {
        return calls::call_function_ex(st);
    }
    let keywords = st.slot(1).get().filter(|v| !v.is_none());
    let mut result = call::call_ex(st.th, callable.value(), st.peek(2), keywords);
    if !callable.value().is_exact(&statics::METHOD_TYPE) {
        result = tell_result(st, callable.value(), first.value(), result);
    }
    st.finish(4, result)
}

/// `super().name`, by a call of `super` that is told of.
#[uop(control)]
pub fn instrumented_load_super_attr(st: &mut State, i: OpArg) -> Flow {
    let th = st.th;
    let (global_super, class, this) = (st.peek(3), st.peek(2), st.peek(1));
    let explicit = i.0 & 2 != 0;
    let first = if explicit { class } else { th.interp.instrumentation.missing() };
    if let Some(flow) = told(st, event::CALL, &[global_super, first]) {
        return flow;
    }
    let args = [class, this];
    let proxy = call::call_values(th, global_super, if explicit { &args } else { &[] });
    let found = tell_result(st, global_super, first, proxy)
        .and_then(|proxy| object::get_attr(th, proxy.value(), crate::slow::names::name(st.frame(), i.0 >> 2)));
    let flow = st.finish(3, found);
    if flow == Flow::Next && i.0 & 1 != 0 {
        st.push_slot(Slot::NULL);
    }
    flow
}

#[uop(control)]
pub fn instrumented_jump_forward(st: &mut State, n: OpArg) -> Flow {
    jump_by(st, event::JUMP, n.0 as isize, 0)
}

#[uop(control)]
pub fn instrumented_jump_backward(st: &mut State, n: OpArg) -> Flow {
    if jumps::handle_pending(st.th).is_err() {
        return Flow::Error;
    }
    jump_by(st, event::JUMP, -(n.0 as isize), 0)
}

/// The end of a branch.
fn branch(st: &mut State, n: OpArg, taken: bool) -> Flow {
    if taken {
        return jump_by(st, event::BRANCH_RIGHT, n.0 as isize, 1);
    }
    st.drop_n(1);
    Flow::Next
}

#[uop(control)]
pub fn instrumented_pop_jump_if_false(st: &mut State, n: OpArg) -> Flow {
    let taken = st.peek(1).same(crate::fast::bool_value(false));
    branch(st, n, taken)
}

#[uop(control)]
pub fn instrumented_pop_jump_if_true(st: &mut State, n: OpArg) -> Flow {
    let taken = st.peek(1).same(crate::fast::bool_value(true));
    branch(st, n, taken)
}

#[uop(control)]
pub fn instrumented_pop_jump_if_none(st: &mut State, n: OpArg) -> Flow {
    let taken = st.peek(1).is_none();
    branch(st, n, taken)
}

#[uop(control)]
pub fn instrumented_pop_jump_if_not_none(st: &mut State, n: OpArg) -> Flow {
    let taken = !st.peek(1).is_none();
    branch(st, n, taken)
}

/// The other side of a branch.
#[uop(control)]
pub fn instrumented_not_taken(st: &mut State) -> Flow {
    let source = instrument::source_of_branch(code_of(st), unit_of(st, st.frame().instr.get()));
    let next = st.ip;
    tell_jump(st, event::BRANCH_LEFT, source, next, 0)
}

/// A `for` loop ends.
#[uop(control)]
pub fn instrumented_pop_iter(st: &mut State) -> Flow {
    let source = instrument::source_of_branch(code_of(st), unit_of(st, st.frame().instr.get()));
    let next = st.ip;
    tell_jump(st, event::BRANCH_RIGHT, source, next, 1)
}

/// The step of a `for` loop.
#[uop(control)]
pub fn instrumented_for_iter(st: &mut State, target: OpArg) -> Flow {
    let body = st.ip;
    let flow = jumps::for_iter(st, target);
    if flow != Flow::Next || st.ip != body {
        return flow;
    }
    let source = unit_of(st, st.frame().instr.get());
    tell_jump(st, event::BRANCH_LEFT, source, body, 0)
}

/// An `async for` loop ends.
#[uop(control)]
pub fn instrumented_end_async_for(st: &mut State, n: OpArg) -> Flow {
    // SAFETY: I7, the END_SEND of the loop.
    let source = unit_of(st, unsafe { st.ip.sub(n.0 as usize) });
    let next = st.ip;
    match tell_jump(st, event::BRANCH_RIGHT, source, next, 0) {
        Flow::Next if st.ip == next => handlers::end_async_for(st),
        flow => flow,
    }
}

/// A generator that was iterated over has ended: that is told as the StopIteration which nobody has raised.
fn stop_iteration(st: &mut State) -> Option<Flow> {
    let th = st.th;
    let (receiver, value) = (st.peek(2), st.peek(1));
    if Generator::of(receiver).is_none() || !instrument::wants_local(th, st.frame, event::STOP_ITERATION) {
        return None;
    }
    let _ = exceptions::raise_stop_iteration(th, value);
    let exception = th.take_exception()?;
    told(st, event::STOP_ITERATION, &[exception.value()])
}

#[uop(control)]
pub fn instrumented_end_for(st: &mut State) -> Flow {
    stop_iteration(st).unwrap_or_else(|| stack::end_for(st))
}

#[uop(control)]
pub fn instrumented_end_send(st: &mut State) -> Flow {
    stop_iteration(st).unwrap_or_else(|| stack::end_send(st))
}

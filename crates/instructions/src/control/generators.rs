//! Generators and coroutines: creation, suspension, delegation. They never recurse on the native stack when driven by
//! bytecode.

use super::frames::{self, generator_of};
use super::{Flow, State, heap_safe};
use crate::operands::OpArg;
use std::mem::offset_of;
use whipsnake_layout::code::flags as co;
use whipsnake_layout::frame::{
    FRAME_CREATED, FRAME_EXECUTING, FRAME_HEADER_SLOTS, FRAME_SUSPENDED, FRAME_SUSPENDED_YIELD_FROM, Frame,
    GeneratorObject, OWNED_BY_GENERATOR,
};
use whipsnake_layout::{Slot, Value};
use whipsnake_macros::uop;
use whipsnake_runtime::obj::release_slot;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::{exceptions, generator};

/// Moves the frame into a new generator object and returns that to the caller.
#[uop(control)]
pub fn return_generator(st: &mut State) -> Flow {
    let th = st.th;
    let frame = st.frame;
    let f = st.frame();
    // SAFETY: I7, the code is alive while its frame runs.
    let code = unsafe { &*f.code.get() };
    let ty = if code.flags & co::COROUTINE != 0 {
        &statics::COROUTINE_TYPE
    } else if code.flags & co::ASYNC_GENERATOR != 0 {
        &statics::ASYNC_GENERATOR_TYPE
    } else {
        &statics::GENERATOR_TYPE
    };
    let slots = code.framesize - FRAME_HEADER_SLOTS as u32;
    let made = match generator::allocate(th, ty, slots, f.function.get().value()) {
        Ok(made) => made,
        Err(_) => return Flow::Error,
    };
    // SAFETY: I4 and I6, the new object has room for the frame and its slots; contents move, borrowed ones are counted.
    unsafe {
        let object = made.value().cast_unchecked::<GeneratorObject>();
        let target = &raw const object.frame as *mut Frame;
        let used = st.sp.offset_from((*frame).local(0) as *const Slot) as usize;
        std::ptr::copy_nonoverlapping(frame, target, 1);
        let (from, to) = ((*frame).local(0) as *mut Slot, (*target).local(0) as *mut Slot);
        for i in 0..used {
            *to.add(i) = heap_safe(*from.add(i));
        }
        let t = &*target;
        t.function.set(heap_safe(f.function.get()));
        t.owner.set(OWNED_BY_GENERATOR);
        t.previous.set(std::ptr::null_mut());
        t.stack_top.set(to.add(used));
        t.instr.set(st.ip.sub(1));
        object.state.set(FRAME_CREATED);
        if let Some(visible) = t.frame_object.get().get() {
            whipsnake_runtime::types::frame::moved(visible, target);
        }
    }
    let previous = f.previous.get();
    th.core.frame.set(previous);
    th.core.stack_top.set(frame.cast());
    th.core.recursion_left.set(th.core.recursion_left.get() + 1);
    frames::return_to(st, previous, made.into_slot());
    Flow::Next
}

/// Suspends: the value goes to whoever resumed. Oparg 1: in a `yield from` or `await`.
#[uop(control)]
pub fn yield_value(st: &mut State, from: OpArg) -> Flow {
    let value = heap_safe(st.pop_slot());
    let frame = st.frame;
    // SAFETY: I4, only generator frames yield.
    let object = unsafe { generator_of(frame) };
    object.state.set(if from.0 & 1 != 0 { FRAME_SUSPENDED_YIELD_FROM } else { FRAME_SUSPENDED });
    let f = st.frame();
    f.stack_top.set(st.sp);
    let th = st.th;
    th.core.exc_info.set(object.exc_previous.get());
    let previous = f.previous.replace(std::ptr::null_mut());
    th.core.frame.set(previous);
    th.core.recursion_left.set(th.core.recursion_left.get() + 1);
    st.frame = previous;
    // SAFETY: I6, the resumer's frame is alive; SEND, FOR_ITER and the sentinel have one cache unit.
    unsafe {
        st.sp = (*previous).stack_top.get();
        st.ip = (*previous).instr.get().add(2);
    }
    st.push_slot(value);
    Flow::Next
}

/// Makes a suspended generator's frame the running one, with `value` as the result of its yield. The resumer's frame
/// must have been saved.
///
/// # Safety
/// The generator is suspended or just created, and not running (I6).
#[inline(always)]
pub unsafe fn link(th: &Thread, object: &GeneratorObject, previous: *mut Frame) -> *mut Frame {
    let frame = &raw const object.frame as *mut Frame;
    object.state.set(FRAME_EXECUTING);
    object.exc_previous.set(th.core.exc_info.get());
    // SAFETY: I6, the generator's exception fields are laid out as an `ExcState`.
    let state = (object as *const GeneratorObject as usize + offset_of!(GeneratorObject, exc_value)) as *const _;
    th.core.exc_info.set(state);
    object.frame.previous.set(previous);
    th.core.frame.set(frame);
    th.core.recursion_left.set(th.core.recursion_left.get() - 1);
    frame
}

/// Whether `v` is a generator (or coroutine) that bytecode may resume in place.
#[inline(always)]
fn resumable<'a>(th: &Thread, v: Value) -> Option<&'a GeneratorObject> {
    if !v.is_exact(&statics::GENERATOR_TYPE) && !v.is_exact(&statics::COROUTINE_TYPE) {
        return None;
    }
    // SAFETY: I4, both types have this layout.
    let object = unsafe { v.cast_unchecked::<GeneratorObject>() };
    let ready = object.state.get() < FRAME_EXECUTING && th.core.recursion_left.get() > 0;
    ready.then_some(object)
}

/// Enters a generator's frame from the running one; `return_offset` is where its return value is to arrive.
#[inline(always)]
fn enter_generator(st: &mut State, object: &GeneratorObject, value: Slot, return_offset: u16) {
    let f = st.frame();
    f.stack_top.set(st.sp);
    f.return_offset.set(return_offset);
    // SAFETY: I6, `resumable` has shown that it is suspended.
    st.frame = unsafe { link(st.th, object, st.frame) };
    st.sp = object.frame.stack_top.get();
    let created = object.frame.instr.get();
    // SAFETY: I7, a suspended frame's `instr` is the YIELD_VALUE (or RETURN_GENERATOR) it goes on behind.
    st.ip = unsafe { created.add(1) };
    st.push_slot(value);
    st.pass_resume();
}

/// The step of a `for` loop over a generator.
#[uop(control)]
pub fn for_iter_gen(st: &mut State, target: OpArg) -> Flow {
    let Some(object) = resumable(st.th, st.peek(1)) else { return Flow::Exit };
    if !st.peek(1).is_exact(&statics::GENERATOR_TYPE) {
        return Flow::Exit;
    }
    let Ok(offset) = u16::try_from(target.0 + 2) else { return Flow::Exit };
    enter_generator(st, object, Slot::owned(statics::none()), offset);
    Flow::Next
}

/// `yield from` and `await` over a generator or coroutine.
#[uop(control)]
pub fn send_gen(st: &mut State, target: OpArg) -> Flow {
    let Some(object) = resumable(st.th, st.peek(2)) else { return Flow::Exit };
    let Ok(offset) = u16::try_from(target.0 + 2) else { return Flow::Exit };
    let value = heap_safe(st.pop_slot());
    enter_generator(st, object, value, offset);
    Flow::Next
}

/// Sends the value on top to the receiver below: the value is replaced by what was yielded, or by the result with a jump.
#[uop(control)]
pub fn send(st: &mut State, target: OpArg) -> Flow {
    let th = st.th;
    let (receiver, value) = (st.peek(2), st.peek(1));
    if resumable(th, receiver).is_some() {
        return send_gen(st, target);
    }
    let result = if value.is_none() && receiver.ty().slots().iternext.is_some() {
        receiver.ty().slots().iternext.map_or(Ok(None), |next| next(th, receiver))
    } else {
        call::call_method(th, receiver, "send", &[value]).map(Some)
    };
    let done = |st: &mut State, v: Obj| {
        let old = st.slot(1);
        st.put(1, v.into_slot());
        release_slot(old);
    };
    match result {
        Ok(Some(v)) => {
            done(st, v);
            Flow::Next
        }
        Ok(None) => {
            // Exhausted: StopIteration's value, if an iterator raised one, is the result.
            let v = exceptions::take_stop_iteration_value(th);
            done(st, v);
            st.jump(target.0 as isize);
            Flow::Next
        }
        Err(_) if th.exception_matches(&statics::STOP_ITERATION) => {
            super::jumps::tell_stop(th, st.frame);
            if !th.exception_matches(&statics::STOP_ITERATION) {
                return Flow::Error;
            }
            let v = exceptions::take_stop_iteration_value(th);
            done(st, v);
            st.jump(target.0 as isize);
            Flow::Next
        }
        Err(_) => Flow::Error,
    }
}

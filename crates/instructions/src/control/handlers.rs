//! Handling of exceptions inside a frame: the exception table, `raise`, `except` bookkeeping.

use super::{Flow, State};
use crate::operands::OpArg;
use whipsnake_layout::code::CodeObject;
use whipsnake_layout::frame::ExcState;
use whipsnake_macros::uop;
use whipsnake_runtime::obj::release_slot;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::bytes::Bytes;
use whipsnake_runtime::types::exceptions;

/// An entry of the exception table.
pub struct Handler {
    /// In code units from the start of the code.
    pub target: u32,
    pub depth: u32,
    pub push_lasti: bool,
}

/// The handler for the instruction at `offset` (in units). The table is sorted; its numbers are big-endian groups of six
/// bits, the first byte of an entry marked by bit 7.
pub fn find(code: &CodeObject, offset: u32) -> Option<Handler> {
    // SAFETY: I4, `exceptiontable` is a bytes object.
    let table = unsafe { code.exceptiontable.cast_unchecked::<Bytes>() }.as_slice();
    let mut at = 0;
    let number = |at: &mut usize| -> Option<u32> {
        let mut byte = *table.get(*at)?;
        *at += 1;
        let mut value = (byte & 63) as u32;
        while byte & 64 != 0 {
            byte = *table.get(*at)?;
            *at += 1;
            value = value << 6 | (byte & 63) as u32;
        }
        Some(value)
    };
    while at < table.len() {
        let start = number(&mut at)?;
        let length = number(&mut at)?;
        let target = number(&mut at)?;
        let depth_lasti = number(&mut at)?;
        if start > offset {
            return None;
        }
        if offset < start + length {
            return Some(Handler { target, depth: depth_lasti >> 1, push_lasti: depth_lasti & 1 != 0 });
        }
    }
    None
}

#[inline(always)]
fn exc_state<'a>(st: &State<'a>) -> &'a ExcState {
    // SAFETY: I6, the thread always has a current exception state.
    unsafe { &*st.th.core.exc_info.get() }
}

/// The exception on top becomes the handled one; the one handled before goes below it.
#[uop(control)]
pub fn push_exc_info(st: &mut State) -> Flow {
    let exception = st.pop_slot();
    let state = exc_state(st);
    let previous = state.value.get();
    st.push_slot(if previous.is_null() { Slot::owned(statics::none()) } else { previous });
    let handled = exception.value().own();
    state.value.set(handled.into_slot());
    st.push_slot(exception);
    Flow::Next
}

/// The exception on top (or None) becomes the handled one again.
#[uop(control)]
pub fn pop_except(st: &mut State) -> Flow {
    let previous = st.pop();
    let state = exc_state(st);
    let new = if previous.is_none() { Slot::NULL } else { previous.into_slot() };
    let old = state.value.replace(new);
    release_slot(old);
    Flow::Next
}

/// `raise`, `raise x`, `raise x from y`.
#[uop(control)]
pub fn raise_varargs(st: &mut State, n: OpArg) -> Flow {
    let th = st.th;
    let cause = (n.0 == 2).then(|| st.pop());
    let exception = (n.0 >= 1).then(|| st.pop());
    match exception {
        None => match th.handled_exception() {
            Some(handled) => {
                th.restore_exception(Some(handled));
                return Flow::Reraise;
            }
            None => {
                let _ = th.runtime_error("No active exception to reraise");
            }
        },
        Some(exception) => {
            let _ = exceptions::raise_from(th, exception.value(), cause.as_deref().copied());
        }
    }
    Flow::Error
}

/// Raises the exception on top again; with an oparg, the slot that deep holds the instruction to blame.
#[uop(control)]
pub fn reraise(st: &mut State, n: OpArg) -> Flow {
    let exception = st.pop();
    if n.0 != 0
        && let Some(lasti) = st.peek(n.0 as usize).as_small_int()
    {
        let frame = st.frame();
        // SAFETY: I7, the compiler put an offset of this code there.
        frame.instr.set(unsafe { (*frame.code.get()).code.add(lasti as usize) });
    }
    st.th.restore_exception(Some(exception));
    Flow::Reraise
}

/// `async for` ended: StopAsyncIteration is swallowed, anything else raised again.
#[uop(control)]
pub fn end_async_for(st: &mut State) -> Flow {
    let exception = st.pop();
    if exception.is_instance(&statics::STOP_ASYNC_ITERATION) {
        st.drop_n(1);
        return Flow::Next;
    }
    st.th.restore_exception(Some(exception));
    Flow::Reraise
}

/// A `throw()` into `yield from` that ended with StopIteration: its value is the result.
#[uop(control)]
pub fn cleanup_throw(st: &mut State) -> Flow {
    let exception = st.pop();
    if exception.is_instance(&statics::STOP_ITERATION) {
        let value = exceptions::stop_iteration_value(st.th, exception.value());
        st.drop_n(2);
        st.push(Obj::none());
        st.push(value);
        return Flow::Next;
    }
    st.th.restore_exception(Some(exception));
    Flow::Reraise
}

/// `__init__` must return None.
#[uop(control)]
pub fn exit_init_check(st: &mut State) -> Flow {
    let v = st.peek(1);
    if !v.is_none() {
        let raised = st.th.type_error(format!("__init__() should return None, not '{}'", v.ty().name()));
        return st.check(Err(raised));
    }
    st.drop_n(1);
    Flow::Next
}

//! Concatenation of strings.

use super::{Flow, State, own_slot};
use whipsnake_bytecode::opcodes::number::STORE_FAST;
use whipsnake_layout::Slot;
use whipsnake_macros::uop;
use whipsnake_runtime::obj::release_slot;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::str;

fn both_are_str(st: &State) -> bool {
    st.peek(1).is_exact(&statics::STR_TYPE) && st.peek(2).is_exact(&statics::STR_TYPE)
}

#[uop(control)]
pub fn binary_op_add_unicode(st: &mut State) -> Flow {
    if !both_are_str(st) {
        return Flow::Exit;
    }
    let result = str::concat(st.th, st.peek(2), st.peek(1));
    st.finish(2, result)
}

/// The local that the `STORE_FAST` behind this instruction stores to, if it holds the left operand now.
pub fn appended_local(st: &State) -> Option<usize> {
    // SAFETY: I7, an instruction follows every operator.
    let next = unsafe { *st.ip };
    if next & 255 != STORE_FAST {
        return None;
    }
    let local = usize::from(next >> 8);
    // SAFETY: I7, opargs lie within the frame's locals.
    let held = unsafe { (*st.frame().local(local)).get() };
    held.get().is_some_and(|v| v.same(st.peek(2))).then_some(local)
}

/// `s += t` where `s` is a local: grows the string in place when nothing else refers to it, and does the store too.
#[uop(control)]
pub fn binary_op_inplace_add_unicode(st: &mut State) -> Flow {
    if !both_are_str(st) {
        return Flow::Exit;
    }
    let Some(local) = appended_local(st) else { return Flow::Exit };
    // SAFETY: I7, as above.
    let left = own_slot(unsafe { (*st.frame().local(local)).replace(Slot::NULL) });
    let right = st.pop();
    let operand = st.pop_slot();
    release_slot(operand);
    match str::append_in_place(st.th, left, right.value()) {
        Ok(v) => {
            // SAFETY: I7, as above.
            unsafe { (*st.frame().local(local)).set(v.into_slot()) };
            st.jump(1);
            Flow::Next
        }
        Err(_) => Flow::Error,
    }
}

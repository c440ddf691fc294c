//! Jumps and the checks at loop back-edges and function entry.

use super::{Flow, State};
use crate::operands::OpArg;
use std::sync::atomic::Ordering;
use whipsnake_layout::code::CodeUnit;
use whipsnake_layout::frame::Frame;
use whipsnake_macros::uop;
use whipsnake_runtime::prelude::*;

#[uop(control, nosave)]
pub fn jump_forward(st: &mut State, n: OpArg) -> Flow {
    st.jump(n.0 as isize);
    Flow::Next
}

#[uop(control, nosave)]
pub fn jump_backward_no_interrupt(st: &mut State, n: OpArg) -> Flow {
    st.jump(-(n.0 as isize));
    Flow::Next
}

/// Jumps back and looks at the eval breaker.
#[uop(control, nosave)]
pub fn jump_backward(st: &mut State, n: OpArg) -> Flow {
    st.jump(-(n.0 as isize));
    check_periodic(st)
}

/// Function entry and resumption. The oparg says where: 0 function start, 1 after yield, 2 yield from, 3 await.
#[uop(control, nosave)]
pub fn resume(st: &mut State, place: OpArg) -> Flow {
    let _ = place;
    check_periodic(st)
}

#[inline(always)]
fn check_periodic(st: &mut State) -> Flow {
    if st.th.core.eval_breaker.load(Ordering::Relaxed) == 0 {
        return Flow::Next;
    }
    handle_pending(st.th, st.frame(), st.ip)
}

/// Takes no [`State`], so that the registers stay registers.
#[cold]
#[inline(never)]
fn handle_pending(th: &Thread, frame: &Frame, ip: *const CodeUnit) -> Flow {
    frame.instr.set(ip);
    if whipsnake_runtime::pending::handle(th).is_ok() { Flow::Next } else { Flow::Error }
}

/// The generic step of a `for` loop: pushes the next item, or jumps behind the loop's END_FOR.
#[uop(control)]
pub fn for_iter(st: &mut State, target: OpArg) -> Flow {
    let th = st.th;
    match iter::next(th, st.peek(1)) {
        Ok(Some(item)) => {
            st.push(item);
            Flow::Next
        }
        Ok(None) => {
            st.jump(target.0 as isize + 1);
            Flow::Next
        }
        Err(_) => Flow::Error,
    }
}

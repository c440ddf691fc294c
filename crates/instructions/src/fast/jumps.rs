//! Jumps, and the look at the eval breaker that back-edges and function entry begin with.

use crate::operands::*;
use core::sync::atomic::Ordering;
use whipsnake_layout::thread::ThreadCore;
use whipsnake_macros::uop;

/// Exits when something is pending: signals, requests for the lock, a collection.
#[uop]
pub fn check_periodic(core: &ThreadCore) -> Deopt<()> {
    if core.eval_breaker.load(Ordering::Relaxed) == 0 { Deopt::Ok(()) } else { Deopt::Exit }
}

#[uop(jump)]
pub fn jump_forward(n: OpArg) -> isize {
    n.0 as isize
}

/// Jumps back. In a trace, the jump to where it began is `_JUMP_TO_TOP`.
#[uop(jump)]
pub fn jump_backward(n: OpArg) -> isize {
    -(n.0 as isize)
}

#[uop(jump)]
pub fn jump_backward_no_interrupt(n: OpArg) -> isize {
    -(n.0 as isize)
}

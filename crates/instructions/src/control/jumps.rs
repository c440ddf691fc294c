//! What is served at loop back-edges and function entry, and the generic step of a loop.

use super::{Flow, State};
use crate::operands::OpArg;
use std::sync::atomic::Ordering;
use whipsnake_bytecode::opcodes::number;
use whipsnake_layout::code::CodeUnit;
use whipsnake_macros::uop;
use whipsnake_runtime::prelude::*;

/// Serves what the eval breaker asks for: signals, the lock's other waiters, collections, asynchronous exceptions.
#[uop]
pub fn handle_pending(th: &Thread) -> PyResult<()> {
    if th.core.eval_breaker.load(Ordering::Relaxed) == 0 { Ok(()) } else { whipsnake_runtime::pending::handle(th) }
}

/// Function entry and resumption, in its first form: it makes way for the one that only looks, and serves what is
/// pending. The oparg says where: 0 function start, 1 after yield, 2 yield from, 3 await.
#[uop(control)]
pub fn resume(st: &mut State, place: OpArg) -> Flow {
    let _ = place;
    // SAFETY: I7, the instruction; its two forms behave alike, and the lock is held.
    unsafe {
        let unit = st.ip.sub(1) as *mut CodeUnit;
        if *unit & 255 == number::RESUME {
            *unit = (*unit & 0xff00) | number::RESUME_CHECK;
        }
    }
    let result = handle_pending(st.th);
    st.check(result)
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

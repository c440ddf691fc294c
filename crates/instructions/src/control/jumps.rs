//! What is served at loop back-edges and function entry, and the generic step of a loop.

use super::{Flow, State};
use crate::operands::OpArg;
use std::sync::atomic::Ordering;
use whipsnake_bytecode::opcodes::number;
use whipsnake_layout::code::CodeUnit;
use whipsnake_layout::frame::Frame;
use whipsnake_macros::uop;
use whipsnake_runtime::instrument::{self, event};
use whipsnake_runtime::prelude::*;

/// Serves what the eval breaker asks for: signals, the lock's other waiters, collections, asynchronous exceptions.
#[uop]
pub fn handle_pending(th: &Thread) -> PyResult<()> {
    if th.core.eval_breaker.load(Ordering::Relaxed) == 0 { Ok(()) } else { whipsnake_runtime::pending::handle(th) }
}

/// Function entry and resumption, in its first form: it makes way for the one that only looks, or for the one that is told of,
/// and serves what is pending. The oparg says where: 0 function start, 1 after yield, 2 yield from, 3 await.
#[uop(control)]
pub fn resume(st: &mut State, place: OpArg) -> Flow {
    let _ = place;
    // SAFETY: I7, the instruction, and the code that the frame keeps alive.
    unsafe {
        let unit = st.ip.sub(1) as *mut CodeUnit;
        if *unit & 255 == number::RESUME {
            instrument::first_run(st.th, &*st.frame().code.get(), unit);
            if *unit & 255 == number::INSTRUMENTED_RESUME {
                st.jump(-1);
                return Flow::Next;
            }
        }
    }
    let result = handle_pending(st.th);
    st.check(result)
}

/// An iterator has raised StopIteration, which ends the loop: it is told all the same.
#[cold]
pub(super) fn tell_stop(th: &Thread, frame: *mut Frame) {
    // SAFETY: I6 and I7, the running frame has saved its instruction.
    let unit = unsafe { (*frame).instr.get().offset_from((*(*frame).code.get()).code) };
    instrument::tell_exception(th, frame, event::RAISE, unit as i64);
}

/// The generic step of a `for` loop: pushes the next item, or jumps behind the loop's END_FOR.
#[uop(control)]
pub fn for_iter(st: &mut State, target: OpArg) -> Flow {
    let th = st.th;
    // A copy: the registers must not need an address.
    let frame = st.frame;
    match iter::next_telling(th, st.peek(1), move || tell_stop(th, frame)) {
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

//! Locals, constants and the operand stack.

use super::{bool_value, none};
use crate::operands::*;
use whipsnake_layout::Slot;
use whipsnake_layout::frame::Frame;
use whipsnake_layout::value::BORROWED;
use whipsnake_macros::uop;

/// The slot of a local.
#[inline(always)]
pub fn local(frame: &Frame, i: OpArg) -> Slot {
    // SAFETY: I7, the compiler's opargs lie within the frame's locals.
    unsafe { (*frame.local(i.0 as usize)).get() }
}

/// Pushes an owned copy of a local that is known to be bound.
#[uop]
pub fn load_fast(frame: &Frame, i: OpArg) -> Own {
    Own::copy(local(frame, i))
}

/// Pushes a local that outlives the use: nothing is counted.
#[uop(repeatable, borrows, look = "local")]
pub fn load_fast_borrow(frame: &Frame, i: OpArg) -> Raw {
    let slot = local(frame, i);
    Raw(Slot(if slot.0 & 7 == 0 { slot.0 | BORROWED } else { slot.0 }))
}

/// Stores the top of the stack; the old content is released after.
#[uop]
pub fn store_fast(frame: &Frame, value: Slot, i: OpArg) -> Dead {
    // SAFETY: I7, as in `local`.
    Dead(unsafe { (*frame.local(i.0 as usize)).replace(value) })
}

/// Stores the top of the stack, then loads another local.
#[uop]
pub fn store_fast_load_fast(frame: &Frame, value: Slot, i: OpArg) -> (Own, Dead) {
    let old = store_fast(frame, value, OpArg(i.0 >> 4));
    (load_fast(frame, OpArg(i.0 & 15)), old)
}

/// Stores the two topmost values, the top first.
#[uop]
pub fn store_fast_store_fast(frame: &Frame, second: Slot, first: Slot, i: OpArg) -> (Dead, Dead) {
    let old = store_fast(frame, first, OpArg(i.0 >> 4));
    (old, store_fast(frame, second, OpArg(i.0 & 15)))
}

/// Drops the top of the stack, which may be null.
#[uop]
pub fn pop_top(value: Slot) -> Dead {
    Dead(value)
}

#[uop]
pub fn pop_iter(value: Slot) -> Dead {
    Dead(value)
}

/// Pushes a local, bound or not, and leaves it unbound (inlined comprehensions).
#[uop]
pub fn load_fast_and_clear(frame: &Frame, i: OpArg) -> Raw {
    // SAFETY: I7, as in `local`.
    let cell = unsafe { &*frame.local(i.0 as usize) };
    Raw(cell.replace(Slot::NULL))
}

/// Pushes a constant. The code object outlives the frame's use of it: nothing is counted.
#[uop(repeatable, borrows)]
pub fn load_const(frame: &Frame, i: OpArg) -> Raw {
    // SAFETY: I7, the code is alive while its frame runs, and the oparg lies within its constants.
    unsafe { Raw(Slot::borrowed((*(*frame.code.get()).consts_items.add(i.0 as usize)).get())) }
}

#[uop(repeatable)]
pub fn load_small_int(i: OpArg) -> Own<SmallInt> {
    Own::new(whipsnake_layout::Value::small_int(i.0 as i64))
}

#[uop]
pub fn push_null() -> Raw {
    Raw(Slot::NULL)
}

/// Pushes null behind a callable that a call follows: the oparg's low bit says.
#[uop(null_if, name = "PUSH_NULL_CONDITIONAL")]
pub fn push_null_if(i: OpArg) -> usize {
    i.0 as usize & 1
}

#[uop]
pub fn nop() {}

#[uop]
pub fn unary_not(v: Ref<Bool>) -> Own<Bool> {
    Own::new(bool_value(v.0 == bool_value(false)))
}

/// Exits unless `v` is a bool.
#[uop(guard = "BOOL")]
pub fn guard_bool(v: Slot) -> Deopt<()> {
    // No immediate looks like an address without that bit.
    let word = v.0 & !BORROWED;
    Deopt::unless(word == bool_value(true).bits() || word == bool_value(false).bits())
}

#[uop(repeatable)]
pub fn to_bool_bool(v: Ref<Bool>) -> Own<Bool> {
    Own::new(v.0)
}

#[uop]
pub fn to_bool_int(v: Ref<SmallInt>) -> Own<Bool> {
    Own::new(bool_value(v.0.small_int_value() != 0))
}

#[uop]
pub fn to_bool_none(v: Ref) -> Deopt<Own<Bool>> {
    if v.0 == none() { Deopt::Ok(Own::new(bool_value(false))) } else { Deopt::Exit }
}

/// Jumps if the condition is false.
#[uop(branch)]
pub fn pop_jump_if_false(cond: Ref<Bool>) -> bool {
    cond.0 == bool_value(false)
}

#[uop(branch)]
pub fn pop_jump_if_true(cond: Ref<Bool>) -> bool {
    cond.0 == bool_value(true)
}

#[uop(branch)]
pub fn pop_jump_if_none(v: Ref) -> bool {
    v.0 == none()
}

#[uop(branch)]
pub fn pop_jump_if_not_none(v: Ref) -> bool {
    v.0 != none()
}

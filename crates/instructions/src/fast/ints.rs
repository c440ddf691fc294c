//! Arithmetic on immediate ints. Results that do not fit an immediate exit to the generic operator.

use super::bool_value;
use crate::operands::*;
use whipsnake_layout::{Slot, Value};
use whipsnake_macros::uop;

/// Exits unless `v` is a small int.
#[uop(guard = "INT")]
pub fn guard_small_int(v: Slot) -> Deopt<()> {
    Deopt::unless(v.holds_small_int())
}

#[inline(always)]
fn tagged(word: i64) -> Own<SmallInt> {
    // SAFETY: I1, the callers leave the tag bit set.
    Own::new(unsafe { Value::from_bits(word as u64) })
}

#[uop]
pub fn binary_op_add_int(left: Ref<SmallInt>, right: Ref<SmallInt>) -> Deopt<Own<SmallInt>> {
    match (left.0.bits() as i64 - 1).overflowing_add(right.0.bits() as i64) {
        (sum, false) => Deopt::Ok(tagged(sum)),
        _ => Deopt::Exit,
    }
}

#[uop]
pub fn binary_op_subtract_int(left: Ref<SmallInt>, right: Ref<SmallInt>) -> Deopt<Own<SmallInt>> {
    match (left.0.bits() as i64).overflowing_sub(right.0.bits() as i64 - 1) {
        (difference, false) => Deopt::Ok(tagged(difference)),
        _ => Deopt::Exit,
    }
}

#[uop]
pub fn binary_op_multiply_int(left: Ref<SmallInt>, right: Ref<SmallInt>) -> Deopt<Own<SmallInt>> {
    match left.0.small_int_value().overflowing_mul(right.0.bits() as i64 - 1) {
        (product, false) => Deopt::Ok(tagged(product | 1)),
        _ => Deopt::Exit,
    }
}

#[uop]
pub fn binary_op_and_int(left: Ref<SmallInt>, right: Ref<SmallInt>) -> Own<SmallInt> {
    tagged((left.0.bits() & right.0.bits()) as i64)
}

#[uop]
pub fn binary_op_or_int(left: Ref<SmallInt>, right: Ref<SmallInt>) -> Own<SmallInt> {
    tagged((left.0.bits() | right.0.bits()) as i64)
}

#[uop]
pub fn binary_op_xor_int(left: Ref<SmallInt>, right: Ref<SmallInt>) -> Own<SmallInt> {
    tagged((left.0.bits() ^ right.0.bits()) as i64 | 1)
}

/// Exits for counts that are negative or would shift anything out.
#[uop]
pub fn binary_op_lshift_int(left: Ref<SmallInt>, right: Ref<SmallInt>) -> Deopt<Own<SmallInt>> {
    let (number, count) = (left.0.bits() as i64 - 1, right.0.small_int_value());
    if count as u64 > 62 || (number << count) >> count != number {
        return Deopt::Exit;
    }
    Deopt::Ok(tagged(number << count | 1))
}

/// Exits for negative counts.
#[uop]
pub fn binary_op_rshift_int(left: Ref<SmallInt>, right: Ref<SmallInt>) -> Deopt<Own<SmallInt>> {
    let count = right.0.small_int_value();
    if count < 0 {
        return Deopt::Exit;
    }
    Deopt::Ok(tagged(left.0.bits() as i64 >> count.min(63) | 1))
}

/// Exits for division by zero, and for the one quotient that is out of range.
#[uop]
pub fn binary_op_floor_divide_int(left: Ref<SmallInt>, right: Ref<SmallInt>) -> Deopt<Own<SmallInt>> {
    let (a, b) = (left.0.small_int_value(), right.0.small_int_value());
    if b == 0 {
        return Deopt::Exit;
    }
    // No overflow: both are 63-bit numbers.
    let (quotient, remainder) = (a.wrapping_div(b), a.wrapping_rem(b));
    match Value::try_small_int(quotient - (remainder != 0 && (remainder ^ b) < 0) as i64) {
        Some(v) => Deopt::Ok(Own::new(v)),
        None => Deopt::Exit,
    }
}

/// Exits for division by zero.
#[uop]
pub fn binary_op_remainder_int(left: Ref<SmallInt>, right: Ref<SmallInt>) -> Deopt<Own<SmallInt>> {
    let (a, b) = (left.0.small_int_value(), right.0.small_int_value());
    if b == 0 {
        return Deopt::Exit;
    }
    let remainder = a.wrapping_rem(b);
    let moved = if remainder != 0 && (remainder ^ b) < 0 { remainder + b } else { remainder };
    Deopt::Ok(Own::new(Value::small_int(moved)))
}

/// Compares two small ints. The oparg's low four bits are the outcomes that count as true: 2 less, 4 greater, 8 equal.
#[uop(repeatable)]
pub fn compare_op_int(left: Ref<SmallInt>, right: Ref<SmallInt>, op: OpArg) -> Own<Bool> {
    let (a, b) = (left.0.bits() as i64, right.0.bits() as i64);
    let outcome = 2u32 << ((a >= b) as u32 + (a == b) as u32);
    Own::new(bool_value(outcome & op.0 != 0))
}

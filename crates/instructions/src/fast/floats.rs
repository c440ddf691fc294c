//! Arithmetic on immediate floats. Boxed operands and results (zeros, extreme exponents, NaN) exit to the generic operator:
//! testing for them here would cost every operation more than they cost when they come.

use super::bool_value;
use crate::operands::*;
use whipsnake_layout::Value;
use whipsnake_macros::uop;

/// Exits unless `v` is an immediate float.
#[uop(guard = "FLOAT")]
pub fn guard_small_float(v: Ref) -> Deopt<Ref<SmallFloat>> {
    if v.0.is_small_float() { Deopt::Ok(v.assume()) } else { Deopt::Exit }
}

#[inline(always)]
fn number(v: Ref<SmallFloat>) -> f64 {
    v.0.small_float_value()
}

#[inline(always)]
fn immediate(x: f64) -> Deopt<Own<SmallFloat>> {
    match Value::try_small_float(x) {
        Some(v) => Deopt::Ok(Own::new(v)),
        None => Deopt::Exit,
    }
}

#[uop]
pub fn binary_op_add_float(left: Ref<SmallFloat>, right: Ref<SmallFloat>) -> Deopt<Own<SmallFloat>> {
    immediate(number(left) + number(right))
}

#[uop]
pub fn binary_op_subtract_float(left: Ref<SmallFloat>, right: Ref<SmallFloat>) -> Deopt<Own<SmallFloat>> {
    immediate(number(left) - number(right))
}

#[uop]
pub fn binary_op_multiply_float(left: Ref<SmallFloat>, right: Ref<SmallFloat>) -> Deopt<Own<SmallFloat>> {
    immediate(number(left) * number(right))
}

/// Compares two immediate floats (never NaN).
#[uop]
pub fn compare_op_float(left: Ref<SmallFloat>, right: Ref<SmallFloat>, op: OpArg) -> Own<Bool> {
    let (a, b) = (number(left), number(right));
    let outcome = 2u32 << ((a >= b) as u32 + (a == b) as u32);
    Own::new(bool_value(outcome & op.0 != 0))
}

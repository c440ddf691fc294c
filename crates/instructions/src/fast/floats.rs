//! Arithmetic on immediate floats. Boxed operands and results (zeros, extreme exponents, NaN) exit to the generic operator:
//! testing for them here would cost every operation more than they cost when they come.

use super::{bool_value, is_exact, symbols};
use crate::operands::*;
use whipsnake_layout::objects::FloatObject;
use whipsnake_layout::{Slot, Value};
use whipsnake_macros::uop;

/// Exits unless `v` is an immediate float.
#[uop(guard = "FLOAT")]
pub fn guard_small_float(v: Slot) -> Deopt<()> {
    Deopt::unless(v.holds_small_float())
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

#[uop(repeatable)]
pub fn binary_op_multiply_float(left: Ref<SmallFloat>, right: Ref<SmallFloat>) -> Deopt<Own<SmallFloat>> {
    immediate(number(left) * number(right))
}

/// Exits for a divisor of zero by way of its guard: zeros are no immediates.
#[uop]
pub fn binary_op_true_divide_float(left: Ref<SmallFloat>, right: Ref<SmallFloat>) -> Deopt<Own<SmallFloat>> {
    immediate(number(left) / number(right))
}

/// The largest int that every int up to which is a double.
const EXACT: i64 = 1 << 53;

/// A float of either form, or an int that is exactly a double.
#[inline(always)]
fn any_number(v: Ref) -> Option<f64> {
    if v.0.is_small_float() {
        return Some(v.0.small_float_value());
    }
    if v.0.is_small_int() {
        let i = v.0.small_int_value();
        return if (-EXACT..=EXACT).contains(&i) { Some(i as f64) } else { None };
    }
    if is_exact(v.0, &raw const symbols::PyFloat_Type) {
        // SAFETY: I4, just checked.
        return Some(unsafe { v.object::<FloatObject>() }.value);
    }
    None
}

/// Arithmetic on floats of either form and ints, not both ints but for true division. The oparg is the `NB_*` number.
#[uop]
pub fn binary_op_extend(left: Ref, right: Ref, op: OpArg) -> Deopt<Own> {
    let (Some(a), Some(b)) = (any_number(left), any_number(right)) else { return Deopt::Exit };
    let op = if op.0 >= INPLACE { op.0 - INPLACE } else { op.0 };
    if op != TRUE_DIVIDE && left.0.is_small_int() && right.0.is_small_int() {
        return Deopt::Exit;
    }
    let result = match op {
        ADD => a + b,
        SUBTRACT => a - b,
        MULTIPLY => a * b,
        TRUE_DIVIDE if b != 0.0 => a / b,
        _ => return Deopt::Exit,
    };
    match Value::try_small_float(result) {
        Some(v) => Deopt::Ok(Own::new(v)),
        None if result == 0.0 => Deopt::Ok(Own::new(zero(result.is_sign_negative()))),
        None => Deopt::Exit,
    }
}

/// `NB_*` numbers (CPython's).
pub const ADD: u32 = 0;
pub const MULTIPLY: u32 = 5;
pub const SUBTRACT: u32 = 10;
pub const TRUE_DIVIDE: u32 = 11;
pub const INPLACE: u32 = 13;

/// The immortal zero of a sign.
#[inline(always)]
fn zero(negative: bool) -> Value {
    // SAFETY: I1, immortal statics.
    unsafe {
        if negative {
            Value::from_ptr(&raw const symbols::whipsnake_negative_zero)
        } else {
            Value::from_ptr(&raw const symbols::whipsnake_zero)
        }
    }
}

/// Compares floats of either form and ints; NaN compares false with everything.
#[uop]
pub fn compare_op_number(left: Ref, right: Ref, op: OpArg) -> Deopt<Own<Bool>> {
    let (Some(a), Some(b)) = (any_number(left), any_number(right)) else { return Deopt::Exit };
    // Bit 1 less, 2 greater, 3 equal, 0 unordered, as in the oparg.
    let outcome = if a.is_nan() || b.is_nan() { 1u32 } else { 2u32 << ((a >= b) as u32 + (a == b) as u32) };
    Deopt::Ok(Own::new(bool_value(outcome & op.0 != 0)))
}

/// Compares two immediate floats (never NaN).
#[uop]
pub fn compare_op_float(left: Ref<SmallFloat>, right: Ref<SmallFloat>, op: OpArg) -> Own<Bool> {
    let (a, b) = (number(left), number(right));
    let outcome = 2u32 << ((a >= b) as u32 + (a == b) as u32);
    Own::new(bool_value(outcome & op.0 != 0))
}

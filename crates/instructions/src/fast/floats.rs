//! Arithmetic on floats, immediate or boxed.

use super::{bool_value, is_exact, symbols};
use crate::operands::*;
use whipsnake_macros::uop;
use whipsnake_layout::objects::FloatObject;
use whipsnake_layout::thread::{FreeLists, ThreadCore};
use whipsnake_layout::{Header, Value};

/// Exits unless `v` is a float.
#[uop(guard = "FLOAT")]
pub fn guard_float(v: Ref) -> Deopt<Ref<Float>> {
    if v.0.is_small_float() || is_exact(v.0, &raw const symbols::PyFloat_Type) {
        Deopt::Ok(v.assume())
    } else {
        Deopt::Exit
    }
}

#[inline(always)]
fn number(v: Ref<Float>) -> f64 {
    if v.0.is_small_float() {
        v.0.small_float_value()
    } else {
        // SAFETY: I4, `guard_float` has shown a float object.
        unsafe { v.object::<FloatObject>().value }
    }
}

/// A float value; exits when a box is needed and the free list is empty.
#[inline(always)]
fn boxed(core: &ThreadCore, x: f64) -> Deopt<Own<Float>> {
    if let Some(v) = Value::try_small_float(x) {
        return Deopt::Ok(Own::new(v));
    }
    // SAFETY: I3, the thread's free lists are its interpreter's; the cell becomes a float object at once.
    unsafe {
        let cell = FreeLists::pop(&(*core.free_lists.get()).plain[(size_of::<FloatObject>() - 1) / 16]);
        if cell.is_null() {
            return Deopt::Exit;
        }
        cell.cast::<FloatObject>().write(FloatObject { head: Header::new(&raw const symbols::PyFloat_Type), value: x });
        Deopt::Ok(Own::new(Value::from_ptr(cell)))
    }
}

#[uop]
pub fn binary_op_add_float(core: &ThreadCore, left: Ref<Float>, right: Ref<Float>) -> Deopt<Own<Float>> {
    boxed(core, number(left) + number(right))
}

#[uop]
pub fn binary_op_subtract_float(core: &ThreadCore, left: Ref<Float>, right: Ref<Float>) -> Deopt<Own<Float>> {
    boxed(core, number(left) - number(right))
}

#[uop]
pub fn binary_op_multiply_float(core: &ThreadCore, left: Ref<Float>, right: Ref<Float>) -> Deopt<Own<Float>> {
    boxed(core, number(left) * number(right))
}

#[uop]
pub fn binary_op_true_divide_float(core: &ThreadCore, left: Ref<Float>, right: Ref<Float>) -> Deopt<Own<Float>> {
    let divisor = number(right);
    if divisor == 0.0 {
        return Deopt::Exit;
    }
    boxed(core, number(left) / divisor)
}

/// The small int on the right as a float: exact below 2^53, as Python converts.
#[inline(always)]
fn int_as_float(v: Ref<SmallInt>) -> Deopt<f64> {
    let i = v.0.small_int_value();
    if i.unsigned_abs() <= 1 << 53 { Deopt::Ok(i as f64) } else { Deopt::Exit }
}

macro_rules! mixed {
    ($float_int:ident, $int_float:ident, $op:tt) => {
        #[uop]
        pub fn $float_int(core: &ThreadCore, left: Ref<Float>, right: Ref<SmallInt>) -> Deopt<Own<Float>> {
            match int_as_float(right) {
                Deopt::Ok(b) => boxed(core, number(left) $op b),
                Deopt::Exit => Deopt::Exit,
            }
        }
        #[uop]
        pub fn $int_float(core: &ThreadCore, left: Ref<SmallInt>, right: Ref<Float>) -> Deopt<Own<Float>> {
            match int_as_float(left) {
                Deopt::Ok(a) => boxed(core, a $op number(right)),
                Deopt::Exit => Deopt::Exit,
            }
        }
    };
}

mixed!(binary_op_add_float_int, binary_op_add_int_float, +);
mixed!(binary_op_subtract_float_int, binary_op_subtract_int_float, -);
mixed!(binary_op_multiply_float_int, binary_op_multiply_int_float, *);

/// Compares two floats; bit 1 of the oparg counts "unordered" as true.
#[uop]
pub fn compare_op_float(left: Ref<Float>, right: Ref<Float>, op: OpArg) -> Own<Bool> {
    let (a, b) = (number(left), number(right));
    let outcome = if a < b {
        2
    } else if a > b {
        4
    } else if a == b {
        8
    } else {
        1
    };
    Own::new(bool_value(outcome & op.0 != 0))
}

#[uop]
pub fn unary_negative_float(core: &ThreadCore, v: Ref<Float>) -> Deopt<Own<Float>> {
    boxed(core, -number(v))
}

//! Operators, comparisons, truth, subscripts.

use crate::operands::*;
use whipsnake_macros::uop;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::protocols::number::NumberOp;

/// The generic operator: `NB_*` number as oparg. Raises whatever the operands' methods raise, or TypeError.
#[uop]
pub fn binary_op(th: &Thread, left: Ref, right: Ref, op: OpArg) -> PyResult<Obj> {
    // What the forms for immediate floats leave over: zeros, for the most part.
    if op.0 != whipsnake_bytecode::opcodes::binary_op::SUBSCR
        && let Deopt::Ok(number) = crate::fast::floats::binary_op_extend(left, right, op)
    {
        return Ok(Obj::steal(number.0));
    }
    binary_op_generic(th, left.0, right.0, op.0)
}

#[inline(never)]
fn binary_op_generic(th: &Thread, left: Value, right: Value, op: u32) -> PyResult<Obj> {
    use whipsnake_bytecode::opcodes::binary_op as nb;
    if op == nb::SUBSCR {
        return object::get_item(th, left, right);
    }
    match NumberOp::from_index(op) {
        Some(op) if op.is_inplace() => number::inplace_op(th, op, left, right),
        Some(NumberOp::Power) => number::power(th, left, right, statics::none()),
        Some(op) => number::binary_op(th, op, left, right),
        None => err!(th, SYSTEM_ERROR, "unknown operator {op}"),
    }
}

/// Comparison: the operator sits above bit 5, bit 4 asks for a bool.
#[uop]
pub fn compare_op(th: &Thread, left: Ref, right: Ref, op: OpArg) -> PyResult<Obj> {
    let result = compare::rich(th, left.0, right.0, CompareOp::from_index(op.0 >> 5))?;
    if op.0 & 16 != 0 { Ok(Obj::bool(object::is_true(th, result.value())?)) } else { Ok(result) }
}

#[uop]
pub fn contains_op(th: &Thread, item: Ref, container: Ref, invert: OpArg) -> PyResult<Obj> {
    Ok(Obj::bool(sequence::contains(th, container.0, item.0)? != (invert.0 != 0)))
}

#[uop]
pub fn is_op_generic(left: Ref, right: Ref, invert: OpArg) -> Own<Bool> {
    Own::new(statics::bool_value(left.0.is(right.0) != (invert.0 != 0)))
}

#[uop]
pub fn unary_negative(th: &Thread, v: Ref) -> PyResult<Obj> {
    number::unary_negative(th, v.0)
}

#[uop]
pub fn unary_invert(th: &Thread, v: Ref) -> PyResult<Obj> {
    number::unary_invert(th, v.0)
}

#[uop]
pub fn to_bool(th: &Thread, v: Ref) -> PyResult<Obj> {
    Ok(Obj::bool(object::is_true(th, v.0)?))
}

#[uop]
pub fn store_subscr(th: &Thread, value: Ref, container: Ref, key: Ref) -> PyResult<()> {
    object::set_item(th, container.0, key.0, value.0)
}

#[uop]
pub fn delete_subscr(th: &Thread, container: Ref, key: Ref) -> PyResult<()> {
    object::del_item(th, container.0, key.0)
}

/// `len(tos)`, which stays.
#[uop(peek)]
pub fn get_len(th: &Thread, v: Ref) -> PyResult<Obj> {
    th.int(object::len(th, v.0)? as i64)
}

//! Operators that no frame is pushed for (see `control/operators.rs`), truth, subscripts.

use crate::operands::*;
use whipsnake_macros::uop;
use whipsnake_runtime::prelude::*;

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

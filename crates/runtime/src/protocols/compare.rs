//! Rich comparison.

use crate::prelude::*;
use crate::typeobj::slot_functions;
use crate::types::str::{self, Str};

/// `a op b`.
///
/// # Errors
/// TypeError when neither operand supports an ordering; what the operands' methods raise.
#[inline]
pub fn rich(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    if let (Some(x), Some(y)) = (a.as_small_int(), b.as_small_int()) {
        return Ok(Obj::bool(op.holds(x.cmp(&y))));
    }
    if let Some(ordering) = order_floats(a, b) {
        return Ok(Obj::bool(op.holds(ordering)));
    }
    dispatch(th, a, b, op)
}

/// The order of two immediate floats, which are never NaN.
#[inline(always)]
fn order_floats(a: Value, b: Value) -> Option<std::cmp::Ordering> {
    if a.is_small_float() && b.is_small_float() {
        a.small_float_value().partial_cmp(&b.small_float_value())
    } else {
        None
    }
}

#[inline(never)]
fn dispatch(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    th.check_native_stack(" in comparison")?;
    let (left, right) = (a.ty(), b.ty());
    let mut reflected_tried = false;
    if !std::ptr::eq(left, right)
        && let Some(compare) = right.slots().richcompare
        && right.is_subtype_of(left)
    {
        reflected_tried = true;
        let result = compare(th, b, a, op.swapped())?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
    }
    if let Some(compare) = left.slots().richcompare {
        let result = compare(th, a, b, op)?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
    }
    if reflected_tried { by_identity(th, a, b, op) } else { after_declined(th, a, b, op) }
}

/// `a op b` when `a`'s class has answered `NotImplemented`: asks `b`'s class.
///
/// # Errors
/// As [`rich`].
pub fn after_declined(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    if let Some(compare) = b.ty().slots().richcompare {
        let result = compare(th, b, a, op.swapped())?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
    }
    by_identity(th, a, b, op)
}

/// What a comparison means that no class knows.
fn by_identity(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    match op {
        CompareOp::Eq => Ok(Obj::bool(a.is(b))),
        CompareOp::Ne => Ok(Obj::bool(!a.is(b))),
        _ => Err(unordered(th, a, b, op)),
    }
}

/// What `a`'s class, which is to be a heap type, has under the name of the comparison.
#[inline]
pub fn method_in_python(th: &Thread, op: CompareOp, a: Value) -> Option<Value> {
    a.ty().lookup(th, slot_functions::comparison_name(op).get(th).ok()?)
}

#[cold]
fn unordered(th: &Thread, a: Value, b: Value, op: CompareOp) -> Raised {
    th.type_error(format!(
        "'{}' not supported between instances of '{}' and '{}'",
        op.symbol(),
        a.ty().name(),
        b.ty().name()
    ))
}

/// The truth of `a op b`; identity implies equality, as containers compare their items.
///
/// # Errors
/// As [`rich`], and what the result's `__bool__` raises.
#[inline]
pub fn rich_bool(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult<bool> {
    if a.same(b) {
        match op {
            CompareOp::Eq => return Ok(true),
            CompareOp::Ne => return Ok(false),
            _ => {}
        }
    }
    if let (Some(x), Some(y)) = (a.as_small_int(), b.as_small_int()) {
        return Ok(op.holds(x.cmp(&y)));
    }
    if let Some(ordering) = order_floats(a, b) {
        return Ok(op.holds(ordering));
    }
    let result = dispatch(th, a, b, op)?;
    object::is_true(th, result.value())
}

/// Whether this is one of the two bools.
#[inline(always)]
pub(crate) fn is_bool(v: Value) -> bool {
    v.is_true_singleton() || v.is_false_singleton()
}

/// Whether `a` and `b` are the same object or equal.
///
/// # Errors
/// As [`rich_bool`].
#[inline]
pub fn eq(th: &Thread, a: Value, b: Value) -> PyResult<bool> {
    if a.same(b) {
        return Ok(true);
    }
    if (a.is_small_int() && b.is_small_int()) || (a.is_small_float() && b.is_small_float()) {
        return Ok(false);
    }
    if let (Some(x), Some(y)) = (a.exact::<Str>(), b.exact::<Str>()) {
        return Ok(str::eq(x, y));
    }
    if is_bool(a) && is_bool(b) {
        return Ok(false);
    }
    rich_bool(th, a, b, CompareOp::Eq)
}

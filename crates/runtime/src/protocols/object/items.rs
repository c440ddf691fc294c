//! Length, subscripts, and their errors.

use crate::prelude::*;
use crate::typeobj::names;
use crate::types::{generic_alias, int};

/// `len(v)`.
///
/// # Errors
/// TypeError without a length; what `__len__` raises.
#[inline]
pub fn len(th: &Thread, v: Value) -> PyResult<isize> {
    let slots = v.ty().slots();
    match slots.sq_length.or(slots.mp_length) {
        Some(len) => len(th, v),
        None => err!(th, TYPE_ERROR, "object of type '{}' has no len()", v.ty().name()),
    }
}

/// `operator.length_hint(v, default)`.
///
/// # Errors
/// TypeError or ValueError for an improper `__length_hint__` result; anything but TypeError that `__len__` raises.
pub fn length_hint(th: &Thread, v: Value, default: isize) -> PyResult<isize> {
    if v.is_exact(&statics::GENERATOR_TYPE) {
        return Ok(default);
    }
    let slots = v.ty().slots();
    if slots.sq_length.or(slots.mp_length).is_some()
        && let Some(len) = th.catch(len(th, v), &statics::TYPE_ERROR)?
    {
        return Ok(len);
    }
    let hint = super::call_special(th, v, names::LENGTH_HINT.get(th)?, &[]);
    let Some(Some(hint)) = th.catch(hint, &statics::TYPE_ERROR)? else { return Ok(default) };
    if hint.is_not_implemented() {
        return Ok(default);
    }
    if !hint.is_instance(&statics::INT_TYPE) {
        return err!(th, TYPE_ERROR, "__length_hint__ must be an integer, not {}", hint.ty().name());
    }
    let hint = number::as_isize(th, hint.value())?;
    if hint < 0 {
        return err!(th, VALUE_ERROR, "__length_hint__() should return >= 0");
    }
    Ok(hint)
}

/// The index of a sequence item, counted from the end if negative.
fn sequence_index(th: &Thread, v: Value, key: Value) -> PyResult<isize> {
    if key.ty().slots().nb_index.is_none() {
        return err!(th, TYPE_ERROR, "sequence index must be integer, not '{}'", key.ty().name());
    }
    let index = match key.as_small_int() {
        Some(i) => i as isize,
        None => {
            let number = number::index(th, key)?;
            match int::as_i64_exact(number.value()) {
                Some(i) => i as isize,
                None => {
                    return err!(th, INDEX_ERROR, "cannot fit '{}' into an index-sized integer", key.ty().name());
                }
            }
        }
    };
    match v.ty().slots().sq_length {
        Some(len) if index < 0 => Ok(index.saturating_add(len(th, v)?)),
        _ => Ok(index),
    }
}

/// `v[key]`.
///
/// # Errors
/// TypeError if `v` has no items; what the subscript raises.
#[inline]
pub fn get_item(th: &Thread, v: Value, key: Value) -> PyResult {
    match v.ty().slots().mp_subscript {
        Some(get) => get(th, v, key),
        None => get_item_other(th, v, key),
    }
}

#[inline(never)]
fn get_item_other(th: &Thread, v: Value, key: Value) -> PyResult {
    if let Some(get) = v.ty().slots().sq_item {
        return get(th, v, sequence_index(th, v, key)?);
    }
    if let Some(class) = v.cast::<Type>() {
        if std::ptr::eq(class, &statics::TYPE_TYPE) {
            return generic_alias::new(th, v, key);
        }
        if let Some(method) = super::lookup_attr(th, v, names::CLASS_GETITEM.get(th)?)?
            && !method.is_none()
        {
            return call::call1(th, method.value(), key);
        }
        return err!(th, TYPE_ERROR, "type '{}' is not subscriptable", class.name());
    }
    err!(th, TYPE_ERROR, "'{}' object is not subscriptable", v.ty().name())
}

/// `v[key] = value`.
///
/// # Errors
/// TypeError if items cannot be assigned; what the assignment raises.
#[inline]
pub fn set_item(th: &Thread, v: Value, key: Value, value: Value) -> PyResult<()> {
    assign_item(th, v, key, Some(value), "does not support item assignment")
}

/// `del v[key]`.
///
/// # Errors
/// TypeError if items cannot be deleted; what the deletion raises.
pub fn del_item(th: &Thread, v: Value, key: Value) -> PyResult<()> {
    assign_item(th, v, key, None, "doesn't support item deletion")
}

#[inline]
fn assign_item(th: &Thread, v: Value, key: Value, value: Option<Value>, what: &str) -> PyResult<()> {
    let slots = v.ty().slots();
    if let Some(set) = slots.mp_ass_subscript {
        return set(th, v, key, value);
    }
    if let Some(set) = slots.sq_ass_item {
        return set(th, v, sequence_index(th, v, key)?, value);
    }
    err!(th, TYPE_ERROR, "'{}' object {what}", v.ty().name())
}

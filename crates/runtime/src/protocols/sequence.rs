//! The sequence protocol: items by machine index, concatenation, repetition, containment.

use crate::prelude::*;
use crate::types::slice;

/// Whether `v` has items by index and is no dict (`PySequence_Check`).
#[inline]
pub fn is_sequence(v: Value) -> bool {
    let ty = v.ty();
    ty.slots().sq_item.is_some() && !ty.has_flag(flags::DICT_SUBCLASS)
}

/// The length.
///
/// # Errors
/// TypeError without one; what `__len__` raises.
pub fn len(th: &Thread, v: Value) -> PyResult<isize> {
    match v.ty().slots().sq_length {
        Some(len) => len(th, v),
        None if v.ty().slots().mp_length.is_some() => err!(th, TYPE_ERROR, "{} is not a sequence", v.ty().name()),
        None => err!(th, TYPE_ERROR, "object of type '{}' has no len()", v.ty().name()),
    }
}

/// An index counted from the end, if negative, by the length of `v`.
fn wrap_index(th: &Thread, v: Value, i: isize) -> PyResult<isize> {
    match v.ty().slots().sq_length {
        Some(len) if i < 0 => Ok(i.saturating_add(len(th, v)?)),
        _ => Ok(i),
    }
}

/// `v[i]`.
///
/// # Errors
/// IndexError; TypeError if `v` is no sequence.
pub fn get_item(th: &Thread, v: Value, i: isize) -> PyResult {
    match v.ty().slots().sq_item {
        Some(get) => get(th, v, wrap_index(th, v, i)?),
        None if v.ty().slots().mp_subscript.is_some() => err!(th, TYPE_ERROR, "{} is not a sequence", v.ty().name()),
        None => err!(th, TYPE_ERROR, "'{}' object does not support indexing", v.ty().name()),
    }
}

/// `v[i] = item`, or `del v[i]` without an item.
///
/// # Errors
/// IndexError; TypeError if items cannot be assigned or deleted.
pub fn set_item(th: &Thread, v: Value, i: isize, item: Option<Value>) -> PyResult<()> {
    let slots = v.ty().slots();
    if let Some(set) = slots.sq_ass_item {
        return set(th, v, wrap_index(th, v, i)?, item);
    }
    if slots.mp_ass_subscript.is_some() {
        return err!(th, TYPE_ERROR, "{} is not a sequence", v.ty().name());
    }
    let what = if item.is_some() { "assignment" } else { "deletion" };
    err!(th, TYPE_ERROR, "'{}' object doesn't support item {what}", v.ty().name())
}

/// `item in container`.
///
/// # Errors
/// TypeError if `container` is neither a container nor iterable; what comparing and iterating raise.
#[inline]
pub fn contains(th: &Thread, container: Value, item: Value) -> PyResult<bool> {
    match container.ty().slots().sq_contains {
        Some(contains) => contains(th, container, item),
        None => contains_by_iteration(th, container, item),
    }
}

/// Containment by looking at one item after the other.
///
/// # Errors
/// As [`contains`].
pub fn contains_by_iteration(th: &Thread, container: Value, item: Value) -> PyResult<bool> {
    let it = search(th, container, "a container or iterable")?;
    while let Some(candidate) = iter::next(th, it.value())? {
        if compare::eq(th, candidate.value(), item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The iterator of a search; what is not iterable is "not {expected}".
fn search(th: &Thread, v: Value, expected: &str) -> PyResult {
    match th.catch(iter::get_iter(th, v), &statics::TYPE_ERROR)? {
        Some(it) => Ok(it),
        None => err!(th, TYPE_ERROR, "argument of type '{}' is not {expected}", v.ty().name()),
    }
}

/// `operator.indexOf(v, item)`.
///
/// # Errors
/// ValueError if the item is not there; TypeError if `v` is not iterable.
pub fn index_of(th: &Thread, v: Value, item: Value) -> PyResult<usize> {
    let it = search(th, v, "iterable")?;
    let mut i = 0;
    while let Some(candidate) = iter::next(th, it.value())? {
        if compare::eq(th, candidate.value(), item)? {
            return Ok(i);
        }
        i += 1;
    }
    err!(th, VALUE_ERROR, "sequence.index(x): x not in sequence")
}

/// `operator.countOf(v, item)`.
///
/// # Errors
/// TypeError if `v` is not iterable.
pub fn count(th: &Thread, v: Value, item: Value) -> PyResult<usize> {
    let it = search(th, v, "iterable")?;
    let mut n = 0;
    while let Some(candidate) = iter::next(th, it.value())? {
        n += compare::eq(th, candidate.value(), item)? as usize;
    }
    Ok(n)
}

/// The bounds of `index(value, start, stop)`: counted from the end if negative, cut to the sequence. The second may
/// exceed the length.
///
/// # Errors
/// TypeError for bounds that are no integers.
pub fn clamp_range(th: &Thread, start: Option<Value>, stop: Option<Value>, len: usize) -> PyResult<(usize, usize)> {
    let bound = |v: Option<Value>, default: isize| -> PyResult<usize> {
        let Some(v) = v else { return Ok(default as usize) };
        if !number::has_index(v) {
            return err!(th, TYPE_ERROR, "slice indices must be integers or have an __index__ method");
        }
        let i = number::as_index_clamped(th, v)?;
        Ok(if i < 0 { i.saturating_add(len as isize).max(0) } else { i } as usize)
    };
    Ok((bound(start, 0)?, bound(stop, isize::MAX)?))
}

/// `a + b` for sequences.
///
/// # Errors
/// TypeError if `a` cannot be concatenated.
pub fn concat(th: &Thread, a: Value, b: Value) -> PyResult {
    if let Some(concat) = a.ty().slots().sq_concat {
        return concat(th, a, b);
    }
    by_number(th, number::NumberOp::Add, a, b, "concatenated")
}

/// `a += b` for sequences.
///
/// # Errors
/// TypeError if `a` cannot be concatenated.
pub fn inplace_concat(th: &Thread, a: Value, b: Value) -> PyResult {
    let slots = a.ty().slots();
    if let Some(concat) = slots.sq_inplace_concat.or(slots.sq_concat) {
        return concat(th, a, b);
    }
    by_number(th, number::NumberOp::InplaceAdd, a, b, "concatenated")
}

/// Classes with `__getitem__` may do by `__add__` what built-in sequences do by slots.
fn by_number(th: &Thread, op: number::NumberOp, a: Value, b: Value, verb: &str) -> PyResult {
    if is_sequence(a) && is_sequence(b) {
        return if op.is_inplace() { number::inplace_op(th, op, a, b) } else { number::binary_op(th, op, a, b) };
    }
    err!(th, TYPE_ERROR, "'{}' object can't be {verb}", a.ty().name())
}

/// `v * n` for sequences.
///
/// # Errors
/// TypeError if `v` cannot be repeated.
pub fn repeat(th: &Thread, v: Value, n: isize) -> PyResult {
    if let Some(repeat) = v.ty().slots().sq_repeat {
        return repeat(th, v, n);
    }
    if is_sequence(v) {
        let n = th.int(n as i64)?;
        return number::binary_op(th, number::NumberOp::Multiply, v, n.value());
    }
    err!(th, TYPE_ERROR, "'{}' object can't be repeated", v.ty().name())
}

/// `list(v)`.
///
/// # Errors
/// As [`iter::to_vec`].
pub fn to_list(th: &Thread, v: Value) -> PyResult {
    th.list(iter::to_vec(th, v)?)
}

/// `tuple(v)`; an exact tuple is returned as it is.
///
/// # Errors
/// As [`iter::to_vec`].
pub fn to_tuple(th: &Thread, v: Value) -> PyResult {
    if v.is_exact(&statics::TUPLE_TYPE) {
        return Ok(v.own());
    }
    th.tuple_from(iter::to_vec(th, v)?)
}

/// `slice(start, stop)` of machine numbers.
fn slice_of(th: &Thread, start: isize, stop: isize) -> PyResult {
    let (start, stop) = (th.int(start as i64)?, th.int(stop as i64)?);
    slice::new(th, start.value(), stop.value(), statics::none())
}

/// `v[start:stop]`.
///
/// # Errors
/// TypeError if `v` cannot be sliced.
pub fn get_slice(th: &Thread, v: Value, start: isize, stop: isize) -> PyResult {
    match v.ty().slots().mp_subscript {
        Some(get) => get(th, v, slice_of(th, start, stop)?.value()),
        None => err!(th, TYPE_ERROR, "'{}' object is unsliceable", v.ty().name()),
    }
}

/// `v[start:stop] = items`.
///
/// # Errors
/// TypeError if slices cannot be assigned.
pub fn set_slice(th: &Thread, v: Value, start: isize, stop: isize, items: Value) -> PyResult<()> {
    match v.ty().slots().mp_ass_subscript {
        Some(set) => set(th, v, slice_of(th, start, stop)?.value(), Some(items)),
        None => err!(th, TYPE_ERROR, "'{}' object doesn't support slice assignment", v.ty().name()),
    }
}

/// `del v[start:stop]`.
///
/// # Errors
/// TypeError if slices cannot be deleted.
pub fn del_slice(th: &Thread, v: Value, start: isize, stop: isize) -> PyResult<()> {
    match v.ty().slots().mp_ass_subscript {
        Some(set) => set(th, v, slice_of(th, start, stop)?.value(), None),
        None => err!(th, TYPE_ERROR, "'{}' object doesn't support slice deletion", v.ty().name()),
    }
}

//! Conversions to ints, floats and machine numbers, and the warnings that go with them.

use super::full_name;
use crate::prelude::*;
use crate::types::{float, int};
use crate::warnings;

/// Whether the object has `__index__` (is usable as an integer).
#[inline]
pub fn has_index(v: Value) -> bool {
    v.is_small_int() || v.ty().slots().nb_index.is_some()
}

/// `operator.index(v)`: an exact int.
///
/// # Errors
/// TypeError when the object is not usable as an integer.
#[inline]
pub fn index(th: &Thread, v: Value) -> PyResult {
    if v.is_small_int() || v.is_exact(&statics::INT_TYPE) {
        return Ok(v.own());
    }
    index_slow(th, v)
}

fn index_slow(th: &Thread, v: Value) -> PyResult {
    let result = index_or_subclass(th, v)?;
    int::exact_copy(th, result.value())
}

/// The result of `__index__`, possibly of a subclass of int.
fn index_or_subclass(th: &Thread, v: Value) -> PyResult {
    if v.is_instance(&statics::INT_TYPE) {
        return Ok(v.own());
    }
    let Some(slot) = v.ty().slots().nb_index else {
        return Err(th.type_error(format!("'{}' object cannot be interpreted as an integer", full_name(v))));
    };
    let result = slot(th, v)?;
    check_int_result(th, "__index__", result)
}

/// What `__int__` and `__index__` may return: an int, with a warning for subclasses.
fn check_int_result(th: &Thread, method: &str, result: Obj) -> PyResult {
    if result.is_exact(&statics::INT_TYPE) {
        return Ok(result);
    }
    let name = full_name(result.value());
    if !result.is_instance(&statics::INT_TYPE) {
        return Err(th.type_error(format!("{method} returned non-int (type {name})")));
    }
    warnings::deprecated(
        th,
        &format!(
            "{method} returned non-int (type {name}).  The ability to return an instance of a strict subclass of int \
             is deprecated, and may be removed in a future version of Python."
        ),
    )?;
    Ok(result)
}

/// Index conversion for sequences: `None` from [`int::as_i64_exact`] becomes `error_type`.
///
/// # Errors
/// TypeError when the object is not usable as an integer; `error_type` when it is too large.
#[inline]
pub fn as_index(th: &Thread, v: Value, error_type: &'static Type) -> PyResult<isize> {
    if let Some(i) = v.as_small_int() {
        return Ok(i as isize);
    }
    let result = index(th, v)?;
    match int::as_i64_exact(result.value()) {
        Some(i) => Ok(i as isize),
        None => {
            let name = full_name(v);
            Err(th.raise(error_type, format!("cannot fit '{name}' into an index-sized integer")))
        }
    }
}

/// As [`as_index`], but values that are too large or too small become `isize::MAX` and `isize::MIN`.
///
/// # Errors
/// TypeError when the object is not usable as an integer.
#[inline]
pub fn as_index_clamped(th: &Thread, v: Value) -> PyResult<isize> {
    if let Some(i) = v.as_small_int() {
        return Ok(i as isize);
    }
    let result = index(th, v)?;
    Ok(match int::as_i64_exact(result.value()) {
        Some(i) => i as isize,
        None if int::is_negative(result.value()) => isize::MIN,
        None => isize::MAX,
    })
}

fn as_i64_named(th: &Thread, v: Value, c_type: &str) -> PyResult<i64> {
    let result = index(th, v)?;
    match int::as_i64_exact(result.value()) {
        Some(i) => Ok(i),
        None => Err(th.overflow_error(format!("Python int too large to convert to C {c_type}"))),
    }
}

/// As C's `long`.
///
/// # Errors
/// TypeError when the object is not usable as an integer; OverflowError.
#[inline]
pub fn as_i64(th: &Thread, v: Value) -> PyResult<i64> {
    match v.as_small_int() {
        Some(i) => Ok(i),
        None => as_i64_named(th, v, "long"),
    }
}

/// As `Py_ssize_t`.
///
/// # Errors
/// As for [`as_i64`].
#[inline]
pub fn as_isize(th: &Thread, v: Value) -> PyResult<isize> {
    match v.as_small_int() {
        Some(i) => Ok(i as isize),
        None => as_i64_named(th, v, "ssize_t").map(|i| i as isize),
    }
}

/// As C's `int`.
///
/// # Errors
/// As for [`as_i64`].
pub fn as_i32(th: &Thread, v: Value) -> PyResult<i32> {
    let i = as_i64_named(th, v, "int")?;
    i32::try_from(i).map_err(|_| th.overflow_error("Python int too large to convert to C int"))
}

/// As C's `unsigned long long`.
///
/// # Errors
/// TypeError when the object is not usable as an integer; OverflowError for negative or too large numbers.
pub fn as_u64(th: &Thread, v: Value) -> PyResult<u64> {
    let result = index(th, v)?;
    if int::is_negative(result.value()) {
        return Err(th.overflow_error("can't convert negative int to unsigned"));
    }
    int::with_big(result.value(), |big| big.to_u64()).ok_or_else(|| th.overflow_error("int too big to convert"))
}

/// The number modulo 2**64, as C's unchecked conversions (`k` and `K` formats) take it.
///
/// # Errors
/// TypeError when the object is not usable as an integer.
pub fn as_u64_wrapping(th: &Thread, v: Value) -> PyResult<u64> {
    let result = index(th, v)?;
    Ok(int::with_big(result.value(), |big| big.wrapping_u64()))
}

/// As C's `double`: floats, objects with `__float__` or `__index__`.
///
/// # Errors
/// TypeError for anything else; OverflowError for a too large int.
#[inline]
pub fn as_f64(th: &Thread, v: Value) -> PyResult<f64> {
    if let Some(x) = v.as_small_float() {
        return Ok(x);
    }
    as_f64_slow(th, v)
}

fn as_f64_slow(th: &Thread, v: Value) -> PyResult<f64> {
    if let Some(x) = float::value_of(v) {
        return Ok(x);
    }
    if let Some(x) = float_by_slot(th, v)? {
        return Ok(x);
    }
    Err(th.type_error(format!("must be real number, not {}", full_name(v))))
}

/// Through `__float__`, else `__index__`; `None` when the object has neither.
pub(crate) fn float_by_slot(th: &Thread, v: Value) -> PyResult<Option<f64>> {
    let slots = v.ty().slots();
    if let Some(slot) = slots.nb_float {
        let result = slot(th, v)?;
        let Some(x) = float::value_of(result.value()) else {
            let (owner, name) = (full_name(v), full_name(result.value()));
            return Err(th.type_error(format!("{owner}.__float__ returned non-float (type {name})")));
        };
        if !result.is_exact(&statics::FLOAT_TYPE) {
            let (owner, name) = (full_name(v), full_name(result.value()));
            warnings::deprecated(
                th,
                &format!(
                    "{owner}.__float__ returned non-float (type {name}).  The ability to return an instance of a strict \
                     subclass of float is deprecated, and may be removed in a future version of Python."
                ),
            )?;
        }
        return Ok(Some(x));
    }
    if slots.nb_index.is_some() {
        let result = index(th, v)?;
        return int::to_f64(th, result.value()).map(Some);
    }
    Ok(None)
}

/// `float(v)` for one argument.
///
/// # Errors
/// TypeError for what is not a number or text; ValueError for bad text.
pub fn to_float(th: &Thread, v: Value) -> PyResult {
    if v.is_exact(&statics::FLOAT_TYPE) {
        return Ok(v.own());
    }
    if let Some(x) = float_by_slot(th, v)? {
        return th.float(x);
    }
    if let Some(x) = float::value_of(v) {
        return th.float(x);
    }
    float::from_text(th, v)
}

/// `int(v)` for one argument: an exact int.
///
/// # Errors
/// TypeError for what is not a number or text; ValueError for bad text.
pub fn to_int(th: &Thread, v: Value) -> PyResult {
    if v.is_exact(&statics::INT_TYPE) {
        return Ok(v.own());
    }
    if let Some(slot) = v.ty().slots().nb_int {
        let result = check_int_result(th, "__int__", slot(th, v)?)?;
        return int::exact_copy(th, result.value());
    }
    if v.ty().slots().nb_index.is_some() {
        return index(th, v);
    }
    int::from_text(th, v)
}

//! The methods of `int`.

use super::{BigView, INT_TYPE, exact_copy, from_big, from_view, is_int, is_negative, text};
use crate::prelude::*;
use crate::protocols::number::OrRaise;
use crate::types::str::Str;
use whipsnake_numbers::bigint;

/// `byteorder` arguments: whether little-endian.
fn is_little_endian(th: &Thread, byteorder: Option<&Str>) -> PyResult<bool> {
    match byteorder.map_or(Some("big"), |order| order.as_utf8()) {
        Some("little") => Ok(true),
        Some("big") => Ok(false),
        _ => Err(th.value_error("byteorder must be either 'little' or 'big'")),
    }
}

/// The bytes that `int.from_bytes` reads: a buffer, an iterable of ints, or an object with `__bytes__`.
fn source_bytes(th: &Thread, v: Value) -> PyResult<Vec<u8>> {
    if let Some(bytes) = text::bytes_of(th, v)? {
        return Ok(bytes);
    }
    let has_bytes = object::lookup_special(th, v, "__bytes__")?.is_some();
    if !has_bytes && (v.is_instance(&statics::STR_TYPE) || number::has_index(v) || v.ty().slots().iter.is_none()) {
        return Err(th.type_error(format!("cannot convert '{}' object to bytes", number::full_name(v))));
    }
    let bytes = call::call_values(th, statics::BYTES_TYPE.value(), &[v])?;
    Ok(text::bytes_of(th, bytes.value())?.unwrap_or_default())
}

#[pymethods]
pub(super) mod methods {
    use super::*;

    /// The number itself.
    #[method("conjugate()")]
    fn conjugate(th: &Thread, this: Value) -> PyResult {
        exact_copy(th, this)
    }

    /// How many bits the magnitude takes.
    #[method("bit_length()")]
    fn bit_length(th: &Thread, this: Value) -> PyResult {
        match this.as_small_int() {
            Some(i) => th.int(i64::from(64 - i.unsigned_abs().leading_zeros())),
            None => th.uint(bigint::bit_length(BigView::of(this).view())),
        }
    }

    /// How many bits of the magnitude are one.
    #[method("bit_count()")]
    fn bit_count(th: &Thread, this: Value) -> PyResult {
        match this.as_small_int() {
            Some(i) => th.int(i64::from(i.unsigned_abs().count_ones())),
            None => th.uint(bigint::bit_count(BigView::of(this).view())),
        }
    }

    /// The number as bytes.
    #[method("to_bytes(length=1, byteorder='big', *, signed=False)")]
    fn to_bytes(th: &Thread, this: Value, length: isize, byteorder: Option<&Str>, signed: bool) -> PyResult {
        let little = is_little_endian(th, byteorder)?;
        let Ok(length) = usize::try_from(length) else {
            return Err(th.value_error("length argument must be non-negative"));
        };
        th.bytes(&bigint::to_bytes(BigView::of(this).view(), length, little, signed).or_raise(th)?)
    }

    /// The number that bytes spell.
    #[classmethod("from_bytes(bytes, byteorder='big', *, signed=False)")]
    fn from_bytes(th: &Thread, this: Value, bytes: Value, byteorder: Option<&Str>, signed: bool) -> PyResult {
        let little = is_little_endian(th, byteorder)?;
        let number = text::from_raw_bytes(th, &source_bytes(th, bytes)?, little, signed)?;
        if this.same(INT_TYPE.value()) { Ok(number) } else { call::call_values(th, this, &[number.value()]) }
    }

    /// The number and 1.
    #[method("as_integer_ratio()")]
    fn as_integer_ratio(th: &Thread, this: Value) -> PyResult {
        th.tuple_from(vec![exact_copy(th, this)?, Obj::small_int(1)])
    }

    /// The number itself.
    #[method("__trunc__()")]
    fn trunc(th: &Thread, this: Value) -> PyResult {
        exact_copy(th, this)
    }

    /// The number itself.
    #[method("__floor__()")]
    fn floor(th: &Thread, this: Value) -> PyResult {
        exact_copy(th, this)
    }

    /// The number itself.
    #[method("__ceil__()")]
    fn ceil(th: &Thread, this: Value) -> PyResult {
        exact_copy(th, this)
    }

    /// Rounded to a multiple of 10**-ndigits, half to even.
    #[method("__round__(ndigits=None, /)")]
    fn round(th: &Thread, this: Value, ndigits: Option<Value>) -> PyResult {
        let Some(ndigits) = ndigits else { return exact_copy(th, this) };
        let ndigits = number::index(th, ndigits)?;
        if !is_negative(ndigits.value()) {
            return exact_copy(th, this);
        }
        let power = super::super::as_i64_exact(ndigits.value()).map_or(u64::MAX, i64::unsigned_abs);
        from_big(th, bigint::round_to_power_of_ten(BigView::of(this).view(), power).or_raise(th)?)
    }

    /// For pickling.
    #[method("__getnewargs__()")]
    fn getnewargs(th: &Thread, this: Value) -> PyResult {
        th.tuple_from(vec![from_view(th, BigView::of(this).view())?])
    }

    /// As text, by a format spec.
    #[method("__format__(format_spec, /)")]
    fn format(th: &Thread, this: Value, format_spec: &Str) -> PyResult {
        debug_assert!(is_int(this));
        number::format_int(th, this, format_spec)
    }

    /// Bytes in memory.
    #[method("__sizeof__()")]
    fn sizeof(_: &Thread, this: Value) -> usize {
        24 + 4 * BigView::of(this).view().digits.len().max(1)
    }

    /// True: for duck typing with float.
    #[method("is_integer()")]
    fn is_integer(_: &Thread, _this: Value) -> bool {
        true
    }

    /// the real part
    #[getter("real")]
    fn real(th: &Thread, this: Value) -> PyResult {
        exact_copy(th, this)
    }

    /// the imaginary part
    #[getter("imag")]
    fn imag(_: &Thread, _this: Value) -> Obj {
        Obj::small_int(0)
    }

    /// the numerator in lowest terms
    #[getter("numerator")]
    fn numerator(th: &Thread, this: Value) -> PyResult {
        exact_copy(th, this)
    }

    /// the denominator in lowest terms
    #[getter("denominator")]
    fn denominator(_: &Thread, _this: Value) -> Obj {
        Obj::small_int(1)
    }
}

//! Ints and text: literals, `repr`, `format`.

use super::{BigView, from_big};
use crate::prelude::*;
use crate::protocols::number::OrRaise;
use crate::types::str::Str;
pub use whipsnake_numbers::bigint::DEFAULT_MAX_STR_DIGITS;
use whipsnake_numbers::bigint::{self, Big, ParseIntError};

/// `sys.get_int_max_str_digits()`; 0 = no limit.
#[inline]
pub fn max_str_digits(th: &Thread) -> usize {
    th.interp.int_max_str_digits.get()
}

/// `sys.set_int_max_str_digits(digits)`; the caller has checked the number.
pub fn set_max_str_digits(th: &Thread, digits: usize) {
    th.interp.int_max_str_digits.set(digits);
}

/// The text of a str with decimal digits of all scripts and white space turned to ASCII, as `int` and `float` read
/// it; other characters become `?`.
pub fn ascii_digits(text: &Str) -> Vec<u8> {
    let units = text.units();
    if let Some(ascii) = text.as_utf8()
        && ascii.is_ascii()
    {
        return ascii.as_bytes().to_vec();
    }
    let to_ascii = |c: u32| match c {
        c if whipsnake_text::unicode::is_space(c) => b' ',
        c if c < 0x80 => c as u8,
        c => whipsnake_text::unicode::to_decimal(c).map_or(b'?', |digit| b'0' + digit),
    };
    units.iter().map(to_ascii).collect()
}

/// The number that `text` spells in `base`; `original` is shown when it spells none.
///
/// # Errors
/// ValueError.
pub fn parse_latin(th: &Thread, text: &[u8], base: u32, original: Value) -> PyResult {
    match bigint::parse_ascii(text, base, max_str_digits(th)) {
        Ok(number) => from_big(th, number),
        Err(ParseIntError::Other(error)) => Err(number::raise(th, error)),
        Err(ParseIntError::Syntax) => {
            let shown = object::repr(th, original)?;
            let shown = crate::types::str::to_rust_string(shown.value());
            let shown: String = shown.chars().take(200).collect();
            Err(th.value_error(format!("invalid literal for int() with base {base}: {shown}")))
        }
    }
}

/// `int(v)` of a str or an object with bytes.
///
/// # Errors
/// ValueError for bad text, TypeError for anything else.
pub fn from_text(th: &Thread, v: Value) -> PyResult {
    if let Some(text) = v.cast::<Str>() {
        if let Some(i) = short_decimal(text) {
            return th.int(i);
        }
        return parse_latin(th, &ascii_digits(text), 10, v);
    }
    match bytes_of(th, v)? {
        Some(bytes) => from_bytes_text(th, &bytes, 10),
        None => Err(th.type_error(format!(
            "int() argument must be a string, a bytes-like object or a real number, not '{}'",
            number::full_name(v)
        ))),
    }
}

/// Up to 18 plain decimal digits, the common case.
fn short_decimal(text: &Str) -> Option<i64> {
    let bytes = text.as_utf8()?.as_bytes();
    if bytes.is_empty() || bytes.len() > 18 || !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(bytes.iter().fold(0, |acc, b| acc * 10 + i64::from(b - b'0')))
}

/// `int(v, base)`.
///
/// # Errors
/// TypeError for what is not text, ValueError for bad text. The base must have been checked.
pub fn from_text_with_base(th: &Thread, v: Value, base: u32) -> PyResult {
    if let Some(text) = v.cast::<Str>() {
        return parse_latin(th, &ascii_digits(text), base, v);
    }
    if v.is_instance(&statics::BYTES_TYPE) || v.is_instance(&statics::BYTEARRAY_TYPE) {
        if let Some(bytes) = bytes_of(th, v)? {
            return from_bytes_text(th, &bytes, base);
        }
    }
    Err(th.type_error("int() can't convert non-string with explicit base"))
}

fn from_bytes_text(th: &Thread, bytes: &[u8], base: u32) -> PyResult {
    let original = th.bytes(bytes)?;
    parse_latin(th, bytes, base, original.value())
}

/// A copy of a buffer's bytes; `None` for objects without buffer.
pub(crate) fn bytes_of(th: &Thread, v: Value) -> PyResult<Option<Vec<u8>>> {
    if v.ty().slots().bf_getbuffer.is_none() {
        return Ok(None);
    }
    let buffer = crate::types::buffer::get(th, v, false)?;
    Ok(Some(buffer.bytes().to_vec()))
}

/// The numbers below 100, two digits each.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut i = 0;
    while i < 100 {
        pairs[i] = [b'0' + (i / 10) as u8, b'0' + (i % 10) as u8];
        i += 1;
    }
    pairs
};

/// Decimal digits of a machine number (ASCII), written into `buffer` from the end.
#[inline]
pub(crate) fn decimal_i64(i: i64, buffer: &mut [u8; 20]) -> &[u8] {
    let (mut rest, mut at) = (i.unsigned_abs(), buffer.len());
    while rest >= 100 && at > 3 {
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&PAIRS[(rest % 100) as usize]);
        rest /= 100;
    }
    if rest >= 10 {
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&PAIRS[rest as usize % 100]);
    } else {
        at -= 1;
        buffer[at] = b'0' + rest as u8;
    }
    if i < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    &buffer[at..]
}

pub(super) fn repr(th: &Thread, v: Value) -> PyResult {
    if let Some(i) = v.as_small_int() {
        return crate::types::str::from_ascii(th, decimal_i64(i, &mut [0; 20]));
    }
    th.str(&decimal(th, v)?)
}

/// The decimal digits of any int.
///
/// # Errors
/// ValueError when there are more than `sys.get_int_max_str_digits()` allows.
pub fn decimal(th: &Thread, v: Value) -> PyResult<String> {
    bigint::to_decimal(BigView::of(v).view(), max_str_digits(th)).or_raise(th)
}

/// `int.from_bytes` of a slice, for native code.
pub(super) fn from_raw_bytes(th: &Thread, bytes: &[u8], little_endian: bool, signed: bool) -> PyResult {
    let number: Big = bigint::from_bytes(bytes, little_endian, signed);
    from_big(th, number)
}

#[cfg(test)]
mod tests {
    use super::decimal_i64;

    #[test]
    fn machine_numbers() {
        for i in [0, 7, -7, 10, 99, -100, i64::MAX, i64::MIN, 1 << 62, -(1 << 62)] {
            assert_eq!(decimal_i64(i, &mut [0; 20]), i.to_string().as_bytes());
        }
    }
}

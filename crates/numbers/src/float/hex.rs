//! `float.hex` and `float.fromhex`.

use super::parse::trim;
use crate::bigint;
use crate::error::{NumError, Result};

/// `x.hex()`.
pub fn to_hex(x: f64) -> String {
    if !x.is_finite() {
        return super::repr(x);
    }
    let sign = if x.is_sign_negative() { "-" } else { "" };
    if x == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let bits = x.to_bits();
    let biased = (bits >> 52 & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    let (lead, exponent) = if biased == 0 { (0, -1022) } else { (1, biased - 1023) };
    format!("{sign}0x{lead}.{fraction:013x}p{exponent:+}")
}

fn invalid() -> NumError {
    NumError::value("invalid hexadecimal floating-point string")
}

fn too_large() -> NumError {
    NumError::overflow("hexadecimal value too large to represent as a float")
}

/// `float.fromhex(text)`, correctly rounded.
///
/// Errors: `ValueError` for bad syntax, `OverflowError` if the value is out of range.
pub fn from_hex(text: &str) -> Result<f64> {
    let text = trim(text.as_bytes());
    let negative = text.first() == Some(&b'-');
    let rest = if matches!(text.first(), Some(b'+' | b'-')) { &text[1..] } else { text };
    let magnitude = match rest.to_ascii_lowercase().as_slice() {
        b"inf" | b"infinity" => f64::INFINITY,
        b"nan" => f64::NAN,
        lower => finite_from_hex(lower)?,
    };
    Ok(if negative { -magnitude } else { magnitude })
}

/// Reads `[0x]h*[.h*][p[+-]d+]`, lower case.
fn finite_from_hex(text: &[u8]) -> Result<f64> {
    let text = text.strip_prefix(b"0x").unwrap_or(text);
    let end = text.iter().position(|b| !b.is_ascii_hexdigit() && *b != b'.').unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let exponent = match rest {
        [] => 0,
        [b'p', rest @ ..] => exponent(rest)?,
        _ => return Err(invalid()),
    };
    let point = digits.iter().position(|&b| b == b'.');
    let count = digits.len() - usize::from(point.is_some());
    if count == 0 || digits.iter().filter(|&&b| b == b'.').count() > 1 {
        return Err(invalid());
    }
    let after_point = point.map_or(0, |p| digits.len() - p - 1);
    let mut mantissa = 0u64;
    let mut sticky = false;
    let mut dropped = 0i64;
    for &byte in digits.iter().filter(|&&b| b != b'.') {
        let value = char::from(byte).to_digit(16).map_or(0, u64::from);
        if mantissa >> 60 == 0 {
            mantissa = mantissa << 4 | value;
        } else {
            sticky |= value != 0;
            dropped += 1;
        }
    }
    let scale = exponent.saturating_add(4 * (dropped - after_point as i64));
    bigint::round_scaled(mantissa, sticky, scale.clamp(-(1 << 40), 1 << 40)).ok_or_else(too_large)
}

/// A signed decimal exponent, saturating.
fn exponent(text: &[u8]) -> Result<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(invalid());
    }
    let value = digits.iter().fold(0i64, |acc, &b| acc.saturating_mul(10).saturating_add(i64::from(b - b'0')));
    Ok(if negative { -value } else { value })
}

//! Comparisons, exact also between integers and floats.

use super::{BigRef, SmallDigits, bits, convert, kernel};
use std::cmp::Ordering;

/// Orders two integers.
pub fn cmp(a: BigRef<'_>, b: BigRef<'_>) -> Ordering {
    match (a.negative, b.negative) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => kernel::cmp(a.digits, b.digits),
        (true, true) => kernel::cmp(b.digits, a.digits),
    }
}

/// Orders an integer and a float by their exact values; `None` if `b` is a NaN.
pub fn cmp_f64(a: BigRef<'_>, b: f64) -> Option<Ordering> {
    if b.is_nan() {
        return None;
    }
    let b_sign = if b == 0.0 { 0 } else { 1f64.copysign(b) as i32 };
    let signs = a.sign().cmp(&b_sign);
    if signs != Ordering::Equal || b_sign == 0 {
        return Some(signs);
    }
    let magnitude = if b.is_infinite() {
        Ordering::Less
    } else {
        let whole = b.abs().trunc();
        let fraction = b.abs() != whole;
        // Sizes decide most comparisons before any digit of the float is built.
        let exponent = if whole == 0.0 { 0 } else { (whole.to_bits() >> 52) as i64 - 1022 };
        (bits::bit_length(a) as i64).cmp(&exponent).then_with(|| {
            let whole = convert::from_finite(whole);
            let order = kernel::cmp(a.digits, &whole.digits);
            if order == Ordering::Equal && fraction { Ordering::Less } else { order }
        })
    };
    Some(if a.negative { magnitude.reverse() } else { magnitude })
}

/// Orders a small integer and a float by their exact values; `None` if `b` is a NaN.
#[inline]
pub fn cmp_i64_f64(a: i64, b: f64) -> Option<Ordering> {
    if a.unsigned_abs() <= 1 << 53 {
        return (a as f64).partial_cmp(&b);
    }
    cmp_f64(SmallDigits::new(a).view(), b)
}

/// Whether an integer and a float are exactly equal.
pub fn eq_f64(a: BigRef<'_>, b: f64) -> bool {
    cmp_f64(a, b) == Some(Ordering::Equal)
}

//! Taking doubles apart and stepping between them.

use crate::bigint;
use crate::error::{NumError, Result};

/// `math.frexp`: a mantissa in [0.5, 1) and an exponent.
pub fn frexp(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let (mantissa, exponent) = bigint::decompose(x.abs());
    let shift = mantissa.leading_zeros() as i32 - 11;
    let bits = (mantissa << shift) & ((1 << 52) - 1) | 1022 << 52;
    (f64::from_bits(bits).copysign(x), exponent - shift + 53)
}

/// `math.ldexp`: x * 2**exponent, correctly rounded also where the result is subnormal. Exponents past an i64
/// are passed saturated.
///
/// Errors: `OverflowError`.
pub fn ldexp(x: f64, exponent: i64) -> Result<f64> {
    if x == 0.0 || !x.is_finite() {
        return Ok(x);
    }
    let (mantissa, own) = bigint::decompose(x.abs());
    let exponent = exponent.clamp(-1 << 20, 1 << 20) + i64::from(own);
    let magnitude = bigint::round_scaled(mantissa, false, exponent).ok_or_else(NumError::range)?;
    Ok(magnitude.copysign(x))
}

/// `math.modf`: fraction and integer part, both with the sign of x.
pub fn modf(x: f64) -> (f64, f64) {
    if x.is_infinite() {
        return (0f64.copysign(x), x);
    }
    let whole = x.trunc();
    ((x - whole).copysign(x), whole)
}

/// `math.nextafter(x, y)`.
pub fn nextafter(x: f64, y: f64) -> f64 {
    let next = nextafter_steps(x, y, 1);
    // A zero keeps the side it was reached from.
    if next == 0.0 && x != y { 0f64.copysign(x) } else { next }
}

/// `math.nextafter(x, y, steps=steps)`; steps past a u64 are passed saturated.
pub fn nextafter_steps(x: f64, y: f64, steps: u64) -> f64 {
    if steps == 0 {
        return x;
    }
    if x.is_nan() || y.is_nan() {
        return x + y;
    }
    if x == y {
        return y;
    }
    // Doubles in order are the integers of their bits, negative ones mirrored; both zeros are 0.
    let order = |v: f64| {
        let size = i128::from(v.to_bits() & !(1 << 63));
        if v.is_sign_negative() { -size } else { size }
    };
    let (from, to) = (order(x), order(y));
    if from.abs_diff(to) <= u128::from(steps) {
        return y;
    }
    let target = if to > from { from + i128::from(steps) } else { from - i128::from(steps) };
    let size = f64::from_bits(target.unsigned_abs() as u64);
    // A zero reached from below is negative, from above positive.
    let negative = if target == 0 { x < 0.0 } else { target < 0 };
    if negative { -size } else { size }
}

/// `math.ulp(x)`.
pub fn ulp(x: f64) -> f64 {
    if !x.is_finite() {
        return x.abs();
    }
    let x = x.abs();
    let above = f64::from_bits(x.to_bits() + 1);
    if above.is_infinite() { x - f64::from_bits(x.to_bits() - 1) } else { above - x }
}

/// `math.isclose`.
///
/// Errors: `ValueError` for a negative tolerance.
pub fn isclose(a: f64, b: f64, relative: f64, absolute: f64) -> Result<bool> {
    if relative < 0.0 || absolute < 0.0 {
        return Err(NumError::value("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(true);
    }
    if a.is_infinite() || b.is_infinite() {
        return Ok(false);
    }
    let difference = (b - a).abs();
    Ok(difference <= (relative * b).abs() || difference <= (relative * a).abs() || difference <= absolute)
}

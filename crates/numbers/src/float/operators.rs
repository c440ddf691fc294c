//! The operators whose Python meaning is not the plain IEEE operation.

use crate::error::{ErrorKind, NumError, Result};

/// `a / b`.
///
/// Errors: `ZeroDivisionError`.
#[inline]
pub fn truediv(a: f64, b: f64) -> Result<f64> {
    if b == 0.0 { Err(NumError::division_by_zero()) } else { Ok(a / b) }
}

/// `a % b`: the sign of the divisor.
///
/// Errors: `ZeroDivisionError`.
#[inline]
pub fn modulo(a: f64, b: f64) -> Result<f64> {
    if b == 0.0 {
        return Err(NumError::division_by_zero());
    }
    let rest = a % b;
    Ok(if rest == 0.0 {
        0f64.copysign(b)
    } else if (b < 0.0) != (rest < 0.0) {
        rest + b
    } else {
        rest
    })
}

/// `divmod(a, b)`.
///
/// Errors: `ZeroDivisionError`.
pub fn divmod(a: f64, b: f64) -> Result<(f64, f64)> {
    if b == 0.0 {
        return Err(NumError::division_by_zero());
    }
    let mut rest = a % b;
    // a - rest is a multiple of b, so the quotient is very nearly integral.
    let mut quotient = (a - rest) / b;
    if rest == 0.0 {
        rest = 0f64.copysign(b);
    } else if (b < 0.0) != (rest < 0.0) {
        rest += b;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return Ok((0f64.copysign(a / b), rest));
    }
    let floor = quotient.floor();
    Ok((if quotient - floor > 0.5 { floor + 1.0 } else { floor }, rest))
}

/// `a // b`.
///
/// Errors: `ZeroDivisionError`.
pub fn floordiv(a: f64, b: f64) -> Result<f64> {
    divmod(a, b).map(|(quotient, _)| quotient)
}

/// `a ** b`; `None` if the result is complex (a negative base and a finite fractional exponent).
///
/// Errors: `ZeroDivisionError` for zero to a negative power, `OverflowError` (errno style).
pub fn pow(a: f64, b: f64) -> Result<Option<f64>> {
    // C99's special cases are Python's, so pow() itself answers for NaNs and infinities.
    if !a.is_finite() || !b.is_finite() || b == 0.0 {
        return Ok(Some(a.powf(b)));
    }
    if a == 0.0 && b < 0.0 {
        return Err(NumError::new(ErrorKind::ZeroDivision, "zero to a negative power"));
    }
    if a < 0.0 && b != b.floor() {
        return Ok(None);
    }
    let power = a.powf(b);
    if power.is_infinite() { Err(NumError::errno_range()) } else { Ok(Some(power)) }
}

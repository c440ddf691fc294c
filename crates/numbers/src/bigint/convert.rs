//! Conversions between integers and doubles.

use super::{Big, BigRef, kernel};
use crate::error::{NumError, Result};

/// `int(x)`: truncates towards zero, exactly.
///
/// Errors: `ValueError` for a NaN, `OverflowError` for an infinity.
pub fn from_f64(x: f64) -> Result<Big> {
    if x.is_nan() {
        return Err(NumError::value("cannot convert float NaN to integer"));
    }
    if x.is_infinite() {
        return Err(NumError::overflow("cannot convert float infinity to integer"));
    }
    Ok(from_finite(x))
}

/// `int(x)` of a finite `x`.
pub(crate) fn from_finite(x: f64) -> Big {
    let (mantissa, exponent) = decompose(x.abs());
    let mantissa = Big::from(mantissa);
    let digits = if exponent >= 0 {
        kernel::shl(&mantissa.digits, exponent as u64)
    } else {
        kernel::shr(&mantissa.digits, exponent.unsigned_abs().into()).0
    };
    Big { negative: x < 0.0 && !digits.is_empty(), digits }
}

/// Splits a finite non-negative double into `mantissa * 2**exponent`, mantissa below 2**53.
pub(crate) fn decompose(x: f64) -> (u64, i32) {
    let bits = x.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    match (bits >> 52 & 0x7ff) as i32 {
        0 => (fraction, -1074),
        exponent => (fraction | 1 << 52, exponent - 1075),
    }
}

/// `float(a)`, rounded half to even.
///
/// Errors: `OverflowError` if the value is out of range.
pub fn to_f64(a: BigRef<'_>) -> Result<f64> {
    let magnitude = match a.magnitude_u64() {
        Some(magnitude) => magnitude as f64,
        None => {
            let (top, exponent, sticky) = kernel::top_64(a.digits);
            round_scaled(top, sticky, exponent)
                .ok_or_else(|| NumError::overflow("int too large to convert to float"))?
        }
    };
    Ok(if a.negative { -magnitude } else { magnitude })
}

/// The double nearest to `(mantissa + fraction) * 2**exponent`, half to even, where `sticky` says whether
/// there is a fraction strictly between 0 and 1. `None` on overflow. With `sticky`, the mantissa must have
/// at least two bits more than the result will keep (else the fraction could decide more than a tie).
pub(crate) fn round_scaled(mantissa: u64, sticky: bool, exponent: i64) -> Option<f64> {
    if mantissa == 0 {
        return Some(0.0);
    }
    let length = 64 - i64::from(mantissa.leading_zeros());
    // The exponent of the result's lowest bit: 53 bits below the top, or the subnormal limit.
    let lowest = (exponent + length - 53).max(-1074);
    let drop = lowest - exponent;
    let kept = if drop <= 0 {
        // Only happens when the value is exact: the caller's contract.
        mantissa << (-drop).min(63)
    } else if drop > 64 {
        0
    } else {
        let (whole, half, below) = if drop == 64 {
            (0, mantissa >> 63 == 1, mantissa << 1 != 0)
        } else {
            let half_bit = 1u64 << (drop - 1);
            (mantissa >> drop, mantissa & half_bit != 0, mantissa & (half_bit - 1) != 0)
        };
        whole + u64::from(half && (below || sticky || whole & 1 == 1))
    };
    scale_exact(kept, lowest)
}

/// `kept * 2**lowest` for `kept <= 2**53` and a product that needs no rounding; `None` on overflow.
fn scale_exact(mut kept: u64, mut lowest: i64) -> Option<f64> {
    if kept == 1 << 53 {
        kept >>= 1;
        lowest += 1;
    }
    if kept < 1 << 52 {
        // Subnormal: `lowest` is the subnormal limit.
        return Some(f64::from_bits(kept));
    }
    let biased = lowest + 1075;
    if biased > 2046 {
        return None;
    }
    Some(f64::from_bits((biased as u64) << 52 | (kept & ((1 << 52) - 1))))
}

/// A positive value divided by two to the power of its bit length: in [0.5, 1], rounded half to even.
pub(crate) fn top_fraction(a: BigRef<'_>) -> f64 {
    if a.is_zero() {
        return 0.0;
    }
    let (top, _, sticky) = kernel::top_64(a.digits);
    round_scaled(top, sticky, -64).unwrap_or(1.0)
}

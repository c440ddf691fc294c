//! Rounding to integers and to decimal digits; exact ratios.

use super::decimal::{Decimal, scaled, significant};
use crate::bigint::{self, Big};
use crate::error::{NumError, Result};

/// `math.floor(x)`. Errors: as for `int(x)`.
pub fn floor(x: f64) -> Result<Big> {
    bigint::from_f64(x.floor())
}

/// `math.ceil(x)`. Errors: as for `int(x)`.
pub fn ceil(x: f64) -> Result<Big> {
    bigint::from_f64(x.ceil())
}

/// `math.trunc(x)`, `int(x)`. Errors: `ValueError` for a NaN, `OverflowError` for an infinity.
pub fn trunc(x: f64) -> Result<Big> {
    bigint::from_f64(x)
}

/// `round(x)`: ties to even. Errors: as for `int(x)`.
pub fn round_to_int(x: f64) -> Result<Big> {
    bigint::from_f64(x.round_ties_even())
}

/// `x.is_integer()`.
pub fn is_integer(x: f64) -> bool {
    x.is_finite() && x == x.trunc()
}

/// Up to here every whole number is a double.
const MAX_EXACT: u64 = 1 << 53;

/// `round(x, digits)`: the double nearest to the exact value rounded (half to even) in decimal.
///
/// Errors: `OverflowError` if rounding up leaves the range.
pub fn round(x: f64, digits: i64) -> Result<f64> {
    // Past these no double has a digit to lose, or any digit left.
    if !x.is_finite() || x == 0.0 || digits > 323 {
        return Ok(x);
    }
    if digits < -308 {
        return Ok(0f64.copysign(x));
    }
    let small = usize::try_from(digits).ok().and_then(|digits| scaled(x, digits)).filter(|&v| v <= MAX_EXACT);
    let magnitude = if let Some(small) = small {
        // Both are exact, so the quotient is the double nearest to the decimal number.
        small as f64 / 10u64.pow(digits as u32) as f64
    } else if digits >= 0 {
        format!("{:.*}", digits as usize, x.abs()).parse().unwrap_or(f64::NAN)
    } else {
        round_tens(x.abs(), (-digits) as i32)
    };
    if magnitude == f64::INFINITY {
        return Err(NumError::overflow("rounded value too large to represent"));
    }
    Ok(f64::copysign(magnitude, x))
}

/// A positive double rounded to a multiple of `10**power`.
fn round_tens(x: f64, power: i32) -> f64 {
    let exact = significant(x, 800);
    let count = exact.point - power;
    if count < 0 {
        return 0.0;
    }
    let up_text = format!("1e{power}");
    let text = if count == 0 {
        // Nothing but the first digit's half decides; a tie goes to zero, which is even.
        let tie = exact.digits[0] == b'5' && exact.digits[1..].iter().all(|&b| b == b'0');
        if exact.digits[0] < b'5' || tie {
            return 0.0;
        }
        up_text
    } else {
        let Decimal { digits, point } = significant(x, count as usize);
        let length = digits.len() as i32;
        format!("{}e{}", bigint::ascii(digits), point - length)
    };
    text.parse().unwrap_or(f64::NAN)
}

/// `x.as_integer_ratio()` in lowest terms, positive denominator.
///
/// Errors: `ValueError` for a NaN, `OverflowError` for an infinity.
pub fn as_integer_ratio(x: f64) -> Result<(Big, Big)> {
    if x.is_nan() {
        return Err(NumError::value("cannot convert NaN to integer ratio"));
    }
    if x.is_infinite() {
        return Err(NumError::overflow("cannot convert Infinity to integer ratio"));
    }
    let (mantissa, exponent) = bigint::decompose(x.abs());
    let one = Big::from(1u64);
    if mantissa == 0 {
        return Ok((Big::ZERO, one));
    }
    let zeros = mantissa.trailing_zeros() as i32;
    let exponent = exponent + zeros;
    let up = Big::from(exponent.unsigned_abs() as u64);
    let mut numerator = Big::from(mantissa >> zeros);
    let mut denominator = one;
    if exponent > 0 {
        numerator = bigint::lshift(numerator.view(), up.view())?;
    } else {
        denominator = bigint::lshift(denominator.view(), up.view())?;
    }
    numerator.negative = x < 0.0;
    Ok((numerator, denominator))
}

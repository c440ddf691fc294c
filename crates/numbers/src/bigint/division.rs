//! Division: floor quotient and remainder, exactly rounded true division, rounding to powers of ten.

use super::{Big, BigRef, arithmetic, convert, kernel, power};
use crate::error::{NumError, Result};
use dashu_base::DivRem;
use std::cmp::Ordering;

/// From this many digits in both divisor and quotient, packing into words pays (measured).
const LARGE_DIV_DIGITS: usize = 16;

/// Divisors of more digits have more than 64 bits.
const SHORT_DIVISOR: usize = 3;

/// Quotient and remainder of two magnitudes, `b` not zero.
pub(super) fn divrem_magnitude(a: &[u32], b: &[u32]) -> (Vec<u32>, Vec<u32>) {
    if kernel::cmp(a, b) == Ordering::Less {
        return (Vec::new(), a.to_vec());
    }
    if let [divisor] = *b {
        let mut quotient = a.to_vec();
        let remainder = kernel::divrem_small(&mut quotient, divisor);
        return (quotient, Big::from(u64::from(remainder)).digits);
    }
    let a_view = BigRef { negative: false, digits: a };
    let b_view = BigRef { negative: false, digits: b };
    if let (Some(x), Some(y)) = (a_view.magnitude_u128(), b_view.magnitude_u128()) {
        return (Big::from(x / y).digits, Big::from(x % y).digits);
    }
    if b.len() > SHORT_DIVISOR
        && let Some(quotient) = kernel::short_quotient(a, b)
    {
        return (Big::from(u64::from(quotient)).digits, kernel::sub_product(a, b, quotient));
    }
    if b.len().min(a.len() - b.len()) < LARGE_DIV_DIGITS {
        return kernel::divrem_schoolbook(a, b);
    }
    let (quotient, remainder) = kernel::to_ubig(a).div_rem(kernel::to_ubig(b));
    (kernel::from_ubig(&quotient), kernel::from_ubig(&remainder))
}

/// `divmod(a, b)`: the quotient rounds down, the remainder has the divisor's sign.
///
/// Errors: `ZeroDivisionError`.
pub fn divmod(a: BigRef<'_>, b: BigRef<'_>) -> Result<(Big, Big)> {
    if b.is_zero() {
        return Err(NumError::division_by_zero());
    }
    let (mut quotient, mut remainder) = divrem_magnitude(a.digits, b.digits);
    if a.negative != b.negative && !remainder.is_empty() {
        kernel::mul_add_small(&mut quotient, 1, 1);
        remainder = kernel::sub(b.digits, &remainder);
    }
    Ok((
        Big { negative: a.negative != b.negative && !quotient.is_empty(), digits: quotient },
        Big { negative: b.negative && !remainder.is_empty(), digits: remainder },
    ))
}

/// `a // b`.
///
/// Errors: `ZeroDivisionError`.
pub fn floordiv(a: BigRef<'_>, b: BigRef<'_>) -> Result<Big> {
    if a.negative == b.negative
        && b.digits.len() > SHORT_DIVISOR
        && let Some(quotient) = kernel::short_quotient(a.digits, b.digits)
    {
        return Ok(Big::from(u64::from(quotient)));
    }
    divmod(a, b).map(|(quotient, _)| quotient)
}

/// `a % b`.
///
/// Errors: `ZeroDivisionError`.
pub fn modulo(a: BigRef<'_>, b: BigRef<'_>) -> Result<Big> {
    if let ([divisor], false) = (b.digits, a.is_zero()) {
        // One pass without a quotient.
        let mut remainder = 0u64;
        for &digit in a.digits.iter().rev() {
            remainder = (remainder << super::DIGIT_BITS | u64::from(digit)) % u64::from(*divisor);
        }
        if remainder != 0 && a.negative != b.negative {
            remainder = u64::from(*divisor) - remainder;
        }
        return Ok(Big { negative: b.negative && remainder != 0, ..Big::from(remainder) });
    }
    divmod(a, b).map(|(_, remainder)| remainder)
}

/// The quotient nearest to `a / b`, ties to even, and what is left: `a - quotient * b`.
///
/// Errors: `ZeroDivisionError`.
pub fn divmod_near(a: BigRef<'_>, b: BigRef<'_>) -> Result<(Big, Big)> {
    let (mut quotient, mut remainder) = divmod(a, b)?;
    let twice = kernel::shl(&remainder.digits, 1);
    let up = match kernel::cmp(&twice, b.digits) {
        Ordering::Less => false,
        Ordering::Equal => quotient.view().is_odd(),
        Ordering::Greater => true,
    };
    if up {
        quotient = arithmetic::add(quotient.view(), Big::from(1u64).view());
        remainder = arithmetic::sub(remainder.view(), b);
    }
    Ok((quotient, remainder))
}

/// `round(a, -power)`: the multiple of `10**power` nearest to `a`, ties to even multiples.
///
/// Errors: `MemoryError` if the power of ten would be absurd and matter.
pub fn round_to_power_of_ten(a: BigRef<'_>, power: u64) -> Result<Big> {
    // 10**power > 2 * |a| rounds to zero without being computed.
    if power.saturating_mul(3) > kernel::bit_length(a.digits) + 1 {
        return Ok(Big::ZERO);
    }
    let unit = power::pow(Big::from(10u64).view(), power)?;
    let (_, rest) = divmod_near(a, unit.view())?;
    Ok(arithmetic::sub(a, rest.view()))
}

/// `a / b`, correctly rounded (half to even) whatever the sizes.
///
/// Errors: `ZeroDivisionError`; `OverflowError` if the quotient is out of range.
pub fn truediv(a: BigRef<'_>, b: BigRef<'_>) -> Result<f64> {
    if b.is_zero() {
        return Err(NumError::division_by_zero());
    }
    let negative = a.negative != b.negative;
    let magnitude = match (a.magnitude_u64(), b.magnitude_u64()) {
        (Some(x), Some(y)) if x | y <= 1 << 53 => x as f64 / y as f64,
        _ => truediv_magnitude(a.digits, b.digits)?,
    };
    Ok(if negative { -magnitude } else { magnitude })
}

/// [`truediv`] of magnitudes; `b` is not zero.
fn truediv_magnitude(a: &[u32], b: &[u32]) -> Result<f64> {
    let too_large = || NumError::overflow("integer division result too large for a float");
    if a.is_empty() {
        return Ok(0.0);
    }
    let difference = kernel::bit_length(a) as i64 - kernel::bit_length(b) as i64;
    if difference > 1024 {
        return Err(too_large());
    }
    if difference < -1076 {
        return Ok(0.0);
    }
    // An integer quotient of 57 to 58 bits and a sticky bit decide the rounding (fewer bits for
    // subnormal results, which keep fewer).
    let shift = difference - 57;
    let (quotient, inexact) = if shift <= 0 {
        let (quotient, remainder) = divrem_magnitude(&kernel::shl(a, shift.unsigned_abs()), b);
        (quotient, !remainder.is_empty())
    } else {
        let (top, lost) = kernel::shr(a, shift as u64);
        let (quotient, remainder) = divrem_magnitude(&top, b);
        (quotient, lost || !remainder.is_empty())
    };
    let quotient = BigRef { negative: false, digits: &quotient }.magnitude_u64().ok_or_else(too_large)?;
    convert::round_scaled(quotient, inexact, shift).ok_or_else(too_large)
}

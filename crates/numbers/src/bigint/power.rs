//! Powers, modular powers and inverses, greatest common divisors, integer square roots.

use super::{Big, BigRef, MAX_BITS, arithmetic, division, kernel};
use crate::error::{NumError, Result};
use dashu_base::{Gcd, SquareRoot};
use dashu_int::UBig;
use dashu_int::fast_div::ConstDivisor;

/// `base ** exponent` for a non-negative exponent. (A negative one makes a float: the caller's business.)
///
/// Errors: `MemoryError` if the result is too large to build.
pub fn pow(base: BigRef<'_>, exponent: u64) -> Result<Big> {
    let negative = base.negative && exponent & 1 == 1;
    if exponent == 0 {
        return Ok(Big::from(1u64));
    }
    if base.digits.len() <= 1 && base.digits.first().is_none_or(|&d| d == 1) {
        return Ok(Big { negative, digits: base.digits.to_vec() });
    }
    // The power of two in the base becomes one shift.
    let zeros = kernel::trailing_zeros(base.digits);
    let bits = kernel::bit_length(base.digits);
    if (bits - 1).saturating_mul(exponent) > MAX_BITS {
        return Err(NumError::memory());
    }
    let odd = kernel::shr(base.digits, zeros).0;
    let power = if odd == [1] {
        odd
    } else if let Some(small) = pow_u64(&odd, exponent) {
        small
    } else {
        kernel::from_ubig(&kernel::to_ubig(&odd).pow(exponent as usize))
    };
    let digits = if zeros == 0 { power } else { kernel::shl(&power, zeros * exponent) };
    Ok(Big { negative, digits })
}

/// [`pow`] for a non-negative exponent of any size: past a u64 only -1, 0 and 1 have a power.
///
/// Errors: `MemoryError`.
pub fn pow_big(base: BigRef<'_>, exponent: BigRef<'_>) -> Result<Big> {
    // Only the parity of a huge exponent matters for those.
    let huge = 2 | u64::from(exponent.is_odd());
    match (exponent.magnitude_u64(), base.digits) {
        (Some(exponent), _) => pow(base, exponent),
        (None, [] | [1]) => pow(base, huge),
        (None, _) => Err(NumError::memory()),
    }
}

/// The power, if base and result fit a word.
fn pow_u64(base: &[u32], exponent: u64) -> Option<Vec<u32>> {
    let base = BigRef { negative: false, digits: base }.magnitude_u64()?;
    let power = base.checked_pow(u32::try_from(exponent).ok()?)?;
    Some(Big::from(power).digits)
}

/// `pow(base, exponent, modulus)`; a negative exponent powers the modular inverse.
///
/// Errors: `ValueError` for a zero modulus, or if the base has no inverse.
pub fn pow_mod(base: BigRef<'_>, exponent: BigRef<'_>, modulus: BigRef<'_>) -> Result<Big> {
    if modulus.is_zero() {
        return Err(NumError::value("pow() 3rd argument cannot be 0"));
    }
    let inverse;
    let base = if exponent.negative {
        inverse = modular_inverse(base, modulus.abs())?;
        inverse.view()
    } else {
        base
    };
    let base = division::modulo(base, modulus.abs())?;
    let digits = match (base.view().magnitude_u64(), modulus.magnitude_u64()) {
        (Some(b), Some(m)) => Big::from(pow_mod_u64(b, exponent.digits, m)).digits,
        _ => {
            let ring = ConstDivisor::new(kernel::to_ubig(modulus.digits));
            let power = ring.reduce(kernel::to_ubig(&base.digits)).pow(&kernel::to_ubig(exponent.digits));
            kernel::from_ubig(&power.residue())
        }
    };
    // The result takes the modulus's sign.
    if modulus.negative && !digits.is_empty() {
        return Ok(Big { negative: true, digits: kernel::sub(modulus.digits, &digits) });
    }
    Ok(Big { negative: false, digits })
}

/// Square and multiply from the top bit, for one-word moduli.
fn pow_mod_u64(base: u64, exponent: &[u32], modulus: u64) -> u64 {
    let times = |x: u64, y: u64| match x.checked_mul(y) {
        Some(product) => product % modulus,
        None => (u128::from(x) * u128::from(y) % u128::from(modulus)) as u64,
    };
    let mut power = 1 % modulus;
    for i in (0..kernel::bit_length(exponent)).rev() {
        power = times(power, power);
        if exponent[(i / 30) as usize] >> (i % 30) & 1 == 1 {
            power = times(power, base);
        }
    }
    power
}

/// The inverse of `a` modulo a positive `modulus`.
///
/// Errors: `ValueError` if there is none.
pub fn modular_inverse(a: BigRef<'_>, modulus: BigRef<'_>) -> Result<Big> {
    let missing = || NumError::value("base is not invertible for the given modulus");
    let a = division::modulo(a, modulus)?;
    if modulus.digits == [1] {
        return Ok(Big::ZERO);
    }
    if a.is_zero() {
        return Err(missing());
    }
    let ring = ConstDivisor::new(kernel::to_ubig(modulus.digits));
    let inverse = ring.reduce(kernel::to_ubig(&a.digits)).inv().ok_or_else(missing)?;
    Ok(Big { negative: false, digits: kernel::from_ubig(&inverse.residue()) })
}

/// The greatest common divisor, never negative; `gcd(0, 0)` is 0.
pub fn gcd(a: BigRef<'_>, b: BigRef<'_>) -> Big {
    if a.is_zero() || b.is_zero() {
        let other = if a.is_zero() { b } else { a };
        return other.abs().to_big();
    }
    if let (Some(mut x), Some(mut y)) = (a.magnitude_u64(), b.magnitude_u64()) {
        while y != 0 {
            (x, y) = (y, x % y);
        }
        return Big::from(x);
    }
    Big { negative: false, digits: kernel::from_ubig(&kernel::to_ubig(a.digits).gcd(kernel::to_ubig(b.digits))) }
}

/// The least common multiple, never negative.
pub fn lcm(a: BigRef<'_>, b: BigRef<'_>) -> Big {
    if a.is_zero() || b.is_zero() {
        return Big::ZERO;
    }
    let common = gcd(a, b);
    let (quotient, _) = division::divrem_magnitude(a.digits, &common.digits);
    Big { negative: false, digits: arithmetic::mul_magnitude(&quotient, b.digits) }
}

/// The integer square root, rounded down.
///
/// Errors: `ValueError` for a negative argument.
pub fn isqrt(a: BigRef<'_>) -> Result<Big> {
    if a.negative {
        return Err(NumError::value("isqrt() argument must be nonnegative"));
    }
    Ok(match a.magnitude_u64() {
        Some(value) => Big::from(value.isqrt()),
        None => {
            let root: UBig = kernel::to_ubig(a.digits).sqrt();
            Big { negative: false, digits: kernel::from_ubig(&root) }
        }
    })
}

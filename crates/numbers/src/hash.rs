//! Python's hash of numbers: equal numbers of different types hash equal.
//!
//! A rational p/q hashes to p * q**-1 modulo the Mersenne prime 2**61 - 1, with the sign of p; -1 is
//! reserved for errors at the C level and becomes -2. Source: the library reference, "Hashing of numeric
//! types".

use crate::bigint::BigRef;

/// Bits of the prime.
const BITS: u32 = 61;
/// The prime 2**61 - 1.
const PRIME: u64 = (1 << BITS) - 1;
/// Hash of positive infinity.
const INFINITY: i64 = 314_159;
/// Multiplier of a complex number's imaginary part.
const IMAGINARY: i64 = 1_000_003;

/// Multiplies by `2**bits` modulo the prime, for a reduced `x`.
fn rotate(x: u64, bits: u32) -> u64 {
    ((x << bits) & PRIME) | x >> (BITS - bits)
}

/// Applies the sign and the -1 rule.
fn finish(magnitude: u64, negative: bool) -> i64 {
    match if negative { -(magnitude as i64) } else { magnitude as i64 } {
        -1 => -2,
        hash => hash,
    }
}

/// `hash(value)` of a small int.
#[inline]
pub fn hash_i64(value: i64) -> i64 {
    finish(value.unsigned_abs() % PRIME, value < 0)
}

/// `hash(value)` of an int.
pub fn hash_big(value: BigRef<'_>) -> i64 {
    let mut x = 0;
    for &digit in value.digits.iter().rev() {
        x = rotate(x, 30) + u64::from(digit);
        if x >= PRIME {
            x -= PRIME;
        }
    }
    finish(x, value.negative)
}

/// `hash(value)` of a float; `None` for a NaN, which hashes by identity.
pub fn hash_f64(value: f64) -> Option<i64> {
    if value.is_nan() {
        return None;
    }
    if value.is_infinite() {
        return Some(if value > 0.0 { INFINITY } else { -INFINITY });
    }
    let (mantissa, exponent) = crate::bigint::decompose(value.abs());
    Some(finish(rotate(mantissa, exponent.rem_euclid(BITS as i32) as u32), value < 0.0))
}

/// `hash(complex(re, im))`. A part that is a NaN takes the hash `nan`, which the caller derives from the identity
/// of the complex object.
pub fn hash_complex(re: f64, im: f64, nan: i64) -> i64 {
    let re = hash_f64(re).unwrap_or(nan);
    let im = hash_f64(im).unwrap_or(nan);
    match re.wrapping_add(IMAGINARY.wrapping_mul(im)) {
        -1 => -2,
        hash => hash,
    }
}

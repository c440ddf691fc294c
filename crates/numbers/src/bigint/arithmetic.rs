//! Addition, subtraction, multiplication.

use super::{Big, BigRef, kernel};
use std::cmp::Ordering;

/// From this many digits in the smaller factor, packing into words pays (measured).
const LARGE_MUL_DIGITS: usize = 20;

/// `a + b`.
pub fn add(a: BigRef<'_>, b: BigRef<'_>) -> Big {
    if a.negative == b.negative {
        return Big { negative: a.negative, digits: kernel::add(a.digits, b.digits) };
    }
    match kernel::cmp(a.digits, b.digits) {
        Ordering::Equal => Big::ZERO,
        Ordering::Greater => Big { negative: a.negative, digits: kernel::sub(a.digits, b.digits) },
        Ordering::Less => Big { negative: b.negative, digits: kernel::sub(b.digits, a.digits) },
    }
}

/// `a - b`.
pub fn sub(a: BigRef<'_>, b: BigRef<'_>) -> Big {
    if b.is_zero() {
        return a.to_big();
    }
    add(a, BigRef { negative: !b.negative, digits: b.digits })
}

/// `-a`.
pub fn neg(a: BigRef<'_>) -> Big {
    Big { negative: !a.negative && !a.is_zero(), digits: a.digits.to_vec() }
}

/// `a * b`.
pub fn mul(a: BigRef<'_>, b: BigRef<'_>) -> Big {
    let digits = mul_magnitude(a.digits, b.digits);
    Big { negative: a.negative != b.negative && !digits.is_empty(), digits }
}

/// `a * a`.
pub fn square(a: BigRef<'_>) -> Big {
    mul(a, a)
}

/// The product of two magnitudes.
pub(super) fn mul_magnitude(a: &[u32], b: &[u32]) -> Vec<u32> {
    if a.len().min(b.len()) < LARGE_MUL_DIGITS {
        return match (a, b) {
            ([], _) | (_, []) => Vec::new(),
            _ if a.len() <= b.len() => kernel::mul_schoolbook(a, b),
            _ => kernel::mul_schoolbook(b, a),
        };
    }
    let x = kernel::to_ubig(a);
    let product = if std::ptr::eq(a, b) { x.sqr() } else { x * kernel::to_ubig(b) };
    kernel::from_ubig(&product)
}

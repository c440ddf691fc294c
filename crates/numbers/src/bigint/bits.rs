//! Shifts and bitwise operations, on the infinite two's-complement reading of negative numbers.

use super::{Big, BigRef, DIGIT_BITS, DIGIT_MASK, MAX_BITS, arithmetic, kernel};
use crate::error::{NumError, Result};

/// `a.bit_length()`.
pub fn bit_length(a: BigRef<'_>) -> u64 {
    kernel::bit_length(a.digits)
}

/// `a.bit_count()`: one bits of the magnitude.
pub fn bit_count(a: BigRef<'_>) -> u64 {
    a.digits.iter().map(|d| u64::from(d.count_ones())).sum()
}

/// A shift count: `None` if it is past any possible size.
fn shift_count(count: BigRef<'_>) -> Result<Option<u64>> {
    if count.negative {
        return Err(NumError::value("negative shift count"));
    }
    Ok(count.magnitude_u64())
}

/// `a << count`.
///
/// Errors: `ValueError` for a negative count, `OverflowError` or `MemoryError` if the result is too large.
pub fn lshift(a: BigRef<'_>, count: BigRef<'_>) -> Result<Big> {
    let count = shift_count(count)?;
    if a.is_zero() {
        return Ok(Big::ZERO);
    }
    let count = count.ok_or_else(|| NumError::overflow("too many digits in integer"))?;
    if count.saturating_add(bit_length(a)) > MAX_BITS {
        return Err(NumError::memory());
    }
    let digits = kernel::try_shl(a.digits, count).ok_or_else(NumError::memory)?;
    Ok(Big { negative: a.negative, digits })
}

/// `a >> count`, rounding down.
///
/// Errors: `ValueError` for a negative count.
pub fn rshift(a: BigRef<'_>, count: BigRef<'_>) -> Result<Big> {
    let count = shift_count(count)?.unwrap_or(u64::MAX);
    let (mut digits, lost) = kernel::shr(a.digits, count);
    if a.negative && lost {
        kernel::mul_add_small(&mut digits, 1, 1);
    }
    Ok(Big { negative: a.negative && !digits.is_empty(), digits })
}

/// `~a`.
pub fn invert(a: BigRef<'_>) -> Big {
    let one = [1];
    let one = BigRef { negative: true, digits: &one };
    if a.negative {
        Big { negative: false, digits: kernel::sub(a.digits, one.digits) }
    } else {
        arithmetic::sub(one, a)
    }
}

/// The digits of a number's two's complement, without end.
struct TwosComplement<'a> {
    digits: std::slice::Iter<'a, u32>,
    flip: u32,
    carry: u32,
}

impl<'a> TwosComplement<'a> {
    fn new(a: BigRef<'a>) -> TwosComplement<'a> {
        let flip = if a.negative { DIGIT_MASK } else { 0 };
        TwosComplement { digits: a.digits.iter(), flip, carry: u32::from(a.negative) }
    }

    #[inline]
    fn next(&mut self) -> u32 {
        let digit = (self.digits.next().copied().unwrap_or(0) ^ self.flip) + self.carry;
        self.carry = digit >> DIGIT_BITS;
        digit & DIGIT_MASK
    }
}

/// Applies a bit operation digit by digit; `negative` is the operation applied to the signs.
fn bitwise(a: BigRef<'_>, b: BigRef<'_>, negative: bool, op: impl Fn(u32, u32) -> u32) -> Big {
    let length = a.digits.len().max(b.digits.len()) + usize::from(a.negative || b.negative);
    let (mut x, mut y) = (TwosComplement::new(a), TwosComplement::new(b));
    let mut digits: Vec<u32> = Vec::with_capacity(length);
    digits.extend((0..length).map(|_| op(x.next(), y.next())));
    if negative {
        let mut carry = 1;
        for digit in &mut digits {
            let sum = (*digit ^ DIGIT_MASK) + carry;
            *digit = sum & DIGIT_MASK;
            carry = sum >> DIGIT_BITS;
        }
    }
    Big::from_parts(negative, digits)
}

/// `a & b`.
pub fn and(a: BigRef<'_>, b: BigRef<'_>) -> Big {
    if !a.negative && !b.negative {
        // A mask of a large number must not cost the large number's size.
        let digits = a.digits.iter().zip(b.digits).map(|(x, y)| x & y).collect();
        return Big::from_parts(false, digits);
    }
    bitwise(a, b, a.negative && b.negative, |x, y| x & y)
}

/// `a | b`.
pub fn or(a: BigRef<'_>, b: BigRef<'_>) -> Big {
    bitwise(a, b, a.negative || b.negative, |x, y| x | y)
}

/// `a ^ b`.
pub fn xor(a: BigRef<'_>, b: BigRef<'_>) -> Big {
    bitwise(a, b, a.negative != b.negative, |x, y| x ^ y)
}

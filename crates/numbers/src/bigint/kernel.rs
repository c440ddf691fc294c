//! Magnitude kernels: loops over 30-bit digits, and the bridge to the word-based large-number library.
//!
//! Slices are little-endian. Inputs are normalised unless said otherwise.

use super::{DIGIT_BITS, DIGIT_MASK};
use dashu_int::{UBig, Word};
use std::cmp::Ordering;

/// Drops leading zero digits.
#[inline]
pub(crate) fn trim(digits: &mut Vec<u32>) {
    while digits.last() == Some(&0) {
        digits.pop();
    }
}

/// Compares two magnitudes.
pub(crate) fn cmp(a: &[u32], b: &[u32]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

/// Two digits as one number, so that carries are propagated half as often.
#[inline]
fn pair(digits: &[u32; 2]) -> u64 {
    u64::from(digits[0]) | u64::from(digits[1]) << DIGIT_BITS
}

/// The digits of a pair.
#[inline]
fn split(pair: u64) -> [u32; 2] {
    [pair as u32 & DIGIT_MASK, (pair >> DIGIT_BITS) as u32 & DIGIT_MASK]
}

/// The sum of two magnitudes.
pub(crate) fn add(a: &[u32], b: &[u32]) -> Vec<u32> {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let mut out = Vec::with_capacity(long.len() + 1);
    out.extend_from_slice(long);
    let (both, above) = out.split_at_mut(short.len());
    let mut carry = 0u64;
    let ((pairs, last), (others, other_last)) = (both.as_chunks_mut(), short.as_chunks());
    for (x, y) in pairs.iter_mut().zip(others) {
        let sum = pair(x) + pair(y) + carry;
        carry = sum >> (2 * DIGIT_BITS);
        *x = split(sum);
    }
    let mut carry = carry as u32;
    for (x, y) in last.iter_mut().zip(other_last) {
        let sum = *x + y + carry;
        carry = sum >> DIGIT_BITS;
        *x = sum & DIGIT_MASK;
    }
    for x in above {
        if carry == 0 {
            return out;
        }
        let sum = *x + carry;
        carry = sum >> DIGIT_BITS;
        *x = sum & DIGIT_MASK;
    }
    if carry != 0 {
        out.push(carry);
    }
    out
}

/// The difference of two magnitudes, `a >= b`.
pub(crate) fn sub(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut out = a.to_vec();
    let (both, above) = out.split_at_mut(b.len());
    let mut borrow = 0u64;
    let ((pairs, last), (others, other_last)) = (both.as_chunks_mut(), b.as_chunks());
    for (x, y) in pairs.iter_mut().zip(others) {
        let difference = pair(x).wrapping_sub(pair(y)).wrapping_sub(borrow);
        borrow = difference >> 63;
        *x = split(difference);
    }
    let mut borrow = borrow as u32;
    for (x, y) in last.iter_mut().zip(other_last) {
        let difference = x.wrapping_sub(*y).wrapping_sub(borrow);
        borrow = difference >> 31;
        *x = difference & DIGIT_MASK;
    }
    for x in above {
        if borrow == 0 {
            break;
        }
        let difference = x.wrapping_sub(borrow);
        borrow = difference >> 31;
        *x = difference & DIGIT_MASK;
    }
    trim(&mut out);
    out
}

/// The product by schoolbook multiplication; `b` had better be the longer one.
pub(crate) fn mul_schoolbook(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut out = vec![0u32; a.len() + b.len()];
    let (factors, last) = a.as_chunks();
    for (i, factor) in factors.iter().enumerate() {
        add_product(&mut out[2 * i..], b, pair(factor));
    }
    if let [factor] = *last {
        add_product(&mut out[a.len() - 1..], b, u64::from(factor));
    }
    trim(&mut out);
    out
}

/// Adds the product of `digits` and a factor of two digits to `out`, whose places above those of `digits` are 0.
#[inline]
fn add_product(out: &mut [u32], digits: &[u32], factor: u64) {
    let (both, above) = out.split_at_mut(digits.len());
    let mut carry = 0u64;
    let ((pairs, last), (others, other_last)) = (both.as_chunks_mut(), digits.as_chunks());
    for (slot, digits) in pairs.iter_mut().zip(others) {
        let sum = u128::from(pair(digits)) * u128::from(factor) + u128::from(pair(slot) + carry);
        *slot = split(sum as u64);
        carry = (sum >> (2 * DIGIT_BITS)) as u64;
    }
    if let ([slot], [digit]) = (last, other_last) {
        let sum = u128::from(*digit) * u128::from(factor) + u128::from(u64::from(*slot) + carry);
        *slot = sum as u32 & DIGIT_MASK;
        carry = (sum >> DIGIT_BITS) as u64;
    }
    for slot in above {
        if carry == 0 {
            break;
        }
        *slot = carry as u32 & DIGIT_MASK;
        carry >>= DIGIT_BITS;
    }
}

/// The digits of `a` from bit `from` on; they have 128 bits at most.
fn bits_from(a: &[u32], from: u64) -> u128 {
    let (whole, part) = ((from / 30) as usize, (from % 30) as u32);
    let Some((&low, high)) = a.get(whole..).and_then(<[u32]>::split_first) else { return 0 };
    let mut out = u128::from(low >> part);
    let mut at = DIGIT_BITS - part;
    for &digit in high {
        out |= u128::from(digit) << at;
        at += DIGIT_BITS;
    }
    out
}

/// The quotient of two magnitudes, when it has 30 bits at most and the leading bits of both tell it: nearly always.
/// `b` has more than 64 bits.
pub(crate) fn short_quotient(a: &[u32], b: &[u32]) -> Option<u32> {
    let (a_bits, b_bits) = (bit_length(a), bit_length(b));
    if a_bits < b_bits {
        return Some(0);
    }
    if a_bits - b_bits >= u64::from(DIGIT_BITS) - 1 {
        return None;
    }
    // With k bits cut off, b lies from B * 2**k to (B + 1) * 2**k, and a likewise: the quotient lies between.
    let cut = b_bits - 64;
    let (a_top, b_top) = (bits_from(a, cut), bits_from(b, cut));
    let quotient = a_top / b_top;
    // quotient * (B + 1) <= A: the smallest possible quotient is as large.
    (quotient * (b_top + 1) <= a_top).then_some(quotient as u32)
}

/// `a - b * factor`, which is not negative.
pub(crate) fn sub_product(a: &[u32], b: &[u32], factor: u32) -> Vec<u32> {
    let mut out = a.to_vec();
    let (both, above) = out.split_at_mut(b.len());
    let mut borrow = 0i64;
    for (x, &y) in both.iter_mut().zip(b) {
        let difference = i64::from(*x) - (u64::from(factor) * u64::from(y)) as i64 + borrow;
        *x = difference as u32 & DIGIT_MASK;
        borrow = difference >> DIGIT_BITS;
    }
    for x in above {
        let difference = i64::from(*x) + borrow;
        *x = difference as u32 & DIGIT_MASK;
        borrow = difference >> DIGIT_BITS;
    }
    trim(&mut out);
    out
}

/// `digits = digits * factor + addend`, in place. `factor` and `addend` are below 2**32.
pub(crate) fn mul_add_small(digits: &mut Vec<u32>, factor: u32, addend: u32) {
    let mut carry = u64::from(addend);
    for slot in digits.iter_mut() {
        carry += u64::from(*slot) * u64::from(factor);
        *slot = carry as u32 & DIGIT_MASK;
        carry >>= DIGIT_BITS;
    }
    while carry != 0 {
        digits.push(carry as u32 & DIGIT_MASK);
        carry >>= DIGIT_BITS;
    }
}

/// Divides in place by a divisor below 2**32; returns the remainder. The quotient is trimmed.
pub(crate) fn divrem_small(digits: &mut Vec<u32>, divisor: u32) -> u32 {
    let mut remainder = 0u64;
    for slot in digits.iter_mut().rev() {
        remainder = remainder << DIGIT_BITS | u64::from(*slot);
        *slot = (remainder / u64::from(divisor)) as u32;
        remainder %= u64::from(divisor);
    }
    trim(digits);
    remainder as u32
}

/// Quotient and remainder by schoolbook division (Knuth's algorithm D) for a divisor of at least two digits and
/// a dividend that is not smaller.
pub(crate) fn divrem_schoolbook(a: &[u32], b: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let n = b.len();
    // Normalised so that the divisor's top bit is set: quotient digits are then guessed too large by 2 at most.
    let shift = u64::from(b[n - 1].leading_zeros() - (32 - DIGIT_BITS));
    let divisor = shl(b, shift);
    let mut rest = shl(a, shift);
    rest.resize(a.len() + 1, 0);
    let (top, second) = (u64::from(divisor[n - 1]), u64::from(divisor[n - 2]));
    let mut quotient = vec![0; a.len() - n + 1];
    for (j, slot) in quotient.iter_mut().enumerate().rev() {
        let part = &mut rest[j..=j + n];
        let high = u64::from(part[n]) << DIGIT_BITS | u64::from(part[n - 1]);
        let (mut guess, mut left) = (high / top, high % top);
        while guess >> DIGIT_BITS != 0 || guess * second > (left << DIGIT_BITS | u64::from(part[n - 2])) {
            guess -= 1;
            left += top;
            if left >> DIGIT_BITS != 0 {
                break;
            }
        }
        let mut borrow = 0i64;
        for (x, &y) in part.iter_mut().zip(&divisor) {
            let difference = i64::from(*x) - (guess * u64::from(y)) as i64 + borrow;
            *x = difference as u32 & DIGIT_MASK;
            borrow = difference >> DIGIT_BITS;
        }
        if i64::from(part[n]) + borrow < 0 {
            guess -= 1;
            let mut carry = 0;
            for (x, &y) in part.iter_mut().zip(&divisor) {
                let sum = *x + y + carry;
                *x = sum & DIGIT_MASK;
                carry = sum >> DIGIT_BITS;
            }
        }
        part[n] = 0;
        *slot = guess as u32;
    }
    trim(&mut quotient);
    trim(&mut rest);
    (quotient, shr(&rest, shift).0)
}

/// The magnitude in limbs of nine decimal digits, least significant first. Quadratic.
pub(crate) fn to_billions(a: &[u32]) -> Vec<u32> {
    const BILLION: u64 = 1_000_000_000;
    let mut out: Vec<u32> = Vec::with_capacity(a.len() + 1);
    for &digit in a.iter().rev() {
        let mut carry = u64::from(digit);
        for limb in &mut out {
            carry += u64::from(*limb) << DIGIT_BITS;
            *limb = (carry % BILLION) as u32;
            carry /= BILLION;
        }
        while carry != 0 {
            out.push((carry % BILLION) as u32);
            carry /= BILLION;
        }
    }
    out
}

/// Number of bits of the magnitude.
pub(crate) fn bit_length(a: &[u32]) -> u64 {
    match a.last() {
        Some(top) => (a.len() as u64 - 1) * u64::from(DIGIT_BITS) + u64::from(32 - top.leading_zeros()),
        None => 0,
    }
}

/// Number of trailing zero bits; 0 for zero.
pub(crate) fn trailing_zeros(a: &[u32]) -> u64 {
    match a.iter().position(|&d| d != 0) {
        Some(i) => i as u64 * u64::from(DIGIT_BITS) + u64::from(a[i].trailing_zeros()),
        None => 0,
    }
}

/// The magnitude shifted left by a moderate number of bits.
pub(crate) fn shl(a: &[u32], bits: u64) -> Vec<u32> {
    let mut out = Vec::with_capacity(a.len() + (bits / 30) as usize + 1);
    shl_into(&mut out, a, bits);
    out
}

/// [`shl`] for counts chosen by a program; `None` if there is no memory for the result.
pub(crate) fn try_shl(a: &[u32], bits: u64) -> Option<Vec<u32>> {
    let mut out = Vec::new();
    out.try_reserve_exact(usize::try_from(bits / 30).ok()?.checked_add(a.len() + 1)?).ok()?;
    shl_into(&mut out, a, bits);
    Some(out)
}

/// Appends the shifted magnitude to an empty vector that has room.
fn shl_into(out: &mut Vec<u32>, a: &[u32], bits: u64) {
    if a.is_empty() {
        return;
    }
    let (whole, part) = ((bits / 30) as usize, (bits % 30) as u32);
    out.resize(whole, 0);
    if part == 0 {
        out.extend_from_slice(a);
        return;
    }
    let mut carry = 0;
    for &d in a {
        out.push((d << part & DIGIT_MASK) | carry);
        carry = d >> (DIGIT_BITS - part);
    }
    if carry != 0 {
        out.push(carry);
    }
}

/// The magnitude shifted right (towards zero), and whether any one bit was lost.
pub(crate) fn shr(a: &[u32], bits: u64) -> (Vec<u32>, bool) {
    if bits >= bit_length(a) {
        return (Vec::new(), !a.is_empty());
    }
    let lost = trailing_zeros(a) < bits;
    let (whole, part) = ((bits / 30) as usize, (bits % 30) as u32);
    let kept = &a[whole..];
    let mut out: Vec<u32> = if part == 0 {
        kept.to_vec()
    } else {
        let high = kept[1..].iter().copied().chain([0]);
        kept.iter().zip(high).map(|(&low, high)| low >> part | (high << (DIGIT_BITS - part) & DIGIT_MASK)).collect()
    };
    trim(&mut out);
    (out, lost)
}

/// The 64 most significant bits with the top bit set, the exponent of their lowest bit, and whether any
/// one bit lies below. `a` is not zero.
pub(crate) fn top_64(a: &[u32]) -> (u64, i64, bool) {
    let length = bit_length(a) as i64;
    let mut top = 0u64;
    let mut filled = 0;
    let mut sticky = false;
    for &digit in a.iter().rev() {
        let width = if filled == 0 { 32 - digit.leading_zeros() } else { DIGIT_BITS };
        if filled == 64 {
            sticky |= digit != 0;
            if sticky {
                break;
            }
        } else if filled + width <= 64 {
            top = top << width | u64::from(digit);
            filled += width;
        } else {
            let take = 64 - filled;
            let rest = width - take;
            top = top << take | u64::from(digit >> rest);
            sticky |= digit & ((1 << rest) - 1) != 0;
            filled = 64;
        }
    }
    (top << (64 - filled), length - 64, sticky)
}

/// Packs 30-bit digits into a number of the large-number library.
pub(crate) fn to_ubig(a: &[u32]) -> UBig {
    let mut words: Vec<Word> = Vec::with_capacity(a.len() * DIGIT_BITS as usize / Word::BITS as usize + 1);
    let mut acc = 0u128;
    let mut filled = 0;
    for &d in a {
        acc |= u128::from(d) << filled;
        filled += DIGIT_BITS;
        if filled >= Word::BITS {
            words.push(acc as Word);
            acc >>= Word::BITS;
            filled -= Word::BITS;
        }
    }
    if acc != 0 {
        words.push(acc as Word);
    }
    UBig::from_words(&words)
}

/// Unpacks a number of the large-number library into 30-bit digits.
pub(crate) fn from_ubig(value: &UBig) -> Vec<u32> {
    let words = value.as_words();
    let mut out = Vec::with_capacity(words.len() * Word::BITS as usize / DIGIT_BITS as usize + 2);
    let mut acc = 0u128;
    let mut filled = 0;
    for &word in words {
        acc |= (word as u128) << filled;
        filled += Word::BITS;
        while filled >= DIGIT_BITS {
            out.push(acc as u32 & DIGIT_MASK);
            acc >>= DIGIT_BITS;
            filled -= DIGIT_BITS;
        }
    }
    if acc != 0 {
        out.push(acc as u32);
    }
    trim(&mut out);
    out
}

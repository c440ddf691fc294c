//! `int.from_bytes` and `int.to_bytes`.

use super::{Big, BigRef, DIGIT_BITS, DIGIT_MASK, MAX_BITS, kernel};
use crate::error::{NumError, Result};

/// The integer that `bytes` spell, in two's complement if `signed`.
pub fn from_bytes(bytes: &[u8], little_endian: bool, signed: bool) -> Big {
    let top = if little_endian { bytes.last() } else { bytes.first() };
    let negative = signed && top.is_some_and(|b| b & 0x80 != 0);
    let flip = if negative { 0xff } else { 0 };
    let mut carry = u32::from(negative);
    let mut acc = 0u64;
    let mut filled = 0;
    let mut digits = Vec::with_capacity(bytes.len() * 8 / DIGIT_BITS as usize + 1);
    for i in 0..bytes.len() {
        let byte = if little_endian { bytes[i] } else { bytes[bytes.len() - 1 - i] };
        let value = u32::from(byte ^ flip) + carry;
        carry = value >> 8;
        acc |= u64::from(value & 0xff) << filled;
        filled += 8;
        if filled >= DIGIT_BITS {
            digits.push(acc as u32 & DIGIT_MASK);
            acc >>= DIGIT_BITS;
            filled -= DIGIT_BITS;
        }
    }
    // The carry survives only for -2**(8*len) which has no representation; `acc` then holds bit 8*len.
    acc |= u64::from(carry) << filled;
    digits.push(acc as u32 & DIGIT_MASK);
    Big::from_parts(negative, digits)
}

/// `a.to_bytes(length, byteorder, signed=signed)`.
///
/// Errors: `OverflowError` if the value does not fit, or is negative and `signed` is not set; `MemoryError`.
pub fn to_bytes(a: BigRef<'_>, length: usize, little_endian: bool, signed: bool) -> Result<Vec<u8>> {
    if a.negative && !signed {
        return Err(NumError::overflow("can't convert negative int to unsigned"));
    }
    let capacity = length as u64 * 8;
    let bits = kernel::bit_length(a.digits);
    let too_big = match (signed, a.negative) {
        (false, _) => bits > capacity,
        (true, false) => bits >= capacity && bits != 0,
        // -2**(n-1) is the one value of n bits that fits n bits.
        (true, true) => bits > capacity || (bits == capacity && kernel::trailing_zeros(a.digits) + 1 != bits),
    };
    if too_big {
        return Err(NumError::overflow("int too big to convert"));
    }
    if capacity > MAX_BITS {
        return Err(NumError::memory());
    }
    let mut out = Vec::new();
    out.try_reserve_exact(length).map_err(|_| NumError::memory())?;
    let mut digits = a.digits.iter();
    let flip = if a.negative { DIGIT_MASK } else { 0 };
    let mut carry = u32::from(a.negative);
    let mut acc = 0u64;
    let mut filled = 0;
    while out.len() < length {
        if filled < 8 {
            let digit = (digits.next().copied().unwrap_or(0) ^ flip) + carry;
            carry = digit >> DIGIT_BITS;
            acc |= u64::from(digit & DIGIT_MASK) << filled;
            filled += DIGIT_BITS;
        }
        out.push(acc as u8);
        acc >>= 8;
        filled -= 8;
    }
    if !little_endian {
        out.reverse();
    }
    Ok(out)
}

//! Arbitrary-precision integers: sign and little-endian 30-bit digits.
//!
//! Purpose: all `int` arithmetic past the small-int immediates. Operands are borrowed ([`BigRef`]) so that
//! neither heap digits nor small ints (a [`SmallDigits`] stack buffer) are copied; results are owned
//! ([`Big`]).
//!
//! Invariants: digits are `< 2**30`; the most significant digit is not zero; zero has no digits and is
//! not negative. Functions that take a `BigRef` rely on them and results obey them.
//!
//! Small sizes run on hand-written kernels over the 30-bit digits ([`kernel`]); past measured thresholds
//! operands are packed into machine words and given to `dashu-int`.

mod arithmetic;
mod bits;
mod bytes;
mod compare;
mod convert;
mod division;
pub(crate) mod kernel;
mod power;
mod text;

pub use arithmetic::{add, mul, neg, square, sub};
pub use bits::{and, bit_count, bit_length, invert, lshift, or, rshift, xor};
pub use bytes::{from_bytes, to_bytes};
pub use compare::{cmp, cmp_f64, cmp_i64_f64, eq_f64};
pub(crate) use convert::{decompose, round_scaled, top_fraction};
pub use convert::{from_f64, to_f64};
pub use division::{divmod, divmod_near, floordiv, modulo, round_to_power_of_ten, truediv};
pub use power::{gcd, isqrt, lcm, modular_inverse, pow, pow_big, pow_mod};
pub(crate) use text::ascii;
pub use text::{DEFAULT_MAX_STR_DIGITS, ParseIntError, from_str, parse_ascii, to_decimal, to_string_radix};

/// Bits in a digit.
pub const DIGIT_BITS: u32 = 30;
/// All bits of a digit set.
pub const DIGIT_MASK: u32 = (1 << DIGIT_BITS) - 1;
/// The largest magnitude that will be built, in bits (4 GiB): larger requests are `MemoryError`.
pub const MAX_BITS: u64 = 1 << 35;

/// An owned integer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Big {
    /// Whether the value is below zero.
    pub negative: bool,
    /// Magnitude, least significant digit first, 30 bits each, normalised.
    pub digits: Vec<u32>,
}

/// A borrowed integer.
#[derive(Clone, Copy, Debug)]
pub struct BigRef<'a> {
    /// Whether the value is below zero.
    pub negative: bool,
    /// Magnitude, least significant digit first, 30 bits each, normalised.
    pub digits: &'a [u32],
}

/// The digits of a 64-bit integer on the stack, to be viewed as a [`BigRef`].
#[derive(Clone, Copy, Debug)]
pub struct SmallDigits {
    negative: bool,
    length: u8,
    digits: [u32; 3],
}

impl SmallDigits {
    /// The digits of `value`.
    #[inline]
    pub fn new(value: i64) -> SmallDigits {
        let mut small = SmallDigits::from_u64(value.unsigned_abs());
        small.negative = value < 0;
        small
    }

    /// The digits of an unsigned `value`.
    #[inline]
    pub fn from_u64(value: u64) -> SmallDigits {
        let mask = u64::from(DIGIT_MASK);
        let digits = [(value & mask) as u32, ((value >> 30) & mask) as u32, (value >> 60) as u32];
        let length = if digits[2] != 0 {
            3
        } else if digits[1] != 0 {
            2
        } else {
            u8::from(digits[0] != 0)
        };
        SmallDigits { negative: false, length, digits }
    }

    /// The view over these digits.
    #[inline]
    pub fn view(&self) -> BigRef<'_> {
        BigRef { negative: self.negative, digits: &self.digits[..self.length as usize] }
    }
}

impl<'a> BigRef<'a> {
    /// A view over normalised digits.
    pub fn new(negative: bool, digits: &'a [u32]) -> BigRef<'a> {
        debug_assert!(digits.last() != Some(&0) && !(negative && digits.is_empty()));
        BigRef { negative, digits }
    }

    /// Whether the value is 0.
    #[inline]
    pub fn is_zero(self) -> bool {
        self.digits.is_empty()
    }

    /// Whether the value is odd.
    #[inline]
    pub fn is_odd(self) -> bool {
        self.digits.first().is_some_and(|d| d & 1 == 1)
    }

    /// -1, 0 or 1.
    pub fn sign(self) -> i32 {
        match (self.digits.is_empty(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    /// The absolute value, still borrowed.
    pub fn abs(self) -> BigRef<'a> {
        BigRef { negative: false, digits: self.digits }
    }

    /// A copy that owns its digits.
    pub fn to_big(self) -> Big {
        Big { negative: self.negative, digits: self.digits.to_vec() }
    }

    /// The magnitude, if it fits.
    pub fn magnitude_u64(self) -> Option<u64> {
        match *self.digits {
            [] => Some(0),
            [a] => Some(u64::from(a)),
            [a, b] => Some(u64::from(a) | u64::from(b) << 30),
            [a, b, c] if c < 16 => Some(u64::from(a) | u64::from(b) << 30 | u64::from(c) << 60),
            _ => None,
        }
    }

    /// The magnitude, if it fits.
    pub fn magnitude_u128(self) -> Option<u128> {
        if self.digits.len() > 5 || (self.digits.len() == 5 && self.digits[4] >> 8 != 0) {
            return None;
        }
        Some(self.digits.iter().rev().fold(0, |acc, &d| acc << DIGIT_BITS | u128::from(d)))
    }

    /// The value, if it fits.
    pub fn to_i64(self) -> Option<i64> {
        let magnitude = self.magnitude_u64()?;
        if self.negative { 0i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
    }

    /// The value, if it is not negative and fits.
    pub fn to_u64(self) -> Option<u64> {
        if self.negative { None } else { self.magnitude_u64() }
    }

    /// The value modulo 2**64, as C's unchecked conversions want it.
    pub fn wrapping_u64(self) -> u64 {
        let low = self.digits.iter().take(3).rev().fold(0u64, |acc, &d| acc << DIGIT_BITS | u64::from(d));
        if self.negative { low.wrapping_neg() } else { low }
    }
}

impl Big {
    /// Zero.
    pub const ZERO: Big = Big { negative: false, digits: Vec::new() };

    /// From a sign and a magnitude that may have leading zero digits.
    pub fn from_parts(negative: bool, mut digits: Vec<u32>) -> Big {
        kernel::trim(&mut digits);
        Big { negative: negative && !digits.is_empty(), digits }
    }

    /// A view of the value.
    #[inline]
    pub fn view(&self) -> BigRef<'_> {
        BigRef { negative: self.negative, digits: &self.digits }
    }

    /// Whether the value is 0.
    pub fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// The value, if it fits.
    #[inline]
    pub fn to_i64(&self) -> Option<i64> {
        self.view().to_i64()
    }
}

impl From<u64> for Big {
    fn from(value: u64) -> Big {
        SmallDigits::from_u64(value).view().to_big()
    }
}

impl From<i64> for Big {
    fn from(value: i64) -> Big {
        SmallDigits::new(value).view().to_big()
    }
}

impl From<u128> for Big {
    fn from(mut value: u128) -> Big {
        let mut digits = Vec::with_capacity(5);
        while value != 0 {
            digits.push(value as u32 & DIGIT_MASK);
            value >>= DIGIT_BITS;
        }
        Big { negative: false, digits }
    }
}

impl From<i128> for Big {
    fn from(value: i128) -> Big {
        Big { negative: value < 0, ..Big::from(value.unsigned_abs()) }
    }
}

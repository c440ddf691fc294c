//! The value word: immediate ints and floats, and pointers.
//!
//! | low bits | meaning |
//! |---|---|
//! | `xxx1` | small int, 63-bit two's complement above the tag |
//! | `xx10` | small float: a double whose exponent lies in the common range, biased and rotated |
//! | `0000` | pointer to a heap object (16-byte aligned) |
//! | `1000` | the same pointer, borrowed: only in a [`Slot`] |
//!
//! A double is an immediate when bits 62..60 are `011` or `100` (magnitudes from about 2^-255 to 2^256): adding
//! `1 << 60` turns these two patterns into `10x`, and rotating left by three puts `10` into the tag position
//! ("float self-tagging", OOPSLA 2025). All others, both zeros among them, are heap objects.

use crate::header::Header;
use core::num::NonZeroU64;

/// A Python object: an immediate or a pointer; never null, never borrowed-tagged.
///
/// A `Value` does not own what it points to: it is good as long as some owner up the call chain keeps it alive.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Value(pub NonZeroU64);

/// What a frame slot or a register holds: a value that may be borrowed, or nothing (0).
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Slot(pub u64);

/// The tag bit of a borrowed pointer in a [`Slot`].
pub const BORROWED: u64 = 0b1000;
/// The largest small int.
pub const SMALL_INT_MAX: i64 = (1 << 62) - 1;
/// The smallest small int.
pub const SMALL_INT_MIN: i64 = -(1 << 62);
const FLOAT_BIAS: u64 = 1 << 60;

impl Value {
    /// A value from its word; `word` must not be 0.
    ///
    /// # Safety
    /// `word` is the bits of an immediate or of a pointer to a live object.
    #[inline(always)]
    pub const unsafe fn from_bits(word: u64) -> Value {
        // SAFETY: I1, the caller passes a word that is not null.
        Value(unsafe { NonZeroU64::new_unchecked(word) })
    }
    /// The word itself.
    #[inline(always)]
    pub const fn bits(self) -> u64 {
        self.0.get()
    }
    /// A small int; `i` must lie in the 63-bit range.
    #[inline(always)]
    pub const fn small_int(i: i64) -> Value {
        // SAFETY: I1, the tag bit makes the word nonzero.
        unsafe { Value::from_bits(((i << 1) | 1) as u64) }
    }
    /// A small int, or `None` when `i` needs a heap int.
    #[inline(always)]
    pub const fn try_small_int(i: i64) -> Option<Value> {
        if i >= SMALL_INT_MIN && i <= SMALL_INT_MAX { Some(Value::small_int(i)) } else { None }
    }
    #[inline(always)]
    pub const fn is_small_int(self) -> bool {
        self.bits() & 1 != 0
    }
    /// The number of a small int. Meaningless for anything else.
    #[inline(always)]
    pub const fn small_int_value(self) -> i64 {
        (self.bits() as i64) >> 1
    }
    /// The number, if this is a small int.
    #[inline(always)]
    pub const fn as_small_int(self) -> Option<i64> {
        if self.is_small_int() { Some(self.small_int_value()) } else { None }
    }
    /// The immediate for `x`, or `None` when it needs a heap float (zeros, NaN, infinities, extreme exponents).
    #[inline(always)]
    pub const fn try_small_float(x: f64) -> Option<Value> {
        let word = x.to_bits().wrapping_add(FLOAT_BIAS).rotate_left(3);
        // SAFETY: I1, a word with tag 10 is not zero.
        if word & 3 == 2 { Some(unsafe { Value::from_bits(word) }) } else { None }
    }
    #[inline(always)]
    pub const fn is_small_float(self) -> bool {
        self.bits() & 3 == 2
    }
    /// The number of a small float. Meaningless for anything else.
    #[inline(always)]
    pub const fn small_float_value(self) -> f64 {
        f64::from_bits(self.bits().rotate_right(3).wrapping_sub(FLOAT_BIAS))
    }
    #[inline(always)]
    pub const fn as_small_float(self) -> Option<f64> {
        if self.is_small_float() { Some(self.small_float_value()) } else { None }
    }
    #[inline(always)]
    pub const fn is_pointer(self) -> bool {
        self.bits() & 7 == 0
    }
    /// A value that points to `header`.
    ///
    /// # Safety
    /// `header` points to a live object (I1).
    #[inline(always)]
    pub unsafe fn from_ptr<T>(header: *const T) -> Value {
        // SAFETY: I1, handed on to the caller.
        unsafe { Value::from_bits(header as u64) }
    }
    /// The object's address. Meaningless for an immediate.
    #[inline(always)]
    pub const fn as_ptr(self) -> *mut Header {
        self.bits() as *mut Header
    }
    /// Object identity of two words (boxed numbers are the runtime's business).
    #[inline(always)]
    pub const fn same(self, other: Value) -> bool {
        self.bits() == other.bits()
    }
}

impl Slot {
    /// The unbound slot.
    pub const NULL: Slot = Slot(0);

    /// A slot that takes over the ownership that comes with `v`.
    #[inline(always)]
    pub const fn owned(v: Value) -> Slot {
        Slot(v.bits())
    }
    /// A slot that borrows `v`: nothing is counted, something else keeps it alive.
    #[inline(always)]
    pub const fn borrowed(v: Value) -> Slot {
        Slot(if v.is_pointer() { v.bits() | BORROWED } else { v.bits() })
    }
    #[inline(always)]
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }
    /// Whether releasing this slot has to touch a reference count.
    #[inline(always)]
    pub const fn is_owned_pointer(self) -> bool {
        self.0 & 15 == 0 && self.0 != 0
    }
    #[inline(always)]
    pub const fn is_borrowed_pointer(self) -> bool {
        self.0 & 15 == BORROWED
    }
    /// Whether a bound slot holds a pointer, borrowed or not. The looks at a slot spare taking its value out first.
    #[inline(always)]
    pub const fn holds_pointer(self) -> bool {
        self.0 & 7 == 0
    }
    /// The object of a slot that holds a pointer.
    #[inline(always)]
    pub const fn as_ptr(self) -> *const Header {
        (self.0 & !BORROWED) as *const Header
    }
    #[inline(always)]
    pub const fn holds_small_int(self) -> bool {
        self.0 & 1 != 0
    }
    #[inline(always)]
    pub const fn holds_small_float(self) -> bool {
        self.0 & 3 == 2
    }
    /// The value without its ownership bit; the slot must not be null.
    #[inline(always)]
    pub const fn value(self) -> Value {
        // Two arms, not a mask: after a test for a pointer one of them is left.
        let word = if self.0 & 7 == 0 { self.0 & !BORROWED } else { self.0 };
        // SAFETY: I2, a slot that is read as a value is bound.
        unsafe { Value::from_bits(word) }
    }
    /// The value, or `None` for an unbound slot.
    #[inline(always)]
    pub const fn get(self) -> Option<Value> {
        if self.0 == 0 { None } else { Some(self.value()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ints_round_trip() {
        for i in [0, 1, -1, 42, SMALL_INT_MAX, SMALL_INT_MIN, SMALL_INT_MAX - 1] {
            let v = Value::try_small_int(i).unwrap();
            assert!(v.is_small_int() && !v.is_small_float() && !v.is_pointer());
            assert_eq!(v.small_int_value(), i);
        }
        assert!(Value::try_small_int(SMALL_INT_MAX + 1).is_none());
        assert!(Value::try_small_int(SMALL_INT_MIN - 1).is_none());
    }

    #[test]
    fn floats_round_trip() {
        for x in [1.0, -1.0, 0.1, -0.5, 1e70, -1e-70, core::f64::consts::PI, 2.0f64.powi_check(255)] {
            let v = Value::try_small_float(x).unwrap();
            assert!(v.is_small_float() && !v.is_small_int() && !v.is_pointer());
            assert_eq!(v.small_float_value().to_bits(), x.to_bits());
        }
        for x in [0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, 1e-300, 5e-324] {
            assert!(Value::try_small_float(x).is_none(), "{x}");
        }
    }

    trait PowCheck {
        fn powi_check(self, n: i32) -> f64;
    }
    impl PowCheck for f64 {
        fn powi_check(self, n: i32) -> f64 {
            (0..n).fold(1.0, |acc, _| acc * self)
        }
    }

    #[test]
    fn slots_mask_the_borrowed_bit() {
        let aligned = 0x1000 as *const Header;
        // SAFETY: the pointer is never followed.
        let v = unsafe { Value::from_ptr(aligned) };
        assert!(Slot::borrowed(v).is_borrowed_pointer());
        assert!(Slot::owned(v).is_owned_pointer());
        assert!(Slot::borrowed(v).value() == v);
        let four = Value::small_int(4);
        assert!(Slot::borrowed(four).value() == four);
        assert!(Slot::NULL.get().is_none());
    }
}

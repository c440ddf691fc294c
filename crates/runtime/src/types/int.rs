//! `int`: small ints are immediates, larger ones heap objects in CPython's layout.
//!
//! - `int.rs`: the object, conversions, the type and its slots
//! - `int/ops.rs`: arithmetic on any two ints
//! - `int/text.rs`: reading, printing, formatting
//! - `int/methods.rs`: the methods
//!
//! **Invariant:** what functions here return is normalised: a number of 63 bits or less is an immediate. What comes in
//! may be a boxed small number (bools are, instances of subclasses, and what C code makes).

mod methods;
mod ops;
mod text;

pub use ops::*;
pub use text::{
    DEFAULT_MAX_STR_DIGITS, ascii_digits, decimal, from_text, from_text_with_base, max_str_digits, parse_latin,
    set_max_str_digits,
};
pub(crate) use text::{bytes_of, decimal_i64};

use crate::prelude::*;
use whipsnake_layout::objects::IntObject;
use whipsnake_numbers::bigint::{self, Big, BigRef, SmallDigits};
use whipsnake_numbers::hash;

/// An int on the heap.
#[repr(transparent)]
pub struct Int(IntObject);

// SAFETY: I4, `INT_TYPE` declares this layout.
unsafe impl Layout for Int {
    #[inline(always)]
    fn ty() -> &'static Type {
        &INT_TYPE
    }
}

const DIGITS_OFFSET: usize = 24;
/// Bits of the tag below the number of digits, and the sign's values in them.
const TAG_SHIFT: u32 = 3;
const SIGN_ZERO: usize = 1;
const SIGN_NEGATIVE: usize = 2;

impl Int {
    /// The magnitude, least significant digit first, 30 bits each.
    #[inline]
    pub fn digits(&self) -> &[u32] {
        // SAFETY: I4, the tag counts the digits behind the header.
        unsafe {
            let first = (self as *const Int).cast::<u8>().add(DIGITS_OFFSET).cast::<u32>();
            std::slice::from_raw_parts(first, self.0.tag >> TAG_SHIFT)
        }
    }
    #[inline]
    pub fn is_negative(&self) -> bool {
        self.0.tag & SIGN_NEGATIVE != 0
    }
    #[inline]
    pub fn view(&self) -> BigRef<'_> {
        BigRef { negative: self.is_negative(), digits: self.digits() }
    }
}

builtin_type! {
    pub static INT_TYPE = "PyLong_Type" => TypeSpec {
        name: "int",
        basicsize: DIGITS_OFFSET,
        itemsize: 4,
        flags: flags::BASETYPE | flags::LONG_SUBCLASS | flags::MATCH_SELF,
        doc: "int(x=0, /)\nint(x, /, base=10)\n\nAn integer of any size, made of a number or of text.",
        slots: Slots {
            dealloc: Some(crate::dealloc::dealloc_plain),
            body_size: Some(body_size),
            new: Some(new),
            repr: Some(text::repr),
            hash: Some(hash_slot),
            richcompare: Some(richcompare),
            nb_add: Some(nb_add),
            nb_subtract: Some(nb_subtract),
            nb_multiply: Some(nb_multiply),
            nb_remainder: Some(nb_remainder),
            nb_divmod: Some(nb_divmod),
            nb_power: Some(nb_power),
            nb_negative: Some(neg),
            nb_positive: Some(exact_copy),
            nb_absolute: Some(abs),
            nb_bool: Some(|_, v| Ok(!is_zero(v))),
            nb_invert: Some(invert),
            nb_lshift: Some(nb_lshift),
            nb_rshift: Some(nb_rshift),
            nb_and: Some(nb_and),
            nb_xor: Some(nb_xor),
            nb_or: Some(nb_or),
            nb_int: Some(exact_copy),
            nb_float: Some(|th, v| th.float(to_f64(th, v)?)),
            nb_floor_divide: Some(nb_floor_divide),
            nb_true_divide: Some(nb_true_divide),
            nb_index: Some(exact_copy),
            ..Slots::EMPTY
        },
        methods: methods::methods::METHODS,
        getsets: methods::methods::GETSETS,
        ..TypeSpec::DEFAULT
    }
}

/// Whether this is an int, a bool or an instance of a subclass.
#[inline(always)]
pub fn is_int(v: Value) -> bool {
    v.is_small_int() || (v.is_pointer() && v.ty().has_flag(flags::LONG_SUBCLASS))
}

/// The heap int, for a pointer known to be one.
#[inline(always)]
fn heap_int<'a>(v: Value) -> &'a Int {
    debug_assert!(v.is_pointer() && v.is_instance(&INT_TYPE));
    // SAFETY: I4, callers have checked that `v` is an int, and it is no immediate.
    unsafe { v.cast_unchecked() }
}

/// Any int seen as big-int digits; small ones sit in a buffer here.
pub enum BigView<'a> {
    Small(SmallDigits),
    Heap(&'a Int),
}

impl BigView<'_> {
    /// `v` must be an int.
    #[inline]
    pub fn of<'a>(v: Value) -> BigView<'a> {
        match v.as_small_int() {
            Some(i) => BigView::Small(SmallDigits::new(i)),
            None => BigView::Heap(heap_int(v)),
        }
    }
    #[inline]
    pub fn view(&self) -> BigRef<'_> {
        match self {
            BigView::Small(digits) => digits.view(),
            BigView::Heap(int) => int.view(),
        }
    }
}

/// Calls `body` with the digits of `v`, which must be an int (of any size or subclass).
#[inline]
pub fn with_big<T>(v: Value, body: impl FnOnce(BigRef) -> T) -> T {
    body(BigView::of(v).view())
}

/// The number of an int (or bool, or instance of a subclass), when it fits.
#[inline]
pub fn as_i64_exact(v: Value) -> Option<i64> {
    match v.as_small_int() {
        Some(i) => Some(i),
        None => heap_int(v).view().to_i64(),
    }
}

/// As [`as_i64_exact`], and `None` as well for what is not an int.
#[inline]
pub fn try_i64(v: Value) -> Option<i64> {
    match v.as_small_int() {
        Some(i) => Some(i),
        None if is_int(v) => heap_int(v).view().to_i64(),
        None => None,
    }
}

/// Whether an int is below zero.
#[inline]
pub fn is_negative(v: Value) -> bool {
    match v.as_small_int() {
        Some(i) => i < 0,
        None => heap_int(v).is_negative(),
    }
}

/// Whether an int is zero.
#[inline]
pub fn is_zero(v: Value) -> bool {
    match v.as_small_int() {
        Some(i) => i == 0,
        None => heap_int(v).digits().is_empty(),
    }
}

/// The nearest float.
///
/// # Errors
/// OverflowError.
pub fn to_f64(th: &Thread, v: Value) -> PyResult<f64> {
    use crate::protocols::number::OrRaise;
    match v.as_small_int() {
        Some(i) => Ok(i as f64),
        None => bigint::to_f64(heap_int(v).view()).or_raise(th),
    }
}

impl Thread {
    /// An int.
    ///
    /// # Errors
    /// MemoryError.
    #[inline(always)]
    pub fn int(&self, i: i64) -> PyResult {
        match Value::try_small_int(i) {
            Some(v) => Ok(Obj::steal(v)),
            None => allocate(self, &INT_TYPE, SmallDigits::new(i).view()),
        }
    }
    /// An int.
    ///
    /// # Errors
    /// MemoryError.
    #[inline]
    pub fn uint(&self, i: u64) -> PyResult {
        match i64::try_from(i) {
            Ok(i) => self.int(i),
            Err(_) => allocate(self, &INT_TYPE, SmallDigits::from_u64(i).view()),
        }
    }
}

/// An int of a computed number.
///
/// # Errors
/// MemoryError.
pub fn from_big(th: &Thread, big: Big) -> PyResult {
    from_view(th, big.view())
}

/// As [`from_big`], from borrowed digits.
///
/// # Errors
/// MemoryError.
#[inline]
pub fn from_view(th: &Thread, big: BigRef) -> PyResult {
    match big.to_i64().and_then(Value::try_small_int) {
        Some(v) => Ok(Obj::steal(v)),
        None => allocate(th, &INT_TYPE, big),
    }
}

/// An int from double-width arithmetic, without a detour over the Rust heap.
pub(crate) fn from_i128(th: &Thread, i: i128) -> PyResult {
    if let Ok(small) = i64::try_from(i) {
        return th.int(small);
    }
    let magnitude = i.unsigned_abs();
    let digit = |n: u32| (magnitude >> (n * bigint::DIGIT_BITS)) as u32 & bigint::DIGIT_MASK;
    let digits = [digit(0), digit(1), digit(2), digit(3), digit(4)];
    // It has more than 62 bits: three digits at least.
    let count = if digits[4] != 0 { 5 } else { 3 + usize::from(digits[3] != 0) };
    allocate(th, &INT_TYPE, BigRef { negative: i < 0, digits: &digits[..count] })
}

/// The number of an int, when it has no more than 120 bits.
#[inline]
pub(crate) fn as_medium(v: Value) -> Option<i128> {
    if let Some(i) = v.as_small_int() {
        return Some(i128::from(i));
    }
    let heap = heap_int(v);
    let word = |low: u32, high: u32| u64::from(low) | u64::from(high) << bigint::DIGIT_BITS;
    let (low, high) = match *heap.digits() {
        [] => (0, 0),
        [a] => (u64::from(a), 0),
        [a, b] => (word(a, b), 0),
        [a, b, c] => (word(a, b), u64::from(c)),
        [a, b, c, d] => (word(a, b), word(c, d)),
        _ => return None,
    };
    let magnitude = i128::from(low) | i128::from(high) << (2 * bigint::DIGIT_BITS);
    Some(if heap.is_negative() { -magnitude } else { magnitude })
}

/// Bytes of header and digits; there is room for one digit even in a zero.
fn size_of_digits(count: usize) -> usize {
    DIGITS_OFFSET + 4 * count.max(1)
}

unsafe fn body_size(object: *const Header) -> usize {
    // SAFETY: I4, called for ints.
    size_of_digits(unsafe { (*(object as *const IntObject)).tag } >> TAG_SHIFT)
}

/// A heap object of type `ty`, which is `int` or a subclass of it.
fn allocate(th: &Thread, ty: &'static Type, big: BigRef) -> PyResult {
    let body = size_of_digits(big.digits.len());
    // Subclasses keep the dict's slot behind the digits.
    let size = if ty.core.dictoffset.get() < 0 { body.next_multiple_of(8) + 8 } else { body };
    let object = th.allocate(ty, size)?;
    let sign = if big.digits.is_empty() {
        SIGN_ZERO
    } else if big.negative {
        SIGN_NEGATIVE
    } else {
        0
    };
    // SAFETY: fresh memory of `size` bytes.
    unsafe {
        (&raw mut (*(object as *mut IntObject)).tag).write(big.digits.len() << TAG_SHIFT | sign);
        let first = object.cast::<u8>().add(DIGITS_OFFSET);
        let used = 4 * big.digits.len();
        if used < 32 {
            for (i, digit) in big.digits.iter().enumerate() {
                first.cast::<u32>().add(i).write(*digit);
            }
        } else {
            first.cast::<u32>().copy_from_nonoverlapping(big.digits.as_ptr(), big.digits.len());
        }
        if size - DIGITS_OFFSET > used {
            first.add(used).write_bytes(0, size - DIGITS_OFFSET - used);
        }
        Ok(Obj::steal(Value::from_ptr(object)))
    }
}

/// The same number as an exact, normalised int.
///
/// # Errors
/// MemoryError.
pub fn exact_copy(th: &Thread, v: Value) -> PyResult {
    if v.is_small_int() {
        return Ok(Obj::steal(v));
    }
    let heap = heap_int(v);
    match heap.view().to_i64().and_then(Value::try_small_int) {
        Some(small) => Ok(Obj::steal(small)),
        None if v.is_exact(&INT_TYPE) => Ok(v.own()),
        None => allocate(th, &INT_TYPE, heap.view()),
    }
}

/// `int.__new__`.
fn new(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let number = construct(th, args)?;
    if std::ptr::eq(ty, &INT_TYPE) {
        return Ok(number);
    }
    allocate(th, ty, BigView::of(number.value()).view())
}

fn construct(th: &Thread, args: Args) -> PyResult {
    let mut base = args.get(1);
    let given = args.len() + args.keyword_count();
    if given > 2 && args.keyword_count() > 0 {
        return Err(th.type_error(format!("int() takes at most 2 arguments ({given} given)")));
    }
    if given > 2 {
        return Err(th.type_error(format!("int expected at most 2 arguments, got {}", args.len())));
    }
    for (name, value) in args.keywords() {
        let name = crate::types::str::to_rust_string(name);
        if name != "base" {
            return Err(th.type_error(format!("int() got an unexpected keyword argument '{name}'")));
        }
        base = Some(value);
    }
    match (args.get(0), base) {
        (None, None) => Ok(Obj::small_int(0)),
        (None, Some(_)) => Err(th.type_error("int() missing string argument")),
        (Some(v), None) => number::to_int(th, v),
        (Some(v), Some(base)) => {
            let base = number::as_index_clamped(th, base)?;
            if base == 1 || !(0..=36).contains(&base) {
                return Err(th.value_error("int() base must be >= 2 and <= 36, or 0"));
            }
            from_text_with_base(th, v, base as u32)
        }
    }
}

fn hash_slot(_: &Thread, v: Value) -> PyResult<i64> {
    Ok(hash_of(v))
}

/// `hash` of an int.
#[inline]
pub fn hash_of(v: Value) -> i64 {
    match v.as_small_int() {
        Some(i) => hash::hash_i64(i),
        None => hash::hash_big(heap_int(v).view()),
    }
}

fn richcompare(_: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !is_int(a) || !is_int(b) {
        return Ok(Obj::not_implemented());
    }
    Ok(Obj::bool(op.holds(cmp(a, b))))
}

/// Identity beyond the word: two exact ints of one value, or two exact floats of the same bits (but no NaN).
pub fn same_number(a: Value, b: Value) -> bool {
    if !a.is_pointer() && !b.is_pointer() {
        return false;
    }
    let ty = a.ty();
    if !std::ptr::eq(ty, b.ty()) {
        return false;
    }
    if std::ptr::eq(ty, &INT_TYPE) {
        return cmp(a, b).is_eq();
    }
    if std::ptr::eq(ty, &statics::FLOAT_TYPE)
        && let (Some(x), Some(y)) = (super::float::value_of(a), super::float::value_of(b))
    {
        return x.to_bits() == y.to_bits() && !x.is_nan();
    }
    false
}

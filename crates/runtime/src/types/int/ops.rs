//! Arithmetic on ints of any size. Operands must be ints (bools and subclasses included) unless said otherwise;
//! the `nb_*` slots answer `NotImplemented` for anything else.

use super::{BigView, as_medium, exact_copy, from_big, from_i128, from_view, is_int, is_negative, is_zero, to_f64};
use crate::prelude::*;
use crate::protocols::number::OrRaise;
use std::cmp::Ordering;
use whipsnake_numbers::bigint::{self, Big, BigRef};
use whipsnake_numbers::{NumError, float};

/// Both numbers, when both are immediates.
#[inline(always)]
fn small_pair(a: Value, b: Value) -> Option<(i64, i64)> {
    if a.is_small_int() && b.is_small_int() { Some((a.small_int_value(), b.small_int_value())) } else { None }
}

/// Both numbers as double words, when neither has more than 120 bits: sums, bit operations and quotients of such
/// numbers fit as well.
#[inline(always)]
fn medium_pair(a: Value, b: Value) -> Option<(i128, i128)> {
    Some((as_medium(a)?, as_medium(b)?))
}

fn big(th: &Thread, a: Value, b: Value, op: impl FnOnce(BigRef, BigRef) -> Big) -> PyResult {
    let (x, y) = (BigView::of(a), BigView::of(b));
    from_big(th, op(x.view(), y.view()))
}

fn try_big(
    th: &Thread,
    a: Value,
    b: Value,
    op: impl FnOnce(BigRef, BigRef) -> whipsnake_numbers::Result<Big>,
) -> PyResult {
    let (x, y) = (BigView::of(a), BigView::of(b));
    from_big(th, op(x.view(), y.view()).or_raise(th)?)
}

/// `a + b`.
///
/// # Errors
/// MemoryError.
#[inline]
pub fn add(th: &Thread, a: Value, b: Value) -> PyResult {
    match small_pair(a, b) {
        Some((x, y)) => th.int(x + y),
        None => match medium_pair(a, b) {
            Some((x, y)) => from_i128(th, x + y),
            None => big(th, a, b, bigint::add),
        },
    }
}

/// `a - b`.
///
/// # Errors
/// MemoryError.
#[inline]
pub fn sub(th: &Thread, a: Value, b: Value) -> PyResult {
    match small_pair(a, b) {
        Some((x, y)) => th.int(x - y),
        None => match medium_pair(a, b) {
            Some((x, y)) => from_i128(th, x - y),
            None => big(th, a, b, bigint::sub),
        },
    }
}

/// `a * b`.
///
/// # Errors
/// MemoryError.
#[inline]
pub fn mul(th: &Thread, a: Value, b: Value) -> PyResult {
    match small_pair(a, b) {
        Some((x, y)) => match x.checked_mul(y) {
            Some(product) => th.int(product),
            None => from_i128(th, i128::from(x) * i128::from(y)),
        },
        None => mul_big(th, a, b),
    }
}

/// Digits of the longest products that are made on the native stack.
const SHORT_PRODUCT: usize = 16;

fn mul_big(th: &Thread, a: Value, b: Value) -> PyResult {
    let (x, y) = (BigView::of(a), BigView::of(b));
    let (x, y) = (x.view(), y.view());
    if x.digits.len() + y.digits.len() > SHORT_PRODUCT {
        return from_big(th, if a.same(b) { bigint::square(x) } else { bigint::mul(x, y) });
    }
    let mut product = [0u32; SHORT_PRODUCT];
    for (i, &p) in x.digits.iter().enumerate() {
        let mut carry = 0u64;
        for (place, &q) in product[i..].iter_mut().zip(y.digits) {
            let sum = u64::from(p) * u64::from(q) + u64::from(*place) + carry;
            *place = sum as u32 & bigint::DIGIT_MASK;
            carry = sum >> bigint::DIGIT_BITS;
        }
        product[i + y.digits.len()] = carry as u32;
    }
    let used = product.iter().rposition(|&digit| digit != 0).map_or(0, |last| last + 1);
    from_view(th, BigRef { negative: x.negative != y.negative && used != 0, digits: &product[..used] })
}

/// The floor quotient of machine numbers; `y` is not 0 and the quotient fits (63-bit operands).
#[inline(always)]
fn floor_quotient(x: i64, y: i64) -> i64 {
    let quotient = x / y;
    if x % y != 0 && (x < 0) != (y < 0) { quotient - 1 } else { quotient }
}

#[inline(always)]
fn floor_remainder(x: i64, y: i64) -> i64 {
    let rest = x % y;
    if rest != 0 && (rest < 0) != (y < 0) { rest + y } else { rest }
}

/// `a // b`.
///
/// # Errors
/// ZeroDivisionError.
#[inline]
pub fn floordiv(th: &Thread, a: Value, b: Value) -> PyResult {
    match small_pair(a, b) {
        Some((x, y)) if y != 0 => th.int(floor_quotient(x, y)),
        _ => match medium_pair(a, b) {
            Some((x, y)) if y != 0 => {
                let (quotient, rest) = (x / y, x % y);
                from_i128(th, if rest != 0 && (x < 0) != (y < 0) { quotient - 1 } else { quotient })
            }
            _ => try_big(th, a, b, bigint::floordiv),
        },
    }
}

/// `a % b`.
///
/// # Errors
/// ZeroDivisionError.
#[inline]
pub fn modulo(th: &Thread, a: Value, b: Value) -> PyResult {
    match small_pair(a, b) {
        Some((x, y)) if y != 0 => th.int(floor_remainder(x, y)),
        _ => match medium_pair(a, b) {
            Some((x, y)) if y != 0 => {
                let rest = x % y;
                from_i128(th, if rest != 0 && (rest < 0) != (y < 0) { rest + y } else { rest })
            }
            _ => try_big(th, a, b, bigint::modulo),
        },
    }
}

/// Quotient and remainder.
///
/// # Errors
/// ZeroDivisionError.
pub fn divmod_parts(th: &Thread, a: Value, b: Value) -> PyResult<(Obj, Obj)> {
    if let Some((x, y)) = small_pair(a, b)
        && y != 0
    {
        return Ok((th.int(floor_quotient(x, y))?, th.int(floor_remainder(x, y))?));
    }
    if let Some((x, y)) = medium_pair(a, b)
        && y != 0
    {
        let (quotient, rest) = (x / y, x % y);
        let down = rest != 0 && (rest < 0) != (y < 0);
        let (quotient, rest) = if down { (quotient - 1, rest + y) } else { (quotient, rest) };
        return Ok((from_i128(th, quotient)?, from_i128(th, rest)?));
    }
    let (x, y) = (BigView::of(a), BigView::of(b));
    let (quotient, rest) = bigint::divmod(x.view(), y.view()).or_raise(th)?;
    Ok((from_big(th, quotient)?, from_big(th, rest)?))
}

/// `divmod(a, b)`.
///
/// # Errors
/// ZeroDivisionError.
pub fn divmod(th: &Thread, a: Value, b: Value) -> PyResult {
    let (quotient, rest) = divmod_parts(th, a, b)?;
    th.tuple(&[quotient.value(), rest.value()])
}

/// `a / b`.
///
/// # Errors
/// ZeroDivisionError, OverflowError.
pub fn truediv(th: &Thread, a: Value, b: Value) -> PyResult {
    const EXACT: u64 = 1 << 53;
    if let Some((x, y)) = small_pair(a, b)
        && y != 0
        && x.unsigned_abs() <= EXACT
        && y.unsigned_abs() <= EXACT
    {
        return th.float(x as f64 / y as f64);
    }
    let (x, y) = (BigView::of(a), BigView::of(b));
    th.float(bigint::truediv(x.view(), y.view()).or_raise(th)?)
}

/// `a << b`.
///
/// # Errors
/// ValueError for a negative count, OverflowError or MemoryError for a huge one.
pub fn lshift(th: &Thread, a: Value, b: Value) -> PyResult {
    if let Some((x, y)) = small_pair(a, b)
        && (0..63).contains(&y)
    {
        let shifted = x << y;
        return if shifted >> y == x { th.int(shifted) } else { from_i128(th, i128::from(x) << y) };
    }
    if let Some((x, y)) = medium_pair(a, b)
        && (0..120).contains(&y)
        && x.unsigned_abs().leading_zeros() > y as u32 + 1
    {
        return from_i128(th, x << y);
    }
    try_big(th, a, b, bigint::lshift)
}

/// `a >> b`.
///
/// # Errors
/// ValueError for a negative count.
pub fn rshift(th: &Thread, a: Value, b: Value) -> PyResult {
    if let Some((x, y)) = small_pair(a, b)
        && y >= 0
    {
        return Ok(Obj::small_int(x >> y.min(63)));
    }
    if let Some((x, y)) = medium_pair(a, b)
        && y >= 0
    {
        return from_i128(th, x >> y.min(127));
    }
    try_big(th, a, b, bigint::rshift)
}

/// `a & b`.
///
/// # Errors
/// MemoryError.
pub fn and(th: &Thread, a: Value, b: Value) -> PyResult {
    match small_pair(a, b) {
        Some((x, y)) => Ok(Obj::small_int(x & y)),
        None => match medium_pair(a, b) {
            Some((x, y)) => from_i128(th, x & y),
            None => big(th, a, b, bigint::and),
        },
    }
}

/// `a | b`.
///
/// # Errors
/// MemoryError.
pub fn or(th: &Thread, a: Value, b: Value) -> PyResult {
    match small_pair(a, b) {
        Some((x, y)) => Ok(Obj::small_int(x | y)),
        None => match medium_pair(a, b) {
            Some((x, y)) => from_i128(th, x | y),
            None => big(th, a, b, bigint::or),
        },
    }
}

/// `a ^ b`.
///
/// # Errors
/// MemoryError.
pub fn xor(th: &Thread, a: Value, b: Value) -> PyResult {
    match small_pair(a, b) {
        Some((x, y)) => Ok(Obj::small_int(x ^ y)),
        None => match medium_pair(a, b) {
            Some((x, y)) => from_i128(th, x ^ y),
            None => big(th, a, b, bigint::xor),
        },
    }
}

/// `-v`.
///
/// # Errors
/// MemoryError.
pub fn neg(th: &Thread, v: Value) -> PyResult {
    match v.as_small_int() {
        Some(i) => th.int(-i),
        None => from_big(th, bigint::neg(BigView::of(v).view())),
    }
}

/// `abs(v)`.
///
/// # Errors
/// MemoryError.
pub fn abs(th: &Thread, v: Value) -> PyResult {
    if is_negative(v) { neg(th, v) } else { exact_copy(th, v) }
}

/// `~v`.
///
/// # Errors
/// MemoryError.
pub fn invert(th: &Thread, v: Value) -> PyResult {
    match v.as_small_int() {
        Some(i) => Ok(Obj::small_int(!i)),
        None => from_big(th, bigint::invert(BigView::of(v).view())),
    }
}

/// Orders two ints.
#[inline]
pub fn cmp(a: Value, b: Value) -> Ordering {
    if let Some((x, y)) = small_pair(a, b) {
        return x.cmp(&y);
    }
    let (x, y) = (BigView::of(a), BigView::of(b));
    bigint::cmp(x.view(), y.view())
}

/// `a ** b`: an int, or a float when `b` is negative.
///
/// # Errors
/// ZeroDivisionError for zero to a negative power, OverflowError, MemoryError.
pub fn pow(th: &Thread, a: Value, b: Value) -> PyResult {
    if is_negative(b) {
        let (x, y) = (to_f64(th, a)?, to_f64(th, b)?);
        let power = float::pow(x, y).or_raise(th)?;
        // An integral exponent never leads to a complex number.
        return th.float(power.unwrap_or(f64::NAN));
    }
    if let Some((x, y)) = small_pair(a, b)
        && let Ok(exponent) = u32::try_from(y)
        && let Some(power) = x.checked_pow(exponent)
    {
        return th.int(power);
    }
    let (x, y) = (BigView::of(a), BigView::of(b));
    let (base, exponent) = (x.view(), y.view());
    let Some(exponent) = exponent.to_u64() else {
        // Only powers of -1, 0 and 1 have such exponents and a result.
        return match base.to_i64() {
            Some(i @ (0 | 1)) => Ok(Obj::small_int(i)),
            Some(-1) => Ok(Obj::small_int(if exponent.is_odd() { -1 } else { 1 })),
            _ => Err(number::raise(th, NumError::memory())),
        };
    };
    from_big(th, bigint::pow(base, exponent).or_raise(th)?)
}

/// `pow(a, b, modulus)`.
///
/// # Errors
/// ValueError for a zero modulus, or a negative exponent of a base that has no inverse.
pub fn pow_mod(th: &Thread, a: Value, b: Value, modulus: Value) -> PyResult {
    let (x, y, z) = (BigView::of(a), BigView::of(b), BigView::of(modulus));
    from_big(th, bigint::pow_mod(x.view(), y.view(), z.view()).or_raise(th)?)
}

/// `math.gcd(a, b)`.
///
/// # Errors
/// MemoryError.
pub fn gcd(th: &Thread, a: Value, b: Value) -> PyResult {
    match small_pair(a, b) {
        Some((x, y)) => {
            let (mut x, mut y) = (x.unsigned_abs(), y.unsigned_abs());
            while y != 0 {
                (x, y) = (y, x % y);
            }
            th.uint(x)
        }
        None => big(th, a, b, bigint::gcd),
    }
}

macro_rules! binary_slots {
    ($($slot:ident => $op:ident),* $(,)?) => {
        $(pub(crate) fn $slot(th: &Thread, a: Value, b: Value) -> PyResult {
            if is_int(a) && is_int(b) { $op(th, a, b) } else { Ok(Obj::not_implemented()) }
        })*
    };
}

binary_slots! {
    nb_add => add, nb_subtract => sub, nb_multiply => mul, nb_remainder => modulo, nb_divmod => divmod,
    nb_lshift => lshift, nb_rshift => rshift, nb_and => and, nb_xor => xor, nb_or => or,
    nb_floor_divide => floordiv, nb_true_divide => truediv,
}

pub(crate) fn nb_power(th: &Thread, a: Value, b: Value, modulus: Value) -> PyResult {
    if !is_int(a) || !is_int(b) {
        return Ok(Obj::not_implemented());
    }
    if modulus.is_none() {
        pow(th, a, b)
    } else if is_int(modulus) {
        if is_zero(modulus) {
            return Err(th.value_error("pow() 3rd argument cannot be 0"));
        }
        pow_mod(th, a, b, modulus)
    } else {
        Ok(Obj::not_implemented())
    }
}

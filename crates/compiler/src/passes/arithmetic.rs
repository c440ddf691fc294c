//! Operators on constants, with Python's results. Whatever would raise, or grow beyond reason, gives `None` and is left to run time.

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{Pow, Signed, ToPrimitive, Zero};
use rustpython_wtf8::{CodePoint, Wtf8Buf};
use whipsnake_bytecode::opcodes::binary_op;
use whipsnake_bytecode::{Const, Opcode};

use crate::constants::{from_big, to_big};

/// Ints with more bits are not computed by `*`, `**` and `<<`.
const MAX_INT_BITS: u64 = 128;
/// Longest tuple made by `*`.
const MAX_COLLECTION: i64 = 256;
/// Longest string made by `*`.
const MAX_STRING: i64 = 4096;
/// Most items in all, nested ones included, of a tuple made by `*`.
const MAX_TOTAL_ITEMS: i64 = 1024;

/// A number, as arithmetic sees it.
enum Number {
    Int(BigInt),
    Float(f64),
    Complex(f64, f64),
}

fn number(value: &Const) -> Option<Number> {
    match value {
        Const::Float(v) => Some(Number::Float(*v)),
        Const::Complex { real, imag } => Some(Number::Complex(*real, *imag)),
        _ => to_big(value).map(Number::Int),
    }
}

fn is_int(value: &Const) -> bool {
    matches!(value, Const::Int(_) | Const::BigInt { .. } | Const::True | Const::False)
}

/// `float(int)`; `None` when it overflows.
fn big_to_float(value: &BigInt) -> Option<f64> {
    value.to_f64().filter(|v| v.is_finite())
}

/// The result of a unary operator (by its opcode; CALL_INTRINSIC_1 stands for `+`).
pub(crate) fn unary(op: Opcode, value: &Const) -> Option<Const> {
    match op {
        Opcode::UNARY_NOT => Some(Const::bool(!value.is_true())),
        Opcode::UNARY_NEGATIVE => Some(match number(value)? {
            Number::Int(v) => from_big(&-v),
            Number::Float(v) => Const::Float(-v),
            Number::Complex(re, im) => Const::Complex { real: -re, imag: -im },
        }),
        // `~` of a bool is deprecated: the warning belongs to run time.
        Opcode::UNARY_INVERT if !matches!(value, Const::True | Const::False) => Some(from_big(&!to_big(value)?)),
        Opcode::CALL_INTRINSIC_1 => match number(value)? {
            Number::Int(v) => Some(from_big(&v)),
            _ => Some(value.clone()),
        },
        _ => None,
    }
}

/// The result of a binary operator, by BINARY_OP's oparg.
pub(crate) fn binary(left: &Const, op: u32, right: &Const) -> Option<Const> {
    match op {
        binary_op::SUBSCR => subscript(left, right),
        binary_op::ADD => concatenate(left, right).or_else(|| numeric(left, op, right)),
        binary_op::MULTIPLY => multiply(left, right),
        binary_op::REMAINDER if matches!(left, Const::Str(_) | Const::Bytes(_)) => None,
        binary_op::LSHIFT | binary_op::RSHIFT | binary_op::AND | binary_op::OR | binary_op::XOR => {
            bitwise(left, op, right)
        }
        binary_op::MATRIX_MULTIPLY => None,
        _ if op > binary_op::XOR => None,
        _ => numeric(left, op, right),
    }
}

fn concatenate(left: &Const, right: &Const) -> Option<Const> {
    match (left, right) {
        (Const::Str(a), Const::Str(b)) => {
            let mut out = a.to_wtf8_buf();
            out.push_wtf8(b);
            Some(Const::str(out))
        }
        (Const::Bytes(a), Const::Bytes(b)) => Some(Const::Bytes([&**a, &**b].concat().into())),
        (Const::Tuple(a), Const::Tuple(b)) => Some(Const::Tuple([&**a, &**b].concat().into())),
        _ => None,
    }
}

fn multiply(left: &Const, right: &Const) -> Option<Const> {
    if is_int(left) && is_int(right) {
        let (a, b) = (to_big(left)?, to_big(right)?);
        if !a.is_zero() && !b.is_zero() && a.bits() + b.bits() > MAX_INT_BITS {
            return None;
        }
        return Some(from_big(&(a * b)));
    }
    match (left, right) {
        (_, Const::Tuple(_) | Const::Str(_) | Const::Bytes(_)) if is_int(left) => repeat(right, &to_big(left)?),
        (Const::Tuple(_) | Const::Str(_) | Const::Bytes(_), _) if is_int(right) => repeat(left, &to_big(right)?),
        _ => numeric(left, binary_op::MULTIPLY, right),
    }
}

fn repeat(sequence: &Const, count: &BigInt) -> Option<Const> {
    let (size, limit) = match sequence {
        Const::Tuple(items) => (items.len() as i64, MAX_COLLECTION),
        Const::Str(s) => (s.code_points().count() as i64, MAX_STRING),
        Const::Bytes(b) => (b.len() as i64, MAX_STRING),
        _ => return None,
    };
    let mut n = 0;
    if size > 0 {
        n = count.to_i64()?;
        if n < 0 || n > limit / size {
            return None;
        }
        if n > 0 && matches!(sequence, Const::Tuple(_)) && remaining_items(sequence, MAX_TOTAL_ITEMS / n) < 0 {
            return None;
        }
    }
    let n = usize::try_from(n).ok()?;
    Some(match sequence {
        Const::Tuple(items) => Const::Tuple((0..n).flat_map(|_| items.iter().cloned()).collect()),
        Const::Str(s) => {
            let mut out = Wtf8Buf::new();
            (0..n).for_each(|_| out.push_wtf8(s));
            Const::str(out)
        }
        Const::Bytes(b) => Const::Bytes(b.repeat(n).into()),
        _ => return None,
    })
}

/// `limit` minus the number of items in all; negative when there are more.
fn remaining_items(value: &Const, mut limit: i64) -> i64 {
    if let Const::Tuple(items) = value {
        limit -= items.len() as i64;
        for item in items.iter() {
            if limit < 0 {
                break;
            }
            limit = remaining_items(item, limit);
        }
    }
    limit
}

fn bitwise(left: &Const, op: u32, right: &Const) -> Option<Const> {
    let (a, b) = (to_big(left)?, to_big(right)?);
    let bools = matches!(left, Const::True | Const::False) && matches!(right, Const::True | Const::False);
    let result = match op {
        binary_op::AND => a & b,
        binary_op::OR => a | b,
        binary_op::XOR => a ^ b,
        binary_op::LSHIFT => {
            if b.is_negative() {
                return None;
            }
            if a.is_zero() {
                return Some(Const::Int(0));
            }
            let shift = b.to_u64()?;
            if shift > MAX_INT_BITS || (shift > 0 && a.bits() > MAX_INT_BITS - shift) {
                return None;
            }
            return Some(from_big(&(a << shift)));
        }
        _ => {
            if b.is_negative() {
                return None;
            }
            let shift = b.to_u64().unwrap_or(u64::MAX).min(a.bits() + 1);
            return Some(from_big(&(a >> shift)));
        }
    };
    Some(if bools { Const::bool(!result.is_zero()) } else { from_big(&result) })
}

fn numeric(left: &Const, op: u32, right: &Const) -> Option<Const> {
    match (number(left)?, number(right)?) {
        (Number::Int(a), Number::Int(b)) => int_op(&a, op, &b),
        (Number::Int(a), Number::Float(b)) => float_op(big_to_float(&a)?, op, b),
        (Number::Float(a), Number::Int(b)) => float_op(a, op, big_to_float(&b)?),
        (Number::Float(a), Number::Float(b)) => float_op(a, op, b),
        (Number::Complex(re, im), Number::Complex(re2, im2)) => complex_op((re, im), op, (re2, im2)),
        (Number::Complex(re, im), real) => complex_real_op((re, im), op, real_value(&real)?),
        (real, Number::Complex(re, im)) => real_complex_op(real_value(&real)?, op, (re, im)),
    }
}

fn real_value(value: &Number) -> Option<f64> {
    match value {
        Number::Int(v) => big_to_float(v),
        Number::Float(v) => Some(*v),
        Number::Complex(..) => None,
    }
}

fn int_op(a: &BigInt, op: u32, b: &BigInt) -> Option<Const> {
    Some(match op {
        binary_op::ADD => from_big(&(a + b)),
        binary_op::SUBTRACT => from_big(&(a - b)),
        binary_op::TRUE_DIVIDE => Const::Float(true_divide(a, b)?),
        binary_op::FLOOR_DIVIDE if !b.is_zero() => from_big(&a.div_floor(b)),
        binary_op::REMAINDER if !b.is_zero() => from_big(&a.mod_floor(b)),
        binary_op::POWER => {
            if b.is_negative() {
                return float_op(big_to_float(a)?, op, big_to_float(b)?);
            }
            if !a.is_zero() && !b.is_zero() {
                let exponent = b.to_u64()?;
                if a.bits() > MAX_INT_BITS / exponent {
                    return None;
                }
            }
            match b.to_u32() {
                Some(exponent) => from_big(&Pow::pow(a, exponent)),
                // Only 0 comes here with an exponent that large.
                None => Const::Int(0),
            }
        }
        _ => return None,
    })
}

/// `a / b`, correctly rounded.
fn true_divide(a: &BigInt, b: &BigInt) -> Option<f64> {
    if b.is_zero() {
        return None;
    }
    const EXACT_BITS: u64 = 53;
    if a.bits() <= EXACT_BITS && b.bits() <= EXACT_BITS {
        return Some(a.to_f64()? / b.to_f64()?);
    }
    let negative = a.is_negative() != b.is_negative();
    let (n, d) = (a.magnitude(), b.magnitude());
    if n.is_zero() {
        return Some(if negative { -0.0 } else { 0.0 });
    }
    // Scale so that the quotient has 55 or 56 bits: two or three more than a float holds; the last bit is sticky.
    let shift = d.bits() as i64 + 55 - n.bits() as i64;
    if !(-1000..=1060).contains(&shift) {
        // Far out of the normal range: leave overflow and subnormals to run time.
        return None;
    }
    let (scaled, divisor) =
        if shift >= 0 { (n << shift as u64, d.clone()) } else { (n.clone(), d << shift.unsigned_abs()) };
    let (quotient, remainder) = scaled.div_rem(&divisor);
    let mut bits = quotient.to_u64()?;
    if remainder != BigUint::ZERO {
        bits |= 1;
    }
    // The conversion rounds half to even, and the scaling is exact.
    let value = (bits as f64) * 2f64.powi(-(shift as i32 / 2)) * 2f64.powi(-(shift as i32 - shift as i32 / 2));
    value.is_finite().then_some(if negative { -value } else { value })
}

fn float_op(a: f64, op: u32, b: f64) -> Option<Const> {
    Some(Const::Float(match op {
        binary_op::ADD => a + b,
        binary_op::SUBTRACT => a - b,
        binary_op::MULTIPLY => a * b,
        binary_op::TRUE_DIVIDE if b != 0.0 => a / b,
        binary_op::FLOOR_DIVIDE if b != 0.0 => float_div_mod(a, b).0,
        binary_op::REMAINDER if b != 0.0 => float_div_mod(a, b).1,
        binary_op::POWER => return float_power(a, b),
        _ => return None,
    }))
}

fn float_div_mod(a: f64, b: f64) -> (f64, f64) {
    let mut modulo = a % b;
    let mut quotient = (a - modulo) / b;
    if modulo != 0.0 {
        if (b < 0.0) != (modulo < 0.0) {
            modulo += b;
            quotient -= 1.0;
        }
    } else {
        modulo = 0f64.copysign(b);
    }
    let floor = if quotient != 0.0 {
        let floor = quotient.floor();
        if quotient - floor > 0.5 { floor + 1.0 } else { floor }
    } else {
        0f64.copysign(a / b)
    };
    (floor, modulo)
}

fn float_power(a: f64, b: f64) -> Option<Const> {
    if a == 0.0 && b < 0.0 {
        return None;
    }
    if a < 0.0 && a.is_finite() && b.is_finite() && b.floor() != b {
        return complex_power((a, 0.0), (b, 0.0));
    }
    let result = a.powf(b);
    let overflow = result.is_infinite() && a.is_finite() && b.is_finite();
    (!overflow).then_some(Const::Float(result))
}

type C = (f64, f64);

fn complex((real, imag): C) -> Option<Const> {
    Some(Const::Complex { real, imag })
}

fn complex_op(a: C, op: u32, b: C) -> Option<Const> {
    match op {
        binary_op::ADD => complex((a.0 + b.0, a.1 + b.1)),
        binary_op::SUBTRACT => complex((a.0 - b.0, a.1 - b.1)),
        binary_op::MULTIPLY => complex(complex_product(a, b)),
        binary_op::TRUE_DIVIDE => complex(complex_quotient(a, b)?),
        binary_op::POWER => complex_power(a, b),
        _ => None,
    }
}

fn complex_real_op(a: C, op: u32, b: f64) -> Option<Const> {
    match op {
        binary_op::ADD => complex((a.0 + b, a.1)),
        binary_op::SUBTRACT => complex((a.0 - b, a.1)),
        binary_op::MULTIPLY => complex((a.0 * b, a.1 * b)),
        binary_op::TRUE_DIVIDE if b != 0.0 => complex((a.0 / b, a.1 / b)),
        binary_op::POWER => complex_power(a, (b, 0.0)),
        _ => None,
    }
}

fn real_complex_op(a: f64, op: u32, b: C) -> Option<Const> {
    match op {
        binary_op::ADD => complex((a + b.0, b.1)),
        binary_op::SUBTRACT => complex((a - b.0, -b.1)),
        binary_op::MULTIPLY => complex((a * b.0, a * b.1)),
        binary_op::TRUE_DIVIDE => complex(complex_quotient((a, 0.0), b)?),
        binary_op::POWER => complex_power((a, 0.0), b),
        _ => None,
    }
}

fn complex_product(a: C, b: C) -> C {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

/// Division scaled by the larger part of the divisor, which avoids needless overflow.
fn complex_quotient(a: C, b: C) -> Option<C> {
    let (re, im) = (b.0.abs(), b.1.abs());
    if re >= im {
        if re == 0.0 {
            return None;
        }
        let ratio = b.1 / b.0;
        let denominator = b.0 + b.1 * ratio;
        Some(((a.0 + a.1 * ratio) / denominator, (a.1 - a.0 * ratio) / denominator))
    } else if im >= re {
        let ratio = b.0 / b.1;
        let denominator = b.0 * ratio + b.1;
        Some(((a.0 * ratio + a.1) / denominator, (a.1 * ratio - a.0) / denominator))
    } else {
        Some((f64::NAN, f64::NAN))
    }
}

fn complex_power(a: C, b: C) -> Option<Const> {
    const MAX_REPEATED: f64 = 100.0;
    let result = if b == (0.0, 0.0) {
        (1.0, 0.0)
    } else if b.1 == 0.0 && b.0 == b.0.floor() && b.0.abs() <= MAX_REPEATED {
        let power = complex_int_power(a, b.0.abs() as u32);
        if b.0 < 0.0 { complex_quotient((1.0, 0.0), power)? } else { power }
    } else if a == (0.0, 0.0) {
        if b.1 != 0.0 || b.0 < 0.0 {
            return None;
        }
        (0.0, 0.0)
    } else {
        let abs = a.0.hypot(a.1);
        let mut length = abs.powf(b.0);
        let angle = a.1.atan2(a.0);
        let mut phase = angle * b.0;
        if b.1 != 0.0 {
            length *= (-angle * b.1).exp();
            phase += b.1 * abs.ln();
        }
        (length * phase.cos(), length * phase.sin())
    };
    if !result.0.is_finite() || !result.1.is_finite() {
        return None;
    }
    complex(result)
}

fn complex_int_power(a: C, n: u32) -> C {
    let mut result = (1.0, 0.0);
    let mut square = a;
    let mut mask = 1u32;
    while mask > 0 && n >= mask {
        if n & mask != 0 {
            result = complex_product(result, square);
        }
        mask <<= 1;
        square = complex_product(square, square);
    }
    result
}

fn subscript(container: &Const, index: &Const) -> Option<Const> {
    let points: Vec<CodePoint>;
    let len = match container {
        Const::Str(s) => {
            points = s.code_points().collect();
            points.len()
        }
        Const::Bytes(b) => {
            points = Vec::new();
            b.len()
        }
        Const::Tuple(t) => {
            points = Vec::new();
            t.len()
        }
        _ => return None,
    };
    if let Const::Slice(parts) = index {
        let positions = slice_positions(parts, len as i64)?;
        return Some(match container {
            Const::Str(_) => Const::str(positions.map(|i| points[i]).collect::<Wtf8Buf>()),
            Const::Bytes(b) => Const::Bytes(positions.map(|i| b[i]).collect()),
            Const::Tuple(t) => Const::Tuple(positions.map(|i| t[i].clone()).collect()),
            _ => return None,
        });
    }
    let mut i = to_big(index)?.to_i64()?;
    if i < 0 {
        i += len as i64;
    }
    let i = usize::try_from(i).ok().filter(|i| *i < len)?;
    Some(match container {
        Const::Str(_) => Const::str(Wtf8Buf::from_iter([points[i]])),
        Const::Bytes(b) => Const::Int(i64::from(b[i])),
        Const::Tuple(t) => t[i].clone(),
        _ => return None,
    })
}

/// The positions that a slice selects from a sequence of length `len`.
fn slice_positions(parts: &[Const; 3], len: i64) -> Option<impl Iterator<Item = usize>> {
    let part = |value: &Const| -> Option<Option<i64>> {
        match value {
            Const::None => Some(None),
            // Beyond i64 means beyond any sequence.
            _ => {
                let big = to_big(value)?;
                let limit = if big.sign() == Sign::Minus { i64::MIN / 4 } else { i64::MAX / 4 };
                Some(Some(big.to_i64().unwrap_or(limit).clamp(i64::MIN / 4, i64::MAX / 4)))
            }
        }
    };
    let step = part(&parts[2])?.unwrap_or(1);
    if step == 0 {
        return None;
    }
    let (low, high) = if step > 0 { (0, len) } else { (-1, len - 1) };
    let clamp = |v: i64| (if v < 0 { v + len } else { v }).clamp(low, high);
    let start = part(&parts[0])?.map_or(if step > 0 { low } else { high }, clamp);
    let stop = part(&parts[1])?.map_or(if step > 0 { high } else { low }, clamp);
    let mut at = start;
    Some(std::iter::from_fn(move || {
        let inside = if step > 0 { at < stop } else { at > stop };
        let position = usize::try_from(at).ok().filter(|_| inside)?;
        at += step;
        Some(position)
    }))
}

/// Whether Python's `==` holds between two constants.
pub(crate) fn python_equal(a: &Const, b: &Const) -> bool {
    match (number(a), number(b)) {
        (Some(a), Some(b)) => return numbers_equal(&a, &b),
        (None, None) => {}
        _ => return false,
    }
    match (a, b) {
        (Const::Tuple(a), Const::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| python_equal(a, b))
        }
        (Const::FrozenSet(a), Const::FrozenSet(b)) => {
            a.len() == b.len() && a.iter().all(|x| b.iter().any(|y| python_equal(x, y)))
        }
        _ => a == b,
    }
}

fn numbers_equal(a: &Number, b: &Number) -> bool {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => a == b,
        (Number::Int(i), Number::Float(f)) | (Number::Float(f), Number::Int(i)) => int_equals_float(i, *f),
        (Number::Float(a), Number::Float(b)) => a == b,
        (Number::Complex(re, im), Number::Complex(re2, im2)) => re == re2 && im == im2,
        (Number::Complex(re, im), other) | (other, Number::Complex(re, im)) => {
            *im == 0.0 && numbers_equal(&Number::Float(*re), other)
        }
    }
}

fn int_equals_float(i: &BigInt, f: f64) -> bool {
    f.is_finite() && f.fract() == 0.0 && num_traits::FromPrimitive::from_f64(f).is_some_and(|g: BigInt| g == *i)
}

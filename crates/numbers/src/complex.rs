//! Complex numbers: text, arithmetic with C99 Annex G recovery and 3.14's mixed real/complex operations, powers.

use crate::error::{ErrorKind, NumError, Result};
use crate::float::{Style, TextOptions, number_prefix, to_text, trim_ascii};

/// A complex number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Complex {
    /// Real part.
    pub re: f64,
    /// Imaginary part.
    pub im: f64,
}

/// Shorthand for a [`Complex`].
pub const fn complex(re: f64, im: f64) -> Complex {
    Complex { re, im }
}

/// `repr(z)`.
pub fn repr(z: Complex) -> String {
    let part = |x| to_text(x, Style::Repr, 0, TextOptions::default());
    if z.re == 0.0 && z.re.is_sign_positive() {
        return part(z.im) + "j";
    }
    let im = part(z.im);
    let plus = if im.starts_with('-') { "" } else { "+" };
    format!("({}{plus}{im}j)", part(z.re))
}

/// Why a text is not a complex number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseComplexError {
    /// `complex() arg is a malformed string`.
    Malformed,
    /// Underscores elsewhere than between digits: `could not convert string to complex: REPR`, where the
    /// caller knows the repr of the original object.
    Underscores,
}

/// `complex(text)`, for text in which the caller has mapped Unicode decimal digits and spaces to ASCII.
pub fn parse(text: &str) -> std::result::Result<Complex, ParseComplexError> {
    let bytes = text.as_bytes();
    let digit = |i: Option<usize>| i.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_digit);
    let stray = |(i, &b): (usize, &u8)| b == b'_' && !(digit(i.checked_sub(1)) && digit(Some(i + 1)));
    if bytes.iter().enumerate().any(stray) {
        return Err(ParseComplexError::Underscores);
    }
    let mut body = trim_ascii(bytes);
    if let [b'(', inner @ .., b')'] = body {
        body = trim_ascii(inner);
    }
    parse_parts(body).ok_or(ParseComplexError::Malformed)
}

/// `REAL`, `IMAGj`, `REAL+IMAGj`, where an imaginary part may be a bare sign or nothing.
fn parse_parts(text: &[u8]) -> Option<Complex> {
    let imaginary_unit = |rest: &[u8]| matches!(rest, [b'j' | b'J']);
    let bare_sign = |rest: &[u8]| match rest {
        [b'-', ..] => (-1.0, 1),
        [b'+', ..] => (1.0, 1),
        _ => (1.0, 0),
    };
    let Some((first, length)) = number_prefix(text) else {
        let (im, length) = bare_sign(text);
        return imaginary_unit(&text[length..]).then_some(complex(0.0, im));
    };
    let rest = &text[length..];
    match rest {
        [] => Some(complex(first, 0.0)),
        [b'j' | b'J'] => Some(complex(0.0, first)),
        [b'+' | b'-', ..] => {
            let (im, length) = number_prefix(rest).unwrap_or_else(|| bare_sign(rest));
            imaginary_unit(&rest[length..]).then_some(complex(first, im))
        }
        _ => None,
    }
}

/// `a + b`.
pub fn add(a: Complex, b: Complex) -> Complex {
    complex(a.re + b.re, a.im + b.im)
}

/// `a + x` and `x + a`: the imaginary part is untouched.
pub fn add_real(a: Complex, x: f64) -> Complex {
    complex(a.re + x, a.im)
}

/// `a - b`.
pub fn sub(a: Complex, b: Complex) -> Complex {
    complex(a.re - b.re, a.im - b.im)
}

/// `a - x`.
pub fn sub_real(a: Complex, x: f64) -> Complex {
    complex(a.re - x, a.im)
}

/// `x - a`.
pub fn real_sub(x: f64, a: Complex) -> Complex {
    complex(x - a.re, -a.im)
}

/// `-a`.
pub fn neg(a: Complex) -> Complex {
    complex(-a.re, -a.im)
}

/// A part of an infinite number as C99 recovers it: 1 for an infinity, else 0, with its sign.
fn boxed(x: f64) -> f64 {
    f64::from(u8::from(x.is_infinite())).copysign(x)
}

/// A NaN as zero with its sign, other values as they are.
fn without_nan(x: f64) -> f64 {
    if x.is_nan() { 0f64.copysign(x) } else { x }
}

pub(crate) fn is_infinite(z: Complex) -> bool {
    z.re.is_infinite() || z.im.is_infinite()
}

fn is_finite(z: Complex) -> bool {
    z.re.is_finite() && z.im.is_finite()
}

/// `a * b`.
pub fn mul(a: Complex, b: Complex) -> Complex {
    let (ac, bd, ad, bc) = (a.re * b.re, a.im * b.im, a.re * b.im, a.im * b.re);
    let product = complex(ac - bd, ad + bc);
    if !(product.re.is_nan() && product.im.is_nan()) {
        return product;
    }
    let (mut a, mut b) = (a, b);
    let mut recover = false;
    if is_infinite(a) {
        a = complex(boxed(a.re), boxed(a.im));
        b = complex(without_nan(b.re), without_nan(b.im));
        recover = true;
    }
    if is_infinite(b) {
        b = complex(boxed(b.re), boxed(b.im));
        a = complex(without_nan(a.re), without_nan(a.im));
        recover = true;
    }
    if !recover && [ac, bd, ad, bc].iter().any(|x| x.is_infinite()) {
        a = complex(without_nan(a.re), without_nan(a.im));
        b = complex(without_nan(b.re), without_nan(b.im));
        recover = true;
    }
    if !recover {
        return product;
    }
    complex(f64::INFINITY * (a.re * b.re - a.im * b.im), f64::INFINITY * (a.re * b.im + a.im * b.re))
}

/// `a * x` and `x * a`.
pub fn mul_real(a: Complex, x: f64) -> Complex {
    complex(a.re * x, a.im * x)
}

/// `a / b`.
///
/// Errors: `ZeroDivisionError`.
pub fn div(a: Complex, b: Complex) -> Result<Complex> {
    let mut quotient = complex(f64::NAN, f64::NAN);
    // Smith's method: the larger part of the divisor scales the other.
    if b.re.abs() >= b.im.abs() {
        if b.re == 0.0 {
            return Err(NumError::division_by_zero());
        }
        let ratio = b.im / b.re;
        let scale = b.re + b.im * ratio;
        quotient = complex((a.re + a.im * ratio) / scale, (a.im - a.re * ratio) / scale);
    } else if b.im.abs() >= b.re.abs() {
        let ratio = b.re / b.im;
        let scale = b.re * ratio + b.im;
        quotient = complex((a.re * ratio + a.im) / scale, (a.im * ratio - a.re) / scale);
    }
    if quotient.re.is_nan() && quotient.im.is_nan() {
        if is_infinite(a) && is_finite(b) {
            let (x, y) = (boxed(a.re), boxed(a.im));
            quotient = complex(f64::INFINITY * (x * b.re + y * b.im), f64::INFINITY * (y * b.re - x * b.im));
        } else if is_infinite(b) && is_finite(a) {
            let (x, y) = (boxed(b.re), boxed(b.im));
            quotient = complex(0.0 * (a.re * x + a.im * y), 0.0 * (a.im * x - a.re * y));
        }
    }
    Ok(quotient)
}

/// `a / x`.
///
/// Errors: `ZeroDivisionError`.
pub fn div_real(a: Complex, x: f64) -> Result<Complex> {
    if x == 0.0 { Err(NumError::division_by_zero()) } else { Ok(complex(a.re / x, a.im / x)) }
}

/// `x / a`.
///
/// Errors: `ZeroDivisionError`.
pub fn real_div(x: f64, a: Complex) -> Result<Complex> {
    let mut quotient = complex(f64::NAN, f64::NAN);
    if a.re.abs() >= a.im.abs() {
        if a.re == 0.0 {
            return Err(NumError::division_by_zero());
        }
        let ratio = a.im / a.re;
        let scale = a.re + a.im * ratio;
        quotient = complex(x / scale, (-x * ratio) / scale);
    } else if a.im.abs() >= a.re.abs() {
        let ratio = a.re / a.im;
        let scale = a.re * ratio + a.im;
        quotient = complex((x * ratio) / scale, -x / scale);
    }
    if quotient.re.is_nan() && quotient.im.is_nan() && x.is_finite() && is_infinite(a) {
        quotient = complex(0.0 * (x * boxed(a.re)), 0.0 * (-x * boxed(a.im)));
    }
    Ok(quotient)
}

/// `abs(z)`.
///
/// Errors: `OverflowError: absolute value too large`.
pub fn abs(z: Complex) -> Result<f64> {
    let size = z.re.hypot(z.im);
    if size.is_infinite() && is_finite(z) {
        return Err(NumError::overflow("absolute value too large"));
    }
    Ok(size)
}

/// `a ** b`. Small integral exponents are powered by multiplication.
///
/// Errors: `ZeroDivisionError` for zero to a negative or complex power, `OverflowError`.
pub fn pow(a: Complex, b: Complex) -> Result<Complex> {
    let zero_division = || NumError::new(ErrorKind::ZeroDivision, "zero to a negative or complex power");
    let power = if b.im == 0.0 && b.re == b.re.floor() && b.re.abs() <= 100.0 {
        let positive = pow_unsigned(a, b.re.abs() as u32);
        match b.re {
            n if n < 0.0 => div(complex(1.0, 0.0), positive).map_err(|_| zero_division())?,
            _ => positive,
        }
    } else if a.re == 0.0 && a.im == 0.0 {
        if b.im != 0.0 || b.re < 0.0 {
            return Err(zero_division());
        }
        Complex::default()
    } else {
        let size = a.re.hypot(a.im);
        let angle = a.im.atan2(a.re);
        let mut length = size.powf(b.re);
        let mut phase = angle * b.re;
        if b.im != 0.0 {
            length *= (-angle * b.im).exp();
            phase += b.im * size.ln();
        }
        // C's cos() reports an infinite angle through errno, which CPython takes for the error of a zero base.
        if phase.is_infinite() {
            return Err(zero_division());
        }
        complex(length * phase.cos(), length * phase.sin())
    };
    if is_infinite(power) {
        return Err(NumError::overflow("complex exponentiation"));
    }
    Ok(power)
}

/// Square and multiply from the low bit.
fn pow_unsigned(base: Complex, exponent: u32) -> Complex {
    let (mut power, mut square, mut rest) = (complex(1.0, 0.0), base, exponent);
    while rest != 0 {
        if rest & 1 == 1 {
            power = mul(power, square);
        }
        rest >>= 1;
        square = mul(square, square);
    }
    power
}

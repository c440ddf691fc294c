//! One- and two-argument functions of the C library with Python's domain checks.

use crate::error::{NumError, Result};
use crate::float::repr;

/// What a function expects when it refuses `x`.
fn expected(what: &str, x: f64) -> NumError {
    NumError::value(format!("expected {what}, got {}", repr(x)))
}

/// Checks a result as Python does: a NaN from a number is a domain error, an infinity from a finite number an
/// overflow.
fn checked(x: f64, result: f64, what: &str) -> Result<f64> {
    if result.is_nan() && !x.is_nan() {
        return Err(expected(what, x));
    }
    if result.is_infinite() && x.is_finite() {
        return Err(NumError::range());
    }
    Ok(result)
}

macro_rules! elementary {
    ($($(#[$doc:meta])* $name:ident($what:literal) = $function:expr;)*) => {$(
        $(#[$doc])*
        ///
        /// Errors: `ValueError` outside the domain, `OverflowError` past the range.
        pub fn $name(x: f64) -> Result<f64> {
            checked(x, ($function)(x), $what)
        }
    )*};
}

elementary! {
    /// `math.acos`.
    acos("a number in range from -1 up to 1") = f64::acos;
    /// `math.acosh`.
    acosh("argument value not less than 1") = acosh_raw;
    /// `math.asin`.
    asin("a number in range from -1 up to 1") = f64::asin;
    /// `math.asinh`.
    asinh("a number") = asinh_raw;
    /// `math.atan`.
    atan("a number") = f64::atan;
    /// `math.cbrt`.
    cbrt("a number") = f64::cbrt;
    /// `math.cos`.
    cos("a finite input") = f64::cos;
    /// `math.cosh`.
    cosh("a number") = f64::cosh;
    /// `math.exp`.
    exp("a number") = f64::exp;
    /// `math.exp2`.
    exp2("a number") = f64::exp2;
    /// `math.expm1`.
    expm1("a number") = f64::exp_m1;
    /// `math.sin`.
    sin("a finite input") = f64::sin;
    /// `math.sinh`.
    sinh("a number") = f64::sinh;
    /// `math.sqrt`.
    sqrt("a nonnegative input") = f64::sqrt;
    /// `math.tan`.
    tan("a finite input") = f64::tan;
    /// `math.tanh`.
    tanh("a number") = f64::tanh;
}

/// Two to the power -28: below it asinh(x) is x.
const TINY: f64 = 1.0 / 268_435_456.0;
/// Two to the power 28: above it the square swallows the one.
const HUGE: f64 = 268_435_456.0;

/// The inverse hyperbolic sine. std's own is less accurate than the C library's, so this follows the latter's
/// formulas (fdlibm), which keep the error below one unit in the last place.
pub(crate) fn asinh_raw(x: f64) -> f64 {
    let size = x.abs();
    if !x.is_finite() || size < TINY {
        return x;
    }
    let magnitude = if size > HUGE {
        size.ln() + std::f64::consts::LN_2
    } else if size > 2.0 {
        (2.0 * size + 1.0 / ((x * x + 1.0).sqrt() + size)).ln()
    } else {
        let square = x * x;
        (size + square / (1.0 + (1.0 + square).sqrt())).ln_1p()
    };
    magnitude.copysign(x)
}

/// The inverse hyperbolic cosine, as [`asinh_raw`].
pub(crate) fn acosh_raw(x: f64) -> f64 {
    if x.is_nan() {
        x
    } else if x < 1.0 {
        f64::NAN
    } else if x >= HUGE {
        x.ln() + std::f64::consts::LN_2
    } else if x > 2.0 {
        (2.0 * x - 1.0 / (x + (x * x - 1.0).sqrt())).ln()
    } else {
        let t = x - 1.0;
        (t + (2.0 * t + t * t).sqrt()).ln_1p()
    }
}

/// The inverse hyperbolic tangent for `|x| <= 1`, as [`asinh_raw`].
pub(crate) fn atanh_raw(x: f64) -> f64 {
    let size = x.abs();
    let magnitude = if size < TINY {
        return x;
    } else if size < 0.5 {
        let twice = size + size;
        0.5 * (twice + twice * size / (1.0 - size)).ln_1p()
    } else {
        0.5 * ((size + size) / (1.0 - size)).ln_1p()
    };
    magnitude.copysign(x)
}

/// `math.atanh`. Errors: `ValueError` unless -1 < x < 1.
pub fn atanh(x: f64) -> Result<f64> {
    if x.abs() >= 1.0 {
        return Err(expected("a number between -1 and 1", x));
    }
    Ok(atanh_raw(x))
}

fn positive(x: f64, result: f64) -> Result<f64> {
    if x <= 0.0 { Err(expected("a positive input", x)) } else { Ok(result) }
}

/// `math.log`. Errors: `ValueError` unless x > 0.
pub fn log(x: f64) -> Result<f64> {
    positive(x, x.ln())
}

/// `math.log2`. Errors: `ValueError` unless x > 0.
pub fn log2(x: f64) -> Result<f64> {
    positive(x, x.log2())
}

/// `math.log10`. Errors: `ValueError` unless x > 0.
pub fn log10(x: f64) -> Result<f64> {
    positive(x, x.log10())
}

/// `math.log1p`. Errors: `ValueError` unless x > -1.
pub fn log1p(x: f64) -> Result<f64> {
    if x <= -1.0 { Err(expected("argument value > -1", x)) } else { Ok(x.ln_1p()) }
}

/// `math.erf`.
pub fn erf(x: f64) -> f64 {
    libm::erf(x)
}

/// `math.erfc`.
pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// `math.fmod`: the sign of the dividend. Errors: `ValueError` for an infinite x or a zero y.
pub fn fmod(x: f64, y: f64) -> Result<f64> {
    let rest = x % y;
    if rest.is_nan() && !x.is_nan() && !y.is_nan() { Err(NumError::domain()) } else { Ok(rest) }
}

/// `math.remainder`: x minus the multiple of y nearest to it, ties to even. Errors: as [`fmod`].
pub fn remainder(x: f64, y: f64) -> Result<f64> {
    if x.is_nan() || y.is_nan() {
        return Ok(x + y);
    }
    if x.is_infinite() || y == 0.0 {
        return Err(NumError::domain());
    }
    if y.is_infinite() {
        return Ok(x);
    }
    let (size, unit) = (x.abs(), y.abs());
    let below = size % unit;
    let above = unit - below;
    let rest = if below < above {
        below
    } else if below > above {
        -above
    } else {
        // A tie: the parity of the quotient decides. All these operations are exact.
        below - 2.0 * ((0.5 * (size - below)) % unit)
    };
    Ok(1f64.copysign(x) * rest)
}

/// `math.pow`: C99's pow. Errors: `ValueError`, `OverflowError`.
pub fn pow(x: f64, y: f64) -> Result<f64> {
    let power = x.powf(y);
    if x.is_finite() && y.is_finite() {
        if power.is_nan() || (power.is_infinite() && x == 0.0) {
            return Err(NumError::domain());
        }
        if power.is_infinite() {
            return Err(NumError::range());
        }
    }
    Ok(power)
}

/// `math.fma`: x * y + z with one rounding. Errors: `ValueError`, `OverflowError`.
pub fn fma(x: f64, y: f64, z: f64) -> Result<f64> {
    let sum = x.mul_add(y, z);
    if sum.is_nan() && !x.is_nan() && !y.is_nan() && !z.is_nan() {
        return Err(NumError::value("invalid operation in fma"));
    }
    if sum.is_infinite() && x.is_finite() && y.is_finite() && z.is_finite() {
        return Err(NumError::overflow("overflow in fma"));
    }
    Ok(sum)
}

/// `math.degrees`.
pub fn degrees(x: f64) -> f64 {
    x * (180.0 / std::f64::consts::PI)
}

/// `math.radians`.
pub fn radians(x: f64) -> f64 {
    x * (std::f64::consts::PI / 180.0)
}

//! The functions proper. Branch cuts are Python's: sides are told apart by the signs of zeros.

use super::special::{self, look_up};
use crate::complex::{self as arithmetic, Complex, complex};
use crate::error::{NumError, Result};
use crate::math::{self, asinh_raw};
use std::f64::consts::{E, FRAC_PI_2, LN_2, LN_10};

/// Arguments beyond a quarter of the largest double are scaled down before anything is squared or added.
const LARGE: f64 = f64::MAX / 4.0;
/// The logarithm of [`LARGE`].
const LOG_LARGE: f64 = 708.396_418_532_264_1;
/// Scaling of tiny arguments: an odd power of two, so that a square root halves it evenly with one more bit.
const SCALE_UP: i64 = 53;
const SCALE_DOWN: i64 = -27;

fn finite(z: Complex) -> bool {
    z.re.is_finite() && z.im.is_finite()
}

fn checked(z: Complex) -> Result<Complex> {
    if z.re.is_infinite() || z.im.is_infinite() { Err(NumError::range()) } else { Ok(z) }
}

/// Multiplies by a power of two that the caller knows to be harmless.
fn scaled(x: f64, exponent: i64) -> f64 {
    math::ldexp(x, exponent).unwrap_or(f64::INFINITY)
}

/// Half of the logarithm's argument keeps the norm of large numbers finite: log|z| - log 2.
fn log_half_norm(z: Complex) -> f64 {
    (z.re / 2.0).hypot(z.im / 2.0).ln()
}

fn is_large(z: Complex) -> bool {
    z.re.abs() > LARGE || z.im.abs() > LARGE
}

/// `cmath.sqrt`.
pub fn sqrt(z: Complex) -> Result<Complex> {
    if !finite(z) {
        return look_up(&special::SQRT, z);
    }
    Ok(sqrt_finite(z))
}

fn sqrt_finite(z: Complex) -> Complex {
    if z.re == 0.0 && z.im == 0.0 {
        return complex(0.0, z.im);
    }
    let (ax, ay) = (z.re.abs(), z.im.abs());
    let s = if ax < f64::MIN_POSITIVE && ay < f64::MIN_POSITIVE {
        let ax = scaled(ax, SCALE_UP);
        scaled((ax + ax.hypot(scaled(ay, SCALE_UP))).sqrt(), SCALE_DOWN)
    } else {
        let ax = ax / 8.0;
        2.0 * (ax + ax.hypot(ay / 8.0)).sqrt()
    };
    let d = ay / (2.0 * s);
    if z.re >= 0.0 { complex(s, d.copysign(z.im)) } else { complex(d, s.copysign(z.im)) }
}

/// `cmath.acos`.
pub fn acos(z: Complex) -> Result<Complex> {
    if !finite(z) {
        return look_up(&special::ACOS, z);
    }
    if is_large(z) {
        let size = log_half_norm(z) + LN_2 * 2.0;
        let im = if z.re < 0.0 { -size.copysign(z.im) } else { size.copysign(-z.im) };
        return Ok(complex(z.im.abs().atan2(z.re), im));
    }
    let s1 = sqrt_finite(complex(1.0 - z.re, -z.im));
    let s2 = sqrt_finite(complex(1.0 + z.re, z.im));
    Ok(complex(2.0 * s1.re.atan2(s2.re), asinh_raw(s2.re * s1.im - s2.im * s1.re)))
}

/// `cmath.acosh`.
pub fn acosh(z: Complex) -> Result<Complex> {
    if !finite(z) {
        return look_up(&special::ACOSH, z);
    }
    if is_large(z) {
        return Ok(complex(log_half_norm(z) + LN_2 * 2.0, z.im.atan2(z.re)));
    }
    let s1 = sqrt_finite(complex(z.re - 1.0, z.im));
    let s2 = sqrt_finite(complex(z.re + 1.0, z.im));
    Ok(complex(asinh_raw(s1.re * s2.re + s1.im * s2.im), 2.0 * s1.im.atan2(s2.re)))
}

/// `cmath.asinh`.
pub fn asinh(z: Complex) -> Result<Complex> {
    if !finite(z) {
        return look_up(&special::ASINH, z);
    }
    if is_large(z) {
        let size = log_half_norm(z) + LN_2 * 2.0;
        let re = if z.im >= 0.0 { size.copysign(z.re) } else { -size.copysign(-z.re) };
        return Ok(complex(re, z.im.atan2(z.re.abs())));
    }
    let s1 = sqrt_finite(complex(1.0 + z.im, -z.re));
    let s2 = sqrt_finite(complex(1.0 - z.im, z.re));
    Ok(complex(asinh_raw(s1.re * s2.im - s2.re * s1.im), z.im.atan2(s1.re * s2.re - s1.im * s2.im)))
}

/// `cmath.atanh`. Errors: `ValueError` at 1 and -1.
pub fn atanh(z: Complex) -> Result<Complex> {
    if !finite(z) {
        return look_up(&special::ATANH, z);
    }
    // Odd: only the right half plane is computed.
    if z.re < 0.0 || (z.re == 0.0 && z.re.is_sign_negative()) {
        return atanh(arithmetic::neg(z)).map(arithmetic::neg);
    }
    let ay = z.im.abs();
    let sqrt_large = LARGE.sqrt();
    if z.re > sqrt_large || ay > sqrt_large {
        let h = (z.re / 2.0).hypot(z.im / 2.0);
        return Ok(complex(z.re / 4.0 / h / h, -FRAC_PI_2.copysign(-z.im)));
    }
    if z.re == 1.0 && ay < f64::MIN_POSITIVE.sqrt() {
        if ay == 0.0 {
            return Err(NumError::domain());
        }
        let re = -(ay.sqrt() / ay.hypot(2.0).sqrt()).ln();
        return Ok(complex(re, (2f64.atan2(-ay) / 2.0).copysign(z.im)));
    }
    let re = (4.0 * z.re / ((1.0 - z.re) * (1.0 - z.re) + ay * ay)).ln_1p() / 4.0;
    let im = -(-2.0 * z.im).atan2((1.0 - z.re) * (1.0 + z.re) - ay * ay) / 2.0;
    Ok(complex(re, im))
}

/// `cmath.asin`: -i asinh(iz).
pub fn asin(z: Complex) -> Result<Complex> {
    asinh(complex(-z.im, z.re)).map(|s| complex(s.im, -s.re))
}

/// `cmath.atan`: -i atanh(iz).
pub fn atan(z: Complex) -> Result<Complex> {
    atanh(complex(-z.im, z.re)).map(|s| complex(s.im, -s.re))
}

/// Whether the real part is infinite and the imaginary part gives a direction.
fn has_direction(z: Complex) -> bool {
    z.re.is_infinite() && z.im.is_finite() && z.im != 0.0
}

/// A point at distance `size` (zero or infinity) in direction `angle`.
fn towards(size: f64, angle: f64) -> Complex {
    complex(size.copysign(angle.cos()), size.copysign(angle.sin()))
}

/// `cmath.exp`.
pub fn exp(z: Complex) -> Result<Complex> {
    if has_direction(z) {
        return Ok(towards(if z.re > 0.0 { f64::INFINITY } else { 0.0 }, z.im));
    }
    if !finite(z) {
        return look_up(&special::EXP, z);
    }
    if z.re > LOG_LARGE {
        let length = (z.re - 1.0).exp();
        return checked(complex(length * z.im.cos() * E, length * z.im.sin() * E));
    }
    let length = z.re.exp();
    checked(complex(length * z.im.cos(), length * z.im.sin()))
}

/// `cmath.cosh`.
pub fn cosh(z: Complex) -> Result<Complex> {
    if has_direction(z) {
        let far = towards(f64::INFINITY, z.im);
        return Ok(if z.re > 0.0 { far } else { complex(far.re, -far.im) });
    }
    if !finite(z) {
        return look_up(&special::COSH, z);
    }
    if z.re.abs() > LOG_LARGE {
        let less = z.re - 1f64.copysign(z.re);
        return checked(complex(z.im.cos() * less.cosh() * E, z.im.sin() * less.sinh() * E));
    }
    checked(complex(z.im.cos() * z.re.cosh(), z.im.sin() * z.re.sinh()))
}

/// `cmath.sinh`.
pub fn sinh(z: Complex) -> Result<Complex> {
    if has_direction(z) {
        let far = towards(f64::INFINITY, z.im);
        return Ok(if z.re > 0.0 { far } else { complex(-far.re, far.im) });
    }
    if !finite(z) {
        return look_up(&special::SINH, z);
    }
    if z.re.abs() > LOG_LARGE {
        let less = z.re - 1f64.copysign(z.re);
        return checked(complex(z.im.cos() * less.sinh() * E, z.im.sin() * less.cosh() * E));
    }
    checked(complex(z.im.cos() * z.re.sinh(), z.im.sin() * z.re.cosh()))
}

/// `cmath.tanh`.
pub fn tanh(z: Complex) -> Result<Complex> {
    if has_direction(z) {
        return Ok(complex(1f64.copysign(z.re), 0f64.copysign(2.0 * z.im.sin() * z.im.cos())));
    }
    if !finite(z) {
        return look_up(&special::TANH, z);
    }
    if z.re.abs() > LOG_LARGE {
        let im = 4.0 * z.im.sin() * z.im.cos() * (-2.0 * z.re.abs()).exp();
        return Ok(complex(1f64.copysign(z.re), im));
    }
    let (tx, ty) = (z.re.tanh(), z.im.tan());
    let cx = 1.0 / z.re.cosh();
    let both = tx * ty;
    let denominator = 1.0 + both * both;
    Ok(complex(tx * (1.0 + ty * ty) / denominator, ((ty / denominator) * cx) * cx))
}

/// `cmath.cos`: cosh(iz).
pub fn cos(z: Complex) -> Result<Complex> {
    cosh(complex(-z.im, z.re))
}

/// `cmath.sin`: -i sinh(iz).
pub fn sin(z: Complex) -> Result<Complex> {
    sinh(complex(-z.im, z.re)).map(|s| complex(s.im, -s.re))
}

/// `cmath.tan`: -i tanh(iz).
pub fn tan(z: Complex) -> Result<Complex> {
    tanh(complex(-z.im, z.re)).map(|s| complex(s.im, -s.re))
}

/// The logarithm; the flag tells that the argument was zero.
fn log_raw(z: Complex) -> Result<(Complex, bool)> {
    if !finite(z) {
        return Ok((look_up(&special::LOG, z)?, false));
    }
    let (ax, ay) = (z.re.abs(), z.im.abs());
    let im = z.im.atan2(z.re);
    let re = if is_large(z) {
        log_half_norm(z) + LN_2
    } else if ax < f64::MIN_POSITIVE && ay < f64::MIN_POSITIVE {
        if ax == 0.0 && ay == 0.0 {
            return Ok((complex(f64::NEG_INFINITY, im), true));
        }
        scaled(ax, SCALE_UP).hypot(scaled(ay, SCALE_UP)).ln() - SCALE_UP as f64 * LN_2
    } else {
        let size = ax.hypot(ay);
        if (0.71..=1.73).contains(&size) {
            // Near the unit circle the logarithm of the rounded norm would cancel.
            let (more, less) = if ax > ay { (ax, ay) } else { (ay, ax) };
            ((more - 1.0) * (more + 1.0) + less * less).ln_1p() / 2.0
        } else {
            size.ln()
        }
    };
    Ok((complex(re, im), false))
}

/// `cmath.log(z)`. Errors: `ValueError` for zero.
pub fn log(z: Complex) -> Result<Complex> {
    match log_raw(z)? {
        (_, true) => Err(NumError::domain()),
        (value, false) => Ok(value),
    }
}

/// `cmath.log(z, base)`. A zero argument gives an infinity here, as in CPython.
///
/// Errors: `ValueError` if the base's logarithm is zero.
pub fn log_base(z: Complex, base: Complex) -> Result<Complex> {
    let (numerator, _) = log_raw(z)?;
    let (denominator, zero) = log_raw(base)?;
    if zero {
        return Err(NumError::domain());
    }
    arithmetic::div(numerator, denominator).map_err(|_| NumError::domain())
}

/// `cmath.log10`. Errors: `ValueError` for zero.
pub fn log10(z: Complex) -> Result<Complex> {
    log(z).map(|value| complex(value.re / LN_10, value.im / LN_10))
}

/// `cmath.phase`.
pub fn phase(z: Complex) -> f64 {
    z.im.atan2(z.re)
}

/// `cmath.polar`: modulus and phase. Errors: `OverflowError`.
pub fn polar(z: Complex) -> Result<(f64, f64)> {
    let size = arithmetic::abs(z).map_err(|_| NumError::range())?;
    Ok((size, phase(z)))
}

/// `cmath.rect`. Errors: `ValueError` for an infinite angle.
pub fn rect(r: f64, phi: f64) -> Result<Complex> {
    if r.is_finite() && phi.is_finite() {
        // A zero angle keeps the sign of its zero.
        return Ok(if phi == 0.0 { complex(r, r * phi) } else { complex(r * phi.cos(), r * phi.sin()) });
    }
    if has_direction(complex(r, phi)) {
        let far = towards(f64::INFINITY, phi);
        return Ok(if r > 0.0 { far } else { arithmetic::neg(far) });
    }
    look_up(&special::RECT, complex(r, phi))
}

/// `cmath.isclose`. Errors: `ValueError` for a negative tolerance.
pub fn isclose(a: Complex, b: Complex, relative: f64, absolute: f64) -> Result<bool> {
    if relative < 0.0 || absolute < 0.0 {
        return Err(NumError::value("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(true);
    }
    if arithmetic::is_infinite(a) || arithmetic::is_infinite(b) {
        return Ok(false);
    }
    let size = |z: Complex| z.re.hypot(z.im);
    let difference = size(arithmetic::sub(a, b));
    Ok(difference <= relative * size(b) || difference <= relative * size(a) || difference <= absolute)
}

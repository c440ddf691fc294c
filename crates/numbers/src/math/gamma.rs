//! The gamma function and its logarithm.
//!
//! Source: Lanczos's approximation with Boost's coefficients for N = 13 and g = 6.0246800407767296 in rational
//! form, evaluated in the order that CPython uses, so that results agree to the last bit where exp, pow and log do.

use crate::error::{NumError, Result};
use crate::float::repr;
use std::f64::consts::PI;

const G: f64 = 6.024_680_040_776_73;
const G_MINUS_HALF: f64 = 5.524_680_040_776_73;
const LN_PI: f64 = 1.144_729_885_849_400_2;

/// Coefficients of the numerator, constant term first.
#[allow(clippy::excessive_precision)]
const NUMERATOR: [f64; 13] = [
    23531376880.410759688572007674451636754734846804940,
    42919803642.649098768957899047001988850926355848959,
    35711959237.355668049440185451547166705960488635843,
    17921034426.037209699919755754458931112671403265390,
    6039542586.3520280050642916443072979210699388420708,
    1439720407.3117216736632230727949123939715485786372,
    248874557.86205415651146038641322942321632125127801,
    31426415.585400194380614231628318205362874684987640,
    2876370.6289353724412254090516208496135991145378768,
    186056.26539522349504029498971604569928220784236328,
    8071.6720023658162106380029022722506138218516325024,
    210.82427775157934587250973392071336271166969580291,
    2.5066282746310002701649081771338373386264310793408,
];

/// Coefficients of x (x+1) ... (x+11), constant term first.
const DENOMINATOR: [f64; 13] = [
    0.0,
    39916800.0,
    120543840.0,
    150917976.0,
    105258076.0,
    45995730.0,
    13339535.0,
    2637558.0,
    357423.0,
    32670.0,
    1925.0,
    66.0,
    1.0,
];

/// gamma(1) to gamma(23), which doubles hold exactly.
fn integral(n: usize) -> f64 {
    (1..n).fold(1.0, |product, k| product * k as f64)
}

/// sin(pi * x) without losing the low bits of x.
fn sin_pi(x: f64) -> f64 {
    let y = x.abs() % 2.0;
    let quarter = (2.0 * y).round();
    let value = if quarter == 0.0 {
        (PI * y).sin()
    } else if quarter == 1.0 {
        (PI * (y - 0.5)).cos()
    } else if quarter == 2.0 {
        // Not -sin(pi * (y - 1)): that would make a negative zero of an exact one.
        (PI * (1.0 - y)).sin()
    } else if quarter == 3.0 {
        -(PI * (y - 1.5)).cos()
    } else {
        (PI * (y - 2.0)).sin()
    };
    1f64.copysign(x) * value
}

/// The rational function; for large x in powers of 1/x, which neither overflows nor cancels.
fn lanczos_sum(x: f64) -> f64 {
    let terms = NUMERATOR.iter().zip(&DENOMINATOR);
    let (numerator, denominator) = if x < 5.0 {
        terms.rev().fold((0.0, 0.0), |(n, d), (a, b)| (n * x + a, d * x + b))
    } else {
        terms.fold((0.0, 0.0), |(n, d), (a, b)| (n / x + a, d / x + b))
    };
    numerator / denominator
}

fn pole(x: f64) -> NumError {
    NumError::value(format!("expected a noninteger or positive integer, got {}", repr(x)))
}

/// `math.gamma`. Errors: `ValueError` at the poles and -inf, `OverflowError`.
pub fn gamma(x: f64) -> Result<f64> {
    if x.is_nan() || x == f64::INFINITY {
        return Ok(x);
    }
    if x == f64::NEG_INFINITY || x == 0.0 {
        return Err(pole(x));
    }
    if x == x.floor() {
        if x < 0.0 {
            return Err(pole(x));
        }
        if x <= 23.0 {
            return Ok(integral(x as usize));
        }
    }
    let size = x.abs();
    if size < 1e-20 {
        return finite(1.0 / x);
    }
    if size > 200.0 {
        return if x < 0.0 { Ok(0.0 / sin_pi(x)) } else { Err(NumError::range()) };
    }
    let y = size + G_MINUS_HALF;
    // The rounding error of y, which the power would magnify, is corrected to first order.
    let error = if size > G_MINUS_HALF { (y - size) - G_MINUS_HALF } else { (y - G_MINUS_HALF) - size };
    let z = error * G / y;
    let mut result = if x < 0.0 {
        let result = -PI / sin_pi(size) / size * y.exp() / lanczos_sum(size);
        result - z * result
    } else {
        let result = lanczos_sum(size) / y.exp();
        result + z * result
    };
    // Large powers are taken in two steps lest they overflow.
    let (power, times) = if size < 140.0 { (y.powf(size - 0.5), 1) } else { (y.powf(size / 2.0 - 0.25), 2) };
    for _ in 0..times {
        result = if x < 0.0 { result / power } else { result * power };
    }
    finite(result)
}

fn finite(result: f64) -> Result<f64> {
    if result.is_infinite() { Err(NumError::range()) } else { Ok(result) }
}

/// `math.lgamma`: the logarithm of the absolute value of gamma. Errors: `ValueError` at the poles,
/// `OverflowError`.
pub fn lgamma(x: f64) -> Result<f64> {
    if !x.is_finite() {
        return Ok(if x.is_nan() { x } else { f64::INFINITY });
    }
    if x == x.floor() && x <= 2.0 {
        return if x <= 0.0 { Err(pole(x)) } else { Ok(0.0) };
    }
    let size = x.abs();
    if size < 1e-20 {
        return Ok(-size.ln());
    }
    let mut result = lanczos_sum(size).ln() - G;
    result += (size - 0.5) * ((size + G - 0.5).ln() - 1.0);
    if x < 0.0 {
        result = LN_PI - sin_pi(size).abs().ln() - size.ln() - result;
    }
    finite(result)
}

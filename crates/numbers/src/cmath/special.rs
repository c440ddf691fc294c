//! Special values: what a function gives when a part of its argument is not finite.
//!
//! A table has a row for each class of the real part and a column for each class of the imaginary part, in the order
//! -inf, negative, -0, 0, positive, inf, nan. An entry is two characters, the parts of the result:
//! `0 1 I` zero, one, infinity and `o m i` the same negated; `H P Q T` are pi/2, pi, pi/4, 3pi/4 and `h p q t` the
//! same negated; `n` is a NaN; `E` a domain error; `.` is never looked up. Entries of a finite non-zero imaginary
//! part and an infinite real part of exp, cosh, sinh, tanh and rect depend on its quadrant and are computed there.

use crate::complex::{Complex, complex};
use crate::error::{NumError, Result};
use std::f64::consts::PI;

/// A table of special values.
pub(super) type Table = [&'static str; 7];

/// The class of a part.
fn class(x: f64) -> usize {
    match x {
        _ if x.is_nan() => 6,
        f64::NEG_INFINITY => 0,
        f64::INFINITY => 5,
        _ if x < 0.0 => 1,
        _ if x > 0.0 => 4,
        _ if x.is_sign_negative() => 2,
        _ => 3,
    }
}

/// The value of an entry's character; `None` for a domain error.
fn value(code: u8) -> Option<f64> {
    Some(match code {
        b'0' => 0.0,
        b'o' => -0.0,
        b'1' => 1.0,
        b'm' => -1.0,
        b'I' => f64::INFINITY,
        b'i' => f64::NEG_INFINITY,
        b'P' => PI,
        b'p' => -PI,
        b'H' => PI / 2.0,
        b'h' => -PI / 2.0,
        b'Q' => PI / 4.0,
        b'q' => -PI / 4.0,
        b'T' => PI * 0.75,
        b't' => -PI * 0.75,
        b'n' => f64::NAN,
        _ => return None,
    })
}

/// Looks up an argument with a non-finite part.
pub(super) fn look_up(table: &Table, z: Complex) -> Result<Complex> {
    let entry = table[class(z.re)].as_bytes();
    let column = class(z.im) * 3;
    match (value(entry[column]), value(entry[column + 1])) {
        (Some(re), Some(im)) => Ok(complex(re, im)),
        _ => Err(NumError::domain()),
    }
}

/// Special values of `cmath.acos`.
pub(super) const ACOS: Table = [
    "TI PI PI Pi Pi Ti nI",
    "HI .. .. .. .. Hi nn",
    "HI .. .. .. .. Hi Hn",
    "HI .. .. .. .. Hi Hn",
    "HI .. .. .. .. Hi nn",
    "QI 0I 0I 0i 0i Qi nI",
    "nI nn nn nn nn ni nn",
];

/// Special values of `cmath.acosh`.
pub(super) const ACOSH: Table = [
    "It Ip Ip IP IP IT In",
    "Ih .. .. .. .. IH nn",
    "Ih .. .. .. .. IH nH",
    "Ih .. .. .. .. IH nH",
    "Ih .. .. .. .. IH nn",
    "Iq Io Io I0 I0 IQ In",
    "In nn nn nn nn In nn",
];

/// Special values of `cmath.asinh`.
pub(super) const ASINH: Table = [
    "iq io io i0 i0 iQ in",
    "ih .. .. .. .. iH nn",
    "ih .. .. .. .. iH nn",
    "Ih .. .. .. .. IH nn",
    "Ih .. .. .. .. IH nn",
    "Iq Io Io I0 I0 IQ In",
    "In nn no n0 nn In nn",
];

/// Special values of `cmath.atanh`.
pub(super) const ATANH: Table = [
    "oh oh oh oH oH oH on",
    "oh .. .. .. .. oH nn",
    "oh .. .. .. .. oH on",
    "0h .. .. .. .. 0H 0n",
    "0h .. .. .. .. 0H nn",
    "0h 0h 0h 0H 0H 0H 0n",
    "0h nn nn nn nn 0H nn",
];

/// Special values of `cmath.cosh`.
pub(super) const COSH: Table = [
    "EE II I0 Io Ii EE In",
    "EE .. .. .. .. EE nn",
    "EE .. .. .. .. EE n0",
    "EE .. .. .. .. EE n0",
    "EE .. .. .. .. EE nn",
    "EE Ii Io I0 II EE In",
    "nn nn n0 n0 nn nn nn",
];

/// Special values of `cmath.exp`.
pub(super) const EXP: Table = [
    "00 0o 0o 00 00 00 00",
    "EE .. .. .. .. EE nn",
    "EE .. .. .. .. EE nn",
    "EE .. .. .. .. EE nn",
    "EE .. .. .. .. EE nn",
    "EE Ii Io I0 II EE In",
    "nn nn no n0 nn nn nn",
];

/// Special values of `cmath.log`.
pub(super) const LOG: Table = [
    "It Ip Ip IP IP IT In",
    "Ih .. .. .. .. IH nn",
    "Ih .. .. .. .. IH nn",
    "Ih .. .. .. .. IH nn",
    "Ih .. .. .. .. IH nn",
    "Iq Io Io I0 I0 IQ In",
    "In nn nn nn nn In nn",
];

/// Special values of `cmath.sinh`.
pub(super) const SINH: Table = [
    "EE ii io i0 iI EE In",
    "EE .. .. .. .. EE nn",
    "EE .. .. .. .. EE 0n",
    "EE .. .. .. .. EE 0n",
    "EE .. .. .. .. EE nn",
    "EE Ii Io I0 II EE In",
    "nn nn no n0 nn nn nn",
];

/// Special values of `cmath.sqrt`.
pub(super) const SQRT: Table = [
    "Ii 0i 0i 0I 0I II nI",
    "Ii .. .. .. .. II nn",
    "Ii .. .. .. .. II nn",
    "Ii .. .. .. .. II nn",
    "Ii .. .. .. .. II nn",
    "Ii Io Io I0 I0 II In",
    "Ii nn nn nn nn II nn",
];

/// Special values of `cmath.tanh`.
pub(super) const TANH: Table = [
    "m0 mo mo m0 m0 m0 m0",
    "EE .. .. .. .. EE nn",
    "EE .. .. .. .. EE on",
    "EE .. .. .. .. EE 0n",
    "EE .. .. .. .. EE nn",
    "10 1o 1o 10 10 10 10",
    "nn nn no n0 nn nn nn",
];

/// Special values of `cmath.rect`.
pub(super) const RECT: Table = [
    "EE iI i0 io ii EE In",
    "EE .. .. .. .. EE nn",
    "00 .. .. .. .. 00 00",
    "00 .. .. .. .. 00 00",
    "EE .. .. .. .. EE nn",
    "EE Ii Io I0 II EE In",
    "nn nn n0 n0 nn nn nn",
];

//! `cmath`.

use crate::check;
use whipsnake_numbers::cmath;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::{complex, module};

#[pyfunctions]
mod functions {
    use super::*;

    /// The arc cosine.
    #[function("acos(z, /)")]
    fn acos(th: &Thread, z: Value) -> PyResult {
        complex::from_number(th, check(th, cmath::acos(complex::as_number(th, z)?))?)
    }

    /// The inverse hyperbolic cosine.
    #[function("acosh(z, /)")]
    fn acosh(th: &Thread, z: Value) -> PyResult {
        complex::from_number(th, check(th, cmath::acosh(complex::as_number(th, z)?))?)
    }

    /// The arc sine.
    #[function("asin(z, /)")]
    fn asin(th: &Thread, z: Value) -> PyResult {
        complex::from_number(th, check(th, cmath::asin(complex::as_number(th, z)?))?)
    }

    /// The inverse hyperbolic sine.
    #[function("asinh(z, /)")]
    fn asinh(th: &Thread, z: Value) -> PyResult {
        complex::from_number(th, check(th, cmath::asinh(complex::as_number(th, z)?))?)
    }

    /// The arc tangent.
    #[function("atan(z, /)")]
    fn atan(th: &Thread, z: Value) -> PyResult {
        complex::from_number(th, check(th, cmath::atan(complex::as_number(th, z)?))?)
    }

    /// The inverse hyperbolic tangent.
    #[function("atanh(z, /)")]
    fn atanh(th: &Thread, z: Value) -> PyResult {
        complex::from_number(th, check(th, cmath::atanh(complex::as_number(th, z)?))?)
    }

    /// The cosine.
    #[function("cos(z, /)")]
    fn cos(th: &Thread, z: Value) -> PyResult {
        complex::from_number(th, check(th, cmath::cos(complex::as_number(th, z)?))?)
    }

    /// The hyperbolic cosine.
    #[function("cosh(z, /)")]
    fn cosh(th: &Thread, z: Value) -> PyResult {
        complex::from_number(th, check(th, cmath::cosh(complex::as_number(th, z)?))?)
    }

    /// e raised to the power of z.
    #[function("exp(z, /)")]
    fn exp(th: &Thread, z: Value) -> PyResult {
        complex::from_number(th, check(th, cmath::exp(complex::as_number(th, z)?))?)
    }

    /// The base-10 logarithm.
    #[function("log10(z, /)")]
    fn log10(th: &Thread, z: Value) -> PyResult {
        complex::from_number(th, check(th, cmath::log10(complex::as_number(th, z)?))?)
    }

    /// The sine.
    #[function("sin(z, /)")]
    fn sin(th: &Thread, z: Value) -> PyResult {
        complex::from_number(th, check(th, cmath::sin(complex::as_number(th, z)?))?)
    }

    /// The hyperbolic sine.
    #[function("sinh(z, /)")]
    fn sinh(th: &Thread, z: Value) -> PyResult {
        complex::from_number(th, check(th, cmath::sinh(complex::as_number(th, z)?))?)
    }

    /// The square root.
    #[function("sqrt(z, /)")]
    fn sqrt(th: &Thread, z: Value) -> PyResult {
        complex::from_number(th, check(th, cmath::sqrt(complex::as_number(th, z)?))?)
    }

    /// The tangent.
    #[function("tan(z, /)")]
    fn tan(th: &Thread, z: Value) -> PyResult {
        complex::from_number(th, check(th, cmath::tan(complex::as_number(th, z)?))?)
    }

    /// The hyperbolic tangent.
    #[function("tanh(z, /)")]
    fn tanh(th: &Thread, z: Value) -> PyResult {
        complex::from_number(th, check(th, cmath::tanh(complex::as_number(th, z)?))?)
    }

    /// The logarithm of z to a base, the natural one by default.
    #[function("log(z, base=<unrepresentable>, /)", raw)]
    fn log(th: &Thread, args: Args) -> PyResult {
        args.expect(th, "log", 1, 2)?;
        let z = complex::as_number(th, args.get(0).unwrap_or(statics::none()))?;
        let result = match args.get(1) {
            None => cmath::log(z),
            Some(base) => cmath::log_base(z, complex::as_number(th, base)?),
        };
        complex::from_number(th, check(th, result)?)
    }
    /// The angle of z.
    #[function("phase(z, /)")]
    fn phase(th: &Thread, z: Value) -> PyResult<f64> {
        Ok(cmath::phase(complex::as_number(th, z)?))
    }
    /// Length and angle of z.
    #[function("polar(z, /)")]
    fn polar(th: &Thread, z: Value) -> PyResult {
        let (r, phi) = check(th, cmath::polar(complex::as_number(th, z)?))?;
        th.tuple(&[th.float(r)?.value(), th.float(phi)?.value()])
    }
    /// The number with this length and angle.
    #[function("rect(r, phi, /)")]
    fn rect(th: &Thread, r: f64, phi: f64) -> PyResult {
        complex::from_number(th, check(th, cmath::rect(r, phi))?)
    }
    /// Whether both parts are finite.
    #[function("isfinite(z, /)")]
    fn isfinite(th: &Thread, z: Value) -> PyResult<bool> {
        let z = complex::as_number(th, z)?;
        Ok(z.re.is_finite() && z.im.is_finite())
    }
    /// Whether a part is infinite.
    #[function("isinf(z, /)")]
    fn isinf(th: &Thread, z: Value) -> PyResult<bool> {
        let z = complex::as_number(th, z)?;
        Ok(z.re.is_infinite() || z.im.is_infinite())
    }
    /// Whether a part is NaN.
    #[function("isnan(z, /)")]
    fn isnan(th: &Thread, z: Value) -> PyResult<bool> {
        let z = complex::as_number(th, z)?;
        Ok(z.re.is_nan() || z.im.is_nan())
    }
    /// Whether two numbers are nearly the same.
    #[function("isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0)")]
    fn isclose(th: &Thread, a: Value, b: Value, rel_tol: f64, abs_tol: f64) -> PyResult<bool> {
        let (a, b) = (complex::as_number(th, a)?, complex::as_number(th, b)?);
        check(th, cmath::isclose(a, b, rel_tol, abs_tol))
    }
}

/// Makes `cmath`.
///
/// # Errors
/// MemoryError.
pub fn init_cmath(th: &Thread) -> PyResult {
    let m = module::new(th, "cmath", "Functions of complex numbers.", functions::METHODS)?;
    for (name, value) in [
        ("pi", std::f64::consts::PI),
        ("e", std::f64::consts::E),
        ("tau", std::f64::consts::TAU),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
    ] {
        module::add(th, m.value(), name, th.float(value)?.value())?;
    }
    for (name, value) in [("infj", f64::INFINITY), ("nanj", f64::NAN)] {
        module::add(th, m.value(), name, complex::new(th, 0.0, value)?.value())?;
    }
    Ok(m)
}

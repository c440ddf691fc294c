//! `math`.

use crate::check;
use whipsnake_numbers::bigint;
use whipsnake_numbers::math::{self, ProductSum};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::{float, int, module};

/// A logarithm: of floats, and of ints of any size.
fn logarithm(
    th: &Thread,
    x: Value,
    of_float: fn(f64) -> whipsnake_numbers::error::Result<f64>,
    raw: fn(f64) -> f64,
) -> PyResult<f64> {
    if x.is_instance(&statics::INT_TYPE) {
        return check(th, int::with_big(x, |big| math::log_int(big, raw)));
    }
    check(th, of_float(number::as_f64(th, x)?))
}

/// `floor` and `ceil`: of floats directly, of other objects by their method.
fn round_by(th: &Thread, x: Value, name: &str, raw: fn(f64) -> f64) -> PyResult {
    if !x.is_exact(&statics::FLOAT_TYPE)
        && let Some(method) = object::lookup_special(th, x, name)?
    {
        return call::call0(th, method.value());
    }
    float::to_int(th, raw(number::as_f64(th, x)?))
}

fn small_gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn combine(th: &Thread, args: &[Slot], start: i64, pair: fn(Value, Value) -> PairResult) -> PyResult {
    let mut result = Obj::small_int(start);
    for (i, arg) in args.iter().enumerate() {
        let n = number::index(th, arg.value())?;
        result = if i == 0 {
            match n.as_small_int() {
                Some(n) => th.int(n.abs())?,
                None => number::absolute(th, n.value())?,
            }
        } else {
            match pair(result.value(), n.value()) {
                PairResult::Small(n) => th.uint(n)?,
                PairResult::Big(big) => int::from_big(th, big)?,
            }
        };
    }
    Ok(result)
}

enum PairResult {
    Small(u64),
    Big(whipsnake_numbers::bigint::Big),
}

fn gcd_pair(a: Value, b: Value) -> PairResult {
    match (a.as_small_int(), b.as_small_int()) {
        (Some(a), Some(b)) => PairResult::Small(small_gcd(a.unsigned_abs(), b.unsigned_abs())),
        _ => PairResult::Big(int::with_big(a, |a| int::with_big(b, |b| bigint::gcd(a, b)))),
    }
}

fn lcm_pair(a: Value, b: Value) -> PairResult {
    PairResult::Big(int::with_big(a, |a| int::with_big(b, |b| bigint::lcm(a, b))))
}

fn coordinates(th: &Thread, v: Value) -> PyResult<Vec<f64>> {
    iter::to_vec(th, v)?.iter().map(|x| number::as_f64(th, x.value())).collect()
}

/// A float or small int as a double, for the fast path of `sumprod`.
fn plain_number(v: Value) -> Option<f64> {
    if v.is_exact(&statics::FLOAT_TYPE) {
        return float::value_of(v);
    }
    v.as_small_int().filter(|n| n.unsigned_abs() <= 1 << 53).map(|n| n as f64)
}

/// The sum of products: exact for ints, in extended precision for floats, by the operators otherwise.
fn sum_of_products(th: &Thread, p: &[Obj], q: &[Obj]) -> PyResult {
    let mut total = Obj::small_int(0);
    let (mut ints, mut has_ints) = (0i64, false);
    let (mut floats, mut has_floats) = (ProductSum::default(), false);
    // Each fast path is left once: sums of mixed kinds have the order of the operators.
    let (mut with_ints, mut with_floats) = (true, true);
    for (x, y) in p.iter().zip(q) {
        if let (Some(a), Some(b)) = (x.as_small_int(), y.as_small_int())
            && let Some(sum) = a.checked_mul(b).and_then(|product| ints.checked_add(product))
            && with_ints
        {
            (ints, has_ints) = (sum, true);
            continue;
        }
        with_ints = false;
        if std::mem::take(&mut has_ints) {
            total = number::binary_op(th, number::NumberOp::Add, total.value(), th.int(ints)?.value())?;
            ints = 0;
        }
        let is_float = x.is_exact(&statics::FLOAT_TYPE) || y.is_exact(&statics::FLOAT_TYPE);
        if is_float
            && with_floats
            && let (Some(a), Some(b)) = (plain_number(x.value()), plain_number(y.value()))
            && floats.push(a, b)
        {
            has_floats = true;
            continue;
        }
        with_floats = false;
        if std::mem::take(&mut has_floats) {
            total = number::binary_op(th, number::NumberOp::Add, total.value(), th.float(floats.value())?.value())?;
            floats = ProductSum::default();
        }
        let product = number::binary_op(th, number::NumberOp::Multiply, x.value(), y.value())?;
        total = number::binary_op(th, number::NumberOp::Add, total.value(), product.value())?;
    }
    if has_ints {
        total = number::binary_op(th, number::NumberOp::Add, total.value(), th.int(ints)?.value())?;
    }
    if has_floats {
        total = number::binary_op(th, number::NumberOp::Add, total.value(), th.float(floats.value())?.value())?;
    }
    Ok(total)
}

#[pyfunctions]
mod elementary {
    use super::*;

    /// The arc cosine, in radians.
    #[function("acos(x, /)", pure)]
    fn acos(th: &Thread, x: f64) -> PyResult<f64> {
        check(th, math::acos(x))
    }
    /// The inverse hyperbolic cosine.
    #[function("acosh(x, /)", pure)]
    fn acosh(th: &Thread, x: f64) -> PyResult<f64> {
        check(th, math::acosh(x))
    }
    /// The arc sine, in radians.
    #[function("asin(x, /)", pure)]
    fn asin(th: &Thread, x: f64) -> PyResult<f64> {
        check(th, math::asin(x))
    }
    /// The inverse hyperbolic sine.
    #[function("asinh(x, /)", pure)]
    fn asinh(th: &Thread, x: f64) -> PyResult<f64> {
        check(th, math::asinh(x))
    }
    /// The arc tangent, in radians.
    #[function("atan(x, /)", pure)]
    fn atan(th: &Thread, x: f64) -> PyResult<f64> {
        check(th, math::atan(x))
    }
    /// The inverse hyperbolic tangent.
    #[function("atanh(x, /)", pure)]
    fn atanh(th: &Thread, x: f64) -> PyResult<f64> {
        check(th, math::atanh(x))
    }
    /// The cube root.
    #[function("cbrt(x, /)", pure)]
    fn cbrt(th: &Thread, x: f64) -> PyResult<f64> {
        check(th, math::cbrt(x))
    }
    /// The cosine of an angle in radians.
    #[function("cos(x, /)", pure)]
    fn cos(th: &Thread, x: f64) -> PyResult<f64> {
        check(th, math::cos(x))
    }
    /// The hyperbolic cosine.
    #[function("cosh(x, /)", pure)]
    fn cosh(th: &Thread, x: f64) -> PyResult<f64> {
        check(th, math::cosh(x))
    }
    /// e raised to the power of x.
    #[function("exp(x, /)", pure)]
    fn exp(th: &Thread, x: f64) -> PyResult<f64> {
        check(th, math::exp(x))
    }
    /// 2 raised to the power of x.
    #[function("exp2(x, /)", pure)]
    fn exp2(th: &Thread, x: f64) -> PyResult<f64> {
        check(th, math::exp2(x))
    }
    /// exp(x) - 1, exact for small x.
    #[function("expm1(x, /)", pure)]
    fn expm1(th: &Thread, x: f64) -> PyResult<f64> {
        check(th, math::expm1(x))
    }
    /// The sine of an angle in radians.
    #[function("sin(x, /)", pure)]
    fn sin(th: &Thread, x: f64) -> PyResult<f64> {
        check(th, math::sin(x))
    }
    /// The hyperbolic sine.
    #[function("sinh(x, /)", pure)]
    fn sinh(th: &Thread, x: f64) -> PyResult<f64> {
        check(th, math::sinh(x))
    }
    /// The square root.
    #[function("sqrt(x, /)", pure)]
    fn sqrt(th: &Thread, x: f64) -> PyResult<f64> {
        check(th, math::sqrt(x))
    }
    /// The tangent of an angle in radians.
    #[function("tan(x, /)", pure)]
    fn tan(th: &Thread, x: f64) -> PyResult<f64> {
        check(th, math::tan(x))
    }
    /// The hyperbolic tangent.
    #[function("tanh(x, /)", pure)]
    fn tanh(th: &Thread, x: f64) -> PyResult<f64> {
        check(th, math::tanh(x))
    }
    /// log(1 + x), exact for small x.
    #[function("log1p(x, /)", pure)]
    fn log1p(th: &Thread, x: f64) -> PyResult<f64> {
        check(th, math::log1p(x))
    }
    /// The gamma function.
    #[function("gamma(x, /)", pure)]
    fn gamma(th: &Thread, x: f64) -> PyResult<f64> {
        check(th, math::gamma(x))
    }
    /// The logarithm of the absolute value of the gamma function.
    #[function("lgamma(x, /)", pure)]
    fn lgamma(th: &Thread, x: f64) -> PyResult<f64> {
        check(th, math::lgamma(x))
    }
    /// The error function.
    #[function("erf(x, /)", pure)]
    fn erf(_: &Thread, x: f64) -> f64 {
        math::erf(x)
    }
    /// The complementary error function.
    #[function("erfc(x, /)", pure)]
    fn erfc(_: &Thread, x: f64) -> f64 {
        math::erfc(x)
    }
    /// The absolute value as a float.
    #[function("fabs(x, /)", pure)]
    fn fabs(_: &Thread, x: f64) -> f64 {
        x.abs()
    }
    /// Radians to degrees.
    #[function("degrees(x, /)", pure)]
    fn degrees(_: &Thread, x: f64) -> f64 {
        math::degrees(x)
    }
    /// Degrees to radians.
    #[function("radians(x, /)", pure)]
    fn radians(_: &Thread, x: f64) -> f64 {
        math::radians(x)
    }
    /// The value of the last bit of x.
    #[function("ulp(x, /)", pure)]
    fn ulp(_: &Thread, x: f64) -> f64 {
        math::ulp(x)
    }
    /// Whether x is neither infinite nor NaN.
    #[function("isfinite(x, /)", pure)]
    fn isfinite(_: &Thread, x: f64) -> bool {
        x.is_finite()
    }
    /// Whether x is infinite.
    #[function("isinf(x, /)", pure)]
    fn isinf(_: &Thread, x: f64) -> bool {
        x.is_infinite()
    }
    /// Whether x is NaN.
    #[function("isnan(x, /)", pure)]
    fn isnan(_: &Thread, x: f64) -> bool {
        x.is_nan()
    }
    /// The angle of the point (x, y).
    #[function("atan2(y, x, /)", pure)]
    fn atan2(_: &Thread, y: f64, x: f64) -> f64 {
        y.atan2(x)
    }
    /// The absolute value of x with the sign of y.
    #[function("copysign(x, y, /)", pure)]
    fn copysign(_: &Thread, x: f64, y: f64) -> f64 {
        x.copysign(y)
    }
    /// The remainder of x / y with the sign of x.
    #[function("fmod(x, y, /)", pure)]
    fn fmod(th: &Thread, x: f64, y: f64) -> PyResult<f64> {
        check(th, math::fmod(x, y))
    }
    /// The difference between x and the nearest multiple of y.
    #[function("remainder(x, y, /)", pure)]
    fn remainder(th: &Thread, x: f64, y: f64) -> PyResult<f64> {
        check(th, math::remainder(x, y))
    }
    /// x raised to the power of y.
    #[function("pow(x, y, /)", pure)]
    fn pow(th: &Thread, x: f64, y: f64) -> PyResult<f64> {
        check(th, math::pow(x, y))
    }
    /// x * y + z with one rounding.
    #[function("fma(x, y, z, /)", pure)]
    fn fma(th: &Thread, x: f64, y: f64, z: f64) -> PyResult<f64> {
        check(th, math::fma(x, y, z))
    }
}

#[pyfunctions]
mod functions {
    use super::*;

    /// The logarithm of x to a base, the natural one by default.
    #[function("log", raw)]
    fn log(th: &Thread, args: Args) -> PyResult {
        args.expect(th, "log", 1, 2)?;
        let x = logarithm(th, args.get(0).unwrap_or(statics::none()), math::log, f64::ln)?;
        let Some(base) = args.get(1) else { return th.float(x) };
        let base = logarithm(th, base, math::log, f64::ln)?;
        if base == 0.0 {
            return err!(th, ZERO_DIVISION_ERROR, "division by zero");
        }
        th.float(x / base)
    }
    /// The base-2 logarithm.
    #[function("log2(x, /)")]
    fn log2(th: &Thread, x: Value) -> PyResult<f64> {
        logarithm(th, x, math::log2, f64::log2)
    }
    /// The base-10 logarithm.
    #[function("log10(x, /)")]
    fn log10(th: &Thread, x: Value) -> PyResult<f64> {
        logarithm(th, x, math::log10, f64::log10)
    }
    /// The largest integer not above x.
    #[function("floor(x, /)")]
    fn floor(th: &Thread, x: Value) -> PyResult {
        round_by(th, x, "__floor__", f64::floor)
    }
    /// The smallest integer not below x.
    #[function("ceil(x, /)")]
    fn ceil(th: &Thread, x: Value) -> PyResult {
        round_by(th, x, "__ceil__", f64::ceil)
    }
    /// The integer part of x.
    #[function("trunc(x, /)")]
    fn trunc(th: &Thread, x: Value) -> PyResult {
        if x.is_exact(&statics::FLOAT_TYPE)
            && let Some(x) = float::value_of(x)
        {
            return float::to_int(th, x.trunc());
        }
        match object::lookup_special(th, x, "__trunc__")? {
            Some(method) => call::call0(th, method.value()),
            None => err!(th, TYPE_ERROR, "type {} doesn't define __trunc__ method", x.ty().name()),
        }
    }
    /// n! as an int.
    #[function("factorial(n, /)")]
    fn factorial(th: &Thread, n: Value) -> PyResult {
        let n = number::index(th, n)?;
        int::from_big(th, check(th, int::with_big(n.value(), math::factorial))?)
    }
    /// In how many ways k of n things can be chosen.
    #[function("comb(n, k, /)")]
    fn comb(th: &Thread, n: Value, k: Value) -> PyResult {
        let (n, k) = (number::index(th, n)?, number::index(th, k)?);
        int::from_big(th, check(th, int::with_big(n.value(), |n| int::with_big(k.value(), |k| math::comb(n, k))))?)
    }
    /// In how many ways k of n things can be put in order.
    #[function("perm(n, k=None, /)")]
    fn perm(th: &Thread, n: Value, k: Value) -> PyResult {
        let n = number::index(th, n)?;
        if k.is_none() {
            return int::from_big(th, check(th, int::with_big(n.value(), math::factorial))?);
        }
        let k = number::index(th, k)?;
        int::from_big(th, check(th, int::with_big(n.value(), |n| int::with_big(k.value(), |k| math::perm(n, k))))?)
    }
    /// The integer part of the square root.
    #[function("isqrt(n, /)")]
    fn isqrt(th: &Thread, n: Value) -> PyResult {
        let n = number::index(th, n)?;
        int::from_big(th, check(th, int::with_big(n.value(), bigint::isqrt))?)
    }
    /// The greatest common divisor.
    #[function("gcd(*integers)")]
    fn gcd(th: &Thread, integers: &[Slot]) -> PyResult {
        combine(th, integers, 0, gcd_pair)
    }
    /// The least common multiple.
    #[function("lcm(*integers)")]
    fn lcm(th: &Thread, integers: &[Slot]) -> PyResult {
        combine(th, integers, 1, lcm_pair)
    }
    /// The length of a vector.
    #[function("hypot(*coordinates)")]
    fn hypot(th: &Thread, coordinates: &[Slot]) -> PyResult<f64> {
        let coordinates: Vec<f64> =
            coordinates.iter().map(|x| number::as_f64(th, x.value())).collect::<PyResult<Vec<f64>>>()?;
        Ok(match coordinates.as_slice() {
            [x, y] => math::hypot(*x, *y),
            all => math::vector_norm(all),
        })
    }
    /// The distance of two points.
    #[function("dist(p, q, /)")]
    fn dist(th: &Thread, p: Value, q: Value) -> PyResult<f64> {
        let (p, q) = (coordinates(th, p)?, coordinates(th, q)?);
        check(th, math::dist(&p, &q))
    }
    /// The exact sum of floats, rounded once.
    #[function("fsum(seq, /)")]
    fn fsum(th: &Thread, seq: Value) -> PyResult<f64> {
        let mut sum = math::FloatSum::default();
        iter::for_each(th, seq, |x| check(th, sum.push(number::as_f64(th, x.value())?)))?;
        check(th, sum.finish())
    }
    /// The sum of the products of the items of two iterables.
    #[function("sumprod(p, q, /)")]
    fn sumprod(th: &Thread, p: Value, q: Value) -> PyResult {
        let (p, q) = (iter::to_vec(th, p)?, iter::to_vec(th, q)?);
        if p.len() != q.len() {
            return err!(th, VALUE_ERROR, "Inputs are not the same length");
        }
        sum_of_products(th, &p, &q)
    }
    /// The product of the items of an iterable.
    #[function("prod(iterable, /, *, start=1)")]
    fn prod(th: &Thread, iterable: Value, start: Option<Value>) -> PyResult {
        let mut product = start.map_or_else(|| Obj::small_int(1), ValueExt::own);
        let iterator = iter::get_iter(th, iterable)?;
        while let Some(x) = iter::next(th, iterator.value())? {
            product = number::binary_op(th, number::NumberOp::Multiply, product.value(), x.value())?;
        }
        Ok(product)
    }
    /// Mantissa and exponent: x = m * 2**e.
    #[function("frexp(x, /)")]
    fn frexp(th: &Thread, x: f64) -> PyResult {
        let (mantissa, exponent) = math::frexp(x);
        th.tuple(&[th.float(mantissa)?.value(), Value::small_int(exponent.into())])
    }
    /// x * 2**i.
    #[function("ldexp(x, i, /)")]
    fn ldexp(th: &Thread, x: f64, i: Value) -> PyResult<f64> {
        if !i.is_instance(&statics::INT_TYPE) {
            return err!(th, TYPE_ERROR, "Expected an int as second argument to ldexp.");
        }
        let clamped = int::try_i64(i).unwrap_or(if int::is_negative(i) { i64::MIN } else { i64::MAX });
        check(th, math::ldexp(x, clamped))
    }
    /// The fractional and the integer part, both floats.
    #[function("modf(x, /)")]
    fn modf(th: &Thread, x: f64) -> PyResult {
        let (fraction, whole) = math::modf(x);
        th.tuple(&[th.float(fraction)?.value(), th.float(whole)?.value()])
    }
    /// The float that lies so many steps from x towards y.
    #[function("nextafter(x, y, /, *, steps=None)")]
    fn nextafter(th: &Thread, x: f64, y: f64, steps: Value) -> PyResult<f64> {
        if steps.is_none() {
            return Ok(math::nextafter(x, y));
        }
        let steps = number::index(th, steps)?;
        if int::is_negative(steps.value()) {
            return err!(th, VALUE_ERROR, "steps must be a non-negative integer");
        }
        let steps = int::with_big(steps.value(), |big| big.to_u64()).unwrap_or(u64::MAX);
        Ok(math::nextafter_steps(x, y, steps))
    }
    /// Whether two numbers are nearly the same.
    #[function("isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0)")]
    fn isclose(th: &Thread, a: f64, b: f64, rel_tol: f64, abs_tol: f64) -> PyResult<bool> {
        check(th, math::isclose(a, b, rel_tol, abs_tol))
    }
}

/// Makes `math`.
///
/// # Errors
/// MemoryError.
pub fn init_math(th: &Thread) -> PyResult {
    let m = module::new(th, "math", "Mathematical functions of the C standard.", functions::METHODS)?;
    module::add_functions(th, m.value(), elementary::METHODS)?;
    for (name, value) in [
        ("pi", std::f64::consts::PI),
        ("e", std::f64::consts::E),
        ("tau", std::f64::consts::TAU),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
    ] {
        module::add(th, m.value(), name, th.float(value)?.value())?;
    }
    Ok(m)
}

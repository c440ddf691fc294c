//! Accurate sums: `fsum`, `sumprod`, `hypot`, `dist`.
//!
//! Sources: Shewchuk, "Adaptive Precision Floating-Point Arithmetic" (1997); Ogita, Rump and Oishi, "Accurate Sum
//! and Dot Product" (2005), algorithms 5.10 (with K = 3) and TwoProductFMA; Dekker's Fast2Sum.

use super::scale::{frexp, ldexp};
use crate::error::{NumError, Result};

/// A sum and its exact rounding error.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let rounded = sum - a;
    (sum, (a - (sum - rounded)) + (b - rounded))
}

/// [`two_sum`] for `|a| >= |b|`.
fn fast_two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    (sum, (a - sum) + b)
}

/// A product and its exact rounding error.
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    (product, a.mul_add(b, -product))
}

/// An exact running sum of doubles.
#[derive(Clone, Debug, Default)]
pub struct FloatSum {
    /// Non-overlapping partial sums, increasing.
    partials: Vec<f64>,
    special: f64,
    infinities: f64,
}

impl FloatSum {
    /// Adds a term.
    ///
    /// Errors: `OverflowError: intermediate overflow in fsum`.
    pub fn push(&mut self, term: f64) -> Result<()> {
        let mut x = term;
        let mut kept = 0;
        for i in 0..self.partials.len() {
            let y = self.partials[i];
            let (large, small) = if x.abs() < y.abs() { (y, x) } else { (x, y) };
            let high = large + small;
            let low = small - (high - large);
            if low != 0.0 {
                self.partials[kept] = low;
                kept += 1;
            }
            x = high;
        }
        self.partials.truncate(kept);
        if x.is_finite() {
            if x != 0.0 {
                self.partials.push(x);
            }
            return Ok(());
        }
        if term.is_finite() {
            return Err(NumError::overflow("intermediate overflow in fsum"));
        }
        if term.is_infinite() {
            self.infinities += term;
        }
        self.special += term;
        self.partials.clear();
        Ok(())
    }

    /// The sum, correctly rounded.
    ///
    /// Errors: `ValueError` if infinities of both signs were added.
    pub fn finish(mut self) -> Result<f64> {
        if self.special != 0.0 {
            if self.infinities.is_nan() {
                return Err(NumError::value("-inf + inf in fsum"));
            }
            return Ok(self.special);
        }
        let mut high = self.partials.pop().unwrap_or(0.0);
        let mut low = 0.0;
        while let Some(y) = self.partials.pop() {
            let x = high;
            high = x + y;
            low = y - (high - x);
            if low != 0.0 {
                break;
            }
        }
        // A tie was rounded to even, but what is left says which way is right.
        if self.partials.last().is_some_and(|&next| (low < 0.0 && next < 0.0) || (low > 0.0 && next > 0.0)) {
            let twice = low * 2.0;
            let x = high + twice;
            if twice == x - high {
                high = x;
            }
        }
        Ok(high)
    }
}

/// `math.fsum`. Errors: see [`FloatSum`].
pub fn fsum(terms: impl IntoIterator<Item = f64>) -> Result<f64> {
    let mut sum = FloatSum::default();
    for term in terms {
        sum.push(term)?;
    }
    sum.finish()
}

/// A running sum of products in triple precision, the float path of `math.sumprod`.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProductSum {
    high: f64,
    low: f64,
    tiny: f64,
}

impl ProductSum {
    /// Adds `p * q`, unless the sum would become non-finite: then it stays and `false` tells the caller to go on
    /// with ordinary arithmetic, starting from [`ProductSum::value`].
    pub fn push(&mut self, p: f64, q: f64) -> bool {
        let (product, product_error) = two_product(p, q);
        let (high, error) = two_sum(self.high, product);
        let (low, low_error) = two_sum(self.low, product_error);
        let (low, error) = two_sum(low, error);
        if high.is_finite() {
            *self = ProductSum { high, low, tiny: self.tiny + low_error + error };
        }
        high.is_finite()
    }

    /// The sum, rounded.
    pub fn value(&self) -> f64 {
        let (high, low) = two_sum(self.low, self.high);
        self.tiny + low + high
    }
}

/// `math.sumprod` of floats; the shorter length counts.
pub fn sumprod(p: &[f64], q: &[f64]) -> f64 {
    let mut sum = ProductSum::default();
    let mut pairs = p.iter().zip(q);
    while let Some((&x, &y)) = pairs.next() {
        if !sum.push(x, y) {
            return pairs.fold(sum.value() + x * y, |total, (&x, &y)| total + x * y);
        }
    }
    sum.value()
}

/// The Euclidean norm; `math.hypot(*coordinates)`.
///
/// The squares are summed with their errors, then one Newton step corrects the root: nearly always correctly
/// rounded. Coordinates are scaled by a power of two so that nothing overflows.
pub fn vector_norm(coordinates: &[f64]) -> f64 {
    let largest = coordinates.iter().fold(0.0, |max: f64, x| max.max(x.abs()));
    if largest.is_infinite() {
        return largest;
    }
    if coordinates.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    if largest == 0.0 || coordinates.len() <= 1 {
        return largest;
    }
    let (_, exponent) = frexp(largest);
    if exponent < -1023 {
        // The scale factor would overflow: bring subnormals up first.
        let scaled: Vec<f64> = coordinates.iter().map(|x| x / f64::MIN_POSITIVE).collect();
        return f64::MIN_POSITIVE * vector_norm(&scaled);
    }
    // The exponent is at least -1023, so this cannot overflow.
    let scale = ldexp(1.0, -i64::from(exponent)).unwrap_or(f64::INFINITY);
    let (mut sum, mut low_products, mut low_sums) = (1.0, 0.0, 0.0);
    let mut accumulate = |(product, product_error): (f64, f64)| {
        let (next, error) = fast_two_sum(sum, product);
        sum = next;
        low_products += product_error;
        low_sums += error;
        sum - 1.0 + (low_products + low_sums)
    };
    let mut square = 0.0;
    for x in coordinates {
        let x = x * scale;
        square = accumulate(two_product(x, x));
    }
    let root = square.sqrt();
    let residual = accumulate(two_product(-root, root));
    (root + residual / (2.0 * root)) / scale
}

/// `math.hypot(x, y)`.
pub fn hypot(x: f64, y: f64) -> f64 {
    vector_norm(&[x, y])
}

/// `math.dist`.
///
/// Errors: `ValueError` if the dimensions differ.
pub fn dist(p: &[f64], q: &[f64]) -> Result<f64> {
    if p.len() != q.len() {
        return Err(NumError::value("both points must have the same number of dimensions"));
    }
    let differences: Vec<f64> = p.iter().zip(q).map(|(x, y)| (x - y).abs()).collect();
    Ok(vector_norm(&differences))
}

//! Functions of integers: factorials, binomials, logarithms.

use crate::bigint::{self, Big, BigRef};
use crate::error::{NumError, Result};

/// The product of `first`, `first + step`, ..., `count` factors, by halving so that factors stay balanced.
fn product(first: u64, count: u64) -> Big {
    if count <= 4 {
        let mut small = 1u128;
        let mut big: Option<Big> = None;
        for factor in (0..count).map(|i| first + i) {
            match (big.take(), small.checked_mul(u128::from(factor))) {
                (None, Some(next)) => small = next,
                (None, None) => {
                    big = Some(bigint::mul(Big::from(small).view(), Big::from(factor).view()));
                }
                (Some(b), _) => big = Some(bigint::mul(b.view(), Big::from(factor).view())),
            }
        }
        return big.unwrap_or_else(|| Big::from(small));
    }
    let half = count / 2;
    bigint::mul(product(first, half).view(), product(first + half, count - half).view())
}

/// Refuses products whose size in bits cannot be built.
fn check_size(factors: u64, bits_each: u64) -> Result<()> {
    if factors.saturating_mul(bits_each) > bigint::MAX_BITS { Err(NumError::memory()) } else { Ok(()) }
}

/// `math.factorial`.
///
/// Errors: `ValueError` for a negative argument, `OverflowError` for one past an i64, `MemoryError`.
pub fn factorial(n: BigRef<'_>) -> Result<Big> {
    if n.negative {
        return Err(NumError::value("factorial() not defined for negative values"));
    }
    let n = n
        .to_i64()
        .ok_or_else(|| NumError::overflow("factorial() argument should not exceed 9223372036854775807"))?
        .unsigned_abs();
    check_size(n, u64::from(64 - n.leading_zeros()) / 2)?;
    // The powers of two are most of the low bits: leave them to a shift.
    let mut odd = Big::from(1u64);
    let mut part = Big::from(1u64);
    let mut above = 1u64;
    for level in (0..64 - n.leading_zeros()).rev() {
        let limit = n >> level;
        if limit < 2 {
            continue;
        }
        // The odd numbers in (above, limit].
        let first = (above + 1) | 1;
        if first <= limit {
            part = bigint::mul(part.view(), odd_product(first, (limit - first) / 2 + 1).view());
            above = limit;
        }
        odd = bigint::mul(odd.view(), part.view());
    }
    let shift = n - u64::from(n.count_ones());
    bigint::lshift(odd.view(), Big::from(shift).view())
}

/// The product of `count` consecutive odd numbers.
fn odd_product(first: u64, count: u64) -> Big {
    if count <= 8 {
        let mut out = Big::from(1u64);
        let mut small = 1u64;
        for i in 0..count {
            let factor = first + 2 * i;
            small = match small.checked_mul(factor) {
                Some(next) => next,
                None => {
                    out = bigint::mul(out.view(), Big::from(small).view());
                    factor
                }
            };
        }
        return bigint::mul(out.view(), Big::from(small).view());
    }
    let half = count / 2;
    bigint::mul(odd_product(first, half).view(), odd_product(first + 2 * half, count - half).view())
}

/// Checks that an argument is not negative.
fn nonnegative(value: BigRef<'_>, name: &str) -> Result<()> {
    if value.negative { Err(NumError::value(format!("{name} must be a non-negative integer"))) } else { Ok(()) }
}

/// `n * (n-1) * ... * (n-k+1)`.
fn falling(n: BigRef<'_>, k: u64) -> Result<Big> {
    if k == 0 {
        return Ok(Big::from(1u64));
    }
    check_size(k, bigint::bit_length(n))?;
    if let Some(n) = n.to_u64() {
        return Ok(product(n - k + 1, k));
    }
    // A huge n: again by halves.
    fn part(n: &Big, from: u64, count: u64) -> Big {
        if count == 1 {
            return bigint::sub(n.view(), Big::from(from).view());
        }
        let half = count / 2;
        bigint::mul(part(n, from, half).view(), part(n, from + half, count - half).view())
    }
    Ok(part(&n.to_big(), 0, k))
}

/// `math.perm(n, k)`.
///
/// Errors: `ValueError` for negative arguments, `OverflowError` for a k past an i64, `MemoryError`.
pub fn perm(n: BigRef<'_>, k: BigRef<'_>) -> Result<Big> {
    nonnegative(n, "n")?;
    nonnegative(k, "k")?;
    if bigint::cmp(n, k).is_lt() {
        return Ok(Big::ZERO);
    }
    match k.to_i64() {
        Some(k) => falling(n, k.unsigned_abs()),
        None => Err(NumError::overflow("k must not exceed 9223372036854775807")),
    }
}

/// `math.comb(n, k)`.
///
/// Errors: `ValueError` for negative arguments, `OverflowError` if both k and n - k are past an i64,
/// `MemoryError`.
pub fn comb(n: BigRef<'_>, k: BigRef<'_>) -> Result<Big> {
    nonnegative(n, "n")?;
    nonnegative(k, "k")?;
    if bigint::cmp(n, k).is_lt() {
        return Ok(Big::ZERO);
    }
    let other = bigint::sub(n, k);
    let k = if bigint::cmp(other.view(), k).is_lt() { other.view() } else { k };
    let k = k.to_i64().ok_or_else(|| NumError::overflow("min(n - k, k) must not exceed 9223372036854775807"))?;
    let k = k.unsigned_abs();
    if let (Some(n), true) = (n.to_u64(), k <= 40) {
        // Each prefix of the product is a binomial, so divisions are exact.
        let mut value = 1u128;
        let small = (0..k).try_for_each(|i| {
            value = value.checked_mul(u128::from(n - i))? / u128::from(i + 1);
            Some(())
        });
        if small.is_some() {
            return Ok(Big::from(value));
        }
    }
    let numerator = falling(n, k)?;
    let denominator = factorial(Big::from(k).view())?;
    bigint::floordiv(numerator.view(), denominator.view())
}

/// `math.log`, `log2`, `log10` of an int of any size, given the function over floats.
///
/// Errors: `ValueError` unless positive.
pub fn log_int(value: BigRef<'_>, function: impl Fn(f64) -> f64) -> Result<f64> {
    if value.sign() <= 0 {
        return Err(NumError::value("expected a positive input"));
    }
    if let Ok(x) = bigint::to_f64(value) {
        return Ok(function(x));
    }
    // Out of range: value is x * 2**exponent with x in [0.5, 1], rounded half to even.
    let mut exponent = bigint::bit_length(value);
    let mut x = bigint::top_fraction(value);
    if x == 1.0 {
        x = 0.5;
        exponent += 1;
    }
    Ok(function(x) + function(2.0) * exponent as f64)
}

//! The functions of Python's `math` module over plain numbers.
//!
//! Elementary functions come from the platform's libm through std, as in CPython; here are their domains and
//! error messages. What Python computes itself (gamma, hypot, fsum, ...) is done exactly the same way, bit for
//! bit. Errors: `ValueError` outside the domain, `OverflowError: math range error`.

mod elementary;
mod gamma;
mod integer;
mod scale;
mod sums;

pub use elementary::*;
pub use gamma::{gamma, lgamma};
pub use integer::{comb, factorial, log_int, perm};
pub use scale::{frexp, isclose, ldexp, modf, nextafter, nextafter_steps, ulp};
pub use sums::{FloatSum, ProductSum, dist, fsum, hypot, sumprod, vector_norm};

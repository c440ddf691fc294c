//! Numbers of the Python language, without the object model.
//!
//! Purpose: everything numeric that a Python runtime needs and that can be said about plain machine
//! values: arbitrary-precision integers over 30-bit digits, doubles, complex numbers, their text forms,
//! the format-spec mini-language, the Mersenne Twister, and the functions of `math` and `cmath`.
//!
//! What comes in: `i64`, `f64`, borrowed digit slices ([`bigint::BigRef`]), ASCII text. What goes out: the
//! same as owned values, or a [`NumError`] which names the Python exception and carries its message.
//!
//! Invariants:
//! - No function here knows an object, allocates on a Python heap, or touches global state.
//! - Results equal CPython 3.14's bit for bit, except where CPython itself depends on the platform's libm.
//! - Integer digits are normalised: no leading (most significant) zero digit, zero is never negative.
//!
//! Sources: the Python language and library references; PEPs 237, 515, 378, 3101, 682; ISO C99 Annex G.
//! Tests: beside the code, and `tests/` with expected values obtained from CPython.
#![forbid(unsafe_code)]

pub mod bigint;
pub mod cmath;
pub mod complex;
pub mod error;
pub mod float;
pub mod format;
pub mod hash;
pub mod math;
pub mod random;

pub use error::{ErrorKind, NumError, Result};

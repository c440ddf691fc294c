//! Doubles with Python's semantics: operators, rounding, text forms.
//!
//! Purpose: everything `float` does that is not plain IEEE arithmetic. In: `f64`, text. Out: `f64`,
//! [`crate::bigint::Big`], `String`, or an error that names the Python exception.

mod decimal;
mod hex;
mod operators;
mod parse;
mod rounding;

pub use decimal::{Style, TextOptions, repr, to_text};
pub use hex::{from_hex, to_hex};
pub use operators::{divmod, floordiv, modulo, pow, truediv};
pub(crate) use parse::{number_prefix, trim as trim_ascii};
pub use parse::{parse, parse_ascii};
pub use rounding::{as_integer_ratio, ceil, floor, is_integer, round, round_to_int, trunc};

//! The functions of Python's `cmath` module.
//!
//! Finite arguments use formulas that avoid overflow and cancellation; non-finite ones use tables of special values
//! (C99 Annex G as Python documents it). Errors: `ValueError: math domain error`, `OverflowError: math range error`.

mod functions;
mod special;

pub use functions::{
    acos, acosh, asin, asinh, atan, atanh, cos, cosh, exp, isclose, log, log_base, log10, phase, polar, rect, sin,
    sinh, sqrt, tan, tanh,
};

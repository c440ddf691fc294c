//! `math`, `cmath`, `_random`, `_struct`, `binascii`.
//!
//! The numeric work is done by `whipsnake-numbers`; here are the Python functions around it.
//! Source: the documentation of the modules.

use whipsnake_runtime::import::NativeModule;
use whipsnake_runtime::prelude::*;

pub mod binascii;
pub mod complex_math;
pub mod float_math;
pub mod random;
pub mod structs;

/// The modules of this crate.
pub static MODULES: &[NativeModule] = &[
    NativeModule { name: "math", init: float_math::init_math },
    NativeModule { name: "cmath", init: complex_math::init_cmath },
    NativeModule { name: "_random", init: random::init_random },
    NativeModule { name: "_struct", init: structs::init_struct },
    NativeModule { name: "binascii", init: binascii::init_binascii },
];

/// Raises what a numeric operation reports.
pub(crate) fn check<T>(th: &Thread, result: Result<T, whipsnake_numbers::error::NumError>) -> PyResult<T> {
    result.map_err(|error| number::raise(th, error))
}

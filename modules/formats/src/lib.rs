//! Text formats: `_csv`, `_json`.
//!
//! Source: the documentation of `csv` and `json`, RFC 4180, RFC 8259. Tests: tests/python/library/csv_tests.py,
//! json_tests.py.
#![forbid(unsafe_code)]

use whipsnake_runtime::import::NativeModule;
use whipsnake_runtime::prelude::*;

mod csv;
mod json;

/// The modules of this crate.
pub static MODULES: &[NativeModule] =
    &[NativeModule { name: "_csv", init: csv::init }, NativeModule { name: "_json", init: json::init }];

/// The payload of a receiver that a slot or method was called with.
pub(crate) fn this<'a, T: Payload>(v: Value) -> &'a T {
    match v.cast::<Instance<T>>() {
        Some(instance) => &instance.payload,
        None => unreachable!("slots and methods are called with instances of their type"),
    }
}

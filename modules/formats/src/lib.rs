//! Text formats: `_csv`, `_json`.
//!
//! Source: the documentation of `csv` and `json`, RFC 4180, RFC 8259. Tests: tests/python/library/csv_tests.py,
//! json_tests.py.
#![forbid(unsafe_code)]

use whipsnake_runtime::import::NativeModule;

mod csv;
mod json;

/// The modules of this crate.
pub static MODULES: &[NativeModule] =
    &[NativeModule { name: "_csv", init: csv::init }, NativeModule { name: "_json", init: json::init }];

pub(crate) use whipsnake_runtime::dealloc::payload_of as this;

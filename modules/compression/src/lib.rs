//! `zlib`, `_bz2`, `_lzma`.
//!
//! - `zlib::stream`, `bz2::stream`, `lzma::stream`: compressors and decompressors as safe objects; the Python objects around them are
//!   in `zlib::objects`, `bz2` and `lzma`; `lzma::filters`: filters as dicts
//!
//! Source: the documentation of `zlib`, `bz2` and `lzma`, RFC 1950 to 1952, the headers of liblzma; the algorithms are those of the crates
//! `libz-rs-sys`, `libbz2-rs-sys` and `liblzma-sys` (which compiles liblzma).
//! Tests: tests/python/library/compression_tests.py, bz2_lzma_tests.py.

use std::sync::{Mutex, PoisonError};
use whipsnake_runtime::import::NativeModule;
use whipsnake_runtime::prelude::*;

mod bz2;
mod lzma;
mod output;
mod zlib;

/// The modules of this crate.
pub static MODULES: &[NativeModule] = &[
    NativeModule { name: "zlib", init: zlib::init },
    NativeModule { name: "_bz2", init: bz2::init },
    NativeModule { name: "_lzma", init: lzma::init },
];

/// Works on a stream with the interpreter's lock given away.
fn with<S, T>(th: &Thread, stream: &Mutex<S>, work: impl FnOnce(&mut S) -> T) -> T {
    th.allow_threads(|| work(&mut stream.lock().unwrap_or_else(PoisonError::into_inner)))
}

/// The input that was kept, with what comes now behind it.
///
/// # Errors
/// MemoryError.
fn joined<'a>(th: &Thread, kept: &'a mut Vec<u8>, data: &'a [u8]) -> PyResult<&'a [u8]> {
    if kept.is_empty() {
        return Ok(data);
    }
    if kept.try_reserve(data.len()).is_err() {
        return Err(th.memory_error());
    }
    kept.extend_from_slice(data);
    Ok(kept)
}

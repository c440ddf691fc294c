//! `zlib`, `_bz2`, `_lzma`.
//!
//! - `zlib::stream`, `bz2::stream`, `lzma::stream`: compressors and decompressors as safe objects; the Python objects around them are
//!   in `zlib::objects`, `bz2` and `lzma`; `lzma::filters`: filters as dicts
//!
//! Source: the documentation of `zlib`, `bz2` and `lzma`, RFC 1950 to 1952, the headers of liblzma; the algorithms are those of the crates
//! `libz-rs-sys`, `libbz2-rs-sys` and `liblzma-sys` (which compiles liblzma).
//! Tests: tests/python/library/compression_tests.py, bz2_lzma_tests.py.

use whipsnake_runtime::import::NativeModule;

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

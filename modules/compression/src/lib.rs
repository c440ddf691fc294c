//! `zlib`.
//!
//! - `zlib::stream`: the compressor and decompressor as safe objects; `zlib::objects`: the Python objects around them
//!
//! Source: the documentation of `zlib`, RFC 1950 to 1952; the algorithms are those of the crate `libz-rs-sys`.
//! Tests: tests/python/library/compression_tests.py.

use whipsnake_runtime::import::NativeModule;

mod zlib;

/// The modules of this crate.
pub static MODULES: &[NativeModule] = &[NativeModule { name: "zlib", init: zlib::init }];

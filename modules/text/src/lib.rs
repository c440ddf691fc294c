//! Native modules about program text.
//!
//! - `tokenizer`: `_tokenize`, CPython's tokens as Python objects
//!
//! Source: the documentation of `ast` and `tokenize`.
#![forbid(unsafe_code)]

use whipsnake_runtime::import::NativeModule;

pub mod tokenizer;

/// The modules of this crate.
pub static MODULES: &[NativeModule] = &[NativeModule { name: "_tokenize", init: tokenizer::init_tokenize }];

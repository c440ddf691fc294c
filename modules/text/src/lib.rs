//! Native modules about text.
//!
//! - `ast`: `_ast`, syntax trees as Python objects
//! - `compile`: source text and trees to code objects, for the runtime
//! - `symbols`: `_symtable`, the symbol tables
//! - `tokenizer`: `_tokenize`, CPython's tokens as Python objects
//! - `unicodedata`: the character database
//!
//! Source: the documentation of `ast`, `tokenize` and `unicodedata`.
#![forbid(unsafe_code)]

use whipsnake_runtime::import::NativeModule;

pub mod ast;
pub mod compile;
pub mod symbols;
pub mod tokenizer;
pub mod unicodedata;

/// The modules of this crate.
pub static MODULES: &[NativeModule] = &[
    NativeModule { name: "_ast", init: ast::init_ast },
    NativeModule { name: "_symtable", init: symbols::init_symtable },
    NativeModule { name: "_tokenize", init: tokenizer::init_tokenize },
    NativeModule { name: "unicodedata", init: unicodedata::init },
];

//! Native modules about program text.
//!
//! - `tokenizer`: `_tokenize`, CPython's tokens as Python objects
//! - `nodes`: `_ast`, the classes of syntax tree nodes; `tree`: a parsed tree as objects
//!
//! Source: the documentation of `ast` and `tokenize`.
#![forbid(unsafe_code)]

use whipsnake_runtime::import::NativeModule;

//NODES
pub mod tokenizer;
//TREE

/// The modules of this crate.
pub static MODULES: &[NativeModule] = &[
    //AST
    NativeModule { name: "_tokenize", init: tokenizer::init_tokenize },
];

//! Python 3.14's syntax: the tree, the parser, the tokenizer and the diagnosis of syntax errors.
//!
//! Bytes or text of a program go in; [`ast::Mod`] with warnings, or a syntax error with CPython's
//! message and position, comes out. This crate knows nothing of objects or code.
#![forbid(unsafe_code)]

pub mod ast;

pub use rustpython_wtf8::{Wtf8, Wtf8Buf};

//! Python 3.14's syntax: the tree, the parser, the tokenizer and the diagnosis of syntax errors.
//!
//! Bytes or text of a program go in; [`ast::Mod`] with warnings, or a syntax error with CPython's
//! message and position, comes out. This crate knows nothing of objects or code.
#![forbid(unsafe_code)]

pub mod ast;
mod convert;
mod convert_expr;
pub mod diagnose;
pub mod dump;
mod error;
mod limits;
pub mod lines;
pub mod literals;
mod parse;
pub mod source;
pub mod tokenizer;

pub use error::{ErrorKind, SyntaxError, Warning, WarningKind};
pub use parse::{Mode, Options, Parsed, parse, parse_bytes};
pub use rustpython_wtf8::{CodePoint, Wtf8, Wtf8Buf};

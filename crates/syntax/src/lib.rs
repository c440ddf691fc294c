//! Python 3.14's syntax: the tree, the parser, the tokenizer and the diagnosis of syntax errors.
//!
//! Bytes or text of a program go in; [`ast::Mod`] with warnings, or a syntax error with CPython's
//! message and position, comes out. This crate knows nothing of objects or code.
#![forbid(unsafe_code)]

pub mod ast;
mod bdfl;
mod convert;
mod convert_expr;
pub mod diagnose;
pub mod dump;
mod early_warnings;
mod error;
mod limits;
pub mod lines;
pub mod literals;
mod parse;
pub mod source;
pub mod tokenizer;
mod type_comments;
mod versions;

pub use early_warnings::warnings_before;
pub use error::{ErrorKind, SyntaxError, Warning, WarningKind};
pub use parse::{Mode, Options, Parsed, parse, parse_bytes};
pub use rustpython_wtf8::{CodePoint, Wtf8, Wtf8Buf};

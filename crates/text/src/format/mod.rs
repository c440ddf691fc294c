//! Parsers of format strings: `str.format` templates ([`template`]) and `%` formats ([`percent`]).
//!
//! They yield ranges of the format string and never look at arguments, so that the object layer decides what to do with
//! each piece in order. Errors carry CPython's messages. Tests: `tests/format.rs` against records of CPython.

pub mod percent;
pub mod template;

//! Syntax errors and warnings as CPython reports them.

use std::fmt;

/// Which Python exception a [`SyntaxError`] becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    SyntaxError,
    IndentationError,
    TabError,
    /// The input may become valid with more lines (`_IncompleteInputError`).
    IncompleteInput,
    /// The source nests too deep for the parser: CPython raises `MemoryError`.
    TooDeep,
    /// The tree nests too deep for its users: CPython raises `RecursionError`.
    TooDeepTree,
    /// An identifier that becomes a keyword by normalisation: CPython raises `ValueError`.
    Value,
}

/// A rejected program.
///
/// Lines count from 1; offsets are in characters, count from 1, and are 0 where unknown. As in
/// CPython, `end_lineno` and `end_offset` may be 0 or -1 for "nothing to underline".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    pub kind: ErrorKind,
    pub message: String,
    pub lineno: u32,
    pub offset: i64,
    pub end_lineno: i64,
    pub end_offset: i64,
    /// The text of line `lineno`, with its newline if it has one.
    pub text: Option<String>,
}

impl SyntaxError {
    /// An error about the whole program, without a place.
    pub fn placeless(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), lineno: 0, offset: 0, end_lineno: 0, end_offset: 0, text: None }
    }

    /// The error for source nested deeper than the parser goes.
    pub fn too_deep() -> Self {
        Self::placeless(ErrorKind::TooDeep, "Parser stack overflowed - Python source too complex to parse")
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (line {})", self.message, self.lineno)
    }
}

impl std::error::Error for SyntaxError {}

/// Which warning category a [`Warning`] has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WarningKind {
    SyntaxWarning,
    DeprecationWarning,
}

/// A warning found while parsing, to be issued by the caller.
///
/// If the warning filter turns it into an exception, CPython raises a `SyntaxError` with `message`
/// at `lineno` and `offset` instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub kind: WarningKind,
    pub message: String,
    pub lineno: u32,
    /// In characters, from 1.
    pub offset: u32,
    /// The text of line `lineno`.
    pub text: String,
}

//! What compilation reports: errors and warnings with their place.

use std::fmt;

use whipsnake_bytecode::locations::Location;

/// Which exception a [`CompileError`] becomes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    /// SyntaxError.
    Syntax,
    /// RecursionError: the program is nested too deeply.
    TooDeep,
    /// SystemError: a tree that no parser makes, or a limit of the code format.
    System,
    /// ValueError: a tree that no parser makes.
    Value,
    /// RuntimeError.
    Runtime,
}

/// Why a module could not be compiled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CompileError {
    pub kind: ErrorKind,
    pub message: String,
    /// Lines from 1, columns in UTF-8 bytes from 0; -1 where unknown.
    pub location: Location,
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (line {})", self.message, self.location.line)
    }
}

impl std::error::Error for CompileError {}

/// A SyntaxWarning to be issued by the caller.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Warning {
    pub message: String,
    pub location: Location,
}

/// Result of a compilation step.
pub(crate) type Result<T = ()> = std::result::Result<T, Box<CompileError>>;

/// A SyntaxError at `location`.
pub(crate) fn syntax<T>(location: Location, message: impl Into<String>) -> Result<T> {
    Err(Box::new(CompileError { kind: ErrorKind::Syntax, message: message.into(), location }))
}

/// An error that is not the program text's fault.
pub(crate) fn internal<T>(kind: ErrorKind, message: impl Into<String>) -> Result<T> {
    Err(Box::new(CompileError { kind, message: message.into(), location: Location::NONE }))
}

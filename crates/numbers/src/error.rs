//! The error type of the crate: which Python exception, with which message.

use std::borrow::Cow;
use std::fmt;

/// The Python exception class an error stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// `ValueError`.
    Value,
    /// `ZeroDivisionError`.
    ZeroDivision,
    /// `OverflowError`.
    Overflow,
    /// `OverflowError` whose arguments are `(34, message)`, as the C library's ERANGE gives.
    OverflowErrno,
    /// `TypeError`.
    Type,
    /// `MemoryError`: the result would not fit in memory.
    Memory,
}

/// A failed numeric operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumError {
    /// Which exception to raise.
    pub kind: ErrorKind,
    /// Its message, exactly as CPython words it. Empty for `MemoryError`.
    pub message: Cow<'static, str>,
}

/// Result of a fallible numeric operation.
pub type Result<T> = std::result::Result<T, NumError>;

impl NumError {
    /// An error with the given kind and message.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> NumError {
        NumError { kind, message: message.into() }
    }

    /// A `ValueError`.
    pub fn value(message: impl Into<Cow<'static, str>>) -> NumError {
        NumError::new(ErrorKind::Value, message)
    }

    /// An `OverflowError`.
    pub fn overflow(message: impl Into<Cow<'static, str>>) -> NumError {
        NumError::new(ErrorKind::Overflow, message)
    }

    /// `ZeroDivisionError: division by zero`, the wording of every division operator.
    pub fn division_by_zero() -> NumError {
        NumError::new(ErrorKind::ZeroDivision, "division by zero")
    }

    /// `MemoryError`.
    pub fn memory() -> NumError {
        NumError::new(ErrorKind::Memory, "")
    }

    /// `OverflowError: (34, 'Numerical result out of range')`, raised by float and complex powers.
    pub fn errno_range() -> NumError {
        NumError::new(ErrorKind::OverflowErrno, "Numerical result out of range")
    }

    /// `ValueError: math domain error`.
    pub fn domain() -> NumError {
        NumError::value("math domain error")
    }

    /// `OverflowError: math range error`.
    pub fn range() -> NumError {
        NumError::overflow("math range error")
    }
}

impl fmt::Display for NumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.kind {
            ErrorKind::Value => "ValueError",
            ErrorKind::ZeroDivision => "ZeroDivisionError",
            ErrorKind::Overflow | ErrorKind::OverflowErrno => "OverflowError",
            ErrorKind::Type => "TypeError",
            ErrorKind::Memory => "MemoryError",
        };
        write!(f, "{name}: {}", self.message)
    }
}

impl std::error::Error for NumError {}

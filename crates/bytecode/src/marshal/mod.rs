//! Marshal, version 5: CPython's serialisation of constants and code objects.
//!
//! The reader builds values through [`Builder`], the writer looks at them through [`Source`]; this crate implements both for
//! [`crate::Const`], the runtime for live objects. Malformed input yields a [`ReadError`], never a panic; nesting is limited like
//! CPython's.
//! Source: the format as CPython's `marshal` module documents and produces it; tests in `tests/marshal.rs`.

mod constants;
mod reader;
mod writer;

pub use constants::{ConstBuilder, ConstHandle, ConstSource, read_code, read_const, write_code, write_const};
pub use reader::{Builder, CodeParts, ReadError, Reader};
pub use writer::{CodeView, Source, View, WriteError, Writer};

/// The version written by default.
pub const VERSION: i32 = 5;
/// Deepest nesting of containers, as in CPython.
pub const MAX_DEPTH: usize = 2000;

pub(crate) mod tag {
    pub const NULL: u8 = b'0';
    pub const NONE: u8 = b'N';
    pub const FALSE: u8 = b'F';
    pub const TRUE: u8 = b'T';
    pub const STOP_ITERATION: u8 = b'S';
    pub const ELLIPSIS: u8 = b'.';
    pub const INT: u8 = b'i';
    pub const LONG: u8 = b'l';
    pub const FLOAT_TEXT: u8 = b'f';
    pub const FLOAT: u8 = b'g';
    pub const COMPLEX_TEXT: u8 = b'x';
    pub const COMPLEX: u8 = b'y';
    pub const BYTES: u8 = b's';
    pub const INTERNED: u8 = b't';
    pub const STR: u8 = b'u';
    pub const ASCII: u8 = b'a';
    pub const ASCII_INTERNED: u8 = b'A';
    pub const SHORT_ASCII: u8 = b'z';
    pub const SHORT_ASCII_INTERNED: u8 = b'Z';
    pub const REF: u8 = b'r';
    pub const TUPLE: u8 = b'(';
    pub const SMALL_TUPLE: u8 = b')';
    pub const LIST: u8 = b'[';
    pub const DICT: u8 = b'{';
    pub const SET: u8 = b'<';
    pub const FROZENSET: u8 = b'>';
    pub const SLICE: u8 = b':';
    pub const CODE: u8 = b'c';
    pub const UNKNOWN: u8 = b'?';
    pub const FLAG_REF: u8 = 0x80;
}

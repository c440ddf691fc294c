//! Everything about text that needs no object model: character properties, codecs, searching, the algorithms behind the
//! methods of `str` and `bytes`, and the parsers of format strings.
//!
//! Text comes in as [`Units`], a borrowed array of 1-, 2- or 4-byte units (PEP 393's idea; lone surrogates are legal code
//! points), and goes out as [`Buf`], the owned form, built by [`Builder`], which widens as needed.
//!
//! Invariants: a `Units` given to this crate is *canonical* (no narrower form could hold it) unless a function says
//! otherwise; every `Buf` coming out is. Nothing here raises Python exceptions: errors are enums whose docs name the
//! exception and carry CPython's message.
//!
//! Source: the Python 3.14 library reference (str, bytes, codecs), PEP 393, PEP 383, PEP 3101, the Unicode Standard
//! 16.0. Tests: in-file, and `tests/` against recorded results of CPython 3.14.
#![forbid(unsafe_code)]

pub mod bytes;
pub mod codecs;
pub mod format;
pub mod search;
pub mod strings;
pub mod unicode;
mod units;

pub use units::{Buf, Builder, SizeError, Unit, Units};

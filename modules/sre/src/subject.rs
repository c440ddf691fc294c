//! Texts that patterns run on: str objects, and whatever has a buffer.

use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::{self, Buffer};
use whipsnake_runtime::types::bytes::Bytes;
use whipsnake_runtime::types::str::{self, Str};
use whipsnake_text::Units;

/// A text, held for the length of an operation (a buffer is locked meanwhile).
pub enum Subject {
    Text(Obj),
    Bytes { object: Obj, buffer: Buffer },
}

impl Subject {
    /// The text in `v`, which must be of the pattern's kind (`Some(true)` = bytes).
    ///
    /// # Errors
    /// TypeError.
    pub fn new(th: &Thread, v: Value, wants_bytes: Option<bool>) -> PyResult<Subject> {
        if v.is_instance(&statics::STR_TYPE) {
            if wants_bytes == Some(true) {
                return err!(th, TYPE_ERROR, "cannot use a bytes pattern on a string-like object");
            }
            return Ok(Subject::Text(v.own()));
        }
        if !buffer::has_buffer(v) {
            return err!(th, TYPE_ERROR, "expected string or bytes-like object, got '{}'", v.ty().name());
        }
        let buffer = buffer::get(th, v, false)?;
        if wants_bytes == Some(false) {
            return err!(th, TYPE_ERROR, "cannot use a string pattern on a bytes-like object");
        }
        Ok(Subject::Bytes { object: v.own(), buffer })
    }
    /// The characters.
    #[inline]
    pub fn units(&self) -> Units<'_> {
        match self {
            Subject::Text(text) => text.cast::<Str>().map_or(Units::EMPTY, Str::units),
            Subject::Bytes { buffer, .. } => Units::Latin1(buffer.bytes()),
        }
    }
    pub fn len(&self) -> usize {
        self.units().len()
    }
    pub fn is_bytes(&self) -> bool {
        matches!(self, Subject::Bytes { .. })
    }
    /// The object itself.
    pub fn object(&self) -> &Obj {
        match self {
            Subject::Text(object) | Subject::Bytes { object, .. } => object,
        }
    }
    /// A part as a str or bytes object.
    ///
    /// # Errors
    /// MemoryError.
    pub fn slice(&self, th: &Thread, start: usize, end: usize) -> PyResult {
        match self {
            Subject::Text(text) => match text.cast::<Str>() {
                Some(text) => str::substring(th, text, start, end),
                None => th.str(""),
            },
            Subject::Bytes { object, buffer } => {
                let data = buffer.bytes();
                let end = end.min(data.len());
                let start = start.min(end);
                if start == 0 && end == data.len() && object.exact::<Bytes>().is_some() {
                    return Ok(object.clone());
                }
                th.bytes(&data[start..end])
            }
        }
    }
    /// The empty text of the kind.
    ///
    /// # Errors
    /// MemoryError.
    pub fn empty(&self, th: &Thread) -> PyResult {
        if self.is_bytes() { th.bytes(&[]) } else { th.str("") }
    }
}

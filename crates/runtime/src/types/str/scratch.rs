//! Results of formatting while they grow: in a buffer on the native stack as long as they are ASCII and short.

use super::{from_ascii, from_buf};
use crate::prelude::*;
use whipsnake_text::{Builder, Units};

/// Bytes on the native stack.
const SIZE: usize = 192;

/// A text that is being put together.
pub(crate) struct Scratch {
    bytes: [u8; SIZE],
    len: usize,
    /// Everything so far, once it is too long or not ASCII any more.
    spilled: Option<Builder>,
}

impl Scratch {
    pub(crate) fn new() -> Scratch {
        Scratch { bytes: [0; SIZE], len: 0, spilled: None }
    }
    /// Moves what there is to a builder, which has room for `more` units then.
    #[cold]
    #[inline(never)]
    fn spill(&mut self, more: usize) -> &mut Builder {
        let (bytes, len) = (&self.bytes, self.len);
        self.spilled.get_or_insert_with(|| {
            let mut builder = Builder::with_capacity((len + more.min(1 << 20)).max(2 * SIZE));
            builder.push_ascii(&bytes[..len]);
            builder
        })
    }
    /// Appends ASCII bytes.
    #[inline]
    pub(crate) fn push_ascii(&mut self, text: &[u8]) {
        debug_assert!(text.is_ascii());
        if self.spilled.is_none() && text.len() <= SIZE - self.len {
            let room = &mut self.bytes[self.len..self.len + text.len()];
            if text.len() <= 8 {
                // Cheaper than a call.
                for (to, from) in room.iter_mut().zip(text) {
                    *to = *from;
                }
            } else {
                room.copy_from_slice(text);
            }
            self.len += text.len();
            return;
        }
        self.spill(text.len()).push_ascii(text);
    }
    /// Appends text of any kind.
    #[inline]
    pub(crate) fn push_units(&mut self, text: Units<'_>) {
        match text {
            Units::Ascii(text) => self.push_ascii(text),
            other => self.spill(other.len()).push_units(other),
        }
    }
    /// Appends a Rust text.
    pub(crate) fn push_str(&mut self, text: &str) {
        if text.is_ascii() {
            return self.push_ascii(text.as_bytes());
        }
        self.spill(text.len()).push_str(text);
    }
    /// Appends one code point.
    pub(crate) fn push(&mut self, c: u32) {
        self.push_repeated(c, 1);
    }
    /// Appends a code point `count` times.
    pub(crate) fn push_repeated(&mut self, c: u32, count: usize) {
        match u8::try_from(c) {
            Ok(byte) if byte < 128 && self.spilled.is_none() && count <= SIZE - self.len => {
                self.bytes[self.len..self.len + count].fill(byte);
                self.len += count;
            }
            _ => self.spill(count).push_repeated(c, count),
        }
    }
    /// The finished str.
    ///
    /// # Errors
    /// MemoryError.
    pub(crate) fn finish(self, th: &Thread) -> PyResult {
        match self.spilled {
            None => from_ascii(th, &self.bytes[..self.len]),
            Some(builder) => from_buf(th, builder.finish()),
        }
    }
}

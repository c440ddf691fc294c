//! Buffered streams over a raw stream.
//!
//! A [`Buffered`] has a read buffer (bytes that were read ahead of the position) and a write buffer (bytes that the raw
//! stream has not seen yet). **Invariant**: at most one of them is not empty; the logical position is the raw position
//! minus what is left in the read buffer, plus what is in the write buffer. Operations on the raw stream happen under
//! the object's own lock ([`Buffered::lock`]), because they give the interpreter's lock away.

mod core;
pub mod pair;
mod reading;
mod types;
mod writing;

pub use self::core::Buffered;
pub use types::{RANDOM_TYPE, READER_TYPE, WRITER_TYPE, add_common_methods, new_random, new_reader, new_writer};

use whipsnake_runtime::prelude::*;

/// The buffered object behind exact instances of the three native classes, for shortcuts of text streams.
pub fn exact_buffered<'a>(v: Value) -> Option<&'a Buffered> {
    if v.is_exact(&READER_TYPE) || v.is_exact(&WRITER_TYPE) || v.is_exact(&RANDOM_TYPE) {
        // SAFETY: I4, all three types have this layout.
        Some(unsafe { &v.cast_unchecked::<Instance<Buffered>>().payload })
    } else {
        None
    }
}

/// Whether text streams may write to `v` natively.
pub fn exact_writer<'a>(v: Value) -> Option<&'a Buffered> {
    if v.is_exact(&WRITER_TYPE) || v.is_exact(&RANDOM_TYPE) { exact_buffered(v) } else { None }
}

/// Whether text streams may read from `v` natively.
pub fn exact_reader<'a>(v: Value) -> Option<&'a Buffered> {
    if v.is_exact(&READER_TYPE) || v.is_exact(&RANDOM_TYPE) { exact_buffered(v) } else { None }
}

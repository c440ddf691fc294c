//! Text streams: `TextIOWrapper` and `IncrementalNewlineDecoder`.
//!
//! - `wrapper.rs`: the object, its construction and its Python methods
//! - `codec.rs`: the encodings done natively, and the bridge to Python's incremental codecs
//! - `newlines.rs`: translation of line ends; `reading.rs`, `writing.rs`, `seeking.rs`: the operations

mod codec;
pub mod newlines;
mod reading;
mod seeking;
mod wrapper;
mod writing;

pub use wrapper::{TEXT_IO_WRAPPER_TYPE, TextOptions, new_wrapper};

use crate::raising;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::str::{Str, to_rust_string};

/// The `newline` argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Newline {
    /// None: every kind of line end is read, and read as `\n`; `\n` is written as the system's line end.
    Translate,
    /// '': every kind is read, nothing is translated.
    Universal,
    Lf,
    Cr,
    CrLf,
}

impl Newline {
    /// From the argument's value.
    pub fn of(th: &Thread, v: Option<Value>, describe: fn(&Thread, Value) -> String) -> PyResult<Newline> {
        let Some(v) = v.filter(|v| !v.is_none()) else { return Ok(Newline::Translate) };
        if !v.is_instance(&statics::STR_TYPE) {
            return err!(th, TYPE_ERROR, "newline must be str or None, not {}", v.ty().name());
        }
        match to_rust_string(v).as_str() {
            "" => Ok(Newline::Universal),
            "\n" => Ok(Newline::Lf),
            "\r" => Ok(Newline::Cr),
            "\r\n" => Ok(Newline::CrLf),
            _ => err!(th, VALUE_ERROR, "illegal newline value: {}", describe(th, v)),
        }
    }
    /// Whether reading recognises all kinds.
    pub fn reads_all(self) -> bool {
        matches!(self, Newline::Translate | Newline::Universal)
    }
    /// What `\n` is written as, if not as itself.
    pub fn written(self) -> Option<&'static str> {
        match self {
            Newline::Cr => Some("\r"),
            Newline::CrLf => Some("\r\n"),
            _ => None,
        }
    }
}

/// The end (behind the line end) of the line that begins at `start`.
pub fn line_end(s: &Str, start: usize, newline: Newline) -> Option<usize> {
    use whipsnake_text::Units;
    match (s.units(), newline) {
        (Units::Ascii(u) | Units::Latin1(u), Newline::Translate | Newline::Lf) => {
            memchr::memchr(b'\n', &u[start..]).map(|i| start + i + 1)
        }
        (Units::Ascii(u) | Units::Latin1(u), Newline::Cr) => memchr::memchr(b'\r', &u[start..]).map(|i| start + i + 1),
        (Units::Ascii(u) | Units::Latin1(u), _) => end_in(&u[start..], newline).map(|i| start + i),
        (Units::Ucs2(u), _) => end_in(&u[start..], newline).map(|i| start + i),
        (Units::Ucs4(u), _) => end_in(&u[start..], newline).map(|i| start + i),
    }
}

fn end_in<T: Copy + Into<u32>>(u: &[T], newline: Newline) -> Option<usize> {
    let is = |i: usize, c: char| u.get(i).is_some_and(|&x| x.into() == c as u32);
    for i in 0..u.len() {
        let c: u32 = u[i].into();
        let end = match newline {
            Newline::Translate | Newline::Lf => (c == 10).then_some(i + 1),
            Newline::Cr => (c == 13).then_some(i + 1),
            Newline::CrLf => (c == 13 && is(i + 1, '\n')).then_some(i + 2),
            Newline::Universal if c == 10 => Some(i + 1),
            Newline::Universal if c == 13 => Some(if is(i + 1, '\n') { i + 2 } else { i + 1 }),
            Newline::Universal => None,
        };
        if end.is_some() {
            return end;
        }
    }
    None
}

/// A str with each `\n` replaced.
pub fn with_line_ends(th: &Thread, s: &Str, line_end: &str) -> PyResult {
    let mut out = whipsnake_text::Builder::with_capacity(s.len() + 16);
    for c in s.units().iter() {
        if c == 10 {
            out.push_ascii(line_end.as_bytes());
        } else {
            out.push(c);
        }
    }
    whipsnake_runtime::types::str::from_buf(th, out.finish())
}

pub(crate) fn not_ready(th: &Thread) -> Raised {
    raising::uninitialized(th)
}

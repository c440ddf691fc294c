//! What `bytes` and `bytearray` have in common: methods over a [`Source`], whichever of the two it is.
//!
//! A `Source` of a bytearray locks it against resizing: arguments are converted while it is held, and that may run
//! Python code.

use super::source::byte_of;
use super::{Bytes, hex};
use crate::prelude::*;
use crate::types::buffer::{self, BytesArg};
use crate::types::bytearray::{self, ByteArray, Lock};
use crate::types::str::methods::{limit, search_range};
use crate::types::tuple::Tuple;
use std::ops::Range;
use whipsnake_text::SizeError;
use whipsnake_text::bytes as text;
use whipsnake_text::search::{Side, slice as search};
use whipsnake_text::strings::Padding;

/// The bytes a method works on, and which type its results have.
pub(crate) struct Source<'a> {
    this: Value,
    data: &'a [u8],
    is_bytes: bool,
    _lock: Option<Lock<'a>>,
}

/// `bytes` and `bytearray`.
pub(crate) trait ByteString {
    fn source(&self) -> Source<'_>;
    /// An object of the type itself.
    fn make(th: &Thread, data: Vec<u8>) -> PyResult;
}

impl ByteString for Bytes {
    #[inline]
    fn source(&self) -> Source<'_> {
        Source { this: self.value(), data: self.as_slice(), is_bytes: true, _lock: None }
    }
    fn make(th: &Thread, data: Vec<u8>) -> PyResult {
        th.bytes(&data)
    }
}

impl ByteString for Instance<ByteArray> {
    fn source(&self) -> Source<'_> {
        // SAFETY: I1, a reference to an object.
        let this = unsafe { Value::from_ptr(self) };
        let lock = self.payload.lock();
        Source { this, data: self.payload.as_slice(), is_bytes: false, _lock: Some(lock) }
    }
    fn make(th: &Thread, data: Vec<u8>) -> PyResult {
        bytearray::from_vec(th, data)
    }
}

/// Compares two byte strings.
pub(crate) fn compare(a: &[u8], b: &[u8], op: CompareOp) -> bool {
    match op {
        CompareOp::Eq => a == b,
        CompareOp::Ne => a != b,
        CompareOp::Lt => a < b,
        CompareOp::Le => a <= b,
        CompareOp::Gt => a > b,
        CompareOp::Ge => a >= b,
    }
}

/// Fills `to`, whose length is a multiple of that of `unit`, with copies of it.
pub(crate) fn fill_repeated(to: &mut [u8], unit: &[u8]) {
    if let [byte] = unit {
        return to.fill(*byte);
    }
    if unit.is_empty() {
        return;
    }
    let mut done = unit.len().min(to.len());
    to[..done].copy_from_slice(&unit[..done]);
    while done < to.len() {
        let step = done.min(to.len() - done);
        to.copy_within(..step, done);
        done += step;
    }
}

/// The items of an extended slice.
pub(crate) fn pick(data: &[u8], start: isize, step: isize, len: usize) -> Vec<u8> {
    (0..len).map(|i| data[(start + i as isize * step) as usize]).collect()
}

/// What to search for: a byte or bytes.
enum Needle<'a> {
    Byte([u8; 1]),
    Bytes(BytesArg<'a>),
}

impl Needle<'_> {
    fn of<'a>(th: &Thread, v: Value) -> PyResult<Needle<'a>> {
        if buffer::has_buffer(v) {
            return BytesArg::of(th, v).map(Needle::Bytes);
        }
        if number::has_index(v) {
            return byte_of(th, v).map(|byte| Needle::Byte([byte]));
        }
        err!(th, TYPE_ERROR, "argument should be integer or bytes-like object, not '{}'", number::full_name(v))
    }
}

impl std::ops::Deref for Needle<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Needle::Byte(byte) => byte,
            Needle::Bytes(bytes) => bytes,
        }
    }
}

/// `needle in data`.
pub(crate) fn contains(th: &Thread, data: &[u8], needle: Value) -> PyResult<bool> {
    if number::has_index(needle) && !buffer::has_buffer(needle) {
        return Ok(data.contains(&byte_of(th, needle)?));
    }
    let needle = BytesArg::of(th, needle)?;
    Ok(text::find(data, &needle, 0, data.len()).is_some())
}

fn size_error(th: &Thread, error: SizeError, overflow: &str) -> Raised {
    crate::types::str::size_error(th, error, overflow)
}

/// The searching methods.
#[derive(Clone, Copy)]
pub(crate) enum Find {
    First,
    Last,
}

impl Source<'_> {
    /// A result of the receiver's type.
    fn make(&self, th: &Thread, data: &[u8]) -> PyResult {
        if self.is_bytes { th.bytes(data) } else { bytearray::from_vec(th, data.to_vec()) }
    }
    fn make_vec(&self, th: &Thread, data: Vec<u8>) -> PyResult {
        if self.is_bytes { th.bytes(&data) } else { bytearray::from_vec(th, data) }
    }
    /// The receiver unchanged: itself for exact `bytes`, a copy otherwise.
    fn unchanged(&self, th: &Thread) -> PyResult {
        if self.is_bytes && self.this.is_exact(&super::BYTES_TYPE) {
            return Ok(self.this.own());
        }
        self.make(th, self.data)
    }
    fn part(&self, th: &Thread, range: Range<usize>) -> PyResult {
        if range.len() == self.data.len() { self.unchanged(th) } else { self.make(th, &self.data[range]) }
    }
    pub(crate) fn bytes(&self) -> &[u8] {
        self.data
    }

    pub(crate) fn find(
        &self,
        th: &Thread,
        needle: Value,
        start: Option<Value>,
        end: Option<Value>,
        which: Find,
    ) -> PyResult<Option<usize>> {
        let (start, end) = search_range(th, start, end, || self.data.len())?;
        let needle = Needle::of(th, needle)?;
        Ok(match which {
            Find::First => text::find(self.data, &needle, start, end),
            Find::Last => text::rfind(self.data, &needle, start, end),
        })
    }
    pub(crate) fn index(
        &self,
        th: &Thread,
        needle: Value,
        start: Option<Value>,
        end: Option<Value>,
        which: Find,
    ) -> PyResult<usize> {
        self.find(th, needle, start, end, which)?.ok_or_else(|| th.value_error("subsection not found"))
    }
    pub(crate) fn count(
        &self,
        th: &Thread,
        needle: Value,
        start: Option<Value>,
        end: Option<Value>,
    ) -> PyResult<usize> {
        let (start, end) = search_range(th, start, end, || self.data.len())?;
        let needle = Needle::of(th, needle)?;
        Ok(text::count(self.data, &needle, start, end))
    }
    pub(crate) fn affix(
        &self,
        th: &Thread,
        affix: Value,
        start: Option<Value>,
        end: Option<Value>,
        name: &str,
        test: fn(&[u8], &[u8], usize, usize) -> bool,
    ) -> PyResult<bool> {
        let (start, end) = search_range(th, start, end, || self.data.len())?;
        if let Some(many) = affix.cast::<Tuple>() {
            for &item in many.as_slice() {
                if test(self.data, &BytesArg::of(th, item)?, start, end) {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        if !buffer::has_buffer(affix) {
            let got = number::full_name(affix);
            return err!(th, TYPE_ERROR, "{name} first arg must be bytes or a tuple of bytes, not {got}");
        }
        Ok(test(self.data, &BytesArg::of(th, affix)?, start, end))
    }
    pub(crate) fn split(&self, th: &Thread, sep: Option<Value>, max: isize) -> PyResult {
        let mut parts = Vec::new();
        let emit = |range| self.part(th, range).map(|part| parts.push(part));
        match sep {
            None => text::split_whitespace(self.data, limit(max), emit)?,
            Some(sep) => search::split(self.data, &separator(th, sep)?, limit(max), emit)?,
        }
        th.list(parts)
    }
    pub(crate) fn rsplit(&self, th: &Thread, sep: Option<Value>, max: isize) -> PyResult {
        let mut parts = Vec::new();
        let emit = |range| self.part(th, range).map(|part| parts.push(part));
        match sep {
            None => text::rsplit_whitespace(self.data, limit(max), emit)?,
            Some(sep) => search::rsplit(self.data, &separator(th, sep)?, limit(max), emit)?,
        }
        parts.reverse();
        th.list(parts)
    }
    pub(crate) fn splitlines(&self, th: &Thread, keep_ends: bool) -> PyResult {
        let mut parts = Vec::new();
        text::split_lines(self.data, keep_ends, |range| self.part(th, range).map(|part| parts.push(part)))?;
        th.list(parts)
    }
    pub(crate) fn partition(&self, th: &Thread, sep: Value) -> PyResult {
        let separator = separator(th, sep)?;
        match text::find(self.data, &separator, 0, self.data.len()) {
            Some(at) => self.parted(th, at, sep, &separator),
            None => {
                let (whole, empty) = (self.unchanged(th)?, [self.make(th, &[])?, self.make(th, &[])?]);
                th.tuple(&[whole.value(), empty[0].value(), empty[1].value()])
            }
        }
    }
    pub(crate) fn rpartition(&self, th: &Thread, sep: Value) -> PyResult {
        let separator = separator(th, sep)?;
        match text::rfind(self.data, &separator, 0, self.data.len()) {
            Some(at) => self.parted(th, at, sep, &separator),
            None => {
                let (whole, empty) = (self.unchanged(th)?, [self.make(th, &[])?, self.make(th, &[])?]);
                th.tuple(&[empty[0].value(), empty[1].value(), whole.value()])
            }
        }
    }
    fn parted(&self, th: &Thread, at: usize, sep: Value, separator: &[u8]) -> PyResult {
        let before = self.part(th, 0..at)?;
        let after = self.part(th, at + separator.len()..self.data.len())?;
        let middle = if self.is_bytes { sep.own() } else { self.make(th, separator)? };
        th.tuple(&[before.value(), middle.value(), after.value()])
    }
    pub(crate) fn strip(&self, th: &Thread, set: Option<Value>, side: Side) -> PyResult {
        let range = match set {
            None => text::strip_whitespace(self.data, side),
            Some(set) => text::strip_set(self.data, &BytesArg::of(th, set)?, side),
        };
        self.part(th, range)
    }
    pub(crate) fn pad(&self, th: &Thread, padding: Padding, fill: u8) -> PyResult {
        if padding.left == 0 && padding.right == 0 {
            return self.unchanged(th);
        }
        match text::pad(self.data, padding, fill) {
            Ok(data) => self.make_vec(th, data),
            Err(error) => Err(size_error(th, error, "padded string is too long")),
        }
    }
    pub(crate) fn center(&self, th: &Thread, width: isize, fill: u8) -> PyResult {
        self.pad(th, Padding::center(self.data.len(), usize::try_from(width).unwrap_or(0)), fill)
    }
    pub(crate) fn ljust(&self, th: &Thread, width: isize, fill: u8) -> PyResult {
        self.pad(th, Padding::ljust(self.data.len(), usize::try_from(width).unwrap_or(0)), fill)
    }
    pub(crate) fn rjust(&self, th: &Thread, width: isize, fill: u8) -> PyResult {
        self.pad(th, Padding::rjust(self.data.len(), usize::try_from(width).unwrap_or(0)), fill)
    }
    pub(crate) fn zfill(&self, th: &Thread, width: isize) -> PyResult {
        let width = usize::try_from(width).unwrap_or(0);
        if width <= self.data.len() {
            return self.unchanged(th);
        }
        match text::zfill(self.data, width) {
            Ok(data) => self.make_vec(th, data),
            Err(error) => Err(size_error(th, error, "padded string is too long")),
        }
    }
    pub(crate) fn expandtabs(&self, th: &Thread, tabsize: i32) -> PyResult {
        match text::expandtabs(self.data, usize::try_from(tabsize).unwrap_or(0)) {
            Ok(data) => self.make_vec(th, data),
            Err(error) => Err(size_error(th, error, "result too long")),
        }
    }
    pub(crate) fn replace(&self, th: &Thread, old: &[u8], new: &[u8], count: isize) -> PyResult {
        match text::replace(self.data, old, new, limit(count)) {
            Ok(Some(data)) => self.make_vec(th, data),
            Ok(None) => self.unchanged(th),
            Err(error) => Err(size_error(th, error, "replace bytes is too long")),
        }
    }
    pub(crate) fn removeprefix(&self, th: &Thread, prefix: &[u8]) -> PyResult {
        let cut = if self.data.starts_with(prefix) { prefix.len() } else { 0 };
        self.part(th, cut..self.data.len())
    }
    pub(crate) fn removesuffix(&self, th: &Thread, suffix: &[u8]) -> PyResult {
        let cut = if self.data.ends_with(suffix) { suffix.len() } else { 0 };
        self.part(th, 0..self.data.len() - cut)
    }
    /// The bytes mapped one by one.
    pub(crate) fn map(&self, th: &Thread, convert: fn(&[u8]) -> Vec<u8>) -> PyResult {
        self.make_vec(th, convert(self.data))
    }
    pub(crate) fn translate(&self, th: &Thread, table: Value, delete: Option<Value>) -> PyResult {
        let table = if table.is_none() { None } else { Some(BytesArg::of(th, table)?) };
        let table: Option<&[u8; 256]> = match table.as_deref() {
            None => None,
            Some(table) => match table.try_into() {
                Ok(table) => Some(table),
                Err(_) => return Err(th.value_error("translation table must be 256 characters long")),
            },
        };
        let delete = delete.map(|delete| BytesArg::of(th, delete)).transpose()?;
        let delete = delete.as_deref().unwrap_or(&[]);
        let data = text::translate(self.data, table, delete);
        if data == self.data { self.unchanged(th) } else { self.make_vec(th, data) }
    }
    pub(crate) fn join(&self, th: &Thread, iterable: Value) -> PyResult {
        let items = match iter::to_vec(th, iterable) {
            Ok(items) => items,
            Err(_) if iterable.ty().slots().iter.is_none() && th.exception_matches(&statics::TYPE_ERROR) => {
                drop(th.take_exception());
                return Err(th.type_error("can only join an iterable"));
            }
            Err(raised) => return Err(raised),
        };
        if let [only] = &items[..]
            && self.is_bytes
            && only.exact::<Bytes>().is_some()
        {
            return Ok(only.clone());
        }
        let mut views = Vec::with_capacity(items.len());
        let mut total = 0usize;
        for (i, item) in items.iter().enumerate() {
            if !buffer::has_buffer(item.value()) {
                let found = number::full_name(item.value());
                return err!(th, TYPE_ERROR, "sequence item {i}: expected a bytes-like object, {found} found");
            }
            let view = BytesArg::of(th, item.value())?;
            let gap = if i > 0 { self.data.len() } else { 0 };
            let sum = total.checked_add(view.len()).and_then(|n| n.checked_add(gap));
            total = sum.ok_or_else(|| th.overflow_error("join() result is too long for bytes"))?;
            views.push(view);
        }
        if self.is_bytes {
            return super::create_with(th, &super::BYTES_TYPE, total, |to| {
                let mut at = 0;
                let mut put = |data: &[u8]| {
                    to[at..at + data.len()].copy_from_slice(data);
                    at += data.len();
                };
                for (i, view) in views.iter().enumerate() {
                    if i > 0 {
                        put(self.data);
                    }
                    put(view);
                }
                Ok(())
            });
        }
        let mut out = Vec::new();
        out.try_reserve_exact(total).map_err(|_| th.memory_error())?;
        for (i, view) in views.iter().enumerate() {
            if i > 0 {
                out.extend_from_slice(self.data);
            }
            out.extend_from_slice(view);
        }
        bytearray::from_vec(th, out)
    }
    pub(crate) fn hex(&self, th: &Thread, sep: Option<Value>, group: isize) -> PyResult {
        hex::to_hex(th, self.data, sep, group)
    }
}

fn separator<'a>(th: &Thread, sep: Value) -> PyResult<BytesArg<'a>> {
    let sep = BytesArg::of(th, sep)?;
    if sep.is_empty() {
        return Err(th.value_error("empty separator"));
    }
    Ok(sep)
}

/// `maketrans(from, to)` of both types.
pub(crate) fn maketrans(th: &Thread, from: &[u8], to: &[u8]) -> PyResult {
    if from.len() != to.len() {
        return Err(th.value_error("maketrans arguments must have same length"));
    }
    let mut table: [u8; 256] = std::array::from_fn(|i| i as u8);
    for (&from, &to) in from.iter().zip(to) {
        table[from as usize] = to;
    }
    th.bytes(&table)
}

/// The fill byte of the padding methods.
pub(crate) struct FillByte(pub u8);

impl From<&'static str> for FillByte {
    fn from(text: &'static str) -> FillByte {
        FillByte(text.bytes().next().unwrap_or(b' '))
    }
}

impl<'a> FromArg<'a> for FillByte {
    fn from_arg(th: &'a Thread, v: Value, what: ArgName) -> PyResult<FillByte> {
        let (function, kind) = (what.function, number::full_name(v));
        let data: &[u8] = if let Some(bytes) = v.cast::<Bytes>() {
            bytes.as_slice()
        } else if let Some(array) = v.cast::<Instance<ByteArray>>() {
            array.payload.as_slice()
        } else {
            let got = if v.is_none() { "None" } else { kind };
            return err!(th, TYPE_ERROR, "{function}() argument 2 must be a byte string of length 1, not {got}");
        };
        match data {
            [byte] => Ok(FillByte(*byte)),
            _ => err!(
                th,
                TYPE_ERROR,
                "{function}(): argument 2 must be a byte string of length 1, not a {kind} object of length {}",
                data.len()
            ),
        }
    }
}

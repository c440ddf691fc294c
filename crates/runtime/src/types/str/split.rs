//! Splitting and joining methods of `str`.

use super::slots::unchanged;
use super::{Str, intern};
use crate::prelude::*;
use crate::types::list::List;
use crate::types::tuple::Tuple;
use std::ops::Range;
use whipsnake_text::{Units, search};

fn piece(th: &Thread, this: &Str, range: Range<usize>) -> PyResult {
    super::substring(th, this, range.start, range.end)
}

/// A separator argument: `None` for white space.
fn separator<'a>(th: &Thread, sep: Value) -> PyResult<&'a Str> {
    let Some(sep) = sep.cast::<Str>() else {
        return err!(th, TYPE_ERROR, "must be str or None, not {}", number::full_name(sep));
    };
    nonempty(th, sep)
}

fn nonempty<'a>(th: &Thread, sep: &'a Str) -> PyResult<&'a Str> {
    if sep.is_empty() {
        return Err(th.value_error("empty separator"));
    }
    Ok(sep)
}

/// `str.split`.
pub(super) fn split(th: &Thread, this: &Str, sep: Option<Value>, max: usize) -> PyResult {
    if let Units::Ascii(hay) = this.units() {
        match sep {
            None => return split_ascii_words(th, this, hay, max),
            Some(sep) => {
                if let Units::Ascii([byte]) = separator(th, sep)?.units() {
                    return split_ascii_byte(th, this, hay, *byte, max);
                }
            }
        }
    }
    let mut parts = Vec::new();
    let emit = |range| piece(th, this, range).map(|part| parts.push(part));
    match sep {
        None => search::split_whitespace(this.units(), max, emit)?,
        Some(sep) => search::split(this.units(), separator(th, sep)?.units(), max, emit)?,
    }
    th.list(parts)
}

/// Splits ASCII text at white space, straight into the list.
fn split_ascii_words(th: &Thread, this: &Str, hay: &[u8], max: usize) -> PyResult {
    let made = List::new(th)?;
    let Some(parts) = made.cast::<List>() else { return Ok(made) };
    search::slice::split_whitespace(hay, is_ascii_space, max, |range| parts.push(th, piece(th, this, range)?))?;
    Ok(made)
}

/// What `str.isspace` says of ASCII characters.
fn is_ascii_space(byte: u8) -> bool {
    matches!(byte, b' ' | 9..=13 | 28..=31)
}

/// Splits ASCII text at a one-character separator, straight into the list.
fn split_ascii_byte(th: &Thread, this: &Str, hay: &[u8], sep: u8, max: usize) -> PyResult {
    let made = List::new(th)?;
    let Some(parts) = made.cast::<List>() else { return Ok(made) };
    search::slice::split(hay, &[sep], max, |range| parts.push(th, piece(th, this, range)?))?;
    Ok(made)
}

/// `str.rsplit`.
pub(super) fn rsplit(th: &Thread, this: &Str, sep: Option<Value>, max: usize) -> PyResult {
    let mut parts = Vec::new();
    let emit = |range| piece(th, this, range).map(|part| parts.push(part));
    match sep {
        None => search::rsplit_whitespace(this.units(), max, emit)?,
        Some(sep) => search::rsplit(this.units(), separator(th, sep)?.units(), max, emit)?,
    }
    parts.reverse();
    th.list(parts)
}

/// `str.splitlines`.
pub(super) fn splitlines(th: &Thread, this: &Str, keep_ends: bool) -> PyResult {
    let mut parts = Vec::new();
    search::split_lines(this.units(), keep_ends, |range| piece(th, this, range).map(|part| parts.push(part)))?;
    th.list(parts)
}

fn partition_argument<'a>(th: &Thread, sep: Value) -> PyResult<&'a Str> {
    let Some(sep) = sep.cast::<Str>() else {
        return err!(th, TYPE_ERROR, "must be str, not {}", number::full_name(sep));
    };
    nonempty(th, sep)
}

/// `str.partition`.
pub(super) fn partition(th: &Thread, this: &Str, sep: Value) -> PyResult {
    let separator = partition_argument(th, sep)?;
    let empty = intern::empty();
    match search::partition(this.units(), separator.units()) {
        Some((before, after)) => {
            let (before, after) = (piece(th, this, before)?, piece(th, this, after)?);
            th.tuple(&[before.value(), sep, after.value()])
        }
        None => {
            let whole = unchanged(th, this)?;
            th.tuple(&[whole.value(), empty.value(), empty.value()])
        }
    }
}

/// `str.rpartition`.
pub(super) fn rpartition(th: &Thread, this: &Str, sep: Value) -> PyResult {
    let separator = partition_argument(th, sep)?;
    let empty = intern::empty();
    match search::rpartition(this.units(), separator.units()) {
        Some((before, after)) => {
            let (before, after) = (piece(th, this, before)?, piece(th, this, after)?);
            th.tuple(&[before.value(), sep, after.value()])
        }
        None => {
            let whole = unchanged(th, this)?;
            th.tuple(&[empty.value(), empty.value(), whole.value()])
        }
    }
}

/// `str.join`.
pub(super) fn join(th: &Thread, this: &Str, iterable: Value) -> PyResult {
    // Joining runs no Python code, so a list or a tuple is read where it is.
    if let Some(list) = iterable.exact::<List>() {
        return super::join(th, this, list.as_slice());
    }
    if let Some(tuple) = iterable.exact::<Tuple>() {
        return super::join(th, this, tuple.as_slice());
    }
    let items = match iter::to_vec(th, iterable) {
        Ok(items) => items,
        Err(_) if iterable.ty().slots().iter.is_none() && th.exception_matches(&statics::TYPE_ERROR) => {
            drop(th.take_exception());
            return Err(th.type_error("can only join an iterable"));
        }
        Err(raised) => return Err(raised),
    };
    let values: Vec<Value> = items.iter().map(Obj::value).collect();
    super::join(th, this, &values)
}

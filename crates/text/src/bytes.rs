//! The algorithms behind the methods of `bytes` and `bytearray`: like those of `str`, but over bytes, with ASCII's idea
//! of letters and white space only.
//!
//! Conventions as in [`crate::search`]. Tests: `tests/strings.rs` against records of CPython.

use std::ops::Range;

use crate::search::replaced_len;
use crate::search::slice::{self, Side};
use crate::strings::{Padding, checked_len};
use crate::units::SizeError;

/// White space of `bytes.split`, `strip` and `isspace`: ASCII's, vertical tab included.
#[inline]
pub fn is_space(b: u8) -> bool {
    matches!(b, b' ' | 9..=13)
}

/// `bytes.find`: the first position of `needle` in `hay[start:end]`.
pub fn find(hay: &[u8], needle: &[u8], start: usize, end: usize) -> Option<usize> {
    if start > end { None } else { slice::find(&hay[start..end], needle).map(|i| start + i) }
}

/// `bytes.rfind`: the last position of `needle` in `hay[start:end]`.
pub fn rfind(hay: &[u8], needle: &[u8], start: usize, end: usize) -> Option<usize> {
    if start > end { None } else { slice::rfind(&hay[start..end], needle).map(|i| start + i) }
}

/// `bytes.count`: how often `needle` occurs in `hay[start:end]`.
pub fn count(hay: &[u8], needle: &[u8], start: usize, end: usize) -> usize {
    if start > end { 0 } else { slice::count(&hay[start..end], needle, usize::MAX) }
}

/// `bytes.startswith` of one prefix.
pub fn starts_with(hay: &[u8], prefix: &[u8], start: usize, end: usize) -> bool {
    start <= end && hay[start..end].starts_with(prefix)
}

/// `bytes.endswith` of one suffix.
pub fn ends_with(hay: &[u8], suffix: &[u8], start: usize, end: usize) -> bool {
    start <= end && hay[start..end].ends_with(suffix)
}

/// `bytes.split()`: emits the words between white space.
pub fn split_whitespace<E>(hay: &[u8], max: usize, emit: impl FnMut(Range<usize>) -> Result<(), E>) -> Result<(), E> {
    slice::split_whitespace(hay, is_space, max, emit)
}

/// `bytes.rsplit()`: emits the words between white space, the last one first.
pub fn rsplit_whitespace<E>(hay: &[u8], max: usize, emit: impl FnMut(Range<usize>) -> Result<(), E>) -> Result<(), E> {
    slice::rsplit_whitespace(hay, is_space, max, emit)
}

/// `bytes.splitlines`: emits the lines; only line feeds and carriage returns end them.
pub fn split_lines<E>(hay: &[u8], keep_ends: bool, emit: impl FnMut(Range<usize>) -> Result<(), E>) -> Result<(), E> {
    slice::split_lines(hay, |b| matches!(b, b'\n' | b'\r'), keep_ends, emit)
}

/// `bytes.strip()` and its one-sided forms: the range that is left without white space.
pub fn strip_whitespace(hay: &[u8], side: Side) -> Range<usize> {
    slice::strip(hay, side, is_space)
}

/// `bytes.strip(set)` and its one-sided forms: the range that is left without the bytes of `set`.
pub fn strip_set(hay: &[u8], set: &[u8], side: Side) -> Range<usize> {
    slice::strip(hay, side, |b| memchr::memchr(b, set).is_some())
}

/// `bytes.replace`: none if nothing was replaced.
///
/// Errors: [`SizeError::Overflow`] (`OverflowError`, "replace bytes is too long"), [`SizeError::Memory`].
pub fn replace(hay: &[u8], old: &[u8], new: &[u8], max: usize) -> Result<Option<Vec<u8>>, SizeError> {
    if max == 0 || old.len() > hay.len() {
        return Ok(None);
    }
    let times = slice::count(hay, old, max);
    if times == 0 {
        return Ok(None);
    }
    let mut out = room(replaced_len(hay.len(), old.len(), new.len(), times)?)?;
    let mut at = 0;
    for i in 0..times {
        if old.is_empty() {
            out.extend_from_slice(new);
            if i < hay.len() {
                out.push(hay[i]);
                at = i + 1;
            }
        } else if let Some(found) = slice::find(&hay[at..], old) {
            out.extend_from_slice(&hay[at..at + found]);
            out.extend_from_slice(new);
            at += found + old.len();
        }
    }
    out.extend_from_slice(&hay[at..]);
    Ok(Some(out))
}

/// `bytes.translate`: `table` maps every byte (none: the identity), after those in `delete` are gone.
pub fn translate(hay: &[u8], table: Option<&[u8; 256]>, delete: &[u8]) -> Vec<u8> {
    let mut deleted = [false; 256];
    delete.iter().for_each(|&b| deleted[b as usize] = true);
    let kept = hay.iter().copied().filter(|&b| !deleted[b as usize]);
    match table {
        Some(table) => kept.map(|b| table[b as usize]).collect(),
        None => kept.collect(),
    }
}

fn all(s: &[u8], test: impl Fn(u8) -> bool) -> bool {
    !s.is_empty() && s.iter().all(|&b| test(b))
}

/// `bytes.isalpha`.
pub fn is_alpha(s: &[u8]) -> bool {
    all(s, |b| b.is_ascii_alphabetic())
}

/// `bytes.isdigit`.
pub fn is_digit(s: &[u8]) -> bool {
    all(s, |b| b.is_ascii_digit())
}

/// `bytes.isalnum`.
pub fn is_alnum(s: &[u8]) -> bool {
    all(s, |b| b.is_ascii_alphanumeric())
}

/// `bytes.isspace`.
pub fn is_all_space(s: &[u8]) -> bool {
    all(s, is_space)
}

/// `bytes.islower`: some letter, and none in upper case.
pub fn is_lower(s: &[u8]) -> bool {
    s.iter().any(u8::is_ascii_lowercase) && !s.iter().any(u8::is_ascii_uppercase)
}

/// `bytes.isupper`: some letter, and none in lower case.
pub fn is_upper(s: &[u8]) -> bool {
    s.iter().any(u8::is_ascii_uppercase) && !s.iter().any(u8::is_ascii_lowercase)
}

/// `bytes.istitle`: upper case exactly at the beginning of each run of letters, and some letter.
pub fn is_title(s: &[u8]) -> bool {
    let mut after_letter = false;
    let mut any = false;
    for b in s {
        if b.is_ascii_uppercase() && after_letter || b.is_ascii_lowercase() && !after_letter {
            return false;
        }
        after_letter = b.is_ascii_alphabetic();
        any |= after_letter;
    }
    any
}

/// `bytes.title`.
pub fn title(s: &[u8]) -> Vec<u8> {
    let mut after_letter = false;
    s.iter()
        .map(|b| {
            let mapped = if after_letter { b.to_ascii_lowercase() } else { b.to_ascii_uppercase() };
            after_letter = b.is_ascii_alphabetic();
            mapped
        })
        .collect()
}

/// `bytes.capitalize`.
pub fn capitalize(s: &[u8]) -> Vec<u8> {
    let mut out = s.to_ascii_lowercase();
    if let Some(first) = out.first_mut() {
        first.make_ascii_uppercase();
    }
    out
}

/// `bytes.swapcase`.
pub fn swapcase(s: &[u8]) -> Vec<u8> {
    s.iter().map(|b| if b.is_ascii_alphabetic() { b ^ 0x20 } else { *b }).collect()
}

fn room(size: usize) -> Result<Vec<u8>, SizeError> {
    let mut v = Vec::new();
    v.try_reserve_exact(size).map_err(|_| SizeError::Memory)?;
    Ok(v)
}

/// `bytes.expandtabs`.
///
/// Errors: [`SizeError::Overflow`] (`OverflowError`, "result too long"), [`SizeError::Memory`].
pub fn expandtabs(s: &[u8], tabsize: usize) -> Result<Vec<u8>, SizeError> {
    let mut out = room(checked_len(s.iter().map(|&b| u32::from(b)), tabsize)?)?;
    let mut column = 0;
    for &b in s {
        match b {
            b'\t' => {
                let blanks = if tabsize == 0 { 0 } else { tabsize - column % tabsize };
                out.resize(out.len() + blanks, b' ');
                column += blanks;
            }
            b'\n' | b'\r' => {
                out.push(b);
                column = 0;
            }
            _ => {
                out.push(b);
                column += 1;
            }
        }
    }
    Ok(out)
}

/// `bytes.center`, `ljust` and `rjust`, with the margins from [`Padding`].
///
/// Errors: [`SizeError::Memory`].
pub fn pad(s: &[u8], padding: Padding, fill: u8) -> Result<Vec<u8>, SizeError> {
    let mut out = room(padding.total(s.len())?)?;
    out.resize(padding.left, fill);
    out.extend_from_slice(s);
    out.resize(out.len() + padding.right, fill);
    Ok(out)
}

/// `bytes.zfill`: zeros go after a leading sign.
///
/// Errors: [`SizeError::Memory`].
pub fn zfill(s: &[u8], width: usize) -> Result<Vec<u8>, SizeError> {
    let zeros = width.saturating_sub(s.len());
    let mut out = pad(s, Padding { left: zeros, right: 0 }, b'0')?;
    if zeros > 0 && matches!(s.first(), Some(b'+' | b'-')) {
        out.swap(0, zeros);
    }
    Ok(out)
}

/// `repr` of `bytes`, the `b` included.
pub fn repr(s: &[u8]) -> Vec<u8> {
    let quote = if memchr::memchr(b'\'', s).is_some() && memchr::memchr(b'"', s).is_none() { b'"' } else { b'\'' };
    let mut out = Vec::with_capacity(s.len() + 3);
    out.extend_from_slice(&[b'b', quote]);
    for &b in s {
        match b {
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\\' => out.extend_from_slice(b"\\\\"),
            _ if b == quote => out.extend_from_slice(&[b'\\', b]),
            b' '..=b'~' => out.push(b),
            _ => {
                let mut escape = [0; 10];
                let n = crate::units::hex_escape(&mut escape, b'x', u32::from(b), 2);
                out.extend_from_slice(&escape[..n]);
            }
        }
    }
    out.push(quote);
    out
}

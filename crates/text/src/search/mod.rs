//! Searching, splitting, stripping and replacing in strings of any width.
//!
//! Positions are in code points. `start` and `end` are what Python's slicing made of the arguments: not negative, `end`
//! at most the length, but `start` may lie beyond `end` (nothing is found then, not even the empty string).
//! `max` counts splits or replacements; `usize::MAX` stands for Python's -1.
//!
//! Tests: `slice`'s own, and `tests/strings.rs` against records of CPython.

pub mod slice;

use std::borrow::Cow;
use std::ops::Range;

use slice::Search;
pub use slice::Side;

use crate::unicode;
use crate::units::{Buf, Builder, SizeError, Unit, Units};
use crate::with_units;

/// `needle` in units of type `T`; none if one of its code points does not fit, so that no such haystack has it.
fn fitted<T: Unit>(needle: Units<'_>) -> Option<Cow<'_, [T]>> {
    if let Some(same) = T::borrow(needle) {
        return Some(Cow::Borrowed(same));
    }
    with_units!(needle, |s| s.iter().map(|u| T::from_u32(u.to_u32())).collect::<Option<Vec<T>>>()).map(Cow::Owned)
}

/// Whether the needle cannot be in the haystack for want of room, given the range.
fn no_room(needle: Units<'_>, start: usize, end: usize) -> bool {
    start > end || end - start < needle.len()
}

/// `str.find`: the first position of `needle` in `hay[start:end]`.
pub fn find(hay: Units<'_>, needle: Units<'_>, start: usize, end: usize) -> Option<usize> {
    if no_room(needle, start, end) {
        return None;
    }
    fn go<T: Search>(hay: &[T], needle: Units<'_>, start: usize) -> Option<usize> {
        let found = match needle.get(0) {
            None => Some(0),
            Some(c) if needle.len() == 1 => T::find_one(hay, T::from_u32(c)?),
            Some(_) => slice::find(hay, &fitted(needle)?),
        };
        found.map(|i| start + i)
    }
    with_units!(hay, |s| go(&s[start..end], needle, start))
}

/// `str.rfind`: the last position of `needle` in `hay[start:end]`.
pub fn rfind(hay: Units<'_>, needle: Units<'_>, start: usize, end: usize) -> Option<usize> {
    if no_room(needle, start, end) {
        return None;
    }
    fn go<T: Search>(hay: &[T], needle: Units<'_>, start: usize) -> Option<usize> {
        slice::rfind(hay, &fitted(needle)?).map(|i| start + i)
    }
    with_units!(hay, |s| go(&s[start..end], needle, start))
}

/// `needle in hay`.
pub fn contains(hay: Units<'_>, needle: Units<'_>) -> bool {
    find(hay, needle, 0, hay.len()).is_some()
}

/// `str.count`: how often `needle` occurs in `hay[start:end]`.
pub fn count(hay: Units<'_>, needle: Units<'_>, start: usize, end: usize) -> usize {
    if no_room(needle, start, end) {
        return 0;
    }
    fn go<T: Search>(hay: &[T], needle: Units<'_>) -> usize {
        fitted(needle).map_or(0, |needle| slice::count(hay, &needle, usize::MAX))
    }
    with_units!(hay, |s| go(&s[start..end], needle))
}

/// `str.startswith` of one prefix.
pub fn starts_with(hay: Units<'_>, prefix: Units<'_>, start: usize, end: usize) -> bool {
    !no_room(prefix, start, end) && hay.slice(start, start + prefix.len()) == prefix
}

/// `str.endswith` of one suffix.
pub fn ends_with(hay: Units<'_>, suffix: Units<'_>, start: usize, end: usize) -> bool {
    !no_room(suffix, start, end) && hay.slice(end - suffix.len(), end) == suffix
}

/// `str.split()`: emits the words between white space.
pub fn split_whitespace<E>(
    hay: Units<'_>,
    max: usize,
    emit: impl FnMut(Range<usize>) -> Result<(), E>,
) -> Result<(), E> {
    with_units!(hay, |s| slice::split_whitespace(s, |u| unicode::is_space(u.to_u32()), max, emit))
}

/// `str.rsplit()`: emits the words between white space, the last one first.
pub fn rsplit_whitespace<E>(
    hay: Units<'_>,
    max: usize,
    emit: impl FnMut(Range<usize>) -> Result<(), E>,
) -> Result<(), E> {
    with_units!(hay, |s| slice::rsplit_whitespace(s, |u| unicode::is_space(u.to_u32()), max, emit))
}

/// `str.split(sep)`: emits the parts between separators. An empty separator (Python: `ValueError`, "empty separator") is
/// for the caller to reject.
pub fn split<E>(
    hay: Units<'_>,
    sep: Units<'_>,
    max: usize,
    mut emit: impl FnMut(Range<usize>) -> Result<(), E>,
) -> Result<(), E> {
    with_units!(hay, |s| match fitted(sep) {
        Some(sep) => slice::split(s, &sep, max, emit),
        None => emit(0..s.len()),
    })
}

/// `str.rsplit(sep)`: emits the parts between separators, the last one first. As for the empty separator: [`split`].
pub fn rsplit<E>(
    hay: Units<'_>,
    sep: Units<'_>,
    max: usize,
    mut emit: impl FnMut(Range<usize>) -> Result<(), E>,
) -> Result<(), E> {
    with_units!(hay, |s| match fitted(sep) {
        Some(sep) => slice::rsplit(s, &sep, max, emit),
        None => emit(0..s.len()),
    })
}

/// `str.splitlines`: emits the lines.
pub fn split_lines<E>(
    hay: Units<'_>,
    keep_ends: bool,
    emit: impl FnMut(Range<usize>) -> Result<(), E>,
) -> Result<(), E> {
    with_units!(hay, |s| slice::split_lines(s, |u| unicode::is_linebreak(u.to_u32()), keep_ends, emit))
}

/// `str.partition`: what lies before and after the first `sep`.
pub fn partition(hay: Units<'_>, sep: Units<'_>) -> Option<(Range<usize>, Range<usize>)> {
    find(hay, sep, 0, hay.len()).map(|i| (0..i, i + sep.len()..hay.len()))
}

/// `str.rpartition`: what lies before and after the last `sep`.
pub fn rpartition(hay: Units<'_>, sep: Units<'_>) -> Option<(Range<usize>, Range<usize>)> {
    rfind(hay, sep, 0, hay.len()).map(|i| (0..i, i + sep.len()..hay.len()))
}

/// `str.strip()` and its one-sided forms: the range that is left without white space.
pub fn strip_whitespace(hay: Units<'_>, side: Side) -> Range<usize> {
    with_units!(hay, |s| slice::strip(s, side, |u| unicode::is_space(u.to_u32())))
}

/// `str.strip(chars)` and its one-sided forms: the range that is left without the characters of `chars`.
pub fn strip_chars(hay: Units<'_>, chars: Units<'_>, side: Side) -> Range<usize> {
    // One bit per low six bits of a member: mostly answers "no" without looking at the set.
    let bloom = chars.iter().fold(0u64, |mask, c| mask | 1 << (c & 63));
    let member = |c: u32| bloom >> (c & 63) & 1 == 1 && contains_char(chars, c);
    with_units!(hay, |s| slice::strip(s, side, |u| member(u.to_u32())))
}

fn contains_char(chars: Units<'_>, c: u32) -> bool {
    fn go<T: Search>(s: &[T], c: u32) -> bool {
        T::from_u32(c).is_some_and(|unit| T::find_one(s, unit).is_some())
    }
    with_units!(chars, |s| go(s, c))
}

/// `str.replace`: none if nothing was replaced, so that the caller can return the string itself.
///
/// Errors: [`SizeError::Overflow`] (`OverflowError`, "replace string is too long"), [`SizeError::Memory`].
pub fn replace(hay: Units<'_>, old: Units<'_>, new: Units<'_>, max: usize) -> Result<Option<Buf>, SizeError> {
    if max == 0 || old.len() > hay.len() || old == new {
        return Ok(None);
    }
    fn go<T: Search>(
        s: &[T],
        hay: Units<'_>,
        old: Units<'_>,
        new: Units<'_>,
        max: usize,
    ) -> Result<Option<Buf>, SizeError> {
        let Some(old) = fitted::<T>(old) else { return Ok(None) };
        let times = slice::count(s, &old, max);
        if times == 0 {
            return Ok(None);
        }
        let size = replaced_len(s.len(), old.len(), new.len(), times)?;
        let mut out = Builder::try_with_capacity(size, hay.max_class().max(new.max_class()))?;
        let mut at = 0;
        for i in 0..times {
            if old.is_empty() {
                out.push_units(new);
                if i < s.len() {
                    out.push(s[i].to_u32());
                    at = i + 1;
                }
            } else if let Some(found) = slice::find(&s[at..], &old) {
                out.push_units(hay.slice(at, at + found));
                out.push_units(new);
                at += found + old.len();
            }
        }
        out.push_units(hay.slice(at, s.len()));
        Ok(Some(out.finish()))
    }
    with_units!(hay, |s| go(s, hay, old, new, max))
}

/// The length after `times` replacements.
pub(crate) fn replaced_len(hay: usize, old: usize, new: usize, times: usize) -> Result<usize, SizeError> {
    let added = new.checked_mul(times).ok_or(SizeError::Overflow)?;
    let size = (hay - old * times).checked_add(added).ok_or(SizeError::Overflow)?;
    if size > isize::MAX as usize { Err(SizeError::Overflow) } else { Ok(size) }
}

/// What `str.translate` does with a character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Translated {
    /// The table has no entry: the character stays.
    Same,
    /// The entry is None: the character goes.
    Delete,
    /// The entry is an integer.
    Char(u32),
    /// The entry is a string.
    Text(Buf),
}

/// `str.translate`: asks `lookup` about the characters in order. In an ASCII string each character is asked for once, as
/// long as its entry is no string.
pub fn translate<E>(hay: Units<'_>, mut lookup: impl FnMut(u32) -> Result<Translated, E>) -> Result<Buf, E> {
    let mut out = Builder::with_capacity(hay.len());
    if let Units::Ascii(s) = hay {
        let mut known: [Option<Translated>; 128] = [const { None }; 128];
        for &b in s {
            let c = u32::from(b);
            match &known[b as usize & 127] {
                Some(entry) => push_translated(&mut out, c, entry),
                None => {
                    let entry = lookup(c)?;
                    push_translated(&mut out, c, &entry);
                    if !matches!(entry, Translated::Text(_)) {
                        known[b as usize & 127] = Some(entry);
                    }
                }
            }
        }
    } else {
        for c in hay.iter() {
            push_translated(&mut out, c, &lookup(c)?);
        }
    }
    Ok(out.finish())
}

fn push_translated(out: &mut Builder, c: u32, entry: &Translated) {
    match entry {
        Translated::Same => out.push(c),
        Translated::Delete => {}
        Translated::Char(c) => out.push(*c),
        Translated::Text(text) => out.push_units(text.units()),
    }
}

//! Making strings out of strings: concatenation, growth in place, repetition, substrings, joining.

use super::{ASCII_DATA, Kind, Str, allocate, finish, from_ascii, from_units, intern, memory_size, write_units};
use crate::prelude::*;
use whipsnake_text::Units;
use whipsnake_text::search::slice;

/// A result longer than any string can be.
#[cold]
fn too_long(th: &Thread) -> Raised {
    th.overflow_error("strings are too large to concat")
}

/// `a + b` for two strings.
///
/// # Errors
/// TypeError when one is not a str, MemoryError, OverflowError.
#[inline]
pub fn concat(th: &Thread, a: Value, b: Value) -> PyResult {
    let (Some(x), Some(y)) = (a.cast::<Str>(), b.cast::<Str>()) else { return Err(not_str(th, a, b)) };
    concat_str(th, x, y)
}

#[cold]
fn not_str(th: &Thread, a: Value, b: Value) -> Raised {
    let wrong = if a.cast::<Str>().is_some() { b } else { a };
    th.type_error(format!("can only concatenate str (not \"{}\") to str", number::full_name(wrong)))
}

/// `a + b`.
///
/// # Errors
/// MemoryError, OverflowError.
pub fn concat_str(th: &Thread, a: &Str, b: &Str) -> PyResult {
    if b.is_empty() && a.is_exact_str() {
        return Ok(a.value().own());
    }
    if a.is_empty() && b.is_exact_str() {
        return Ok(b.value().own());
    }
    let len = a.len().checked_add(b.len()).filter(|&n| n < isize::MAX as usize).ok_or_else(|| too_long(th))?;
    if len == 0 {
        return Ok(intern::empty());
    }
    let object = allocate(th, a.kind().join(b.kind()), len)?;
    // SAFETY: allocated for both, and the kind holds both.
    unsafe {
        write_units(object, 0, a.units());
        write_units(object, a.len(), b.units());
        Ok(finish(object))
    }
}

/// `left + right` where the caller gives up `left`: when nothing else refers to it and there is room, it grows in place.
///
/// # Errors
/// TypeError when `right` is not a str, MemoryError, OverflowError. `left` is released.
pub fn append_in_place(th: &Thread, left: Obj, right: Value) -> PyResult {
    let (Some(a), Some(b)) = (left.exact::<Str>(), right.cast::<Str>()) else {
        return concat(th, left.value(), right);
    };
    let unique = a.0.head.refcount.get() == 1 && !a.is_interned();
    if !unique || b.is_empty() || !fits_kind(a.kind(), b.kind()) {
        return concat_str(th, a, b);
    }
    let len = a.len().checked_add(b.len()).filter(|&n| n < isize::MAX as usize).ok_or_else(|| too_long(th))?;
    let kind = a.kind();
    let (old, new) = (memory_size(kind, a.len()), memory_size(kind, len));
    match (old, new) {
        (Some(old), Some(new)) if old.next_multiple_of(16) == new.next_multiple_of(16) => {}
        _ => return concat_str(th, a, b),
    }
    let at = a.len();
    let object = left.value().as_ptr() as *mut Str;
    // SAFETY: I3, the object is uniquely owned and its cell has room for the longer text; `b` is another object, since
    // `a` has one reference only.
    unsafe {
        (*object).forget_utf8();
        let units = b.units();
        (*object).0.hash.set(-1);
        (&raw mut (*object).0.length).write(len as isize);
        write_units(object, at, units);
        let end = (*object).data().add(len * kind.width);
        end.write_bytes(0, kind.width);
    }
    Ok(left)
}

/// Whether a string of kind `b` can be appended to one of kind `a` without changing that.
fn fits_kind(a: Kind, b: Kind) -> bool {
    a.join(b) == a
}

impl Str {
    /// Drops the cached UTF-8 form: the text is about to change.
    fn forget_utf8(&self) {
        if self.is_ascii() {
            return;
        }
        let compact = self.compact();
        let cached = compact.utf8.replace(std::ptr::null_mut());
        if !cached.is_null() {
            // SAFETY: allocated by `Str::utf8` with this size.
            unsafe { super::free_bytes(cached, compact.utf8_length.get() as usize + 1, 1) };
        }
    }
}

/// `s * times`.
///
/// # Errors
/// OverflowError, MemoryError.
pub fn repeat(th: &Thread, s: &Str, times: isize) -> PyResult {
    if times <= 0 || s.is_empty() {
        return Ok(intern::empty());
    }
    if times == 1 && s.is_exact_str() {
        return Ok(s.value().own());
    }
    let Some(len) = s.len().checked_mul(times as usize).filter(|&n| n <= isize::MAX as usize) else {
        return Err(th.overflow_error("repeated string is too long"));
    };
    let object = allocate(th, s.kind(), len)?;
    let unit = s.len() * s.width();
    // SAFETY: allocated with that length; each copy lies within it and doubles what is there.
    unsafe {
        let data = (*object).data();
        if unit == 1 {
            data.write_bytes(*s.data(), len);
        } else {
            std::ptr::copy_nonoverlapping(s.data(), data, unit);
            let total = unit * times as usize;
            let mut done = unit;
            while done < total {
                let step = done.min(total - done);
                std::ptr::copy_nonoverlapping(data, data.add(done), step);
                done += step;
            }
        }
        Ok(finish(object))
    }
}

/// The part from `start` to `end` (code points, clamped to the string).
///
/// # Errors
/// MemoryError.
pub fn substring(th: &Thread, s: &Str, start: usize, end: usize) -> PyResult {
    if start == 0 && end >= s.len() && s.is_exact_str() {
        return Ok(s.value().own());
    }
    match s.units() {
        Units::Ascii(bytes) => from_ascii(th, bytes.get(start..end.min(bytes.len())).unwrap_or(&[])),
        units => from_units(th, units.slice(start, end)),
    }
}

/// `hay.replace(old, new, max)` of ASCII texts, `old` not empty; `None` when nothing is replaced.
///
/// # Errors
/// OverflowError, MemoryError.
pub(crate) fn replace_ascii(th: &Thread, hay: &[u8], old: &[u8], new: &[u8], max: usize) -> PyResult<Option<Obj>> {
    if max == 0 || old.len() > hay.len() || old == new {
        return Ok(None);
    }
    let Some(first) = slice::find(hay, old) else { return Ok(None) };
    if let ([old], [new], true) = (old, new, max >= hay.len() && hay.len() > 1) {
        let object = allocate(th, Kind::ASCII, hay.len())?;
        // SAFETY: just allocated with that length; ASCII is put in place of ASCII.
        unsafe {
            let out = object.cast::<u8>().add(ASCII_DATA);
            for (i, byte) in hay.iter().enumerate() {
                out.add(i).write(if byte == old { *new } else { *byte });
            }
            return Ok(Some(finish(object)));
        }
    }
    let times = 1 + slice::count(&hay[first + old.len()..], old, max - 1);
    let size = (new.len().checked_mul(times))
        .and_then(|added| (hay.len() - old.len() * times).checked_add(added))
        .filter(|&size| size < isize::MAX as usize)
        .ok_or_else(|| th.overflow_error("replace string is too long"))?;
    if size == 0 {
        return Ok(Some(intern::empty()));
    }
    let object = allocate(th, Kind::ASCII, size)?;
    // SAFETY: just allocated for exactly what the pieces and the replacements add up to.
    let out = unsafe { std::slice::from_raw_parts_mut((*object).data(), size) };
    let (mut from, mut to, mut gap) = (0, 0, first);
    for left in (0..times).rev() {
        out[to..to + gap].copy_from_slice(&hay[from..from + gap]);
        out[to + gap..to + gap + new.len()].copy_from_slice(new);
        from += gap + old.len();
        to += gap + new.len();
        if left > 0 {
            gap = slice::find(&hay[from..], old).unwrap_or(0);
        }
    }
    out[to..].copy_from_slice(&hay[from..]);
    // SAFETY: all units have been written; replacing ASCII by ASCII gives ASCII.
    Ok(Some(unsafe { finish(object) }))
}

/// `sep.join(items)`.
///
/// # Errors
/// TypeError when an item is not a str, OverflowError, MemoryError.
pub fn join(th: &Thread, sep: &Str, items: &[Value]) -> PyResult {
    if let [only] = items
        && only.exact::<Str>().is_some()
    {
        return Ok(only.own());
    }
    if items.is_empty() {
        return Ok(intern::empty());
    }
    if sep.is_ascii()
        && let Some(total) = ascii_total(items, sep.len())
    {
        return join_ascii(th, sep, items, total);
    }
    let mut kind = Kind::ASCII;
    let mut total = Some(0usize);
    for (i, item) in items.iter().enumerate() {
        let Some(s) = item.cast::<Str>() else {
            return err!(
                th,
                TYPE_ERROR,
                "sequence item {i}: expected str instance, {} found",
                number::full_name(*item)
            );
        };
        kind = kind.join(s.kind());
        let gap = if i > 0 { sep.len() } else { 0 };
        total = total.and_then(|n| n.checked_add(s.len())?.checked_add(gap)).filter(|&n| n < isize::MAX as usize);
    }
    let Some(total) = total else {
        return Err(th.overflow_error("join() result is too long for a Python string"));
    };
    if items.len() > 1 && !sep.is_empty() {
        kind = kind.join(sep.kind());
    }
    if total == 0 {
        return Ok(intern::empty());
    }
    let object = allocate(th, kind, total)?;
    let mut at = 0;
    let sep_units = sep.units();
    for (i, item) in items.iter().enumerate() {
        // SAFETY: allocated for all of them, and the kind holds all of them; nothing ran in between that could have
        // changed the items, and their types were checked.
        unsafe {
            if i > 0 && !sep_units.is_empty() {
                write_units(object, at, sep_units);
                at += sep_units.len();
            }
            let s: &Str = item.cast_unchecked();
            write_units(object, at, s.units());
            at += s.len();
        }
    }
    // SAFETY: all units have been written.
    Ok(unsafe { finish(object) })
}

/// The length of ASCII items with gaps of `gap` units between them; `None` when an item is something else, or when
/// they are too long or empty.
fn ascii_total(items: &[Value], gap: usize) -> Option<usize> {
    let mut total = gap.checked_mul(items.len() - 1)?;
    for item in items {
        let s = item.cast::<Str>()?;
        if !s.is_ascii() {
            return None;
        }
        total = total.checked_add(s.len())?;
    }
    (total > 0 && total < isize::MAX as usize).then_some(total)
}

/// Joins items of which `ascii_total` gave the length.
fn join_ascii(th: &Thread, sep: &Str, items: &[Value], total: usize) -> PyResult {
    let object = allocate(th, Kind::ASCII, total)?;
    // SAFETY: allocated for all of them; nothing ran since `ascii_total` looked at their types and kinds.
    unsafe {
        let mut to = object.cast::<u8>().add(ASCII_DATA);
        let (gap, gap_len) = (sep.data(), sep.len());
        for (i, item) in items.iter().enumerate() {
            if i > 0 && gap_len != 0 {
                copy_short(gap, to, gap_len);
                to = to.add(gap_len);
            }
            let s: &Str = item.cast_unchecked();
            copy_short(s.data(), to, s.len());
            to = to.add(s.len());
        }
        Ok(finish(object))
    }
}

/// Copies bytes of which there are usually few.
///
/// # Safety
/// As for `copy_nonoverlapping`.
#[inline(always)]
unsafe fn copy_short(from: *const u8, to: *mut u8, len: usize) {
    // SAFETY: handed on to the caller.
    unsafe {
        if len < 4 {
            for i in 0..len {
                to.add(i).write(*from.add(i));
            }
        } else {
            std::ptr::copy_nonoverlapping(from, to, len);
        }
    }
}

/// The strings one after the other.
///
/// # Errors
/// TypeError when an item is not a str, OverflowError, MemoryError.
pub fn concat_all(th: &Thread, items: &[Value]) -> PyResult {
    let empty = intern::empty();
    match empty.cast::<Str>() {
        Some(sep) => join(th, sep, items),
        None => Ok(empty),
    }
}

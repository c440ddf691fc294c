//! Searching and splitting of unit slices of one width: the core under both `str` (see the parent module) and
//! [`crate::bytes`].
//!
//! Bytes go through `memchr`'s vectorised searchers. Wide units are scanned for the needle's last unit in vectorisable
//! chunks; when the comparisons at candidate positions have cost too much, the two-way algorithm (Crochemore and Perrin,
//! 1991) takes over, so that the worst case stays linear.

use std::ops::Range;

use crate::units::Unit;

/// Units that can be searched for.
pub trait Search: Unit {
    /// The first position of `unit`.
    fn find_one(hay: &[Self], unit: Self) -> Option<usize>;
    /// The last position of `unit`.
    fn rfind_one(hay: &[Self], unit: Self) -> Option<usize>;
    /// The first position of `needle`, which has at least two units and is not longer than `hay`.
    fn find_many(hay: &[Self], needle: &[Self]) -> Option<usize>;
    /// The last position of `needle`, which has at least two units and is not longer than `hay`.
    fn rfind_many(hay: &[Self], needle: &[Self]) -> Option<usize>;
}

impl Search for u8 {
    #[inline]
    fn find_one(hay: &[u8], unit: u8) -> Option<usize> {
        memchr::memchr(unit, hay)
    }

    #[inline]
    fn rfind_one(hay: &[u8], unit: u8) -> Option<usize> {
        memchr::memrchr(unit, hay)
    }

    fn find_many(hay: &[u8], needle: &[u8]) -> Option<usize> {
        if hay.len() < SHORT {
            return find_short(hay, needle);
        }
        memchr::memmem::find(hay, needle)
    }

    fn rfind_many(hay: &[u8], needle: &[u8]) -> Option<usize> {
        memchr::memmem::rfind(hay, needle)
    }
}

/// Below this size a plain loop beats the searchers' preparations.
const SHORT: usize = 48;

/// The first position of `needle`, which has at least two bytes, by trying each.
fn find_short(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let [first, second, rest @ ..] = needle else { return None };
    hay.windows(needle.len()).position(|window| window[0] == *first && window[1] == *second && &window[2..] == rest)
}

macro_rules! wide {
    ($t:ty) => {
        impl Search for $t {
            #[inline]
            fn find_one(hay: &[$t], unit: $t) -> Option<usize> {
                find_wide(hay, unit)
            }

            #[inline]
            fn rfind_one(hay: &[$t], unit: $t) -> Option<usize> {
                rfind_wide(hay, unit)
            }

            fn find_many(hay: &[$t], needle: &[$t]) -> Option<usize> {
                find_by_last(hay, needle)
            }

            fn rfind_many(hay: &[$t], needle: &[$t]) -> Option<usize> {
                rfind_by_first(hay, needle)
            }
        }
    };
}

wide!(u16);
wide!(u32);

const CHUNK: usize = 16;

fn find_wide<T: Unit>(hay: &[T], unit: T) -> Option<usize> {
    let mut base = 0;
    let mut chunks = hay.chunks_exact(CHUNK);
    for chunk in &mut chunks {
        // Without an early exit the comparison of a chunk compiles to vector instructions.
        if chunk.iter().fold(false, |any, &u| any | (u == unit)) {
            return chunk.iter().position(|&u| u == unit).map(|i| base + i);
        }
        base += CHUNK;
    }
    chunks.remainder().iter().position(|&u| u == unit).map(|i| base + i)
}

fn rfind_wide<T: Unit>(hay: &[T], unit: T) -> Option<usize> {
    let mut base = hay.len();
    let mut chunks = hay.rchunks_exact(CHUNK);
    for chunk in &mut chunks {
        base -= CHUNK;
        if chunk.iter().fold(false, |any, &u| any | (u == unit)) {
            return chunk.iter().rposition(|&u| u == unit).map(|i| base + i);
        }
    }
    chunks.remainder().iter().rposition(|&u| u == unit)
}

/// How many comparisons at candidates are allowed per unit scanned, before the two-way algorithm takes over.
const PATIENCE: usize = 4;

fn find_by_last<T: Unit>(hay: &[T], needle: &[T]) -> Option<usize> {
    let (&last, head) = needle.split_last()?;
    let mut work = 0;
    let mut at = 0;
    while at + needle.len() <= hay.len() {
        at += find_wide(&hay[at + head.len()..], last)?;
        let same = head.iter().zip(&hay[at..]).take_while(|(a, b)| a == b).count();
        if same == head.len() {
            return Some(at);
        }
        work += same;
        at += 1;
        if work > PATIENCE * at + 256 {
            return two_way(&hay[at..], needle).map(|i| at + i);
        }
    }
    None
}

fn rfind_by_first<T: Unit>(hay: &[T], needle: &[T]) -> Option<usize> {
    let (&first, tail) = needle.split_first()?;
    let mut work = 0;
    let mut end = (hay.len() + 1).checked_sub(needle.len())?;
    let starts = end;
    while let Some(at) = rfind_wide(&hay[..end], first) {
        let same = tail.iter().zip(&hay[at + 1..]).take_while(|(a, b)| a == b).count();
        if same == tail.len() {
            return Some(at);
        }
        work += same;
        end = at;
        if work > PATIENCE * (starts - at) + 256 {
            // Rare enough that reversing both sides is cheaper than a second algorithm.
            let limit = at + needle.len() - 1;
            let hay: Vec<T> = hay[..limit.min(hay.len())].iter().rev().copied().collect();
            let needle: Vec<T> = needle.iter().rev().copied().collect();
            return two_way(&hay, &needle).map(|i| hay.len() - i - needle.len());
        }
    }
    None
}

/// Start and period of the greatest suffix of `needle` in the order of units, or its reverse.
fn maximal_suffix<T: Unit>(needle: &[T], reversed: bool) -> (usize, usize) {
    let (mut best, mut candidate, mut offset, mut period) = (0, 1, 0, 1);
    while candidate + offset < needle.len() {
        let (a, b) = (needle[candidate + offset], needle[best + offset]);
        if a == b {
            offset += 1;
            if offset == period {
                candidate += period;
                offset = 0;
            }
        } else if (a < b) != reversed {
            candidate += offset + 1;
            offset = 0;
            period = candidate - best;
        } else {
            best = candidate;
            candidate += 1;
            offset = 0;
            period = 1;
        }
    }
    (best, period)
}

/// Substring search in linear time and constant space; `needle` is not empty.
fn two_way<T: Unit>(hay: &[T], needle: &[T]) -> Option<usize> {
    let n = needle.len();
    let (cut, mut period) = maximal_suffix(needle, false).max(maximal_suffix(needle, true));
    let periodic = period + cut <= n && needle[..cut] == needle[period..period + cut];
    if !periodic {
        period = cut.max(n - cut) + 1;
    }
    let mut at = 0;
    // How much of the needle's beginning is known to match at `at`: only for periodic needles.
    let mut memory = 0;
    while at + n <= hay.len() {
        let window = &hay[at..at + n];
        let right = cut.max(memory);
        if let Some(i) = (right..n).find(|&i| needle[i] != window[i]) {
            at += i - cut + 1;
            memory = 0;
        } else if (memory..cut).rev().all(|i| needle[i] == window[i]) {
            return Some(at);
        } else {
            at += period;
            memory = if periodic { n - period } else { 0 };
        }
    }
    None
}

/// The first position of `needle`; an empty one is at 0.
#[inline]
pub fn find<T: Search>(hay: &[T], needle: &[T]) -> Option<usize> {
    match needle {
        [] => Some(0),
        [unit] => T::find_one(hay, *unit),
        _ if needle.len() > hay.len() => None,
        _ => T::find_many(hay, needle),
    }
}

/// The last position of `needle`; an empty one is at the end.
#[inline]
pub fn rfind<T: Search>(hay: &[T], needle: &[T]) -> Option<usize> {
    match needle {
        [] => Some(hay.len()),
        [unit] => T::rfind_one(hay, *unit),
        _ if needle.len() > hay.len() => None,
        _ => T::rfind_many(hay, needle),
    }
}

/// How often `needle` occurs without overlaps, at most `max` times; an empty one occurs around every unit.
pub fn count<T: Search>(hay: &[T], needle: &[T], max: usize) -> usize {
    if needle.is_empty() {
        return (hay.len() + 1).min(max);
    }
    if let ([unit], true) = (needle, max >= hay.len()) {
        return hay.iter().filter(|&u| u == unit).count();
    }
    let mut rest = hay;
    let mut found = 0;
    while found < max {
        let Some(i) = find(rest, needle) else { break };
        found += 1;
        rest = &rest[i + needle.len()..];
    }
    found
}

/// Emits the words of `hay` left to right: at most `max` splits, the last part then is all that
/// is left, white space at its end included.
pub fn split_whitespace<T: Unit, E>(
    hay: &[T],
    is_space: impl Fn(T) -> bool,
    max: usize,
    mut emit: impl FnMut(Range<usize>) -> Result<(), E>,
) -> Result<(), E> {
    let mut at = 0;
    let mut splits = 0;
    loop {
        while at < hay.len() && is_space(hay[at]) {
            at += 1;
        }
        if at == hay.len() {
            return Ok(());
        }
        if splits == max {
            return emit(at..hay.len());
        }
        let start = at;
        while at < hay.len() && !is_space(hay[at]) {
            at += 1;
        }
        splits += 1;
        emit(start..at)?;
    }
}

/// Emits the words of `hay` right to left: at most `max` splits, the leftmost part then is all that
/// is left, white space at its beginning included.
pub fn rsplit_whitespace<T: Unit, E>(
    hay: &[T],
    is_space: impl Fn(T) -> bool,
    max: usize,
    mut emit: impl FnMut(Range<usize>) -> Result<(), E>,
) -> Result<(), E> {
    let mut end = hay.len();
    let mut splits = 0;
    loop {
        while end > 0 && is_space(hay[end - 1]) {
            end -= 1;
        }
        if end == 0 {
            return Ok(());
        }
        if splits == max {
            return emit(0..end);
        }
        let stop = end;
        while end > 0 && !is_space(hay[end - 1]) {
            end -= 1;
        }
        splits += 1;
        emit(end..stop)?;
    }
}

/// Emits the parts of `hay` between occurrences of `sep` (not empty) left to right, splitting at most `max` times.
pub fn split<T: Search, E>(
    hay: &[T],
    sep: &[T],
    max: usize,
    mut emit: impl FnMut(Range<usize>) -> Result<(), E>,
) -> Result<(), E> {
    let mut at = 0;
    let mut splits = 0;
    while splits < max && !sep.is_empty() {
        let Some(i) = find(&hay[at..], sep) else { break };
        emit(at..at + i)?;
        at += i + sep.len();
        splits += 1;
    }
    emit(at..hay.len())
}

/// Emits the parts of `hay` between occurrences of `sep` (not empty) right to left, splitting at most `max` times.
pub fn rsplit<T: Search, E>(
    hay: &[T],
    sep: &[T],
    max: usize,
    mut emit: impl FnMut(Range<usize>) -> Result<(), E>,
) -> Result<(), E> {
    let mut end = hay.len();
    let mut splits = 0;
    while splits < max && !sep.is_empty() {
        let Some(i) = rfind(&hay[..end], sep) else { break };
        emit(i + sep.len()..end)?;
        end = i;
        splits += 1;
    }
    emit(0..end)
}

/// Emits the lines of `hay`, with their ends if `keep_ends`. A carriage return and line feed end a line together.
pub fn split_lines<T: Unit, E>(
    hay: &[T],
    is_break: impl Fn(T) -> bool,
    keep_ends: bool,
    mut emit: impl FnMut(Range<usize>) -> Result<(), E>,
) -> Result<(), E> {
    let mut start = 0;
    while start < hay.len() {
        let end = hay[start..].iter().position(|&u| is_break(u)).map_or(hay.len(), |i| start + i);
        let crlf = end + 1 < hay.len() && hay[end].to_u32() == 13 && hay[end + 1].to_u32() == 10;
        let next = (end + 1 + usize::from(crlf)).min(hay.len());
        emit(start..if keep_ends { next } else { end })?;
        start = next;
    }
    Ok(())
}

/// Which ends of a string `strip` works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `lstrip`
    Left,
    /// `rstrip`
    Right,
    /// `strip`
    Both,
}

/// What is left of `hay` after taking away the units that satisfy `strips` from the given ends.
pub fn strip<T: Unit>(hay: &[T], side: Side, strips: impl Fn(T) -> bool) -> Range<usize> {
    let mut start = 0;
    let mut end = hay.len();
    if side != Side::Right {
        while start < end && strips(hay[start]) {
            start += 1;
        }
    }
    if side != Side::Left {
        while end > start && strips(hay[end - 1]) {
            end -= 1;
        }
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive_find(hay: &[u16], needle: &[u16]) -> Option<usize> {
        (0..=hay.len().checked_sub(needle.len())?).find(|&i| hay[i..].starts_with(needle))
    }

    fn naive_rfind(hay: &[u16], needle: &[u16]) -> Option<usize> {
        (0..=hay.len().checked_sub(needle.len())?).rev().find(|&i| hay[i..].starts_with(needle))
    }

    #[test]
    fn every_search_agrees_with_the_naive_one() {
        // All texts over two units up to length 10 against all needles up to length 5: every kind of period.
        let texts: Vec<Vec<u16>> = (0..=10u32)
            .flat_map(|n| (0..1u32 << n).map(move |bits| (0..n).map(|i| 0x3B1 + (bits >> i & 1) as u16).collect()))
            .collect();
        for hay in &texts {
            for needle in texts.iter().take_while(|t| t.len() <= 5).filter(|t| !t.is_empty()) {
                let expected = naive_find(hay, needle);
                assert_eq!(two_way(hay, needle), expected, "{hay:x?} {needle:x?}");
                assert_eq!(find(hay, needle), expected, "{hay:x?} {needle:x?}");
                assert_eq!(rfind(hay, needle), naive_rfind(hay, needle), "{hay:x?} {needle:x?}");
            }
        }
    }

    #[test]
    fn worst_cases_stay_linear() {
        let n = 1 << 17;
        let hay = vec![0x3B1u16; n];
        // Quadratic work on these would take minutes.
        let mut needle = vec![0x3B1u16; n / 2];
        needle[0] = 0x3B2;
        assert_eq!(find(&hay, &needle), None);
        assert_eq!(rfind(&hay, &needle), None);
        needle[0] = 0x3B1;
        needle[n / 2 - 1] = 0x3B2;
        assert_eq!(find(&hay, &needle), None);
        assert_eq!(rfind(&hay, &needle), None);
        let mut hay = hay;
        hay[n - 1] = 0x3B2;
        assert_eq!(find(&hay, &needle), Some(n / 2));
        assert_eq!(rfind(&hay, &needle), Some(n / 2));
        needle[1] = 0x3B2;
        assert_eq!(find(&hay, &needle), None);
        assert_eq!(rfind(&hay, &needle), None);
    }
}

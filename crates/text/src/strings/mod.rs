//! The algorithms behind the methods of `str`: case, predicates, padding, `repr`, hashing.
//!
//! Results are [`Buf`]s even where they equal the argument: whether to return the string itself is for the caller.
//! Tests: `tests/strings.rs` against records of CPython.

mod case;
mod hash;
mod predicates;
mod repr;

pub use case::{capitalize, casefold, lower, swapcase, title, upper};
pub use hash::{HashKey, hash, hash_bytes};
pub use predicates::{
    is_alnum, is_alpha, is_decimal, is_digit, is_identifier, is_lower, is_numeric, is_printable, is_space, is_title,
    is_upper,
};
pub use repr::{ascii, repr};

use crate::unicode;
use crate::units::{Buf, Builder, SizeError, Units};

/// How many fill characters go to either side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Padding {
    pub left: usize,
    pub right: usize,
}

impl Padding {
    /// The margins of `center`: the odd one goes left if the width is odd too.
    pub fn center(len: usize, width: usize) -> Padding {
        let margin = width.saturating_sub(len);
        let left = margin / 2 + (margin & width & 1);
        Padding { left, right: margin - left }
    }

    /// The margin of `ljust`.
    pub fn ljust(len: usize, width: usize) -> Padding {
        Padding { left: 0, right: width.saturating_sub(len) }
    }

    /// The margin of `rjust`.
    pub fn rjust(len: usize, width: usize) -> Padding {
        Padding { left: width.saturating_sub(len), right: 0 }
    }

    /// The length with the margins.
    pub(crate) fn total(self, len: usize) -> Result<usize, SizeError> {
        let total = len.checked_add(self.left).and_then(|n| n.checked_add(self.right));
        total.filter(|&n| n <= isize::MAX as usize).ok_or(SizeError::Overflow)
    }
}

/// `str.center`, `ljust` and `rjust`, with the margins from [`Padding`].
///
/// Errors: [`SizeError::Overflow`] (`OverflowError`, "padded string is too long"), [`SizeError::Memory`].
pub fn pad(s: Units<'_>, padding: Padding, fill: u32) -> Result<Buf, SizeError> {
    let mut out = Builder::try_with_capacity(padding.total(s.len())?, s.max_class().max(fill))?;
    out.push_repeated(fill, padding.left);
    out.push_units(s);
    out.push_repeated(fill, padding.right);
    Ok(out.finish())
}

/// `str.zfill`: zeros go after a leading sign.
///
/// Errors: [`SizeError::Memory`].
pub fn zfill(s: Units<'_>, width: usize) -> Result<Buf, SizeError> {
    let padding = Padding::rjust(s.len(), width);
    match s.get(0) {
        Some(sign @ (0x2B | 0x2D)) if padding.left > 0 => {
            let mut out = Builder::try_with_capacity(padding.total(s.len())?, s.max_class())?;
            out.push(sign);
            out.push_repeated(u32::from(b'0'), padding.left);
            out.push_units(s.slice(1, s.len()));
            Ok(out.finish())
        }
        _ => pad(s, padding, u32::from(b'0')),
    }
}

/// The length of a text after expanding its tabs.
///
/// Errors: [`SizeError::Overflow`].
pub(crate) fn checked_len(code_points: impl Iterator<Item = u32>, tabsize: usize) -> Result<usize, SizeError> {
    let mut total = 0usize;
    let mut column = 0usize;
    for c in code_points {
        let width = match c {
            9 if tabsize == 0 => 0,
            9 => tabsize - column % tabsize,
            _ => 1,
        };
        column = if matches!(c, 10 | 13) { 0 } else { column.checked_add(width).ok_or(SizeError::Overflow)? };
        total = total.checked_add(width).filter(|&n| n <= isize::MAX as usize).ok_or(SizeError::Overflow)?;
    }
    Ok(total)
}

/// `str.expandtabs`; a `tabsize` of zero (Python: or less) takes the tabs out.
///
/// Errors: [`SizeError::Overflow`] (`OverflowError`, "new string is too long"), [`SizeError::Memory`].
pub fn expandtabs(s: Units<'_>, tabsize: usize) -> Result<Buf, SizeError> {
    let mut out = Builder::try_with_capacity(checked_len(s.iter(), tabsize)?, s.max_class())?;
    let mut column = 0;
    for c in s.iter() {
        match c {
            9 => {
                let blanks = if tabsize == 0 { 0 } else { tabsize - column % tabsize };
                out.push_repeated(u32::from(b' '), blanks);
                column += blanks;
            }
            10 | 13 => {
                out.push(c);
                column = 0;
            }
            _ => {
                out.push(c);
                column += 1;
            }
        }
    }
    Ok(out.finish())
}

/// `s * times`.
///
/// Errors: [`SizeError::Overflow`] and [`SizeError::Memory`], both `MemoryError` in Python.
pub fn repeat(s: Units<'_>, times: usize) -> Result<Buf, SizeError> {
    let size = s.len().checked_mul(times).filter(|&n| n <= isize::MAX as usize).ok_or(SizeError::Overflow)?;
    let mut out = Builder::try_with_capacity(size, s.max_class())?;
    match s.get(0) {
        Some(c) if s.len() == 1 => out.push_repeated(c, times),
        _ => (0..if s.is_empty() { 0 } else { times }).for_each(|_| out.push_units(s)),
    }
    Ok(out.finish())
}

/// The text in which numbers are parsed (`int`, `float`, `complex`): surrounding white space is left to the caller, every
/// decimal digit becomes ASCII's, other white space a blank; anything else that is not ASCII becomes `?`, which no number
/// contains.
pub fn decimal_and_space_to_ascii(s: Units<'_>) -> Vec<u8> {
    if let Units::Ascii(s) = s {
        return s.to_vec();
    }
    s.iter()
        .map(|c| match c {
            0..0x80 => c as u8,
            _ if unicode::is_space(c) => b' ',
            _ => unicode::to_decimal(c).map_or(b'?', |d| b'0' + d),
        })
        .collect()
}

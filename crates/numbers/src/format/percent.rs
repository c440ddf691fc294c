//! The pieces of printf-style formatting: one conversion specifier, and numbers and strings through it.

use super::Formatted;
use super::spec::{Align, StrLayout};
use crate::bigint::{self, BigRef};
use crate::error::{NumError, Result};
use crate::float::{Style, TextOptions, to_text};
use std::ops::Range;

/// One conversion specifier, `%[(key)][flags][width][.precision][length]conversion`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Percent {
    /// Indices of the mapping key's code points.
    pub key: Option<Range<usize>>,
    /// `-`
    pub left: bool,
    /// `+`
    pub plus: bool,
    /// A space.
    pub space: bool,
    /// `#`
    pub alternate: bool,
    /// `0`
    pub zero: bool,
    /// The width is `*`: the caller takes it from the arguments and calls [`Percent::set_width`].
    pub star_width: bool,
    /// The precision is `*`: the caller takes it from the arguments and calls [`Percent::set_precision`].
    pub star_precision: bool,
    /// Minimum width.
    pub width: Option<usize>,
    /// Precision.
    pub precision: Option<usize>,
    /// Code point of the conversion.
    pub conversion: u32,
    /// Index of the conversion's code point, for messages.
    pub index: usize,
    /// Nothing stands between `%` and the conversion. `%%` is a literal only then.
    pub plain: bool,
}

impl Percent {
    /// A `*` width: a negative one means left alignment.
    pub fn set_width(&mut self, width: i64) {
        self.left |= width < 0;
        self.width = Some(width.unsigned_abs() as usize);
    }

    /// A `*` precision: a negative one counts as 0.
    pub fn set_precision(&mut self, precision: i64) {
        self.precision = Some(precision.max(0) as usize);
    }

    /// `unsupported format character ...`, for a conversion that the caller does not know.
    pub fn unsupported(&self) -> NumError {
        let shown = match char::from_u32(self.conversion) {
            Some(c) if (32..128).contains(&self.conversion) => c,
            _ => '?',
        };
        NumError::value(format!(
            "unsupported format character '{shown}' (0x{:x}) at index {}",
            self.conversion, self.index
        ))
    }

    fn align(&self, zero_fills: bool) -> (Align, u32) {
        match (self.left, self.zero && zero_fills) {
            (true, _) => (Align::Left, 32),
            (false, true) => (Align::Inner, u32::from('0')),
            (false, false) => (Align::Right, 32),
        }
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        }
    }
}

/// Parses the specifier that follows a `%` at `format[start - 1]`. Returns it and the index after it.
///
/// Errors: `ValueError` for an incomplete specifier or absurd numbers.
pub fn parse_percent(format: &[u32], start: usize) -> Result<(Percent, usize)> {
    let mut at = start;
    let mut percent = Percent::default();
    let peek = |at: usize| format.get(at).and_then(|&c| char::from_u32(c));
    if peek(at) == Some('(') {
        let mut depth = 0usize;
        let close = (at..format.len()).find(|&i| {
            match peek(i) {
                Some('(') => depth += 1,
                Some(')') => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let close = close.ok_or_else(|| NumError::value("incomplete format key"))?;
        percent.key = Some(at + 1..close);
        at = close + 1;
    }
    loop {
        match peek(at) {
            Some('-') => percent.left = true,
            Some('+') => percent.plus = true,
            Some(' ') => percent.space = true,
            Some('#') => percent.alternate = true,
            Some('0') => percent.zero = true,
            _ => break,
        }
        at += 1;
    }
    if peek(at) == Some('*') {
        percent.star_width = true;
        at += 1;
    } else {
        percent.width = number(format, &mut at, isize::MAX as usize, "width too big")?;
    }
    if peek(at) == Some('.') {
        at += 1;
        if peek(at) == Some('*') {
            percent.star_precision = true;
            at += 1;
        } else {
            let precision = number(format, &mut at, i32::MAX as usize, "precision too big")?;
            percent.precision = Some(precision.unwrap_or(0));
        }
    }
    // A length modifier has no meaning here.
    if matches!(peek(at), Some('h' | 'l' | 'L')) {
        at += 1;
    }
    percent.conversion = *format.get(at).ok_or_else(|| NumError::value("incomplete format"))?;
    percent.index = at;
    percent.plain = at == start;
    Ok((percent, at + 1))
}

/// A run of decimal digits up to `limit`.
fn number(format: &[u32], at: &mut usize, limit: usize, message: &'static str) -> Result<Option<usize>> {
    let mut value: Option<usize> = None;
    while let Some(digit) = format.get(*at).and_then(|&c| char::from_u32(c)).and_then(|c| c.to_digit(10)) {
        let next = value.unwrap_or(0).checked_mul(10).and_then(|v| v.checked_add(digit as usize));
        value = Some(next.filter(|&v| v <= limit).ok_or_else(|| NumError::value(message))?);
        *at += 1;
    }
    Ok(value)
}

/// `%d %i %u %o %x %X`.
///
/// Errors: `ValueError` if the decimal text would exceed `max_str_digits` (0 for no limit), `MemoryError`.
pub fn format_percent_int(value: BigRef<'_>, percent: &Percent, max_str_digits: usize) -> Result<Formatted> {
    let conversion = char::from_u32(percent.conversion).unwrap_or('\u{fffd}');
    let (digits, prefix) = match conversion {
        'o' => (bigint::to_string_radix(value.abs(), 8), "0o"),
        'x' => (bigint::to_string_radix(value.abs(), 16), "0x"),
        'X' => (bigint::to_string_radix(value.abs(), 16).to_ascii_uppercase(), "0X"),
        _ => (bigint::to_decimal(value.abs(), max_str_digits)?, ""),
    };
    let mut head = percent.sign(value.negative).to_owned();
    if percent.alternate {
        head.push_str(prefix);
    }
    let zeros = percent.precision.unwrap_or(0).saturating_sub(digits.len());
    let mut body = String::new();
    body.try_reserve_exact(zeros.saturating_add(digits.len())).map_err(|_| NumError::memory())?;
    body.extend(std::iter::repeat_n('0', zeros));
    body.push_str(&digits);
    let (align, fill) = percent.align(true);
    Ok(Formatted::pad(head, body, percent.width.unwrap_or(0), align, fill))
}

/// `%e %E %f %F %g %G`.
///
/// Errors: `ValueError` for a precision past a C int.
pub fn format_percent_float(x: f64, percent: &Percent) -> Result<Formatted> {
    let conversion = char::from_u32(percent.conversion).unwrap_or('\u{fffd}');
    let style = match conversion {
        'e' | 'E' => Style::Exponent,
        'f' | 'F' => Style::Fixed,
        _ => Style::General,
    };
    let precision = percent.precision.unwrap_or(6);
    if precision > i32::MAX as usize {
        return Err(NumError::value("precision too big"));
    }
    let options =
        TextOptions { alternate: percent.alternate, add_dot_zero: false, upper: conversion.is_ascii_uppercase() };
    let text = to_text(x, style, precision, options);
    let (negative, body) = match text.strip_prefix('-') {
        Some(rest) => (true, rest.to_owned()),
        None => (false, text),
    };
    let (align, fill) = percent.align(true);
    Ok(Formatted::pad(percent.sign(negative).to_owned(), body, percent.width.unwrap_or(0), align, fill))
}

/// `%s %r %a` for a text of `length` code points, and `%c` (whose length is 1 and which has no precision).
pub fn layout_percent_str(length: usize, percent: &Percent) -> StrLayout {
    let cut = percent.precision.filter(|_| percent.conversion != u32::from('c'));
    let take = length.min(cut.unwrap_or(usize::MAX));
    let padding = percent.width.unwrap_or(0).saturating_sub(take);
    let left = if percent.left { 0 } else { padding };
    StrLayout { left, take, right: padding - left, fill: 32 }
}

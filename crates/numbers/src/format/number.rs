//! Numbers through a format spec.

use super::Formatted;
use super::spec::{Align, FormatSpec, Grouping, unknown_kind};
use crate::bigint::{self, BigRef};
use crate::error::{NumError, Result};
use crate::float::{Style, TextOptions, to_text};

/// The separators that the `n` type uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locale {
    /// Replaces `.`.
    pub decimal_point: String,
    /// Stands between groups.
    pub thousands_separator: String,
    /// Group sizes from the right as in C's `struct lconv`: the last repeats, 127 ends grouping.
    pub grouping: Vec<u8>,
}

impl Default for Locale {
    /// The C locale.
    fn default() -> Locale {
        Locale { decimal_point: ".".into(), thousands_separator: String::new(), grouping: Vec::new() }
    }
}

/// Result of formatting an int.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntFormat {
    /// Digits.
    Number(Formatted),
    /// Type `c`: the body is this one code point (which may be a surrogate), to be put where the empty body of
    /// the `Formatted` stands; its padding already counts it.
    Char(u32, Formatted),
}

/// Precisions are C ints.
const MAX_PRECISION: usize = i32::MAX as usize;

/// The separators for a spec: explicit grouping, the locale for `n`, or none.
fn separators(spec: &FormatSpec, locale: &Locale, group: u8) -> Locale {
    if spec.kind == u32::from('n') {
        return locale.clone();
    }
    match spec.grouping {
        Some(grouping) => Locale {
            decimal_point: ".".into(),
            thousands_separator: grouping.separator().into(),
            grouping: vec![group],
        },
        None => Locale::default(),
    }
}

/// Inserts separators into digits, padding with zeros to `min_width` characters (as far as a separator would
/// not become the first character).
fn group_digits(digits: &str, min_width: usize, locale: &Locale) -> String {
    let separator = locale.thousands_separator.as_str();
    // Infinities and NaNs have no digits.
    if digits.is_empty() {
        return String::new();
    }
    if (separator.is_empty() || locale.grouping.is_empty()) && digits.len() >= min_width {
        return digits.to_owned();
    }
    let separator_width = separator.chars().count() as i64;
    let mut rest = digits;
    let mut min_width = min_width as i64;
    let mut pieces: Vec<(usize, &str)> = Vec::new();
    let mut sizes = locale.grouping.iter();
    let mut size = None;
    loop {
        size = sizes.next().copied().or(size);
        // 0 repeats the previous size in C; it cannot come first. 127 and an empty list end grouping.
        let last = matches!(size, None | Some(0 | 127));
        let wanted = min_width.max(rest.len() as i64).max(1) as usize;
        let count = if last { wanted } else { wanted.min(usize::from(size.unwrap_or(0))) };
        let (before, piece) = rest.split_at(rest.len().saturating_sub(count));
        pieces.push((count - piece.len(), piece));
        rest = before;
        min_width -= count as i64;
        if last || (rest.is_empty() && min_width <= 0) {
            break;
        }
        min_width -= separator_width;
    }
    let mut out = String::with_capacity(digits.len() * 2);
    for (i, (zeros, piece)) in pieces.iter().rev().enumerate() {
        if i > 0 {
            out.push_str(separator);
        }
        out.extend(std::iter::repeat_n('0', *zeros));
        out.push_str(piece);
    }
    out
}

/// Inserts separators into a fraction, in threes from the point.
fn group_fraction(digits: &str, grouping: Option<Grouping>) -> String {
    let Some(grouping) = grouping else { return digits.to_owned() };
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && i % 3 == 0 {
            out.push(grouping.separator());
        }
        out.push(c);
    }
    out
}

/// The sign character to write.
fn sign_text(negative: bool, sign: Option<char>) -> &'static str {
    match (negative, sign) {
        (true, _) => "-",
        (false, Some('+')) => "+",
        (false, Some(' ')) => " ",
        (false, _) => "",
    }
}

/// `digits` with their separators, zero-filled if the spec asks for it, behind `head` and before `tail`.
fn assemble(head: String, digits: &str, tail: &str, spec: &FormatSpec, locale: &Locale) -> Result<Formatted> {
    let width = spec.width.unwrap_or(0);
    let zero_filled = spec.fill == u32::from('0') && spec.align == Align::Inner;
    let others = head.chars().count() + tail.chars().count();
    let min_width = if zero_filled { width.saturating_sub(others) } else { 0 };
    if min_width as u64 > bigint::MAX_BITS / 8 {
        return Err(NumError::memory());
    }
    let body = group_digits(digits, min_width, locale) + tail;
    Ok(Formatted::pad(head, body, width, spec.align, spec.fill))
}

/// `int.__format__`. The float types convert the int first: `OverflowError` if it is too large.
///
/// `locale` serves type `n`; `max_str_digits` limits decimal output (0 for no limit).
///
/// Errors: `ValueError` for options that ints do not have.
pub fn format_int(
    value: BigRef<'_>,
    spec: &FormatSpec,
    locale: &Locale,
    max_str_digits: usize,
    type_name: &str,
) -> Result<IntFormat> {
    let kind = char::from_u32(spec.kind).unwrap_or('\u{fffd}');
    let (radix, prefix) = match kind {
        'd' | 'n' | 'c' => (10, ""),
        'b' => (2, "0b"),
        'o' => (8, "0o"),
        'x' => (16, "0x"),
        'X' => (16, "0X"),
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%' => {
            let value = bigint::to_f64(value)?;
            return format_float(value, spec, locale, type_name).map(IntFormat::Number);
        }
        _ => return Err(unknown_kind(spec.kind, type_name)),
    };
    if spec.precision.is_some() {
        return Err(NumError::value("Precision not allowed in integer format specifier"));
    }
    if spec.no_negative_zero {
        return Err(NumError::value("Negative zero coercion (z) not allowed in integer format specifier"));
    }
    if kind == 'c' {
        return format_char(value, spec);
    }
    let digits = match radix {
        10 => bigint::to_decimal(value.abs(), max_str_digits)?,
        _ => bigint::to_string_radix(value.abs(), radix),
    };
    let digits = if kind == 'X' { digits.to_ascii_uppercase() } else { digits };
    let mut head = sign_text(value.negative, spec.sign).to_owned();
    if spec.alternate {
        head.push_str(prefix);
    }
    let locale = separators(spec, locale, if radix == 10 { 3 } else { 4 });
    assemble(head, &digits, "", spec, &locale).map(IntFormat::Number)
}

/// Type `c`.
fn format_char(value: BigRef<'_>, spec: &FormatSpec) -> Result<IntFormat> {
    if spec.sign.is_some() {
        return Err(NumError::value("Sign not allowed with integer format specifier 'c'"));
    }
    if spec.alternate {
        return Err(NumError::value("Alternate form (#) not allowed with integer format specifier 'c'"));
    }
    match value.to_u64() {
        Some(code) if code < 0x11_0000 => {
            // The character counts for one column.
            let mut layout = Formatted::pad(String::new(), " ".into(), spec.width.unwrap_or(0), spec.align, spec.fill);
            layout.body.clear();
            Ok(IntFormat::Char(code as u32, layout))
        }
        None if value.to_i64().is_none() => Err(NumError::overflow("Python int too large to convert to C long")),
        _ => Err(NumError::overflow("%c arg not in range(0x110000)")),
    }
}

/// A double's text split for layout.
struct FloatParts {
    negative: bool,
    /// Integer digits; empty for infinities and NaNs.
    digits: String,
    /// Point, fraction, exponent, percent sign; or `inf`, `nan`.
    tail: String,
}

/// The style of a type, and whether integers show as "1.0".
///
/// Errors: `ValueError` for an unknown type.
fn style_of(spec: &FormatSpec, type_name: &str) -> Result<(Style, bool)> {
    Ok(match char::from_u32(spec.kind).unwrap_or('\u{fffd}') {
        '\0' if spec.precision.is_none() => (Style::Repr, true),
        '\0' => (Style::General, true),
        'e' | 'E' => (Style::Exponent, false),
        'f' | 'F' | '%' => (Style::Fixed, false),
        'g' | 'G' | 'n' => (Style::General, false),
        _ => return Err(unknown_kind(spec.kind, type_name)),
    })
}

/// Formats the number proper: type, precision, `#`, `z` and the separators after the point.
fn float_parts(x: f64, spec: &FormatSpec, (style, add_dot_zero): (Style, bool), locale: &Locale) -> Result<FloatParts> {
    let kind = char::from_u32(spec.kind).unwrap_or('\u{fffd}');
    let precision = spec.precision.unwrap_or(6);
    if precision > MAX_PRECISION {
        return Err(NumError::value("precision too big"));
    }
    let value = if kind == '%' { x * 100.0 } else { x };
    let options = TextOptions { alternate: spec.alternate, add_dot_zero, upper: matches!(kind, 'E' | 'F' | 'G') };
    let text = to_text(value, style, precision, options);
    let (mut negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.as_str()),
    };
    let (digits, rest) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
    let mut tail = String::with_capacity(rest.len() + 1);
    match rest.strip_prefix('.') {
        Some(after) => {
            let (fraction, rest) = after.split_at(after.bytes().take_while(u8::is_ascii_digit).count());
            tail.push_str(&locale.decimal_point);
            tail.push_str(&group_fraction(fraction, spec.fraction_grouping));
            tail.push_str(rest);
        }
        None => tail.push_str(rest),
    }
    if spec.no_negative_zero && negative {
        let mantissa = text.split(['e', 'E']).next().unwrap_or("");
        negative = !value.is_finite() || mantissa.bytes().any(|b| (b'1'..=b'9').contains(&b));
    }
    if kind == '%' {
        tail.push('%');
    }
    Ok(FloatParts { negative, digits: digits.to_owned(), tail })
}

/// The short way for specs like `.2f` and `10.3e`, by far the most frequent: nothing to group or to take apart.
fn format_plain_float(x: f64, spec: &FormatSpec, type_name: &str) -> Result<Option<Formatted>> {
    let kind = char::from_u32(spec.kind).unwrap_or('\u{fffd}');
    let groups = spec.grouping.is_some() || spec.fraction_grouping.is_some() || kind == 'n';
    if groups || spec.no_negative_zero || kind == '%' || spec.precision.is_some_and(|p| p > MAX_PRECISION) {
        return Ok(None);
    }
    let (style, add_dot_zero) = style_of(spec, type_name)?;
    let options = TextOptions { alternate: spec.alternate, add_dot_zero, upper: matches!(kind, 'E' | 'F' | 'G') };
    let mut body = to_text(x, style, spec.precision.unwrap_or(6), options);
    let negative = body.starts_with('-');
    if spec.width.is_none() && (negative || !matches!(spec.sign, Some('+' | ' '))) {
        return Ok(Some(Formatted { left: 0, head: String::new(), inner: 0, body, right: 0, fill: spec.fill }));
    }
    if negative {
        body.remove(0);
    }
    let head = sign_text(negative, spec.sign).to_owned();
    Ok(Some(Formatted::pad(head, body, spec.width.unwrap_or(0), spec.align, spec.fill)))
}

/// `float.__format__`.
///
/// Errors: `ValueError` for an unknown type or a precision past a C int.
pub fn format_float(x: f64, spec: &FormatSpec, locale: &Locale, type_name: &str) -> Result<Formatted> {
    if let Some(formatted) = format_plain_float(x, spec, type_name)? {
        return Ok(formatted);
    }
    let locale = separators(spec, locale, 3);
    let parts = float_parts(x, spec, style_of(spec, type_name)?, &locale)?;
    let head = sign_text(parts.negative, spec.sign).to_owned();
    assemble(head, &parts.digits, &parts.tail, spec, &locale)
}

/// `complex.__format__`.
///
/// Errors: `ValueError` for options that complex numbers do not have.
pub fn format_complex(re: f64, im: f64, spec: &FormatSpec, locale: &Locale, type_name: &str) -> Result<Formatted> {
    if spec.kind == u32::from('%') {
        return Err(unknown_kind(spec.kind, type_name));
    }
    // Parts without a type show integers without ".0".
    let style = (style_of(spec, type_name)?.0, false);
    if spec.fill == u32::from('0') {
        return Err(NumError::value("Zero padding is not allowed in complex format specifier"));
    }
    if spec.align == Align::Inner {
        return Err(NumError::value("'=' alignment flag is not allowed in complex format specifier"));
    }
    let locale = separators(spec, locale, 3);
    let real = float_parts(re, spec, style, &locale)?;
    let imaginary = float_parts(im, spec, style, &locale)?;
    let untyped = spec.kind == 0;
    let only_imaginary = untyped && re == 0.0 && re.is_sign_positive();
    let mut text = String::new();
    if untyped && !only_imaginary {
        text.push('(');
    }
    let mut imaginary_sign = spec.sign;
    if !only_imaginary {
        text.push_str(sign_text(real.negative, spec.sign));
        text.push_str(&group_digits(&real.digits, 0, &locale));
        text.push_str(&real.tail);
        imaginary_sign = Some('+');
    }
    text.push_str(sign_text(imaginary.negative, imaginary_sign));
    text.push_str(&group_digits(&imaginary.digits, 0, &locale));
    text.push_str(&imaginary.tail);
    text.push('j');
    if untyped && !only_imaginary {
        text.push(')');
    }
    Ok(Formatted::pad(String::new(), text, spec.width.unwrap_or(0), spec.align, spec.fill))
}

//! `__format__` of the numeric types.

use super::{OrRaise, full_name};
use crate::prelude::*;
use crate::types::int::{self, BigView};
use crate::types::str::{self, Str};
use whipsnake_numbers::format::{self, Align, FormatSpec, Formatted, IntFormat, Locale};
use whipsnake_text::Builder;

fn parse(th: &Thread, v: Value, spec: &Str, default_kind: char) -> PyResult<FormatSpec> {
    let units: Vec<u32> = spec.units().iter().collect();
    format::parse(&units, default_kind, Align::Right, full_name(v)).or_raise(th)
}

/// What type `n` takes from the C locale of the process.
pub fn locale_of(spec: &FormatSpec) -> Locale {
    if spec.kind != u32::from('n') {
        return Locale::default();
    }
    process_locale()
}

/// The process's numeric separators, as `localeconv` tells them.
fn process_locale() -> Locale {
    let text = |pointer: *const libc::c_char| {
        if pointer.is_null() {
            return String::new();
        }
        // SAFETY: `localeconv` gives NUL-terminated strings that live until the next call.
        unsafe { std::ffi::CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
    };
    // SAFETY: `localeconv` returns a static struct; the interpreter's lock keeps other callers out.
    let conv = unsafe { &*libc::localeconv() };
    Locale {
        decimal_point: text(conv.decimal_point),
        thousands_separator: text(conv.thousands_sep),
        grouping: text(conv.grouping).into_bytes(),
    }
}

/// The str of a formatted number; `middle` stands between head and body (type `c`).
fn assemble(th: &Thread, formatted: Formatted, middle: Option<u32>) -> PyResult {
    if middle.is_none()
        && let Some(text) = formatted.clone().into_string().or_raise(th)?
    {
        return th.str(&text);
    }
    // The fill or the character may be a lone surrogate.
    let padding = formatted.left.saturating_add(formatted.inner).saturating_add(formatted.right);
    let max = formatted.fill.max(middle.unwrap_or(0)).max(0x7f);
    let total = padding.saturating_add(formatted.head.len() + formatted.body.len() + 1);
    let mut buf = Builder::try_with_capacity(total, max).map_err(|_| th.memory_error())?;
    buf.push_repeated(formatted.fill, formatted.left);
    buf.push_str(&formatted.head);
    buf.push_repeated(formatted.fill, formatted.inner);
    if let Some(c) = middle {
        buf.push(c);
    }
    buf.push_str(&formatted.body);
    buf.push_repeated(formatted.fill, formatted.right);
    str::from_buf(th, buf.finish())
}

/// The str of a number formatted by printf-style or spec-style formatting.
///
/// # Errors
/// MemoryError.
pub fn formatted_str(th: &Thread, formatted: Formatted) -> PyResult {
    assemble(th, formatted, None)
}

/// `int.__format__`.
///
/// # Errors
/// ValueError for a bad spec, OverflowError for an int too large for a float format.
pub fn format_int(th: &Thread, v: Value, spec: &Str) -> PyResult {
    if spec.is_empty() {
        return if v.is_exact(&statics::INT_TYPE) { object::repr(th, v) } else { object::str(th, v) };
    }
    let parsed = parse(th, v, spec, 'd')?;
    let locale = locale_of(&parsed);
    let view = BigView::of(v);
    match format::format_int(view.view(), &parsed, &locale, int::max_str_digits(th), full_name(v)).or_raise(th)? {
        IntFormat::Number(formatted) => assemble(th, formatted, None),
        IntFormat::Char(c, formatted) => assemble(th, formatted, Some(c)),
    }
}

/// `float.__format__`.
///
/// # Errors
/// ValueError for a bad spec.
pub fn format_float(th: &Thread, v: Value, x: f64, spec: &Str) -> PyResult {
    if spec.is_empty() {
        return object::str(th, v);
    }
    let parsed = parse(th, v, spec, '\0')?;
    assemble(th, format::format_float(x, &parsed, &locale_of(&parsed), full_name(v)).or_raise(th)?, None)
}

/// `complex.__format__`.
///
/// # Errors
/// ValueError for a bad spec.
pub fn format_complex(th: &Thread, v: Value, re: f64, im: f64, spec: &Str) -> PyResult {
    if spec.is_empty() {
        return object::str(th, v);
    }
    let parsed = parse(th, v, spec, '\0')?;
    assemble(th, format::format_complex(re, im, &parsed, &locale_of(&parsed), full_name(v)).or_raise(th)?, None)
}

//! Formatting: `format()`, `str.format`, `%`.
//!
//! - `mod.rs`: `str.__format__` and what the format instructions call
//! - `percent.rs`: `str % args` and `bytes % args`
//! - `template.rs`: `str.format` and `str.format_map`
//! - `string_module.rs`: the functions of `_string`
//!
//! Format specifications and numbers are `whipsnake_numbers::format`'s, templates are `whipsnake_text::format`'s.

mod percent;
pub mod string_module;
mod template;

pub use percent::{percent, percent_bytes};
pub use template::{format_map, str_format};

use crate::prelude::*;
use crate::types::str::{Scratch, Str, from_buf};
use whipsnake_numbers::format::{Align, Formatted, layout_str, parse};
use whipsnake_text::{Buf, Builder, Units};

/// The types of this module, for `types::init`.
pub(crate) static ALL: &[&Type] = string_module::ALL;

/// `format(v, spec)`, as the FORMAT_WITH_SPEC instruction has it.
///
/// # Errors
/// Whatever `__format__` raises; TypeError when it does not return a str.
#[inline]
pub fn format_value(th: &Thread, v: Value, spec: Value) -> PyResult {
    if let Some(spec) = spec.cast::<Str>() {
        if let Some(text) = v.exact::<Str>() {
            return format_str(th, text, spec);
        }
        if v.is_exact(&statics::INT_TYPE) && !spec.is_empty() {
            return number::format_int(th, v, spec);
        }
        if v.is_exact(&statics::FLOAT_TYPE)
            && !spec.is_empty()
            && let Some(x) = crate::types::float::value_of(v)
        {
            return number::format_float(th, v, x, spec);
        }
    }
    object::format(th, v, Some(spec))
}

/// `str.__format__`.
///
/// # Errors
/// ValueError for a bad specification, MemoryError.
pub fn format_str(th: &Thread, text: &Str, spec: &Str) -> PyResult {
    if spec.is_empty() {
        return if text.is_exact_str() { Ok(text.value().own()) } else { object::str(th, text.value()) };
    }
    let spec: Vec<u32> = spec.units().iter().collect();
    let layout = parse(&spec, 's', Align::Left, "str").and_then(|spec| layout_str(text.len(), &spec, "str"));
    let layout = layout.map_err(|error| number::raise(th, error))?;
    if layout.left == 0 && layout.right == 0 {
        return crate::types::str::substring(th, text, 0, layout.take);
    }
    let padded = Laid { left: layout.left, text: text.units().slice(0, layout.take), right: layout.right };
    from_buf(th, padded.build(th, layout.fill)?)
}

/// A text between fill characters.
pub(crate) struct Laid<'a> {
    pub left: usize,
    pub text: Units<'a>,
    pub right: usize,
}

impl Laid<'_> {
    fn build(self, th: &Thread, fill: u32) -> PyResult<Buf> {
        let size = self.left.checked_add(self.right).and_then(|n| n.checked_add(self.text.len()));
        let Some(size) = size.filter(|&n| n <= isize::MAX as usize) else { return Err(th.memory_error()) };
        let max = fill.max(self.text.max_class());
        let mut out = Builder::try_with_capacity(size, max).map_err(|_| th.memory_error())?;
        out.push_repeated(fill, self.left);
        out.push_units(self.text);
        out.push_repeated(fill, self.right);
        Ok(out.finish())
    }
}

/// Appends a formatted number.
///
/// # Errors
/// MemoryError.
pub(crate) fn push_formatted(th: &Thread, out: &mut Scratch, formatted: Formatted) -> PyResult<()> {
    let padding = formatted.left.checked_add(formatted.inner).and_then(|n| n.checked_add(formatted.right));
    match padding {
        Some(0) => {
            out.push_str(&formatted.head);
            out.push_str(&formatted.body);
            return Ok(());
        }
        // Large paddings are tried out first, since builders allocate infallibly.
        Some(n) if n < 1 << 20 || Vec::<u32>::new().try_reserve_exact(n).is_ok() => {}
        _ => return Err(th.memory_error()),
    }
    out.push_repeated(formatted.fill, formatted.left);
    out.push_str(&formatted.head);
    out.push_repeated(formatted.fill, formatted.inner);
    out.push_str(&formatted.body);
    out.push_repeated(formatted.fill, formatted.right);
    Ok(())
}

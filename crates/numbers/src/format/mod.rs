//! The format-spec mini-language (`format()`, f-strings) and printf-style formatting.
//!
//! Purpose: parse a spec, lay out numbers and strings. In: a spec as code points, a number (or the length of a
//! string). Out: [`Formatted`] for numbers; [`StrLayout`] for strings, whose contents this crate never sees
//! (they may hold lone surrogates). Errors carry CPython's messages.
//!
//! Source: the library reference, "Format specification mini-language" and "printf-style String Formatting".

mod number;
mod percent;
mod spec;

pub use number::{IntFormat, Locale, format_complex, format_float, format_int};
pub use percent::{Percent, format_percent_float, format_percent_int, layout_percent_str, parse_percent};
pub use spec::{Align, FormatSpec, Grouping, StrLayout, layout_str, parse};

use crate::error::{NumError, Result};

/// A formatted number: padding, sign and prefix, inner padding, digits and the rest, padding. The fill is a
/// code point and may be a lone surrogate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formatted {
    /// Fill characters before everything.
    pub left: usize,
    /// Sign and base prefix.
    pub head: String,
    /// Fill characters between head and body.
    pub inner: usize,
    /// Digits and what follows.
    pub body: String,
    /// Fill characters after everything.
    pub right: usize,
    /// The fill's code point.
    pub fill: u32,
}

impl Formatted {
    /// Pads `head` and `body`, of `length` code points together, to `width`.
    pub(crate) fn pad(head: String, body: String, width: usize, align: Align, fill: u32) -> Formatted {
        let length = head.chars().count() + body.chars().count();
        let padding = width.saturating_sub(length);
        let mut formatted = Formatted { left: 0, head, inner: 0, body, right: 0, fill };
        match align {
            Align::Left => formatted.right = padding,
            Align::Right => formatted.left = padding,
            Align::Inner => formatted.inner = padding,
            Align::Center => {
                formatted.left = padding / 2;
                formatted.right = padding - padding / 2;
            }
        }
        formatted
    }

    /// The text; `Ok(None)` if the fill is a lone surrogate and used (the caller then assembles the parts).
    ///
    /// Errors: `MemoryError` if the padding is absurd.
    pub fn into_string(self) -> Result<Option<String>> {
        let padding = self.left.checked_add(self.inner).and_then(|n| n.checked_add(self.right));
        let padding = padding.ok_or_else(NumError::memory)?;
        if padding == 0 && self.head.is_empty() {
            return Ok(Some(self.body));
        }
        let fill = match char::from_u32(self.fill) {
            Some(fill) => fill,
            None if padding == 0 => ' ',
            None => return Ok(None),
        };
        let size = padding.checked_mul(fill.len_utf8()).and_then(|n| n.checked_add(self.head.len() + self.body.len()));
        let mut out = String::new();
        out.try_reserve_exact(size.ok_or_else(NumError::memory)?).map_err(|_| NumError::memory())?;
        out.extend(std::iter::repeat_n(fill, self.left));
        out.push_str(&self.head);
        out.extend(std::iter::repeat_n(fill, self.inner));
        out.push_str(&self.body);
        out.extend(std::iter::repeat_n(fill, self.right));
        Ok(Some(out))
    }
}

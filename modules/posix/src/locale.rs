//! `_locale`: what the C library knows of the user's conventions.

use std::ffi::{CStr, CString};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::module;
use whipsnake_runtime::types::str::Str;

/// Makes the `_locale` module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let m = module::new(th, "_locale", "Support for POSIX locales.", functions::METHODS)?;
    let constants = [
        ("LC_CTYPE", libc::LC_CTYPE),
        ("LC_TIME", libc::LC_TIME),
        ("LC_COLLATE", libc::LC_COLLATE),
        ("LC_MONETARY", libc::LC_MONETARY),
        ("LC_MESSAGES", libc::LC_MESSAGES),
        ("LC_NUMERIC", libc::LC_NUMERIC),
        ("LC_ALL", libc::LC_ALL),
        ("CHAR_MAX", i8::MAX as i32),
        ("CODESET", libc::CODESET),
        ("D_T_FMT", libc::D_T_FMT),
        ("D_FMT", libc::D_FMT),
        ("T_FMT", libc::T_FMT),
        ("RADIXCHAR", libc::RADIXCHAR),
        ("THOUSEP", libc::THOUSEP),
        ("YESEXPR", libc::YESEXPR),
        ("NOEXPR", libc::NOEXPR),
        ("CRNCYSTR", libc::CRNCYSTR),
        ("ERA", libc::ERA),
        ("ERA_D_T_FMT", libc::ERA_D_T_FMT),
        ("ERA_D_FMT", libc::ERA_D_FMT),
        ("ERA_T_FMT", libc::ERA_T_FMT),
        ("ALT_DIGITS", libc::ALT_DIGITS),
        ("AM_STR", libc::AM_STR),
        ("PM_STR", libc::PM_STR),
        ("T_FMT_AMPM", libc::T_FMT_AMPM),
    ];
    for (name, value) in constants {
        crate::add_int(th, m.value(), name, value.into())?;
    }
    for (prefix, first, count) in [
        ("DAY_", libc::DAY_1, 7),
        ("ABDAY_", libc::ABDAY_1, 7),
        ("MON_", libc::MON_1, 12),
        ("ABMON_", libc::ABMON_1, 12),
    ] {
        for i in 0..count {
            crate::add_int(th, m.value(), &format!("{prefix}{}", i + 1), (first + i).into())?;
        }
    }
    let error = module::exception_class(th, "locale.Error", &statics::EXCEPTION)?;
    module::add(th, m.value(), "Error", error.value())?;
    th.interp.state::<State>().error.set(Some(error));
    Ok(m)
}

/// `locale.Error`.
#[derive(Default)]
struct State {
    error: ErrorCell,
}

struct ErrorCell(ObjCell);
impl Default for ErrorCell {
    fn default() -> Self {
        ErrorCell(ObjCell::EMPTY)
    }
}
impl std::ops::Deref for ErrorCell {
    type Target = ObjCell;
    fn deref(&self) -> &ObjCell {
        &self.0
    }
}

fn raise(th: &Thread, message: &str) -> Raised {
    let make = || -> PyResult {
        let text = th.str(message)?;
        match th.interp.state::<State>().error.get() {
            Some(class) => call::call1(th, class.value(), text.value()),
            None => call::call1(th, statics::VALUE_ERROR.value(), text.value()),
        }
    };
    match make() {
        Ok(error) => th.raise_instance(error),
        Err(raised) => raised,
    }
}

fn text(th: &Thread, p: *const libc::c_char) -> PyResult {
    if p.is_null() {
        return th.str("");
    }
    // SAFETY: the C library's strings are NUL-terminated and stay until the locale changes.
    th.str(&String::from_utf8_lossy(unsafe { CStr::from_ptr(p) }.to_bytes()))
}

fn grouping(th: &Thread, p: *const libc::c_char) -> PyResult {
    let mut groups = Vec::new();
    if !p.is_null() {
        // SAFETY: NUL-terminated.
        let bytes = unsafe { CStr::from_ptr(p) }.to_bytes();
        for &b in bytes {
            groups.push(Obj::small_int(b.into()));
            if b == i8::MAX as u8 {
                return th.list(groups);
            }
        }
        if !groups.is_empty() {
            groups.push(Obj::small_int(0));
        }
    }
    th.list(groups)
}

fn c_text(th: &Thread, s: &Str) -> PyResult<CString> {
    let bytes = whipsnake_runtime::fs_name::encode(th, s)?;
    CString::new(bytes).map_err(|_| th.value_error("embedded null character"))
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Sets or asks for a locale.
    #[function("setlocale(category, locale=None, /)")]
    fn setlocale(th: &Thread, category: i32, locale: Option<&Str>) -> PyResult {
        if !(0..=12).contains(&category) {
            return Err(raise(th, "invalid locale category"));
        }
        let name = locale.map(|s| c_text(th, s)).transpose()?;
        // SAFETY: the name lives through the call; the interpreter's lock keeps other Python threads away.
        let result = unsafe { libc::setlocale(category, name.as_ref().map_or(std::ptr::null(), |n| n.as_ptr())) };
        if result.is_null() {
            let message = if locale.is_some() { "unsupported locale setting" } else { "locale query failed" };
            return Err(raise(th, message));
        }
        text(th, result)
    }
    /// Numeric and monetary conventions.
    #[function("localeconv()")]
    fn localeconv(th: &Thread) -> PyResult {
        // SAFETY: the struct is good until the locale changes.
        let conv = unsafe { &*libc::localeconv() };
        let result = Dict::new(th)?;
        let Some(dict) = result.cast::<Dict>() else { return Ok(result) };
        for (key, p) in [
            ("decimal_point", conv.decimal_point),
            ("thousands_sep", conv.thousands_sep),
            ("int_curr_symbol", conv.int_curr_symbol),
            ("currency_symbol", conv.currency_symbol),
            ("mon_decimal_point", conv.mon_decimal_point),
            ("mon_thousands_sep", conv.mon_thousands_sep),
            ("positive_sign", conv.positive_sign),
            ("negative_sign", conv.negative_sign),
        ] {
            dict.set_rust(th, key, text(th, p)?.value())?;
        }
        dict.set_rust(th, "grouping", grouping(th, conv.grouping)?.value())?;
        dict.set_rust(th, "mon_grouping", grouping(th, conv.mon_grouping)?.value())?;
        for (key, n) in [
            ("int_frac_digits", conv.int_frac_digits),
            ("frac_digits", conv.frac_digits),
            ("p_cs_precedes", conv.p_cs_precedes),
            ("p_sep_by_space", conv.p_sep_by_space),
            ("n_cs_precedes", conv.n_cs_precedes),
            ("n_sep_by_space", conv.n_sep_by_space),
            ("p_sign_posn", conv.p_sign_posn),
            ("n_sign_posn", conv.n_sign_posn),
        ] {
            dict.set_rust(th, key, Value::small_int(n.into()))?;
        }
        Ok(result)
    }
    /// The encoding of the locale.
    #[function("getencoding()")]
    fn getencoding(th: &Thread) -> PyResult {
        th.str("UTF-8")
    }
    /// An item of the locale.
    #[function("nl_langinfo(key, /)")]
    fn nl_langinfo(th: &Thread, key: i32) -> PyResult {
        if key == libc::CODESET {
            return th.str("UTF-8");
        }
        // SAFETY: an unknown key gives the empty string.
        text(th, unsafe { libc::nl_langinfo(key) })
    }
    /// Compares two strings by the locale.
    #[function("strcoll(os1, os2, /)")]
    fn strcoll(th: &Thread, os1: &Str, os2: &Str) -> PyResult<i32> {
        let (a, b) = (c_text(th, os1)?, c_text(th, os2)?);
        // SAFETY: both live through the call.
        Ok(unsafe { libc::strcoll(a.as_ptr(), b.as_ptr()) })
    }
    /// A string that compares as the locale wants.
    #[function("strxfrm(string, /)")]
    fn strxfrm(th: &Thread, string: &Str) -> PyResult {
        let source = c_text(th, string)?;
        // SAFETY: the first call only counts; the second one's buffer has that size.
        unsafe {
            let length = libc::strxfrm(std::ptr::null_mut(), source.as_ptr(), 0);
            let mut out = vec![0u8; length + 1];
            libc::strxfrm(out.as_mut_ptr().cast(), source.as_ptr(), out.len());
            out.truncate(length);
            whipsnake_runtime::fs_name::decode(th, &out)
        }
    }
}

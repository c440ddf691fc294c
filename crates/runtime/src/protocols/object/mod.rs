//! What every object can be asked: text, hash, truth, attributes, items, class membership.

mod attributes;
mod classes;
mod items;

pub(crate) use attributes::with_interned;
pub use attributes::*;
pub use classes::*;
pub use items::*;

use crate::prelude::*;
use crate::typeobj::names;
use crate::types::str::Str;
use whipsnake_text::{Buf, Builder};

/// The name of the object's type, as messages show it.
pub fn type_name(v: Value) -> &'static str {
    v.ty().name()
}

/// `repr(v)`.
///
/// # Errors
/// What `__repr__` raises; TypeError if that returns no str; RecursionError.
pub fn repr(th: &Thread, v: Value) -> PyResult {
    th.check_native_stack(" while getting the repr of an object")?;
    let Some(repr) = v.ty().slots().repr else {
        return th.str(&format!("<{} object at {:#x}>", v.ty().name(), v.bits()));
    };
    let text = repr(th, v)?;
    if !text.is_instance(&statics::STR_TYPE) {
        return err!(th, TYPE_ERROR, "__repr__ returned non-string (type {})", text.ty().name());
    }
    Ok(text)
}

/// Appends `repr(v)`.
///
/// # Errors
/// As [`repr`].
pub fn push_repr(th: &Thread, buf: &mut whipsnake_text::Builder, v: Value) -> PyResult<()> {
    if let Some(i) = v.as_small_int() {
        buf.push_ascii(crate::types::int::decimal_i64(i, &mut [0; 20]));
    } else if let Some(text) = v.exact::<Str>() {
        buf.push_units(whipsnake_text::strings::repr(text.units()).units());
    } else {
        let text = repr(th, v)?;
        if let Some(text) = text.cast::<Str>() {
            buf.push_units(text.units());
        }
    }
    Ok(())
}

/// `str(v)`.
///
/// # Errors
/// What `__str__` raises; TypeError if that returns no str; RecursionError.
pub fn str(th: &Thread, v: Value) -> PyResult {
    if v.is_exact(&statics::STR_TYPE) {
        return Ok(v.own());
    }
    if let Some(i) = v.as_small_int() {
        return crate::types::str::from_ascii(th, crate::types::int::decimal_i64(i, &mut [0; 20]));
    }
    let Some(str) = v.ty().slots().str else { return repr(th, v) };
    th.check_native_stack(" while getting the str of an object")?;
    let text = str(th, v)?;
    if !text.is_instance(&statics::STR_TYPE) {
        return err!(th, TYPE_ERROR, "__str__ returned non-string (type {})", text.ty().name());
    }
    Ok(text)
}

/// `ascii(v)`.
///
/// # Errors
/// As [`repr`].
pub fn ascii(th: &Thread, v: Value) -> PyResult {
    let text = repr(th, v)?;
    let Some(units) = text.cast::<Str>().map(Str::units) else { return Ok(text) };
    if units.is_ascii() {
        return Ok(text);
    }
    let mut out = Builder::new();
    for c in units.iter() {
        match c {
            0..=0x7f => out.push(c),
            0x80..=0xff => out.push_hex_escape(b'x', c, 2),
            0x100..=0xffff => out.push_hex_escape(b'u', c, 4),
            _ => out.push_hex_escape(b'U', c, 8),
        }
    }
    let out: Buf = out.finish();
    crate::types::str::from_buf(th, out)
}

/// The text of `str(v)` in Rust (lone surrogates replaced).
///
/// # Errors
/// As [`str`].
pub fn to_text(th: &Thread, v: Value) -> PyResult<String> {
    Ok(crate::types::str::to_rust_string(str(th, v)?.value()))
}

/// The text of `repr(v)` in Rust (lone surrogates replaced).
///
/// # Errors
/// As [`repr`].
pub fn repr_text(th: &Thread, v: Value) -> PyResult<String> {
    Ok(crate::types::str::to_rust_string(repr(th, v)?.value()))
}

/// `hash(v)`.
///
/// # Errors
/// TypeError for unhashable objects; what `__hash__` raises.
#[inline]
pub fn hash(th: &Thread, v: Value) -> PyResult<i64> {
    match v.ty().slots().hash {
        Some(hash) => hash(th, v),
        None => hash_not_implemented(th, v),
    }
}

/// The hash slot of unhashable types (`__hash__ = None`).
///
/// # Errors
/// TypeError.
pub fn hash_not_implemented(th: &Thread, v: Value) -> PyResult<i64> {
    err!(th, TYPE_ERROR, "unhashable type: '{}'", v.ty().name())
}

/// The hash of an address, as `object.__hash__` gives it.
#[inline]
pub fn hash_identity(v: Value) -> i64 {
    (v.bits() as i64).rotate_right(4)
}

/// The truth of `v`.
///
/// # Errors
/// What `__bool__` and `__len__` raise.
#[inline]
pub fn is_true(th: &Thread, v: Value) -> PyResult<bool> {
    if v.is_true_singleton() {
        return Ok(true);
    }
    if v.is_false_singleton() || v.is_none() {
        return Ok(false);
    }
    if let Some(i) = v.as_small_int() {
        return Ok(i != 0);
    }
    let slots = v.ty().slots();
    if let Some(truth) = slots.nb_bool {
        return truth(th, v);
    }
    match slots.mp_length.or(slots.sq_length) {
        Some(len) => Ok(len(th, v)? > 0),
        None => Ok(true),
    }
}

/// `not v`.
///
/// # Errors
/// As [`is_true`].
#[inline]
pub fn not_(th: &Thread, v: Value) -> PyResult<bool> {
    Ok(!is_true(th, v)?)
}

/// `format(v, spec)`; no spec is the empty one.
///
/// # Errors
/// What `__format__` raises; TypeError if it returns no str or the spec is none.
pub fn format(th: &Thread, v: Value, spec: Option<Value>) -> PyResult {
    if let Some(spec) = spec
        && !spec.is_instance(&statics::STR_TYPE)
    {
        return err!(th, SYSTEM_ERROR, "Format specifier must be a string, not {}", spec.ty().name());
    }
    let is_empty = spec.is_none_or(|spec| spec.cast::<Str>().is_some_and(|s| s.len() == 0));
    let ty = v.ty();
    if is_empty
        && (std::ptr::eq(ty, &statics::STR_TYPE)
            || std::ptr::eq(ty, &statics::INT_TYPE)
            || std::ptr::eq(ty, &statics::FLOAT_TYPE))
    {
        return str(th, v);
    }
    let empty;
    let spec = match spec {
        Some(spec) => spec,
        None => {
            empty = th.str("")?;
            empty.value()
        }
    };
    match call_special(th, v, names::FORMAT.get(th)?, &[spec])? {
        Some(text) if text.is_instance(&statics::STR_TYPE) => Ok(text),
        Some(other) => err!(th, TYPE_ERROR, "__format__ must return a str, not {}", other.ty().name()),
        None => err!(th, TYPE_ERROR, "Type {} doesn't define __format__", v.ty().name()),
    }
}

/// `dir(v)`: a sorted list of names.
///
/// # Errors
/// TypeError without `__dir__`; what `__dir__` and comparing the names raise.
pub fn dir(th: &Thread, v: Value) -> PyResult {
    let Some(names) = call_special(th, v, names::DIR.get(th)?, &[])? else {
        return err!(th, TYPE_ERROR, "object does not provide __dir__");
    };
    let names = th.list(iter::to_vec(th, names.value())?)?;
    call::call_method(th, names.value(), "sort", &[])?;
    Ok(names)
}

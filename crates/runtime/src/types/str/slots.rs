//! Operators and construction of `str`.

use super::{
    STR_TYPE, Str, concat_str, eq, from_char, from_units, hash, instance_of_subclass, iterator, one_char, repeat,
};
use crate::prelude::*;
use crate::types::slice::{self, Slice};
use crate::types::{buffer, bytes, codecs, format};
use whipsnake_text::{Unit, Units, search, with_units};

pub(super) static SLOTS: Slots = Slots {
    dealloc: Some(super::dealloc),
    body_size: Some(super::body_size),
    repr: Some(repr),
    str: Some(to_str),
    hash: Some(hash_slot),
    richcompare: Some(richcompare),
    iter: Some(iterator::iterate),
    new: Some(new),
    nb_remainder: Some(remainder),
    sq_length: Some(length),
    sq_concat: Some(concat),
    sq_repeat: Some(repeat_slot),
    sq_item: Some(item),
    sq_contains: Some(contains),
    mp_length: Some(length),
    mp_subscript: Some(subscript),
    ..Slots::EMPTY
};

/// The receiver of a slot function.
fn this<'a>(v: Value) -> &'a Str {
    // SAFETY: I4, slots are called with instances of their type.
    unsafe { v.cast_unchecked() }
}

fn repr(th: &Thread, v: Value) -> PyResult {
    super::from_buf(th, whipsnake_text::strings::repr(this(v).units()))
}

fn to_str(th: &Thread, v: Value) -> PyResult {
    unchanged(th, this(v))
}

/// The string as an exact `str`: itself unless it is of a subclass.
pub(super) fn unchanged(th: &Thread, s: &Str) -> PyResult {
    if s.is_exact_str() { Ok(s.value().own()) } else { from_units(th, s.units()) }
}

fn hash_slot(th: &Thread, v: Value) -> PyResult<i64> {
    Ok(hash(th, this(v)))
}

fn richcompare(_: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(a), Some(b)) = (a.cast::<Str>(), b.cast::<Str>()) else { return Ok(Obj::not_implemented()) };
    Ok(Obj::bool(match op {
        CompareOp::Eq => eq(a, b),
        CompareOp::Ne => !eq(a, b),
        CompareOp::Lt => super::cmp(a, b).is_lt(),
        CompareOp::Le => super::cmp(a, b).is_le(),
        CompareOp::Gt => super::cmp(a, b).is_gt(),
        CompareOp::Ge => super::cmp(a, b).is_ge(),
    }))
}

fn remainder(th: &Thread, a: Value, b: Value) -> PyResult {
    match a.cast::<Str>() {
        Some(template) => format::percent(th, template, b),
        None => Ok(Obj::not_implemented()),
    }
}

fn length(_: &Thread, v: Value) -> PyResult<isize> {
    Ok(this(v).len() as isize)
}

fn concat(th: &Thread, a: Value, b: Value) -> PyResult {
    match b.cast::<Str>() {
        Some(y) => concat_str(th, this(a), y),
        None => err!(th, TYPE_ERROR, "can only concatenate str (not \"{}\") to str", number::full_name(b)),
    }
}

fn repeat_slot(th: &Thread, v: Value, times: isize) -> PyResult {
    repeat(th, this(v), times)
}

fn item(th: &Thread, v: Value, index: isize) -> PyResult {
    match usize::try_from(index).ok().and_then(|i| this(v).units().get(i)) {
        Some(c) if c < 256 => Ok(Obj::steal(one_char(c as u8))),
        Some(c) => from_char(th, c),
        None => Err(th.index_error("string index out of range")),
    }
}

fn contains(th: &Thread, v: Value, needle: Value) -> PyResult<bool> {
    match needle.cast::<Str>() {
        Some(needle) => Ok(search::contains(this(v).units(), needle.units())),
        None => {
            err!(th, TYPE_ERROR, "'in <string>' requires string as left operand, not {}", number::full_name(needle))
        }
    }
}

fn subscript(th: &Thread, v: Value, key: Value) -> PyResult {
    let s = this(v);
    if let Some(slice) = key.cast::<Slice>() {
        let (start, _, step, len) = slice::indices(th, slice, s.len())?;
        return sliced(th, s, start, step, len);
    }
    let index = match key.as_small_int() {
        Some(i) => i as isize,
        None if number::has_index(key) => number::as_index(th, key, &statics::INDEX_ERROR)?,
        None => return err!(th, TYPE_ERROR, "string indices must be integers, not '{}'", number::full_name(key)),
    };
    item(th, v, if index < 0 { index + s.len() as isize } else { index })
}

fn sliced(th: &Thread, s: &Str, start: isize, step: isize, len: usize) -> PyResult {
    if len == 0 {
        return Ok(super::intern::empty());
    }
    if step == 1 {
        return super::substring(th, s, start as usize, start as usize + len);
    }
    fn pick<T: Unit>(units: &[T], start: isize, step: isize, len: usize) -> Vec<T> {
        (0..len).map(|i| units[(start + i as isize * step) as usize]).collect()
    }
    match s.units() {
        Units::Ascii(units) => super::from_ascii(th, &pick(units, start, step, len)),
        other => with_units!(other, |units| from_units(th, Units::from(&pick(units, start, step, len)[..]))),
    }
}

static NEW: crate::args::Params = crate::args::Params {
    function: "str",
    names: &["object", "encoding", "errors"],
    positional_only: 0,
    positional: 3,
    required: &[false, false, false],
    has_varargs: false,
    has_varkw: false,
};

fn new(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    if let ([only], None, true) = (args.slots(), args.kwnames(), std::ptr::eq(ty, &STR_TYPE)) {
        return object::str(th, only.value());
    }
    if args.len() > 3 {
        return err!(th, TYPE_ERROR, "str expected at most 3 arguments, got {}", args.len());
    }
    let mut bound = [None; 3];
    NEW.bind(th, args, &mut bound)?;
    let text = |v: Option<Value>, name: &str| -> PyResult<Option<Obj>> {
        match v {
            None => Ok(None),
            Some(v) if v.cast::<Str>().is_some() => {
                if v.cast::<Str>().is_some_and(|s| s.units().iter().any(|c| c == 0)) {
                    return Err(th.value_error("embedded null character"));
                }
                Ok(Some(v.own()))
            }
            Some(v) => {
                let got = if v.is_none() { "None" } else { number::full_name(v) };
                err!(th, TYPE_ERROR, "str() argument '{name}' must be str, not {got}")
            }
        }
    };
    let encoding = text(bound[1], "encoding")?;
    let errors = text(bound[2], "errors")?;
    let result = match bound[0] {
        None => super::intern::empty(),
        Some(v) if encoding.is_none() && errors.is_none() => object::str(th, v)?,
        Some(v) => {
            let name = |v: &Option<Obj>| v.as_ref().map(|v| super::to_rust_string(v.value()));
            from_object(th, v, name(&encoding).as_deref(), name(&errors).as_deref())?
        }
    };
    if std::ptr::eq(ty, &STR_TYPE) {
        return Ok(result);
    }
    str_of_type(th, ty, result.value())
}

/// A copy of a str as an instance of `ty`, a subclass of `str` (or `str` itself).
///
/// # Errors
/// MemoryError; TypeError when `text` is not a str.
pub fn str_of_type(th: &Thread, ty: &'static Type, text: Value) -> PyResult {
    let Some(s) = text.cast::<Str>() else {
        return err!(th, TYPE_ERROR, "expected str, got {}", number::full_name(text));
    };
    if std::ptr::eq(ty, &STR_TYPE) { unchanged(th, s) } else { instance_of_subclass(th, ty, s) }
}

/// `str(object, encoding, errors)`: decodes the bytes of an object.
///
/// # Errors
/// TypeError when it has none, or is a str already; what the codec raises.
pub fn from_object(th: &Thread, v: Value, encoding: Option<&str>, errors: Option<&str>) -> PyResult {
    let (encoding, errors) = (encoding.unwrap_or("utf-8"), errors.unwrap_or("strict"));
    if let Some(bytes) = v.cast::<bytes::Bytes>() {
        return codecs::decode(th, bytes.as_slice(), encoding, errors);
    }
    if v.cast::<Str>().is_some() {
        return Err(th.type_error("decoding str is not supported"));
    }
    if v.ty().slots().bf_getbuffer.is_none() {
        return err!(
            th,
            TYPE_ERROR,
            "decoding to str: need a bytes-like object, {} found",
            if v.is_none() { "NoneType" } else { number::full_name(v) }
        );
    }
    let view = buffer::get(th, v, false)?;
    codecs::decode(th, view.bytes(), encoding, errors)
}

/// What the FORMAT_SIMPLE instruction does: `format(v, "")`, at no cost for a string.
///
/// # Errors
/// Whatever `__format__` raises.
#[inline]
pub fn format_simple(th: &Thread, v: Value) -> PyResult {
    if v.is_exact(&STR_TYPE) {
        return Ok(v.own());
    }
    let spec = super::intern::empty();
    format::format_value(th, v, spec.value())
}

//! What `bytes(x)`, `bytearray(x)` and `bytearray.extend(x)` make of their arguments.

use super::Bytes;
use crate::args::Params;
use crate::prelude::*;
use crate::types::str::{Str, to_rust_string};
use crate::types::{buffer, codecs};

const fn params(function: &'static str) -> Params {
    Params {
        function,
        names: &["source", "encoding", "errors"],
        positional_only: 0,
        positional: 3,
        required: &[false, false, false],
        has_varargs: false,
        has_varkw: false,
    }
}

pub(super) static BYTES_PARAMS: Params = params("bytes");
pub(crate) static BYTEARRAY_PARAMS: Params = params("bytearray");

/// For whom a conversion is done: messages differ.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Bytes,
    ByteArray,
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Target::Bytes => "bytes",
            Target::ByteArray => "bytearray",
        }
    }
}

/// The bytes that came out.
pub(crate) enum Converted {
    /// An exact or subclass `bytes` object.
    Object(Obj),
    Zeros(usize),
    Data(Vec<u8>),
}

fn codec_name(th: &Thread, v: Option<Value>, what: Target, name: &str) -> PyResult<Option<String>> {
    match v {
        None => Ok(None),
        Some(v) if v.cast::<Str>().is_some() => Ok(Some(to_rust_string(v))),
        Some(v) => {
            let got = if v.is_none() { "None" } else { number::full_name(v) };
            err!(th, TYPE_ERROR, "{}() argument '{name}' must be str, not {got}", what.name())
        }
    }
}

/// Converts `(source, encoding, errors)`.
///
/// # Errors
/// TypeError, ValueError, OverflowError; what the codec or the source's methods raise.
pub(crate) fn convert(th: &Thread, bound: [Option<Value>; 3], target: Target) -> PyResult<Converted> {
    let encoding = codec_name(th, bound[1], target, "encoding")?;
    let errors = codec_name(th, bound[2], target, "errors")?;
    let Some(source) = bound[0] else {
        return match (encoding, errors) {
            (Some(_), _) => Err(th.type_error("encoding without a string argument")),
            (None, Some(_)) => Err(th.type_error("errors without a string argument")),
            (None, None) => Ok(Converted::Object(super::empty())),
        };
    };
    if let Some(text) = source.cast::<Str>() {
        let Some(encoding) = encoding else { return Err(th.type_error("string argument without an encoding")) };
        let encoded = codecs::encode(th, text, &encoding, errors.as_deref().unwrap_or("strict"))?;
        return Ok(Converted::Object(encoded));
    }
    if encoding.is_some() {
        return Err(th.type_error("encoding without a string argument"));
    }
    if errors.is_some() {
        return Err(th.type_error("errors without a string argument"));
    }
    if target == Target::Bytes
        && let Some(converted) = by_dunder(th, source)?
    {
        return Ok(Converted::Object(converted));
    }
    if number::has_index(source) {
        match number::as_index(th, source, &statics::OVERFLOW_ERROR) {
            Ok(count) => {
                return usize::try_from(count).map(Converted::Zeros).map_err(|_| th.value_error("negative count"));
            }
            Err(_) if th.exception_matches(&statics::TYPE_ERROR) => drop(th.take_exception()),
            Err(raised) => return Err(raised),
        }
    }
    from_object(th, source, target)
}

/// `source.__bytes__()`, if there is one.
fn by_dunder(th: &Thread, source: Value) -> PyResult<Option<Obj>> {
    if source.is_exact(&super::BYTES_TYPE) {
        return Ok(Some(source.own()));
    }
    let Some(method) = object::lookup_special(th, source, "__bytes__")? else { return Ok(None) };
    let result = call::call0(th, method.value())?;
    if result.cast::<Bytes>().is_none() {
        return err!(th, TYPE_ERROR, "__bytes__ returned non-bytes (type {})", result.ty().name());
    }
    Ok(Some(result))
}

/// The bytes of a bytes-like object or of an iterable of ints.
fn from_object(th: &Thread, source: Value, target: Target) -> PyResult<Converted> {
    if source.exact::<Bytes>().is_some() {
        return Ok(Converted::Object(source.own()));
    }
    if buffer::has_buffer(source) {
        return Ok(Converted::Data(buffer::get_full(th, source, false)?.to_vec()));
    }
    let iterator = match iter::get_iter(th, source) {
        Ok(iterator) => iterator,
        Err(_) if th.exception_matches(&statics::TYPE_ERROR) => {
            drop(th.take_exception());
            return err!(th, TYPE_ERROR, "cannot convert '{}' object to {}", source.ty().name(), target.name());
        }
        Err(raised) => return Err(raised),
    };
    collect(th, iterator.value(), target).map(Converted::Data)
}

/// The ints of an iterator as bytes.
///
/// # Errors
/// TypeError, ValueError for numbers out of range; what the iterator raises.
pub(crate) fn collect(th: &Thread, iterator: Value, target: Target) -> PyResult<Vec<u8>> {
    let mut data = Vec::new();
    while let Some(item) = iter::next(th, iterator)? {
        match target {
            Target::ByteArray => data.push(byte_of(th, item.value())?),
            Target::Bytes => match u8::try_from(number::as_index_clamped(th, item.value())?) {
                Ok(byte) => data.push(byte),
                Err(_) => return Err(th.value_error("bytes must be in range(0, 256)")),
            },
        }
    }
    Ok(data)
}

/// A byte from an int.
///
/// # Errors
/// TypeError; ValueError "byte must be in range(0, 256)".
#[inline]
pub(crate) fn byte_of(th: &Thread, v: Value) -> PyResult<u8> {
    let number = number::as_index_clamped(th, v)?;
    u8::try_from(number).map_err(|_| th.value_error("byte must be in range(0, 256)"))
}

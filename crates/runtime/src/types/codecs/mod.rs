//! Codecs: the built-in ones at full speed, the registry for all others.
//!
//! - `mod.rs`: [`encode`] and [`decode`], as `str.encode` and `bytes.decode` use them
//! - `registry.rs`: search functions, the cache of codecs, error handlers by name
//! - `errors.rs`: from the text crate's errors to Python's exceptions, and handlers written in Python
//! - `handlers.rs`: the built-in error handlers as Python functions
//! - `functions.rs`: one conversion per codec, as `_codecs` offers them
//!
//! The conversions themselves are in `whipsnake_text::codecs`.

pub(crate) mod errors;
pub(crate) mod functions;
pub(crate) mod handlers;
pub mod registry;

pub use errors::{raise_decode_error, raise_encode_error};
pub use registry::{lookup, lookup_error, register, register_error, unregister};

use crate::prelude::*;
use crate::types::bytes::Bytes;
use crate::types::str::Str;
use errors::{Decoding, Encoding};
use whipsnake_text::codecs::{ByteOrder, single_byte, utf8, utf16, utf32};

/// The codecs that need no look-up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Builtin {
    Utf8,
    Latin1,
    Ascii,
    Utf16,
    Utf32,
}

impl Builtin {
    fn from_name(name: &str) -> Option<Builtin> {
        if name == "utf-8" {
            return Some(Builtin::Utf8);
        }
        Some(match registry::normalized(name).as_str() {
            "utf_8" | "utf8" => Builtin::Utf8,
            "latin_1" | "latin1" | "iso_8859_1" | "iso8859_1" => Builtin::Latin1,
            "ascii" | "us_ascii" => Builtin::Ascii,
            "utf_16" | "utf16" => Builtin::Utf16,
            "utf_32" | "utf32" => Builtin::Utf32,
            _ => return None,
        })
    }
}

/// `text.encode(encoding, errors)`: a `bytes` object.
///
/// # Errors
/// LookupError for an unknown encoding, UnicodeEncodeError (or what the error handler raises), MemoryError.
pub fn encode(th: &Thread, text: &Str, encoding: &str, errors: &str) -> PyResult {
    let Some(builtin) = Builtin::from_name(encoding) else {
        return encode_registered(th, text, encoding, errors);
    };
    if text.is_ascii() && !matches!(builtin, Builtin::Utf16 | Builtin::Utf32) {
        return th.bytes(text.units().as_bytes());
    }
    let units = text.units();
    let mut context = Encoding::new(th, text.value(), errors);
    let data = context.run(|errors| match builtin {
        Builtin::Utf8 => utf8::encode(units, errors),
        Builtin::Latin1 => single_byte::encode_latin1(units, errors),
        Builtin::Ascii => single_byte::encode_ascii(units, errors),
        Builtin::Utf16 => utf16::encode(units, ByteOrder::Marked, errors),
        Builtin::Utf32 => utf32::encode(units, ByteOrder::Marked, errors),
    })?;
    th.bytes(&data)
}

/// `data.decode(encoding, errors)`: a str.
///
/// # Errors
/// LookupError for an unknown encoding, UnicodeDecodeError (or what the error handler raises), MemoryError.
pub fn decode(th: &Thread, data: &[u8], encoding: &str, errors: &str) -> PyResult {
    let Some(builtin) = Builtin::from_name(encoding) else {
        return decode_registered(th, data, encoding, errors);
    };
    match builtin {
        Builtin::Utf8 => return decode_utf8(th, data, errors),
        Builtin::Latin1 => {
            return crate::types::str::from_units(th, whipsnake_text::Units::from_latin1(data));
        }
        Builtin::Ascii if data.is_ascii() => return crate::types::str::from_ascii(th, data),
        _ => {}
    }
    let mut context = Decoding::new(th, data, errors);
    let text = context.run(|errors| match builtin {
        Builtin::Utf16 => utf16::decode(data, &mut ByteOrder::Marked.clone(), true, errors).map(|(text, _)| text),
        Builtin::Utf32 => utf32::decode(data, &mut ByteOrder::Marked.clone(), true, errors).map(|(text, _)| text),
        _ => single_byte::decode_ascii(data, errors),
    })?;
    crate::types::str::from_buf(th, text)
}

/// Decodes UTF-8.
///
/// # Errors
/// UnicodeDecodeError (or what the error handler raises), MemoryError.
pub fn decode_utf8(th: &Thread, data: &[u8], errors: &str) -> PyResult {
    if let Ok(text) = std::str::from_utf8(data) {
        return th.str(text);
    }
    let text = Decoding::new(th, data, errors).run(|errors| utf8::decode(data, true, errors).map(|(text, _)| text))?;
    crate::types::str::from_buf(th, text)
}

/// The file system encoding: UTF-8 with `surrogateescape`.
///
/// # Errors
/// MemoryError.
pub fn decode_fs(th: &Thread, data: &[u8]) -> PyResult {
    decode_utf8(th, data, "surrogateescape")
}

/// A str in the file system encoding.
///
/// # Errors
/// UnicodeEncodeError for surrogates that do not stand for bytes.
pub fn encode_fs(th: &Thread, text: &Str) -> PyResult<Vec<u8>> {
    if let Some(text) = text.as_utf8() {
        return Ok(text.as_bytes().to_vec());
    }
    let units = text.units();
    Encoding::new(th, text.value(), "surrogateescape").run(|errors| utf8::encode(units, errors))
}

/// Whether a codec may be used by `str.encode` and `bytes.decode`.
fn check_text_codec(th: &Thread, codec: Value, encoding: &str, instead: &str) -> PyResult<()> {
    if codec.is_exact(&statics::TUPLE_TYPE) {
        return Ok(());
    }
    let name = th.intern("_is_text_encoding")?;
    if let Some(flag) = object::lookup_attr(th, codec, name.value())?
        && !object::is_true(th, flag.value())?
    {
        return err!(th, LOOKUP_ERROR, "'{encoding}' is not a text encoding; use {instead} to handle arbitrary codecs");
    }
    Ok(())
}

fn encode_registered(th: &Thread, text: &Str, encoding: &str, errors: &str) -> PyResult {
    let codec = lookup(th, encoding)?;
    check_text_codec(th, codec.value(), encoding, "codecs.encode()")?;
    let result =
        registry::convert(th, codec.value(), text.value(), encoding, Some(errors), registry::Direction::Encode)?;
    if result.cast::<Bytes>().is_some() {
        return Ok(result);
    }
    if result.is_instance(&statics::BYTEARRAY_TYPE) {
        let message = format!(
            "encoder {encoding} returned bytearray instead of bytes; use codecs.encode() to encode to arbitrary types"
        );
        crate::warnings::warn(th, &statics::RUNTIME_WARNING, &message, 1)?;
        let view = crate::types::buffer::get(th, result.value(), false)?;
        return th.bytes(view.bytes());
    }
    err!(
        th,
        TYPE_ERROR,
        "'{encoding}' encoder returned '{}' instead of 'bytes'; use codecs.encode() to encode to arbitrary types",
        result.ty().name()
    )
}

fn decode_registered(th: &Thread, data: &[u8], encoding: &str, errors: &str) -> PyResult {
    let codec = lookup(th, encoding)?;
    check_text_codec(th, codec.value(), encoding, "codecs.decode()")?;
    let bytes = th.bytes(data)?;
    let result =
        registry::convert(th, codec.value(), bytes.value(), encoding, Some(errors), registry::Direction::Decode)?;
    if result.cast::<Str>().is_some() {
        return Ok(result);
    }
    err!(
        th,
        TYPE_ERROR,
        "'{encoding}' decoder returned '{}' instead of 'str'; use codecs.decode() to decode to arbitrary types",
        result.ty().name()
    )
}

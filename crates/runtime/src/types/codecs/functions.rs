//! One conversion per codec, as the functions of `_codecs` want them: `(result, how much was consumed)`.

use super::errors::{Decoding, Encoding};
use crate::prelude::*;
use crate::types::buffer::BytesArg;
use crate::types::bytes::Bytes;
use crate::types::dict::Dict;
use crate::types::str::{Str, from_buf};
use whipsnake_text::codecs::{CodecError, DecodeErrors, EncodeErrors, ErrorHandler, charmap, escape};
use whipsnake_text::search::Translated;
use whipsnake_text::unicode::names::character_named;
use whipsnake_text::{Buf, Units};

/// The pair `(object, length)`.
///
/// # Errors
/// MemoryError.
pub(crate) fn pair(th: &Thread, object: Obj, length: usize) -> PyResult {
    let length = th.uint(length as u64)?;
    th.tuple(&[object.value(), length.value()])
}

/// Encodes and pairs the bytes with the length of the text.
///
/// # Errors
/// UnicodeEncodeError, or what the error handler raises.
pub(crate) fn encode_pair(
    th: &Thread,
    text: &Str,
    errors: &str,
    convert: impl FnOnce(Units<'_>, &mut EncodeErrors<'_, Raised>) -> Result<Vec<u8>, CodecError<Raised>>,
) -> PyResult {
    let data = Encoding::new(th, text.value(), errors).run(|errors| convert(text.units(), errors))?;
    pair(th, th.bytes(&data)?, text.len())
}

/// Decodes and pairs the text with how many bytes were consumed.
///
/// # Errors
/// UnicodeDecodeError, or what the error handler raises.
pub(crate) fn decode_pair(
    th: &Thread,
    data: &[u8],
    errors: &str,
    convert: impl FnOnce(&[u8], &mut DecodeErrors<'_, Raised>) -> Result<(Buf, usize), CodecError<Raised>>,
) -> PyResult {
    let (text, consumed) = Decoding::new(th, data, errors).run(|errors| convert(data, errors))?;
    pair(th, from_buf(th, text)?, consumed)
}

/// A bytes-like argument, or a str that stands for its UTF-8.
///
/// # Errors
/// TypeError, UnicodeEncodeError.
pub(crate) enum TextOrBytes<'a> {
    Text(&'a str),
    Bytes(BytesArg<'a>),
}

impl<'a> FromArg<'a> for TextOrBytes<'a> {
    fn from_arg(th: &'a Thread, v: Value, _: ArgName) -> PyResult<TextOrBytes<'a>> {
        match v.cast::<Str>() {
            Some(text) => text.utf8(th).map(TextOrBytes::Text),
            None => BytesArg::of(th, v).map(TextOrBytes::Bytes),
        }
    }
}

impl std::ops::Deref for TextOrBytes<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            TextOrBytes::Text(text) => text.as_bytes(),
            TextOrBytes::Bytes(bytes) => bytes,
        }
    }
}

fn warn_invalid_escape(th: &Thread, invalid: escape::InvalidEscape, prefix: &str) -> PyResult<()> {
    let (what, kind) = match invalid.octal {
        Some(octal) => (format!("{octal:o}"), "octal escape"),
        None => ((invalid.character as char).to_string(), "escape"),
    };
    let message =
        format!("{prefix}\"\\{what}\" is an invalid {kind} sequence. Such sequences will not work in the future. ");
    crate::warnings::deprecated(th, &message)
}

/// `unicode_escape_decode`.
///
/// # Errors
/// UnicodeDecodeError, or what the error handler or the warning about invalid escapes raise.
pub(crate) fn unicode_escape(th: &Thread, data: &[u8], errors: &str, is_final: bool) -> PyResult {
    let (text, consumed, invalid) = Decoding::new(th, data, errors)
        .run(|errors| escape::decode_unicode_escape(data, is_final, Some(&character_named), errors))?;
    if let Some(invalid) = invalid {
        warn_invalid_escape(th, invalid, "")?;
    }
    pair(th, from_buf(th, text)?, consumed)
}

/// `escape_decode`.
///
/// # Errors
/// ValueError.
pub(crate) fn bytes_escape(th: &Thread, data: &[u8], errors: &str) -> PyResult {
    let handler = match errors {
        "strict" => ErrorHandler::Strict,
        "replace" => ErrorHandler::Replace,
        "ignore" => ErrorHandler::Ignore,
        _ => return bytes_escape_unknown(th, data, errors),
    };
    bytes_escape_with(th, data, handler)
}

/// An unknown handler matters only when it is needed.
fn bytes_escape_unknown(th: &Thread, data: &[u8], errors: &str) -> PyResult {
    match escape::decode_bytes_escape(data, ErrorHandler::Strict) {
        Err(escape::BytesEscapeError::Hex(_)) => {
            err!(th, VALUE_ERROR, "decoding error; unknown error handling code: {errors}")
        }
        _ => bytes_escape_with(th, data, ErrorHandler::Strict),
    }
}

fn bytes_escape_with(th: &Thread, data: &[u8], handler: ErrorHandler) -> PyResult {
    match escape::decode_bytes_escape(data, handler) {
        Ok((bytes, invalid)) => {
            if let Some(invalid) = invalid {
                warn_invalid_escape(th, invalid, "b")?;
            }
            pair(th, th.bytes(&bytes)?, data.len())
        }
        Err(escape::BytesEscapeError::Trailing) => Err(th.value_error("Trailing \\ in string")),
        Err(escape::BytesEscapeError::Hex(at)) => err!(th, VALUE_ERROR, "invalid \\x escape at position {at}"),
    }
}

/// An entry of a mapping for character maps; `None` when there is none.
fn mapping_entry(th: &Thread, mapping: Value, key: u32) -> PyResult<Option<Obj>> {
    let key = th.int(key.into())?;
    match object::get_item(th, mapping, key.value()) {
        Ok(entry) if entry.is_none() => Ok(None),
        Ok(entry) => Ok(Some(entry)),
        Err(_) if th.exception_matches(&statics::LOOKUP_ERROR) => {
            drop(th.take_exception());
            Ok(None)
        }
        Err(raised) => Err(raised),
    }
}

/// `charmap_decode`.
///
/// # Errors
/// UnicodeDecodeError, TypeError for malformed entries, what the mapping raises.
pub(crate) fn charmap_decode(th: &Thread, data: &[u8], errors: &str, mapping: Option<Value>) -> PyResult {
    let Some(mapping) = mapping else {
        return pair(th, crate::types::str::from_units(th, Units::from_latin1(data))?, data.len());
    };
    let text = match mapping.cast::<Str>() {
        Some(table) => {
            let table = table.units();
            Decoding::new(th, data, errors).run(|errors| charmap::decode(data, table, errors))?
        }
        None => Decoding::new(th, data, errors).run(|errors| {
            charmap::decode_by(data, errors, |byte| {
                let Some(entry) = mapping_entry(th, mapping, byte.into())? else { return Ok(Translated::Delete) };
                if let Some(text) = entry.cast::<Str>() {
                    return Ok(Translated::Text(text.units().to_buf()));
                }
                if !entry.is_instance(&statics::INT_TYPE) {
                    return Err(th.type_error("character mapping must return integer, None or str"));
                }
                match crate::types::int::as_i64_exact(entry.value()).and_then(|c| u32::try_from(c).ok()) {
                    Some(c) if c <= 0x10FFFF => Ok(Translated::Char(c)),
                    _ => Err(th.type_error("character mapping must be in range(0x110000)")),
                }
            })
        })?,
    };
    pair(th, from_buf(th, text)?, data.len())
}

/// `charmap_encode`.
///
/// # Errors
/// UnicodeEncodeError, TypeError for malformed entries, what the mapping raises.
pub(crate) fn charmap_encode(th: &Thread, text: &Str, errors: &str, mapping: Option<Value>) -> PyResult {
    let Some(mapping) = mapping else {
        return encode_pair(th, text, errors, whipsnake_text::codecs::single_byte::encode_latin1);
    };
    encode_pair(th, text, errors, |units, errors| {
        charmap::encode_by(units, errors, |c, out| {
            let Some(entry) = mapping_entry(th, mapping, c)? else { return Ok(false) };
            if let Some(bytes) = entry.cast::<Bytes>() {
                out.extend_from_slice(bytes.as_slice());
                return Ok(true);
            }
            if !entry.is_instance(&statics::INT_TYPE) {
                return err!(
                    th,
                    TYPE_ERROR,
                    "character mapping must return integer, bytes or None, not {}",
                    entry.ty().name()
                );
            }
            match crate::types::int::as_i64_exact(entry.value()).and_then(|b| u8::try_from(b).ok()) {
                Some(byte) => out.push(byte),
                None => return Err(th.type_error("character mapping must be in range(256)")),
            }
            Ok(true)
        })
    })
}

/// `charmap_build`: a dict from characters to bytes.
///
/// # Errors
/// MemoryError.
pub(crate) fn charmap_build(th: &Thread, table: &Str) -> PyResult {
    let result = Dict::new(th)?;
    if let Some(dict) = result.cast::<Dict>() {
        for (byte, c) in table.units().iter().take(256).enumerate().filter(|&(_, c)| c != 0xFFFE) {
            dict.set(th, Value::small_int(c.into()), Value::small_int(byte as i64))?;
        }
    }
    Ok(result)
}

/// `escape_encode`: as in the repr of bytes, between single quotes.
pub(crate) fn escape_bytes(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    for &byte in data {
        match byte {
            b'\\' | b'\'' => out.extend_from_slice(&[b'\\', byte]),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b' '..=b'~' => out.push(byte),
            _ => out.extend_from_slice(format!("\\x{byte:02x}").as_bytes()),
        }
    }
    out
}

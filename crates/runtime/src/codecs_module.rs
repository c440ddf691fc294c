//! The functions of the `_codecs` module. The work is done in `types/codecs`.

use crate::prelude::*;
use crate::types::buffer::BytesArg;
use crate::types::bytes::Bytes;
use crate::types::codecs::functions::{self, TextOrBytes, decode_pair, encode_pair, pair};
use crate::types::codecs::registry::{self, Direction};
use crate::types::str::Str;
use crate::types::str::methods::CodecName;
use whipsnake_text::codecs::{ByteOrder, escape, single_byte, utf7, utf8, utf16, utf32};

/// Makes the `_codecs` module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    crate::types::module::new(th, "_codecs", "The codec registry and the built-in codecs.", codecs_functions::METHODS)
}

/// An optional name of an error handler.
fn handler(errors: &Option<CodecName>) -> &str {
    errors.as_ref().map_or("strict", CodecName::as_str)
}

fn order(byteorder: i32) -> ByteOrder {
    match byteorder {
        0 => ByteOrder::Marked,
        i32::MIN..0 => ByteOrder::Little,
        _ => ByteOrder::Big,
    }
}

/// The triple of the `ex` decoders: text, bytes consumed, and the byte order found.
fn with_order(th: &Thread, decoded: Obj, order: ByteOrder) -> PyResult {
    let (text, consumed) = match decoded.cast::<crate::types::tuple::Tuple>() {
        Some(pair) => (pair.get(0), pair.get(1)),
        None => (None, None),
    };
    let order = match order {
        ByteOrder::Marked => 0,
        ByteOrder::Little => -1,
        ByteOrder::Big => 1,
    };
    let part = |v: &Option<Obj>| v.as_ref().map_or(statics::none(), Obj::value);
    th.tuple(&[part(&text), part(&consumed), Value::small_int(order)])
}

#[pyfunctions]
pub mod codecs_functions {
    use super::*;

    /// Registers a function that finds codecs by name.
    #[function("register(search_function, /)")]
    fn register(th: &Thread, function: Value) -> PyResult<()> {
        registry::register(th, function)
    }
    /// Takes a search function out of the registry, and empties the cache of codecs.
    #[function("unregister(search_function, /)")]
    fn unregister(th: &Thread, function: Value) {
        registry::unregister(th, function);
    }
    /// The codec of an encoding.
    #[function("lookup(encoding, /)")]
    fn lookup(th: &Thread, encoding: CodecName) -> PyResult {
        registry::lookup(th, encoding.as_str())
    }
    /// Encodes an object with a registered codec.
    #[function("encode(obj, encoding='utf-8', errors='strict')")]
    fn encode(th: &Thread, obj: Value, encoding: CodecName, errors: Option<CodecName>) -> PyResult {
        let codec = registry::lookup(th, encoding.as_str())?;
        let errors = errors.as_ref().map(CodecName::as_str);
        registry::convert(th, codec.value(), obj, encoding.as_str(), errors, Direction::Encode)
    }
    /// Decodes an object with a registered codec.
    #[function("decode(obj, encoding='utf-8', errors='strict')")]
    fn decode(th: &Thread, obj: Value, encoding: CodecName, errors: Option<CodecName>) -> PyResult {
        let codec = registry::lookup(th, encoding.as_str())?;
        let errors = errors.as_ref().map(CodecName::as_str);
        registry::convert(th, codec.value(), obj, encoding.as_str(), errors, Direction::Decode)
    }
    /// Registers an error handler under a name.
    #[function("register_error(errors, handler, /)")]
    fn register_error(th: &Thread, errors: &Str, handler: Value) -> PyResult<()> {
        registry::register_error(th, errors.utf8(th)?, handler)
    }
    /// Takes an error handler out of the registry; whether there was one.
    #[function("_unregister_error(errors, /)")]
    fn unregister_error(th: &Thread, errors: &Str) -> PyResult<bool> {
        registry::unregister_error(th, errors.utf8(th)?)
    }
    /// The error handler registered under a name.
    #[function("lookup_error(name, /)")]
    fn lookup_error(th: &Thread, name: &Str) -> PyResult {
        registry::lookup_error(th, name.utf8(th)?)
    }

    #[function("escape_encode(data, errors=None, /)")]
    fn escape_encode(th: &Thread, data: &Bytes, errors: Option<CodecName>) -> PyResult {
        let _ = errors;
        pair(th, th.bytes(&functions::escape_bytes(data.as_slice()))?, data.len())
    }
    #[function("escape_decode(data, errors=None, /)")]
    fn escape_decode(th: &Thread, data: TextOrBytes, errors: Option<CodecName>) -> PyResult {
        functions::bytes_escape(th, &data, handler(&errors))
    }
    #[function("readbuffer_encode(data, errors=None, /)")]
    fn readbuffer_encode(th: &Thread, data: TextOrBytes, errors: Option<CodecName>) -> PyResult {
        let _ = errors;
        pair(th, th.bytes(&data)?, data.len())
    }

    #[function("utf_8_encode(str, errors=None, /)")]
    fn utf_8_encode(th: &Thread, text: &Str, errors: Option<CodecName>) -> PyResult {
        encode_pair(th, text, handler(&errors), utf8::encode)
    }
    #[function("utf_8_decode(data, errors=None, final=False, /)")]
    fn utf_8_decode(th: &Thread, data: BytesArg, errors: Option<CodecName>, is_final: bool) -> PyResult {
        if let Ok(text) = std::str::from_utf8(&data) {
            return pair(th, th.str(text)?, data.len());
        }
        decode_pair(th, &data, handler(&errors), |data, errors| utf8::decode(data, is_final, errors))
    }
    #[function("utf_7_encode(str, errors=None, /)")]
    fn utf_7_encode(th: &Thread, text: &Str, errors: Option<CodecName>) -> PyResult {
        encode_pair(th, text, handler(&errors), |units, _| Ok(utf7::encode(units)))
    }
    #[function("utf_7_decode(data, errors=None, final=False, /)")]
    fn utf_7_decode(th: &Thread, data: BytesArg, errors: Option<CodecName>, is_final: bool) -> PyResult {
        decode_pair(th, &data, handler(&errors), |data, errors| utf7::decode(data, is_final, errors))
    }

    #[function("utf_16_encode(str, errors=None, byteorder=0, /)")]
    fn utf_16_encode(th: &Thread, text: &Str, errors: Option<CodecName>, byteorder: i32) -> PyResult {
        encode_pair(th, text, handler(&errors), |units, errors| utf16::encode(units, order(byteorder), errors))
    }
    #[function("utf_16_le_encode(str, errors=None, /)")]
    fn utf_16_le_encode(th: &Thread, text: &Str, errors: Option<CodecName>) -> PyResult {
        encode_pair(th, text, handler(&errors), |units, errors| utf16::encode(units, ByteOrder::Little, errors))
    }
    #[function("utf_16_be_encode(str, errors=None, /)")]
    fn utf_16_be_encode(th: &Thread, text: &Str, errors: Option<CodecName>) -> PyResult {
        encode_pair(th, text, handler(&errors), |units, errors| utf16::encode(units, ByteOrder::Big, errors))
    }
    #[function("utf_16_decode(data, errors=None, final=False, /)")]
    fn utf_16_decode(th: &Thread, data: BytesArg, errors: Option<CodecName>, is_final: bool) -> PyResult {
        let mut order = ByteOrder::Marked;
        decode_pair(th, &data, handler(&errors), |data, errors| utf16::decode(data, &mut order, is_final, errors))
    }
    #[function("utf_16_le_decode(data, errors=None, final=False, /)")]
    fn utf_16_le_decode(th: &Thread, data: BytesArg, errors: Option<CodecName>, is_final: bool) -> PyResult {
        let mut order = ByteOrder::Little;
        decode_pair(th, &data, handler(&errors), |data, errors| utf16::decode(data, &mut order, is_final, errors))
    }
    #[function("utf_16_be_decode(data, errors=None, final=False, /)")]
    fn utf_16_be_decode(th: &Thread, data: BytesArg, errors: Option<CodecName>, is_final: bool) -> PyResult {
        let mut order = ByteOrder::Big;
        decode_pair(th, &data, handler(&errors), |data, errors| utf16::decode(data, &mut order, is_final, errors))
    }
    #[function("utf_16_ex_decode(data, errors=None, byteorder=0, final=False, /)")]
    fn utf_16_ex_decode(
        th: &Thread,
        data: BytesArg,
        errors: Option<CodecName>,
        byteorder: i32,
        is_final: bool,
    ) -> PyResult {
        let mut order = order(byteorder);
        let decoded =
            decode_pair(th, &data, handler(&errors), |data, errors| utf16::decode(data, &mut order, is_final, errors))?;
        with_order(th, decoded, order)
    }

    #[function("utf_32_encode(str, errors=None, byteorder=0, /)")]
    fn utf_32_encode(th: &Thread, text: &Str, errors: Option<CodecName>, byteorder: i32) -> PyResult {
        encode_pair(th, text, handler(&errors), |units, errors| utf32::encode(units, order(byteorder), errors))
    }
    #[function("utf_32_le_encode(str, errors=None, /)")]
    fn utf_32_le_encode(th: &Thread, text: &Str, errors: Option<CodecName>) -> PyResult {
        encode_pair(th, text, handler(&errors), |units, errors| utf32::encode(units, ByteOrder::Little, errors))
    }
    #[function("utf_32_be_encode(str, errors=None, /)")]
    fn utf_32_be_encode(th: &Thread, text: &Str, errors: Option<CodecName>) -> PyResult {
        encode_pair(th, text, handler(&errors), |units, errors| utf32::encode(units, ByteOrder::Big, errors))
    }
    #[function("utf_32_decode(data, errors=None, final=False, /)")]
    fn utf_32_decode(th: &Thread, data: BytesArg, errors: Option<CodecName>, is_final: bool) -> PyResult {
        let mut order = ByteOrder::Marked;
        decode_pair(th, &data, handler(&errors), |data, errors| utf32::decode(data, &mut order, is_final, errors))
    }
    #[function("utf_32_le_decode(data, errors=None, final=False, /)")]
    fn utf_32_le_decode(th: &Thread, data: BytesArg, errors: Option<CodecName>, is_final: bool) -> PyResult {
        let mut order = ByteOrder::Little;
        decode_pair(th, &data, handler(&errors), |data, errors| utf32::decode(data, &mut order, is_final, errors))
    }
    #[function("utf_32_be_decode(data, errors=None, final=False, /)")]
    fn utf_32_be_decode(th: &Thread, data: BytesArg, errors: Option<CodecName>, is_final: bool) -> PyResult {
        let mut order = ByteOrder::Big;
        decode_pair(th, &data, handler(&errors), |data, errors| utf32::decode(data, &mut order, is_final, errors))
    }
    #[function("utf_32_ex_decode(data, errors=None, byteorder=0, final=False, /)")]
    fn utf_32_ex_decode(
        th: &Thread,
        data: BytesArg,
        errors: Option<CodecName>,
        byteorder: i32,
        is_final: bool,
    ) -> PyResult {
        let mut order = order(byteorder);
        let decoded =
            decode_pair(th, &data, handler(&errors), |data, errors| utf32::decode(data, &mut order, is_final, errors))?;
        with_order(th, decoded, order)
    }

    #[function("unicode_escape_encode(str, errors=None, /)")]
    fn unicode_escape_encode(th: &Thread, text: &Str, errors: Option<CodecName>) -> PyResult {
        encode_pair(th, text, handler(&errors), |units, _| Ok(escape::encode_unicode_escape(units)))
    }
    #[function("unicode_escape_decode(data, errors=None, final=True, /)")]
    fn unicode_escape_decode(th: &Thread, data: TextOrBytes, errors: Option<CodecName>, is_final: bool) -> PyResult {
        functions::unicode_escape(th, &data, handler(&errors), is_final)
    }
    #[function("raw_unicode_escape_encode(str, errors=None, /)")]
    fn raw_unicode_escape_encode(th: &Thread, text: &Str, errors: Option<CodecName>) -> PyResult {
        encode_pair(th, text, handler(&errors), |units, _| Ok(escape::encode_raw_unicode_escape(units)))
    }
    #[function("raw_unicode_escape_decode(data, errors=None, final=True, /)")]
    fn raw_unicode_escape_decode(
        th: &Thread,
        data: TextOrBytes,
        errors: Option<CodecName>,
        is_final: bool,
    ) -> PyResult {
        decode_pair(th, &data, handler(&errors), |data, errors| {
            escape::decode_raw_unicode_escape(data, is_final, errors)
        })
    }

    #[function("latin_1_encode(str, errors=None, /)")]
    fn latin_1_encode(th: &Thread, text: &Str, errors: Option<CodecName>) -> PyResult {
        encode_pair(th, text, handler(&errors), single_byte::encode_latin1)
    }
    #[function("latin_1_decode(data, errors=None, /)")]
    fn latin_1_decode(th: &Thread, data: BytesArg, errors: Option<CodecName>) -> PyResult {
        let _ = errors;
        pair(th, crate::types::str::from_units(th, whipsnake_text::Units::from_latin1(&data))?, data.len())
    }
    #[function("ascii_encode(str, errors=None, /)")]
    fn ascii_encode(th: &Thread, text: &Str, errors: Option<CodecName>) -> PyResult {
        encode_pair(th, text, handler(&errors), single_byte::encode_ascii)
    }
    #[function("ascii_decode(data, errors=None, /)")]
    fn ascii_decode(th: &Thread, data: BytesArg, errors: Option<CodecName>) -> PyResult {
        let len = data.len();
        decode_pair(th, &data, handler(&errors), |data, errors| {
            single_byte::decode_ascii(data, errors).map(|text| (text, len))
        })
    }
    #[function("charmap_encode(str, errors=None, mapping=None, /)")]
    fn charmap_encode(th: &Thread, text: &Str, errors: Option<CodecName>, mapping: Option<Value>) -> PyResult {
        functions::charmap_encode(th, text, handler(&errors), mapping)
    }
    #[function("charmap_decode(data, errors=None, mapping=None, /)")]
    fn charmap_decode(th: &Thread, data: BytesArg, errors: Option<CodecName>, mapping: Option<Value>) -> PyResult {
        functions::charmap_decode(th, &data, handler(&errors), mapping)
    }
    /// The dict that encodes what a table of 256 characters decodes.
    #[function("charmap_build(map, /)")]
    fn charmap_build(th: &Thread, map: &Str) -> PyResult {
        functions::charmap_build(th, map)
    }
}

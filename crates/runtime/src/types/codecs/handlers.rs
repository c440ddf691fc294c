//! The built-in error handlers as Python functions: what `codecs.lookup_error` returns for their names.

use super::errors::Fault;
use crate::prelude::*;
use crate::types::bytes::Bytes;
use crate::types::str::{Str, from_buf};
use whipsnake_text::codecs::{
    CodecError, ErrorHandler, ErrorInfo, Replacement, StandardEncoding, apply_to_decoding, apply_to_encoding,
};
use whipsnake_text::unicode::database::Version;
use whipsnake_text::{Buf, Builder};

/// The definition of the handler registered under `name`.
pub(crate) fn definition(name: &str) -> Option<&'static MethodDef> {
    let function = match name {
        "strict" => "strict_errors",
        "ignore" => "ignore_errors",
        "replace" => "replace_errors",
        "xmlcharrefreplace" => "xmlcharrefreplace_errors",
        "backslashreplace" => "backslashreplace_errors",
        "namereplace" => "namereplace_errors",
        "surrogatepass" => "surrogatepass",
        "surrogateescape" => "surrogateescape",
        _ => return None,
    };
    functions::METHODS.iter().find(|method| method.name == function)
}

fn is_encode(v: Value) -> bool {
    v.is_instance(&statics::UNICODE_ENCODE_ERROR)
}

fn is_decode(v: Value) -> bool {
    v.is_instance(&statics::UNICODE_DECODE_ERROR)
}

fn is_translate(v: Value) -> bool {
    v.is_instance(&statics::UNICODE_TRANSLATE_ERROR)
}

fn unsupported(th: &Thread, exception: Value) -> Raised {
    th.type_error(format!("don't know how to handle {} in error callback", exception.ty().name()))
}

fn answer(th: &Thread, text: Obj, position: usize) -> PyResult {
    let position = th.uint(position as u64)?;
    th.tuple(&[text.value(), position.value()])
}

/// Raises the exception that a handler was given.
fn reraise(th: &Thread, exception: Value) -> Raised {
    if !exception.is_instance(&statics::BASE_EXCEPTION) {
        return th.type_error("codec must pass exception instance");
    }
    th.raise_instance(exception.own())
}

/// `surrogatepass` and `surrogateescape`: what the text crate does about the exception's range.
fn surrogates(th: &Thread, exception: Value, handler: ErrorHandler) -> PyResult {
    if !is_encode(exception) && !is_decode(exception) {
        return Err(unsupported(th, exception));
    }
    let fault = Fault::of(th, exception)?;
    if handler == ErrorHandler::SurrogatePass && StandardEncoding::from_name(&fault.encoding).is_none() {
        return Err(reraise(th, exception));
    }
    let encoding: &'static str = match StandardEncoding::from_name(&fault.encoding) {
        Some(StandardEncoding::Utf8) | None => "utf-8",
        Some(StandardEncoding::Utf16Le) => "utf-16-le",
        Some(StandardEncoding::Utf16Be) => "utf-16-be",
        Some(StandardEncoding::Utf32Le) => "utf-32-le",
        Some(StandardEncoding::Utf32Be) => "utf-32-be",
    };
    let info = ErrorInfo { encoding, start: fault.start, end: fault.end, reason: "" };
    if let Some(text) = fault.object.cast::<Str>() {
        return match apply_to_encoding::<Raised>(handler, &info, text.units()) {
            Ok(found) => {
                let replacement = match found.replacement {
                    Replacement::Bytes(bytes) => th.bytes(&bytes)?,
                    Replacement::Text(text) => from_buf(th, text)?,
                };
                answer(th, replacement, found.resume.max(0) as usize)
            }
            Err(error) => Err(failed(th, exception, error)),
        };
    }
    let data = fault.object.cast::<Bytes>().map_or(&[][..], Bytes::as_slice);
    match apply_to_decoding::<Raised>(handler, &info, data) {
        Ok(found) => answer(th, from_buf(th, found.text)?, found.resume.max(0) as usize),
        Err(error) => Err(failed(th, exception, error)),
    }
}

fn failed(th: &Thread, exception: Value, error: CodecError<Raised>) -> Raised {
    match error {
        CodecError::Custom(raised) => raised,
        CodecError::Unsupported => unsupported(th, exception),
        CodecError::Unicode(_) | CodecError::Position(_) => reraise(th, exception),
    }
}

fn backslashed(out: &mut Builder, c: u32) {
    match c {
        0..0x100 => out.push_hex_escape(b'x', c, 2),
        0x100..0x10000 => out.push_hex_escape(b'u', c, 4),
        _ => out.push_hex_escape(b'U', c, 8),
    }
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Raises the exception.
    #[function("strict_errors(exception, /)")]
    fn strict_errors(th: &Thread, exception: Value) -> PyResult {
        Err(reraise(th, exception))
    }
    /// Leaves out what is malformed.
    #[function("ignore_errors(exception, /)")]
    fn ignore_errors(th: &Thread, exception: Value) -> PyResult {
        if !is_encode(exception) && !is_decode(exception) && !is_translate(exception) {
            return Err(unsupported(th, exception));
        }
        let fault = Fault::of(th, exception)?;
        answer(th, th.str("")?, fault.end)
    }
    /// Replaces what is malformed by a question mark or U+FFFD.
    #[function("replace_errors(exception, /)")]
    fn replace_errors(th: &Thread, exception: Value) -> PyResult {
        let (c, each) = match (is_encode(exception), is_decode(exception), is_translate(exception)) {
            (true, ..) => ("?", true),
            (_, true, _) => ("\u{FFFD}", false),
            (_, _, true) => ("\u{FFFD}", true),
            _ => return Err(unsupported(th, exception)),
        };
        let fault = Fault::of(th, exception)?;
        let count = if each { fault.end - fault.start } else { 1 };
        answer(th, th.str(&c.repeat(count))?, fault.end)
    }
    /// Replaces characters by XML character references.
    #[function("xmlcharrefreplace_errors(exception, /)")]
    fn xmlcharrefreplace_errors(th: &Thread, exception: Value) -> PyResult {
        if !is_encode(exception) {
            return Err(unsupported(th, exception));
        }
        let fault = Fault::of(th, exception)?;
        let text: String = fault.units().iter().map(|c| format!("&#{c};")).collect();
        answer(th, th.str(&text)?, fault.end)
    }
    /// Replaces characters or bytes by escapes with a backslash.
    #[function("backslashreplace_errors(exception, /)")]
    fn backslashreplace_errors(th: &Thread, exception: Value) -> PyResult {
        if !is_encode(exception) && !is_decode(exception) && !is_translate(exception) {
            return Err(unsupported(th, exception));
        }
        let fault = Fault::of(th, exception)?;
        let mut out = Builder::new();
        fault.bytes().iter().for_each(|&b| out.push_hex_escape(b'x', b.into(), 2));
        fault.units().iter().for_each(|c| backslashed(&mut out, c));
        answer(th, from_buf(th, out.finish())?, fault.end)
    }
    /// Replaces characters by escapes with their names.
    #[function("namereplace_errors(exception, /)")]
    fn namereplace_errors(th: &Thread, exception: Value) -> PyResult {
        if !is_encode(exception) {
            return Err(unsupported(th, exception));
        }
        let fault = Fault::of(th, exception)?;
        let mut out = Builder::new();
        for c in fault.units().iter() {
            match Version::Current.name_of(c) {
                Some(name) => out.push_str(&format!("\\N{{{name}}}")),
                None => backslashed(&mut out, c),
            }
        }
        let text: Buf = out.finish();
        answer(th, from_buf(th, text)?, fault.end)
    }
    /// Lets surrogates through, encoded as if they were characters.
    #[function("surrogatepass(exception, /)")]
    fn surrogatepass(th: &Thread, exception: Value) -> PyResult {
        surrogates(th, exception, ErrorHandler::SurrogatePass)
    }
    /// Bytes that cannot be decoded become surrogates, and back.
    #[function("surrogateescape(exception, /)")]
    fn surrogateescape(th: &Thread, exception: Value) -> PyResult {
        surrogates(th, exception, ErrorHandler::SurrogateEscape)
    }
}

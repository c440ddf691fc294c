//! Codec errors: Python's exceptions, and error handlers written in Python.

use super::registry;
use crate::prelude::*;
use crate::types::bytes::Bytes;
use crate::types::str::Str;
use crate::types::tuple::Tuple;
use whipsnake_text::Units;
use whipsnake_text::codecs::{
    CodecError, DecodeErrors, DecodeReplacement, EncodeErrors, EncodeReplacement, ErrorHandler, ErrorInfo, Replacement,
};

/// A Unicode exception: `UnicodeEncodeError(encoding, object, start, end, reason)` and its like.
fn unicode_error(
    th: &Thread,
    ty: &'static Type,
    encoding: &str,
    object: Value,
    range: (usize, usize),
    reason: &str,
) -> PyResult {
    let (encoding, reason) = (th.str(encoding)?, th.str(reason)?);
    let (start, end) = (th.uint(range.0 as u64)?, th.uint(range.1 as u64)?);
    let args = [encoding.value(), object, start.value(), end.value(), reason.value()];
    crate::types::exceptions::instantiate(th, ty, &args)
}

/// Raises UnicodeEncodeError.
pub fn raise_encode_error(th: &Thread, encoding: &str, text: Value, start: usize, end: usize, reason: &str) -> Raised {
    match unicode_error(th, &statics::UNICODE_ENCODE_ERROR, encoding, text, (start, end), reason) {
        Ok(exception) => th.raise_instance(exception),
        Err(raised) => raised,
    }
}

/// Raises UnicodeDecodeError; `data` is a `bytes` object.
pub fn raise_decode_error(th: &Thread, encoding: &str, data: Value, start: usize, end: usize, reason: &str) -> Raised {
    match unicode_error(th, &statics::UNICODE_DECODE_ERROR, encoding, data, (start, end), reason) {
        Ok(exception) => th.raise_instance(exception),
        Err(raised) => raised,
    }
}

/// The rest of what can go wrong: the same in both directions.
fn raise_other(th: &Thread, error: CodecError<Raised>, ty: &Type) -> Raised {
    match error {
        CodecError::Custom(raised) => raised,
        CodecError::Position(at) => th.index_error(format!("position {at} from error handler out of bounds")),
        CodecError::Unicode(_) | CodecError::Unsupported => {
            th.type_error(format!("don't know how to handle {} in error callback", ty.name()))
        }
    }
}

/// An encoding under way: the text, and what to do about errors.
pub(crate) struct Encoding<'a> {
    th: &'a Thread,
    text: Value,
    errors: &'a str,
}

impl<'a> Encoding<'a> {
    pub(crate) fn new(th: &'a Thread, text: Value, errors: &'a str) -> Encoding<'a> {
        Encoding { th, text, errors }
    }
    /// Runs a conversion.
    ///
    /// # Errors
    /// UnicodeEncodeError, or what the error handler raises.
    pub(crate) fn run<T>(
        &mut self,
        convert: impl FnOnce(&mut EncodeErrors<'_, Raised>) -> Result<T, CodecError<Raised>>,
    ) -> PyResult<T> {
        let th = self.th;
        let result = match ErrorHandler::from_name(self.errors) {
            Some(handler) => convert(&mut EncodeErrors::Builtin(handler)),
            None => {
                let mut handler: Option<Obj> = None;
                let (text, errors) = (self.text, self.errors);
                let mut handle = |info: &ErrorInfo| {
                    if handler.is_none() {
                        handler = Some(registry::lookup_error(th, errors)?);
                    }
                    let callable = handler.as_ref().map_or(text, Obj::value);
                    call_encode_handler(th, callable, text, info)
                };
                convert(&mut EncodeErrors::Custom(&mut handle))
            }
        };
        result.map_err(|error| match error {
            CodecError::Unicode(info) => {
                raise_encode_error(th, info.encoding, self.text, info.start, info.end, info.reason)
            }
            other => raise_other(th, other, &statics::UNICODE_ENCODE_ERROR),
        })
    }
}

fn call_encode_handler(th: &Thread, handler: Value, text: Value, info: &ErrorInfo) -> PyResult<EncodeReplacement> {
    let ty = &statics::UNICODE_ENCODE_ERROR;
    let exception = unicode_error(th, ty, info.encoding, text, (info.start, info.end), info.reason)?;
    let answer = call::call1(th, handler, exception.value())?;
    let wrong = "encoding error handler must return (str/bytes, int) tuple";
    let (replacement, position) = answer_parts(th, answer.value(), wrong)?;
    let replacement = if let Some(text) = replacement.cast::<Str>() {
        Replacement::Text(text.units().to_buf())
    } else if let Some(bytes) = replacement.cast::<Bytes>() {
        Replacement::Bytes(bytes.as_slice().to_vec())
    } else {
        return Err(th.type_error(wrong));
    };
    Ok(EncodeReplacement { replacement, resume: position })
}

fn answer_parts(th: &Thread, answer: Value, wrong: &str) -> PyResult<(Obj, isize)> {
    let pair = answer.cast::<Tuple>().filter(|tuple| tuple.len() == 2);
    let (Some(text), Some(position)) = (pair.and_then(|p| p.get(0)), pair.and_then(|p| p.get(1))) else {
        return Err(th.type_error(wrong));
    };
    if !number::has_index(position.value()) {
        return Err(th.type_error(wrong));
    }
    Ok((text, number::as_isize(th, position.value())?))
}

/// A decoding under way: the bytes, and what to do about errors.
pub(crate) struct Decoding<'a> {
    th: &'a Thread,
    data: &'a [u8],
    errors: &'a str,
}

impl<'a> Decoding<'a> {
    pub(crate) fn new(th: &'a Thread, data: &'a [u8], errors: &'a str) -> Decoding<'a> {
        Decoding { th, data, errors }
    }
    /// Runs a conversion.
    ///
    /// # Errors
    /// UnicodeDecodeError, or what the error handler raises.
    pub(crate) fn run<T>(
        &mut self,
        convert: impl FnOnce(&mut DecodeErrors<'_, Raised>) -> Result<T, CodecError<Raised>>,
    ) -> PyResult<T> {
        let th = self.th;
        // The object that exceptions show; a handler may exchange it.
        let mut object: Option<Obj> = None;
        let result = match ErrorHandler::from_name(self.errors) {
            Some(handler) => convert(&mut DecodeErrors::Builtin(handler)),
            None => {
                let mut handler: Option<Obj> = None;
                let errors = self.errors;
                let mut handle = |info: &ErrorInfo, current: &[u8]| {
                    if handler.is_none() {
                        handler = Some(registry::lookup_error(th, errors)?);
                    }
                    let data = match &object {
                        Some(data) => data.clone(),
                        None => th.bytes(current)?,
                    };
                    let callable = handler.as_ref().map_or(data.value(), Obj::value);
                    let (replacement, data) = call_decode_handler(th, callable, data, info)?;
                    object = Some(data);
                    Ok(replacement)
                };
                convert(&mut DecodeErrors::Custom(&mut handle))
            }
        };
        result.map_err(|error| match error {
            CodecError::Unicode(info) => {
                let data = match object.take() {
                    Some(data) => data,
                    None => match th.bytes(self.data) {
                        Ok(data) => data,
                        Err(raised) => return raised,
                    },
                };
                raise_decode_error(th, info.encoding, data.value(), info.start, info.end, info.reason)
            }
            other => raise_other(th, other, &statics::UNICODE_DECODE_ERROR),
        })
    }
}

fn call_decode_handler(th: &Thread, handler: Value, data: Obj, info: &ErrorInfo) -> PyResult<(DecodeReplacement, Obj)> {
    let ty = &statics::UNICODE_DECODE_ERROR;
    let exception = unicode_error(th, ty, info.encoding, data.value(), (info.start, info.end), info.reason)?;
    let answer = call::call1(th, handler, exception.value())?;
    let wrong = "decoding error handler must return (str, int) tuple";
    let (text, resume) = answer_parts(th, answer.value(), wrong)?;
    let Some(text) = text.cast::<Str>() else { return Err(th.type_error(wrong)) };
    let now = object::get_attr_str(th, exception.value(), "object")?;
    let Some(bytes) = now.cast::<Bytes>() else {
        return Err(th.type_error("exception attribute object must be bytes"));
    };
    let input = if now.is(data.value()) { None } else { Some(bytes.as_slice().to_vec()) };
    Ok((DecodeReplacement { text: text.units().to_buf(), resume, input }, now))
}

/// The parts of a Unicode exception that error handlers work on.
pub(crate) struct Fault {
    pub encoding: String,
    pub object: Obj,
    pub start: usize,
    pub end: usize,
}

impl Fault {
    /// Reads the exception's attributes, with the positions fitted to the object.
    ///
    /// # Errors
    /// What reading the attributes raises.
    pub(crate) fn of(th: &Thread, exception: Value) -> PyResult<Fault> {
        let object = object::get_attr_str(th, exception, "object")?;
        let len = if let Some(text) = object.cast::<Str>() {
            text.len()
        } else {
            object.cast::<Bytes>().map_or(0, Bytes::len)
        };
        let position = |name| -> PyResult<isize> {
            let v = object::get_attr_str(th, exception, name)?;
            number::as_index_clamped(th, v.value())
        };
        let (start, end) = (position("start")?, position("end")?);
        let start = (start.max(0) as usize).min(len.saturating_sub(1));
        let end = (end.max(1) as usize).min(len).max(start);
        let encoding = match object::lookup_attr(th, exception, th.intern("encoding")?.value())? {
            Some(name) => crate::types::str::to_rust_string(name.value()),
            None => String::new(),
        };
        Ok(Fault { encoding, object, start, end })
    }
    /// The characters at fault, when the object is a str.
    pub(crate) fn units(&self) -> Units<'_> {
        match self.object.cast::<Str>() {
            Some(text) => text.units().slice(self.start, self.end),
            None => Units::EMPTY,
        }
    }
    /// The bytes at fault, when the object is bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.object.cast::<Bytes>().map_or(&[], |bytes| &bytes.as_slice()[self.start..self.end])
    }
}

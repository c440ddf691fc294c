//! File names: str, bytes and `os.PathLike` objects as the system's bytes, and back (UTF-8 with surrogateescape).

use crate::prelude::*;
use crate::types::bytes::Bytes;
use crate::types::str::{self as strings, Str};
use std::ffi::CString;
use whipsnake_text::{Builder, Units};

/// The bytes of a str: UTF-8, lone surrogates U+DC80..U+DCFF stand for bytes.
///
/// # Errors
/// UnicodeEncodeError for other surrogates.
pub fn encode(th: &Thread, s: &Str) -> PyResult<Vec<u8>> {
    if let Some(text) = s.as_utf8() {
        return Ok(text.as_bytes().to_vec());
    }
    let mut out = Vec::with_capacity(s.len() * 2);
    let mut utf8 = [0; 4];
    for (i, c) in s.units().iter().enumerate() {
        match char::from_u32(c) {
            Some(c) => out.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes()),
            None if (0xDC80..=0xDCFF).contains(&c) => out.push((c - 0xDC00) as u8),
            None => return Err(cannot_encode(th, s, i)),
        }
    }
    Ok(out)
}

#[cold]
fn cannot_encode(th: &Thread, s: &Str, at: usize) -> Raised {
    let make = || -> PyResult<Raised> {
        let (encoding, reason) = (th.str("utf-8")?, th.str("surrogates not allowed")?);
        let (start, end) = (th.uint(at as u64)?, th.uint(at as u64 + 1)?);
        let args = [encoding.value(), s.value(), start.value(), end.value(), reason.value()];
        Ok(th.raise_with(&statics::UNICODE_ENCODE_ERROR, &args))
    };
    make().unwrap_or_else(|raised| raised)
}

/// The str for a name that came from the system.
///
/// # Errors
/// MemoryError.
pub fn decode(th: &Thread, bytes: &[u8]) -> PyResult {
    match std::str::from_utf8(bytes) {
        Ok(text) => th.str(text),
        Err(_) => {
            let mut out = Builder::with_capacity(bytes.len());
            for chunk in bytes.utf8_chunks() {
                out.push_units(units_of(chunk.valid()).units());
                for &b in chunk.invalid() {
                    out.push(0xDC00 + u32::from(b));
                }
            }
            strings::from_buf(th, out.finish())
        }
    }
}

fn units_of(text: &str) -> whipsnake_text::Buf {
    if text.is_ascii() { Units::Ascii(text.as_bytes()).to_buf() } else { whipsnake_text::Buf::from(text) }
}

/// `os.fspath`: a str or bytes object, or what `__fspath__` returns.
///
/// # Errors
/// TypeError.
pub fn fspath(th: &Thread, v: Value) -> PyResult {
    if v.is_instance(&statics::STR_TYPE) || v.is_instance(&statics::BYTES_TYPE) {
        return Ok(v.own());
    }
    let method = object::lookup_special(th, v, "__fspath__")?;
    let Some(method) = method.filter(|method| !method.is_none()) else {
        return err!(th, TYPE_ERROR, "expected str, bytes or os.PathLike object, not {}", v.ty().name());
    };
    let path = call::call0(th, method.value())?;
    if path.is_instance(&statics::STR_TYPE) || path.is_instance(&statics::BYTES_TYPE) {
        return Ok(path);
    }
    let (mine, got) = (v.ty().name(), path.ty().name());
    err!(th, TYPE_ERROR, "expected {mine}.__fspath__() to return str or bytes, not {got}")
}

/// A file-name argument.
pub struct Path {
    /// What the caller passed (for `OSError.filename`), after `__fspath__`.
    pub object: Obj,
    pub bytes: CString,
    /// The caller passed bytes, and wants bytes back.
    pub is_bytes: bool,
}

impl Path {
    /// Converts str, bytes and path-like objects.
    ///
    /// # Errors
    /// TypeError (saying what `function` expects); ValueError for embedded NULs; UnicodeEncodeError.
    pub fn of(th: &Thread, v: Value, function: &str, name: &str) -> PyResult<Path> {
        let is_text = v.is_instance(&statics::STR_TYPE) || v.is_instance(&statics::BYTES_TYPE);
        if !is_text && object::lookup_special(th, v, "__fspath__")?.is_none_or(|method| method.is_none()) {
            let got = v.ty().name();
            return err!(th, TYPE_ERROR, "{function}: {name} should be string, bytes or os.PathLike, not {got}");
        }
        let object = fspath(th, v)?;
        let is_bytes = object.is_instance(&statics::BYTES_TYPE);
        let bytes = match (object.cast::<Str>(), object.cast::<Bytes>()) {
            (Some(s), _) => encode(th, s)?,
            (_, Some(b)) => b.as_slice().to_vec(),
            _ => return err!(th, TYPE_ERROR, "expected str, bytes or os.PathLike object, not {}", v.ty().name()),
        };
        match CString::new(bytes) {
            Ok(bytes) => Ok(Path { object, bytes, is_bytes }),
            Err(_) => err!(th, VALUE_ERROR, "{function}: embedded null character in {name}"),
        }
    }
    /// A name from the system, as str or bytes like this path.
    ///
    /// # Errors
    /// MemoryError.
    pub fn same_kind(&self, th: &Thread, bytes: &[u8]) -> PyResult {
        if self.is_bytes { th.bytes(bytes) } else { decode(th, bytes) }
    }
    pub fn as_ptr(&self) -> *const libc::c_char {
        self.bytes.as_ptr()
    }
}

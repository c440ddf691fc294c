//! Hexadecimal text: `hex()` and `fromhex()`, also for memoryview, binascii and hashlib.

use crate::prelude::*;
use crate::types::str::Str;
use crate::types::{buffer, bytes::Bytes};

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// `data.hex(sep, bytes_per_sep)`: `sep` absent for none.
///
/// # Errors
/// ValueError and TypeError for a bad separator, MemoryError.
pub(crate) fn to_hex(th: &Thread, data: &[u8], sep: Option<Value>, group: isize) -> PyResult {
    let text = digits(th, data, sep, group)?;
    crate::types::str::from_ascii(th, &text)
}

/// The separator as a byte.
fn separator(th: &Thread, sep: Value) -> PyResult<u8> {
    let len = object::len(th, sep)?;
    if len != 1 {
        return Err(th.value_error("sep must be length 1."));
    }
    let byte = if let Some(text) = sep.cast::<Str>() {
        text.units().get(0)
    } else if let Some(bytes) = sep.cast::<Bytes>() {
        bytes.as_slice().first().map(|&b| u32::from(b))
    } else {
        return Err(th.type_error("sep must be str or bytes."));
    };
    match byte {
        Some(c) if c < 128 => Ok(c as u8),
        _ => Err(th.value_error("sep must be ASCII.")),
    }
}

/// The hexadecimal digits with separators.
///
/// # Errors
/// As for [`to_hex`].
pub(crate) fn digits(th: &Thread, data: &[u8], sep: Option<Value>, group: isize) -> PyResult<Vec<u8>> {
    let sep = sep.map(|sep| separator(th, sep)).transpose()?;
    let (Some(sep), true) = (sep, group != 0 && !data.is_empty()) else {
        let mut out = Vec::with_capacity(data.len() * 2);
        data.iter().for_each(|&b| push(&mut out, b));
        return Ok(out);
    };
    let size = group.unsigned_abs();
    // Groups are counted from the right for positive sizes, from the left for negative ones.
    let first = if group > 0 { (data.len() - 1) % size + 1 } else { size.min(data.len()) };
    let mut out = Vec::with_capacity(data.len() * 2 + data.len() / size);
    data[..first].iter().for_each(|&b| push(&mut out, b));
    for chunk in data[first..].chunks(size) {
        out.push(sep);
        chunk.iter().for_each(|&b| push(&mut out, b));
    }
    Ok(out)
}

fn push(out: &mut Vec<u8>, byte: u8) {
    out.push(DIGITS[(byte >> 4) as usize]);
    out.push(DIGITS[(byte & 15) as usize]);
}

/// `bytes.fromhex(string)`.
///
/// # Errors
/// TypeError, ValueError.
pub(crate) fn from_hex(th: &Thread, v: Value) -> PyResult<Vec<u8>> {
    if let Some(text) = v.cast::<Str>() {
        return match text.units() {
            whipsnake_text::Units::Ascii(ascii) => parse(th, ascii),
            units => {
                let at = units.iter().position(|c| c > 127).unwrap_or(0);
                // What comes before may be malformed as well, and is reported first.
                let before: Vec<u8> = units.slice(0, at).iter().map(|c| c as u8).collect();
                match first_fault(&before) {
                    Some(fault) if fault < at => Err(not_hex(th, fault)),
                    _ => Err(not_hex(th, at)),
                }
            }
        };
    }
    if buffer::has_buffer(v) {
        let view = buffer::get(th, v, false)?;
        return parse(th, view.bytes());
    }
    err!(th, TYPE_ERROR, "fromhex() argument must be str or bytes-like, not {}", number::full_name(v))
}

fn not_hex(th: &Thread, at: usize) -> Raised {
    th.value_error(format!("non-hexadecimal number found in fromhex() arg at position {at}"))
}

fn nibble(c: u8) -> Option<u8> {
    (c as char).to_digit(16).map(|d| d as u8)
}

/// Where a text stops being hexadecimal, but for an odd number of digits.
fn first_fault(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        if whipsnake_text::bytes::is_space(text[at]) {
            at += 1;
            continue;
        }
        if nibble(text[at]).is_none() {
            return Some(at);
        }
        match text.get(at + 1) {
            Some(&low) if nibble(low).is_none() => return Some(at + 1),
            _ => at += 2,
        }
    }
    None
}

fn parse(th: &Thread, text: &[u8]) -> PyResult<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 2);
    let mut at = 0;
    while at < text.len() {
        if whipsnake_text::bytes::is_space(text[at]) {
            at += 1;
            continue;
        }
        let Some(high) = nibble(text[at]) else { return Err(not_hex(th, at)) };
        let Some(&low) = text.get(at + 1) else {
            return Err(th.value_error("fromhex() arg must contain an even number of hexadecimal digits"));
        };
        let Some(low) = nibble(low) else { return Err(not_hex(th, at + 1)) };
        out.push(high << 4 | low);
        at += 2;
    }
    Ok(out)
}

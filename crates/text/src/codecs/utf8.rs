//! UTF-8. Valid stretches are checked by `simdutf8` and copied in one go; only faults take the slow road.

use super::{CodecError, Decode, DecodeErrors, Encode, EncodeErrors, Fault, Replacement, decode_with, drive_encoder};
use crate::unicode::is_surrogate;
use crate::units::{Buf, Builder, Unit, Units};
use crate::with_units;

struct Utf8Decoder;

impl Decode for Utf8Decoder {
    fn name(&self) -> &'static str {
        "utf-8"
    }

    fn run(&mut self, input: &[u8], pos: &mut usize, out: &mut Builder, is_final: bool) -> Option<Fault> {
        let rest = input.get(*pos..).unwrap_or_default();
        let error = match simdutf8::compat::from_utf8(rest) {
            Ok(text) => {
                out.push_str(text);
                *pos = input.len();
                return None;
            }
            Err(error) => error,
        };
        let (valid, faulty) = rest.split_at(error.valid_up_to());
        if let Ok(text) = std::str::from_utf8(valid) {
            out.push_str(text);
        }
        let start = *pos + valid.len();
        *pos = start;
        match error.error_len() {
            None if !is_final => None,
            // The beginning of an encoded surrogate has to wait for its end, which `surrogatepass` wants to see.
            Some(1) if !is_final && matches!(faulty, [0xED, 0xA0..=0xBF]) => None,
            None => Some(Fault { start, end: input.len(), reason: "unexpected end of data" }),
            Some(len) => {
                let is_start = matches!(faulty.first(), Some(0xC2..=0xF4));
                let reason = if is_start { "invalid continuation byte" } else { "invalid start byte" };
                Some(Fault { start, end: start + len, reason })
            }
        }
    }
}

/// Decodes UTF-8; returns the text and how many bytes were consumed.
///
/// Errors: [`CodecError`], as `errors` has it.
pub fn decode<E>(
    input: &[u8],
    is_final: bool,
    errors: &mut DecodeErrors<'_, E>,
) -> Result<(Buf, usize), CodecError<E>> {
    if input.is_ascii() {
        return Ok((Buf::Ascii(input.to_vec()), input.len()));
    }
    decode_with(Utf8Decoder, input, is_final, errors)
}

struct Utf8Encoder;

fn push<T: Unit>(s: &[T], pos: &mut usize, out: &mut Vec<u8>) -> Option<Fault> {
    out.reserve(s.len() - *pos);
    for (i, u) in s.iter().enumerate().skip(*pos) {
        let c = u.to_u32();
        match c {
            0..0x80 => out.push(c as u8),
            0x80..0x800 => out.extend_from_slice(&[0xC0 | (c >> 6) as u8, tail(c)]),
            0xD800..0xE000 => {
                let end = s[i..].iter().position(|u| !is_surrogate(u.to_u32())).map_or(s.len(), |n| i + n);
                *pos = i;
                return Some(Fault { start: i, end, reason: "surrogates not allowed" });
            }
            0x800..0x10000 => out.extend_from_slice(&[0xE0 | (c >> 12) as u8, tail(c >> 6), tail(c)]),
            _ => out.extend_from_slice(&[0xF0 | (c >> 18 & 7) as u8, tail(c >> 12), tail(c >> 6), tail(c)]),
        }
    }
    *pos = s.len();
    None
}

#[inline(always)]
fn tail(c: u32) -> u8 {
    0x80 | (c & 0x3F) as u8
}

impl<E> Encode<E> for Utf8Encoder {
    fn name(&self) -> &'static str {
        "utf-8"
    }

    fn run(&mut self, input: Units<'_>, pos: &mut usize, out: &mut Vec<u8>) -> Result<Option<Fault>, E> {
        Ok(match input {
            Units::Ascii(s) => {
                out.extend_from_slice(s.get(*pos..).unwrap_or_default());
                *pos = s.len();
                None
            }
            _ => with_units!(input, |s| push(s, pos, out)),
        })
    }

    fn accepts(&self, replacement: &Replacement) -> bool {
        matches!(replacement, Replacement::Bytes(_) | Replacement::Text(Buf::Ascii(_)))
    }
}

/// Encodes as UTF-8.
///
/// Errors: [`CodecError`], as `errors` has it.
pub fn encode<E>(input: Units<'_>, errors: &mut EncodeErrors<'_, E>) -> Result<Vec<u8>, CodecError<E>> {
    let mut out = Vec::new();
    drive_encoder(&mut Utf8Encoder, input, &mut out, errors)?;
    Ok(out)
}

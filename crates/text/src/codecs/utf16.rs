//! UTF-16 in either byte order, with or without a byte order mark.

use super::{
    ByteOrder, CodecError, Decode, DecodeErrors, Encode, EncodeErrors, Fault, Replacement, decode_after_mark,
    drive_encoder,
};
use crate::unicode::is_surrogate;
use crate::units::{Buf, Builder, Unit, Units};
use crate::with_units;

struct Utf16Decoder {
    name: &'static str,
    big: bool,
}

impl Utf16Decoder {
    fn unit(&self, input: &[u8], at: usize) -> Option<u32> {
        let pair = [*input.get(at)?, *input.get(at + 1)?];
        Some(u32::from(if self.big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }))
    }
}

impl Decode for Utf16Decoder {
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(&mut self, input: &[u8], pos: &mut usize, out: &mut Builder, is_final: bool) -> Option<Fault> {
        let at_end = |start: usize, reason| is_final.then_some(Fault { start, end: input.len(), reason });
        while let Some(c) = self.unit(input, *pos) {
            let start = *pos;
            if !is_surrogate(c) {
                out.push(c);
                *pos += 2;
                continue;
            }
            if c >= 0xDC00 {
                return Some(Fault { start, end: start + 2, reason: "illegal encoding" });
            }
            match self.unit(input, start + 2) {
                None => return at_end(start, "unexpected end of data"),
                Some(low @ 0xDC00..0xE000) => {
                    out.push(0x10000 + ((c & 0x3FF) << 10 | low & 0x3FF));
                    *pos += 4;
                }
                Some(_) => return Some(Fault { start, end: start + 2, reason: "illegal UTF-16 surrogate" }),
            }
        }
        if *pos < input.len() { at_end(*pos, "truncated data") } else { None }
    }
}

/// Decodes UTF-16; returns the text and how many bytes were consumed. `order` is changed to what a mark said.
///
/// Errors: [`CodecError`], as `errors` has it.
pub fn decode<E>(
    input: &[u8],
    order: &mut ByteOrder,
    is_final: bool,
    errors: &mut DecodeErrors<'_, E>,
) -> Result<(Buf, usize), CodecError<E>> {
    let mut mark = 0;
    if *order == ByteOrder::Marked {
        match input {
            [0xFF, 0xFE, ..] => (*order, mark) = (ByteOrder::Little, 2),
            [0xFE, 0xFF, ..] => (*order, mark) = (ByteOrder::Big, 2),
            _ => {}
        }
    }
    let big = *order == ByteOrder::Big;
    let name = if big { "utf-16-be" } else { "utf-16-le" };
    decode_after_mark(Utf16Decoder { name, big }, input, mark, is_final, errors)
}

struct Utf16Encoder {
    name: &'static str,
    big: bool,
}

impl Utf16Encoder {
    #[inline]
    fn push(&self, c: u32, out: &mut Vec<u8>) {
        let unit = c as u16;
        out.extend_from_slice(&if self.big { unit.to_be_bytes() } else { unit.to_le_bytes() });
    }

    fn push_all<T: Unit>(&self, s: &[T], pos: &mut usize, out: &mut Vec<u8>) -> Option<Fault> {
        while let Some(u) = s.get(*pos) {
            let c = u.to_u32();
            if is_surrogate(c) {
                return Some(Fault { start: *pos, end: *pos + 1, reason: "surrogates not allowed" });
            }
            if c < 0x10000 {
                self.push(c, out);
            } else {
                self.push(0xD800 | (c - 0x10000) >> 10, out);
                self.push(0xDC00 | (c - 0x10000) & 0x3FF, out);
            }
            *pos += 1;
        }
        None
    }
}

impl<E> Encode<E> for Utf16Encoder {
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(&mut self, input: Units<'_>, pos: &mut usize, out: &mut Vec<u8>) -> Result<Option<Fault>, E> {
        Ok(with_units!(input, |s| self.push_all(s, pos, out)))
    }

    fn accepts(&self, replacement: &Replacement) -> bool {
        match replacement {
            Replacement::Bytes(bytes) => bytes.len() % 2 == 0,
            Replacement::Text(text) => matches!(text, Buf::Ascii(_)),
        }
    }
}

/// Encodes as UTF-16.
///
/// Errors: [`CodecError`], as `errors` has it.
pub fn encode<E>(
    input: Units<'_>,
    order: ByteOrder,
    errors: &mut EncodeErrors<'_, E>,
) -> Result<Vec<u8>, CodecError<E>> {
    let (name, mark): (_, &[u8]) = match order {
        ByteOrder::Marked => ("utf-16", &[0xFF, 0xFE]),
        ByteOrder::Little => ("utf-16-le", &[]),
        ByteOrder::Big => ("utf-16-be", &[]),
    };
    let mut out = Vec::with_capacity(input.len().saturating_mul(2).saturating_add(2));
    out.extend_from_slice(mark);
    drive_encoder(&mut Utf16Encoder { name, big: order == ByteOrder::Big }, input, &mut out, errors)?;
    Ok(out)
}

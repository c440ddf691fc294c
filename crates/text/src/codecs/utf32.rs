//! UTF-32 in either byte order, with or without a byte order mark.

use super::{
    ByteOrder, CodecError, Decode, DecodeErrors, Encode, EncodeErrors, Fault, Replacement, decode_after_mark,
    drive_encoder,
};
use crate::unicode::is_surrogate;
use crate::units::{Buf, Builder, Unit, Units};
use crate::with_units;

struct Utf32Decoder {
    name: &'static str,
    big: bool,
}

impl Decode for Utf32Decoder {
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(&mut self, input: &[u8], pos: &mut usize, out: &mut Builder, is_final: bool) -> Option<Fault> {
        while let Some(&[a, b, c, d]) = input.get(*pos..).and_then(|rest| rest.first_chunk::<4>()) {
            let c = if self.big { u32::from_be_bytes([a, b, c, d]) } else { u32::from_le_bytes([a, b, c, d]) };
            let fault = |reason| Some(Fault { start: *pos, end: *pos + 4, reason });
            if is_surrogate(c) {
                return fault("code point in surrogate code point range(0xd800, 0xe000)");
            }
            if c > 0x10FFFF {
                return fault("code point not in range(0x110000)");
            }
            out.push(c);
            *pos += 4;
        }
        (is_final && *pos < input.len()).then_some(Fault { start: *pos, end: input.len(), reason: "truncated data" })
    }
}

/// Decodes UTF-32; returns the text and how many bytes were consumed. `order` is changed to what a mark said.
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
            [0xFF, 0xFE, 0, 0, ..] => (*order, mark) = (ByteOrder::Little, 4),
            [0, 0, 0xFE, 0xFF, ..] => (*order, mark) = (ByteOrder::Big, 4),
            _ => {}
        }
    }
    let big = *order == ByteOrder::Big;
    let name = if big { "utf-32-be" } else { "utf-32-le" };
    decode_after_mark(Utf32Decoder { name, big }, input, mark, is_final, errors)
}

struct Utf32Encoder {
    name: &'static str,
    big: bool,
}

impl Utf32Encoder {
    #[inline]
    fn push(&self, c: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(&if self.big { c.to_be_bytes() } else { c.to_le_bytes() });
    }

    fn push_all<T: Unit>(&self, s: &[T], pos: &mut usize, out: &mut Vec<u8>) -> Option<Fault> {
        while let Some(u) = s.get(*pos) {
            let c = u.to_u32();
            if is_surrogate(c) {
                return Some(Fault { start: *pos, end: *pos + 1, reason: "surrogates not allowed" });
            }
            self.push(c, out);
            *pos += 1;
        }
        None
    }
}

impl<E> Encode<E> for Utf32Encoder {
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(&mut self, input: Units<'_>, pos: &mut usize, out: &mut Vec<u8>) -> Result<Option<Fault>, E> {
        Ok(with_units!(input, |s| self.push_all(s, pos, out)))
    }

    fn accepts(&self, replacement: &Replacement) -> bool {
        match replacement {
            Replacement::Bytes(bytes) => bytes.len() % 4 == 0,
            Replacement::Text(text) => matches!(text, Buf::Ascii(_)),
        }
    }
}

/// Encodes as UTF-32.
///
/// Errors: [`CodecError`], as `errors` has it.
pub fn encode<E>(
    input: Units<'_>,
    order: ByteOrder,
    errors: &mut EncodeErrors<'_, E>,
) -> Result<Vec<u8>, CodecError<E>> {
    let (name, mark): (_, &[u8]) = match order {
        ByteOrder::Marked => ("utf-32", &[0xFF, 0xFE, 0, 0]),
        ByteOrder::Little => ("utf-32-le", &[]),
        ByteOrder::Big => ("utf-32-be", &[]),
    };
    let mut out = Vec::with_capacity(input.len().saturating_mul(4).saturating_add(4));
    out.extend_from_slice(mark);
    drive_encoder(&mut Utf32Encoder { name, big: order == ByteOrder::Big }, input, &mut out, errors)?;
    Ok(out)
}

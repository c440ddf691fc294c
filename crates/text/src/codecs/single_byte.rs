//! ASCII and Latin-1.

use super::{CodecError, Decode, DecodeErrors, Encode, EncodeErrors, Fault, decode_with, drive_encoder};
use crate::units::{Buf, Builder, Unit, Units};
use crate::with_units;

struct AsciiDecoder;

impl Decode for AsciiDecoder {
    fn name(&self) -> &'static str {
        "ascii"
    }

    fn run(&mut self, input: &[u8], pos: &mut usize, out: &mut Builder, _is_final: bool) -> Option<Fault> {
        let rest = input.get(*pos..).unwrap_or_default();
        let valid = rest.iter().position(|b| !b.is_ascii()).unwrap_or(rest.len());
        out.push_ascii(&rest[..valid]);
        *pos += valid;
        (valid < rest.len()).then(|| Fault { start: *pos, end: *pos + 1, reason: "ordinal not in range(128)" })
    }
}

/// Decodes ASCII, always all of it.
///
/// Errors: [`CodecError`], as `errors` has it.
pub fn decode_ascii<E>(input: &[u8], errors: &mut DecodeErrors<'_, E>) -> Result<Buf, CodecError<E>> {
    if input.is_ascii() {
        return Ok(Buf::Ascii(input.to_vec()));
    }
    decode_with(AsciiDecoder, input, true, errors).map(|(text, _)| text)
}

/// Decodes Latin-1, which cannot fail.
pub fn decode_latin1(input: &[u8]) -> Buf {
    if input.is_ascii() { Buf::Ascii(input.to_vec()) } else { Buf::Latin1(input.to_vec()) }
}

/// The encoder of code points below `limit`, one byte each.
struct NarrowEncoder {
    name: &'static str,
    reason: &'static str,
    limit: u32,
}

fn push<T: Unit>(s: &[T], pos: &mut usize, out: &mut Vec<u8>, limit: u32) -> Option<usize> {
    let rest = s.get(*pos..).unwrap_or_default();
    let valid = rest.iter().position(|u| u.to_u32() >= limit).unwrap_or(rest.len());
    out.extend(rest[..valid].iter().map(|u| u.to_u32() as u8));
    *pos += valid;
    let run = rest[valid..].iter().take_while(|u| u.to_u32() >= limit).count();
    (run > 0).then(|| *pos + run)
}

impl<E> Encode<E> for NarrowEncoder {
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(&mut self, input: Units<'_>, pos: &mut usize, out: &mut Vec<u8>) -> Result<Option<Fault>, E> {
        let end = with_units!(input, |s| push(s, pos, out, self.limit));
        Ok(end.map(|end| Fault { start: *pos, end, reason: self.reason }))
    }
}

/// Encodes as ASCII.
///
/// Errors: [`CodecError`], as `errors` has it.
pub fn encode_ascii<E>(input: Units<'_>, errors: &mut EncodeErrors<'_, E>) -> Result<Vec<u8>, CodecError<E>> {
    let mut encoder = NarrowEncoder { name: "ascii", reason: "ordinal not in range(128)", limit: 0x80 };
    let mut out = Vec::with_capacity(input.len());
    drive_encoder(&mut encoder, input, &mut out, errors)?;
    Ok(out)
}

/// Encodes as Latin-1.
///
/// Errors: [`CodecError`], as `errors` has it.
pub fn encode_latin1<E>(input: Units<'_>, errors: &mut EncodeErrors<'_, E>) -> Result<Vec<u8>, CodecError<E>> {
    let mut encoder = NarrowEncoder { name: "latin-1", reason: "ordinal not in range(256)", limit: 0x100 };
    let mut out = Vec::with_capacity(input.len());
    drive_encoder(&mut encoder, input, &mut out, errors)?;
    Ok(out)
}

//! Character maps: one byte per character, with the correspondence given by a table or by the caller.

use std::collections::HashMap;

use super::{CodecError, Encode, EncodeErrors, ErrorInfo, Fault, drive_encoder};
use super::{DecodeErrors, apply_to_decoding, resume_at};
use crate::search::Translated;
use crate::units::{Buf, Builder, Units};

const UNDEFINED: &str = "character maps to <undefined>";

/// Decodes by a table of up to 256 characters, in which U+FFFE stands for "undefined".
///
/// Errors: [`CodecError`], as `errors` has it.
pub fn decode<E>(input: &[u8], table: Units<'_>, errors: &mut DecodeErrors<'_, E>) -> Result<Buf, CodecError<E>> {
    decode_by(input, errors, |b| {
        Ok(match table.get(usize::from(b)) {
            None | Some(0xFFFE) => Translated::Delete,
            Some(c) => Translated::Char(c),
        })
    })
}

/// Decodes by the caller's `lookup`, in which [`Translated::Delete`] and U+FFFE stand for "undefined".
///
/// Errors: [`CodecError`], as `errors` has it, or [`CodecError::Custom`] from the lookup.
pub fn decode_by<E>(
    input: &[u8],
    errors: &mut DecodeErrors<'_, E>,
    mut lookup: impl FnMut(u8) -> Result<Translated, E>,
) -> Result<Buf, CodecError<E>> {
    let mut out = Builder::with_capacity(input.len());
    let mut replaced: Option<Vec<u8>> = None;
    let mut pos = 0;
    while let Some(&b) = replaced.as_deref().unwrap_or(input).get(pos) {
        match lookup(b).map_err(CodecError::Custom)? {
            Translated::Same => out.push(u32::from(b)),
            Translated::Char(c) if c != 0xFFFE => out.push(c),
            Translated::Text(text) if text.units() != Units::Ucs2(&[0xFFFE]) => out.push_units(text.units()),
            _ => {
                let current = replaced.as_deref().unwrap_or(input);
                let info = ErrorInfo { encoding: "charmap", start: pos, end: pos + 1, reason: UNDEFINED };
                let replacement = match errors {
                    DecodeErrors::Builtin(handler) => apply_to_decoding(*handler, &info, current)?,
                    DecodeErrors::Custom(handle) => handle(&info, current).map_err(CodecError::Custom)?,
                };
                out.push_units(replacement.text.units());
                pos = resume_at(replacement.resume, replacement.input.as_deref().unwrap_or(current).len())?;
                replaced = replacement.input.or(replaced);
                continue;
            }
        }
        pos += 1;
    }
    Ok(out.finish())
}

/// What `codecs.charmap_build` makes of a decoding table: its inverse.
#[derive(Clone, Debug, Default)]
pub struct EncodingMap {
    bytes: HashMap<u32, u8>,
}

impl EncodingMap {
    /// The inverse of a decoding table, of which the first 256 characters count. Of a character that occurs twice the
    /// later byte counts.
    pub fn new(table: Units<'_>) -> EncodingMap {
        let entries = table.iter().take(256).enumerate().filter(|&(_, c)| c != 0xFFFE);
        EncodingMap { bytes: entries.map(|(i, c)| (c, i as u8)).collect() }
    }

    /// The byte of a character.
    pub fn get(&self, c: u32) -> Option<u8> {
        self.bytes.get(&c).copied()
    }

    /// The characters and their bytes, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u8)> {
        self.bytes.iter().map(|(&c, &b)| (c, b))
    }
}

struct CharmapEncoder<F> {
    lookup: F,
}

impl<E, F: FnMut(u32, &mut Vec<u8>) -> Result<bool, E>> Encode<E> for CharmapEncoder<F> {
    fn name(&self) -> &'static str {
        "charmap"
    }

    fn run(&mut self, input: Units<'_>, pos: &mut usize, out: &mut Vec<u8>) -> Result<Option<Fault>, E> {
        while let Some(c) = input.get(*pos) {
            if (self.lookup)(c, out)? {
                *pos += 1;
                continue;
            }
            // The fault extends over all characters in a row that have no byte.
            let start = *pos;
            let mut end = start + 1;
            let mut ignored = Vec::new();
            while let Some(c) = input.get(end) {
                if (self.lookup)(c, &mut ignored)? {
                    break;
                }
                end += 1;
            }
            return Ok(Some(Fault { start, end, reason: UNDEFINED }));
        }
        Ok(None)
    }

    fn escapes_in_parts(&self) -> bool {
        false
    }
}

/// Encodes by an [`EncodingMap`].
///
/// Errors: [`CodecError`], as `errors` has it.
pub fn encode<E>(
    input: Units<'_>,
    map: &EncodingMap,
    errors: &mut EncodeErrors<'_, E>,
) -> Result<Vec<u8>, CodecError<E>> {
    encode_by(input, errors, |c, out| {
        let byte = map.get(c);
        out.extend(byte);
        Ok(byte.is_some())
    })
}

/// Encodes by the caller's `lookup`, which appends the bytes of a character and tells whether it has any entry.
///
/// Errors: [`CodecError`], as `errors` has it, or [`CodecError::Custom`] from the lookup.
pub fn encode_by<E>(
    input: Units<'_>,
    errors: &mut EncodeErrors<'_, E>,
    lookup: impl FnMut(u32, &mut Vec<u8>) -> Result<bool, E>,
) -> Result<Vec<u8>, CodecError<E>> {
    let mut out = Vec::with_capacity(input.len());
    drive_encoder(&mut CharmapEncoder { lookup }, input, &mut out, errors)?;
    Ok(out)
}

//! Codecs between text and bytes, with Python's incremental interface and error handling.
//!
//! Decoders return the text and how many bytes they consumed: with `is_final` false an incomplete sequence at the end is
//! left for later. An error is reported as [`ErrorInfo`], the range and CPython's reason; what happens then is decided by
//! [`DecodeErrors`] or [`EncodeErrors`]: a built-in handler, applied here, or the caller's, which may call Python code.
//!
//! Structure: every codec is a resumable `run` that goes on until the input ends or a fault; one driver per direction
//! applies the error handler and resumes.
//!
//! Source: RFC 3629, RFC 2781, RFC 2152, PEP 293, PEP 383, the `codecs` documentation. Tests: `tests/codecs.rs` against
//! records of CPython.

pub mod charmap;
mod errors;
pub mod escape;
pub mod single_byte;
pub mod utf16;
pub mod utf32;
pub mod utf7;
pub mod utf8;

use errors::resume_at;
pub use errors::{
    CodecError, DecodeErrors, DecodeReplacement, EncodeErrors, EncodeReplacement, ErrorHandler, ErrorInfo, Replacement,
    StandardEncoding, apply_to_decoding, apply_to_encoding,
};

use crate::units::{Buf, Builder, Units};

/// Where the bytes of a unit of UTF-16 or UTF-32 go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// Decoding: a byte order mark tells, little-endian without one. Encoding: little-endian after a mark.
    Marked,
    Little,
    Big,
}

/// A stretch of input that a codec cannot convert.
#[derive(Clone, Copy, Debug)]
struct Fault {
    start: usize,
    end: usize,
    reason: &'static str,
}

/// The resumable half of a decoder.
trait Decode {
    /// The encoding's name in errors.
    fn name(&self) -> &'static str;

    /// Decodes from `pos` on, leaving it after what was consumed. Without a fault the input is done, or, if not
    /// `is_final`, what follows `pos` is incomplete.
    fn run(&mut self, input: &[u8], pos: &mut usize, out: &mut Builder, is_final: bool) -> Option<Fault>;

    /// Called when a handler replaced a fault and the decoder goes on after it.
    fn resumed(&mut self) {}
}

/// The resumable half of an encoder.
trait Encode<E> {
    /// The encoding's name in errors.
    fn name(&self) -> &'static str;

    /// Encodes from `pos` on until the end or a fault.
    fn run(&mut self, input: Units<'_>, pos: &mut usize, out: &mut Vec<u8>) -> Result<Option<Fault>, E>;

    /// Whether `surrogateescape` may take the beginning of a fault and leave the rest to be reported.
    fn escapes_in_parts(&self) -> bool {
        true
    }

    /// Whether a handler's replacement may go out, besides that it can be encoded.
    fn accepts(&self, replacement: &Replacement) -> bool {
        let _ = replacement;
        true
    }
}

/// Decodes `input` from `pos` to its end, appending to `out`; returns how much was consumed.
fn drive_decoder<D: Decode, E>(
    decoder: &mut D,
    input: &[u8],
    mut pos: usize,
    out: &mut Builder,
    is_final: bool,
    errors: &mut DecodeErrors<'_, E>,
) -> Result<usize, CodecError<E>> {
    let mut replaced: Option<Vec<u8>> = None;
    loop {
        let current = replaced.as_deref().unwrap_or(input);
        let Some(fault) = decoder.run(current, &mut pos, out, is_final) else { return Ok(pos) };
        let Fault { start, end, reason } = fault;
        let info = ErrorInfo { encoding: decoder.name(), start, end, reason };
        let replacement = match errors {
            DecodeErrors::Builtin(handler) => apply_to_decoding(*handler, &info, current)?,
            DecodeErrors::Custom(handle) => handle(&info, current).map_err(CodecError::Custom)?,
        };
        out.push_units(replacement.text.units());
        let len = replacement.input.as_ref().map_or(current.len(), Vec::len);
        pos = resume_at(replacement.resume, len)?;
        if replacement.input.is_some() {
            replaced = replacement.input;
        }
        decoder.resumed();
    }
}

fn decode_with<D: Decode, E>(
    decoder: D,
    input: &[u8],
    is_final: bool,
    errors: &mut DecodeErrors<'_, E>,
) -> Result<(Buf, usize), CodecError<E>> {
    decode_after_mark(decoder, input, 0, is_final, errors)
}

/// Decodes `input` after a byte order mark of `mark` bytes.
fn decode_after_mark<D: Decode, E>(
    mut decoder: D,
    input: &[u8],
    mark: usize,
    is_final: bool,
    errors: &mut DecodeErrors<'_, E>,
) -> Result<(Buf, usize), CodecError<E>> {
    let mut out = Builder::with_capacity(input.len());
    let consumed = drive_decoder(&mut decoder, input, mark, &mut out, is_final, errors)?;
    Ok((out.finish(), consumed))
}

/// Encodes all of `input`, appending to `out`.
fn drive_encoder<D: Encode<E>, E>(
    encoder: &mut D,
    input: Units<'_>,
    out: &mut Vec<u8>,
    errors: &mut EncodeErrors<'_, E>,
) -> Result<(), CodecError<E>> {
    let mut pos = 0;
    while let Some(fault) = encoder.run(input, &mut pos, out).map_err(CodecError::Custom)? {
        let Fault { start, end, reason } = fault;
        let info = ErrorInfo { encoding: encoder.name(), start, end, reason };
        let replacement = match errors {
            EncodeErrors::Builtin(ErrorHandler::SurrogateEscape) if encoder.escapes_in_parts() => {
                let faulty = input.slice(start, end);
                let escaped = faulty.iter().take_while(|c| matches!(c, 0xDC80..=0xDCFF)).count();
                let part = if escaped > 0 { ErrorInfo { end: start + escaped, ..info } } else { info };
                apply_to_encoding(ErrorHandler::SurrogateEscape, &part, input)?
            }
            EncodeErrors::Builtin(handler) => apply_to_encoding(*handler, &info, input)?,
            EncodeErrors::Custom(handle) => handle(&info).map_err(CodecError::Custom)?,
        };
        let resume = resume_at(replacement.resume, input.len())?;
        let fits = encoder.accepts(&replacement.replacement);
        match &replacement.replacement {
            Replacement::Bytes(bytes) if fits => out.extend_from_slice(bytes),
            Replacement::Text(text) if fits => {
                // A replacement that cannot be encoded either makes the original error final.
                let nested = encoder.run(text.units(), &mut 0, out).map_err(CodecError::Custom)?;
                if nested.is_some() {
                    return Err(CodecError::Unicode(info));
                }
            }
            _ => return Err(CodecError::Unicode(info)),
        }
        pos = resume;
    }
    Ok(())
}

//! The escapes of string literals as codecs: `unicode_escape`, `raw_unicode_escape`, and `codecs.escape_decode` for bytes.

use super::errors::push_escape;
use super::{CodecError, Decode, DecodeErrors, Fault, drive_decoder};
use crate::units::{Buf, Builder, Units};

/// Looks up a character by its name, as `\N{...}` asks for.
pub type NameLookup<'n> = &'n dyn Fn(&[u8]) -> Option<u32>;

/// An escape that means nothing (yet): CPython warns about the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidEscape {
    /// Where the character after the backslash is.
    pub position: usize,
    /// That character; or, for an octal escape above `\377`, its first digit.
    pub character: u8,
    /// The octal escape's value.
    pub octal: Option<u32>,
}

struct EscapeDecoder<'n> {
    names: Option<NameLookup<'n>>,
    first_invalid: Option<InvalidEscape>,
}

/// How reading an escape ended.
enum Escape {
    Char(u32),
    /// The input ends within it.
    Incomplete,
    /// It is no escape: the backslash stands for itself, as does what follows.
    Plain,
    /// A line continuation.
    Nothing,
    Fault(&'static str),
}

/// The value of up to `digits` hexadecimal digits at `pos`, which moves after them; fewer are none.
fn hex(input: &[u8], pos: &mut usize, digits: usize) -> Option<u32> {
    let mut value = 0;
    for _ in 0..digits {
        let digit = char::from(*input.get(*pos)?).to_digit(16)?;
        value = value << 4 | digit;
        *pos += 1;
    }
    Some(value)
}

fn hex_or_fault(input: &[u8], pos: &mut usize, digits: usize, reason: &'static str, is_final: bool) -> Escape {
    match hex(input, pos, digits) {
        Some(c) if c > 0x10FFFF => Escape::Fault("illegal Unicode character"),
        Some(c) => Escape::Char(c),
        None if *pos >= input.len() && !is_final => Escape::Incomplete,
        None => Escape::Fault(reason),
    }
}

impl EscapeDecoder<'_> {
    fn note(&mut self, position: usize, character: u8, octal: Option<u32>) {
        self.first_invalid.get_or_insert(InvalidEscape { position, character, octal });
    }

    fn octal(&mut self, input: &[u8], pos: &mut usize, first: u8) -> Escape {
        let position = *pos - 1;
        let mut value = u32::from(first - b'0');
        for _ in 0..2 {
            match input.get(*pos) {
                Some(&digit @ b'0'..=b'7') => value = value << 3 | u32::from(digit - b'0'),
                // At the end of a part, too: that the next part could go on with digits is disregarded.
                _ => break,
            }
            *pos += 1;
        }
        if value > 0o377 {
            self.note(position, first, Some(value));
        }
        Escape::Char(value)
    }

    fn named(&mut self, input: &[u8], pos: &mut usize, is_final: bool) -> Escape {
        const MALFORMED: Escape = Escape::Fault("malformed \\N character escape");
        let missing = if is_final { MALFORMED } else { Escape::Incomplete };
        match input.get(*pos) {
            None => return missing,
            Some(b'{') => {}
            Some(_) => return MALFORMED,
        }
        let start = *pos + 1;
        let Some(len) = input[start..].iter().position(|&b| b == b'}') else {
            *pos = input.len();
            return missing;
        };
        let name = &input[start..start + len];
        if name.is_empty() {
            *pos = start;
            return MALFORMED;
        }
        *pos = start + len + 1;
        match self.names.and_then(|lookup| lookup(name)) {
            Some(c) => Escape::Char(c),
            None => Escape::Fault("unknown Unicode character name"),
        }
    }

    /// Reads what follows a backslash; `pos` moves after it.
    fn escape(&mut self, input: &[u8], pos: &mut usize, is_final: bool) -> Escape {
        let Some(&b) = input.get(*pos) else {
            return if is_final { Escape::Fault("\\ at end of string") } else { Escape::Incomplete };
        };
        *pos += 1;
        let c = match b {
            b'\n' => return Escape::Nothing,
            b'\\' | b'\'' | b'"' => b,
            b'b' => 8,
            b'f' => 12,
            b't' => 9,
            b'n' => 10,
            b'r' => 13,
            b'v' => 11,
            b'a' => 7,
            b'0'..=b'7' => return self.octal(input, pos, b),
            b'x' => return hex_or_fault(input, pos, 2, "truncated \\xXX escape", is_final),
            b'u' => return hex_or_fault(input, pos, 4, "truncated \\uXXXX escape", is_final),
            b'U' => return hex_or_fault(input, pos, 8, "truncated \\UXXXXXXXX escape", is_final),
            b'N' => return self.named(input, pos, is_final),
            _ => {
                self.note(*pos - 1, b, None);
                return Escape::Plain;
            }
        };
        Escape::Char(u32::from(c))
    }
}

impl Decode for EscapeDecoder<'_> {
    fn name(&self) -> &'static str {
        "unicodeescape"
    }

    fn run(&mut self, input: &[u8], pos: &mut usize, out: &mut Builder, is_final: bool) -> Option<Fault> {
        while *pos < input.len() {
            let rest = &input[*pos..];
            let plain = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
            out.push_latin1(&rest[..plain]);
            *pos += plain;
            let start = *pos;
            if start == input.len() {
                break;
            }
            *pos += 1;
            match self.escape(input, pos, is_final) {
                Escape::Char(c) => out.push(c),
                Escape::Nothing => {}
                Escape::Plain => out.push_latin1(&input[start..*pos]),
                Escape::Incomplete => {
                    *pos = start;
                    return None;
                }
                Escape::Fault(reason) => return Some(Fault { start, end: *pos, reason }),
            }
        }
        None
    }
}

/// A decoded text, how many bytes were consumed, and the first escape to warn about.
pub type Unescaped = (Buf, usize, Option<InvalidEscape>);

/// Decodes `unicode_escape`: Latin-1 with the escapes of string literals.
///
/// Errors: [`CodecError`], as `errors` has it.
pub fn decode_unicode_escape<E>(
    input: &[u8],
    is_final: bool,
    names: Option<NameLookup<'_>>,
    errors: &mut DecodeErrors<'_, E>,
) -> Result<Unescaped, CodecError<E>> {
    let mut decoder = EscapeDecoder { names, first_invalid: None };
    let mut out = Builder::with_capacity(input.len());
    let consumed = drive_decoder(&mut decoder, input, 0, &mut out, is_final, errors)?;
    Ok((out.finish(), consumed, decoder.first_invalid))
}

/// Encodes as `unicode_escape`, which cannot fail.
pub fn encode_unicode_escape(input: Units<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(input.len());
    for c in input.iter() {
        match c {
            9 => out.extend_from_slice(b"\\t"),
            10 => out.extend_from_slice(b"\\n"),
            13 => out.extend_from_slice(b"\\r"),
            0x5C => out.extend_from_slice(b"\\\\"),
            0x20..0x7F => out.push(c as u8),
            _ => push_escape(&mut out, c),
        }
    }
    out
}

struct RawDecoder;

impl Decode for RawDecoder {
    fn name(&self) -> &'static str {
        "rawunicodeescape"
    }

    fn run(&mut self, input: &[u8], pos: &mut usize, out: &mut Builder, is_final: bool) -> Option<Fault> {
        while *pos < input.len() {
            let start = *pos;
            let plain = memchr::memchr(b'\\', &input[start..]).unwrap_or(input.len() - start);
            out.push_latin1(&input[start..start + plain]);
            let start = start + plain;
            *pos = start;
            let (digits, truncated) = match (input.get(start), input.get(start + 1)) {
                (None, _) => break,
                (_, Some(b'u')) => (4, "truncated \\uXXXX escape"),
                (_, Some(b'U')) => (8, "truncated \\UXXXXXXXX escape"),
                (_, None) if !is_final => return None,
                (_, next) => {
                    // A backslash takes the next one with it, so that doubled ones do not begin an escape.
                    *pos += 1 + usize::from(next.is_some());
                    out.push_latin1(&input[start..*pos]);
                    continue;
                }
            };
            *pos += 2;
            match hex(input, pos, digits) {
                Some(c) if c > 0x10FFFF => {
                    return Some(Fault { start, end: *pos, reason: "\\Uxxxxxxxx out of range" });
                }
                Some(c) => out.push(c),
                None if *pos >= input.len() && !is_final => {
                    *pos = start;
                    return None;
                }
                None => return Some(Fault { start, end: *pos, reason: truncated }),
            }
        }
        None
    }
}

/// Decodes `raw_unicode_escape`: Latin-1 with `\u` and `\U` escapes only.
///
/// Errors: [`CodecError`], as `errors` has it.
pub fn decode_raw_unicode_escape<E>(
    input: &[u8],
    is_final: bool,
    errors: &mut DecodeErrors<'_, E>,
) -> Result<(Buf, usize), CodecError<E>> {
    super::decode_with(RawDecoder, input, is_final, errors)
}

/// Encodes as `raw_unicode_escape`, which cannot fail.
pub fn encode_raw_unicode_escape(input: Units<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(input.len());
    for c in input.iter() {
        match c {
            0..0x100 => out.push(c as u8),
            _ => push_escape(&mut out, c),
        }
    }
    out
}

/// Why `codecs.escape_decode` failed: both are `ValueError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BytesEscapeError {
    /// "Trailing \ in string"
    Trailing,
    /// "invalid \x escape at position N"
    Hex(usize),
}

/// Decodes the escapes of bytes literals (`codecs.escape_decode`). After a bad `\x` an error handler may go on: `strict`
/// fails, `replace` writes a question mark, `ignore` nothing.
///
/// Errors: [`BytesEscapeError`].
pub fn decode_bytes_escape(
    input: &[u8],
    errors: super::ErrorHandler,
) -> Result<(Vec<u8>, Option<InvalidEscape>), BytesEscapeError> {
    use super::ErrorHandler;
    let mut out = Vec::with_capacity(input.len());
    let mut decoder = EscapeDecoder { names: None, first_invalid: None };
    let mut pos = 0;
    while let Some(&b) = input.get(pos) {
        let start = pos;
        pos += 1;
        if b != b'\\' {
            out.push(b);
            continue;
        }
        match input.get(pos) {
            None => return Err(BytesEscapeError::Trailing),
            // Escapes of characters mean nothing in bytes.
            Some(&letter @ (b'u' | b'U' | b'N')) => {
                decoder.note(pos, letter, None);
                out.extend_from_slice(&[b, letter]);
                pos += 1;
            }
            Some(b'x') => {
                pos += 1;
                match (hex(input, &mut pos, 2), errors) {
                    (Some(c), _) => out.push(c as u8),
                    (None, ErrorHandler::Ignore) => {}
                    (None, ErrorHandler::Replace) => out.push(b'?'),
                    (None, _) => return Err(BytesEscapeError::Hex(start)),
                }
            }
            Some(_) => match decoder.escape(input, &mut pos, true) {
                Escape::Char(c) => out.push(c as u8),
                Escape::Plain => out.extend_from_slice(&input[start..pos]),
                Escape::Nothing | Escape::Incomplete | Escape::Fault(_) => {}
            },
        }
    }
    Ok((out, decoder.first_invalid))
}

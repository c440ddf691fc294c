//! UTF-7 (RFC 2152): ASCII, with everything else as UTF-16 in modified base64 between `+` and `-`.

use super::{CodecError, Decode, DecodeErrors, Fault, drive_decoder};
use crate::units::{Buf, Builder, Units};

fn base64_value(b: u8) -> Option<u32> {
    Some(u32::from(match b {
        b'A'..=b'Z' => b - b'A',
        b'a'..=b'z' => b - b'a' + 26,
        b'0'..=b'9' => b - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

fn base64_digit(value: u32) -> u8 {
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[(value & 63) as usize]
}

/// The state inside a base64 stretch.
#[derive(Default)]
struct Utf7Decoder {
    in_shift: bool,
    /// Where the `+` of the stretch is, and how long the output was then: an unfinished stretch is decoded anew later.
    shift_start: usize,
    shift_output: usize,
    buffer: u32,
    bits: u32,
    /// A high surrogate that waits for its low one; 0 if none.
    surrogate: u32,
}

impl Utf7Decoder {
    fn push_unit(&mut self, unit: u32, out: &mut Builder) {
        let high = std::mem::take(&mut self.surrogate);
        if high != 0 {
            if matches!(unit, 0xDC00..0xE000) {
                return out.push(0x10000 + ((high & 0x3FF) << 10 | unit & 0x3FF));
            }
            out.push(high);
        }
        match unit {
            0xD800..0xDC00 => self.surrogate = unit,
            _ => out.push(unit),
        }
    }

    /// Takes one byte of a base64 stretch.
    fn shifted(&mut self, b: u8, pos: &mut usize, out: &mut Builder) -> Option<Fault> {
        if let Some(value) = base64_value(b) {
            *pos += 1;
            self.buffer = self.buffer << 6 | value;
            self.bits += 6;
            if self.bits >= 16 {
                self.bits -= 16;
                let unit = self.buffer >> self.bits;
                self.buffer &= (1 << self.bits) - 1;
                self.push_unit(unit, out);
            }
            return None;
        }
        self.in_shift = false;
        let reason = if self.bits >= 6 {
            Some("partial character in shift sequence")
        } else if self.bits > 0 && self.buffer != 0 {
            Some("non-zero padding bits in shift sequence")
        } else {
            None
        };
        if let Some(reason) = reason {
            *pos += 1;
            return Some(Fault { start: self.shift_start, end: *pos, reason });
        }
        let high = std::mem::take(&mut self.surrogate);
        if high != 0 && b.is_ascii() && b != b'+' {
            out.push(high);
        }
        if b == b'-' {
            *pos += 1;
        }
        None
    }

    fn unterminated(&self) -> bool {
        self.in_shift && (self.surrogate != 0 || self.bits >= 6 || self.bits > 0 && self.buffer != 0)
    }
}

impl Decode for Utf7Decoder {
    fn name(&self) -> &'static str {
        "utf7"
    }

    fn run(&mut self, input: &[u8], pos: &mut usize, out: &mut Builder, is_final: bool) -> Option<Fault> {
        while let Some(&b) = input.get(*pos) {
            if self.in_shift {
                if let Some(fault) = self.shifted(b, pos, out) {
                    return Some(fault);
                }
                continue;
            }
            let start = *pos;
            *pos += 1;
            match (b, input.get(*pos)) {
                (b'+', Some(b'-')) => {
                    *pos += 1;
                    out.push(u32::from(b'+'));
                }
                (b'+', Some(&next)) if base64_value(next).is_none() => {
                    *pos += 1;
                    return Some(Fault { start, end: *pos, reason: "ill-formed sequence" });
                }
                (b'+', _) => {
                    *self = Utf7Decoder {
                        in_shift: true,
                        shift_start: start,
                        shift_output: out.len(),
                        ..Utf7Decoder::default()
                    };
                }
                (0..0x80, _) => out.push(u32::from(b)),
                _ => return Some(Fault { start, end: *pos, reason: "unexpected special character" }),
            }
        }
        if is_final && self.unterminated() {
            self.in_shift = false;
            return Some(Fault { start: self.shift_start, end: input.len(), reason: "unterminated shift sequence" });
        }
        if self.in_shift && !is_final {
            *pos = self.shift_start;
            out.truncate(self.shift_output);
        }
        None
    }
}

/// Decodes UTF-7; returns the text and how many bytes were consumed.
///
/// Errors: [`CodecError`], as `errors` has it.
pub fn decode<E>(
    input: &[u8],
    is_final: bool,
    errors: &mut DecodeErrors<'_, E>,
) -> Result<(Buf, usize), CodecError<E>> {
    let mut out = Builder::with_capacity(input.len());
    let consumed = drive_decoder(&mut Utf7Decoder::default(), input, 0, &mut out, is_final, errors)?;
    Ok((out.finish(), consumed))
}

/// Whether the encoder writes `c` as itself outside base64: all of ASCII but `+`, `\`, `~` and most controls.
fn is_direct(c: u32) -> bool {
    matches!(c, 9 | 10 | 13 | 0x20..0x7E) && !matches!(c, 0x2B | 0x5C)
}

/// Encodes as UTF-7, which cannot fail: lone surrogates are just units.
pub fn encode(input: Units<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(input.len());
    let mut in_shift = false;
    let (mut buffer, mut bits) = (0u32, 0u32);
    for c in input.iter() {
        if is_direct(c) {
            if in_shift {
                if bits > 0 {
                    out.push(base64_digit(buffer << (6 - bits)));
                    (buffer, bits) = (0, 0);
                }
                in_shift = false;
                if base64_value(c as u8).is_some() || c == u32::from(b'-') {
                    out.push(b'-');
                }
            }
            out.push(c as u8);
            continue;
        }
        if !in_shift {
            if c == u32::from(b'+') {
                out.extend_from_slice(b"+-");
                continue;
            }
            out.push(b'+');
            in_shift = true;
        }
        let pair = if c >= 0x10000 { [0xD7C0 + (c >> 10), 0xDC00 | c & 0x3FF] } else { [c, 0] };
        for &unit in &pair[..1 + usize::from(c >= 0x10000)] {
            buffer = buffer << 16 | unit;
            bits += 16;
            while bits >= 6 {
                bits -= 6;
                out.push(base64_digit(buffer >> bits));
                buffer &= (1 << bits) - 1;
            }
        }
    }
    if bits > 0 {
        out.push(base64_digit(buffer << (6 - bits)));
    }
    if in_shift {
        out.push(b'-');
    }
    out
}

//! The values of string, bytes and number literals from their source text.
//!
//! Source: the Python Language Reference, 2.4.1 to 2.5 (string and numeric literals). Escapes that
//! name lone surrogates are why values are WTF-8.

use rustpython_wtf8::{CodePoint, Wtf8Buf};
use whipsnake_text::unicode::names::character_named;

use crate::ast::{Constant, Int, Radix};

/// Something noteworthy in a literal: an invalid escape, at a byte offset into its contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidEscape {
    pub at: usize,
    /// What stands after the backslash: a character, or the digits of an octal escape above `\377`.
    pub sequence: String,
}

/// Why a literal has no value: the text after `(unicode error) ` or `(value error) `.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiteralError {
    pub message: String,
    pub is_value_error: bool,
}

/// Decodes the contents of a `str` literal (or a literal part of an f-string, braces already
/// undoubled by the caller).
///
/// # Errors
/// CPython's "(unicode error) ..." text for truncated or unknown escapes.
pub fn decode_str(raw: &str, escapes: &mut Vec<InvalidEscape>) -> Result<Wtf8Buf, LiteralError> {
    let mut out = Wtf8Buf::with_capacity(raw.len());
    let bytes = raw.as_bytes();
    let mut at = 0;
    // CPython decodes an ASCII rendering in which other characters are `\UXXXXXXXX` when there is
    // a backslash anywhere; its error positions count those ten.
    let position = |at: usize| raw[..at].chars().map(|c| if c.is_ascii() { 1 } else { 10 }).sum::<usize>();
    while at < bytes.len() {
        let Some(skip) = raw[at..].find('\\') else {
            out.push_str(&raw[at..]);
            break;
        };
        out.push_str(&raw[at..at + skip]);
        at += skip;
        let start = at;
        let Some(next) = raw[at + 1..].chars().next() else {
            return Err(unicode_error(position(start), position(raw.len()) - 1, "\\ at end of string"));
        };
        at += 1 + next.len_utf8();
        match next {
            '\n' => {}
            '\\' | '\'' | '"' => out.push_char(next),
            'a' => out.push_char('\x07'),
            'b' => out.push_char('\x08'),
            'f' => out.push_char('\x0c'),
            'n' => out.push_char('\n'),
            'r' => out.push_char('\r'),
            't' => out.push_char('\t'),
            'v' => out.push_char('\x0b'),
            '0'..='7' => {
                let (value, length) = octal(&bytes[start + 1..]);
                at = start + 1 + length;
                if value > 0o377 {
                    escapes.push(InvalidEscape { at: start, sequence: raw[start + 1..at].to_owned() });
                }
                push(&mut out, value);
            }
            'x' | 'u' | 'U' => {
                let (count, what) = match next {
                    'x' => (2, "truncated \\xXX escape"),
                    'u' => (4, "truncated \\uXXXX escape"),
                    _ => (8, "truncated \\UXXXXXXXX escape"),
                };
                let digits = bytes[at..].iter().take(count).take_while(|b| b.is_ascii_hexdigit()).count();
                if digits < count {
                    return Err(unicode_error(position(start), position(at + digits) - 1, what));
                }
                let value = u32::from_str_radix(&raw[at..at + count], 16).unwrap_or(u32::MAX);
                at += count;
                if value > 0x10_FFFF {
                    return Err(unicode_error(position(start), position(at) - 1, "illegal Unicode character"));
                }
                push(&mut out, value);
            }
            'N' => {
                let malformed = "malformed \\N character escape";
                if bytes.get(at) != Some(&b'{') {
                    return Err(unicode_error(position(start), position(at) - 1, malformed));
                }
                let Some(length) = raw[at + 1..].find('}') else {
                    return Err(unicode_error(position(start), position(raw.len()) - 1, malformed));
                };
                let name = &raw[at + 1..at + 1 + length];
                if name.is_empty() {
                    return Err(unicode_error(position(start), position(at), malformed));
                }
                at += length + 2;
                match character_named(name.as_bytes()).and_then(char::from_u32) {
                    Some(c) => out.push_char(c),
                    None => {
                        let what = "unknown Unicode character name";
                        return Err(unicode_error(position(start), position(at) - 1, what));
                    }
                }
            }
            other => {
                escapes.push(InvalidEscape { at: start, sequence: other.to_string() });
                out.push_char('\\');
                out.push_char(other);
            }
        }
    }
    Ok(out)
}

fn unicode_error(start: usize, end: usize, what: &str) -> LiteralError {
    let range =
        if end > start { format!("bytes in position {start}-{end}") } else { format!("byte 0x5c in position {start}") };
    LiteralError { message: format!("'unicodeescape' codec can't decode {range}: {what}"), is_value_error: false }
}

fn push(out: &mut Wtf8Buf, value: u32) {
    if let Some(c) = CodePoint::from_u32(value) {
        out.push(c);
    }
}

/// Up to three octal digits: their value and number.
fn octal(bytes: &[u8]) -> (u32, usize) {
    let mut value = 0;
    let mut length = 0;
    while length < 3 && bytes.get(length).is_some_and(|b| (b'0'..=b'7').contains(b)) {
        value = value * 8 + u32::from(bytes[length] - b'0');
        length += 1;
    }
    (value, length)
}

/// Decodes the contents of a `bytes` literal.
///
/// # Errors
/// CPython's "(value error) ..." text for a broken `\x`.
pub fn decode_bytes(raw: &str, escapes: &mut Vec<InvalidEscape>) -> Result<Vec<u8>, LiteralError> {
    let bytes = raw.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        let start = at;
        let Some(&next) = bytes.get(at + 1) else {
            return Err(LiteralError { message: "Trailing \\ in string".into(), is_value_error: true });
        };
        at += 2;
        match next {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(next),
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(11),
            b'0'..=b'7' => {
                let (value, length) = octal(&bytes[start + 1..]);
                at = start + 1 + length;
                if value > 0o377 {
                    escapes.push(InvalidEscape { at: start, sequence: raw[start + 1..at].to_owned() });
                }
                out.push(value as u8);
            }
            b'x' => {
                let digits = bytes[at..].iter().take(2).take_while(|b| b.is_ascii_hexdigit()).count();
                if digits < 2 {
                    let message = format!("invalid \\x escape at position {start}");
                    return Err(LiteralError { message, is_value_error: true });
                }
                out.push(u8::from_str_radix(&raw[at..at + 2], 16).unwrap_or(0));
                at += 2;
            }
            other => {
                escapes.push(InvalidEscape { at: start, sequence: char::from(other).to_string() });
                out.push(b'\\');
                out.push(other);
            }
        }
    }
    Ok(out)
}

/// The message of the warning about an invalid escape.
pub fn escape_warning(sequence: &str) -> String {
    let what = if sequence.starts_with(|c: char| c.is_ascii_digit()) { "octal escape" } else { "escape" };
    format!(
        "\"\\{sequence}\" is an invalid {what} sequence. Such sequences will not work in the future. \
         Did you mean \"\\\\{sequence}\"? A raw string is also an option."
    )
}

/// The value of a well-formed number literal.
pub fn number(text: &str) -> Constant {
    let digits: String = text.chars().filter(|&c| c != '_').collect();
    let radix = match digits.as_bytes().get(1) {
        Some(b'x' | b'X') => Radix::Hexadecimal,
        Some(b'o' | b'O') => Radix::Octal,
        Some(b'b' | b'B') => Radix::Binary,
        _ => Radix::Decimal,
    };
    if radix != Radix::Decimal {
        return Constant::Int(integer(&digits[2..], radix));
    }
    if let Some(imaginary) = digits.strip_suffix(['j', 'J']) {
        return Constant::Complex { real: 0.0, imag: imaginary.parse().unwrap_or(0.0) };
    }
    if digits.contains(['.', 'e', 'E']) {
        return Constant::Float(digits.parse().unwrap_or(0.0));
    }
    Constant::Int(integer(&digits, radix))
}

fn integer(digits: &str, radix: Radix) -> Int {
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Int::Small(0);
    }
    match i64::from_str_radix(digits, radix as u32) {
        Ok(value) => Int::Small(value),
        Err(_) => Int::Big { digits: digits.into(), radix },
    }
}

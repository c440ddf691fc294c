//! Source bytes to text: encoding declarations (PEP 263), byte order marks, newlines.

use std::borrow::Cow;

use crate::error::{ErrorKind, SyntaxError};

/// Decodes a source in an encoding that is not built in.
///
/// `None` means that the encoding is unknown; an error is the codec's message.
pub type Decoder<'a> = &'a dyn Fn(&str, &[u8]) -> Option<Result<String, String>>;

/// Decodes source bytes by their byte order mark and encoding declaration.
///
/// # Errors
/// `SyntaxError` for an unknown encoding, one that contradicts the mark, or bytes that are not text
/// in it.
pub fn decode<'a>(bytes: &'a [u8], decoder: Option<Decoder<'_>>) -> Result<Cow<'a, str>, SyntaxError> {
    let marked = bytes.strip_prefix(b"\xef\xbb\xbf");
    let body = marked.unwrap_or(bytes);
    let Some(name) = declared_encoding(body) else { return utf8(body) };
    let normal = normal_name(&name);
    match normal.as_str() {
        "utf-8" => utf8(body),
        "utf8" if marked.is_none() => utf8(body),
        _ if marked.is_some() => Err(error(format!("encoding problem: {name} with BOM"))),
        "iso-8859-1" => Ok(Cow::Owned(body.iter().map(|&b| char::from(b)).collect())),
        "ascii" | "us-ascii" | "646" => match body.iter().position(|b| !b.is_ascii()) {
            None => utf8(body),
            Some(at) => Err(error(format!(
                "(unicode error) 'ascii' codec can't decode byte 0x{:02x} in position {at}: ordinal not in range(128)",
                body[at]
            ))),
        },
        _ => match decoder.and_then(|decode| decode(&name, body)) {
            None => Err(error(format!("unknown encoding: {name}"))),
            Some(Ok(text)) => Ok(Cow::Owned(text)),
            Some(Err(message)) => Err(error(format!("(unicode error) {message}"))),
        },
    }
}

fn error(message: String) -> SyntaxError {
    SyntaxError::placeless(ErrorKind::SyntaxError, message)
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, SyntaxError> {
    let Err(problem) = std::str::from_utf8(bytes) else {
        return Ok(String::from_utf8_lossy(bytes));
    };
    let at = problem.valid_up_to();
    let (range, reason) = match problem.error_len() {
        None => {
            let range = if at + 1 == bytes.len() {
                format!("byte 0x{:02x} in position {at}", bytes[at])
            } else {
                format!("bytes in position {at}-{}", bytes.len() - 1)
            };
            (range, "unexpected end of data")
        }
        Some(length) => {
            let start = matches!(bytes[at], 0xc2..=0xf4);
            let range = if length > 1 {
                format!("bytes in position {at}-{}", at + length - 1)
            } else {
                format!("byte 0x{:02x} in position {at}", bytes[at])
            };
            (range, if start { "invalid continuation byte" } else { "invalid start byte" })
        }
    };
    Err(error(format!("(unicode error) 'utf-8' codec can't decode {range}: {reason}")))
}

/// The encoding that a comment in the first two lines declares.
pub fn declared_encoding(bytes: &[u8]) -> Option<String> {
    for line in bytes.split(|&b| b == b'\n').take(2) {
        let blank = line.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\x0c')).count();
        let rest = &line[blank..];
        match rest.first() {
            None | Some(b'\r') => continue,
            Some(b'#') => {}
            Some(_) => return None,
        }
        if let Some(name) = cookie(rest) {
            return Some(name);
        }
    }
    None
}

/// The name after `coding:` or `coding=` in a comment.
fn cookie(comment: &[u8]) -> Option<String> {
    let mut from = 0;
    while let Some(found) = comment[from..].windows(6).position(|w| w == b"coding") {
        let after = from + found + 6;
        from = after;
        if !matches!(comment.get(after), Some(b':' | b'=')) {
            continue;
        }
        let blanks = comment[after + 1..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let name: Vec<u8> = comment[after + 1 + blanks..]
            .iter()
            .copied()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
            .collect();
        if !name.is_empty() {
            return String::from_utf8(name).ok();
        }
    }
    None
}

/// The usual spellings of UTF-8 and Latin-1 become one; other names are lower-cased.
fn normal_name(name: &str) -> String {
    let lower: String = name.chars().map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect();
    if lower == "utf-8" || lower.starts_with("utf-8-") {
        return "utf-8".into();
    }
    for latin in ["latin-1", "iso-8859-1", "iso-latin-1"] {
        if lower == latin || lower.strip_prefix(latin).is_some_and(|rest| rest.starts_with('-')) {
            return "iso-8859-1".into();
        }
    }
    if matches!(lower.as_str(), "latin1" | "iso8859-1" | "l1" | "cp819" | "8859" | "latin") {
        return "iso-8859-1".into();
    }
    lower
}

/// Turns `\r\n` and `\r` into `\n`.
pub(crate) fn normal_newlines(source: &str) -> Cow<'_, str> {
    if !source.contains('\r') {
        return Cow::Borrowed(source);
    }
    Cow::Owned(source.replace("\r\n", "\n").replace('\r', "\n"))
}

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
        _ if marked.is_some() => Err(marked_otherwise(body, if normal == "iso-8859-1" { &normal } else { &name })),
        "iso-8859-1" => Ok(Cow::Owned(body.iter().map(|&b| char::from(b)).collect())),
        "ascii" | "us-ascii" | "646" => match body.iter().position(|b| !b.is_ascii()) {
            None => utf8(body),
            Some(at) => Err(error(format!(
                "'ascii' codec can't decode byte 0x{:02x} in position {at}: ordinal not in range(128)",
                body[at]
            ))),
        },
        _ => match decoder.and_then(|decode| decode(&name, body)) {
            None => Err(error(format!("unknown encoding: {name}"))),
            Some(Ok(text)) => Ok(Cow::Owned(text)),
            Some(Err(message)) => Err(error(format!("{message}"))),
        },
    }
}

fn error(message: String) -> SyntaxError {
    SyntaxError { offset: -1, ..SyntaxError::placeless(ErrorKind::SyntaxError, message) }
}

/// Bytes that should be UTF-8; if they are not, an error at the first that is wrong.
fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, SyntaxError> {
    let Err(problem) = std::str::from_utf8(bytes) else {
        return Ok(String::from_utf8_lossy(bytes));
    };
    let at = problem.valid_up_to();
    let before = String::from_utf8_lossy(&bytes[..at]);
    let lineno = before.matches('\n').count() as u32 + 1;
    let line = before.rsplit('\n').next().unwrap_or("");
    let offset = line.chars().count() as i64 + 1;
    let message = format!(
        "Non-UTF-8 code starting with '\\x{:02x}' on line {lineno}, but no encoding declared; \
         see https://peps.python.org/pep-0263/ for details",
        bytes[at]
    );
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let whole = bytes[start..].split(|b| *b == b'\n').next().unwrap_or_default();
    let text = Some(String::from_utf8_lossy(whole).into_owned());
    let kind = ErrorKind::SyntaxError;
    Err(SyntaxError { kind, message, lineno, offset, end_lineno: lineno.into(), end_offset: offset, text })
}

/// The error of a declaration that contradicts the byte order mark.
fn marked_otherwise(body: &[u8], name: &str) -> SyntaxError {
    let lines = || body.split(|&b| b == b'\n').take(2);
    let index = lines().position(|line| cookie(line).is_some()).unwrap_or(0);
    let line = lines().nth(index).map(|line| String::from_utf8_lossy(line).into_owned()).unwrap_or_default();
    let lineno = index as u32 + 1;
    SyntaxError {
        kind: ErrorKind::SyntaxError,
        message: format!("encoding problem: {name} with BOM"),
        lineno,
        offset: 0,
        end_lineno: lineno.into(),
        end_offset: line.chars().count() as i64,
        text: Some(line),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: Result<&str, &str>) {
        let found = decode(bytes, None).map(Cow::into_owned).map_err(|error| error.message);
        assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned));
    }

    #[test]
    fn declarations() {
        check(b"x", Ok("x"));
        check(b"\xef\xbb\xbfx", Ok("x"));
        check(b"# coding: latin-1\n\xe9", Ok("# coding: latin-1\n\u{e9}"));
        check(b"#!x\n# -*- coding: iso-8859-1 -*-\n\xe9", Ok("#!x\n# -*- coding: iso-8859-1 -*-\n\u{e9}"));
        check(b"# coding: foo\n", Err("unknown encoding: foo"));
        check(b"x\n# coding: foo\n", Ok("x\n# coding: foo\n"));
        check(b"\xef\xbb\xbf# coding: latin-1\n", Err("encoding problem: iso-8859-1 with BOM"));
        check(
            b"# coding: ascii\nx=\"\xf6\"\n",
            Err("'ascii' codec can't decode byte 0xf6 in position 19: ordinal not in range(128)"),
        );
        check(
            b"\n\nx=\"\xf6\"",
            Err("Non-UTF-8 code starting with '\\xf6' on line 3, but no encoding declared; \
                 see https://peps.python.org/pep-0263/ for details"),
        );
    }

    #[test]
    fn other_encodings_go_to_the_decoder() {
        let upper =
            |name: &str, bytes: &[u8]| (name == "loud").then(|| Ok(String::from_utf8_lossy(bytes).to_uppercase()));
        assert_eq!(decode(b"# coding: loud\nx", Some(&upper)).as_deref(), Ok("# CODING: LOUD\nX"));
    }
}

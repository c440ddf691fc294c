//! Error reports and the built-in error handlers.

use crate::unicode::is_surrogate;
use crate::units::{Buf, Builder, Units, hex_escape};

/// What `UnicodeDecodeError` and `UnicodeEncodeError` are made of, but for the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorInfo {
    /// The encoding's name as CPython reports it.
    pub encoding: &'static str,
    /// The range of the input at fault: bytes in decoding, code points in encoding.
    pub start: usize,
    pub end: usize,
    /// CPython's reason.
    pub reason: &'static str,
}

/// Why a conversion failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodecError<E> {
    /// `UnicodeDecodeError` or `UnicodeEncodeError`, depending on the direction.
    Unicode(ErrorInfo),
    /// The error handler's own error.
    Custom(E),
    /// The error handler wants to resume outside the input (`IndexError`, "position N from error handler out of bounds").
    Position(isize),
    /// The handler does not handle errors of this direction (`TypeError`, "don't know how to handle X in error callback").
    Unsupported,
}

/// The error handlers that need nothing but the input. (`namereplace` needs the names of characters: it is a custom one.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorHandler {
    Strict,
    Ignore,
    Replace,
    BackslashReplace,
    /// Encoding only.
    XmlCharRefReplace,
    SurrogateEscape,
    /// Only for the UTF encodings.
    SurrogatePass,
}

impl ErrorHandler {
    /// The handler registered under `name`, unless the program registers another under it.
    pub fn from_name(name: &str) -> Option<ErrorHandler> {
        Some(match name {
            "strict" => ErrorHandler::Strict,
            "ignore" => ErrorHandler::Ignore,
            "replace" => ErrorHandler::Replace,
            "backslashreplace" => ErrorHandler::BackslashReplace,
            "xmlcharrefreplace" => ErrorHandler::XmlCharRefReplace,
            "surrogateescape" => ErrorHandler::SurrogateEscape,
            "surrogatepass" => ErrorHandler::SurrogatePass,
            _ => return None,
        })
    }
}

/// What a handler puts in place of undecodable bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeReplacement {
    /// The text.
    pub text: Buf,
    /// Where to go on; negative counts from the end.
    pub resume: isize,
    /// The exception's object if the handler exchanged it: decoding goes on in there.
    pub input: Option<Vec<u8>>,
}

/// What a handler puts in place of unencodable characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// To be encoded in turn.
    Text(Buf),
    /// To be written as they are.
    Bytes(Vec<u8>),
}

/// A handler's answer to an encoding error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodeReplacement {
    pub replacement: Replacement,
    /// Where to go on; negative counts from the end.
    pub resume: isize,
}

/// A caller's handler of decoding errors; it gets the input that the positions refer to.
pub type DecodeHandler<'h, E> = &'h mut dyn FnMut(&ErrorInfo, &[u8]) -> Result<DecodeReplacement, E>;

/// A caller's handler of encoding errors.
pub type EncodeHandler<'h, E> = &'h mut dyn FnMut(&ErrorInfo) -> Result<EncodeReplacement, E>;

/// What to do about undecodable bytes.
pub enum DecodeErrors<'h, E> {
    Builtin(ErrorHandler),
    Custom(DecodeHandler<'h, E>),
}

/// What to do about unencodable characters.
pub enum EncodeErrors<'h, E> {
    Builtin(ErrorHandler),
    Custom(EncodeHandler<'h, E>),
}

/// The position in the input that a handler's answer means.
pub(super) fn resume_at<E>(resume: isize, len: usize) -> Result<usize, CodecError<E>> {
    let at = if resume < 0 { resume.checked_add_unsigned(len) } else { Some(resume) };
    at.and_then(|at| usize::try_from(at).ok()).filter(|&at| at <= len).ok_or(CodecError::Position(resume))
}

/// The encodings that `surrogatepass` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandardEncoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    Utf32Le,
    Utf32Be,
}

impl StandardEncoding {
    /// The encoding called `name`, in any of the spellings that CPython takes: `utf-8`, `UTF_16BE`, `cp_utf8` is none.
    pub fn from_name(name: &str) -> Option<StandardEncoding> {
        let name = name.to_ascii_lowercase();
        let rest = name.strip_prefix("utf")?;
        let rest = rest.strip_prefix(['-', '_']).unwrap_or(rest);
        if rest == "8" {
            return Some(StandardEncoding::Utf8);
        }
        let (bits, order) = rest.split_at_checked(2)?;
        let order = order.strip_prefix(['-', '_']).unwrap_or(order);
        match (bits, order) {
            ("16", "" | "le") => Some(StandardEncoding::Utf16Le),
            ("16", "be") => Some(StandardEncoding::Utf16Be),
            ("32", "" | "le") => Some(StandardEncoding::Utf32Le),
            ("32", "be") => Some(StandardEncoding::Utf32Be),
            _ => None,
        }
    }

    /// Bytes of a surrogate in this encoding.
    fn width(self) -> usize {
        match self {
            StandardEncoding::Utf8 => 3,
            StandardEncoding::Utf16Le | StandardEncoding::Utf16Be => 2,
            StandardEncoding::Utf32Le | StandardEncoding::Utf32Be => 4,
        }
    }

    fn decode_surrogate(self, bytes: &[u8]) -> Option<u32> {
        let c = match (self, bytes.get(..self.width())?) {
            (StandardEncoding::Utf8, &[0xED, b @ 0xA0..=0xBF, c @ 0x80..=0xBF]) => {
                0xD000 | u32::from(b & 0x3F) << 6 | u32::from(c & 0x3F)
            }
            (StandardEncoding::Utf16Le, &[a, b]) => u32::from(u16::from_le_bytes([a, b])),
            (StandardEncoding::Utf16Be, &[a, b]) => u32::from(u16::from_be_bytes([a, b])),
            (StandardEncoding::Utf32Le, &[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
            (StandardEncoding::Utf32Be, &[a, b, c, d]) => u32::from_be_bytes([a, b, c, d]),
            _ => return None,
        };
        is_surrogate(c).then_some(c)
    }

    fn encode_surrogate(self, c: u32, out: &mut Vec<u8>) {
        match self {
            StandardEncoding::Utf8 => {
                out.extend_from_slice(&[0xED, 0x80 | (c >> 6 & 0x3F) as u8, 0x80 | (c & 0x3F) as u8]);
            }
            StandardEncoding::Utf16Le => out.extend_from_slice(&(c as u16).to_le_bytes()),
            StandardEncoding::Utf16Be => out.extend_from_slice(&(c as u16).to_be_bytes()),
            StandardEncoding::Utf32Le => out.extend_from_slice(&c.to_le_bytes()),
            StandardEncoding::Utf32Be => out.extend_from_slice(&c.to_be_bytes()),
        }
    }
}

/// A built-in handler's answer to a decoding error.
///
/// Errors: [`CodecError::Unicode`] if the handler cannot help, [`CodecError::Unsupported`].
pub fn apply_to_decoding<E>(
    handler: ErrorHandler,
    info: &ErrorInfo,
    input: &[u8],
) -> Result<DecodeReplacement, CodecError<E>> {
    let bytes = input.get(info.start..info.end).unwrap_or_default();
    let mut text = Builder::new();
    let mut resume = info.end;
    match handler {
        ErrorHandler::Strict => return Err(CodecError::Unicode(*info)),
        ErrorHandler::Ignore => {}
        ErrorHandler::Replace => text.push(0xFFFD),
        ErrorHandler::BackslashReplace => bytes.iter().for_each(|&b| text.push_hex_escape(b'x', u32::from(b), 2)),
        ErrorHandler::XmlCharRefReplace => return Err(CodecError::Unsupported),
        ErrorHandler::SurrogateEscape => {
            // ASCII is never smuggled: it could change what a path or command means.
            let escaped = bytes.iter().take(4).take_while(|&&b| b >= 0x80);
            escaped.for_each(|&b| text.push(0xDC00 + u32::from(b)));
            resume = info.start + text.len();
        }
        ErrorHandler::SurrogatePass => {
            let encoding = StandardEncoding::from_name(info.encoding);
            let rest = input.get(info.start..).unwrap_or_default();
            if let Some((encoding, c)) = encoding.and_then(|e| Some((e, e.decode_surrogate(rest)?))) {
                text.push(c);
                resume = info.start + encoding.width();
            }
        }
    }
    if text.is_empty() && matches!(handler, ErrorHandler::SurrogateEscape | ErrorHandler::SurrogatePass) {
        return Err(CodecError::Unicode(*info));
    }
    Ok(DecodeReplacement { text: text.finish(), resume: resume as isize, input: None })
}

/// A built-in handler's answer to an encoding error.
///
/// Errors: [`CodecError::Unicode`] if the handler cannot help.
pub fn apply_to_encoding<E>(
    handler: ErrorHandler,
    info: &ErrorInfo,
    input: Units<'_>,
) -> Result<EncodeReplacement, CodecError<E>> {
    let faulty = input.slice(info.start, info.end);
    let mut out = Vec::new();
    match handler {
        ErrorHandler::Strict => return Err(CodecError::Unicode(*info)),
        ErrorHandler::Ignore => {}
        ErrorHandler::Replace => out.resize(faulty.len(), b'?'),
        ErrorHandler::BackslashReplace => faulty.iter().for_each(|c| push_escape(&mut out, c)),
        ErrorHandler::XmlCharRefReplace => {
            faulty.iter().for_each(|c| out.extend_from_slice(format!("&#{c};").as_bytes()));
        }
        ErrorHandler::SurrogateEscape => {
            if faulty.iter().all(|c| matches!(c, 0xDC80..=0xDCFF)) {
                out.extend(faulty.iter().map(|c| (c & 0xFF) as u8));
            }
        }
        ErrorHandler::SurrogatePass => {
            if let Some(encoding) = StandardEncoding::from_name(info.encoding)
                && faulty.iter().all(is_surrogate)
            {
                faulty.iter().for_each(|c| encoding.encode_surrogate(c, &mut out));
            }
        }
    }
    let replacement = match handler {
        ErrorHandler::SurrogateEscape | ErrorHandler::SurrogatePass if out.is_empty() => {
            return Err(CodecError::Unicode(*info));
        }
        ErrorHandler::SurrogateEscape | ErrorHandler::SurrogatePass => Replacement::Bytes(out),
        _ => Replacement::Text(Buf::Ascii(out)),
    };
    Ok(EncodeReplacement { replacement, resume: info.end as isize })
}

/// Appends the shortest of `\xhh`, `\uhhhh` and `\Uhhhhhhhh` that holds `c`.
pub(super) fn push_escape(out: &mut Vec<u8>, c: u32) {
    let mut escape = [0; 10];
    let n = match c {
        0..0x100 => hex_escape(&mut escape, b'x', c, 2),
        0x100..0x10000 => hex_escape(&mut escape, b'u', c, 4),
        _ => hex_escape(&mut escape, b'U', c, 8),
    };
    out.extend_from_slice(&escape[..n]);
}

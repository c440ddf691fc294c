//! Warnings about the literals of a program that turns out to be wrong: they come before its error.

use std::rc::Rc;

use crate::error::{SyntaxError, Warning, WarningKind};
use crate::lines::Lines;
use crate::literals::{InvalidEscape, decode_bytes, decode_str, escape_warning};
use crate::tokenizer::{TokenKind, Tokenizer};

/// The warnings about invalid escapes up to the line of `error`.
pub fn warnings_before(text: &str, error: &SyntaxError) -> Vec<Warning> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if error.lineno == 0 || !text.contains('\\') {
        return Vec::new();
    }
    let source = crate::source::normal_newlines(text);
    let lines = Rc::new(Lines::new(&source));
    let mut tokenizer = Tokenizer::new(&source, lines.clone());
    let mut warnings = Vec::new();
    // Whether the open f-strings and t-strings are raw.
    let mut raw = Vec::new();
    while let Ok(token) = tokenizer.next_token() {
        if token.kind == TokenKind::EndMarker || lines.place(token.start).0 > error.lineno {
            break;
        }
        let text = source.get(token.start as usize..token.end as usize).unwrap_or("");
        let (at, escapes) = match token.kind {
            TokenKind::FStringStart | TokenKind::TStringStart => {
                raw.push(text.contains(['r', 'R']));
                continue;
            }
            TokenKind::FStringEnd | TokenKind::TStringEnd => {
                raw.pop();
                continue;
            }
            TokenKind::FStringMiddle | TokenKind::TStringMiddle if raw.last() == Some(&false) => {
                (0, escapes(text, false))
            }
            TokenKind::String => literal_escapes(text),
            _ => continue,
        };
        for escape in escapes {
            warnings.push(warning(&source, &lines, token.start + (at + escape.at) as u32, &escape.sequence));
        }
    }
    warnings
}

fn escapes(contents: &str, is_bytes: bool) -> Vec<InvalidEscape> {
    let mut found = Vec::new();
    // An escape without a value is an error that the parser reports.
    if is_bytes {
        let _ = decode_bytes(contents, &mut found);
    } else {
        let _ = decode_str(contents, &mut found);
    }
    found
}

/// The invalid escapes of a whole literal, and where its contents begin.
fn literal_escapes(text: &str) -> (usize, Vec<InvalidEscape>) {
    let Some(quote) = text.find(['"', '\'']) else { return (0, Vec::new()) };
    let (prefix, quoted) = text.split_at(quote);
    let width = if quoted.starts_with("\"\"\"") || quoted.starts_with("'''") { 3 } else { 1 };
    let contents = quoted.get(width..quoted.len().saturating_sub(width)).unwrap_or("");
    if prefix.contains(['r', 'R']) {
        return (0, Vec::new());
    }
    (quote + width, escapes(contents, prefix.contains(['b', 'B'])))
}

fn warning(source: &str, lines: &Lines, at: u32, sequence: &str) -> Warning {
    let (lineno, column) = lines.place(at);
    let line = lines.text(source, lineno).unwrap_or("");
    let offset = line.get(..column as usize).map_or(0, |before| before.chars().count()) as u32 + 1;
    let text = format!("{}\n", line.trim_end_matches('\n'));
    Warning { kind: WarningKind::SyntaxWarning, message: escape_warning(sequence), lineno, offset, text }
}

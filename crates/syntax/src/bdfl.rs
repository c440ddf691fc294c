//! PEP 401: with `from __future__ import barry_as_FLUFL`, `<>` is the inequality operator.
//!
//! The parser crate does not know it, so the operators are exchanged in the text; both are two characters long.

use std::rc::Rc;

use crate::error::{ErrorKind, SyntaxError};
use crate::lines::Lines;
use crate::tokenizer::{TokenKind, Tokenizer};

/// The source with `!=` for `<>` wherever the feature is on.
///
/// # Errors
/// SyntaxError for `!=` there.
pub(crate) fn translate(source: &str, mut on: bool) -> Result<String, SyntaxError> {
    let lines = Rc::new(Lines::new(source));
    let mut tokenizer = Tokenizer::new(source, lines.clone());
    let mut out = source.to_owned();
    let mut importing = false;
    let mut less = None;
    let mut before = "";
    // What is no token is found by the parser again.
    while let Ok(token) = tokenizer.next_token() {
        let range = token.start as usize..token.end as usize;
        let text = source.get(range.clone()).unwrap_or("");
        match (token.kind, text) {
            (TokenKind::EndMarker, _) => break,
            (TokenKind::Name, "__future__") => importing = before == "from",
            (TokenKind::Name, "barry_as_FLUFL") if importing => on = true,
            (TokenKind::Newline, _) | (TokenKind::Op, ";") => importing = false,
            // The operator is two tokens.
            (TokenKind::Op, ">") if on && less == Some(token.start) => {
                out.replace_range(token.start as usize - 1..range.end, "!=");
            }
            (TokenKind::Op, "!=") if on => return Err(wrong_operator(source, &lines, token.start)),
            _ => {}
        }
        before = text;
        less = (text == "<").then_some(token.end);
    }
    Ok(out)
}

fn wrong_operator(source: &str, lines: &Lines, at: u32) -> SyntaxError {
    let (lineno, column) = lines.place(at);
    let text = lines.text(source, lineno).unwrap_or("");
    let offset = text.get(..column as usize).map_or(0, |before| before.chars().count()) as i64 + 1;
    SyntaxError {
        kind: ErrorKind::SyntaxError,
        message: "with Barry as BDFL, use '<>' instead of '!='".to_owned(),
        lineno,
        offset,
        end_lineno: lineno.into(),
        end_offset: offset + 2,
        text: Some(format!("{}\n", text.trim_end_matches('\n'))),
    }
}

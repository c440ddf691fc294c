//! String tokens: plain strings, and the start, text and end of f-strings and t-strings.

use super::{Interpolated, MAX_FIELDS, MAX_STRINGS, Token, TokenError, TokenKind, Tokenizer};
use crate::error::ErrorKind;

impl Tokenizer<'_> {
    /// A string with a prefix, if one starts here.
    pub(super) fn prefixed_string(&mut self) -> Result<Option<Token>, TokenError> {
        let mut seen = String::new();
        loop {
            let c = self.peek_at(seen.len());
            if matches!(c, b'"' | b'\'') && !seen.is_empty() {
                break;
            }
            let letter = c.to_ascii_lowercase();
            if !b"bfrtu".contains(&letter) || seen.as_bytes().contains(&letter) {
                return Ok(None);
            }
            seen.push(char::from(letter));
        }
        for (a, b) in [('u', 'b'), ('u', 'r'), ('u', 'f'), ('u', 't'), ('b', 'f'), ('b', 't'), ('f', 't')] {
            if seen.contains(a) && seen.contains(b) {
                let (lineno, offset) = self.place(self.start);
                let end = offset + seen.len() as i64;
                let message = format!("'{a}' and '{b}' prefixes are incompatible");
                return Err(self.error(ErrorKind::SyntaxError, message, lineno, offset, end));
            }
        }
        self.at += seen.len();
        if !seen.contains(['f', 't']) {
            return self.string().map(Some);
        }
        let quote = self.peek();
        let triple = self.peek_at(1) == quote && self.peek_at(2) == quote;
        self.at += if triple { 3 } else { 1 };
        if self.strings.len() + 1 >= MAX_STRINGS {
            return Err(self.error_here("too many nested f-strings or t-strings"));
        }
        let template = seen.contains('t');
        self.strings.push(Interpolated {
            quote,
            triple,
            raw: seen.contains('r'),
            template,
            start: self.start as u32,
            in_text: true,
            in_spec: false,
            depth: 0,
            field_depth: -1,
        });
        Ok(Some(self.token(if template { TokenKind::TStringStart } else { TokenKind::FStringStart })))
    }

    /// A plain string; its quote stands here, its prefix before.
    pub(super) fn string(&mut self) -> Result<Token, TokenError> {
        let quote = self.peek();
        let triple = self.peek_at(1) == quote && self.peek_at(2) == quote;
        if !triple && self.peek_at(1) == quote {
            self.at += 2;
            return Ok(self.token(TokenKind::String));
        }
        self.at += if triple { 3 } else { 1 };
        let mut escaped_quote = false;
        loop {
            if self.at_end() || (!triple && self.peek() == b'\n') {
                return Err(self.unterminated(quote, triple, escaped_quote));
            }
            let c = self.peek();
            self.at += 1;
            if c == b'\\' {
                escaped_quote |= self.peek() == quote;
                if !self.at_end() {
                    self.at += 1;
                }
            } else if c == quote {
                if !triple {
                    break;
                }
                if self.peek() == quote && self.peek_at(1) == quote {
                    self.at += 2;
                    break;
                }
            }
        }
        Ok(self.token(TokenKind::String))
    }

    fn unterminated(&self, quote: u8, triple: bool, escaped_quote: bool) -> TokenError {
        if let Some(string) = self.strings.last()
            && string.quote == quote
            && string.triple == triple
        {
            return self.error_to(self.start + 1, format!("{}-string: expecting '}}'", string.letter()));
        }
        let line = self.detection_line();
        let message = if triple {
            format!("unterminated triple-quoted string literal (detected at line {line})")
        } else if escaped_quote {
            format!("unterminated string literal (detected at line {line}); perhaps you escaped the end quote?")
        } else {
            format!("unterminated string literal (detected at line {line})")
        };
        self.error_to(self.start + 1, message)
    }

    /// The line at which CPython notices the end: a final newline opens no new line.
    fn detection_line(&self) -> u32 {
        let at = if self.at_end() && self.source.ends_with('\n') { self.at - 1 } else { self.at };
        self.lines.place(at as u32).0
    }

    /// The next token inside an f-string's text or format specification.
    pub(super) fn interpolated_text(&mut self) -> Result<Token, TokenError> {
        self.start = self.at;
        let Some(string) = self.strings.last().cloned() else { return self.code_token() };
        let (middle, end) = if string.template {
            (TokenKind::TStringMiddle, TokenKind::TStringEnd)
        } else {
            (TokenKind::FStringMiddle, TokenKind::FStringEnd)
        };
        let closes = |this: &Self| {
            this.peek() == string.quote
                && (!string.triple || (this.peek_at(1) == string.quote && this.peek_at(2) == string.quote))
        };
        if self.peek() == b'{' && (self.peek_at(1) != b'{' || string.in_spec) {
            return self.enter_field();
        }
        if closes(self) {
            self.at += if string.triple { 3 } else { 1 };
            self.strings.pop();
            self.after_newline = false;
            return Ok(self.token(end));
        }
        let mut in_name = false;
        loop {
            let c = self.peek();
            if closes(self) {
                return Ok(self.token(middle));
            }
            if self.at_end() || (c == b'\n' && !string.triple) {
                if string.in_spec && c == b'\n' {
                    let letter = string.letter();
                    self.at += 1;
                    return Err(self.error_here(format!(
                        "{letter}-string: newlines are not allowed in format specifiers for \
                         single quoted {letter}-strings"
                    )));
                }
                return Err(self.unterminated_interpolated(&string));
            }
            match c {
                b'{' if in_name => self.at += 1,
                b'{' => {
                    if self.peek_at(1) == b'{' && !string.in_spec {
                        self.at += 1;
                        let token = self.token(middle);
                        self.at += 1;
                        return Ok(token);
                    }
                    return Ok(self.token(middle));
                }
                b'}' if in_name => {
                    self.at += 1;
                    return Ok(self.token(middle));
                }
                b'}' => {
                    if self.peek_at(1) == b'}' && !string.in_spec && string.depth == 0 {
                        self.at += 1;
                        let token = self.token(middle);
                        self.at += 1;
                        return Ok(token);
                    }
                    let token = self.token(middle);
                    self.leave_text();
                    return Ok(token);
                }
                b'\\' => {
                    self.at += 1;
                    match self.peek() {
                        b'{' | b'}' => {}
                        b'N' if !string.raw && self.peek_at(1) == b'{' => {
                            in_name = true;
                            self.at += 1;
                        }
                        _ if self.at_end() => {}
                        _ => self.at += 1,
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    fn leave_text(&mut self) {
        if let Some(string) = self.strings.last_mut() {
            string.in_text = false;
            string.in_spec = false;
        }
    }

    fn enter_field(&mut self) -> Result<Token, TokenError> {
        if let Some(string) = self.strings.last_mut() {
            string.field_depth += 1;
            string.in_text = false;
            string.in_spec = false;
            let letter = string.letter();
            if string.field_depth >= MAX_FIELDS {
                return Err(self.error_here(format!("{letter}-string: expressions nested too deeply")));
            }
        }
        self.code_token()
    }

    fn unterminated_interpolated(&self, string: &Interpolated) -> TokenError {
        let line = self.detection_line();
        let letter = string.letter();
        let message = if string.triple {
            format!("unterminated triple-quoted {letter}-string literal (detected at line {line})")
        } else {
            format!("unterminated {letter}-string literal (detected at line {line})")
        };
        self.error_to(string.start as usize + 1, message)
    }
}

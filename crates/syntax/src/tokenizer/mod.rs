//! CPython's tokens: for the diagnosis of syntax errors and for `_tokenize`.
//!
//! Source text with `\n` newlines goes in; tokens come out one by one, as lazily as CPython's parser
//! asks for them, because which error a program gets depends on how far its tokens were read.
//! Source: the Language Reference, chapter 2, and the behaviour of CPython 3.14's tokenizer.
//! Numbers and strings are in `number` and `text`.

mod number;
mod text;

pub(crate) use number::number_keyword;

use std::rc::Rc;

use crate::error::ErrorKind;
use crate::limits::{MAX_BRACKETS, MAX_INDENTS};
use crate::lines::Lines;
use whipsnake_text::Units;
use whipsnake_text::unicode::database::Version;
use whipsnake_text::unicode::normalize::Form;

/// The type of a token, as the `token` module names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    EndMarker,
    Name,
    Number,
    String,
    Newline,
    Indent,
    Dedent,
    Op,
    FStringStart,
    FStringMiddle,
    FStringEnd,
    TStringStart,
    TStringMiddle,
    TStringEnd,
    /// Only with [`Tokenizer::with_extra_tokens`].
    Comment,
    /// A newline that ends no statement; only with [`Tokenizer::with_extra_tokens`].
    Nl,
}

/// A token: its type and its byte range in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    pub start: u32,
    pub end: u32,
}

/// A text that is no token. Lines and columns as in [`crate::SyntaxError`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenError {
    pub kind: ErrorKind,
    pub message: String,
    pub lineno: u32,
    pub offset: i64,
    pub end_lineno: i64,
    pub end_offset: i64,
    /// The error is the end of the input, in the middle of something.
    pub at_end: bool,
    /// CPython's tokenizer only notes this one: it does not displace an error found before it.
    pub is_quiet: bool,
}

/// An open bracket.
#[derive(Clone, Copy, Debug)]
pub struct Bracket {
    pub character: u8,
    pub at: u32,
    pub lineno: u32,
}

/// An f-string or t-string being read.
#[derive(Clone, Debug)]
struct Interpolated {
    quote: u8,
    triple: bool,
    raw: bool,
    template: bool,
    start: u32,
    in_text: bool,
    in_spec: bool,
    /// Open brackets inside the string.
    depth: i32,
    /// The depth at which the current field's brace stands; -1 outside fields.
    field_depth: i32,
}

impl Interpolated {
    fn letter(&self) -> char {
        if self.template { 't' } else { 'f' }
    }
}

/// Reads tokens from a source text.
pub struct Tokenizer<'a> {
    source: &'a str,
    bytes: &'a [u8],
    lines: Rc<Lines>,
    at: usize,
    start: usize,
    at_line_start: bool,
    /// Columns with tabs to 8, and with tabs as 1 to find inconsistent ones.
    indents: Vec<(u32, u32)>,
    pending: i32,
    brackets: Vec<Bracket>,
    strings: Vec<Interpolated>,
    extra_tokens: bool,
    /// The last token ended a line.
    after_newline: bool,
    finished: bool,
}

const MAX_STRINGS: usize = 150;
const MAX_FIELDS: i32 = 3;

impl<'a> Tokenizer<'a> {
    /// A tokenizer as the parser uses it: no comments, no insignificant newlines.
    pub fn new(source: &'a str, lines: Rc<Lines>) -> Self {
        Self {
            source,
            bytes: source.as_bytes(),
            lines,
            at: 0,
            start: 0,
            at_line_start: true,
            indents: Vec::new(),
            pending: 0,
            brackets: Vec::new(),
            strings: Vec::new(),
            extra_tokens: false,
            after_newline: true,
            finished: false,
        }
    }

    /// A tokenizer as the `tokenize` module uses it: comments and all newlines are tokens, and
    /// unmatched brackets are no errors.
    pub fn with_extra_tokens(source: &'a str, lines: Rc<Lines>) -> Self {
        Self { extra_tokens: true, ..Self::new(source, lines) }
    }

    /// The brackets open now, outermost first.
    pub fn open_brackets(&self) -> &[Bracket] {
        &self.brackets
    }

    /// Whether an f-string or t-string is open.
    pub fn in_string(&self) -> bool {
        !self.strings.is_empty()
    }

    /// How far the source has been read.
    pub fn position(&self) -> u32 {
        self.at as u32
    }

    fn peek(&self) -> u8 {
        self.peek_at(0)
    }

    /// A byte ahead; NUL at the end, which no source contains.
    fn peek_at(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    fn token(&self, kind: TokenKind) -> Token {
        Token { kind, start: self.start as u32, end: self.at as u32 }
    }

    /// Characters (from 1) of a byte offset in its line, and the line.
    fn place(&self, offset: usize) -> (u32, i64) {
        let (lineno, column) = self.lines.place(offset as u32);
        let line = &self.source[offset - column as usize..offset];
        (lineno, line.chars().count() as i64 + 1)
    }

    /// An error whose last character ends at `end`.
    fn error_to(&self, end: usize, message: impl Into<String>) -> TokenError {
        // The newline itself belongs to its line.
        let (lineno, offset) = match self.source[..end].char_indices().next_back() {
            Some((last, _)) => self.place(last),
            None => (1, 0),
        };
        self.error(ErrorKind::SyntaxError, message, lineno, offset, offset)
    }

    fn error_here(&self, message: impl Into<String>) -> TokenError {
        self.error_to(self.at, message)
    }

    fn error(
        &self,
        kind: ErrorKind,
        message: impl Into<String>,
        lineno: u32,
        offset: i64,
        end_offset: i64,
    ) -> TokenError {
        let message = message.into();
        let is_quiet = kind != ErrorKind::SyntaxError || end_offset <= 0;
        TokenError { kind, message, lineno, offset, end_lineno: lineno.into(), end_offset, at_end: false, is_quiet }
    }

    /// The next token; after the end marker, more end markers.
    ///
    /// # Errors
    /// Text that is no token, wrong indentation, unmatched brackets, or the end of the source inside
    /// a bracket. The tokenizer must not be used after an error.
    pub fn next_token(&mut self) -> Result<Token, TokenError> {
        if self.strings.last().is_some_and(|string| string.in_text) {
            return self.interpolated_text();
        }
        self.code_token()
    }

    fn code_token(&mut self) -> Result<Token, TokenError> {
        loop {
            let mut blank = false;
            if self.at_line_start {
                self.at_line_start = false;
                blank = self.indentation()?;
            }
            self.start = self.at;
            if self.pending < 0 {
                self.pending += 1;
                return Ok(self.token(TokenKind::Dedent));
            }
            if self.pending > 0 {
                self.pending -= 1;
                let line = self.lines.place(self.at as u32).1;
                return Ok(Token { kind: TokenKind::Indent, start: self.at as u32 - line, end: self.at as u32 });
            }
            loop {
                while matches!(self.peek(), b' ' | b'\t' | b'\x0c') {
                    self.at += 1;
                }
                if self.peek() != b'\\' {
                    break;
                }
                self.continuation()?;
            }
            self.start = self.at;
            if self.peek() == b'#' {
                while !self.at_end() && self.peek() != b'\n' {
                    self.at += 1;
                }
                if self.extra_tokens {
                    return Ok(self.token(TokenKind::Comment));
                }
            }
            if self.at_end() {
                return self.end();
            }
            if self.peek() == b'\n' {
                self.at += 1;
                self.at_line_start = true;
                if blank || self.after_newline || !self.brackets.is_empty() {
                    if self.extra_tokens {
                        return Ok(self.token(TokenKind::Nl));
                    }
                    continue;
                }
                self.after_newline = true;
                return Ok(self.token(TokenKind::Newline));
            }
            self.after_newline = false;
            return self.word_or_operator();
        }
    }

    /// The end of the source: a newline if one is missing, dedents, the end marker.
    fn end(&mut self) -> Result<Token, TokenError> {
        if !self.brackets.is_empty() && !self.finished {
            let (lineno, offset) = self.place(self.at);
            let mut error = self.error(ErrorKind::SyntaxError, "unexpected EOF", lineno, offset, offset);
            error.at_end = true;
            return Err(error);
        }
        if !self.after_newline {
            self.after_newline = true;
            return Ok(self.token(TokenKind::Newline));
        }
        self.finished = true;
        if self.indents.pop().is_some() {
            return Ok(self.token(TokenKind::Dedent));
        }
        Ok(self.token(TokenKind::EndMarker))
    }

    /// A backslash at the end of a line.
    fn continuation(&mut self) -> Result<(), TokenError> {
        self.at += 1;
        if self.peek() != b'\n' {
            let (lineno, offset) = self.place(self.at);
            // At the end without a newline, the backslash itself is the place.
            let offset = offset - i64::from(self.at_end());
            let message = "unexpected character after line continuation character";
            return Err(self.error(ErrorKind::SyntaxError, message, lineno, offset, 0));
        }
        self.at += 1;
        if self.at_end() {
            let (lineno, offset) = self.place(self.at - 1);
            let message = "unexpected EOF while parsing";
            let mut error = self.error(ErrorKind::SyntaxError, message, lineno, offset, -1);
            error.at_end = true;
            return Err(error);
        }
        Ok(())
    }

    /// Measures a line's indentation; true if the line is blank or a comment.
    fn indentation(&mut self) -> Result<bool, TokenError> {
        let (mut column, mut narrow) = (0, 0);
        let mut continued = 0;
        loop {
            match self.peek() {
                b' ' => {
                    column += 1;
                    narrow += 1;
                }
                b'\t' => {
                    column = (column / 8 + 1) * 8;
                    narrow += 1;
                }
                b'\x0c' => {
                    column = 0;
                    narrow = 0;
                }
                b'\\' => {
                    continued = if continued > 0 { continued } else { column };
                    self.continuation()?;
                    continue;
                }
                _ => break,
            }
            self.at += 1;
        }
        if matches!(self.peek(), b'#' | b'\n') {
            return Ok(true);
        }
        if !self.brackets.is_empty() || self.at_end() {
            return Ok(false);
        }
        if continued > 0 {
            column = continued;
            narrow = continued;
        }
        self.indent_to(column, narrow)?;
        Ok(false)
    }

    fn indent_to(&mut self, column: u32, narrow: u32) -> Result<(), TokenError> {
        let lineno = self.lines.place(self.at as u32).0;
        let tabs = |this: &Self| {
            let message = "inconsistent use of tabs and spaces in indentation";
            this.error(ErrorKind::TabError, message, lineno, 1, 0)
        };
        let (outer, outer_narrow) = self.indents.last().copied().unwrap_or((0, 0));
        if column == outer {
            return if narrow == outer_narrow { Ok(()) } else { Err(tabs(self)) };
        }
        if column > outer {
            if self.indents.len() + 2 > MAX_INDENTS - 1 + 1 {
                let message = "too many levels of indentation";
                return Err(self.error(ErrorKind::IndentationError, message, lineno, 1, 0));
            }
            if narrow <= outer_narrow {
                return Err(tabs(self));
            }
            self.indents.push((column, narrow));
            self.pending += 1;
            return Ok(());
        }
        while self.indents.last().is_some_and(|&(outer, _)| column < outer) {
            self.indents.pop();
            self.pending -= 1;
        }
        let (outer, outer_narrow) = self.indents.last().copied().unwrap_or((0, 0));
        if column != outer {
            let message = "unindent does not match any outer indentation level";
            let length = self.lines.text(self.source, lineno).map_or(0, |line| line.chars().count() as i64);
            return Err(self.error(ErrorKind::IndentationError, message, lineno, length, -1));
        }
        if narrow == outer_narrow { Ok(()) } else { Err(tabs(self)) }
    }

    fn word_or_operator(&mut self) -> Result<Token, TokenError> {
        let c = self.peek();
        match c {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 128.. => self.word(),
            b'0'..=b'9' => self.number(),
            b'.' if self.peek_at(1).is_ascii_digit() => self.number(),
            b'"' | b'\'' => self.string(),
            _ => self.operator(),
        }
    }

    fn word(&mut self) -> Result<Token, TokenError> {
        if let Some(token) = self.prefixed_string()? {
            return Ok(token);
        }
        let mut ascii = true;
        while matches!(self.peek(), b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'0'..=b'9' | 128..) {
            ascii &= self.peek() < 128;
            self.at += 1;
        }
        if !ascii {
            self.check_identifier()?;
        }
        Ok(self.token(TokenKind::Name))
    }

    /// Finds the first character that has no place in an identifier.
    fn check_identifier(&mut self) -> Result<(), TokenError> {
        use whipsnake_text::unicode::{is_xid_continue, is_xid_start};
        let word = &self.source[self.start..self.at];
        let fits = |c: char, first: bool| {
            let direct = |c: u32| if first { is_xid_start(c) || c == u32::from('_') } else { is_xid_continue(c) };
            let c = u32::from(c);
            let compatible = || Form::Nfkc.normalize(Units::Ucs4(&[c]), Version::Current).units().iter().all(direct);
            direct(c) || (c >= 0x80 && is_xid_continue(c) && !first && compatible())
        };
        for (at, c) in word.char_indices() {
            if !fits(c, at == 0) {
                let end = self.start + at + c.len_utf8();
                let message = if printable(c) {
                    format!("invalid character '{c}' (U+{:04X})", u32::from(c))
                } else {
                    format!("invalid non-printable character U+{:04X}", u32::from(c))
                };
                return Err(self.error_to(end, message));
            }
        }
        Ok(())
    }

    fn operator(&mut self) -> Result<Token, TokenError> {
        let c = self.peek();
        if c == b':'
            && let Some(string) = self.strings.last_mut()
            && string.field_depth >= 0
            && string.depth - 1 == string.field_depth
        {
            string.in_text = true;
            string.in_spec = true;
            self.at += 1;
            return Ok(self.token(TokenKind::Op));
        }
        let length = operator_length(&self.bytes[self.at..]);
        if length > 1 {
            self.at += length;
            return Ok(self.token(TokenKind::Op));
        }
        self.at += 1;
        match c {
            b'(' | b'[' | b'{' => self.open(c)?,
            b')' | b']' | b'}' => self.close(c)?,
            _ if c < 32 || c == 127 => {
                return Err(self.error_here(format!("invalid non-printable character U+{c:04X}")));
            }
            _ => {}
        }
        Ok(self.token(TokenKind::Op))
    }

    fn open(&mut self, character: u8) -> Result<(), TokenError> {
        if self.brackets.len() >= MAX_BRACKETS {
            return Err(self.error_here("too many nested parentheses"));
        }
        let lineno = self.lines.place(self.start as u32).0;
        self.brackets.push(Bracket { character, at: self.start as u32, lineno });
        if let Some(string) = self.strings.last_mut() {
            string.depth += 1;
        }
        Ok(())
    }

    fn close(&mut self, c: u8) -> Result<(), TokenError> {
        let shown = char::from(c);
        if let Some(string) = self.strings.last()
            && string.depth == 0
            && c == b'}'
        {
            return Err(self.error_here(format!("{}-string: single '}}' is not allowed", string.letter())));
        }
        let Some(bracket) = self.brackets.pop() else {
            return if self.extra_tokens { Ok(()) } else { Err(self.error_here(format!("unmatched '{shown}'"))) };
        };
        let fits = matches!((bracket.character, c), (b'(', b')') | (b'[', b']') | (b'{', b'}'));
        if !fits && !self.extra_tokens {
            if let Some(string) = self.strings.last()
                && bracket.character == b'{'
                && string.depth - 1 == string.field_depth
            {
                return Err(self.error_here(format!("{}-string: unmatched '{shown}'", string.letter())));
            }
            let opening = char::from(bracket.character);
            let mut message = format!("closing parenthesis '{shown}' does not match opening parenthesis '{opening}'");
            if bracket.lineno != self.lines.place(self.start as u32).0 {
                message += &format!(" on line {}", bracket.lineno);
            }
            return Err(self.error_here(message));
        }
        if let Some(string) = self.strings.last_mut() {
            string.depth -= 1;
            if string.depth < 0 {
                let letter = string.letter();
                return Err(self.error_here(format!("{letter}-string: unmatched '{shown}'")));
            }
            if c == b'}' && string.depth == string.field_depth {
                string.field_depth -= 1;
                string.in_text = true;
                string.in_spec = false;
            }
        }
        Ok(())
    }
}

/// The length of the operator at the start of `bytes`.
fn operator_length(bytes: &[u8]) -> usize {
    let at = |i: usize| bytes.get(i).copied().unwrap_or(0);
    match (at(0), at(1), at(2)) {
        (b'*', b'*', b'=') | (b'/', b'/', b'=') | (b'<', b'<', b'=') | (b'>', b'>', b'=') | (b'.', b'.', b'.') => 3,
        (b'*', b'*', _) | (b'/', b'/', _) | (b'<', b'<', _) | (b'>', b'>', _) | (b'-', b'>', _) => 2,
        (b'=' | b'!' | b'<' | b'>' | b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'^' | b'@' | b':', b'=', _) => 2,
        _ => 1,
    }
}

/// Roughly `str.isprintable` of one character outside ASCII.
fn printable(c: char) -> bool {
    !(c.is_control()
        || c.is_whitespace()
        || matches!(u32::from(c),
            0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x180e | 0x200b..=0x200f | 0x202a..=0x202e
            | 0x2060..=0x206f | 0xe000..=0xf8ff | 0xfeff | 0xfff0..=0xfffb | 0xfffe..=0xffff
            | 0xe0000..=0xe007f | 0xf0000..=0x10_ffff))
}

//! Why a program is no Python: CPython's message and place for a rejected source.
//!
//! The order of attempts is CPython's, because it decides which of several errors is reported: match
//! the grammar, and if the tokenizer fails on the way, that is the error; match again with the rules
//! that know common mistakes; otherwise it is "invalid syntax" at the last token read. An error of
//! the tokenizer in the rest of the source goes before an error of the grammar.
//! Tests: `tests/errors.rs` with expectations from CPython.

mod grammar;
mod matcher;
mod report;
mod tree;

use std::borrow::Cow;
use std::rc::Rc;

use crate::error::{ErrorKind, SyntaxError};
use crate::lines::Lines;
use crate::parse::{Mode, Options};
use crate::tokenizer::{TokenError, TokenKind, Tokenizer};
use matcher::{Matcher, Stop};

/// What the diagnosis found.
pub enum Verdict {
    Error(SyntaxError),
    /// No fault: the grammar accepts the program.
    Valid,
}

/// Mode `exec` reads a program as if it ended with a newline.
fn with_newline(source: &str, mode: Mode) -> Cow<'_, str> {
    if mode == Mode::Exec && !source.is_empty() && !source.ends_with('\n') {
        Cow::Owned(format!("{source}\n"))
    } else {
        Cow::Borrowed(source)
    }
}

/// Finds what is wrong with a program.
pub fn diagnose(source: &str, _lines: &Lines, mode: Mode, options: &Options) -> Verdict {
    let source = with_newline(source, mode);
    let lines = Rc::new(Lines::new(&source));
    let rule = match mode {
        Mode::Exec => "file",
        Mode::Single => "single",
        Mode::Eval => "eval",
        Mode::FuncType => "func_type",
    };
    let mut matcher = Matcher::new(&source, lines);
    let found = matcher.run(rule, false);
    if options.allow_incomplete_input && found.is_none() && at_end(&matcher) {
        return Verdict::Error(incomplete(&mut matcher));
    }
    if found.is_some() && matcher.stop.is_none() {
        return Verdict::Valid;
    }
    match matcher.stop.take() {
        None => {}
        Some(Stop::Report(error)) => return Verdict::Error(rest_error(&mut matcher).unwrap_or(error)),
        Some(stop) => return Verdict::Error(stopped(&matcher, stop)),
    }
    let Some(last) = matcher.tokens.last().copied() else { return Verdict::Valid };
    matcher.run(rule, true);
    let error = match matcher.stop.take() {
        Some(stop @ (Stop::Token(_) | Stop::TooDeep)) => return Verdict::Error(stopped(&matcher, stop)),
        Some(Stop::Report(error)) => error,
        None if matcher.forced.is_some() => match matcher.forced.take() {
            Some(error) => error,
            None => return Verdict::Valid,
        },
        None => {
            if matches!(last.kind, TokenKind::Indent | TokenKind::Dedent) {
                let what = if last.kind == TokenKind::Indent { "unexpected indent" } else { "unexpected unindent" };
                let token = matcher.tokens.last().copied().unwrap_or(last);
                matcher.stop_at_loose(ErrorKind::IndentationError, token, what.into());
                return Verdict::Error(taken(&mut matcher));
            }
            matcher.stop_at(ErrorKind::SyntaxError, last, last, "invalid syntax".into());
            taken(&mut matcher)
        }
    };
    Verdict::Error(rest_error(&mut matcher).unwrap_or(error))
}

fn taken(matcher: &mut Matcher<'_>) -> SyntaxError {
    match matcher.stop.take() {
        Some(Stop::Report(error)) => error,
        _ => SyntaxError::placeless(ErrorKind::SyntaxError, "invalid syntax"),
    }
}

/// Reads the rest of the source; an error there is more to the point than one of the grammar.
fn rest_error(matcher: &mut Matcher<'_>) -> Option<SyntaxError> {
    let read_line = matcher.tokens.last().map_or(1, |token| matcher.lines.place(token.start).0);
    loop {
        match matcher.tokenizer.next_token() {
            Ok(token) if token.kind == TokenKind::EndMarker => return None,
            Ok(_) => {}
            Err(_) if matcher.tokenizer.in_string() => return None,
            Err(error) if error.at_end || error.is_quiet => {
                let bracket = *matcher.tokenizer.open_brackets().last()?;
                return (read_line > bracket.lineno).then(|| unclosed(matcher)).flatten();
            }
            Err(error) => return Some(token_failure(matcher.source, &matcher.lines, error)),
        }
    }
}

fn stopped(matcher: &Matcher<'_>, stop: Stop) -> SyntaxError {
    match stop {
        Stop::Report(error) => error,
        Stop::TooDeep => SyntaxError::too_deep(),
        Stop::Token(error) if error.at_end => {
            unclosed(matcher).unwrap_or_else(|| token_failure(matcher.source, &matcher.lines, error))
        }
        Stop::Token(error) => token_failure(matcher.source, &matcher.lines, error),
    }
}

/// The error of the innermost bracket open at the end.
fn unclosed(matcher: &Matcher<'_>) -> Option<SyntaxError> {
    let bracket = matcher.tokenizer.open_brackets().last()?;
    let (lineno, offset) = matcher.place(bracket.at);
    Some(SyntaxError {
        kind: ErrorKind::SyntaxError,
        message: format!("'{}' was never closed", char::from(bracket.character)),
        lineno,
        offset,
        end_lineno: lineno.into(),
        end_offset: 0,
        text: matcher.line(lineno),
    })
}

fn token_failure(source: &str, lines: &Lines, error: TokenError) -> SyntaxError {
    let text = lines.text(source, error.lineno).map(|line| {
        let whole = error.kind != ErrorKind::SyntaxError || error.end_offset <= 0 || error.at_end;
        if whole { line } else { line.trim_end_matches('\n') }.to_owned()
    });
    SyntaxError {
        kind: error.kind,
        message: error.message,
        lineno: error.lineno,
        offset: error.offset,
        end_lineno: error.end_lineno,
        end_offset: error.end_offset,
        text,
    }
}

/// The first error of the tokenizer alone, if there is one.
pub fn token_error(source: &str, _lines: &Lines) -> Option<SyntaxError> {
    let source = with_newline(source, Mode::Exec);
    let lines = Rc::new(Lines::new(&source));
    let mut tokenizer = Tokenizer::new(&source, lines.clone());
    loop {
        match tokenizer.next_token() {
            Ok(token) if token.kind == TokenKind::EndMarker => return None,
            Ok(_) => {}
            Err(error) if error.at_end => return None,
            Err(error) => return Some(token_failure(&source, &lines, error)),
        }
    }
}

/// The error that more than one statement in mode `single` is, at the end of its first line.
pub fn error_after_first(source: &str, lines: &Lines, message: &str) -> SyntaxError {
    let text = lines.text(source, 1).map(str::to_owned);
    let offset = text.as_deref().map_or(0, |line| line.trim_end_matches('\n').chars().count() as i64) + 1;
    let kind = ErrorKind::SyntaxError;
    SyntaxError { kind, message: message.into(), lineno: 1, offset, end_lineno: 1, end_offset: offset + 1, text }
}

/// Whether the tokenizer has looked past the end of the source.
fn at_end(matcher: &Matcher<'_>) -> bool {
    let length = matcher.source.len() as u32;
    if let Some(Stop::Token(error)) = &matcher.stop {
        let unterminated = error.message.starts_with("unterminated") && matcher.tokenizer.position() == length;
        return error.at_end || unterminated;
    }
    matcher.tokens.last().is_some_and(|last| {
        last.end == length
            && (last.start == last.end || matches!(last.kind, TokenKind::Name | TokenKind::Number | TokenKind::Op))
    })
}

/// The error for input that more lines may complete.
fn incomplete(matcher: &mut Matcher<'_>) -> SyntaxError {
    let message = "incomplete input".to_owned();
    match matcher.stop.take() {
        Some(Stop::Token(error)) => {
            let (lineno, offset) = if error.at_end { matcher.read_to() } else { (error.lineno, error.offset) };
            let kind = ErrorKind::IncompleteInput;
            let text = matcher.line(lineno);
            SyntaxError { kind, message, lineno, offset, end_lineno: lineno.into(), end_offset: -1, text }
        }
        _ => {
            let Some(last) = matcher.tokens.last().copied() else {
                return SyntaxError::placeless(ErrorKind::IncompleteInput, message);
            };
            matcher.stop_at_loose(ErrorKind::IncompleteInput, last, message);
            taken(matcher)
        }
    }
}

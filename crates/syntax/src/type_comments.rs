//! Type comments (PEP 484): `# type: ...` on assignments, loops, `with`, functions and parameters, and `# type: ignore`.
//!
//! The parser crate skips comments, so they are collected from the tokens and put into the finished tree by their places. A comment
//! that no node takes is a syntax error.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::ast::*;
use crate::error::{ErrorKind, SyntaxError};
use crate::lines::Lines;
use crate::tokenizer::{Token, TokenKind, Tokenizer};

struct Comment {
    start: u32,
    text: Ident,
    /// A colon stands before it.
    after_colon: bool,
    /// A colon stands before it, and a newline.
    below_colon: bool,
    taken: Cell<bool>,
}

/// Puts the type comments of a module into its tree.
///
/// # Errors
/// SyntaxError for a comment where no type belongs.
pub(crate) fn attach(tree: &mut Mod, source: &str, lines: &Lines) -> Result<(), SyntaxError> {
    let (comments, ignores) = collect(source);
    let attacher = Attacher { source, lines, comments, doubled: Cell::new(None) };
    match tree {
        Mod::Module { body, type_ignores } => {
            *type_ignores = ignores;
            attacher.stmts(body);
        }
        Mod::Interactive { body } => attacher.stmts(body),
        Mod::Expression { .. } | Mod::FunctionType { .. } => {}
    }
    if let Some(start) = attacher.doubled.get() {
        return Err(attacher.misplaced(start, "Cannot have two type comments on def"));
    }
    match attacher.comments.values().find(|comment| !comment.taken.get()) {
        Some(comment) => Err(attacher.misplaced(comment.start, "invalid syntax")),
        None => Ok(()),
    }
}

/// What stands after `# type:`.
fn type_text(comment: &str) -> Option<&str> {
    let rest = comment.strip_prefix('#')?.trim_start_matches([' ', '\t']);
    Some(rest.strip_prefix("type:")?.trim_start_matches([' ', '\t']))
}

/// What stands after `ignore`, if that is what a comment says.
fn ignore_tag(text: &str) -> Option<&str> {
    let tag = text.strip_prefix("ignore")?;
    let word_goes_on = tag.starts_with(|c: char| c.is_ascii_alphanumeric() || !c.is_ascii());
    (!word_goes_on).then_some(tag)
}

/// The type comments by their lines, and the `ignore` comments.
fn collect(source: &str) -> (BTreeMap<u32, Comment>, Vec<TypeIgnore>) {
    let lines = Rc::new(Lines::new(source));
    let mut tokenizer = Tokenizer::with_extra_tokens(source, lines.clone());
    let (mut comments, mut ignores) = (BTreeMap::new(), Vec::new());
    let text_of = |token: Token| source.get(token.start as usize..token.end as usize).unwrap_or("");
    // The last two tokens that are neither comments nor empty lines.
    let mut before: [Option<Token>; 2] = [None, None];
    let is_colon = |token: Option<Token>| token.is_some_and(|t| t.kind == TokenKind::Op && text_of(t) == ":");
    while let Ok(token) = tokenizer.next_token() {
        match token.kind {
            TokenKind::EndMarker => break,
            TokenKind::Comment => {
                let Some(text) = type_text(text_of(token)) else { continue };
                let lineno = lines.place(token.start).0;
                if let Some(tag) = ignore_tag(text) {
                    ignores.push(TypeIgnore { lineno, tag: tag.into() });
                    continue;
                }
                let [last, second] = before;
                let below = last.is_some_and(|t| matches!(t.kind, TokenKind::Newline | TokenKind::Nl));
                let comment = Comment {
                    start: token.start,
                    text: text.into(),
                    after_colon: is_colon(last),
                    below_colon: below && is_colon(second),
                    taken: Cell::new(false),
                };
                comments.insert(lineno, comment);
            }
            TokenKind::Nl => {}
            _ => before = [Some(token), before[0]],
        }
    }
    (comments, ignores)
}

struct Attacher<'a> {
    source: &'a str,
    lines: &'a Lines,
    comments: BTreeMap<u32, Comment>,
    /// The second type comment of a function.
    doubled: Cell<Option<u32>>,
}

impl Attacher<'_> {
    fn misplaced(&self, start: u32, message: &str) -> SyntaxError {
        let (lineno, column) = self.lines.place(start);
        let line = self.lines.text(self.source, lineno).unwrap_or("");
        let offset = line.get(..column as usize).map_or(0, |text| text.chars().count()) as i64 + 1;
        SyntaxError {
            kind: ErrorKind::SyntaxError,
            message: message.to_owned(),
            lineno,
            offset,
            end_lineno: lineno.into(),
            end_offset: line.trim_end_matches('\n').chars().count() as i64 + 1,
            text: Some(format!("{}\n", line.trim_end_matches('\n'))),
        }
    }

    fn take(comment: &Comment) -> Option<Ident> {
        comment.taken.set(true);
        Some(comment.text.clone())
    }

    fn offset(&self, line: u32, column: u32) -> u32 {
        self.lines.start(line).unwrap_or(0) + column
    }

    /// The comment behind what ends at a place, with nothing between but blanks and what `allowed` has.
    fn behind(&self, line: u32, column: u32, allowed: &[char]) -> Option<Ident> {
        let comment = self.comments.get(&line)?;
        let end = self.offset(line, column);
        let between = self.source.get(end as usize..comment.start as usize)?;
        between.chars().all(|c| matches!(c, ' ' | '\t') || allowed.contains(&c)).then(|| Self::take(comment)).flatten()
    }

    /// The comment behind the colon of a header that ends after `from`, before the body.
    fn header(&self, from: Span, body: &[Stmt]) -> Option<Ident> {
        self.header_comment(from, body).and_then(Self::take)
    }

    /// The first comment there that no node has taken.
    fn header_comment(&self, from: Span, body: &[Stmt]) -> Option<&Comment> {
        let first = body.first()?.span;
        let start = self.offset(from.end_lineno, from.end_col_offset);
        let end = self.offset(first.lineno, first.col_offset);
        let mut found = self.comments.range(from.end_lineno..=first.lineno).map(|(_, comment)| comment);
        let is_header = |c: &Comment| (c.after_colon || c.below_colon) && !c.taken.get();
        found.find(|c| is_header(c) && start <= c.start && c.start < end)
    }

    fn stmts(&self, body: &mut [Stmt]) {
        for stmt in body {
            stacker::maybe_grow(128 << 10, 2 << 20, || self.stmt(stmt));
        }
    }

    fn stmt(&self, s: &mut Stmt) {
        let span = s.span;
        match &mut s.kind {
            StmtKind::Assign(a) => a.type_comment = self.behind(span.end_lineno, span.end_col_offset, &[]),
            StmtKind::FunctionDef(f) | StmtKind::AsyncFunctionDef(f) => {
                self.arguments(&mut f.args);
                let start = Span { end_lineno: span.lineno, end_col_offset: span.col_offset, ..span };
                let from = f.returns.as_ref().map_or(start, |returns| returns.span);
                f.type_comment = self.header(from, &f.body);
                if let Some(second) = self.header_comment(from, &f.body) {
                    self.doubled.set(self.doubled.get().or(Some(second.start)));
                }
                self.stmts(&mut f.body);
            }
            StmtKind::For(f) | StmtKind::AsyncFor(f) => {
                f.type_comment = self.header(f.iter.span, &f.body);
                self.stmts(&mut f.body);
                self.stmts(&mut f.orelse);
            }
            StmtKind::With(w) | StmtKind::AsyncWith(w) => {
                let last = w.items.last().map(|item| item.optional_vars.as_deref().unwrap_or(&item.context_expr).span);
                w.type_comment = last.and_then(|last| self.header(last, &w.body));
                self.stmts(&mut w.body);
            }
            StmtKind::ClassDef(c) => self.stmts(&mut c.body),
            StmtKind::While(w) => {
                self.stmts(&mut w.body);
                self.stmts(&mut w.orelse);
            }
            StmtKind::If(i) => {
                self.stmts(&mut i.body);
                self.stmts(&mut i.orelse);
            }
            StmtKind::Match(m) => m.cases.iter_mut().for_each(|case| self.stmts(&mut case.body)),
            StmtKind::Try(t) | StmtKind::TryStar(t) => {
                self.stmts(&mut t.body);
                t.handlers.iter_mut().for_each(|handler| self.stmts(&mut handler.body));
                self.stmts(&mut t.orelse);
                self.stmts(&mut t.finalbody);
            }
            _ => {}
        }
    }

    fn arguments(&self, a: &mut Arguments) {
        let plain = a.posonlyargs.len() + a.args.len();
        let first_default = plain - a.defaults.len().min(plain);
        for (at, arg) in a.posonlyargs.iter_mut().chain(&mut a.args).enumerate() {
            let default = at.checked_sub(first_default).and_then(|at| a.defaults.get(at));
            self.arg(arg, default);
        }
        for (arg, default) in a.kwonlyargs.iter_mut().zip(&a.kw_defaults) {
            self.arg(arg, default.as_ref());
        }
        for arg in a.vararg.iter_mut().chain(&mut a.kwarg) {
            self.arg(arg, None);
        }
    }

    fn arg(&self, arg: &mut Arg, default: Option<&Expr>) {
        let end = default.map_or(arg.span, |default| default.span);
        arg.type_comment = self.behind(end.end_lineno, end.end_col_offset, &[',', ')', '/']);
    }
}

//! Source text to tree.
//!
//! The parser crate does the work on valid programs; on a rejection the program goes to `diagnose`,
//! which finds CPython's message. Parsing and dropping the foreign tree run on a stack sized by the
//! scan in `limits`; a panic of the parser crate becomes a syntax error.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use ruff_python_ast as ruff;
use ruff_python_parser::{ParseOptions, Parsed as Foreign};
use ruff_text_size::Ranged;

use crate::ast::*;
use crate::convert::Converter;
use crate::diagnose::{self, Verdict};
use crate::error::{ErrorKind, SyntaxError, Warning};
use crate::limits;
use crate::lines::Lines;
use crate::source::{self, Decoder};
use crate::{type_comments, versions};

/// What kind of program to parse; the modes of `compile`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Exec,
    Eval,
    Single,
    /// A signature type comment.
    FuncType,
}

/// The compiler flags that matter for parsing.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// `PyCF_DONT_IMPLY_DEDENT`: the end of the input does not close a block.
    pub dont_imply_dedent: bool,
    /// `PyCF_ALLOW_INCOMPLETE_INPUT`: report input that more lines may complete as such.
    pub allow_incomplete_input: bool,
    /// `<>` instead of `!=` (PEP 401).
    pub barry_as_bdfl: bool,
    /// The longest decimal literal that is allowed; 0 = any.
    pub max_int_digits: usize,
    /// `PyCF_TYPE_COMMENTS`: the tree has the types that comments give.
    pub type_comments: bool,
    /// Refuse syntax that is newer than this minor version of Python 3.
    pub feature_version: Option<u8>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dont_imply_dedent: false,
            allow_incomplete_input: false,
            barry_as_bdfl: false,
            max_int_digits: 4300,
            type_comments: false,
            feature_version: None,
        }
    }
}

/// A parsed program.
#[derive(Debug)]
pub struct Parsed {
    pub tree: Mod,
    /// In order of position; the caller issues them.
    pub warnings: Vec<Warning>,
    /// How deep the tree nests; walking it needs stack in proportion.
    pub depth: u32,
}

impl Drop for Parsed {
    fn drop(&mut self) {
        if self.depth > 200 {
            let empty = Mod::Module { body: Vec::new(), type_ignores: Vec::new() };
            let tree = std::mem::replace(&mut self.tree, empty);
            let bytes = self.depth as usize * 1024 + (64 << 10);
            stacker::maybe_grow(bytes, bytes, || drop(tree));
        }
    }
}

/// Parses source bytes, decoding them first.
///
/// # Errors
/// See [`SyntaxError`]; also for source that cannot be decoded.
pub fn parse_bytes(
    bytes: &[u8],
    mode: Mode,
    options: &Options,
    decoder: Option<Decoder<'_>>,
) -> Result<Parsed, SyntaxError> {
    if bytes.contains(&0) {
        return Err(null_bytes());
    }
    parse(&source::decode(bytes, decoder)?, mode, options)
}

fn null_bytes() -> SyntaxError {
    SyntaxError::placeless(ErrorKind::SyntaxError, "source code string cannot contain null bytes")
}

/// Parses source text.
///
/// # Errors
/// `SyntaxError` and its subclasses with CPython's message and place; see [`ErrorKind`] for source
/// that is too deep.
pub fn parse(text: &str, mode: Mode, options: &Options) -> Result<Parsed, SyntaxError> {
    if text.as_bytes().contains(&0) {
        return Err(null_bytes());
    }
    if u32::try_from(text.len()).is_err() {
        return Err(SyntaxError::too_deep());
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut source = source::normal_newlines(text);
    if options.barry_as_bdfl || source.contains("barry_as_FLUFL") {
        source = crate::bdfl::translate(&source, options.barry_as_bdfl)?.into();
    }
    let depth = limits::scan(&source);
    let lines = Lines::new(&source);
    if depth.over_limits || depth.too_deep {
        if let Some(error) = diagnose::token_error(&source, &lines) {
            return Err(error);
        }
        if depth.too_deep {
            return Err(SyntaxError::too_deep());
        }
    }
    let work = || match mode {
        Mode::FuncType => parse_signature(&source),
        _ => parse_program(&source, &lines, mode, options),
    };
    let parsed = stacker::maybe_grow(depth.stack_bytes, depth.stack_bytes, || {
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
            // Panics without a message are not the parser's: the caller ran out of memory.
            if panic.is::<&str>() || panic.is::<String>() { Err(Rejection::Refused) } else { resume_unwind(panic) }
        })
    });
    match parsed {
        Ok(parsed) => {
            let mut parsed = accept(parsed, &source, &lines, mode, options)?;
            if options.type_comments {
                type_comments::attach(&mut parsed.tree, &source, &lines)?;
            }
            if let Some(minor) = options.feature_version {
                versions::check(&parsed.tree, minor, &source, &lines)?;
            }
            Ok(parsed)
        }
        Err(Rejection::TooDeep) => {
            Err(SyntaxError::placeless(ErrorKind::TooDeepTree, "maximum recursion depth exceeded during compilation"))
        }
        Err(Rejection::Error(error)) => Err(*error),
        Err(Rejection::Refused) => Err(diagnosis(&source, &lines, mode, options)),
    }
}

/// Why there is no tree.
enum Rejection {
    TooDeep,
    Error(Box<SyntaxError>),
    Refused,
}

fn diagnosis(source: &str, lines: &Lines, mode: Mode, options: &Options) -> SyntaxError {
    match diagnose::diagnose(source, lines, mode, options) {
        Verdict::Error(error) => error,
        // The parser crate and our grammar disagree; the generic message is all we know.
        Verdict::Valid => {
            let text = lines.text(source, 1).map(str::to_owned);
            let message = "invalid syntax".to_owned();
            let kind = ErrorKind::SyntaxError;
            SyntaxError { kind, message, lineno: 1, offset: 1, end_lineno: 1, end_offset: 1, text }
        }
    }
}

/// The checks after a successful parse: mode `single` takes one statement.
fn accept(parsed: Parsed, source: &str, lines: &Lines, mode: Mode, options: &Options) -> Result<Parsed, SyntaxError> {
    let Mod::Interactive { body } = &parsed.tree else { return Ok(parsed) };
    let Some(first) = body.first() else { return Err(diagnosis(source, lines, mode, options)) };
    if is_compound(&first.kind) {
        // A compound statement stands alone; in interactive input it ends with a newline.
        let end = lines.start(first.span.end_lineno).unwrap_or(0) + first.span.end_col_offset;
        let rest = source.get(end as usize..).unwrap_or("");
        let ended = match options.dont_imply_dedent {
            // Blanks in a new line may be the start of one more statement.
            true => rest.contains('\n') && rest.ends_with(|c: char| !matches!(c, ' ' | '\t')),
            false => rest.contains('\n') || ends_indented(first, source, lines),
        };
        return if ended && body.len() == 1 { Ok(parsed) } else { Err(diagnosis(source, lines, mode, options)) };
    }
    // Statements joined by `;` start on the line where the one before ends.
    let apart = body.windows(2).any(|pair| pair[1].span.lineno > pair[0].span.end_lineno);
    if apart {
        let message = "multiple statements found while compiling a single statement";
        return Err(diagnose::error_after_first(source, lines, message));
    }
    Ok(parsed)
}

/// Whether the last statement of a block stands on a line of its own: the end of the input then ends the block.
fn ends_indented(stmt: &Stmt, source: &str, lines: &Lines) -> bool {
    let mut last = stmt;
    while let Some(inner) = last_inner(&last.kind) {
        last = inner;
    }
    let before = lines.text(source, last.span.lineno).and_then(|line| line.get(..last.span.col_offset as usize));
    before.is_some_and(|before| !before.is_empty() && before.trim().is_empty())
}

/// The statement that a compound statement ends with.
fn last_inner(kind: &StmtKind) -> Option<&Stmt> {
    match kind {
        StmtKind::FunctionDef(f) | StmtKind::AsyncFunctionDef(f) => f.body.last(),
        StmtKind::ClassDef(c) => c.body.last(),
        StmtKind::For(f) | StmtKind::AsyncFor(f) => f.orelse.last().or(f.body.last()),
        StmtKind::While(w) => w.orelse.last().or(w.body.last()),
        StmtKind::If(i) => i.orelse.last().or(i.body.last()),
        StmtKind::With(w) | StmtKind::AsyncWith(w) => w.body.last(),
        StmtKind::Match(m) => m.cases.last().and_then(|case| case.body.last()),
        StmtKind::Try(t) | StmtKind::TryStar(t) => {
            let handler = t.handlers.last().and_then(|handler| handler.body.last());
            t.finalbody.last().or(t.orelse.last()).or(handler)
        }
        _ => None,
    }
}

fn is_compound(kind: &StmtKind) -> bool {
    matches!(
        kind,
        StmtKind::FunctionDef(_)
            | StmtKind::AsyncFunctionDef(_)
            | StmtKind::ClassDef(_)
            | StmtKind::For(_)
            | StmtKind::AsyncFor(_)
            | StmtKind::While(_)
            | StmtKind::If(_)
            | StmtKind::With(_)
            | StmtKind::AsyncWith(_)
            | StmtKind::Match(_)
            | StmtKind::Try(_)
            | StmtKind::TryStar(_)
    )
}

fn foreign(source: &str, mode: ruff_python_parser::Mode) -> Result<Foreign<ruff::Mod>, Rejection> {
    let options = ParseOptions::from(mode).with_target_version(ruff::PythonVersion::PY314);
    let parsed = ruff_python_parser::parse(source, options).map_err(|_| Rejection::Refused)?;
    if parsed.unsupported_syntax_errors().is_empty() { Ok(parsed) } else { Err(Rejection::Refused) }
}

fn parse_program(source: &str, lines: &Lines, mode: Mode, options: &Options) -> Result<Parsed, Rejection> {
    let foreign_mode = match mode {
        Mode::Eval => ruff_python_parser::Mode::Expression,
        _ => ruff_python_parser::Mode::Module,
    };
    let foreign = foreign(source, foreign_mode)?;
    let mut converter = Converter::new(source, lines);
    converter.max_int_digits = options.max_int_digits;
    let tree = match foreign.syntax() {
        ruff::Mod::Expression(module) => Mod::Expression { body: converter.boxed(&module.body) },
        ruff::Mod::Module(module) => {
            let body = converter.body(&module.body);
            match mode {
                Mode::Single => Mod::Interactive { body },
                _ => Mod::Module { body, type_ignores: Vec::new() },
            }
        }
    };
    finish(converter, tree)
}

fn finish(converter: Converter<'_>, tree: Mod) -> Result<Parsed, Rejection> {
    let (too_deep, refused) = (converter.too_deep, converter.refused);
    let depth = converter.deepest();
    let error = converter.error;
    let mut warnings = converter.warnings;
    warnings.sort_by_key(|warning| (warning.lineno, warning.offset));
    let parsed = Parsed { tree, warnings, depth };
    if too_deep {
        return Err(Rejection::TooDeep);
    }
    if let Some(error) = error {
        return Err(Rejection::Error(Box::new(error)));
    }
    if refused { Err(Rejection::Refused) } else { Ok(parsed) }
}

/// Parses `(argument types) -> result type` as two expressions at their places.
fn parse_signature(source: &str) -> Result<Parsed, Rejection> {
    let open = source.find(|c: char| !c.is_whitespace()).ok_or(Rejection::Refused)?;
    if !source[open..].starts_with('(') {
        return Err(Rejection::Refused);
    }
    let (close, arrow) = signature_parts(source, open).ok_or(Rejection::Refused)?;
    // A call with the same arguments; it starts one byte earlier.
    let call = format!("{}f{}", &source[..open], &source[open..=close]);
    let call = call.trim_start();
    let shifted = Lines::shifted(call, 1, open as u32);
    let arguments = foreign(call, ruff_python_parser::Mode::Expression)?;
    let mut converter = Converter::new(call, &shifted);
    let mut argtypes = Vec::new();
    if let ruff::Mod::Expression(module) = arguments.syntax() {
        let ruff::Expr::Call(call) = &*module.body else { return Err(Rejection::Refused) };
        if !is_signature(call, &source[open..=close]) {
            return Err(Rejection::Refused);
        }
        for arg in &call.arguments.args {
            argtypes.push(match arg {
                ruff::Expr::Starred(starred) => converter.expr(&starred.value),
                other => converter.expr(other),
            });
        }
        for keyword in &call.arguments.keywords {
            if keyword.arg.is_some() {
                return Err(Rejection::Refused);
            }
            argtypes.push(converter.expr(&keyword.value));
        }
    }
    finish(converter, Mod::Module { body: Vec::new(), type_ignores: Vec::new() })?;
    let blank: String = source[..arrow].chars().map(|c| if c == '\n' { c } else { ' ' }).collect();
    let result = format!("({}{})", &blank[1..], &source[arrow..]);
    let lines = Lines::new(&result);
    let returned = foreign(&result, ruff_python_parser::Mode::Expression)?;
    let mut converter = Converter::new(&result, &lines);
    let ruff::Mod::Expression(module) = returned.syntax() else { return Err(Rejection::Refused) };
    if module.body.range().is_empty() {
        return Err(Rejection::Refused);
    }
    let returns = converter.boxed(&module.body);
    finish(converter, Mod::FunctionType { argtypes, returns })
}

/// Whether arguments are those of a signature: `*x` and `**x` come last, once each, and no comma follows.
fn is_signature(call: &ruff::ExprCall, list: &str) -> bool {
    let (args, keywords) = (&call.arguments.args, &call.arguments.keywords);
    let star = args.iter().position(|arg| matches!(arg, ruff::Expr::Starred(_)));
    let star_is_last = star.is_none_or(|at| at + 1 == args.len());
    let last = args.iter().map(Ranged::end).max();
    let keyword_is_last = keywords.iter().all(|keyword| last.is_none_or(|end| keyword.start() > end));
    let trailing_comma = list.trim_end_matches(')').trim_end().ends_with(',');
    star_is_last && keywords.len() <= 1 && keyword_is_last && !trailing_comma
}

/// Where the argument list closes and where the result type starts.
fn signature_parts(source: &str, open: usize) -> Option<(usize, usize)> {
    let mut level = 0usize;
    for (at, c) in source.char_indices().skip_while(|&(at, _)| at < open) {
        match c {
            '(' | '[' | '{' => level += 1,
            ')' | ']' | '}' => {
                level = level.checked_sub(1)?;
                if level == 0 {
                    let rest = &source[at + 1..];
                    let blanks = rest.len() - rest.trim_start().len();
                    return rest.trim_start().starts_with("->").then_some((at, at + 1 + blanks + 2));
                }
            }
            _ => {}
        }
    }
    None
}

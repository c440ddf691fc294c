//! Source text to code objects: the runtime's hook into parser and compiler.

use crate::ast;

use std::sync::Arc;
use whipsnake_bytecode::CodeFlags;
use whipsnake_bytecode::locations::Location;
use whipsnake_compiler as compiler;
use whipsnake_runtime::interp::{CompileMode, CompileRequest, CompileSource};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::str::{Str, to_rust_string};
use whipsnake_runtime::types::{code, int};
use whipsnake_syntax as syntax;

/// Flags of `compile()` beyond the future features.
const DONT_IMPLY_DEDENT: u32 = 0x200;
const ALLOW_TOP_LEVEL_AWAIT: u32 = 0x2000;
const ALLOW_INCOMPLETE_INPUT: u32 = 0x4000;
const ONLY_AST: u32 = 0x400;
const OPTIMIZED_AST: u32 = 0x8000;
const TYPE_COMMENTS: u32 = 0x1000;
/// Ours: the source is the text of the program's file, and errors in its encoding say so.
pub const PROGRAM_FILE: u32 = 1 << 31;

/// Compiles a request.
///
/// # Errors
/// SyntaxError and its subclasses, MemoryError and RecursionError for programs nested too deeply, ValueError for text
/// that is no source.
pub fn compile(th: &Thread, request: &CompileRequest) -> PyResult {
    let mut parsed = parse(th, request)?;
    let optimize = if request.optimize < 0 { th.interp.config.optimize } else { request.optimize };
    if request.flags & ONLY_AST != 0 {
        if request.flags & OPTIMIZED_AST != 0 {
            compiler::preprocess(&mut parsed.tree, optimize.clamp(0, 2) as u8);
        }
        return ast::to_object(th, &parsed.tree);
    }
    let options = compiler::Options {
        mode: match request.mode {
            CompileMode::Eval | CompileMode::FuncType => compiler::Mode::Eval,
            CompileMode::Single => compiler::Mode::Single,
            CompileMode::Exec => compiler::Mode::Exec,
        },
        optimize: optimize.clamp(0, 2) as u8,
        future_flags: request.flags & compiler::FUTURE_MASK,
        allow_top_level_await: request.flags & ALLOW_TOP_LEVEL_AWAIT != 0,
    };
    let filename = to_rust_string(request.filename);
    let compiled = match compiler::compile(&parsed.tree, syntax::Wtf8Buf::from(filename), options) {
        Ok(compiled) => compiled,
        Err(error) => return Err(raise_compile_error(th, request.filename, &error)),
    };
    for warning in &compiled.warnings {
        let promoted = || raise_located(th, request.filename, &warning.message, warning.location);
        warn(th, &statics::SYNTAX_WARNING, &warning.message, request.filename, warning.location.line, promoted)?;
    }
    let code: Arc<_> = compiled.code;
    code::from_bytecode(th, &code)
}

/// The tree of a program; its warnings are issued.
///
/// # Errors
/// As [`compile`].
pub(crate) fn parse(th: &Thread, request: &CompileRequest) -> PyResult<syntax::Parsed> {
    let CompileRequest { source, filename, mode, flags, feature_version, .. } = *request;
    let syntax_mode = match mode {
        CompileMode::Exec => syntax::Mode::Exec,
        CompileMode::Eval => syntax::Mode::Eval,
        CompileMode::Single => syntax::Mode::Single,
        CompileMode::FuncType => syntax::Mode::FuncType,
    };
    let options = syntax::Options {
        dont_imply_dedent: flags & DONT_IMPLY_DEDENT != 0,
        allow_incomplete_input: flags & ALLOW_INCOMPLETE_INPUT != 0,
        barry_as_bdfl: flags & CodeFlags::FUTURE_BARRY_AS_BDFL != 0,
        max_int_digits: int::max_str_digits(th),
        type_comments: flags & TYPE_COMMENTS != 0,
        feature_version: u8::try_from(feature_version).ok(),
    };
    let parsed = match source {
        CompileSource::Bytes(bytes) => {
            let decode = |encoding: &str, bytes: &[u8]| Some(decode(th, encoding, bytes));
            let null = if flags & PROGRAM_FILE != 0 { bytes.iter().position(|b| *b == 0) } else { None };
            match null.map(|at| &bytes[..at]) {
                None => syntax::parse_bytes(bytes, syntax_mode, &options, Some(&decode)),
                // Bytes in front of it that are no text come first: a file in UTF-16, say.
                Some(before) => match syntax::parse_bytes(before, syntax_mode, &options, Some(&decode)) {
                    Err(error) if std::str::from_utf8(before).is_err() && error.message.starts_with(NOT_UTF8) => {
                        Err(error)
                    }
                    _ => return Err(raise_null_byte(th, filename, before)),
                },
            }
        }
        CompileSource::Text(text) => match text.cast::<Str>() {
            Some(text) => syntax::parse(text.utf8(th)?, syntax_mode, &options),
            None => return err!(th, TYPE_ERROR, "source is not a str"),
        },
        CompileSource::Ast(tree) => Ok(read_tree(th, tree, mode)?),
    };
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(mut error) => {
            if flags & PROGRAM_FILE != 0 && error.message.starts_with(NOT_UTF8) {
                let file = to_rust_string(filename);
                error.message = error.message.replacen(" on line ", &format!(" in file {file} on line "), 1);
            }
            // Warnings come before the error; one that the filters promote takes its place.
            for warning in warnings_before(th, &source, &error)? {
                issue(th, filename, &warning)?;
            }
            let raised = raise_syntax_error(th, filename, &error);
            return Err(add_metadata(th, request, raised));
        }
    };
    for warning in &parsed.warnings {
        issue(th, filename, warning)?;
    }
    Ok(parsed)
}

/// Attaches the program's text to a SyntaxError, for `traceback`, which looks for keywords that were meant. Of files it reads the text itself.
fn add_metadata(th: &Thread, request: &CompileRequest, raised: Raised) -> Raised {
    let Some(exception) = th.take_exception() else { return raised };
    let attach = || -> PyResult<()> {
        if !exception.is_instance(&statics::SYNTAX_ERROR) {
            return Ok(());
        }
        let text = match request.source {
            _ if request.flags & PROGRAM_FILE != 0 => Obj::none(),
            CompileSource::Text(text) => text.own(),
            CompileSource::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => th.str(text)?,
                Err(_) => return Ok(()),
            },
            CompileSource::Ast(_) => return Ok(()),
        };
        let ends = text.is_none() || to_rust_string(text.value()).ends_with('\n');
        let text = match request.mode {
            CompileMode::Exec if !ends => th.str(&format!("{}\n", to_rust_string(text.value())))?,
            _ => text,
        };
        let metadata = th.tuple(&[Value::small_int(0), Value::small_int(0), text.value()])?;
        object::set_attr_str(th, exception.value(), "_metadata", metadata.value())
    };
    // Without memory for it the error goes without.
    let _ = attach();
    drop(th.take_exception());
    th.restore_exception(Some(exception));
    raised
}

/// The warnings about the part of a wrong program that was looked at.
fn warnings_before(th: &Thread, source: &CompileSource, error: &syntax::SyntaxError) -> PyResult<Vec<syntax::Warning>> {
    Ok(match source {
        CompileSource::Text(text) => match text.cast::<Str>() {
            Some(text) => syntax::warnings_before(text.utf8(th)?, error),
            None => Vec::new(),
        },
        CompileSource::Bytes(bytes) => {
            let decode = |encoding: &str, bytes: &[u8]| Some(decode(th, encoding, bytes));
            let text = syntax::source::decode(bytes, Some(&decode));
            text.map_or_else(|_| Vec::new(), |text| syntax::warnings_before(&text, error))
        }
        CompileSource::Ast(_) => Vec::new(),
    })
}

/// Issues a parser's warning.
fn issue(th: &Thread, filename: Value, warning: &syntax::Warning) -> PyResult<()> {
    let category = match warning.kind {
        syntax::WarningKind::SyntaxWarning => &statics::SYNTAX_WARNING,
        syntax::WarningKind::DeprecationWarning => &statics::DEPRECATION_WARNING,
    };
    let promoted = || raise_syntax_error(th, filename, &promoted(warning));
    warn(th, category, &warning.message, filename, warning.lineno as i32, promoted)
}

/// The error that a parser's warning becomes when the filters make it one.
fn promoted(warning: &syntax::Warning) -> syntax::SyntaxError {
    let (lineno, offset) = (warning.lineno, i64::from(warning.offset));
    // Only the messages about escapes quote what they are about.
    let (width, text) = match warning.message.starts_with('"') {
        true => (2, warning.text.as_str()),
        false => (0, warning.text.trim_end_matches('\n')),
    };
    syntax::SyntaxError {
        kind: syntax::ErrorKind::SyntaxError,
        message: warning.message.replace(" Such sequences will not work in the future.", ""),
        lineno,
        offset,
        end_lineno: lineno.into(),
        end_offset: offset + width,
        text: Some(text.to_owned()),
    }
}

/// The tree that Python objects make up.
fn read_tree(th: &Thread, tree: Value, mode: CompileMode) -> PyResult<syntax::Parsed> {
    let root = match mode {
        CompileMode::Exec => "Module",
        CompileMode::Single => "Interactive",
        CompileMode::Eval => "Expression",
        CompileMode::FuncType => "FunctionType",
    };
    let ast::Read { tree, depth } = ast::from_object(th, tree, root)?;
    let parsed = syntax::Parsed { tree, warnings: Vec::new(), depth };
    ast::validate(th, &parsed.tree)?;
    Ok(parsed)
}

/// A line of the file that a program is said to come from, with its newline; for error messages.
fn line_of_file(th: &Thread, filename: &str, number: i32) -> Option<String> {
    let index = usize::try_from(number).ok()?.checked_sub(1)?;
    if !std::fs::metadata(filename).ok()?.is_file() {
        return None;
    }
    let bytes = std::fs::read(filename).ok()?;
    let decode = |encoding: &str, bytes: &[u8]| Some(decode(th, encoding, bytes));
    let text = match syntax::source::decode(&bytes, Some(&decode)) {
        Ok(text) => text.into(),
        Err(_) => String::from_utf8_lossy(&bytes),
    };
    let line = text.strip_prefix('\u{feff}').unwrap_or(&text).split_inclusive('\n').nth(index)?;
    (!line.is_empty()).then(|| line.to_string())
}

/// Decodes source in an encoding that the parser does not know itself.
fn decode(th: &Thread, encoding: &str, bytes: &[u8]) -> Result<String, String> {
    let decoded = whipsnake_runtime::types::codecs::decode(th, bytes, encoding, "strict");
    match decoded {
        Ok(text) => Ok(to_rust_string(text.value())),
        Err(_) => {
            let message = th.take_exception().map_or_else(String::new, |exception| {
                object::str(th, exception.value()).map_or_else(
                    |_| {
                        drop(th.take_exception());
                        String::new()
                    },
                    |text| to_rust_string(text.value()),
                )
            });
            Err(message)
        }
    }
}

/// Issues a warning; if the filters make it an exception, what `promoted` raises takes its place.
fn warn(
    th: &Thread,
    category: &'static Type,
    message: &str,
    filename: Value,
    line: i32,
    promoted: impl FnOnce() -> Raised,
) -> PyResult<()> {
    let issued = whipsnake_runtime::warnings::warn_explicit(th, category, message, filename, line);
    if issued.is_err() && th.exception_matches(category) {
        drop(th.take_exception());
        return Err(promoted());
    }
    issued
}

/// Raises `ty(message, (filename, lineno, offset, text, end_lineno, end_offset))`.
fn raise_at(
    th: &Thread,
    ty: &'static Type,
    message: &str,
    filename: Value,
    place: [Option<i64>; 4],
    text: Option<&str>,
) -> Raised {
    let make = || -> PyResult<Raised> {
        let number = |n: Option<i64>| n.map_or(statics::none(), Value::small_int);
        let text = match text {
            Some(text) => th.str(text)?,
            None => Obj::none(),
        };
        let has_end = place[2].is_some();
        let [line, offset, end_line, end_offset] = place.map(number);
        let details = [filename, line, offset, text.value(), end_line, end_offset];
        let details = th.tuple(if has_end { &details } else { &details[..4] })?;
        let message = th.str(message)?;
        Ok(th.raise_with(ty, &[message.value(), details.value()]))
    };
    make().unwrap_or_else(|raised| raised)
}

fn raise_syntax_error(th: &Thread, filename: Value, error: &syntax::SyntaxError) -> Raised {
    let ty = match error.kind {
        syntax::ErrorKind::SyntaxError => &statics::SYNTAX_ERROR,
        syntax::ErrorKind::IndentationError => &statics::INDENTATION_ERROR,
        syntax::ErrorKind::TabError => &statics::TAB_ERROR,
        syntax::ErrorKind::IncompleteInput => &statics::INCOMPLETE_INPUT_ERROR,
        syntax::ErrorKind::TooDeep => return th.raise(&statics::MEMORY_ERROR, error.message.clone()),
        syntax::ErrorKind::Value => return th.value_error(error.message.clone()),
        syntax::ErrorKind::TooDeepTree => return th.raise(&statics::RECURSION_ERROR, error.message.clone()),
    };
    if error.lineno == 0 {
        // Source that could not be decoded has no lines.
        return match error.offset {
            -1 => raise_at(th, ty, &error.message, filename, [Some(0), Some(-1), None, None], None),
            _ => th.raise(ty, error.message.clone()),
        };
    }
    let place = [Some(error.lineno.into()), Some(error.offset), Some(error.end_lineno), Some(error.end_offset)];
    raise_at(th, ty, &error.message, filename, place, error.text.as_deref())
}

/// How the message about bytes that are not UTF-8 begins.
const NOT_UTF8: &str = "Non-UTF-8 code";

/// The error of a NUL in a program's file; `before` is the text in front of it.
fn raise_null_byte(th: &Thread, filename: Value, before: &[u8]) -> Raised {
    let lines = before.iter().filter(|b| **b == b'\n').count() as i64 + 1;
    let line = before.rsplit(|b| *b == b'\n').next().unwrap_or_default();
    let text = String::from_utf8_lossy(line);
    let place = [Some(lines), Some(0), None, None];
    let message = "source code cannot contain null bytes";
    raise_at(th, &statics::SYNTAX_ERROR, message, filename, place, Some(&text))
}

/// Raises what the compiler found.
pub(crate) fn raise_compile_error(th: &Thread, filename: Value, error: &compiler::CompileError) -> Raised {
    let message = error.message.as_str();
    match error.kind {
        compiler::ErrorKind::Syntax => {}
        compiler::ErrorKind::TooDeep => return th.raise(&statics::RECURSION_ERROR, message),
        compiler::ErrorKind::System => return th.system_error(message),
        compiler::ErrorKind::Value => return th.value_error(message),
        compiler::ErrorKind::Runtime => return th.runtime_error(message),
    }
    raise_located(th, filename, message, error.location)
}

/// A SyntaxError at a place that the compiler knows.
fn raise_located(th: &Thread, filename: Value, message: &str, location: Location) -> Raised {
    let Location { line, end_line, column, end_column } = location;
    if line < 0 {
        return th.raise(&statics::SYNTAX_ERROR, message);
    }
    let text = line_of_file(th, &to_rust_string(filename), line);
    // Columns are bytes from 0; offsets count from 1, and CPython leaves them bytes here.
    let offset = |column: i32| Some(i64::from(column) + 1);
    let place = [Some(line.into()), offset(column), Some(end_line.into()), offset(end_column)];
    raise_at(th, &statics::SYNTAX_ERROR, message, filename, place, text.as_deref())
}

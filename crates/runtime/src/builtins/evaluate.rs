//! compile, eval, exec.

use super::{add_builtins, current_globals, current_locals};
use crate::interp::{CompileMode, CompileRequest, CompileSource};
use crate::prelude::*;
use crate::types::bytes::Bytes;
use crate::types::str::{Str, to_rust_string};
use crate::types::tuple::Tuple;
use whipsnake_bytecode::CodeFlags;
use whipsnake_layout::code::CodeObject;

/// Future statements' bits: what compile() inherits from the calling code.
const FUTURES: u32 = CodeFlags::FUTURE_BARRY_AS_BDFL
    | CodeFlags::FUTURE_DIVISION
    | CodeFlags::FUTURE_ABSOLUTE_IMPORT
    | CodeFlags::FUTURE_WITH_STATEMENT
    | CodeFlags::FUTURE_PRINT_FUNCTION
    | CodeFlags::FUTURE_UNICODE_LITERALS
    | CodeFlags::FUTURE_GENERATOR_STOP
    | CodeFlags::FUTURE_ANNOTATIONS;
/// `PyCF_*`.
const DONT_IMPLY_DEDENT: u32 = 0x200;
const ONLY_AST: u32 = 0x400;
const TYPE_COMMENTS: u32 = 0x1000;
const ALLOW_TOP_LEVEL_AWAIT: u32 = 0x2000;
const ALLOW_INCOMPLETE_INPUT: u32 = 0x4000;
const OPTIMIZED_AST: u32 = 0x8000;
const KNOWN: u32 = FUTURES
    | CodeFlags::NESTED
    | DONT_IMPLY_DEDENT
    | ONLY_AST
    | TYPE_COMMENTS
    | ALLOW_TOP_LEVEL_AWAIT
    | ALLOW_INCOMPLETE_INPUT
    | OPTIMIZED_AST;

/// Source that compile, eval and exec take; bytes are copied out of their object.
pub enum Text {
    Str(Obj),
    Bytes(Vec<u8>),
}

impl Text {
    /// As the compiler takes it.
    pub fn source(&self) -> CompileSource<'_> {
        match self {
            Text::Str(v) => CompileSource::Text(v.value()),
            Text::Bytes(bytes) => CompileSource::Bytes(bytes),
        }
    }
}

/// The source that argument 1 of `function` is.
///
/// # Errors
/// TypeError for other objects than `what` says, SyntaxError for text with null characters.
pub fn source_text(th: &Thread, v: Value, function: &str, what: &str) -> PyResult<Text> {
    let has_null = if let Some(s) = v.cast::<Str>() {
        if !s.units().iter().any(|c| c == 0) {
            return Ok(Text::Str(v.own()));
        }
        true
    } else {
        false
    };
    let bytes = if has_null {
        Vec::new()
    } else if let Some(b) = v.cast::<Bytes>() {
        b.as_slice().to_vec()
    } else if crate::types::buffer::has_buffer(v) {
        crate::types::buffer::get(th, v, false)?.to_vec()
    } else {
        return err!(th, TYPE_ERROR, "{function}() arg 1 must be a {what} object");
    };
    if has_null || bytes.contains(&0) {
        return Err(th.raise(&statics::SYNTAX_ERROR, "source code string cannot contain null bytes"));
    }
    Ok(Text::Bytes(bytes))
}

fn run_compiler(th: &Thread, text: &Text, filename: Value, mode: CompileMode, flags: u32, optimize: i32) -> PyResult {
    let (source, feature_version) = (text.source(), -1);
    (th.interp.hooks.compile)(th, &CompileRequest { source, filename, mode, flags, optimize, feature_version })
}

/// Compiles a str or bytes-like object.
///
/// # Errors
/// SyntaxError, TypeError for other objects.
pub fn compile_text(th: &Thread, source: Value, filename: &str, mode: CompileMode) -> PyResult {
    let text = source_text(th, source, "compile", "string, bytes or AST")?;
    let filename = th.str(filename)?;
    run_compiler(th, &text, filename.value(), mode, 0, -1)
}

/// The future flags of the calling code.
fn inherited_flags(th: &Thread) -> u32 {
    let frame = crate::types::frame::current(th);
    if frame.is_null() {
        return 0;
    }
    // SAFETY: I6 and I7, a running frame's code is alive.
    unsafe { (*(*frame).code.get()).flags & FUTURES }
}

fn code_object<'a>(v: Value) -> Option<&'a CodeObject> {
    // SAFETY: I4, the type was checked.
    v.is_exact(&statics::CODE_TYPE).then(|| unsafe { v.cast_unchecked::<CodeObject>() })
}

/// The namespaces for exec and eval: as given, or those of the caller.
fn namespaces(th: &Thread, function: &str, globals: Option<Value>, locals: Option<Value>) -> PyResult<(Obj, Obj)> {
    let is_mapping = crate::protocols::mapping::is_mapping;
    if function == "eval" {
        if locals.is_some_and(|v| !is_mapping(v)) {
            return Err(th.type_error("locals must be a mapping"));
        }
        if let Some(globals) = globals.filter(|v| !v.is_instance(&statics::DICT_TYPE)) {
            return Err(th.type_error(if is_mapping(globals) {
                "globals must be a real dict; try eval(code, {}, mapping)"
            } else {
                "globals must be a dict"
            }));
        }
    } else {
        if let Some(globals) = globals.filter(|v| !v.is_instance(&statics::DICT_TYPE)) {
            return err!(th, TYPE_ERROR, "exec() globals must be a dict, not {}", globals.ty().name());
        }
        if let Some(locals) = locals.filter(|v| !is_mapping(*v)) {
            return err!(th, TYPE_ERROR, "locals must be a mapping or None, not {}", locals.ty().name());
        }
    }
    let (globals, locals) = match (globals, locals) {
        (Some(globals), Some(locals)) => (globals.own(), locals.own()),
        (Some(globals), None) => (globals.own(), globals.own()),
        (None, locals) => {
            let Some(globals) = current_globals(th)? else {
                return Err(th.system_error("globals and locals cannot be NULL"));
            };
            let locals = match locals {
                Some(locals) => locals.own(),
                None => current_locals(th)?,
            };
            (globals, locals)
        }
    };
    add_builtins(th, globals.value())?;
    Ok((globals, locals))
}

/// Checks `closure` against what the code needs.
fn check_closure(th: &Thread, code: &CodeObject, closure: Option<Value>) -> PyResult<()> {
    let needed = code.nfreevars as usize;
    if needed == 0 {
        return match closure {
            Some(_) => Err(th.type_error("cannot use a closure with this code object")),
            None => Ok(()),
        };
    }
    let fits = closure.and_then(|c| c.exact::<Tuple>()).is_some_and(|cells| {
        cells.len() == needed && cells.as_slice().iter().all(|cell| cell.is_exact(&statics::CELL_TYPE))
    });
    if !fits {
        return err!(th, TYPE_ERROR, "code object requires a closure of exactly length {needed}");
    }
    Ok(())
}

fn mode_of(th: &Thread, mode: &str, flags: u32) -> PyResult<CompileMode> {
    match mode {
        "exec" => Ok(CompileMode::Exec),
        "eval" => Ok(CompileMode::Eval),
        "single" => Ok(CompileMode::Single),
        "func_type" if flags & ONLY_AST != 0 => Ok(CompileMode::FuncType),
        "func_type" => Err(th.value_error("compile() mode 'func_type' requires flag PyCF_ONLY_AST")),
        _ if flags & ONLY_AST != 0 => {
            Err(th.value_error("compile() mode must be 'exec', 'eval', 'single' or 'func_type'"))
        }
        _ => Err(th.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    }
}

/// Whether an object is a syntax tree: an instance of `_ast.AST`, if that is loaded.
fn is_tree(th: &Thread, v: Value) -> PyResult<bool> {
    let name = th.intern("_ast")?;
    let Some(module) = crate::import::loaded(th, name.value())? else { return Ok(false) };
    let name = th.intern("AST")?;
    match object::lookup_attr(th, module.value(), name.value())? {
        Some(class) => object::is_instance(th, v, class.value()),
        None => Ok(false),
    }
}

/// The file name for code, from str, bytes or a path-like object.
///
/// # Errors
/// TypeError for other objects.
pub fn filename_of(th: &Thread, v: Value) -> PyResult {
    let path = crate::fs_name::fspath(th, v)?;
    match path.cast::<Bytes>() {
        Some(bytes) => crate::fs_name::decode(th, bytes.as_slice()),
        None => Ok(path),
    }
}

#[pyfunctions]
pub(super) mod functions {
    use super::*;

    /// Compiles source text or a syntax tree.
    #[function("compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)")]
    fn compile(
        th: &Thread,
        source: Value,
        filename: Value,
        mode: &Str,
        flags: i32,
        dont_inherit: bool,
        optimize: i32,
        feature_version: i32,
    ) -> PyResult {
        let filename = filename_of(th, filename)?;
        let mut flags = flags as u32;
        if flags & !KNOWN != 0 {
            return Err(th.value_error("compile(): unrecognised flags"));
        }
        if !(-1..=2).contains(&optimize) {
            return Err(th.value_error("compile(): invalid optimize value"));
        }
        if !dont_inherit {
            flags |= inherited_flags(th);
        }
        let mode = mode_of(th, &to_rust_string(mode.value()), flags)?;
        if is_tree(th, source)? {
            let source = CompileSource::Ast(source);
            let (filename, feature_version) = (filename.value(), -1);
            let request = CompileRequest { source, filename, mode, flags, optimize, feature_version };
            return (th.interp.hooks.compile)(th, &request);
        }
        let text = source_text(th, source, "compile", "string, bytes or AST")?;
        let (source, filename) = (text.source(), filename.value());
        let feature_version = if flags & ONLY_AST != 0 { feature_version } else { -1 };
        (th.interp.hooks.compile)(th, &CompileRequest { source, filename, mode, flags, optimize, feature_version })
    }
    /// The value of an expression.
    #[function("eval(source, /, globals=None, locals=None)")]
    fn eval(th: &Thread, source: Value, globals: Option<Value>, locals: Option<Value>) -> PyResult {
        let (globals, locals) = namespaces(th, "eval", globals, locals)?;
        let code = match code_object(source) {
            Some(code) => {
                if code.nfreevars > 0 {
                    return Err(th.type_error("code object passed to eval() may not contain free variables"));
                }
                source.own()
            }
            None => {
                let text = match source_text(th, source, "eval", "string, bytes or code")? {
                    Text::Str(v) => Text::Str(without_indent(th, v)?),
                    Text::Bytes(bytes) => {
                        let start = bytes.iter().position(|b| !matches!(b, b' ' | b'\t')).unwrap_or(bytes.len());
                        Text::Bytes(bytes[start..].to_vec())
                    }
                };
                let filename = th.intern("<string>")?;
                run_compiler(th, &text, filename.value(), CompileMode::Eval, inherited_flags(th), -1)?
            }
        };
        (th.interp.hooks.eval_code)(th, code.value(), globals.value(), locals.value(), None)
    }
    /// Runs source text or code.
    #[function("exec(source, /, globals=None, locals=None, *, closure=None)")]
    fn exec(
        th: &Thread,
        source: Value,
        globals: Option<Value>,
        locals: Option<Value>,
        closure: Option<Value>,
    ) -> PyResult<()> {
        let (globals, locals) = namespaces(th, "exec", globals, locals)?;
        let code = match code_object(source) {
            Some(code) => {
                check_closure(th, code, closure)?;
                source.own()
            }
            None => {
                if closure.is_some() {
                    return Err(th.type_error("closure can only be used when source is a code object"));
                }
                let text = source_text(th, source, "exec", "string, bytes or code")?;
                let filename = th.intern("<string>")?;
                run_compiler(th, &text, filename.value(), CompileMode::Exec, inherited_flags(th), -1)?
            }
        };
        (th.interp.hooks.eval_code)(th, code.value(), globals.value(), locals.value(), closure).map(drop)
    }
}

/// The str without the blanks it begins with.
fn without_indent(th: &Thread, v: Obj) -> PyResult {
    let Some(s) = v.cast::<Str>() else { return Ok(v) };
    let blanks = s.units().iter().take_while(|c| matches!(c, 0x20 | 0x09)).count();
    if blanks == 0 { Ok(v) } else { crate::types::str::substring(th, s, blanks, s.len()) }
}

//! `compile`, `exec`, `eval`, and the namespaces of the running code.

use crate::interp::{CompileMode, CompileRequest, CompileSource};
use crate::prelude::*;
use crate::types::dict::Dict;
use crate::types::str::to_rust_string;
use crate::types::tuple::Tuple;
use crate::types::{buffer, frame};
use whipsnake_layout::code::CodeObject;

/// `locals()` of the running code.
///
/// # Errors
/// SystemError without a frame.
pub fn current_locals(th: &Thread) -> PyResult {
    let current = frame::current(th);
    if current.is_null() {
        return err!(th, SYSTEM_ERROR, "frame does not exist");
    }
    frame::locals_of(th, current)
}

/// `globals()` of the running code.
///
/// # Errors
/// SystemError without a frame.
pub fn current_globals(th: &Thread) -> PyResult {
    let current = frame::current(th);
    if current.is_null() {
        return err!(th, SYSTEM_ERROR, "globals do not exist");
    }
    // SAFETY: I6, the running frame is alive.
    match unsafe { (*current).globals.get() }.get() {
        Some(globals) => Ok(globals.own()),
        None => err!(th, SYSTEM_ERROR, "globals do not exist"),
    }
}

/// `CO_FUTURE_*` flags that compiled code inherits from the code that compiles.
fn inherited_flags(th: &Thread) -> u32 {
    const FUTURES: u32 = 0x1fe0000;
    let current = frame::current(th);
    if current.is_null() {
        return 0;
    }
    // SAFETY: I6 and I7, the running frame and its code are alive.
    unsafe { (*(*current).code.get()).flags & FUTURES }
}

/// The namespaces for `exec` and `eval`.
fn namespaces(th: &Thread, name: &str, globals: Option<Value>, locals: Option<Value>) -> PyResult<(Obj, Obj)> {
    if let Some(globals) = globals
        && !globals.is_instance(&statics::DICT_TYPE)
    {
        if name == "eval" {
            let hint = if sequence::is_sequence(globals) || !crate::protocols::mapping::is_mapping(globals) {
                "globals must be a dict"
            } else {
                "globals must be a real dict; try eval(code, {}, mapping)"
            };
            return err!(th, TYPE_ERROR, "{hint}");
        }
        return err!(th, TYPE_ERROR, "exec() globals must be a dict, not {}", globals.ty().name());
    }
    if let Some(locals) = locals
        && !crate::protocols::mapping::is_mapping(locals)
    {
        return if name == "eval" {
            err!(th, TYPE_ERROR, "locals must be a mapping")
        } else {
            err!(th, TYPE_ERROR, "locals must be a mapping or None, not {}", locals.ty().name())
        };
    }
    let (globals, locals) = match (globals, locals) {
        (Some(globals), Some(locals)) => (globals.own(), locals.own()),
        (Some(globals), None) => (globals.own(), globals.own()),
        (None, Some(locals)) => (current_globals(th)?, locals.own()),
        (None, None) => (current_globals(th)?, current_locals(th)?),
    };
    super::add_builtins(th, globals.value())?;
    Ok((globals, locals))
}

/// Source text or bytes, as `compile`, `exec` and `eval` take it.
fn compile_source(th: &Thread, name: &str, source: Value, filename: Value, mode: CompileMode, flags: u32, optimize: i32) -> PyResult {
    let mut request = CompileRequest { source: CompileSource::Text(source), filename, mode, flags, optimize };
    if source.is_instance(&statics::STR_TYPE) {
        return (th.interp.hooks.compile)(th, &request);
    }
    if buffer::has_buffer(source) {
        let bytes = buffer::get(th, source, false)?.to_vec();
        request.source = CompileSource::Bytes(&bytes);
        return (th.interp.hooks.compile)(th, &request);
    }
    if crate::builtins::code::is_ast(th, source)? {
        request.source = CompileSource::Ast(source);
        return (th.interp.hooks.compile)(th, &request);
    }
    let what = if name == "compile" { "string, bytes or AST object" } else { "string, bytes or code object" };
    err!(th, TYPE_ERROR, "{name}() arg 1 must be a {what}")
}

/// Whether the object is an `ast.AST`.
pub fn is_ast(th: &Thread, v: Value) -> PyResult<bool> {
    match crate::import::loaded(th, th.intern("_ast")?.value())? {
        Some(module) => match object::lookup_attr_str(th, module.value(), "AST")? {
            Some(class) => object::is_instance(th, v, class.value()),
            None => Ok(false),
        },
        None => Ok(false),
    }
}

fn free_variables(code: Value) -> u32 {
    // SAFETY: I4, callers have checked for a code object.
    unsafe { code.cast_unchecked::<CodeObject>() }.nfreevars
}

fn check_closure(th: &Thread, code: Value, closure: Option<Value>) -> PyResult<()> {
    let wanted = free_variables(code) as usize;
    let Some(closure) = closure else {
        if wanted != 0 {
            return err!(th, TYPE_ERROR, "code object requires a closure of exactly length {wanted}");
        }
        return Ok(());
    };
    if wanted == 0 {
        return err!(th, TYPE_ERROR, "cannot use a closure with this code object");
    }
    let cells = closure.exact::<Tuple>();
    let good = cells.is_some_and(|cells| {
        cells.len() == wanted && cells.as_slice().iter().all(|v| v.is_exact(&statics::CELL_TYPE))
    });
    if good { Ok(()) } else { err!(th, TYPE_ERROR, "code object requires a closure of exactly length {wanted}") }
}

fn run(th: &Thread, name: &str, source: Value, globals: &Obj, locals: &Obj, closure: Option<Value>) -> PyResult {
    if source.is_exact(&statics::CODE_TYPE) {
        if name == "eval" && free_variables(source) != 0 {
            return err!(th, TYPE_ERROR, "code object passed to eval() may not contain free variables");
        }
        if name == "exec" {
            check_closure(th, source, closure)?;
        }
        crate::sys::audit(th, "exec", &[source])?;
        return (th.interp.hooks.eval_code)(th, source, globals.value(), locals.value(), closure);
    }
    if closure.is_some() {
        return err!(th, TYPE_ERROR, "closure can only be used when source is a code object");
    }
    let filename = th.str("<string>")?;
    let mode = if name == "eval" { CompileMode::Eval } else { CompileMode::Exec };
    let trimmed = if name == "eval" { trim(th, source)? } else { source.own() };
    let code = compile_source(th, name, trimmed.value(), filename.value(), mode, inherited_flags(th), -1)?;
    (th.interp.hooks.eval_code)(th, code.value(), globals.value(), locals.value(), None)
}

/// `eval` ignores blanks in front of the expression.
fn trim(th: &Thread, source: Value) -> PyResult {
    if !source.is_instance(&statics::STR_TYPE) {
        return Ok(source.own());
    }
    let text = to_rust_string(source);
    if !text.starts_with([' ', '\t']) {
        return Ok(source.own());
    }
    let blanks = th.str(" \t")?;
    call::call_method(th, source, "lstrip", &[blanks.value()])
}

#[pyfunctions]
pub mod functions {
    use super::*;
    /// Compiles source into a code object (or, with ast.PyCF_ONLY_AST, into a tree).
    #[function("compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)")]
    fn compile(
        th: &Thread,
        source: Value,
        filename: Value,
        mode: Value,
        flags: i32,
        dont_inherit: bool,
        optimize: i32,
        feature_version: i32,
    ) -> PyResult {
        const ONLY_AST: i32 = 0x400;
        const KNOWN: i32 = 0x1fe0000 | 0x400 | 0x100 | 0x200 | 0x1000 | 0x2000 | 0x4000 | 0x8000 | 0x10;
        let _ = feature_version;
        let filename = crate::fs_name::decode(th, filename)?;
        if flags & !KNOWN != 0 {
            return err!(th, VALUE_ERROR, "compile(): unrecognised flags");
        }
        if !(-1..=2).contains(&optimize) {
            return err!(th, VALUE_ERROR, "compile(): invalid optimize value");
        }
        if !mode.is_instance(&statics::STR_TYPE) {
            return err!(th, TYPE_ERROR, "compile() argument 'mode' must be str, not {}", mode.ty().name());
        }
        let mode = match to_rust_string(mode).as_str() {
            "exec" => CompileMode::Exec,
            "eval" => CompileMode::Eval,
            "single" => CompileMode::Single,
            "func_type" => {
                if flags & ONLY_AST == 0 {
                    return err!(th, VALUE_ERROR, "compile() mode 'func_type' requires flag PyCF_ONLY_AST");
                }
                CompileMode::FuncType
            }
            _ if flags & ONLY_AST != 0 => {
                return err!(th, VALUE_ERROR, "compile() mode must be 'exec', 'eval', 'single' or 'func_type'");
            }
            _ => return err!(th, VALUE_ERROR, "compile() mode must be 'exec', 'eval' or 'single'"),
        };
        let mut flags = flags as u32;
        if !dont_inherit {
            flags |= inherited_flags(th);
        }
        compile_source(th, "compile", source, filename.value(), mode, flags, optimize)
    }
    /// Runs source or code in the given namespaces.
    #[function("exec(source, /, globals=None, locals=None, *, closure=None)")]
    fn exec(
        th: &Thread,
        source: Value,
        globals: Option<Value>,
        locals: Option<Value>,
        closure: Option<Value>,
    ) -> PyResult<()> {
        let (globals, locals) = namespaces(th, "exec", globals, locals)?;
        run(th, "exec", source, &globals, &locals, closure).map(drop)
    }
    /// The value of an expression in the given namespaces.
    #[function("eval(source, /, globals=None, locals=None)")]
    fn eval(th: &Thread, source: Value, globals: Option<Value>, locals: Option<Value>) -> PyResult {
        let (globals, locals) = namespaces(th, "eval", globals, locals)?;
        run(th, "eval", source, &globals, &locals, None)
    }
    /// The global namespace of the running code.
    #[function("globals()")]
    fn globals(th: &Thread) -> PyResult {
        current_globals(th)
    }
    /// The local namespace of the running code.
    #[function("locals()")]
    fn locals(th: &Thread) -> PyResult {
        let _ = Dict::new;
        current_locals(th)
    }
}

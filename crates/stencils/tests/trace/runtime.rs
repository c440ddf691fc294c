//! An interpreter in this process: enough to run functions that need no imports.

use std::sync::atomic::{AtomicUsize, Ordering};
use whipsnake_compiler as compiler;
use whipsnake_layout::code::{CodeObject, CodeUnit};
use whipsnake_layout::objects::FunctionObject;
use whipsnake_runtime::interp::{CompileMode, CompileRequest, CompileSource, Config, Interp};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::{code, dict::Dict, module};
use whipsnake_syntax as syntax;

fn compile(th: &Thread, request: &CompileRequest) -> PyResult {
    let CompileSource::Bytes(bytes) = request.source else { return err!(th, TYPE_ERROR, "source is not bytes") };
    let options = syntax::Options::default();
    let Ok(parsed) = syntax::parse_bytes(bytes, syntax::Mode::Exec, &options, None) else {
        return err!(th, SYNTAX_ERROR, "invalid syntax");
    };
    let options =
        compiler::Options { mode: compiler::Mode::Exec, optimize: 0, future_flags: 0, allow_top_level_await: false };
    match compiler::compile(&parsed.tree, syntax::Wtf8Buf::from("<test>".to_string()), options) {
        Ok(compiled) => code::from_bytecode(th, &compiled.code),
        Err(_) => err!(th, SYNTAX_ERROR, "invalid syntax"),
    }
}

/// The interpreter's main thread, with built-in types and functions.
pub fn attach() -> &'static Thread {
    let config = Config {
        argv: Vec::new(),
        orig_argv: Vec::new(),
        executable: Default::default(),
        optimize: 0,
        no_site: true,
        isolated: true,
        ignore_environment: true,
        no_user_site: true,
        dont_write_bytecode: true,
        unbuffered: false,
        quiet: true,
        verbose: 0,
        bytes_warning: 0,
        inspect: false,
        interactive: false,
        safe_path: true,
        dev_mode: false,
        no_debug_ranges: false,
        warn_default_encoding: false,
        warn_options: Vec::new(),
        x_options: Vec::new(),
        int_max_str_digits: 4300,
        hash_seed: Some(1),
    };
    let interp = Interp::new(config, whipsnake_interp::hooks(compile), (1, 2));
    let thread = whipsnake_interp::threads::new_thread(interp).expect("memory for a thread");
    let th: &'static Thread = Box::leak(thread);
    whipsnake_runtime::lock::attach(th);
    interp.threads.borrow_mut().push(th);
    let ready = || {
        whipsnake_runtime::types::init::init(th)?;
        interp.modules.set(Some(Dict::new(th)?));
        let builtins = whipsnake_runtime::builtins::init(th)?;
        interp.builtins_dict.set(Some(module::dict_of(th, builtins.value())?));
        Ok::<(), Raised>(())
    };
    done(th, ready());
    th
}

/// The value, or a failed test that tells the exception.
fn done<T>(th: &Thread, result: PyResult<T>) -> T {
    result.unwrap_or_else(|_| {
        let exception = th.take_exception().expect("an exception");
        let message = object::str(th, exception.value()).map(|message| text(&message)).unwrap_or_default();
        panic!("{}: {message}", exception.ty().name())
    })
}

/// Runs a program; its globals.
pub fn execute(th: &Thread, program: &str) -> Obj {
    let run = || {
        let globals = Dict::new(th)?;
        whipsnake_runtime::builtins::add_builtins(th, globals.value())?;
        let filename = th.intern("<test>")?;
        let request = CompileRequest {
            source: CompileSource::Bytes(program.as_bytes()),
            filename: filename.value(),
            mode: CompileMode::Exec,
            flags: 0,
            optimize: 0,
            feature_version: -1,
        };
        let code = (th.interp.hooks.compile)(th, &request)?;
        (th.interp.hooks.eval_code)(th, code.value(), globals.value(), globals.value(), None)?;
        Ok(globals)
    };
    done(th, run())
}

fn global(th: &Thread, globals: &Obj, name: &str) -> Obj {
    let key = done(th, th.intern(name));
    let dict = globals.cast::<Dict>().expect("a dict");
    done(th, dict.get(th, key.value())).expect("the global")
}

/// Calls a global function with an int.
pub fn call(th: &Thread, globals: &Obj, name: &str, n: i64) -> Obj {
    let (function, n) = (global(th, globals, name), done(th, th.int(n)));
    done(th, call::call1(th, function.value(), n.value()))
}

/// A small int's number.
pub fn int(v: &Obj) -> i64 {
    v.value().as_small_int().expect("a small int")
}

/// A str's text.
pub fn text(v: &Obj) -> String {
    whipsnake_runtime::types::str::to_rust_string(v.value())
}

/// A Python function.
#[derive(Clone)]
pub struct Function {
    pub object: Obj,
}

impl Function {
    pub fn named(th: &Thread, globals: &Obj, name: &str) -> Function {
        let object = global(th, globals, name);
        assert!(object.is_exact(&statics::FUNCTION_TYPE));
        Function { object }
    }
    pub fn code(&self) -> &CodeObject {
        // SAFETY: I4, it is a function, whose code is a code object, and which keeps it alive.
        unsafe { self.object.value().cast_unchecked::<FunctionObject>().code.get().cast_unchecked() }
    }
    /// Its code as it is now.
    pub fn units(&self) -> Vec<CodeUnit> {
        let code = self.code();
        // SAFETY: I7, so many units belong to the code.
        unsafe { std::slice::from_raw_parts(code.code, code.code_units as usize) }.to_vec()
    }
}

static RELEASED: AtomicUsize = AtomicUsize::new(0);

/// How often a trace had something freed.
pub fn released() -> usize {
    RELEASED.load(Ordering::Relaxed)
}

/// What a trace calls for an object whose last reference went away.
pub extern "C" fn free_object(th: *const Thread, slot: u64) {
    RELEASED.fetch_add(1, Ordering::Relaxed);
    // SAFETY: I1 and I6, the trace runs on this thread and has dropped the last reference.
    unsafe { whipsnake_runtime::dealloc::deallocate(&*th, slot as *mut Header) };
}

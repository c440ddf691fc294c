//! The state of one interpreter.

use crate::args::Args;
use crate::error::PyResult;
use crate::obj::{Obj, ObjCell};
use crate::shapes::Shapes;
use crate::thread::Thread;
use crate::typeobj::MethodCache;
use crate::weakrefs::{AddressHasher, WeakTable};
use std::any::{Any, TypeId};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use whipsnake_layout::Value;
use whipsnake_object::Heap;

/// What the runtime calls upward: set once by the binary, before any code runs.
pub struct Hooks {
    /// Calls a Python function with its arguments.
    pub call_function: fn(&Thread, Value, Args) -> PyResult,
    /// Runs a code object: `(code, globals, locals, closure or None)`.
    pub eval_code: fn(&Thread, Value, Value, Value, Option<Value>) -> PyResult,
    /// Resumes a generator, coroutine or async generator: `(generator, Ok(value to send) | Err = the thread's exception
    /// is thrown in)`. `Ok(None)` = it returned, and StopIteration's value is in the second place.
    pub resume_generator: fn(&Thread, Value, Resume) -> PyResult<Resumed>,
    /// Compiles source text to a code object; see `types/code.rs` for the request.
    pub compile: fn(&Thread, &CompileRequest) -> PyResult,
    /// The state of a new Python thread, prepared to run Python code, but not attached yet; `Err` when there is no memory. Who calls
    /// this holds the interpreter's lock (or is alone).
    pub new_thread: fn(&'static Interp) -> Result<Box<Thread>, String>,
    /// Makes the state that of the native thread that calls, whose stack is measured. Touches nothing else: the lock is not held yet.
    pub enter_thread: fn(&mut Thread),
}

/// What to feed a suspended generator.
pub enum Resume {
    Send(Obj),
    /// The thread's current exception is raised at the suspension point.
    Throw,
}

/// What came out of a generator.
pub enum Resumed {
    Yielded(Obj),
    Returned(Obj),
}

/// A request to the compiler.
pub struct CompileRequest<'a> {
    /// Source bytes (not decoded yet) or text.
    pub source: CompileSource<'a>,
    /// A str.
    pub filename: Value,
    pub mode: CompileMode,
    /// `CO_FUTURE_*` and `PyCF_*` bits.
    pub flags: u32,
    /// -1 = the interpreter's own level.
    pub optimize: i32,
    /// The minor version of Python 3 whose syntax is allowed; -1 = any.
    pub feature_version: i32,
}

#[derive(Clone, Copy)]
pub enum CompileSource<'a> {
    /// Undecoded: BOM and coding cookie are looked at.
    Bytes(&'a [u8]),
    /// A str object.
    Text(Value),
    /// An `ast.AST` object.
    Ast(Value),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CompileMode {
    Exec,
    Eval,
    Single,
    FuncType,
}

/// Command-line settings (`sys.flags` and friends).
#[derive(Clone, Debug)]
pub struct Config {
    /// `PYTHONNODEBUGRANGES` is set.
    pub no_debug_ranges: bool,
    /// `PYTHONWARNDEFAULTENCODING` is set.
    pub warn_default_encoding: bool,
    pub argv: Vec<std::ffi::OsString>,
    pub orig_argv: Vec<std::ffi::OsString>,
    pub executable: std::path::PathBuf,
    pub optimize: i32,
    pub no_site: bool,
    pub isolated: bool,
    pub ignore_environment: bool,
    pub no_user_site: bool,
    pub dont_write_bytecode: bool,
    pub unbuffered: bool,
    pub quiet: bool,
    pub verbose: i32,
    pub bytes_warning: i32,
    pub inspect: bool,
    pub interactive: bool,
    pub safe_path: bool,
    pub dev_mode: bool,
    pub warn_options: Vec<String>,
    pub x_options: Vec<(String, Option<String>)>,
    pub int_max_str_digits: usize,
    /// `None` = random.
    pub hash_seed: Option<u32>,
}

/// One interpreter. It lives as long as the process (or until a subinterpreter ends).
pub struct Interp {
    pub heap: Heap,
    pub hooks: Hooks,
    pub config: Config,
    /// Key of SipHash-1-3 for str and bytes.
    pub hash_key: (u64, u64),
    pub shapes: Shapes,
    pub weak: WeakTable,
    pub method_cache: MethodCache,
    pub next_type_version: Cell<u32>,
    pub next_function_version: Cell<u32>,
    pub next_code_version: Cell<u32>,
    pub next_dict_version: Cell<u32>,
    /// Interned strings by content.
    pub interned: crate::types::str::InternTable,
    /// `sys.modules`, the `sys` module's dict and the `builtins` module's dict.
    pub modules: ObjCell,
    pub sys_dict: ObjCell,
    pub builtins_dict: ObjCell,
    /// State of native modules, by Rust type.
    states: RefCell<HashMap<TypeId, &'static dyn Any, BuildHasherDefault<AddressHasher>>>,
    pub gc: crate::gc::Collector,
    pub threads: RefCell<Vec<*const Thread>>,
    pub recursion_limit: Cell<i32>,
    /// `sys.set_int_max_str_digits`: how many decimal digits an int may have as text; 0 = no limit.
    pub int_max_str_digits: Cell<usize>,
    pub finalizing: Cell<bool>,
    pub instrumentation: crate::instrument::Instrumentation,
}

impl Config {
    /// Whether code objects are to have columns.
    pub fn has_debug_ranges(&self) -> bool {
        !self.no_debug_ranges && !self.x_options.iter().any(|(name, _)| name == "no_debug_ranges")
    }
}

impl Interp {
    /// The one instance of `T` in this interpreter, made on first use.
    pub fn state<T: Default + Any>(&self) -> &'static T {
        if let Some(state) = self.states.borrow().get(&TypeId::of::<T>())
            && let Some(state) = state.downcast_ref::<T>()
        {
            return state;
        }
        let state: &'static T = Box::leak(Box::default());
        self.states.borrow_mut().insert(TypeId::of::<T>(), state);
        state
    }

    /// An interpreter without modules. Its types are made ready by `types::init`.
    pub fn new(config: Config, hooks: Hooks, hash_key: (u64, u64)) -> &'static Interp {
        Box::leak(Box::new(Interp {
            heap: Heap::new(),
            hooks,
            int_max_str_digits: Cell::new(config.int_max_str_digits),
            config,
            hash_key,
            shapes: Shapes::new(),
            weak: WeakTable::default(),
            method_cache: MethodCache::new(),
            next_type_version: Cell::new(1),
            next_function_version: Cell::new(1),
            next_code_version: Cell::new(1),
            next_dict_version: Cell::new(1),
            interned: Default::default(),
            modules: ObjCell::EMPTY,
            sys_dict: ObjCell::EMPTY,
            builtins_dict: ObjCell::EMPTY,
            states: RefCell::default(),
            gc: Default::default(),
            threads: RefCell::default(),
            recursion_limit: Cell::new(1000),
            finalizing: Cell::new(false),
            instrumentation: Default::default(),
        }))
    }
}

/// Keeps a class's name for messages that outlive a borrow; each distinct name is kept once per class.
pub(crate) fn leak_name(text: String, cache: &Cell<Option<&'static str>>) -> &'static str {
    let name: &'static str = Box::leak(text.into_boxed_str());
    cache.set(Some(name));
    name
}

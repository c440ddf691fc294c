//! The `sys` module.
//!
//! - `info.rs`: flags, versions, limits; `hooks.rs`: excepthook, displayhook, unraisablehook; `plain.rs`: exceptions as
//!   text; `monitoring.rs`: `sys.monitoring`; `tracing.rs`: trace and profile functions; `stdlib_names.rs`: the list of library modules
//!
//! Attributes that programs replace (`stdout`, `path`, hooks) live in the module's dict only; [`get_object`] reads them
//! from there each time. Source: docs "sys".

mod hooks;
pub mod info;
pub mod monitoring;
mod plain;
mod stdlib_names;
pub mod tracing;

pub use hooks::{display_exception, print_uncaught, show_unraisable, unraisable_args};

use crate::prelude::*;
use crate::types::dict::Dict;
use crate::types::frame;
use crate::types::int;
use crate::types::module;
use crate::types::str::{Str, to_rust_string};
use crate::types::structseq;
use std::cell::RefCell;
use std::os::unix::ffi::OsStrExt;

/// The types of this module.
pub static TYPES: &[&Type] = &[&crate::builtins::ANEXT_AWAITABLE_TYPE];

/// The struct sequences: type, visible items, all items.
static SEQUENCES: &[(&Type, usize, usize)] = &[
    (&info::FLAGS_TYPE, 18, 21),
    (&info::VERSION_INFO_TYPE, 5, 5),
    (&info::HASH_INFO_TYPE, 9, 9),
    (&info::FLOAT_INFO_TYPE, 11, 11),
    (&info::INT_INFO_TYPE, 4, 4),
    (&info::THREAD_INFO_TYPE, 3, 3),
    (&info::ASYNCGEN_HOOKS_TYPE, 2, 2),
    (&info::UNRAISABLE_TYPE, 5, 5),
];

/// Audit hooks (PEP 578).
#[derive(Default)]
struct AuditHooks(RefCell<Vec<Obj>>);

/// An attribute of `sys`, `None` if it was deleted.
///
/// # Errors
/// MemoryError.
pub fn get_object(th: &Thread, name: &str) -> PyResult<Option<Obj>> {
    match th.interp.sys_dict.get().as_ref().and_then(|d| d.cast::<Dict>()) {
        Some(dict) => dict.get_rust(th, name),
        None => Ok(None),
    }
}

/// Sets an attribute of `sys`.
///
/// # Errors
/// MemoryError.
pub fn set_object(th: &Thread, name: &str, value: Value) -> PyResult<()> {
    match th.interp.sys_dict.get().as_ref().and_then(|d| d.cast::<Dict>()) {
        Some(dict) => dict.set_rust(th, name, value),
        None => Err(th.runtime_error("lost sys")),
    }
}

/// Writes to `sys.stderr`, or to the process's when there is none.
///
/// # Errors
/// Whatever the file raises.
pub fn write_stderr(th: &Thread, text: &str) -> PyResult<()> {
    match get_object(th, "stderr")? {
        Some(file) if !file.is_none() => crate::builtins::write_text(th, file.value(), text),
        _ => {
            eprint!("{text}");
            Ok(())
        }
    }
}

/// Raises an audit event. Cheap when there are no hooks: callers may test [`has_audit_hooks`] before making arguments.
///
/// # Errors
/// Whatever a hook raises.
pub fn audit(th: &Thread, event: &str, args: &[Value]) -> PyResult<()> {
    if !has_audit_hooks(th) {
        return Ok(());
    }
    let (event, args) = (th.str(event)?, th.tuple(args)?);
    let hooks: Vec<Obj> = th.interp.state::<AuditHooks>().0.borrow().clone();
    for hook in hooks {
        call::call2(th, hook.value(), event.value(), args.value())?;
    }
    Ok(())
}

/// Whether anybody listens to audit events.
pub fn has_audit_hooks(th: &Thread) -> bool {
    !th.interp.state::<AuditHooks>().0.borrow().is_empty()
}

/// Makes the module. The binary adds the standard streams and, once it has worked them out, other paths.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let doc = "Objects of the interpreter itself, and functions that work on it.";
    let module = module::new(th, "sys", doc, functions::METHODS)?;
    module::add_functions(th, module.value(), tracing::functions::METHODS)?;
    for (ty, visible, all) in SEQUENCES {
        structseq::ready(th, ty, *visible, *all)?;
    }
    // There is one of each of these.
    for ty in [&info::FLAGS_TYPE, &info::VERSION_INFO_TYPE] {
        ty.update_slots(|slots| slots.new = None);
        ty.core.flags.set(ty.flags() | flags::DISALLOW_INSTANTIATION);
        ty.dict().del(th, crate::typeobj::names::NEW.get(th)?)?;
    }
    let add = |name: &str, value: Obj| module::add(th, module.value(), name, value.value());
    let modules = th.interp.modules.get().ok_or_else(|| th.system_error("sys is made before its modules"))?;
    add("modules", modules)?;
    add_numbers(th, &add)?;
    add_paths(th, &add)?;
    add_configuration(th, &add)?;
    add_implementation(th, &add)?;
    add("monitoring", monitoring::init(th)?)?;
    add("_jit", module::new(th, "sys._jit", "", jit::METHODS)?)?;
    for name in ["displayhook", "excepthook", "breakpointhook", "unraisablehook"] {
        if let Some(hook) = module::get(th, module.value(), name)? {
            add(&format!("__{name}__"), hook)?;
        }
    }
    th.interp.state::<crate::import::FirstModules>().sys.0.set(Some(module.clone()));
    Ok(module)
}

/// What `setdlopenflags` set.
struct OpenFlags(std::cell::Cell<i32>);

impl Default for OpenFlags {
    fn default() -> OpenFlags {
        OpenFlags(std::cell::Cell::new(libc::RTLD_NOW))
    }
}

type Add<'a> = dyn Fn(&str, Obj) -> PyResult<()> + 'a;

fn add_numbers(th: &Thread, add: &Add) -> PyResult<()> {
    add("maxsize", th.int(isize::MAX as i64)?)?;
    add("maxunicode", Obj::small_int(0x10ffff))?;
    add("api_version", Obj::small_int(1013))?;
    add("hexversion", Obj::small_int(info::HEX_VERSION))?;
    add("flags", info::flags(th)?)?;
    add("version_info", info::version_info(th)?)?;
    add("hash_info", info::hash_info(th)?)?;
    add("float_info", info::float_info(th)?)?;
    add("int_info", info::int_info(th)?)?;
    add("thread_info", info::thread_info(th)?)?;
    int::set_max_str_digits(th, th.interp.config.int_max_str_digits);
    Ok(())
}

fn add_texts(th: &Thread, add: &Add, texts: &[(&str, &str)]) -> PyResult<()> {
    for (name, text) in texts {
        add(name, th.str(text)?)?;
    }
    Ok(())
}

/// The folder that the installation counts as: the one above the executable's `bin`.
fn prefix(th: &Thread) -> std::path::PathBuf {
    let executable = &th.interp.config.executable;
    let folder = executable.parent().unwrap_or(std::path::Path::new("/usr/local/bin"));
    match folder.file_name() {
        Some(name) if name == "bin" => folder.parent().unwrap_or(folder).to_path_buf(),
        _ => folder.to_path_buf(),
    }
}

fn add_paths(th: &Thread, add: &Add) -> PyResult<()> {
    let prefix = crate::fs_name::decode(th, prefix(th).as_os_str().as_bytes())?;
    for name in ["prefix", "exec_prefix", "base_prefix", "base_exec_prefix"] {
        add(name, prefix.clone())?;
    }
    let executable = crate::fs_name::decode(th, th.interp.config.executable.as_os_str().as_bytes())?;
    add("executable", executable.clone())?;
    add("_base_executable", executable)?;
    add("_home", Obj::none())?;
    add("pycache_prefix", Obj::none())?;
    let library = crate::import::library::path_entry(th);
    let mut path = Vec::new();
    if !th.interp.config.ignore_environment
        && let Some(extra) = std::env::var_os("PYTHONPATH").filter(|v| !v.is_empty())
    {
        for entry in std::env::split_paths(&extra) {
            path.push(crate::fs_name::decode(th, entry.as_os_str().as_bytes())?);
        }
    }
    path.push(th.str(&library)?);
    add("path", th.list(path)?)?;
    add("_stdlib_dir", th.str(&library)?)?;
    add("path_hooks", th.list(Vec::new())?)?;
    add("path_importer_cache", Dict::new(th)?)?;
    add("meta_path", th.list(Vec::new())?)
}

fn os_strings(th: &Thread, items: &[std::ffi::OsString]) -> PyResult {
    let items = items.iter().map(|a| crate::fs_name::decode(th, a.as_bytes())).collect::<PyResult<Vec<Obj>>>()?;
    th.list(items)
}

fn add_configuration(th: &Thread, add: &Add) -> PyResult<()> {
    let config = &th.interp.config;
    add("argv", os_strings(th, &config.argv)?)?;
    add("orig_argv", os_strings(th, &config.orig_argv)?)?;
    add("dont_write_bytecode", Obj::bool(config.dont_write_bytecode))?;
    let warnings = config.warn_options.iter().map(|w| th.str(w)).collect::<PyResult<Vec<Obj>>>()?;
    add("warnoptions", th.list(warnings)?)?;
    let options = Dict::new(th)?;
    if let Some(dict) = options.cast::<Dict>() {
        for (name, value) in &config.x_options {
            match value {
                Some(value) => dict.set_rust(th, name, th.str(value)?.value())?,
                None => dict.set_rust(th, name, statics::bool_value(true))?,
            }
        }
    }
    add("_xoptions", options)
}

fn frozen_set_of(th: &Thread, names: &[&str]) -> PyResult {
    let names = names.iter().map(|n| th.intern(n)).collect::<PyResult<Vec<Obj>>>()?;
    let names = th.tuple_from(names)?;
    call::call1(th, statics::FROZENSET_TYPE.value(), names.value())
}

fn add_implementation(th: &Thread, add: &Add) -> PyResult<()> {
    let (major, minor, micro) = info::VERSION;
    let version = format!("{major}.{minor}.{micro} (Whipsnake {}) [Rust]", env!("CARGO_PKG_VERSION"));
    let copyright = "Copyright (c) the Whipsnake developers.\nThe standard library: Copyright (c) 2001 Python Software \
                     Foundation.\nAll Rights Reserved.";
    add_texts(
        th,
        add,
        &[
            ("version", version.as_str()),
            ("copyright", copyright),
            ("platform", if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS }),
            ("platlibdir", "lib"),
            ("byteorder", if cfg!(target_endian = "big") { "big" } else { "little" }),
            ("float_repr_style", "short"),
            ("abiflags", ""),
            ("_framework", ""),
        ],
    )?;
    let (name, empty) = (th.str("Whipsnake")?, th.str("")?);
    add("_git", th.tuple(&[name.value(), empty.value(), empty.value()])?)?;
    let machine = std::env::consts::ARCH;
    let multiarch = if cfg!(target_os = "linux") { format!("{machine}-linux-gnu") } else { machine.to_string() };
    let (name, tag, multiarch) = (th.str("whipsnake")?, th.str("whipsnake-314")?, th.str(&multiarch)?);
    let version = info::version_info(th)?;
    let fields = [
        ("name", name.value()),
        ("cache_tag", tag.value()),
        ("version", version.value()),
        ("hexversion", Value::small_int(info::HEX_VERSION)),
        ("_multiarch", multiarch.value()),
        ("supports_isolated_interpreters", statics::bool_value(false)),
    ];
    add("implementation", call::call_kw(th, statics::SIMPLE_NAMESPACE_TYPE.value(), &[], &fields)?)?;
    let names = crate::import::native_names(th);
    let names = names.iter().map(|n| th.intern(n)).collect::<PyResult<Vec<Obj>>>()?;
    add("builtin_module_names", th.tuple_from(names)?)?;
    add("stdlib_module_names", frozen_set_of(th, stdlib_names::NAMES)?)
}

/// The frame object `depth` calls up.
fn frame_at(th: &Thread, depth: i32) -> PyResult {
    let mut current = frame::current(th);
    for _ in 0..depth.max(0) {
        if current.is_null() {
            break;
        }
        // SAFETY: I6, frames on the chain are alive.
        current = frame::next_visible(unsafe { (*current).previous.get() });
    }
    if current.is_null() {
        return Err(th.value_error("call stack is not deep enough"));
    }
    frame::object_for(th, current)
}

/// How many Python frames are running.
fn depth(th: &Thread) -> i32 {
    let mut count = 0;
    let mut current = frame::current(th);
    while !current.is_null() {
        count += 1;
        // SAFETY: I6, frames on the chain are alive.
        current = frame::next_visible(unsafe { (*current).previous.get() });
    }
    count
}

/// Changes the recursion limit.
///
/// # Errors
/// ValueError, RecursionError if the stack is deeper already.
fn set_recursion_limit(th: &Thread, limit: i32) -> PyResult<()> {
    if limit < 1 {
        return Err(th.value_error("recursion limit must be greater or equal than 1"));
    }
    let depth = depth(th);
    if depth >= limit {
        return err!(
            th,
            RECURSION_ERROR,
            "cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low"
        );
    }
    let old = th.interp.recursion_limit.replace(limit);
    let left = &th.core.recursion_left;
    left.set(left.get().saturating_add(limit - old));
    Ok(())
}

/// `breakpoint()`'s default: what `PYTHONBREAKPOINT` names, or `pdb.set_trace`.
fn default_breakpoint_hook(th: &Thread, args: Args) -> PyResult {
    let wanted = if th.interp.config.ignore_environment { None } else { std::env::var("PYTHONBREAKPOINT").ok() };
    let wanted = wanted.filter(|name| !name.is_empty()).unwrap_or_else(|| "pdb.set_trace".to_string());
    if wanted == "0" {
        return Ok(Obj::none());
    }
    let (module, name) = wanted.rsplit_once('.').unwrap_or(("builtins", &wanted));
    let found = crate::import::attribute(th, module, name);
    match found {
        Ok(hook) => call::call(th, hook.value(), args),
        Err(raised) => {
            let unimportable = module.is_empty()
                || th.exception_matches(&statics::ATTRIBUTE_ERROR)
                || th.exception_matches(&statics::IMPORT_ERROR);
            if !unimportable {
                return Err(raised);
            }
            drop(th.take_exception());
            let message = format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{wanted}\"");
            crate::warnings::warn(th, &statics::RUNTIME_WARNING, &message, 1)?;
            Ok(Obj::none())
        }
    }
}

fn size_of(th: &Thread, v: Value) -> PyResult {
    let Some(method) = object::lookup_special(th, v, "__sizeof__")? else {
        return err!(th, TYPE_ERROR, "Type {} doesn't define __sizeof__", v.ty().name());
    };
    let size = call::call0(th, method.value())?;
    let size = number::as_isize(th, size.value())?;
    if size < 0 {
        return Err(th.value_error("__sizeof__() should return >= 0"));
    }
    // CPython counts the collector's header with the object.
    th.int(size as i64 + if v.ty().has_flag(flags::HAVE_GC) { 16 } else { 0 })
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Shows a value, as the interactive mode does.
    #[function("displayhook(object, /)")]
    fn displayhook(th: &Thread, object: Value) -> PyResult<()> {
        hooks::display(th, object)
    }
    /// Shows an uncaught exception.
    #[function("excepthook(exctype, value, traceback, /)")]
    fn excepthook(th: &Thread, _exctype: Value, value: Value, traceback: Value) -> PyResult<()> {
        if !value.is_instance(&statics::BASE_EXCEPTION) {
            let got = value.ty().name();
            let text = match value.is_none() {
                true => "NoneType: None\n".to_string(),
                false => format!("TypeError: print_exception(): Exception expected for value, {got} found\n"),
            };
            let stream = get_object(th, "stderr")?.filter(|stream| !stream.is_none());
            let Some(stream) = stream else { return Ok(()) };
            return call::call_method(th, stream.value(), "write", &[th.str(&text)?.value()]).map(drop);
        }
        if traceback.is_instance(&statics::TRACEBACK_TYPE) && crate::types::exceptions::traceback_of(value).is_none() {
            crate::types::exceptions::set_traceback(value, Some(traceback.own()));
        }
        hooks::display_exception(th, value)
    }
    /// Shows an exception that cannot be raised.
    #[function("unraisablehook(unraisable, /)")]
    fn unraisablehook(th: &Thread, unraisable: Value) -> PyResult<()> {
        if !unraisable.is_instance(&info::UNRAISABLE_TYPE) {
            return Err(th.type_error("sys.unraisablehook argument type must be UnraisableHookArgs"));
        }
        hooks::show_unraisable(th, unraisable)
    }
    /// What breakpoint() calls: the debugger.
    #[function("breakpointhook(*args, **kwargs)", raw)]
    fn breakpointhook(th: &Thread, args: Args) -> PyResult {
        default_breakpoint_hook(th, args)
    }
    /// The exception being handled, or None.
    #[function("exception()")]
    fn exception(th: &Thread) -> Option<Obj> {
        th.handled_exception()
    }
    /// Type, value and traceback of the exception being handled.
    #[function("exc_info()")]
    fn exc_info(th: &Thread) -> PyResult {
        let Some(exception) = th.handled_exception() else {
            let none = statics::none();
            return th.tuple(&[none, none, none]);
        };
        let traceback = crate::types::exceptions::traceback_of(exception.value()).unwrap_or_else(Obj::none);
        th.tuple(&[exception.ty().value(), exception.value(), traceback.value()])
    }
    /// Ends the interpreter by raising SystemExit.
    #[function("exit(status=None, /)", raw)]
    fn exit(th: &Thread, args: Args) -> PyResult {
        args.expect(th, "exit", 0, 1)?;
        match args.get(0) {
            None => Err(th.raise_with(&statics::SYSTEM_EXIT, &[])),
            // A tuple stands for several arguments.
            Some(status) => match status.cast::<crate::types::tuple::Tuple>() {
                Some(items) => {
                    let items: Vec<Obj> = items.as_slice().iter().map(|v| v.own()).collect();
                    let items: Vec<Value> = items.iter().map(|v| v.value()).collect();
                    Err(th.raise_with(&statics::SYSTEM_EXIT, &items))
                }
                None if status.is_none() => Err(th.raise_with(&statics::SYSTEM_EXIT, &[])),
                None => Err(th.raise_with(&statics::SYSTEM_EXIT, &[status])),
            },
        }
    }
    /// Removes the descriptors of `__dict__` and `__weakref__` from a class.
    #[function("_clear_type_descriptors(type, /)")]
    fn clear_type_descriptors(th: &Thread, ty: Value) -> PyResult<()> {
        let Some(class) = ty.cast::<Type>() else {
            return err!(th, TYPE_ERROR, "argument must be a type, not {}", ty.ty().name());
        };
        if class.has_flag(flags::IMMUTABLETYPE) {
            return Err(th.type_error("argument is immutable"));
        }
        for name in ["__dict__", "__weakref__"] {
            let name = th.intern(name)?;
            let old = class.dict().get_str(th, name.value())?;
            class.dict().del(th, name.value())?;
            class.modified(th);
            drop(old);
        }
        Ok(())
    }
    /// The frame that many calls up.
    #[function("_getframe(depth=0, /)")]
    fn getframe(th: &Thread, depth: i32) -> PyResult {
        audit(th, "sys._getframe", &[])?;
        frame_at(th, depth)
    }
    /// The name of the module that many calls up, or None.
    #[function("_getframemodulename(depth=0)")]
    fn getframemodulename(th: &Thread, depth: i32) -> PyResult {
        let found = frame_at(th, depth);
        let Some(frame) = th.catch(found, &statics::VALUE_ERROR)? else { return Ok(Obj::none()) };
        let globals = object::get_attr_str(th, frame.value(), "f_globals")?;
        match globals.cast::<Dict>() {
            Some(globals) => Ok(globals.get_rust(th, "__name__")?.unwrap_or_else(Obj::none)),
            None => Ok(Obj::none()),
        }
    }
    /// The running frame of each thread.
    #[function("_current_frames()")]
    fn current_frames(th: &Thread) -> PyResult {
        let frames = Dict::new(th)?;
        let threads: Vec<*const Thread> = th.interp.threads.borrow().clone();
        for other in threads {
            // SAFETY: I6, the list holds living threads, and the lock keeps them from running.
            let other = unsafe { &*other };
            let running = frame::current(other);
            if running.is_null() {
                continue;
            }
            let (ident, visible) = (th.uint(other.ident)?, frame::object_for(th, running)?);
            if let Some(dict) = frames.cast::<Dict>() {
                dict.set(th, ident.value(), visible.value())?;
            }
        }
        Ok(frames)
    }
    /// The exception that each thread is handling.
    #[function("_current_exceptions()")]
    fn current_exceptions(th: &Thread) -> PyResult {
        let found = Dict::new(th)?;
        let threads: Vec<*const Thread> = th.interp.threads.borrow().clone();
        for other in threads {
            // SAFETY: I6, as in `_current_frames`.
            let other = unsafe { &*other };
            let (ident, handled) = (th.uint(other.ident)?, other.handled_exception().unwrap_or_else(Obj::none));
            if let Some(dict) = found.cast::<Dict>() {
                dict.set(th, ident.value(), handled.value())?;
            }
        }
        Ok(found)
    }
    /// How deep Python calls may nest.
    #[function("getrecursionlimit()")]
    fn getrecursionlimit(th: &Thread) -> i32 {
        th.interp.recursion_limit.get()
    }
    /// Sets how deep Python calls may nest.
    #[function("setrecursionlimit(limit, /)")]
    fn setrecursionlimit(th: &Thread, limit: i32) -> PyResult<()> {
        set_recursion_limit(th, limit)
    }
    /// Bytes an object takes.
    #[function("getsizeof", raw)]
    fn getsizeof(th: &Thread, args: Args) -> PyResult {
        static PARAMS: crate::args::Params = crate::args::Params {
            function: "getsizeof",
            names: &["object", "default"],
            positional_only: 0,
            positional: 2,
            required: &[true, false],
            has_varargs: false,
            has_varkw: false,
        };
        let mut bound = [None; 2];
        PARAMS.bind(th, args, &mut bound)?;
        let result = size_of(th, bound[0].unwrap_or(statics::none()));
        match bound[1] {
            Some(default) => Ok(th.catch(result, &statics::TYPE_ERROR)?.unwrap_or_else(|| default.own())),
            None => result,
        }
    }
    /// How many references an object has, the argument's included.
    #[function("getrefcount(object, /)")]
    fn getrefcount(th: &Thread, object: Value) -> PyResult {
        if !object.is_pointer() {
            return th.uint(whipsnake_layout::header::IMMORTAL.into());
        }
        // SAFETY: I1, a pointer value leads to a live object.
        th.uint(unsafe { (*object.as_ptr()).refcount.get() }.into())
    }
    /// The one copy of a text that dictionaries of names use.
    #[function("intern(string, /)")]
    fn intern(th: &Thread, string: &Str) -> PyResult {
        if !string.is_exact_str() {
            return err!(th, TYPE_ERROR, "can't intern {}", string.value().ty().name());
        }
        Ok(crate::types::str::intern(th, string.value().own()))
    }
    /// Whether a text is interned.
    #[function("_is_interned(string, /)")]
    fn is_interned(_: &Thread, string: &Str) -> bool {
        object::is_interned(string.value())
    }
    /// Whether an object is never freed.
    #[function("_is_immortal(op, /)")]
    fn is_immortal(_: &Thread, op: Value) -> bool {
        // SAFETY: I1, a pointer value leads to a live object.
        !op.is_pointer() || unsafe { (*op.as_ptr()).is_immortal() }
    }
    /// Whether the interpreter is ending.
    #[function("is_finalizing()")]
    fn is_finalizing(th: &Thread) -> bool {
        th.interp.finalizing.get()
    }
    /// The encoding str uses by default.
    #[function("getdefaultencoding()")]
    fn getdefaultencoding(_: &Thread) -> &'static str {
        "utf-8"
    }
    /// The encoding of file names.
    #[function("getfilesystemencoding()")]
    fn getfilesystemencoding(_: &Thread) -> &'static str {
        "utf-8"
    }
    /// The error handler of file names.
    #[function("getfilesystemencodeerrors()")]
    fn getfilesystemencodeerrors(_: &Thread) -> &'static str {
        "surrogateescape"
    }
    /// The limit of conversions between int and str.
    #[function("get_int_max_str_digits()")]
    fn get_int_max_str_digits(th: &Thread) -> usize {
        int::max_str_digits(th)
    }
    /// Sets the limit of conversions between int and str.
    #[function("set_int_max_str_digits(maxdigits)")]
    fn set_int_max_str_digits(th: &Thread, maxdigits: i32) -> PyResult<()> {
        match usize::try_from(maxdigits) {
            Ok(digits) if digits == 0 || digits >= 640 => {
                int::set_max_str_digits(th, digits);
                Ok(())
            }
            _ => Err(th.value_error("maxdigits must be >= 640 or 0 for unlimited")),
        }
    }
    /// Raises an audit event.
    #[function("audit(event, /, *args)", raw)]
    fn audit_function(th: &Thread, args: Args) -> PyResult<()> {
        let Some(event) = args.get(0) else {
            return Err(th.type_error("audit expected at least 1 argument, got 0"));
        };
        if event.cast::<Str>().is_none() {
            return err!(th, TYPE_ERROR, "audit() argument 1 must be str, not {}", event.ty().name());
        }
        let rest: Vec<Value> = args.values().skip(1).collect();
        audit(th, &to_rust_string(event), &rest)
    }
    /// Adds a function that is told of audit events.
    #[function("addaudithook(hook)")]
    fn addaudithook(th: &Thread, hook: Value) -> PyResult<()> {
        let allowed = audit(th, "sys.addaudithook", &[]);
        if allowed.is_err() {
            // A hook may refuse others without a word.
            if th.exception_matches(&statics::RUNTIME_ERROR) {
                drop(th.take_exception());
                return Ok(());
            }
            return allowed;
        }
        th.interp.state::<AuditHooks>().0.borrow_mut().push(hook.own());
        Ok(())
    }
    /// How long a thread runs before others get a turn, in seconds.
    #[function("getswitchinterval()")]
    fn getswitchinterval(_: &Thread) -> f64 {
        crate::lock::switch_interval_micros() as f64 / 1e6
    }
    /// Sets how long a thread runs before others get a turn.
    #[function("setswitchinterval(interval, /)")]
    fn setswitchinterval(th: &Thread, interval: f64) -> PyResult<()> {
        if interval.is_nan() || interval <= 0.0 {
            return Err(th.value_error("switch interval must be strictly positive"));
        }
        crate::lock::set_switch_interval_micros((interval * 1e6) as u64);
        Ok(())
    }
    /// How many frames of a coroutine's origin are kept.
    #[function("get_coroutine_origin_tracking_depth()")]
    fn get_origin_depth(th: &Thread) -> i32 {
        th.coroutine_origin_depth.get()
    }
    /// Sets how many frames of a coroutine's origin are kept.
    #[function("set_coroutine_origin_tracking_depth(depth)")]
    fn set_origin_depth(th: &Thread, depth: i32) -> PyResult<()> {
        if depth < 0 {
            return Err(th.value_error("depth must be >= 0"));
        }
        th.coroutine_origin_depth.set(depth);
        Ok(())
    }
    /// The hooks of asynchronous generators.
    #[function("get_asyncgen_hooks()")]
    fn get_asyncgen_hooks(th: &Thread) -> PyResult {
        let first = th.asyncgen_firstiter.get().unwrap_or_else(Obj::none);
        let last = th.asyncgen_finalizer.get().unwrap_or_else(Obj::none);
        structseq::new(th, &info::ASYNCGEN_HOOKS_TYPE, vec![first, last])
    }
    /// Sets the hooks of asynchronous generators.
    #[function("set_asyncgen_hooks", raw)]
    fn set_asyncgen_hooks(th: &Thread, args: Args) -> PyResult<()> {
        static PARAMS: crate::args::Params = crate::args::Params {
            function: "set_asyncgen_hooks",
            names: &["firstiter", "finalizer"],
            positional_only: 0,
            positional: 2,
            required: &[false, false],
            has_varargs: false,
            has_varkw: false,
        };
        let mut bound = [None; 2];
        PARAMS.bind(th, args, &mut bound)?;
        for (hook, name) in bound.iter().zip(["firstiter", "finalizer"]) {
            if let Some(hook) = hook.filter(|h| !h.is_none() && !call::is_callable(*h)) {
                return err!(th, TYPE_ERROR, "callable {name} expected, got {}", hook.ty().name());
            }
        }
        let some = |hook: Value| Some(hook).filter(|h| !h.is_none()).map(ValueExt::own);
        if let Some(finalizer) = bound[1] {
            th.asyncgen_finalizer.set(some(finalizer));
        }
        if let Some(first) = bound[0] {
            th.asyncgen_firstiter.set(some(first));
        }
        Ok(())
    }
    /// Flags for opening libraries.
    #[function("getdlopenflags()")]
    fn getdlopenflags(th: &Thread) -> i32 {
        th.interp.state::<OpenFlags>().0.get()
    }
    /// Remembered only: no libraries are opened.
    #[function("setdlopenflags(flags, /)")]
    fn setdlopenflags(th: &Thread, flags: i32) {
        th.interp.state::<OpenFlags>().0.set(flags);
    }
    /// Whether there is an interpreter lock: yes.
    #[function("_is_gil_enabled()")]
    fn is_gil_enabled(_: &Thread) -> bool {
        true
    }
    /// How many blocks of memory are in use; not counted, so 0.
    #[function("getallocatedblocks()")]
    fn getallocatedblocks(_: &Thread) -> i32 {
        0
    }
    /// How many texts are interned; not counted, so 0.
    #[function("getunicodeinternedsize(*, _only_immortal=False)")]
    fn getunicodeinternedsize(_: &Thread, _only_immortal: bool) -> i32 {
        0
    }
    /// Nothing is printed: there are no statistics.
    #[function("_debugmallocstats()")]
    fn debugmallocstats(_: &Thread) {}
    /// Forgets looked-up attributes of types.
    #[function("_clear_type_cache()")]
    fn clear_type_cache(_: &Thread) {}
    /// Forgets what can be computed again.
    #[function("_clear_internal_caches()")]
    fn clear_internal_caches(_: &Thread) {}
    /// The -X cpu_count setting; -1 = none.
    #[function("_get_cpu_count_config()")]
    fn cpu_count_config(th: &Thread) -> i32 {
        let found = th.interp.config.x_options.iter().find(|(name, _)| name == "cpu_count");
        found.and_then(|(_, value)| value.as_ref()?.parse().ok()).unwrap_or(-1)
    }
    /// Perf trampolines do not exist here.
    #[function("is_stack_trampoline_active()")]
    fn is_stack_trampoline_active(_: &Thread) -> bool {
        false
    }
    /// Perf trampolines do not exist here.
    #[function("activate_stack_trampoline(backend, /)")]
    fn activate_stack_trampoline(th: &Thread, _backend: Value) -> PyResult<()> {
        Err(th.value_error("perf trampoline not available"))
    }
    /// Perf trampolines do not exist here.
    #[function("deactivate_stack_trampoline()")]
    fn deactivate_stack_trampoline(_: &Thread) {}
    /// Whether debuggers can attach: no.
    #[function("is_remote_debug_enabled()")]
    fn is_remote_debug_enabled(_: &Thread) -> bool {
        false
    }
}

#[pyfunctions]
mod jit {
    use super::*;

    /// Whether there is a compiler of machine code.
    #[function("is_available()")]
    fn is_available(_: &Thread) -> bool {
        false
    }
    /// Whether it is turned on.
    #[function("is_enabled()")]
    fn is_enabled(_: &Thread) -> bool {
        false
    }
    /// Whether the caller runs machine code.
    #[function("is_active()")]
    fn is_active(_: &Thread) -> bool {
        false
    }
}

//! The core of importing: `__import__`, `from ... import`, native modules, start-up of `importlib`.
//!
//! Finding and loading is done by `importlib._bootstrap`, as in CPython; this module is what it stands on.
//! - `library.rs`: the modules of the embedded library, found through `/<stdlib>` on `sys.path`
//! - `errors.rs`: messages of failed imports, and the trimming of importlib's frames from tracebacks
//!
//! **Where modules come from:** native ones from the registry here (`BuiltinImporter`); the few that CPython freezes
//! from the embedded library as frozen modules (`FrozenImporter`); the rest of the library through a path hook for the
//! virtual folder `/<stdlib>`, so that the order of `sys.path` holds and packages have a `__path__`. With
//! `WHIPSNAKE_STDLIB=DIR`, `DIR` stands in `sys.path` instead and nothing but `importlib` itself is frozen.
//!
//! Source: docs "The import system", `importlib`; PEPs 302, 328, 366, 451.

mod errors;
pub mod library;

pub use errors::set_first_path;
pub use errors::{is_initializing, is_uninitialized_submodule, origin_of, shadows_anything, shadows_library};

use crate::prelude::*;
use crate::types::dict::Dict;
use crate::types::module;
use crate::types::str::{Str, to_rust_string};
use std::cell::RefCell;

/// A module written in Rust.
#[derive(Clone, Copy)]
pub struct NativeModule {
    pub name: &'static str,
    /// Makes the module, complete. Called once (again only if it is imported again after being removed).
    pub init: fn(&Thread) -> PyResult,
}

/// What importing needs to remember.
#[derive(Default)]
pub struct Imports {
    native: RefCell<Vec<NativeModule>>,
    /// `importlib._bootstrap`.
    bootstrap: ObjCell2,
    /// The original `builtins.__import__`.
    import_function: ObjCell2,
}

/// An `ObjCell` that begins empty.
pub(crate) struct ObjCell2(pub ObjCell);

impl Default for ObjCell2 {
    fn default() -> Self {
        ObjCell2(ObjCell::EMPTY)
    }
}

/// Makes native modules importable. The binary calls it with the tables of other crates before [`start`].
pub fn register(th: &Thread, modules: &[NativeModule]) {
    th.interp.state::<Imports>().native.borrow_mut().extend_from_slice(modules);
}

/// The names of all native modules, sorted.
pub fn native_names(th: &Thread) -> Vec<&'static str> {
    let mut names: Vec<&str> = OWN.iter().map(|m| m.name).collect();
    names.extend(th.interp.state::<Imports>().native.borrow().iter().map(|m| m.name));
    names.extend(["builtins", "sys"]);
    names.sort_unstable();
    names.dedup();
    names
}

/// The native module `name`, if there is one.
pub fn find_native(th: &Thread, name: &str) -> Option<NativeModule> {
    let registered = th.interp.state::<Imports>().native.borrow().iter().find(|m| m.name == name).copied();
    registered.or_else(|| OWN.iter().find(|m| m.name == name).copied())
}

/// This crate's modules, but for `sys` and `builtins`, which exist from the start.
static OWN: &[NativeModule] = &[
    NativeModule { name: "_codecs", init: crate::codecs_module::init },
    NativeModule { name: "_imp", init: crate::imp::init },
    NativeModule { name: "_string", init: crate::types::format::string_module::init },
    NativeModule { name: "_typing", init: crate::typing_module::init },
    NativeModule { name: "_weakref", init: crate::weakref_module::init },
    NativeModule { name: "gc", init: crate::gc_module::init },
    NativeModule { name: "_weakref", init: crate::weakref_module::init },
    NativeModule { name: "_codecs", init: crate::codecs_module::init },
    NativeModule { name: "_string", init: crate::types::format::string_module::init },
    NativeModule { name: "gc", init: crate::gc_module::init },
    NativeModule { name: "marshal", init: crate::marshal::init },
];

/// `sys.modules` as a dict.
///
/// # Errors
/// RuntimeError after it was lost.
pub fn modules(th: &Thread) -> PyResult {
    th.interp.modules.get().ok_or_else(|| th.runtime_error("unable to get sys.modules"))
}

/// The entry of `sys.modules` (which may have become some other mapping), `None` values included.
///
/// # Errors
/// Whatever a foreign mapping raises.
pub fn loaded(th: &Thread, name: Value) -> PyResult<Option<Obj>> {
    let modules = modules(th)?;
    match modules.cast::<Dict>().filter(|_| modules.is_exact(&statics::DICT_TYPE)) {
        Some(dict) => dict.get(th, name),
        None => {
            let found = object::get_item(th, modules.value(), name);
            th.catch(found, &statics::KEY_ERROR)
        }
    }
}

/// `importlib._bootstrap`, once it is there.
///
/// # Errors
/// None at present.
pub fn bootstrap(th: &Thread) -> PyResult<Option<Obj>> {
    Ok(th.interp.state::<Imports>().bootstrap.0.get())
}

fn need_bootstrap(th: &Thread) -> PyResult {
    bootstrap(th)?.ok_or_else(|| th.runtime_error("importlib is not ready"))
}

fn import_function(th: &Thread) -> PyResult {
    let state = th.interp.state::<Imports>();
    if let Some(function) = state.import_function.0.get() {
        return Ok(function);
    }
    let builtins = th.interp.builtins_dict.get();
    let found = match builtins.as_ref().and_then(|b| b.cast::<Dict>()) {
        Some(dict) => dict.get_rust(th, "__import__")?,
        None => None,
    };
    let function = found.ok_or_else(|| errors::import_error(th, "__import__ not found"))?;
    state.import_function.0.set(Some(function.clone()));
    Ok(function)
}

/// `import name`: the leaf module, as `importlib.import_module` gives it.
///
/// # Errors
/// ImportError, or whatever the module raises.
pub fn import(th: &Thread, name: &str) -> PyResult {
    let name = th.intern(name)?;
    import_object(th, name.value())
}

/// As [`import`], with a str object.
///
/// # Errors
/// As for [`import`].
pub fn import_object(th: &Thread, name: Value) -> PyResult {
    import_module_level(th, name, None, statics::none(), 0)?;
    match loaded(th, name)? {
        Some(module) => Ok(module),
        None => Err(th.key_error(name)),
    }
}

/// An attribute of a module: `attribute(th, "io", "open")`.
///
/// # Errors
/// As for [`import`], and AttributeError.
pub fn attribute(th: &Thread, module: &str, name: &str) -> PyResult {
    let module = import(th, module)?;
    object::get_attr_str(th, module.value(), name)
}

/// The `import` statement: calls the `__import__` of `builtins` (the dict or other mapping of the frame).
///
/// # Errors
/// ImportError, or whatever the module or a replaced `__import__` raises.
pub fn import_name(
    th: &Thread,
    builtins: Value,
    name: Value,
    globals: Value,
    locals: Value,
    fromlist: Value,
    level: Value,
) -> PyResult {
    let key = th.intern("__import__")?;
    let found = match builtins.cast::<Dict>().filter(|_| builtins.is_exact(&statics::DICT_TYPE)) {
        Some(dict) => dict.get_str(th, key.value())?,
        None => {
            let found = object::get_item(th, builtins, key.value());
            th.catch(found, &statics::KEY_ERROR)?
        }
    };
    let Some(function) = found else { return Err(errors::import_error(th, "__import__ not found")) };
    if function.value().same(import_function(th)?.value()) {
        let level = number::as_i32(th, level)?;
        return import_module_level(th, name, Some(globals), fromlist, level);
    }
    call::call_values(th, function.value(), &[name, globals, locals, fromlist, level])
}

/// `__import__(name, globals, locals, fromlist, level)`.
///
/// # Errors
/// ImportError, ValueError for empty names and negative levels, KeyError, or whatever the module raises.
pub fn import_module_level(th: &Thread, name: Value, globals: Option<Value>, fromlist: Value, level: i32) -> PyResult {
    let result = import_untrimmed(th, name, globals, fromlist, level);
    if result.is_err() {
        errors::trim_importlib_frames(th);
    }
    result
}

fn import_untrimmed(th: &Thread, name: Value, globals: Option<Value>, fromlist: Value, level: i32) -> PyResult {
    let Some(text) = name.cast::<Str>() else { return Err(th.type_error("module name must be a string")) };
    if level < 0 {
        return Err(th.value_error("level must be >= 0"));
    }
    let absolute = if level > 0 {
        resolve_name(th, &to_rust_string(name), globals, level)?
    } else {
        if text.is_empty() {
            return Err(th.value_error("Empty module name"));
        }
        name.own()
    };
    let module = match loaded(th, absolute.value())?.filter(|m| !m.is_none()) {
        Some(module) => {
            ensure_initialized(th, module.value(), absolute.value())?;
            module
        }
        None => {
            let (bootstrap, import) = (need_bootstrap(th)?, import_function(th)?);
            call::call_method(th, bootstrap.value(), "_find_and_load", &[absolute.value(), import.value()])?
        }
    };
    if !fromlist.is_none() && object::is_true(th, fromlist)? {
        let path = th.intern("__path__")?;
        if object::lookup_attr(th, module.value(), path.value())?.is_none() {
            return Ok(module);
        }
        let (bootstrap, import) = (need_bootstrap(th)?, import_function(th)?);
        let args = [module.value(), fromlist, import.value()];
        return call::call_method(th, bootstrap.value(), "_handle_fromlist", &args);
    }
    first_package(th, name, absolute.value(), module, level)
}

/// `import a.b.c` binds `a`; with a relative name, what corresponds to it.
fn first_package(th: &Thread, name: Value, absolute: Value, module: Obj, level: i32) -> PyResult {
    let name_text = to_rust_string(name);
    if level > 0 && name_text.is_empty() {
        return Ok(module);
    }
    let Some(dot) = name_text.find('.') else { return Ok(module) };
    if level == 0 {
        let front = th.str(&name_text[..dot])?;
        return import_untrimmed(th, front.value(), None, statics::none(), 0);
    }
    let full = to_rust_string(absolute);
    let cut = full.len().saturating_sub(name_text.len() - dot);
    let wanted = th.str(&full[..cut])?;
    match loaded(th, wanted.value())? {
        Some(module) => Ok(module),
        None => {
            let shown = object::repr_text(th, wanted.value())?;
            Err(th.raise(&statics::KEY_ERROR, format!("{shown} not in sys.modules as expected")))
        }
    }
}

/// Waits until another thread has finished importing the module.
fn ensure_initialized(th: &Thread, module: Value, name: Value) -> PyResult<()> {
    let key = th.intern("__spec__")?;
    let Some(spec) = object::lookup_attr(th, module, key.value())? else { return Ok(()) };
    if errors::is_initializing(th, spec.value())? {
        let bootstrap = need_bootstrap(th)?;
        call::call_method(th, bootstrap.value(), "_lock_unlock_module", &[name])?;
    }
    Ok(())
}

/// The absolute name behind a relative import.
fn resolve_name(th: &Thread, name: &str, globals: Option<Value>, level: i32) -> PyResult {
    let Some(globals) = globals.filter(|g| !g.is_none()) else {
        return Err(th.raise(&statics::KEY_ERROR, "'__name__' not in globals"));
    };
    let Some(globals) = globals.cast::<Dict>() else { return Err(th.type_error("globals must be a dict")) };
    let package = package_name(th, globals)?;
    if package.is_empty() {
        return Err(no_parent(th));
    }
    let mut last = package.len();
    for _ in 1..level {
        match package[..last].rfind('.') {
            Some(dot) => last = dot,
            None => return Err(errors::import_error(th, "attempted relative import beyond top-level package")),
        }
    }
    let base = &package[..last];
    if base.is_empty() || name.is_empty() { th.str(base) } else { th.str(&format!("{base}.{name}")) }
}

fn no_parent(th: &Thread) -> Raised {
    errors::import_error(th, "attempted relative import with no known parent package")
}

/// The package that relative names refer to; may be empty.
fn package_name(th: &Thread, globals: &Dict) -> PyResult<String> {
    let package = globals.get_rust(th, "__package__")?.filter(|v| !v.is_none());
    let spec = globals.get_rust(th, "__spec__")?.filter(|v| !v.is_none());
    if let Some(package) = package {
        if package.cast::<Str>().is_none() {
            return Err(th.type_error("package must be a string"));
        }
        if let Some(spec) = spec {
            let parent = object::get_attr_str(th, spec.value(), "parent")?;
            if !compare::eq(th, package.value(), parent.value())? {
                crate::warnings::warn(th, &statics::DEPRECATION_WARNING, "__package__ != __spec__.parent", 1)?;
            }
        }
        return Ok(to_rust_string(package.value()));
    }
    if let Some(spec) = spec {
        let parent = object::get_attr_str(th, spec.value(), "parent")?;
        if parent.cast::<Str>().is_none() {
            return Err(th.type_error("__spec__.parent must be a string"));
        }
        return Ok(to_rust_string(parent.value()));
    }
    let warning = "can't resolve package from __spec__ or __package__, falling back on __name__ and __path__";
    crate::warnings::warn(th, &statics::IMPORT_WARNING, warning, 1)?;
    let Some(name) = globals.get_rust(th, "__name__")? else {
        return Err(th.raise(&statics::KEY_ERROR, "'__name__' not in globals"));
    };
    if name.cast::<Str>().is_none() {
        return Err(th.type_error("__name__ must be a string"));
    }
    let name = to_rust_string(name.value());
    if globals.get_rust(th, "__path__")?.is_some() {
        return Ok(name);
    }
    match name.rfind('.') {
        Some(dot) => Ok(name[..dot].to_string()),
        None => Err(no_parent(th)),
    }
}

/// `from module import name`: the attribute, or the submodule of that name.
///
/// # Errors
/// ImportError.
pub fn import_from(th: &Thread, module: Value, name: Value) -> PyResult {
    if let Some(found) = object::lookup_attr(th, module, name)? {
        return Ok(found);
    }
    let key = th.intern("__name__")?;
    let package = object::lookup_attr(th, module, key.value())?.filter(|v| v.cast::<Str>().is_some());
    if let Some(package) = &package {
        let full = th.str(&format!("{}.{}", to_rust_string(package.value()), to_rust_string(name)))?;
        if let Some(found) = loaded(th, full.value())? {
            return Ok(found);
        }
    }
    Err(errors::cannot_import(th, module, package, name))
}

/// `from module import *` into a namespace.
///
/// # Errors
/// ImportError without `__all__` and `__dict__`; TypeError for names that are not str.
pub fn import_star(th: &Thread, locals: Value, module: Value) -> PyResult<()> {
    let (all_key, dict_key) = (th.intern("__all__")?, th.intern("__dict__")?);
    let mut from_dict = false;
    let all = match object::lookup_attr(th, module, all_key.value())? {
        Some(all) => all,
        None => {
            from_dict = true;
            let Some(dict) = object::lookup_attr(th, module, dict_key.value())? else {
                return Err(errors::import_error(th, "from-import-* object has no __dict__ and no __all__"));
            };
            match dict.cast::<Dict>() {
                Some(_) => dict,
                None => call::call_method(th, dict.value(), "keys", &[])?,
            }
        }
    };
    for name in iter::to_vec(th, all.value())? {
        let Some(text) = name.cast::<Str>() else {
            let owner = object::get_attr_str(th, module, "__name__")?;
            if owner.cast::<Str>().is_none() {
                let got = owner.ty().name();
                return Err(th.type_error(format!("module __name__ must be a string, not {got}")));
            }
            let (what, list) = if from_dict { ("Key", "__dict__") } else { ("Item", "__all__") };
            let (owner, got) = (to_rust_string(owner.value()), name.ty().name());
            return Err(th.type_error(format!("{what} in {owner}.{list} must be str, not {got}")));
        };
        if from_dict && text.units().get(0) == Some(u32::from('_')) {
            continue;
        }
        let name = crate::types::str::intern(th, name);
        let value = object::get_attr(th, module, name.value())?;
        match locals.cast::<Dict>().filter(|_| locals.is_exact(&statics::DICT_TYPE)) {
            Some(dict) => dict.set(th, name.value(), value.value())?,
            None => object::set_item(th, locals, name.value(), value.value())?,
        }
    }
    Ok(())
}

// ---- start-up

/// Makes the first modules (`sys`, `builtins`) and starts `importlib`. The types are ready, native modules registered.
/// The binary goes on with `encodings`, `io`, `site`.
///
/// # Errors
/// Anything: the interpreter cannot run then.
pub fn start(th: &Thread) -> PyResult<()> {
    let modules = Dict::new(th)?;
    th.interp.modules.set(Some(modules.clone()));
    let builtins = crate::builtins::init(th)?;
    th.interp.builtins_dict.set(Some(module::dict_of(th, builtins.value())?));
    let sys = crate::sys::init(th)?;
    th.interp.sys_dict.set(Some(module::dict_of(th, sys.value())?));
    let imp = crate::imp::init(th)?;
    if let Some(modules) = modules.cast::<Dict>() {
        modules.set_rust(th, "builtins", builtins.value())?;
        modules.set_rust(th, "sys", sys.value())?;
        modules.set_rust(th, "_imp", imp.value())?;
    }
    import_function(th)?;
    let bootstrap = library::run_frozen(th, "_frozen_importlib", "importlib._bootstrap")?;
    th.interp.state::<Imports>().bootstrap.0.set(Some(bootstrap.clone()));
    call::call_method(th, bootstrap.value(), "_install", &[sys.value(), imp.value()])?;
    call::call_method(th, bootstrap.value(), "_install_external_importers", &[])?;
    library::install(th)
}

/// `BuiltinImporter`'s part: the native module that a spec names, `None` if there is none of that name.
///
/// # Errors
/// Whatever the module's initialisation raises.
pub fn create_native(th: &Thread, name: Value) -> PyResult<Option<Obj>> {
    let text = to_rust_string(name);
    if matches!(text.as_str(), "sys" | "builtins") {
        let dict = if text == "sys" { &th.interp.sys_dict } else { &th.interp.builtins_dict };
        return match (loaded(th, name)?, dict.get()) {
            (Some(module), _) => Ok(Some(module)),
            (None, Some(dict)) => {
                let state = th.interp.state::<FirstModules>();
                let kept = if text == "sys" { &state.sys } else { &state.builtins };
                match kept.0.get() {
                    Some(module) => Ok(Some(module)),
                    None => {
                        let module = module::new_object(th, name)?;
                        if let (Some(new), Some(old)) =
                            (module::dict_of(th, module.value())?.cast::<Dict>(), dict.cast::<Dict>())
                        {
                            new.merge(th, old.value(), true)?;
                        }
                        Ok(Some(module))
                    }
                }
            }
            _ => Ok(None),
        };
    }
    match find_native(th, &text) {
        Some(native) => (native.init)(th).map(Some),
        None => Ok(None),
    }
}

/// The two modules that exist once.
#[derive(Default)]
pub(crate) struct FirstModules {
    pub sys: ObjCell2,
    pub builtins: ObjCell2,
}

//! The `_imp` module: what `importlib` asks of the runtime.
//!
//! No extension modules in C are supported yet: there are no suffixes for them, so `importlib` never asks for one.

use crate::import::{self, library};
use crate::prelude::*;
use crate::types::module;
use crate::types::str::{Str, to_rust_string};
use crate::types::tuple::Tuple;
use std::cell::Cell;
use whipsnake_layout::code::CodeObject;

/// The types of this module and of the library importer.
pub static TYPES: &[&Type] = &[&library::FINDER_TYPE, &library::LOADER_TYPE];

/// The first bytes of `.pyc` files: our own number, and CR LF, so that text mode damages it.
pub const MAGIC_TOKEN: i64 = 0x0a0d_5701;

/// The import lock: recursive, owned by a thread.
#[derive(Default)]
struct ImportLock {
    owner: Cell<u64>,
    depth: Cell<u32>,
}

/// Makes the module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let module = module::new(th, "_imp", "What importlib needs from the runtime.", functions::METHODS)?;
    let policy = th.str("default")?;
    module::add(th, module.value(), "check_hash_based_pycs", policy.value())?;
    module::add(th, module.value(), "pyc_magic_number_token", Value::small_int(MAGIC_TOKEN))?;
    Ok(module)
}

fn no_such_frozen(th: &Thread, name: Value) -> Raised {
    match object::repr_text(th, name) {
        Ok(shown) => match th.str(&format!("No such frozen object named {shown}")) {
            Ok(message) => crate::types::exceptions::import_error(
                th,
                &statics::IMPORT_ERROR,
                message.value(),
                Some(name),
                None,
                None,
            ),
            Err(raised) => raised,
        },
        Err(raised) => raised,
    }
}

fn frozen(th: &Thread, name: Value) -> PyResult<whipsnake_stdlib::Entry> {
    library::find_frozen(th, &to_rust_string(name)).ok_or_else(|| no_such_frozen(th, name))
}

/// Changes the file name of code and of the code inside it, where it is still the old one.
fn fix_filename(th: &Thread, code: Value, path: Value) {
    let Some(old) = code_object(code).map(|c| c.filename.own()) else { return };
    let mut pending = vec![code.own()];
    while let Some(code) = pending.pop() {
        let Some(object) = code_object(code.value()) else { continue };
        if !same_text(object.filename, old.value()) {
            continue;
        }
        // SAFETY: I6, nobody holds a reference into the field across this; the old name is released by its owner.
        unsafe {
            let field = (&raw const object.filename).cast_mut();
            let previous = field.replace(path.own().into_value());
            release(previous);
        }
        if let Some(consts) = object.consts.cast::<Tuple>() {
            pending.extend(consts.as_slice().iter().filter(|v| v.is_exact(&statics::CODE_TYPE)).map(|v| v.own()));
        }
    }
    let _ = th;
}

fn same_text(a: Value, b: Value) -> bool {
    a.same(b) || matches!((a.cast::<Str>(), b.cast::<Str>()), (Some(a), Some(b)) if crate::types::str::eq(a, b))
}

fn code_object<'a>(v: Value) -> Option<&'a CodeObject> {
    // SAFETY: I4, the type was checked.
    v.is_exact(&statics::CODE_TYPE).then(|| unsafe { v.cast_unchecked::<CodeObject>() })
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Whether the import lock is held.
    #[function("lock_held()")]
    fn lock_held(th: &Thread) -> bool {
        th.interp.state::<ImportLock>().depth.get() != 0
    }
    /// Takes the import lock.
    #[function("acquire_lock()")]
    fn acquire_lock(th: &Thread) {
        let lock = th.interp.state::<ImportLock>();
        while lock.depth.get() != 0 && lock.owner.get() != th.ident {
            th.allow_threads(|| std::thread::sleep(std::time::Duration::from_millis(1)));
        }
        lock.owner.set(th.ident);
        lock.depth.set(lock.depth.get() + 1);
    }
    /// Gives the import lock back.
    #[function("release_lock()")]
    fn release_lock(th: &Thread) -> PyResult<()> {
        let lock = th.interp.state::<ImportLock>();
        if lock.depth.get() == 0 || lock.owner.get() != th.ident {
            return Err(th.runtime_error("not holding the import lock"));
        }
        lock.depth.set(lock.depth.get() - 1);
        Ok(())
    }
    /// The file suffixes of extension modules.
    #[function("extension_suffixes()")]
    fn extension_suffixes(th: &Thread) -> PyResult {
        th.list(Vec::new())
    }
    /// Whether a native module of that name exists: 1, -1 for those that cannot be made again, 0.
    #[function("is_builtin(name, /)")]
    fn is_builtin(th: &Thread, name: &Str) -> i32 {
        match to_rust_string(name.value()).as_str() {
            "sys" | "builtins" => -1,
            name => i32::from(import::find_native(th, name).is_some()),
        }
    }
    /// The native module that a spec names.
    #[function("create_builtin(spec, /)")]
    fn create_builtin(th: &Thread, spec: Value) -> PyResult<Option<Obj>> {
        let name = object::get_attr_str(th, spec, "name")?;
        if name.cast::<Str>().is_none() {
            return Err(th.type_error(format!("name must be string, not {}", name.ty().name())));
        }
        if to_rust_string(name.value()).is_empty() {
            return Err(th.value_error("name must not be empty"));
        }
        import::create_native(th, name.value())
    }
    /// Nothing is left to do: native modules are made complete.
    #[function("exec_builtin(mod, /)")]
    fn exec_builtin(_: &Thread, _mod: Value) -> i32 {
        0
    }
    /// Extension modules are not supported.
    #[function("create_dynamic(spec, file=None, /)")]
    fn create_dynamic(th: &Thread, spec: Value, _file: Option<Value>) -> PyResult {
        let (name, path) = (object::get_attr_str(th, spec, "name")?, object::get_attr_str(th, spec, "origin")?);
        let message = th.str("extension modules are not supported")?;
        let (name, path) = (Some(name.value()), Some(path.value()));
        Err(crate::types::exceptions::import_error(th, &statics::IMPORT_ERROR, message.value(), name, path, None))
    }
    /// Extension modules are not supported.
    #[function("exec_dynamic(mod, /)")]
    fn exec_dynamic(_: &Thread, _mod: Value) -> i32 {
        0
    }
    /// Whether a frozen module of that name exists.
    #[function("is_frozen(name, /)")]
    fn is_frozen(th: &Thread, name: &Str) -> bool {
        library::find_frozen(th, &to_rust_string(name.value())).is_some()
    }
    /// Whether a frozen module is a package.
    #[function("is_frozen_package(name, /)")]
    fn is_frozen_package(th: &Thread, name: &Str) -> PyResult<bool> {
        Ok(frozen(th, name.value())?.is_package)
    }
    /// None, or (data, whether it is a package, the library's name).
    #[function("find_frozen(name, /, *, withdata=False)")]
    fn find_frozen(th: &Thread, name: &Str, withdata: bool) -> PyResult {
        let text = to_rust_string(name.value());
        let Some(entry) = library::find_frozen(th, &text) else { return Ok(Obj::none()) };
        let data = if withdata {
            let code = library::code_of(th, &entry)?;
            let bytes = th.bytes(&crate::marshal::dumps(th, code.value())?)?;
            call::call1(th, statics::MEMORYVIEW_TYPE.value(), bytes.value())?
        } else {
            Obj::none()
        };
        let origin = th.str(library::frozen_name(&text))?;
        th.tuple(&[data.value(), statics::bool_value(entry.is_package), origin.value()])
    }
    /// The code object of a frozen module.
    #[function("get_frozen_object(name, data=None, /)")]
    fn get_frozen_object(th: &Thread, name: &Str, data: Option<Value>) -> PyResult {
        if let Some(data) = data {
            let data = crate::types::buffer::get(th, data, false)?.to_vec();
            let code = crate::marshal::loads(th, &data)?;
            if !code.is_exact(&statics::CODE_TYPE) {
                let shown = object::repr_text(th, name.value())?;
                return Err(th.type_error(format!("frozen object {shown} is not a code object")));
            }
            return Ok(code);
        }
        library::code_of(th, &frozen(th, name.value())?)
    }
    /// Makes a frozen module, without importlib.
    #[function("init_frozen(name, /)")]
    fn init_frozen(th: &Thread, name: &Str) -> PyResult {
        let text = to_rust_string(name.value());
        match library::find_frozen(th, &text) {
            Some(_) => library::run_frozen(th, &text, library::frozen_name(&text)),
            None => Ok(Obj::none()),
        }
    }
    /// The names of all frozen modules.
    #[function("_frozen_module_names()")]
    fn frozen_module_names(th: &Thread) -> PyResult {
        let mut names = Vec::new();
        for name in ["_frozen_importlib", "_frozen_importlib_external"] {
            names.push(th.str(name)?);
        }
        for entry in whipsnake_stdlib::files("") {
            if let Some(name) = entry.module_name()
                && library::find_frozen(th, &name).is_some()
            {
                names.push(th.str(&name)?);
            }
        }
        th.list(names)
    }
    /// For CPython's tests; frozen modules are always used here.
    #[function("_override_frozen_modules_for_tests(override, /)")]
    fn override_frozen(_: &Thread, _override: Value) {}
    /// For CPython's tests.
    #[function("_override_multi_interp_extensions_check(override, /)")]
    fn override_multi_interp(_: &Thread, _override: Value) -> i32 {
        0
    }
    /// Sets the file name of code read from a cache.
    #[function("_fix_co_filename(code, path, /)")]
    fn fix_co_filename(th: &Thread, code: Value, path: &Str) -> PyResult<()> {
        if !code.is_exact(&statics::CODE_TYPE) {
            let got = code.ty().name();
            return Err(th.type_error(format!("_fix_co_filename() argument 1 must be code, not {got}")));
        }
        fix_filename(th, code, path.value());
        Ok(())
    }
    /// The hash of a source file, for hash-based caches.
    #[function("source_hash(key, source)")]
    fn source_hash(th: &Thread, key: i64, source: Value) -> PyResult {
        let source = crate::types::buffer::get(th, source, false)?;
        let key = whipsnake_text::strings::HashKey::new(key as u64, 0);
        let hash = whipsnake_text::strings::hash_bytes(&key, source.bytes());
        th.bytes(&hash.to_le_bytes())
    }
    /// The path hook of the embedded library.
    #[function("_path_hook(path, /)")]
    fn path_hook(th: &Thread, path: Value) -> PyResult {
        library::path_hook(th, path)
    }
}

//! `_imp`: what importlib asks the interpreter for. The whole embedded library counts as frozen.

use crate::interp::{CompileMode, CompileRequest, CompileSource};
use crate::import;
use crate::prelude::*;
use crate::types::module;
use crate::types::str::to_rust_string;

/// The names that the library knows a frozen module under.
fn library_name(name: &str) -> &str {
    match name {
        "_frozen_importlib" => "importlib._bootstrap",
        "_frozen_importlib_external" => "importlib._bootstrap_external",
        other => other,
    }
}

/// Whether the embedded library is in use (and not a folder named by `WHIPSNAKE_STDLIB`).
fn uses_embedded(name: &str) -> bool {
    const START_UP: [&str; 3] = ["importlib._bootstrap", "importlib._bootstrap_external", "zipimport"];
    START_UP.contains(&name) || std::env::var_os("WHIPSNAKE_STDLIB").is_none()
}

fn find(name: &str) -> Option<whipsnake_stdlib::Entry> {
    let name = library_name(name);
    if !uses_embedded(name) {
        return None;
    }
    whipsnake_stdlib::find(name)
}

/// The code object of an embedded module; compiled now if the build has not done it.
///
/// # Errors
/// ImportError when there is no such module.
pub fn frozen_code(th: &Thread, name: &str, filename: &str) -> PyResult {
    let Some(entry) = find(name) else {
        return err!(th, IMPORT_ERROR, "No such frozen object named {name}");
    };
    if let Some(data) = entry.code() {
        return crate::marshal::loads(th, data);
    }
    let filename = th.str(filename)?;
    (th.interp.hooks.compile)(
        th,
        &CompileRequest {
            source: CompileSource::Bytes(&entry.source()),
            filename: filename.value(),
            mode: CompileMode::Exec,
            flags: 0,
            optimize: -1,
        },
    )
}

#[pyfunctions]
mod functions {
    use super::*;
    /// Whether the name is that of a native module: 1, or 0.
    #[function("is_builtin(name, /)")]
    fn is_builtin(th: &Thread, name: Value) -> i64 {
        import::native_init(th, &to_rust_string(name)).is_some() as i64
    }
    #[function("is_frozen(name, /)")]
    fn is_frozen(_: &Thread, name: Value) -> bool {
        find(&to_rust_string(name)).is_some()
    }
    #[function("is_frozen_package(name, /)")]
    fn is_frozen_package(th: &Thread, name: Value) -> PyResult<bool> {
        let name = to_rust_string(name);
        match find(&name) {
            Some(entry) => Ok(entry.is_package),
            None => err!(th, IMPORT_ERROR, "No such frozen object named {name}"),
        }
    }
    /// (data or None, whether it is a package, its original name), or None.
    #[function("find_frozen(name, /, *, withdata=False)")]
    fn find_frozen(th: &Thread, name: Value, withdata: bool) -> PyResult<Option<Obj>> {
        let name = to_rust_string(name);
        let Some(entry) = find(&name) else { return Ok(None) };
        let data = match (withdata, entry.code()) {
            (true, Some(code)) => th.bytes(code)?,
            _ => Obj::none(),
        };
        let original = th.str(library_name(&name))?;
        th.tuple(&[data.value(), statics::bool_value(entry.is_package), original.value()]).map(Some)
    }
    #[function("get_frozen_object(name, data=None, /)")]
    fn get_frozen_object(th: &Thread, name: Value, data: Option<Value>) -> PyResult {
        if let Some(data) = data {
            let buffer = crate::types::buffer::get(th, data, false)?;
            return crate::marshal::loads(th, buffer.bytes());
        }
        let name = to_rust_string(name);
        let Some(entry) = find(&name) else {
            return err!(th, IMPORT_ERROR, "No such frozen object named {name}");
        };
        frozen_code(th, &name, &entry.code_filename())
    }
    /// The source text of an embedded module.
    #[function("_get_frozen_source(name, /)")]
    fn get_frozen_source(th: &Thread, name: Value) -> PyResult<Option<Obj>> {
        match find(&to_rust_string(name)) {
            Some(entry) => th.str(&String::from_utf8_lossy(&entry.source())).map(Some),
            None => Ok(None),
        }
    }
    #[function("init_frozen(name, /)")]
    fn init_frozen(th: &Thread, name: Value) -> PyResult<Option<Obj>> {
        let text = to_rust_string(name);
        let Some(entry) = find(&text) else { return Ok(None) };
        let code = frozen_code(th, &text, &entry.code_filename())?;
        let made = module::new_object(th, name)?;
        let dict = module::dict_of(th, made.value())?;
        object::set_item(th, import::modules(th)?.value(), name, made.value())?;
        (th.interp.hooks.eval_code)(th, code.value(), dict.value(), dict.value(), None)?;
        Ok(Some(made))
    }
    /// Makes the native module that a spec names.
    #[function("create_builtin(spec, /)")]
    fn create_builtin(th: &Thread, spec: Value) -> PyResult<Option<Obj>> {
        let name = object::get_attr_str(th, spec, "name")?;
        let modules = import::modules(th)?;
        if sequence::contains(th, modules.value(), name.value())? {
            let loaded = object::get_item(th, modules.value(), name.value())?;
            if !loaded.is_none() {
                return Ok(Some(loaded));
            }
        }
        match import::native_init(th, &to_rust_string(name.value())) {
            Some(init) => init(th).map(Some),
            None => Ok(None),
        }
    }
    #[function("exec_builtin(mod, /)")]
    fn exec_builtin(_: &Thread, _module: Value) -> i64 {
        0
    }
    #[function("create_dynamic(spec, file=None, /)")]
    fn create_dynamic(th: &Thread, spec: Value, file: Option<Value>) -> PyResult {
        let _ = file;
        let name = object::get_attr_str(th, spec, "name")?;
        err!(th, IMPORT_ERROR, "extension modules cannot be loaded: {}", to_rust_string(name.value()))
    }
    #[function("exec_dynamic(mod, /)")]
    fn exec_dynamic(_: &Thread, _module: Value) -> i64 {
        0
    }
    /// The file suffixes of extension modules.
    #[function("extension_suffixes()")]
    fn extension_suffixes(th: &Thread) -> PyResult {
        th.list(Vec::new())
    }
    // The interpreter's lock and importlib's module locks do what this lock once did.
    #[function("lock_held()")]
    fn lock_held(_: &Thread) -> bool {
        false
    }
    #[function("acquire_lock()")]
    fn acquire_lock(_: &Thread) {}
    #[function("release_lock()")]
    fn release_lock(_: &Thread) {}
    #[function("_override_frozen_modules_for_tests(override, /)")]
    fn override_frozen(_: &Thread, _value: Value) {}
    #[function("_override_multi_interp_extensions_check(override, /)")]
    fn override_multi(_: &Thread, _value: Value) -> i64 {
        0
    }
    #[function("_frozen_module_names()")]
    fn frozen_module_names(th: &Thread) -> PyResult {
        let names = whipsnake_stdlib::files("")
            .filter_map(|entry| entry.module_name())
            .map(|name| th.str(&name))
            .collect::<PyResult<Vec<Obj>>>()?;
        th.list(names)
    }
    #[function("_fix_co_filename(code, path, /)")]
    fn fix_co_filename(th: &Thread, code: Value, path: Value) -> PyResult<()> {
        crate::types::code::set_filename(th, code, path)
    }
    /// SipHash-1-3 of a source, as hash-based bytecode files hold it.
    #[function("source_hash(key, source)")]
    fn source_hash(th: &Thread, key: i64, source: Value) -> PyResult {
        let buffer = crate::types::buffer::get(th, source, false)?;
        let hash = whipsnake_text::strings::hash_bytes(buffer.bytes(), &whipsnake_text::strings::HashKey::new(key as u64, 0));
        th.bytes(&hash.to_le_bytes())
    }
}

/// Makes the `_imp` module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let made = module::new(th, "_imp", "Access to the import machinery's native part.", functions::METHODS)?;
    let mode = th.str("default")?;
    module::add(th, made.value(), "check_hash_based_pycs", mode.value())?;
    module::add(th, made.value(), "pyc_magic_number_token", Value::small_int(i64::from(crate::marshal::MAGIC_TOKEN)))?;
    Ok(made)
}

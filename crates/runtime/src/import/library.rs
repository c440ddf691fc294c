//! The embedded standard library as an import source.
//!
//! A path hook takes `/<stdlib>` and folders below it; its finder and loader are the two types here. The modules that
//! CPython freezes go through `FrozenImporter` instead (see `imp.rs`). Code that was not compiled at build time is
//! compiled from its source on import.

use crate::interp::{CompileMode, CompileRequest, CompileSource};
use crate::prelude::*;
use crate::types::dict::Dict;
use crate::types::list::List;
use crate::types::module;
use crate::types::str::{Str, to_rust_string};
use std::borrow::Cow;
use std::path::PathBuf;
use whipsnake_stdlib::{Entry, VIRTUAL_PREFIX};

/// The folder that `WHIPSNAKE_STDLIB` names: it replaces the embedded library.
pub fn external_folder(th: &Thread) -> Option<PathBuf> {
    if th.interp.config.ignore_environment || th.interp.config.isolated {
        return None;
    }
    std::env::var_os("WHIPSNAKE_STDLIB").filter(|dir| !dir.is_empty()).map(PathBuf::from)
}

/// What stands for the library in `sys.path`.
pub fn path_entry(th: &Thread) -> String {
    match external_folder(th) {
        Some(dir) => dir.to_string_lossy().into_owned(),
        None => VIRTUAL_PREFIX.to_string(),
    }
}

/// The modules that are frozen although a library folder is in use.
const ALWAYS_FROZEN: &[&str] = &["importlib._bootstrap", "importlib._bootstrap_external", "zipimport"];

/// The library's name of a frozen module: `_frozen_importlib` is `importlib._bootstrap`.
pub fn frozen_name(name: &str) -> &str {
    match name {
        "_frozen_importlib" => "importlib._bootstrap",
        "_frozen_importlib_external" => "importlib._bootstrap_external",
        other => other,
    }
}

/// A frozen module: its library entry.
pub fn find_frozen(th: &Thread, name: &str) -> Option<Entry> {
    let library = frozen_name(name);
    let entry = whipsnake_stdlib::find(library)?;
    let is_frozen = ALWAYS_FROZEN.contains(&library)
        || (external_folder(th).is_none() && entry.code_filename().starts_with("<frozen "));
    is_frozen.then_some(entry)
}

/// The code object of a library module.
///
/// # Errors
/// SyntaxError if the source does not compile; MemoryError.
pub fn code_of(th: &Thread, entry: &Entry) -> PyResult {
    if let Some(marshalled) = entry.code().filter(|_| th.interp.config.optimize == 0) {
        return crate::marshal::loads(th, marshalled);
    }
    let filename = th.str(&entry.code_filename())?;
    let source = entry.source();
    let request = CompileRequest {
        source: CompileSource::Bytes(&source),
        filename: filename.value(),
        mode: CompileMode::Exec,
        flags: 0,
        optimize: -1,
        feature_version: -1,
    };
    (th.interp.hooks.compile)(th, &request)
}

/// Makes module `name` from the frozen library module `library`, without importlib.
///
/// # Errors
/// Whatever the module raises.
pub fn run_frozen(th: &Thread, name: &str, library: &str) -> PyResult {
    let Some(entry) = whipsnake_stdlib::find(library) else {
        return Err(super::errors::import_error(th, &format!("No such frozen object named '{library}'")));
    };
    let code = code_of(th, &entry)?;
    let name = th.intern(name)?;
    let made = module::new_object(th, name.value())?;
    if let Some(modules) = super::modules(th)?.cast::<Dict>() {
        modules.set(th, name.value(), made.value())?;
    }
    let dict = module::dict_of(th, made.value())?;
    crate::builtins::add_builtins(th, dict.value())?;
    let original = th.str(library)?;
    module::add(th, made.value(), "__origname__", original.value())?;
    (th.interp.hooks.eval_code)(th, code.value(), dict.value(), dict.value(), None)?;
    Ok(made)
}

/// Puts the path hook in front of the others.
///
/// # Errors
/// MemoryError.
pub fn install(th: &Thread) -> PyResult<()> {
    let hooks = crate::sys::get_object(th, "path_hooks")?;
    let module = super::loaded(th, th.intern("_imp")?.value())?;
    let (Some(hooks), Some(imp)) = (hooks, module) else { return Ok(()) };
    let Some(list) = hooks.cast::<List>() else { return Ok(()) };
    let hook = object::get_attr_str(th, imp.value(), "_path_hook")?;
    list.splice(th, 0, 0, vec![hook])?;
    Ok(())
}

/// The path hook: a finder for the embedded library's folders, a zip importer for files.
///
/// # Errors
/// ImportError for other paths.
pub fn path_hook(th: &Thread, path: Value) -> PyResult {
    if path.cast::<Str>().is_some() {
        let text = to_rust_string(path);
        if let Some(folder) = folder_of(&text) {
            return Instance::create(th, Finder { folder: folder.to_string() });
        }
        // Archives are rare: `zipimport` is imported when the first one turns up.
        let looks_like_archive = text.ancestors_with_file();
        if looks_like_archive {
            let importer = super::attribute(th, "zipimport", "zipimporter")?;
            return call::call1(th, importer.value(), path);
        }
    }
    Err(super::errors::import_error(th, "not a folder of the embedded library"))
}

/// Whether some prefix of a path is a plain file: then it may be a folder inside an archive.
trait ArchivePath {
    fn ancestors_with_file(&self) -> bool;
}
impl ArchivePath for String {
    fn ancestors_with_file(&self) -> bool {
        if self.is_empty() {
            return false;
        }
        std::path::Path::new(self).ancestors().any(|p| p.is_file())
    }
}

/// The folder below the library for a virtual path; `""` is the library itself.
pub fn folder_of(path: &str) -> Option<&str> {
    let below = path.strip_prefix(VIRTUAL_PREFIX)?;
    let folder = match below.strip_prefix('/') {
        Some(folder) => folder.trim_end_matches('/'),
        None if below.is_empty() => "",
        None => return None,
    };
    whipsnake_stdlib::is_folder(folder).then_some(folder)
}

/// The bytes of a virtual file.
pub fn file_of(path: &str) -> Option<Cow<'static, [u8]>> {
    let relative = path.strip_prefix(VIRTUAL_PREFIX)?.strip_prefix('/')?;
    Some(whipsnake_stdlib::file(relative)?.source())
}

/// Finds modules in one folder of the library.
pub struct Finder {
    folder: String,
}

impl Payload for Finder {
    #[inline(always)]
    fn ty() -> &'static Type {
        &FINDER_TYPE
    }
    fn traverse(&self, _: &mut Visitor) {}
}

builtin_type! {
    pub static FINDER_TYPE = TypeSpec {
        name: "_imp.LibraryFinder",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        doc: "Finds modules in one folder of the embedded library.",
        slots: Slots { repr: Some(finder_repr), ..Instance::<Finder>::SLOTS },
        methods: finder::METHODS,
        getsets: finder::GETSETS,
        ..Instance::<Finder>::SPEC
    }
}

fn finder_repr(th: &Thread, this: Value) -> PyResult {
    let folder = this.cast::<Instance<Finder>>().map_or("", |f| &f.folder);
    th.str(&format!("LibraryFinder('{}')", virtual_path(folder)))
}

fn virtual_path(relative: &str) -> String {
    if relative.is_empty() { VIRTUAL_PREFIX.to_string() } else { format!("{VIRTUAL_PREFIX}/{relative}") }
}

/// The library's dotted name of module `tail` in `folder`.
fn library_name(folder: &str, tail: &str) -> String {
    if folder.is_empty() { tail.to_string() } else { format!("{}.{tail}", folder.replace('/', ".")) }
}

#[pymethods]
mod finder {
    use super::*;

    /// The spec of a module in this folder, or None.
    #[method("find_spec(fullname, target=None)")]
    fn find_spec(th: &Thread, this: &Instance<Finder>, fullname: &Str, _target: Option<Value>) -> PyResult {
        let name = to_rust_string(fullname.value());
        let tail = name.rsplit('.').next().unwrap_or_default();
        let Some(entry) = whipsnake_stdlib::find(&library_name(&this.folder, tail)) else { return Ok(Obj::none()) };
        let loader = Instance::create(th, Loader { name, entry })?;
        let Some(bootstrap) = crate::import::bootstrap(th)? else { return Ok(Obj::none()) };
        let class = object::get_attr_str(th, bootstrap.value(), "ModuleSpec")?;
        let origin = th.str(&entry.path())?;
        let spec = call::call_kw(
            th,
            class.value(),
            &[fullname.value(), loader.value()],
            &[("origin", origin.value()), ("is_package", statics::bool_value(entry.is_package))],
        )?;
        object::set_attr_str(th, spec.value(), "_set_fileattr", statics::bool_value(true))?;
        // As for files without a source: there is no second file in `__pycache__`, and none is to be looked for.
        object::set_attr_str(th, spec.value(), "cached", origin.value())?;
        if entry.is_package {
            let path = entry.path();
            let folder = th.str(path.strip_suffix("/__init__.py").unwrap_or(&path))?;
            let locations = th.list(vec![folder])?;
            object::set_attr_str(th, spec.value(), "submodule_search_locations", locations.value())?;
        }
        Ok(spec)
    }
    /// Nothing is cached.
    #[method("invalidate_caches()")]
    fn invalidate_caches(_: &Thread, _this: &Instance<Finder>) {}
    /// Pairs of name and whether it is a package, for pkgutil.
    #[method("iter_modules(prefix='', /)")]
    fn iter_modules(th: &Thread, this: &Instance<Finder>, prefix: Option<Value>) -> PyResult {
        let prefix = prefix.map_or_else(String::new, to_rust_string);
        let package = this.folder.replace('/', ".");
        let mut items = Vec::new();
        for (name, entry) in whipsnake_stdlib::list(&package) {
            let name = th.str(&format!("{prefix}{name}"))?;
            items.push(th.tuple(&[name.value(), statics::bool_value(entry.is_package)])?);
        }
        let list = th.list(items)?;
        iter::get_iter(th, list.value())
    }
    /// the folder
    #[getter("path")]
    fn path(_: &Thread, this: &Instance<Finder>) -> String {
        virtual_path(&this.folder)
    }
}

/// Loads one module of the library.
pub struct Loader {
    name: String,
    entry: Entry,
}

impl Payload for Loader {
    #[inline(always)]
    fn ty() -> &'static Type {
        &LOADER_TYPE
    }
    fn traverse(&self, _: &mut Visitor) {}
}

builtin_type! {
    pub static LOADER_TYPE = TypeSpec {
        name: "_imp.LibraryLoader",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        doc: "Loads a module of the embedded library.",
        slots: Slots { repr: Some(loader_repr), ..Instance::<Loader>::SLOTS },
        methods: loader::METHODS,
        getsets: loader::GETSETS,
        ..Instance::<Loader>::SPEC
    }
}

fn loader_repr(th: &Thread, this: Value) -> PyResult {
    let Some(this) = this.cast::<Instance<Loader>>() else { return th.str("") };
    th.str(&format!("<LibraryLoader of '{}'>", this.name))
}

/// Source text as a str: the library is UTF-8, but for what says otherwise in its first lines (nothing does).
fn decoded(th: &Thread, bytes: &[u8]) -> PyResult {
    th.str(&String::from_utf8_lossy(bytes))
}

#[pymethods]
mod loader {
    use super::*;

    /// The default module will do.
    #[method("create_module(spec)")]
    fn create_module(_: &Thread, _this: &Instance<Loader>, _spec: Value) {}
    /// Runs the module's code in it.
    #[method("exec_module(module)")]
    fn exec_module(th: &Thread, this: &Instance<Loader>, module: Value) -> PyResult<()> {
        let code = code_of(th, &this.entry)?;
        let dict = object::get_attr_str(th, module, "__dict__")?;
        crate::builtins::add_builtins(th, dict.value())?;
        // Called through importlib, so that its frames are taken out of tracebacks.
        match crate::import::bootstrap(th)? {
            Some(bootstrap) => {
                let exec = crate::builtins::function(th, "exec")?;
                let args = [exec.value(), code.value(), dict.value()];
                call::call_method(th, bootstrap.value(), "_call_with_frames_removed", &args)?;
            }
            None => {
                (th.interp.hooks.eval_code)(th, code.value(), dict.value(), dict.value(), None)?;
            }
        }
        Ok(())
    }
    /// The module's code object.
    #[method("get_code(fullname=None)")]
    fn get_code(th: &Thread, this: &Instance<Loader>, _fullname: Option<Value>) -> PyResult {
        code_of(th, &this.entry)
    }
    /// The module's source text.
    #[method("get_source(fullname=None)")]
    fn get_source(th: &Thread, this: &Instance<Loader>, _fullname: Option<Value>) -> PyResult {
        decoded(th, &this.entry.source())
    }
    /// The module's virtual file name.
    #[method("get_filename(fullname=None)")]
    fn get_filename(_: &Thread, this: &Instance<Loader>, _fullname: Option<Value>) -> String {
        this.entry.path()
    }
    /// Whether the module is a package.
    #[method("is_package(fullname=None)")]
    fn is_package(_: &Thread, this: &Instance<Loader>, _fullname: Option<Value>) -> bool {
        this.entry.is_package
    }
    /// The bytes of a file of the library.
    #[method("get_data(path)")]
    fn get_data(th: &Thread, _this: &Instance<Loader>, path: Value) -> PyResult {
        let text = to_rust_string(path);
        match file_of(&text) {
            Some(bytes) => th.bytes(&bytes),
            None => Err(crate::os_error::raise_errno_for(th, libc::ENOENT, Some(path), None)),
        }
    }
    #[getter("name")]
    fn name(_: &Thread, this: &Instance<Loader>) -> String {
        this.name.clone()
    }
    #[getter("path")]
    fn path(_: &Thread, this: &Instance<Loader>) -> String {
        this.entry.path()
    }
}

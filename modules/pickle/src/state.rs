//! What the module takes from others when it is made, and its exception classes.

use std::cell::OnceCell;
use whipsnake_runtime::import;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::{exceptions, module};

/// The objects the module works with.
pub struct Tables {
    pub pickling_error: Obj,
    pub unpickling_error: Obj,
    /// `copyreg.dispatch_table`: class to reducer.
    pub dispatch_table: Obj,
    /// `copyreg._extension_registry`: (module, name) to code.
    pub extension_registry: Obj,
    /// `copyreg._inverted_registry`: code to (module, name).
    pub inverted_registry: Obj,
    /// `copyreg._extension_cache`: code to object.
    pub extension_cache: Obj,
    /// Names of Python 2 and what they are now, by (module, name).
    pub name_mapping: Obj,
    /// Modules of Python 2 and what they are now.
    pub import_mapping: Obj,
    pub reverse_name_mapping: Obj,
    pub reverse_import_mapping: Obj,
    /// `codecs.encode`, by which bytes are rebuilt before protocol 3.
    pub codecs_encode: Obj,
    pub getattr: Obj,
    pub partial: Obj,
}

#[derive(Default)]
struct State(OnceCell<Tables>);

/// The module's tables.
///
/// # Errors
/// RuntimeError while the module has not been made.
pub fn tables(th: &Thread) -> PyResult<&'static Tables> {
    th.interp.state::<State>().0.get().ok_or_else(|| th.runtime_error("_pickle is not initialised"))
}

fn exception(th: &Thread, module: Value, name: &str, base: Value) -> PyResult {
    let namespace = th.dict_of(&[("__module__", th.str("_pickle")?.value())])?;
    let bases = th.tuple(&[base])?;
    let text = th.str(name)?;
    let class = call::call3(th, statics::TYPE_TYPE.value(), text.value(), bases.value(), namespace.value())?;
    module::add(th, module, name, class.value())?;
    Ok(class)
}

/// Fills the tables and adds the exception classes to the module.
///
/// # Errors
/// MemoryError; RuntimeError when a table of another module is no dict.
pub fn prepare(th: &Thread, module: Value) -> PyResult<()> {
    let base = exception(th, module, "PickleError", statics::EXCEPTION.value())?;
    let pickling_error = exception(th, module, "PicklingError", base.value())?;
    let unpickling_error = exception(th, module, "UnpicklingError", base.value())?;
    let dict = |module: &str, name: &str| -> PyResult {
        let table = import::attribute(th, module, name)?;
        if !table.is_exact(&statics::DICT_TYPE) {
            return err!(th, RUNTIME_ERROR, "{module}.{name} should be a dict, not {}", table.ty().name());
        }
        Ok(table)
    };
    let tables = Tables {
        pickling_error,
        unpickling_error,
        dispatch_table: dict("copyreg", "dispatch_table")?,
        extension_registry: dict("copyreg", "_extension_registry")?,
        inverted_registry: dict("copyreg", "_inverted_registry")?,
        extension_cache: dict("copyreg", "_extension_cache")?,
        name_mapping: dict("_compat_pickle", "NAME_MAPPING")?,
        import_mapping: dict("_compat_pickle", "IMPORT_MAPPING")?,
        reverse_name_mapping: dict("_compat_pickle", "REVERSE_NAME_MAPPING")?,
        reverse_import_mapping: dict("_compat_pickle", "REVERSE_IMPORT_MAPPING")?,
        codecs_encode: import::attribute(th, "codecs", "encode")?,
        getattr: import::attribute(th, "builtins", "getattr")?,
        partial: import::attribute(th, "functools", "partial")?,
    };
    // A second module object shares the tables and exception classes of the first.
    let state = th.interp.state::<State>();
    if state.0.set(tables).is_err()
        && let Some(first) = state.0.get()
    {
        module::add(th, module, "PicklingError", first.pickling_error.value())?;
        module::add(th, module, "UnpicklingError", first.unpickling_error.value())?;
        let bases = object::get_attr_str(th, first.pickling_error.value(), "__base__")?;
        module::add(th, module, "PickleError", bases.value())?;
    }
    Ok(())
}

/// Raises an instance of an exception class.
#[cold]
pub fn raise(th: &Thread, class: &Obj, text: &str) -> Raised {
    match th.str(text).and_then(|text| call::call1(th, class.value(), text.value())) {
        Ok(exception) => th.raise_instance(exception),
        Err(raised) => raised,
    }
}

/// As [`raise`], with the exception that is being raised as the context of the new one.
#[cold]
pub fn raise_from_current(th: &Thread, class: &Obj, text: &str) -> Raised {
    let context = th.take_exception();
    let raised = raise(th, class, text);
    if let Some(exception) = th.take_exception() {
        exceptions::set_context(exception.value(), context);
        th.restore_exception(Some(exception));
    }
    raised
}

/// Adds a note to the exception that is being raised.
#[cold]
pub fn note(th: &Thread, raised: Raised, text: impl FnOnce() -> PyResult<String>) -> Raised {
    let Some(exception) = th.take_exception() else { return raised };
    let added = text()
        .and_then(|text| th.str(&text))
        .and_then(|text| call::call_method(th, exception.value(), "add_note", &[text.value()]));
    if added.is_err() {
        drop(th.take_exception());
    }
    th.restore_exception(Some(exception));
    raised
}

/// Marks a pickler or unpickler as in use for as long as it lives.
pub struct Running<'a>(&'a std::cell::Cell<bool>);

impl<'a> Running<'a> {
    /// # Errors
    /// RuntimeError when it is in use already.
    pub fn enter(th: &Thread, flag: &'a std::cell::Cell<bool>, what: &str) -> PyResult<Running<'a>> {
        if flag.replace(true) {
            return err!(th, RUNTIME_ERROR, "{what} object is already used");
        }
        Ok(Running(flag))
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

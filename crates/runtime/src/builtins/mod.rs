//! The `builtins` module.
//!
//! - `mod.rs`: the module, its constants and types, and the namespace behind `__builtins__`
//! - `functions.rs`: most functions; `code.rs`: `compile`, `exec`, `eval`, namespaces; `classes.rs`: `__build_class__`
//! - `extremes.rs`: `min`, `max`, `sum`; `printing.rs`: `print`, `input`; `async_next.rs`: `aiter`, `anext`

mod async_next;
mod classes;
mod code;
mod extremes;
mod functions;
mod printing;

use crate::prelude::*;
use crate::types::dict::Dict;
use crate::types::module;
use crate::types::{iterators, statics as st};

pub use async_next::ANEXT_TYPE;

/// Types under their names in the module.
fn types() -> Vec<&'static Type> {
    vec![
        &st::BOOL_TYPE,
        &st::BYTEARRAY_TYPE,
        &st::BYTES_TYPE,
        &st::CLASSMETHOD_TYPE,
        &st::COMPLEX_TYPE,
        &st::DICT_TYPE,
        &iterators::ENUMERATE_TYPE,
        &iterators::FILTER_TYPE,
        &st::FLOAT_TYPE,
        &st::FROZENSET_TYPE,
        &st::INT_TYPE,
        &st::LIST_TYPE,
        &iterators::MAP_TYPE,
        &st::MEMORYVIEW_TYPE,
        &st::OBJECT_TYPE,
        &st::PROPERTY_TYPE,
        &st::RANGE_TYPE,
        &iterators::REVERSED_TYPE,
        &st::SET_TYPE,
        &st::SLICE_TYPE,
        &st::STATICMETHOD_TYPE,
        &st::STR_TYPE,
        &st::SUPER_TYPE,
        &st::TUPLE_TYPE,
        &st::TYPE_TYPE,
        &iterators::ZIP_TYPE,
    ]
}

/// Makes the module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let made = module::new(th, "builtins", "Built-in functions, types, exceptions, and other objects.", functions::functions::METHODS)?;
    let m = made.value();
    for table in [
        async_next::functions::METHODS,
        classes::functions::METHODS,
        code::functions::METHODS,
        extremes::functions::METHODS,
        printing::functions::METHODS,
    ] {
        module::add_functions(th, m, table)?;
    }
    crate::typeobj::ready(th, &ANEXT_TYPE)?;
    for ty in types() {
        module::add(th, m, ty.name(), ty.value())?;
    }
    for ty in crate::types::exceptions::types::ALL {
        if !ty.name().starts_with('_') {
            module::add(th, m, ty.name(), ty.value())?;
        }
    }
    for alias in ["EnvironmentError", "IOError"] {
        module::add(th, m, alias, st::OS_ERROR.value())?;
    }
    let constants = [
        ("None", st::none()),
        ("True", st::bool_value(true)),
        ("False", st::bool_value(false)),
        ("Ellipsis", st::ellipsis()),
        ("NotImplemented", st::not_implemented()),
        ("__debug__", st::bool_value(th.interp.config.optimize == 0)),
    ];
    for (name, v) in constants {
        module::add(th, m, name, v)?;
    }
    Ok(made)
}

/// The interpreter's builtins dict.
fn interpreter_builtins(th: &Thread) -> PyResult {
    th.interp.builtins_dict.get().ok_or_else(|| th.system_error("builtins are not initialised"))
}

/// The builtins namespace that goes with a globals dict: what its `__builtins__` says, or the interpreter's.
///
/// # Errors
/// SystemError before the module exists.
pub fn builtins_of(th: &Thread, globals: Value) -> PyResult {
    let named = match globals.cast::<Dict>() {
        Some(dict) => dict.get_rust(th, "__builtins__")?,
        None => None,
    };
    match named {
        Some(v) if v.is_instance(&st::MODULE_TYPE) => module::dict_of(th, v.value()),
        Some(v) if v.is_instance(&st::DICT_TYPE) => Ok(v),
        _ => interpreter_builtins(th),
    }
}

/// Puts `__builtins__` into a namespace that lacks it.
///
/// # Errors
/// What setting an item raises.
pub fn add_builtins(th: &Thread, globals: Value) -> PyResult<()> {
    let Some(dict) = globals.cast::<Dict>() else { return Ok(()) };
    if dict.get_rust(th, "__builtins__")?.is_none() {
        // The running code's builtins are inherited.
        let frame = crate::types::frame::current(th);
        // SAFETY: I6, the running frame is alive.
        let inherited = if frame.is_null() { None } else { unsafe { (*frame).builtins.get() }.get().map(ValueExt::own) };
        let builtins = match inherited {
            Some(builtins) => builtins,
            None => interpreter_builtins(th)?,
        };
        dict.set_rust(th, "__builtins__", builtins.value())?;
    }
    Ok(())
}

/// A function of the module, as it was made.
///
/// # Errors
/// SystemError when it has been deleted.
pub fn function(th: &Thread, name: &str) -> PyResult {
    let builtins = interpreter_builtins(th)?;
    let found = match builtins.cast::<Dict>() {
        Some(dict) => dict.get_rust(th, name)?,
        None => None,
    };
    found.ok_or_else(|| th.system_error(format!("builtins.{name} is gone")))
}

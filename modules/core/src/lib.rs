//! The small native modules that every start-up needs, or that stand on tables of the runtime.
//!
//! - `abc_module`: `_abc`, the caches of abstract base classes
//! - `warnings`: `_warnings`; `contextvars`: `_contextvars`; `atexit`, `opcode`, `suggestions`, `faulthandler`; `lsprof`: `_lsprof`
//! - `asyncio`: `_asyncio`, which lives here because its tasks run in contexts
//! - here: `_codecs`, `_string`, `_typing`, `_sysconfig`, whose functions live in the runtime
//!
//! Source: the documentation of `abc`, `warnings`, `contextvars`, `atexit`, `dis`, `faulthandler`.

use whipsnake_runtime::import::NativeModule;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::module;

pub mod abc_module;
pub mod asyncio;
pub mod atexit;
pub mod contextvars;
pub mod faulthandler;
pub mod lsprof;
pub mod opcode;
pub mod suggestions;
pub mod warnings;

/// The modules of this crate.
pub static MODULES: &[NativeModule] = &[
    NativeModule { name: "_codecs", init: init_codecs },
    NativeModule { name: "_string", init: init_string },
    NativeModule { name: "_typing", init: whipsnake_runtime::typing_module::init },
    NativeModule { name: "_sysconfig", init: init_sysconfig },
    NativeModule { name: "_asyncio", init: asyncio::init_asyncio },
    NativeModule { name: "_abc", init: abc_module::init_abc },
    NativeModule { name: "_warnings", init: warnings::init_warnings },
    NativeModule { name: "_contextvars", init: contextvars::init_contextvars },
    NativeModule { name: "atexit", init: atexit::init_atexit },
    NativeModule { name: "_opcode", init: opcode::init_opcode },
    NativeModule { name: "_suggestions", init: suggestions::init_suggestions },
    NativeModule { name: "faulthandler", init: faulthandler::init_faulthandler },
    NativeModule { name: "_lsprof", init: lsprof::init_lsprof },
];

/// The payload of a receiver that a slot was called with.
///
/// # Errors
/// TypeError for objects of other types.
pub(crate) fn payload<'a, T: Payload>(th: &Thread, v: Value) -> PyResult<&'a T> {
    match v.cast::<Instance<T>>() {
        Some(instance) => Ok(&instance.payload),
        None => Err(th.type_error(format!("expected {}, not {}", T::ty().name(), v.ty().name()))),
    }
}

/// Makes `_codecs`.
///
/// # Errors
/// MemoryError.
pub fn init_codecs(th: &Thread) -> PyResult {
    module::new(
        th,
        "_codecs",
        "The codec registry and the built-in codecs.",
        whipsnake_runtime::codecs_module::codecs_functions::METHODS,
    )
}

/// Makes `_string`.
///
/// # Errors
/// MemoryError.
pub fn init_string(th: &Thread) -> PyResult {
    let functions = whipsnake_runtime::types::format::string_module::string_functions::METHODS;
    module::new(th, "_string", "Parsing of format strings.", functions)
}

#[pyfunctions]
mod sysconfig {
    use super::*;

    /// How this interpreter was built.
    #[function("config_vars()")]
    fn config_vars(th: &Thread) -> PyResult {
        let dict = Dict::new(th)?;
        if let Some(dict) = dict.cast::<Dict>() {
            dict.set_rust(th, "Py_GIL_DISABLED", Value::small_int(0))?;
            dict.set_rust(th, "Py_DEBUG", Value::small_int(0))?;
        }
        Ok(dict)
    }
}

/// Makes `_sysconfig`.
///
/// # Errors
/// MemoryError.
pub fn init_sysconfig(th: &Thread) -> PyResult {
    module::new(th, "_sysconfig", "Build configuration for the sysconfig module.", sysconfig::METHODS)
}

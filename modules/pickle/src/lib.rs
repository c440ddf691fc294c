//! `_pickle`: the fast form of `pickle`.
//!
//! - `state`: what the module knows: exception classes, the tables of `copyreg` and `_compat_pickle`
//! - `pickler`: writing; `unpickler`: reading; `hook`: what persistent ids ask; `buffer`: `PickleBuffer`
//!
//! A pickle is written by a `Saver` and read by a `Loader`, both of which live on the native stack for one call; the Python objects
//! `Pickler` and `Unpickler` hold their settings and memos. Python code that runs meanwhile (reducers, constructors) can
//! reach only the latter, which are cells.
//!
//! Source: the documentation of `pickle`, `pickletools` for the opcodes, PEP 307, 3154 and 574.
//! Tests: tests/python/library/pickle_tests.py.

mod buffer;
mod hook;
mod opcodes;
mod pickler;
mod state;
mod unpickler;

use whipsnake_runtime::import::NativeModule;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::Buffer;
use whipsnake_runtime::types::module;

/// The modules of this crate.
pub static MODULES: &[NativeModule] = &[NativeModule { name: "_pickle", init }];

pub(crate) use whipsnake_runtime::dealloc::payload_of as this;

#[pyfunctions]
mod functions {
    use super::*;

    /// Writes a pickle of an object to a file.
    ///
    /// As Pickler(file, protocol).dump(obj).
    #[function("dump(obj, file, protocol=None, *, fix_imports=True, buffer_callback=None)")]
    fn dump(
        th: &Thread,
        object: Value,
        file: Value,
        protocol: Value,
        fix_imports: bool,
        buffer_callback: Value,
    ) -> PyResult<()> {
        let core = pickler::Core::new();
        core.configure(th, protocol, fix_imports, buffer_callback, Some(file))?;
        pickler::dump(th, &core, None, object).map(|_| ())
    }
    /// The pickle of an object, as bytes.
    #[function("dumps(obj, protocol=None, *, fix_imports=True, buffer_callback=None)")]
    fn dumps(th: &Thread, object: Value, protocol: Value, fix_imports: bool, buffer_callback: Value) -> PyResult {
        let core = pickler::Core::new();
        core.configure(th, protocol, fix_imports, buffer_callback, None)?;
        let data = pickler::dump(th, &core, None, object)?;
        th.bytes(&data)
    }
    /// Reads a pickled object from a file.
    ///
    /// As Unpickler(file).load().
    #[function("load(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())")]
    fn load(
        th: &Thread,
        file: Value,
        fix_imports: bool,
        encoding: unpickler::Name,
        errors: unpickler::Name,
        buffers: Option<Value>,
    ) -> PyResult {
        let core = unpickler::Core::new();
        core.configure(th, Some(file), fix_imports, encoding, errors, buffers)?;
        unpickler::load(th, &core, None, None)
    }
    /// Reads a pickled object from bytes. What comes after it is left alone.
    #[function("loads(data, /, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())")]
    fn loads(
        th: &Thread,
        data: Buffer,
        fix_imports: bool,
        encoding: unpickler::Name,
        errors: unpickler::Name,
        buffers: Option<Value>,
    ) -> PyResult {
        let core = unpickler::Core::new();
        core.configure(th, None, fix_imports, encoding, errors, buffers)?;
        unpickler::load(th, &core, None, Some(data))
    }
}

/// Makes `_pickle`.
///
/// # Errors
/// MemoryError, and what the modules raise that it takes its tables from.
pub fn init(th: &Thread) -> PyResult {
    let m = module::new(th, "_pickle", "The fast form of the pickle module.", functions::METHODS)?;
    for ty in [&pickler::MEMO_PROXY_TYPE, &unpickler::MEMO_PROXY_TYPE] {
        whipsnake_runtime::typeobj::ready(th, ty)?;
    }
    for ty in [&buffer::PICKLE_BUFFER_TYPE, &pickler::PICKLER_TYPE, &unpickler::UNPICKLER_TYPE] {
        module::add_type(th, m.value(), ty)?;
    }
    state::prepare(th, m.value())?;
    Ok(m)
}

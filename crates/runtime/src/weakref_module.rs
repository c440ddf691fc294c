//! The `_weakref` module.

use crate::prelude::*;
use crate::types::dict::Dict;
use crate::types::module;
use crate::types::weakref::{self, CALLABLE_PROXY_TYPE, PROXY_TYPE, WEAKREF_TYPE, WeakRef};

#[pyfunctions]
pub mod functions {
    use super::*;

    /// The number of weak references to the object.
    #[function("getweakrefcount(object, /)")]
    fn getweakrefcount(th: &Thread, object: Value) -> usize {
        th.interp.weak.count(object)
    }

    /// A list of the weak references to the object.
    #[function("getweakrefs(object, /)")]
    fn getweakrefs(th: &Thread, object: Value) -> PyResult {
        if !object.is_pointer() {
            return th.list(Vec::new());
        }
        let mut refs = th.interp.weak.refs(object);
        refs.reverse();
        // The shared ones come first: the plain reference, then the proxy.
        refs.sort_by_key(|r| match (r.is_exact(&WEAKREF_TYPE), WeakRef::of(r.value()).has_callback()) {
            (true, false) => 0,
            (false, false) if !r.is_instance(&WEAKREF_TYPE) => 1,
            _ => 2,
        });
        th.list(refs)
    }

    /// A proxy that refers weakly to the object; the callback is called with it when the object is about to die.
    #[function("proxy(object, callback=None, /)")]
    fn proxy(th: &Thread, object: Value, callback: Option<Value>) -> PyResult {
        weakref::new_proxy(th, object, callback)
    }

    /// Removes the key from the dictionary if its value is a dead weak reference.
    #[function("_remove_dead_weakref(dct, key, /)")]
    fn remove_dead_weakref(th: &Thread, dct: &Dict, key: Value) -> PyResult<()> {
        let Some(value) = dct.get(th, key)? else { return Ok(()) };
        if !value.is_instance(&WEAKREF_TYPE) {
            return err!(th, TYPE_ERROR, "not a weakref");
        }
        if WeakRef::of(value.value()).get().is_none() {
            dct.del(th, key)?;
        }
        Ok(())
    }
}

/// Makes the module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let made = module::new(th, "_weakref", "Weak references.", functions::METHODS)?;
    module::add(th, made.value(), "ref", WEAKREF_TYPE.value())?;
    module::add(th, made.value(), "ReferenceType", WEAKREF_TYPE.value())?;
    module::add(th, made.value(), "ProxyType", PROXY_TYPE.value())?;
    module::add(th, made.value(), "CallableProxyType", CALLABLE_PROXY_TYPE.value())?;
    Ok(made)
}

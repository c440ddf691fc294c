//! The `_typing` module: the native part of `typing`.

use crate::prelude::*;
use crate::types::module;
use crate::types::type_params::{self, no_default};
use crate::types::union::UNION_TYPE;

#[pyfunctions]
pub mod functions {
    use super::*;

    /// Returns its argument.
    #[function("_idfunc(object, /)", pure)]
    fn idfunc(_: &Thread, object: Value) -> Obj {
        object.own()
    }
}

/// Makes the module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let made = module::new(th, "_typing", "Primitives of the typing module.", functions::METHODS)?;
    let typing = th.intern("typing")?;
    for ty in type_params::IN_TYPING {
        ty.dict().set_rust(th, "__module__", typing.value())?;
        ty.modified(th);
        module::add_type(th, made.value(), ty)?;
    }
    module::add_type(th, made.value(), &type_params::TYPE_ALIAS_TYPE)?;
    module::add_type(th, made.value(), &UNION_TYPE)?;
    module::add(th, made.value(), "NoDefault", no_default())?;
    Ok(made)
}

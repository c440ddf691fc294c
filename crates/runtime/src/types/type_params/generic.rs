//! `typing.Generic`: a base class without contents; what it does is written in `typing`.

use super::*;

builtin_type! {
    /// `typing.Generic`.
    pub static GENERIC_TYPE = TypeSpec {
        name: "typing.Generic",
        flags: flags::BASETYPE,
        doc: "The base class of generic classes.\n\nA class with a parameter list derives from it without saying so:\n\n    class Mapping[K, V]: ...",
        slots: Slots { new: Some(crate::types::object::object_new), ..Slots::EMPTY },
        methods: methods::METHODS,
        ..TypeSpec::DEFAULT
    }
}

/// Intrinsic: `Generic[params]` for the parameter list of a class.
///
/// # Errors
/// What importing `typing` raises.
pub fn subscript_generic(th: &Thread, params: Value) -> PyResult {
    let params = unpack_typevartuples(th, params)?;
    call_typing(th, "_GenericAlias", &[GENERIC_TYPE.value(), params.value()])
}

#[pymethods]
mod methods {
    use super::*;

    fn forward(th: &Thread, function: &str, cls: Value, args: Args) -> PyResult {
        let function = typing_attribute(th, function)?;
        call::call_with_self(th, function.value(), cls, args)
    }
    /// Parameterizes a generic class.
    #[classmethod("__class_getitem__", raw)]
    fn class_getitem(th: &Thread, cls: Value, args: Args) -> PyResult {
        forward(th, "_generic_class_getitem", cls, args)
    }
    /// Function to initialize subclasses.
    #[classmethod("__init_subclass__", raw)]
    fn init_subclass(th: &Thread, cls: Value, args: Args) -> PyResult {
        forward(th, "_generic_init_subclass", cls, args)
    }
}

//! `typing.TypeVarTuple`.

use super::typevar::evaluate_default_of;
use super::*;
use crate::args::Params;
use crate::types::generic_alias::tuple_items;

/// A type variable that stands for several types.
#[repr(transparent)]
pub struct TypeVarTuple(pub(super) Parameter);

impl Payload for TypeVarTuple {
    #[inline(always)]
    fn ty() -> &'static Type {
        &TYPE_VAR_TUPLE_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        self.0.traverse(visitor);
    }
    fn clear(&self) {
        self.0.clear();
    }
}

builtin_type! {
    /// `typing.TypeVarTuple`.
    pub static TYPE_VAR_TUPLE_TYPE = TypeSpec {
        name: "typing.TypeVarTuple",
        flags: flags::HAVE_GC | flags::WEAKREFABLE,
        dictoffset: DICT_OFFSET,
        doc: "A type variable for any number of types.\n\nUsually made by a parameter list, as in class Array[*Shape]: ..., or by a call: Ts = TypeVarTuple('Ts').",
        slots: Slots {
            repr: Some(|_, v| Ok(this(v).name())),
            iter: Some(iter_unpacked),
            new: Some(construct),
            ..Instance::<TypeVarTuple>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        members: &[NAME_MEMBER],
        ..Instance::<TypeVarTuple>::SPEC
    }
}

fn this<'a>(v: Value) -> &'a Parameter {
    // SAFETY: I4, slots are called with instances of their type.
    &unsafe { v.cast_unchecked::<Instance<TypeVarTuple>>() }.payload.0
}

/// Intrinsic: a type variable tuple.
///
/// # Errors
/// MemoryError.
pub fn make_typevartuple(th: &Thread, name: Value) -> PyResult {
    Instance::create(th, TypeVarTuple(Parameter::inferred(name)))
}

/// The tuple `params` with every TypeVarTuple replaced by `typing.Unpack[it]`.
///
/// # Errors
/// What importing `typing` raises.
pub fn unpack_typevartuples(th: &Thread, params: Value) -> PyResult {
    let items = tuple_items(params);
    if !items.iter().any(|item| item.is_exact(&TYPE_VAR_TUPLE_TYPE)) {
        return Ok(params.own());
    }
    let mut replaced = Vec::with_capacity(items.len());
    for item in items {
        replaced.push(if item.is_exact(&TYPE_VAR_TUPLE_TYPE) { unpacked(th, item.value())? } else { item });
    }
    th.tuple_from(replaced)
}

static PARAMS: Params = Params {
    function: "typevartuple",
    names: &["name", "default"],
    positional_only: 0,
    positional: 1,
    required: &[true, false],
    has_varargs: false,
    has_varkw: false,
};

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let mut given = [None; 2];
    PARAMS.bind(th, args, &mut given)?;
    let [name, default] = given;
    let mut parameter = Parameter::named(check_name(th, "typevartuple", name)?);
    parameter.default = Lazy::value(default.unwrap_or(no_default()).own());
    let made = Instance::create_as(th, ty, TypeVarTuple(parameter))?;
    set_module(th, made.value())?;
    Ok(made)
}

#[pymethods]
mod methods {
    use super::*;

    #[method("__typing_subst__(arg, /)")]
    fn typing_subst(th: &Thread, _this: Value, _arg: Value) -> PyResult {
        err!(th, TYPE_ERROR, "Substitution of bare TypeVarTuple is not supported")
    }
    /// Gathers the arguments that belong to this parameter.
    #[method("__typing_prepare_subst__(alias, args, /)")]
    fn typing_prepare_subst(th: &Thread, this: Value, alias: Value, args: Value) -> PyResult {
        call_typing(th, "_typevartuple_prepare_subst", &[this, alias, args])
    }
    #[method("__reduce__()")]
    fn reduce(_: &Thread, this: &Instance<TypeVarTuple>) -> Obj {
        this.payload.0.name()
    }
    /// Whether there is a default.
    #[method("has_default()")]
    fn has_default(_: &Thread, this: &Instance<TypeVarTuple>) -> bool {
        this.payload.0.has_default()
    }
    #[method("__mro_entries__(bases, /)")]
    fn mro_entries(th: &Thread, _this: Value, _bases: Value) -> PyResult {
        err!(th, TYPE_ERROR, "Cannot subclass an instance of TypeVarTuple")
    }
    #[getter("__default__")]
    fn default(th: &Thread, this: &Instance<TypeVarTuple>) -> PyResult {
        this.payload.0.default(th)
    }
    #[getter("evaluate_default")]
    fn evaluate_default(th: &Thread, this: &Instance<TypeVarTuple>) -> PyResult {
        evaluate_default_of(th, &this.payload.0)
    }
}

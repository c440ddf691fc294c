//! `typing.TypeAliasType`: `type X[T] = ...`.

use super::*;
use crate::args::Params;
use crate::types::generic_alias::{self, tuple_items};
use crate::types::{tuple, union};

/// A type alias.
#[repr(C)]
pub struct TypeAlias {
    /// A str.
    name: ObjCell,
    /// A tuple; empty cell = not generic.
    type_params: ObjCell,
    value: Lazy,
    module: ObjCell,
}

impl Payload for TypeAlias {
    #[inline(always)]
    fn ty() -> &'static Type {
        &TYPE_ALIAS_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.name);
        visitor.cell(&self.type_params);
        self.value.traverse(visitor);
        visitor.cell(&self.module);
    }
    fn clear(&self) {
        self.type_params.set(None);
        self.value.clear();
    }
}

builtin_type! {
    /// `typing.TypeAliasType`.
    pub static TYPE_ALIAS_TYPE = "_PyTypeAlias_Type" => TypeSpec {
        name: "typing.TypeAliasType",
        flags: flags::HAVE_GC,
        doc: "A type alias, as made by the type statement: type Alias = int.\n\nIts value is computed when __value__ is first read.",
        slots: Slots {
            repr: Some(|_, v| Ok(this(v).name.get().unwrap_or_else(Obj::none))),
            iter: Some(iter_unpacked),
            nb_or: Some(union::or),
            mp_subscript: Some(subscript),
            new: Some(construct),
            ..Instance::<TypeAlias>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        members: &[MemberDef {
            name: "__name__",
            doc: "",
            kind: MemberKind::Object,
            offset: std::mem::offset_of!(Instance<TypeAlias>, payload.name),
            readonly: true,
        }],
        ..Instance::<TypeAlias>::SPEC
    }
}

fn this<'a>(v: Value) -> &'a Instance<TypeAlias> {
    // SAFETY: I4, slots are called with instances of their type.
    unsafe { v.cast_unchecked() }
}

/// The type parameters as they are kept: nothing for an empty tuple or `None`.
fn kept_params(params: Value) -> Option<Obj> {
    params.cast::<tuple::Tuple>().filter(|params| !params.is_empty()).map(|params| params.value().own())
}

/// Intrinsic: an alias from `(name, type parameters or None, function that computes the value)`.
///
/// # Errors
/// MemoryError.
pub fn make_typealias(th: &Thread, parts: Value) -> PyResult {
    let parts = tuple_items(parts);
    let [name, params, function] = &parts[..] else {
        return err!(th, SYSTEM_ERROR, "a type alias is made of three parts");
    };
    let alias = TypeAlias {
        name: ObjCell::new(name.clone()),
        type_params: ObjCell::some_or_empty(kept_params(params.value())),
        value: Lazy::computed_by(Some(function.value())),
        module: ObjCell::EMPTY,
    };
    Instance::create(th, alias)
}

static PARAMS: Params = Params {
    function: "typealias",
    names: &["name", "value", "type_params"],
    positional_only: 0,
    positional: 2,
    required: &[true, true, false],
    has_varargs: false,
    has_varkw: false,
};

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let mut given = [None; 3];
    PARAMS.bind(th, args, &mut given)?;
    let [name, value, params] = given;
    let name = check_name(th, "typealias", name)?;
    let params = params.unwrap_or(tuple::empty());
    if !params.is_instance(&statics::TUPLE_TYPE) {
        return err!(th, TYPE_ERROR, "type_params must be a tuple");
    }
    check_params(th, params)?;
    let alias = TypeAlias {
        name: ObjCell::new(name.own()),
        type_params: ObjCell::some_or_empty(kept_params(params)),
        value: Lazy::value(value.unwrap_or(statics::none()).own()),
        module: ObjCell::some_or_empty(calling_module(th)?),
    };
    Instance::create_as(th, ty, alias)
}

/// TypeError unless all are type parameters and those with a default come last.
fn check_params(th: &Thread, params: Value) -> PyResult<()> {
    let mut default_seen = false;
    for param in tuple_items(params) {
        let Some(parameter) = parameter_of(param.value()) else {
            return err!(th, TYPE_ERROR, "Expected a type param, got {}", object::repr_text(th, param.value())?);
        };
        if !parameter.default(th)?.same(no_default()) {
            default_seen = true;
        } else if default_seen {
            let shown = object::repr_text(th, param.value())?;
            return err!(th, TYPE_ERROR, "non-default type parameter '{shown}' follows default type parameter");
        }
    }
    Ok(())
}

fn subscript(th: &Thread, v: Value, args: Value) -> PyResult {
    if this(v).type_params.is_empty() {
        return err!(th, TYPE_ERROR, "Only generic type aliases are subscriptable");
    }
    generic_alias::new(th, v, args)
}

#[pymethods]
mod methods {
    use super::*;

    #[method("__reduce__()")]
    fn reduce(_: &Thread, this: &Instance<TypeAlias>) -> Option<Obj> {
        this.name.get()
    }
    /// The type parameters, with TypeVarTuples unpacked.
    #[getter("__parameters__")]
    fn parameters(th: &Thread, this: &Instance<TypeAlias>) -> PyResult {
        match this.type_params.get() {
            Some(params) => unpack_typevartuples(th, params.value()),
            None => Ok(tuple::empty().own()),
        }
    }
    #[getter("__type_params__")]
    fn type_params(_: &Thread, this: &Instance<TypeAlias>) -> Obj {
        this.type_params.get().unwrap_or_else(|| tuple::empty().own())
    }
    #[getter("__value__")]
    fn value(th: &Thread, this: &Instance<TypeAlias>) -> PyResult<Option<Obj>> {
        this.value.get(th)
    }
    #[getter("evaluate_value")]
    fn evaluate_value(th: &Thread, this: &Instance<TypeAlias>) -> PyResult {
        this.value.evaluator(th)
    }
    #[getter("__module__")]
    fn module(th: &Thread, this: &Instance<TypeAlias>) -> PyResult<Option<Obj>> {
        if let Some(module) = this.module.get() {
            return Ok(Some(module));
        }
        match this.value.function() {
            Some(function) => object::lookup_attr_str(th, function.value(), "__module__"),
            None => Ok(None),
        }
    }
}

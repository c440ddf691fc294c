//! `typing.TypeVar`.

use super::*;
use crate::args::Params;
use crate::types::union;

/// A type variable.
#[repr(transparent)]
pub struct TypeVar(pub(super) Parameter);

impl Payload for TypeVar {
    #[inline(always)]
    fn ty() -> &'static Type {
        &TYPE_VAR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        self.0.traverse(visitor);
    }
    fn clear(&self) {
        self.0.clear();
    }
}

builtin_type! {
    /// `typing.TypeVar`.
    pub static TYPE_VAR_TYPE = TypeSpec {
        name: "typing.TypeVar",
        flags: flags::HAVE_GC | flags::WEAKREFABLE,
        dictoffset: DICT_OFFSET,
        doc: "A type variable.\n\nUsually made by the parameter list of a generic class, function or type alias:\n\n    class Sequence[T]: ...\n\nor by a call: T = TypeVar('T', bound=str).",
        slots: Slots {
            repr: Some(|th, v| th.str(&this(v).signed_name())),
            nb_or: Some(|th, a, b| union::make(th, &[a, b])),
            new: Some(construct),
            ..Instance::<TypeVar>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        members: &[NAME_MEMBER, COVARIANT_MEMBER, CONTRAVARIANT_MEMBER, INFER_MEMBER],
        ..Instance::<TypeVar>::SPEC
    }
}

fn this<'a>(v: Value) -> &'a Parameter {
    // SAFETY: I4, slots are called with instances of their type.
    &unsafe { v.cast_unchecked::<Instance<TypeVar>>() }.payload.0
}

/// Intrinsic: a type variable with the functions that compute its bound or constraints.
///
/// # Errors
/// MemoryError.
pub fn make_typevar(th: &Thread, name: Value, bound: Option<Value>, constraints: Option<Value>) -> PyResult {
    let mut parameter = Parameter::inferred(name);
    parameter.bound = Lazy::computed_by(bound);
    parameter.constraints = Lazy::computed_by(constraints);
    Instance::create(th, TypeVar(parameter))
}

static PARAMS: Params = Params {
    function: "typevar",
    names: &["name", "bound", "default", "covariant", "contravariant", "infer_variance"],
    positional_only: 0,
    positional: 1,
    required: &[true, false, false, false, false, false],
    has_varargs: true,
    has_varkw: false,
};

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let mut given = [None; 6];
    PARAMS.bind(th, args, &mut given)?;
    let [name, bound, default, covariant, contravariant, infer] = given;
    let mut parameter = Parameter::named(check_name(th, "typevar", name)?);
    parameter.set_variance(th, flag(th, covariant)?, flag(th, contravariant)?, flag(th, infer)?)?;
    let bound = bound.filter(|bound| !bound.is_none());
    if let Some(bound) = bound {
        parameter.bound = Lazy::value(type_check(th, bound, "Bound must be a type.")?);
    }
    let constraints: Vec<Value> = args.values().skip(1).collect();
    match constraints.len() {
        0 => {}
        1 => return err!(th, TYPE_ERROR, "A single constraint is not allowed"),
        _ if bound.is_some() => return err!(th, TYPE_ERROR, "Constraints cannot be combined with bound=..."),
        _ => parameter.constraints = Lazy::value(th.tuple(&constraints)?),
    }
    parameter.default = Lazy::value(default.unwrap_or(no_default()).own());
    let made = Instance::create_as(th, ty, TypeVar(parameter))?;
    set_module(th, made.value())?;
    Ok(made)
}

#[pymethods]
mod methods {
    use super::*;

    /// Puts arg in place of this parameter.
    #[method("__typing_subst__(arg, /)")]
    fn typing_subst(th: &Thread, this: Value, arg: Value) -> PyResult {
        call_typing(th, "_typevar_subst", &[this, arg])
    }
    /// Adds the default where an argument is missing.
    #[method("__typing_prepare_subst__(alias, args, /)")]
    fn typing_prepare_subst(th: &Thread, this: Value, alias: Value, args: Value) -> PyResult {
        let parameters = object::get_attr_str(th, alias, "__parameters__")?;
        let given = object::len(th, args)? as usize;
        let index = sequence::index_of(th, parameters.value(), this)?;
        if index != given {
            return Ok(args.own());
        }
        let default = super::this(this).default(th)?;
        if default.same(no_default()) {
            let shown = object::to_text(th, alias)?;
            return err!(
                th,
                TYPE_ERROR,
                "Too few arguments for {shown}; actual {given}, expected at least {}",
                index + 1
            );
        }
        let last = th.tuple(&[default.value()])?;
        sequence::concat(th, args, last.value())
    }
    #[method("__reduce__()")]
    fn reduce(_: &Thread, this: &Instance<TypeVar>) -> Obj {
        this.payload.0.name()
    }
    /// Whether there is a default.
    #[method("has_default()")]
    fn has_default(_: &Thread, this: &Instance<TypeVar>) -> bool {
        this.payload.0.has_default()
    }
    #[method("__mro_entries__(bases, /)")]
    fn mro_entries(th: &Thread, _this: Value, _bases: Value) -> PyResult {
        err!(th, TYPE_ERROR, "Cannot subclass an instance of TypeVar")
    }
    #[getter("__bound__")]
    fn bound(th: &Thread, this: &Instance<TypeVar>) -> PyResult<Option<Obj>> {
        this.payload.0.bound.get(th)
    }
    #[getter("__constraints__")]
    fn constraints(th: &Thread, this: &Instance<TypeVar>) -> PyResult {
        Ok(this.payload.0.constraints.get(th)?.unwrap_or_else(|| crate::types::tuple::empty().own()))
    }
    #[getter("__default__")]
    fn default(th: &Thread, this: &Instance<TypeVar>) -> PyResult {
        this.payload.0.default(th)
    }
    #[getter("evaluate_bound")]
    fn evaluate_bound(th: &Thread, this: &Instance<TypeVar>) -> PyResult {
        this.payload.0.bound.evaluator(th)
    }
    #[getter("evaluate_constraints")]
    fn evaluate_constraints(th: &Thread, this: &Instance<TypeVar>) -> PyResult {
        this.payload.0.constraints.evaluator(th)
    }
    #[getter("evaluate_default")]
    fn evaluate_default(th: &Thread, this: &Instance<TypeVar>) -> PyResult {
        evaluate_default_of(th, &this.payload.0)
    }
}

/// The evaluator of a default, `None` without one.
pub(super) fn evaluate_default_of(th: &Thread, parameter: &Parameter) -> PyResult {
    if parameter.has_default() { parameter.default.evaluator(th) } else { Ok(Obj::none()) }
}

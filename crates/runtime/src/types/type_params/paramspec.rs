//! `typing.ParamSpec`, and its `args` and `kwargs`.

use super::typevar::evaluate_default_of;
use super::*;
use crate::args::Params;
use crate::types::union;

/// A parameter specification.
#[repr(transparent)]
pub struct ParamSpec(pub(super) Parameter);

impl Payload for ParamSpec {
    #[inline(always)]
    fn ty() -> &'static Type {
        &PARAM_SPEC_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        self.0.traverse(visitor);
    }
    fn clear(&self) {
        self.0.clear();
    }
}

builtin_type! {
    /// `typing.ParamSpec`.
    pub static PARAM_SPEC_TYPE = TypeSpec {
        name: "typing.ParamSpec",
        flags: flags::HAVE_GC | flags::WEAKREFABLE,
        dictoffset: DICT_OFFSET,
        doc: "A parameter specification: stands for the parameters of a callable.\n\nUsually made by a parameter list, as in def f[**P](g: Callable[P, int]): ..., or by a call: P = ParamSpec('P').",
        slots: Slots {
            repr: Some(|th, v| th.str(&this(v).signed_name())),
            nb_or: Some(|th, a, b| union::make(th, &[a, b])),
            new: Some(construct),
            ..Instance::<ParamSpec>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        members: &[NAME_MEMBER, COVARIANT_MEMBER, CONTRAVARIANT_MEMBER, INFER_MEMBER],
        ..Instance::<ParamSpec>::SPEC
    }
}

fn this<'a>(v: Value) -> &'a Parameter {
    // SAFETY: I4, slots are called with instances of their type.
    &unsafe { v.cast_unchecked::<Instance<ParamSpec>>() }.payload.0
}

/// Intrinsic: a parameter specification.
///
/// # Errors
/// MemoryError.
pub fn make_paramspec(th: &Thread, name: Value) -> PyResult {
    Instance::create(th, ParamSpec(Parameter::inferred(name)))
}

static PARAMS: Params = Params {
    function: "paramspec",
    names: &["name", "bound", "default", "covariant", "contravariant", "infer_variance"],
    positional_only: 0,
    positional: 1,
    required: &[true, false, false, false, false, false],
    has_varargs: false,
    has_varkw: false,
};

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let mut given = [None; 6];
    PARAMS.bind(th, args, &mut given)?;
    let [name, bound, default, covariant, contravariant, infer] = given;
    let mut parameter = Parameter::named(check_name(th, "paramspec", name)?);
    parameter.set_variance(th, flag(th, covariant)?, flag(th, contravariant)?, flag(th, infer)?)?;
    if let Some(bound) = bound.filter(|bound| !bound.is_none()) {
        parameter.bound = Lazy::value(bound.own());
    }
    parameter.default = Lazy::value(default.unwrap_or(no_default()).own());
    let made = Instance::create_as(th, ty, ParamSpec(parameter))?;
    set_module(th, made.value())?;
    Ok(made)
}

#[pymethods]
mod methods {
    use super::*;

    /// Puts arg in place of this parameter.
    #[method("__typing_subst__(arg, /)")]
    fn typing_subst(th: &Thread, this: Value, arg: Value) -> PyResult {
        call_typing(th, "_paramspec_subst", &[this, arg])
    }
    /// Gathers the arguments that belong to this parameter.
    #[method("__typing_prepare_subst__(alias, args, /)")]
    fn typing_prepare_subst(th: &Thread, this: Value, alias: Value, args: Value) -> PyResult {
        call_typing(th, "_paramspec_prepare_subst", &[this, alias, args])
    }
    /// Whether there is a default.
    #[method("has_default()")]
    fn has_default(_: &Thread, this: &Instance<ParamSpec>) -> bool {
        this.payload.0.has_default()
    }
    #[method("__reduce__()")]
    fn reduce(_: &Thread, this: &Instance<ParamSpec>) -> Obj {
        this.payload.0.name()
    }
    #[method("__mro_entries__(bases, /)")]
    fn mro_entries(th: &Thread, _this: Value, _bases: Value) -> PyResult {
        err!(th, TYPE_ERROR, "Cannot subclass an instance of ParamSpec")
    }
    #[getter("__bound__")]
    fn bound(th: &Thread, this: &Instance<ParamSpec>) -> PyResult<Option<Obj>> {
        this.payload.0.bound.get(th)
    }
    /// Represents positional arguments.
    #[getter("args")]
    fn args(th: &Thread, this: Value) -> PyResult {
        Instance::create(th, ParamSpecArgs { origin: ObjCell::new(this.own()) })
    }
    /// Represents keyword arguments.
    #[getter("kwargs")]
    fn kwargs(th: &Thread, this: Value) -> PyResult {
        Instance::create(th, ParamSpecKwargs { origin: ObjCell::new(this.own()) })
    }
    #[getter("__default__")]
    fn default(th: &Thread, this: &Instance<ParamSpec>) -> PyResult {
        this.payload.0.default(th)
    }
    #[getter("evaluate_default")]
    fn evaluate_default(th: &Thread, this: &Instance<ParamSpec>) -> PyResult {
        evaluate_default_of(th, &this.payload.0)
    }
}

/// `P.args` and `P.kwargs` are alike but for their names.
macro_rules! part_of_paramspec {
    ($payload:ident, $static:ident, $methods:ident, $name:literal, $class:literal, $suffix:literal, $function:literal, $doc:literal) => {
        #[doc = $doc]
        #[repr(C)]
        pub struct $payload {
            origin: ObjCell,
        }

        impl Payload for $payload {
            fn ty() -> &'static Type {
                &$static
            }
            fn traverse(&self, visitor: &mut Visitor) {
                visitor.cell(&self.origin);
            }
        }

        builtin_type! {
            #[doc = $doc]
            pub static $static = TypeSpec {
                name: $name,
                flags: flags::HAVE_GC | flags::WEAKREFABLE,
                doc: $doc,
                slots: Slots {
                    repr: Some(|th, v| repr_part(th, v, $suffix)),
                    richcompare: Some(compare_parts),
                    hash: Some(object::hash_not_implemented),
                    new: Some(|th, ty, args| {
                        let origin = ObjCell::new(origin_argument(th, $function, args)?.own());
                        Instance::create_as(th, ty, $payload { origin })
                    }),
                    ..Instance::<$payload>::SLOTS
                },
                methods: $methods::METHODS,
                members: &[ORIGIN_MEMBER],
                ..Instance::<$payload>::SPEC
            }
        }

        #[pymethods]
        mod $methods {
            use super::*;
            #[method("__mro_entries__(bases, /)")]
            fn mro_entries(th: &Thread, _this: Value, _bases: Value) -> PyResult {
                err!(th, TYPE_ERROR, "Cannot subclass an instance of {}", $class)
            }
        }
    };
}

const ORIGIN_MEMBER: MemberDef = MemberDef {
    name: "__origin__",
    doc: "",
    kind: MemberKind::Object,
    offset: std::mem::offset_of!(Instance<ParamSpecArgs>, payload.origin),
    readonly: true,
};

part_of_paramspec!(
    ParamSpecArgs,
    PARAM_SPEC_ARGS_TYPE,
    args_methods,
    "typing.ParamSpecArgs",
    "ParamSpecArgs",
    "args",
    "paramspecargs",
    "The positional arguments of a ParamSpec: P.args."
);
part_of_paramspec!(
    ParamSpecKwargs,
    PARAM_SPEC_KWARGS_TYPE,
    kwargs_methods,
    "typing.ParamSpecKwargs",
    "ParamSpecKwargs",
    "kwargs",
    "paramspeckwargs",
    "The keyword arguments of a ParamSpec: P.kwargs."
);

fn origin_argument(th: &Thread, function: &'static str, args: Args) -> PyResult<Value> {
    let params = Params {
        function,
        names: &["origin"],
        positional_only: 0,
        positional: 1,
        required: &[true],
        has_varargs: false,
        has_varkw: false,
    };
    let mut given = [None];
    params.bind(th, args, &mut given)?;
    Ok(given[0].unwrap_or(statics::none()))
}

/// The ParamSpec behind either part.
fn origin_of(v: Value) -> Option<Obj> {
    match v.exact::<Instance<ParamSpecArgs>>() {
        Some(part) => part.origin.get(),
        None => v.exact::<Instance<ParamSpecKwargs>>().and_then(|part| part.origin.get()),
    }
}

fn repr_part(th: &Thread, v: Value, suffix: &str) -> PyResult {
    let origin = origin_of(v).unwrap_or_else(Obj::none);
    let name = match origin.exact::<Instance<ParamSpec>>() {
        Some(spec) => spec.payload.0.text(),
        None => object::repr_text(th, origin.value())?,
    };
    th.str(&format!("{name}.{suffix}"))
}

fn compare_parts(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !std::ptr::eq(a.ty(), b.ty()) || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Obj::not_implemented());
    }
    match (origin_of(a), origin_of(b)) {
        (Some(x), Some(y)) => compare::rich(th, x.value(), y.value(), op),
        _ => Ok(Obj::not_implemented()),
    }
}

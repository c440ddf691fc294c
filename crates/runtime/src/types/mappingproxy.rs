//! `mappingproxy`: a read-only view of a mapping.

use crate::prelude::*;
use crate::types::dict::Dict;

/// The mapping behind the proxy.
pub struct MappingProxy {
    mapping: Obj,
}

impl Payload for MappingProxy {
    #[inline(always)]
    fn ty() -> &'static Type {
        &MAPPINGPROXY_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.mapping);
    }
}

builtin_type! {
    /// `types.MappingProxyType`.
    pub static MAPPINGPROXY_TYPE = TypeSpec {
        name: "mappingproxy",
        base: Some(&statics::OBJECT_TYPE),
        flags: flags::HAVE_GC | flags::MAPPING,
        doc: "mappingproxy(object)\n--\n\nA read-only view of a mapping.",
        slots: Slots {
            new: Some(construct),
            repr: Some(repr),
            str: Some(|th, this| object::str(th, mapping(this))),
            hash: Some(|th, this| object::hash(th, mapping(this))),
            richcompare: Some(|th, this, other, op| compare::rich(th, mapping(this), other, op)),
            iter: Some(|th, this| iter::get_iter(th, mapping(this))),
            nb_or: Some(or),
            nb_inplace_or: Some(inplace_or),
            sq_contains: Some(contains),
            mp_length: Some(|th, this| object::len(th, mapping(this))),
            mp_subscript: Some(|th, this, key| object::get_item(th, mapping(this), key)),
            ..Instance::<MappingProxy>::SLOTS
        },
        methods: methods::METHODS,
        ..Instance::<MappingProxy>::SPEC
    }
}

/// A proxy of `mapping`.
///
/// # Errors
/// MemoryError.
pub fn new(th: &Thread, mapping: Value) -> PyResult {
    Instance::create(th, MappingProxy { mapping: mapping.own() })
}

fn mapping(this: Value) -> Value {
    // SAFETY: I4, slots of this type are called with its instances.
    unsafe { this.cast_unchecked::<Instance<MappingProxy>>() }.mapping.value()
}

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    static PARAMS: crate::args::Params = crate::args::Params {
        function: "mappingproxy",
        names: &["mapping"],
        positional_only: 0,
        positional: 1,
        required: &[true],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None];
    PARAMS.bind(th, args, &mut bound)?;
    let mapping = bound[0].unwrap_or(statics::none());
    let slots = mapping.ty().slots();
    if slots.mp_subscript.is_none()
        || mapping.is_instance(&statics::LIST_TYPE)
        || mapping.is_instance(&statics::TUPLE_TYPE)
    {
        return err!(th, TYPE_ERROR, "mappingproxy() argument must be a mapping, not {}", mapping.ty().name());
    }
    Instance::create_as(th, ty, MappingProxy { mapping: mapping.own() })
}

fn repr(th: &Thread, this: Value) -> PyResult {
    th.check_native_stack(" while getting the repr of an object")?;
    let shown = object::repr(th, mapping(this))?;
    let mut buf = whipsnake_text::Builder::new();
    buf.push_str("mappingproxy(");
    super::dict::push_text(&mut buf, &shown);
    buf.push_str(")");
    crate::types::str::from_buf(th, buf.finish())
}

fn contains(th: &Thread, this: Value, key: Value) -> PyResult<bool> {
    match mapping(this).exact::<Dict>() {
        Some(dict) => dict.contains(th, key),
        None => sequence::contains(th, mapping(this), key),
    }
}

fn or(th: &Thread, a: Value, b: Value) -> PyResult {
    let unwrap = |v: Value| if v.is_instance(&MAPPINGPROXY_TYPE) { mapping(v) } else { v };
    number::binary_op(th, number::NumberOp::Or, unwrap(a), unwrap(b))
}

fn inplace_or(th: &Thread, this: Value, _: Value) -> PyResult {
    err!(th, TYPE_ERROR, "'|=' is not supported by {}; use '|' instead", this.ty().name())
}

#[pymethods]
mod methods {
    use super::*;

    /// The value of the key if it is present, otherwise the default.
    #[method("get(key, default=None, /)")]
    fn get(th: &Thread, this: Value, key: Value, default: Value) -> PyResult {
        call::call_method(th, mapping(this), "get", &[key, default])
    }

    /// The keys of the mapping.
    #[method("keys()")]
    fn keys(th: &Thread, this: Value) -> PyResult {
        call::call_method(th, mapping(this), "keys", &[])
    }

    /// The values of the mapping.
    #[method("values()")]
    fn values(th: &Thread, this: Value) -> PyResult {
        call::call_method(th, mapping(this), "values", &[])
    }

    /// The items of the mapping.
    #[method("items()")]
    fn items(th: &Thread, this: Value) -> PyResult {
        call::call_method(th, mapping(this), "items", &[])
    }

    /// A shallow copy of the mapping.
    #[method("copy()")]
    fn copy(th: &Thread, this: Value) -> PyResult {
        call::call_method(th, mapping(this), "copy", &[])
    }

    /// An iterator over the keys, newest first.
    #[method("__reversed__()")]
    fn reversed(th: &Thread, this: Value) -> PyResult {
        call::call_method(th, mapping(this), "__reversed__", &[])
    }

    /// See PEP 585.
    #[classmethod("__class_getitem__(object, /)")]
    fn class_getitem(th: &Thread, class: Value, object: Value) -> PyResult {
        crate::types::generic_alias::new(th, class, object)
    }
}

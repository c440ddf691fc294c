//! `types.SimpleNamespace`.

use crate::prelude::*;
use crate::types::dict::Dict;
use crate::types::str::Str;
use crate::types::{instance, str};
use whipsnake_text::Builder;

/// Nothing but a dict.
#[repr(C)]
pub struct Namespace {
    dict: ObjCell,
}

impl Payload for Namespace {
    #[inline(always)]
    fn ty() -> &'static Type {
        &SIMPLE_NAMESPACE_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.dict);
    }
    fn clear(&self) {
        self.dict.set(None);
    }
}

builtin_type! {
    /// `types.SimpleNamespace`.
    pub static SIMPLE_NAMESPACE_TYPE = "_PyNamespace_Type" => TypeSpec {
        name: "types.SimpleNamespace",
        flags: flags::HAVE_GC | flags::BASETYPE,
        dictoffset: std::mem::offset_of!(Instance<Namespace>, payload.dict) as isize,
        doc: "SimpleNamespace(mapping_or_iterable=(), /, **kwargs)\n--\n\nA simple attribute-based namespace.",
        slots: Slots {
            repr: Some(repr),
            richcompare: Some(richcompare),
            hash: Some(object::hash_not_implemented),
            init: Some(init),
            new: Some(construct),
            ..Instance::<Namespace>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..Instance::<Namespace>::SPEC
    }
}

/// `SimpleNamespace(**attributes)` around a dict, which it takes over.
///
/// # Errors
/// MemoryError.
pub fn new(th: &Thread, dict: Obj) -> PyResult {
    Instance::create(th, Namespace { dict: ObjCell::new(dict) })
}

fn construct(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    Instance::create_as(th, ty, Namespace { dict: ObjCell::new(Dict::new(th)?) })
}

/// Adds keyword arguments.
fn update(th: &Thread, v: Value, keywords: impl Iterator<Item = (Value, Value)>) -> PyResult<()> {
    let dict = instance::get_dict(th, v)?;
    if let Some(dict) = dict.cast::<Dict>() {
        for (name, value) in keywords {
            dict.set(th, name, value)?;
        }
    }
    Ok(())
}

fn init(th: &Thread, v: Value, args: Args) -> PyResult<()> {
    if args.len() > 1 {
        return err!(th, TYPE_ERROR, "{} expected at most 1 argument, got {}", v.ty().short_name(), args.len());
    }
    if let Some(source) = args.get(0) {
        let attributes = Dict::new(th)?;
        if let Some(attributes) = attributes.cast::<Dict>() {
            attributes.update(th, source)?;
            for (key, value, _) in attributes.entries() {
                if !key.is_instance(&statics::STR_TYPE) {
                    return err!(th, TYPE_ERROR, "keywords must be strings");
                }
                update(th, v, std::iter::once((key.value(), value.value())))?;
            }
        }
    }
    update(th, v, args.keywords())
}

fn repr(th: &Thread, v: Value) -> PyResult {
    let name = if v.is_exact(&SIMPLE_NAMESPACE_TYPE) { "namespace" } else { v.ty().short_name() };
    let text = th.repr_guard(v, || {
        let mut out = Builder::new();
        out.push_str(name);
        out.push_str("(");
        let dict = instance::get_dict(th, v)?;
        let entries = dict.cast::<Dict>().map_or_else(Vec::new, Dict::entries);
        let mut first = true;
        for (key, value, _) in entries {
            let Some(key) = key.cast::<Str>().filter(|key| !key.is_empty()) else { continue };
            if !first {
                out.push_str(", ");
            }
            first = false;
            out.push_units(key.units());
            out.push_str("=");
            let shown = object::repr(th, value.value())?;
            if let Some(shown) = shown.cast::<Str>() {
                out.push_units(shown.units());
            }
        }
        out.push_str(")");
        str::from_buf(th, out.finish())
    })?;
    text.map_or_else(|| th.str(&format!("{name}(...)")), Ok)
}

fn richcompare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !a.is_instance(&SIMPLE_NAMESPACE_TYPE) || !b.is_instance(&SIMPLE_NAMESPACE_TYPE) {
        return Ok(Obj::not_implemented());
    }
    let (x, y) = (instance::get_dict(th, a)?, instance::get_dict(th, b)?);
    compare::rich(th, x.value(), y.value(), op)
}

#[pymethods]
mod methods {
    use super::*;
    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let dict = instance::get_dict(th, this)?;
        th.tuple(&[this.ty().value(), crate::types::tuple::empty(), dict.value()])
    }
    /// A copy with some attributes replaced.
    #[expect(clippy::len_zero, reason = "is_empty also looks at keywords")]
    #[method("__replace__", raw)]
    fn replace(th: &Thread, this: Value, changes: Args) -> PyResult {
        if changes.len() > 0 {
            return err!(th, TYPE_ERROR, "__replace__() takes no positional arguments");
        }
        let copy = call::call0(th, this.ty().value())?;
        if !copy.is_instance(&SIMPLE_NAMESPACE_TYPE) {
            return err!(
                th,
                TYPE_ERROR,
                "expect types.SimpleNamespace type, but {}() returned '{}' object",
                this.ty().name(),
                number::full_name(copy.value())
            );
        }
        let dict = instance::get_dict(th, this)?;
        let entries = dict.cast::<Dict>().map_or_else(Vec::new, Dict::entries);
        update(th, copy.value(), entries.iter().map(|(key, value, _)| (key.value(), value.value())))?;
        update(th, copy.value(), changes.keywords())?;
        Ok(copy)
    }
    #[getter("__dict__", member)]
    fn dict(th: &Thread, this: Value) -> PyResult {
        instance::get_dict(th, this)
    }
}

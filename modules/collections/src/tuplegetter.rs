//! `_collections._tuplegetter`: the field descriptors of named tuples.

use std::cell::Cell;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::tuple::Tuple;

use crate::payload;

/// A descriptor that reads item `index` of a tuple.
pub struct TupleGetter {
    index: Cell<usize>,
    doc: ObjCell,
}

impl Payload for TupleGetter {
    #[inline(always)]
    fn ty() -> &'static Type {
        &TUPLEGETTER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.doc);
    }
    fn clear(&self) {
        self.doc.set(None);
    }
}

builtin_type! {
    /// `_collections._tuplegetter`.
    pub static TUPLEGETTER_TYPE = TypeSpec {
        name: "_collections._tuplegetter",
        slots: Slots {
            new: Some(construct),
            repr: Some(repr),
            descr_get: Some(descr_get),
            descr_set: Some(descr_set),
            ..Instance::<TupleGetter>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..Instance::<TupleGetter>::SPEC
    }
}

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    args.expect(th, "_tuplegetter", 2, 2)?;
    let index = number::as_isize(th, args.get(0).unwrap_or(statics::none()))?;
    let doc = args.get(1).unwrap_or(statics::none()).own();
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    Instance::create_as(th, ty, TupleGetter { index: Cell::new(index), doc: ObjCell::new(doc) })
}

fn descr_get(th: &Thread, this: Value, object: Option<Value>, _: Option<Value>) -> PyResult {
    let Some(object) = object.filter(|object| !object.is_none()) else { return Ok(this.own()) };
    let index = payload::<TupleGetter>(th, this)?.index.get();
    let Some(tuple) = object.cast::<Tuple>() else {
        let got = object.ty().name();
        return err!(
            th,
            TYPE_ERROR,
            "descriptor for index '{index}' for tuple subclasses doesn't apply to '{got}' object"
        );
    };
    tuple.get(index).ok_or_else(|| th.index_error("tuple index out of range"))
}

fn descr_set(th: &Thread, _: Value, _: Value, value: Option<Value>) -> PyResult<()> {
    match value {
        None => err!(th, ATTRIBUTE_ERROR, "can't delete attribute"),
        Some(_) => err!(th, ATTRIBUTE_ERROR, "can't set attribute"),
    }
}

fn repr(th: &Thread, this: Value) -> PyResult {
    let getter = payload::<TupleGetter>(th, this)?;
    let doc = object::repr_text(th, getter.doc.get().unwrap_or_else(Obj::none).value())?;
    th.str(&format!("{}({}, {doc})", this.ty().short_name(), getter.index.get()))
}

#[pymethods]
mod methods {
    use super::*;

    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let getter = payload::<TupleGetter>(th, this)?;
        let (index, doc) = (th.uint(getter.index.get() as u64)?, getter.doc.get().unwrap_or_else(Obj::none));
        let args = th.tuple(&[index.value(), doc.value()])?;
        th.tuple(&[this.ty().value(), args.value()])
    }
    #[getter("__doc__")]
    fn doc(_: &Thread, this: &Instance<TupleGetter>) -> Option<Obj> {
        this.doc.get()
    }
    #[setter("__doc__")]
    fn set_doc(_: &Thread, this: &Instance<TupleGetter>, value: Option<Value>) -> PyResult<()> {
        this.doc.set(value.map(ValueExt::own));
        Ok(())
    }
}

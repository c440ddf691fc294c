//! `enumerate`.

use super::ResultTuple;
use crate::prelude::*;
use crate::types::{generic_alias, int, str};
use std::cell::Cell;

/// Pairs of index and item.
pub struct Enumerate {
    source: Obj,
    index: Cell<isize>,
    /// The index, once it has outgrown a machine number.
    big_index: ObjCell,
    result: ResultTuple,
}

impl Payload for Enumerate {
    #[inline(always)]
    fn ty() -> &'static Type {
        &ENUMERATE_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.source);
        visitor.cell(&self.big_index);
        self.result.traverse(visitor);
    }
}

builtin_type! {
    /// `enumerate`.
    pub static ENUMERATE_TYPE = "PyEnum_Type" => TypeSpec {
        name: "enumerate",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "enumerate(iterable, start=0)\n--\n\nAn iterator over pairs of an index and an item of the iterable.\n\nThe index begins with start.",
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(next),
            new: Some(construct),
            ..Instance::<Enumerate>::SLOTS
        },
        methods: methods::METHODS,
        ..Instance::<Enumerate>::SPEC
    }
}

/// The iterable and the start.
fn arguments(th: &Thread, args: Args) -> PyResult<(Value, Option<Value>)> {
    let given = args.len() + args.keyword_count();
    if given > 2 {
        return err!(th, TYPE_ERROR, "enumerate() takes at most 2 arguments ({given} given)");
    }
    let (mut iterable, mut start) = (args.get(0), args.get(1));
    for (name, value) in args.keywords() {
        let text = str::to_rust_string(name);
        match text.as_str() {
            "iterable" if iterable.is_none() => iterable = Some(value),
            "start" if start.is_none() && given == 2 => start = Some(value),
            _ => return err!(th, TYPE_ERROR, "'{text}' is an invalid keyword argument for enumerate()"),
        }
    }
    match iterable {
        Some(iterable) => Ok((iterable, start)),
        None => err!(th, TYPE_ERROR, "enumerate() missing required argument 'iterable'"),
    }
}

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let (iterable, start) = arguments(th, args)?;
    let mut index = 0;
    let big_index = ObjCell::EMPTY;
    if let Some(start) = start {
        let start = number::index(th, start)?;
        match int::as_i64_exact(start.value()) {
            Some(i) => index = i as isize,
            None => big_index.set(Some(start)),
        }
    }
    let source = iter::get_iter(th, iterable)?;
    let payload = Enumerate { source, index: Cell::new(index), big_index, result: ResultTuple::NONE };
    Instance::create_as(th, ty, payload)
}

fn next(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    // SAFETY: I4, slots are called with instances of their type.
    let it = unsafe { v.cast_unchecked::<Instance<Enumerate>>() };
    let Some(item) = iter::next(th, it.source.value())? else { return Ok(None) };
    let index = match it.index.get().checked_add(1) {
        Some(next) if it.big_index.is_empty() => th.int(it.index.replace(next) as i64)?,
        _ => next_big_index(th, it)?,
    };
    it.result.pair(th, index, item).map(Some)
}

#[cold]
fn next_big_index(th: &Thread, it: &Enumerate) -> PyResult {
    let index = match it.big_index.get() {
        Some(index) => index,
        None => th.int(it.index.get() as i64)?,
    };
    it.big_index.set(Some(int::add(th, index.value(), Value::small_int(1))?));
    Ok(index)
}

#[pymethods]
mod methods {
    use super::*;
    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let ty = this.ty().value();
        // SAFETY: I4, descriptors check the receiver.
        let this = unsafe { this.cast_unchecked::<Instance<Enumerate>>() };
        let index = match this.big_index.get() {
            Some(index) => index,
            None => th.int(this.index.get() as i64)?,
        };
        let args = th.tuple(&[this.source.value(), index.value()])?;
        th.tuple(&[ty, args.value()])
    }
    /// See PEP 585.
    #[classmethod("__class_getitem__(item, /)")]
    fn class_getitem(th: &Thread, cls: Value, item: Value) -> PyResult {
        generic_alias::new(th, cls, item)
    }
}

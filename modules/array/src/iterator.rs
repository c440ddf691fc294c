//! The iterator over an array.

use crate::object::{Array, this};
use std::cell::Cell;
use whipsnake_runtime::prelude::*;

/// An array and a place in it; the array is let go at the end.
pub struct ArrayIterator {
    array: ObjCell,
    index: Cell<usize>,
}

impl Payload for ArrayIterator {
    #[inline(always)]
    fn ty() -> &'static Type {
        &ARRAY_ITERATOR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.array);
    }
}

builtin_type! {
    /// `array.arrayiterator`.
    pub static ARRAY_ITERATOR_TYPE = TypeSpec {
        name: "array.arrayiterator",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        slots: Slots { iter: Some(iter::self_iter), iternext: Some(next), ..Instance::<ArrayIterator>::SLOTS },
        methods: methods::METHODS,
        ..Instance::<ArrayIterator>::SPEC
    }
}

/// `iter(array)`.
pub fn iterate(th: &Thread, v: Value) -> PyResult {
    Instance::create(th, ArrayIterator { array: ObjCell::new(v.own()), index: Cell::new(0) })
}

fn state<'a>(v: Value) -> &'a ArrayIterator {
    whipsnake_runtime::dealloc::payload_of(v)
}

fn next(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let it = state(v);
    let Some(held) = it.array.peek() else { return Ok(None) };
    let array: &Array = this(held);
    let i = it.index.get();
    match array.get(i) {
        Some(item) => {
            it.index.set(i + 1);
            item.to_object(th).map(Some)
        }
        None => {
            it.array.set(None);
            Ok(None)
        }
    }
}

#[pymethods]
mod methods {
    use super::*;

    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, v: Value) -> PyResult {
        let function = whipsnake_runtime::import::attribute(th, "builtins", "iter")?;
        match state(v).array.get() {
            Some(array) => {
                let args = th.tuple(&[array.value()])?;
                let index = th.uint(state(v).index.get() as u64)?;
                th.tuple(&[function.value(), args.value(), index.value()])
            }
            None => {
                let args = th.tuple(&[th.tuple(&[])?.value()])?;
                th.tuple(&[function.value(), args.value()])
            }
        }
    }
    /// Moves to a place.
    #[method("__setstate__(state, /)")]
    fn setstate(_: &Thread, v: Value, index: isize) {
        let it = state(v);
        if let Some(array) = it.array.peek() {
            it.index.set((index.max(0) as usize).min(this(array).len()));
        }
    }
}

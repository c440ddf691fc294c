//! The iterators of `bytes` and `bytearray`.

use super::Bytes;
use crate::prelude::*;
use crate::types::bytearray::ByteArray;
use std::cell::Cell;

/// An iterator over the bytes of either type.
pub struct BytesIterator {
    /// Empty when exhausted.
    source: ObjCell,
    index: Cell<usize>,
}

/// The iterator of `bytearray`.
pub struct ByteArrayIterator(BytesIterator);

impl Payload for BytesIterator {
    #[inline(always)]
    fn ty() -> &'static Type {
        &BYTES_ITERATOR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.source);
    }
}

impl Payload for ByteArrayIterator {
    #[inline(always)]
    fn ty() -> &'static Type {
        &BYTEARRAY_ITERATOR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.0.source);
    }
}

builtin_type! {
    /// `bytes_iterator`.
    pub static BYTES_ITERATOR_TYPE = TypeSpec {
        name: "bytes_iterator",
        base: Some(&statics::OBJECT_TYPE),
        flags: flags::DISALLOW_INSTANTIATION | flags::HAVE_GC,
        slots: Slots { iter: Some(itself), iternext: Some(next), ..Instance::<BytesIterator>::SLOTS },
        methods: methods::METHODS,
        ..Instance::<BytesIterator>::SPEC
    }
}

builtin_type! {
    /// `bytearray_iterator`.
    pub static BYTEARRAY_ITERATOR_TYPE = TypeSpec {
        name: "bytearray_iterator",
        base: Some(&statics::OBJECT_TYPE),
        flags: flags::DISALLOW_INSTANTIATION | flags::HAVE_GC,
        slots: Slots { iter: Some(itself), iternext: Some(next), ..Instance::<ByteArrayIterator>::SLOTS },
        methods: methods::METHODS,
        ..Instance::<ByteArrayIterator>::SPEC
    }
}

/// `iter(bytes)`.
pub(super) fn iterate_bytes(th: &Thread, this: Value) -> PyResult {
    Instance::create(th, BytesIterator { source: ObjCell::new(this.own()), index: Cell::new(0) })
}

/// `iter(bytearray)`.
pub(crate) fn iterate_bytearray(th: &Thread, this: Value) -> PyResult {
    let state = BytesIterator { source: ObjCell::new(this.own()), index: Cell::new(0) };
    Instance::create(th, ByteArrayIterator(state))
}

fn itself(_: &Thread, this: Value) -> PyResult {
    Ok(this.own())
}

fn state<'a>(this: Value) -> &'a BytesIterator {
    // SAFETY: I4, only the two iterator types' slots and methods come here; `ByteArrayIterator` is a newtype.
    let instance: &Instance<BytesIterator> = unsafe { this.cast_unchecked() };
    &instance.payload
}

fn contents<'a>(source: Value) -> &'a [u8] {
    // A look at the exact type spares a walk over the bases.
    if let Some(array) = source.exact::<Instance<ByteArray>>() {
        return array.payload.as_slice();
    }
    match source.cast::<Bytes>() {
        Some(bytes) => bytes.as_slice(),
        None => source.cast::<Instance<ByteArray>>().map_or(&[], |array| array.payload.as_slice()),
    }
}

fn next(_: &Thread, this: Value) -> PyResult<Option<Obj>> {
    let it = state(this);
    let Some(source) = it.source.peek() else { return Ok(None) };
    match contents(source).get(it.index.get()) {
        Some(&byte) => {
            it.index.set(it.index.get() + 1);
            Ok(Some(Obj::small_int(byte.into())))
        }
        None => {
            it.source.set(None);
            Ok(None)
        }
    }
}

#[pymethods]
mod methods {
    use super::*;

    /// How many bytes are left.
    #[method("__length_hint__()")]
    fn length_hint(_: &Thread, this: Value) -> usize {
        let it = state(this);
        it.source.peek().map_or(0, |source| contents(source).len().saturating_sub(it.index.get()))
    }

    /// The iterator's state, for pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let it = state(this);
        let iter = crate::types::str::builtin(th, "iter")?;
        match it.source.get() {
            Some(source) => {
                let arguments = th.tuple(&[source.value()])?;
                let index = th.uint(it.index.get() as u64)?;
                th.tuple(&[iter.value(), arguments.value(), index.value()])
            }
            None => {
                let empty = th.tuple(&[])?;
                let arguments = th.tuple(&[empty.value()])?;
                th.tuple(&[iter.value(), arguments.value()])
            }
        }
    }

    /// Restores the iterator's state.
    #[method("__setstate__(state, /)")]
    fn setstate(_: &Thread, this: Value, index: isize) {
        let it = state(this);
        if let Some(source) = it.source.peek() {
            it.index.set((index.max(0) as usize).min(contents(source).len()));
        }
    }
}

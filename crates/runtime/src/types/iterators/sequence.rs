//! The iterators of `list` and `tuple`.
//!
//! Both share the layout `SequenceIterObject`, which the evaluation loop reads: an exhausted one has a null sequence and
//! a negative index.

use super::{recipe, state_index};
use crate::prelude::*;
use crate::types::list::List;
use crate::types::tuple::Tuple;
use std::cell::Cell;
use whipsnake_layout::objects::SequenceIterObject;

/// An iterator of a list.
#[repr(transparent)]
pub struct ListIterator(pub SequenceIterObject);
/// An iterator of a tuple.
#[repr(transparent)]
pub struct TupleIterator(pub SequenceIterObject);

// SAFETY: I4, instances are made by `list_iterator`.
unsafe impl Layout for ListIterator {
    #[inline(always)]
    fn ty() -> &'static Type {
        &LIST_ITERATOR_TYPE
    }
}
// SAFETY: I4, instances are made by `tuple_iterator`.
unsafe impl Layout for TupleIterator {
    #[inline(always)]
    fn ty() -> &'static Type {
        &TUPLE_ITERATOR_TYPE
    }
}

const SHARED: TypeSpec = TypeSpec {
    basicsize: size_of::<SequenceIterObject>(),
    flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
    slots: Slots { dealloc: Some(dealloc), traverse: Some(traverse), iter: Some(iter::self_iter), ..Slots::EMPTY },
    ..TypeSpec::DEFAULT
};

builtin_type! {
    /// `list_iterator`.
    pub static LIST_ITERATOR_TYPE = "PyListIter_Type" => TypeSpec {
        name: "list_iterator",
        slots: Slots { iternext: Some(list_next), ..SHARED.slots },
        methods: list_methods::METHODS,
        ..SHARED
    }
}

builtin_type! {
    /// `tuple_iterator`.
    pub static TUPLE_ITERATOR_TYPE = "PyTupleIter_Type" => TypeSpec {
        name: "tuple_iterator",
        slots: Slots { iternext: Some(tuple_next), ..SHARED.slots },
        methods: tuple_methods::METHODS,
        ..SHARED
    }
}

fn create(th: &Thread, ty: &'static Type, sequence: Value) -> PyResult {
    let object = th.allocate(ty, size_of::<SequenceIterObject>())? as *mut SequenceIterObject;
    // SAFETY: fresh memory of the layout's size; the iterator owns the sequence.
    unsafe {
        (&raw mut (*object).index).write(Cell::new(0));
        (&raw mut (*object).sequence).write(Cell::new(sequence.own().into_slot()));
        Ok(Obj::steal(Value::from_ptr(object)))
    }
}

/// An iterator over a list (or an instance of a subclass).
///
/// # Errors
/// MemoryError.
#[inline]
pub fn list_iterator(th: &Thread, v: Value) -> PyResult {
    debug_assert!(v.is_instance(&statics::LIST_TYPE));
    create(th, &LIST_ITERATOR_TYPE, v)
}

/// An iterator over a tuple (or an instance of a subclass).
///
/// # Errors
/// MemoryError.
#[inline]
pub fn tuple_iterator(th: &Thread, v: Value) -> PyResult {
    debug_assert!(v.is_instance(&statics::TUPLE_TYPE));
    create(th, &TUPLE_ITERATOR_TYPE, v)
}

unsafe fn dealloc(th: &Thread, object: *mut Header) {
    // SAFETY: I3, the iterator is dead and owned its sequence.
    unsafe {
        let ty = Value::from_ptr(object).ty();
        let sequence = (*(object as *const SequenceIterObject)).sequence.get();
        crate::dealloc::free_memory(th, object, ty);
        crate::obj::release_slot(sequence);
    }
}

unsafe fn traverse(object: *mut Header, visitor: &mut Visitor) {
    // SAFETY: I4, called for iterators of this layout.
    visitor.slot(unsafe { &*(object as *const SequenceIterObject) }.sequence.get());
}

fn fields<'a>(v: Value) -> &'a SequenceIterObject {
    // SAFETY: I4, slots are called with instances of their type.
    unsafe { v.cast_unchecked() }
}

/// Marks an iterator as exhausted and releases its sequence.
fn finish(it: &SequenceIterObject) {
    it.index.set(-1);
    crate::obj::release_slot(it.sequence.replace(Slot::NULL));
}

fn list_next(_: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let it = fields(v);
    let Some(sequence) = it.sequence.get().get() else { return Ok(None) };
    let i = it.index.get();
    // SAFETY: I4, list iterators hold lists.
    match unsafe { sequence.cast_unchecked::<List>() }.get(i as usize) {
        Some(item) => {
            it.index.set(i + 1);
            Ok(Some(item))
        }
        None => {
            finish(it);
            Ok(None)
        }
    }
}

fn tuple_next(_: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let it = fields(v);
    let Some(sequence) = it.sequence.get().get() else { return Ok(None) };
    let i = it.index.get();
    // SAFETY: I4, tuple iterators hold tuples.
    match unsafe { sequence.cast_unchecked::<Tuple>() }.get(i as usize) {
        Some(item) => {
            it.index.set(i + 1);
            Ok(Some(item))
        }
        None => {
            finish(it);
            Ok(None)
        }
    }
}

/// How many items are left in a sequence of `len`.
fn left(it: &SequenceIterObject, len: usize) -> usize {
    usize::try_from(it.index.get()).map_or(0, |i| len.saturating_sub(i))
}

#[pymethods]
mod list_methods {
    use super::*;
    /// How many items are left.
    #[method("__length_hint__()")]
    fn length_hint(_: &Thread, this: &ListIterator) -> usize {
        let list = this.0.sequence.get().get().and_then(|v| v.cast::<List>());
        list.map_or(0, |list| left(&this.0, list.len()))
    }
    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: &ListIterator) -> PyResult {
        match this.0.sequence.get().get() {
            Some(sequence) => recipe(th, "iter", &[sequence], Some(this.0.index.get())),
            None => recipe(th, "iter", &[List::new(th)?.value()], None),
        }
    }
    /// For unpickling: sets the position.
    #[method("__setstate__(state, /)")]
    fn setstate(th: &Thread, this: &ListIterator, state: Value) -> PyResult<()> {
        let index = state_index(th, state)?;
        if let Some(list) = this.0.sequence.get().get().and_then(|v| v.cast::<List>()) {
            match index {
                ..0 => finish(&this.0),
                _ => this.0.index.set(index.min(list.len() as isize)),
            }
        }
        Ok(())
    }
}

#[pymethods]
mod tuple_methods {
    use super::*;
    /// How many items are left.
    #[method("__length_hint__()")]
    fn length_hint(_: &Thread, this: &TupleIterator) -> usize {
        let tuple = this.0.sequence.get().get().and_then(|v| v.cast::<Tuple>());
        tuple.map_or(0, |tuple| left(&this.0, tuple.len()))
    }
    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: &TupleIterator) -> PyResult {
        match this.0.sequence.get().get() {
            Some(sequence) => recipe(th, "iter", &[sequence], Some(this.0.index.get())),
            None => recipe(th, "iter", &[crate::types::tuple::empty()], None),
        }
    }
    /// For unpickling: sets the position.
    #[method("__setstate__(state, /)")]
    fn setstate(th: &Thread, this: &TupleIterator, state: Value) -> PyResult<()> {
        let index = state_index(th, state)?;
        if let Some(tuple) = this.0.sequence.get().get().and_then(|v| v.cast::<Tuple>()) {
            this.0.index.set(index.clamp(0, tuple.len() as isize));
        }
        Ok(())
    }
}

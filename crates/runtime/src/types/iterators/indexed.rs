//! Iterators that ask a sequence for one index after the other: forwards by `__getitem__`, and backwards.

use super::{recipe, recipe_of, state_index};
use crate::prelude::*;
use crate::typeobj::names;
use crate::types::list::List;
use std::cell::Cell;

/// Iteration over anything with `__getitem__`, until that raises IndexError.
pub struct SequenceIterator {
    index: Cell<isize>,
    /// Empty when exhausted.
    sequence: ObjCell,
}

impl Payload for SequenceIterator {
    #[inline(always)]
    fn ty() -> &'static Type {
        &SEQUENCE_ITERATOR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.sequence);
    }
}

builtin_type! {
    /// `iterator`.
    pub static SEQUENCE_ITERATOR_TYPE = "PySeqIter_Type" => TypeSpec {
        name: "iterator",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(sequence_next),
            ..Instance::<SequenceIterator>::SLOTS
        },
        methods: sequence_methods::METHODS,
        ..Instance::<SequenceIterator>::SPEC
    }
}

/// An iterator over `v` by index.
///
/// # Errors
/// MemoryError.
pub fn sequence_iterator(th: &Thread, v: Value) -> PyResult {
    Instance::create(th, SequenceIterator { index: Cell::new(0), sequence: ObjCell::new(v.own()) })
}

/// An item, or `None` where a sequence says that there are no more.
fn item_or_end(th: &Thread, sequence: Value, index: isize) -> PyResult<Option<Obj>> {
    match sequence::get_item(th, sequence, index) {
        Ok(item) => Ok(Some(item)),
        Err(_) if th.exception_matches(&statics::INDEX_ERROR) || th.exception_matches(&statics::STOP_ITERATION) => {
            drop(th.take_exception());
            Ok(None)
        }
        Err(raised) => Err(raised),
    }
}

fn sequence_next(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    // SAFETY: I4, slots are called with instances of their type.
    let it = unsafe { v.cast_unchecked::<Instance<SequenceIterator>>() };
    let Some(sequence) = it.sequence.get() else { return Ok(None) };
    let index = it.index.get();
    let Some(next) = index.checked_add(1) else { return err!(th, OVERFLOW_ERROR, "iter index too large") };
    let item = item_or_end(th, sequence.value(), index)?;
    match item {
        Some(_) => it.index.set(next),
        None => it.sequence.set(None),
    }
    Ok(item)
}

#[pymethods]
mod sequence_methods {
    use super::*;
    /// How many items are left, as far as the sequence has a length.
    #[method("__length_hint__()")]
    fn length_hint(th: &Thread, this: &Instance<SequenceIterator>) -> PyResult {
        let Some(sequence) = this.sequence.get() else { return Ok(Obj::small_int(0)) };
        let slots = sequence.ty().slots();
        if slots.sq_length.or(slots.mp_length).is_none() {
            return Ok(Obj::not_implemented());
        }
        th.int((object::len(th, sequence.value())? - this.index.get()).max(0) as i64)
    }
    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: &Instance<SequenceIterator>) -> PyResult {
        match this.sequence.get() {
            Some(sequence) => recipe(th, "iter", &[sequence.value()], Some(this.index.get())),
            None => recipe(th, "iter", &[crate::types::tuple::empty()], None),
        }
    }
    /// For unpickling: sets the position.
    #[method("__setstate__(state, /)")]
    fn setstate(th: &Thread, this: &Instance<SequenceIterator>, state: Value) -> PyResult<()> {
        let index = state_index(th, state)?;
        if !this.sequence.is_empty() {
            this.index.set(index.max(0));
        }
        Ok(())
    }
}

/// An iterator that goes backwards; exhausted when the index is negative.
struct Backwards {
    index: Cell<isize>,
    sequence: ObjCell,
}

impl Backwards {
    fn finish(&self) {
        self.index.set(-1);
        self.sequence.set(None);
    }
    /// How many items are left, seeing that the sequence is now `len` long.
    fn left(&self, len: isize) -> isize {
        let left = self.index.get() + 1;
        if len < left { 0 } else { left }
    }
    fn set_state(&self, index: isize, len: isize) {
        self.index.set(index.min(len - 1).max(-1));
    }
}

/// `reversed(list)`.
pub struct ListReverseIterator(Backwards);

impl Payload for ListReverseIterator {
    #[inline(always)]
    fn ty() -> &'static Type {
        &LIST_REVERSE_ITERATOR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.0.sequence);
    }
}

builtin_type! {
    /// `list_reverseiterator`.
    pub static LIST_REVERSE_ITERATOR_TYPE = "PyListRevIter_Type" => TypeSpec {
        name: "list_reverseiterator",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(list_reverse_next),
            ..Instance::<ListReverseIterator>::SLOTS
        },
        methods: list_reverse_methods::METHODS,
        ..Instance::<ListReverseIterator>::SPEC
    }
}

/// An iterator over a list from its end.
///
/// # Errors
/// MemoryError.
pub fn list_reverse_iterator(th: &Thread, v: Value) -> PyResult {
    let len = v.cast::<List>().map_or(0, List::len);
    let payload = Backwards { index: Cell::new(len as isize - 1), sequence: ObjCell::new(v.own()) };
    Instance::create(th, ListReverseIterator(payload))
}

fn list_reverse_next(_: &Thread, v: Value) -> PyResult<Option<Obj>> {
    // SAFETY: I4, slots are called with instances of their type.
    let it = &unsafe { v.cast_unchecked::<Instance<ListReverseIterator>>() }.payload.0;
    let Some(list) = it.sequence.peek().and_then(|v| v.cast::<List>()) else { return Ok(None) };
    let index = it.index.get();
    match usize::try_from(index).ok().and_then(|i| list.get(i)) {
        Some(item) => {
            it.index.set(index - 1);
            Ok(Some(item))
        }
        None => {
            it.finish();
            Ok(None)
        }
    }
}

#[pymethods]
mod list_reverse_methods {
    use super::*;
    fn length(this: &Instance<ListReverseIterator>) -> isize {
        this.0.sequence.peek().and_then(|v| v.cast::<List>()).map_or(0, List::len) as isize
    }
    /// How many items are left.
    #[method("__length_hint__()")]
    fn length_hint(_: &Thread, this: &Instance<ListReverseIterator>) -> isize {
        this.0.left(length(this))
    }
    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: &Instance<ListReverseIterator>) -> PyResult {
        match this.0.sequence.get() {
            Some(list) => recipe(th, "reversed", &[list.value()], Some(this.0.index.get())),
            None => recipe(th, "reversed", &[List::new(th)?.value()], None),
        }
    }
    /// For unpickling: sets the position.
    #[method("__setstate__(state, /)")]
    fn setstate(th: &Thread, this: &Instance<ListReverseIterator>, state: Value) -> PyResult<()> {
        let index = state_index(th, state)?;
        if !this.0.sequence.is_empty() {
            this.0.set_state(index, length(this));
        }
        Ok(())
    }
}

/// `reversed`.
pub struct Reversed(Backwards);

impl Payload for Reversed {
    #[inline(always)]
    fn ty() -> &'static Type {
        &REVERSED_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.0.sequence);
    }
}

builtin_type! {
    /// `reversed`.
    pub static REVERSED_TYPE = "PyReversed_Type" => TypeSpec {
        name: "reversed",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "reversed(object, /)\n--\n\nAn iterator over the items of a sequence from the last to the first.",
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(reversed_next),
            new: Some(new_reversed),
            ..Instance::<Reversed>::SLOTS
        },
        methods: reversed_methods::METHODS,
        ..Instance::<Reversed>::SPEC
    }
}

fn new_reversed(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    args.no_keywords_for(th, ty, &REVERSED_TYPE, "reversed")?;
    let (1, Some(v)) = (args.len(), args.get(0)) else {
        return err!(th, TYPE_ERROR, "reversed expected 1 argument, got {}", args.len());
    };
    if let Some(method) = object::lookup_special_name(th, v, names::REVERSED.get(th)?)? {
        if method.is_none() {
            return err!(th, TYPE_ERROR, "'{}' object is not reversible", v.ty().name());
        }
        return call::call0(th, method.value());
    }
    if !sequence::is_sequence(v) {
        return err!(th, TYPE_ERROR, "'{}' object is not reversible", v.ty().name());
    }
    let len = sequence::len(th, v)?;
    Instance::create_as(th, ty, Reversed(Backwards { index: Cell::new(len - 1), sequence: ObjCell::new(v.own()) }))
}

fn reversed_next(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    // SAFETY: I4, slots are called with instances of their type.
    let it = &unsafe { v.cast_unchecked::<Instance<Reversed>>() }.payload.0;
    let index = it.index.get();
    if index >= 0
        && let Some(sequence) = it.sequence.get()
        && let Some(item) = item_or_end(th, sequence.value(), index)?
    {
        it.index.set(index - 1);
        return Ok(Some(item));
    }
    it.finish();
    Ok(None)
}

#[pymethods]
mod reversed_methods {
    use super::*;
    /// How many items are left.
    #[method("__length_hint__()")]
    fn length_hint(th: &Thread, this: &Instance<Reversed>) -> PyResult<isize> {
        match this.0.sequence.get() {
            Some(sequence) => Ok(this.0.left(sequence::len(th, sequence.value())?)),
            None => Ok(0),
        }
    }
    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: &Instance<Reversed>) -> PyResult {
        let ty = this.head.type_ptr();
        // SAFETY: I1, an object keeps its type alive.
        let ty = unsafe { Value::from_ptr(ty) };
        match this.0.sequence.get() {
            Some(sequence) => recipe_of(th, ty, &[sequence.value()], Some(this.0.index.get())),
            None => recipe_of(th, ty, &[crate::types::tuple::empty()], None),
        }
    }
    /// For unpickling: sets the position.
    #[method("__setstate__(state, /)")]
    fn setstate(th: &Thread, this: &Instance<Reversed>, state: Value) -> PyResult<()> {
        let index = state_index(th, state)?;
        if let Some(sequence) = this.0.sequence.get() {
            this.0.set_state(index, sequence::len(th, sequence.value())?);
        }
        Ok(())
    }
}

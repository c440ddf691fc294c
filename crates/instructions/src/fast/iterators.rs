//! Steps of the built-in iterators.

use super::{holds_exact, symbols};
use crate::operands::*;
use whipsnake_layout::objects::{ListObject, RangeIterObject, SequenceIterObject, TupleObject};
use whipsnake_layout::{Slot, Value};
use whipsnake_macros::uop;

/// Exits unless `v` is a range iterator over small ints.
#[uop(guard = "ITER_CHECK_RANGE")]
pub fn guard_range_iter(v: Slot) -> Deopt<()> {
    Deopt::unless(holds_exact(v, &raw const symbols::PyRangeIter_Type))
}

#[uop(guard = "ITER_CHECK_LIST")]
pub fn guard_list_iter(v: Slot) -> Deopt<()> {
    Deopt::unless(holds_exact(v, &raw const symbols::PyListIter_Type))
}

#[uop(guard = "ITER_CHECK_TUPLE")]
pub fn guard_tuple_iter(v: Slot) -> Deopt<()> {
    Deopt::unless(holds_exact(v, &raw const symbols::PyTupleIter_Type))
}

/// Whether the range iterator has items left.
#[uop(peek_branch)]
pub fn guard_not_exhausted_range(iter: Ref<RangeIter>) -> bool {
    // SAFETY: I4, guarded.
    unsafe { iter.object::<RangeIterObject>().length.get() > 0 }
}

#[uop(peek)]
pub fn iter_next_range(iter: Ref<RangeIter>) -> Own<SmallInt> {
    // SAFETY: I4, guarded.
    let iter = unsafe { iter.object::<RangeIterObject>() };
    let value = iter.start.get();
    iter.start.set(value.wrapping_add(iter.step));
    iter.length.set(iter.length.get() - 1);
    Own::new(Value::small_int(value))
}

/// Exits at the end of the list: the generic step lets go of the list.
#[uop(guard = "GUARD_NOT_EXHAUSTED_LIST")]
pub fn guard_not_exhausted_list(iter: Ref<ListIter>) -> Deopt<()> {
    // SAFETY: I4, guarded: the sequence of a list iterator is a list or null.
    let more = unsafe {
        let iter = iter.object::<SequenceIterObject>();
        let sequence = iter.sequence.get();
        !sequence.is_null() && iter.index.get() < (*(sequence.0 as *const ListObject)).head.size.get()
    };
    Deopt::unless(more)
}

#[uop(peek)]
pub fn iter_next_list(iter: Ref<ListIter>) -> Own {
    // SAFETY: I4, guarded, and the index was just checked.
    unsafe {
        let iter = iter.object::<SequenceIterObject>();
        let index = iter.index.get();
        iter.index.set(index + 1);
        Own::of(*(*(iter.sequence.get().0 as *const ListObject)).items.get().add(index as usize))
    }
}

#[uop(peek_branch)]
pub fn guard_not_exhausted_tuple(iter: Ref<TupleIter>) -> bool {
    // SAFETY: I4, guarded: the sequence of a tuple iterator is a tuple or null.
    unsafe {
        let iter = iter.object::<SequenceIterObject>();
        let sequence = iter.sequence.get();
        !sequence.is_null() && iter.index.get() < (*(sequence.0 as *const TupleObject)).head.size.get()
    }
}

#[uop(peek)]
pub fn iter_next_tuple(iter: Ref<TupleIter>) -> Own {
    // SAFETY: I4, guarded, and the index was just checked.
    unsafe {
        let iter = iter.object::<SequenceIterObject>();
        let index = iter.index.get();
        iter.index.set(index + 1);
        Own::of((*(*(iter.sequence.get().0 as *const TupleObject)).items.as_ptr().add(index as usize)).get())
    }
}

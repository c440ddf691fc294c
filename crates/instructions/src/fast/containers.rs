//! Reading and writing items of lists and tuples.

use super::{holds_exact, symbols};
use crate::operands::*;
use whipsnake_layout::Slot;
use whipsnake_layout::objects::{ListObject, TupleObject};
use whipsnake_macros::uop;

/// Exits unless `v` is exactly a list.
#[uop(guard = "LIST")]
pub fn guard_list(v: Slot) -> Deopt<()> {
    Deopt::unless(holds_exact(v, &raw const symbols::PyList_Type))
}

/// Exits unless `v` is exactly a tuple.
#[uop(guard = "TUPLE")]
pub fn guard_tuple(v: Slot) -> Deopt<()> {
    Deopt::unless(holds_exact(v, &raw const symbols::PyTuple_Type))
}

/// Exits unless `v` is exactly a str.
#[uop(guard = "UNICODE")]
pub fn guard_unicode(v: Slot) -> Deopt<()> {
    Deopt::unless(holds_exact(v, &raw const symbols::PyUnicode_Type))
}

/// The position an index means in a sequence of `len` items; `None` outside.
#[inline(always)]
fn position(index: i64, len: isize) -> Option<usize> {
    let at = if index < 0 { index + len as i64 } else { index };
    if (at as u64) < len as u64 { Some(at as usize) } else { None }
}

#[uop]
pub fn binary_op_subscr_list_int(list: Ref<List>, index: Ref<SmallInt>) -> Deopt<Own> {
    // SAFETY: I4, guarded; I8, a list's first `size` items are initialised.
    unsafe {
        let list = list.object::<ListObject>();
        match position(index.0.small_int_value(), list.head.size.get()) {
            Some(at) => Deopt::Ok(Own::of(*list.items.get().add(at))),
            None => Deopt::Exit,
        }
    }
}

#[uop]
pub fn binary_op_subscr_tuple_int(tuple: Ref<Tuple>, index: Ref<SmallInt>) -> Deopt<Own> {
    // SAFETY: I4, guarded; I8, a tuple's items are initialised.
    unsafe {
        let tuple = tuple.object::<TupleObject>();
        match position(index.0.small_int_value(), tuple.head.size.get()) {
            Some(at) => Deopt::Ok(Own::of((*tuple.items.as_ptr().add(at)).get())),
            None => Deopt::Exit,
        }
    }
}

/// `list[index] = value`: hands out the old item, which the handler releases.
#[uop]
pub fn store_subscr_list_int(value: Slot, list: Ref<List>, index: Ref<SmallInt>) -> Deopt<Dead> {
    // SAFETY: I4, guarded; I8, a list's first `size` items are initialised. Lists that C code sees take the slow way.
    unsafe {
        let list = list.object::<ListObject>();
        if list.allocated.get() < 0 {
            return Deopt::Exit;
        }
        match position(index.0.small_int_value(), list.head.size.get()) {
            Some(at) => {
                let item = list.items.get().add(at);
                let old = *item;
                *item = if value.is_borrowed_pointer() { Own::<Any>::of(value.value()).0 } else { value.value() };
                Deopt::Ok(Dead(Slot::owned(old)))
            }
            None => Deopt::Exit,
        }
    }
}

#[uop]
pub fn unpack_sequence_two_tuple(tuple: Ref<Tuple>) -> Deopt<(Own, Own)> {
    // SAFETY: I4, guarded; I8, a tuple's items are initialised.
    unsafe {
        let tuple = tuple.object::<TupleObject>();
        if tuple.head.size.get() != 2 {
            return Deopt::Exit;
        }
        let items = tuple.items.as_ptr();
        Deopt::Ok((Own::of((*items.add(1)).get()), Own::of((*items).get())))
    }
}

//! Stack shuffling and unpacking.

use super::{Flow, State, no_idiom};
use crate::operands::OpArg;
use whipsnake_macros::uop;
use whipsnake_runtime::obj::release_slot;
use whipsnake_runtime::prelude::*;

#[uop(control, nosave)]
pub fn copy(st: &mut State, n: OpArg) -> Flow {
    let slot = st.slot(n.0 as usize);
    if slot.is_null() {
        st.push_slot(slot);
    } else {
        st.push(slot.value().own());
    }
    Flow::Next
}

#[uop(control, nosave)]
pub fn swap(st: &mut State, n: OpArg) -> Flow {
    let (top, other) = (st.slot(1), st.slot(n.0 as usize));
    st.put(1, other);
    st.put(n.0 as usize, top);
    Flow::Next
}

#[uop(control, nosave)]
pub fn end_for(st: &mut State) -> Flow {
    let slot = st.pop_slot();
    release_slot(slot);
    Flow::Next
}

/// Drops the receiver below the value.
#[uop(control, nosave)]
pub fn end_send(st: &mut State) -> Flow {
    let value = st.pop_slot();
    let receiver = st.slot(1);
    st.put(1, value);
    release_slot(receiver);
    Flow::Next
}

#[uop(control)]
pub fn unpack_sequence_tuple(st: &mut State, n: OpArg) -> Flow {
    let Some(tuple) = st.peek(1).exact::<whipsnake_runtime::types::tuple::Tuple>() else { return Flow::Exit };
    unpack_items(st, tuple.as_slice(), n.0 as usize)
}

#[uop(control)]
pub fn unpack_sequence_list(st: &mut State, n: OpArg) -> Flow {
    let Some(list) = st.peek(1).exact::<whipsnake_runtime::types::list::List>() else { return Flow::Exit };
    unpack_items(st, list.as_slice(), n.0 as usize)
}

#[inline(always)]
fn unpack_items(st: &mut State, items: &[Value], n: usize) -> Flow {
    if items.len() != n {
        return Flow::Exit;
    }
    let sequence = st.pop_slot();
    for item in items.iter().rev() {
        no_idiom();
        st.push(item.own());
    }
    release_slot(sequence);
    Flow::Next
}

#[uop(control)]
pub fn unpack_sequence(st: &mut State, n: OpArg) -> Flow {
    let n = n.0 as usize;
    let sequence = st.pop_slot();
    // SAFETY: I7, the frame has room for the items, the first of which comes to lie on top.
    let places = unsafe { std::slice::from_raw_parts_mut(st.sp, n) };
    places.fill(Slot::NULL);
    let result = unpack_exactly(st.th, sequence.value(), places);
    if result.is_ok() {
        // SAFETY: I7, as above.
        st.sp = unsafe { st.sp.add(n) };
        release_slot(sequence);
        return Flow::Next;
    }
    st.th.with_exception_saved(|| {
        places.iter().for_each(|slot| release_slot(*slot));
        release_slot(sequence);
    });
    Flow::Error
}

fn cannot_unpack(th: &Thread, v: Value, result: PyResult<Obj>) -> PyResult<Obj> {
    match result {
        Err(_)
            if th.exception_matches(&statics::TYPE_ERROR)
                && v.ty().slots().iter.is_none()
                && !sequence::is_sequence(v) =>
        {
            drop(th.take_exception());
            err!(th, TYPE_ERROR, "cannot unpack non-iterable {} object", v.ty().name())
        }
        other => other,
    }
}

/// Puts the items of an iterable, of which there must be as many as places, into these, the first one last.
fn unpack_exactly(th: &Thread, v: Value, places: &mut [Slot]) -> PyResult<()> {
    let n = places.len();
    if let Some(tuple) = whipsnake_runtime::types::tuple::plainly_iterable(v)
        && tuple.len() == n
    {
        for (place, item) in places.iter_mut().rev().zip(tuple.as_slice()) {
            *place = item.own().into_slot();
        }
        return Ok(());
    }
    let known_len = match (
        v.exact::<whipsnake_runtime::types::tuple::Tuple>(),
        v.exact::<whipsnake_runtime::types::list::List>(),
    ) {
        (Some(tuple), _) => Some(tuple.len()),
        (_, Some(list)) => Some(list.len()),
        _ => v.is_exact(&statics::DICT_TYPE).then(|| object::len(th, v).unwrap_or(0) as usize),
    };
    let too_many = |got: Option<usize>| match got {
        Some(got) => err!(th, VALUE_ERROR, "too many values to unpack (expected {n}, got {got})"),
        None => err!(th, VALUE_ERROR, "too many values to unpack (expected {n})"),
    };
    let it = cannot_unpack(th, v, iter::get_iter(th, v))?;
    for (got, place) in places.iter_mut().rev().enumerate() {
        match iter::next(th, it.value())? {
            Some(item) => *place = item.into_slot(),
            None => return err!(th, VALUE_ERROR, "not enough values to unpack (expected {n}, got {got})"),
        }
    }
    if iter::next(th, it.value())?.is_some() {
        return too_many(known_len);
    }
    Ok(())
}

/// `a, *b, c = x`: the oparg has the number before in its low byte and the number after above.
#[uop(control)]
pub fn unpack_ex(st: &mut State, counts: OpArg) -> Flow {
    let th = st.th;
    let (before, after) = ((counts.0 & 0xff) as usize, (counts.0 >> 8) as usize);
    let items = match unpack_starred(th, st.peek(1), before, after) {
        Ok(items) => items,
        Err(_) => return Flow::Error,
    };
    let sequence = st.pop_slot();
    for item in items.into_iter().rev() {
        st.push(item);
    }
    release_slot(sequence);
    Flow::Next
}

fn unpack_starred(th: &Thread, v: Value, before: usize, after: usize) -> PyResult<Vec<Obj>> {
    let it = cannot_unpack(th, v, iter::get_iter(th, v))?;
    let mut items = iter::to_vec(th, it.value())?;
    if items.len() < before + after {
        return err!(
            th,
            VALUE_ERROR,
            "not enough values to unpack (expected at least {}, got {})",
            before + after,
            items.len()
        );
    }
    let tail = items.split_off(items.len() - after);
    let middle = items.split_off(before);
    items.push(th.list(middle)?);
    items.extend(tail);
    Ok(items)
}

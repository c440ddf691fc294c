//! Subscripts, slices and membership of the built-in containers.

use crate::operands::*;
use whipsnake_macros::uop;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::list::{self, List};
use whipsnake_runtime::types::set::Set;
use whipsnake_runtime::types::slice::Slice;
use whipsnake_runtime::types::str::{self, Str};
use whipsnake_runtime::types::tuple::Tuple;
use whipsnake_runtime::types::{dict, slice};

/// `dict[key]` of an exact dict. Raises KeyError, and what `__hash__` and `__eq__` raise.
#[uop]
pub fn binary_op_subscr_dict(th: &Thread, dict: Ref, key: Ref) -> Deopt<PyResult<Obj>> {
    let Some(dict) = dict.0.exact::<Dict>() else { return Deopt::Exit };
    Deopt::Ok(match dict.get(th, key.0) {
        Ok(Some(v)) => Ok(v),
        Ok(None) => Err(th.key_error(key.0)),
        Err(raised) => Err(raised),
    })
}

/// `str[int]` where the character is Latin-1.
#[uop]
pub fn binary_op_subscr_str_int(text: Ref, index: Ref) -> Deopt<Own> {
    let (Some(text), Some(index)) = (text.0.exact::<Str>(), index.0.as_small_int()) else { return Deopt::Exit };
    let at = if index < 0 { index + text.len() as i64 } else { index };
    match usize::try_from(at).ok().and_then(|at| text.units().get(at)) {
        Some(c) if c < 256 => Deopt::Ok(Own::new(str::one_char(c as u8))),
        _ => Deopt::Exit,
    }
}

/// `list[a:b:c]`.
#[uop]
pub fn binary_op_subscr_list_slice(th: &Thread, list: Ref, key: Ref) -> Deopt<PyResult<Obj>> {
    let (Some(_), Some(_)) = (list.0.exact::<List>(), key.0.exact::<Slice>()) else { return Deopt::Exit };
    Deopt::Ok(object::get_item(th, list.0, key.0))
}

/// `dict[key] = value` of an exact dict.
#[uop]
pub fn store_subscr_dict(th: &Thread, value: Ref, dict: Ref, key: Ref) -> Deopt<PyResult<()>> {
    let Some(dict) = dict.0.exact::<Dict>() else { return Deopt::Exit };
    Deopt::Ok(dict.set(th, key.0, value.0))
}

/// `key in dict` of an exact dict.
#[uop]
pub fn contains_op_dict(th: &Thread, key: Ref, dict: Ref, invert: OpArg) -> Deopt<PyResult<Obj>> {
    let Some(dict) = dict.0.exact::<Dict>() else { return Deopt::Exit };
    Deopt::Ok(dict.contains(th, key.0).map(|found| Obj::bool(found != (invert.0 != 0))))
}

/// `key in set` of an exact set or frozenset.
#[uop]
pub fn contains_op_set(th: &Thread, key: Ref, set: Ref, invert: OpArg) -> Deopt<PyResult<Obj>> {
    if !set.0.is_exact(&statics::SET_TYPE) && !set.0.is_exact(&statics::FROZENSET_TYPE) {
        return Deopt::Exit;
    }
    let Some(set) = Set::of_any(set.0) else { return Deopt::Exit };
    // Unhashable sets as keys have a rule of their own: the method knows it.
    let hash = match dict::hash_key(th, key.0) {
        Ok(hash) => hash,
        Err(_) => {
            drop(th.take_exception());
            return Deopt::Exit;
        }
    };
    Deopt::Ok(set.contains_hashed(th, key.0, hash).map(|found| Obj::bool(found != (invert.0 != 0))))
}

/// Exact strs, compared for (in)equality.
#[uop]
pub fn compare_op_str(left: Ref, right: Ref, op: OpArg) -> Deopt<Own<Bool>> {
    let (Some(a), Some(b)) = (left.0.exact::<Str>(), right.0.exact::<Str>()) else { return Deopt::Exit };
    let outcome = if left.0.same(right.0) || str::eq(a, b) { 8u32 } else { 7 };
    if op.0 & 7 != 0 && op.0 & 7 != 7 {
        return Deopt::Exit;
    }
    Deopt::Ok(Own::new(statics::bool_value(outcome & op.0 != 0)))
}

#[uop]
pub fn to_bool_list(v: Ref) -> Deopt<Own<Bool>> {
    match v.0.exact::<List>() {
        Some(list) => Deopt::Ok(Own::new(statics::bool_value(!list.is_empty()))),
        None => Deopt::Exit,
    }
}

#[uop]
pub fn to_bool_str(v: Ref) -> Deopt<Own<Bool>> {
    match v.0.exact::<Str>() {
        Some(text) => Deopt::Ok(Own::new(statics::bool_value(text.len() != 0))),
        None => Deopt::Exit,
    }
}

/// Instances of a class without `__bool__` and `__len__`, guarded by the type's version.
#[uop]
pub fn to_bool_always_true(v: Ref) -> Own<Bool> {
    let _ = v;
    Own::new(statics::bool_value(true))
}

/// A slice bound that needs no `__index__`: `None` has a default.
#[inline(always)]
fn plain_bound(v: Value, default: isize) -> Option<isize> {
    match v.as_small_int() {
        Some(i) => Some(i as isize),
        None if v.is_none() => Some(default),
        None => None,
    }
}

/// `container[start:stop]`; lists, tuples and strs without making a slice object.
#[uop]
pub fn binary_slice(th: &Thread, container: Ref, start: Ref, stop: Ref) -> PyResult<Obj> {
    if let (Some(from), Some(to)) = (plain_bound(start.0, 0), plain_bound(stop.0, isize::MAX)) {
        let fit = |len: usize| {
            let (start, _, count) = slice::adjust(len as isize, from, to, 1);
            start as usize..start as usize + count
        };
        if let Some(list) = container.0.exact::<List>() {
            return th.list_of(&list.as_slice()[fit(list.len())]);
        }
        if let Some(text) = container.0.exact::<Str>() {
            let range = fit(text.len());
            return str::substring(th, text, range.start, range.end);
        }
        if let Some(tuple) = container.0.exact::<Tuple>() {
            let range = fit(tuple.len());
            if range.len() == tuple.len() {
                return Ok(container.0.own());
            }
            return th.tuple(&tuple.as_slice()[range]);
        }
    }
    let slice = slice::new(th, start.0, stop.0, statics::none())?;
    object::get_item(th, container.0, slice.value())
}

/// `container[start:stop] = value`.
#[uop]
pub fn store_slice(th: &Thread, value: Ref, container: Ref, start: Ref, stop: Ref) -> PyResult<()> {
    if let (Some(from), Some(to)) = (plain_bound(start.0, 0), plain_bound(stop.0, isize::MAX))
        && let Some(list) = container.0.exact::<List>()
        && list::assign_same_length(list, from, to, value.0)
    {
        return Ok(());
    }
    let slice = slice::new(th, start.0, stop.0, statics::none())?;
    object::set_item(th, container.0, slice.value(), value.0)
}

//! Set algebra, on sets and on any iterable.

use super::{FROZENSET_TYPE, SET_TYPE, Set, hash_element};
use crate::prelude::*;
use crate::types::dict::Dict;

/// Calls `each` with every element of an iterable and its hash, as owned values. Hashes of sets and dicts are reused.
///
/// # Errors
/// What iteration, hashing and `each` raise.
pub fn each(th: &Thread, items: Value, mut each: impl FnMut(Value, i64) -> PyResult<bool>) -> PyResult<()> {
    if let Some(set) = Set::of_any(items) {
        let mut pos = 0;
        while let Some((key, hash)) = set.entry_at(&mut pos) {
            let key = key.own();
            if !each(key.value(), hash)? {
                break;
            }
        }
        return Ok(());
    }
    if let Some(dict) = items.exact::<Dict>() {
        let mut pos = 0;
        while let Some((key, _, hash)) = dict.entry_at(&mut pos) {
            let key = key.own();
            if !each(key.value(), hash)? {
                break;
            }
        }
        return Ok(());
    }
    let mut items = iter::Items::of(th, items)?;
    while let Some(key) = items.next(th)? {
        let hash = hash_element(th, key.value())?;
        if !each(key.value(), hash)? {
            break;
        }
    }
    Ok(())
}

/// Adds the elements of an iterable to a set object.
///
/// # Errors
/// TypeError when `items` is no iterable or an element is unhashable, MemoryError, and what Python code raises.
pub fn update(th: &Thread, set: Value, items: Value) -> PyResult<()> {
    let set = Set::of(set);
    if let Some(other) = Set::of_any(items) {
        return set.merge(th, other);
    }
    if let Some(dict) = items.exact::<Dict>() {
        set.reserve(th, dict.len())?;
    }
    each(th, items, |key, hash| set.add_hashed(th, key, hash).map(|_| true))
}

/// A new instance of `ty` (set, frozenset, or a subclass) with the elements of an iterable.
///
/// # Errors
/// As for [`update`].
pub fn from_iterable(th: &Thread, ty: &'static Type, items: Option<Value>) -> PyResult {
    let result = Set::new_as(th, ty)?;
    if let Some(items) = items {
        update(th, result.value(), items)?;
    }
    Ok(result)
}

/// The type results of operators and methods have: `set` or `frozenset`.
pub(super) fn base_type(v: Value) -> &'static Type {
    if v.is_instance(&FROZENSET_TYPE) { &FROZENSET_TYPE } else { &SET_TYPE }
}

/// A copy of the base type.
pub(super) fn copy(th: &Thread, set: Value) -> PyResult {
    from_iterable(th, base_type(set), Some(set))
}

/// `set & other`, of the set's base type.
pub(super) fn intersection(th: &Thread, set: Value, other: Value) -> PyResult {
    if set.same(other) {
        return copy(th, set);
    }
    let result = Set::new_as(th, base_type(set))?;
    let to = Set::of(result.value());
    let (mut inside, mut walked) = (Set::of(set), other);
    if let Some(other) = Set::of_any(other)
        && other.len() > inside.len()
    {
        (inside, walked) = (other, set);
    }
    if let Some(walked) = Set::of_any(walked) {
        to.add_sifted(th, walked, inside, true)?;
        return Ok(result);
    }
    each(th, walked, |key, hash| {
        let common = inside.contains_hashed(th, key, hash)?;
        if common {
            to.add_hashed(th, key, hash)?;
        }
        // When all have been found, the rest is not looked at.
        Ok(!common || to.len() < inside.len())
    })?;
    Ok(result)
}

/// Keeps only the elements that `other` has as well.
///
/// # Errors
/// As for [`update`].
pub fn intersection_update(th: &Thread, set: Value, other: Value) -> PyResult<()> {
    let kept = intersection(th, set, other)?;
    Set::of(set).swap(Set::of(kept.value()));
    Ok(())
}

/// Removes the elements of an iterable.
///
/// # Errors
/// As for [`update`].
pub fn difference_update(th: &Thread, set: Value, other: Value) -> PyResult<()> {
    let to = Set::of(set);
    if set.same(other) {
        to.clear(th);
        return Ok(());
    }
    // Of a set that is larger by far only the common elements matter.
    let common = match Set::of_any(other) {
        Some(other_set) if other_set.len() >> 3 > to.len() => Some(intersection(th, set, other)?),
        _ => None,
    };
    let removed = common.as_ref().map_or(other, Obj::value);
    each(th, removed, |key, hash| to.discard_hashed(th, key, hash).map(|_| true))?;
    to.drop_deleted(th)
}

/// `set - other`, of the set's base type.
pub(super) fn difference(th: &Thread, set: Value, other: Value) -> PyResult {
    let from = Set::of(set);
    let dict = other.exact::<Dict>();
    let other_set = Set::of_any(other);
    let other_len = other_set.map(Set::len).or(dict.map(Dict::len));
    // Walk over whichever is smaller by far.
    if other_len.is_none_or(|len| from.len() >> 2 > len) {
        let result = copy(th, set)?;
        difference_update(th, result.value(), other)?;
        return Ok(result);
    }
    let result = Set::new_as(th, base_type(set))?;
    let to = Set::of(result.value());
    if let Some(other) = other_set {
        to.add_sifted(th, from, other, false)?;
        return Ok(result);
    }
    each(th, set, |key, hash| {
        let found = match dict {
            Some(dict) => dict.get_hashed(th, key, hash)?.is_some(),
            None => false,
        };
        if !found {
            to.add_hashed(th, key, hash)?;
        }
        Ok(true)
    })?;
    Ok(result)
}

/// Removes the elements of `other` that are present and adds those that are not.
///
/// # Errors
/// As for [`update`].
pub fn symmetric_difference_update(th: &Thread, set: Value, other: Value) -> PyResult<()> {
    let to = Set::of(set);
    if set.same(other) {
        to.clear(th);
        return Ok(());
    }
    // An iterable may name an element twice; it counts once.
    let distinct = match Set::of_any(other).is_some() || other.is_exact(&statics::DICT_TYPE) {
        true => other.own(),
        false => from_iterable(th, &SET_TYPE, Some(other))?,
    };
    each(th, distinct.value(), |key, hash| {
        if !to.discard_hashed(th, key, hash)? {
            to.add_hashed(th, key, hash)?;
        }
        Ok(true)
    })
}

/// `set ^ other`, of the set's base type.
pub(super) fn symmetric_difference(th: &Thread, set: Value, other: Value) -> PyResult {
    let result = from_iterable(th, base_type(set), Some(other))?;
    symmetric_difference_update(th, result.value(), set)?;
    Ok(result)
}

/// Whether every element of `a` is one of `b`.
///
/// # Errors
/// What `__eq__` raises.
pub fn is_subset(th: &Thread, a: &Set, b: &Set) -> PyResult<bool> {
    if a.len() > b.len() {
        return Ok(false);
    }
    /// Why a walk over elements stops.
    enum Stop {
        Missing,
        /// Python code has to be asked about the element at a position.
        Ask(usize, Obj, i64),
    }
    let mut at = 0;
    loop {
        let stop = a.search(at, |i, key, hash| match b.holds(key, hash) {
            Some(true) => None,
            Some(false) => Some(Stop::Missing),
            None => Some(Stop::Ask(i, key.own(), hash)),
        });
        match stop {
            None => return Ok(true),
            Some(Stop::Missing) => return Ok(false),
            Some(Stop::Ask(i, key, hash)) => {
                if !b.contains_hashed(th, key.value(), hash)? {
                    return Ok(false);
                }
                at = i + 1;
            }
        }
    }
}

/// Whether every element of an iterable is in `set`.
pub(super) fn contains_all(th: &Thread, set: &Set, items: Value) -> PyResult<bool> {
    let mut all = true;
    each(th, items, |key, hash| {
        all = set.contains_hashed(th, key, hash)?;
        Ok(all)
    })?;
    Ok(all)
}

/// Whether a set and an iterable have no element in common.
pub(super) fn is_disjoint(th: &Thread, set: Value, other: Value) -> PyResult<bool> {
    if set.same(other) {
        return Ok(Set::of(set).is_empty());
    }
    let (mut inside, mut walked) = (Set::of(set), other);
    if let Some(other) = Set::of_any(other)
        && other.len() > inside.len()
    {
        (inside, walked) = (other, set);
    }
    let mut disjoint = true;
    each(th, walked, |key, hash| {
        disjoint = !inside.contains_hashed(th, key, hash)?;
        Ok(disjoint)
    })?;
    Ok(disjoint)
}

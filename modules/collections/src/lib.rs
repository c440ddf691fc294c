//! `_functools`, `_collections`, `_heapq`, `_bisect`.
//!
//! - `functools`: reduce, cmp_to_key; `partial`; `lru_cache`
//! - `deque`, `defaultdict`, `ordered_dict`, `tuplegetter`: the types of `_collections`
//! - `heapq`, `bisect`
//!
//! Source: the documentation of `functools`, `collections`, `heapq`, `bisect`.

use whipsnake_runtime::import::NativeModule;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::module;

pub mod bisect;
pub mod defaultdict;
pub mod deque;
pub mod functools;
pub mod heapq;
pub mod lru_cache;
pub mod ordered_dict;
pub mod partial;
pub mod tuplegetter;

/// The modules of this crate.
pub static MODULES: &[NativeModule] = &[
    NativeModule { name: "_functools", init: functools::init_functools },
    NativeModule { name: "_collections", init: init_collections },
    NativeModule { name: "_heapq", init: heapq::init_heapq },
    NativeModule { name: "_bisect", init: bisect::init_bisect },
];

/// The payload of a receiver that a slot was called with.
///
/// # Errors
/// TypeError for objects of other types.
#[inline]
pub(crate) fn payload<'a, T: Payload>(th: &Thread, v: Value) -> PyResult<&'a T> {
    match v.cast::<Instance<T>>() {
        Some(instance) => Ok(&instance.payload),
        None => Err(th.type_error(format!("expected {}, not {}", T::ty().name(), v.ty().name()))),
    }
}

/// Adds to the count at `key`, with the methods of a plain dict.
fn count_in_dict(th: &Thread, counts: &Dict, iterable: Value) -> PyResult<()> {
    let iterator = iter::get_iter(th, iterable)?;
    while let Some(key) = iter::next(th, iterator.value())? {
        let hash = whipsnake_runtime::types::dict::hash_key(th, key.value())?;
        let count = match counts.get_hashed(th, key.value(), hash)? {
            None => Obj::small_int(1),
            Some(old) => match old.as_small_int() {
                Some(n) => th.int(n + 1)?,
                None => number::binary_op(th, number::NumberOp::Add, old.value(), Value::small_int(1))?,
            },
        };
        counts.set_hashed(th, key.value(), hash, count.value())?;
    }
    Ok(())
}

/// As [`count_in_dict`], for mappings with methods of their own.
fn count_in_mapping(th: &Thread, mapping: Value, iterable: Value) -> PyResult<()> {
    let get = object::get_attr_str(th, mapping, "get")?;
    let iterator = iter::get_iter(th, iterable)?;
    while let Some(key) = iter::next(th, iterator.value())? {
        let old = call::call2(th, get.value(), key.value(), Value::small_int(0))?;
        let new = number::binary_op(th, number::NumberOp::Add, old.value(), Value::small_int(1))?;
        object::set_item(th, mapping, key.value(), new.value())?;
    }
    Ok(())
}

/// Whether a dict subclass keeps dict's own `get` and `__setitem__`.
fn has_plain_access(th: &Thread, mapping: Value) -> PyResult<bool> {
    for name in ["get", "__setitem__"] {
        let name = th.intern(name)?;
        let mine = mapping.ty().lookup(th, name.value());
        let plain = statics::DICT_TYPE.lookup(th, name.value());
        if !matches!((mine, plain), (Some(mine), Some(plain)) if mine.same(plain)) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Counts the elements of an iterable in a mapping.
    #[function("_count_elements(mapping, iterable, /)")]
    fn count_elements(th: &Thread, mapping: Value, iterable: Value) -> PyResult<()> {
        match mapping.cast::<Dict>() {
            Some(counts) if has_plain_access(th, mapping)? => count_in_dict(th, counts, iterable),
            _ => count_in_mapping(th, mapping, iterable),
        }
    }
}

/// Makes `_collections`.
///
/// # Errors
/// MemoryError.
pub fn init_collections(th: &Thread) -> PyResult {
    let m = module::new(th, "_collections", "Fast container types.", functions::METHODS)?;
    for ty in [
        &deque::DEQUE_TYPE,
        &deque::DEQUE_ITERATOR_TYPE,
        &deque::DEQUE_REVERSE_ITERATOR_TYPE,
        &defaultdict::DEFAULTDICT_TYPE,
        &ordered_dict::ORDERED_DICT_TYPE,
        &tuplegetter::TUPLEGETTER_TYPE,
    ] {
        module::add_type(th, m.value(), ty)?;
    }
    Ok(m)
}

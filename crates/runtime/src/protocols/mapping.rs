//! The mapping protocol.

use crate::prelude::*;
use crate::types::dict::Dict;

/// Whether `v` has items by key (`PyMapping_Check`).
pub fn is_mapping(v: Value) -> bool {
    v.ty().slots().mp_subscript.is_some()
}

/// `v[key]` for a key given as Rust text.
///
/// # Errors
/// As [`object::get_item`].
pub fn get_item_str(th: &Thread, v: Value, key: &str) -> PyResult {
    let key = th.intern(key)?;
    object::get_item(th, v, key.value())
}

/// `v[key] = value` for a key given as Rust text.
///
/// # Errors
/// As [`object::set_item`].
pub fn set_item_str(th: &Thread, v: Value, key: &str, value: Value) -> PyResult<()> {
    let key = th.intern(key)?;
    object::set_item(th, v, key.value(), value)
}

/// `v[key]`, or `None` where that raises KeyError.
///
/// # Errors
/// Anything but KeyError.
pub fn lookup_item(th: &Thread, v: Value, key: Value) -> PyResult<Option<Obj>> {
    if let Some(dict) = v.exact::<Dict>() {
        return dict.get(th, key);
    }
    th.catch(object::get_item(th, v, key), &statics::KEY_ERROR)
}

/// A list of the keys.
///
/// # Errors
/// TypeError if `keys()` is not iterable; what it raises.
pub fn keys(th: &Thread, v: Value) -> PyResult {
    if let Some(dict) = v.exact::<Dict>() {
        return th.list(dict.entries().into_iter().map(|(key, _, _)| key).collect());
    }
    method_as_list(th, v, "keys")
}

/// A list of the values.
///
/// # Errors
/// TypeError if `values()` is not iterable; what it raises.
pub fn values(th: &Thread, v: Value) -> PyResult {
    if let Some(dict) = v.exact::<Dict>() {
        return th.list(dict.entries().into_iter().map(|(_, value, _)| value).collect());
    }
    method_as_list(th, v, "values")
}

/// A list of pairs.
///
/// # Errors
/// TypeError if `items()` is not iterable; what it raises.
pub fn items(th: &Thread, v: Value) -> PyResult {
    if let Some(dict) = v.exact::<Dict>() {
        let pairs: PyResult<Vec<Obj>> =
            dict.entries().into_iter().map(|(key, value, _)| th.tuple_from(vec![key, value])).collect();
        return th.list(pairs?);
    }
    method_as_list(th, v, "items")
}

fn method_as_list(th: &Thread, v: Value, name: &str) -> PyResult {
    let result = call::call_method(th, v, name, &[])?;
    let Some(it) = th.catch(iter::get_iter(th, result.value()), &statics::TYPE_ERROR)? else {
        return err!(
            th,
            TYPE_ERROR,
            "{}.{name}() returned a non-iterable (type {})",
            v.ty().name(),
            result.ty().name()
        );
    };
    th.list(iter::to_vec(th, it.value())?)
}

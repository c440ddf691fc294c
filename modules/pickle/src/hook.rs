//! `persistent_id` and `persistent_load`: methods that may be set on the object as well, although its class is built in.

use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::str::Str;

fn is_hook(name: Value, hook: &str) -> bool {
    name.cast::<Str>().is_some_and(|name| name.is_text(hook))
}

/// `v.name`, where the object keeps what was set for `hook` in `set`.
///
/// # Errors
/// As for any attribute.
pub fn get_attribute(th: &Thread, v: Value, name: Value, set: &ObjCell, hook: &str) -> PyResult {
    match set.get() {
        Some(function) if is_hook(name, hook) => Ok(function),
        _ => object::generic_get_attr(th, v, name),
    }
}

/// Sets or deletes `v.name`, where `set` keeps what is set for `hook`.
///
/// # Errors
/// AttributeError when there is nothing to delete, and as for any attribute.
pub fn set_attribute(
    th: &Thread,
    v: Value,
    name: Value,
    value: Option<Value>,
    set: &ObjCell,
    hook: &str,
) -> PyResult<()> {
    if !is_hook(name, hook) {
        return object::generic_set_attr(th, v, name, value);
    }
    if value.is_none() && set.is_empty() {
        return Err(th.raise_with(&statics::ATTRIBUTE_ERROR, &[name]));
    }
    set.set(value.map(ValueExt::own));
    Ok(())
}

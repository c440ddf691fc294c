//! The methods of `dict`.

use super::{DICT_TYPE, Dict, iterators, slots, views};
use crate::prelude::*;
use crate::types::set::{self, FROZENSET_TYPE, SET_TYPE};

#[pymethods]
pub mod methods {
    use super::*;

    /// Whether the dictionary has the key.
    #[method("__contains__(key, /)")]
    fn contains(th: &Thread, this: &Dict, key: Value) -> PyResult<bool> {
        this.contains(th, key)
    }

    /// The value of the key, as in x[key].
    #[method("__getitem__(key, /)")]
    fn getitem(th: &Thread, this: Value, key: Value) -> PyResult {
        slots::subscript(th, this, key)
    }

    /// Size of the object in memory, in bytes.
    #[method("__sizeof__()")]
    fn sizeof(_: &Thread, this: &Dict) -> usize {
        this.value().ty().core.basicsize.get() as usize + this.table_bytes()
    }

    /// The value of the key if it is present, otherwise the default.
    #[method("get(key, default=None, /)")]
    fn get(th: &Thread, this: &Dict, key: Value, default: Value) -> PyResult {
        Ok(this.get(th, key)?.unwrap_or_else(|| default.own()))
    }

    /// The value of the key, which is inserted with the default if it is absent.
    #[method("setdefault(key, default=None, /)")]
    fn setdefault(th: &Thread, this: &Dict, key: Value, default: Value) -> PyResult {
        this.setdefault(th, key, default)
    }

    /// D.pop(k[,d]) -> v: removes the key and returns its value.
    ///
    /// If the key is absent, the default is returned if there is one; otherwise KeyError is raised.
    #[method("pop", raw)]
    fn pop(th: &Thread, this: &Dict, args: Args) -> PyResult {
        args.expect(th, "pop", 1, 2)?;
        let key = args.get(0).unwrap_or(statics::none());
        match (this.pop(th, key)?, args.get(1)) {
            (Some(value), _) => Ok(value),
            (None, Some(default)) => Ok(default.own()),
            (None, None) => Err(th.key_error(key)),
        }
    }

    /// Removes the newest item and returns it as a pair (key, value); KeyError if there is none.
    #[method("popitem()")]
    fn popitem(th: &Thread, this: &Dict) -> PyResult {
        match this.pop_last() {
            Some((key, value)) => th.tuple_from(vec![key, value]),
            None => err!(th, KEY_ERROR, "popitem(): dictionary is empty"),
        }
    }

    /// A view of the keys.
    #[method("keys()")]
    fn keys(th: &Thread, this: Value) -> PyResult {
        views::keys(th, this)
    }

    /// A view of the items.
    #[method("items()")]
    fn items(th: &Thread, this: Value) -> PyResult {
        views::items(th, this)
    }

    /// A view of the values.
    #[method("values()")]
    fn values(th: &Thread, this: Value) -> PyResult {
        views::values(th, this)
    }

    /// D.update([E, ]**F) -> None: takes over the items of a mapping or the pairs of an iterable, then the keywords.
    #[method("update", raw)]
    fn update(th: &Thread, this: &Dict, args: Args) -> PyResult<()> {
        this.update_from_args(th, "update", args)
    }

    /// A new dictionary with keys from the iterable, all with the same value.
    #[classmethod("fromkeys(iterable, value=None, /)")]
    fn fromkeys(th: &Thread, class: Value, iterable: Value, value: Value) -> PyResult {
        let result = call::call0(th, class)?;
        if result.is_exact(&DICT_TYPE) {
            let dict = Dict::of(result.value());
            // The elements of sets and the keys of dicts have their hashes with them.
            if [&SET_TYPE, &FROZENSET_TYPE, &DICT_TYPE].iter().any(|ty| iterable.is_exact(ty)) {
                set::each(th, iterable, |key, hash| dict.set_hashed(th, key, hash, value).map(|()| true))?;
                return Ok(result);
            }
            let iterator = iter::get_iter(th, iterable)?;
            while let Some(key) = iter::next(th, iterator.value())? {
                dict.set(th, key.value(), value)?;
            }
            return Ok(result);
        }
        let iterator = iter::get_iter(th, iterable)?;
        while let Some(key) = iter::next(th, iterator.value())? {
            object::set_item(th, result.value(), key.value(), value)?;
        }
        Ok(result)
    }

    /// Removes all items.
    #[method("clear()")]
    fn clear(th: &Thread, this: &Dict) {
        this.clear(th);
    }

    /// A shallow copy.
    #[method("copy()")]
    fn copy(th: &Thread, this: Value) -> PyResult {
        slots::copy_of(th, this)
    }

    /// An iterator over the keys, newest first.
    #[method("__reversed__()")]
    fn reversed(th: &Thread, this: Value) -> PyResult {
        iterators::reversed_keys(th, this)
    }

    /// See PEP 585.
    #[classmethod("__class_getitem__(object, /)")]
    fn class_getitem(th: &Thread, class: Value, object: Value) -> PyResult {
        crate::types::generic_alias::new(th, class, object)
    }
}

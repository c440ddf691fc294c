//! The methods of `list`.

use super::{List, extend, release_items};
use crate::prelude::*;

#[pymethods]
pub mod methods {
    use super::*;
    /// Add an item at the end.
    #[method("append(object, /)")]
    fn append(th: &Thread, this: &List, object: Value) -> PyResult<()> {
        this.push(th, object.own())
    }
    /// Whether this is `list.append`, whose calls have a form of their own.
    pub fn is_append(def: &MethodDef) -> bool {
        matches!(def.code, NativeCode::One(code) if code as usize == __wrap_append as *const () as usize)
    }
    /// Remove all items.
    #[method("clear()")]
    fn clear(th: &Thread, this: &List) {
        release_items(th, this);
    }
    /// A shallow copy.
    #[method("copy()")]
    fn copy(th: &Thread, this: &List) -> PyResult {
        th.list_of(this.as_slice())
    }
    /// How often value occurs.
    #[method("count(value, /)")]
    fn count(th: &Thread, this: &List, value: Value) -> PyResult<usize> {
        let (mut n, mut i) = (0, 0);
        while let Some(item) = this.get(i) {
            n += compare::eq(th, item.value(), value)? as usize;
            i += 1;
        }
        Ok(n)
    }
    /// Append all items of an iterable.
    #[method("extend(iterable, /)")]
    fn extend_with(th: &Thread, this: &List, iterable: Value) -> PyResult<()> {
        extend(th, this.value(), iterable)
    }
    /// The first index of value. Raises ValueError if it is not there.
    #[method("index(value, start=0, stop=sys.maxsize, /)")]
    fn index(th: &Thread, this: &List, value: Value, start: Option<Value>, stop: Option<Value>) -> PyResult<usize> {
        let (start, stop) = sequence::clamp_range(th, start, stop, this.len())?;
        let mut i = start;
        while i < stop
            && let Some(item) = this.get(i)
        {
            if compare::eq(th, item.value(), value)? {
                return Ok(i);
            }
            i += 1;
        }
        err!(th, VALUE_ERROR, "list.index(x): x not in list")
    }
    /// Insert object before index.
    #[method("insert(index, object, /)")]
    fn insert(th: &Thread, this: &List, index: isize, object: Value) -> PyResult<()> {
        let len = this.len() as isize;
        let at = if index < 0 { (index + len).max(0) } else { index.min(len) } as usize;
        this.insert(th, at, object.own())
    }
    /// Remove and return the item at index (default last). Raises IndexError if there is none.
    #[method("pop(index=-1, /)")]
    fn pop(th: &Thread, this: &List, index: isize) -> PyResult {
        if this.is_empty() {
            return err!(th, INDEX_ERROR, "pop from empty list");
        }
        let at = if index < 0 { index + this.len() as isize } else { index };
        match usize::try_from(at).ok().and_then(|at| this.remove_at(at)) {
            Some(item) => Ok(item),
            None => err!(th, INDEX_ERROR, "pop index out of range"),
        }
    }
    /// Remove the first occurrence of value. Raises ValueError if it is not there.
    #[method("remove(value, /)")]
    fn remove(th: &Thread, this: &List, value: Value) -> PyResult<()> {
        let mut i = 0;
        while let Some(item) = this.get(i) {
            if compare::eq(th, item.value(), value)? {
                drop(this.remove_at(i));
                return Ok(());
            }
            i += 1;
        }
        err!(th, VALUE_ERROR, "list.remove(x): x not in list")
    }
    /// Reverse in place.
    #[method("reverse()")]
    fn reverse(_: &Thread, this: &List) {
        this.reverse();
    }
    /// Sort in place, stably.
    #[method("sort(*, key=None, reverse=False)")]
    fn sort(th: &Thread, this: &List, key: Option<Value>, reverse: bool) -> PyResult<()> {
        super::super::sort(th, this, key, reverse)
    }
    /// An iterator from the end to the start.
    #[method("__reversed__()")]
    fn reversed(th: &Thread, this: &List) -> PyResult {
        crate::types::iterators::list_reverse_iterator(th, this.value())
    }
    /// The size in memory, in bytes.
    #[method("__sizeof__()")]
    fn sizeof(_: &Thread, this: &List) -> usize {
        this.value().ty().core.basicsize.get() as usize + this.capacity() * 8
    }
    /// See PEP 585.
    #[classmethod("__class_getitem__(item, /)")]
    fn class_getitem(th: &Thread, cls: Value, item: Value) -> PyResult {
        crate::types::generic_alias::new(th, cls, item)
    }
}

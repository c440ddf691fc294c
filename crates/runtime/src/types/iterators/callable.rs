//! `iter(callable, sentinel)`.

use super::recipe;
use crate::prelude::*;

/// Calls a function until it returns the sentinel. Both are gone when exhausted.
pub struct CallableIterator {
    callable: ObjCell,
    sentinel: ObjCell,
}

impl Payload for CallableIterator {
    #[inline(always)]
    fn ty() -> &'static Type {
        &CALLABLE_ITERATOR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.callable);
        visitor.cell(&self.sentinel);
    }
}

builtin_type! {
    /// `callable_iterator`.
    pub static CALLABLE_ITERATOR_TYPE = "PyCallIter_Type" => TypeSpec {
        name: "callable_iterator",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(next),
            ..Instance::<CallableIterator>::SLOTS
        },
        methods: methods::METHODS,
        ..Instance::<CallableIterator>::SPEC
    }
}

/// An iterator over the results of `callable()` up to `sentinel`.
///
/// # Errors
/// MemoryError.
pub fn callable_iterator(th: &Thread, callable: Value, sentinel: Value) -> PyResult {
    let payload = CallableIterator { callable: ObjCell::new(callable.own()), sentinel: ObjCell::new(sentinel.own()) };
    Instance::create(th, payload)
}

fn next(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    // SAFETY: I4, slots are called with instances of their type.
    let it = unsafe { v.cast_unchecked::<Instance<CallableIterator>>() };
    let Some(callable) = it.callable.get() else { return Ok(None) };
    let result = call::call0(th, callable.value());
    // The call may have exhausted this iterator itself.
    if let Some(result) = th.catch(result, &statics::STOP_ITERATION)?
        && let Some(sentinel) = it.sentinel.get()
        && !compare::eq(th, sentinel.value(), result.value())?
    {
        return Ok(Some(result));
    }
    it.callable.set(None);
    it.sentinel.set(None);
    Ok(None)
}

#[pymethods]
mod methods {
    use super::*;
    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: &Instance<CallableIterator>) -> PyResult {
        match (this.callable.get(), this.sentinel.get()) {
            (Some(callable), Some(sentinel)) => recipe(th, "iter", &[callable.value(), sentinel.value()], None),
            _ => recipe(th, "iter", &[crate::types::tuple::empty()], None),
        }
    }
}

//! `aiter` and `anext`.

use crate::prelude::*;
use crate::types::generator::get_awaitable;

/// `anext(iterator, default)`: an awaitable that gives the default when the iterator is exhausted.
pub struct Anext {
    awaitable: Obj,
    default: Obj,
}

impl Payload for Anext {
    fn ty() -> &'static Type {
        &ANEXT_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.awaitable);
        visitor.obj(&self.default);
    }
}

type AnextObject = Instance<Anext>;

/// StopAsyncIteration becomes the default as StopIteration's value.
fn finish(th: &Thread, this: &Anext, result: PyResult) -> PyResult {
    match result {
        Err(_) if th.exception_matches(&statics::STOP_ASYNC_ITERATION) => {
            drop(th.take_exception());
            Err(crate::types::exceptions::raise_stop_iteration(th, this.default.value()))
        }
        other => other,
    }
}

fn iterator_of(th: &Thread, this: &Anext) -> PyResult {
    let it = get_awaitable(th, this.awaitable.value(), 0)?;
    if it.is_exact(&statics::COROUTINE_TYPE) {
        return call::call_method(th, it.value(), "__await__", &[]);
    }
    Ok(it)
}

fn next(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let Some(this) = v.cast::<AnextObject>() else { return Ok(None) };
    let it = iterator_of(th, this)?;
    let Some(slot) = it.ty().slots().iternext else { return Ok(None) };
    let result = match slot(th, it.value()) {
        Ok(Some(v)) => Ok(v),
        Ok(None) => Err(th.raise_with(&statics::STOP_ITERATION, &[])),
        Err(raised) => Err(raised),
    };
    finish(th, this, result).map(Some)
}

#[pymethods]
mod methods {
    use super::*;
    #[method("send(value, /)")]
    fn send(th: &Thread, this: &AnextObject, value: Value) -> PyResult {
        let it = iterator_of(th, this)?;
        let result = call::call_method(th, it.value(), "send", &[value]);
        finish(th, this, result)
    }
    #[method("throw(value, traceback=None, third=None, /)", raw)]
    fn throw(th: &Thread, this: &AnextObject, args: Args) -> PyResult {
        let it = iterator_of(th, this)?;
        let values: Vec<Value> = args.values().collect();
        let result = call::call_method(th, it.value(), "throw", &values);
        finish(th, this, result)
    }
    #[method("close()")]
    fn close(th: &Thread, this: &AnextObject) -> PyResult {
        let it = iterator_of(th, this)?;
        call::call_method(th, it.value(), "close", &[])
    }
}

builtin_type! {
    pub static ANEXT_TYPE = TypeSpec {
        name: "anext_awaitable",
        base: Some(&crate::types::object::OBJECT_TYPE),
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(next),
            am_await: Some(iter::self_iter),
            ..Instance::<Anext>::SLOTS
        },
        methods: methods::METHODS,
        ..Instance::<Anext>::SPEC
    }
}

#[pyfunctions]
pub mod functions {
    use super::*;
    /// The asynchronous iterator of an asynchronous iterable.
    #[function("aiter(async_iterable, /)")]
    fn aiter(th: &Thread, async_iterable: Value) -> PyResult {
        let Some(slot) = async_iterable.ty().slots().am_aiter else {
            return err!(th, TYPE_ERROR, "'{}' object is not an async iterable", async_iterable.ty().name());
        };
        let it = slot(th, async_iterable)?;
        if it.ty().slots().am_anext.is_none() {
            return err!(th, TYPE_ERROR, "aiter() returned not an async iterator of type '{}'", it.ty().name());
        }
        Ok(it)
    }
    /// The next item of an asynchronous iterator, as an awaitable.
    #[function("anext(async_iterator, default=None, /)", raw)]
    fn anext(th: &Thread, args: Args) -> PyResult {
        args.expect(th, "anext", 1, 2)?;
        let it = args.get(0).unwrap_or(statics::none());
        let Some(slot) = it.ty().slots().am_anext else {
            return err!(th, TYPE_ERROR, "'{}' object is not an async iterator", it.ty().name());
        };
        let awaitable = slot(th, it)?;
        match args.get(1) {
            Some(default) => Instance::create(th, Anext { awaitable, default: default.own() }),
            None => Ok(awaitable),
        }
    }
}

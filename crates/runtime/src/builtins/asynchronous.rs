//! aiter and anext.

use crate::prelude::*;
use crate::types::exceptions;

/// `anext(it, default)`: awaits `it.__anext__()`, and gives the default where that ends.
pub struct AnextAwaitable {
    wrapped: ObjCell,
    default: ObjCell,
}

impl Payload for AnextAwaitable {
    #[inline(always)]
    fn ty() -> &'static Type {
        &ANEXT_AWAITABLE_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.wrapped);
        visitor.cell(&self.default);
    }
    fn clear(&self) {
        self.wrapped.set(None);
        self.default.set(None);
    }
}

builtin_type! {
    pub static ANEXT_AWAITABLE_TYPE = TypeSpec {
        name: "anext_awaitable",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(next),
            am_await: Some(iter::self_iter),
            ..Instance::<AnextAwaitable>::SLOTS
        },
        methods: methods::METHODS,
        ..Instance::<AnextAwaitable>::SPEC
    }
}

fn payload<'a>(v: Value) -> &'a AnextAwaitable {
    // SAFETY: I4, slots and methods of this type.
    unsafe { &v.cast_unchecked::<Instance<AnextAwaitable>>().payload }
}

/// The iterator behind the awaitable: coroutines are asked for it.
fn awaitable_iterator(th: &Thread, this: Value) -> PyResult {
    let wrapped = payload(this).wrapped.get().unwrap_or_else(Obj::none);
    let iterator = crate::types::generator::get_awaitable(th, wrapped.value(), 0)?;
    if iterator.ty().slots().iternext.is_some() {
        return Ok(iterator);
    }
    let Some(await_slot) = iterator.ty().slots().am_await else {
        return err!(th, TYPE_ERROR, "object {} can't be used in 'await' expression", wrapped.ty().name());
    };
    let inner = await_slot(th, iterator.value())?;
    if inner.ty().slots().iternext.is_none() {
        return err!(th, TYPE_ERROR, "__await__ must return an iterable, not {}", inner.ty().name());
    }
    Ok(inner)
}

/// The end of the iteration becomes the default.
fn with_default<T>(th: &Thread, this: Value, result: PyResult<T>) -> PyResult<T> {
    match result {
        Err(_) if th.exception_matches(&statics::STOP_ASYNC_ITERATION) => {
            drop(th.take_exception());
            let default = payload(this).default.get().unwrap_or_else(Obj::none);
            Err(exceptions::raise_stop_iteration(th, default.value()))
        }
        other => other,
    }
}

fn next(th: &Thread, this: Value) -> PyResult<Option<Obj>> {
    let iterator = awaitable_iterator(th, this)?;
    let result = match iterator.ty().slots().iternext {
        Some(next) => next(th, iterator.value()),
        None => Ok(None),
    };
    with_default(th, this, result)
}

fn proxy(th: &Thread, this: Value, name: &str, args: Args) -> PyResult {
    let result = awaitable_iterator(th, this).and_then(|iterator| {
        let method = object::get_attr_str(th, iterator.value(), name)?;
        call::call(th, method.value(), args)
    });
    with_default(th, this, result)
}

#[pymethods]
mod methods {
    use super::*;

    /// Sends a value into the awaitable.
    #[method("send", raw)]
    fn send(th: &Thread, this: Value, args: Args) -> PyResult {
        proxy(th, this, "send", args)
    }
    /// Raises an exception inside the awaitable.
    #[method("throw", raw)]
    fn throw(th: &Thread, this: Value, args: Args) -> PyResult {
        proxy(th, this, "throw", args)
    }
    /// Ends the awaitable.
    #[method("close", raw)]
    fn close(th: &Thread, this: Value, args: Args) -> PyResult {
        proxy(th, this, "close", args)
    }
}

#[pyfunctions]
pub(super) mod functions {
    use super::*;

    /// The asynchronous iterator of an object.
    #[function("aiter(async_iterable, /)")]
    fn aiter(th: &Thread, async_iterable: Value) -> PyResult {
        let Some(aiter) = async_iterable.ty().slots().am_aiter else {
            return err!(th, TYPE_ERROR, "'{}' object is not an async iterable", async_iterable.ty().name());
        };
        let iterator = aiter(th, async_iterable)?;
        if iterator.ty().slots().am_anext.is_none() {
            let got = iterator.ty().name();
            return err!(th, TYPE_ERROR, "aiter() returned not an async iterator of type '{got}'");
        }
        Ok(iterator)
    }
    /// An awaitable for the next item, or for the default at the end.
    #[function("anext", raw)]
    fn anext(th: &Thread, args: Args) -> PyResult {
        args.expect(th, "anext", 1, 2)?;
        let Some(iterator) = args.get(0) else { return Ok(Obj::none()) };
        let Some(anext) = iterator.ty().slots().am_anext else {
            return err!(th, TYPE_ERROR, "'{}' object is not an async iterator", iterator.ty().name());
        };
        let awaitable = anext(th, iterator)?;
        match args.get(1) {
            None => Ok(awaitable),
            Some(default) => Instance::create(
                th,
                AnextAwaitable { wrapped: ObjCell::new(awaitable), default: ObjCell::new(default.own()) },
            ),
        }
    }
}

//! What `await future` runs: yields the future once, then gives its result.

use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::{exceptions, tuple::Tuple};
use whipsnake_runtime::warnings;

use super::future::{Future, uninitialized};
use crate::payload;

pub struct FutureIter {
    /// Empty after `throw` and `close`.
    future: ObjCell,
}

impl Payload for FutureIter {
    #[inline(always)]
    fn ty() -> &'static Type {
        &FUTURE_ITER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.future);
    }
    fn clear(&self) {
        self.future.set(None);
    }
}

builtin_type! {
    /// `_asyncio.FutureIter`.
    pub static FUTURE_ITER_TYPE = TypeSpec {
        name: "_asyncio.FutureIter",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        slots: Slots { iter: Some(iter::self_iter), iternext: Some(next), ..Instance::<FutureIter>::SLOTS },
        methods: methods::METHODS,
        ..Instance::<FutureIter>::SPEC
    }
}

/// `future.__await__()`.
///
/// # Errors
/// RuntimeError if `__init__` has not run; MemoryError.
pub fn of_future(th: &Thread, future: Value) -> PyResult {
    if payload::<Future>(th, future)?.known_loop().is_none() {
        return Err(uninitialized(th));
    }
    Instance::create(th, FutureIter { future: ObjCell::new(future.own()) })
}

fn next(th: &Thread, this: Value) -> PyResult<Option<Obj>> {
    let it = payload::<FutureIter>(th, this)?;
    let Some(held) = it.future.get() else { return Ok(None) };
    let future = payload::<Future>(th, held.value())?;
    if !future.is_done() {
        if future.is_blocking() {
            return err!(th, RUNTIME_ERROR, "await wasn't used with future");
        }
        future.set_blocking(true);
        return Ok(Some(held));
    }
    let result = future.result(th)?;
    if result.is_none() { Ok(None) } else { Err(exceptions::raise_stop_iteration(th, result.value())) }
}

/// The exception that the arguments of `throw` mean, with its traceback.
fn thrown(th: &Thread, args: Args) -> PyResult {
    let argument = |i: usize| args.get(i).filter(|v| !v.is_none());
    let (first, value, traceback) = (args.get(0).unwrap_or(statics::none()), argument(1), argument(2));
    if traceback.is_some_and(|tb| !tb.is_exact(&statics::TRACEBACK_TYPE)) {
        return err!(th, TYPE_ERROR, "throw() third argument must be a traceback");
    }
    let exception = if let Some(class) = first.cast::<Type>().filter(|ty| exceptions::is_exception_class(ty)) {
        let made = match value {
            Some(value) if value.is_instance(class) => Ok(value.own()),
            Some(value) => match value.cast::<Tuple>() {
                Some(items) => call::call_values(th, first, items.as_slice()),
                None => call::call1(th, first, value),
            },
            None => call::call0(th, first),
        };
        // What goes wrong in making the exception is thrown in its place.
        match made.map_err(|_| th.take_exception()) {
            Ok(made) | Err(Some(made)) => made,
            Err(None) => Obj::none(),
        }
    } else if exceptions::is_exception_class(first.ty()) {
        if value.is_some() {
            return err!(th, TYPE_ERROR, "instance exception may not have a separate value");
        }
        first.own()
    } else {
        Obj::none()
    };
    if !exceptions::is_exception_class(exception.ty()) {
        return err!(th, TYPE_ERROR, "exceptions must be classes deriving BaseException or instances of such a class");
    }
    if let Some(traceback) = traceback {
        exceptions::set_traceback(exception.value(), Some(traceback.own()));
    }
    Ok(exception)
}

#[pymethods]
mod methods {
    use super::*;

    #[method("send(arg, /)")]
    fn send(th: &Thread, this: Value, arg: Value) -> PyResult {
        // A future does not care what is sent to it.
        let _ = arg;
        match super::next(th, this)? {
            Some(future) => Ok(future),
            None => Err(th.raise_with(&statics::STOP_ITERATION, &[statics::none()])),
        }
    }
    #[method("throw(typ, val=None, tb=None, /)", raw)]
    fn throw(th: &Thread, this: Value, args: Args) -> PyResult {
        args.expect(th, "throw", 1, 3)?;
        if args.len() > 1 {
            warnings::warn(
                th,
                &statics::DEPRECATION_WARNING,
                "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.",
                1,
            )?;
        }
        let exception = thrown(th, args)?;
        payload::<FutureIter>(th, this)?.future.set(None);
        Err(exceptions::reraise(th, exception))
    }
    #[method("close()")]
    fn close(th: &Thread, this: Value) -> PyResult<()> {
        payload::<FutureIter>(th, this)?.future.set(None);
        Ok(())
    }
}

//! Iterators and awaitables.

use crate::operands::*;
use whipsnake_layout::frame::Frame;
use whipsnake_macros::uop;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::generator;

#[uop]
pub fn get_iter(th: &Thread, v: Ref) -> PyResult<Obj> {
    iter::get_iter(th, v.0)
}

/// `yield from x`: coroutines may be awaited only from coroutines.
#[uop]
pub fn get_yield_from_iter(th: &Thread, frame: &Frame, v: Ref) -> PyResult<Obj> {
    use whipsnake_layout::code::flags as co;
    if v.0.is_exact(&statics::COROUTINE_TYPE) {
        // SAFETY: I7, the code is alive while its frame runs.
        let flags = unsafe { (*frame.code.get()).flags };
        if flags & (co::COROUTINE | co::ITERABLE_COROUTINE) == 0 {
            return err!(th, TYPE_ERROR, "cannot 'yield from' a coroutine object in a non-coroutine generator");
        }
        return Ok(v.0.own());
    }
    if v.0.is_exact(&statics::GENERATOR_TYPE) {
        return Ok(v.0.own());
    }
    iter::get_iter(th, v.0)
}

#[uop]
pub fn get_awaitable(th: &Thread, v: Ref, context: OpArg) -> PyResult<Obj> {
    generator::get_awaitable(th, v.0, context.0)
}

#[uop]
pub fn get_aiter(th: &Thread, v: Ref) -> PyResult<Obj> {
    generator::get_aiter(th, v.0)
}

#[uop(peek)]
pub fn get_anext(th: &Thread, v: Ref) -> PyResult<Obj> {
    generator::get_anext(th, v.0)
}

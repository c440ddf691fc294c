//! `sys.settrace`, `sys.setprofile` and what belongs to them: instrumentation calls the functions (`instrument::legacy`).

use crate::instrument::{call_tracing, set_profile, set_trace};
use crate::prelude::*;

fn some(v: Value) -> Option<Obj> {
    Some(v).filter(|v| !v.is_none()).map(ValueExt::own)
}

/// Sets a function of all threads.
fn set_all(th: &Thread, set: fn(&Thread, &Thread, Option<Obj>) -> PyResult<()>, function: Value) -> PyResult<()> {
    let idents = |th: &Thread| -> Vec<*const Thread> { th.interp.threads.borrow().clone() };
    for target in idents(th) {
        // A release may have let another thread run, and end.
        if idents(th).contains(&target) {
            // SAFETY: I6, the list holds living threads.
            set(th, unsafe { &*target }, some(function))?;
        }
    }
    Ok(())
}

#[pyfunctions]
pub(super) mod functions {
    use super::*;

    /// Sets the function that is called for each line, call and return of this thread.
    #[function("settrace(function, /)")]
    fn settrace(th: &Thread, function: Value) -> PyResult<()> {
        set_trace(th, th, some(function))
    }
    /// The trace function.
    #[function("gettrace()")]
    fn gettrace(th: &Thread) -> Option<Obj> {
        th.tracing.function()
    }
    /// Sets the function that is called for each call and return of this thread.
    #[function("setprofile(function, /)")]
    fn setprofile(th: &Thread, function: Value) -> PyResult<()> {
        set_profile(th, th, some(function))
    }
    /// The profile function.
    #[function("getprofile()")]
    fn getprofile(th: &Thread) -> Option<Obj> {
        th.tracing.profiler()
    }
    /// Sets the trace function of all threads.
    #[function("_settraceallthreads(function, /)")]
    fn settraceallthreads(th: &Thread, function: Value) -> PyResult<()> {
        set_all(th, set_trace, function)
    }
    /// Sets the profile function of all threads.
    #[function("_setprofileallthreads(function, /)")]
    fn setprofileallthreads(th: &Thread, function: Value) -> PyResult<()> {
        set_all(th, set_profile, function)
    }
    /// Calls a function; its lines are traced although the caller is a trace function.
    #[function("call_tracing(func, args, /)")]
    fn call_traced(th: &Thread, func: Value, args: Value) -> PyResult {
        if !args.is_instance(&statics::TUPLE_TYPE) {
            return err!(th, TYPE_ERROR, "call_tracing() argument 2 must be tuple, not {}", args.ty().name());
        }
        call_tracing(th, || call::call_ex(th, func, args, None))
    }
}

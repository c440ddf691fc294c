//! Trace and profile functions (`sys.settrace`, `sys.setprofile`): stored here, called by the evaluation loop.

use crate::import::ObjCell2;
use crate::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

#[derive(Default)]
struct Functions {
    trace: ObjCell2,
    profile: ObjCell2,
}

/// The functions of all threads of an interpreter.
#[derive(Default)]
pub struct Tracing {
    threads: RefCell<HashMap<u64, Functions>>,
    /// How many functions are set: the loop looks further only when it is not 0.
    pub active: Cell<usize>,
    /// Changes whenever a function does.
    pub version: Cell<u32>,
}

/// Which of the two functions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    Trace,
    Profile,
}

/// This interpreter's tracing state.
pub fn state(th: &Thread) -> &'static Tracing {
    th.interp.state()
}

/// The thread's trace or profile function.
pub fn function(th: &Thread, which: Which) -> Option<Obj> {
    let threads = state(th).threads.borrow();
    let functions = threads.get(&th.ident)?;
    match which {
        Which::Trace => functions.trace.0.get(),
        Which::Profile => functions.profile.0.get(),
    }
}

/// Sets the thread's trace or profile function.
pub fn set(th: &Thread, ident: u64, which: Which, new: Option<Obj>) {
    let state = state(th);
    let set = usize::from(new.is_some());
    let old = {
        let mut threads = state.threads.borrow_mut();
        let functions = threads.entry(ident).or_default();
        match which {
            Which::Trace => functions.trace.0.replace(new),
            Which::Profile => functions.profile.0.replace(new),
        }
    };
    state.active.set(state.active.get() + set - usize::from(old.is_some()));
    state.version.set(state.version.get().wrapping_add(1));
    // Released last: it may run Python code.
    drop(old);
}

fn set_all(th: &Thread, which: Which, new: Value) {
    let idents: Vec<u64> = th
        .interp
        .threads
        .borrow()
        .iter()
        .map(|other| {
            // SAFETY: I6, the list holds living threads.
            unsafe { (**other).ident }
        })
        .collect();
    for ident in idents {
        set(th, ident, which, some(new));
    }
}

fn some(v: Value) -> Option<Obj> {
    Some(v).filter(|v| !v.is_none()).map(ValueExt::own)
}

#[pyfunctions]
pub(super) mod functions {
    use super::*;

    /// Sets the function that is called for each line, call and return of this thread.
    #[function("settrace(function, /)")]
    fn settrace(th: &Thread, function: Value) {
        set(th, th.ident, Which::Trace, some(function));
    }
    /// The trace function.
    #[function("gettrace()")]
    fn gettrace(th: &Thread) -> Option<Obj> {
        function(th, Which::Trace)
    }
    /// Sets the function that is called for each call and return of this thread.
    #[function("setprofile(function, /)")]
    fn setprofile(th: &Thread, function: Value) {
        set(th, th.ident, Which::Profile, some(function));
    }
    /// The profile function.
    #[function("getprofile()")]
    fn getprofile(th: &Thread) -> Option<Obj> {
        function(th, Which::Profile)
    }
    /// Sets the trace function of all threads.
    #[function("_settraceallthreads(function, /)")]
    fn settraceallthreads(th: &Thread, function: Value) {
        set_all(th, Which::Trace, function);
    }
    /// Sets the profile function of all threads.
    #[function("_setprofileallthreads(function, /)")]
    fn setprofileallthreads(th: &Thread, function: Value) {
        set_all(th, Which::Profile, function);
    }
    /// Calls a function; its lines are traced although the caller is a trace function.
    #[function("call_tracing(func, args, /)")]
    fn call_tracing(th: &Thread, func: Value, args: Value) -> PyResult {
        if !args.is_instance(&statics::TUPLE_TYPE) {
            return err!(th, TYPE_ERROR, "call_tracing() argument 2 must be tuple, not {}", args.ty().name());
        }
        call::call_ex(th, func, args, None)
    }
}

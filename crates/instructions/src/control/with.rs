//! `with` statements.

use super::{Flow, State};
use crate::operands::OpArg;
use crate::slow::classes::special_method;
use whipsnake_macros::uop;
use whipsnake_runtime::obj::release_slot;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::qualified_name;

/// Replaces the object by its special method and self (or the bound method and null).
#[uop(control)]
pub fn load_special(st: &mut State, which: OpArg) -> Flow {
    let th = st.th;
    let owner = st.peek(1);
    let (name, complaint) = special_method(which.0);
    let find = || -> PyResult<(Obj, bool)> {
        let name = th.intern(name)?;
        if let Some(found) = owner.ty().lookup(th, name.value()) {
            let found = found.own();
            if found.ty().has_flag(flags::METHOD_DESCRIPTOR) {
                return Ok((found, true));
            }
            return match found.ty().slots().descr_get {
                Some(get) => Ok((get(th, found.value(), Some(owner), Some(owner.ty().value()))?, false)),
                None => Ok((found, false)),
            };
        }
        let other = th.intern(if which.0 < 2 { "__aenter__" } else { "__enter__" })?;
        let hint = if owner.ty().lookup(th, other.value()).is_some() {
            if which.0 < 2 {
                " but it supports the asynchronous context manager protocol. Did you mean to use 'async with'?"
            } else {
                " but it supports the context manager protocol. Did you mean to use 'with'?"
            }
        } else {
            ""
        };
        err!(th, TYPE_ERROR, "'{}' {complaint}{hint}", qualified_name(owner.ty()))
    };
    match find() {
        Ok((method, true)) => {
            // method, self
            let this = st.slot(1);
            st.put(1, method.into_slot());
            // The stack may outlive what it was borrowed from.
            st.push_slot(super::heap_safe(this));
            Flow::Next
        }
        Ok((bound, false)) => {
            let this = st.slot(1);
            st.put(1, bound.into_slot());
            st.push_slot(Slot::NULL);
            release_slot(this);
            Flow::Next
        }
        Err(_) => Flow::Error,
    }
}

/// Calls `__exit__(type, value, traceback)`: stack is exit, self or null, lasti, previous exception, exception.
#[uop(control)]
pub fn with_except_start(st: &mut State) -> Flow {
    let th = st.th;
    let exception = st.peek(1);
    let exit = st.peek(5);
    let result = (|| {
        let traceback = object::get_attr_str(th, exception, "__traceback__")?;
        let arguments = [exception.ty().value(), exception, traceback.value()];
        match st.slot(4).get() {
            Some(this) => call::call_values(th, exit, &[this, arguments[0], arguments[1], arguments[2]]),
            None => call::call_values(th, exit, &arguments),
        }
    })();
    st.finish(0, result)
}

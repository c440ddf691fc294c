//! Instructions that push one slot more when their oparg's low bit asks for the callable-and-self form.

use super::{Flow, State};
use crate::operands::OpArg;
use crate::slow::names::{load_global_value, name};
use whipsnake_macros::uop;
use whipsnake_runtime::obj::release_slot;
use whipsnake_runtime::prelude::*;

/// Pushes null behind a callable that a call follows.
#[uop(control, nosave)]
pub fn push_null_if(st: &mut State, i: OpArg) -> Flow {
    if i.0 & 1 != 0 {
        st.push_slot(Slot::NULL);
    }
    Flow::Next
}

/// A global or builtin.
#[uop(control)]
pub fn load_global_generic(st: &mut State, i: OpArg) -> Flow {
    match load_global_value(st.th, st.frame(), i.0) {
        Ok(v) => {
            st.push(v);
            push_null_if(st, i)
        }
        Err(_) => Flow::Error,
    }
}

/// `owner.name`; in the method form an unbound method and its owner, or the attribute and null.
#[uop(control)]
pub fn load_attr_generic(st: &mut State, i: OpArg) -> Flow {
    let th = st.th;
    let name = name(st.frame(), i.0 >> 1);
    let owner = st.peek(1);
    if i.0 & 1 == 0 {
        let result = object::get_attr(th, owner, name);
        return st.finish(1, result);
    }
    match object::get_method(th, owner, name) {
        Ok((method, true)) => {
            let this = st.slot(1);
            st.put(1, method.into_slot());
            st.push_slot(this);
            Flow::Next
        }
        Ok((bound, false)) => {
            let old = st.slot(1);
            st.put(1, bound.into_slot());
            st.push_slot(Slot::NULL);
            release_slot(old);
            Flow::Next
        }
        Err(_) => Flow::Error,
    }
}

/// `super().name`: global super, class, self. Calls whatever `super` is bound to unless it is the built-in.
#[uop(control)]
pub fn load_super_attr_generic(st: &mut State, i: OpArg) -> Flow {
    let th = st.th;
    let name = name(st.frame(), i.0 >> 2);
    let (global_super, class, this) = (st.peek(3), st.peek(2), st.peek(1));
    let find = || {
        if global_super.is(statics::SUPER_TYPE.value()) && class.is_instance(&statics::TYPE_TYPE) {
            if i.0 & 1 != 0 {
                return whipsnake_runtime::types::super_type::super_lookup_method(th, class, this, name);
            }
            let v = whipsnake_runtime::types::super_type::super_lookup(th, class, this, name)?;
            return Ok((v, false));
        }
        let proxy = if i.0 & 2 != 0 {
            call::call_values(th, global_super, &[class, this])?
        } else {
            call::call_values(th, global_super, &[])?
        };
        Ok((object::get_attr(th, proxy.value(), name)?, false))
    };
    match find() {
        Ok((v, unbound)) => {
            let this = st.pop_slot();
            st.drop_n(2);
            st.push(v);
            if i.0 & 1 == 0 {
                release_slot(this);
            } else if unbound {
                st.push_slot(this);
            } else {
                st.push_slot(Slot::NULL);
                release_slot(this);
            }
            Flow::Next
        }
        Err(_) => Flow::Error,
    }
}

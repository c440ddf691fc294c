//! Instructions that push one slot more when their oparg's low bit asks for the callable-and-self form.

use super::{Flow, State, calls};
use crate::operands::{Cache32, Cache64, OpArg};
use crate::slow::names::{load_global_value, name};
use whipsnake_layout::frame::Frame;
use whipsnake_macros::uop;
use whipsnake_runtime::obj::release_slot;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::typeobj::names;
use whipsnake_runtime::types::instance::{self, Found};
use whipsnake_runtime::types::super_type;

/// A global or builtin.
#[uop]
pub fn load_global_generic(th: &Thread, frame: &Frame, i: OpArg) -> PyResult {
    load_global_value(th, frame, i.0)
}

/// `owner.name`; in the method form an unbound method and its owner, or the attribute and null. What the tables do not know is left to
/// [`load_attr_anew`].
#[uop(control, slow = "load_attr_anew")]
pub fn load_attr_generic(st: &mut State, i: OpArg) -> Flow {
    let th = st.th;
    let name = name(st.frame(), i.0 >> 1);
    let owner = st.peek(1);
    match instance::find_known(th, owner, name) {
        Found::Own(v) => {
            let old = st.slot(1);
            st.put(1, v.into_slot());
            if i.0 & 1 != 0 {
                st.push_slot(Slot::NULL);
            }
            release_slot(old);
            Flow::Next
        }
        Found::Method(method) if i.0 & 1 != 0 => {
            let this = st.slot(1);
            st.put(1, method.own().into_slot());
            st.push_slot(this);
            Flow::Next
        }
        _ => Flow::Exit,
    }
}

/// [`load_attr_generic`] of what the tables do not know yet.
pub fn load_attr_anew(st: &mut State, i: OpArg) -> Flow {
    let (th, owner) = (st.th, st.peek(1));
    let name = name(st.frame(), i.0 >> 1);
    instance::remember(th, owner, name);
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

/// Units of LOAD_ATTR with its cache.
const LOAD_ATTR_UNITS: u16 = 10;

/// `owner.name` by the getter of a property (in the cache), a Python function.
#[uop(control)]
pub fn load_attr_property(st: &mut State, version: Cache32<1>, property: Cache64<5>) -> Flow {
    let owner = st.peek(1);
    if !owner.is_pointer() || owner.ty().core.version_tag.get() != version.0 {
        return Flow::Exit;
    }
    // SAFETY: I9, the type's version proves that the class still holds the property.
    let property = unsafe { Value::from_bits(property.0) };
    match whipsnake_runtime::types::property::getter(property).filter(|getter| calls::is_function(*getter)) {
        Some(getter) if calls::enter_exact(st, getter, 1, LOAD_ATTR_UNITS) => Flow::Next,
        _ => Flow::Exit,
    }
}

/// `owner.name` by a Python `__getattribute__`.
#[uop(control)]
pub fn load_attr_getattribute_overridden(st: &mut State, i: OpArg, version: Cache32<1>) -> Flow {
    let owner = st.peek(1);
    if !owner.is_pointer() || owner.ty().core.version_tag.get() != version.0 {
        return Flow::Exit;
    }
    let method = names::GETATTRIBUTE.get(st.th).ok().and_then(|name| owner.ty().lookup(st.th, name));
    let Some(method) = method.filter(|method| calls::is_function(*method)) else { return Flow::Exit };
    st.push(name(st.frame(), i.0 >> 1).own());
    if calls::enter_exact(st, method, 2, LOAD_ATTR_UNITS) {
        return Flow::Next;
    }
    st.drop_n(1);
    Flow::Exit
}

/// `super().name` where `super` is the built-in.
#[uop(control)]
pub fn load_super_attr_attr(st: &mut State, i: OpArg) -> Flow {
    let (class, this) = (st.peek(2), st.peek(1));
    if i.0 & 1 != 0 || !st.peek(3).same(statics::SUPER_TYPE.value()) || !class.is_instance(&statics::TYPE_TYPE) {
        return Flow::Exit;
    }
    let result = super_type::super_lookup(st.th, class, this, name(st.frame(), i.0 >> 2));
    st.finish(3, result)
}

/// The method form: a function of the class comes unbound, with the instance behind it.
#[uop(control)]
pub fn load_super_attr_method(st: &mut State, i: OpArg) -> Flow {
    let (class, this) = (st.peek(2), st.peek(1));
    if i.0 & 1 == 0 || !st.peek(3).same(statics::SUPER_TYPE.value()) || !class.is_instance(&statics::TYPE_TYPE) {
        return Flow::Exit;
    }
    let Ok((v, unbound)) = super_type::super_lookup_method(st.th, class, this, name(st.frame(), i.0 >> 2)) else {
        return Flow::Error;
    };
    let (this, class, global_super) = (st.pop_slot(), st.pop_slot(), st.pop_slot());
    st.push(v);
    st.push_slot(if unbound { this } else { Slot::NULL });
    if !unbound {
        release_slot(this);
    }
    release_slot(class);
    release_slot(global_super);
    Flow::Next
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
                return super_type::super_lookup_method(th, class, this, name);
            }
            let v = super_type::super_lookup(th, class, this, name)?;
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

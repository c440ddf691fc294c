//! Attributes.

use super::names::name;
use crate::operands::*;
use whipsnake_layout::frame::Frame;
use whipsnake_layout::objects::InstanceObject;
use whipsnake_macros::uop;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::typeobj::Type;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::module::Module;

#[uop]
pub fn store_attr(th: &Thread, frame: &Frame, value: Ref, owner: Ref, i: OpArg) -> PyResult<()> {
    object::set_attr(th, owner.0, name(frame, i.0), value.0)
}

#[uop]
pub fn delete_attr(th: &Thread, frame: &Frame, owner: Ref, i: OpArg) -> PyResult<()> {
    object::del_attr(th, owner.0, name(frame, i.0))
}

/// The value of a module's attribute, at the cached place in its dict; exits when the dict's keys have changed.
#[uop]
pub fn load_attr_module(owner: Ref, version: Cache32<1>, index: Cache16<3>) -> Deopt<Own> {
    let Some(dict) = owner.0.exact::<Module>().and_then(|module| module.peek_dict()) else { return Deopt::Exit };
    match dict.peek_versioned(version.0, index.0 as usize) {
        Some(v) => Deopt::Ok(Own::of(v)),
        None => Deopt::Exit,
    }
}

/// Exits unless `v` is a class (its metaclass is `type`) with the cached version.
#[uop(guard = "CHECK_ATTR_CLASS")]
pub fn guard_class_version(v: Ref, version: Cache32<1>) -> Deopt<Ref> {
    if !v.0.is_exact(&statics::TYPE_TYPE) {
        return Deopt::Exit;
    }
    // SAFETY: I4, an instance of `type`.
    if unsafe { v.object::<Type>() }.core.version_tag.get() == version.0 { Deopt::Ok(v) } else { Deopt::Exit }
}

/// Exits unless `v` is a class with the cached version, and its metaclass has one too.
#[uop(guard = "CHECK_ATTR_CLASS_AND_METACLASS")]
pub fn guard_class_and_metaclass(v: Ref, version: Cache32<1>, meta: Cache32<3>) -> Deopt<Ref> {
    let metaclass = v.0.ty();
    if metaclass.core.version_tag.get() != meta.0 || !metaclass.has_flag(flags::TYPE_SUBCLASS) {
        return Deopt::Exit;
    }
    // SAFETY: I4, the metaclass derives from `type`.
    if unsafe { v.object::<Type>() }.core.version_tag.get() == version.0 { Deopt::Ok(v) } else { Deopt::Exit }
}

/// An attribute of a class, which the guards have proved to be the cached one.
#[uop]
pub fn load_attr_class(owner: Ref, value: Cache64<5>) -> Own {
    let _ = owner;
    // SAFETY: I1 and I9, the class's version proves that it still holds the value.
    Own::of(unsafe { Value::from_bits(value.0) })
}

/// Exits unless an instance (of a type with a dict at the cached offset) has no dict yet.
#[uop(guard = "CHECK_ATTR_METHOD_LAZY_DICT")]
pub fn guard_dict_absent(v: Ref, offset: Cache16<3>) -> Deopt<Ref> {
    // SAFETY: I4, the type guard proves the place of the dict pointer.
    let dict = unsafe { *((v.0.as_ptr() as usize + offset.0 as usize) as *const Slot) };
    if dict.is_null() { Deopt::Ok(v) } else { Deopt::Exit }
}

/// The dict of an instance that keeps its attributes in one.
#[inline(always)]
fn materialised_dict<'a>(owner: Value) -> Option<&'a Dict> {
    // SAFETY: I4, the type guard has shown a class whose instances are shaped.
    let instance = unsafe { owner.cast_unchecked::<InstanceObject>() };
    if instance.shape.get() != 0 {
        return None;
    }
    Slot(instance.extra.get()).get().and_then(|dict| dict.exact::<Dict>())
}

/// An attribute out of the dict of an instance of a guarded class; exits when it is not there.
#[uop]
pub fn load_attr_with_hint(th: &Thread, frame: &Frame, owner: Ref, i: OpArg) -> Deopt<Own> {
    match materialised_dict(owner.0).and_then(|dict| dict.peek_str(th, name(frame, i.0 >> 1))) {
        Some(v) => Deopt::Ok(Own::of(v)),
        None => Deopt::Exit,
    }
}

/// Stores into the dict of an instance of a guarded class.
#[uop]
pub fn store_attr_with_hint(th: &Thread, frame: &Frame, value: Ref, owner: Ref, i: OpArg) -> Deopt<PyResult<()>> {
    match materialised_dict(owner.0) {
        Some(dict) => Deopt::Ok(dict.set(th, name(frame, i.0), value.0)),
        None => Deopt::Exit,
    }
}

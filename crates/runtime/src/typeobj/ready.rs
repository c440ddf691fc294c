//! Making a built-in type usable: dictionary, MRO, inherited slots, and the methods that its slots imply.

use super::inherit::{inherit_fields, inherit_slots, set_hash};
use super::{mro, slotdefs};
use crate::prelude::*;
use crate::types::builtin_function;
use crate::types::descriptors::{self, MemberSource};
use crate::types::dict::Dict;

/// Makes a built-in type ready, its bases first. Nothing happens when it is ready already.
///
/// # Errors
/// MemoryError.
pub fn ready(th: &Thread, ty: &'static Type) -> PyResult<()> {
    if ty.has_flag(flags::READY) {
        return Ok(());
    }
    let Some(spec) = ty.spec else { return Ok(()) };
    ty.core.flags.set(ty.flags() | flags::READY);
    let is_object = std::ptr::eq(ty, &statics::OBJECT_TYPE);
    let base = if is_object { None } else { Some(spec.base.unwrap_or(&statics::OBJECT_TYPE)) };
    ty.core.dictoffset.set(spec.dictoffset);
    if let Some(base) = base {
        ready(th, base)?;
        ty.core.base.set(&base.core);
        // A type whose declaration names no metaclass has its base's.
        let meta = base.core.head.ob_type.get();
        if std::ptr::eq(ty.core.head.ob_type.get(), &statics::TYPE_TYPE.core) {
            ty.core.head.ob_type.set(meta);
        }
    }
    ty.core.dict.set(Dict::new(th)?.into_value().bits());
    let bases: Vec<Value> = base.iter().map(|base| base.value()).collect();
    ty.core.bases.set(th.tuple(&bases)?.into_value().bits());
    decide_construction(ty, base);
    add_contents(th, ty, spec)?;
    drop(mro::set_mro(th, ty)?);
    if let Some(base) = base {
        inherit_fields(ty, base);
        base.subclasses.borrow_mut().push(ty);
    }
    inherit_slots(th, ty)?;
    let varies = ty.core.itemsize.get() != 0
        || ty.slots().body_size.is_some()
        || ty.has_flag(flags::SHAPED)
        || ty.core.dictoffset.get() < 0;
    ty.fixed_size.set(if varies { 0 } else { ty.core.basicsize.get() as u32 });
    set_hash(th, ty)
}

/// `new` is inherited, but not from `object`: such types cannot be called.
fn decide_construction(ty: &'static Type, base: Option<&'static Type>) {
    let Some(base) = base else { return };
    if ty.has_flag(flags::DISALLOW_INSTANTIATION) {
        ty.update_slots(|slots| slots.new = None);
    } else if ty.slots().new.is_none() {
        if std::ptr::eq(base, &statics::OBJECT_TYPE) {
            ty.core.flags.set(ty.flags() | flags::DISALLOW_INSTANTIATION);
        } else {
            let new = base.slots().new;
            ty.update_slots(|slots| slots.new = new);
        }
    }
}

/// The type's own entries: slot wrappers first, then what is declared under the same names is left out.
fn add_contents(th: &Thread, ty: &'static Type, spec: &'static TypeSpec) -> PyResult<()> {
    let dict = ty.dict();
    for def in spec.methods {
        let method = descriptors::new_method(th, ty, def)?;
        dict.set_rust(th, def.name, method.value())?;
    }
    slotdefs::add_wrappers(th, ty)?;
    for def in spec.members {
        let member = descriptors::new_member(th, ty, def.name, MemberSource::Native(def))?;
        dict.set_rust(th, def.name, member.value())?;
    }
    for def in spec.getsets {
        let getset = descriptors::new_getset(th, ty, def)?;
        dict.set_rust(th, def.name, getset.value())?;
    }
    // A type that is made as `object` makes instances has no `__new__` of its own: that of a later base goes first.
    let object_new: crate::typeobj::NewFn = crate::types::object::object_new;
    let is_plain = spec.slots.new.is_some_and(|new| std::ptr::fn_addr_eq(new, object_new)) && ty.base().is_some();
    if spec.slots.new.is_some() && !is_plain && !ty.has_flag(flags::DISALLOW_INSTANTIATION) {
        add_new(th, ty)?;
    }
    if dict.get_rust(th, "__doc__")?.is_none() {
        let doc = split_doc(spec.doc).1;
        let doc = if doc.is_empty() { Obj::none() } else { th.str(doc)? };
        dict.set_rust(th, "__doc__", doc.value())?;
    }
    if let Some((module, _)) = spec.name.rsplit_once('.')
        && dict.get_rust(th, "__module__")?.is_none()
    {
        let module = th.intern(module)?;
        dict.set_rust(th, "__module__", module.value())?;
    }
    Ok(())
}

/// Adds `__new__`, a built-in function whose `__self__` is the type.
fn add_new(th: &Thread, ty: &'static Type) -> PyResult<()> {
    if ty.dict().get_rust(th, "__new__")?.is_some() {
        return Ok(());
    }
    let function = builtin_function::new(th, &slotdefs::NEW_DEF, Some(ty.value()), None)?;
    ty.dict().set_rust(th, "__new__", function.value())
}

/// Splits a docstring that begins with a signature: `name(...)`, a line `--`, an empty line. The signature comes
/// without the name.
pub fn split_doc(doc: &'static str) -> (Option<&'static str>, &'static str) {
    let Some(end) = doc.find(")\n--\n\n") else { return (None, doc) };
    match doc[..end].find('(') {
        Some(open) if doc[..open].chars().all(|c| c.is_alphanumeric() || c == '_') => {
            (Some(&doc[open..=end]), &doc[end + 6..])
        }
        _ => (None, doc),
    }
}

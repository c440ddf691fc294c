//! Layouts of classes: which base decides it, and what a class adds.
//!
//! A class is *solid* when its instances have native contents or `__slots__` members that its base's have not. Dicts,
//! shapes and weak references of classes made by programs do not count: any class can add them. The dict that a built-in
//! type declares is native contents: its constructor puts it where it belongs.

use crate::prelude::*;

/// Whether instances of `ty` have fields that those of its base have not.
fn adds_fields(ty: &Type) -> bool {
    let Some(base) = ty.base() else { return true };
    if ty.is_heap_type() {
        return ty.slot_members.get().1 != 0;
    }
    ty.core.basicsize.get() > base.core.basicsize.get() || ty.core.itemsize.get() != base.core.itemsize.get()
}

/// The class that decided the layout of `ty`'s instances.
pub fn solid_base(ty: &'static Type) -> &'static Type {
    let mut ty = ty;
    while !adds_fields(ty) {
        match ty.base() {
            Some(base) => ty = base,
            None => break,
        }
    }
    ty
}

/// Whether instances of `ty` have a dict, materialised or not.
pub fn has_dict(ty: &Type) -> bool {
    ty.has_flag(flags::SHAPED) || ty.core.dictoffset.get() != 0
}

/// Whether the instances' memory has a variable part.
pub fn is_variable(ty: &Type) -> bool {
    ty.core.itemsize.get() != 0
}

/// The base that decides the layout of a class with these bases.
///
/// # Errors
/// TypeError: a base that cannot be derived from, or layouts that do not fit together.
pub(crate) fn best_base(th: &Thread, bases: &[Value]) -> PyResult<&'static Type> {
    let mut best: Option<(&'static Type, &'static Type)> = None;
    for base in bases {
        let Some(base) = base.cast::<Type>() else { return err!(th, TYPE_ERROR, "bases must be types") };
        super::ready(th, base)?;
        if !base.has_flag(flags::BASETYPE) {
            return err!(th, TYPE_ERROR, "type '{}' is not an acceptable base type", base.name());
        }
        let candidate = solid_base(base);
        best = match best {
            None => Some((candidate, base)),
            Some((winner, chosen)) if winner.is_subtype_of(candidate) => Some((winner, chosen)),
            Some((winner, _)) if candidate.is_subtype_of(winner) => Some((candidate, base)),
            Some(_) => return err!(th, TYPE_ERROR, "multiple bases have instance lay-out conflict"),
        };
    }
    Ok(best.map_or(&statics::OBJECT_TYPE, |(_, base)| base))
}

/// What a class adds to its base's layout.
#[derive(Default)]
pub(crate) struct Additions {
    pub dict: bool,
    pub weakref: bool,
    /// How many `__slots__` members.
    pub members: usize,
}

/// Sets size, dict offset and flags of a new class for what it adds.
pub(crate) fn lay_out(ty: &Type, base: &Type, additions: &Additions) {
    use std::mem::size_of;
    use whipsnake_layout::objects::InstanceObject;
    let core = &ty.core;
    let mut size = base.core.basicsize.get();
    core.itemsize.set(base.core.itemsize.get());
    core.dictoffset.set(base.core.dictoffset.get());
    let mut shaped = base.has_flag(flags::SHAPED);
    let is_plain = size == size_of::<Header>() as isize && !is_variable(base);
    if additions.dict && is_plain {
        shaped = true;
        size = size_of::<InstanceObject>() as isize;
    }
    ty.slot_members.set((size as u32, additions.members as u32));
    size += 8 * additions.members as isize;
    if additions.dict && !shaped {
        if is_variable(base) {
            core.dictoffset.set(-1);
        } else {
            core.dictoffset.set(size);
            size += 8;
        }
    }
    core.basicsize.set(size);
    let mut flags = ty.flags();
    if shaped {
        flags |= flags::SHAPED;
        // `object` has no layout of its own; what lies between has been laid out here.
        let above_plain = std::ptr::eq(base, &crate::types::statics::OBJECT_TYPE) || base.plain_instances.get();
        ty.plain_instances.set(additions.members == 0 && above_plain);
    }
    if additions.weakref || base.has_flag(flags::WEAKREFABLE) {
        flags |= flags::WEAKREFABLE;
    }
    core.flags.set(flags);
}

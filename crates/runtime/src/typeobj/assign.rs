//! Assignment to `__bases__` of a class and to `__class__` of an instance.

use super::mro::{bases_of, set_mro};
use crate::prelude::*;
use crate::typeobj::{best_base, has_dict, slotdefs, solid_base};
use crate::types::instance;
use crate::types::tuple::Tuple;

/// TypeError unless attributes of the type can be set.
///
/// # Errors
/// TypeError.
pub(crate) fn check_mutable(th: &Thread, ty: &Type, name: &str) -> PyResult<()> {
    if ty.has_flag(flags::IMMUTABLETYPE) {
        return err!(th, TYPE_ERROR, "cannot set '{name}' attribute of immutable type '{}'", ty.name());
    }
    Ok(())
}

/// Whether instances of the two classes have the same layout.
fn same_layout(a: &'static Type, b: &'static Type) -> bool {
    a.core.basicsize.get() == b.core.basicsize.get()
        && a.core.itemsize.get() == b.core.itemsize.get()
        && a.core.dictoffset.get() == b.core.dictoffset.get()
        && a.has_flag(flags::SHAPED) == b.has_flag(flags::SHAPED)
        && a.has_flag(flags::WEAKREFABLE) == b.has_flag(flags::WEAKREFABLE)
        && a.has_flag(flags::HAVE_GC) == b.has_flag(flags::HAVE_GC)
        && a.slots().dealloc.map(|f| f as usize) == b.slots().dealloc.map(|f| f as usize)
        && same_members(a, b)
}

/// Whether the two have the same solid base, or add the same `__slots__` to it.
fn same_members(a: &'static Type, b: &'static Type) -> bool {
    let (mut a, mut b) = (solid_base(a), solid_base(b));
    loop {
        if std::ptr::eq(a, b) {
            return true;
        }
        if !a.is_heap_type() || !b.is_heap_type() || a.slot_members.get() != b.slot_members.get() {
            return false;
        }
        let (Some(left), Some(right)) = (a.ht_slots.get(), b.ht_slots.get()) else { return false };
        let (Some(left), Some(right)) = (left.cast::<Tuple>(), right.cast::<Tuple>()) else { return false };
        let equal = left.len() == right.len()
            && left.as_slice().iter().zip(right.as_slice()).all(|(x, y)| {
                x.same(*y) || crate::types::str::to_rust_string(*x) == crate::types::str::to_rust_string(*y)
            });
        if !equal {
            return false;
        }
        let (Some(left), Some(right)) = (a.base(), b.base()) else { return false };
        (a, b) = (solid_base(left), solid_base(right));
    }
}

/// `v.__class__ = new`.
///
/// # Errors
/// TypeError unless both classes are mutable and have the same layout.
pub(crate) fn set_class(th: &Thread, v: Value, new: Option<Value>) -> PyResult<()> {
    let Some(new) = new else { return err!(th, TYPE_ERROR, "can't delete __class__ attribute") };
    let Some(new) = new.cast::<Type>() else {
        return err!(th, TYPE_ERROR, "__class__ must be set to a class, not '{}' object", new.ty().name());
    };
    let old = v.ty();
    let module = &statics::MODULE_TYPE;
    let both_modules = new.is_subtype_of(module) && old.is_subtype_of(module);
    if !both_modules && (new.has_flag(flags::IMMUTABLETYPE) || old.has_flag(flags::IMMUTABLETYPE)) {
        return err!(th, TYPE_ERROR, "__class__ assignment only supported for mutable types or ModuleType subclasses");
    }
    let module_fits = both_modules
        && new.core.basicsize.get() == old.core.basicsize.get()
        && new.core.dictoffset.get() == old.core.dictoffset.get();
    if !module_fits && !same_layout(new, old) {
        let (new, old) = (new.name(), old.name());
        return err!(th, TYPE_ERROR, "__class__ assignment: '{new}' object layout differs from '{old}'");
    }
    if !v.is_pointer() {
        return err!(th, TYPE_ERROR, "__class__ assignment only supported for mutable types or ModuleType subclasses");
    }
    if new.has_flag(flags::SHAPED) && !std::ptr::eq(new, old) {
        instance::change_class(th, v, new)?;
    }
    if new.is_heap_type() {
        new.core.head.incref();
    }
    new.had_weakrefs.set(new.had_weakrefs.get() || old.had_weakrefs.get());
    // SAFETY: I1, a live heap object.
    unsafe { (*v.as_ptr()).ob_type.set(&new.core) };
    if old.is_heap_type() {
        release(old.value());
    }
    Ok(())
}

/// `cls.__bases__ = bases`.
///
/// # Errors
/// TypeError for anything that does not fit: no tuple of classes, a cycle, another layout, no consistent MRO. The
/// class is as before then.
pub(crate) fn set_bases(th: &Thread, ty: &'static Type, bases: Option<Value>) -> PyResult<()> {
    check_mutable(th, ty, "__bases__")?;
    let name = ty.name();
    let Some(bases) = bases else {
        return err!(th, TYPE_ERROR, "cannot delete '__bases__' attribute of type '{name}'");
    };
    let Some(tuple) = bases.cast::<Tuple>() else {
        let got = bases.ty().name();
        return err!(th, TYPE_ERROR, "can only assign tuple to {name}.__bases__, not {got}");
    };
    if tuple.len() == 0 {
        return err!(th, TYPE_ERROR, "can only assign non-empty tuple to {name}.__bases__, not ()");
    }
    for base in tuple.as_slice() {
        let Some(base) = base.cast::<Type>() else {
            let got = base.ty().name();
            return err!(th, TYPE_ERROR, "{name}.__bases__ must be tuple of classes, not '{got}'");
        };
        // The orders may be older than the bases when this is called from an `mro` that runs.
        let mut chain = std::iter::successors(Some(base), |class| class.base());
        if base.is_subtype_of(ty) || chain.any(|class| std::ptr::eq(class, ty)) {
            return err!(th, TYPE_ERROR, "a __bases__ item causes an inheritance cycle");
        }
    }
    let new_base = best_base(th, tuple.as_slice())?;
    let Some(old_base) = ty.base() else { return Ok(()) };
    let fits = std::ptr::eq(solid_base(new_base), solid_base(old_base))
        && new_base.has_flag(flags::SHAPED) == old_base.has_flag(flags::SHAPED)
        && (has_dict(new_base) == has_dict(old_base) || is_free_of_dict_change(ty, new_base))
        || same_layout(new_base, old_base);
    if !fits {
        let (new, old) = (new_base.name(), old_base.name());
        return err!(th, TYPE_ERROR, "__bases__ assignment: '{new}' object layout differs from '{old}'");
    }
    let new_bases = bases.own().into_value().bits();
    let old_bases = ty.core.bases.replace(new_bases);
    ty.core.base.set(&new_base.core);
    ty.modified(th);
    let mut restored = Vec::new();
    if let Err(raised) = update_orders(th, ty, &mut restored) {
        for (class, order) in restored.into_iter().rev() {
            // SAFETY: I1, the field owns its reference.
            let failed = class.core.mro.replace(Obj::into_value(order).bits());
            if failed != 0 {
                release(unsafe { Value::from_bits(failed) });
            }
        }
        // An assignment in a method `mro` has gone on from here otherwise.
        let mut unneeded = old_bases;
        if ty.core.bases.get() == new_bases {
            ty.core.base.set(&old_base.core);
            unneeded = ty.core.bases.replace(old_bases);
        }
        // SAFETY: I1, as above.
        release(unsafe { Value::from_bits(unneeded) });
        return Err(raised);
    }
    // SAFETY: I1, the field owned its reference.
    let old_bases = Obj::steal(unsafe { Value::from_bits(old_bases) });
    if ty.core.bases.get() != new_bases {
        return Ok(());
    }
    for base in old_bases.cast::<Tuple>().map_or(&[][..], Tuple::as_slice).iter().filter_map(|b| b.cast::<Type>()) {
        forget_subclass(base, ty);
    }
    for base in bases_of(ty) {
        base.subclasses.borrow_mut().push(ty);
    }
    ty.modified(th);
    slotdefs::update_all_slots(th, ty)
}

/// A class that already has its own dict does not mind whether its bases have one.
fn is_free_of_dict_change(ty: &Type, new_base: &Type) -> bool {
    has_dict(ty) && !ty.has_flag(flags::SHAPED) && !new_base.has_flag(flags::SHAPED)
}

/// Recomputes the MRO of a class and its subclasses, noting the old ones.
fn update_orders(th: &Thread, ty: &'static Type, old: &mut Vec<(&'static Type, Obj)>) -> PyResult<()> {
    th.check_native_stack("")?;
    if let Some(order) = set_mro(th, ty)? {
        old.push((ty, order));
    }
    for subclass in ty.direct_subclasses() {
        update_orders(th, subclass, old)?;
    }
    Ok(())
}

/// Takes a class off its base's list of subclasses.
pub(crate) fn forget_subclass(base: &Type, ty: &Type) {
    if let Ok(mut list) = base.subclasses.try_borrow_mut()
        && let Some(at) = list.iter().position(|other| std::ptr::eq(*other, ty))
    {
        list.remove(at);
    }
}

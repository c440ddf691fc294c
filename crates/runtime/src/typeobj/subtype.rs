//! Death and traversal of instances of classes made in Python.
//!
//! What the class statements added (members, attributes, dict) is handled here; the rest is up to the native base.

use crate::gc::Visitor;
use crate::prelude::*;
use crate::typeobj::{DeallocFn, TraverseFn};
use crate::types::instance;
use whipsnake_layout::objects::InstanceObject;

/// The nearest base whose dealloc slot is native.
fn native_base(ty: &'static Type) -> &'static Type {
    let own = subtype_dealloc as DeallocFn as usize;
    let mut base = ty;
    while base.slots().dealloc.is_some_and(|dealloc| dealloc as usize == own) {
        match base.base() {
            Some(below) => base = below,
            None => break,
        }
    }
    base
}

/// Calls `visit` with every `__slots__` member of the classes above the native base.
///
/// # Safety
/// `object` is an instance of `ty` (I4).
unsafe fn for_members(object: *mut Header, ty: &'static Type, mut visit: impl FnMut(&ObjCell)) {
    let native = native_base(ty);
    let mut class = ty;
    while !std::ptr::eq(class, native) {
        let (first, count) = class.slot_members.get();
        for i in 0..count as usize {
            // SAFETY: I4, the class's layout has its members there.
            visit(unsafe { &*object.cast::<u8>().add(first as usize + 8 * i).cast::<ObjCell>() });
        }
        match class.base() {
            Some(base) => class = base,
            None => break,
        }
    }
}

/// Whether the dict pointer was added by a class, not by the native base.
fn owns_dict(ty: &'static Type) -> bool {
    ty.core.dictoffset.get() != 0 && native_base(ty).core.dictoffset.get() == 0
}

/// Releases what the classes added.
///
/// # Safety
/// `object` is an instance of `ty` (I4).
unsafe fn clear_additions(object: *mut Header, ty: &'static Type) {
    // SAFETY: I4, handed on to the caller.
    unsafe {
        if ty.has_flag(flags::SHAPED) {
            instance::clear(object);
        } else if owns_dict(ty)
            && let Some(cell) = instance::dict_cell(Value::from_ptr(object))
        {
            cell.set(None);
        }
        for_members(object, ty, |cell| cell.set(None));
    }
}

/// The dealloc slot of classes.
///
/// # Safety
/// As for every dealloc slot (I3).
pub unsafe fn subtype_dealloc(th: &Thread, object: *mut Header) {
    // SAFETY: I3, the object is dead; the native base's slot comes last and frees the memory.
    unsafe {
        let ty = Value::from_ptr(object).ty();
        if ty.plain_instances.get() {
            instance::clear(object);
            let capacity = (*(object as *const InstanceObject)).inline_capacity as usize;
            let size = ty.core.basicsize.get() as usize + capacity * 8;
            th.interp.heap.free(object.cast(), size, crate::dealloc::page_kind(ty));
            return crate::obj::release(ty.value());
        }
        clear_additions(object, ty);
        match native_base(ty).slots().dealloc {
            Some(dealloc) => dealloc(th, object),
            None => crate::dealloc::free_memory(th, object, ty),
        }
    }
}

/// The traverse slot of classes.
///
/// # Safety
/// `object` is an instance of a class made in Python (I4).
pub unsafe fn subtype_traverse(object: *mut Header, visitor: &mut Visitor) {
    // SAFETY: I4, handed on to the caller.
    unsafe {
        let ty = Value::from_ptr(object).ty();
        if ty.has_flag(flags::SHAPED) {
            instance::traverse(object, visitor);
        } else if owns_dict(ty)
            && let Some(cell) = instance::dict_cell(Value::from_ptr(object))
        {
            visitor.cell(cell);
        }
        for_members(object, ty, |cell| visitor.cell(cell));
        visitor.value(ty.value());
        let own = subtype_traverse as TraverseFn as usize;
        if let Some(traverse) = native_base(ty).slots().traverse
            && traverse as usize != own
        {
            traverse(object, visitor);
        }
    }
}

/// The clear slot of classes.
///
/// # Safety
/// `object` is an instance of a class made in Python (I4).
pub unsafe fn subtype_clear(th: &Thread, object: *mut Header) {
    // SAFETY: I4, handed on to the caller.
    unsafe {
        let ty = Value::from_ptr(object).ty();
        clear_additions(object, ty);
        let own = subtype_clear as crate::typeobj::ClearFn as usize;
        if let Some(clear) = native_base(ty).slots().clear
            && clear as usize != own
        {
            clear(th, object);
        }
    }
}

//! Attributes of instances and globals, through shapes and key versions.

use crate::operands::*;
use whipsnake_layout::dict::DictObject;
use whipsnake_layout::frame::Frame;
use whipsnake_layout::objects::InstanceObject;
use whipsnake_layout::thread::ThreadCore;
use whipsnake_layout::{Slot, Value};
use whipsnake_macros::uop;

/// Exits unless the type's version is the cached one.
#[uop(guard = "GUARD_TYPE_VERSION")]
pub fn guard_type_version(v: Slot, version: Cache32<1>) -> Deopt<()> {
    if !v.holds_pointer() {
        return Deopt::Exit;
    }
    // SAFETY: I1 and I5, a live object and its type.
    Deopt::unless(unsafe { (*(*v.as_ptr()).type_ptr()).version_tag.get() } == version.0)
}

/// Exits unless the instance has the cached shape. Follows a type guard of a shaped class.
#[uop(guard = "GUARD_SHAPE")]
pub fn guard_shape(v: Ref<Instance>, shape: Cache32<3>) -> Deopt<()> {
    // SAFETY: I4, the type guard has shown a class whose instances are shaped.
    Deopt::unless(unsafe { v.object::<InstanceObject>().shape.get() } == shape.0)
}

/// Loads the inline attribute value at the cached byte offset; exits when this instance keeps it elsewhere.
#[uop]
pub fn load_attr_instance_value(owner: Ref<Instance>, offset: Cache16<5>, index: Cache16<6>) -> Deopt<Own> {
    // SAFETY: I4 and I9, the shape proves that inline value `index` exists where the capacity reaches it.
    unsafe {
        let instance = owner.object::<InstanceObject>();
        if index.0 as u32 >= instance.inline_capacity {
            return Deopt::Exit;
        }
        Deopt::Ok(Own::of(*((owner.0.as_ptr() as usize + offset.0 as usize) as *const Value)))
    }
}

/// Loads a `__slots__` member.
#[uop]
pub fn load_attr_slot(owner: Ref, offset: Cache16<3>) -> Deopt<Own> {
    // SAFETY: I4, the type guard proves the member's offset.
    let slot = unsafe { *((owner.0.as_ptr() as usize + offset.0 as usize) as *const Slot) };
    if slot.is_null() { Deopt::Exit } else { Deopt::Ok(Own::of(slot.value())) }
}

/// Stores an inline attribute value, adding the attribute if the record says so.
#[uop]
pub fn store_attr_instance_value(core: &ThreadCore, value: Slot, owner: Ref, record: Cache32<1>) -> Deopt<Dead> {
    if !owner.0.is_pointer() {
        return Deopt::Exit;
    }
    // SAFETY: I9, record ids in caches are valid; the version proves a shaped class, the shape the place of the value.
    unsafe {
        let record = &*core.store_records.get().add(record.0 as usize);
        if (*(*owner.0.as_ptr()).type_ptr()).version_tag.get() != record.type_version {
            return Deopt::Exit;
        }
        let instance = owner.object::<InstanceObject>();
        if instance.shape.get() != record.old_shape || record.index as u32 >= instance.inline_capacity {
            return Deopt::Exit;
        }
        let place = (owner.0.as_ptr() as usize + record.offset as usize) as *mut Slot;
        let value = if value.is_borrowed_pointer() { Own::<Any>::of(value.value()).into_slot() } else { value };
        let old = if record.new_shape == record.old_shape { *place } else { Slot::NULL };
        *place = value;
        instance.shape.set(record.new_shape);
        Deopt::Ok(Dead(old))
    }
}

/// Stores a `__slots__` member.
#[uop]
pub fn store_attr_slot(value: Slot, owner: Ref, offset: Cache16<3>) -> Dead {
    // SAFETY: I4, the type guard proves the member's offset.
    unsafe {
        let place = (owner.0.as_ptr() as usize + offset.0 as usize) as *mut Slot;
        let old = *place;
        *place = if value.is_borrowed_pointer() { Own::<Any>::of(value.value()).into_slot() } else { value };
        Dead(old)
    }
}

/// A method found on the class: the function and, as its first argument, the owner.
#[uop]
pub fn load_attr_method(owner: Slot, method: Cache64<5>) -> (Own, Raw) {
    // SAFETY: I1, the type version proves that the class still holds the method.
    (Own::of(unsafe { Value::from_bits(method.0) }), Raw(owner))
}

/// A class attribute that is no descriptor, read through an instance.
#[uop]
pub fn load_attr_nondescriptor(owner: Ref, value: Cache64<5>) -> Own {
    let _ = owner;
    // SAFETY: I1, as above.
    Own::of(unsafe { Value::from_bits(value.0) })
}

/// Loads a global through the cached index; exits when the set of keys has changed.
#[uop]
pub fn load_global_module(frame: &Frame, index: Cache16<1>, version: Cache16<2>) -> Deopt<Own> {
    // SAFETY: I4, a frame's globals are a dict (exact) wherever this form is installed; the version proves the index.
    unsafe { load_from_keys(frame.globals.get(), index.0, version.0 as u32) }
}

/// Exits unless the globals still lack the name.
#[uop]
pub fn check_globals_version(frame: &Frame, version: Cache16<2>) -> Deopt<()> {
    // SAFETY: I4, as above.
    let current = unsafe {
        let globals = frame.globals.get().value();
        (*(*(globals.as_ptr() as *const DictObject)).keys.get()).version.get()
    };
    if current == version.0 as u32 { Deopt::Ok(()) } else { Deopt::Exit }
}

#[uop]
pub fn load_global_builtin(frame: &Frame, index: Cache16<1>, version: Cache16<3>) -> Deopt<Own> {
    // SAFETY: I4, as above.
    unsafe { load_from_keys(frame.builtins.get(), index.0, version.0 as u32) }
}

#[inline(always)]
unsafe fn load_from_keys(dict: Slot, index: u16, version: u32) -> Deopt<Own> {
    // SAFETY: I4, the caller passes a dict; a matching version proves an all-str table with a live entry there.
    unsafe {
        let keys = &*(*(dict.value().as_ptr() as *const DictObject)).keys.get();
        if keys.version.get() != version {
            return Deopt::Exit;
        }
        match (*keys.str_entries().add(index as usize)).value.get().get() {
            Some(v) => Deopt::Ok(Own::of(v)),
            None => Deopt::Exit,
        }
    }
}

//! `LOAD_ATTR`, `STORE_ATTR`, `LOAD_SUPER_ATTR`.

use super::Site;
use std::cell::RefCell;
use whipsnake_bytecode::Opcode;
use whipsnake_layout::objects::InstanceObject;
use whipsnake_layout::thread::StoreRecord;
use whipsnake_layout::{Slot, Value};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::protocols::object::{generic_get_attr, generic_set_attr};
use whipsnake_runtime::typeobj::{GetAttrFn, SetAttrFn, Type, names, only_falls_back};
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::module::Module;
use whipsnake_runtime::types::property;

/// The records that stores refer to by id. They only grow, up to a limit.
#[derive(Default)]
struct StoreRecords {
    records: RefCell<Vec<StoreRecord>>,
}

/// No more records than this: further stores stay generic.
const MAX_RECORDS: usize = 1 << 20;

pub fn load_attr(site: &Site) {
    site.settle(choose_load(site));
}

/// The instance of a shaped class.
fn instance<'a>(v: Value, ty: &Type) -> Option<&'a InstanceObject> {
    // SAFETY: I4, instances of shaped classes have this layout.
    ty.has_flag(flags::SHAPED).then(|| unsafe { v.cast_unchecked() })
}

fn choose_load(site: &Site) -> Option<Opcode> {
    let th = site.th;
    let owner = site.operand(1);
    if !owner.is_pointer() {
        return None;
    }
    let ty = owner.ty();
    let name = site.name(site.oparg >> 1);
    let version = ty.version(th);
    if version == 0 {
        return None;
    }
    if ty.has_flag(flags::TYPE_SUBCLASS) {
        return class_attribute(site, owner, version);
    }
    if let Some(module) = owner.exact::<Module>() {
        return module_attribute(site, module);
    }
    let plain = is_slot(ty.slots().getattro, generic_get_attr as GetAttrFn);
    if !plain && !only_falls_back(th, ty) {
        return overridden(site, ty, version);
    }
    let found = ty.lookup(th, name);
    let wants_method = site.oparg & 1 != 0;
    match found {
        Some(descriptor) if property::getter(descriptor).is_some() => {
            let takes_self = property::getter(descriptor).is_some_and(|getter| super::calls::takes_exactly(getter, 1));
            // An AttributeError of the getter would have `__getattr__` asked.
            if wants_method || !takes_self || !plain {
                return None;
            }
            site.write32(1, version);
            site.write64(5, descriptor.bits());
            Some(Opcode::LOAD_ATTR_PROPERTY)
        }
        // The class itself, which the guard of its version proves.
        Some(descriptor) if !wants_method && is_class_attribute(th, name, descriptor) => {
            site.write32(1, version);
            site.write64(5, ty.value().bits());
            Some(Opcode::LOAD_ATTR_NONDESCRIPTOR_NO_DICT)
        }
        Some(descriptor) if is_data_descriptor(descriptor) => member(site, descriptor, version),
        found => {
            let shaped = instance(owner, ty);
            if let Some(object) = shaped {
                if object.shape.get() == 0 {
                    site.write32(1, version);
                    return instance_dict(object)?.peek_str(th, name).map(|_| Opcode::LOAD_ATTR_WITH_HINT);
                }
                if let Some(index) = th.interp.shapes.lookup(object.shape.get(), name) {
                    return inline_value(site, ty, object, index, version);
                }
                site.write32(3, object.shape.get());
            } else if ty.core.dictoffset.get() != 0 {
                return lazy_dict_method(site, owner, ty, found?, version);
            }
            let class_value = found?;
            site.write32(1, version);
            site.write64(5, class_value.bits());
            if class_value.ty().has_flag(flags::METHOD_DESCRIPTOR) {
                return match (wants_method, shaped.is_some()) {
                    (false, _) => None,
                    (true, true) => Some(Opcode::LOAD_ATTR_METHOD_WITH_VALUES),
                    (true, false) => Some(Opcode::LOAD_ATTR_METHOD_NO_DICT),
                };
            }
            if wants_method || class_value.ty().slots().descr_get.is_some() {
                return None;
            }
            match shaped.is_some() {
                true => Some(Opcode::LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES),
                false => Some(Opcode::LOAD_ATTR_NONDESCRIPTOR_NO_DICT),
            }
        }
    }
}

/// Whether `name` is `__class__` and means what it means for `object`.
fn is_class_attribute(th: &Thread, name: Value, descriptor: Value) -> bool {
    names::CLASS.is(th, name) && statics::OBJECT_TYPE.lookup(th, name).is_some_and(|own| own.same(descriptor))
}

/// The dict of an instance that keeps its attributes in one.
fn instance_dict(object: &InstanceObject) -> Option<&Dict> {
    Slot(object.extra.get()).get().and_then(|dict| dict.exact::<Dict>())
}

/// A method of an object that could have a dict but has none yet.
fn lazy_dict_method(site: &Site, owner: Value, ty: &Type, method: Value, version: u32) -> Option<Opcode> {
    let offset = u16::try_from(ty.core.dictoffset.get()).ok()?;
    // SAFETY: I4, a positive `dictoffset` is the place of a dict pointer.
    let dict = unsafe { *((owner.as_ptr() as usize + offset as usize) as *const Slot) };
    if site.oparg & 1 == 0 || offset == 0 || !dict.is_null() || !method.ty().has_flag(flags::METHOD_DESCRIPTOR) {
        return None;
    }
    site.write32(1, version);
    site.write16(3, offset);
    site.write64(5, method.bits());
    Some(Opcode::LOAD_ATTR_METHOD_LAZY_DICT)
}

/// `module.name`.
fn module_attribute(site: &Site, module: &Module) -> Option<Opcode> {
    let (th, name) = (site.th, site.name(site.oparg >> 1));
    // The attributes of modules as objects (`__class__`, `__dict__`) come first.
    if let Some(found) = statics::MODULE_TYPE.lookup(th, name)
        && is_data_descriptor(found)
    {
        return None;
    }
    let dict = module.peek_dict()?;
    let (index, version) = (dict.lookup_index(th, name)?, dict.keys_version(th));
    site.write32(1, version);
    site.write16(3, u16::try_from(index).ok()?);
    (version != 0).then_some(Opcode::LOAD_ATTR_MODULE)
}

/// `Class.name`; `meta_version` is the version of the class's class.
fn class_attribute(site: &Site, owner: Value, meta_version: u32) -> Option<Opcode> {
    let (th, name) = (site.th, site.name(site.oparg >> 1));
    let meta = owner.ty();
    if !is_slot(meta.slots().getattro, statics::TYPE_TYPE.slots().getattro?) {
        return None;
    }
    if let Some(found) = meta.lookup(th, name)
        && is_data_descriptor(found)
    {
        return None;
    }
    // SAFETY: I4 and I5, an instance of a metaclass.
    let class: &'static Type = unsafe { owner.cast_unchecked() };
    let value = class.lookup(th, name)?;
    // Functions come as they are; other descriptors make something new each time.
    if value.ty().slots().descr_get.is_some() && !value.is_exact(&statics::FUNCTION_TYPE) {
        return None;
    }
    let version = class.version(th);
    if version == 0 {
        return None;
    }
    site.write32(1, version);
    site.write32(3, meta_version);
    site.write64(5, value.bits());
    match owner.is_exact(&statics::TYPE_TYPE) {
        true => Some(Opcode::LOAD_ATTR_CLASS),
        false => Some(Opcode::LOAD_ATTR_CLASS_WITH_METACLASS_CHECK),
    }
}

/// A class with a `__getattribute__` in Python (and no `__getattr__`, which would have to be asked next).
fn overridden(site: &Site, ty: &'static Type, version: u32) -> Option<Opcode> {
    let th = site.th;
    let method = ty.lookup(th, names::GETATTRIBUTE.get(th).ok()?)?;
    let fallback = ty.lookup(th, names::GETATTR.get(th).ok()?);
    if site.oparg & 1 != 0 || fallback.is_some() || !super::calls::takes_exactly(method, 2) {
        return None;
    }
    site.write32(1, version);
    Some(Opcode::LOAD_ATTR_GETATTRIBUTE_OVERRIDDEN)
}

/// Whether a slot holds this function.
fn is_slot<F: Copy>(slot: Option<F>, function: F) -> bool {
    let address = |f: &F| {
        // SAFETY: slots are function pointers, one word.
        unsafe { std::mem::transmute_copy::<F, usize>(f) }
    };
    const { assert!(size_of::<F>() == size_of::<usize>()) };
    slot.is_some_and(|slot| address(&slot) == address(&function))
}

fn is_data_descriptor(v: Value) -> bool {
    v.ty().slots().descr_set.is_some()
}

fn inline_value(site: &Site, ty: &Type, object: &InstanceObject, index: u32, version: u32) -> Option<Opcode> {
    if index >= object.inline_capacity {
        return None;
    }
    let offset = u16::try_from(ty.core.basicsize.get() as usize + index as usize * 8).ok()?;
    site.write32(1, version);
    site.write32(3, object.shape.get());
    site.write16(5, offset);
    site.write16(6, u16::try_from(index).ok()?);
    Some(Opcode::LOAD_ATTR_INSTANCE_VALUE)
}

/// The offset of a `__slots__` member.
fn member_offset(descriptor: Value) -> Option<u16> {
    u16::try_from(whipsnake_runtime::types::descriptors::slot_member_offset(descriptor)?).ok()
}

fn member(site: &Site, descriptor: Value, version: u32) -> Option<Opcode> {
    let offset = member_offset(descriptor)?;
    site.write32(1, version);
    site.write16(3, offset);
    Some(Opcode::LOAD_ATTR_SLOT)
}

pub fn store_attr(site: &Site) {
    site.settle(choose_store(site));
}

fn choose_store(site: &Site) -> Option<Opcode> {
    let th = site.th;
    let owner = site.operand(1);
    if !owner.is_pointer() {
        return None;
    }
    let ty = owner.ty();
    let name = site.name(site.oparg);
    if !is_slot(ty.slots().setattro, generic_set_attr as SetAttrFn) {
        return None;
    }
    let version = ty.version(th);
    if version == 0 {
        return None;
    }
    if let Some(descriptor) = ty.lookup(th, name)
        && is_data_descriptor(descriptor)
    {
        let offset = member_offset(descriptor)?;
        site.write32(1, version);
        site.write16(3, offset);
        return Some(Opcode::STORE_ATTR_SLOT);
    }
    let object = instance(owner, ty)?;
    let shape = object.shape.get();
    if shape == 0 {
        site.write32(1, version);
        return instance_dict(object).map(|_| Opcode::STORE_ATTR_WITH_HINT);
    }
    let shapes = &th.interp.shapes;
    let (index, new_shape) = match shapes.lookup(shape, name) {
        Some(index) => (index, shape),
        None => (shapes.len(shape), shapes.add_attribute(shape, name)),
    };
    if new_shape == 0 || index >= object.inline_capacity {
        return None;
    }
    let record = StoreRecord {
        type_version: version,
        old_shape: shape,
        new_shape,
        offset: u16::try_from(ty.core.basicsize.get() as usize + index as usize * 8).ok()?,
        index: u16::try_from(index).ok()?,
    };
    site.write32(1, record_id(th, record)?);
    Some(Opcode::STORE_ATTR_INSTANCE_VALUE)
}

fn record_id(th: &Thread, record: StoreRecord) -> Option<u32> {
    let table = th.interp.state::<StoreRecords>();
    let mut records = table.records.borrow_mut();
    // The newest records are the likely ones to be the same.
    let recent = records.len().saturating_sub(64);
    if let Some(at) = records[recent..].iter().position(|known| *known == record) {
        return Some((recent + at) as u32);
    }
    if records.len() >= MAX_RECORDS {
        return None;
    }
    records.push(record);
    for &thread in th.interp.threads.borrow().iter() {
        // SAFETY: I6, listed threads are alive.
        unsafe { (*thread).core.store_records.set(records.as_ptr()) };
    }
    th.core.store_records.set(records.as_ptr());
    Some(records.len() as u32 - 1)
}

/// Hands the table to a new thread.
pub fn share_records(th: &Thread) {
    th.core.store_records.set(th.interp.state::<StoreRecords>().records.borrow().as_ptr());
}

pub fn load_super_attr(site: &Site) {
    let known = site.operand(3).same(statics::SUPER_TYPE.value()) && site.operand(2).is_instance(&statics::TYPE_TYPE);
    site.settle(known.then_some(match site.oparg & 1 {
        0 => Opcode::LOAD_SUPER_ATTR_ATTR,
        _ => Opcode::LOAD_SUPER_ATTR_METHOD,
    }));
}

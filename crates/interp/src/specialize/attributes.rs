//! `LOAD_ATTR`, `STORE_ATTR`, `LOAD_SUPER_ATTR`.

use super::Site;
use std::cell::RefCell;
use whipsnake_bytecode::Opcode;
use whipsnake_layout::objects::InstanceObject;
use whipsnake_layout::thread::StoreRecord;
use whipsnake_layout::{Slot, Value};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::protocols::object::{generic_get_attr, generic_set_attr};
use whipsnake_runtime::typeobj::Type;

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
    // A class that computes its attributes itself stays generic.
    if ty.slots().getattro.map(|f| f as usize) != Some(generic_get_attr as usize) {
        return None;
    }
    let version = ty.version(th);
    if version == 0 {
        return None;
    }
    let found = ty.lookup(th, name);
    let wants_method = site.oparg & 1 != 0;
    match found {
        Some(descriptor) if is_data_descriptor(descriptor) => member(site, descriptor, version),
        found => {
            let shaped = instance(owner, ty);
            if let Some(object) = shaped {
                if object.shape.get() == 0 {
                    return None;
                }
                if let Some(index) = th.interp.shapes.lookup(object.shape.get(), name) {
                    return inline_value(site, ty, object, index, version);
                }
                site.write32(3, object.shape.get());
            } else if ty.core.dictoffset.get() != 0 {
                return None;
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
    if ty.slots().setattro.map(|f| f as usize) != Some(generic_set_attr as usize) {
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
        return None;
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
    let _ = Slot::NULL;
    site.settle(None);
}

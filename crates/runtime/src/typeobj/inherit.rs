//! Slot inheritance.

use crate::prelude::*;
use crate::protocols::object::hash_not_implemented;
use crate::typeobj::{HashFn, SlotId};
use crate::types::dict::Dict;

/// Slots that are not inherited like the others: construction is decided by `ready`, hash and comparison go together.
fn is_special(id: SlotId) -> bool {
    matches!(id, SlotId::new | SlotId::hash | SlotId::richcompare)
}

/// Fills the empty slots of `ty` from the classes behind it in its MRO. A class gives only what it defines itself.
///
/// # Errors
/// What looking into the dictionary raises.
pub(crate) fn inherit_slots(th: &Thread, ty: &'static Type) -> PyResult<()> {
    let keeps_hash = overrides_hash(th, ty.dict())?;
    for base in ty.mro().as_slice().iter().skip(1).filter_map(|base| base.cast::<Type>()) {
        let given = *base.slots();
        let below = base.base().map(|below| *below.slots());
        ty.update_slots(|slots| {
            for &id in SlotId::ALL {
                let function = given.raw(id);
                let inherited = below.is_some_and(|below| below.raw(id) == function);
                if is_special(id) || function.is_null() || inherited || !slots.raw(id).is_null() {
                    continue;
                }
                // SAFETY: the function comes from the same slot.
                unsafe { slots.set_raw(id, function) };
            }
            if slots.richcompare.is_none() && slots.hash.is_none() && !keeps_hash {
                slots.richcompare = given.richcompare;
                slots.hash = given.hash;
            }
        });
    }
    Ok(())
}

fn overrides_hash(th: &Thread, dict: &Dict) -> PyResult<bool> {
    Ok(dict.get_rust(th, "__eq__")?.is_some() || dict.get_rust(th, "__hash__")?.is_some())
}

/// A type that has no hash slot by now is unhashable: `__hash__ = None`.
///
/// # Errors
/// MemoryError.
pub(crate) fn set_hash(th: &Thread, ty: &'static Type) -> PyResult<()> {
    if ty.slots().hash.is_some() || ty.dict().get_rust(th, "__hash__")?.is_some() {
        return Ok(());
    }
    ty.dict().set_rust(th, "__hash__", statics::none())?;
    ty.update_slots(|slots| slots.hash = Some(hash_not_implemented as HashFn));
    Ok(())
}

/// Flags that go from base to derived class.
const INHERITED_FLAGS: u64 = flags::LONG_SUBCLASS
    | flags::LIST_SUBCLASS
    | flags::TUPLE_SUBCLASS
    | flags::BYTES_SUBCLASS
    | flags::UNICODE_SUBCLASS
    | flags::DICT_SUBCLASS
    | flags::BASE_EXC_SUBCLASS
    | flags::TYPE_SUBCLASS
    | flags::MATCH_SELF
    | flags::SEQUENCE
    | flags::MAPPING
    | flags::WEAKREFABLE;

/// Flags, item size and dict offset of the base.
pub(crate) fn inherit_fields(ty: &Type, base: &Type) {
    let core = &ty.core;
    let mut inherited = base.flags() & INHERITED_FLAGS;
    if ty.flags() & (flags::SEQUENCE | flags::MAPPING) != 0 {
        inherited &= !(flags::SEQUENCE | flags::MAPPING);
    }
    core.flags.set(ty.flags() | inherited | own_subclass_flag(ty));
    if core.itemsize.get() == 0 {
        core.itemsize.set(base.core.itemsize.get());
    }
    if core.dictoffset.get() == 0 {
        core.dictoffset.set(base.core.dictoffset.get());
    }
    if core.basicsize.get() < base.core.basicsize.get() {
        core.basicsize.set(base.core.basicsize.get());
    }
}

/// The `*_SUBCLASS` flag of the type that heads a family.
pub(crate) fn own_subclass_flag(ty: &Type) -> u64 {
    let families: [(&Type, u64); 8] = [
        (&statics::INT_TYPE, flags::LONG_SUBCLASS | flags::MATCH_SELF),
        (&statics::LIST_TYPE, flags::LIST_SUBCLASS | flags::MATCH_SELF | flags::SEQUENCE),
        (&statics::TUPLE_TYPE, flags::TUPLE_SUBCLASS | flags::MATCH_SELF | flags::SEQUENCE),
        (&statics::BYTES_TYPE, flags::BYTES_SUBCLASS | flags::MATCH_SELF),
        (&statics::STR_TYPE, flags::UNICODE_SUBCLASS | flags::MATCH_SELF),
        (&statics::DICT_TYPE, flags::DICT_SUBCLASS | flags::MATCH_SELF | flags::MAPPING),
        (&statics::BASE_EXCEPTION, flags::BASE_EXC_SUBCLASS),
        (&statics::TYPE_TYPE, flags::TYPE_SUBCLASS),
    ];
    let matching: [(&Type, u64); 8] = [
        (&statics::BOOL_TYPE, flags::MATCH_SELF),
        (&statics::FLOAT_TYPE, flags::MATCH_SELF),
        (&statics::BYTEARRAY_TYPE, flags::MATCH_SELF),
        (&statics::SET_TYPE, flags::MATCH_SELF),
        (&statics::FROZENSET_TYPE, flags::MATCH_SELF),
        (&statics::RANGE_TYPE, flags::SEQUENCE),
        (&statics::MEMORYVIEW_TYPE, flags::SEQUENCE),
        (&statics::MAPPINGPROXY_TYPE, flags::MAPPING),
    ];
    families.iter().chain(&matching).find(|(family, _)| std::ptr::eq(*family, ty)).map_or(0, |(_, flag)| *flag)
}

/// Flags of a class from its native base; sizes are the business of `layouts.rs`.
pub(crate) fn inherit_fields_of_class(ty: &Type, base: &Type) {
    ty.core.flags.set(ty.flags() | base.flags() & INHERITED_FLAGS & !flags::WEAKREFABLE);
    if ty.core.dictoffset.get() == 0 {
        ty.core.dictoffset.set(base.core.dictoffset.get());
    }
}

/// Sequence and mapping flags come from any class in the MRO, as `match` statements see it.
pub(crate) fn inherit_pattern_flags(ty: &Type) {
    const PATTERN: u64 = flags::SEQUENCE | flags::MAPPING;
    if ty.flags() & PATTERN != 0 {
        return;
    }
    for base in ty.mro().as_slice().iter().skip(1).filter_map(|base| base.cast::<Type>()) {
        let pattern = base.flags() & PATTERN;
        if pattern != 0 {
            ty.core.flags.set(ty.flags() | pattern);
            return;
        }
    }
}

/// Slots without a special method, which classes take from the nearest class that has them.
pub(crate) fn inherit_uncovered_slots(ty: &'static Type) {
    inherit_pattern_flags(ty);
    if ty.slots().body_size.is_none() {
        let found = ty.mro().as_slice().iter().filter_map(|base| base.cast::<Type>()).find_map(|b| b.slots().body_size);
        ty.update_slots(|slots| slots.body_size = found);
    }
    ty.update_slots(|slots| {
        for base in ty.mro().as_slice().iter().skip(1).filter_map(|base| base.cast::<Type>()) {
            for id in [SlotId::sq_concat, SlotId::sq_repeat, SlotId::sq_inplace_concat, SlotId::sq_inplace_repeat] {
                if slots.raw(id).is_null() {
                    // SAFETY: the function comes from the same slot.
                    unsafe { slots.set_raw(id, base.slots().raw(id)) };
                }
            }
        }
    });
}

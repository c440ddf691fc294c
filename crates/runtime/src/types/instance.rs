//! Attributes of instances.
//!
//! Classes whose solid base is `object` are *shaped*: [`InstanceObject`], then `__slots__` members, then inline values
//! (they begin at the type's basicsize). Values beyond the inline capacity lie in an overflow vector. When the dict is
//! asked for, the instance turns to a real dict for good (shape 0).
//! Other classes with a dict have a pointer to it at their `dictoffset`.
//!
//! **Invariants:** inline values and overflow entries beyond the shape's attributes are null (I9); attribute names in
//! shapes are interned.

use crate::dealloc::object_size;
use crate::prelude::*;
use crate::protocols::object::with_interned;
use crate::types::dict::Dict;
use std::cell::Cell;
use whipsnake_layout::objects::InstanceObject;

/// New instances never get more inline values than this.
const MAX_INLINE: u32 = 32;

/// The first instance of a class has room for so many.
const FIRST_INLINE: usize = 4;

/// Attribute values that did not fit inline.
type Overflow = Vec<Slot>;

/// A new instance of a class whose memory consists of the header, a shape or a dict pointer, and slots: no native
/// contents. The caller is `object.__new__`.
///
/// # Errors
/// MemoryError.
#[inline]
pub fn allocate(th: &Thread, ty: &'static Type) -> PyResult {
    let basicsize = ty.core.basicsize.get() as usize;
    let shaped = ty.has_flag(flags::SHAPED);
    let mut capacity = if shaped { ty.inline_hint.get() as usize } else { 0 };
    if shaped && ty.root_shape.get() == 0 {
        // How many attributes the class's instances get is a guess until the first one has got them.
        capacity = capacity.max(FIRST_INLINE);
    }
    if shaped && (basicsize / 8 + capacity) % 2 != 0 {
        // Cells come in multiples of 16 bytes anyway.
        capacity += 1;
    }
    let size = basicsize + capacity * 8;
    let object = th.allocate(ty, size)?;
    // SAFETY: fresh memory of `size` bytes, the header is in place; shaped types are laid out as `InstanceObject`.
    unsafe {
        // Cells come in multiples of 16 bytes; a call of `memset` would cost more than these few stores.
        for at in (16..size).step_by(16) {
            crate::obj::no_idiom();
            object.cast::<u8>().add(at).cast::<[u64; 2]>().write([0; 2]);
        }
        if shaped {
            let instance = &mut *object.cast::<InstanceObject>();
            instance.shape.set(th.interp.shapes.root(ty));
            instance.inline_capacity = capacity as u32;
        }
        Ok(Obj::steal(Value::from_ptr(object)))
    }
}

fn ty_of(instance: &InstanceObject) -> &'static Type {
    // SAFETY: I5, a live object's type.
    unsafe { &*(instance.head.type_ptr() as *const Type) }
}

fn inline_values(instance: &InstanceObject) -> &[Cell<Slot>] {
    let offset = ty_of(instance).core.basicsize.get() as usize;
    // SAFETY: I9, `inline_capacity` slots follow the fixed part of the instance.
    unsafe {
        let first = (instance as *const InstanceObject).cast::<u8>().add(offset).cast::<Cell<Slot>>();
        std::slice::from_raw_parts(first, instance.inline_capacity as usize)
    }
}

/// The overflow vector of a shaped instance.
fn overflow(instance: &InstanceObject) -> *mut Overflow {
    if instance.shape.get() == 0 { std::ptr::null_mut() } else { instance.extra.get() as *mut Overflow }
}

/// The value with this index in the shape.
#[inline]
fn value_at(instance: &InstanceObject, index: u32) -> Slot {
    if index < instance.inline_capacity {
        return inline_values(instance)[index as usize].get();
    }
    let overflow = overflow(instance);
    // SAFETY: I9, a shaped instance's overflow vector belongs to it; nothing runs while it is looked at.
    match unsafe { overflow.as_ref() } {
        Some(values) => values.get((index - instance.inline_capacity) as usize).copied().unwrap_or(Slot::NULL),
        None => Slot::NULL,
    }
}

/// Puts a value in place and hands out the old one.
fn replace_at(instance: &InstanceObject, index: u32, value: Slot) -> Slot {
    if index < instance.inline_capacity {
        return inline_values(instance)[index as usize].replace(value);
    }
    let mut vector = overflow(instance);
    if vector.is_null() {
        vector = Box::into_raw(Box::default());
        instance.extra.set(vector as u64);
    }
    // SAFETY: I9, as in `value_at`.
    let values = unsafe { &mut *vector };
    let at = (index - instance.inline_capacity) as usize;
    if values.len() <= at {
        values.resize(at + 1, Slot::NULL);
    }
    std::mem::replace(&mut values[at], value)
}

/// The dict of an instance that has turned to one.
#[inline]
fn dict_of(instance: &InstanceObject) -> Option<Value> {
    if instance.shape.get() != 0 {
        return None;
    }
    Slot(instance.extra.get()).get()
}

/// The instance's own attribute `name` (interned).
#[inline]
pub fn get(th: &Thread, instance: &InstanceObject, name: Value) -> Option<Obj> {
    let shape = instance.shape.get();
    if shape != 0 {
        let index = th.interp.shapes.lookup(shape, name)?;
        return value_at(instance, index).get().map(ValueExt::own);
    }
    let dict = dict_of(instance)?.own();
    match dict.cast::<Dict>()?.get_str(th, name) {
        Ok(found) => found,
        Err(_) => {
            drop(th.take_exception());
            None
        }
    }
}

/// What the tables know of an attribute, with its value.
pub enum Found {
    Own(Obj),
    Method(Value),
    Unknown,
}

/// `v.name` (an interned str) as [`crate::shapes::Shapes::known`] tells it.
#[inline]
pub fn find_known(th: &Thread, v: Value, name: Value) -> Found {
    use crate::shapes::Known;
    let ty = v.ty();
    if !v.is_pointer() || !ty.has_flag(flags::SHAPED) {
        return Found::Unknown;
    }
    // SAFETY: I4, instances of shaped types are laid out so.
    let instance = unsafe { v.cast_unchecked::<InstanceObject>() };
    match th.interp.shapes.known(instance.shape.get(), name, ty.core.version_tag.get()) {
        Known::Own(index) => match value_at(instance, index).get() {
            Some(value) => Found::Own(value.own()),
            None => Found::Unknown,
        },
        Known::Method(method) => Found::Method(method),
        Known::Unknown => Found::Unknown,
    }
}

/// Lets [`find_known`] answer for `v.name` from now on, if it can.
#[inline(never)]
pub fn remember(th: &Thread, v: Value, name: Value) {
    let ty = v.ty();
    let generic = crate::protocols::object::generic_get_attr as crate::typeobj::GetAttrFn;
    let is_generic = ty.slots().getattro.is_some_and(|get| std::ptr::fn_addr_eq(get, generic));
    if !v.is_pointer() || !ty.has_flag(flags::SHAPED) || !is_generic {
        return;
    }
    // SAFETY: I4, instances of shaped types are laid out so.
    let shape = unsafe { v.cast_unchecked::<InstanceObject>() }.shape.get();
    let (found, version) = (ty.lookup(th, name), ty.version(th));
    let is_data = found.is_some_and(|found| found.ty().slots().descr_set.is_some());
    if shape != 0 && version != 0 && !is_data {
        let method = found.filter(|found| found.ty().has_flag(flags::METHOD_DESCRIPTOR));
        th.interp.shapes.remember(shape, name, version, method);
    }
}

/// Sets the instance's own attribute `name` (interned).
///
/// # Errors
/// MemoryError.
pub fn set(th: &Thread, v: Value, name: Value, value: Value) -> PyResult<()> {
    // SAFETY: I4, callers pass instances of shaped types.
    let instance = unsafe { v.cast_unchecked::<InstanceObject>() };
    let shapes = &th.interp.shapes;
    let shape = instance.shape.get();
    if shape != 0 {
        if let Some(index) = shapes.lookup(shape, name) {
            let old = replace_at(instance, index, value.own().into_slot());
            crate::obj::release_slot(old);
            return Ok(());
        }
        let next = shapes.add_attribute(shape, name);
        if next != 0 {
            let index = shapes.len(shape);
            let ty = ty_of(instance);
            if index >= ty.inline_hint.get() && index < MAX_INLINE {
                ty.inline_hint.set(index + 1);
            }
            let old = replace_at(instance, index, value.own().into_slot());
            instance.shape.set(next);
            crate::obj::release_slot(old);
            return Ok(());
        }
    }
    let dict = materialize_dict(th, v)?;
    match dict.cast::<Dict>() {
        Some(dict) => dict.set(th, name, value),
        None => Ok(()),
    }
}

/// Deletes the instance's own attribute `name` (interned); false if there is none. Where many follow, the instance turns to a dict.
///
/// # Errors
/// MemoryError.
pub fn del(th: &Thread, v: Value, name: Value) -> PyResult<bool> {
    // SAFETY: I4, callers pass instances of shaped types.
    let instance = unsafe { v.cast_unchecked::<InstanceObject>() };
    let shape = instance.shape.get();
    if shape != 0 {
        let shapes = &th.interp.shapes;
        let Some(index) = shapes.lookup(shape, name) else { return Ok(false) };
        let next = shapes.without_attribute(shape, index);
        if next != 0 {
            let mut moved = Slot::NULL;
            for i in (index..shapes.len(shape)).rev() {
                moved = replace_at(instance, i, moved);
            }
            instance.shape.set(next);
            crate::obj::release_slot(moved);
            return Ok(true);
        }
    }
    if shape == 0 && dict_of(instance).is_none() {
        return Ok(false);
    }
    let dict = materialize_dict(th, v)?;
    match dict.cast::<Dict>() {
        Some(dict) => dict.del(th, name),
        None => Ok(false),
    }
}

/// The instance's dict, made now if need be: the attributes live there from then on.
///
/// # Errors
/// MemoryError.
pub fn materialize_dict(th: &Thread, v: Value) -> PyResult {
    // SAFETY: I4, callers pass instances of shaped types.
    let instance = unsafe { v.cast_unchecked::<InstanceObject>() };
    if let Some(dict) = dict_of(instance) {
        return Ok(dict.own());
    }
    let dict = copy_attributes(th, instance)?;
    let vector = overflow(instance);
    instance.shape.set(0);
    instance.extra.set(dict.clone().into_slot().0);
    // The copy owns all the values as well: none of them dies.
    for cell in inline_values(instance) {
        crate::obj::release_slot(cell.replace(Slot::NULL));
    }
    if !vector.is_null() {
        // SAFETY: I9, the vector was made by `replace_at` and nothing else refers to it.
        for slot in *unsafe { Box::from_raw(vector) } {
            crate::obj::release_slot(slot);
        }
    }
    Ok(dict)
}

/// Empties inline values and overflow.
fn take_values(instance: &InstanceObject) -> Vec<Slot> {
    let mut old: Vec<Slot> = inline_values(instance).iter().map(|cell| cell.replace(Slot::NULL)).collect();
    let vector = overflow(instance);
    if !vector.is_null() {
        instance.extra.set(0);
        // SAFETY: I9, the vector was made by `replace_at` and nothing else refers to it.
        old.extend(*unsafe { Box::from_raw(vector) });
    }
    old.retain(|slot| !slot.is_null());
    old
}

/// A new dict of a shaped instance's attributes.
fn copy_attributes(th: &Thread, instance: &InstanceObject) -> PyResult {
    let shape = instance.shape.get();
    if shape == 0 {
        return Dict::new(th);
    }
    let names = th.interp.shapes.names(shape);
    let dict = Dict::with_capacity(th, names.len(), true)?;
    if let Some(target) = dict.cast::<Dict>() {
        for (index, name) in names.into_iter().enumerate() {
            if let Some(value) = value_at(instance, index as u32).get() {
                target.set(th, name.value(), value)?;
            }
        }
    }
    Ok(dict)
}

/// Where an instance of a type with a `dictoffset` keeps its dict. `None` for all other types, shaped ones included.
#[inline]
pub fn dict_cell<'a>(v: Value) -> Option<&'a ObjCell> {
    if !v.is_pointer() {
        return None;
    }
    let ty = v.ty();
    let offset = match ty.core.dictoffset.get() {
        0 => return None,
        // SAFETY: I4, a live object of its own type.
        ..0 => unsafe { object_size(v.as_ptr(), ty) - 8 },
        offset => offset as usize,
    };
    // SAFETY: I4, the type's layout has an owned slot there.
    Some(unsafe { &*(v.as_ptr().cast::<u8>().add(offset).cast::<ObjCell>()) })
}

/// `v.__dict__` where the type provides one: the dict itself.
///
/// # Errors
/// AttributeError if the type's instances have no dict; MemoryError.
pub fn get_dict(th: &Thread, v: Value) -> PyResult {
    if v.ty().has_flag(flags::SHAPED) {
        return materialize_dict(th, v);
    }
    let Some(cell) = dict_cell(v) else {
        return err!(th, ATTRIBUTE_ERROR, "'{}' object has no attribute '__dict__'", v.ty().name());
    };
    if let Some(dict) = cell.get() {
        return Ok(dict);
    }
    let dict = Dict::new(th)?;
    cell.set(Some(dict.clone()));
    Ok(dict)
}

/// Replaces (or, without a value, drops) the instance's dict.
///
/// # Errors
/// TypeError if the value is no dict; AttributeError if the type's instances have no dict.
pub fn set_dict(th: &Thread, v: Value, value: Option<Value>) -> PyResult<()> {
    if let Some(value) = value
        && !value.is_instance(&statics::DICT_TYPE)
    {
        return err!(th, TYPE_ERROR, "__dict__ must be set to a dictionary, not a '{}'", value.ty().name());
    }
    if v.ty().has_flag(flags::SHAPED) {
        // SAFETY: I4, the type is shaped.
        let instance = unsafe { v.cast_unchecked::<InstanceObject>() };
        let old = take_values(instance);
        let old_dict = dict_of(instance);
        instance.shape.set(0);
        instance.extra.set(value.map_or(0, |dict| dict.own().into_slot().0));
        for slot in old {
            crate::obj::release_slot(slot);
        }
        if let Some(dict) = old_dict {
            release(dict);
        }
        return Ok(());
    }
    let Some(cell) = dict_cell(v) else {
        return err!(th, ATTRIBUTE_ERROR, "'{}' object has no attribute '__dict__'", v.ty().name());
    };
    cell.set(value.map(ValueExt::own));
    Ok(())
}

/// A copy of the instance's attributes as a new dict; `None` if the type's instances have no dict.
///
/// # Errors
/// MemoryError.
pub fn copy_dict(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let source = if v.ty().has_flag(flags::SHAPED) {
        // SAFETY: I4, the type is shaped.
        let instance = unsafe { v.cast_unchecked::<InstanceObject>() };
        if instance.shape.get() != 0 {
            return copy_attributes(th, instance).map(Some);
        }
        dict_of(instance).map(ValueExt::own)
    } else {
        match dict_cell(v) {
            Some(cell) => cell.get(),
            None => return Ok(None),
        }
    };
    match source.as_ref().and_then(|dict| dict.cast::<Dict>()) {
        Some(dict) => dict.copy(th).map(Some),
        None => Dict::new(th).map(Some),
    }
}

/// Moves a shaped instance's attributes to the shape tree of another class (`__class__` was assigned).
///
/// # Errors
/// MemoryError.
pub(crate) fn change_class(th: &Thread, v: Value, new: &'static Type) -> PyResult<()> {
    // SAFETY: I4, callers pass instances of shaped types.
    let instance = unsafe { v.cast_unchecked::<InstanceObject>() };
    let shapes = &th.interp.shapes;
    if instance.shape.get() == 0 {
        return Ok(());
    }
    let mut shape = shapes.root(new);
    for name in shapes.names(instance.shape.get()) {
        if shape != 0 {
            shape = shapes.add_attribute(shape, name.value());
        }
    }
    if shape == 0 {
        materialize_dict(th, v)?;
    } else {
        instance.shape.set(shape);
    }
    Ok(())
}

/// Tells the collector of a shaped instance's attributes.
///
/// # Safety
/// `object` is an instance of a shaped type (I4).
pub(crate) unsafe fn traverse(object: *mut Header, visitor: &mut crate::gc::Visitor) {
    // SAFETY: I4, handed on to the caller.
    let instance = unsafe { &*(object as *const InstanceObject) };
    for cell in inline_values(instance) {
        visitor.slot(cell.get());
    }
    if let Some(dict) = dict_of(instance) {
        visitor.value(dict);
    }
    // SAFETY: I9, the vector belongs to the instance.
    if let Some(values) = unsafe { overflow(instance).as_ref() } {
        for slot in values {
            visitor.slot(*slot);
        }
    }
}

/// Releases a shaped instance's attributes; it is left without any.
///
/// # Safety
/// `object` is an instance of a shaped type (I4).
pub(crate) unsafe fn clear(object: *mut Header) {
    // SAFETY: I4, handed on to the caller.
    let instance = unsafe { &*(object as *const InstanceObject) };
    if instance.shape.get() == 0 {
        let dict = Slot(instance.extra.replace(0));
        crate::obj::release_slot(dict);
        return;
    }
    let has_overflow = instance.extra.get() != 0;
    if has_overflow {
        let old = take_values(instance);
        instance.shape.set(0);
        for slot in old {
            crate::obj::release_slot(slot);
        }
        return;
    }
    // The attributes vanish before the values are released, since that can run code that looks at the instance.
    instance.shape.set(0);
    for cell in inline_values(instance) {
        crate::obj::release_slot(cell.replace(Slot::NULL));
    }
}

/// An attribute of the instance itself by any str, for code outside the generic algorithm.
///
/// # Errors
/// MemoryError.
pub fn own_attribute(th: &Thread, v: Value, name: Value) -> PyResult<Option<Obj>> {
    with_interned!(th, name);
    if v.ty().has_flag(flags::SHAPED) {
        // SAFETY: I4, the type is shaped.
        return Ok(get(th, unsafe { v.cast_unchecked::<InstanceObject>() }, name));
    }
    match dict_cell(v).and_then(ObjCell::get) {
        Some(dict) => dict.cast::<Dict>().map_or(Ok(None), |dict| dict.get_str(th, name)),
        None => Ok(None),
    }
}

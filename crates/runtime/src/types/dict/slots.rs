//! The slots of `dict`.

use super::merge::has_dict_iter;
use super::{DICT_TYPE, Dict, iterators, release_table};
use crate::prelude::*;
use crate::typeobj::names;
use crate::types::str::Str;
use whipsnake_layout::dict::DictObject;
use whipsnake_object::PageKind;

pub(super) const SLOTS: Slots = Slots {
    dealloc: Some(dealloc),
    traverse: Some(traverse),
    clear: Some(clear),
    new: Some(construct),
    init: Some(init),
    repr: Some(repr),
    hash: Some(object::hash_not_implemented),
    richcompare: Some(richcompare),
    iter: Some(iter),
    nb_or: Some(or),
    nb_inplace_or: Some(inplace_or),
    sq_contains: Some(contains),
    mp_length: Some(length),
    mp_subscript: Some(subscript),
    mp_ass_subscript: Some(ass_subscript),
    ..Slots::EMPTY
};

unsafe fn dealloc(th: &Thread, object: *mut Header) {
    // SAFETY: I3, the dict is dead; nothing can reach its table but this function.
    unsafe {
        let v = Value::from_ptr(object);
        let table = Dict::of(v).table();
        release_table(th, table);
        if v.is_exact(&DICT_TYPE) {
            th.interp.heap.free(object.cast(), size_of::<DictObject>(), PageKind::Cyclic);
            return;
        }
        crate::dealloc::free_memory(th, object, v.ty());
    }
}

unsafe fn traverse(object: *mut Header, visitor: &mut Visitor) {
    // SAFETY: I4, called for dicts.
    let dict = unsafe { &*(object as *const Dict) };
    let table = dict.table();
    let keys = !table.is_str();
    for i in 0..table.len() {
        let (key, value) = table.cells(i);
        if keys {
            visitor.slot(key.get());
        }
        visitor.slot(value.get());
    }
}

unsafe fn clear(th: &Thread, object: *mut Header) {
    // SAFETY: I4, called for dicts.
    unsafe { (*(object as *const Dict)).clear(th) }
}

/// `dict.__new__`.
pub fn construct(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    Dict::new_as(th, ty)
}

fn init(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    Dict::of(this).update_from_args(th, "dict", args)
}

fn repr(th: &Thread, this: Value) -> PyResult {
    let dict = Dict::of(this);
    if dict.is_empty() {
        return th.str("{}");
    }
    let text = th.repr_guard(this, || {
        let mut buf = whipsnake_text::Builder::new();
        let (mut pos, mut first) = (0, true);
        buf.push_str("{");
        while let Some((key, value, _)) = dict.entry_at(&mut pos) {
            let (key, value) = (key.own(), value.own());
            if !std::mem::take(&mut first) {
                buf.push_ascii(b", ");
            }
            object::push_repr(th, &mut buf, key.value())?;
            buf.push_ascii(b": ");
            object::push_repr(th, &mut buf, value.value())?;
        }
        buf.push_str("}");
        crate::types::str::from_buf(th, buf.finish())
    })?;
    text.map_or_else(|| th.str("{...}"), Ok)
}

/// Appends a str object.
pub fn push(buf: &mut whipsnake_text::Builder, text: &Obj) {
    if let Some(text) = text.cast::<Str>() {
        buf.push_units(text.units());
    }
}

fn richcompare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (a.cast::<Dict>(), b.cast::<Dict>()) else {
        return Ok(Obj::not_implemented());
    };
    match op {
        CompareOp::Eq => Ok(Obj::bool(equal(th, left, right)?)),
        CompareOp::Ne => Ok(Obj::bool(!equal(th, left, right)?)),
        _ => Ok(Obj::not_implemented()),
    }
}

fn equal(th: &Thread, a: &Dict, b: &Dict) -> PyResult<bool> {
    if a.len() != b.len() {
        return Ok(false);
    }
    th.check_native_stack(" in comparison")?;
    let mut pos = 0;
    while let Some((key, value, hash)) = a.entry_at(&mut pos) {
        let (key, value) = (key.own(), value.own());
        let Some(other) = b.get_hashed(th, key.value(), hash)? else { return Ok(false) };
        if !compare::eq(th, value.value(), other.value())? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `dict.__iter__`.
pub(super) fn iter(th: &Thread, this: Value) -> PyResult {
    iterators::keys(th, this)
}

fn or(th: &Thread, a: Value, b: Value) -> PyResult {
    if !a.is_instance(&DICT_TYPE) || !b.is_instance(&DICT_TYPE) {
        return Ok(Obj::not_implemented());
    }
    let result = copy_of(th, a)?;
    Dict::of(result.value()).update(th, b)?;
    Ok(result)
}

/// A copy of a dict, or of a subclass's instance through its methods.
pub(super) fn copy_of(th: &Thread, v: Value) -> PyResult {
    if has_dict_iter(v) {
        return Dict::of(v).copy(th);
    }
    let result = Dict::new(th)?;
    Dict::of(result.value()).merge(th, v, true)?;
    Ok(result)
}

fn inplace_or(th: &Thread, a: Value, b: Value) -> PyResult {
    Dict::of(a).update(th, b)?;
    Ok(a.own())
}

fn contains(th: &Thread, this: Value, key: Value) -> PyResult<bool> {
    Dict::of(this).contains(th, key)
}

fn length(_: &Thread, this: Value) -> PyResult<isize> {
    Ok(Dict::of(this).len() as isize)
}

/// `dict.__getitem__`: subclasses may have `__missing__`.
pub(super) fn subscript(th: &Thread, this: Value, key: Value) -> PyResult {
    if let Some(value) = Dict::of(this).get(th, key)? {
        return Ok(value);
    }
    missing(th, this, key)
}

#[cold]
fn missing(th: &Thread, this: Value, key: Value) -> PyResult {
    if !this.is_exact(&DICT_TYPE)
        && let Some(method) = object::lookup_special_name(th, this, names::MISSING.get(th)?)?
    {
        return call::call1(th, method.value(), key);
    }
    Err(th.key_error(key))
}

fn ass_subscript(th: &Thread, this: Value, key: Value, value: Option<Value>) -> PyResult<()> {
    match value {
        Some(value) => Dict::of(this).set(th, key, value),
        None if Dict::of(this).del_checked(th, key)? => Ok(()),
        None => Err(th.key_error(key)),
    }
}

//! Attribute access: the protocol, and the generic algorithm of `object.__getattribute__` and `object.__setattr__`.
//!
//! Order of a generic lookup: data descriptors of the type, the instance's own attributes, other descriptors and plain
//! class attributes. Instance attributes lie in a shape's slots or in a dict (`types/instance.rs`).

use crate::prelude::*;
use crate::typeobj::{GetAttrFn, SetAttrFn};
use crate::types::dict::Dict;
use crate::types::{exceptions, instance, str, type_type};
use whipsnake_layout::objects::{InstanceObject, StrObject};

/// Whether `name` is an exact, interned str: two of those are equal only if identical.
#[inline(always)]
pub fn is_interned(name: Value) -> bool {
    // SAFETY: I4, the type is checked first.
    name.is_exact(&statics::STR_TYPE) && unsafe { name.cast_unchecked::<StrObject>() }.interned.get() != 0
}

/// An interned, exact str equal to the str `name`.
///
/// # Errors
/// MemoryError.
#[cold]
pub fn intern_name(th: &Thread, name: Value) -> PyResult {
    let exact = if name.is_exact(&statics::STR_TYPE) { name.own() } else { th.str(&str::to_rust_string(name))? };
    Ok(str::intern(th, exact))
}

/// Calls `body` with the interned form of `name`.
macro_rules! with_interned {
    ($th:expr, $name:ident) => {
        let __holder;
        let $name = if $crate::protocols::object::is_interned($name) {
            $name
        } else {
            __holder = $crate::protocols::object::intern_name($th, $name)?;
            __holder.value()
        };
    };
}
pub(crate) use with_interned;

#[cold]
fn name_not_str(th: &Thread, name: Value) -> Raised {
    th.type_error(format!("attribute name must be string, not '{}'", name.ty().name()))
}

/// Raises AttributeError with its `name` and `obj` attributes set.
#[cold]
#[inline(never)]
pub fn attribute_error(th: &Thread, obj: Value, name: Value, message: &str) -> Raised {
    let make = || -> PyResult {
        let text = th.str(message)?;
        let exception = exceptions::instantiate(th, &statics::ATTRIBUTE_ERROR, &[text.value()])?;
        exceptions::set_attribute_details(exception.value(), name, obj);
        Ok(exception)
    };
    match make() {
        Ok(exception) => th.raise_instance(exception),
        Err(raised) => raised,
    }
}

/// AttributeError: "'int' object has no attribute 'x'".
#[cold]
#[inline(never)]
pub fn no_attribute(th: &Thread, obj: Value, name: Value) -> Raised {
    let text = str::to_rust_string(name);
    let message = match obj.cast::<Type>() {
        Some(ty) => format!("type object '{}' has no attribute '{text}'", ty.name()),
        None => format!("'{}' object has no attribute '{text}'", obj.ty().name()),
    };
    attribute_error(th, obj, name, &message)
}

/// `v.name`; `name` is any str.
///
/// # Errors
/// AttributeError, and whatever descriptors and `__getattr__` raise.
#[inline]
pub fn get_attr(th: &Thread, v: Value, name: Value) -> PyResult {
    match v.ty().slots().getattro {
        Some(get) if name.is_exact(&statics::STR_TYPE) => get(th, v, name),
        get => get_attr_checked(th, v, name, get),
    }
}

#[cold]
fn get_attr_checked(th: &Thread, v: Value, name: Value, get: Option<GetAttrFn>) -> PyResult {
    if !name.is_instance(&statics::STR_TYPE) {
        return Err(name_not_str(th, name));
    }
    match get {
        Some(get) => get(th, v, name),
        None => Err(no_attribute(th, v, name)),
    }
}

/// `v.name`.
///
/// # Errors
/// As [`get_attr`].
pub fn get_attr_str(th: &Thread, v: Value, name: &str) -> PyResult {
    let name = th.intern(name)?;
    get_attr(th, v, name.value())
}

/// Whether the type's getattro slot is the given function.
#[inline(always)]
fn getattro_is(ty: &Type, function: GetAttrFn) -> bool {
    ty.slots().getattro.is_some_and(|get| get as usize == function as usize)
}

/// `v.name`, or `None` where that raises AttributeError. Does not build the exception when it can tell beforehand.
///
/// # Errors
/// Anything but AttributeError.
pub fn lookup_attr(th: &Thread, v: Value, name: Value) -> PyResult<Option<Obj>> {
    if !name.is_instance(&statics::STR_TYPE) {
        return Err(name_not_str(th, name));
    }
    let ty = v.ty();
    if getattro_is(ty, generic_get_attr) {
        return match generic_lookup(th, v, name) {
            Err(_) if th.exception_matches(&statics::ATTRIBUTE_ERROR) => {
                drop(th.take_exception());
                Ok(None)
            }
            other => other,
        };
    }
    if getattro_is(ty, type_type::type_get_attr)
        && let Some(class) = v.cast::<Type>()
    {
        return match type_type::type_lookup(th, class, name) {
            Err(_) if th.exception_matches(&statics::ATTRIBUTE_ERROR) => {
                drop(th.take_exception());
                Ok(None)
            }
            other => other,
        };
    }
    th.catch(get_attr(th, v, name), &statics::ATTRIBUTE_ERROR)
}

/// As [`lookup_attr`], with a Rust string.
///
/// # Errors
/// As [`lookup_attr`].
pub fn lookup_attr_str(th: &Thread, v: Value, name: &str) -> PyResult<Option<Obj>> {
    let name = th.intern(name)?;
    lookup_attr(th, v, name.value())
}

/// `hasattr(v, name)`.
///
/// # Errors
/// Anything but AttributeError.
pub fn has_attr(th: &Thread, v: Value, name: &str) -> PyResult<bool> {
    Ok(lookup_attr_str(th, v, name)?.is_some())
}

/// A special method of `v`'s type, bound to `v`; the instance's own attributes are not looked at.
///
/// # Errors
/// What the descriptor's `__get__` raises.
pub fn lookup_special(th: &Thread, v: Value, name: &str) -> PyResult<Option<Obj>> {
    let name = th.intern(name)?;
    lookup_special_name(th, v, name.value())
}

/// As [`lookup_special`], with an interned str.
///
/// # Errors
/// As [`lookup_special`].
pub fn lookup_special_name(th: &Thread, v: Value, name: Value) -> PyResult<Option<Obj>> {
    let Some(found) = v.ty().lookup(th, name) else { return Ok(None) };
    let found = found.own();
    match found.ty().slots().descr_get {
        Some(get) => get(th, found.value(), Some(v), Some(v.ty().value())).map(Some),
        None => Ok(Some(found)),
    }
}

/// Calls a special method of `v`'s type without binding where possible; `None` if the type has none.
///
/// # Errors
/// What the method raises.
pub fn call_special(th: &Thread, v: Value, name: Value, args: &[Value]) -> PyResult<Option<Obj>> {
    let Some(found) = v.ty().lookup(th, name) else { return Ok(None) };
    if args.len() <= 1 && found.is_exact(&statics::FUNCTION_TYPE) {
        // Most special methods. The function's frame owns it; the arguments are the caller's.
        let both = [Slot::owned(v), args.first().map_or(Slot::NULL, |arg| Slot::owned(*arg))];
        return (th.interp.hooks.call_function)(th, found, Args::new(&both[..=args.len()], None)).map(Some);
    }
    let found = found.own();
    let args = Args::from_values(args);
    if found.ty().has_flag(flags::METHOD_DESCRIPTOR) {
        return call::call_with_self(th, found.value(), v, args).map(Some);
    }
    match found.ty().slots().descr_get {
        Some(get) => {
            let bound = get(th, found.value(), Some(v), Some(v.ty().value()))?;
            call::call(th, bound.value(), args).map(Some)
        }
        None => call::call(th, found.value(), args).map(Some),
    }
}

/// `v.name = value`.
///
/// # Errors
/// AttributeError, TypeError, and whatever descriptors and `__setattr__` raise.
#[inline]
pub fn set_attr(th: &Thread, v: Value, name: Value, value: Value) -> PyResult<()> {
    set_or_del_attr(th, v, name, Some(value))
}

/// `v.name = value`.
///
/// # Errors
/// As [`set_attr`].
pub fn set_attr_str(th: &Thread, v: Value, name: &str, value: Value) -> PyResult<()> {
    let name = th.intern(name)?;
    set_or_del_attr(th, v, name.value(), Some(value))
}

/// `del v.name`.
///
/// # Errors
/// As [`set_attr`].
#[inline]
pub fn del_attr(th: &Thread, v: Value, name: Value) -> PyResult<()> {
    set_or_del_attr(th, v, name, None)
}

fn set_or_del_attr(th: &Thread, v: Value, name: Value, value: Option<Value>) -> PyResult<()> {
    if !name.is_instance(&statics::STR_TYPE) {
        return Err(name_not_str(th, name));
    }
    match v.ty().slots().setattro {
        Some(set) => set(th, v, name, value),
        None => {
            let verb = if value.is_some() { "assign to" } else { "del" };
            let (ty, name) = (v.ty().name(), str::to_rust_string(name));
            err!(th, TYPE_ERROR, "'{ty}' object has no attributes ({verb} .{name})")
        }
    }
}

/// `object.__getattribute__`: the getattro slot of most types.
///
/// # Errors
/// AttributeError, and whatever descriptors raise.
pub fn generic_get_attr(th: &Thread, v: Value, name: Value) -> PyResult {
    match generic_lookup(th, v, name)? {
        Some(found) => Ok(found),
        None => Err(no_attribute(th, v, name)),
    }
}

/// The generic lookup; `None` when there is no such attribute.
///
/// # Errors
/// Whatever descriptors raise.
#[inline]
pub fn generic_lookup(th: &Thread, v: Value, name: Value) -> PyResult<Option<Obj>> {
    with_interned!(th, name);
    let ty = v.ty();
    let Some(class_value) = ty.lookup(th, name) else { return own_attribute(th, v, ty, name) };
    let slots = class_value.ty().slots();
    let Some(get) = slots.descr_get else {
        // A plain class attribute: the instance's own goes first.
        let class_value = class_value.own();
        return Ok(Some(own_attribute(th, v, ty, name)?.unwrap_or(class_value)));
    };
    let descriptor = class_value.own();
    if slots.descr_set.is_none()
        && let Some(own) = own_attribute(th, v, ty, name)?
    {
        return Ok(Some(own));
    }
    get(th, descriptor.value(), Some(v), Some(ty.value())).map(Some)
}

/// An attribute of the instance itself.
#[inline]
fn own_attribute(th: &Thread, v: Value, ty: &'static Type, name: Value) -> PyResult<Option<Obj>> {
    if ty.has_flag(flags::SHAPED) {
        // SAFETY: I4, instances of shaped types are laid out so.
        return Ok(instance::get(th, unsafe { v.cast_unchecked::<InstanceObject>() }, name));
    }
    if ty.core.dictoffset.get() == 0 {
        return Ok(None);
    }
    match instance::dict_cell(v).and_then(|cell| cell.get()) {
        Some(dict) => match dict.cast::<Dict>() {
            Some(dict) => dict.get_str(th, name),
            None => Ok(None),
        },
        None => Ok(None),
    }
}

/// `object.__setattr__` and `object.__delattr__`: the setattro slot of most types.
///
/// # Errors
/// AttributeError, and whatever descriptors raise.
pub fn generic_set_attr(th: &Thread, v: Value, name: Value, value: Option<Value>) -> PyResult<()> {
    with_interned!(th, name);
    let ty = v.ty();
    let class_value = ty.lookup(th, name);
    if let Some(descriptor) = class_value
        && let Some(set) = descriptor.ty().slots().descr_set
    {
        let descriptor = descriptor.own();
        return set(th, descriptor.value(), v, value);
    }
    if ty.has_flag(flags::SHAPED) {
        let done = match value {
            Some(value) => {
                instance::set(th, v, name, value)?;
                true
            }
            None => instance::del(th, v, name)?,
        };
        return if done { Ok(()) } else { Err(no_attribute(th, v, name)) };
    }
    let Some(cell) = instance::dict_cell(v) else { return Err(cannot_set(th, v, name, class_value)) };
    let dict = match (cell.get(), value) {
        (Some(dict), _) => dict,
        (None, Some(_)) => {
            let dict = Dict::new(th)?;
            cell.set(Some(dict.clone()));
            dict
        }
        (None, None) => return Err(no_attribute(th, v, name)),
    };
    let Some(dict) = dict.cast::<Dict>() else { return Err(no_attribute(th, v, name)) };
    match value {
        Some(value) => dict.set(th, name, value),
        None if dict.del(th, name)? => Ok(()),
        None => Err(no_attribute(th, v, name)),
    }
}

#[cold]
fn cannot_set(th: &Thread, v: Value, name: Value, class_value: Option<Value>) -> Raised {
    let (ty, text) = (v.ty(), str::to_rust_string(name));
    let generic = ty.slots().setattro.is_some_and(|set| set as usize == generic_set_attr as SetAttrFn as usize);
    let type_name = ty.name();
    let message = match class_value {
        Some(_) => format!("'{type_name}' object attribute '{text}' is read-only"),
        None if generic => {
            format!("'{type_name}' object has no attribute '{text}' and no __dict__ for setting new attributes")
        }
        None => format!("'{type_name}' object has no attribute '{text}'"),
    };
    attribute_error(th, v, name, &message)
}

/// The method `v.name` for a call: `(callable, true)` = an unbound function to be called with `v` in front of the
/// arguments, `(callable, false)` = call it as it is.
///
/// # Errors
/// As [`get_attr`].
#[inline]
pub fn get_method(th: &Thread, v: Value, name: Value) -> PyResult<(Obj, bool)> {
    let ty = v.ty();
    if !getattro_is(ty, generic_get_attr) || !is_interned(name) {
        return Ok((get_attr(th, v, name)?, false));
    }
    let Some(class_value) = ty.lookup(th, name) else {
        return match own_attribute(th, v, ty, name)? {
            Some(own) => Ok((own, false)),
            None => Err(no_attribute(th, v, name)),
        };
    };
    let found = class_value.own();
    let found_ty = found.ty();
    let is_method = found_ty.has_flag(flags::METHOD_DESCRIPTOR);
    let slots = found_ty.slots();
    let is_data = slots.descr_get.is_some() && slots.descr_set.is_some();
    if (is_method || !is_data)
        && let Some(own) = own_attribute(th, v, ty, name)?
    {
        return Ok((own, false));
    }
    if is_method {
        return Ok((found, true));
    }
    match slots.descr_get {
        Some(get) => Ok((get(th, found.value(), Some(v), Some(ty.value()))?, false)),
        None => Ok((found, false)),
    }
}

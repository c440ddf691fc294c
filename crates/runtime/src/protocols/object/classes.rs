//! `isinstance` and `issubclass`.

use crate::prelude::*;
use crate::typeobj::names;
use crate::types::tuple::Tuple;

/// `isinstance(v, cls)`.
///
/// # Errors
/// TypeError when `cls` is no class, tuple of classes or union; what `__instancecheck__` raises.
pub fn is_instance(th: &Thread, v: Value, cls: Value) -> PyResult<bool> {
    if v.ty().value().same(cls) {
        return Ok(true);
    }
    if cls.is_exact(&statics::TYPE_TYPE) {
        return plain_is_instance(th, v, cls);
    }
    let members = crate::types::union::members(cls);
    let cls = members.as_ref().map_or(cls, Obj::value);
    if let Some(classes) = cls.cast::<Tuple>() {
        th.check_native_stack(" in __instancecheck__")?;
        for class in classes.as_slice() {
            if is_instance(th, v, *class)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    th.check_native_stack(" in __instancecheck__")?;
    match super::call_special(th, cls, names::INSTANCECHECK.get(th)?, &[v])? {
        Some(result) => super::is_true(th, result.value()),
        None => plain_is_instance(th, v, cls),
    }
}

/// `type.__instancecheck__(cls, v)`, and the rule for things that merely look like classes.
///
/// # Errors
/// TypeError when `cls` is no class.
pub fn plain_is_instance(th: &Thread, v: Value, cls: Value) -> PyResult<bool> {
    if let Some(class) = cls.cast::<Type>() {
        if v.is_instance(class) {
            return Ok(true);
        }
        let claimed = super::lookup_attr(th, v, names::CLASS.get(th)?)?;
        return Ok(claimed.is_some_and(|claimed| match claimed.cast::<Type>() {
            Some(claimed) => !std::ptr::eq(claimed, v.ty()) && claimed.is_subtype_of(class),
            None => false,
        }));
    }
    check_class(th, cls, "isinstance() arg 2 must be a type, a tuple of types, or a union")?;
    match super::lookup_attr(th, v, names::CLASS.get(th)?)? {
        Some(claimed) => abstract_is_subclass(th, claimed.value(), cls),
        None => Ok(false),
    }
}

/// `issubclass(derived, cls)`.
///
/// # Errors
/// TypeError when an argument is no class; what `__subclasscheck__` raises.
pub fn is_subclass(th: &Thread, derived: Value, cls: Value) -> PyResult<bool> {
    if cls.is_exact(&statics::TYPE_TYPE) {
        return if derived.same(cls) { Ok(true) } else { plain_is_subclass(th, derived, cls) };
    }
    th.check_native_stack(" in __subclasscheck__")?;
    let members = crate::types::union::members(cls);
    let cls = members.as_ref().map_or(cls, Obj::value);
    if let Some(classes) = cls.cast::<Tuple>() {
        for class in classes.as_slice() {
            if is_subclass(th, derived, *class)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    match super::call_special(th, cls, names::SUBCLASSCHECK.get(th)?, &[derived])? {
        Some(result) => super::is_true(th, result.value()),
        None => plain_is_subclass(th, derived, cls),
    }
}

/// `type.__subclasscheck__(cls, derived)`, and the rule for things that merely look like classes.
///
/// # Errors
/// TypeError when an argument is no class.
pub fn plain_is_subclass(th: &Thread, derived: Value, cls: Value) -> PyResult<bool> {
    if let (Some(derived), Some(class)) = (derived.cast::<Type>(), cls.cast::<Type>()) {
        return Ok(derived.is_subtype_of(class));
    }
    check_class(th, derived, "issubclass() arg 1 must be a class")?;
    check_class(th, cls, "issubclass() arg 2 must be a class, a tuple of classes, or a union")?;
    abstract_is_subclass(th, derived, cls)
}

/// TypeError unless `cls` has a tuple of bases.
fn check_class(th: &Thread, cls: Value, message: &str) -> PyResult<()> {
    if abstract_bases(th, cls)?.is_none() {
        return err!(th, TYPE_ERROR, "{message}");
    }
    Ok(())
}

fn abstract_bases(th: &Thread, cls: Value) -> PyResult<Option<Obj>> {
    let bases = super::lookup_attr(th, cls, names::BASES.get(th)?)?;
    Ok(bases.filter(|bases| bases.is_instance(&statics::TUPLE_TYPE)))
}

/// Follows `__bases__`, without recursion along single bases.
fn abstract_is_subclass(th: &Thread, derived: Value, cls: Value) -> PyResult<bool> {
    let mut derived = derived.own();
    loop {
        if derived.value().same(cls) {
            return Ok(true);
        }
        let Some(bases) = abstract_bases(th, derived.value())? else { return Ok(false) };
        let Some(tuple) = bases.cast::<Tuple>() else { return Ok(false) };
        match tuple.as_slice() {
            [] => return Ok(false),
            [single] => derived = single.own(),
            several => {
                th.check_native_stack(" in __issubclass__")?;
                for base in several {
                    if abstract_is_subclass(th, *base, cls)? {
                        return Ok(true);
                    }
                }
                return Ok(false);
            }
        }
    }
}

//! `__annotations__` and `__annotate__` of classes (PEP 649): computed when first asked for.

use crate::prelude::*;
use crate::typeobj::names;
use crate::types::dict::Dict;

fn missing(th: &Thread, ty: &Type, name: &'static names::Name) -> Raised {
    match name.get(th) {
        Ok(name) => object::no_attribute(th, ty.value(), name),
        Err(raised) => raised,
    }
}

/// Binds what lies in a class's dictionary, as an attribute lookup would.
fn bound(th: &Thread, ty: &Type, found: Obj) -> PyResult {
    match found.ty().slots().descr_get {
        Some(get) => get(th, found.value(), None, Some(ty.value())),
        None => Ok(found),
    }
}

/// `cls.__annotate__`: the function that computes the annotations, or `None`.
///
/// # Errors
/// AttributeError for built-in types.
pub(crate) fn get_annotate(th: &Thread, ty: &'static Type) -> PyResult {
    if !ty.is_heap_type() {
        return Err(missing(th, ty, &names::ANNOTATE));
    }
    // One that the class body defines itself comes before what is made of the annotations.
    for name in [&names::ANNOTATE, &names::ANNOTATE_FUNC] {
        if let Some(found) = ty.dict().get_str(th, name.get(th)?)? {
            return bound(th, ty, found);
        }
    }
    Ok(Obj::none())
}

/// Assigns `__annotate__`; cached annotations are dropped when there is a function.
///
/// # Errors
/// TypeError for built-in types, deletion, and values that are neither callable nor `None`.
pub(crate) fn set_annotate(th: &Thread, ty: &'static Type, value: Option<Value>) -> PyResult<()> {
    let Some(value) = value else { return err!(th, TYPE_ERROR, "cannot delete __annotate__ attribute") };
    super::check_mutable(th, ty, "__annotate__")?;
    if !value.is_none() && !call::is_callable(value) {
        return err!(th, TYPE_ERROR, "__annotate__ must be callable or None");
    }
    let dict = ty.dict();
    ty.modified(th);
    dict.set(th, names::ANNOTATE_FUNC.get(th)?, value)?;
    dict.del(th, names::ANNOTATE.get(th)?)?;
    if !value.is_none() {
        dict.del(th, names::ANNOTATIONS_CACHE.get(th)?)?;
    }
    Ok(())
}

/// `cls.__annotations__`.
///
/// # Errors
/// AttributeError for built-in types; what the annotations raise.
pub(crate) fn get_annotations(th: &Thread, ty: &'static Type) -> PyResult {
    if !ty.is_heap_type() {
        return Err(missing(th, ty, &names::ANNOTATIONS));
    }
    let dict = ty.dict();
    for name in [&names::ANNOTATIONS, &names::ANNOTATIONS_CACHE] {
        if let Some(found) = dict.get_str(th, name.get(th)?)? {
            return bound(th, ty, found);
        }
    }
    let annotate = get_annotate(th, ty)?;
    let annotations = if call::is_callable(annotate.value()) {
        let annotations = call::call1(th, annotate.value(), Value::small_int(1))?;
        if !annotations.is_instance(&statics::DICT_TYPE) {
            let got = annotations.ty().name();
            return err!(th, TYPE_ERROR, "__annotate__ returned non-dict of type '{got}'");
        }
        annotations
    } else {
        Dict::new(th)?
    };
    ty.modified(th);
    dict.set(th, names::ANNOTATIONS_CACHE.get(th)?, annotations.value())?;
    Ok(annotations)
}

/// Assigns or deletes `__annotations__`.
///
/// # Errors
/// TypeError for built-in types; AttributeError when there is nothing to delete.
pub(crate) fn set_annotations(th: &Thread, ty: &'static Type, value: Option<Value>) -> PyResult<()> {
    super::check_mutable(th, ty, "__annotations__")?;
    let dict = ty.dict();
    let plain = names::ANNOTATIONS.get(th)?;
    let cache = names::ANNOTATIONS_CACHE.get(th)?;
    ty.modified(th);
    match value {
        Some(value) => {
            let name = if dict.contains(th, plain)? { plain } else { cache };
            dict.set(th, name, value)?;
        }
        None => {
            if !dict.del(th, plain)? && !dict.del(th, cache)? {
                return Err(th.raise_with(&statics::ATTRIBUTE_ERROR, &[plain]));
            }
        }
    }
    for name in [&names::ANNOTATE_FUNC, &names::ANNOTATE] {
        dict.del(th, name.get(th)?)?;
    }
    Ok(())
}

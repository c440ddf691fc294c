//! `None`, `Ellipsis` and `NotImplemented`.
//!
//! Immortal statics under CPython's symbol names.

use crate::prelude::*;

/// An object without contents that is never freed.
#[repr(C, align(16))]
pub struct Singleton(Header);

// SAFETY: I6, an immortal header never changes.
unsafe impl Sync for Singleton {}

const fn singleton(ty: *const Type) -> Singleton {
    Singleton(Header::immortal(ty.cast()))
}

#[unsafe(export_name = "_Py_NoneStruct")]
pub static NONE: Singleton = singleton(&raw const NONE_TYPE);
#[unsafe(export_name = "_Py_EllipsisObject")]
pub static ELLIPSIS: Singleton = singleton(&raw const ELLIPSIS_TYPE);
#[unsafe(export_name = "_Py_NotImplementedStruct")]
pub static NOT_IMPLEMENTED: Singleton = singleton(&raw const NOT_IMPLEMENTED_TYPE);

/// The hash that CPython gives `None`.
const NONE_HASH: i64 = 0xFCA8_6420;

builtin_type! {
    pub static NONE_TYPE = "_PyNone_Type" => TypeSpec {
        name: "NoneType",
        doc: "The type of the None singleton.",
        slots: Slots {
            repr: Some(|th, _| th.intern("None")),
            nb_bool: Some(|_, _| Ok(false)),
            hash: Some(|_, _| Ok(NONE_HASH)),
            richcompare: Some(compare_none),
            new: Some(|th, _, args| new_singleton(th, args, "NoneType", statics::none())),
            ..Slots::EMPTY
        },
        ..TypeSpec::DEFAULT
    }
}

builtin_type! {
    pub static ELLIPSIS_TYPE = "PyEllipsis_Type" => TypeSpec {
        name: "ellipsis",
        doc: "The type of the Ellipsis singleton.",
        slots: Slots {
            repr: Some(|th, _| th.intern("Ellipsis")),
            new: Some(|th, _, args| new_singleton(th, args, "EllipsisType", statics::ellipsis())),
            ..Slots::EMPTY
        },
        methods: ellipsis_methods::METHODS,
        ..TypeSpec::DEFAULT
    }
}

builtin_type! {
    pub static NOT_IMPLEMENTED_TYPE = "_PyNotImplemented_Type" => TypeSpec {
        name: "NotImplementedType",
        doc: "The type of the NotImplemented singleton.",
        slots: Slots {
            repr: Some(|th, _| th.intern("NotImplemented")),
            nb_bool: Some(|th, _| Err(th.type_error("NotImplemented should not be used in a boolean context"))),
            new: Some(|th, _, args| new_singleton(th, args, "NotImplementedType", statics::not_implemented())),
            ..Slots::EMPTY
        },
        methods: not_implemented_methods::METHODS,
        ..TypeSpec::DEFAULT
    }
}

fn compare_none(_: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let same = a.same(b);
    match op {
        CompareOp::Eq if same => Ok(Obj::bool(true)),
        CompareOp::Ne if same => Ok(Obj::bool(false)),
        _ => Ok(Obj::not_implemented()),
    }
}

fn new_singleton(th: &Thread, args: Args, name: &str, v: Value) -> PyResult {
    if !args.is_empty() {
        return Err(th.type_error(format!("{name} takes no arguments")));
    }
    Ok(v.own())
}

#[pymethods]
mod ellipsis_methods {
    use super::*;

    /// The global name, for pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, _this: Value) -> PyResult {
        th.intern("Ellipsis")
    }
}

#[pymethods]
mod not_implemented_methods {
    use super::*;

    /// The global name, for pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, _this: Value) -> PyResult {
        th.intern("NotImplemented")
    }
}

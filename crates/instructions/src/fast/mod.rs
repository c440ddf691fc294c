//! Fast bodies: `core` and layouts only. They compile unchanged into the interpreter and into stencils.

pub mod attributes;
pub mod containers;
pub mod floats;
pub mod ints;
pub mod iterators;
pub mod jumps;
pub mod stack;

use whipsnake_layout::typeobject::TypeObject;
use whipsnake_layout::{Slot, Value};

/// Types and singletons the fast bodies compare with: symbols of the runtime.
#[allow(improper_ctypes)]
pub mod symbols {
    use super::TypeObject;
    use whipsnake_layout::Header;
    unsafe extern "C" {
        pub static PyFloat_Type: TypeObject;
        pub static PyLong_Type: TypeObject;
        pub static PyList_Type: TypeObject;
        pub static PyTuple_Type: TypeObject;
        pub static PyDict_Type: TypeObject;
        pub static PyUnicode_Type: TypeObject;
        pub static PyFunction_Type: TypeObject;
        pub static PyListIter_Type: TypeObject;
        pub static PyTupleIter_Type: TypeObject;
        pub static PyRangeIter_Type: TypeObject;
        pub static _Py_TrueStruct: Header;
        pub static _Py_FalseStruct: Header;
        pub static _Py_NoneStruct: Header;
        pub static whipsnake_zero: Header;
        pub static whipsnake_negative_zero: Header;
    }
}

/// Whether `v` is a heap object of exactly this type.
#[inline(always)]
pub fn is_exact(v: Value, ty: *const TypeObject) -> bool {
    // SAFETY: I1, a pointer value leads to a live object.
    v.is_pointer() && unsafe { (*v.as_ptr()).type_ptr() } == ty
}

/// Whether a bound slot holds a heap object of exactly this type, borrowed or not.
#[inline(always)]
pub fn holds_exact(slot: Slot, ty: *const TypeObject) -> bool {
    // SAFETY: I1 and I2, a slot that holds a pointer leads to a live object.
    slot.holds_pointer() && unsafe { (*slot.as_ptr()).type_ptr() } == ty
}

/// `True` or `False`: immortal, so that ownership does not matter.
#[inline(always)]
pub fn bool_value(b: bool) -> Value {
    // SAFETY: I1, immortal statics.
    unsafe {
        if b {
            Value::from_ptr(&raw const symbols::_Py_TrueStruct)
        } else {
            Value::from_ptr(&raw const symbols::_Py_FalseStruct)
        }
    }
}

/// `None`.
#[inline(always)]
pub fn none() -> Value {
    // SAFETY: I1, an immortal static.
    unsafe { Value::from_ptr(&raw const symbols::_Py_NoneStruct) }
}

//! All built-in types and singletons by name, in one place.

use crate::typeobj::Type;
use whipsnake_layout::Value;

pub use super::bool::BOOL_TYPE;
pub use super::builtin_function::BUILTIN_FUNCTION_TYPE;
pub use super::bytearray::BYTEARRAY_TYPE;
pub use super::bytes::BYTES_TYPE;
pub use super::cell::CELL_TYPE;
pub use super::code::CODE_TYPE;
pub use super::complex::COMPLEX_TYPE;
pub use super::descriptors::{
    CLASSMETHOD_DESCRIPTOR_TYPE, GETSET_DESCRIPTOR_TYPE, MEMBER_DESCRIPTOR_TYPE, METHOD_DESCRIPTOR_TYPE,
    METHOD_WRAPPER_TYPE, WRAPPER_DESCRIPTOR_TYPE,
};
pub use super::dict::DICT_TYPE;
pub use super::exceptions::types::*;
pub use super::float::FLOAT_TYPE;
pub use super::frame::FRAME_TYPE;
pub use super::function::FUNCTION_TYPE;
pub use super::generator::{ASYNC_GENERATOR_TYPE, COROUTINE_TYPE, GENERATOR_TYPE};
pub use super::int::INT_TYPE;
pub use super::list::LIST_TYPE;
pub use super::mappingproxy::MAPPINGPROXY_TYPE;
pub use super::memoryview::MEMORYVIEW_TYPE;
pub use super::method::METHOD_TYPE;
pub use super::module::MODULE_TYPE;
pub use super::namespace::SIMPLE_NAMESPACE_TYPE;
pub use super::object::OBJECT_TYPE;
pub use super::property::{CLASSMETHOD_TYPE, PROPERTY_TYPE, STATICMETHOD_TYPE};
pub use super::range::RANGE_TYPE;
pub use super::set::{FROZENSET_TYPE, SET_TYPE};
pub use super::singletons::{ELLIPSIS_TYPE, NONE_TYPE, NOT_IMPLEMENTED_TYPE};
pub use super::slice::SLICE_TYPE;
pub use super::str::STR_TYPE;
pub use super::super_type::SUPER_TYPE;
pub use super::traceback::TRACEBACK_TYPE;
pub use super::tuple::TUPLE_TYPE;
pub use super::type_type::TYPE_TYPE;
pub use super::weakref::WEAKREF_TYPE;

/// `None`.
#[inline(always)]
pub fn none() -> Value {
    // SAFETY: I1, an immortal static.
    unsafe { Value::from_ptr(&raw const super::singletons::NONE) }
}
/// `NotImplemented`.
#[inline(always)]
pub fn not_implemented() -> Value {
    // SAFETY: I1, an immortal static.
    unsafe { Value::from_ptr(&raw const super::singletons::NOT_IMPLEMENTED) }
}
/// `Ellipsis`.
#[inline(always)]
pub fn ellipsis() -> Value {
    // SAFETY: I1, an immortal static.
    unsafe { Value::from_ptr(&raw const super::singletons::ELLIPSIS) }
}
/// `True` or `False`.
#[inline(always)]
pub fn bool_value(b: bool) -> Value {
    // SAFETY: I1, immortal statics.
    unsafe {
        if b { Value::from_ptr(&raw const super::bool::TRUE) } else { Value::from_ptr(&raw const super::bool::FALSE) }
    }
}

/// The name of a type for messages about a missing one.
pub fn name_of(ty: &Type) -> &'static str {
    ty.name()
}

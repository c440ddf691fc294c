//! Readies all built-in types, in order.
//!
//! To add a type, add a line. `type` and `object` come first; then what their dictionaries are made of (dicts, strings,
//! tuples, the descriptors); the rest in any order, bases before what derives from them.

use crate::error::PyResult;
use crate::obj::ValueExt;
use crate::thread::Thread;
use crate::typeobj::{Type, ready};
use crate::types::statics::*;

/// All built-in types that exist from the start.
fn all() -> Vec<&'static Type> {
    let mut types: Vec<&'static Type> = vec![
        &TYPE_TYPE,
        &OBJECT_TYPE,
        &DICT_TYPE,
        &STR_TYPE,
        &TUPLE_TYPE,
        &INT_TYPE,
        &BOOL_TYPE,
        &FLOAT_TYPE,
        &NONE_TYPE,
        &WRAPPER_DESCRIPTOR_TYPE,
        &METHOD_DESCRIPTOR_TYPE,
        &CLASSMETHOD_DESCRIPTOR_TYPE,
        &GETSET_DESCRIPTOR_TYPE,
        &MEMBER_DESCRIPTOR_TYPE,
        &METHOD_WRAPPER_TYPE,
        &BUILTIN_FUNCTION_TYPE,
        &LIST_TYPE,
        &BYTES_TYPE,
        &BYTEARRAY_TYPE,
        &CELL_TYPE,
        &CODE_TYPE,
        &COMPLEX_TYPE,
        &FRAME_TYPE,
        &FUNCTION_TYPE,
        &GENERATOR_TYPE,
        &COROUTINE_TYPE,
        &ASYNC_GENERATOR_TYPE,
        &MAPPINGPROXY_TYPE,
        &MEMORYVIEW_TYPE,
        &METHOD_TYPE,
        &MODULE_TYPE,
        &SIMPLE_NAMESPACE_TYPE,
        &CLASSMETHOD_TYPE,
        &PROPERTY_TYPE,
        &STATICMETHOD_TYPE,
        &RANGE_TYPE,
        &FROZENSET_TYPE,
        &SET_TYPE,
        &ELLIPSIS_TYPE,
        &NOT_IMPLEMENTED_TYPE,
        &SLICE_TYPE,
        &SUPER_TYPE,
        &TRACEBACK_TYPE,
        &WEAKREF_TYPE,
    ];
    types.extend(crate::types::exceptions::types::ALL);
    types.extend(crate::types::dict::ALL);
    types.extend(crate::types::range::ALL);
    types.extend(crate::types::set::ALL);
    types.extend(crate::types::str::ALL);
    types.extend(crate::types::bytes::ALL);
    types.extend(crate::types::memoryview::ALL);
    types.extend(crate::types::format::ALL);
    types.extend(crate::types::template::ALL);
    types.extend(crate::types::weakref::ALL);
    types.extend(crate::types::iterators::ALL);
    types.extend(crate::types::generic_alias::ALL);
    types.push(&crate::types::union::UNION_TYPE);
    types.extend(crate::types::type_params::ALL);
    types.extend(crate::types::generator::ALL);
    types.push(&crate::types::frame::LOCALS_PROXY_TYPE);
    types.extend(crate::sys::TYPES);
    types.extend(crate::imp::TYPES);
    types
}

/// Makes every built-in type usable, and what the runtime needs before it runs code: the `ExceptionGroup` class and
/// the spare MemoryErrors.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult<()> {
    for ty in all() {
        ready(th, ty)?;
        // As in CPython, where types of the interpreter itself differ in this from those of modules: their module is an
        // attribute of the type only.
        let module = th.intern("__module__")?;
        if ty.dict().get_str(th, module.value())?.is_some_and(|v| v.value().is_instance(&STR_TYPE)) {
            ty.dict().del(th, module.value())?;
        }
    }
    crate::types::template::prepare(th)?;
    crate::types::exceptions::prepare_memory_errors(th)?;
    crate::types::exceptions::groups::prepare(th)
}

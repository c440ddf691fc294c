//! What has a file descriptor.

use whipsnake_runtime::prelude::*;

/// The descriptor of an int or of an object with `fileno()`.
///
/// # Errors
/// TypeError, ValueError for negative numbers, what `fileno()` raises.
pub fn file_number(th: &Thread, v: Value) -> PyResult<i32> {
    let fd = if v.is_instance(&statics::INT_TYPE) {
        number::as_i32(th, v)?
    } else {
        let Some(method) = object::lookup_attr(th, v, th.intern("fileno")?.value())? else {
            return err!(th, TYPE_ERROR, "argument must be an int, or have a fileno() method.");
        };
        let result = call::call0(th, method.value())?;
        if !result.is_instance(&statics::INT_TYPE) {
            return err!(th, TYPE_ERROR, "fileno() returned a non-integer");
        }
        number::as_i32(th, result.value())?
    };
    if fd < 0 {
        return err!(th, VALUE_ERROR, "file descriptor cannot be a negative integer ({fd})");
    }
    Ok(fd)
}

//! What all constructors take.

use whipsnake_runtime::args::Params;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::{self, Buffer};
use whipsnake_runtime::types::int;
use whipsnake_runtime::types::str::Str;

/// The parameters `data=b'', *, usedforsecurity=True, string=None`.
pub const fn params(function: &'static str) -> Params {
    Params {
        function,
        names: &["data", "usedforsecurity", "string"],
        positional_only: 0,
        positional: 1,
        required: &[false, false, false],
        has_varargs: false,
        has_varkw: false,
    }
}

/// The memory of what is to be hashed.
///
/// # Errors
/// TypeError, BufferError.
pub fn bytes(th: &Thread, v: Value) -> PyResult<Buffer> {
    if v.cast::<Str>().is_some() {
        return Err(th.type_error("Strings must be encoded before hashing"));
    }
    if !buffer::has_buffer(v) {
        return Err(th.type_error("object supporting the buffer API required"));
    }
    let view = buffer::get(th, v, false)?;
    if view.ndim() > 1 {
        return err!(th, BUFFER_ERROR, "Buffer must be single dimension");
    }
    Ok(view)
}

/// The one of `data` and `string` that was given.
///
/// # Errors
/// TypeError when both were.
pub fn initial(th: &Thread, data: Option<Value>, string: Option<Value>) -> PyResult<Option<Value>> {
    match (data, string) {
        (Some(_), Some(_)) => err!(
            th,
            TYPE_ERROR,
            "'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for \
             removal in a future version."
        ),
        (data, string) => Ok(data.or(string)),
    }
}

/// An unsigned number for C.
///
/// # Errors
/// TypeError, ValueError, OverflowError.
pub fn unsigned(th: &Thread, v: Value, c_type: &str) -> PyResult<u64> {
    let number = number::index(th, v)?;
    if int::is_negative(number.value()) {
        return Err(th.value_error("Cannot convert negative int"));
    }
    match int::try_i64(number.value()) {
        Some(n) => Ok(n as u64),
        None => match int::with_big(number.value(), |big| big.to_u64()) {
            Some(n) => Ok(n),
            None => err!(th, OVERFLOW_ERROR, "Python int too large for C {c_type}"),
        },
    }
}

//! f-strings and t-strings.

use crate::operands::*;
use whipsnake_macros::uop;
use whipsnake_runtime::prelude::*;

/// `!s`, `!r`, `!a`.
#[uop]
pub fn convert_value(th: &Thread, v: Ref, how: OpArg) -> PyResult<Obj> {
    match how.0 {
        1 => object::str(th, v.0),
        2 => object::repr(th, v.0),
        _ => object::ascii(th, v.0),
    }
}

#[uop]
pub fn format_simple(th: &Thread, v: Ref) -> PyResult<Obj> {
    if v.0.is_exact(&statics::STR_TYPE) {
        return Ok(v.0.own());
    }
    object::format(th, v.0, None)
}

#[uop]
pub fn format_with_spec(th: &Thread, v: Ref, spec: Ref) -> PyResult<Obj> {
    object::format(th, v.0, Some(spec.0))
}

#[uop]
pub fn build_template(th: &Thread, strings: Ref, interpolations: Ref) -> PyResult<Obj> {
    whipsnake_runtime::types::template::build(th, strings.0, interpolations.0)
}

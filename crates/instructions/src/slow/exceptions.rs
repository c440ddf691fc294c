//! Matching of exceptions.

use crate::operands::*;
use whipsnake_macros::uop;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::exceptions;

fn check_handler(th: &Thread, class: Value) -> PyResult<()> {
    let is_exception_class = |v: Value| v.cast::<Type>().is_some_and(|ty| ty.is_subtype_of(&statics::BASE_EXCEPTION));
    let valid = match class.cast::<whipsnake_runtime::types::tuple::Tuple>() {
        Some(tuple) => tuple.as_slice().iter().all(|v| is_exception_class(*v)),
        None => is_exception_class(class),
    };
    if valid {
        return Ok(());
    }
    err!(th, TYPE_ERROR, "catching classes that do not inherit from BaseException is not allowed")
}

/// Whether the exception below is caught by the class (or tuple) on top. The exception stays.
#[uop(peek_below)]
pub fn check_exc_match(th: &Thread, exception: Ref, class: Ref) -> PyResult<Obj> {
    check_handler(th, class.0)?;
    Ok(Obj::bool(exceptions::matches(th, exception.0, class.0)))
}

/// `except*`: splits the group below; leaves the rest and the matching part.
#[uop]
pub fn check_eg_match(th: &Thread, exception: Ref, class: Ref) -> PyResult<(Obj, Obj)> {
    check_handler(th, class.0)?;
    let groups_named = match class.0.cast::<whipsnake_runtime::types::tuple::Tuple>() {
        Some(tuple) => tuple.as_slice().iter().any(|v| is_group_class(*v)),
        None => is_group_class(class.0),
    };
    if groups_named {
        return err!(th, TYPE_ERROR, "catching ExceptionGroup with except* is not allowed. Use except instead.");
    }
    exceptions::split_for_except_star(th, exception.0, class.0)
}

fn is_group_class(v: Value) -> bool {
    v.cast::<Type>().is_some_and(|ty| ty.is_subtype_of(&statics::BASE_EXCEPTION_GROUP))
}

//! `CALL_INTRINSIC_1` and `CALL_INTRINSIC_2`.

use crate::operands::*;
use whipsnake_layout::frame::Frame;
use whipsnake_macros::uop;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::list::List;
use whipsnake_runtime::types::{exceptions, generator, type_params};

#[uop]
pub fn call_intrinsic_1(th: &Thread, frame: &Frame, v: Ref, which: OpArg) -> PyResult<Obj> {
    match which.0 {
        1 => {
            let hook = whipsnake_runtime::sys::get_object(th, "displayhook")?
                .ok_or_else(|| th.runtime_error("lost sys.displayhook"))?;
            call::call1(th, hook.value(), v.0)
        }
        2 => {
            let locals =
                frame.locals.get().get().ok_or_else(|| th.system_error("no locals found during 'import *'"))?;
            whipsnake_runtime::import::import_star(th, locals, v.0)?;
            Ok(Obj::none())
        }
        3 => exceptions::stop_iteration_error(th, v.0, frame),
        4 => generator::async_gen_wrap(th, v.0),
        5 => number::unary_positive(th, v.0),
        6 => match v.0.exact::<List>() {
            Some(list) => th.tuple(list.as_slice()),
            None => th.tuple_from(iter::to_vec(th, v.0)?),
        },
        7 => type_params::make_typevar(th, v.0, None, None),
        8 => type_params::make_paramspec(th, v.0),
        9 => type_params::make_typevartuple(th, v.0),
        10 => type_params::subscript_generic(th, v.0),
        11 => type_params::make_typealias(th, v.0),
        which => err!(th, SYSTEM_ERROR, "unknown intrinsic {which}"),
    }
}

#[uop]
pub fn call_intrinsic_2(th: &Thread, first: Ref, second: Ref, which: OpArg) -> PyResult<Obj> {
    match which.0 {
        1 => exceptions::prep_reraise_star(th, first.0, second.0),
        2 => type_params::make_typevar(th, first.0, Some(second.0), None),
        3 => type_params::make_typevar(th, first.0, None, Some(second.0)),
        4 => type_params::set_function_type_params(th, first.0, second.0),
        5 => type_params::set_typeparam_default(th, first.0, second.0),
        which => err!(th, SYSTEM_ERROR, "unknown intrinsic {which}"),
    }
}

//! `CALL` and `CALL_KW`.

use super::Site;
use whipsnake_bytecode::Opcode;
use whipsnake_layout::Value;
use whipsnake_layout::code::flags as co;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::function::Function;

pub fn call(site: &Site) {
    site.settle(choose(site));
}

fn choose(site: &Site) -> Option<Opcode> {
    let n = site.oparg as usize;
    let callable = site.operand(n + 2);
    let has_self = !site.slot(n + 1).is_null();
    if callable.is_exact(&statics::FUNCTION_TYPE) {
        return exact_args(site, callable, n + has_self as usize, Opcode::CALL_PY_EXACT_ARGS);
    }
    if callable.is_exact(&statics::METHOD_TYPE) {
        if has_self {
            return None;
        }
        // SAFETY: I4, checked above.
        let method = unsafe { callable.cast_unchecked::<whipsnake_layout::objects::MethodObject>() };
        if !method.function.is_exact(&statics::FUNCTION_TYPE) {
            return None;
        }
        return exact_args(site, method.function, n + 1, Opcode::CALL_BOUND_METHOD_EXACT_ARGS);
    }
    Some(Opcode::CALL_NON_PY_GENERAL)
}

/// The form for a call that binds its arguments one to one.
fn exact_args(site: &Site, function: Value, count: usize, form: Opcode) -> Option<Opcode> {
    let function = function.cast::<Function>()?;
    let code = function.code();
    let simple = code.flags & (co::VARARGS | co::VARKEYWORDS) == 0 && code.kwonlyargcount == 0;
    if !simple || code.argcount as usize != count {
        return None;
    }
    let version = function.version(site.th);
    if version == 0 {
        return None;
    }
    site.write32(1, version);
    Some(form)
}

pub fn call_kw(site: &Site) {
    site.settle(None);
}

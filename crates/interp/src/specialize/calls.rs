//! `CALL` and `CALL_KW`.

use super::Site;
use whipsnake_bytecode::Opcode;
use whipsnake_layout::Value;
use whipsnake_layout::code::flags as co;
use whipsnake_runtime::builtins;
use whipsnake_runtime::native::NativeCode;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::typeobj::{NewFn, Type, names};
use whipsnake_runtime::types::builtin_function::BuiltinFunction;
use whipsnake_runtime::types::descriptors::MethodDescriptor;
use whipsnake_runtime::types::function::Function;
use whipsnake_runtime::types::object::object_new;

pub fn call(site: &Site) {
    site.settle(choose(site));
}

fn choose(site: &Site) -> Option<Opcode> {
    let n = site.oparg as usize;
    let callable = site.operand(n + 2);
    let has_self = !site.slot(n + 1).is_null();
    let count = n + has_self as usize;
    if callable.is_exact(&statics::FUNCTION_TYPE) {
        // A site that has missed calls several functions: the general form takes any.
        if site.was(Opcode::CALL_PY_EXACT_ARGS) {
            return Some(Opcode::CALL_PY_GENERAL);
        }
        let exact = exact_args(site, callable, count, Opcode::CALL_PY_EXACT_ARGS);
        return Some(exact.unwrap_or(Opcode::CALL_PY_GENERAL));
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
        if site.was(Opcode::CALL_BOUND_METHOD_EXACT_ARGS) {
            return Some(Opcode::CALL_BOUND_METHOD_GENERAL);
        }
        let exact = exact_args(site, method.function, n + 1, Opcode::CALL_BOUND_METHOD_EXACT_ARGS);
        return Some(exact.unwrap_or(Opcode::CALL_BOUND_METHOD_GENERAL));
    }
    if let Some(function) = BuiltinFunction::exact(callable) {
        return Some(match function.def.code {
            NativeCode::One(_) if count == 1 && builtins::is_len(function.def) => Opcode::CALL_LEN,
            NativeCode::One(_) if count == 1 => Opcode::CALL_BUILTIN_O,
            NativeCode::Args(_) if count == 2 && builtins::is_isinstance(function.def) => Opcode::CALL_ISINSTANCE,
            NativeCode::Args(_) => Opcode::CALL_BUILTIN_FAST,
            _ => Opcode::CALL_NON_PY_GENERAL,
        });
    }
    if let Some(method) = MethodDescriptor::exact(callable) {
        return Some(match method.def.code {
            NativeCode::NoArgs(_) if count == 1 => Opcode::CALL_METHOD_DESCRIPTOR_NOARGS,
            NativeCode::One(_) if count == 2 && has_self && builtins::is_list_append(method.def) => {
                Opcode::CALL_LIST_APPEND
            }
            NativeCode::One(_) if count == 2 => Opcode::CALL_METHOD_DESCRIPTOR_O,
            NativeCode::Args(_) if count >= 1 => Opcode::CALL_METHOD_DESCRIPTOR_FAST,
            _ => Opcode::CALL_NON_PY_GENERAL,
        });
    }
    if callable.is_exact(&statics::TYPE_TYPE) && !has_self {
        return Some(class(site, callable, n));
    }
    Some(Opcode::CALL_NON_PY_GENERAL)
}

/// The form for a call of a class whose metaclass is `type`.
fn class(site: &Site, callable: Value, n: usize) -> Opcode {
    let th = site.th;
    // SAFETY: I4 and I5, an instance of `type`, alive while it is on the stack.
    let ty: &'static Type = unsafe { callable.cast_unchecked() };
    if n == 1 && callable.same(statics::TYPE_TYPE.value()) {
        return Opcode::CALL_TYPE_1;
    } else if n == 1 && callable.same(statics::STR_TYPE.value()) {
        return Opcode::CALL_STR_1;
    } else if n == 1 && callable.same(statics::TUPLE_TYPE.value()) {
        return Opcode::CALL_TUPLE_1;
    }
    let plain_new = ty.slots().new.is_some_and(|new| std::ptr::fn_addr_eq(new, object_new as NewFn));
    if ty.is_heap_type() && plain_new && !ty.has_flag(flags::IS_ABSTRACT) {
        let init = names::INIT.get(th).ok().and_then(|name| ty.lookup(th, name));
        let version = ty.version(th);
        if version != 0 && init.is_some_and(|init| takes_exactly(init, n + 1)) {
            site.write32(1, version);
            return Opcode::CALL_ALLOC_AND_ENTER_INIT;
        }
    }
    Opcode::CALL_BUILTIN_CLASS
}

/// Whether `v` is a Python function of exactly `count` positional parameters whose call runs its code (no generator).
pub fn takes_exactly(v: Value, count: usize) -> bool {
    let Some(function) = v.exact::<Function>() else { return false };
    let code = function.code();
    let special = co::VARARGS | co::VARKEYWORDS | co::GENERATOR | co::COROUTINE | co::ASYNC_GENERATOR;
    let plain = code.flags & (special | co::OPTIMIZED) == co::OPTIMIZED;
    plain && code.kwonlyargcount == 0 && code.argcount as usize == count
}

/// The form for a call that binds its arguments one to one.
fn exact_args(site: &Site, function: Value, count: usize, form: Opcode) -> Option<Opcode> {
    let function = function.cast::<Function>()?;
    let code = function.code();
    let plain = code.flags & (co::VARARGS | co::VARKEYWORDS | co::OPTIMIZED) == co::OPTIMIZED;
    let simple = plain && code.kwonlyargcount == 0;
    if !simple || code.argcount as usize != count {
        return None;
    }
    site.write32(1, code.version);
    (code.version != 0).then_some(form)
}

pub fn call_kw(site: &Site) {
    let callable = site.operand(site.oparg as usize + 3);
    site.settle(Some(if callable.is_exact(&statics::FUNCTION_TYPE) {
        Opcode::CALL_KW_PY
    } else if callable.is_exact(&statics::METHOD_TYPE) {
        Opcode::CALL_KW_BOUND_METHOD
    } else {
        Opcode::CALL_KW_NON_PY
    }));
}

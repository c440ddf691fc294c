//! Calls of built-in functions, of methods of built-in types and of built-in classes, straight to their native code.

use super::{Flow, State};
use crate::operands::OpArg;
use whipsnake_macros::uop;
use whipsnake_runtime::builtins;
use whipsnake_runtime::native::NativeCode;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::builtin_function::BuiltinFunction;
use whipsnake_runtime::types::descriptors::MethodDescriptor;
use whipsnake_runtime::types::list::List;
use whipsnake_runtime::types::type_type;

/// The arguments of a call of `n` with the one in front that a method call puts there.
#[inline(always)]
fn count(st: &State, n: usize) -> usize {
    n + !st.slot(n + 1).is_null() as usize
}

/// The built-in function that is called.
#[inline(always)]
fn builtin<'a>(st: &State, n: usize) -> Option<&'a BuiltinFunction> {
    BuiltinFunction::exact(st.peek(n + 2))
}

#[inline(always)]
fn receiver(function: &BuiltinFunction) -> Value {
    function.this.as_ref().map_or(statics::none(), |this| this.value())
}

/// A built-in function of one positional parameter.
#[uop(control)]
pub fn call_builtin_o(st: &mut State, n: OpArg) -> Flow {
    let n = n.0 as usize;
    let Some(function) = builtin(st, n) else { return Flow::Exit };
    let NativeCode::One(code) = function.def.code else { return Flow::Exit };
    if count(st, n) != 1 {
        return Flow::Exit;
    }
    let result = code(st.th, receiver(function), st.peek(1));
    st.finish(n + 2, result)
}

/// A built-in function of any positional arguments.
#[uop(control)]
pub fn call_builtin_fast(st: &mut State, n: OpArg) -> Flow {
    let n = n.0 as usize;
    let Some(function) = builtin(st, n) else { return Flow::Exit };
    let NativeCode::Args(code) = function.def.code else { return Flow::Exit };
    let result = code(st.th, receiver(function), Args::positional(st.top(count(st, n))));
    st.finish(n + 2, result)
}

/// The method of a built-in type that is called, and its arguments: the receiver first, which is checked.
#[inline(always)]
fn method<'a>(st: &State<'a>, n: usize) -> Option<(&'a MethodDescriptor, &'a [Slot])> {
    let method = MethodDescriptor::exact(st.peek(n + 2))?;
    let args = st.top(count(st, n));
    let ty = args.first()?.value().ty();
    (std::ptr::eq(ty, method.base.owner()) || ty.is_subtype_of(method.base.owner())).then_some((method, args))
}

#[uop(control)]
pub fn call_method_descriptor_noargs(st: &mut State, n: OpArg) -> Flow {
    let n = n.0 as usize;
    let Some((method, args)) = method(st, n) else { return Flow::Exit };
    match (method.def.code, args) {
        (NativeCode::NoArgs(code), [this]) => {
            let result = code(st.th, this.value());
            st.finish(n + 2, result)
        }
        _ => Flow::Exit,
    }
}

#[uop(control)]
pub fn call_method_descriptor_o(st: &mut State, n: OpArg) -> Flow {
    let n = n.0 as usize;
    let Some((method, args)) = method(st, n) else { return Flow::Exit };
    match (method.def.code, args) {
        (NativeCode::One(code), [this, arg]) => {
            let result = code(st.th, this.value(), arg.value());
            st.finish(n + 2, result)
        }
        _ => Flow::Exit,
    }
}

#[uop(control)]
pub fn call_method_descriptor_fast(st: &mut State, n: OpArg) -> Flow {
    let n = n.0 as usize;
    let Some((method, args)) = method(st, n) else { return Flow::Exit };
    match (method.def.code, args) {
        (NativeCode::Args(code), [this, rest @ ..]) => {
            let result = code(st.th, this.value(), Args::positional(rest));
            st.finish(n + 2, result)
        }
        _ => Flow::Exit,
    }
}

/// `list.append(item)`: the item moves into the list.
#[uop(control)]
pub fn call_list_append(st: &mut State, n: OpArg) -> Flow {
    let n = n.0 as usize;
    let Some((method, args)) = method(st, n) else { return Flow::Exit };
    let [list, _] = args else { return Flow::Exit };
    let (true, Some(list)) = (builtins::is_list_append(method.def), list.value().exact::<List>()) else {
        return Flow::Exit;
    };
    let item = st.pop();
    if list.push(st.th, item).is_err() {
        return Flow::Error;
    }
    st.drop_n(n - 1);
    let (receiver, callable) = (st.pop_slot(), st.pop_slot());
    st.push_slot(Slot::owned(statics::none()));
    whipsnake_runtime::obj::release_slot(receiver);
    whipsnake_runtime::obj::release_slot(callable);
    Flow::Next
}

/// `len(x)`.
#[uop(control)]
pub fn call_len(st: &mut State, n: OpArg) -> Flow {
    let n = n.0 as usize;
    let Some(function) = builtin(st, n) else { return Flow::Exit };
    if !builtins::is_len(function.def) || count(st, n) != 1 {
        return Flow::Exit;
    }
    let v = st.peek(1);
    let result = match v.exact::<List>() {
        Some(list) => Ok(Obj::small_int(list.len() as i64)),
        None => object::len(st.th, v).and_then(|len| st.th.int(len as i64)),
    };
    st.finish(n + 2, result)
}

/// `isinstance(x, C)`.
#[uop(control)]
pub fn call_isinstance(st: &mut State, n: OpArg) -> Flow {
    let n = n.0 as usize;
    let Some(function) = builtin(st, n) else { return Flow::Exit };
    if !builtins::is_isinstance(function.def) || count(st, n) != 2 {
        return Flow::Exit;
    }
    let (v, class) = (st.peek(2), st.peek(1));
    let result = match class.is_pointer() && v.ty().value().same(class) {
        true => Ok(Obj::bool(true)),
        false => object::is_instance(st.th, v, class).map(Obj::bool),
    };
    st.finish(n + 2, result)
}

/// `type(x)`.
#[uop(control)]
pub fn call_type_1(st: &mut State, n: OpArg) -> Flow {
    if n.0 != 1 || !st.slot(2).is_null() || !st.peek(3).same(statics::TYPE_TYPE.value()) {
        return Flow::Exit;
    }
    let result = Ok(st.peek(1).ty().value().own());
    st.finish(3, result)
}

/// `str(x)`.
#[uop(control)]
pub fn call_str_1(st: &mut State, n: OpArg) -> Flow {
    if n.0 != 1 || !st.slot(2).is_null() || !st.peek(3).same(statics::STR_TYPE.value()) {
        return Flow::Exit;
    }
    let result = object::str(st.th, st.peek(1));
    st.finish(3, result)
}

/// `tuple(x)`.
#[uop(control)]
pub fn call_tuple_1(st: &mut State, n: OpArg) -> Flow {
    if n.0 != 1 || !st.slot(2).is_null() || !st.peek(3).same(statics::TUPLE_TYPE.value()) {
        return Flow::Exit;
    }
    let v = st.peek(1);
    let result = match v.is_exact(&statics::TUPLE_TYPE) {
        true => Ok(v.own()),
        false => iter::to_vec(st.th, v).and_then(|items| st.th.tuple_from(items)),
    };
    st.finish(3, result)
}

/// A class whose metaclass is `type`.
#[uop(control)]
pub fn call_builtin_class(st: &mut State, n: OpArg) -> Flow {
    let n = n.0 as usize;
    let callable = st.peek(n + 2);
    if !callable.is_exact(&statics::TYPE_TYPE) {
        return Flow::Exit;
    }
    let result = type_type::type_call(st.th, callable, Args::positional(st.top(count(st, n))));
    st.finish(n + 2, result)
}

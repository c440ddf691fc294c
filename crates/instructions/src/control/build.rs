//! Building and extending containers.

use super::{Flow, State};
use crate::operands::OpArg;
use whipsnake_macros::uop;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::list::List;
use whipsnake_runtime::types::{set, slice, str, template};

/// Replaces the top `n` operands, which have moved into the result (or not, if there is none).
#[inline(always)]
fn moved(st: &mut State, n: usize, result: PyResult) -> Flow {
    let Ok(v) = result else { return Flow::Error };
    // SAFETY: I7, the operands are on the stack.
    st.sp = unsafe { st.sp.sub(n) };
    st.push(v);
    Flow::Next
}

#[uop(control)]
pub fn build_tuple(st: &mut State, n: OpArg) -> Flow {
    let n = n.0 as usize;
    let result = st.th.tuple_from_stack(st.top(n));
    moved(st, n, result)
}

#[uop(control)]
pub fn build_list(st: &mut State, n: OpArg) -> Flow {
    let n = n.0 as usize;
    let result = st.th.list_from(st.top(n).iter().map(|slot| super::own_slot(*slot)));
    moved(st, n, result)
}

#[uop(control)]
pub fn build_set(st: &mut State, n: OpArg) -> Flow {
    let n = n.0 as usize;
    let th = st.th;
    let make = || {
        let result = set::Set::new(th)?;
        if let Some(items) = result.value().cast::<set::Set>() {
            for slot in st.top(n) {
                items.add(th, slot.value())?;
            }
        }
        Ok(result)
    };
    let result = make();
    st.finish(n, result)
}

#[uop(control)]
pub fn build_map(st: &mut State, n: OpArg) -> Flow {
    let n = 2 * n.0 as usize;
    let th = st.th;
    let make = || {
        let result = Dict::new(th)?;
        if let Some(dict) = result.value().cast::<Dict>() {
            for pair in st.top(n).chunks_exact(2) {
                dict.set(th, pair[0].value(), pair[1].value())?;
            }
        }
        Ok(result)
    };
    let result = make();
    st.finish(n, result)
}

#[uop(control)]
pub fn build_string(st: &mut State, n: OpArg) -> Flow {
    let n = n.0 as usize;
    let parts: Vec<Value> = st.top(n).iter().map(|slot| slot.value()).collect();
    let result = str::concat_all(st.th, &parts);
    st.finish(n, result)
}

#[uop(control)]
pub fn build_slice(st: &mut State, n: OpArg) -> Flow {
    let n = n.0 as usize;
    let step = if n == 3 { st.peek(1) } else { statics::none() };
    let result = slice::new(st.th, st.peek(n), st.peek(n - 1), step);
    st.finish(n, result)
}

#[uop(control)]
pub fn build_interpolation(st: &mut State, flags: OpArg) -> Flow {
    let has_spec = flags.0 & 1 != 0;
    let n = 2 + has_spec as usize;
    let spec = has_spec.then(|| st.peek(1));
    let result = template::interpolation(st.th, st.peek(n), st.peek(n - 1), flags.0 >> 2, spec);
    st.finish(n, result)
}

#[uop(control)]
pub fn list_append(st: &mut State, n: OpArg) -> Flow {
    let item = st.pop();
    let Some(list) = st.peek(n.0 as usize).cast::<List>() else { return Flow::Error };
    let result = list.push(st.th, item);
    st.check(result)
}

#[uop(control)]
pub fn set_add(st: &mut State, n: OpArg) -> Flow {
    let item = st.pop();
    let target = st.peek(n.0 as usize);
    let Some(set) = target.cast::<set::Set>() else {
        // Programs can bind `__conditional_annotations__` themselves.
        let message = format!("'{}' object is not a set", target.ty().name());
        return st.check(Err(st.th.type_error(message)));
    };
    let result = set.add(st.th, item.value()).map(|_| ());
    st.check(result)
}

#[uop(control)]
pub fn map_add(st: &mut State, n: OpArg) -> Flow {
    let value = st.pop();
    let key = st.pop();
    let Some(dict) = st.peek(n.0 as usize).cast::<Dict>() else { return Flow::Error };
    let result = dict.set(st.th, key.value(), value.value());
    st.check(result)
}

#[uop(control)]
pub fn list_extend(st: &mut State, n: OpArg) -> Flow {
    let th = st.th;
    let iterable = st.pop();
    let list = st.peek(n.0 as usize);
    let result = whipsnake_runtime::types::list::extend(th, list, iterable.value());
    if result.is_err()
        && th.exception_matches(&statics::TYPE_ERROR)
        && iterable.ty().slots().iter.is_none()
        && !sequence::is_sequence(iterable.value())
    {
        drop(th.take_exception());
        let name = iterable.ty().name();
        let raised = th.type_error(format!("Value after * must be an iterable, not {name}"));
        return st.check(Err(raised));
    }
    st.check(result)
}

#[uop(control)]
pub fn set_update(st: &mut State, n: OpArg) -> Flow {
    let iterable = st.pop();
    let result = set::update(st.th, st.peek(n.0 as usize), iterable.value());
    st.check(result)
}

#[uop(control)]
pub fn dict_update(st: &mut State, n: OpArg) -> Flow {
    let th = st.th;
    let mapping = st.pop();
    let Some(dict) = st.peek(n.0 as usize).cast::<Dict>() else { return Flow::Error };
    let result = dict.merge(th, mapping.value(), true);
    if result.is_err() && th.exception_matches(&statics::ATTRIBUTE_ERROR) {
        drop(th.take_exception());
        let raised = th.type_error(format!("'{}' object is not a mapping", mapping.ty().name()));
        return st.check(Err(raised));
    }
    st.check(result)
}

/// `f(**mapping)`: duplicate keywords are an error that names the function.
#[uop(control)]
pub fn dict_merge(st: &mut State, n: OpArg) -> Flow {
    let mapping = st.pop();
    let callable = st.peek(n.0 as usize + 3);
    let result =
        whipsnake_runtime::protocols::call::merge_keywords(st.th, callable, st.peek(n.0 as usize), mapping.value());
    st.check(result)
}

/// Sets an attribute of the function below: 1 defaults, 2 kwdefaults, 4 annotations, 8 closure, 16 annotate.
#[uop(control)]
pub fn set_function_attribute(st: &mut State, which: OpArg) -> Flow {
    let function = st.pop_slot();
    let value = st.pop();
    let f = function.value();
    // SAFETY: I4, the compiler emits this only behind MAKE_FUNCTION.
    let fields = unsafe { f.cast_unchecked::<whipsnake_layout::objects::FunctionObject>() };
    let field = match which.0 {
        1 => &fields.defaults,
        2 => &fields.kwdefaults,
        4 => &fields.annotations,
        8 => &fields.closure,
        _ => &fields.annotate,
    };
    field.set(value.into_slot());
    st.push_slot(function);
    Flow::Next
}

#[uop(control)]
pub fn make_function(st: &mut State) -> Flow {
    let frame = st.frame();
    let result = whipsnake_runtime::types::function::new(
        st.th,
        st.peek(1),
        frame.globals.get().value(),
        frame.builtins.get().value(),
    );
    st.finish(1, result)
}

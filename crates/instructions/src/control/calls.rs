//! Calls. Python functions get a frame and no native recursion; everything else goes through the call protocol.

use super::frames::{self, frame_slots};
use super::{Flow, State, heap_safe, no_idiom};
use crate::operands::{Cache32, OpArg};
use whipsnake_layout::code::{CodeObject, flags as co};
use whipsnake_layout::frame::Frame;
use whipsnake_layout::objects::{FunctionObject, MethodObject};
use whipsnake_layout::{Slot, Value};
use whipsnake_macros::uop;
use whipsnake_runtime::obj::release_slot;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::typeobj::Type;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::tuple::Tuple;

/// Units of CALL with its cache: what the caller skips on return.
pub(super) const CALL_UNITS: u16 = 4;

#[inline(always)]
fn code_of<'a>(function: Value) -> &'a CodeObject {
    // SAFETY: I4, the caller has seen a function object; its code is a code object.
    unsafe { function.cast_unchecked::<FunctionObject>().code.get().cast_unchecked() }
}

#[inline(always)]
pub fn is_function(v: Value) -> bool {
    crate::fast::is_exact(v, &raw const crate::fast::symbols::PyFunction_Type)
}

/// Enters a new frame of `code` whose locals are complete; the caller's operands have been taken off the stack. (That the frame knows its code
/// as well has only just been written: reading it back would keep the next instruction waiting.)
#[inline(always)]
fn enter(st: &mut State, new: *mut Frame, code: &CodeObject, return_offset: u16) {
    let caller = st.frame();
    caller.stack_top.set(st.sp);
    caller.return_offset.set(return_offset);
    st.th.core.frame.set(new);
    st.th.core.recursion_left.set(st.th.core.recursion_left.get() - 1);
    st.frame = new;
    // SAFETY: I6, the frame was just initialised.
    unsafe {
        st.sp = (*new).local(code.nlocalsplus as usize) as *mut Slot;
    }
    st.ip = code.code;
    st.pass_resume();
}

/// Pushes a frame for `function` with exactly its positional parameters, moving `args` from the stack.
///
/// Returns false, with nothing changed, when there is no room.
#[inline(always)]
fn push_exact(
    st: &mut State,
    function: Slot,
    code: &CodeObject,
    args: *const Slot,
    count: usize,
    drop_below: usize,
) -> bool {
    if st.th.core.recursion_left.get() <= 0 {
        return false;
    }
    let new = frames::reserve(st.th, frame_slots_fast(code));
    if new.is_null() {
        return false;
    }
    // SAFETY: I6, reserved room; the arguments move, the stack below them is cut off.
    unsafe {
        frames::initialise(new, function, code, st.frame);
        let locals = (*new).local(0) as *mut Slot;
        for i in 0..count {
            no_idiom();
            *locals.add(i) = *args.add(i);
        }
        for i in count..code.nlocalsplus as usize {
            no_idiom();
            *locals.add(i) = Slot::NULL;
        }
        st.sp = st.sp.sub(drop_below);
    }
    enter(st, new, code, CALL_UNITS);
    true
}

#[inline(always)]
fn frame_slots_fast(code: &CodeObject) -> u32 {
    code.framesize
}

/// Python function, exact positional arguments. Guarded by the code's version, which all functions made of it share:
/// closures and generator expressions are new functions each time.
#[uop(control)]
pub fn call_py_exact_args(st: &mut State, n: OpArg, version: Cache32<1>) -> Flow {
    let n = n.0 as usize;
    let callable = st.slot(n + 2);
    let v = callable.value();
    if !is_function(v) {
        return Flow::Exit;
    }
    let code = code_of(v);
    let count = n + !st.slot(n + 1).is_null() as usize;
    if code.version != version.0 || code.argcount as usize != count {
        return Flow::Exit;
    }
    // SAFETY: I7, the arguments lie on top of the stack.
    let args = unsafe { st.sp.sub(count) };
    if push_exact(st, callable, code, args, count, n + 2) { Flow::Next } else { Flow::Exit }
}

/// Bound method of a Python function, exact positional arguments.
#[uop(control)]
pub fn call_bound_method_exact_args(st: &mut State, n: OpArg, version: Cache32<1>) -> Flow {
    let n = n.0 as usize;
    if !st.slot(n + 1).is_null() || !st.peek(n + 2).is_exact(&statics::METHOD_TYPE) {
        return Flow::Exit;
    }
    // SAFETY: I4, checked above.
    let method = unsafe { st.peek(n + 2).cast_unchecked::<MethodObject>() };
    if !is_function(method.function) {
        return Flow::Exit;
    }
    let code = code_of(method.function);
    if code.version != version.0 || code.argcount as usize != n + 1 {
        return Flow::Exit;
    }
    unpack_bound_method(st, n);
    let callable = st.slot(n + 2);
    // SAFETY: I7, as above.
    let args = unsafe { st.sp.sub(n + 1) };
    if push_exact(st, callable, code, args, n + 1, n + 2) { Flow::Next } else { call(st, OpArg(n as u32)) }
}

/// The parameters of a function that gets no `*args` and no `**kwargs`.
#[inline(always)]
fn is_simple(code: &CodeObject) -> bool {
    code.flags & (co::VARARGS | co::VARKEYWORDS | co::OPTIMIZED) == co::OPTIMIZED
}

/// Pushes a frame for a call of `function`, which lies on the stack below `n` arguments (and self), with fewer positional
/// arguments than parameters: defaults take their places. False, with nothing changed, when that is not all there is to
/// it.
#[inline(always)]
fn push_with_defaults(st: &mut State, n: usize) -> bool {
    let callable = st.slot(n + 2);
    // SAFETY: I4, the callers have seen a function.
    let function = unsafe { callable.value().cast_unchecked::<FunctionObject>() };
    let code = code_of(callable.value());
    let count = n + !st.slot(n + 1).is_null() as usize;
    let parameters = code.argcount as usize;
    let has_varargs = code.flags & co::VARARGS != 0;
    let unusual = code.flags & (co::VARKEYWORDS | co::OPTIMIZED) != co::OPTIMIZED;
    if unusual || code.kwonlyargcount != 0 || (count > parameters && !has_varargs) {
        return false;
    }
    let (given, missing) = (count.min(parameters), parameters.saturating_sub(count));
    let defaults: &[Value] = match function.defaults.get().get() {
        // SAFETY: I4, defaults are a tuple.
        Some(defaults) => unsafe { defaults.cast_unchecked::<Tuple>() }.as_slice(),
        None => &[],
    };
    if missing > defaults.len() || st.th.core.recursion_left.get() <= 0 {
        return false;
    }
    let new = frames::reserve(st.th, frame_slots_fast(code));
    if new.is_null() {
        return false;
    }
    let rest = match has_varargs {
        // The arguments move into the tuple.
        true => match st.th.tuple_from_stack(st.top(count - given)) {
            Ok(rest) => Some(rest),
            Err(_) => {
                drop(st.th.take_exception());
                st.th.core.stack_top.set(new.cast());
                return false;
            }
        },
        false => None,
    };
    // SAFETY: I6, reserved room; the arguments move, the stack below them is cut off.
    unsafe {
        frames::initialise(new, callable, code, st.frame);
        let locals = (*new).local(0) as *mut Slot;
        let args = st.sp.sub(count);
        for i in 0..given {
            no_idiom();
            *locals.add(i) = *args.add(i);
        }
        for (i, default) in defaults[defaults.len() - missing..].iter().enumerate() {
            no_idiom();
            *locals.add(given + i) = default.own().into_slot();
        }
        for i in parameters..code.nlocalsplus as usize {
            no_idiom();
            *locals.add(i) = Slot::NULL;
        }
        if let Some(rest) = rest {
            *locals.add(parameters) = rest.into_slot();
        }
        st.sp = st.sp.sub(n + 2);
    }
    enter(st, new, code, CALL_UNITS);
    true
}

/// Python function, any positional arguments.
#[uop(control)]
pub fn call_py_general(st: &mut State, n: OpArg) -> Flow {
    let n = n.0 as usize;
    if !is_function(st.peek(n + 2)) {
        return Flow::Exit;
    }
    if push_with_defaults(st, n) { Flow::Next } else { call_generic_from(st, n) }
}

/// Bound method of a Python function, any positional arguments.
#[uop(control)]
pub fn call_bound_method_general(st: &mut State, n: OpArg) -> Flow {
    let n = n.0 as usize;
    if !st.slot(n + 1).is_null() || !st.peek(n + 2).is_exact(&statics::METHOD_TYPE) {
        return Flow::Exit;
    }
    // SAFETY: I4, checked above.
    if !is_function(unsafe { st.peek(n + 2).cast_unchecked::<MethodObject>() }.function) {
        return Flow::Exit;
    }
    unpack_bound_method(st, n);
    if push_with_defaults(st, n) { Flow::Next } else { call_generic_from(st, n) }
}

/// [`call_generic`] on a copy of the registers, which so need no address of their own in the caller.
#[inline(always)]
fn call_generic_from(st: &mut State, n: usize) -> Flow {
    let mut copy = State { ip: st.ip, sp: st.sp, frame: st.frame, th: st.th };
    let flow = call_generic(&mut copy, n, None, CALL_UNITS);
    *st = copy;
    flow
}

/// Most parameters that [`call_kw_py`] keeps track of.
const MASK_BITS: usize = 64;

/// Pushes a frame for a call with keyword arguments whose names are, by identity, those of parameters. The names' tuple
/// lies on top of the stack. False, with nothing changed, when that is not all there is to it.
#[inline(always)]
fn push_keywords(st: &mut State, n: usize) -> bool {
    let callable = st.slot(n + 3);
    // SAFETY: I4, the callers have seen a function; the compiler puts a tuple on top.
    let (function, names) = unsafe {
        (callable.value().cast_unchecked::<FunctionObject>(), st.peek(1).cast_unchecked::<Tuple>().as_slice())
    };
    let code = code_of(callable.value());
    let count = n + !st.slot(n + 2).is_null() as usize;
    let given = count - names.len();
    let (positional, parameters) = (code.argcount as usize, (code.argcount + code.kwonlyargcount) as usize);
    if !is_simple(code) || given > positional || parameters > MASK_BITS || st.th.core.recursion_left.get() <= 0 {
        return false;
    }
    // SAFETY: I4, `localsplusnames` is a tuple with the parameters' names first.
    let parameter_names = unsafe { code.localsplusnames.cast_unchecked::<Tuple>() }.as_slice();
    let first = given.max(code.posonlyargcount as usize);
    let mut places = [0u8; MASK_BITS];
    let mut bound = 0u64;
    for (name, place) in names.iter().zip(&mut places) {
        match parameter_names[first..parameters].iter().position(|parameter| parameter.same(*name)) {
            Some(at) if bound >> (first + at) & 1 == 0 => {
                bound |= 1 << (first + at);
                *place = (first + at) as u8;
            }
            _ => return false,
        }
    }
    let defaults: &[Value] = match function.defaults.get().get() {
        // SAFETY: I4, defaults are a tuple.
        Some(defaults) => unsafe { defaults.cast_unchecked::<Tuple>() }.as_slice(),
        None => &[],
    };
    // Positional parameters from this one on have defaults.
    let with_default = positional.saturating_sub(defaults.len());
    let keyword_defaults = function.kwdefaults.get().get().and_then(|v| v.exact::<Dict>());
    for i in given..parameters {
        let has = bound >> i & 1 != 0
            || match i < positional {
                true => i >= with_default,
                false => keyword_defaults.is_some_and(|d| d.peek_str(st.th, parameter_names[i]).is_some()),
            };
        if !has {
            return false;
        }
    }
    let new = frames::reserve(st.th, frame_slots_fast(code));
    if new.is_null() {
        return false;
    }
    // SAFETY: I6, reserved room; the arguments move, the stack below them is cut off.
    unsafe {
        frames::initialise(new, callable, code, st.frame);
        let locals = (*new).local(0) as *mut Slot;
        let args = st.sp.sub(count + 1);
        for i in 0..given {
            *locals.add(i) = *args.add(i);
        }
        for i in given..code.nlocalsplus as usize {
            *locals.add(i) = Slot::NULL;
        }
        for (k, place) in places[..names.len()].iter().enumerate() {
            *locals.add(*place as usize) = *args.add(given + k);
        }
        for i in given..parameters {
            if bound >> i & 1 != 0 {
                continue;
            }
            let default = match i < positional {
                true => Some(defaults[i - with_default]),
                false => keyword_defaults.and_then(|d| d.peek_str(st.th, parameter_names[i])),
            };
            if let Some(default) = default {
                *locals.add(i) = default.own().into_slot();
            }
        }
        let names = st.slot(1);
        st.sp = st.sp.sub(n + 3);
        release_slot(names);
    }
    enter(st, new, code, CALL_UNITS);
    true
}

/// Python function, with keyword arguments.
#[uop(control)]
pub fn call_kw_py(st: &mut State, n: OpArg) -> Flow {
    let n = n.0 as usize;
    if is_function(st.peek(n + 3)) && push_keywords(st, n) { Flow::Next } else { Flow::Exit }
}

/// Bound method of a Python function, with keyword arguments.
#[uop(control)]
pub fn call_kw_bound_method(st: &mut State, n: OpArg) -> Flow {
    let n = n.0 as usize;
    let bound = st.slot(n + 3);
    if !st.slot(n + 2).is_null() || !bound.value().is_exact(&statics::METHOD_TYPE) {
        return Flow::Exit;
    }
    // SAFETY: I4, checked above.
    let method = unsafe { bound.value().cast_unchecked::<MethodObject>() };
    if !is_function(method.function) {
        return Flow::Exit;
    }
    st.put(n + 3, method.function.own().into_slot());
    st.put(n + 2, method.instance.own().into_slot());
    let pushed = push_keywords(st, n);
    if !pushed {
        // As it was: the generic form unpacks the method itself.
        let (function, instance) = (st.slot(n + 3), st.slot(n + 2));
        st.put(n + 3, bound);
        st.put(n + 2, Slot::NULL);
        release_slot(function);
        release_slot(instance);
        return Flow::Exit;
    }
    release_slot(bound);
    Flow::Next
}

/// With keyword arguments, not a Python function or method: straight to the call protocol.
#[uop(control)]
pub fn call_kw_non_py(st: &mut State, n: OpArg) -> Flow {
    let n = n.0 as usize;
    let callable = st.peek(n + 3);
    if is_function(callable) || callable.is_exact(&statics::METHOD_TYPE) {
        return Flow::Exit;
    }
    let count = n + !st.slot(n + 2).is_null() as usize;
    let names = st.pop();
    let result = call::call(st.th, callable, Args::new(st.top(count), names.cast::<Tuple>()));
    st.finish(n + 2, result)
}

/// A Python class with the `__new__` of `object` and a Python `__init__` of just these positional arguments: makes the
/// instance and enters `__init__`. The class's version is guarded, so that looking `__init__` up finds what the
/// specialiser found.
#[uop(control)]
pub fn call_alloc_and_enter_init(st: &mut State, n: OpArg, version: Cache32<1>) -> Flow {
    let n = n.0 as usize;
    let callable = st.slot(n + 2);
    if !callable.value().is_exact(&statics::TYPE_TYPE) || !st.slot(n + 1).is_null() {
        return Flow::Exit;
    }
    // SAFETY: I4 and I5, an instance of `type`, alive while it is on the stack.
    let ty: &'static Type = unsafe { callable.value().cast_unchecked() };
    let th = st.th;
    if ty.core.version_tag.get() != version.0 || th.core.recursion_left.get() <= 0 {
        return Flow::Exit;
    }
    let Some(init) = known_init(th, ty, version.0).filter(|init| is_function(*init)) else { return Flow::Exit };
    let code = code_of(init);
    if !is_simple(code) || code.kwonlyargcount != 0 || code.argcount as usize != n + 1 {
        return Flow::Exit;
    }
    let new = frames::reserve(th, frame_slots_fast(code));
    if new.is_null() {
        return Flow::Exit;
    }
    let Ok(instance) = whipsnake_runtime::types::instance::allocate(th, ty) else {
        th.core.stack_top.set(new.cast());
        return Flow::Error;
    };
    // SAFETY: I6, reserved room; the arguments move, the instance takes the place of the class.
    unsafe {
        frames::initialise(new, init.own().into_slot(), code, st.frame);
        (*new).owner.set(whipsnake_layout::frame::OWNED_BY_CONSTRUCTOR);
        let locals = (*new).local(0) as *mut Slot;
        *locals = instance.clone().into_slot();
        let args = st.sp.sub(n);
        for i in 0..n {
            no_idiom();
            *locals.add(1 + i) = *args.add(i);
        }
        for i in n + 1..code.nlocalsplus as usize {
            no_idiom();
            *locals.add(i) = Slot::NULL;
        }
        st.put(n + 2, instance.into_slot());
        st.sp = st.sp.sub(n + 1);
    }
    enter(st, new, code, CALL_UNITS);
    release_slot(callable);
    Flow::Next
}

/// The `__init__` of a class whose version is `version`. The class remembers it.
#[inline(always)]
fn known_init(th: &Thread, ty: &'static Type, version: u32) -> Option<Value> {
    match ty.known_init.get() {
        // As long as the version is the same, the class still holds it.
        (at, init) if at == version => init,
        _ => find_init(th, ty, version),
    }
}

#[cold]
#[inline(never)]
fn find_init(th: &Thread, ty: &'static Type, version: u32) -> Option<Value> {
    let name = whipsnake_runtime::typeobj::names::INIT.get(th).ok()?;
    let init = ty.lookup(th, name);
    ty.known_init.set((version, init));
    init
}

/// Enters `function`, a Python function of exactly these parameters, with operands from the top of the stack as its
/// arguments; they and `function` move. False, with nothing changed, when it has other parameters or there is no room.
#[inline(always)]
pub fn enter_exact(st: &mut State, function: Value, count: usize, return_offset: u16) -> bool {
    let code = code_of(function);
    let simple = is_simple(code) && code.kwonlyargcount == 0 && code.argcount as usize == count;
    if !simple || st.th.core.recursion_left.get() <= 0 {
        return false;
    }
    let new = frames::reserve(st.th, frame_slots_fast(code));
    if new.is_null() {
        return false;
    }
    // SAFETY: I6, reserved room; the arguments move.
    unsafe {
        frames::initialise(new, function.own().into_slot(), code, st.frame);
        let locals = (*new).local(0) as *mut Slot;
        st.sp = st.sp.sub(count);
        for i in 0..count {
            no_idiom();
            *locals.add(i) = *st.sp.add(i);
        }
        for i in count..code.nlocalsplus as usize {
            no_idiom();
            *locals.add(i) = Slot::NULL;
        }
    }
    enter(st, new, code, return_offset);
    true
}

/// As [`enter_exact`], for the two operands of an operator, which stay on the stack; `operator` is what the frame is to know.
#[inline(always)]
pub fn enter_operator(st: &mut State, method: Value, operator: u32, return_offset: u16) -> bool {
    const SUSPENDS: u32 = co::GENERATOR | co::COROUTINE | co::ASYNC_GENERATOR;
    if !is_function(method) {
        return false;
    }
    let code = code_of(method);
    let simple = is_simple(code) && code.flags & SUSPENDS == 0 && code.kwonlyargcount == 0 && code.argcount == 2;
    if !simple || st.th.core.recursion_left.get() <= 0 {
        return false;
    }
    let new = frames::reserve(st.th, frame_slots_fast(code));
    if new.is_null() {
        return false;
    }
    // SAFETY: I6, reserved room; what the caller's stack holds lives as long as the frame.
    unsafe {
        frames::initialise(new, method.own().into_slot(), code, st.frame);
        (*new).owner.set(whipsnake_layout::frame::OWNED_BY_OPERATOR);
        (*new).operator.set(operator);
        let locals = (*new).local(0) as *mut Slot;
        *locals = Slot::borrowed(st.peek(2));
        *locals.add(1) = Slot::borrowed(st.peek(1));
        for i in 2..code.nlocalsplus as usize {
            no_idiom();
            *locals.add(i) = Slot::NULL;
        }
    }
    enter(st, new, code, return_offset);
    true
}

/// `container[key]` by a Python `__getitem__`.
#[uop(control)]
pub fn binary_op_subscr_getitem(st: &mut State, version: Cache32<1>) -> Flow {
    const UNITS: u16 = 6;
    let container = st.peek(2);
    if !container.is_pointer() || container.ty().core.version_tag.get() != version.0 {
        return Flow::Exit;
    }
    let getitem = whipsnake_runtime::typeobj::names::GETITEM.get(st.th).ok();
    match getitem.and_then(|name| container.ty().lookup(st.th, name)).filter(|function| is_function(*function)) {
        Some(function) if enter_exact(st, function, 2, UNITS) => Flow::Next,
        _ => Flow::Exit,
    }
}

/// Replaces a bound method on the stack by its function and its instance.
#[inline(always)]
fn unpack_bound_method(st: &mut State, n: usize) {
    let bound = st.slot(n + 2);
    // SAFETY: I4, the callers have seen a bound method.
    let method = unsafe { bound.value().cast_unchecked::<MethodObject>() };
    st.put(n + 2, method.function.own().into_slot());
    st.put(n + 1, method.instance.own().into_slot());
    release_slot(bound);
}

/// As [`unpack_bound_method`], if there is one.
#[inline(always)]
pub(super) fn unpack_if_method(st: &mut State, n: usize) {
    if st.slot(n + 1).is_null() && st.peek(n + 2).is_exact(&statics::METHOD_TYPE) {
        unpack_bound_method(st, n);
    }
}

/// The generic call: callable, self or null, `n` positional arguments.
#[uop(control)]
pub fn call(st: &mut State, n: OpArg) -> Flow {
    call_generic(st, n.0 as usize, None, CALL_UNITS)
}

/// With keyword names on top of the stack.
#[uop(control)]
pub fn call_kw(st: &mut State, n: OpArg) -> Flow {
    let names = st.pop();
    call_generic(st, n.0 as usize, Some(names), CALL_UNITS)
}

#[inline(never)]
pub(super) fn call_generic(st: &mut State, n: usize, names: Option<Obj>, return_offset: u16) -> Flow {
    let th = st.th;
    unpack_if_method(st, n);
    let callable = st.peek(n + 2);
    let count = n + !st.slot(n + 1).is_null() as usize;
    let kwnames = names.as_deref().and_then(|names| names.cast::<Tuple>());
    let args = Args::new(st.top(count), kwnames);
    if is_function(callable) {
        let pushed = push_bound(st, callable.own(), args);
        return match pushed {
            Ok(new) => {
                st.drop_n(n + 2);
                // SAFETY: I6, the frame was just initialised.
                enter(st, new, unsafe { &*(*new).code.get() }, return_offset);
                Flow::Next
            }
            Err(_) => Flow::Error,
        };
    }
    let result = call::call(th, callable, args);
    st.finish(n + 2, result)
}

/// A frame for a call of `function` with any arguments, bound to its parameters (owned copies).
///
/// # Errors
/// TypeError for arguments that do not fit, RecursionError.
pub fn push_bound(st: &State, function: Obj, args: Args) -> PyResult<*mut Frame> {
    push_frame(st.th, function, args, st.frame)
}

/// As [`push_bound`], below `previous`.
pub fn push_frame(th: &Thread, function: Obj, args: Args, previous: *mut Frame) -> PyResult<*mut Frame> {
    let code = code_of(function.value());
    if th.core.recursion_left.get() <= 0 {
        return Err(frames::stack_overflow(th));
    }
    let new = frames::reserve(th, frame_slots(code));
    if new.is_null() {
        return Err(frames::stack_overflow(th));
    }
    // SAFETY: I6, reserved room; locals are null before anything can fail.
    unsafe {
        frames::initialise(new, Slot::owned(function.value()), code, previous);
        let locals = std::slice::from_raw_parts_mut((*new).local(0) as *mut Slot, code.nlocalsplus as usize);
        locals.fill(Slot::NULL);
        match bind(th, function.value(), code, args, locals) {
            Ok(()) => {
                if code.flags & co::OPTIMIZED == 0 {
                    // A function made of a module's or class's code has its globals for a namespace.
                    (*new).locals.set((*new).globals.get().value().own().into_slot());
                }
                std::mem::forget(function);
                Ok(new)
            }
            Err(raised) => {
                th.with_exception_saved(|| {
                    for slot in locals.iter_mut() {
                        release_slot(std::mem::replace(slot, Slot::NULL));
                    }
                });
                th.core.stack_top.set(new.cast());
                Err(raised)
            }
        }
    }
}

/// Binds arguments to parameters, as the language reference describes ("Calls").
fn bind(th: &Thread, function: Value, code: &CodeObject, args: Args, locals: &mut [Slot]) -> PyResult<()> {
    let simple = code.flags & (co::VARARGS | co::VARKEYWORDS) == 0 && code.kwonlyargcount == 0;
    if simple && args.keyword_count() == 0 && args.len() == code.argcount as usize {
        for (local, arg) in locals.iter_mut().zip(args.positional_slots()) {
            *local = arg.value().own().into_slot();
        }
        return Ok(());
    }
    whipsnake_runtime::types::function::bind_arguments(th, function, args, locals)
}

/// Pushes a frame for `f(*args, **kwargs)` of a Python function, with a tuple and a dict (or none), where that takes no more than moving
/// and looking up: what forwards its own arguments hands tuple and dict on as they are. False, with nothing changed, when that is
/// not all there is to it, errors included.
#[inline(never)]
fn push_forwarded(st: &mut State) -> bool {
    let th = st.th;
    let callable = st.peek(4);
    // SAFETY: I4, the caller has seen a function and a tuple.
    let (function, args) =
        unsafe { (callable.cast_unchecked::<FunctionObject>(), st.peek(2).cast_unchecked::<Tuple>()) };
    let keywords = match st.slot(1).get().filter(|v| !v.is_none()) {
        None => None,
        Some(dict) => match dict.exact::<Dict>() {
            // What is no str is an error to be raised, what is a subclass of str has an equality of its own.
            Some(dict) if dict.has_exact_str_keys() => Some(dict).filter(|dict| !dict.is_empty()),
            _ => return false,
        },
    };
    let code = code_of(callable);
    let (has_varargs, has_keywords) = (code.flags & co::VARARGS != 0, code.flags & co::VARKEYWORDS != 0);
    let (positional, parameters) = (code.argcount as usize, (code.argcount + code.kwonlyargcount) as usize);
    let given = args.len().min(positional);
    if code.flags & co::OPTIMIZED == 0 || (args.len() > positional && !has_varargs) || th.core.recursion_left.get() <= 0
    {
        return false;
    }
    // SAFETY: I4, `localsplusnames` is a tuple with the parameters' names first; defaults are a tuple.
    let (parameter_names, defaults) = unsafe {
        let defaults = function.defaults.get().get().map(|defaults| defaults.cast_unchecked::<Tuple>().as_slice());
        (code.localsplusnames.cast_unchecked::<Tuple>().as_slice(), defaults.unwrap_or(&[]))
    };
    let with_default = positional.saturating_sub(defaults.len());
    let keyword_defaults = function.kwdefaults.get().get().and_then(|v| v.exact::<Dict>());
    let first_keyword = given.max(code.posonlyargcount as usize);
    let named = |i: usize| match keywords {
        Some(dict) if i >= first_keyword => dict.peek_str(th, parameter_names[i]),
        _ => None,
    };
    let default = |i: usize| match i < positional {
        true => defaults.get(i.wrapping_sub(with_default)).copied(),
        false => keyword_defaults.and_then(|d| d.peek_str(th, parameter_names[i])),
    };
    let mut used = 0;
    for i in given..parameters {
        if named(i).is_some() {
            used += 1;
        } else if default(i).is_none() {
            return false;
        }
    }
    let rest = match keywords {
        // Left over are names of parameters that have their value already, or of none.
        Some(dict) if used != dict.len() => {
            let shared = dict.layout().head.refcount.get() != 1;
            let clash = (code.posonlyargcount as usize..given).any(|i| dict.peek_str(th, parameter_names[i]).is_some());
            if used != 0 || !has_keywords || shared || clash {
                return false;
            }
            Some(dict.value().own())
        }
        _ if has_keywords => match Dict::new(th) {
            Ok(dict) => Some(dict),
            Err(_) => return forget_error(th),
        },
        _ => None,
    };
    let extra = match has_varargs {
        true if positional == 0 => Some(args.value().own()),
        true => match th.tuple(&args.as_slice()[given..]) {
            Ok(extra) => Some(extra),
            Err(_) => return forget_error(th),
        },
        false => None,
    };
    let new = frames::reserve(th, frame_slots_fast(code));
    if new.is_null() {
        return false;
    }
    // SAFETY: I6, reserved room.
    unsafe {
        frames::initialise(new, callable.own().into_slot(), code, st.frame);
        let locals = (*new).local(0) as *mut Slot;
        for (i, arg) in args.as_slice()[..given].iter().enumerate() {
            *locals.add(i) = arg.own().into_slot();
        }
        for i in given..parameters {
            *locals.add(i) = named(i).or_else(|| default(i)).map_or(Slot::NULL, |v| v.own().into_slot());
        }
        for i in parameters..code.nlocalsplus as usize {
            *locals.add(i) = Slot::NULL;
        }
        let mut at = locals.add(parameters);
        for collected in [extra, rest].into_iter().flatten() {
            *at = collected.into_slot();
            at = at.add(1);
        }
    }
    st.drop_n(4);
    enter(st, new, code, 1);
    true
}

/// A lack of memory that the general way will meet, and raise, again.
#[cold]
fn forget_error(th: &Thread) -> bool {
    drop(th.take_exception());
    false
}

/// Makes a tuple of the positional arguments of `f(*args, **kwargs)`, if they are none yet.
#[inline(always)]
pub(super) fn star_args(st: &mut State) -> Result<(), Flow> {
    if st.peek(2).is_exact(&statics::TUPLE_TYPE) {
        return Ok(());
    }
    let Ok(items) = call::star_args_to_tuple(st.th, st.peek(4), st.peek(2)) else { return Err(Flow::Error) };
    let old = st.slot(2);
    st.put(2, items.into_slot());
    release_slot(old);
    Ok(())
}

/// `f(*args, **kwargs)`: callable, null, tuple (or any iterable), dict or null.
#[uop(control)]
pub fn call_function_ex(st: &mut State) -> Flow {
    let th = st.th;
    if let Err(flow) = star_args(st) {
        return flow;
    }
    let callable = st.peek(4);
    let keywords = st.slot(1).get().filter(|v| !v.is_none());
    if is_function(callable) {
        if push_forwarded(st) {
            return Flow::Next;
        }
        let spread = call::spread(th, st.peek(2), keywords);
        let pushed = spread.and_then(|spread| {
            let args = Args::new(spread.slots(), spread.kwnames());
            push_bound(st, callable.own(), args)
        });
        return match pushed {
            Ok(new) => {
                st.drop_n(4);
                // SAFETY: I6, the frame was just initialised.
                enter(st, new, unsafe { &*(*new).code.get() }, 1);
                Flow::Next
            }
            Err(_) => Flow::Error,
        };
    }
    let result = call::call_ex(th, callable, st.peek(2), keywords);
    st.finish(4, result)
}

/// Any callable that is no Python function: straight to the call protocol.
#[uop(control)]
pub fn call_non_py_general(st: &mut State, n: OpArg) -> Flow {
    let n = n.0 as usize;
    let callable = st.peek(n + 2);
    if is_function(callable) || callable.is_exact(&statics::METHOD_TYPE) {
        return Flow::Exit;
    }
    let count = n + !st.slot(n + 1).is_null() as usize;
    let result = call::call(st.th, callable, Args::positional(st.top(count)));
    st.finish(n + 2, result)
}

/// Keeps a slot's content beyond its frame.
#[inline(always)]
pub fn keep(slot: Slot) -> Slot {
    heap_safe(slot)
}

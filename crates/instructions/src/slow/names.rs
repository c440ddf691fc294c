//! Names: locals of class bodies and modules, globals, builtins, cells, imports.

use crate::operands::*;
use whipsnake_layout::frame::Frame;
use whipsnake_layout::objects::CellObject;
use whipsnake_macros::uop;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;

/// The name with this index.
#[inline(always)]
pub fn name(frame: &Frame, i: u32) -> Value {
    // SAFETY: I7, the oparg lies within the code's names.
    unsafe { (*(*frame.code.get()).names_items.add(i as usize)).get() }
}

#[cold]
fn name_error(th: &Thread, name: Value) -> Raised {
    let text = whipsnake_runtime::types::str::to_rust_string(name);
    let raised = th.raise(&statics::NAME_ERROR, format!("name '{text}' is not defined"));
    whipsnake_runtime::types::exceptions::set_name(th, name);
    raised
}

#[cold]
pub fn unbound_local(th: &Thread, frame: &Frame, i: u32) -> Raised {
    let name = local_name(frame, i);
    let text = whipsnake_runtime::types::str::to_rust_string(name);
    th.raise(
        &statics::UNBOUND_LOCAL_ERROR,
        format!("cannot access local variable '{text}' where it is not associated with a value"),
    )
}

fn local_name(frame: &Frame, i: u32) -> Value {
    // SAFETY: I4 and I7, `localsplusnames` is a tuple with a name for every local.
    unsafe { (*frame.code.get()).localsplusnames.cast_unchecked::<whipsnake_runtime::types::tuple::Tuple>() }.as_slice()
        [i as usize]
}

/// Looks in a dict or any mapping; `None` = not there.
fn lookup(th: &Thread, namespace: Value, name: Value) -> PyResult<Option<Obj>> {
    if let Some(dict) = namespace.exact::<Dict>() {
        return dict.get_str(th, name);
    }
    let found = object::get_item(th, namespace, name);
    th.catch(found, &statics::KEY_ERROR)
}

fn lookup_global(th: &Thread, frame: &Frame, name: Value) -> PyResult<Option<Obj>> {
    let (globals, builtins) = (frame.globals.get().value(), frame.builtins.get().value());
    match lookup(th, globals, name)? {
        Some(v) => Ok(Some(v)),
        None => lookup(th, builtins, name),
    }
}

fn locals(th: &Thread, frame: &Frame) -> PyResult<Value> {
    frame.locals.get().get().ok_or_else(|| th.system_error("no locals found"))
}

#[uop]
pub fn load_locals(th: &Thread, frame: &Frame) -> PyResult<Obj> {
    Ok(locals(th, frame)?.own())
}

#[uop]
pub fn load_name(th: &Thread, frame: &Frame, i: OpArg) -> PyResult<Obj> {
    let name = name(frame, i.0);
    if let Some(v) = lookup(th, locals(th, frame)?, name)? {
        return Ok(v);
    }
    lookup_global(th, frame, name)?.ok_or_else(|| name_error(th, name))
}

#[uop]
pub fn store_name(th: &Thread, frame: &Frame, value: Ref, i: OpArg) -> PyResult<()> {
    let name = name(frame, i.0);
    match locals(th, frame)?.exact::<Dict>() {
        Some(dict) => dict.set(th, name, value.0),
        None => object::set_item(th, locals(th, frame)?, name, value.0),
    }
}

#[uop]
pub fn delete_name(th: &Thread, frame: &Frame, i: OpArg) -> PyResult<()> {
    let name = name(frame, i.0);
    let deleted = object::del_item(th, locals(th, frame)?, name);
    match th.catch(deleted, &statics::KEY_ERROR)? {
        Some(()) => Ok(()),
        None => Err(name_error(th, name)),
    }
}

/// A global or builtin.
pub fn load_global_value(th: &Thread, frame: &Frame, i: u32) -> PyResult<Obj> {
    let name = name(frame, i >> 1);
    lookup_global(th, frame, name)?.ok_or_else(|| name_error(th, name))
}

#[uop]
pub fn store_global(th: &Thread, frame: &Frame, value: Ref, i: OpArg) -> PyResult<()> {
    object::set_item(th, frame.globals.get().value(), name(frame, i.0), value.0)
}

#[uop]
pub fn delete_global(th: &Thread, frame: &Frame, i: OpArg) -> PyResult<()> {
    let name = name(frame, i.0);
    let deleted = object::del_item(th, frame.globals.get().value(), name);
    match th.catch(deleted, &statics::KEY_ERROR)? {
        Some(()) => Ok(()),
        None => Err(name_error(th, name)),
    }
}

/// Class bodies: the namespace on the stack first, then globals.
#[uop]
pub fn load_from_dict_or_globals(th: &Thread, frame: &Frame, namespace: Ref, i: OpArg) -> PyResult<Obj> {
    let name = name(frame, i.0);
    if let Some(v) = lookup(th, namespace.0, name)? {
        return Ok(v);
    }
    lookup_global(th, frame, name)?.ok_or_else(|| name_error(th, name))
}

#[inline(always)]
fn cell(frame: &Frame, i: u32) -> &CellObject {
    // SAFETY: I4 and I7, the compiler only names locals that hold cells here.
    unsafe { (*frame.local(i as usize)).get().value().cast_unchecked() }
}

#[cold]
fn unbound_deref(th: &Thread, frame: &Frame, i: u32) -> Raised {
    // SAFETY: I7, the code is alive while its frame runs.
    let code = unsafe { &*frame.code.get() };
    let name = local_name(frame, i);
    let text = whipsnake_runtime::types::str::to_rust_string(name);
    if i < code.nlocalsplus - code.nfreevars {
        return th.raise(
            &statics::UNBOUND_LOCAL_ERROR,
            format!("cannot access local variable '{text}' where it is not associated with a value"),
        );
    }
    let raised = th.raise(
        &statics::NAME_ERROR,
        format!("cannot access free variable '{text}' where it is not associated with a value in enclosing scope"),
    );
    whipsnake_runtime::types::exceptions::set_name(th, name);
    raised
}

#[uop]
pub fn load_deref(th: &Thread, frame: &Frame, i: OpArg) -> PyResult<Obj> {
    match cell(frame, i.0).contents.get().get() {
        Some(v) => Ok(v.own()),
        None => Err(unbound_deref(th, frame, i.0)),
    }
}

#[uop]
pub fn load_from_dict_or_deref(th: &Thread, frame: &Frame, namespace: Ref, i: OpArg) -> PyResult<Obj> {
    let name = local_name(frame, i.0);
    if let Some(v) = lookup(th, namespace.0, name)? {
        return Ok(v);
    }
    load_deref(th, frame, i)
}

#[uop]
pub fn store_deref(th: &Thread, frame: &Frame, value: Ref, i: OpArg) {
    let _ = th;
    let old = cell(frame, i.0).contents.replace(value.0.own().into_slot());
    whipsnake_runtime::obj::release_slot(old);
}

#[uop]
pub fn delete_deref(th: &Thread, frame: &Frame, i: OpArg) -> PyResult<()> {
    let old = cell(frame, i.0).contents.replace(Slot::NULL);
    if old.is_null() {
        return Err(unbound_deref(th, frame, i.0));
    }
    whipsnake_runtime::obj::release_slot(old);
    Ok(())
}

#[uop]
pub fn load_fast_check(th: &Thread, frame: &Frame, i: OpArg) -> PyResult<Obj> {
    // SAFETY: I7, the oparg lies within the frame's locals.
    match unsafe { (*frame.local(i.0 as usize)).get() }.get() {
        Some(v) => Ok(v.own()),
        None => Err(unbound_local(th, frame, i.0)),
    }
}

#[uop]
pub fn delete_fast(th: &Thread, frame: &Frame, i: OpArg) -> PyResult<()> {
    // SAFETY: I7, as above.
    let old = unsafe { (*frame.local(i.0 as usize)).replace(Slot::NULL) };
    if old.is_null() {
        return Err(unbound_local(th, frame, i.0));
    }
    whipsnake_runtime::obj::release_slot(old);
    Ok(())
}

/// Turns a local into a cell that holds it.
#[uop]
pub fn make_cell(th: &Thread, frame: &Frame, i: OpArg) -> PyResult<()> {
    // SAFETY: I7, as above.
    let local = unsafe { &*frame.local(i.0 as usize) };
    let initial = local.get().get().map(ValueExt::own);
    let cell = whipsnake_runtime::types::cell::new(th, initial)?;
    let old = local.replace(cell.into_slot());
    whipsnake_runtime::obj::release_slot(old);
    Ok(())
}

/// Copies the closure's cells into the frame's last locals.
#[uop]
pub fn copy_free_vars(th: &Thread, frame: &Frame, count: OpArg) {
    let _ = th;
    // SAFETY: I4 and I7, a function whose code has free variables has a closure tuple of that length.
    unsafe {
        let code = &*frame.code.get();
        let function = frame.function.get().value().cast_unchecked::<whipsnake_layout::objects::FunctionObject>();
        let closure = function.closure.get().value().cast_unchecked::<whipsnake_runtime::types::tuple::Tuple>();
        let first = (code.nlocalsplus - count.0) as usize;
        for (i, cell) in closure.as_slice().iter().enumerate() {
            (*frame.local(first + i)).set(cell.own().into_slot());
        }
    }
}

#[uop]
pub fn import_name(th: &Thread, frame: &Frame, level: Ref, from_list: Ref, i: OpArg) -> PyResult<Obj> {
    let locals = frame.locals.get().get().unwrap_or(statics::none());
    whipsnake_runtime::import::import_name(
        th,
        frame.builtins.get().value(),
        name(frame, i.0),
        frame.globals.get().value(),
        locals,
        from_list.0,
        level.0,
    )
}

#[uop(peek)]
pub fn import_from(th: &Thread, frame: &Frame, module: Ref, i: OpArg) -> PyResult<Obj> {
    whipsnake_runtime::import::import_from(th, module.0, name(frame, i.0))
}

#[uop]
pub fn setup_annotations(th: &Thread, frame: &Frame) -> PyResult<()> {
    let locals = locals(th, frame)?;
    let key = th.intern("__annotations__")?;
    if lookup(th, locals, key.value())?.is_none() {
        let dict = Dict::new(th)?;
        object::set_item(th, locals, key.value(), dict.value())?;
    }
    Ok(())
}

#[uop]
pub fn load_build_class(th: &Thread, frame: &Frame) -> PyResult<Obj> {
    let key = th.intern("__build_class__")?;
    lookup(th, frame.builtins.get().value(), key.value())?
        .ok_or_else(|| th.raise(&statics::NAME_ERROR, "__build_class__ not found"))
}

/// AssertionError, NotImplementedError, tuple, all, any.
#[uop]
pub fn load_common_constant(th: &Thread, frame: &Frame, which: OpArg) -> PyResult<Obj> {
    let _ = frame;
    match which.0 {
        0 => Ok(statics::ASSERTION_ERROR.value().own()),
        1 => Ok(statics::NOT_IMPLEMENTED_ERROR.value().own()),
        2 => Ok(statics::TUPLE_TYPE.value().own()),
        which => {
            // The builtin functions, not what the program may have put in their place.
            let builtins = th.interp.builtins_dict.get().ok_or_else(|| th.system_error("no builtins"))?;
            let name = th.intern(if which == 3 { "all" } else { "any" })?;
            lookup(th, builtins.value(), name.value())?.ok_or_else(|| name_error(th, name.value()))
        }
    }
}

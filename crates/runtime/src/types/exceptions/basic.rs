//! Exceptions with a few attributes: StopIteration, SystemExit, KeyError, NameError, AttributeError, ImportError.

use super::{Fields, arg_items, args_of, base, initialise, set_args, to_str};
use crate::prelude::*;
use crate::types::dict::Dict;

/// An attribute that is field `i` of a layout with `N` fields; `None` while it is empty.
pub(super) const fn member<const N: usize>(name: &'static str, i: usize) -> MemberDef {
    MemberDef { name, doc: "", kind: MemberKind::ObjectOrNone, offset: Fields::<N>::offset(i), readonly: false }
}

/// The keyword arguments `names`, any of which may be missing.
///
/// # Errors
/// TypeError for other keywords.
fn keywords<const K: usize>(th: &Thread, function: &str, args: Args, names: [&str; K]) -> PyResult<[Option<Value>; K]> {
    let mut found = [None; K];
    for (name, value) in args.keywords() {
        let text = crate::types::str::to_rust_string(name);
        match names.iter().position(|n| *n == text) {
            Some(i) => found[i] = Some(value),
            None => return Err(th.type_error(format!("{function}() got an unexpected keyword argument '{text}'"))),
        }
    }
    Ok(found)
}

fn store(cells: &[ObjCell], values: &[Option<Value>]) {
    for (cell, value) in cells.iter().zip(values) {
        cell.set(value.map(|v| v.own()));
    }
}

// ---- StopIteration, SystemExit

fn init_stop_iteration(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    initialise(th, this, args)?;
    // SAFETY: I4, the slot of types with this layout.
    let [value] = unsafe { Fields::<1>::of(this) };
    value.set(Some(args.get(0).map_or_else(Obj::none, |v| v.own())));
    Ok(())
}

pub(super) const STOP_ITERATION_SPEC: TypeSpec = TypeSpec {
    slots: Slots { init: Some(init_stop_iteration), ..Fields::<1>::SLOTS },
    members: &[member::<1>("value", 0)],
    ..Fields::<1>::SPEC
};

fn init_system_exit(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    initialise(th, this, args)?;
    let code = match args.len() {
        0 => None,
        1 => args.get(0).map(|v| v.own()),
        _ => Some(args_of(this)),
    };
    // SAFETY: I4, the slot of types with this layout.
    let [cell] = unsafe { Fields::<1>::of(this) };
    cell.set(code);
    Ok(())
}

pub(super) const SYSTEM_EXIT_SPEC: TypeSpec = TypeSpec {
    slots: Slots { init: Some(init_system_exit), ..Fields::<1>::SLOTS },
    members: &[member::<1>("code", 0)],
    ..Fields::<1>::SPEC
};

// ---- KeyError

/// A key is shown by its repr: `KeyError: ''` would say nothing.
fn key_error_str(th: &Thread, this: Value) -> PyResult {
    match &arg_items(this)[..] {
        [only] => object::repr(th, only.value()),
        _ => to_str(th, this),
    }
}

pub(super) const KEY_ERROR_SPEC: TypeSpec = TypeSpec {
    slots: Slots { new: None, init: None, str: Some(key_error_str), ..Fields::<0>::SLOTS },
    ..Fields::<0>::SPEC
};

// ---- NameError

fn init_name_error(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    let found = keywords(th, "NameError", args, ["name"])?;
    set_args(th, this, args)?;
    // SAFETY: I4, the slot of types with this layout.
    store(unsafe { Fields::<1>::of(this) }, &found);
    Ok(())
}

pub(super) const NAME_ERROR_SPEC: TypeSpec = TypeSpec {
    slots: Slots { init: Some(init_name_error), ..Fields::<1>::SLOTS },
    members: &[member::<1>("name", 0)],
    ..Fields::<1>::SPEC
};

/// Sets the `name` of the NameError being raised, unless it has one.
pub fn set_name(th: &Thread, name: Value) {
    let current = th.core.current_exception.get().get();
    let Some(current) = current.filter(|v| v.is_instance(&super::types::NAME_ERROR)) else { return };
    // SAFETY: I4, the type was checked.
    let [cell] = unsafe { Fields::<1>::of(current) };
    if cell.is_empty() {
        cell.set(Some(name.own()));
    }
}

// ---- AttributeError

fn init_attribute_error(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    let found = keywords(th, "AttributeError", args, ["name", "obj"])?;
    set_args(th, this, args)?;
    // SAFETY: I4, the slot of types with this layout.
    store(unsafe { Fields::<2>::of(this) }, &found);
    Ok(())
}

/// Sets `name` and `obj` of an AttributeError.
pub fn set_attribute_details(exception: Value, name: Value, obj: Value) {
    if exception.is_instance(&super::types::ATTRIBUTE_ERROR) {
        // SAFETY: I4, the type was checked.
        store(unsafe { Fields::<2>::of(exception) }, &[Some(name), Some(obj)]);
    }
}

pub(super) const ATTRIBUTE_ERROR_SPEC: TypeSpec = TypeSpec {
    slots: Slots { init: Some(init_attribute_error), ..Fields::<2>::SLOTS },
    members: &[member::<2>("name", 0), member::<2>("obj", 1)],
    methods: attribute_error::METHODS,
    ..Fields::<2>::SPEC
};

/// The exception's dict as a new dict.
fn dict_copy(th: &Thread, this: Value) -> PyResult {
    match base(this).dict.get() {
        Some(dict) => match dict.cast::<Dict>() {
            Some(d) => d.copy(th),
            None => Dict::new(th),
        },
        None => Dict::new(th),
    }
}

fn put(th: &Thread, dict: &Obj, name: &str, value: Option<Obj>) -> PyResult<()> {
    match (dict.cast::<Dict>(), value) {
        (Some(dict), Some(value)) => dict.set_rust(th, name, value.value()),
        _ => Ok(()),
    }
}

#[pymethods]
mod attribute_error {
    use super::*;

    /// What a pickle holds: obj is left out, it may be anything.
    #[method("__getstate__()")]
    fn getstate(th: &Thread, this: Value) -> PyResult {
        let state = dict_copy(th, this)?;
        // SAFETY: I4, the descriptor has checked the receiver.
        let [name, _] = unsafe { Fields::<2>::of(this) };
        put(th, &state, "name", name.get())?;
        put(th, &state, "args", Some(args_of(this)))?;
        Ok(state)
    }
    /// Helper for pickle.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let state = getstate(th, this)?;
        th.tuple(&[this.ty().value(), args_of(this).value(), state.value()])
    }
}

// ---- ImportError

fn init_import_error(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    let [name, path, name_from] = keywords(th, "ImportError", args, ["name", "path", "name_from"])?;
    set_args(th, this, args)?;
    let msg = args.get(0).filter(|_| args.len() == 1);
    // SAFETY: I4, the slot of types with this layout.
    store(unsafe { Fields::<4>::of(this) }, &[msg, name, path, name_from]);
    Ok(())
}

fn import_error_str(th: &Thread, this: Value) -> PyResult {
    // SAFETY: I4, the slot of types with this layout.
    match unsafe { Fields::<4>::of(this) }[0].get() {
        Some(msg) if msg.is_exact(&statics::STR_TYPE) => Ok(msg),
        _ => to_str(th, this),
    }
}

pub(super) const IMPORT_ERROR_SPEC: TypeSpec = TypeSpec {
    slots: Slots { init: Some(init_import_error), str: Some(import_error_str), ..Fields::<4>::SLOTS },
    members: &[member::<4>("msg", 0), member::<4>("name", 1), member::<4>("path", 2), member::<4>("name_from", 3)],
    methods: import_error::METHODS,
    ..Fields::<4>::SPEC
};

#[pymethods]
mod import_error {
    use super::*;

    /// Helper for pickle.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        // SAFETY: I4, the descriptor has checked the receiver.
        let [_, name, path, name_from] = unsafe { Fields::<4>::of(this) };
        let args = args_of(this);
        if [name, path, name_from].iter().all(|cell| cell.is_empty()) {
            return match base(this).dict.get() {
                Some(dict) => th.tuple(&[this.ty().value(), args.value(), dict.value()]),
                None => th.tuple(&[this.ty().value(), args.value()]),
            };
        }
        let state = dict_copy(th, this)?;
        put(th, &state, "name", name.get())?;
        put(th, &state, "path", path.get())?;
        put(th, &state, "name_from", name_from.get())?;
        th.tuple(&[this.ty().value(), args.value(), state.value()])
    }
}

/// Raises `ty(message, name=name, path=path)`; `ty` is ImportError or a subclass.
pub fn import_error(
    th: &Thread,
    ty: &'static Type,
    message: Value,
    name: Option<Value>,
    path: Option<Value>,
    name_from: Option<Value>,
) -> Raised {
    match super::instantiate(th, ty, &[message]) {
        Ok(exception) => {
            // SAFETY: I4, ImportErrors have this layout.
            store(&unsafe { Fields::<4>::of(exception.value()) }[1..], &[name, path, name_from]);
            th.raise_instance(exception)
        }
        Err(raised) => raised,
    }
}

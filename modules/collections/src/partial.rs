//! `functools.partial` and `functools.Placeholder`.

use std::cell::Cell;
use std::cell::RefCell;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::tuple::Tuple;
use whipsnake_runtime::types::{generic_alias, instance, method, module};

use crate::payload;

/// `functools.partial`.
pub struct Partial {
    function: ObjCell,
    /// A tuple.
    args: ObjCell,
    /// A dict.
    keywords: ObjCell,
    /// How many of `args` are `Placeholder`.
    placeholders: Cell<usize>,
    dict: ObjCell,
}

impl Payload for Partial {
    #[inline(always)]
    fn ty() -> &'static Type {
        &PARTIAL_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        for cell in [&self.function, &self.args, &self.keywords, &self.dict] {
            visitor.cell(cell);
        }
    }
    fn clear(&self) {
        for cell in [&self.function, &self.args, &self.keywords, &self.dict] {
            cell.set(None);
        }
    }
}

/// What `functools.Placeholder` is.
pub struct Placeholder;

impl Payload for Placeholder {
    #[inline(always)]
    fn ty() -> &'static Type {
        &PLACEHOLDER_TYPE
    }
    fn traverse(&self, _: &mut Visitor) {}
}

builtin_type! {
    /// `functools.partial`.
    pub static PARTIAL_TYPE = TypeSpec {
        name: "functools.partial",
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        dictoffset: (std::mem::offset_of!(Instance<Partial>, payload) + std::mem::offset_of!(Partial, dict)) as isize,
        slots: Slots {
            new: Some(construct),
            call: Some(call_partial),
            repr: Some(repr),
            descr_get: Some(descr_get),
            ..Instance::<Partial>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        doc: "partial(func, /, *args, **keywords)\n--\n\nA function with some of its arguments given.",
        ..Instance::<Partial>::SPEC
    }
}
builtin_type! {
    /// The type of `functools.Placeholder`.
    static PLACEHOLDER_TYPE = TypeSpec {
        name: "functools._PlaceholderType",
        slots: Slots { new: Some(new_placeholder), repr: Some(placeholder_repr), ..Instance::<Placeholder>::SLOTS },
        methods: placeholder_methods::METHODS,
        doc: "Stands for a positional argument that partial() leaves open.",
        ..Instance::<Placeholder>::SPEC
    }
}

#[derive(Default)]
struct State {
    placeholder: RefCell<Option<Obj>>,
}

fn placeholder(th: &Thread) -> PyResult {
    let state = th.interp.state::<State>();
    if let Some(made) = &*state.placeholder.borrow() {
        return Ok(made.clone());
    }
    let made = Instance::create(th, Placeholder)?;
    *state.placeholder.borrow_mut() = Some(made.clone());
    Ok(made)
}

fn new_placeholder(th: &Thread, _: &'static Type, args: Args) -> PyResult {
    if !args.is_empty() {
        return err!(th, TYPE_ERROR, "_PlaceholderType takes no arguments");
    }
    placeholder(th)
}

fn placeholder_repr(th: &Thread, _: Value) -> PyResult {
    th.str("Placeholder")
}

fn is_placeholder(v: Value) -> bool {
    v.is_exact(&PLACEHOLDER_TYPE)
}

fn count_placeholders(args: &[Value]) -> usize {
    args.iter().filter(|v| is_placeholder(**v)).count()
}

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let Some(function) = args.get(0) else {
        return err!(th, TYPE_ERROR, "type 'partial' takes at least one argument");
    };
    if !call::is_callable(function) {
        return err!(th, TYPE_ERROR, "the first argument must be callable");
    }
    let mut given: Vec<Obj> = args.values().skip(1).map(ValueExt::own).collect();
    if given.last().is_some_and(|last| is_placeholder(last.value())) {
        return err!(th, TYPE_ERROR, "trailing Placeholders are not allowed");
    }
    for (_, value) in args.keywords() {
        if is_placeholder(value) {
            return err!(th, TYPE_ERROR, "Placeholder cannot be passed as a keyword argument");
        }
    }
    let keywords = Dict::new(th)?;
    let mut function = function.own();
    // A partial of a partial becomes one: unless it has attributes of its own.
    let inner = function.cast::<Instance<Partial>>().filter(|p| p.dict.is_empty() && has_own_call(function.ty()));
    if let Some(inner) = inner {
        let before = inner.args.get();
        let before = before.as_ref().and_then(|args| args.cast::<Tuple>()).map_or(&[][..], Tuple::as_slice);
        let mut merged: Vec<Obj> = Vec::with_capacity(before.len() + given.len());
        let mut fresh = given.into_iter();
        for v in before {
            merged.push(if is_placeholder(*v) { fresh.next().unwrap_or_else(|| v.own()) } else { v.own() });
        }
        merged.extend(fresh);
        given = merged;
        if let (Some(target), Some(old)) = (keywords.cast::<Dict>(), inner.keywords.get()) {
            target.merge(th, old.value(), true)?;
        }
        if let Some(f) = inner.function.get() {
            function = f;
        }
    }
    if let Some(target) = keywords.cast::<Dict>() {
        for (name, value) in args.keywords() {
            target.set(th, name, value)?;
        }
    }
    let given = th.tuple_from(given)?;
    let placeholders = given.cast::<Tuple>().map_or(0, |t| count_placeholders(t.as_slice()));
    Instance::create_as(
        th,
        ty,
        Partial {
            function: ObjCell::new(function),
            args: ObjCell::new(given),
            keywords: ObjCell::new(keywords),
            placeholders: Cell::new(placeholders),
            dict: ObjCell::EMPTY,
        },
    )
}

/// Whether calling instances of the class is calling a partial: subclasses can have their own way.
fn has_own_call(ty: &Type) -> bool {
    match (ty.slots().call, PARTIAL_TYPE.slots().call) {
        (Some(own), Some(call)) => std::ptr::fn_addr_eq(own, call),
        _ => false,
    }
}

fn parts(th: &Thread, partial: &Partial) -> PyResult<(Obj, Obj, Obj)> {
    match (partial.function.get(), partial.args.get(), partial.keywords.get()) {
        (Some(function), Some(args), Some(keywords)) => Ok((function, args, keywords)),
        _ => err!(th, SYSTEM_ERROR, "partial object without a function"),
    }
}

fn call_partial(th: &Thread, this: Value, args: Args) -> PyResult {
    let partial = payload::<Partial>(th, this)?;
    let (function, stored, keywords) = parts(th, partial)?;
    let open = partial.placeholders.get();
    let before = stored.cast::<Tuple>().map_or(&[][..], Tuple::as_slice);
    if args.len() < open {
        let given = args.len();
        return err!(
            th,
            TYPE_ERROR,
            "missing positional arguments in 'partial' call; expected at least {open}, got {given}"
        );
    }
    let mut slots: Vec<Slot> = Vec::with_capacity(before.len() + args.slots().len());
    let mut fresh = args.positional_slots().iter();
    for v in before {
        let slot = if open != 0 && is_placeholder(*v) { fresh.next().copied() } else { None };
        slots.push(slot.unwrap_or(Slot::owned(*v)));
    }
    slots.extend(fresh.copied());
    let Some(stored_keywords) = keywords.cast::<Dict>() else {
        return err!(th, SYSTEM_ERROR, "partial object without keywords");
    };
    if stored_keywords.is_empty() {
        slots.extend_from_slice(&args.slots()[args.len()..]);
        return call::call(th, function.value(), Args::new(&slots, args.kwnames()));
    }
    let merged = stored_keywords.copy(th)?;
    let Some(target) = merged.cast::<Dict>() else { return err!(th, SYSTEM_ERROR, "no dict") };
    for (name, value) in args.keywords() {
        target.set(th, name, value)?;
    }
    let mut names = Vec::new();
    let mut at = 0;
    while let Some((name, value, _)) = target.entry_at(&mut at) {
        if !name.is_instance(&statics::STR_TYPE) {
            return err!(th, TYPE_ERROR, "keywords must be strings");
        }
        names.push(name);
        slots.push(Slot::owned(value));
    }
    let names = th.tuple(&names)?;
    call::call(th, function.value(), Args::new(&slots, names.cast::<Tuple>()))
}

fn descr_get(th: &Thread, this: Value, object: Option<Value>, _: Option<Value>) -> PyResult {
    match object.filter(|object| !object.is_none()) {
        None => Ok(this.own()),
        Some(object) => method::new(th, this, object),
    }
}

fn repr(th: &Thread, this: Value) -> PyResult {
    let partial = payload::<Partial>(th, this)?;
    let text = th.repr_guard(this, || {
        let (function, args, keywords) = parts(th, partial)?;
        let class = whipsnake_runtime::types::dict::qualified_name(this.ty());
        let mut text = format!("{class}({}", object::repr_text(th, function.value())?);
        for arg in iter::to_vec(th, args.value())? {
            text.push_str(", ");
            text.push_str(&object::repr_text(th, arg.value())?);
        }
        if let Some(keywords) = keywords.cast::<Dict>() {
            for (key, value, _) in keywords.entries() {
                let shown = object::repr_text(th, value.value())?;
                text.push_str(&format!(", {}={shown}", object::to_text(th, key.value())?));
            }
        }
        text.push(')');
        Ok(text)
    })?;
    th.str(&text.unwrap_or_else(|| "...".into()))
}

#[pymethods]
mod methods {
    use super::*;

    /// The function.
    #[getter("func")]
    fn func(_: &Thread, this: &Instance<Partial>) -> Option<Obj> {
        this.function.get()
    }
    /// The positional arguments.
    #[getter("args")]
    fn args(_: &Thread, this: &Instance<Partial>) -> Option<Obj> {
        this.args.get()
    }
    /// The keyword arguments.
    #[getter("keywords")]
    fn keywords(_: &Thread, this: &Instance<Partial>) -> Option<Obj> {
        this.keywords.get()
    }
    #[getter("__dict__")]
    fn dict(th: &Thread, this: Value) -> PyResult {
        instance::get_dict(th, this)
    }
    #[setter("__dict__")]
    fn set_dict(th: &Thread, this: Value, value: Option<Value>) -> PyResult<()> {
        if value.is_none() {
            return err!(th, TYPE_ERROR, "cannot delete __dict__");
        }
        instance::set_dict(th, this, value)
    }
    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let partial = payload::<Partial>(th, this)?;
        let (function, args, keywords) = parts(th, partial)?;
        let dict = partial.dict.get().unwrap_or_else(Obj::none);
        let state = th.tuple(&[function.value(), args.value(), keywords.value(), dict.value()])?;
        let start = th.tuple(&[function.value()])?;
        th.tuple(&[this.ty().value(), start.value(), state.value()])
    }
    /// For pickling.
    #[method("__setstate__(state, /)")]
    fn setstate(th: &Thread, this: &Instance<Partial>, state: Value) -> PyResult<()> {
        let parts = state.cast::<Tuple>().filter(|t| t.len() == 4).map(Tuple::as_slice);
        let Some([function, args, keywords, dict]) = parts else {
            return err!(th, TYPE_ERROR, "invalid partial state");
        };
        let valid = call::is_callable(*function)
            && args.is_instance(&statics::TUPLE_TYPE)
            && [keywords, dict].iter().all(|v| v.is_none() || v.is_instance(&statics::DICT_TYPE));
        if !valid {
            return err!(th, TYPE_ERROR, "invalid partial state");
        }
        let args =
            if args.is_exact(&statics::TUPLE_TYPE) { args.own() } else { th.tuple_from(iter::to_vec(th, *args)?)? };
        let last = args.cast::<Tuple>().and_then(|args| args.as_slice().last().copied());
        if last.is_some_and(is_placeholder) {
            return err!(th, TYPE_ERROR, "trailing Placeholders are not allowed");
        }
        let keywords = match keywords.cast::<Dict>() {
            None => Dict::new(th)?,
            Some(_) if keywords.is_exact(&statics::DICT_TYPE) => keywords.own(),
            Some(dict) => dict.copy(th)?,
        };
        let open = args.cast::<Tuple>().map_or(0, |t| count_placeholders(t.as_slice()));
        this.placeholders.set(open);
        this.function.set(Some(function.own()));
        this.args.set(Some(args));
        this.keywords.set(Some(keywords));
        this.dict.set(if dict.is_none() { None } else { Some(dict.own()) });
        Ok(())
    }
    /// For annotations.
    #[classmethod("__class_getitem__(object, /)")]
    fn class_getitem(th: &Thread, class: Value, item: Value) -> PyResult {
        generic_alias::new(th, class, item)
    }
}

#[pymethods]
mod placeholder_methods {
    use super::*;

    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let _ = this;
        th.str("Placeholder")
    }
}

/// Adds the types to `_functools`.
///
/// # Errors
/// MemoryError.
pub(crate) fn add(th: &Thread, module: Value) -> PyResult<()> {
    module::add_type(th, module, &PARTIAL_TYPE)?;
    module::add_type(th, module, &PLACEHOLDER_TYPE)?;
    module::add(th, module, "Placeholder", placeholder(th)?.value())
}

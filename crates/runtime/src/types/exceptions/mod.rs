//! Exceptions: the layout all of them share, `BaseException`'s own methods, and what the evaluation loop asks of them.
//!
//! - `types.rs`: all exception types; `basic.rs`: those with a few attributes; `os_error.rs`, `syntax_error.rs`,
//!   `unicode_error.rs`, `groups.rs`: those with more
//! - `raising.rs`: the `raise` statement, contexts, matching, `StopIteration`
//!
//! **Invariant:** an exception is a [`BaseException`] followed by `N` owned references, and nothing else, so that one
//! dealloc slot per `N` serves all types ([`Fields`]).
//!
//! Source: the behaviour of CPython 3.14 (docs: "Built-in Exceptions", PEPs 352, 654, 678).

mod basic;
pub mod groups;
mod os_error;
mod raising;
mod syntax_error;
pub mod types;
mod unicode_error;

pub use groups::{prep_reraise_star, split_for_except_star};
pub use raising::*;
pub use unicode_error::{decode_error, encode_error, translate_error};

use crate::prelude::*;
use crate::types::dict::Dict;
use crate::types::list::List;
use crate::types::str::Str;
use crate::types::tuple::Tuple;
use std::cell::Cell;
use whipsnake_text::Builder;

/// What every exception begins with.
#[repr(C)]
pub struct BaseException {
    pub head: Header,
    pub dict: ObjCell,
    /// A tuple, never empty.
    pub args: ObjCell,
    pub traceback: ObjCell,
    pub context: ObjCell,
    pub cause: ObjCell,
    pub suppress_context: Cell<bool>,
}

// SAFETY: I4, every exception type declares a layout that begins with this one.
unsafe impl Layout for BaseException {
    #[inline(always)]
    fn ty() -> &'static Type {
        &types::BASE_EXCEPTION
    }
}

/// An exception type's layout: the common part and `N` more references.
#[repr(C)]
pub struct Fields<const N: usize> {
    pub base: BaseException,
    pub fields: [ObjCell; N],
}

/// Where `__dict__` lies.
pub(super) const DICT_OFFSET: isize = std::mem::offset_of!(BaseException, dict) as isize;
/// The flags of all exception types.
pub(super) const FLAGS: u64 = flags::HAVE_GC | flags::BASETYPE | flags::BASE_EXC_SUBCLASS;

impl<const N: usize> Fields<N> {
    /// The memory slots, and construction.
    pub(super) const SLOTS: Slots = Slots {
        dealloc: Some(Self::dealloc),
        traverse: Some(Self::traverse),
        clear: Some(Self::clear),
        new: Some(construct),
        init: Some(initialise),
        ..Slots::EMPTY
    };
    /// The start of a type declaration.
    pub(super) const SPEC: TypeSpec = TypeSpec {
        basicsize: size_of::<Self>(),
        flags: FLAGS,
        dictoffset: DICT_OFFSET,
        slots: Self::SLOTS,
        ..TypeSpec::DEFAULT
    };
    /// The offset of field `i`.
    pub(super) const fn offset(i: usize) -> usize {
        std::mem::offset_of!(Self, fields) + i * size_of::<ObjCell>()
    }
    /// The exception's fields.
    ///
    /// # Safety
    /// `v` is an instance of a type with (at least) `N` fields (I4).
    pub(super) unsafe fn of<'a>(v: Value) -> &'a [ObjCell; N] {
        // SAFETY: I4, handed on to the caller.
        unsafe { &v.cast_unchecked::<Self>().fields }
    }
    unsafe fn dealloc(th: &Thread, object: *mut Header) {
        // SAFETY: I3, the object is dead; its references are dropped exactly once.
        unsafe {
            let ty = Value::from_ptr(object).ty();
            std::ptr::drop_in_place(object as *mut Self);
            crate::dealloc::free_memory(th, object, ty);
        }
    }
    unsafe fn traverse(object: *mut Header, visitor: &mut Visitor) {
        // SAFETY: I4, called for instances of types with this layout.
        let this = unsafe { &*(object as *const Self) };
        let base = &this.base;
        for cell in
            [&base.dict, &base.args, &base.traceback, &base.context, &base.cause].into_iter().chain(&this.fields)
        {
            visitor.cell(cell);
        }
    }
    unsafe fn clear(_: &Thread, object: *mut Header) {
        // SAFETY: I4, as in `traverse`.
        let this = unsafe { &*(object as *const Self) };
        let base = &this.base;
        base.args.set(Some(crate::types::tuple::empty().own()));
        for cell in [&base.dict, &base.traceback, &base.context, &base.cause].into_iter().chain(&this.fields) {
            cell.set(None);
        }
    }
}

/// A new exception object with its args and nothing else.
///
/// # Errors
/// MemoryError.
#[inline]
pub(super) fn allocate(th: &Thread, ty: &'static Type, args: Obj) -> PyResult {
    let size = ty.core.basicsize.get() as usize;
    let object = th.allocate(ty, size)?;
    // SAFETY: fresh memory of `size` bytes; zero is an empty `ObjCell`, `false`, and the start of what subclasses append.
    unsafe {
        let base = object as *mut BaseException;
        (&raw mut (*base).dict).write(ObjCell::EMPTY);
        (&raw mut (*base).args).write(ObjCell::new(args));
        (&raw mut (*base).traceback).write(ObjCell::EMPTY);
        (&raw mut (*base).context).write(ObjCell::EMPTY);
        (&raw mut (*base).cause).write(ObjCell::EMPTY);
        (&raw mut (*base).suppress_context).cast::<u64>().write(0);
        let own = size_of::<BaseException>();
        if size > own {
            object.cast::<u8>().add(own).write_bytes(0, size - own);
        }
        Ok(Obj::steal(Value::from_ptr(object)))
    }
}

/// Whether calling `ty` does no more than keep the positional arguments: neither `__new__` nor `__init__` are its own.
#[inline]
pub(crate) fn is_plain(ty: &Type) -> bool {
    let slots = ty.slots();
    ty.has_flag(flags::BASE_EXC_SUBCLASS)
        && slots.new.is_some_and(|new| std::ptr::fn_addr_eq(new, construct as crate::typeobj::NewFn))
        && slots.init.is_some_and(|init| std::ptr::fn_addr_eq(init, initialise as crate::typeobj::InitFn))
}

/// `BaseException.__new__`: keeps the positional arguments, whatever they are.
pub(crate) fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let args = th.tuple_from_slots(args.positional_slots())?;
    allocate(th, ty, args)
}

/// `BaseException.__init__`.
pub(super) fn initialise(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    if args.keyword_count() != 0 {
        args.no_keywords(th, this.ty().name())?;
    }
    set_args(th, this, args)
}

/// Stores the positional arguments as `args`.
pub(super) fn set_args(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    let tuple = th.tuple_from_slots(args.positional_slots())?;
    base(this).args.set(Some(tuple));
    Ok(())
}

/// The common part of an exception. `v` must be one (descriptors and slots have checked).
#[inline(always)]
pub(super) fn base<'a>(v: Value) -> &'a BaseException {
    debug_assert!(v.is_instance(&types::BASE_EXCEPTION));
    // SAFETY: I4, callers pass exceptions only.
    unsafe { v.cast_unchecked() }
}

/// The exception's `args`.
pub fn args_of(v: Value) -> Obj {
    base(v).args.get().unwrap_or_else(|| crate::types::tuple::empty().own())
}

/// The items of the exception's `args`.
pub(super) fn arg_items(v: Value) -> Vec<Obj> {
    let args = args_of(v);
    args.cast::<Tuple>().map_or_else(Vec::new, |t| t.as_slice().iter().map(|v| v.own()).collect())
}

/// The traceback, if there is one.
#[inline]
pub fn traceback_of(v: Value) -> Option<Obj> {
    base(v).traceback.get()
}

/// Replaces the traceback; the caller passes a traceback object.
#[inline]
pub fn set_traceback(v: Value, traceback: Option<Obj>) {
    base(v).traceback.set(traceback);
}

/// Joins text and str objects (surrogates survive).
pub(crate) enum Part<'a> {
    Text(&'a str),
    Str(Value),
}

/// A str made of parts.
pub(crate) fn text(th: &Thread, parts: &[Part]) -> PyResult {
    let mut builder = Builder::new();
    for part in parts {
        match part {
            Part::Text(text) => builder.push_str(text),
            Part::Str(v) => {
                if let Some(s) = v.cast::<Str>() {
                    builder.push_units(s.units());
                }
            }
        }
    }
    crate::types::str::from_buf(th, builder.finish())
}

fn repr(th: &Thread, this: Value) -> PyResult {
    let args = args_of(this);
    let name = Part::Text(this.ty().name());
    let only = args.cast::<Tuple>().filter(|t| t.len() == 1).and_then(|t| t.get(0));
    match only {
        Some(only) => {
            let inner = object::repr(th, only.value())?;
            text(th, &[name, Part::Text("("), Part::Str(inner.value()), Part::Text(")")])
        }
        None => {
            let inner = object::repr(th, args.value())?;
            text(th, &[name, Part::Str(inner.value())])
        }
    }
}

/// `BaseException.__str__`.
pub(super) fn to_str(th: &Thread, this: Value) -> PyResult {
    let args = args_of(this);
    let Some(tuple) = args.cast::<Tuple>() else { return th.str("") };
    match tuple.len() {
        0 => th.str(""),
        1 => match tuple.get(0) {
            Some(only) => object::str(th, only.value()),
            None => th.str(""),
        },
        _ => object::str(th, args.value()),
    }
}

pub(super) const BASE_SPEC: TypeSpec = TypeSpec {
    name: "BaseException",
    doc: "Base class of all exceptions.",
    slots: Slots { repr: Some(repr), str: Some(to_str), ..Fields::<0>::SLOTS },
    methods: methods::METHODS,
    getsets: methods::GETSETS,
    members: &[MemberDef {
        name: "__suppress_context__",
        doc: "",
        kind: MemberKind::Bool,
        offset: std::mem::offset_of!(BaseException, suppress_context),
        readonly: false,
    }],
    ..Fields::<0>::SPEC
};

fn exception_or_none(th: &Thread, value: Option<Value>, name: &str, what: &str) -> PyResult<Option<Obj>> {
    match value {
        None => Err(th.type_error(format!("{name} may not be deleted"))),
        Some(v) if v.is_none() => Ok(None),
        Some(v) if v.is_instance(&types::BASE_EXCEPTION) => Ok(Some(v.own())),
        Some(_) => Err(th.type_error(format!("exception {what} must be None or derive from BaseException"))),
    }
}

fn checked_traceback(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    if v.is_none() {
        Ok(None)
    } else if v.is_instance(&statics::TRACEBACK_TYPE) {
        Ok(Some(v.own()))
    } else {
        Err(th.type_error("__traceback__ must be a traceback or None"))
    }
}

#[pymethods]
mod methods {
    use super::*;

    /// Helper for pickle.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: &BaseException) -> PyResult {
        let args = this.args.get().unwrap_or_else(Obj::none);
        // SAFETY: I1, the exception is alive.
        let ty = unsafe { Value::from_ptr(&this.head) }.ty();
        match this.dict.get() {
            Some(dict) => th.tuple(&[ty.value(), args.value(), dict.value()]),
            None => th.tuple(&[ty.value(), args.value()]),
        }
    }
    /// Sets the attributes that a pickle holds.
    #[method("__setstate__(state, /)")]
    fn setstate(th: &Thread, this: Value, state: Value) -> PyResult<()> {
        if state.is_none() {
            return Ok(());
        }
        let Some(state) = state.cast::<Dict>() else { return Err(th.type_error("state is not a dictionary")) };
        for (key, value, _) in state.entries() {
            object::set_attr(th, this, key.value(), value.value())?;
        }
        Ok(())
    }
    /// Sets __traceback__ and returns the exception itself.
    #[method("with_traceback(tb, /)")]
    fn with_traceback(th: &Thread, this: Value, tb: Value) -> PyResult {
        let tb = checked_traceback(th, tb)?;
        base(this).traceback.set(tb);
        Ok(this.own())
    }
    /// Adds a line to what is shown below the exception.
    #[method("add_note(note, /)")]
    fn add_note(th: &Thread, this: Value, note: &Str) -> PyResult<()> {
        let name = th.intern("__notes__")?;
        let notes = match object::lookup_attr(th, this, name.value())? {
            Some(notes) => notes,
            None => {
                let notes = List::new(th)?;
                object::set_attr(th, this, name.value(), notes.value())?;
                notes
            }
        };
        match notes.cast::<List>() {
            Some(list) => list.push(th, note.value().own()),
            None => Err(th.type_error("Cannot add note: __notes__ is not a list")),
        }
    }
    #[getter("args")]
    fn args(_: &Thread, this: Value) -> Obj {
        args_of(this)
    }
    #[setter("args")]
    fn set_args(th: &Thread, this: &BaseException, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else { return Err(th.type_error("args may not be deleted")) };
        let args = th.tuple_from(iter::to_vec(th, value)?)?;
        this.args.set(Some(args));
        Ok(())
    }
    #[getter("__dict__")]
    fn dict(th: &Thread, this: Value) -> PyResult {
        crate::types::instance::get_dict(th, this)
    }
    #[setter("__dict__")]
    fn set_dict(th: &Thread, this: Value, value: Option<Value>) -> PyResult<()> {
        crate::types::instance::set_dict(th, this, value)
    }
    #[getter("__traceback__")]
    fn traceback(_: &Thread, this: &BaseException) -> Option<Obj> {
        this.traceback.get()
    }
    #[setter("__traceback__")]
    fn set_traceback(th: &Thread, this: &BaseException, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else { return Err(th.type_error("__traceback__ may not be deleted")) };
        let traceback = checked_traceback(th, value)?;
        this.traceback.set(traceback);
        Ok(())
    }
    /// the exception that was being handled when this one was raised
    #[getter("__context__")]
    fn context(_: &Thread, this: &BaseException) -> Option<Obj> {
        this.context.get()
    }
    #[setter("__context__")]
    fn set_context(th: &Thread, this: &BaseException, value: Option<Value>) -> PyResult<()> {
        let context = exception_or_none(th, value, "__context__", "context")?;
        this.context.set(context);
        Ok(())
    }
    /// the exception given by "raise ... from"
    #[getter("__cause__")]
    fn cause(_: &Thread, this: &BaseException) -> Option<Obj> {
        this.cause.get()
    }
    #[setter("__cause__")]
    fn set_cause(th: &Thread, this: &BaseException, value: Option<Value>) -> PyResult<()> {
        let cause = exception_or_none(th, value, "__cause__", "cause")?;
        this.suppress_context.set(true);
        this.cause.set(cause);
        Ok(())
    }
}

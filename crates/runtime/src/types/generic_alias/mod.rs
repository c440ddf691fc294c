//! `types.GenericAlias`: `list[int]` and its like (PEP 585).
//!
//! An alias forwards attributes to its origin, but for those about the alias itself. `substitution.rs` finds type
//! parameters and puts arguments in their place, for unions as well.

mod substitution;

use crate::prelude::*;
use crate::types::str::Str;
use crate::types::tuple::Tuple;
use crate::types::{str, tuple, type_type, union};
use whipsnake_text::Builder;

pub use substitution::{parameters, substitute};

/// A parameterised generic type.
#[repr(C)]
pub struct GenericAlias {
    origin: ObjCell,
    /// A tuple.
    args: ObjCell,
    /// A tuple, once asked for.
    parameters: ObjCell,
    /// What `*alias` gives: `*tuple[int, str]`.
    starred: std::cell::Cell<bool>,
}

impl Payload for GenericAlias {
    #[inline(always)]
    fn ty() -> &'static Type {
        &GENERIC_ALIAS_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.origin);
        visitor.cell(&self.args);
        visitor.cell(&self.parameters);
    }
}

type Alias = Instance<GenericAlias>;

static MEMBERS: &[MemberDef] = &[
    MemberDef {
        name: "__origin__",
        doc: "",
        kind: MemberKind::Object,
        offset: std::mem::offset_of!(Alias, payload.origin),
        readonly: true,
    },
    MemberDef {
        name: "__args__",
        doc: "",
        kind: MemberKind::Object,
        offset: std::mem::offset_of!(Alias, payload.args),
        readonly: true,
    },
    MemberDef {
        name: "__unpacked__",
        doc: "",
        kind: MemberKind::Bool,
        offset: std::mem::offset_of!(Alias, payload.starred),
        readonly: true,
    },
];

builtin_type! {
    /// `types.GenericAlias`.
    pub static GENERIC_ALIAS_TYPE = "Py_GenericAliasType" => TypeSpec {
        name: "types.GenericAlias",
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        doc: "A generic type with its arguments.\n\nFor list[int], __origin__ is list and __args__ is (int,).",
        slots: Slots {
            repr: Some(repr),
            hash: Some(hash),
            richcompare: Some(richcompare),
            call: Some(call_origin),
            getattro: Some(getattro),
            iter: Some(unpack),
            nb_or: Some(union::or),
            mp_subscript: Some(subscript),
            new: Some(construct),
            ..Instance::<GenericAlias>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        members: MEMBERS,
        ..Instance::<GenericAlias>::SPEC
    }
}

builtin_type! {
    /// What `iter(list[int])` gives.
    pub static GENERIC_ALIAS_ITERATOR_TYPE = "_Py_GenericAliasIterType" => TypeSpec {
        name: "generic_alias_iterator",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(next_unpacked),
            ..Instance::<AliasIterator>::SLOTS
        },
        methods: iterator_methods::METHODS,
        ..Instance::<AliasIterator>::SPEC
    }
}

/// The types of this module.
pub(crate) const ALL: &[&Type] = &[&GENERIC_ALIAS_TYPE, &GENERIC_ALIAS_ITERATOR_TYPE];

/// Attributes of the alias itself; all others are the origin's.
const OWN_ATTRIBUTES: &[&str] = &[
    "__class__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
];
/// Attributes that neither the alias nor, through it, the origin shows.
const BLOCKED_ATTRIBUTES: &[&str] = &["__bases__", "__copy__", "__deepcopy__"];

/// `origin[args]`; `args` that are no tuple become one.
///
/// # Errors
/// MemoryError.
pub fn new(th: &Thread, origin: Value, args: Value) -> PyResult {
    create(th, &GENERIC_ALIAS_TYPE, origin, args, false)
}

fn create(th: &Thread, ty: &'static Type, origin: Value, args: Value, starred: bool) -> PyResult {
    let args = if args.is_instance(&statics::TUPLE_TYPE) { args.own() } else { th.tuple(&[args])? };
    let payload = GenericAlias {
        origin: ObjCell::new(origin.own()),
        args: ObjCell::new(args),
        parameters: ObjCell::EMPTY,
        starred: std::cell::Cell::new(starred),
    };
    Instance::create_as(th, ty, payload)
}

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    args.no_keywords(th, "GenericAlias")?;
    match (args.len(), args.get(0), args.get(1)) {
        (2, Some(origin), Some(args)) => create(th, ty, origin, args, false),
        (given, ..) => err!(th, TYPE_ERROR, "GenericAlias expected 2 arguments, got {given}"),
    }
}

fn this<'a>(v: Value) -> &'a Alias {
    // SAFETY: I4, slots are called with instances of their type.
    unsafe { v.cast_unchecked() }
}

impl GenericAlias {
    /// The generic type.
    pub fn origin(&self) -> Obj {
        self.origin.get().unwrap_or_else(Obj::none)
    }
    /// The arguments, a tuple.
    pub fn args(&self) -> Obj {
        self.args.get().unwrap_or_else(|| tuple::empty().own())
    }
    fn parameters(&self, th: &Thread) -> PyResult {
        if let Some(known) = self.parameters.get() {
            return Ok(known);
        }
        let found = parameters(th, self.args().value())?;
        self.parameters.set(Some(found.clone()));
        Ok(found)
    }
}

/// Whether `v` is a `types.GenericAlias`.
pub fn is_generic_alias(v: Value) -> bool {
    v.is_instance(&GENERIC_ALIAS_TYPE)
}

/// The items of a tuple, owned.
pub(super) fn tuple_items(v: Value) -> Vec<Obj> {
    v.cast::<Tuple>().map_or_else(Vec::new, |t| t.as_slice().iter().map(|v| v.own()).collect())
}

/// Writes a type the way annotations are shown: `int`, `collections.deque`, `list[int]`, `None`, `...`.
///
/// # Errors
/// What attribute lookups and `__repr__` raise.
pub fn write_type(th: &Thread, out: &mut Builder, v: Value) -> PyResult<()> {
    if v.same(statics::ellipsis()) {
        out.push_str("...");
        return Ok(());
    }
    if v.same(statics::NONE_TYPE.value()) {
        out.push_str("None");
        return Ok(());
    }
    let is_alias = object::lookup_attr_str(th, v, "__origin__")?.is_some()
        && object::lookup_attr_str(th, v, "__args__")?.is_some();
    if !is_alias
        && let Some(qualname) = object::lookup_attr_str(th, v, "__qualname__")?
        && let Some(module) = object::lookup_attr_str(th, v, "__module__")?
        && !module.is_none()
    {
        let is_builtin = module.cast::<Str>().is_some_and(|module| module.is_text("builtins"));
        if !is_builtin {
            push_text(out, object::str(th, module.value())?.value());
            out.push_str(".");
        }
        push_text(out, object::str(th, qualname.value())?.value());
        return Ok(());
    }
    push_text(out, object::repr(th, v)?.value());
    Ok(())
}

fn push_text(out: &mut Builder, text: Value) {
    if let Some(text) = text.cast::<Str>() {
        out.push_units(text.units());
    }
}

/// Items with commas between them; a list (the parameters of a ParamSpec) is shown in brackets.
fn write_items(th: &Thread, out: &mut Builder, items: &[Obj]) -> PyResult<()> {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        if item.is_instance(&statics::LIST_TYPE) {
            th.check_native_stack(" while getting the repr of an object")?;
            out.push_str("[");
            let inner = iter::to_vec(th, item.value())?;
            for (i, item) in inner.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_type(th, out, item.value())?;
            }
            out.push_str("]");
        } else {
            write_type(th, out, item.value())?;
        }
    }
    Ok(())
}

fn repr(th: &Thread, v: Value) -> PyResult {
    th.check_native_stack(" while getting the repr of an object")?;
    let alias = this(v);
    let mut out = Builder::new();
    if alias.starred.get() {
        out.push_str("*");
    }
    write_type(th, &mut out, alias.origin().value())?;
    out.push_str("[");
    let items = tuple_items(alias.args().value());
    if items.is_empty() {
        out.push_str("()");
    }
    write_items(th, &mut out, &items)?;
    out.push_str("]");
    str::from_buf(th, out.finish())
}

fn hash(th: &Thread, v: Value) -> PyResult<i64> {
    let alias = this(v);
    let hash = object::hash(th, alias.origin().value())? ^ object::hash(th, alias.args().value())?;
    Ok(if hash == -1 { -2 } else { hash })
}

fn richcompare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.cast::<Alias>(), b.cast::<Alias>()) else { return Ok(Obj::not_implemented()) };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Obj::not_implemented());
    }
    let equal = x.starred.get() == y.starred.get()
        && compare::eq(th, x.origin().value(), y.origin().value())?
        && compare::eq(th, x.args().value(), y.args().value())?;
    Ok(Obj::bool(equal == (op == CompareOp::Eq)))
}

/// Calls the origin; the result learns from which alias it was made, if it takes attributes.
fn call_origin(th: &Thread, v: Value, args: Args) -> PyResult {
    let made = call::call(th, this(v).origin().value(), args)?;
    match object::set_attr_str(th, made.value(), "__orig_class__", v) {
        Err(raised)
            if !th.exception_matches(&statics::ATTRIBUTE_ERROR) && !th.exception_matches(&statics::TYPE_ERROR) =>
        {
            return Err(raised);
        }
        Err(_) => drop(th.take_exception()),
        Ok(()) => {}
    }
    Ok(made)
}

fn getattro(th: &Thread, v: Value, name: Value) -> PyResult {
    let own = name
        .cast::<Str>()
        .is_none_or(|name| OWN_ATTRIBUTES.iter().chain(BLOCKED_ATTRIBUTES).any(|own| name.is_text(own)));
    if own { object::generic_get_attr(th, v, name) } else { object::get_attr(th, this(v).origin().value(), name) }
}

fn subscript(th: &Thread, v: Value, item: Value) -> PyResult {
    let alias = this(v);
    let parameters = alias.parameters(th)?;
    let args = substitute(th, v, alias.args().value(), parameters.value(), item)?;
    create(th, &GENERIC_ALIAS_TYPE, alias.origin().value(), args.value(), alias.starred.get())
}

/// `*alias`: an iterator of one item.
pub struct AliasIterator {
    alias: ObjCell,
}

impl Payload for AliasIterator {
    #[inline(always)]
    fn ty() -> &'static Type {
        &GENERIC_ALIAS_ITERATOR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.alias);
    }
}

fn unpack(th: &Thread, v: Value) -> PyResult {
    Instance::create(th, AliasIterator { alias: ObjCell::new(v.own()) })
}

fn next_unpacked(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    // SAFETY: I4, slots are called with instances of their type.
    let it = unsafe { v.cast_unchecked::<Instance<AliasIterator>>() };
    let Some(alias) = it.alias.take() else { return Ok(None) };
    let alias = this(alias.value());
    create(th, &GENERIC_ALIAS_TYPE, alias.origin().value(), alias.args().value(), true).map(Some)
}

#[pymethods]
mod methods {
    use super::*;

    /// What a class statement puts in place of the alias: its origin.
    #[method("__mro_entries__(bases, /)")]
    fn mro_entries(th: &Thread, this: &Alias, _bases: Value) -> PyResult {
        th.tuple(&[this.origin().value()])
    }
    #[method("__instancecheck__(instance, /)")]
    fn instancecheck(th: &Thread, _this: &Alias, _instance: Value) -> PyResult {
        err!(th, TYPE_ERROR, "isinstance() argument 2 cannot be a parameterized generic")
    }
    #[method("__subclasscheck__(cls, /)")]
    fn subclasscheck(th: &Thread, _this: &Alias, _cls: Value) -> PyResult {
        err!(th, TYPE_ERROR, "issubclass() argument 2 cannot be a parameterized generic")
    }
    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: &Alias) -> PyResult {
        let (origin, args) = (this.origin(), this.args());
        if this.starred.get() {
            let plain = new(th, origin.value(), args.value())?;
            let it = unpack(th, plain.value())?;
            let args = th.tuple(&[it.value()])?;
            return th.tuple(&[type_type::builtin(th, "next")?.value(), args.value()]);
        }
        let args = th.tuple(&[origin.value(), args.value()])?;
        th.tuple(&[GENERIC_ALIAS_TYPE.value(), args.value()])
    }
    /// The names of the origin's attributes and of the alias's own.
    #[method("__dir__()")]
    fn dir(th: &Thread, this: &Alias) -> PyResult {
        let names = object::dir(th, this.origin().value())?;
        for own in OWN_ATTRIBUTES {
            let own = th.intern(own)?;
            if !sequence::contains(th, names.value(), own.value())? {
                call::call_method(th, names.value(), "append", &[own.value()])?;
            }
        }
        Ok(names)
    }
    /// Type variables in the arguments.
    #[getter("__parameters__")]
    fn parameters(th: &Thread, this: &Alias) -> PyResult {
        this.parameters(th)
    }
    /// The arguments of an unpacked tuple, else None.
    #[getter("__typing_unpacked_tuple_args__")]
    fn unpacked_tuple_args(_: &Thread, this: &Alias) -> Obj {
        if this.starred.get() && this.origin().same(statics::TUPLE_TYPE.value()) { this.args() } else { Obj::none() }
    }
}

#[pymethods]
mod iterator_methods {
    use super::*;
    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: &Instance<AliasIterator>) -> PyResult {
        let args = match this.alias.get() {
            Some(alias) => th.tuple(&[alias.value()])?,
            None => th.tuple(&[tuple::empty()])?,
        };
        th.tuple(&[type_type::builtin(th, "iter")?.value(), args.value()])
    }
}

//! `typing.Union`, which is `types.UnionType`: `int | str` (PEP 604).
//!
//! Members are unique and keep their order; nested unions are flattened; `None` stands for its type. Members that
//! cannot be hashed are compared one by one.

use crate::prelude::*;
use crate::types::generic_alias::{self, parameters, substitute, tuple_items};
use crate::types::set::Set;
use crate::types::tuple::Tuple;
use crate::types::{str, type_params};
use whipsnake_text::Builder;

/// A union of types.
#[repr(C)]
pub struct Union {
    /// A tuple of the members in order.
    args: ObjCell,
    /// A frozenset.
    hashable: Obj,
    unhashable: Vec<Obj>,
    /// A tuple, once asked for.
    parameters: ObjCell,
}

impl Payload for Union {
    #[inline(always)]
    fn ty() -> &'static Type {
        &UNION_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.args);
        visitor.obj(&self.hashable);
        self.unhashable.iter().for_each(|v| visitor.obj(v));
        visitor.cell(&self.parameters);
    }
}

static MEMBERS: &[MemberDef] = &[MemberDef {
    name: "__args__",
    doc: "",
    kind: MemberKind::Object,
    offset: std::mem::offset_of!(Instance<Union>, payload.args),
    readonly: true,
}];

builtin_type! {
    /// `typing.Union`.
    pub static UNION_TYPE = "_PyUnion_Type" => TypeSpec {
        name: "typing.Union",
        flags: flags::HAVE_GC | flags::WEAKREFABLE | flags::DISALLOW_INSTANTIATION,
        doc: "A union of types, such as int | str.",
        slots: Slots {
            repr: Some(repr),
            hash: Some(hash),
            richcompare: Some(richcompare),
            nb_or: Some(|th, a, b| make(th, &[a, b])),
            mp_subscript: Some(subscript),
            ..Instance::<Union>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        members: MEMBERS,
        ..Instance::<Union>::SPEC
    }
}

/// Collects the members of a union.
struct UnionBuilder {
    args: Vec<Obj>,
    hashable: Obj,
    unhashable: Vec<Obj>,
    /// Members must be types, as `typing` sees it.
    checked: bool,
}

impl UnionBuilder {
    fn new(th: &Thread, checked: bool) -> PyResult<UnionBuilder> {
        Ok(UnionBuilder { args: Vec::new(), hashable: Set::new_frozen(th)?, unhashable: Vec::new(), checked })
    }
    fn add(&mut self, th: &Thread, v: Value) -> PyResult<()> {
        if v.is_none() {
            return self.add_single(th, statics::NONE_TYPE.value());
        }
        if let Some(union) = v.cast::<Instance<Union>>() {
            for arg in tuple_items(union.args().value()) {
                self.add(th, arg.value())?;
            }
            return Ok(());
        }
        if self.checked {
            let checked = type_check(th, v, "Union[arg, ...]: each arg must be a type.")?;
            return self.add_single(th, checked.value());
        }
        self.add_single(th, v)
    }
    fn add_single(&mut self, th: &Thread, v: Value) -> PyResult<()> {
        match object::hash(th, v) {
            Ok(hash) => {
                if let Some(set) = Set::of_any(self.hashable.value())
                    && !set.add_hashed(th, v, hash)?
                {
                    return Ok(());
                }
            }
            Err(_) => {
                drop(th.take_exception());
                for known in &self.unhashable {
                    if compare::eq(th, known.value(), v)? {
                        return Ok(());
                    }
                }
                self.unhashable.push(v.own());
            }
        }
        self.args.push(v.own());
        Ok(())
    }
    /// The union; a single member is itself.
    fn finish(mut self, th: &Thread) -> PyResult {
        match self.args.len() {
            0 => err!(th, TYPE_ERROR, "Cannot take a Union of no types."),
            1 => Ok(self.args.remove(0)),
            _ => {
                let args = ObjCell::new(th.tuple_from(self.args)?);
                let (hashable, unhashable) = (self.hashable, self.unhashable);
                Instance::create(th, Union { args, hashable, unhashable, parameters: ObjCell::EMPTY })
            }
        }
    }
}

/// What `|` takes without asking `typing`.
fn is_unionable(v: Value) -> bool {
    v.is_none()
        || v.is_instance(&statics::TYPE_TYPE)
        || generic_alias::is_generic_alias(v)
        || v.is_exact(&UNION_TYPE)
        || v.is_exact(&type_params::TYPE_ALIAS_TYPE)
}

/// `typing._type_check`.
fn type_check(th: &Thread, v: Value, message: &str) -> PyResult {
    if v.is_none() {
        return Ok(statics::NONE_TYPE.value().own());
    }
    if is_unionable(v) {
        return Ok(v.own());
    }
    let message = th.str(message)?;
    type_params::call_typing(th, "_type_check", &[v, message.value()])
}

/// `a | b` for types: the `nb_or` slot of `type` and of everything that can be in a union. `NotImplemented` for others.
///
/// # Errors
/// What hashing and comparing members raise.
pub fn or(th: &Thread, a: Value, b: Value) -> PyResult {
    if !is_unionable(a) || !is_unionable(b) {
        return Ok(Obj::not_implemented());
    }
    let mut builder = UnionBuilder::new(th, false)?;
    builder.add(th, a)?;
    builder.add(th, b)?;
    builder.finish(th)
}

/// `typing.Union[a, b]`: members may also be what `typing` takes for a type (strings become forward references).
///
/// # Errors
/// TypeError if a member is no type.
pub fn make(th: &Thread, members: &[Value]) -> PyResult {
    let mut builder = UnionBuilder::new(th, true)?;
    for member in members {
        builder.add(th, *member)?;
    }
    builder.finish(th)
}

/// The members of a union (a tuple), `None` if `v` is no union: `isinstance` and `issubclass` look at them.
pub fn members(v: Value) -> Option<Obj> {
    v.exact::<Instance<Union>>().map(|union| union.args())
}

impl Union {
    fn args(&self) -> Obj {
        self.args.get().unwrap_or_else(|| crate::types::tuple::empty().own())
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

fn this<'a>(v: Value) -> &'a Instance<Union> {
    // SAFETY: I4, slots are called with instances of their type.
    unsafe { v.cast_unchecked() }
}

fn repr(th: &Thread, v: Value) -> PyResult {
    th.check_native_stack(" while getting the repr of an object")?;
    let mut out = Builder::new();
    for (i, arg) in tuple_items(this(v).args().value()).iter().enumerate() {
        if i > 0 {
            out.push_str(" | ");
        }
        generic_alias::write_type(th, &mut out, arg.value())?;
    }
    str::from_buf(th, out.finish())
}

fn hash(th: &Thread, v: Value) -> PyResult<i64> {
    let union = this(v);
    for arg in &union.unhashable {
        object::hash(th, arg.value())?;
    }
    if !union.unhashable.is_empty() {
        // They have become hashable meanwhile; two equal unions might still hash differently.
        return err!(th, TYPE_ERROR, "union contains {} unhashable elements", union.unhashable.len());
    }
    object::hash(th, union.hashable.value())
}

fn richcompare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.cast::<Instance<Union>>(), b.cast::<Instance<Union>>()) else {
        return Ok(Obj::not_implemented());
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Obj::not_implemented());
    }
    let mut equal =
        compare::eq(th, x.hashable.value(), y.hashable.value())? && x.unhashable.len() == y.unhashable.len();
    if equal {
        for member in &x.unhashable {
            equal = equal && contains(th, &y.unhashable, member.value())?;
        }
    }
    Ok(Obj::bool(equal == (op == CompareOp::Eq)))
}

fn contains(th: &Thread, members: &[Obj], wanted: Value) -> PyResult<bool> {
    for member in members {
        if compare::eq(th, member.value(), wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn subscript(th: &Thread, v: Value, item: Value) -> PyResult {
    let union = this(v);
    let parameters = union.parameters(th)?;
    let args = substitute(th, v, union.args().value(), parameters.value(), item)?;
    from_argument(th, args.value())
}

/// `Union[item]`.
fn from_argument(th: &Thread, item: Value) -> PyResult {
    match item.exact::<Tuple>() {
        Some(members) => make(th, members.as_slice()),
        None => make(th, &[item]),
    }
}

#[pymethods]
mod methods {
    use super::*;

    #[method("__mro_entries__(bases, /)")]
    fn mro_entries(th: &Thread, this: Value, _bases: Value) -> PyResult {
        err!(th, TYPE_ERROR, "Cannot subclass {}", object::repr_text(th, this)?)
    }
    /// See PEP 585.
    #[classmethod("__class_getitem__(item, /)")]
    fn class_getitem(th: &Thread, _cls: Value, item: Value) -> PyResult {
        from_argument(th, item)
    }
    /// As the class has it: unions pass for types.
    #[getter("__module__")]
    fn module(th: &Thread, _: Value) -> PyResult {
        th.intern("typing")
    }
    /// Name of the type
    #[getter("__name__")]
    fn name(th: &Thread, _this: Value) -> PyResult {
        th.intern("Union")
    }
    /// Qualified name of the type
    #[getter("__qualname__")]
    fn qualname(th: &Thread, _this: Value) -> PyResult {
        th.intern("Union")
    }
    /// Always returns the type
    #[getter("__origin__")]
    fn origin(_: &Thread, _this: Value) -> Obj {
        UNION_TYPE.value().own()
    }
    /// Type variables in the members.
    #[getter("__parameters__")]
    fn parameters(th: &Thread, this: &Instance<Union>) -> PyResult {
        this.parameters(th)
    }
}

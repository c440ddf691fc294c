//! Exception groups (PEP 654): `split`, `subgroup`, `derive`, and what `except*` needs.
//!
//! `ExceptionGroup` has two bases, so it is a class made at start-up ([`exception_group`]), not a static.

use super::basic::member;
use super::raising::{instantiate, matches};
use super::types::*;
use super::{Fields, Part, allocate, base, text};
use crate::prelude::*;
use crate::types::list::List;
use crate::types::str::Str;
use crate::types::tuple::Tuple;
use std::collections::HashSet;

const MESSAGE: usize = 0;
/// A tuple.
const EXCEPTIONS: usize = 1;
/// The repr of the sequence given, when it was neither list nor tuple.
const SHOWN: usize = 2;

const fn readonly(member: MemberDef) -> MemberDef {
    MemberDef { readonly: true, ..member }
}

pub(super) const SPEC: TypeSpec = TypeSpec {
    slots: Slots { new: Some(construct), str: Some(to_string), repr: Some(repr), ..Fields::<3>::SLOTS },
    members: &[readonly(member::<3>("message", MESSAGE)), readonly(member::<3>("exceptions", EXCEPTIONS))],
    methods: methods::METHODS,
    ..Fields::<3>::SPEC
};

/// The `ExceptionGroup` class of this interpreter.
#[derive(Default)]
struct GroupClass(std::cell::Cell<Option<&'static Type>>);

/// `ExceptionGroup`.
pub fn exception_group(th: &Thread) -> &'static Type {
    th.interp.state::<GroupClass>().0.get().unwrap_or(&BASE_EXCEPTION_GROUP)
}

/// Makes the `ExceptionGroup` class. Called once, when the types are ready.
///
/// # Errors
/// MemoryError.
pub fn prepare(th: &Thread) -> PyResult<()> {
    let bases = th.tuple(&[BASE_EXCEPTION_GROUP.value(), EXCEPTION.value()])?;
    let module = th.str("builtins")?;
    let namespace = th.dict_of(&[("__module__", module.value())])?;
    let name = th.intern("ExceptionGroup")?;
    let class = call::call_values(th, statics::TYPE_TYPE.value(), &[name.value(), bases.value(), namespace.value()])?;
    let Some(class_type) = class.cast::<Type>() else { return Err(th.system_error("type() made no type")) };
    th.interp.state::<GroupClass>().0.set(Some(class_type));
    // Lives as long as the interpreter.
    let _ = class.into_value();
    Ok(())
}

/// A group's exceptions.
fn exceptions_of(group: Value) -> Vec<Obj> {
    // SAFETY: I4, called for groups.
    let fields = unsafe { Fields::<3>::of(group) };
    let tuple = fields[EXCEPTIONS].get();
    tuple
        .as_ref()
        .and_then(|t| t.cast::<Tuple>())
        .map_or_else(Vec::new, |t| t.as_slice().iter().map(|v| v.own()).collect())
}

fn message_of(group: Value) -> Obj {
    // SAFETY: I4, called for groups.
    let fields = unsafe { Fields::<3>::of(group) };
    fields[MESSAGE].get().unwrap_or_else(Obj::none)
}

fn is_sequence(v: Value) -> bool {
    v.ty().slots().sq_item.is_some() && !v.is_instance(&statics::DICT_TYPE)
}

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let (2, Some(message), Some(sequence)) = (args.len(), args.get(0), args.get(1)) else {
        return Err(
            th.type_error(format!("BaseExceptionGroup.__new__() takes exactly 2 arguments ({} given)", args.len()))
        );
    };
    if message.cast::<Str>().is_none() {
        let name = if message.is_none() { "None" } else { message.ty().name() };
        return Err(th.type_error(format!("BaseExceptionGroup.__new__() argument 1 must be str, not {name}")));
    }
    if !is_sequence(sequence) {
        return Err(th.type_error("second argument (exceptions) must be a sequence"));
    }
    let exceptions = iter::to_vec(th, sequence)?;
    if exceptions.is_empty() {
        return Err(th.value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    if let Some(i) = exceptions.iter().position(|e| !e.is_instance(&BASE_EXCEPTION)) {
        return Err(th.value_error(format!("Item {i} of second argument (exceptions) is not an exception")));
    }
    let nested_base = exceptions.iter().any(|e| !e.is_instance(&EXCEPTION));
    let ty = group_type(th, ty, nested_base)?;
    let shown = if sequence.is_exact(&statics::LIST_TYPE) || sequence.is_exact(&statics::TUPLE_TYPE) {
        None
    } else {
        Some(object::repr(th, sequence)?)
    };
    let args = th.tuple_from_slots(args.positional_slots())?;
    let exceptions = th.tuple_from(exceptions)?;
    let group = allocate(th, ty, args)?;
    // SAFETY: I4, `ty` is a group type.
    let fields = unsafe { Fields::<3>::of(group.value()) };
    fields[MESSAGE].set(Some(message.own()));
    fields[EXCEPTIONS].set(Some(exceptions));
    fields[SHOWN].set(shown);
    Ok(group)
}

/// The class to make: `BaseExceptionGroup` turns into `ExceptionGroup` when it can.
fn group_type(th: &Thread, ty: &'static Type, nested_base: bool) -> PyResult<&'static Type> {
    let plain = exception_group(th);
    if std::ptr::eq(ty, &BASE_EXCEPTION_GROUP) {
        return Ok(if nested_base { ty } else { plain });
    }
    if !nested_base {
        return Ok(ty);
    }
    if std::ptr::eq(ty, plain) {
        return Err(th.type_error("Cannot nest BaseExceptions in an ExceptionGroup"));
    }
    if ty.is_subtype_of(&EXCEPTION) {
        return Err(th.type_error(format!("Cannot nest BaseExceptions in '{}'", ty.name())));
    }
    Ok(ty)
}

/// `ExceptionGroup(message, exceptions)` (or `BaseExceptionGroup`), not raised.
///
/// # Errors
/// MemoryError.
pub fn new(th: &Thread, message: &str, exceptions: Vec<Obj>) -> PyResult {
    let (message, exceptions) = (th.str(message)?, th.list(exceptions)?);
    instantiate(th, &BASE_EXCEPTION_GROUP, &[message.value(), exceptions.value()])
}

fn to_string(th: &Thread, this: Value) -> PyResult {
    let message = object::str(th, message_of(this).value())?;
    let count = exceptions_of(this).len();
    let plural = if count == 1 { "" } else { "s" };
    text(th, &[Part::Str(message.value()), Part::Text(&format!(" ({count} sub-exception{plural})"))])
}

fn repr(th: &Thread, this: Value) -> PyResult {
    // SAFETY: I4, the slot of types with this layout.
    let fields = unsafe { Fields::<3>::of(this) };
    let shown = match fields[SHOWN].get() {
        Some(shown) => shown,
        None => {
            let exceptions = exceptions_of(this);
            let was_list = super::arg_items(this).get(1).is_some_and(|v| v.is_exact(&statics::LIST_TYPE));
            let sequence = if was_list { th.list(exceptions)? } else { th.tuple_from(exceptions)? };
            object::repr(th, sequence.value())?
        }
    };
    let message = object::repr(th, message_of(this).value())?;
    text(
        th,
        &[
            Part::Text(this.ty().name()),
            Part::Text("("),
            Part::Str(message.value()),
            Part::Text(", "),
            Part::Str(shown.value()),
            Part::Text(")"),
        ],
    )
}

/// What decides whether an exception belongs to the matching part.
enum Matcher {
    /// A class or a tuple of classes.
    Classes(Obj),
    Callable(Obj),
    /// Leaves by identity (for `prep_reraise_star`); these always match as a whole leaf.
    Leaves(HashSet<u64>),
}

impl Matcher {
    fn new(th: &Thread, v: Value) -> PyResult<Matcher> {
        let is_class = |v: &Value| v.cast::<Type>().is_some_and(super::is_exception_class);
        if is_class(&v) {
            return Ok(Matcher::Classes(v.own()));
        }
        if v.cast::<Tuple>().is_some_and(|t| t.as_slice().iter().all(is_class)) {
            return Ok(Matcher::Classes(v.own()));
        }
        if call::is_callable(v) && v.cast::<Type>().is_none() {
            return Ok(Matcher::Callable(v.own()));
        }
        Err(th.type_error("expected an exception type, a tuple of exception types, or a callable (other than a class)"))
    }
    fn holds(&self, th: &Thread, exception: Value) -> PyResult<bool> {
        match self {
            Matcher::Classes(class) => Ok(matches(th, exception, class.value())),
            Matcher::Callable(f) => {
                let result = call::call1(th, f.value(), exception)?;
                object::is_true(th, result.value())
            }
            Matcher::Leaves(leaves) => {
                Ok(!exception.is_instance(&BASE_EXCEPTION_GROUP) && leaves.contains(&exception.bits()))
            }
        }
    }
}

/// The matching and the other part of an exception. `rest` is only computed when wanted.
fn split(th: &Thread, exception: Value, matcher: &Matcher, want_rest: bool) -> PyResult<(Option<Obj>, Option<Obj>)> {
    if matcher.holds(th, exception)? {
        return Ok((Some(exception.own()), None));
    }
    if !exception.is_instance(&BASE_EXCEPTION_GROUP) {
        return Ok((None, want_rest.then(|| exception.own())));
    }
    th.check_native_stack(" in exceptiongroup_split_recursive")?;
    let (mut matching, mut rest) = (Vec::new(), Vec::new());
    for inner in exceptions_of(exception) {
        let (yes, no) = split(th, inner.value(), matcher, want_rest)?;
        matching.extend(yes);
        rest.extend(no);
    }
    let matching = subset(th, exception, matching)?;
    let rest = if want_rest { subset(th, exception, rest)? } else { None };
    Ok((matching, rest))
}

/// A group like `original` of other exceptions (through its `derive` method); nothing when there are none.
fn subset(th: &Thread, original: Value, exceptions: Vec<Obj>) -> PyResult<Option<Obj>> {
    if exceptions.is_empty() {
        return Ok(None);
    }
    let exceptions = th.list(exceptions)?;
    let group = call::call_method(th, original, "derive", &[exceptions.value()])?;
    if !group.is_instance(&BASE_EXCEPTION_GROUP) {
        return Err(th.type_error("derive must return an instance of BaseExceptionGroup"));
    }
    let (from, to) = (base(original), base(group.value()));
    to.traceback.set(from.traceback.get());
    to.context.set(from.context.get());
    super::set_cause(group.value(), from.cause.get());
    let name = th.intern("__notes__")?;
    if let Some(notes) = object::lookup_attr(th, original, name.value())?
        && is_sequence(notes.value())
    {
        let copy = th.list(iter::to_vec(th, notes.value())?)?;
        object::set_attr(th, group.value(), name.value(), copy.value())?;
    }
    Ok(Some(group))
}

/// `except* class`: the part of `exception` that is left, and the part that matches (wrapped in a group if it is a
/// lone exception); `None` for an empty part.
///
/// # Errors
/// Whatever `derive` raises; TypeError if `split` is overridden and returns nonsense.
pub fn split_for_except_star(th: &Thread, exception: Value, class: Value) -> PyResult<(Obj, Obj)> {
    let (rest, matching) = split_clause(th, exception, class)?;
    if !matching.is_none() {
        // In the clause's body, the matching part is the exception being handled.
        // SAFETY: I6, the link lives as long as its frame or generator runs.
        let state = unsafe { &*th.core.exc_info.get() };
        crate::obj::release_slot(state.value.replace(matching.clone().into_slot()));
    }
    Ok((rest, matching))
}

fn split_clause(th: &Thread, exception: Value, class: Value) -> PyResult<(Obj, Obj)> {
    if exception.is_none() {
        return Ok((Obj::none(), Obj::none()));
    }
    if matches(th, exception, class) {
        if exception.is_instance(&BASE_EXCEPTION_GROUP) {
            return Ok((Obj::none(), exception.own()));
        }
        let (message, only) = (th.str("")?, th.tuple(&[exception])?);
        let wrapped = instantiate(th, &BASE_EXCEPTION_GROUP, &[message.value(), only.value()])?;
        // The wrapper was made where the exception was caught: its traceback says so.
        let frame = crate::types::frame::current(th);
        if !frame.is_null() {
            let saved = th.take_exception();
            th.restore_exception(Some(wrapped.clone()));
            crate::types::traceback::here(th, frame);
            th.restore_exception(saved);
        }
        return Ok((Obj::none(), wrapped));
    }
    if !exception.is_instance(&BASE_EXCEPTION_GROUP) {
        return Ok((exception.own(), Obj::none()));
    }
    let pair = call::call_method(th, exception, "split", &[class])?;
    let name = exception.ty().name();
    let Some(parts) = pair.cast::<Tuple>() else {
        return Err(th.type_error(format!("{name}.split must return a tuple, not {}", pair.ty().name())));
    };
    let (Some(matching), Some(rest)) = (parts.get(0), parts.get(1)) else {
        return Err(th.type_error(format!("{name}.split must return a 2-tuple, got tuple of size {}", parts.len())));
    };
    Ok((rest, matching))
}

fn collect_leaves(th: &Thread, exception: Value, leaves: &mut HashSet<u64>) -> PyResult<()> {
    if !exception.is_instance(&BASE_EXCEPTION_GROUP) {
        leaves.insert(exception.bits());
        return Ok(());
    }
    th.check_native_stack(" in collect_exception_group_leaf_ids")?;
    for inner in exceptions_of(exception) {
        collect_leaves(th, inner.value(), leaves)?;
    }
    Ok(())
}

/// Whether two exceptions have the same traceback, cause and context: then one was split off the other.
fn same_metadata(a: Value, b: Value) -> bool {
    let (a, b) = (base(a), base(b));
    let same = |x: &ObjCell, y: &ObjCell| x.peek() == y.peek();
    same(&a.traceback, &b.traceback) && same(&a.cause, &b.cause) && same(&a.context, &b.context)
}

/// The end of a `try`/`except*`: what is to be raised, given the original exception and the list of those raised or
/// left over in the clauses; `None` for nothing.
///
/// # Errors
/// Whatever `derive` raises.
pub fn prep_reraise_star(th: &Thread, original: Value, list: Value) -> PyResult {
    let items: Vec<Obj> = list.cast::<List>().map_or_else(Vec::new, |l| l.as_slice().iter().map(|v| v.own()).collect());
    if !original.is_instance(&BASE_EXCEPTION_GROUP) {
        // A lone exception: only one clause can have run.
        return Ok(items.into_iter().next().unwrap_or_else(Obj::none));
    }
    let (mut raised, mut reraised) = (Vec::new(), HashSet::new());
    for item in items.into_iter().filter(|v| !v.is_none()) {
        if same_metadata(item.value(), original) {
            collect_leaves(th, item.value(), &mut reraised)?;
        } else {
            raised.push(item);
        }
    }
    let left = if reraised.is_empty() { None } else { split(th, original, &Matcher::Leaves(reraised), false)?.0 };
    if raised.is_empty() {
        return Ok(left.unwrap_or_else(Obj::none));
    }
    raised.extend(left);
    if raised.len() > 1 {
        return new(th, "", raised);
    }
    Ok(raised.pop().unwrap_or_else(Obj::none))
}

#[pymethods]
mod methods {
    use super::*;

    /// A group of the same message with other exceptions. Subclasses override it.
    #[method("derive(excs, /)")]
    fn derive(th: &Thread, this: Value, excs: Value) -> PyResult {
        instantiate(th, &BASE_EXCEPTION_GROUP, &[message_of(this).value(), excs])
    }
    /// The matching part and the rest.
    #[method("split(matcher_value, /)")]
    fn split_method(th: &Thread, this: Value, matcher_value: Value) -> PyResult {
        let matcher = Matcher::new(th, matcher_value)?;
        let (matching, rest) = split(th, this, &matcher, true)?;
        th.tuple_from(vec![matching.unwrap_or_else(Obj::none), rest.unwrap_or_else(Obj::none)])
    }
    /// The matching part.
    #[method("subgroup(matcher_value, /)")]
    fn subgroup(th: &Thread, this: Value, matcher_value: Value) -> PyResult<Option<Obj>> {
        let matcher = Matcher::new(th, matcher_value)?;
        Ok(split(th, this, &matcher, false)?.0)
    }
    /// See PEP 585.
    #[classmethod("__class_getitem__(object, /)")]
    fn class_getitem(th: &Thread, class: Value, object: Value) -> PyResult {
        crate::types::generic_alias::new(th, class, object)
    }
}

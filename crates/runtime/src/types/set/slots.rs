//! The types `set` and `frozenset`, their operators, and the iterator.

use super::{Set, algebra, free_table, methods, release_elements};
use crate::prelude::*;
use std::cell::Cell;
use whipsnake_object::PageKind;

builtin_type! {
    /// `set`.
    pub static SET_TYPE = "PySet_Type" => TypeSpec {
        name: "set",
        base: Some(&statics::OBJECT_TYPE),
        basicsize: size_of::<Set>(),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::MATCH_SELF | flags::WEAKREFABLE,
        doc: "set(iterable=(), /)\n--\n\nAn unordered collection of distinct elements.",
        slots: Slots {
            new: Some(new_set),
            init: Some(init_set),
            hash: Some(object::hash_not_implemented),
            nb_inplace_subtract: Some(|th, a, b| inplace(th, a, b, algebra::difference_update)),
            nb_inplace_and: Some(|th, a, b| inplace(th, a, b, algebra::intersection_update)),
            nb_inplace_xor: Some(|th, a, b| inplace(th, a, b, algebra::symmetric_difference_update)),
            nb_inplace_or: Some(|th, a, b| inplace(th, a, b, algebra::update)),
            ..SHARED
        },
        methods: methods::set_methods::METHODS,
        ..TypeSpec::DEFAULT
    }
}

builtin_type! {
    /// `frozenset`.
    pub static FROZENSET_TYPE = "PyFrozenSet_Type" => TypeSpec {
        name: "frozenset",
        base: Some(&statics::OBJECT_TYPE),
        basicsize: size_of::<Set>(),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::MATCH_SELF | flags::WEAKREFABLE,
        doc: "frozenset(iterable=(), /)\n--\n\nAn unordered collection of distinct elements that never changes.",
        slots: Slots { new: Some(new_frozenset), hash: Some(hash), ..SHARED },
        methods: methods::frozenset_methods::METHODS,
        ..TypeSpec::DEFAULT
    }
}

const SHARED: Slots = Slots {
    dealloc: Some(dealloc),
    traverse: Some(traverse),
    clear: Some(clear),
    repr: Some(repr),
    richcompare: Some(richcompare),
    iter: Some(iter),
    nb_subtract: Some(|th, a, b| binary(th, a, b, algebra::difference)),
    nb_and: Some(|th, a, b| binary(th, a, b, algebra::intersection)),
    nb_xor: Some(|th, a, b| binary(th, a, b, algebra::symmetric_difference)),
    nb_or: Some(|th, a, b| binary(th, a, b, union)),
    sq_length: Some(|_, this| Ok(Set::of(this).len() as isize)),
    sq_contains: Some(contains),
    ..Slots::EMPTY
};

unsafe fn dealloc(th: &Thread, object: *mut Header) {
    // SAFETY: I3, the set is dead.
    unsafe {
        let set = &*(object as *const Set);
        if set.has_pointers.get() {
            release_elements(set.table.get(), set.mask.get());
        }
        free_table(th, set.table.get(), set.table_bytes());
        let ty = Value::from_ptr(object).ty();
        if std::ptr::eq(ty, &SET_TYPE) || std::ptr::eq(ty, &FROZENSET_TYPE) {
            th.interp.heap.free(object.cast(), size_of::<Set>(), PageKind::Cyclic);
            return;
        }
        crate::dealloc::free_memory(th, object, ty);
    }
}

unsafe fn traverse(object: *mut Header, visitor: &mut Visitor) {
    // SAFETY: I4, called for sets.
    let set = unsafe { &*(object as *const Set) };
    if !set.has_pointers.get() {
        return;
    }
    let mut pos = 0;
    while let Some((key, _)) = set.entry_at(&mut pos) {
        visitor.value(key);
    }
}

unsafe fn clear(th: &Thread, object: *mut Header) {
    // SAFETY: I4, called for sets.
    unsafe { (*(object as *const Set)).clear(th) }
}

fn new_set(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    Set::new_as(th, ty)
}

fn init_set(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    args.expect(th, "set", 0, 1)?;
    let set = Set::of(this);
    if !set.is_empty() {
        set.clear(th);
    }
    match args.get(0) {
        Some(items) => algebra::update(th, this, items),
        None => Ok(()),
    }
}

fn new_frozenset(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let exact = std::ptr::eq(ty, &FROZENSET_TYPE);
    // A subclass with its own `__init__` may take what it likes.
    let init = |ty: &Type| ty.slots().init.map(|init| init as usize);
    if exact || init(ty) == init(&FROZENSET_TYPE) {
        args.expect(th, "frozenset", 0, 1)?;
    } else if args.len() > 1 {
        return err!(th, TYPE_ERROR, "frozenset expected at most 1 argument, got {}", args.len());
    }
    match args.get(0) {
        Some(items) if exact && items.is_exact(&FROZENSET_TYPE) => Ok(items.own()),
        items => algebra::from_iterable(th, ty, items),
    }
}

fn repr(th: &Thread, this: Value) -> PyResult {
    let set = Set::of(this);
    let name = this.ty().name();
    if set.is_empty() {
        return th.str(&format!("{name}()"));
    }
    let text = th.repr_guard(this, || {
        let mut items = Vec::with_capacity(set.len());
        let mut pos = 0;
        while let Some((key, _)) = set.entry_at(&mut pos) {
            items.push(key.own());
        }
        let plain = this.is_exact(&SET_TYPE);
        let mut buf = whipsnake_text::Builder::new();
        if !plain {
            buf.push_str(name);
            buf.push_str("(");
        }
        buf.push_str("{");
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                buf.push_str(", ");
            }
            object::push_repr(th, &mut buf, item.value())?;
        }
        buf.push_str(if plain { "}" } else { "})" });
        crate::types::str::from_buf(th, buf.finish())
    })?;
    text.map_or_else(|| th.str(&format!("{name}(...)")), Ok)
}

fn hash(_: &Thread, this: Value) -> PyResult<i64> {
    let set = Set::of(this);
    if set.hash.get() == -1 {
        set.hash.set(set.compute_hash());
    }
    Ok(set.hash.get())
}

fn richcompare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (Set::of_any(a), Set::of_any(b)) else { return Ok(Obj::not_implemented()) };
    let holds = match op {
        CompareOp::Eq => equal(th, left, right)?,
        CompareOp::Ne => !equal(th, left, right)?,
        CompareOp::Le => algebra::is_subset(th, left, right)?,
        CompareOp::Ge => algebra::is_subset(th, right, left)?,
        CompareOp::Lt => left.len() < right.len() && algebra::is_subset(th, left, right)?,
        CompareOp::Gt => left.len() > right.len() && algebra::is_subset(th, right, left)?,
    };
    Ok(Obj::bool(holds))
}

fn equal(th: &Thread, a: &Set, b: &Set) -> PyResult<bool> {
    if a.len() != b.len() || (a.hash.get() != -1 && b.hash.get() != -1 && a.hash.get() != b.hash.get()) {
        return Ok(false);
    }
    algebra::is_subset(th, a, b)
}

fn contains(th: &Thread, this: Value, key: Value) -> PyResult<bool> {
    with_set_key(th, key, |key| Set::of(this).contains(th, key))
}

/// Runs a lookup; when `key` is an unhashable set, a frozenset with its elements is looked for instead.
pub(super) fn with_set_key(th: &Thread, key: Value, lookup: impl Fn(Value) -> PyResult<bool>) -> PyResult<bool> {
    match lookup(key) {
        Err(_) if key.is_instance(&SET_TYPE) && th.exception_matches(&statics::TYPE_ERROR) => {
            drop(th.take_exception());
            let frozen = algebra::from_iterable(th, &FROZENSET_TYPE, Some(key))?;
            lookup(frozen.value())
        }
        result => result,
    }
}

fn binary(th: &Thread, a: Value, b: Value, operation: fn(&Thread, Value, Value) -> PyResult) -> PyResult {
    if Set::of_any(a).is_none() || Set::of_any(b).is_none() {
        return Ok(Obj::not_implemented());
    }
    operation(th, a, b)
}

fn union(th: &Thread, a: Value, b: Value) -> PyResult {
    let result = algebra::copy(th, a)?;
    algebra::update(th, result.value(), b)?;
    Ok(result)
}

fn inplace(th: &Thread, a: Value, b: Value, operation: fn(&Thread, Value, Value) -> PyResult<()>) -> PyResult {
    if Set::of_any(b).is_none() {
        return Ok(Obj::not_implemented());
    }
    operation(th, a, b)?;
    Ok(a.own())
}

// ---- iteration

/// A position in a set. The set is dropped at the end.
struct SetIterator {
    set: ObjCell,
    pos: Cell<usize>,
    /// The set's length when the iteration began; `usize::MAX` after a change was found.
    expected: Cell<usize>,
    left: Cell<usize>,
}

impl Payload for SetIterator {
    #[inline(always)]
    fn ty() -> &'static Type {
        &SET_ITERATOR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.set);
    }
}

builtin_type! {
    pub static SET_ITERATOR_TYPE = TypeSpec {
        name: "set_iterator",
        base: Some(&statics::OBJECT_TYPE),
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(next),
            ..Instance::<SetIterator>::SLOTS
        },
        methods: iterator_methods::METHODS,
        ..Instance::<SetIterator>::SPEC
    }
}

fn iter(th: &Thread, this: Value) -> PyResult {
    let len = Set::of(this).len();
    Instance::create(
        th,
        SetIterator {
            set: ObjCell::new(this.own()),
            pos: Cell::new(0),
            expected: Cell::new(len),
            left: Cell::new(len),
        },
    )
}

fn next(th: &Thread, this: Value) -> PyResult<Option<Obj>> {
    // SAFETY: I4, the slot belongs to this type.
    let walk = unsafe { &this.cast_unchecked::<Instance<SetIterator>>().payload };
    let Some(set) = walk.set.peek() else { return Ok(None) };
    let set = Set::of(set);
    if set.len() != walk.expected.get() {
        walk.expected.set(usize::MAX);
        return err!(th, RUNTIME_ERROR, "Set changed size during iteration");
    }
    let mut pos = walk.pos.get();
    match set.entry_at(&mut pos) {
        Some((key, _)) => {
            walk.pos.set(pos);
            walk.left.set(walk.left.get().saturating_sub(1));
            Ok(Some(key.own()))
        }
        None => {
            walk.set.set(None);
            Ok(None)
        }
    }
}

#[pymethods]
mod iterator_methods {
    use super::*;

    /// Items left, as far as is known.
    #[method("__length_hint__()")]
    fn length_hint(_: &Thread, this: &Instance<SetIterator>) -> usize {
        match this.set.peek() {
            Some(set) if Set::of(set).len() == this.expected.get() => this.left.get(),
            _ => 0,
        }
    }

    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: &Instance<SetIterator>) -> PyResult {
        let mut items = Vec::new();
        if let Some(set) = this.set.get() {
            let set = Set::of(set.value());
            if set.len() != this.expected.get() {
                return err!(th, RUNTIME_ERROR, "Set changed size during iteration");
            }
            let mut pos = this.pos.get();
            while let Some((key, _)) = set.entry_at(&mut pos) {
                items.push(key.own());
            }
        }
        let rest = th.list(items)?;
        let iter = crate::types::str::builtin(th, "iter")?;
        let args = th.tuple_from(vec![rest])?;
        th.tuple_from(vec![iter, args])
    }
}

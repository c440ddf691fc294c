//! `tuple`.

use crate::prelude::*;
use crate::typeobj::SlotId;
use crate::types::list::List;
use std::cell::Cell;
use whipsnake_layout::objects::TupleObject;
use whipsnake_object::PageKind;

/// A tuple object.
#[repr(transparent)]
pub struct Tuple(TupleObject);

// SAFETY: I4, `repr(transparent)` over the tuple layout.
unsafe impl Layout for Tuple {
    #[inline(always)]
    fn ty() -> &'static Type {
        &TUPLE_TYPE
    }
}

/// The empty tuple.
#[repr(C, align(16))]
struct EmptyTuple(TupleObject);
// SAFETY: I6, touched only under the interpreter's lock; immortal.
unsafe impl Sync for EmptyTuple {}
static EMPTY: EmptyTuple = EmptyTuple(TupleObject {
    head: VarHeader { head: Header::immortal(&raw const TUPLE_TYPE as *const _), size: Cell::new(0) },
    hash: Cell::new(-1),
    items: [],
});

const ITEMS: usize = std::mem::offset_of!(TupleObject, items);

impl Tuple {
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.0.head.size.get() as usize
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The items. Tuples never change once they are seen by Python code.
    #[inline(always)]
    pub fn as_slice(&self) -> &[Value] {
        // SAFETY: I8, a tuple's items are initialised; a `Cell<Value>` has the layout of a `Value`.
        unsafe { std::slice::from_raw_parts(self.0.items.as_ptr().cast(), self.len()) }
    }
    /// An owned item.
    #[inline]
    pub fn get(&self, i: usize) -> Option<Obj> {
        self.as_slice().get(i).map(|v| v.own())
    }
    pub fn value(&self) -> Value {
        // SAFETY: I1, a reference to a live object.
        unsafe { Value::from_ptr(self) }
    }
}

/// The tuple `v` is, if it compares as plain tuples do: instances of subclasses that leave the comparison alone, such as
/// named tuples, are among them.
#[inline]
pub(crate) fn compared_as_tuple<'a>(v: Value) -> Option<&'a Tuple> {
    if !v.is_pointer() {
        return None;
    }
    let ty = v.ty();
    let inherits = || {
        let compare = |ty: &Type| ty.slots().richcompare.map(|f| f as usize);
        ty.has_flag(flags::TUPLE_SUBCLASS) && compare(ty) == compare(&TUPLE_TYPE)
    };
    // SAFETY: I4, the type was checked.
    (std::ptr::eq(ty, &TUPLE_TYPE) || inherits()).then(|| unsafe { v.cast_unchecked() })
}

/// The empty tuple.
pub fn empty() -> Value {
    // SAFETY: I1, an immortal static.
    unsafe { Value::from_ptr(&raw const EMPTY) }
}

/// A tuple of type `ty` (or a subclass) from owned items.
fn build(th: &Thread, ty: &'static Type, items: impl ExactSizeIterator<Item = Obj>) -> PyResult {
    let len = items.len();
    let extra = if ty.core.dictoffset.get() < 0 { 8 } else { 0 };
    let size = (len.checked_mul(8)).and_then(|n| n.checked_add(ITEMS + extra)).ok_or_else(|| th.memory_error())?;
    let object = th.allocate(ty, size)? as *mut TupleObject;
    // SAFETY: I8, fresh memory with room for the items; all are written before anything can look.
    unsafe {
        (&raw mut (*object).head.size).write(Cell::new(len as isize));
        (&raw mut (*object).hash).write(Cell::new(-1));
        let first = (&raw mut (*object).items).cast::<Value>();
        for (i, item) in items.enumerate() {
            first.add(i).write(item.into_value());
        }
        if extra != 0 {
            first.add(len).cast::<u64>().write(0);
        }
        Ok(Obj::steal(Value::from_ptr(object)))
    }
}

impl Thread {
    /// A tuple of these values.
    ///
    /// # Errors
    /// MemoryError.
    #[inline]
    pub fn tuple(&self, items: &[Value]) -> PyResult {
        if items.is_empty() {
            return Ok(empty().own());
        }
        build(self, &TUPLE_TYPE, items.iter().map(|v| v.own()))
    }
    /// A tuple that takes over these values.
    ///
    /// # Errors
    /// MemoryError.
    #[inline]
    pub fn tuple_from(&self, items: Vec<Obj>) -> PyResult {
        if items.is_empty() {
            return Ok(empty().own());
        }
        build(self, &TUPLE_TYPE, items.into_iter())
    }
    /// A tuple of the values in stack slots.
    ///
    /// # Errors
    /// MemoryError.
    #[inline]
    pub fn tuple_from_slots(&self, items: &[Slot]) -> PyResult {
        if items.is_empty() {
            return Ok(empty().own());
        }
        build(self, &TUPLE_TYPE, items.iter().map(|slot| slot.value().own()))
    }
    /// As [`Thread::tuple_from_slots`]; what the slots own moves into the tuple.
    ///
    /// # Errors
    /// MemoryError; nothing has moved then.
    #[inline]
    pub fn tuple_from_stack(&self, items: &[Slot]) -> PyResult {
        if items.is_empty() {
            return Ok(empty().own());
        }
        let owned = |slot: &Slot| match slot.is_borrowed_pointer() {
            true => slot.value().own(),
            false => Obj::steal(slot.value()),
        };
        build(self, &TUPLE_TYPE, items.iter().map(owned))
    }
}

unsafe fn dealloc(th: &Thread, object: *mut Header) {
    // SAFETY: I3, the tuple is dead; every item is released once.
    unsafe {
        let ty = Value::from_ptr(object).ty();
        let tuple = &*(object as *const Tuple);
        for v in tuple.as_slice() {
            release(*v);
        }
        if std::ptr::eq(ty, &TUPLE_TYPE) {
            th.interp.heap.free(object.cast(), ITEMS + tuple.len() * 8, PageKind::Cyclic);
            return;
        }
        crate::dealloc::free_memory(th, object, ty);
    }
}

unsafe fn traverse(object: *mut Header, visitor: &mut Visitor) {
    // SAFETY: I4, called for tuples.
    for v in unsafe { &*(object as *const Tuple) }.as_slice() {
        visitor.value(*v);
    }
}

fn this<'a>(v: Value) -> &'a Tuple {
    // SAFETY: I4, slots are called with instances of their type.
    unsafe { v.cast_unchecked() }
}

fn repr(th: &Thread, v: Value) -> PyResult {
    let tuple = this(v);
    if tuple.is_empty() {
        return th.str("()");
    }
    let text = th.repr_guard(v, || {
        let mut buf = whipsnake_text::Builder::new();
        for (i, item) in tuple.as_slice().iter().enumerate() {
            buf.push_ascii(if i == 0 { b"(" } else { b", " });
            object::push_repr(th, &mut buf, *item)?;
        }
        buf.push_ascii(if tuple.len() == 1 { b",)" } else { b")" });
        crate::types::str::from_buf(th, buf.finish())
    })?;
    text.map_or_else(|| th.str("(...)"), Ok)
}

/// A tuple that is iterated over as tuples are, whatever its class.
#[inline]
pub fn plainly_iterable<'a>(v: Value) -> Option<&'a Tuple> {
    let same = v.ty().slots().raw(SlotId::iter) == TUPLE_TYPE.slots().raw(SlotId::iter);
    v.cast::<Tuple>().filter(|_| same)
}

/// The hash of an item; what tuples remember and common kinds have at hand costs no call.
#[inline]
fn hash_item(th: &Thread, item: Value) -> PyResult<i64> {
    if let Some(tuple) = item.exact::<Tuple>() {
        let known = tuple.0.hash.get();
        if known != -1 {
            return Ok(known);
        }
    }
    crate::types::dict::hash_key(th, item)
}

/// xxHash-like mixing, as CPython's tuples use: equal tuples of equal hashes hash alike.
fn hash(th: &Thread, v: Value) -> PyResult<i64> {
    const PRIME_1: u64 = 11400714785074694791;
    const PRIME_2: u64 = 14029467366897019727;
    const PRIME_5: u64 = 2870177450012600261;
    let tuple = this(v);
    if tuple.0.hash.get() != -1 {
        return Ok(tuple.0.hash.get());
    }
    th.check_native_stack(" while hashing a tuple")?;
    let mut acc = PRIME_5;
    for item in tuple.as_slice() {
        let lane = hash_item(th, *item)? as u64;
        acc = acc.wrapping_add(lane.wrapping_mul(PRIME_2)).rotate_left(31).wrapping_mul(PRIME_1);
    }
    acc = acc.wrapping_add(tuple.len() as u64 ^ (PRIME_5 ^ 3527539));
    let result = if acc == u64::MAX { 1546275796 } else { acc as i64 };
    tuple.0.hash.set(result);
    Ok(result)
}

fn richcompare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.cast::<Tuple>(), b.cast::<Tuple>()) else { return Ok(Obj::not_implemented()) };
    th.check_native_stack(" in comparison")?;
    for (p, q) in x.as_slice().iter().zip(y.as_slice()) {
        if !compare::eq(th, *p, *q)? {
            return match op {
                CompareOp::Eq => Ok(Obj::bool(false)),
                CompareOp::Ne => Ok(Obj::bool(true)),
                _ => compare::rich(th, *p, *q, op),
            };
        }
    }
    Ok(Obj::bool(op.holds(x.len().cmp(&y.len()))))
}

fn length(_: &Thread, v: Value) -> PyResult<isize> {
    Ok(this(v).len() as isize)
}

fn item(th: &Thread, v: Value, i: isize) -> PyResult {
    match usize::try_from(i).ok().and_then(|i| this(v).get(i)) {
        Some(item) => Ok(item),
        None => err!(th, INDEX_ERROR, "tuple index out of range"),
    }
}

fn subscript(th: &Thread, v: Value, key: Value) -> PyResult {
    let tuple = this(v);
    if let Some(i) = key.as_small_int() {
        let i = if i < 0 { i + tuple.len() as i64 } else { i };
        return item(th, v, i as isize);
    }
    if let Some(slice) = key.cast::<crate::types::slice::Slice>() {
        let (start, _, step, count) = crate::types::slice::indices(th, slice, tuple.len())?;
        if count == tuple.len() && step == 1 && v.is_exact(&TUPLE_TYPE) {
            return Ok(v.own());
        }
        let items = tuple.as_slice();
        if step == 1 {
            return th.tuple(&items[start as usize..start as usize + count]);
        }
        if count == 0 {
            return Ok(empty().own());
        }
        return build(th, &TUPLE_TYPE, (0..count).map(|n| items[(start + n as isize * step) as usize].own()));
    }
    if !number::has_index(key) {
        return err!(th, TYPE_ERROR, "tuple indices must be integers or slices, not {}", key.ty().name());
    }
    let i = number::as_index(th, key, &statics::INDEX_ERROR)?;
    item(th, v, if i < 0 { i + tuple.len() as isize } else { i })
}

fn concat(th: &Thread, a: Value, b: Value) -> PyResult {
    let Some(y) = b.cast::<Tuple>() else {
        return err!(th, TYPE_ERROR, "can only concatenate tuple (not \"{}\") to tuple", b.ty().name());
    };
    let x = this(a);
    if x.is_empty() && b.is_exact(&TUPLE_TYPE) {
        return Ok(b.own());
    }
    if y.is_empty() && a.is_exact(&TUPLE_TYPE) {
        return Ok(a.own());
    }
    let len = x.len() + y.len();
    if len == 0 {
        return Ok(empty().own());
    }
    let items = |i: usize| if i < x.len() { x.as_slice()[i] } else { y.as_slice()[i - x.len()] };
    build(th, &TUPLE_TYPE, (0..len).map(|i| items(i).own()))
}

fn repeat(th: &Thread, v: Value, n: isize) -> PyResult {
    let tuple = this(v);
    let n = n.max(0) as usize;
    if n == 1 && v.is_exact(&TUPLE_TYPE) {
        return Ok(v.own());
    }
    let total = tuple.len().checked_mul(n).filter(|t| *t <= isize::MAX as usize / 16);
    let Some(total) = total else { return Err(th.memory_error()) };
    let mut items = Vec::new();
    if items.try_reserve_exact(total).is_err() {
        return Err(th.memory_error());
    }
    for _ in 0..n {
        items.extend_from_slice(tuple.as_slice());
    }
    th.tuple(&items)
}

fn contains(th: &Thread, v: Value, wanted: Value) -> PyResult<bool> {
    for item in this(v).as_slice() {
        if compare::eq(th, *item, wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn iterate(th: &Thread, v: Value) -> PyResult {
    crate::types::iterators::tuple_iterator(th, v)
}

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    if std::ptr::eq(ty, &TUPLE_TYPE)
        || ty.slots().init.map(|f| f as usize) == TUPLE_TYPE.slots().init.map(|f| f as usize)
    {
        args.no_keywords(th, "tuple")?;
    }
    if args.len() > 1 {
        return err!(th, TYPE_ERROR, "tuple expected at most 1 argument, got {}", args.len());
    }
    let Some(source) = args.get(0) else {
        return if std::ptr::eq(ty, &TUPLE_TYPE) { Ok(empty().own()) } else { build(th, ty, std::iter::empty()) };
    };
    if std::ptr::eq(ty, &TUPLE_TYPE) && source.is_exact(&TUPLE_TYPE) {
        return Ok(source.own());
    }
    if !std::ptr::eq(ty, &TUPLE_TYPE) {
        return build(th, ty, iter::to_vec(th, source)?.into_iter());
    }
    match source.exact::<List>() {
        Some(list) => th.tuple(list.as_slice()),
        None => collect(th, source),
    }
}

/// Items that [`collect`] keeps on the native stack.
const FEW: usize = 16;

/// Some owned items.
struct Few {
    items: [Slot; FEW],
    len: usize,
}

impl Few {
    fn take(&mut self) -> impl ExactSizeIterator<Item = Obj> {
        let len = std::mem::take(&mut self.len);
        self.items[..len].iter().map(|slot| Obj::steal(slot.value()))
    }
}

impl Drop for Few {
    fn drop(&mut self) {
        self.take().for_each(drop);
    }
}

/// A tuple of what an iterable yields.
fn collect(th: &Thread, source: Value) -> PyResult {
    let mut rest = iter::Items::of(th, source)?;
    let hint = iter::length_hint(th, source, 8)?;
    if hint > FEW as isize {
        return th.tuple_from(iter::collect(th, rest, hint)?);
    }
    let mut few = Few { items: [Slot::NULL; FEW], len: 0 };
    while let Some(item) = rest.next(th)? {
        if few.len == FEW {
            let mut items = Vec::with_capacity(4 * FEW);
            items.extend(few.take());
            items.push(item);
            iter::collect_rest(th, &mut rest, &mut items)?;
            return th.tuple_from(items);
        }
        few.items[few.len] = item.into_slot();
        few.len += 1;
    }
    if few.len == 0 {
        return Ok(empty().own());
    }
    // Nothing has moved when there is no memory for the tuple.
    let made = build(th, &TUPLE_TYPE, few.items[..few.len].iter().map(|slot| Obj::steal(slot.value())))?;
    few.len = 0;
    Ok(made)
}

/// A tuple of a subclass (struct sequences, named tuples made natively).
///
/// # Errors
/// MemoryError.
pub fn new_as(th: &Thread, ty: &'static Type, items: Vec<Obj>) -> PyResult {
    build(th, ty, items.into_iter())
}

#[pymethods]
mod methods {
    use super::*;
    /// How often value occurs.
    #[method("count(value, /)")]
    fn count(th: &Thread, this: &Tuple, value: Value) -> PyResult<usize> {
        let mut n = 0;
        for item in this.as_slice() {
            n += compare::eq(th, *item, value)? as usize;
        }
        Ok(n)
    }
    /// The first index of value. Raises ValueError if it is not there.
    #[method("index(value, start=0, stop=sys.maxsize, /)")]
    fn index(th: &Thread, this: &Tuple, value: Value, start: Option<Value>, stop: Option<Value>) -> PyResult<usize> {
        let (start, stop) = sequence::clamp_range(th, start, stop, this.len())?;
        for i in start..stop.min(this.len()) {
            let item = this.as_slice()[i];
            if compare::eq(th, item, value)? {
                return Ok(i);
            }
        }
        err!(th, VALUE_ERROR, "tuple.index(x): x not in tuple")
    }
    #[method("__getnewargs__()")]
    fn getnewargs(th: &Thread, this: &Tuple) -> PyResult {
        let copy = th.tuple(this.as_slice())?;
        th.tuple(&[copy.value()])
    }
    /// See PEP 585.
    #[classmethod("__class_getitem__(item, /)")]
    fn class_getitem(th: &Thread, cls: Value, item: Value) -> PyResult {
        crate::types::generic_alias::new(th, cls, item)
    }
}

builtin_type! {
    /// `tuple`.
    pub static TUPLE_TYPE = "PyTuple_Type" => TypeSpec {
        name: "tuple",
        base: Some(&crate::types::object::OBJECT_TYPE),
        basicsize: ITEMS,
        itemsize: 8,
        flags: flags::HAVE_GC | flags::BASETYPE | flags::TUPLE_SUBCLASS | flags::SEQUENCE | flags::MATCH_SELF,
        doc: "Built-in immutable sequence.\n\nIf no argument is given, the constructor returns an empty tuple.\nIf iterable is specified the tuple is initialized from iterable's items.\n\nIf the argument is a tuple, the return value is the same object.",
        slots: Slots {
            dealloc: Some(dealloc),
            traverse: Some(traverse),
            repr: Some(repr),
            hash: Some(hash),
            richcompare: Some(richcompare),
            iter: Some(iterate),
            sq_length: Some(length),
            sq_item: Some(item),
            sq_concat: Some(concat),
            sq_repeat: Some(repeat),
            sq_contains: Some(contains),
            mp_length: Some(length),
            mp_subscript: Some(subscript),
            new: Some(construct),
            ..Slots::EMPTY
        },
        methods: methods::METHODS,
        ..TypeSpec::DEFAULT
    }
}

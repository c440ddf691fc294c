//! `collections.deque` and its iterators.
//!
//! **Invariant:** the items are borrowed only between calls that can run Python code; removed items are released after
//! the borrow. `state` counts changes, so that loops notice them.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::generic_alias;
use whipsnake_runtime::types::instance;

use crate::payload;

/// `collections.deque`.
pub struct Deque {
    items: RefCell<VecDeque<Obj>>,
    maxlen: Cell<Option<usize>>,
    state: Cell<u64>,
}

impl Payload for Deque {
    #[inline(always)]
    fn ty() -> &'static Type {
        &DEQUE_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        if let Ok(items) = self.items.try_borrow() {
            for item in items.iter() {
                visitor.obj(item);
            }
        }
    }
    fn clear(&self) {
        self.take_all();
    }
}

builtin_type! {
    /// `collections.deque`.
    pub static DEQUE_TYPE = TypeSpec {
        name: "collections.deque",
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE | flags::SEQUENCE,
        slots: Slots {
            new: Some(construct),
            init: Some(init),
            repr: Some(repr),
            hash: Some(object::hash_not_implemented),
            richcompare: Some(richcompare),
            iter: Some(iterate),
            sq_length: Some(length),
            sq_concat: Some(concat),
            sq_repeat: Some(repeat),
            sq_item: Some(item),
            sq_ass_item: Some(set_item),
            sq_contains: Some(contains),
            sq_inplace_concat: Some(inplace_concat),
            sq_inplace_repeat: Some(inplace_repeat),
            ..Instance::<Deque>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        doc: "deque([iterable[, maxlen]])\n--\n\nA list-like sequence with fast access to both ends.",
        ..Instance::<Deque>::SPEC
    }
}

/// An iterator in either direction.
pub struct DequeIterator<const BACKWARDS: bool> {
    deque: ObjCell,
    index: Cell<usize>,
    state: u64,
}

impl<const BACKWARDS: bool> Payload for DequeIterator<BACKWARDS> {
    #[inline(always)]
    fn ty() -> &'static Type {
        if BACKWARDS { &DEQUE_REVERSE_ITERATOR_TYPE } else { &DEQUE_ITERATOR_TYPE }
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.deque);
    }
}

builtin_type! {
    /// The iterator of a deque.
    pub static DEQUE_ITERATOR_TYPE = TypeSpec {
        name: "_collections._deque_iterator",
        slots: Slots {
            new: Some(new_iterator::<false>),
            iter: Some(iter::self_iter),
            iternext: Some(next::<false>),
            ..Instance::<DequeIterator<false>>::SLOTS
        },
        methods: iterator_methods::METHODS,
        ..Instance::<DequeIterator<false>>::SPEC
    }
}
builtin_type! {
    /// The iterator of a deque, last item first.
    pub static DEQUE_REVERSE_ITERATOR_TYPE = TypeSpec {
        name: "_collections._deque_reverse_iterator",
        slots: Slots {
            new: Some(new_iterator::<true>),
            iter: Some(iter::self_iter),
            iternext: Some(next::<true>),
            ..Instance::<DequeIterator<true>>::SLOTS
        },
        methods: reverse_iterator_methods::METHODS,
        ..Instance::<DequeIterator<true>>::SPEC
    }
}

impl Deque {
    fn of<'a>(v: Value) -> Option<&'a Deque> {
        v.cast::<Instance<Deque>>().map(|instance| &instance.payload)
    }
    fn len(&self) -> usize {
        self.items.borrow().len()
    }
    fn get(&self, i: usize) -> Option<Obj> {
        self.items.borrow().get(i).cloned()
    }
    fn changed(&self) {
        self.state.set(self.state.get() + 1);
    }
    fn take_all(&self) {
        let Ok(mut items) = self.items.try_borrow_mut() else { return };
        let old = std::mem::take(&mut *items);
        drop(items);
        self.changed();
        drop(old);
    }
    fn push_back(&self, item: Obj) {
        let mut items = self.items.borrow_mut();
        items.push_back(item);
        let removed = if self.maxlen.get().is_some_and(|max| items.len() > max) { items.pop_front() } else { None };
        drop(items);
        self.changed();
        drop(removed);
    }
    fn push_front(&self, item: Obj) {
        let mut items = self.items.borrow_mut();
        items.push_front(item);
        let removed = if self.maxlen.get().is_some_and(|max| items.len() > max) { items.pop_back() } else { None };
        drop(items);
        self.changed();
        drop(removed);
    }
    fn snapshot(&self) -> Vec<Obj> {
        self.items.borrow().iter().cloned().collect()
    }
    fn extend(&self, th: &Thread, this: Value, iterable: Value, front: bool) -> PyResult<()> {
        if iterable.same(this) {
            for item in self.snapshot() {
                if front { self.push_front(item) } else { self.push_back(item) }
            }
            return Ok(());
        }
        let iterator = iter::get_iter(th, iterable)?;
        while let Some(item) = iter::next(th, iterator.value())? {
            if front { self.push_front(item) } else { self.push_back(item) }
        }
        Ok(())
    }
    fn mutated(th: &Thread) -> Raised {
        th.runtime_error("deque mutated during iteration")
    }
    /// The position of the first equal item in a range.
    fn position(&self, th: &Thread, wanted: Value, start: usize, stop: usize) -> PyResult<Option<usize>> {
        let state = self.state.get();
        for i in start..stop {
            let Some(item) = self.get(i) else { break };
            let found = item.value().is(wanted) || compare::eq(th, item.value(), wanted)?;
            if found {
                return Ok(Some(i));
            }
            if self.state.get() != state {
                return Err(Deque::mutated(th));
            }
        }
        Ok(None)
    }
    fn rotate(&self, by: isize) {
        let mut items = self.items.borrow_mut();
        let len = items.len();
        if len > 1 {
            let by = by.rem_euclid(len as isize) as usize;
            items.rotate_right(by);
            drop(items);
            self.changed();
        }
    }
}

fn empty(th: &Thread, ty: &'static Type, maxlen: Option<usize>) -> PyResult {
    Instance::create_as(th, ty, Deque { items: RefCell::default(), maxlen: Cell::new(maxlen), state: Cell::new(0) })
}

fn construct(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    empty(th, ty, None)
}

fn init(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    static PARAMS: whipsnake_runtime::args::Params = whipsnake_runtime::args::Params {
        function: "deque",
        names: &["iterable", "maxlen"],
        positional_only: 0,
        positional: 2,
        required: &[false, false],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None; 2];
    PARAMS.bind(th, args, &mut bound)?;
    let deque = payload::<Deque>(th, this)?;
    let maxlen = match bound[1].filter(|v| !v.is_none()) {
        None => None,
        Some(v) if !v.is_instance(&statics::INT_TYPE) => return err!(th, TYPE_ERROR, "an integer is required"),
        Some(v) => match usize::try_from(number::as_isize(th, v)?) {
            Ok(n) => Some(n),
            Err(_) => return err!(th, VALUE_ERROR, "maxlen must be non-negative"),
        },
    };
    deque.maxlen.set(maxlen);
    deque.take_all();
    match bound[0] {
        Some(iterable) => deque.extend(th, this, iterable, false),
        None => Ok(()),
    }
}

/// A deque of the same class and limit with the same items.
fn copy_of(th: &Thread, this: Value) -> PyResult {
    let deque = payload::<Deque>(th, this)?;
    if this.is_exact(&DEQUE_TYPE) {
        let copy = empty(th, &DEQUE_TYPE, deque.maxlen.get())?;
        if let Some(target) = Deque::of(copy.value()) {
            target.items.borrow_mut().extend(deque.snapshot());
        }
        return Ok(copy);
    }
    let class = this.ty().value();
    match deque.maxlen.get() {
        None => call::call1(th, class, this),
        Some(max) => call::call2(th, class, this, th.uint(max as u64)?.value()),
    }
}

fn repr(th: &Thread, this: Value) -> PyResult {
    let deque = payload::<Deque>(th, this)?;
    let text = th.repr_guard(this, || {
        let list = th.list(deque.snapshot())?;
        object::repr(th, list.value())
    })?;
    let shown = match text {
        Some(text) => whipsnake_runtime::types::str::to_rust_string(text.value()),
        None => return th.str("[...]"),
    };
    let name = this.ty().short_name();
    match deque.maxlen.get() {
        None => th.str(&format!("{name}({shown})")),
        Some(max) => th.str(&format!("{name}({shown}, maxlen={max})")),
    }
}

fn richcompare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (Deque::of(a), Deque::of(b)) else { return Ok(Obj::not_implemented()) };
    if a.same(b) && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Obj::bool(op == CompareOp::Eq));
    }
    if x.len() != y.len() && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Obj::bool(op == CompareOp::Ne));
    }
    let (left_state, right_state) = (x.state.get(), y.state.get());
    let mut i = 0;
    loop {
        let (Some(left), Some(right)) = (x.get(i), y.get(i)) else { break };
        if !left.value().is(right.value()) && !compare::eq(th, left.value(), right.value())? {
            return match op {
                CompareOp::Eq => Ok(Obj::bool(false)),
                CompareOp::Ne => Ok(Obj::bool(true)),
                _ => compare::rich(th, left.value(), right.value(), op),
            };
        }
        if x.state.get() != left_state || y.state.get() != right_state {
            return Err(Deque::mutated(th));
        }
        i += 1;
    }
    Ok(Obj::bool(op.holds(x.len().cmp(&y.len()))))
}

fn length(th: &Thread, this: Value) -> PyResult<isize> {
    Ok(payload::<Deque>(th, this)?.len() as isize)
}

fn item(th: &Thread, this: Value, i: isize) -> PyResult {
    let deque = payload::<Deque>(th, this)?;
    usize::try_from(i).ok().and_then(|i| deque.get(i)).ok_or_else(|| th.index_error("deque index out of range"))
}

fn set_item(th: &Thread, this: Value, i: isize, value: Option<Value>) -> PyResult<()> {
    let deque = payload::<Deque>(th, this)?;
    let Some(at) = usize::try_from(i).ok().filter(|i| *i < deque.len()) else {
        return err!(th, INDEX_ERROR, "deque index out of range");
    };
    let old = match value {
        Some(value) => deque.items.borrow_mut().get_mut(at).map(|place| std::mem::replace(place, value.own())),
        None => {
            deque.changed();
            deque.items.borrow_mut().remove(at)
        }
    };
    drop(old);
    Ok(())
}

fn contains(th: &Thread, this: Value, wanted: Value) -> PyResult<bool> {
    let deque = payload::<Deque>(th, this)?;
    Ok(deque.position(th, wanted, 0, deque.len())?.is_some())
}

fn concat(th: &Thread, a: Value, b: Value) -> PyResult {
    if Deque::of(b).is_none() {
        return err!(th, TYPE_ERROR, "can only concatenate deque (not \"{}\") to deque", b.ty().name());
    }
    let copy = copy_of(th, a)?;
    payload::<Deque>(th, copy.value())?.extend(th, copy.value(), b, false)?;
    Ok(copy)
}

fn inplace_concat(th: &Thread, a: Value, b: Value) -> PyResult {
    payload::<Deque>(th, a)?.extend(th, a, b, false)?;
    Ok(a.own())
}

fn inplace_repeat(th: &Thread, this: Value, times: isize) -> PyResult {
    let deque = payload::<Deque>(th, this)?;
    if times <= 0 {
        deque.take_all();
        return Ok(this.own());
    }
    let items = deque.snapshot();
    let mut times = times as usize;
    if let Some(max) = deque.maxlen.get()
        && !items.is_empty()
    {
        times = times.min(max / items.len() + 2);
    }
    if items.len().checked_mul(times).is_none_or(|total| total > isize::MAX as usize / 8)
        || deque.items.borrow_mut().try_reserve(items.len() * (times - 1)).is_err()
    {
        return Err(th.memory_error());
    }
    for _ in 1..times {
        for item in &items {
            deque.push_back(item.clone());
        }
    }
    Ok(this.own())
}

fn repeat(th: &Thread, this: Value, times: isize) -> PyResult {
    let copy = copy_of(th, this)?;
    inplace_repeat(th, copy.value(), times)
}

#[pymethods]
mod methods {
    use super::*;

    /// Adds an item to the right end.
    #[method("append(item, /)")]
    fn append(_: &Thread, this: &Instance<Deque>, item: Obj) {
        this.push_back(item);
    }
    /// Adds an item to the left end.
    #[method("appendleft(item, /)")]
    fn appendleft(_: &Thread, this: &Instance<Deque>, item: Obj) {
        this.push_front(item);
    }
    /// Removes all items.
    #[method("clear()")]
    fn clear(_: &Thread, this: &Instance<Deque>) {
        this.take_all();
    }
    /// A shallow copy.
    #[method("copy()")]
    fn copy(th: &Thread, this: Value) -> PyResult {
        copy_of(th, this)
    }
    /// A shallow copy.
    #[method("__copy__()")]
    fn dunder_copy(th: &Thread, this: Value) -> PyResult {
        copy_of(th, this)
    }
    /// How many items equal the value.
    #[method("count(value, /)")]
    fn count(th: &Thread, this: &Instance<Deque>, value: Value) -> PyResult<usize> {
        let (mut found, mut at) = (0, 0);
        let len = this.len();
        let state = this.state.get();
        while let Some(i) = this.position(th, value, at, len)? {
            found += 1;
            at = i + 1;
            if this.state.get() != state {
                return Err(Deque::mutated(th));
            }
        }
        Ok(found)
    }
    /// Adds the items of an iterable to the right end.
    #[method("extend(iterable, /)")]
    fn extend(th: &Thread, this: Value, iterable: Value) -> PyResult<()> {
        payload::<Deque>(th, this)?.extend(th, this, iterable, false)
    }
    /// Adds the items of an iterable to the left end, one by one.
    #[method("extendleft(iterable, /)")]
    fn extendleft(th: &Thread, this: Value, iterable: Value) -> PyResult<()> {
        payload::<Deque>(th, this)?.extend(th, this, iterable, true)
    }
    /// The first position of a value; ValueError if it is absent.
    #[method("index(value, [start, [stop]])", raw)]
    fn index(th: &Thread, this: Value, args: Args) -> PyResult<usize> {
        args.expect(th, "index", 1, 3)?;
        let deque = payload::<Deque>(th, this)?;
        let len = deque.len() as isize;
        let clamp = |v: Option<Value>, default: isize| -> PyResult<usize> {
            let at = match v {
                Some(v) => number::as_index_clamped(th, v)?,
                None => default,
            };
            Ok(if at < 0 { (at + len).max(0) } else { at.min(len) } as usize)
        };
        let (start, stop) = (clamp(args.get(1), 0)?, clamp(args.get(2), len)?);
        let value = args.get(0).unwrap_or(statics::none());
        match deque.position(th, value, start, stop)? {
            Some(i) => Ok(i),
            None => {
                let shown = object::repr_text(th, value)?;
                err!(th, VALUE_ERROR, "{shown} is not in deque")
            }
        }
    }
    /// Inserts a value before a position.
    #[method("insert(index, value, /)")]
    fn insert(th: &Thread, this: &Instance<Deque>, index: isize, value: Obj) -> PyResult<()> {
        let len = this.len();
        if this.maxlen.get().is_some_and(|max| len >= max) {
            return err!(th, INDEX_ERROR, "deque already at its maximum size");
        }
        let at = if index < 0 { (index + len as isize).max(0) as usize } else { (index as usize).min(len) };
        this.items.borrow_mut().insert(at, value);
        this.changed();
        Ok(())
    }
    /// Removes and returns the rightmost item.
    #[method("pop()")]
    fn pop(th: &Thread, this: &Instance<Deque>) -> PyResult {
        let item = this.items.borrow_mut().pop_back();
        this.changed();
        item.ok_or_else(|| th.index_error("pop from an empty deque"))
    }
    /// Removes and returns the leftmost item.
    #[method("popleft()")]
    fn popleft(th: &Thread, this: &Instance<Deque>) -> PyResult {
        let item = this.items.borrow_mut().pop_front();
        this.changed();
        item.ok_or_else(|| th.index_error("pop from an empty deque"))
    }
    /// Removes the first item that equals the value.
    #[method("remove(value, /)")]
    fn remove(th: &Thread, this: &Instance<Deque>, value: Value) -> PyResult<()> {
        let state = this.state.get();
        for i in 0..this.len() {
            let Some(item) = this.get(i) else { break };
            let found = item.value().is(value) || compare::eq(th, item.value(), value)?;
            if this.state.get() != state {
                return err!(th, INDEX_ERROR, "deque mutated during iteration");
            }
            if found {
                let removed = this.items.borrow_mut().remove(i);
                this.changed();
                drop(removed);
                return Ok(());
            }
        }
        err!(th, VALUE_ERROR, "deque.remove(x): x not in deque")
    }
    /// Turns the order round.
    #[method("reverse()")]
    fn reverse(_: &Thread, this: &Instance<Deque>) {
        this.items.borrow_mut().make_contiguous().reverse();
        this.changed();
    }
    /// Moves the items n steps to the right; those at the end come in on the left.
    #[method("rotate(n=1, /)")]
    fn rotate(_: &Thread, this: &Instance<Deque>, n: isize) {
        this.rotate(n);
    }
    /// The limit, or None.
    #[getter("maxlen")]
    fn maxlen(th: &Thread, this: &Instance<Deque>) -> PyResult {
        this.maxlen.get().map_or(Ok(Obj::none()), |max| th.uint(max as u64))
    }
    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let deque = payload::<Deque>(th, this)?;
        let dict = object::lookup_attr_str(th, this, "__getstate__")?;
        let state = match dict {
            Some(function) => call::call0(th, function.value())?,
            None => instance::copy_dict(th, this)?.unwrap_or_else(Obj::none),
        };
        let iterator = iter::get_iter(th, this)?;
        let args = match deque.maxlen.get() {
            None => th.tuple(&[])?,
            Some(max) => th.tuple(&[th.tuple(&[])?.value(), th.uint(max as u64)?.value()])?,
        };
        th.tuple(&[this.ty().value(), args.value(), state.value(), iterator.value()])
    }
    /// An iterator, last item first.
    #[method("__reversed__()")]
    fn reversed(th: &Thread, this: Value) -> PyResult {
        make_iterator::<true>(th, this, 0)
    }
    /// Size of the object in memory, in bytes.
    #[method("__sizeof__()")]
    fn sizeof(_: &Thread, this: &Instance<Deque>) -> usize {
        size_of::<Instance<Deque>>() + this.items.borrow().capacity() * size_of::<Obj>()
    }
    /// For annotations.
    #[classmethod("__class_getitem__(object, /)")]
    fn class_getitem(th: &Thread, class: Value, item: Value) -> PyResult {
        generic_alias::new(th, class, item)
    }
}

// ---- iterators

fn make_iterator<const BACKWARDS: bool>(th: &Thread, deque: Value, index: usize) -> PyResult {
    let state = payload::<Deque>(th, deque)?.state.get();
    let payload = DequeIterator::<BACKWARDS> { deque: ObjCell::new(deque.own()), index: Cell::new(index), state };
    Instance::create(th, payload)
}

fn iterate(th: &Thread, this: Value) -> PyResult {
    make_iterator::<false>(th, this, 0)
}

fn new_iterator<const BACKWARDS: bool>(th: &Thread, _: &'static Type, args: Args) -> PyResult {
    args.expect(th, "_deque_iterator", 1, 2)?;
    let deque = args.get(0).unwrap_or(statics::none());
    if Deque::of(deque).is_none() {
        let got = deque.ty().name();
        return err!(th, TYPE_ERROR, "_deque_iterator() argument 1 must be collections.deque, not {got}");
    }
    let index = match args.get(1) {
        Some(v) => number::as_isize(th, v)?.max(0) as usize,
        None => 0,
    };
    make_iterator::<BACKWARDS>(th, deque, index)
}

fn next<const BACKWARDS: bool>(th: &Thread, this: Value) -> PyResult<Option<Obj>> {
    let it = payload::<DequeIterator<BACKWARDS>>(th, this)?;
    let Some(held) = it.deque.peek() else { return Ok(None) };
    let Some(deque) = Deque::of(held) else { return Ok(None) };
    let i = it.index.get();
    if deque.state.get() != it.state {
        it.deque.set(None);
        return Err(Deque::mutated(th));
    }
    let at = if BACKWARDS { deque.len().checked_sub(i + 1) } else { Some(i) };
    match at.and_then(|at| deque.get(at)) {
        Some(item) => {
            it.index.set(i + 1);
            Ok(Some(item))
        }
        None => {
            it.deque.set(None);
            Ok(None)
        }
    }
}

fn left<const BACKWARDS: bool>(it: &DequeIterator<BACKWARDS>) -> usize {
    let deque = it.deque.get();
    let len = deque.as_ref().and_then(|d| Deque::of(d.value())).map_or(0, Deque::len);
    len.saturating_sub(it.index.get())
}

fn reduce<const BACKWARDS: bool>(th: &Thread, this: Value) -> PyResult {
    let it = payload::<DequeIterator<BACKWARDS>>(th, this)?;
    let index = th.uint(it.index.get() as u64)?;
    let deque = match it.deque.get() {
        Some(deque) => deque,
        None => empty(th, &DEQUE_TYPE, None)?,
    };
    let args = th.tuple(&[deque.value(), index.value()])?;
    th.tuple(&[this.ty().value(), args.value()])
}

#[pymethods]
mod iterator_methods {
    use super::*;

    /// How many items are left.
    #[method("__length_hint__()")]
    fn length_hint(_: &Thread, this: &Instance<DequeIterator<false>>) -> usize {
        left(this)
    }
    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        super::reduce::<false>(th, this)
    }
}

#[pymethods]
mod reverse_iterator_methods {
    use super::*;

    /// How many items are left.
    #[method("__length_hint__()")]
    fn length_hint(_: &Thread, this: &Instance<DequeIterator<true>>) -> usize {
        left(this)
    }
    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        super::reduce::<true>(th, this)
    }
}

//! `range` and its iterators.
//!
//! Bounds are exact ints of any size. Ranges over small ints iterate with machine arithmetic ([`RangeIter`], whose
//! layout the interpreter knows), others with int objects.

use crate::prelude::*;
use crate::types::int;
use crate::types::slice::{self, Slice};
use std::cell::Cell;
use whipsnake_layout::objects::RangeIterObject;

/// The contents of a range.
pub struct RangeData {
    pub start: ObjCell,
    pub stop: ObjCell,
    pub step: ObjCell,
    /// How many numbers it has: an int.
    length: Obj,
}

pub type Range = Instance<RangeData>;

impl Payload for RangeData {
    #[inline(always)]
    fn ty() -> &'static Type {
        &RANGE_TYPE
    }
    /// Ints refer to nothing.
    fn traverse(&self, _: &mut Visitor) {}
}

builtin_type! {
    pub static RANGE_TYPE = "PyRange_Type" => TypeSpec {
        name: "range",
        flags: flags::SEQUENCE,
        doc: "range(stop)\nrange(start, stop[, step])\n\nThe ints from start up to, but without, stop.",
        slots: Slots {
            new: Some(construct),
            repr: Some(repr),
            hash: Some(hash),
            richcompare: Some(richcompare),
            iter: Some(iter),
            nb_bool: Some(|_, v| Ok(!int::is_zero(get(v).length.value()))),
            sq_length: Some(length),
            sq_item: Some(|th, v, i| th.int(i as i64).and_then(|i| item_checked(th, get(v), i.value()))),
            sq_contains: Some(contains),
            mp_length: Some(length),
            mp_subscript: Some(subscript),
            ..Range::SLOTS
        },
        methods: methods::METHODS,
        members: &[
            MemberDef {
                name: "start", doc: "first number", kind: MemberKind::Object,
                offset: std::mem::offset_of!(Range, payload) + std::mem::offset_of!(RangeData, start), readonly: true,
            },
            MemberDef {
                name: "stop", doc: "bound behind the last number", kind: MemberKind::Object,
                offset: std::mem::offset_of!(Range, payload) + std::mem::offset_of!(RangeData, stop), readonly: true,
            },
            MemberDef {
                name: "step", doc: "distance of numbers", kind: MemberKind::Object,
                offset: std::mem::offset_of!(Range, payload) + std::mem::offset_of!(RangeData, step), readonly: true,
            },
        ],
        basicsize: size_of::<Range>(),
        ..TypeSpec::DEFAULT
    }
}

/// The types of this file beside `range` itself, for `types::init`.
pub(crate) static ALL: &[&Type] = &[&RANGE_ITERATOR_TYPE, &LONGRANGE_ITERATOR_TYPE];

const ONE: Value = Value::small_int(1);

impl RangeData {
    // The cells are filled once, before anybody sees the range.
    fn start(&self) -> Value {
        self.start.peek().unwrap_or(ONE)
    }
    fn stop(&self) -> Value {
        self.stop.peek().unwrap_or(ONE)
    }
    fn step(&self) -> Value {
        self.step.peek().unwrap_or(ONE)
    }
    /// The number of items, an int.
    pub fn length(&self) -> Value {
        self.length.value()
    }
    /// Start, stop and step, when all are small ints.
    pub fn small(&self) -> Option<(i64, i64, i64)> {
        Some((self.start().as_small_int()?, self.stop().as_small_int()?, self.step().as_small_int()?))
    }
}

fn get<'a>(v: Value) -> &'a RangeData {
    // SAFETY: I4, slots of `range` are called with ranges.
    &unsafe { v.cast_unchecked::<Range>() }.payload
}

/// How many numbers there are from `start` to `stop`; `step` is not 0.
fn count_of(th: &Thread, start: Value, stop: Value, step: Value) -> PyResult {
    if let (Some(start), Some(stop), Some(step)) = (start.as_small_int(), stop.as_small_int(), step.as_small_int()) {
        return th.int(small_count(start, stop, step));
    }
    let (low, high, step) =
        if int::is_negative(step) { (stop, start, int::neg(th, step)?) } else { (start, stop, step.own()) };
    if int::cmp(low, high).is_ge() {
        return Ok(Obj::small_int(0));
    }
    let distance = int::sub(th, high, low)?;
    let distance = int::sub(th, distance.value(), ONE)?;
    let steps = int::floordiv(th, distance.value(), step.value())?;
    int::add(th, steps.value(), ONE)
}

/// [`count_of`] for 63-bit numbers, whose distances fit a word.
#[inline]
fn small_count(start: i64, stop: i64, step: i64) -> i64 {
    if step == 1 {
        (stop - start).max(0)
    } else if step > 0 {
        if start < stop { (stop - start - 1) / step + 1 } else { 0 }
    } else if stop < start {
        (start - stop - 1) / -step + 1
    } else {
        0
    }
}

/// `range(start, stop, step)` of exact ints.
///
/// # Errors
/// ValueError for a zero step.
pub fn new(th: &Thread, start: Obj, stop: Obj, step: Obj) -> PyResult {
    if int::is_zero(step.value()) {
        return Err(th.value_error("range() arg 3 must not be zero"));
    }
    let length = count_of(th, start.value(), stop.value(), step.value())?;
    let (start, stop, step) = (ObjCell::new(start), ObjCell::new(stop), ObjCell::new(step));
    Range::create(th, RangeData { start, stop, step, length })
}

fn construct(th: &Thread, _: &'static Type, args: Args) -> PyResult {
    args.expect(th, "range", 1, 3)?;
    let index = |i: usize, default: i64| args.get(i).map_or(Ok(Obj::small_int(default)), |v| number::index(th, v));
    if args.len() == 1 {
        let stop = index(0, 0)?;
        return new(th, Obj::small_int(0), stop, Obj::small_int(1));
    }
    let (start, stop) = (index(0, 0)?, index(1, 0)?);
    let step = index(2, 1)?;
    new(th, start, stop, step)
}

fn repr(th: &Thread, v: Value) -> PyResult {
    let range = get(v);
    let (start, stop) = (int::decimal(th, range.start())?, int::decimal(th, range.stop())?);
    if range.step().same(ONE) {
        return th.str(&format!("range({start}, {stop})"));
    }
    th.str(&format!("range({start}, {stop}, {})", int::decimal(th, range.step())?))
}

fn length(th: &Thread, v: Value) -> PyResult<isize> {
    int::as_i64_exact(get(v).length())
        .map(|len| len as isize)
        .ok_or_else(|| th.overflow_error("Python int too large to convert to C ssize_t"))
}

/// `start + i * step`.
fn item_at(th: &Thread, range: &RangeData, i: Value) -> PyResult {
    if let (Some((start, _, step)), Some(i)) = (range.small(), i.as_small_int())
        && let Some(offset) = i.checked_mul(step)
        && let Some(item) = start.checked_add(offset)
    {
        return th.int(item);
    }
    let offset = int::mul(th, i, range.step())?;
    int::add(th, range.start(), offset.value())
}

/// Item `i`, counted from the end when negative.
fn item_checked(th: &Thread, range: &RangeData, i: Value) -> PyResult {
    let i = if int::is_negative(i) { int::add(th, i, range.length())? } else { i.own() };
    if int::is_negative(i.value()) || int::cmp(i.value(), range.length()).is_ge() {
        return Err(th.index_error("range object index out of range"));
    }
    item_at(th, range, i.value())
}

fn subscript(th: &Thread, v: Value, key: Value) -> PyResult {
    let range = get(v);
    if number::has_index(key) {
        let i = number::index(th, key)?;
        return item_checked(th, range, i.value());
    }
    let Some(slice) = key.exact::<Slice>() else {
        let name = number::full_name(key);
        return Err(th.type_error(format!("range indices must be integers or slices, not {name}")));
    };
    let (start, stop, step) = slice::big_indices(th, slice, range.length())?;
    let step = int::mul(th, step.value(), range.step())?;
    let start = item_at(th, range, start.value())?;
    let stop = item_at(th, range, stop.value())?;
    new(th, start, stop, step)
}

/// Whether an int is in the range.
fn contains_int(th: &Thread, range: &RangeData, v: Value) -> PyResult<bool> {
    let backward = int::is_negative(range.step());
    let (below, above) = (int::cmp(v, range.start()), int::cmp(v, range.stop()));
    let inside = if backward { below.is_le() && above.is_gt() } else { below.is_ge() && above.is_lt() };
    if !inside {
        return Ok(false);
    }
    let distance = int::sub(th, v, range.start())?;
    let rest = int::modulo(th, distance.value(), range.step())?;
    Ok(int::is_zero(rest.value()))
}

fn is_plain_int(v: Value) -> bool {
    v.is_exact(&statics::INT_TYPE) || v.is_exact(&statics::BOOL_TYPE)
}

fn contains(th: &Thread, v: Value, item: Value) -> PyResult<bool> {
    if is_plain_int(item) {
        return contains_int(th, get(v), item);
    }
    Ok(search(th, v, item, true)? != 0)
}

/// Compares `item` with every number: 1-based index of the first match when `first`, else how many match.
fn search(th: &Thread, v: Value, item: Value, first: bool) -> PyResult<i64> {
    let numbers = iter(th, v)?;
    let (mut at, mut found) = (0i64, 0);
    while let Some(candidate) = iter::next(th, numbers.value())? {
        at += 1;
        if compare::eq(th, candidate.value(), item)? {
            if first {
                return Ok(at);
            }
            found += 1;
        }
    }
    Ok(found)
}

fn same_ranges(a: &RangeData, b: &RangeData) -> bool {
    int::cmp(a.length(), b.length()).is_eq()
        && (int::is_zero(a.length())
            || (int::cmp(a.start(), b.start()).is_eq()
                && (int::cmp(a.length(), ONE).is_eq() || int::cmp(a.step(), b.step()).is_eq())))
}

fn richcompare(_: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let Some(other) = b.exact::<Range>() else { return Ok(Obj::not_implemented()) };
    let same = a.same(b) || same_ranges(get(a), other);
    match op {
        CompareOp::Eq => Ok(Obj::bool(same)),
        CompareOp::Ne => Ok(Obj::bool(!same)),
        _ => Ok(Obj::not_implemented()),
    }
}

/// The hash of `(length, start, step)` with what does not count replaced by None.
fn hash(th: &Thread, v: Value) -> PyResult<i64> {
    let (range, none) = (get(v), statics::none());
    let length = range.length();
    let key = if int::is_zero(length) {
        th.tuple(&[length, none, none])?
    } else if length.same(ONE) {
        th.tuple(&[length, range.start(), none])?
    } else {
        th.tuple(&[length, range.start(), range.step()])?
    };
    object::hash(th, key.value())
}

fn iter(th: &Thread, v: Value) -> PyResult {
    let range = get(v);
    match range.small() {
        Some((start, stop, step)) => new_iterator(th, start, step, small_count(start, stop, step)),
        None => LongRangeIter::create(
            th,
            LongRangeIterData {
                start: ObjCell::new(range.start().own()),
                step: range.step().own(),
                length: ObjCell::new(range.length().own()),
            },
        ),
    }
}

#[pymethods]
mod methods {
    use super::*;

    /// An iterator from the last number to the first.
    #[method("__reversed__()")]
    fn reversed(th: &Thread, this: &Range) -> PyResult {
        if let Some((start, stop, step)) = this.small() {
            let count = small_count(start, stop, step);
            // The last item lies between the bounds, so nothing here leaves 64 bits.
            if step != whipsnake_layout::value::SMALL_INT_MIN {
                return new_iterator(th, start + count.saturating_sub(1).max(0) * step, -step, count);
            }
        }
        let last = int::sub(th, this.length(), ONE)?;
        let start = item_at(th, this, last.value())?;
        LongRangeIter::create(
            th,
            LongRangeIterData {
                start: ObjCell::new(start),
                step: int::neg(th, this.step())?,
                length: ObjCell::new(this.length().own()),
            },
        )
    }

    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: &Range) -> PyResult {
        let bounds = th.tuple(&[this.start(), this.stop(), this.step()])?;
        th.tuple(&[RANGE_TYPE.value(), bounds.value()])
    }

    /// How often a value occurs.
    #[method("count(object, /)")]
    fn count(th: &Thread, this: Value, object: Value) -> PyResult<i64> {
        if is_plain_int(object) {
            return contains_int(th, get(this), object).map(i64::from);
        }
        search(th, this, object, false)
    }

    /// The index of a value. ValueError when it does not occur.
    #[method("index(object, /)")]
    fn index(th: &Thread, this: Value, object: Value) -> PyResult {
        let range = get(this);
        if is_plain_int(object) {
            if contains_int(th, range, object)? {
                let distance = int::sub(th, object, range.start())?;
                return int::floordiv(th, distance.value(), range.step());
            }
            return Err(th.value_error("range.index(x): x not in range"));
        }
        match search(th, this, object, true)? {
            0 => Err(th.value_error("sequence.index(x): x not in sequence")),
            at => th.int(at - 1),
        }
    }
}

/// Iterator over small ints.
#[repr(transparent)]
pub struct RangeIter(RangeIterObject);

// SAFETY: I4, `RANGE_ITERATOR_TYPE` declares this layout.
unsafe impl Layout for RangeIter {
    #[inline(always)]
    fn ty() -> &'static Type {
        &RANGE_ITERATOR_TYPE
    }
}

builtin_type! {
    pub static RANGE_ITERATOR_TYPE = "PyRangeIter_Type" => TypeSpec {
        name: "range_iterator",
        basicsize: size_of::<RangeIterObject>(),
        flags: flags::DISALLOW_INSTANTIATION,
        slots: Slots {
            dealloc: Some(crate::dealloc::dealloc_plain),
            iter: Some(|_, v| Ok(v.own())),
            iternext: Some(|_, v| Ok(next_small(v))),
            ..Slots::EMPTY
        },
        methods: iterator_methods::METHODS,
        ..TypeSpec::DEFAULT
    }
}

/// An iterator that yields `length` numbers. Start and step are small ints, and so are all numbers.
fn new_iterator(th: &Thread, start: i64, step: i64, length: i64) -> PyResult {
    let object = th.allocate(&RANGE_ITERATOR_TYPE, size_of::<RangeIterObject>())? as *mut RangeIterObject;
    // SAFETY: fresh memory of the type's size.
    unsafe {
        (&raw mut (*object).start).write(Cell::new(start));
        (&raw mut (*object).step).write(step);
        (&raw mut (*object).length).write(Cell::new(length));
        Ok(Obj::steal(Value::from_ptr(object)))
    }
}

fn this_iterator<'a>(v: Value) -> &'a RangeIterObject {
    // SAFETY: I4, slots and methods of `range_iterator` are called with such iterators.
    &unsafe { v.cast_unchecked::<RangeIter>() }.0
}

#[inline]
fn next_small(v: Value) -> Option<Obj> {
    let it = this_iterator(v);
    let left = it.length.get();
    if left <= 0 {
        return None;
    }
    let item = it.start.get();
    it.length.set(left - 1);
    it.start.set(item.wrapping_add(it.step));
    Some(Obj::small_int(item))
}

/// What pickles an iterator: `iter` applied to what is left.
fn reduce_iterator(th: &Thread, start: Value, length: Value, step: Value) -> PyResult {
    let distance = int::mul(th, length, step)?;
    let stop = int::add(th, start, distance.value())?;
    let rest = new(th, start.own(), stop, step.own())?;
    let arguments = th.tuple(&[rest.value()])?;
    let name = th.intern("iter")?;
    let Some(builtins) = th.interp.builtins_dict.get() else {
        return Err(th.runtime_error("lost builtins module"));
    };
    let function = object::get_item(th, builtins.value(), name.value())?;
    th.tuple(&[function.value(), arguments.value(), statics::none()])
}

#[pymethods]
mod iterator_methods {
    use super::*;

    /// How many numbers are left.
    #[method("__length_hint__()")]
    fn length_hint(_: &Thread, this: Value) -> i64 {
        this_iterator(this).length.get()
    }

    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let it = this_iterator(this);
        let (start, step) = (th.int(it.start.get())?, th.int(it.step)?);
        let length = th.int(it.length.get())?;
        reduce_iterator(th, start.value(), length.value(), step.value())
    }

    /// Skips numbers, for unpickling.
    #[method("__setstate__(state, /)")]
    fn setstate(_: &Thread, this: Value, state: i64) {
        let it = this_iterator(this);
        let skipped = state.clamp(0, it.length.get());
        it.start.set(it.start.get().wrapping_add(skipped.wrapping_mul(it.step)));
        it.length.set(it.length.get() - skipped);
    }
}

/// Iterator over ints of any size.
pub struct LongRangeIterData {
    start: ObjCell,
    step: Obj,
    length: ObjCell,
}

pub type LongRangeIter = Instance<LongRangeIterData>;

impl Payload for LongRangeIterData {
    #[inline(always)]
    fn ty() -> &'static Type {
        &LONGRANGE_ITERATOR_TYPE
    }
    /// Ints refer to nothing.
    fn traverse(&self, _: &mut Visitor) {}
}

builtin_type! {
    pub static LONGRANGE_ITERATOR_TYPE = "PyLongRangeIter_Type" => TypeSpec {
        name: "longrange_iterator",
        basicsize: size_of::<LongRangeIter>(),
        flags: flags::DISALLOW_INSTANTIATION,
        slots: Slots { iter: Some(|_, v| Ok(v.own())), iternext: Some(next_long), ..LongRangeIter::SLOTS },
        methods: long_iterator_methods::METHODS,
        ..TypeSpec::DEFAULT
    }
}

impl LongRangeIterData {
    fn state(&self) -> (Obj, Obj) {
        let zero = || Obj::small_int(0);
        (self.start.get().unwrap_or_else(zero), self.length.get().unwrap_or_else(zero))
    }
    /// Moves over `count` numbers, no more than are left.
    fn skip(&self, th: &Thread, count: Value) -> PyResult<()> {
        let (start, length) = self.state();
        let distance = int::mul(th, count, self.step.value())?;
        let start = int::add(th, start.value(), distance.value())?;
        let length = int::sub(th, length.value(), count)?;
        self.start.set(Some(start));
        self.length.set(Some(length));
        Ok(())
    }
}

fn this_long<'a>(v: Value) -> &'a LongRangeIterData {
    // SAFETY: I4, slots and methods of `longrange_iterator` are called with such iterators.
    &unsafe { v.cast_unchecked::<LongRangeIter>() }.payload
}

fn next_long(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let it = this_long(v);
    let (start, length) = it.state();
    if int::is_zero(length.value()) || int::is_negative(length.value()) {
        return Ok(None);
    }
    it.skip(th, ONE)?;
    Ok(Some(start))
}

#[pymethods]
mod long_iterator_methods {
    use super::*;

    /// How many numbers are left.
    #[method("__length_hint__()")]
    fn length_hint(_: &Thread, this: Value) -> Obj {
        this_long(this).state().1
    }

    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let it = this_long(this);
        let (start, length) = it.state();
        reduce_iterator(th, start.value(), length.value(), it.step.value())
    }

    /// Skips numbers, for unpickling.
    #[method("__setstate__(state, /)")]
    fn setstate(th: &Thread, this: Value, state: Value) -> PyResult<()> {
        let it = this_long(this);
        let state = number::index(th, state)?;
        let (_, length) = it.state();
        if int::is_negative(state.value()) {
            return Ok(());
        }
        let skipped = if int::cmp(state.value(), length.value()).is_gt() { length } else { state };
        it.skip(th, skipped.value())
    }
}

#[cfg(test)]
mod tests {
    use super::small_count;
    use whipsnake_layout::value::{SMALL_INT_MAX, SMALL_INT_MIN};

    #[test]
    fn counts() {
        for start in -5..6 {
            for stop in -5..6 {
                for step in [-4i64, -3, -2, -1, 1, 2, 3, 4] {
                    let mut expected = 0;
                    let mut i = start;
                    while (step > 0 && i < stop) || (step < 0 && i > stop) {
                        expected += 1;
                        i += step;
                    }
                    assert_eq!(small_count(start, stop, step), expected, "range({start}, {stop}, {step})");
                }
            }
        }
        assert_eq!(small_count(SMALL_INT_MIN, SMALL_INT_MAX, 1), i64::MAX);
        assert_eq!(small_count(SMALL_INT_MAX, SMALL_INT_MIN, -1), i64::MAX);
        assert_eq!(small_count(SMALL_INT_MAX, SMALL_INT_MIN, SMALL_INT_MIN), 2);
    }
}

//! `slice`.

use crate::prelude::*;
use crate::types::int;
use whipsnake_layout::objects::SliceObject;

/// A slice object.
#[repr(transparent)]
pub struct Slice(SliceObject);

// SAFETY: I4, `SLICE_TYPE` declares this layout.
unsafe impl Layout for Slice {
    #[inline(always)]
    fn ty() -> &'static Type {
        &SLICE_TYPE
    }
}

builtin_type! {
    pub static SLICE_TYPE = "PySlice_Type" => TypeSpec {
        name: "slice",
        basicsize: size_of::<SliceObject>(),
        flags: flags::HAVE_GC,
        doc: "slice(stop)\nslice(start, stop[, step])\n\nWhat is between brackets in a[start:stop:step].",
        slots: Slots {
            dealloc: Some(dealloc),
            traverse: Some(traverse),
            new: Some(construct),
            repr: Some(repr),
            hash: Some(hash),
            richcompare: Some(richcompare),
            ..Slots::EMPTY
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..TypeSpec::DEFAULT
    }
}

impl Slice {
    pub fn start(&self) -> Value {
        self.0.start
    }
    pub fn stop(&self) -> Value {
        self.0.stop
    }
    pub fn step(&self) -> Value {
        self.0.step
    }
    fn parts(&self) -> [Value; 3] {
        [self.0.start, self.0.stop, self.0.step]
    }
}

/// `slice(start, stop, step)`.
///
/// # Errors
/// MemoryError.
pub fn new(th: &Thread, start: Value, stop: Value, step: Value) -> PyResult {
    let object = th.allocate(&SLICE_TYPE, size_of::<SliceObject>())? as *mut SliceObject;
    // SAFETY: fresh memory of the type's size; the references are owned by the slice.
    unsafe {
        (&raw mut (*object).start).write(start.own().into_value());
        (&raw mut (*object).stop).write(stop.own().into_value());
        (&raw mut (*object).step).write(step.own().into_value());
        Ok(Obj::steal(Value::from_ptr(object)))
    }
}

impl Slice {
    /// Start, stop and step as [`unpack`] gives them, when they are immediate ints or None and the step is not zero.
    #[inline]
    pub fn plain(&self) -> Option<(isize, isize, isize)> {
        let part = |v: Value, default: isize| match v.as_small_int() {
            Some(i) => Some(i as isize),
            None if v.is_none() => Some(default),
            None => None,
        };
        let step = part(self.step(), 1).filter(|step| *step != 0)?;
        let (first, last) = if step < 0 { (isize::MAX, isize::MIN) } else { (0, isize::MAX) };
        Some((part(self.start(), first)?, part(self.stop(), last)?, step))
    }
}

/// Whether the step is left out or 1: such a slice may change a sequence's length by assignment.
pub fn step_is_one(slice: &Slice) -> bool {
    slice.step().is_none() || int::try_i64(slice.step()) == Some(1)
}

unsafe fn dealloc(th: &Thread, object: *mut Header) {
    // SAFETY: I3, the slice is dead and owned its three parts.
    unsafe {
        let parts = (*(object as *mut Slice)).parts();
        for part in parts {
            release(part);
        }
        crate::dealloc::free_memory(th, object, &SLICE_TYPE);
    }
}

unsafe fn traverse(object: *mut Header, visitor: &mut Visitor) {
    // SAFETY: I4, called for slices.
    for part in unsafe { (*(object as *mut Slice)).parts() } {
        visitor.value(part);
    }
}

fn construct(th: &Thread, _: &'static Type, args: Args) -> PyResult {
    args.expect(th, "slice", 1, 3)?;
    let none = statics::none();
    match (args.get(0), args.get(1), args.get(2)) {
        (Some(stop), None, _) => new(th, none, stop, none),
        (Some(start), Some(stop), step) => new(th, start, stop, step.unwrap_or(none)),
        _ => new(th, none, none, none),
    }
}

/// A bound of a slice: `None` has its default, ints are clamped.
fn bound(th: &Thread, v: Value, default: isize) -> PyResult<isize> {
    if v.is_none() {
        return Ok(default);
    }
    if !number::has_index(v) {
        return Err(th.type_error("slice indices must be integers or None or have an __index__ method"));
    }
    number::as_index_clamped(th, v)
}

/// Start, stop and step as machine numbers, not yet fitted to a length. (`__index__` methods may change the sequence:
/// take its length after this.)
///
/// # Errors
/// ValueError for a zero step, TypeError for parts that are no integers.
pub fn unpack(th: &Thread, slice: &Slice) -> PyResult<(isize, isize, isize)> {
    let step = bound(th, slice.step(), 1)?;
    if step == 0 {
        return Err(th.value_error("slice step cannot be zero"));
    }
    // -isize::MIN does not exist; nothing that long does either.
    let step = step.max(-isize::MAX);
    let start = bound(th, slice.start(), if step < 0 { isize::MAX } else { 0 })?;
    let stop = bound(th, slice.stop(), if step < 0 { isize::MIN } else { isize::MAX })?;
    Ok((start, stop, step))
}

/// Fits unpacked bounds to a sequence of `len` items: start, stop, and how many items the slice has.
#[inline]
pub fn adjust(len: isize, start: isize, stop: isize, step: isize) -> (isize, isize, usize) {
    let fit = |i: isize| {
        if i < 0 {
            let i = i.saturating_add(len);
            if i >= 0 {
                i
            } else if step < 0 {
                -1
            } else {
                0
            }
        } else if i >= len {
            if step < 0 { len - 1 } else { len }
        } else {
            i
        }
    };
    let (start, stop) = (fit(start), fit(stop));
    let count = if step < 0 {
        if stop < start { (start - stop - 1) / -step + 1 } else { 0 }
    } else if start < stop {
        (stop - start - 1) / step + 1
    } else {
        0
    };
    (start, stop, count as usize)
}

/// Start, stop, step and number of items for a sequence of `len` items.
///
/// # Errors
/// As for [`unpack`].
pub fn indices(th: &Thread, slice: &Slice, len: usize) -> PyResult<(isize, isize, isize, usize)> {
    let (start, stop, step) = unpack(th, slice)?;
    let (start, stop, count) = adjust(len as isize, start, stop, step);
    Ok((start, stop, step, count))
}

/// Start, stop and step for a length of any size, as exact ints.
///
/// # Errors
/// As for [`unpack`].
pub fn big_indices(th: &Thread, slice: &Slice, length: Value) -> PyResult<(Obj, Obj, Obj)> {
    let step = if slice.step().is_none() { Obj::small_int(1) } else { big_bound(th, slice.step())? };
    if int::is_zero(step.value()) {
        return Err(th.value_error("slice step cannot be zero"));
    }
    let backward = int::is_negative(step.value());
    let (lower, upper) = if backward {
        (Obj::small_int(-1), int::sub(th, length, Value::small_int(1))?)
    } else {
        (Obj::small_int(0), length.own())
    };
    let fit = |v: Value, default: &Obj| -> PyResult {
        if v.is_none() {
            return Ok(default.clone());
        }
        let mut i = big_bound(th, v)?;
        if int::is_negative(i.value()) {
            i = int::add(th, i.value(), length)?;
            return Ok(if int::cmp(i.value(), lower.value()).is_lt() { lower.clone() } else { i });
        }
        Ok(if int::cmp(i.value(), upper.value()).is_gt() { upper.clone() } else { i })
    };
    let (first, last) = if backward { (&upper, &lower) } else { (&lower, &upper) };
    let start = fit(slice.start(), first)?;
    let stop = fit(slice.stop(), last)?;
    Ok((start, stop, step))
}

fn big_bound(th: &Thread, v: Value) -> PyResult {
    if !number::has_index(v) {
        return Err(th.type_error("slice indices must be integers or None or have an __index__ method"));
    }
    number::index(th, v)
}

fn this_slice<'a>(v: Value) -> &'a Slice {
    // SAFETY: I4, slots of `slice` are called with slices.
    unsafe { v.cast_unchecked() }
}

fn repr(th: &Thread, v: Value) -> PyResult {
    let mut text = String::from("slice(");
    let mut buf = whipsnake_text::Builder::new();
    for (i, part) in this_slice(v).parts().into_iter().enumerate() {
        text.push_str(if i == 0 { "" } else { ", " });
        buf.push_str(&text);
        text.clear();
        let shown = object::repr(th, part)?;
        if let Some(shown) = shown.cast::<crate::types::str::Str>() {
            buf.push_units(shown.units());
        }
    }
    buf.push_str(")");
    crate::types::str::from_buf(th, buf.finish())
}

fn hash(th: &Thread, v: Value) -> PyResult<i64> {
    let mut hashes = [0; 3];
    for (hash, part) in hashes.iter_mut().zip(this_slice(v).parts()) {
        *hash = object::hash(th, part)?;
    }
    Ok(hash_parts(&hashes))
}

/// Mixes hashes the way CPython 3.14 mixes those of a slice's parts (xxHash rounds, without the length).
fn hash_parts(hashes: &[i64]) -> i64 {
    const PRIME_1: u64 = 11_400_714_785_074_694_791;
    const PRIME_2: u64 = 14_029_467_366_897_019_727;
    const PRIME_5: u64 = 2_870_177_450_012_600_261;
    let mut acc = PRIME_5;
    for &lane in hashes {
        acc = acc.wrapping_add((lane as u64).wrapping_mul(PRIME_2));
        acc = acc.rotate_left(31).wrapping_mul(PRIME_1);
    }
    if acc == u64::MAX { 1_546_275_796 } else { acc as i64 }
}

fn richcompare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (a.exact::<Slice>(), b.exact::<Slice>()) else {
        return Ok(Obj::not_implemented());
    };
    if a.same(b) {
        return Ok(Obj::bool(matches!(op, CompareOp::Eq | CompareOp::Le | CompareOp::Ge)));
    }
    // As tuples: the first difference decides.
    for (x, y) in left.parts().into_iter().zip(right.parts()) {
        if !x.is(y) && !compare::eq(th, x, y)? {
            return match op {
                CompareOp::Eq => Ok(Obj::bool(false)),
                CompareOp::Ne => Ok(Obj::bool(true)),
                _ => compare::rich(th, x, y, op),
            };
        }
    }
    Ok(Obj::bool(matches!(op, CompareOp::Eq | CompareOp::Le | CompareOp::Ge)))
}

#[pymethods]
mod methods {
    use super::*;

    /// Start, stop and step as they apply to a sequence of the given length.
    #[method("indices(len, /)")]
    fn indices(th: &Thread, this: &Slice, len: Value) -> PyResult {
        let length = number::index(th, len)?;
        if int::is_negative(length.value()) {
            return Err(th.value_error("length should not be negative"));
        }
        let (start, stop, step) = big_indices(th, this, length.value())?;
        th.tuple_from(vec![start, stop, step])
    }

    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: &Slice) -> PyResult {
        let parts = th.tuple(&this.parts())?;
        th.tuple(&[SLICE_TYPE.value(), parts.value()])
    }

    /// first index
    #[getter("start", member)]
    fn start(_: &Thread, this: &Slice) -> Obj {
        this.start().own()
    }

    /// index behind the last one
    #[getter("stop", member)]
    fn stop(_: &Thread, this: &Slice) -> Obj {
        this.stop().own()
    }

    /// distance of indices
    #[getter("step", member)]
    fn step(_: &Thread, this: &Slice) -> Obj {
        this.step().own()
    }
}

#[cfg(test)]
mod tests {
    use super::adjust;

    /// The indices that a slice of a sequence of `len` items selects, by stepping.
    fn by_stepping(len: isize, start: isize, stop: isize, step: isize) -> Vec<isize> {
        let clip = |i: isize, low: isize, high: isize| (if i < 0 { i + len } else { i }).clamp(low, high);
        let (low, high) = if step < 0 { (-1, len - 1) } else { (0, len) };
        let (mut i, stop) = (clip(start, low, high), clip(stop, low, high));
        let mut found = Vec::new();
        while (step > 0 && i < stop) || (step < 0 && i > stop) {
            found.push(i);
            i += step;
        }
        found
    }

    #[test]
    fn bounds_are_fitted_to_every_length() {
        for len in 0..6 {
            for start in -8..8 {
                for stop in -8..8 {
                    for step in [-7, -3, -2, -1, 1, 2, 3, 7] {
                        let (first, _, count) = adjust(len, start, stop, step);
                        let got: Vec<isize> = (0..count as isize).map(|n| first + n * step).collect();
                        assert_eq!(got, by_stepping(len, start, stop, step), "{len} {start}:{stop}:{step}");
                    }
                }
            }
        }
        let all = adjust(5, isize::MAX, isize::MIN, -1);
        assert_eq!(all, (4, -1, 5));
    }
}

//! Iterators that need not end: `count`, `cycle`, `repeat`.

use crate::{bind, exactly, required, this};
use std::cell::{Cell, RefCell};
use whipsnake_runtime::args::Params;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::protocols::number::NumberOp;
use whipsnake_runtime::types::int;

/// Evenly spaced numbers.
pub struct Count {
    /// The next number, while it and the step are small.
    small: Cell<i64>,
    small_step: i64,
    /// The next number, once it is not.
    big: ObjCell,
    step: Obj,
}

impl Payload for Count {
    #[inline(always)]
    fn ty() -> &'static Type {
        &COUNT_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.big);
        visitor.obj(&self.step);
    }
}

builtin_type! {
    /// `itertools.count`.
    pub static COUNT_TYPE = TypeSpec {
        name: "itertools.count",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "count(start=0, step=1)\n--\n\nNumbers from start on, step apart, without end.",
        slots: Slots {
            repr: Some(repr_count),
            iter: Some(iter::self_iter),
            iternext: Some(next_count),
            new: Some(new_count),
            ..Instance::<Count>::SLOTS
        },
        ..Instance::<Count>::SPEC
    }
}

static COUNT_PARAMS: Params = Params {
    function: "count",
    names: &["start", "step"],
    positional_only: 0,
    positional: 2,
    required: &[false, false],
    has_varargs: false,
    has_varkw: false,
};

fn is_number(v: Value) -> bool {
    let slots = v.ty().slots();
    slots.nb_index.is_some()
        || slots.nb_int.is_some()
        || slots.nb_float.is_some()
        || v.is_instance(&statics::COMPLEX_TYPE)
}

fn new_count(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let [start, step] = bind(th, &COUNT_PARAMS, args)?;
    if start.is_some_and(|v| !is_number(v)) || step.is_some_and(|v| !is_number(v)) {
        return err!(th, TYPE_ERROR, "a number is required");
    }
    let start = start.unwrap_or(Value::small_int(0));
    let step = step.unwrap_or(Value::small_int(1));
    let payload = match (small(start), small(step)) {
        (Some(small), Some(small_step)) => {
            Count { small: Cell::new(small), small_step, big: ObjCell::EMPTY, step: step.own() }
        }
        _ => Count { small: Cell::new(0), small_step: 0, big: ObjCell::new(start.own()), step: step.own() },
    };
    Instance::create_as(th, ty, payload)
}

/// The number of an int (not of a subclass other than bool) that fits a machine word.
fn small(v: Value) -> Option<i64> {
    if v.is_exact(&statics::INT_TYPE) || v.is_exact(&statics::BOOL_TYPE) { int::as_i64_exact(v) } else { None }
}

fn next_count(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let count = this::<Count>(th, v)?;
    if let Some(current) = count.big.get() {
        let next = number::binary_op(th, NumberOp::Add, current.value(), count.step.value())?;
        count.big.set(Some(next));
        return Ok(Some(current));
    }
    let small = count.small.get();
    let current = th.int(small)?;
    match small.checked_add(count.small_step) {
        Some(next) => count.small.set(next),
        None => {
            let next = number::binary_op(th, NumberOp::Add, current.value(), count.step.value())?;
            count.big.set(Some(next));
        }
    }
    Ok(Some(current))
}

fn repr_count(th: &Thread, v: Value) -> PyResult {
    let count = this::<Count>(th, v)?;
    let current = match count.big.get() {
        Some(current) => current,
        None => th.int(count.small.get())?,
    };
    let name = v.ty().short_name();
    let current = object::repr_text(th, current.value())?;
    if small(count.step.value()) == Some(1) {
        return th.str(&format!("{name}({current})"));
    }
    th.str(&format!("{name}({current}, {})", object::repr_text(th, count.step.value())?))
}

/// The items of an iterable again and again.
pub struct Cycle {
    /// Empty once the source has ended.
    source: ObjCell,
    saved: RefCell<Vec<Obj>>,
    index: Cell<usize>,
}

impl Payload for Cycle {
    #[inline(always)]
    fn ty() -> &'static Type {
        &CYCLE_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.source);
        self.saved.borrow().iter().for_each(|item| visitor.obj(item));
    }
    fn clear(&self) {
        self.source.set(None);
        let saved = self.saved.take();
        drop(saved);
    }
}

builtin_type! {
    /// `itertools.cycle`.
    pub static CYCLE_TYPE = TypeSpec {
        name: "itertools.cycle",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "cycle(iterable, /)\n--\n\nThe items of the iterable, and when it ends, the same items again and again.",
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(next_cycle),
            new: Some(new_cycle),
            ..Instance::<Cycle>::SLOTS
        },
        ..Instance::<Cycle>::SPEC
    }
}

fn new_cycle(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let [iterable] = exactly(th, ty, &CYCLE_TYPE, args)?;
    let source = ObjCell::new(iter::get_iter(th, iterable)?);
    Instance::create_as(th, ty, Cycle { source, saved: RefCell::default(), index: Cell::new(0) })
}

fn next_cycle(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let cycle = this::<Cycle>(th, v)?;
    if let Some(source) = cycle.source.get() {
        if let Some(item) = iter::next(th, source.value())? {
            cycle.saved.borrow_mut().push(item.clone());
            return Ok(Some(item));
        }
        cycle.source.set(None);
    }
    let saved = cycle.saved.borrow();
    let index = cycle.index.get();
    let item = saved.get(index).cloned();
    cycle.index.set(if index + 1 < saved.len() { index + 1 } else { 0 });
    Ok(item)
}

/// One object again and again.
pub struct Repeat {
    object: Obj,
    /// Negative = without end.
    left: Cell<isize>,
}

impl Payload for Repeat {
    #[inline(always)]
    fn ty() -> &'static Type {
        &REPEAT_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.object);
    }
}

builtin_type! {
    /// `itertools.repeat`.
    pub static REPEAT_TYPE = TypeSpec {
        name: "itertools.repeat",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "repeat(object [,times])\n\nThe object, the given number of times or without end.",
        slots: Slots {
            repr: Some(repr_repeat),
            iter: Some(iter::self_iter),
            iternext: Some(next_repeat),
            new: Some(new_repeat),
            ..Instance::<Repeat>::SLOTS
        },
        methods: repeat_methods::METHODS,
        ..Instance::<Repeat>::SPEC
    }
}

static REPEAT_PARAMS: Params = Params {
    function: "repeat",
    names: &["object", "times"],
    positional_only: 0,
    positional: 2,
    required: &[true, false],
    has_varargs: false,
    has_varkw: false,
};

fn new_repeat(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let [object, times] = bind(th, &REPEAT_PARAMS, args)?;
    let left = match times {
        Some(times) => number::as_isize(th, times)?.max(0),
        None => -1,
    };
    Instance::create_as(th, ty, Repeat { object: required(object).own(), left: Cell::new(left) })
}

fn next_repeat(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let repeat = this::<Repeat>(th, v)?;
    match repeat.left.get() {
        0 => return Ok(None),
        left @ 1.. => repeat.left.set(left - 1),
        _ => {}
    }
    Ok(Some(repeat.object.clone()))
}

fn repr_repeat(th: &Thread, v: Value) -> PyResult {
    let repeat = this::<Repeat>(th, v)?;
    let (name, object) = (v.ty().short_name(), object::repr_text(th, repeat.object.value())?);
    match repeat.left.get() {
        ..0 => th.str(&format!("{name}({object})")),
        left => th.str(&format!("{name}({object}, {left})")),
    }
}

#[pymethods]
mod repeat_methods {
    use super::*;
    /// How many times are left.
    #[method("__length_hint__()")]
    fn length_hint(th: &Thread, this: &Instance<Repeat>) -> PyResult<isize> {
        match this.left.get() {
            ..0 => err!(th, TYPE_ERROR, "len() of unsized object"),
            left => Ok(left),
        }
    }
}

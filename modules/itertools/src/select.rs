//! Iterators that leave items out: `dropwhile`, `takewhile`, `filterfalse`, `islice`.

use crate::{exactly, this};
use std::cell::Cell;
use whipsnake_runtime::prelude::*;

/// Declares an iterator over `source` that asks `predicate`, with a flag.
macro_rules! predicate_iterator {
    ($payload:ident, $static:ident, $new:ident, $next:ident, $name:literal, $doc:literal $(, $done:ident)?) => {
        #[doc = $doc]
        pub struct $payload {
            predicate: Obj,
            source: Obj,
            $($done: Cell<bool>,)?
        }

        impl Payload for $payload {
            fn ty() -> &'static Type {
                &$static
            }
            fn traverse(&self, visitor: &mut Visitor) {
                visitor.obj(&self.predicate);
                visitor.obj(&self.source);
            }
        }

        builtin_type! {
            #[doc = $doc]
            pub static $static = TypeSpec {
                name: $name,
                flags: flags::HAVE_GC | flags::BASETYPE,
                doc: $doc,
                slots: Slots {
                    iter: Some(iter::self_iter),
                    iternext: Some($next),
                    new: Some($new),
                    ..Instance::<$payload>::SLOTS
                },
                ..Instance::<$payload>::SPEC
            }
        }

        fn $new(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
            let [predicate, iterable] = exactly(th, ty, &$static, args)?;
            let source = iter::get_iter(th, iterable)?;
            Instance::create_as(th, ty, $payload { predicate: predicate.own(), source $(, $done: Cell::new(false))? })
        }
    };
}

predicate_iterator!(
    Dropwhile,
    DROPWHILE_TYPE,
    new_dropwhile,
    next_dropwhile,
    "itertools.dropwhile",
    "dropwhile(predicate, iterable, /)\n--\n\nThe items from the first on for which predicate(item) is false.",
    done
);
predicate_iterator!(
    Takewhile,
    TAKEWHILE_TYPE,
    new_takewhile,
    next_takewhile,
    "itertools.takewhile",
    "takewhile(predicate, iterable, /)\n--\n\nThe items up to the first for which predicate(item) is false.",
    done
);
predicate_iterator!(
    Filterfalse,
    FILTERFALSE_TYPE,
    new_filterfalse,
    next_filterfalse,
    "itertools.filterfalse",
    "filterfalse(function, iterable, /)\n--\n\nThe items for which function(item) is false; if function is None, the items that are false."
);

/// The truth of `predicate(item)`.
fn holds(th: &Thread, predicate: &Obj, item: &Obj) -> PyResult<bool> {
    let result = call::call1(th, predicate.value(), item.value())?;
    object::is_true(th, result.value())
}

fn next_dropwhile(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let dropwhile = this::<Dropwhile>(th, v)?;
    while let Some(item) = iter::next(th, dropwhile.source.value())? {
        if dropwhile.done.get() {
            return Ok(Some(item));
        }
        if !holds(th, &dropwhile.predicate, &item)? {
            dropwhile.done.set(true);
            return Ok(Some(item));
        }
    }
    Ok(None)
}

fn next_takewhile(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let takewhile = this::<Takewhile>(th, v)?;
    if takewhile.done.get() {
        return Ok(None);
    }
    let Some(item) = iter::next(th, takewhile.source.value())? else { return Ok(None) };
    if holds(th, &takewhile.predicate, &item)? {
        return Ok(Some(item));
    }
    takewhile.done.set(true);
    Ok(None)
}

fn next_filterfalse(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let filter = this::<Filterfalse>(th, v)?;
    let by_truth = filter.predicate.is_none() || filter.predicate.same(statics::BOOL_TYPE.value());
    while let Some(item) = iter::next(th, filter.source.value())? {
        let good = if by_truth { object::is_true(th, item.value())? } else { holds(th, &filter.predicate, &item)? };
        if !good {
            return Ok(Some(item));
        }
    }
    Ok(None)
}

/// Items by position.
pub struct Islice {
    /// Empty when exhausted.
    source: ObjCell,
    /// Position of the next item to hand out.
    next: Cell<usize>,
    stop: Option<usize>,
    step: usize,
    /// How many items were taken from the source.
    count: Cell<usize>,
}

impl Payload for Islice {
    #[inline(always)]
    fn ty() -> &'static Type {
        &ISLICE_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.source);
    }
}

builtin_type! {
    /// `itertools.islice`.
    pub static ISLICE_TYPE = TypeSpec {
        name: "itertools.islice",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "islice(iterable, stop)\nislice(iterable, start, stop[, step])\n\nThe items that a slice of the iterable would have; negative numbers are not allowed.",
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(next_islice),
            new: Some(new_islice),
            ..Instance::<Islice>::SLOTS
        },
        ..Instance::<Islice>::SPEC
    }
}

/// A bound as a machine number: `default` for None, -1 for whatever is no index.
fn bound(th: &Thread, v: Option<Value>, default: isize) -> isize {
    match v {
        Some(v) if !v.is_none() => number::as_index(th, v, &statics::OVERFLOW_ERROR).unwrap_or_else(|_| {
            drop(th.take_exception());
            -1
        }),
        _ => default,
    }
}

fn new_islice(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    args.no_keywords_for(th, ty, &ISLICE_TYPE, "islice")?;
    let (iterable, given) = (args.get(0), args.len());
    let Some(iterable) = iterable.filter(|_| given >= 2) else {
        return err!(th, TYPE_ERROR, "islice expected at least 2 arguments, got {given}");
    };
    if given > 4 {
        return err!(th, TYPE_ERROR, "islice expected at most 4 arguments, got {given}");
    }
    let range = "must be None or an integer: 0 <= x <= sys.maxsize.";
    let (start, stop) = if given == 2 { (None, args.get(1)) } else { (args.get(1), args.get(2)) };
    let has_stop = stop.is_some_and(|stop| !stop.is_none());
    let start = bound(th, start, 0);
    let stop = bound(th, stop, 0);
    if stop == -1 {
        return err!(th, VALUE_ERROR, "Stop argument for islice() {range}");
    }
    let (Ok(start), Ok(stop)) = (usize::try_from(start), usize::try_from(stop)) else {
        return err!(th, VALUE_ERROR, "Indices for islice() {range}");
    };
    let Some(step) = usize::try_from(bound(th, args.get(3), 1)).ok().filter(|step| *step > 0) else {
        return err!(th, VALUE_ERROR, "Step for islice() must be a positive integer or None.");
    };
    let source = ObjCell::new(iter::get_iter(th, iterable)?);
    let stop = has_stop.then_some(stop);
    Instance::create_as(th, ty, Islice { source, next: Cell::new(start), stop, step, count: Cell::new(0) })
}

fn next_islice(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let islice = this::<Islice>(th, v)?;
    let Some(source) = islice.source.get() else { return Ok(None) };
    let advance = || -> PyResult<Option<Obj>> {
        while islice.count.get() < islice.next.get() {
            if iter::next(th, source.value())?.is_none() {
                return Ok(None);
            }
            islice.count.set(islice.count.get() + 1);
        }
        if islice.stop.is_some_and(|stop| islice.count.get() >= stop) {
            return Ok(None);
        }
        iter::next(th, source.value())
    };
    match advance() {
        Ok(Some(item)) => {
            islice.count.set(islice.count.get() + 1);
            let next = islice.next.get().saturating_add(islice.step);
            islice.next.set(islice.stop.map_or(next, |stop| next.min(stop)));
            Ok(Some(item))
        }
        Ok(None) => {
            islice.source.set(None);
            Ok(None)
        }
        Err(raised) => {
            th.with_exception_saved(|| islice.source.set(None));
            Err(raised)
        }
    }
}

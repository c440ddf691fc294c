//! `map` and `filter`.

use super::zip::{check_strict, iterators, strict_keyword};
use crate::prelude::*;
use std::cell::Cell;

/// A function applied to items.
pub struct Map {
    function: Obj,
    sources: Box<[Obj]>,
    strict: Cell<bool>,
}

impl Payload for Map {
    #[inline(always)]
    fn ty() -> &'static Type {
        &MAP_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.function);
        for source in &self.sources {
            visitor.obj(source);
        }
    }
}

builtin_type! {
    /// `map`.
    pub static MAP_TYPE = "PyMap_Type" => TypeSpec {
        name: "map",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "map(function, iterable, /, *iterables, strict=False)\n--\n\nAn iterator over the results of calling function with an item of each iterable.\n\nIt ends with the shortest iterable; if strict is true, a longer one raises ValueError.",
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(map_next),
            new: Some(new_map),
            ..Instance::<Map>::SLOTS
        },
        methods: map_methods::METHODS,
        ..Instance::<Map>::SPEC
    }
}

fn new_map(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let strict = Cell::new(strict_keyword(th, "map", args)?);
    let Some(function) = args.get(0).filter(|_| args.len() >= 2) else {
        return err!(th, TYPE_ERROR, "map() must have at least two arguments.");
    };
    let sources = iterators(th, args.values().skip(1))?;
    Instance::create_as(th, ty, Map { function: function.own(), sources, strict })
}

fn map_next(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    // SAFETY: I4, slots are called with instances of their type.
    let map = unsafe { v.cast_unchecked::<Instance<Map>>() };
    let function = map.function.value();
    if let [source] = &*map.sources {
        return match iter::next(th, source.value())? {
            Some(item) => call::call1(th, function, item.value()).map(Some),
            None => Ok(None),
        };
    }
    let mut items: Vec<Obj> = Vec::with_capacity(map.sources.len());
    for (i, source) in map.sources.iter().enumerate() {
        match iter::next(th, source.value())? {
            Some(item) => items.push(item),
            None => {
                if map.strict.get() {
                    check_strict(th, "map", &map.sources, i)?;
                }
                return Ok(None);
            }
        }
    }
    if let [a, b] = &items[..] {
        return call::call2(th, function, a.value(), b.value()).map(Some);
    }
    let values: Vec<Value> = items.iter().map(Obj::value).collect();
    call::call_values(th, function, &values).map(Some)
}

#[pymethods]
mod map_methods {
    use super::*;
    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let ty = this.ty().value();
        // SAFETY: I4, descriptors check the receiver.
        let map = unsafe { this.cast_unchecked::<Instance<Map>>() };
        let args: Vec<Obj> = std::iter::once(&map.function).chain(&map.sources).cloned().collect();
        let args = th.tuple_from(args)?;
        match map.strict.get() {
            true => th.tuple(&[ty, args.value(), statics::bool_value(true)]),
            false => th.tuple(&[ty, args.value()]),
        }
    }
    /// For unpickling: sets strict.
    #[method("__setstate__(state, /)")]
    fn setstate(th: &Thread, this: &Instance<Map>, state: Value) -> PyResult<()> {
        this.strict.set(object::is_true(th, state)?);
        Ok(())
    }
}

/// The items for which a function is true.
pub struct Filter {
    /// `None` = the items' own truth.
    function: Obj,
    source: Obj,
}

impl Payload for Filter {
    #[inline(always)]
    fn ty() -> &'static Type {
        &FILTER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.function);
        visitor.obj(&self.source);
    }
}

builtin_type! {
    /// `filter`.
    pub static FILTER_TYPE = "PyFilter_Type" => TypeSpec {
        name: "filter",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "filter(function, iterable, /)\n--\n\nAn iterator over the items for which function(item) is true.\n\nIf function is None, over the items that are true.",
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(filter_next),
            new: Some(new_filter),
            ..Instance::<Filter>::SLOTS
        },
        methods: filter_methods::METHODS,
        ..Instance::<Filter>::SPEC
    }
}

fn new_filter(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    args.no_keywords_for(th, ty, &FILTER_TYPE, "filter")?;
    let (2, Some(function), Some(iterable)) = (args.len(), args.get(0), args.get(1)) else {
        return err!(th, TYPE_ERROR, "filter expected 2 arguments, got {}", args.len());
    };
    let source = iter::get_iter(th, iterable)?;
    Instance::create_as(th, ty, Filter { function: function.own(), source })
}

fn filter_next(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    // SAFETY: I4, slots are called with instances of their type.
    let filter = unsafe { v.cast_unchecked::<Instance<Filter>>() };
    let function = filter.function.value();
    let by_truth = function.is_none() || function.same(statics::BOOL_TYPE.value());
    while let Some(item) = iter::next(th, filter.source.value())? {
        let good = if by_truth {
            object::is_true(th, item.value())?
        } else {
            object::is_true(th, call::call1(th, function, item.value())?.value())?
        };
        if good {
            return Ok(Some(item));
        }
    }
    Ok(None)
}

#[pymethods]
mod filter_methods {
    use super::*;
    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let ty = this.ty().value();
        // SAFETY: I4, descriptors check the receiver.
        let filter = unsafe { this.cast_unchecked::<Instance<Filter>>() };
        let args = th.tuple(&[filter.function.value(), filter.source.value()])?;
        th.tuple(&[ty, args.value()])
    }
}

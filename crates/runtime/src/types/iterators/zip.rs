//! `zip`.

use super::ResultTuple;
use crate::prelude::*;
use crate::types::str;
use std::cell::Cell;

/// Tuples of one item of each iterator.
pub struct Zip {
    sources: Box<[Obj]>,
    strict: Cell<bool>,
    result: ResultTuple,
}

impl Payload for Zip {
    #[inline(always)]
    fn ty() -> &'static Type {
        &ZIP_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        for source in &self.sources {
            visitor.obj(source);
        }
        self.result.traverse(visitor);
    }
}

builtin_type! {
    /// `zip`.
    pub static ZIP_TYPE = "PyZip_Type" => TypeSpec {
        name: "zip",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "zip(*iterables, strict=False)\n--\n\nAn iterator over tuples: the i-th holds the i-th item of every iterable.\n\nIt ends with the shortest iterable; if strict is true, a longer one raises ValueError.",
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(next),
            new: Some(construct),
            ..Instance::<Zip>::SLOTS
        },
        methods: methods::METHODS,
        ..Instance::<Zip>::SPEC
    }
}

/// The `strict` keyword of `zip` and `map`, the only one they have.
pub(super) fn strict_keyword(th: &Thread, function: &str, args: Args) -> PyResult<bool> {
    let given = args.keyword_count();
    if given > 1 {
        return err!(th, TYPE_ERROR, "{function}() takes at most 1 keyword argument ({given} given)");
    }
    match args.keywords().next() {
        None => Ok(false),
        Some((name, value)) => {
            let text = str::to_rust_string(name);
            if text != "strict" {
                return err!(th, TYPE_ERROR, "{function}() got an unexpected keyword argument '{text}'");
            }
            object::is_true(th, value)
        }
    }
}

/// Iterators over the arguments.
pub(super) fn iterators(th: &Thread, iterables: impl Iterator<Item = Value>) -> PyResult<Box<[Obj]>> {
    // Collecting results knows no length and would shrink what it has made.
    let mut sources = Vec::with_capacity(iterables.size_hint().0);
    for iterable in iterables {
        sources.push(iter::get_iter(th, iterable)?);
    }
    Ok(sources.into_boxed_slice())
}

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let strict = Cell::new(strict_keyword(th, "zip", args)?);
    let sources = iterators(th, args.values())?;
    Instance::create_as(th, ty, Zip { sources, strict, result: ResultTuple::NONE })
}

/// What a strict `zip` or `map` checks when source `ended` has no more items: either the first ended and so must all
/// others, or an earlier one was longer.
#[cold]
pub(super) fn check_strict(th: &Thread, function: &str, sources: &[Obj], ended: usize) -> PyResult<()> {
    let complain = |i: usize, how: &str| {
        let others = if i == 1 { "argument ".to_string() } else { "arguments 1-".to_string() };
        th.value_error(format!("{function}() argument {} is {how} than {others}{i}", i + 1))
    };
    if ended > 0 {
        return Err(complain(ended, "shorter"));
    }
    for (i, source) in sources.iter().enumerate().skip(1) {
        if iter::next(th, source.value())?.is_some() {
            return Err(complain(i, "longer"));
        }
    }
    Ok(())
}

fn next(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    // SAFETY: I4, slots are called with instances of their type.
    let zip = unsafe { v.cast_unchecked::<Instance<Zip>>() };
    if zip.sources.is_empty() {
        return Ok(None);
    }
    let ended = |i: usize| -> PyResult<Option<Obj>> {
        if zip.strict.get() {
            check_strict(th, "zip", &zip.sources, i)?;
        }
        Ok(None)
    };
    if let Some(tuple) = zip.result.take() {
        for (i, source) in zip.sources.iter().enumerate() {
            match iter::next(th, source.value())? {
                Some(item) => drop(tuple.set(i, item)),
                None => return ended(i),
            }
        }
        return Ok(Some(zip.result.give(tuple)));
    }
    if let [first, second] = &zip.sources[..] {
        let Some(a) = iter::next(th, first.value())? else { return ended(0) };
        let Some(b) = iter::next(th, second.value())? else { return ended(1) };
        return Ok(Some(zip.result.keep(th.tuple(&[a.value(), b.value()])?)));
    }
    let mut items = Vec::with_capacity(zip.sources.len());
    for (i, source) in zip.sources.iter().enumerate() {
        match iter::next(th, source.value())? {
            Some(item) => items.push(item),
            None => return ended(i),
        }
    }
    Ok(Some(zip.result.keep(th.tuple_from(items)?)))
}

#[pymethods]
mod methods {
    use super::*;
    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let ty = this.ty().value();
        // SAFETY: I4, descriptors check the receiver.
        let zip = unsafe { this.cast_unchecked::<Instance<Zip>>() };
        let sources = th.tuple_from(zip.sources.to_vec())?;
        match zip.strict.get() {
            true => th.tuple(&[ty, sources.value(), statics::bool_value(true)]),
            false => th.tuple(&[ty, sources.value()]),
        }
    }
    /// For unpickling: sets strict.
    #[method("__setstate__(state, /)")]
    fn setstate(th: &Thread, this: &Instance<Zip>, state: Value) -> PyResult<()> {
        this.strict.set(object::is_true(th, state)?);
        Ok(())
    }
}

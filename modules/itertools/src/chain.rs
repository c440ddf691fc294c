//! Iterators that combine their inputs: `chain`, `compress`, `starmap`, `pairwise`, `batched`, `zip_longest`.

use crate::{bind, exactly, required, this};
use std::cell::Cell;
use whipsnake_runtime::args::Params;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::iterators::ResultTuple;
use whipsnake_runtime::types::{generic_alias, str};

/// One iterable after the other.
pub struct Chain {
    /// An iterator over the iterables; empty when exhausted.
    iterables: ObjCell,
    current: ObjCell,
}

impl Payload for Chain {
    #[inline(always)]
    fn ty() -> &'static Type {
        &CHAIN_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.iterables);
        visitor.cell(&self.current);
    }
    fn clear(&self) {
        self.iterables.set(None);
        self.current.set(None);
    }
}

builtin_type! {
    /// `itertools.chain`.
    pub static CHAIN_TYPE = TypeSpec {
        name: "itertools.chain",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "chain(*iterables)\n--\n\nThe items of the first iterable, then those of the next, and so on.",
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(next_chain),
            new: Some(new_chain),
            ..Instance::<Chain>::SLOTS
        },
        methods: chain_methods::METHODS,
        ..Instance::<Chain>::SPEC
    }
}

fn new_chain(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    args.no_keywords_for(th, ty, &CHAIN_TYPE, "chain")?;
    let iterables = th.tuple_from_slots(args.positional_slots())?;
    chain_from(th, ty, iterables.value())
}

fn chain_from(th: &Thread, ty: &'static Type, iterables: Value) -> PyResult {
    let iterables = ObjCell::new(iter::get_iter(th, iterables)?);
    Instance::create_as(th, ty, Chain { iterables, current: ObjCell::EMPTY })
}

fn next_chain(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let chain = this::<Chain>(th, v)?;
    loop {
        if let Some(current) = chain.current.get() {
            if let Some(item) = iter::next(th, current.value())? {
                return Ok(Some(item));
            }
            chain.current.set(None);
        }
        let Some(iterables) = chain.iterables.get() else { return Ok(None) };
        let Some(iterable) = iter::next(th, iterables.value())? else {
            chain.iterables.set(None);
            return Ok(None);
        };
        match iter::get_iter(th, iterable.value()) {
            Ok(current) => chain.current.set(Some(current)),
            Err(raised) => {
                th.with_exception_saved(|| chain.iterables.set(None));
                return Err(raised);
            }
        }
    }
}

#[pymethods]
mod chain_methods {
    use super::*;
    /// A chain of the iterables that an iterable gives.
    #[classmethod("from_iterable(iterable, /)")]
    fn from_iterable(th: &Thread, cls: Value, iterable: Value) -> PyResult {
        match cls.cast::<Type>() {
            Some(cls) => chain_from(th, cls, iterable),
            None => err!(th, TYPE_ERROR, "chain.from_iterable(): not a type object"),
        }
    }
    /// See PEP 585.
    #[classmethod("__class_getitem__(item, /)")]
    fn class_getitem(th: &Thread, cls: Value, item: Value) -> PyResult {
        generic_alias::new(th, cls, item)
    }
}

/// The items that come with a true selector.
pub struct Compress {
    data: Obj,
    selectors: Obj,
}

impl Payload for Compress {
    #[inline(always)]
    fn ty() -> &'static Type {
        &COMPRESS_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.data);
        visitor.obj(&self.selectors);
    }
}

builtin_type! {
    /// `itertools.compress`.
    pub static COMPRESS_TYPE = TypeSpec {
        name: "itertools.compress",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "compress(data, selectors)\n--\n\nThe items of data whose counterpart in selectors is true.",
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(next_compress),
            new: Some(new_compress),
            ..Instance::<Compress>::SLOTS
        },
        ..Instance::<Compress>::SPEC
    }
}

static COMPRESS_PARAMS: Params = Params {
    function: "compress",
    names: &["data", "selectors"],
    positional_only: 0,
    positional: 2,
    required: &[true, true],
    has_varargs: false,
    has_varkw: false,
};

fn new_compress(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let [data, selectors] = bind(th, &COMPRESS_PARAMS, args)?;
    let data = iter::get_iter(th, required(data))?;
    let selectors = iter::get_iter(th, required(selectors))?;
    Instance::create_as(th, ty, Compress { data, selectors })
}

fn next_compress(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let compress = this::<Compress>(th, v)?;
    while let Some(item) = iter::next(th, compress.data.value())? {
        let Some(selector) = iter::next(th, compress.selectors.value())? else { return Ok(None) };
        if object::is_true(th, selector.value())? {
            return Ok(Some(item));
        }
    }
    Ok(None)
}

/// A function called with tuples of arguments.
pub struct Starmap {
    function: Obj,
    source: Obj,
}

impl Payload for Starmap {
    #[inline(always)]
    fn ty() -> &'static Type {
        &STARMAP_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.function);
        visitor.obj(&self.source);
    }
}

builtin_type! {
    /// `itertools.starmap`.
    pub static STARMAP_TYPE = TypeSpec {
        name: "itertools.starmap",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "starmap(function, iterable, /)\n--\n\nThe results of function(*args) for each args of the iterable.",
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(next_starmap),
            new: Some(new_starmap),
            ..Instance::<Starmap>::SLOTS
        },
        ..Instance::<Starmap>::SPEC
    }
}

fn new_starmap(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let [function, iterable] = exactly(th, ty, &STARMAP_TYPE, args)?;
    let source = iter::get_iter(th, iterable)?;
    Instance::create_as(th, ty, Starmap { function: function.own(), source })
}

fn next_starmap(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let starmap = this::<Starmap>(th, v)?;
    let Some(args) = iter::next(th, starmap.source.value())? else { return Ok(None) };
    let args = sequence::to_tuple(th, args.value())?;
    call::call_ex(th, starmap.function.value(), args.value(), None).map(Some)
}

/// Overlapping pairs.
pub struct Pairwise {
    source: ObjCell,
    last: ObjCell,
    result: ResultTuple,
}

impl Payload for Pairwise {
    #[inline(always)]
    fn ty() -> &'static Type {
        &PAIRWISE_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.source);
        visitor.cell(&self.last);
        self.result.traverse(visitor);
    }
}

builtin_type! {
    /// `itertools.pairwise`.
    pub static PAIRWISE_TYPE = TypeSpec {
        name: "itertools.pairwise",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "pairwise(iterable, /)\n--\n\nPairs of an item and the one after it: s0 s1, s1 s2, s2 s3, ...",
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(next_pairwise),
            new: Some(new_pairwise),
            ..Instance::<Pairwise>::SLOTS
        },
        ..Instance::<Pairwise>::SPEC
    }
}

fn new_pairwise(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let [iterable] = exactly(th, ty, &PAIRWISE_TYPE, args)?;
    let source = ObjCell::new(iter::get_iter(th, iterable)?);
    Instance::create_as(th, ty, Pairwise { source, last: ObjCell::EMPTY, result: ResultTuple::NONE })
}

fn next_pairwise(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let pairwise = this::<Pairwise>(th, v)?;
    let Some(mut source) = pairwise.source.get() else { return Ok(None) };
    let last = match pairwise.last.get() {
        Some(last) => last,
        None => {
            let Some(first) = iter::next(th, source.value())? else {
                pairwise.source.set(None);
                return Ok(None);
            };
            pairwise.last.set(Some(first.clone()));
            // The source may have asked this very iterator.
            match pairwise.source.get() {
                Some(still) => source = still,
                None => {
                    pairwise.last.set(None);
                    return Ok(None);
                }
            }
            first
        }
    };
    let Some(next) = iter::next(th, source.value())? else {
        pairwise.source.set(None);
        pairwise.last.set(None);
        return Ok(None);
    };
    pairwise.last.set(Some(next.clone()));
    pairwise.result.pair(th, last, next).map(Some)
}

/// Tuples of a fixed number of items.
pub struct Batched {
    /// Empty when exhausted.
    source: ObjCell,
    size: usize,
    strict: bool,
}

impl Payload for Batched {
    #[inline(always)]
    fn ty() -> &'static Type {
        &BATCHED_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.source);
    }
}

builtin_type! {
    /// `itertools.batched`.
    pub static BATCHED_TYPE = TypeSpec {
        name: "itertools.batched",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "batched(iterable, n, *, strict=False)\n--\n\nTuples of n items each; the last one may be shorter, unless strict is true: then ValueError is raised.",
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(next_batched),
            new: Some(new_batched),
            ..Instance::<Batched>::SLOTS
        },
        ..Instance::<Batched>::SPEC
    }
}

static BATCHED_PARAMS: Params = Params {
    function: "batched",
    names: &["iterable", "n", "strict"],
    positional_only: 0,
    positional: 2,
    required: &[true, true, false],
    has_varargs: false,
    has_varkw: false,
};

fn new_batched(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let [iterable, n, strict] = bind(th, &BATCHED_PARAMS, args)?;
    let n = number::as_isize(th, required(n))?;
    let strict = strict.map_or(Ok(false), |v| object::is_true(th, v))?;
    let Some(size) = usize::try_from(n).ok().filter(|n| *n > 0) else {
        return err!(th, VALUE_ERROR, "n must be at least one");
    };
    let source = ObjCell::new(iter::get_iter(th, required(iterable))?);
    Instance::create_as(th, ty, Batched { source, size, strict })
}

fn next_batched(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let batched = this::<Batched>(th, v)?;
    let Some(source) = batched.source.get() else { return Ok(None) };
    let mut items = Vec::with_capacity(batched.size.min(64));
    while items.len() < batched.size {
        match iter::next(th, source.value()) {
            Ok(Some(item)) => items.push(item),
            Ok(None) if items.is_empty() => {
                batched.source.set(None);
                return Ok(None);
            }
            Ok(None) if batched.strict => {
                batched.source.set(None);
                return err!(th, VALUE_ERROR, "batched(): incomplete batch");
            }
            Ok(None) => break,
            Err(raised) => {
                th.with_exception_saved(|| batched.source.set(None));
                return Err(raised);
            }
        }
    }
    th.tuple_from(items).map(Some)
}

/// Tuples of one item of each iterator, until the longest has ended.
pub struct ZipLongest {
    /// Cells of ended iterators are empty.
    sources: Box<[ObjCell]>,
    active: Cell<usize>,
    fill: Obj,
    result: ResultTuple,
}

impl Payload for ZipLongest {
    #[inline(always)]
    fn ty() -> &'static Type {
        &ZIP_LONGEST_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        self.sources.iter().for_each(|source| visitor.cell(source));
        visitor.obj(&self.fill);
        self.result.traverse(visitor);
    }
}

builtin_type! {
    /// `itertools.zip_longest`.
    pub static ZIP_LONGEST_TYPE = TypeSpec {
        name: "itertools.zip_longest",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "zip_longest(*iterables, fillvalue=None)\n--\n\nTuples of the i-th items of all iterables, with fillvalue in place of those of iterables that have ended.",
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(next_zip_longest),
            new: Some(new_zip_longest),
            ..Instance::<ZipLongest>::SLOTS
        },
        ..Instance::<ZipLongest>::SPEC
    }
}

fn new_zip_longest(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let mut fill = statics::none();
    for (name, value) in args.keywords() {
        if args.keyword_count() > 1 || str::to_rust_string(name) != "fillvalue" {
            return err!(th, TYPE_ERROR, "zip_longest() got an unexpected keyword argument");
        }
        fill = value;
    }
    let sources: PyResult<Box<[ObjCell]>> = args.values().map(|v| iter::get_iter(th, v).map(ObjCell::new)).collect();
    let sources = sources?;
    let active = Cell::new(sources.len());
    Instance::create_as(th, ty, ZipLongest { sources, active, fill: fill.own(), result: ResultTuple::NONE })
}

/// The next item of source `i`; `None` when all sources have ended with it.
fn next_of(th: &Thread, zip: &ZipLongest, i: usize) -> PyResult<Option<Obj>> {
    let Some(source) = zip.sources[i].get() else { return Ok(Some(zip.fill.clone())) };
    match iter::next(th, source.value()) {
        Ok(Some(item)) => Ok(Some(item)),
        Ok(None) => {
            zip.active.set(zip.active.get().saturating_sub(1));
            if zip.active.get() == 0 {
                return Ok(None);
            }
            zip.sources[i].set(None);
            Ok(Some(zip.fill.clone()))
        }
        Err(raised) => {
            zip.active.set(0);
            Err(raised)
        }
    }
}

fn next_zip_longest(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let zip = this::<ZipLongest>(th, v)?;
    if zip.active.get() == 0 {
        return Ok(None);
    }
    if let Some(tuple) = zip.result.take() {
        for i in 0..zip.sources.len() {
            match next_of(th, zip, i)? {
                Some(item) => drop(tuple.set(i, item)),
                None => return Ok(None),
            }
        }
        return Ok(Some(zip.result.give(tuple)));
    }
    let mut items = Vec::with_capacity(zip.sources.len());
    for i in 0..zip.sources.len() {
        match next_of(th, zip, i)? {
            Some(item) => items.push(item),
            None => return Ok(None),
        }
    }
    Ok(Some(zip.result.keep(th.tuple_from(items)?)))
}

//! `functools.lru_cache`'s wrapper.
//!
//! The cache is a dict. Unbounded, it maps keys to results. Bounded, it maps keys to numbers of links; the links, in a
//! vector, form a ring in the order of use.
//!
//! **Invariant:** after every call that can run Python code, what was read from the ring before is looked up again.

use std::cell::{Cell, RefCell};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::{Dict, hash_key};
use whipsnake_runtime::types::{instance, method};

use crate::payload;

struct Link {
    previous: usize,
    next: usize,
    key: Obj,
    hash: i64,
    result: Obj,
}

/// The links in the order of use; entry 0 of the ring is the root, kept apart.
struct Ring {
    links: Vec<Option<Link>>,
    free: Vec<usize>,
    /// The one used longest ago, and the newest; `usize::MAX` when empty.
    oldest: usize,
    newest: usize,
}

const END: usize = usize::MAX;

impl Ring {
    fn new() -> Ring {
        Ring { links: Vec::new(), free: Vec::new(), oldest: END, newest: END }
    }
    fn unlink(&mut self, at: usize) {
        let Some(link) = self.links.get(at).and_then(Option::as_ref) else { return };
        let (previous, next) = (link.previous, link.next);
        match self.links.get_mut(previous).and_then(Option::as_mut) {
            Some(before) => before.next = next,
            None => self.oldest = next,
        }
        match self.links.get_mut(next).and_then(Option::as_mut) {
            Some(after) => after.previous = previous,
            None => self.newest = previous,
        }
    }
    fn append(&mut self, at: usize) {
        let newest = self.newest;
        if let Some(link) = self.links.get_mut(at).and_then(Option::as_mut) {
            link.previous = newest;
            link.next = END;
        }
        match self.links.get_mut(newest).and_then(Option::as_mut) {
            Some(before) => before.next = at,
            None => self.oldest = at,
        }
        self.newest = at;
    }
    fn insert(&mut self, key: Obj, hash: i64, result: Obj) -> usize {
        let link = Some(Link { previous: END, next: END, key, hash, result });
        let at = match self.free.pop() {
            Some(at) => {
                self.links[at] = link;
                at
            }
            None => {
                self.links.push(link);
                self.links.len() - 1
            }
        };
        self.append(at);
        at
    }
    fn take_oldest(&mut self) -> Option<Link> {
        let at = self.oldest;
        self.links.get(at)?.as_ref()?;
        self.unlink(at);
        self.free.push(at);
        self.links[at].take()
    }
    /// The result at a link, which becomes the newest.
    fn touch(&mut self, at: usize) -> Option<Obj> {
        let result = self.links.get(at)?.as_ref()?.result.clone();
        if self.newest != at {
            self.unlink(at);
            self.append(at);
        }
        Some(result)
    }
}

/// How many results are kept.
#[derive(Clone, Copy)]
enum Limit {
    None,
    Zero,
    Some(usize),
}

/// `functools._lru_cache_wrapper`.
pub struct LruCache {
    function: Obj,
    limit: Limit,
    typed: bool,
    cache: ObjCell,
    ring: RefCell<Ring>,
    hits: Cell<i64>,
    misses: Cell<i64>,
    info_type: Obj,
    keyword_mark: Obj,
    dict: ObjCell,
}

impl Payload for LruCache {
    #[inline(always)]
    fn ty() -> &'static Type {
        &LRU_CACHE_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.function);
        visitor.obj(&self.info_type);
        visitor.obj(&self.keyword_mark);
        visitor.cell(&self.cache);
        visitor.cell(&self.dict);
        if let Ok(ring) = self.ring.try_borrow() {
            for link in ring.links.iter().flatten() {
                visitor.obj(&link.key);
                visitor.obj(&link.result);
            }
        }
    }
    fn clear(&self) {
        self.empty();
        self.cache.set(None);
        self.dict.set(None);
    }
}

builtin_type! {
    /// `functools._lru_cache_wrapper`.
    pub static LRU_CACHE_TYPE = TypeSpec {
        name: "functools._lru_cache_wrapper",
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE | flags::METHOD_DESCRIPTOR,
        dictoffset: (std::mem::offset_of!(Instance<LruCache>, payload) + std::mem::offset_of!(LruCache, dict)) as isize,
        slots: Slots {
            new: Some(construct),
            call: Some(call_cached),
            descr_get: Some(descr_get),
            ..Instance::<LruCache>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        doc: "A function that remembers its results.",
        ..Instance::<LruCache>::SPEC
    }
}

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    static PARAMS: whipsnake_runtime::args::Params = whipsnake_runtime::args::Params {
        function: "lru_cache",
        names: &["user_function", "maxsize", "typed", "cache_info_type"],
        positional_only: 0,
        positional: 4,
        required: &[true, true, true, true],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None; 4];
    PARAMS.bind(th, args, &mut bound)?;
    let [function, maxsize, typed, info] = bound.map(|v| v.unwrap_or(statics::none()));
    if !call::is_callable(function) {
        return err!(th, TYPE_ERROR, "the first argument must be callable");
    }
    let limit = if maxsize.is_none() {
        Limit::None
    } else if number::has_index(maxsize) {
        match number::as_isize(th, maxsize)? {
            ..=0 => Limit::Zero,
            n => Limit::Some(n as usize),
        }
    } else {
        return err!(th, TYPE_ERROR, "maxsize should be integer or None");
    };
    let typed = object::is_true(th, typed)?;
    let mark = call::call0(th, statics::OBJECT_TYPE.value())?;
    let cache = Dict::new(th)?;
    Instance::create_as(
        th,
        ty,
        LruCache {
            function: function.own(),
            limit,
            typed,
            cache: ObjCell::new(cache),
            ring: RefCell::new(Ring::new()),
            hits: Cell::new(0),
            misses: Cell::new(0),
            info_type: info.own(),
            keyword_mark: mark,
            dict: ObjCell::EMPTY,
        },
    )
}

impl LruCache {
    /// The key for a call: a lone int or str stands for itself, everything else becomes a tuple.
    fn key(&self, th: &Thread, args: Args) -> PyResult {
        if !self.typed
            && args.keyword_count() == 0
            && args.len() == 1
            && let Some(only) = args.get(0)
            && (only.is_exact(&statics::INT_TYPE) || only.is_exact(&statics::STR_TYPE))
        {
            return Ok(only.own());
        }
        if !self.typed && args.keyword_count() == 0 {
            return th.tuple_from_slots(args.slots());
        }
        let mut parts: Vec<Value> = Vec::with_capacity(args.slots().len() * 2 + 1);
        parts.extend(args.values());
        if args.keyword_count() != 0 {
            parts.push(self.keyword_mark.value());
            for (name, value) in args.keywords() {
                parts.extend([name, value]);
            }
        }
        if self.typed {
            parts.extend(args.values().map(|v| v.ty().value()));
            parts.extend(args.keywords().map(|(_, v)| v.ty().value()));
        }
        th.tuple(&parts)
    }
    fn count(cell: &Cell<i64>) {
        cell.set(cell.get() + 1);
    }
    fn empty(&self) {
        let old = self.ring.try_borrow_mut().map(|mut ring| std::mem::replace(&mut *ring, Ring::new()));
        drop(old);
    }
    fn find(&self, th: &Thread, dict: &Dict, key: Value, hash: i64) -> PyResult<Option<Obj>> {
        let Some(found) = dict.get_hashed(th, key, hash)? else { return Ok(None) };
        match (self.limit, found.as_small_int()) {
            (Limit::Some(_), Some(at)) => Ok(self.ring.borrow_mut().touch(at as usize)),
            _ => Ok(Some(found)),
        }
    }
    fn store(&self, th: &Thread, dict: &Dict, key: Obj, hash: i64, result: &Obj) -> PyResult<()> {
        let Limit::Some(limit) = self.limit else {
            return dict.set_hashed(th, key.value(), hash, result.value());
        };
        // The function may have stored the same key itself.
        if dict.get_hashed(th, key.value(), hash)?.is_some() {
            return Ok(());
        }
        if dict.len() >= limit {
            let oldest = self.ring.borrow_mut().take_oldest();
            if let Some(oldest) = oldest {
                dict.pop_hashed(th, oldest.key.value(), oldest.hash)?;
            }
        }
        let at = self.ring.borrow_mut().insert(key.clone(), hash, result.clone());
        dict.set_hashed(th, key.value(), hash, Value::small_int(at as i64))
    }
}

fn call_cached(th: &Thread, this: Value, args: Args) -> PyResult {
    let cache = payload::<LruCache>(th, this)?;
    let held = match (cache.limit, cache.cache.get()) {
        (Limit::Zero, _) | (_, None) => {
            LruCache::count(&cache.misses);
            return call::call(th, cache.function.value(), args);
        }
        (_, Some(held)) => held,
    };
    let Some(dict) = held.cast::<Dict>() else { return err!(th, SYSTEM_ERROR, "the cache is no dict") };
    let key = cache.key(th, args)?;
    let hash = hash_key(th, key.value())?;
    if let Some(result) = cache.find(th, dict, key.value(), hash)? {
        LruCache::count(&cache.hits);
        return Ok(result);
    }
    LruCache::count(&cache.misses);
    let result = call::call(th, cache.function.value(), args)?;
    cache.store(th, dict, key, hash, &result)?;
    Ok(result)
}

fn descr_get(th: &Thread, this: Value, object: Option<Value>, _: Option<Value>) -> PyResult {
    match object.filter(|object| !object.is_none()) {
        None => Ok(this.own()),
        Some(object) => method::new(th, this, object),
    }
}

#[pymethods]
mod methods {
    use super::*;

    /// Hits, misses, limit and size.
    #[method("cache_info()")]
    fn cache_info(th: &Thread, this: &Instance<LruCache>) -> PyResult {
        let size = this.cache.get().and_then(|cache| cache.cast::<Dict>().map(Dict::len)).unwrap_or(0);
        let limit = match this.limit {
            Limit::None => Obj::none(),
            Limit::Zero => Obj::small_int(0),
            Limit::Some(n) => th.uint(n as u64)?,
        };
        let (hits, misses, size) = (th.int(this.hits.get())?, th.int(this.misses.get())?, th.uint(size as u64)?);
        call::call_values(th, this.info_type.value(), &[hits.value(), misses.value(), limit.value(), size.value()])
    }
    /// Forgets all results and the statistics.
    #[method("cache_clear()")]
    fn cache_clear(th: &Thread, this: &Instance<LruCache>) {
        this.hits.set(0);
        this.misses.set(0);
        this.empty();
        if let Some(cache) = this.cache.get()
            && let Some(dict) = cache.cast::<Dict>()
        {
            dict.clear(th);
        }
    }
    /// For pickling: by name.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        object::get_attr_str(th, this, "__qualname__")
    }
    /// The wrapper itself: copies would share nothing.
    #[method("__copy__()")]
    fn copy(_: &Thread, this: Value) -> Obj {
        this.own()
    }
    /// The wrapper itself.
    #[method("__deepcopy__(memo, /)")]
    fn deepcopy(_: &Thread, this: Value, memo: Value) -> Obj {
        let _ = memo;
        this.own()
    }
    #[getter("__dict__")]
    fn dict(th: &Thread, this: Value) -> PyResult {
        instance::get_dict(th, this)
    }
    #[setter("__dict__")]
    fn set_dict(th: &Thread, this: Value, value: Option<Value>) -> PyResult<()> {
        instance::set_dict(th, this, value)
    }
}

//! `collections.OrderedDict`: a dict whose order can be changed and counts in comparisons.
//!
//! Dicts keep the order of insertion, so that only the operations on the order are here. `front` remembers where the
//! first live entry of the table is, so that `popitem(last=False)` need not walk over deleted ones each time.

use std::cell::Cell;
use whipsnake_layout::dict::DictObject;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::instance;

/// The layout: a dict, then the instance dict and the hint.
#[repr(C)]
pub struct OrderedDict {
    dict: DictObject,
    attributes: ObjCell,
    /// The table `front` is about.
    front_table: Cell<usize>,
    front: Cell<usize>,
}

// SAFETY: I4, `ORDERED_DICT_TYPE` declares this layout.
unsafe impl Layout for OrderedDict {
    #[inline(always)]
    fn ty() -> &'static Type {
        &ORDERED_DICT_TYPE
    }
}

builtin_type! {
    /// `collections.OrderedDict`.
    pub static ORDERED_DICT_TYPE = "PyODict_Type" => TypeSpec {
        name: "collections.OrderedDict",
        base: Some(&statics::DICT_TYPE),
        basicsize: size_of::<OrderedDict>(),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::DICT_SUBCLASS | flags::MAPPING | flags::MATCH_SELF | flags::WEAKREFABLE,
        dictoffset: std::mem::offset_of!(OrderedDict, attributes) as isize,
        slots: Slots {
            dealloc: Some(dealloc),
            traverse: Some(traverse),
            clear: Some(clear),
            init: Some(init),
            repr: Some(repr),
            hash: Some(object::hash_not_implemented),
            richcompare: Some(richcompare),
            nb_or: Some(or),
            nb_inplace_or: Some(inplace_or),
            ..Slots::EMPTY
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        doc: "Dictionary that remembers insertion order.",
        ..TypeSpec::DEFAULT
    }
}

unsafe fn dealloc(th: &Thread, object: *mut Header) {
    // SAFETY: I3, the dict is dead; the base's dealloc frees the memory of the object's own type.
    unsafe {
        (*(object as *mut OrderedDict)).attributes.set(None);
        if let Some(dealloc) = statics::DICT_TYPE.slots().dealloc {
            dealloc(th, object);
        }
    }
}

unsafe fn traverse(object: *mut Header, visitor: &mut Visitor) {
    // SAFETY: I4, called for instances of this layout.
    unsafe {
        visitor.cell(&(*(object as *mut OrderedDict)).attributes);
        if let Some(traverse) = statics::DICT_TYPE.slots().traverse {
            traverse(object, visitor);
        }
    }
}

unsafe fn clear(th: &Thread, object: *mut Header) {
    // SAFETY: I4, called for instances of this layout.
    unsafe {
        (*(object as *mut OrderedDict)).attributes.set(None);
        if let Some(clear) = statics::DICT_TYPE.slots().clear {
            clear(th, object);
        }
    }
}

fn dict_of<'a>(th: &Thread, v: Value) -> PyResult<&'a Dict> {
    v.cast::<Dict>().ok_or_else(|| th.type_error("expected an OrderedDict"))
}

/// Whether a subclass may have its own way of setting and getting.
fn is_plain(v: Value) -> bool {
    v.is_exact(&ORDERED_DICT_TYPE)
}

fn put(th: &Thread, this: Value, key: Value, value: Value) -> PyResult<()> {
    match this.cast::<Dict>().filter(|_| is_plain(this)) {
        Some(dict) => dict.set(th, key, value),
        None => object::set_item(th, this, key, value),
    }
}

/// `update` of `MutableMapping`: through `__setitem__`.
fn update(th: &Thread, this: Value, name: &str, args: Args) -> PyResult<()> {
    if args.len() > 1 {
        let given = args.len();
        return err!(th, TYPE_ERROR, "{name}() takes at most 1 positional argument ({given} given)");
    }
    if let Some(source) = args.get(0) {
        update_from(th, this, source)?;
    }
    for (key, value) in args.keywords() {
        put(th, this, key, value)?;
    }
    Ok(())
}

fn update_from(th: &Thread, this: Value, source: Value) -> PyResult<()> {
    if source.is_exact(&statics::DICT_TYPE) || is_plain(source) {
        for (key, value, _) in dict_of(th, source)?.entries() {
            put(th, this, key.value(), value.value())?;
        }
        return Ok(());
    }
    let keys = object::lookup_attr_str(th, source, "keys")?;
    if let Some(keys) = keys {
        let keys = call::call0(th, keys.value())?;
        let iterator = iter::get_iter(th, keys.value())?;
        while let Some(key) = iter::next(th, iterator.value())? {
            let value = object::get_item(th, source, key.value())?;
            put(th, this, key.value(), value.value())?;
        }
        return Ok(());
    }
    let iterator = iter::get_iter(th, source)?;
    while let Some(pair) = iter::next(th, iterator.value())? {
        let parts = iter::to_vec(th, pair.value())?;
        match parts.as_slice() {
            [key, value] => put(th, this, key.value(), value.value())?,
            [] | [_] => {
                let need = 2 - parts.len();
                let plural = if need == 1 { "" } else { "s" };
                return err!(th, VALUE_ERROR, "need more than {} value{plural} to unpack", parts.len());
            }
            _ => return err!(th, VALUE_ERROR, "too many values to unpack (expected 2)"),
        }
    }
    Ok(())
}

fn init(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    if args.len() > 1 {
        return err!(th, TYPE_ERROR, "expected at most 1 argument, got {}", args.len());
    }
    update(th, this, "__init__", args)
}

fn repr(th: &Thread, this: Value) -> PyResult {
    let name = this.ty().short_name();
    let dict = dict_of(th, this)?;
    if dict.is_empty() {
        return th.str(&format!("{name}()"));
    }
    let text = th.repr_guard(this, || {
        let plain = Dict::new(th)?;
        let target = dict_of(th, plain.value())?;
        if is_plain(this) {
            for (key, value, hash) in dict.entries() {
                target.set_hashed(th, key.value(), hash, value.value())?;
            }
        } else {
            let items = call::call_method(th, this, "items", &[])?;
            target.merge_pairs(th, items.value(), true)?;
        }
        object::repr_text(th, plain.value())
    })?;
    th.str(&text.map_or_else(|| "...".to_string(), |text| format!("{name}({text})")))
}

fn richcompare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.cast::<Dict>(), b.cast::<Dict>()) else { return Ok(Obj::not_implemented()) };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Obj::not_implemented());
    }
    let Some(base) = statics::DICT_TYPE.slots().richcompare else { return Ok(Obj::not_implemented()) };
    let same_items = base(th, a, b, CompareOp::Eq)?;
    let mut equal = same_items.is_true_singleton();
    if equal && a.cast::<OrderedDict>().is_some() && b.cast::<OrderedDict>().is_some() {
        let stamps = (x.stamp(), y.stamp());
        let (mut at, mut other) = (0, 0);
        loop {
            let (left, right) = (x.entry_at(&mut at), y.entry_at(&mut other));
            let (Some((left, ..)), Some((right, ..))) = (left, right) else {
                equal = left.is_none() && right.is_none();
                break;
            };
            let (left, right) = (left.own(), right.own());
            equal = left.value().is(right.value()) || compare::eq(th, left.value(), right.value())?;
            if (x.stamp(), y.stamp()) != stamps {
                return Err(mutated(th));
            }
            if !equal {
                break;
            }
        }
    }
    Ok(Obj::bool(equal == (op == CompareOp::Eq)))
}

#[cold]
fn mutated(th: &Thread) -> Raised {
    th.runtime_error("OrderedDict mutated during iteration")
}

fn or(th: &Thread, a: Value, b: Value) -> PyResult {
    if !a.is_instance(&statics::DICT_TYPE) || !b.is_instance(&statics::DICT_TYPE) {
        return Ok(Obj::not_implemented());
    }
    let class = if a.cast::<OrderedDict>().is_some() { a.ty() } else { b.ty() };
    let result = call::call1(th, class.value(), a)?;
    update_from(th, result.value(), b)?;
    Ok(result)
}

fn inplace_or(th: &Thread, a: Value, b: Value) -> PyResult {
    update_from(th, a, b)?;
    Ok(a.own())
}

impl OrderedDict {
    fn table(&self) -> usize {
        self.dict.keys.get() as usize
    }
    /// The first entry.
    fn first(&self, dict: &Dict) -> Option<(Obj, Obj, i64)> {
        let mut at = if self.front_table.get() == self.table() { self.front.get() } else { 0 };
        let found = dict.entry_at(&mut at).or_else(|| {
            at = 0;
            dict.entry_at(&mut at)
        });
        let (key, value, hash) = found?;
        self.front_table.set(self.table());
        self.front.set(at.saturating_sub(1));
        Some((key.own(), value.own(), hash))
    }
    /// The hint is void: something may have been put in front.
    fn forget_front(&self) {
        self.front_table.set(0);
    }
}

#[pymethods]
mod methods {
    use super::*;

    /// A new OrderedDict with keys from an iterable, all with the same value.
    #[classmethod("fromkeys(iterable, value=None)")]
    fn fromkeys(th: &Thread, class: Value, iterable: Value, value: Value) -> PyResult {
        let result = call::call0(th, class)?;
        let iterator = iter::get_iter(th, iterable)?;
        while let Some(key) = iter::next(th, iterator.value())? {
            put(th, result.value(), key.value(), value)?;
        }
        Ok(result)
    }
    /// The value of the key, which is inserted with the default if it is absent.
    #[method("setdefault(key, default=None)")]
    fn setdefault(th: &Thread, this: Value, key: Value, default: Value) -> PyResult {
        let dict = dict_of(th, this)?;
        if is_plain(this) {
            return dict.setdefault(th, key, default);
        }
        if sequence::contains(th, this, key)? {
            return object::get_item(th, this, key);
        }
        object::set_item(th, this, key, default)?;
        Ok(default.own())
    }
    /// Removes the key and returns its value, or the default; KeyError without one.
    #[method("pop(key, default=<unrepresentable>)", raw)]
    fn pop(th: &Thread, this: Value, args: Args) -> PyResult {
        static PARAMS: whipsnake_runtime::args::Params = whipsnake_runtime::args::Params {
            function: "pop",
            names: &["key", "default"],
            positional_only: 0,
            positional: 2,
            required: &[true, false],
            has_varargs: false,
            has_varkw: false,
        };
        let mut bound = [None; 2];
        PARAMS.bind(th, args, &mut bound)?;
        let key = bound[0].unwrap_or(statics::none());
        if let Some(found) = dict_of(th, this)?.pop(th, key)? {
            return Ok(found);
        }
        if let Some(default) = bound[1] {
            return Ok(default.own());
        }
        // `__missing__` has no part in this.
        Err(th.key_error(key))
    }
    /// Removes an item and returns it: the last one, or the first.
    #[method("popitem(last=True)")]
    fn popitem(th: &Thread, this: Value, last: bool) -> PyResult {
        let dict = dict_of(th, this)?;
        if dict.is_empty() {
            return err!(th, KEY_ERROR, "dictionary is empty");
        }
        if last {
            return match dict.pop_last() {
                Some((key, value)) => th.tuple_from(vec![key, value]),
                None => err!(th, KEY_ERROR, "dictionary is empty"),
            };
        }
        let first = this.cast::<OrderedDict>().and_then(|ordered| ordered.first(dict));
        let Some((key, value, hash)) = first else { return err!(th, KEY_ERROR, "dictionary is empty") };
        dict.pop_hashed(th, key.value(), hash)?;
        th.tuple_from(vec![key, value])
    }
    /// Moves an item to the end, or to the front.
    #[method("move_to_end(key, last=True)")]
    fn move_to_end(th: &Thread, this: Value, key: Value, last: bool) -> PyResult<()> {
        let dict = dict_of(th, this)?;
        let hash = whipsnake_runtime::types::dict::hash_key(th, key)?;
        if dict.get_hashed(th, key, hash)?.is_none() {
            return Err(th.key_error(key));
        }
        let entries = if last { Vec::new() } else { dict.entries() };
        // The key object that is in the dict stays the one in the dict.
        if last {
            let Some((key, value)) = dict.pop_entry(th, key, hash)? else { return Err(th.key_error(key)) };
            return dict.set_hashed(th, key.value(), hash, value.value());
        }
        if let Some(ordered) = this.cast::<OrderedDict>() {
            ordered.forget_front();
        }
        let mut moved = None;
        let mut rest = Vec::with_capacity(entries.len());
        for entry in entries {
            let is_it = moved.is_none()
                && entry.2 == hash
                && (entry.0.value().is(key) || compare::eq(th, entry.0.value(), key)?);
            if is_it { moved = Some(entry) } else { rest.push(entry) }
        }
        dict.clear(th);
        for (key, value, hash) in moved.into_iter().chain(rest) {
            dict.set_hashed(th, key.value(), hash, value.value())?;
        }
        Ok(())
    }
    /// Takes over the items of a mapping or the pairs of an iterable, then the keywords.
    #[method("update", raw)]
    fn update(th: &Thread, this: Value, args: Args) -> PyResult<()> {
        super::update(th, this, "update", args)
    }
    /// A shallow copy.
    #[method("copy()")]
    fn copy(th: &Thread, this: Value) -> PyResult {
        let result = call::call0(th, this.ty().value())?;
        let (dict, mut at) = (dict_of(th, this)?, 0);
        let stamp = dict.stamp();
        while let Some((key, value, hash)) = dict.entry_at(&mut at) {
            let (key, value) = (key.own(), value.own());
            if is_plain(this) {
                dict_of(th, result.value())?.set_hashed(th, key.value(), hash, value.value())?;
            } else {
                let value = object::get_item(th, this, key.value())?;
                object::set_item(th, result.value(), key.value(), value.value())?;
            }
            if dict.stamp() != stamp {
                return Err(mutated(th));
            }
        }
        Ok(result)
    }
    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let state = match object::lookup_attr_str(th, this, "__getstate__")? {
            Some(function) => call::call0(th, function.value())?,
            None => Obj::none(),
        };
        let items = call::call_method(th, this, "items", &[])?;
        let items = iter::get_iter(th, items.value())?;
        let args = th.tuple(&[])?;
        th.tuple(&[this.ty().value(), args.value(), state.value(), statics::none(), items.value()])
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

//! `itemgetter` and `attrgetter`.

use crate::{operand, this};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::list::List;
use whipsnake_runtime::types::str;
use whipsnake_runtime::types::str::Str;
use whipsnake_runtime::types::tuple::Tuple;

/// Fetches one item, or a tuple of several.
pub struct ItemGetter {
    keys: Vec<Obj>,
}

impl Payload for ItemGetter {
    #[inline(always)]
    fn ty() -> &'static Type {
        &ITEMGETTER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        self.keys.iter().for_each(|key| visitor.obj(key));
    }
}

builtin_type! {
    /// `operator.itemgetter`.
    pub static ITEMGETTER_TYPE = TypeSpec {
        name: "operator.itemgetter",
        doc: "itemgetter(item, /, *items)\n--\n\nA callable that fetches items from its operand.\n\nAfter f = itemgetter(2), f(r) is r[2]; after g = itemgetter(2, 5), g(r) is (r[2], r[5]).",
        slots: Slots {
            repr: Some(repr_itemgetter),
            call: Some(get_items),
            new: Some(new_itemgetter),
            ..Instance::<ItemGetter>::SLOTS
        },
        methods: item_methods::METHODS,
        getsets: item_methods::GETSETS,
        ..Instance::<ItemGetter>::SPEC
    }
}

/// The positional arguments of a getter's constructor, at least one.
fn arguments(th: &Thread, name: &str, args: Args) -> PyResult<Vec<Obj>> {
    args.no_keywords(th, name)?;
    if args.is_empty() {
        return err!(th, TYPE_ERROR, "{name} expected 1 argument, got 0");
    }
    Ok(args.values().map(|v| v.own()).collect())
}

fn tuple_of(th: &Thread, items: &[Obj]) -> PyResult {
    th.tuple_from(items.to_vec())
}

/// `name(one)` or `name(one, other)`.
fn repr_getter(th: &Thread, v: Value, args: &[Obj]) -> PyResult {
    let name = number::full_name(v);
    let text = th.repr_guard(v, || {
        let shown = match args {
            [single] => format!("({})", object::repr_text(th, single.value())?),
            several => object::repr_text(th, tuple_of(th, several)?.value())?,
        };
        th.str(&format!("{name}{shown}"))
    })?;
    text.map_or_else(|| th.str(&format!("{name}(...)")), Ok)
}

fn new_itemgetter(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    Instance::create_as(th, ty, ItemGetter { keys: arguments(th, "itemgetter", args)? })
}

fn repr_itemgetter(th: &Thread, v: Value) -> PyResult {
    repr_getter(th, v, &this::<ItemGetter>(th, v)?.keys)
}

/// `v[key]`, quickly for tuples and lists.
#[inline]
fn get_item(th: &Thread, v: Value, key: &Obj) -> PyResult {
    if let Some(i) = key.as_small_int().and_then(|i| usize::try_from(i).ok()) {
        let found = match v.exact::<Tuple>() {
            Some(tuple) => tuple.get(i),
            None => v.exact::<List>().and_then(|list| list.get(i)),
        };
        if let Some(item) = found {
            return Ok(item);
        }
    }
    object::get_item(th, v, key.value())
}

fn get_items(th: &Thread, v: Value, args: Args) -> PyResult {
    let getter = this::<ItemGetter>(th, v)?;
    let operand = operand(th, "itemgetter", args)?;
    if let [key] = &getter.keys[..] {
        return get_item(th, operand, key);
    }
    let items: PyResult<Vec<Obj>> = getter.keys.iter().map(|key| get_item(th, operand, key)).collect();
    th.tuple_from(items?)
}

#[pymethods]
mod item_methods {
    use super::*;

    /// What calling an instance takes.
    #[getter("__text_signature__")]
    fn text_signature(th: &Thread, _: Value) -> PyResult {
        th.str("(obj, /)")
    }
    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let args = tuple_of(th, &crate::this::<ItemGetter>(th, this)?.keys)?;
        th.tuple(&[this.ty().value(), args.value()])
    }
}

/// Fetches one attribute, or a tuple of several; names may be dotted.
pub struct AttrGetter {
    names: Vec<Obj>,
    /// The parts of each name, interned.
    paths: Vec<Vec<Obj>>,
}

impl Payload for AttrGetter {
    #[inline(always)]
    fn ty() -> &'static Type {
        &ATTRGETTER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        self.names.iter().for_each(|name| visitor.obj(name));
        self.paths.iter().flatten().for_each(|part| visitor.obj(part));
    }
}

builtin_type! {
    /// `operator.attrgetter`.
    pub static ATTRGETTER_TYPE = TypeSpec {
        name: "operator.attrgetter",
        doc: "attrgetter(attr, /, *attrs)\n--\n\nA callable that fetches attributes from its operand.\n\nAfter f = attrgetter('name'), f(r) is r.name; after g = attrgetter('a', 'b.c'), g(r) is (r.a, r.b.c).",
        slots: Slots {
            repr: Some(repr_attrgetter),
            call: Some(get_attributes),
            new: Some(new_attrgetter),
            ..Instance::<AttrGetter>::SLOTS
        },
        methods: attr_methods::METHODS,
        getsets: attr_methods::GETSETS,
        ..Instance::<AttrGetter>::SPEC
    }
}

fn new_attrgetter(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let names = arguments(th, "attrgetter", args)?;
    let mut paths = Vec::with_capacity(names.len());
    for name in &names {
        let Some(text) = name.cast::<Str>() else {
            return err!(th, TYPE_ERROR, "attribute name must be a string");
        };
        paths.push(split_path(th, text)?);
    }
    Instance::create_as(th, ty, AttrGetter { names, paths })
}

/// The parts between the dots.
fn split_path(th: &Thread, text: &Str) -> PyResult<Vec<Obj>> {
    let units = text.units();
    let (mut parts, mut start) = (Vec::new(), 0);
    for end in 0..=units.len() {
        if end == units.len() || units.get(end) == Some(u32::from(b'.')) {
            let part = str::substring(th, text, start, end)?;
            parts.push(str::intern(th, part));
            start = end + 1;
        }
    }
    Ok(parts)
}

fn repr_attrgetter(th: &Thread, v: Value) -> PyResult {
    repr_getter(th, v, &this::<AttrGetter>(th, v)?.names)
}

fn get_path(th: &Thread, v: Value, path: &[Obj]) -> PyResult {
    let mut found = v.own();
    for name in path {
        found = object::get_attr(th, found.value(), name.value())?;
    }
    Ok(found)
}

fn get_attributes(th: &Thread, v: Value, args: Args) -> PyResult {
    let getter = this::<AttrGetter>(th, v)?;
    let operand = operand(th, "attrgetter", args)?;
    if let [path] = &getter.paths[..] {
        return get_path(th, operand, path);
    }
    let found: PyResult<Vec<Obj>> = getter.paths.iter().map(|path| get_path(th, operand, path)).collect();
    th.tuple_from(found?)
}

#[pymethods]
mod attr_methods {
    use super::*;

    /// What calling an instance takes.
    #[getter("__text_signature__")]
    fn text_signature(th: &Thread, _: Value) -> PyResult {
        th.str("(obj, /)")
    }
    /// For pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let args = tuple_of(th, &crate::this::<AttrGetter>(th, this)?.names)?;
        th.tuple(&[this.ty().value(), args.value()])
    }
}

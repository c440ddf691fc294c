//! Views of dicts: `dict_keys`, `dict_values`, `dict_items`. Keys and items views are set-like.

use super::{Dict, iterators, slots::push};
use crate::prelude::*;
use crate::types::set::{self, Set};
use crate::types::tuple::Tuple;

/// A view: the dict it looks at.
#[repr(C)]
struct View {
    dict: Obj,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Keys,
    Values,
    Items,
}

macro_rules! view {
    ($static:ident, $payload:ident, $name:literal, $part:expr, $methods:ident, { $($slot:ident: $function:expr,)* }) => {
        builtin_type! {
            pub static $static = TypeSpec {
                name: $name,
                base: Some(&statics::OBJECT_TYPE),
                slots: Slots {
                    repr: Some(|th, this| repr(th, this, $name)),
                    iter: Some(|th, this| part_iter(th, dict_of(this), $part)),
                    sq_length: Some(length),
                    $($slot: Some($function),)*
                    ..Instance::<$payload>::SLOTS
                },
                methods: $methods::METHODS,
                getsets: $methods::GETSETS,
                ..Instance::<$payload>::SPEC
            }
        }
        #[repr(transparent)]
        struct $payload(View);
        impl Payload for $payload {
            fn ty() -> &'static Type {
                &$static
            }
            fn traverse(&self, visitor: &mut Visitor) {
                visitor.obj(&self.0.dict);
            }
        }
    };
}

view!(DICT_KEYS_TYPE, KeysView, "dict_keys", Part::Keys, keys_methods, {
    richcompare: richcompare,
    sq_contains: keys_contain,
    nb_subtract: difference,
    nb_and: intersection,
    nb_xor: symmetric_difference,
    nb_or: union,
});
view!(DICT_VALUES_TYPE, ValuesView, "dict_values", Part::Values, values_methods, {});
view!(DICT_ITEMS_TYPE, ItemsView, "dict_items", Part::Items, items_methods, {
    richcompare: richcompare,
    sq_contains: items_contain,
    nb_subtract: difference,
    nb_and: intersection,
    nb_xor: symmetric_difference,
    nb_or: union,
});

pub(super) fn keys(th: &Thread, dict: Value) -> PyResult {
    Instance::<KeysView>::create(th, KeysView(View { dict: dict.own() }))
}
pub(super) fn values(th: &Thread, dict: Value) -> PyResult {
    Instance::<ValuesView>::create(th, ValuesView(View { dict: dict.own() }))
}
pub(super) fn items(th: &Thread, dict: Value) -> PyResult {
    Instance::<ItemsView>::create(th, ItemsView(View { dict: dict.own() }))
}

/// The dict of any view.
fn dict_of(view: Value) -> Value {
    // SAFETY: I4, slots of views are called with views, whose payloads are laid out alike.
    unsafe { view.cast_unchecked::<Instance<View>>() }.payload.dict.value()
}

fn part_of(view: Value) -> Option<Part> {
    if view.is_exact(&DICT_KEYS_TYPE) {
        Some(Part::Keys)
    } else if view.is_exact(&DICT_ITEMS_TYPE) {
        Some(Part::Items)
    } else {
        None
    }
}

fn part_iter(th: &Thread, dict: Value, part: Part) -> PyResult {
    match part {
        Part::Keys => iterators::keys(th, dict),
        Part::Values => iterators::values(th, dict),
        Part::Items => iterators::items(th, dict),
    }
}

fn length(_: &Thread, this: Value) -> PyResult<isize> {
    Ok(Dict::of(dict_of(this)).len() as isize)
}

fn repr(th: &Thread, this: Value, name: &str) -> PyResult {
    let text = th.repr_guard(this, || {
        let items = iter::to_vec(th, this)?;
        let list = th.list(items)?;
        let shown = object::repr(th, list.value())?;
        let mut buf = whipsnake_text::Builder::new();
        buf.push_str(name);
        buf.push_str("(");
        push(&mut buf, &shown);
        buf.push_str(")");
        crate::types::str::from_buf(th, buf.finish())
    })?;
    text.map_or_else(|| th.str("..."), Ok)
}

fn keys_contain(th: &Thread, this: Value, key: Value) -> PyResult<bool> {
    Dict::of(dict_of(this)).contains(th, key)
}

fn items_contain(th: &Thread, this: Value, item: Value) -> PyResult<bool> {
    let Some(pair) = item.cast::<Tuple>() else { return Ok(false) };
    let &[key, value] = pair.as_slice() else { return Ok(false) };
    match Dict::of(dict_of(this)).get(th, key)? {
        Some(found) => Ok(found.is(value) || compare::eq(th, found.value(), value)?),
        None => Ok(false),
    }
}

/// Sets, frozensets, and keys and items views.
fn is_set_like(v: Value) -> bool {
    v.is_instance(&statics::SET_TYPE) || v.is_instance(&statics::FROZENSET_TYPE) || part_of(v).is_some()
}

fn all_contained(th: &Thread, items: Value, container: Value) -> PyResult<bool> {
    let iterator = iter::get_iter(th, items)?;
    while let Some(item) = iter::next(th, iterator.value())? {
        if !sequence::contains(th, container, item.value())? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn richcompare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !is_set_like(b) {
        return Ok(Obj::not_implemented());
    }
    let (la, lb) = (object::len(th, a)?, object::len(th, b)?);
    let holds = match op {
        CompareOp::Eq => la == lb && all_contained(th, a, b)?,
        CompareOp::Ne => !(la == lb && all_contained(th, a, b)?),
        CompareOp::Lt => la < lb && all_contained(th, a, b)?,
        CompareOp::Le => la <= lb && all_contained(th, a, b)?,
        CompareOp::Gt => la > lb && all_contained(th, b, a)?,
        CompareOp::Ge => la >= lb && all_contained(th, b, a)?,
    };
    Ok(Obj::bool(holds))
}

/// A set of a view's elements, or of any iterable's.
fn to_set(th: &Thread, v: Value) -> PyResult {
    let result = Set::new(th)?;
    set::update(th, result.value(), v)?;
    Ok(result)
}

fn difference(th: &Thread, a: Value, b: Value) -> PyResult {
    let result = to_set(th, a)?;
    set::difference_update(th, result.value(), b)?;
    Ok(result)
}

fn intersection(th: &Thread, a: Value, b: Value) -> PyResult {
    // The other operand may stand on the left.
    let (mut view, mut other) = if part_of(a).is_some() { (a, b) } else { (b, a) };
    if part_of(other).is_some() && object::len(th, other)? > object::len(th, view)? {
        (view, other) = (other, view);
    }
    // Walk over the smaller one when both are set-like.
    if is_set_like(other) && object::len(th, other)? > object::len(th, view)? {
        (view, other) = (other, view);
    }
    let result = Set::new(th)?;
    let iterator = iter::get_iter(th, other)?;
    while let Some(item) = iter::next(th, iterator.value())? {
        if sequence::contains(th, view, item.value())? {
            set::add(th, result.value(), item.value())?;
        }
    }
    Ok(result)
}

fn symmetric_difference(th: &Thread, a: Value, b: Value) -> PyResult {
    let result = to_set(th, a)?;
    set::symmetric_difference_update(th, result.value(), b)?;
    Ok(result)
}

fn union(th: &Thread, a: Value, b: Value) -> PyResult {
    let result = to_set(th, a)?;
    set::update(th, result.value(), b)?;
    Ok(result)
}

fn disjoint(th: &Thread, this: Value, other: Value) -> PyResult<bool> {
    if this.same(other) {
        return Ok(object::len(th, this)? == 0);
    }
    let (mut view, mut other) = (this, other);
    if is_set_like(other) && object::len(th, other)? > object::len(th, view)? {
        (view, other) = (other, view);
    }
    let iterator = iter::get_iter(th, other)?;
    while let Some(item) = iter::next(th, iterator.value())? {
        if sequence::contains(th, view, item.value())? {
            return Ok(false);
        }
    }
    Ok(true)
}

#[pymethods]
mod keys_methods {
    use super::*;

    /// Whether the view and the iterable have no element in common.
    #[method("isdisjoint(other, /)")]
    fn isdisjoint(th: &Thread, this: Value, other: Value) -> PyResult<bool> {
        disjoint(th, this, other)
    }

    /// An iterator over the keys, newest first.
    #[method("__reversed__()")]
    fn reversed(th: &Thread, this: Value) -> PyResult {
        iterators::reversed_keys(th, dict_of(this))
    }

    /// the dictionary this view looks at, read-only
    #[getter("mapping")]
    fn mapping(th: &Thread, this: Value) -> PyResult {
        crate::types::mappingproxy::new(th, dict_of(this))
    }
}

#[pymethods]
mod values_methods {
    use super::*;

    /// An iterator over the values, newest first.
    #[method("__reversed__()")]
    fn reversed(th: &Thread, this: Value) -> PyResult {
        iterators::reversed_values(th, dict_of(this))
    }

    /// the dictionary this view looks at, read-only
    #[getter("mapping")]
    fn mapping(th: &Thread, this: Value) -> PyResult {
        crate::types::mappingproxy::new(th, dict_of(this))
    }
}

#[pymethods]
mod items_methods {
    use super::*;

    /// Whether the view and the iterable have no element in common.
    #[method("isdisjoint(other, /)")]
    fn isdisjoint(th: &Thread, this: Value, other: Value) -> PyResult<bool> {
        disjoint(th, this, other)
    }

    /// An iterator over the items, newest first.
    #[method("__reversed__()")]
    fn reversed(th: &Thread, this: Value) -> PyResult {
        iterators::reversed_items(th, dict_of(this))
    }

    /// the dictionary this view looks at, read-only
    #[getter("mapping")]
    fn mapping(th: &Thread, this: Value) -> PyResult {
        crate::types::mappingproxy::new(th, dict_of(this))
    }
}

//! Iterators over dicts, forward and backward.

use super::Dict;
use crate::prelude::*;
use crate::types::iterators::ResultTuple;
use std::cell::Cell;

/// What an iterator hands out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Keys,
    Values,
    Items,
}

/// A position in a dict. The dict is dropped at the end.
struct Walk {
    dict: ObjCell,
    /// Forward: the next entry to look at; backward: the one behind it.
    pos: Cell<usize>,
    /// The dict's length when the iteration began; `usize::MAX` after a change was found.
    expected: Cell<usize>,
    left: Cell<usize>,
    /// The last pair of an iterator over items.
    result: ResultTuple,
}

impl Walk {
    fn new(dict: Value, backward: bool) -> Walk {
        let table = Dict::of(dict);
        Walk {
            dict: ObjCell::new(dict.own()),
            pos: Cell::new(if backward { table.end() } else { 0 }),
            expected: Cell::new(table.len()),
            left: Cell::new(table.len()),
            result: ResultTuple::NONE,
        }
    }
    #[inline]
    fn next(&self, th: &Thread, part: Part, backward: bool) -> PyResult<Option<Obj>> {
        let Some(owner) = self.dict.peek() else { return Ok(None) };
        let dict = Dict::of(owner);
        if dict.len() != self.expected.get() {
            self.expected.set(usize::MAX);
            return err!(th, RUNTIME_ERROR, "dictionary changed size during iteration");
        }
        let mut pos = self.pos.get();
        let entry = if backward {
            // A dict that was cleared meanwhile may be shorter than the position.
            if pos > dict.end() {
                pos = 0;
            }
            dict.entry_before(&mut pos)
        } else {
            dict.entry_at(&mut pos).map(|(key, value, _)| (key, value))
        };
        self.pos.set(pos);
        let Some((key, value)) = entry else {
            self.dict.set(None);
            return Ok(None);
        };
        let left = self.left.get();
        if left == 0 {
            self.dict.set(None);
            return err!(th, RUNTIME_ERROR, "dictionary keys changed during iteration");
        }
        self.left.set(left - 1);
        match part {
            Part::Keys => Ok(Some(key.own())),
            Part::Values => Ok(Some(value.own())),
            Part::Items => self.result.pair(th, key.own(), value.own()).map(Some),
        }
    }
    fn length_hint(&self) -> usize {
        match self.dict.peek() {
            Some(dict) if Dict::of(dict).len() == self.expected.get() => self.left.get(),
            _ => 0,
        }
    }
    /// What is left, as a list; the iterator stays where it is.
    fn rest(&self, th: &Thread, part: Part, backward: bool) -> PyResult {
        let copy = Walk {
            dict: ObjCell::some_or_empty(self.dict.get()),
            pos: self.pos.clone(),
            expected: self.expected.clone(),
            left: self.left.clone(),
            result: ResultTuple::NONE,
        };
        let mut items = Vec::new();
        while let Some(item) = copy.next(th, part, backward)? {
            items.push(item);
        }
        th.list(items)
    }
}

macro_rules! iterator {
    ($static:ident, $payload:ident, $name:literal, $part:expr, $backward:literal, $methods:ident) => {
        builtin_type! {
            pub static $static = TypeSpec {
                name: $name,
                base: Some(&statics::OBJECT_TYPE),
                slots: Slots {
                    iter: Some(iter::self_iter),
                    iternext: Some($payload::next),
                    ..Instance::<$payload>::SLOTS
                },
                methods: $methods::METHODS,
                ..Instance::<$payload>::SPEC
            }
        }
        struct $payload(Walk);
        impl Payload for $payload {
            fn ty() -> &'static Type {
                &$static
            }
            fn traverse(&self, visitor: &mut Visitor) {
                visitor.cell(&self.0.dict);
                self.0.result.traverse(visitor);
            }
        }
        impl $payload {
            fn next(th: &Thread, this: Value) -> PyResult<Option<Obj>> {
                // SAFETY: I4, the slot belongs to this type.
                unsafe { this.cast_unchecked::<Instance<$payload>>() }.0.next(th, $part, $backward)
            }
        }
        #[pymethods]
        mod $methods {
            use super::*;

            /// Items left, as far as is known.
            #[method("__length_hint__()")]
            fn length_hint(_: &Thread, this: &Instance<$payload>) -> usize {
                this.0.length_hint()
            }

            /// For pickling.
            #[method("__reduce__()")]
            fn reduce(th: &Thread, this: &Instance<$payload>) -> PyResult {
                let rest = this.0.rest(th, $part, $backward)?;
                let iter = crate::types::str::builtin(th, "iter")?;
                let args = th.tuple_from(vec![rest])?;
                th.tuple_from(vec![iter, args])
            }
        }
    };
}

iterator!(DICT_KEY_ITERATOR_TYPE, KeyIterator, "dict_keyiterator", Part::Keys, false, key_methods);
iterator!(DICT_VALUE_ITERATOR_TYPE, ValueIterator, "dict_valueiterator", Part::Values, false, value_methods);
iterator!(DICT_ITEM_ITERATOR_TYPE, ItemIterator, "dict_itemiterator", Part::Items, false, item_methods);
iterator!(
    DICT_REVERSE_KEY_ITERATOR_TYPE,
    BackKeyIterator,
    "dict_reversekeyiterator",
    Part::Keys,
    true,
    back_key_methods
);
iterator!(
    DICT_REVERSE_VALUE_ITERATOR_TYPE,
    BackValueIterator,
    "dict_reversevalueiterator",
    Part::Values,
    true,
    back_value_methods
);
iterator!(
    DICT_REVERSE_ITEM_ITERATOR_TYPE,
    BackItemIterator,
    "dict_reverseitemiterator",
    Part::Items,
    true,
    back_item_methods
);

/// An iterator over the keys.
pub(super) fn keys(th: &Thread, dict: Value) -> PyResult {
    Instance::<KeyIterator>::create(th, KeyIterator(Walk::new(dict, false)))
}
pub(super) fn values(th: &Thread, dict: Value) -> PyResult {
    Instance::<ValueIterator>::create(th, ValueIterator(Walk::new(dict, false)))
}
pub(super) fn items(th: &Thread, dict: Value) -> PyResult {
    Instance::<ItemIterator>::create(th, ItemIterator(Walk::new(dict, false)))
}
pub(super) fn reversed_keys(th: &Thread, dict: Value) -> PyResult {
    Instance::<BackKeyIterator>::create(th, BackKeyIterator(Walk::new(dict, true)))
}
pub(super) fn reversed_values(th: &Thread, dict: Value) -> PyResult {
    Instance::<BackValueIterator>::create(th, BackValueIterator(Walk::new(dict, true)))
}
pub(super) fn reversed_items(th: &Thread, dict: Value) -> PyResult {
    Instance::<BackItemIterator>::create(th, BackItemIterator(Walk::new(dict, true)))
}

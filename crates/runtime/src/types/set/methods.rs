//! The methods of `set` and `frozenset`.

use super::slots::with_set_key;
use super::{FROZENSET_TYPE, Set, algebra};
use crate::prelude::*;

fn with_others(th: &Thread, set: Value, others: &[Slot], step: fn(&Thread, Value, Value) -> PyResult) -> PyResult {
    let mut result = if others.is_empty() { algebra::copy(th, set)? } else { set.own() };
    for other in others {
        result = step(th, result.value(), other.value())?;
    }
    Ok(result)
}

fn reduce_set(th: &Thread, this: Value) -> PyResult {
    let items = iter::to_vec(th, this)?;
    let list = th.list(items)?;
    let args = th.tuple_from(vec![list])?;
    let state = call::call_method(th, this, "__getstate__", &[])?;
    th.tuple(&[this.ty().value(), args.value(), state.value()])
}

/// The methods both types have.
macro_rules! shared_methods {
    ($name:ident { $($extra:item)* }) => {
        #[pymethods]
        pub mod $name {
            use super::*;
            $($extra)*

            /// Whether the element is in the set.
            #[method("__contains__(object, /)")]
            fn contains(th: &Thread, this: &Set, object: Value) -> PyResult<bool> {
                with_set_key(th, object, |key| this.contains(th, key))
            }

            /// A new set with the elements of this set and of all others.
            #[method("union(*others)")]
            fn union(th: &Thread, this: Value, others: &[Slot]) -> PyResult {
                let result = algebra::copy(th, this)?;
                for other in others {
                    algebra::update(th, result.value(), other.value())?;
                }
                Ok(result)
            }

            /// A new set with the elements that this set and all others have.
            #[method("intersection(*others)")]
            fn intersection(th: &Thread, this: Value, others: &[Slot]) -> PyResult {
                with_others(th, this, others, algebra::intersection)
            }

            /// A new set with the elements of this set that are in none of the others.
            #[method("difference(*others)")]
            fn difference(th: &Thread, this: Value, others: &[Slot]) -> PyResult {
                with_others(th, this, others, algebra::difference)
            }

            /// A new set with the elements that are in exactly one of the two.
            #[method("symmetric_difference(other, /)")]
            fn symmetric_difference(th: &Thread, this: Value, other: Value) -> PyResult {
                algebra::symmetric_difference(th, this, other)
            }

            /// Whether the two have no element in common.
            #[method("isdisjoint(other, /)")]
            fn isdisjoint(th: &Thread, this: Value, other: Value) -> PyResult<bool> {
                algebra::is_disjoint(th, this, other)
            }

            /// Whether the other has every element of this set.
            #[method("issubset(other, /)")]
            fn issubset(th: &Thread, this: &Set, other: Value) -> PyResult<bool> {
                if let Some(other) = Set::of_any(other) {
                    return algebra::is_subset(th, this, other);
                }
                let other = algebra::from_iterable(th, &FROZENSET_TYPE, Some(other))?;
                algebra::is_subset(th, this, Set::of(other.value()))
            }

            /// Whether this set has every element of the other.
            #[method("issuperset(other, /)")]
            fn issuperset(th: &Thread, this: &Set, other: Value) -> PyResult<bool> {
                if let Some(other) = Set::of_any(other) {
                    return algebra::is_subset(th, other, this);
                }
                algebra::contains_all(th, this, other)
            }

            /// For pickling.
            #[method("__reduce__()")]
            fn reduce(th: &Thread, this: Value) -> PyResult {
                reduce_set(th, this)
            }

            /// Size of the object in memory, in bytes.
            #[method("__sizeof__()")]
            fn sizeof(_: &Thread, this: &Set) -> usize {
                this.value().ty().core.basicsize.get() as usize + this.table_bytes()
            }

            /// See PEP 585.
            #[classmethod("__class_getitem__(object, /)")]
            fn class_getitem(th: &Thread, class: Value, object: Value) -> PyResult {
                crate::types::generic_alias::new(th, class, object)
            }
        }
    };
}

shared_methods!(frozenset_methods {
    /// A shallow copy.
    #[method("copy()")]
    fn copy(th: &Thread, this: Value) -> PyResult {
        if this.is_exact(&FROZENSET_TYPE) { Ok(this.own()) } else { algebra::copy(th, this) }
    }
});

shared_methods!(set_methods {
    /// A shallow copy.
    #[method("copy()")]
    fn copy(th: &Thread, this: Value) -> PyResult {
        algebra::copy(th, this)
    }

    /// Adds an element.
    #[method("add(object, /)")]
    fn add(th: &Thread, this: &Set, object: Value) -> PyResult<()> {
        this.add(th, object).map(|_| ())
    }

    /// Removes an element if it is there.
    #[method("discard(object, /)")]
    fn discard(th: &Thread, this: &Set, object: Value) -> PyResult<()> {
        with_set_key(th, object, |key| this.discard(th, key)).map(|_| ())
    }

    /// Removes an element; KeyError if it is not there.
    #[method("remove(object, /)")]
    fn remove(th: &Thread, this: &Set, object: Value) -> PyResult<()> {
        if with_set_key(th, object, |key| this.discard(th, key))? { Ok(()) } else { Err(th.key_error(object)) }
    }

    /// Removes and returns some element; KeyError if there is none.
    #[method("pop()")]
    fn pop(th: &Thread, this: &Set) -> PyResult {
        match this.pop_any() {
            Some(item) => Ok(item),
            None => err!(th, KEY_ERROR, "pop from an empty set"),
        }
    }

    /// Removes all elements.
    #[method("clear()")]
    fn clear(th: &Thread, this: &Set) {
        this.clear(th);
    }

    /// Adds the elements of all others.
    #[method("update(*others)")]
    fn update(th: &Thread, this: Value, others: &[Slot]) -> PyResult<()> {
        others.iter().try_for_each(|other| algebra::update(th, this, other.value()))
    }

    /// Keeps only the elements that all others have.
    #[method("intersection_update(*others)")]
    fn intersection_update(th: &Thread, this: Value, others: &[Slot]) -> PyResult<()> {
        let kept = with_others(th, this, others, algebra::intersection)?;
        Set::of(this).swap(Set::of(kept.value()));
        Ok(())
    }

    /// Removes the elements of all others.
    #[method("difference_update(*others)")]
    fn difference_update(th: &Thread, this: Value, others: &[Slot]) -> PyResult<()> {
        others.iter().try_for_each(|other| algebra::difference_update(th, this, other.value()))
    }

    /// Removes the elements of the other that are there and adds those that are not.
    #[method("symmetric_difference_update(other, /)")]
    fn symmetric_difference_update(th: &Thread, this: Value, other: Value) -> PyResult<()> {
        algebra::symmetric_difference_update(th, this, other)
    }
});

//! Built-in iterators that belong to no single container, and those of `list` and `tuple`.
//!
//! - `sequence.rs`: list and tuple iterators, over a layout that the evaluation loop reads
//! - `indexed.rs`: `reversed(list)`, `reversed`, iteration by `__getitem__`
//! - `callable.rs`: `iter(callable, sentinel)`
//! - `enumerate.rs`, `zip.rs`, `map.rs` (with `filter`)
//! - `reuse.rs`: result tuples that are used again when nobody kept them

mod callable;
mod enumerate;
mod indexed;
mod map;
mod reuse;
mod sequence;
mod zip;

use crate::prelude::*;
use crate::types::{int, type_type};

pub use callable::{CALLABLE_ITERATOR_TYPE, callable_iterator};
pub use enumerate::ENUMERATE_TYPE;
pub use indexed::{
    LIST_REVERSE_ITERATOR_TYPE, REVERSED_TYPE, SEQUENCE_ITERATOR_TYPE, list_reverse_iterator, sequence_iterator,
};
pub use map::{FILTER_TYPE, MAP_TYPE};
pub use reuse::ResultTuple;
pub use sequence::{
    LIST_ITERATOR_TYPE, ListIterator, TUPLE_ITERATOR_TYPE, TupleIterator, list_iterator, tuple_iterator,
};
pub use zip::ZIP_TYPE;

/// The types of this module.
pub(crate) const ALL: &[&Type] = &[
    &LIST_ITERATOR_TYPE,
    &TUPLE_ITERATOR_TYPE,
    &LIST_REVERSE_ITERATOR_TYPE,
    &SEQUENCE_ITERATOR_TYPE,
    &CALLABLE_ITERATOR_TYPE,
    &REVERSED_TYPE,
    &ENUMERATE_TYPE,
    &ZIP_TYPE,
    &MAP_TYPE,
    &FILTER_TYPE,
];

/// A pickling recipe: `(builtin, args)` or `(builtin, args, index)`.
fn recipe(th: &Thread, builtin: &str, args: &[Value], index: Option<isize>) -> PyResult {
    let function = type_type::builtin(th, builtin)?;
    recipe_of(th, function.value(), args, index)
}

/// A pickling recipe: `(callable, args)` or `(callable, args, index)`.
fn recipe_of(th: &Thread, callable: Value, args: &[Value], index: Option<isize>) -> PyResult {
    let args = th.tuple(args)?;
    match index {
        Some(index) => {
            let index = th.int(index as i64)?;
            th.tuple(&[callable, args.value(), index.value()])
        }
        None => th.tuple(&[callable, args.value()]),
    }
}

/// The argument of `__setstate__`: an index.
fn state_index(th: &Thread, state: Value) -> PyResult<isize> {
    if !int::is_int(state) {
        return err!(th, TYPE_ERROR, "an integer is required");
    }
    number::as_isize(th, state)
}

//! Iteration: what `for` loops, unpacking and the constructors of containers are made of.
//!
//! The `iternext` slot answers `Ok(None)` at the end. A slot that runs Python code may also raise StopIteration; [`next`]
//! turns that into `None` as well, so callers see one kind of end.

use crate::prelude::*;
use crate::types::iterators;
use crate::types::list::List;
use crate::types::set::Set;
use crate::types::tuple::Tuple;

/// `iter(v)`.
///
/// # Errors
/// TypeError if `v` is not iterable, or if `__iter__` returns something that is not an iterator; what `__iter__` raises.
#[inline]
pub fn get_iter(th: &Thread, v: Value) -> PyResult {
    match v.ty().slots().iter {
        Some(iter) => {
            let it = iter(th, v)?;
            if is_iterator(it.value()) { Ok(it) } else { Err(no_iterator(th, it.value())) }
        }
        None => get_sequence_iter(th, v),
    }
}

#[cold]
fn no_iterator(th: &Thread, it: Value) -> Raised {
    th.type_error(format!("iter() returned non-iterator of type '{}'", it.ty().name()))
}

#[cold]
fn get_sequence_iter(th: &Thread, v: Value) -> PyResult {
    if sequence::is_sequence(v) {
        return iterators::sequence_iterator(th, v);
    }
    err!(th, TYPE_ERROR, "'{}' object is not iterable", v.ty().name())
}

/// Whether `v` has a `__next__`.
#[inline(always)]
pub fn is_iterator(v: Value) -> bool {
    v.ty().slots().iternext.is_some()
}

/// Whether [`get_iter`] has something to try. Does not run any code.
pub fn is_iterable(v: Value) -> bool {
    v.ty().slots().iter.is_some() || sequence::is_sequence(v)
}

/// The next item, or `None` at the end.
///
/// # Errors
/// TypeError if `it` is no iterator; what `__next__` raises, but for StopIteration.
#[inline]
pub fn next(th: &Thread, it: Value) -> PyResult<Option<Obj>> {
    next_telling(th, it, || {})
}

/// As [`next`]; `tell` is called when the iterator has raised StopIteration, before that is dropped.
///
/// # Errors
/// As [`next`].
#[inline(always)]
pub fn next_telling(th: &Thread, it: Value, tell: impl FnOnce()) -> PyResult<Option<Obj>> {
    match it.ty().slots().iternext {
        Some(iternext) => {
            // Iterators may lie in each other as deep as one likes.
            th.check_native_stack("")?;
            match iternext(th, it) {
                Ok(item) => Ok(item),
                Err(raised) => stopped(th, raised, tell),
            }
        }
        None => err!(th, TYPE_ERROR, "'{}' object is not an iterator", it.ty().name()),
    }
}

/// The items of an iterable, one after the other, as an iterator over it would hand them out.
pub enum Items<'a> {
    List(&'a List, usize),
    Tuple(&'a [Value], usize),
    /// A set, the next position in its table, and how many elements it had at the beginning.
    Set(&'a Set, usize, usize),
    Iterator(Obj),
}

impl<'a> Items<'a> {
    /// Begins with the first item of `v`, which the caller keeps alive.
    ///
    /// # Errors
    /// As [`get_iter`].
    #[inline]
    pub fn of(th: &Thread, v: Value) -> PyResult<Items<'a>> {
        if let Some(list) = v.exact::<List>() {
            return Ok(Items::List(list, 0));
        }
        if let Some(tuple) = v.exact::<Tuple>() {
            return Ok(Items::Tuple(tuple.as_slice(), 0));
        }
        if v.is_exact(&statics::SET_TYPE) || v.is_exact(&statics::FROZENSET_TYPE) {
            let set = Set::of(v);
            return Ok(Items::Set(set, 0, set.len()));
        }
        // Iterators may lie in each other as deep as one likes. What is true of the stack here stays so.
        th.check_native_stack("")?;
        get_iter(th, v).map(Items::Iterator)
    }
    /// The next item, or `None` at the end; not to be called after that.
    ///
    /// # Errors
    /// As [`next`].
    #[inline]
    pub fn next(&mut self, th: &Thread) -> PyResult<Option<Obj>> {
        match self {
            Items::Iterator(it) => match it.value().ty().slots().iternext {
                Some(iternext) => match iternext(th, it.value()) {
                    Ok(item) => Ok(item),
                    Err(raised) => stopped(th, raised, || {}),
                },
                None => next(th, it.value()),
            },
            Items::Set(set, at, expected) => set.next_element(th, at, *expected),
            Items::List(list, at) => {
                let item = list.get(*at);
                *at += 1;
                Ok(item)
            }
            Items::Tuple(items, at) => {
                let item = items.get(*at).map(|item| item.own());
                *at += 1;
                Ok(item)
            }
        }
    }
}

/// `None` if the exception is a StopIteration, which is told and dropped.
#[cold]
#[inline(never)]
fn stopped(th: &Thread, raised: Raised, tell: impl FnOnce()) -> PyResult<Option<Obj>> {
    if th.exception_matches(&statics::STOP_ITERATION) {
        tell();
        drop(th.take_exception());
        return Ok(None);
    }
    Err(raised)
}

/// Calls `body` with each item of `v`.
///
/// # Errors
/// As [`get_iter`] and [`next`]; whatever `body` raises, which ends the iteration.
pub fn for_each(th: &Thread, v: Value, mut body: impl FnMut(Obj) -> PyResult<()>) -> PyResult<()> {
    let mut items = Items::of(th, v)?;
    while let Some(item) = items.next(th)? {
        body(item)?;
    }
    Ok(())
}

/// All items of `v`.
///
/// # Errors
/// As [`get_iter`] and [`next`]; what `__length_hint__` raises; MemoryError.
pub fn to_vec(th: &Thread, v: Value) -> PyResult<Vec<Obj>> {
    let known = match v.exact::<List>() {
        Some(list) => Some(list.as_slice()),
        None => v.exact::<Tuple>().map(Tuple::as_slice),
    };
    if let Some(known) = known {
        let mut items = Vec::new();
        reserve(th, &mut items, known.len())?;
        items.extend(known.iter().map(|item| item.own()));
        return Ok(items);
    }
    let source = Items::of(th, v)?;
    let hint = length_hint(th, v, 8)?;
    collect(th, source, hint)
}

/// All items of an iteration that has just begun; `hint` says how many there may be.
///
/// # Errors
/// As [`next`]; MemoryError.
pub(crate) fn collect(th: &Thread, mut source: Items, hint: isize) -> PyResult<Vec<Obj>> {
    let mut items = Vec::new();
    // The hint may be a lie: it is a reason to allocate once, within bounds, and to give up at once where that much could
    // never be had.
    let hint = hint.max(0) as usize;
    reserve(th, &mut items, hint)?;
    if hint > 1 << 20 {
        items = Vec::new();
    }
    collect_rest(th, &mut source, &mut items)?;
    Ok(items)
}

/// Appends what is left of an iteration.
///
/// # Errors
/// As [`next`]; MemoryError.
pub(crate) fn collect_rest(th: &Thread, source: &mut Items, items: &mut Vec<Obj>) -> PyResult<()> {
    while let Some(item) = source.next(th)? {
        if items.len() == items.capacity() {
            let more = items.len().max(8);
            reserve(th, items, more)?;
        }
        items.push(item);
    }
    Ok(())
}

fn reserve(th: &Thread, items: &mut Vec<Obj>, more: usize) -> PyResult<()> {
    items.try_reserve(more).map_err(|_| th.memory_error())
}

/// `operator.length_hint(v, default)`.
///
/// # Errors
/// As [`object::length_hint`].
pub fn length_hint(th: &Thread, v: Value, default: isize) -> PyResult<isize> {
    object::length_hint(th, v, default)
}

/// An iterator without items.
///
/// # Errors
/// MemoryError.
pub fn empty(th: &Thread) -> PyResult {
    iterators::tuple_iterator(th, crate::types::tuple::empty())
}

/// The `iter` slot of iterators: themselves.
///
/// # Errors
/// None.
pub fn self_iter(_: &Thread, v: Value) -> PyResult {
    Ok(v.own())
}

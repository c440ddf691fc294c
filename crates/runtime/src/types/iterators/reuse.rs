//! Result tuples that are used again.
//!
//! `for a, b in zip(x, y)` unpacks each tuple at once: the iterator keeps a reference to the last tuple it made, and
//! when that has become the only one, the next result goes into the same tuple.

use crate::prelude::*;
use whipsnake_layout::objects::TupleObject;

/// The last result of an iterator that makes tuples of one length.
pub struct ResultTuple(ObjCell);

impl Default for ResultTuple {
    fn default() -> ResultTuple {
        ResultTuple::NONE
    }
}

/// A tuple that nobody but the holder knows.
pub struct Unshared(Obj);

impl ResultTuple {
    /// No tuple made yet.
    pub const NONE: ResultTuple = ResultTuple(ObjCell::EMPTY);

    /// For the collector.
    pub fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.0);
    }
    /// Takes the tuple out if nobody else refers to it.
    #[inline]
    pub fn take(&self) -> Option<Unshared> {
        let tuple = self.0.peek()?;
        // SAFETY: I1, the cell owns a live tuple.
        let shared = unsafe { (*tuple.as_ptr()).refcount.get() } != 1;
        if shared { None } else { self.0.take().map(Unshared) }
    }
    /// As [`ResultTuple::take`], and the tuple taken is the last result: one that is still in use is forgotten.
    #[inline]
    pub fn take_latest(&self) -> Option<Unshared> {
        let tuple = self.take();
        if tuple.is_none() {
            self.0.set(None);
        }
        tuple
    }
    /// Hands out a filled tuple and remembers it.
    #[inline]
    pub fn give(&self, tuple: Unshared) -> Obj {
        // SAFETY: I4, it is a tuple; its items have changed, so the hash is unknown again.
        unsafe { tuple.0.cast_unchecked::<TupleObject>() }.hash.set(-1);
        self.0.set(Some(tuple.0.clone()));
        tuple.0
    }
    /// Remembers a new tuple, unless there is an older one: that one may come back (a tuple that `enumerate` hands on
    /// is free again when the next but one is made).
    #[inline]
    pub fn keep(&self, tuple: Obj) -> Obj {
        if self.0.is_empty() {
            self.0.set(Some(tuple.clone()));
        }
        tuple
    }
    /// A pair.
    ///
    /// # Errors
    /// MemoryError.
    #[inline]
    pub fn pair(&self, th: &Thread, a: Obj, b: Obj) -> PyResult {
        match self.take() {
            Some(tuple) => {
                let old = (tuple.set(0, a), tuple.set(1, b));
                let tuple = self.give(tuple);
                drop(old);
                Ok(tuple)
            }
            None => Ok(self.keep(th.tuple(&[a.value(), b.value()])?)),
        }
    }
}

impl Unshared {
    /// Puts an item in place and hands out the old one. `i` must be below the tuple's length.
    #[inline]
    pub fn set(&self, i: usize, item: Obj) -> Obj {
        // SAFETY: I4, it is a tuple.
        let tuple = unsafe { self.0.cast_unchecked::<TupleObject>() };
        assert!((i as isize) < tuple.head.size.get());
        // SAFETY: I8, the index is below the length; nobody else can see the tuple.
        unsafe { Obj::steal((*tuple.items.as_ptr().add(i)).replace(item.into_value())) }
    }
}

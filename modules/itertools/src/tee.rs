//! `tee`: several iterators over one source.
//!
//! What has been read from the source lies in a linked list of blocks; each iterator knows its block and its place in
//! it, so blocks that all iterators have passed go away by themselves.

use crate::{exactly, this};
use std::cell::{Cell, RefCell};
use whipsnake_runtime::prelude::*;

/// Items of a block.
const BLOCK: usize = 57;

/// A block of items, and the source they come from.
pub struct TeeData {
    source: Obj,
    items: RefCell<Vec<Obj>>,
    next: ObjCell,
    /// The source is being asked.
    running: Cell<bool>,
}

impl Payload for TeeData {
    #[inline(always)]
    fn ty() -> &'static Type {
        &TEE_DATA_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.source);
        self.items.borrow().iter().for_each(|item| visitor.obj(item));
        visitor.cell(&self.next);
    }
    fn clear(&self) {
        let items = self.items.take();
        drop(items);
        self.next.set(None);
    }
}

builtin_type! {
    /// `itertools._tee_dataobject`.
    pub static TEE_DATA_TYPE = TypeSpec {
        name: "itertools._tee_dataobject",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        doc: "Data shared by tee iterators.",
        ..Instance::<TeeData>::SPEC
    }
}

impl TeeData {
    fn create(th: &Thread, source: Obj) -> PyResult {
        let data = TeeData { source, items: RefCell::default(), next: ObjCell::EMPTY, running: Cell::new(false) };
        Instance::create(th, data)
    }
    /// Item `i` of the block, which is read from the source if need be.
    fn item(&self, th: &Thread, i: usize) -> PyResult<Option<Obj>> {
        if let Some(item) = self.items.borrow().get(i) {
            return Ok(Some(item.clone()));
        }
        if self.running.replace(true) {
            return err!(th, RUNTIME_ERROR, "cannot re-enter the tee iterator");
        }
        let item = iter::next(th, self.source.value());
        self.running.set(false);
        let item = item?;
        if let Some(item) = &item {
            self.items.borrow_mut().push(item.clone());
        }
        Ok(item)
    }
    /// The block after this one.
    fn following(&self, th: &Thread) -> PyResult {
        if let Some(next) = self.next.get() {
            return Ok(next);
        }
        let next = TeeData::create(th, self.source.clone())?;
        self.next.set(Some(next.clone()));
        Ok(next)
    }
}

/// One of several iterators over a source.
pub struct Tee {
    data: ObjCell,
    index: Cell<usize>,
}

impl Payload for Tee {
    #[inline(always)]
    fn ty() -> &'static Type {
        &TEE_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.data);
    }
    fn clear(&self) {
        self.data.set(None);
    }
}

builtin_type! {
    /// `itertools._tee`.
    pub static TEE_TYPE = TypeSpec {
        name: "itertools._tee",
        flags: flags::HAVE_GC | flags::WEAKREFABLE,
        doc: "An iterator that can be copied at its present place.",
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(next),
            new: Some(construct),
            ..Instance::<Tee>::SLOTS
        },
        methods: methods::METHODS,
        ..Instance::<Tee>::SPEC
    }
}

fn next(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let tee = this::<Tee>(th, v)?;
    let Some(mut data) = tee.data.get() else { return Ok(None) };
    if tee.index.get() >= BLOCK {
        data = this::<TeeData>(th, data.value())?.following(th)?;
        tee.data.set(Some(data.clone()));
        tee.index.set(0);
    }
    let item = this::<TeeData>(th, data.value())?.item(th, tee.index.get())?;
    if item.is_some() {
        tee.index.set(tee.index.get() + 1);
    }
    Ok(item)
}

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let [iterable] = exactly(th, ty, &TEE_TYPE, args)?;
    let it = iter::get_iter(th, iterable)?;
    from_iterator(th, it)
}

/// A new tee over an iterator; of a tee, a copy.
fn from_iterator(th: &Thread, it: Obj) -> PyResult {
    if let Some(tee) = it.cast::<Instance<Tee>>() {
        return copy_of(th, tee);
    }
    let data = TeeData::create(th, it)?;
    Instance::create(th, Tee { data: ObjCell::new(data), index: Cell::new(0) })
}

fn copy_of(th: &Thread, tee: &Tee) -> PyResult {
    Instance::create(th, Tee { data: ObjCell::some_or_empty(tee.data.get()), index: Cell::new(tee.index.get()) })
}

#[pymethods]
mod methods {
    use super::*;
    /// An independent iterator at the same place.
    #[method("__copy__()")]
    fn copy(th: &Thread, this: &Instance<Tee>) -> PyResult {
        copy_of(th, this)
    }
}

#[pyfunctions]
pub mod functions {
    use super::*;

    /// A tuple of n independent iterators over one iterable.
    #[function("tee(iterable, n=2, /)")]
    fn tee(th: &Thread, iterable: Value, n: isize) -> PyResult {
        if n < 0 {
            return err!(th, VALUE_ERROR, "n must be >= 0");
        }
        if n == 0 {
            return th.tuple(&[]);
        }
        let it = iter::get_iter(th, iterable)?;
        let copy = object::lookup_attr_str(th, it.value(), "__copy__")?;
        let (first, copy) = match copy {
            Some(copy) if !it.is_exact(&TEE_TYPE) => (it, copy),
            _ => {
                let first = from_iterator(th, it)?;
                let copy = object::get_attr_str(th, first.value(), "__copy__")?;
                (first, copy)
            }
        };
        let mut result = vec![first];
        for _ in 1..n {
            if result.len() == result.capacity() && result.try_reserve(result.len()).is_err() {
                return Err(th.memory_error());
            }
            result.push(call::call0(th, copy.value())?);
        }
        th.tuple_from(result)
    }
}

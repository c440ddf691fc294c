//! Which objects have weak references, by address.
//!
//! The table belongs to the interpreter. An object's references are kept oldest first; the table does not own them: a
//! dying reference takes itself out. Small objects' pages carry a flag, so that the death of an object nobody ever
//! referred to weakly does not search the table.

use crate::dealloc::object_size;
use crate::obj::{Obj, ValueExt};
use crate::thread::Thread;
use crate::typeobj::Type;
use crate::types::weakref::WeakRef;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use whipsnake_layout::thread::SMALL_OBJECT_MAX;
use whipsnake_layout::typeobject::flags;
use whipsnake_layout::{Header, Value};
use whipsnake_object::heap::Page;

/// Hashes addresses: one multiplication.
#[derive(Default)]
pub struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64((*byte).into());
        }
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = (self.0 ^ n).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(26);
    }
    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }
}

/// Maps keyed by the addresses of objects, and sets of them.
pub(crate) type AddressMap<T> = HashMap<usize, T, BuildHasherDefault<AddressHasher>>;
pub(crate) type AddressSet = HashSet<usize, BuildHasherDefault<AddressHasher>>;

/// All weak references of an interpreter.
#[derive(Default)]
pub struct WeakTable {
    refs: RefCell<AddressMap<Vec<*mut Header>>>,
    /// Entries in `refs`: looked at before anything else.
    count: Cell<usize>,
}

impl WeakTable {
    /// Enters the reference object `reference` to `object`.
    pub(crate) fn add(&self, object: Value, reference: *mut Header) {
        let header = object.as_ptr();
        object.ty().had_weakrefs.set(true);
        if on_page(header, object.ty()) {
            // SAFETY: I3, `on_page` says so.
            unsafe { Page::of(header) }.has_weakrefs.set(true);
        }
        let mut refs = self.refs.borrow_mut();
        refs.entry(header as usize).or_default().push(reference);
        self.count.set(refs.len());
    }
    /// Takes a reference object out again.
    pub(crate) fn remove(&self, object: usize, reference: *mut Header) {
        let mut refs = self.refs.borrow_mut();
        if let Some(list) = refs.get_mut(&object) {
            list.retain(|&r| r != reference);
            if list.is_empty() {
                refs.remove(&object);
            }
        }
        self.count.set(refs.len());
    }
    /// The live references to `object`, oldest first.
    pub fn refs(&self, object: Value) -> Vec<Obj> {
        let refs = self.refs.borrow();
        let Some(list) = refs.get(&(object.as_ptr() as usize)) else { return Vec::new() };
        list.iter()
            // SAFETY: I1, references in the table are allocated; dying ones have count 0 and are left alone.
            .filter(|&&r| unsafe { (*r).refcount.get() } != 0)
            .map(|&r| unsafe { Value::from_ptr(r) }.own())
            .collect()
    }
    /// The oldest live reference to `object` that `wanted` accepts.
    pub(crate) fn find(&self, object: Value, wanted: impl Fn(Value) -> bool) -> Option<Obj> {
        let refs = self.refs.borrow();
        let list = refs.get(&(object.as_ptr() as usize))?;
        // SAFETY: I1, as in `refs`.
        let live = list.iter().filter(|&&r| unsafe { (*r).refcount.get() } != 0);
        live.map(|&r| unsafe { Value::from_ptr(r) }).find(|r| wanted(*r)).map(ValueExt::own)
    }
    /// How many references there are to `object`.
    pub fn count(&self, object: Value) -> usize {
        if object.is_pointer() { self.refs(object).len() } else { 0 }
    }
    /// Takes all references to the object at this address out.
    fn take(&self, object: usize) -> Vec<*mut Header> {
        let mut refs = self.refs.borrow_mut();
        let list = refs.remove(&object).unwrap_or_default();
        self.count.set(refs.len());
        list
    }
    #[inline]
    fn has(&self, object: *mut Header, ty: &Type) -> bool {
        if self.count.get() == 0 || !ty.had_weakrefs.get() {
            return false;
        }
        // SAFETY: I3, `on_page` says so.
        if on_page(object, ty) && !unsafe { Page::of(object) }.has_weakrefs.get() {
            return false;
        }
        self.refs.borrow().contains_key(&(object as usize))
    }
}

/// Whether an object lies on a page of the heap (types and large objects do not).
pub(crate) fn on_page(object: *const Header, ty: &Type) -> bool {
    // SAFETY: I1, the object is allocated.
    unsafe {
        !(*object).is_immortal() && !ty.has_flag(flags::TYPE_SUBCLASS) && object_size(object, ty) <= SMALL_OBJECT_MAX
    }
}

/// Clears the weak references to a dying object and calls their callbacks, newest first.
#[inline]
pub fn clear_references(th: &Thread, object: *mut Header, ty: &'static Type) {
    if !th.interp.weak.has(object, ty) {
        return;
    }
    let callbacks = detach(th, object, |_| true);
    run_callbacks(th, callbacks);
}

/// Clears those weak references to an object that `wanted` accepts; hands out those with a callback, newest first.
pub(crate) fn detach(th: &Thread, object: *mut Header, wanted: impl Fn(&WeakRef) -> bool) -> Vec<(Obj, Obj)> {
    let table = &th.interp.weak;
    let mut callbacks = Vec::new();
    let mut kept = Vec::new();
    for reference in table.take(object as usize).into_iter().rev() {
        // SAFETY: I1, references in the table are allocated weakref objects.
        let reference = unsafe { Value::from_ptr(reference) };
        let weak = WeakRef::of(reference);
        if !wanted(weak) {
            kept.push(reference);
            continue;
        }
        weak.forget();
        // A dying reference runs no callback; its own death releases it.
        // SAFETY: I1, as above.
        if unsafe { (*reference.as_ptr()).refcount.get() } != 0
            && let Some(callback) = weak.take_callback()
        {
            callbacks.push((reference.own(), callback));
        }
    }
    for reference in kept.into_iter().rev() {
        // SAFETY: I1, the object is allocated.
        table.add(unsafe { Value::from_ptr(object) }, reference.as_ptr());
    }
    callbacks
}

/// Calls weak references' callbacks. Exceptions go to `sys.unraisablehook`.
pub(crate) fn run_callbacks(th: &Thread, callbacks: Vec<(Obj, Obj)>) {
    if callbacks.is_empty() {
        return;
    }
    th.with_exception_saved(|| {
        for (reference, callback) in callbacks {
            if crate::protocols::call::call1(th, callback.value(), reference.value()).is_err() {
                th.write_unraisable("calling weakref callback", Some(callback.value()));
            }
        }
    });
}

/// Whether anything refers weakly to the object.
pub(crate) fn has_references(th: &Thread, object: *mut Header, ty: &Type) -> bool {
    th.interp.weak.has(object, ty)
}

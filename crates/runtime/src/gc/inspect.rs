//! What the `gc` module says of the heap: all objects, referrers, referents; freezing.

use super::MARK_FROZEN;
use super::collection::visit_references;
use crate::prelude::*;
use whipsnake_object::Heap;

/// Calls `visit` with every live object that can take part in cycles.
fn for_each(th: &Thread, mut visit: impl FnMut(*mut Header)) {
    for page in th.interp.heap.cyclic_pages() {
        for (_, object) in Heap::live_cells(page) {
            // SAFETY: I3, a live cell; count 0 = dying.
            if unsafe { (*object).refcount.get() } != 0 {
                visit(object);
            }
        }
    }
    for object in th.interp.heap.large_cyclic_objects() {
        // SAFETY: I3, a registered large object.
        let header = unsafe { &*object };
        if !header.ob_type.get().is_null() && header.refcount.get() != 0 {
            visit(object);
        }
    }
}

/// All objects that can take part in cycles.
pub fn objects(th: &Thread) -> Vec<Obj> {
    let mut all = Vec::new();
    // SAFETY: I1, `for_each` visits live objects.
    for_each(th, |object| all.push(unsafe { Value::from_ptr(object) }.own()));
    all
}

/// The objects that refer directly to one of `targets`.
pub fn referrers(th: &Thread, targets: &[Value]) -> Vec<Obj> {
    let mut found = Vec::new();
    for_each(th, |object| {
        let mut refers = false;
        visit_references(object, &mut |target| {
            refers |= targets.iter().any(|t| t.as_ptr() == target && t.is_pointer())
        });
        if refers {
            // SAFETY: I1, `for_each` visits live objects.
            found.push(unsafe { Value::from_ptr(object) }.own());
        }
    });
    found
}

/// What `v` refers to directly.
pub fn referents(v: Value) -> Vec<Obj> {
    let mut found = Vec::new();
    if v.is_pointer() && v.ty().has_flag(flags::HAVE_GC) {
        // SAFETY: I1, `v` keeps what it refers to alive.
        visit_references(v.as_ptr(), &mut |target| found.push(unsafe { Value::from_ptr(target) }.own()));
    }
    found
}

/// Takes all objects there are out of collections.
pub fn freeze(th: &Thread) {
    for page in th.interp.heap.cyclic_pages() {
        for (_, object) in Heap::live_cells(page) {
            page.set_mark(object, MARK_FROZEN);
        }
    }
    let large = th.interp.heap.large_cyclic_objects();
    th.interp.gc.frozen.borrow_mut().extend(large.into_iter().map(|object| object as usize));
}

/// Puts them back.
pub fn unfreeze(th: &Thread) {
    for page in th.interp.heap.cyclic_pages() {
        page.clear_marks(MARK_FROZEN);
    }
    th.interp.gc.frozen.borrow_mut().clear();
}

/// How many objects are frozen.
pub fn frozen_count(th: &Thread) -> usize {
    let pages = th.interp.heap.cyclic_pages();
    let small: usize = pages
        .iter()
        .map(|page| Heap::live_cells(page).filter(|&(i, _)| page.mark_at(i) & MARK_FROZEN != 0).count())
        .sum();
    small + th.interp.gc.frozen.borrow().len()
}

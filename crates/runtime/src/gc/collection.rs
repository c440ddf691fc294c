//! One collection: trial deletion.
//!
//! Every object that can take part in cycles gets a working copy of its count in a side array of its page. References
//! between such objects are subtracted; what is left over comes from outside (frames, native code, other objects). What
//! can be reached from objects with something left over is alive, the rest is garbage. Then, in CPython's order: weak
//! references with callbacks are cleared and the callbacks run, finalisers run, what they resurrected is taken out, the
//! remaining weak references are cleared, and the garbage is told to drop its references.

use super::{DEBUG_COLLECTABLE, DEBUG_SAVEALL, DEBUG_STATS, MARK_FROZEN, Stats};
use crate::dealloc::object_size;
use crate::prelude::*;
use crate::types::weakref::{WEAKREF_TYPE, WeakRef};
use crate::weakrefs::{AddressMap, AddressSet};
use crate::{gc, weakrefs};
use whipsnake_object::Heap;
use whipsnake_object::heap::{PAGE_SIZE, Page};

/// Not looked at: free, dying, immortal or frozen.
const UNTRACKED: i32 = i32::MIN;
/// Known to be alive.
const REACHABLE: i32 = i32::MAX;

/// The set of cyclic pages by address: open addressing, for one quick question per reference.
pub(super) struct PageSet {
    slots: Vec<usize>,
    shift: u32,
}

impl PageSet {
    fn new(pages: &[&Page]) -> Option<PageSet> {
        let size = (pages.len() * 2 + 2).next_power_of_two();
        let mut slots = Vec::new();
        slots.try_reserve_exact(size).ok()?;
        slots.resize(size, 0);
        let mut set = PageSet { slots, shift: 64 - size.trailing_zeros() };
        for page in pages {
            let address = *page as *const Page as usize;
            let mut i = set.start(address);
            while set.slots[i] != 0 {
                i = (i + 1) & (size - 1);
            }
            set.slots[i] = address;
        }
        Some(set)
    }
    #[inline]
    fn start(&self, address: usize) -> usize {
        (((address / PAGE_SIZE) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> self.shift) as usize
    }
    /// The cyclic page an object lies on.
    #[inline]
    fn page_of<'a>(&self, object: *const Header) -> Option<&'a Page> {
        let address = object as usize & !(PAGE_SIZE - 1);
        let mut i = self.start(address);
        loop {
            match self.slots[i] {
                0 => return None,
                // SAFETY: I3, the address of a page of this heap.
                found if found == address => return Some(unsafe { &*(address as *const Page) }),
                _ => i = (i + 1) & (self.slots.len() - 1),
            }
        }
    }
}

/// Working counts of all candidates.
struct Counts<'a> {
    pages: Vec<&'a Page>,
    set: PageSet,
    /// Owns the pages' side arrays.
    arrays: Vec<Vec<i32>>,
    large: AddressMap<i32>,
}

/// Calls `visit` for each reference an object owns.
pub(super) fn visit_references(object: *mut Header, visit: &mut dyn FnMut(*mut Header)) {
    // SAFETY: I1 and I4, the object is alive and the slot belongs to its type.
    unsafe {
        if let Some(traverse) = Value::from_ptr(object).ty().slots().traverse {
            traverse(object, &mut Visitor::new(visit));
        }
    }
}

impl<'a> Counts<'a> {
    /// Copies the counts; `None` = no memory for that.
    fn new(th: &'a Thread) -> Option<Counts<'a>> {
        let pages = th.interp.heap.cyclic_pages();
        let set = PageSet::new(&pages)?;
        let mut counts = Counts { arrays: Vec::with_capacity(pages.len()), pages, set, large: AddressMap::default() };
        for page in &counts.pages {
            let mut array: Vec<i32> = Vec::new();
            array.try_reserve_exact(page.carved.get() as usize).ok()?;
            array.resize(page.carved.get() as usize, UNTRACKED);
            for (i, object) in Heap::live_cells(page) {
                // SAFETY: I3, a live cell.
                let count = unsafe { (*object).refcount.get() } as i32;
                if count > 0 && page.mark_at(i) & MARK_FROZEN == 0 {
                    array[i] = count;
                }
            }
            counts.arrays.push(array);
        }
        let frozen = th.interp.gc.frozen.borrow();
        for object in th.interp.heap.large_cyclic_objects() {
            // SAFETY: I3, a registered large object; its type is null until it is initialised.
            let header = unsafe { &*object };
            let count = header.refcount.get() as i32;
            if !header.ob_type.get().is_null() && count > 0 && !frozen.contains(&(object as usize)) {
                counts.large.insert(object as usize, count);
            }
        }
        for (page, array) in counts.pages.iter().zip(&mut counts.arrays) {
            page.collector.set(array.as_mut_ptr());
        }
        Some(counts)
    }
    /// The working count of an object, if it is a candidate.
    #[inline]
    fn get(&mut self, object: *const Header) -> Option<&mut i32> {
        let count = match self.set.page_of(object) {
            Some(page) => {
                let i = page.index_of(object);
                if i >= page.carved.get() as usize {
                    return None;
                }
                // SAFETY: I8, the array covers the carved cells and lives as long as `self`; nothing was carved since.
                unsafe { &mut *page.collector.get().add(i) }
            }
            None if self.large.is_empty() => return None,
            None => self.large.get_mut(&(object as usize))?,
        };
        if *count == UNTRACKED { None } else { Some(count) }
    }
    /// Calls `visit` for every candidate. There is no list of them: when memory is short, there is none for that.
    fn for_candidates(&mut self, mut visit: impl FnMut(&mut Self, *mut Header)) {
        for at in 0..self.pages.len() {
            let page = self.pages[at];
            for i in 0..self.arrays[at].len() {
                // SAFETY: I8, the side array covers these cells.
                if unsafe { *page.collector.get().add(i) } != UNTRACKED {
                    visit(self, page.cell(i));
                }
            }
        }
        let large: Vec<usize> = self.large.keys().copied().collect();
        for object in large {
            visit(self, object as *mut Header);
        }
    }
    /// Subtracts the references that the candidates own.
    fn subtract(&mut self) {
        self.for_candidates(|counts, object| {
            visit_references(object, &mut |target| {
                if let Some(count) = counts.get(target) {
                    *count -= 1;
                }
            });
        });
    }
    /// Under stress: no object has more references than its count says, or `traverse` of some type shows what it does not own. Ends the process.
    fn check(&mut self) {
        self.for_candidates(|counts, object| {
            if let Some(&mut left) = counts.get(object)
                && left < 0
            {
                // SAFETY: I1, candidates are alive.
                let v = unsafe { Value::from_ptr(object) };
                eprintln!("gc: <{} 0x{:x}> has {} references too many", v.ty().name(), v.bits(), -left);
                std::process::abort();
            }
        });
    }
    /// Marks what can be reached from the candidates whose count is left over.
    fn mark(&mut self) {
        let mut pending = Vec::new();
        self.for_candidates(|counts, object| {
            match counts.get(object) {
                Some(count) if *count > 0 && *count != REACHABLE => *count = REACHABLE,
                _ => return,
            }
            pending.push(object);
            while let Some(object) = pending.pop() {
                visit_references(object, &mut |target| {
                    if let Some(count) = counts.get(target)
                        && *count != REACHABLE
                    {
                        *count = REACHABLE;
                        pending.push(target);
                    }
                });
            }
        });
    }
    fn is_reachable(&mut self, object: *const Header) -> bool {
        self.get(object).is_none_or(|count| *count == REACHABLE)
    }
}

impl Drop for Counts<'_> {
    fn drop(&mut self) {
        for page in &self.pages {
            page.collector.set(std::ptr::null_mut());
        }
    }
}

/// Finds the garbage: owned references to every unreachable object, and the bytes of the reachable ones.
fn find_unreachable(th: &Thread) -> (Vec<Obj>, usize) {
    let Some(mut counts) = Counts::new(th) else { return (Vec::new(), usize::MAX) };
    counts.subtract();
    if th.interp.gc.stress.is_some() {
        counts.check();
    }
    counts.mark();
    let (mut garbage, mut live_bytes) = (Vec::new(), 0);
    counts.for_candidates(|counts, object| {
        // SAFETY: I1, candidates are alive.
        let v = unsafe { Value::from_ptr(object) };
        if counts.is_reachable(object) {
            live_bytes += match counts.set.page_of(object) {
                Some(page) => page.cell_size as usize,
                // SAFETY: I1, candidates are alive.
                None => unsafe { object_size(object, v.ty()) },
            };
        } else {
            garbage.push(v.own());
        }
    });
    (garbage, live_bytes)
}

/// Takes out of `garbage` (which holds one reference to each) what somebody refers to again, and all that is reachable
/// from there.
fn remove_resurrected(garbage: Vec<Obj>) -> Vec<Obj> {
    let members: AddressSet = garbage.iter().map(|v| v.bits() as usize).collect();
    let mut counts: AddressMap<i32> = garbage
        .iter()
        // SAFETY: I1, held by `garbage`; one reference is the one held here.
        .map(|v| (v.bits() as usize, unsafe { (*v.as_ptr()).refcount.get() } as i32 - 1))
        .collect();
    for v in &garbage {
        visit_references(v.as_ptr(), &mut |target| {
            if let Some(count) = counts.get_mut(&(target as usize)) {
                *count -= 1;
            }
        });
    }
    let mut pending: Vec<usize> = counts.iter().filter(|&(_, &count)| count > 0).map(|(&object, _)| object).collect();
    let mut alive: AddressSet = pending.iter().copied().collect();
    while let Some(object) = pending.pop() {
        visit_references(object as *mut Header, &mut |target| {
            if members.contains(&(target as usize)) && alive.insert(target as usize) {
                pending.push(target as usize);
            }
        });
    }
    let (kept, resurrected): (Vec<Obj>, Vec<Obj>) =
        garbage.into_iter().partition(|v| !alive.contains(&(v.bits() as usize)));
    drop(resurrected);
    kept
}

/// Clears weak references to garbage, and runs the callbacks of those that are not garbage. Finalisers come later, so
/// that none finds garbage through a weak reference; what they resurrect has lost its weak references.
fn handle_weak_callbacks(th: &Thread, garbage: &[Obj]) {
    let mut callbacks = Vec::new();
    for object in garbage {
        if weakrefs::has_references(th, object.as_ptr(), object.ty()) {
            callbacks.extend(weakrefs::detach(th, object.as_ptr(), |_| true));
        }
    }
    if !callbacks.is_empty() {
        let members: AddressSet = garbage.iter().map(|v| v.bits() as usize).collect();
        callbacks.retain(|(reference, _)| !members.contains(&(reference.bits() as usize)));
        weakrefs::run_callbacks(th, callbacks);
    }
    // A weak reference that is garbage itself must not call back when what it refers to is cleared.
    for object in garbage {
        if object.is_instance(&WEAKREF_TYPE) {
            drop(WeakRef::of(object.value()).take_callback());
        }
    }
}

/// Runs finalisers that have not run yet; true if there were any.
fn run_finalizers(th: &Thread, garbage: &[Obj]) -> bool {
    let mut any = false;
    for object in garbage {
        let ty = object.ty();
        if let Some(finalize) = ty.slots().finalize
            && !gc::was_finalized(th, object.as_ptr(), ty)
        {
            gc::mark_finalized(th, object.as_ptr(), ty);
            finalize(th, object.value());
            drop(th.take_exception());
            any = true;
        }
    }
    any
}

/// Breaks the cycles of garbage. Needs no memory: there may be none.
fn clear_garbage(th: &Thread, mut garbage: Vec<Obj>) {
    for object in &garbage {
        if weakrefs::has_references(th, object.as_ptr(), object.ty()) {
            drop(weakrefs::detach(th, object.as_ptr(), |_| true));
        }
    }
    // Classes last: while an instance dies, its class must be whole.
    let is_class = |v: &Obj| v.ty().has_flag(flags::TYPE_SUBCLASS);
    garbage.iter().filter(|v| !is_class(v)).for_each(|object| clear(th, object));
    garbage.retain(is_class);
    garbage.iter().for_each(|object| clear(th, object));
}

/// Tells an object to drop its references, unless it is only held here.
fn clear(th: &Thread, object: &Obj) {
    // SAFETY: I1, the object is alive.
    let shared = unsafe { (*object.as_ptr()).refcount.get() } > 1;
    if let Some(clear) = object.ty().slots().clear
        && shared
    {
        // SAFETY: I4, the slot belongs to the object's type.
        unsafe { clear(th, object.as_ptr()) };
        drop(th.take_exception());
    }
}

/// One collection.
pub(super) fn run(th: &Thread) -> Stats {
    let debug = th.interp.gc.debug.get();
    let started = std::time::Instant::now();
    if debug & DEBUG_STATS != 0 {
        eprintln!("gc: collecting...");
    }
    let heap = &th.interp.heap;
    let (mut garbage, live_bytes) = find_unreachable(th);
    if live_bytes == usize::MAX {
        return Stats::default();
    }
    heap.collection_done(live_bytes.saturating_add(heap.large_bytes()));
    if let Some(stress) = &th.interp.gc.stress {
        stress.pause.set(live_bytes.saturating_add(heap.large_bytes()) / super::STRESS_PAUSE_BYTES);
    }
    if garbage.is_empty() {
        return report(debug, started, 0);
    }
    handle_weak_callbacks(th, &garbage);
    if run_finalizers(th, &garbage) {
        garbage = remove_resurrected(garbage);
    }
    let collected = garbage.len();
    if debug & DEBUG_COLLECTABLE != 0 {
        for object in &garbage {
            eprintln!("gc: collectable <{} 0x{:x}>", object.ty().name(), object.bits());
        }
    }
    if debug & DEBUG_SAVEALL != 0 {
        save(th, garbage);
    } else {
        clear_garbage(th, garbage);
    }
    report(debug, started, collected)
}

fn report(debug: u32, started: std::time::Instant, collected: usize) -> Stats {
    if debug & DEBUG_STATS != 0 {
        eprintln!(
            "gc: done, {collected} unreachable, 0 uncollectable, {:.4}s elapsed",
            started.elapsed().as_secs_f64()
        );
    }
    Stats { collections: 1, collected, uncollectable: 0 }
}

/// Keeps the garbage in `gc.garbage`.
fn save(th: &Thread, garbage: Vec<Obj>) {
    let Some(list) = th.interp.gc.garbage.get() else { return };
    if let Some(list) = list.cast::<crate::types::list::List>() {
        for object in garbage {
            if list.push(th, object).is_err() {
                return drop(th.take_exception());
            }
        }
    }
}

//! Cycle collection.
//!
//! - `mod.rs`: the [`Visitor`] that types traverse with, the [`Collector`]'s state, when collections run
//! - `collection.rs`: one collection: trial deletion over the heap's pages
//! - `inspect.rs`: what the `gc` module says of the heap
//!
//! Counts do most of the work; the collector only finds cycles. A collection is due when the memory of objects that can
//! take part in cycles has grown by a quarter since the last one; the evaluation loop runs it at its next check
//! (`pending::COLLECT`), never an allocation, so that half-made objects are not seen.
//!
//! **Invariants**
//! - `traverse` slots visit each owned reference exactly once; instances of heap types own their type.
//! - An object whose count is 0 is dying and is left alone.
//! - A finaliser runs at most once (PEP 442): marked in the page, or in a set for objects that lie elsewhere.

mod collection;
mod inspect;

pub use inspect::{freeze, frozen_count, objects, referents, referrers, unfreeze};

use crate::obj::{Obj, ObjCell};
use crate::prelude::*;
use crate::weakrefs::on_page;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};
use whipsnake_object::heap::Page;

/// Is told of every reference an object owns.
pub struct Visitor<'a> {
    visit: &'a mut dyn FnMut(*mut Header),
}

impl<'a> Visitor<'a> {
    pub fn new(visit: &'a mut dyn FnMut(*mut Header)) -> Visitor<'a> {
        Visitor { visit }
    }
    #[inline]
    pub fn value(&mut self, v: Value) {
        if v.is_pointer() {
            (self.visit)(v.as_ptr());
        }
    }
    /// Borrowed slots own nothing and are skipped.
    #[inline]
    pub fn slot(&mut self, slot: Slot) {
        if slot.is_owned_pointer() {
            self.value(slot.value());
        }
    }
    #[inline]
    pub fn obj(&mut self, v: &Obj) {
        self.value(v.value());
    }
    #[inline]
    pub fn option(&mut self, v: &Option<Obj>) {
        if let Some(v) = v {
            self.value(v.value());
        }
    }
    #[inline]
    pub fn cell(&mut self, cell: &ObjCell) {
        if let Some(v) = cell.peek() {
            self.value(v);
        }
    }
}

/// Mark of a cell whose object's finaliser has run.
const MARK_FINALIZED: u8 = 1;
/// Mark of a cell whose object `gc.freeze` took out of collections.
const MARK_FROZEN: u8 = 2;

/// `gc.DEBUG_*`.
pub const DEBUG_STATS: u32 = 1;
pub const DEBUG_COLLECTABLE: u32 = 2;
pub const DEBUG_UNCOLLECTABLE: u32 = 4;
pub const DEBUG_SAVEALL: u32 = 32;
pub const DEBUG_LEAK: u32 = DEBUG_COLLECTABLE | DEBUG_UNCOLLECTABLE | DEBUG_SAVEALL;

/// What one generation's collections did.
#[derive(Clone, Copy, Default)]
pub struct Stats {
    pub collections: usize,
    pub collected: usize,
    pub uncollectable: usize,
}

/// The collector's state in an interpreter.
pub struct Collector {
    pub enabled: Cell<bool>,
    running: Cell<bool>,
    pub debug: Cell<u32>,
    pub thresholds: Cell<[i32; 3]>,
    pub stats: RefCell<[Stats; 3]>,
    /// `gc.garbage` and `gc.callbacks` (lists), made by the `gc` module.
    pub garbage: ObjCell,
    pub callbacks: ObjCell,
    /// Objects that lie on no page and whose finaliser has run, by address.
    finalized: RefCell<HashSet<usize>>,
    /// Large objects that `freeze` took out.
    frozen: RefCell<HashSet<usize>>,
    /// `WHIPSNAKE_GC_STRESS`, for tests.
    stress: Option<Stress>,
}

/// Collects at checks of the evaluation loop although nothing is due: at an instruction's first `first` checks, and then at its 2nd, 4th, 8th and so on
/// (those that are powers of two). So every place of a program sees collections, before and after it is specialised, and a loop costs little.
/// A large heap makes collections rarer.
struct Stress {
    first: u32,
    /// Checks so far, by instruction. An address may come to belong to other code; that only makes its collections rarer.
    seen: RefCell<HashMap<usize, u32>>,
    /// Collections to leave out because the last one had much to look at.
    pause: Cell<usize>,
}

/// So many live bytes make a collection under stress leave out the next one.
const STRESS_PAUSE_BYTES: usize = 2 << 20;

impl Stress {
    fn from_environment() -> Option<Stress> {
        let first = std::env::var("WHIPSNAKE_GC_STRESS").ok()?;
        let first = if first == "always" { u32::MAX } else { first.parse().ok().filter(|&first| first > 0)? };
        Some(Stress { first, seen: RefCell::default(), pause: Cell::new(0) })
    }
    /// Counts a check; whether to collect at it.
    fn is_due(&self, th: &Thread) -> bool {
        let frame = th.core.frame.get();
        // SAFETY: I6, the running frame is live.
        let instruction = if frame.is_null() { 0 } else { unsafe { (*frame).instr.get() as usize } };
        let mut seen = self.seen.borrow_mut();
        let count = seen.entry(instruction).or_insert(0);
        *count = count.saturating_add(1);
        if *count > self.first && !count.is_power_of_two() {
            return false;
        }
        let pause = self.pause.get();
        self.pause.set(pause.saturating_sub(1));
        pause == 0
    }
}

impl Default for Collector {
    fn default() -> Collector {
        Collector {
            enabled: Cell::new(true),
            running: Cell::new(false),
            debug: Cell::new(0),
            thresholds: Cell::new([2000, 10, 10]),
            stats: RefCell::default(),
            garbage: ObjCell::EMPTY,
            callbacks: ObjCell::EMPTY,
            finalized: RefCell::default(),
            frozen: RefCell::default(),
            stress: Stress::from_environment(),
        }
    }
}

/// Tells the heap which thread's breaker to set when a collection is due. Called when a thread takes the lock.
pub fn attach(th: &Thread) {
    let heap = &th.interp.heap;
    heap.set_breaker(&th.core.eval_breaker as *const AtomicU32, crate::pending::COLLECT);
    if heap.collection_due() || th.interp.gc.stress.is_some() {
        crate::pending::request(th, crate::pending::COLLECT);
    }
}

/// Collects if a collection is due and automatic collection is on. May run any Python code; exceptions do not get out. Where
/// memory is too short for it, the program goes on without.
pub fn maybe_collect(th: &Thread) {
    let (gc, heap) = (&th.interp.gc, &th.interp.heap);
    if let Some(stress) = &gc.stress {
        if gc.enabled.get() && stress.is_due(th) {
            let _ = crate::rescue::unless_out_of_memory(th, || collect_generation(th, 0));
        }
        th.core.eval_breaker.fetch_or(crate::pending::COLLECT, Ordering::Release);
        return;
    }
    if !heap.collection_due() {
        return;
    }
    if gc.enabled.get() && gc.thresholds.get()[0] > 0 && !gc.running.get() {
        let _ = crate::rescue::unless_out_of_memory(th, || collect_generation(th, 0));
    } else {
        heap.postpone_collection();
    }
}

/// A full collection; the number of unreachable objects it found.
pub fn collect(th: &Thread) -> usize {
    collect_generation(th, 2)
}

/// Says that a collection runs, to its end, also if that is a panic.
struct Running<'a>(&'a Cell<bool>);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

/// A collection that counts as one of `generation` (all of them look at the whole heap).
///
/// # Panics
/// With [`crate::rescue::OutOfMemory`] if there is no memory for it; then nothing is collected.
pub fn collect_generation(th: &Thread, generation: usize) -> usize {
    let gc = &th.interp.gc;
    if gc.running.replace(true) {
        return 0;
    }
    let _running = Running(&gc.running);
    let outcome = th.with_exception_saved(|| {
        call_callbacks(th, "start", generation, Stats::default());
        // Of use if memory is too short for this one.
        th.interp.heap.postpone_collection();
        let outcome = collection::run(th);
        {
            let mut stats = gc.stats.borrow_mut();
            let stats = &mut stats[generation.min(2)];
            stats.collections += 1;
            stats.collected += outcome.collected;
            stats.uncollectable += outcome.uncollectable;
        }
        call_callbacks(th, "stop", generation, outcome);
        outcome
    });
    // What a lack of memory has used up may be there again.
    crate::rescue::fill_reserve();
    outcome.collected + outcome.uncollectable
}

/// Calls the functions in `gc.callbacks`.
fn call_callbacks(th: &Thread, phase: &str, generation: usize, outcome: Stats) {
    let Some(callbacks) = th.interp.gc.callbacks.get() else { return };
    let Some(list) = callbacks.cast::<crate::types::list::List>() else { return };
    if list.len() == 0 {
        return;
    }
    let info = th.str(phase).and_then(|phase| {
        let number = |n: usize| Value::small_int(n as i64);
        let items = [
            ("generation", number(generation)),
            ("collected", number(outcome.collected)),
            ("uncollectable", number(outcome.uncollectable)),
        ];
        th.dict_of(&items).map(|info| (phase, info))
    });
    let Ok((phase, info)) = info else { return drop(th.take_exception()) };
    let mut i = 0;
    while let Some(callback) = list.get(i) {
        i += 1;
        if call::call2(th, callback.value(), phase.value(), info.value()).is_err() {
            th.write_unraisable("calling GC callback", Some(callback.value()));
        }
    }
}

// ---- finalisation marks

/// Whether the object's finaliser has run.
pub fn was_finalized(th: &Thread, object: *const Header, ty: &Type) -> bool {
    if !on_cyclic_page(object, ty) {
        return th.interp.gc.finalized.borrow().contains(&(object as usize));
    }
    // SAFETY: I3, the object lies on a page.
    unsafe { Page::of(object).mark(object) & MARK_FINALIZED != 0 }
}

/// Notes that the object's finaliser runs.
pub fn mark_finalized(th: &Thread, object: *const Header, ty: &Type) {
    if on_cyclic_page(object, ty) {
        // SAFETY: I3, the object lies on a page.
        if unsafe { Page::of(object).set_mark(object, MARK_FINALIZED) } {
            return;
        }
    }
    th.interp.gc.finalized.borrow_mut().insert(object as usize);
}

/// Forgets the mark of an object that is about to be freed. (Marks of cells on pages go when the cell is freed.)
pub fn forget_finalized(th: &Thread, object: *const Header, ty: &Type) {
    if !on_cyclic_page(object, ty) {
        th.interp.gc.finalized.borrow_mut().remove(&(object as usize));
    }
}

fn on_cyclic_page(object: *const Header, ty: &Type) -> bool {
    ty.has_flag(flags::HAVE_GC) && on_page(object, ty)
}

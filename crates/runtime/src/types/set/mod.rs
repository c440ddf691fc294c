//! `set` and `frozenset`: layout, lookup, insertion, deletion.
//!
//! - `mod.rs`: [`Set`] and the operations the rest of the runtime uses
//! - `algebra.rs`: union, intersection, difference, comparison
//! - `slots.rs`: the types, operators, iteration; `methods.rs`: the methods
//!
//! A set is an open-addressing table of (key, hash) pairs. A probe looks at a short run of neighbours first, then jumps,
//! perturbed by the high bits of the hash; sizes and order of probes are those of CPython, so that sets of numbers come
//! out in the same order. The smallest table lies in the object itself.
//!
//! Walks look at [`BLOCK`] entries at once and make a bit mask of those in use: which entries of a table are in use is
//! as good as random, and a branch for each would be mispredicted as often as not.
//!
//! **Invariants:** at least one entry is free, so probes end; references are released only after the table is
//! consistent; comparisons may change the set, after which a lookup starts anew.

mod algebra;
mod methods;
mod slots;

pub use algebra::{
    difference_update, each, from_iterable, intersection_update, is_subset, symmetric_difference_update, update,
};
pub use slots::{FROZENSET_TYPE, SET_ITERATOR_TYPE, SET_TYPE};

use crate::prelude::*;
use crate::types::dict::{equal_simple, hash_key, unhashable};
use std::cell::Cell;
use whipsnake_object::PageKind;

/// A `set` or `frozenset` object.
#[repr(C)]
pub struct Set {
    head: Header,
    /// Live entries.
    used: Cell<usize>,
    /// Live and deleted entries.
    fill: Cell<usize>,
    /// Entries in the table, minus one.
    mask: Cell<usize>,
    table: Cell<*mut SetEntry>,
    /// Cached hash of a frozenset, -1 = not computed.
    hash: Cell<i64>,
    /// Where `pop` looks first.
    finger: Cell<usize>,
    /// Whether there may be elements that are no immediates.
    has_pointers: Cell<bool>,
    /// The smallest table. All entries are free while another one is in use.
    small: [SetEntry; MIN_SIZE],
}

// SAFETY: I4, `SET_TYPE` is declared with this layout.
unsafe impl Layout for Set {
    #[inline(always)]
    fn ty() -> &'static Type {
        &SET_TYPE
    }
}

/// A `frozenset` object: the same layout.
#[repr(transparent)]
pub struct FrozenSet(pub Set);

// SAFETY: I4, `FROZENSET_TYPE` is declared with this layout.
unsafe impl Layout for FrozenSet {
    #[inline(always)]
    fn ty() -> &'static Type {
        &FROZENSET_TYPE
    }
}

/// The types of this module, for `types::init`.
pub(crate) static ALL: &[&Type] = &[&SET_TYPE, &FROZENSET_TYPE, &SET_ITERATOR_TYPE];

#[repr(C)]
struct SetEntry {
    /// Null = free, [`DUMMY`] = deleted.
    key: Cell<Slot>,
    hash: Cell<i64>,
}

/// No value has this word: a borrowed null pointer.
const DUMMY: Slot = Slot(whipsnake_layout::value::BORROWED);
const MIN_SIZE: usize = 8;
/// Neighbours a probe looks at before it jumps.
const LINEAR_PROBES: usize = 9;
const PERTURB_SHIFT: u32 = 5;

/// Entries that a walk looks at together; tables are multiples of it.
const BLOCK: usize = 8;
const _: () = assert!(MIN_SIZE.is_multiple_of(BLOCK));

/// Calls `visit` with table positions along the probe sequence of `hash` until it returns `Some`.
#[inline(always)]
fn probe<T>(mask: usize, hash: i64, mut visit: impl FnMut(usize) -> Option<T>) -> T {
    let mut perturb = hash as u64;
    let mut at = hash as usize & mask;
    loop {
        let last = if at + LINEAR_PROBES <= mask { at + LINEAR_PROBES } else { at };
        let mut i = at;
        loop {
            if let Some(result) = visit(i) {
                return result;
            }
            if i == last {
                break;
            }
            i += 1;
        }
        perturb >>= PERTURB_SHIFT;
        at = at.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb as usize) & mask;
    }
}

/// What a lookup without Python code can say.
enum Found {
    At(usize),
    /// The entry for a new element: the last deleted one that the probe saw, or the free one where it ended.
    Absent(usize),
    Ask,
}

#[inline(always)]
fn in_use(key: Slot) -> bool {
    key.0 & !DUMMY.0 != 0
}

/// Which of the [`BLOCK`] entries from `first` are in use, as bits.
///
/// # Safety
/// They lie in a table (I7).
#[inline(always)]
unsafe fn block_in_use(first: *const SetEntry) -> u32 {
    let mut bits = 0;
    for i in 0..BLOCK {
        // SAFETY: I7, handed on to the caller.
        bits |= u32::from(in_use(unsafe { (*first.add(i)).key.get() })) << i;
    }
    bits
}

/// Calls `visit` with every entry of a table that is in use, in order. `visit` runs no Python code.
///
/// # Safety
/// `table` has `mask + 1` entries (I7).
#[inline(always)]
unsafe fn for_each_entry(table: *const SetEntry, mask: usize, mut visit: impl FnMut(&SetEntry)) {
    for block in (0..=mask).step_by(BLOCK) {
        // SAFETY: I7, handed on to the caller.
        unsafe {
            let first = table.add(block);
            let mut bits = block_in_use(first);
            while bits != 0 {
                visit(&*first.add(bits.trailing_zeros() as usize));
                bits &= bits - 1;
            }
        }
    }
}

/// The first free entry on the probe sequence of `hash`.
///
/// # Safety
/// `table` has `mask + 1` entries (I7).
#[inline(always)]
unsafe fn free_entry<'a>(table: *mut SetEntry, mask: usize, hash: i64) -> &'a SetEntry {
    probe(mask, hash, |i| {
        // SAFETY: I7, handed on to the caller.
        let entry = unsafe { &*table.add(i) };
        entry.key.get().is_null().then_some(entry)
    })
}

impl Set {
    /// An empty set.
    ///
    /// # Errors
    /// MemoryError.
    pub fn new(th: &Thread) -> PyResult {
        Set::new_as(th, &SET_TYPE)
    }
    /// An empty frozenset, to be filled before anybody else sees it.
    ///
    /// # Errors
    /// MemoryError.
    pub fn new_frozen(th: &Thread) -> PyResult {
        Set::new_as(th, &FROZENSET_TYPE)
    }
    /// An empty instance of `ty`, which is set, frozenset or a subclass.
    pub(crate) fn new_as(th: &Thread, ty: &'static Type) -> PyResult {
        let basicsize = ty.core.basicsize.get() as usize;
        let object = th.allocate(ty, basicsize)?.cast::<Set>();
        // SAFETY: fresh memory of the type's size; what subclasses append begins as null slots.
        unsafe {
            (&raw mut (*object).used).write(Cell::new(0));
            (&raw mut (*object).fill).write(Cell::new(0));
            (&raw mut (*object).mask).write(Cell::new(MIN_SIZE - 1));
            (&raw mut (*object).table).write(Cell::new((&raw mut (*object).small).cast()));
            (&raw mut (*object).hash).write(Cell::new(-1));
            (&raw mut (*object).finger).write(Cell::new(0));
            (&raw mut (*object).has_pointers).write(Cell::new(false));
            // All zeros is a table of free entries.
            (&raw mut (*object).small).write_bytes(0, 1);
            let own = size_of::<Set>();
            if basicsize > own {
                object.cast::<u8>().add(own).write_bytes(0, basicsize - own);
            }
            Ok(Obj::steal(Value::from_ptr(object)))
        }
    }
    /// A set or frozenset, or an instance of a subclass.
    #[inline]
    pub fn of_any<'a>(v: Value) -> Option<&'a Set> {
        let is_set = || {
            let ty = v.ty();
            std::ptr::eq(ty, &SET_TYPE)
                || std::ptr::eq(ty, &FROZENSET_TYPE)
                || ty.is_subtype_of(&SET_TYPE)
                || ty.is_subtype_of(&FROZENSET_TYPE)
        };
        if v.is_pointer() && is_set() {
            // SAFETY: I4, the type was checked.
            Some(unsafe { v.cast_unchecked() })
        } else {
            None
        }
    }
    /// A value known to be a set or frozenset.
    #[inline(always)]
    pub(crate) fn of<'a>(v: Value) -> &'a Set {
        debug_assert!(Set::of_any(v).is_some());
        // SAFETY: I4, slots of sets and what `Set::new` made are sets.
        unsafe { v.cast_unchecked() }
    }
    #[inline(always)]
    pub fn value(&self) -> Value {
        // SAFETY: I1, a reference to an object.
        unsafe { Value::from_ptr(self) }
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.used.get()
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.used.get() == 0
    }
    #[inline(always)]
    fn entry(&self, i: usize) -> &SetEntry {
        debug_assert!(i <= self.mask.get());
        // SAFETY: I7, `i` lies in the table.
        unsafe { &*self.table.get().add(i) }
    }
    /// Bytes of the table, when it has memory of its own.
    fn table_bytes(&self) -> usize {
        if self.is_small() { 0 } else { (self.mask.get() + 1) * size_of::<SetEntry>() }
    }
    #[inline(always)]
    fn small_table(&self) -> *mut SetEntry {
        self.small.as_ptr().cast_mut()
    }
    /// Whether the table is the one in the object.
    #[inline(always)]
    fn is_small(&self) -> bool {
        self.table.get() == self.small_table()
    }

    // ---- lookup

    /// Looks for a key as far as that goes without Python code.
    #[inline(always)]
    fn find_simple(&self, key: Value, hash: i64) -> Found {
        // Most searches end where they begin.
        let at = hash as usize & self.mask.get();
        let found = self.entry(at).key.get();
        if found.0 == key.bits() {
            return Found::At(at);
        }
        if found.is_null() {
            return Found::Absent(at);
        }
        self.find_further(key, hash)
    }
    #[inline(never)]
    fn find_further(&self, key: Value, hash: i64) -> Found {
        let (table, mask) = (self.table.get(), self.mask.get());
        let mut deleted = None;
        probe(mask, hash, |i| {
            // SAFETY: I7, `i` lies in the table.
            let entry = unsafe { &*table.add(i) };
            let found = entry.key.get();
            if found.0 == key.bits() {
                return Some(Found::At(i));
            }
            if found.is_null() {
                return Some(Found::Absent(deleted.unwrap_or(i)));
            }
            if found == DUMMY {
                deleted = Some(i);
            } else if entry.hash.get() == hash {
                return match equal_simple(found.value(), key) {
                    Some(true) => Some(Found::At(i)),
                    Some(false) => None,
                    None => Some(Found::Ask),
                };
            }
            None
        })
    }
    /// The position of `key` (`Ok`), or of the entry for it if it is absent (`Err`).
    #[inline]
    fn find(&self, th: &Thread, key: Value, hash: i64) -> PyResult<Result<usize, usize>> {
        match self.find_simple(key, hash) {
            Found::At(i) => Ok(Ok(i)),
            Found::Absent(i) => Ok(Err(i)),
            Found::Ask => self.find_by_eq(th, key, hash),
        }
    }
    #[inline(never)]
    fn find_by_eq(&self, th: &Thread, key: Value, hash: i64) -> PyResult<Result<usize, usize>> {
        loop {
            let (table, mask) = (self.table.get(), self.mask.get());
            let mut deleted = None;
            let found = probe(mask, hash, |i| {
                let found = self.entry(i).key.get();
                if found.0 == key.bits() {
                    return Some(Ok(Some(Ok(i))));
                }
                if found.is_null() {
                    return Some(Ok(Some(Err(deleted.unwrap_or(i)))));
                }
                if found == DUMMY {
                    deleted = Some(i);
                    return None;
                }
                if self.entry(i).hash.get() != hash {
                    return None;
                }
                let other = found.value().own();
                match compare::eq(th, other.value(), key) {
                    Err(raised) => Some(Err(raised)),
                    // Changed by the comparison: start anew.
                    Ok(_)
                        if self.table.get() != table || self.mask.get() != mask || self.entry(i).key.get() != found =>
                    {
                        Some(Ok(None))
                    }
                    Ok(true) => Some(Ok(Some(Ok(i)))),
                    Ok(false) => None,
                }
            });
            if let Some(found) = found? {
                return Ok(found);
            }
        }
    }
    /// Whether `key`, whose hash is known, is an element.
    #[inline]
    pub fn contains_hashed(&self, th: &Thread, key: Value, hash: i64) -> PyResult<bool> {
        Ok(self.find(th, key, hash)?.is_ok())
    }
    /// Whether `key` is an element.
    ///
    /// # Errors
    /// TypeError for unhashable keys, and what `__hash__` and `__eq__` raise.
    #[inline]
    pub fn contains(&self, th: &Thread, key: Value) -> PyResult<bool> {
        let hash = hash_element(th, key)?;
        self.contains_hashed(th, key, hash)
    }

    // ---- change

    /// Adds `key`; false when it was present.
    ///
    /// # Errors
    /// As for [`Set::contains`], and MemoryError.
    #[inline]
    pub fn add(&self, th: &Thread, key: Value) -> PyResult<bool> {
        let hash = hash_element(th, key)?;
        self.add_hashed(th, key, hash)
    }
    /// Adds `key`, whose hash is known.
    #[inline]
    pub fn add_hashed(&self, th: &Thread, key: Value, hash: i64) -> PyResult<bool> {
        match self.find(th, key, hash)? {
            Ok(_) => Ok(false),
            Err(at) => self.insert(th, key, hash, at).map(|_| true),
        }
    }
    /// Puts `key` in the free or deleted entry `at`.
    #[inline]
    fn insert(&self, th: &Thread, key: Value, hash: i64, at: usize) -> PyResult<()> {
        let entry = self.entry(at);
        entry.hash.set(hash);
        let was = entry.key.replace(key.own().into_slot());
        if key.is_pointer() {
            self.has_pointers.set(true);
        }
        self.used.set(self.used.get() + 1);
        if was == DUMMY {
            return Ok(());
        }
        self.fill.set(self.fill.get() + 1);
        if self.fill.get() * 5 >= self.mask.get() * 3 {
            let used = self.used.get();
            self.resize(th, if used > 50_000 { used * 2 } else { used * 4 })?;
        }
        Ok(())
    }
    /// Whether `key` is an element; `None` when only Python code can tell.
    #[inline(always)]
    pub(super) fn holds(&self, key: Value, hash: i64) -> Option<bool> {
        match self.find_simple(key, hash) {
            Found::At(_) => Some(true),
            Found::Absent(_) => Some(false),
            Found::Ask => None,
        }
    }
    /// Adds `key`, an element of another set. It is owned by this call only where Python code has to be asked.
    #[inline]
    pub(super) fn add_element(&self, th: &Thread, key: Value, hash: i64) -> PyResult<()> {
        match self.find_simple(key, hash) {
            Found::At(_) => Ok(()),
            Found::Absent(at) => self.insert(th, key, hash, at),
            Found::Ask => {
                let key = key.own();
                self.add_hashed(th, key.value(), hash).map(drop)
            }
        }
    }
    /// As [`Set::add_element`], but when Python code would have to be asked it is false and nothing was done.
    #[inline]
    fn add_at_sight(&self, th: &Thread, key: Value, hash: i64) -> PyResult<bool> {
        match self.find_simple(key, hash) {
            Found::At(_) => Ok(true),
            Found::Absent(at) => self.insert(th, key, hash, at).map(|()| true),
            Found::Ask => Ok(false),
        }
    }
    /// Adds the elements of `from` that `sieve` has, or those that it has not.
    pub(super) fn add_sifted(&self, th: &Thread, from: &Set, sieve: &Set, wanted: bool) -> PyResult<()> {
        /// Why the walk stops.
        enum Stop {
            Failed(Raised),
            /// Python code has to be asked about the element at a position.
            Ask(usize, Obj, i64),
        }
        let mut at = 0;
        loop {
            let stop = from.search(at, |i, key, hash| {
                let done = match sieve.holds(key, hash) {
                    Some(held) if held != wanted => return None,
                    Some(_) => self.add_at_sight(th, key, hash),
                    None => Ok(false),
                };
                match done {
                    Ok(true) => None,
                    Ok(false) => Some(Stop::Ask(i, key.own(), hash)),
                    Err(raised) => Some(Stop::Failed(raised)),
                }
            });
            match stop {
                None => return Ok(()),
                Some(Stop::Failed(raised)) => return Err(raised),
                Some(Stop::Ask(i, key, hash)) => {
                    if sieve.contains_hashed(th, key.value(), hash)? == wanted {
                        self.add_hashed(th, key.value(), hash)?;
                    }
                    at = i + 1;
                }
            }
        }
    }
    /// The element at table position `pos` or behind it, for an iteration over a set that had `expected` elements.
    ///
    /// # Errors
    /// RuntimeError when it has another number of elements now.
    #[inline]
    pub(crate) fn next_element(&self, th: &Thread, pos: &mut usize, expected: usize) -> PyResult<Option<Obj>> {
        if self.len() != expected {
            return err!(th, RUNTIME_ERROR, "Set changed size during iteration");
        }
        Ok(self.entry_at(pos).map(|(key, _)| key.own()))
    }
    /// Makes the table one with more than `min` entries and without deleted ones.
    #[inline(never)]
    fn resize(&self, th: &Thread, min: usize) -> PyResult<()> {
        let Some(size) = (min + 1).max(MIN_SIZE).checked_next_power_of_two() else { return Err(th.memory_error()) };
        let (mut old, old_mask, old_bytes) = (self.table.get(), self.mask.get(), self.table_bytes());
        let copy: [SetEntry; MIN_SIZE];
        let table = if size == MIN_SIZE {
            if self.is_small() {
                // SAFETY: I7, the elements move to the copy and back again.
                copy = unsafe { self.small_table().cast::<[SetEntry; MIN_SIZE]>().read() };
                old = copy.as_ptr().cast_mut();
                // SAFETY: I7, all zeros is a table of free entries.
                unsafe { self.small_table().write_bytes(0, MIN_SIZE) };
            }
            self.small_table()
        } else {
            let Some(bytes) = size.checked_mul(size_of::<SetEntry>()) else { return Err(th.memory_error()) };
            let table = th.interp.heap.allocate(bytes, PageKind::Plain).cast::<SetEntry>();
            if table.is_null() {
                return Err(th.memory_error());
            }
            // SAFETY: fresh memory of this size; all zeros is a table of free entries.
            unsafe { table.cast::<u8>().write_bytes(0, bytes) };
            table
        };
        // SAFETY: I7, the sizes are those of the tables; all entries of the new one are free.
        unsafe {
            for_each_entry(old, old_mask, |entry| {
                let new = free_entry(table, size - 1, entry.hash.get());
                new.key.set(entry.key.get());
                new.hash.set(entry.hash.get());
            });
            if old == self.small_table() {
                old.write_bytes(0, MIN_SIZE);
            }
        }
        self.table.set(table);
        self.mask.set(size - 1);
        self.fill.set(self.used.get());
        free_table(th, old, old_bytes);
        Ok(())
    }
    /// Makes the table anew when more than a quarter of it are deleted entries.
    fn drop_deleted(&self, th: &Thread) -> PyResult<()> {
        let used = self.used.get();
        if self.fill.get() - used > self.mask.get() / 4 {
            self.resize(th, if used > 50_000 { used * 2 } else { used * 4 })?;
        }
        Ok(())
    }
    /// Makes room for `more` further elements.
    fn reserve(&self, th: &Thread, more: usize) -> PyResult<()> {
        if (self.fill.get() + more) * 5 >= self.mask.get() * 3 {
            self.resize(th, (self.used.get() + more) * 2)?;
        }
        Ok(())
    }
    /// Removes the element in entry `i`.
    fn take_entry(&self, i: usize) -> Obj {
        let entry = self.entry(i);
        let key = entry.key.replace(DUMMY);
        entry.hash.set(-1);
        self.used.set(self.used.get() - 1);
        Obj::steal(key.value())
    }
    /// Removes `key`; false when it is absent.
    ///
    /// # Errors
    /// As for [`Set::contains`].
    pub fn discard(&self, th: &Thread, key: Value) -> PyResult<bool> {
        let hash = hash_element(th, key)?;
        self.discard_hashed(th, key, hash)
    }
    pub(crate) fn discard_hashed(&self, th: &Thread, key: Value, hash: i64) -> PyResult<bool> {
        match self.find(th, key, hash)? {
            Ok(i) => {
                drop(self.take_entry(i));
                Ok(true)
            }
            Err(_) => Ok(false),
        }
    }
    /// Removes some element.
    pub fn pop_any(&self) -> Option<Obj> {
        if self.is_empty() {
            return None;
        }
        let mask = self.mask.get();
        let mut i = self.finger.get() & mask;
        while !self.is_live(i) {
            i = (i + 1) & mask;
        }
        self.finger.set(i + 1);
        Some(self.take_entry(i))
    }
    /// Removes everything.
    pub fn clear(&self, th: &Thread) {
        if self.fill.get() == 0 && self.is_small() {
            return;
        }
        // What a release runs must find the set empty: small tables are copied first.
        let copy: [SetEntry; MIN_SIZE];
        let (mut table, mask, bytes) = (self.table.get(), self.mask.get(), self.table_bytes());
        let has_pointers = self.has_pointers.replace(false);
        if self.is_small() {
            // SAFETY: I7, the elements move to the copy; all zeros is a table of free entries.
            unsafe {
                copy = self.small_table().cast::<[SetEntry; MIN_SIZE]>().read();
                self.small_table().write_bytes(0, MIN_SIZE);
            }
            table = copy.as_ptr().cast_mut();
        }
        self.table.set(self.small_table());
        self.mask.set(MIN_SIZE - 1);
        self.used.set(0);
        self.fill.set(0);
        if has_pointers {
            release_elements(table, mask);
        }
        free_table(th, table, bytes);
    }
    /// Exchanges the contents of two sets.
    fn swap(&self, other: &Set) {
        if std::ptr::eq(self, other) {
            return;
        }
        let (small, other_small) = (self.is_small(), other.is_small());
        self.used.swap(&other.used);
        self.fill.swap(&other.fill);
        self.mask.swap(&other.mask);
        self.table.swap(&other.table);
        self.has_pointers.swap(&other.has_pointers);
        if small || other_small {
            for (a, b) in self.small.iter().zip(&other.small) {
                a.key.swap(&b.key);
                a.hash.swap(&b.hash);
            }
            if other_small {
                self.table.set(self.small_table());
            }
            if small {
                other.table.set(other.small_table());
            }
        }
        self.hash.set(-1);
        other.hash.set(-1);
    }

    // ---- iteration

    #[inline(always)]
    fn is_live(&self, i: usize) -> bool {
        in_use(self.entry(i).key.get())
    }
    /// The element at table position `pos` or behind it, with its hash; `pos` moves behind that. Borrowed from the set.
    #[inline(always)]
    pub fn entry_at(&self, pos: &mut usize) -> Option<(Value, i64)> {
        let (table, mask, at) = (self.table.get(), self.mask.get(), *pos);
        if at > mask {
            return None;
        }
        let mut block = at & !(BLOCK - 1);
        // SAFETY: I7, tables consist of whole blocks.
        unsafe {
            let mut bits = block_in_use(table.add(block)) & (u32::MAX << (at - block));
            while bits == 0 {
                block += BLOCK;
                if block > mask {
                    *pos = block;
                    return None;
                }
                bits = block_in_use(table.add(block));
            }
            let i = block + bits.trailing_zeros() as usize;
            *pos = i + 1;
            let entry = &*table.add(i);
            Some((entry.key.get().value(), entry.hash.get()))
        }
    }
    /// Calls `visit` with the elements from table position `from` on, and their positions and hashes, until it returns
    /// `Some`. `visit` runs no Python code.
    #[inline(always)]
    fn search<T>(&self, from: usize, mut visit: impl FnMut(usize, Value, i64) -> Option<T>) -> Option<T> {
        let (table, mask) = (self.table.get(), self.mask.get());
        let mut block = from & !(BLOCK - 1);
        let mut wanted = u32::MAX << (from - block);
        while block <= mask {
            // SAFETY: I7, tables consist of whole blocks.
            unsafe {
                let first = table.add(block);
                let mut bits = block_in_use(first) & wanted;
                while bits != 0 {
                    let i = bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    let entry = &*first.add(i);
                    let found = visit(block + i, entry.key.get().value(), entry.hash.get());
                    if found.is_some() {
                        return found;
                    }
                }
            }
            wanted = u32::MAX;
            block += BLOCK;
        }
        None
    }
    /// Adds all elements of another set.
    pub(crate) fn merge(&self, th: &Thread, other: &Set) -> PyResult<()> {
        if std::ptr::eq(self, other) || other.is_empty() {
            return Ok(());
        }
        self.reserve(th, other.len())?;
        if self.fill.get() == 0 {
            // All elements are distinct: no comparisons. Tables of one size are copied as they are.
            let (table, mask) = (self.table.get(), self.mask.get());
            let (from, from_mask) = (other.table.get(), other.mask.get());
            let same_shape = mask == from_mask && other.fill.get() == other.used.get();
            // SAFETY: I7, the tables of two sets, the first without elements.
            unsafe {
                for_each_entry(from, from_mask, |entry| {
                    let new = if same_shape {
                        &*table.offset(std::ptr::from_ref(entry).offset_from(from))
                    } else {
                        free_entry(table, mask, entry.hash.get())
                    };
                    new.hash.set(entry.hash.get());
                    new.key.set(entry.key.get().value().own().into_slot());
                });
            }
            self.used.set(other.used.get());
            self.fill.set(other.used.get());
            self.has_pointers.set(other.has_pointers.get());
            return Ok(());
        }
        let mut pos = 0;
        while let Some((key, hash)) = other.entry_at(&mut pos) {
            self.add_element(th, key, hash)?;
        }
        Ok(())
    }
    /// The hash of a frozenset: of its elements in any order.
    fn compute_hash(&self) -> i64 {
        let shuffle = |h: u64| ((h ^ 89_869_747) ^ (h << 16)).wrapping_mul(3_644_798_167);
        let mut hash = 0u64;
        // SAFETY: I7, the set's table.
        unsafe { for_each_entry(self.table.get(), self.mask.get(), |entry| hash ^= shuffle(entry.hash.get() as u64)) };
        hash ^= (self.len() as u64 + 1).wrapping_mul(1_927_868_237);
        hash ^= (hash >> 11) ^ (hash >> 25);
        hash = hash.wrapping_mul(69_069).wrapping_add(907_133_923);
        if hash == u64::MAX { 590_923_713 } else { hash as i64 }
    }
}

/// The hash of an element.
#[inline]
pub(crate) fn hash_element(th: &Thread, key: Value) -> PyResult<i64> {
    hash_key(th, key).map_err(|raised| unhashable(th, raised, key, "a set element"))
}

/// Adds to a set object; false when the element was present.
///
/// # Errors
/// As for [`Set::add`].
pub fn add(th: &Thread, set: Value, key: Value) -> PyResult<bool> {
    Set::of(set).add(th, key)
}

/// Releases the elements in a table that no set uses any more.
fn release_elements(table: *const SetEntry, mask: usize) {
    // SAFETY: I7, handed on to the caller. Whatever a release runs, it does not find this table.
    unsafe { for_each_entry(table, mask, |entry| crate::obj::release_slot(entry.key.get())) };
}

/// Gives the memory of a table back; 0 bytes: it has none of its own.
fn free_table(th: &Thread, table: *mut SetEntry, bytes: usize) {
    if bytes == 0 {
        return;
    }
    // SAFETY: I7, allocated with this size and out of use.
    unsafe { th.interp.heap.free(table.cast(), bytes, PageKind::Plain) };
}

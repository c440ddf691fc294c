//! `set` and `frozenset`: layout, lookup, insertion, deletion.
//!
//! - `mod.rs`: [`Set`] and the operations the rest of the runtime uses
//! - `algebra.rs`: union, intersection, difference, comparison
//! - `slots.rs`: the types, operators, iteration; `methods.rs`: the methods
//!
//! A set is an open-addressing table of (key, hash) pairs. A probe looks at a short run of neighbours first, then jumps,
//! perturbed by the high bits of the hash; sizes and order of probes are those of CPython, so that sets of numbers come
//! out in the same order.
//!
//! **Invariants:** at least one entry is free, so probes end; references are released only after the table is
//! consistent; comparisons may change the set, after which a lookup starts anew.

mod algebra;
mod methods;
mod slots;

pub use algebra::{
    difference_update, from_iterable, intersection_update, is_subset, symmetric_difference_update, update,
};
pub use slots::{FROZENSET_TYPE, SET_ITERATOR_TYPE, SET_TYPE};

use crate::prelude::*;
use crate::types::dict::{hash_key, unhashable};
use crate::types::str::{self, Str};
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

struct EmptyTable([SetEntry; MIN_SIZE]);
// SAFETY: I6, never written.
unsafe impl Sync for EmptyTable {}
/// The table of sets nothing was added to.
static EMPTY_TABLE: EmptyTable =
    EmptyTable([const { SetEntry { key: Cell::new(Slot::NULL), hash: Cell::new(0) } }; MIN_SIZE]);

/// Calls `visit` with table positions along the probe sequence of `hash` until it returns `Some`.
#[inline(always)]
fn probe<T>(mask: usize, hash: i64, mut visit: impl FnMut(usize) -> Option<T>) -> T {
    let mut perturb = hash as u64;
    let mut at = hash as usize & mask;
    loop {
        let run = if at + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
        for i in at..=at + run {
            if let Some(result) = visit(i) {
                return result;
            }
        }
        perturb >>= PERTURB_SHIFT;
        at = at.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb as usize) & mask;
    }
}

/// What a lookup without Python code can say.
enum Found {
    At(usize),
    /// The free entry where the probe ended.
    Absent(usize),
    Ask,
}

fn empty_table() -> *mut SetEntry {
    EMPTY_TABLE.0.as_ptr().cast_mut()
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
            (&raw mut (*object).table).write(Cell::new(empty_table()));
            (&raw mut (*object).hash).write(Cell::new(-1));
            (&raw mut (*object).finger).write(Cell::new(0));
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
    /// Bytes of the table.
    fn table_bytes(&self) -> usize {
        if self.table.get() == empty_table() { 0 } else { (self.mask.get() + 1) * size_of::<SetEntry>() }
    }

    // ---- lookup

    /// Looks for a key as far as that goes without Python code.
    #[inline]
    fn find_simple(&self, key: Value, hash: i64) -> Found {
        probe(self.mask.get(), hash, |i| {
            let entry = self.entry(i);
            let found = entry.key.get();
            if found.0 == key.bits() {
                return Some(Found::At(i));
            }
            if found.is_null() {
                return Some(Found::Absent(i));
            }
            if entry.hash.get() == hash && found != DUMMY {
                let found = found.value();
                if found.is_small_int() && key.is_small_int() {
                    return None;
                }
                if let (Some(a), Some(b)) = (found.exact::<Str>(), key.exact::<Str>()) {
                    return if str::eq(a, b) { Some(Found::At(i)) } else { None };
                }
                return Some(Found::Ask);
            }
            None
        })
    }
    /// The position of `key` (`Ok`) or of the free entry its probe ends at (`Err`).
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
            let found = probe(mask, hash, |i| {
                let found = self.entry(i).key.get();
                if found.0 == key.bits() {
                    return Some(Ok(Some(Ok(i))));
                }
                if found.is_null() {
                    return Some(Ok(Some(Err(i))));
                }
                if self.entry(i).hash.get() != hash || found == DUMMY {
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
    /// Puts `key` in the free entry `at`.
    #[inline]
    fn insert(&self, th: &Thread, key: Value, hash: i64, mut at: usize) -> PyResult<()> {
        if self.table.get() == empty_table() {
            self.resize(th, 0)?;
            at = self.free_entry(hash);
        }
        let entry = self.entry(at);
        entry.hash.set(hash);
        entry.key.set(key.own().into_slot());
        self.used.set(self.used.get() + 1);
        self.fill.set(self.fill.get() + 1);
        if self.fill.get() * 5 >= self.mask.get() * 3 {
            let used = self.used.get();
            self.resize(th, if used > 50_000 { used * 2 } else { used * 4 })?;
        }
        Ok(())
    }
    /// Whether `key`, an element of another set, is an element. It is owned only where Python code has to be asked.
    #[inline]
    pub(super) fn contains_element(&self, th: &Thread, key: Value, hash: i64) -> PyResult<bool> {
        match self.find_simple(key, hash) {
            Found::At(_) => Ok(true),
            Found::Absent(_) => Ok(false),
            Found::Ask => {
                let key = key.own();
                Ok(self.find_by_eq(th, key.value(), hash)?.is_ok())
            }
        }
    }
    /// The first free entry on the probe sequence of `hash`.
    fn free_entry(&self, hash: i64) -> usize {
        probe(self.mask.get(), hash, |i| self.entry(i).key.get().is_null().then_some(i))
    }
    /// Makes the table one with more than `min` entries and without deleted ones.
    #[cold]
    fn resize(&self, th: &Thread, min: usize) -> PyResult<()> {
        let Some(size) = (min + 1).max(MIN_SIZE).checked_next_power_of_two() else { return Err(th.memory_error()) };
        let Some(bytes) = size.checked_mul(size_of::<SetEntry>()) else { return Err(th.memory_error()) };
        let heap = &th.interp.heap;
        let table = heap.allocate(bytes, PageKind::Plain).cast::<SetEntry>();
        if table.is_null() {
            return Err(th.memory_error());
        }
        // SAFETY: fresh memory of this size; all zeros is a table of free entries.
        unsafe { table.cast::<u8>().write_bytes(0, bytes) };
        let (old, old_mask, old_bytes) = (self.table.get(), self.mask.get(), self.table_bytes());
        self.table.set(table);
        self.mask.set(size - 1);
        self.fill.set(self.used.get());
        for i in 0..=old_mask {
            // SAFETY: I7, `i` lies in the old table.
            let entry = unsafe { &*old.add(i) };
            let key = entry.key.get();
            if !key.is_null() && key != DUMMY {
                let new = self.entry(self.free_entry(entry.hash.get()));
                new.key.set(key);
                new.hash.set(entry.hash.get());
            }
        }
        free_table(th, old, old_bytes);
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
        let (table, mask, bytes) = (self.table.get(), self.mask.get(), self.table_bytes());
        self.table.set(empty_table());
        self.mask.set(MIN_SIZE - 1);
        self.used.set(0);
        self.fill.set(0);
        release_table(th, table, mask, bytes);
    }
    /// Exchanges the contents of two sets.
    fn swap(&self, other: &Set) {
        self.used.swap(&other.used);
        self.fill.swap(&other.fill);
        self.mask.swap(&other.mask);
        self.table.swap(&other.table);
        self.hash.set(-1);
        other.hash.set(-1);
    }

    // ---- iteration

    #[inline(always)]
    fn is_live(&self, i: usize) -> bool {
        let key = self.entry(i).key.get();
        !key.is_null() && key != DUMMY
    }
    /// The element at table position `pos` or behind it, with its hash; `pos` moves behind that. Borrowed from the set.
    #[inline]
    pub fn entry_at(&self, pos: &mut usize) -> Option<(Value, i64)> {
        let mask = self.mask.get();
        while *pos <= mask {
            let i = *pos;
            *pos += 1;
            if self.is_live(i) {
                return Some((self.entry(i).key.get().value(), self.entry(i).hash.get()));
            }
        }
        None
    }
    /// Adds all elements of another set.
    pub(crate) fn merge(&self, th: &Thread, other: &Set) -> PyResult<()> {
        if std::ptr::eq(self, other) || other.is_empty() {
            return Ok(());
        }
        self.reserve(th, other.len())?;
        if self.table.get() == empty_table() {
            self.resize(th, 0)?;
        }
        let mut pos = 0;
        if self.fill.get() == 0 {
            // All elements are distinct: no comparisons. Tables of one size are copied as they are.
            let same_shape = self.mask.get() == other.mask.get() && other.fill.get() == other.used.get();
            while let Some((key, hash)) = other.entry_at(&mut pos) {
                let entry = self.entry(if same_shape { pos - 1 } else { self.free_entry(hash) });
                entry.hash.set(hash);
                entry.key.set(key.own().into_slot());
            }
            self.used.set(other.used.get());
            self.fill.set(other.used.get());
            return Ok(());
        }
        while let Some((key, hash)) = other.entry_at(&mut pos) {
            let key = key.own();
            self.add_hashed(th, key.value(), hash)?;
        }
        Ok(())
    }
    /// The hash of a frozenset: of its elements in any order.
    fn compute_hash(&self) -> i64 {
        let shuffle = |h: u64| ((h ^ 89_869_747) ^ (h << 16)).wrapping_mul(3_644_798_167);
        let mut hash = 0u64;
        let mut pos = 0;
        while let Some((_, h)) = self.entry_at(&mut pos) {
            hash ^= shuffle(h as u64);
        }
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

fn release_table(th: &Thread, table: *mut SetEntry, mask: usize, bytes: usize) {
    if bytes == 0 {
        return;
    }
    for i in 0..=mask {
        // SAFETY: I7, `i` lies in the table, which no set uses any more.
        crate::obj::release_slot(unsafe { (*table.add(i)).key.get() });
    }
    free_table(th, table, bytes);
}

fn free_table(th: &Thread, table: *mut SetEntry, bytes: usize) {
    if bytes == 0 {
        return;
    }
    // SAFETY: I7, allocated with this size and out of use.
    unsafe { th.interp.heap.free(table.cast(), bytes, PageKind::Plain) };
}

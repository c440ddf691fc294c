//! The hash table of a dict: memory, probing, growth.
//!
//! A table is one block: [`DictKeys`], the sparse index (8, 16 or 32 bits an entry), the dense entries in insertion
//! order. Probing is open addressing with perturbation by the high bits of the hash. A table is at most two thirds
//! full, so a probe always ends at an empty index entry.
//!
//! **Invariants**
//! - An index entry is [`EMPTY`], [`DUMMY`] (deleted) or the position of a live entry.
//! - Keys of a str table (`unicode` = 1) are exact strs whose hash has been computed.
//! - Nothing here runs Python code; comparisons that may are the business of `Dict::find`.

use crate::prelude::*;
use crate::types::str::{self, Str};
use crate::types::tuple::{self, Tuple};
use std::cell::Cell;
use whipsnake_layout::dict::{DictKeys, Entry, StrEntry};
use whipsnake_layout::objects::StrObject;
use whipsnake_object::{Heap, PageKind};

pub(super) const EMPTY: i32 = -1;
pub(super) const DUMMY: i32 = -2;
/// log2 of the smallest index.
pub(super) const MIN_LOG2: u32 = 3;
/// log2 of the largest index.
const MAX_LOG2: u32 = 29;
const HEAD: usize = size_of::<DictKeys>();

#[repr(C)]
struct EmptyTable {
    keys: DictKeys,
    index: [i8; 8],
}
// SAFETY: I6, never written: it has no room (`usable` 0) and its version stays 0.
unsafe impl Sync for EmptyTable {}

/// The table of every empty dict: no room, never freed.
static EMPTY_TABLE: EmptyTable = EmptyTable {
    keys: DictKeys {
        log2_size: 0,
        log2_index_width: 0,
        unicode: 1,
        _pad: 0,
        version: Cell::new(0),
        entries_offset: (HEAD + 8) as u32,
        usable: Cell::new(0),
        nentries: Cell::new(0),
        _pad2: 0,
    },
    index: [EMPTY as i8; 8],
};

/// Integers of the sparse index.
trait IndexInt: Copy {
    fn get(self) -> i32;
    fn put(i: i32) -> Self;
}
impl IndexInt for i8 {
    #[inline(always)]
    fn get(self) -> i32 {
        self.into()
    }
    #[inline(always)]
    fn put(i: i32) -> i8 {
        i as i8
    }
}
impl IndexInt for i16 {
    #[inline(always)]
    fn get(self) -> i32 {
        self.into()
    }
    #[inline(always)]
    fn put(i: i32) -> i16 {
        i as i16
    }
}
impl IndexInt for i32 {
    #[inline(always)]
    fn get(self) -> i32 {
        self
    }
    #[inline(always)]
    fn put(i: i32) -> i32 {
        i
    }
}

/// What a lookup without Python code can say.
pub(super) enum Found {
    At(usize),
    Absent,
    /// Some key has the same hash and only `__eq__` can tell.
    Ask,
}

/// A probe sequence.
#[derive(Clone, Copy)]
pub(super) struct Probe {
    at: usize,
    perturb: u64,
}

impl Probe {
    #[inline(always)]
    pub(super) fn new(hash: i64) -> Probe {
        Probe { at: hash as usize, perturb: hash as u64 }
    }
    #[inline(always)]
    pub(super) fn next(&mut self) {
        self.perturb >>= 5;
        self.at = self.at.wrapping_mul(5).wrapping_add(self.perturb as usize).wrapping_add(1);
    }
}

/// A pointer to a table. Copies are good until the dict's table is replaced.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Table(pub *mut DictKeys);

/// The cached hash of a key that is known to be in a str table.
#[inline(always)]
fn str_hash(key: Slot) -> i64 {
    // SAFETY: I4, keys of str tables are exact strs.
    unsafe { (*(key.0 as *const StrObject)).hash.get() }
}

/// Whether two exact strs are equal.
#[inline(always)]
fn same_text(a: Slot, b: Value) -> bool {
    // SAFETY: I4, the callers have checked that both are exact strs.
    unsafe { str::eq(a.value().cast_unchecked::<Str>(), b.cast_unchecked::<Str>()) }
}

impl Table {
    pub(super) fn empty() -> Table {
        Table((&raw const EMPTY_TABLE.keys).cast_mut())
    }
    #[inline(always)]
    pub(super) fn is_shared_empty(self) -> bool {
        std::ptr::eq(self.0, &raw const EMPTY_TABLE.keys)
    }
    #[inline(always)]
    pub(super) fn head<'a>(self) -> &'a DictKeys {
        // SAFETY: I7, a dict's table is live.
        unsafe { &*self.0 }
    }
    #[inline(always)]
    pub(super) fn is_str(self) -> bool {
        self.head().unicode != 0
    }
    #[inline(always)]
    pub(super) fn len(self) -> usize {
        self.head().nentries.get() as usize
    }
    #[inline(always)]
    fn mask(self) -> usize {
        (1usize << self.head().log2_size) - 1
    }
    #[inline(always)]
    fn index_start(self) -> *mut u8 {
        self.0.cast::<u8>().wrapping_add(HEAD)
    }
    /// The index entry a probe looks at.
    #[inline]
    pub(super) fn index_at(self, probe: Probe) -> i32 {
        let at = probe.at & self.mask();
        let start = self.index_start();
        // SAFETY: I7, `at` lies below the index's length, whose width is recorded.
        unsafe {
            match self.head().log2_index_width {
                0 => start.cast::<i8>().add(at).read().into(),
                1 => start.cast::<i16>().add(at).read().into(),
                _ => start.cast::<i32>().add(at).read(),
            }
        }
    }
    #[inline]
    fn set_index(self, probe: Probe, i: i32) {
        let at = probe.at & self.mask();
        let start = self.index_start();
        // SAFETY: I7, as in `index_at`.
        unsafe {
            match self.head().log2_index_width {
                0 => start.cast::<i8>().add(at).write(i as i8),
                1 => start.cast::<i16>().add(at).write(i as i16),
                _ => start.cast::<i32>().add(at).write(i),
            }
        }
    }
    /// Key and value cells of entry `i`.
    #[inline(always)]
    pub(super) fn cells<'a>(self, i: usize) -> (&'a Cell<Slot>, &'a Cell<Slot>) {
        let head = self.head();
        // SAFETY: I7, `i` lies below the number of entries.
        unsafe {
            if head.unicode != 0 {
                let entry = &*head.str_entries().add(i);
                (&entry.key, &entry.value)
            } else {
                let entry = &*head.entries().add(i);
                (&entry.key, &entry.value)
            }
        }
    }
    #[inline(always)]
    pub(super) fn key(self, i: usize) -> Slot {
        self.cells(i).0.get()
    }
    /// The hash of the live entry `i`.
    #[inline(always)]
    pub(super) fn hash(self, i: usize) -> i64 {
        let head = self.head();
        // SAFETY: I7, as in `cells`.
        unsafe {
            if head.unicode != 0 {
                str_hash((*head.str_entries().add(i)).key.get())
            } else {
                (*head.entries().add(i)).hash.get()
            }
        }
    }

    /// What the first index entry on the probe sequence of `hash` says about `key` in a small table: that it is there, by
    /// identity, or that it is absent. Most lookups end here.
    #[inline(always)]
    pub(super) fn find_at_once(self, key: Value, hash: i64) -> Option<Found> {
        let head = self.head();
        if head.log2_index_width != 0 {
            return None;
        }
        // SAFETY: I7, the masked position lies in the index, a nonnegative entry in the entries.
        unsafe {
            let i = i32::from(self.index_start().cast::<i8>().add(hash as usize & self.mask()).read());
            if i >= 0 {
                return (self.key(i as usize).0 == key.bits()).then_some(Found::At(i as usize));
            }
            if i == EMPTY { Some(Found::Absent) } else { None }
        }
    }
    /// Looks an exact str up in a str table.
    #[inline]
    pub(super) fn find_str(self, key: Value, hash: i64) -> Option<usize> {
        match self.head().log2_index_width {
            0 => self.find_str_in::<i8>(key, hash),
            1 => self.find_str_in::<i16>(key, hash),
            _ => self.find_str_in::<i32>(key, hash),
        }
    }
    #[inline]
    fn find_str_in<I: IndexInt>(self, key: Value, hash: i64) -> Option<usize> {
        let mask = self.mask();
        let index = self.index_start().cast::<I>();
        let entries = self.head().str_entries();
        let mut probe = Probe::new(hash);
        loop {
            // SAFETY: I7, the masked position lies in the index, a nonnegative entry in the entries.
            unsafe {
                let i = index.add(probe.at & mask).read().get();
                if i >= 0 {
                    let found = (*entries.add(i as usize)).key.get();
                    if found.0 == key.bits() || (str_hash(found) == hash && same_text(found, key)) {
                        return Some(i as usize);
                    }
                } else if i == EMPTY {
                    return None;
                }
            }
            probe.next();
        }
    }
    /// Looks any key up in a general table, as far as that goes without Python code.
    #[inline]
    pub(super) fn find_simple(self, key: Value, hash: i64) -> Found {
        match self.head().log2_index_width {
            0 => self.find_simple_in::<i8>(key, hash),
            1 => self.find_simple_in::<i16>(key, hash),
            _ => self.find_simple_in::<i32>(key, hash),
        }
    }
    #[inline]
    fn find_simple_in<I: IndexInt>(self, key: Value, hash: i64) -> Found {
        let mask = self.mask();
        let index = self.index_start().cast::<I>();
        let entries = self.head().entries();
        let mut probe = Probe::new(hash);
        loop {
            // SAFETY: I7, as in `find_str_in`.
            unsafe {
                let i = index.add(probe.at & mask).read().get();
                if i >= 0 {
                    let entry = &*entries.add(i as usize);
                    let found = entry.key.get();
                    if found.0 == key.bits() {
                        return Found::At(i as usize);
                    }
                    if entry.hash.get() == hash {
                        match equal_simple(found.value(), key) {
                            Some(true) => return Found::At(i as usize),
                            Some(false) => {}
                            None => return Found::Ask,
                        }
                    }
                } else if i == EMPTY {
                    return Found::Absent;
                }
            }
            probe.next();
        }
    }

    /// Where the index holds entry `i`, whose hash is `hash`.
    fn position_of(self, i: usize, hash: i64) -> Option<Probe> {
        let mut probe = Probe::new(hash);
        loop {
            match self.index_at(probe) {
                EMPTY => return None,
                found if found == i as i32 => return Some(probe),
                _ => probe.next(),
            }
        }
    }
    /// Enters `i` at the first index entry on the probe sequence of `hash` that holds no live entry.
    #[inline]
    fn enter(self, hash: i64, i: u32) {
        match self.head().log2_index_width {
            0 => self.enter_in::<i8>(hash, i),
            1 => self.enter_in::<i16>(hash, i),
            _ => self.enter_in::<i32>(hash, i),
        }
    }
    #[inline(always)]
    fn enter_in<I: IndexInt>(self, hash: i64, i: u32) {
        let mask = self.mask();
        let index = self.index_start().cast::<I>();
        let mut probe = Probe::new(hash);
        // SAFETY: I7, the masked position lies in the index.
        unsafe {
            while index.add(probe.at & mask).read().get() >= 0 {
                probe.next();
            }
            index.add(probe.at & mask).write(I::put(i as i32));
        }
    }
    /// Appends an entry with an absent key; there must be room (`usable`). Owned references move in.
    #[inline]
    pub(super) fn append(self, hash: i64, key: Slot, value: Slot) {
        let head = self.head();
        let i = head.nentries.get();
        debug_assert!(head.usable.get() > 0);
        self.enter(hash, i);
        // SAFETY: I7, there is room for one more entry.
        unsafe {
            if head.unicode != 0 {
                let entry = head.str_entries().add(i as usize).cast_mut();
                entry.write(StrEntry { key: Cell::new(key), value: Cell::new(value) });
            } else {
                let entry = head.entries().add(i as usize).cast_mut();
                entry.write(Entry { hash: Cell::new(hash), key: Cell::new(key), value: Cell::new(value) });
            }
        }
        head.nentries.set(i + 1);
        head.usable.set(head.usable.get() - 1);
        head.version.set(0);
    }
    /// Takes entry `i` out; the references move to the caller.
    pub(super) fn take(self, i: usize) -> (Slot, Slot) {
        if let Some(probe) = self.position_of(i, self.hash(i)) {
            self.set_index(probe, DUMMY);
        }
        let (key, value) = self.cells(i);
        self.head().version.set(0);
        (key.replace(Slot::NULL), value.replace(Slot::NULL))
    }
    /// Forgets the last entries, which are all deleted.
    pub(super) fn truncate(self, len: usize) {
        self.head().nentries.set(len as u32);
    }

    // ---- memory

    /// A table with an index of `2^log2` entries; `None` = no memory.
    pub(super) fn allocate(heap: &Heap, log2: u32, unicode: bool) -> Option<Table> {
        let (entries_offset, bytes) = sizes(log2, unicode)?;
        let block = heap.allocate(bytes, PageKind::Plain);
        if block.is_null() {
            return None;
        }
        let table = Table(block.cast());
        // SAFETY: fresh memory of `bytes` bytes.
        unsafe {
            table.0.write(DictKeys {
                log2_size: log2 as u8,
                log2_index_width: index_width(log2) as u8,
                unicode: unicode as u8,
                _pad: 0,
                version: Cell::new(0),
                entries_offset: entries_offset as u32,
                usable: Cell::new(usable(log2) as u32),
                nentries: Cell::new(0),
                _pad2: 0,
            });
            if log2 == MIN_LOG2 {
                block.add(HEAD).cast::<u64>().write(u64::MAX);
            } else {
                block.add(HEAD).write_bytes(0xFF, entries_offset - HEAD);
            }
        }
        Some(table)
    }
    /// Bytes of the block.
    pub(super) fn bytes(self) -> usize {
        let head = self.head();
        if self.is_shared_empty() { 0 } else { sizes(head.log2_size.into(), head.unicode != 0).map_or(0, |s| s.1) }
    }
    /// Returns the block to the heap; the entries' references have been moved out.
    ///
    /// # Safety
    /// No dict uses the table any more (I7).
    pub(super) unsafe fn free(self, heap: &Heap) {
        let bytes = self.bytes();
        if bytes == 0 {
            return;
        }
        // SAFETY: I7, allocated with this size.
        unsafe { heap.free(self.0.cast(), bytes, PageKind::Plain) }
    }
    /// Moves the live entries to the empty table `to`, in order. (`self` is to be freed.)
    pub(super) fn move_entries(self, to: Table) {
        for i in 0..self.len() {
            let (key, value) = self.cells(i);
            let (key, value) = (key.get(), value.get());
            if !key.is_null() {
                to.append(self.hash(i), key, value);
            }
        }
    }
    /// A copy of the block, references counted; `None` = no memory.
    pub(super) fn duplicate(self, heap: &Heap) -> Option<Table> {
        let head = self.head();
        let copy = Table::allocate(heap, head.log2_size.into(), head.unicode != 0)?;
        let entry = if head.unicode != 0 { size_of::<StrEntry>() } else { size_of::<Entry>() };
        // SAFETY: I7, both blocks have the same shape.
        unsafe {
            let bytes = head.entries_offset as usize + self.len() * entry;
            std::ptr::copy_nonoverlapping(self.0.cast::<u8>(), copy.0.cast::<u8>(), bytes);
        }
        copy.head().version.set(0);
        for i in 0..copy.len() {
            let (key, value) = copy.cells(i);
            if let (Some(key), Some(value)) = (key.get().get(), value.get().get()) {
                std::mem::forget((key.own(), value.own()));
            }
        }
        Some(copy)
    }
}

/// Whether two different words with the same hash are equal keys, when no Python code is needed to tell.
#[inline]
pub(crate) fn equal_simple(a: Value, b: Value) -> Option<bool> {
    if (a.is_small_int() && b.is_small_int()) || (a.is_small_float() && b.is_small_float()) {
        return Some(false);
    }
    if let (Some(a), Some(b)) = (a.exact::<Str>(), b.exact::<Str>()) {
        return Some(str::eq(a, b));
    }
    match (tuple::compared_as_tuple(a), tuple::compared_as_tuple(b)) {
        (Some(a), Some(b)) => equal_tuples(a, b, 4),
        _ => None,
    }
}

/// [`equal_simple`] for tuples, as deep as `depth`.
fn equal_tuples(a: &Tuple, b: &Tuple, depth: u32) -> Option<bool> {
    if a.len() != b.len() {
        return Some(false);
    }
    for (&x, &y) in a.as_slice().iter().zip(b.as_slice()) {
        if x.same(y) {
            continue;
        }
        if (x.is_small_int() && y.is_small_int()) || (x.is_small_float() && y.is_small_float()) {
            return Some(false);
        }
        let equal = match (x.exact::<Str>(), y.exact::<Str>()) {
            (Some(x), Some(y)) => str::eq(x, y),
            _ => match (tuple::compared_as_tuple(x), tuple::compared_as_tuple(y)) {
                (Some(x), Some(y)) if depth > 0 => equal_tuples(x, y, depth - 1)?,
                _ => return None,
            },
        };
        if !equal {
            return Some(false);
        }
    }
    Some(true)
}

/// Entries a table with an index of `2^log2` has room for.
pub(super) fn usable(log2: u32) -> usize {
    (1usize << log2) * 2 / 3
}

fn index_width(log2: u32) -> usize {
    match log2 {
        0..8 => 0,
        8..16 => 1,
        _ => 2,
    }
}

/// Where the entries begin, and bytes in all.
fn sizes(log2: u32, unicode: bool) -> Option<(usize, usize)> {
    if log2 > MAX_LOG2 {
        return None;
    }
    let index = (1usize << log2) << index_width(log2);
    let entries_offset = HEAD + index.next_multiple_of(8);
    let entry = if unicode { size_of::<StrEntry>() } else { size_of::<Entry>() };
    Some((entries_offset, entries_offset + usable(log2) * entry))
}

/// log2 of the smallest index of at least `min` entries.
pub(super) fn log2_for_size(min: usize) -> u32 {
    min.max(1 << MIN_LOG2).checked_next_power_of_two().map_or(u32::BITS, usize::trailing_zeros)
}

/// log2 of the smallest index with room for `count` keys.
pub(super) fn log2_for_count(count: usize) -> u32 {
    log2_for_size(count.saturating_mul(3).div_ceil(2))
}

const _: () = assert!(HEAD == 24);

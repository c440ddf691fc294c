//! The dict's layout (our own): an insertion-ordered compact table.
//!
//! `DictKeys` is one allocation: this header, then the sparse index (8, 16 or 32 bits an entry, power-of-two sized),
//! then the dense entries. All-str tables leave the hash out of the entry, since the str caches it.

use crate::header::Header;
use crate::value::Slot;
use core::cell::Cell;

#[repr(C)]
pub struct DictObject {
    pub head: Header,
    /// Live items.
    pub used: Cell<isize>,
    pub keys: Cell<*mut DictKeys>,
    /// Bits 0-7: watchers that want to hear of changes (globals, builtins).
    pub watchers: Cell<u32>,
    pub _pad: u32,
}

#[repr(C)]
pub struct DictKeys {
    /// log2 of the index's length.
    pub log2_size: u8,
    /// log2 of the width of an index entry in bytes: 0, 1 or 2.
    pub log2_index_width: u8,
    /// 1 when every key is an exact str ([`StrEntry`]), else 0 ([`Entry`]).
    pub unicode: u8,
    pub _pad: u8,
    /// Assigned on demand; cleared by every change of the set of keys (not of values). 0 = none.
    pub version: Cell<u32>,
    /// From the start of this header to the entries, in bytes.
    pub entries_offset: u32,
    /// Entries that can still be appended.
    pub usable: Cell<u32>,
    /// Entries in use, deleted ones included.
    pub nentries: Cell<u32>,
    pub _pad2: u32,
}

/// Entry of an all-str table. A deleted entry has both null.
#[repr(C)]
pub struct StrEntry {
    pub key: Cell<Slot>,
    pub value: Cell<Slot>,
}

/// Entry of a general table.
#[repr(C)]
pub struct Entry {
    pub hash: Cell<i64>,
    pub key: Cell<Slot>,
    pub value: Cell<Slot>,
}

impl DictKeys {
    /// The entries of an all-str table.
    #[inline(always)]
    pub fn str_entries(&self) -> *const StrEntry {
        (self as *const DictKeys as usize + self.entries_offset as usize) as *const StrEntry
    }
    /// The entries of a general table.
    #[inline(always)]
    pub fn entries(&self) -> *const Entry {
        (self as *const DictKeys as usize + self.entries_offset as usize) as *const Entry
    }
}

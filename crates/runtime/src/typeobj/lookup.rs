//! Attribute lookup along the MRO, cached by type version.
//!
//! **Invariants:** a type that has a version has bases that all have one; any change of a type's dictionary or bases
//! clears its version and those of all its subclasses (`Type::modified`). Versions are never used twice. So a cache
//! entry whose version matches is right, and what it refers to is alive.

use crate::obj::{Obj, ValueExt};
use crate::thread::Thread;
use crate::typeobj::{Type, ready};
use crate::types::dict::Dict;
use std::cell::{Cell, RefCell};
use whipsnake_layout::Value;

const CACHE_BITS: u32 = 12;
/// A type that changes more often than this gets no more versions.
const MAX_VERSIONS_PER_TYPE: u16 = 1000;
/// `versions_used` of types that must not be cached (a custom `mro()`).
pub(crate) const NEVER_VERSIONED: u16 = u16::MAX;

struct Entry {
    version: Cell<u32>,
    /// The name's word; the owner below keeps it from being used for another str.
    name: Cell<u64>,
    /// The value's word, or 0: there is no such attribute.
    value: Cell<u64>,
}

/// Results of lookups by type version and name.
pub struct MethodCache {
    entries: Box<[Entry; 1 << CACHE_BITS]>,
    owners: RefCell<Vec<Option<Obj>>>,
}

impl Default for MethodCache {
    fn default() -> Self {
        Self::new()
    }
}

impl MethodCache {
    pub fn new() -> MethodCache {
        let size = 1usize << CACHE_BITS;
        let entry = |_: usize| Entry { version: Cell::new(0), name: Cell::new(0), value: Cell::new(0) };
        MethodCache {
            entries: Box::new(std::array::from_fn(entry)),
            owners: RefCell::new((0..size).map(|_| None).collect()),
        }
    }
    #[inline(always)]
    fn index(version: u32, name: Value) -> usize {
        ((version as u64).wrapping_mul(0x9E37_79B1) ^ (name.bits() >> 4)) as usize & ((1 << CACHE_BITS) - 1)
    }
    fn store(&self, version: u32, name: Value, value: Option<Value>) {
        let at = Self::index(version, name);
        let entry = &self.entries[at];
        if entry.name.get() != name.bits() {
            entry.version.set(0);
            let old = self.owners.borrow_mut()[at].replace(name.own());
            entry.name.set(name.bits());
            drop(old);
        }
        entry.value.set(value.map_or(0, Value::bits));
        entry.version.set(version);
    }
}

impl Type {
    /// The attribute `name` (an interned str) of the first class in the MRO that has it, unbound. The value is
    /// borrowed: own it before anything can change the class.
    #[inline]
    pub fn lookup(&'static self, th: &Thread, name: Value) -> Option<Value> {
        let version = self.core.version_tag.get();
        if version != 0 {
            let entry = &th.interp.method_cache.entries[MethodCache::index(version, name)];
            if entry.version.get() == version && entry.name.get() == name.bits() {
                let word = entry.value.get();
                // SAFETY: I1, the version says that the class still holds the value.
                return if word == 0 { None } else { Some(unsafe { Value::from_bits(word) }) };
            }
        }
        self.lookup_slow(th, name)
    }

    #[inline(never)]
    fn lookup_slow(&'static self, th: &Thread, name: Value) -> Option<Value> {
        let found = self.lookup_uncached(th, name);
        let version = self.version(th);
        if version != 0 {
            th.interp.method_cache.store(version, name, found);
        }
        found
    }

    /// As [`Type::lookup`], without the cache.
    pub fn lookup_uncached(&'static self, th: &Thread, name: Value) -> Option<Value> {
        if self.core.mro.get() == 0 && self.spec.is_some() && ready(th, self).is_err() {
            drop(th.take_exception());
            return None;
        }
        if self.core.mro.get() == 0 {
            return None;
        }
        for base in self.mro().as_slice() {
            // SAFETY: I4, an MRO consists of types.
            let base = unsafe { base.cast_unchecked::<Type>() };
            if base.core.dict.get() == 0 {
                continue;
            }
            if let Some(value) = base.dict().peek_str(th, name) {
                return Some(value);
            }
        }
        None
    }

    /// The first class in the MRO whose own dictionary has `name`.
    pub fn defining_class(&'static self, th: &Thread, name: Value) -> Option<&'static Type> {
        self.mro()
            .as_slice()
            .iter()
            .filter_map(|base| base.cast::<Type>())
            .find(|base| base.own_dict().is_some_and(|dict| dict.peek_str(th, name).is_some()))
    }

    fn own_dict(&self) -> Option<&'static Dict> {
        if self.core.dict.get() == 0 { None } else { Some(self.dict()) }
    }

    /// The type's version tag, assigned now if need be; 0 when there is none to be had.
    pub fn version(&self, th: &Thread) -> u32 {
        let version = self.core.version_tag.get();
        if version != 0 { version } else { self.assign_version(th) }
    }

    fn assign_version(&self, th: &Thread) -> u32 {
        let used = self.core.versions_used.get();
        if used >= MAX_VERSIONS_PER_TYPE || self.core.mro.get() == 0 {
            return 0;
        }
        for base in self.mro().as_slice().iter().skip(1).filter_map(|base| base.cast::<Type>()) {
            if base.core.version_tag.get() == 0 && base.assign_version(th) == 0 {
                return 0;
            }
        }
        let version = th.interp.next_type_version.get();
        if version == 0 {
            return 0;
        }
        // Wraps to 0 when they run out: no type gets one any more.
        th.interp.next_type_version.set(version.wrapping_add(1));
        self.core.versions_used.set(used + 1);
        self.core.version_tag.set(version);
        version
    }

    /// Must be called before every change of the type's dictionary, bases or slots (or after it, if nothing was released
    /// by the change): forgets its version and those of all subclasses.
    pub fn modified(&self, _: &Thread) {
        if self.core.version_tag.get() == 0 {
            return;
        }
        let mut pending = vec![self as *const Type];
        while let Some(ty) = pending.pop() {
            // SAFETY: I5, a dying class takes itself off its bases' lists.
            let ty = unsafe { &*ty };
            if ty.core.version_tag.replace(0) == 0 {
                continue;
            }
            pending.extend(ty.subclasses.borrow().iter().copied());
        }
    }

    /// The live direct subclasses.
    pub fn direct_subclasses(&self) -> Vec<&'static Type> {
        // SAFETY: I5, as in `modified`.
        self.subclasses.borrow().iter().map(|ty| unsafe { &**ty }).collect()
    }
}

//! `dict`: layout, lookup, insertion, deletion.
//!
//! - `mod.rs`: [`Dict`] and the operations the rest of the runtime uses
//! - `table.rs`: the hash table
//! - `merge.rs`: `update`, `|`, construction from mappings and pairs
//! - `slots.rs`: operators, repr, comparison; `methods.rs`: the methods
//! - `views.rs`: keys, values, items; `iterators.rs`: their iterators
//!
//! Source: the behaviour of CPython 3.14 (docs: "Mapping Types — dict").
//!
//! **Invariants:** a table is used by one dict (but the shared empty one); `used` counts the live entries; references
//! are released only after the table is consistent, since a release can run any Python code.

mod iterators;
mod merge;
mod methods;
mod slots;
mod table;
mod views;

pub use iterators::{
    DICT_ITEM_ITERATOR_TYPE, DICT_KEY_ITERATOR_TYPE, DICT_REVERSE_ITEM_ITERATOR_TYPE, DICT_REVERSE_KEY_ITERATOR_TYPE,
    DICT_REVERSE_VALUE_ITERATOR_TYPE, DICT_VALUE_ITERATOR_TYPE,
};
pub use merge::{OnDuplicate, from_args};
pub use slots::{construct, push as push_text};
pub(crate) use table::equal_simple;
pub use views::{DICT_ITEMS_TYPE, DICT_KEYS_TYPE, DICT_VALUES_TYPE};

use crate::prelude::*;
use crate::types::str::{self, Str};
use table::{EMPTY, Found, Probe, Table};
use whipsnake_layout::dict::DictObject;

/// A `dict` object.
#[repr(transparent)]
pub struct Dict(DictObject);

// SAFETY: I4, `DICT_TYPE` is declared with this layout.
unsafe impl Layout for Dict {
    #[inline(always)]
    fn ty() -> &'static Type {
        &DICT_TYPE
    }
}

builtin_type! {
    /// `dict`.
    pub static DICT_TYPE = "PyDict_Type" => TypeSpec {
        name: "dict",
        base: Some(&statics::OBJECT_TYPE),
        basicsize: size_of::<DictObject>(),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::DICT_SUBCLASS | flags::MAPPING | flags::MATCH_SELF,
        doc: "dict() -> new empty dictionary\ndict(mapping) -> new dictionary with the mapping's (key, value) pairs\n\
              dict(iterable) -> new dictionary from an iterable of (key, value) pairs\n\
              dict(**kwargs) -> new dictionary with the keyword arguments as name=value pairs.",
        slots: slots::SLOTS,
        methods: methods::methods::METHODS,
        ..TypeSpec::DEFAULT
    }
}

/// The types of this module, for `types::init`.
pub(crate) static ALL: &[&Type] = &[
    &DICT_TYPE,
    &DICT_KEYS_TYPE,
    &DICT_VALUES_TYPE,
    &DICT_ITEMS_TYPE,
    &DICT_KEY_ITERATOR_TYPE,
    &DICT_VALUE_ITERATOR_TYPE,
    &DICT_ITEM_ITERATOR_TYPE,
    &DICT_REVERSE_KEY_ITERATOR_TYPE,
    &DICT_REVERSE_VALUE_ITERATOR_TYPE,
    &DICT_REVERSE_ITEM_ITERATOR_TYPE,
];

/// The modulus of numeric hashes.
const HASH_MODULUS: u64 = (1 << 61) - 1;

/// The hash of a key; the common kinds without a call.
///
/// # Errors
/// Whatever `__hash__` raises.
#[inline]
pub fn hash_key(th: &Thread, key: Value) -> PyResult<i64> {
    if let Some(text) = key.exact::<Str>() {
        return Ok(str::hash(th, text));
    }
    if let Some(i) = key.as_small_int()
        && i.unsigned_abs() < HASH_MODULUS
    {
        return Ok(if i == -1 { -2 } else { i });
    }
    object::hash(th, key)
}

/// As [`hash_key`], with the message dicts have for unhashable keys.
#[inline]
pub(super) fn hash_dict_key(th: &Thread, key: Value) -> PyResult<i64> {
    hash_key(th, key).map_err(|raised| unhashable(th, raised, key, "a dict key"))
}

/// "cannot use 'list' as a dict key (unhashable type: 'list')" in place of a TypeError of `__hash__`.
#[cold]
pub(crate) fn unhashable(th: &Thread, raised: Raised, key: Value, role: &str) -> Raised {
    if !th.core.current_exception.get().get().is_some_and(|e| e.is_exact(&statics::TYPE_ERROR)) {
        return raised;
    }
    let Some(error) = th.take_exception() else { return raised };
    let text = match object::str(th, error.value()) {
        Ok(text) => str::to_rust_string(text.value()),
        Err(raised) => return raised,
    };
    th.type_error(format!("cannot use '{}' as {role} ({text})", qualified_name(key.ty())))
}

/// A type's name with its module, but for builtins (CPython's `%T`).
pub fn qualified_name(ty: &'static Type) -> String {
    if let Some(spec) = ty.spec {
        return spec.name.to_string();
    }
    let qualname = ty.ht_qualname.peek().map_or_else(|| ty.name().to_string(), str::to_rust_string);
    let th = Thread::current();
    let module = th.intern("__module__").ok().and_then(|name| ty.dict().peek_str(th, name.value()));
    match module.filter(|m| m.is_exact(&statics::STR_TYPE)).map(str::to_rust_string) {
        Some(module) if module != "builtins" && module != "__main__" => format!("{module}.{qualname}"),
        _ => qualname,
    }
}

impl Dict {
    /// An empty dict.
    ///
    /// # Errors
    /// MemoryError.
    #[inline]
    pub fn new(th: &Thread) -> PyResult {
        Dict::new_as(th, &DICT_TYPE)
    }
    /// An empty instance of `ty`, a subclass of dict.
    pub(crate) fn new_as(th: &Thread, ty: &'static Type) -> PyResult {
        let basicsize = ty.core.basicsize.get() as usize;
        let object = th.allocate(ty, basicsize)?.cast::<DictObject>();
        // SAFETY: fresh memory of the type's size; what subclasses append begins as null slots.
        unsafe {
            (&raw mut (*object).used).write(0.into());
            (&raw mut (*object).keys).write(Table::empty().0.into());
            (&raw mut (*object).watchers).write(0.into());
            let own = size_of::<DictObject>();
            if basicsize > own {
                object.cast::<u8>().add(own).write_bytes(0, basicsize - own);
            }
            Ok(Obj::steal(Value::from_ptr(object)))
        }
    }
    /// An empty dict with room for `count` keys (all strs, it is hoped, if `unicode`).
    ///
    /// # Errors
    /// MemoryError.
    pub fn with_capacity(th: &Thread, count: usize, unicode: bool) -> PyResult {
        let dict = Dict::new(th)?;
        if count > 0 {
            Dict::of(dict.value()).resize(th, table::log2_for_count(count), unicode)?;
        }
        Ok(dict)
    }
    /// A value known to be a dict.
    #[inline(always)]
    pub(crate) fn of<'a>(v: Value) -> &'a Dict {
        debug_assert!(v.is_instance(&DICT_TYPE));
        // SAFETY: I4, slots of dict and what `Dict::new` made are dicts.
        unsafe { v.cast_unchecked() }
    }
    #[inline(always)]
    pub fn value(&self) -> Value {
        // SAFETY: I1, a reference to an object.
        unsafe { Value::from_ptr(self) }
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.0.used.get() as usize
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.0.used.get() == 0
    }
    /// The layout, for caches and machine code.
    #[inline(always)]
    pub fn layout(&self) -> &DictObject {
        &self.0
    }
    #[inline(always)]
    fn table(&self) -> Table {
        Table(self.0.keys.get())
    }
    /// How many bytes the table takes (`__sizeof__`).
    pub fn table_bytes(&self) -> usize {
        self.table().bytes()
    }

    // ---- lookup

    /// The position of `key`'s entry.
    ///
    /// # Errors
    /// Whatever `__eq__` of keys raises.
    #[inline(always)]
    fn find(&self, th: &Thread, key: Value, hash: i64) -> PyResult<Option<usize>> {
        match self.table().find_at_once(key, hash) {
            Some(Found::At(i)) => Ok(Some(i)),
            Some(Found::Absent) => Ok(None),
            _ => self.find_further(th, key, hash),
        }
    }
    #[inline(never)]
    fn find_further(&self, th: &Thread, key: Value, hash: i64) -> PyResult<Option<usize>> {
        let table = self.table();
        if table.is_str() {
            if key.is_exact(&statics::STR_TYPE) {
                return Ok(table.find_str(key, hash));
            }
        } else {
            match table.find_simple(key, hash) {
                Found::At(i) => return Ok(Some(i)),
                Found::Absent => return Ok(None),
                Found::Ask => {}
            }
        }
        self.find_by_eq(th, key, hash)
    }
    /// Lookup with `__eq__`, which may change this dict: then the lookup starts anew.
    #[inline(never)]
    fn find_by_eq(&self, th: &Thread, key: Value, hash: i64) -> PyResult<Option<usize>> {
        'restart: loop {
            let table = self.table();
            let mut probe = Probe::new(hash);
            loop {
                let i = table.index_at(probe);
                if i == EMPTY {
                    return Ok(None);
                }
                if i >= 0 {
                    let i = i as usize;
                    let slot = table.key(i);
                    if slot.0 == key.bits() {
                        return Ok(Some(i));
                    }
                    if table.hash(i) == hash {
                        let other = slot.value().own();
                        let equal = compare::eq(th, other.value(), key)?;
                        if self.table() != table || i >= table.len() || table.key(i) != slot {
                            continue 'restart;
                        }
                        if equal {
                            return Ok(Some(i));
                        }
                    }
                }
                probe.next();
            }
        }
    }
    /// The value of `key` with its known hash.
    #[inline]
    pub fn get_hashed(&self, th: &Thread, key: Value, hash: i64) -> PyResult<Option<Obj>> {
        Ok(self.find(th, key, hash)?.and_then(|i| self.table().cells(i).1.get().get()).map(ValueExt::own))
    }
    /// The value of `key`.
    ///
    /// # Errors
    /// TypeError for unhashable keys, and what `__hash__` and `__eq__` raise.
    #[inline]
    pub fn get(&self, th: &Thread, key: Value) -> PyResult<Option<Obj>> {
        let hash = hash_dict_key(th, key)?;
        self.get_hashed(th, key, hash)
    }
    /// Whether `key` is present.
    ///
    /// # Errors
    /// As for [`Dict::get`].
    #[inline]
    pub fn contains(&self, th: &Thread, key: Value) -> PyResult<bool> {
        let hash = hash_dict_key(th, key)?;
        Ok(self.find(th, key, hash)?.is_some())
    }
    /// The value of the exact str `name`.
    ///
    /// # Errors
    /// What `__eq__` of keys that are no strs raises.
    #[inline]
    pub fn get_str(&self, th: &Thread, name: Value) -> PyResult<Option<Obj>> {
        let table = self.table();
        if table.is_str() {
            return Ok(self.peek_str(th, name).map(ValueExt::own));
        }
        self.get(th, name)
    }
    /// The value of the exact str `name`, without ownership. Keys that are no strs are not asked.
    #[inline]
    pub fn peek_str(&self, th: &Thread, name: Value) -> Option<Value> {
        let i = self.lookup_index(th, name)?;
        self.table().cells(i).1.get().get()
    }
    /// The position of the entry of the exact str `name`, for caches.
    #[inline]
    pub fn lookup_index(&self, th: &Thread, name: Value) -> Option<usize> {
        debug_assert!(name.is_exact(&statics::STR_TYPE));
        let table = self.table();
        // SAFETY: I4, the caller passes an exact str.
        let hash = str::hash(th, unsafe { name.cast_unchecked::<Str>() });
        if table.is_str() {
            return table.find_str(name, hash);
        }
        let mut probe = Probe::new(hash);
        loop {
            let i = table.index_at(probe);
            if i == EMPTY {
                return None;
            }
            if i >= 0 {
                let (i, key) = (i as usize, table.key(i as usize));
                if key.0 == name.bits() || (table.hash(i) == hash && same_exact_str(key.value(), name)) {
                    return Some(i);
                }
            }
            probe.next();
        }
    }
    /// The value of entry `i`, as [`Dict::lookup_index`] found it.
    #[inline]
    pub fn peek_index(&self, i: usize) -> Option<Value> {
        if i < self.table().len() { self.table().cells(i).1.get().get() } else { None }
    }
    /// As [`Dict::peek_index`], if the keys still have this version.
    #[inline(always)]
    pub fn peek_versioned(&self, version: u32, i: usize) -> Option<Value> {
        let head = self.table().head();
        // SAFETY: I7 and I9, a version belongs to a str table in which the index was found.
        if head.version.get() == version { unsafe { (*head.str_entries().add(i)).value.get().get() } } else { None }
    }
    /// A number that stands for the set of keys and their positions: it changes whenever a key comes or goes. 0 = none
    /// can be had (keys that are no strs, or numbers ran out).
    #[inline]
    pub fn keys_version(&self, th: &Thread) -> u32 {
        let table = self.table();
        let head = table.head();
        if head.version.get() == 0 && head.unicode != 0 && !table.is_shared_empty() {
            let next = th.interp.next_dict_version.get();
            if next != u32::MAX {
                th.interp.next_dict_version.set(next + 1);
                head.version.set(next);
            }
        }
        head.version.get()
    }
    /// The value of the key `name`.
    ///
    /// # Errors
    /// MemoryError, and what `__eq__` of keys that are no strs raises.
    pub fn get_rust(&self, th: &Thread, name: &str) -> PyResult<Option<Obj>> {
        let name = th.intern(name)?;
        self.get_str(th, name.value())
    }

    // ---- insertion

    /// Replaces the table by one with an index of `2^log2` entries.
    fn resize(&self, th: &Thread, log2: u32, unicode: bool) -> PyResult<()> {
        let old = self.table();
        let Some(new) = Table::allocate(&th.interp.heap, log2, unicode) else { return Err(th.memory_error()) };
        old.move_entries(new);
        self.0.keys.set(new.0);
        // SAFETY: I7, the dict has its new table.
        unsafe { old.free(&th.interp.heap) };
        Ok(())
    }
    /// Appends an entry whose key is absent.
    #[inline]
    fn append(&self, th: &Thread, key: Value, hash: i64, value: Value) -> PyResult<()> {
        let mut table = self.table();
        let is_str = key.is_exact(&statics::STR_TYPE);
        if table.head().usable.get() == 0 || (table.is_str() && !is_str) {
            self.make_room(th, is_str)?;
            table = self.table();
        }
        table.append(hash, key.own().into_slot(), value.own().into_slot());
        self.0.used.set(self.0.used.get() + 1);
        Ok(())
    }
    #[cold]
    #[inline(never)]
    fn make_room(&self, th: &Thread, is_str: bool) -> PyResult<()> {
        let table = self.table();
        let unicode = table.is_str() && is_str;
        let log2 = if table.head().usable.get() == 0 {
            table::log2_for_size(self.len().saturating_mul(3))
        } else {
            u32::from(table.head().log2_size)
        };
        self.resize(th, log2, unicode)
    }
    /// Sets `key`, whose hash is known, to `value`.
    #[inline]
    pub fn set_hashed(&self, th: &Thread, key: Value, hash: i64, value: Value) -> PyResult<()> {
        match self.find(th, key, hash)? {
            Some(i) => {
                let cell = self.table().cells(i).1;
                let old = cell.replace(value.own().into_slot());
                crate::obj::release_slot(old);
                Ok(())
            }
            None => self.append(th, key, hash, value),
        }
    }
    /// Sets `key` to `value`.
    ///
    /// # Errors
    /// TypeError for unhashable keys, MemoryError, and what `__hash__` and `__eq__` raise.
    #[inline]
    pub fn set(&self, th: &Thread, key: Value, value: Value) -> PyResult<()> {
        let hash = hash_dict_key(th, key)?;
        self.set_hashed(th, key, hash, value)
    }
    /// Sets the key `name` (which is interned) to `value`.
    ///
    /// # Errors
    /// MemoryError, and what `__eq__` of keys that are no strs raises.
    pub fn set_rust(&self, th: &Thread, name: &str, value: Value) -> PyResult<()> {
        let name = th.intern(name)?;
        self.set(th, name.value(), value)
    }
    /// The value of `key`, which becomes `default` if the key is absent.
    ///
    /// # Errors
    /// As for [`Dict::set`].
    pub fn setdefault(&self, th: &Thread, key: Value, default: Value) -> PyResult {
        let hash = hash_dict_key(th, key)?;
        if let Some(value) = self.get_hashed(th, key, hash)? {
            return Ok(value);
        }
        self.append(th, key, hash, default)?;
        Ok(default.own())
    }

    // ---- deletion

    /// Takes entry `i` out.
    fn take_entry(&self, i: usize) -> (Obj, Obj) {
        let (key, value) = self.table().take(i);
        self.0.used.set(self.0.used.get() - 1);
        (Obj::steal(key.value()), Obj::steal(value.value()))
    }
    /// Removes `key`; false when it is absent.
    ///
    /// # Errors
    /// As for [`Dict::get`].
    pub fn del(&self, th: &Thread, key: Value) -> PyResult<bool> {
        Ok(self.pop(th, key)?.is_some())
    }
    /// As [`Dict::del`], but an unhashable key is an error even for an empty dict.
    fn del_checked(&self, th: &Thread, key: Value) -> PyResult<bool> {
        let hash = hash_dict_key(th, key)?;
        Ok(self.pop_hashed(th, key, hash)?.is_some())
    }
    /// Removes `key` and hands out its value.
    ///
    /// # Errors
    /// As for [`Dict::get`].
    pub fn pop(&self, th: &Thread, key: Value) -> PyResult<Option<Obj>> {
        if self.is_empty() {
            return Ok(None);
        }
        let hash = hash_dict_key(th, key)?;
        self.pop_hashed(th, key, hash)
    }
    /// As [`Dict::pop`], with a known hash.
    pub fn pop_hashed(&self, th: &Thread, key: Value, hash: i64) -> PyResult<Option<Obj>> {
        Ok(self.find(th, key, hash)?.map(|i| self.take_entry(i).1))
    }
    /// As [`Dict::pop_hashed`], with the key object that was in the dict.
    pub fn pop_entry(&self, th: &Thread, key: Value, hash: i64) -> PyResult<Option<(Obj, Obj)>> {
        Ok(self.find(th, key, hash)?.map(|i| self.take_entry(i)))
    }
    /// What differs when keys have come or gone: the table, the live entries and the used ones.
    pub fn stamp(&self) -> (usize, isize, usize) {
        (self.0.keys.get() as usize, self.0.used.get(), self.table().len())
    }
    /// Removes the newest entry.
    pub fn pop_last(&self) -> Option<(Obj, Obj)> {
        if self.is_empty() {
            return None;
        }
        let table = self.table();
        let mut i = table.len();
        while i > 0 {
            i -= 1;
            if !table.key(i).is_null() {
                let entry = self.take_entry(i);
                table.truncate(i);
                return Some(entry);
            }
        }
        None
    }
    /// Removes everything.
    pub fn clear(&self, th: &Thread) {
        let table = self.table();
        if table.is_shared_empty() {
            return;
        }
        self.0.used.set(0);
        self.0.keys.set(Table::empty().0);
        release_table(th, table);
    }

    // ---- iteration and copies

    /// The entry at `pos` or behind it; `pos` moves behind that. The values are borrowed from the dict.
    #[inline]
    pub fn entry_at(&self, pos: &mut usize) -> Option<(Value, Value, i64)> {
        let table = self.table();
        let len = table.len();
        while *pos < len {
            let i = *pos;
            *pos += 1;
            let (key, value) = table.cells(i);
            if let (Some(key), Some(value)) = (key.get().get(), value.get().get()) {
                return Some((key, value, table.hash(i)));
            }
        }
        None
    }
    /// The entry before `pos`; `pos` moves to it.
    fn entry_before(&self, pos: &mut usize) -> Option<(Value, Value)> {
        let table = self.table();
        *pos = (*pos).min(table.len());
        while *pos > 0 {
            *pos -= 1;
            let (key, value) = table.cells(*pos);
            if let (Some(key), Some(value)) = (key.get().get(), value.get().get()) {
                return Some((key, value));
            }
        }
        None
    }
    /// Entries in use, deleted ones included: where backward iteration begins.
    fn end(&self) -> usize {
        self.table().len()
    }
    /// Whether all keys are known to be strs, none of a subclass.
    #[inline]
    pub fn has_exact_str_keys(&self) -> bool {
        self.table().is_str()
    }
    /// Owned keys, values and hashes, in order.
    pub fn entries(&self) -> Vec<(Obj, Obj, i64)> {
        let mut entries = Vec::with_capacity(self.len());
        let mut pos = 0;
        while let Some((key, value, hash)) = self.entry_at(&mut pos) {
            entries.push((key.own(), value.own(), hash));
        }
        entries
    }
    /// A copy of the table; `None` where many of its entries are deleted, so that it is not worth copying as it is.
    fn duplicate_table(&self, th: &Thread) -> PyResult<Option<table::Table>> {
        let table = self.table();
        if self.len() < table.len() * 2 / 3 {
            return Ok(None);
        }
        table.duplicate(&th.interp.heap).map(Some).ok_or_else(|| th.memory_error())
    }
    /// A shallow copy, an exact dict.
    ///
    /// # Errors
    /// MemoryError.
    pub fn copy(&self, th: &Thread) -> PyResult {
        let result = Dict::new(th)?;
        if self.is_empty() {
            return Ok(result);
        }
        let copy = Dict::of(result.value());
        if let Some(new) = self.duplicate_table(th)? {
            copy.0.keys.set(new.0);
            copy.0.used.set(self.0.used.get());
            return Ok(result);
        }
        let table = self.table();
        copy.resize(th, table::log2_for_count(self.len()), table.is_str())?;
        let mut pos = 0;
        while let Some((key, value, hash)) = self.entry_at(&mut pos) {
            copy.append(th, key, hash, value)?;
        }
        Ok(result)
    }
}

fn same_exact_str(a: Value, b: Value) -> bool {
    match (a.exact::<Str>(), b.exact::<Str>()) {
        (Some(a), Some(b)) => str::eq(a, b),
        _ => false,
    }
}

/// Releases the entries of a table no dict uses any more, then its memory.
fn release_table(th: &Thread, table: Table) {
    for i in 0..table.len() {
        let (key, value) = table.cells(i);
        let (key, value) = (key.get(), value.get());
        crate::obj::release_slot(key);
        crate::obj::release_slot(value);
    }
    if !table.is_shared_empty() {
        // SAFETY: I7, the caller has taken the table out of its dict.
        unsafe { table.free(&th.interp.heap) };
    }
}

impl Thread {
    /// A dict with str keys, interned.
    ///
    /// # Errors
    /// MemoryError.
    pub fn dict_of(&self, items: &[(&str, Value)]) -> PyResult {
        let result = Dict::new(self)?;
        for (name, value) in items {
            Dict::of(result.value()).set_rust(self, name, *value)?;
        }
        Ok(result)
    }
}

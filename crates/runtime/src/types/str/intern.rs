//! Interning, and the static strings: "" and the Latin-1 characters.
//!
//! The table holds its strings weakly: a string that dies takes itself out. Static strings are not in the table.

use super::{Kind, STR_TYPE, Str, allocate, eq, finish, hash, write_units};
use crate::prelude::*;
use hashbrown::HashTable;
use std::cell::{Cell, RefCell};
use whipsnake_layout::objects::{CompactStr, STR_ASCII, STR_COMPACT, StrObject};
use whipsnake_layout::typeobject::TypeObject;
use whipsnake_text::{Buf, Units};

const MORTAL: u16 = 1;
const IMMORTAL: u16 = 2;
const STATIC: u16 = 3;
/// CPython's `statically_allocated` bit.
const STATICALLY_ALLOCATED: u16 = 1 << 5;

#[repr(C, align(16))]
struct AsciiChar {
    head: StrObject,
    data: [u8; 8],
}

#[repr(C, align(16))]
struct LatinChar {
    head: CompactStr,
    data: [u8; 8],
}

// SAFETY: I6, only the hash and the UTF-8 cache ever change, under the lock, and always to the same content.
unsafe impl Sync for AsciiChar {}
// SAFETY: I6, as above.
unsafe impl Sync for LatinChar {}

const fn head(length: isize, ascii: bool) -> StrObject {
    StrObject {
        head: Header::immortal(&raw const STR_TYPE as *const TypeObject),
        length,
        hash: Cell::new(if length == 0 { 0 } else { -1 }),
        interned: Cell::new(STATIC),
        state: 1 | STR_COMPACT | STATICALLY_ALLOCATED | if ascii { STR_ASCII } else { 0 },
        _pad: 0,
    }
}

static EMPTY: AsciiChar = AsciiChar { head: head(0, true), data: [0; 8] };

static ASCII: [AsciiChar; 128] = {
    let mut chars = [const { AsciiChar { head: head(1, true), data: [0; 8] } }; 128];
    let mut i = 0;
    while i < 128 {
        chars[i].data[0] = i as u8;
        i += 1;
    }
    chars
};

static LATIN1: [LatinChar; 128] = {
    let mut chars = [const {
        LatinChar {
            head: CompactStr {
                ascii: head(1, false),
                utf8_length: Cell::new(0),
                utf8: Cell::new(std::ptr::null_mut()),
            },
            data: [0; 8],
        }
    }; 128];
    let mut i = 0;
    while i < 128 {
        chars[i].data[0] = 128 + i as u8;
        i += 1;
    }
    chars
};

/// The empty string.
#[inline(always)]
pub(crate) fn empty() -> Obj {
    // SAFETY: I1, an immortal static.
    Obj::steal(unsafe { Value::from_ptr(&raw const EMPTY) })
}

/// The static string of a Latin-1 character.
#[inline(always)]
pub fn one_char(c: u8) -> Value {
    // SAFETY: I1, immortal statics.
    unsafe {
        if c < 128 {
            Value::from_ptr(&raw const ASCII[c as usize])
        } else {
            Value::from_ptr(&raw const LATIN1[(c - 128) as usize])
        }
    }
}

/// The interned strings of an interpreter, by content.
pub struct InternTable {
    table: RefCell<HashTable<*const Str>>,
    /// The last strings asked for as Rust texts, by the texts' addresses: those are literals, most of the time.
    recent: [ObjCell; RECENT],
}

const RECENT: usize = 512;

impl Default for InternTable {
    fn default() -> InternTable {
        InternTable { table: RefCell::default(), recent: [const { ObjCell::EMPTY }; RECENT] }
    }
}

impl InternTable {
    #[inline]
    fn recent(&self, text: &str) -> &ObjCell {
        let mixed = (text.as_ptr() as u64 ^ text.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        &self.recent[(mixed >> 32) as usize % RECENT]
    }
}

/// The interned string with the content of `v`: usually `v` itself from then on. Anything but an exact str comes back
/// as it is.
pub fn intern(th: &Thread, v: Obj) -> Obj {
    let Some(s) = v.exact::<Str>() else { return v };
    if s.is_interned() {
        return v;
    }
    match s.units() {
        Units::Ascii([]) => return empty(),
        Units::Ascii([c]) | Units::Latin1([c]) => return Obj::steal(one_char(*c)),
        _ => {}
    }
    let h = hash(th, s) as u64;
    let mut table = th.interp.interned.table.borrow_mut();
    // SAFETY: I1, strings in the table are alive: they leave it before they die.
    if let Some(&known) = table.find(h, |&other| eq(s, unsafe { &*other })) {
        // SAFETY: I1, as above.
        return unsafe { Value::from_ptr(known) }.own();
    }
    s.0.interned.set(if s.0.head.is_immortal() { IMMORTAL } else { MORTAL });
    insert(&mut table, h, s);
    v
}

fn insert(table: &mut HashTable<*const Str>, h: u64, s: *const Str) {
    // SAFETY: I1, strings in the table are alive and their hashes are known.
    table.insert_unique(h, s, |&other| unsafe { (*other).cached_hash() } as u64);
}

/// The interned string of a Rust text.
pub(super) fn intern_text(th: &Thread, text: &str) -> PyResult {
    if text.len() <= 1 {
        return Ok(text.bytes().next().map_or_else(empty, |c| Obj::steal(one_char(c))));
    }
    let recent = th.interp.interned.recent(text);
    if let Some(v) = recent.peek()
        && let Some(s) = v.exact::<Str>()
        && s.is_ascii()
        && s.units().as_bytes() == text.as_bytes()
    {
        return Ok(v.own());
    }
    let found = find_or_make(th, text)?;
    recent.set(Some(found.clone()));
    Ok(found)
}

#[inline(never)]
fn find_or_make(th: &Thread, text: &str) -> PyResult {
    if !text.is_ascii() {
        return Ok(intern(th, super::from_buf(th, Buf::from(text))?));
    }
    let units = Units::Ascii(text.as_bytes());
    let h = whipsnake_text::strings::hash_bytes(&th.hash_key(), text.as_bytes());
    {
        let table = th.interp.interned.table.borrow();
        // SAFETY: I1, strings in the table are alive.
        if let Some(&known) = table.find(h as u64, |&other| {
            let other = unsafe { &*other };
            other.is_ascii() && other.units().as_bytes() == text.as_bytes()
        }) {
            // SAFETY: I1, as above.
            return Ok(unsafe { Value::from_ptr(known) }.own());
        }
    }
    let object = allocate(th, Kind::ASCII, text.len())?;
    // SAFETY: just allocated with that length.
    unsafe {
        write_units(object, 0, units);
        (*object).0.hash.set(h);
        (*object).0.interned.set(MORTAL);
        insert(&mut th.interp.interned.table.borrow_mut(), h as u64, object);
        Ok(finish(object))
    }
}

/// Takes a dying string out of the table.
pub(super) fn forget(th: &Thread, s: &Str) {
    let mut table = th.interp.interned.table.borrow_mut();
    if let Ok(entry) = table.find_entry(s.cached_hash() as u64, |&other| std::ptr::eq(other, s)) {
        entry.remove();
    }
}

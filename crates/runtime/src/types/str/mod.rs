//! `str`: layout, creation, hashing, comparison, interning.
//!
//! - `mod.rs`: [`Str`], its memory, how strings are made and compared
//! - `build.rs`: concatenation, growth in place, joining, substrings
//! - `intern.rs`: the intern table and the static one-character strings
//! - `methods.rs`, `split.rs`: the methods; `slots.rs`: operators and construction
//! - `iterator.rs`: the iterators; `scratch.rs`: texts that are being formatted
//!
//! Layout: CPython 3.14's. Strings of exact type are compact: ASCII data lie at offset 40, others at 56. Instances of
//! subclasses are CPython's "legacy" form: data lie elsewhere, so that subclasses can have attributes at fixed offsets.
//! **Invariants:** the units are canonical (no narrower form could hold them) and followed by a NUL unit; an interned
//! string is of exact type and its hash is known.

mod build;
mod intern;
mod iterator;
pub mod methods;
mod scratch;
mod slots;
mod split;

pub(crate) use build::replace_ascii;
pub use build::{append_in_place, concat, concat_all, concat_str, join, repeat, substring};
pub use intern::{InternTable, intern, one_char};
pub(crate) use iterator::builtin;
pub use iterator::{STR_ASCII_ITERATOR_TYPE, STR_ITERATOR_TYPE};
pub(crate) use scratch::Scratch;
pub use slots::{format_simple, from_object, str_of_type};

use crate::prelude::*;
use std::alloc::Layout as MemoryLayout;
use std::cell::Cell;
use std::cmp::Ordering;
use whipsnake_layout::objects::{CompactStr, STR_ASCII, STR_COMPACT, StrObject};
use whipsnake_object::PageKind;
use whipsnake_text::strings::HashKey;
use whipsnake_text::{Buf, SizeError, Units};

/// A `str` object.
#[repr(transparent)]
pub struct Str(StrObject);

// SAFETY: I4, `STR_TYPE` is declared with this layout.
unsafe impl Layout for Str {
    #[inline(always)]
    fn ty() -> &'static Type {
        &STR_TYPE
    }
}

/// The full CPython struct: what instances of subclasses begin with.
#[repr(C)]
struct LegacyStr {
    compact: CompactStr,
    data: Cell<*mut u8>,
}

builtin_type! {
    /// `str`.
    pub static STR_TYPE = "PyUnicode_Type" => TypeSpec {
        name: "str",
        base: Some(&statics::OBJECT_TYPE),
        basicsize: size_of::<LegacyStr>(),
        flags: flags::BASETYPE | flags::UNICODE_SUBCLASS | flags::MATCH_SELF,
        doc: "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\nText: a sequence of Unicode \
              code points. Without arguments the empty string; with an encoding or errors the object's bytes are decoded, \
              otherwise the result is object.__str__().",
        slots: slots::SLOTS,
        methods: methods::methods::METHODS,
        ..TypeSpec::DEFAULT
    }
}

/// The types of this module, for `types::init`.
pub(crate) static ALL: &[&Type] = &[&STR_ITERATOR_TYPE, &STR_ASCII_ITERATOR_TYPE];

/// Bytes before the data of a compact string that is not ASCII.
const WIDE_DATA: usize = size_of::<CompactStr>();
const ASCII_DATA: usize = size_of::<StrObject>();

/// What the representation of a string is: bytes a unit, and whether it is ASCII.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    pub width: usize,
    pub ascii: bool,
}

impl Kind {
    pub(crate) const ASCII: Kind = Kind { width: 1, ascii: true };
    pub(crate) const LATIN1: Kind = Kind { width: 1, ascii: false };

    #[inline]
    pub(crate) fn of(units: Units<'_>) -> Kind {
        Kind { width: units.width(), ascii: units.is_ascii() }
    }
    /// The kind that holds code points up to `max`.
    #[inline]
    pub(crate) fn for_max(max: u32) -> Kind {
        match max {
            0..0x80 => Kind::ASCII,
            0x80..0x100 => Kind::LATIN1,
            0x100..0x10000 => Kind { width: 2, ascii: false },
            _ => Kind { width: 4, ascii: false },
        }
    }
    fn state(self) -> u16 {
        self.width as u16 | STR_COMPACT | if self.ascii { STR_ASCII } else { 0 }
    }
    /// The kind that holds strings of both kinds.
    #[inline]
    pub(crate) fn join(self, other: Kind) -> Kind {
        Kind { width: self.width.max(other.width), ascii: self.ascii && other.ascii }
    }
    #[inline]
    fn data_offset(self) -> usize {
        if self.ascii { ASCII_DATA } else { WIDE_DATA }
    }
}

/// Bytes a compact string of this kind and length takes. Larger sizes are rounded up to an eighth of their magnitude, so
/// that a string that grows in place moves rarely; the size follows from the length, since freeing has to know it.
///
/// `None` = too large for any address space.
#[inline]
pub(crate) fn memory_size(kind: Kind, len: usize) -> Option<usize> {
    let exact = len.checked_add(1)?.checked_mul(kind.width)?.checked_add(kind.data_offset())?;
    if exact <= 256 {
        return Some(exact);
    }
    let step = 1usize << (usize::BITS - 1 - exact.leading_zeros() - 3);
    let rounded = exact.checked_next_multiple_of(step)?;
    if rounded > isize::MAX as usize { None } else { Some(rounded) }
}

impl Str {
    /// Code points.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.0.length as usize
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.0.length == 0
    }
    #[inline(always)]
    pub fn is_ascii(&self) -> bool {
        self.0.state & STR_ASCII != 0
    }
    #[inline(always)]
    pub fn value(&self) -> Value {
        // SAFETY: I1, a reference to an object.
        unsafe { Value::from_ptr(self) }
    }
    #[inline(always)]
    fn width(&self) -> usize {
        (self.0.state & 7) as usize
    }
    #[inline]
    pub(crate) fn kind(&self) -> Kind {
        Kind { width: self.width(), ascii: self.is_ascii() }
    }
    #[inline(always)]
    fn is_compact(&self) -> bool {
        self.0.state & STR_COMPACT != 0
    }
    #[inline(always)]
    pub(crate) fn data(&self) -> *mut u8 {
        let start = self as *const Str as *mut u8;
        // SAFETY: I4, the state says where the data lie.
        unsafe {
            if self.is_compact() {
                start.add(if self.is_ascii() { ASCII_DATA } else { WIDE_DATA })
            } else {
                (*(start as *const LegacyStr)).data.get()
            }
        }
    }
    /// The code points.
    #[inline(always)]
    pub fn units(&self) -> Units<'_> {
        let (data, len) = (self.data(), self.len());
        // SAFETY: I4, `len` units of the state's width follow; only a uniquely owned string's data ever change.
        unsafe {
            match self.0.state & (7 | STR_ASCII) {
                1 => Units::Latin1(std::slice::from_raw_parts(data, len)),
                2 => Units::Ucs2(std::slice::from_raw_parts(data.cast(), len)),
                4 => Units::Ucs4(std::slice::from_raw_parts(data.cast(), len)),
                _ => Units::Ascii(std::slice::from_raw_parts(data, len)),
            }
        }
    }
    /// The text, if it is ASCII or its UTF-8 form is cached.
    #[inline]
    pub fn as_utf8(&self) -> Option<&str> {
        if self.is_ascii() {
            // SAFETY: ASCII is UTF-8.
            return Some(unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(self.data(), self.len())) });
        }
        let compact = self.compact();
        let cached = compact.utf8.get();
        if cached.is_null() {
            return None;
        }
        // SAFETY: I4, the cache is UTF-8 of that length and lives as long as the string.
        Some(unsafe {
            std::str::from_utf8_unchecked(std::slice::from_raw_parts(cached, compact.utf8_length.get() as usize))
        })
    }
    fn compact(&self) -> &CompactStr {
        debug_assert!(!self.is_ascii() || !self.is_compact());
        // SAFETY: I4, all but compact ASCII strings have these fields.
        unsafe { &*(self as *const Str as *const CompactStr) }
    }
    /// The text as UTF-8, cached in the object (NUL-terminated).
    ///
    /// # Errors
    /// UnicodeEncodeError for lone surrogates, MemoryError.
    pub fn utf8(&self, th: &Thread) -> PyResult<&str> {
        if let Some(text) = self.as_utf8() {
            return Ok(text);
        }
        let Some(text) = self.units().to_string() else {
            return Err(self.surrogate_error(th));
        };
        let compact = self.compact();
        // SAFETY: the buffer has room for the text and a NUL; `free_parts` frees it with the same layout.
        unsafe {
            let data = std::alloc::alloc(MemoryLayout::array::<u8>(text.len() + 1).map_err(|_| th.memory_error())?);
            if data.is_null() {
                return Err(th.memory_error());
            }
            std::ptr::copy_nonoverlapping(text.as_ptr(), data, text.len());
            data.add(text.len()).write(0);
            compact.utf8_length.set(text.len() as isize);
            compact.utf8.set(data);
        }
        self.as_utf8().ok_or_else(|| th.memory_error())
    }
    #[cold]
    fn surrogate_error(&self, th: &Thread) -> Raised {
        let units = self.units();
        let surrogate = |c: u32| whipsnake_text::unicode::is_surrogate(c);
        let start = units.iter().position(surrogate).unwrap_or(0);
        let count = units.slice(start, units.len()).iter().take_while(|&c| surrogate(c)).count();
        crate::types::codecs::raise_encode_error(
            th,
            "utf-8",
            self.value(),
            start,
            start + count,
            "surrogates not allowed",
        )
    }
    /// Whether the text is `other`.
    #[inline]
    pub fn is_text(&self, other: &str) -> bool {
        match self.as_utf8() {
            Some(text) => text == other,
            None => self.len() <= other.len() && self.units().iter().eq(other.chars().map(u32::from)),
        }
    }
    #[inline(always)]
    fn is_interned(&self) -> bool {
        self.0.interned.get() != 0
    }
    #[inline(always)]
    fn cached_hash(&self) -> i64 {
        self.0.hash.get()
    }
    /// Whether this is an exact `str`, not a subclass's instance.
    #[inline]
    pub fn is_exact_str(&self) -> bool {
        self.value().is_exact(&STR_TYPE)
    }
}

/// A new compact string with undefined units (the final NUL is there).
///
/// # Errors
/// MemoryError.
#[inline]
pub(crate) fn allocate(th: &Thread, kind: Kind, len: usize) -> PyResult<*mut Str> {
    let Some(size) = memory_size(kind, len) else { return Err(th.memory_error()) };
    let object = th.allocate(&STR_TYPE, size)? as *mut StrObject;
    // SAFETY: fresh memory of that size.
    unsafe {
        (&raw mut (*object).length).write(len as isize);
        (&raw mut (*object).hash).write(Cell::new(-1));
        (&raw mut (*object).interned).write(Cell::new(0));
        (&raw mut (*object).state).write(kind.state());
        (&raw mut (*object)._pad).write(0);
        if !kind.ascii {
            let compact = object as *mut CompactStr;
            (&raw mut (*compact).utf8_length).write(Cell::new(0));
            (&raw mut (*compact).utf8).write(Cell::new(std::ptr::null_mut()));
        }
        let end = object.cast::<u8>().add(kind.data_offset() + len * kind.width);
        end.write_bytes(0, kind.width);
    }
    Ok(object as *mut Str)
}

/// Takes over a string just allocated.
///
/// # Safety
/// The units of `object` have been written, and are canonical.
#[inline(always)]
pub(crate) unsafe fn finish(object: *mut Str) -> Obj {
    // SAFETY: I1, handed on to the caller.
    unsafe { Obj::steal(Value::from_ptr(object)) }
}

/// Writes `units` at position `at` of a string that is being made.
///
/// # Safety
/// `object` has room for them and its kind can hold them.
#[inline]
pub(crate) unsafe fn write_units(object: *mut Str, at: usize, units: Units<'_>) {
    fn widen<A: Copy, B: From<A>>(from: &[A], to: *mut B) {
        for (i, &unit) in from.iter().enumerate() {
            // SAFETY: there is room, says the caller of `write_units`.
            unsafe { to.add(i).write(B::from(unit)) };
        }
    }
    // SAFETY: handed on to the caller; the match goes by the widths.
    unsafe {
        let (data, width) = ((*object).data(), (*object).width());
        match (units, width) {
            (Units::Ascii(s) | Units::Latin1(s), 1) => {
                std::ptr::copy_nonoverlapping(s.as_ptr(), data.add(at), s.len());
            }
            (Units::Ascii(s) | Units::Latin1(s), 2) => widen(s, data.cast::<u16>().add(at)),
            (Units::Ascii(s) | Units::Latin1(s), _) => widen(s, data.cast::<u32>().add(at)),
            (Units::Ucs2(s), 2) => std::ptr::copy_nonoverlapping(s.as_ptr(), data.cast::<u16>().add(at), s.len()),
            (Units::Ucs2(s), 4) => widen(s, data.cast::<u32>().add(at)),
            (Units::Ucs4(s), 4) => std::ptr::copy_nonoverlapping(s.as_ptr(), data.cast::<u32>().add(at), s.len()),
            // Wider units in a narrower string: only reached when the units are known to fit.
            (s, width) => {
                for (i, c) in s.iter().enumerate() {
                    match width {
                        1 => data.add(at + i).write(c as u8),
                        _ => data.cast::<u16>().add(at + i).write(c as u16),
                    }
                }
            }
        }
    }
}

/// A string with these code points, which need not be canonical.
///
/// # Errors
/// MemoryError.
pub fn from_units(th: &Thread, units: Units<'_>) -> PyResult {
    match units.len() {
        0 => return Ok(intern::empty()),
        1 => return from_char(th, units.get(0).unwrap_or(0)),
        _ => {}
    }
    let kind = if units.is_ascii() { Kind::ASCII } else { Kind::for_max(units.max_class()) };
    let object = allocate(th, kind, units.len())?;
    // SAFETY: just allocated with that length, and the kind was computed from the units.
    unsafe {
        write_units(object, 0, units);
        Ok(finish(object))
    }
}

/// A string from a canonical buffer.
///
/// # Errors
/// MemoryError.
pub fn from_buf(th: &Thread, buf: Buf) -> PyResult {
    let units = buf.units();
    match units.len() {
        0 => return Ok(intern::empty()),
        1 => return from_char(th, units.get(0).unwrap_or(0)),
        _ => {}
    }
    let object = allocate(th, Kind::of(units), units.len())?;
    // SAFETY: just allocated with that length; buffers are canonical.
    unsafe {
        write_units(object, 0, units);
        Ok(finish(object))
    }
}

/// The string of one code point (at most 0x10FFFF).
///
/// # Errors
/// MemoryError.
#[inline]
pub fn from_char(th: &Thread, c: u32) -> PyResult {
    if c < 256 {
        return Ok(Obj::steal(one_char(c as u8)));
    }
    let object = allocate(th, Kind::for_max(c), 1)?;
    // SAFETY: just allocated with one unit.
    unsafe {
        write_units(object, 0, Units::Ucs4(&[c]));
        Ok(finish(object))
    }
}

/// A string from ASCII bytes.
///
/// # Errors
/// MemoryError.
#[inline]
pub fn from_ascii(th: &Thread, bytes: &[u8]) -> PyResult {
    debug_assert!(bytes.is_ascii());
    match bytes {
        [] => Ok(intern::empty()),
        [c] => Ok(Obj::steal(one_char(*c))),
        _ => {
            let object = allocate(th, Kind::ASCII, bytes.len())?;
            // SAFETY: just allocated with that length.
            unsafe {
                std::ptr::copy_nonoverlapping(bytes.as_ptr(), object.cast::<u8>().add(ASCII_DATA), bytes.len());
                Ok(finish(object))
            }
        }
    }
}

/// A string from text that is not ASCII, decoded straight into the new object.
fn from_wide_utf8(th: &Thread, text: &str) -> PyResult {
    // The highest lead byte tells the widest code point's class; bytes that are no continuations count the code points.
    let (mut lead, mut len) = (0, 0);
    for byte in text.bytes() {
        lead = lead.max(byte);
        len += usize::from(byte & 0xC0 != 0x80);
    }
    let kind = match lead {
        0..0xC4 => Kind::LATIN1,
        0xC4..0xF0 => Kind { width: 2, ascii: false },
        _ => Kind { width: 4, ascii: false },
    };
    if len == 1 {
        return from_char(th, text.chars().next().map_or(0, u32::from));
    }
    let object = allocate(th, kind, len)?;
    // SAFETY: just allocated for as many code points as `chars` yields, of a kind that holds them.
    unsafe {
        let data = (*object).data();
        match kind.width {
            1 => text.chars().enumerate().for_each(|(i, c)| data.add(i).write(c as u8)),
            2 => text.chars().enumerate().for_each(|(i, c)| data.cast::<u16>().add(i).write(c as u16)),
            _ => text.chars().enumerate().for_each(|(i, c)| data.cast::<u32>().add(i).write(c.into())),
        }
        Ok(finish(object))
    }
}

/// The exception for a result that is too large: MemoryError.
#[cold]
pub(crate) fn size_error(th: &Thread, error: SizeError, overflow: &str) -> Raised {
    match error {
        SizeError::Overflow => th.overflow_error(overflow),
        SizeError::Memory => th.memory_error(),
    }
}

impl Thread {
    /// A str.
    ///
    /// # Errors
    /// MemoryError.
    pub fn str(&self, text: &str) -> PyResult {
        if text.is_ascii() {
            return from_ascii(self, text.as_bytes());
        }
        from_wide_utf8(self, text)
    }
    /// A str from UTF-8 in which surrogates may be encoded as if they were characters (WTF-8): the form in which
    /// literals are kept. Malformed input becomes U+FFFD.
    ///
    /// # Errors
    /// MemoryError.
    pub fn str_from_wtf8(&self, text: &rustpython_wtf8::Wtf8) -> PyResult {
        match std::str::from_utf8(text.as_bytes()) {
            Ok(text) => self.str(text),
            Err(_) => from_buf(self, decode_wtf8(text.as_bytes())),
        }
    }
    /// The interned str of this text.
    ///
    /// # Errors
    /// MemoryError.
    pub fn intern(&self, text: &str) -> PyResult {
        intern::intern_text(self, text)
    }
    /// The key of string hashes.
    #[inline]
    pub(crate) fn hash_key(&self) -> HashKey {
        HashKey::new(self.interp.hash_key.0, self.interp.hash_key.1)
    }
}

fn decode_wtf8(text: &[u8]) -> Buf {
    let mut at = 0;
    let mut out = whipsnake_text::Builder::new();
    while at < text.len() {
        let rest = &text[at..];
        let (valid, surrogate) = match std::str::from_utf8(rest) {
            Ok(_) => (rest.len(), None),
            Err(error) => {
                let valid = error.valid_up_to();
                let surrogate = match rest[valid..] {
                    [0xED, b @ 0xA0..=0xBF, c @ 0x80..=0xBF, ..] => {
                        Some(0xD000 | u32::from(b & 0x3F) << 6 | u32::from(c & 0x3F))
                    }
                    _ => None,
                };
                (valid, surrogate)
            }
        };
        if let Ok(valid_text) = std::str::from_utf8(&rest[..valid]) {
            out.push_str(valid_text);
        }
        at += valid;
        match surrogate {
            Some(c) => {
                out.push(c);
                at += 3;
            }
            None if at < text.len() => {
                out.push(0xFFFD);
                at += 1;
            }
            None => {}
        }
    }
    out.finish()
}

/// The text of any `str` for messages; lone surrogates become U+FFFD. Other objects give an empty string.
pub fn to_rust_string(v: Value) -> String {
    match v.cast::<Str>() {
        Some(s) => s.as_utf8().map_or_else(|| s.units().to_string_lossy(), str::to_owned),
        None => String::new(),
    }
}

/// As [`to_rust_string`], without a copy where that can be avoided. `v` must outlive the text.
pub fn to_cow<'a>(v: Value) -> std::borrow::Cow<'a, str> {
    match v.cast::<Str>().and_then(Str::as_utf8) {
        Some(text) => text.into(),
        None => to_rust_string(v).into(),
    }
}

/// The hash of a string, cached in it.
#[inline]
pub fn hash(th: &Thread, s: &Str) -> i64 {
    let cached = s.cached_hash();
    if cached != -1 {
        return cached;
    }
    compute_hash(th, s)
}

#[inline(never)]
fn compute_hash(th: &Thread, s: &Str) -> i64 {
    let hash = whipsnake_text::strings::hash(&th.hash_key(), s.units());
    s.0.hash.set(hash);
    hash
}

/// Whether two strings have the same code points.
#[inline]
pub fn eq(a: &Str, b: &Str) -> bool {
    if std::ptr::eq(a, b) {
        return true;
    }
    let flags = 7 | STR_ASCII;
    if a.0.length != b.0.length || a.0.state & flags != b.0.state & flags {
        // Units are canonical: equal strings have the same representation.
        return false;
    }
    let (x, y) = (a.cached_hash(), b.cached_hash());
    if x != y && x != -1 && y != -1 {
        return false;
    }
    let bytes = a.len() * a.width();
    // SAFETY: both have that many bytes of units.
    unsafe { std::slice::from_raw_parts(a.data(), bytes) == std::slice::from_raw_parts(b.data(), bytes) }
}

/// Python's order of strings.
#[inline]
pub fn cmp(a: &Str, b: &Str) -> Ordering {
    if a.width() == 1 && b.width() == 1 {
        // SAFETY: I4, that many units of one byte.
        return unsafe {
            std::slice::from_raw_parts(a.data(), a.len()).cmp(std::slice::from_raw_parts(b.data(), b.len()))
        };
    }
    a.units().cmp(&b.units())
}

/// Frees what a string owns beside its own memory, and forgets its interning.
///
/// # Safety
/// The string is dead (I3).
unsafe fn dealloc(th: &Thread, object: *mut Header) {
    // SAFETY: I3; the cached UTF-8 and the legacy data were allocated with these layouts.
    unsafe {
        let s = &*(object as *const Str);
        if s.is_interned() {
            intern::forget(th, s);
        }
        if !(s.is_ascii() && s.is_compact()) {
            let compact = s.compact();
            let utf8 = compact.utf8.get();
            if !utf8.is_null() {
                free_bytes(utf8, compact.utf8_length.get() as usize + 1, 1);
            }
            if !s.is_compact() {
                free_bytes(s.data(), (s.len() + 1) * s.width(), 4);
            }
        }
        let ty = Value::from_ptr(object).ty();
        if std::ptr::eq(ty, &STR_TYPE) {
            let size = memory_size(s.kind(), s.len()).unwrap_or(0);
            return th.interp.heap.free(object.cast(), size, PageKind::Plain);
        }
        crate::dealloc::free_memory(th, object, ty);
    }
}

unsafe fn free_bytes(data: *mut u8, size: usize, align: usize) {
    if !data.is_null()
        && let Ok(layout) = MemoryLayout::from_size_align(size, align)
    {
        // SAFETY: allocated with the same layout, says the caller.
        unsafe { std::alloc::dealloc(data, layout) };
    }
}

/// Bytes of a string object without what subclasses append.
///
/// # Safety
/// `object` is a string (I4).
unsafe fn body_size(object: *const Header) -> usize {
    // SAFETY: I4, handed on to the caller.
    unsafe {
        let s = &*(object as *const Str);
        if s.is_compact() {
            memory_size(s.kind(), s.len()).unwrap_or(0)
        } else {
            s.value().ty().core.basicsize.get() as usize
        }
    }
}

/// A copy of `text` as an instance of `ty`, a subclass of `str`.
///
/// # Errors
/// MemoryError.
pub(crate) fn instance_of_subclass(th: &Thread, ty: &'static Type, text: &Str) -> PyResult {
    let basicsize = ty.core.basicsize.get() as usize;
    let bytes = (text.len() + 1) * text.width();
    let Ok(layout) = MemoryLayout::from_size_align(bytes, 4) else { return Err(th.memory_error()) };
    // SAFETY: at least one byte is asked for.
    let data = unsafe { std::alloc::alloc(layout) };
    if data.is_null() {
        return Err(th.memory_error());
    }
    let object = match th.allocate(ty, basicsize) {
        Ok(object) => object as *mut LegacyStr,
        Err(raised) => {
            // SAFETY: just allocated.
            unsafe { std::alloc::dealloc(data, layout) };
            return Err(raised);
        }
    };
    // SAFETY: fresh memory of `basicsize` bytes, of which a `LegacyStr` is the beginning; the rest are null slots.
    unsafe {
        object.cast::<u8>().add(size_of::<Header>()).write_bytes(0, basicsize - size_of::<Header>());
        let head = &raw mut (*object).compact.ascii;
        (&raw mut (*head).length).write(text.len() as isize);
        (&raw mut (*head).hash).write(Cell::new(text.cached_hash()));
        (&raw mut (*head).state).write(text.kind().state() & !STR_COMPACT);
        (*object).data.set(data);
        std::ptr::copy_nonoverlapping(text.data(), data, bytes);
        Ok(Obj::steal(Value::from_ptr(object)))
    }
}

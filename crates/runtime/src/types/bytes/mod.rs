//! `bytes`: layout, creation, operators.
//!
//! - `shared.rs`: what `bytes` and `bytearray` have in common: the algorithms over [`shared::Source`]
//! - `methods.rs`: the method tables of both types
//! - `source.rs`: what `bytes(x)` and `bytearray(x)` make of their arguments
//! - `hex.rs`: hexadecimal text
//! - `iterator.rs`: the iterators of both types
//!
//! Layout: CPython 3.14's, the bytes at offset 32 and a NUL after them.

pub(crate) mod hex;
mod iterator;
pub(crate) mod methods;
pub mod shared;
pub mod source;

pub(crate) use iterator::iterate_bytearray;
pub use iterator::{BYTEARRAY_ITERATOR_TYPE, BYTES_ITERATOR_TYPE};

use crate::prelude::*;
use crate::types::buffer::{self, Buffer, BytesArg};
use crate::types::slice::{self, Slice};
use std::cell::Cell;
use whipsnake_layout::objects::BytesObject;
use whipsnake_layout::typeobject::TypeObject;

/// A `bytes` object.
#[repr(transparent)]
pub struct Bytes(BytesObject);

// SAFETY: I4, `BYTES_TYPE` is declared with this layout.
unsafe impl Layout for Bytes {
    #[inline(always)]
    fn ty() -> &'static Type {
        &BYTES_TYPE
    }
}

builtin_type! {
    /// `bytes`.
    pub static BYTES_TYPE = "PyBytes_Type" => TypeSpec {
        name: "bytes",
        base: Some(&statics::OBJECT_TYPE),
        basicsize: size_of::<BytesObject>() + 1,
        itemsize: 1,
        flags: flags::BASETYPE | flags::BYTES_SUBCLASS | flags::MATCH_SELF,
        doc: "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\n\
              bytes(bytes_or_buffer) -> bytes\nbytes(int) -> bytes of that size, all zero\nbytes() -> empty bytes\n\n\
              An immutable sequence of small integers.",
        slots: Slots {
            dealloc: Some(crate::dealloc::dealloc_plain),
            repr: Some(repr),
            str: Some(repr),
            hash: Some(hash_slot),
            richcompare: Some(richcompare),
            iter: Some(iterator::iterate_bytes),
            new: Some(new),
            nb_remainder: Some(remainder),
            sq_length: Some(length),
            sq_concat: Some(concat),
            sq_repeat: Some(repeat),
            sq_item: Some(item),
            sq_contains: Some(contains),
            mp_length: Some(length),
            mp_subscript: Some(subscript),
            bf_getbuffer: Some(get_buffer),
            ..Slots::EMPTY
        },
        methods: methods::bytes_methods::METHODS,
        ..TypeSpec::DEFAULT
    }
}

/// The types of this module, for `types::init`.
pub(crate) static ALL: &[&Type] = &[&BYTES_ITERATOR_TYPE, &BYTEARRAY_ITERATOR_TYPE];

#[repr(C, align(16))]
struct StaticBytes {
    head: BytesObject,
    data: [u8; 8],
}

// SAFETY: I6, only the hash changes, under the lock, and always to the same value.
unsafe impl Sync for StaticBytes {}

const fn static_bytes(len: isize, byte: u8) -> StaticBytes {
    StaticBytes {
        head: BytesObject {
            head: whipsnake_layout::VarHeader {
                head: Header::immortal(&raw const BYTES_TYPE as *const TypeObject),
                size: Cell::new(len),
            },
            hash: Cell::new(if len == 0 { 0 } else { -1 }),
            data: [],
        },
        data: [byte, 0, 0, 0, 0, 0, 0, 0],
    }
}

static EMPTY: StaticBytes = static_bytes(0, 0);

static ONE_BYTE: [StaticBytes; 256] = {
    let mut all = [const { static_bytes(1, 0) }; 256];
    let mut i = 0;
    while i < 256 {
        all[i].data[0] = i as u8;
        i += 1;
    }
    all
};

/// `b""`.
pub(crate) fn empty() -> Obj {
    // SAFETY: I1, an immortal static.
    Obj::steal(unsafe { Value::from_ptr(&raw const EMPTY) })
}

fn one_byte(byte: u8) -> Obj {
    // SAFETY: I1, an immortal static.
    Obj::steal(unsafe { Value::from_ptr(&raw const ONE_BYTE[byte as usize]) })
}

impl Bytes {
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.0.head.size.get() as usize
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    #[inline(always)]
    fn data(&self) -> *mut u8 {
        // The address is computed from the object's, so that it may reach beyond the header struct.
        (self as *const Bytes as *mut u8).wrapping_add(size_of::<BytesObject>())
    }
    #[inline(always)]
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: I4, the bytes follow the header.
        unsafe { std::slice::from_raw_parts(self.data(), self.len()) }
    }
    #[inline(always)]
    pub fn value(&self) -> Value {
        // SAFETY: I1, a reference to an object.
        unsafe { Value::from_ptr(self) }
    }
    #[inline]
    pub fn is_exact_bytes(&self) -> bool {
        self.value().is_exact(&BYTES_TYPE)
    }
}

/// A new object of `ty` with `len` undefined bytes, which `fill` writes.
///
/// # Errors
/// MemoryError, or what `fill` raises.
pub(crate) fn create_with(
    th: &Thread,
    ty: &'static Type,
    len: usize,
    fill: impl FnOnce(&mut [u8]) -> PyResult<()>,
) -> PyResult {
    let head = ty.core.basicsize.get() as usize;
    let Some(body) = head.checked_add(len).filter(|&n| n < isize::MAX as usize - 16) else {
        return Err(th.memory_error());
    };
    let size = if ty.core.dictoffset.get() < 0 { body.next_multiple_of(8) + 8 } else { body };
    let object = th.allocate(ty, size)? as *mut BytesObject;
    // SAFETY: fresh memory of that size: header, bytes, NUL, and what subclasses append, which begins as null slots.
    let (owned, data) = unsafe {
        (&raw mut (*object).head.size).write(Cell::new(len as isize));
        (&raw mut (*object).hash).write(Cell::new(-1));
        let data = object.cast::<u8>().add(size_of::<BytesObject>());
        data.add(len).write_bytes(0, size - size_of::<BytesObject>() - len);
        // Defined contents, so that `fill` may read them.
        data.write_bytes(0, if len <= 64 { len } else { 0 });
        (Obj::steal(Value::from_ptr(object)), std::slice::from_raw_parts_mut(data, len))
    };
    fill(data)?;
    Ok(owned)
}

/// An object of `ty` (`bytes` or a subclass) with these bytes.
///
/// # Errors
/// MemoryError.
pub fn create_as(th: &Thread, ty: &'static Type, data: &[u8]) -> PyResult {
    if std::ptr::eq(ty, &BYTES_TYPE) {
        match data {
            [] => return Ok(empty()),
            [byte] => return Ok(one_byte(*byte)),
            _ => {}
        }
    }
    create_with(th, ty, data.len(), |to| {
        to.copy_from_slice(data);
        Ok(())
    })
}

impl Thread {
    /// A `bytes` object.
    ///
    /// # Errors
    /// MemoryError.
    #[inline]
    pub fn bytes(&self, data: &[u8]) -> PyResult {
        create_as(self, &BYTES_TYPE, data)
    }
}

fn this<'a>(v: Value) -> &'a Bytes {
    // SAFETY: I4, slots are called with instances of their type.
    unsafe { v.cast_unchecked() }
}

fn repr(th: &Thread, v: Value) -> PyResult {
    crate::types::str::from_ascii(th, &whipsnake_text::bytes::repr(this(v).as_slice()))
}

/// The hash of a `bytes` object, cached in it.
pub fn hash(th: &Thread, b: &Bytes) -> i64 {
    let cached = b.0.hash.get();
    if cached != -1 {
        return cached;
    }
    let hash = whipsnake_text::strings::hash_bytes(&th.hash_key(), b.as_slice());
    b.0.hash.set(hash);
    hash
}

fn hash_slot(th: &Thread, v: Value) -> PyResult<i64> {
    Ok(hash(th, this(v)))
}

fn richcompare(_: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(a), Some(b)) = (a.cast::<Bytes>(), b.cast::<Bytes>()) else { return Ok(Obj::not_implemented()) };
    Ok(Obj::bool(shared::compare(a.as_slice(), b.as_slice(), op)))
}

fn new(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let mut bound = [None; 3];
    source::BYTES_PARAMS.bind(th, args, &mut bound)?;
    match source::convert(th, bound, source::Target::Bytes)? {
        source::Converted::Object(object) if std::ptr::eq(ty, &BYTES_TYPE) => Ok(object),
        source::Converted::Object(object) => create_as(th, ty, this(object.value()).as_slice()),
        source::Converted::Zeros(count) => create_with(th, ty, count, |to| {
            to.fill(0);
            Ok(())
        }),
        source::Converted::Data(data) => create_as(th, ty, &data),
    }
}

fn remainder(th: &Thread, a: Value, b: Value) -> PyResult {
    match a.cast::<Bytes>() {
        Some(template) => {
            let out = crate::types::format::percent_bytes(th, template.as_slice(), b)?;
            th.bytes(&out)
        }
        None => Ok(Obj::not_implemented()),
    }
}

fn length(_: &Thread, v: Value) -> PyResult<isize> {
    Ok(this(v).len() as isize)
}

fn concat(th: &Thread, a: Value, b: Value) -> PyResult {
    if !buffer::has_buffer(a) || !buffer::has_buffer(b) {
        return err!(th, TYPE_ERROR, "can't concat {} to {}", number::full_name(b), number::full_name(a));
    }
    if let (Some(x), Some(y)) = (a.exact::<Bytes>(), b.exact::<Bytes>()) {
        if x.is_empty() {
            return Ok(b.own());
        }
        if y.is_empty() {
            return Ok(a.own());
        }
    }
    if let (Some(x), Some(y)) = (a.exact::<Bytes>(), b.exact::<Bytes>()) {
        return joined(th, x.as_slice(), y.as_slice());
    }
    let (x, y) = (BytesArg::of(th, a)?, BytesArg::of(th, b)?);
    joined(th, &x, &y)
}

/// The bytes of both.
fn joined(th: &Thread, x: &[u8], y: &[u8]) -> PyResult {
    let Some(len) = x.len().checked_add(y.len()) else { return Err(th.memory_error()) };
    if len == 0 {
        return Ok(empty());
    }
    create_with(th, &BYTES_TYPE, len, |to| {
        to[..x.len()].copy_from_slice(x);
        to[x.len()..].copy_from_slice(y);
        Ok(())
    })
}

fn repeat(th: &Thread, v: Value, times: isize) -> PyResult {
    let b = this(v);
    if times <= 0 || b.is_empty() {
        return Ok(empty());
    }
    if times == 1 && b.is_exact_bytes() {
        return Ok(v.own());
    }
    let Some(len) = b.len().checked_mul(times as usize).filter(|&n| n < isize::MAX as usize - 64) else {
        return Err(th.overflow_error("repeated bytes are too long"));
    };
    create_with(th, &BYTES_TYPE, len, |to| {
        shared::fill_repeated(to, b.as_slice());
        Ok(())
    })
}

fn item(th: &Thread, v: Value, index: isize) -> PyResult {
    match usize::try_from(index).ok().and_then(|i| this(v).as_slice().get(i)) {
        Some(&byte) => Ok(Obj::small_int(byte.into())),
        None => Err(th.index_error("index out of range")),
    }
}

fn contains(th: &Thread, v: Value, needle: Value) -> PyResult<bool> {
    shared::contains(th, this(v).as_slice(), needle)
}

fn subscript(th: &Thread, v: Value, key: Value) -> PyResult {
    let b = this(v);
    if let Some(slice) = key.cast::<Slice>() {
        let (start, _, step, len) = slice::indices(th, slice, b.len())?;
        if step == 1 && len == b.len() && b.is_exact_bytes() {
            return Ok(v.own());
        }
        if step == 1 {
            let start = start.max(0) as usize;
            return th.bytes(&b.as_slice()[start.min(b.len())..][..len]);
        }
        return th.bytes(&shared::pick(b.as_slice(), start, step, len));
    }
    if !number::has_index(key) {
        return err!(th, TYPE_ERROR, "byte indices must be integers or slices, not {}", number::full_name(key));
    }
    let index = number::as_index(th, key, &statics::INDEX_ERROR)?;
    item(th, v, if index < 0 { index + b.len() as isize } else { index })
}

fn get_buffer(th: &Thread, v: Value, writable: bool) -> PyResult<Buffer> {
    if writable {
        return err!(th, BUFFER_ERROR, "Object is not writable.");
    }
    let b = this(v);
    Ok(Buffer::new(v.own(), b.data(), b.len(), true))
}

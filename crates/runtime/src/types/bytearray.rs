//! `bytearray`.
//!
//! The bytes are a vector and an offset into it, so that taking bytes away at the front (a stream's buffer) costs
//! nothing. **Invariant:** while `exports` is not zero the contents neither move nor change their length.

use crate::prelude::*;
use crate::types::buffer::{self, Buffer, BytesArg};
use crate::types::bytes::methods;
use crate::types::bytes::shared::{self, ByteString};
use crate::types::bytes::source::{self, Converted, Target, byte_of};
use crate::types::slice::{self, Slice};
use crate::types::str::Str;
use std::cell::{Cell, UnsafeCell};

/// The payload of a `bytearray`.
pub struct ByteArray {
    data: UnsafeCell<Vec<u8>>,
    /// How many bytes of `data` at the front are no longer part of the contents.
    start: Cell<usize>,
    exports: Cell<usize>,
}

impl Payload for ByteArray {
    #[inline(always)]
    fn ty() -> &'static Type {
        &BYTEARRAY_TYPE
    }
    fn traverse(&self, _: &mut Visitor) {}
}

builtin_type! {
    /// `bytearray`.
    pub static BYTEARRAY_TYPE = "PyByteArray_Type" => TypeSpec {
        name: "bytearray",
        base: Some(&statics::OBJECT_TYPE),
        flags: flags::BASETYPE | flags::MATCH_SELF,
        doc: "bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> bytearray\n\
              bytearray(bytes_or_buffer) -> bytearray\nbytearray(int) -> bytearray of that size, all zero\n\
              bytearray() -> empty bytearray\n\nA mutable sequence of small integers.",
        slots: Slots {
            repr: Some(repr),
            str: Some(repr),
            hash: None,
            richcompare: Some(richcompare),
            iter: Some(crate::types::bytes::iterate_bytearray),
            init: Some(init),
            new: Some(new),
            nb_remainder: Some(remainder),
            sq_length: Some(length),
            sq_concat: Some(concat),
            sq_repeat: Some(repeat),
            sq_item: Some(item),
            sq_ass_item: Some(set_item),
            sq_contains: Some(contains),
            sq_inplace_concat: Some(inplace_concat),
            sq_inplace_repeat: Some(inplace_repeat),
            mp_length: Some(length),
            mp_subscript: Some(subscript),
            mp_ass_subscript: Some(set_subscript),
            bf_getbuffer: Some(get_buffer),
            bf_releasebuffer: Some(release_buffer),
            ..Instance::<ByteArray>::SLOTS
        },
        methods: methods::bytearray_methods::METHODS,
        ..Instance::<ByteArray>::SPEC
    }
}

/// Keeps a bytearray from being resized.
pub(crate) struct Lock<'a>(&'a ByteArray);

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        self.0.exports.set(self.0.exports.get() - 1);
    }
}

impl ByteArray {
    fn new(data: Vec<u8>) -> ByteArray {
        ByteArray { data: UnsafeCell::new(data), start: Cell::new(0), exports: Cell::new(0) }
    }
    /// The contents. They may change whenever Python code runs.
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: I7, no reference is kept across anything that can change the array, unless it is locked.
        unsafe { &(&*self.data.get())[self.start.get()..] }
    }
    #[inline]
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Runs `change` over the contents; it must not run Python code.
    #[inline]
    pub(crate) fn with_mut<T>(&self, change: impl FnOnce(&mut [u8]) -> T) -> T {
        // SAFETY: I7, `change` runs no Python code, so that nothing else looks at the contents meanwhile.
        change(unsafe { &mut (&mut *self.data.get())[self.start.get()..] })
    }
    /// Changes the vector; the array must not be locked.
    fn with_vec<T>(&self, change: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        debug_assert!(self.exports.get() == 0);
        // SAFETY: I7, as in `with_mut`.
        let data = unsafe { &mut *self.data.get() };
        let start = self.start.replace(0);
        if start > 0 {
            data.drain(..start);
        }
        change(data)
    }
    pub(crate) fn lock(&self) -> Lock<'_> {
        self.exports.set(self.exports.get() + 1);
        Lock(self)
    }
    pub(crate) fn allocated(&self) -> usize {
        // SAFETY: I7, only the capacity is read.
        let capacity = unsafe { (*self.data.get()).capacity() };
        if capacity == 0 { 0 } else { capacity + 1 }
    }
    /// BufferError when the contents are exported.
    fn check_resizable(&self, th: &Thread) -> PyResult<()> {
        if self.exports.get() > 0 {
            return err!(th, BUFFER_ERROR, "Existing exports of data: object cannot be re-sized");
        }
        Ok(())
    }
    /// Changes the length; new bytes are zero.
    ///
    /// # Errors
    /// BufferError while the contents are exported, MemoryError.
    pub(crate) fn resize(&self, th: &Thread, len: usize) -> PyResult<()> {
        if len == self.len() {
            return Ok(());
        }
        self.check_resizable(th)?;
        self.with_vec(|data| {
            if len > data.len() {
                data.try_reserve(len - data.len()).map_err(|_| th.memory_error())?;
            }
            data.resize(len, 0);
            if len < data.capacity() / 2 {
                data.shrink_to(len);
            }
            Ok(())
        })
    }
    /// Replaces the bytes from `start` to `end` by `new`.
    fn splice(&self, th: &Thread, start: usize, end: usize, new: &[u8]) -> PyResult<()> {
        if new.len() == end - start {
            self.with_mut(|data| data[start..end].copy_from_slice(new));
            return Ok(());
        }
        self.check_resizable(th)?;
        if start == 0 && new.is_empty() {
            self.start.set(self.start.get() + end);
            // Now and then the bytes cut off are given back.
            if self.start.get() > 4096 && self.start.get() > self.len() {
                self.with_vec(|_| ());
            }
            return Ok(());
        }
        self.with_vec(|data| {
            data.try_reserve(new.len().saturating_sub(end - start)).map_err(|_| th.memory_error())?;
            data.splice(start..end, new.iter().copied());
            Ok(())
        })
    }
    /// Adds bytes at the end.
    ///
    /// # Errors
    /// BufferError, MemoryError.
    pub(crate) fn push_slice(&self, th: &Thread, new: &[u8]) -> PyResult<()> {
        if new.is_empty() {
            return Ok(());
        }
        self.check_resizable(th)?;
        // SAFETY: I7, nothing else uses the vector; the offset at the front stays.
        let data = unsafe { &mut *self.data.get() };
        data.try_reserve(new.len()).map_err(|_| th.memory_error())?;
        data.extend_from_slice(new);
        Ok(())
    }
}

/// A new bytearray.
///
/// # Errors
/// MemoryError.
pub fn from_vec(th: &Thread, data: Vec<u8>) -> PyResult {
    Instance::create(th, ByteArray::new(data))
}

fn this<'a>(v: Value) -> &'a ByteArray {
    // SAFETY: I4, slots are called with instances of their type.
    let instance: &Instance<ByteArray> = unsafe { v.cast_unchecked() };
    &instance.payload
}

fn object_of<'a>(v: Value) -> &'a Instance<ByteArray> {
    // SAFETY: I4, as in `this`.
    unsafe { v.cast_unchecked() }
}

fn new(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    Instance::create_as(th, ty, ByteArray::new(Vec::new()))
}

fn init(th: &Thread, v: Value, args: Args) -> PyResult<()> {
    let mut bound = [None; 3];
    source::BYTEARRAY_PARAMS.bind(th, args, &mut bound)?;
    let array = this(v);
    array.resize(th, 0)?;
    match source::convert(th, bound, Target::ByteArray)? {
        Converted::Object(bytes) => array.push_slice(th, &BytesArg::of(th, bytes.value())?),
        Converted::Zeros(count) => array.resize(th, count),
        Converted::Data(data) => array.push_slice(th, &data),
    }
}

fn repr(th: &Thread, v: Value) -> PyResult {
    let inner = whipsnake_text::bytes::repr(this(v).as_slice());
    let name = number::full_name(v);
    let mut text = Vec::with_capacity(name.len() + inner.len() + 2);
    text.extend_from_slice(name.as_bytes());
    text.push(b'(');
    text.extend_from_slice(&inner);
    text.push(b')');
    match String::from_utf8(text) {
        Ok(text) => th.str(&text),
        Err(_) => th.str(name),
    }
}

fn richcompare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !buffer::has_buffer(a) || !buffer::has_buffer(b) {
        return Ok(Obj::not_implemented());
    }
    let (Ok(x), Ok(y)) = (BytesArg::of(th, a), BytesArg::of(th, b)) else {
        drop(th.take_exception());
        return Ok(Obj::not_implemented());
    };
    Ok(Obj::bool(shared::compare(&x, &y, op)))
}

fn remainder(th: &Thread, a: Value, b: Value) -> PyResult {
    match a.cast::<Instance<ByteArray>>() {
        Some(template) => {
            let held = template.source();
            from_vec(th, crate::types::format::percent_bytes(th, held.bytes(), b)?)
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
    let (x, y) = (BytesArg::of(th, a)?, BytesArg::of(th, b)?);
    let mut out = Vec::new();
    out.try_reserve_exact(x.len().saturating_add(y.len())).map_err(|_| th.memory_error())?;
    out.extend_from_slice(&x);
    out.extend_from_slice(&y);
    from_vec(th, out)
}

fn inplace_concat(th: &Thread, a: Value, b: Value) -> PyResult {
    if !buffer::has_buffer(b) {
        return err!(th, TYPE_ERROR, "can't concat {} to {}", number::full_name(b), number::full_name(a));
    }
    add_bytes(th, a, b)?;
    Ok(a.own())
}

/// Adds the bytes of `b`, which may be the array itself.
fn add_bytes(th: &Thread, a: Value, b: Value) -> PyResult<()> {
    if a.same(b) {
        let copy = this(a).as_slice().to_vec();
        return this(a).push_slice(th, &copy);
    }
    let added = BytesArg::of(th, b)?;
    this(a).push_slice(th, &added)
}

fn repeated(th: &Thread, unit: &[u8], times: isize) -> PyResult<Vec<u8>> {
    let len = unit.len().checked_mul(times.max(0) as usize).ok_or_else(|| th.memory_error())?;
    let mut out = Vec::new();
    out.try_reserve_exact(len).map_err(|_| th.memory_error())?;
    out.resize(len, 0);
    shared::fill_repeated(&mut out, unit);
    Ok(out)
}

fn repeat(th: &Thread, v: Value, times: isize) -> PyResult {
    let out = repeated(th, this(v).as_slice(), times)?;
    from_vec(th, out)
}

fn inplace_repeat(th: &Thread, v: Value, times: isize) -> PyResult {
    let array = this(v);
    let old = array.as_slice().to_vec();
    let len = old.len().checked_mul(times.max(0) as usize).ok_or_else(|| th.memory_error())?;
    array.resize(th, len)?;
    array.with_mut(|data| shared::fill_repeated(data, &old));
    Ok(v.own())
}

fn item(th: &Thread, v: Value, index: isize) -> PyResult {
    match usize::try_from(index).ok().and_then(|i| this(v).as_slice().get(i)) {
        Some(&byte) => Ok(Obj::small_int(byte.into())),
        None => Err(th.index_error("bytearray index out of range")),
    }
}

fn contains(th: &Thread, v: Value, needle: Value) -> PyResult<bool> {
    shared::contains(th, object_of(v).source().bytes(), needle)
}

fn position(th: &Thread, v: Value, key: Value) -> PyResult<isize> {
    if !number::has_index(key) {
        return err!(th, TYPE_ERROR, "bytearray indices must be integers or slices, not {}", number::full_name(key));
    }
    let index = number::as_index(th, key, &statics::INDEX_ERROR)?;
    Ok(if index < 0 { index + this(v).len() as isize } else { index })
}

fn subscript(th: &Thread, v: Value, key: Value) -> PyResult {
    if let Some(slice) = key.cast::<Slice>() {
        let (start, stop, step) = slice::unpack(th, slice)?;
        let data = this(v).as_slice();
        let (start, _, count) = slice::adjust(data.len() as isize, start, stop, step);
        if step == 1 {
            let start = start.max(0) as usize;
            return from_vec(th, data[start.min(data.len())..][..count].to_vec());
        }
        return from_vec(th, shared::pick(data, start, step, count));
    }
    let index = position(th, v, key)?;
    item(th, v, index)
}

fn set_item(th: &Thread, v: Value, index: isize, value: Option<Value>) -> PyResult<()> {
    let array = this(v);
    let out_of_range = || th.index_error("bytearray index out of range");
    let at = usize::try_from(index).ok().filter(|&i| i < array.len()).ok_or_else(out_of_range)?;
    let Some(value) = value else { return array.splice(th, at, at + 1, &[]) };
    let byte = byte_of(th, value)?;
    // The conversion may have shortened the array.
    array.with_mut(|data| data.get_mut(at).map(|to| *to = byte)).ok_or_else(out_of_range)
}

fn set_subscript(th: &Thread, v: Value, key: Value, value: Option<Value>) -> PyResult<()> {
    let Some(slice) = key.cast::<Slice>() else {
        let index = position(th, v, key)?;
        return set_item(th, v, index, value);
    };
    let new = match value {
        None => Vec::new(),
        Some(value) => slice_source(th, value)?,
    };
    let (start, stop, step) = slice::unpack(th, slice)?;
    let array = this(v);
    let (start, stop, count) = slice::adjust(array.len() as isize, start, stop, step);
    if step == 1 {
        let start = start.max(0) as usize;
        return array.splice(th, start, start.max(stop.max(0) as usize), &new);
    }
    if value.is_none() {
        return delete_extended(th, array, start, step, count);
    }
    if new.len() != count {
        return err!(
            th,
            VALUE_ERROR,
            "attempt to assign bytes of size {} to extended slice of size {count}",
            new.len()
        );
    }
    array.with_mut(|data| {
        for (i, &byte) in new.iter().enumerate() {
            data[(start + i as isize * step) as usize] = byte;
        }
    });
    Ok(())
}

/// The bytes to be assigned to a slice, copied.
fn slice_source(th: &Thread, value: Value) -> PyResult<Vec<u8>> {
    if buffer::has_buffer(value) {
        return Ok(BytesArg::of(th, value)?.to_vec());
    }
    if number::has_index(value) || value.cast::<Str>().is_some() || value.ty().slots().iter.is_none() {
        return Err(th.type_error("can assign only bytes, buffers, or iterables of ints in range(0, 256)"));
    }
    let iterator = iter::get_iter(th, value)?;
    source::collect(th, iterator.value(), Target::ByteArray)
}

fn delete_extended(th: &Thread, array: &ByteArray, start: isize, step: isize, count: usize) -> PyResult<()> {
    if count == 0 {
        return Ok(());
    }
    array.check_resizable(th)?;
    let (first, step) = if step < 0 { (start + (count as isize - 1) * step, -step) } else { (start, step) };
    let last = first + (count as isize - 1) * step;
    array.with_vec(|data| {
        let mut index = -1isize;
        data.retain(|_| {
            index += 1;
            index < first || index > last || (index - first) % step != 0
        });
    });
    Ok(())
}

fn get_buffer(_: &Thread, v: Value, _: bool) -> PyResult<Buffer> {
    let array = this(v);
    array.exports.set(array.exports.get() + 1);
    let ptr = array.with_mut(<[u8]>::as_mut_ptr);
    Ok(Buffer::new(v.own(), ptr, array.len(), false))
}

fn release_buffer(_: &Thread, v: Value) {
    let array = this(v);
    array.exports.set(array.exports.get().saturating_sub(1));
}

/// `bytearray.append`.
pub(crate) fn append(th: &Thread, array: &ByteArray, item: Value) -> PyResult<()> {
    let byte = byte_of(th, item)?;
    array.push_slice(th, &[byte])
}

/// `bytearray.extend`.
pub(crate) fn extend(th: &Thread, v: Value, iterable: Value) -> PyResult<()> {
    if buffer::has_buffer(iterable) {
        return add_bytes(th, v, iterable);
    }
    let iterator = match iter::get_iter(th, iterable) {
        Ok(iterator) => iterator,
        Err(_) if th.exception_matches(&statics::TYPE_ERROR) => {
            drop(th.take_exception());
            return err!(th, TYPE_ERROR, "can't extend bytearray with {}", iterable.ty().name());
        }
        Err(raised) => return Err(raised),
    };
    match source::collect(th, iterator.value(), Target::ByteArray) {
        Ok(data) => this(v).push_slice(th, &data),
        Err(_) if iterable.cast::<Str>().is_some() && th.exception_matches(&statics::TYPE_ERROR) => {
            drop(th.take_exception());
            err!(th, TYPE_ERROR, "expected iterable of integers; got: 'str'")
        }
        Err(raised) => Err(raised),
    }
}

/// `bytearray.insert`.
pub(crate) fn insert(th: &Thread, array: &ByteArray, index: isize, item: Value) -> PyResult<()> {
    let byte = byte_of(th, item)?;
    let len = array.len() as isize;
    let at = if index < 0 { (index + len).max(0) } else { index.min(len) } as usize;
    array.splice(th, at, at, &[byte])
}

/// `bytearray.pop`.
pub(crate) fn pop(th: &Thread, array: &ByteArray, index: isize) -> PyResult {
    let len = array.len() as isize;
    if len == 0 {
        return Err(th.index_error("pop from empty bytearray"));
    }
    let at = if index < 0 { index + len } else { index };
    if at < 0 || at >= len {
        return Err(th.index_error("pop index out of range"));
    }
    let byte = array.as_slice()[at as usize];
    array.splice(th, at as usize, at as usize + 1, &[])?;
    Ok(Obj::small_int(byte.into()))
}

/// `bytearray.remove`.
pub(crate) fn remove(th: &Thread, array: &ByteArray, value: Value) -> PyResult<()> {
    let byte = byte_of(th, value)?;
    match array.as_slice().iter().position(|&b| b == byte) {
        Some(at) => array.splice(th, at, at + 1, &[]),
        None => Err(th.value_error("value not found in bytearray")),
    }
}

/// `bytearray.__reduce_ex__`: text in Latin-1 for the old pickle protocols, bytes for the others.
pub(crate) fn reduce(th: &Thread, v: Value, protocol: i32) -> PyResult {
    let array = this(v);
    let state = match object::lookup_attr(th, v, th.intern("__dict__")?.value())? {
        Some(dict) => dict,
        None => Obj::none(),
    };
    let arguments = if array.is_empty() {
        th.tuple(&[])?
    } else if protocol < 3 {
        let text = crate::types::str::from_units(th, whipsnake_text::Units::from_latin1(array.as_slice()))?;
        let encoding = th.str("latin-1")?;
        th.tuple(&[text.value(), encoding.value()])?
    } else {
        let bytes = th.bytes(array.as_slice())?;
        th.tuple(&[bytes.value()])?
    };
    th.tuple(&[v.ty().value(), arguments.value(), state.value()])
}

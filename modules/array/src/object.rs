//! `array.array`: the object and its slots.
//!
//! The items are the bytes of a vector. **Invariants:** the length is a multiple of the item size; the vector is
//! borrowed only where no Python code can run; while `exports` is not zero it does not change its length.

use crate::typecode::{Code, Item, Packed, not_a_character};
use std::cell::{Cell, RefCell};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::{Buffer, BytesArg};
use whipsnake_runtime::types::bytearray::ByteArray;
use whipsnake_runtime::types::bytes::Bytes;
use whipsnake_runtime::types::list::List;
use whipsnake_runtime::types::slice::{self, Slice};
use whipsnake_runtime::types::str::{self, Str};
use whipsnake_text::Units;

/// The payload of an array.
pub struct Array {
    pub code: Code,
    data: RefCell<Vec<u8>>,
    exports: Cell<usize>,
}

impl Payload for Array {
    #[inline(always)]
    fn ty() -> &'static Type {
        &ARRAY_TYPE
    }
    fn traverse(&self, _: &mut Visitor) {}
}

builtin_type! {
    /// `array.array`.
    pub static ARRAY_TYPE = TypeSpec {
        name: "array.array",
        flags: flags::BASETYPE | flags::WEAKREFABLE | flags::SEQUENCE,
        doc: "array(typecode [, initializer]) -> array\n\nA sequence of numbers or characters of one kind, stored as \
              their bytes: integers ('b', 'h', 'i', 'l', 'q', unsigned in capitals), floating point ('f', 'd'), \
              characters ('w', 'u'). The initializer is a list, a bytes-like object, a str for characters, or an \
              iterable of items.",
        slots: Slots {
            new: Some(construct),
            repr: Some(repr),
            hash: Some(object::hash_not_implemented),
            richcompare: Some(compare_arrays),
            iter: Some(crate::iterator::iterate),
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
            ..Instance::<Array>::SLOTS
        },
        methods: crate::methods::methods::METHODS,
        getsets: crate::methods::methods::GETSETS,
        ..Instance::<Array>::SPEC
    }
}

/// The array behind a value that is one.
#[inline(always)]
pub fn this<'a>(v: Value) -> &'a Array {
    whipsnake_runtime::dealloc::payload_of(v)
}

pub fn is_array(v: Value) -> bool {
    v.is_instance(&ARRAY_TYPE)
}

impl Array {
    pub fn new(code: Code, data: Vec<u8>) -> Array {
        Array { code, data: RefCell::new(data), exports: Cell::new(0) }
    }
    /// How many items there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.data.borrow().len() / self.code.size()
    }
    /// Item `i`.
    #[inline(always)]
    pub fn get(&self, i: usize) -> Option<Item> {
        self.code.load(&self.data.borrow(), i)
    }
    /// A copy of the bytes.
    pub fn bytes(&self) -> Vec<u8> {
        self.data.borrow().clone()
    }
    /// Runs `look` over the bytes; it must not run Python code.
    pub fn with<T>(&self, look: impl FnOnce(&[u8]) -> T) -> T {
        look(&self.data.borrow())
    }
    /// Runs `change` over the bytes; it must not run Python code.
    pub fn with_mut<T>(&self, change: impl FnOnce(&mut [u8]) -> T) -> T {
        change(&mut self.data.borrow_mut())
    }
    pub fn allocated(&self) -> usize {
        self.data.borrow().capacity()
    }
    /// BufferError while the memory is exported.
    pub fn check_resizable(&self, th: &Thread) -> PyResult<()> {
        if self.exports.get() > 0 {
            return err!(th, BUFFER_ERROR, "cannot resize an array that is exporting buffers");
        }
        Ok(())
    }
    /// Puts a packed item in place.
    #[inline(always)]
    fn store(&self, i: usize, packed: Packed) -> bool {
        let size = self.code.size();
        let mut data = self.data.borrow_mut();
        match data.get_mut(i * size..i * size + size) {
            Some(to) => {
                to.copy_from_slice(&packed[..size]);
                true
            }
            None => false,
        }
    }
    /// Adds an item at the end.
    ///
    /// # Errors
    /// Those of [`Code::pack`], BufferError, MemoryError.
    #[inline]
    pub fn push(&self, th: &Thread, v: Value) -> PyResult<()> {
        let packed = self.code.pack(th, v)?;
        self.push_bytes(th, &packed[..self.code.size()])
    }
    /// Adds the bytes of whole items at the end.
    ///
    /// # Errors
    /// BufferError, MemoryError.
    pub fn push_bytes(&self, th: &Thread, bytes: &[u8]) -> PyResult<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.check_resizable(th)?;
        let mut data = self.data.borrow_mut();
        data.try_reserve(bytes.len()).map_err(|_| th.memory_error())?;
        data.extend_from_slice(bytes);
        Ok(())
    }
    /// Replaces the items from `start` to `end` by the bytes of others.
    ///
    /// # Errors
    /// BufferError, MemoryError.
    pub fn splice(&self, th: &Thread, start: usize, end: usize, new: &[u8]) -> PyResult<()> {
        let size = self.code.size();
        let range = start * size..end * size;
        if new.len() != range.len() {
            self.check_resizable(th)?;
        }
        let mut data = self.data.borrow_mut();
        data.try_reserve(new.len().saturating_sub(range.len())).map_err(|_| th.memory_error())?;
        data.splice(range, new.iter().copied());
        Ok(())
    }
    /// Adds the bytes of a bytes-like object.
    ///
    /// # Errors
    /// ValueError for part of an item, BufferError, MemoryError.
    pub fn add_raw(&self, th: &Thread, bytes: &[u8]) -> PyResult<()> {
        if !bytes.len().is_multiple_of(self.code.size()) {
            return Err(th.value_error("bytes length not a multiple of item size"));
        }
        self.push_bytes(th, bytes)
    }
    /// Adds characters.
    ///
    /// # Errors
    /// BufferError, MemoryError.
    pub fn add_text(&self, th: &Thread, text: &Str) -> PyResult<()> {
        let units: Vec<u8> = text.units().iter().flat_map(u32::to_ne_bytes).collect();
        self.push_bytes(th, &units)
    }
    /// Adds the items of an iterable.
    ///
    /// # Errors
    /// What iteration raises, and as for [`Array::push`].
    pub fn add_items(&self, th: &Thread, v: Value) -> PyResult<()> {
        let iterator = iter::get_iter(th, v)?;
        while let Some(item) = iter::next(th, iterator.value())? {
            self.push(th, item.value())?;
        }
        Ok(())
    }
    /// The characters of an array of them as a str.
    ///
    /// # Errors
    /// ValueError for what is no character.
    pub fn to_text(&self, th: &Thread) -> PyResult {
        let data = self.bytes();
        let units: Vec<u32> = data.as_chunks().0.iter().map(|c| u32::from_ne_bytes(*c)).collect();
        match self.code {
            Code::Char if units.iter().any(|c| char::from_u32(*c).is_none()) => {
                let bytes = th.bytes(&data)?;
                let encoding = th.str(if cfg!(target_endian = "big") { "utf-32-be" } else { "utf-32-le" })?;
                call::call_method(th, bytes.value(), "decode", &[encoding.value()])
            }
            _ => match units.iter().find(|c| **c > 0x10FFFF) {
                Some(c) => Err(not_a_character(th, *c)),
                None => str::from_units(th, Units::Ucs4(&units)),
            },
        }
    }
    /// All items as a list.
    ///
    /// # Errors
    /// MemoryError; ValueError for what is no character.
    pub fn to_list(&self, th: &Thread) -> PyResult {
        let mut items = Vec::new();
        items.try_reserve_exact(self.len()).map_err(|_| th.memory_error())?;
        for i in 0.. {
            let Some(item) = self.get(i) else { break };
            items.push(item.to_object(th)?);
        }
        th.list(items)
    }
}

/// An array of the exact type.
///
/// # Errors
/// MemoryError.
pub fn create(th: &Thread, code: Code, data: Vec<u8>) -> PyResult {
    Instance::create(th, Array::new(code, data))
}

// ---- making arrays

/// The type code an argument names.
fn code_argument(th: &Thread, v: Value) -> PyResult<Code> {
    let Some(text) = v.cast::<Str>() else {
        let got = if v.is_none() { "None" } else { v.ty().name() };
        return err!(th, TYPE_ERROR, "array() argument 1 must be a unicode character, not {got}");
    };
    let (1, Some(letter)) = (text.len(), text.units().get(0)) else {
        let len = text.len();
        return err!(th, TYPE_ERROR, "array() argument 1 must be a unicode character, not a string of length {len}");
    };
    if letter == u32::from(b'u') {
        whipsnake_runtime::warnings::deprecated(
            th,
            "The 'u' type code is deprecated and will be removed in Python 3.16",
        )?;
    }
    match Code::from_letter(letter) {
        Some(code) => Ok(code),
        None => Err(th.value_error("bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)")),
    }
}

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    args.no_keywords_for(th, ty, &ARRAY_TYPE, "array.array")?;
    let given = args.len();
    let Some(code) = args.get(0) else {
        return err!(th, TYPE_ERROR, "array() takes at least 1 argument (0 given)");
    };
    if given > 2 {
        return err!(th, TYPE_ERROR, "array() takes at most 2 arguments ({given} given)");
    }
    let code = code_argument(th, code)?;
    let initial = args.get(1);
    if let Some(v) = initial
        && !code.is_text()
    {
        if v.cast::<Str>().is_some() {
            let letter = code.letter();
            return err!(th, TYPE_ERROR, "cannot use a str to initialize an array with typecode '{letter}'");
        }
        if is_array(v) && this(v).code.is_text() {
            let letter = code.letter();
            return err!(th, TYPE_ERROR, "cannot use a unicode array to initialize an array with typecode '{letter}'");
        }
    }
    let made = Instance::create_as(th, ty, Array::new(code, Vec::new()))?;
    if let Some(v) = initial {
        fill(th, this(made.value()), v)?;
    }
    Ok(made)
}

fn fill(th: &Thread, array: &Array, v: Value) -> PyResult<()> {
    if let Some(list) = v.cast::<List>() {
        array.data.borrow_mut().try_reserve(list.len() * array.code.size()).map_err(|_| th.memory_error())?;
        let mut i = 0;
        // Conversions may change the list.
        while let Some(item) = list.get(i) {
            array.push(th, item.value())?;
            i += 1;
        }
        return Ok(());
    }
    if v.cast::<Bytes>().is_some() || v.cast::<Instance<ByteArray>>().is_some() {
        return array.add_raw(th, &BytesArg::of(th, v)?);
    }
    match v.cast::<Str>() {
        Some(text) => array.add_text(th, text),
        None if is_array(v) && this(v).code == array.code => array.push_bytes(th, &this(v).bytes()),
        None => array.add_items(th, v),
    }
}

// ---- slots

fn repr(th: &Thread, v: Value) -> PyResult {
    let array = this(v);
    let (name, letter) = (v.ty().short_name(), array.code.letter());
    if array.len() == 0 {
        return th.str(&format!("{name}('{letter}')"));
    }
    let items = if array.code.is_text() { array.to_text(th)? } else { array.to_list(th)? };
    let head = th.str(&format!("{name}('{letter}', "))?;
    let items = object::repr(th, items.value())?;
    str::concat_all(th, &[head.value(), items.value(), th.str(")")?.value()])
}

/// How two items compare when both are numbers of the same kind; `None` when Python has to say.
fn compare_items(x: Item, y: Item) -> Option<Option<std::cmp::Ordering>> {
    Some(match (x, y) {
        (Item::Int(x), Item::Int(y)) => Some(x.cmp(&y)),
        (Item::Uint(x), Item::Uint(y)) => Some(x.cmp(&y)),
        (Item::Int(x), Item::Uint(y)) => Some(i128::from(x).cmp(&i128::from(y))),
        (Item::Uint(x), Item::Int(y)) => Some(i128::from(x).cmp(&i128::from(y))),
        (Item::Float(x), Item::Float(y)) => x.partial_cmp(&y),
        _ => return None,
    })
}

fn compare_arrays(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !is_array(a) || !is_array(b) {
        return Ok(Obj::not_implemented());
    }
    let (x, y) = (this(a), this(b));
    if x.len() != y.len() && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Obj::bool(op == CompareOp::Ne));
    }
    let mut i = 0;
    while let (Some(p), Some(q)) = (x.get(i), y.get(i)) {
        i += 1;
        match compare_items(p, q) {
            Some(Some(ordering)) if ordering.is_eq() => {}
            Some(Some(ordering)) => return Ok(Obj::bool(op.holds(ordering))),
            // Not a number: different from everything, before and after nothing.
            Some(None) => return Ok(Obj::bool(op == CompareOp::Ne)),
            None => {
                let (p, q) = (p.to_object(th)?, q.to_object(th)?);
                if !compare::eq(th, p.value(), q.value())? {
                    return match op {
                        CompareOp::Eq | CompareOp::Ne => Ok(Obj::bool(op == CompareOp::Ne)),
                        _ => compare::rich(th, p.value(), q.value(), op),
                    };
                }
            }
        }
    }
    Ok(Obj::bool(op.holds(x.len().cmp(&y.len()))))
}

fn length(_: &Thread, v: Value) -> PyResult<isize> {
    Ok(this(v).len() as isize)
}

fn concat(th: &Thread, a: Value, b: Value) -> PyResult {
    if !is_array(b) {
        let got = number::full_name(b);
        return err!(th, TYPE_ERROR, "can only append array (not \"{got}\") to array");
    }
    let (x, y) = (this(a), this(b));
    if x.code != y.code {
        return Err(th.type_error("bad argument type for built-in operation"));
    }
    let mut data = x.bytes();
    y.with(|more| data.try_reserve(more.len()).map(|()| data.extend_from_slice(more)))
        .map_err(|_| th.memory_error())?;
    create(th, x.code, data)
}

fn inplace_concat(th: &Thread, a: Value, b: Value) -> PyResult {
    if !is_array(b) {
        let got = number::full_name(b);
        return err!(th, TYPE_ERROR, "can only extend array with array (not \"{got}\")");
    }
    crate::methods::extend(th, a, b)?;
    Ok(a.own())
}

fn repeated(th: &Thread, unit: &[u8], times: isize) -> PyResult<Vec<u8>> {
    let len = unit.len().checked_mul(times.max(0) as usize).filter(|len| *len <= isize::MAX as usize);
    let len = len.ok_or_else(|| th.memory_error())?;
    let mut data = Vec::new();
    data.try_reserve_exact(len).map_err(|_| th.memory_error())?;
    if len > 0 {
        data.extend_from_slice(unit);
    }
    while data.len() < len {
        let more = data.len().min(len - data.len());
        data.extend_from_within(..more);
    }
    Ok(data)
}

fn repeat(th: &Thread, v: Value, times: isize) -> PyResult {
    let data = this(v).with(|unit| repeated(th, unit, times))?;
    create(th, this(v).code, data)
}

fn inplace_repeat(th: &Thread, v: Value, times: isize) -> PyResult {
    let array = this(v);
    if array.len() > 0 && times != 1 {
        array.check_resizable(th)?;
        let data = array.with(|unit| repeated(th, unit, times))?;
        array.data.replace(data);
    }
    Ok(v.own())
}

#[inline]
fn item(th: &Thread, v: Value, index: isize) -> PyResult {
    match usize::try_from(index).ok().and_then(|i| this(v).get(i)) {
        Some(item) => item.to_object(th),
        None => Err(th.index_error("array index out of range")),
    }
}

#[inline]
fn set_item(th: &Thread, v: Value, index: isize, value: Option<Value>) -> PyResult<()> {
    let array = this(v);
    let out_of_range = || th.index_error("array assignment index out of range");
    let at = usize::try_from(index).ok().filter(|i| *i < array.len()).ok_or_else(out_of_range)?;
    let Some(value) = value else { return array.splice(th, at, at + 1, &[]) };
    let packed = array.code.pack(th, value)?;
    // The conversion may have shortened the array.
    if array.store(at, packed) { Ok(()) } else { Err(out_of_range()) }
}

fn contains(th: &Thread, v: Value, wanted: Value) -> PyResult<bool> {
    Ok(crate::methods::find(th, this(v), wanted, 0, usize::MAX)?.is_some())
}

#[inline]
fn position(th: &Thread, v: Value, key: Value) -> PyResult<isize> {
    let index = match key.as_small_int() {
        Some(i) => i as isize,
        None if number::has_index(key) => number::as_index(th, key, &statics::INDEX_ERROR)?,
        None => return Err(th.type_error("array indices must be integers")),
    };
    Ok(if index < 0 { index + this(v).len() as isize } else { index })
}

fn subscript(th: &Thread, v: Value, key: Value) -> PyResult {
    let Some(slice) = key.cast::<Slice>() else { return item(th, v, position(th, v, key)?) };
    let (start, stop, step) = slice::unpack(th, slice)?;
    let array = this(v);
    let (start, _, count) = slice::adjust(array.len() as isize, start, stop, step);
    let size = array.code.size();
    let data = array.with(|data| {
        let mut picked = Vec::new();
        picked.try_reserve_exact(count * size).map_err(|_| th.memory_error())?;
        if step == 1 {
            let from = start.max(0) as usize * size;
            picked.extend_from_slice(&data[from..from + count * size]);
        } else {
            for i in 0..count {
                let from = (start + i as isize * step) as usize * size;
                picked.extend_from_slice(&data[from..from + size]);
            }
        }
        Ok(picked)
    })?;
    create(th, array.code, data)
}

fn set_subscript(th: &Thread, v: Value, key: Value, value: Option<Value>) -> PyResult<()> {
    let Some(slice) = key.cast::<Slice>() else { return set_item(th, v, position(th, v, key)?, value) };
    let (start, stop, step) = slice::unpack(th, slice)?;
    let array = this(v);
    let new = match value {
        None => Vec::new(),
        Some(other) if !is_array(other) => {
            let got = number::full_name(other);
            return err!(th, TYPE_ERROR, "can only assign array (not \"{got}\") to array slice");
        }
        Some(other) if this(other).code != array.code => {
            return Err(th.type_error("bad argument type for built-in operation"));
        }
        Some(other) => this(other).bytes(),
    };
    let (start, stop, count) = slice::adjust(array.len() as isize, start, stop, step);
    if step == 1 {
        let start = start.max(0) as usize;
        return array.splice(th, start, start.max(stop.max(0) as usize), &new);
    }
    let size = array.code.size();
    if value.is_none() {
        return delete_extended(th, array, start, step, count);
    }
    if new.len() != count * size {
        let given = new.len() / size;
        return err!(th, VALUE_ERROR, "attempt to assign array of size {given} to extended slice of size {count}");
    }
    array.with_mut(|data| {
        for (i, item) in new.chunks_exact(size).enumerate() {
            let to = (start + i as isize * step) as usize * size;
            data[to..to + size].copy_from_slice(item);
        }
    });
    Ok(())
}

fn delete_extended(th: &Thread, array: &Array, start: isize, step: isize, count: usize) -> PyResult<()> {
    if count == 0 {
        return Ok(());
    }
    array.check_resizable(th)?;
    let (first, step) = if step < 0 { (start + (count as isize - 1) * step, -step) } else { (start, step) };
    let last = first + (count as isize - 1) * step;
    let size = array.code.size();
    let mut at = 0;
    array.data.borrow_mut().retain(|_| {
        let index = (at / size) as isize;
        at += 1;
        index < first || index > last || (index - first) % step != 0
    });
    Ok(())
}

fn get_buffer(_: &Thread, v: Value, _: bool) -> PyResult<Buffer> {
    let array = this(v);
    array.exports.set(array.exports.get() + 1);
    let (pointer, len) = array.with_mut(|data| (data.as_mut_ptr(), data.len()));
    Ok(Buffer::new(v.own(), pointer, len, false).with_format(array.code.format(), array.code.size()))
}

fn release_buffer(_: &Thread, v: Value) {
    let array = this(v);
    array.exports.set(array.exports.get().saturating_sub(1));
}

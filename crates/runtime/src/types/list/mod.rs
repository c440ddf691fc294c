//! `list`: a vector of values. `allocated` counts the slots of the buffer; the buffer comes from the heap.

mod methods;
pub mod sort;

use crate::prelude::*;
use crate::types::str::{self, Str};
use std::cell::Cell;
use whipsnake_layout::objects::ListObject;
use whipsnake_object::PageKind;

pub use methods::methods::is_append;
pub use sort::sort;

/// A list object.
#[repr(transparent)]
pub struct List(ListObject);

// SAFETY: I4, `repr(transparent)` over the list layout.
unsafe impl Layout for List {
    #[inline(always)]
    fn ty() -> &'static Type {
        &LIST_TYPE
    }
}

impl List {
    /// A new empty list.
    ///
    /// # Errors
    /// MemoryError.
    #[expect(clippy::new_ret_no_self, reason = "lists live on the Python heap")]
    pub fn new(th: &Thread) -> PyResult {
        new_as(th, &LIST_TYPE)
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.0.head.size.get() as usize
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The items, good until something can change the list.
    #[inline(always)]
    pub fn as_slice(&self) -> &[Value] {
        match self.0.items.get() {
            items if items.is_null() => &[],
            // SAFETY: I8, the first `size` items are initialised.
            items => unsafe { std::slice::from_raw_parts(items, self.len()) },
        }
    }
    /// An owned item.
    #[inline]
    pub fn get(&self, i: usize) -> Option<Obj> {
        self.as_slice().get(i).map(|v| v.own())
    }
    /// An item without ownership.
    #[inline]
    pub fn peek(&self, i: usize) -> Option<Value> {
        self.as_slice().get(i).copied()
    }
    pub fn value(&self) -> Value {
        // SAFETY: I1, a reference to a live object.
        unsafe { Value::from_ptr(self) }
    }
    fn capacity(&self) -> usize {
        self.0.allocated.get().unsigned_abs()
    }
    /// Replaces item `i`; false when there is none.
    pub fn set(&self, i: usize, v: Obj) -> bool {
        if i >= self.len() {
            return false;
        }
        // SAFETY: I8, the index is below the size.
        let old = unsafe { std::mem::replace(&mut *self.0.items.get().add(i), v.into_value()) };
        release(old);
        true
    }
    /// Appends an item.
    ///
    /// # Errors
    /// MemoryError.
    #[inline]
    pub fn push(&self, th: &Thread, v: Obj) -> PyResult<()> {
        let len = self.len();
        if len == self.capacity() {
            self.grow(th, len + 1)?;
        }
        // SAFETY: I8, there is room for one more item.
        unsafe { self.0.items.get().add(len).write(v.into_value()) };
        self.0.head.size.set(len as isize + 1);
        Ok(())
    }
    /// Inserts an item before item `at`, or at the end.
    fn insert(&self, th: &Thread, at: usize, v: Obj) -> PyResult<()> {
        let len = self.len();
        if len == self.capacity() {
            self.grow(th, len + 1)?;
        }
        let at = at.min(len);
        // SAFETY: I8, there is room for one more item; the tail moves up.
        unsafe {
            let place = self.0.items.get().add(at);
            std::ptr::copy(place, place.add(1), len - at);
            place.write(v.into_value());
        }
        self.0.head.size.set(len as isize + 1);
        Ok(())
    }
    /// Makes room for `wanted` items, and some more: growth is by an eighth.
    #[cold]
    #[inline(never)]
    fn grow(&self, th: &Thread, wanted: usize) -> PyResult<()> {
        let capacity = (wanted + (wanted >> 3) + 6) & !3;
        self.resize_buffer(th, capacity)
    }
    /// Makes room for `more` further items.
    fn make_room(&self, th: &Thread, more: usize) -> PyResult<()> {
        let wanted = self.len().checked_add(more).ok_or_else(|| th.memory_error())?;
        if wanted > self.capacity() { self.grow(th, wanted) } else { Ok(()) }
    }
    /// Appends `count` items, which stay with their owner as well.
    ///
    /// # Safety
    /// There are so many items at `items`, and room for them here (I8).
    unsafe fn append_all(&self, items: *const Value, count: usize) {
        let len = self.len();
        for i in 0..count {
            // SAFETY: I8, handed on to the caller.
            unsafe { self.0.items.get().add(len + i).write((*items.add(i)).own().into_value()) };
        }
        self.0.head.size.set((len + count) as isize);
    }
    /// Makes room for `wanted` items in all.
    ///
    /// # Errors
    /// MemoryError.
    pub fn reserve(&self, th: &Thread, wanted: usize) -> PyResult<()> {
        if wanted > self.capacity() { self.resize_buffer(th, wanted) } else { Ok(()) }
    }
    fn resize_buffer(&self, th: &Thread, capacity: usize) -> PyResult<()> {
        const LARGEST: usize = isize::MAX as usize / size_of::<Value>();
        if capacity > LARGEST {
            return Err(th.memory_error());
        }
        let (old, items) = (self.capacity(), self.0.items.get().cast::<u8>());
        // SAFETY: I8, the buffer was allocated with `old` slots; at least `len` of the new ones are kept.
        let moved = unsafe { th.interp.heap.reallocate_buffer(items, old * 8, capacity * 8) };
        if moved.is_null() && capacity != 0 {
            return Err(th.memory_error());
        }
        self.0.items.set(moved.cast());
        let sign = if self.0.allocated.get() < 0 { -1 } else { 1 };
        self.0.allocated.set(capacity as isize * sign);
        Ok(())
    }
    /// Takes the buffer out: the list is empty and has none.
    #[inline]
    fn detach(&self) -> Buffer {
        let buffer = Buffer { items: self.0.items.get(), len: self.len(), capacity: self.capacity() };
        self.0.items.set(std::ptr::null_mut());
        self.0.head.size.set(0);
        self.0.allocated.set(0);
        buffer
    }
    /// Gives a list that has none its buffer back.
    fn attach(&self, buffer: Buffer) {
        debug_assert!(self.0.items.get().is_null());
        self.0.items.set(buffer.items);
        self.0.head.size.set(buffer.len as isize);
        self.0.allocated.set(buffer.capacity as isize);
    }
    /// Takes all items out; the list is empty afterwards.
    pub fn take(&self) -> Vec<Obj> {
        let items: Vec<Obj> = self.as_slice().iter().map(|v| Obj::steal(*v)).collect();
        self.0.head.size.set(0);
        items
    }
    /// Puts `items` in place of whatever is there; hands out what was there.
    ///
    /// # Errors
    /// MemoryError, with the list unchanged.
    pub fn replace_all(&self, th: &Thread, items: Vec<Obj>) -> PyResult<Vec<Obj>> {
        self.splice(th, 0, self.len(), items)
    }
    /// Replaces the items `start..stop` by `items`; hands out the replaced ones.
    ///
    /// # Errors
    /// MemoryError, with the list unchanged.
    pub fn splice(&self, th: &Thread, start: usize, stop: usize, items: Vec<Obj>) -> PyResult<Vec<Obj>> {
        let (len, added) = (self.len(), items.len());
        let (start, stop) = (start.min(len), stop.clamp(start.min(len), len));
        let new_len = len - (stop - start) + added;
        if new_len > self.capacity() {
            self.grow(th, new_len)?;
        }
        let base = self.0.items.get();
        let removed: Vec<Obj> = self.as_slice()[start..stop].iter().map(|v| Obj::steal(*v)).collect();
        if !base.is_null() {
            // SAFETY: I8, the buffer has room for `new_len` items; the tail moves, the gap is filled.
            unsafe {
                std::ptr::copy(base.add(stop), base.add(start + added), len - stop);
                for (i, item) in items.into_iter().enumerate() {
                    base.add(start + i).write(item.into_value());
                }
            }
        }
        self.0.head.size.set(new_len as isize);
        Ok(removed)
    }
    /// Removes and hands out item `i`.
    pub fn remove_at(&self, i: usize) -> Option<Obj> {
        let len = self.len();
        if i >= len {
            return None;
        }
        // SAFETY: I8, the index is below the size; the tail moves down.
        unsafe {
            let place = self.0.items.get().add(i);
            let v = *place;
            std::ptr::copy(place.add(1), place, len - i - 1);
            self.0.head.size.set(len as isize - 1);
            Some(Obj::steal(v))
        }
    }
    /// Reverses in place.
    pub fn reverse(&self) {
        self.reorder(<[Value]>::reverse);
    }
    /// Changes the order of the items; `change` runs no Python code and leaves them a permutation.
    fn reorder(&self, change: impl FnOnce(&mut [Value])) {
        if !self.is_empty() {
            // SAFETY: I8, the first `size` items are initialised, and nothing else looks at them meanwhile.
            change(unsafe { std::slice::from_raw_parts_mut(self.0.items.get(), self.len()) });
        }
    }
}

fn new_as(th: &Thread, ty: &'static Type) -> PyResult {
    let size = ty.core.basicsize.get() as usize;
    let object = th.allocate(ty, size)? as *mut ListObject;
    // SAFETY: fresh memory of the type's size; what subclasses append begins as null slots.
    unsafe {
        (&raw mut (*object).head.size).write(Cell::new(0));
        (&raw mut (*object).items).write(Cell::new(std::ptr::null_mut()));
        (&raw mut (*object).allocated).write(Cell::new(0));
        let own = size_of::<ListObject>();
        object.cast::<u8>().add(own).write_bytes(0, size - own);
        Ok(Obj::steal(Value::from_ptr(object)))
    }
}

impl Thread {
    /// A list that takes over these values.
    ///
    /// # Errors
    /// MemoryError.
    pub fn list(&self, items: Vec<Obj>) -> PyResult {
        self.list_from(items.into_iter())
    }
    /// A list of what an iterator of known length yields.
    ///
    /// # Errors
    /// MemoryError.
    #[inline]
    pub fn list_from(&self, items: impl ExactSizeIterator<Item = Obj>) -> PyResult {
        let made = List::new(self)?;
        let (list, len) = (this(made.value()), items.len());
        if len != 0 {
            list.resize_buffer(self, len)?;
            let buffer = list.0.items.get();
            for (i, item) in items.take(len).enumerate() {
                // SAFETY: I8, the buffer has exactly room for the items; the size grows with them.
                unsafe { buffer.add(i).write(item.into_value()) };
                list.0.head.size.set(i as isize + 1);
            }
        }
        Ok(made)
    }
    /// A list of the values.
    ///
    /// # Errors
    /// MemoryError.
    pub fn list_of(&self, items: &[Value]) -> PyResult {
        self.list_of_both(items, &[])
    }
    /// A list of the values of two slices.
    fn list_of_both(&self, first: &[Value], second: &[Value]) -> PyResult {
        let made = List::new(self)?;
        let (list, len) = (this(made.value()), first.len() + second.len());
        if len != 0 {
            list.resize_buffer(self, len)?;
            let buffer = list.0.items.get();
            // SAFETY: I8, the buffer has exactly room for the items; counting references cannot fail.
            unsafe {
                for (i, item) in first.iter().enumerate() {
                    buffer.add(i).write(item.own().into_value());
                }
                let rest = buffer.add(first.len());
                for (i, item) in second.iter().enumerate() {
                    rest.add(i).write(item.own().into_value());
                }
            }
            list.0.head.size.set(len as isize);
        }
        Ok(made)
    }
}

unsafe fn dealloc(th: &Thread, object: *mut Header) {
    // SAFETY: I3, the list is dead; every item is released once, then the buffer.
    unsafe {
        let ty = Value::from_ptr(object).ty();
        let list = &*(object as *const List);
        release_items(th, list);
        if std::ptr::eq(ty, &LIST_TYPE) {
            th.interp.heap.free(object.cast(), size_of::<ListObject>(), PageKind::Cyclic);
            return;
        }
        crate::dealloc::free_memory(th, object, ty);
    }
}

/// The buffer of a list, with `len` owned items, outside of the list: nothing else sees it.
struct Buffer {
    items: *mut Value,
    len: usize,
    capacity: usize,
}

impl Buffer {
    fn exists(&self) -> bool {
        !self.items.is_null()
    }
    /// Takes the items out, all of them or as many as are asked for. To be put back with [`Buffer::put`].
    fn take(&self) -> impl Iterator<Item = Obj> {
        let items = self.items;
        // SAFETY: I8, there are `len` items; each is taken once.
        (0..self.len).map(move |i| Obj::steal(unsafe { *items.add(i) }))
    }
    /// Puts as many items in as were taken out.
    fn put(&self, items: impl Iterator<Item = Obj>) {
        for (i, item) in items.take(self.len).enumerate() {
            // SAFETY: I8, the buffer has room for `len` items.
            unsafe { self.items.add(i).write(item.into_value()) };
        }
    }
    /// Releases the items, the last one first, and the memory.
    fn release(self, th: &Thread) {
        if !self.exists() {
            return;
        }
        // SAFETY: I8, the items are initialised, and the buffer was allocated with its capacity.
        unsafe {
            for i in (0..self.len).rev() {
                release(*self.items.add(i));
            }
            th.interp.heap.free_buffer(self.items.cast(), self.capacity * 8);
        }
    }
}

/// Empties the list and gives its buffer back.
fn release_items(th: &Thread, list: &List) {
    list.detach().release(th);
}

unsafe fn traverse(object: *mut Header, visitor: &mut Visitor) {
    // SAFETY: I4, called for lists.
    for v in unsafe { &*(object as *const List) }.as_slice() {
        visitor.value(*v);
    }
}

unsafe fn clear(th: &Thread, object: *mut Header) {
    // SAFETY: I4, called for lists.
    release_items(th, unsafe { &*(object as *const List) });
}

/// The list behind a slot's receiver.
pub(crate) fn this<'a>(v: Value) -> &'a List {
    debug_assert!(v.is_instance(&LIST_TYPE));
    // SAFETY: I4, slots are called with instances of their type.
    unsafe { v.cast_unchecked() }
}

fn repr(th: &Thread, v: Value) -> PyResult {
    let list = this(v);
    if list.is_empty() {
        return th.str("[]");
    }
    let text = th.repr_guard(v, || {
        let mut buf = whipsnake_text::Builder::new();
        let mut i = 0;
        while let Some(item) = list.get(i) {
            buf.push_ascii(if i == 0 { b"[" } else { b", " });
            object::push_repr(th, &mut buf, item.value())?;
            i += 1;
        }
        buf.push_ascii(b"]");
        crate::types::str::from_buf(th, buf.finish())
    })?;
    text.map_or_else(|| th.str("[...]"), Ok)
}

fn richcompare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.cast::<List>(), b.cast::<List>()) else { return Ok(Obj::not_implemented()) };
    if x.len() != y.len() && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Obj::bool(op == CompareOp::Ne));
    }
    th.check_native_stack(" in comparison")?;
    let mut i = 0;
    while let (Some(p), Some(q)) = (x.get(i), y.get(i)) {
        if !compare::eq(th, p.value(), q.value())? {
            // The comparison may have shortened the lists.
            if i >= x.len() || i >= y.len() {
                break;
            }
            return match op {
                CompareOp::Eq => Ok(Obj::bool(false)),
                CompareOp::Ne => Ok(Obj::bool(true)),
                _ => compare::rich(th, p.value(), q.value(), op),
            };
        }
        i += 1;
    }
    Ok(Obj::bool(op.holds(x.len().cmp(&y.len()))))
}

fn length(_: &Thread, v: Value) -> PyResult<isize> {
    Ok(this(v).len() as isize)
}

fn item(th: &Thread, v: Value, i: isize) -> PyResult {
    match usize::try_from(i).ok().and_then(|i| this(v).get(i)) {
        Some(item) => Ok(item),
        None => err!(th, INDEX_ERROR, "list index out of range"),
    }
}

fn subscript(th: &Thread, v: Value, key: Value) -> PyResult {
    let list = this(v);
    if let Some(i) = key.as_small_int() {
        let i = if i < 0 { i + list.len() as i64 } else { i };
        return item(th, v, i as isize);
    }
    if let Some(slice) = key.cast::<crate::types::slice::Slice>() {
        let (start, _, step, count) = match slice.plain() {
            Some((start, stop, step)) => {
                let (start, stop, count) = crate::types::slice::adjust(list.len() as isize, start, stop, step);
                (start, stop, step, count)
            }
            None => crate::types::slice::indices(th, slice, list.len())?,
        };
        let items = list.as_slice();
        if step == 1 {
            return th.list_of(&items[start as usize..start as usize + count]);
        }
        return th.list_from((0..count).map(|n| items[(start + n as isize * step) as usize].own()));
    }
    if !number::has_index(key) {
        return err!(th, TYPE_ERROR, "list indices must be integers or slices, not {}", key.ty().name());
    }
    let i = number::as_index(th, key, &statics::INDEX_ERROR)?;
    item(th, v, if i < 0 { i + list.len() as isize } else { i })
}

fn ass_item(th: &Thread, v: Value, i: isize, value: Option<Value>) -> PyResult<()> {
    let list = this(v);
    let done = match (usize::try_from(i), value) {
        (Ok(i), Some(value)) => list.set(i, value.own()),
        (Ok(i), None) => list.remove_at(i).is_some(),
        _ => false,
    };
    if done {
        return Ok(());
    }
    err!(th, INDEX_ERROR, "list assignment index out of range")
}

fn ass_subscript(th: &Thread, v: Value, key: Value, value: Option<Value>) -> PyResult<()> {
    let list = this(v);
    if let Some(slice) = key.cast::<crate::types::slice::Slice>() {
        return assign_slice(th, list, slice, value);
    }
    if !number::has_index(key) {
        return err!(th, TYPE_ERROR, "list indices must be integers or slices, not {}", key.ty().name());
    }
    let i = number::as_index(th, key, &statics::INDEX_ERROR)?;
    ass_item(th, v, if i < 0 { i + list.len() as isize } else { i }, value)
}

/// `list[start:stop] = items` where as many items come as go, from another list or tuple: nothing moves. `false`, with
/// nothing changed, when it is not that simple.
pub fn assign_same_length(list: &List, start: isize, stop: isize, value: Value) -> bool {
    let items = match (value.exact::<List>(), value.exact::<crate::types::tuple::Tuple>()) {
        (Some(other), _) if !std::ptr::eq(other, list) => other.as_slice(),
        (_, Some(tuple)) => tuple.as_slice(),
        _ => return false,
    };
    let (start, _, count) = crate::types::slice::adjust(list.len() as isize, start, stop, 1);
    if count != items.len() || count > SWAPPED {
        return false;
    }
    // All are in place before anything is released.
    let mut old = [statics::none(); SWAPPED];
    for (i, v) in items.iter().enumerate() {
        // SAFETY: I8, the slice lies within the list's items.
        let place = unsafe { &mut *list.0.items.get().add(start as usize + i) };
        old[i] = std::mem::replace(place, v.own().into_value());
    }
    for v in &old[..count] {
        release(*v);
    }
    true
}

/// Most items that [`assign_same_length`] exchanges.
const SWAPPED: usize = 16;

fn assign_slice(th: &Thread, list: &List, slice: &crate::types::slice::Slice, value: Option<Value>) -> PyResult<()> {
    let items = match value {
        None => None,
        Some(value) => {
            let items = iter::to_vec(th, value);
            match items {
                Err(_) if th.exception_matches(&statics::TYPE_ERROR) && value.ty().slots().iter.is_none() => {
                    drop(th.take_exception());
                    return err!(th, TYPE_ERROR, "must assign iterable to extended slice");
                }
                other => Some(other?),
            }
        }
    };
    // Evaluated after the items: making them may have changed the list.
    let (start, stop, step, count) = crate::types::slice::indices(th, slice, list.len())?;
    if step == 1 {
        let start = start as usize;
        let stop = (stop.max(start as isize)) as usize;
        let removed = list.splice(th, start, stop, items.unwrap_or_default())?;
        drop(removed);
        return Ok(());
    }
    match items {
        None => {
            let mut places: Vec<usize> = (0..count as isize).map(|n| (start + n * step) as usize).collect();
            places.sort_unstable();
            let mut kept = Vec::new();
            let mut removed = Vec::new();
            let mut next = 0;
            for (i, item) in list.take().into_iter().enumerate() {
                if places.get(next) == Some(&i) {
                    removed.push(item);
                    next += 1;
                } else {
                    kept.push(item);
                }
            }
            list.replace_all(th, kept)?;
            drop(removed);
            Ok(())
        }
        Some(items) => {
            if items.len() != count {
                return err!(
                    th,
                    VALUE_ERROR,
                    "attempt to assign sequence of size {} to extended slice of size {count}",
                    items.len()
                );
            }
            for (n, item) in items.into_iter().enumerate() {
                list.set((start + n as isize * step) as usize, item);
            }
            Ok(())
        }
    }
}

fn concat(th: &Thread, a: Value, b: Value) -> PyResult {
    let Some(y) = b.cast::<List>() else {
        return err!(th, TYPE_ERROR, "can only concatenate list (not \"{}\") to list", b.ty().name());
    };
    th.list_of_both(this(a).as_slice(), y.as_slice())
}

/// Appends `times` copies of the first `count` items of `source`, which may be the list itself.
fn append_repeated(th: &Thread, list: &List, source: &List, count: usize, times: usize) -> PyResult<()> {
    let total =
        count.checked_mul(times).and_then(|more| list.len().checked_add(more)).ok_or_else(|| th.memory_error())?;
    list.reserve(th, total)?;
    let items = source.0.items.get();
    if let ([only], false) = (&source.as_slice()[..count], times == 0)
        && !only.is_pointer()
    {
        let only = *only;
        for i in list.len()..total {
            // SAFETY: I8, there is room; nothing is counted in an immediate.
            unsafe { list.0.items.get().add(i).write(only) };
        }
        list.0.head.size.set(total as isize);
        return Ok(());
    }
    for _ in 0..times {
        // SAFETY: I8, there is room, and the source has these items.
        unsafe { list.append_all(items, count) };
    }
    Ok(())
}

fn repeat(th: &Thread, v: Value, n: isize) -> PyResult {
    let made = List::new(th)?;
    append_repeated(th, this(made.value()), this(v), this(v).len(), n.max(0) as usize)?;
    Ok(made)
}

fn inplace_repeat(th: &Thread, v: Value, n: isize) -> PyResult {
    let list = this(v);
    match n {
        ..=0 => drop(list.replace_all(th, Vec::new())?),
        _ => append_repeated(th, list, list, list.len(), n as usize - 1)?,
    }
    Ok(v.own())
}

fn inplace_concat(th: &Thread, a: Value, b: Value) -> PyResult {
    extend(th, a, b)?;
    Ok(a.own())
}

/// Appends everything an iterable yields.
///
/// # Errors
/// TypeError if it is no iterable; whatever the iteration raises.
pub fn extend(th: &Thread, list: Value, source: Value) -> PyResult<()> {
    let Some(list) = list.cast::<List>() else { return err!(th, SYSTEM_ERROR, "not a list") };
    if let Some(other) = source.exact::<List>() {
        let count = other.len();
        list.make_room(th, count)?;
        // Only now: it may be the list itself, whose buffer has moved.
        // SAFETY: I8, there is room, and the source has these items.
        unsafe { list.append_all(other.0.items.get(), count) };
        return Ok(());
    }
    if let Some(other) = source.exact::<crate::types::tuple::Tuple>() {
        let items = other.as_slice();
        list.make_room(th, items.len())?;
        // SAFETY: I8, there is room.
        unsafe { list.append_all(items.as_ptr(), items.len()) };
        return Ok(());
    }
    let mut items = iter::Items::of(th, source)?;
    let hint = iter::length_hint(th, source, 0)?;
    if hint > 0
        && let Some(wanted) = list.len().checked_add(hint as usize)
        && wanted <= isize::MAX as usize
    {
        list.reserve(th, wanted)?;
    }
    while let Some(item) = items.next(th)? {
        list.push(th, item)?;
    }
    Ok(())
}

fn contains(th: &Thread, v: Value, wanted: Value) -> PyResult<bool> {
    let list = this(v);
    let mut i = 0;
    loop {
        // Two different immediates of a kind are different numbers: only another kind has to be asked.
        let rest = list.as_slice().get(i..).unwrap_or_default();
        let stop = if wanted.is_small_int() {
            rest.iter().position(|item| item.same(wanted) || !item.is_small_int())
        } else {
            rest.iter().position(|item| !matches!(equal_at_sight(*item, wanted), Some(false)))
        };
        let Some(at) = stop else { return Ok(false) };
        let item = rest[at];
        if item.same(wanted) {
            return Ok(true);
        }
        let item = item.own();
        if compare::eq(th, item.value(), wanted)? {
            return Ok(true);
        }
        i += at + 1;
    }
}

/// Whether two values are the same or equal, if that is plain without Python code and without much ado.
#[inline]
fn equal_at_sight(a: Value, b: Value) -> Option<bool> {
    if a.same(b) {
        return Some(true);
    }
    if (a.is_small_int() && b.is_small_int()) || (a.is_small_float() && b.is_small_float()) {
        return Some(false);
    }
    match (a.exact::<Str>(), b.exact::<Str>()) {
        (Some(a), Some(b)) => Some(str::eq(a, b)),
        _ => None,
    }
}

fn iterate(th: &Thread, v: Value) -> PyResult {
    crate::types::iterators::list_iterator(th, v)
}

fn construct(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    new_as(th, ty)
}

fn init(th: &Thread, v: Value, args: Args) -> PyResult<()> {
    if args.keyword_count() != 0 && v.ty().slots().new.map(|f| f as usize) == LIST_TYPE.slots().new.map(|f| f as usize)
    {
        return err!(th, TYPE_ERROR, "list() takes no keyword arguments");
    }
    if args.len() > 1 {
        return err!(th, TYPE_ERROR, "list expected at most 1 argument, got {}", args.len());
    }
    release_items(th, this(v));
    match args.get(0) {
        Some(source) => extend(th, v, source),
        None => Ok(()),
    }
}

builtin_type! {
    /// `list`.
    pub static LIST_TYPE = "PyList_Type" => TypeSpec {
        name: "list",
        base: Some(&crate::types::object::OBJECT_TYPE),
        basicsize: size_of::<ListObject>(),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::LIST_SUBCLASS | flags::SEQUENCE | flags::MATCH_SELF,
        doc: "Built-in mutable sequence.\n\nIf no argument is given, the constructor creates a new empty list.\nThe argument must be an iterable if specified.",
        slots: Slots {
            dealloc: Some(dealloc),
            traverse: Some(traverse),
            clear: Some(clear),
            repr: Some(repr),
            richcompare: Some(richcompare),
            iter: Some(iterate),
            sq_length: Some(length),
            sq_item: Some(item),
            sq_ass_item: Some(ass_item),
            sq_concat: Some(concat),
            sq_repeat: Some(repeat),
            sq_contains: Some(contains),
            sq_inplace_concat: Some(inplace_concat),
            sq_inplace_repeat: Some(inplace_repeat),
            mp_length: Some(length),
            mp_subscript: Some(subscript),
            mp_ass_subscript: Some(ass_subscript),
            init: Some(init),
            new: Some(construct),
            ..Slots::EMPTY
        },
        methods: methods::methods::METHODS,
        ..TypeSpec::DEFAULT
    }
}

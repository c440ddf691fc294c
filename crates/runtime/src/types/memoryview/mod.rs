//! `memoryview`.
//!
//! - `mod.rs`: the object, its slots and indexing
//! - `items.rs`: reading and writing single items by format
//! - `methods.rs`: methods and attributes, casts
//!
//! All views made of one exporter's memory share one [`Buffer`], which is given back when the last of them is released.
//! Source: the library reference ("Memory Views"), PEP 3118.

pub(crate) mod items;
mod methods;

use crate::prelude::*;
use crate::types::buffer::{self, Buffer, Dims};
use crate::types::slice::{self, Slice};
use crate::types::tuple::Tuple;
use items::Code;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The payload of a `memoryview`.
pub struct MemoryView {
    /// `None` once released.
    base: RefCell<Option<Rc<Buffer>>>,
    view: View,
    /// Views of this view that are in use.
    exports: Cell<usize>,
    hash: Cell<i64>,
}

/// Which part of the memory is seen, and how.
#[derive(Clone)]
pub(crate) struct View {
    pub ptr: *mut u8,
    pub readonly: bool,
    pub itemsize: usize,
    pub format: String,
    pub shape: Vec<isize>,
    pub strides: Vec<isize>,
}

impl View {
    fn of(buffer: &Buffer) -> View {
        View {
            ptr: buffer.ptr,
            readonly: buffer.readonly,
            itemsize: buffer.itemsize,
            format: buffer.format.clone().into_owned(),
            shape: buffer.shape(),
            strides: buffer.strides(),
        }
    }
    pub(crate) fn ndim(&self) -> usize {
        self.shape.len()
    }
    /// Bytes of all items.
    pub(crate) fn nbytes(&self) -> usize {
        self.shape.iter().product::<isize>() as usize * self.itemsize
    }
    /// The format's code, for native single-character formats.
    pub(crate) fn code(&self) -> Option<Code> {
        Code::of(&self.format)
    }
    /// The view as a buffer of `owner`; `is_export` says whether dropping it calls the owner's release slot.
    fn to_buffer(&self, owner: Obj) -> Buffer {
        let mut buffer =
            Buffer::new(owner, self.ptr, self.nbytes(), self.readonly).with_format(self.format.clone(), self.itemsize);
        let simple = self.ndim() == 1 && self.strides[0] == self.itemsize as isize;
        if !simple {
            buffer = buffer.with_dims(Some(Dims { shape: self.shape.clone(), strides: self.strides.clone() }));
        }
        buffer
    }
}

impl Payload for MemoryView {
    #[inline(always)]
    fn ty() -> &'static Type {
        &MEMORYVIEW_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        // A buffer that several views share counts once, and for nobody in particular.
        if let Some(base) = &*self.base.borrow()
            && Rc::strong_count(base) == 1
        {
            visitor.obj(&base.owner);
        }
    }
}

builtin_type! {
    /// `memoryview`.
    pub static MEMORYVIEW_TYPE = "PyMemoryView_Type" => TypeSpec {
        name: "memoryview",
        base: Some(&statics::OBJECT_TYPE),
        flags: flags::HAVE_GC | flags::SEQUENCE | flags::WEAKREFABLE,
        doc: "A view of an object's memory, without a copy.",
        slots: Slots {
            new: Some(new),
            repr: Some(repr),
            hash: Some(hash),
            richcompare: Some(richcompare),
            iter: Some(iterate),
            sq_length: Some(length),
            sq_item: Some(item),
            mp_length: Some(length),
            mp_subscript: Some(subscript),
            mp_ass_subscript: Some(set_subscript),
            bf_getbuffer: Some(get_buffer),
            bf_releasebuffer: Some(release_buffer),
            ..Instance::<MemoryView>::SLOTS
        },
        methods: methods::methods::METHODS,
        getsets: methods::methods::GETSETS,
        ..Instance::<MemoryView>::SPEC
    }
}

/// Iterates over a one-dimensional view.
pub struct MemoryIterator {
    /// Empty when exhausted.
    view: ObjCell,
    next: Cell<isize>,
}

impl Payload for MemoryIterator {
    #[inline(always)]
    fn ty() -> &'static Type {
        &MEMORY_ITERATOR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.view);
    }
}

builtin_type! {
    /// `memory_iterator`.
    pub static MEMORY_ITERATOR_TYPE = TypeSpec {
        name: "memory_iterator",
        base: Some(&statics::OBJECT_TYPE),
        flags: flags::DISALLOW_INSTANTIATION | flags::HAVE_GC,
        slots: Slots { iter: Some(itself), iternext: Some(next), ..Instance::<MemoryIterator>::SLOTS },
        ..Instance::<MemoryIterator>::SPEC
    }
}

/// The types of this module, for `types::init`.
pub(crate) static ALL: &[&Type] = &[&MEMORY_ITERATOR_TYPE, &BUFFER_WRAPPER_TYPE];

/// A memoryview that is not released, and a hold on its memory.
pub(crate) struct Live<'a> {
    pub view: &'a View,
    pub base: Rc<Buffer>,
}

impl MemoryView {
    /// The view, held for an operation.
    ///
    /// # Errors
    /// ValueError when it has been released.
    pub(crate) fn live(&self, th: &Thread) -> PyResult<Live<'_>> {
        match &*self.base.borrow() {
            Some(base) => Ok(Live { view: &self.view, base: base.clone() }),
            None => Err(th.value_error("operation forbidden on released memoryview object")),
        }
    }
}

impl Live<'_> {
    /// Another view of the same memory.
    fn derive(&self, th: &Thread, view: View) -> PyResult {
        create(th, self.base.clone(), view)
    }
    /// The address of an item, or IndexError.
    fn item_at(&self, th: &Thread, at: *mut u8, dim: usize, index: isize) -> PyResult<*mut u8> {
        let len = self.view.shape[dim];
        let i = if index < 0 { index + len } else { index };
        if i < 0 || i >= len {
            return Err(th.index_error(format!("index out of bounds on dimension {}", dim + 1)));
        }
        Ok(at.wrapping_offset(self.view.strides[dim] * i))
    }
    /// Reads the item at an address of this view.
    fn read(&self, th: &Thread, at: *const u8) -> PyResult {
        let code = self.view.code().ok_or_else(|| items::unsupported(th, &self.view.format))?;
        // SAFETY: I7, `at` is the address of an item of the view, which `self` keeps in place.
        unsafe { items::read(th, code, at) }
    }
    fn write(&self, th: &Thread, at: *mut u8, v: Value) -> PyResult<()> {
        let code = self.view.code().ok_or_else(|| items::unsupported(th, &self.view.format))?;
        let (bytes, len) = items::to_bytes(th, code, v)?;
        // SAFETY: I7, `at` is the address of an item of a writable view, which `self` keeps in place.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), at, len) };
        Ok(())
    }
    /// The bytes of all items in C order.
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.view.nbytes());
        copy_items(self.view, &mut out);
        out
    }
}

/// Appends the items of a view in C order.
fn copy_items(view: &View, out: &mut Vec<u8>) {
    fn dimension(view: &View, at: *const u8, dim: usize, out: &mut Vec<u8>) {
        let (Some(&len), Some(&stride)) = (view.shape.get(dim), view.strides.get(dim)) else {
            // SAFETY: I7, `at` is the address of an item of the view.
            out.extend_from_slice(unsafe { std::slice::from_raw_parts(at, view.itemsize) });
            return;
        };
        if dim + 1 == view.ndim() && stride == view.itemsize as isize {
            // SAFETY: I7, the items of the last dimension lie one after the other.
            out.extend_from_slice(unsafe { std::slice::from_raw_parts(at, len as usize * view.itemsize) });
            return;
        }
        for i in 0..len {
            dimension(view, at.wrapping_offset(i * stride), dim + 1, out);
        }
    }
    dimension(view, view.ptr, 0, out);
}

fn create(th: &Thread, base: Rc<Buffer>, view: View) -> PyResult {
    let payload = MemoryView { base: RefCell::new(Some(base)), view, exports: Cell::new(0), hash: Cell::new(-1) };
    Instance::create(th, payload)
}

/// A memoryview of a buffer.
///
/// # Errors
/// MemoryError.
pub fn from_buffer(th: &Thread, buffer: Buffer) -> PyResult {
    let view = View::of(&buffer);
    create(th, Rc::new(buffer), view)
}

/// `memoryview(v)`.
///
/// # Errors
/// TypeError when the object exports no memory; BufferError.
pub fn from_object(th: &Thread, v: Value, writable: bool) -> PyResult {
    if let Some(other) = v.cast::<Instance<MemoryView>>() {
        let live = other.payload.live(th)?;
        return live.derive(th, live.view.clone());
    }
    if !buffer::has_buffer(v) {
        let name = number::full_name(v);
        return err!(th, TYPE_ERROR, "memoryview: a bytes-like object is required, not '{name}'");
    }
    from_buffer(th, buffer::get_full(th, v, writable)?)
}

fn this<'a>(v: Value) -> &'a MemoryView {
    // SAFETY: I4, slots are called with instances of their type.
    let instance: &Instance<MemoryView> = unsafe { v.cast_unchecked() };
    &instance.payload
}

static PARAMS: crate::args::Params = crate::args::Params {
    function: "memoryview",
    names: &["object"],
    positional_only: 0,
    positional: 1,
    required: &[true],
    has_varargs: false,
    has_varkw: false,
};

fn new(th: &Thread, _: &'static Type, args: Args) -> PyResult {
    let mut bound = [None; 1];
    PARAMS.bind(th, args, &mut bound)?;
    from_object(th, bound[0].unwrap_or(statics::none()), false)
}

fn repr(th: &Thread, v: Value) -> PyResult {
    let released = if this(v).base.borrow().is_none() { "released " } else { "" };
    th.str(&format!("<{released}memory at {:#x}>", v.bits()))
}

fn hash(th: &Thread, v: Value) -> PyResult<i64> {
    let m = this(v);
    if m.hash.get() != -1 {
        return Ok(m.hash.get());
    }
    let live = m.live(th)?;
    if !live.view.readonly {
        return Err(th.value_error("cannot hash writable memoryview object"));
    }
    if !matches!(live.view.format.trim_start_matches('@'), "B" | "b" | "c") {
        return Err(th.value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'"));
    }
    // The exporter may be unhashable.
    let owner = live.base.owner.clone();
    object::hash(th, owner.value())?;
    let hash = whipsnake_text::strings::hash_bytes(&th.hash_key(), &live.to_vec());
    m.hash.set(hash);
    Ok(hash)
}

/// The items of two views compared, one after the other.
fn equal_views(th: &Thread, a: &View, b: &View) -> PyResult<bool> {
    if a.shape != b.shape {
        return Ok(false);
    }
    let (mut x, mut y) = (Vec::new(), Vec::new());
    copy_items(a, &mut x);
    copy_items(b, &mut y);
    match (a.code(), b.code()) {
        (Some(code), Some(other)) if code == other && !code.is_float() && a.format != "?" && a.format != "@?" => {
            Ok(x == y)
        }
        (Some(code), Some(other)) => {
            for (p, q) in x.chunks_exact(a.itemsize.max(1)).zip(y.chunks_exact(b.itemsize.max(1))) {
                // SAFETY: chunks of the formats' sizes.
                let (p, q) = unsafe { (items::read(th, code, p.as_ptr())?, items::read(th, other, q.as_ptr())?) };
                if !compare::eq(th, p.value(), q.value())? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        // Formats that only the struct module understands.
        _ => structs_equal(th, (a, &x), (b, &y)),
    }
}

fn structs_equal(th: &Thread, a: (&View, &[u8]), b: (&View, &[u8])) -> PyResult<bool> {
    let unpack = |(view, data): (&View, &[u8])| -> PyResult<Option<Obj>> {
        let import = crate::types::str::builtin(th, "__import__")?;
        let name = th.str("struct")?;
        let module = call::call1(th, import.value(), name.value())?;
        let (format, data) = (th.str(&view.format)?, th.bytes(data)?);
        let unpacked = call::call_method(th, module.value(), "iter_unpack", &[format.value(), data.value()]);
        match unpacked.and_then(|it| iter::to_vec(th, it.value())) {
            Ok(items) => th.tuple_from(items).map(Some),
            Err(_) => {
                // A format that struct does not understand compares unequal.
                drop(th.take_exception());
                Ok(None)
            }
        }
    };
    match (unpack(a)?, unpack(b)?) {
        (Some(x), Some(y)) => compare::eq(th, x.value(), y.value()),
        _ => Ok(false),
    }
}

fn richcompare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Obj::not_implemented());
    }
    let Some(x) = a.cast::<Instance<MemoryView>>() else { return Ok(Obj::not_implemented()) };
    let same = Obj::bool((op == CompareOp::Eq) == a.same(b));
    let Ok(live) = x.payload.live(th) else {
        drop(th.take_exception());
        return Ok(same);
    };
    let equal = match b.cast::<Instance<MemoryView>>() {
        Some(y) => match y.payload.live(th) {
            Ok(other) => equal_views(th, live.view, other.view)?,
            Err(_) => {
                drop(th.take_exception());
                return Ok(same);
            }
        },
        None if buffer::has_buffer(b) => match buffer::get_full(th, b, false) {
            Ok(other) => equal_views(th, live.view, &View::of(&other))?,
            Err(_) => {
                drop(th.take_exception());
                return Ok(Obj::not_implemented());
            }
        },
        None => return Ok(Obj::not_implemented()),
    };
    Ok(Obj::bool(equal == (op == CompareOp::Eq)))
}

fn not_implemented(th: &Thread, message: &str) -> Raised {
    th.raise(&statics::NOT_IMPLEMENTED_ERROR, message)
}

fn length(th: &Thread, v: Value) -> PyResult<isize> {
    let live = this(v).live(th)?;
    live.view.shape.first().copied().ok_or_else(|| th.type_error("0-dim memory has no length"))
}

fn item(th: &Thread, v: Value, index: isize) -> PyResult {
    let live = this(v).live(th)?;
    match live.view.ndim() {
        0 => Err(th.type_error("invalid indexing of 0-dim memory")),
        1 => {
            let at = live.item_at(th, live.view.ptr, 0, index)?;
            live.read(th, at)
        }
        _ => Err(not_implemented(th, "multi-dimensional sub-views are not implemented")),
    }
}

/// The address of the item that a tuple of ints leads to.
fn multi_index(th: &Thread, live: &Live<'_>, key: &Tuple) -> PyResult<*mut u8> {
    let ndim = live.view.ndim();
    if key.len() < ndim {
        return Err(not_implemented(th, "sub-views are not implemented"));
    }
    if key.len() > ndim {
        return err!(th, TYPE_ERROR, "cannot index {ndim}-dimension view with {}-element tuple", key.len());
    }
    let mut at = live.view.ptr;
    for (dim, &index) in key.as_slice().iter().enumerate() {
        let index = number::as_index(th, index, &statics::INDEX_ERROR)?;
        at = live.item_at(th, at, dim, index)?;
    }
    Ok(at)
}

/// What kind of key a subscript is.
enum Key<'a> {
    Index(isize),
    Slice(&'a Slice),
    Indices(&'a Tuple),
    Ellipsis,
}

fn key_of<'a>(th: &Thread, key: Value) -> PyResult<Key<'a>> {
    if number::has_index(key) {
        return Ok(Key::Index(number::as_index(th, key, &statics::INDEX_ERROR)?));
    }
    if let Some(slice) = key.cast::<Slice>() {
        return Ok(Key::Slice(slice));
    }
    if key.same(statics::ellipsis()) {
        return Ok(Key::Ellipsis);
    }
    if let Some(tuple) = key.cast::<Tuple>() {
        if tuple.as_slice().iter().all(|&v| number::has_index(v)) {
            return Ok(Key::Indices(tuple));
        }
        if tuple.as_slice().iter().all(|v| v.cast::<Slice>().is_some()) {
            return Err(not_implemented(th, "multi-dimensional slicing is not implemented"));
        }
    }
    Err(th.type_error("memoryview: invalid slice key"))
}

/// The part of a view that a slice of its first dimension shows.
fn sliced(th: &Thread, view: &View, slice: &Slice) -> PyResult<View> {
    let (start, _, step, count) = slice::indices(th, slice, view.shape[0].max(0) as usize)?;
    let mut part = view.clone();
    part.ptr = view.ptr.wrapping_offset(view.strides[0] * start);
    part.shape[0] = count as isize;
    part.strides[0] = view.strides[0].wrapping_mul(step);
    Ok(part)
}

fn subscript(th: &Thread, v: Value, key: Value) -> PyResult {
    let live = this(v).live(th)?;
    if live.view.ndim() == 0 {
        return match key_of(th, key) {
            Ok(Key::Indices(tuple)) if tuple.is_empty() => live.read(th, live.view.ptr),
            Ok(Key::Ellipsis) => Ok(v.own()),
            Ok(_) => Err(th.type_error("invalid indexing of 0-dim memory")),
            Err(_) => {
                drop(th.take_exception());
                Err(th.type_error("invalid indexing of 0-dim memory"))
            }
        };
    }
    match key_of(th, key)? {
        Key::Index(index) => item(th, v, index),
        Key::Slice(slice) => live.derive(th, sliced(th, live.view, slice)?),
        Key::Indices(tuple) => {
            let at = multi_index(th, &live, tuple)?;
            live.read(th, at)
        }
        Key::Ellipsis => Err(th.type_error("memoryview: invalid slice key")),
    }
}

fn set_subscript(th: &Thread, v: Value, key: Value, value: Option<Value>) -> PyResult<()> {
    let live = this(v).live(th)?;
    if live.view.readonly {
        return Err(th.type_error("cannot modify read-only memory"));
    }
    let Some(value) = value else { return Err(th.type_error("cannot delete memory")) };
    let ndim = live.view.ndim();
    if ndim == 0 {
        let is_whole = key.same(statics::ellipsis()) || key.cast::<Tuple>().is_some_and(Tuple::is_empty);
        if !is_whole {
            return Err(th.type_error("invalid indexing of 0-dim memory"));
        }
        return live.write(th, live.view.ptr, value);
    }
    let key = key_of(th, key)?;
    // `__index__` may have released the view.
    this(v).live(th)?;
    match key {
        Key::Index(_) if ndim > 1 => Err(not_implemented(th, "sub-views are not implemented")),
        Key::Index(index) => {
            let at = live.item_at(th, live.view.ptr, 0, index)?;
            live.write(th, at, value)
        }
        Key::Slice(slice) if ndim == 1 => set_slice(th, &live, slice, value),
        Key::Slice(_) => Err(not_implemented(th, "memoryview slice assignments are currently restricted to ndim = 1")),
        Key::Indices(tuple) => {
            let at = multi_index(th, &live, tuple)?;
            live.write(th, at, value)
        }
        Key::Ellipsis => Err(th.type_error("memoryview: invalid slice key")),
    }
}

fn set_slice(th: &Thread, live: &Live<'_>, slice: &Slice, value: Value) -> PyResult<()> {
    let source = buffer::get_full(th, value, false)?;
    let to = sliced(th, live.view, slice)?;
    let from = View::of(&source);
    let same_format = to.format.trim_start_matches('@') == from.format.trim_start_matches('@');
    if !same_format || to.itemsize != from.itemsize || to.shape != from.shape {
        return Err(th.value_error("memoryview assignment: lvalue and rvalue have different structures"));
    }
    // Copied first, since the two may overlap.
    let mut data = Vec::new();
    copy_items(&from, &mut data);
    for (i, item) in data.chunks_exact(to.itemsize.max(1)).enumerate() {
        let at = to.ptr.wrapping_offset(to.strides[0] * i as isize);
        // SAFETY: I7, `at` is the address of an item of a writable view, which `live` keeps in place.
        unsafe { std::ptr::copy_nonoverlapping(item.as_ptr(), at, to.itemsize) };
    }
    Ok(())
}

fn iterate(th: &Thread, v: Value) -> PyResult {
    let live = this(v).live(th)?;
    match live.view.ndim() {
        0 => Err(th.type_error("invalid indexing of 0-dim memory")),
        1 if live.view.code().is_none() => Err(items::unsupported(th, &live.view.format)),
        1 => Instance::create(th, MemoryIterator { view: ObjCell::new(v.own()), next: Cell::new(0) }),
        _ => Err(not_implemented(th, "multi-dimensional sub-views are not implemented")),
    }
}

fn itself(_: &Thread, v: Value) -> PyResult {
    Ok(v.own())
}

fn next(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let Some(it) = v.cast::<Instance<MemoryIterator>>() else { return Ok(None) };
    let Some(view) = it.view.get() else { return Ok(None) };
    let live = this(view.value()).live(th)?;
    let index = it.next.get();
    if index >= live.view.shape[0] {
        it.view.set(None);
        return Ok(None);
    }
    it.next.set(index + 1);
    live.read(th, live.view.ptr.wrapping_offset(live.view.strides[0] * index)).map(Some)
}

fn get_buffer(th: &Thread, v: Value, writable: bool) -> PyResult<Buffer> {
    let m = this(v);
    let live = m.live(th)?;
    if writable && live.view.readonly {
        return err!(th, BUFFER_ERROR, "memoryview: underlying buffer is not writable");
    }
    m.exports.set(m.exports.get() + 1);
    Ok(live.view.to_buffer(v.own()))
}

fn release_buffer(_: &Thread, v: Value) {
    let m = this(v);
    m.exports.set(m.exports.get().saturating_sub(1));
}

/// Releases a view.
///
/// # Errors
/// BufferError while views of it are in use.
pub(crate) fn release(th: &Thread, m: &MemoryView) -> PyResult<()> {
    let exports = m.exports.get();
    if exports > 0 {
        let plural = if exports == 1 { "" } else { "s" };
        return err!(th, BUFFER_ERROR, "memoryview has {exports} exported buffer{plural}");
    }
    let base = m.base.borrow_mut().take();
    drop(base);
    Ok(())
}

/// What owns the buffer of a class with `__buffer__`: calls `__release_buffer__` when it is given back.
pub struct BufferWrapper {
    object: Obj,
    view: Obj,
}

impl Payload for BufferWrapper {
    #[inline(always)]
    fn ty() -> &'static Type {
        &BUFFER_WRAPPER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.object);
        visitor.obj(&self.view);
    }
}

builtin_type! {
    /// `_buffer_wrapper`.
    pub static BUFFER_WRAPPER_TYPE = TypeSpec {
        name: "_buffer_wrapper",
        base: Some(&statics::OBJECT_TYPE),
        flags: flags::DISALLOW_INSTANTIATION | flags::HAVE_GC,
        slots: Slots { bf_releasebuffer: Some(release_wrapped), ..Instance::<BufferWrapper>::SLOTS },
        ..Instance::<BufferWrapper>::SPEC
    }
}

fn release_wrapped(th: &Thread, v: Value) {
    let Some(wrapper) = v.cast::<Instance<BufferWrapper>>() else { return };
    th.with_exception_saved(|| {
        if let Ok(Some(method)) = object::lookup_special(th, wrapper.object.value(), "__release_buffer__") {
            let released = call::call1(th, method.value(), wrapper.view.value());
            if released.is_err() {
                drop(th.take_exception());
            }
        }
        if let Some(view) = wrapper.view.cast::<Instance<MemoryView>>()
            && release(th, &view.payload).is_err()
        {
            drop(th.take_exception());
        }
        drop(th.take_exception());
    });
}

/// The `bf_getbuffer` slot of classes that define `__buffer__`.
///
/// # Errors
/// TypeError when it does not return a memoryview; what it raises.
pub fn by_dunder(th: &Thread, v: Value, writable: bool) -> PyResult<Buffer> {
    let Some(method) = object::lookup_special(th, v, "__buffer__")? else {
        return Err(buffer::not_bytes_like(th, v));
    };
    // PyBUF_FULL_RO, or PyBUF_FULL.
    let flags = Value::small_int(if writable { 0x11D } else { 0x11C });
    let view = call::call1(th, method.value(), flags)?;
    let Some(m) = view.cast::<Instance<MemoryView>>() else {
        return Err(th.type_error("__buffer__ returned non-memoryview object"));
    };
    let live = m.payload.live(th)?;
    if writable && live.view.readonly {
        return err!(th, BUFFER_ERROR, "memoryview: underlying buffer is not writable");
    }
    let wrapper = Instance::create(th, BufferWrapper { object: v.own(), view: view.clone() })?;
    Ok(live.view.to_buffer(wrapper))
}

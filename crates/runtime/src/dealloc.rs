//! Death of objects, and the generic layout of native classes.
//!
//! Deallocation is depth-bounded: past a limit, objects go to a work list, so that a million-deep structure can be
//! freed. Order of a death (PEP 442): finaliser (`__del__`), weak references cleared and their callbacks run, contents
//! released, memory freed.

use crate::error::PyResult;
use crate::gc::Visitor;
use crate::obj::{Layout, Obj, ValueExt};
use crate::thread::Thread;
use crate::typeobj::{Slots, Type};
use whipsnake_layout::typeobject::flags;
use whipsnake_layout::{Header, Value, VarHeader};
use whipsnake_object::PageKind;

/// Nested deallocations before objects are put off.
const MAX_DEPTH: u32 = 40;

/// Destroys an object whose count has dropped to zero.
pub fn deallocate(th: &Thread, object: *mut Header) {
    if th.dealloc_depth.get() >= MAX_DEPTH {
        return put_off(th, object);
    }
    let depth = th.dealloc_depth.get();
    th.dealloc_depth.set(depth + 1);
    destroy(th, object);
    if depth == 0 {
        loop {
            let Some(object) = th.dealloc_later.borrow_mut().pop() else { break };
            destroy(th, object);
        }
    }
    th.dealloc_depth.set(depth);
}

/// Leaves the rest of a death for later. A `__del__` runs at once, inside the calls that led here: one that makes another object of its class is then
/// recursion, which ends, and not a loop.
#[cold]
fn put_off(th: &Thread, object: *mut Header) {
    // SAFETY: I1, the object is allocated until its dealloc slot has run.
    let ty = unsafe { Value::from_ptr(object) }.ty();
    if ty.has_flag(flags::HEAPTYPE) && ty.slots().finalize.is_some() {
        if !finalize(th, object, ty) {
            return;
        }
        crate::gc::mark_finalized(th, object, ty);
    }
    th.dealloc_later.borrow_mut().push(object);
}

#[inline]
fn destroy(th: &Thread, object: *mut Header) {
    // SAFETY: I1, the object is allocated until its dealloc slot has run.
    let ty = unsafe { Value::from_ptr(object) }.ty();
    let slots = ty.slots();
    if ty.has_flag(flags::WEAKREFABLE) || slots.finalize.is_some() {
        if !finalize(th, object, ty) {
            return;
        }
        crate::weakrefs::clear_references(th, object, ty);
    }
    match slots.dealloc {
        // SAFETY: I3, nothing refers to the object any more.
        Some(dealloc) => unsafe { dealloc(th, object) },
        None => unreachable!("type {} has no dealloc slot", ty.name()),
    }
}

/// Runs `__del__` once; false when it resurrected the object.
#[inline]
fn finalize(th: &Thread, object: *mut Header, ty: &'static Type) -> bool {
    let Some(finalizer) = ty.slots().finalize else { return true };
    if crate::types::generator::needs_no_finalizer(object, ty) {
        return true;
    }
    if let Some(finalized) = ty.slots().finalized_already
        && !std::ptr::fn_addr_eq(finalizer, crate::typeobj::slot_functions::slot_del as fn(&Thread, Value))
        // SAFETY: I4, the slot belongs to the object's type.
        && unsafe { finalized(object) }
    {
        if ty.is_heap_type() {
            crate::gc::forget_finalized(th, object, ty);
        }
        return true;
    }
    if crate::gc::was_finalized(th, object, ty) {
        crate::gc::forget_finalized(th, object, ty);
        return true;
    }
    crate::gc::mark_finalized(th, object, ty);
    // SAFETY: I1; the count is raised for the length of the call, so that the object cannot die twice.
    unsafe {
        (*object).refcount.set(1);
        th.with_exception_saved(|| finalizer(th, Value::from_ptr(object)));
        let header = &*object;
        let count = header.refcount.get() - 1;
        header.refcount.set(count);
        if count == 0 {
            crate::gc::forget_finalized(th, object, ty);
        }
        count == 0
    }
}

/// Bytes an object occupies.
///
/// # Safety
/// `object` is a live or dying object of type `ty` (I1).
#[inline]
pub unsafe fn object_size(object: *const Header, ty: &Type) -> usize {
    let base = ty.core.basicsize.get() as usize;
    // SAFETY: I4, the slot belongs to the object's type.
    let body = match ty.slots().body_size {
        Some(body_size) => unsafe { body_size(object) },
        None if ty.core.itemsize.get() != 0 => {
            // SAFETY: I4, types with items begin with a `VarHeader`.
            let items = unsafe { (*(object as *const VarHeader)).size.get() };
            base + items.max(0) as usize * ty.core.itemsize.get() as usize
        }
        None => base,
    };
    let inline = if ty.has_flag(flags::SHAPED) {
        // SAFETY: I4, shaped types' instances are laid out as `InstanceObject`.
        unsafe { (*(object as *const whipsnake_layout::objects::InstanceObject)).inline_capacity as usize * 8 }
    } else {
        0
    };
    let dict = if ty.core.dictoffset.get() < 0 { 8 } else { 0 };
    if dict != 0 { body.next_multiple_of(8) + dict } else { body + inline }
}

/// Which pages instances of `ty` live on.
#[inline]
pub fn page_kind(ty: &Type) -> PageKind {
    if ty.has_flag(flags::HAVE_GC) { PageKind::Cyclic } else { PageKind::Plain }
}

/// Returns a dead object's memory to the heap and drops a heap type's reference.
///
/// # Safety
/// The object's contents have been released and nothing refers to it (I3).
#[inline]
pub unsafe fn free_memory(th: &Thread, object: *mut Header, ty: &'static Type) {
    let fixed = ty.fixed_size.get() as usize;
    if fixed != 0 {
        // SAFETY: I3, handed on to the caller.
        return unsafe { th.interp.heap.free(object.cast(), fixed, page_kind(ty)) };
    }
    // SAFETY: I3, handed on to the caller.
    unsafe { free_varying(th, object, ty) }
}

/// As [`free_memory`], where the size depends on the object or instances count for the life of their type.
#[inline(never)]
unsafe fn free_varying(th: &Thread, object: *mut Header, ty: &'static Type) {
    // SAFETY: I3, handed on to the caller.
    unsafe {
        let size = object_size(object, ty);
        th.interp.heap.free(object.cast(), size, page_kind(ty));
    }
    if ty.is_heap_type() {
        crate::obj::release(ty.value());
    }
}

impl Thread {
    /// Memory for an object of type `ty` of `size` bytes with its header written (count 1); the rest is undefined.
    ///
    /// # Errors
    /// MemoryError.
    #[inline]
    pub fn allocate(&self, ty: &'static Type, size: usize) -> PyResult<*mut Header> {
        let object = self.interp.heap.allocate(size, page_kind(ty)).cast::<Header>();
        if object.is_null() {
            return Err(self.memory_error());
        }
        if ty.is_heap_type() {
            ty.core.head.incref();
        }
        // SAFETY: fresh memory of at least 16 bytes.
        unsafe { object.write(Header::new(&ty.core)) };
        Ok(object)
    }
}

/// The Rust contents of a native class: `Instance<T>` is its layout. For most native types this is all there is to do:
///
/// ```ignore
/// struct Count { next: ObjCell, step: Obj }
/// impl Payload for Count {
///     fn ty() -> &'static Type { &COUNT_TYPE }
///     fn traverse(&self, visitor: &mut Visitor) { visitor.cell(&self.next); visitor.obj(&self.step) }
/// }
/// builtin_type! { static COUNT_TYPE = TypeSpec { name: "itertools.count", slots: Slots { iternext: Some(..), ..Instance::<Count>::SLOTS }, ..Instance::<Count>::SPEC } }
/// ```
pub trait Payload: 'static {
    fn ty() -> &'static Type;
    /// Visits every owned reference.
    fn traverse(&self, visitor: &mut Visitor);
    /// Drops references that may form cycles. Only payloads that can be part of a cycle by mutation need it.
    fn clear(&self) {}
}

/// An object: header and payload.
#[repr(C)]
pub struct Instance<T> {
    pub head: Header,
    pub payload: T,
}

// SAFETY: I4, `Payload::ty` is declared with this layout's `SPEC`.
unsafe impl<T: Payload> Layout for Instance<T> {
    fn ty() -> &'static Type {
        T::ty()
    }
}

impl<T> std::ops::Deref for Instance<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.payload
    }
}

/// The payload of a receiver that a slot or method was called with.
///
/// # Panics
/// If it is no instance of the type: what calls slots and methods has seen to that.
#[inline(always)]
pub fn payload_of<'a, T: Payload>(v: Value) -> &'a T {
    match v.cast::<Instance<T>>() {
        Some(instance) => &instance.payload,
        None => unreachable!("slots and methods are called with instances of their type"),
    }
}

impl<T: Payload> Instance<T> {
    /// The memory slots of a type with this payload.
    pub const SLOTS: Slots = Slots {
        dealloc: Some(Self::dealloc),
        traverse: Some(Self::traverse),
        clear: Some(Self::clear),
        ..Slots::EMPTY
    };
    /// The start of a type declaration with this payload.
    pub const SPEC: crate::typeobj::TypeSpec = crate::typeobj::TypeSpec {
        basicsize: size_of::<Instance<T>>(),
        flags: flags::HAVE_GC,
        slots: Self::SLOTS,
        ..crate::typeobj::TypeSpec::DEFAULT
    };

    /// A new instance of the payload's own type.
    ///
    /// # Errors
    /// MemoryError.
    pub fn create(th: &Thread, payload: T) -> PyResult {
        Self::create_as(th, T::ty(), payload)
    }
    /// A new instance of `ty`, which is the payload's type or a subclass of it.
    ///
    /// # Errors
    /// MemoryError.
    pub fn create_as(th: &Thread, ty: &'static Type, payload: T) -> PyResult {
        const { assert!(align_of::<T>() <= 16) };
        debug_assert!(ty.is_subtype_of(T::ty()));
        let basicsize = ty.core.basicsize.get() as usize;
        let object = th.allocate(ty, basicsize)?;
        // SAFETY: fresh memory of the type's size; what subclasses append begins as null slots.
        unsafe {
            (&raw mut (*(object as *mut Instance<T>)).payload).write(payload);
            let own = size_of::<Instance<T>>();
            if basicsize > own {
                object.cast::<u8>().add(own).write_bytes(0, basicsize - own);
            }
            Ok(Obj::steal(Value::from_ptr(object)))
        }
    }
    unsafe fn dealloc(th: &Thread, object: *mut Header) {
        // SAFETY: I3, the object is dead; its payload is dropped exactly once.
        unsafe {
            let ty = Value::from_ptr(object).ty();
            std::ptr::drop_in_place(&raw mut (*(object as *mut Instance<T>)).payload);
            free_memory(th, object, ty);
        }
    }
    unsafe fn traverse(object: *mut Header, visitor: &mut Visitor) {
        // SAFETY: I4, called for instances of the payload's type.
        unsafe { (*(object as *mut Instance<T>)).payload.traverse(visitor) }
    }
    unsafe fn clear(_: &Thread, object: *mut Header) {
        // SAFETY: I4, called for instances of the payload's type.
        unsafe { (*(object as *mut Instance<T>)).payload.clear() }
    }
}

/// Releases nothing but the memory: the dealloc slot of types without owned references.
///
/// # Safety
/// As for every dealloc slot (I3).
pub unsafe fn dealloc_plain(th: &Thread, object: *mut Header) {
    // SAFETY: I3, handed on to the caller.
    unsafe {
        let ty = Value::from_ptr(object).ty();
        free_memory(th, object, ty);
    }
}

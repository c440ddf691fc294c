//! Owned and borrowed values.
//!
//! [`Obj`] owns a reference and releases it on drop; [`Value`] (`Copy`) borrows: it is good while some owner up the
//! call chain lives (I1). Arguments are `Value`s, the caller owns them for the length of the call. **Rule:** what is
//! read out of a shared object (a list's item, an attribute, a global) is taken as `Obj` before anything that can run
//! Python code, since that code may drop the container's reference.

use crate::thread::Thread;
use crate::typeobj::Type;
use crate::types::statics;
use std::cell::Cell;
use std::ops::Deref;
use whipsnake_layout::{Header, Slot, Value};

/// An owned reference to a Python object. One word; `Option<Obj>` and `PyResult<Obj>` are one word too.
#[repr(transparent)]
pub struct Obj(Value);

impl Obj {
    /// Takes over a reference that the caller owns.
    #[inline(always)]
    pub fn steal(v: Value) -> Obj {
        Obj(v)
    }
    /// Gives the reference away without releasing it.
    #[inline(always)]
    pub fn into_value(self) -> Value {
        let v = self.0;
        std::mem::forget(self);
        v
    }
    /// Gives the reference to a slot.
    #[inline(always)]
    pub fn into_slot(self) -> Slot {
        Slot::owned(self.into_value())
    }
    /// The value, borrowed from this owner.
    #[inline(always)]
    pub fn value(&self) -> Value {
        self.0
    }
    /// A small int.
    #[inline(always)]
    pub fn small_int(i: i64) -> Obj {
        Obj(Value::small_int(i))
    }
    /// `True` or `False`.
    #[inline(always)]
    pub fn bool(b: bool) -> Obj {
        Obj(statics::bool_value(b))
    }
    /// `None`.
    #[inline(always)]
    pub fn none() -> Obj {
        Obj(statics::none())
    }
    /// `NotImplemented`.
    #[inline(always)]
    pub fn not_implemented() -> Obj {
        Obj(statics::not_implemented())
    }
}

impl Deref for Obj {
    type Target = Value;
    #[inline(always)]
    fn deref(&self) -> &Value {
        &self.0
    }
}

impl Clone for Obj {
    #[inline(always)]
    fn clone(&self) -> Obj {
        self.0.own()
    }
}

impl Drop for Obj {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: I1, an owned pointer leads to a live object.
        debug_assert!(
            !self.0.is_pointer() || unsafe { (*self.0.as_ptr()).refcount.get() } != 0,
            "reference count underflow"
        );
        release(self.0);
    }
}

/// Drops one owned reference.
#[inline(always)]
pub fn release(v: Value) {
    if v.is_pointer() {
        // SAFETY: I1, an owned pointer leads to a live object.
        if unsafe { (*v.as_ptr()).decref() } {
            release_last(v.as_ptr());
        }
    }
}

/// Releases whatever a slot owns.
#[inline(always)]
pub fn release_slot(slot: Slot) {
    if slot.is_owned_pointer() {
        release(slot.value());
    }
}

/// Keeps the compiler from turning a loop over a handful of slots into a call of `memset` or a vectorised loop.
#[inline(always)]
pub fn no_idiom() {
    // SAFETY: no instruction at all.
    unsafe { core::arch::asm!("", options(nomem, nostack, preserves_flags)) }
}

#[cold]
#[inline(never)]
fn release_last(object: *mut Header) {
    crate::dealloc::deallocate(Thread::current(), object);
}

/// What every value can do. In scope through the prelude.
pub trait ValueExt: Copy {
    /// An owned reference to the same object.
    fn own(self) -> Obj;
    /// The type. Alive as long as the object is.
    fn ty(self) -> &'static Type;
    /// Python's `is`: the same object, or two exact ints or floats with the same value or bits.
    fn is(self, other: Value) -> bool;
    fn is_none(self) -> bool;
    fn is_not_implemented(self) -> bool;
    fn is_true_singleton(self) -> bool;
    fn is_false_singleton(self) -> bool;
    /// Whether this is an instance of `ty` or of a subclass (the real type, not `__class__`).
    fn is_instance(self, ty: &Type) -> bool;
    /// Whether the type is exactly `ty`.
    fn is_exact(self, ty: &Type) -> bool;
    /// The object as `T`, when it is an instance of `T`'s type or of a subclass.
    fn cast<'a, T: Layout>(self) -> Option<&'a T>;
    /// The object as `T`, when its type is exactly `T`'s.
    fn exact<'a, T: Layout>(self) -> Option<&'a T>;
    /// The object as `T`, unchecked but for a debug assertion.
    ///
    /// # Safety
    /// The value is a pointer to an object laid out as `T` (I4).
    unsafe fn cast_unchecked<'a, T>(self) -> &'a T;
}

/// A Rust struct that lays out the instances of a Python type: `#[repr(C)]`, beginning with a [`Header`].
///
/// # Safety
/// Every instance of `ty()` and of its subclasses begins with this layout (I4).
pub unsafe trait Layout: 'static {
    fn ty() -> &'static Type;
}

impl ValueExt for Value {
    #[inline(always)]
    fn own(self) -> Obj {
        if self.is_pointer() {
            // SAFETY: I1, a pointer value leads to a live object.
            unsafe { (*self.as_ptr()).incref() };
        }
        Obj(self)
    }
    #[inline(always)]
    fn ty(self) -> &'static Type {
        if self.is_pointer() {
            // SAFETY: I1 and I5, a live object's type pointer leads to a live `Type`.
            unsafe { &*((*self.as_ptr()).type_ptr() as *const Type) }
        } else if self.is_small_int() {
            &statics::INT_TYPE
        } else {
            &statics::FLOAT_TYPE
        }
    }
    #[inline]
    fn is(self, other: Value) -> bool {
        self.same(other) || crate::types::same_number(self, other)
    }
    #[inline(always)]
    fn is_none(self) -> bool {
        self.same(statics::none())
    }
    #[inline(always)]
    fn is_not_implemented(self) -> bool {
        self.same(statics::not_implemented())
    }
    #[inline(always)]
    fn is_true_singleton(self) -> bool {
        self.same(statics::bool_value(true))
    }
    #[inline(always)]
    fn is_false_singleton(self) -> bool {
        self.same(statics::bool_value(false))
    }
    #[inline]
    fn is_instance(self, ty: &Type) -> bool {
        let mine = self.ty();
        std::ptr::eq(mine, ty) || mine.is_subtype_of(ty)
    }
    #[inline(always)]
    fn is_exact(self, ty: &Type) -> bool {
        std::ptr::eq(self.ty(), ty)
    }
    #[inline]
    fn cast<'a, T: Layout>(self) -> Option<&'a T> {
        // SAFETY: I4, the type was checked; immediates are excluded because their types' layouts are heap layouts.
        if self.is_pointer() && self.is_instance(T::ty()) { Some(unsafe { self.cast_unchecked() }) } else { None }
    }
    #[inline]
    fn exact<'a, T: Layout>(self) -> Option<&'a T> {
        // SAFETY: I4, as in `cast`.
        if self.is_pointer() && self.is_exact(T::ty()) { Some(unsafe { self.cast_unchecked() }) } else { None }
    }
    #[inline(always)]
    unsafe fn cast_unchecked<'a, T>(self) -> &'a T {
        // SAFETY: I4, handed on to the caller. Handlers inline this, and would get the checks of a `*` in a debug build.
        unsafe { core::ptr::NonNull::new_unchecked(self.as_ptr() as *mut T).as_ref() }
    }
}

/// An owned, possibly absent reference in a shared object. Reading hands out owned references, writing releases the
/// old value after the new one is in place.
#[repr(transparent)]
pub struct ObjCell(Cell<Slot>);

impl ObjCell {
    pub const EMPTY: ObjCell = ObjCell(Cell::new(Slot::NULL));

    #[inline]
    pub fn new(v: Obj) -> ObjCell {
        ObjCell(Cell::new(v.into_slot()))
    }
    #[inline]
    pub fn some_or_empty(v: Option<Obj>) -> ObjCell {
        ObjCell(Cell::new(v.map_or(Slot::NULL, Obj::into_slot)))
    }
    /// An owned reference to the content.
    #[inline]
    pub fn get(&self) -> Option<Obj> {
        self.0.get().get().map(ValueExt::own)
    }
    /// The content without ownership: only good until something can change this cell.
    #[inline]
    pub fn peek(&self) -> Option<Value> {
        self.0.get().get()
    }
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.get().is_null()
    }
    /// Puts `v` in place, then releases the old content (which may run Python code).
    #[inline]
    pub fn set(&self, v: Option<Obj>) {
        let old = self.0.replace(v.map_or(Slot::NULL, Obj::into_slot));
        release_slot(old);
    }
    /// Takes the content out, leaving the cell empty.
    #[inline]
    pub fn take(&self) -> Option<Obj> {
        let old = self.0.replace(Slot::NULL);
        old.get().map(Obj::steal)
    }
    /// Puts `v` in place and hands out the old content.
    #[inline]
    pub fn replace(&self, v: Option<Obj>) -> Option<Obj> {
        let old = self.0.replace(v.map_or(Slot::NULL, Obj::into_slot));
        old.get().map(Obj::steal)
    }
    /// The same bits as a layout field.
    ///
    /// # Safety
    /// The cell is an owned, never borrowed-tagged slot (I2).
    #[inline]
    pub unsafe fn from_slot(cell: &Cell<Slot>) -> &ObjCell {
        // SAFETY: `repr(transparent)`; ownership is the caller's promise.
        unsafe { &*(cell as *const Cell<Slot> as *const ObjCell) }
    }
}

impl Drop for ObjCell {
    #[inline]
    fn drop(&mut self) {
        release_slot(self.0.get());
    }
}

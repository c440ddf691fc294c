//! The 16 bytes every heap object begins with, and reference counting on them.
//!
//! Layout: CPython 3.14's `PyObject` on 64-bit little-endian machines. The count is the low half of the first word; a
//! mortal object's upper half is zero; a count whose sign bit (of 32) is set is immortal and never changes.

use crate::typeobject::TypeObject;
use core::cell::Cell;

/// The common start of all heap objects (CPython's `PyObject`).
#[repr(C)]
pub struct Header {
    pub refcount: Cell<u32>,
    /// `ob_overflow` and `ob_flags`; zero in mortal objects.
    pub upper: Cell<u32>,
    pub ob_type: Cell<*const TypeObject>,
}

/// The start of objects with a length (CPython's `PyVarObject`).
#[repr(C)]
pub struct VarHeader {
    pub head: Header,
    pub size: Cell<isize>,
}

impl VarHeader {
    pub const fn new(ty: *const TypeObject, size: isize) -> VarHeader {
        VarHeader { head: Header::new(ty), size: Cell::new(size) }
    }
}

/// Where `ob_size` lies in every variable-size object.
pub const OB_SIZE_OFFSET: usize = 16;
/// The count of immortal objects (CPython's `_Py_IMMORTAL_INITIAL_REFCNT`).
pub const IMMORTAL: u32 = 3 << 30;

impl Header {
    /// The header of a new mortal object with one reference.
    #[inline(always)]
    pub const fn new(ty: *const TypeObject) -> Header {
        Header { refcount: Cell::new(1), upper: Cell::new(0), ob_type: Cell::new(ty) }
    }
    /// The header of a static object that is never freed.
    pub const fn immortal(ty: *const TypeObject) -> Header {
        Header { refcount: Cell::new(IMMORTAL), upper: Cell::new(0), ob_type: Cell::new(ty) }
    }
    #[inline(always)]
    pub fn is_immortal(&self) -> bool {
        (self.refcount.get() as i32) < 0
    }
    /// Adds a reference.
    #[inline(always)]
    pub fn incref(&self) {
        let count = self.refcount.get();
        if count as i32 >= 0 {
            self.refcount.set(count + 1);
        }
    }
    /// Drops a reference; true when it was the last and the object must be deallocated.
    #[inline(always)]
    #[must_use]
    pub fn decref(&self) -> bool {
        let count = self.refcount.get();
        if (count as i32) < 0 {
            return false;
        }
        let count = count.wrapping_sub(1);
        self.refcount.set(count);
        count == 0
    }
    /// The type, as machine code compares it.
    #[inline(always)]
    pub fn type_ptr(&self) -> *const TypeObject {
        self.ob_type.get()
    }
}

const _: () = assert!(core::mem::size_of::<Header>() == 16);
const _: () = assert!(core::mem::size_of::<VarHeader>() == 24);
const _: () = assert!(core::mem::offset_of!(Header, ob_type) == 8);

//! The part of a thread's and an interpreter's state that handlers and stencils read directly.

use crate::frame::{ExcState, Frame};
use crate::value::Slot;
use core::cell::Cell;
use core::sync::atomic::AtomicU32;

/// Size classes of small objects: multiples of 16 up to [`SMALL_OBJECT_MAX`].
pub const SIZE_CLASSES: usize = SMALL_OBJECT_MAX / 16;
/// Largest object served from size-class pages, in bytes.
pub const SMALL_OBJECT_MAX: usize = 1024;

/// A free cell. The second word, where an object has its type, is null: so the collector tells free from live.
#[repr(C)]
pub struct FreeCell {
    pub next: *mut FreeCell,
    pub no_type: usize,
}

/// The free lists: index `(size + 15) / 16 - 1`. Shared by the threads of an interpreter (they hold its lock).
#[repr(C)]
pub struct FreeLists {
    /// Objects that cannot take part in cycles.
    pub plain: [Cell<*mut FreeCell>; SIZE_CLASSES],
    /// Objects that can.
    pub cyclic: [Cell<*mut FreeCell>; SIZE_CLASSES],
}

/// The start of the runtime's `Thread`.
#[repr(C)]
pub struct ThreadCore {
    /// The running frame.
    pub frame: Cell<*mut Frame>,
    /// First free slot of the frame stack, and its end.
    pub stack_top: Cell<*mut Slot>,
    pub stack_limit: Cell<*mut Slot>,
    /// Nonzero bits ask the evaluation loop to stop by (signals, lock requests, collection, async exceptions).
    pub eval_breaker: AtomicU32,
    /// Python frames left until RecursionError.
    pub recursion_left: Cell<i32>,
    pub free_lists: Cell<*const FreeLists>,
    /// The exception being raised, or null.
    pub current_exception: Cell<Slot>,
    /// The exception being handled.
    pub exc_info: Cell<*const ExcState>,
    /// Lowest address the native stack may reach before RecursionError.
    pub native_stack_limit: Cell<usize>,
    /// The table of handlers that dispatch goes through.
    pub dispatch_table: Cell<*const ()>,
    /// Facts that attribute stores are specialised for, by the id in their inline cache.
    pub store_records: Cell<*const StoreRecord>,
}

/// What a specialised attribute store relies on and does: too much for its inline cache.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StoreRecord {
    pub type_version: u32,
    pub old_shape: u32,
    /// The shape afterwards: the same, or the one with the attribute added.
    pub new_shape: u32,
    /// Of the inline value, in bytes from the start of the object.
    pub offset: u16,
    pub index: u16,
}

impl FreeLists {
    pub const fn new() -> FreeLists {
        FreeLists {
            plain: [const { Cell::new(core::ptr::null_mut()) }; SIZE_CLASSES],
            cyclic: [const { Cell::new(core::ptr::null_mut()) }; SIZE_CLASSES],
        }
    }
    /// Pops a cell of `class`, or null when the class needs a refill.
    #[inline(always)]
    pub fn pop(list: &Cell<*mut FreeCell>) -> *mut FreeCell {
        let cell = list.get();
        if !cell.is_null() {
            // SAFETY: I3, a cell on a free list is free memory of this heap.
            list.set(unsafe { (*cell).next });
        }
        cell
    }
    /// Pushes a freed cell.
    ///
    /// # Safety
    /// `cell` is a cell of the list's class that nothing refers to any more (I3).
    #[inline(always)]
    pub unsafe fn push(list: &Cell<*mut FreeCell>, cell: *mut FreeCell) {
        // SAFETY: I3, handed on to the caller.
        unsafe {
            (*cell).next = list.get();
            (*cell).no_type = 0;
        }
        list.set(cell);
    }
}

impl Default for FreeLists {
    fn default() -> Self {
        Self::new()
    }
}

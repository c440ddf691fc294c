//! The interpreter frame: a header followed by locals, cells, free variables and the operand stack.
//!
//! Frames of calls lie one after another in a thread's frame stack; a generator's frame lies inside the generator.

use crate::code::{CodeObject, CodeUnit};
use crate::header::Header;
use crate::value::Slot;
use core::cell::Cell;

#[repr(C)]
pub struct Frame {
    /// Kept alive by `function` (or, where that is null, owned through `code_owner`).
    pub code: Cell<*const CodeObject>,
    pub previous: Cell<*mut Frame>,
    /// The function object (owned), or null.
    pub function: Cell<Slot>,
    /// Borrowed from the function, or owned where `function` is null.
    pub globals: Cell<Slot>,
    pub builtins: Cell<Slot>,
    /// The namespace of class bodies, modules and exec (owned), or null.
    pub locals: Cell<Slot>,
    /// The Python-visible frame object (owned), or null.
    pub frame_object: Cell<Slot>,
    /// The instruction being executed (saved before anything that can look at the frame), or the one to resume *after*.
    pub instr: Cell<*const CodeUnit>,
    /// The operand stack's top while the frame is not running.
    pub stack_top: Cell<*mut Slot>,
    /// What this frame adds to its caller's `instr` when it returns, in units.
    pub return_offset: Cell<u16>,
    /// One of the `OWNED_BY_*` numbers.
    pub owner: Cell<u8>,
    /// Values replaced in locals from outside must outlive the frame: set when that list is in use.
    pub has_overwritten: Cell<u8>,
    /// What the frame computes for its caller, where an operator owns it (`control::operators::Operator`).
    pub operator: Cell<u32>,
    pub localsplus: [Cell<Slot>; 0],
}

/// Slots the header takes.
pub const FRAME_HEADER_SLOTS: usize = core::mem::size_of::<Frame>() / 8;

/// Slots above the operand stack: instructions may write there before they know whether the slot is pushed.
pub const SPARE_SLOTS: usize = 1;

/// The frame lies in the thread's frame stack.
pub const OWNED_BY_THREAD: u8 = 0;
/// As above; it runs the `__init__` of an instance that already lies on its caller's operand stack as the call's result.
pub const OWNED_BY_CONSTRUCTOR: u8 = 1;
/// As above; it runs the special method of an operator whose operands stay on its caller's operand stack until the result is known.
pub const OWNED_BY_OPERATOR: u8 = 2;
/// The frame lies inside a generator, coroutine or async generator.
pub const OWNED_BY_GENERATOR: u8 = 3;
/// The frame outlived its call inside a frame object.
pub const OWNED_BY_FRAME_OBJECT: u8 = 4;
/// The sentinel frame of one activation of the interpreter: returning into it leaves the interpreter.
pub const OWNED_BY_INTERPRETER: u8 = 5;

/// Generator, coroutine and async generator objects: the frame is the last field.
#[repr(C)]
pub struct GeneratorObject {
    pub head: Header,
    /// One of the `FRAME_*` states.
    pub state: Cell<i8>,
    /// Bit 0: running hooks were called (async generators); bit 1: closed; bit 2: running async.
    pub flags: Cell<u8>,
    pub _pad: u16,
    /// Slots behind the frame header.
    pub frame_slots: u32,
    pub name: Cell<Slot>,
    pub qualname: Cell<Slot>,
    /// The exception being handled inside the generator, and the next outer state while it runs.
    pub exc_value: Cell<Slot>,
    pub exc_previous: Cell<*const ExcState>,
    /// Coroutines: where they were created (origin tracking); async generators: the finaliser hook.
    pub origin_or_finalizer: Cell<Slot>,
    pub frame: Frame,
}

/// One link in the chain of exceptions being handled (CPython's `_PyErr_StackItem`).
#[repr(C)]
pub struct ExcState {
    pub value: Cell<Slot>,
    pub previous: Cell<*const ExcState>,
}

pub const FRAME_CREATED: i8 = -3;
pub const FRAME_SUSPENDED: i8 = -2;
pub const FRAME_SUSPENDED_YIELD_FROM: i8 = -1;
pub const FRAME_EXECUTING: i8 = 0;
pub const FRAME_CLEARED: i8 = 4;

impl Frame {
    /// The address of local `i`.
    #[inline(always)]
    pub fn local(&self, i: usize) -> *const Cell<Slot> {
        (self as *const Frame as usize + core::mem::size_of::<Frame>() + i * 8) as *const Cell<Slot>
    }
}

const _: () = assert!(core::mem::size_of::<Frame>() == 80);
const _: () = assert!(
    core::mem::offset_of!(GeneratorObject, exc_previous) == core::mem::offset_of!(GeneratorObject, exc_value) + 8
);

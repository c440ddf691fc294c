//! Bodies that change frame, instruction pointer or stack height themselves.
//!
//! They work on a [`State`], which the handler loads its registers from and into. When a body runs, `ip` already points
//! behind the instruction and its caches; the frame's `instr` points at the instruction.

pub mod attributes;
pub mod build;
pub mod calls;
pub mod frames;
pub mod generators;
pub mod handlers;
pub mod instrumented;
pub mod jumps;
pub mod natives;
pub mod operators;
pub mod stack;
pub mod strings;
pub mod with;

use std::sync::atomic::Ordering;
use whipsnake_bytecode::opcodes::number;
use whipsnake_layout::code::CodeUnit;
use whipsnake_layout::frame::Frame;
use whipsnake_layout::{Slot, Value};
use whipsnake_runtime::obj::{Obj, ValueExt, no_idiom, release_slot};
use whipsnake_runtime::thread::Thread;

/// The registers of the interpreter.
pub struct State<'a> {
    pub ip: *const CodeUnit,
    pub sp: *mut Slot,
    pub frame: *mut Frame,
    pub th: &'a Thread,
}

/// Where to go after a control body.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// On with the instruction at `ip`.
    Next,
    /// The assumptions do not hold and nothing has happened: the generic form takes over.
    Exit,
    /// An exception is set; operands are still on the stack or released.
    Error,
    /// As `Error`, but the exception goes on with the traceback it has.
    Reraise,
    /// Leave the interpreter with the value on top of the stack.
    Leave,
}

/// Where to go after a body that stands in front of another instruction at the same place.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Redirect {
    /// On with the instruction at `ip` as if it had this opcode.
    To(u16),
    /// On with the instruction at `ip`.
    Next,
    /// An exception is set.
    Error,
}

impl<'a> State<'a> {
    #[inline(always)]
    pub fn frame(&self) -> &'a Frame {
        // SAFETY: I6, the running frame is alive.
        unsafe { &*self.frame }
    }
    /// The slot `n` places below the top; 1 is the top.
    #[inline(always)]
    pub fn slot(&self, n: usize) -> Slot {
        // SAFETY: I7, the compiler's stack depths hold.
        unsafe { *self.sp.sub(n) }
    }
    #[inline(always)]
    pub fn peek(&self, n: usize) -> Value {
        self.slot(n).value()
    }
    /// Overwrites a slot without releasing what it held.
    #[inline(always)]
    pub fn put(&mut self, n: usize, slot: Slot) {
        // SAFETY: I7, as above.
        unsafe { *self.sp.sub(n) = slot };
    }
    #[inline(always)]
    pub fn push_slot(&mut self, slot: Slot) {
        // SAFETY: I7, the frame has room for the code's stack size.
        unsafe {
            *self.sp = slot;
            self.sp = self.sp.add(1);
        }
    }
    #[inline(always)]
    pub fn push(&mut self, v: Obj) {
        self.push_slot(v.into_slot());
    }
    #[inline(always)]
    pub fn pop_slot(&mut self) -> Slot {
        // SAFETY: I7, as above.
        unsafe {
            self.sp = self.sp.sub(1);
            *self.sp
        }
    }
    /// The top as an owned value.
    #[inline(always)]
    pub fn pop(&mut self) -> Obj {
        own_slot(self.pop_slot())
    }
    /// Releases the top `n` slots.
    #[inline(always)]
    pub fn drop_n(&mut self, n: usize) {
        for _ in 0..n {
            let slot = self.pop_slot();
            release_slot(slot);
        }
    }
    /// The top `n` slots, deepest first. Good until the stack changes.
    #[inline(always)]
    pub fn top(&self, n: usize) -> &'a [Slot] {
        // SAFETY: I7, as above; slots above `sp` are not touched while the slice is used.
        unsafe { std::slice::from_raw_parts(self.sp.sub(n), n) }
    }
    /// Replaces the top `n` operands by a result, which is in place before anything is released.
    #[inline(always)]
    pub fn finish(&mut self, n: usize, result: whipsnake_runtime::error::PyResult<Obj>) -> Flow {
        match result {
            Ok(v) => {
                if n == 0 {
                    self.push(v);
                    return Flow::Next;
                }
                let deepest = self.slot(n);
                self.put(n, v.into_slot());
                for _ in 1..n {
                    let slot = self.pop_slot();
                    release_slot(slot);
                }
                release_slot(deepest);
                Flow::Next
            }
            Err(_) => Flow::Error,
        }
    }
    #[inline(always)]
    pub fn check(&self, result: whipsnake_runtime::error::PyResult<()>) -> Flow {
        if result.is_ok() { Flow::Next } else { Flow::Error }
    }
    /// Steps over the look at the eval breaker that a function and what follows a yield begin with, if nothing is pending.
    #[inline(always)]
    pub fn pass_resume(&mut self) {
        // SAFETY: I7, an instruction.
        let next = unsafe { *self.ip };
        if next & 255 == number::RESUME_CHECK && self.th.core.eval_breaker.load(Ordering::Relaxed) == 0 {
            self.jump(1);
        }
    }
    /// Moves `ip` by a number of code units.
    #[inline(always)]
    pub fn jump(&mut self, units: isize) {
        // SAFETY: I7, jumps stay within the code.
        self.ip = unsafe { self.ip.offset(units) };
    }
}

/// A slot's content as an owned value: a borrowed one is counted.
#[inline(always)]
pub fn own_slot(slot: Slot) -> Obj {
    Obj::steal(crate::operands::Own::<crate::operands::Any>::take(slot).0)
}

/// The slot in a form that may outlive what it was borrowed from.
#[inline(always)]
pub fn heap_safe(slot: Slot) -> Slot {
    if slot.is_borrowed_pointer() { slot.value().own().into_slot() } else { slot }
}

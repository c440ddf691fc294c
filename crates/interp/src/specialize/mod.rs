//! Specialisation: an adaptive instruction, when its counter expires, looks at its operands and rewrites itself.
//!
//! One file per group of families. Each specialiser either installs a form (and fills its caches), or lets the generic
//! form run on with a longer counter. It runs no Python code and changes nothing but the instruction.

mod attributes;
mod calls;
mod fuse;
mod globals;
mod iteration;
mod operators;

pub use attributes::{load_attr, load_super_attr, share_records, store_attr};
pub use calls::{call, call_kw};
pub use globals::load_global;
pub use iteration::{for_iter, jump_backward, send, unpack_sequence};
pub use operators::{binary_op, compare_op, contains_op, store_subscr, to_bool};

use whipsnake_bytecode::Opcode;
use whipsnake_layout::code::CodeUnit;
use whipsnake_layout::frame::Frame;
use whipsnake_layout::{Slot, Value};
use whipsnake_runtime::thread::Thread;

/// The instruction to specialise and its operands.
pub struct Site<'a> {
    pub th: &'a Thread,
    pub ip: *mut CodeUnit,
    pub sp: *mut Slot,
    pub frame: *mut Frame,
    pub oparg: u32,
}

/// Misses before a specialised instruction adapts again, above the number of times it has done so.
const COOL_DOWN: u16 = 52 << 4;
/// How often an attribute's site may adapt in vain. Its objects are of many classes then, and the generic form, which
/// remembers what it has found for each, does better.
const MAX_ADAPTIONS: u16 = 5;
/// The back-off of such a site: 2^10 executions.
const MANY_CLASSES: u16 = 10;
/// The largest back-off: 2^12 executions.
const MAX_BACK_OFF: u16 = 11;

/// Whether the counter of the instruction at `ip` has expired: 12 bits of count above 4 bits of back-off.
///
/// # Safety
/// `ip` points at an instruction with an inline cache (I7).
#[inline(always)]
pub unsafe fn due(ip: *const CodeUnit) -> bool {
    // SAFETY: I7, handed on to the caller.
    unsafe { *ip.add(1) < 16 }
}

/// Counts one execution of the generic form.
///
/// # Safety
/// As for [`due`], and the counter has not expired.
#[inline(always)]
pub unsafe fn count_down(ip: *const CodeUnit) {
    // SAFETY: I7, code is written only by the thread that holds the lock.
    unsafe {
        let counter = ip.add(1) as *mut CodeUnit;
        *counter -= 16;
    }
}

impl Site<'_> {
    /// The operand `n` places below the top; 1 is the top.
    pub fn operand(&self, n: usize) -> Value {
        // SAFETY: I7, the instruction's operands are on the stack.
        unsafe { *self.sp.sub(n) }.value()
    }
    pub fn slot(&self, n: usize) -> Slot {
        // SAFETY: I7, as above.
        unsafe { *self.sp.sub(n) }
    }
    pub fn frame(&self) -> &Frame {
        // SAFETY: I6, the running frame.
        unsafe { &*self.frame }
    }
    /// Whether the instruction is of this form now, which has missed.
    fn was(&self, form: Opcode) -> bool {
        // SAFETY: I7, the instruction.
        unsafe { *self.ip & 255 == form.number() }
    }
    /// Name `i` of the code.
    pub fn name(&self, i: u32) -> Value {
        whipsnake_instructions::slow::names::name(self.frame(), i)
    }
    fn write16(&self, at: usize, value: u16) {
        // SAFETY: I7, within the instruction's cache.
        unsafe { *self.ip.add(1 + at) = value };
    }
    fn write32(&self, at: usize, value: u32) {
        // SAFETY: I7, within the instruction's cache.
        unsafe { self.ip.add(1 + at).cast::<u32>().write_unaligned(value) };
    }
    fn write64(&self, at: usize, value: u64) {
        // SAFETY: I7, within the instruction's cache.
        unsafe { self.ip.add(1 + at).cast::<u64>().write_unaligned(value) };
    }
    /// Rewrites the instruction to `form`.
    fn install(&self, form: Opcode) {
        let mut adaptions = 0;
        if form.deopt() == Opcode::LOAD_ATTR {
            // SAFETY: I7, the instruction and its counter.
            let (unit, counter) = unsafe { (*self.ip, *self.ip.add(1)) };
            if unit & 255 != Opcode::LOAD_ATTR.number() {
                adaptions = (counter & 15) + 1;
            }
            if adaptions > MAX_ADAPTIONS {
                self.write16(0, MANY_CLASSES - 1);
                return self.fail();
            }
        }
        // SAFETY: I7, the opcode byte of the instruction; the form belongs to the same family.
        unsafe { *self.ip = (*self.ip & 0xff00) | form.number() };
        self.write16(0, COOL_DOWN | adaptions);
        // SAFETY: I7, the code is alive while its frame runs; the instruction lies in it.
        unsafe {
            let code = &*self.frame().code.get();
            fuse::around(code, self.ip.offset_from(code.code) as usize);
        }
    }
    /// No form fits: back to the generic one, and wait longer.
    fn fail(&self) {
        // SAFETY: I7, as above.
        let (unit, counter) = unsafe { (*self.ip, *self.ip.add(1)) };
        if let Some(op) = Opcode::from_number(unit & 255) {
            // SAFETY: I7, as above.
            unsafe { *self.ip = (unit & 0xff00) | op.deopt().number() };
        }
        let back_off = ((counter & 15) + 1).min(MAX_BACK_OFF);
        self.write16(0, ((1 << back_off) - 1) << 4 | back_off);
    }
    /// Installs the form, if there is one.
    fn settle(&self, form: Option<Opcode>) {
        match form {
            Some(form) => self.install(form),
            None => self.fail(),
        }
    }
}

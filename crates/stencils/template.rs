//! The crate that the stencils are compiled from. It is not part of the workspace: the build script writes its last part
//! and hands it to rustc (docs/stencils.md has the recipe).
//!
//! The bodies are the interpreter's own, included as they are. Around each the generator puts a function of the form
//! [`Stencil`], whose registers are those of tier 1: operand stack, frame and thread lie where a handler has them, so that
//! machine code and handlers can jump to each other. What differs from trace to trace is a *hole*: the address of a symbol
//! that does not exist. A jump to `CONTINUE` goes to the next stencil.
#![no_std]
#![feature(explicit_tail_calls, macro_attr, rust_preserve_none_cc)]
#![allow(incomplete_features, dead_code, non_snake_case, unused_imports, unused_macros, unused_variables, unused_mut, unused_unsafe)]

// The attribute of the bodies, and the name they import it by.
extern crate self as whipsnake_macros;
#[macro_export]
macro_rules! uop {
    attr($($arguments:tt)*) { $($item:tt)* } => { #[inline(always)] $($item)* };
}

#[path = "@INSTRUCTIONS@/fast/mod.rs"]
pub mod fast;
#[path = "@INSTRUCTIONS@/operands.rs"]
pub mod operands;

use core::hint::cold_path;
use core::mem::MaybeUninit;
use operands::*;
use whipsnake_layout::Slot;
use whipsnake_layout::code::CodeUnit;
use whipsnake_layout::frame::Frame;
use whipsnake_layout::thread::ThreadCore;

/// The instruction pointer's register, which a trace does not need, and two registers for what is to be released.
type Free = MaybeUninit<u64>;
const FREE: Free = MaybeUninit::uninit();

/// The form of a stencil.
type Stencil = unsafe extern "rust-preserve-none" fn(Free, *mut Slot, *mut Frame, *const ThreadCore, Free, Free) -> u64;

#[allow(improper_ctypes)]
unsafe extern "rust-preserve-none" {
    fn CONTINUE(ip: Free, sp: *mut Slot, frame: *mut Frame, th: *const ThreadCore, a: Free, b: Free) -> u64;
    /// The instruction starts over in tier 1.
    fn EXIT(ip: Free, sp: *mut Slot, frame: *mut Frame, th: *const ThreadCore, a: Free, b: Free) -> u64;
    /// On where the branch leads.
    fn BRANCH(ip: Free, sp: *mut Slot, frame: *mut Frame, th: *const ThreadCore, a: Free, b: Free) -> u64;
    /// Frees `a`, then continues.
    fn RELEASE_1(ip: Free, sp: *mut Slot, frame: *mut Frame, th: *const ThreadCore, a: Free, b: Free) -> u64;
    /// Frees `a` and `b`, then continues.
    fn RELEASE_2(ip: Free, sp: *mut Slot, frame: *mut Frame, th: *const ThreadCore, a: Free, b: Free) -> u64;
}

/// A hole of 32 bits: the address of a small symbol, which fits as many.
macro_rules! hole32 {
    ($name:ident) => {
        (&raw const holes::$name) as usize as u32
    };
}

/// A hole of 64 bits: the address of a symbol too large for the small-data model.
macro_rules! hole64 {
    ($name:ident) => {
        (&raw const holes::$name) as u64
    };
}

mod holes {
    unsafe extern "C" {
        pub static OPARG: u8;
        /// Where the instruction lies.
        pub static INSTRUCTION: [u8; 1 << 24];
        /// What the trace returns when it is left here.
        pub static RESULT: u8;
        /// `extern "C" fn(thread, slot)`: frees an object whose count has dropped to zero.
        pub static FREE_OBJECT: [u8; 1 << 24];
    }
    include!("caches.rs");
}

/// Whether this was the last reference.
#[inline(always)]
unsafe fn last(slot: Slot) -> bool {
    // SAFETY: I2, an owned pointer counts for one reference.
    slot.is_owned_pointer() && unsafe { (*(slot.0 as *const whipsnake_layout::Header)).decref() }
}

macro_rules! stencil {
    (($sp:ident $frame:ident $th:ident) $name:ident { $($body:tt)* }) => {
        #[unsafe(no_mangle)]
        unsafe extern "rust-preserve-none" fn $name(
            ip: Free,
            mut $sp: *mut Slot,
            $frame: *mut Frame,
            $th: *const ThreadCore,
            a: Free,
            b: Free,
        ) -> u64 {
            macro_rules! exit_to {
                ($target:ident) => {{
                    cold_path();
                    become $target(FREE, $sp, $frame, $th, FREE, FREE)
                }};
            }
            macro_rules! go_on {
                () => {
                    become CONTINUE(FREE, $sp, $frame, $th, FREE, FREE)
                };
                ($slot:expr) => {{
                    let slot: Slot = $slot;
                    if last(slot) {
                        cold_path();
                        become RELEASE_1(FREE, $sp, $frame, $th, Free::new(slot.0), FREE)
                    }
                    go_on!()
                }};
                ($first:expr, $second:expr) => {{
                    let (first, second): (Slot, Slot) = ($first, $second);
                    if last(first) {
                        cold_path();
                        if last(second) {
                            become RELEASE_2(FREE, $sp, $frame, $th, Free::new(first.0), Free::new(second.0))
                        }
                        become RELEASE_1(FREE, $sp, $frame, $th, Free::new(first.0), FREE)
                    }
                    go_on!(second)
                }};
            }
            // SAFETY: I6 and I7, the registers describe a running frame and compiled code.
            unsafe { $($body)* }
        }
    };
}

/// Calls a trace from native code.
#[unsafe(no_mangle)]
unsafe extern "C" fn ENTER(sp: *mut Slot, frame: *mut Frame, th: *const ThreadCore) -> u64 {
    // SAFETY: I6, the caller hands over a frame that is ready to run.
    unsafe { CONTINUE(FREE, sp, frame, th, FREE, FREE) }
}

stencil! { (sp frame th) LEAVE {
    (*frame).instr.set(hole64!(INSTRUCTION) as *const CodeUnit);
    (*frame).stack_top.set(sp);
    return hole32!(RESULT) as u64;
} }

/// The function behind the hole `FREE_OBJECT`.
#[inline(always)]
unsafe fn free(th: *const ThreadCore, slot: u64) {
    // SAFETY: I1, nobody else frees the object.
    unsafe {
        let mut address = hole64!(FREE_OBJECT);
        // Unseen by the compiler, it stays a call by address: the function may lie anywhere.
        core::arch::asm!("/* {0} */", inout(reg) address, options(pure, nomem, nostack, preserves_flags));
        let function: extern "C" fn(*const ThreadCore, u64) = core::mem::transmute(address);
        function(th, slot)
    }
}

#[unsafe(no_mangle)]
unsafe extern "rust-preserve-none" fn FREE_1(
    ip: Free,
    sp: *mut Slot,
    frame: *mut Frame,
    th: *const ThreadCore,
    a: Free,
    b: Free,
) -> u64 {
    // SAFETY: I1 and I6, as in the other stencils; what jumps here has set the registers of the slots.
    unsafe {
        (*frame).instr.set(hole64!(INSTRUCTION) as *const CodeUnit);
        free(th, a.assume_init());
        become CONTINUE(FREE, sp, frame, th, FREE, FREE)
    }
}

#[unsafe(no_mangle)]
unsafe extern "rust-preserve-none" fn FREE_2(
    ip: Free,
    sp: *mut Slot,
    frame: *mut Frame,
    th: *const ThreadCore,
    a: Free,
    b: Free,
) -> u64 {
    // SAFETY: I1 and I6, as in the other stencils; what jumps here has set the registers of the slots.
    unsafe {
        (*frame).instr.set(hole64!(INSTRUCTION) as *const CodeUnit);
        free(th, a.assume_init());
        free(th, b.assume_init());
        become CONTINUE(FREE, sp, frame, th, FREE, FREE)
    }
}

// Nothing but the jump.
stencil! { (sp frame th) JUMP {
    go_on!()
} }

include!("generated.rs");

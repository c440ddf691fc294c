//! Dispatch by guaranteed tail calls: the interpreter's state stays in registers from handler to handler.

#![allow(
    unused_mut,
    unused_variables,
    unused_assignments,
    unreachable_code,
    unused_unsafe,
    unused_macros,
    unused_imports,
    clippy::all
)]

use crate::specialize::{self, Site};
use whipsnake_instructions::control::{Flow, Redirect, State, frames};
use whipsnake_instructions::operands::*;
use whipsnake_layout::Slot;
use whipsnake_layout::code::CodeUnit;
use whipsnake_layout::frame::Frame;
use whipsnake_runtime::thread::Thread;

/// `ip`, `sp`, frame, thread, table, code unit (opcode in the low byte, oparg above). Returns the value's word, 0 for
/// an exception.
type Handler = unsafe extern "rust-preserve-none" fn(
    *const CodeUnit,
    *mut Slot,
    *mut Frame,
    *const Thread,
    *const Handler2,
    u32,
) -> u64;

/// A table entry (a type of its own, since a function type cannot mention itself).
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Handler2(Handler);

macro_rules! handlers {
    (($ip:ident $sp:ident $frame:ident $th:ident $table:ident $unit:ident) $($name:ident $body:tt)*; $($part:ident $rest:tt)*) => {
        handlers! { @each ($ip $sp $frame $th $table $unit) $($name $body)* $($part $rest)* }

        fn fill(table: &mut [Handler2; 256]) {
            $(table[whipsnake_bytecode::opcodes::number::$name as usize] = Handler2($name);)*
        }
    };
    (@each $registers:tt $($name:ident $body:tt)*) => {
        $(handlers! { @one $registers $name $body })*
    };
    (@one ($ip:ident $sp:ident $frame:ident $th:ident $table:ident $unit:ident) $name:ident { $($body:tt)* }) => {
            // Not into another: a form would get the stack frame of the generic handler it exits to.
            #[inline(never)]
            #[allow(non_snake_case)]
            unsafe extern "rust-preserve-none" fn $name(
                mut $ip: *const CodeUnit,
                mut $sp: *mut Slot,
                mut $frame: *mut Frame,
                $th: *const Thread,
                mut $table: *const Handler2,
                mut $unit: u32,
            ) -> u64 {
                macro_rules! next {
                    ($units:expr) => {{
                        $ip = $ip.add($units);
                        let $unit = *$ip as u32;
                        become ((*$table.add(($unit & 255) as usize)).0)($ip, $sp, $frame, $th, $table, $unit)
                    }};
                }
                macro_rules! redispatch {
                    () => {{
                        $unit = ($unit & !255) | (*$ip as u32 & 255);
                        become ((*$table.add(($unit & 255) as usize)).0)($ip, $sp, $frame, $th, $table, $unit)
                    }};
                }
                macro_rules! dispatch_as {
                    ($opcode:expr) => {{
                        $unit = ($unit & !255) | $opcode as u32;
                        become ((*$table.add(($unit & 255) as usize)).0)($ip, $sp, $frame, $th, $table, $unit)
                    }};
                }
                macro_rules! exit {
                    ($family:ident) => {
                        become $family($ip, $sp, $frame, $th, $table, $unit)
                    };
                }
                macro_rules! error {
                    () => {
                        become unwind($ip, $sp, $frame, $th, $table, $unit)
                    };
                }
                macro_rules! reraise {
                    () => {
                        become unwind_reraised($ip, $sp, $frame, $th, $table, $unit)
                    };
                }
                macro_rules! leave {
                    () => {
                        return leave($sp)
                    };
                }
                macro_rules! load {
                    ($st:ident) => {{
                        $ip = $st.ip;
                        $sp = $st.sp;
                        $frame = $st.frame;
                        $table = (*$th).core.dispatch_table.get().cast();
                    }};
                }
                macro_rules! release {
                    ($slot:expr) => {{
                        let slot: Slot = $slot;
                        if slot.is_owned_pointer() && (*(slot.0 as *const whipsnake_layout::Header)).decref() {
                            $table = release_last($th, slot);
                        }
                    }};
                }
                macro_rules! release_next {
                    ($first:expr, $second:expr, $units:expr) => {{
                        let (first, second): (Slot, Slot) = ($first, $second);
                        $ip = $ip.add($units);
                        if first.is_owned_pointer() && (*(first.0 as *const whipsnake_layout::Header)).decref() {
                            // The operands have left room above the stack.
                            *$sp = second;
                            become release_two_and_next($ip, $sp, $frame, $th, first.0 as *const Handler2, $unit)
                        }
                        release_next!(second, 0)
                    }};
                    ($slot:expr, $units:expr) => {{
                        let slot: Slot = $slot;
                        $ip = $ip.add($units);
                        if slot.is_owned_pointer() && (*(slot.0 as *const whipsnake_layout::Header)).decref() {
                            become release_last_and_next($ip, $sp, $frame, $th, slot.0 as *const Handler2, $unit)
                        }
                        next!(0)
                    }};
                }
                macro_rules! keep_branch {
                    () => {
                        core::arch::asm!("", options(nomem, nostack, preserves_flags))
                    };
                }
                macro_rules! unreachable_flow {
                    () => {
                        unreachable!("a plain instruction has no generic form to exit to")
                    };
                }
                // What is rare goes on in a function of its own, so that the handler needs no stack frame for it.
                macro_rules! slow {
                    ($rare:ident $what:tt) => {
                        become $rare($ip, $sp, $frame, $th, $table, $unit)
                    };
                }
                macro_rules! adapt {
                    ($family:ident $rare:ident) => {
                        if specialize::due($ip) {
                            become $rare($ip, $sp, $frame, $th, $table, $unit)
                        }
                        specialize::count_down($ip);
                    };
                }
                macro_rules! specialize {
                    ($family:ident) => {{
                        (*$frame).instr.set($ip);
                        specialize::$family(&Site { $th: &*$th, $ip: $ip as *mut CodeUnit, $sp, $frame, oparg: $unit >> 8 });
                        $table = (*$th).core.dispatch_table.get().cast();
                        redispatch!()
                    }};
                }
                // SAFETY: I6 and I7, the interpreter's registers describe a running frame and compiled code.
                unsafe { $($body)* }
            }
    };
}

include!(concat!(env!("OUT_DIR"), "/handlers.rs"));

/// Frees an object whose last reference went away; hands the table back, so that nothing is kept across the call.
#[cold]
#[inline(never)]
unsafe extern "C" fn release_last(th: *const Thread, slot: Slot) -> *const Handler2 {
    // SAFETY: I1, the count has dropped to zero and nobody else frees the object.
    unsafe {
        whipsnake_runtime::dealloc::deallocate(&*th, slot.0 as *mut _);
        (*th).core.dispatch_table.get().cast()
    }
}

/// Frees an object (its address comes in place of the table) whose last reference went away, and goes on at `ip`. The
/// handlers that end here need no stack frame of their own.
#[cold]
#[inline(never)]
unsafe extern "rust-preserve-none" fn release_last_and_next(
    ip: *const CodeUnit,
    sp: *mut Slot,
    frame: *mut Frame,
    th: *const Thread,
    object: *const Handler2,
    _: u32,
) -> u64 {
    // SAFETY: I1, as in `release_last`; I6 and I7, as in the handlers.
    unsafe {
        // What a finaliser sees of this frame: the instruction that let go.
        (*frame).instr.set(ip.sub(1));
        whipsnake_runtime::dealloc::deallocate(&*th, object as *mut _);
        let table: *const Handler2 = (*th).core.dispatch_table.get().cast();
        let unit = *ip as u32;
        become ((*table.add((unit & 255) as usize)).0)(ip, sp, frame, th, table, unit)
    }
}

/// As [`release_last_and_next`], and releases the slot above the top of the stack as well.
#[cold]
#[inline(never)]
unsafe extern "rust-preserve-none" fn release_two_and_next(
    ip: *const CodeUnit,
    sp: *mut Slot,
    frame: *mut Frame,
    th: *const Thread,
    object: *const Handler2,
    _: u32,
) -> u64 {
    // SAFETY: I1, I6 and I7, as in `release_last_and_next`; the handler has put a slot there.
    unsafe {
        let second = *sp;
        (*frame).instr.set(ip.sub(1));
        whipsnake_runtime::dealloc::deallocate(&*th, object as *mut _);
        whipsnake_runtime::obj::release_slot(second);
        let table: *const Handler2 = (*th).core.dispatch_table.get().cast();
        let unit = *ip as u32;
        become ((*table.add((unit & 255) as usize)).0)(ip, sp, frame, th, table, unit)
    }
}

/// The word of the value on top of the stack, which moves to the caller.
unsafe fn leave(sp: *mut Slot) -> u64 {
    // SAFETY: I7, the value is on top.
    unsafe { (*sp.sub(1)).0 }
}

unsafe extern "rust-preserve-none" fn unwind(
    ip: *const CodeUnit,
    sp: *mut Slot,
    frame: *mut Frame,
    th: *const Thread,
    table: *const Handler2,
    _: u32,
) -> u64 {
    // SAFETY: I6 and I7, as in the handlers.
    unsafe {
        let mut st = State { ip, sp, frame, th: &*th };
        if frames::unwind(&mut st, false) != Flow::Next {
            return 0;
        }
        let (ip, sp, frame) = (st.ip, st.sp, st.frame);
        let unit = *ip as u32;
        become ((*table.add((unit & 255) as usize)).0)(ip, sp, frame, th, table, unit)
    }
}

/// As [`unwind`], for an exception that keeps its traceback.
unsafe extern "rust-preserve-none" fn unwind_reraised(
    ip: *const CodeUnit,
    sp: *mut Slot,
    frame: *mut Frame,
    th: *const Thread,
    table: *const Handler2,
    _: u32,
) -> u64 {
    // SAFETY: I6 and I7, as in the handlers.
    unsafe {
        let mut st = State { ip, sp, frame, th: &*th };
        if frames::unwind(&mut st, true) != Flow::Next {
            return 0;
        }
        let (ip, sp, frame) = (st.ip, st.sp, st.frame);
        let unit = *ip as u32;
        become ((*table.add((unit & 255) as usize)).0)(ip, sp, frame, th, table, unit)
    }
}

/// `EXTENDED_ARG`: the next instruction gets this oparg in front of its own.
unsafe extern "rust-preserve-none" fn extended_arg(
    ip: *const CodeUnit,
    sp: *mut Slot,
    frame: *mut Frame,
    th: *const Thread,
    table: *const Handler2,
    unit: u32,
) -> u64 {
    // SAFETY: I7, a prefix is always followed by an instruction.
    unsafe {
        let ip = ip.add(1);
        let unit = (unit >> 8) << 16 | *ip as u32;
        become ((*table.add((unit & 255) as usize)).0)(ip, sp, frame, th, table, unit)
    }
}

/// Opcodes that never appear in code that is run.
unsafe extern "rust-preserve-none" fn unknown(
    ip: *const CodeUnit,
    sp: *mut Slot,
    frame: *mut Frame,
    th: *const Thread,
    table: *const Handler2,
    unit: u32,
) -> u64 {
    // SAFETY: I6, as above.
    unsafe {
        (*frame).instr.set(ip);
        let _ = frames::unknown_opcode(&*th, unit);
        become unwind(ip, sp, frame, th, table, unit)
    }
}

/// The dispatch table.
pub struct Table([Handler2; 256]);

impl Default for Table {
    fn default() -> Self {
        let mut table = [Handler2(unknown); 256];
        fill(&mut table);
        table[whipsnake_bytecode::opcodes::number::EXTENDED_ARG as usize] = Handler2(extended_arg);
        Table(table)
    }
}

/// Installs the table in a thread.
pub fn install(th: &Thread) {
    th.core.dispatch_table.set(th.interp.state::<Table>().0.as_ptr().cast());
}

/// Runs from the instruction at `ip` until the sentinel frame; the value's word, or 0 for an exception.
///
/// # Safety
/// The registers describe a frame that is ready to run (I6, I7).
#[inline(always)]
pub unsafe fn run(ip: *const CodeUnit, sp: *mut Slot, frame: *mut Frame, th: &Thread) -> u64 {
    // SAFETY: I6 and I7, handed on to the caller.
    unsafe {
        let table: *const Handler2 = th.core.dispatch_table.get().cast();
        let unit = *ip as u32;
        ((*table.add((unit & 255) as usize)).0)(ip, sp, frame, th, table, unit)
    }
}

/// Raises the thread's exception at the state's instruction and runs on from its handler.
///
/// # Safety
/// As for [`run`].
pub unsafe fn run_throw(mut st: State) -> u64 {
    if frames::unwind(&mut st, false) != Flow::Next {
        return 0;
    }
    // SAFETY: I6 and I7, `unwind` has left a state that is ready to run.
    unsafe { run(st.ip, st.sp, st.frame, st.th) }
}

//! Dispatch by one loop around a `match`: for targets without guaranteed tail calls, and as a cross-check.

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

macro_rules! handlers {
    (($ip:ident $sp:ident $frame:ident $th:ident $table:ident $unit:ident) $($name:ident { $($body:tt)* })*; $($part:ident $rest:tt)*) => {
        /// Runs from the instruction at `ip` until the sentinel frame; the value's word, or 0 for an exception.
        ///
        /// # Safety
        /// The registers describe a frame that is ready to run (I6, I7).
        pub unsafe fn run(mut $ip: *const CodeUnit, mut $sp: *mut Slot, mut $frame: *mut Frame, $th: &Thread) -> u64 {
            let $th: *const Thread = $th;
            // SAFETY: I6 and I7, the registers describe a running frame and compiled code.
            unsafe {
                let mut $unit = *$ip as u32;
                'dispatch: loop {
                    macro_rules! next {
                        ($units:expr) => {{
                            $ip = $ip.add($units);
                            $unit = *$ip as u32;
                            continue 'dispatch
                        }};
                    }
                    macro_rules! redispatch {
                        () => {{
                            $unit = ($unit & !255) | (*$ip as u32 & 255);
                            continue 'dispatch
                        }};
                    }
                    macro_rules! dispatch_as {
                        ($opcode:expr) => {{
                            $unit = ($unit & !255) | $opcode as u32;
                            continue 'dispatch
                        }};
                    }
                    macro_rules! exit {
                        ($family:ident) => {{
                            $unit = ($unit & !255) | whipsnake_bytecode::opcodes::number::$family as u32;
                            continue 'dispatch
                        }};
                    }
                    macro_rules! error {
                        () => {{
                            let mut st = State { $ip, $sp, $frame, $th: &*$th };
                            if frames::unwind(&mut st, false) != Flow::Next {
                                return 0;
                            }
                            ($ip, $sp, $frame) = (st.ip, st.sp, st.frame);
                            $unit = *$ip as u32;
                            continue 'dispatch
                        }};
                    }
                    macro_rules! reraise {
                        () => {{
                            let mut st = State { $ip, $sp, $frame, $th: &*$th };
                            if frames::unwind(&mut st, true) != Flow::Next {
                                return 0;
                            }
                            ($ip, $sp, $frame) = (st.ip, st.sp, st.frame);
                            $unit = *$ip as u32;
                            continue 'dispatch
                        }};
                    }
                    macro_rules! leave {
                        () => {
                            return (*$sp.sub(1)).0
                        };
                    }
                    macro_rules! load {
                        ($st:ident) => {
                            ($ip, $sp, $frame) = ($st.ip, $st.sp, $st.frame)
                        };
                    }
                    macro_rules! release {
                        ($slot:expr) => {
                            whipsnake_runtime::obj::release_slot($slot)
                        };
                    }
                    macro_rules! release_next {
                        ($first:expr, $second:expr, $units:expr) => {{
                            let second = $second;
                            whipsnake_runtime::obj::release_slot($first);
                            release_next!(second, $units)
                        }};
                        ($slot:expr, $units:expr) => {{
                            whipsnake_runtime::obj::release_slot($slot);
                            next!($units)
                        }};
                    }
                    macro_rules! keep_branch {
                        () => {};
                    }
                    macro_rules! unreachable_flow {
                        () => {
                            unreachable!("a plain instruction has no generic form to exit to")
                        };
                    }
                    macro_rules! slow {
                        ($rare:ident { $what:expr }) => {
                            $what
                        };
                    }
                    macro_rules! adapt {
                        ($family:ident $rare:ident) => {
                            if specialize::due($ip) {
                                (*$frame).instr.set($ip);
                                specialize::$family(&Site { $th: &*$th, $ip: $ip as *mut CodeUnit, $sp, $frame, oparg: $unit >> 8 });
                                redispatch!()
                            }
                            specialize::count_down($ip);
                        };
                    }
                    match ($unit & 255) as u16 {
                        $(whipsnake_bytecode::opcodes::number::$name => { $($body)* })*
                        whipsnake_bytecode::opcodes::number::EXTENDED_ARG => {
                            $ip = $ip.add(1);
                            $unit = ($unit >> 8) << 16 | *$ip as u32;
                        }
                        _ => {
                            (*$frame).instr.set($ip);
                            let _ = frames::unknown_opcode(&*$th, $unit);
                            error!()
                        }
                    }
                }
            }
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/handlers.rs"));

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

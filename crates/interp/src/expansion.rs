//! The uops of a stretch of specialised code, along its straight line. Fused instructions are the instructions they are
//! made of.
//!
//! In: code units as they run, and where to begin. Out: the uops in order, each with its share of the oparg and the place
//! where execution goes on when it leaves the line. This is what a trace of the code consists of before anything is known
//! about values; a test compares the one of a fibonacci loop with a golden (`crates/whipsnake/tests/uops.rs`).

use crate::metadata::{UopKind, expansion, first_part, uop};
use std::fmt::Write;
use whipsnake_bytecode::Opcode;
use whipsnake_bytecode::opcodes::number;
use whipsnake_layout::code::CodeUnit;

/// The uop at the end of a loop: on with its first one.
pub const JUMP_TO_TOP: &str = "_JUMP_TO_TOP";

/// A uop of an expansion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TraceUop {
    pub name: &'static str,
    /// Its share of the instruction's oparg.
    pub oparg: u32,
    /// The instruction, in units from the start of the code.
    pub instruction: usize,
    /// Where execution goes on if the uop leaves the line: its own instruction for a check that fails, the target of a
    /// branch that is taken.
    pub exit: Option<usize>,
}

/// The uops from the instruction at unit `start` on, branches not taken and jumps followed, until the line comes back to
/// where it has been, jumps backward elsewhere, or leaves the function.
pub fn expand(code: &[CodeUnit], start: usize) -> Vec<TraceUop> {
    let mut uops = Vec::new();
    let mut seen = vec![false; code.len()];
    let mut at = start;
    while at < code.len() && !seen[at] {
        seen[at] = true;
        let instruction = at;
        let mut oparg = 0;
        while code[at] & 255 == number::EXTENDED_ARG && at + 1 < code.len() {
            oparg = (oparg | u32::from(code[at] >> 8)) << 8;
            at += 1;
        }
        oparg |= u32::from(code[at] >> 8);
        let Some(opcode) = Opcode::from_number(code[at] & 255) else { break };
        let next = at + 1 + opcode.caches();
        at = next;
        for step in expansion(opcode.number()).unwrap_or(&[]) {
            let Some(info) = uop(step.uop) else { continue };
            let oparg = step.part.of(oparg);
            let mut name = info.name;
            let exit = match info.kind {
                UopKind::Branch => Some(next + oparg as usize),
                UopKind::PeekBranch => Some(next + oparg as usize + 1),
                UopKind::Jump if name == "_JUMP_FORWARD" => {
                    at = next + oparg as usize;
                    continue;
                }
                UopKind::Jump => {
                    let target = next.wrapping_sub(oparg as usize);
                    if target == start {
                        name = JUMP_TO_TOP;
                    }
                    at = code.len();
                    (target != start).then_some(target)
                }
                _ => info.deopts.then_some(instruction),
            };
            uops.push(TraceUop { name, oparg: if info.oparg { oparg } else { 0 }, instruction, exit });
        }
        if matches!(opcode, Opcode::RETURN_VALUE | Opcode::RAISE_VARARGS | Opcode::RERAISE) {
            break;
        }
    }
    uops
}

/// An expansion as text: each instruction, and below it its uops.
pub fn listing(code: &[CodeUnit], uops: &[TraceUop]) -> String {
    let mut out = String::new();
    let mut instruction = usize::MAX;
    for step in uops {
        if step.instruction != instruction {
            instruction = step.instruction;
            let number = code.get(instruction).map_or(0, |unit| first_part(unit & 255));
            let name = Opcode::from_number(number).map_or("?", Opcode::name);
            let _ = writeln!(out, "{instruction:4} {name}");
        }
        let _ = write!(out, "         {}", step.name);
        let takes_oparg = uop(step.name).is_some_and(|info| info.oparg && info.kind != UopKind::PeekBranch);
        if takes_oparg && step.name != JUMP_TO_TOP {
            let _ = write!(out, " {}", step.oparg);
        }
        match step.exit {
            Some(exit) if exit == instruction => out.push_str(", or exit"),
            Some(exit) => {
                let _ = write!(out, ", or on at {exit}");
            }
            None => {}
        }
        out.push('\n');
    }
    out
}

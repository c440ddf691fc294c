//! Fused instructions: when a form has been installed, the instructions around it may have a form in common.
//!
//! Only the opcode of the first one is exchanged. The others stay in the code as they are: who jumps to them finds them, and
//! a later change of theirs is seen by the fused handler, which looks at their opcodes.

use crate::metadata::{FUSIONS, first_part};
use whipsnake_bytecode::Opcode;
use whipsnake_layout::code::{CodeObject, CodeUnit};

/// How many instructions before the new one can be the first of a fused one that it belongs to.
const BEFORE: usize = 2;

/// Code beyond this length is left alone: where its instructions begin is found by walking through it.
const MAX_UNITS: usize = 1 << 13;

fn opcode_of(unit: CodeUnit) -> u16 {
    unit & 255
}

/// Units from an instruction to the next one.
fn length(unit: CodeUnit) -> usize {
    1 + Opcode::from_number(opcode_of(unit)).map_or(0, Opcode::caches)
}

/// Fuses the instruction that was just installed at unit `at` with those before and behind it, where that is possible.
pub fn around(code: &CodeObject, at: usize) {
    // Instrumented instructions hide how long they are.
    if code.code_units as usize > MAX_UNITS || !code.monitoring.get().is_null() {
        return;
    }
    // SAFETY: I7, the code has that many units; the lock is held, so that nobody else writes or runs it.
    let units = unsafe { std::slice::from_raw_parts_mut(code.code, code.code_units as usize) };
    let mut before = [at; BEFORE];
    let mut next = 0;
    while next < at {
        before.rotate_left(1);
        before[BEFORE - 1] = next;
        next += length(units[next]);
    }
    for start in before {
        if let Some(end) = fuse_at(units, start)
            && end > at
        {
            return;
        }
    }
    let _ = fuse_at(units, at);
}

/// Installs the longest fused instruction that begins at `start`; the unit behind it.
fn fuse_at(units: &mut [CodeUnit], start: usize) -> Option<usize> {
    let plain = first_part(opcode_of(units[start]));
    FUSIONS.iter().find_map(|(fused, parts)| {
        let mut at = start;
        for (place, part) in parts.iter().enumerate() {
            let found = if place == 0 { plain } else { opcode_of(*units.get(at)?) };
            if found != *part {
                return None;
            }
            at += length(units[at]);
        }
        units[start] = (units[start] & 0xff00) | *fused;
        Some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use whipsnake_bytecode::opcodes::number;

    fn code(instructions: &[u16]) -> Vec<CodeUnit> {
        let unit = |opcode: &u16| [vec![*opcode | 0x300], vec![*opcode; length(*opcode) - 1]].concat();
        instructions.iter().flat_map(unit).collect()
    }

    #[test]
    fn the_longest_fused_instruction_is_installed_and_keeps_the_oparg() {
        let parts = [number::LOAD_SMALL_INT, number::COMPARE_OP_INT, number::POP_JUMP_IF_FALSE, number::NOT_TAKEN];
        let mut units = code(&parts);
        let rest = units[1..].to_vec();
        assert_eq!(fuse_at(&mut units, 0), Some(units.len()));
        assert_eq!(units[0], number::LOAD_SMALL_INT__COMPARE_OP_INT__POP_JUMP_IF_FALSE | 0x300);
        assert_eq!(units[1..], rest);
    }

    #[test]
    fn a_fused_instruction_makes_way_for_another_with_the_same_beginning() {
        let mut units = code(&[number::LOAD_SMALL_INT__BINARY_OP_ADD_INT, number::BINARY_OP_SUBTRACT_INT]);
        assert!(fuse_at(&mut units, 0).is_some());
        assert_eq!(opcode_of(units[0]), number::LOAD_SMALL_INT__BINARY_OP_SUBTRACT_INT);
        let mut other = code(&[number::LOAD_SMALL_INT, number::BINARY_OP_MULTIPLY_INT]);
        assert_eq!(fuse_at(&mut other, 0), None);
    }
}

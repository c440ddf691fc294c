//! x86-64: relocations, the final jump, and what a stencil must not contain.

use crate::extract::Stencil;
use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, InstructionInfoFactory, Mnemonic, Register};

/// The patch for a relocation.
pub fn patch(r_type: u32) -> Option<&'static str> {
    use object::elf::*;
    Some(match r_type {
        R_X86_64_64 => "Absolute64",
        R_X86_64_32 => "Absolute32",
        R_X86_64_32S => "Signed32",
        R_X86_64_PLT32 | R_X86_64_PC32 => "Relative32",
        _ => return None,
    })
}

/// The offset of a direct jump at the end, and of its operand.
pub fn final_jump(code: &[u8]) -> Option<(usize, usize)> {
    let at = code.len().checked_sub(5)?;
    (code[at] == 0xe9).then_some((at, at + 1))
}

/// Turns `jcc CONTINUE; jmp EXIT` at the end into `jncc EXIT; jmp CONTINUE`.
pub fn end_in_continuation(stencil: &mut Stencil) {
    let Some(at) = stencil.code.len().checked_sub(11) else { return };
    let [0x0f, condition @ 0x80..=0x8f, _, _, _, _, 0xe9, ..] = stencil.code[at..] else { return };
    // Nothing else may jump to the second jump.
    let mut before = Decoder::new(64, &stencil.code[..at], DecoderOptions::NONE);
    if before.iter().any(|instruction| instruction.near_branch_target() == at as u64 + 6) {
        return;
    }
    if stencil.swap_final_jumps(at + 2, at + 7) {
        stencil.code[at + 1] = condition ^ 1;
    }
}

/// No calls, no returns, no traps, nothing on the native stack.
pub fn check(code: &[u8]) -> Result<(), String> {
    let mut info = InstructionInfoFactory::new();
    let mut instruction = Instruction::default();
    let mut decoder = Decoder::new(64, code, DecoderOptions::NONE);
    while decoder.can_decode() {
        decoder.decode_out(&mut instruction);
        let what = match instruction.flow_control() {
            FlowControl::Call | FlowControl::IndirectCall => "a call",
            FlowControl::Return => "a return",
            FlowControl::Exception | FlowControl::Interrupt => "a trap",
            FlowControl::IndirectBranch => "an indirect jump",
            _ if instruction.is_invalid() => "no instruction",
            _ if instruction.mnemonic() == Mnemonic::Ud2 => "a trap",
            _ if info.info(&instruction).used_registers().iter().any(|used| used.register() == Register::RSP) => {
                "stack traffic"
            }
            _ => continue,
        };
        return Err(format!("{what} at {:#x}", instruction.ip()));
    }
    Ok(())
}

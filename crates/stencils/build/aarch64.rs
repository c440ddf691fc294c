//! AArch64: relocations, the final jump, and what a stencil must not contain.

use crate::extract::Stencil;

/// The patch for a relocation.
pub fn patch(r_type: u32) -> Option<&'static str> {
    use object::elf::*;
    Some(match r_type {
        R_AARCH64_JUMP26 | R_AARCH64_CALL26 => "Branch26",
        R_AARCH64_ADR_GOT_PAGE => "PoolPage",
        R_AARCH64_LD64_GOT_LO12_NC => "PoolOffset",
        _ => return None,
    })
}

/// The offset of a direct jump at the end, and of its operand.
pub fn final_jump(code: &[u8]) -> Option<(usize, usize)> {
    let at = code.len().checked_sub(4)?;
    (code[at + 3] & 0xfc == 0x14).then_some((at, at))
}

/// Turns `b.cond +8; b CONTINUE; b EXIT` at the end into `b.ncond +8; b EXIT; b CONTINUE`.
pub fn end_in_continuation(stencil: &mut Stencil) {
    let Some(at) = stencil.code.len().checked_sub(12) else { return };
    let Ok(bytes) = <[u8; 4]>::try_from(&stencil.code[at..at + 4]) else { return };
    let word = u32::from_le_bytes(bytes);
    let two_ahead_19 = word >> 5 & 0x7_ffff == 2;
    let inverted = match () {
        () if word & 0xff00_0010 == 0x5400_0000 && two_ahead_19 => word ^ 1,
        // cbz and cbnz, tbz and tbnz
        () if word & 0x7e00_0000 == 0x3400_0000 && two_ahead_19 => word ^ 1 << 24,
        () if word & 0x7e00_0000 == 0x3600_0000 && word >> 5 & 0x3fff == 2 => word ^ 1 << 24,
        () => return,
    };
    // Nothing else may jump to the two jumps.
    let before = &stencil.code[..at];
    let shared = before.chunks(4).enumerate().filter_map(|(index, bytes)| target(index * 4, bytes));
    if shared.into_iter().any(|target| target == at + 4 || target == at + 8) {
        return;
    }
    if stencil.swap_final_jumps(at + 4, at + 8) {
        stencil.code[at..at + 4].copy_from_slice(&inverted.to_le_bytes());
    }
}

/// Where the branch at an offset goes, if it is one (and no hole).
fn target(at: usize, bytes: &[u8]) -> Option<usize> {
    let word = u32::from_le_bytes(bytes.try_into().ok()?);
    // The distance in instructions: its lowest bit's place, its width.
    let (low, width) = match () {
        () if word & 0x7c00_0000 == 0x1400_0000 => (0, 26),
        () if word & 0xff00_0000 == 0x5400_0000 || word & 0x7e00_0000 == 0x3400_0000 => (5, 19),
        () if word & 0x7e00_0000 == 0x3600_0000 => (5, 14),
        () => return None,
    };
    let distance = ((word << (32 - low - width)) as i32 >> (32 - width)) as isize;
    at.checked_add_signed(distance * 4)
}

/// No calls, no returns, no traps, nothing on the native stack.
pub fn check(code: &[u8]) -> Result<(), String> {
    for (index, bytes) in code.chunks(4).enumerate() {
        let Ok(bytes) = <[u8; 4]>::try_from(bytes) else { return Err("an incomplete instruction".into()) };
        let word = u32::from_le_bytes(bytes);
        let is = |mask: u32, value: u32| word & mask == value;
        // Loads and stores, and additions with an immediate, take register 31 for the stack pointer.
        let base_is_stack = word >> 5 & 31 == 31;
        let adds_to_stack = is(0x1f00_0000, 0x1100_0000) && (base_is_stack || is(0x2000_001f, 0x1f));
        let what = match () {
            () if is(0xfc00_0000, 0x9400_0000) || is(0xffff_fc1f, 0xd63f_0000) => "a call",
            () if is(0xffff_fc1f, 0xd65f_0000) => "a return",
            () if is(0xffff_fc1f, 0xd61f_0000) => "an indirect jump",
            () if is(0xffff_0000, 0) || is(0xffe0_001f, 0xd420_0000) => "a trap",
            () if is(0x0a00_0000, 0x0800_0000) && base_is_stack || adds_to_stack => "stack traffic",
            () => continue,
        };
        return Err(format!("{what} at {:#x}", index * 4));
    }
    Ok(())
}

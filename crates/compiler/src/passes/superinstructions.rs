//! Fuses pairs of loads and stores of locals into one instruction.

use whipsnake_bytecode::Opcode;

use super::nops;
use crate::cfg::{Cfg, Instr};

/// Locals up to this number fit half an oparg.
const MAX_LOCAL: u32 = 15;

/// Fuses what can be fused.
pub(super) fn insert(cfg: &mut Cfg) {
    for id in cfg.order() {
        let instrs = &mut cfg.block_mut(id).instrs;
        for i in 1..instrs.len() {
            let fused = match (instrs[i - 1].op, instrs[i].op) {
                (Opcode::LOAD_FAST, Opcode::LOAD_FAST) => Opcode::LOAD_FAST_LOAD_FAST,
                (Opcode::STORE_FAST, Opcode::LOAD_FAST) => Opcode::STORE_FAST_LOAD_FAST,
                (Opcode::STORE_FAST, Opcode::STORE_FAST) => Opcode::STORE_FAST_STORE_FAST,
                _ => continue,
            };
            fuse(instrs, i, fused);
        }
    }
    nops::remove_redundant_nops(cfg);
}

fn fuse(instrs: &mut [Instr], i: usize, op: Opcode) {
    let (first, second) = (instrs[i - 1], instrs[i]);
    let (line1, line2) = (first.loc.line, second.loc.line);
    if line1 >= 0 && line2 >= 0 && line1 != line2 {
        return;
    }
    if first.arg > MAX_LOCAL || second.arg > MAX_LOCAL {
        return;
    }
    instrs[i - 1].set(op, first.arg << 4 | second.arg);
    instrs[i].make_nop();
}

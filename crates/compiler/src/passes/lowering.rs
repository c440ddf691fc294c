//! Pseudo instructions become real ones, and conditional jumps get their final direction.

use whipsnake_bytecode::Opcode;

use super::nops;
use crate::cfg::{BlockId, Cfg, Instr, Visited};

/// JUMP_IF_x: test a copy of the value.
pub(super) fn conditional_jumps(cfg: &mut Cfg) {
    for id in cfg.order() {
        let block = cfg.block_mut(id);
        let Some(last) = block.instrs.last_mut() else { continue };
        last.op = match last.op {
            Opcode::JUMP_IF_FALSE => Opcode::POP_JUMP_IF_FALSE,
            Opcode::JUMP_IF_TRUE => Opcode::POP_JUMP_IF_TRUE,
            _ => continue,
        };
        let Instr { loc, except, .. } = *last;
        let copy = Instr { except, ..Instr::new(Opcode::COPY, 1, loc) };
        let to_bool = Instr { except, ..Instr::new(Opcode::TO_BOOL, 0, loc) };
        let at = block.instrs.len() - 1;
        block.insert(at, &[copy, to_bool]);
    }
}

/// Removes block pushes and replaces the other pseudo instructions.
pub(super) fn pseudo_instructions(cfg: &mut Cfg) {
    for id in cfg.order() {
        for instr in &mut cfg.block_mut(id).instrs {
            match instr.op {
                op if op.pushes_block() => instr.make_nop(),
                Opcode::LOAD_CLOSURE => instr.op = Opcode::LOAD_FAST,
                Opcode::STORE_FAST_MAYBE_NULL => instr.op = Opcode::STORE_FAST,
                _ => {}
            }
        }
    }
    nops::remove_redundant_nops_and_jumps(cfg);
}

/// Conditional jumps go forward only: a backward one is reversed and jumps around an unconditional jump.
pub(super) fn normalize_jumps(cfg: &mut Cfg) {
    let mut visited = Visited::new(cfg);
    for id in cfg.order() {
        visited.insert(id);
        let Some(last) = cfg.block(id).last().copied().filter(Instr::is_conditional_jump) else { continue };
        let Some(target) = last.target else { continue };
        let not_taken = Instr::new(Opcode::NOT_TAKEN, 0, last.loc);
        if visited.contains(target) {
            reverse(cfg, id, target, last, not_taken);
        } else {
            cfg.block_mut(id).append(not_taken);
        }
    }
}

fn reverse(cfg: &mut Cfg, id: BlockId, target: BlockId, last: Instr, not_taken: Instr) {
    let reversed = match last.op {
        Opcode::POP_JUMP_IF_NOT_NONE => Opcode::POP_JUMP_IF_NONE,
        Opcode::POP_JUMP_IF_NONE => Opcode::POP_JUMP_IF_NOT_NONE,
        Opcode::POP_JUMP_IF_FALSE => Opcode::POP_JUMP_IF_TRUE,
        _ => Opcode::POP_JUMP_IF_FALSE,
    };
    let jump = Instr { target: Some(target), ..Instr::new(Opcode::JUMP, 0, last.loc) };
    let (next, is_cold) = (cfg.block(id).next, cfg.block(id).is_cold);
    let start_depth = cfg.block(target).start_depth;
    let backward = cfg.new_block();
    let block = cfg.block_mut(backward);
    block.instrs = vec![not_taken, jump];
    block.start_depth = start_depth;
    block.is_cold = is_cold;
    block.next = next;
    let block = cfg.block_mut(id);
    block.next = Some(backward);
    if let Some(last) = block.instrs.last_mut() {
        last.op = reversed;
        last.target = next;
    }
}

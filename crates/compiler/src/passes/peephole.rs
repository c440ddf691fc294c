//! Local rewriting within a block: jump threading, folding, fused tests, swaps.

use whipsnake_bytecode::Opcode;
use whipsnake_bytecode::opcodes::{compare_mask, intrinsic_1};

use super::constants::Pool;
use super::{folding, swaps};
use crate::cfg::{BlockId, Cfg, Instr};

/// What to do after looking at an instruction.
enum Step {
    Next,
    /// Look at the same position again: its instruction changed.
    Again,
}

/// Rewrites block `id`.
pub(super) fn optimize_block(cfg: &mut Cfg, id: BlockId, pool: &mut Pool<'_>) {
    let mut i = 0;
    while i < cfg.block(id).instrs.len() {
        match optimize_at(cfg, id, i, pool) {
            Step::Next => i += 1,
            Step::Again => {}
        }
    }
    swaps::optimize(cfg.block_mut(id));
}

fn first_of_target(cfg: &Cfg, instr: &Instr) -> Option<Instr> {
    cfg.block(instr.target?).instrs.first().copied()
}

fn optimize_at(cfg: &mut Cfg, id: BlockId, i: usize, pool: &mut Pool<'_>) -> Step {
    let instr = cfg.block(id).instrs[i];
    match instr.op {
        Opcode::POP_JUMP_IF_NOT_NONE
        | Opcode::POP_JUMP_IF_NONE
        | Opcode::POP_JUMP_IF_FALSE
        | Opcode::POP_JUMP_IF_TRUE => match first_of_target(cfg, &instr) {
            Some(target) if target.op == Opcode::JUMP => thread_jump(cfg, id, i, target, instr.op),
            _ => Step::Next,
        },
        Opcode::JUMP_IF_FALSE | Opcode::JUMP_IF_TRUE => thread_boolean_jump(cfg, id, i, &instr),
        Opcode::JUMP | Opcode::JUMP_NO_INTERRUPT => match first_of_target(cfg, &instr) {
            Some(target) if target.op == Opcode::JUMP => thread_jump(cfg, id, i, target, Opcode::JUMP),
            Some(target) if target.op == Opcode::JUMP_NO_INTERRUPT => thread_jump(cfg, id, i, target, instr.op),
            _ => Step::Next,
        },
        _ => {
            let instrs = &mut cfg.block_mut(id).instrs;
            optimize_pair(instrs, i, pool);
            Step::Next
        }
    }
}

/// Lets a jump to a jump go where that one goes, with opcode `op`.
fn thread_jump(cfg: &mut Cfg, id: BlockId, i: usize, target: Instr, op: Opcode) -> Step {
    let block = cfg.block_mut(id);
    if block.instrs[i].target == target.target {
        return Step::Next;
    }
    // The NOP keeps the line, if it is needed.
    block.instrs[i].make_nop();
    let mut jump = Instr::new(op, 0, target.loc);
    jump.target = target.target;
    block.append(jump);
    // The NOP, then the new jump, are looked at next.
    Step::Again
}

fn thread_boolean_jump(cfg: &mut Cfg, id: BlockId, i: usize, instr: &Instr) -> Step {
    let Some(target) = first_of_target(cfg, instr) else { return Step::Next };
    if target.op == Opcode::JUMP || target.op == instr.op {
        return thread_jump(cfg, id, i, target, instr.op);
    }
    if matches!(target.op, Opcode::JUMP_IF_FALSE | Opcode::JUMP_IF_TRUE) {
        // The opposite test will not jump: go on behind it.
        let next = instr.target.and_then(|t| cfg.block(t).next);
        if let Some(next) = next {
            cfg.block_mut(id).instrs[i].target = Some(next);
            return Step::Again;
        }
    }
    Step::Next
}

/// Rewrites that look at an instruction, the one after it, and constants before it.
fn optimize_pair(instrs: &mut [Instr], i: usize, pool: &mut Pool<'_>) {
    let Instr { op, arg, .. } = instrs[i];
    let next = instrs.get(i + 1).copied();
    let next_op = next.map(|n| n.op);
    match op {
        Opcode::BUILD_TUPLE => {
            if let Some(next) = next
                && next.op == Opcode::UNPACK_SEQUENCE
                && next.arg == arg
                && (1..=3).contains(&arg)
            {
                // Packing and unpacking at once is a rotation.
                instrs[i].make_nop();
                if arg == 1 {
                    instrs[i + 1].make_nop();
                } else {
                    instrs[i + 1].op = Opcode::SWAP;
                }
                return;
            }
            folding::tuple(instrs, i, pool);
        }
        Opcode::BUILD_LIST | Opcode::BUILD_SET => folding::list_or_set(instrs, i, next_op, pool),
        Opcode::LIST_APPEND | Opcode::SET_ADD
            if arg == 1 && matches!(next_op, Some(Opcode::GET_ITER | Opcode::CONTAINS_OP)) =>
        {
            folding::long_display(instrs, i, pool);
        }
        Opcode::STORE_FAST => {
            if let Some(next) = next
                && next.op == Opcode::STORE_FAST
                && next.arg == arg
                && next.loc.line == instrs[i].loc.line
            {
                instrs[i].set(Opcode::POP_TOP, 0);
            }
        }
        Opcode::SWAP if arg == 1 => instrs[i].make_nop(),
        Opcode::LOAD_GLOBAL if next_op == Some(Opcode::PUSH_NULL) && arg & 1 == 0 => {
            instrs[i].arg |= 1;
            instrs[i + 1].make_nop();
        }
        Opcode::COMPARE_OP if next_op == Some(Opcode::TO_BOOL) => {
            instrs[i].make_nop();
            instrs[i + 1].set(Opcode::COMPARE_OP, arg | compare_mask::TO_BOOL);
        }
        Opcode::CONTAINS_OP | Opcode::IS_OP if next_op == Some(Opcode::TO_BOOL) => {
            instrs[i].make_nop();
            instrs[i + 1].set(op, arg);
        }
        Opcode::CONTAINS_OP | Opcode::IS_OP if next_op == Some(Opcode::UNARY_NOT) => {
            instrs[i].make_nop();
            instrs[i + 1].set(op, arg ^ 1);
        }
        Opcode::TO_BOOL if next_op == Some(Opcode::TO_BOOL) => instrs[i].make_nop(),
        Opcode::UNARY_NOT if next_op == Some(Opcode::TO_BOOL) => {
            instrs[i].make_nop();
            instrs[i + 1].set(Opcode::UNARY_NOT, 0);
        }
        Opcode::UNARY_NOT if next_op == Some(Opcode::UNARY_NOT) => {
            instrs[i].make_nop();
            instrs[i + 1].make_nop();
        }
        Opcode::UNARY_NOT | Opcode::UNARY_INVERT | Opcode::UNARY_NEGATIVE => folding::unary(instrs, i, pool),
        Opcode::CALL_INTRINSIC_1 if arg == intrinsic_1::LIST_TO_TUPLE => {
            folding::list_to_tuple(instrs, i, pool);
            if instrs[i].op == op && next_op == Some(Opcode::GET_ITER) {
                instrs[i].make_nop();
            }
        }
        Opcode::CALL_INTRINSIC_1 if arg == intrinsic_1::UNARY_POSITIVE => folding::unary(instrs, i, pool),
        Opcode::BINARY_OP => folding::binary(instrs, i, pool),
        _ => {}
    }
}

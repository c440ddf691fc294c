//! The stack depth at the start of every block, and the deepest of all.

use whipsnake_bytecode::Opcode;

use crate::cfg::{BlockId, Cfg, exits_scope};
use crate::error::{ErrorKind, Result, internal};
use crate::sequence::has_target;

fn push(cfg: &mut Cfg, stack: &mut Vec<BlockId>, id: BlockId, depth: i64) -> Result {
    let Ok(depth) = u32::try_from(depth) else {
        return internal(ErrorKind::Value, "Invalid CFG, stack underflow");
    };
    match cfg.block(id).start_depth {
        None => {
            cfg.block_mut(id).start_depth = Some(depth);
            stack.push(id);
            Ok(())
        }
        Some(known) if known == depth => Ok(()),
        Some(_) => internal(ErrorKind::Value, "Invalid CFG, inconsistent stackdepth"),
    }
}

/// Computes the depths; returns the stack size the code needs.
pub(super) fn compute(cfg: &mut Cfg) -> Result<u32> {
    let mut stack = Vec::new();
    let mut deepest = 0;
    push(cfg, &mut stack, Cfg::ENTRY, 0)?;
    while let Some(id) = stack.pop() {
        let mut depth = i64::from(cfg.block(id).start_depth.unwrap_or(0));
        let mut falls_through = true;
        for i in 0..cfg.block(id).instrs.len() {
            let instr = cfg.block(id).instrs[i];
            let after = depth + instr.op.stack_effect(instr.arg, false);
            if after < 0 {
                return internal(ErrorKind::Value, "Invalid CFG, stack underflow");
            }
            deepest = deepest.max(depth);
            // END_ASYNC_FOR names where it came from, it does not go there.
            if has_target(instr.op)
                && instr.op != Opcode::END_ASYNC_FOR
                && let Some(target) = instr.target
            {
                push(cfg, &mut stack, target, depth + instr.op.stack_effect(instr.arg, true))?;
            }
            depth = after;
            if instr.is_unconditional_jump() || exits_scope(instr.op) {
                falls_through = false;
                break;
            }
        }
        if let Some(next) = cfg.block(id).next.filter(|_| falls_through) {
            push(cfg, &mut stack, next, depth)?;
        }
    }
    match u32::try_from(deepest) {
        Ok(n) => Ok(n),
        Err(_) => internal(ErrorKind::System, "stack size out of range"),
    }
}

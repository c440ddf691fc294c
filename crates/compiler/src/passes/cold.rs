//! Moves the code of exception handlers behind everything else.

use whipsnake_bytecode::Opcode;

use super::nops;
use crate::cfg::{BlockId, Cfg, Instr, Visited};
use crate::place::NO_LOCATION;

/// Puts the cold blocks at the end.
pub(super) fn push_to_end(cfg: &mut Cfg) {
    if cfg.block(Cfg::ENTRY).next.is_none() {
        return;
    }
    mark_warm(cfg);
    mark_cold(cfg);
    jump_back_to_warm(cfg);
    let order = cfg.order();
    let (cold, warm): (Vec<BlockId>, Vec<BlockId>) = order.into_iter().partition(|id| cfg.block(*id).is_cold);
    let mut next = None;
    for id in warm.iter().chain(&cold).rev() {
        cfg.block_mut(*id).next = next;
        next = Some(*id);
    }
    if !cold.is_empty() {
        nops::remove_redundant_nops_and_jumps(cfg);
    }
}

fn successors(cfg: &Cfg, id: BlockId) -> Vec<BlockId> {
    let jumps = cfg.block(id).instrs.iter().filter(|i| i.op.has_jump()).filter_map(|i| i.target);
    cfg.fallthrough(id).into_iter().chain(jumps).collect()
}

/// Warm is what can be reached without an exception.
fn mark_warm(cfg: &mut Cfg) {
    let mut visited = Visited::new(cfg);
    visited.insert(Cfg::ENTRY);
    let mut stack = vec![Cfg::ENTRY];
    while let Some(id) = stack.pop() {
        cfg.block_mut(id).is_warm = true;
        stack.extend(successors(cfg, id).into_iter().filter(|s| visited.insert(*s)));
    }
}

/// Cold is what can only be reached through a handler.
fn mark_cold(cfg: &mut Cfg) {
    let mut visited = Visited::new(cfg);
    let mut stack: Vec<BlockId> = cfg.order().into_iter().filter(|id| cfg.block(*id).is_handler).collect();
    for id in &stack {
        visited.insert(*id);
    }
    while let Some(id) = stack.pop() {
        cfg.block_mut(id).is_cold = true;
        for successor in successors(cfg, id) {
            if !cfg.block(successor).is_warm && visited.insert(successor) {
                stack.push(successor);
            }
        }
    }
}

/// A cold block that falls through to a warm one gets an explicit jump, since it moves away.
fn jump_back_to_warm(cfg: &mut Cfg) {
    for id in cfg.order() {
        let Some(next) = cfg.fallthrough(id) else { continue };
        if !cfg.block(id).is_cold || !cfg.block(next).is_warm {
            continue;
        }
        let jump_block = cfg.new_block();
        let mut jump = Instr::new(Opcode::JUMP_NO_INTERRUPT, 0, NO_LOCATION);
        jump.target = Some(next);
        cfg.block_mut(next).is_target = true;
        let block = cfg.block_mut(jump_block);
        block.instrs.push(jump);
        block.is_cold = true;
        block.predecessors = 1;
        block.next = Some(next);
        cfg.block_mut(id).next = Some(jump_block);
    }
}

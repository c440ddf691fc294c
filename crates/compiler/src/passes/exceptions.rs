//! Turns the block-pushing pseudo instructions into a handler for each instruction.

use whipsnake_bytecode::Opcode;
use whipsnake_bytecode::opcodes::resume;

use crate::cfg::{BlockId, Cfg, Visited};

/// Marks handlers, and records for every instruction which handler covers it.
pub(super) fn label_targets(cfg: &mut Cfg) {
    for id in cfg.order() {
        let targets: Vec<BlockId> =
            cfg.block(id).instrs.iter().filter(|i| i.op.pushes_block()).filter_map(|i| i.target).collect();
        for target in targets {
            cfg.block_mut(target).is_handler = true;
        }
    }
    let mut visited = Visited::new(cfg);
    visited.insert(Cfg::ENTRY);
    // Blocks to do, each with the handlers in force at its start, innermost last.
    let mut todo: Vec<(BlockId, Vec<BlockId>)> = vec![(Cfg::ENTRY, Vec::new())];
    while let Some((id, mut handlers)) = todo.pop() {
        label_block(cfg, id, &mut handlers, &mut visited, &mut todo);
        if let Some(next) = cfg.fallthrough(id)
            && visited.insert(next)
        {
            todo.push((next, handlers));
        }
    }
}

fn label_block(
    cfg: &mut Cfg,
    id: BlockId,
    handlers: &mut Vec<BlockId>,
    visited: &mut Visited,
    todo: &mut Vec<(BlockId, Vec<BlockId>)>,
) {
    let mut yield_depth = None;
    for i in 0..cfg.block(id).instrs.len() {
        let handler = handlers.last().copied();
        let instr = &mut cfg.block_mut(id).instrs[i];
        let (op, target) = (instr.op, instr.target);
        match op {
            _ if op.pushes_block() => {
                let Some(target) = target else { continue };
                if visited.insert(target) {
                    todo.push((target, handlers.clone()));
                }
                if matches!(op, Opcode::SETUP_WITH | Opcode::SETUP_CLEANUP) {
                    cfg.block_mut(target).preserve_lasti = true;
                }
                handlers.push(target);
            }
            Opcode::POP_BLOCK => {
                handlers.pop();
                instr.make_nop();
            }
            Opcode::RESUME => {
                instr.except = handler;
                if instr.arg != resume::AT_FUNC_START {
                    if yield_depth == Some(1) {
                        instr.arg |= resume::DEPTH1_MASK;
                    }
                    yield_depth = None;
                }
            }
            _ => {
                instr.except = handler;
                if op == Opcode::YIELD_VALUE {
                    yield_depth = Some(handlers.len());
                }
                if let Some(target) = target.filter(|_| op.has_jump())
                    && visited.insert(target)
                {
                    todo.push((target, handlers.clone()));
                }
            }
        }
    }
}

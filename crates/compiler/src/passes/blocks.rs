//! Whole blocks: inlining of small exits, removal of dead ones.

use whipsnake_bytecode::Opcode;

use crate::cfg::{BlockId, Cfg, Visited};

/// Exit blocks up to this size are copied to where they are jumped to.
const MAX_COPY_SIZE: usize = 4;

/// Replaces jumps to small exit blocks, and to blocks without lines, by copies of them, as long as there are any.
pub(super) fn inline_small_exits(cfg: &mut Cfg) {
    let order = cfg.order();
    // Every change removes a jump, so this ends.
    loop {
        let changes = order.iter().filter(|id| inline_exit(cfg, **id)).count();
        if changes == 0 {
            break;
        }
    }
}

fn inline_exit(cfg: &mut Cfg, id: BlockId) -> bool {
    let Some(last) = cfg.block(id).last().copied() else { return false };
    let jump = last.target.filter(|target| last.is_unconditional_jump() && *target != id);
    let Some(target) = jump else { return false };
    let block = cfg.block(target);
    let small_exit = block.exits_scope() && block.instrs.len() <= MAX_COPY_SIZE;
    let no_line = block.has_no_line() && !block.falls_through();
    if !small_exit && !no_line {
        return false;
    }
    let copied = block.instrs.clone();
    let block = cfg.block_mut(id);
    if let Some(jump) = block.instrs.last_mut() {
        jump.make_nop();
    }
    block.append_copies(&copied);
    if no_line
        && let Some(new_last) = block.instrs.last_mut()
        && new_last.is_unconditional_jump()
        && last.op == Opcode::JUMP
    {
        // The eval breaker must still be checked.
        new_last.op = Opcode::JUMP;
    }
    let target = cfg.block_mut(target);
    target.predecessors = target.predecessors.wrapping_sub(1);
    true
}

/// Counts predecessors and empties the blocks that cannot be reached.
pub(super) fn remove_unreachable(cfg: &mut Cfg) {
    let order = cfg.order();
    for id in &order {
        cfg.block_mut(*id).predecessors = 0;
    }
    let mut visited = Visited::new(cfg);
    visited.insert(Cfg::ENTRY);
    cfg.block_mut(Cfg::ENTRY).predecessors = 1;
    let mut stack = vec![Cfg::ENTRY];
    while let Some(id) = stack.pop() {
        let mut successors: Vec<BlockId> = cfg.fallthrough(id).into_iter().collect();
        successors.extend(cfg.block(id).instrs.iter().filter_map(|i| i.target));
        for successor in successors {
            if visited.insert(successor) {
                stack.push(successor);
            }
            cfg.block_mut(successor).predecessors += 1;
        }
    }
    for id in order {
        let block = cfg.block_mut(id);
        if block.predecessors == 0 {
            block.retain_only(Vec::new());
            block.is_handler = false;
        }
    }
}

//! Line numbers for artificial instructions (PEP 626): whatever leaves a frame must have one.

use whipsnake_bytecode::Opcode;
use whipsnake_bytecode::locations::Location;

use crate::cfg::{BlockId, Cfg, Instr};
use crate::place::NO_LOCATION;

/// Gives exits their own copies where several lines lead to them, then hands lines down.
pub(super) fn resolve(cfg: &mut Cfg) {
    duplicate_exits(cfg);
    propagate(cfg);
}

fn has_eval_break(instrs: &[Instr]) -> bool {
    // Instructions that check for signals and thread switches: they can be where a frame is left.
    instrs.iter().any(|i| {
        matches!(
            i.op,
            Opcode::JUMP
                | Opcode::JUMP_BACKWARD
                | Opcode::RESUME
                | Opcode::CALL
                | Opcode::CALL_KW
                | Opcode::CALL_FUNCTION_EX
        )
    })
}

fn is_exit_without_line(cfg: &Cfg, id: BlockId) -> bool {
    let block = cfg.block(id);
    (block.exits_scope() || has_eval_break(&block.instrs)) && block.has_no_line()
}

fn set_first_location(cfg: &mut Cfg, id: BlockId, loc: Location) {
    if let Some(first) = cfg.block_mut(id).instrs.first_mut() {
        first.loc = loc;
    }
}

fn duplicate_exits(cfg: &mut Cfg) {
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = at {
        at = cfg.block(id).next;
        let Some(last) = cfg.block(id).last().copied().filter(|i| i.op.has_jump()) else { continue };
        let Some(target) = cfg.next_nonempty(last.target) else { continue };
        if !is_exit_without_line(cfg, target) || cfg.block(target).predecessors <= 1 {
            continue;
        }
        let copy = cfg.new_block();
        let instrs = cfg.block(target).instrs.clone();
        let next = cfg.block(target).next;
        let block = cfg.block_mut(copy);
        block.instrs = instrs;
        block.predecessors = 1;
        block.is_target = true;
        block.next = next;
        set_first_location(cfg, copy, last.loc);
        let original = cfg.block_mut(target);
        original.predecessors -= 1;
        original.next = Some(copy);
        if let Some(last) = cfg.block_mut(id).instrs.last_mut() {
            last.target = Some(copy);
        }
        at = cfg.block(id).next;
    }
    // What is left has one predecessor, which runs into it.
    for id in cfg.order() {
        let Some(last) = cfg.block(id).last().copied() else { continue };
        if let Some(next) = cfg.fallthrough(id)
            && is_exit_without_line(cfg, next)
        {
            set_first_location(cfg, next, last.loc);
        }
    }
}

fn propagate(cfg: &mut Cfg) {
    for id in cfg.order() {
        let Some(last) = cfg.block(id).last().copied() else { continue };
        let mut previous = NO_LOCATION;
        for instr in &mut cfg.block_mut(id).instrs {
            if instr.loc.line == NO_LOCATION.line {
                instr.loc = previous;
            } else {
                previous = instr.loc;
            }
        }
        let next = cfg.fallthrough(id);
        let target = last.target.filter(|_| last.op.has_jump());
        for successor in [next, target].into_iter().flatten() {
            let block = cfg.block_mut(successor);
            if block.predecessors == 1
                && let Some(first) = block.instrs.first_mut()
                && first.loc.line == NO_LOCATION.line
            {
                first.loc = previous;
            }
        }
    }
}

//! Removal of instructions that do nothing: NOPs, loads that are popped at once, jumps to the next instruction.

use whipsnake_bytecode::Opcode;

use crate::cfg::{BlockId, Cfg, Instr};

/// Removes NOPs that are not needed to carry a line; returns how many.
fn remove_nops_in(cfg: &mut Cfg, id: BlockId) -> usize {
    if !cfg.block(id).instrs.iter().any(|i| i.op == Opcode::NOP) {
        return 0;
    }
    let following_line = line_after(cfg, id);
    let instrs = &mut cfg.block_mut(id).instrs;
    let mut kept: Vec<Instr> = Vec::with_capacity(instrs.len());
    let mut previous_line = -1;
    for i in 0..instrs.len() {
        let instr = instrs[i];
        let line = instr.loc.line;
        if instr.op == Opcode::NOP {
            if line < 0 || previous_line == line {
                continue;
            }
            match instrs.get_mut(i + 1) {
                Some(next) if next.loc.line == line => continue,
                Some(next) if next.loc.line < 0 => {
                    next.loc = instr.loc;
                    continue;
                }
                Some(_) => {}
                None if following_line == Some(line) => continue,
                None => {}
            }
        }
        kept.push(instr);
        previous_line = line;
    }
    let removed = instrs.len() - kept.len();
    cfg.block_mut(id).retain_only(kept);
    removed
}

/// The line of the first instruction after block `id`, if there is one.
fn line_after(cfg: &Cfg, id: BlockId) -> Option<i32> {
    let next = cfg.next_nonempty(cfg.block(id).next)?;
    let instrs = &cfg.block(next).instrs;
    // NOPs without a line will vanish.
    let first = instrs.iter().find(|i| i.op != Opcode::NOP || i.loc.line >= 0);
    Some(first.map_or(-1, |i| i.loc.line))
}

/// Removes redundant NOPs everywhere; returns how many.
pub(super) fn remove_redundant_nops(cfg: &mut Cfg) -> usize {
    cfg.order().into_iter().map(|id| remove_nops_in(cfg, id)).sum()
}

/// Turns jumps to the next instruction into NOPs; returns how many.
fn remove_redundant_jumps(cfg: &mut Cfg) -> usize {
    let mut changes = 0;
    for id in cfg.order() {
        let Some(last) = cfg.block(id).last().copied().filter(Instr::is_unconditional_jump) else { continue };
        let target = cfg.next_nonempty(last.target);
        if target.is_some() && target == cfg.next_nonempty(cfg.block(id).next) {
            changes += 1;
            if let Some(last) = cfg.block_mut(id).instrs.last_mut() {
                last.make_nop();
            }
        }
    }
    changes
}

/// Removes NOPs and jumps until nothing changes.
pub(super) fn remove_redundant_nops_and_jumps(cfg: &mut Cfg) {
    while remove_redundant_nops(cfg) + remove_redundant_jumps(cfg) > 0 {}
}

/// Removes pairs of a load and the POP_TOP of its value.
pub(super) fn remove_redundant_pairs(cfg: &mut Cfg) {
    let mut done = false;
    while !done {
        done = true;
        let mut previous: Option<(BlockId, usize)> = None;
        for id in cfg.order() {
            remove_nops_in(cfg, id);
            if cfg.block(id).is_target {
                previous = None;
            }
            for i in 0..cfg.block(id).instrs.len() {
                let before = previous.map(|(b, j)| (b, j, cfg.block(b).instrs[j]));
                previous = Some((id, i));
                if cfg.block(id).instrs[i].op != Opcode::POP_TOP {
                    continue;
                }
                let Some((b, j, load)) = before else { continue };
                let redundant = matches!(load.op, Opcode::LOAD_CONST | Opcode::LOAD_SMALL_INT)
                    || (load.op == Opcode::COPY && load.arg == 1);
                if redundant {
                    cfg.block_mut(b).instrs[j].make_nop();
                    cfg.block_mut(id).instrs[i].make_nop();
                    done = false;
                }
            }
            let block = cfg.block(id);
            let jumps = previous.is_some_and(|(b, j)| cfg.block(b).instrs[j].op.has_jump());
            if jumps || !block.falls_through() {
                previous = None;
            }
        }
    }
}

//! Finds loads of locals that may be unbound, and makes them check.

use whipsnake_bytecode::Opcode;

use crate::cfg::{BlockId, Cfg, Visited};

/// Locals that are tracked across blocks; those beyond are only tracked within a block.
const TRACKED: u32 = 64;

/// Turns LOAD_FAST into LOAD_FAST_CHECK where the local may be unbound.
pub(super) fn add_checks(cfg: &mut Cfg, nlocals: usize, nparams: usize) {
    if nlocals == 0 {
        return;
    }
    if nlocals > TRACKED as usize {
        check_untracked(cfg, nlocals);
    }
    let mut scan = Scan { unsafe_masks: vec![0; cfg.capacity()], stack: Vec::new(), on_stack: Visited::new(cfg) };
    // All locals but the parameters start unbound.
    let mut start_mask = 0u64;
    for local in nparams..nlocals.min(TRACKED as usize) {
        start_mask |= 1 << local;
    }
    scan.push(Cfg::ENTRY, start_mask);
    // Every block is looked at at least once: `del` makes locals unbound anywhere.
    for id in cfg.order() {
        scan.block(cfg, id);
    }
    while let Some(id) = scan.stack.pop() {
        scan.on_stack.remove(id);
        scan.block(cfg, id);
    }
}

struct Scan {
    /// Locals that may be unbound at the start of each block.
    unsafe_masks: Vec<u64>,
    stack: Vec<BlockId>,
    on_stack: Visited,
}

impl Scan {
    fn push(&mut self, id: BlockId, mask: u64) {
        let known = &mut self.unsafe_masks[id.index()];
        if *known | mask != *known {
            *known |= mask;
            if self.on_stack.insert(id) {
                self.stack.push(id);
            }
        }
    }

    fn block(&mut self, cfg: &mut Cfg, id: BlockId) {
        let mut mask = self.unsafe_masks[id.index()];
        for i in 0..cfg.block(id).instrs.len() {
            let instr = &mut cfg.block_mut(id).instrs[i];
            if let Some(handler) = instr.except {
                self.push(handler, mask);
            }
            if instr.arg >= TRACKED {
                continue;
            }
            let bit = 1u64 << instr.arg;
            match instr.op {
                Opcode::DELETE_FAST | Opcode::LOAD_FAST_AND_CLEAR | Opcode::STORE_FAST_MAYBE_NULL => mask |= bit,
                Opcode::STORE_FAST | Opcode::LOAD_FAST_CHECK => mask &= !bit,
                Opcode::LOAD_FAST => {
                    if mask & bit != 0 {
                        instr.op = Opcode::LOAD_FAST_CHECK;
                    }
                    mask &= !bit;
                }
                _ => {}
            }
        }
        if let Some(next) = cfg.fallthrough(id) {
            self.push(next, mask);
        }
        if let Some(last) = cfg.block(id).last()
            && last.op.has_jump()
            && let Some(target) = last.target
        {
            self.push(target, mask);
        }
    }
}

/// The locals beyond the tracked ones: a load is safe only after another access in the same block.
fn check_untracked(cfg: &mut Cfg, nlocals: usize) {
    let first = TRACKED as usize;
    // Number of the block in which the local is known to be bound.
    let mut bound_in = vec![0usize; nlocals - first];
    for (number, id) in cfg.order().into_iter().enumerate() {
        let number = number + 1;
        for instr in &mut cfg.block_mut(id).instrs {
            let Some(state) = (instr.arg as usize).checked_sub(first).and_then(|i| bound_in.get_mut(i)) else {
                continue;
            };
            match instr.op {
                Opcode::DELETE_FAST | Opcode::LOAD_FAST_AND_CLEAR | Opcode::STORE_FAST_MAYBE_NULL => {
                    *state = number - 1;
                }
                Opcode::STORE_FAST => *state = number,
                Opcode::LOAD_FAST => {
                    if *state != number {
                        instr.op = Opcode::LOAD_FAST_CHECK;
                    }
                    *state = number;
                }
                _ => {}
            }
        }
    }
}

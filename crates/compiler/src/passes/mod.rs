//! Passes over the control-flow graph, in the order of [`optimize`] and [`lower`].
//!
//! They follow CPython 3.14's flow-graph optimiser step by step, so that the code that comes out is the same.

pub(crate) mod arithmetic;
mod blocks;
mod borrowing;
mod cells;
mod cold;
mod constants;
mod depth;
mod exceptions;
mod folding;
mod lines;
mod lowering;
mod nops;
mod peephole;
mod superinstructions;
mod swaps;
mod uninitialized;

use whipsnake_bytecode::Const;

use crate::cfg::Cfg;
use crate::codegen::Unit;
use crate::error::Result;

/// Optimises the graph. `consts` grows by folded constants and loses the unused ones.
pub(crate) fn optimize(cfg: &mut Cfg, consts: &mut Vec<Const>, nlocals: usize, nparams: usize) {
    exceptions::label_targets(cfg);
    blocks::inline_small_exits(cfg);
    blocks::remove_unreachable(cfg);
    lines::resolve(cfg);
    let mut pool = constants::Pool::new(consts);
    for id in cfg.order() {
        constants::optimize_loads(cfg.block_mut(id), &mut pool);
    }
    for id in cfg.order() {
        peephole::optimize_block(cfg, id, &mut pool);
    }
    nops::remove_redundant_pairs(cfg);
    blocks::remove_unreachable(cfg);
    nops::remove_redundant_nops_and_jumps(cfg);
    constants::remove_unused(cfg, consts);
    uninitialized::add_checks(cfg, nlocals, nparams);
    superinstructions::insert(cfg);
    cold::push_to_end(cfg);
    lines::resolve(cfg);
}

/// Brings the graph into the form that is assembled; returns the stack size and the number of cells that are parameters.
pub(crate) fn lower(cfg: &mut Cfg, unit: &Unit<'_>, is_generator: bool) -> Result<u32> {
    lowering::conditional_jumps(cfg);
    let stack_size = depth::compute(cfg)?;
    cells::prepare(cfg, unit, is_generator);
    lowering::pseudo_instructions(cfg);
    lowering::normalize_jumps(cfg);
    borrowing::optimize(cfg);
    Ok(stack_size)
}

//! SWAPs: runs of them are replaced by shorter ones, and where only stores follow, the stores are swapped instead.

use whipsnake_bytecode::Opcode;

use crate::cfg::{Block, Instr};

/// Optimises the SWAPs of a block.
pub(super) fn optimize(block: &mut Block) {
    let mut i = 0;
    while i < block.instrs.len() {
        if block.instrs[i].op == Opcode::SWAP {
            i = shorten_run(&mut block.instrs, i);
            apply_statically(&mut block.instrs, i);
        }
        i += 1;
    }
}

/// Replaces the run of SWAPs and NOPs that starts at `start` by a shortest one; returns its last position.
fn shorten_run(instrs: &mut [Instr], start: usize) -> usize {
    let run = instrs[start..].iter().take_while(|i| matches!(i.op, Opcode::SWAP | Opcode::NOP)).count();
    let swaps: Vec<usize> =
        instrs[start..start + run].iter().filter(|i| i.op == Opcode::SWAP).map(|i| i.arg as usize).collect();
    if swaps.len() < 2 {
        return start;
    }
    // The permutation that the run stands for; entry 0 is the top of the stack.
    let depth = swaps.iter().copied().max().unwrap_or(1);
    let mut stack: Vec<usize> = (0..depth).collect();
    for &n in swaps.iter().filter(|n| **n > 0) {
        stack.swap(0, n - 1);
    }
    // Each cycle of the permutation is walked once, writing swaps from the end of the run backwards.
    let mut visited = vec![false; depth];
    let mut at = start + run;
    for i in 0..depth {
        if visited[i] || stack[i] == i {
            continue;
        }
        let mut j = i;
        loop {
            if j > 0 && at > start {
                at -= 1;
                instrs[at].set(Opcode::SWAP, j as u32 + 1);
            }
            if visited[j] {
                break;
            }
            visited[j] = true;
            j = stack[j];
        }
    }
    for instr in &mut instrs[start..at] {
        instr.make_nop();
    }
    start + run - 1
}

/// Instructions that only take the top of the stack and cannot run Python code that matters.
fn is_swappable(op: Opcode) -> bool {
    matches!(op, Opcode::STORE_FAST | Opcode::STORE_FAST_MAYBE_NULL | Opcode::POP_TOP)
}

fn stored_local(instr: &Instr) -> Option<u32> {
    matches!(instr.op, Opcode::STORE_FAST | Opcode::STORE_FAST_MAYBE_NULL).then_some(instr.arg)
}

/// The next swappable instruction after `i`, on line `line` if that is given.
fn next_swappable(instrs: &[Instr], i: usize, line: Option<i32>) -> Option<usize> {
    for (j, instr) in instrs.iter().enumerate().skip(i + 1) {
        if line.is_some_and(|line| line >= 0 && instr.loc.line != line) {
            return None;
        }
        if instr.op != Opcode::NOP {
            return is_swappable(instr.op).then_some(j);
        }
    }
    None
}

/// Swaps instructions instead of values, for the SWAPs at and before `end`.
fn apply_statically(instrs: &mut [Instr], end: usize) {
    for i in (0..=end).rev() {
        let swap = instrs[i];
        if swap.op != Opcode::SWAP {
            if swap.op == Opcode::NOP || is_swappable(swap.op) {
                continue;
            }
            return;
        }
        let Some(j) = next_swappable(instrs, i, None) else { return };
        let line = instrs[j].loc.line;
        let mut k = j;
        for _ in 1..swap.arg {
            match next_swappable(instrs, k, Some(line)) {
                Some(next) => k = next,
                None => return,
            }
        }
        // No two stores to the same local may change their order.
        let (store_j, store_k) = (stored_local(&instrs[j]), stored_local(&instrs[k]));
        if store_j.is_some() || store_k.is_some() {
            if store_j == store_k {
                return;
            }
            let conflicts = |instr: &Instr| {
                stored_local(instr).is_some_and(|local| Some(local) == store_j || Some(local) == store_k)
            };
            if instrs[j + 1..k.max(j + 1)].iter().any(conflicts) {
                return;
            }
        }
        instrs[i].make_nop();
        instrs.swap(j, k);
    }
}

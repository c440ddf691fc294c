//! Loads of locals that need no reference of their own.
//!
//! A LOAD_FAST whose value is consumed before its local can change may borrow the local's reference. Each block is interpreted with
//! a stack that remembers which load each value came from; a load whose value is stored in a local, outlives the block, or is still
//! on the stack when its local is overwritten stays strong. Values on the stack across a suspension stay strong too: the frame may
//! be resumed with other locals (`frame.f_locals`).

use whipsnake_bytecode::Opcode;

use crate::cfg::{BlockId, Cfg, Instr, Visited, exits_scope};
use crate::sequence::has_target;

/// Where a value on the abstract stack came from.
#[derive(Clone, Copy)]
struct Origin {
    /// The instruction that made it; none for values from before the block.
    instr: Option<usize>,
    /// The local it was loaded from.
    local: Option<u32>,
}

const UNKNOWN: Origin = Origin { instr: None, local: None };

/// Turns loads into borrowing loads where that is safe.
pub(super) fn optimize(cfg: &mut Cfg) {
    let mut visited = Visited::new(cfg);
    visited.insert(Cfg::ENTRY);
    let mut todo = vec![Cfg::ENTRY];
    cfg.block_mut(Cfg::ENTRY).start_depth = Some(0);
    while let Some(id) = todo.pop() {
        let mut simulation = Simulation::new(cfg, id);
        for i in 0..cfg.block(id).instrs.len() {
            let instr = cfg.block(id).instrs[i];
            simulation.step(i, &instr);
            if has_target(instr.op)
                && instr.op != Opcode::END_ASYNC_FOR
                && let Some(target) = instr.target
                && visited.insert(target)
            {
                todo.push(target);
            }
        }
        let falls = cfg.block(id).last().is_some_and(|last| !last.is_unconditional_jump() && !exits_scope(last.op));
        if let Some(next) = cfg.block(id).next.filter(|_| falls)
            && visited.insert(next)
        {
            todo.push(next);
        }
        let strong = simulation.finish();
        for (instr, strong) in cfg.block_mut(id).instrs.iter_mut().zip(strong) {
            if strong {
                continue;
            }
            match instr.op {
                Opcode::LOAD_FAST => instr.op = Opcode::LOAD_FAST_BORROW,
                Opcode::LOAD_FAST_LOAD_FAST => instr.op = Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW,
                _ => {}
            }
        }
    }
}

struct Simulation {
    stack: Vec<Origin>,
    /// For each instruction: its result must not be borrowed.
    strong: Vec<bool>,
}

impl Simulation {
    fn new(cfg: &Cfg, id: BlockId) -> Simulation {
        let block = cfg.block(id);
        let depth = block.start_depth.unwrap_or(0) as usize;
        Simulation { stack: vec![UNKNOWN; depth], strong: vec![false; block.instrs.len()] }
    }

    fn push(&mut self, i: usize, local: Option<u32>) {
        self.stack.push(Origin { instr: Some(i), local });
    }

    fn pop(&mut self) -> Origin {
        self.stack.pop().unwrap_or(UNKNOWN)
    }

    fn make_strong(&mut self, origin: Origin) {
        if let Some(flag) = origin.instr.and_then(|i| self.strong.get_mut(i)) {
            *flag = true;
        }
    }

    /// The local changes: values borrowed from it would dangle.
    fn kill(&mut self, local: u32) {
        for i in 0..self.stack.len() {
            let origin = self.stack[i];
            if origin.local == Some(local) {
                self.make_strong(origin);
            }
        }
    }

    fn store(&mut self, local: u32) {
        let value = self.pop();
        self.kill(local);
        self.make_strong(value);
    }

    fn step(&mut self, i: usize, instr: &Instr) {
        let arg = instr.arg;
        match instr.op {
            Opcode::DELETE_FAST => self.kill(arg),
            Opcode::LOAD_FAST => self.push(i, Some(arg)),
            Opcode::LOAD_FAST_AND_CLEAR => {
                self.kill(arg);
                self.push(i, Some(arg));
            }
            Opcode::LOAD_FAST_LOAD_FAST => {
                self.push(i, Some(arg >> 4));
                self.push(i, Some(arg & 15));
            }
            Opcode::STORE_FAST => self.store(arg),
            Opcode::STORE_FAST_LOAD_FAST => {
                self.store(arg >> 4);
                self.push(i, Some(arg & 15));
            }
            Opcode::STORE_FAST_STORE_FAST => {
                self.store(arg >> 4);
                self.store(arg & 15);
            }
            Opcode::COPY => {
                let origin = self.stack.len().checked_sub(arg as usize).map_or(UNKNOWN, |at| self.stack[at]);
                self.stack.push(origin);
            }
            Opcode::SWAP => {
                let top = self.stack.len();
                if let Some(other) = top.checked_sub(arg as usize)
                    && top > 0
                {
                    self.stack.swap(other, top - 1);
                }
            }
            // The inputs stay, results come on top. CPython takes them for results of the block's first instructions.
            Opcode::FORMAT_SIMPLE
            | Opcode::GET_ANEXT
            | Opcode::GET_LEN
            | Opcode::GET_YIELD_FROM_ITER
            | Opcode::IMPORT_FROM
            | Opcode::MATCH_KEYS
            | Opcode::MATCH_MAPPING
            | Opcode::MATCH_SEQUENCE
            | Opcode::WITH_EXCEPT_START => {
                let results = instr.op.pushed(arg) - instr.op.popped(arg);
                (0..results as usize).for_each(|k| self.push(k, None));
            }
            // Some inputs go, the others stay.
            Opcode::DICT_MERGE
            | Opcode::DICT_UPDATE
            | Opcode::LIST_APPEND
            | Opcode::LIST_EXTEND
            | Opcode::MAP_ADD
            | Opcode::RERAISE
            | Opcode::SET_ADD
            | Opcode::SET_UPDATE => {
                for _ in instr.op.pushed(arg)..instr.op.popped(arg) {
                    self.pop();
                }
            }
            Opcode::END_SEND | Opcode::SET_FUNCTION_ATTRIBUTE => {
                let top = self.pop();
                self.pop();
                self.stack.push(top);
            }
            Opcode::CHECK_EXC_MATCH => {
                self.pop();
                self.push(i, None);
            }
            Opcode::FOR_ITER => self.push(i, None),
            Opcode::LOAD_ATTR | Opcode::LOAD_SUPER_ATTR => {
                let owner = self.pop();
                if instr.op == Opcode::LOAD_SUPER_ATTR {
                    self.pop();
                    self.pop();
                }
                self.push(i, None);
                if arg & 1 != 0 {
                    // A method call may find its self on the stack again.
                    self.stack.push(owner);
                }
            }
            Opcode::LOAD_SPECIAL | Opcode::PUSH_EXC_INFO => {
                let top = self.pop();
                self.push(i, None);
                self.stack.push(top);
            }
            Opcode::SEND => {
                self.pop();
                self.push(i, None);
            }
            op if op.pushes_block() => {}
            op => {
                for _ in 0..op.popped(arg) {
                    self.pop();
                }
                if matches!(op, Opcode::YIELD_VALUE | Opcode::RETURN_GENERATOR) {
                    self.suspend();
                }
                for _ in 0..op.pushed(arg) {
                    self.push(i, None);
                }
            }
        }
    }

    /// The frame is left for a while with what is on its stack.
    fn suspend(&mut self) {
        for i in 0..self.stack.len() {
            let origin = self.stack[i];
            self.make_strong(origin);
        }
    }

    /// Which instructions stay strong, once the block has ended.
    fn finish(mut self) -> Vec<bool> {
        for origin in std::mem::take(&mut self.stack) {
            self.make_strong(origin);
        }
        self.strong
    }
}

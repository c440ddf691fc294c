//! The control-flow graph: basic blocks in a chain, with jumps between them.
//!
//! Blocks live in one vector and are never removed from it; the order of code is the `next` chain from the entry.
//! Invariants: only the last instruction of a block may jump or leave the code object; a block without such an end falls through
//! to `next`.

use std::collections::VecDeque;

use whipsnake_bytecode::Opcode;
use whipsnake_bytecode::locations::Location;

use crate::sequence::{Emitted, Sequence, has_target};

/// Index of a block in its [`Cfg`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct BlockId(u32);

/// An instruction in the graph.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instr {
    pub op: Opcode,
    pub arg: u32,
    pub loc: Location,
    pub target: Option<BlockId>,
    /// The handler that covers the instruction.
    pub except: Option<BlockId>,
}

impl Instr {
    pub fn new(op: Opcode, arg: u32, loc: Location) -> Instr {
        Instr { op, arg, loc, target: None, except: None }
    }

    /// Replaces the operation, keeping the location (and the target, if the new operation has one too).
    pub fn set(&mut self, op: Opcode, arg: u32) {
        self.op = op;
        self.arg = arg;
        if !has_target(op) {
            self.target = None;
        }
    }

    pub fn make_nop(&mut self) {
        self.set(Opcode::NOP, 0);
    }

    pub fn is_unconditional_jump(&self) -> bool {
        is_unconditional_jump(self.op)
    }

    pub fn is_conditional_jump(&self) -> bool {
        matches!(
            self.op,
            Opcode::POP_JUMP_IF_FALSE
                | Opcode::POP_JUMP_IF_TRUE
                | Opcode::POP_JUMP_IF_NONE
                | Opcode::POP_JUMP_IF_NOT_NONE
        )
    }
}

pub(crate) fn is_unconditional_jump(op: Opcode) -> bool {
    matches!(
        op,
        Opcode::JUMP
            | Opcode::JUMP_NO_INTERRUPT
            | Opcode::JUMP_FORWARD
            | Opcode::JUMP_BACKWARD
            | Opcode::JUMP_BACKWARD_NO_INTERRUPT
    )
}

/// Whether the instruction leaves the code object.
pub(crate) fn exits_scope(op: Opcode) -> bool {
    matches!(op, Opcode::RETURN_VALUE | Opcode::RAISE_VARARGS | Opcode::RERAISE)
}

fn is_terminator(op: Opcode) -> bool {
    op.has_jump() || exits_scope(op)
}

/// A basic block.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    pub instrs: Vec<Instr>,
    pub next: Option<BlockId>,
    /// Whether something may jump here (by the label it had or got).
    pub is_target: bool,
    pub predecessors: u32,
    /// Stack depth at the start; known after the depth computation.
    pub start_depth: Option<u32>,
    pub is_handler: bool,
    /// As a handler: whether it wants the offset of the raising instruction.
    pub preserve_lasti: bool,
    pub is_cold: bool,
    pub is_warm: bool,
    /// Handlers that covered the instructions which have been removed from the end. CPython reuses their slots without clearing
    /// the handler, so instructions appended later are covered by what was there before; the exception table shows it.
    removed_handlers: VecDeque<Option<BlockId>>,
}

impl Block {
    pub fn last(&self) -> Option<&Instr> {
        self.instrs.last()
    }

    pub fn falls_through(&self) -> bool {
        !self.last().is_some_and(|i| i.is_unconditional_jump() || exits_scope(i.op))
    }

    pub fn exits_scope(&self) -> bool {
        self.last().is_some_and(|i| exits_scope(i.op))
    }

    /// Appends an instruction that inherits the handler of a removed one, if there was any.
    pub fn append(&mut self, instr: Instr) {
        let except = self.removed_handlers.pop_front().flatten();
        self.instrs.push(Instr { except, ..instr });
    }

    /// Appends instructions as they are.
    pub fn append_copies(&mut self, copies: &[Instr]) {
        self.instrs.extend_from_slice(copies);
        self.removed_handlers.drain(..copies.len().min(self.removed_handlers.len()));
    }

    /// Inserts instructions as they are.
    pub fn insert(&mut self, at: usize, new: &[Instr]) {
        self.removed_handlers.drain(..new.len().min(self.removed_handlers.len()));
        self.instrs.splice(at..at, new.iter().copied());
    }

    /// Replaces the instructions by some of them.
    pub fn retain_only(&mut self, kept: Vec<Instr>) {
        for removed in self.instrs[kept.len()..].iter().rev() {
            self.removed_handlers.push_front(removed.except);
        }
        self.instrs = kept;
    }

    pub fn has_no_line(&self) -> bool {
        self.instrs.iter().all(|i| i.loc.line < 0)
    }
}

/// The graph of one code object.
#[derive(Clone, Debug)]
pub(crate) struct Cfg {
    blocks: Vec<Block>,
}

impl Cfg {
    pub const ENTRY: BlockId = BlockId(0);

    /// Splits a sequence into blocks and resolves its labels.
    pub fn new(sequence: &Sequence) -> Cfg {
        let mut builder = Builder::new(sequence);
        for (position, instr) in sequence.instructions.iter().enumerate() {
            if builder.is_target[position] {
                builder.label_here(position);
            }
            if instr.op == Opcode::ANNOTATIONS_PLACEHOLDER {
                for annotation in &sequence.annotations {
                    builder.push(annotation);
                }
            } else {
                builder.push(instr);
            }
        }
        builder.finish(sequence)
    }

    pub fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.0 as usize]
    }

    pub fn block_mut(&mut self, id: BlockId) -> &mut Block {
        &mut self.blocks[id.0 as usize]
    }

    pub fn new_block(&mut self) -> BlockId {
        self.blocks.push(Block::default());
        BlockId(self.blocks.len() as u32 - 1)
    }

    /// Number of blocks ever made, for side tables indexed by block.
    pub fn capacity(&self) -> usize {
        self.blocks.len()
    }

    /// The blocks in code order. Takes the order as it is now.
    pub fn order(&self) -> Vec<BlockId> {
        let mut order = Vec::with_capacity(self.blocks.len());
        let mut at = Some(Cfg::ENTRY);
        while let Some(id) = at {
            order.push(id);
            at = self.block(id).next;
        }
        order
    }

    /// The first block from `at` on that has instructions.
    pub fn next_nonempty(&self, mut at: Option<BlockId>) -> Option<BlockId> {
        while let Some(id) = at {
            if !self.block(id).instrs.is_empty() {
                return at;
            }
            at = self.block(id).next;
        }
        None
    }

    /// The block that `id` runs into at its end.
    pub fn fallthrough(&self, id: BlockId) -> Option<BlockId> {
        let block = self.block(id);
        if block.falls_through() { block.next } else { None }
    }
}

/// A set of blocks already seen during a walk.
pub(crate) struct Visited(Vec<bool>);

impl Visited {
    pub fn new(cfg: &Cfg) -> Visited {
        Visited(vec![false; cfg.capacity()])
    }

    /// Marks `id`; returns whether it was new.
    pub fn insert(&mut self, id: BlockId) -> bool {
        !std::mem::replace(&mut self.0[id.0 as usize], true)
    }

    pub fn remove(&mut self, id: BlockId) {
        self.0[id.0 as usize] = false;
    }

    pub fn contains(&self, id: BlockId) -> bool {
        self.0[id.0 as usize]
    }
}

impl BlockId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

struct Builder {
    cfg: Cfg,
    current: BlockId,
    is_target: Vec<bool>,
    /// A label waiting for its instruction.
    pending: Option<usize>,
    block_of_position: Vec<Option<BlockId>>,
}

impl Builder {
    fn new(sequence: &Sequence) -> Builder {
        let n = sequence.instructions.len();
        let mut is_target = vec![false; n];
        for instr in &sequence.instructions {
            if has_target(instr.op)
                && let Some(Some(position)) = sequence.labels.get(instr.arg as usize)
            {
                is_target[*position] = true;
            }
        }
        Builder {
            cfg: Cfg { blocks: vec![Block::default()] },
            current: Cfg::ENTRY,
            is_target,
            pending: None,
            block_of_position: vec![None; n],
        }
    }

    fn label_here(&mut self, position: usize) {
        self.pending = Some(position);
        self.maybe_start_block();
    }

    fn maybe_start_block(&mut self) {
        let block = self.cfg.block(self.current);
        let terminated = block.last().is_some_and(|i| is_terminator(i.op));
        let labelled = self.pending.is_some() && (!block.instrs.is_empty() || block.is_target);
        if terminated || labelled {
            let new = self.cfg.new_block();
            self.cfg.block_mut(self.current).next = Some(new);
            self.current = new;
        }
        if let Some(position) = self.pending.take() {
            self.cfg.block_mut(self.current).is_target = true;
            self.block_of_position[position] = Some(self.current);
        }
    }

    fn push(&mut self, instr: &Emitted) {
        self.maybe_start_block();
        let instr = Instr::new(instr.op, instr.arg, instr.loc);
        self.cfg.block_mut(self.current).instrs.push(instr);
    }

    fn finish(mut self, sequence: &Sequence) -> Cfg {
        for block in &mut self.cfg.blocks {
            for instr in &mut block.instrs {
                if has_target(instr.op) {
                    let position = sequence.labels.get(instr.arg as usize).copied().flatten();
                    instr.target = position.and_then(|p| self.block_of_position[p]);
                    instr.arg = 0;
                }
            }
        }
        self.cfg
    }
}

//! What code generation produces: a flat sequence of instructions with symbolic jump targets.

use whipsnake_bytecode::Opcode;
use whipsnake_bytecode::locations::Location;

/// A jump target, bound to an instruction by [`Sequence::use_label`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Label(pub u32);

/// One instruction. For instructions with a target, `arg` is the label's number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Emitted {
    pub op: Opcode,
    pub arg: u32,
    pub loc: Location,
}

/// Instructions in the order of generation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sequence {
    pub instructions: Vec<Emitted>,
    /// Position of each label, once it is bound.
    pub labels: Vec<Option<usize>>,
    /// Instructions that replace ANNOTATIONS_PLACEHOLDER; free of jumps.
    pub annotations: Vec<Emitted>,
}

/// Whether the instruction names a target (a jump or a handler).
pub(crate) fn has_target(op: Opcode) -> bool {
    op.has_jump() || op.pushes_block()
}

impl Sequence {
    pub fn push(&mut self, op: Opcode, arg: u32, loc: Location) {
        self.instructions.push(Emitted { op, arg, loc });
    }

    pub fn new_label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() as u32 - 1)
    }

    /// Binds `label` to the next instruction.
    pub fn use_label(&mut self, label: Label) {
        self.labels[label.0 as usize] = Some(self.instructions.len());
    }

    /// Inserts an instruction before all others.
    pub fn insert_first(&mut self, op: Opcode, arg: u32, loc: Location) {
        self.instructions.insert(0, Emitted { op, arg, loc });
        for position in self.labels.iter_mut().flatten() {
            *position += 1;
        }
    }
}

//! Stencils: the machine code of single uops, with holes, made by the build from the interpreter's own bodies.
//!
//! In, at build time: the instruction definitions. Out: [`STENCILS`], code bytes and [`Hole`]s for each uop of
//! `crates/instructions/src/fast` on x86-64 and AArch64 Linux; elsewhere the table is empty. A trace is made by copying
//! stencils one behind the other and filling their holes. How they are compiled, and what the build refuses, is told in
//! docs/stencils.md.
//!
//! **Invariant:** no stencil of a uop calls, returns, traps, or touches the native stack.
#![forbid(unsafe_code)]

mod patch;

pub use patch::{OutOfRange, Patch};

/// The code of one uop, or of a part that every trace needs (`ENTER`, `LEAVE`, `FREE_1`, `FREE_2`, `JUMP`).
#[derive(Debug)]
pub struct Stencil {
    /// The uop's name in listings; `_TAKEN` behind it stands for a branch that the trace takes.
    pub name: &'static str,
    pub code: &'static [u8],
    pub holes: &'static [Hole],
    /// Its continuation is whatever comes behind it: the jump that was at its end is left out.
    pub falls_through: bool,
}

/// A place in the code that depends on the trace.
#[derive(Clone, Copy, Debug)]
pub struct Hole {
    /// In bytes from the start of the stencil.
    pub offset: u32,
    pub patch: Patch,
    pub addend: i64,
    pub fill: Fill,
}

/// What a hole is filled with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fill {
    /// A jump to the next uop.
    Continue,
    /// A jump to where the instruction starts over in tier 1.
    Exit,
    /// A jump to where the branch leads that the trace does not take.
    Branch,
    /// A jump to a copy of `FREE_1` that continues behind this uop.
    Release1,
    /// The same for `FREE_2`.
    Release2,
    /// The uop's part of the oparg.
    OpArg,
    /// An entry of the instruction's inline cache: its width in bits, its offset in units behind the counter's place.
    Cache { width: u32, offset: usize },
    /// The address of the instruction.
    Instruction,
    /// What the trace returns when it is left here.
    Result,
    /// The address of `extern "C" fn(thread, slot)`, which frees an object.
    FreeObject,
    /// The address of a type or a singleton, by its name in `whipsnake_instructions::fast::symbols`.
    Symbol(&'static str),
}

impl Fill {
    /// Whether the hole is the target of a jump.
    pub fn is_jump(self) -> bool {
        matches!(self, Fill::Continue | Fill::Exit | Fill::Branch | Fill::Release1 | Fill::Release2)
    }
}

/// The stencil of that name.
pub fn find(name: &str) -> Option<&'static Stencil> {
    STENCILS.binary_search_by(|stencil| stencil.name.cmp(name)).ok().map(|at| &STENCILS[at])
}

include!(concat!(env!("OUT_DIR"), "/table.rs"));

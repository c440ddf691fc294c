//! The instruction definitions: what each instruction does, written once.
//!
//! - `operands.rs`: the vocabulary of signatures ([`operands::Ref`], [`operands::Own`], [`operands::Deopt`], caches)
//! - `fast/`: bodies over layouts only (`core`, no calls): also compiled into stencils
//! - `slow/`: bodies that call the runtime, and may run Python code
//! - `control/`: bodies that change frame, instruction pointer or stack height themselves
//! - `instructions.def`, beside `src/`: which uops make which instruction (read by the generator, not compiled)
//!
//! Laws: a guard (`guard_*`) only looks; an op that returns `Deopt` makes every check before its first effect; only an op
//! that takes the thread can run Python code. The generator (`whipsnake-instructions-gen`) reads the signatures: they
//! are the metadata.

pub mod control;
pub mod fast;
pub mod operands;
pub mod slow;

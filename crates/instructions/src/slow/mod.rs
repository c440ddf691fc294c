//! Slow bodies: the generic form of every instruction, in terms of the runtime's protocols. They may run Python code.

pub mod attributes;
pub mod classes;
pub mod exceptions;
pub mod formatting;
pub mod intrinsics;
pub mod iteration;
pub mod matching;
pub mod names;
pub mod operators;
pub mod subscripts;

//! Code objects and everything that describes bytecode: opcode tables, location and exception tables, a disassembler and marshal.
//!
//! Invariant: nothing here knows the object model or the compiler. Constants are plain data ([`Const`]), and marshal is generic
//! over a builder, so that the runtime can use it for live objects.
#![forbid(unsafe_code)]

pub mod code;
pub mod dis;
pub mod exceptions;
pub mod locations;
pub mod marshal;

mod opcode_table;
pub mod opcodes;
mod varint;

pub use code::{Code, CodeFlags, Const};
pub use opcodes::Opcode;

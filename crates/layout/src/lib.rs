//! The memory layout of everything that machine code may look at.
//!
//! `no_std`, no dependencies, no behaviour beyond bit arithmetic: the interpreter, the stencil build and the collector
//! all compile this crate, so that one definition of a field serves them all. Types here are `#[repr(C)]`; offsets that
//! follow CPython 3.14's structs are checked by const assertions beside them.
//!
//! **Invariant:** nothing here allocates, runs Python code, or knows a type by name.
#![no_std]

pub mod code;
pub mod dict;
pub mod frame;
pub mod header;
pub mod objects;
pub mod thread;
pub mod typeobject;
pub mod value;

pub use header::{Header, VarHeader};
pub use value::{Slot, Value};

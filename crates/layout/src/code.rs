//! The code object, as the interpreter reads it.

use crate::header::Header;
use crate::value::{Slot, Value};
use core::cell::Cell;

/// A code unit: opcode in the low byte, oparg in the high byte.
pub type CodeUnit = u16;

#[repr(C)]
pub struct CodeObject {
    pub head: Header,
    /// The adaptive bytecode: `code_units` units, inline caches included, rewritten by specialisation.
    pub code: *mut CodeUnit,
    pub code_units: u32,
    /// `CO_*` flags.
    pub flags: u32,
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub stacksize: u32,
    pub firstlineno: i32,
    /// Locals, cells and free variables together.
    pub nlocalsplus: u32,
    pub nlocals: u32,
    pub ncellvars: u32,
    pub nfreevars: u32,
    /// Slots a frame needs: header, localsplus, stack.
    pub framesize: u32,
    /// Unique while the code lives; 0 = ran out.
    pub version: u32,
    /// The state of the interpreter's instrumentation that the instructions agree with.
    pub instrumentation_version: Cell<u32>,
    /// The items of `consts`.
    pub consts_items: *const Cell<Value>,
    /// The items of `names`.
    pub names_items: *const Cell<Value>,
    /// Tuples.
    pub consts: Value,
    pub names: Value,
    pub localsplusnames: Value,
    /// bytes.
    pub localspluskinds: Value,
    pub filename: Value,
    pub name: Value,
    pub qualname: Value,
    pub linetable: Value,
    pub exceptiontable: Value,
    /// Offset in units of the first traceable instruction (the `RESUME`).
    pub first_traceable: u32,
    /// The place in the interpreter's list of code whose `RESUME` only looks at the eval breaker; `u32::MAX` = not in it.
    pub warm_index: Cell<u32>,
    /// `co_extra`-like room: cached varnames, cellvars, freevars tuples; null until asked for.
    pub cached: [Cell<Slot>; 4],
    /// What is known about its instrumented instructions (the runtime's `CodeMonitoring`); null while there are none.
    pub monitoring: Cell<*mut ()>,
}

pub mod flags {
    pub const OPTIMIZED: u32 = 0x1;
    pub const NEWLOCALS: u32 = 0x2;
    pub const VARARGS: u32 = 0x4;
    pub const VARKEYWORDS: u32 = 0x8;
    pub const NESTED: u32 = 0x10;
    pub const GENERATOR: u32 = 0x20;
    pub const COROUTINE: u32 = 0x80;
    pub const ITERABLE_COROUTINE: u32 = 0x100;
    pub const ASYNC_GENERATOR: u32 = 0x200;
    pub const HAS_DOCSTRING: u32 = 0x4000000;
    pub const METHOD: u32 = 0x8000000;
}

//! Protocols: what any object can be asked to do, whatever its type.
//!
//! Each module dispatches through the slots of the operands' types, as CPython's abstract object layer does.

pub mod call;
pub mod compare;
pub mod iter;
pub mod mapping;
pub mod number;
pub mod object;
pub mod sequence;

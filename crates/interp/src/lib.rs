//! Tier 1: the specialising interpreter.
//!
//! The handlers are generated from the instruction definitions in two forms: [`tailcall`] (each handler jumps to the
//! next) and [`matched`] (one loop), chosen at start-up by `WHIPSNAKE_DISPATCH` where both exist. Specialisation rewrites
//! a code object's instructions in place; see `specialize/`.
#![cfg_attr(tailcall, feature(explicit_tail_calls, rust_preserve_none_cc, alloc_error_hook))]
#![cfg_attr(tailcall, allow(incomplete_features))]

pub mod eval;
pub mod expansion;
pub mod matched;
pub mod metadata;
pub mod specialize;
#[cfg(tailcall)]
pub mod tailcall;
pub mod threads;

pub use eval::hooks;

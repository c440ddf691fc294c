//! The engine behind Python's `re`: executes the code lists that `re/_compiler.py` makes of patterns.
//!
//! Comes in: a code list, once, checked and translated by [`Program::new`]; then texts, as slices of 1, 2 or 4-byte
//! characters. Goes out: whether and where it matches ([`State`]). The crate knows nothing of Python objects; the
//! `_sre` module wraps it. Characters are classified by a table of functions ([`Unicode`]) that its user supplies.
//!
//! | module | what |
//! |---|---|
//! | `opcodes` | numbers of the code list format |
//! | `parse` | code list to checked tree |
//! | `analysis` | first sets, widths, prefixes, anchors |
//! | `emit`, `program` | tree to instructions |
//! | `search` | finding places where a match may begin |
//! | `matcher` | backtracking, on a heap stack |
//! | `charset`, `single`, `text`, `unicode` | sets, single characters and runs, widths, classification |
//!
//! **Invariant**: after `Program::new` has accepted a code list, running it can neither panic nor leave the text,
//! whatever the list says; it uses no native stack in proportion to pattern or text.
//!
//! Why not a finite automaton? Python's patterns have references and lookarounds, and its groups report what
//! backtracking finds. What an automaton would gain most, finding candidates fast, `search` does.
//!
//! Source: CPython 3.14 `re` documentation and `re/_compiler.py` for the format; tests in `tests/cases.rs` compare
//! with CPython's results.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod analysis;
mod charset;
mod emit;
mod matcher;
mod opcodes;
mod parse;
mod program;
mod search;
mod single;
mod text;
mod unicode;

pub use matcher::{Error, Interrupt, Scratch, State};
pub use opcodes::{MAGIC, MAXGROUPS, MAXREPEAT};
pub use program::{InvalidCode, Program};
pub use text::Char;
pub use unicode::Unicode;

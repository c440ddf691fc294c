//! Source places: from the tree's spans to the compiler's locations, and the guard against deep nesting.

use whipsnake_bytecode::locations::Location;
use whipsnake_syntax::ast::{Expr, Span, Stmt};

use crate::error::{ErrorKind, Result, internal};

/// "Use the location of the next instruction", resolved by the assembler.
pub(crate) const NEXT_LOCATION: Location = Location { line: -2, end_line: -2, column: -2, end_column: -2 };

/// "No location": the instruction is artificial.
pub(crate) const NO_LOCATION: Location = Location::NONE;

fn narrow(n: u32) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// The location of a node.
pub(crate) trait HasPlace {
    fn place(&self) -> Location;
}

impl HasPlace for Span {
    fn place(&self) -> Location {
        Location {
            line: narrow(self.lineno),
            end_line: narrow(self.end_lineno),
            column: narrow(self.col_offset),
            end_column: narrow(self.end_col_offset),
        }
    }
}

impl HasPlace for Expr {
    fn place(&self) -> Location {
        self.span.place()
    }
}

impl HasPlace for Stmt {
    fn place(&self) -> Location {
        self.span.place()
    }
}

/// Nesting beyond this is refused.
pub(crate) const MAX_DEPTH: u32 = 12_000;

/// Runs `step` one level deeper, on more stack if need be.
pub(crate) fn descend<C, T>(
    context: &mut C,
    depth: impl Fn(&mut C) -> &mut u32,
    step: impl FnOnce(&mut C) -> Result<T>,
) -> Result<T> {
    if *depth(context) >= MAX_DEPTH {
        return internal(ErrorKind::TooDeep, "maximum recursion depth exceeded during compilation");
    }
    *depth(context) += 1;
    let result = stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || step(context));
    *depth(context) -= 1;
    result
}

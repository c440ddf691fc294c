//! Under construction in this commit.

use whipsnake_runtime::prelude::*;

/// Makes the module.
///
/// # Errors
/// MemoryError.
pub fn init(_: &Thread) -> PyResult {
    Ok(Obj::none())
}

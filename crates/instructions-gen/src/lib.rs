//! Reads the instruction definitions and writes what every tier needs of them.
//!
//! In: the signatures of the `#[uop]` functions (never their bodies) and `instructions.def`. Out, as Rust text:
//! tier-1 handlers for tail-call and `match` dispatch ([`handlers`]), the uop expansion of every instruction
//! ([`metadata`]), the source of the stencils ([`stencils`]), and a reference page ([`reference`]).

mod definitions;
mod handlers;
mod pages;
mod stencils;
mod steps;
mod uops;

pub use definitions::{Composition, Definitions, OpArgPart, Step};
pub use handlers::handlers;
pub use pages::{metadata, reference};
pub use stencils::{Stencils, stencils};
pub use uops::{Input, Output, Uop, UopKind};

use std::path::Path;

/// Reads the definitions below `instructions` (the folder of the instructions crate).
///
/// # Errors
/// A message that names the file and what is wrong with it.
pub fn read(instructions: &Path) -> Result<Definitions, String> {
    let mut uops = Vec::new();
    read_folder(&instructions.join("src"), &mut uops)?;
    let def = instructions.join("instructions.def");
    let text = std::fs::read_to_string(&def).map_err(|e| format!("{}: {e}", def.display()))?;
    Definitions::new(uops, &text)
}

fn read_folder(folder: &Path, uops: &mut Vec<Uop>) -> Result<(), String> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .map_err(|e| format!("{}: {e}", folder.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            read_folder(&path, uops)?;
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            let module = module_path(&path);
            uops::parse_file(&text, &module, uops).map_err(|e| format!("{}: {e}", path.display()))?;
        }
    }
    Ok(())
}

/// `.../src/fast/ints.rs` is `fast::ints`.
fn module_path(path: &Path) -> String {
    let parts: Vec<String> = path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let start = parts.iter().rposition(|part| part == "src").map_or(0, |at| at + 1);
    let mut parts = parts[start..].to_vec();
    if parts.last().is_some_and(|last| last == "mod" || last == "lib") {
        parts.pop();
    }
    parts.join("::")
}

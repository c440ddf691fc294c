//! Makes the table of stencils: writes their source, compiles it with the project's own rustc, takes code and holes out of the
//! object file, and checks them. See docs/stencils.md.

mod aarch64;
mod extract;
mod recipe;
mod table;
mod x86_64;

use std::path::{Path, PathBuf};

/// Machines that stencils are made for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Machine {
    X86_64,
    Aarch64,
}

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    let crates = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("..");
    for path in ["stencils/build", "stencils/template.rs", "instructions", "layout/src"] {
        println!("cargo::rerun-if-changed={}", crates.join(path).display());
    }
    println!("cargo::rerun-if-env-changed=RUSTC");
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let machine = match (variable("CARGO_CFG_TARGET_OS").as_str(), variable("CARGO_CFG_TARGET_ARCH").as_str()) {
        ("linux", "x86_64") => Some(Machine::X86_64),
        ("linux", "aarch64") => Some(Machine::Aarch64),
        _ => None,
    };
    let stencils = match machine.map(|machine| make(machine, &crates, &out)).transpose() {
        Ok(stencils) => stencils.unwrap_or_default(),
        Err(message) => panic!("stencils: {message}"),
    };
    if let Err(error) = std::fs::write(out.join("table.rs"), table::text(&stencils)) {
        panic!("table.rs: {error}");
    }
}

/// Source, object file, stencils.
fn make(machine: Machine, crates: &Path, out: &Path) -> Result<Vec<extract::Stencil>, String> {
    let definitions = whipsnake_instructions_gen::read(&crates.join("instructions"))?;
    let source = whipsnake_instructions_gen::stencils(&definitions);
    let object = recipe::compile(machine, &source, crates, out)?;
    extract::stencils(machine, &object, &source.names)
}

//! Runs the generator over the instruction definitions.

use std::path::{Path, PathBuf};

fn main() {
    let instructions = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../instructions");
    println!("cargo::rerun-if-changed={}", instructions.display());
    println!("cargo::rustc-check-cfg=cfg(tailcall)");
    let definitions = match whipsnake_instructions_gen::read(&instructions) {
        Ok(definitions) => definitions,
        Err(message) => panic!("{message}"),
    };
    let out = PathBuf::from(std::env::var("OUT_DIR").unwrap_or_default());
    let write = |name: &str, text: String| {
        if let Err(error) = std::fs::write(out.join(name), text) {
            panic!("{name}: {error}");
        }
    };
    write("handlers.rs", whipsnake_instructions_gen::handlers(&definitions));
    write("metadata.rs", whipsnake_instructions_gen::metadata(&definitions));
    // Guaranteed tail calls and preserve_none need the nightly features that `.cargo/config.toml` opens for this crate.
    let opened =
        std::env::var("RUSTC_BOOTSTRAP").is_ok_and(|v| v == "1" || v.split(',').any(|c| c == "whipsnake_interp"));
    let arch = std::env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    if opened && (arch == "x86_64" || arch == "aarch64") && std::env::var("CARGO_FEATURE_MATCH_DISPATCH").is_err() {
        println!("cargo::rustc-cfg=tailcall");
    }
}

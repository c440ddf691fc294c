//! How stencils are compiled: by the rustc that compiles everything else, as a child process.

use crate::Machine;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use whipsnake_instructions_gen::Stencils;

/// Writes the source, compiles it, and reads the object file.
pub fn compile(machine: Machine, source: &Stencils, crates: &Path, out: &Path) -> Result<Vec<u8>, String> {
    let absolute = |path: &str| crates.join(path).canonicalize().map_err(|e| format!("{path}: {e}"));
    let write = |name: &str, text: &str| std::fs::write(out.join(name), text).map_err(|e| format!("{name}: {e}"));
    let template = absolute("stencils/template.rs")?;
    let template = std::fs::read_to_string(&template).map_err(|e| format!("{}: {e}", template.display()))?;
    let instructions = absolute("instructions/src")?;
    write("stencils.rs", &template.replace("@INSTRUCTIONS@", &instructions.to_string_lossy()))?;
    write("generated.rs", &source.text)?;
    let mut holes = String::from("unsafe extern \"C\" {\n");
    for (width, offset) in &source.caches {
        let size = if *width == 64 { "[u8; 1 << 24]" } else { "u8" };
        let _ = writeln!(holes, "    pub static CACHE{width}_{offset}: {size};");
    }
    holes.push_str("}\n");
    write("caches.rs", &holes)?;

    let layout = out.join("libwhipsnake_layout.rlib");
    run(rustc(machine)
        .args(["--crate-name", "whipsnake_layout", "--crate-type", "rlib", "--emit", "link"])
        .arg("-o")
        .arg(&layout)
        .arg(absolute("layout/src/lib.rs")?))?;
    let object = out.join("stencils.o");
    run(rustc(machine)
        .args(["--crate-name", "stencils", "--crate-type", "lib", "--emit", "obj"])
        .arg("--extern")
        .arg(format!("whipsnake_layout={}", layout.display()))
        .arg("-o")
        .arg(&object)
        .arg(out.join("stencils.rs")))?;
    std::fs::read(&object).map_err(|e| format!("{}: {e}", object.display()))
}

/// The compiler with everything that makes its code fit: no unwinding, absolute holes, arms in the order of the source.
fn rustc(machine: Machine) -> Command {
    let variable = |name: &str| std::env::var_os(name);
    let mut command = Command::new(variable("RUSTC").unwrap_or_else(|| "rustc".into()));
    // What cargo and the user tell the outer build must not reach this one.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO") && text != "CARGO_HOME" || text.starts_with("RUSTC") || text.contains("RUSTFLAGS")
        {
            command.env_remove(&name);
        }
    }
    // For this child only: the features of the stencils are not stable.
    command.env("RUSTC_BOOTSTRAP", "1");
    command.args(["--edition", "2024", "--cap-lints", "warn", "-C", "opt-level=3", "-C", "codegen-units=1"]);
    command.args(["-C", "panic=abort", "-C", "force-unwind-tables=no", "-C", "debuginfo=0", "-C", "embed-bitcode=no"]);
    // A table would be data of its own beside the code.
    command.args(["-C", "llvm-args=-disable-block-placement", "-C", "jump-tables=no"]);
    match machine {
        Machine::X86_64 => command.args(["-C", "relocation-model=static", "-C", "code-model=medium"]).args([
            // Symbols of more than one word are far: a hole of 64 bits. All others are holes of 32 bits.
            "-Z",
            "large-data-threshold=8",
        ]),
        // Every symbol comes from the table of addresses, which lies beside the code.
        Machine::Aarch64 => command.args(["-C", "relocation-model=pic"]),
    };
    if let Some(target) = variable("TARGET") {
        command.arg("--target").arg(target);
    }
    command
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)))
}

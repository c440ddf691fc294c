//! Compiles every `.py` file below a directory and writes the marshalled code objects, for comparison with another compiler.
//!
//! Usage: `compile_tree SOURCE_DIR OUTPUT_DIR [OPTIMIZE]`. For `SOURCE_DIR/a/b.py` it writes `OUTPUT_DIR/a/b.py.code`, or
//! `OUTPUT_DIR/a/b.py.error` with the message. Code objects get the file's path relative to SOURCE_DIR as their file name.

use std::fs;
use std::path::{Path, PathBuf};

use whipsnake_bytecode::marshal;
use whipsnake_compiler::{Options, compile};
use whipsnake_syntax as syntax;

fn python_files(dir: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            python_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "py") {
            out.push(path);
        }
    }
}

fn compile_file(path: &Path, name: &str, optimize: u8) -> Result<Vec<u8>, String> {
    let bytes = fs::read(path).map_err(|e| e.to_string())?;
    let parsed = syntax::parse_bytes(&bytes, syntax::Mode::Exec, &syntax::Options::default(), None)
        .map_err(|e| format!("{} @ {}:{}-{}:{}", e.message, e.lineno, e.offset, e.end_lineno, e.end_offset))?;
    let options = Options { optimize, ..Options::default() };
    let compiled = compile(&parsed.tree, name, options).map_err(|e| {
        let l = e.location;
        format!("{} @ {}:{}-{}:{}", e.message, l.line, l.column + 1, l.end_line, l.end_column + 1)
    })?;
    marshal::write_code(&compiled.code).map_err(|e| format!("marshal: {e:?}"))
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let [_, source, output, rest @ ..] = &args[..] else {
        eprintln!("usage: compile_tree SOURCE_DIR OUTPUT_DIR [OPTIMIZE]");
        std::process::exit(2);
    };
    let optimize = rest.first().and_then(|o| o.parse().ok()).unwrap_or(0);
    let mut files = Vec::new();
    python_files(Path::new(source), &mut files);
    files.sort();
    let (mut done, mut failed) = (0, 0);
    for path in files {
        let Ok(relative) = path.strip_prefix(source) else { continue };
        let name = relative.to_string_lossy().into_owned();
        let base = Path::new(output).join(relative);
        if let Some(parent) = base.parent() {
            let _ = fs::create_dir_all(parent);
        }
        let result = compile_file(&path, &name, optimize);
        let (suffix, data) = match result {
            Ok(data) => {
                done += 1;
                ("code", data)
            }
            Err(message) => {
                failed += 1;
                ("error", message.into_bytes())
            }
        };
        if let Err(e) = fs::write(format!("{}.{suffix}", base.display()), data) {
            eprintln!("{}: {e}", base.display());
        }
    }
    println!("{done} compiled, {failed} failed");
}

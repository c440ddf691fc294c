//! Writes the embedded library to a folder, as a start for `WHIPSNAKE_STDLIB=folder`: `cargo run --example unpack -- folder`.

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: unpack FOLDER");
        std::process::exit(2);
    };
    for entry in whipsnake_stdlib::files("") {
        let path = folder.join(entry.relative_path());
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, entry.source())?;
    }
    Ok(())
}

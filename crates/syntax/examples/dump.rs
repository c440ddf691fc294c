//! Prints the trees of the files named on the command line, or what is wrong with them.
//!
//! With `-o DIR`, each file's tree goes to a numbered file there.

use whipsnake_syntax::{Mode, Options, dump::dump, parse_bytes};

fn main() -> std::io::Result<()> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let mut folder = None;
    if args.first().is_some_and(|arg| arg == "-o") && args.len() > 1 {
        folder = Some(args.remove(1));
        args.remove(0);
    }
    for (number, path) in args.iter().enumerate() {
        let source = match std::fs::read(path) {
            Ok(source) => source,
            Err(error) => {
                eprintln!("{path}: {error}");
                continue;
            }
        };
        let text = match parse_bytes(&source, Mode::Exec, &Options::default(), None) {
            Ok(parsed) => dump(&parsed.tree),
            Err(error) => format!(
                "{:?}: {} at {}:{}-{}:{}",
                error.kind, error.message, error.lineno, error.offset, error.end_lineno, error.end_offset
            ),
        };
        match &folder {
            Some(folder) => std::fs::write(format!("{folder}/{number}"), text)?,
            None => println!("{path}: {text}"),
        }
    }
    Ok(())
}

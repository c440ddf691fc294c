//! Reads escaped sources, one a line (`\n`, `\t` and `\\` as in Python), and prints what is wrong with each.
//! An argument names the mode: `exec`, `eval`, `single` or `func_type`.

use std::io::{BufRead, Write};

use whipsnake_syntax::{Mode, Options, parse};

fn main() -> std::io::Result<()> {
    let mode = match std::env::args().nth(1).as_deref() {
        Some("eval") => Mode::Eval,
        Some("single") => Mode::Single,
        Some("func_type") => Mode::FuncType,
        _ => Mode::Exec,
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let mut source = String::new();
        let mut chars = line.chars();
        while let Some(c) = chars.next() {
            match (c, if c == '\\' { chars.next() } else { None }) {
                ('\\', Some('n')) => source.push('\n'),
                ('\\', Some('t')) => source.push('\t'),
                ('\\', Some('f')) => source.push('\x0c'),
                ('\\', Some('r')) => source.push('\r'),
                ('\\', Some(other)) => source.push(other),
                (c, _) => source.push(c),
            }
        }
        match parse(&source, mode, &Options::default()) {
            Ok(_) => writeln!(out, "{line}\tok")?,
            Err(e) => writeln!(
                out,
                "{line}\t{:?}\t{}:{}-{}:{}\t{}",
                e.kind, e.lineno, e.offset, e.end_lineno, e.end_offset, e.message
            )?,
        }
    }
    Ok(())
}

//! Prints the tokens of the files named on the command line, as `python -m tokenize -e` numbers them.
//!
//! With `-o DIR`, each file's tokens go to a numbered file there.

use std::fmt::Write;
use std::rc::Rc;

use whipsnake_syntax::lines::Lines;
use whipsnake_syntax::tokenizer::{TokenKind, Tokenizer};

fn tokens(source: &str) -> String {
    let lines = Rc::new(Lines::new(source));
    let mut tokenizer = Tokenizer::with_extra_tokens(source, lines.clone());
    let mut out = String::new();
    loop {
        match tokenizer.next_token() {
            Ok(token) => {
                let (line, column) = lines.place(token.start);
                let (mut end_line, mut end_column) = lines.place(token.end);
                if matches!(token.kind, TokenKind::Newline | TokenKind::Nl) {
                    // A newline ends on its own line.
                    (end_line, end_column) = (line, column + 1);
                }
                let kind = format!("{:?}", token.kind).to_uppercase();
                let _ = writeln!(out, "{line},{column}-{end_line},{end_column} {kind}");
                if token.kind == TokenKind::EndMarker {
                    return out;
                }
            }
            Err(error) => {
                let _ = writeln!(out, "{error:?}");
                return out;
            }
        }
    }
}

fn main() -> std::io::Result<()> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let mut folder = None;
    if args.first().is_some_and(|arg| arg == "-o") && args.len() > 1 {
        folder = Some(args.remove(1));
        args.remove(0);
    }
    for (number, path) in args.iter().enumerate() {
        let Ok(source) = std::fs::read_to_string(path) else { continue };
        let text = tokens(&source);
        match &folder {
            Some(folder) => std::fs::write(format!("{folder}/{number}"), text)?,
            None => print!("{text}"),
        }
    }
    Ok(())
}

//! SyntaxErrors and SyntaxWarnings of the symbol table and the compiler: message and place.
//!
//! `errors.txt` holds programs separated by `=====`; below each, after `--`, stands what CPython 3.14 says about it.

use whipsnake_compiler::{Options, compile};
use whipsnake_syntax as syntax;

fn report(source: &str) -> String {
    let parsed = match syntax::parse(source, syntax::Mode::Exec, &syntax::Options::default()) {
        Ok(parsed) => parsed,
        Err(e) => {
            return format!(
                "SyntaxError: {} @ {}:{}-{}:{}\n",
                e.message, e.lineno, e.offset, e.end_lineno, e.end_offset
            );
        }
    };
    match compile(&parsed.tree, "f", Options::default()) {
        Ok(compiled) => {
            let mut out = String::new();
            for warning in compiled.warnings {
                out.push_str(&format!("warning: {} @ {}\n", warning.message, warning.location.line));
            }
            out + "ok\n"
        }
        Err(e) => {
            let l = e.location;
            format!("SyntaxError: {} @ {}:{}-{}:{}\n", e.message, l.line, l.column + 1, l.end_line, l.end_column + 1)
        }
    }
}

#[test]
fn messages_and_places() {
    let mut failures = String::new();
    for case in include_str!("errors.txt").split("=====\n") {
        let Some((source, expected)) = case.rsplit_once("--\n") else { continue };
        // Warnings that come before an error are reported with it in CPython, but not here.
        let expected_error = expected.lines().find(|l| l.starts_with("SyntaxError")).map(|l| format!("{l}\n"));
        let expected = expected_error.as_deref().unwrap_or(expected);
        let got = report(source);
        if got != expected {
            failures.push_str(&format!("{source}expected: {expected}got:      {got}\n"));
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

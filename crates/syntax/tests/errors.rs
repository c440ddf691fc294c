//! Syntax errors as CPython 3.14 reports them.
//!
//! Each line of `errors.tsv` is a source (newlines, tabs and backslashes escaped), the exception,
//! its place (line:offset-line:offset) and its message, as printed by CPython; `ok` for programs.

use whipsnake_syntax::{Mode, Options, parse};

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => {}
            },
            _ => out.push(c),
        }
    }
    out
}

#[test]
fn errors_are_those_of_cpython() {
    let mut wrong = Vec::new();
    for line in include_str!("errors.tsv").lines() {
        let (source, expected) = line.split_once('\t').expect("a line has a source and an expectation");
        let found = match parse(&unescape(source), Mode::Exec, &Options::default()) {
            Ok(_) => "ok".to_owned(),
            Err(e) => {
                format!("{:?}\t{}:{}-{}:{}\t{}", e.kind, e.lineno, e.offset, e.end_lineno, e.end_offset, e.message)
            }
        };
        if found != expected {
            wrong.push(format!("{source}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// As above, for the other modes; a mode with `+` allows incomplete input.
#[test]
fn modes_are_those_of_cpython() {
    let mut wrong = Vec::new();
    for line in include_str!("modes.tsv").lines() {
        let mut parts = line.splitn(3, '\t');
        let (Some(name), Some(source), Some(expected)) = (parts.next(), parts.next(), parts.next()) else {
            panic!("a line has a mode, a source and an expectation: {line}");
        };
        let incomplete = name.ends_with('+');
        let mode = match name.trim_end_matches('+') {
            "eval" => Mode::Eval,
            "single" => Mode::Single,
            "func_type" => Mode::FuncType,
            _ => Mode::Exec,
        };
        let options =
            Options { allow_incomplete_input: incomplete, dont_imply_dedent: incomplete, ..Options::default() };
        let found = match parse(&unescape(source), mode, &options) {
            Ok(_) => "ok".to_owned(),
            Err(e) => {
                format!("{:?}\t{}:{}-{}:{}\t{}", e.kind, e.lineno, e.offset, e.end_lineno, e.end_offset, e.message)
            }
        };
        if found != expected {
            wrong.push(format!("{name} {source}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

//! Trees and warnings as CPython 3.14 makes them.
//!
//! Each line of `trees.tsv` is a source (`\n` is a newline, other backslashes stand for themselves)
//! and its tree with positions, as `dump` writes it; the trees come from CPython.

use whipsnake_syntax::{Mode, Options, Parsed, dump::dump, parse};

fn parsed(source: &str) -> Parsed {
    parse(source, Mode::Exec, &Options::default()).unwrap_or_else(|error| panic!("{source}: {error}"))
}

#[test]
fn trees_are_those_of_cpython() {
    let mut wrong = Vec::new();
    for line in include_str!("trees.tsv").lines() {
        let (source, expected) = line.split_once('\t').expect("a line has a source and a tree");
        let found = dump(&parsed(&source.replace("\\n", "\n")).tree);
        if found != expected {
            wrong.push(format!("{source}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn warnings_have_places() {
    let check = |source: &str, expected: &[(u32, u32, &str)]| {
        let parsed = parsed(source);
        let found: Vec<_> = parsed.warnings.iter().map(|w| (w.lineno, w.offset, w.message.as_str())).collect();
        assert_eq!(found, expected, "{source}");
    };
    let escape = "\"\\d\" is an invalid escape sequence. Such sequences will not work in the future. \
                  Did you mean \"\\\\d\"? A raw string is also an option.";
    let octal = "\"\\400\" is an invalid octal escape sequence. Such sequences will not work in the future. \
                 Did you mean \"\\\\400\"? A raw string is also an option.";
    check("x = '\\d'", &[(1, 6, escape)]);
    check("'''\n\n \\d'''", &[(3, 2, escape)]);
    check("b'\\d' f'\\d{x}'".replace(' ', "\n").as_str(), &[(1, 3, escape), (2, 3, escape)]);
    check("'\\400'", &[(1, 2, octal)]);
    check("r'\\d' '\\n'", &[]);
    check("1if 1else 2", &[(1, 1, "invalid decimal literal"), (1, 5, "invalid decimal literal")]);
}

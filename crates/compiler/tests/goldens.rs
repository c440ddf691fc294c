//! Golden listings: each `goldens/NAME.py` is compiled and disassembled into `goldens/NAME.txt`.
//!
//! The listings have been checked against CPython 3.14 with `tools/compare_code.py`, except for what the comments at the top of the
//! compiler's passes call deliberate. `WHIPSNAKE_BLESS=1` rewrites them.

use std::fs;
use std::path::{Path, PathBuf};

use whipsnake_bytecode::dis;
use whipsnake_compiler::{Mode, Options, compile};
use whipsnake_syntax as syntax;

fn goldens() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens")
}

fn listing(source: &str, name: &str, options: Options) -> String {
    let mode = match options.mode {
        Mode::Exec => syntax::Mode::Exec,
        Mode::Eval => syntax::Mode::Eval,
        Mode::Single => syntax::Mode::Single,
    };
    let parsed = syntax::parse(source, mode, &syntax::Options::default()).expect("golden source parses");
    let compiled = compile(&parsed.tree, name, options).expect("golden source compiles");
    dis::disassemble(&compiled.code)
}

fn check(path: &Path, got: &str, failures: &mut Vec<String>) {
    if std::env::var_os("WHIPSNAKE_BLESS").is_some() {
        fs::write(path, got).expect("golden can be written");
        return;
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    if got != expected {
        let line = got.lines().zip(expected.lines()).position(|(a, b)| a != b).unwrap_or(0);
        let show = |text: &str| text.lines().skip(line).take(5).collect::<Vec<_>>().join("\n");
        failures.push(format!(
            "{} differs from line {}:\nexpected:\n{}\ngot:\n{}",
            path.display(),
            line + 1,
            show(&expected),
            show(got)
        ));
    }
}

#[test]
fn listings() {
    let mut failures = Vec::new();
    let mut sources: Vec<PathBuf> = fs::read_dir(goldens())
        .expect("golden directory")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "py"))
        .collect();
    sources.sort();
    assert!(sources.len() >= 12);
    for source in sources {
        let text = fs::read_to_string(&source).expect("golden source");
        let name = source.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        check(&source.with_extension("txt"), &listing(&text, &name, Options::default()), &mut failures);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn modes_and_levels() {
    let mut failures = Vec::new();
    let mut got = String::new();
    let source = "def f():\n    'doc'\n    assert x\n    return __debug__\n";
    for optimize in 0..=2 {
        let options = Options { optimize, ..Options::default() };
        got += &format!("optimize {optimize}\n{}\n", listing(source, "levels", options));
    }
    let options = |mode| Options { mode, ..Options::default() };
    got += &format!("single\n{}\n", listing("x = 1; x\n", "single", options(Mode::Single)));
    got += &format!("eval\n{}\n", listing("x + 1", "eval", options(Mode::Eval)));
    let options = Options { allow_top_level_await: true, ..Options::default() };
    got += &format!("top-level await\n{}", listing("await x\n", "await", options));
    check(&goldens().join("modes.txt"), &got, &mut failures);
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

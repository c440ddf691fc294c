//! Runs the language tests: every program in `tests/python`, every command line in `tests/cli`, in every mode asked for.
//!
//! In: the built binary; the lists `expected-failures.txt`. Out: one test per file (or case) and mode, by libtest's rules:
//! `cargo test -p whipsnake --test language -- ints` runs those with `ints` in their names.
//!
//! `tests/README.md` documents the environment variables and the formats.

#[path = "suite/cases.rs"]
mod cases;
#[path = "suite/expected.rs"]
mod expected;
#[path = "suite/modes.rs"]
mod modes;
#[path = "suite/process.rs"]
mod process;

use expected::Expected;
use libtest_mimic::{Arguments, Failed, Trial};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What every test needs to know.
struct Suite {
    /// The command that runs Python: the built binary, or `WHIPSNAKE_TEST_INTERPRETER`.
    interpreter: PathBuf,
    /// The folder `tests/`.
    folder: PathBuf,
    scratch: PathBuf,
    expected: Expected,
}

fn main() {
    let arguments = Arguments::from_args();
    let folder =
        path_from("WHIPSNAKE_TEST_FOLDER").unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests"));
    let folder = folder.canonicalize().expect("the tests folder exists");
    let suite = Arc::new(Suite {
        interpreter: path_from("WHIPSNAKE_TEST_INTERPRETER").unwrap_or_else(|| env!("CARGO_BIN_EXE_whipsnake").into()),
        scratch: path_from("WHIPSNAKE_TEST_SCRATCH").unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").into()),
        expected: Expected::read(&folder),
        folder,
    });
    let mut trials = Vec::new();
    for mode in modes::asked_for() {
        for program in programs(&suite.folder.join("python"), "") {
            let suite = Arc::clone(&suite);
            let name = format!("python/{program}");
            trials.push(Trial::test(format!("{}::{name}", mode.name), move || {
                suite.expected.judge(&name, mode.name, run_program(&suite, &program, mode))
            }));
        }
        for case in cases::read_all(&suite.folder.join("cli")) {
            let suite = Arc::clone(&suite);
            let name = format!("cli/{}", case.name);
            trials.push(Trial::test(format!("{}::{name}", mode.name), move || {
                suite.expected.judge(&name, mode.name, cases::run(&case, &suite.interpreter, &suite.scratch, mode))
            }));
        }
    }
    trials.push(Trial::test("expected-failures", {
        let suite = Arc::clone(&suite);
        move || suite.expected.check_names(&suite.folder)
    }));
    let conclusion = libtest_mimic::run(&arguments, trials);
    suite.expected.bless(&suite.folder);
    conclusion.exit();
}

fn path_from(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The test programs below a folder, as sorted relative paths; names starting with `_` are helpers.
fn programs(folder: &Path, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the tests folder is readable").flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.starts_with('_') {
            continue;
        }
        if entry.path().is_dir() {
            found.extend(programs(&entry.path(), &format!("{prefix}{name}/")));
        } else if name.ends_with(".py") {
            found.push(format!("{prefix}{name}"));
        }
    }
    found.sort();
    found
}

/// A program passes if it exits with 0 and prints `ok` last.
fn run_program(suite: &Suite, program: &str, mode: &modes::Mode) -> Result<(), Failed> {
    let mut command = process::python(&suite.interpreter, mode);
    command.current_dir(suite.folder.join("python")).arg(program);
    let outcome = process::run(command, b"")?;
    if outcome.status == "0" && outcome.stdout.ends_with("ok\n") {
        return Ok(());
    }
    Err(format!("exit status {}\n{}{}", outcome.status, outcome.stdout, outcome.stderr).into())
}

//! Command-line tests: `tests/cli/*.toml`. The format is described in `tests/README.md`.

use crate::modes::Mode;
use crate::process::{self, Outcome};
use libtest_mimic::Failed;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use toml::{Table, Value};

pub struct Case {
    /// The file's stem and the case's name: `errors/zero-division`.
    pub name: String,
    table: Table,
}

/// All cases of all files in a folder, sorted by file. Panics if a file is malformed.
pub fn read_all(folder: &Path) -> Vec<Case> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    paths.iter().flat_map(|path| read(path)).collect()
}

const KEYS: &[&str] =
    &["name", "args", "stdin", "files", "links", "env", "stdout", "stderr", "exit", "stdout_to", "stdin_from", "shell"];

fn read(path: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file: Table = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let cases = file.get("case").and_then(Value::as_array).cloned().unwrap_or_default();
    cases
        .into_iter()
        .map(|case| {
            let Value::Table(table) = case else { panic!("{}: a case is a table", path.display()) };
            if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
                panic!("{}: unknown key {key:?}", path.display());
            }
            let name = text_of(&table, "name").unwrap_or_else(|| panic!("{}: a case needs a name", path.display()));
            Case { name: format!("{stem}/{name}"), table }
        })
        .collect()
}

fn text_of(table: &Table, key: &str) -> Option<String> {
    table.get(key).and_then(Value::as_str).map(str::to_string)
}

fn pairs(table: &Table, key: &str) -> Vec<(String, String)> {
    let pairs = table.get(key).and_then(Value::as_table).cloned().unwrap_or_default();
    pairs.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_string()))).collect()
}

/// Runs a case in a fresh folder and compares what it prints.
pub fn run(case: &Case, interpreter: &Path, scratch: &Path, mode: &Mode) -> Result<(), Failed> {
    let folder = scratch.join(format!("{}-{}-{}", case.name.replace('/', "-"), mode.name, std::process::id()));
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder)?;
    let result = run_in(case, interpreter, &folder, mode);
    drop(std::fs::remove_dir_all(&folder));
    result
}

fn run_in(case: &Case, interpreter: &Path, folder: &Path, mode: &Mode) -> Result<(), Failed> {
    for (name, content) in pairs(&case.table, "files") {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, content)?;
    }
    for (name, target) in pairs(&case.table, "links") {
        std::os::unix::fs::symlink(target, folder.join(name))?;
    }
    let mut command = command(case, interpreter, mode);
    command.current_dir(folder).envs(pairs(&case.table, "env"));
    if let Some(target) = text_of(&case.table, "stdout_to") {
        command.stdout(Stdio::from(File::options().write(true).open(target)?));
    }
    let stdin = text_of(&case.table, "stdin").unwrap_or_default();
    let outcome = process::run(command, stdin.as_bytes())?;
    compare(case, &outcome)
}

/// The interpreter with the case's arguments, or a shell in which `$PYTHON` is the interpreter.
fn command(case: &Case, interpreter: &Path, mode: &Mode) -> Command {
    if let Some(script) = text_of(&case.table, "shell") {
        let mut command = process::python(Path::new("/bin/sh"), mode);
        command.arg("-c").arg(script).env("PYTHON", interpreter);
        return command;
    }
    let mut command = process::python(interpreter, mode);
    for argument in case.table.get("args").and_then(Value::as_array).into_iter().flatten() {
        command.arg(argument.as_str().unwrap_or_default());
    }
    command
}

fn compare(case: &Case, outcome: &Outcome) -> Result<(), Failed> {
    let status = match case.table.get("exit") {
        Some(Value::Integer(code)) => code.to_string(),
        Some(Value::String(text)) => text.clone(),
        _ => "0".to_string(),
    };
    let mut problems = String::new();
    if outcome.status != status {
        problems += &format!("exit status {} instead of {status}\n", outcome.status);
    }
    for (key, actual) in [("stdout", &outcome.stdout), ("stderr", &outcome.stderr)] {
        let wanted = text_of(&case.table, key).unwrap_or_default();
        if !matches(&wanted, actual) {
            problems += &format!("--- {key} expected\n{wanted}--- {key} got\n{actual}---\n");
        }
    }
    if !problems.is_empty() && outcome.stderr.is_empty() {
        return Err(problems.into());
    }
    if problems.is_empty() { Ok(()) } else { Err(format!("{problems}stderr:\n{}", outcome.stderr).into()) }
}

/// Whether a text has the wanted lines: `[..]` stands for anything within a line, a line `...` for any number of lines.
pub fn matches(wanted: &str, actual: &str) -> bool {
    let wanted: Vec<&str> = wanted.split('\n').collect();
    let actual: Vec<&str> = actual.split('\n').collect();
    lines_match(&wanted, &actual)
}

fn lines_match(wanted: &[&str], actual: &[&str]) -> bool {
    match (wanted.first(), actual.first()) {
        (None, None) => true,
        (Some(&"..."), _) => (0..=actual.len()).any(|skip| lines_match(&wanted[1..], &actual[skip..])),
        (Some(line), Some(text)) => line_matches(line, text) && lines_match(&wanted[1..], &actual[1..]),
        _ => false,
    }
}

fn line_matches(wanted: &str, actual: &str) -> bool {
    let Some((start, rest)) = wanted.split_once("[..]") else { return wanted == actual };
    let Some(actual) = actual.strip_prefix(start) else { return false };
    (0..=actual.len()).any(|skip| actual.is_char_boundary(skip) && line_matches(rest, &actual[skip..]))
}

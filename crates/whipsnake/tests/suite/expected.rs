//! The list of tests that are known to fail, `tests/expected-failures.txt`.
//!
//! A line is a test's name, optionally followed by the one mode it fails in: `python/gc.py match`. `#` starts a comment.
//! A listed test that passes is itself a failure, so that the list can only shrink.
//! `WHIPSNAKE_BLESS=1` removes the lines of tests that pass; `WHIPSNAKE_BLESS=all` also adds those that fail.

use libtest_mimic::Failed;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;

const FILE: &str = "expected-failures.txt";

pub struct Expected {
    listed: BTreeSet<String>,
    bless: Option<String>,
    passed: Mutex<BTreeSet<String>>,
    failed: Mutex<BTreeSet<String>>,
}

impl Expected {
    pub fn read(folder: &Path) -> Expected {
        let text = std::fs::read_to_string(folder.join(FILE)).unwrap_or_default();
        let listed = text
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default().trim())
            .filter(|line| !line.is_empty())
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        let bless = std::env::var("WHIPSNAKE_BLESS").ok().filter(|value| !value.is_empty() && value != "0");
        // The list is about Whipsnake: another interpreter must pass everything.
        let listed = if std::env::var_os("WHIPSNAKE_TEST_INTERPRETER").is_some() { BTreeSet::new() } else { listed };
        Expected { listed, bless, passed: Mutex::default(), failed: Mutex::default() }
    }

    /// Turns what happened into the test's result.
    pub fn judge(&self, name: &str, mode: &str, result: Result<(), Failed>) -> Result<(), Failed> {
        let in_mode = format!("{name} {mode}");
        let line = [name, in_mode.as_str()].into_iter().find(|line| self.listed.contains(*line));
        let record = |set: &Mutex<BTreeSet<String>>, line: &str| {
            set.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(line.to_string())
        };
        match (result, line) {
            (Ok(()), None) => Ok(()),
            (Ok(()), Some(line)) => {
                record(&self.passed, line);
                if self.bless.is_some() {
                    return Ok(());
                }
                Err(format!("passes now: remove {line:?} from tests/{FILE} (or run with WHIPSNAKE_BLESS=1)").into())
            }
            (Err(_), Some(line)) => {
                record(&self.failed, line);
                Ok(())
            }
            (Err(_), None) if self.bless.as_deref() == Some("all") => {
                record(&self.failed, name);
                Ok(())
            }
            (Err(failed), None) => Err(failed),
        }
    }

    /// Every listed name must be a test that exists.
    pub fn check_names(&self, folder: &Path) -> Result<(), Failed> {
        for line in &self.listed {
            let name = line.split(' ').next().unwrap_or_default();
            let exists = match name.strip_prefix("cli/") {
                Some(case) => {
                    folder.join("cli").join(format!("{}.toml", case.split('/').next().unwrap_or(case))).exists()
                }
                None => folder.join(name).exists(),
            };
            if !exists {
                return Err(format!("tests/{FILE} lists {name:?}, which does not exist").into());
            }
        }
        Ok(())
    }

    /// Rewrites the list, if asked to.
    pub fn bless(&self, folder: &Path) {
        if self.bless.is_none() {
            return;
        }
        let (Ok(passed), Ok(failed)) = (self.passed.lock(), self.failed.lock()) else { return };
        let mut lines: BTreeSet<&String> = self.listed.iter().chain(failed.iter()).collect();
        lines.retain(|line| failed.contains(*line) || !passed.contains(*line));
        let mut text = String::from("# Tests that are known to fail; this list only shrinks (see README.md).\n");
        for line in lines {
            text.push_str(line);
            text.push('\n');
        }
        if let Err(error) = std::fs::write(folder.join(FILE), text) {
            eprintln!("cannot write {FILE}: {error}");
        }
    }
}

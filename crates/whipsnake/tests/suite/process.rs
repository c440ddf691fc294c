//! Running a Python process with a time limit.

use crate::modes::Mode;
use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    /// The exit code, or `signal N`.
    pub status: String,
}

/// A command with a clean environment: only what the mode and the machine need.
pub fn python(interpreter: &Path, mode: &Mode) -> Command {
    let mut command = Command::new(interpreter);
    command.env_clear();
    for kept in ["PATH", "HOME", "TMPDIR", "WHIPSNAKE_STDLIB", "RUST_BACKTRACE", "ASAN_OPTIONS"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    command.env("LANG", "C.UTF-8").env("PYTHONDONTWRITEBYTECODE", "1");
    command.envs(mode.variables.iter().copied());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs to the end or until the time limit (`WHIPSNAKE_TEST_TIMEOUT` seconds, 120 by default).
pub fn run(mut command: Command, stdin: &[u8]) -> Result<Outcome, String> {
    let limit = std::env::var("WHIPSNAKE_TEST_TIMEOUT").ok().and_then(|text| text.parse().ok()).unwrap_or(120);
    let limit = Duration::from_secs(limit);
    // A group of its own, so that the time limit also ends what the command started.
    command.process_group(0).stdin(if stdin.is_empty() { Stdio::null() } else { Stdio::piped() });
    // Who runs the tests in the background has interrupts ignored, and that would be inherited.
    // SAFETY: a system call that may be made between fork and exec.
    unsafe {
        command.pre_exec(|| {
            libc::signal(libc::SIGINT, libc::SIG_DFL);
            Ok(())
        });
    }
    let mut child = command.spawn().map_err(|error| format!("cannot start {:?}: {error}", command.get_program()))?;
    // A program may exit without reading its input: a failed write is no error.
    let feeder = child.stdin.take().map(|mut pipe| {
        let bytes = stdin.to_vec();
        thread::spawn(move || drop(pipe.write_all(&bytes)))
    });
    let stdout = child.stdout.take().map(read_all);
    let stderr = child.stderr.take().map(read_all);
    let status = wait(&mut child, limit);
    let collect = |reader: Option<thread::JoinHandle<Vec<u8>>>| {
        let bytes = reader.and_then(|reader| reader.join().ok()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let (stdout, stderr) = (collect(stdout), collect(stderr));
    if let Some(feeder) = feeder {
        drop(feeder.join());
    }
    match status {
        Some(status) => Ok(Outcome { stdout, stderr, status: describe(status) }),
        None => Err(format!("not finished after {} s\n{stdout}{stderr}", limit.as_secs())),
    }
}

fn read_all(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        drop(pipe.read_to_end(&mut bytes));
        bytes
    })
}

fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let start = Instant::now();
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if start.elapsed() > limit {
            // SAFETY: a system call; the child is not waited for yet, so its number names its group.
            unsafe { libc::kill(-(child.id() as i32), libc::SIGKILL) };
            drop(child.wait());
            return None;
        }
        thread::sleep(Duration::from_millis(3));
    }
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => code.to_string(),
        (None, signal) => format!("signal {}", signal.unwrap_or(0)),
    }
}

//! `whipsnake`: the command line. Used like `python3`.
//!
//! - `options.rs`: the command line's options and environment variables
//! - `compile.rs`: source text to code objects, for the runtime
//! - `startup.rs`: the interpreter, its first modules, `site`
//! - `program.rs`: running a script, `-c`, `-m`, standard input; uncaught exceptions and the exit code

mod options;
mod program;
mod startup;

/// The native stack the main Python thread runs on: deep recursion in native code raises RecursionError long before
/// its end.
const STACK_BYTES: usize = 64 << 20;

fn main() {
    let command = match options::parse(std::env::args_os().collect()) {
        Ok(command) => command,
        Err(options::Stop { message, to_stderr, code }) => {
            use std::io::Write;
            let written = if to_stderr {
                std::io::stderr().write_all(message.as_bytes())
            } else {
                std::io::stdout().write_all(message.as_bytes())
            };
            std::process::exit(if written.is_err() { 120 } else { code });
        }
    };
    // The main thread's stack depends on the shell's limits; a thread's does not.
    let run = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || program::run(command));
    // Signals are for the thread that runs Python: this one only waits.
    // SAFETY: the set is filled in before it is used.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_BLOCK, &all, std::ptr::null_mut());
    }
    let code = match run.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        Ok(Err(_)) => 134,
        Err(error) => {
            eprintln!("whipsnake: cannot start a thread: {error}");
            1
        }
    };
    std::process::exit(code);
}

//! `whipsnake`: the command line. Used like `python3`.
//!
//! - `options.rs`: the command line's options and environment variables
//! - `interactive.rs`: the prompt
//! - `startup.rs`: the interpreter, its first modules, `site`
//! - `program.rs`: running a script, `-c`, `-m`, standard input; uncaught exceptions and the exit code

#![no_main]

mod interactive;
mod options;
mod program;
mod startup;

use std::os::unix::ffi::OsStringExt;

#[global_allocator]
static ALLOCATOR: whipsnake_runtime::rescue::Allocator = whipsnake_runtime::rescue::Allocator;

/// The native stack the main Python thread runs on: deep recursion in native code raises RecursionError long before
/// its end.
const STACK_BYTES: usize = 16 << 20;

/// The process's entry. It is not Rust's own `main`, whose preparations reopen closed standard streams: a program has to
/// find closed what its parent closed.
#[unsafe(no_mangle)]
pub extern "C" fn main(argc: libc::c_int, argv: *const *const libc::c_char) -> libc::c_int {
    let count = usize::try_from(argc).unwrap_or(0);
    let args = (0..count).map(|at| {
        // SAFETY: the system passes `argc` strings that live as long as the process.
        let arg = unsafe { std::ffi::CStr::from_ptr(*argv.add(at)) };
        std::ffi::OsString::from_vec(arg.to_bytes().to_vec())
    });
    // SAFETY: a write to a closed pipe is to fail and not to kill.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
    let command = match options::parse(args.collect()) {
        Ok(command) => command,
        Err(options::Stop { message, to_stderr, code }) => {
            use std::io::Write;
            let written = if to_stderr {
                std::io::stderr().write_all(message.as_bytes())
            } else {
                let mut out = std::io::stdout();
                out.write_all(message.as_bytes()).and_then(|()| out.flush())
            };
            return if written.is_err() { 120 } else { code };
        }
    };
    whipsnake_runtime::rescue::fill_reserve();
    whipsnake_runtime::rescue::install_panic_hook();
    // The main thread's stack depends on the shell's limits; a thread's does not.
    let run = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || program::run(command));
    // Signals are for the thread that runs Python: this one only waits.
    // SAFETY: the set is filled in before it is used.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_BLOCK, &all, std::ptr::null_mut());
    }
    match run.map(std::thread::JoinHandle::join) {
        Ok(Ok(program::Ending::Exit(code))) => code,
        Ok(Ok(program::Ending::Interrupted)) => end_as_interrupted(),
        Ok(Err(_)) => 134,
        Err(error) => {
            eprintln!("whipsnake: cannot start a thread: {error}");
            1
        }
    }
}

/// Ends the process as SIGINT would have, so that the shell sees an interrupted command.
fn end_as_interrupted() -> libc::c_int {
    // SAFETY: the default action is restored and the signal let through; only this thread is left.
    unsafe {
        libc::signal(libc::SIGINT, libc::SIG_DFL);
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut none);
        libc::pthread_sigmask(libc::SIG_SETMASK, &none, std::ptr::null_mut());
        libc::kill(libc::getpid(), libc::SIGINT);
    }
    libc::SIGINT + 128
}

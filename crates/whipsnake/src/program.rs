//! Running the program, uncaught exceptions, the exit code.

use crate::options::{Command, Run};
use crate::startup;
use std::os::unix::ffi::OsStrExt;
use whipsnake_runtime::interp::{CompileMode, CompileRequest, CompileSource};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::module;
use whipsnake_runtime::types::str::to_rust_string;

/// Runs the command; the process's exit code.
pub fn run(command: Command) -> i32 {
    let Command { run, config, skip_first_line } = command;
    let th = match startup::interpreter(config) {
        Ok(th) => th,
        Err(message) => return fatal(&message),
    };
    if startup::modules(th).is_err() {
        return fatal(&startup::describe(th));
    }
    let result = run_main(th, &run, skip_first_line);
    let code = match result {
        Ok(()) => 0,
        Err(_) => report(th),
    };
    shut_down(th, code)
}

fn fatal(message: &str) -> i32 {
    eprintln!("Fatal Python error: init_import_site: Failed to start the interpreter\n{message}");
    1
}

/// The `__main__` module's dict.
fn main_namespace(th: &Thread) -> PyResult {
    let name = th.intern("__main__")?;
    let main = module::new_object(th, name.value())?;
    let modules = whipsnake_runtime::import::modules(th)?;
    object::set_item(th, modules.value(), name.value(), main.value())?;
    let dict = module::dict_of(th, main.value())?;
    let builtins = whipsnake_runtime::import::import(th, "builtins")?;
    object::set_item(th, dict.value(), th.intern("__builtins__")?.value(), builtins.value())?;
    object::set_item(th, dict.value(), th.intern("__annotations__")?.value(), Dict::new(th)?.value())?;
    Ok(dict)
}

fn run_main(th: &Thread, run: &Run, skip_first_line: bool) -> PyResult<()> {
    let namespace = main_namespace(th)?;
    match run {
        Run::Command(text) => {
            put_path(th, "")?;
            let filename = th.str("<string>")?;
            let text = th.str(text)?;
            execute(th, namespace.value(), CompileSource::Text(text.value()), filename.value())
        }
        Run::Module(name) => {
            let runpy = whipsnake_runtime::import::import(th, "runpy")?;
            let name = th.str(name)?;
            call::call_method(th, runpy.value(), "_run_module_as_main", &[name.value(), statics::bool_value(true)])?;
            Ok(())
        }
        Run::Stdin => {
            put_path(th, "")?;
            let mut bytes = Vec::new();
            if let Err(error) = std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes) {
                return err!(th, OS_ERROR, "cannot read standard input: {error}");
            }
            let filename = th.str("<stdin>")?;
            execute(th, namespace.value(), CompileSource::Bytes(&bytes), filename.value())
        }
        Run::File(path) => run_file(th, namespace.value(), path, skip_first_line),
    }
}

/// Puts a folder in front of `sys.path`, unless the path is to be safe.
fn put_path(th: &Thread, folder: &str) -> PyResult<()> {
    if th.interp.config.safe_path {
        return Ok(());
    }
    let Some(path) = whipsnake_runtime::sys::get_object(th, "path")? else { return Ok(()) };
    let folder = th.str(folder)?;
    call::call_method(th, path.value(), "insert", &[Value::small_int(0), folder.value()])?;
    Ok(())
}

fn run_file(th: &Thread, namespace: Value, path: &std::ffi::OsStr, skip_first_line: bool) -> PyResult<()> {
    let file = std::path::Path::new(path);
    let text = path.to_string_lossy();
    if file.is_dir() || path.as_bytes().ends_with(b".zip") {
        let main = file.join("__main__.py");
        if file.is_dir() && !main.is_file() {
            eprintln!("{}: can't find '__main__' module in '{text}'", executable_name(th));
            return Err(th.raise_with(&statics::SYSTEM_EXIT, &[Value::small_int(1)]));
        }
        put_path(th, &text)?;
        let runpy = whipsnake_runtime::import::import(th, "runpy")?;
        let name = th.str("__main__")?;
        call::call_method(th, runpy.value(), "_run_module_as_main", &[name.value(), statics::bool_value(false)])?;
        return Ok(());
    }
    let mut bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) => {
            let code = error.raw_os_error().unwrap_or(0);
            let reason = reason(code);
            let full = std::env::current_dir().map_or_else(|_| file.to_path_buf(), |cwd| cwd.join(file));
            eprintln!("{}: can't open file '{}': [Errno {code}] {reason}", executable_name(th), full.display());
            return Err(th.raise_with(&statics::SYSTEM_EXIT, &[Value::small_int(2)]));
        }
    };
    let folder = std::fs::canonicalize(file)
        .ok()
        .and_then(|full| full.parent().map(|parent| parent.to_string_lossy().into_owned()))
        .unwrap_or_default();
    put_path(th, &folder)?;
    let filename = th.str(&text)?;
    object::set_item(th, namespace, th.intern("__file__")?.value(), filename.value())?;
    if skip_first_line && let Some(end) = bytes.iter().position(|b| *b == b'\n') {
        bytes[..end].fill(b' ');
    }
    execute(th, namespace, CompileSource::Bytes(&bytes), filename.value())
}

/// The system's text for an error number.
fn reason(code: i32) -> String {
    // SAFETY: strerror gives a C string that stays good until the next call.
    unsafe { std::ffi::CStr::from_ptr(libc::strerror(code)) }.to_string_lossy().into_owned()
}

fn executable_name(th: &Thread) -> String {
    th.interp.config.executable.to_string_lossy().into_owned()
}

fn execute(th: &Thread, namespace: Value, source: CompileSource, filename: Value) -> PyResult<()> {
    let request = CompileRequest { source, filename, mode: CompileMode::Exec, flags: 0, optimize: -1 };
    let code = (th.interp.hooks.compile)(th, &request)?;
    (th.interp.hooks.eval_code)(th, code.value(), namespace, namespace, None).map(drop)
}

/// Reports the exception that ended the program; the exit code.
fn report(th: &Thread) -> i32 {
    let Some(exception) = th.take_exception() else { return 1 };
    if exception.is_instance(&statics::SYSTEM_EXIT) {
        return exit_code(th, exception.value());
    }
    let interrupted = exception.is_instance(&statics::KEYBOARD_INTERRUPT);
    whipsnake_runtime::sys::print_uncaught(th, exception.value());
    if interrupted {
        flush(th);
        // SAFETY: restores the default action and ends as the signal would have.
        unsafe {
            libc::signal(libc::SIGINT, libc::SIG_DFL);
            libc::raise(libc::SIGINT);
        }
        return 130;
    }
    1
}

/// What `SystemExit` means for the process.
fn exit_code(th: &Thread, exception: Value) -> i32 {
    let code = match object::get_attr_str(th, exception, "code") {
        Ok(code) => code,
        Err(_) => {
            drop(th.take_exception());
            return 1;
        }
    };
    if code.is_none() {
        return 0;
    }
    if code.is_instance(&statics::INT_TYPE) {
        return whipsnake_runtime::types::int::as_i64_exact(code.value()).map_or(-1, |code| (code & 0xff) as i32);
    }
    flush(th);
    let text = object::str(th, code.value()).map_or_else(|_| String::new(), |text| to_rust_string(text.value()));
    eprintln!("{text}");
    1
}

/// Flushes a standard stream; false when that failed.
fn flush_stream(th: &Thread, name: &str) -> bool {
    let flushed = match whipsnake_runtime::sys::get_object(th, name) {
        Ok(Some(stream)) if !stream.is_none() => {
            let closed = object::get_attr_str(th, stream.value(), "closed");
            match closed.and_then(|closed| object::is_true(th, closed.value())) {
                Ok(true) => Ok(()),
                _ => {
                    drop(th.take_exception());
                    call::call_method(th, stream.value(), "flush", &[]).map(drop)
                }
            }
        }
        Ok(_) => Ok(()),
        Err(raised) => Err(raised),
    };
    if flushed.is_err() {
        if name == "stdout"
            && let Some(exception) = th.take_exception()
        {
            let message = format!("Exception ignored on flushing sys.{name}");
            whipsnake_runtime::unraisable::print_ignored(th, &message, exception.value());
        }
        drop(th.take_exception());
        return false;
    }
    true
}

fn flush(th: &Thread) -> bool {
    let out = flush_stream(th, "stdout");
    flush_stream(th, "stderr");
    out
}

/// The end: threads, atexit, flush. The exit code, 120 when the output could not be written.
fn shut_down(th: &Thread, code: i32) -> i32 {
    let name = th.intern("threading");
    let wait = name.and_then(|name| whipsnake_runtime::import::loaded(th, name.value()));
    if let Ok(Some(threading)) = wait
        && call::call_method(th, threading.value(), "_shutdown", &[]).is_err()
        && let Some(exception) = th.take_exception()
    {
        whipsnake_runtime::unraisable::print_ignored(th, "Exception ignored on threading shutdown", exception.value());
    }
    whipsnake_runtime::shutdown::run_atexit(th);
    let flushed = flush(th);
    whipsnake_runtime::shutdown::finalize(th);
    let flushed = flush(th) && flushed;
    if !flushed && code == 0 { 120 } else { code }
}

//! Running the program, uncaught exceptions, the exit code.

use crate::interactive;
use crate::options::{Command, Run};
use crate::startup;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use whipsnake_module_text::compile::PROGRAM_FILE;
use whipsnake_runtime::interp::{CompileMode, CompileRequest, CompileSource};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::module;
use whipsnake_runtime::types::str::to_rust_string;
use whipsnake_runtime::{fs_name, os_error, rescue};

/// How the process is to end.
pub enum Ending {
    Exit(i32),
    /// By SIGINT, after an uncaught KeyboardInterrupt.
    Interrupted,
}

/// Runs the command.
pub fn run(command: Command) -> Ending {
    let Command { run, config, skip_first_line } = command;
    let th = match startup::interpreter(config) {
        Ok(th) => th,
        Err(message) => return fatal(&message),
    };
    if startup::modules(th).is_err() {
        return fatal(&startup::describe(th));
    }
    let ending = match main_namespace(th) {
        Ok(namespace) => {
            let result = rescue::guarded(th, || run_main(th, namespace.value(), &run, skip_first_line));
            inspect(th, namespace.value(), &run, result)
        }
        Err(_) => report(th),
    };
    shut_down(th, ending)
}

/// The end of the program, or with `-i` (or PYTHONINSPECT) the prompt on what it left behind.
fn inspect(th: &Thread, namespace: Value, run: &Run, result: PyResult<()>) -> Ending {
    let wanted = th.interp.config.inspect && !matches!(run, Run::Stdin);
    let ending = match result {
        Ok(()) => Ending::Exit(0),
        Err(_) if wanted => match th.take_exception() {
            Some(exception) => {
                whipsnake_runtime::sys::print_uncaught(th, exception.value());
                Ending::Exit(1)
            }
            None => Ending::Exit(1),
        },
        Err(_) => return report(th),
    };
    if !wanted {
        return ending;
    }
    flush(th);
    match interactive::run(th, namespace, false) {
        Ok(()) => Ending::Exit(0),
        Err(_) => report(th),
    }
}

fn fatal(message: &str) -> Ending {
    eprintln!("Fatal Python error: init_import_site: Failed to start the interpreter\n{message}");
    Ending::Exit(1)
}

/// The `__main__` module's dict.
fn main_namespace(th: &Thread) -> PyResult {
    let name = th.intern("__main__")?;
    let main = module::new_object(th, name.value())?;
    let modules = whipsnake_runtime::import::modules(th)?;
    object::set_item(th, modules.value(), name.value(), main.value())?;
    let dict = module::dict_of(th, main.value())?;
    let loader = whipsnake_runtime::import::attribute(th, "_frozen_importlib", "BuiltinImporter")?;
    set_global(th, dict.value(), "__loader__", loader.value())?;
    let builtins = whipsnake_runtime::import::import(th, "builtins")?;
    set_global(th, dict.value(), "__builtins__", builtins.value())?;
    Ok(dict)
}

fn set_global(th: &Thread, namespace: Value, name: &str, value: Value) -> PyResult<()> {
    object::set_item(th, namespace, th.intern(name)?.value(), value)
}

fn run_main(th: &Thread, namespace: Value, run: &Run, skip_first_line: bool) -> PyResult<()> {
    match run {
        Run::Command(text) => {
            put_path(th, OsStr::new(""))?;
            run_command(th, namespace, text)
        }
        Run::Module(name) => {
            let folder = std::env::current_dir().unwrap_or_default();
            put_path(th, folder.as_os_str())?;
            run_module(th, name, true)
        }
        Run::Stdin => {
            put_path(th, OsStr::new(""))?;
            if th.interp.config.inspect || interactive::is_terminal() {
                return interactive::run(th, namespace, !th.interp.config.quiet);
            }
            let mut bytes = Vec::new();
            if let Err(error) = std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes) {
                if error.kind() == std::io::ErrorKind::OutOfMemory {
                    return Err(th.memory_error());
                }
                let code = error.raw_os_error().unwrap_or(libc::EIO);
                return Err(os_error::raise_errno(th, code));
            }
            let filename = th.str("<stdin>")?;
            set_global(th, namespace, "__file__", filename.value())?;
            set_global(th, namespace, "__cached__", statics::none())?;
            execute(th, namespace, CompileSource::Bytes(&bytes), filename.value(), PROGRAM_FILE).map(drop)
        }
        Run::File(path) => run_file(th, namespace, path, skip_first_line),
    }
}

/// The program of `-c`. Its text is kept for tracebacks.
fn run_command(th: &Thread, namespace: Value, text: &OsStr) -> PyResult<()> {
    let Some(text) = text.to_str() else {
        eprintln!("Unable to decode the command from the command line:");
        let text = fs_name::decode(th, text.as_bytes())?;
        let utf8 = th.str("utf-8")?;
        call::call_method(th, text.value(), "encode", &[utf8.value()])?;
        return Err(th.raise_with(&statics::SYSTEM_EXIT, &[Value::small_int(1)]));
    };
    let filename = th.str("<string>")?;
    let text = th.str(&dedent(&format!("{text}\n")))?;
    let request = request(CompileSource::Text(text.value()), filename.value(), 0);
    let code = (th.interp.hooks.compile)(th, &request)?;
    let register = whipsnake_runtime::import::attribute(th, "linecache", "_register_code")?;
    call::call3(th, register.value(), code.value(), text.value(), filename.value())?;
    (th.interp.hooks.eval_code)(th, code.value(), namespace, namespace, None).map(drop)
}

/// Removes the indentation that all lines have in common.
fn dedent(text: &str) -> String {
    let is_blank = |line: &str| line.bytes().all(|b| matches!(b, b' ' | b'\t'));
    let mut common: Option<&str> = None;
    for line in text.split('\n').filter(|line| !is_blank(line)) {
        let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        common = Some(match common {
            None => indent,
            Some(common) => {
                let same = common.bytes().zip(indent.bytes()).take_while(|(a, b)| a == b).count();
                &common[..same]
            }
        });
    }
    match common {
        None | Some("") => text.to_string(),
        Some(common) => {
            let lines: Vec<&str> =
                text.split('\n').map(|line| if is_blank(line) { "" } else { &line[common.len()..] }).collect();
            lines.join("\n")
        }
    }
}

fn run_module(th: &Thread, name: &OsStr, alter_argv: bool) -> PyResult<()> {
    let runpy = whipsnake_runtime::import::import(th, "runpy")?;
    let name = fs_name::decode(th, name.as_bytes())?;
    let arguments = [name.value(), statics::bool_value(alter_argv)];
    call::call_method(th, runpy.value(), "_run_module_as_main", &arguments).map(drop)
}

/// Puts a folder in front of `sys.path`, unless the path is to be safe.
fn put_path(th: &Thread, folder: &OsStr) -> PyResult<()> {
    if th.interp.config.safe_path { Ok(()) } else { put_program_path(th, folder) }
}

/// Puts a folder or an archive in front of `sys.path`.
fn put_program_path(th: &Thread, folder: &OsStr) -> PyResult<()> {
    let Some(path) = whipsnake_runtime::sys::get_object(th, "path")? else { return Ok(()) };
    let folder = fs_name::decode(th, folder.as_bytes())?;
    whipsnake_runtime::import::set_first_path(th, folder.value());
    call::call_method(th, path.value(), "insert", &[Value::small_int(0), folder.value()])?;
    Ok(())
}

/// Whether the bytes are a zip archive: they end in its directory's end record, which a comment may follow.
fn is_archive(bytes: &[u8]) -> bool {
    const RECORD: usize = 22 + u16::MAX as usize;
    let tail = &bytes[bytes.len().saturating_sub(RECORD)..];
    tail.len() >= 22 && tail.windows(4).any(|mark| mark == b"PK\x05\x06")
}

fn run_file(th: &Thread, namespace: Value, path: &OsStr, skip_first_line: bool) -> PyResult<()> {
    let file = std::path::absolute(path).unwrap_or_else(|_| path.into());
    let name = fs_name::decode(th, file.as_os_str().as_bytes())?;
    let mut bytes = match read_program(&file) {
        Ok(bytes) => bytes,
        Err(Some(_)) if lies_in_archive(&file) => {
            put_program_path(th, file.as_os_str())?;
            return run_module(th, OsStr::new("__main__"), false);
        }
        Err(None) => return Err(th.memory_error()),
        Err(Some((code, message))) => {
            eprintln!("{}: {message}", executable_name(th));
            return Err(th.raise_with(&statics::SYSTEM_EXIT, &[Value::small_int(code)]));
        }
    };
    if file.is_dir() || is_archive(&bytes) {
        // The program itself: safe paths leave out what lies beside it only.
        put_program_path(th, file.as_os_str())?;
        return run_module(th, OsStr::new("__main__"), false);
    }
    let folder = std::fs::canonicalize(&file).ok().and_then(|full| full.parent().map(std::path::Path::to_path_buf));
    put_path(th, folder.unwrap_or_default().as_os_str())?;
    set_global(th, namespace, "__file__", name.value())?;
    set_global(th, namespace, "__cached__", statics::none())?;
    let compiled = file.extension().is_some_and(|extension| extension == "pyc") || bytes.starts_with(&magic());
    let loader = if compiled { "SourcelessFileLoader" } else { "SourceFileLoader" };
    let loader = whipsnake_runtime::import::attribute(th, "_frozen_importlib_external", loader)?;
    let main = th.str("__main__")?;
    let loader = call::call2(th, loader.value(), main.value(), name.value())?;
    set_global(th, namespace, "__loader__", loader.value())?;
    if compiled {
        return run_compiled(th, namespace, &bytes);
    }
    if skip_first_line && let Some(end) = bytes.iter().position(|b| *b == b'\n') {
        bytes.drain(..end);
    }
    execute(th, namespace, CompileSource::Bytes(&bytes), name.value(), PROGRAM_FILE).map(drop)
}

/// Whether the path goes on from an archive: a folder in it can be a program.
fn lies_in_archive(file: &std::path::Path) -> bool {
    let archive = file.ancestors().skip(1).find(|path| path.is_file());
    archive.and_then(|path| std::fs::read(path).ok()).is_some_and(|bytes| is_archive(&bytes))
}

/// How compiled files begin.
fn magic() -> [u8; 4] {
    (whipsnake_runtime::imp::MAGIC_TOKEN as u32).to_le_bytes()
}

/// Runs what a compiled file holds.
fn run_compiled(th: &Thread, namespace: Value, bytes: &[u8]) -> PyResult<()> {
    const HEADER: usize = 16;
    if !bytes.starts_with(&magic()) {
        return err!(th, RUNTIME_ERROR, "Bad magic number in .pyc file");
    }
    let code = whipsnake_runtime::marshal::loads(th, bytes.get(HEADER..).unwrap_or_default())?;
    if !code.is_exact(&statics::CODE_TYPE) {
        return err!(th, RUNTIME_ERROR, "Bad code object in .pyc file");
    }
    (th.interp.hooks.eval_code)(th, code.value(), namespace, namespace, None).map(drop)
}

/// The bytes of a program (none for a folder), or the exit code and what is wrong with it; `None` is a lack of memory.
fn read_program(file: &std::path::Path) -> Result<Vec<u8>, Option<(i64, String)>> {
    std::fs::read(file).or_else(|error| match error.raw_os_error() {
        Some(libc::EISDIR) => Ok(Vec::new()),
        None => Err(None),
        Some(code) => {
            let shown = shown(file.as_os_str());
            Err(Some((2, format!("can't open file '{shown}': [Errno {code}] {}", os_error::strerror(code)))))
        }
    })
}

/// A name for a message: bytes that are not text are written as the surrogates that stand for them.
fn shown(name: &OsStr) -> String {
    let mut shown = String::new();
    for chunk in name.as_bytes().utf8_chunks() {
        shown.push_str(chunk.valid());
        for byte in chunk.invalid() {
            shown.push_str(&format!("\\udc{byte:02x}"));
        }
    }
    shown
}

fn executable_name(th: &Thread) -> String {
    th.interp.config.executable.to_string_lossy().into_owned()
}

fn request<'a>(source: CompileSource<'a>, filename: Value, flags: u32) -> CompileRequest<'a> {
    CompileRequest { source, filename, mode: CompileMode::Exec, flags, optimize: -1, feature_version: -1 }
}

fn execute(th: &Thread, namespace: Value, source: CompileSource, filename: Value, flags: u32) -> PyResult {
    let code = (th.interp.hooks.compile)(th, &request(source, filename, flags))?;
    (th.interp.hooks.eval_code)(th, code.value(), namespace, namespace, None)
}

/// Reports the exception that ended the program.
fn report(th: &Thread) -> Ending {
    let Some(exception) = th.take_exception() else { return Ending::Exit(1) };
    if exception.is_instance(&statics::SYSTEM_EXIT) {
        return Ending::Exit(exit_code(th, exception.value()));
    }
    // The hook may itself ask to exit.
    drop(rescue::guarded(th, || {
        whipsnake_runtime::sys::print_uncaught(th, exception.value());
        Ok(())
    }));
    if let Some(raised) = th.take_exception()
        && raised.is_instance(&statics::SYSTEM_EXIT)
    {
        return Ending::Exit(exit_code(th, raised.value()));
    }
    if exception.is_instance(&statics::KEYBOARD_INTERRUPT) { Ending::Interrupted } else { Ending::Exit(1) }
}

/// What `SystemExit` means for the process.
fn exit_code(th: &Thread, exception: Value) -> i32 {
    let code = object::get_attr_str(th, exception, "code").unwrap_or_else(|_| {
        drop(th.take_exception());
        exception.own()
    });
    if code.is_none() {
        return 0;
    }
    if code.is_instance(&statics::INT_TYPE) {
        return whipsnake_runtime::types::int::as_i64_exact(code.value()).map_or(255, |code| (code & 0xff) as i32);
    }
    flush(th);
    let shown = match whipsnake_runtime::sys::get_object(th, "stderr") {
        Ok(Some(stream)) if !stream.is_none() => object::str(th, code.value())
            .and_then(|text| call::call_method(th, stream.value(), "write", &[text.value()])),
        _ => object::str(th, code.value()).inspect(|text| eprint!("{}", to_rust_string(text.value()))),
    };
    drop(shown);
    drop(th.take_exception());
    let _ = whipsnake_runtime::sys::write_stderr(th, "\n");
    drop(th.take_exception());
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
    flushed.is_ok()
}

/// Flushes the output streams; false when standard output could not be written, which is reported if asked for.
fn flush_streams(th: &Thread, reported: bool) -> bool {
    let out = flush_stream(th, "stdout");
    if !out
        && let Some(exception) = th.take_exception()
        && reported
    {
        let message = "Exception ignored while flushing sys.stdout";
        whipsnake_runtime::unraisable::print_ignored(th, message, exception.value());
    }
    drop(th.take_exception());
    flush_stream(th, "stderr");
    drop(th.take_exception());
    out
}

fn flush(th: &Thread) {
    flush_streams(th, false);
}

/// The end: threads, atexit, flush. The exit code is 120 when the output could not be written.
fn shut_down(th: &Thread, ending: Ending) -> Ending {
    let name = th.intern("threading");
    let wait = name.and_then(|name| whipsnake_runtime::import::loaded(th, name.value()));
    if let Ok(Some(threading)) = wait
        && call::call_method(th, threading.value(), "_shutdown", &[]).is_err()
        && let Some(exception) = th.take_exception()
    {
        whipsnake_runtime::unraisable::print_ignored(th, "Exception ignored on threading shutdown", exception.value());
    }
    whipsnake_runtime::shutdown::run_atexit(th);
    // Daemon threads would run on into modules that are being emptied.
    th.interp.finalizing.set(true);
    whipsnake_runtime::lock::set_last_thread(th);
    let flushed = flush_streams(th, true);
    // What a lack of memory leaves undone here ends with the process.
    let finalized = rescue::guarded(th, || {
        whipsnake_runtime::shutdown::finalize(th);
        Ok(())
    });
    if finalized.is_err() {
        drop(th.take_exception());
    }
    flush(th);
    match ending {
        Ending::Exit(_) if !flushed => Ending::Exit(120),
        other => other,
    }
}

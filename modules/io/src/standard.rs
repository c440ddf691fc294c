//! `sys.stdin`, `sys.stdout` and `sys.stderr`.

use crate::buffered::{new_reader, new_writer};
use crate::file::open_raw;
use crate::text::{TextOptions, new_wrapper};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;

/// Encoding and error handler of the standard streams.
struct Settings {
    encoding: String,
    errors: String,
}

/// From PYTHONIOENCODING and the locale, as CPython decides.
fn settings(th: &Thread) -> Settings {
    let env = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    let locale = env("LC_ALL").or_else(|| env("LC_CTYPE")).or_else(|| env("LANG")).unwrap_or_else(|| "C".into());
    let is_plain = matches!(locale.as_str(), "C" | "POSIX" | "C.UTF-8" | "C.utf8" | "UTF-8");
    let utf8_mode = !th.interp.config.ignore_environment && env("PYTHONUTF8").is_some_and(|v| v == "1")
        || th.interp.config.x_options.iter().any(|(name, value)| name == "utf8" && value.as_deref() != Some("0"));
    let default_errors = if is_plain || utf8_mode { "surrogateescape" } else { "strict" };
    let mut settings = Settings { encoding: "utf-8".into(), errors: default_errors.into() };
    if !th.interp.config.ignore_environment
        && let Some(wanted) = env("PYTHONIOENCODING")
    {
        let (encoding, errors) = wanted.split_once(':').unwrap_or((&wanted, ""));
        if !encoding.is_empty() {
            settings.encoding = encoding.to_string();
            settings.errors = "strict".into();
        }
        if !errors.is_empty() {
            settings.errors = errors.to_string();
        }
    }
    settings
}

/// A standard stream; `None` where the descriptor is closed.
fn make(th: &Thread, fd: i32, name: &str, settings: &Settings) -> PyResult {
    // SAFETY: a zeroed struct of numbers that the call fills in.
    let mut st: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: the struct lives through the call.
    if unsafe { libc::fstat(fd, &mut st) } < 0 {
        return Ok(Obj::none());
    }
    let (reading, mode) = if fd == 0 { (true, "r") } else { (false, "w") };
    let unbuffered = th.interp.config.unbuffered && !reading;
    let raw = open_raw(th, Value::small_int(fd.into()), mode, false, None)?;
    object::set_attr_str(th, raw.value(), "name", th.str(name)?.value())?;
    // SAFETY: no memory is involved.
    let is_terminal = unsafe { libc::isatty(fd) } == 1;
    let buffer = if unbuffered {
        raw
    } else if reading {
        new_reader(th, raw.value(), 8192)?
    } else {
        new_writer(th, raw.value(), 8192)?
    };
    let errors = if fd == 2 { "backslashreplace" } else { &settings.errors };
    let options = TextOptions {
        encoding: Some(th.intern(&settings.encoding)?),
        errors: Some(th.intern(errors)?),
        newline: Some(th.str("\n")?),
        line_buffering: !unbuffered && (is_terminal || fd == 2),
        write_through: unbuffered,
    };
    let text = new_wrapper(th, buffer.value(), options)?;
    object::set_attr_str(th, text.value(), "mode", th.str(mode)?.value())?;
    Ok(text)
}

/// Makes the standard streams and puts them into `sys`.
///
/// # Errors
/// LookupError for an unknown PYTHONIOENCODING, MemoryError.
pub fn make_standard_streams(th: &Thread) -> PyResult<()> {
    let settings = settings(th);
    let Some(sys) = th.interp.sys_dict.get() else { return Ok(()) };
    let Some(sys) = sys.cast::<Dict>() else { return Ok(()) };
    for (fd, name) in [(2, "stderr"), (0, "stdin"), (1, "stdout")] {
        let stream = make(th, fd, &format!("<{name}>"), &settings)?;
        sys.set_rust(th, name, stream.value())?;
        sys.set_rust(th, &format!("__{name}__"), stream.value())?;
    }
    Ok(())
}

//! `open()` and the other functions of the module.

use crate::buffered::{new_random, new_reader, new_writer};
use crate::file::{FileIo, open_raw};
use crate::text::{TextOptions, new_wrapper};
use whipsnake_runtime::fs_name;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::str::{Str, to_rust_string};

/// EncodingWarning when `-X warn_default_encoding` asks for it (PEP 597).
///
/// # Errors
/// What the filters make of the warning.
pub fn warn_of_default(th: &Thread, stack_level: i64) -> PyResult<()> {
    let config = &th.interp.config;
    if !config.warn_default_encoding && !config.x_options.iter().any(|(name, _)| name == "warn_default_encoding") {
        return Ok(());
    }
    let message = "'encoding' argument not specified";
    whipsnake_runtime::warnings::warn(th, &statics::ENCODING_WARNING, message, stack_level)
}

/// Whether `-X utf8` is in force.
pub fn utf8_mode(th: &Thread) -> bool {
    th.interp.config.x_options.iter().any(|(name, value)| name == "utf8" && value.as_deref() != Some("0"))
}

/// What a mode string asks for.
#[derive(Default)]
struct Mode {
    creating: bool,
    reading: bool,
    writing: bool,
    appending: bool,
    updating: bool,
    text: bool,
    binary: bool,
}

impl Mode {
    fn parse(th: &Thread, mode: &str) -> PyResult<Mode> {
        let mut m = Mode::default();
        for (i, c) in mode.char_indices() {
            let flag = match c {
                'x' => &mut m.creating,
                'r' => &mut m.reading,
                'w' => &mut m.writing,
                'a' => &mut m.appending,
                '+' => &mut m.updating,
                't' => &mut m.text,
                'b' => &mut m.binary,
                _ => return err!(th, VALUE_ERROR, "invalid mode: '{mode}'"),
            };
            *flag = true;
            if mode[i + 1..].contains(c) {
                return err!(th, VALUE_ERROR, "invalid mode: '{mode}'");
            }
        }
        if m.text && m.binary {
            return err!(th, VALUE_ERROR, "can't have text and binary mode at once");
        }
        if [m.creating, m.reading, m.writing, m.appending].iter().filter(|flag| **flag).count() > 1 {
            return err!(th, VALUE_ERROR, "must have exactly one of create/read/write/append mode");
        }
        Ok(m)
    }
    fn raw(&self) -> String {
        let flags = [
            (self.creating, 'x'),
            (self.reading, 'r'),
            (self.writing, 'w'),
            (self.appending, 'a'),
            (self.updating, '+'),
        ];
        flags.into_iter().filter(|(on, _)| *on).map(|(_, c)| c).collect()
    }
}

/// The arguments of `open()` that may be left out.
pub struct OpenOptions<'a> {
    pub mode: &'a str,
    pub buffering: i64,
    pub encoding: Option<Value>,
    pub errors: Option<Value>,
    pub newline: Option<Value>,
    pub closefd: bool,
    pub opener: Option<Value>,
}

/// Opens a file as Python's `open()` does.
///
/// # Errors
/// OSError, ValueError, TypeError, LookupError.
pub fn open(th: &Thread, file: Value, options: &OpenOptions) -> PyResult {
    let file = if number::has_index(file) { file.own() } else { fs_name::fspath(th, file)? };
    let mode = Mode::parse(th, options.mode)?;
    for (given, name) in
        [(options.encoding, "an encoding"), (options.errors, "an errors"), (options.newline, "a newline")]
    {
        if mode.binary && given.is_some() {
            return err!(th, VALUE_ERROR, "binary mode doesn't take {name} argument");
        }
    }
    if mode.binary && options.buffering == 1 {
        let message =
            "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used";
        whipsnake_runtime::warnings::warn(th, &statics::RUNTIME_WARNING, message, 1)?;
    }
    let raw = open_raw(th, file.value(), &mode.raw(), options.closefd, options.opener)?;
    let result = wrap(th, &mode, raw.clone(), options);
    if result.is_err() {
        // The file is closed without warning; the first error counts.
        th.with_exception_saved(|| {
            if call::call_method(th, raw.value(), "close", &[]).is_err() {
                drop(th.take_exception());
            }
        });
    }
    result
}

fn wrap(th: &Thread, mode: &Mode, raw: Obj, options: &OpenOptions) -> PyResult {
    // SAFETY: I4, `open_raw` makes exactly this type.
    let file: &Instance<FileIo> = unsafe { raw.cast_unchecked() };
    let mut buffering = options.buffering;
    let mut line_buffering = false;
    if buffering == 1 && !mode.binary {
        buffering = -1;
        line_buffering = true;
    } else if buffering < 0 && file.may_be_terminal() {
        let answer = call::call_method(th, raw.value(), "isatty", &[])?;
        line_buffering = object::is_true(th, answer.value())?;
    }
    if buffering == 1 {
        buffering = -1;
    }
    if buffering == 0 {
        if !mode.binary {
            return err!(th, VALUE_ERROR, "can't have unbuffered text I/O");
        }
        return Ok(raw);
    }
    let size = match usize::try_from(buffering) {
        Ok(size) => size,
        Err(_) => usize::try_from(file.block_size()).unwrap_or(0).clamp(crate::DEFAULT_BUFFER_SIZE, 8 << 20),
    };
    let buffer = if mode.updating {
        new_random(th, raw.value(), size)?
    } else if mode.reading {
        new_reader(th, raw.value(), size)?
    } else {
        new_writer(th, raw.value(), size)?
    };
    if mode.binary {
        return Ok(buffer);
    }
    let own = |v: Option<Value>| v.map(ValueExt::own);
    let text_options = TextOptions {
        encoding: own(options.encoding),
        errors: own(options.errors),
        newline: own(options.newline),
        line_buffering,
        write_through: false,
    };
    let text = new_wrapper(th, buffer.value(), text_options)?;
    let shown = th.str(options.mode)?;
    object::set_attr_str(th, text.value(), "mode", shown.value())?;
    Ok(text)
}

#[pyfunctions]
pub mod functions {
    use super::*;

    /// Opens a file and returns a stream: text by default, binary with "b" in the mode.
    #[function(
        "open(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)"
    )]
    fn open_(
        th: &Thread,
        file: Value,
        mode: Option<&Str>,
        buffering: i32,
        encoding: Option<&Str>,
        errors: Option<&Str>,
        newline: Option<&Str>,
        closefd: bool,
        opener: Option<Value>,
    ) -> PyResult {
        let mode = mode.map_or_else(|| "r".to_string(), |s| to_rust_string(s.value()));
        let options = OpenOptions {
            mode: &mode,
            buffering: buffering.into(),
            encoding: encoding.map(Str::value),
            errors: errors.map(Str::value),
            newline: newline.map(Str::value),
            closefd,
            opener: opener.filter(|v| !v.is_none()),
        };
        open(th, file, &options)
    }
    /// Opens a file for importing: open(path, "rb").
    #[function("open_code(path)")]
    fn open_code(th: &Thread, path: &Str) -> PyResult {
        let options = OpenOptions {
            mode: "rb",
            buffering: -1,
            encoding: None,
            errors: None,
            newline: None,
            closefd: true,
            opener: None,
        };
        open(th, path.value(), &options)
    }
    /// The encoding, or "locale" when it is None.
    #[function("text_encoding(encoding, stacklevel=2, /)")]
    fn text_encoding(th: &Thread, encoding: Value, stacklevel: i32) -> PyResult {
        if !encoding.is_none() {
            return Ok(encoding.own());
        }
        warn_of_default(th, stacklevel.into())?;
        th.intern(if utf8_mode(th) { "utf-8" } else { "locale" })
    }
}

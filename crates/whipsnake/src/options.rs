//! The command line: options, environment variables, and what to run.
//!
//! Source: the documentation of CPython 3.14's command line.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use whipsnake_runtime::interp::Config;

/// What to run.
#[derive(Debug)]
pub enum Run {
    /// `-c`
    Command(OsString),
    /// `-m`
    Module(OsString),
    /// A script, or a folder or archive with a `__main__`.
    File(OsString),
    /// Standard input.
    Stdin,
}

/// The parsed command line.
pub struct Command {
    pub run: Run,
    pub config: Config,
    /// `-x`: skip the first line of the source.
    pub skip_first_line: bool,
}

/// The program ends before it begins: help, version, bad usage.
pub struct Stop {
    pub message: String,
    pub to_stderr: bool,
    pub code: i32,
}

const VERSION: &str = "Python 3.14.10 (Whipsnake)";

/// The line that says how the program, called `name`, is used.
fn usage(name: &OsStr) -> String {
    format!("usage: {} [option] ... [-c cmd | -m mod | file | -] [arg] ...\n", name.to_string_lossy())
}

const HELP: &str = "Options (and corresponding environment variables):
-b     : issue warnings about converting bytes/bytearray to str and comparing
         bytes/bytearray with str or bytes with int; also -bb to raise errors
-B     : don't write .pyc files on import; also PYTHONDONTWRITEBYTECODE=x
-c cmd : program passed in as string (terminates option list)
-E     : ignore PYTHON* environment variables (such as PYTHONPATH)
-h     : print this help message and exit (also -? or --help)
-i     : inspect interactively after running script; also PYTHONINSPECT=x
-I     : isolate Python from the user's environment (implies -E and -s)
-m mod : run library module as a script (terminates option list)
-O     : remove assert and __debug__-dependent statements; also PYTHONOPTIMIZE=x
-OO    : do -O changes and also discard docstrings
-P     : don't prepend a potentially unsafe path to sys.path
-q     : don't print version and copyright messages on interactive startup
-s     : don't add user site directory to sys.path; also PYTHONNOUSERSITE=x
-S     : don't imply 'import site' on initialization
-u     : force the stdout and stderr streams to be unbuffered
-v     : verbose (trace import statements)
-V     : print the Python version number and exit (also --version)
-W arg : warning control; arg is action:message:category:module:lineno
-x     : skip first line of source
-X opt : set implementation-specific option
file   : program read from script file
-      : program read from stdin
arg ...: arguments passed to program in sys.argv[1:]
";

fn usage_error(name: &OsStr, message: String) -> Stop {
    let usage = usage(name);
    Stop { message: format!("{message}\n{usage}Try `python -h' for more information.\n"), to_stderr: true, code: 2 }
}

fn help(name: &OsStr) -> Stop {
    Stop { message: format!("{}{HELP}", usage(name)), to_stderr: false, code: 0 }
}

fn env(config: &Config, name: &str) -> Option<OsString> {
    if config.ignore_environment {
        return None;
    }
    std::env::var_os(name).filter(|value| !value.is_empty())
}

fn base_config(args: &[OsString]) -> Config {
    let executable =
        std::env::current_exe().unwrap_or_else(|_| PathBuf::from(args.first().cloned().unwrap_or_default()));
    Config {
        argv: Vec::new(),
        orig_argv: args.to_vec(),
        executable,
        optimize: 0,
        no_site: false,
        isolated: false,
        ignore_environment: false,
        no_user_site: false,
        dont_write_bytecode: false,
        unbuffered: false,
        quiet: false,
        verbose: 0,
        bytes_warning: 0,
        inspect: false,
        interactive: false,
        safe_path: false,
        dev_mode: false,
        no_debug_ranges: false,
        warn_default_encoding: false,
        warn_options: Vec::new(),
        x_options: Vec::new(),
        int_max_str_digits: 4300,
        hash_seed: None,
    }
}

/// Parses the command line.
///
/// # Errors
/// [`Stop`] for help, version and bad usage.
pub fn parse(args: Vec<OsString>) -> Result<Command, Stop> {
    let mut config = base_config(&args);
    let mut run = None;
    let mut skip_first_line = false;
    let mut rest = args.into_iter();
    let name = rest.next().unwrap_or_default();
    let mut argv = Vec::new();
    while let Some(arg) = rest.next() {
        let bytes = arg.as_bytes();
        if bytes == b"-" {
            run = Some(Run::Stdin);
            argv.push(arg);
            break;
        }
        if let Some(long) = bytes.strip_prefix(b"--") {
            match long {
                b"" => {
                    if let Some(file) = rest.next() {
                        argv.push(file.clone());
                        run = Some(Run::File(file));
                    }
                    break;
                }
                b"help" => return Err(help(&name)),
                b"version" => return Err(Stop { message: format!("{VERSION}\n"), to_stderr: false, code: 0 }),
                b"check-hash-based-pycs" => match rest.next().as_deref().map(OsStr::as_bytes) {
                    Some(b"default" | b"always" | b"never") => continue,
                    Some(_) => {
                        let message = "--check-hash-based-pycs must be one of 'default', 'always', or 'never'";
                        return Err(usage_error(&name, message.to_string()));
                    }
                    None => {
                        let message = "Argument expected for the --check-hash-based-pycs option";
                        return Err(usage_error(&name, message.to_string()));
                    }
                },
                _ => return Err(usage_error(&name, format!("Unknown option: {}", arg.to_string_lossy()))),
            }
        }
        let Some(letters) = bytes.strip_prefix(b"-") else {
            argv.push(arg.clone());
            run = Some(Run::File(arg));
            break;
        };
        let mut at = 0;
        while at < letters.len() {
            let letter = letters[at];
            at += 1;
            if matches!(letter, b'c' | b'm' | b'W' | b'X') {
                let value = match &letters[at..] {
                    [] => rest.next().ok_or_else(|| {
                        usage_error(&name, format!("Argument expected for the -{} option", letter as char))
                    })?,
                    inline => OsStr::from_bytes(inline).to_os_string(),
                };
                at = letters.len();
                let text = value.to_string_lossy().into_owned();
                match letter {
                    b'c' => {
                        run = Some(Run::Command(value));
                        argv.push("-c".into());
                    }
                    b'm' => {
                        run = Some(Run::Module(value));
                        argv.push("-m".into());
                    }
                    b'W' => config.warn_options.push(text),
                    _ => x_option(&mut config, &text)?,
                }
                continue;
            }
            flag(&mut config, &mut skip_first_line, letter, &name)?;
        }
        if run.is_some() {
            break;
        }
    }
    argv.extend(rest);
    if argv.is_empty() {
        argv.push(OsString::new());
    }
    config.argv = argv;
    environment(&mut config)?;
    Ok(Command { run: run.unwrap_or(Run::Stdin), config, skip_first_line })
}

fn flag(config: &mut Config, skip_first_line: &mut bool, letter: u8, name: &OsStr) -> Result<(), Stop> {
    match letter {
        b'b' => config.bytes_warning += 1,
        b'B' => config.dont_write_bytecode = true,
        b'd' | b'R' | b't' => {}
        b'E' => config.ignore_environment = true,
        b'h' | b'?' => return Err(help(name)),
        b'i' => config.inspect = true,
        b'I' => {
            config.isolated = true;
            config.ignore_environment = true;
            config.no_user_site = true;
            config.safe_path = true;
        }
        b'O' => config.optimize += 1,
        b'P' => config.safe_path = true,
        b'q' => config.quiet = true,
        b's' => config.no_user_site = true,
        b'S' => config.no_site = true,
        b'u' => config.unbuffered = true,
        b'v' => config.verbose += 1,
        b'V' => return Err(Stop { message: format!("{VERSION}\n"), to_stderr: false, code: 0 }),
        b'x' => *skip_first_line = true,
        other => return Err(usage_error(name, format!("Unknown option: -{}", other as char))),
    }
    Ok(())
}

fn x_option(config: &mut Config, text: &str) -> Result<(), Stop> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name.to_string(), Some(value.to_string())),
        None => (text.to_string(), None),
    };
    match (name.as_str(), &value) {
        ("dev", None) => config.dev_mode = true,
        ("int_max_str_digits", value) => {
            config.int_max_str_digits = digits_limit(value.as_deref()).ok_or_else(|| {
                fatal(
                    "config_init_int_max_str_digits",
                    "-X int_max_str_digits: invalid limit; must be >= 640 or 0 for unlimited.",
                )
            })?;
        }
        _ => {}
    }
    config.x_options.push((name, value));
    Ok(())
}

fn fatal(place: &str, message: &str) -> Stop {
    let message = format!("Fatal Python error: {place}: {message}\nPython runtime state: preinitialized\n\n");
    Stop { message, to_stderr: true, code: 1 }
}

fn digits_limit(text: Option<&str>) -> Option<usize> {
    let limit: usize = text?.parse().ok()?;
    (limit == 0 || (640..=i32::MAX as usize).contains(&limit)).then_some(limit)
}

fn environment(config: &mut Config) -> Result<(), Stop> {
    let number = |value: OsString| value.to_string_lossy().parse::<i32>().unwrap_or(1).max(1);
    if let Some(value) = env(config, "PYTHONOPTIMIZE") {
        config.optimize = config.optimize.max(number(value));
    }
    if let Some(value) = env(config, "PYTHONVERBOSE") {
        config.verbose = config.verbose.max(number(value));
    }
    config.dont_write_bytecode |= env(config, "PYTHONDONTWRITEBYTECODE").is_some();
    config.unbuffered |= env(config, "PYTHONUNBUFFERED").is_some();
    config.no_user_site |= env(config, "PYTHONNOUSERSITE").is_some();
    config.inspect |= env(config, "PYTHONINSPECT").is_some();
    config.safe_path |= env(config, "PYTHONSAFEPATH").is_some();
    config.dev_mode |= env(config, "PYTHONDEVMODE").is_some();
    config.warn_default_encoding |= env(config, "PYTHONWARNDEFAULTENCODING").is_some();
    config.no_debug_ranges |= env(config, "PYTHONNODEBUGRANGES").is_some();
    if let Some(value) = env(config, "PYTHONWARNINGS") {
        let options = value.to_string_lossy().split(',').map(str::to_string).collect::<Vec<_>>();
        config.warn_options.splice(0..0, options);
    }
    if let Some(value) = env(config, "PYTHONINTMAXSTRDIGITS") {
        config.int_max_str_digits = digits_limit(value.to_str()).ok_or_else(|| {
            fatal(
                "config_init_int_max_str_digits",
                "PYTHONINTMAXSTRDIGITS: invalid limit; must be >= 640 or 0 for unlimited.",
            )
        })?;
    }
    if let Some(value) = env(config, "PYTHONHASHSEED")
        && value != "random"
    {
        let seed = value.to_str().and_then(|text| text.parse::<u32>().ok());
        config.hash_seed = Some(seed.ok_or_else(|| {
            fatal("config_init_hash_seed", "PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]")
        })?);
    }
    if config.dev_mode {
        config.warn_options.insert(0, "default".to_string());
    }
    if config.bytes_warning > 0 {
        let action = if config.bytes_warning > 1 { "error" } else { "default" };
        config.warn_options.push(format!("{action}::BytesWarning"));
    }
    Ok(())
}

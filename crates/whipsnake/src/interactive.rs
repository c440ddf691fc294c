//! The interactive prompt: `_prompt` of our part of the library, on the main module's names.

use whipsnake_runtime::prelude::*;

/// Whether standard input is somebody's terminal.
pub fn is_terminal() -> bool {
    // SAFETY: no memory is involved.
    unsafe { libc::isatty(0) == 1 }
}

/// Reads statements from standard input and runs them until it ends. `heading` says who is there.
///
/// # Errors
/// SystemExit.
pub fn run(th: &Thread, namespace: Value, heading: bool) -> PyResult<()> {
    let banner = match heading {
        true => {
            let (version, platform) = (text(th, "version")?, text(th, "platform")?);
            format!(
                "Python {version} on {platform}\nType \"help\", \"copyright\", \"credits\" or \"license\" for more \
                 information."
            )
        }
        false => String::new(),
    };
    let banner = th.str(&banner)?;
    let prompt = whipsnake_runtime::import::attribute(th, "_prompt", "run")?;
    call::call2(th, prompt.value(), namespace, banner.value()).map(drop)
}

fn text(th: &Thread, name: &str) -> PyResult<String> {
    match whipsnake_runtime::sys::get_object(th, name)? {
        Some(value) => object::to_text(th, value.value()),
        None => Ok(String::new()),
    }
}

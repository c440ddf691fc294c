//! The environment of the process.

use crate::paths::c_string;
use whipsnake_runtime::os_error::raise_last;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::module;

unsafe extern "C" {
    static environ: *const *const libc::c_char;
}

/// The environment as a dict of bytes.
fn environment(th: &Thread) -> PyResult {
    let dict = Dict::new(th)?;
    let Some(target) = dict.cast::<Dict>() else { return Ok(dict) };
    let mut lines: Vec<Vec<u8>> = Vec::new();
    // SAFETY: the array ends with a null pointer; nobody changes it while the interpreter's lock is held.
    unsafe {
        let mut at = environ;
        while !at.is_null() && !(*at).is_null() {
            lines.push(std::ffi::CStr::from_ptr(*at).to_bytes().to_vec());
            at = at.add(1);
        }
    }
    for line in lines {
        let Some(split) = line.iter().position(|&b| b == b'=') else { continue };
        let (name, value) = (th.bytes(&line[..split])?, th.bytes(&line[split + 1..])?);
        target.setdefault(th, name.value(), value.value())?;
    }
    Ok(dict)
}

pub fn add(th: &Thread, m: Value) -> PyResult<()> {
    module::add(th, m, "environ", environment(th)?.value())?;
    let names = [
        "HAVE_FACCESSAT",
        "HAVE_FCHDIR",
        "HAVE_FCHMOD",
        "HAVE_FCHMODAT",
        "HAVE_FCHOWN",
        "HAVE_FCHOWNAT",
        "HAVE_FDOPENDIR",
        "HAVE_FEXECVE",
        "HAVE_FPATHCONF",
        "HAVE_FSTATAT",
        "HAVE_FSTATVFS",
        "HAVE_FTRUNCATE",
        "HAVE_FUTIMENS",
        "HAVE_LINKAT",
        "HAVE_LCHOWN",
        "HAVE_LSTAT",
        "HAVE_LUTIMES",
        "HAVE_MEMFD_CREATE",
        "HAVE_MKDIRAT",
        "HAVE_MKFIFOAT",
        "HAVE_MKNODAT",
        "HAVE_OPENAT",
        "HAVE_READLINKAT",
        "HAVE_RENAMEAT",
        "HAVE_SYMLINKAT",
        "HAVE_UNLINKAT",
        "HAVE_UTIMENSAT",
    ];
    let names = names.iter().map(|name| th.str(name)).collect::<PyResult<Vec<Obj>>>()?;
    module::add(th, m, "_have_functions", th.list(names)?.value())
}

#[pyfunctions]
pub mod functions {
    use super::*;

    /// Sets an environment variable.
    #[function("putenv(name, value, /)")]
    fn putenv(th: &Thread, name: Value, value: Value) -> PyResult<()> {
        let (name, value) = (c_string(th, name)?, c_string(th, value)?);
        if name.as_bytes().is_empty() || name.as_bytes().contains(&b'=') {
            return err!(th, VALUE_ERROR, "illegal environment variable name");
        }
        // SAFETY: both strings are copied; the interpreter's lock keeps other Python threads away.
        if unsafe { libc::setenv(name.as_ptr(), value.as_ptr(), 1) } != 0 {
            return Err(raise_last(th));
        }
        Ok(())
    }
    /// Removes an environment variable.
    #[function("unsetenv(name, /)")]
    fn unsetenv(th: &Thread, name: Value) -> PyResult<()> {
        let name = c_string(th, name)?;
        // SAFETY: as for setenv.
        if unsafe { libc::unsetenv(name.as_ptr()) } != 0 {
            return Err(raise_last(th));
        }
        Ok(())
    }
    /// The environment as it is now.
    #[function("_create_environ()")]
    fn create_environ(th: &Thread) -> PyResult {
        environment(th)
    }
}

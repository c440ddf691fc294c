//! `_posixshmem`: shared memory objects by name.

use std::ffi::CString;
use whipsnake_runtime::os_error::blocking_for;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::module;
use whipsnake_runtime::types::str::Str;

fn c_text(th: &Thread, text: &Str) -> PyResult<CString> {
    CString::new(text.utf8(th)?.as_bytes()).map_err(|_| th.value_error("embedded null character"))
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Opens a shared memory object and returns its descriptor, which is not inheritable.
    #[function("shm_open(path, flags, mode=511)")]
    fn shm_open(th: &Thread, path: Value, flags: i32, mode: i32) -> PyResult<i32> {
        let Some(text) = path.cast::<Str>() else {
            let got = if path.is_none() { "None" } else { path.ty().name() };
            return err!(th, TYPE_ERROR, "shm_open() argument 1 must be str, not {got}");
        };
        let name = c_text(th, text)?;
        // SAFETY: the name lives through the call. The C library closes the descriptor in programs that are executed.
        let fd = blocking_for(th, path, || unsafe { libc::shm_open(name.as_ptr(), flags, mode as _) } as isize)?;
        Ok(fd as i32)
    }
    /// Removes the name of a shared memory object, which goes away when no process has it open any longer.
    #[function("shm_unlink(path, /)")]
    fn shm_unlink(th: &Thread, path: Value) -> PyResult<()> {
        let Some(text) = path.cast::<Str>() else {
            let got = if path.is_none() { "None" } else { path.ty().name() };
            return err!(th, TYPE_ERROR, "shm_unlink() argument must be str, not {got}");
        };
        let name = c_text(th, text)?;
        // SAFETY: the name lives through the call.
        blocking_for(th, path, || unsafe { libc::shm_unlink(name.as_ptr()) } as isize)?;
        Ok(())
    }
}

/// Makes the `_posixshmem` module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    module::new(th, "_posixshmem", "Shared memory objects by name.", functions::METHODS)
}

//! `pwd`: the user database.

use std::ffi::CStr;
use whipsnake_runtime::fs_name;
use whipsnake_runtime::os_error::raise_errno;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::struct_sequence;
use whipsnake_runtime::types::str::Str;
use whipsnake_runtime::types::{module, structseq};

struct_sequence! {
    static PASSWD_TYPE: "pwd.struct_passwd", "An entry of the user database.", 7 of 7, [
        0 "pw_name" "user name", 1 "pw_passwd" "password", 2 "pw_uid" "user id", 3 "pw_gid" "group id",
        4 "pw_gecos" "real name", 5 "pw_dir" "home directory", 6 "pw_shell" "shell",
    ]
}

/// Makes the `pwd` module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    structseq::ready(th, &PASSWD_TYPE, 7, 7)?;
    let m = module::new(th, "pwd", "Access to the user database.", functions::METHODS)?;
    module::add(th, m.value(), "struct_passwd", PASSWD_TYPE.value())?;
    Ok(m)
}

fn entry(th: &Thread, entry: &libc::passwd) -> PyResult {
    let text = |p: *const libc::c_char| {
        if p.is_null() {
            return Ok(Obj::none());
        }
        // SAFETY: the entry's strings lie in the caller's buffer.
        fs_name::decode(th, unsafe { CStr::from_ptr(p) }.to_bytes())
    };
    let items = vec![
        text(entry.pw_name)?,
        text(entry.pw_passwd)?,
        th.int(entry.pw_uid.into())?,
        th.int(entry.pw_gid.into())?,
        text(entry.pw_gecos)?,
        text(entry.pw_dir)?,
        text(entry.pw_shell)?,
    ];
    structseq::new(th, &PASSWD_TYPE, items)
}

/// Looks an entry up with a `getpw*_r` call; `None` when there is no such user.
fn look_up(
    th: &Thread,
    call: impl Fn(*mut libc::passwd, &mut [u8], *mut *mut libc::passwd) -> i32,
) -> PyResult<Option<Obj>> {
    let mut room = 1024;
    loop {
        let mut buffer = vec![0u8; room];
        // SAFETY: a zeroed struct of numbers and null pointers.
        let mut found: libc::passwd = unsafe { std::mem::zeroed() };
        let mut result = std::ptr::null_mut();
        let errno = call(&mut found, &mut buffer, &mut result);
        match errno {
            libc::ERANGE if room < 1 << 20 => room *= 2,
            _ if !result.is_null() => return entry(th, &found).map(Some),
            0 | libc::ENOENT | libc::ESRCH => return Ok(None),
            errno => return Err(raise_errno(th, errno)),
        }
    }
}

#[pyfunctions]
mod functions {
    use super::*;

    /// The entry of a user id.
    #[function("getpwuid(uidobj, /)")]
    fn getpwuid(th: &Thread, uidobj: Value) -> PyResult {
        if !number::has_index(uidobj) {
            return err!(th, TYPE_ERROR, "uid should be integer, not {}", uidobj.ty().name());
        }
        let uid = number::as_index_clamped(th, uidobj)?;
        let found = match u32::try_from(uid) {
            // SAFETY: struct, buffer and result live through the call.
            Ok(id) => look_up(th, |p, b, r| unsafe { libc::getpwuid_r(id, p, b.as_mut_ptr().cast(), b.len(), r) })?,
            Err(_) => None,
        };
        match found {
            Some(entry) => Ok(entry),
            None => {
                let message = th.str(&format!("getpwuid(): uid not found: {}", object::repr_text(th, uidobj)?))?;
                Err(th.key_error(message.value()))
            }
        }
    }
    /// The entry of a user name.
    #[function("getpwnam(name, /)")]
    fn getpwnam(th: &Thread, name: &Str) -> PyResult {
        let Ok(c_name) = std::ffi::CString::new(fs_name::encode(th, name)?) else {
            return err!(th, VALUE_ERROR, "embedded null byte");
        };
        // SAFETY: name, struct, buffer and result live through the call.
        let found =
            look_up(th, |p, b, r| unsafe { libc::getpwnam_r(c_name.as_ptr(), p, b.as_mut_ptr().cast(), b.len(), r) })?;
        match found {
            Some(entry) => Ok(entry),
            None => {
                let text = format!("getpwnam(): name not found: {}", object::repr_text(th, name.value())?);
                let message = th.str(&text)?;
                Err(th.key_error(message.value()))
            }
        }
    }
    /// All entries.
    #[function("getpwall()")]
    fn getpwall(th: &Thread) -> PyResult {
        let mut all = Vec::new();
        // SAFETY: the interpreter's lock keeps other Python threads from walking at the same time.
        unsafe {
            libc::setpwent();
            loop {
                let found = libc::getpwent();
                if found.is_null() {
                    break;
                }
                match entry(th, &*found) {
                    Ok(item) => all.push(item),
                    Err(raised) => {
                        libc::endpwent();
                        return Err(raised);
                    }
                }
            }
            libc::endpwent();
        }
        th.list(all)
    }
}

//! `grp`: the group database.

use std::ffi::CStr;
use whipsnake_runtime::fs_name;
use whipsnake_runtime::os_error::raise_errno;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::struct_sequence;
use whipsnake_runtime::types::str::Str;
use whipsnake_runtime::types::{module, structseq};

struct_sequence! {
    static GROUP_TYPE: "grp.struct_group", "An entry of the group database.", 4 of 4, [
        0 "gr_name" "group name", 1 "gr_passwd" "password", 2 "gr_gid" "group id", 3 "gr_mem" "group members",
    ]
}

/// Makes the `grp` module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    structseq::ready(th, &GROUP_TYPE, 4, 4)?;
    let m = module::new(th, "grp", "Access to the group database.", functions::METHODS)?;
    module::add(th, m.value(), "struct_group", GROUP_TYPE.value())?;
    Ok(m)
}

fn entry(th: &Thread, entry: &libc::group) -> PyResult {
    let text = |p: *const libc::c_char| {
        if p.is_null() {
            return Ok(Obj::none());
        }
        // SAFETY: the entry's strings lie in the caller's buffer.
        fs_name::decode(th, unsafe { CStr::from_ptr(p) }.to_bytes())
    };
    let mut members = Vec::new();
    let mut at = entry.gr_mem;
    // SAFETY: the list of members ends with null.
    unsafe {
        while !at.is_null() && !(*at).is_null() {
            members.push(text(*at)?);
            at = at.add(1);
        }
    }
    let items = vec![text(entry.gr_name)?, text(entry.gr_passwd)?, th.int(entry.gr_gid.into())?, th.list(members)?];
    structseq::new(th, &GROUP_TYPE, items)
}

/// Looks an entry up with a `getgr*_r` call; `None` when there is no such group.
fn look_up(
    th: &Thread,
    call: impl Fn(*mut libc::group, &mut [u8], *mut *mut libc::group) -> i32,
) -> PyResult<Option<Obj>> {
    let mut room = 1024;
    loop {
        let mut buffer = vec![0u8; room];
        // SAFETY: a zeroed struct of numbers and null pointers.
        let mut found: libc::group = unsafe { std::mem::zeroed() };
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

fn missing(th: &Thread, what: &str, key: Value) -> Raised {
    let message = object::repr_text(th, key).and_then(|key| th.str(&format!("{what} not found: {key}")));
    match message {
        Ok(message) => th.key_error(message.value()),
        Err(raised) => raised,
    }
}

#[pyfunctions]
mod functions {
    use super::*;

    /// The entry of a group id.
    #[function("getgrgid(id)")]
    fn getgrgid(th: &Thread, id: Value) -> PyResult {
        if !number::has_index(id) {
            return err!(th, TYPE_ERROR, "gid should be integer, not {}", id.ty().name());
        }
        let found = match u32::try_from(number::as_index_clamped(th, id)?) {
            // SAFETY: struct, buffer and result live through the call.
            Ok(id) => look_up(th, |p, b, r| unsafe { libc::getgrgid_r(id, p, b.as_mut_ptr().cast(), b.len(), r) })?,
            Err(_) => None,
        };
        found.ok_or_else(|| missing(th, "getgrgid(): gid", id))
    }
    /// The entry of a group name.
    #[function("getgrnam(name)")]
    fn getgrnam(th: &Thread, name: Value) -> PyResult {
        let Some(text) = name.cast::<Str>() else {
            let got = if name.is_none() { "None" } else { name.ty().name() };
            return err!(th, TYPE_ERROR, "getgrnam() argument 'name' must be str, not {got}");
        };
        let Ok(c_name) = std::ffi::CString::new(fs_name::encode(th, text)?) else {
            return err!(th, VALUE_ERROR, "embedded null byte");
        };
        // SAFETY: name, struct, buffer and result live through the call.
        let found =
            look_up(th, |p, b, r| unsafe { libc::getgrnam_r(c_name.as_ptr(), p, b.as_mut_ptr().cast(), b.len(), r) })?;
        found.ok_or_else(|| missing(th, "getgrnam(): name", name))
    }
    /// All entries.
    #[function("getgrall()")]
    fn getgrall(th: &Thread) -> PyResult {
        let mut all = Vec::new();
        // SAFETY: the interpreter's lock keeps other Python threads from walking at the same time.
        let walked = unsafe {
            libc::setgrent();
            let walked = loop {
                match libc::getgrent().as_ref().map(|found| entry(th, found)) {
                    None => break Ok(()),
                    Some(Ok(item)) => all.push(item),
                    Some(Err(raised)) => break Err(raised),
                }
            };
            libc::endgrent();
            walked
        };
        walked?;
        th.list(all)
    }
}

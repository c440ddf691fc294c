//! Process, user and group ids.

use crate::paths::{IdArg, c_string};
use whipsnake_runtime::fs_name;
use whipsnake_runtime::os_error::{raise_errno, raise_last};
use whipsnake_runtime::prelude::*;

fn check(th: &Thread, result: i32) -> PyResult<i32> {
    if result < 0 { Err(raise_last(th)) } else { Ok(result) }
}

/// The groups in an array of ids.
fn group_list(th: &Thread, groups: &[libc::gid_t]) -> PyResult {
    th.list(groups.iter().map(|&g| th.int(g.into())).collect::<PyResult<Vec<Obj>>>()?)
}

#[pyfunctions]
pub mod functions {
    use super::*;

    /// The id of this process.
    #[function("getpid()")]
    fn getpid(_th: &Thread) -> i32 {
        // SAFETY: no memory is involved.
        unsafe { libc::getpid() }
    }
    /// The id of the parent process.
    #[function("getppid()")]
    fn getppid(_th: &Thread) -> i32 {
        // SAFETY: no memory is involved.
        unsafe { libc::getppid() }
    }
    /// The real user id.
    #[function("getuid()")]
    fn getuid(_th: &Thread) -> u64 {
        // SAFETY: no memory is involved.
        unsafe { libc::getuid() }.into()
    }
    /// The effective user id.
    #[function("geteuid()")]
    fn geteuid(_th: &Thread) -> u64 {
        // SAFETY: no memory is involved.
        unsafe { libc::geteuid() }.into()
    }
    /// The real group id.
    #[function("getgid()")]
    fn getgid(_th: &Thread) -> u64 {
        // SAFETY: no memory is involved.
        unsafe { libc::getgid() }.into()
    }
    /// The effective group id.
    #[function("getegid()")]
    fn getegid(_th: &Thread) -> u64 {
        // SAFETY: no memory is involved.
        unsafe { libc::getegid() }.into()
    }
    /// The real, effective and saved user ids.
    #[function("getresuid()")]
    fn getresuid(th: &Thread) -> PyResult {
        let (mut r, mut e, mut s) = (0, 0, 0);
        // SAFETY: the numbers live through the call.
        check(th, unsafe { libc::getresuid(&mut r, &mut e, &mut s) })?;
        th.tuple(&[r, e, s].map(|n| Value::small_int(n.into())))
    }
    /// The real, effective and saved group ids.
    #[function("getresgid()")]
    fn getresgid(th: &Thread) -> PyResult {
        let (mut r, mut e, mut s) = (0, 0, 0);
        // SAFETY: the numbers live through the call.
        check(th, unsafe { libc::getresgid(&mut r, &mut e, &mut s) })?;
        th.tuple(&[r, e, s].map(|n| Value::small_int(n.into())))
    }
    /// Sets the user id.
    #[function("setuid(uid, /)")]
    fn setuid(th: &Thread, uid: IdArg) -> PyResult<()> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::setuid(uid.0) }).map(drop)
    }
    /// Sets the effective user id.
    #[function("seteuid(euid, /)")]
    fn seteuid(th: &Thread, euid: IdArg) -> PyResult<()> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::seteuid(euid.0) }).map(drop)
    }
    /// Sets the group id.
    #[function("setgid(gid, /)")]
    fn setgid(th: &Thread, gid: IdArg) -> PyResult<()> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::setgid(gid.0) }).map(drop)
    }
    /// Sets the effective group id.
    #[function("setegid(egid, /)")]
    fn setegid(th: &Thread, egid: IdArg) -> PyResult<()> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::setegid(egid.0) }).map(drop)
    }
    /// Sets the real and effective user ids.
    #[function("setreuid(ruid, euid, /)")]
    fn setreuid(th: &Thread, ruid: IdArg, euid: IdArg) -> PyResult<()> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::setreuid(ruid.0, euid.0) }).map(drop)
    }
    /// Sets the real and effective group ids.
    #[function("setregid(rgid, egid, /)")]
    fn setregid(th: &Thread, rgid: IdArg, egid: IdArg) -> PyResult<()> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::setregid(rgid.0, egid.0) }).map(drop)
    }
    /// Sets the real, effective and saved user ids.
    #[function("setresuid(ruid, euid, suid, /)")]
    fn setresuid(th: &Thread, ruid: IdArg, euid: IdArg, suid: IdArg) -> PyResult<()> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::setresuid(ruid.0, euid.0, suid.0) }).map(drop)
    }
    /// Sets the real, effective and saved group ids.
    #[function("setresgid(rgid, egid, sgid, /)")]
    fn setresgid(th: &Thread, rgid: IdArg, egid: IdArg, sgid: IdArg) -> PyResult<()> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::setresgid(rgid.0, egid.0, sgid.0) }).map(drop)
    }
    /// The supplementary groups.
    #[function("getgroups()")]
    fn getgroups(th: &Thread) -> PyResult {
        // SAFETY: the first call only counts.
        let count = check(th, unsafe { libc::getgroups(0, std::ptr::null_mut()) })?;
        let mut groups = vec![0; count as usize];
        // SAFETY: the array has room for `count` ids.
        let count = check(th, unsafe { libc::getgroups(count, groups.as_mut_ptr()) })?;
        group_list(th, &groups[..count as usize])
    }
    /// Sets the supplementary groups.
    #[function("setgroups(groups, /)")]
    fn setgroups(th: &Thread, groups: Value) -> PyResult<()> {
        let what = ArgName { function: "setgroups", name: "gid", position: 1, only: true };
        let mut ids = Vec::new();
        for group in iter::to_vec(th, groups)? {
            ids.push(IdArg::from_arg(th, group.value(), what)?.0);
        }
        // SAFETY: the array lives through the call.
        check(th, unsafe { libc::setgroups(ids.len(), ids.as_ptr()) }).map(drop)
    }
    /// The groups of a user.
    #[function("getgrouplist(user, group, /)")]
    fn getgrouplist(th: &Thread, user: Value, group: IdArg) -> PyResult {
        let user = c_string(th, user)?;
        let mut count = 64;
        loop {
            let mut groups = vec![0; count as usize];
            // SAFETY: the array has room for `count` ids.
            let result = unsafe { libc::getgrouplist(user.as_ptr(), group.0, groups.as_mut_ptr(), &mut count) };
            if result >= 0 {
                return group_list(th, &groups[..count as usize]);
            }
            if count > 1 << 16 {
                return Err(raise_errno(th, libc::ENOMEM));
            }
            count = count.max(groups.len() as i32 * 2);
        }
    }
    /// Sets the supplementary groups to those of a user.
    #[function("initgroups(username, gid, /)")]
    fn initgroups(th: &Thread, username: Value, gid: IdArg) -> PyResult<()> {
        let user = c_string(th, username)?;
        // SAFETY: the name lives through the call.
        check(th, unsafe { libc::initgroups(user.as_ptr(), gid.0) }).map(drop)
    }
    /// The process group of a process.
    #[function("getpgid(pid)")]
    fn getpgid(th: &Thread, pid: i32) -> PyResult<i32> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::getpgid(pid) })
    }
    /// The process group of this process.
    #[function("getpgrp()")]
    fn getpgrp(_th: &Thread) -> i32 {
        // SAFETY: no memory is involved.
        unsafe { libc::getpgrp() }
    }
    /// Makes this process the leader of its process group.
    #[function("setpgrp()")]
    fn setpgrp(th: &Thread) -> PyResult<()> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::setpgid(0, 0) }).map(drop)
    }
    /// Moves a process to a process group.
    #[function("setpgid(pid, pgrp, /)")]
    fn setpgid(th: &Thread, pid: i32, pgrp: i32) -> PyResult<()> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::setpgid(pid, pgrp) }).map(drop)
    }
    /// The session of a process.
    #[function("getsid(pid, /)")]
    fn getsid(th: &Thread, pid: i32) -> PyResult<i32> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::getsid(pid) })
    }
    /// Starts a session.
    #[function("setsid()")]
    fn setsid(th: &Thread) -> PyResult<()> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::setsid() }).map(drop)
    }
    /// The name of the user on the controlling terminal.
    #[function("getlogin()")]
    fn getlogin(th: &Thread) -> PyResult {
        let mut name = [0u8; 256];
        // SAFETY: the buffer's length is passed along.
        let errno = unsafe { getlogin_r(name.as_mut_ptr().cast(), name.len()) };
        if errno != 0 {
            return Err(raise_errno(th, errno));
        }
        let end = name.iter().position(|&b| b == 0).unwrap_or(name.len());
        fs_name::decode(th, &name[..end])
    }
}

unsafe extern "C" {
    /// The reentrant form, which the libc crate does not declare for this platform.
    fn getlogin_r(name: *mut libc::c_char, size: libc::size_t) -> libc::c_int;
}

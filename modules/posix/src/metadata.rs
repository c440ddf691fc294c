//! Permissions, owners, times, extended attributes.

use crate::paths::{DirFd, IdArg, PathArg, PathOrFd, at};
use whipsnake_runtime::fs_name;
use whipsnake_runtime::os_error::{blocking, last_errno};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::BytesArg;
use whipsnake_runtime::types::int;
use whipsnake_runtime::types::tuple::Tuple;

/// Seconds and nanoseconds of a time given in seconds (int or float).
fn timespec_of_seconds(th: &Thread, v: Value) -> PyResult<libc::timespec> {
    if let Some(x) = whipsnake_runtime::types::float::value_of(v) {
        if x.is_nan() {
            return err!(th, VALUE_ERROR, "Invalid value NaN (not a number)");
        }
        let mut seconds = x.floor();
        let mut nanos = ((x - seconds) * 1e9).floor();
        if nanos >= 1e9 {
            nanos -= 1e9;
            seconds += 1.0;
        }
        if !(-9.2e18..=9.2e18).contains(&seconds) {
            return err!(th, OVERFLOW_ERROR, "timestamp out of range for platform time_t");
        }
        return Ok(libc::timespec { tv_sec: seconds as i64, tv_nsec: nanos as i64 });
    }
    Ok(libc::timespec { tv_sec: number::as_i64(th, v)?, tv_nsec: 0 })
}

fn timespec_of_nanos(th: &Thread, v: Value) -> PyResult<libc::timespec> {
    let nanos = number::as_i64(th, v)?;
    Ok(libc::timespec { tv_sec: nanos.div_euclid(1_000_000_000), tv_nsec: nanos.rem_euclid(1_000_000_000) })
}

fn pair<'a>(v: Value) -> Option<(Value, Value)> {
    let items: &'a [Value] = v.cast::<Tuple>()?.as_slice();
    if items.len() == 2 { Some((items[0], items[1])) } else { None }
}

fn times_of(th: &Thread, times: Option<Value>, ns: Option<Value>) -> PyResult<[libc::timespec; 2]> {
    let now = libc::timespec { tv_sec: 0, tv_nsec: libc::UTIME_NOW };
    let times = times.filter(|v| !v.is_none());
    if times.is_some() && ns.is_some() {
        return err!(th, VALUE_ERROR, "utime: you may specify either 'times' or 'ns' but not both");
    }
    if let Some(times) = times {
        let Some((a, m)) = pair(times) else {
            return err!(th, TYPE_ERROR, "utime: 'times' must be either a tuple of two ints or None");
        };
        return Ok([timespec_of_seconds(th, a)?, timespec_of_seconds(th, m)?]);
    }
    if let Some(ns) = ns {
        let Some((a, m)) = pair(ns) else {
            return err!(th, TYPE_ERROR, "utime: 'ns' must be a tuple of two ints");
        };
        return Ok([timespec_of_nanos(th, a)?, timespec_of_nanos(th, m)?]);
    }
    Ok([now, now])
}

fn no_follow(follow: bool) -> i32 {
    if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW }
}

/// Grows a buffer until the call's result fits.
fn growing(th: &Thread, path: &PathOrFd, mut call: impl FnMut(&mut [u8]) -> isize) -> PyResult<Vec<u8>> {
    for room in [256usize, 4096, 65536] {
        let mut data = vec![0u8; room];
        // SAFETY: the closure passes the buffer's own length along.
        let result = call(&mut data);
        if result >= 0 {
            data.truncate(result as usize);
            return Ok(data);
        }
        if last_errno() != libc::ERANGE || room == 65536 {
            break;
        }
    }
    Err(path.error(th, last_errno()))
}

/// A device; -1 is none.
fn device_number(th: &Thread, v: Value) -> PyResult<u64> {
    let index = number::index(th, v)?;
    match int::try_i64(index.value()) {
        Some(-1) => Ok(u64::MAX),
        _ => match int::with_big(index.value(), |big| big.to_u64()) {
            Some(number) if !int::is_negative(index.value()) => Ok(number),
            _ => err!(th, OVERFLOW_ERROR, "int too big to convert"),
        },
    }
}

fn number_of_part(part: u32) -> i64 {
    if part == u32::MAX { -1 } else { part.into() }
}

#[pyfunctions]
pub mod functions {
    use super::*;

    /// Changes the permissions of a file.
    #[function("chmod(path, mode, *, dir_fd=None, follow_symlinks=True)")]
    fn chmod(th: &Thread, path: PathOrFd, mode: i32, dir_fd: Option<DirFd>, follow_symlinks: bool) -> PyResult<()> {
        // SAFETY: the path lives through the call.
        path.call(th, || unsafe {
            match &path {
                PathOrFd::Path(p) => {
                    libc::fchmodat(at(dir_fd), p.as_ptr(), mode as libc::mode_t, no_follow(follow_symlinks))
                }
                PathOrFd::Fd(fd, _) => libc::fchmod(*fd, mode as libc::mode_t),
            }
        } as isize)
            .map(drop)
    }
    /// Changes the permissions of an open file.
    #[function("fchmod(fd, mode)")]
    fn fchmod(th: &Thread, fd: i32, mode: i32) -> PyResult<()> {
        // SAFETY: no memory is involved.
        blocking(th, || unsafe { libc::fchmod(fd, mode as libc::mode_t) } as isize).map(drop)
    }
    /// Changes the owner and group of a file.
    #[function("chown(path, uid, gid, *, dir_fd=None, follow_symlinks=True)")]
    fn chown(
        th: &Thread,
        path: PathOrFd,
        uid: IdArg,
        gid: IdArg,
        dir_fd: Option<DirFd>,
        follow_symlinks: bool,
    ) -> PyResult<()> {
        path.check_options(th, "chown", dir_fd, follow_symlinks)?;
        // SAFETY: the path lives through the call.
        path.call(th, || unsafe {
            match &path {
                PathOrFd::Path(p) => libc::fchownat(at(dir_fd), p.as_ptr(), uid.0, gid.0, no_follow(follow_symlinks)),
                PathOrFd::Fd(fd, _) => libc::fchown(*fd, uid.0, gid.0),
            }
        } as isize)
            .map(drop)
    }
    /// Changes the owner and group of an open file.
    #[function("fchown(fd, uid, gid)")]
    fn fchown(th: &Thread, fd: i32, uid: IdArg, gid: IdArg) -> PyResult<()> {
        // SAFETY: no memory is involved.
        blocking(th, || unsafe { libc::fchown(fd, uid.0, gid.0) } as isize).map(drop)
    }
    /// Changes the owner and group of a symbolic link itself.
    #[function("lchown(path, uid, gid)")]
    fn lchown(th: &Thread, path: PathArg, uid: IdArg, gid: IdArg) -> PyResult<()> {
        // SAFETY: the path lives through the call.
        path.call(th, || unsafe { libc::lchown(path.as_ptr(), uid.0, gid.0) } as isize).map(drop)
    }
    /// Sets the times of last access and modification.
    #[function("utime(path, times=None, *, ns=None, dir_fd=None, follow_symlinks=True)")]
    fn utime(
        th: &Thread,
        path: PathOrFd,
        times: Option<Value>,
        ns: Option<Value>,
        dir_fd: Option<DirFd>,
        follow_symlinks: bool,
    ) -> PyResult<()> {
        let times = times_of(th, times, ns)?;
        path.check_options(th, "utime", dir_fd, follow_symlinks)?;
        // SAFETY: path and times live through the call.
        path.call(th, || unsafe {
            match &path {
                PathOrFd::Path(p) => {
                    libc::utimensat(at(dir_fd), p.as_ptr(), times.as_ptr(), no_follow(follow_symlinks))
                }
                PathOrFd::Fd(fd, _) => libc::futimens(*fd, times.as_ptr()),
            }
        } as isize)
            .map(drop)
    }
    /// Whether the process may access a file.
    #[function("access(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)")]
    fn access(
        th: &Thread,
        path: PathArg,
        mode: i32,
        dir_fd: Option<DirFd>,
        effective_ids: bool,
        follow_symlinks: bool,
    ) -> bool {
        let flags = no_follow(follow_symlinks) | if effective_ids { libc::AT_EACCESS } else { 0 };
        // SAFETY: the path lives through the call.
        th.allow_threads(|| unsafe { libc::faccessat(at(dir_fd), path.as_ptr(), mode, flags) } == 0)
    }
    /// Sets the mask for permissions of new files; returns the old one.
    #[function("umask(mask, /)")]
    fn umask(_th: &Thread, mask: i32) -> i32 {
        // SAFETY: no memory is involved.
        unsafe { libc::umask(mask as libc::mode_t) as i32 }
    }
    /// The value of an extended attribute.
    #[function("getxattr(path, attribute, *, follow_symlinks=True)")]
    fn getxattr(th: &Thread, path: PathOrFd, attribute: PathArg, follow_symlinks: bool) -> PyResult {
        // SAFETY: the names and the buffer live through the calls.
        let data = growing(th, &path, |data| unsafe {
            let (name, out, n) = (attribute.as_ptr(), data.as_mut_ptr().cast(), data.len());
            match &path {
                PathOrFd::Path(p) if follow_symlinks => libc::getxattr(p.as_ptr(), name, out, n),
                PathOrFd::Path(p) => libc::lgetxattr(p.as_ptr(), name, out, n),
                PathOrFd::Fd(fd, _) => libc::fgetxattr(*fd, name, out, n),
            }
        })?;
        th.bytes(&data)
    }
    /// Sets an extended attribute.
    #[function("setxattr(path, attribute, value, flags=0, *, follow_symlinks=True)")]
    fn setxattr(
        th: &Thread,
        path: PathOrFd,
        attribute: PathArg,
        value: BytesArg,
        flags: i32,
        follow_symlinks: bool,
    ) -> PyResult<()> {
        let (name, data, n) = (attribute.as_ptr() as usize, value.as_ptr() as usize, value.len());
        // SAFETY: the names and the value live through the call.
        path.call(th, || unsafe {
            let (name, data) = (name as *const libc::c_char, data as *const libc::c_void);
            match &path {
                PathOrFd::Path(p) if follow_symlinks => libc::setxattr(p.as_ptr(), name, data, n, flags),
                PathOrFd::Path(p) => libc::lsetxattr(p.as_ptr(), name, data, n, flags),
                PathOrFd::Fd(fd, _) => libc::fsetxattr(*fd, name, data, n, flags),
            }
        } as isize)
            .map(drop)
    }
    /// Removes an extended attribute.
    #[function("removexattr(path, attribute, *, follow_symlinks=True)")]
    fn removexattr(th: &Thread, path: PathOrFd, attribute: PathArg, follow_symlinks: bool) -> PyResult<()> {
        // SAFETY: the names live through the call.
        path.call(th, || unsafe {
            match &path {
                PathOrFd::Path(p) if follow_symlinks => libc::removexattr(p.as_ptr(), attribute.as_ptr()),
                PathOrFd::Path(p) => libc::lremovexattr(p.as_ptr(), attribute.as_ptr()),
                PathOrFd::Fd(fd, _) => libc::fremovexattr(*fd, attribute.as_ptr()),
            }
        } as isize)
            .map(drop)
    }
    /// The names of the extended attributes.
    #[function("listxattr(path=None, *, follow_symlinks=True)")]
    fn listxattr(th: &Thread, path: Value, follow_symlinks: bool) -> PyResult {
        let what = ArgName { function: "listxattr", name: "path", position: 1, only: false };
        let here = th.str(".")?;
        let path = PathOrFd::from_arg(th, if path.is_none() { here.value() } else { path }, what)?;
        // SAFETY: the path and the buffer live through the calls.
        let data = growing(th, &path, |data| unsafe {
            let (out, n) = (data.as_mut_ptr().cast(), data.len());
            match &path {
                PathOrFd::Path(p) if follow_symlinks => libc::listxattr(p.as_ptr(), out, n),
                PathOrFd::Path(p) => libc::llistxattr(p.as_ptr(), out, n),
                PathOrFd::Fd(fd, _) => libc::flistxattr(*fd, out, n),
            }
        })?;
        let names = data.split(|&b| b == 0).filter(|name| !name.is_empty());
        th.list(names.map(|name| fs_name::decode(th, name)).collect::<PyResult<Vec<Obj>>>()?)
    }
    /// The device number of a major and a minor number.
    #[function("makedev(major, minor, /)")]
    fn makedev(th: &Thread, major: Value, minor: Value) -> PyResult {
        let part = |v: Value| match int::try_i64(number::index(th, v)?.value()) {
            // -1 is "no device".
            Some(n @ -1..=0xffff_ffff) => Ok(n as u32),
            _ => err!(th, OVERFLOW_ERROR, "Python int too large to convert to C unsigned int"),
        };
        match libc::makedev(part(major)?, part(minor)?) {
            u64::MAX => Ok(Obj::small_int(-1)),
            device => th.uint(device),
        }
    }
    /// The major number of a device.
    #[function("major(device, /)")]
    fn major(th: &Thread, device: Value) -> PyResult<i64> {
        Ok(number_of_part(libc::major(device_number(th, device)?)))
    }
    /// The minor number of a device.
    #[function("minor(device, /)")]
    fn minor(th: &Thread, device: Value) -> PyResult<i64> {
        Ok(number_of_part(libc::minor(device_number(th, device)?)))
    }
}

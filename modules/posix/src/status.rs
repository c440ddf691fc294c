//! The stat family and `statvfs`.

use crate::paths::{DirFd, FileNo, PathArg, PathOrFd, at};
use std::mem::MaybeUninit;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::{module, structseq};
use whipsnake_runtime::{os_error, struct_sequence};

struct_sequence! {
    pub static STAT_RESULT_TYPE: "os.stat_result", "What stat() and its relatives say of a file.", 10 of 19, [
        0 "st_mode" "kind of file and permissions", 1 "st_ino" "inode number", 2 "st_dev" "device",
        3 "st_nlink" "number of hard links", 4 "st_uid" "user id of the owner", 5 "st_gid" "group id of the owner",
        6 "st_size" "size in bytes", 10 "st_atime" "time of last access", 11 "st_mtime" "time of last modification",
        12 "st_ctime" "time of last status change", 13 "st_atime_ns" "time of last access in nanoseconds",
        14 "st_mtime_ns" "time of last modification in nanoseconds",
        15 "st_ctime_ns" "time of last status change in nanoseconds",
        16 "st_blksize" "block size for input and output", 17 "st_blocks" "512-byte blocks allocated",
        18 "st_rdev" "device type, of device files",
    ]
}

struct_sequence! {
    pub static STATVFS_RESULT_TYPE: "os.statvfs_result", "What statvfs() says of a file system.", 10 of 11, [
        0 "f_bsize" "block size", 1 "f_frsize" "fragment size", 2 "f_blocks" "fragments", 3 "f_bfree" "free blocks",
        4 "f_bavail" "free blocks for ordinary users", 5 "f_files" "inodes", 6 "f_ffree" "free inodes",
        7 "f_favail" "free inodes for ordinary users", 8 "f_flag" "mount flags", 9 "f_namemax" "longest file name",
        10 "f_fsid" "file system id",
    ]
}

pub fn add_types(th: &Thread, m: Value) -> PyResult<()> {
    structseq::ready(th, &STAT_RESULT_TYPE, 10, 19)?;
    structseq::ready(th, &STATVFS_RESULT_TYPE, 10, 11)?;
    module::add(th, m, "stat_result", STAT_RESULT_TYPE.value())?;
    module::add(th, m, "statvfs_result", STATVFS_RESULT_TYPE.value())
}

/// A `stat_result`.
///
/// # Errors
/// MemoryError.
pub fn stat_result(th: &Thread, st: &libc::stat) -> PyResult {
    let times = [(st.st_atime, st.st_atime_nsec), (st.st_mtime, st.st_mtime_nsec), (st.st_ctime, st.st_ctime_nsec)];
    let mut items = vec![
        th.int(st.st_mode.into())?,
        th.uint(st.st_ino)?,
        th.uint(st.st_dev)?,
        th.uint(st.st_nlink as u64)?,
        th.int(st.st_uid.into())?,
        th.int(st.st_gid.into())?,
        th.int(st.st_size)?,
    ];
    for (seconds, _) in times {
        items.push(th.int(seconds)?);
    }
    for (seconds, nanos) in times {
        items.push(th.float(seconds as f64 + 1e-9 * nanos as f64)?);
    }
    for (seconds, nanos) in times {
        items.push(match seconds.checked_mul(1_000_000_000).and_then(|n| n.checked_add(nanos)) {
            Some(n) => th.int(n)?,
            None => {
                let (s, billion, n) = (th.int(seconds)?, th.int(1_000_000_000)?, th.int(nanos)?);
                let product = number::binary_op(th, number::NumberOp::Multiply, s.value(), billion.value())?;
                number::binary_op(th, number::NumberOp::Add, product.value(), n.value())?
            }
        });
    }
    items.push(th.int(st.st_blksize as i64)?);
    items.push(th.int(st.st_blocks)?);
    items.push(th.uint(st.st_rdev)?);
    structseq::new(th, &STAT_RESULT_TYPE, items)
}

/// Runs `fstatat`.
///
/// # Errors
/// OSError with the path.
pub fn stat_at(th: &Thread, path: &PathArg, dir: i32, follow: bool) -> PyResult<libc::stat> {
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    let mut st = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the pointers are good for the call.
    path.call(th, || unsafe { libc::fstatat(dir, path.as_ptr(), st.as_mut_ptr(), flags) } as isize)?;
    // SAFETY: the call succeeded and filled it in.
    Ok(unsafe { st.assume_init() })
}

fn fstat_raw(th: &Thread, fd: i32) -> PyResult<libc::stat> {
    let mut st = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the pointer is good for the call.
    os_error::blocking(th, || unsafe { libc::fstat(fd, st.as_mut_ptr()) } as isize)?;
    // SAFETY: the call succeeded and filled it in.
    Ok(unsafe { st.assume_init() })
}

#[pyfunctions]
pub mod functions {
    use super::*;

    /// The status of a file or descriptor.
    #[function("stat(path, *, dir_fd=None, follow_symlinks=True)")]
    fn stat(th: &Thread, path: PathOrFd, dir_fd: Option<DirFd>, follow_symlinks: bool) -> PyResult {
        path.check_options(th, "stat", dir_fd, follow_symlinks)?;
        let st = match &path {
            PathOrFd::Path(path) => stat_at(th, path, at(dir_fd), follow_symlinks)?,
            PathOrFd::Fd(fd, object) => {
                let mut st = MaybeUninit::<libc::stat>::uninit();
                // SAFETY: the pointer is good for the call.
                os_error::blocking_for(th, object.value(), || unsafe { libc::fstat(*fd, st.as_mut_ptr()) } as isize)?;
                // SAFETY: the call succeeded and filled it in.
                unsafe { st.assume_init() }
            }
        };
        stat_result(th, &st)
    }
    /// Like stat(), but of a symbolic link itself.
    #[function("lstat(path, *, dir_fd=None)")]
    fn lstat(th: &Thread, path: PathArg, dir_fd: Option<DirFd>) -> PyResult {
        stat_result(th, &stat_at(th, &path, at(dir_fd), false)?)
    }
    /// The status of an open file.
    #[function("fstat(fd)")]
    fn fstat(th: &Thread, fd: i32) -> PyResult {
        stat_result(th, &fstat_raw(th, fd)?)
    }
    /// The status of the file system that a file is on.
    #[function("statvfs(path)")]
    fn statvfs(th: &Thread, path: PathOrFd) -> PyResult {
        let mut st = MaybeUninit::<libc::statvfs>::uninit();
        // SAFETY: the pointers are good for the calls.
        match &path {
            PathOrFd::Path(p) => p.call(th, || unsafe { libc::statvfs(p.as_ptr(), st.as_mut_ptr()) } as isize)?,
            PathOrFd::Fd(fd, _) => path.call(th, || unsafe { libc::fstatvfs(*fd, st.as_mut_ptr()) } as isize)?,
        };
        // SAFETY: the call succeeded and filled it in.
        statvfs_result(th, &unsafe { st.assume_init() })
    }
    /// The status of the file system that an open file is on.
    #[function("fstatvfs(fd, /)")]
    fn fstatvfs(th: &Thread, fd: FileNo) -> PyResult {
        let mut st = MaybeUninit::<libc::statvfs>::uninit();
        // SAFETY: the pointer is good for the call.
        os_error::blocking(th, || unsafe { libc::fstatvfs(fd.0, st.as_mut_ptr()) } as isize)?;
        // SAFETY: the call succeeded and filled it in.
        statvfs_result(th, &unsafe { st.assume_init() })
    }
}

fn statvfs_result(th: &Thread, st: &libc::statvfs) -> PyResult {
    let numbers = [
        st.f_bsize,
        st.f_frsize,
        st.f_blocks,
        st.f_bfree,
        st.f_bavail,
        st.f_files,
        st.f_ffree,
        st.f_favail,
        st.f_flag,
        st.f_namemax,
        st.f_fsid,
    ];
    let items = numbers.into_iter().map(|n| th.uint(n)).collect::<PyResult<Vec<Obj>>>()?;
    structseq::new(th, &STATVFS_RESULT_TYPE, items)
}

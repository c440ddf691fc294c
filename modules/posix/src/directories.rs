//! Directories and names in them.

use crate::paths::{DirArg, DirFd, PathArg, PathOrFd, at};
use whipsnake_runtime::fs_name;
use whipsnake_runtime::os_error::{self, last_errno, raise_last};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::bytes::Bytes;
use whipsnake_runtime::types::str::Str;

/// An open directory stream.
pub struct Stream {
    dir: *mut libc::DIR,
    /// The stream reads a descriptor that the caller keeps: it is rewound when done.
    borrowed_fd: bool,
}

/// What a directory says of a name.
pub struct Entry {
    pub name: Vec<u8>,
    pub inode: u64,
    pub kind: u8,
}

impl Stream {
    /// Opens a directory by path or descriptor; the error is an errno.
    pub fn open(th: &Thread, path: &DirArg) -> PyResult<Result<Stream, i32>> {
        let open_path = |name: *const libc::c_char| {
            // SAFETY: the name lives through the call.
            let (dir, errno) = th.allow_threads(|| (unsafe { libc::opendir(name) } as usize, last_errno()));
            if dir == 0 { Err(errno) } else { Ok(Stream { dir: dir as *mut libc::DIR, borrowed_fd: false }) }
        };
        Ok(match &path.0 {
            None => open_path(c".".as_ptr()),
            Some(PathOrFd::Path(p)) => open_path(p.as_ptr()),
            Some(PathOrFd::Fd(fd, _)) => {
                // SAFETY: a copy of the descriptor is handed to the stream, which closes it.
                unsafe {
                    let copy = libc::fcntl(*fd, libc::F_DUPFD_CLOEXEC, 0);
                    let dir = if copy < 0 { std::ptr::null_mut() } else { libc::fdopendir(copy) };
                    if dir.is_null() {
                        let errno = last_errno();
                        if copy >= 0 {
                            libc::close(copy);
                        }
                        Err(errno)
                    } else {
                        Ok(Stream { dir, borrowed_fd: true })
                    }
                }
            }
        })
    }
    /// The next name but `.` and `..`; the error is an errno.
    pub fn next(&mut self, th: &Thread) -> Result<Option<Entry>, i32> {
        let dir = self.dir as usize;
        loop {
            let (entry, errno) = th.allow_threads(|| {
                // SAFETY: the stream is open; errno tells the end from an error.
                unsafe {
                    *libc::__errno_location() = 0;
                    (libc::readdir64(dir as *mut libc::DIR) as usize, last_errno())
                }
            });
            if entry == 0 {
                return if errno == 0 { Ok(None) } else { Err(errno) };
            }
            // SAFETY: the entry is good until the next call on the stream.
            let (name, inode, kind) = unsafe {
                let entry = &*(entry as *const libc::dirent64);
                (std::ffi::CStr::from_ptr(entry.d_name.as_ptr()).to_bytes(), entry.d_ino, entry.d_type)
            };
            if name != b"." && name != b".." {
                return Ok(Some(Entry { name: name.to_vec(), inode, kind }));
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: closed once.
        unsafe {
            if self.borrowed_fd {
                libc::rewinddir(self.dir);
            }
            libc::closedir(self.dir);
        }
    }
}

fn current_directory(th: &Thread) -> PyResult<Vec<u8>> {
    let mut room = 4096;
    loop {
        let mut name = vec![0u8; room];
        // SAFETY: the buffer's length is passed along.
        let (ok, errno) =
            th.allow_threads(|| (!unsafe { libc::getcwd(name.as_mut_ptr().cast(), room) }.is_null(), last_errno()));
        if ok {
            let end = name.iter().position(|&b| b == 0).unwrap_or(room);
            name.truncate(end);
            return Ok(name);
        }
        if errno != libc::ERANGE || room > 1 << 24 {
            return Err(os_error::raise_errno(th, errno));
        }
        room *= 2;
    }
}

/// Runs a call on two paths.
fn on_two(th: &Thread, a: &PathArg, b: &PathArg, call: impl FnMut() -> isize) -> PyResult<()> {
    match os_error::interruptible(th, call)? {
        Ok(_) => Ok(()),
        Err(errno) => Err(a.error2(th, errno, b)),
    }
}

fn move_name(th: &Thread, src: &PathArg, dst: &PathArg, from: Option<DirFd>, to: Option<DirFd>) -> PyResult<()> {
    // SAFETY: the paths live through the call.
    on_two(th, src, dst, || unsafe { libc::renameat(at(from), src.as_ptr(), at(to), dst.as_ptr()) } as isize)
}

fn remove_name(th: &Thread, path: &PathArg, dir_fd: Option<DirFd>, flags: i32) -> PyResult<()> {
    // SAFETY: the path lives through the call.
    path.call(th, || unsafe { libc::unlinkat(at(dir_fd), path.as_ptr(), flags) } as isize).map(drop)
}

/// The normal form of a path, without looking at the file system: as `posixpath.normpath`.
fn normalize(path: &[u8]) -> Vec<u8> {
    if path.is_empty() {
        return b".".to_vec();
    }
    let slashes = path.iter().take_while(|&&b| b == b'/').count();
    let root: &[u8] = match slashes {
        0 => b"",
        2 => b"//",
        _ => b"/",
    };
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|&b| b == b'/') {
        match part {
            b"" | b"." => {}
            b".." if root.is_empty() && parts.last().is_none_or(|last| *last == b"..") => parts.push(part),
            b".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let mut out = root.to_vec();
    out.extend_from_slice(&parts.join(&b'/'));
    if out.is_empty() { b".".to_vec() } else { out }
}

/// A str or bytes path as bytes (embedded NULs allowed), and whether it was bytes.
fn pure_path(th: &Thread, path: Value) -> PyResult<(Vec<u8>, bool)> {
    let path = fs_name::fspath(th, path)?;
    match (path.cast::<Str>(), path.cast::<Bytes>()) {
        (_, Some(b)) => Ok((b.as_slice().to_vec(), true)),
        // Any surrogate survives: this function does not ask the system.
        (Some(s), _) => Ok((wtf8(s), false)),
        _ => Ok((Vec::new(), false)),
    }
}

fn wtf8(s: &Str) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len());
    for c in s.units().iter() {
        match char::from_u32(c) {
            Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            None => out.extend_from_slice(&[0xED, 0x80 | (c >> 6 & 0x3F) as u8, 0x80 | (c & 0x3F) as u8]),
        }
    }
    out
}

fn path_object(th: &Thread, path: &[u8], is_bytes: bool) -> PyResult {
    if is_bytes { th.bytes(path) } else { whipsnake_runtime::types::codecs::decode_fs(th, path) }
}

#[pyfunctions]
pub mod functions {
    use super::*;

    /// The current directory, as str.
    #[function("getcwd()")]
    fn getcwd(th: &Thread) -> PyResult {
        fs_name::decode(th, &current_directory(th)?)
    }
    /// The current directory, as bytes.
    #[function("getcwdb()")]
    fn getcwdb(th: &Thread) -> PyResult {
        th.bytes(&current_directory(th)?)
    }
    /// Changes the current directory.
    #[function("chdir(path)")]
    fn chdir(th: &Thread, path: PathOrFd) -> PyResult<()> {
        // SAFETY: the path lives through the call.
        path.call(th, || unsafe {
            match &path {
                PathOrFd::Path(p) => libc::chdir(p.as_ptr()),
                PathOrFd::Fd(fd, _) => libc::fchdir(*fd),
            }
        } as isize)
            .map(drop)
    }
    /// Changes the root directory.
    #[function("chroot(path)")]
    fn chroot(th: &Thread, path: PathArg) -> PyResult<()> {
        // SAFETY: the path lives through the call.
        path.call(th, || unsafe { libc::chroot(path.as_ptr()) } as isize).map(drop)
    }
    /// The names in a directory, but `.` and `..`.
    #[function("listdir(path=None)")]
    fn listdir(th: &Thread, path: Option<DirArg>) -> PyResult {
        let path = path.unwrap_or(DirArg(None));
        let error = |errno| match &path.0 {
            Some(p) => p.error(th, errno),
            None => os_error::raise_errno(th, errno),
        };
        let is_bytes = matches!(&path.0, Some(PathOrFd::Path(p)) if p.is_bytes);
        let mut stream = Stream::open(th, &path)?.map_err(error)?;
        let mut names = Vec::new();
        while let Some(entry) = stream.next(th).map_err(error)? {
            names.push(if is_bytes { th.bytes(&entry.name)? } else { fs_name::decode(th, &entry.name)? });
        }
        th.list(names)
    }
    /// Makes a directory.
    #[function("mkdir(path, mode=0o777, *, dir_fd=None)")]
    fn mkdir(th: &Thread, path: PathArg, mode: i32, dir_fd: Option<DirFd>) -> PyResult<()> {
        // SAFETY: the path lives through the call.
        path.call(th, || unsafe { libc::mkdirat(at(dir_fd), path.as_ptr(), mode as libc::mode_t) } as isize).map(drop)
    }
    /// Makes a named pipe.
    #[function("mkfifo(path, mode=0o666, *, dir_fd=None)")]
    fn mkfifo(th: &Thread, path: PathArg, mode: i32, dir_fd: Option<DirFd>) -> PyResult<()> {
        // SAFETY: the path lives through the call.
        path.call(th, || unsafe { libc::mkfifoat(at(dir_fd), path.as_ptr(), mode as libc::mode_t) } as isize).map(drop)
    }
    /// Makes a file system node.
    #[function("mknod(path, mode=0o600, device=0, *, dir_fd=None)")]
    fn mknod(th: &Thread, path: PathArg, mode: i32, device: i64, dir_fd: Option<DirFd>) -> PyResult<()> {
        // SAFETY: the path lives through the call.
        path.call(th, || unsafe { libc::mknodat(at(dir_fd), path.as_ptr(), mode as u32, device as u64) } as isize)
            .map(drop)
    }
    /// Removes an empty directory.
    #[function("rmdir(path, *, dir_fd=None)")]
    fn rmdir(th: &Thread, path: PathArg, dir_fd: Option<DirFd>) -> PyResult<()> {
        remove_name(th, &path, dir_fd, libc::AT_REMOVEDIR)
    }
    /// Removes a file.
    #[function("unlink(path, *, dir_fd=None)")]
    fn unlink(th: &Thread, path: PathArg, dir_fd: Option<DirFd>) -> PyResult<()> {
        remove_name(th, &path, dir_fd, 0)
    }
    /// Removes a file; the same as unlink().
    #[function("remove(path, *, dir_fd=None)")]
    fn remove(th: &Thread, path: PathArg, dir_fd: Option<DirFd>) -> PyResult<()> {
        remove_name(th, &path, dir_fd, 0)
    }
    /// Renames a file or directory.
    #[function("rename(src, dst, *, src_dir_fd=None, dst_dir_fd=None)")]
    fn rename(
        th: &Thread,
        src: PathArg,
        dst: PathArg,
        src_dir_fd: Option<DirFd>,
        dst_dir_fd: Option<DirFd>,
    ) -> PyResult<()> {
        move_name(th, &src, &dst, src_dir_fd, dst_dir_fd)
    }
    /// Renames a file or directory, replacing what is there.
    #[function("replace(src, dst, *, src_dir_fd=None, dst_dir_fd=None)")]
    fn replace(
        th: &Thread,
        src: PathArg,
        dst: PathArg,
        src_dir_fd: Option<DirFd>,
        dst_dir_fd: Option<DirFd>,
    ) -> PyResult<()> {
        move_name(th, &src, &dst, src_dir_fd, dst_dir_fd)
    }
    /// Makes a hard link.
    #[function("link(src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True)")]
    fn link(
        th: &Thread,
        src: PathArg,
        dst: PathArg,
        src_dir_fd: Option<DirFd>,
        dst_dir_fd: Option<DirFd>,
        follow_symlinks: bool,
    ) -> PyResult<()> {
        let flags = if follow_symlinks { libc::AT_SYMLINK_FOLLOW } else { 0 };
        // SAFETY: the paths live through the call.
        on_two(th, &src, &dst, || unsafe {
            libc::linkat(at(src_dir_fd), src.as_ptr(), at(dst_dir_fd), dst.as_ptr(), flags)
        } as isize)
    }
    /// Makes a symbolic link at dst that points to src.
    #[function("symlink(src, dst, target_is_directory=False, *, dir_fd=None)")]
    fn symlink(
        th: &Thread,
        src: PathArg,
        dst: PathArg,
        target_is_directory: bool,
        dir_fd: Option<DirFd>,
    ) -> PyResult<()> {
        let _ = target_is_directory;
        // SAFETY: the paths live through the call.
        on_two(th, &src, &dst, || unsafe { libc::symlinkat(src.as_ptr(), at(dir_fd), dst.as_ptr()) } as isize)
    }
    /// What a symbolic link points to.
    #[function("readlink(path, *, dir_fd=None)")]
    fn readlink(th: &Thread, path: PathArg, dir_fd: Option<DirFd>) -> PyResult {
        let mut target = vec![0u8; 4097];
        // SAFETY: the buffer's length is passed along.
        let length = path.call(th, || unsafe {
            libc::readlinkat(at(dir_fd), path.as_ptr(), target.as_mut_ptr().cast(), target.len())
        })?;
        path.same_kind(th, &target[..length as usize])
    }
    /// The normal form of a path.
    #[function("_path_normpath(path)")]
    fn path_normpath(th: &Thread, path: Value) -> PyResult {
        let (bytes, is_bytes) = pure_path(th, path)?;
        path_object(th, &normalize(&bytes), is_bytes)
    }
    /// Splits a path into drive (empty), root and the rest.
    #[function("_path_splitroot_ex(path)")]
    fn path_splitroot_ex(th: &Thread, path: Value) -> PyResult {
        let (bytes, is_bytes) = pure_path(th, path)?;
        let root = match bytes.iter().take_while(|&&b| b == b'/').count() {
            0 => 0,
            2 => 2,
            _ => 1,
        };
        let drive = path_object(th, b"", is_bytes)?;
        let (root, rest) = (path_object(th, &bytes[..root], is_bytes)?, path_object(th, &bytes[root..], is_bytes)?);
        th.tuple(&[drive.value(), root.value(), rest.value()])
    }
    /// The path of an object: str, bytes, or what its __fspath__ says.
    #[function("fspath(path)")]
    fn fspath(th: &Thread, path: Value) -> PyResult {
        fs_name::fspath(th, path)
    }
    /// The name of the controlling terminal.
    #[function("ctermid()")]
    fn ctermid(th: &Thread) -> PyResult {
        th.str("/dev/tty")
    }
    /// Configuration value of a file or directory.
    #[function("pathconf(path, name)")]
    fn pathconf(th: &Thread, path: PathOrFd, name: Value) -> PyResult<i64> {
        let name = crate::system::configuration_name(th, name, crate::system::PATHCONF_NAMES)?;
        // SAFETY: the path lives through the call.
        let value = unsafe {
            *libc::__errno_location() = 0;
            match &path {
                PathOrFd::Path(p) => libc::pathconf(p.as_ptr(), name),
                PathOrFd::Fd(fd, _) => libc::fpathconf(*fd, name),
            }
        };
        if value == -1 && last_errno() != 0 { Err(path.error(th, last_errno())) } else { Ok(value) }
    }
    /// Configuration value of an open file.
    #[function("fpathconf(fd, name, /)")]
    fn fpathconf(th: &Thread, fd: crate::paths::FileNo, name: Value) -> PyResult<i64> {
        let name = crate::system::configuration_name(th, name, crate::system::PATHCONF_NAMES)?;
        // SAFETY: no memory is involved.
        let value = unsafe {
            *libc::__errno_location() = 0;
            libc::fpathconf(fd.0, name)
        };
        if value == -1 && last_errno() != 0 { Err(raise_last(th)) } else { Ok(value) }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn normal_paths() {
        let cases = [
            ("", "."),
            (".", "."),
            ("a//b", "a/b"),
            ("a/./b/..", "a"),
            ("..", ".."),
            ("../..", "../.."),
            ("/..", "/"),
            ("//a", "//a"),
            ("///a", "/a"),
            ("a/../..", ".."),
            ("/a/b/../../..", "/"),
            ("a/..", "."),
        ];
        for (path, expected) in cases {
            assert_eq!(super::normalize(path.as_bytes()), expected.as_bytes(), "{path}");
        }
    }
}

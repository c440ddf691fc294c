//! `_stat`: constants and functions for interpreting `st_mode`.

use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::module;

const CONSTANTS: &[(&str, i64)] = &[
    ("S_IFDIR", 0o040000),
    ("S_IFCHR", 0o020000),
    ("S_IFBLK", 0o060000),
    ("S_IFREG", 0o100000),
    ("S_IFIFO", 0o010000),
    ("S_IFLNK", 0o120000),
    ("S_IFSOCK", 0o140000),
    ("S_IFDOOR", 0),
    ("S_IFPORT", 0),
    ("S_IFWHT", 0),
    ("S_ISUID", 0o4000),
    ("S_ISGID", 0o2000),
    ("S_ISVTX", 0o1000),
    ("S_ENFMT", 0o2000),
    ("S_IREAD", 0o400),
    ("S_IWRITE", 0o200),
    ("S_IEXEC", 0o100),
    ("S_IRWXU", 0o700),
    ("S_IRUSR", 0o400),
    ("S_IWUSR", 0o200),
    ("S_IXUSR", 0o100),
    ("S_IRWXG", 0o070),
    ("S_IRGRP", 0o040),
    ("S_IWGRP", 0o020),
    ("S_IXGRP", 0o010),
    ("S_IRWXO", 0o007),
    ("S_IROTH", 0o004),
    ("S_IWOTH", 0o002),
    ("S_IXOTH", 0o001),
    ("UF_SETTABLE", 0xffff),
    ("UF_NODUMP", 1),
    ("UF_IMMUTABLE", 2),
    ("UF_APPEND", 4),
    ("UF_OPAQUE", 8),
    ("UF_NOUNLINK", 0x10),
    ("UF_COMPRESSED", 0x20),
    ("UF_TRACKED", 0x40),
    ("UF_DATAVAULT", 0x80),
    ("UF_HIDDEN", 0x8000),
    ("SF_SETTABLE", 0x3fff0000),
    ("SF_ARCHIVED", 0x10000),
    ("SF_IMMUTABLE", 0x20000),
    ("SF_APPEND", 0x40000),
    ("SF_RESTRICTED", 0x80000),
    ("SF_NOUNLINK", 0x100000),
    ("SF_SNAPSHOT", 0x200000),
    ("SF_FIRMLINK", 0x800000),
    ("SF_DATALESS", 0x40000000),
    ("SF_SUPPORTED", 0x9f0000),
    ("SF_SYNTHETIC", 0xc0000000),
    ("ST_MODE", 0),
    ("ST_INO", 1),
    ("ST_DEV", 2),
    ("ST_NLINK", 3),
    ("ST_UID", 4),
    ("ST_GID", 5),
    ("ST_SIZE", 6),
    ("ST_ATIME", 7),
    ("ST_MTIME", 8),
    ("ST_CTIME", 9),
    ("FILE_ATTRIBUTE_ARCHIVE", 32),
    ("FILE_ATTRIBUTE_COMPRESSED", 2048),
    ("FILE_ATTRIBUTE_DEVICE", 64),
    ("FILE_ATTRIBUTE_DIRECTORY", 16),
    ("FILE_ATTRIBUTE_ENCRYPTED", 16384),
    ("FILE_ATTRIBUTE_HIDDEN", 2),
    ("FILE_ATTRIBUTE_INTEGRITY_STREAM", 32768),
    ("FILE_ATTRIBUTE_NORMAL", 128),
    ("FILE_ATTRIBUTE_NOT_CONTENT_INDEXED", 8192),
    ("FILE_ATTRIBUTE_NO_SCRUB_DATA", 131072),
    ("FILE_ATTRIBUTE_OFFLINE", 4096),
    ("FILE_ATTRIBUTE_READONLY", 1),
    ("FILE_ATTRIBUTE_REPARSE_POINT", 1024),
    ("FILE_ATTRIBUTE_SPARSE_FILE", 512),
    ("FILE_ATTRIBUTE_SYSTEM", 4),
    ("FILE_ATTRIBUTE_TEMPORARY", 256),
    ("FILE_ATTRIBUTE_VIRTUAL", 65536),
];

/// Makes the `_stat` module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let m = module::new(th, "_stat", "Constants and functions for the results of os.stat().", functions::METHODS)?;
    for &(name, value) in CONSTANTS {
        crate::add_int(th, m.value(), name, value)?;
    }
    Ok(m)
}

fn mode_of(th: &Thread, v: Value) -> PyResult<u32> {
    let n = number::as_i64(th, v)?;
    if n < 0 {
        return err!(th, OVERFLOW_ERROR, "can't convert negative value to unsigned int");
    }
    u32::try_from(n).map_err(|_| th.overflow_error("mode out of range"))
}

fn is_kind(th: &Thread, mode: Value, kind: u32) -> PyResult<bool> {
    Ok(mode_of(th, mode)? & 0o170000 == kind)
}

/// The ten characters of `ls -l`.
fn file_mode(mode: u32) -> String {
    let kind = match mode & 0o170000 {
        0o100000 => '-',
        0o040000 => 'd',
        0o120000 => 'l',
        0o060000 => 'b',
        0o020000 => 'c',
        0o010000 => 'p',
        0o140000 => 's',
        _ => '?',
    };
    let mut text = String::from(kind);
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (mode & special != 0, bits & 1 != 0) {
            (true, true) => letter,
            (true, false) => letter.to_ascii_uppercase(),
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    text
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Whether the mode is of a directory.
    #[function("S_ISDIR(mode, /)")]
    fn is_dir(th: &Thread, mode: Value) -> PyResult<bool> {
        is_kind(th, mode, 0o040000)
    }
    /// Whether the mode is of a character device.
    #[function("S_ISCHR(mode, /)")]
    fn is_chr(th: &Thread, mode: Value) -> PyResult<bool> {
        is_kind(th, mode, 0o020000)
    }
    /// Whether the mode is of a block device.
    #[function("S_ISBLK(mode, /)")]
    fn is_blk(th: &Thread, mode: Value) -> PyResult<bool> {
        is_kind(th, mode, 0o060000)
    }
    /// Whether the mode is of a regular file.
    #[function("S_ISREG(mode, /)")]
    fn is_reg(th: &Thread, mode: Value) -> PyResult<bool> {
        is_kind(th, mode, 0o100000)
    }
    /// Whether the mode is of a named pipe.
    #[function("S_ISFIFO(mode, /)")]
    fn is_fifo(th: &Thread, mode: Value) -> PyResult<bool> {
        is_kind(th, mode, 0o010000)
    }
    /// Whether the mode is of a symbolic link.
    #[function("S_ISLNK(mode, /)")]
    fn is_lnk(th: &Thread, mode: Value) -> PyResult<bool> {
        is_kind(th, mode, 0o120000)
    }
    /// Whether the mode is of a socket.
    #[function("S_ISSOCK(mode, /)")]
    fn is_sock(th: &Thread, mode: Value) -> PyResult<bool> {
        is_kind(th, mode, 0o140000)
    }
    /// Whether the mode is of a door: never.
    #[function("S_ISDOOR(mode, /)")]
    fn is_door(th: &Thread, mode: Value) -> PyResult<bool> {
        mode_of(th, mode).map(|_| false)
    }
    /// Whether the mode is of an event port: never.
    #[function("S_ISPORT(mode, /)")]
    fn is_port(th: &Thread, mode: Value) -> PyResult<bool> {
        mode_of(th, mode).map(|_| false)
    }
    /// Whether the mode is of a whiteout: never.
    #[function("S_ISWHT(mode, /)")]
    fn is_wht(th: &Thread, mode: Value) -> PyResult<bool> {
        mode_of(th, mode).map(|_| false)
    }
    /// The permission bits of a mode.
    #[function("S_IMODE(mode, /)")]
    fn permissions(th: &Thread, mode: Value) -> PyResult<i64> {
        Ok((mode_of(th, mode)? & 0o7777).into())
    }
    /// The kind bits of a mode.
    #[function("S_IFMT(mode, /)")]
    fn kind(th: &Thread, mode: Value) -> PyResult<i64> {
        Ok((mode_of(th, mode)? & 0o170000).into())
    }
    /// A mode as text, like "-rwxr-xr-x".
    #[function("filemode(mode, /)")]
    fn filemode(th: &Thread, mode: Value) -> PyResult {
        th.str(&file_mode(mode_of(th, mode)?))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn modes_as_text() {
        for (mode, text) in
            [(0o100755, "-rwxr-xr-x"), (0o041777, "drwxrwxrwt"), (0o104644, "-rwSr--r--"), (0o120777, "lrwxrwxrwx")]
        {
            assert_eq!(super::file_mode(mode), text);
        }
    }
}

//! Argument conversions: paths, descriptors, directory descriptors, ids.

use std::ffi::CString;
use whipsnake_runtime::fs_name::{self, Path};
use whipsnake_runtime::os_error;
use whipsnake_runtime::prelude::*;

/// A path argument.
pub struct PathArg(pub Path);

impl std::ops::Deref for PathArg {
    type Target = Path;
    fn deref(&self) -> &Path {
        &self.0
    }
}

impl<'a> FromArg<'a> for PathArg {
    fn from_arg(th: &'a Thread, v: Value, what: ArgName) -> PyResult<PathArg> {
        Path::of(th, v, what.function, what.name).map(PathArg)
    }
}

impl PathArg {
    /// OSError with this path.
    #[cold]
    pub fn error(&self, th: &Thread, errno: i32) -> Raised {
        os_error::raise_errno_for(th, errno, Some(self.object.value()), None)
    }
    /// OSError with two paths.
    #[cold]
    pub fn error2(&self, th: &Thread, errno: i32, other: &PathArg) -> Raised {
        os_error::raise_errno_for(th, errno, Some(self.object.value()), Some(other.object.value()))
    }
    /// Runs a call on this path, see [`os_error::interruptible`].
    pub fn call(&self, th: &Thread, call: impl FnMut() -> isize) -> PyResult<isize> {
        os_error::interruptible(th, call)?.map_err(|errno| self.error(th, errno))
    }
}

/// A path, or a file descriptor.
pub enum PathOrFd {
    Path(PathArg),
    Fd(i32, Obj),
}

impl PathOrFd {
    fn of(th: &Thread, v: Value, what: ArgName, expected: &str) -> PyResult<PathOrFd> {
        if number::has_index(v) {
            warn_of_bool(th, v)?;
            return Ok(PathOrFd::Fd(fd_number(th, v)?, v.own()));
        }
        let is_text = v.is_instance(&statics::STR_TYPE) || v.is_instance(&statics::BYTES_TYPE);
        if !is_text && object::lookup_special(th, v, "__fspath__")?.is_none_or(|method| method.is_none()) {
            let (function, name, got) = (what.function, what.name, v.ty().name());
            return err!(th, TYPE_ERROR, "{function}: {name} should be {expected}, not {got}");
        }
        PathArg::from_arg(th, v, what).map(PathOrFd::Path)
    }
    /// What `OSError.filename` is.
    pub fn object(&self) -> Value {
        match self {
            PathOrFd::Path(path) => path.object.value(),
            PathOrFd::Fd(_, object) => object.value(),
        }
    }
    pub fn error(&self, th: &Thread, errno: i32) -> Raised {
        os_error::raise_errno_for(th, errno, Some(self.object()), None)
    }
    pub fn call(&self, th: &Thread, call: impl FnMut() -> isize) -> PyResult<isize> {
        os_error::interruptible(th, call)?.map_err(|errno| self.error(th, errno))
    }
    /// ValueError when a descriptor comes with options that only make sense for paths.
    pub fn check_options(
        &self,
        th: &Thread,
        function: &str,
        dir_fd: Option<DirFd>,
        follow_symlinks: bool,
    ) -> PyResult<()> {
        if let PathOrFd::Fd(..) = self {
            if dir_fd.is_some() {
                return err!(th, VALUE_ERROR, "{function}: can't specify dir_fd without matching path");
            }
            if !follow_symlinks {
                return err!(th, VALUE_ERROR, "{function}: cannot use fd and follow_symlinks together");
            }
        }
        Ok(())
    }
}

impl<'a> FromArg<'a> for PathOrFd {
    fn from_arg(th: &'a Thread, v: Value, what: ArgName) -> PyResult<PathOrFd> {
        PathOrFd::of(th, v, what, "string, bytes, os.PathLike or integer")
    }
}

/// A path, a descriptor, or None for the current directory.
pub struct DirArg(pub Option<PathOrFd>);

impl<'a> FromArg<'a> for DirArg {
    fn from_arg(th: &'a Thread, v: Value, what: ArgName) -> PyResult<DirArg> {
        if v.is_none() {
            return Ok(DirArg(None));
        }
        PathOrFd::of(th, v, what, "string, bytes, os.PathLike, integer or None").map(|path| DirArg(Some(path)))
    }
}

/// `dir_fd=`.
#[derive(Clone, Copy)]
pub struct DirFd(pub i32);

impl<'a> FromArg<'a> for DirFd {
    fn from_arg(th: &'a Thread, v: Value, _: ArgName) -> PyResult<DirFd> {
        if !number::has_index(v) {
            return err!(th, TYPE_ERROR, "argument should be integer or None, not {}", v.ty().name());
        }
        warn_of_bool(th, v)?;
        fd_number(th, v).map(DirFd)
    }
}

/// RuntimeWarning for True and False, which are hardly meant.
fn warn_of_bool(th: &Thread, v: Value) -> PyResult<()> {
    if !v.is_instance(&statics::BOOL_TYPE) {
        return Ok(());
    }
    whipsnake_runtime::warnings::warn(th, &statics::RUNTIME_WARNING, "bool is used as a file descriptor", 1)
}

/// The directory that relative paths start from.
pub fn at(dir_fd: Option<DirFd>) -> i32 {
    dir_fd.map_or(libc::AT_FDCWD, |fd| fd.0)
}

fn fd_number(th: &Thread, v: Value) -> PyResult<i32> {
    let number = number::as_index_clamped(th, v)?;
    match i32::try_from(number) {
        Ok(fd) => Ok(fd),
        Err(_) if number > 0 => err!(th, OVERFLOW_ERROR, "fd is greater than maximum"),
        Err(_) => err!(th, OVERFLOW_ERROR, "fd is less than minimum"),
    }
}

/// A file descriptor, or an object with `fileno()`.
pub struct FileNo(pub i32);

impl<'a> FromArg<'a> for FileNo {
    fn from_arg(th: &'a Thread, v: Value, _: ArgName) -> PyResult<FileNo> {
        file_number(th, v).map(FileNo)
    }
}

/// The descriptor of an int or of an object with `fileno()`.
///
/// # Errors
/// TypeError, ValueError for negative numbers.
pub fn file_number(th: &Thread, v: Value) -> PyResult<i32> {
    let fd = if v.is_instance(&statics::INT_TYPE) {
        warn_of_bool(th, v)?;
        number::as_i32(th, v)?
    } else {
        let Some(method) = object::lookup_attr(th, v, th.intern("fileno")?.value())? else {
            return err!(th, TYPE_ERROR, "argument must be an int, or have a fileno() method.");
        };
        let result = call::call0(th, method.value())?;
        if !result.is_instance(&statics::INT_TYPE) {
            return err!(th, TYPE_ERROR, "fileno() returned a non-integer");
        }
        number::as_i32(th, result.value())?
    };
    if fd < 0 {
        return err!(th, VALUE_ERROR, "file descriptor cannot be a negative integer ({fd})");
    }
    Ok(fd)
}

/// A user or group id: -1 means "leave it".
#[derive(Clone, Copy)]
pub struct IdArg(pub u32);

impl<'a> FromArg<'a> for IdArg {
    fn from_arg(th: &'a Thread, v: Value, what: ArgName) -> PyResult<IdArg> {
        let name = if what.name.contains('g') { "gid" } else { "uid" };
        if !number::has_index(v) {
            return err!(th, TYPE_ERROR, "{name} should be integer, not {}", v.ty().name());
        }
        let n = number::as_index_clamped(th, v)?;
        match n {
            -1 => Ok(IdArg(u32::MAX)),
            ..0 => err!(th, OVERFLOW_ERROR, "{name} is less than minimum"),
            _ => match u32::try_from(n) {
                Ok(id) => Ok(IdArg(id)),
                Err(_) => err!(th, OVERFLOW_ERROR, "{name} is greater than maximum"),
            },
        }
    }
}

/// A list of C strings and the null-terminated array of pointers to them.
pub struct CStringArray {
    strings: Vec<CString>,
}

impl CStringArray {
    pub fn new(strings: Vec<CString>) -> CStringArray {
        CStringArray { strings }
    }
    pub fn pointers(&self) -> Vec<*const libc::c_char> {
        self.strings.iter().map(|s| s.as_ptr()).chain([std::ptr::null()]).collect()
    }
    pub fn first_is_empty(&self) -> bool {
        self.strings.first().is_none_or(|s| s.is_empty())
    }
    pub fn is_empty(&self) -> bool {
        self.strings.is_empty()
    }
    /// The arguments of a program: str, bytes and path-like objects.
    ///
    /// # Errors
    /// TypeError, ValueError for embedded NULs.
    pub fn of_arguments(th: &Thread, argv: Value, function: &str) -> PyResult<CStringArray> {
        if !argv.is_instance(&statics::LIST_TYPE) && !argv.is_instance(&statics::TUPLE_TYPE) {
            return err!(th, TYPE_ERROR, "{function}() arg 2 must be a tuple or list");
        }
        let mut strings = Vec::new();
        for item in iter::to_vec(th, argv)? {
            strings.push(c_string(th, item.value())?);
        }
        Ok(CStringArray { strings })
    }
    /// The environment of this process.
    pub fn own() -> CStringArray {
        use std::os::unix::ffi::OsStrExt;
        let line = |(k, v): (std::ffi::OsString, std::ffi::OsString)| {
            CString::new([k.as_bytes(), b"=", v.as_bytes()].concat()).unwrap_or_default()
        };
        CStringArray { strings: std::env::vars_os().map(line).collect() }
    }
    /// An environment: a mapping of str or bytes to the same.
    ///
    /// # Errors
    /// TypeError, ValueError for impossible names.
    pub fn of_environment(th: &Thread, env: Value) -> PyResult<CStringArray> {
        let keys = iter::to_vec(th, call::call_method(th, env, "keys", &[])?.value())?;
        let values = iter::to_vec(th, call::call_method(th, env, "values", &[])?.value())?;
        let mut strings = Vec::new();
        for (key, value) in keys.into_iter().zip(values) {
            let (key, value) = (c_string(th, key.value())?.into_bytes(), c_string(th, value.value())?.into_bytes());
            if key.is_empty() || key[1..].contains(&b'=') {
                return err!(th, VALUE_ERROR, "illegal environment variable name");
            }
            let line = [&key[..], b"=", &value[..]].concat();
            strings.push(CString::new(line).map_err(|_| th.value_error("embedded null byte"))?);
        }
        Ok(CStringArray { strings })
    }
}

/// A str, bytes or path-like object as a C string.
///
/// # Errors
/// TypeError, ValueError for embedded NULs.
pub fn c_string(th: &Thread, v: Value) -> PyResult<CString> {
    let object = fs_name::fspath(th, v)?;
    let bytes = match object.cast::<whipsnake_runtime::types::str::Str>() {
        Some(s) => fs_name::encode(th, s)?,
        None => whipsnake_runtime::types::buffer::BytesArg::of(th, object.value())?.to_vec(),
    };
    CString::new(bytes).map_err(|_| th.value_error("embedded null byte"))
}

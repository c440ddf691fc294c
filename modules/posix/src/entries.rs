//! `os.scandir`: the iterator and its `DirEntry` objects.

use crate::directories::{Entry, Stream};
use crate::paths::{DirArg, PathArg, PathOrFd};
use crate::status;
use std::cell::{Cell, RefCell};
use whipsnake_runtime::fs_name::{self, Path};
use whipsnake_runtime::os_error;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::typeobj;
use whipsnake_runtime::types::module;

/// A name in a directory, with what the directory said of it.
struct DirEntry {
    name: Obj,
    path: Obj,
    inode: u64,
    kind: u8,
    /// The descriptor that scandir() was called with, or -1.
    dir_fd: i32,
    stat: ObjCell,
    lstat: ObjCell,
}

impl Payload for DirEntry {
    #[inline(always)]
    fn ty() -> &'static Type {
        &DIR_ENTRY_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.name);
        visitor.obj(&self.path);
        visitor.cell(&self.stat);
        visitor.cell(&self.lstat);
    }
}

impl DirEntry {
    fn fetch(&self, th: &Thread, follow: bool) -> PyResult {
        let at = if self.dir_fd >= 0 { self.dir_fd } else { libc::AT_FDCWD };
        let name = if self.dir_fd >= 0 { &self.name } else { &self.path };
        let path = PathArg(Path::of(th, name.value(), "stat", "path")?);
        status::stat_result(th, &status::stat_at(th, &path, at, follow)?)
    }
    fn lstat(&self, th: &Thread) -> PyResult {
        if let Some(known) = self.lstat.get() {
            return Ok(known);
        }
        let result = self.fetch(th, false)?;
        self.lstat.set(Some(result.clone()));
        Ok(result)
    }
    fn stat(&self, th: &Thread, follow: bool) -> PyResult {
        if !follow {
            return self.lstat(th);
        }
        if let Some(known) = self.stat.get() {
            return Ok(known);
        }
        let result = if self.is_symlink(th)? { self.fetch(th, true)? } else { self.lstat(th)? };
        self.stat.set(Some(result.clone()));
        Ok(result)
    }
    fn is_symlink(&self, th: &Thread) -> PyResult<bool> {
        if self.kind != libc::DT_UNKNOWN {
            Ok(self.kind == libc::DT_LNK)
        } else {
            self.has_mode(th, false, libc::S_IFLNK)
        }
    }
    /// Whether the file's kind is `wanted`; a file that has gone is of no kind.
    fn has_mode(&self, th: &Thread, follow: bool, wanted: libc::mode_t) -> PyResult<bool> {
        let Some(result) = th.catch(self.stat(th, follow), &statics::FILE_NOT_FOUND_ERROR)? else { return Ok(false) };
        let mode = object::get_attr_str(th, result.value(), "st_mode")?;
        Ok(mode.as_small_int().is_some_and(|mode| mode as libc::mode_t & libc::S_IFMT == wanted))
    }
    fn is_kind(&self, th: &Thread, follow: bool, d_type: u8, mode: libc::mode_t) -> PyResult<bool> {
        let unknown = self.kind == libc::DT_UNKNOWN || (follow && self.kind == libc::DT_LNK);
        if unknown { self.has_mode(th, follow, mode) } else { Ok(self.kind == d_type) }
    }
}

#[pymethods]
mod entry_methods {
    use super::*;
    type This = Instance<DirEntry>;

    /// The base name, relative to scandir()'s path.
    #[getter("name")]
    fn name(_: &Thread, this: &This) -> Obj {
        this.name.clone()
    }
    /// The full path.
    #[getter("path")]
    fn path(_: &Thread, this: &This) -> Obj {
        this.path.clone()
    }
    /// Whether this is a directory.
    #[method("is_dir(*, follow_symlinks=True)")]
    fn is_dir(th: &Thread, this: &This, follow_symlinks: bool) -> PyResult<bool> {
        this.is_kind(th, follow_symlinks, libc::DT_DIR, libc::S_IFDIR)
    }
    /// Whether this is a regular file.
    #[method("is_file(*, follow_symlinks=True)")]
    fn is_file(th: &Thread, this: &This, follow_symlinks: bool) -> PyResult<bool> {
        this.is_kind(th, follow_symlinks, libc::DT_REG, libc::S_IFREG)
    }
    /// Whether this is a symbolic link.
    #[method("is_symlink()")]
    fn is_symlink(th: &Thread, this: &This) -> PyResult<bool> {
        this.is_symlink(th)
    }
    /// Whether this is a junction: never, here.
    #[method("is_junction()")]
    fn is_junction(_: &Thread, this: &This) -> bool {
        let _ = this;
        false
    }
    /// The status, asked for once.
    #[method("stat(*, follow_symlinks=True)")]
    fn stat(th: &Thread, this: &This, follow_symlinks: bool) -> PyResult {
        this.stat(th, follow_symlinks)
    }
    /// The inode number.
    #[method("inode()")]
    fn inode(_: &Thread, this: &This) -> u64 {
        this.inode
    }
    /// The path.
    #[method("__fspath__()")]
    fn fspath(_: &Thread, this: &This) -> Obj {
        this.path.clone()
    }
    /// See PEP 585.
    #[classmethod("__class_getitem__(item, /)")]
    fn class_getitem(th: &Thread, cls: Value, item: Value) -> PyResult {
        whipsnake_runtime::types::generic_alias::new(th, cls, item)
    }
}

fn entry_repr(th: &Thread, v: Value) -> PyResult {
    let Some(this) = v.cast::<Instance<DirEntry>>() else { return th.str("<DirEntry>") };
    th.str(&format!("<DirEntry {}>", object::repr_text(th, this.name.value())?))
}

builtin_type! {
    static DIR_ENTRY_TYPE = TypeSpec {
        name: "posix.DirEntry",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        slots: Slots { repr: Some(entry_repr), ..Instance::<DirEntry>::SLOTS },
        methods: entry_methods::METHODS,
        getsets: entry_methods::GETSETS,
        ..Instance::<DirEntry>::SPEC
    }
}

/// The iterator: an open directory.
struct ScanDir {
    path: Option<PathOrFd>,
    stream: RefCell<Option<Stream>>,
    busy: Cell<bool>,
}

impl Payload for ScanDir {
    #[inline(always)]
    fn ty() -> &'static Type {
        &SCANDIR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        if let Some(path) = &self.path {
            visitor.value(path.object());
        }
    }
}

impl ScanDir {
    fn make_entry(&self, th: &Thread, entry: Entry) -> PyResult {
        let (is_bytes, dir_fd) = match &self.path {
            None => (false, -1),
            Some(PathOrFd::Path(p)) => (p.is_bytes, -1),
            Some(PathOrFd::Fd(fd, _)) => (false, *fd),
        };
        let text = |bytes: &[u8]| if is_bytes { th.bytes(bytes) } else { fs_name::decode(th, bytes) };
        let name = text(&entry.name)?;
        let path = match &self.path {
            Some(PathOrFd::Path(p)) => {
                let mut full = p.bytes.as_bytes().to_vec();
                if full.last().is_some_and(|&b| b != b'/') {
                    full.push(b'/');
                }
                full.extend_from_slice(&entry.name);
                text(&full)?
            }
            Some(PathOrFd::Fd(..)) => name.clone(),
            None => text(&[b"./", &entry.name[..]].concat())?,
        };
        let payload = DirEntry {
            name,
            path,
            inode: entry.inode,
            kind: entry.kind,
            dir_fd,
            stat: ObjCell::EMPTY,
            lstat: ObjCell::EMPTY,
        };
        Instance::create(th, payload)
    }
    fn close(&self) {
        if !self.busy.get() {
            drop(self.stream.take());
        }
    }
}

fn scandir_next(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let Some(this) = v.cast::<Instance<ScanDir>>() else { return Ok(None) };
    // Taken out: the lock is given away while the directory is read.
    let Some(mut stream) = this.stream.take() else { return Ok(None) };
    this.busy.set(true);
    let result = stream.next(th);
    this.busy.set(false);
    match result {
        Ok(Some(entry)) => {
            this.stream.replace(Some(stream));
            this.make_entry(th, entry).map(Some)
        }
        Ok(None) => Ok(None),
        Err(errno) => Err(match &this.path {
            Some(path) => path.error(th, errno),
            None => os_error::raise_errno(th, errno),
        }),
    }
}

fn scandir_finalize(th: &Thread, v: Value) {
    let Some(this) = v.cast::<Instance<ScanDir>>() else { return };
    if this.stream.borrow().is_some() {
        let message = object::repr_text(th, v).map(|text| format!("unclosed scandir iterator {text}"));
        if let Ok(message) = message {
            let _ = whipsnake_runtime::warnings::warn(th, &statics::RESOURCE_WARNING, &message, 1);
        }
        drop(th.take_exception());
        this.close();
    }
}

#[pymethods]
mod scandir_methods {
    use super::*;
    type This = Instance<ScanDir>;

    /// Closes the directory.
    #[method("close()")]
    fn close(_: &Thread, this: &This) {
        this.close();
    }
    #[method("__enter__()")]
    fn enter(_: &Thread, this: Value) -> Obj {
        this.own()
    }
    #[method("__exit__(*exc_info)")]
    fn exit(_: &Thread, this: &This, exc_info: &[Slot]) {
        let _ = exc_info;
        this.close();
    }
}

builtin_type! {
    static SCANDIR_TYPE = TypeSpec {
        name: "posix.ScandirIterator",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        slots: Slots {
            iter: Some(|_, v| Ok(v.own())),
            iternext: Some(scandir_next),
            finalize: Some(scandir_finalize),
            ..Instance::<ScanDir>::SLOTS
        },
        methods: scandir_methods::METHODS,
        ..Instance::<ScanDir>::SPEC
    }
}

pub fn add_types(th: &Thread, m: Value) -> PyResult<()> {
    typeobj::ready(th, &DIR_ENTRY_TYPE)?;
    typeobj::ready(th, &SCANDIR_TYPE)?;
    module::add(th, m, "DirEntry", DIR_ENTRY_TYPE.value())
}

#[pyfunctions]
pub mod functions {
    use super::*;

    /// An iterator of the entries of a directory.
    #[function("scandir(path=None)")]
    fn scandir(th: &Thread, path: Option<DirArg>) -> PyResult {
        let path = path.unwrap_or(DirArg(None));
        let stream = Stream::open(th, &path)?.map_err(|errno| match &path.0 {
            Some(p) => p.error(th, errno),
            None => os_error::raise_errno(th, errno),
        })?;
        Instance::create(th, ScanDir { path: path.0, stream: RefCell::new(Some(stream)), busy: Cell::new(false) })
    }
}

//! The Python part of the standard library, inside the binary.
//!
//! In: `stdlib.bin`, made by the build script from CPython 3.14's pure-Python library and the files in `overlay/`.
//! Out: [`find`] a module by name, [`file`] a file by path, [`list`] the modules of a package, [`files`] below a folder.
//!
//! Invariants: nothing is built or allocated at start-up; a lookup is a binary search over fixed-size records, so that only
//! the pages it reads are loaded; a source is unpacked when it is asked for (tracebacks, `inspect`, data files).
//! Unpacked or compiled text is not cached here: that is the importer's business.
//!
//! Source: the pages of the Python documentation on `importlib`; `format.rs` for the layout. Tests: at the end of this file.

#![forbid(unsafe_code)]

// The build script uses what is unused here.
#[allow(dead_code)]
mod format;

pub use format::VIRTUAL_PREFIX;

use format::{HEADER_BYTES, RECORD_BYTES, Record};
use std::borrow::Cow;
use std::cmp::Ordering;

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/stdlib.bin"));

/// One file of the library: a module or a data file.
#[derive(Clone, Copy)]
pub struct Entry {
    record: Record,
    /// Whether this is a package (its file is an `__init__.py`).
    pub is_package: bool,
}

impl Entry {
    fn at(index: usize) -> Entry {
        let start = HEADER_BYTES + index * RECORD_BYTES;
        let record = Record::from_bytes(&PACKED[start..start + RECORD_BYTES]);
        let is_package = slice(record.path_offset, record.path_bytes).ends_with(b"/__init__.py");
        Entry { record, is_package }
    }

    /// The path below the library's folder: `json/decoder.py`.
    pub fn relative_path(&self) -> &'static str {
        let bytes = slice(self.record.path_offset, self.record.path_bytes);
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// The virtual path that `__file__` shows: `/<stdlib>/json/decoder.py`.
    pub fn path(&self) -> String {
        format!("{VIRTUAL_PREFIX}/{}", self.relative_path())
    }

    /// The `co_filename` to compile the source with: the virtual path, or `<frozen os>` for the modules CPython freezes.
    pub fn code_filename(&self) -> String {
        format::code_filename(self.relative_path())
    }

    /// The dotted module name, `None` for a data file.
    pub fn module_name(&self) -> Option<String> {
        format::module_name(self.relative_path())
    }

    /// The file's bytes: for a module its source text. Borrowed if it is stored uncompressed.
    pub fn source(&self) -> Cow<'static, [u8]> {
        let packed = slice(self.record.source_offset, self.record.source_packed_bytes);
        if self.record.source_packed_bytes == self.record.source_bytes {
            return Cow::Borrowed(packed);
        }
        // The packed bytes were written by our own build, so unpacking them cannot fail.
        Cow::Owned(lz4_flex::block::decompress(packed, self.record.source_bytes as usize).unwrap_or_default())
    }

    /// The size of [`source`](Self::source), without unpacking it.
    pub fn source_size_bytes(&self) -> usize {
        self.record.source_bytes as usize
    }

    /// The module's code object in `marshal` form, if it was compiled while building.
    pub fn code(&self) -> Option<&'static [u8]> {
        (self.record.code_offset != 0).then(|| slice(self.record.code_offset, self.record.code_bytes))
    }
}

fn slice(offset: u32, length_bytes: u32) -> &'static [u8] {
    &PACKED[offset as usize..offset as usize + length_bytes as usize]
}

fn count() -> usize {
    let mut word = [0; 4];
    word.copy_from_slice(&PACKED[8..12]);
    u32::from_le_bytes(word) as usize
}

/// The number of files whose path sorts before the position that `order` defines, and whether the next one is equal.
fn search(order: impl Fn(&[u8]) -> Ordering) -> (usize, bool) {
    let (mut low, mut high) = (0, count());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = HEADER_BYTES + middle * RECORD_BYTES;
        let record = Record::from_bytes(&PACKED[start..start + RECORD_BYTES]);
        match order(slice(record.path_offset, record.path_bytes)) {
            Ordering::Less => low = middle + 1,
            Ordering::Equal => return (middle, true),
            Ordering::Greater => high = middle,
        }
    }
    (low, false)
}

/// The module of a dotted name, as `find("json.decoder")`; `None` if the library has no such module.
pub fn find(module_name: &str) -> Option<Entry> {
    if module_name.is_empty() || module_name.contains('/') {
        return None;
    }
    ["/__init__.py", ".py"].into_iter().find_map(|suffix| {
        let wanted = || module_name.bytes().map(|b| if b == b'.' { b'/' } else { b }).chain(suffix.bytes());
        let (index, found) = search(|path| path.iter().copied().cmp(wanted()));
        found.then(|| Entry::at(index))
    })
}

/// The file at a path below the library's folder, as `file("ensurepip/_bundled/...whl")`; `None` if there is none.
pub fn file(relative_path: &str) -> Option<Entry> {
    let (index, found) = search(|path| path.cmp(relative_path.as_bytes()));
    found.then(|| Entry::at(index))
}

/// All files whose path starts with `prefix`, in order of their paths (bytewise).
pub fn files(prefix: &str) -> impl Iterator<Item = Entry> {
    let (start, _) = search(|path| path.cmp(prefix.as_bytes()));
    (start..count()).map(Entry::at).take_while(move |entry| entry.relative_path().starts_with(prefix))
}

/// The modules directly inside the package `package`, or all top-level modules if that is empty: name (last part) and entry.
pub fn list(package: &str) -> impl Iterator<Item = (&'static str, Entry)> {
    let folder = if package.is_empty() { String::new() } else { format!("{}/", package.replace('.', "/")) };
    let skip = folder.len();
    let entries: Vec<Entry> = files(&folder).collect();
    entries.into_iter().filter_map(move |entry| {
        let below = entry.relative_path().get(skip..)?;
        let name = match below.strip_suffix("/__init__.py") {
            Some(name) => name,
            None => below.strip_suffix(".py").filter(|&name| name != "__init__")?,
        };
        (!name.contains('/')).then_some((name, entry))
    })
}

/// Whether a folder of that path exists in the library (`""` is the library's own).
pub fn is_folder(relative_path: &str) -> bool {
    let prefix = format!("{}/", relative_path.trim_end_matches('/'));
    relative_path.is_empty() || files(&prefix).next().is_some()
}

/// The names (files and folders) directly inside a folder, sorted, each once.
pub fn read_folder(relative_path: &str) -> Vec<&'static str> {
    let prefix =
        if relative_path.is_empty() { String::new() } else { format!("{}/", relative_path.trim_end_matches('/')) };
    let mut names: Vec<&'static str> = files(&prefix)
        .filter_map(|entry| entry.relative_path().get(prefix.len()..))
        .map(|below| below.split('/').next().unwrap_or(below))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_modules_and_packages() {
        let decoder = find("json.decoder").unwrap();
        assert_eq!(decoder.path(), "/<stdlib>/json/decoder.py");
        assert_eq!(decoder.module_name().as_deref(), Some("json.decoder"));
        assert!(!decoder.is_package);
        let json = find("json").unwrap();
        assert!(json.is_package);
        assert_eq!(json.relative_path(), "json/__init__.py");
        for absent in
            ["", "json/decoder", "json.", ".json", "no_such_module", "json.decoder.x", "tkinter", "test", "turtle"]
        {
            assert!(find(absent).is_none(), "{absent}");
        }
    }

    #[test]
    fn every_file_is_found_and_unpacks() {
        let mut last = "";
        for entry in files("") {
            let path = entry.relative_path();
            assert!(last < path, "{last} before {path}");
            last = path;
            assert_eq!(file(path).unwrap().relative_path(), path);
            let source = entry.source();
            assert_eq!(source.len(), entry.source_size_bytes(), "{path}");
            assert!(!source.is_empty() || entry.source_size_bytes() == 0, "{path}");
            if let Some(name) = entry.module_name() {
                assert_eq!(find(&name).unwrap().relative_path(), path);
            }
        }
        assert!(count() > 500, "{}", count());
    }

    #[test]
    fn patches_and_overlay_are_applied() {
        let text = |name: &str| String::from_utf8(find(name).unwrap().source().into_owned()).unwrap();
        assert!(text("io").contains("open, open_code, FileIO, BytesIO,"));
        assert!(text("io").contains("\nRawIOBase.register(FileIO)\n\nfor klass in"));
        assert!(!text("unittest").contains("expectedFailureIfWindows"));
        assert!(!text("json.decoder").contains("_from_serde"));
        assert!(text("site").contains("    return 'Python'\n"));
        assert!(text("sysconfig").contains("    return 'Python'\n"));
        assert!(text("_opcode_metadata").contains("\nopmap = {\n    \"CACHE\": 0,"));
        assert!(text("cProfile").contains("class Profile"));
        assert!(list("").any(|(name, _)| name.starts_with("_sysconfigdata__")));
        assert!(find("_pycodecs").is_none());
    }

    #[test]
    fn lists_packages_and_folders() {
        let names: Vec<&str> = list("json").map(|(name, _)| name).collect();
        assert_eq!(names, ["__main__", "decoder", "encoder", "scanner", "tool"]);
        assert!(list("").any(|(name, entry)| name == "json" && entry.is_package));
        assert!(list("").all(|(name, _)| !name.contains('/')));
        assert!(is_folder("json") && is_folder("") && !is_folder("json/decoder.py") && !is_folder("jso"));
        assert_eq!(
            read_folder("compression"),
            ["__init__.py", "_common", "bz2.py", "gzip.py", "lzma.py", "zlib.py", "zstd"]
        );
        assert!(read_folder("ensurepip/_bundled").iter().any(|name| name.ends_with(".whl")));
    }

    #[test]
    fn start_up_modules_have_their_frozen_names() {
        assert_eq!(find("os").unwrap().code_filename(), "<frozen os>");
        assert_eq!(find("importlib._bootstrap").unwrap().code_filename(), "<frozen importlib._bootstrap>");
        assert_eq!(find("json").unwrap().code_filename(), "/<stdlib>/json/__init__.py");
    }

    #[test]
    fn the_licence_is_on_board() {
        let text = file("LICENSE.txt").unwrap().source();
        assert!(String::from_utf8_lossy(&text).contains("PYTHON SOFTWARE FOUNDATION LICENSE"));
    }
}

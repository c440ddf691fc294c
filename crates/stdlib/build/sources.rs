//! Which files are part of the library, and their text after patching.

use crate::{opcodes, patches};
use std::collections::BTreeMap;
use std::path::Path;

/// One file of the library: its path below the root (with `/`), its bytes, and its marshalled code if it was compiled.
pub struct LibraryFile {
    pub path: String,
    pub bytes: Vec<u8>,
    pub code: Option<Vec<u8>>,
}

/// Folders and files that are left out: the graphical tools (there is no Tk), files that belong to RustPython, test data,
/// launchers for Windows.
const LEFT_OUT: &[&str] = &[
    "README.md",
    "__phello__/ham",
    "_opcode_metadata.py",
    "_dummy_os.py",
    "_dummy_thread.py",
    "_pycodecs.py",
    "dummy_threading.py",
    "email/architecture.rst",
    "idlelib",
    "test",
    "tkinter",
    "turtle.py",
    "turtledemo",
    "venv/scripts/nt",
];

/// Files that have another name in the library.
const RENAMED: &[(&str, &str)] = &[("PSF-LICENSE", "LICENSE.txt")];

/// Gathers, patches and sorts all files; those of `overlay` replace those of `library`.
pub fn collect(library: &Path, overlay: &Path) -> Vec<LibraryFile> {
    let mut files = BTreeMap::new();
    walk(library, "", &mut files);
    for left_out in LEFT_OUT {
        let folder = format!("{left_out}/");
        files.retain(|path, _| path != left_out && !path.starts_with(&folder));
    }
    for (from, to) in RENAMED {
        let bytes = files.remove(*from).unwrap_or_else(|| panic!("the library has no {from}"));
        files.insert(to.to_string(), bytes);
    }
    for patched in patches::PATCHED_FILES {
        let bytes = files.get_mut(patched.path).unwrap_or_else(|| panic!("the library has no {}", patched.path));
        *bytes = patches::apply(patched, bytes);
    }
    for (path, bytes) in &files {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains("RUSTPYTHON"), "{path} is edited for RustPython: add a patch to build/patches.rs");
    }
    let mut own = BTreeMap::new();
    walk(overlay, "", &mut own);
    if let Some(bytes) = own.remove("_sysconfigdata.py") {
        own.insert(format!("{}.py", sysconfigdata_name()), bytes);
    }
    own.insert("_opcode_metadata.py".to_string(), opcodes::metadata().into_bytes());
    files.extend(own);
    files.into_iter().map(|(path, bytes)| LibraryFile { path, bytes, code: None }).collect()
}

fn walk(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let entry = entry.expect("readable folder entry");
        let name = entry.file_name().into_string().expect("library files have ASCII names");
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() {
            if name != "__pycache__" {
                walk(&entry.path(), &format!("{path}/"), files);
            }
        } else if !name.ends_with(".pyc") {
            files.insert(path, std::fs::read(entry.path()).expect("readable library file"));
        }
    }
}

/// The module name that `sysconfig` makes of `sys.abiflags`, `sys.platform` and `sys.implementation._multiarch`.
fn sysconfigdata_name() -> String {
    let target = |key: &str| std::env::var(format!("CARGO_CFG_TARGET_{key}")).unwrap_or_default();
    let (platform, multiarch) = match target("OS").as_str() {
        "macos" => ("darwin".to_string(), "darwin".to_string()),
        os => {
            let arch = target("ARCH");
            let arch = if arch == "x86" { "i386".to_string() } else { arch };
            (os.to_string(), format!("{arch}-{os}-{}", target("ENV")))
        }
    };
    format!("_sysconfigdata__{platform}_{multiarch}")
}

//! The layout of the packed library, shared by the build script that writes it and the crate that reads it.
//!
//! ```text
//! magic (8 bytes), number of files (u32), 4 bytes of zero
//! one Record per file, sorted by path (bytewise)
//! paths | marshalled code, start-up modules first | sources, each compressed on its own
//! ```
//!
//! All numbers are little-endian; offsets count from the start of the file. A path is relative to the library's folder and
//! uses `/`. A source whose packed size equals its size is stored as it is. A code offset of zero means "not compiled".

pub const MAGIC: &[u8; 8] = b"WSNLIB01";
pub const HEADER_BYTES: usize = 16;
pub const RECORD_BYTES: usize = 28;

/// The folder that `__file__` and tracebacks name for embedded modules.
pub const VIRTUAL_PREFIX: &str = "/<stdlib>";

/// Modules that CPython freezes: their code objects say `<frozen name>`, which tracebacks show and importlib looks for.
const FROZEN: &[&str] = &[
    "__hello__",
    "__phello__",
    "__phello__.spam",
    "_collections_abc",
    "_sitebuiltins",
    "abc",
    "codecs",
    "genericpath",
    "importlib._bootstrap",
    "importlib._bootstrap_external",
    "importlib.machinery",
    "importlib.util",
    "io",
    "ntpath",
    "os",
    "posixpath",
    "runpy",
    "site",
    "stat",
    "zipimport",
];

/// Where the parts of one file are.
#[derive(Clone, Copy, Default)]
pub struct Record {
    pub path_offset: u32,
    pub path_bytes: u32,
    pub source_offset: u32,
    pub source_packed_bytes: u32,
    pub source_bytes: u32,
    pub code_offset: u32,
    pub code_bytes: u32,
}

impl Record {
    pub fn to_bytes(self) -> [u8; RECORD_BYTES] {
        let fields = [
            self.path_offset,
            self.path_bytes,
            self.source_offset,
            self.source_packed_bytes,
            self.source_bytes,
            self.code_offset,
            self.code_bytes,
        ];
        let mut bytes = [0; RECORD_BYTES];
        for (place, field) in bytes.chunks_exact_mut(4).zip(fields) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        bytes
    }

    pub fn from_bytes(bytes: &[u8]) -> Record {
        let field = |index: usize| {
            let mut word = [0; 4];
            word.copy_from_slice(&bytes[index * 4..index * 4 + 4]);
            u32::from_le_bytes(word)
        };
        Record {
            path_offset: field(0),
            path_bytes: field(1),
            source_offset: field(2),
            source_packed_bytes: field(3),
            source_bytes: field(4),
            code_offset: field(5),
            code_bytes: field(6),
        }
    }
}

/// The dotted name of the module in a file (`json/__init__.py` is `json`), `None` for files that are not modules.
pub fn module_name(path: &str) -> Option<String> {
    let stem = path.strip_suffix(".py")?;
    let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
    stem.split('/')
        .all(|part| part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'))
        .then(|| stem.replace('/', "."))
}

/// The `co_filename` of a module's code.
pub fn code_filename(path: &str) -> String {
    match module_name(path) {
        Some(name) if FROZEN.contains(&name.as_str()) => format!("<frozen {name}>"),
        _ => format!("{VIRTUAL_PREFIX}/{path}"),
    }
}

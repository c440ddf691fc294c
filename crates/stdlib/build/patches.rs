//! Edits that bring the files changed for RustPython back to what CPython 3.14 ships.
//!
//! Each edit must match exactly once: when a new version of the library moves the text, the build fails and names the file.

/// The edits of one file.
pub struct PatchedFile {
    pub path: &'static str,
    pub edits: &'static [Edit],
}

pub enum Edit {
    /// Replaces the text `find`.
    Replace { find: &'static str, with: &'static str },
    /// Replaces everything from the start of `from` up to, not including, `until` (empty: to the end of the file).
    Cut { from: &'static str, until: &'static str, with: &'static str },
}

use Edit::{Cut, Replace};

pub const PATCHED_FILES: &[PatchedFile] = &[
    PatchedFile {
        path: "json/decoder.py",
        edits: &[Cut { from: "    # RUSTPYTHON SPECIFIC\n", until: "    # Note that this exception is", with: "" }],
    },
    PatchedFile {
        path: "io.py",
        edits: &[
            Replace { find: "open, open_code, BytesIO,", with: "open, open_code, FileIO, BytesIO," },
            Cut { from: "# XXX: RUSTPYTHON; FileIO needs", until: "# for seek()", with: "\n" },
            Cut { from: "if FileIO is not None:", until: "\nfor klass in", with: "RawIOBase.register(FileIO)\n" },
        ],
    },
    PatchedFile {
        path: "unittest/__init__.py",
        edits: &[Cut { from: "\n\n\n# XXX: RUSTPYTHON\n# This is very useful", until: "", with: "" }],
    },
    PatchedFile {
        path: "platform.py",
        // The implementation names itself where the original has its own name.
        edits: &[Cut {
            from: "\n        # XXX: RUSTPYTHON support",
            until: "        if builddate is None:",
            with: "        name = 'Whipsnake' if sys.implementation.name == 'whipsnake' else 'CPython'\n",
        }],
    },
    PatchedFile {
        path: "_compat_pickle.py",
        edits: &[Cut { from: "# NOTE: RUSTPYTHON exceptions", until: "for excname in PYTHON2_EXCEPTIONS", with: "" }],
    },
    PatchedFile {
        path: "site.py",
        edits: &[
            Replace { find: "'RustPython' # XXX: RUSTPYTHON; for site-packages", with: "'Python'" },
            Replace { find: "    # XXX: RUSTPYTHON\n", with: "" },
            Replace { find: "/lib/rustpython{version[0]}", with: "/lib/python{version[0]}" },
        ],
    },
    PatchedFile {
        path: "sysconfig/__init__.py",
        edits: &[Replace { find: "'RustPython'  # XXX: RUSTPYTHON; For site-packages", with: "'Python'" }],
    },
];

/// The patched text of a file. Panics (failing the build) if an edit does not match exactly once.
pub fn apply(file: &PatchedFile, bytes: &[u8]) -> Vec<u8> {
    let mut text = String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| panic!("{} is not UTF-8", file.path));
    for edit in file.edits {
        let (start, end, with) = match edit {
            Replace { find, with } => {
                let start = only_match(&text, find, file.path);
                (start, start + find.len(), with)
            }
            Cut { from, until, with } => {
                let start = only_match(&text, from, file.path);
                let length = if until.is_empty() { Some(text.len() - start) } else { text[start..].find(until) };
                let length = length.unwrap_or_else(|| panic!("{}: {until:?} does not follow {from:?}", file.path));
                (start, start + length, with)
            }
        };
        text.replace_range(start..end, with);
    }
    text.into_bytes()
}

fn only_match(text: &str, find: &str, path: &str) -> usize {
    let mut places = text.match_indices(find);
    match (places.next(), places.next()) {
        (Some((start, _)), None) => start,
        (None, _) => panic!("{path}: {find:?} not found; the library has changed, review build/patches.rs"),
        (Some(_), Some(_)) => panic!("{path}: {find:?} found more than once; review build/patches.rs"),
    }
}

//! Compiling library modules while building, so that importing them does not.

use std::path::Path;

/// Which modules are compiled while building.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    None,
    StartUp,
    All,
}

impl Extent {
    /// The profile decides (release: everything, others: what start-up imports); `WHIPSNAKE_PRECOMPILE` overrules it.
    pub fn of_this_build(out_dir: &Path) -> Extent {
        match std::env::var("WHIPSNAKE_PRECOMPILE").as_deref() {
            Ok("all") => return Extent::All,
            Ok("startup") => return Extent::StartUp,
            Ok("none") => return Extent::None,
            Ok(other) => panic!("WHIPSNAKE_PRECOMPILE={other}: expected all, startup or none"),
            Err(_) => {}
        }
        // Cargo's PROFILE knows only debug and release; the folder's name is the profile's: target/fast/build/...
        let folder = out_dir.ancestors().skip_while(|folder| !folder.ends_with("build")).nth(1);
        let profile = folder.and_then(|folder| folder.file_name()).unwrap_or_default();
        if profile == "release" { Extent::All } else { Extent::StartUp }
    }

    pub fn includes(self, module: &str) -> bool {
        match self {
            Extent::None => false,
            Extent::StartUp => START_UP.contains(&module),
            Extent::All => true,
        }
    }
}

/// What start-up imports, in the order it does; their code lies together at the front of the packed file.
pub const START_UP: &[&str] = &[
    "importlib._bootstrap",
    "importlib._bootstrap_external",
    "zipimport",
    "encodings",
    "encodings.aliases",
    "codecs",
    "encodings.utf_8",
    "encodings.ascii",
    "encodings.latin_1",
    "io",
    "abc",
    "site",
    "os",
    "stat",
    "posixpath",
    "genericpath",
    "_collections_abc",
    "_sitebuiltins",
    "types",
    "warnings",
    "_py_warnings",
    "importlib",
    "importlib.util",
    "importlib._abc",
    "importlib.machinery",
    "runpy",
    "pkgutil",
    "linecache",
    "traceback",
    "tokenize",
    "token",
    "textwrap",
    "contextlib",
    "collections",
    "keyword",
    "operator",
    "reprlib",
    "functools",
    "enum",
    "re",
    "re._compiler",
    "re._parser",
    "re._constants",
    "re._casefix",
    "copyreg",
    "codeop",
    "_colorize",
    "__future__",
];

/// The marshalled code object of a module, as `marshal.dumps(compile(source, filename, "exec"))` would give it.
/// `None` for what does not compile (templates, bad examples): importing it then raises the error.
pub fn compile_module(source: &[u8], filename: &str) -> Option<Vec<u8>> {
    use whipsnake_compiler::{Options, compile};
    use whipsnake_syntax as syntax;
    let parsed = syntax::parse_bytes(source, syntax::Mode::Exec, &syntax::Options::default(), None).ok()?;
    let compiled = compile(&parsed.tree, filename, Options::default()).ok()?;
    whipsnake_bytecode::marshal::write_code(&compiled.code).ok()
}

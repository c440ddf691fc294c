//! Packs the Python part of the standard library into one file, `stdlib.bin`, that the crate embeds.
//!
//! In: the library folder of the `rustpython-pylib` crate, the edits of `patches`, our own files in `overlay/` (which win).
//! Out: `$OUT_DIR/stdlib.bin`, laid out as `src/format.rs` says.
//!
//! Invariants: a patch whose text has moved fails the build; nothing in the output names a folder of the build machine.

#[path = "../src/format.rs"]
#[allow(dead_code)]
mod format;

mod compile;
mod opcodes;
mod pack;
mod patches;
mod sources;

use std::path::PathBuf;

fn main() {
    let manifest = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("set by cargo"));
    let library = PathBuf::from(rustpython_pylib::LIB_PATH);
    let overlay = manifest.join("overlay");
    for watched in ["build", "overlay", "src/format.rs"] {
        println!("cargo:rerun-if-changed={}", manifest.join(watched).display());
    }
    println!("cargo:rerun-if-env-changed=WHIPSNAKE_PRECOMPILE");

    let mut files = sources::collect(&library, &overlay);
    let extent = compile::Extent::of_this_build(&out);
    pack::compile_all(&mut files, extent);
    let packed = pack::pack(&files);
    std::fs::write(out.join("stdlib.bin"), packed).expect("OUT_DIR is writable");
}

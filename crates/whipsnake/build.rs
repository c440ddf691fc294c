//! How the binary is linked: at a fixed address where the platform allows it, and bound to the C library as needed.
//!
//! A position-independent binary has tens of thousands of pointers in its tables of types and methods adjusted at every
//! start; a fixed one has them in the file, and its pages stay shared and clean.

fn main() {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    println!("cargo::rerun-if-changed=build.rs");
    if variable("CARGO_CFG_TARGET_OS") == "linux" && variable("CARGO_CFG_TARGET_ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bins=-no-pie");
        println!("cargo::rustc-link-arg-bins=-Wl,-z,lazy");
        if variable("CARGO_CFG_TARGET_ARCH") == "x86_64" {
            // The linker that comes with the compiler. What start-up runs lies together, and so does what programs run most
            // and what hardly ever runs: fewer pages are touched.
            let order = std::path::Path::new(&variable("CARGO_MANIFEST_DIR")).join("../../bench/startup.order");
            println!("cargo::rerun-if-changed={}", order.display());
            println!("cargo::rustc-link-arg-bins=-Wl,-z,keep-text-section-prefix");
            println!("cargo::rustc-link-arg-bins=-Wl,--symbol-ordering-file={}", order.display());
            println!("cargo::rustc-link-arg-bins=-Wl,--no-warn-symbol-ordering");
        }
    }
}

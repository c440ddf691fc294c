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
    }
}

//! The stencils as Rust text.

use crate::extract::{Fill, Stencil};
use std::fmt::Write;

/// `STENCILS`, in the order of names.
pub fn text(stencils: &[Stencil]) -> String {
    let mut sorted: Vec<&Stencil> = stencils.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    let mut out = String::from("// Made by the build script.\npub static STENCILS: &[Stencil] = &[\n");
    for stencil in sorted {
        let _ = writeln!(out, "    Stencil {{\n        name: {:?},", stencil.name);
        let _ = writeln!(out, "        code: &{:?},", stencil.code);
        out.push_str("        holes: &[\n");
        for hole in &stencil.holes {
            let fill = match &hole.fill {
                Fill::Jump(place) | Fill::Constant(place) => place.to_string(),
                Fill::Cache(width, offset) => format!("Cache {{ width: {width}, offset: {offset} }}"),
                Fill::Symbol(name) => format!("Symbol({name:?})"),
            };
            let _ = writeln!(
                out,
                "            Hole {{ offset: {}, patch: Patch::{}, addend: {}, fill: Fill::{fill} }},",
                hole.offset, hole.patch, hole.addend
            );
        }
        let _ = writeln!(out, "        ],\n        falls_through: {},\n    }},", stencil.falls_through);
    }
    out.push_str("];\n");
    out
}

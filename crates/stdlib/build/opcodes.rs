//! `_opcode_metadata.py`, the table that `opcode` and `dis` read, written from our own opcode table.

use std::fmt::Write;
use whipsnake_bytecode::opcodes::{ALL, HAVE_ARGUMENT, MIN_INSTRUMENTED_OPCODE, Opcode};

/// The text of the module.
pub fn metadata() -> String {
    let mut text = String::from("# Opcode numbers, generated from the opcode table of the compiler.\n\n");
    let specialised = || ALL.iter().copied().filter(|opcode| opcode.is_specialized());

    text.push_str("_specializations = {\n");
    for base in ALL.iter().copied().filter(|opcode| !opcode.is_specialized()) {
        let family: Vec<Opcode> = specialised().filter(|opcode| opcode.deopt() == base).collect();
        if !family.is_empty() {
            let _ = writeln!(text, "    {:?}: [", base.name());
            for opcode in family {
                let _ = writeln!(text, "        {:?},", opcode.name());
            }
            text.push_str("    ],\n");
        }
    }
    text.push_str("}\n\n");
    table(&mut text, "_specialized_opmap", specialised());
    table(&mut text, "opmap", ALL.iter().copied().filter(|opcode| !opcode.is_specialized()));
    let _ = writeln!(text, "HAVE_ARGUMENT = {HAVE_ARGUMENT}\nMIN_INSTRUMENTED_OPCODE = {MIN_INSTRUMENTED_OPCODE}");
    text
}

fn table(text: &mut String, name: &str, opcodes: impl Iterator<Item = Opcode>) {
    let _ = writeln!(text, "{name} = {{");
    for opcode in opcodes {
        let _ = writeln!(text, "    {:?}: {},", opcode.name(), opcode.number());
    }
    text.push_str("}\n\n");
}

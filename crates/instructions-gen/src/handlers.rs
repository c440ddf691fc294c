//! The handlers of tier 1.
//!
//! A handler's text uses the registers' names (handed to the macro, which hygiene demands) and macros that the two dispatch forms define differently: `next!(units)`, `redispatch!()`,
//! `exit!(FAMILY)`, `error!()`, `leave!()`, `release!(slot)`, `release_next!(slot, units)`
//! (also for two slots). The registers are `ip`, `sp`, `frame`, `th`, `unit`.

use crate::definitions::{Composition, Definitions};
use crate::steps::{Dialect, emit_step};
use std::fmt::Write;

/// One `handler! { NAME { body } }` for every instruction.
pub fn handlers(definitions: &Definitions) -> String {
    let mut out =
        String::from("// Generated from the instruction definitions.\nhandlers! {\n(ip sp frame th table unit)\n");
    for instruction in definitions.instructions.values() {
        let _ = writeln!(out, "{} {{", instruction.opcode.name());
        out.push_str(&body(instruction));
        out.push_str("}\n");
    }
    out.push_str("}\n");
    out
}

fn body(instruction: &Composition) -> String {
    let mut out = String::new();
    let units = 1 + instruction.opcode.caches();
    if instruction.adaptive {
        let specializer = instruction.opcode.name().to_lowercase();
        let _ = writeln!(out, "adapt!({specializer});");
    }
    let exit = instruction.family.map_or(String::new(), |family| format!("exit!({})", family.name()));
    let count = instruction.steps.len();
    let mut ended = false;
    let mut releases: Vec<String> = Vec::new();
    for (index, step) in instruction.steps.iter().enumerate() {
        let dialect = Dialect::Handler { units, exit: &exit, last: index + 1 == count };
        ended = emit_step(&mut out, step, index, &dialect, &mut releases);
    }
    if !ended {
        let last = releases.split_off(releases.len().saturating_sub(2));
        for slot in releases {
            let _ = writeln!(out, "release!({slot});");
        }
        let _ = match last.as_slice() {
            [] => writeln!(out, "next!({units})"),
            slots => writeln!(out, "release_next!({}, {units})", slots.join(", ")),
        };
    }
    out
}

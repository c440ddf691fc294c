//! The handlers of tier 1.
//!
//! A handler's text uses the registers' names (handed to the macro, which hygiene demands) and macros that the two dispatch forms define differently: `next!(units)`, `redispatch!()`, `dispatch_as!(opcode)`,
//! `exit!(FAMILY)`, `slow!(PART { body })`, `adapt!(specializer PART)`, `error!()`, `leave!()`, `release!(slot)`, `release_next!(slot, units)`
//! (also for two slots). The registers are `ip`, `sp`, `frame`, `th`, `unit`.

use crate::definitions::{Composition, Definitions};
use crate::steps::{Dialect, Stack, emit_step, slow_body, slow_part};
use std::fmt::Write;
use whipsnake_bytecode::Opcode;

/// `NAME { body }` for every instruction, a semicolon, and `PART { body }` for what is rare in one of them: a function of its own where
/// handlers are functions.
pub fn handlers(definitions: &Definitions) -> String {
    let mut out =
        String::from("// Generated from the instruction definitions.\nhandlers! {\n(ip sp frame th table unit)\n");
    for instruction in definitions.instructions.values() {
        let _ = writeln!(out, "{} {{", instruction.opcode.name());
        out.push_str(&body(definitions, instruction));
        out.push_str("}\n");
    }
    out.push_str(";\n");
    for instruction in definitions.instructions.values() {
        let name = instruction.opcode.name();
        if instruction.adaptive {
            let _ = writeln!(out, "{name}_ADAPT {{ specialize!({}) }}", name.to_lowercase());
        }
        for step in instruction.steps.iter().filter(|step| step.uop.slow.is_some()) {
            let units = 1 + instruction.opcode.caches();
            let dialect = Dialect::Handler { at: 0, unit: "unit", units, not_taken: 0, exit: "", last: true };
            let _ = writeln!(out, "{} {{ {} }}", slow_part(&step.uop), slow_body(step, &dialect));
        }
    }
    out.push_str("}\n");
    out
}

fn body(definitions: &Definitions, instruction: &Composition) -> String {
    let mut out = String::new();
    let mut releases: Vec<String> = Vec::new();
    let exit = instruction.family.map_or(String::new(), |family| format!("exit!({})", family.name()));
    if instruction.adaptive {
        let specializer = instruction.opcode.name().to_lowercase();
        let _ = writeln!(out, "adapt!({specializer} {}_ADAPT);", instruction.opcode.name());
    }
    let (ended, units) = match instruction.parts.as_slice() {
        [] => plain_steps(&mut out, instruction, &exit, &mut releases),
        parts => fused_steps(&mut out, definitions, parts, &exit, &mut releases),
    };
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

/// The steps of one instruction. Whether they have ended the handler, and the units they are done with.
fn plain_steps(out: &mut String, instruction: &Composition, exit: &str, releases: &mut Vec<String>) -> (bool, usize) {
    let units = 1 + instruction.opcode.caches();
    let count = instruction.steps.len();
    let mut stack = Stack::default();
    let mut ended = false;
    for (index, step) in instruction.steps.iter().enumerate() {
        let last = index + 1 == count;
        let dialect = Dialect::Handler { at: 0, unit: "unit", units, not_taken: 0, exit, last };
        ended = emit_step(out, step, index, &dialect, &mut stack, releases);
        stack.write(out);
    }
    (ended, units)
}

/// The steps of instructions that follow each other. What one of them leaves for the next one stays off the stack. A later
/// one that is not there any more, or whose check fails, has the first one's plain form start over.
fn fused_steps(
    out: &mut String,
    definitions: &Definitions,
    parts: &[Opcode],
    exit: &str,
    releases: &mut Vec<String>,
) -> (bool, usize) {
    let mut stack = Stack::default();
    let mut ended = false;
    let (mut at, mut index) = (0, 0);
    let start_over = format!("exit!({})", parts[0].name());
    let not_taken = usize::from(parts.last() == Some(&Opcode::NOT_TAKEN));
    for (place, part) in parts[..parts.len() - not_taken].iter().enumerate() {
        let instruction = &definitions.instructions[&part.number()];
        let (exit, unit) =
            if place == 0 { (exit, "unit".to_string()) } else { (start_over.as_str(), format!("u{place}")) };
        if place > 0 {
            let _ = writeln!(out, "let {unit} = *ip.add({at}) as u32;");
            if instruction.may_change() {
                let number = format!("whipsnake_bytecode::opcodes::number::{}", part.name());
                let _ = writeln!(out, "if {unit} & 255 != {number} as u32 {{ {exit} }}");
            }
        }
        let units = 1 + part.caches();
        for step in &instruction.steps {
            let dialect = Dialect::Handler { at, unit: &unit, units, not_taken, exit, last: false };
            ended = emit_step(out, step, index, &dialect, &mut stack, releases);
            index += 1;
        }
        at += units;
    }
    if !ended {
        stack.write(out);
    }
    (ended, at)
}

//! What is said about instructions and uops: the tables for other tiers, and the reference page.

use crate::definitions::{Composition, Definitions, OpArgPart};
use crate::uops::{Input, UopKind};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The uop expansion of every instruction and the facts about every uop.
pub fn metadata(definitions: &Definitions) -> String {
    let mut out = String::from("// Generated from the instruction definitions.\n");
    let mut uops = BTreeMap::new();
    out.push_str("pub const EXPANSIONS: &[(u16, &[Step])] = &[\n");
    for instruction in definitions.instructions.values() {
        let mut steps = Vec::new();
        for step in &instruction.steps {
            uops.insert(step.listing(), &step.uop);
            steps.push(format!("Step {{ uop: {:?}, part: OpArgPart::{:?} }}", step.listing(), step.part));
        }
        let (number, name) = (instruction.opcode.number(), instruction.opcode.name());
        let _ = writeln!(out, "    ({number}, &[{}]), // {name}", steps.join(", "));
    }
    out.push_str("];\n\npub const FUSIONS: &[(u16, &[u16])] = &[\n");
    for instruction in fusions(definitions) {
        let parts: Vec<u16> = instruction.parts.iter().map(|part| part.number()).collect();
        let _ = writeln!(out, "    ({}, &{parts:?}), // {}", instruction.opcode.number(), instruction.opcode.name());
    }
    out.push_str("];\n\npub const UOPS: &[UopInfo] = &[\n");
    for (name, uop) in uops {
        let _ = writeln!(
            out,
            "    UopInfo {{ name: {name:?}, kind: UopKind::{:?}, oparg: {}, pops: {}, pushes: {}, deopts: {}, raises: {}, escapes: {} }},",
            uop.kind,
            uop.inputs.contains(&Input::OpArg),
            uop.pops(),
            uop.pushes(),
            uop.deopts,
            uop.raises,
            uop.escapes(),
        );
    }
    out.push_str("];\n");
    out
}

/// The fused instructions, those of most parts first.
fn fusions(definitions: &Definitions) -> Vec<&Composition> {
    let mut all: Vec<_> =
        definitions.instructions.values().filter(|instruction| !instruction.parts.is_empty()).collect();
    all.sort_by_key(|instruction| std::cmp::Reverse(instruction.parts.len()));
    all
}

/// A reference page of the instruction set, in Markdown.
pub fn reference(definitions: &Definitions) -> String {
    let mut out = String::from(
        "# Instruction set\n\nGenerated from the instruction definitions; do not edit. A form belongs to the instruction that takes over \
         when one of its checks fails. A uop after which the instruction can no longer start over is never followed by a check.\n\n\
         | number | instruction | form of | cache units | uops |\n|---|---|---|---|---|\n",
    );
    let mut uops = BTreeMap::new();
    for instruction in definitions.instructions.values().filter(|instruction| instruction.parts.is_empty()) {
        let mut names = Vec::new();
        for step in &instruction.steps {
            uops.insert(step.listing(), &step.uop);
            names.push(match step.part {
                OpArgPart::Whole => format!("`{}`", step.listing()),
                OpArgPart::High => format!("`{}(oparg >> 4)`", step.listing()),
                OpArgPart::Low => format!("`{}(oparg & 15)`", step.listing()),
            });
        }
        let _ = writeln!(
            out,
            "| {} | `{}` | {} | {} | {} |",
            instruction.opcode.number(),
            instruction.opcode.name(),
            instruction.family.map_or(String::new(), |family| format!("`{}`", family.name())),
            instruction.opcode.caches(),
            names.join(" ")
        );
    }
    out.push_str(
        "\n## Fused instructions\n\nSeveral instructions in one: what the first leaves for the next stays in registers, and one dispatch does. Only the \
         first one's opcode is exchanged; the others stay in the code, for jumps to them, and for the first one's plain form \
         to go on with when one of their checks fails.\n\n| number | instructions |\n|---|---|\n",
    );
    for instruction in fusions(definitions) {
        let parts: Vec<String> = instruction.parts.iter().map(|part| format!("`{}`", part.name())).collect();
        let _ = writeln!(out, "| {} | {} |", instruction.opcode.number(), parts.join(" "));
    }
    out.push_str(
        "\n## Uops\n\n`exits`: may find its assumptions broken, before anything has happened. `raises`: may set an exception. \
         `escapes`: may run any Python code.\n\n| uop | body | pops, pushes | may | what it does |\n|---|---|---|---|---|\n",
    );
    for (name, uop) in uops {
        let facts = [(uop.deopts, "exits"), (uop.raises, "raises"), (uop.escapes(), "escapes")];
        let facts: Vec<&str> = facts.iter().filter(|(holds, _)| *holds).map(|(_, word)| *word).collect();
        let height = match uop.kind {
            UopKind::Control => String::new(),
            UopKind::NullIf => "0, 0 or 1".to_string(),
            _ => format!("{}, {}", uop.pops(), uop.pushes()),
        };
        let _ = writeln!(
            out,
            "| `{name}` | `{}::{}` | {height} | {} | {} |",
            uop.module,
            uop.name,
            facts.join(" "),
            uop.doc.replace('|', "\\|")
        );
    }
    out
}

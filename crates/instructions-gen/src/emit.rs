//! The generator's output.
//!
//! A handler's text uses the registers' names (handed to the macro, which hygiene demands) and macros that the two dispatch forms define differently: `next!(units)`, `redispatch!()`,
//! `exit!(FAMILY)`, `error!()`, `leave!()`, `release!(slot)`, `release_next!(slot, units)`. The registers are `ip`, `sp`, `frame`, `th`, `unit`.

use crate::definitions::{Composition, Definitions, OpArgPart, Step};
use crate::uops::{Input, Output, UopKind};
use std::collections::BTreeMap;
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
        let last = index + 1 == count;
        ended = emit_step(&mut out, step, index, units, &exit, last, &mut releases);
    }
    if !ended {
        let last = releases.pop();
        for slot in releases {
            let _ = writeln!(out, "release!({slot});");
        }
        let _ = match last {
            Some(slot) => writeln!(out, "release_next!({slot}, {units})"),
            None => writeln!(out, "next!({units})"),
        };
    }
    out
}

/// The call's arguments. Operands are bound to `s{index}_{n}` first.
fn arguments(step: &Step, index: usize) -> String {
    let mut operand = 0;
    let mut parts = Vec::new();
    for input in &step.uop.inputs {
        parts.push(match input {
            Input::Ref(_) => {
                operand += 1;
                format!("Ref::from_slot(s{index}_{})", operand - 1)
            }
            Input::Slot => {
                operand += 1;
                format!("s{index}_{}", operand - 1)
            }
            Input::Thread => "&*th".into(),
            Input::Core => "&(*th).core".into(),
            Input::Frame => "&*frame".into(),
            Input::OpArg => format!("OpArg({})", step.part.of("unit >> 8")),
            Input::Cache(width, offset) => format!("Cache{width}::<{offset}>::read(ip)"),
            Input::State => "&mut st".into(),
        });
    }
    parts.join(", ")
}

/// Emits a step; true when it has ended the handler itself.
fn emit_step(
    out: &mut String,
    step: &Step,
    index: usize,
    units: usize,
    exit: &str,
    last: bool,
    releases: &mut Vec<String>,
) -> bool {
    let uop = &step.uop;
    let path = format!("whipsnake_instructions::{}::{}", uop.module, uop.name);
    if uop.kind == UopKind::Control {
        debug_assert!(last);
        for slot in releases.drain(..) {
            let _ = writeln!(out, "release!({slot});");
        }
        if uop.saves_instruction {
            let _ = writeln!(out, "(*frame).instr.set(ip);");
        }
        let _ = writeln!(out, "let mut st = State {{ ip: ip.add({units}), sp, frame, th: &*th }};");
        let call = format!("{path}({})", arguments(step, index));
        let _ = writeln!(out, "match {call} {{");
        let _ = writeln!(out, "Flow::Next => {{ load!(st); next!(0) }}");
        let on_exit = if exit.is_empty() { "unreachable_flow!()" } else { exit };
        let _ = writeln!(out, "Flow::Exit => {on_exit},");
        let _ = writeln!(out, "Flow::Error => {{ load!(st); ip = ip.sub(1); error!() }}");
        let _ = writeln!(out, "Flow::Reraise => {{ load!(st); ip = ip.sub(1); reraise!() }}");
        let _ = writeln!(out, "Flow::Leave => {{ load!(st); leave!() }} }}");
        return true;
    }
    let operands = uop.operands();
    let first_depth = if uop.kind == UopKind::Guard { step.depth + 1 } else { operands };
    for n in 0..operands {
        let _ = writeln!(out, "let s{index}_{n} = *sp.sub({});", first_depth - n);
    }
    if uop.escapes() {
        let _ = writeln!(out, "(*frame).instr.set(ip);");
    }
    let call = format!("{path}({})", arguments(step, index));
    let pushed: Vec<String> = (0..uop.outputs.len()).map(|n| format!("o{index}_{n}")).collect();
    let pattern = match pushed.len() {
        0 => "()".to_string(),
        1 => pushed[0].clone(),
        _ => format!("({})", pushed.join(", ")),
    };
    match uop.kind {
        UopKind::Guard => {
            let _ = writeln!(out, "if let Deopt::Exit = {call} {{ {exit} }}");
            return false;
        }
        UopKind::Branch => {
            let _ = writeln!(out, "let taken = {call};");
            let _ = writeln!(out, "sp = sp.sub({operands});");
            for n in 0..operands {
                if matches!(&uop.inputs[n], Input::Ref(kind) if kind != "Bool" && kind != "SmallInt") {
                    let _ = writeln!(out, "release!(s{index}_{n});");
                }
            }
            // Two dispatches, so that the branch predictor sees the Python branch.
            let _ = writeln!(out, "if taken {{ keep_branch!(); let to = {units} + (unit >> 8) as usize; next!(to) }}");
            let _ = writeln!(out, "next!({units})");
            return true;
        }
        UopKind::Jump => {
            for slot in releases.drain(..) {
                let _ = writeln!(out, "release!({slot});");
            }
            let _ = writeln!(out, "ip = ip.offset({call});");
            let _ = writeln!(out, "next!({units})");
            return true;
        }
        UopKind::PeekBranch => {
            let _ = writeln!(
                out,
                "if !{call} {{ keep_branch!(); let to = {units} + 1 + (unit >> 8) as usize; next!(to) }}"
            );
            return false;
        }
        _ => {}
    }
    if uop.deopts && uop.raises {
        let _ = writeln!(
            out,
            "let {pattern} = match {call} {{ Deopt::Ok(Ok(out)) => out, Deopt::Ok(Err(_)) => error!(), Deopt::Exit => {exit} }};"
        );
    } else if uop.deopts {
        let _ = writeln!(out, "let {pattern} = match {call} {{ Deopt::Ok(out) => out, Deopt::Exit => {exit} }};");
    } else if uop.raises {
        let _ = writeln!(out, "let {pattern} = match {call} {{ Ok(out) => out, Err(_) => error!() }};");
    } else {
        let _ = writeln!(out, "let {pattern} = {call};");
    }
    let popped = uop.pops();
    let outputs: Vec<(usize, &Output)> = uop.outputs.iter().enumerate().collect();
    let pushes: Vec<_> = outputs.iter().filter(|(_, output)| **output != Output::Dead).collect();
    for (place, (n, output)) in pushes.iter().enumerate() {
        let slot = match output {
            Output::Raw => format!("o{index}_{n}.0"),
            _ => format!("o{index}_{n}.into_slot()"),
        };
        let at = place as isize - popped as isize;
        let _ = writeln!(out, "*sp.offset({at}) = {slot};");
    }
    let delta = pushes.len() as isize - popped as isize;
    if delta != 0 {
        let _ = writeln!(out, "sp = sp.offset({delta});");
    }
    let kinds: Vec<&Input> = uop.inputs.iter().filter(|i| matches!(i, Input::Ref(_) | Input::Slot)).collect();
    for (n, kind) in kinds.iter().enumerate() {
        let stays = uop.kind == UopKind::Peek || (uop.kind == UopKind::PeekBelow && n + 1 < kinds.len());
        if let Input::Ref(kind) = kind
            && !stays
            && kind != "SmallInt"
            && kind != "SmallFloat"
            && kind != "Bool"
        {
            releases.push(format!("s{index}_{n}"));
        }
    }
    for (n, output) in &outputs {
        if **output == Output::Dead {
            releases.push(format!("o{index}_{n}.0"));
        }
    }
    false
}

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
    out.push_str("];\n\npub const UOPS: &[UopInfo] = &[\n");
    for (name, uop) in uops {
        let _ = writeln!(
            out,
            "    UopInfo {{ name: {name:?}, kind: UopKind::{:?}, oparg: {}, pops: {}, pushes: {}, deopts: {}, raises: {}, escapes: {} }},",
            uop.kind,
            uop.inputs.contains(&Input::OpArg),
            uop.pops(),
            uop.outputs.iter().filter(|o| **o != Output::Dead).count(),
            uop.deopts,
            uop.raises,
            uop.escapes(),
        );
    }
    out.push_str("];\n");
    out
}

/// A reference page of the instruction set, in Markdown.
pub fn reference(definitions: &Definitions) -> String {
    let mut out = String::from(
        "# Instruction set\n\nGenerated from the instruction definitions; do not edit. A form belongs to the instruction that takes over \
         when one of its checks fails. A uop after which the instruction can no longer start over is never followed by a check.\n\n\
         | number | instruction | form of | cache units | uops |\n|---|---|---|---|---|\n",
    );
    let mut uops = BTreeMap::new();
    for instruction in definitions.instructions.values() {
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
        "\n## Uops\n\n`exits`: may find its assumptions broken, before anything has happened. `raises`: may set an exception. \
         `escapes`: may run any Python code.\n\n| uop | body | pops, pushes | may | what it does |\n|---|---|---|---|---|\n",
    );
    for (name, uop) in uops {
        let facts = [(uop.deopts, "exits"), (uop.raises, "raises"), (uop.escapes(), "escapes")];
        let facts: Vec<&str> = facts.iter().filter(|(holds, _)| *holds).map(|(_, word)| *word).collect();
        let height = match uop.kind {
            UopKind::Control => String::new(),
            _ => format!("{}, {}", uop.pops(), uop.outputs.iter().filter(|o| **o != Output::Dead).count()),
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

//! Compositions: `instructions.def`, completed by the uops that bear an instruction's name.

use crate::uops::{Uop, UopKind};
use std::collections::BTreeMap;
use whipsnake_bytecode::opcodes::{ALL, Opcode};

/// A uop in a composition.
#[derive(Clone, Debug)]
pub struct Step {
    pub uop: Uop,
    /// For guards: how far below the top they look.
    pub depth: usize,
    /// What of the instruction's oparg the uop gets.
    pub part: OpArgPart,
}

/// A superinstruction hands each of its uops a half of its oparg.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OpArgPart {
    #[default]
    Whole,
    /// All but the low four bits.
    High,
    /// The low four bits.
    Low,
}

impl OpArgPart {
    /// The expression for the part, given the one for the oparg.
    pub fn of(self, oparg: &str) -> String {
        match self {
            OpArgPart::Whole => oparg.to_string(),
            OpArgPart::High => format!("({oparg}) >> 4"),
            OpArgPart::Low => format!("({oparg}) & 15"),
        }
    }
}

impl Step {
    /// The name in listings.
    pub fn listing(&self) -> String {
        self.uop.listing(self.depth)
    }
}

/// One instruction.
#[derive(Clone, Debug)]
pub struct Composition {
    pub opcode: Opcode,
    /// The generic instruction that takes over when a check fails.
    pub family: Option<Opcode>,
    /// The head of a family: adapts when its counter expires.
    pub adaptive: bool,
    pub steps: Vec<Step>,
    /// A fused instruction: the instructions it does in one go, of which the code still has all but the first.
    pub parts: Vec<Opcode>,
}

impl Composition {
    /// Whether it may turn out, once the instructions before it are done, that it is not what the code says any more.
    pub fn may_change(&self) -> bool {
        self.family.is_some() || self.adaptive
    }
}

/// All uops and instructions.
pub struct Definitions {
    pub uops: BTreeMap<String, Uop>,
    pub instructions: BTreeMap<u16, Composition>,
}

impl Definitions {
    pub fn new(uops: Vec<Uop>, text: &str) -> Result<Definitions, String> {
        let uops: BTreeMap<String, Uop> = uops.into_iter().map(|uop| (uop.name.clone(), uop)).collect();
        let mut instructions = BTreeMap::new();
        let mut fused = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or("").trim();
            if line.is_empty() {
                continue;
            }
            let place = |e: String| format!("instructions.def:{}: {e}", number + 1);
            if let Some(parts) = line.strip_prefix("fuse ") {
                fused.push((place(String::new()), parse_parts(parts).map_err(place)?));
                continue;
            }
            let composition = parse_line(line, &uops).map_err(place)?;
            instructions.insert(composition.opcode.number(), composition);
        }
        for &opcode in ALL {
            if opcode.is_pseudo() || instructions.contains_key(&opcode.number()) {
                continue;
            }
            if let Some(uop) = uops.get(&opcode.name().to_lowercase()) {
                let steps = vec![Step { uop: uop.clone(), depth: 0, part: OpArgPart::Whole }];
                let composition = Composition { opcode, family: None, adaptive: false, steps, parts: Vec::new() };
                instructions.insert(opcode.number(), composition);
            }
        }
        for (place, parts) in fused {
            let composition = fuse(&parts, &instructions).map_err(|e| format!("{place}{e}"))?;
            instructions.insert(composition.opcode.number(), composition);
        }
        Ok(Definitions { uops, instructions })
    }
}

fn parse_line(line: &str, uops: &BTreeMap<String, Uop>) -> Result<Composition, String> {
    let (head, steps) = line.split_once('=').ok_or("no '='")?;
    let (head, adaptive) = match head.trim().strip_prefix("family ") {
        Some(head) => (head.trim(), true),
        None => (head.trim(), false),
    };
    let (name, family) = match head.split_once(':') {
        Some((name, family)) => (name.trim(), Some(family.trim())),
        None => (head, None),
    };
    let mut parsed = Vec::new();
    for step in steps.split('+') {
        let (step, part) = match step.trim().split_once('(') {
            Some((step, "oparg >> 4)")) => (step, OpArgPart::High),
            Some((step, "oparg & 15)")) => (step, OpArgPart::Low),
            Some((_, part)) => return Err(format!("no part of the oparg: ({part}")),
            None => (step.trim(), OpArgPart::Whole),
        };
        let (uop, depth) = match step.split_once('@') {
            Some((uop, depth)) => (uop, depth.parse().map_err(|_| format!("bad depth {depth}"))?),
            None => (step, 0),
        };
        let uop = uops.get(uop).ok_or_else(|| format!("no uop {uop}"))?.clone();
        parsed.push(Step { uop, depth, part });
    }
    let (opcode, family) = (parse_opcode(name)?, family.map(parse_opcode).transpose()?);
    if family.is_none() && parsed.iter().any(|step| step.uop.deopts) {
        return Err(format!("{name} has a step that may exit, but no family to go on with"));
    }
    check_order(name, &parsed)?;
    Ok(Composition { opcode, family, adaptive, steps: parsed, parts: Vec::new() })
}

fn parse_opcode(name: &str) -> Result<Opcode, String> {
    Opcode::from_name(name).ok_or_else(|| format!("no opcode {name}"))
}

fn parse_parts(text: &str) -> Result<Vec<Opcode>, String> {
    text.split('&').map(|name| parse_opcode(name.trim())).collect()
}

/// The fused form of instructions that follow each other. `NOT_TAKEN` behind a branch is skipped and has no part in the name.
fn fuse(parts: &[Opcode], instructions: &BTreeMap<u16, Composition>) -> Result<Composition, String> {
    let named: Vec<&str> = parts.iter().filter(|&&part| part != Opcode::NOT_TAKEN).map(|part| part.name()).collect();
    let name = named.join("__");
    let opcode = parse_opcode(&name)?;
    let compositions: Vec<&Composition> = parts
        .iter()
        .map(|part| instructions.get(&part.number()).ok_or_else(|| format!("{} is made of nothing", part.name())))
        .collect::<Result<_, _>>()?;
    let [first, later @ ..] = compositions.as_slice() else { return Err(format!("{name} has no parts")) };
    if opcode.deopt() != first.opcode.deopt() || opcode.caches() != first.opcode.caches() {
        return Err(format!("{name} must look like {} to who reads the code", first.opcode.name()));
    }
    // A check that fails in a later part goes on with the first part's plain form, as if nothing had been done.
    let mut starts_over = false;
    for (index, part) in compositions.iter().enumerate().rev() {
        let is_last = index == later.len() || later[index..].iter().all(|part| part.opcode == Opcode::NOT_TAKEN);
        for uop in part.steps.iter().map(|step| &step.uop) {
            if uop.escapes() || uop.raises || matches!(uop.kind, UopKind::Control | UopKind::Redirect | UopKind::Jump) {
                return Err(format!("{name}: {} cannot be fused", uop.name));
            }
            if starts_over && !uop.repeatable {
                return Err(format!("{name}: {} cannot be done again", uop.name));
            }
            if !is_last && uop.releases() {
                return Err(format!("{name}: {} releases something, which must come last", uop.name));
            }
        }
        starts_over |= part.may_change() || part.steps.iter().any(|step| step.uop.deopts);
    }
    Ok(Composition { opcode, family: first.family, adaptive: false, steps: first.steps.clone(), parts: parts.to_vec() })
}

/// The generic form starts over: nothing may have happened before the last check. Whatever moves the instruction pointer
/// comes last.
fn check_order(name: &str, steps: &[Step]) -> Result<(), String> {
    let mut effect = None;
    for (index, step) in steps.iter().enumerate() {
        let uop = &step.uop;
        if let (true, Some(before)) = (uop.deopts, effect) {
            return Err(format!("{name}: {} may exit after the effect of {before}", uop.name));
        }
        if uop.changes_state() {
            effect = Some(&uop.name);
        }
        if uop.ends_handler() && index + 1 != steps.len() {
            return Err(format!("{name}: nothing can follow {}", uop.name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uops::parse_file;

    const UOPS: &str = "
        #[uop(guard = \"INT\")] pub fn guard_small_int(v: Ref) -> Deopt<Ref<SmallInt>> {}
        #[uop] pub fn binary_op(th: &Thread, left: Ref, right: Ref, op: OpArg) -> PyResult {}
        #[uop] pub fn add(left: Ref<SmallInt>, right: Ref<SmallInt>) -> Deopt<Own<SmallInt>> {}
        #[uop] pub fn load_fast(frame: &Frame, i: OpArg) -> Own {}
        #[uop(jump)] pub fn jump_backward(n: OpArg) -> isize {}
    ";

    fn line(text: &str) -> Result<Composition, String> {
        let mut uops = Vec::new();
        parse_file(UOPS, "fast", &mut uops)?;
        parse_line(text, &uops.into_iter().map(|uop| (uop.name.clone(), uop)).collect())
    }

    fn refusal(text: &str) -> String {
        line(text).err().unwrap_or_default()
    }

    #[test]
    fn steps_carry_depth_and_part_of_the_oparg() {
        let form = line("BINARY_OP_ADD_INT : BINARY_OP = guard_small_int@0 + guard_small_int@1 + add").unwrap();
        let names: Vec<String> = form.steps.iter().map(Step::listing).collect();
        assert_eq!(names, ["_GUARD_TOS_INT", "_GUARD_NOS_INT", "_ADD"]);
        let pair = line("LOAD_FAST_LOAD_FAST = load_fast(oparg >> 4) + load_fast(oparg & 15)").unwrap();
        assert_eq!([OpArgPart::High, OpArgPart::Low], [pair.steps[0].part, pair.steps[1].part]);
    }

    #[test]
    fn compositions_that_break_the_laws_are_refused() {
        assert_eq!(refusal("BINARY_OP = add"), "BINARY_OP has a step that may exit, but no family to go on with");
        assert_eq!(
            refusal("BINARY_OP_ADD_INT : BINARY_OP = load_fast + guard_small_int@0 + add"),
            "BINARY_OP_ADD_INT: guard_small_int may exit after the effect of load_fast"
        );
        assert_eq!(refusal("NOP = jump_backward + load_fast"), "NOP: nothing can follow jump_backward");
        assert_eq!(refusal("NOP = load_fast(oparg >> 8)"), "no part of the oparg: (oparg >> 8)");
    }
}

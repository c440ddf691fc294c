//! Compositions: `instructions.def`, completed by the uops that bear an instruction's name.

use crate::uops::Uop;
use std::collections::BTreeMap;
use whipsnake_bytecode::opcodes::{ALL, Opcode};

/// A uop in a composition.
#[derive(Clone, Debug)]
pub struct Step {
    pub uop: Uop,
    /// For guards: how far below the top they look.
    pub depth: usize,
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
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or("").trim();
            if line.is_empty() {
                continue;
            }
            let composition = parse_line(line, &uops).map_err(|e| format!("instructions.def:{}: {e}", number + 1))?;
            instructions.insert(composition.opcode.number(), composition);
        }
        for &opcode in ALL {
            if opcode.is_pseudo() || instructions.contains_key(&opcode.number()) {
                continue;
            }
            if let Some(uop) = uops.get(&opcode.name().to_lowercase()) {
                let steps = vec![Step { uop: uop.clone(), depth: 0 }];
                let composition = Composition { opcode, family: None, adaptive: false, steps };
                instructions.insert(opcode.number(), composition);
            }
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
    let opcode = |name: &str| Opcode::from_name(name).ok_or_else(|| format!("no opcode {name}"));
    let mut parsed = Vec::new();
    for step in steps.split('+') {
        let (uop, depth) = match step.trim().split_once('@') {
            Some((uop, depth)) => (uop, depth.parse().map_err(|_| format!("bad depth {depth}"))?),
            None => (step.trim(), 0),
        };
        let uop = uops.get(uop).ok_or_else(|| format!("no uop {uop}"))?.clone();
        parsed.push(Step { uop, depth });
    }
    let (opcode, family) = (opcode(name)?, family.map(opcode).transpose()?);
    if family.is_none() && parsed.iter().any(|step| step.uop.deopts) {
        return Err(format!("{name} has a step that may exit, but no family to go on with"));
    }
    Ok(Composition { opcode, family, adaptive, steps: parsed })
}

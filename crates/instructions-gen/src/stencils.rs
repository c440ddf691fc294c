//! The source of the stencils: one function for each uop whose body is made of layouts only.
//!
//! The text is included by `crates/stencils/template.rs`, which defines the registers, the holes and the macros `hole32!`,
//! `hole64!`, `exit_to!` and `go_on!`. A stencil ends in a jump to `CONTINUE`; a check that fails jumps to `EXIT` (the
//! instruction starts over in tier 1), a branch that leaves the trace to `BRANCH`. A value whose last reference goes away is
//! handed to `RELEASE_1` or `RELEASE_2`, which free it out of line and then continue.

use crate::definitions::{Definitions, Step};
use crate::steps::{Dialect, Stack, emit_step};
use crate::uops::{Input, Uop, UopKind};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The text, and what is in it.
pub struct Stencils {
    pub text: String,
    /// The functions: a uop's name in listings, with `_TAKEN` behind it for a branch that the trace takes.
    pub names: Vec<String>,
    /// Inline-cache entries that are holes: width in bits, offset in units.
    pub caches: BTreeSet<(u32, usize)>,
}

/// Whether a uop can be a stencil of its own. Jumps need none: the next uop simply follows.
fn eligible(uop: &Uop) -> bool {
    let plain = !matches!(uop.kind, UopKind::Control | UopKind::Jump) && !uop.raises && !uop.escapes();
    // A branch that releases its operand would have to do so on both of its ways.
    let releases = uop.inputs.iter().any(|input| matches!(input, Input::Ref(kind) if kind != "Bool"));
    plain && uop.module.starts_with("fast") && !(uop.kind == UopKind::Branch && releases)
}

/// The stencils of all uops that instructions are made of.
pub fn stencils(definitions: &Definitions) -> Stencils {
    let steps: BTreeMap<String, &Step> = definitions
        .instructions
        .values()
        .flat_map(|instruction| &instruction.steps)
        .filter(|step| eligible(&step.uop))
        .map(|step| (step.listing(), step))
        .collect();
    let mut out = Stencils { text: String::new(), names: Vec::new(), caches: BTreeSet::new() };
    for (name, step) in steps {
        for input in &step.uop.inputs {
            if let Input::Cache(width, offset) = input {
                out.caches.insert((*width, *offset));
            }
        }
        out.add(name.clone(), step, false);
        if step.uop.kind == UopKind::Branch {
            out.add(format!("{name}_TAKEN"), step, true);
        }
    }
    out
}

impl Stencils {
    fn add(&mut self, name: String, step: &Step, taken: bool) {
        let mut releases = Vec::new();
        let _ = writeln!(self.text, "stencil! {{ (sp frame th) {name} {{");
        let mut stack = Stack::default();
        emit_step(&mut self.text, step, 0, &Dialect::Stencil { taken }, &mut stack, &mut releases);
        stack.write(&mut self.text);
        let _ = writeln!(self.text, "go_on!({})\n}} }}", releases.join(", "));
        self.names.push(name);
    }
}

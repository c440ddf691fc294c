//! The text of one uop's step: operands from the stack, the body's call, results onto the stack.
//!
//! The same text makes tier-1 handlers and stencils; a [`Dialect`] holds what differs.

use crate::definitions::{OpArgPart, Step};
use crate::uops::{Input, Output, UopKind};
use std::fmt::Write;

/// Where the text goes.
pub enum Dialect<'a> {
    /// An instruction's handler: constants come from the instruction and its cache.
    Handler {
        /// Code units of the instruction and its cache.
        units: usize,
        /// What a failing check does; empty where there is none.
        exit: &'a str,
        /// Whether the step is the instruction's last one.
        last: bool,
    },
    /// A stencil of one uop: constants are holes.
    Stencil {
        /// For branches: whether the trace goes on where the branch is taken.
        taken: bool,
    },
}

impl Dialect<'_> {
    fn root(&self) -> &'static str {
        match self {
            Dialect::Handler { .. } => "whipsnake_instructions",
            Dialect::Stencil { .. } => "crate",
        }
    }
    fn core(&self) -> &'static str {
        match self {
            Dialect::Handler { .. } => "&(*th).core",
            Dialect::Stencil { .. } => "&*th",
        }
    }
    fn oparg(&self, part: OpArgPart) -> String {
        match self {
            Dialect::Handler { .. } => part.of("unit >> 8"),
            Dialect::Stencil { .. } => "hole32!(OPARG)".into(),
        }
    }
    fn cache(&self, width: u32, offset: usize) -> String {
        match self {
            Dialect::Handler { .. } => format!("Cache{width}::<{offset}>::read(ip)"),
            Dialect::Stencil { .. } if width == 64 => format!("Cache64::<{offset}>(hole64!(CACHE64_{offset}))"),
            Dialect::Stencil { .. } => {
                format!("Cache{width}::<{offset}>(hole32!(CACHE{width}_{offset}) as u{width})")
            }
        }
    }
    fn exit(&self) -> &str {
        match self {
            Dialect::Handler { exit, .. } => exit,
            Dialect::Stencil { .. } => "exit_to!(EXIT)",
        }
    }
    /// The end of a branch; the condition is `taken`. True when the text ends there.
    fn branch(&self, out: &mut String) -> bool {
        match self {
            Dialect::Handler { units, .. } => {
                // Two dispatches, so that the branch predictor sees the Python branch.
                let _ = writeln!(
                    out,
                    "if taken {{ keep_branch!(); let to = {units} + (unit >> 8) as usize; next!(to) }}\nnext!({units})"
                );
                true
            }
            Dialect::Stencil { taken } => {
                let _ = writeln!(out, "if taken != {taken} {{ exit_to!(BRANCH) }}");
                false
            }
        }
    }
    /// A loop's branch to behind its end; the condition is `taken`.
    fn branch_at_end(&self, out: &mut String) {
        let _ = match self {
            Dialect::Handler { units, .. } => {
                writeln!(out, "if taken {{ keep_branch!(); let to = {units} + 1 + (unit >> 8) as usize; next!(to) }}")
            }
            Dialect::Stencil { .. } => writeln!(out, "if taken {{ exit_to!(BRANCH) }}"),
        };
    }
}

/// The call's arguments. Operands are bound to `s{index}_{n}` first.
fn arguments(step: &Step, index: usize, dialect: &Dialect) -> String {
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
            Input::Core => dialect.core().into(),
            Input::Frame => "&*frame".into(),
            Input::OpArg => format!("OpArg({})", dialect.oparg(step.part)),
            Input::Cache(width, offset) => dialect.cache(*width, *offset),
            Input::State => "&mut st".into(),
        });
    }
    parts.join(", ")
}

/// Emits a step; true when it has ended the handler itself.
pub fn emit_step(out: &mut String, step: &Step, index: usize, dialect: &Dialect, releases: &mut Vec<String>) -> bool {
    let uop = &step.uop;
    let path = format!("{}::{}::{}", dialect.root(), uop.module, uop.name);
    let exit = dialect.exit();
    if let (UopKind::Control, Dialect::Handler { units, last, .. }) = (uop.kind, dialect) {
        debug_assert!(last);
        for slot in releases.drain(..) {
            let _ = writeln!(out, "release!({slot});");
        }
        if uop.saves_instruction {
            let _ = writeln!(out, "(*frame).instr.set(ip);");
        }
        let _ = writeln!(out, "let mut st = State {{ ip: ip.add({units}), sp, frame, th: &*th }};");
        let call = format!("{path}({})", arguments(step, index, dialect));
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
    let call = format!("{path}({})", arguments(step, index, dialect));
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
            return dialect.branch(out);
        }
        UopKind::Jump => {
            let _ = writeln!(out, "ip = ip.offset({call});");
            return false;
        }
        UopKind::NullIf => {
            let _ = writeln!(out, "*sp = Slot::NULL;\nsp = sp.add({call});");
            return false;
        }
        UopKind::PeekBranch => {
            let _ = writeln!(out, "let taken = !{call};");
            dialect.branch_at_end(out);
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

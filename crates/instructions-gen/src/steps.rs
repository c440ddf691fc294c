//! The text of one uop's step: operands from the stack, the body's call, results onto the stack.
//!
//! The same text makes tier-1 handlers and stencils; a [`Dialect`] holds what differs.

use crate::definitions::{OpArgPart, Step};
use crate::uops::{Input, Output, Uop, UopKind, is_immediate};
use std::fmt::Write;

/// Where the text goes.
pub enum Dialect<'a> {
    /// An instruction's handler: constants come from the instruction and its cache.
    Handler {
        /// Units from `ip` to the instruction: 0, but for the later parts of a fused one.
        at: usize,
        /// The instruction's code unit.
        unit: &'a str,
        /// Code units of the instruction and its cache.
        units: usize,
        /// Units that follow and do nothing where a branch is not taken.
        not_taken: usize,
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
            Dialect::Handler { unit, .. } => part.of(&format!("{unit} >> 8")),
            Dialect::Stencil { .. } => "hole32!(OPARG)".into(),
        }
    }
    fn cache(&self, width: u32, offset: usize) -> String {
        match self {
            Dialect::Handler { at: 0, .. } => format!("Cache{width}::<{offset}>::read(ip)"),
            Dialect::Handler { at, .. } => format!("Cache{width}::<{offset}>::read(ip.add({at}))"),
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
            Dialect::Handler { at, unit, units, not_taken, .. } => {
                let end = at + units;
                // Two dispatches, so that the branch predictor sees the Python branch.
                let _ = writeln!(
                    out,
                    "if taken {{ keep_branch!(); let to = {end} + ({unit} >> 8) as usize; next!(to) }}\nnext!({})",
                    end + not_taken
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
            Dialect::Handler { at, unit, units, .. } => writeln!(
                out,
                "if taken {{ keep_branch!(); let to = {} + ({unit} >> 8) as usize; next!(to) }}",
                at + units + 1
            ),
            Dialect::Stencil { .. } => writeln!(out, "if taken {{ exit_to!(BRANCH) }}"),
        };
    }
}

/// A slot that the text has in a variable.
#[derive(Clone)]
struct Pushed {
    name: String,
    /// The slot for who only looks at it, where that is cheaper.
    look: Option<String>,
    /// The value in it, where the text has that.
    value: Option<String>,
    /// It may own what it holds.
    owned: bool,
}

/// The operand stack as the text goes on: what has been pushed and not been written yet, and how many slots below have been
/// taken. The register `sp` stays as it is until [`Stack::write`].
#[derive(Default)]
pub struct Stack {
    pushed: Vec<Pushed>,
    taken: usize,
    /// How many names have been made.
    names: usize,
}

impl Stack {
    /// The slot `depth` places below the top; 1 is the top.
    fn slot(&self, depth: usize) -> Pushed {
        match self.pushed.len().checked_sub(depth) {
            Some(index) => self.pushed[index].clone(),
            None => {
                let name = format!("*sp.sub({})", self.taken + depth - self.pushed.len());
                Pushed { name, look: None, value: None, owned: true }
            }
        }
    }
    fn pop(&mut self, count: usize) {
        let rest = self.pushed.len().saturating_sub(count);
        self.taken += count.saturating_sub(self.pushed.len());
        self.pushed.truncate(rest);
    }
    fn push(&mut self, out: &mut String, slot: &str) -> &mut Pushed {
        let name = format!("p{}", self.names);
        self.names += 1;
        let _ = writeln!(out, "let {name}: Slot = {slot};");
        self.pushed.push(Pushed { name, look: None, value: None, owned: true });
        let last = self.pushed.len() - 1;
        &mut self.pushed[last]
    }
    /// Writes what has been pushed, and moves `sp`.
    pub fn write(&mut self, out: &mut String) {
        for (place, slot) in self.pushed.iter().enumerate() {
            let _ = writeln!(out, "*sp.offset({}) = {};", place as isize - self.taken as isize, slot.name);
        }
        let delta = self.pushed.len() as isize - self.taken as isize;
        if delta != 0 {
            let _ = writeln!(out, "sp = sp.offset({delta});");
        }
        (self.pushed, self.taken) = (Vec::new(), 0);
    }
}

/// The call's arguments. Operands are bound to `s{index}_{n}` first.
fn arguments(step: &Step, index: usize, dialect: &Dialect, slots: &[Pushed]) -> String {
    let mut operand = 0;
    let mut parts = Vec::new();
    for input in &step.uop.inputs {
        parts.push(match input {
            Input::Ref(_) => {
                operand += 1;
                match &slots[operand - 1].value {
                    Some(value) => format!("Ref::new({value})"),
                    None => format!("Ref::from_slot(s{index}_{})", operand - 1),
                }
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

/// Calls a control body on the registers and goes where it says.
fn control(call: &str, units: usize, on_exit: &str) -> String {
    format!(
        "let mut st = State {{ ip: ip.add({units}), sp, frame, th: &*th }};
match {call} {{
Flow::Next => {{ load!(st); next!(0) }}
Flow::Exit => {on_exit},
Flow::Error => {{ load!(st); ip = ip.sub(1); error!() }}
Flow::Reraise => {{ load!(st); ip = ip.sub(1); reraise!() }}
Flow::Leave => {{ load!(st); leave!() }} }}
"
    )
}

/// The name of the function for what a control body leaves to its slow one.
pub fn slow_part(uop: &Uop) -> String {
    format!("{}_SLOW", uop.name.to_uppercase())
}

/// What that function does.
pub fn slow_body(step: &Step, dialect: &Dialect) -> String {
    let (uop, Dialect::Handler { units, .. }) = (&step.uop, dialect) else { return String::new() };
    let slow = uop.slow.as_deref().unwrap_or_default();
    let call = format!("{}::{}::{slow}({})", dialect.root(), uop.module, arguments(step, 0, dialect, &[]));
    control(&call, *units, "unreachable_flow!()")
}

/// Emits a step; true when it has ended the handler itself. What it pushes is left to the stack to write.
pub fn emit_step(
    out: &mut String,
    step: &Step,
    index: usize,
    dialect: &Dialect,
    stack: &mut Stack,
    releases: &mut Vec<String>,
) -> bool {
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
        let arguments = arguments(step, index, dialect, &[]);
        let exit = if exit.is_empty() { "unreachable_flow!()" } else { exit };
        let on_exit = match &uop.slow {
            Some(_) => format!("slow!({} {{ {{ {} }} }})", slow_part(uop), slow_body(step, dialect)),
            None => exit.to_string(),
        };
        out.push_str(&control(&format!("{path}({arguments})"), *units, &on_exit));
        return true;
    }
    if uop.kind == UopKind::Redirect {
        let _ = writeln!(out, "let mut st = State {{ ip, sp, frame, th: &*th }};");
        let _ = writeln!(out, "match {path}({}) {{", arguments(step, index, dialect, &[]));
        let _ = writeln!(out, "Redirect::To(opcode) => {{ load!(st); dispatch_as!(opcode) }}");
        let _ = writeln!(out, "Redirect::Next => {{ load!(st); next!(0) }}");
        let _ = writeln!(out, "Redirect::Error => {{ load!(st); error!() }} }}");
        return true;
    }
    let operands = uop.operands();
    let first_depth = if uop.kind == UopKind::Guard { step.depth + 1 } else { operands };
    let slots: Vec<Pushed> = (0..operands).map(|n| stack.slot(first_depth - n)).collect();
    let kinds: Vec<&Input> = uop.inputs.iter().filter(|i| matches!(i, Input::Ref(_) | Input::Slot)).collect();
    for (n, slot) in slots.iter().enumerate() {
        let looks = uop.kind == UopKind::Guard || matches!(kinds[n], Input::Ref(_));
        let slot = slot.look.as_ref().filter(|_| looks).unwrap_or(&slot.name);
        let _ = writeln!(out, "let s{index}_{n} = {slot};");
    }
    if uop.escapes() {
        let _ = writeln!(out, "(*frame).instr.set(ip);");
    }
    let call = format!("{path}({})", arguments(step, index, dialect, &slots));
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
            stack.pop(operands);
            stack.write(out);
            for n in 0..operands {
                if matches!(&uop.inputs[n], Input::Ref(kind) if !is_immediate(kind)) && slots[n].owned {
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
            stack.write(out);
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
    stack.pop(uop.pops());
    for (n, output) in uop.outputs.iter().enumerate() {
        let name = format!("o{index}_{n}");
        match output {
            Output::Dead => {}
            Output::Raw => {
                let slot = stack.push(out, &format!("{name}.0"));
                slot.owned = !uop.borrows;
                slot.look = uop.look.as_ref().map(|look| {
                    let module = &uop.module;
                    format!("{}::{module}::{look}({})", dialect.root(), arguments(step, index, dialect, &slots))
                });
            }
            Output::Own(kind) if is_immediate(kind) => {
                let _ = writeln!(out, "let v{index}_{n} = {name}.0;");
                let slot = stack.push(out, &format!("{name}.into_slot()"));
                (slot.owned, slot.value) = (false, Some(format!("v{index}_{n}")));
            }
            Output::Own(_) | Output::Obj => {
                stack.push(out, &format!("{name}.into_slot()"));
            }
        }
    }
    for (n, kind) in kinds.iter().enumerate() {
        let stays = uop.kind == UopKind::Peek || (uop.kind == UopKind::PeekBelow && n + 1 < kinds.len());
        if let Input::Ref(kind) = kind
            && !stays
            && !is_immediate(kind)
            && slots[n].owned
        {
            releases.push(format!("s{index}_{n}"));
        }
    }
    for (n, output) in uop.outputs.iter().enumerate() {
        if *output == Output::Dead {
            releases.push(format!("o{index}_{n}.0"));
        }
    }
    false
}

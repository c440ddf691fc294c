//! What the generator says about instructions and uops.

/// One uop of an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// The uop's name in listings; a guard's name says how deep it looks.
    pub uop: &'static str,
    pub part: OpArgPart,
}

/// What of the instruction's oparg a uop gets: superinstructions hand out halves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OpArgPart {
    Whole,
    /// All but the low four bits.
    High,
    /// The low four bits.
    Low,
}

impl OpArgPart {
    /// The part of `oparg`.
    pub fn of(self, oparg: u32) -> u32 {
        match self {
            OpArgPart::Whole => oparg,
            OpArgPart::High => oparg >> 4,
            OpArgPart::Low => oparg & 15,
        }
    }
}

/// How a uop deals with its operands and with the instruction pointer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UopKind {
    /// Pops its operands, pushes its results.
    Plain,
    /// Looks at one operand and may exit.
    Guard,
    /// Leaves its operands on the stack.
    Peek,
    /// Leaves all operands but the top one.
    PeekBelow,
    /// Pops, then jumps by the oparg when true.
    Branch,
    /// Leaves its operand; jumps behind the loop when false.
    PeekBranch,
    /// Moves the instruction pointer.
    Jump,
    /// Pushes as many nulls (0 or 1) as it says.
    NullIf,
    /// Works on the registers itself.
    Control,
    /// As `Control`, in front of another instruction at the same place.
    Redirect,
}

/// Facts about a uop.
pub struct UopInfo {
    pub name: &'static str,
    pub kind: UopKind,
    /// Uses the oparg.
    pub oparg: bool,
    pub pops: usize,
    pub pushes: usize,
    /// May exit to the generic form.
    pub deopts: bool,
    pub raises: bool,
    /// May run arbitrary Python code.
    pub escapes: bool,
}

include!(concat!(env!("OUT_DIR"), "/metadata.rs"));

/// The uops an instruction expands to.
pub fn expansion(opcode: u16) -> Option<&'static [Step]> {
    EXPANSIONS.iter().find(|(number, _)| *number == opcode).map(|(_, steps)| *steps)
}

/// The first of the instructions that a fused one does in one go; any other opcode itself. The code behind it has the rest.
pub fn first_part(opcode: u16) -> u16 {
    FUSIONS.iter().find(|(fused, _)| *fused == opcode).map_or(opcode, |(_, parts)| parts[0])
}

/// The facts about a uop.
pub fn uop(name: &str) -> Option<&'static UopInfo> {
    UOPS.iter().find(|u| u.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_the_compiler_emits_has_a_handler() {
        let missing: Vec<&str> = whipsnake_bytecode::opcodes::ALL
            .iter()
            .filter(|op| !op.is_pseudo() && !op.is_instrumented() && !op.is_specialized())
            .filter(|op| expansion(op.number()).is_none())
            .map(|op| op.name())
            .collect();
        // Never executed as such: cache entries, the prefix that the dispatcher decodes, and what tracing will install.
        assert_eq!(missing, ["CACHE", "RESERVED", "EXTENDED_ARG", "ENTER_EXECUTOR"]);
    }

    #[test]
    fn what_may_run_python_code_is_known_from_signatures() {
        assert!(uop("_BINARY_OP_ADD_INT").is_some_and(|u| u.deopts && !u.escapes && u.pops == 2 && u.pushes == 1));
        assert!(uop("_BINARY_OP").is_some_and(|u| u.escapes && u.raises && !u.deopts));
        assert!(uop("_LOAD_FAST_BORROW").is_some_and(|uop| !uop.escapes && uop.pushes == 1));
    }
}

//! What the generator says about instructions and uops.

/// Facts about a uop.
pub struct UopInfo {
    pub name: &'static str,
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
pub fn expansion(opcode: u16) -> Option<&'static [&'static str]> {
    EXPANSIONS.iter().find(|(number, _)| *number == opcode).map(|(_, uops)| *uops)
}

#[cfg(test)]
mod tests {
    use super::*;
    use whipsnake_bytecode::Opcode;

    fn uops(op: Opcode) -> &'static [&'static str] {
        expansion(op.number()).unwrap_or(&[])
    }

    /// The loop of the fibonacci program (`for _ in range(n): a, b = b, a + b`), specialised.
    #[test]
    fn the_fibonacci_loop_expands_to_the_expected_uops() {
        let listing: Vec<&str> = [
            Opcode::FOR_ITER_RANGE,
            Opcode::STORE_FAST,
            Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW,
            Opcode::LOAD_FAST_BORROW,
            Opcode::BINARY_OP_ADD_INT,
            Opcode::STORE_FAST_STORE_FAST,
            Opcode::JUMP_BACKWARD,
        ]
        .into_iter()
        .flat_map(|op| uops(op).iter().copied())
        .collect();
        assert_eq!(
            listing,
            [
                "_ITER_CHECK_RANGE",
                "_GUARD_NOT_EXHAUSTED_RANGE",
                "_ITER_NEXT_RANGE",
                "_STORE_FAST",
                "_LOAD_FAST_BORROW_LOAD_FAST_BORROW",
                "_LOAD_FAST_BORROW",
                "_GUARD_TOS_INT",
                "_GUARD_NOS_INT",
                "_BINARY_OP_ADD_INT",
                "_STORE_FAST_STORE_FAST",
                "_JUMP_BACKWARD",
            ]
        );
    }

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
        let info = |name: &str| UOPS.iter().find(|uop| uop.name == name);
        assert!(
            info("_BINARY_OP_ADD_INT")
                .is_some_and(|uop| uop.deopts && !uop.escapes && uop.pops == 2 && uop.pushes == 1)
        );
        assert!(info("_BINARY_OP").is_some_and(|uop| uop.escapes && uop.raises && !uop.deopts));
        assert!(info("_LOAD_FAST_BORROW").is_some_and(|uop| !uop.escapes && uop.pushes == 1));
    }
}

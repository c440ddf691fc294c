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

//! Opcodes: numbers, names and static facts.
//!
//! Everything here is derived from the one table in `opcode_table.rs`. The numbers, names, cache sizes and stack effects are
//! those of CPython 3.14, so that `dis`, `opcode` and CPython's own test suite see what they expect.
//! Invariant: an `Opcode` below 256 fits a code unit; all others are pseudo instructions and never reach a `Code`.

use crate::for_each_opcode;

/// Static properties of an instruction, as a bit set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct OpFlags(pub u16);

impl OpFlags {
    pub const NONE: u16 = 0;
    /// The instruction reads its oparg.
    pub const ARG: u16 = 1;
    /// The oparg indexes `co_consts`.
    pub const CONST: u16 = 2;
    /// The oparg (possibly shifted) indexes `co_names`.
    pub const NAME: u16 = 4;
    /// The oparg is a jump offset.
    pub const JUMP: u16 = 8;
    /// The oparg indexes the fast locals.
    pub const LOCAL: u16 = 16;
    /// The oparg indexes a cell or free variable.
    pub const FREE: u16 = 32;
    /// Pseudo instruction that opens an exception-handling region.
    pub const PUSHES_BLOCK: u16 = 64;

    /// Whether any bit of `mask` is set.
    pub const fn has(self, mask: u16) -> bool {
        self.0 & mask != 0
    }
}

/// What the table says about one opcode.
#[derive(Clone, Copy, Debug)]
pub struct OpInfo {
    pub name: &'static str,
    /// The plain instruction whose specialised or instrumented form this is; itself otherwise.
    pub family: Opcode,
    /// Units of inline cache that follow the instruction.
    pub caches: u8,
    pub flags: OpFlags,
}

macro_rules! define_opcodes {
    ($($name:ident = $number:literal, $family:ident, caches $caches:literal, flags [$($flag:ident)|*],
       |$n:ident| $pops:expr => $pushes:expr;)*) => {
        /// An instruction of the virtual machine (or a pseudo instruction of the compiler, from 256 on).
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u16)]
        pub enum Opcode { $($name = $number,)* }

        /// The opcodes as plain numbers, for tables indexed by code-unit byte.
        pub mod number {
            $(pub const $name: u16 = $number;)*
        }

        /// All opcodes in the order of their numbers.
        pub const ALL: &[Opcode] = &[$(Opcode::$name,)*];

        const INFO: [Option<OpInfo>; TABLE_LEN] = {
            let mut table = [None; TABLE_LEN];
            $(table[$number] = Some(OpInfo {
                name: stringify!($name),
                family: Opcode::$family,
                caches: $caches,
                flags: OpFlags(0 $(| OpFlags::$flag)*),
            });)*
            table
        };

        const fn pops_of(op: Opcode, oparg: u32) -> u32 {
            match op { $(Opcode::$name => { let $n = oparg; let _ = $n; $pops })* }
        }

        const fn pushes_of(op: Opcode, oparg: u32) -> u32 {
            match op { $(Opcode::$name => { let $n = oparg; let _ = $n; $pushes })* }
        }
    };
}

/// One more than the highest opcode number.
pub const TABLE_LEN: usize = 267;
/// Opcodes up to this number ignore their oparg.
pub const HAVE_ARGUMENT: u16 = 43;
/// The first of the numbers that instrumented forms use.
pub const MIN_INSTRUMENTED_OPCODE: u16 = 234;
/// The first pseudo instruction.
pub const MIN_PSEUDO_OPCODE: u16 = 256;

static INFO_TABLE: [Option<OpInfo>; TABLE_LEN] = INFO;

for_each_opcode!(define_opcodes);

impl Opcode {
    /// The opcode with this number, if there is one.
    pub fn from_number(number: u16) -> Option<Opcode> {
        // The table is sorted by number; a dense map keeps this O(1).
        static BY_NUMBER: [Option<Opcode>; TABLE_LEN] = {
            let mut map = [None; TABLE_LEN];
            let mut i = 0;
            while i < ALL.len() {
                map[ALL[i] as usize] = Some(ALL[i]);
                i += 1;
            }
            map
        };
        BY_NUMBER.get(number as usize).copied().flatten()
    }

    /// The opcode with this name, if there is one.
    pub fn from_name(name: &str) -> Option<Opcode> {
        ALL.iter().copied().find(|op| op.name() == name)
    }

    /// The number that code units and `opcode.opmap` use.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The table row of this opcode.
    pub fn info(self) -> &'static OpInfo {
        match &INFO_TABLE[self as usize] {
            Some(info) => info,
            // The macro fills a row for every variant.
            None => unreachable!(),
        }
    }

    /// The name `dis` prints.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// The plain form of a specialised or instrumented instruction.
    pub fn deopt(self) -> Opcode {
        self.info().family
    }

    /// Units of inline cache after the instruction.
    pub fn caches(self) -> usize {
        self.info().caches as usize
    }

    pub fn has_arg(self) -> bool {
        self.info().flags.has(OpFlags::ARG)
    }
    pub fn has_const(self) -> bool {
        self.info().flags.has(OpFlags::CONST)
    }
    pub fn has_name(self) -> bool {
        self.info().flags.has(OpFlags::NAME)
    }
    pub fn has_jump(self) -> bool {
        self.info().flags.has(OpFlags::JUMP)
    }
    pub fn has_local(self) -> bool {
        self.info().flags.has(OpFlags::LOCAL)
    }
    pub fn has_free(self) -> bool {
        self.info().flags.has(OpFlags::FREE)
    }
    /// SETUP_FINALLY, SETUP_WITH and SETUP_CLEANUP.
    pub fn pushes_block(self) -> bool {
        self.info().flags.has(OpFlags::PUSHES_BLOCK)
    }
    pub fn is_pseudo(self) -> bool {
        self as u16 >= MIN_PSEUDO_OPCODE
    }
    pub fn is_instrumented(self) -> bool {
        let n = self as u16;
        (MIN_INSTRUMENTED_OPCODE..MIN_PSEUDO_OPCODE).contains(&n) && self != Opcode::ENTER_EXECUTOR
    }
    /// A specialised form: not a plain, instrumented or pseudo instruction.
    pub fn is_specialized(self) -> bool {
        self.deopt() != self && !self.is_instrumented()
    }
    /// A form of our own, whose number means nothing in CPython 3.14.
    pub fn is_own(self) -> bool {
        self.is_specialized() && matches!(self.number(), 121..=127 | 212..=233)
    }

    /// The instrumented form of a plain instruction that has one of its own.
    pub fn instrumented(self) -> Option<Opcode> {
        static BY_NUMBER: [Option<Opcode>; TABLE_LEN] = {
            let mut map = [None; TABLE_LEN];
            let mut i = 0;
            while i < ALL.len() {
                let number = ALL[i] as u16;
                if number >= MIN_INSTRUMENTED_OPCODE
                    && number < MIN_PSEUDO_OPCODE
                    && let Some(info) = &INFO[number as usize]
                    && info.family as u16 != number
                {
                    map[info.family as usize] = Some(ALL[i]);
                }
                i += 1;
            }
            map
        };
        BY_NUMBER[self as usize]
    }
    /// Several instructions in one: the others of them follow in the code.
    pub fn is_fused(self) -> bool {
        self.is_specialized() && self.name().contains("__")
    }
    /// Jumps whose offset counts backwards from the next instruction.
    pub fn jumps_backward(self) -> bool {
        matches!(self.deopt(), Opcode::JUMP_BACKWARD | Opcode::JUMP_BACKWARD_NO_INTERRUPT | Opcode::END_ASYNC_FOR)
    }

    /// Values taken from the stack. For block-pushing pseudo instructions: on the edge to the handler.
    pub const fn popped(self, oparg: u32) -> u32 {
        pops_of(self, oparg)
    }

    /// Values put on the stack. For block-pushing pseudo instructions: on the edge to the handler.
    pub const fn pushed(self, oparg: u32) -> u32 {
        pushes_of(self, oparg)
    }

    /// Net change of the stack depth; `jump` selects the branch taken (it matters for block-pushing pseudo instructions only).
    pub fn stack_effect(self, oparg: u32, jump: bool) -> i64 {
        if self.pushes_block() && !jump {
            return 0;
        }
        i64::from(self.pushed(oparg)) - i64::from(self.popped(oparg))
    }
}

/// Oparg of BINARY_OP, in CPython's order: (name, operator).
pub const BINARY_OPS: [(&str, &str); 27] = [
    ("NB_ADD", "+"),
    ("NB_AND", "&"),
    ("NB_FLOOR_DIVIDE", "//"),
    ("NB_LSHIFT", "<<"),
    ("NB_MATRIX_MULTIPLY", "@"),
    ("NB_MULTIPLY", "*"),
    ("NB_REMAINDER", "%"),
    ("NB_OR", "|"),
    ("NB_POWER", "**"),
    ("NB_RSHIFT", ">>"),
    ("NB_SUBTRACT", "-"),
    ("NB_TRUE_DIVIDE", "/"),
    ("NB_XOR", "^"),
    ("NB_INPLACE_ADD", "+="),
    ("NB_INPLACE_AND", "&="),
    ("NB_INPLACE_FLOOR_DIVIDE", "//="),
    ("NB_INPLACE_LSHIFT", "<<="),
    ("NB_INPLACE_MATRIX_MULTIPLY", "@="),
    ("NB_INPLACE_MULTIPLY", "*="),
    ("NB_INPLACE_REMAINDER", "%="),
    ("NB_INPLACE_OR", "|="),
    ("NB_INPLACE_POWER", "**="),
    ("NB_INPLACE_RSHIFT", ">>="),
    ("NB_INPLACE_SUBTRACT", "-="),
    ("NB_INPLACE_TRUE_DIVIDE", "/="),
    ("NB_INPLACE_XOR", "^="),
    ("NB_SUBSCR", "[]"),
];

/// Opargs of BINARY_OP by name.
pub mod binary_op {
    pub const ADD: u32 = 0;
    pub const AND: u32 = 1;
    pub const FLOOR_DIVIDE: u32 = 2;
    pub const LSHIFT: u32 = 3;
    pub const MATRIX_MULTIPLY: u32 = 4;
    pub const MULTIPLY: u32 = 5;
    pub const REMAINDER: u32 = 6;
    pub const OR: u32 = 7;
    pub const POWER: u32 = 8;
    pub const RSHIFT: u32 = 9;
    pub const SUBTRACT: u32 = 10;
    pub const TRUE_DIVIDE: u32 = 11;
    pub const XOR: u32 = 12;
    /// Added to an operator's number to get its augmented-assignment form.
    pub const INPLACE: u32 = 13;
    pub const SUBSCR: u32 = 26;
}

/// Comparison operators in the order of COMPARE_OP's oparg (`oparg >> 5`).
pub const COMPARE_OPS: [&str; 6] = ["<", "<=", "==", "!=", ">", ">="];

/// Low bits of COMPARE_OP's oparg: which outcomes make the comparison true, and whether a bool is wanted.
pub mod compare_mask {
    pub const UNORDERED: u32 = 1;
    pub const LESS_THAN: u32 = 2;
    pub const GREATER_THAN: u32 = 4;
    pub const EQUALS: u32 = 8;
    pub const NOT_EQUALS: u32 = UNORDERED | LESS_THAN | GREATER_THAN;
    /// Set when the result is converted with `bool()` by the instruction itself.
    pub const TO_BOOL: u32 = 16;
}

/// Oparg of CALL_INTRINSIC_1.
pub const INTRINSIC_1: [&str; 12] = [
    "INTRINSIC_1_INVALID",
    "INTRINSIC_PRINT",
    "INTRINSIC_IMPORT_STAR",
    "INTRINSIC_STOPITERATION_ERROR",
    "INTRINSIC_ASYNC_GEN_WRAP",
    "INTRINSIC_UNARY_POSITIVE",
    "INTRINSIC_LIST_TO_TUPLE",
    "INTRINSIC_TYPEVAR",
    "INTRINSIC_PARAMSPEC",
    "INTRINSIC_TYPEVARTUPLE",
    "INTRINSIC_SUBSCRIPT_GENERIC",
    "INTRINSIC_TYPEALIAS",
];

/// Opargs of CALL_INTRINSIC_1 by name.
pub mod intrinsic_1 {
    pub const PRINT: u32 = 1;
    pub const IMPORT_STAR: u32 = 2;
    pub const STOPITERATION_ERROR: u32 = 3;
    pub const ASYNC_GEN_WRAP: u32 = 4;
    pub const UNARY_POSITIVE: u32 = 5;
    pub const LIST_TO_TUPLE: u32 = 6;
    pub const TYPEVAR: u32 = 7;
    pub const PARAMSPEC: u32 = 8;
    pub const TYPEVARTUPLE: u32 = 9;
    pub const SUBSCRIPT_GENERIC: u32 = 10;
    pub const TYPEALIAS: u32 = 11;
}

/// Oparg of CALL_INTRINSIC_2.
pub const INTRINSIC_2: [&str; 6] = [
    "INTRINSIC_2_INVALID",
    "INTRINSIC_PREP_RERAISE_STAR",
    "INTRINSIC_TYPEVAR_WITH_BOUND",
    "INTRINSIC_TYPEVAR_WITH_CONSTRAINTS",
    "INTRINSIC_SET_FUNCTION_TYPE_PARAMS",
    "INTRINSIC_SET_TYPEPARAM_DEFAULT",
];

/// Opargs of CALL_INTRINSIC_2 by name.
pub mod intrinsic_2 {
    pub const PREP_RERAISE_STAR: u32 = 1;
    pub const TYPEVAR_WITH_BOUND: u32 = 2;
    pub const TYPEVAR_WITH_CONSTRAINTS: u32 = 3;
    pub const SET_FUNCTION_TYPE_PARAMS: u32 = 4;
    pub const SET_TYPEPARAM_DEFAULT: u32 = 5;
}

/// Oparg of LOAD_SPECIAL.
pub const SPECIAL_METHODS: [&str; 4] = ["__enter__", "__exit__", "__aenter__", "__aexit__"];

/// Opargs of LOAD_SPECIAL by name.
pub mod special_method {
    pub const ENTER: u32 = 0;
    pub const EXIT: u32 = 1;
    pub const AENTER: u32 = 2;
    pub const AEXIT: u32 = 3;
}

/// Oparg of LOAD_COMMON_CONSTANT.
pub const COMMON_CONSTANTS: [&str; 5] = ["AssertionError", "NotImplementedError", "tuple", "all", "any"];

/// Opargs of LOAD_COMMON_CONSTANT by name.
pub mod common_constant {
    pub const ASSERTION_ERROR: u32 = 0;
    pub const NOT_IMPLEMENTED_ERROR: u32 = 1;
    pub const BUILTIN_TUPLE: u32 = 2;
    pub const BUILTIN_ALL: u32 = 3;
    pub const BUILTIN_ANY: u32 = 4;
}

/// Oparg of SET_FUNCTION_ATTRIBUTE: which attribute the value below the function becomes.
pub mod function_attribute {
    pub const DEFAULTS: u32 = 1;
    pub const KWDEFAULTS: u32 = 2;
    pub const ANNOTATIONS: u32 = 4;
    pub const CLOSURE: u32 = 8;
    pub const ANNOTATE: u32 = 16;
}

/// Oparg of RESUME: where execution resumes (low two bits), and whether an exception handler of the function covers it.
pub mod resume {
    pub const AT_FUNC_START: u32 = 0;
    pub const AFTER_YIELD: u32 = 1;
    pub const AFTER_YIELD_FROM: u32 = 2;
    pub const AFTER_AWAIT: u32 = 3;
    pub const LOCATION_MASK: u32 = 3;
    pub const DEPTH1_MASK: u32 = 4;
}

/// Oparg of CONVERT_VALUE, and the conversion field of BUILD_INTERPOLATION.
pub mod conversion {
    pub const NONE: u32 = 0;
    pub const STR: u32 = 1;
    pub const REPR: u32 = 2;
    pub const ASCII: u32 = 3;
}

/// Named fields of the inline caches, with their sizes in units, in the order of `opcode._cache_format`.
pub const CACHE_FORMAT: &[(&str, &[(&str, u8)])] = &[
    ("LOAD_GLOBAL", &[("counter", 1), ("index", 1), ("module_keys_version", 1), ("builtin_keys_version", 1)]),
    ("BINARY_OP", &[("counter", 1), ("descr", 4)]),
    ("UNPACK_SEQUENCE", &[("counter", 1)]),
    ("COMPARE_OP", &[("counter", 1)]),
    ("CONTAINS_OP", &[("counter", 1)]),
    ("FOR_ITER", &[("counter", 1)]),
    ("LOAD_SUPER_ATTR", &[("counter", 1)]),
    ("LOAD_ATTR", &[("counter", 1), ("version", 2), ("keys_version", 2), ("descr", 4)]),
    ("STORE_ATTR", &[("counter", 1), ("version", 2), ("index", 1)]),
    ("CALL", &[("counter", 1), ("func_version", 2)]),
    ("CALL_KW", &[("counter", 1), ("func_version", 2)]),
    ("STORE_SUBSCR", &[("counter", 1)]),
    ("SEND", &[("counter", 1)]),
    ("JUMP_BACKWARD", &[("counter", 1)]),
    ("TO_BOOL", &[("counter", 1), ("version", 2)]),
    ("POP_JUMP_IF_TRUE", &[("counter", 1)]),
    ("POP_JUMP_IF_FALSE", &[("counter", 1)]),
    ("POP_JUMP_IF_NONE", &[("counter", 1)]),
    ("POP_JUMP_IF_NOT_NONE", &[("counter", 1)]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted_and_families_are_plain() {
        for pair in ALL.windows(2) {
            assert!(pair[0].number() < pair[1].number());
        }
        for &op in ALL {
            assert_eq!(Opcode::from_number(op.number()), Some(op));
            assert_eq!(Opcode::from_name(op.name()), Some(op));
            assert_eq!(op.deopt().deopt(), op.deopt(), "{}", op.name());
            assert_eq!(op.caches(), op.deopt().caches(), "{}", op.name());
        }
    }

    #[test]
    fn cache_format_agrees_with_the_table() {
        for (name, fields) in CACHE_FORMAT {
            let total: u8 = fields.iter().map(|(_, size)| size).sum();
            assert_eq!(Opcode::from_name(name).map(Opcode::caches), Some(total as usize), "{name}");
        }
    }

    #[test]
    fn counts_of_cpython_3_14() {
        // CPython's 84 forms, nine of our own, and 20 fused instructions.
        assert_eq!(ALL.iter().filter(|op| op.is_specialized()).count(), 84 + 9 + 20);
        assert_eq!(ALL.iter().filter(|op| op.is_own()).count(), 9 + 20);
        assert_eq!(ALL.iter().filter(|op| op.is_pseudo()).count(), 11);
    }
}

//! The machine code of the hottest handlers: no stack traffic and no calls on the way from entry to dispatch.
//!
//! The binary that the tests run is read: Cargo.toml has handlers and their bodies optimised in every profile. A way is *fast*
//! if it leads from the handler's entry to a dispatch jump without a call; what is on no such way is cold code out of line.
//! Each handler must have a fast way, and no fast way may touch the native stack: an interpreter whose registers are saved
//! and restored around every instruction is several times slower, and nothing else would show it.

#![cfg(target_arch = "x86_64")]

use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, InstructionInfoFactory, Register};
use object::{Object, ObjectSection, ObjectSymbol};
use std::collections::HashMap;

/// Handlers that must be like that. Add to the list what becomes hot. Of two that are made of the same uops the compiler keeps
/// one under either name.
const HANDLERS: &[&str] = &[
    "LOAD_FAST",
    "LOAD_FAST_BORROW",
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW",
    "LOAD_FAST_LOAD_FAST",
    "LOAD_CONST",
    "LOAD_SMALL_INT",
    "STORE_FAST",
    "STORE_FAST_LOAD_FAST",
    "STORE_FAST_STORE_FAST",
    "POP_TOP",
    "BINARY_OP_ADD_INT",
    "BINARY_OP_SUBTRACT_INT",
    "BINARY_OP_MULTIPLY_INT",
    "BINARY_OP_ADD_FLOAT",
    "BINARY_OP_SUBSCR_LIST_INT",
    "STORE_SUBSCR_LIST_INT",
    "COMPARE_OP_INT",
    "POP_JUMP_IF_FALSE",
    "POP_JUMP_IF_TRUE",
    "FOR_ITER_RANGE",
    "FOR_ITER_LIST",
    "JUMP_BACKWARD_NO_JIT|JUMP_BACKWARD_JIT",
    "RESUME_CHECK",
    "LOAD_GLOBAL_MODULE",
    "LOAD_GLOBAL_BUILTIN",
    "LOAD_ATTR_INSTANCE_VALUE",
    "LOAD_ATTR_SLOT",
    "LOAD_ATTR_METHOD_WITH_VALUES",
    "STORE_ATTR_INSTANCE_VALUE",
    "CALL_PY_EXACT_ARGS",
    "TO_BOOL_BOOL",
    "COMPARE_OP_FLOAT",
    "BINARY_OP_SUBSCR_TUPLE_INT",
    "UNPACK_SEQUENCE_TWO_TUPLE",
    "LOAD_ATTR_METHOD_NO_DICT",
    "FOR_ITER_TUPLE",
    "COPY",
    "SWAP",
    "LOAD_FAST_BORROW__LOAD_ATTR_INSTANCE_VALUE",
    "LOAD_FAST_BORROW__LOAD_ATTR_METHOD_WITH_VALUES",
    "LOAD_FAST_BORROW__LOAD_ATTR_SLOT",
    "LOAD_FAST_BORROW__STORE_ATTR_INSTANCE_VALUE",
    "LOAD_FAST_BORROW__BINARY_OP_ADD_INT",
    "LOAD_FAST_BORROW__BINARY_OP_MULTIPLY_FLOAT",
    "LOAD_FAST_BORROW__BINARY_OP_SUBSCR_LIST_INT",
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW__STORE_ATTR_INSTANCE_VALUE",
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW__BINARY_OP_SUBSCR_LIST_INT",
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW__COMPARE_OP_INT__POP_JUMP_IF_FALSE",
    "LOAD_SMALL_INT__BINARY_OP_ADD_INT",
    "LOAD_SMALL_INT__BINARY_OP_SUBTRACT_INT",
    "LOAD_SMALL_INT__COMPARE_OP_INT__POP_JUMP_IF_FALSE",
    "COMPARE_OP_INT__POP_JUMP_IF_FALSE",
    "COMPARE_OP_INT__POP_JUMP_IF_TRUE",
    "LOAD_FAST_BORROW__BINARY_OP_MULTIPLY_FLOAT__BINARY_OP_ADD_FLOAT",
    "TO_BOOL_BOOL__POP_JUMP_IF_FALSE",
    "TO_BOOL_BOOL__POP_JUMP_IF_TRUE",
    "FOR_ITER_LIST__STORE_FAST",
    "FOR_ITER_RANGE__STORE_FAST",
];

/// A handler's instructions, by address.
struct Handler {
    instructions: Vec<Instruction>,
    index: HashMap<u64, usize>,
}

impl Handler {
    fn decode(code: &[u8], address: u64) -> Handler {
        let mut instructions = Vec::new();
        let mut index = HashMap::new();
        for instruction in Decoder::with_ip(64, code, address, DecoderOptions::NONE).iter() {
            index.insert(instruction.ip(), instructions.len());
            instructions.push(instruction);
        }
        Handler { instructions, index }
    }

    /// The instructions that may follow within the handler, calls never being left.
    fn successors(&self, at: usize) -> Vec<usize> {
        let instruction = &self.instructions[at];
        let next = Some(instruction.next_ip());
        let target = Some(instruction.near_branch_target());
        let (next, target) = match instruction.flow_control() {
            FlowControl::Next => (next, None),
            FlowControl::ConditionalBranch => (next, target),
            FlowControl::UnconditionalBranch => (None, target),
            _ => (None, None),
        };
        [next, target].into_iter().flatten().filter_map(|ip| self.index.get(&ip).copied()).collect()
    }

    /// What is on a way from the entry to a dispatch jump.
    fn fast(&self) -> Vec<&Instruction> {
        let len = self.instructions.len();
        let mut reached = vec![false; len];
        let mut predecessors = vec![Vec::new(); len];
        let mut open = vec![0];
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut reached[at], true) {
                continue;
            }
            for next in self.successors(at) {
                predecessors[next].push(at);
                open.push(next);
            }
        }
        let dispatches = |at: &usize| self.instructions[*at].flow_control() == FlowControl::IndirectBranch;
        let mut open: Vec<usize> = (0..len).filter(|at| reached[*at]).filter(dispatches).collect();
        let mut fast = vec![false; len];
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut fast[at], true) {
                open.extend(&predecessors[at]);
            }
        }
        (0..len).filter(|at| fast[*at]).map(|at| &self.instructions[at]).collect()
    }

    /// What is wrong with it.
    fn fault(&self) -> Option<String> {
        let fast = self.fast();
        if fast.is_empty() {
            return Some("every way to the next instruction makes a call".into());
        }
        let mut info = InstructionInfoFactory::new();
        let mut uses_stack = |i: &Instruction| {
            info.info(i).used_registers().iter().any(|used| used.register().full_register() == Register::RSP)
        };
        let offending = fast.into_iter().find(|i| uses_stack(i))?;
        Some(format!(
            "stack traffic at +{:#x} ({:?})",
            offending.ip() - self.instructions[0].ip(),
            offending.mnemonic()
        ))
    }
}

/// The end of a handler's mangled name.
fn suffix(name: &str) -> String {
    format!("16whipsnake_interp8tailcall{}{name}", name.len())
}

#[test]
fn hot_handlers_touch_no_stack_and_make_no_calls() {
    let path = env!("CARGO_BIN_EXE_whipsnake");
    let bytes = std::fs::read(path).expect("the binary can be read");
    let file = object::File::parse(&*bytes).expect("an object file");
    let symbols: HashMap<&str, object::Symbol> = file
        .symbols()
        .filter(|symbol| symbol.is_definition() && symbol.size() > 0)
        .filter_map(|symbol| {
            let name = symbol.name().ok()?;
            // Link-time optimisation makes local names unique.
            let name = name.split(".llvm.").next()?;
            Some((&name[name.find("16whipsnake_interp8tailcall")?..], symbol))
        })
        .collect();
    assert!(!symbols.is_empty(), "{path} has no handlers: it is stripped, or built without tail calls");
    let mut faults = Vec::new();
    for name in HANDLERS {
        let symbol = name.split('|').find_map(|name| symbols.get(suffix(name).as_str()));
        let symbol = symbol.unwrap_or_else(|| panic!("there is no handler for {name}"));
        let section = symbol.section_index().expect("a section");
        let section = file.section_by_index(section).expect("the section");
        let code = section.data_range(symbol.address(), symbol.size()).expect("its data").expect("its code");
        if let Some(fault) = Handler::decode(code, symbol.address()).fault() {
            faults.push(format!("{name}: {fault}"));
        }
    }
    assert!(faults.is_empty(), "the handlers are not what they should be:\n{}", faults.join("\n"));
}

#[test]
fn the_check_sees_what_it_looks_for() {
    let fault = |code: &[u8]| Handler::decode(code, 0x1000).fault().unwrap_or_default();
    // inc eax; jmp *rcx
    assert_eq!(fault(&[0xff, 0xc0, 0xff, 0xe1]), "");
    // push rax; pop rax; jmp *rcx
    assert_eq!(fault(&[0x50, 0x58, 0xff, 0xe1]), "stack traffic at +0x0 (Push)");
    // call *rax; jmp *rcx
    assert_eq!(fault(&[0xff, 0xd0, 0xff, 0xe1]), "every way to the next instruction makes a call");
    // je +2; jmp *rcx; push rax; call *rax; pop rax; jmp *rcx: cold code may do what it likes
    assert_eq!(fault(&[0x74, 0x02, 0xff, 0xe1, 0x50, 0xff, 0xd0, 0x58, 0xff, 0xe1]), "");
    // je +3; inc eax; push rax; jmp *rcx: both ways come together
    assert_eq!(fault(&[0x74, 0x02, 0xff, 0xc0, 0x50, 0xff, 0xe1]), "stack traffic at +0x4 (Push)");
}

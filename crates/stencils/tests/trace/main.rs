//! Stencils, linked by hand into a trace, run a loop on the frame of a real function and give the interpreter's result.
//!
//! - `runtime.rs`: an interpreter in this process
//! - `linker.rs`: copies stencils one behind the other and fills their holes
//! - `memory.rs`: memory that is writable first, executable later, never both

#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

mod linker;
mod memory;
mod runtime;

use linker::Trace;
use runtime::{Function, attach, int, released};
use whipsnake_bytecode::opcodes::number;
use whipsnake_instructions::control::frames;
use whipsnake_interp::metadata::first_part;
use whipsnake_layout::code::CodeUnit;
use whipsnake_layout::frame::Frame;
use whipsnake_layout::{Slot, Value};
use whipsnake_runtime::prelude::*;

const PROGRAM: &str = "
def fib(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a

def start(n):
    return iter(range(n))

def other(n):
    return iter([0] * n)

def text(n):
    return str(fib(n))

for _ in range(100):
    fib(50)
";

/// The locals of `fib`.
const A: usize = 1;
const B: usize = 2;
const INDEX: usize = 3;

/// A frame of `fib` as it stands in front of the loop: `a` and `b` are set, the iterator is on the stack.
struct Loop<'a> {
    th: &'a Thread,
    frame: *mut Frame,
    fib: Function,
}

/// How a run ended.
struct Left {
    /// The uop that left the trace.
    uop: &'static str,
    /// The instruction that tier 1 goes on with, in units.
    instruction: usize,
}

impl<'a> Loop<'a> {
    fn new(th: &'a Thread, fib: &Function, iterator: Obj) -> Loop<'a> {
        let code = fib.code();
        let frame = frames::reserve(th, frames::frame_slots(code));
        assert!(!frame.is_null());
        // SAFETY: I6, reserved room for a frame of this code; its locals are set before anything reads them.
        unsafe {
            frames::initialise(frame, fib.object.clone().into_slot(), code, std::ptr::null_mut());
            for i in 0..code.nlocalsplus as usize {
                (*(*frame).local(i)).set(Slot::NULL);
            }
            let base = frames::stack_base(frame);
            *base = iterator.into_slot();
            (*frame).stack_top.set(base.add(1));
        }
        let running = Loop { th, frame, fib: fib.clone() };
        running.set(A, Slot::owned(Value::small_int(0)));
        running.set(B, Slot::owned(Value::small_int(1)));
        running
    }
    fn frame(&self) -> &Frame {
        // SAFETY: I6, it lives until `self` is dropped.
        unsafe { &*self.frame }
    }
    fn set(&self, local: usize, slot: Slot) {
        // SAFETY: I7, one of the function's locals.
        unsafe { (*self.frame().local(local)).set(slot) };
    }
    fn local(&self, local: usize) -> Slot {
        // SAFETY: I7, as above.
        unsafe { (*self.frame().local(local)).get() }
    }
    fn number(&self, local: usize) -> i64 {
        self.local(local).value().as_small_int().expect("a small int")
    }
    /// The operand stack, deepest first.
    fn stack(&self) -> Vec<Slot> {
        // SAFETY: I6, the frame saved its stack top when the trace was left.
        unsafe {
            let base = frames::stack_base(self.frame);
            let height = self.frame().stack_top.get().offset_from(base) as usize;
            std::slice::from_raw_parts(base, height).to_vec()
        }
    }
    fn run(&self, trace: &Trace) -> Left {
        let uop = trace.run(self.frame().stack_top.get(), self.frame, self.th);
        // SAFETY: I7, both lie in the function's code.
        let instruction = unsafe { self.frame().instr.get().offset_from(self.fib.code().code as *const CodeUnit) };
        Left { uop, instruction: instruction as usize }
    }
}

impl Drop for Loop<'_> {
    fn drop(&mut self) {
        for slot in self.stack() {
            whipsnake_runtime::obj::release_slot(slot);
        }
        frames::clear_contents(self.frame());
        self.th.core.stack_top.set(self.frame.cast());
    }
}

struct Setting<'a> {
    th: &'a Thread,
    globals: Obj,
    fib: Function,
    trace: Trace,
}

impl Setting<'_> {
    fn call(&self, name: &str, n: i64) -> Obj {
        runtime::call(self.th, &self.globals, name, n)
    }
    fn at(&self, opcode: u16) -> usize {
        self.fib.units().iter().position(|unit| first_part(unit & 255) == opcode).expect("the instruction")
    }
}

/// To the end of the range: on behind the loop, with nothing but the iterator on the stack.
fn leaves_when_the_range_is_exhausted(setting: &Setting) {
    // 89 is as far as small ints go.
    for n in [0, 1, 2, 50, 89] {
        let running = Loop::new(setting.th, &setting.fib, setting.call("start", n));
        let left = running.run(&setting.trace);
        assert_eq!(left.uop, "_GUARD_NOT_EXHAUSTED_RANGE");
        assert_eq!(left.instruction, setting.at(number::END_FOR) + 1);
        assert_eq!(running.stack().len(), 1);
        assert_eq!(running.number(A), int(&setting.call("fib", n)), "fib({n})");
        assert_eq!(running.number(B), int(&setting.call("fib", n + 1)));
        assert!(n == 0 && running.local(INDEX).is_null() || running.number(INDEX) == n - 1);
    }
}

/// The sum no longer fits: the addition starts over in tier 1, its operands in place.
fn leaves_at_the_addition_that_overflows(setting: &Setting) {
    let n = 120;
    let running = Loop::new(setting.th, &setting.fib, setting.call("start", n));
    let left = running.run(&setting.trace);
    assert_eq!(left.uop, "_BINARY_OP_ADD_INT");
    assert_eq!(left.instruction, setting.at(number::BINARY_OP_ADD_INT));
    let (a, b, index) = (running.number(A), running.number(B), running.number(INDEX));
    let operands: Vec<i64> =
        running.stack()[1..].iter().map(|slot| slot.value().as_small_int().expect("a small int")).collect();
    assert_eq!(operands, [b, a, b]);
    assert!(a.checked_add(b).is_none_or(|sum| Value::try_small_int(sum).is_none()));
    assert_eq!([a, b], [index, index + 1].map(|k| int(&setting.call("fib", k))));
    // What tier 1 computes from here on.
    let (mut a, mut b) = (i128::from(a), i128::from(b));
    for _ in index..n {
        (a, b) = (b, a + b);
    }
    assert_eq!(a.to_string(), runtime::text(&setting.call("text", n)));
}

/// A check at the head of an iteration: nothing of it has happened.
fn leaves_at_the_loop_for_another_iterator(setting: &Setting) {
    let running = Loop::new(setting.th, &setting.fib, setting.call("other", 3));
    let left = running.run(&setting.trace);
    assert_eq!(left.uop, "_ITER_CHECK_RANGE");
    assert_eq!(left.instruction, setting.at(number::FOR_ITER_RANGE));
    assert!(running.stack().len() == 1 && running.local(INDEX).is_null());
}

/// The second guard of the addition fails for a float.
fn leaves_at_the_addition_of_a_float(setting: &Setting) {
    let running = Loop::new(setting.th, &setting.fib, setting.call("start", 3));
    running.set(A, Slot::owned(Value::try_small_float(1.5).expect("an immediate")));
    let left = running.run(&setting.trace);
    assert_eq!(left.uop, "_GUARD_NOS_INT");
    assert_eq!(left.instruction, setting.at(number::BINARY_OP_ADD_INT));
    assert!(running.stack().len() == 4 && running.number(INDEX) == 0);
}

/// Something is pending: the jump that ends the first iteration starts over in tier 1.
fn leaves_at_the_back_edge_when_something_is_pending(setting: &Setting) {
    let running = Loop::new(setting.th, &setting.fib, setting.call("start", 3));
    whipsnake_runtime::pending::request(setting.th, whipsnake_runtime::pending::COLLECT);
    let left = running.run(&setting.trace);
    whipsnake_runtime::pending::withdraw(setting.th, whipsnake_runtime::pending::COLLECT);
    assert_eq!(left.uop, "_CHECK_PERIODIC");
    assert_eq!(left.instruction, setting.at(number::JUMP_BACKWARD_NO_JIT));
    assert_eq!([running.number(A), running.number(B), running.number(INDEX)], [1, 1, 0]);
}

/// What a local held is freed out of line when it was the last reference.
fn frees_what_a_local_held(setting: &Setting) {
    let running = Loop::new(setting.th, &setting.fib, setting.call("start", 5));
    let before = released();
    running.set(INDEX, setting.th.list(Vec::new()).expect("a list").into_slot());
    assert_eq!(running.run(&setting.trace).uop, "_GUARD_NOT_EXHAUSTED_RANGE");
    assert_eq!(released() - before, 1);
    assert_eq!(running.number(A), 5);
}

/// Whether any memory of the process is writable and executable at once.
fn nothing_is_writable_and_executable() {
    let maps = std::fs::read_to_string("/proc/self/maps").expect("the memory map");
    let offending = maps.lines().find(|line| line.split(' ').nth(1).is_some_and(|mode| mode.starts_with("rwx")));
    assert_eq!(offending, None);
}

#[test]
fn the_fibonacci_loop_runs_as_stencils() {
    let th = attach();
    let globals = runtime::execute(th, PROGRAM);
    let fib = Function::named(th, &globals, "fib");
    let trace = linker::link(&fib);
    nothing_is_writable_and_executable();
    let setting = Setting { th, globals, fib, trace };
    leaves_when_the_range_is_exhausted(&setting);
    leaves_at_the_addition_that_overflows(&setting);
    leaves_at_the_loop_for_another_iterator(&setting);
    leaves_at_the_addition_of_a_float(&setting);
    leaves_at_the_back_edge_when_something_is_pending(&setting);
    frees_what_a_local_held(&setting);
}

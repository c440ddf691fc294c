//! Frames: pushing for a call, clearing at return.

use super::{Flow, State, heap_safe, no_idiom};
use whipsnake_bytecode::opcodes::number;
use whipsnake_layout::code::{CodeObject, CodeUnit};
use whipsnake_layout::frame::{
    FRAME_CLEARED, Frame, GeneratorObject, OWNED_BY_CONSTRUCTOR, OWNED_BY_GENERATOR, OWNED_BY_INTERPRETER,
    OWNED_BY_OPERATOR, OWNED_BY_THREAD,
};
use whipsnake_layout::objects::FunctionObject;
use whipsnake_layout::{Header, Slot, Value};
use whipsnake_macros::uop;
use whipsnake_runtime::instrument::{self, Event, event};
use whipsnake_runtime::obj::release_slot;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::{frame as frame_object, generator, traceback};

/// The generator whose frame this is.
///
/// # Safety
/// The frame's owner is a generator (I4).
#[inline(always)]
pub unsafe fn generator_of<'a>(frame: *mut Frame) -> &'a GeneratorObject {
    // SAFETY: I4, handed on to the caller.
    unsafe { &*frame.byte_sub(std::mem::offset_of!(GeneratorObject, frame)).cast::<GeneratorObject>() }
}

/// Room for a frame of `code` on the thread's frame stack, or null when the stack is full.
#[inline(always)]
pub fn reserve(th: &Thread, slots: u32) -> *mut Frame {
    let top = th.core.stack_top.get();
    // SAFETY: I6, the comparison uses addresses only.
    let end = top.wrapping_add(slots as usize);
    if end > th.core.stack_limit.get() {
        return std::ptr::null_mut();
    }
    th.core.stack_top.set(end);
    top.cast()
}

/// RecursionError for a full frame stack.
#[cold]
pub fn stack_overflow(th: &Thread) -> Raised {
    th.raise(&statics::RECURSION_ERROR, "maximum recursion depth exceeded")
}

/// Writes the header of a frame for `function` (a slot whose ownership the frame takes over).
///
/// # Safety
/// `frame` has room for the code's frame (I6); `function` is a function object.
#[inline(always)]
pub unsafe fn initialise(frame: *mut Frame, function: Slot, code: *const CodeObject, previous: *mut Frame) {
    // SAFETY: I6 and I4, handed on to the caller; plain writes into reserved memory.
    unsafe {
        let fields = function.value().cast_unchecked::<FunctionObject>();
        let frame = &*frame;
        frame.code.set(code);
        frame.previous.set(previous);
        frame.function.set(function);
        frame.globals.set(Slot::owned(fields.globals));
        frame.builtins.set(Slot::owned(fields.builtins));
        frame.locals.set(Slot::NULL);
        frame.frame_object.set(Slot::NULL);
        frame.instr.set((*code).code);
        frame.owner.set(OWNED_BY_THREAD);
        frame.has_overwritten.set(0);
        frame.return_offset.set(0);
    }
}

/// Where a frame's operand stack begins.
///
/// # Safety
/// The frame is initialised and its code is alive (I6).
#[inline(always)]
pub unsafe fn stack_base(frame: *const Frame) -> *mut Slot {
    // SAFETY: I6, handed on to the caller.
    unsafe { (*frame).local((*(*frame).code.get()).nlocalsplus as usize) as *mut Slot }
}

/// Releases all locals. They are null afterwards.
#[inline(always)]
pub fn clear_locals(frame: &Frame) {
    // SAFETY: I6, the frame has that many locals.
    unsafe {
        let count = (*frame.code.get()).nlocalsplus as usize;
        for i in 0..count {
            let slot = (*frame.local(i)).get();
            if slot.is_owned_pointer() {
                (*frame.local(i)).set(Slot::NULL);
                release_slot(slot);
            }
        }
    }
}

/// Ends a frame: hands its contents to its frame object if there is one, releases what it owns, unlinks it from the
/// thread and pops it off the frame stack.
#[inline(always)]
pub fn finish_frame(th: &Thread, frame: *mut Frame) {
    // SAFETY: I6, the frame is the running one.
    let f = unsafe { &*frame };
    th.core.frame.set(f.previous.get());
    if f.owner.get() <= OWNED_BY_OPERATOR && f.frame_object.get().is_null() && f.locals.get().is_null() {
        clear_locals(f);
        release_slot(f.function.get());
        th.core.stack_top.set(frame.cast());
        th.core.recursion_left.set(th.core.recursion_left.get() + 1);
        return;
    }
    finish_frame_slow(th, frame);
}

#[inline(never)]
fn finish_frame_slow(th: &Thread, frame: *mut Frame) {
    // SAFETY: I6, as above.
    let f = unsafe { &*frame };
    if f.owner.get() == OWNED_BY_GENERATOR {
        // SAFETY: I4, the owner says so.
        let owner = unsafe { generator_of(frame) };
        owner.state.set(FRAME_CLEARED);
        th.core.exc_info.set(owner.exc_previous.get());
        th.core.recursion_left.set(th.core.recursion_left.get() + 1);
        // Nobody is behind the frame of a generator that has ended.
        f.previous.set(std::ptr::null_mut());
        if !f.frame_object.get().is_null() {
            frame_object::take_over(th, frame);
        }
        let code = generator::keep_code(f);
        clear_contents(f);
        f.function.set(code);
        return;
    }
    if !f.frame_object.get().is_null() {
        frame_object::take_over(th, frame);
    }
    let owner = f.owner.get();
    clear_contents(f);
    th.core.stack_top.set(frame.cast());
    if owner <= OWNED_BY_OPERATOR {
        th.core.recursion_left.set(th.core.recursion_left.get() + 1);
    }
}

/// Releases everything a frame owns.
pub fn clear_contents(f: &Frame) {
    clear_locals(f);
    for field in [&f.locals, &f.frame_object, &f.function] {
        let slot = field.replace(Slot::NULL);
        release_slot(slot);
    }
}

/// Goes on in the frame that the finished one returns to, with `value` on its stack.
#[inline(always)]
pub fn return_to(st: &mut State, previous: *mut Frame, value: Slot) {
    go_back(st, previous);
    st.push_slot(value);
}

/// Goes on in the frame that the finished one returns to.
#[inline(always)]
fn go_back(st: &mut State, previous: *mut Frame) {
    st.frame = previous;
    // SAFETY: I6, the caller's frame is alive and has saved its stack top and instruction.
    unsafe {
        st.sp = (*previous).stack_top.get();
        st.ip = (*previous).instr.get().add((*previous).return_offset.get() as usize);
    }
}

/// Drops the references of a frame's locals and of its function. False as soon as one of them is the last: that and those after it stay.
#[inline(always)]
fn drop_shared(f: &Frame) -> bool {
    let drop_shared = |slot: Slot| {
        // SAFETY: I1, an owned pointer.
        let count = unsafe { &(*(slot.0 as *const Header)).refcount };
        // Counts of immortal objects are negative.
        match count.get() as i32 {
            1 => return false,
            2.. => count.set(count.get() - 1),
            _ => {}
        }
        true
    };
    // SAFETY: I6, the frame has that many locals.
    unsafe {
        for i in 0..(*f.code.get()).nlocalsplus as usize {
            no_idiom();
            let local = &*f.local(i);
            if local.get().is_owned_pointer() {
                if !drop_shared(local.get()) {
                    return false;
                }
                local.set(Slot::NULL);
            }
        }
    }
    !f.function.get().is_owned_pointer() || drop_shared(f.function.get())
}

/// The end of most calls: nothing dies with the frame. All others are left to [`return_value_slow`].
#[uop(control, slow = "return_value_slow")]
pub fn return_value(st: &mut State) -> Flow {
    let f = st.frame();
    let (owner, previous) = (f.owner.get(), f.previous.get());
    let mut value = st.slot(1);
    if value.is_borrowed_pointer() {
        // It may be borrowed from one of the locals.
        value = heap_safe(value);
        st.put(1, value);
    }
    let constructs = owner == OWNED_BY_CONSTRUCTOR;
    let unusual = owner > OWNED_BY_CONSTRUCTOR || (constructs && !value.value().is_none());
    if unusual || !f.frame_object.get().is_null() || !f.locals.get().is_null() || !drop_shared(f) {
        return Flow::Exit;
    }
    let core = &st.th.core;
    core.frame.set(previous);
    core.stack_top.set(st.frame.cast());
    core.recursion_left.set(core.recursion_left.get() + 1);
    go_back(st, previous);
    if !constructs {
        st.push_slot(value);
    }
    Flow::Next
}

/// The end of any call.
#[inline(always)]
pub fn return_value_slow(st: &mut State) -> Flow {
    let value = heap_safe(st.pop_slot());
    let frame = st.frame;
    let previous = st.frame().previous.get();
    let owner = st.frame().owner.get();
    if owner == OWNED_BY_OPERATOR {
        // On a copy of the registers, which so need no address of their own.
        let mut copy = State { ip: st.ip, sp: st.sp, frame, th: st.th };
        let flow = super::operators::operator_returned(&mut copy, value);
        *st = copy;
        return flow;
    }
    finish_frame(st.th, frame);
    if owner == OWNED_BY_CONSTRUCTOR {
        return constructed(st, previous, value);
    }
    return_to(st, previous, value);
    Flow::Next
}

/// The end of an `__init__` whose instance is already in place: it must have returned None.
#[inline(always)]
fn constructed(st: &mut State, previous: *mut Frame, value: Slot) -> Flow {
    go_back(st, previous);
    if value.value().is_none() {
        return Flow::Next;
    }
    // SAFETY: I7, errors are blamed on the unit before `ip`: the call.
    st.ip = unsafe { (*previous).instr.get().add(1) };
    init_returned(st.th, value)
}

#[cold]
#[inline(never)]
fn init_returned(th: &Thread, value: Slot) -> Flow {
    let _ = th.type_error(format!("__init__() should return None, not '{}'", value.value().ty().name()));
    release_slot(value);
    Flow::Error
}

/// SystemError for a code unit that is no instruction.
#[cold]
pub fn unknown_opcode(th: &Thread, unit: u32) -> Raised {
    let opcode = unit & 255;
    let number = if opcode == number::RESERVED.into() { unit >> 8 } else { opcode };
    // SAFETY: I6 and I7, the running frame, which has saved its instruction.
    let (code, at) = unsafe {
        let frame = &*th.core.frame.get();
        let code = &*frame.code.get();
        (code, frame.instr.get().offset_from(code.code) as u32)
    };
    let file = whipsnake_runtime::types::str::to_rust_string(code.filename);
    let line = whipsnake_runtime::types::code::line_at(code, at).unwrap_or(-1);
    th.system_error(format!("{file}:{line}: unknown opcode {number}"))
}

/// The instruction of sentinel frames: leaves this activation of the interpreter.
#[uop(control)]
pub fn interpreter_exit(st: &mut State) -> Flow {
    let _ = st;
    Flow::Leave
}

/// Where the exception that unwinds a frame comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Raising {
    /// The running instruction.
    Here,
    /// The same, which has raised it again: it goes on with the traceback it has.
    Again,
    /// The frame that this one has called.
    Called,
    /// A callback that was told of the handler.
    Handled,
}

/// Tells of an exception; the place that is told with it, in units: of the last unit of the instruction that raised, or of the one before
/// a call.
fn tell_raised(st: &State, raised: Raising, offset: u32, blamed: isize) -> i64 {
    let place = match raised {
        Raising::Again | Raising::Handled => i64::from(offset),
        // Thrown into a yield.
        Raising::Here if (offset as isize) < blamed => i64::from(offset),
        Raising::Called => blamed as i64 - 1,
        Raising::Here => {
            // SAFETY: I7, the code is alive while its frame runs.
            let code = unsafe { &*st.frame().code.get() };
            let caches = instrument::base_opcode(code, blamed as usize).map_or(0, |opcode| opcode.caches());
            blamed as i64 + caches as i64
        }
    };
    match raised {
        Raising::Here | Raising::Called => instrument::tell_exception(st.th, st.frame, event::RAISE, place),
        Raising::Again => instrument::tell_exception(st.th, st.frame, event::RERAISE, place),
        Raising::Handled => {}
    }
    place
}

/// Tells that the exception on top of the stack is about to be handled.
#[cold]
fn tell_handled(st: &mut State, target: u32) -> PyResult<()> {
    let exception = st.peek(1);
    let first = i64::from(target) * 2;
    let kind = event::EXCEPTION_HANDLED;
    instrument::tell(st.th, &Event { kind, frame: st.frame, unit: 0, first, rest: &[exception] })
}

/// Finds the handler for the exception being raised, unwinding frames as needed. `Flow::Leave` = none before the
/// sentinel frame: the exception leaves this activation.
///
/// `st.ip` points into the instruction that raised (its handler is looked up by that), the frame's `instr` at the one to
/// blame: they differ when an exception is raised again, which adds no entry to its traceback either.
#[cold]
#[inline(never)]
pub fn unwind(st: &mut State, reraised: bool) -> Flow {
    let th = st.th;
    let mut raising = st.ip;
    let mut raised = if reraised { Raising::Again } else { Raising::Here };
    loop {
        let frame = st.frame;
        let f = st.frame();
        if f.owner.get() == OWNED_BY_INTERPRETER {
            return Flow::Leave;
        }
        if matches!(raised, Raising::Here | Raising::Called) {
            traceback::here(th, frame);
        }
        // SAFETY: I7, both point into the code.
        let (offset, blamed) = unsafe {
            let start = (*f.code.get()).code;
            (raising.offset_from(start) as u32, f.instr.get().offset_from(start))
        };
        let tells = th.interp.instrumentation.tells_exceptions();
        let told = if tells { tell_raised(st, raised, offset, blamed) } else { 0 };
        let base = unsafe { stack_base(frame) };
        // SAFETY: I7, the code is alive while its frame runs.
        match crate::control::handlers::find(unsafe { &*f.code.get() }, offset) {
            Some(handler) => {
                // SAFETY: I7, depths in the exception table lie within the stack.
                let target = unsafe { base.add(handler.depth as usize) };
                while st.sp > target {
                    let slot = st.pop_slot();
                    release_slot(slot);
                }
                if handler.push_lasti {
                    st.push_slot(Slot::owned(Value::small_int(blamed as i64)));
                }
                let Some(exception) = th.take_exception() else { return Flow::Leave };
                st.push(exception);
                // SAFETY: I7, targets in the exception table lie within the code.
                st.ip = unsafe { (*f.code.get()).code.add(handler.target as usize) as *const CodeUnit };
                if !tells || tell_handled(st, handler.target).is_ok() {
                    return Flow::Next;
                }
                // SAFETY: I7, no handler is the first instruction.
                raising = unsafe { st.ip.sub(1) };
                raised = Raising::Handled;
            }
            None => {
                if tells {
                    instrument::tell_exception(th, frame, event::PY_UNWIND, told);
                }
                while st.sp > base {
                    let slot = st.pop_slot();
                    release_slot(slot);
                }
                let previous = f.previous.get();
                th.with_exception_saved(|| finish_frame(th, frame));
                st.frame = previous;
                // SAFETY: I6, the caller's frame is alive and has saved its stack top and instruction.
                unsafe {
                    st.sp = (*previous).stack_top.get();
                    raising = (*previous).instr.get();
                }
                raised = Raising::Called;
            }
        }
    }
}

/// The state in which the running frame raises an exception after a panic. The operands of the instruction, whose height
/// is not known any more, are forgotten: the stack is as high as the handler expects it.
#[cold]
pub fn after_panic(th: &Thread) -> State<'_> {
    let frame = th.core.frame.get();
    // SAFETY: I6 and I7, the running frame has saved its instruction; depths lie within its stack.
    unsafe {
        let f = &*frame;
        let ip = f.instr.get();
        if f.owner.get() == OWNED_BY_INTERPRETER {
            return State { ip, sp: f.stack_top.get(), frame, th };
        }
        let code = &*f.code.get();
        if f.owner.get() <= OWNED_BY_OPERATOR {
            // Room that was reserved for a frame that did not come to be.
            th.core.stack_top.set(frame.cast::<Slot>().add(frame_slots(code) as usize));
        }
        let handler = crate::control::handlers::find(code, ip.offset_from(code.code) as u32);
        let sp = stack_base(frame).add(handler.map_or(0, |handler| handler.depth as usize));
        State { ip, sp, frame, th }
    }
}

/// Slots a frame of `code` takes on the frame stack.
pub fn frame_slots(code: &CodeObject) -> u32 {
    code.framesize
}

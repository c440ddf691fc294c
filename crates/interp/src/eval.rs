//! Entries into the interpreter: calling a function, running a code object, resuming a generator.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use whipsnake_bytecode::Opcode;
use whipsnake_instructions::control::generators::link;
use whipsnake_instructions::control::{State, calls, frames};
use whipsnake_layout::code::{CodeObject, CodeUnit};
use whipsnake_layout::frame::{
    FRAME_CLEARED, FRAME_CREATED, FRAME_EXECUTING, FRAME_HEADER_SLOTS, Frame, GeneratorObject, OWNED_BY_INTERPRETER,
};
use whipsnake_layout::{Slot, Value};
use whipsnake_runtime::instrument;
use whipsnake_runtime::interp::{Hooks, Resume, Resumed};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::rescue::Mark;

/// The code of sentinel frames: wherever a return or a yield lands, it leaves the interpreter.
static SENTINEL_CODE: [CodeUnit; 4] = [whipsnake_bytecode::opcodes::number::INTERPRETER_EXIT as CodeUnit; 4];

/// Prepares a thread for running Python code: dispatch table and frame stack.
///
/// # Errors
/// MemoryError when the frame stack cannot be had.
pub fn prepare_thread(th: &Thread, frame_stack_bytes: usize) -> Result<(), String> {
    let use_match = cfg!(not(tailcall)) || std::env::var_os("WHIPSNAKE_DISPATCH").is_some_and(|v| v == "match");
    #[cfg(tailcall)]
    std::alloc::set_alloc_error_hook(|_| whipsnake_runtime::rescue::out_of_memory());
    #[cfg(tailcall)]
    if !use_match {
        crate::tailcall::install(th);
    }
    // SAFETY: a fresh anonymous mapping; pages that are never used cost nothing.
    let stack = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            frame_stack_bytes,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    if stack == libc::MAP_FAILED {
        return Err("no memory for the frame stack".into());
    }
    crate::specialize::share_records(th);
    th.core.stack_top.set(stack.cast());
    th.core.stack_limit.set(stack.cast::<Slot>().wrapping_add(frame_stack_bytes / 8));
    Ok(())
}

/// What the runtime calls upward, but for the compiler.
pub fn hooks(compile: fn(&Thread, &whipsnake_runtime::interp::CompileRequest) -> PyResult) -> Hooks {
    Hooks {
        call_function,
        eval_code,
        resume_generator,
        compile,
        new_thread: crate::threads::new_thread,
        enter_thread: crate::threads::enter_thread,
    }
}

/// Pushes the sentinel frame of a new activation.
#[inline(always)]
fn push_sentinel(th: &Thread) -> PyResult<*mut Frame> {
    th.check_native_stack("")?;
    let frame = frames::reserve(th, FRAME_HEADER_SLOTS as u32 + 2);
    if frame.is_null() {
        return Err(frames::stack_overflow(th));
    }
    // SAFETY: I6, reserved room; a sentinel's stack begins where locals would.
    unsafe {
        frame.write(Frame {
            code: Cell::new(std::ptr::null()),
            previous: Cell::new(th.core.frame.get()),
            function: Cell::new(Slot::NULL),
            globals: Cell::new(Slot::NULL),
            builtins: Cell::new(Slot::NULL),
            locals: Cell::new(Slot::NULL),
            frame_object: Cell::new(Slot::NULL),
            instr: Cell::new(SENTINEL_CODE.as_ptr()),
            stack_top: Cell::new((*frame).local(0) as *mut Slot),
            return_offset: Cell::new(0),
            owner: Cell::new(OWNED_BY_INTERPRETER),
            has_overwritten: Cell::new(0),
            operator: Cell::new(0),
            localsplus: [],
        });
    }
    th.core.frame.set(frame);
    Ok(frame)
}

#[inline(always)]
fn pop_sentinel(th: &Thread, sentinel: *mut Frame) {
    // SAFETY: I6, the sentinel is on top of the frame stack again.
    unsafe { th.core.frame.set((*sentinel).previous.get()) };
    th.core.stack_top.set(sentinel.cast());
}

/// Runs a linked frame until it comes back to the sentinel. A panic on the way becomes an exception of the frame that was
/// running.
fn run(mut st: State, mut throw: bool) -> PyResult {
    let th = st.th;
    // A thread without a dispatch table runs the loop.
    let use_match = th.core.dispatch_table.get().is_null();
    let mark = Mark::new(th);
    let word = loop {
        // One reference is all that the closure takes along, and the registers are read one by one: copying what has just
        // been written, in larger pieces, would wait for the writes.
        let entry = &st;
        // SAFETY: I6 and I7, the caller's state, or that of the frame that was running.
        let result = catch_unwind(AssertUnwindSafe(|| unsafe {
            let State { ip, sp, frame, th } = *entry;
            match (use_match, throw) {
                #[cfg(tailcall)]
                (false, false) => crate::tailcall::run(ip, sp, frame, th),
                #[cfg(tailcall)]
                (false, true) => crate::tailcall::run_throw(State { ip, sp, frame, th }),
                (_, false) => crate::matched::run(ip, sp, frame, th),
                (_, true) => crate::matched::run_throw(State { ip, sp, frame, th }),
            }
        }));
        match result {
            Ok(word) => break word,
            Err(panic) => {
                let _ = mark.recover(th, panic);
                st = frames::after_panic(th);
                throw = true;
            }
        }
    };
    match Slot(word).get() {
        Some(v) => Ok(Obj::steal(v)),
        None => Err(Raised::already_set(th)),
    }
}

/// Runs a frame that was pushed above a sentinel.
fn run_frame(th: &Thread, sentinel: *mut Frame, frame: *mut Frame) -> PyResult {
    // SAFETY: I6, initialised by the caller.
    let (ip, sp) = unsafe { ((*frame).instr.get(), frames::stack_base(frame)) };
    th.core.frame.set(frame);
    th.core.recursion_left.set(th.core.recursion_left.get() - 1);
    let result = run(State { ip, sp, frame, th }, false);
    pop_sentinel(th, sentinel);
    result
}

/// Calls a Python function.
fn call_function(th: &Thread, function: Value, args: Args) -> PyResult {
    let sentinel = push_sentinel(th)?;
    match calls::push_frame(th, function.own(), args, sentinel) {
        Ok(frame) => run_frame(th, sentinel, frame),
        Err(raised) => {
            pop_sentinel(th, sentinel);
            Err(raised)
        }
    }
}

/// Runs a code object in a namespace: module, class body, `exec`.
fn eval_code(th: &Thread, code: Value, globals: Value, locals: Value, closure: Option<Value>) -> PyResult {
    let builtins = whipsnake_runtime::builtins::builtins_of(th, globals)?;
    let function = whipsnake_runtime::types::function::new(th, code, globals, builtins.value())?;
    // SAFETY: I4, `new` makes a function object.
    let fields = unsafe { function.value().cast_unchecked::<whipsnake_layout::objects::FunctionObject>() };
    if let Some(closure) = closure {
        fields.closure.set(closure.own().into_slot());
    }
    // SAFETY: I4, callers pass code objects.
    let object = unsafe { code.cast_unchecked::<CodeObject>() };
    let sentinel = push_sentinel(th)?;
    if th.core.recursion_left.get() <= 0 {
        pop_sentinel(th, sentinel);
        return Err(frames::stack_overflow(th));
    }
    let frame = frames::reserve(th, frames::frame_slots(object));
    if frame.is_null() {
        pop_sentinel(th, sentinel);
        return Err(frames::stack_overflow(th));
    }
    // SAFETY: I6, reserved room.
    unsafe {
        frames::initialise(frame, function.into_slot(), object, sentinel);
        let f = &*frame;
        f.locals.set(locals.own().into_slot());
        for i in 0..object.nlocalsplus as usize {
            (*f.local(i)).set(Slot::NULL);
        }
    }
    run_frame(th, sentinel, frame)
}

/// What the generator is handling is the context of what is thrown into it.
#[cold]
fn chain_to_handled(th: &Thread) {
    if let Some(thrown) = th.take_exception() {
        whipsnake_runtime::types::exceptions::set_context_from_handled(th, thrown.value());
        th.restore_exception(Some(thrown));
    }
}

/// An exception is thrown into a suspended frame, past the RESUME behind its yield.
#[cold]
fn tell_thrown(th: &Thread, frame: *mut Frame) {
    // SAFETY: I6 and I7, the frame was just linked; its instruction lies in its code.
    unsafe {
        let code = &*(*frame).code.get();
        instrument::refresh(th, code);
        let unit = (*frame).instr.get().offset_from(code.code);
        if !code.monitoring.get().is_null() && instrument::base_opcode(code, unit as usize + 1) == Some(Opcode::RESUME)
        {
            // A line that is entered like this is told even if it is that of the yield.
            (*frame).instr.set(code.code.add(unit as usize + 1));
        }
        instrument::tell_exception(th, frame, instrument::event::PY_THROW, unit as i64 + 1);
    }
}

/// Resumes a generator object; the caller has checked that it is suspended.
fn resume_generator(th: &Thread, generator: Value, resume: Resume) -> PyResult<Resumed> {
    // SAFETY: I4, callers pass generator, coroutine or async generator objects.
    let object = unsafe { generator.cast_unchecked::<GeneratorObject>() };
    debug_assert!(object.state.get() < FRAME_EXECUTING);
    let keep_alive = generator.own();
    let sentinel = push_sentinel(th)?;
    if th.core.recursion_left.get() <= 0 {
        pop_sentinel(th, sentinel);
        return Err(frames::stack_overflow(th));
    }
    let created = object.state.get() == FRAME_CREATED;
    // SAFETY: I6, it is suspended.
    let frame = unsafe { link(th, object, sentinel) };
    let f = &object.frame;
    let (ip, top) = (f.instr.get(), f.stack_top.get());
    if matches!(resume, Resume::Throw) {
        if !object.exc_value.get().is_null() {
            chain_to_handled(th);
        }
        tell_thrown(th, frame);
    }
    // SAFETY: I7, there is room on the frame's stack for the value sent in.
    let result = unsafe {
        match resume {
            Resume::Send(v) => {
                *top = v.into_slot();
                run(State { ip: ip.add(1), sp: top.add(1), frame, th }, false)
            }
            Resume::Throw if created => run(State { ip, sp: top, frame, th }, true),
            Resume::Throw => {
                // The value a yield would have produced: the handler's stack depth counts it.
                *top = Slot::owned(statics::none());
                run(State { ip, sp: top.add(1), frame, th }, true)
            }
        }
    };
    pop_sentinel(th, sentinel);
    let result = match result {
        Ok(v) if object.state.get() == FRAME_CLEARED => Ok(Resumed::Returned(v)),
        Ok(v) => Ok(Resumed::Yielded(v)),
        Err(raised) => Err(raised),
    };
    // Not before its state has been looked at.
    drop(keep_alive);
    result
}

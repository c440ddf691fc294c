//! Raising: making instances, contexts and causes, matching, and the end of iterators.

use super::types::*;
use super::{BaseException, Fields, allocate, base};
use crate::prelude::*;
use crate::types::tuple::Tuple;
use std::sync::atomic::{AtomicU64, Ordering};
use whipsnake_layout::code::flags as code_flags;
use whipsnake_layout::frame::Frame;

pub use super::basic::{import_error, set_attribute_details, set_name};

/// `ty(*args)`, an exception instance that is not raised yet.
///
/// # Errors
/// Whatever the class's `__new__` and `__init__` raise; TypeError if they make something else than an exception.
pub fn instantiate(th: &Thread, ty: &'static Type, args: &[Value]) -> PyResult {
    if super::is_plain(ty) {
        let args = th.tuple(args)?;
        return allocate(th, ty, args);
    }
    let slots = ty.slots();
    if !ty.is_heap_type()
        && let (Some(new), Some(init)) = (slots.new, slots.init)
    {
        let args = Args::from_values(args);
        let exception = new(th, ty, args)?;
        let init = exception.ty().slots().init.unwrap_or(init);
        init(th, exception.value(), args)?;
        return Ok(exception);
    }
    if ty.core.mro.get() == 0 {
        // Before types are ready: good enough for the message of a failing start.
        let args = th.tuple(args)?;
        return allocate(th, ty, args);
    }
    let exception = call::call_values(th, ty.value(), args)?;
    if exception.is_instance(&BASE_EXCEPTION) {
        return Ok(exception);
    }
    Err(not_an_exception(th, ty.value(), exception.value()))
}

#[cold]
fn not_an_exception(th: &Thread, class: Value, made: Value) -> Raised {
    match (object::repr_text(th, class), object::repr_text(th, made.ty().value())) {
        (Ok(class), Ok(made)) => {
            th.type_error(format!("calling {class} should have returned an instance of BaseException, not {made}"))
        }
        (Err(raised), _) | (_, Err(raised)) => raised,
    }
}

/// Gives an exception about to be raised the handled one as its context, without making a cycle of contexts.
pub fn set_context_from_handled(th: &Thread, exception: Value) {
    let Some(handled) = th.handled_exception() else { return };
    if handled.value().same(exception) {
        return;
    }
    break_context_cycle(handled.value(), exception);
    base(exception).context.set(Some(handled));
}

/// Cuts `exception` out of the chain of contexts that begins at `handled`. Chains may be circular already.
fn break_context_cycle(handled: Value, exception: Value) {
    let mut current = handled.own();
    let mut slow = handled.own();
    let mut step = false;
    while let Some(context) = base(current.value()).context.get() {
        if context.value().same(exception) {
            base(current.value()).context.set(None);
            return;
        }
        current = context;
        if current.value().same(slow.value()) {
            return;
        }
        if step && let Some(next) = base(slow.value()).context.get() {
            slow = next;
        }
        step = !step;
    }
}

/// MemoryErrors made in advance, so that raising one needs no memory.
pub struct MemoryErrors {
    spare: std::cell::RefCell<Vec<Obj>>,
}

impl Default for MemoryErrors {
    fn default() -> Self {
        MemoryErrors { spare: std::cell::RefCell::new(Vec::with_capacity(SPARE_MEMORY_ERRORS)) }
    }
}

const SPARE_MEMORY_ERRORS: usize = 16;
/// Shared by all: the one used when even the spares are gone.
static LAST_MEMORY_ERROR: AtomicU64 = AtomicU64::new(0);

/// Makes the spare MemoryErrors. Called once at start-up.
///
/// # Errors
/// MemoryError.
pub fn prepare_memory_errors(th: &Thread) -> PyResult<()> {
    let state = th.interp.state::<MemoryErrors>();
    for _ in 0..SPARE_MEMORY_ERRORS {
        let spare = allocate(th, &MEMORY_ERROR, crate::types::tuple::empty().own())?;
        state.spare.borrow_mut().push(spare);
    }
    let last = allocate(th, &MEMORY_ERROR, crate::types::tuple::empty().own())?;
    LAST_MEMORY_ERROR.store(last.into_value().bits(), Ordering::Relaxed);
    Ok(())
}

/// Raises MemoryError from a spare instance.
pub fn raise_memory_error(th: &Thread) {
    let spare = th.interp.state::<MemoryErrors>().spare.borrow_mut().pop();
    let exception = spare.or_else(|| {
        let word = LAST_MEMORY_ERROR.load(Ordering::Relaxed);
        // SAFETY: I1, the word is a MemoryError that is never released.
        (word != 0).then(|| unsafe { Value::from_bits(word) }.own())
    });
    match exception {
        Some(exception) => {
            set_context_from_handled(th, exception.value());
            th.restore_exception(Some(exception));
        }
        // Nothing can be told to Python before the interpreter exists.
        None => std::process::abort(),
    }
}

/// Whether an exception (instance or class) matches what an `except` clause names: a class, or a tuple of them at any
/// depth.
pub fn matches(th: &Thread, exception: Value, class: Value) -> bool {
    let raised = exception.ty();
    if let Some(class) = class.exact::<Type>()
        && is_exception_class(raised)
        && is_exception_class(class)
    {
        return std::ptr::eq(raised, class) || raised.is_subtype_of(class);
    }
    if let Some(tuple) = class.cast::<Tuple>() {
        if th.check_native_stack("").is_err() {
            drop(th.take_exception());
            return false;
        }
        return tuple.as_slice().iter().any(|c| matches(th, exception, *c));
    }
    let own = if is_exception_class(exception.ty()) { Some(exception.ty()) } else { exception.cast::<Type>() };
    match (own, class.cast::<Type>()) {
        (Some(own), Some(class)) if is_exception_class(class) => std::ptr::eq(own, class) || own.is_subtype_of(class),
        _ => exception.same(class),
    }
}

/// Whether `ty` derives from BaseException.
#[inline(always)]
pub fn is_exception_class(ty: &Type) -> bool {
    ty.has_flag(flags::BASE_EXC_SUBCLASS)
}

/// An exception from what stands behind `raise` or `from`: a class is called.
fn exception_of(th: &Thread, v: Value, complaint: &str) -> PyResult {
    if let Some(class) = v.cast::<Type>().filter(|ty| is_exception_class(ty)) {
        let made = call::call0(th, v)?;
        if is_exception_class(made.ty()) {
            return Ok(made);
        }
        return Err(not_an_exception(th, class.value(), made.value()));
    }
    if is_exception_class(v.ty()) {
        return Ok(v.own());
    }
    Err(th.type_error(complaint))
}

/// The `raise` statement: `raise exception` or, with a cause (which may be `None`), `raise exception from cause`.
pub fn raise_from(th: &Thread, exception: Value, cause: Option<Value>) -> Raised {
    let exception = match exception_of(th, exception, "exceptions must derive from BaseException") {
        Ok(exception) => exception,
        Err(raised) => return raised,
    };
    if let Some(cause) = cause {
        let cause = if cause.is_none() {
            Ok(None)
        } else {
            exception_of(th, cause, "exception causes must derive from BaseException").map(Some)
        };
        match cause {
            Ok(cause) => set_cause(exception.value(), cause),
            Err(raised) => return raised,
        }
    }
    th.raise_instance(exception)
}

/// Sets `__cause__` (and with it `__suppress_context__`).
pub fn set_cause(exception: Value, cause: Option<Obj>) {
    let base: &BaseException = base(exception);
    base.suppress_context.set(true);
    base.cause.set(cause);
}

/// Sets `__context__`.
pub fn set_context(exception: Value, context: Option<Obj>) {
    base(exception).context.set(context);
}

/// Raises `ty(message)` with the exception being raised as its cause and context.
pub fn raise_from_current(th: &Thread, ty: &'static Type, message: &str) -> Raised {
    let old = th.take_exception();
    let raised = th.raise(ty, message);
    let (Some(old), Some(new)) = (old, th.core.current_exception.get().get()) else { return raised };
    if new.is_instance(&BASE_EXCEPTION) {
        set_cause(new, Some(old.clone()));
        base(new).context.set(Some(old));
    }
    raised
}

/// PEP 479: a StopIteration that leaves a generator (or coroutine) is an error. Gives what is to be raised instead of
/// `exception`: a RuntimeError, or the exception itself.
///
/// # Errors
/// MemoryError.
pub fn stop_iteration_error(th: &Thread, exception: Value, frame: &Frame) -> PyResult {
    // SAFETY: I7, a running frame's code is alive.
    let code = unsafe { (*frame.code.get()).flags };
    let message = if exception.is_instance(&STOP_ITERATION) {
        if code & code_flags::ASYNC_GENERATOR != 0 {
            "async generator raised StopIteration"
        } else if code & code_flags::COROUTINE != 0 {
            "coroutine raised StopIteration"
        } else {
            "generator raised StopIteration"
        }
    } else if code & code_flags::ASYNC_GENERATOR != 0 && exception.is_instance(&STOP_ASYNC_ITERATION) {
        "async generator raised StopAsyncIteration"
    } else {
        return Ok(exception.own());
    };
    let text = th.str(message)?;
    let error = instantiate(th, &RUNTIME_ERROR, &[text.value()])?;
    set_cause(error.value(), Some(exception.own()));
    base(error.value()).context.set(Some(exception.own()));
    Ok(error)
}

/// The value a StopIteration carries.
pub fn stop_iteration_value(_: &Thread, exception: Value) -> Obj {
    debug_assert!(exception.is_instance(&STOP_ITERATION));
    // SAFETY: I4, the caller passes a StopIteration.
    let [value] = unsafe { Fields::<1>::of(exception) };
    value.get().unwrap_or_else(Obj::none)
}

/// Takes the StopIteration being raised, if there is one, and gives its value; `None` when nothing is being raised.
pub fn take_stop_iteration_value(th: &Thread) -> Obj {
    match th.take_exception() {
        Some(exception) if exception.is_instance(&STOP_ITERATION) => stop_iteration_value(th, exception.value()),
        Some(other) => {
            th.restore_exception(Some(other));
            Obj::none()
        }
        None => Obj::none(),
    }
}

/// Raises `StopIteration(value)`, or without arguments for `None`.
pub fn raise_stop_iteration(th: &Thread, value: Value) -> Raised {
    if value.is_none() { th.raise_with(&STOP_ITERATION, &[]) } else { th.raise_with(&STOP_ITERATION, &[value]) }
}

/// Raises the exception whose instance is `exception` as it is: neither context nor traceback change.
pub fn reraise(th: &Thread, exception: Obj) -> Raised {
    th.restore_exception(Some(exception));
    Raised::already_set(th)
}

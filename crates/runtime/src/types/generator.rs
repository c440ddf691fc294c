//! Generators, coroutines and async generators: objects around a suspended frame.
//!
//! The evaluation loop runs the frames ([`crate::interp::Hooks::resume_generator`]); this module holds the objects, their
//! methods, and the awaitable helpers of async generators (`asyncgen.rs`).

mod asyncgen;

use crate::instrument;
use crate::interp::{Resume, Resumed};
use crate::prelude::*;
use crate::types::str::to_rust_string;
use std::cell::Cell;
use whipsnake_bytecode::Opcode;
use whipsnake_layout::code::{CodeObject, flags as co};
use whipsnake_layout::frame::{
    ExcState, FRAME_CLEARED, FRAME_CREATED, FRAME_EXECUTING, FRAME_SUSPENDED, FRAME_SUSPENDED_YIELD_FROM, Frame,
    GeneratorObject,
};
use whipsnake_layout::objects::FunctionObject;

pub use asyncgen::{ASEND_TYPE, ATHROW_TYPE, WRAPPED_VALUE_TYPE, async_gen_wrap, get_aiter, get_anext};

/// A generator, coroutine or async generator.
#[repr(transparent)]
pub struct Generator(pub GeneratorObject);

// SAFETY: I4, `repr(transparent)`; only used for exact checks through `of`.
unsafe impl Layout for Generator {
    #[inline(always)]
    fn ty() -> &'static Type {
        &GENERATOR_TYPE
    }
}

impl Generator {
    /// The object behind any of the three types.
    pub fn of<'a>(v: Value) -> Option<&'a Generator> {
        let mine = v.is_exact(&GENERATOR_TYPE) || v.is_exact(&COROUTINE_TYPE) || v.is_exact(&ASYNC_GENERATOR_TYPE);
        // SAFETY: I4, the three types share this layout.
        mine.then(|| unsafe { v.cast_unchecked() })
    }
    pub fn value(&self) -> Value {
        // SAFETY: I1, a reference to a live object.
        unsafe { Value::from_ptr(self) }
    }
    fn code(&self) -> &'static CodeObject {
        // SAFETY: I7, the frame keeps its code alive; it stays readable after the frame was cleared.
        unsafe { &*self.0.frame.code.get() }
    }
    fn state(&self) -> i8 {
        self.0.state.get()
    }
    fn name(&self) -> &ObjCell {
        // SAFETY: I2, owned slots.
        unsafe { ObjCell::from_slot(&self.0.name) }
    }
    fn qualname(&self) -> &ObjCell {
        // SAFETY: I2, owned slots.
        unsafe { ObjCell::from_slot(&self.0.qualname) }
    }
    fn exc_value(&self) -> &ObjCell {
        // SAFETY: I2, owned slots.
        unsafe { ObjCell::from_slot(&self.0.exc_value) }
    }
    fn origin_or_finalizer(&self) -> &ObjCell {
        // SAFETY: I2, owned slots.
        unsafe { ObjCell::from_slot(&self.0.origin_or_finalizer) }
    }
    fn kind(&self) -> &'static str {
        let v = self.value();
        if v.is_exact(&COROUTINE_TYPE) {
            "coroutine"
        } else if v.is_exact(&ASYNC_GENERATOR_TYPE) {
            "async generator"
        } else {
            "generator"
        }
    }
}

/// A new object of `ty` with room for `slots` slots behind the frame header; the caller fills the frame.
///
/// # Errors
/// MemoryError.
pub fn allocate(th: &Thread, ty: &'static Type, slots: u32, function: Value) -> PyResult {
    let object = th.allocate(ty, size_of::<GeneratorObject>() + slots as usize * 8)? as *mut GeneratorObject;
    // SAFETY: I4, callers pass a function object.
    let function = unsafe { function.cast_unchecked::<FunctionObject>() };
    // SAFETY: fresh memory of that size; all fields behind the header are written (a zero frame is empty).
    unsafe {
        let frame = &raw mut (*object).frame;
        frame.write_bytes(0, 1);
        (&raw mut (*object).state).write(Cell::new(FRAME_CLEARED));
        (&raw mut (*object).flags).write(Cell::new(0));
        (&raw mut (*object).frame_slots).write(slots);
        (&raw mut (*object).name).write(Cell::new(function.name.get().own().into_slot()));
        (&raw mut (*object).qualname).write(Cell::new(function.qualname.get().own().into_slot()));
        (&raw mut (*object).exc_value).write(Cell::new(Slot::NULL));
        (&raw mut (*object).exc_previous).write(Cell::new(std::ptr::null::<ExcState>()));
        (&raw mut (*object).origin_or_finalizer).write(Cell::new(Slot::NULL));
        let made = Obj::steal(Value::from_ptr(object));
        if std::ptr::eq(ty, &COROUTINE_TYPE) {
            (*(object as *const Generator)).origin_or_finalizer().set(origin(th)?);
        }
        Ok(made)
    }
}

unsafe fn body_size(object: *const Header) -> usize {
    // SAFETY: I4, called for the three types.
    size_of::<GeneratorObject>() + unsafe { (*(object as *const GeneratorObject)).frame_slots } as usize * 8
}

/// An owned reference to the frame's code, for the place of the function: `gi_code` outlives the end of the frame, and
/// the function may have been the code's last owner.
pub fn keep_code(f: &Frame) -> Slot {
    // SAFETY: I7, the code is alive with the function, which the frame still owns.
    unsafe { Value::from_ptr(f.code.get() as *const Header) }.own().into_slot()
}

/// Releases what a frame that will not run again owns, its operand stack included.
fn release_frame(th: &Thread, generator: &Generator) {
    let f = &generator.0.frame;
    if generator.state() == FRAME_CLEARED {
        return;
    }
    generator.0.state.set(FRAME_CLEARED);
    if !f.frame_object.get().is_null() {
        crate::types::frame::take_over(th, f as *const Frame as *mut Frame);
    }
    // SAFETY: I6 and I7, slots up to the stack's top are initialised; each is released once.
    unsafe {
        let base = f.local(0) as *mut Slot;
        let count = f.stack_top.get().offset_from(base).max(0) as usize;
        f.stack_top.set(base);
        for i in 0..count {
            let slot = std::mem::replace(&mut *base.add(i), Slot::NULL);
            crate::obj::release_slot(slot);
        }
    }
    let code = keep_code(f);
    for field in [&f.locals, &f.frame_object, &f.function] {
        crate::obj::release_slot(field.replace(Slot::NULL));
    }
    f.function.set(code);
}

unsafe fn dealloc(th: &Thread, object: *mut Header) {
    // SAFETY: I3, the object is dead; contents are released once.
    unsafe {
        let ty = Value::from_ptr(object).ty();
        let generator = &*(object as *const Generator);
        release_frame(th, generator);
        crate::obj::release_slot(generator.0.frame.function.replace(Slot::NULL));
        generator.name().set(None);
        generator.qualname().set(None);
        generator.exc_value().set(None);
        generator.origin_or_finalizer().set(None);
        crate::dealloc::free_memory(th, object, ty);
    }
}

unsafe fn traverse(object: *mut Header, visitor: &mut Visitor) {
    // SAFETY: I4, called for the three types.
    let generator = unsafe { &*(object as *const Generator) };
    visitor.cell(generator.name());
    visitor.cell(generator.qualname());
    visitor.cell(generator.exc_value());
    visitor.cell(generator.origin_or_finalizer());
    // A running frame's stack is not in memory to be seen: what it owns counts as referred to from outside.
    if generator.state() < FRAME_EXECUTING {
        crate::types::frame::visit_frame(&generator.0.frame, visitor);
        visitor.slot(generator.0.frame.frame_object.get());
    }
}

unsafe fn clear(th: &Thread, object: *mut Header) {
    // SAFETY: I4, called for the three types.
    let generator = unsafe { &*(object as *const Generator) };
    if generator.state() != FRAME_EXECUTING {
        release_frame(th, generator);
    }
    generator.exc_value().set(None);
}

/// Whether the generator is suspended at a yield that no `try` or `with` of its body surrounds: then nothing of it has to
/// run when it is closed, unless somebody is told of it. The compiler marks the RESUME behind such a yield.
fn yields_outside_try(th: &Thread, generator: &Generator) -> bool {
    const DEPTH_1: u16 = 4;
    // SAFETY: I7, a suspended frame's `instr` is the YIELD_VALUE; its RESUME follows.
    let unit = unsafe { *generator.0.frame.instr.get().add(1) };
    let resume = [Opcode::RESUME, Opcode::RESUME_CHECK].iter().any(|op| op.number() == unit & 255);
    let told = th.interp.instrumentation.tools(instrument::event::PY_UNWIND) != 0;
    resume && !told && unit >> 8 & DEPTH_1 != 0
}

/// Whether there is nothing for [`finalize`] to do.
#[inline]
pub(crate) fn needs_no_finalizer(object: *const Header, ty: &Type) -> bool {
    if std::ptr::eq(ty, &GENERATOR_TYPE) || std::ptr::eq(ty, &COROUTINE_TYPE) {
        // SAFETY: I4, both types have this layout.
        return unsafe { (*(object as *const GeneratorObject)).state.get() >= FRAME_EXECUTING };
    }
    // SAFETY: I1, dying but whole.
    asyncgen::was_awaited(unsafe { Value::from_ptr(object) })
}

/// PEP 442: a suspended generator is closed before it dies.
fn finalize(th: &Thread, v: Value) {
    let Some(generator) = Generator::of(v) else { return };
    if generator.state() >= FRAME_EXECUTING {
        return;
    }
    if v.is_exact(&ASYNC_GENERATOR_TYPE)
        && let Some(finalizer) = generator.origin_or_finalizer().get()
        && generator.0.flags.get() & asyncgen::CLOSED == 0
    {
        if call::call1(th, finalizer.value(), v).is_err() {
            th.write_unraisable("closing generator", Some(v));
        }
        return;
    }
    if v.is_exact(&COROUTINE_TYPE) && generator.state() == FRAME_CREATED {
        let warned = warn_never_awaited(th, generator);
        if warned.is_err() {
            th.write_unraisable("finalizing coroutine", Some(v));
        }
        return;
    }
    if generator.state() == FRAME_CREATED {
        return;
    }
    if close(th, v).is_err() {
        th.write_unraisable("closing generator", Some(v));
    }
}

/// Warns of a coroutine that dies before it has run; the library's function also says where it was made.
fn warn_never_awaited(th: &Thread, coroutine: &Generator) -> PyResult<()> {
    if let Ok(warn) = crate::import::attribute(th, "warnings", "_warn_unawaited_coroutine") {
        return call::call1(th, warn.value(), coroutine.value()).map(drop);
    }
    drop(th.take_exception());
    let name = coroutine.qualname().get().map_or_else(String::new, |v| to_rust_string(v.value()));
    crate::warnings::warn(th, &statics::RUNTIME_WARNING, &format!("coroutine '{name}' was never awaited"), 1)
}

/// The callers of the frame that makes a coroutine, as `sys.set_coroutine_origin_tracking_depth` asks for: file, line and
/// function of each.
fn origin(th: &Thread) -> PyResult<Option<Obj>> {
    use crate::types::frame;
    let depth = th.coroutine_origin_depth.get();
    if depth <= 0 {
        return Ok(None);
    }
    // SAFETY: I6, frames on the chain are alive.
    let caller = |of: *mut Frame| frame::next_visible(unsafe { (*of).previous.get() });
    let mut entries = Vec::new();
    let mut current = caller(th.core.frame.get());
    while !current.is_null() && entries.len() < depth as usize {
        let visible = frame::object_for(th, current)?;
        let code = object::get_attr_str(th, visible.value(), "f_code")?;
        let file = object::get_attr_str(th, code.value(), "co_filename")?;
        let line = object::get_attr_str(th, visible.value(), "f_lineno")?;
        let name = object::get_attr_str(th, code.value(), "co_name")?;
        entries.push(th.tuple(&[file.value(), line.value(), name.value()])?);
        current = caller(current);
    }
    th.tuple_from(entries).map(Some)
}

/// Resumes with a value or the thread's exception.
///
/// # Errors
/// ValueError when it is running; RuntimeError for a coroutine that has ended; what the body raises. A generator that
/// has ended gives `Returned(None)`, or raises the thrown exception.
pub fn resume(th: &Thread, v: Value, with: Resume) -> PyResult<Resumed> {
    let Some(generator) = Generator::of(v) else { return err!(th, SYSTEM_ERROR, "not a generator") };
    match generator.state() {
        FRAME_EXECUTING => {
            if matches!(with, Resume::Throw) {
                drop(th.take_exception());
            }
            err!(th, VALUE_ERROR, "{} already executing", generator.kind())
        }
        FRAME_CLEARED => match with {
            _ if v.is_exact(&COROUTINE_TYPE) => {
                drop(th.take_exception());
                err!(th, RUNTIME_ERROR, "cannot reuse already awaited coroutine")
            }
            Resume::Throw => Err(Raised::already_set(th)),
            Resume::Send(_) => Ok(Resumed::Returned(Obj::none())),
        },
        FRAME_CREATED if matches!(&with, Resume::Send(value) if !value.is_none()) => {
            err!(th, TYPE_ERROR, "can't send non-None value to a just-started {}", generator.kind())
        }
        _ => (th.interp.hooks.resume_generator)(th, v, with),
    }
}

/// `StopIteration(value)` (or StopAsyncIteration) for a generator that returned.
fn stop(th: &Thread, generator: Value, value: Obj) -> Raised {
    if generator.is_exact(&ASYNC_GENERATOR_TYPE) {
        return th.raise_with(&statics::STOP_ASYNC_ITERATION, &[]);
    }
    if value.is_none() {
        return th.raise_with(&statics::STOP_ITERATION, &[]);
    }
    // A tuple or an exception must arrive as the value itself.
    th.raise_with(&statics::STOP_ITERATION, &[value.value()])
}

/// `send(value)`.
///
/// # Errors
/// StopIteration with the return value; what the body raises.
pub fn send(th: &Thread, v: Value, value: Value) -> PyResult {
    match resume(th, v, Resume::Send(value.own()))? {
        Resumed::Yielded(v) => Ok(v),
        Resumed::Returned(value) => Err(stop(th, v, value)),
    }
}

fn iternext(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    match resume(th, v, Resume::Send(Obj::none()))? {
        Resumed::Yielded(v) => Ok(Some(v)),
        Resumed::Returned(value) if value.is_none() => Ok(None),
        Resumed::Returned(value) => Err(stop(th, v, value)),
    }
}

/// What a suspended `yield from` or `await` delegates to.
pub fn yield_from_target(v: Value) -> Option<Obj> {
    let generator = Generator::of(v)?;
    if generator.state() != FRAME_SUSPENDED_YIELD_FROM {
        return None;
    }
    // SAFETY: I7, the receiver of the SEND lies on top of the suspended stack.
    unsafe { *generator.0.frame.stack_top.get().sub(1) }.get().map(ValueExt::own)
}

/// `throw`: the thread's exception is raised at the suspension point, in the delegate first.
fn throw_current(th: &Thread, v: Value) -> PyResult {
    let Some(generator) = Generator::of(v) else { return err!(th, SYSTEM_ERROR, "not a generator") };
    if let Some(delegate) = yield_from_target(v) {
        if th.exception_matches(&statics::GENERATOR_EXIT) {
            let thrown = th.take_exception();
            generator.0.state.set(FRAME_EXECUTING);
            let closed = close_delegate(th, delegate.value());
            generator.0.state.set(FRAME_SUSPENDED_YIELD_FROM);
            if closed.is_ok() {
                th.restore_exception(thrown);
            }
            return finish_throw(th, v);
        }
        let result = throw_into_delegate(th, generator, delegate.value());
        match result {
            Ok(Some(v)) => return Ok(v),
            Ok(None) => {}
            Err(_) => return finish_throw(th, v),
        }
    }
    finish_throw(th, v)
}

/// Throws into the delegate; `None` = it has no `throw`, the exception is set again.
fn throw_into_delegate(th: &Thread, generator: &Generator, delegate: Value) -> PyResult<Option<Obj>> {
    let thrown = th.take_exception();
    let exception = thrown.as_ref().map_or(statics::none(), Obj::value);
    if Generator::of(delegate).is_some() && !delegate.is_exact(&ASYNC_GENERATOR_TYPE) {
        th.restore_exception(thrown);
        return linked(th, generator, || throw_current(th, delegate)).map(Some);
    }
    let name = th.intern("throw")?;
    let Some(method) = object::lookup_attr(th, delegate, name.value())? else {
        th.restore_exception(thrown);
        return Ok(None);
    };
    linked(th, generator, || call::call1(th, method.value(), exception)).map(Some)
}

/// Works on a delegate as if the generator had called it: its frame is among those that are running.
fn linked<T>(th: &Thread, generator: &Generator, work: impl FnOnce() -> T) -> T {
    let (frame, previous) = (&generator.0.frame, th.core.frame.get());
    frame.previous.set(previous);
    generator.0.state.set(FRAME_EXECUTING);
    th.core.frame.set(std::ptr::from_ref(frame).cast_mut());
    let result = work();
    th.core.frame.set(previous);
    frame.previous.set(std::ptr::null_mut());
    generator.0.state.set(FRAME_SUSPENDED_YIELD_FROM);
    result
}

/// Raises the thread's exception in the frame itself.
fn finish_throw(th: &Thread, v: Value) -> PyResult {
    match resume(th, v, Resume::Throw)? {
        Resumed::Yielded(v) => Ok(v),
        Resumed::Returned(value) => Err(stop(th, v, value)),
    }
}

/// Closes what a generator delegates to.
fn close_delegate(th: &Thread, delegate: Value) -> PyResult<()> {
    if Generator::of(delegate).is_some() && !delegate.is_exact(&ASYNC_GENERATOR_TYPE) {
        return close(th, delegate).map(drop);
    }
    let name = th.intern("close")?;
    match object::lookup_attr(th, delegate, name.value()) {
        Ok(Some(method)) => call::call0(th, method.value()).map(drop),
        Ok(None) => Ok(()),
        Err(_) => {
            th.write_unraisable("closing generator", Some(delegate));
            Ok(())
        }
    }
}

/// `close()`: GeneratorExit is raised at the suspension point; the return value, if the body returns one.
///
/// # Errors
/// RuntimeError when the body yields again; what it raises instead of GeneratorExit.
pub fn close(th: &Thread, v: Value) -> PyResult {
    let Some(generator) = Generator::of(v) else { return err!(th, SYSTEM_ERROR, "not a generator") };
    match generator.state() {
        FRAME_CREATED => {
            release_frame(th, generator);
            return Ok(Obj::none());
        }
        FRAME_CLEARED => return Ok(Obj::none()),
        FRAME_EXECUTING => return err!(th, VALUE_ERROR, "{} already executing", generator.kind()),
        FRAME_SUSPENDED if yields_outside_try(th, generator) => {
            release_frame(th, generator);
            return Ok(Obj::none());
        }
        _ => {}
    }
    let delegated = match yield_from_target(v) {
        Some(delegate) => {
            generator.0.state.set(FRAME_EXECUTING);
            let closed = close_delegate(th, delegate.value());
            generator.0.state.set(FRAME_SUSPENDED_YIELD_FROM);
            closed
        }
        None => Ok(()),
    };
    if delegated.is_ok() {
        let _ = th.raise_with(&statics::GENERATOR_EXIT, &[]);
    }
    match resume(th, v, Resume::Throw) {
        Ok(Resumed::Yielded(_)) => err!(th, RUNTIME_ERROR, "{} ignored GeneratorExit", generator.kind()),
        Ok(Resumed::Returned(value)) => Ok(value),
        Err(_) if th.exception_matches(&statics::GENERATOR_EXIT) || th.exception_matches(&statics::STOP_ITERATION) => {
            drop(th.take_exception());
            Ok(Obj::none())
        }
        Err(raised) => Err(raised),
    }
}

/// The arguments of `throw(value)` or the old `throw(type, value, traceback)`: sets the thread's exception.
fn set_thrown(th: &Thread, args: Args) -> PyResult<()> {
    check_thrown(th, args)?;
    let values: Vec<Value> = args.values().collect();
    make_thrown(th, &values)
}

/// Whether `throw` takes that many arguments, and the warning of more than one.
fn check_thrown(th: &Thread, args: Args) -> PyResult<()> {
    args.expect(th, "throw", 1, 3)?;
    if args.len() > 1 {
        crate::warnings::warn(
            th,
            &statics::DEPRECATION_WARNING,
            "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.",
            1,
        )?;
    }
    Ok(())
}

/// Sets the thread's exception from the arguments of `throw`.
fn make_thrown(th: &Thread, args: &[Value]) -> PyResult<()> {
    let argument = |i: usize| args.get(i).copied().filter(|v| !v.is_none());
    let (first, value, traceback) = (argument(0).unwrap_or(statics::none()), argument(1), argument(2));
    if traceback.is_some_and(|tb| !tb.is_exact(&statics::TRACEBACK_TYPE)) {
        return err!(th, TYPE_ERROR, "throw() third argument must be a traceback object");
    }
    let exception = if first.is_instance(&statics::BASE_EXCEPTION) {
        if value.is_some() {
            return err!(th, TYPE_ERROR, "instance exception may not have a separate value");
        }
        first.own()
    } else if first.cast::<Type>().is_some_and(|ty| ty.is_subtype_of(&statics::BASE_EXCEPTION)) {
        let made = match value {
            Some(value) if value.is_instance(first.cast::<Type>().unwrap_or(&statics::BASE_EXCEPTION)) => {
                Ok(value.own())
            }
            Some(value) => match value.cast::<crate::types::tuple::Tuple>() {
                Some(items) => call::call_values(th, first, items.as_slice()),
                None => call::call1(th, first, value),
            },
            None => call::call0(th, first),
        };
        // What goes wrong in making the exception is thrown in its place.
        match made {
            Ok(made) if made.is_instance(&statics::BASE_EXCEPTION) => made,
            Ok(made) => {
                let (class, made) = (object::repr_text(th, first)?, made.ty().name());
                let _ = th.type_error(format!(
                    "calling {class} should have returned an instance of BaseException, not {made}"
                ));
                return Ok(());
            }
            Err(_) => return Ok(()),
        }
    } else {
        return err!(
            th,
            TYPE_ERROR,
            "exceptions must be classes or instances deriving from BaseException, not {}",
            first.ty().name()
        );
    };
    if let Some(traceback) = traceback {
        crate::types::exceptions::set_traceback(exception.value(), Some(traceback.own()));
    }
    let _ = th.raise_instance(exception);
    Ok(())
}

/// `throw(...)` with Python's arguments.
///
/// # Errors
/// What comes out of the body.
pub fn throw(th: &Thread, v: Value, args: Args) -> PyResult {
    set_thrown(th, args)?;
    throw_current(th, v)
}

/// The iterator behind `await v`. The oparg says for whom: 0 `await`, 1 and 2 `async with`'s enter and exit.
///
/// # Errors
/// TypeError for what cannot be awaited; RuntimeError for a coroutine that is being awaited already.
pub fn get_awaitable(th: &Thread, v: Value, context: u32) -> PyResult {
    if v.is_exact(&COROUTINE_TYPE) {
        if yield_from_target(v).is_some() {
            return err!(th, RUNTIME_ERROR, "coroutine is being awaited already");
        }
        return Ok(v.own());
    }
    if is_iterable_coroutine(v) {
        return Ok(v.own());
    }
    if let Some(am_await) = v.ty().slots().am_await {
        let it = am_await(th, v)?;
        if it.is_exact(&COROUTINE_TYPE) || is_iterable_coroutine(it.value()) {
            return err!(th, TYPE_ERROR, "__await__() returned a coroutine");
        }
        if it.ty().slots().iternext.is_none() {
            return err!(th, TYPE_ERROR, "__await__() returned non-iterator of type '{}'", it.ty().name());
        }
        return Ok(it);
    }
    let name = v.ty().name();
    match context {
        1 | 2 => {
            let method = if context == 1 { "__aenter__" } else { "__aexit__" };
            err!(
                th,
                TYPE_ERROR,
                "'async with' received an object from {method} that does not implement __await__: {name}"
            )
        }
        _ => err!(th, TYPE_ERROR, "'{name}' object can't be awaited"),
    }
}

/// A generator made by `types.coroutine`.
fn is_iterable_coroutine(v: Value) -> bool {
    v.is_exact(&GENERATOR_TYPE)
        && Generator::of(v).is_some_and(|generator| generator.code().flags & co::ITERABLE_COROUTINE != 0)
}

fn repr(th: &Thread, v: Value) -> PyResult {
    let Some(generator) = Generator::of(v) else { return th.str("<generator>") };
    let name = generator.qualname().get().map_or_else(String::new, |v| to_rust_string(v.value()));
    let kind = if v.is_exact(&ASYNC_GENERATOR_TYPE) { "async_generator" } else { generator.kind() };
    th.str(&format!("<{kind} object {name} at {:#x}>", v.bits()))
}

fn iter_self(_: &Thread, v: Value) -> PyResult {
    Ok(v.own())
}

fn coroutine_await(th: &Thread, v: Value) -> PyResult {
    Instance::create(th, CoroutineWrapper { coroutine: v.own() })
}

/// What `coroutine.__await__()` gives: an iterator over the coroutine.
struct CoroutineWrapper {
    coroutine: Obj,
}

impl Payload for CoroutineWrapper {
    #[inline(always)]
    fn ty() -> &'static Type {
        &COROUTINE_WRAPPER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.coroutine);
    }
}

fn wrapper_next(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    match v.cast::<Instance<CoroutineWrapper>>() {
        Some(wrapper) => iternext(th, wrapper.coroutine.value()),
        None => Ok(None),
    }
}

macro_rules! common_getters {
    ($module:ident, $frame:literal, $running:literal, $suspended:literal, $code:literal, $delegate:literal$(, $origin:literal)?) => {
        #[pymethods]
        mod $module {
            use super::*;
            #[getter("__name__")]
            fn name(_: &Thread, this: &Generator) -> Option<Obj> {
                this.name().get()
            }
            #[setter("__name__")]
            fn set_name(th: &Thread, this: &Generator, value: Option<Value>) -> PyResult<()> {
                set_text(th, this.name(), value, "__name__")
            }
            #[getter("__qualname__")]
            fn qualname(_: &Thread, this: &Generator) -> Option<Obj> {
                this.qualname().get()
            }
            #[setter("__qualname__")]
            fn set_qualname(th: &Thread, this: &Generator, value: Option<Value>) -> PyResult<()> {
                set_text(th, this.qualname(), value, "__qualname__")
            }
            #[getter($frame)]
            fn frame(th: &Thread, this: &Generator) -> PyResult<Option<Obj>> {
                if this.state() == FRAME_CLEARED {
                    return Ok(None);
                }
                crate::types::frame::object_for(th, &raw const this.0.frame as *mut Frame).map(Some)
            }
            #[getter($running)]
            fn running(_: &Thread, this: &Generator) -> bool {
                this.state() == FRAME_EXECUTING
            }
            #[getter($suspended)]
            fn suspended(_: &Thread, this: &Generator) -> bool {
                (FRAME_CREATED + 1..FRAME_EXECUTING).contains(&this.state())
            }
            #[getter($code)]
            fn code(_: &Thread, this: &Generator) -> Obj {
                // SAFETY: I1, the code is alive with the generator.
                unsafe { Value::from_ptr(this.code()) }.own()
            }
            #[getter($delegate)]
            fn delegate(_: &Thread, this: &Generator) -> Option<Obj> {
                yield_from_target(this.value())
            }
            $(#[getter($origin)]
            fn origin(_: &Thread, this: &Generator) -> Option<Obj> {
                this.origin_or_finalizer().get()
            })?
        }
    };
}

fn set_text(th: &Thread, cell: &ObjCell, value: Option<Value>, what: &str) -> PyResult<()> {
    match value.filter(|v| v.is_instance(&statics::STR_TYPE)) {
        Some(v) => {
            cell.set(Some(v.own()));
            Ok(())
        }
        None => err!(th, TYPE_ERROR, "{what} must be set to a string object"),
    }
}

common_getters!(generator_getters, "gi_frame", "gi_running", "gi_suspended", "gi_code", "gi_yieldfrom");
common_getters!(coroutine_getters, "cr_frame", "cr_running", "cr_suspended", "cr_code", "cr_await", "cr_origin");
common_getters!(async_getters, "ag_frame", "ag_running", "ag_suspended", "ag_code", "ag_await");

#[pymethods]
mod driving {
    use super::*;
    /// Resume with a value; returns the next yielded value or raises StopIteration.
    #[method("send(value, /)")]
    fn send(th: &Thread, this: Value, value: Value) -> PyResult {
        super::send(th, this, value)
    }
    /// Raise an exception at the suspension point.
    #[method("throw(value, traceback=None, third=None, /)", raw)]
    fn throw(th: &Thread, this: Value, args: Args) -> PyResult {
        super::throw(th, this, args)
    }
    /// Raise GeneratorExit at the suspension point.
    #[method("close()")]
    fn close(th: &Thread, this: Value) -> PyResult {
        super::close(th, this)
    }
    /// See PEP 585.
    #[classmethod("__class_getitem__(item, /)")]
    fn class_getitem(th: &Thread, cls: Value, item: Value) -> PyResult {
        crate::types::generic_alias::new(th, cls, item)
    }
}

#[pymethods]
mod wrapper_methods {
    use super::*;
    #[method("send(value, /)")]
    fn send(th: &Thread, this: &Instance<CoroutineWrapper>, value: Value) -> PyResult {
        super::send(th, this.coroutine.value(), value)
    }
    #[method("throw(value, traceback=None, third=None, /)", raw)]
    fn throw(th: &Thread, this: &Instance<CoroutineWrapper>, args: Args) -> PyResult {
        super::throw(th, this.coroutine.value(), args)
    }
    #[method("close()")]
    fn close(th: &Thread, this: &Instance<CoroutineWrapper>) -> PyResult {
        super::close(th, this.coroutine.value())
    }
}

const SLOTS: Slots = Slots {
    dealloc: Some(dealloc),
    traverse: Some(traverse),
    clear: Some(clear),
    body_size: Some(body_size),
    finalize: Some(finalize),
    repr: Some(repr),
    ..Slots::EMPTY
};

const COMMON: TypeSpec = TypeSpec {
    base: Some(&crate::types::object::OBJECT_TYPE),
    basicsize: size_of::<GeneratorObject>(),
    flags: flags::HAVE_GC | flags::WEAKREFABLE | flags::DISALLOW_INSTANTIATION,
    ..TypeSpec::DEFAULT
};

builtin_type! {
    /// `types.GeneratorType`.
    pub static GENERATOR_TYPE = TypeSpec {
        name: "generator",
        slots: Slots { iter: Some(iter_self), iternext: Some(iternext), ..SLOTS },
        methods: driving::METHODS,
        getsets: generator_getters::GETSETS,
        ..COMMON
    }
}

builtin_type! {
    /// `types.CoroutineType`.
    pub static COROUTINE_TYPE = TypeSpec {
        name: "coroutine",
        slots: Slots { am_await: Some(coroutine_await), ..SLOTS },
        methods: driving::METHODS,
        getsets: coroutine_getters::GETSETS,
        ..COMMON
    }
}

builtin_type! {
    /// `types.AsyncGeneratorType`.
    pub static ASYNC_GENERATOR_TYPE = TypeSpec {
        name: "async_generator",
        slots: Slots { am_aiter: Some(iter_self), am_anext: Some(asyncgen::anext), ..SLOTS },
        methods: asyncgen::methods::METHODS,
        getsets: async_getters::GETSETS,
        ..COMMON
    }
}

builtin_type! {
    pub static COROUTINE_WRAPPER_TYPE = TypeSpec {
        name: "coroutine_wrapper",
        base: Some(&crate::types::object::OBJECT_TYPE),
        slots: Slots { iter: Some(iter_self), iternext: Some(wrapper_next), ..Instance::<CoroutineWrapper>::SLOTS },
        methods: wrapper_methods::METHODS,
        ..Instance::<CoroutineWrapper>::SPEC
    }
}

/// The types beside generators, coroutines and asynchronous generators themselves.
pub(crate) static ALL: &[&Type] =
    &[&COROUTINE_WRAPPER_TYPE, &asyncgen::ASEND_TYPE, &asyncgen::ATHROW_TYPE, &asyncgen::WRAPPED_VALUE_TYPE];

//! Async generators (PEP 525): the awaitables of `__anext__`, `asend`, `athrow` and `aclose`.
//!
//! An async generator's own yields arrive wrapped ([`async_gen_wrap`]); anything unwrapped comes from an `await` inside
//! and passes through to the event loop.

use super::{Generator, resume};
use crate::interp::{Resume, Resumed};
use crate::prelude::*;
use crate::types::str::to_rust_string;
use crate::types::tuple::Tuple;
use std::cell::Cell;
use whipsnake_layout::frame::FRAME_CLEARED;

/// Flags of the generator object.
const HOOKS_CALLED: u8 = 1;
pub const CLOSED: u8 = 2;
const RUNNING: u8 = 4;

/// A value yielded by the async generator itself.
pub struct WrappedValue {
    value: Obj,
}

impl Payload for WrappedValue {
    #[inline(always)]
    fn ty() -> &'static Type {
        &WRAPPED_VALUE_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.value);
    }
}

/// Marks a value as yielded by an async generator (an intrinsic of the compiler).
///
/// # Errors
/// MemoryError.
pub fn async_gen_wrap(th: &Thread, v: Value) -> PyResult {
    Instance::create(th, WrappedValue { value: v.own() })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Init,
    Iterating,
    Closed,
}

/// `asend(value)` and `__anext__()`.
pub struct Asend {
    generator: Obj,
    value: ObjCell,
    state: Cell<State>,
}

impl Payload for Asend {
    #[inline(always)]
    fn ty() -> &'static Type {
        &ASEND_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.generator);
        visitor.cell(&self.value);
    }
}

/// `athrow(...)`, and `aclose()` without arguments.
pub struct Athrow {
    generator: Obj,
    /// What to throw (tuple), as it was given; empty for `aclose`.
    arguments: ObjCell,
    state: Cell<State>,
}

impl Payload for Athrow {
    #[inline(always)]
    fn ty() -> &'static Type {
        &ATHROW_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.generator);
        visitor.cell(&self.arguments);
    }
}

fn flags_of<'a>(v: Value) -> Option<&'a Cell<u8>> {
    Generator::of(v).map(|generator| &generator.0.flags)
}

fn has(v: Value, flag: u8) -> bool {
    flags_of(v).is_some_and(|flags| flags.get() & flag != 0)
}

fn set(v: Value, flag: u8, on: bool) {
    if let Some(flags) = flags_of(v) {
        flags.set(if on { flags.get() | flag } else { flags.get() & !flag });
    }
}

/// Runs the thread's first-iteration hooks once.
fn init_hooks(th: &Thread, v: Value) -> PyResult<()> {
    if has(v, HOOKS_CALLED) {
        return Ok(());
    }
    set(v, HOOKS_CALLED, true);
    if let (Some(finalizer), Some(generator)) = (th.asyncgen_finalizer.get(), Generator::of(v)) {
        generator.origin_or_finalizer().set(Some(finalizer));
    }
    if let Some(first) = th.asyncgen_firstiter.get() {
        call::call1(th, first.value(), v)?;
    }
    Ok(())
}

/// Turns what came out of the frame into what the awaitable gives: a wrapped value ends the await with StopIteration.
fn unwrap(th: &Thread, generator: Value, result: PyResult<Resumed>) -> PyResult {
    match result {
        Ok(Resumed::Yielded(v)) => match v.cast::<Instance<WrappedValue>>() {
            Some(wrapped) => {
                set(generator, RUNNING, false);
                Err(th.raise_with(&statics::STOP_ITERATION, &[wrapped.value.value()]))
            }
            None => Ok(v),
        },
        Ok(Resumed::Returned(_)) => {
            set(generator, CLOSED, true);
            set(generator, RUNNING, false);
            Err(th.raise_with(&statics::STOP_ASYNC_ITERATION, &[]))
        }
        Err(raised) => {
            if th.exception_matches(&statics::STOP_ASYNC_ITERATION) || th.exception_matches(&statics::GENERATOR_EXIT) {
                set(generator, CLOSED, true);
            }
            set(generator, RUNNING, false);
            Err(raised)
        }
    }
}

fn asend_send(th: &Thread, this: &Asend, value: Value) -> PyResult {
    let generator = this.generator.value();
    match this.state.get() {
        State::Closed => {
            return err!(th, RUNTIME_ERROR, "cannot reuse already awaited __anext__()/asend()");
        }
        State::Init => {
            if has(generator, RUNNING) {
                this.state.set(State::Closed);
                return err!(th, RUNTIME_ERROR, "anext(): asynchronous generator is already running");
            }
            this.state.set(State::Iterating);
        }
        State::Iterating => {}
    }
    let sent = if value.is_none() { this.value.take().unwrap_or_else(Obj::none) } else { value.own() };
    set(generator, RUNNING, true);
    let result = resume(th, generator, Resume::Send(sent));
    let result = unwrap(th, generator, result);
    if result.is_err() {
        this.state.set(State::Closed);
    }
    result
}

fn asend_throw(th: &Thread, this: &Asend, args: Args) -> PyResult {
    let generator = this.generator.value();
    if this.state.get() == State::Closed {
        return err!(th, RUNTIME_ERROR, "cannot reuse already awaited __anext__()/asend()");
    }
    if this.state.get() == State::Init {
        if has(generator, RUNNING) {
            this.state.set(State::Closed);
            return err!(th, RUNTIME_ERROR, "anext(): asynchronous generator is already running");
        }
        this.state.set(State::Iterating);
        set(generator, RUNNING, true);
    }
    super::set_thrown(th, args)?;
    let result = throw_resumed(th, generator);
    let result = unwrap(th, generator, result);
    if result.is_err() {
        this.state.set(State::Closed);
    }
    result
}

/// Throws the thread's exception into the generator, through what it awaits.
fn throw_resumed(th: &Thread, generator: Value) -> PyResult<Resumed> {
    match super::throw_current(th, generator) {
        Ok(v) => Ok(Resumed::Yielded(v)),
        Err(raised) => Err(raised),
    }
}

fn athrow_send(th: &Thread, this: &Athrow, value: Value) -> PyResult {
    let generator = this.generator.value();
    let closing = this.arguments.is_empty();
    let what = if closing { "aclose()" } else { "athrow()" };
    if this.state.get() == State::Closed {
        return err!(th, RUNTIME_ERROR, "cannot reuse already awaited aclose()/athrow()");
    }
    if Generator::of(generator).is_some_and(|generator| generator.state() == FRAME_CLEARED) {
        this.state.set(State::Closed);
        return Err(th.raise_with(&statics::STOP_ITERATION, &[]));
    }
    if this.state.get() == State::Init {
        if has(generator, RUNNING) {
            this.state.set(State::Closed);
            return err!(th, RUNTIME_ERROR, "{what}: asynchronous generator is already running");
        }
        if has(generator, CLOSED) {
            this.state.set(State::Closed);
            return Err(th.raise_with(&statics::STOP_ASYNC_ITERATION, &[]));
        }
        if !value.is_none() {
            return err!(th, RUNTIME_ERROR, "can't send non-None value to a just-started async generator");
        }
        this.state.set(State::Iterating);
        set(generator, RUNNING, true);
        let result = match this.arguments.get() {
            Some(arguments) => {
                let arguments: &[Value] = arguments.cast::<Tuple>().map_or(&[], Tuple::as_slice);
                super::make_thrown(th, arguments).and_then(|()| throw_resumed(th, generator))
            }
            None => {
                set(generator, CLOSED, true);
                let _ = th.raise_with(&statics::GENERATOR_EXIT, &[]);
                throw_resumed(th, generator)
            }
        };
        return athrow_result(th, this, result);
    }
    let result = resume(th, generator, Resume::Send(value.own()));
    athrow_result(th, this, result)
}

fn athrow_result(th: &Thread, this: &Athrow, result: PyResult<Resumed>) -> PyResult {
    let generator = this.generator.value();
    if !this.arguments.is_empty() {
        let result = unwrap(th, generator, result);
        if result.is_err() {
            this.state.set(State::Closed);
        }
        return result;
    }
    match result {
        Ok(Resumed::Yielded(v)) if v.is_exact(&WRAPPED_VALUE_TYPE) => {
            set(generator, RUNNING, false);
            this.state.set(State::Closed);
            err!(th, RUNTIME_ERROR, "async generator ignored GeneratorExit")
        }
        Ok(Resumed::Yielded(v)) => Ok(v),
        Ok(Resumed::Returned(_)) => {
            set(generator, RUNNING, false);
            this.state.set(State::Closed);
            Err(th.raise_with(&statics::STOP_ITERATION, &[]))
        }
        Err(raised) => {
            set(generator, RUNNING, false);
            this.state.set(State::Closed);
            if th.exception_matches(&statics::STOP_ASYNC_ITERATION) || th.exception_matches(&statics::GENERATOR_EXIT) {
                drop(th.take_exception());
                return Err(th.raise_with(&statics::STOP_ITERATION, &[]));
            }
            Err(raised)
        }
    }
}

fn athrow_throw(th: &Thread, this: &Athrow, args: Args) -> PyResult {
    let generator = this.generator.value();
    let what = if this.arguments.is_empty() { "aclose()" } else { "athrow()" };
    if this.state.get() == State::Closed {
        return err!(th, RUNTIME_ERROR, "cannot reuse already awaited aclose()/athrow()");
    }
    if this.state.get() == State::Init {
        if has(generator, RUNNING) {
            this.state.set(State::Closed);
            return err!(th, RUNTIME_ERROR, "{what}: asynchronous generator is already running");
        }
        this.state.set(State::Iterating);
        set(generator, RUNNING, true);
    }
    super::set_thrown(th, args)?;
    let result = throw_resumed(th, generator);
    athrow_result(th, this, result)
}

/// `type(agen).__anext__`.
pub fn anext(th: &Thread, v: Value) -> PyResult {
    init_hooks(th, v)?;
    Instance::create(th, Asend { generator: v.own(), value: ObjCell::EMPTY, state: Cell::new(State::Init) })
}

/// `async for`: the asynchronous iterator of `v`.
///
/// # Errors
/// TypeError.
pub fn get_aiter(th: &Thread, v: Value) -> PyResult {
    let Some(aiter) = v.ty().slots().am_aiter else {
        return err!(th, TYPE_ERROR, "'async for' requires an object with __aiter__ method, got {}", v.ty().name());
    };
    let it = aiter(th, v)?;
    if it.ty().slots().am_anext.is_none() {
        return err!(
            th,
            TYPE_ERROR,
            "'async for' received an object from __aiter__ that does not implement __anext__: {}",
            it.ty().name()
        );
    }
    Ok(it)
}

/// The awaitable iterator of the next step of an `async for`.
///
/// # Errors
/// TypeError.
pub fn get_anext(th: &Thread, v: Value) -> PyResult {
    let Some(next) = v.ty().slots().am_anext else {
        return err!(th, TYPE_ERROR, "'async for' requires an iterator with __anext__ method, got {}", v.ty().name());
    };
    let awaitable = next(th, v)?;
    if v.is_exact(&super::ASYNC_GENERATOR_TYPE) {
        return Ok(awaitable);
    }
    match super::get_awaitable(th, awaitable.value(), 0) {
        Ok(it) => Ok(it),
        Err(_) => {
            let cause = th.take_exception();
            let name = awaitable.ty().name();
            let raised = th.type_error(format!("'async for' received an invalid object from __anext__: {name}"));
            if let Some(current) = th.take_exception() {
                crate::types::exceptions::set_cause(current.value(), cause);
                th.restore_exception(Some(current));
            }
            Err(raised)
        }
    }
}

#[pymethods]
pub mod methods {
    use super::*;
    #[method("asend(value, /)")]
    fn asend(th: &Thread, this: Value, value: Value) -> PyResult {
        init_hooks(th, this)?;
        Instance::create(
            th,
            Asend { generator: this.own(), value: ObjCell::new(value.own()), state: Cell::new(State::Init) },
        )
    }
    #[method("athrow(value, traceback=None, third=None, /)", raw)]
    fn athrow(th: &Thread, this: Value, args: Args) -> PyResult {
        init_hooks(th, this)?;
        super::super::check_thrown(th, args)?;
        let arguments = th.tuple_from_slots(args.positional_slots())?;
        let arguments = ObjCell::new(arguments);
        Instance::create(th, Athrow { generator: this.own(), arguments, state: Cell::new(State::Init) })
    }
    #[method("aclose()")]
    fn aclose(th: &Thread, this: Value) -> PyResult {
        init_hooks(th, this)?;
        Instance::create(th, Athrow { generator: this.own(), arguments: ObjCell::EMPTY, state: Cell::new(State::Init) })
    }
    #[classmethod("__class_getitem__(item, /)")]
    fn class_getitem(th: &Thread, cls: Value, item: Value) -> PyResult {
        crate::types::generic_alias::new(th, cls, item)
    }
}

fn asend_of<'a>(v: Value) -> &'a Instance<Asend> {
    // SAFETY: I4, slots are called with instances of their type.
    unsafe { v.cast_unchecked() }
}

fn athrow_of<'a>(v: Value) -> &'a Instance<Athrow> {
    // SAFETY: I4, slots are called with instances of their type.
    unsafe { v.cast_unchecked() }
}

fn asend_next(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    asend_send(th, asend_of(v), statics::none()).map(Some)
}

fn athrow_next(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    athrow_send(th, athrow_of(v), statics::none()).map(Some)
}

#[pymethods]
mod asend_methods {
    use super::*;
    #[method("send(value, /)")]
    fn send(th: &Thread, this: &Instance<Asend>, value: Value) -> PyResult {
        asend_send(th, this, value)
    }
    #[method("throw(value, traceback=None, third=None, /)", raw)]
    fn throw(th: &Thread, this: &Instance<Asend>, args: Args) -> PyResult {
        asend_throw(th, this, args)
    }
    #[method("close()")]
    fn close(th: &Thread, this: &Instance<Asend>) -> PyResult<()> {
        if this.state.get() == State::Closed {
            return Ok(());
        }
        let exit = statics::GENERATOR_EXIT.value();
        match asend_throw(th, this, Args::from_values(&[exit])) {
            Ok(_) => err!(th, RUNTIME_ERROR, "coroutine ignored GeneratorExit"),
            Err(_)
                if [&statics::STOP_ITERATION, &statics::STOP_ASYNC_ITERATION, &statics::GENERATOR_EXIT]
                    .iter()
                    .any(|ty| th.exception_matches(ty)) =>
            {
                drop(th.take_exception());
                Ok(())
            }
            Err(raised) => Err(raised),
        }
    }
}

#[pymethods]
mod athrow_methods {
    use super::*;
    #[method("send(value, /)")]
    fn send(th: &Thread, this: &Instance<Athrow>, value: Value) -> PyResult {
        athrow_send(th, this, value)
    }
    #[method("throw(value, traceback=None, third=None, /)", raw)]
    fn throw(th: &Thread, this: &Instance<Athrow>, args: Args) -> PyResult {
        athrow_throw(th, this, args)
    }
    #[method("close()")]
    fn close(th: &Thread, this: &Instance<Athrow>) -> PyResult<()> {
        if this.state.get() == State::Closed {
            return Ok(());
        }
        let exit = statics::GENERATOR_EXIT.value();
        match athrow_throw(th, this, Args::from_values(&[exit])) {
            Ok(_) => err!(th, RUNTIME_ERROR, "coroutine ignored GeneratorExit"),
            Err(_)
                if [&statics::STOP_ITERATION, &statics::STOP_ASYNC_ITERATION, &statics::GENERATOR_EXIT]
                    .iter()
                    .any(|ty| th.exception_matches(ty)) =>
            {
                drop(th.take_exception());
                Ok(())
            }
            Err(raised) => Err(raised),
        }
    }
}

/// Whether an awaitable has been awaited, so that its death needs no warning.
#[inline]
pub fn was_awaited(v: Value) -> bool {
    let state = match (v.exact::<Instance<Asend>>(), v.exact::<Instance<Athrow>>()) {
        (Some(asend), _) => asend.state.get(),
        (_, Some(athrow)) => athrow.state.get(),
        _ => return false,
    };
    state != State::Init
}

/// Warns of an awaitable that dies before it was awaited.
fn finalize(th: &Thread, v: Value) {
    let (method, generator) = match (v.cast::<Instance<Asend>>(), v.cast::<Instance<Athrow>>()) {
        _ if was_awaited(v) => return,
        (Some(asend), _) => ("asend", asend.generator.value()),
        (_, Some(athrow)) if athrow.arguments.is_empty() => ("aclose", athrow.generator.value()),
        (_, Some(athrow)) => ("athrow", athrow.generator.value()),
        _ => return,
    };
    let name = Generator::of(generator).and_then(|generator| generator.qualname().get());
    let name = name.map_or_else(String::new, |name| to_rust_string(name.value()));
    let text = format!("coroutine method '{method}' of '{name}' was never awaited");
    if crate::warnings::warn(th, &statics::RUNTIME_WARNING, &text, 1).is_err() {
        th.write_unraisable("finalizing an awaitable of an async generator", Some(v));
    }
}

fn self_iter(_: &Thread, v: Value) -> PyResult {
    Ok(v.own())
}

builtin_type! {
    pub static ASEND_TYPE = TypeSpec {
        name: "async_generator_asend",
        base: Some(&crate::types::object::OBJECT_TYPE),
        slots: Slots {
            am_await: Some(self_iter),
            iter: Some(self_iter),
            iternext: Some(asend_next),
            finalize: Some(finalize),
            ..Instance::<Asend>::SLOTS
        },
        methods: asend_methods::METHODS,
        ..Instance::<Asend>::SPEC
    }
}

builtin_type! {
    pub static ATHROW_TYPE = TypeSpec {
        name: "async_generator_athrow",
        base: Some(&crate::types::object::OBJECT_TYPE),
        slots: Slots {
            am_await: Some(self_iter),
            iter: Some(self_iter),
            iternext: Some(athrow_next),
            finalize: Some(finalize),
            ..Instance::<Athrow>::SLOTS
        },
        methods: athrow_methods::METHODS,
        ..Instance::<Athrow>::SPEC
    }
}

builtin_type! {
    pub static WRAPPED_VALUE_TYPE = TypeSpec {
        name: "async_generator_wrapped_value",
        base: Some(&crate::types::object::OBJECT_TYPE),
        ..Instance::<WrappedValue>::SPEC
    }
}

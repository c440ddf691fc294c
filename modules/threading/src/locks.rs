//! `lock` and `RLock`. Their state changes only under the interpreter's lock.

use crate::address;
use crate::waiting::{Deadline, Event, deadline};
use std::cell::Cell;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::tuple::Tuple;

/// A lock that is not owned by anyone in particular.
#[derive(Default)]
pub struct Mutex {
    locked: Cell<bool>,
    event: Event,
}

impl Mutex {
    fn try_acquire(&self) -> bool {
        !self.locked.replace(true)
    }
    /// Takes the lock; false when the time ran out.
    pub fn acquire(&self, th: &Thread, deadline: Deadline) -> PyResult<bool> {
        if self.try_acquire() {
            return Ok(true);
        }
        match deadline {
            None => Ok(false),
            Some(deadline) => self.event.wait_until(th, deadline, || self.try_acquire()),
        }
    }
    fn release(&self) {
        self.locked.set(false);
        self.event.wake(1);
    }
}

pub struct Lock {
    mutex: Mutex,
}

impl Payload for Lock {
    #[inline(always)]
    fn ty() -> &'static Type {
        &LOCK_TYPE
    }
    fn traverse(&self, _: &mut Visitor) {}
}

/// A new lock.
///
/// # Errors
/// MemoryError.
pub fn new_lock(th: &Thread) -> PyResult {
    Instance::create(th, Lock { mutex: Mutex::default() })
}

fn construct_lock(th: &Thread, _: &'static Type, args: Args) -> PyResult {
    if args.len() + args.keyword_count() != 0 {
        return err!(th, TYPE_ERROR, "lock expected 0 arguments, got {}", args.len() + args.keyword_count());
    }
    new_lock(th)
}

fn lock_repr(th: &Thread, v: Value) -> PyResult {
    let locked = v.cast::<Instance<Lock>>().is_some_and(|lock| lock.mutex.locked.get());
    let state = if locked { "locked" } else { "unlocked" };
    th.str(&format!("<{state} _thread.lock object at {:#x}>", address(v)))
}

#[pymethods]
mod lock_methods {
    use super::*;
    type This = Instance<Lock>;

    /// Takes the lock. Returns whether it was taken: False when not waiting, or when the time ran out.
    #[method("acquire(blocking=True, timeout=-1)")]
    fn acquire(th: &Thread, this: &This, blocking: bool, timeout: Option<Value>) -> PyResult<bool> {
        this.mutex.acquire(th, deadline(th, blocking, timeout)?)
    }
    /// An old name of acquire().
    #[method("acquire_lock(blocking=True, timeout=-1)")]
    fn acquire_lock(th: &Thread, this: &This, blocking: bool, timeout: Option<Value>) -> PyResult<bool> {
        acquire(th, this, blocking, timeout)
    }
    /// Gives the lock back; any thread may do that.
    #[method("release()")]
    fn release(th: &Thread, this: &This) -> PyResult<()> {
        if !this.mutex.locked.get() {
            return err!(th, RUNTIME_ERROR, "release unlocked lock");
        }
        this.mutex.release();
        Ok(())
    }
    /// An old name of release().
    #[method("release_lock()")]
    fn release_lock(th: &Thread, this: &This) -> PyResult<()> {
        release(th, this)
    }
    /// Whether the lock is taken.
    #[method("locked()")]
    fn locked(_: &Thread, this: &This) -> bool {
        this.mutex.locked.get()
    }
    /// An old name of locked().
    #[method("locked_lock()")]
    fn locked_lock(_: &Thread, this: &This) -> bool {
        this.mutex.locked.get()
    }
    #[method("__enter__()")]
    fn enter(th: &Thread, this: &This) -> PyResult<bool> {
        this.mutex.acquire(th, Some(None))
    }
    #[method("__exit__(*exc_info)")]
    fn exit(th: &Thread, this: &This, exc_info: &[Slot]) -> PyResult<()> {
        let _ = exc_info;
        release(th, this)
    }
    #[method("_at_fork_reinit()")]
    fn at_fork_reinit(_: &Thread, this: &This) {
        this.mutex.locked.set(false);
    }
}

builtin_type! {
    /// `_thread.lock`.
    pub static LOCK_TYPE = TypeSpec {
        name: "_thread.lock",
        flags: flags::WEAKREFABLE,
        doc: "A lock: one thread at a time holds it.",
        slots: Slots { new: Some(construct_lock), repr: Some(lock_repr), ..Instance::<Lock>::SLOTS },
        methods: lock_methods::METHODS,
        ..Instance::<Lock>::SPEC
    }
}

pub struct ReentrantLock {
    mutex: Mutex,
    owner: Cell<u64>,
    count: Cell<u64>,
}

impl Payload for ReentrantLock {
    #[inline(always)]
    fn ty() -> &'static Type {
        &RLOCK_TYPE
    }
    fn traverse(&self, _: &mut Visitor) {}
}

impl ReentrantLock {
    fn is_owned(&self, th: &Thread) -> bool {
        self.count.get() > 0 && self.owner.get() == th.ident
    }
    fn acquire(&self, th: &Thread, deadline: Deadline) -> PyResult<bool> {
        if self.is_owned(th) {
            self.count.set(self.count.get() + 1);
            return Ok(true);
        }
        let taken = self.mutex.acquire(th, deadline)?;
        if taken {
            self.owner.set(th.ident);
            self.count.set(1);
        }
        Ok(taken)
    }
    fn release(&self, th: &Thread) -> PyResult<()> {
        if !self.is_owned(th) {
            return err!(th, RUNTIME_ERROR, "cannot release un-acquired lock");
        }
        self.count.set(self.count.get() - 1);
        if self.count.get() == 0 {
            self.owner.set(0);
            self.mutex.release();
        }
        Ok(())
    }
}

fn construct_rlock(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    let payload = ReentrantLock { mutex: Mutex::default(), owner: Cell::new(0), count: Cell::new(0) };
    Instance::create_as(th, ty, payload)
}

fn rlock_repr(th: &Thread, v: Value) -> PyResult {
    let Some(this) = v.cast::<Instance<ReentrantLock>>() else { return th.str("<RLock>") };
    let state = if this.count.get() > 0 { "locked" } else { "unlocked" };
    let (name, owner, count) = (number::full_name(v), this.owner.get(), this.count.get());
    th.str(&format!("<{state} {name} object owner={owner} count={count} at {:#x}>", address(v)))
}

#[pymethods]
mod rlock_methods {
    use super::*;
    type This = Instance<ReentrantLock>;

    /// Takes the lock, which the thread may hold already.
    #[method("acquire(blocking=True, timeout=-1)")]
    fn acquire(th: &Thread, this: &This, blocking: bool, timeout: Option<Value>) -> PyResult<bool> {
        this.acquire(th, deadline(th, blocking, timeout)?)
    }
    /// Gives the lock back once.
    #[method("release()")]
    fn release(th: &Thread, this: &This) -> PyResult<()> {
        this.release(th)
    }
    /// Whether any thread holds the lock.
    #[method("locked()")]
    fn locked(_: &Thread, this: &This) -> bool {
        this.count.get() > 0
    }
    #[method("__enter__()")]
    fn enter(th: &Thread, this: &This) -> PyResult<bool> {
        this.acquire(th, Some(None))
    }
    #[method("__exit__(*exc_info)")]
    fn exit(th: &Thread, this: &This, exc_info: &[Slot]) -> PyResult<()> {
        let _ = exc_info;
        this.release(th)
    }
    #[method("_is_owned()")]
    fn is_owned(th: &Thread, this: &This) -> bool {
        this.is_owned(th)
    }
    #[method("_recursion_count()")]
    fn recursion_count(th: &Thread, this: &This) -> u64 {
        if this.is_owned(th) { this.count.get() } else { 0 }
    }
    /// Gives the lock back entirely; returns what _acquire_restore() needs.
    #[method("_release_save()")]
    fn release_save(th: &Thread, this: &This) -> PyResult {
        if this.count.get() == 0 {
            return err!(th, RUNTIME_ERROR, "cannot release un-acquired lock");
        }
        let (count, owner) = (th.uint(this.count.replace(0))?, th.uint(this.owner.replace(0))?);
        this.mutex.release();
        th.tuple(&[count.value(), owner.value()])
    }
    #[method("_acquire_restore(state, /)")]
    fn acquire_restore(th: &Thread, this: &This, state: &Tuple) -> PyResult<()> {
        let (Some(count), Some(owner)) = (state.get(0), state.get(1)) else {
            return err!(th, TYPE_ERROR, "illegal state");
        };
        let (count, owner) = (number::as_u64(th, count.value())?, number::as_u64(th, owner.value())?);
        this.mutex.acquire(th, Some(None))?;
        this.count.set(count);
        this.owner.set(owner);
        Ok(())
    }
    #[method("_at_fork_reinit()")]
    fn at_fork_reinit(_: &Thread, this: &This) {
        this.mutex.locked.set(false);
        this.owner.set(0);
        this.count.set(0);
    }
}

builtin_type! {
    /// `_thread.RLock`.
    pub static RLOCK_TYPE = TypeSpec {
        name: "_thread.RLock",
        flags: flags::WEAKREFABLE | flags::BASETYPE,
        doc: "A lock that its holder can take again.",
        slots: Slots {
            new: Some(construct_rlock),
            repr: Some(rlock_repr),
            ..Instance::<ReentrantLock>::SLOTS
        },
        methods: rlock_methods::METHODS,
        ..Instance::<ReentrantLock>::SPEC
    }
}

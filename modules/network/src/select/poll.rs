//! `select.poll` objects.

use crate::descriptors::file_number;
use crate::timeouts::{Deadline, nanoseconds, wait};
use std::cell::{Cell, RefCell};
use whipsnake_runtime::os_error::raise_errno;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::int;

/// What to watch: descriptors and events, in the order of registration.
pub struct Poll {
    watched: RefCell<Vec<libc::pollfd>>,
    running: Cell<bool>,
}

impl Payload for Poll {
    fn ty() -> &'static Type {
        &POLL_TYPE
    }
    fn traverse(&self, _: &mut Visitor) {}
}

builtin_type! {
    /// `select.poll`, made by the function of that name.
    pub static POLL_TYPE = TypeSpec {
        name: "select.poll",
        flags: flags::DISALLOW_INSTANTIATION,
        methods: methods::METHODS,
        ..Instance::<Poll>::SPEC
    }
}

/// A new object that watches nothing.
///
/// # Errors
/// MemoryError.
pub fn create(th: &Thread) -> PyResult {
    Instance::create(th, Poll { watched: RefCell::default(), running: Cell::new(false) })
}

/// A mask of events.
struct Events(i16);

impl<'a> FromArg<'a> for Events {
    fn from_arg(th: &'a Thread, v: Value, _: ArgName) -> PyResult<Events> {
        let n = number::index(th, v)?;
        if int::is_negative(n.value()) {
            return Err(th.value_error("Cannot convert negative int"));
        }
        match int::try_i64(n.value()).and_then(|n| u16::try_from(n).ok()) {
            Some(events) => Ok(Events(events as i16)),
            None => Err(th.overflow_error("Python int too large for C unsigned short")),
        }
    }
}

/// Marks an object as waiting while it lives.
struct Running<'a>(&'a Cell<bool>);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

#[pymethods]
mod methods {
    use super::*;

    /// Watches a file; by default for all that may be read or written.
    #[method("register(fd, eventmask=7, /)")]
    fn register(th: &Thread, this: &Instance<Poll>, file: Value, events: Option<Events>) -> PyResult<()> {
        let fd = file_number(th, file)?;
        let events = events.map_or(libc::POLLIN | libc::POLLPRI | libc::POLLOUT, |Events(events)| events);
        let mut watched = this.watched.borrow_mut();
        match watched.iter_mut().find(|entry| entry.fd == fd) {
            Some(entry) => entry.events = events,
            None => watched.push(libc::pollfd { fd, events, revents: 0 }),
        }
        Ok(())
    }
    /// Changes what a file is watched for.
    #[method("modify(fd, eventmask, /)")]
    fn modify(th: &Thread, this: &Instance<Poll>, file: Value, events: Events) -> PyResult<()> {
        let fd = file_number(th, file)?;
        match this.watched.borrow_mut().iter_mut().find(|entry| entry.fd == fd) {
            Some(entry) => {
                entry.events = events.0;
                Ok(())
            }
            None => Err(raise_errno(th, libc::ENOENT)),
        }
    }
    /// Watches a file no longer.
    #[method("unregister(fd, /)")]
    fn unregister(th: &Thread, this: &Instance<Poll>, file: Value) -> PyResult<()> {
        let fd = file_number(th, file)?;
        let mut watched = this.watched.borrow_mut();
        match watched.iter().position(|entry| entry.fd == fd) {
            Some(at) => {
                watched.remove(at);
                Ok(())
            }
            None => Err(th.key_error(Value::small_int(fd.into()))),
        }
    }
    /// Waits: a list of descriptors and events. The timeout is in milliseconds; None and negative ones wait for ever.
    #[method("poll(timeout=None, /)")]
    fn poll(th: &Thread, this: &Instance<Poll>, timeout: Option<Value>) -> PyResult {
        let timeout = match timeout {
            None => None,
            Some(v) => Some(nanoseconds(th, v, 1_000_000, "timeout must be an integer or None")?).filter(|n| *n >= 0),
        };
        if timeout.is_some_and(|n| n / 1_000_000 > i64::from(i32::MAX)) {
            return Err(th.overflow_error("timeout is too large"));
        }
        if this.running.replace(true) {
            return Err(th.runtime_error("concurrent poll() invocation"));
        }
        let _running = Running(&this.running);
        let mut entries = this.watched.borrow().clone();
        let found = wait(th, Deadline::after(timeout), |deadline| {
            // SAFETY: the entries live through the call.
            unsafe { libc::poll(entries.as_mut_ptr(), entries.len() as libc::nfds_t, deadline.milliseconds()) }
        })?;
        let count = found.map_err(|errno| raise_errno(th, errno))?;
        let mut ready = Vec::new();
        for entry in entries.iter().filter(|entry| entry.revents != 0).take(count as usize) {
            let events = Value::small_int((entry.revents as u16).into());
            ready.push(th.tuple(&[Value::small_int(entry.fd.into()), events])?);
        }
        th.list(ready)
    }
}

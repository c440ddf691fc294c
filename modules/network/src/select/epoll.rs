//! `select.epoll` objects.

use crate::descriptors::file_number;
use crate::timeouts::{Deadline, nanoseconds, wait};
use std::cell::Cell;
use whipsnake_runtime::args::Params;
use whipsnake_runtime::os_error::{last_errno, raise_errno, raise_last};
use whipsnake_runtime::prelude::*;

/// Events that one call hands out unless told otherwise.
const MAX_EVENTS: i32 = libc::FD_SETSIZE as i32 - 1;

/// The descriptor of the kernel's object; -1 once closed.
pub struct Epoll(Cell<i32>);

impl Payload for Epoll {
    fn ty() -> &'static Type {
        &EPOLL_TYPE
    }
    fn traverse(&self, _: &mut Visitor) {}
}

impl Drop for Epoll {
    fn drop(&mut self) {
        self.close();
    }
}

builtin_type! {
    /// `select.epoll`.
    pub static EPOLL_TYPE = TypeSpec {
        name: "select.epoll",
        flags: 0,
        doc: "epoll(sizehint=-1, flags=0)\n--\n\nAn object of the kernel that watches files.",
        slots: Slots { new: Some(construct), ..Instance::<Epoll>::SLOTS },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..Instance::<Epoll>::SPEC
    }
}

static PARAMS: Params = Params {
    function: "epoll",
    names: &["sizehint", "flags"],
    positional_only: 0,
    positional: 2,
    required: &[false, false],
    has_varargs: false,
    has_varkw: false,
};

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let mut bound = [None; 2];
    PARAMS.bind(th, args, &mut bound)?;
    let size = bound[0].map_or(Ok(-1), |v| number::as_i32(th, v))?;
    let flags = bound[1].map_or(Ok(0), |v| number::as_i32(th, v))?;
    if size != -1 && size <= 0 {
        return Err(th.value_error("negative sizehint"));
    }
    if flags & !libc::EPOLL_CLOEXEC != 0 {
        return Err(th.raise(&statics::OS_ERROR, "invalid flags"));
    }
    // SAFETY: a call on plain numbers.
    let fd = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
    if fd < 0 {
        return Err(raise_last(th));
    }
    Instance::create_as(th, ty, Epoll(Cell::new(fd)))
}

impl Epoll {
    fn close(&self) -> bool {
        let fd = self.0.replace(-1);
        // SAFETY: the descriptor is this object's own.
        fd < 0 || unsafe { libc::close(fd) } == 0
    }
    fn open(&self, th: &Thread) -> PyResult<i32> {
        match self.0.get() {
            -1 => Err(th.value_error("I/O operation on closed epoll object")),
            fd => Ok(fd),
        }
    }
    fn control(&self, th: &Thread, operation: i32, file: Value, events: u32) -> PyResult<()> {
        let fd = file_number(th, file)?;
        let own = self.open(th)?;
        let mut event = libc::epoll_event { events, u64: fd as u64 };
        // SAFETY: the event lives through the call.
        let failed =
            th.allow_threads(|| unsafe { (libc::epoll_ctl(own, operation, fd, &mut event) < 0).then(last_errno) });
        failed.map_or(Ok(()), |errno| Err(raise_errno(th, errno)))
    }
}

/// A mask of events, as C's `unsigned int`: numbers that are too large or negative lose their upper bits.
struct Events(u32);

impl<'a> FromArg<'a> for Events {
    fn from_arg(th: &'a Thread, v: Value, _: ArgName) -> PyResult<Events> {
        number::as_u64_wrapping(th, v).map(|events| Events(events as u32))
    }
}

#[pymethods]
mod methods {
    use super::*;

    /// An object for a descriptor of the kernel's object.
    #[classmethod("fromfd(fd, /)")]
    fn fromfd(th: &Thread, class: Value, fd: i32) -> PyResult {
        match class.cast::<Type>() {
            Some(class) => Instance::create_as(th, class, Epoll(Cell::new(fd))),
            None => Err(th.type_error("a type is needed")),
        }
    }
    /// Closes the kernel's object.
    #[method("close()")]
    fn close(th: &Thread, this: &Instance<Epoll>) -> PyResult<()> {
        if this.close() { Ok(()) } else { Err(raise_last(th)) }
    }
    /// Whether it is closed.
    #[getter("closed")]
    fn closed(_: &Thread, this: &Instance<Epoll>) -> bool {
        this.0.get() < 0
    }
    /// The descriptor.
    #[method("fileno()")]
    fn fileno(th: &Thread, this: &Instance<Epoll>) -> PyResult<i32> {
        this.open(th)
    }
    /// Watches a file; FileExistsError if it is watched already.
    #[method("register(fd, eventmask=7)")]
    fn register(th: &Thread, this: &Instance<Epoll>, fd: Value, events: Option<Events>) -> PyResult<()> {
        let all = (libc::EPOLLIN | libc::EPOLLPRI | libc::EPOLLOUT) as u32;
        this.control(th, libc::EPOLL_CTL_ADD, fd, events.map_or(all, |Events(events)| events))
    }
    /// Changes what a file is watched for.
    #[method("modify(fd, eventmask)")]
    fn modify(th: &Thread, this: &Instance<Epoll>, fd: Value, events: Events) -> PyResult<()> {
        this.control(th, libc::EPOLL_CTL_MOD, fd, events.0)
    }
    /// Watches a file no longer.
    #[method("unregister(fd)")]
    fn unregister(th: &Thread, this: &Instance<Epoll>, fd: Value) -> PyResult<()> {
        this.control(th, libc::EPOLL_CTL_DEL, fd, 0)
    }
    /// Waits: a list of descriptors and events. The timeout is in seconds; None and negative ones wait for ever.
    #[method("poll(timeout=None, maxevents=-1)")]
    fn poll(th: &Thread, this: &Instance<Epoll>, timeout: Option<Value>, max: i32) -> PyResult {
        let fd = this.open(th)?;
        let timeout = match timeout {
            None => None,
            Some(v) => {
                Some(nanoseconds(th, v, 1_000_000_000, "timeout must be an integer or None")?).filter(|n| *n >= 0)
            }
        };
        if timeout.is_some_and(|n| n / 1_000_000 > i64::from(i32::MAX)) {
            return Err(th.overflow_error("timeout is too large"));
        }
        let max = match max {
            -1 => MAX_EVENTS,
            ..=0 => return err!(th, VALUE_ERROR, "maxevents must be greater than 0, got {max}"),
            max => max,
        };
        let mut events = Vec::new();
        events.try_reserve_exact(max as usize).map_err(|_| th.memory_error())?;
        events.resize(max as usize, libc::epoll_event { events: 0, u64: 0 });
        let found = wait(th, Deadline::after(timeout), |deadline| {
            // SAFETY: the events live through the call.
            unsafe { libc::epoll_wait(fd, events.as_mut_ptr(), max, deadline.milliseconds()) }
        })?;
        let count = found.map_err(|errno| raise_errno(th, errno))?;
        let mut ready = Vec::new();
        for event in &events[..count as usize] {
            let (fd, mask) = (event.u64 as i32, event.events);
            ready.push(th.tuple(&[Value::small_int(fd.into()), Value::small_int(mask.into())])?);
        }
        th.list(ready)
    }
    #[method("__enter__()")]
    fn enter(th: &Thread, this: Value) -> PyResult {
        if let Some(epoll) = this.cast::<Instance<Epoll>>() {
            epoll.open(th)?;
        }
        Ok(this.own())
    }
    #[method("__exit__(exc_type=None, exc_value=None, exc_tb=None, /)")]
    fn exit(
        th: &Thread,
        this: Value,
        _kind: Option<Value>,
        _exception: Option<Value>,
        _traceback: Option<Value>,
    ) -> PyResult<()> {
        // A subclass may have a close of its own.
        call::call_method(th, this, "close", &[]).map(drop)
    }
}

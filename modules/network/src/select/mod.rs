//! The `select` module.

mod epoll;
mod poll;

use crate::descriptors::file_number;
use crate::timeouts::{Deadline, nanoseconds, wait};
use whipsnake_runtime::os_error::raise_errno;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::list::List;
use whipsnake_runtime::types::module;

/// Descriptors must be smaller to fit `fd_set`.
const SET_SIZE: i32 = libc::FD_SETSIZE as i32;

/// Objects to be watched, with their descriptors.
struct Watched {
    objects: Vec<(Obj, i32)>,
}

impl Watched {
    fn of(th: &Thread, v: Value) -> PyResult<Watched> {
        if !iter::is_iterable(v) && !sequence::is_sequence(v) {
            return Err(th.type_error("arguments 1-3 must be sequences"));
        }
        let mut objects = Vec::new();
        let items = if v.cast::<List>().is_some() { v.own() } else { sequence::to_list(th, v)? };
        let items = items.cast::<List>().ok_or_else(|| th.type_error("arguments 1-3 must be sequences"))?;
        // A fileno method may change the list.
        while let Some(object) = items.get(objects.len()) {
            let fd = file_number(th, object.value())?;
            if fd >= SET_SIZE {
                return Err(th.value_error("filedescriptor out of range in select()"));
            }
            objects.push((object, fd));
        }
        if objects.len() > SET_SIZE as usize {
            return Err(th.value_error("too many file descriptors in select()"));
        }
        Ok(Watched { objects })
    }
    fn set(&self) -> libc::fd_set {
        // SAFETY: a set is a row of bits; the descriptors are in range.
        unsafe {
            let mut set: libc::fd_set = std::mem::zeroed();
            for (_, fd) in &self.objects {
                libc::FD_SET(*fd, &mut set);
            }
            set
        }
    }
    /// Those in the set, in the order they were given.
    fn ready(&self, th: &Thread, set: &libc::fd_set) -> PyResult {
        // SAFETY: the descriptors are in range.
        let ready = self.objects.iter().filter(|(_, fd)| unsafe { libc::FD_ISSET(*fd, set) });
        th.list(ready.map(|(object, _)| object.clone()).collect())
    }
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Waits until files are ready: those to read from, those to write to, those with exceptional conditions. The
    /// timeout is in seconds; None waits for ever.
    #[function("select(rlist, wlist, xlist, timeout=None, /)")]
    fn select(th: &Thread, rlist: Value, wlist: Value, xlist: Value, timeout: Option<Value>) -> PyResult {
        let timeout = match timeout {
            None => None,
            Some(v) => {
                let n = nanoseconds(th, v, 1_000_000_000, "timeout must be a float or None")?;
                if n < 0 {
                    return Err(th.value_error("timeout must be non-negative"));
                }
                Some(n)
            }
        };
        let watched = [Watched::of(th, rlist)?, Watched::of(th, wlist)?, Watched::of(th, xlist)?];
        let count = watched.iter().flat_map(|w| &w.objects).map(|(_, fd)| fd + 1).max().unwrap_or(0);
        let mut sets = watched.each_ref().map(Watched::set);
        let found = wait(th, Deadline::after(timeout), |deadline| {
            // A call that a signal interrupted has left the sets alone.
            let mut time = deadline.left().map(|left| {
                let micros = left.as_nanos().div_ceil(1000);
                libc::timeval { tv_sec: (micros / 1_000_000) as libc::time_t, tv_usec: (micros % 1_000_000) as i64 }
            });
            let time = time.as_mut().map_or(std::ptr::null_mut(), |time| &raw mut *time);
            let [r, w, x] = &mut sets;
            // SAFETY: the sets and the time live through the call.
            unsafe { libc::select(count, r, w, x, time) }
        })?;
        match found {
            Err(errno) => Err(raise_errno(th, errno)),
            Ok(0) => th.tuple_from(vec![th.list(Vec::new())?, th.list(Vec::new())?, th.list(Vec::new())?]),
            Ok(_) => {
                let lists = watched.iter().zip(&sets).map(|(watched, set)| watched.ready(th, set));
                th.tuple_from(lists.collect::<PyResult<Vec<Obj>>>()?)
            }
        }
    }
    /// An object that watches any number of files.
    #[function("poll()")]
    fn poll(th: &Thread) -> PyResult {
        super::poll::create(th)
    }
}

const CONSTANTS: &[(&str, i64)] = &[
    ("PIPE_BUF", libc::PIPE_BUF as i64),
    ("POLLIN", libc::POLLIN as i64),
    ("POLLPRI", libc::POLLPRI as i64),
    ("POLLOUT", libc::POLLOUT as i64),
    ("POLLERR", libc::POLLERR as i64),
    ("POLLHUP", libc::POLLHUP as i64),
    ("POLLNVAL", libc::POLLNVAL as i64),
    ("POLLRDNORM", libc::POLLRDNORM as i64),
    ("POLLRDBAND", libc::POLLRDBAND as i64),
    ("POLLWRNORM", libc::POLLWRNORM as i64),
    ("POLLWRBAND", libc::POLLWRBAND as i64),
    ("POLLMSG", 0x400),
    ("POLLRDHUP", libc::POLLRDHUP as i64),
    ("EPOLLIN", libc::EPOLLIN as i64),
    ("EPOLLOUT", libc::EPOLLOUT as i64),
    ("EPOLLPRI", libc::EPOLLPRI as i64),
    ("EPOLLERR", libc::EPOLLERR as i64),
    ("EPOLLHUP", libc::EPOLLHUP as i64),
    ("EPOLLRDHUP", libc::EPOLLRDHUP as i64),
    ("EPOLLET", libc::EPOLLET as u32 as i64),
    ("EPOLLONESHOT", libc::EPOLLONESHOT as i64),
    ("EPOLLEXCLUSIVE", libc::EPOLLEXCLUSIVE as i64),
    ("EPOLLRDNORM", libc::EPOLLRDNORM as i64),
    ("EPOLLRDBAND", libc::EPOLLRDBAND as i64),
    ("EPOLLWRNORM", libc::EPOLLWRNORM as i64),
    ("EPOLLWRBAND", libc::EPOLLWRBAND as i64),
    ("EPOLLMSG", libc::EPOLLMSG as i64),
    ("EPOLLWAKEUP", libc::EPOLLWAKEUP as i64),
    ("EPOLL_CLOEXEC", libc::EPOLL_CLOEXEC as i64),
];

/// Makes `select`.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    whipsnake_runtime::typeobj::ready(th, &poll::POLL_TYPE)?;
    let m = module::new(th, "select", "Waiting for files that are ready.", functions::METHODS)?;
    module::add(th, m.value(), "error", statics::OS_ERROR.value())?;
    module::add_type(th, m.value(), &epoll::EPOLL_TYPE)?;
    for (name, value) in CONSTANTS {
        module::add(th, m.value(), name, th.int(*value)?.value())?;
    }
    Ok(m)
}

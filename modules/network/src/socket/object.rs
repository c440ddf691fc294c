//! The socket type: making, connecting, closing.

use super::State;
use super::address::{self, Address};
use crate::timeouts::{Deadline, nanoseconds, wait};
use std::cell::Cell;
use whipsnake_runtime::args::Params;
use whipsnake_runtime::os_error::{last_errno, raise_errno, raise_last};
use whipsnake_runtime::pending;
use whipsnake_runtime::prelude::*;

/// A socket. `_socket.socket.__init__` opens it.
pub struct Socket {
    pub(super) fd: Cell<i32>,
    pub(super) family: Cell<i32>,
    pub(super) kind: Cell<i32>,
    pub(super) proto: Cell<i32>,
    /// In nanoseconds; -1 waits for ever, 0 does not wait.
    pub(super) timeout: Cell<i64>,
}

pub type This = Instance<Socket>;

impl Payload for Socket {
    fn ty() -> &'static Type {
        &SOCKET_TYPE
    }
    fn traverse(&self, _: &mut Visitor) {}
}

builtin_type! {
    /// `_socket.socket`.
    pub static SOCKET_TYPE = TypeSpec {
        name: "_socket.socket",
        flags: flags::BASETYPE,
        doc: "socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object\n\
              socket(family=-1, type=-1, proto=-1, fileno=None) -> socket object\n\nAn endpoint of communication.",
        slots: Slots {
            new: Some(construct),
            init: Some(init),
            repr: Some(repr),
            finalize: Some(finalize),
            ..Instance::<Socket>::SLOTS
        },
        methods: super::methods::methods::METHODS,
        getsets: super::methods::methods::GETSETS,
        ..Instance::<Socket>::SPEC
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let fd = self.fd.replace(-1);
        if fd >= 0 {
            // SAFETY: the descriptor is the socket's own.
            unsafe { libc::close(fd) };
        }
    }
}

fn construct(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    let socket = Socket {
        fd: Cell::new(-1),
        family: Cell::new(0),
        kind: Cell::new(0),
        proto: Cell::new(0),
        timeout: Cell::new(th.interp.state::<State>().default_timeout.get()),
    };
    Instance::create_as(th, ty, socket)
}

static INIT: Params = Params {
    function: "socket",
    names: &["family", "type", "proto", "fileno"],
    positional_only: 0,
    positional: 4,
    required: &[false; 4],
    has_varargs: false,
    has_varkw: false,
};

fn init(th: &Thread, v: Value, args: Args) -> PyResult<()> {
    let mut bound = [None; 4];
    INIT.bind(th, args, &mut bound)?;
    let number = |v: Option<Value>| v.map_or(Ok(-1), |v| number::as_i32(th, v));
    let (family, kind, proto) = (number(bound[0])?, number(bound[1])?, number(bound[2])?);
    // SAFETY: I4, the slot belongs to this type.
    let this: &This = unsafe { v.cast_unchecked() };
    match bound[3].filter(|v| !v.is_none()) {
        Some(fileno) => adopt(th, this, number::as_i32(th, fileno)?, family, kind, proto),
        None => {
            let family = if family == -1 { libc::AF_INET } else { family };
            let kind = if kind == -1 { libc::SOCK_STREAM } else { kind };
            let proto = proto.max(0);
            // SAFETY: a call on plain numbers.
            let fd = th.allow_threads(|| unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, proto) });
            if fd < 0 {
                return Err(raise_last(th));
            }
            this.open(th, fd, family, kind, proto)
        }
    }
}

/// Takes over a descriptor, and finds out what it is as far as that was not said.
fn adopt(th: &Thread, this: &This, fd: i32, family: i32, kind: i32, proto: i32) -> PyResult<()> {
    if fd < 0 {
        return Err(th.value_error("negative file descriptor"));
    }
    let mut own = Address::empty();
    // SAFETY: the address lives through the call.
    if unsafe { libc::getsockname(fd, own.as_mut_ptr(), &mut own.len) } < 0 {
        if family == -1 || matches!(last_errno(), libc::EBADF | libc::ENOTSOCK) {
            return Err(raise_last(th));
        }
    }
    let family = if family == -1 { i32::from(own.storage.ss_family) } else { family };
    let ask = |option: i32, given: i32| {
        if given != -1 {
            return Ok(given);
        }
        let (mut value, mut len) = (0i32, 4 as libc::socklen_t);
        // SAFETY: the number lives through the call.
        let result = unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, option, (&raw mut value).cast(), &mut len) };
        if result < 0 { Err(raise_last(th)) } else { Ok(value) }
    };
    let (kind, proto) = (ask(libc::SO_TYPE, kind)?, ask(libc::SO_PROTOCOL, proto)?);
    this.open(th, fd, family, kind, proto)
}

fn repr(th: &Thread, v: Value) -> PyResult {
    // SAFETY: I4, the slot belongs to this type.
    let this: &This = unsafe { v.cast_unchecked() };
    let (fd, family, kind, proto) = (this.fd.get(), this.family.get(), this.kind.get(), this.proto.get());
    th.str(&format!("<socket object, fd={fd}, family={family}, type={kind}, proto={proto}>"))
}

fn finalize(th: &Thread, v: Value) {
    // SAFETY: I4, the slot belongs to this type.
    let this: &This = unsafe { v.cast_unchecked() };
    if this.fd.get() < 0 {
        return;
    }
    let saved = th.take_exception();
    let warned = object::repr_text(th, v).and_then(|text| {
        whipsnake_runtime::warnings::warn(th, &statics::RESOURCE_WARNING, &format!("unclosed {text}"), 1)
    });
    if warned.is_err() {
        if th.exception_matches(&statics::WARNING) {
            th.write_unraisable("finalizing a socket", Some(v));
        } else {
            drop(th.take_exception());
        }
    }
    th.restore_exception(saved);
    let fd = this.fd.replace(-1);
    if fd >= 0 {
        // SAFETY: the descriptor is the socket's own.
        unsafe { libc::close(fd) };
    }
}

/// What a socket waits for.
#[derive(Clone, Copy, PartialEq)]
pub enum Ready {
    Read,
    Write,
    /// The end of connecting.
    Connected,
}

impl Socket {
    pub fn fd(&self) -> i32 {
        self.fd.get()
    }
    pub fn family(&self) -> i32 {
        self.family.get()
    }
    pub fn deadline(&self) -> Deadline {
        let timeout = self.timeout.get();
        Deadline::after((timeout >= 0).then_some(timeout))
    }
    fn open(&self, th: &Thread, fd: i32, family: i32, kind: i32, proto: i32) -> PyResult<()> {
        self.fd.set(fd);
        self.family.set(family);
        let nonblocking = kind & libc::SOCK_NONBLOCK != 0;
        self.kind.set(kind & !(libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC));
        self.proto.set(proto);
        let default = th.interp.state::<State>().default_timeout.get();
        self.timeout.set(if nonblocking { 0 } else { default });
        if !nonblocking && default >= 0 { self.set_nonblocking(th, true) } else { Ok(()) }
    }
    fn set_nonblocking(&self, th: &Thread, on: bool) -> PyResult<()> {
        let mut flag = libc::c_int::from(on);
        // SAFETY: the number lives through the call.
        if unsafe { libc::ioctl(self.fd(), libc::FIONBIO, &mut flag) } < 0 {
            return Err(raise_last(th));
        }
        Ok(())
    }
    pub(super) fn set_timeout(&self, th: &Thread, timeout: i64) -> PyResult<()> {
        self.timeout.set(timeout);
        self.set_nonblocking(th, timeout >= 0)
    }
    /// Waits until the socket is ready.
    ///
    /// # Errors
    /// TimeoutError, OSError, what signal handlers raise.
    pub fn wait(&self, th: &Thread, ready: Ready, deadline: Deadline) -> PyResult<()> {
        if self.fd() < 0 {
            return Ok(());
        }
        let events = match ready {
            Ready::Read => libc::POLLIN,
            Ready::Write => libc::POLLOUT,
            Ready::Connected => libc::POLLOUT | libc::POLLERR,
        };
        let mut entry = libc::pollfd { fd: self.fd(), events, revents: 0 };
        // SAFETY: the entry lives through the call.
        let found = wait(th, deadline, |deadline| unsafe { libc::poll(&mut entry, 1, deadline.milliseconds()) })?;
        match found {
            Ok(0) => Err(th.raise(&statics::TIMEOUT_ERROR, "timed out")),
            Ok(_) => Ok(()),
            Err(errno) => Err(raise_errno(th, errno)),
        }
    }
    /// Runs a call that may have to wait, as the time-out says, with the interpreter's lock given away.
    ///
    /// # Errors
    /// As for [`Socket::wait`].
    pub fn call(
        &self,
        th: &Thread,
        ready: Ready,
        deadline: Deadline,
        mut call: impl FnMut(i32) -> isize,
    ) -> PyResult<isize> {
        let waits = self.timeout.get() > 0;
        loop {
            if waits {
                self.wait(th, ready, deadline)?;
            }
            let fd = self.fd();
            let (result, errno) = th.allow_threads(|| {
                let result = call(fd);
                (result, if result < 0 { last_errno() } else { 0 })
            });
            match errno {
                _ if result >= 0 => return Ok(result),
                libc::EINTR => pending::check_signals(th)?,
                // Somebody else was faster.
                libc::EAGAIN if waits => {}
                errno => return Err(raise_errno(th, errno)),
            }
        }
    }
    /// Connects: an `errno`, 0 for success.
    pub(super) fn connect(&self, th: &Thread, address: &Address) -> PyResult<i32> {
        let fd = self.fd();
        // SAFETY: the address lives through the call.
        let errno = th.allow_threads(|| unsafe {
            if libc::connect(fd, address.as_ptr(), address.len) < 0 { last_errno() } else { 0 }
        });
        let waits = match errno {
            libc::EINTR => {
                pending::check_signals(th)?;
                self.timeout.get() != 0
            }
            libc::EINPROGRESS => self.timeout.get() > 0,
            _ => false,
        };
        if !waits {
            return Ok(errno);
        }
        self.wait(th, Ready::Connected, self.deadline())?;
        let (mut value, mut len) = (0i32, 4 as libc::socklen_t);
        // SAFETY: the number lives through the call.
        let result =
            unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, libc::SO_ERROR, (&raw mut value).cast(), &mut len) };
        if result < 0 { Ok(last_errno()) } else { Ok(if value == libc::EISCONN { 0 } else { value }) }
    }
    pub(super) fn name(&self, th: &Thread, peer: bool) -> PyResult {
        let mut address = Address::empty();
        // SAFETY: the address lives through the call.
        let result = unsafe {
            match peer {
                true => libc::getpeername(self.fd(), address.as_mut_ptr(), &mut address.len),
                false => libc::getsockname(self.fd(), address.as_mut_ptr(), &mut address.len),
            }
        };
        if result < 0 { Err(raise_last(th)) } else { address::to_object(th, &address) }
    }
}

/// A time-out in nanoseconds; -1 for `None`.
pub(super) fn timeout(th: &Thread, v: Value) -> PyResult<i64> {
    if v.is_none() {
        return Ok(-1);
    }
    let message = format!("'{}' object cannot be interpreted as an integer or float", number::full_name(v));
    match nanoseconds(th, v, 1_000_000_000, &message)? {
        ..0 => Err(th.value_error("Timeout value out of range")),
        n => Ok(n),
    }
}

pub(super) fn seconds(th: &Thread, timeout: i64) -> PyResult {
    if timeout < 0 { Ok(Obj::none()) } else { th.float(timeout as f64 / 1e9) }
}

#[pyfunctions]
pub mod functions {
    use super::*;

    /// A pair of sockets that are connected.
    #[function("socketpair(family=None, type=1, proto=0, /)")]
    fn socketpair(th: &Thread, family: Option<i32>, kind: i32, proto: i32) -> PyResult {
        let family = family.unwrap_or(libc::AF_UNIX);
        let mut fds = [0; 2];
        // SAFETY: the array lives through the call.
        if unsafe { libc::socketpair(family, kind | libc::SOCK_CLOEXEC, proto, fds.as_mut_ptr()) } < 0 {
            return Err(raise_last(th));
        }
        let mut pair = Vec::new();
        for fd in fds {
            let made = construct(th, &SOCKET_TYPE, Args::NONE)?;
            if let Some(socket) = made.cast::<This>() {
                socket.open(th, fd, family, kind, proto)?;
            }
            pair.push(made);
        }
        th.tuple_from(pair)
    }
    /// Closes a descriptor.
    #[function("close(fd, /)")]
    fn close(th: &Thread, fd: i32) -> PyResult<()> {
        // SAFETY: the caller owns the descriptor.
        let errno = th.allow_threads(|| unsafe { if libc::close(fd) < 0 { last_errno() } else { 0 } });
        if errno != 0 && errno != libc::ECONNRESET { Err(raise_errno(th, errno)) } else { Ok(()) }
    }
    /// Another descriptor for the same socket, not inheritable.
    #[function("dup(fd, /)")]
    fn dup(th: &Thread, fd: i32) -> PyResult<i32> {
        // SAFETY: a call on plain numbers.
        match unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) } {
            ..0 => Err(raise_last(th)),
            fd => Ok(fd),
        }
    }
    /// The time-out of new sockets in seconds; None if they wait for ever.
    #[function("getdefaulttimeout()")]
    fn getdefaulttimeout(th: &Thread) -> PyResult {
        seconds(th, th.interp.state::<State>().default_timeout.get())
    }
    /// Sets the time-out of new sockets.
    #[function("setdefaulttimeout(timeout, /)")]
    fn setdefaulttimeout(th: &Thread, value: Value) -> PyResult<()> {
        th.interp.state::<State>().default_timeout.set(timeout(th, value)?);
        Ok(())
    }
    /// The name of this machine.
    #[function("gethostname()")]
    fn gethostname(th: &Thread) -> PyResult {
        let mut name = [0u8; 1024];
        // SAFETY: the buffer's length is passed along.
        if unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) } < 0 {
            return Err(raise_last(th));
        }
        let end = name.iter().position(|b| *b == 0).unwrap_or(name.len());
        whipsnake_runtime::fs_name::decode(th, &name[..end])
    }
    /// Gives this machine a name.
    #[function("sethostname(name, /)")]
    fn sethostname(th: &Thread, name: Value) -> PyResult<()> {
        let path = whipsnake_runtime::fs_name::fspath(th, name)?;
        let path = whipsnake_runtime::fs_name::Path::of(th, path.value(), "sethostname", "name")?;
        let bytes = path.bytes.as_bytes();
        // SAFETY: the name's length is passed along.
        if unsafe { libc::sethostname(bytes.as_ptr().cast(), bytes.len()) } < 0 {
            return Err(raise_last(th));
        }
        Ok(())
    }
}

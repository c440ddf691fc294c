//! The methods of sockets.

use super::address::{self, Address};
use super::object::{Ready, This, seconds, timeout};
use whipsnake_runtime::os_error::{last_errno, raise_errno, raise_last};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::BytesArg;

/// The arguments of `send` and `sendall`.
fn data_and_flags<'a>(th: &Thread, args: Args, function: &str) -> PyResult<(BytesArg<'a>, i32)> {
    args.no_keywords(th, &format!("socket.{function}"))?;
    let given = args.len();
    let Some(data) = args.get(0) else {
        return err!(th, TYPE_ERROR, "{function}() takes at least 1 argument (0 given)");
    };
    if given > 2 {
        return err!(th, TYPE_ERROR, "{function}() takes at most 2 arguments ({given} given)");
    }
    let data = BytesArg::of(th, data)?;
    Ok((data, args.get(1).map_or(Ok(0), |flags| number::as_i32(th, flags))?))
}

#[pymethods]
pub mod methods {
    use super::*;

    /// Accepts a connection: (descriptor, address).
    #[method("_accept()")]
    fn accept(th: &Thread, this: &This) -> PyResult {
        let mut address = Address::empty();
        let room = address.len;
        let fd = this.call(th, Ready::Read, this.deadline(), |fd| {
            address.len = room;
            // SAFETY: the address lives through the call.
            unsafe { libc::accept4(fd, address.as_mut_ptr(), &mut address.len, libc::SOCK_CLOEXEC) as isize }
        })?;
        let address = address::to_object(th, &address)?;
        th.tuple(&[Value::small_int(fd as i64), address.value()])
    }
    /// Gives the socket a local address.
    #[method("bind(address, /)")]
    fn bind(th: &Thread, this: &This, address: Value) -> PyResult<()> {
        let address = address::from_object(th, address, this.family(), "bind")?;
        let fd = this.fd();
        // SAFETY: the address lives through the call.
        let result = th.allow_threads(|| unsafe { libc::bind(fd, address.as_ptr(), address.len) });
        if result < 0 { Err(raise_last(th)) } else { Ok(()) }
    }
    /// Closes the socket.
    #[method("close()")]
    fn close(th: &Thread, this: &This) -> PyResult<()> {
        let fd = this.fd.replace(-1);
        if fd < 0 {
            return Ok(());
        }
        // SAFETY: the descriptor is the socket's own.
        let errno = th.allow_threads(|| unsafe { if libc::close(fd) < 0 { last_errno() } else { 0 } });
        // The descriptor is free even after a failure.
        if errno != 0 && errno != libc::ECONNRESET { Err(raise_errno(th, errno)) } else { Ok(()) }
    }
    /// Connects to an address.
    #[method("connect(address, /)")]
    fn connect(th: &Thread, this: &This, address: Value) -> PyResult<()> {
        let address = address::from_object(th, address, this.family(), "connect")?;
        match this.connect(th, &address)? {
            0 => Ok(()),
            errno => Err(raise_errno(th, errno)),
        }
    }
    /// Connects to an address: an error number, 0 for success.
    #[method("connect_ex(address, /)")]
    fn connect_ex(th: &Thread, this: &This, address: Value) -> PyResult<i32> {
        let address = address::from_object(th, address, this.family(), "connect_ex")?;
        match this.connect(th, &address) {
            Err(_) if th.exception_matches(&statics::TIMEOUT_ERROR) => {
                drop(th.take_exception());
                Ok(libc::EWOULDBLOCK)
            }
            result => result,
        }
    }
    /// Closes the object, not the descriptor, which is returned.
    #[method("detach()")]
    fn detach(_: &Thread, this: &This) -> i32 {
        this.fd.replace(-1)
    }
    /// The descriptor; -1 once closed.
    #[method("fileno()")]
    fn fileno(_: &Thread, this: &This) -> i32 {
        this.fd()
    }
    /// The remote address.
    #[method("getpeername()")]
    fn getpeername(th: &Thread, this: &This) -> PyResult {
        this.name(th, true)
    }
    /// The local address.
    #[method("getsockname()")]
    fn getsockname(th: &Thread, this: &This) -> PyResult {
        this.name(th, false)
    }
    /// Lets others connect; so many wait to be accepted.
    #[method("listen(backlog=128, /)")]
    fn listen(th: &Thread, this: &This, backlog: i32) -> PyResult<()> {
        let fd = this.fd();
        // SAFETY: a call on plain numbers.
        let result = th.allow_threads(|| unsafe { libc::listen(fd, backlog.max(0)) });
        if result < 0 { Err(raise_last(th)) } else { Ok(()) }
    }
    /// Whether calls wait.
    #[method("setblocking(flag, /)")]
    fn setblocking(th: &Thread, this: &This, flag: bool) -> PyResult<()> {
        this.set_timeout(th, if flag { -1 } else { 0 })
    }
    /// Whether calls wait.
    #[method("getblocking()")]
    fn getblocking(_: &Thread, this: &This) -> bool {
        this.timeout.get() != 0
    }
    /// How long calls wait, in seconds; None for ever.
    #[method("settimeout(timeout, /)")]
    fn settimeout(th: &Thread, this: &This, value: Value) -> PyResult<()> {
        let timeout = timeout(th, value)?;
        this.set_timeout(th, timeout)
    }
    /// How long calls wait, in seconds; None for ever.
    #[method("gettimeout()")]
    fn gettimeout(th: &Thread, this: &This) -> PyResult {
        seconds(th, this.timeout.get())
    }
    /// Ends one direction or both.
    #[method("shutdown(how, /)")]
    fn shutdown(th: &Thread, this: &This, how: i32) -> PyResult<()> {
        let fd = this.fd();
        // SAFETY: a call on plain numbers.
        let result = th.allow_threads(|| unsafe { libc::shutdown(fd, how) });
        if result < 0 { Err(raise_last(th)) } else { Ok(()) }
    }
    /// The address family.
    #[getter("family")]
    fn family(_: &Thread, this: &This) -> i32 {
        this.family.get()
    }
    /// The kind of socket.
    #[getter("type")]
    fn kind(_: &Thread, this: &This) -> i32 {
        this.kind.get()
    }
    /// The protocol.
    #[getter("proto")]
    fn proto(_: &Thread, this: &This) -> i32 {
        this.proto.get()
    }
    /// The time-out in seconds.
    #[getter("timeout")]
    fn timeout_attribute(th: &Thread, this: &This) -> PyResult {
        seconds(th, this.timeout.get())
    }

    /// Receives up to so many bytes.
    #[method("recv(bufsize, flags=0, /)")]
    fn recv(th: &Thread, this: &This, bytes: isize, flags: i32) -> PyResult {
        this.recv(th, bytes, flags)
    }
    /// Receives into a buffer: how many bytes.
    #[method("recv_into(buffer, nbytes=0, flags=0)")]
    fn recv_into(th: &Thread, this: &This, buffer: Value, bytes: isize, flags: i32) -> PyResult<usize> {
        this.recv_into(th, buffer, bytes, flags)
    }
    /// Receives up to so many bytes: (data, address).
    #[method("recvfrom(bufsize, flags=0, /)")]
    fn recvfrom(th: &Thread, this: &This, bytes: isize, flags: i32) -> PyResult {
        this.recvfrom(th, bytes, flags)
    }
    /// Receives into a buffer: (how many bytes, address).
    #[method("recvfrom_into(buffer, nbytes=0, flags=0)")]
    fn recvfrom_into(th: &Thread, this: &This, buffer: Value, bytes: isize, flags: i32) -> PyResult {
        this.recvfrom_into(th, buffer, bytes, flags)
    }
    /// Receives data and ancillary data: (data, ancillary data, flags, address).
    #[method("recvmsg(bufsize, ancbufsize=0, flags=0, /)")]
    fn recvmsg(th: &Thread, this: &This, bytes: isize, ancillary: isize, flags: i32) -> PyResult {
        this.recvmsg(th, bytes, ancillary, flags)
    }
    /// Receives into buffers: (how many bytes, ancillary data, flags, address).
    #[method("recvmsg_into(buffers, ancbufsize=0, flags=0, /)")]
    fn recvmsg_into(th: &Thread, this: &This, buffers: Value, ancillary: isize, flags: i32) -> PyResult {
        this.recvmsg_into(th, buffers, ancillary, flags)
    }
    /// Sends data: how many bytes were sent.
    #[method("send(data, flags=0, /)", raw)]
    fn send(th: &Thread, this: &This, args: Args) -> PyResult<usize> {
        let (data, flags) = data_and_flags(th, args, "send")?;
        this.send(th, &data, flags)
    }
    /// Sends all data.
    #[method("sendall(data, flags=0, /)", raw)]
    fn sendall(th: &Thread, this: &This, args: Args) -> PyResult<()> {
        let (data, flags) = data_and_flags(th, args, "sendall")?;
        this.sendall(th, &data, flags)
    }
    /// Sends data to an address, with flags before it if need be: how many bytes were sent.
    #[method("sendto", raw)]
    fn sendto(th: &Thread, this: &This, args: Args) -> PyResult<usize> {
        this.sendto(th, args)
    }
    /// Sends data and ancillary data: how many bytes of the former were sent.
    #[method("sendmsg(buffers, ancdata=(), flags=0, address=None, /)")]
    fn sendmsg(
        th: &Thread,
        this: &This,
        buffers: Value,
        ancillary: Option<Value>,
        flags: i32,
        address: Option<Value>,
    ) -> PyResult<usize> {
        this.sendmsg(th, buffers, ancillary, flags, address)
    }
    /// The value of an option: a number, or so many bytes.
    #[method("getsockopt(level, option, buflen=0, /)")]
    fn getsockopt(th: &Thread, this: &This, level: i32, option: i32, room: Option<isize>) -> PyResult {
        this.getsockopt(th, level, option, room)
    }
    /// Sets an option to a number, to bytes, or to None with a length.
    #[method("setsockopt", raw)]
    fn setsockopt(th: &Thread, this: &This, args: Args) -> PyResult<()> {
        this.setsockopt(th, args)
    }
}

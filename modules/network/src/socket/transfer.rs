//! Sending and receiving.

use super::address::{self, Address};
use super::object::{Ready, Socket};
use whipsnake_runtime::os_error::{last_errno, raise_errno};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::{self, Buffer, BytesArg};

/// Room for `len` bytes.
fn room(th: &Thread, len: usize) -> PyResult<Vec<u8>> {
    let mut data = Vec::new();
    data.try_reserve_exact(len).map_err(|_| th.memory_error())?;
    data.resize(len, 0);
    Ok(data)
}

/// A number of bytes to be received.
fn size(th: &Thread, size: isize, function: &str) -> PyResult<usize> {
    usize::try_from(size).map_err(|_| th.value_error(format!("negative buffersize in {function}")))
}

/// The buffer to receive into and how much of it.
fn target(th: &Thread, buffer: Value, bytes: isize, function: &str) -> PyResult<(Buffer, usize)> {
    let view = buffer::get_writable(th, buffer, &format!("{function}() argument 1"))?;
    let wanted = size(th, bytes, function)?;
    if wanted > view.len {
        return Err(th.value_error("buffer too small for requested bytes"));
    }
    let len = if wanted == 0 { view.len } else { wanted };
    Ok((view, len))
}

impl Socket {
    fn receive(&self, th: &Thread, to: *mut u8, len: usize, flags: i32) -> PyResult<usize> {
        if len == 0 {
            return Ok(0);
        }
        // SAFETY: the caller's memory has room for `len` bytes.
        self.call(th, Ready::Read, self.deadline(), |fd| unsafe { libc::recv(fd, to.cast(), len, flags) })
            .map(|n| n as usize)
    }
    fn receive_from(&self, th: &Thread, to: *mut u8, len: usize, flags: i32) -> PyResult<(usize, Obj)> {
        let mut from = Address::empty();
        let room = from.len;
        let n = self.call(th, Ready::Read, self.deadline(), |fd| {
            from.len = room;
            // SAFETY: the caller's memory has room for `len` bytes, the address lives through the call.
            unsafe { libc::recvfrom(fd, to.cast(), len, flags, from.as_mut_ptr(), &mut from.len) }
        })?;
        Ok((n as usize, address::to_object(th, &from)?))
    }
    pub fn recv(&self, th: &Thread, bytes: isize, flags: i32) -> PyResult {
        let mut data = room(th, size(th, bytes, "recv")?)?;
        let n = self.receive(th, data.as_mut_ptr(), data.len(), flags)?;
        th.bytes(&data[..n])
    }
    pub fn recv_into(&self, th: &Thread, buffer: Value, bytes: isize, flags: i32) -> PyResult<usize> {
        let (view, len) = target(th, buffer, bytes, "recv_into")?;
        self.receive(th, view.ptr, len, flags)
    }
    pub fn recvfrom(&self, th: &Thread, bytes: isize, flags: i32) -> PyResult {
        let mut data = room(th, size(th, bytes, "recvfrom")?)?;
        let (n, from) = self.receive_from(th, data.as_mut_ptr(), data.len(), flags)?;
        let data = th.bytes(&data[..n])?;
        th.tuple(&[data.value(), from.value()])
    }
    pub fn recvfrom_into(&self, th: &Thread, buffer: Value, bytes: isize, flags: i32) -> PyResult {
        let (view, len) = target(th, buffer, bytes, "recvfrom_into")?;
        let (n, from) = self.receive_from(th, view.ptr, len, flags)?;
        let n = th.uint(n as u64)?;
        th.tuple(&[n.value(), from.value()])
    }
    pub fn send(&self, th: &Thread, data: &BytesArg, flags: i32) -> PyResult<usize> {
        let (from, len) = (data.as_ptr(), data.len());
        // SAFETY: the buffer keeps its bytes in place.
        self.call(th, Ready::Write, self.deadline(), |fd| unsafe { libc::send(fd, from.cast(), len, flags) })
            .map(|n| n as usize)
    }
    pub fn sendall(&self, th: &Thread, data: &BytesArg, flags: i32) -> PyResult<()> {
        let deadline = self.deadline();
        let mut rest: &[u8] = data;
        while !rest.is_empty() {
            let (from, len) = (rest.as_ptr(), rest.len());
            // SAFETY: the buffer keeps its bytes in place.
            let n = self.call(th, Ready::Write, deadline, |fd| unsafe { libc::send(fd, from.cast(), len, flags) })?;
            rest = &rest[n as usize..];
            whipsnake_runtime::pending::check_signals(th)?;
        }
        Ok(())
    }
    /// `sendto(data, address)` or `sendto(data, flags, address)`.
    pub fn sendto(&self, th: &Thread, args: Args) -> PyResult<usize> {
        args.no_keywords(th, "socket.sendto")?;
        let (data, flags, to) = match (args.len(), args.get(0), args.get(1), args.get(2)) {
            (2, Some(data), Some(to), _) => (data, 0, to),
            (3, Some(data), Some(flags), Some(to)) => (data, number::as_i32(th, flags)?, to),
            (given, ..) => return err!(th, TYPE_ERROR, "sendto() takes 2 or 3 arguments ({given} given)"),
        };
        let data = BytesArg::of(th, data)?;
        let to = address::from_object(th, to, self.family(), "sendto")?;
        let (from, len) = (data.as_ptr(), data.len());
        let sent = self.call(th, Ready::Write, self.deadline(), |fd| {
            // SAFETY: the buffer keeps its bytes in place, the address lives through the call.
            unsafe { libc::sendto(fd, from.cast(), len, flags, to.as_ptr(), to.len) }
        })?;
        Ok(sent as usize)
    }
    /// `getsockopt(level, option[, buflen])`.
    pub fn getsockopt(&self, th: &Thread, level: i32, option: i32, room: Option<isize>) -> PyResult {
        let fd = self.fd();
        let room = room.unwrap_or(0);
        if room == 0 {
            let (mut value, mut len) = (0i32, 4 as libc::socklen_t);
            // SAFETY: the number lives through the call.
            if unsafe { libc::getsockopt(fd, level, option, (&raw mut value).cast(), &mut len) } < 0 {
                return Err(raise_errno(th, last_errno()));
            }
            return th.int(value.into());
        }
        if !(1..=1024).contains(&room) {
            return Err(super::os_error(th, "getsockopt buflen out of range"));
        }
        let mut data = vec![0u8; room as usize];
        let mut len = room as libc::socklen_t;
        // SAFETY: the buffer's length is passed along.
        if unsafe { libc::getsockopt(fd, level, option, data.as_mut_ptr().cast(), &mut len) } < 0 {
            return Err(raise_errno(th, last_errno()));
        }
        th.bytes(&data[..len as usize])
    }
    /// `setsockopt(level, option, value)` or `setsockopt(level, option, None, length)`.
    pub fn setsockopt(&self, th: &Thread, args: Args) -> PyResult<()> {
        args.no_keywords(th, "socket.setsockopt")?;
        let given = args.len();
        let (Some(level), Some(option), Some(value)) = (args.get(0), args.get(1), args.get(2)) else {
            return err!(th, TYPE_ERROR, "setsockopt() takes exactly 3 arguments ({given} given)");
        };
        let (level, option) = (number::as_i32(th, level)?, number::as_i32(th, option)?);
        let set = |data: *const u8, len: usize| {
            // SAFETY: the data live through the call; null stands for none.
            if unsafe { libc::setsockopt(self.fd(), level, option, data.cast(), len as libc::socklen_t) } < 0 {
                return Err(raise_errno(th, last_errno()));
            }
            Ok(())
        };
        if let Some(len) = args.get(3) {
            if given > 4 {
                return err!(th, TYPE_ERROR, "setsockopt() takes at most 4 arguments ({given} given)");
            }
            if !value.is_none() {
                let got = number::full_name(value);
                return err!(th, TYPE_ERROR, "setsockopt() argument 3 must be None, not {got}");
            }
            return set(std::ptr::null(), number::as_u64(th, len)? as u32 as usize);
        }
        if number::has_index(value)
            && let Some(n) = whipsnake_runtime::types::int::try_i64(number::index(th, value)?.value())
            && let Ok(n) = i32::try_from(n)
        {
            return set(n.to_ne_bytes().as_ptr(), 4);
        }
        let data = BytesArg::of(th, value)?;
        set(data.as_ptr(), data.len())
    }
}

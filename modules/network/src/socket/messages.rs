//! Messages with ancillary data: `recvmsg`, `sendmsg`.

use super::address::{self, Address};
use super::object::{Ready, Socket};
use super::os_error;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::{self, Buffer, BytesArg};
use whipsnake_runtime::types::tuple::Tuple;

/// What `CMSG_LEN` and `CMSG_SPACE` can be asked for.
const MAX_DATA: usize = i32::MAX as usize - 64;

/// The length of an item with `data` bytes, without and with what fills it up.
fn lengths(data: usize) -> Option<(usize, usize)> {
    let data = u32::try_from(data).ok().filter(|data| *data as usize <= MAX_DATA)?;
    // SAFETY: sums of numbers.
    unsafe { Some((libc::CMSG_LEN(data) as usize, libc::CMSG_SPACE(data) as usize)) }
}

/// Room for ancillary data, aligned.
fn control_room(len: usize) -> Vec<u64> {
    vec![0; len.div_ceil(8)]
}

impl Socket {
    /// Receives into buffers: what was received, ancillary data, flags, address.
    fn receive_message(
        &self,
        th: &Thread,
        parts: &mut [libc::iovec],
        ancillary: isize,
        flags: i32,
    ) -> PyResult<(usize, [Obj; 3])> {
        let Some(ancillary) = usize::try_from(ancillary).ok().filter(|len| *len <= MAX_DATA) else {
            return err!(th, VALUE_ERROR, "invalid ancillary data buffer length");
        };
        let mut control = control_room(ancillary);
        let mut from = Address::empty();
        // SAFETY: a struct of numbers and null pointers.
        let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
        let n = self.call(th, Ready::Read, self.deadline(), |fd| {
            message.msg_name = from.as_mut_ptr().cast();
            message.msg_namelen = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
            message.msg_iov = parts.as_mut_ptr();
            message.msg_iovlen = parts.len();
            message.msg_control = if ancillary > 0 { control.as_mut_ptr().cast() } else { std::ptr::null_mut() };
            message.msg_controllen = ancillary;
            // SAFETY: everything the message leads to lives through the call.
            unsafe { libc::recvmsg(fd, &mut message, flags) }
        })?;
        from.len = message.msg_namelen;
        let mut items = Vec::new();
        // SAFETY: the macros walk through what the kernel has written, within the length it says.
        unsafe {
            let end = control.as_ptr().cast::<u8>().add(message.msg_controllen);
            let mut at = if ancillary > 0 { libc::CMSG_FIRSTHDR(&message) } else { std::ptr::null_mut() };
            while let Some(header) = at.as_ref() {
                let data = libc::CMSG_DATA(at);
                let start = data.offset_from(at.cast::<u8>()) as usize;
                let len = header.cmsg_len.saturating_sub(start).min(end.offset_from(data).max(0) as usize);
                let data = th.bytes(std::slice::from_raw_parts(data, len))?;
                let (level, kind) = (header.cmsg_level, header.cmsg_type);
                items.push(th.tuple(&[Value::small_int(level.into()), Value::small_int(kind.into()), data.value()])?);
                at = libc::CMSG_NXTHDR(&message, at);
            }
        }
        Ok((n as usize, [th.list(items)?, th.int(message.msg_flags.into())?, address::to_object(th, &from)?]))
    }
    pub fn recvmsg(&self, th: &Thread, bytes: isize, ancillary: isize, flags: i32) -> PyResult {
        let Ok(len) = usize::try_from(bytes) else {
            return Err(th.value_error("negative buffer size in recvmsg()"));
        };
        let mut data = Vec::new();
        data.try_reserve_exact(len).map_err(|_| th.memory_error())?;
        data.resize(len, 0u8);
        let mut part = [libc::iovec { iov_base: data.as_mut_ptr().cast(), iov_len: len }];
        let (n, [items, flags, from]) = self.receive_message(th, &mut part, ancillary, flags)?;
        let data = th.bytes(&data[..n.min(len)])?;
        th.tuple(&[data.value(), items.value(), flags.value(), from.value()])
    }
    pub fn recvmsg_into(&self, th: &Thread, buffers: Value, ancillary: isize, flags: i32) -> PyResult {
        if !iter::is_iterable(buffers) {
            return Err(th.type_error("recvmsg_into() argument 1 must be an iterable"));
        }
        let mut views = Vec::new();
        for item in iter::to_vec(th, buffers)? {
            views.push(buffer::get_writable(th, item.value(), "recvmsg_into() argument 1")?);
        }
        let mut parts = vectors(&views);
        let (n, [items, flags, from]) = self.receive_message(th, &mut parts, ancillary, flags)?;
        let n = th.uint(n as u64)?;
        th.tuple(&[n.value(), items.value(), flags.value(), from.value()])
    }
    pub fn sendmsg(
        &self,
        th: &Thread,
        buffers: Value,
        ancillary: Option<Value>,
        flags: i32,
        to: Option<Value>,
    ) -> PyResult<usize> {
        if !iter::is_iterable(buffers) {
            return Err(th.type_error("sendmsg() argument 1 must be an iterable"));
        }
        let mut views = Vec::new();
        for item in iter::to_vec(th, buffers)? {
            views.push(buffer::get(th, item.value(), false)?);
        }
        let mut parts = vectors(&views);
        let to = match to {
            Some(to) => Some(address::from_object(th, to, self.family(), "sendmsg")?),
            None => None,
        };
        let (mut control, control_len) = match ancillary {
            Some(items) => control_data(th, items)?,
            None => (Vec::new(), 0),
        };
        // SAFETY: a struct of numbers and null pointers.
        let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
        if let Some(to) = &to {
            message.msg_name = to.as_ptr().cast_mut().cast();
            message.msg_namelen = to.len;
        }
        message.msg_iov = parts.as_mut_ptr();
        message.msg_iovlen = parts.len();
        if control_len > 0 {
            message.msg_control = control.as_mut_ptr().cast();
            message.msg_controllen = control_len;
        }
        // SAFETY: everything the message leads to lives through the call.
        let sent = self.call(th, Ready::Write, self.deadline(), |fd| unsafe { libc::sendmsg(fd, &message, flags) })?;
        Ok(sent as usize)
    }
}

fn vectors(views: &[Buffer]) -> Vec<libc::iovec> {
    views.iter().map(|view| libc::iovec { iov_base: view.ptr.cast(), iov_len: view.len }).collect()
}

/// Ancillary data as the kernel has them, and how many bytes they are.
fn control_data(th: &Thread, items: Value) -> PyResult<(Vec<u64>, usize)> {
    if !iter::is_iterable(items) {
        return Err(th.type_error("sendmsg() argument 2 must be an iterable"));
    }
    let mut parts = Vec::new();
    let mut total = 0usize;
    for item in iter::to_vec(th, items)? {
        let Some(&[level, kind, data]) = item.cast::<Tuple>().map(Tuple::as_slice) else {
            let got = number::full_name(item.value());
            return err!(th, TYPE_ERROR, "[sendmsg() ancillary data items]() argument must be 3-item tuple, not {got}");
        };
        let (level, kind) = (number::as_i32(th, level)?, number::as_i32(th, kind)?);
        let data = BytesArg::of(th, data)?.to_vec();
        let Some((len, space)) = lengths(data.len()) else {
            return Err(os_error(th, "ancillary data item too large"));
        };
        total = match total.checked_add(space).filter(|total| *total <= MAX_DATA) {
            Some(total) => total,
            None => return Err(os_error(th, "too much ancillary data")),
        };
        parts.push((level, kind, data, len, space));
    }
    let mut control = control_room(total);
    let start = control.as_mut_ptr().cast::<u8>();
    let mut at = 0;
    for (level, kind, data, len, space) in parts {
        // SAFETY: the room is as long as all items together; items begin at multiples of the alignment.
        unsafe {
            let header = start.add(at).cast::<libc::cmsghdr>();
            (*header).cmsg_len = len;
            (*header).cmsg_level = level;
            (*header).cmsg_type = kind;
            std::ptr::copy_nonoverlapping(data.as_ptr(), libc::CMSG_DATA(header), data.len());
        }
        at += space;
    }
    Ok((control, total))
}

#[pyfunctions]
pub mod functions {
    use super::*;

    fn length(th: &Thread, data: isize, function: &str) -> PyResult<(usize, usize)> {
        match usize::try_from(data).ok().and_then(lengths) {
            Some(lengths) => Ok(lengths),
            None => err!(th, OVERFLOW_ERROR, "{function}() argument out of range"),
        }
    }
    /// The length of an item of ancillary data with so many bytes, without what fills it up.
    #[function("CMSG_LEN(length, /)")]
    fn cmsg_len(th: &Thread, data: isize) -> PyResult<usize> {
        length(th, data, "CMSG_LEN").map(|(len, _)| len)
    }
    /// The room that an item of ancillary data with so many bytes takes.
    #[function("CMSG_SPACE(length, /)")]
    fn cmsg_space(th: &Thread, data: isize) -> PyResult<usize> {
        length(th, data, "CMSG_SPACE").map(|(_, space)| space)
    }
}

//! Addresses, as Python has them and as the kernel does.

use super::{State, os_error};
use std::ffi::CString;
use std::net::{Ipv4Addr, Ipv6Addr};
use whipsnake_runtime::fs_name;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::BytesArg;
use whipsnake_runtime::types::int;
use whipsnake_runtime::types::str::{Str, to_rust_string};
use whipsnake_runtime::types::tuple::Tuple;

/// The kernel's form of an address.
#[derive(Clone, Copy)]
pub struct Address {
    pub storage: libc::sockaddr_storage,
    pub len: libc::socklen_t,
}

impl Address {
    /// Room for any address.
    pub fn empty() -> Address {
        // SAFETY: a struct of numbers.
        Address { storage: unsafe { std::mem::zeroed() }, len: size_of::<libc::sockaddr_storage>() as libc::socklen_t }
    }
    /// From the struct of a family.
    ///
    /// # Safety
    /// `T` is one of C's `sockaddr_*`.
    unsafe fn of<T: Copy>(from: T) -> Address {
        const { assert!(size_of::<T>() <= size_of::<libc::sockaddr_storage>()) };
        let mut address = Address::empty();
        // SAFETY: the storage is large enough and aligned for every family.
        unsafe { (&raw mut address.storage).cast::<T>().write(from) };
        address.len = size_of::<T>() as libc::socklen_t;
        address
    }
    /// As the struct of a family.
    ///
    /// # Safety
    /// `T` is the struct of the address's family.
    unsafe fn to<T: Copy>(&self) -> T {
        // SAFETY: the storage is large enough and aligned for every family.
        unsafe { (&raw const self.storage).cast::<T>().read() }
    }
    pub fn as_ptr(&self) -> *const libc::sockaddr {
        (&raw const self.storage).cast()
    }
    pub fn as_mut_ptr(&mut self) -> *mut libc::sockaddr {
        (&raw mut self.storage).cast()
    }
    /// A copy of what the C library has made.
    ///
    /// # Safety
    /// `from` leads to an address of `len` bytes.
    pub unsafe fn copy(from: *const libc::sockaddr, len: libc::socklen_t) -> Address {
        let mut address = Address::empty();
        address.len = len.min(address.len);
        // SAFETY: the caller's promise; the length was cut to what fits.
        unsafe {
            std::ptr::copy_nonoverlapping(
                from.cast::<u8>(),
                (&raw mut address.storage).cast::<u8>(),
                address.len as usize,
            );
        }
        address
    }
}

/// The text of an IPv4 or IPv6 address.
pub fn host_text(address: &Address) -> String {
    // SAFETY: the structs of the families.
    unsafe {
        match i32::from(address.storage.ss_family) {
            libc::AF_INET => {
                let from: libc::sockaddr_in = address.to();
                Ipv4Addr::from(u32::from_be(from.sin_addr.s_addr)).to_string()
            }
            _ => {
                let from: libc::sockaddr_in6 = address.to();
                let text = ip6_text(&from.sin6_addr.s6_addr);
                match from.sin6_scope_id {
                    0 => text,
                    scope => format!("{text}%{}", scope_name(scope)),
                }
            }
        }
    }
}

/// An IPv6 address as the C library writes it.
pub fn ip6_text(bytes: &[u8; 16]) -> String {
    Ipv6Addr::from(*bytes).to_string()
}

fn scope_name(scope: u32) -> String {
    let mut name = [0u8; libc::IF_NAMESIZE];
    // SAFETY: the buffer has the size the call wants.
    if unsafe { libc::if_indextoname(scope, name.as_mut_ptr().cast()) }.is_null() {
        return scope.to_string();
    }
    let end = name.iter().position(|b| *b == 0).unwrap_or(name.len());
    String::from_utf8_lossy(&name[..end]).into_owned()
}

/// An address as Python has it; `None` when there is none.
///
/// # Errors
/// MemoryError.
pub fn to_object(th: &Thread, address: &Address) -> PyResult {
    if address.len == 0 {
        return Ok(Obj::none());
    }
    let family = i32::from(address.storage.ss_family);
    // SAFETY: the structs of the families.
    unsafe {
        match family {
            libc::AF_INET => {
                let from: libc::sockaddr_in = address.to();
                let host = th.str(&host_text(address))?;
                th.tuple(&[host.value(), Value::small_int(u16::from_be(from.sin_port).into())])
            }
            libc::AF_INET6 => {
                let from: libc::sockaddr_in6 = address.to();
                let host = th.str(&host_text(address))?;
                th.tuple(&[
                    host.value(),
                    Value::small_int(u16::from_be(from.sin6_port).into()),
                    Value::small_int(u32::from_be(from.sin6_flowinfo).into()),
                    Value::small_int(from.sin6_scope_id.into()),
                ])
            }
            libc::AF_UNIX => {
                let from: libc::sockaddr_un = address.to();
                let start = std::mem::offset_of!(libc::sockaddr_un, sun_path);
                let len = (address.len as usize).saturating_sub(start).min(from.sun_path.len());
                let path: Vec<u8> = from.sun_path[..len].iter().map(|c| *c as u8).collect();
                match path.first() {
                    // A name in Linux's abstract name space.
                    Some(0) => th.bytes(&path),
                    _ => {
                        let end = path.iter().position(|b| *b == 0).unwrap_or(path.len());
                        fs_name::decode(th, &path[..end])
                    }
                }
            }
            libc::AF_NETLINK => {
                let from: libc::sockaddr_nl = address.to();
                th.tuple(&[Value::small_int(from.nl_pid.into()), Value::small_int(from.nl_groups.into())])
            }
            _ => {
                let start = std::mem::offset_of!(libc::sockaddr, sa_data);
                let len = (address.len as usize).saturating_sub(start);
                let data = std::slice::from_raw_parts((&raw const address.storage).cast::<u8>().add(start), len);
                let data = th.bytes(data)?;
                th.tuple(&[Value::small_int(family.into()), data.value()])
            }
        }
    }
}

/// A host name as the bytes that are looked up.
///
/// # Errors
/// TypeError, UnicodeError for names that are no names of hosts.
pub fn host_name(th: &Thread, v: Value, wrong_type: impl FnOnce(&str) -> String) -> PyResult<CString> {
    let bytes = match v.cast::<Str>() {
        Some(text) if text.is_ascii() => to_rust_string(v).into_bytes(),
        Some(_) => {
            let encoding = th.str("idna")?;
            let encoded = call::call_method(th, v, "encode", &[encoding.value()])?;
            BytesArg::of(th, encoded.value())?.to_vec()
        }
        None if v.is_instance(&statics::BYTES_TYPE) || v.is_instance(&statics::BYTEARRAY_TYPE) => {
            BytesArg::of(th, v)?.to_vec()
        }
        None => return Err(th.type_error(wrong_type(number::full_name(v)))),
    };
    CString::new(bytes).map_err(|_| th.type_error("host name must not contain null character"))
}

/// Raises `gaierror` for what `getaddrinfo` and `getnameinfo` return.
pub fn raise_gai(th: &Thread, code: i32) -> Raised {
    if code == libc::EAI_SYSTEM {
        return whipsnake_runtime::os_error::raise_last(th);
    }
    // SAFETY: the text is static.
    let text = unsafe { std::ffi::CStr::from_ptr(libc::gai_strerror(code)) }.to_string_lossy();
    let class = th.interp.state::<State>().gaierror.borrow().clone();
    let make = || {
        let text = th.str(&text)?;
        let class = class.ok_or_else(|| th.runtime_error("_socket is not imported"))?;
        call::call2(th, class.value(), Value::small_int(code.into()), text.value())
    };
    match make() {
        Ok(exception) => th.raise_instance(exception),
        Err(raised) => raised,
    }
}

/// The answers of `getaddrinfo`, freed in the end.
pub struct Answers(*mut libc::addrinfo);

impl Drop for Answers {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: the list came from getaddrinfo.
            unsafe { libc::freeaddrinfo(self.0) };
        }
    }
}

impl Answers {
    /// Asks the C library, with the interpreter's lock given away.
    ///
    /// # Errors
    /// gaierror.
    pub fn ask(
        th: &Thread,
        host: Option<&CString>,
        service: Option<&CString>,
        hints: &libc::addrinfo,
    ) -> PyResult<Answers> {
        let mut found = Answers(std::ptr::null_mut());
        let pointer = |text: Option<&CString>| text.map_or(std::ptr::null(), |text| text.as_ptr());
        let (host, service) = (pointer(host), pointer(service));
        // SAFETY: strings, hints and the result live through the call.
        let code = th.allow_threads(|| unsafe { libc::getaddrinfo(host, service, hints, &mut found.0) });
        if code != 0 {
            found.0 = std::ptr::null_mut();
            return Err(raise_gai(th, code));
        }
        Ok(found)
    }
    pub fn iter(&self) -> impl Iterator<Item = &libc::addrinfo> {
        let mut at = self.0;
        std::iter::from_fn(move || {
            // SAFETY: the list lives as long as `self` and ends with null.
            let entry = unsafe { at.as_ref() }?;
            at = entry.ai_next;
            Some(entry)
        })
    }
    /// The first address.
    pub fn first(&self) -> Option<Address> {
        // SAFETY: the entry's address has the length it says.
        self.iter().next().map(|entry| unsafe { Address::copy(entry.ai_addr, entry.ai_addrlen) })
    }
}

/// Hints for `getaddrinfo`.
pub fn hints(family: i32, kind: i32, proto: i32, flags: i32) -> libc::addrinfo {
    // SAFETY: a struct of numbers and null pointers.
    let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
    (hints.ai_family, hints.ai_socktype, hints.ai_protocol, hints.ai_flags) = (family, kind, proto, flags);
    hints
}

/// The address of a host, without a port. The empty name is any address, `<broadcast>` all.
///
/// # Errors
/// gaierror, OSError.
pub fn resolve(th: &Thread, host: &CString, family: i32) -> PyResult<Address> {
    let v4 = |address: Ipv4Addr| {
        // SAFETY: the struct of the family.
        unsafe {
            let mut to: libc::sockaddr_in = std::mem::zeroed();
            to.sin_family = libc::AF_INET as libc::sa_family_t;
            to.sin_addr.s_addr = u32::from(address).to_be();
            Address::of(to)
        }
    };
    match host.to_bytes() {
        b"" => {
            let answers = Answers::ask(
                th,
                None,
                Some(&CString::from(c"0")),
                &hints(family, libc::SOCK_DGRAM, 0, libc::AI_PASSIVE),
            )?;
            if answers.iter().nth(1).is_some() {
                return Err(os_error(th, "wildcard resolved to multiple address"));
            }
            return answers.first().ok_or_else(|| os_error(th, "no address"));
        }
        b"<broadcast>" | b"255.255.255.255" => {
            if family != libc::AF_INET && family != libc::AF_UNSPEC {
                return Err(os_error(th, "address family mismatched"));
            }
            return Ok(v4(Ipv4Addr::BROADCAST));
        }
        _ => {}
    }
    if family != libc::AF_INET6
        && let Some(address) = host.to_str().ok().and_then(|text| text.parse().ok())
    {
        return Ok(v4(address));
    }
    let answers = Answers::ask(th, Some(host), None, &hints(family, 0, 0, 0))?;
    answers.first().ok_or_else(|| os_error(th, "no address"))
}

fn port(th: &Thread, v: Value, function: &str) -> PyResult<u16> {
    let n = number::index(th, v)?;
    match int::try_i64(n.value()).and_then(|n| u16::try_from(n).ok()) {
        Some(port) => Ok(port),
        None => err!(th, OVERFLOW_ERROR, "{function}(): port must be 0-65535."),
    }
}

fn tuple<'a>(th: &Thread, v: Value, function: &str, family: &str) -> PyResult<&'a [Value]> {
    match v.cast::<Tuple>() {
        Some(tuple) => Ok(tuple.as_slice()),
        None => err!(th, TYPE_ERROR, "{function}(): {family} address must be tuple, not {}", number::full_name(v)),
    }
}

const HOST_TYPES: fn(&str) -> String = |got| format!("str, bytes or bytearray expected, not {got}");

/// The kernel's form of an address of a family.
///
/// # Errors
/// TypeError, OverflowError, OSError, gaierror.
pub fn from_object(th: &Thread, v: Value, family: i32, function: &str) -> PyResult<Address> {
    match family {
        libc::AF_INET => {
            let &[host, number] = tuple(th, v, function, "AF_INET")? else {
                return Err(th.type_error("AF_INET address must be a pair (host, port)"));
            };
            let host = host_name(th, host, HOST_TYPES)?;
            let port = port(th, number, function)?;
            let found = resolve(th, &host, family)?;
            // SAFETY: the struct of the family.
            unsafe {
                let mut to: libc::sockaddr_in = found.to();
                to.sin_port = port.to_be();
                Ok(Address::of(to))
            }
        }
        libc::AF_INET6 => {
            let parts = tuple(th, v, function, "AF_INET6")?;
            if !(2..=4).contains(&parts.len()) {
                return Err(th.type_error("AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])"));
            }
            let host = host_name(th, parts[0], HOST_TYPES)?;
            let port = port(th, parts[1], function)?;
            let number = |i: usize| parts.get(i).map_or(Ok(0), |v| number::as_u64(th, *v));
            let (flow, scope) = (number(2)?, number(3)?);
            if flow > 0xFFFFF {
                return err!(th, OVERFLOW_ERROR, "{function}(): flowinfo must be 0-1048575.");
            }
            let found = resolve(th, &host, family)?;
            // SAFETY: the struct of the family.
            unsafe {
                let mut to: libc::sockaddr_in6 = found.to();
                to.sin6_port = port.to_be();
                to.sin6_flowinfo = (flow as u32).to_be();
                if parts.len() > 3 {
                    to.sin6_scope_id = scope as u32;
                }
                Ok(Address::of(to))
            }
        }
        libc::AF_UNIX => unix(th, v),
        libc::AF_NETLINK => {
            let &[pid, groups] = tuple(th, v, function, "AF_NETLINK")? else {
                return Err(th.type_error("AF_NETLINK address must be a pair (pid, groups)"));
            };
            // SAFETY: the struct of the family.
            unsafe {
                let mut to: libc::sockaddr_nl = std::mem::zeroed();
                to.nl_family = libc::AF_NETLINK as libc::sa_family_t;
                to.nl_pid = number::as_u64_wrapping(th, pid)? as u32;
                to.nl_groups = number::as_u64_wrapping(th, groups)? as u32;
                Ok(Address::of(to))
            }
        }
        _ => err!(th, OS_ERROR, "{function}(): bad family"),
    }
}

fn unix(th: &Thread, v: Value) -> PyResult<Address> {
    let path = match v.cast::<Str>() {
        Some(text) => fs_name::encode(th, text)?,
        None => BytesArg::of(th, v)?.to_vec(),
    };
    // SAFETY: the struct of the family; the path was checked to fit.
    unsafe {
        let mut to: libc::sockaddr_un = std::mem::zeroed();
        to.sun_family = libc::AF_UNIX as libc::sa_family_t;
        // Names in the abstract name space need no NUL at the end.
        let is_abstract = path.first() == Some(&0);
        if path.len() + usize::from(!is_abstract) > to.sun_path.len() {
            return Err(os_error(th, "AF_UNIX path too long"));
        }
        for (to, byte) in to.sun_path.iter_mut().zip(&path) {
            *to = *byte as libc::c_char;
        }
        let mut address = Address::of(to);
        let start = std::mem::offset_of!(libc::sockaddr_un, sun_path);
        address.len = (start + path.len() + usize::from(!is_abstract)) as libc::socklen_t;
        Ok(address)
    }
}

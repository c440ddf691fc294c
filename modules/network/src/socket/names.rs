//! Looking up hosts, services, protocols and interfaces; numbers in network order.

use super::address::{self, Address, Answers, hints, host_name, host_text, raise_gai, resolve};
use super::{State, os_error};
use std::ffi::{CStr, CString};
use whipsnake_runtime::fs_name;
use whipsnake_runtime::os_error::{raise_errno, raise_last};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::BytesArg;
use whipsnake_runtime::types::int;
use whipsnake_runtime::types::str::Str;
use whipsnake_runtime::types::tuple::Tuple;

/// A C string that the C library keeps, as a str.
///
/// # Safety
/// `text` leads to a string.
unsafe fn text_of(th: &Thread, text: *const libc::c_char) -> PyResult {
    // SAFETY: the caller's promise.
    fs_name::decode(th, unsafe { CStr::from_ptr(text) }.to_bytes())
}

fn c_text(th: &Thread, text: &Str) -> PyResult<CString> {
    let bytes = fs_name::encode(th, text)?;
    CString::new(bytes).map_err(|_| th.value_error("embedded null character"))
}

fn host_argument(th: &Thread, v: Value, function: &str) -> PyResult<CString> {
    host_name(th, v, |got| format!("{function}() argument 1 must be str, bytes or bytearray, not {got}"))
}

/// A number for C, of `bits` bits.
fn unsigned(th: &Thread, v: Value, bits: u32) -> PyResult<u32> {
    let n = number::index(th, v)?;
    if int::is_negative(n.value()) {
        return Err(th.value_error("Cannot convert negative int"));
    }
    match int::try_i64(n.value()).filter(|n| *n < 1 << bits) {
        Some(n) => Ok(n as u32),
        None => err!(th, OVERFLOW_ERROR, "Python int too large for C uint{bits}_t"),
    }
}

/// A service: a number, a name, or none.
fn service(th: &Thread, v: Value) -> PyResult<Option<CString>> {
    let bytes = if v.is_none() {
        return Ok(None);
    } else if v.is_instance(&statics::INT_TYPE) {
        number::as_i64(th, v)?.to_string().into_bytes()
    } else if let Some(text) = v.cast::<Str>() {
        text.utf8(th)?.as_bytes().to_vec()
    } else if v.is_instance(&statics::BYTES_TYPE) {
        BytesArg::of(th, v)?.to_vec()
    } else {
        return Err(os_error(th, "Int or String expected"));
    };
    CString::new(bytes).map(Some).map_err(|_| th.value_error("embedded null character"))
}

/// Name, aliases and addresses of a host entry.
fn host_entry(th: &Thread, entry: *const libc::hostent) -> PyResult {
    if entry.is_null() {
        let class = th.interp.state::<State>().herror.borrow().clone();
        let class = class.ok_or_else(|| th.runtime_error("_socket is not imported"))?;
        let text = th.str("Unknown host")?;
        let exception = call::call2(th, class.value(), Value::small_int(1), text.value())?;
        return Err(th.raise_instance(exception));
    }
    // SAFETY: the entry is the C library's, good until the next call; the interpreter's lock is held.
    unsafe {
        let entry = &*entry;
        let name = text_of(th, entry.h_name)?;
        let list = |mut at: *mut *mut libc::c_char| {
            let mut items = Vec::new();
            while !at.is_null() && !(*at).is_null() {
                items.push(*at);
                at = at.add(1);
            }
            items
        };
        let mut aliases = Vec::new();
        for alias in list(entry.h_aliases) {
            aliases.push(text_of(th, alias)?);
        }
        let mut addresses = Vec::new();
        for address in list(entry.h_addr_list) {
            let bytes = std::slice::from_raw_parts(address.cast::<u8>(), entry.h_length as usize);
            addresses.push(th.str(&ip_text(bytes).unwrap_or_default())?);
        }
        th.tuple(&[name.value(), th.list(aliases)?.value(), th.list(addresses)?.value()])
    }
}

fn ip_text(bytes: &[u8]) -> Option<String> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(|bytes| std::net::Ipv4Addr::from(bytes).to_string()),
        _ => <[u8; 16]>::try_from(bytes).ok().map(|bytes| address::ip6_text(&bytes)),
    }
}

#[pyfunctions]
pub mod functions {
    use super::*;

    /// The addresses of a host and a service: tuples of family, type, protocol, canonical name, address.
    #[function("getaddrinfo(host, port, family=0, type=0, proto=0, flags=0)")]
    fn getaddrinfo(th: &Thread, host: Value, port: Value, family: i32, kind: i32, proto: i32, flags: i32) -> PyResult {
        let host = match host {
            host if host.is_none() => None,
            host if host.cast::<Str>().is_some() || host.is_instance(&statics::BYTES_TYPE) => {
                Some(host_argument(th, host, "getaddrinfo")?)
            }
            _ => return Err(th.type_error("getaddrinfo() argument 1 must be string or None")),
        };
        let service = service(th, port)?;
        let answers = Answers::ask(th, host.as_ref(), service.as_ref(), &hints(family, kind, proto, flags))?;
        let mut all = Vec::new();
        for entry in answers.iter() {
            // SAFETY: the entry's address has the length it says; its name is a string.
            let (address, name) = unsafe {
                let name = match entry.ai_canonname.is_null() {
                    true => th.str("")?,
                    false => text_of(th, entry.ai_canonname)?,
                };
                (Address::copy(entry.ai_addr, entry.ai_addrlen), name)
            };
            let address = address::to_object(th, &address)?;
            all.push(th.tuple(&[
                Value::small_int(entry.ai_family.into()),
                Value::small_int(entry.ai_socktype.into()),
                Value::small_int(entry.ai_protocol.into()),
                name.value(),
                address.value(),
            ])?);
        }
        th.list(all)
    }
    /// The host and the service of an address.
    #[function("getnameinfo(sockaddr, flags, /)")]
    fn getnameinfo(th: &Thread, sockaddr: Value, flags: i32) -> PyResult {
        let Some(parts) = sockaddr.cast::<Tuple>().map(Tuple::as_slice) else {
            return Err(th.type_error("getnameinfo() argument 1 must be a tuple"));
        };
        let illegal = || th.type_error("getnameinfo(): illegal sockaddr argument");
        if !(2..=4).contains(&parts.len()) || parts[0].cast::<Str>().is_none() {
            return Err(illegal());
        }
        let port = number::as_i32(th, parts[1])?;
        let host = host_argument(th, parts[0], "getnameinfo")?;
        let service = CString::new(port.to_string()).unwrap_or_default();
        let wanted = hints(libc::AF_UNSPEC, libc::SOCK_DGRAM, 0, libc::AI_NUMERICHOST);
        let answers = Answers::ask(th, Some(&host), Some(&service), &wanted)?;
        if answers.iter().nth(1).is_some() {
            return Err(os_error(th, "sockaddr resolved to multiple addresses"));
        }
        let Some(mut found) = answers.first() else { return Err(illegal()) };
        match i32::from(found.storage.ss_family) {
            libc::AF_INET if parts.len() != 2 => return Err(os_error(th, "IPv4 sockaddr must be 2 tuple")),
            libc::AF_INET6 => {
                let given = th.tuple(parts)?;
                found = address::from_object(th, given.value(), libc::AF_INET6, "getnameinfo")?;
            }
            _ => {}
        }
        let (mut host, mut service) = ([0u8; libc::NI_MAXHOST as usize], [0u8; 32]);
        // SAFETY: the address and the buffers, whose lengths are passed along, live through the call.
        let code = th.allow_threads(|| unsafe {
            libc::getnameinfo(
                found.as_ptr(),
                found.len,
                host.as_mut_ptr().cast(),
                host.len() as libc::socklen_t,
                service.as_mut_ptr().cast(),
                service.len() as libc::socklen_t,
                flags,
            )
        });
        if code != 0 {
            return Err(raise_gai(th, code));
        }
        let text = |bytes: &[u8]| {
            let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
            fs_name::decode(th, &bytes[..end])
        };
        th.tuple(&[text(&host)?.value(), text(&service)?.value()])
    }
    /// The IPv4 address of a host.
    #[function("gethostbyname(hostname, /)")]
    fn gethostbyname(th: &Thread, name: Value) -> PyResult {
        let name = host_argument(th, name, "gethostbyname")?;
        th.str(&host_text(&resolve(th, &name, libc::AF_INET)?))
    }
    /// Name, aliases and IPv4 addresses of a host.
    #[function("gethostbyname_ex(hostname, /)")]
    fn gethostbyname_ex(th: &Thread, name: Value) -> PyResult {
        let name = host_argument(th, name, "gethostbyname_ex")?;
        resolve(th, &name, libc::AF_INET)?;
        // SAFETY: the name lives through the call; the answer is read before the interpreter's lock is given away.
        host_entry(th, unsafe { super::gethostbyname(name.as_ptr()) })
    }
    /// Name, aliases and addresses of the host with an address.
    #[function("gethostbyaddr(ip_address, /)")]
    fn gethostbyaddr(th: &Thread, name: Value) -> PyResult {
        let name = host_argument(th, name, "gethostbyaddr")?;
        let found = resolve(th, &name, libc::AF_UNSPEC)?;
        let text = host_text(&found);
        let bytes: Vec<u8> = match text.parse::<std::net::IpAddr>() {
            Ok(std::net::IpAddr::V4(address)) => address.octets().to_vec(),
            Ok(std::net::IpAddr::V6(address)) => address.octets().to_vec(),
            Err(_) => return Err(os_error(th, "unsupported address family")),
        };
        let family = i32::from(found.storage.ss_family);
        // SAFETY: the bytes live through the call; the answer is read before the interpreter's lock is given away.
        host_entry(th, unsafe { super::gethostbyaddr(bytes.as_ptr().cast(), bytes.len() as libc::socklen_t, family) })
    }
    /// The port of a service.
    #[function("getservbyname(servicename, protocolname=None, /)")]
    fn getservbyname(th: &Thread, name: &Str, proto: Option<&Str>) -> PyResult<i32> {
        let name = c_text(th, name)?;
        let proto = proto.map(|proto| c_text(th, proto)).transpose()?;
        let proto = proto.as_ref().map_or(std::ptr::null(), |proto| proto.as_ptr());
        // SAFETY: the strings live through the call; the answer is read before the interpreter's lock is given away.
        match unsafe { libc::getservbyname(name.as_ptr(), proto).as_ref() } {
            Some(entry) => Ok(u16::from_be(entry.s_port as u16).into()),
            None => Err(os_error(th, "service/proto not found")),
        }
    }
    /// The service at a port.
    #[function("getservbyport(port, protocolname=None, /)")]
    fn getservbyport(th: &Thread, port: i32, proto: Option<&Str>) -> PyResult {
        let Ok(port) = u16::try_from(port) else {
            return Err(th.overflow_error("getservbyport: port must be 0-65535."));
        };
        let proto = proto.map(|proto| c_text(th, proto)).transpose()?;
        let proto = proto.as_ref().map_or(std::ptr::null(), |proto| proto.as_ptr());
        // SAFETY: the string lives through the call; the answer is read before the interpreter's lock is given away.
        unsafe {
            match libc::getservbyport(port.to_be().into(), proto).as_ref() {
                Some(entry) => text_of(th, entry.s_name),
                None => Err(os_error(th, "port/proto not found")),
            }
        }
    }
    /// The number of a protocol.
    #[function("getprotobyname(protocolname, /)")]
    fn getprotobyname(th: &Thread, name: &Str) -> PyResult<i32> {
        let name = c_text(th, name)?;
        // SAFETY: the string lives through the call; the answer is read before the interpreter's lock is given away.
        match unsafe { libc::getprotobyname(name.as_ptr()).as_ref() } {
            Some(entry) => Ok(entry.p_proto),
            None => Err(os_error(th, "protocol not found")),
        }
    }
    /// A 16-bit number from network order.
    #[function("ntohs(integer, /)")]
    fn ntohs(th: &Thread, n: Value) -> PyResult<i64> {
        Ok(u16::from_be(unsigned(th, n, 16)? as u16).into())
    }
    /// A 32-bit number from network order.
    #[function("ntohl(integer, /)")]
    fn ntohl(th: &Thread, n: Value) -> PyResult<i64> {
        Ok(u32::from_be(unsigned(th, n, 32)?).into())
    }
    /// A 16-bit number in network order.
    #[function("htons(integer, /)")]
    fn htons(th: &Thread, n: Value) -> PyResult<i64> {
        Ok((unsigned(th, n, 16)? as u16).to_be().into())
    }
    /// A 32-bit number in network order.
    #[function("htonl(integer, /)")]
    fn htonl(th: &Thread, n: Value) -> PyResult<i64> {
        Ok(unsigned(th, n, 32)?.to_be().into())
    }
    /// The four bytes of an IPv4 address, which may be abbreviated.
    #[function("inet_aton(ip_addr, /)")]
    fn inet_aton(th: &Thread, text: &Str) -> PyResult {
        let text = c_text(th, text)?;
        let mut address = libc::in_addr { s_addr: 0 };
        // SAFETY: the string and the address live through the call.
        if unsafe { super::inet_aton(text.as_ptr(), &mut address) } == 0 {
            return Err(os_error(th, "illegal IP address string passed to inet_aton"));
        }
        th.bytes(&address.s_addr.to_ne_bytes())
    }
    /// An IPv4 address from its four bytes.
    #[function("inet_ntoa(packed_ip, /)")]
    fn inet_ntoa(th: &Thread, packed: BytesArg) -> PyResult<String> {
        match ip_text(&packed).filter(|_| packed.len() == 4) {
            Some(text) => Ok(text),
            None => Err(os_error(th, "packed IP wrong length for inet_ntoa")),
        }
    }
    /// The bytes of an address of a family.
    #[function("inet_pton(address_family, ip_string, /)")]
    fn inet_pton(th: &Thread, family: i32, text: &Str) -> PyResult {
        let text = c_text(th, text)?;
        let mut bytes = [0u8; 16];
        // SAFETY: the string and the buffer, which is long enough for both families, live through the call.
        match unsafe { super::inet_pton(family, text.as_ptr(), bytes.as_mut_ptr().cast()) } {
            ..0 => Err(raise_last(th)),
            0 => Err(os_error(th, "illegal IP address string passed to inet_pton")),
            _ => th.bytes(&bytes[..if family == libc::AF_INET { 4 } else { 16 }]),
        }
    }
    /// An address of a family from its bytes.
    #[function("inet_ntop(address_family, packed_ip, /)")]
    fn inet_ntop(th: &Thread, family: i32, packed: BytesArg) -> PyResult<String> {
        let len = match family {
            libc::AF_INET => 4,
            libc::AF_INET6 => 16,
            _ => return err!(th, VALUE_ERROR, "unknown address family {family}"),
        };
        match ip_text(&packed).filter(|_| packed.len() == len) {
            Some(text) => Ok(text),
            None => Err(th.value_error("invalid length of packed IP address string")),
        }
    }
    /// All network interfaces: (index, name).
    #[function("if_nameindex()")]
    fn if_nameindex(th: &Thread) -> PyResult {
        // SAFETY: the list ends with an index of 0 and is freed once.
        unsafe {
            let list = libc::if_nameindex();
            if list.is_null() {
                return Err(raise_last(th));
            }
            let mut all = Vec::new();
            let mut at = list;
            while (*at).if_index != 0 {
                let item = text_of(th, (*at).if_name)
                    .and_then(|name| th.tuple(&[Value::small_int((*at).if_index.into()), name.value()]));
                match item {
                    Ok(item) => all.push(item),
                    Err(raised) => {
                        libc::if_freenameindex(list);
                        return Err(raised);
                    }
                }
                at = at.add(1);
            }
            libc::if_freenameindex(list);
            th.list(all)
        }
    }
    /// The index of a network interface.
    #[function("if_nametoindex(oname, /)")]
    fn if_nametoindex(th: &Thread, name: Value) -> PyResult<i64> {
        let name = match name.cast::<Str>() {
            Some(text) => c_text(th, text)?,
            None => CString::new(BytesArg::of(th, name)?.to_vec()).map_err(|_| th.value_error("embedded null byte"))?,
        };
        // SAFETY: the name lives through the call.
        match unsafe { libc::if_nametoindex(name.as_ptr()) } {
            0 => Err(raise_last(th)),
            index => Ok(index.into()),
        }
    }
    /// The name of a network interface.
    #[function("if_indextoname(if_index, /)")]
    fn if_indextoname(th: &Thread, index: i64) -> PyResult {
        let mut name = [0u8; libc::IF_NAMESIZE];
        let Ok(index) = u32::try_from(index) else { return Err(raise_errno(th, libc::ENXIO)) };
        // SAFETY: the buffer has the size the call wants.
        if unsafe { libc::if_indextoname(index, name.as_mut_ptr().cast()) }.is_null() {
            return Err(raise_last(th));
        }
        // SAFETY: the call has written a string.
        unsafe { text_of(th, name.as_ptr().cast()) }
    }
}

unsafe extern "C" {
    fn gethostbyname(name: *const libc::c_char) -> *mut libc::hostent;
    fn gethostbyaddr(address: *const libc::c_void, len: libc::socklen_t, family: i32) -> *mut libc::hostent;
    fn inet_aton(text: *const libc::c_char, address: *mut libc::in_addr) -> i32;
    fn inet_pton(family: i32, text: *const libc::c_char, to: *mut libc::c_void) -> i32;
}

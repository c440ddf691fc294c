//! `_socket`: what the `socket` module stands on.
//!
//! - `object`: the socket type, time-outs, connecting; `transfer`: sending and receiving, options; `messages`: with
//!   ancillary data; `methods`: what Python sees of these
//! - `address`: addresses as Python has them and as the kernel does; `names`: looking up hosts, services, protocols
//!
//! Address families with a form of their own: IPv4, IPv6, Unix, netlink. Others are pairs of a number and bytes.

mod address;
mod constants;
mod messages;
mod methods;
mod names;
mod object;
mod transfer;

use std::cell::{Cell, RefCell};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::module;

/// What the module remembers.
struct State {
    gaierror: RefCell<Option<Obj>>,
    herror: RefCell<Option<Obj>>,
    /// The time-out of new sockets in nanoseconds; -1 for none.
    default_timeout: Cell<i64>,
}

impl Default for State {
    fn default() -> State {
        State { gaierror: RefCell::default(), herror: RefCell::default(), default_timeout: Cell::new(-1) }
    }
}

/// OSError with a message only.
fn os_error(th: &Thread, message: &str) -> Raised {
    th.raise(&statics::OS_ERROR, message)
}

/// Makes `_socket`.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let m = module::new(th, "_socket", "Sockets: see the socket module.", names::functions::METHODS)?;
    module::add_functions(th, m.value(), object::functions::METHODS)?;
    module::add_functions(th, m.value(), messages::functions::METHODS)?;
    module::add_type(th, m.value(), &object::SOCKET_TYPE)?;
    let (gaierror, herror) = (
        module::exception_class(th, "socket.gaierror", &statics::OS_ERROR)?,
        module::exception_class(th, "socket.herror", &statics::OS_ERROR)?,
    );
    for (name, value) in [
        ("SocketType", object::SOCKET_TYPE.value()),
        ("error", statics::OS_ERROR.value()),
        ("timeout", statics::TIMEOUT_ERROR.value()),
        ("gaierror", gaierror.value()),
        ("herror", herror.value()),
        ("has_ipv6", Obj::bool(true).value()),
    ] {
        module::add(th, m.value(), name, value)?;
    }
    for (name, value) in constants::ALL {
        module::add(th, m.value(), name, th.int(*value)?.value())?;
    }
    let state = th.interp.state::<State>();
    *state.gaierror.borrow_mut() = Some(gaierror);
    *state.herror.borrow_mut() = Some(herror);
    Ok(m)
}

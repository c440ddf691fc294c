//! `select` and `_socket`.
//!
//! - `select`: waiting for files that are ready: the function `select`, `poll` and `epoll` objects
//! - `socket`: sockets and the names of hosts
//! - `timeouts`: times of Python and waits that signals interrupt; `descriptors`: what has a file descriptor
//!
//! Source: the documentation of `select` and `socket`, POSIX, Linux man pages.

use whipsnake_runtime::import::NativeModule;

mod descriptors;
mod select;
mod socket;
mod timeouts;

/// The modules of this crate.
pub static MODULES: &[NativeModule] =
    &[NativeModule { name: "select", init: select::init }, NativeModule { name: "_socket", init: socket::init }];

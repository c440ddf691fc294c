//! `select`: waiting for files that are ready.
//!
//! - `select`: the module, its function `select`; `poll` and `epoll` objects
//! - `timeouts`: times of Python and waits that signals interrupt; `descriptors`: what has a file descriptor
//!
//! Source: the documentation of `select`, POSIX, Linux man pages.

use whipsnake_runtime::import::NativeModule;

mod descriptors;
mod select;
mod timeouts;

/// The modules of this crate.
pub static MODULES: &[NativeModule] = &[NativeModule { name: "select", init: select::init }];

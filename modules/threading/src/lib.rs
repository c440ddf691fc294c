//! `_thread`, `_signal`, `_queue` and `_multiprocessing`: native threads under the interpreter's lock, signals, a queue,
//! semaphores that processes share.
//!
//! - `waiting.rs`: waiting without the interpreter's lock, interruptible by signals
//! - `locks.rs`: `lock`, `RLock`; `threads.rs`: starting and joining; `local.rs`: `_local`
//! - `signals.rs`: handlers and the functions of `_signal`; `semaphores.rs`: `SemLock`
//!
//! Source: the `threading`, `_thread` and `signal` documentation; futex(2).

use whipsnake_runtime::import::NativeModule;
use whipsnake_runtime::prelude::*;

mod excepthook;
mod local;
mod locks;
mod queue;
mod semaphores;
mod signal_calls;
mod signals;
mod threads;
mod waiting;

pub use signals::install as install_signals;
pub use threads::init;

/// The modules of this crate.
pub const MODULES: &[NativeModule] = &[
    NativeModule { name: "_thread", init },
    NativeModule { name: "_signal", init: signals::init },
    NativeModule { name: "_queue", init: queue::init },
    NativeModule { name: "_multiprocessing", init: semaphores::init },
];

pub(crate) fn address(v: Value) -> u64 {
    v.bits()
}

//! `time`: clocks, sleeping, calendar times.
//!
//! `clocks.rs` reads clocks and sleeps; `calendar.rs` converts and formats. Calendar work is done by the C library, so
//! that time zones and locales are the system's. Source: the `time` documentation, POSIX.

mod calendar;
mod clocks;

use whipsnake_runtime::import::NativeModule;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::{module, structseq};

/// The modules of this crate.
pub const MODULES: &[NativeModule] = &[NativeModule { name: "time", init }];

/// Makes the `time` module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let m = module::new(th, "time", "Clocks, sleeping, and calendar times.", clocks::functions::METHODS)?;
    module::add_functions(th, m.value(), calendar::functions::METHODS)?;
    structseq::ready(th, &calendar::STRUCT_TIME_TYPE, 9, 11)?;
    module::add(th, m.value(), "struct_time", calendar::STRUCT_TIME_TYPE.value())?;
    let constants = [
        ("CLOCK_REALTIME", libc::CLOCK_REALTIME),
        ("CLOCK_MONOTONIC", libc::CLOCK_MONOTONIC),
        ("CLOCK_MONOTONIC_RAW", libc::CLOCK_MONOTONIC_RAW),
        ("CLOCK_PROCESS_CPUTIME_ID", libc::CLOCK_PROCESS_CPUTIME_ID),
        ("CLOCK_THREAD_CPUTIME_ID", libc::CLOCK_THREAD_CPUTIME_ID),
        ("CLOCK_BOOTTIME", libc::CLOCK_BOOTTIME),
        ("CLOCK_TAI", libc::CLOCK_TAI),
        ("_STRUCT_TM_ITEMS", 11),
    ];
    for (name, value) in constants {
        module::add(th, m.value(), name, Value::small_int(value.into()))?;
    }
    calendar::set_zone(th, m.value())?;
    Ok(m)
}

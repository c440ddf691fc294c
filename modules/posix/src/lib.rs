//! `posix` and its neighbours: `errno`, `_stat`, `pwd`, `grp`, `_locale`, `fcntl`, `resource`, `termios`, `mmap`,
//! `_posixsubprocess`, `_posixshmem`.
//!
//! Files by subject: [`paths`] argument conversions, `status` the stat family, `files` descriptors, `directories`,
//! `processes`, `environment`, `ids`. System calls that can block give the interpreter's lock away and are repeated
//! after signals (PEP 475). Source: the `os` documentation, POSIX, Linux man pages.

use whipsnake_runtime::import::NativeModule;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::module;

mod constants;
mod directories;
mod entries;
mod environment;
pub mod errno;
pub mod fcntl;
mod files;
pub mod grp;
mod ids;
pub mod locale;
mod metadata;
pub mod mmap;
mod paths;
mod processes;
pub mod pwd;
pub mod resource;
mod scheduling;
mod shared_memory;
pub mod stat_module;
mod status;
pub mod subprocess;
mod system;
pub mod termios;

/// The modules of this crate.
pub const MODULES: &[NativeModule] = &[
    NativeModule { name: "posix", init },
    NativeModule { name: "errno", init: errno::init },
    NativeModule { name: "_stat", init: stat_module::init },
    NativeModule { name: "pwd", init: pwd::init },
    NativeModule { name: "grp", init: grp::init },
    NativeModule { name: "mmap", init: mmap::init },
    NativeModule { name: "resource", init: resource::init },
    NativeModule { name: "termios", init: termios::init },
    NativeModule { name: "_locale", init: locale::init },
    NativeModule { name: "fcntl", init: fcntl::init },
    NativeModule { name: "_posixsubprocess", init: subprocess::init },
    NativeModule { name: "_posixshmem", init: shared_memory::init },
];

const DOC: &str = "Access to the services of a POSIX system. Use the os module, which is portable.";

/// Makes the `posix` module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let m = module::new(th, "posix", DOC, &[])?;
    for functions in [
        status::functions::METHODS,
        files::functions::METHODS,
        directories::functions::METHODS,
        metadata::functions::METHODS,
        entries::functions::METHODS,
        processes::functions::METHODS,
        environment::functions::METHODS,
        ids::functions::METHODS,
        scheduling::functions::METHODS,
        system::functions::METHODS,
    ] {
        module::add_functions(th, m.value(), functions)?;
    }
    for &(name, value) in constants::ALL {
        add_int(th, m.value(), name, value)?;
    }
    status::add_types(th, m.value())?;
    entries::add_types(th, m.value())?;
    system::add_types(th, m.value())?;
    processes::add_types(th, m.value())?;
    scheduling::add_types(th, m.value())?;
    environment::add(th, m.value())?;
    module::add(th, m.value(), "error", statics::OS_ERROR.value())?;
    Ok(m)
}

pub(crate) fn add_int(th: &Thread, m: Value, name: &str, value: i64) -> PyResult<()> {
    module::add(th, m, name, th.int(value)?.value())
}

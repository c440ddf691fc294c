//! The system: names, times, configuration, randomness, terminals.

use whipsnake_runtime::fs_name;
use whipsnake_runtime::os_error::{self, blocking, last_errno, raise_last};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::struct_sequence;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::{module, structseq};

struct_sequence! {
    static UNAME_RESULT_TYPE: "posix.uname_result", "What uname() says.", 5 of 5, [
        0 "sysname" "operating system", 1 "nodename" "name of the machine on its network", 2 "release" "release",
        3 "version" "version", 4 "machine" "kind of machine",
    ]
}
struct_sequence! {
    static TIMES_RESULT_TYPE: "posix.times_result", "What times() says, in seconds.", 5 of 5, [
        0 "user" "user time", 1 "system" "system time", 2 "children_user" "user time of children",
        3 "children_system" "system time of children", 4 "elapsed" "time since a fixed point in the past",
    ]
}
struct_sequence! {
    static TERMINAL_SIZE_TYPE: "os.terminal_size", "Size of a terminal window.", 2 of 2, [
        0 "columns" "width in characters", 1 "lines" "height in characters",
    ]
}

/// Names of `pathconf` values.
pub const PATHCONF_NAMES: &[(&str, i32)] = &[
    ("PC_ASYNC_IO", libc::_PC_ASYNC_IO),
    ("PC_CHOWN_RESTRICTED", libc::_PC_CHOWN_RESTRICTED),
    ("PC_FILESIZEBITS", libc::_PC_FILESIZEBITS),
    ("PC_LINK_MAX", libc::_PC_LINK_MAX),
    ("PC_MAX_CANON", libc::_PC_MAX_CANON),
    ("PC_MAX_INPUT", libc::_PC_MAX_INPUT),
    ("PC_NAME_MAX", libc::_PC_NAME_MAX),
    ("PC_NO_TRUNC", libc::_PC_NO_TRUNC),
    ("PC_PATH_MAX", libc::_PC_PATH_MAX),
    ("PC_PIPE_BUF", libc::_PC_PIPE_BUF),
    ("PC_PRIO_IO", libc::_PC_PRIO_IO),
    ("PC_REC_INCR_XFER_SIZE", libc::_PC_REC_INCR_XFER_SIZE),
    ("PC_REC_MAX_XFER_SIZE", libc::_PC_REC_MAX_XFER_SIZE),
    ("PC_REC_MIN_XFER_SIZE", libc::_PC_REC_MIN_XFER_SIZE),
    ("PC_REC_XFER_ALIGN", libc::_PC_REC_XFER_ALIGN),
    ("PC_SYMLINK_MAX", libc::_PC_SYMLINK_MAX),
    ("PC_SYNC_IO", libc::_PC_SYNC_IO),
    ("PC_VDISABLE", libc::_PC_VDISABLE),
];

/// Names of `sysconf` values.
const SYSCONF_NAMES: &[(&str, i32)] = &[
    ("SC_ARG_MAX", libc::_SC_ARG_MAX),
    ("SC_AVPHYS_PAGES", libc::_SC_AVPHYS_PAGES),
    ("SC_CHILD_MAX", libc::_SC_CHILD_MAX),
    ("SC_CLK_TCK", libc::_SC_CLK_TCK),
    ("SC_GETGR_R_SIZE_MAX", libc::_SC_GETGR_R_SIZE_MAX),
    ("SC_GETPW_R_SIZE_MAX", libc::_SC_GETPW_R_SIZE_MAX),
    ("SC_HOST_NAME_MAX", libc::_SC_HOST_NAME_MAX),
    ("SC_IOV_MAX", libc::_SC_IOV_MAX),
    ("SC_LINE_MAX", libc::_SC_LINE_MAX),
    ("SC_LOGIN_NAME_MAX", libc::_SC_LOGIN_NAME_MAX),
    ("SC_NGROUPS_MAX", libc::_SC_NGROUPS_MAX),
    ("SC_NPROCESSORS_CONF", libc::_SC_NPROCESSORS_CONF),
    ("SC_NPROCESSORS_ONLN", libc::_SC_NPROCESSORS_ONLN),
    ("SC_OPEN_MAX", libc::_SC_OPEN_MAX),
    ("SC_PAGESIZE", libc::_SC_PAGESIZE),
    ("SC_PAGE_SIZE", libc::_SC_PAGESIZE),
    ("SC_PHYS_PAGES", libc::_SC_PHYS_PAGES),
    ("SC_SEM_NSEMS_MAX", libc::_SC_SEM_NSEMS_MAX),
    ("SC_SEM_VALUE_MAX", libc::_SC_SEM_VALUE_MAX),
    ("SC_STREAM_MAX", libc::_SC_STREAM_MAX),
    ("SC_SYMLOOP_MAX", libc::_SC_SYMLOOP_MAX),
    ("SC_THREADS", libc::_SC_THREADS),
    ("SC_TTY_NAME_MAX", libc::_SC_TTY_NAME_MAX),
    ("SC_TZNAME_MAX", libc::_SC_TZNAME_MAX),
    ("SC_VERSION", libc::_SC_VERSION),
    ("SC_XOPEN_VERSION", libc::_SC_XOPEN_VERSION),
];

/// Names of `confstr` values: those of Linux.
const CONFSTR_NAMES: &[(&str, i32)] = &[("CS_PATH", 0), ("CS_GNU_LIBC_VERSION", 2), ("CS_GNU_LIBPTHREAD_VERSION", 3)];

unsafe extern "C" {
    fn confstr(name: libc::c_int, text: *mut libc::c_char, length: usize) -> usize;
}

pub fn add_types(th: &Thread, m: Value) -> PyResult<()> {
    structseq::ready(th, &UNAME_RESULT_TYPE, 5, 5)?;
    structseq::ready(th, &TIMES_RESULT_TYPE, 5, 5)?;
    structseq::ready(th, &TERMINAL_SIZE_TYPE, 2, 2)?;
    module::add(th, m, "uname_result", UNAME_RESULT_TYPE.value())?;
    module::add(th, m, "times_result", TIMES_RESULT_TYPE.value())?;
    module::add(th, m, "terminal_size", TERMINAL_SIZE_TYPE.value())?;
    for (name, table) in
        [("pathconf_names", PATHCONF_NAMES), ("sysconf_names", SYSCONF_NAMES), ("confstr_names", CONFSTR_NAMES)]
    {
        let dict = Dict::new(th)?;
        if let Some(dict) = dict.cast::<Dict>() {
            for &(key, value) in table {
                dict.set_rust(th, key, Value::small_int(value.into()))?;
            }
        }
        module::add(th, m, name, dict.value())?;
    }
    Ok(())
}

/// The number of a configuration value given by name or number.
///
/// # Errors
/// TypeError, ValueError.
pub fn configuration_name(th: &Thread, v: Value, table: &[(&str, i32)]) -> PyResult<i32> {
    if number::has_index(v) {
        return number::as_i32(th, v);
    }
    if !v.is_instance(&statics::STR_TYPE) {
        return err!(th, TYPE_ERROR, "configuration names must be strings or integers");
    }
    let name = whipsnake_runtime::types::str::to_rust_string(v);
    match table.iter().find(|(known, _)| *known == name) {
        Some(&(_, number)) => Ok(number),
        None => err!(th, VALUE_ERROR, "unrecognized configuration name"),
    }
}

fn random_bytes(th: &Thread, size: isize, flags: u32) -> PyResult {
    let mut data = vec![0u8; size as usize];
    let mut filled = 0;
    while filled < data.len() {
        let rest = &mut data[filled..];
        let (pointer, length) = (rest.as_mut_ptr() as usize, rest.len());
        // SAFETY: the buffer lives through the call.
        let count = blocking(th, || unsafe { libc::getrandom(pointer as *mut libc::c_void, length, flags) })?;
        filled += count as usize;
    }
    th.bytes(&data)
}

#[pyfunctions]
pub mod functions {
    use super::*;

    /// Random bytes, good for cryptography.
    #[function("urandom(size, /)")]
    fn urandom(th: &Thread, size: isize) -> PyResult {
        if size < 0 {
            return err!(th, VALUE_ERROR, "negative argument not allowed");
        }
        random_bytes(th, size, 0)
    }
    /// Random bytes from the kernel.
    #[function("getrandom(size, flags=0)")]
    fn getrandom(th: &Thread, size: isize, flags: i32) -> PyResult {
        if size < 0 {
            return Err(os_error::raise_errno(th, libc::EINVAL));
        }
        random_bytes(th, size, flags as u32)
    }
    /// The text for an error number.
    #[function("strerror(code, /)")]
    fn strerror(th: &Thread, code: i32) -> PyResult {
        th.str(&os_error::strerror(code))
    }
    /// What system this is.
    #[function("uname()")]
    fn uname(th: &Thread) -> PyResult {
        // SAFETY: a zeroed struct of bytes that the call fills in.
        let mut info: libc::utsname = unsafe { std::mem::zeroed() };
        // SAFETY: the struct lives through the call.
        if unsafe { libc::uname(&mut info) } < 0 {
            return Err(raise_last(th));
        }
        let text = |field: &[libc::c_char]| {
            let bytes: Vec<u8> = field.iter().take_while(|&&c| c != 0).map(|&c| c as u8).collect();
            fs_name::decode(th, &bytes)
        };
        let items = vec![
            text(&info.sysname)?,
            text(&info.nodename)?,
            text(&info.release)?,
            text(&info.version)?,
            text(&info.machine)?,
        ];
        structseq::new(th, &UNAME_RESULT_TYPE, items)
    }
    /// Processor times of this process and its children.
    #[function("times()")]
    fn times(th: &Thread) -> PyResult {
        // SAFETY: a zeroed struct of numbers that the call fills in.
        let mut info: libc::tms = unsafe { std::mem::zeroed() };
        // SAFETY: the struct lives through the call.
        let (elapsed, ticks) = unsafe { (libc::times(&mut info), libc::sysconf(libc::_SC_CLK_TCK)) };
        let counts = [info.tms_utime, info.tms_stime, info.tms_cutime, info.tms_cstime, elapsed];
        let items = counts.into_iter().map(|n| th.float(n as f64 / ticks as f64)).collect::<PyResult<Vec<Obj>>>()?;
        structseq::new(th, &TIMES_RESULT_TYPE, items)
    }
    /// The size of a terminal's window.
    #[function("get_terminal_size(fd=1, /)")]
    fn get_terminal_size(th: &Thread, fd: i32) -> PyResult {
        let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: the struct lives through the call.
        if unsafe { libc::ioctl(fd, libc::TIOCGWINSZ, &raw mut size) } < 0 {
            return Err(raise_last(th));
        }
        let items = vec![Obj::small_int(size.ws_col.into()), Obj::small_int(size.ws_row.into())];
        structseq::new(th, &TERMINAL_SIZE_TYPE, items)
    }
    /// The load of the system over the last 1, 5 and 15 minutes.
    #[function("getloadavg()")]
    fn getloadavg(th: &Thread) -> PyResult {
        let mut loads = [0f64; 3];
        // SAFETY: the array has room for three.
        if unsafe { libc::getloadavg(loads.as_mut_ptr(), 3) } != 3 {
            return err!(th, OS_ERROR, "Load averages are unobtainable");
        }
        let items = loads.into_iter().map(|x| th.float(x)).collect::<PyResult<Vec<Obj>>>()?;
        th.tuple_from(items)
    }
    /// A configuration number of the system.
    #[function("sysconf(name, /)")]
    fn sysconf(th: &Thread, name: Value) -> PyResult<i64> {
        let name = configuration_name(th, name, SYSCONF_NAMES)?;
        // SAFETY: errno tells -1 as a result from an error.
        let value = unsafe {
            *libc::__errno_location() = 0;
            libc::sysconf(name)
        };
        if value == -1 && last_errno() != 0 { Err(raise_last(th)) } else { Ok(value) }
    }
    /// A configuration string of the system.
    #[function("confstr(name, /)")]
    fn confstr_(th: &Thread, name: Value) -> PyResult {
        let name = configuration_name(th, name, CONFSTR_NAMES)?;
        let mut text = [0u8; 4096];
        // SAFETY: the buffer's length is passed along.
        let length = unsafe {
            *libc::__errno_location() = 0;
            confstr(name, text.as_mut_ptr().cast(), text.len())
        };
        match length {
            0 if last_errno() != 0 => Err(raise_last(th)),
            0 => Ok(Obj::none()),
            n => fs_name::decode(th, &text[..(n - 1).min(text.len())]),
        }
    }
    /// Whether a hook for interactive input is installed: there is none.
    #[function("_is_inputhook_installed()")]
    fn is_inputhook_installed(_th: &Thread) -> bool {
        false
    }
    /// Calls the hook for interactive input: there is none.
    #[function("_inputhook()")]
    fn inputhook(_th: &Thread) {}
}

//! `resource`: what processes use, and limits to it.

use whipsnake_runtime::os_error::{last_errno, raise_errno, raise_last};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::struct_sequence;
use whipsnake_runtime::types::{int, module, structseq};

struct_sequence! {
    static RUSAGE_TYPE: "resource.struct_rusage", "What processes used, as getrusage() tells.", 16 of 16, [
        0 "ru_utime" "user time used", 1 "ru_stime" "system time used", 2 "ru_maxrss" "max. resident set size",
        3 "ru_ixrss" "shared memory size", 4 "ru_idrss" "unshared data size", 5 "ru_isrss" "unshared stack size",
        6 "ru_minflt" "page faults not requiring I/O", 7 "ru_majflt" "page faults requiring I/O",
        8 "ru_nswap" "number of swap outs", 9 "ru_inblock" "block input operations",
        10 "ru_oublock" "block output operations", 11 "ru_msgsnd" "IPC messages sent",
        12 "ru_msgrcv" "IPC messages received", 13 "ru_nsignals" "signals received",
        14 "ru_nvcsw" "voluntary context switches", 15 "ru_nivcsw" "involuntary context switches",
    ]
}

/// The numbers of a `struct rusage`, in the order of `resource.struct_rusage`.
///
/// # Errors
/// MemoryError.
pub fn usage_items(th: &Thread, usage: &libc::rusage) -> PyResult<Vec<Obj>> {
    let seconds = |t: &libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 * 1e-6;
    let mut items = vec![th.float(seconds(&usage.ru_utime))?, th.float(seconds(&usage.ru_stime))?];
    for n in [
        usage.ru_maxrss,
        usage.ru_ixrss,
        usage.ru_idrss,
        usage.ru_isrss,
        usage.ru_minflt,
        usage.ru_majflt,
        usage.ru_nswap,
        usage.ru_inblock,
        usage.ru_oublock,
        usage.ru_msgsnd,
        usage.ru_msgrcv,
        usage.ru_nsignals,
        usage.ru_nvcsw,
        usage.ru_nivcsw,
    ] {
        items.push(th.int(n)?);
    }
    Ok(items)
}

const RESOURCES: i32 = 16;

/// A limit; -1 is none.
fn limit(th: &Thread, v: Value) -> PyResult<libc::rlim_t> {
    let n = number::index(th, v)?;
    match int::try_i64(n.value()) {
        Some(-1) => Ok(libc::RLIM_INFINITY),
        Some(..-1) => Err(th.value_error("Cannot convert negative int")),
        Some(n) => Ok(n as libc::rlim_t),
        None => match int::with_big(n.value(), |big| big.to_u64()) {
            Some(n) => Ok(n),
            None => Err(th.overflow_error("Python int too large to convert to C rlim_t")),
        },
    }
}

fn limits(th: &Thread, v: Value) -> PyResult<libc::rlimit> {
    let parts = iter::to_vec(th, v)?;
    let [current, maximum] = parts.as_slice() else {
        return Err(th.value_error("expected a tuple of 2 integers"));
    };
    Ok(libc::rlimit { rlim_cur: limit(th, current.value())?, rlim_max: limit(th, maximum.value())? })
}

fn pair(th: &Thread, limits: &libc::rlimit) -> PyResult {
    let show = |n: libc::rlim_t| if n == libc::RLIM_INFINITY { th.int(-1) } else { th.uint(n) };
    let (current, maximum) = (show(limits.rlim_cur)?, show(limits.rlim_max)?);
    th.tuple(&[current.value(), maximum.value()])
}

fn check(th: &Thread, resource: i32) -> PyResult<u32> {
    match resource {
        0..RESOURCES => Ok(resource as u32),
        _ => Err(th.value_error("invalid resource specified")),
    }
}

/// What a failed call is about.
fn failed(th: &Thread) -> Raised {
    match last_errno() {
        libc::EINVAL => th.value_error("current limit exceeds maximum limit"),
        libc::EPERM => th.value_error("not allowed to raise maximum limit"),
        errno => raise_errno(th, errno),
    }
}

#[pyfunctions]
mod functions {
    use super::*;

    /// What this process, its children or this thread used.
    #[function("getrusage(who, /)")]
    fn getrusage(th: &Thread, who: i32) -> PyResult {
        // SAFETY: a struct of numbers, which lives through the call.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        if unsafe { libc::getrusage(who, &mut usage) } < 0 {
            return Err(match last_errno() {
                libc::EINVAL => th.value_error("invalid who parameter"),
                errno => raise_errno(th, errno),
            });
        }
        structseq::new(th, &RUSAGE_TYPE, usage_items(th, &usage)?)
    }
    /// A limit: (current, maximum).
    #[function("getrlimit(resource, /)")]
    fn getrlimit(th: &Thread, resource: i32) -> PyResult {
        let resource = check(th, resource)?;
        let mut limits = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: the struct lives through the call.
        if unsafe { libc::getrlimit(resource, &mut limits) } < 0 {
            return Err(raise_last(th));
        }
        pair(th, &limits)
    }
    /// Sets a limit to (current, maximum).
    #[function("setrlimit(resource, limits, /)")]
    fn setrlimit(th: &Thread, resource: i32, new: Value) -> PyResult<()> {
        let resource = check(th, resource)?;
        let limits = limits(th, new)?;
        // SAFETY: the struct lives through the call.
        if unsafe { libc::setrlimit(resource, &limits) } < 0 { Err(failed(th)) } else { Ok(()) }
    }
    /// A limit of a process, before it is set if new ones are given.
    #[function("prlimit(pid, resource, limits=None, /)")]
    fn prlimit(th: &Thread, pid: i32, resource: i32, new: Option<Value>) -> PyResult {
        let resource = check(th, resource)?;
        let new = new.map(|new| limits(th, new)).transpose()?;
        let mut old = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        let new = new.as_ref().map_or(std::ptr::null(), |new| &raw const *new);
        // SAFETY: the structs live through the call; null stands for none.
        if unsafe { libc::prlimit(pid, resource, new, &mut old) } < 0 {
            return Err(failed(th));
        }
        pair(th, &old)
    }
    /// Bytes of a page of memory.
    #[function("getpagesize()")]
    fn getpagesize(_: &Thread) -> i64 {
        // SAFETY: a call on a plain number.
        unsafe { libc::sysconf(libc::_SC_PAGESIZE) }
    }
}

const CONSTANTS: &[(&str, i64)] = &[
    ("RLIMIT_CPU", libc::RLIMIT_CPU as i64),
    ("RLIMIT_FSIZE", libc::RLIMIT_FSIZE as i64),
    ("RLIMIT_DATA", libc::RLIMIT_DATA as i64),
    ("RLIMIT_STACK", libc::RLIMIT_STACK as i64),
    ("RLIMIT_CORE", libc::RLIMIT_CORE as i64),
    ("RLIMIT_NOFILE", libc::RLIMIT_NOFILE as i64),
    ("RLIMIT_OFILE", libc::RLIMIT_NOFILE as i64),
    ("RLIMIT_AS", libc::RLIMIT_AS as i64),
    ("RLIMIT_RSS", libc::RLIMIT_RSS as i64),
    ("RLIMIT_NPROC", libc::RLIMIT_NPROC as i64),
    ("RLIMIT_MEMLOCK", libc::RLIMIT_MEMLOCK as i64),
    ("RLIMIT_MSGQUEUE", libc::RLIMIT_MSGQUEUE as i64),
    ("RLIMIT_NICE", libc::RLIMIT_NICE as i64),
    ("RLIMIT_RTPRIO", libc::RLIMIT_RTPRIO as i64),
    ("RLIMIT_RTTIME", libc::RLIMIT_RTTIME as i64),
    ("RLIMIT_SIGPENDING", libc::RLIMIT_SIGPENDING as i64),
    ("RUSAGE_SELF", libc::RUSAGE_SELF as i64),
    ("RUSAGE_CHILDREN", libc::RUSAGE_CHILDREN as i64),
    ("RUSAGE_THREAD", libc::RUSAGE_THREAD as i64),
    ("RLIM_INFINITY", -1),
];

/// Makes `resource`.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    structseq::ready(th, &RUSAGE_TYPE, 16, 16)?;
    let m = module::new(th, "resource", "What processes use, and limits to it.", functions::METHODS)?;
    module::add(th, m.value(), "struct_rusage", RUSAGE_TYPE.value())?;
    module::add(th, m.value(), "error", statics::OS_ERROR.value())?;
    for (name, value) in CONSTANTS {
        crate::add_int(th, m.value(), name, *value)?;
    }
    Ok(m)
}

//! Processors and scheduling.

use whipsnake_runtime::args::Params;
use whipsnake_runtime::os_error::raise_last;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::tuple::Tuple;
use whipsnake_runtime::types::{module, structseq};

builtin_type! {
    /// A struct sequence that is made from its one field.
    static SCHED_PARAM_TYPE = TypeSpec {
        name: "posix.sched_param",
        base: Some(&statics::TUPLE_TYPE),
        basicsize: structseq::ITEMS,
        itemsize: 8,
        flags: flags::HAVE_GC | flags::TUPLE_SUBCLASS,
        doc: "sched_param(sched_priority)\n--\n\nParameters of a scheduling policy.",
        slots: Slots { new: Some(construct), ..structseq::slots::<1, 1>() },
        methods: param_methods::METHODS,
        members: &[structseq::field("sched_priority", "the priority", 0)],
        ..TypeSpec::DEFAULT
    }
}

fn construct(th: &Thread, _: &'static Type, args: Args) -> PyResult {
    static PARAMS: Params = Params {
        function: "sched_param",
        names: &["sched_priority"],
        positional_only: 0,
        positional: 1,
        required: &[true],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None; 1];
    PARAMS.bind(th, args, &mut bound)?;
    structseq::new(th, &SCHED_PARAM_TYPE, vec![bound[0].unwrap_or(statics::none()).own()])
}

#[pymethods]
mod param_methods {
    use super::*;

    /// The arguments that recreate the object, for pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let args = th.tuple(this.cast::<Tuple>().map_or(&[][..], Tuple::as_slice))?;
        th.tuple(&[SCHED_PARAM_TYPE.value(), args.value()])
    }
    /// A copy with another priority.
    #[method("__replace__(**changes)", raw)]
    fn replace(th: &Thread, this: Value, args: Args) -> PyResult {
        if args.keyword_count() == 0 {
            let items = this.cast::<Tuple>().map_or(&[][..], Tuple::as_slice);
            return structseq::new(th, &SCHED_PARAM_TYPE, items.iter().map(|item| item.own()).collect());
        }
        construct(th, &SCHED_PARAM_TYPE, args)
    }
}

pub fn add_types(th: &Thread, m: Value) -> PyResult<()> {
    structseq::ready(th, &SCHED_PARAM_TYPE, 1, 1)?;
    module::add(th, m, "sched_param", SCHED_PARAM_TYPE.value())
}

fn check(th: &Thread, result: i32) -> PyResult<i32> {
    if result < 0 { Err(raise_last(th)) } else { Ok(result) }
}

/// The priority in a `sched_param`.
///
/// # Errors
/// TypeError, OverflowError.
pub(crate) fn priority_of(th: &Thread, v: Value) -> PyResult<libc::sched_param> {
    match v.cast::<Tuple>().and_then(|t| t.get(0)) {
        Some(priority) if v.is_instance(&SCHED_PARAM_TYPE) => {
            match i32::try_from(number::as_i64(th, priority.value())?) {
                Ok(sched_priority) => Ok(libc::sched_param { sched_priority }),
                Err(_) => err!(th, OVERFLOW_ERROR, "sched_priority out of range"),
            }
        }
        _ => err!(th, TYPE_ERROR, "must have a sched_param object"),
    }
}

fn affinity(th: &Thread, pid: i32) -> PyResult<libc::cpu_set_t> {
    // SAFETY: a zeroed set is the empty set; the call fills it in.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        check(th, libc::sched_getaffinity(pid, size_of::<libc::cpu_set_t>(), &mut set))?;
        Ok(set)
    }
}

#[pyfunctions]
pub mod functions {
    use super::*;

    /// Lets other processes run.
    #[function("sched_yield()")]
    fn sched_yield(th: &Thread) -> PyResult<()> {
        // SAFETY: no memory is involved.
        check(th, th.allow_threads(|| unsafe { libc::sched_yield() })).map(drop)
    }
    /// The number of processors, or None.
    #[function("cpu_count()")]
    fn cpu_count(th: &Thread) -> PyResult {
        // SAFETY: no memory is involved.
        let count = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) };
        if count > 0 { th.int(count) } else { Ok(Obj::none()) }
    }
    /// The processors that a process may run on.
    #[function("sched_getaffinity(pid, /)")]
    fn sched_getaffinity(th: &Thread, pid: i32) -> PyResult {
        let set = affinity(th, pid)?;
        // SAFETY: the set is initialised, the number below its size.
        let cpus = (0..libc::CPU_SETSIZE as usize).filter(|&cpu| unsafe { libc::CPU_ISSET(cpu, &set) });
        let list = th.list(cpus.map(|cpu| Obj::small_int(cpu as i64)).collect())?;
        call::call1(th, statics::SET_TYPE.value(), list.value())
    }
    /// Sets the processors that a process may run on.
    #[function("sched_setaffinity(pid, mask, /)")]
    fn sched_setaffinity(th: &Thread, pid: i32, mask: Value) -> PyResult<()> {
        // SAFETY: a zeroed set is the empty set.
        let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
        for cpu in iter::to_vec(th, mask)? {
            let cpu = number::as_isize(th, cpu.value())?;
            if cpu < 0 {
                return err!(th, VALUE_ERROR, "negative CPU number");
            }
            if cpu < libc::CPU_SETSIZE as isize {
                // SAFETY: within the set.
                unsafe { libc::CPU_SET(cpu as usize, &mut set) };
            }
        }
        // SAFETY: the set lives through the call.
        check(th, unsafe { libc::sched_setaffinity(pid, size_of::<libc::cpu_set_t>(), &set) }).map(drop)
    }
    /// The scheduling policy of a process.
    #[function("sched_getscheduler(pid, /)")]
    fn sched_getscheduler(th: &Thread, pid: i32) -> PyResult<i32> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::sched_getscheduler(pid) })
    }
    /// Sets the scheduling policy of a process.
    #[function("sched_setscheduler(pid, policy, param, /)")]
    fn sched_setscheduler(th: &Thread, pid: i32, policy: i32, param: Value) -> PyResult<()> {
        let param = priority_of(th, param)?;
        // SAFETY: the parameter lives through the call.
        check(th, unsafe { libc::sched_setscheduler(pid, policy, &param) }).map(drop)
    }
    /// The scheduling parameters of a process.
    #[function("sched_getparam(pid, /)")]
    fn sched_getparam(th: &Thread, pid: i32) -> PyResult {
        let mut param = libc::sched_param { sched_priority: 0 };
        // SAFETY: the parameter lives through the call.
        check(th, unsafe { libc::sched_getparam(pid, &mut param) })?;
        structseq::new(th, &SCHED_PARAM_TYPE, vec![Obj::small_int(param.sched_priority.into())])
    }
    /// Sets the scheduling parameters of a process.
    #[function("sched_setparam(pid, param, /)")]
    fn sched_setparam(th: &Thread, pid: i32, param: Value) -> PyResult<()> {
        let param = priority_of(th, param)?;
        // SAFETY: the parameter lives through the call.
        check(th, unsafe { libc::sched_setparam(pid, &param) }).map(drop)
    }
    /// The highest priority of a policy.
    #[function("sched_get_priority_max(policy)")]
    fn sched_get_priority_max(th: &Thread, policy: i32) -> PyResult<i32> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::sched_get_priority_max(policy) })
    }
    /// The lowest priority of a policy.
    #[function("sched_get_priority_min(policy)")]
    fn sched_get_priority_min(th: &Thread, policy: i32) -> PyResult<i32> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::sched_get_priority_min(policy) })
    }
    /// The time slice of round-robin scheduling, in seconds.
    #[function("sched_rr_get_interval(pid, /)")]
    fn sched_rr_get_interval(th: &Thread, pid: i32) -> PyResult<f64> {
        let mut slice = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the time lives through the call.
        check(th, unsafe { libc::sched_rr_get_interval(pid, &mut slice) })?;
        Ok(slice.tv_sec as f64 + slice.tv_nsec as f64 * 1e-9)
    }
    /// Adds to the niceness of this process; returns the new one.
    #[function("nice(increment, /)")]
    fn nice(th: &Thread, increment: i32) -> PyResult<i32> {
        // SAFETY: errno tells -1 as a result from an error.
        let result = unsafe {
            *libc::__errno_location() = 0;
            libc::nice(increment)
        };
        if result == -1 && whipsnake_runtime::os_error::last_errno() != 0 { Err(raise_last(th)) } else { Ok(result) }
    }
    /// The scheduling priority of processes.
    #[function("getpriority(which, who)")]
    fn getpriority(th: &Thread, which: i32, who: i32) -> PyResult<i32> {
        // SAFETY: errno tells -1 as a result from an error.
        let result = unsafe {
            *libc::__errno_location() = 0;
            libc::getpriority(which as u32, who as u32)
        };
        if result == -1 && whipsnake_runtime::os_error::last_errno() != 0 { Err(raise_last(th)) } else { Ok(result) }
    }
    /// Sets the scheduling priority of processes.
    #[function("setpriority(which, who, priority)")]
    fn setpriority(th: &Thread, which: i32, who: i32, priority: i32) -> PyResult<()> {
        // SAFETY: no memory is involved.
        check(th, unsafe { libc::setpriority(which as u32, who as u32, priority) }).map(drop)
    }
}

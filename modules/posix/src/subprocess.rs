//! `_posixsubprocess`: starting a program in a new process, as `subprocess` wants it.
//!
//! **Invariant:** between fork and exec the child calls only what is safe after a fork of a process with threads (POSIX:
//! async-signal-safe functions) and allocates nothing: all it needs is prepared in [`Plan`]. The exception is a
//! `preexec_fn`, which is Python code.
//!
//! What fails in the child is written to a pipe: `OSError:hex errno:where`, or `SubprocessError:0:message`.

use crate::paths::{CStringArray, IdArg, c_string};
use std::ffi::CString;
use whipsnake_runtime::lock;
use whipsnake_runtime::os_error::{last_errno, raise_errno};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::module;

/// Everything the child needs.
struct Plan {
    executables: Vec<CString>,
    arguments: CStringArray,
    environment: Option<CStringArray>,
    close_fds: bool,
    /// In ascending order.
    pass_fds: Vec<i32>,
    cwd: Option<CString>,
    /// Ends of pipes: the child's standard input to read from and to write to, and so on; -1 for none.
    p2c: [i32; 2],
    c2p: [i32; 2],
    err: [i32; 2],
    errpipe: [i32; 2],
    restore_signals: bool,
    setsid: bool,
    pgid: i32,
    gid: Option<u32>,
    groups: Option<Vec<u32>>,
    uid: Option<u32>,
    umask: i32,
}

/// Where something failed in the child; empty when that was exec.
struct Failure {
    errno: i32,
    place: &'static [u8],
}

fn check(result: i32) -> Result<i32, Failure> {
    if result < 0 { Err(Failure { errno: last_errno(), place: b"noexec" }) } else { Ok(result) }
}

/// Writes to a pipe; there is nobody to tell of errors.
fn tell(fd: i32, text: &[u8]) {
    // SAFETY: the text lives through the call.
    unsafe { libc::write(fd, text.as_ptr().cast(), text.len()) };
}

fn close(fd: i32) {
    if fd >= 0 {
        // SAFETY: closing what this process was given.
        unsafe { libc::close(fd) };
    }
}

fn set_inheritable(fd: i32) -> Result<(), Failure> {
    // SAFETY: calls on plain numbers.
    unsafe {
        let flags = check(libc::fcntl(fd, libc::F_GETFD))?;
        check(libc::fcntl(fd, libc::F_SETFD, flags & !libc::FD_CLOEXEC))?;
    }
    Ok(())
}

/// Puts `fd` in the place of a standard stream.
fn place(fd: i32, target: i32) -> Result<(), Failure> {
    match fd {
        _ if fd == target => set_inheritable(fd),
        0.. => {
            // SAFETY: a call on plain numbers.
            check(unsafe { libc::dup2(fd, target) })?;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Closes the descriptors from `first` to `last`.
fn close_range(first: i32, last: i32) {
    if first > last {
        return;
    }
    // SAFETY: closing this process's descriptors; the program that comes has no use for them.
    unsafe {
        if libc::syscall(libc::SYS_close_range, first as libc::c_uint, last as libc::c_uint, 0) < 0 {
            let limit = libc::sysconf(libc::_SC_OPEN_MAX).clamp(256, 1 << 20) as i32;
            for fd in first..last.saturating_add(1).min(limit) {
                libc::close(fd);
            }
        }
    }
}

impl Plan {
    /// What comes before `preexec_fn`.
    fn prepare(&self) -> Result<(), Failure> {
        for &fd in self.pass_fds.iter().filter(|fd| **fd != self.errpipe[1]) {
            set_inheritable(fd)?;
        }
        let ([p2cread, p2cwrite], [c2pread, mut c2pwrite], [errread, mut errwrite]) = (self.p2c, self.c2p, self.err);
        for fd in [p2cwrite, c2pread, errread, self.errpipe[0]] {
            close(fd);
        }
        let again = |fd: i32| {
            // SAFETY: a call on plain numbers.
            check(unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) })
        };
        // The streams must not be overwritten by one another.
        if c2pwrite == 0 {
            c2pwrite = again(c2pwrite)?;
        }
        while errwrite == 0 || errwrite == 1 {
            errwrite = again(errwrite)?;
        }
        place(p2cread, 0)?;
        place(c2pwrite, 1)?;
        place(errwrite, 2)?;
        // SAFETY: calls on plain numbers, and strings and arrays that live through them.
        unsafe {
            if let Some(cwd) = &self.cwd {
                check(libc::chdir(cwd.as_ptr())).map_err(|failure| Failure { place: b"noexec:chdir", ..failure })?;
            }
            if self.umask >= 0 {
                libc::umask(self.umask as libc::mode_t);
            }
            if self.restore_signals {
                libc::signal(libc::SIGPIPE, libc::SIG_DFL);
                libc::signal(libc::SIGXFSZ, libc::SIG_DFL);
            }
            if self.setsid {
                check(libc::setsid())?;
            }
            if self.pgid >= 0 {
                check(libc::setpgid(0, self.pgid))?;
            }
            if let Some(groups) = &self.groups {
                check(libc::setgroups(groups.len(), groups.as_ptr()))?;
            }
            if let Some(gid) = self.gid {
                check(libc::setregid(gid, gid))?;
            }
            if let Some(uid) = self.uid {
                check(libc::setreuid(uid, uid))?;
            }
        }
        Ok(())
    }
    /// The rest, which does not return unless it fails.
    fn execute(&self, arguments: &[*const libc::c_char], environment: Option<&[*const libc::c_char]>) -> Failure {
        if self.close_fds {
            let mut first = 3;
            for &fd in self.pass_fds.iter().filter(|fd| **fd >= 3) {
                close_range(first, fd - 1);
                first = fd + 1;
            }
            close_range(first, i32::MAX);
        }
        let mut errno = 0;
        for executable in &self.executables {
            // SAFETY: the strings and the arrays, which end with null, live through the call.
            unsafe {
                match environment {
                    Some(environment) => libc::execve(executable.as_ptr(), arguments.as_ptr(), environment.as_ptr()),
                    None => libc::execv(executable.as_ptr(), arguments.as_ptr()),
                };
            }
            let failed = last_errno();
            if errno == 0 && failed != libc::ENOENT && failed != libc::ENOTDIR {
                errno = failed;
            }
        }
        Failure { errno: if errno == 0 { last_errno() } else { errno }, place: b"" }
    }
    /// Tells the parent what failed and ends the process.
    fn fail(&self, failure: Failure) -> ! {
        let mut hex = [0u8; 8];
        let mut at = hex.len();
        let mut rest = failure.errno.unsigned_abs();
        while rest != 0 && at > 0 {
            at -= 1;
            hex[at] = b"0123456789ABCDEF"[rest as usize % 16];
            rest /= 16;
        }
        let pipe = self.errpipe[1];
        tell(pipe, b"OSError:");
        tell(pipe, &hex[at..]);
        tell(pipe, b":");
        tell(pipe, failure.place);
        end()
    }
}

/// Ends the child without running anything of the parent's.
fn end() -> ! {
    // SAFETY: never returns.
    unsafe { libc::_exit(255) }
}

fn number_at(th: &Thread, args: Args, i: usize) -> PyResult<i32> {
    number::as_i32(th, args.get(i).unwrap_or(statics::none()))
}

fn pair(th: &Thread, args: Args, i: usize) -> PyResult<[i32; 2]> {
    Ok([number_at(th, args, i)?, number_at(th, args, i + 1)?])
}

fn optional<T>(v: Value, convert: impl FnOnce(Value) -> PyResult<T>) -> PyResult<Option<T>> {
    if v.is_none() { Ok(None) } else { convert(v).map(Some) }
}

/// The descriptors to be passed, which must be in order.
fn descriptors(th: &Thread, v: Value) -> PyResult<Vec<i32>> {
    let mut fds = Vec::new();
    for item in iter::to_vec(th, v)? {
        match item.as_small_int().and_then(|fd| i32::try_from(fd).ok()) {
            Some(fd) if fd >= 0 && fds.last().is_none_or(|last| *last < fd) => fds.push(fd),
            _ => return Err(th.value_error("bad value(s) in fds_to_keep")),
        }
    }
    Ok(fds)
}

fn strings(th: &Thread, v: Value) -> PyResult<Vec<CString>> {
    iter::to_vec(th, v)?.iter().map(|item| c_string(th, item.value())).collect()
}

fn id(th: &Thread, v: Value, name: &'static str) -> PyResult<u32> {
    let what = ArgName { function: "fork_exec", name, position: 1, only: false };
    IdArg::from_arg(th, v, what).map(|IdArg(id)| id)
}

fn groups(th: &Thread, v: Value) -> PyResult<Vec<u32>> {
    if !v.is_instance(&statics::LIST_TYPE) && !v.is_instance(&statics::TUPLE_TYPE) {
        return Err(th.type_error("setgroups argument must be a sequence"));
    }
    let mut ids = Vec::new();
    for item in iter::to_vec(th, v)? {
        if !item.is_instance(&statics::INT_TYPE) {
            return Err(th.type_error("extra_groups must be integers"));
        }
        match id(th, item.value(), "gid") {
            Ok(id) => ids.push(id),
            Err(_) => {
                drop(th.take_exception());
                return Err(th.value_error("invalid group id"));
            }
        }
    }
    Ok(ids)
}

fn plan(th: &Thread, args: Args) -> PyResult<Plan> {
    let argument = |i: usize| args.get(i).unwrap_or(statics::none());
    let close_fds = object::is_true(th, argument(2))?;
    if !argument(3).is_instance(&statics::TUPLE_TYPE) {
        let got = number::full_name(argument(3));
        return err!(th, TYPE_ERROR, "fork_exec() argument 4 must be tuple, not {got}");
    }
    let errpipe = pair(th, args, 12)?;
    if close_fds && errpipe[1] < 3 {
        return Err(th.value_error("errpipe_write must be >= 3"));
    }
    Ok(Plan {
        close_fds,
        pass_fds: descriptors(th, argument(3))?,
        arguments: CStringArray::new(strings(th, argument(0))?),
        executables: strings(th, argument(1))?,
        cwd: optional(argument(4), |v| c_string(th, v))?,
        environment: optional(argument(5), |v| strings(th, v).map(CStringArray::new))?,
        p2c: pair(th, args, 6)?,
        c2p: pair(th, args, 8)?,
        err: pair(th, args, 10)?,
        errpipe,
        restore_signals: object::is_true(th, argument(14))?,
        setsid: object::is_true(th, argument(15))?,
        pgid: number_at(th, args, 16)?,
        gid: optional(argument(17), |v| id(th, v, "gid"))?,
        groups: optional(argument(18), |v| groups(th, v))?,
        uid: optional(argument(19), |v| id(th, v, "uid"))?,
        umask: number_at(th, args, 20)?,
    })
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Starts a program in a new process: the id of the process. What fails there is told through errpipe_write.
    #[function(
        "fork_exec(args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, extra_groups, uid, child_umask, preexec_fn, /)",
        raw
    )]
    fn fork_exec(th: &Thread, args: Args) -> PyResult<i32> {
        args.expect(th, "fork_exec", 22, 22)?;
        let plan = plan(th, args)?;
        let arguments = plan.arguments.pointers();
        let environment = plan.environment.as_ref().map(CStringArray::pointers);
        let preexec = args.get(21).filter(|v| !v.is_none());
        if preexec.is_some() && th.interp.finalizing.get() {
            return err!(th, PYTHON_FINALIZATION_ERROR, "preexec_fn not supported at interpreter shutdown");
        }
        let Some(preexec) = preexec else {
            let (pid, errno) = lock::around_fork(|| {
                // SAFETY: the child calls only what is safe after a fork, and does not return.
                let pid = unsafe { libc::fork() };
                if pid == 0 {
                    let failure = match plan.prepare() {
                        Ok(()) => plan.execute(&arguments, environment.as_deref()),
                        Err(failure) => failure,
                    };
                    plan.fail(failure);
                }
                (false, (pid, if pid < 0 { last_errno() } else { 0 }))
            });
            return if pid < 0 { Err(raise_errno(th, errno)) } else { Ok(pid) };
        };
        // SAFETY: the child keeps running as the only thread, which holds the interpreter's lock.
        let pid = crate::processes::fork(th, || unsafe { libc::fork() })?;
        if pid != 0 {
            return Ok(pid);
        }
        if let Err(failure) = plan.prepare() {
            plan.fail(failure);
        }
        if call::call0(th, preexec).is_err() {
            tell(plan.errpipe[1], b"SubprocessError:0:Exception occurred in preexec_fn.");
            end();
        }
        plan.fail(plan.execute(&arguments, environment.as_deref()))
    }
}

/// Makes `_posixsubprocess`.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    module::new(th, "_posixsubprocess", "Starting programs in new processes.", functions::METHODS)
}

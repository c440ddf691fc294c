//! Starting, waiting for, signalling and ending processes.

use crate::paths::{CStringArray, PathArg, c_string};
use std::ffi::CString;
use std::mem::MaybeUninit;
use whipsnake_runtime::os_error::{blocking, raise_errno, raise_errno_for, raise_last};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::list::List;
use whipsnake_runtime::types::{module, structseq};
use whipsnake_runtime::{lock, pending, struct_sequence};

struct_sequence! {
    static WAITID_RESULT_TYPE: "posix.waitid_result", "What waitid() says.", 5 of 5, [
        0 "si_pid" "the process", 1 "si_uid" "its user", 2 "si_signo" "always SIGCHLD", 3 "si_status" "exit status or signal",
        4 "si_code" "how it ended",
    ]
}

pub fn add_types(th: &Thread, m: Value) -> PyResult<()> {
    structseq::ready(th, &WAITID_RESULT_TYPE, 5, 5)?;
    module::add(th, m, "waitid_result", WAITID_RESULT_TYPE.value())
}

/// The functions registered for forks: before (run in reverse order), in the parent, in the child.
#[derive(Default)]
pub struct ForkHooks {
    lists: std::cell::OnceCell<[Obj; 3]>,
}

impl ForkHooks {
    fn list(&self, th: &Thread, which: usize) -> PyResult {
        if self.lists.get().is_none() {
            let lists = [List::new(th)?, List::new(th)?, List::new(th)?];
            let _ = self.lists.set(lists);
        }
        self.lists.get().map(|lists| lists[which].clone()).ok_or_else(|| th.memory_error())
    }
}

const BEFORE: usize = 0;
const PARENT: usize = 1;
const CHILD: usize = 2;

fn run_hooks(th: &Thread, which: usize) -> PyResult<()> {
    let hooks = th.interp.state::<ForkHooks>().list(th, which)?;
    let mut hooks = iter::to_vec(th, hooks.value())?;
    if which == BEFORE {
        hooks.reverse();
    }
    for hook in hooks {
        if call::call0(th, hook.value()).is_err() {
            th.write_unraisable("calling fork hook", Some(hook.value()));
        }
    }
    Ok(())
}

/// Forks; runs the hooks on both sides. Returns 0 in the child.
///
/// # Errors
/// OSError.
pub fn fork(th: &Thread, forker: impl FnOnce() -> i32) -> PyResult<i32> {
    if th.interp.finalizing.get() {
        return err!(th, PYTHON_FINALIZATION_ERROR, "can't fork at interpreter shutdown");
    }
    run_hooks(th, BEFORE)?;
    let (pid, errno) = lock::around_fork(|| {
        let pid = forker();
        let errno = if pid < 0 { whipsnake_runtime::os_error::last_errno() } else { 0 };
        (pid == 0, (pid, errno))
    });
    if pid == 0 {
        lock::after_fork_in_child(th);
        run_hooks(th, CHILD)?;
        return Ok(0);
    }
    run_hooks(th, PARENT)?;
    if pid < 0 { Err(raise_errno(th, errno)) } else { Ok(pid) }
}

fn status_pair(th: &Thread, pid: i32, status: i32) -> PyResult {
    th.tuple(&[Value::small_int(pid.into()), Value::small_int(status.into())])
}

/// `struct rusage` as `resource.struct_rusage`, or a plain tuple when that module is missing.
fn usage(th: &Thread, usage: &libc::rusage) -> PyResult {
    let items = crate::resource::usage_items(th, usage)?;
    let tuple = th.tuple_from(items)?;
    let resource = whipsnake_runtime::import::import(th, "resource");
    match th.catch(resource, &statics::IMPORT_ERROR)? {
        Some(resource) => call::call_method(th, resource.value(), "struct_rusage", &[tuple.value()]),
        None => Ok(tuple),
    }
}

fn wait_with_usage(th: &Thread, pid: i32, options: i32) -> PyResult {
    let mut status = 0;
    // SAFETY: a zeroed struct of numbers.
    let mut info: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: status and usage live through the call.
    let pid = blocking(th, || unsafe { libc::wait4(pid, &mut status, options, &mut info) } as isize)?;
    let info = usage(th, &info)?;
    th.tuple(&[Value::small_int(pid as i64), Value::small_int(status.into()), info.value()])
}

/// File actions and attributes of posix_spawn; destroyed on drop.
struct SpawnSetup {
    actions: libc::posix_spawn_file_actions_t,
    attributes: libc::posix_spawnattr_t,
    /// Paths that the actions point to.
    names: Vec<CString>,
}

impl SpawnSetup {
    fn new() -> SpawnSetup {
        let mut actions = MaybeUninit::uninit();
        let mut attributes = MaybeUninit::uninit();
        // SAFETY: both are initialised by the calls, which cannot fail on Linux.
        unsafe {
            libc::posix_spawn_file_actions_init(actions.as_mut_ptr());
            libc::posix_spawnattr_init(attributes.as_mut_ptr());
            SpawnSetup { actions: actions.assume_init(), attributes: attributes.assume_init(), names: Vec::new() }
        }
    }
    /// Adds the actions in a sequence of tuples.
    fn add_actions(&mut self, th: &Thread, actions: Value) -> PyResult<()> {
        for action in iter::to_vec(th, actions)? {
            let wrong = |th: &Thread| th.type_error("Each file_actions element must be a non-empty tuple");
            let Some(tuple) = action.cast::<whipsnake_runtime::types::tuple::Tuple>() else { return Err(wrong(th)) };
            let items: Vec<Obj> = tuple.as_slice().iter().map(|v| v.own()).collect();
            let Some(kind) = items.first() else { return Err(wrong(th)) };
            let count = |wanted: usize, name: &str| -> PyResult<()> {
                if items.len() == wanted {
                    return Ok(());
                }
                let article = if name == "open" { "An" } else { "A" };
                err!(th, TYPE_ERROR, "{article} {name} file_action tuple must have {wanted} elements")
            };
            let arg = |i: usize| -> PyResult<i32> {
                match items.get(i) {
                    Some(v) => number::as_i32(th, v.value()),
                    None => err!(th, TYPE_ERROR, "A file_actions element has too few items"),
                }
            };
            // SAFETY: the actions are initialised; names live as long as the setup.
            let errno = match number::as_i32(th, kind.value())? {
                0 => {
                    count(5, "open")?;
                    let Some(path) = items.get(2) else { return Err(wrong(th)) };
                    let name = c_string(th, path.value())?;
                    let (fd, flags, mode) = (arg(1)?, arg(3)?, arg(4)?);
                    let pointer = name.as_ptr();
                    self.names.push(name);
                    unsafe {
                        libc::posix_spawn_file_actions_addopen(&mut self.actions, fd, pointer, flags, mode as u32)
                    }
                }
                1 => {
                    count(2, "close")?;
                    unsafe { libc::posix_spawn_file_actions_addclose(&mut self.actions, arg(1)?) }
                }
                2 => {
                    count(3, "dup2")?;
                    unsafe { libc::posix_spawn_file_actions_adddup2(&mut self.actions, arg(1)?, arg(2)?) }
                }
                3 => {
                    count(2, "closefrom")?;
                    unsafe { libc::posix_spawn_file_actions_addclosefrom_np(&mut self.actions, arg(1)?) }
                }
                _ => return err!(th, TYPE_ERROR, "Unknown file_actions identifier"),
            };
            if errno != 0 {
                return Err(raise_errno(th, errno));
            }
        }
        Ok(())
    }
}

impl Drop for SpawnSetup {
    fn drop(&mut self) {
        // SAFETY: initialised in `new`, destroyed once.
        unsafe {
            libc::posix_spawn_file_actions_destroy(&mut self.actions);
            libc::posix_spawnattr_destroy(&mut self.attributes);
        }
    }
}

fn signal_set(th: &Thread, signals: Value) -> PyResult<libc::sigset_t> {
    let mut set = MaybeUninit::uninit();
    // SAFETY: filled in by the call.
    let mut set = unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        set.assume_init()
    };
    for signal in iter::to_vec(th, signals)? {
        let number = number::as_i32(th, signal.value())?;
        // SAFETY: the set is initialised.
        if !(1..65).contains(&number) || unsafe { libc::sigaddset(&mut set, number) } != 0 {
            return err!(th, VALUE_ERROR, "signal number {number} out of range [1; 64]");
        }
    }
    Ok(set)
}

/// Options of posix_spawn.
struct SpawnOptions {
    file_actions: Option<Value>,
    setpgroup: Option<Value>,
    resetids: bool,
    setsid: bool,
    setsigmask: Option<Value>,
    setsigdef: Option<Value>,
    scheduler: Option<Value>,
}

unsafe extern "C" {
    fn posix_spawnattr_setschedpolicy(attributes: *mut libc::posix_spawnattr_t, policy: i32) -> i32;
    fn posix_spawnattr_setschedparam(attributes: *mut libc::posix_spawnattr_t, param: *const libc::sched_param) -> i32;
}

fn spawn(th: &Thread, path: PathArg, argv: Value, env: Value, search: bool, options: SpawnOptions) -> PyResult<i32> {
    let name = if search { "posix_spawnp" } else { "posix_spawn" };
    if !argv.is_instance(&statics::LIST_TYPE) && !argv.is_instance(&statics::TUPLE_TYPE) {
        return err!(th, TYPE_ERROR, "{name}: argv must be a tuple or list");
    }
    let arguments = CStringArray::of_arguments(th, argv, name)?;
    if arguments.is_empty() {
        return err!(th, VALUE_ERROR, "{name}: argv must not be empty");
    }
    if arguments.first_is_empty() {
        return err!(th, VALUE_ERROR, "{name}: argv first element cannot be empty");
    }
    let environment = if env.is_none() { CStringArray::own() } else { CStringArray::of_environment(th, env)? };
    let mut setup = SpawnSetup::new();
    if let Some(actions) = options.file_actions.filter(|v| !v.is_none()) {
        setup.add_actions(th, actions)?;
    }
    let mut flags = 0;
    if let Some(scheduler) = options.scheduler {
        let Some(parts) = scheduler.cast::<whipsnake_runtime::types::tuple::Tuple>() else {
            return err!(th, TYPE_ERROR, "{name}: scheduler must be a tuple or None");
        };
        let &[policy, param] = parts.as_slice() else {
            return err!(th, TYPE_ERROR, "A scheduler tuple must have two elements");
        };
        if !policy.is_none() {
            let policy = number::as_i32(th, policy)?;
            // SAFETY: the attributes are initialised.
            unsafe { posix_spawnattr_setschedpolicy(&mut setup.attributes, policy) };
            flags |= libc::POSIX_SPAWN_SETSCHEDULER;
        }
        let param = crate::scheduling::priority_of(th, param)?;
        // SAFETY: the attributes are initialised, the parameters live through the call.
        unsafe { posix_spawnattr_setschedparam(&mut setup.attributes, &param) };
        flags |= libc::POSIX_SPAWN_SETSCHEDPARAM;
    }
    // SAFETY: the attributes are initialised.
    unsafe {
        if let Some(group) = options.setpgroup {
            libc::posix_spawnattr_setpgroup(&mut setup.attributes, number::as_i32(th, group)?);
            flags |= libc::POSIX_SPAWN_SETPGROUP;
        }
        if let Some(mask) = options.setsigmask {
            libc::posix_spawnattr_setsigmask(&mut setup.attributes, &signal_set(th, mask)?);
            flags |= libc::POSIX_SPAWN_SETSIGMASK;
        }
        if let Some(defaults) = options.setsigdef {
            libc::posix_spawnattr_setsigdefault(&mut setup.attributes, &signal_set(th, defaults)?);
            flags |= libc::POSIX_SPAWN_SETSIGDEF;
        }
        if options.resetids {
            flags |= libc::POSIX_SPAWN_RESETIDS;
        }
        if options.setsid {
            flags |= 0x80;
        }
        libc::posix_spawnattr_setflags(&mut setup.attributes, flags as libc::c_short);
    }
    let (args, env) = (arguments.pointers(), environment.pointers());
    let mut pid = 0;
    // SAFETY: all strings and arrays live through the call.
    let errno = unsafe {
        let call = if search { libc::posix_spawnp } else { libc::posix_spawn };
        call(&mut pid, path.as_ptr(), &setup.actions, &setup.attributes, args.as_ptr().cast(), env.as_ptr().cast())
    };
    if errno != 0 { Err(path.error(th, errno)) } else { Ok(pid) }
}

#[pyfunctions]
pub mod functions {
    use super::*;

    /// Forks a child process. Returns 0 in the child, the child's id in the parent.
    #[function("fork()")]
    fn fork(th: &Thread) -> PyResult<i32> {
        // SAFETY: the child keeps running as the only thread, which holds the interpreter's lock.
        super::fork(th, || unsafe { libc::fork() })
    }
    /// Forks a child with a new pseudo-terminal: (pid, fd).
    #[function("forkpty()")]
    fn forkpty(th: &Thread) -> PyResult {
        let mut master = -1;
        let null = std::ptr::null_mut();
        // SAFETY: as for fork; the number lives through the call.
        let pid = super::fork(th, || unsafe { libc::forkpty(&mut master, null, null.cast(), null.cast()) })?;
        status_pair(th, pid, master)
    }
    /// Registers functions to be called when the process forks.
    #[function(
        "register_at_fork(*, before=<unrepresentable>, after_in_child=<unrepresentable>, after_in_parent=<unrepresentable>)",
        raw
    )]
    fn register_at_fork(th: &Thread, args: Args) -> PyResult<()> {
        // None is no hook, and not the same as none.
        static PARAMS: whipsnake_runtime::args::Params = whipsnake_runtime::args::Params {
            function: "register_at_fork",
            names: &["before", "after_in_child", "after_in_parent"],
            positional_only: 0,
            positional: 0,
            required: &[false, false, false],
            has_varargs: false,
            has_varkw: false,
        };
        let mut bound = [None; 3];
        PARAMS.bind(th, args, &mut bound)?;
        let [before, after_in_child, after_in_parent] = bound;
        if before.is_none() && after_in_child.is_none() && after_in_parent.is_none() {
            return err!(th, TYPE_ERROR, "At least one argument is required.");
        }
        for (which, name, hook) in [
            (BEFORE, "before", before),
            (CHILD, "after_in_child", after_in_child),
            (PARENT, "after_in_parent", after_in_parent),
        ] {
            let Some(hook) = hook else { continue };
            if !call::is_callable(hook) {
                return err!(th, TYPE_ERROR, "'{name}' must be callable, not {}", hook.ty().name());
            }
            let list = th.interp.state::<ForkHooks>().list(th, which)?;
            if let Some(list) = list.cast::<List>() {
                list.push(th, hook.own())?;
            }
        }
        Ok(())
    }
    /// Waits for a child: (pid, status).
    #[function("waitpid(pid, options, /)")]
    fn waitpid(th: &Thread, pid: i32, options: i32) -> PyResult {
        let mut status = 0;
        // SAFETY: the status lives through the call.
        let pid = blocking(th, || unsafe { libc::waitpid(pid, &mut status, options) } as isize)?;
        status_pair(th, pid as i32, status)
    }
    /// Waits for any child: (pid, status).
    #[function("wait()")]
    fn wait(th: &Thread) -> PyResult {
        let mut status = 0;
        // SAFETY: the status lives through the call.
        let pid = blocking(th, || unsafe { libc::wait(&mut status) } as isize)?;
        status_pair(th, pid as i32, status)
    }
    /// Waits for any child: (pid, status, resource usage).
    #[function("wait3(options)")]
    fn wait3(th: &Thread, options: i32) -> PyResult {
        wait_with_usage(th, -1, options)
    }
    /// Waits for a child: (pid, status, resource usage).
    #[function("wait4(pid, options)")]
    fn wait4(th: &Thread, pid: i32, options: i32) -> PyResult {
        wait_with_usage(th, pid, options)
    }
    /// Waits for a change of a child's state.
    #[function("waitid(idtype, id, options, /)")]
    fn waitid(th: &Thread, idtype: i32, id: i32, options: i32) -> PyResult {
        // SAFETY: a zeroed struct of numbers.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        // SAFETY: the struct lives through the call.
        blocking(th, || unsafe { libc::waitid(idtype as libc::idtype_t, id as u32, &mut info, options) } as isize)?;
        // SAFETY: waitid filled in the fields of SIGCHLD.
        let (pid, uid, status) = unsafe { (info.si_pid(), info.si_uid(), info.si_status()) };
        if pid == 0 {
            return Ok(Obj::none());
        }
        let numbers = [pid, uid as i32, info.si_signo, status, info.si_code];
        structseq::new(th, &WAITID_RESULT_TYPE, numbers.into_iter().map(|n| Obj::small_int(n.into())).collect())
    }
    /// A descriptor for a process.
    #[function("pidfd_open(pid, flags=0)")]
    fn pidfd_open(th: &Thread, pid: i32, flags: i32) -> PyResult<i64> {
        // SAFETY: no memory is involved.
        let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, flags) };
        if fd < 0 { Err(raise_last(th)) } else { Ok(fd) }
    }
    /// Sends a signal to a process.
    #[function("kill(pid, signal, /)")]
    fn kill(th: &Thread, pid: i32, signal: i32) -> PyResult<()> {
        // SAFETY: no memory is involved.
        if unsafe { libc::kill(pid, signal) } < 0 {
            return Err(raise_last(th));
        }
        pending::check_signals(th)
    }
    /// Sends a signal to a process group.
    #[function("killpg(pgid, signal, /)")]
    fn killpg(th: &Thread, pgid: i32, signal: i32) -> PyResult<()> {
        // SAFETY: no memory is involved.
        if unsafe { libc::killpg(pgid, signal) } < 0 {
            return Err(raise_last(th));
        }
        pending::check_signals(th)
    }
    /// Ends the process at once, without cleaning up.
    #[function("_exit(status)")]
    fn exit_now(_th: &Thread, status: i32) {
        // SAFETY: does not return.
        unsafe { libc::_exit(status) }
    }
    /// Ends the process with SIGABRT.
    #[function("abort()")]
    fn abort(_th: &Thread) {
        // SAFETY: does not return.
        unsafe { libc::abort() }
    }
    /// Replaces the program of this process.
    #[function("execv(path, argv, /)")]
    fn execv(th: &Thread, path: PathArg, argv: Value) -> PyResult<()> {
        let arguments = exec_arguments(th, argv, "execv")?;
        let args = arguments.pointers();
        // SAFETY: the strings live through the call, which returns only on failure.
        unsafe { libc::execv(path.as_ptr(), args.as_ptr()) };
        Err(raise_errno_for(th, whipsnake_runtime::os_error::last_errno(), Some(path.object.value()), None))
    }
    /// Replaces the program of this process, with an environment.
    #[function("execve(path, argv, env)")]
    fn execve(th: &Thread, path: crate::paths::PathOrFd, argv: Value, env: Value) -> PyResult<()> {
        let arguments = exec_arguments(th, argv, "execve")?;
        if !object::has_attr(th, env, "keys")? {
            return err!(th, TYPE_ERROR, "execve: environment must be a mapping object");
        }
        let environment = CStringArray::of_environment(th, env)?;
        let (args, env) = (arguments.pointers(), environment.pointers());
        // SAFETY: the strings live through the call, which returns only on failure.
        unsafe {
            match &path {
                crate::paths::PathOrFd::Path(p) => libc::execve(p.as_ptr(), args.as_ptr(), env.as_ptr()),
                crate::paths::PathOrFd::Fd(fd, _) => libc::fexecve(*fd, args.as_ptr(), env.as_ptr()),
            }
        };
        Err(path.error(th, whipsnake_runtime::os_error::last_errno()))
    }
    /// Starts a program in a new process; returns its id.
    #[function(
        "posix_spawn(path, argv, env, /, *, file_actions=(), setpgroup=None, resetids=False, setsid=False, setsigmask=(), setsigdef=(), scheduler=None)"
    )]
    fn posix_spawn(
        th: &Thread,
        path: PathArg,
        argv: Value,
        env: Value,
        file_actions: Option<Value>,
        setpgroup: Option<Value>,
        resetids: bool,
        setsid: bool,
        setsigmask: Option<Value>,
        setsigdef: Option<Value>,
        scheduler: Option<Value>,
    ) -> PyResult<i32> {
        let options = SpawnOptions { file_actions, setpgroup, resetids, setsid, setsigmask, setsigdef, scheduler };
        spawn(th, path, argv, env, false, options)
    }
    /// Like posix_spawn(), searching the program along PATH.
    #[function(
        "posix_spawnp(path, argv, env, /, *, file_actions=(), setpgroup=None, resetids=False, setsid=False, setsigmask=(), setsigdef=(), scheduler=None)"
    )]
    fn posix_spawnp(
        th: &Thread,
        path: PathArg,
        argv: Value,
        env: Value,
        file_actions: Option<Value>,
        setpgroup: Option<Value>,
        resetids: bool,
        setsid: bool,
        setsigmask: Option<Value>,
        setsigdef: Option<Value>,
        scheduler: Option<Value>,
    ) -> PyResult<i32> {
        let options = SpawnOptions { file_actions, setpgroup, resetids, setsid, setsigmask, setsigdef, scheduler };
        spawn(th, path, argv, env, true, options)
    }
    /// Runs a command in a shell; returns its wait status.
    #[function("system(command)")]
    fn system(th: &Thread, command: Value) -> PyResult<i32> {
        let command = c_string(th, command)?;
        // SAFETY: the command lives through the call.
        Ok(th.allow_threads(|| unsafe { libc::system(command.as_ptr()) }))
    }
    /// Whether the process was continued.
    #[function("WIFCONTINUED(status)")]
    fn wifcontinued(_th: &Thread, status: i32) -> bool {
        libc::WIFCONTINUED(status)
    }
    /// Whether the process is stopped.
    #[function("WIFSTOPPED(status)")]
    fn wifstopped(_th: &Thread, status: i32) -> bool {
        libc::WIFSTOPPED(status)
    }
    /// Whether the process was ended by a signal.
    #[function("WIFSIGNALED(status)")]
    fn wifsignaled(_th: &Thread, status: i32) -> bool {
        libc::WIFSIGNALED(status)
    }
    /// Whether the process ended by itself.
    #[function("WIFEXITED(status)")]
    fn wifexited(_th: &Thread, status: i32) -> bool {
        libc::WIFEXITED(status)
    }
    /// The exit status of a process that ended by itself.
    #[function("WEXITSTATUS(status)")]
    fn wexitstatus(_th: &Thread, status: i32) -> i32 {
        libc::WEXITSTATUS(status)
    }
    /// The signal that ended a process.
    #[function("WTERMSIG(status)")]
    fn wtermsig(_th: &Thread, status: i32) -> i32 {
        libc::WTERMSIG(status)
    }
    /// The signal that stopped a process.
    #[function("WSTOPSIG(status)")]
    fn wstopsig(_th: &Thread, status: i32) -> i32 {
        libc::WSTOPSIG(status)
    }
    /// Whether a core was dumped.
    #[function("WCOREDUMP(status, /)")]
    fn wcoredump(_th: &Thread, status: i32) -> bool {
        libc::WCOREDUMP(status)
    }
    /// A wait status as an exit code: negative for signals.
    #[function("waitstatus_to_exitcode(status)")]
    fn waitstatus_to_exitcode(th: &Thread, status: i32) -> PyResult<i32> {
        if libc::WIFEXITED(status) {
            return Ok(libc::WEXITSTATUS(status));
        }
        if libc::WIFSIGNALED(status) {
            return Ok(-libc::WTERMSIG(status));
        }
        if libc::WIFSTOPPED(status) {
            return err!(th, VALUE_ERROR, "process stopped by delivery of signal {}", libc::WSTOPSIG(status));
        }
        err!(th, VALUE_ERROR, "invalid wait status: {status}")
    }
}

fn exec_arguments(th: &Thread, argv: Value, name: &str) -> PyResult<CStringArray> {
    let kind = if name == "execv" { "execv() arg 2" } else { "execve: argv" };
    if !argv.is_instance(&statics::LIST_TYPE) && !argv.is_instance(&statics::TUPLE_TYPE) {
        return err!(th, TYPE_ERROR, "{kind} must be a tuple or list");
    }
    let arguments = CStringArray::of_arguments(th, argv, name)?;
    if arguments.is_empty() {
        return err!(th, VALUE_ERROR, "{kind} must not be empty");
    }
    if arguments.first_is_empty() {
        return err!(th, VALUE_ERROR, "{kind} first element cannot be empty");
    }
    Ok(arguments)
}

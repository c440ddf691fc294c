//! `_multiprocessing`: semaphores that processes share, on the C library's named ones.
//!
//! **Invariant:** a [`Semaphore`] is open as long as it lives, and there is one at most for an address: [`OPEN`] lists them.
//! So a handle, which is the address as an int, is only ever used when it is that of an open semaphore. The list is locked
//! under the interpreter's lock alone, which whoever forks holds.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::CString;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{SystemTime, UNIX_EPOCH};
use whipsnake_runtime::args::Params;
use whipsnake_runtime::os_error::{interruptible, last_errno, raise_errno, raise_last};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::str::Str;
use whipsnake_runtime::types::{int, module};

/// `kind`: a lock that its owner can take again.
const RECURSIVE_MUTEX: i32 = 0;
/// `kind`: a semaphore or plain lock.
const SEMAPHORE: i32 = 1;
/// The largest value of a semaphore, which is that of the C library.
const VALUE_MAX: i64 = i32::MAX as i64;

/// The open semaphores by address.
static OPEN: Mutex<BTreeMap<usize, Weak<Semaphore>>> = Mutex::new(BTreeMap::new());

fn open_semaphores() -> std::sync::MutexGuard<'static, BTreeMap<usize, Weak<Semaphore>>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An open semaphore.
struct Semaphore {
    address: usize,
}

impl Semaphore {
    /// Opens a semaphore, or a new one with that value; `errno` when that fails.
    fn open(name: &CString, new: Option<u32>) -> Result<Arc<Semaphore>, i32> {
        let mut open = open_semaphores();
        // SAFETY: the name lives through the call, which takes mode and value where it creates.
        let pointer = unsafe {
            match new {
                Some(value) => {
                    libc::sem_open(name.as_ptr(), libc::O_CREAT | libc::O_EXCL, 0o600 as libc::c_uint, value)
                }
                None => libc::sem_open(name.as_ptr(), 0),
            }
        };
        if pointer == libc::SEM_FAILED {
            return Err(last_errno());
        }
        let address = pointer as usize;
        if let Some(known) = open.get(&address).and_then(Weak::upgrade) {
            // The C library counts how often it has opened a name; one time is enough here.
            // SAFETY: just opened.
            unsafe { libc::sem_close(pointer) };
            return Ok(known);
        }
        let semaphore = Arc::new(Semaphore { address });
        open.insert(address, Arc::downgrade(&semaphore));
        Ok(semaphore)
    }
    /// The open semaphore with that handle.
    fn of_handle(handle: i64) -> Option<Arc<Semaphore>> {
        open_semaphores().get(&(handle as usize)).and_then(Weak::upgrade)
    }
    fn pointer(&self) -> *mut libc::sem_t {
        self.address as *mut libc::sem_t
    }
    fn value(&self) -> Result<i32, i32> {
        let mut value = 0;
        // SAFETY: an open semaphore; the value lives through the call.
        match unsafe { libc::sem_getvalue(self.pointer(), &mut value) } {
            ..0 => Err(last_errno()),
            // Some systems count those who wait as negative values.
            _ => Ok(value.max(0)),
        }
    }
}

impl Drop for Semaphore {
    fn drop(&mut self) {
        let mut open = open_semaphores();
        open.remove(&self.address);
        // SAFETY: open until now, and nobody has it any longer.
        unsafe { libc::sem_close(self.pointer()) };
    }
}

/// `_multiprocessing.SemLock`.
pub struct SemLock {
    semaphore: Arc<Semaphore>,
    kind: i32,
    maxvalue: i32,
    name: Option<String>,
    /// How often this process took it more than it gave it back.
    count: Cell<i64>,
    /// The thread of this process that took it last.
    last_thread: Cell<u64>,
}

type This = Instance<SemLock>;

impl Payload for SemLock {
    fn ty() -> &'static Type {
        &SEM_LOCK_TYPE
    }
    fn traverse(&self, _: &mut Visitor) {}
}

builtin_type! {
    /// `_multiprocessing.SemLock`.
    pub static SEM_LOCK_TYPE = TypeSpec {
        name: "_multiprocessing.SemLock",
        flags: flags::BASETYPE,
        doc: "SemLock(kind, value, maxvalue, name, unlink)\n--\n\nA semaphore or lock that processes share.",
        slots: Slots { new: Some(construct), ..Instance::<SemLock>::SLOTS },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..Instance::<SemLock>::SPEC
    }
}

static PARAMS: Params = Params {
    function: "SemLock",
    names: &["kind", "value", "maxvalue", "name", "unlink"],
    positional_only: 0,
    positional: 5,
    required: &[true; 5],
    has_varargs: false,
    has_varkw: false,
};

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let mut bound = [None; 5];
    PARAMS.bind(th, args, &mut bound)?;
    let argument = |i: usize| bound[i].unwrap_or(statics::none());
    let kind = number::as_i32(th, argument(0))?;
    let value = number::as_i32(th, argument(1))?;
    let maxvalue = number::as_i32(th, argument(2))?;
    let Some(name) = argument(3).cast::<Str>() else {
        let got = if argument(3).is_none() { "None" } else { argument(3).ty().name() };
        return err!(th, TYPE_ERROR, "SemLock() argument 'name' must be str, not {got}");
    };
    let c_name = c_text(th, name)?;
    let unlink = object::is_true(th, argument(4))?;
    if kind != RECURSIVE_MUTEX && kind != SEMAPHORE {
        return Err(th.value_error("unrecognized kind"));
    }
    // A negative value is an enormous one, which the C library refuses.
    let semaphore = Semaphore::open(&c_name, Some(value as u32)).map_err(|errno| raise_errno(th, errno))?;
    // SAFETY: the name lives through the call.
    if unlink && unsafe { libc::sem_unlink(c_name.as_ptr()) } < 0 {
        return Err(raise_last(th));
    }
    let name = if unlink { None } else { Some(name.utf8(th)?.to_string()) };
    Instance::create_as(th, ty, SemLock::new(semaphore, kind, maxvalue, name))
}

fn c_text(th: &Thread, text: &Str) -> PyResult<CString> {
    CString::new(text.utf8(th)?.as_bytes()).map_err(|_| th.value_error("embedded null character"))
}

/// The time on the clock that is so many seconds away, at once for negative ones. What no clock can show is a time that the
/// C library refuses.
fn time_after(seconds: f64) -> libc::timespec {
    let seconds = if seconds < 0.0 { 0.0 } else { seconds };
    let refused = libc::timespec { tv_sec: 0, tv_nsec: -1 };
    if seconds.is_nan() || seconds >= i64::MAX as f64 {
        return refused;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let nanoseconds = i64::from(now.subsec_nanos()) + (seconds.fract() * 1e9 + 0.5) as i64;
    let whole = (seconds as i64).checked_add(now.as_secs() as i64 + nanoseconds / 1_000_000_000);
    whole.map_or(refused, |tv_sec| libc::timespec { tv_sec, tv_nsec: nanoseconds % 1_000_000_000 })
}

impl SemLock {
    fn new(semaphore: Arc<Semaphore>, kind: i32, maxvalue: i32, name: Option<String>) -> SemLock {
        SemLock { semaphore, kind, maxvalue, name, count: Cell::new(0), last_thread: Cell::new(0) }
    }
    fn is_mine(&self, th: &Thread) -> bool {
        self.count.get() > 0 && self.last_thread.get() == th.ident
    }
    /// Takes it; false when not waiting, or when the time ran out.
    fn acquire(&self, th: &Thread, block: bool, timeout: Option<Value>) -> PyResult<bool> {
        if self.kind == RECURSIVE_MUTEX && self.is_mine(th) {
            self.count.set(self.count.get() + 1);
            return Ok(true);
        }
        let deadline = match timeout {
            Some(timeout) => Some(time_after(number::as_f64(th, timeout)?)),
            None => None,
        };
        let pointer = self.semaphore.pointer();
        // Without giving the interpreter's lock away first: most often there is nothing to wait for.
        // SAFETY: an open semaphore, here and below; the caller's reference keeps it so.
        let mut taken = match unsafe { libc::sem_trywait(pointer) } {
            0 => Ok(0),
            _ => Err(last_errno()),
        };
        if block && matches!(taken, Err(libc::EAGAIN | libc::EINTR)) {
            taken = interruptible(th, || match &deadline {
                // SAFETY: see above.
                None => unsafe { libc::sem_wait(pointer) as isize },
                // SAFETY: see above; the time lives through the call.
                Some(deadline) => unsafe { libc::sem_timedwait(pointer, deadline) as isize },
            })?;
        }
        match taken {
            Ok(_) => {
                self.count.set(self.count.get() + 1);
                self.last_thread.set(th.ident);
                Ok(true)
            }
            Err(libc::EAGAIN | libc::ETIMEDOUT) => Ok(false),
            Err(errno) => Err(raise_errno(th, errno)),
        }
    }
    fn release(&self, th: &Thread) -> PyResult<()> {
        if self.kind == RECURSIVE_MUTEX {
            if !self.is_mine(th) {
                return err!(th, ASSERTION_ERROR, "attempt to release recursive lock not owned by thread");
            }
            if self.count.get() > 1 {
                self.count.set(self.count.get() - 1);
                return Ok(());
            }
        } else if self.value(th)? >= self.maxvalue {
            return Err(th.value_error("semaphore or lock released too many times"));
        }
        // SAFETY: an open semaphore.
        if unsafe { libc::sem_post(self.semaphore.pointer()) } < 0 {
            return Err(raise_last(th));
        }
        self.count.set(self.count.get() - 1);
        Ok(())
    }
    fn value(&self, th: &Thread) -> PyResult<i32> {
        self.semaphore.value().map_err(|errno| raise_errno(th, errno))
    }
}

#[pymethods]
mod methods {
    use super::*;

    /// The semaphore's address in this process.
    #[getter("handle", member)]
    fn handle(_: &Thread, this: &This) -> u64 {
        this.semaphore.address as u64
    }
    /// 0 for a recursive lock, 1 for anything else.
    #[getter("kind", member)]
    fn kind(_: &Thread, this: &This) -> i32 {
        this.kind
    }
    /// The largest value, for release() to check.
    #[getter("maxvalue", member)]
    fn maxvalue(_: &Thread, this: &This) -> i32 {
        this.maxvalue
    }
    /// The name by which other processes find it, or None.
    #[getter("name", member)]
    fn name(_: &Thread, this: &This) -> Option<String> {
        this.name.clone()
    }
    /// Takes the semaphore or lock. Returns whether it was taken: False when not waiting, or when the time ran out.
    #[method("acquire(block=True, timeout=None)")]
    fn acquire(th: &Thread, this: &This, block: bool, timeout: Option<Value>) -> PyResult<bool> {
        this.acquire(th, block, timeout)
    }
    /// Gives the semaphore or lock back.
    #[method("release()")]
    fn release(th: &Thread, this: &This) -> PyResult<()> {
        this.release(th)
    }
    #[method("__enter__()")]
    fn enter(th: &Thread, this: &This) -> PyResult<bool> {
        this.acquire(th, true, None)
    }
    #[method("__exit__(exc_type=None, exc_value=None, exc_tb=None, /)")]
    fn exit(
        th: &Thread,
        this: &This,
        _exc_type: Option<Value>,
        _exc_value: Option<Value>,
        _exc_tb: Option<Value>,
    ) -> PyResult<()> {
        this.release(th)
    }
    /// How often this process took it more than it gave it back.
    #[method("_count()")]
    fn count(_: &Thread, this: &This) -> i64 {
        this.count.get()
    }
    /// Whether the calling thread holds it.
    #[method("_is_mine()")]
    fn is_mine(th: &Thread, this: &This) -> bool {
        this.is_mine(th)
    }
    /// The semaphore's value.
    #[method("_get_value()")]
    fn get_value(th: &Thread, this: &This) -> PyResult<i32> {
        this.value(th)
    }
    /// Whether the semaphore's value is zero.
    #[method("_is_zero()")]
    fn is_zero(th: &Thread, this: &This) -> PyResult<bool> {
        Ok(this.value(th)? == 0)
    }
    /// In the child of a fork: the child has not taken it.
    #[method("_after_fork()")]
    fn after_fork(_: &Thread, this: &This) {
        this.count.set(0);
    }
    /// Another object for a semaphore: by name, or by the handle of one that this process has open.
    #[classmethod("_rebuild(handle, kind, maxvalue, name, /)")]
    fn rebuild(th: &Thread, class: Value, handle: Value, kind: i32, maxvalue: i32, name: Value) -> PyResult {
        let handle = int::try_i64(number::index(th, handle)?.value()).unwrap_or(-1);
        let (found, name) = match name.cast::<Str>() {
            Some(name) => (Semaphore::open(&c_text(th, name)?, None), Some(name.utf8(th)?.to_string())),
            None if name.is_none() => (Semaphore::of_handle(handle).ok_or(libc::EINVAL), None),
            None => {
                let got = name.ty().name();
                return err!(th, TYPE_ERROR, "_rebuild() argument 4 must be str or None, not {got}");
            }
        };
        let semaphore = found.map_err(|errno| raise_errno(th, errno))?;
        let ty = class.cast::<Type>().unwrap_or(&SEM_LOCK_TYPE);
        Instance::create_as(th, ty, SemLock::new(semaphore, kind, maxvalue, name))
    }
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Removes a semaphore's name.
    #[function("sem_unlink(name, /)")]
    fn sem_unlink(th: &Thread, name: &Str) -> PyResult<()> {
        let name = c_text(th, name)?;
        // SAFETY: the name lives through the call.
        if unsafe { libc::sem_unlink(name.as_ptr()) } < 0 { Err(raise_last(th)) } else { Ok(()) }
    }
}

/// Makes `_multiprocessing`.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let m = module::new(th, "_multiprocessing", "Semaphores that processes share.", functions::METHODS)?;
    module::add_type(th, m.value(), &SEM_LOCK_TYPE)?;
    SEM_LOCK_TYPE.dict().set_rust(th, "SEM_VALUE_MAX", th.int(VALUE_MAX)?.value())?;
    SEM_LOCK_TYPE.modified(th);
    let yes = Value::small_int(1);
    let flags = th.dict_of(&[("HAVE_SEM_OPEN", yes), ("HAVE_SEM_TIMEDWAIT", yes)])?;
    module::add(th, m.value(), "flags", flags.value())?;
    Ok(m)
}

//! The state of a buffered stream, its lock, and the calls to its raw stream.

use crate::file::{FILE_IO_TYPE, FileIo};
use crate::raising;
use std::cell::{Cell, RefCell};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::{bytearray, memoryview};

#[repr(C)]
pub struct Buffered {
    pub dict: ObjCell,
    pub raw: ObjCell,
    /// `__init__` succeeded.
    pub ready: Cell<bool>,
    pub detached: Cell<bool>,
    pub finalizing: Cell<bool>,
    pub readable: Cell<bool>,
    pub writable: Cell<bool>,
    pub buffer_size: Cell<usize>,
    /// What was read; the part before `read_at` has been handed out.
    pub read: RefCell<Vec<u8>>,
    pub read_at: Cell<usize>,
    /// What was written and the raw stream has not taken yet.
    pub write: RefCell<Vec<u8>>,
    /// The thread that is inside, 0 = nobody.
    owner: Cell<u64>,
}

impl Payload for Buffered {
    #[inline(always)]
    fn ty() -> &'static Type {
        // The three native classes share the layout; receivers are checked by their descriptors.
        &super::READER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.dict);
        visitor.cell(&self.raw);
    }
    fn clear(&self) {
        self.dict.set(None);
        self.ready.set(false);
        self.raw.set(None);
    }
}

/// How long the thread that tears the interpreter down waits for a stream, whose user may never go on.
const LAST_WAIT: Duration = Duration::from_secs(1);
/// Threads that wait for a busy stream.
static WAIT: Mutex<()> = Mutex::new(());
static FREED: Condvar = Condvar::new();

/// Holds a stream's lock.
pub struct Guard<'a> {
    stream: &'a Buffered,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.stream.owner.set(0);
        FREED.notify_all();
    }
}

impl Buffered {
    pub fn new() -> Buffered {
        Buffered {
            dict: ObjCell::EMPTY,
            raw: ObjCell::EMPTY,
            ready: Cell::new(false),
            detached: Cell::new(false),
            finalizing: Cell::new(false),
            readable: Cell::new(false),
            writable: Cell::new(false),
            buffer_size: Cell::new(0),
            read: RefCell::default(),
            read_at: Cell::new(0),
            write: RefCell::default(),
            owner: Cell::new(0),
        }
    }

    /// ValueError unless the object is usable.
    pub fn check_ready(&self, th: &Thread) -> PyResult<()> {
        if self.ready.get() {
            return Ok(());
        }
        if self.detached.get() {
            return err!(th, VALUE_ERROR, "raw stream has been detached");
        }
        Err(raising::uninitialized(th))
    }

    /// The raw stream.
    pub fn raw(&self, th: &Thread) -> PyResult {
        self.check_ready(th)?;
        match self.raw.get() {
            Some(raw) => Ok(raw),
            None => err!(th, VALUE_ERROR, "raw stream has been detached"),
        }
    }

    /// Whether the raw stream is closed.
    pub fn is_closed(&self, th: &Thread) -> PyResult<bool> {
        let raw = self.raw(th)?;
        match exact_file(raw.value()) {
            Some(file) => Ok(file.is_closed()),
            None => crate::base::is_closed(th, raw.value()),
        }
    }

    /// ValueError with the operation's own words when the stream is closed.
    pub fn check_open(&self, th: &Thread, what: &str) -> PyResult<()> {
        // A closed stream whose read buffer still holds data is not noticed by CPython's own check either.
        if self.is_closed(th)? { err!(th, VALUE_ERROR, "{what}") } else { Ok(()) }
    }

    /// Takes the stream's lock.
    ///
    /// # Errors
    /// RuntimeError when this thread has it already (a signal handler, a raw stream that uses its own buffer), and when
    /// the interpreter is being torn down and a thread that runs no longer seems to have it.
    pub fn lock(&self, th: &Thread) -> PyResult<Guard<'_>> {
        let mut since = None;
        while self.owner.get() != 0 {
            if self.owner.get() == th.ident {
                return err!(th, RUNTIME_ERROR, "reentrant call inside buffered stream");
            }
            if th.interp.finalizing.get() && since.get_or_insert_with(Instant::now).elapsed() > LAST_WAIT {
                return err!(
                    th,
                    RUNTIME_ERROR,
                    "could not acquire lock for a buffered stream at interpreter shutdown, possibly due to daemon threads"
                );
            }
            th.allow_threads(|| {
                let guard = WAIT.lock().unwrap_or_else(PoisonError::into_inner);
                // The lock may have become free in between: wait with a limit, then look again.
                drop(FREED.wait_timeout(guard, Duration::from_millis(1)));
            });
        }
        self.owner.set(th.ident);
        Ok(Guard { stream: self })
    }

    /// Bytes left in the read buffer.
    pub fn ahead(&self) -> usize {
        self.read.borrow().len() - self.read_at.get()
    }

    /// Forgets what was read ahead.
    pub fn drop_read_buffer(&self) {
        self.read.borrow_mut().clear();
        self.read_at.set(0);
    }

    // ---- the raw stream

    /// One read of up to `room` bytes; `None` when it would have to wait.
    pub fn raw_read(&self, th: &Thread, room: usize) -> PyResult<Option<Vec<u8>>> {
        let raw = self.raw(th)?;
        if let Some(file) = exact_file(raw.value()) {
            let mut data: Vec<u8> = Vec::new();
            data.try_reserve_exact(room).map_err(|_| th.memory_error())?;
            return Ok(match file.read_into(th, data.as_mut_ptr(), room)? {
                None => None,
                Some(count) => {
                    // SAFETY: that many bytes were read into the reserved room.
                    unsafe { data.set_len(count) };
                    Some(data)
                }
            });
        }
        let target = bytearray::from_vec(th, vec![0; room])?;
        let view = memoryview::from_object(th, target.value(), true)?;
        let count = call::call_method(th, raw.value(), "readinto", &[view.value()])?;
        if count.is_none() {
            return Ok(None);
        }
        let count = match number::as_isize(th, count.value()) {
            Ok(count) => count,
            Err(_) => {
                return Err(whipsnake_runtime::types::exceptions::raise_from_current(
                    th,
                    &statics::OS_ERROR,
                    "raw readinto() failed",
                ));
            }
        };
        if count < 0 || count as usize > room {
            return err!(
                th,
                OS_ERROR,
                "raw readinto() returned invalid length {count} (should have been between 0 and {room})"
            );
        }
        drop(view);
        let bytes = whipsnake_runtime::types::buffer::get(th, target.value(), false)?;
        Ok(Some(bytes.bytes()[..(count as usize).min(bytes.len)].to_vec()))
    }

    /// One write; `None` when it would have to wait.
    pub fn raw_write(&self, th: &Thread, data: &[u8]) -> PyResult<Option<usize>> {
        let raw = self.raw(th)?;
        if let Some(file) = exact_file(raw.value()) {
            return file.write_from(th, data);
        }
        let bytes = th.bytes(data)?;
        let view = memoryview::from_object(th, bytes.value(), false)?;
        let count = call::call_method(th, raw.value(), "write", &[view.value()])?;
        if count.is_none() {
            return Ok(None);
        }
        let count = number::as_isize(th, count.value())?;
        if count < 0 || count as usize > data.len() {
            let limit = data.len();
            return err!(
                th,
                OS_ERROR,
                "raw write() returned invalid length {count} (should have been between 0 and {limit})"
            );
        }
        Ok(Some(count as usize))
    }

    /// Moves the raw stream.
    pub fn raw_seek(&self, th: &Thread, offset: i64, whence: i32) -> PyResult<i64> {
        let raw = self.raw(th)?;
        if let Some(file) = exact_file(raw.value()) {
            return file.seek_to(th, offset, whence);
        }
        let offset = th.int(offset)?;
        let result = call::call_method(th, raw.value(), "seek", &[offset.value(), Value::small_int(whence.into())])?;
        position(th, result.value())
    }

    /// The raw stream's position.
    pub fn raw_tell(&self, th: &Thread) -> PyResult<i64> {
        let raw = self.raw(th)?;
        if let Some(file) = exact_file(raw.value()) {
            return file.seek_to(th, 0, libc::SEEK_CUR);
        }
        let result = call::call_method(th, raw.value(), "tell", &[])?;
        position(th, result.value())
    }

    /// UnsupportedOperation unless the raw stream can be positioned.
    pub fn check_seekable(&self, th: &Thread) -> PyResult<()> {
        let raw = self.raw(th)?;
        let seekable = match exact_file(raw.value()) {
            Some(file) => file.is_seekable(th)?,
            None => {
                let answer = call::call_method(th, raw.value(), "seekable", &[])?;
                object::is_true(th, answer.value())?
            }
        };
        if seekable { Ok(()) } else { Err(raising::unsupported(th, "File or stream is not seekable.")) }
    }
}

fn position(th: &Thread, v: Value) -> PyResult<i64> {
    let n = number::as_i64(th, v)?;
    if n < 0 { err!(th, OS_ERROR, "Raw stream returned invalid position {n}") } else { Ok(n) }
}

/// The file, when the raw stream is exactly a `FileIO`.
pub fn exact_file<'a>(v: Value) -> Option<&'a FileIo> {
    // SAFETY: I4, the type was checked.
    if v.is_exact(&FILE_IO_TYPE) { Some(unsafe { &v.cast_unchecked::<Instance<FileIo>>().payload }) } else { None }
}

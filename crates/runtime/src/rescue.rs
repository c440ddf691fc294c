//! What becomes of panics: Python exceptions.
//!
//! Memory that Rust's collections cannot get, and faults of our own, unwind to the entry of the interpreter that called
//! the native code (`interp::eval`), which raises MemoryError or SystemError in the frame that was running. What the
//! instruction had on the operand stack is leaked, which is safe: nothing is released twice.
//!
//! The allocator's failure hook comes here too. So that a program that has caught its MemoryError goes on, and one that fails
//! can still say so, some memory is set aside at the start: small requests are met from it when the system has none.

use crate::prelude::*;
use std::alloc::{GlobalAlloc, Layout, System};
use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicPtr, Ordering};

/// The payload of the panic that stands for a lack of memory.
pub struct OutOfMemory;

/// Blocks small enough to come from the allocator's common arena, not from mappings of their own.
const BLOCK_BYTES: usize = 64 << 10;
static RESERVE: [AtomicPtr<u8>; 16] = [const { AtomicPtr::new(std::ptr::null_mut()) }; 16];

thread_local! {
    /// What the last panic of this thread said, and where.
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Sets memory aside, as far as there is some.
pub fn fill_reserve() {
    for block in &RESERVE {
        if block.load(Ordering::Relaxed).is_null() {
            // SAFETY: plain memory that is only ever freed.
            let memory = unsafe { libc::malloc(BLOCK_BYTES) }.cast::<u8>();
            if memory.is_null() {
                return;
            }
            // SAFETY: another thread may have filled the place: then the block goes back.
            if block.compare_exchange(std::ptr::null_mut(), memory, Ordering::AcqRel, Ordering::Relaxed).is_err() {
                unsafe { libc::free(memory.cast()) };
            }
        }
    }
}

/// The system's allocator, and behind it what was set aside.
pub struct Allocator;

/// Requests up to this size are met from what was set aside.
const SMALL_REQUEST: usize = 4 << 10;

// SAFETY: every call is the system's own; a request that has failed is made again after something was freed.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: I3, the caller's layout is not empty.
        unsafe { request(layout.size(), || System.alloc(layout)) }
    }
    #[inline]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: I3, the caller gives back what it got, with its layout.
        unsafe { System.dealloc(memory, layout) }
    }
    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: I3, as in `alloc`.
        unsafe { request(layout.size(), || System.alloc_zeroed(layout)) }
    }
    #[inline]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: I3, as in `dealloc`; after a failure the old memory is as it was.
        unsafe { request(size, || System.realloc(memory, layout, size)) }
    }
}

/// Asks the system, and again once something has been given back.
#[inline]
fn request(size: usize, ask: impl Fn() -> *mut u8) -> *mut u8 {
    let memory = ask();
    if memory.is_null() { retry(size, ask) } else { memory }
}

#[cold]
#[inline(never)]
fn retry(size: usize, ask: impl Fn() -> *mut u8) -> *mut u8 {
    if size <= SMALL_REQUEST {
        for block in &RESERVE {
            let kept = block.swap(std::ptr::null_mut(), Ordering::AcqRel);
            if kept.is_null() {
                continue;
            }
            // SAFETY: I3, the exchange made it ours.
            unsafe { libc::free(kept.cast()) };
            let memory = ask();
            if !memory.is_null() {
                return memory;
            }
        }
    }
    std::ptr::null_mut()
}

/// Unwinds to the interpreter, which raises MemoryError.
///
/// # Panics
/// Always: that is its purpose.
#[cold]
pub fn out_of_memory() -> ! {
    for block in &RESERVE {
        let memory = block.swap(std::ptr::null_mut(), Ordering::AcqRel);
        // SAFETY: the exchange made it ours.
        unsafe { libc::free(memory.cast()) };
    }
    resume_unwind(Box::new(OutOfMemory))
}

/// Keeps panics from being printed; they become exceptions that say the same.
pub fn install_panic_hook() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::env::var_os("RUST_BACKTRACE").is_some() {
            default(info);
        }
        let text = info.payload_as_str().unwrap_or("unknown fault");
        let place = info.location().map_or_else(String::new, |at| format!(" ({}:{})", at.file(), at.line()));
        LAST.with(|last| *last.borrow_mut() = format!("{text}{place}"));
    }));
}

/// State of a thread that a panic leaves behind.
pub struct Mark {
    deallocations: u32,
    reprs: usize,
    tracing: u32,
}

impl Mark {
    pub fn new(th: &Thread) -> Mark {
        Mark {
            deallocations: th.dealloc_depth.get(),
            reprs: th.repr_running.borrow().len(),
            tracing: th.tracing.depth.get(),
        }
    }
    fn restore(&self, th: &Thread) {
        th.dealloc_depth.set(self.deallocations);
        th.tracing.depth.set(self.tracing);
        th.tracing.event.set(None);
        th.repr_running.borrow_mut().truncate(self.reprs);
    }
    /// Puts the thread in order after a panic, and raises the exception that stands for it.
    #[cold]
    pub fn recover(&self, th: &Thread, panic: Box<dyn Any + Send>) -> Raised {
        self.restore(th);
        let pending = th.take_exception();
        let raised = if panic.is::<OutOfMemory>() { th.memory_error() } else { fault(th) };
        drop(pending);
        fill_reserve();
        raised
    }
}

/// Runs native code that no entry of the interpreter surrounds: the program's own steps, and what a thread begins with.
///
/// # Errors
/// Those of `work`, and the exception that stands for a panic.
pub fn guarded<T>(th: &Thread, work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    let mark = Mark::new(th);
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(mark.recover(th, panic)))
}

/// Runs work that may be left undone where memory is short; `None` if that happened. Other panics go on.
pub fn unless_out_of_memory<T>(th: &Thread, work: impl FnOnce() -> T) -> Option<T> {
    let mark = Mark::new(th);
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => Some(result),
        Err(panic) if panic.is::<OutOfMemory>() => {
            mark.restore(th);
            fill_reserve();
            None
        }
        Err(panic) => resume_unwind(panic),
    }
}

/// The exception for a panic with a message.
fn fault(th: &Thread) -> Raised {
    let text = LAST.with(|last| last.take());
    let lacks_memory = [
        "capacity overflow",
        "Hash table capacity overflow",
        "allocating stack failed",
        "out of memory",
        "try to allocate too much memory",
    ];
    if lacks_memory.iter().any(|start| text.starts_with(start)) {
        return th.memory_error();
    }
    th.system_error(format!("internal error: {text}"))
}

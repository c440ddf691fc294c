//! The state of a new Python thread.

use std::cell::{Cell, RefCell};
use std::sync::atomic::AtomicU32;
use whipsnake_layout::frame::ExcState;
use whipsnake_layout::thread::ThreadCore;
use whipsnake_runtime::interp::Interp;
use whipsnake_runtime::prelude::*;

/// Address space for the frame stack; pages are only used as frames reach them.
const FRAME_STACK_BYTES: usize = 64 << 20;
/// What native code may still use when the limit has been noticed.
const NATIVE_RESERVE: usize = 256 << 10;

/// The lowest address of the calling thread's stack.
fn stack_bottom() -> usize {
    let marker = 0u8;
    let here = &raw const marker as usize;
    // SAFETY: the attributes are initialised by the first call and destroyed after use.
    unsafe {
        let mut attributes: libc::pthread_attr_t = std::mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attributes) != 0 {
            return here.saturating_sub(1 << 20);
        }
        let (mut bottom, mut size) = (std::ptr::null_mut(), 0);
        let found = libc::pthread_attr_getstack(&attributes, &mut bottom, &mut size) == 0;
        libc::pthread_attr_destroy(&mut attributes);
        if found { bottom as usize } else { here.saturating_sub(1 << 20) }
    }
}

/// Makes a new thread's state that of the native thread that calls. The interpreter's lock is not needed.
pub fn enter_thread(thread: &mut Thread) {
    // SAFETY: no arguments, cannot fail.
    thread.ident = unsafe { libc::pthread_self() } as u64;
    thread.core.native_stack_limit.set(stack_bottom() + NATIVE_RESERVE);
}

/// The state of a new Python thread, prepared to run Python code on the native thread that calls, not attached yet. It shares tables of the
/// interpreter, so its lock is held by who calls; [`enter_thread`] makes it another native thread's.
///
/// # Errors
/// A message when there is no memory.
pub fn new_thread(interp: &'static Interp) -> Result<Box<Thread>, String> {
    let thread = Box::new(Thread {
        core: ThreadCore {
            frame: Cell::new(std::ptr::null_mut()),
            stack_top: Cell::new(std::ptr::null_mut()),
            stack_limit: Cell::new(std::ptr::null_mut()),
            eval_breaker: AtomicU32::new(0),
            recursion_left: Cell::new(interp.recursion_limit.get()),
            free_lists: Cell::new(&interp.heap.lists),
            current_exception: Cell::new(Slot::NULL),
            exc_info: Cell::new(Box::leak(Box::new(ExcState {
                value: Cell::new(Slot::NULL),
                previous: Cell::new(std::ptr::null()),
            }))),
            native_stack_limit: Cell::new(stack_bottom() + NATIVE_RESERVE),
            dispatch_table: Cell::new(std::ptr::null()),
            store_records: Cell::new(std::ptr::null()),
        },
        interp,
        dealloc_depth: Cell::new(0),
        dealloc_later: RefCell::default(),
        repr_running: RefCell::default(),
        context: ObjCell::EMPTY,
        asyncgen_firstiter: ObjCell::EMPTY,
        asyncgen_finalizer: ObjCell::EMPTY,
        coroutine_origin_depth: Cell::new(0),
        async_exception: ObjCell::EMPTY,
        tracing: Default::default(),
        // SAFETY: no arguments, cannot fail.
        ident: unsafe { libc::pthread_self() } as u64,
        is_main: false,
    });
    crate::eval::prepare_thread(&thread, FRAME_STACK_BYTES)?;
    Ok(thread)
}

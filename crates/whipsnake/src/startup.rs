//! Start-up: the interpreter, its main thread, the first modules.

use std::sync::atomic::AtomicU32;
use whipsnake_layout::frame::ExcState;
use whipsnake_layout::thread::ThreadCore;
use whipsnake_runtime::import::NativeModule;
use whipsnake_runtime::interp::{Config, Interp};
use whipsnake_runtime::prelude::*;
use std::cell::{Cell, RefCell};

/// Address space for the frame stack; pages are only used as frames reach them.
const FRAME_STACK_BYTES: usize = 64 << 20;
/// What native code may still use when the limit has been noticed.
const NATIVE_RESERVE: usize = 256 << 10;

/// Native modules that other crates make.
const MODULES: &[NativeModule] = &[];

/// The keys of SipHash: from the seed, or random.
fn hash_key(seed: Option<u32>) -> (u64, u64) {
    let key = match seed {
        Some(seed) => whipsnake_text::strings::HashKey::from_seed(seed),
        None => {
            let mut bytes = [0u8; 16];
            // SAFETY: the buffer is valid for its length.
            unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
            let word = |at: usize| bytes[at..at + 8].iter().fold(0u64, |acc, b| acc << 8 | u64::from(*b));
            whipsnake_text::strings::HashKey::new(word(0), word(8))
        }
    };
    key.parts()
}

/// An interpreter and its main thread, attached, with all types ready. `stack_bytes` is the native stack's size.
///
/// # Errors
/// A message: the process cannot run Python.
pub fn interpreter(config: Config, stack_bytes: usize) -> Result<&'static Thread, String> {
    let key = hash_key(config.hash_seed);
    let interp = Interp::new(config, whipsnake_interp::hooks(crate::compile::compile), key);
    let marker = 0u8;
    let stack_top = &raw const marker as usize;
    let thread: &'static Thread = Box::leak(Box::new(Thread {
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
            native_stack_limit: Cell::new(stack_top.saturating_sub(stack_bytes - NATIVE_RESERVE)),
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
        // SAFETY: no arguments, cannot fail.
        ident: unsafe { libc::pthread_self() } as u64,
        is_main: true,
    }));
    Thread::set_current(thread);
    interp.threads.borrow_mut().push(thread);
    whipsnake_interp::eval::prepare_thread(thread, FRAME_STACK_BYTES)?;
    let ready = whipsnake_runtime::types::init::init(thread).and_then(|()| {
        whipsnake_runtime::import::register(thread, MODULES);
        Ok(())
    });
    match ready {
        Ok(()) => Ok(thread),
        Err(_) => Err(format!("cannot make the built-in types: {}", describe(thread))),
    }
}

/// The current exception in one line, without Python code.
pub fn describe(th: &Thread) -> String {
    let Some(exception) = th.take_exception() else { return "no exception".into() };
    let name = exception.ty().name();
    match object::str(th, exception.value()) {
        Ok(text) => format!("{name}: {}", whipsnake_runtime::types::str::to_rust_string(text.value())),
        Err(_) => {
            drop(th.take_exception());
            name.to_string()
        }
    }
}

/// The import system, encodings, standard streams and `site`.
///
/// # Errors
/// Whatever they raise: the interpreter cannot run then.
pub fn modules(th: &Thread) -> PyResult<()> {
    whipsnake_runtime::import::start(th)?;
    if whipsnake_runtime::import::find_native(th, "_codecs").is_some() {
        whipsnake_runtime::import::import(th, "encodings")?;
    }
    if whipsnake_runtime::import::find_native(th, "_io").is_some() {
        whipsnake_runtime::import::import(th, "io")?;
    }
    if !th.interp.config.no_site {
        whipsnake_runtime::import::import(th, "site")?;
    }
    Ok(())
}

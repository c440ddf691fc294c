//! Start-up: the interpreter, its main thread, the first modules.

use whipsnake_runtime::import::NativeModule;
use whipsnake_runtime::interp::{Config, Interp};
use whipsnake_runtime::prelude::*;

/// The native modules that other crates make.
fn native_modules() -> Vec<NativeModule> {
    let mut modules = Vec::new();
    for table in [
        whipsnake_module_core::MODULES,
        whipsnake_module_array::MODULES,
        whipsnake_module_text::MODULES,
        whipsnake_module_collections::MODULES,
        whipsnake_module_sre::MODULES,
        whipsnake_module_math::MODULES,
        whipsnake_module_compression::MODULES,
        whipsnake_module_formats::MODULES,
        whipsnake_module_hashing::MODULES,
        whipsnake_module_io::MODULES,
        whipsnake_module_network::MODULES,
        whipsnake_module_pickle::MODULES,
        whipsnake_module_posix::MODULES,
        whipsnake_module_time::MODULES,
        whipsnake_module_threading::MODULES,
    ] {
        modules.extend_from_slice(table);
    }
    modules.push(NativeModule { name: "itertools", init: whipsnake_module_itertools::init });
    modules.push(NativeModule { name: "_operator", init: whipsnake_module_operator::init });
    modules
}

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

/// An interpreter and its main thread, attached, with all types ready.
///
/// # Errors
/// A message: the process cannot run Python.
pub fn interpreter(config: Config) -> Result<&'static Thread, String> {
    let key = hash_key(config.hash_seed);
    let interp = Interp::new(config, whipsnake_interp::hooks(whipsnake_module_text::compile::compile), key);
    let mut thread = whipsnake_interp::threads::new_thread(interp)?;
    thread.is_main = true;
    let thread: &'static Thread = Box::leak(thread);
    whipsnake_runtime::lock::attach(thread);
    interp.threads.borrow_mut().push(thread);
    let ready = whipsnake_runtime::types::init::init(thread).and_then(|()| {
        whipsnake_runtime::import::register(thread, &native_modules());
        whipsnake_module_threading::install_signals(thread);
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
    trace(th, exception.value());
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
    // What start-up makes stays: there is nothing to collect yet.
    th.interp.gc.enabled.set(false);
    let result = import_modules(th);
    th.interp.gc.enabled.set(true);
    th.interp.heap.postpone_collection();
    result
}

fn import_modules(th: &Thread) -> PyResult<()> {
    whipsnake_runtime::import::start(th)?;
    if whipsnake_runtime::import::find_native(th, "_codecs").is_some() {
        whipsnake_runtime::import::import(th, "encodings")?;
    }
    if whipsnake_runtime::import::find_native(th, "_io").is_some() {
        whipsnake_runtime::import::import(th, "io")?;
        whipsnake_module_io::make_standard_streams(th)?;
        whipsnake_runtime::builtins::install_open(th)?;
    }
    if !th.interp.config.warn_options.is_empty() {
        // Which complains of options that are none.
        whipsnake_runtime::import::import(th, "warnings")?;
    }
    if !th.interp.config.no_site {
        whipsnake_runtime::import::import(th, "site")?;
    }
    Ok(())
}

/// The traceback's places on stderr, for failures before the `traceback` module can be imported.
fn trace(th: &Thread, exception: Value) {
    let text = |v: Value, path: &[&str]| -> PyResult<Obj> {
        let mut at = v.own();
        for name in path {
            at = object::get_attr_str(th, at.value(), name)?;
        }
        Ok(at)
    };
    let mut entry = whipsnake_runtime::types::exceptions::traceback_of(exception);
    while let Some(tb) = entry {
        let place = |path: &[&str]| {
            text(tb.value(), path).and_then(|v| object::to_text(th, v.value())).unwrap_or_else(|_| {
                drop(th.take_exception());
                "?".into()
            })
        };
        let file = place(&["tb_frame", "f_code", "co_filename"]);
        eprintln!(
            "  File \"{file}\", line {}, in {}",
            place(&["tb_lineno"]),
            place(&["tb_frame", "f_code", "co_name"])
        );
        entry = match text(tb.value(), &["tb_next"]) {
            Ok(next) if !next.is_none() => Some(next),
            _ => None,
        };
    }
}

//! The struct sequences of `sys`: flags, version, numeric limits.

use crate::prelude::*;
use crate::struct_sequence;
use crate::types::structseq;

struct_sequence! {
    pub static FLAGS_TYPE: "sys.flags", "The command line's settings.", 18 of 21, [
        0 "debug" "-d", 1 "inspect" "-i", 2 "interactive" "-i", 3 "optimize" "-O or -OO",
        4 "dont_write_bytecode" "-B", 5 "no_user_site" "-s", 6 "no_site" "-S", 7 "ignore_environment" "-E",
        8 "verbose" "-v", 9 "bytes_warning" "-b", 10 "quiet" "-q", 11 "hash_randomization" "-R", 12 "isolated" "-I",
        13 "dev_mode" "-X dev", 14 "utf8_mode" "-X utf8", 15 "warn_default_encoding" "-X warn_default_encoding",
        16 "safe_path" "-P", 17 "int_max_str_digits" "-X int_max_str_digits", 18 "gil" "-X gil",
        19 "thread_inherit_context" "-X thread_inherit_context",
        20 "context_aware_warnings" "-X context_aware_warnings",
    ]
}
struct_sequence! {
    pub static VERSION_INFO_TYPE: "sys.version_info", "The version of the language.", 5 of 5, [
        0 "major" "", 1 "minor" "", 2 "micro" "", 3 "releaselevel" "", 4 "serial" "",
    ]
}
struct_sequence! {
    pub static HASH_INFO_TYPE: "sys.hash_info", "How hashes are computed.", 9 of 9, [
        0 "width" "", 1 "modulus" "", 2 "inf" "", 3 "nan" "", 4 "imag" "", 5 "algorithm" "", 6 "hash_bits" "",
        7 "seed_bits" "", 8 "cutoff" "",
    ]
}
struct_sequence! {
    pub static FLOAT_INFO_TYPE: "sys.float_info", "The limits of floats.", 11 of 11, [
        0 "max" "", 1 "max_exp" "", 2 "max_10_exp" "", 3 "min" "", 4 "min_exp" "", 5 "min_10_exp" "", 6 "dig" "",
        7 "mant_dig" "", 8 "epsilon" "", 9 "radix" "", 10 "rounds" "",
    ]
}
struct_sequence! {
    pub static INT_INFO_TYPE: "sys.int_info", "How ints are stored.", 4 of 4, [
        0 "bits_per_digit" "", 1 "sizeof_digit" "", 2 "default_max_str_digits" "", 3 "str_digits_check_threshold" "",
    ]
}
struct_sequence! {
    pub static THREAD_INFO_TYPE: "sys.thread_info", "How threads are implemented.", 3 of 3, [
        0 "name" "", 1 "lock" "", 2 "version" "",
    ]
}
struct_sequence! {
    pub static ASYNCGEN_HOOKS_TYPE: "sys.asyncgen_hooks", "The hooks of asynchronous generators.", 2 of 2, [
        0 "firstiter" "", 1 "finalizer" "",
    ]
}
struct_sequence! {
    pub static UNRAISABLE_TYPE: "UnraisableHookArgs", "What sys.unraisablehook is told.", 5 of 5, [
        0 "exc_type" "", 1 "exc_value" "", 2 "exc_traceback" "", 3 "err_msg" "", 4 "object" "",
    ]
}

/// The version of Python that Whipsnake implements.
pub const VERSION: (i64, i64, i64) = (3, 14, 10);
/// `sys.hexversion`.
pub const HEX_VERSION: i64 = VERSION.0 << 24 | VERSION.1 << 16 | VERSION.2 << 8 | 0xf0;

fn ints(items: &[i64]) -> Vec<Obj> {
    items.iter().map(|i| Obj::small_int(*i)).collect()
}

/// `sys.flags`.
///
/// # Errors
/// MemoryError.
pub fn flags(th: &Thread) -> PyResult {
    let config = &th.interp.config;
    let bit = |b: bool| i64::from(b);
    let x = |name: &str| config.x_options.iter().any(|(n, _)| n == name);
    let mut items = ints(&[
        0,
        bit(config.inspect),
        bit(config.interactive),
        config.optimize.into(),
        bit(config.dont_write_bytecode),
        bit(config.no_user_site),
        bit(config.no_site),
        bit(config.ignore_environment),
        config.verbose.into(),
        config.bytes_warning.into(),
        bit(config.quiet),
        bit(config.hash_seed != Some(0)),
        bit(config.isolated),
    ]);
    items.push(Obj::bool(config.dev_mode));
    items.extend(ints(&[bit(x("utf8")), bit(x("warn_default_encoding") || config.warn_default_encoding)]));
    items.push(Obj::bool(config.safe_path));
    items.extend(ints(&[config.int_max_str_digits as i64, 1, 0, 0]));
    structseq::new(th, &FLAGS_TYPE, items)
}

/// `sys.version_info`.
///
/// # Errors
/// MemoryError.
pub fn version_info(th: &Thread) -> PyResult {
    let mut items = ints(&[VERSION.0, VERSION.1, VERSION.2]);
    items.push(th.str("final")?);
    items.push(Obj::small_int(0));
    structseq::new(th, &VERSION_INFO_TYPE, items)
}

/// `sys.hash_info`.
///
/// # Errors
/// MemoryError.
pub fn hash_info(th: &Thread) -> PyResult {
    let mut items = ints(&[64, (1 << 61) - 1, 314159, 0, 1000003]);
    items.push(th.str("siphash13")?);
    items.extend(ints(&[64, 128, 0]));
    structseq::new(th, &HASH_INFO_TYPE, items)
}

/// `sys.float_info`.
///
/// # Errors
/// MemoryError.
pub fn float_info(th: &Thread) -> PyResult {
    let mut items = vec![th.float(f64::MAX)?];
    items.extend(ints(&[f64::MAX_EXP.into(), f64::MAX_10_EXP.into()]));
    items.push(th.float(f64::MIN_POSITIVE)?);
    items.extend(ints(&[f64::MIN_EXP.into(), f64::MIN_10_EXP.into(), f64::DIGITS.into(), f64::MANTISSA_DIGITS.into()]));
    items.push(th.float(f64::EPSILON)?);
    items.extend(ints(&[2, 1]));
    structseq::new(th, &FLOAT_INFO_TYPE, items)
}

/// `sys.int_info`.
///
/// # Errors
/// MemoryError.
pub fn int_info(th: &Thread) -> PyResult {
    structseq::new(th, &INT_INFO_TYPE, ints(&[30, 4, 4300, 640]))
}

/// `sys.thread_info`.
///
/// # Errors
/// MemoryError.
pub fn thread_info(th: &Thread) -> PyResult {
    let items = vec![th.str("pthread")?, th.str("semaphore")?, Obj::none()];
    structseq::new(th, &THREAD_INFO_TYPE, items)
}

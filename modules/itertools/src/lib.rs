//! The `itertools` module.
//!
//! - `infinite.rs`: count, cycle, repeat
//! - `chain.rs`: chain, compress, starmap, pairwise, batched, zip_longest
//! - `select.rs`: dropwhile, takewhile, filterfalse, islice
//! - `accumulate.rs`, `groupby.rs`, `tee.rs`
//! - `combinatoric.rs`: product, permutations, combinations, combinations_with_replacement
//!
//! Source: the documentation of CPython 3.14's `itertools`.
#![forbid(unsafe_code)]

mod accumulate;
mod chain;
mod combinatoric;
mod groupby;
mod infinite;
mod select;
mod tee;

use whipsnake_runtime::args::Params;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::module;

/// The payload behind a slot's receiver.
///
/// # Errors
/// SystemError if the receiver is of another type, which slots never see.
#[inline]
fn this<'a, T: Payload>(th: &Thread, v: Value) -> PyResult<&'a T> {
    match v.cast::<Instance<T>>() {
        Some(instance) => Ok(&instance.payload),
        None => Err(th.system_error("a slot was called with an object of another type")),
    }
}

/// The positional arguments of a constructor that takes exactly `N`. Subclasses may take keyword arguments of their own.
///
/// # Errors
/// TypeError.
fn exactly<const N: usize>(th: &Thread, ty: &'static Type, base: &'static Type, args: Args) -> PyResult<[Value; N]> {
    args.no_keywords_for(th, ty, base, base.short_name())?;
    if args.len() != N {
        let (name, given, plural) = (base.short_name(), args.len(), if N == 1 { "" } else { "s" });
        return err!(th, TYPE_ERROR, "{name} expected {N} argument{plural}, got {given}");
    }
    let mut values = [statics::none(); N];
    for (place, value) in values.iter_mut().zip(args.values()) {
        *place = value;
    }
    Ok(values)
}

/// Binds arguments that may be given by name.
///
/// # Errors
/// TypeError.
fn bind<const N: usize>(th: &Thread, params: &'static Params, args: Args) -> PyResult<[Option<Value>; N]> {
    let mut bound = [None; N];
    params.bind(th, args, &mut bound)?;
    Ok(bound)
}

/// A required argument that [`bind`] has found.
fn required(v: Option<Value>) -> Value {
    v.unwrap_or(statics::none())
}

/// Makes the module.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let doc = "Iterators for efficient loops: infinite ones, ones that end with their input, and combinatoric ones.";
    let made = module::new(th, "itertools", doc, tee::functions::METHODS)?;
    let types: [&'static Type; 21] = [
        &accumulate::ACCUMULATE_TYPE,
        &chain::BATCHED_TYPE,
        &chain::CHAIN_TYPE,
        &combinatoric::COMBINATIONS_TYPE,
        &chain::COMPRESS_TYPE,
        &infinite::COUNT_TYPE,
        &combinatoric::COMBINATIONS_WITH_REPLACEMENT_TYPE,
        &infinite::CYCLE_TYPE,
        &select::DROPWHILE_TYPE,
        &select::FILTERFALSE_TYPE,
        &groupby::GROUPBY_TYPE,
        &groupby::GROUPER_TYPE,
        &select::ISLICE_TYPE,
        &chain::PAIRWISE_TYPE,
        &combinatoric::PERMUTATIONS_TYPE,
        &combinatoric::PRODUCT_TYPE,
        &infinite::REPEAT_TYPE,
        &chain::STARMAP_TYPE,
        &select::TAKEWHILE_TYPE,
        &tee::TEE_TYPE,
        &chain::ZIP_LONGEST_TYPE,
    ];
    for ty in types {
        module::add_type(th, made.value(), ty)?;
    }
    module::add_type(th, made.value(), &tee::TEE_DATA_TYPE)?;
    Ok(made)
}

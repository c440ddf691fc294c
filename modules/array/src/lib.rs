//! `array`: numbers and characters packed into memory.
//!
//! - `typecode`: what the type codes mean; loads and stores of single items
//! - `object`: `array.array`, its slots; `methods`: its methods; `iterator`
//! - `pickling`: machine formats, `_array_reconstructor`
//!
//! Source: the documentation of `array`. Tests: tests/python/library/array_tests.py.
#![forbid(unsafe_code)]

use whipsnake_runtime::import::NativeModule;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::module;

mod iterator;
mod methods;
mod object;
mod pickling;
mod typecode;

/// The modules of this crate.
pub static MODULES: &[NativeModule] = &[NativeModule { name: "array", init }];

/// Makes `array`.
///
/// # Errors
/// MemoryError.
fn init(th: &Thread) -> PyResult {
    let doc = "Sequences of items of one basic kind, stored as their bytes.";
    let m = module::new(th, "array", doc, pickling::functions::METHODS)?;
    whipsnake_runtime::typeobj::ready(th, &iterator::ARRAY_ITERATOR_TYPE)?;
    module::add_type(th, m.value(), &object::ARRAY_TYPE)?;
    module::add(th, m.value(), "ArrayType", object::ARRAY_TYPE.value())?;
    let codes: String = typecode::Code::ALL.iter().map(|code| code.letter()).collect();
    module::add(th, m.value(), "typecodes", th.str(&codes)?.value())?;
    let class = whipsnake_runtime::import::attribute(th, "collections.abc", "MutableSequence")?;
    call::call_method(th, class.value(), "register", &[object::ARRAY_TYPE.value()])?;
    Ok(m)
}

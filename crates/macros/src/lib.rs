//! Attribute macros that turn Rust functions into the tables of native functions, methods and attributes.
//!
//! ```ignore
//! #[pymethods]
//! mod methods {
//!     use super::*;
//!     /// Append object to the end of the list.
//!     #[method("append(object, /)")]
//!     fn append(th: &Thread, this: &List, object: Value) -> PyResult<()> { ... }
//!     /// the length
//!     #[getter("size")]
//!     fn size(th: &Thread, this: &List) -> PyResult { ... }
//! }
//! // methods::METHODS: &[MethodDef], methods::GETSETS: &[GetSetDef]
//! ```
//!
//! The signature is Python's; each parameter converts through `FromArg`, the result through `IntoPy`. A parameter with
//! a default is an `Option` in Rust (absent and `None` alike), or of any other type when the default is a literal. `*args`
//! arrives as `&[Slot]`, `**kwargs` as `Vec<(Value, Value)>`. With `raw` after the string the function gets `Args` itself.
//! A getter with `member` after the string makes a `member_descriptor`, as CPython has for that attribute.

mod signature;
mod wrapper;

use proc_macro::TokenStream;

/// For an inline module of methods: `#[method]`, `#[classmethod]`, `#[staticmethod]`, `#[getter]`, `#[setter]`.
#[proc_macro_attribute]
pub fn pymethods(_: TokenStream, item: TokenStream) -> TokenStream {
    wrapper::expand(item.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// For an inline module of module functions: `#[function("name(a, b=0, /)")]`.
#[proc_macro_attribute]
pub fn pyfunctions(_: TokenStream, item: TokenStream) -> TokenStream {
    wrapper::expand(item.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Marks an instruction body. The generator reads the mark and the signature; the compiler only inlines the function.
#[proc_macro_attribute]
pub fn uop(_: TokenStream, item: TokenStream) -> TokenStream {
    let mut inlined: TokenStream = "#[inline(always)]".parse().unwrap_or_default();
    inlined.extend(item);
    inlined
}

//! `UnsupportedOperation` and the errors that all streams share.

use whipsnake_runtime::prelude::*;

struct State {
    unsupported: ObjCell,
}

impl Default for State {
    fn default() -> Self {
        State { unsupported: ObjCell::EMPTY }
    }
}

/// Makes the class `io.UnsupportedOperation`.
///
/// # Errors
/// MemoryError.
pub fn prepare(th: &Thread) -> PyResult {
    let state = th.interp.state::<State>();
    if let Some(class) = state.unsupported.get() {
        return Ok(class);
    }
    let name = th.str("UnsupportedOperation")?;
    let bases = th.tuple(&[statics::OS_ERROR.value(), statics::VALUE_ERROR.value()])?;
    let space = th.dict_of(&[("__module__", th.str("io")?.value())])?;
    let class = call::call3(th, statics::TYPE_TYPE.value(), name.value(), bases.value(), space.value())?;
    state.unsupported.set(Some(class.clone()));
    Ok(class)
}

/// Raises `io.UnsupportedOperation`.
#[cold]
pub fn unsupported(th: &Thread, message: &str) -> Raised {
    let make = || -> PyResult {
        let class = prepare(th)?;
        call::call1(th, class.value(), th.str(message)?.value())
    };
    match make() {
        Ok(error) => th.raise_instance(error),
        Err(raised) => raised,
    }
}

/// ValueError: the stream is closed.
#[cold]
pub fn closed(th: &Thread) -> Raised {
    th.value_error("I/O operation on closed file.")
}

/// ValueError: `__init__` did not run, or failed.
#[cold]
pub fn uninitialized(th: &Thread) -> Raised {
    th.value_error("I/O operation on uninitialized object")
}

/// Runs `second` after `first` even if that raised; the second exception gets the first one as context.
pub fn both<T>(th: &Thread, first: PyResult<()>, second: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    if first.is_ok() {
        return second();
    }
    let earlier = th.take_exception();
    match second() {
        Ok(_) => {
            th.restore_exception(earlier);
            Err(Raised::already_set(th))
        }
        Err(_) => {
            if let (Some(later), Some(earlier)) = (th.take_exception(), earlier) {
                whipsnake_runtime::types::exceptions::set_context(later.value(), Some(earlier));
                th.restore_exception(Some(later));
            }
            Err(Raised::already_set(th))
        }
    }
}

/// A size argument: None and negative numbers mean "all".
pub struct Size(pub Option<usize>);

impl<'a> FromArg<'a> for Size {
    fn from_arg(th: &'a Thread, v: Value, _: ArgName) -> PyResult<Size> {
        if v.is_none() {
            return Ok(Size(None));
        }
        if !number::has_index(v) {
            return err!(th, TYPE_ERROR, "argument should be integer or None, not '{}'", v.ty().name());
        }
        Ok(Size(usize::try_from(number::as_isize(th, v)?).ok()))
    }
}

/// The limit that a size argument sets.
pub fn limit(size: Option<Size>) -> Option<usize> {
    size.and_then(|size| size.0)
}

/// TypeError of `__getstate__`: streams belong to their process.
#[cold]
pub fn not_picklable(th: &Thread, stream: Value) -> Raised {
    let name = stream.ty().name();
    th.type_error(format!("cannot pickle '{}' instances", name.rsplit('.').next().unwrap_or(name)))
}

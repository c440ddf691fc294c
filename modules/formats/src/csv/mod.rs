//! `_csv`: rows of fields as lines of text.

mod dialect;
mod reader;
mod writer;

use std::cell::{Cell, RefCell};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::module;
use whipsnake_runtime::types::str::Str;

/// What the module remembers.
struct State {
    error: RefCell<Option<Obj>>,
    /// Dialects by name.
    dialects: RefCell<Option<Obj>>,
    field_limit: Cell<i64>,
}

impl Default for State {
    fn default() -> State {
        State { error: RefCell::default(), dialects: RefCell::default(), field_limit: Cell::new(128 * 1024) }
    }
}

/// Raises `csv.Error`.
fn error(th: &Thread, message: &str) -> Raised {
    let class = th.interp.state::<State>().error.borrow().clone();
    match class {
        Some(class) => match th.str(message).and_then(|text| call::call1(th, class.value(), text.value())) {
            Ok(exception) => th.raise_instance(exception),
            Err(raised) => raised,
        },
        None => th.value_error(message),
    }
}

fn dialects(th: &Thread) -> PyResult {
    let found = th.interp.state::<State>().dialects.borrow().clone();
    found.ok_or_else(|| th.runtime_error("_csv is not imported"))
}

/// The dialect registered under a name.
fn registered(th: &Thread, name: Value) -> PyResult {
    let all = dialects(th)?;
    let found = match all.cast::<Dict>() {
        Some(dict) => dict.get(th, name)?,
        None => None,
    };
    found.ok_or_else(|| error(th, "unknown dialect"))
}

#[pyfunctions]
mod functions {
    use super::*;

    /// An iterator over the rows in an iterable of lines.
    #[function("reader(iterable, /, dialect='excel', **fmtparams)", raw)]
    fn reader(th: &Thread, args: Args) -> PyResult {
        reader::create(th, args)
    }
    /// An object that writes rows to a file.
    #[function("writer(fileobj, /, dialect='excel', **fmtparams)", raw)]
    fn writer(th: &Thread, args: Args) -> PyResult {
        writer::create(th, args)
    }
    /// Gives a dialect a name.
    #[function("register_dialect(name, /, dialect='excel', **fmtparams)", raw)]
    fn register_dialect(th: &Thread, args: Args) -> PyResult<()> {
        let name = first_argument(th, args, "register_dialect")?;
        if name.cast::<Str>().is_none() {
            return Err(th.type_error("dialect name must be a string"));
        }
        let dialect = dialect::from_arguments(th, args.get(1), args.keywords())?;
        object::set_item(th, dialects(th)?.value(), name, dialect.value())
    }
    /// The names of all dialects.
    #[function("list_dialects()")]
    fn list_dialects(th: &Thread) -> PyResult {
        sequence::to_list(th, dialects(th)?.value())
    }
    /// Takes a dialect its name.
    #[function("unregister_dialect(name)")]
    fn unregister_dialect(th: &Thread, name: Value) -> PyResult<()> {
        let all = dialects(th)?;
        let removed = match all.cast::<Dict>() {
            Some(dict) => dict.pop(th, name)?,
            None => None,
        };
        removed.map(drop).ok_or_else(|| error(th, "unknown dialect"))
    }
    /// The dialect of a name.
    #[function("get_dialect(name)")]
    fn get_dialect(th: &Thread, name: Value) -> PyResult {
        registered(th, name)
    }
    /// The limit of characters in a field; sets a new one if given.
    #[function("field_size_limit(new_limit=<unrepresentable>)", raw)]
    fn field_size_limit(th: &Thread, args: Args) -> PyResult<i64> {
        static PARAMS: whipsnake_runtime::args::Params = whipsnake_runtime::args::Params {
            function: "field_size_limit",
            names: &["new_limit"],
            positional_only: 0,
            positional: 1,
            required: &[false],
            has_varargs: false,
            has_varkw: false,
        };
        let mut bound = [None];
        PARAMS.bind(th, args, &mut bound)?;
        let limit = &th.interp.state::<State>().field_limit;
        let old = limit.get();
        if let Some(new) = bound[0] {
            if !new.is_exact(&statics::INT_TYPE) {
                return Err(th.type_error("limit must be an integer"));
            }
            limit.set(number::as_i64(th, new)?);
        }
        Ok(old)
    }
}

/// The argument that `reader`, `writer` and `register_dialect` need.
fn first_argument(th: &Thread, args: Args, function: &str) -> PyResult<Value> {
    match (args.len(), args.get(0)) {
        (1 | 2, Some(first)) => Ok(first),
        (0, _) => err!(th, TYPE_ERROR, "{function} expected at least 1 argument, got 0"),
        (given, _) => err!(th, TYPE_ERROR, "{function} expected at most 2 arguments, got {given}"),
    }
}

/// Makes `_csv`.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let m = module::new(th, "_csv", "Rows of fields as lines of text.", functions::METHODS)?;
    for (i, name) in dialect::QUOTING.iter().enumerate() {
        module::add(th, m.value(), name, Value::small_int(i as i64))?;
    }
    module::add_type(th, m.value(), &dialect::DIALECT_TYPE)?;
    for (name, ty) in [("Reader", &reader::READER_TYPE), ("Writer", &writer::WRITER_TYPE)] {
        whipsnake_runtime::typeobj::ready(th, ty)?;
        module::add(th, m.value(), name, ty.value())?;
    }
    let class = module::exception_class(th, "_csv.Error", &statics::EXCEPTION)?;
    module::add(th, m.value(), "Error", class.value())?;
    let all = Dict::new(th)?;
    module::add(th, m.value(), "_dialects", all.value())?;
    let state = th.interp.state::<State>();
    *state.error.borrow_mut() = Some(class);
    *state.dialects.borrow_mut() = Some(all);
    Ok(m)
}

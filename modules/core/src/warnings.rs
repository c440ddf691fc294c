//! `_warnings`: issuing warnings; filters, and what has been shown already.
//!
//! The module `warnings` may replace `filters`, `defaultaction`, `onceregistry` and `_showwarnmsg`: its attributes are
//! looked at first, the state here is what they begin with.

use std::cell::{Cell, RefCell};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::list::List;
use whipsnake_runtime::types::str::{Str, to_rust_string};
use whipsnake_runtime::types::tuple::Tuple;
use whipsnake_runtime::types::{frame, module};

use crate::contextvars;

#[derive(Default)]
struct State {
    filters: RefCell<Option<Obj>>,
    once: RefCell<Option<Obj>>,
    context: RefCell<Option<Obj>>,
    /// Counts changes of the filters: registries of other versions are void.
    version: Cell<i64>,
    lock_owner: Cell<u64>,
    lock_depth: Cell<u32>,
}

fn state(th: &Thread) -> &'static State {
    th.interp.state::<State>()
}

fn filter(th: &Thread, action: &str, category: &'static Type, module: Option<&str>) -> PyResult {
    let action = th.intern(action)?;
    let module = match module {
        Some(module) => th.intern(module)?,
        None => Obj::none(),
    };
    th.tuple(&[action.value(), statics::none(), category.value(), module.value(), Value::small_int(0)])
}

/// The state's objects, made on first use: filters, once registry, context variable.
fn prepare(th: &Thread) -> PyResult<()> {
    let state = state(th);
    if state.filters.borrow().is_some() {
        return Ok(());
    }
    let filters = vec![
        filter(th, "default", &statics::DEPRECATION_WARNING, Some("__main__"))?,
        filter(th, "ignore", &statics::DEPRECATION_WARNING, None)?,
        filter(th, "ignore", &statics::PENDING_DEPRECATION_WARNING, None)?,
        filter(th, "ignore", &statics::IMPORT_WARNING, None)?,
        filter(th, "ignore", &statics::RESOURCE_WARNING, None)?,
    ];
    let filters = th.list(filters)?;
    let (once, context) = (Dict::new(th)?, contextvars::variable(th, "_warnings_context")?);
    *state.filters.borrow_mut() = Some(filters);
    *state.once.borrow_mut() = Some(once);
    *state.context.borrow_mut() = Some(context);
    Ok(())
}

fn kept(cell: &RefCell<Option<Obj>>) -> Obj {
    cell.borrow().clone().unwrap_or_else(Obj::none)
}

/// An attribute of the `warnings` module, if that has been imported (or is to be).
fn attribute(th: &Thread, name: &str, import: bool) -> PyResult<Option<Obj>> {
    let key = th.intern("warnings")?;
    let module = if import && !th.interp.finalizing.get() {
        let imported = whipsnake_runtime::import::import_object(th, key.value());
        match th.catch(imported, &statics::IMPORT_ERROR)? {
            Some(module) => module,
            None => return Ok(None),
        }
    } else {
        match whipsnake_runtime::import::loaded(th, key.value())? {
            Some(module) => module,
            None => return Ok(None),
        }
    };
    object::lookup_attr_str(th, module.value(), name)
}

// ---- filters

/// Whether a filter's pattern (None, a str, or something with `match`) fits.
fn matches(th: &Thread, pattern: Value, text: Value) -> PyResult<bool> {
    if pattern.is_none() {
        return Ok(true);
    }
    if pattern.is_exact(&statics::STR_TYPE) {
        return compare::eq(th, pattern, text);
    }
    let result = call::call_method(th, pattern, "match", &[text])?;
    object::is_true(th, result.value())
}

/// The action the first fitting filter of a list asks for, with the filter.
fn search(
    th: &Thread,
    filters: Value,
    category: Value,
    text: Value,
    lineno: i64,
    module: Value,
) -> PyResult<Option<(Obj, Obj)>> {
    let Some(list) = filters.cast::<List>() else {
        return err!(th, VALUE_ERROR, "warnings.filters must be a list");
    };
    let mut at = 0;
    while let Some(item) = list.get(at) {
        let Some(entry) = item.cast::<Tuple>().filter(|entry| entry.len() == 5) else {
            return err!(th, VALUE_ERROR, "warnings.filters item {at} isn't a 5-tuple");
        };
        let [action, message, wanted, place, line] = entry.as_slice() else { break };
        if action.cast::<Str>().is_none() {
            return err!(th, TYPE_ERROR, "action must be a string, not '{}'", action.ty().name());
        }
        let line = number::as_i64(th, *line)?;
        if matches(th, *message, text)?
            && object::is_subclass(th, category, *wanted)?
            && matches(th, *place, module)?
            && (line == 0 || line == lineno)
        {
            return Ok(Some((action.own(), item)));
        }
        at += 1;
    }
    Ok(None)
}

/// The action for a warning: filters of the context, filters of the module, the default.
fn action(th: &Thread, category: Value, text: Value, lineno: i64, module: Value) -> PyResult<(Obj, Obj)> {
    let context = kept(&state(th).context);
    if let Some(context) = contextvars::value_of(th, context.value())?
        && let Some(filters) = object::lookup_attr_str(th, context.value(), "_filters")?
        && let Some(found) = search(th, filters.value(), category, text, lineno, module)?
    {
        return Ok(found);
    }
    if let Some(filters) = attribute(th, "filters", false)? {
        if filters.cast::<List>().is_none() {
            return err!(th, VALUE_ERROR, "warnings.filters must be a list");
        }
        *state(th).filters.borrow_mut() = Some(filters);
    }
    let filters = kept(&state(th).filters);
    if let Some(found) = search(th, filters.value(), category, text, lineno, module)? {
        return Ok(found);
    }
    match attribute(th, "defaultaction", false)? {
        Some(action) if action.cast::<Str>().is_some() => Ok((action, Obj::none())),
        Some(action) => {
            err!(th, TYPE_ERROR, "warnings.defaultaction must be a string, not '{}'", action.ty().name())
        }
        None => Ok((th.str("default")?, Obj::none())),
    }
}

// ---- registries

/// Whether the registry says that this was shown; `mark` notes that it is now.
fn already_warned(th: &Thread, registry: &Dict, key: Value, mark: bool) -> PyResult<bool> {
    let current = state(th).version.get();
    let version = registry.get_rust(th, "version")?;
    if version.and_then(|v| v.as_small_int()) != Some(current) {
        registry.clear(th);
        registry.set_rust(th, "version", Value::small_int(current))?;
    } else if let Some(warned) = registry.get(th, key)?
        && object::is_true(th, warned.value())?
    {
        return Ok(true);
    }
    if mark {
        registry.set(th, key, statics::bool_value(true))?;
    }
    Ok(false)
}

// ---- issuing

struct Warning {
    category: Obj,
    message: Obj,
    filename: Obj,
    lineno: i64,
    module: Obj,
    registry: Option<Obj>,
    source: Option<Obj>,
}

/// Whether a warning of this action is to be shown; marks registries.
fn to_be_shown(
    th: &Thread,
    action: &str,
    key: Value,
    text: Value,
    warning: &Warning,
    action_object: &(Obj, Obj),
) -> PyResult<bool> {
    if matches!(action, "always" | "all") {
        return Ok(true);
    }
    let registry = warning.registry.as_ref().and_then(|registry| registry.cast::<Dict>());
    if let Some(registry) = registry {
        registry.set(th, key, statics::bool_value(true))?;
    }
    let short = th.tuple(&[text, warning.category.value()])?;
    match action {
        "once" => {
            let once = match registry {
                Some(registry) => return already_warned(th, registry, short.value(), true).map(|seen| !seen),
                None => attribute(th, "onceregistry", false)?.unwrap_or_else(|| kept(&state(th).once)),
            };
            let Some(once) = once.cast::<Dict>() else {
                return err!(th, TYPE_ERROR, "_warnings.onceregistry must be a dict, not '{}'", once.ty().name());
            };
            already_warned(th, once, short.value(), true).map(|seen| !seen)
        }
        "module" => match registry {
            Some(registry) => already_warned(th, registry, short.value(), true).map(|seen| !seen),
            None => Ok(true),
        },
        "default" => Ok(true),
        _ => {
            let (action, item) = action_object;
            let (action, item) = (object::repr_text(th, action.value())?, object::repr_text(th, item.value())?);
            err!(th, RUNTIME_ERROR, "Unrecognized action ({action}) in warnings.filters:\n {item}")
        }
    }
}

fn issue(th: &Thread, mut warning: Warning) -> PyResult<()> {
    prepare(th)?;
    let text = if warning.message.is_instance(&statics::WARNING) {
        warning.category = warning.message.ty().value().own();
        object::str(th, warning.message.value())?
    } else {
        let text = warning.message.clone();
        warning.message = call::call1(th, warning.category.value(), text.value())?;
        text
    };
    let lineno = th.int(warning.lineno)?;
    let key = th.tuple(&[text.value(), warning.category.value(), lineno.value()])?;
    if let Some(registry) = &warning.registry
        && let Some(registry) = registry.cast::<Dict>()
        && already_warned(th, registry, key.value(), false)?
    {
        return Ok(());
    }
    let found = action(th, warning.category.value(), text.value(), warning.lineno, warning.module.value())?;
    let name = to_rust_string(found.0.value());
    match name.as_str() {
        "error" => return Err(th.raise_instance(warning.message)),
        "ignore" => return Ok(()),
        _ => {}
    }
    if to_be_shown(th, &name, key.value(), text.value(), &warning, &found)? {
        show(th, &warning, text.value(), lineno.value())?;
    }
    Ok(())
}

/// Through `warnings._showwarnmsg`, or straight to the error stream before there is such a function.
fn show(th: &Thread, warning: &Warning, text: Value, lineno: Value) -> PyResult<()> {
    let Some(function) = attribute(th, "_showwarnmsg", warning.source.is_some())? else {
        let (file, text) = (to_rust_string(warning.filename.value()), object::to_text(th, text)?);
        let category = object::get_attr_str(th, warning.category.value(), "__name__")?;
        eprintln!("{file}:{}: {}: {text}", warning.lineno, to_rust_string(category.value()));
        return Ok(());
    };
    if !call::is_callable(function.value()) {
        return err!(th, TYPE_ERROR, "warnings._showwarnmsg() must be set to a callable");
    }
    let Some(class) = attribute(th, "WarningMessage", false)? else {
        return err!(th, RUNTIME_ERROR, "unable to get warnings.WarningMessage");
    };
    let none = statics::none();
    let source = warning.source.as_ref().map_or(none, Obj::value);
    let args =
        [warning.message.value(), warning.category.value(), warning.filename.value(), lineno, none, none, source];
    let message = call::call_values(th, class.value(), &args)?;
    call::call1(th, function.value(), message.value())?;
    Ok(())
}

// ---- where a warning comes from

fn frame_file(th: &Thread, frame: Value) -> PyResult<String> {
    let code = object::get_attr_str(th, frame, "f_code")?;
    let file = object::get_attr_str(th, code.value(), "co_filename")?;
    Ok(to_rust_string(file.value()))
}

fn is_internal(file: &str) -> bool {
    file.contains("importlib") && file.contains("_bootstrap")
}

fn is_skipped(file: &str, prefixes: &[String]) -> bool {
    prefixes.iter().any(|prefix| file.starts_with(prefix))
}

fn back(th: &Thread, frame: &Obj) -> PyResult<Option<Obj>> {
    Ok(Some(object::get_attr_str(th, frame.value(), "f_back")?).filter(|back| !back.is_none()))
}

/// The next frame outwards that is neither the import system's nor in a skipped file.
fn next_external(th: &Thread, frame: Obj, prefixes: &[String]) -> PyResult<Option<Obj>> {
    let mut at = back(th, &frame)?;
    while let Some(frame) = &at {
        let file = frame_file(th, frame.value())?;
        if !is_internal(&file) && !is_skipped(&file, prefixes) {
            break;
        }
        at = back(th, frame)?;
    }
    Ok(at)
}

/// The frame a stack level stands for.
fn frame_at(th: &Thread, level: i64, prefixes: &[String]) -> PyResult<Option<Obj>> {
    let top = frame::current(th);
    if top.is_null() {
        return Ok(None);
    }
    let mut at = Some(frame::object_for(th, top)?);
    let internal = match &at {
        Some(frame) => is_internal(&frame_file(th, frame.value())?),
        None => false,
    };
    let mut level = level;
    while level > 1 {
        let Some(frame) = at else { break };
        at = if internal { back(th, &frame)? } else { next_external(th, frame, prefixes)? };
        level -= 1;
    }
    Ok(at)
}

/// The `__warningregistry__` of a namespace.
fn registry_of(th: &Thread, globals: &Dict) -> PyResult {
    if let Some(registry) = globals.get_rust(th, "__warningregistry__")? {
        return Ok(registry);
    }
    let registry = Dict::new(th)?;
    globals.set_rust(th, "__warningregistry__", registry.value())?;
    Ok(registry)
}

fn category_of(th: &Thread, message: Value, category: Option<Value>) -> PyResult {
    if message.is_instance(&statics::WARNING) {
        return Ok(message.ty().value().own());
    }
    let category = category.filter(|category| !category.is_none()).unwrap_or(statics::USER_WARNING.value());
    match category.cast::<Type>() {
        Some(ty) if ty.is_subtype_of(&statics::WARNING) => Ok(category.own()),
        _ => err!(th, TYPE_ERROR, "category must be a Warning subclass, not '{}'", category.ty().name()),
    }
}

/// `warnings.warn`.
fn warn(
    th: &Thread,
    message: Value,
    category: Obj,
    level: i64,
    source: Option<Value>,
    prefixes: &[String],
) -> PyResult<()> {
    let frame = frame_at(th, level, prefixes)?;
    let (globals, filename, lineno) = match &frame {
        Some(frame) => {
            let code = object::get_attr_str(th, frame.value(), "f_code")?;
            let file = object::get_attr_str(th, code.value(), "co_filename")?;
            let line = object::get_attr_str(th, frame.value(), "f_lineno")?;
            let globals = object::get_attr_str(th, frame.value(), "f_globals")?;
            (globals, file, line.as_small_int().unwrap_or(0))
        }
        None => (th.interp.sys_dict.get().unwrap_or_else(Obj::none), th.str("<sys>")?, 0),
    };
    let Some(namespace) = globals.cast::<Dict>() else { return err!(th, SYSTEM_ERROR, "no namespace for a warning") };
    let registry = registry_of(th, namespace)?;
    let module = match namespace.get_rust(th, "__name__")? {
        Some(name) if name.is_none() || name.cast::<Str>().is_some() => name,
        _ => th.str("<string>")?,
    };
    if registry.cast::<Dict>().is_none() && !registry.is_none() {
        return err!(th, TYPE_ERROR, "'registry' must be a dict or None");
    }
    issue(
        th,
        Warning {
            category,
            message: message.own(),
            filename,
            lineno,
            module,
            registry: Some(registry),
            source: source.filter(|source| !source.is_none()).map(ValueExt::own),
        },
    )
}

/// The module name that `warn_explicit` makes of a file's.
fn module_of_file(th: &Thread, filename: Value) -> PyResult {
    let text = to_rust_string(filename);
    if text.is_empty() {
        return th.str("<unknown>");
    }
    th.str(text.strip_suffix(".py").unwrap_or(&text))
}

fn check_locked(th: &Thread) -> PyResult<()> {
    let state = state(th);
    if state.lock_depth.get() == 0 || state.lock_owner.get() != th.ident {
        return err!(th, RUNTIME_ERROR, "warnings mutex is not held");
    }
    Ok(())
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Issues a warning, or ignores it, or raises it: as the filters say.
    #[function("warn(message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=())")]
    fn warn(
        th: &Thread,
        message: Value,
        category: Option<Value>,
        stacklevel: Option<i64>,
        source: Option<Value>,
        skip_file_prefixes: Option<Value>,
    ) -> PyResult<()> {
        let mut level = stacklevel.unwrap_or(1);
        let mut prefixes = Vec::new();
        if let Some(given) = skip_file_prefixes {
            let Some(tuple) = given.cast::<Tuple>() else {
                let got = given.ty().name();
                return err!(th, TYPE_ERROR, "warn() argument 'skip_file_prefixes' must be tuple, not {got}");
            };
            for prefix in tuple.as_slice() {
                if prefix.cast::<Str>().is_none() {
                    let shown = object::repr_text(th, *prefix)?;
                    return err!(th, TYPE_ERROR, "Found non-str '{shown}' in skip_file_prefixes.");
                }
                prefixes.push(to_rust_string(*prefix));
            }
            if !prefixes.is_empty() {
                level = level.max(2);
            }
        }
        let category = category_of(th, message, category)?;
        super::warn(th, message, category, level, source, &prefixes)
    }

    /// Issues a warning that is said to come from a given place.
    #[function(
        "warn_explicit(message, category, filename, lineno, module=None, registry=None, module_globals=None, source=None)"
    )]
    fn warn_explicit(
        th: &Thread,
        message: Value,
        category: Value,
        filename: &Str,
        lineno: i32,
        module: Option<Value>,
        registry: Option<Value>,
        module_globals: Option<Value>,
        source: Option<Value>,
    ) -> PyResult<()> {
        let category = category_of(th, message, Some(category))?;
        if let Some(globals) = module_globals.filter(|g| !g.is_none())
            && globals.cast::<Dict>().is_none()
        {
            return err!(th, TYPE_ERROR, "module_globals must be a dict, not '{}'", globals.ty().name());
        }
        let registry = registry.filter(|r| !r.is_none());
        if registry.is_some_and(|r| r.cast::<Dict>().is_none()) {
            return err!(th, TYPE_ERROR, "'registry' must be a dict or None");
        }
        let module = match module.filter(|m| !m.is_none()) {
            Some(module) => module.own(),
            None => module_of_file(th, filename.value())?,
        };
        issue(
            th,
            Warning {
                category,
                message: message.own(),
                filename: filename.value().own(),
                lineno: lineno.into(),
                module,
                registry: registry.map(ValueExt::own),
                source: source.filter(|s| !s.is_none()).map(ValueExt::own),
            },
        )
    }

    /// The filters have changed (the lock is held): registries are void.
    #[function("_filters_mutated_lock_held()")]
    fn filters_mutated(th: &Thread) -> PyResult<()> {
        check_locked(th)?;
        let version = &state(th).version;
        version.set(version.get() + 1);
        Ok(())
    }
    /// Takes the lock; the thread that has it may take it again.
    #[function("_acquire_lock()")]
    fn acquire_lock(th: &Thread) {
        let state = state(th);
        while state.lock_depth.get() != 0 && state.lock_owner.get() != th.ident {
            th.allow_threads(|| std::thread::sleep(std::time::Duration::from_micros(50)));
        }
        state.lock_owner.set(th.ident);
        state.lock_depth.set(state.lock_depth.get() + 1);
    }
    /// Gives the lock away.
    #[function("_release_lock()")]
    fn release_lock(th: &Thread) -> PyResult<()> {
        let state = state(th);
        if state.lock_depth.get() == 0 || state.lock_owner.get() != th.ident {
            return err!(th, RUNTIME_ERROR, "cannot release un-acquired lock");
        }
        state.lock_depth.set(state.lock_depth.get() - 1);
        Ok(())
    }
}

/// Makes `_warnings`.
///
/// # Errors
/// MemoryError.
pub fn init_warnings(th: &Thread) -> PyResult {
    prepare(th)?;
    let state = state(th);
    let m = module::new(th, "_warnings", "The core of the warnings module.", functions::METHODS)?;
    module::add(th, m.value(), "filters", kept(&state.filters).value())?;
    module::add(th, m.value(), "_onceregistry", kept(&state.once).value())?;
    module::add(th, m.value(), "_defaultaction", th.intern("default")?.value())?;
    module::add(th, m.value(), "_warnings_context", kept(&state.context).value())?;
    Ok(m)
}

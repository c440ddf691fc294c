//! Messages of failed imports, and tracebacks without importlib's own frames.

use crate::prelude::*;
use crate::types::exceptions;
use crate::types::str::{Str, to_rust_string};
use crate::types::traceback::Traceback;

/// `ImportError(message)`.
#[cold]
pub(super) fn import_error(th: &Thread, message: &str) -> Raised {
    th.raise(&statics::IMPORT_ERROR, message)
}

fn attribute_or_none(th: &Thread, v: Value, name: &str) -> PyResult<Option<Obj>> {
    let name = th.intern(name)?;
    object::lookup_attr(th, v, name.value())
}

/// Whether a spec says that its module is being initialised.
///
/// # Errors
/// Whatever a foreign spec raises.
pub fn is_initializing(th: &Thread, spec: Value) -> PyResult<bool> {
    if spec.is_none() {
        return Ok(false);
    }
    match attribute_or_none(th, spec, "_initializing")? {
        Some(flag) => object::is_true(th, flag.value()),
        None => Ok(false),
    }
}

/// Whether a submodule of that name is being imported right now.
///
/// # Errors
/// Whatever a foreign spec raises.
pub fn is_uninitialized_submodule(th: &Thread, spec: Value, name: &str) -> PyResult<bool> {
    if spec.is_none() {
        return Ok(false);
    }
    match attribute_or_none(th, spec, "_uninitialized_submodules")? {
        Some(list) => {
            let name = th.str(name)?;
            sequence::contains(th, list.value(), name.value())
        }
        None => Ok(false),
    }
}

/// The file a spec names, if it has a location.
///
/// # Errors
/// Whatever a foreign spec raises.
pub fn origin_of(th: &Thread, spec: Value) -> PyResult<Option<String>> {
    let Some(has_location) = attribute_or_none(th, spec, "has_location")? else { return Ok(None) };
    if !object::is_true(th, has_location.value())? {
        return Ok(None);
    }
    let origin = attribute_or_none(th, spec, "origin")?;
    Ok(origin.filter(|v| v.cast::<Str>().is_some()).map(|v| to_rust_string(v.value())))
}

/// What start-up put in front of `sys.path`: the script's folder.
#[derive(Default)]
struct FirstPath(super::ObjCell2);

/// Notes what start-up put in front of `sys.path`, a str.
pub fn set_first_path(th: &Thread, folder: Value) {
    th.interp.state::<FirstPath>().0.0.set(Some(folder.own()));
}

/// Whether a file lies where the script lies, and so may hide a library module.
///
/// # Errors
/// MemoryError.
pub fn shadows_anything(th: &Thread, origin: &str) -> PyResult<bool> {
    if th.interp.config.safe_path || th.interp.config.isolated {
        return Ok(false);
    }
    let Some(first) = th.interp.state::<FirstPath>().0.0.get() else { return Ok(false) };
    let mut first = to_rust_string(first.value());
    if first.is_empty() {
        match std::env::current_dir() {
            Ok(dir) => first = dir.to_string_lossy().into_owned(),
            Err(_) => return Ok(false),
        }
    }
    let Some((mut folder, file)) = origin.rsplit_once('/') else { return Ok(false) };
    if file == "__init__.py" {
        match folder.rsplit_once('/') {
            Some((outer, _)) => folder = outer,
            None => return Ok(false),
        }
    }
    Ok(folder == first)
}

/// Whether the module's file hides a module of the standard library of the same name.
///
/// # Errors
/// MemoryError.
pub fn shadows_library(th: &Thread, origin: &str, module: &str) -> PyResult<bool> {
    if !shadows_anything(th, origin)? {
        return Ok(false);
    }
    let Some(names) = crate::sys::get_object(th, "stdlib_module_names")? else { return Ok(false) };
    let name = th.str(module)?;
    if !names.is_instance(&statics::FROZENSET_TYPE) && !names.is_instance(&statics::SET_TYPE) {
        return Ok(false);
    }
    sequence::contains(th, names.value(), name.value())
}

/// The ImportError of `from module import name`.
#[cold]
pub(super) fn cannot_import(th: &Thread, module: Value, package: Option<Obj>, name: Value) -> Raised {
    match cannot_import_message(th, module, &package, name) {
        Ok((message, origin)) => {
            let package = package.as_ref().map(|p| p.value());
            let origin = origin.as_ref().map(|o| o.value());
            exceptions::import_error(th, &statics::IMPORT_ERROR, message.value(), package, origin, Some(name))
        }
        Err(raised) => raised,
    }
}

fn cannot_import_message(
    th: &Thread,
    module: Value,
    package: &Option<Obj>,
    name: Value,
) -> PyResult<(Obj, Option<Obj>)> {
    let spec = attribute_or_none(th, module, "__spec__")?.filter(|v| !v.is_none());
    let mut origin = match &spec {
        Some(spec) => origin_of(th, spec.value())?,
        None => None,
    };
    if origin.is_none() {
        // Modules without a spec may still say where they come from.
        let file = attribute_or_none(th, module, "__file__")?;
        origin = file.filter(|v| v.cast::<Str>().is_some()).map(|v| to_rust_string(v.value()));
    }
    let package_text = package.as_ref().map_or_else(|| "<unknown module name>".into(), |p| to_rust_string(p.value()));
    let shown_name = object::repr_text(th, name)?;
    let quoted = |text: &str| -> PyResult<String> {
        let text = th.str(text)?;
        object::repr_text(th, text.value())
    };
    let from = quoted(&package_text)?;
    let message = match &origin {
        Some(file) if shadows_library(th, file, &package_text)? => format!(
            "cannot import name {shown_name} from {from} (consider renaming {file} since it has the same name as the \
             standard library module named {from} and prevents importing that standard library module)",
            file = quoted(file)?
        ),
        _ => {
            let initializing = match &spec {
                Some(spec) => is_initializing(th, spec.value())?,
                None => false,
            };
            match &origin {
                Some(file) if initializing && shadows_anything(th, file)? => format!(
                    "cannot import name {shown_name} from {from} (consider renaming {file} if it has the same name as \
                     a library you intended to import)",
                    file = quoted(file)?
                ),
                Some(file) if initializing => format!(
                    "cannot import name {shown_name} from partially initialized module {from} (most likely due to a \
                     circular import) ({file})"
                ),
                None if initializing => format!(
                    "cannot import name {shown_name} from partially initialized module {from} (most likely due to a \
                     circular import) (unknown location)"
                ),
                Some(file) => format!("cannot import name {shown_name} from {from} ({file})"),
                None => format!("cannot import name {shown_name} from {from} (unknown location)"),
            }
        }
    };
    let origin = origin.map(|file| th.str(&file)).transpose()?;
    Ok((th.str(&message)?, origin))
}

fn file_and_name(th: &Thread, frame: Option<Obj>) -> Option<(String, String)> {
    let code = crate::types::frame::code_of(frame?.value())?;
    let part = |name: &str| match object::get_attr_str(th, code.value(), name) {
        Ok(v) => to_rust_string(v.value()),
        Err(_) => {
            drop(th.take_exception());
            String::new()
        }
    };
    Some((part("co_filename"), part("co_name")))
}

/// Takes importlib's frames out of the traceback of the exception being raised: runs of them that end in
/// `_call_with_frames_removed`, or, for an ImportError, all runs.
pub(super) fn trim_importlib_frames(th: &Thread) {
    if th.interp.config.verbose > 0 {
        return;
    }
    let Some(exception) = th.take_exception() else { return };
    let always = exception.is_instance(&statics::IMPORT_ERROR);
    let mut entries: Vec<(Obj, bool)> = Vec::new();
    // Kept entries, and the beginning of the current run of importlib frames among them.
    let mut run_start: Option<usize> = None;
    let mut changed = false;
    let mut next = exceptions::traceback_of(exception.value());
    while let Some(entry) = next {
        let Some(traceback) = entry.cast::<Instance<Traceback>>() else { break };
        next = traceback.next.get();
        let (file, name) = file_and_name(th, traceback.frame.get()).unwrap_or_default();
        let ours = file == "<frozen importlib._bootstrap>" || file == "<frozen importlib._bootstrap_external>";
        if ours && run_start.is_none() {
            run_start = Some(entries.len());
        }
        entries.push((entry, ours));
        match run_start {
            Some(start) if ours && (always || name == "_call_with_frames_removed") => {
                entries.truncate(start);
                changed = true;
            }
            _ => {}
        }
        if !ours {
            run_start = None;
        }
    }
    if changed {
        let mut tail: Option<Obj> = None;
        for (entry, _) in entries.into_iter().rev() {
            if let Some(traceback) = entry.cast::<Instance<Traceback>>() {
                traceback.next.set(tail.take());
            }
            tail = Some(entry);
        }
        exceptions::set_traceback(exception.value(), tail);
    }
    th.restore_exception(Some(exception));
}

//! Objects that are written by name: classes and functions.

use super::save::Saver;
use crate::opcodes::*;
use crate::state::{raise, raise_from_current};
use whipsnake_runtime::import;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::bytes::Bytes;
use whipsnake_runtime::types::codecs;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::str::{Str, to_cow};
use whipsnake_runtime::types::tuple::Tuple;

/// Follows a path of attributes.
fn follow(th: &Thread, from: Value, path: &[Obj]) -> PyResult {
    let mut at = from.own();
    for name in path {
        at = object::get_attr(th, at.value(), name.value())?;
    }
    Ok(at)
}

/// The parts of a qualified name.
fn split(th: &Thread, name: Value) -> PyResult<Vec<Obj>> {
    let text = to_cow(name);
    if !text.contains('.') {
        return Ok(vec![name.own()]);
    }
    text.split('.').map(|part| th.intern(part)).collect()
}

impl Saver<'_> {
    /// A class, three of which have no name.
    pub fn class(&mut self, v: Value) -> PyResult<()> {
        let th = self.th;
        for single in [statics::none(), statics::not_implemented(), statics::ellipsis()] {
            if v.same(single.ty().value()) {
                let args = th.tuple(&[single])?;
                let reduced = th.tuple(&[statics::TYPE_TYPE.value(), args.value()])?;
                return self.reduced(reduced.value(), v);
            }
        }
        self.global(v, None)
    }
    /// Writes an object as the name (its own if none is given) of something in a module.
    pub fn global(&mut self, v: Value, name: Option<Value>) -> PyResult<()> {
        let th = self.th;
        let name = match name {
            Some(name) => name.own(),
            None => match object::lookup_attr_str(th, v, "__qualname__")? {
                Some(name) => name,
                None => object::get_attr_str(th, v, "__name__")?,
            },
        };
        if name.cast::<Str>().is_none() {
            return err!(th, TYPE_ERROR, "must be str, not {}", number::full_name(name.value()));
        }
        let path = split(th, name.value())?;
        let module = self.module_of(v, name.value(), &path)?;
        if self.proto >= 2 && self.extension(module.value(), name.value())? {
            return Ok(());
        }
        if self.proto >= 4 {
            self.save(module.value())?;
            self.save(name.value())?;
            self.out.byte(STACK_GLOBAL);
        } else {
            let getattr = &self.tables.getattr;
            for _ in 1..path.len() {
                self.save(getattr.value())?;
                if self.proto < 2 {
                    self.out.byte(MARK);
                }
            }
            self.top_level(module.value(), path[0].value())?;
            for part in &path[1..] {
                self.save(part.value())?;
                self.out.byte(if self.proto < 2 { TUPLE } else { TUPLE2 });
                self.out.byte(REDUCE);
            }
        }
        self.put(v)
    }
    /// The name of the module that has the object under that name.
    fn module_of(&self, v: Value, name: Value, path: &[Obj]) -> PyResult {
        let th = self.th;
        let own = object::lookup_attr_str(th, v, "__module__")?;
        if path.iter().any(|part| part.cast::<Str>().is_some_and(|part| part.is_text("<locals>"))) {
            let shown = object::repr_text(th, v)?;
            return Err(self.raise(&format!("Can't pickle local object {shown}")));
        }
        let module = match own.filter(|own| !own.is_none()) {
            Some(own) => own,
            None => match self.search_modules(v, path)? {
                Some(found) => return Ok(found),
                None => th.intern("__main__")?,
            },
        };
        let class = &self.tables.pickling_error;
        let imported = match self.import(module.value()) {
            Ok(imported) => imported,
            Err(raised) => {
                let expected = [&statics::IMPORT_ERROR, &statics::VALUE_ERROR, &statics::KEY_ERROR];
                if !expected.iter().any(|class| th.exception_matches(class)) {
                    return Err(raised);
                }
                let Some(error) = th.take_exception() else { return Err(raised) };
                let text = object::to_text(th, error.value())
                    .and_then(|text| Ok(format!("Can't pickle {}: {text}", object::repr_text(th, v)?)))?;
                th.restore_exception(Some(error));
                return Err(raise_from_current(th, class, &text));
            }
        };
        let found = follow(th, imported.value(), path);
        let place = || -> PyResult<String> {
            let module = object::to_text(th, module.value())?;
            Ok(format!("{module}.{}", to_cow(name)))
        };
        match found {
            Ok(found) if found.value().is(v) => Ok(module),
            Ok(_) => {
                let text =
                    format!("Can't pickle {}: it's not the same object as {}", object::repr_text(th, v)?, place()?);
                Err(raise(th, class, &text))
            }
            Err(raised) => {
                if !th.exception_matches(&statics::ATTRIBUTE_ERROR) {
                    return Err(raised);
                }
                let error = th.take_exception();
                let text = format!("Can't pickle {}: it's not found as {}", object::repr_text(th, v)?, place()?);
                th.restore_exception(error);
                Err(raise_from_current(th, class, &text))
            }
        }
    }
    fn import(&self, module: Value) -> PyResult {
        import::import_object(self.th, module)
    }
    /// The name of the first module that has the object, for objects that do not know.
    fn search_modules(&self, v: Value, path: &[Obj]) -> PyResult<Option<Obj>> {
        let th = self.th;
        let modules = import::modules(th)?;
        let entries = match modules.exact::<Dict>() {
            // Looking for an attribute may import more modules.
            Some(modules) => modules.entries().into_iter().map(|(name, module, _)| (name, module)).collect(),
            None => {
                let mut entries = Vec::new();
                for name in iter::to_vec(th, modules.value())? {
                    let module = object::get_item(th, modules.value(), name.value())?;
                    entries.push((name, module));
                }
                entries
            }
        };
        for (name, module) in entries {
            let is_main =
                name.cast::<Str>().is_some_and(|name| name.is_text("__main__") || name.is_text("__mp_main__"));
            if is_main || module.is_none() {
                continue;
            }
            let found = follow(th, module.value(), path);
            if th.catch(found, &statics::ATTRIBUTE_ERROR)?.is_some_and(|found| found.value().is(v)) {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }
    /// Writes the code that is registered for a name; false when there is none.
    fn extension(&mut self, module: Value, name: Value) -> PyResult<bool> {
        let th = self.th;
        let Some(registry) = self.tables.extension_registry.cast::<Dict>() else { return Ok(false) };
        if registry.is_empty() {
            return Ok(false);
        }
        let key = th.tuple(&[module, name])?;
        let Some(code) = registry.get(th, key.value())? else { return Ok(false) };
        let code = number::as_i64(th, code.value())?;
        if !(1..=0x7FFF_FFFF).contains(&code) {
            return err!(th, RUNTIME_ERROR, "extension code {code} is out of range");
        }
        let [a, b, c, d] = (code as u32).to_le_bytes();
        match code {
            ..=0xFF => self.out.put([EXT1, a]),
            ..=0xFFFF => self.out.put([EXT2, a, b]),
            _ => self.out.put([EXT4, a, b, c, d]),
        }
        Ok(true)
    }
    /// Writes the name of a module and of something in it, as lines.
    fn top_level(&mut self, module: Value, name: Value) -> PyResult<()> {
        let th = self.th;
        let (mut module, mut name) = (module.own(), name.own());
        if self.core.fix_imports.get() && self.proto < 3 {
            (module, name) = self.old_names(module, name)?;
        }
        self.out.byte(GLOBAL);
        for (what, text) in [("module", &module), ("global", &name)] {
            let Some(identifier) = text.cast::<Str>() else { continue };
            let encoding = if self.proto >= 3 { "utf-8" } else { "ascii" };
            let encoded = match codecs::encode(th, identifier, encoding, "strict") {
                Ok(encoded) => encoded,
                Err(raised) => {
                    if !th.exception_matches(&statics::UNICODE_ENCODE_ERROR) {
                        return Err(raised);
                    }
                    let error = th.take_exception();
                    let (shown, proto) = (object::repr_text(th, text.value())?, self.proto);
                    th.restore_exception(error);
                    let text = format!("can't pickle {what} identifier {shown} using pickle protocol {proto}");
                    return Err(raise_from_current(th, &self.tables.pickling_error, &text));
                }
            };
            self.out.both(encoded.cast::<Bytes>().map_or(&[][..], Bytes::as_slice), b"\n");
        }
        Ok(())
    }
    /// What Python 2 calls something.
    fn old_names(&self, module: Obj, name: Obj) -> PyResult<(Obj, Obj)> {
        let (th, tables) = (self.th, self.tables);
        let key = th.tuple(&[module.value(), name.value()])?;
        let names = tables.reverse_name_mapping.cast::<Dict>().map_or(Ok(None), |table| table.get(th, key.value()))?;
        let wrong = |what: &str| th.runtime_error(what);
        if let Some(pair) = names {
            let Some(&[module, name]) = pair.cast::<Tuple>().map(Tuple::as_slice) else {
                let got = pair.ty().name();
                return Err(wrong(&format!(
                    "_compat_pickle.REVERSE_NAME_MAPPING values should be 2-tuples, not {got}"
                )));
            };
            if module.cast::<Str>().is_none() || name.cast::<Str>().is_none() {
                let (a, b) = (module.ty().name(), name.ty().name());
                let text = "_compat_pickle.REVERSE_NAME_MAPPING values should be pairs of str, not";
                return Err(wrong(&format!("{text} ({a}, {b})")));
            }
            return Ok((module.own(), name.own()));
        }
        let renamed =
            tables.reverse_import_mapping.cast::<Dict>().map_or(Ok(None), |table| table.get(th, module.value()))?;
        match renamed {
            Some(renamed) if renamed.cast::<Str>().is_some() => Ok((renamed, name)),
            Some(renamed) => {
                let got = renamed.ty().name();
                let text = "_compat_pickle.REVERSE_IMPORT_MAPPING values should be strings, not";
                Err(wrong(&format!("{text} {got}")))
            }
            None => Ok((module, name)),
        }
    }
}

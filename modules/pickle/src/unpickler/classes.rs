//! Objects by name, and the instances that are made of classes.

use super::Core;
use super::load::Loader;
use crate::state::{raise_from_current, tables};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::instance;
use whipsnake_runtime::types::str::{self, Str, to_cow};
use whipsnake_runtime::types::tuple::{self, Tuple};
use whipsnake_runtime::{import, sys};

/// `Unpickler.find_class`.
///
/// # Errors
/// ImportError, AttributeError, and whatever the module raises.
pub fn find_class(th: &Thread, core: &Core, module: Value, name: Value) -> PyResult {
    if sys::has_audit_hooks(th) {
        sys::audit(th, "pickle.find_class", &[module, name])?;
    }
    let (mut module, mut name) = (module.own(), name.own());
    let proto = core.proto.get();
    if proto < 3 && core.fix_imports.get() {
        (module, name) = new_names(th, module, name)?;
    }
    if module.cast::<Str>().is_none() {
        return err!(th, TYPE_ERROR, "module name must be a string");
    }
    let imported = import::import_object(th, module.value())?;
    let is_path = proto >= 4 && name.cast::<Str>().is_some_and(|name| to_cow(name.value()).contains('.'));
    if !is_path {
        let name = str::intern(th, name);
        return object::get_attr(th, imported.value(), name.value());
    }
    let mut at = imported.clone();
    for part in to_cow(name.value()).split('.') {
        match object::get_attr_str(th, at.value(), part) {
            Ok(next) => at = next,
            Err(raised) => {
                if !th.exception_matches(&statics::ATTRIBUTE_ERROR) {
                    return Err(raised);
                }
                let error = th.take_exception();
                let path = object::repr_text(th, name.value())?;
                let module = object::repr_text(th, module.value())?;
                th.restore_exception(error);
                let class = statics::ATTRIBUTE_ERROR.value().own();
                return Err(raise_from_current(th, &class, &format!("Can't resolve path {path} on module {module}")));
            }
        }
    }
    Ok(at)
}

/// What is called otherwise since Python 3.
fn new_names(th: &Thread, module: Obj, name: Obj) -> PyResult<(Obj, Obj)> {
    let tables = tables(th)?;
    let key = th.tuple(&[module.value(), name.value()])?;
    let names = tables.name_mapping.cast::<Dict>().map_or(Ok(None), |table| table.get(th, key.value()))?;
    if let Some(pair) = names {
        let Some(&[module, name]) = pair.cast::<Tuple>().map(Tuple::as_slice) else {
            let got = pair.ty().name();
            return err!(th, RUNTIME_ERROR, "_compat_pickle.NAME_MAPPING values should be 2-tuples, not {got}");
        };
        if module.cast::<Str>().is_none() || name.cast::<Str>().is_none() {
            let (a, b) = (module.ty().name(), name.ty().name());
            return err!(
                th,
                RUNTIME_ERROR,
                "_compat_pickle.NAME_MAPPING values should be pairs of str, not ({a}, {b})"
            );
        }
        return Ok((module.own(), name.own()));
    }
    let renamed = tables.import_mapping.cast::<Dict>().map_or(Ok(None), |table| table.get(th, module.value()))?;
    match renamed {
        Some(renamed) if renamed.cast::<Str>().is_some() => Ok((renamed, name)),
        Some(renamed) => {
            let got = renamed.ty().name();
            err!(th, RUNTIME_ERROR, "_compat_pickle.IMPORT_MAPPING values should be strings, not {got}")
        }
        None => Ok((module, name)),
    }
}

impl Loader<'_> {
    /// The object with a name, as the unpickler's `find_class` finds it.
    pub fn find(&self, module: Value, name: Value) -> PyResult {
        match &self.finder {
            Some(finder) => call::call2(self.th, finder.value(), module, name),
            None => find_class(self.th, self.core, module, name),
        }
    }
    /// An instance of an old-style class, or what calling `class` gives.
    pub fn instantiate(&self, class: Value, args: Value) -> PyResult {
        let th = self.th;
        let is_empty = args.cast::<Tuple>().is_some_and(Tuple::is_empty);
        if is_empty
            && class.is_instance(&statics::TYPE_TYPE)
            && object::lookup_attr_str(th, class, "__getinitargs__")?.is_none()
        {
            return call::call_method(th, class, "__new__", &[class]);
        }
        call::call_ex(th, class, args, None)
    }
    /// `NEWOBJ` and `NEWOBJ_EX`: `class.__new__(class, *args, **keywords)`.
    pub fn new_object(&mut self, opcode: &str, with_keywords: bool) -> PyResult<()> {
        let th = self.th;
        let keywords = if with_keywords { Some(self.pop()?) } else { None };
        let args = self.pop()?;
        let class = self.pop()?;
        let Some(ty) = class.cast::<Type>() else {
            let got = class.ty().name();
            return Err(self.raise(&format!("{opcode} class argument must be a type, not {got}")));
        };
        let Some(new) = ty.slots().new else {
            let name = ty.name();
            return Err(self.raise(&format!("{opcode} class argument '{name}' doesn't have __new__")));
        };
        let Some(positional) = args.cast::<Tuple>() else {
            let got = args.ty().name();
            return Err(self.raise(&format!("{opcode} args argument must be a tuple, not {got}")));
        };
        let made = match keywords {
            None => new(th, ty, Args::from_values(positional.as_slice()))?,
            Some(keywords) => {
                if keywords.cast::<Dict>().is_none() {
                    let got = keywords.ty().name();
                    return Err(self.raise(&format!("{opcode} kwargs argument must be a dict, not {got}")));
                }
                let spread = call::spread(th, args.value(), Some(keywords.value()))?;
                new(th, ty, spread.args())?
            }
        };
        self.stack.push(made);
        Ok(())
    }
    /// `BUILD`: gives the instance on the stack its state.
    pub fn build(&mut self) -> PyResult<()> {
        let th = self.th;
        let state = self.pop()?;
        let Some(object) = self.top()? else { return Err(self.underflow()) };
        if let Some(setter) = object::lookup_attr_str(th, object.value(), "__setstate__")? {
            return call::call1(th, setter.value(), state.value()).map(drop);
        }
        let (state, slots) = match state.cast::<Tuple>().map(Tuple::as_slice) {
            Some(&[state, slots]) => (state.own(), Some(slots.own())),
            _ => (state, None),
        };
        if !state.is_none() {
            let Some(attributes) = state.cast::<Dict>() else { return Err(self.raise("state is not a dictionary")) };
            self.set_attributes(object.value(), attributes)?;
        }
        if let Some(slots) = slots {
            let Some(slots) = slots.cast::<Dict>() else { return Err(self.raise("slot state is not a dictionary")) };
            let mut position = 0;
            while let Some((name, value, _)) = slots.entry_at(&mut position) {
                let (name, value) = (name.own(), value.own());
                object::set_attr(th, object.value(), name.value(), value.value())?;
            }
        }
        Ok(())
    }
    fn set_attributes(&self, object: Value, attributes: &Dict) -> PyResult<()> {
        let th = self.th;
        let has_own_attributes = self.has_plain_dict(object)?;
        let mut target = None;
        let mut position = 0;
        // An empty state still asks for the dict.
        if !has_own_attributes {
            target = Some(object::get_attr_str(th, object, "__dict__")?);
        }
        while let Some((name, value, _)) = attributes.entry_at(&mut position) {
            let (name, value) = (str::intern(th, name.own()), value.own());
            match &target {
                None if name.is_exact(&statics::STR_TYPE) => instance::set(th, object, name.value(), value.value())?,
                None => {
                    let dict = object::get_attr_str(th, object, "__dict__")?;
                    object::set_item(th, dict.value(), name.value(), value.value())?;
                }
                Some(dict) => object::set_item(th, dict.value(), name.value(), value.value())?,
            }
        }
        Ok(())
    }
    /// Whether the object's `__dict__` is just where its attributes are.
    fn has_plain_dict(&self, object: Value) -> PyResult<bool> {
        let ty = object.ty();
        if !object.is_pointer() || !ty.plain_instances.get() {
            return Ok(false);
        }
        let th = self.th;
        let version = ty.version(th);
        if version != 0 && self.plain_version.get() == version {
            return Ok(true);
        }
        let name = th.intern("__dict__")?;
        // A descriptor of a class, made with it, and not something that took its place.
        let generic = ty.lookup(th, name.value()).is_some_and(|found| found.is_exact(&statics::GETSET_DESCRIPTOR_TYPE))
            && ty.slots().getattro.is_some_and(|get| {
                std::ptr::fn_addr_eq(get, object::generic_get_attr as whipsnake_runtime::typeobj::GetAttrFn)
            });
        if generic {
            self.plain_version.set(version);
        }
        Ok(generic)
    }
    /// The empty tuple.
    pub fn empty_tuple() -> Obj {
        tuple::empty().own()
    }
}

//! `_local`: an object whose attributes are each thread's own.
//!
//! The payload keeps one dict per thread. Before an attribute is looked up, the running thread's dict is put where the
//! generic lookup expects an instance's dict; nothing runs in between that could switch threads.

use std::cell::RefCell;
use std::collections::HashMap;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::str::Str;

#[repr(C)]
pub struct Local {
    /// The dict of the thread that used the object last.
    current: ObjCell,
    dicts: RefCell<HashMap<u64, Obj>>,
    args: Vec<Obj>,
    keywords: Vec<(Obj, Obj)>,
}

/// All living objects, so that a thread that ends can take its dicts along.
#[derive(Default)]
struct Registry {
    objects: RefCell<Vec<*const Local>>,
}

impl Payload for Local {
    #[inline(always)]
    fn ty() -> &'static Type {
        &LOCAL_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.current);
        for dict in self.dicts.borrow().values() {
            visitor.obj(dict);
        }
        for arg in &self.args {
            visitor.obj(arg);
        }
        for (name, value) in &self.keywords {
            visitor.obj(name);
            visitor.obj(value);
        }
    }
    fn clear(&self) {
        self.current.set(None);
        let dicts = self.dicts.take();
        drop(dicts);
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        let registry = Thread::current().interp.state::<Registry>();
        registry.objects.borrow_mut().retain(|other| !std::ptr::eq(*other, self));
    }
}

/// Drops the dicts of a thread that ends.
pub fn forget_thread(th: &Thread) {
    let registry = th.interp.state::<Registry>();
    let mut dicts = Vec::new();
    for &local in registry.objects.borrow().iter() {
        // SAFETY: registered objects are alive, see `Drop`.
        let local = unsafe { &*local };
        dicts.extend(local.dicts.borrow_mut().remove(&th.ident));
        // The shortcut may hold the same dict.
        if let (Some(current), Some(last)) = (local.current.peek(), dicts.last())
            && current.same(last.value())
        {
            dicts.extend(local.current.take());
        }
    }
    drop(dicts);
}

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let plain_init = ty.slots().init.map(|f| f as usize) == statics::OBJECT_TYPE.slots().init.map(|f| f as usize);
    if plain_init && args.len() + args.keyword_count() != 0 {
        return err!(th, TYPE_ERROR, "Initialization arguments are not supported");
    }
    let payload = Local {
        current: ObjCell::EMPTY,
        dicts: RefCell::default(),
        args: args.values().map(ValueExt::own).collect(),
        keywords: args.keywords().map(|(name, value)| (name.own(), value.own())).collect(),
    };
    let object = Instance::create_as(th, ty, payload)?;
    // SAFETY: I4, made on the line above.
    let local: &Instance<Local> = unsafe { object.cast_unchecked() };
    th.interp.state::<Registry>().objects.borrow_mut().push(&local.payload);
    // `type.__call__` runs `__init__` for the thread that makes the object.
    let dict = Dict::new(th)?;
    local.dicts.borrow_mut().insert(th.ident, dict);
    Ok(object)
}

/// Puts the running thread's dict in place, making (and initialising) it if this is its first use here.
fn enter(th: &Thread, v: Value) -> PyResult<()> {
    // SAFETY: I4, the slots belong to this type.
    let local: &Instance<Local> = unsafe { v.cast_unchecked() };
    let known = local.dicts.borrow().get(&th.ident).cloned();
    if let Some(dict) = known {
        if !local.current.peek().is_some_and(|current| current.same(dict.value())) {
            local.current.set(Some(dict));
        }
        return Ok(());
    }
    let dict = Dict::new(th)?;
    local.dicts.borrow_mut().insert(th.ident, dict.clone());
    local.current.set(Some(dict));
    let ty = v.ty();
    let init = ty.slots().init;
    if init.map(|f| f as usize) != statics::OBJECT_TYPE.slots().init.map(|f| f as usize) {
        let method = object::get_attr_str(th, v, "__init__");
        let result = method.and_then(|method| {
            let args: Vec<Value> = local.args.iter().map(Obj::value).collect();
            let keywords: Vec<(Value, Value)> = local.keywords.iter().map(|(k, v)| (k.value(), v.value())).collect();
            call::call_keywords(th, method.value(), &args, &keywords)
        });
        if let Err(raised) = result {
            local.dicts.borrow_mut().remove(&th.ident);
            return Err(raised);
        }
        return enter(th, v);
    }
    Ok(())
}

fn getattro(th: &Thread, v: Value, name: Value) -> PyResult {
    enter(th, v)?;
    object::generic_get_attr(th, v, name)
}

fn setattro(th: &Thread, v: Value, name: Value, value: Option<Value>) -> PyResult<()> {
    enter(th, v)?;
    if name.cast::<Str>().is_some_and(|name| name.is_text("__dict__")) {
        let name = v.ty().name();
        return err!(th, ATTRIBUTE_ERROR, "'{name}' object attribute '__dict__' is read-only");
    }
    object::generic_set_attr(th, v, name, value)
}

#[pymethods]
mod methods {
    use super::*;
    /// The running thread's attributes.
    #[getter("__dict__")]
    fn dict(th: &Thread, this: Value) -> PyResult {
        enter(th, this)?;
        whipsnake_runtime::types::instance::get_dict(th, this)
    }
}

builtin_type! {
    /// `_thread._local`.
    pub static LOCAL_TYPE = TypeSpec {
        name: "_thread._local",
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        dictoffset: 16,
        doc: "Thread-local data.",
        slots: Slots {
            new: Some(construct),
            getattro: Some(getattro),
            setattro: Some(setattro),
            ..Instance::<Local>::SLOTS
        },
        getsets: methods::GETSETS,
        ..Instance::<Local>::SPEC
    }
}

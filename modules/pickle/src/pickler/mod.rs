//! `Pickler` and its memo.
//!
//! - `output`: frames and the file; `memo`: what has been written before
//! - `save`: one object; `containers`: lists, dicts and so on; `reduce`: objects that tell how they are rebuilt;
//!   `instances`: a short cut for plain instances; `global`: objects by name

mod containers;
mod global;
mod instances;
mod memo;
mod output;
mod reduce;
mod save;

use crate::opcodes::{DEFAULT_PROTOCOL, HIGHEST_PROTOCOL};
use crate::state::{self, Running};
use crate::this;
use memo::Memo;
use std::cell::{Cell, RefCell};
use std::mem::offset_of;
use whipsnake_runtime::args::Params;
use whipsnake_runtime::import;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::tuple::Tuple;

/// The settings and the memo of a pickler.
pub struct Core {
    /// 0 to 5.
    proto: Cell<i32>,
    /// Not protocol 0. An attribute, as is `fast`.
    bin: Cell<i32>,
    /// Objects are not remembered.
    fast: Cell<i32>,
    fix_imports: Cell<bool>,
    memo: RefCell<Memo>,
    /// The file's method; empty before `__init__`.
    write: ObjCell,
    buffer_callback: ObjCell,
    dispatch_table: ObjCell,
    /// `persistent_id` as set on the object.
    persistent_id: ObjCell,
    running: Cell<bool>,
}

impl Core {
    /// A pickler that knows no file and has written nothing.
    pub fn new() -> Core {
        Core {
            proto: Cell::new(0),
            bin: Cell::new(0),
            fast: Cell::new(0),
            fix_imports: Cell::new(false),
            memo: RefCell::default(),
            write: ObjCell::EMPTY,
            buffer_callback: ObjCell::EMPTY,
            dispatch_table: ObjCell::EMPTY,
            persistent_id: ObjCell::EMPTY,
            running: Cell::new(false),
        }
    }
    /// Settings from arguments.
    ///
    /// # Errors
    /// ValueError for an unknown protocol; TypeError for a file without `write`.
    pub fn configure(
        &self,
        th: &Thread,
        protocol: Value,
        fix_imports: bool,
        buffer_callback: Value,
        file: Option<Value>,
    ) -> PyResult<()> {
        let proto = if protocol.is_none() { i64::from(DEFAULT_PROTOCOL) } else { number::as_i64(th, protocol)? };
        let proto = match proto {
            ..0 => HIGHEST_PROTOCOL,
            proto if proto > i64::from(HIGHEST_PROTOCOL) => {
                return err!(th, VALUE_ERROR, "pickle protocol must be <= {HIGHEST_PROTOCOL}");
            }
            proto => proto as u8,
        };
        self.proto.set(proto.into());
        self.bin.set((proto > 0).into());
        self.fix_imports.set(fix_imports && proto < 3);
        if let Some(file) = file {
            let Some(write) = object::lookup_attr_str(th, file, "write")? else {
                return Err(th.type_error("file must have a 'write' attribute"));
            };
            self.write.set(Some(write));
        }
        if !buffer_callback.is_none() && proto < 5 {
            return Err(th.value_error("buffer_callback needs protocol >= 5"));
        }
        self.buffer_callback.set((!buffer_callback.is_none()).then(|| buffer_callback.own()));
        Ok(())
    }
}

/// Writes one pickle; hands out what has not gone to a file.
///
/// # Errors
/// Whatever makes an object impossible to pickle.
pub fn dump(th: &Thread, core: &Core, pickler: Option<Value>, object: Value) -> PyResult<Vec<u8>> {
    let mut saver = save::Saver::new(th, core, pickler)?;
    saver.dump(object)?;
    Ok(saver.finish())
}

/// `_pickle.Pickler`.
pub struct Pickler {
    core: Core,
}

impl Payload for Pickler {
    fn ty() -> &'static Type {
        &PICKLER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        let core = &self.core;
        for cell in [&core.write, &core.buffer_callback, &core.dispatch_table, &core.persistent_id] {
            visitor.cell(cell);
        }
        if let Ok(memo) = core.memo.try_borrow() {
            memo.traverse(visitor);
        }
    }
    fn clear(&self) {
        let core = &self.core;
        for cell in [&core.write, &core.buffer_callback, &core.dispatch_table, &core.persistent_id] {
            cell.set(None);
        }
        drop(core.memo.take());
    }
}

const fn member(name: &'static str, kind: MemberKind, offset: usize) -> MemberDef {
    MemberDef { name, doc: "", kind, offset: offset_of!(Instance<Pickler>, payload.core) + offset, readonly: false }
}

builtin_type! {
    /// `_pickle.Pickler`.
    pub static PICKLER_TYPE = TypeSpec {
        name: "_pickle.Pickler",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "Pickler(file, protocol=None, fix_imports=True, buffer_callback=None)\n--\n\n\
              Writes pickles to a file, whose write() takes bytes. Protocols are 0 to 5; the default is 5, a negative number stands for the \
              highest. With fix_imports and a protocol below 3 names of modules are those of Python 2. With a \
              buffer_callback (protocol 5) buffers for which it returns a false value are left out of the pickle.",
        slots: Slots {
            new: Some(construct),
            init: Some(initialise),
            getattro: Some(get_attribute),
            setattro: Some(set_attribute),
            ..Instance::<Pickler>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        members: &[
            member("bin", MemberKind::I32, offset_of!(Core, bin)),
            member("fast", MemberKind::I32, offset_of!(Core, fast)),
            member("dispatch_table", MemberKind::Object, offset_of!(Core, dispatch_table)),
        ],
        ..Instance::<Pickler>::SPEC
    }
}

fn construct(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    Instance::create_as(th, ty, Pickler { core: Core::new() })
}

fn initialise(th: &Thread, v: Value, args: Args) -> PyResult<()> {
    static PARAMS: Params = Params {
        function: "Pickler",
        names: &["file", "protocol", "fix_imports", "buffer_callback"],
        positional_only: 0,
        positional: 4,
        required: &[true, false, false, false],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None; 4];
    PARAMS.bind(th, args, &mut bound)?;
    let core = &this::<Pickler>(v).core;
    let fix_imports = bound[2].map_or(Ok(true), |v| object::is_true(th, v))?;
    let _running = Running::enter(th, &core.running, "Pickler")?;
    core.write.set(None);
    let none = statics::none();
    let file = bound[0].unwrap_or(none);
    core.configure(th, bound[1].unwrap_or(none), fix_imports, bound[3].unwrap_or(none), Some(file))?;
    core.fast.set(0);
    drop(core.memo.take());
    let name = th.intern("dispatch_table")?;
    core.dispatch_table.set(object::lookup_attr(th, v, name.value())?);
    Ok(())
}

fn get_attribute(th: &Thread, v: Value, name: Value) -> PyResult {
    crate::hook::get_attribute(th, v, name, &this::<Pickler>(v).core.persistent_id, "persistent_id")
}

fn set_attribute(th: &Thread, v: Value, name: Value, value: Option<Value>) -> PyResult<()> {
    crate::hook::set_attribute(th, v, name, value, &this::<Pickler>(v).core.persistent_id, "persistent_id")
}

#[pymethods]
mod methods {
    use super::*;

    /// What stands for an object outside of pickles; None for those that are pickled. To be overridden.
    #[method("persistent_id(obj, /)")]
    fn persistent_id(_: &Thread, _: Value, _: Value) {}
    /// Writes a pickle of the object to the file.
    #[method("dump(obj, /)")]
    fn dump(th: &Thread, v: Value, object: Value) -> PyResult<()> {
        let core = &this::<Pickler>(v).core;
        if core.write.is_empty() {
            let (tables, name) = (state::tables(th)?, v.ty().name());
            let text = format!("Pickler.__init__() was not called by {name}.__init__()");
            return Err(state::raise(th, &tables.pickling_error, &text));
        }
        let _running = Running::enter(th, &core.running, "Pickler")?;
        super::dump(th, core, Some(v), object).map(drop)
    }
    /// Forgets the objects that have been written.
    #[method("clear_memo()")]
    fn clear_memo(_: &Thread, v: Value) {
        drop(this::<Pickler>(v).core.memo.take());
    }
    /// Bytes of the object and its memo.
    #[method("__sizeof__()")]
    fn sizeof(_: &Thread, v: Value) -> usize {
        size_of::<Instance<Pickler>>() + this::<Pickler>(v).core.memo.borrow().bytes()
    }
    /// The objects that have been written.
    #[getter("memo")]
    fn memo(th: &Thread, v: Value) -> PyResult {
        Instance::create(th, MemoProxy(v.own()))
    }
    #[setter("memo")]
    fn set_memo(th: &Thread, v: Value, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else { return Err(th.type_error("attribute deletion is not supported")) };
        let entries = if let Some(proxy) = value.cast::<Instance<MemoProxy>>() {
            proxy.core().memo.borrow().entries().map(|(object, number)| (object.own(), number)).collect()
        } else if let Some(dict) = value.cast::<Dict>() {
            entries_of(th, dict)?
        } else {
            let got = value.ty().name();
            return err!(th, TYPE_ERROR, "'memo' attribute must be a PicklerMemoProxy object or dict, not {got}");
        };
        let memo = Memo::of(entries.into_iter());
        let old = this::<Pickler>(v).core.memo.replace(memo);
        drop(old);
        Ok(())
    }
}

/// The objects and numbers of a dict of pairs.
fn entries_of(th: &Thread, dict: &Dict) -> PyResult<Vec<(Obj, usize)>> {
    let mut entries = Vec::new();
    for (_, value, _) in dict.entries() {
        let Some(&[number, object]) = value.cast::<Tuple>().map(Tuple::as_slice) else {
            return Err(th.type_error("'memo' values must be 2-item tuples"));
        };
        if !number.is_instance(&statics::INT_TYPE) {
            return Err(th.type_error("an integer is required"));
        }
        let number = number::as_isize(th, number)?;
        entries.push((object.own(), number as usize));
    }
    Ok(entries)
}

/// `_pickle.PicklerMemoProxy`: a pickler's memo as an object.
pub struct MemoProxy(Obj);

impl MemoProxy {
    fn core(&self) -> &Core {
        &this::<Pickler>(self.0.value()).core
    }
}

impl Payload for MemoProxy {
    fn ty() -> &'static Type {
        &MEMO_PROXY_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.0);
    }
}

builtin_type! {
    /// `_pickle.PicklerMemoProxy`.
    pub static MEMO_PROXY_TYPE = TypeSpec {
        name: "_pickle.PicklerMemoProxy",
        slots: Slots { hash: Some(object::hash_not_implemented), ..Instance::<MemoProxy>::SLOTS },
        methods: proxy_methods::METHODS,
        ..Instance::<MemoProxy>::SPEC
    }
}

#[pymethods]
mod proxy_methods {
    use super::*;

    fn contents(th: &Thread, proxy: &MemoProxy) -> PyResult {
        let id = import::attribute(th, "builtins", "id")?;
        let entries: Vec<(Obj, usize)> =
            proxy.core().memo.borrow().entries().map(|(object, number)| (object.own(), number)).collect();
        let copy = Dict::new(th)?;
        if let Some(dict) = copy.cast::<Dict>() {
            for (object, number) in entries {
                let key = call::call1(th, id.value(), object.value())?;
                let pair = th.tuple(&[th.uint(number as u64)?.value(), object.value()])?;
                dict.set(th, key.value(), pair.value())?;
            }
        }
        Ok(copy)
    }
    /// Forgets all objects.
    #[method("clear()")]
    fn clear(_: &Thread, this: &Instance<MemoProxy>) {
        drop(this.core().memo.take());
    }
    /// The memo as a dict: identity to (number, object).
    #[method("copy()")]
    fn copy(th: &Thread, this: &Instance<MemoProxy>) -> PyResult {
        contents(th, this)
    }
    /// Pickled as a dict.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: &Instance<MemoProxy>) -> PyResult {
        let args = th.tuple(&[contents(th, this)?.value()])?;
        th.tuple(&[statics::DICT_TYPE.value(), args.value()])
    }
}

//! `Unpickler` and its memo.
//!
//! - `input`: bytes and files; `memo`: objects by number; `load`: the opcodes; `classes`: objects by name, and what is made of them

mod classes;
mod input;
mod load;
mod memo;

use crate::state::{self, Running};
use crate::this;
use input::{File, Input};
use memo::Memo;
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use whipsnake_runtime::args::Params;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::Buffer;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::str::Str;

/// The name of an encoding or of an error handler, as an argument.
pub struct Name(Cow<'static, str>);

impl From<&'static str> for Name {
    fn from(name: &'static str) -> Name {
        Name(name.into())
    }
}

impl<'a> FromArg<'a> for Name {
    fn from_arg(th: &'a Thread, v: Value, what: ArgName) -> PyResult<Name> {
        let Some(text) = v.cast::<Str>() else {
            let got = if v.is_none() { "None" } else { v.ty().name() };
            return err!(th, TYPE_ERROR, "{}() argument '{}' must be str, not {got}", what.function, what.name);
        };
        let text = text.utf8(th)?;
        if text.contains('\0') {
            return Err(th.value_error("embedded null character"));
        }
        Ok(Name(text.to_owned().into()))
    }
}

/// The settings and the memo of an unpickler.
pub struct Core {
    fix_imports: Cell<bool>,
    /// The protocol of the pickle that is read.
    proto: Cell<u8>,
    encoding: RefCell<Cow<'static, str>>,
    errors: RefCell<Cow<'static, str>>,
    memo: RefCell<Memo>,
    /// Methods of the file; `read` is empty before `__init__`.
    read: ObjCell,
    readline: ObjCell,
    peek: ObjCell,
    readinto: ObjCell,
    /// An iterator of the buffers that are not in the pickle.
    buffers: ObjCell,
    /// `persistent_load` as set on the object.
    persistent_load: ObjCell,
    running: Cell<bool>,
}

impl Core {
    /// An unpickler that has read nothing.
    pub fn new() -> Core {
        Core {
            fix_imports: Cell::new(true),
            proto: Cell::new(0),
            encoding: RefCell::default(),
            errors: RefCell::default(),
            memo: RefCell::default(),
            read: ObjCell::EMPTY,
            readline: ObjCell::EMPTY,
            peek: ObjCell::EMPTY,
            readinto: ObjCell::EMPTY,
            buffers: ObjCell::EMPTY,
            persistent_load: ObjCell::EMPTY,
            running: Cell::new(false),
        }
    }
    /// Settings from arguments.
    ///
    /// # Errors
    /// TypeError for a file without `read` and `readline`, or buffers that cannot be iterated over.
    pub fn configure(
        &self,
        th: &Thread,
        file: Option<Value>,
        fix_imports: bool,
        encoding: Name,
        errors: Name,
        buffers: Option<Value>,
    ) -> PyResult<()> {
        if let Some(file) = file {
            let peek = object::lookup_attr_str(th, file, "peek")?;
            let readinto = object::lookup_attr_str(th, file, "readinto")?;
            let read = object::lookup_attr_str(th, file, "read")?;
            let readline = object::lookup_attr_str(th, file, "readline")?;
            if read.is_none() || readline.is_none() {
                return Err(th.type_error("file must have 'read' and 'readline' attributes"));
            }
            self.peek.set(peek);
            self.readinto.set(readinto);
            self.readline.set(readline);
            self.read.set(read);
        }
        self.fix_imports.set(fix_imports);
        *self.encoding.borrow_mut() = encoding.0;
        *self.errors.borrow_mut() = errors.0;
        self.buffers.set(buffers.map(|buffers| iter::get_iter(th, buffers)).transpose()?);
        Ok(())
    }
    fn file(&self) -> Option<File> {
        Some(File {
            read: self.read.get()?,
            readline: self.readline.get()?,
            peek: self.peek.get(),
            readinto: self.readinto.get(),
        })
    }
}

/// Reads one pickle, from `data` or the file.
///
/// # Errors
/// EOFError, UnpicklingError, and whatever making an object raises.
pub fn load(th: &Thread, core: &Core, unpickler: Option<Value>, data: Option<Buffer>) -> PyResult {
    let tables = state::tables(th)?;
    let input = match (data, core.file()) {
        (Some(data), _) => Input::of_bytes(th, tables, data),
        (None, Some(file)) => Input::of_file(th, tables, file),
        (None, None) => return Err(th.runtime_error("nothing to read from")),
    };
    load::Loader::new(th, core, tables, unpickler, input).load()
}

/// `_pickle.Unpickler`.
pub struct Unpickler {
    core: Core,
}

impl Core {
    fn cells(&self) -> [&ObjCell; 6] {
        [&self.read, &self.readline, &self.peek, &self.readinto, &self.buffers, &self.persistent_load]
    }
}

impl Payload for Unpickler {
    fn ty() -> &'static Type {
        &UNPICKLER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        for cell in self.core.cells() {
            visitor.cell(cell);
        }
        if let Ok(memo) = self.core.memo.try_borrow() {
            memo.traverse(visitor);
        }
    }
    fn clear(&self) {
        for cell in self.core.cells() {
            cell.set(None);
        }
        drop(self.core.memo.take());
    }
}

builtin_type! {
    /// `_pickle.Unpickler`.
    pub static UNPICKLER_TYPE = TypeSpec {
        name: "_pickle.Unpickler",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "Unpickler(file, *, fix_imports=True, encoding='ASCII', errors='strict',\n          buffers=())\n--\n\n\
              Reads pickles of all protocols from a file, whose read() and readline() return bytes. fix_imports, encoding and errors \
              are for pickles of Python 2: old names of modules become new ones, and strings are decoded (or left as \
              bytes, with 'bytes' for the encoding). buffers yields what was left out of the pickle.",
        slots: Slots {
            new: Some(construct),
            init: Some(initialise),
            getattro: Some(get_attribute),
            setattro: Some(set_attribute),
            ..Instance::<Unpickler>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..Instance::<Unpickler>::SPEC
    }
}

fn construct(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    Instance::create_as(th, ty, Unpickler { core: Core::new() })
}

fn initialise(th: &Thread, v: Value, args: Args) -> PyResult<()> {
    static PARAMS: Params = Params {
        function: "Unpickler",
        names: &["file", "fix_imports", "encoding", "errors", "buffers"],
        positional_only: 0,
        positional: 1,
        required: &[true, false, false, false, false],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None; 5];
    PARAMS.bind(th, args, &mut bound)?;
    let core = &this::<Unpickler>(v).core;
    let fix_imports = bound[1].map_or(Ok(true), |v| object::is_true(th, v))?;
    let name = |at: usize, default: &'static str| match bound[at] {
        Some(v) => {
            let what = ArgName { function: "Unpickler", name: PARAMS.names[at], position: at + 1, only: false };
            Name::from_arg(th, v, what)
        }
        None => Ok(default.into()),
    };
    let (encoding, errors) = (name(2, "ASCII")?, name(3, "strict")?);
    let _running = Running::enter(th, &core.running, "Unpickler")?;
    core.read.set(None);
    let buffers = bound[4].filter(|buffers| !buffers.is_none());
    core.configure(th, bound[0], fix_imports, encoding, errors, buffers)?;
    drop(core.memo.take());
    Ok(())
}

fn get_attribute(th: &Thread, v: Value, name: Value) -> PyResult {
    crate::hook::get_attribute(th, v, name, &this::<Unpickler>(v).core.persistent_load, "persistent_load")
}

fn set_attribute(th: &Thread, v: Value, name: Value, value: Option<Value>) -> PyResult<()> {
    crate::hook::set_attribute(th, v, name, value, &this::<Unpickler>(v).core.persistent_load, "persistent_load")
}

#[pymethods]
mod methods {
    use super::*;

    /// The object that a persistent id stands for. To be overridden; this one raises UnpicklingError.
    #[method("persistent_load(pid, /)")]
    fn persistent_load(th: &Thread, _: Value, _: Value) -> PyResult {
        let text = "A load persistent id instruction was encountered, but no persistent_load function was specified.";
        Err(state::raise(th, &state::tables(th)?.unpickling_error, text))
    }
    /// Reads a pickle from the file; the object.
    #[method("load()")]
    fn load(th: &Thread, v: Value) -> PyResult {
        let core = &this::<Unpickler>(v).core;
        if core.read.is_empty() {
            let (tables, name) = (state::tables(th)?, v.ty().name());
            let text = format!("Unpickler.__init__() was not called by {name}.__init__()");
            return Err(state::raise(th, &tables.unpickling_error, &text));
        }
        let _running = Running::enter(th, &core.running, "Unpickler")?;
        super::load(th, core, Some(v), None)
    }
    /// The object with a name in a module, which is imported. Subclasses override it to say what may be loaded.
    #[method("find_class(module_name, global_name, /)")]
    fn find_class(th: &Thread, v: Value, module_name: Value, global_name: Value) -> PyResult {
        classes::find_class(th, &this::<Unpickler>(v).core, module_name, global_name)
    }
    /// Bytes of the object and its memo.
    #[method("__sizeof__()")]
    fn sizeof(_: &Thread, v: Value) -> usize {
        size_of::<Instance<Unpickler>>() + this::<Unpickler>(v).core.memo.borrow().bytes()
    }
    /// The objects that have been read.
    #[getter("memo")]
    fn memo(th: &Thread, v: Value) -> PyResult {
        Instance::create(th, MemoProxy(v.own()))
    }
    #[setter("memo")]
    fn set_memo(th: &Thread, v: Value, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else { return Err(th.type_error("attribute deletion is not supported")) };
        let mut memo = Memo::default();
        if let Some(proxy) = value.cast::<Instance<MemoProxy>>() {
            for (number, object) in proxy.core().memo.borrow().entries() {
                memo.put(number, object.clone());
            }
        } else if let Some(dict) = value.cast::<Dict>() {
            for (key, object, _) in dict.entries() {
                if !key.is_instance(&statics::INT_TYPE) {
                    return Err(th.type_error("memo key must be integers"));
                }
                let number = number::as_isize(th, key.value())?;
                if number < 0 {
                    return Err(th.value_error("memo key must be positive integers."));
                }
                memo.put(number as usize, object);
            }
        } else {
            let got = value.ty().name();
            return err!(th, TYPE_ERROR, "'memo' attribute must be an UnpicklerMemoProxy object or dict, not {got}");
        }
        let old = this::<Unpickler>(v).core.memo.replace(memo);
        drop(old);
        Ok(())
    }
}

/// `_pickle.UnpicklerMemoProxy`: an unpickler's memo as an object.
pub struct MemoProxy(Obj);

impl MemoProxy {
    fn core(&self) -> &Core {
        &this::<Unpickler>(self.0.value()).core
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
    /// `_pickle.UnpicklerMemoProxy`.
    pub static MEMO_PROXY_TYPE = TypeSpec {
        name: "_pickle.UnpicklerMemoProxy",
        slots: Slots { hash: Some(object::hash_not_implemented), ..Instance::<MemoProxy>::SLOTS },
        methods: proxy_methods::METHODS,
        ..Instance::<MemoProxy>::SPEC
    }
}

#[pymethods]
mod proxy_methods {
    use super::*;

    fn contents(th: &Thread, proxy: &MemoProxy) -> PyResult {
        let entries: Vec<(usize, Obj)> =
            proxy.core().memo.borrow().entries().map(|(number, object)| (number, object.clone())).collect();
        let copy = Dict::new(th)?;
        if let Some(dict) = copy.cast::<Dict>() {
            for (number, object) in entries {
                dict.set(th, th.uint(number as u64)?.value(), object.value())?;
            }
        }
        Ok(copy)
    }
    /// Forgets all objects.
    #[method("clear()")]
    fn clear(_: &Thread, this: &Instance<MemoProxy>) {
        drop(this.core().memo.take());
    }
    /// The memo as a dict: number to object.
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

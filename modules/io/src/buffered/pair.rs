//! `BufferedRWPair`: a reader and a writer as one object.

use super::{new_reader, new_writer};
use crate::base::{BUFFERED_IO_BASE_TYPE, DICT_OFFSET};
use crate::raising;
use whipsnake_runtime::args::Params;
use whipsnake_runtime::prelude::*;

#[repr(C)]
pub struct Pair {
    dict: ObjCell,
    reader: ObjCell,
    writer: ObjCell,
}

impl Payload for Pair {
    #[inline(always)]
    fn ty() -> &'static Type {
        &PAIR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.dict);
        visitor.cell(&self.reader);
        visitor.cell(&self.writer);
    }
    fn clear(&self) {
        self.dict.set(None);
        self.reader.set(None);
        self.writer.set(None);
    }
}

type This = Instance<Pair>;

fn construct(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    Instance::create_as(th, ty, Pair { dict: ObjCell::EMPTY, reader: ObjCell::EMPTY, writer: ObjCell::EMPTY })
}

static INIT: Params = Params {
    function: "BufferedRWPair",
    names: &["reader", "writer", "buffer_size"],
    positional_only: 3,
    positional: 3,
    required: &[true, true, false],
    has_varargs: false,
    has_varkw: false,
};

fn init(th: &Thread, v: Value, args: Args) -> PyResult<()> {
    // SAFETY: I4, the slot belongs to this type.
    let this: &This = unsafe { v.cast_unchecked() };
    let mut bound = [None; 3];
    INIT.bind(th, args, &mut bound)?;
    let (reader, writer) = (bound[0].unwrap_or(statics::none()), bound[1].unwrap_or(statics::none()));
    let size = bound[2].map_or(Ok(crate::DEFAULT_BUFFER_SIZE as isize), |v| number::as_isize(th, v))?;
    for (stream, method, message) in [
        (reader, "readable", "File or stream is not readable."),
        (writer, "writable", "File or stream is not writable."),
    ] {
        let answer = call::call_method(th, stream, method, &[])?;
        if !object::is_true(th, answer.value())? {
            return Err(raising::unsupported(th, message));
        }
    }
    let Ok(size) = usize::try_from(size) else {
        return err!(th, VALUE_ERROR, "buffer size must be strictly positive");
    };
    this.reader.set(Some(new_reader(th, reader, size)?));
    this.writer.set(Some(new_writer(th, writer, size)?));
    Ok(())
}

fn forward(th: &Thread, target: &ObjCell, method: &str, args: &[Value]) -> PyResult {
    match target.get() {
        Some(target) => call::call_method(th, target.value(), method, args),
        None => Err(raising::uninitialized(th)),
    }
}

fn given(arg: &Option<Value>) -> &[Value] {
    arg.as_slice()
}

#[pymethods]
mod methods {
    use super::*;

    #[method("read(size=-1, /)")]
    fn read(th: &Thread, this: &This, size: Option<Value>) -> PyResult {
        forward(th, &this.reader, "read", given(&size))
    }
    #[method("peek(size=0, /)")]
    fn peek(th: &Thread, this: &This, size: Option<Value>) -> PyResult {
        forward(th, &this.reader, "peek", given(&size))
    }
    #[method("read1(size=-1, /)")]
    fn read1(th: &Thread, this: &This, size: Option<Value>) -> PyResult {
        forward(th, &this.reader, "read1", given(&size))
    }
    #[method("readinto(buffer, /)")]
    fn readinto(th: &Thread, this: &This, buffer: Value) -> PyResult {
        forward(th, &this.reader, "readinto", &[buffer])
    }
    #[method("readinto1(buffer, /)")]
    fn readinto1(th: &Thread, this: &This, buffer: Value) -> PyResult {
        forward(th, &this.reader, "readinto1", &[buffer])
    }
    #[method("write(buffer, /)")]
    fn write(th: &Thread, this: &This, buffer: Value) -> PyResult {
        forward(th, &this.writer, "write", &[buffer])
    }
    #[method("flush()")]
    fn flush(th: &Thread, this: &This) -> PyResult {
        forward(th, &this.writer, "flush", &[])
    }
    #[method("readable()")]
    fn readable(th: &Thread, this: &This) -> PyResult {
        forward(th, &this.reader, "readable", &[])
    }
    #[method("writable()")]
    fn writable(th: &Thread, this: &This) -> PyResult {
        forward(th, &this.writer, "writable", &[])
    }
    #[method("close()")]
    fn close(th: &Thread, this: &This) -> PyResult {
        let first = forward(th, &this.writer, "close", &[]).map(drop);
        raising::both(th, first, || forward(th, &this.reader, "close", &[]))
    }
    #[method("isatty()")]
    fn isatty(th: &Thread, this: &This) -> PyResult {
        let answer = forward(th, &this.writer, "isatty", &[])?;
        if object::is_true(th, answer.value())? { Ok(answer) } else { forward(th, &this.reader, "isatty", &[]) }
    }
    #[getter("closed")]
    fn closed(th: &Thread, this: &This) -> PyResult {
        match this.writer.get() {
            Some(writer) => object::get_attr_str(th, writer.value(), "closed"),
            None => err!(th, RUNTIME_ERROR, "the BufferedRWPair object is being garbage-collected"),
        }
    }
}

builtin_type! {
    /// `io.BufferedRWPair`.
    pub static PAIR_TYPE = TypeSpec {
        name: "_io.BufferedRWPair",
        base: Some(&BUFFERED_IO_BASE_TYPE),
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        dictoffset: DICT_OFFSET,
        doc: "BufferedRWPair(reader, writer, buffer_size=131072, /)\n--\n\nA reader and a writer as one object.",
        slots: Slots { new: Some(construct), init: Some(init), ..Instance::<Pair>::SLOTS },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..Instance::<Pair>::SPEC
    }
}

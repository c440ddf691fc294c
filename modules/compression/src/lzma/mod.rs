//! The `_lzma` module.
//!
//! Streams are behind mutexes, held only while the interpreter's lock is given away.

mod filters;
mod stream;

use crate::{joined, with};
use liblzma_sys as l;
use std::cell::{Cell, RefCell};
use std::mem::offset_of;
use std::sync::Mutex;
use stream::{Code, Filter, Kind, Options, Stream};
use whipsnake_runtime::args::Params;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::Buffer;
use whipsnake_runtime::types::module;

const FORMAT_AUTO: i32 = 0;
const FORMAT_XZ: i32 = 1;
const FORMAT_ALONE: i32 = 2;
const FORMAT_RAW: i32 = 3;

const CHECK_NONE: u32 = 0;
const CHECK_CRC64: u32 = 4;
const CHECK_ID_MAX: u32 = 15;
const CHECK_UNKNOWN: u32 = CHECK_ID_MAX + 1;

#[derive(Default)]
struct State {
    error: RefCell<Option<Obj>>,
}

/// Raises `LZMAError`.
fn raise_text(th: &Thread, text: &str) -> Raised {
    let class = th.interp.state::<State>().error.borrow().clone();
    match class {
        Some(class) => match th.str(text).and_then(|text| call::call1(th, class.value(), text.value())) {
            Ok(exception) => th.raise_instance(exception),
            Err(raised) => raised,
        },
        None => th.value_error(text),
    }
}

fn raise(th: &Thread, code: Code) -> Raised {
    let text = match code {
        l::LZMA_MEM_ERROR => return th.memory_error(),
        l::LZMA_UNSUPPORTED_CHECK => "Unsupported integrity check",
        l::LZMA_MEMLIMIT_ERROR => "Memory usage limit exceeded",
        l::LZMA_FORMAT_ERROR => "Input format not supported by decoder",
        l::LZMA_OPTIONS_ERROR => "Invalid or unsupported options",
        l::LZMA_DATA_ERROR => "Corrupt input data",
        l::LZMA_BUF_ERROR => "Insufficient buffer space",
        l::LZMA_PROG_ERROR => "Internal error",
        code => return raise_text(th, &format!("Unrecognized error from liblzma: {code}")),
    };
    raise_text(th, text)
}

/// `_lzma.LZMACompressor`.
pub struct Compressor {
    stream: Mutex<Stream>,
    flushed: Cell<bool>,
}

impl Payload for Compressor {
    fn ty() -> &'static Type {
        &COMPRESSOR_TYPE
    }
    fn traverse(&self, _: &mut Visitor) {}
}

builtin_type! {
    /// `_lzma.LZMACompressor`.
    pub static COMPRESSOR_TYPE = TypeSpec {
        name: "_lzma.LZMACompressor",
        flags: 0,
        doc: "LZMACompressor(format=FORMAT_XZ, check=-1, preset=None, filters=None)\n\nCompresses data bit by bit, \
              with a preset (0 to 9, or-ed with PRESET_EXTREME) or a chain of filters, a sequence of dicts.",
        slots: Slots { new: Some(new_compressor), ..Instance::<Compressor>::SLOTS },
        methods: compressor_methods::METHODS,
        ..Instance::<Compressor>::SPEC
    }
}

fn new_compressor(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    static PARAMS: Params = Params {
        function: "LZMACompressor",
        names: &["format", "check", "preset", "filters"],
        positional_only: 0,
        positional: 4,
        required: &[false; 4],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None; 4];
    PARAMS.bind(th, args, &mut bound)?;
    let format = bound[0].map_or(Ok(FORMAT_XZ), |v| number::as_i32(th, v))?;
    let check = bound[1].map_or(Ok(-1), |v| number::as_i32(th, v))?;
    let given = |at: usize| bound[at].filter(|v: &Value| !v.is_none());
    let (preset, specs) = (given(2), given(3));
    if preset.is_some() && specs.is_some() {
        return Err(th.value_error("Cannot specify both preset and filter chain"));
    }
    let preset = preset.map_or(Ok(l::LZMA_PRESET_DEFAULT), |v| filters::as_u32(th, v))?;
    if format != FORMAT_XZ && check != -1 && check != CHECK_NONE as i32 {
        return Err(th.value_error("Integrity checks are only supported by FORMAT_XZ"));
    }
    let chain = |specs: Value| filters::chain(th, specs);
    let opened = match (format, specs) {
        (FORMAT_XZ, _) => {
            let check = if check == -1 { CHECK_CRC64 } else { check as u32 };
            match specs {
                None => Stream::new(&Kind::XzPreset(preset, check)),
                Some(specs) => Stream::new(&Kind::Xz(&chain(specs)?, check)),
            }
        }
        (FORMAT_ALONE, None) => match Options::preset(preset) {
            Some(options) => Stream::new(&Kind::Alone(&options)),
            None => return Err(raise_text(th, &format!("Invalid compression preset: {preset}"))),
        },
        (FORMAT_ALONE, Some(specs)) => match chain(specs)?.as_slice() {
            [Filter::Lzma(l::LZMA_FILTER_LZMA1, options)] => Stream::new(&Kind::Alone(options)),
            _ => {
                let text = "Invalid filter chain for FORMAT_ALONE - must be a single LZMA1 filter";
                return Err(th.value_error(text));
            }
        },
        (FORMAT_RAW, None) => return Err(th.value_error("Must specify filters for FORMAT_RAW")),
        (FORMAT_RAW, Some(specs)) => Stream::new(&Kind::Raw(&chain(specs)?)),
        _ => return err!(th, VALUE_ERROR, "Invalid container format: {format}"),
    };
    let stream = opened.map_err(|code| raise(th, code))?;
    Instance::create_as(th, ty, Compressor { stream: Mutex::new(stream), flushed: Cell::new(false) })
}

#[pymethods]
mod compressor_methods {
    use super::*;

    /// Compresses data; what is ready of the result.
    #[method("compress(data, /)")]
    fn compress(th: &Thread, this: &Instance<Compressor>, data: Buffer) -> PyResult {
        if this.flushed.get() {
            return Err(th.value_error("Compressor has been flushed"));
        }
        let mut out = Vec::new();
        let bytes = data.bytes();
        with(th, &this.stream, |stream| stream.compress(bytes, &mut out, false)).map_err(|code| raise(th, code))?;
        th.bytes(&out)
    }
    /// Ends the stream; the rest of the result.
    #[method("flush()")]
    fn flush(th: &Thread, this: &Instance<Compressor>) -> PyResult {
        if this.flushed.replace(true) {
            return Err(th.value_error("Repeated call to flush()"));
        }
        let mut out = Vec::new();
        with(th, &this.stream, |stream| stream.compress(&[], &mut out, true)).map_err(|code| raise(th, code))?;
        th.bytes(&out)
    }
}

/// `_lzma.LZMADecompressor`.
#[repr(C)]
pub struct Decompressor {
    stream: Mutex<Stream>,
    /// Input that was not taken, because the output was limited.
    input: RefCell<Vec<u8>>,
    unused: ObjCell,
    check: Cell<i32>,
    eof: Cell<bool>,
    needs_input: Cell<bool>,
}

impl Payload for Decompressor {
    fn ty() -> &'static Type {
        &DECOMPRESSOR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.unused);
    }
}

const fn member(name: &'static str, doc: &'static str, kind: MemberKind, offset: usize) -> MemberDef {
    let offset = offset_of!(Instance<Decompressor>, payload) + offset;
    MemberDef { name, doc, kind, offset, readonly: true }
}

builtin_type! {
    /// `_lzma.LZMADecompressor`.
    pub static DECOMPRESSOR_TYPE = TypeSpec {
        name: "_lzma.LZMADecompressor",
        doc: "LZMADecompressor(format=FORMAT_AUTO, memlimit=None, filters=None)\n--\n\nDecompresses data bit by bit. \
              Data without a container need the filters they were made with.",
        slots: Slots { new: Some(new_decompressor), ..Instance::<Decompressor>::SLOTS },
        methods: decompressor_methods::METHODS,
        members: &[
            member("check", "The integrity check; CHECK_UNKNOWN before it is known.", MemberKind::I32, offset_of!(Decompressor, check)),
            member("eof", "Whether the end of the stream was reached.", MemberKind::Bool, offset_of!(Decompressor, eof)),
            member("needs_input", "Whether more input is needed for more output.", MemberKind::Bool, offset_of!(Decompressor, needs_input)),
            member("unused_data", "What comes after the end of the stream.", MemberKind::Object, offset_of!(Decompressor, unused)),
        ],
        ..Instance::<Decompressor>::SPEC
    }
}

fn new_decompressor(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    static PARAMS: Params = Params {
        function: "LZMADecompressor",
        names: &["format", "memlimit", "filters"],
        positional_only: 0,
        positional: 3,
        required: &[false; 3],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None; 3];
    PARAMS.bind(th, args, &mut bound)?;
    let format = bound[0].map_or(Ok(FORMAT_AUTO), |v| number::as_i32(th, v))?;
    let given = |at: usize| bound[at].filter(|v: &Value| !v.is_none());
    let mut limit = u64::MAX;
    if let Some(given) = given(1) {
        if format == FORMAT_RAW {
            return Err(th.value_error("Cannot specify memory limit with FORMAT_RAW"));
        }
        limit = filters::as_u64(th, given, "Python int too large to convert to C unsigned long long")?;
    }
    let specs = given(2);
    if format == FORMAT_RAW && specs.is_none() {
        return Err(th.value_error("Must specify filters for FORMAT_RAW"));
    }
    if format != FORMAT_RAW && specs.is_some() {
        return Err(th.value_error("Cannot specify filters except with FORMAT_RAW"));
    }
    let mut check = CHECK_NONE;
    let opened = match (format, specs) {
        (FORMAT_AUTO, _) => {
            check = CHECK_UNKNOWN;
            Stream::new(&Kind::AnyDecoder(limit))
        }
        (FORMAT_XZ, _) => {
            check = CHECK_UNKNOWN;
            Stream::new(&Kind::XzDecoder(limit))
        }
        (FORMAT_ALONE, _) => Stream::new(&Kind::AloneDecoder(limit)),
        (FORMAT_RAW, Some(specs)) => Stream::new(&Kind::RawDecoder(&filters::chain(th, specs)?)),
        _ => return err!(th, VALUE_ERROR, "Invalid container format: {format}"),
    };
    let made = Decompressor {
        stream: Mutex::new(opened.map_err(|code| raise(th, code))?),
        input: RefCell::default(),
        unused: ObjCell::new(th.bytes(&[])?),
        check: Cell::new(check as i32),
        eof: Cell::new(false),
        needs_input: Cell::new(true),
    };
    Instance::create_as(th, ty, made)
}

#[pymethods]
mod decompressor_methods {
    use super::*;

    /// Decompresses data; no more than so many bytes, if not negative. The input that is left is kept.
    #[method("decompress(data, max_length=-1)")]
    fn decompress(th: &Thread, this: &Instance<Decompressor>, data: Buffer, max_length: isize) -> PyResult {
        if this.eof.get() {
            return err!(th, EOF_ERROR, "Already at end of stream");
        }
        let limit = usize::try_from(max_length).ok();
        let mut kept = this.input.take();
        let mut out = Vec::new();
        let input = joined(th, &mut kept, data.bytes())?;
        let run = with(th, &this.stream, |stream| stream.decompress(input, &mut out, limit));
        let run = run.map_err(|code| raise(th, code))?;
        if let Some(check) = run.check {
            this.check.set(check as i32);
        }
        let rest = &input[run.taken..];
        // At the limit there may be output that needs no more input.
        this.needs_input.set(!run.ended && rest.is_empty() && !run.full);
        if run.ended {
            this.eof.set(true);
            this.unused.set(Some(th.bytes(rest)?));
        } else {
            this.input.replace(rest.to_vec());
        }
        th.bytes(&out)
    }
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Whether an integrity check is known. CHECK_NONE and CHECK_CRC32 always are.
    #[function("is_check_supported(check_id, /)")]
    fn is_check_supported(_: &Thread, check: i32) -> bool {
        u32::try_from(check).is_ok_and(stream::is_check_supported)
    }
    /// The options of a filter as bytes, without its number.
    #[function("_encode_filter_properties(filter, /)")]
    fn encode_filter_properties(th: &Thread, filter: Value) -> PyResult {
        let filter = filters::filter(th, filter)?;
        th.bytes(&stream::encode_properties(&filter).map_err(|code| raise(th, code))?)
    }
    /// The options of a filter as a dict, from its number and bytes.
    #[function("_decode_filter_properties(filter_id, encoded_props, /)")]
    fn decode_filter_properties(th: &Thread, id: Value, properties: Buffer) -> PyResult {
        let id = filters::as_u64(th, id, "Python int too large for C lzma_vli")?;
        let decoded = stream::decode_properties(id, properties.bytes()).map_err(|code| raise(th, code))?;
        filters::spec(th, id, decoded.as_ref())
    }
}

const CONSTANTS: &[(&str, u64)] = &[
    ("FORMAT_AUTO", FORMAT_AUTO as u64),
    ("FORMAT_XZ", FORMAT_XZ as u64),
    ("FORMAT_ALONE", FORMAT_ALONE as u64),
    ("FORMAT_RAW", FORMAT_RAW as u64),
    ("CHECK_NONE", CHECK_NONE as u64),
    ("CHECK_CRC32", 1),
    ("CHECK_CRC64", CHECK_CRC64 as u64),
    ("CHECK_SHA256", 10),
    ("CHECK_ID_MAX", CHECK_ID_MAX as u64),
    ("CHECK_UNKNOWN", CHECK_UNKNOWN as u64),
    ("FILTER_LZMA1", l::LZMA_FILTER_LZMA1),
    ("FILTER_LZMA2", l::LZMA_FILTER_LZMA2),
    ("FILTER_DELTA", l::LZMA_FILTER_DELTA),
    ("FILTER_X86", l::LZMA_FILTER_X86),
    ("FILTER_POWERPC", l::LZMA_FILTER_POWERPC),
    ("FILTER_IA64", l::LZMA_FILTER_IA64),
    ("FILTER_ARM", l::LZMA_FILTER_ARM),
    ("FILTER_ARMTHUMB", l::LZMA_FILTER_ARMTHUMB),
    ("FILTER_SPARC", l::LZMA_FILTER_SPARC),
    ("MF_HC3", 0x03),
    ("MF_HC4", 0x04),
    ("MF_BT2", 0x12),
    ("MF_BT3", 0x13),
    ("MF_BT4", 0x14),
    ("MODE_FAST", 1),
    ("MODE_NORMAL", 2),
    ("PRESET_DEFAULT", l::LZMA_PRESET_DEFAULT as u64),
    ("PRESET_EXTREME", l::LZMA_PRESET_EXTREME as u64),
];

/// Makes `_lzma`.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let m = module::new(th, "_lzma", "Compression as liblzma does it.", functions::METHODS)?;
    for ty in [&COMPRESSOR_TYPE, &DECOMPRESSOR_TYPE] {
        module::add_type(th, m.value(), ty)?;
    }
    for (name, value) in CONSTANTS {
        module::add(th, m.value(), name, th.uint(*value)?.value())?;
    }
    let namespace = th.dict_of(&[
        ("__module__", th.str("_lzma")?.value()),
        ("__doc__", th.str("Call to liblzma failed.")?.value()),
    ])?;
    let bases = th.tuple(&[statics::EXCEPTION.value()])?;
    let name = th.str("LZMAError")?;
    let class = call::call3(th, statics::TYPE_TYPE.value(), name.value(), bases.value(), namespace.value())?;
    module::add(th, m.value(), "LZMAError", class.value())?;
    *th.interp.state::<State>().error.borrow_mut() = Some(class);
    Ok(m)
}

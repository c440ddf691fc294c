//! Code objects: construction from the compiler's plain data, attributes, positions.

mod attributes;
mod positions;

use crate::prelude::*;
use crate::types::tuple::Tuple;
use std::alloc::{Layout as Memory, alloc, dealloc as free};
use std::cell::Cell;
use std::sync::Arc;
use whipsnake_bytecode::Opcode;
use whipsnake_bytecode::code::{Code as PlainCode, Const, local_kind};
use whipsnake_layout::code::CodeObject;
use whipsnake_layout::frame::{FRAME_HEADER_SLOTS, SPARE_SLOTS};

pub use positions::{entries, line_at};

/// A code object.
#[repr(transparent)]
pub struct Code(pub CodeObject);

// SAFETY: I4, `repr(transparent)` over the code layout.
unsafe impl Layout for Code {
    #[inline(always)]
    fn ty() -> &'static Type {
        &CODE_TYPE
    }
}

/// The counter a specialisable instruction starts with: one execution, then it adapts.
const WARM_UP: u16 = 1 << 4 | 1;
/// Backward jumps wait longer: they start traces.
const JUMP_WARM_UP: u16 = 0;

/// The counter that a plain instruction with an inline cache starts with.
pub fn first_counter(opcode: Opcode) -> u16 {
    if opcode == Opcode::JUMP_BACKWARD { JUMP_WARM_UP } else { WARM_UP }
}

/// A constant as a live object.
///
/// # Errors
/// MemoryError.
pub fn constant(th: &Thread, constant: &Const) -> PyResult {
    let all = |items: &[Const]| items.iter().map(|c| self::constant(th, c)).collect::<PyResult<Vec<Obj>>>();
    match constant {
        Const::None => Ok(Obj::none()),
        Const::True => Ok(Obj::bool(true)),
        Const::False => Ok(Obj::bool(false)),
        Const::Ellipsis => Ok(statics::ellipsis().own()),
        Const::Int(i) => th.int(*i),
        Const::BigInt { negative, digits } => {
            crate::types::int::from_big(th, whipsnake_numbers::bigint::Big::from_parts(*negative, digits.to_vec()))
        }
        Const::Float(x) => th.float(*x),
        Const::Complex { real, imag } => crate::types::complex::new(th, *real, *imag),
        Const::Str(text) => {
            let made = th.str_from_wtf8(text)?;
            let identifier =
                !text.is_empty() && text.as_bytes().iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
            if identifier { Ok(crate::types::str::intern(th, made)) } else { Ok(made) }
        }
        Const::Bytes(bytes) => th.bytes(bytes),
        Const::Tuple(items) => th.tuple_from(all(items)?),
        Const::FrozenSet(items) => {
            let items = th.tuple_from(all(items)?)?;
            call::call1(th, statics::FROZENSET_TYPE.value(), items.value())
        }
        Const::Slice(parts) => {
            let parts = all(&parts[..])?;
            crate::types::slice::new(th, parts[0].value(), parts[1].value(), parts[2].value())
        }
        Const::Code(code) => from_bytecode(th, code),
    }
}

/// The parts of a code object, as live objects.
pub struct Parts {
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub stacksize: u32,
    pub flags: u32,
    pub firstlineno: i32,
    /// Code units as bytes, inline caches in place.
    pub code: Vec<u8>,
    pub consts: Obj,
    pub names: Obj,
    pub localsplusnames: Obj,
    pub localspluskinds: Obj,
    pub filename: Obj,
    pub name: Obj,
    pub qualname: Obj,
    pub linetable: Obj,
    pub exceptiontable: Obj,
}

fn interned_tuple<S: AsRef<rustpython_wtf8::Wtf8>>(th: &Thread, names: &[S]) -> PyResult {
    let items = names
        .iter()
        .map(|name| Ok(crate::types::str::intern(th, th.str_from_wtf8(name.as_ref())?)))
        .collect::<PyResult<Vec<Obj>>>()?;
    th.tuple_from(items)
}

/// A code object from the compiler's output.
///
/// # Errors
/// MemoryError.
pub fn from_bytecode(th: &Thread, code: &Arc<PlainCode>) -> PyResult {
    let consts = code.consts.iter().map(|c| constant(th, c)).collect::<PyResult<Vec<Obj>>>()?;
    let intern = |text: &rustpython_wtf8::Wtf8| Ok(crate::types::str::intern(th, th.str_from_wtf8(text)?));
    let parts = Parts {
        argcount: code.argcount,
        posonlyargcount: code.posonlyargcount,
        kwonlyargcount: code.kwonlyargcount,
        stacksize: code.stacksize,
        flags: code.flags,
        firstlineno: code.firstlineno,
        code: code.code.clone(),
        consts: th.tuple_from(consts)?,
        names: interned_tuple(th, &code.names)?,
        localsplusnames: interned_tuple(th, &code.localsplusnames)?,
        localspluskinds: th.bytes(&code.localspluskinds)?,
        filename: intern(code.filename.as_ref())?,
        name: intern(code.name.as_ref())?,
        qualname: intern(code.qualname.as_ref())?,
        linetable: th.bytes(&code.linetable)?,
        exceptiontable: th.bytes(&code.exceptiontable)?,
    };
    from_parts(th, parts)
}

/// The instructions of a code object without specialisation: what `co_code` shows.
pub fn plain_code(code: &CodeObject) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(code.code_units as usize * 2);
    let mut i = 0;
    while i < code.code_units as usize {
        // SAFETY: I7, the index is below the number of units.
        let unit = unsafe { *code.code.add(i) };
        let opcode = crate::instrument::base_opcode(code, i);
        bytes.extend([opcode.map_or(unit as u8, |op| op.number() as u8), (unit >> 8) as u8]);
        let caches = opcode.map_or(0, |op| op.caches());
        bytes.extend(std::iter::repeat_n(0, caches * 2));
        i += 1 + caches;
    }
    bytes.truncate(code.code_units as usize * 2);
    bytes
}

/// A location table that keeps the lines only, as `-X no_debug_ranges` wants it.
fn without_columns(th: &Thread, table: Obj, firstlineno: i32) -> PyResult {
    use whipsnake_bytecode::locations::{Location, LocationWriter, Locations};
    let Some(bytes) = table.cast::<crate::types::bytes::Bytes>() else { return Ok(table) };
    let mut writer = LocationWriter::new(firstlineno);
    for entry in Locations::new(bytes.as_slice(), firstlineno) {
        let line = entry.location.line;
        writer.push(Location { line, ..Location::NONE }, entry.units);
    }
    th.bytes(&writer.finish())
}

/// A code object from live parts, whose types the caller has checked.
///
/// # Errors
/// MemoryError; ValueError for code that is not a whole number of units.
pub fn from_parts(th: &Thread, parts: Parts) -> PyResult {
    let units = parts.code.len() / 2;
    if units == 0 || !parts.code.len().is_multiple_of(2) {
        return err!(th, VALUE_ERROR, "code: co_code is malformed");
    }
    let kinds: Vec<u8> = match parts.localspluskinds.cast::<crate::types::bytes::Bytes>() {
        Some(kinds) => kinds.as_slice().to_vec(),
        None => return err!(th, SYSTEM_ERROR, "code: localspluskinds"),
    };
    let count = |bit: u8| kinds.iter().filter(|kind| **kind & bit != 0).count() as u32;
    let (Ok(memory), Some(consts), Some(names)) =
        (Memory::array::<u16>(units), parts.consts.cast::<Tuple>(), parts.names.cast::<Tuple>())
    else {
        return err!(th, SYSTEM_ERROR, "code: bad parts");
    };
    // SAFETY: the layout is not empty.
    let buffer = unsafe { alloc(memory) } as *mut u16;
    if buffer.is_null() {
        return Err(th.memory_error());
    }
    let mut first_traceable = units as u32;
    let mut i = 0;
    while i < units {
        let (opcode, oparg) = (parts.code[2 * i], parts.code[2 * i + 1]);
        let known = Opcode::from_number(opcode.into());
        // Numbers that only mean something inside of running code stand for no instruction here. They become one that says so.
        let (known, opcode, oparg) = match known {
            Some(op) if op.is_own() => (None, Opcode::RESERVED.number() as u8, opcode),
            known => (known.map(|op| op.deopt()), opcode, oparg),
        };
        let caches = known.map_or(0, |op| op.caches()).min(units - i - 1);
        let number = known.map_or(opcode.into(), |op| op.number());
        if known == Some(Opcode::RESUME) {
            first_traceable = first_traceable.min(i as u32);
        }
        let counter = known.map_or(WARM_UP, first_counter);
        // SAFETY: I7, the indices are below the number of units.
        unsafe {
            *buffer.add(i) = number | u16::from(oparg) << 8;
            for cache in 1..=caches {
                *buffer.add(i + cache) = if cache == 1 { counter } else { 0 };
            }
        }
        i += 1 + caches;
    }
    let linetable = match th.interp.config.has_debug_ranges() {
        true => parts.linetable,
        false => without_columns(th, parts.linetable, parts.firstlineno)?,
    };
    let nlocalsplus = kinds.len() as u32;
    let version = th.interp.next_code_version.get();
    th.interp.next_code_version.set(version.wrapping_add(1).max(1));
    let object = match th.allocate(&CODE_TYPE, size_of::<CodeObject>()) {
        Ok(object) => object as *mut CodeObject,
        Err(raised) => {
            // SAFETY: allocated above with this layout.
            unsafe { free(buffer.cast(), memory) };
            return Err(raised);
        }
    };
    // SAFETY: fresh memory of the code's size; every field behind the header is written.
    unsafe {
        let head = std::ptr::read(&raw const (*object).head);
        object.write(CodeObject {
            head,
            code: buffer,
            code_units: units as u32,
            flags: parts.flags,
            argcount: parts.argcount,
            posonlyargcount: parts.posonlyargcount,
            kwonlyargcount: parts.kwonlyargcount,
            stacksize: parts.stacksize,
            firstlineno: parts.firstlineno,
            nlocalsplus,
            nlocals: count(local_kind::LOCAL),
            ncellvars: count(local_kind::CELL),
            nfreevars: count(local_kind::FREE),
            framesize: FRAME_HEADER_SLOTS as u32 + nlocalsplus + parts.stacksize + SPARE_SLOTS as u32,
            version,
            instrumentation_version: Cell::new(0),
            consts_items: consts.as_slice().as_ptr().cast(),
            names_items: names.as_slice().as_ptr().cast(),
            consts: parts.consts.into_value(),
            names: parts.names.into_value(),
            localsplusnames: parts.localsplusnames.into_value(),
            localspluskinds: parts.localspluskinds.into_value(),
            filename: parts.filename.into_value(),
            name: parts.name.into_value(),
            qualname: parts.qualname.into_value(),
            linetable: linetable.into_value(),
            exceptiontable: parts.exceptiontable.into_value(),
            first_traceable,
            warm_index: Cell::new(u32::MAX),
            cached: [const { Cell::new(Slot::NULL) }; 4],
            monitoring: Cell::new(std::ptr::null_mut()),
        });
        Ok(Obj::steal(Value::from_ptr(object)))
    }
}

impl Code {
    fn owned_values(&self) -> [Value; 9] {
        let c = &self.0;
        [
            c.consts,
            c.names,
            c.localsplusnames,
            c.localspluskinds,
            c.filename,
            c.name,
            c.qualname,
            c.linetable,
            c.exceptiontable,
        ]
    }
}

unsafe fn dealloc(th: &Thread, object: *mut Header) {
    // SAFETY: I3, the code is dead: no frame runs it.
    unsafe {
        let code = &*(object as *const Code);
        crate::instrument::forget(th, &code.0);
        for slot in &code.0.cached {
            crate::obj::release_slot(slot.replace(Slot::NULL));
        }
        for v in code.owned_values() {
            release(v);
        }
        if let Ok(memory) = Memory::array::<u16>(code.0.code_units as usize) {
            free(code.0.code.cast(), memory);
        }
        crate::dealloc::free_memory(th, object, &CODE_TYPE);
    }
}

builtin_type! {
    /// `types.CodeType`.
    pub static CODE_TYPE = TypeSpec {
        name: "code",
        base: Some(&crate::types::object::OBJECT_TYPE),
        basicsize: size_of::<CodeObject>(),
        // As in CPython no candidate of the collector: constants and names refer to nothing that could refer back.
        flags: flags::WEAKREFABLE,
        doc: "Create a code object.  Not for mere mortals.",
        slots: Slots {
            dealloc: Some(dealloc),
            repr: Some(attributes::repr),
            hash: Some(attributes::hash),
            richcompare: Some(attributes::richcompare),
            new: Some(attributes::construct),
            ..Slots::EMPTY
        },
        methods: attributes::methods::METHODS,
        getsets: attributes::methods::GETSETS,
        ..TypeSpec::DEFAULT
    }
}

/// Sets `co_filename`, in nested code too (when a bytecode file has moved).
///
/// # Errors
/// TypeError when the arguments are no code object and str.
pub fn set_filename(th: &Thread, code: Value, path: Value) -> PyResult<()> {
    if !code.is_exact(&CODE_TYPE) || !path.is_instance(&statics::STR_TYPE) {
        return err!(th, TYPE_ERROR, "_fix_co_filename() arguments must be code and str");
    }
    let mut pending = vec![code];
    while let Some(code) = pending.pop() {
        // SAFETY: I4, checked; the old name is released after the new one is in place.
        unsafe {
            let object = code.as_ptr() as *mut CodeObject;
            let old = std::mem::replace(&mut (*object).filename, path.own().into_value());
            release(old);
            if let Some(consts) = (*object).consts.cast::<Tuple>() {
                pending.extend(consts.as_slice().iter().copied().filter(|v| v.is_exact(&CODE_TYPE)));
            }
        }
    }
    Ok(())
}

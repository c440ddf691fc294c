//! One object after the other.

use super::Core;
use super::instances::Remembered;
use super::output::Output;
use crate::buffer::PickleBuffer;
use crate::opcodes::*;
use crate::state::{self, Tables, note};
use std::collections::BTreeSet;
use whipsnake_numbers::bigint::BigRef;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::bytearray::ByteArray;
use whipsnake_runtime::types::bytes::Bytes;
use whipsnake_runtime::types::dict::{Dict, qualified_name};
use whipsnake_runtime::types::list::List;
use whipsnake_runtime::types::set::Set;
use whipsnake_runtime::types::str::{self, Str};
use whipsnake_runtime::types::tuple::Tuple;
use whipsnake_runtime::types::{codecs, float, int};
use whipsnake_text::Units;

/// Containers nested deeper than this are looked at for circles when objects are not remembered.
const FAST_NESTING: usize = 50;

/// One call of `dump`.
pub struct Saver<'a> {
    pub th: &'a Thread,
    pub core: &'a Core,
    pub tables: &'static Tables,
    pub out: Output<'a>,
    pub proto: u8,
    pub bin: bool,
    /// Nothing is remembered.
    pub fast: bool,
    pub persistent_id: Option<Obj>,
    pub reducer_override: Option<Obj>,
    pub dispatch_table: Option<Obj>,
    /// What is known of the shapes of the last plain instances.
    pub plain: &'static Remembered,
    /// Attributes of instances that are being written.
    pub scratch: Vec<(Obj, Obj)>,
    nesting: usize,
    nested: BTreeSet<u64>,
}

/// The little-endian head of data of a certain size: the first opcode that has room for the length.
struct Head {
    bytes: [u8; 9],
    len: usize,
}

impl Head {
    fn of(size: usize, short: Option<u8>, medium: Option<u8>, long: u8) -> Head {
        let mut head = Head { bytes: [0; 9], len: 0 };
        let (opcode, width) = match (short, medium) {
            (Some(opcode), _) if size <= 0xFF => (opcode, 1),
            (_, Some(opcode)) if size <= 0xFFFF_FFFF => (opcode, 4),
            _ => (long, 8),
        };
        head.bytes[0] = opcode;
        head.bytes[1..=width].copy_from_slice(&(size as u64).to_le_bytes()[..width]);
        head.len = width + 1;
        head
    }
    fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// How many of a number's bytes are needed: the last ones go while they say nothing but the sign.
fn signed_len(bytes: &[u8]) -> usize {
    let mut len = bytes.len();
    while len > 1 && bytes[len - 1] == if bytes[len - 2] & 0x80 != 0 { 0xFF } else { 0 } {
        len -= 1;
    }
    len
}

/// A number of at most 120 bits.
fn as_wide(big: BigRef) -> Option<i128> {
    if big.digits.len() > 4 {
        return None;
    }
    let join = |n: i128, digit: &u32| n << whipsnake_numbers::bigint::DIGIT_BITS | i128::from(*digit);
    let magnitude = big.digits.iter().rev().fold(0, join);
    Some(if big.negative { -magnitude } else { magnitude })
}

/// The `persistent_id` of a pickler, if it is not the one that all picklers have.
fn persistent_id(th: &Thread, core: &Core, pickler: Value) -> PyResult<Option<Obj>> {
    let name = th.intern("persistent_id")?;
    let own = super::PICKLER_TYPE.dict().get_str(th, name.value())?;
    let found = pickler.ty().lookup(th, name.value());
    let is_own = matches!((found, own), (Some(found), Some(own)) if found.same(own.value()));
    if is_own && core.persistent_id.is_empty() {
        return Ok(None);
    }
    object::get_attr(th, pickler, name.value()).map(Some)
}

impl<'a> Saver<'a> {
    /// # Errors
    /// What the attributes of a pickler raise.
    pub fn new(th: &'a Thread, core: &'a Core, pickler: Option<Value>) -> PyResult<Saver<'a>> {
        let mut saver = Saver {
            th,
            core,
            tables: state::tables(th)?,
            out: Output::new(th, core.write.get()),
            proto: core.proto.get() as u8,
            bin: core.bin.get() != 0,
            fast: core.fast.get() != 0,
            persistent_id: None,
            reducer_override: None,
            dispatch_table: core.dispatch_table.get(),
            plain: th.interp.state(),
            scratch: Vec::new(),
            nesting: 0,
            nested: BTreeSet::new(),
        };
        if let Some(pickler) = pickler
            && (!pickler.is_exact(&super::PICKLER_TYPE) || !core.persistent_id.is_empty())
        {
            saver.persistent_id = persistent_id(th, core, pickler)?;
            saver.reducer_override = object::lookup_attr_str(th, pickler, "reducer_override")?;
        }
        Ok(saver)
    }
    /// Writes a whole pickle.
    ///
    /// # Errors
    /// Whatever makes an object impossible to pickle.
    pub fn dump(&mut self, v: Value) -> PyResult<()> {
        if self.proto >= 2 {
            self.out.put([PROTO, self.proto]);
            if self.proto >= 4 {
                self.out.begin_framing();
            }
        }
        self.save(v)?;
        self.out.byte(STOP);
        self.out.end_frame();
        self.out.flush()
    }
    pub fn finish(self) -> Vec<u8> {
        self.out.finish()
    }
    pub fn raise(&self, text: &str) -> Raised {
        state::raise(self.th, &self.tables.pickling_error, text)
    }
    /// Writes an object, or what its persistent id is.
    #[inline]
    pub fn save(&mut self, v: Value) -> PyResult<()> {
        self.out.boundary()?;
        if self.persistent_id.is_some() && self.save_persistent(v)? {
            return Ok(());
        }
        self.save_itself(v)
    }
    #[inline]
    fn save_itself(&mut self, v: Value) -> PyResult<()> {
        if !v.is_pointer() {
            match v.as_small_int() {
                Some(n) => self.small(n),
                None => self.float(v),
            }
            return Ok(());
        }
        if v.is_none() {
            self.out.byte(NONE);
            return Ok(());
        }
        let ty = v.ty();
        if std::ptr::eq(ty, &statics::STR_TYPE) {
            if self.get(v) {
                return Ok(());
            }
            return match v.cast::<Str>() {
                Some(text) => self.text(text),
                None => Ok(()),
            };
        }
        if std::ptr::eq(ty, &statics::BOOL_TYPE) {
            self.bool(v.is_true_singleton());
            return Ok(());
        }
        if std::ptr::eq(ty, &statics::FLOAT_TYPE) {
            self.float(v);
            return Ok(());
        }
        if std::ptr::eq(ty, &statics::INT_TYPE) {
            return self.big(v);
        }
        if self.get(v) {
            return Ok(());
        }
        self.th.check_native_stack(" while pickling an object")?;
        if let Some(tuple) = v.exact::<Tuple>() {
            self.tuple(tuple)
        } else if let Some(list) = v.exact::<List>() {
            self.guarded(v, |saver| saver.list(list))
        } else if let Some(dict) = v.exact::<Dict>() {
            self.guarded(v, |saver| saver.dict(dict))
        } else if let Some(bytes) = v.exact::<Bytes>() {
            self.bytes(bytes)
        } else if std::ptr::eq(ty, &statics::SET_TYPE) {
            match Set::of_any(v) {
                Some(set) => self.set(set),
                None => Ok(()),
            }
        } else if std::ptr::eq(ty, &statics::FROZENSET_TYPE) {
            self.guarded(v, |saver| saver.frozenset(v))
        } else if let Some(array) = v.exact::<Instance<ByteArray>>() {
            self.bytearray(v, &array.payload)
        } else if let Some(buffer) = v.exact::<Instance<PickleBuffer>>() {
            self.pickle_buffer(v, &buffer.payload)
        } else {
            self.other(v, ty)
        }
    }
    /// Refers to an object that has been written before.
    #[inline]
    pub fn get(&mut self, v: Value) -> bool {
        let number = self.core.memo.borrow().get(v);
        match number {
            Some(number) => {
                self.refer(number);
                true
            }
            None => false,
        }
    }
    #[inline]
    fn refer(&mut self, number: usize) {
        if !self.bin {
            self.out.bytes(format!("g{number}\n").as_bytes());
        } else if number < 256 {
            self.out.put([BINGET, number as u8]);
        } else {
            let [a, b, c, d] = (number as u32).to_le_bytes();
            self.out.put([LONG_BINGET, a, b, c, d]);
        }
    }
    /// Whether an object has been written (while it was being written itself).
    pub fn is_known(&self, v: Value) -> bool {
        self.core.memo.borrow().get(v).is_some()
    }
    /// Remembers an object, which lies on top of the reader's stack.
    ///
    /// # Errors
    /// PicklingError when there are too many.
    #[inline]
    pub fn put(&mut self, v: Value) -> PyResult<()> {
        if self.fast {
            return Ok(());
        }
        let number = self.core.memo.borrow_mut().add(v);
        self.announce(number)
    }
    /// Tells the reader to remember what lies on top of its stack.
    #[inline]
    pub fn announce(&mut self, number: usize) -> PyResult<()> {
        if self.proto >= 4 {
            self.out.byte(MEMOIZE);
        } else if !self.bin {
            self.out.bytes(format!("p{number}\n").as_bytes());
        } else if number < 256 {
            self.out.put([BINPUT, number as u8]);
        } else if let Ok(number) = u32::try_from(number) {
            let [a, b, c, d] = number.to_le_bytes();
            self.out.put([LONG_BINPUT, a, b, c, d]);
        } else {
            return Err(self.raise("memo id too large for LONG_BINPUT"));
        }
        Ok(())
    }
    /// Runs `body`, which writes the contents of a container; where nothing is remembered circles are an error.
    fn guarded(&mut self, v: Value, body: impl FnOnce(&mut Self) -> PyResult<()>) -> PyResult<()> {
        if !self.fast {
            return body(self);
        }
        self.nesting += 1;
        let watched = self.nesting >= FAST_NESTING;
        if watched && !self.nested.insert(v.bits()) {
            let (name, at) = (v.ty().name(), v.bits());
            let text = format!("fast mode: can't pickle cyclic objects including object type {name} at {at:#x}");
            return Err(self.th.value_error(text));
        }
        body(self)?;
        self.nesting -= 1;
        if watched {
            self.nested.remove(&v.bits());
        }
        Ok(())
    }
    /// Writes the persistent id of an object; false when it has none.
    fn save_persistent(&mut self, v: Value) -> PyResult<bool> {
        let th = self.th;
        let Some(function) = &self.persistent_id else { return Ok(false) };
        let id = call::call1(th, function.value(), v)?;
        if id.is_none() {
            return Ok(false);
        }
        if self.bin {
            self.out.boundary()?;
            self.save_itself(id.value())?;
            self.out.byte(BINPERSID);
            return Ok(true);
        }
        let text = object::str(th, id.value())?;
        match text.cast::<Str>().filter(|text| text.is_ascii()) {
            Some(text) => {
                self.out.byte(PERSID);
                self.out.both(text.units().as_bytes(), b"\n");
                Ok(true)
            }
            None => Err(self.raise("persistent IDs in protocol 0 must be ASCII strings")),
        }
    }

    // ---- numbers

    fn bool(&mut self, v: bool) {
        match (self.proto >= 2, v) {
            (true, true) => self.out.byte(NEWTRUE),
            (true, false) => self.out.byte(NEWFALSE),
            (false, true) => self.out.bytes(b"I01\n"),
            (false, false) => self.out.bytes(b"I00\n"),
        }
    }
    #[inline]
    fn small(&mut self, n: i64) {
        if !self.bin || i32::try_from(n).is_err() {
            return self.medium(n);
        }
        let [a, b, c, d] = (n as i32).to_le_bytes();
        match n {
            0..=0xFF => self.out.put([BININT1, a]),
            0x100..=0xFFFF => self.out.put([BININT2, a, b]),
            _ => self.out.put([BININT, a, b, c, d]),
        }
    }
    /// An int in protocol 0, or one of more than four bytes.
    fn medium(&mut self, n: i64) {
        if self.proto < 2 {
            let text = if i32::try_from(n).is_ok() { format!("I{n}\n") } else { format!("L{n}L\n") };
            self.out.bytes(text.as_bytes());
            return;
        }
        let bytes = n.to_le_bytes();
        let len = signed_len(&bytes);
        let len = if n == 0 { 0 } else { len };
        self.out.both(&[LONG1, len as u8], &bytes[..len]);
    }
    /// An int that is no immediate.
    fn big(&mut self, v: Value) -> PyResult<()> {
        let th = self.th;
        if let Some(n) = int::try_i64(v) {
            self.small(n);
            return Ok(());
        }
        if self.proto < 2 {
            let shown = object::repr(th, v)?;
            self.out.bytes(b"L");
            self.out.both(str::to_cow(shown.value()).as_bytes(), b"L\n");
            return Ok(());
        }
        if let Some(n) = int::with_big(v, as_wide) {
            let bytes = n.to_le_bytes();
            let len = signed_len(&bytes);
            self.out.both(&[LONG1, len as u8], &bytes[..len]);
            return Ok(());
        }
        let bits = int::with_big(v, whipsnake_numbers::bigint::bit_length);
        let count = (bits >> 3) as usize + 1;
        if count > 0x7FFF_FFFF {
            return Err(th.overflow_error("int too large to pickle"));
        }
        let bytes = int::with_big(v, |big| whipsnake_numbers::bigint::to_bytes(big, count, true, true));
        let bytes = number::OrRaise::or_raise(bytes, th)?;
        let redundant = match bytes.as_slice() {
            [.., before, 0xFF] => int::is_negative(v) && before & 0x80 != 0,
            _ => false,
        };
        let bytes = &bytes[..bytes.len() - usize::from(redundant)];
        if bytes.len() < 256 {
            self.out.both(&[LONG1, bytes.len() as u8], bytes);
        } else {
            let [a, b, c, d] = (bytes.len() as u32).to_le_bytes();
            self.out.both(&[LONG4, a, b, c, d], bytes);
        }
        Ok(())
    }
    #[inline]
    fn float(&mut self, v: Value) {
        let x = float::value_of(v).unwrap_or(0.0);
        if self.bin {
            let [a, b, c, d, e, f, g, h] = x.to_be_bytes();
            self.out.put([BINFLOAT, a, b, c, d, e, f, g, h]);
        } else {
            self.out.bytes(b"F");
            self.out.both(whipsnake_numbers::float::repr(x).as_bytes(), b"\n");
        }
    }

    // ---- text and bytes

    fn text(&mut self, text: &Str) -> PyResult<()> {
        if !self.bin {
            self.text_as_line(text);
            return self.put(text.value());
        }
        match text.as_utf8() {
            Some(utf8) => self.utf8(utf8.as_bytes())?,
            None => match text.units().to_string() {
                Some(utf8) => self.utf8(utf8.as_bytes())?,
                None => {
                    let encoded = codecs::encode(self.th, text, "utf-8", "surrogatepass")?;
                    if let Some(encoded) = encoded.cast::<Bytes>() {
                        self.utf8(encoded.as_slice())?;
                    }
                }
            },
        }
        self.put(text.value())
    }
    #[inline]
    fn utf8(&mut self, utf8: &[u8]) -> PyResult<()> {
        if utf8.len() <= 0xFF && self.proto >= 4 {
            self.out.both(&[SHORT_BINUNICODE, utf8.len() as u8], utf8);
            return Ok(());
        }
        if utf8.len() > 0xFFFF_FFFF && self.proto < 4 {
            let text = "serializing a string larger than 4 GiB requires pickle protocol 4 or higher";
            return Err(self.th.overflow_error(text));
        }
        let head = Head::of(utf8.len(), None, Some(BINUNICODE), BINUNICODE8);
        self.out.large(head.as_slice(), utf8, None)
    }
    /// A string in protocol 0: raw Unicode escapes, with those characters escaped as well that would end the line.
    fn text_as_line(&mut self, text: &Str) {
        let mut line = vec![UNICODE];
        for c in text.units().iter() {
            match c {
                0x10000.. => line.extend_from_slice(format!("\\U{c:08x}").as_bytes()),
                0x5C | 0 | 0x0A | 0x0D | 0x1A | 0x100.. => line.extend_from_slice(format!("\\u{c:04x}").as_bytes()),
                _ => line.push(c as u8),
            }
        }
        line.push(b'\n');
        self.out.bytes(&line);
    }
    fn bytes(&mut self, bytes: &Bytes) -> PyResult<()> {
        let th = self.th;
        if self.proto >= 3 {
            self.plain_bytes(bytes.as_slice(), Some(bytes.value()))?;
            return self.put(bytes.value());
        }
        // Older readers get text to encode: what comes of it is bytes also for Python 2.
        let reduced = if bytes.is_empty() {
            th.tuple(&[statics::BYTES_TYPE.value(), whipsnake_runtime::types::tuple::empty()])?
        } else {
            let text = str::from_units(th, Units::from_latin1(bytes.as_slice()))?;
            let args = th.tuple(&[text.value(), th.intern("latin1")?.value()])?;
            th.tuple(&[self.tables.codecs_encode.value(), args.value()])?
        };
        self.reduced(reduced.value(), bytes.value())
    }
    fn plain_bytes(&mut self, bytes: &[u8], object: Option<Value>) -> PyResult<()> {
        if bytes.len() > 0xFFFF_FFFF && self.proto < 4 {
            let text = "serializing a bytes object larger than 4 GiB requires pickle protocol 4 or higher";
            return Err(self.th.overflow_error(text));
        }
        let head = Head::of(bytes.len(), Some(SHORT_BINBYTES), Some(BINBYTES), BINBYTES8);
        self.out.large(head.as_slice(), bytes, object)
    }
    fn bytearray(&mut self, v: Value, array: &ByteArray) -> PyResult<()> {
        let th = self.th;
        if self.proto >= 5 {
            let view = whipsnake_runtime::types::buffer::get(th, v, false)?;
            let head = Head::of(array.len(), None, None, BYTEARRAY8);
            self.out.large(head.as_slice(), view.bytes(), Some(v))?;
            return self.put(v);
        }
        let ty = statics::BYTEARRAY_TYPE.value();
        let reduced = if array.is_empty() {
            th.tuple(&[ty, whipsnake_runtime::types::tuple::empty()])?
        } else {
            let args = th.tuple(&[th.bytes(array.as_slice())?.value()])?;
            th.tuple(&[ty, args.value()])?
        };
        self.reduced(reduced.value(), v)
    }
    fn pickle_buffer(&mut self, v: Value, buffer: &PickleBuffer) -> PyResult<()> {
        let th = self.th;
        if self.proto < 5 {
            return Err(self.raise("PickleBuffer can only be pickled with protocol >= 5"));
        }
        let view = buffer.view(th)?;
        if !crate::buffer::is_contiguous(&view) {
            return Err(self.raise("PickleBuffer can not be pickled when pointing to a non-contiguous buffer"));
        }
        let in_band = match self.core.buffer_callback.get() {
            Some(callback) => {
                let kept = call::call1(th, callback.value(), v)?;
                object::is_true(th, kept.value())?
            }
            None => true,
        };
        if !in_band {
            self.out.byte(NEXT_BUFFER);
            if view.readonly {
                self.out.byte(READONLY_BUFFER);
            }
            return Ok(());
        }
        // The memory of a contiguous view in the order in which it lies there.
        let raw = whipsnake_runtime::types::buffer::get_full(th, view.owner.value(), false)?.with_dims(None);
        if view.readonly {
            self.plain_bytes(raw.bytes(), Some(v))?;
        } else {
            let head = Head::of(raw.len, None, None, BYTEARRAY8);
            self.out.large(head.as_slice(), raw.bytes(), Some(v))?;
        }
        self.put(v)
    }

    // ---- everything else

    fn other(&mut self, v: Value, ty: &'static Type) -> PyResult<()> {
        let th = self.th;
        let mut reduced = None;
        if let Some(function) = self.reducer_override.clone() {
            let made = call::call1(th, function.value(), v)?;
            reduced = (!made.is_not_implemented()).then_some(made);
        }
        let reduced = match reduced {
            Some(reduced) => reduced,
            None => {
                if std::ptr::eq(ty, &statics::TYPE_TYPE) {
                    return self.class(v);
                }
                if std::ptr::eq(ty, &statics::FUNCTION_TYPE) {
                    return self.global(v, None);
                }
                match self.reducer(ty)? {
                    Some(reducer) => call::call1(th, reducer.value(), v)?,
                    None if ty.is_subtype_of(&statics::TYPE_TYPE) => return self.global(v, None),
                    None => {
                        if let Some(plain) = self.plain(v, ty)? {
                            return self.plain_instance(v, &plain).map_err(|raised| self.note_object(raised, v));
                        }
                        self.reduce(v)?
                    }
                }
            }
        };
        if reduced.is_instance(&statics::STR_TYPE) {
            return self.global(v, Some(reduced.value()));
        }
        let saved = if reduced.is_instance(&statics::TUPLE_TYPE) {
            self.reduced(reduced.value(), v)
        } else {
            let text = format!("__reduce__ must return a string or tuple, not {}", qualified_name(reduced.ty()));
            Err(self.raise(&text))
        };
        saved.map_err(|raised| self.note_object(raised, v))
    }
    /// Notes that an object of this class was being written.
    #[cold]
    pub fn note_object(&self, raised: Raised, v: Value) -> Raised {
        note(self.th, raised, || Ok(format!("when serializing {} object", qualified_name(v.ty()))))
    }
    /// Notes which part of an object was being written.
    #[cold]
    pub fn note_part(&self, raised: Raised, v: Value, part: &str) -> Raised {
        note(self.th, raised, || Ok(format!("when serializing {} {part}", qualified_name(v.ty()))))
    }
    /// The function registered for a class.
    fn reducer(&self, ty: &'static Type) -> PyResult<Option<Obj>> {
        let th = self.th;
        match &self.dispatch_table {
            None => match self.tables.dispatch_table.cast::<Dict>() {
                Some(table) => table.get(th, ty.value()),
                None => Ok(None),
            },
            Some(table) => match table.exact::<Dict>() {
                Some(table) => table.get(th, ty.value()),
                None => {
                    let found = object::get_item(th, table.value(), ty.value());
                    th.catch(found, &statics::KEY_ERROR)
                }
            },
        }
    }
    /// What the object's own `__reduce_ex__` or `__reduce__` returns.
    fn reduce(&self, v: Value) -> PyResult {
        let th = self.th;
        if let Some(function) = object::lookup_attr_str(th, v, "__reduce_ex__")? {
            return call::call1(th, function.value(), Value::small_int(self.proto.into()));
        }
        match object::lookup_attr_str(th, v, "__reduce__")? {
            Some(function) => call::call0(th, function.value()),
            None => Err(self.raise(&format!("Can't pickle {} object", qualified_name(v.ty())))),
        }
    }
}

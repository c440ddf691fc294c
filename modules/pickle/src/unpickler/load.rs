//! The opcodes of a pickle, one after the other.

use super::Core;
use super::input::Input;
use crate::opcodes::*;
use crate::state::{Tables, raise};
use std::cell::Cell;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::bytes::Bytes;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::list::List;
use whipsnake_runtime::types::set::{self, Set};
use whipsnake_runtime::types::str::{self, Str};
use whipsnake_runtime::types::tuple::Tuple;
use whipsnake_runtime::types::{bytearray, codecs, int, memoryview};

/// One call of `load`.
pub struct Loader<'a> {
    pub th: &'a Thread,
    pub core: &'a Core,
    tables: &'static Tables,
    unpickler: Option<Value>,
    /// The `find_class` of a subclass.
    pub finder: Option<Obj>,
    input: Input<'a>,
    pub stack: Vec<Obj>,
    /// Where marks lie in the stack.
    marks: Vec<usize>,
    /// The last mark, below which nothing may be taken.
    fence: usize,
    /// The version of the last class whose instances take attributes directly; 0 = none.
    pub plain_version: Cell<u32>,
}

impl<'a> Loader<'a> {
    pub fn new(
        th: &'a Thread,
        core: &'a Core,
        tables: &'static Tables,
        unpickler: Option<Value>,
        input: Input<'a>,
    ) -> Loader<'a> {
        core.proto.set(0);
        let (stack, marks) = (Vec::with_capacity(16), Vec::new());
        let plain_version = Cell::new(0);
        Loader { th, core, tables, unpickler, finder: None, input, stack, marks, fence: 0, plain_version }
    }
    #[cold]
    pub fn raise(&self, text: &str) -> Raised {
        raise(self.th, &self.tables.unpickling_error, text)
    }
    #[cold]
    pub fn underflow(&self) -> Raised {
        self.raise(if self.marks.is_empty() { "unpickling stack underflow" } else { "unexpected MARK found" })
    }
    /// Takes the object on top of the stack.
    #[inline]
    pub fn pop(&mut self) -> PyResult {
        if self.stack.len() <= self.fence {
            return Err(self.underflow());
        }
        self.stack.pop().ok_or_else(|| self.underflow())
    }
    /// The object on top of the stack, which stays there.
    #[inline]
    pub fn top(&self) -> PyResult<Option<Obj>> {
        if self.stack.len() <= self.fence { Err(self.underflow()) } else { Ok(self.stack.last().cloned()) }
    }
    /// Takes the last mark away; where it lay.
    #[inline]
    fn mark(&mut self) -> PyResult<usize> {
        let Some(mark) = self.marks.pop() else { return Err(self.raise("could not find MARK")) };
        self.fence = self.marks.last().copied().unwrap_or(0);
        Ok(mark)
    }
    /// Removes what lies above `from`; released from the top down.
    fn drop_from(&mut self, from: usize) {
        while self.stack.len() > from {
            self.stack.pop();
        }
    }
    #[inline]
    fn tuple_from(&mut self, from: usize) -> PyResult {
        // Short ones need no vector of their own.
        let made = match &self.stack[from..] {
            [a] => self.th.tuple(&[a.value()])?,
            [a, b] => self.th.tuple(&[a.value(), b.value()])?,
            [a, b, c] => self.th.tuple(&[a.value(), b.value(), c.value()])?,
            _ => {
                let items = self.stack.split_off(from);
                return self.th.tuple_from(items);
            }
        };
        self.stack.truncate(from);
        Ok(made)
    }
    /// Where the lowest of the `count` objects on top of the stack lies.
    fn last(&self, count: usize) -> PyResult<usize> {
        match self.stack.len().checked_sub(count) {
            Some(from) if from >= self.fence => Ok(from),
            _ => Err(self.underflow()),
        }
    }

    /// Reads the pickle.
    ///
    /// # Errors
    /// As for [`super::load`].
    pub fn load(mut self) -> PyResult {
        if let Some(unpickler) = self.unpickler
            && !unpickler.is_exact(&super::UNPICKLER_TYPE)
        {
            self.finder = Some(object::get_attr_str(self.th, unpickler, "find_class")?);
        }
        loop {
            let Some(opcode) = self.input.opcode()? else {
                return err!(self.th, EOF_ERROR, "Ran out of input");
            };
            match opcode {
                STOP => break,
                opcode => self.step(opcode)?,
            }
        }
        self.input.finish()?;
        self.pop()
    }
    #[inline(always)]
    fn step(&mut self, opcode: u8) -> PyResult<()> {
        let th = self.th;
        match opcode {
            NONE => self.stack.push(Obj::none()),
            NEWTRUE => self.stack.push(Obj::bool(true)),
            NEWFALSE => self.stack.push(Obj::bool(false)),
            BININT => {
                let n = i32::from_le_bytes(self.input.array()?);
                self.stack.push(Obj::small_int(n.into()));
            }
            BININT1 => {
                let [n] = self.input.array()?;
                self.stack.push(Obj::small_int(n.into()));
            }
            BININT2 => {
                let n = u16::from_le_bytes(self.input.array()?);
                self.stack.push(Obj::small_int(n.into()));
            }
            BINFLOAT => {
                let x = f64::from_be_bytes(self.input.array()?);
                self.stack.push(th.float(x)?);
            }
            SHORT_BINUNICODE => {
                let [len] = self.input.array()?;
                self.text(len.into())?;
            }
            BINUNICODE => {
                let len = u32::from_le_bytes(self.input.array()?);
                self.text(len as usize)?;
            }
            MEMOIZE => {
                let Some(top) = self.top()? else { return Ok(()) };
                let mut memo = self.core.memo.borrow_mut();
                let number = memo.len();
                let old = memo.put(number, top);
                drop(memo);
                drop(old);
            }
            BINPUT => {
                let [number] = self.input.array()?;
                self.put(number.into())?;
            }
            BINGET => {
                let [number] = self.input.array()?;
                self.get(number.into())?;
            }
            LONG_BINPUT => {
                let number = u32::from_le_bytes(self.input.array()?);
                self.put(number as usize)?;
            }
            LONG_BINGET => {
                let number = u32::from_le_bytes(self.input.array()?);
                self.get(number as usize)?;
            }
            MARK => {
                self.fence = self.stack.len();
                self.marks.push(self.fence);
            }
            EMPTY_DICT => self.stack.push(Dict::new(th)?),
            EMPTY_LIST => self.stack.push(List::new(th)?),
            EMPTY_TUPLE => self.stack.push(Self::empty_tuple()),
            SETITEM => {
                let from = self.stack.len().checked_sub(2).ok_or_else(|| self.underflow())?;
                self.set_items(from)?;
            }
            SETITEMS => {
                let from = self.mark()?;
                self.set_items(from)?;
            }
            APPEND => {
                if self.stack.len() <= self.fence + 1 {
                    return Err(self.underflow());
                }
                self.append(self.stack.len() - 1)?;
            }
            APPENDS => {
                let from = self.mark()?;
                self.append(from)?;
            }
            TUPLE => {
                let from = self.mark()?;
                self.push_tuple(from)?;
            }
            TUPLE1 => {
                let from = self.last(1)?;
                self.push_tuple(from)?;
            }
            TUPLE2 => {
                let from = self.last(2)?;
                self.push_tuple(from)?;
            }
            TUPLE3 => {
                let from = self.last(3)?;
                self.push_tuple(from)?;
            }
            NEWOBJ => self.new_object("NEWOBJ", false)?,
            BUILD => {
                if self.stack.len() < self.fence + 2 {
                    return Err(self.underflow());
                }
                self.build()?;
            }
            REDUCE => self.reduce()?,
            FRAME => {
                let len = u64::from_le_bytes(self.input.array()?);
                let Ok(len) = isize::try_from(len) else {
                    let text = format!("FRAME length exceeds system's maximum of {} bytes", isize::MAX);
                    return Err(th.overflow_error(text));
                };
                self.input.begin_frame(len as usize)?;
            }
            opcode => self.rare(opcode)?,
        }
        Ok(())
    }
    /// The opcodes that are less frequent.
    #[inline(never)]
    fn rare(&mut self, opcode: u8) -> PyResult<()> {
        let th = self.th;
        match opcode {
            PROTO => {
                let [proto] = self.input.array()?;
                if proto > HIGHEST_PROTOCOL {
                    return err!(th, VALUE_ERROR, "unsupported pickle protocol: {proto}");
                }
                self.core.proto.set(proto);
            }
            STACK_GLOBAL => {
                let (name, module) = (self.pop()?, self.pop()?);
                if !name.is_exact(&statics::STR_TYPE) || !module.is_exact(&statics::STR_TYPE) {
                    return Err(self.raise("STACK_GLOBAL requires str"));
                }
                let found = self.find(module.value(), name.value())?;
                self.stack.push(found);
            }
            GLOBAL => {
                let module = codecs::decode_utf8(th, self.input.line(1)?, "strict")?;
                let name = codecs::decode_utf8(th, self.input.line(1)?, "strict")?;
                let found = self.find(module.value(), name.value())?;
                self.stack.push(found);
            }
            NEWOBJ_EX => self.new_object("NEWOBJ_EX", true)?,
            LONG1 => {
                let [len] = self.input.array()?;
                self.long(len.into())?;
            }
            LONG4 => {
                let len = i32::from_le_bytes(self.input.array()?);
                let Ok(len) = usize::try_from(len) else {
                    return Err(self.raise("LONG pickle has negative byte count"));
                };
                self.long(len)?;
            }
            SHORT_BINBYTES => {
                let [len] = self.input.array()?;
                self.bytes(len.into())?;
            }
            BINBYTES => {
                let len = u32::from_le_bytes(self.input.array()?);
                self.bytes(len as usize)?;
            }
            BINBYTES8 => {
                let len = self.size("BINBYTES")?;
                self.bytes(len)?;
            }
            BYTEARRAY8 => {
                let len = self.size("BYTEARRAY8")?;
                let data = self.input.large(len)?;
                self.stack.push(bytearray::from_vec(th, data)?);
            }
            BINUNICODE8 => {
                let len = self.size("BINUNICODE")?;
                self.text(len)?;
            }
            NEXT_BUFFER => self.next_buffer()?,
            READONLY_BUFFER => self.readonly_buffer()?,
            EMPTY_SET => self.stack.push(Set::new(th)?),
            ADDITEMS => {
                let from = self.mark()?;
                self.add_items(from)?;
            }
            FROZENSET => {
                let from = self.mark()?;
                self.check_from(from)?;
                let items = self.tuple_from(from)?;
                self.stack.push(set::from_iterable(th, &statics::FROZENSET_TYPE, Some(items.value()))?);
            }
            POP => {
                if self.marks.last() == Some(&self.stack.len()) {
                    self.mark()?;
                } else {
                    self.pop()?;
                }
            }
            POP_MARK => {
                let from = self.mark()?;
                self.drop_from(from);
            }
            DUP => {
                let Some(top) = self.top()? else { return Ok(()) };
                self.stack.push(top);
            }
            LIST => {
                let from = self.mark()?;
                self.check_from(from)?;
                let made = th.list_from(self.stack.drain(from..))?;
                self.stack.push(made);
            }
            DICT => {
                let from = self.mark()?;
                if (self.stack.len() - from) % 2 != 0 {
                    return Err(self.raise("odd number of items for DICT"));
                }
                let dict = Dict::new(th)?;
                if let Some(dict) = dict.cast::<Dict>() {
                    for pair in self.stack[from..].chunks_exact(2) {
                        dict.set(th, pair[0].value(), pair[1].value())?;
                    }
                }
                self.drop_from(from);
                self.stack.push(dict);
            }
            OBJ => {
                let from = self.mark()?;
                if self.stack.len() < from + 1 {
                    return Err(self.underflow());
                }
                let args = self.tuple_from(from + 1)?;
                let class = self.pop()?;
                let made = self.instantiate(class.value(), args.value())?;
                self.stack.push(made);
            }
            INST => {
                let from = self.mark()?;
                let module = codecs::decode(th, self.input.line(1)?, "ascii", "strict")?;
                let name = codecs::decode(th, self.input.line(1)?, "ascii", "strict")?;
                let class = self.find(module.value(), name.value())?;
                let args = self.tuple_from(from)?;
                let made = self.instantiate(class.value(), args.value())?;
                self.stack.push(made);
            }
            PERSID => {
                let id = codecs::decode(th, self.input.line(0)?, "ascii", "strict");
                let id = match th.catch(id, &statics::UNICODE_DECODE_ERROR)? {
                    Some(id) => id,
                    None => return Err(self.raise("persistent IDs in protocol 0 must be ASCII strings")),
                };
                self.persistent(id)?;
            }
            BINPERSID => {
                let id = self.pop()?;
                self.persistent(id)?;
            }
            EXT1 => {
                let [code] = self.input.array()?;
                self.extension(code.into())?;
            }
            EXT2 => {
                let code = u16::from_le_bytes(self.input.array()?);
                self.extension(code.into())?;
            }
            EXT4 => {
                let code = i32::from_le_bytes(self.input.array()?);
                self.extension(code)?;
            }
            _ => self.textual(opcode)?,
        }
        Ok(())
    }
    /// The opcodes of protocol 0 with text behind them, and strings of Python 2.
    fn textual(&mut self, opcode: u8) -> PyResult<()> {
        let th = self.th;
        match opcode {
            INT => {
                let line = self.input.line(1)?;
                let made = match line {
                    b"00" => Obj::bool(false),
                    b"01" => Obj::bool(true),
                    line => match number(th, &terminated(line)) {
                        Ok(made) => made,
                        Err(raised) => {
                            if !th.exception_matches(&statics::VALUE_ERROR) {
                                return Err(raised);
                            }
                            drop(th.take_exception());
                            return Err(th.value_error("could not convert string to int"));
                        }
                    },
                };
                self.stack.push(made);
            }
            LONG => {
                let line = self.input.line(1)?;
                let digits = match line {
                    [digits @ .., b'L'] => digits.split(|byte| *byte == 0).next().unwrap_or(digits).to_vec(),
                    line => terminated(line),
                };
                let made = number(th, &digits)?;
                self.stack.push(made);
            }
            FLOAT => {
                let x = float(th, self.input.line(1)?)?;
                self.stack.push(th.float(x)?);
            }
            STRING => {
                let line = self.input.line(0)?;
                let quoted = match line {
                    [first @ (b'\'' | b'"'), inside @ .., last] if first == last => Some(inside.to_vec()),
                    _ => None,
                };
                let Some(quoted) = quoted else { return Err(self.raise("the STRING opcode argument must be quoted")) };
                let quoted = th.bytes(&quoted)?;
                let decode = whipsnake_runtime::import::attribute(th, "_codecs", "escape_decode")?;
                let decoded = call::call1(th, decode.value(), quoted.value())?;
                let Some(data) = decoded.cast::<Tuple>().and_then(|pair| pair.get(0)) else { return Ok(()) };
                self.old_string(data)?;
            }
            BINSTRING => {
                let len = i32::from_le_bytes(self.input.array()?);
                let Ok(len) = usize::try_from(len) else {
                    return Err(self.raise("BINSTRING pickle has negative byte count"));
                };
                let data = th.bytes(self.input.take(len)?)?;
                self.old_string(data)?;
            }
            SHORT_BINSTRING => {
                let [len] = self.input.array()?;
                let data = th.bytes(self.input.take(len.into())?)?;
                self.old_string(data)?;
            }
            UNICODE => {
                let line = th.bytes(self.input.line(0)?)?;
                let decode = whipsnake_runtime::import::attribute(th, "_codecs", "raw_unicode_escape_decode")?;
                let decoded = call::call1(th, decode.value(), line.value())?;
                let Some(text) = decoded.cast::<Tuple>().and_then(|pair| pair.get(0)) else { return Ok(()) };
                self.stack.push(text);
            }
            GET => {
                let number = memo_number(th, self.input.line(1)?)?;
                match usize::try_from(number) {
                    Ok(number) => self.get(number)?,
                    Err(_) => return Err(self.raise(&format!("Memo value not found at index {number}"))),
                }
            }
            PUT => {
                let line = self.input.line(1)?.to_vec();
                if self.stack.len() <= self.fence {
                    return Err(self.underflow());
                }
                let Ok(number) = usize::try_from(memo_number(th, &line)?) else {
                    return Err(th.value_error("negative PUT argument"));
                };
                self.put(number)?;
            }
            other => {
                let shown = match other {
                    0x20..=0x7E if other != b'\'' && other != b'\\' => char::from(other).to_string(),
                    _ => format!("\\x{other:02x}"),
                };
                return Err(self.raise(&format!("invalid load key, '{shown}'.")));
            }
        }
        Ok(())
    }

    // ---- the memo

    #[inline]
    fn get(&mut self, number: usize) -> PyResult<()> {
        let found = self.core.memo.borrow().get(number);
        match found {
            Some(object) => {
                self.stack.push(object);
                Ok(())
            }
            None => Err(self.raise(&format!("Memo value not found at index {number}"))),
        }
    }
    #[inline]
    fn put(&mut self, number: usize) -> PyResult<()> {
        let Some(top) = self.top()? else { return Ok(()) };
        let old = self.core.memo.borrow_mut().put(number, top);
        drop(old);
        Ok(())
    }

    // ---- values

    /// The size of large data.
    fn size(&mut self, what: &str) -> PyResult<usize> {
        let size = u64::from_le_bytes(self.input.array()?);
        match isize::try_from(size) {
            Ok(size) => Ok(size as usize),
            Err(_) => {
                let text = format!("{what} exceeds system's maximum size of {} bytes", isize::MAX);
                Err(self.th.overflow_error(text))
            }
        }
    }
    #[inline]
    fn text(&mut self, len: usize) -> PyResult<()> {
        let th = self.th;
        let utf8 = self.input.take(len)?;
        let made =
            if utf8.is_ascii() { str::from_ascii(th, utf8)? } else { codecs::decode_utf8(th, utf8, "surrogatepass")? };
        self.stack.push(made);
        Ok(())
    }
    fn bytes(&mut self, len: usize) -> PyResult<()> {
        let th = self.th;
        let made =
            if self.input.has(len) { th.bytes(self.input.take(len)?)? } else { th.bytes(&self.input.large(len)?)? };
        self.stack.push(made);
        Ok(())
    }
    fn long(&mut self, len: usize) -> PyResult<()> {
        let th = self.th;
        let bytes = self.input.take(len)?;
        let made = match bytes.last() {
            None => Obj::small_int(0),
            Some(top) if len <= 8 => {
                let mut wide = if top & 0x80 != 0 { [0xFF; 8] } else { [0; 8] };
                wide[..len].copy_from_slice(bytes);
                th.int(i64::from_le_bytes(wide))?
            }
            Some(top) if len < 16 => {
                let mut wide = if top & 0x80 != 0 { [0xFF; 16] } else { [0; 16] };
                wide[..len].copy_from_slice(bytes);
                wide_int(th, i128::from_le_bytes(wide))?
            }
            Some(_) => int::from_big(th, whipsnake_numbers::bigint::from_bytes(bytes, true, true))?,
        };
        self.stack.push(made);
        Ok(())
    }
    /// A string of Python 2: text, or the bytes as they are.
    fn old_string(&mut self, data: Obj) -> PyResult<()> {
        let th = self.th;
        let encoding = self.core.encoding.borrow().clone();
        if encoding == "bytes" {
            self.stack.push(data);
            return Ok(());
        }
        let errors = self.core.errors.borrow().clone();
        let bytes = data.cast::<Bytes>().map_or(&[][..], Bytes::as_slice);
        self.stack.push(codecs::decode(th, bytes, &encoding, &errors)?);
        Ok(())
    }

    // ---- containers

    /// Underflow if a mark taken away lies below one that is still there.
    fn check_from(&self, from: usize) -> PyResult<()> {
        if from < self.fence || from > self.stack.len() { Err(self.underflow()) } else { Ok(()) }
    }
    #[inline]
    fn push_tuple(&mut self, from: usize) -> PyResult<()> {
        self.check_from(from)?;
        let made = self.tuple_from(from)?;
        self.stack.push(made);
        Ok(())
    }
    /// The container below `from` that what lies above it is added to; `None` when that is nothing.
    fn target_below(&self, from: usize) -> PyResult<Option<Obj>> {
        if from > self.stack.len() || from <= self.fence {
            return Err(self.underflow());
        }
        Ok((from != self.stack.len()).then(|| self.stack[from - 1].clone()))
    }
    /// Adds what lies above `from` to the list below it.
    fn append(&mut self, from: usize) -> PyResult<()> {
        let th = self.th;
        let Some(target) = self.target_below(from)? else { return Ok(()) };
        if let Some(list) = target.exact::<List>() {
            list.reserve(th, list.len() + self.stack.len() - from)?;
            for item in self.stack.drain(from..) {
                list.push(th, item)?;
            }
            return Ok(());
        }
        if let Some(extend) = object::lookup_attr_str(th, target.value(), "extend")? {
            let items = th.list_from(self.stack.drain(from..))?;
            return call::call1(th, extend.value(), items.value()).map(drop);
        }
        let append = object::get_attr_str(th, target.value(), "append")?;
        for item in self.stack.drain(from..) {
            call::call1(th, append.value(), item.value())?;
        }
        Ok(())
    }
    /// Adds the pairs above `from` to the dict below it.
    fn set_items(&mut self, from: usize) -> PyResult<()> {
        let th = self.th;
        let Some(target) = self.target_below(from)? else { return Ok(()) };
        if (self.stack.len() - from) % 2 != 0 {
            return Err(self.raise("odd number of items for SETITEMS"));
        }
        if let Some(dict) = target.exact::<Dict>() {
            for pair in self.stack[from..].chunks_exact(2) {
                dict.set(th, pair[0].value(), pair[1].value())?;
            }
        } else {
            for pair in self.stack[from..].chunks_exact(2) {
                object::set_item(th, target.value(), pair[0].value(), pair[1].value())?;
            }
        }
        self.stack.truncate(from);
        Ok(())
    }
    /// Adds what lies above `from` to the set below it.
    fn add_items(&mut self, from: usize) -> PyResult<()> {
        let th = self.th;
        let Some(target) = self.target_below(from)? else { return Ok(()) };
        if target.is_instance(&statics::SET_TYPE) {
            for item in &self.stack[from..] {
                set::add(th, target.value(), item.value())?;
            }
        } else {
            let add = object::get_attr_str(th, target.value(), "add")?;
            for item in &self.stack[from..] {
                call::call1(th, add.value(), item.value())?;
            }
        }
        self.stack.truncate(from);
        Ok(())
    }

    // ---- calls

    fn reduce(&mut self) -> PyResult<()> {
        let args = self.pop()?;
        let function = self.pop()?;
        if args.cast::<Tuple>().is_none() {
            return Err(self.th.type_error("argument list must be a tuple"));
        }
        let made = call::call_ex(self.th, function.value(), args.value(), None)?;
        self.stack.push(made);
        Ok(())
    }
    /// The object that a persistent id stands for.
    fn persistent(&mut self, id: Obj) -> PyResult<()> {
        let Some(unpickler) = self.unpickler else {
            let text =
                "A load persistent id instruction was encountered, but no persistent_load function was specified.";
            return Err(self.raise(text));
        };
        let function = object::get_attr_str(self.th, unpickler, "persistent_load")?;
        let made = call::call1(self.th, function.value(), id.value())?;
        self.stack.push(made);
        Ok(())
    }
    /// The object registered for a code.
    fn extension(&mut self, code: i32) -> PyResult<()> {
        let (th, tables) = (self.th, self.tables);
        if code <= 0 {
            return Err(self.raise("EXT specifies code <= 0"));
        }
        let key = Obj::small_int(code.into());
        let table = |table: &'static Obj| table.cast::<Dict>().map_or(Ok(None), |table| table.get(th, key.value()));
        if let Some(found) = table(&tables.extension_cache)? {
            self.stack.push(found);
            return Ok(());
        }
        let Some(pair) = table(&tables.inverted_registry)? else {
            return err!(th, VALUE_ERROR, "unregistered extension code {code}");
        };
        let names = match pair.cast::<Tuple>().map(Tuple::as_slice) {
            Some(&[module, name]) if module.cast::<Str>().is_some() && name.cast::<Str>().is_some() => (module, name),
            _ => return err!(th, VALUE_ERROR, "_inverted_registry[{code}] isn't a 2-tuple of strings"),
        };
        let found = self.find(names.0, names.1)?;
        if let Some(cache) = tables.extension_cache.cast::<Dict>() {
            cache.set(th, key.value(), found.value())?;
        }
        self.stack.push(found);
        Ok(())
    }

    // ---- buffers

    fn next_buffer(&mut self) -> PyResult<()> {
        let Some(buffers) = self.core.buffers.get() else {
            let text = "pickle stream refers to out-of-band data but no *buffers* argument was given";
            return Err(self.raise(text));
        };
        match iter::next(self.th, buffers.value())? {
            Some(buffer) => {
                self.stack.push(buffer);
                Ok(())
            }
            None => Err(self.raise("not enough out-of-band buffers")),
        }
    }
    fn readonly_buffer(&mut self) -> PyResult<()> {
        let th = self.th;
        let Some(object) = self.top()? else { return Ok(()) };
        let view = memoryview::from_object(th, object.value(), false)?;
        let is_readonly = object::get_attr_str(th, view.value(), "readonly")?;
        if !object::is_true(th, is_readonly.value())? {
            let readonly = call::call_method(th, view.value(), "toreadonly", &[])?;
            self.stack.pop();
            self.stack.push(readonly);
        }
        Ok(())
    }
}

/// An int of at most 120 bits, without a detour over the Rust heap.
fn wide_int(th: &Thread, n: i128) -> PyResult {
    use whipsnake_numbers::bigint::{BigRef, DIGIT_BITS, DIGIT_MASK};
    let magnitude = n.unsigned_abs();
    let digits: [u32; 5] = std::array::from_fn(|i| (magnitude >> (i as u32 * DIGIT_BITS)) as u32 & DIGIT_MASK);
    let count = digits.iter().rposition(|digit| *digit != 0).map_or(0, |last| last + 1);
    int::from_view(th, BigRef { negative: n < 0, digits: &digits[..count] })
}

/// A line with its end, as messages show it. Numbers end at a NUL.
fn terminated(line: &[u8]) -> Vec<u8> {
    match line.iter().position(|byte| *byte == 0) {
        Some(end) => line[..end].to_vec(),
        None => [line, b"\n"].concat(),
    }
}

/// The int that digits spell.
fn number(th: &Thread, digits: &[u8]) -> PyResult {
    match int::parse_latin(th, digits, 10, statics::none()) {
        Err(raised) if th.exception_matches(&statics::VALUE_ERROR) => {
            let error = th.take_exception();
            let is_long = error
                .as_ref()
                .is_some_and(|error| object::to_text(th, error.value()).is_ok_and(|text| text.starts_with("Exceeds")));
            if is_long {
                th.restore_exception(error);
                return Err(raised);
            }
            let shown = codecs::decode_utf8(th, digits, "strict")?;
            int::parse_latin(th, digits, 10, shown.value())
        }
        result => result,
    }
}

/// The number behind GET or PUT.
fn memo_number(th: &Thread, line: &[u8]) -> PyResult<isize> {
    number::as_isize(th, number(th, &terminated(line))?.value())
}

/// How much of the text, from its start, is a float.
fn float_prefix(text: &[u8]) -> usize {
    let digits = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let word = |word: &[u8]| text[sign..].get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    for name in [&b"infinity"[..], b"inf", b"nan"] {
        if word(name) {
            return sign + name.len();
        }
    }
    let whole = digits(sign);
    let mut end = sign + whole;
    let mut fraction = 0;
    if text.get(end) == Some(&b'.') {
        fraction = digits(end + 1);
        end += 1 + fraction;
    }
    if whole + fraction == 0 {
        return 0;
    }
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits((end + 1 + sign).min(text.len()));
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    end
}

fn float(th: &Thread, line: &[u8]) -> PyResult<f64> {
    let end = float_prefix(line);
    let shown = || {
        let line = terminated(line);
        String::from_utf8_lossy(&line[..line.len().min(200)]).into_owned()
    };
    let number = std::str::from_utf8(&line[..end]).ok().and_then(|text| text.parse::<f64>().ok());
    match number {
        Some(x) if x.is_infinite() && line[..end].iter().any(u8::is_ascii_digit) => {
            err!(th, OVERFLOW_ERROR, "value too large to convert to float: '{}'", shown())
        }
        Some(x) if end == line.len() => Ok(x),
        Some(_) => Err(th.value_error("could not convert string to float")),
        None => err!(th, VALUE_ERROR, "could not convert string to float: '{}'", shown()),
    }
}

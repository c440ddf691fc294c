//! Writing JSON.

use super::{State, strings};
use crate::this;
use std::cell::RefCell;
use std::collections::HashSet;
use whipsnake_runtime::args::Params;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::list::{self, List};
use whipsnake_runtime::types::str::{Str, from_buf};
use whipsnake_runtime::types::tuple::Tuple;
use whipsnake_runtime::types::{float, int};
use whipsnake_text::Builder;

/// How strings are encoded.
#[derive(Clone, Copy, PartialEq)]
enum Strings {
    Ascii,
    Any,
    /// By a function.
    Called,
}

pub struct Encoder {
    markers: Obj,
    default: Obj,
    encoder: Obj,
    indent: Obj,
    key_separator: Obj,
    item_separator: Obj,
    sort_keys: bool,
    skip_keys: bool,
    allow_nan: bool,
    strings: Strings,
}

impl Payload for Encoder {
    fn ty() -> &'static Type {
        &ENCODER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        for part in
            [&self.markers, &self.default, &self.encoder, &self.indent, &self.key_separator, &self.item_separator]
        {
            visitor.obj(part);
        }
    }
}

builtin_type! {
    /// `_json.Encoder`.
    pub static ENCODER_TYPE = TypeSpec {
        name: "_json.Encoder",
        flags: flags::HAVE_GC,
        doc: "Encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
        slots: Slots { new: Some(construct), call: Some(call_encoder), ..Instance::<Encoder>::SLOTS },
        getsets: methods::GETSETS,
        ..Instance::<Encoder>::SPEC
    }
}

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    static PARAMS: Params = Params {
        function: "make_encoder",
        names: &[
            "markers",
            "default",
            "encoder",
            "indent",
            "key_separator",
            "item_separator",
            "sort_keys",
            "skipkeys",
            "allow_nan",
        ],
        positional_only: 0,
        positional: 9,
        required: &[true; 9],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None; 9];
    PARAMS.bind(th, args, &mut bound)?;
    let [markers, default, encoder, indent, key_separator, item_separator, sort_keys, skip_keys, allow_nan] =
        bound.map(|v| v.unwrap_or(statics::none()));
    for (position, v) in [(5, key_separator), (6, item_separator)] {
        if v.cast::<Str>().is_none() {
            let got = number::full_name(v);
            return err!(th, TYPE_ERROR, "make_encoder() argument {position} must be str, not {got}");
        }
    }
    if !markers.is_none() && markers.cast::<Dict>().is_none() {
        let got = number::full_name(markers);
        return err!(th, TYPE_ERROR, "make_encoder() argument 1 must be dict or None, not {got}");
    }
    if !indent.is_none() && indent.cast::<Str>().is_none() {
        let got = number::full_name(indent);
        return err!(th, TYPE_ERROR, "make_encoder() argument 4 must be str or None, not {got}");
    }
    let state = th.interp.state::<State>();
    let is_own = |function: &RefCell<Option<Obj>>| function.borrow().as_ref().is_some_and(|own| own.same(encoder));
    let strings = match () {
        () if is_own(&state.encode_ascii) => Strings::Ascii,
        () if is_own(&state.encode) => Strings::Any,
        () => Strings::Called,
    };
    let made = Encoder {
        markers: markers.own(),
        default: default.own(),
        encoder: encoder.own(),
        indent: indent.own(),
        key_separator: key_separator.own(),
        item_separator: item_separator.own(),
        sort_keys: object::is_true(th, sort_keys)?,
        skip_keys: object::is_true(th, skip_keys)?,
        allow_nan: object::is_true(th, allow_nan)?,
        strings,
    };
    Instance::create_as(th, ty, made)
}

fn call_encoder(th: &Thread, v: Value, args: Args) -> PyResult {
    static PARAMS: Params = Params {
        function: "_iterencode",
        names: &["obj", "_current_indent_level"],
        positional_only: 0,
        positional: 2,
        required: &[true, true],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None; 2];
    PARAMS.bind(th, args, &mut bound)?;
    let [object, level] = bound.map(|v| v.unwrap_or(statics::none()));
    let level = number::as_isize(th, level)?.max(0) as usize;
    let encoder: &Encoder = this(v);
    let mut writing =
        Writing { th, encoder, out: Builder::new(), level, inside: HashSet::new(), checks: !encoder.markers.is_none() };
    writing.value(object)?;
    let text = from_buf(th, writing.out.finish())?;
    th.tuple(&[text.value()])
}

/// A call of an encoder.
struct Writing<'a> {
    th: &'a Thread,
    encoder: &'a Encoder,
    out: Builder,
    level: usize,
    /// The containers that are being written, if circles are looked for.
    inside: HashSet<u64>,
    checks: bool,
}

impl Writing<'_> {
    fn push(&mut self, text: &Obj) {
        if let Some(text) = text.cast::<Str>() {
            self.out.push_units(text.units());
        }
    }
    /// Adds a note to the exception that is being raised.
    #[cold]
    fn note(&self, raised: Raised, text: impl FnOnce() -> PyResult<String>) -> Raised {
        let th = self.th;
        let Some(exception) = th.take_exception() else { return raised };
        let added = text()
            .and_then(|text| th.str(&text))
            .and_then(|text| call::call_method(th, exception.value(), "add_note", &[text.value()]));
        if added.is_err() {
            drop(th.take_exception());
        }
        th.restore_exception(Some(exception));
        raised
    }
    fn enter(&mut self, v: Value) -> PyResult<()> {
        if self.checks && !self.inside.insert(v.bits()) {
            return Err(self.th.value_error("Circular reference detected"));
        }
        Ok(())
    }
    fn leave(&mut self, v: Value) {
        if self.checks {
            self.inside.remove(&v.bits());
        }
    }
    fn value(&mut self, v: Value) -> PyResult<()> {
        let th = self.th;
        if v.is_none() {
            self.out.push_ascii(b"null");
        } else if v.is_true_singleton() {
            self.out.push_ascii(b"true");
        } else if v.is_false_singleton() {
            self.out.push_ascii(b"false");
        } else if let Some(text) = v.cast::<Str>() {
            self.string(text)?;
        } else if v.is_instance(&statics::INT_TYPE) {
            self.int(v)?;
        } else if v.is_instance(&statics::FLOAT_TYPE) {
            self.float(v)?;
        } else if let Some(tuple) = v.cast::<Tuple>() {
            th.check_native_stack(" while encoding a JSON object")?;
            self.sequence(v, |i| tuple.get(i))?;
        } else if let Some(list) = v.cast::<List>() {
            th.check_native_stack(" while encoding a JSON object")?;
            self.sequence(v, |i| list.get(i))?;
        } else if let Some(dict) = v.cast::<Dict>() {
            th.check_native_stack(" while encoding a JSON object")?;
            self.dict(v, dict)?;
        } else {
            self.other(v)?;
        }
        Ok(())
    }
    fn string(&mut self, text: &Str) -> PyResult<()> {
        match self.encoder.strings {
            Strings::Ascii => strings::encode(text.units(), true, &mut self.out),
            Strings::Any => strings::encode(text.units(), false, &mut self.out),
            Strings::Called => {
                let encoded = call::call1(self.th, self.encoder.encoder.value(), text.value())?;
                if encoded.cast::<Str>().is_none() {
                    let got = number::full_name(encoded.value());
                    return err!(self.th, TYPE_ERROR, "encoder() must return a string, not {got}");
                }
                self.push(&encoded);
            }
        }
        Ok(())
    }
    /// An int as `int.__repr__` shows it.
    fn int(&mut self, v: Value) -> PyResult<()> {
        match int::try_i64(v) {
            Some(n) => self.out.push_ascii(n.to_string().as_bytes()),
            None => self.out.push_ascii(int::decimal(self.th, v)?.as_bytes()),
        }
        Ok(())
    }
    /// A float as `float.__repr__` shows it.
    fn float(&mut self, v: Value) -> PyResult<()> {
        let x = float::value_of(v).unwrap_or(0.0);
        if x.is_finite() {
            self.out.push_ascii(whipsnake_numbers::float::repr(x).as_bytes());
            return Ok(());
        }
        if !self.encoder.allow_nan {
            let shown = object::repr_text(self.th, v)?;
            return err!(self.th, VALUE_ERROR, "Out of range float values are not JSON compliant: {shown}");
        }
        let text: &[u8] = match x {
            _ if x.is_nan() => b"NaN",
            _ if x > 0.0 => b"Infinity",
            _ => b"-Infinity",
        };
        self.out.push_ascii(text);
        Ok(())
    }
    /// A new line, when there is indentation.
    fn new_line(&mut self) {
        if let Some(indent) = self.encoder.indent.cast::<Str>() {
            self.out.push(u32::from('\n'));
            for _ in 0..self.level {
                self.out.push_units(indent.units());
            }
        }
    }
    fn sequence(&mut self, v: Value, item: impl Fn(usize) -> Option<Obj>) -> PyResult<()> {
        let Some(mut current) = item(0) else {
            self.out.push_ascii(b"[]");
            return Ok(());
        };
        self.enter(v)?;
        self.out.push(u32::from('['));
        self.level += 1;
        self.new_line();
        let mut i = 0;
        loop {
            self.value(current.value()).map_err(|raised| {
                self.note(raised, || Ok(format!("when serializing {} item {i}", number::full_name(v))))
            })?;
            i += 1;
            // What encodes items may change the list.
            let Some(next) = item(i) else { break };
            current = next;
            let encoder = self.encoder;
            self.push(&encoder.item_separator);
            self.new_line();
        }
        self.level -= 1;
        self.new_line();
        self.leave(v);
        self.out.push(u32::from(']'));
        Ok(())
    }
    fn dict(&mut self, v: Value, dict: &Dict) -> PyResult<()> {
        let th = self.th;
        if dict.is_empty() {
            self.out.push_ascii(b"{}");
            return Ok(());
        }
        self.enter(v)?;
        self.out.push(u32::from('{'));
        self.level += 1;
        let mut first = true;
        if self.encoder.sort_keys || !v.is_exact(&statics::DICT_TYPE) {
            let items = call::call_method(th, v, "items", &[])?;
            let items = sequence::to_list(th, items.value())?;
            if let Some(items) = items.cast::<List>() {
                if self.encoder.sort_keys {
                    list::sort(th, items, None, false)?;
                }
                let mut i = 0;
                while let Some(item) = items.get(i) {
                    i += 1;
                    let Some(&[key, value]) = item.cast::<Tuple>().map(Tuple::as_slice) else {
                        return Err(th.value_error("items must return 2-tuples"));
                    };
                    self.entry(v, key, value, &mut first)?;
                }
            }
        } else {
            let mut position = 0;
            while let Some((key, value, _)) = dict.entry_at(&mut position) {
                let (key, value) = (key.own(), value.own());
                self.entry(v, key.value(), value.value(), &mut first)?;
            }
        }
        self.level -= 1;
        self.leave(v);
        if !first {
            self.new_line();
        }
        self.out.push(u32::from('}'));
        Ok(())
    }
    fn entry(&mut self, dict: Value, key: Value, value: Value, first: &mut bool) -> PyResult<()> {
        let is_key = key.cast::<Str>().is_some()
            || key.is_none()
            || key.is_instance(&statics::INT_TYPE)
            || key.is_instance(&statics::FLOAT_TYPE);
        if !is_key {
            if self.encoder.skip_keys {
                return Ok(());
            }
            let got = number::full_name(key);
            return err!(self.th, TYPE_ERROR, "keys must be str, int, float, bool or None, not {got}");
        }
        let encoder = self.encoder;
        if !std::mem::replace(first, false) {
            self.push(&encoder.item_separator);
        }
        self.new_line();
        self.key(key)?;
        self.push(&encoder.key_separator);
        self.value(value).map_err(|raised| {
            let th = self.th;
            self.note(raised, || {
                Ok(format!("when serializing {} item {}", number::full_name(dict), object::repr_text(th, key)?))
            })
        })
    }
    /// A key, which is a string whatever it was.
    fn key(&mut self, key: Value) -> PyResult<()> {
        if let Some(text) = key.cast::<Str>() {
            return self.string(text);
        }
        if self.encoder.strings != Strings::Called {
            self.out.push(u32::from('"'));
            self.value(key)?;
            self.out.push(u32::from('"'));
            return Ok(());
        }
        let before = std::mem::take(&mut self.out);
        let shown = self.value(key);
        let text = from_buf(self.th, std::mem::replace(&mut self.out, before).finish())?;
        shown?;
        text.cast::<Str>().map_or(Ok(()), |text| self.string(text))
    }
    /// An object that only the `default` function knows.
    fn other(&mut self, v: Value) -> PyResult<()> {
        let th = self.th;
        self.enter(v)?;
        let replaced = call::call1(th, self.encoder.default.value(), v)?;
        th.check_native_stack(" while encoding a JSON object")?;
        self.value(replaced.value())
            .map_err(|raised| self.note(raised, || Ok(format!("when serializing {} object", number::full_name(v)))))?;
        self.leave(v);
        Ok(())
    }
}

#[pymethods]
mod methods {
    use super::*;

    #[getter("markers")]
    fn markers(_: &Thread, v: Value) -> Obj {
        this::<Encoder>(v).markers.clone()
    }
    #[getter("default")]
    fn default(_: &Thread, v: Value) -> Obj {
        this::<Encoder>(v).default.clone()
    }
    #[getter("encoder")]
    fn encoder(_: &Thread, v: Value) -> Obj {
        this::<Encoder>(v).encoder.clone()
    }
    #[getter("indent")]
    fn indent(_: &Thread, v: Value) -> Obj {
        this::<Encoder>(v).indent.clone()
    }
    #[getter("key_separator")]
    fn key_separator(_: &Thread, v: Value) -> Obj {
        this::<Encoder>(v).key_separator.clone()
    }
    #[getter("item_separator")]
    fn item_separator(_: &Thread, v: Value) -> Obj {
        this::<Encoder>(v).item_separator.clone()
    }
    #[getter("sort_keys")]
    fn sort_keys(_: &Thread, v: Value) -> bool {
        this::<Encoder>(v).sort_keys
    }
    #[getter("skipkeys")]
    fn skipkeys(_: &Thread, v: Value) -> bool {
        this::<Encoder>(v).skip_keys
    }
}

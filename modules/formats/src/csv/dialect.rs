//! `_csv.Dialect`: what delimits, quotes and escapes.

use super::registered;
use crate::this;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::int;
use whipsnake_runtime::types::str::{self, Str};

/// The names of the kinds of quoting, in the order of their numbers.
pub const QUOTING: [&str; 6] =
    ["QUOTE_MINIMAL", "QUOTE_ALL", "QUOTE_NONNUMERIC", "QUOTE_NONE", "QUOTE_STRINGS", "QUOTE_NOTNULL"];

/// When fields are quoted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quoting {
    Minimal,
    All,
    NonNumeric,
    None,
    Strings,
    NotNull,
}

impl Quoting {
    fn from_number(n: i64) -> Option<Quoting> {
        use Quoting::*;
        let all = [Minimal, All, NonNumeric, None, Strings, NotNull];
        usize::try_from(n).ok().and_then(|n| all.get(n).copied())
    }
}

/// A dialect, checked.
pub struct Dialect {
    pub delimiter: u32,
    pub quote: Option<u32>,
    pub escape: Option<u32>,
    pub doublequote: bool,
    pub skip_space: bool,
    pub strict: bool,
    pub quoting: Quoting,
    /// A str.
    terminator: Obj,
    /// Its characters.
    pub terminator_units: Vec<u32>,
}

impl Payload for Dialect {
    fn ty() -> &'static Type {
        &DIALECT_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.terminator);
    }
}

builtin_type! {
    /// `_csv.Dialect`.
    pub static DIALECT_TYPE = TypeSpec {
        name: "_csv.Dialect",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "What delimits, quotes and escapes fields.",
        slots: Slots { new: Some(construct), ..Instance::<Dialect>::SLOTS },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..Instance::<Dialect>::SPEC
    }
}

const NAMES: [&str; 9] = [
    "dialect",
    "delimiter",
    "doublequote",
    "escapechar",
    "lineterminator",
    "quotechar",
    "quoting",
    "skipinitialspace",
    "strict",
];

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let mut given = [None; NAMES.len()];
    if args.len() > NAMES.len() {
        return err!(th, TYPE_ERROR, "function takes at most {} arguments ({} given)", NAMES.len(), args.len());
    }
    for (slot, v) in given.iter_mut().zip(args.values()) {
        *slot = Some(v);
    }
    take_keywords(th, &mut given, args.keywords())?;
    make(th, ty, given)
}

fn take_keywords<'a>(
    th: &Thread,
    given: &mut [Option<Value>; NAMES.len()],
    keywords: impl Iterator<Item = (Value, Value)> + 'a,
) -> PyResult<()> {
    for (name, value) in keywords {
        let text = str::to_rust_string(name);
        match NAMES.iter().position(|known| *known == text) {
            Some(at) => given[at] = Some(value),
            None => return err!(th, TYPE_ERROR, "this function got an unexpected keyword argument '{text}'"),
        }
    }
    Ok(())
}

/// The dialect that a dialect, a name or an object with attributes, and format parameters describe.
///
/// # Errors
/// TypeError, ValueError, `csv.Error` for unknown names.
pub fn from_arguments<'a>(
    th: &Thread,
    dialect: Option<Value>,
    keywords: impl Iterator<Item = (Value, Value)> + 'a,
) -> PyResult {
    let mut given = [None; NAMES.len()];
    given[0] = dialect;
    take_keywords(th, &mut given, keywords)?;
    make(th, &DIALECT_TYPE, given)
}

fn character(th: &Thread, name: &str, v: Value, or_none: &str) -> PyResult<u32> {
    let Some(text) = v.cast::<Str>() else {
        let got = number::full_name(v);
        return err!(th, TYPE_ERROR, "\"{name}\" must be a unicode character{or_none}, not {got}");
    };
    match (text.len(), text.units().get(0)) {
        (1, Some(c)) => Ok(c),
        (len, _) => {
            err!(th, TYPE_ERROR, "\"{name}\" must be a unicode character{or_none}, not a string of length {len}")
        }
    }
}

fn optional_character(th: &Thread, name: &str, v: Option<Value>, default: Option<char>) -> PyResult<Option<u32>> {
    match v {
        None => Ok(default.map(u32::from)),
        Some(v) if v.is_none() => Ok(None),
        Some(v) => character(th, name, v, " or None").map(Some),
    }
}

fn make(th: &Thread, ty: &'static Type, mut given: [Option<Value>; NAMES.len()]) -> PyResult {
    let mut base = given[0].filter(|v| !v.is_none()).map(ValueExt::own);
    if let Some(name) = base.as_ref().filter(|v| v.cast::<Str>().is_some()) {
        base = Some(registered(th, name.value())?);
    }
    // A dialect without changes is taken as it is.
    if let Some(base) = &base
        && std::ptr::eq(ty, &DIALECT_TYPE)
        && base.is_exact(&DIALECT_TYPE)
        && given[1..].iter().all(Option::is_none)
    {
        return Ok(base.clone());
    }
    let mut held = Vec::new();
    if let Some(base) = &base {
        for (slot, name) in given.iter_mut().zip(NAMES).skip(1) {
            if slot.is_none()
                && let Some(v) = object::lookup_attr_str(th, base.value(), name)?
            {
                *slot = Some(v.value());
                held.push(v);
            }
        }
    }
    let [_, delimiter, doublequote, escape, terminator, quote, quoting, skip_space, strict] = given;
    let flag = |v: Option<Value>, default| v.map_or(Ok(default), |v| object::is_true(th, v));

    let delimiter = delimiter.map_or(Ok(u32::from(',')), |v| character(th, "delimiter", v, ""))?;
    let doublequote = flag(doublequote, true)?;
    let escape = optional_character(th, "escapechar", escape, None)?;
    let terminator = match terminator {
        None => th.str("\r\n")?,
        Some(v) if v.cast::<Str>().is_some() => v.own(),
        Some(v) => {
            return err!(th, TYPE_ERROR, "\"lineterminator\" must be a string, not {}", number::full_name(v));
        }
    };
    let no_quote = quote.is_some_and(|v| v.is_none());
    let quote = optional_character(th, "quotechar", quote, Some('"'))?;
    let quoting = match quoting {
        None if no_quote => Quoting::None,
        None => Quoting::Minimal,
        Some(v) if v.is_exact(&statics::INT_TYPE) => match int::try_i64(v).and_then(Quoting::from_number) {
            Some(quoting) => quoting,
            None => return Err(th.type_error("bad \"quoting\" value")),
        },
        Some(v) => return err!(th, TYPE_ERROR, "\"quoting\" must be an integer, not {}", number::full_name(v)),
    };
    let (skip_space, strict) = (flag(skip_space, false)?, flag(strict, false)?);
    if quoting != Quoting::None && quote.is_none() {
        return Err(th.type_error("quotechar must be set if quoting enabled"));
    }
    let terminator_units = terminator.cast::<Str>().map_or(Vec::new(), |text| text.units().iter().collect());
    let dialect =
        Dialect { delimiter, quote, escape, doublequote, skip_space, strict, quoting, terminator, terminator_units };
    dialect.check(th)?;
    Instance::create_as(th, ty, dialect)
}

impl Dialect {
    /// ValueError for characters that cannot do what they are to do.
    fn check(&self, th: &Thread) -> PyResult<()> {
        let roles = [("delimiter", Some(self.delimiter)), ("escapechar", self.escape), ("quotechar", self.quote)];
        for (name, c) in roles {
            let space = name != "delimiter" && self.skip_space && c == Some(u32::from(' '));
            if c == Some(u32::from('\n')) || c == Some(u32::from('\r')) || space {
                return err!(th, VALUE_ERROR, "bad {name} value");
            }
        }
        for (i, (name, c)) in roles.iter().enumerate() {
            for (other, d) in &roles[i + 1..] {
                if c.is_some() && c == d {
                    return err!(th, VALUE_ERROR, "bad {name} or {other} value");
                }
            }
        }
        for (name, c) in roles {
            if c.is_some_and(|c| self.terminator_units.contains(&c)) {
                return err!(th, VALUE_ERROR, "bad {name} or lineterminator value");
            }
        }
        Ok(())
    }
}

fn show(th: &Thread, c: Option<u32>) -> PyResult {
    c.map_or(Ok(Obj::none()), |c| str::from_char(th, c))
}

#[pymethods]
mod methods {
    use super::*;

    #[getter("delimiter")]
    fn delimiter(th: &Thread, v: Value) -> PyResult {
        show(th, Some(this::<Dialect>(v).delimiter))
    }
    #[getter("escapechar")]
    fn escapechar(th: &Thread, v: Value) -> PyResult {
        show(th, this::<Dialect>(v).escape)
    }
    #[getter("lineterminator")]
    fn lineterminator(_: &Thread, v: Value) -> Obj {
        this::<Dialect>(v).terminator.clone()
    }
    #[getter("quotechar")]
    fn quotechar(th: &Thread, v: Value) -> PyResult {
        show(th, this::<Dialect>(v).quote)
    }
    #[getter("quoting")]
    fn quoting(_: &Thread, v: Value) -> i64 {
        this::<Dialect>(v).quoting as i64
    }
    #[getter("doublequote")]
    fn doublequote(_: &Thread, v: Value) -> bool {
        this::<Dialect>(v).doublequote
    }
    #[getter("skipinitialspace")]
    fn skipinitialspace(_: &Thread, v: Value) -> bool {
        this::<Dialect>(v).skip_space
    }
    #[getter("strict")]
    fn strict(_: &Thread, v: Value) -> bool {
        this::<Dialect>(v).strict
    }
    /// Dialects cannot be pickled.
    #[method("__reduce__", raw)]
    fn reduce(th: &Thread, v: Value, _: Args) -> PyResult<()> {
        err!(th, TYPE_ERROR, "cannot pickle '{}' instances", v.ty().short_name())
    }
    /// Dialects cannot be pickled.
    #[method("__reduce_ex__", raw)]
    fn reduce_ex(th: &Thread, v: Value, _: Args) -> PyResult<()> {
        err!(th, TYPE_ERROR, "cannot pickle '{}' instances", v.ty().short_name())
    }
}

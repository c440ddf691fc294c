//! `unicodedata`: the character database, today's as functions of the module and that of Unicode 3.2.0 as an object.

use std::marker::PhantomData;
use whipsnake_runtime::native::MethodDef;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::BytesArg;
use whipsnake_runtime::types::module;
use whipsnake_runtime::types::str::{self, Str};
use whipsnake_text::Units;
use whipsnake_text::unicode::database::Version;
use whipsnake_text::unicode::names::{self, MAX_NAME, Named};
use whipsnake_text::unicode::normalize::{Form, hangul_parts};
use whipsnake_text::unicode::to_digit;

/// `unicodedata.UCD`: an older version of the database.
pub struct Ucd;

impl Payload for Ucd {
    #[inline(always)]
    fn ty() -> &'static Type {
        &UCD_TYPE
    }
    fn traverse(&self, _: &mut Visitor) {}
}

builtin_type! {
    /// `unicodedata.UCD`.
    pub static UCD_TYPE = TypeSpec {
        name: "unicodedata.UCD",
        flags: flags::DISALLOW_INSTANTIATION,
        methods: Database::<Old>::METHODS,
        getsets: &[GetSetDef {
            name: "unidata_version",
            doc: "",
            get: |th, _| th.str(Version::Old.name()),
            set: None,
            member: true,
        }],
        ..Instance::<Ucd>::SPEC
    }
}

/// The version that functions are about.
trait Of {
    const VERSION: Version;
}
struct Current;
struct Old;
impl Of for Current {
    const VERSION: Version = Version::Current;
}
impl Of for Old {
    const VERSION: Version = Version::Old;
}

/// The functions about a version.
struct Database<V>(PhantomData<V>);

/// The only argument of a function, a character.
fn character(th: &Thread, v: Value, function: &str) -> PyResult<u32> {
    one_character(th, v, function, "argument")
}

fn one_character(th: &Thread, v: Value, function: &str, argument: &str) -> PyResult<u32> {
    let Some(text) = v.cast::<Str>() else {
        let got = if v.is_none() { "None" } else { v.ty().name() };
        return err!(th, TYPE_ERROR, "{function}() {argument} must be a unicode character, not {got}");
    };
    match (text.len(), text.units().get(0)) {
        (1, Some(c)) => Ok(c),
        (len, _) => {
            err!(th, TYPE_ERROR, "{function}(): {argument} must be a unicode character, not a string of length {len}")
        }
    }
}

/// A character and what to give instead of an error.
fn character_or<'a>(th: &Thread, args: Args<'a>, function: &str) -> PyResult<(u32, Option<Value>)> {
    args.no_keywords(th, &format!("unicodedata.{function}"))?;
    args.expect(th, function, 1, 2)?;
    let c = one_character(th, args.get(0).unwrap_or(statics::none()), function, "argument 1")?;
    Ok((c, args.get(1)))
}

fn or_default(th: &Thread, found: Option<PyResult>, default: Option<Value>, message: &str) -> PyResult {
    match (found, default) {
        (Some(found), _) => found,
        (None, Some(default)) => Ok(default.own()),
        (None, None) => Err(th.value_error(message)),
    }
}

fn form_and_text<'a>(th: &Thread, args: Args<'a>, function: &str) -> PyResult<(Value, Value, &'a Str)> {
    args.no_keywords(th, &format!("unicodedata.{function}"))?;
    args.expect(th, function, 2, 2)?;
    let argument = |i: usize| args.get(i).unwrap_or(statics::none());
    for i in 0..2 {
        if argument(i).cast::<Str>().is_none() {
            let got = if argument(i).is_none() { "None" } else { argument(i).ty().name() };
            return err!(th, TYPE_ERROR, "{function}() argument {} must be str, not {got}", i + 1);
        }
    }
    match argument(1).cast::<Str>() {
        Some(text) => Ok((argument(0), argument(1), text)),
        None => Err(th.type_error("must be str")),
    }
}

fn form(th: &Thread, name: Value) -> PyResult<Form> {
    let name = name.cast::<Str>().and_then(|name| name.units().as_str());
    name.and_then(Form::named).ok_or_else(|| th.value_error("invalid normalization form"))
}

const fn method(name: &'static str, doc: &'static str, text_signature: &'static str, code: NativeCode) -> MethodDef {
    MethodDef { name, doc, text_signature, kind: MethodKind::Plain, code, pure_native: false }
}

const ONE: &str = "($self, chr, /)";
const WITH_DEFAULT: &str = "($self, chr, default=<unrepresentable>, /)";

impl<V: Of> Database<V> {
    const METHODS: &'static [MethodDef] = &[
        method(
            "decimal",
            "The value of a decimal digit, or the default.",
            WITH_DEFAULT,
            NativeCode::Args(Self::decimal),
        ),
        method("digit", "The value of a digit, or the default.", WITH_DEFAULT, NativeCode::Args(Self::digit)),
        method(
            "numeric",
            "The value of a numeric character as a float, or the default.",
            WITH_DEFAULT,
            NativeCode::Args(Self::numeric),
        ),
        method("category", "The general category.", ONE, NativeCode::One(Self::category)),
        method("bidirectional", "The bidirectional class.", ONE, NativeCode::One(Self::bidirectional)),
        method("combining", "The canonical combining class.", ONE, NativeCode::One(Self::combining)),
        method("mirrored", "1 if mirrored in right-to-left text.", ONE, NativeCode::One(Self::mirrored)),
        method("east_asian_width", "The East Asian width.", ONE, NativeCode::One(Self::east_asian_width)),
        method("decomposition", "The decomposition, as in the database.", ONE, NativeCode::One(Self::decomposition)),
        method("name", "The name, or the default.", WITH_DEFAULT, NativeCode::Args(Self::name)),
        method(
            "lookup",
            "What has the name; KeyError if nothing has.",
            "($self, name, /)",
            NativeCode::One(Self::lookup),
        ),
        method(
            "is_normalized",
            "Whether the string is in the form 'NFC', 'NFKC', 'NFD' or 'NFKD'.",
            "($self, form, unistr, /)",
            NativeCode::Args(Self::is_normalized),
        ),
        method(
            "normalize",
            "The string in the form 'NFC', 'NFKC', 'NFD' or 'NFKD'.",
            "($self, form, unistr, /)",
            NativeCode::Args(Self::normalize),
        ),
    ];

    fn decimal(th: &Thread, _: Value, args: Args) -> PyResult {
        let (c, default) = character_or(th, args, "decimal")?;
        let found = V::VERSION.decimal(c).map(|d| Ok(Obj::small_int(d.into())));
        or_default(th, found, default, "not a decimal")
    }
    fn digit(th: &Thread, _: Value, args: Args) -> PyResult {
        let (c, default) = character_or(th, args, "digit")?;
        or_default(th, to_digit(c).map(|d| Ok(Obj::small_int(d.into()))), default, "not a digit")
    }
    fn numeric(th: &Thread, _: Value, args: Args) -> PyResult {
        let (c, default) = character_or(th, args, "numeric")?;
        or_default(th, V::VERSION.numeric(c).map(|x| th.float(x)), default, "not a numeric character")
    }
    fn category(th: &Thread, _: Value, chr: Value) -> PyResult {
        th.str(V::VERSION.category(character(th, chr, "category")?))
    }
    fn bidirectional(th: &Thread, _: Value, chr: Value) -> PyResult {
        th.str(V::VERSION.bidirectional(character(th, chr, "bidirectional")?))
    }
    fn combining(th: &Thread, _: Value, chr: Value) -> PyResult {
        Ok(Obj::small_int(V::VERSION.combining(character(th, chr, "combining")?).into()))
    }
    fn mirrored(th: &Thread, _: Value, chr: Value) -> PyResult {
        Ok(Obj::small_int(V::VERSION.is_mirrored(character(th, chr, "mirrored")?).into()))
    }
    fn east_asian_width(th: &Thread, _: Value, chr: Value) -> PyResult {
        th.str(V::VERSION.east_asian_width(character(th, chr, "east_asian_width")?))
    }
    fn decomposition(th: &Thread, _: Value, chr: Value) -> PyResult {
        let c = character(th, chr, "decomposition")?;
        let hex = |parts: &[u32]| parts.iter().map(|part| format!("{part:04X}")).collect::<Vec<_>>().join(" ");
        if let Some((lead, vowel, trail)) = hangul_parts(c) {
            let parts: Vec<u32> = [lead, vowel].into_iter().chain(trail).collect();
            return th.str(&hex(&parts));
        }
        match V::VERSION.decomposition(c) {
            Some(("", parts)) => th.str(&hex(parts)),
            Some((tag, parts)) => th.str(&format!("{tag} {}", hex(parts))),
            None => th.str(""),
        }
    }
    fn name(th: &Thread, _: Value, args: Args) -> PyResult {
        let (c, default) = character_or(th, args, "name")?;
        or_default(th, V::VERSION.name_of(c).map(|name| th.str(&name)), default, "no such name")
    }
    fn lookup(th: &Thread, _: Value, name: Value) -> PyResult {
        let bytes: BytesArg = match name.cast::<Str>() {
            Some(text) => BytesArg::Bytes(text.utf8(th)?.as_bytes()),
            None => BytesArg::of(th, name)?,
        };
        if bytes.len() > MAX_NAME {
            let message = th.str("name too long")?;
            return Err(th.key_error(message.value()));
        }
        match names::lookup(&bytes) {
            Some(Named::Character(c)) => str::from_char(th, c),
            Some(Named::Alias(c)) if V::VERSION == Version::Current => str::from_char(th, c),
            Some(Named::Sequence(text)) if V::VERSION == Version::Current => str::from_units(th, Units::Ucs2(text)),
            _ => {
                let shown = String::from_utf8_lossy(&bytes);
                let message = th.str(&format!("undefined character name '{shown}'"))?;
                Err(th.key_error(message.value()))
            }
        }
    }
    fn is_normalized(th: &Thread, _: Value, args: Args) -> PyResult {
        let (name, _, text) = form_and_text(th, args, "is_normalized")?;
        if text.is_empty() {
            return Ok(Obj::bool(true));
        }
        let form = form(th, name)?;
        let units = text.units();
        if form.is_plainly(units, V::VERSION) {
            return Ok(Obj::bool(true));
        }
        let normal = form.normalize(units, V::VERSION);
        Ok(Obj::bool(normal.units().iter().eq(units.iter())))
    }
    fn normalize(th: &Thread, _: Value, args: Args) -> PyResult {
        let (name, given, text) = form_and_text(th, args, "normalize")?;
        let same = || if text.is_exact_str() { Ok(given.own()) } else { str::from_units(th, text.units()) };
        if text.is_empty() {
            return same();
        }
        let form = form(th, name)?;
        if form.is_plainly(text.units(), V::VERSION) {
            return same();
        }
        str::from_buf(th, form.normalize(text.units(), V::VERSION))
    }
}

/// Makes `unicodedata`.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let doc = "The Unicode character database: properties, names and normal forms of characters.";
    let m = module::new(th, "unicodedata", doc, Database::<Current>::METHODS)?;
    module::add(th, m.value(), "unidata_version", th.str(Version::Current.name())?.value())?;
    module::add_type(th, m.value(), &UCD_TYPE)?;
    module::add(th, m.value(), "ucd_3_2_0", Instance::create(th, Ucd)?.value())?;
    Ok(m)
}

//! `_sre`: compiled patterns, matches, scanners and templates, over the engine in `whipsnake-sre`.
//!
//! - `subject`: the text a pattern runs on, and slices of it
//! - `run`: one use of a pattern on a text
//! - `pattern`, `substitute`, `matching`, `scanner`, `template`: the types
//!
//! Source: the documentation of `re`; `re/_compiler.py` for what `compile` gets.

use whipsnake_runtime::import::NativeModule;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::module;
use whipsnake_text::unicode;

mod matching;
mod pattern;
mod run;
mod scanner;
mod subject;
mod substitute;
mod template;

/// The modules of this crate.
pub static MODULES: &[NativeModule] = &[NativeModule { name: "_sre", init: init_sre }];

/// Characters as `re` sees them.
pub(crate) const UNICODE: whipsnake_sre::Unicode = whipsnake_sre::Unicode {
    is_alnum: unicode::is_alnum,
    is_space: unicode::is_space,
    is_decimal: unicode::is_decimal,
    is_linebreak: unicode::is_linebreak,
    lower: unicode::simple_lower,
    upper: unicode::simple_upper,
    // SAFETY: the C functions take any byte.
    locale_is_alnum: |byte| unsafe { libc::isalnum(byte.into()) != 0 },
    // SAFETY: as above.
    locale_lower: |byte| unsafe { libc::tolower(byte.into()) as u8 },
    // SAFETY: as above.
    locale_upper: |byte| unsafe { libc::toupper(byte.into()) as u8 },
};

/// The payload of a receiver that a method or slot was called with.
///
/// # Errors
/// TypeError for objects of other types.
#[inline]
pub(crate) fn payload<'a, T: Payload>(th: &Thread, v: Value) -> PyResult<&'a T> {
    match v.cast::<Instance<T>>() {
        Some(instance) => Ok(&instance.payload),
        None => Err(th.type_error(format!("expected {}, not {}", T::ty().name(), v.ty().name()))),
    }
}

#[pyfunctions]
mod functions {
    use super::*;

    /// The size of a code word in bytes.
    #[function("getcodesize()")]
    fn getcodesize(_: &Thread) -> i32 {
        4
    }
    /// Whether the ASCII mappings of case change the character.
    #[function("ascii_iscased(character, /)")]
    fn ascii_iscased(_: &Thread, character: i32) -> bool {
        u8::try_from(character).is_ok_and(|c| c.is_ascii_alphabetic())
    }
    /// Whether the Unicode mappings of case change the character.
    #[function("unicode_iscased(character, /)")]
    fn unicode_iscased(_: &Thread, character: i32) -> bool {
        let c = character as u32;
        unicode::simple_lower(c) != c || unicode::simple_upper(c) != c
    }
    /// The lower case of an ASCII character.
    #[function("ascii_tolower(character, /)")]
    fn ascii_tolower(_: &Thread, character: i32) -> i32 {
        u8::try_from(character).map_or(character, |c| c.to_ascii_lowercase().into())
    }
    /// The lower case of a character.
    #[function("unicode_tolower(character, /)")]
    fn unicode_tolower(_: &Thread, character: i32) -> i32 {
        unicode::simple_lower(character as u32) as i32
    }
    /// Makes a pattern of the code that re._compiler made.
    #[function("compile(pattern, flags, code, groups, groupindex, indexgroup)")]
    fn compile(
        th: &Thread,
        pattern: Value,
        flags: i32,
        code: Value,
        groups: isize,
        groupindex: Value,
        indexgroup: Value,
    ) -> PyResult {
        pattern::compile(th, pattern, flags, code, groups, groupindex, indexgroup)
    }
    /// Makes a template of what re._parser.parse_template found.
    #[function("template(pattern, template, /)")]
    fn template(th: &Thread, pattern: Value, template: Value) -> PyResult {
        template::compile(th, pattern, template)
    }
}

/// Makes `_sre`.
///
/// # Errors
/// MemoryError.
pub fn init_sre(th: &Thread) -> PyResult {
    for ty in [
        &pattern::PATTERN_TYPE,
        &matching::MATCH_TYPE,
        &scanner::SCANNER_TYPE,
        &scanner::FIND_ITERATOR_TYPE,
        &template::TEMPLATE_TYPE,
    ] {
        whipsnake_runtime::typeobj::ready(th, ty)?;
    }
    let m = module::new(th, "_sre", "The engine of regular expressions.", functions::METHODS)?;
    for (name, value) in [
        ("MAGIC", i64::from(whipsnake_sre::MAGIC)),
        ("CODESIZE", 4),
        ("MAXREPEAT", i64::from(whipsnake_sre::MAXREPEAT)),
        ("MAXGROUPS", i64::from(whipsnake_sre::MAXGROUPS)),
    ] {
        module::add(th, m.value(), name, Value::small_int(value))?;
    }
    Ok(m)
}

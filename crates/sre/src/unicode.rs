//! The character database as the engine needs it: a table of functions that its user fills in.
//!
//! The engine depends on no Unicode data of its own. Locale functions see one byte, because only bytes patterns can
//! carry the LOCALE flag; they are asked at match time, since the locale may change after compilation.

/// Classification and case mapping of single characters.
#[derive(Clone, Copy, Debug)]
pub struct Unicode {
    /// `str.isalnum` of one character.
    pub is_alnum: fn(u32) -> bool,
    /// `str.isspace` of one character.
    pub is_space: fn(u32) -> bool,
    /// `str.isdecimal` of one character.
    pub is_decimal: fn(u32) -> bool,
    /// Whether `str.splitlines` breaks at the character.
    pub is_linebreak: fn(u32) -> bool,
    /// Simple lower-case mapping (one character to one).
    pub lower: fn(u32) -> u32,
    /// Simple upper-case mapping (one character to one).
    pub upper: fn(u32) -> u32,
    /// C's `isalnum` in the current locale.
    pub locale_is_alnum: fn(u8) -> bool,
    /// C's `tolower` in the current locale.
    pub locale_lower: fn(u8) -> u8,
    /// C's `toupper` in the current locale.
    pub locale_upper: fn(u8) -> u8,
}

fn char_of(code: u32) -> char {
    char::from_u32(code).unwrap_or('\u{fffd}')
}

/// The only character of a case mapping, or the character itself where the mapping has several.
fn simple(code: u32, mut mapped: impl Iterator<Item = char>) -> u32 {
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one as u32,
        _ => code,
    }
}

impl Unicode {
    /// An approximation from Rust's own `char`, with the C locale. Good enough for tests; it differs from Python's
    /// tables in some marks and numerals.
    pub const APPROXIMATE: Unicode = Unicode {
        is_alnum: |code| char::from_u32(code).is_some_and(char::is_alphanumeric),
        is_space: |code| char_of(code).is_whitespace() || (0x1c..=0x1f).contains(&code),
        is_decimal: |code| char_of(code).is_ascii_digit() || (0x660..=0x669).contains(&code),
        is_linebreak: |code| matches!(code, 0x0a..=0x0d | 0x1c..=0x1e | 0x85 | 0x2028 | 0x2029),
        lower: |code| match char::from_u32(code) {
            Some(c) => simple(code, c.to_lowercase()),
            None => code,
        },
        upper: |code| match char::from_u32(code) {
            Some(c) => simple(code, c.to_uppercase()),
            None => code,
        },
        locale_is_alnum: |byte| byte.is_ascii_alphanumeric(),
        locale_lower: |byte| byte.to_ascii_lowercase(),
        locale_upper: |byte| byte.to_ascii_uppercase(),
    };
}

/// Lower case within ASCII only.
pub(crate) fn ascii_lower(code: u32) -> u32 {
    if (0x41..=0x5a).contains(&code) { code + 0x20 } else { code }
}

/// Lower case of a byte in the current locale; other characters are their own.
pub(crate) fn locale_lower(unicode: &Unicode, code: u32) -> u32 {
    u8::try_from(code).map_or(code, |byte| (unicode.locale_lower)(byte).into())
}

/// Upper case of a byte in the current locale; other characters are their own.
pub(crate) fn locale_upper(unicode: &Unicode, code: u32) -> u32 {
    u8::try_from(code).map_or(code, |byte| (unicode.locale_upper)(byte).into())
}

/// Whether an ASCII letter, digit or underscore.
pub(crate) fn ascii_word(code: u32) -> bool {
    u8::try_from(code).is_ok_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a letter or digit of the current locale, or an underscore.
pub(crate) fn locale_word(unicode: &Unicode, code: u32) -> bool {
    u8::try_from(code).is_ok_and(|byte| (unicode.locale_is_alnum)(byte) || byte == b'_')
}

/// Whether alphanumeric in Unicode, or an underscore.
pub(crate) fn unicode_word(unicode: &Unicode, code: u32) -> bool {
    code == 0x5f || (unicode.is_alnum)(code)
}

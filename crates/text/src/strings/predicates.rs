//! The `str.is...` methods.

use crate::unicode;
use crate::units::{Unit, Units};
use crate::with_units;

macro_rules! all_of {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $(
            $(#[$doc])*
            pub fn $name(s: Units<'_>) -> bool {
                !s.is_empty() && with_units!(s, |s| s.iter().all(|u| unicode::$name(u.to_u32())))
            }
        )*
    };
}

all_of! {
    /// `str.isalpha`.
    is_alpha;
    /// `str.isdecimal`.
    is_decimal;
    /// `str.isdigit`.
    is_digit;
    /// `str.isnumeric`.
    is_numeric;
    /// `str.isalnum`.
    is_alnum;
    /// `str.isspace`.
    is_space;
}

/// `str.isprintable`; true of the empty string.
pub fn is_printable(s: Units<'_>) -> bool {
    with_units!(s, |s| s.iter().all(|u| unicode::is_printable(u.to_u32())))
}

/// `str.islower`: some character in lower case, none in upper or title case.
pub fn is_lower(s: Units<'_>) -> bool {
    let mut any = false;
    for c in s.iter() {
        if unicode::is_upper(c) || unicode::is_title(c) {
            return false;
        }
        any |= unicode::is_lower(c);
    }
    any
}

/// `str.isupper`: some character in upper case, none in lower or title case.
pub fn is_upper(s: Units<'_>) -> bool {
    let mut any = false;
    for c in s.iter() {
        if unicode::is_lower(c) || unicode::is_title(c) {
            return false;
        }
        any |= unicode::is_upper(c);
    }
    any
}

/// `str.istitle`: upper or title case only after uncased characters, lower case only after cased ones.
pub fn is_title(s: Units<'_>) -> bool {
    let mut after_cased = false;
    let mut any = false;
    for c in s.iter() {
        if unicode::is_upper(c) || unicode::is_title(c) {
            if after_cased {
                return false;
            }
            (after_cased, any) = (true, true);
        } else if unicode::is_lower(c) {
            if !after_cased {
                return false;
            }
            any = true;
        } else {
            after_cased = false;
        }
    }
    any
}

/// `str.isidentifier`.
pub fn is_identifier(s: Units<'_>) -> bool {
    let Some(first) = s.get(0) else { return false };
    (first == u32::from(b'_') || unicode::is_xid_start(first)) && s.iter().skip(1).all(unicode::is_xid_continue)
}

//! The methods of `str` and `bytes` against results recorded from CPython by `tools/text/record_strings.py`.

mod common;

use std::convert::Infallible;
use std::ops::Range;

use common::*;
use whipsnake_text::search::{self, Side, slice};
use whipsnake_text::strings::{self, HashKey, Padding};
use whipsnake_text::{Buf, SizeError, Units, bytes};

fn limit(field: &str) -> usize {
    field.parse().unwrap_or(usize::MAX)
}

fn collect(run: impl FnOnce(&mut dyn FnMut(Range<usize>) -> Result<(), Infallible>)) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    run(&mut |r| {
        ranges.push(r);
        Ok(())
    });
    ranges
}

fn show_buf(b: Buf) -> String {
    assert!(is_canonical(&b), "{b:?}");
    show_str(b.units())
}

fn side(op: &str) -> Side {
    match op {
        "lstrip" => Side::Left,
        "rstrip" => Side::Right,
        _ => Side::Both,
    }
}

fn padding(op: &str, len: usize, width: usize) -> Padding {
    match op {
        "center" => Padding::center(len, width),
        "ljust" => Padding::ljust(len, width),
        _ => Padding::rjust(len, width),
    }
}

fn str_split(op: &str, s: Units<'_>, args: &[&str]) -> String {
    let n = |i: usize| limit(args[i]);
    let mut ranges = match op {
        "splitws" => collect(|emit| search::split_whitespace(s, n(2), emit).unwrap()),
        "rsplitws" => collect(|emit| search::rsplit_whitespace(s, n(2), emit).unwrap()),
        "split" => collect(|emit| search::split(s, parse_str(args[1]).units(), n(2), emit).unwrap()),
        "rsplit" => collect(|emit| search::rsplit(s, parse_str(args[1]).units(), n(2), emit).unwrap()),
        _ => collect(|emit| search::split_lines(s, args[1] == "1", emit).unwrap()),
    };
    if op.starts_with('r') {
        ranges.reverse();
    }
    show_list(ranges.into_iter().map(|r| show_str(s.slice(r.start, r.end))).collect())
}

fn str_search(op: &str, s: Units<'_>, args: &[&str]) -> String {
    let needle = parse_str(args[1]);
    let (needle, start, end) = (needle.units(), limit(args[2]), limit(args[3]));
    match op {
        "find" => show_position(search::find(s, needle, start, end)),
        "rfind" => show_position(search::rfind(s, needle, start, end)),
        "count" => search::count(s, needle, start, end).to_string(),
        "startswith" => show_bool(search::starts_with(s, needle, start, end)),
        _ => show_bool(search::ends_with(s, needle, start, end)),
    }
}

fn str_partition(op: &str, s: Units<'_>, sep: Units<'_>) -> String {
    let parts = if op == "partition" { search::partition(s, sep) } else { search::rpartition(s, sep) };
    let whole = show_str(s);
    let texts = match parts {
        Some((a, b)) => [show_str(s.slice(a.start, a.end)), show_str(sep), show_str(s.slice(b.start, b.end))],
        None if op == "partition" => [whole, "-".into(), "-".into()],
        None => ["-".into(), "-".into(), whole],
    };
    texts.join(",")
}

fn str_op(op: &str, args: &[&str]) -> String {
    let s = parse_str(args[0]);
    let s = s.units();
    match op {
        "upper" => show_buf(strings::upper(s)),
        "lower" => show_buf(strings::lower(s)),
        "title" => show_buf(strings::title(s)),
        "capitalize" => show_buf(strings::capitalize(s)),
        "casefold" => show_buf(strings::casefold(s)),
        "swapcase" => show_buf(strings::swapcase(s)),
        "isalpha" => show_bool(strings::is_alpha(s)),
        "isdecimal" => show_bool(strings::is_decimal(s)),
        "isdigit" => show_bool(strings::is_digit(s)),
        "isnumeric" => show_bool(strings::is_numeric(s)),
        "isalnum" => show_bool(strings::is_alnum(s)),
        "isspace" => show_bool(strings::is_space(s)),
        "islower" => show_bool(strings::is_lower(s)),
        "isupper" => show_bool(strings::is_upper(s)),
        "istitle" => show_bool(strings::is_title(s)),
        "isprintable" => show_bool(strings::is_printable(s)),
        "isidentifier" => show_bool(strings::is_identifier(s)),
        "repr" => show_buf(strings::repr(s)),
        "ascii" => show_buf(strings::ascii(s)),
        "hash" => strings::hash(&HashKey::from_seed(42), s).to_string(),
        "strip" | "lstrip" | "rstrip" => {
            let r = match args.get(1) {
                Some(chars) => search::strip_chars(s, parse_str(chars).units(), side(op)),
                None => search::strip_whitespace(s, side(op)),
            };
            show_str(s.slice(r.start, r.end))
        }
        "splitws" | "rsplitws" | "split" | "rsplit" | "splitlines" => str_split(op, s, args),
        "expandtabs" => show_buf(strings::expandtabs(s, limit(args[1])).unwrap()),
        "zfill" => show_buf(strings::zfill(s, limit(args[1])).unwrap()),
        "center" | "ljust" | "rjust" => {
            let fill = parse_str(args[2]).units().get(0).unwrap();
            show_buf(strings::pad(s, padding(op, s.len(), limit(args[1])), fill).unwrap())
        }
        "find" | "rfind" | "count" | "startswith" | "endswith" => str_search(op, s, args),
        "partition" | "rpartition" => str_partition(op, s, parse_str(args[1]).units()),
        "replace" => {
            let (old, new) = (parse_str(args[1]), parse_str(args[2]));
            let replaced = search::replace(s, old.units(), new.units(), limit(args[3])).unwrap();
            replaced.map_or_else(|| show_str(s), show_buf)
        }
        "compare" => (s.cmp(&parse_str(args[1]).units()) as i32).to_string(),
        _ => format!("unknown {op}"),
    }
}

fn bytes_search(op: &str, s: &[u8], args: &[&str]) -> String {
    let needle = parse_bytes(args[1]);
    let (needle, start, end) = (&needle[..], limit(args[2]), limit(args[3]));
    match op {
        "find" => show_position(bytes::find(s, needle, start, end)),
        "rfind" => show_position(bytes::rfind(s, needle, start, end)),
        "count" => bytes::count(s, needle, start, end).to_string(),
        "startswith" => show_bool(bytes::starts_with(s, needle, start, end)),
        _ => show_bool(bytes::ends_with(s, needle, start, end)),
    }
}

fn bytes_op(op: &str, args: &[&str]) -> String {
    let s = &parse_bytes(args[0])[..];
    match op {
        "upper" => show_bytes(&s.to_ascii_uppercase()),
        "lower" => show_bytes(&s.to_ascii_lowercase()),
        "title" => show_bytes(&bytes::title(s)),
        "capitalize" => show_bytes(&bytes::capitalize(s)),
        "swapcase" => show_bytes(&bytes::swapcase(s)),
        "isalpha" => show_bool(bytes::is_alpha(s)),
        "isdigit" => show_bool(bytes::is_digit(s)),
        "isalnum" => show_bool(bytes::is_alnum(s)),
        "isspace" => show_bool(bytes::is_all_space(s)),
        "islower" => show_bool(bytes::is_lower(s)),
        "isupper" => show_bool(bytes::is_upper(s)),
        "istitle" => show_bool(bytes::is_title(s)),
        "repr" => show_bytes(&bytes::repr(s)),
        "hash" => strings::hash_bytes(&HashKey::from_seed(42), s).to_string(),
        "strip" | "lstrip" | "rstrip" => show_bytes(
            &s[match args.get(1) {
                Some(set) => bytes::strip_set(s, &parse_bytes(set), side(op)),
                None => bytes::strip_whitespace(s, side(op)),
            }],
        ),
        "splitws" | "rsplitws" | "splitlines" => {
            let mut ranges = match op {
                "splitws" => collect(|emit| bytes::split_whitespace(s, limit(args[2]), emit).unwrap()),
                "rsplitws" => collect(|emit| bytes::rsplit_whitespace(s, limit(args[2]), emit).unwrap()),
                _ => collect(|emit| bytes::split_lines(s, args[1] == "1", emit).unwrap()),
            };
            if op.starts_with('r') {
                ranges.reverse();
            }
            show_list(ranges.into_iter().map(|r| show_bytes(&s[r])).collect())
        }
        "expandtabs" => show_bytes(&bytes::expandtabs(s, limit(args[1])).unwrap()),
        "zfill" => show_bytes(&bytes::zfill(s, limit(args[1])).unwrap()),
        "center" | "ljust" | "rjust" => {
            show_bytes(&bytes::pad(s, padding(op, s.len(), limit(args[1])), parse_bytes(args[2])[0]).unwrap())
        }
        "find" | "rfind" | "count" | "startswith" | "endswith" => bytes_search(op, s, args),
        "replace" => {
            let replaced = bytes::replace(s, &parse_bytes(args[1]), &parse_bytes(args[2]), limit(args[3])).unwrap();
            show_bytes(&replaced.unwrap_or(s.to_vec()))
        }
        _ => format!("unknown {op}"),
    }
}

#[test]
fn methods_match_the_recorded_results() {
    check(include_str!("data/strings.txt"), 10_000, |fields| match fields[0].split_once('.') {
        Some(("str", op)) => str_op(op, &fields[1..]),
        Some((_, op)) => bytes_op(op, &fields[1..]),
        None => "no type".into(),
    });
}

#[test]
fn sizes_are_checked() {
    let a = Units::Ascii(b"a\tb");
    let huge = usize::MAX / 2;
    assert_eq!(strings::pad(a, Padding::center(3, huge), 32), Err(SizeError::Memory));
    assert_eq!(strings::zfill(a, huge - 1), Err(SizeError::Memory));
    assert_eq!(strings::expandtabs(a, huge + 9), Err(SizeError::Overflow));
    assert_eq!(strings::repeat(a, huge), Err(SizeError::Overflow));
    assert_eq!(bytes::pad(b"a", Padding::ljust(1, huge - 1), b' '), Err(SizeError::Memory));
    assert_eq!(slice::count(b"aaaa", b"a", 2), 2);
}

#[test]
fn translation_asks_once_per_ascii_character() {
    let mut asked = Vec::new();
    let translated = search::translate(Units::Ascii(b"abcabc"), |c| {
        asked.push(c);
        Ok::<_, ()>(match c {
            0x61 => search::Translated::Char(0x3B1),
            0x62 => search::Translated::Delete,
            _ => search::Translated::Text(Buf::from("<c>")),
        })
    });
    assert_eq!(translated, Ok(Buf::from("α<c>α<c>")));
    assert_eq!(asked, [0x61, 0x62, 0x63, 0x63]);
    assert_eq!(search::translate(Buf::from("é").units(), |_| Err::<search::Translated, _>(1)), Err(1));
    assert_eq!(bytes::translate(b"hello", None, b"l"), b"heo");
    assert_eq!(bytes::translate(b"hello", Some(&std::array::from_fn(|i| (i as u8).wrapping_add(1))), b"o"), b"ifmm");
}

#[test]
fn texts_repeat_and_numbers_become_ascii() {
    assert_eq!(strings::repeat(Buf::from("aé").units(), 3), Ok(Buf::from("aéaéaé")));
    assert_eq!(strings::repeat(Buf::from("α").units(), 2), Ok(Buf::from("αα")));
    assert_eq!(strings::repeat(Units::EMPTY, usize::MAX / 2), Ok(Buf::new()));
    assert_eq!(strings::repeat(Units::Ascii(b"x"), 0), Ok(Buf::new()));
    assert_eq!(strings::decimal_and_space_to_ascii(Buf::from("\u{3000}-٤2α").units()), b" -42?");
}

//! The character database against digests recorded from CPython by `tools/text/record_unicode.py`.

use whipsnake_text::{Buf, Units, strings, unicode};

fn digest(words: impl Iterator<Item = u32>) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut count = 0;
    for word in words {
        count += 1;
        for byte in word.to_le_bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
    format!("{count} {hash:016x}")
}

fn predicate(test: impl Fn(u32) -> bool) -> String {
    digest((0..=0x10FFFF).filter(|&c| test(c)))
}

fn mapping(map: impl Fn(u32) -> Vec<u32>) -> String {
    digest((0..=0x10FFFF).flat_map(|c| {
        let to = map(c);
        if to == [c] { Vec::new() } else { [vec![c], to].concat() }
    }))
}

fn method(f: impl Fn(Units<'_>) -> Buf) -> String {
    mapping(|c| f(Units::Ucs4(&[c])).units().iter().collect())
}

fn numeric_words() -> impl Iterator<Item = u32> {
    let values = (0..=0x10FFFF).filter_map(|c| unicode::to_numeric(c).map(|v| (c, v.to_bits())));
    values.flat_map(|(c, bits)| [c, bits as u32, (bits >> 32) as u32])
}

fn observed(name: &str) -> String {
    match name {
        "is_alpha" => predicate(unicode::is_alpha),
        "is_decimal" => predicate(unicode::is_decimal),
        "is_digit" => predicate(unicode::is_digit),
        "is_numeric" => predicate(unicode::is_numeric),
        "is_alnum" => predicate(unicode::is_alnum),
        "is_space" => predicate(unicode::is_space),
        "is_lower" => predicate(unicode::is_lower),
        "is_upper" => predicate(unicode::is_upper),
        "is_title" => predicate(|c| unicode::is_title(c) || unicode::is_upper(c)),
        "is_printable" => predicate(unicode::is_printable),
        "is_identifier" => predicate(|c| strings::is_identifier(Units::Ucs4(&[c]))),
        "is_xid_continue" => predicate(unicode::is_xid_continue),
        "is_linebreak" => predicate(unicode::is_linebreak),
        "is_sre_cased" => predicate(unicode::is_sre_cased),
        "final_sigma_after" => {
            predicate(|c| strings::lower(Units::Ucs4(&[c, 0x3A3])).units().iter().next_back() == Some(0x3C2))
        }
        "final_sigma_before" => {
            predicate(|c| strings::lower(Units::Ucs4(&[0x61, 0x3A3, c])).units().get(1) == Some(0x3C2))
        }
        "to_upper" => method(strings::upper),
        "to_lower" => method(strings::lower),
        "to_title" => method(strings::title),
        "to_casefold" => method(strings::casefold),
        "to_swapcase" => method(strings::swapcase),
        "to_capitalize" => method(strings::capitalize),
        "simple_lower" => mapping(|c| vec![unicode::simple_lower(c)]),
        "ascii_lower" => mapping(|c| vec![unicode::ascii_lower(c)]),
        "to_decimal" => mapping(|c| vec![unicode::to_decimal(c).map_or(c, u32::from)]),
        "to_digit" => mapping(|c| vec![unicode::to_digit(c).map_or(c, u32::from)]),
        "to_numeric" => digest(numeric_words()),
        _ => "unknown property".into(),
    }
}

#[test]
fn properties_match_the_recorded_digests() {
    let mut cases = 0;
    for line in include_str!("data/unicode.txt").lines() {
        let (name, expected) = line.split_once(' ').expect("name and digest");
        assert_eq!(observed(name), expected, "{name}");
        cases += 1;
    }
    assert_eq!(cases, 27);
}

//! Marshal: round trips, the bytes CPython writes, and damaged data.

use whipsnake_bytecode::Const;
use whipsnake_bytecode::marshal::{self, ReadError, read_const, write_const};

fn samples() -> Vec<(Const, &'static [u8])> {
    let s = |text: &str| Const::str(text);
    vec![
        (Const::None, b"N"),
        (Const::Int(-2), b"i\xfe\xff\xff\xff"),
        (Const::Int(1 << 40), b"l\x03\0\0\0\0\0\0\0\0\x04"),
        (Const::from_digits(true, &[0, 0, 16]), b"l\xfb\xff\xff\xff\0\0\0\0\0\0\0\0\x10\0"),
        (Const::Float(1.5), b"g\0\0\0\0\0\0\xf8?"),
        (Const::Complex { real: 0.0, imag: 1.0 }, b"y\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xf0?"),
        (s("ab"), b"\xda\x02ab"),
        (Const::Bytes(b"x\0".as_slice().into()), b"s\x02\0\0\0x\0"),
        (Const::Tuple([Const::True, Const::Ellipsis].into()), b")\x02T."),
        (Const::Slice([Const::None, Const::Int(1), Const::False].into()), b":Ni\x01\0\0\0F"),
        (Const::FrozenSet([Const::Int(1)].into()), b">\x01\0\0\0i\x01\0\0\0"),
    ]
}

#[test]
fn known_bytes_and_round_trips() {
    for (value, expected) in samples() {
        let data = write_const(&value).unwrap();
        if !expected.is_empty() {
            assert_eq!(data, expected, "{value:?}");
        }
        assert_eq!(read_const(&data).unwrap(), value);
    }
}

#[test]
fn equal_strings_are_written_once() {
    let pair = Const::Tuple([Const::str("name"), Const::str("name")].into());
    let data = write_const(&pair).unwrap();
    assert_eq!(data, b")\x02\xda\x04namer\0\0\0\0");
    assert_eq!(read_const(&data).unwrap(), pair);
}

#[test]
fn every_truncation_is_an_error() {
    for (value, _) in samples() {
        let data = write_const(&value).unwrap();
        for n in 0..data.len() {
            assert!(read_const(&data[..n]).is_err(), "{value:?} cut at {n}");
        }
    }
}

#[test]
fn damaged_data() {
    let cases: &[(&[u8], ReadError<&str>)] = &[
        (b"", ReadError::NoObject),
        (b"i\0", ReadError::TooShort),
        (b"\x7f", ReadError::Bad("unknown type code")),
        (b"r\0\0\0\0", ReadError::Bad("invalid reference")),
        (b"\xa9\x01r\0\0\0\0", ReadError::Bad("invalid reference")),
        (b"l\x01\0\0\0\0\x80", ReadError::Bad("digit out of range in long")),
        (b"l\x01\0\0\0\0\0", ReadError::Bad("unnormalized long data")),
        (b"(\xff\xff\xff\xff", ReadError::Bad("tuple size out of range")),
        (b"(\xff\xff\xff\x7f", ReadError::NoObject),
        (b")\x010", ReadError::Null("tuple")),
        (b"0", ReadError::Null("object")),
    ];
    for (data, expected) in cases {
        assert_eq!(read_const(data).as_ref(), Err(expected), "{data:?}");
    }
}

#[test]
fn deep_nesting_is_an_error_both_ways() {
    let data = b")\x01".repeat(marshal::MAX_DEPTH + 10);
    assert_eq!(read_const(&data), Err(ReadError::TooDeep));
    let mut value = Const::None;
    for _ in 0..marshal::MAX_DEPTH {
        value = Const::Tuple([value].into());
    }
    assert!(write_const(&value).is_err());
}

//! Ints and floats against CPython's results (`expected/core.txt`).

mod support;

use std::cmp::Ordering;
use support::{Show, check, float, int, small, string};
use whipsnake_numbers::bigint::{self, Big, ParseIntError};
use whipsnake_numbers::{NumError, Result, float as floats, hash};

/// Quotes as `ascii()` does, for the plain results here.
fn quoted(text: Result<String>) -> String {
    match text {
        Ok(text) => format!("'{text}'"),
        Err(error) => error.show(),
    }
}

fn integer_operation(name: &str, args: &[&str]) -> Option<String> {
    let (a, b) = (int(args[0]), args.get(1).map(|t| int(t)).unwrap_or_default());
    let (x, y) = (a.view(), b.view());
    Some(match name {
        "add" => bigint::add(x, y).show(),
        "sub" => bigint::sub(x, y).show(),
        "mul" => bigint::mul(x, y).show(),
        "and" => bigint::and(x, y).show(),
        "or" => bigint::or(x, y).show(),
        "xor" => bigint::xor(x, y).show(),
        "gcd" => bigint::gcd(x, y).show(),
        "divmod" => {
            if !y.is_zero() {
                assert_eq!(bigint::modulo(x, y).ok(), bigint::divmod(x, y).ok().map(|r| r.1));
            }
            bigint::divmod(x, y).show()
        }
        "truediv" => bigint::truediv(x, y).show(),
        "hash" => hash::hash_big(x).show(),
        "tofloat" => bigint::to_f64(x).show(),
        "bit_length" => bigint::bit_length(x).show(),
        "bit_count" => bigint::bit_count(x).show(),
        "invert" => bigint::invert(x).show(),
        "lshift" => bigint::lshift(x, y).show(),
        "rshift" => bigint::rshift(x, y).show(),
        "isqrt" => bigint::isqrt(x).show(),
        "roundint" => bigint::round_to_power_of_ten(x, y.to_u64().unwrap()).show(),
        "pow" => bigint::pow(x, y.to_u64().unwrap()).show(),
        "powmod" => bigint::pow_mod(x, y, int(args[2]).view()).show(),
        "decimal" => quoted(bigint::to_decimal(x, 4300)),
        _ => return None,
    })
}

fn byte_operation(name: &str, args: &[&str]) -> Option<String> {
    Some(match name {
        "to_bytes" => {
            let bytes = bigint::to_bytes(
                int(args[0]).view(),
                small(args[1]) as usize,
                args[2] == "'little'",
                args[3] == "True",
            );
            match bytes {
                Ok(bytes) => "b".to_owned() + &bytes.iter().map(|b| format!("{b:02x}")).collect::<String>(),
                Err(error) => error.show(),
            }
        }
        "from_bytes" => {
            let hex = &args[0][1..];
            let bytes: Vec<u8> =
                (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
            bigint::from_bytes(&bytes, args[1] == "'little'", args[2] == "True").show()
        }
        _ => return None,
    })
}

fn text_operation(name: &str, args: &[&str]) -> Option<String> {
    Some(match name {
        "parse" => {
            let base = small(args[1]);
            match bigint::from_str(&string(args[0]), base as u32, 4300) {
                Ok(value) => value.show(),
                Err(ParseIntError::Syntax) => {
                    format!("!ValueError: invalid literal for int() with base {base}: {}", args[0])
                }
                Err(ParseIntError::Other(error)) => error.show(),
            }
        }
        "parsefloat" => match floats::parse(&string(args[0])) {
            Some(value) => value.show(),
            None => format!("!ValueError: could not convert string to float: {}", args[0]),
        },
        "fromhex" => floats::from_hex(&string(args[0])).show(),
        _ => return None,
    })
}

fn float_operation(name: &str, args: &[&str]) -> String {
    if name == "cmpfloat" {
        return match bigint::cmp_f64(int(args[0]).view(), float(args[1])) {
            None => "'?'".into(),
            Some(Ordering::Less) => "'<'".into(),
            Some(Ordering::Equal) => "'='".into(),
            Some(Ordering::Greater) => "'>'".into(),
        };
    }
    let x = float(args[0]);
    let y = || float(args[1]);
    match name {
        "repr" => quoted(Ok(floats::repr(x))),
        "hashfloat" => hash::hash_f64(x).unwrap().show(),
        "hex" => quoted(Ok(floats::to_hex(x))),
        "ratio" => floats::as_integer_ratio(x).show(),
        "int" => floats::trunc(x).show(),
        "floor" => floats::floor(x).show(),
        "ceil" => floats::ceil(x).show(),
        "roundint0" => floats::round_to_int(x).show(),
        "round" => floats::round(x, small(args[1])).show(),
        "fmod" => floats::modulo(x, y()).show(),
        "fdivmod" => floats::divmod(x, y()).show(),
        "ffloordiv" => floats::floordiv(x, y()).show(),
        "fpow" => match floats::pow(x, y()) {
            Ok(Some(power)) => power.show(),
            Ok(None) => "complex".into(),
            Err(error) => error.show(),
        },
        _ => panic!("unknown operation {name}"),
    }
}

#[test]
fn core_results() {
    let run = |name: &str, args: &[&str]| {
        if let Some(result) = byte_operation(name, args).or_else(|| text_operation(name, args)) {
            return result;
        }
        let integral = name != "cmpfloat" && args[0].starts_with(['0', '-']);
        if let Some(result) = integral.then(|| integer_operation(name, args)).flatten() {
            return result;
        }
        float_operation(name, args)
    };
    // Only the power depends on the platform's libm.
    check(include_str!("expected/core.txt"), run, |name| u64::from(name == "fpow"));
}

#[test]
fn ring_laws() {
    let mut state = 7u64;
    let mut next = |digits: usize| {
        let mut out = Vec::new();
        for _ in 0..digits {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let noise = (state >> 34) as u32;
            out.push(if noise & 7 == 0 { (1 << 30) - 1 } else { noise });
        }
        Big::from_parts(state >> 63 == 1, out)
    };
    for round in 0..400 {
        let (a, b, c) = (next(round % 67), next(1 + round % 41), next(round % 53));
        let sum = bigint::add(b.view(), c.view());
        let left = bigint::mul(a.view(), sum.view());
        let right = bigint::add(bigint::mul(a.view(), b.view()).view(), bigint::mul(a.view(), c.view()).view());
        assert_eq!(left, right);
        if b.is_zero() {
            continue;
        }
        let (quotient, rest) = bigint::divmod(a.view(), b.view()).unwrap();
        assert_eq!(bigint::add(bigint::mul(quotient.view(), b.view()).view(), rest.view()), a);
        let text = bigint::to_decimal(a.view(), 0).unwrap();
        assert_eq!(bigint::from_str(&text, 10, 0), Ok(a.clone()));
        for radix in [2, 7, 16, 32, 36] {
            assert_eq!(bigint::from_str(&bigint::to_string_radix(a.view(), radix), radix, 0), Ok(a.clone()));
        }
        let bytes = bigint::to_bytes(a.view(), 300, round % 2 == 0, true).unwrap();
        assert_eq!(bigint::from_bytes(&bytes, round % 2 == 0, true), a);
        let xor = bigint::xor(a.view(), b.view());
        assert_eq!(bigint::xor(xor.view(), b.view()), a);
    }
}

#[test]
fn oversized_results_are_memory_errors() {
    let two = Big::from(2u64);
    let huge = Big::from(1u64 << 62);
    assert_eq!(bigint::pow(two.view(), 1 << 62), Err(NumError::memory()));
    assert_eq!(bigint::lshift(two.view(), huge.view()), Err(NumError::memory()));
    assert_eq!(bigint::lshift(Big::ZERO.view(), huge.view()), Ok(Big::ZERO));
    let vast = bigint::lshift(Big::from(3u64).view(), Big::from(70u64).view()).unwrap();
    let odd = bigint::add(vast.view(), Big::from(1u64).view());
    let minus_one = Big::from(-1i64);
    assert_eq!(bigint::pow_big(two.view(), vast.view()), Err(NumError::memory()));
    assert_eq!(bigint::pow_big(Big::ZERO.view(), vast.view()), Ok(Big::ZERO));
    assert_eq!(bigint::pow_big(minus_one.view(), vast.view()), Ok(Big::from(1u64)));
    assert_eq!(bigint::pow_big(minus_one.view(), odd.view()), Ok(minus_one));
    assert_eq!(bigint::lshift(two.view(), vast.view()), Err(NumError::overflow("too many digits in integer")));
}

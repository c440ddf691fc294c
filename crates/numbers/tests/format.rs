//! Formatting against CPython's results (`expected/format.txt`).

mod support;

use support::{Show, check, float, int, string};
use whipsnake_numbers::Result;
use whipsnake_numbers::format::{
    self, Align, FormatSpec, Formatted, IntFormat, Locale, StrLayout, format_complex, format_float, format_int,
};

fn points(text: &str) -> Vec<u32> {
    text.chars().map(u32::from).collect()
}

/// Quotes as `ascii()` does for Latin-1 text.
fn ascii(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        match c {
            '\'' => return format!("\"{text}\""),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(c),
            c if u32::from(c) > 0xffff => out += &format!("\\U{:08x}", u32::from(c)),
            c if u32::from(c) > 0xff => out += &format!("\\u{:04x}", u32::from(c)),
            c => out += &format!("\\x{:02x}", u32::from(c)),
        }
    }
    out + "'"
}

fn text(result: Result<Formatted>) -> String {
    match result.and_then(Formatted::into_string) {
        Ok(text) => ascii(&text.expect("no surrogates here")),
        // The file shows messages as they are.
        Err(error) => error.show(),
    }
}

fn laid_out(body: &str, layout: StrLayout) -> String {
    let fill = char::from_u32(layout.fill).unwrap().to_string();
    let taken: String = body.chars().take(layout.take).collect();
    ascii(&(fill.repeat(layout.left) + &taken + &fill.repeat(layout.right)))
}

fn integer(value: &str, spec: &FormatSpec) -> String {
    match format_int(int(value).view(), spec, &Locale::default(), 4300, "int") {
        Ok(IntFormat::Number(formatted)) => text(Ok(formatted)),
        Ok(IntFormat::Char(code, formatted)) => {
            text(Ok(Formatted { body: char::from_u32(code).unwrap().to_string(), ..formatted }))
        }
        Err(error) => error.show(),
    }
}

fn by_spec(name: &str, value: &str, spec: &str) -> Result<String> {
    let spec = points(spec);
    let number = |kind, name| format::parse(&spec, kind, Align::Right, name);
    Ok(match name {
        "int" => integer(value, &number('d', "int")?),
        "float" => text(format_float(float(value), &number('\0', "float")?, &Locale::default(), "float")),
        "complex" => {
            let (re, im) = value.split_once(' ').unwrap();
            text(format_complex(float(re), float(im), &number('\0', "complex")?, &Locale::default(), "complex"))
        }
        "str" => {
            let body = string(value);
            let spec = format::parse(&spec, 's', Align::Left, "str")?;
            laid_out(&body, format::layout_str(body.chars().count(), &spec, "str")?)
        }
        _ => panic!("unknown operation {name}"),
    })
}

fn by_percent(name: &str, format: &str, value: &str) -> Result<String> {
    let (percent, end) = format::parse_percent(&points(format), 1)?;
    if !"diuoxXeEfFgGs".chars().any(|c| u32::from(c) == percent.conversion) {
        return Err(percent.unsupported());
    }
    assert_eq!(end, format.chars().count());
    Ok(match name {
        "%int" => text(format::format_percent_int(int(value).view(), &percent, 4300)),
        "%float" => text(format::format_percent_float(float(value), &percent)),
        _ => {
            let body = string(value);
            laid_out(&body, format::layout_percent_str(body.chars().count(), &percent))
        }
    })
}

#[test]
fn format_results() {
    let run = |name: &str, args: &[&str]| {
        let result = match name.starts_with('%') {
            true => by_percent(name, &string(args[0]), args[1]),
            false => by_spec(name, args[0], &string(args[1])),
        };
        result.unwrap_or_else(|error| error.show())
    };
    check(include_str!("expected/format.txt"), run, |_| 0);
}

#[test]
fn locale_grouping() {
    let locale = Locale { decimal_point: ",".into(), thousands_separator: "\u{202f}".into(), grouping: vec![3, 2] };
    let spec = format::parse(&points("n"), '\0', Align::Right, "float").unwrap();
    let formatted = format_float(-123456.5, &spec, &locale, "float").unwrap();
    assert_eq!(formatted.into_string().unwrap().unwrap(), "-1\u{202f}23\u{202f}456,5".replace(",5", ""));
    let spec = format::parse(&points(".8n"), '\0', Align::Right, "float").unwrap();
    let formatted = format_float(-123456.5, &spec, &locale, "float").unwrap();
    assert_eq!(formatted.into_string().unwrap().unwrap(), "-1\u{202f}23\u{202f}456,5");
}

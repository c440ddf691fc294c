//! The parsers of format strings against results recorded from CPython by `tools/text/record_format.py`.

mod common;

use common::*;
use whipsnake_text::format::percent::{self, Conversion, Count, Part, Parts};
use whipsnake_text::format::template::{Access, FieldName, Key, Numbering, Template, TemplateError};
use whipsnake_text::{Buf, Builder, Units};

fn template(text: Units<'_>) -> String {
    let part = |r: std::ops::Range<usize>| show_str(text.slice(r.start, r.end));
    let mut shown = Vec::new();
    for piece in Template::new(text) {
        shown.push(match piece {
            Err(e) => format!("!{}", e.0),
            Ok(piece) => {
                let field = match piece.field {
                    None => "None/None/None".into(),
                    Some(f) => {
                        assert_eq!(f.nested, part(f.spec.clone()).split('.').any(|c| c == "7b"));
                        let conversion = f.conversion.map_or("None".into(), |c| format!("{c:x}"));
                        format!("{}/{}/{conversion}", part(f.name), part(f.spec))
                    }
                };
                format!("{}/{field}", part(piece.literal))
            }
        });
    }
    shown.join(" ")
}

fn show_key(text: Units<'_>, key: Key) -> String {
    match key {
        Key::Index(i) => format!("#{i}"),
        Key::Name(r) => show_str(text.slice(r.start, r.end)),
    }
}

fn name(text: Units<'_>) -> String {
    let (first, rest) = match FieldName::parse(text, 0..text.len()) {
        Ok(parsed) => parsed,
        Err(e) => return format!("!{}", e.0),
    };
    let mut shown = vec![show_key(text, first)];
    for access in rest {
        shown.push(match access {
            Ok(Access::Attribute(r)) => format!(".{}", show_key(text, Key::Name(r))),
            Ok(Access::Item(key)) => format!("[{}", show_key(text, key)),
            Err(e) => format!("!{}", e.0),
        });
    }
    shown.join(" ")
}

fn numbering(text: Units<'_>) -> Result<(), TemplateError> {
    let mut numbering = Numbering::default();
    for piece in Template::new(text) {
        if let Some(field) = piece?.field {
            numbering.resolve(FieldName::parse(text, field.name)?.0)?;
        }
    }
    Ok(())
}

/// `%d` of 3, where `*` is 3 too.
fn three(c: &Conversion) -> String {
    let value = |count| match count {
        Count::Absent => 0,
        Count::Argument => 3,
        Count::Value(v) => v,
    };
    let sign = if c.flags.sign {
        "+"
    } else if c.flags.blank {
        " "
    } else {
        ""
    };
    let (width, mut digits) = (value(c.width), format!("{:0>1$}", 3, value(c.precision)));
    if c.flags.zero && !c.flags.left {
        digits = format!("{digits:0>0$}", width.saturating_sub(sign.len()));
    }
    let text = format!("{sign}{digits}");
    if c.flags.left { format!("{text:<width$}") } else { format!("{text:>width$}") }
}

fn percent(text: Units<'_>, for_bytes: bool) -> String {
    let mut out = Builder::new();
    for part in Parts::new(text) {
        match part {
            Ok(Part::Literal(r)) => out.push_units(text.slice(r.start, r.end)),
            Ok(Part::Conversion(Conversion { key: Some(_), .. })) => return "!format requires a mapping".into(),
            Ok(Part::Conversion(c)) if c.character == u32::from(b'd') => out.push_str(&three(&c)),
            Ok(Part::Conversion(c)) => return format!("!{}", percent::unsupported(&c)),
            Err(e) if e.partial.key.is_some() => return "!format requires a mapping".into(),
            Err(e) => return format!("!{}", e.kind.message(for_bytes)),
        }
    }
    show_str(out.finish().units())
}

#[test]
fn parsers_match_the_recorded_results() {
    check(include_str!("data/format.txt"), 5_000, |fields| {
        let text: Buf = parse_str(fields[1]);
        match fields[0] {
            "template" => template(text.units()),
            "name" => name(text.units()),
            "percent.str" => percent(text.units(), false),
            "percent.bytes" => percent(text.units(), true),
            "numbering" => numbering(text.units()).map_or_else(|e| format!("!{}", e.0), |()| "ok".into()),
            other => format!("unknown {other}"),
        }
    });
}

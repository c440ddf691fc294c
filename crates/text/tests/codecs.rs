//! The codecs against results recorded from CPython by `tools/text/record_codecs.py`.

mod common;

use common::*;
use whipsnake_text::codecs::*;
use whipsnake_text::{Buf, Builder, Units};

type Error = CodecError<&'static str>;

fn show_error(e: Error) -> String {
    match e {
        CodecError::Unicode(i) => format!("!{} {} {} {}", i.encoding, i.start, i.end, i.reason),
        other => format!("!{other:?}"),
    }
}

/// The position after `start`, counted from the end where that can be said.
fn hop_to(start: usize, len: usize) -> isize {
    match (start + 1) as isize - len as isize {
        0 => len as isize,
        negative => negative,
    }
}

fn hop_decoding(info: &ErrorInfo, input: &[u8]) -> Result<DecodeReplacement, &'static str> {
    let text = Buf::from(&*format!("<{:02x}α>", input[info.start]));
    Ok(DecodeReplacement { text, resume: hop_to(info.start, input.len()), input: None })
}

fn decoding<'h>(name: &str, hop: DecodeHandler<'h>) -> DecodeErrors<'h, &'static str> {
    ErrorHandler::from_name(name).map_or(DecodeErrors::Custom(hop), DecodeErrors::Builtin)
}

type DecodeHandler<'h> = &'h mut dyn FnMut(&ErrorInfo, &[u8]) -> Result<DecodeReplacement, &'static str>;

fn charmap_table() -> Buf {
    let mut table: Builder = Builder::new();
    (0..200).for_each(|i| table.push(if i % 7 == 0 { 0xFFFE } else { i }));
    table.push(0x3B1);
    table.push(0x1F600);
    table.finish()
}

fn bullet(name: &[u8]) -> Option<u32> {
    (name == b"BULLET").then_some(0x2022)
}

fn decode(codec: &str, handler: &str, is_final: bool, input: &[u8]) -> Result<(Buf, usize), Error> {
    let mut hop = hop_decoding;
    let errors = &mut decoding(handler, &mut hop);
    let all = |text| (text, input.len());
    let mut order = match codec.get(6..) {
        Some("-le") => ByteOrder::Little,
        Some("-be") => ByteOrder::Big,
        _ => ByteOrder::Marked,
    };
    match codec {
        "utf-8" => utf8::decode(input, is_final, errors),
        "utf-16" | "utf-16-le" | "utf-16-be" => utf16::decode(input, &mut order, is_final, errors),
        "utf-32" | "utf-32-le" | "utf-32-be" => utf32::decode(input, &mut order, is_final, errors),
        "utf-7" => utf7::decode(input, is_final, errors),
        "ascii" => single_byte::decode_ascii(input, errors).map(all),
        "latin-1" => Ok(all(single_byte::decode_latin1(input))),
        "charmap" => charmap::decode(input, charmap_table().units(), errors).map(all),
        "unicode_escape" => {
            let decoded = escape::decode_unicode_escape(input, is_final, Some(&bullet), errors);
            decoded.map(|(text, consumed, _)| (text, consumed))
        }
        _ => escape::decode_raw_unicode_escape(input, is_final, errors),
    }
}

fn encode(codec: &str, handler: &str, input: Units<'_>) -> Result<Vec<u8>, Error> {
    let mut custom = |info: &ErrorInfo| {
        let (replacement, resume) = if handler == "raw" {
            (Replacement::Bytes([1, 2, 3, 4].repeat(info.end - info.start)), info.end as isize)
        } else {
            let text = format!("<{:x}>", input.get(info.start).unwrap());
            (Replacement::Text(Buf::from(&*text)), hop_to(info.start, input.len()))
        };
        Ok(EncodeReplacement { replacement, resume })
    };
    let errors = &mut ErrorHandler::from_name(handler).map_or(EncodeErrors::Custom(&mut custom), EncodeErrors::Builtin);
    let order = match codec.get(6..) {
        Some("-le") => ByteOrder::Little,
        Some("-be") => ByteOrder::Big,
        _ => ByteOrder::Marked,
    };
    match codec {
        "utf-8" => utf8::encode(input, errors),
        "utf-16" | "utf-16-le" | "utf-16-be" => utf16::encode(input, order, errors),
        "utf-32" | "utf-32-le" | "utf-32-be" => utf32::encode(input, order, errors),
        "utf-7" => Ok(utf7::encode(input)),
        "ascii" => single_byte::encode_ascii(input, errors),
        "latin-1" => single_byte::encode_latin1(input, errors),
        "charmap" => {
            let table = Buf::from("abcα€\u{fffe}é?xd\\&#0123456789;");
            charmap::encode(input, &charmap::EncodingMap::new(table.units()), errors)
        }
        "unicode_escape" => Ok(escape::encode_unicode_escape(input)),
        _ => Ok(escape::encode_raw_unicode_escape(input)),
    }
}

fn decode_bytes(handler: &str, input: &[u8]) -> String {
    match escape::decode_bytes_escape(input, ErrorHandler::from_name(handler).unwrap()) {
        Ok((bytes, _)) => show_bytes(&bytes),
        Err(escape::BytesEscapeError::Trailing) => "!ValueError Trailing \\ in string".into(),
        Err(escape::BytesEscapeError::Hex(at)) => format!("!ValueError invalid \\x escape at position {at}"),
    }
}

#[test]
fn codecs_match_the_recorded_results() {
    check(include_str!("data/codecs.txt"), 10_000, |fields| match *fields {
        ["decode", "bytes", handler, _, input] => decode_bytes(handler, &parse_bytes(input)),
        ["decode", codec, handler, is_final, input] => {
            match decode(codec, handler, is_final == "1", &parse_bytes(input)) {
                Ok((text, consumed)) => {
                    assert!(is_canonical(&text), "{fields:?} {text:?}");
                    format!("{} {consumed}", show_str(text.units()))
                }
                Err(e) => show_error(e),
            }
        }
        [_, codec, handler, _, input] => match encode(codec, handler, parse_str(input).units()) {
            Ok(bytes) => show_bytes(&bytes),
            Err(e) => show_error(e),
        },
        _ => "bad line".into(),
    });
}

#[test]
fn handlers_may_exchange_the_input_and_must_resume_inside_it() {
    let mut exchange = |info: &ErrorInfo, input: &[u8]| {
        assert_eq!(input[info.start], 0xFF);
        Ok::<_, ()>(DecodeReplacement { text: Buf::from("?"), resume: 0, input: Some(b"new".to_vec()) })
    };
    let decoded = utf8::decode(b"a\xff", true, &mut DecodeErrors::Custom(&mut exchange));
    assert_eq!(decoded, Ok((Buf::from("a?new"), 3)));
    for resume in [-3, 3, isize::MIN, isize::MAX] {
        let mut outside =
            |_: &ErrorInfo, _: &[u8]| Ok::<_, ()>(DecodeReplacement { text: Buf::new(), resume, input: None });
        let decoded = utf8::decode(b"a\xff", true, &mut DecodeErrors::Custom(&mut outside));
        assert_eq!(decoded, Err(CodecError::Position(resume)));
    }
}

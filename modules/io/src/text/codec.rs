//! Encodings of text streams.

use super::wrapper::Wrapper;
use std::borrow::Cow;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::bytes::Bytes;
use whipsnake_runtime::types::codecs;
use whipsnake_runtime::types::str::{self as strings, Str};
use whipsnake_runtime::types::tuple::Tuple;
use whipsnake_text::Units;

/// How a stream's encoding is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Codec {
    Utf8,
    Latin1,
    Ascii,
    /// Through Python's incremental encoder and decoder.
    Other,
}

impl Codec {
    pub fn from_name(name: &str) -> Codec {
        let name: String =
            name.chars().map(|c| if c == '_' || c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect();
        match name.as_str() {
            "utf-8" | "utf8" => Codec::Utf8,
            "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" => Codec::Latin1,
            "ascii" | "us-ascii" => Codec::Ascii,
            _ => Codec::Other,
        }
    }
}

/// How many bytes at the end begin a UTF-8 sequence that is not complete.
fn incomplete_tail(data: &[u8]) -> usize {
    for k in 1..=data.len().min(3) {
        let tail = &data[data.len() - k..];
        if tail[0] & 0xC0 == 0x80 {
            continue;
        }
        return match std::str::from_utf8(tail) {
            Err(error) if error.error_len().is_none() && error.valid_up_to() == 0 => k,
            _ => 0,
        };
    }
    0
}

/// `codecs.lookup`, of text encodings only.
pub fn lookup_text(th: &Thread, encoding: &str) -> PyResult {
    let info = codecs::lookup(th, encoding)?;
    if let Some(flag) = object::lookup_attr_str(th, info.value(), "_is_text_encoding")?
        && !object::is_true(th, flag.value())?
    {
        return err!(th, LOOKUP_ERROR, "'{encoding}' is not a text encoding");
    }
    Ok(info)
}

impl Wrapper {
    /// The error handler's name.
    pub fn errors_text(&self) -> String {
        self.errors.peek().map_or_else(|| "strict".into(), strings::to_rust_string)
    }

    /// Encodes a piece of output into `pending`.
    pub fn encode_to_pending(&self, th: &Thread, text: Value) -> PyResult<()> {
        let Some(s) = text.cast::<Str>() else { return Ok(()) };
        match (self.codec.get(), s.units()) {
            (Codec::Utf8 | Codec::Latin1 | Codec::Ascii, Units::Ascii(u)) => {
                self.pending.borrow_mut().extend_from_slice(u);
                return Ok(());
            }
            (Codec::Latin1, Units::Latin1(u)) => {
                self.pending.borrow_mut().extend_from_slice(u);
                return Ok(());
            }
            _ => {}
        }
        let bytes = match self.codec.get() {
            Codec::Utf8 => codecs::encode(th, s, "utf-8", &self.errors_text())?,
            Codec::Latin1 => codecs::encode(th, s, "latin-1", &self.errors_text())?,
            Codec::Ascii => codecs::encode(th, s, "ascii", &self.errors_text())?,
            Codec::Other => {
                let Some(encoder) = self.encoder.get() else { return Err(super::not_ready(th)) };
                call::call_method(th, encoder.value(), "encode", &[text])?
            }
        };
        let Some(bytes) = bytes.cast::<Bytes>() else {
            return err!(th, TYPE_ERROR, "encoder should return a bytes object, not '{}'", bytes.ty().name());
        };
        self.pending.borrow_mut().extend_from_slice(bytes.as_slice());
        Ok(())
    }

    /// Decodes a piece of input; line ends included.
    pub fn decode(&self, th: &Thread, input: &[u8], last: bool) -> PyResult {
        let text = match self.codec.get() {
            Codec::Latin1 => strings::from_units(th, Units::from_latin1(input))?,
            Codec::Ascii if input.is_ascii() => strings::from_ascii(th, input)?,
            Codec::Ascii => codecs::decode(th, input, "ascii", &self.errors_text())?,
            Codec::Utf8 => self.decode_utf8(th, input, last)?,
            Codec::Other => {
                let Some(decoder) = self.decoder.get() else { return Err(super::not_ready(th)) };
                let bytes = th.bytes(input)?;
                let args = [bytes.value(), statics::bool_value(last)];
                let text = call::call_method(th, decoder.value(), "decode", &args)?;
                if !text.is_instance(&statics::STR_TYPE) {
                    let got = text.ty().name();
                    return err!(th, TYPE_ERROR, "decoder should return a string result, not '{got}'");
                }
                text
            }
        };
        if self.newline.get().reads_all() { self.newlines.process(th, text, last) } else { Ok(text) }
    }

    fn decode_utf8(&self, th: &Thread, input: &[u8], last: bool) -> PyResult {
        let before = self.undecoded.take();
        let data: Cow<[u8]> = if before.is_empty() { input.into() } else { [&before[..], input].concat().into() };
        if data.is_ascii() {
            return strings::from_ascii(th, &data);
        }
        let complete = if last { data.len() } else { data.len() - incomplete_tail(&data) };
        let text = codecs::decode(th, &data[..complete], "utf-8", &self.errors_text())?;
        self.undecoded.replace(data[complete..].to_vec());
        Ok(text)
    }

    /// The decoder's state: bytes it holds back, and flags (bit 0: a `\r` is held back).
    pub fn decoder_state(&self, th: &Thread) -> PyResult<(Vec<u8>, i64)> {
        let cr = self.newlines.pending_cr.get() as i64;
        let Some(decoder) = self.decoder.get() else { return Ok((self.undecoded.borrow().clone(), cr)) };
        let state = call::call_method(th, decoder.value(), "getstate", &[])?;
        let Some(items) = state.cast::<Tuple>().filter(|t| t.len() == 2) else {
            return err!(th, TYPE_ERROR, "illegal decoder state");
        };
        let (Some(buffer), Some(flag)) = (items.get(0), items.get(1)) else {
            return err!(th, TYPE_ERROR, "illegal decoder state");
        };
        let Some(bytes) = buffer.cast::<Bytes>() else {
            let got = buffer.ty().name();
            return err!(th, TYPE_ERROR, "illegal decoder state: the first item should be a bytes object, not '{got}'");
        };
        let flags = number::as_i64(th, flag.value())?;
        Ok((bytes.as_slice().to_vec(), flags << 1 | cr))
    }

    pub fn set_decoder_state(&self, th: &Thread, bytes: &[u8], flags: i64) -> PyResult<()> {
        self.newlines.pending_cr.set(flags & 1 != 0);
        match self.decoder.get() {
            None => {
                self.undecoded.replace(bytes.to_vec());
            }
            Some(decoder) => {
                let (bytes, flags) = (th.bytes(bytes)?, th.int(flags >> 1)?);
                let state = th.tuple(&[bytes.value(), flags.value()])?;
                call::call_method(th, decoder.value(), "setstate", &[state.value()])?;
            }
        }
        Ok(())
    }

    pub fn reset_decoder(&self, th: &Thread) -> PyResult<()> {
        self.newlines.pending_cr.set(false);
        drop(self.undecoded.take());
        if let Some(decoder) = self.decoder.get() {
            call::call_method(th, decoder.value(), "reset", &[])?;
        }
        Ok(())
    }

    /// Makes the encoder write a byte-order mark only at the start.
    pub fn reset_encoder(&self, th: &Thread, at_start: bool) -> PyResult<()> {
        if let Some(encoder) = self.encoder.get() {
            if at_start {
                call::call_method(th, encoder.value(), "reset", &[])?;
            } else {
                call::call_method(th, encoder.value(), "setstate", &[Value::small_int(0)])?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::incomplete_tail;

    #[test]
    fn tails() {
        for (data, expected) in [
            (&b"abc"[..], 0),
            (b"a\xc3", 1),
            (b"a\xe2\x82", 2),
            (b"\xf0\x9f\x98", 3),
            (b"\xc3\xa9", 0),
            (b"\xff", 0),
            (b"\xe2\x28", 0),
            (b"\xf5\x80", 0),
        ] {
            assert_eq!(incomplete_tail(data), expected, "{data:?}");
        }
    }
}

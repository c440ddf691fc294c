//! Positions of text streams: opaque numbers that hold a byte position and the decoder's state.
//!
//! The number's layout is CPython's: 64 bits position, then 64 decoder flags, bytes to feed, characters to skip, and
//! whether the decoder has to see the end of input.

use super::wrapper::Wrapper;
use crate::raising::unsupported;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::protocols::number::NumberOp;
use whipsnake_runtime::types::int;

/// A position taken apart.
#[derive(Default)]
struct Cookie {
    position: i64,
    flags: i64,
    bytes_to_feed: i64,
    chars_to_skip: i64,
    need_eof: bool,
}

impl Cookie {
    fn parts(&self) -> [i64; 5] {
        [self.position, self.flags, self.bytes_to_feed, self.chars_to_skip, self.need_eof as i64]
    }
    fn build(&self, th: &Thread) -> PyResult {
        let mut result = Obj::small_int(0);
        for (i, part) in self.parts().into_iter().enumerate() {
            if part != 0 {
                let (part, shift) = (th.int(part)?, Value::small_int(64 * i as i64));
                let part = number::binary_op(th, NumberOp::Lshift, part.value(), shift)?;
                result = number::binary_op(th, NumberOp::Or, result.value(), part.value())?;
            }
        }
        Ok(result)
    }
    fn parse(th: &Thread, v: Value) -> PyResult<Cookie> {
        if let Some(position) = int::try_i64(v) {
            return Ok(Cookie { position, ..Cookie::default() });
        }
        let mask = th.uint(u64::MAX)?;
        let mut parts = [0i64; 5];
        for (i, part) in parts.iter_mut().enumerate() {
            let shifted = number::binary_op(th, NumberOp::Rshift, v, Value::small_int(64 * i as i64))?;
            let masked = number::binary_op(th, NumberOp::And, shifted.value(), mask.value())?;
            *part = number::as_i64(th, masked.value())?;
        }
        let [position, flags, bytes_to_feed, chars_to_skip, eof] = parts;
        Ok(Cookie { position, flags, bytes_to_feed, chars_to_skip, need_eof: eof != 0 })
    }
}

impl Wrapper {
    /// `tell()`.
    pub fn tell(&self, th: &Thread, this: Value) -> PyResult {
        self.check_open(th)?;
        if !self.seekable.get() {
            return Err(unsupported(th, "underlying stream is not seekable"));
        }
        if !self.telling.get() {
            return err!(th, OS_ERROR, "telling position disabled by next() call");
        }
        self.flush_pending(th)?;
        call::call_method(th, this, "flush", &[])?;
        let buffer = self.buffer(th)?;
        let position = call::call_method(th, buffer.value(), "tell", &[])?;
        let snapshot = self.snapshot.borrow().clone();
        let (true, Some(snapshot)) = (self.has_decoder.get(), snapshot) else { return Ok(position) };
        let start = number::as_i64(th, position.value())? - snapshot.next_input.len() as i64;
        let skip = if self.decoded.is_empty() { 0 } else { self.used.get() as i64 };
        if skip == 0 {
            return Cookie { position: start, flags: snapshot.flags, ..Cookie::default() }.build(th);
        }
        let saved = self.decoder_state(th)?;
        let cookie = self.replay(th, start, skip, snapshot.flags, &snapshot.next_input);
        let restored = th.with_exception_saved(|| self.set_decoder_state(th, &saved.0, saved.1));
        let cookie = cookie?;
        restored?;
        cookie.build(th)
    }

    /// Decodes the last input again, byte by byte, to find the place `skip` characters in.
    fn replay(&self, th: &Thread, start: i64, skip: i64, flags: i64, input: &[u8]) -> PyResult<Cookie> {
        use super::codec::Codec;
        if flags == 0 && self.decoder.is_empty() && self.codec.get() != Codec::Other {
            let upto = usize::try_from(skip).unwrap_or(usize::MAX).min(input.len());
            // As long as all is ASCII without \r, a character is a byte.
            if input[..upto].is_ascii() && memchr::memchr(b'\r', &input[..upto]).is_none() {
                return Ok(Cookie { position: start + skip, ..Cookie::default() });
            }
        }
        self.set_decoder_state(th, b"", flags)?;
        let mut cookie = Cookie { position: start, flags, chars_to_skip: skip, ..Cookie::default() };
        let mut decoded = 0;
        for byte in input {
            let text = self.decode(th, std::slice::from_ref(byte), false)?;
            decoded += object::len(th, text.value())? as i64;
            cookie.bytes_to_feed += 1;
            let (held, flags) = self.decoder_state(th)?;
            if held.is_empty() && decoded <= cookie.chars_to_skip {
                cookie.position += cookie.bytes_to_feed;
                cookie.chars_to_skip -= decoded;
                (cookie.flags, cookie.bytes_to_feed, decoded) = (flags, 0, 0);
            }
            if decoded >= cookie.chars_to_skip {
                return Ok(cookie);
            }
        }
        let text = self.decode(th, b"", true)?;
        decoded += object::len(th, text.value())? as i64;
        cookie.need_eof = true;
        if decoded < cookie.chars_to_skip {
            return err!(th, OS_ERROR, "can't reconstruct logical file position");
        }
        Ok(cookie)
    }

    /// `seek(cookie, whence)`.
    pub fn seek(&self, th: &Thread, this: Value, cookie: Value, whence: i32) -> PyResult {
        self.check_open(th)?;
        if !self.seekable.get() {
            return Err(unsupported(th, "underlying stream is not seekable"));
        }
        let is_zero = compare::eq(th, cookie, Value::small_int(0))?;
        let mut cookie = cookie.own();
        match whence {
            0 => {}
            1 => {
                if !is_zero {
                    return Err(unsupported(th, "can't do nonzero cur-relative seeks"));
                }
                cookie = call::call_method(th, this, "tell", &[])?;
            }
            2 => {
                if !is_zero {
                    return Err(unsupported(th, "can't do nonzero end-relative seeks"));
                }
                return self.seek_to_end(th, this);
            }
            _ => return err!(th, VALUE_ERROR, "invalid whence ({whence}, should be 0, 1 or 2)"),
        }
        if compare::rich_bool(th, cookie.value(), Value::small_int(0), CompareOp::Lt)? {
            return err!(th, VALUE_ERROR, "negative seek position {}", object::repr_text(th, cookie.value())?);
        }
        call::call_method(th, this, "flush", &[])?;
        let index = number::index(th, cookie.value())?;
        let parts = Cookie::parse(th, index.value())?;
        let buffer = self.buffer(th)?;
        let position = th.int(parts.position)?;
        call::call_method(th, buffer.value(), "seek", &[position.value()])?;
        self.set_decoded(None);
        self.snapshot.replace(None);
        if self.has_decoder.get() {
            self.reset_decoder(th)?;
            if parts.flags != 0 || parts.chars_to_skip != 0 {
                self.set_decoder_state(th, b"", parts.flags)?;
            }
        }
        if parts.chars_to_skip > 0 {
            self.skip_into(th, &parts)?;
        } else if self.has_decoder.get() {
            self.snapshot.replace(Some(super::wrapper::Snapshot { flags: parts.flags, next_input: Vec::new() }));
        }
        if self.has_encoder.get() {
            self.reset_encoder(th, parts.position == 0 && parts.flags == 0)?;
        }
        Ok(cookie)
    }

    /// Decodes from a safe place and goes some characters on.
    fn skip_into(&self, th: &Thread, parts: &Cookie) -> PyResult<()> {
        let buffer = self.buffer(th)?;
        let count = th.int(parts.bytes_to_feed)?;
        let input = call::call_method(th, buffer.value(), "read", &[count.value()])?;
        let Some(bytes) = input.cast::<whipsnake_runtime::types::bytes::Bytes>() else {
            let got = input.ty().name();
            return err!(th, TYPE_ERROR, "underlying read() should have returned a bytes object, not '{got}'");
        };
        let next_input = bytes.as_slice().to_vec();
        self.snapshot.replace(Some(super::wrapper::Snapshot { flags: parts.flags, next_input: next_input.clone() }));
        let text = self.decode(th, &next_input, parts.need_eof)?;
        let length = object::len(th, text.value())? as i64;
        self.set_decoded(Some(text));
        if length < parts.chars_to_skip {
            return err!(th, OS_ERROR, "can't restore logical file position");
        }
        self.used.set(parts.chars_to_skip as usize);
        Ok(())
    }

    fn seek_to_end(&self, th: &Thread, this: Value) -> PyResult {
        call::call_method(th, this, "flush", &[])?;
        self.set_decoded(None);
        self.snapshot.replace(None);
        if self.has_decoder.get() {
            self.reset_decoder(th)?;
        }
        let buffer = self.buffer(th)?;
        let end = call::call_method(th, buffer.value(), "seek", &[Value::small_int(0), Value::small_int(2)])?;
        if self.has_encoder.get() {
            let at_start = compare::eq(th, end.value(), Value::small_int(0))?;
            self.reset_encoder(th, at_start)?;
        }
        Ok(end)
    }
}

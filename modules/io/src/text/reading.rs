//! Reading text.

use super::wrapper::{Snapshot, Wrapper};
use super::{Newline, line_end};
use crate::buffered::exact_reader;
use crate::raising::unsupported;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::BytesArg;
use whipsnake_runtime::types::str::{self as strings, Str};
use whipsnake_text::Builder;

impl Wrapper {
    /// Decoded text that has not been handed out: its length.
    pub fn chars_ahead(&self) -> usize {
        self.decoded.peek().and_then(|v| v.cast::<Str>()).map_or(0, |s| s.len() - self.used.get().min(s.len()))
    }

    pub fn set_decoded(&self, text: Option<Obj>) {
        self.used.set(0);
        self.decoded.set(text);
    }

    /// Hands out up to `count` characters of the decoded text.
    fn take_chars(&self, th: &Thread, count: Option<usize>) -> PyResult<Option<Obj>> {
        let Some(text) = self.decoded.get() else { return Ok(None) };
        let Some(s) = text.cast::<Str>() else { return Ok(None) };
        let start = self.used.get().min(s.len());
        let end = count.map_or(s.len(), |count| start.saturating_add(count).min(s.len()));
        if start == end {
            return Ok(None);
        }
        self.used.set(end);
        if start == 0 && end == s.len() { Ok(Some(text)) } else { strings::substring(th, s, start, end).map(Some) }
    }

    fn check_readable(&self, th: &Thread) -> PyResult<()> {
        self.check_open(th)?;
        if self.has_decoder.get() { Ok(()) } else { Err(unsupported(th, "not readable")) }
    }

    /// Reads and decodes one chunk; false at the end.
    fn read_chunk(&self, th: &Thread, hint: usize) -> PyResult<bool> {
        let before = if self.telling.get() { Some(self.decoder_state(th)?) } else { None };
        let size = self.chunk_size.get().max(hint);
        let buffer = self.buffer(th)?;
        let input: Vec<u8> = match exact_reader(buffer.value()) {
            Some(reader) => {
                reader.check_ready(th)?;
                reader.read_once(th, Some(size))?
            }
            None => {
                let method = if self.has_read1.get() { "read1" } else { "read" };
                let data = call::call_method(th, buffer.value(), method, &[Value::small_int(size as i64)])?;
                if !whipsnake_runtime::types::buffer::has_buffer(data.value()) {
                    let got = data.ty().name();
                    return err!(
                        th,
                        TYPE_ERROR,
                        "underlying {method}() should have returned a bytes-like object, not '{got}'"
                    );
                }
                BytesArg::of(th, data.value())?.to_vec()
            }
        };
        let last = input.is_empty();
        let text = self.decode(th, &input, last)?;
        let empty = object::len(th, text.value())? == 0;
        self.set_decoded(Some(text));
        if let Some((held, flags)) = before {
            let mut next_input = held;
            next_input.extend_from_slice(&input);
            self.snapshot.replace(Some(Snapshot { flags, next_input }));
        }
        Ok(!(last && empty))
    }

    /// `read(size)`.
    pub fn read_text(&self, th: &Thread, size: Option<usize>) -> PyResult {
        self.check_readable(th)?;
        self.flush_pending(th)?;
        let Some(size) = size else { return self.read_rest(th) };
        let Some(first) = self.take_chars(th, Some(size))? else { return self.read_some(th, None, size) };
        let length = object::len(th, first.value())?.max(0) as usize;
        if length == size { Ok(first) } else { self.read_some(th, Some(first), size - length) }
    }

    fn read_some(&self, th: &Thread, first: Option<Obj>, mut remaining: usize) -> PyResult {
        let mut parts: Vec<Obj> = first.into_iter().collect();
        while remaining > 0 {
            if !self.read_chunk(th, 0)? {
                break;
            }
            if let Some(part) = self.take_chars(th, Some(remaining))? {
                remaining -= object::len(th, part.value())?.max(0) as usize;
                parts.push(part);
            }
        }
        joined(th, parts)
    }

    fn read_rest(&self, th: &Thread) -> PyResult {
        let mut parts: Vec<Obj> = self.take_chars(th, None)?.into_iter().collect();
        let buffer = self.buffer(th)?;
        let data = match exact_reader(buffer.value()) {
            Some(reader) => {
                reader.check_ready(th)?;
                reader.read_bytes(th, None)?
            }
            None => call::call_method(th, buffer.value(), "read", &[])?,
        };
        if data.is_none() {
            return err!(th, BLOCKING_IO_ERROR, "Read returned None.");
        }
        let bytes = BytesArg::of(th, data.value())?;
        parts.push(self.decode(th, &bytes, true)?);
        self.set_decoded(None);
        self.snapshot.replace(None);
        joined(th, parts)
    }

    /// `readline(size)`.
    pub fn read_line(&self, th: &Thread, size: Option<usize>) -> PyResult {
        self.check_readable(th)?;
        if !self.pending.borrow().is_empty() {
            self.flush_pending(th)?;
        }
        let newline = self.newline.get();
        let mut parts: Vec<Obj> = Vec::new();
        let mut length = 0usize;
        loop {
            if self.chars_ahead() == 0 && !self.read_chunk(th, 0)? {
                self.set_decoded(None);
                self.snapshot.replace(None);
                break;
            }
            let Some(text) = self.decoded.get() else { break };
            let Some(s) = text.cast::<Str>() else { break };
            let start = self.used.get();
            // A line end of two characters may lie across two chunks.
            let split = newline == Newline::CrLf && ends_with_cr(&parts) && s.units().get(start) == Some(10);
            let found = if split { Some(start + 1) } else { line_end(s, start, newline) };
            let mut end = found.unwrap_or(s.len());
            let mut done = found.is_some();
            if let Some(limit) = size
                && length + (end - start) >= limit
            {
                end = start + (limit - length);
                done = true;
            }
            self.used.set(end);
            length += end - start;
            let part = if start == 0 && end == s.len() { text.clone() } else { strings::substring(th, s, start, end)? };
            if parts.is_empty() && done {
                return Ok(part);
            }
            parts.push(part);
            if done {
                break;
            }
        }
        joined(th, parts)
    }
}

fn ends_with_cr(parts: &[Obj]) -> bool {
    let last = parts.last().and_then(|part| part.cast::<Str>());
    last.is_some_and(|s| s.len() > 0 && s.units().get(s.len() - 1) == Some(13))
}

fn joined(th: &Thread, mut parts: Vec<Obj>) -> PyResult {
    match parts.len() {
        0 => th.str(""),
        1 => Ok(parts.remove(0)),
        _ => {
            let mut out = Builder::new();
            for part in &parts {
                if let Some(s) = part.cast::<Str>() {
                    out.push_units(s.units());
                }
            }
            strings::from_buf(th, out.finish())
        }
    }
}

//! Writing text.

use super::with_line_ends;
use super::wrapper::Wrapper;
use crate::buffered::exact_writer;
use crate::raising::unsupported;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::str::Str;

impl Wrapper {
    /// Hands pending output to the buffer.
    ///
    /// # Errors
    /// What the buffer raises; what was pending is lost then, as in CPython, unless the buffer took it.
    pub fn flush_pending(&self, th: &Thread) -> PyResult<()> {
        if self.pending.borrow().is_empty() {
            return Ok(());
        }
        let data = self.pending.take();
        let buffer = self.buffer(th)?;
        match exact_writer(buffer.value()) {
            Some(writer) => {
                writer.check_ready(th)?;
                writer.write_bytes(th, &data)?;
            }
            None => {
                let bytes = th.bytes(&data)?;
                loop {
                    let result = call::call_method(th, buffer.value(), "write", &[bytes.value()]);
                    // A signal may have interrupted the write: PEP 475.
                    match result {
                        Ok(_) => break,
                        Err(_) if is_interrupted(th) => drop(th.take_exception()),
                        Err(raised) => return Err(raised),
                    }
                }
            }
        }
        // The vector's room is used again.
        let mut data = data;
        data.clear();
        let mut pending = self.pending.borrow_mut();
        if pending.is_empty() && data.capacity() <= 1 << 16 {
            *pending = data;
        }
        Ok(())
    }

    /// `write(text)`; returns the number of characters.
    pub fn write_text(&self, th: &Thread, text: Value) -> PyResult<usize> {
        self.check_open(th)?;
        if !self.has_encoder.get() {
            return Err(unsupported(th, "not writable"));
        }
        let Some(s) = text.cast::<Str>() else {
            return err!(th, TYPE_ERROR, "write() argument must be str, not {}", text.ty().name());
        };
        let length = s.len();
        let line_end = self.newline.get().written();
        let before = self.pending.borrow().len();
        let ends = if line_end.is_some() || self.line_buffering.get() { line_ends(s) } else { (false, false) };
        match line_end {
            Some(line_end) if ends.0 => {
                let translated = match text.is_exact(&statics::STR_TYPE) {
                    true => with_line_ends(th, s, line_end)?,
                    // A subclass may have its own `replace`.
                    false => {
                        let (old, new) = (th.intern("\n")?, th.str(line_end)?);
                        let translated = call::call_method(th, text, "replace", &[old.value(), new.value()])?;
                        if translated.cast::<Str>().is_none() {
                            let got = translated.ty().name();
                            return err!(th, TYPE_ERROR, "replace() should return a str, not {got}");
                        }
                        self.check_ready(th)?;
                        self.check_open(th)?;
                        translated
                    }
                };
                self.encode_to_pending(th, translated.value())?;
            }
            _ => self.encode_to_pending(th, text)?,
        }
        // A large piece is not put together with what is pending.
        if before > 0 && self.pending.borrow().len().saturating_sub(before) >= self.chunk_size.get() {
            let rest = self.pending.borrow_mut().split_off(before);
            self.flush_pending(th)?;
            self.pending.borrow_mut().extend_from_slice(&rest);
        }
        let flush = self.line_buffering.get() && (ends.0 || ends.1);
        if flush || self.write_through.get() || self.pending.borrow().len() >= self.chunk_size.get() {
            self.flush_pending(th)?;
        }
        if flush {
            self.flush_buffer(th)?;
        }
        // What was read ahead is no longer next.
        if !self.decoded.is_empty() || self.snapshot.borrow().is_some() {
            self.set_decoded(None);
            self.snapshot.replace(None);
            if self.has_decoder.get() {
                self.reset_decoder(th)?;
            }
        }
        Ok(length)
    }

    /// Flushes the buffer below.
    pub fn flush_buffer(&self, th: &Thread) -> PyResult<()> {
        let buffer = self.buffer(th)?;
        match exact_writer(buffer.value()) {
            Some(writer) => {
                writer.check_ready(th)?;
                writer.flush_all(th)
            }
            None => call::call_method(th, buffer.value(), "flush", &[]).map(drop),
        }
    }
}

fn is_interrupted(th: &Thread) -> bool {
    if !th.exception_matches(&statics::INTERRUPTED_ERROR) {
        return false;
    }
    // The handlers of the signal run before the write is repeated; what they raise replaces the exception.
    let saved = th.take_exception();
    match whipsnake_runtime::pending::check_signals(th) {
        Ok(()) => {
            th.restore_exception(saved);
            true
        }
        Err(_) => false,
    }
}

/// Whether the text has a `\n`, and whether it has a `\r`.
fn line_ends(s: &Str) -> (bool, bool) {
    use whipsnake_text::Units;
    match s.units() {
        Units::Ascii(u) | Units::Latin1(u) => (memchr::memchr(b'\n', u).is_some(), memchr::memchr(b'\r', u).is_some()),
        other => (other.iter().any(|c| c == 10), other.iter().any(|c| c == 13)),
    }
}

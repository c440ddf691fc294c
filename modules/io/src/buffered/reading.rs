//! Reading through the buffer.

use super::core::Buffered;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::{self, Buffer};
use whipsnake_runtime::types::bytes::Bytes;

impl Buffered {
    /// Takes up to `count` bytes out of the read buffer.
    fn take_ahead(&self, count: usize, out: &mut Vec<u8>) {
        let read = self.read.borrow();
        let start = self.read_at.get();
        let end = start.saturating_add(count).min(read.len());
        out.extend_from_slice(&read[start..end]);
        self.read_at.set(end);
    }

    /// Fills the empty read buffer with one raw read. 0 = end; `None` = it would have to wait.
    pub fn fill(&self, th: &Thread) -> PyResult<Option<usize>> {
        self.drop_read_buffer();
        let Some(data) = self.raw_read(th, self.buffer_size.get())? else { return Ok(None) };
        let count = data.len();
        self.read.replace(data);
        self.read_at.set(0);
        Ok(Some(count))
    }

    /// Writes what is pending before something is read.
    fn prepare_reading(&self, th: &Thread) -> PyResult<()> {
        if self.writable.get() && !self.write.borrow().is_empty() { self.flush_writes(th) } else { Ok(()) }
    }

    /// `read(size)`.
    pub fn read_bytes(&self, th: &Thread, size: Option<usize>) -> PyResult {
        self.check_open(th, "read of closed file")?;
        let Some(size) = size else {
            let _guard = self.lock(th)?;
            return self.read_to_end(th);
        };
        if size <= self.ahead() {
            let read = self.read.borrow();
            let start = self.read_at.get();
            self.read_at.set(start + size);
            return th.bytes(&read[start..start + size]);
        }
        let _guard = self.lock(th)?;
        let mut out = Vec::new();
        out.try_reserve_exact(size.min(1 << 30)).map_err(|_| th.memory_error())?;
        self.take_ahead(size, &mut out);
        self.prepare_reading(th)?;
        let block = self.buffer_size.get();
        while out.len() < size {
            let wanted = size - out.len();
            let got = if wanted >= block {
                // Whole blocks go past the buffer.
                self.drop_read_buffer();
                match self.raw_read(th, wanted - wanted % block)? {
                    None => None,
                    Some(data) => {
                        out.extend_from_slice(&data);
                        Some(data.len())
                    }
                }
            } else {
                let filled = self.fill(th)?;
                self.take_ahead(wanted, &mut out);
                filled
            };
            match got {
                Some(0) => break,
                None if out.is_empty() => return Ok(Obj::none()),
                None => break,
                Some(_) => {}
            }
        }
        th.bytes(&out)
    }

    fn read_to_end(&self, th: &Thread) -> PyResult {
        let mut out = Vec::new();
        self.take_ahead(usize::MAX, &mut out);
        self.drop_read_buffer();
        self.prepare_reading(th)?;
        let raw = self.raw(th)?;
        if let Some(file) = super::core::exact_file(raw.value()) {
            return match file.read_all(th)? {
                None if out.is_empty() => Ok(Obj::none()),
                None => th.bytes(&out),
                Some(rest) if out.is_empty() => th.bytes(&rest),
                Some(rest) => {
                    out.extend_from_slice(&rest);
                    th.bytes(&out)
                }
            };
        }
        if let Some(readall) = object::lookup_attr_str(th, raw.value(), "readall")? {
            let rest = call::call0(th, readall.value())?;
            if rest.is_none() {
                return if out.is_empty() { Ok(rest) } else { th.bytes(&out) };
            }
            let Some(bytes) = rest.cast::<Bytes>() else {
                return err!(th, TYPE_ERROR, "readall() should return bytes");
            };
            out.extend_from_slice(bytes.as_slice());
            return th.bytes(&out);
        }
        loop {
            let chunk = call::call_method(th, raw.value(), "read", &[])?;
            if chunk.is_none() {
                return if out.is_empty() { Ok(chunk) } else { th.bytes(&out) };
            }
            let Some(bytes) = chunk.cast::<Bytes>() else { return err!(th, TYPE_ERROR, "read() should return bytes") };
            if bytes.is_empty() {
                return th.bytes(&out);
            }
            out.extend_from_slice(bytes.as_slice());
        }
    }

    /// `read1(size)`: what is there, or what one raw read gives.
    pub fn read_once(&self, th: &Thread, size: Option<usize>) -> PyResult<Vec<u8>> {
        self.check_open(th, "read of closed file")?;
        let size = size.unwrap_or(self.buffer_size.get());
        let mut out = Vec::new();
        if size == 0 {
            return Ok(out);
        }
        if self.ahead() > 0 {
            self.take_ahead(size, &mut out);
            return Ok(out);
        }
        let _guard = self.lock(th)?;
        self.prepare_reading(th)?;
        self.drop_read_buffer();
        Ok(self.raw_read(th, size)?.unwrap_or_default())
    }

    /// `readinto(buffer)` and `readinto1(buffer)`; `None` when it would have to wait.
    pub fn read_into(&self, th: &Thread, target: Value, once: bool) -> PyResult<Option<usize>> {
        let what = if once { "readinto1() argument" } else { "readinto() argument" };
        let view: Buffer = buffer::get_writable(th, target, what)?;
        self.check_open(th, "readinto of closed file")?;
        let _guard = self.lock(th)?;
        let mut written = 0;
        let mut put = |data: &[u8]| {
            view.write(written, data);
            written += data.len();
            written
        };
        let mut chunk = Vec::new();
        self.take_ahead(view.len, &mut chunk);
        let mut total = put(&chunk);
        // One read at most, which must not go through the buffer when something came from there.
        if total == view.len || (once && total > 0 && view.len - total <= self.buffer_size.get()) {
            return Ok(Some(total));
        }
        self.prepare_reading(th)?;
        while total < view.len {
            let wanted = view.len - total;
            let got = if wanted > self.buffer_size.get() {
                self.drop_read_buffer();
                self.raw_read(th, wanted)?
            } else {
                match self.fill(th)? {
                    None => None,
                    Some(_) => {
                        let mut chunk = Vec::new();
                        self.take_ahead(wanted, &mut chunk);
                        Some(chunk)
                    }
                }
            };
            match got {
                None if total == 0 => return Ok(None),
                None => break,
                Some(data) if data.is_empty() => break,
                Some(data) => total = put(&data),
            }
            if once {
                break;
            }
        }
        Ok(Some(total))
    }

    /// `peek()`: what is in the buffer, after one raw read when that is nothing.
    pub fn peek_bytes(&self, th: &Thread) -> PyResult {
        self.check_open(th, "peek of closed file")?;
        let _guard = self.lock(th)?;
        self.prepare_reading(th)?;
        if self.ahead() == 0 {
            self.fill(th)?;
        }
        let read = self.read.borrow();
        th.bytes(&read[self.read_at.get()..])
    }

    /// `readline(size)`.
    pub fn read_line(&self, th: &Thread, size: Option<usize>) -> PyResult {
        self.check_open(th, "readline of closed file")?;
        let limit = size.unwrap_or(usize::MAX);
        {
            let read = self.read.borrow();
            let start = self.read_at.get();
            let ahead = &read[start..];
            let upto = ahead.len().min(limit);
            if let Some(i) = memchr::memchr(b'\n', &ahead[..upto]) {
                self.read_at.set(start + i + 1);
                return th.bytes(&ahead[..=i]);
            }
            if upto == limit {
                self.read_at.set(start + limit);
                return th.bytes(&ahead[..limit]);
            }
        }
        let _guard = self.lock(th)?;
        let mut line = Vec::new();
        self.take_ahead(usize::MAX, &mut line);
        self.prepare_reading(th)?;
        while line.len() < limit {
            if !matches!(self.fill(th)?, Some(1..)) {
                break;
            }
            let found = {
                let read = self.read.borrow();
                let upto = read.len().min(limit - line.len());
                let newline = memchr::memchr(b'\n', &read[..upto]);
                let end = newline.map_or(upto, |i| i + 1);
                line.extend_from_slice(&read[..end]);
                self.read_at.set(end);
                newline.is_some()
            };
            if found {
                break;
            }
        }
        th.bytes(&line)
    }
}

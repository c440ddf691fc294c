//! Writing through the buffer, and positions.

use super::core::Buffered;
use whipsnake_runtime::prelude::*;

/// BlockingIOError(EAGAIN, message, characters_written).
#[cold]
fn would_block(th: &Thread, written: usize) -> Raised {
    let make = || -> PyResult<Raised> {
        let message = th.str("write could not complete without blocking")?;
        let count = th.uint(written as u64)?;
        let args = [Value::small_int(libc::EAGAIN.into()), message.value(), count.value()];
        Ok(th.raise_with(&statics::BLOCKING_IO_ERROR, &args))
    };
    make().unwrap_or_else(|raised| raised)
}

impl Buffered {
    /// Writes the whole write buffer to the raw stream. The lock is held.
    ///
    /// # Errors
    /// BlockingIOError and what the raw stream raises; what was not written stays in the buffer.
    pub fn flush_writes(&self, th: &Thread) -> PyResult<()> {
        let mut data = self.write.take();
        let mut done = 0;
        let mut failed = None;
        while done < data.len() {
            match self.raw_write(th, &data[done..]) {
                Ok(Some(count)) => done += count,
                Ok(None) => {
                    failed = Some(would_block(th, 0));
                    break;
                }
                Err(raised) => {
                    failed = Some(raised);
                    break;
                }
            }
            if let Err(raised) = whipsnake_runtime::pending::check_signals(th) {
                failed = Some(raised);
                break;
            }
        }
        data.drain(..done);
        self.write.replace(data);
        failed.map_or(Ok(()), Err)
    }

    /// Before writing: goes back to the logical position, behind what was read ahead.
    fn leave_reading(&self, th: &Thread) -> PyResult<()> {
        let ahead = self.ahead();
        if self.readable.get() && ahead > 0 {
            self.raw_seek(th, -(ahead as i64), libc::SEEK_CUR)?;
        }
        if self.readable.get() {
            self.drop_read_buffer();
        }
        Ok(())
    }

    /// `write(data)`.
    pub fn write_bytes(&self, th: &Thread, data: &[u8]) -> PyResult<usize> {
        self.check_open(th, "write to closed file")?;
        let _guard = self.lock(th)?;
        self.leave_reading(th)?;
        let size = self.buffer_size.get();
        {
            let mut write = self.write.borrow_mut();
            if write.len() + data.len() <= size {
                write.extend_from_slice(data);
                return Ok(data.len());
            }
        }
        if let Err(raised) = self.flush_writes(th) {
            return self.accept_what_fits(th, data, 0, raised);
        }
        let mut done = 0;
        while data.len() - done > size {
            match self.raw_write(th, &data[done..])? {
                Some(count) => done += count,
                None => {
                    let raised = would_block(th, done);
                    return self.accept_what_fits(th, data, done, raised);
                }
            }
            whipsnake_runtime::pending::check_signals(th)?;
        }
        self.write.borrow_mut().extend_from_slice(&data[done..]);
        Ok(data.len())
    }

    /// The raw stream would block: takes into the buffer what fits, and raises unless that is everything.
    fn accept_what_fits(&self, th: &Thread, data: &[u8], done: usize, raised: Raised) -> PyResult<usize> {
        if !th.exception_matches(&statics::BLOCKING_IO_ERROR) {
            return Err(raised);
        }
        let fits = {
            let mut write = self.write.borrow_mut();
            let room = self.buffer_size.get().saturating_sub(write.len());
            let fits = room.min(data.len() - done);
            write.extend_from_slice(&data[done..done + fits]);
            fits
        };
        drop(th.take_exception());
        if done + fits == data.len() { Ok(data.len()) } else { Err(would_block(th, done + fits)) }
    }

    /// `flush()`: nothing stays in the write buffer; a stream that was read goes back to its logical position.
    pub fn flush_all(&self, th: &Thread) -> PyResult<()> {
        self.check_open(th, "flush of closed file")?;
        let _guard = self.lock(th)?;
        self.flush_and_rewind(th)
    }

    fn flush_and_rewind(&self, th: &Thread) -> PyResult<()> {
        self.flush_writes(th)?;
        if self.readable.get() && self.writable.get() && self.ahead() > 0 {
            self.leave_reading(th)?;
        }
        Ok(())
    }

    /// `tell()`.
    pub fn position(&self, th: &Thread) -> PyResult<i64> {
        let raw = self.raw_tell(th)?;
        let position = raw - self.ahead() as i64 + self.write.borrow().len() as i64;
        Ok(position.max(0))
    }

    /// `seek(offset, whence)`.
    pub fn seek_to(&self, th: &Thread, offset: i64, whence: i32) -> PyResult<i64> {
        if !(0..=4).contains(&whence) {
            return err!(th, VALUE_ERROR, "whence value {whence} unsupported");
        }
        self.check_open(th, "seek of closed file")?;
        self.check_seekable(th)?;
        let _guard = self.lock(th)?;
        if whence != 2 && self.readable.get() && self.write.borrow().is_empty() && !self.read.borrow().is_empty() {
            // Within what was read, only the index moves.
            let here = self.raw_tell(th)?;
            let (length, at) = (self.read.borrow().len() as i64, self.read_at.get() as i64);
            let start = here - length;
            let target = if whence == 0 { offset } else { start + at + offset };
            if (0..=1).contains(&whence) && target >= start && target < here {
                self.read_at.set((target - start) as usize);
                return Ok(target.max(0));
            }
        }
        self.flush_writes(th)?;
        let offset = if whence == 1 { offset - self.ahead() as i64 } else { offset };
        let position = self.raw_seek(th, offset, whence)?;
        self.drop_read_buffer();
        Ok(position)
    }

    /// `truncate(size)`.
    pub fn truncate_to(&self, th: &Thread, size: Value) -> PyResult {
        self.check_open(th, "truncate of closed file")?;
        if !self.writable.get() {
            return Err(crate::raising::unsupported(th, "truncate"));
        }
        let _guard = self.lock(th)?;
        self.flush_and_rewind(th)?;
        let raw = self.raw(th)?;
        call::call_method(th, raw.value(), "truncate", &[size])
    }
}

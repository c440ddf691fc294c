//! Where a pickle comes from: bytes, or a file of which some bytes have been read.

use crate::state::{Tables, raise};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::{self, Buffer};
use whipsnake_runtime::types::bytearray;
use whipsnake_runtime::types::bytes::Bytes;
use whipsnake_runtime::types::memoryview;

/// Bytes looked at in advance where a file can do so.
const AHEAD: usize = 128 * 1024;
/// Data of an announced length are read in pieces of at most this size at first, so that no more memory is taken than there are data.
const PIECE: usize = 1 << 20;

/// The methods of a file.
pub struct File {
    pub read: Obj,
    pub readline: Obj,
    pub peek: Option<Obj>,
    pub readinto: Option<Obj>,
}

/// The bytes at hand, and the file if there is one.
pub struct Input<'a> {
    th: &'a Thread,
    tables: &'static Tables,
    file: Option<File>,
    data: Buffer,
    pos: usize,
    /// Where the frame or, outside of frames, the data end.
    limit: usize,
    /// Whether `limit` is the end of a frame.
    in_frame: bool,
    /// Behind which position the file stands; what is before it has been read, the rest only peeked at.
    read_up_to: usize,
}

impl<'a> Input<'a> {
    /// Input from a buffer.
    pub fn of_bytes(th: &'a Thread, tables: &'static Tables, data: Buffer) -> Input<'a> {
        let limit = data.len;
        Input { th, tables, file: None, data, pos: 0, limit, in_frame: false, read_up_to: limit }
    }
    /// Input from a file.
    pub fn of_file(th: &'a Thread, tables: &'static Tables, file: File) -> Input<'a> {
        let data = Buffer::new(Obj::none(), std::ptr::null_mut(), 0, true);
        Input { th, tables, file: Some(file), data, pos: 0, limit: 0, in_frame: false, read_up_to: 0 }
    }
    #[cold]
    fn raise(&self, text: &str) -> Raised {
        raise(self.th, &self.tables.unpickling_error, text)
    }
    #[cold]
    pub fn truncated(&self) -> Raised {
        self.raise("pickle data was truncated")
    }
    /// The next opcode; `None` at the end of the input.
    ///
    /// # Errors
    /// What the file raises.
    #[inline(always)]
    pub fn opcode(&mut self) -> PyResult<Option<u8>> {
        if self.pos < self.limit {
            let byte = self.data.bytes()[self.pos];
            self.pos += 1;
            return Ok(Some(byte));
        }
        self.next_opcode()
    }
    #[inline(never)]
    fn next_opcode(&mut self) -> PyResult<Option<u8>> {
        self.leave_frame();
        if self.pos == self.limit && (self.file.is_none() || self.fill(Some(1))? < 1) {
            return Ok(None);
        }
        self.pos += 1;
        Ok(Some(self.data.bytes()[self.pos - 1]))
    }
    /// Forgets a frame that has been read to its end.
    fn leave_frame(&mut self) {
        if self.in_frame && self.pos == self.limit {
            self.in_frame = false;
            self.limit = self.data.len;
        }
    }
    /// The next `count` bytes.
    ///
    /// # Errors
    /// UnpicklingError when there are not so many; what the file raises.
    #[inline(always)]
    pub fn take(&mut self, count: usize) -> PyResult<&[u8]> {
        if count > self.limit - self.pos {
            self.refill(count)?;
        }
        let start = self.pos;
        self.pos += count;
        Ok(&self.data.bytes()[start..start + count])
    }
    #[inline(never)]
    fn refill(&mut self, count: usize) -> PyResult<()> {
        self.leave_frame();
        if count <= self.limit - self.pos {
            return Ok(());
        }
        if self.in_frame {
            return Err(self.raise("pickle exhausted before end of frame"));
        }
        if self.file.is_none() || self.fill(Some(count))? < count {
            return Err(self.truncated());
        }
        Ok(())
    }
    /// Whether so many bytes are at hand.
    pub fn has(&mut self, count: usize) -> bool {
        self.leave_frame();
        count <= self.limit - self.pos
    }
    /// The next `N` bytes.
    #[inline(always)]
    pub fn array<const N: usize>(&mut self) -> PyResult<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }
    /// The rest of the line, without its end.
    ///
    /// # Errors
    /// UnpicklingError when the line does not end or has fewer than `least` characters.
    pub fn line(&mut self, least: usize) -> PyResult<&[u8]> {
        self.leave_frame();
        let mut end = self.data.bytes()[self.pos..self.limit].iter().position(|byte| *byte == b'\n');
        if end.is_none() {
            if self.in_frame {
                return Err(self.raise("pickle exhausted before end of frame"));
            }
            let count = if self.file.is_none() { 0 } else { self.fill(None)? };
            if count == 0 || self.data.bytes()[count - 1] != b'\n' {
                return Err(self.truncated());
            }
            end = Some(count - 1);
        }
        let (start, len) = (self.pos, end.unwrap_or(0));
        self.pos += len + 1;
        if len < least {
            return Err(self.truncated());
        }
        Ok(&self.data.bytes()[start..start + len])
    }
    /// Begins a frame.
    ///
    /// # Errors
    /// UnpicklingError inside of another frame, or when the input is shorter.
    pub fn begin_frame(&mut self, len: usize) -> PyResult<()> {
        self.leave_frame();
        if self.in_frame {
            return Err(self.raise("beginning of a new frame before end of current frame"));
        }
        self.take(len)?;
        self.pos -= len;
        self.limit = self.pos + len;
        self.in_frame = true;
        Ok(())
    }
    /// Tells the file what has been used of what it was peeked at for.
    fn skip_consumed(&mut self) -> PyResult<()> {
        if self.pos > self.read_up_to
            && let Some(file) = &self.file
        {
            let count = self.th.uint((self.pos - self.read_up_to) as u64)?;
            call::call1(self.th, file.read.value(), count.value())?;
            self.read_up_to = self.pos;
        }
        Ok(())
    }
    /// Puts new data in place of the old; how many there are.
    fn replace(&mut self, data: &Obj) -> PyResult<usize> {
        let view = buffer::get(self.th, data.value(), false)?;
        let len = view.len;
        let old = std::mem::replace(&mut self.data, view);
        (self.pos, self.limit, self.read_up_to, self.in_frame) = (0, len, len, false);
        drop(old);
        Ok(len)
    }
    /// Gets `count` bytes from the file, or a line. What was at hand is read again with them or used up.
    fn fill(&mut self, count: Option<usize>) -> PyResult<usize> {
        self.skip_consumed()?;
        let th = self.th;
        let Some(file) = &mut self.file else { return Ok(0) };
        let Some(count) = count else {
            let line = call::call0(th, file.readline.value())?;
            return self.replace(&line);
        };
        if count < AHEAD
            && let Some(peek) = &file.peek
        {
            match call::call1(th, peek.value(), Value::small_int(AHEAD as i64)) {
                Ok(data) => {
                    let len = self.replace(&data)?;
                    self.read_up_to = 0;
                    if count <= len {
                        return Ok(count);
                    }
                }
                Err(raised) => {
                    if !th.exception_matches(&statics::NOT_IMPLEMENTED_ERROR) {
                        return Err(raised);
                    }
                    drop(th.take_exception());
                    file.peek = None;
                }
            }
        }
        let Some(file) = &self.file else { return Ok(0) };
        let data = call::call1(th, file.read.value(), th.uint(count as u64)?.value())?;
        self.replace(&data)
    }
    /// `count` bytes, handed to `make` at once or gathered from the file: contents of bytes objects, which may be many.
    ///
    /// # Errors
    /// UnpicklingError when there are not so many; what the file raises.
    pub fn large(&mut self, count: usize) -> PyResult<Vec<u8>> {
        self.leave_frame();
        let at_hand = self.limit - self.pos;
        if self.in_frame && count > at_hand {
            return Err(self.raise("pickle exhausted before end of frame"));
        }
        // More than any address space has.
        if count >= 1 << 56 {
            return Err(self.th.memory_error());
        }
        let mut out = Vec::new();
        let first = count.min(at_hand);
        out.try_reserve_exact(first).map_err(|_| self.th.memory_error())?;
        out.extend_from_slice(self.take(first)?);
        if first == count {
            return Ok(out);
        }
        if self.file.is_none() {
            return Err(self.truncated());
        }
        self.skip_consumed()?;
        let mut piece = PIECE;
        while out.len() < count {
            let wanted = (count - out.len()).min(piece);
            self.read_piece(wanted, &mut out)?;
            piece = piece.saturating_mul(2);
        }
        Ok(out)
    }
    fn read_piece(&mut self, wanted: usize, out: &mut Vec<u8>) -> PyResult<()> {
        let th = self.th;
        out.try_reserve(wanted).map_err(|_| th.memory_error())?;
        let Some(file) = &self.file else { return Err(self.truncated()) };
        let Some(readinto) = &file.readinto else {
            let data = call::call1(th, file.read.value(), th.uint(wanted as u64)?.value())?;
            let Some(bytes) = data.cast::<Bytes>() else {
                let shown = object::repr_text(th, data.ty().value())?;
                return err!(th, VALUE_ERROR, "read() returned non-bytes object ({shown})");
            };
            let Some(bytes) = bytes.as_slice().get(..wanted) else { return Err(self.truncated()) };
            out.extend_from_slice(bytes);
            return Ok(());
        };
        let target = bytearray::from_vec(th, vec![0; wanted])?;
        let view = memoryview::from_object(th, target.value(), true)?;
        let count = call::call1(th, readinto.value(), view.value())?;
        let count = number::as_isize(th, count.value())?;
        if count < 0 {
            return Err(th.value_error("readinto() returned negative size"));
        }
        if (count as usize) < wanted {
            return Err(self.truncated());
        }
        let view = buffer::get(th, target.value(), false)?;
        out.extend_from_slice(&view.bytes()[..wanted]);
        Ok(())
    }
    /// Leaves the file behind what has been used.
    ///
    /// # Errors
    /// What the file raises.
    pub fn finish(&mut self) -> PyResult<()> {
        self.skip_consumed()
    }
}

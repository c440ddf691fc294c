//! What has been written: opcodes, gathered in frames.

use crate::opcodes::FRAME;
use whipsnake_runtime::prelude::*;

/// No frame is open.
const NO_FRAME: usize = usize::MAX;
/// The opcode and the length.
const HEADER: usize = 9;
/// Frames with less in them are not marked.
const LEAST: usize = 4;
/// A frame that has grown to this size ends.
const TARGET: usize = 64 * 1024;

/// The pickle so far, or what has not yet been written to the file of it.
pub struct Output<'a> {
    th: &'a Thread,
    data: Vec<u8>,
    frame: usize,
    /// From protocol 4 on.
    framing: bool,
    /// The `write` method of the file.
    write: Option<Obj>,
}

/// Bytes to begin with.
const FIRST_SIZE: usize = 512;

impl<'a> Output<'a> {
    pub fn new(th: &'a Thread, write: Option<Obj>) -> Output<'a> {
        Output { th, data: Vec::with_capacity(FIRST_SIZE), frame: NO_FRAME, framing: false, write }
    }
    /// Puts what comes from here on into frames.
    pub fn begin_framing(&mut self) {
        self.framing = true;
    }
    #[inline(always)]
    fn ensure_frame(&mut self) {
        if self.frame == NO_FRAME && self.framing {
            self.open_frame();
        }
    }
    #[inline(never)]
    fn open_frame(&mut self) {
        self.frame = self.data.len();
        self.append([FRAME, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
    #[cold]
    #[inline(never)]
    fn grow(&mut self, more: usize) {
        self.data.reserve(more);
    }
    /// An opcode is a store behind one check: a call to copy a few bytes would cost more than all the rest.
    #[inline(always)]
    fn append<const N: usize>(&mut self, bytes: [u8; N]) {
        let end = self.data.len();
        if self.data.capacity() - end < N {
            self.grow(N);
        }
        // SAFETY: I8, there is room for so many more bytes, which are initialised here.
        unsafe {
            self.data.as_mut_ptr().add(end).cast::<[u8; N]>().write(bytes);
            self.data.set_len(end + N);
        }
    }
    /// Adds one byte.
    #[inline(always)]
    pub fn byte(&mut self, byte: u8) {
        self.put([byte]);
    }
    /// Adds a few bytes: an opcode and what belongs to it.
    #[inline(always)]
    pub fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        self.ensure_frame();
        self.append(bytes);
    }
    /// Adds bytes.
    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.ensure_frame();
        self.data.extend_from_slice(bytes);
    }
    /// Adds a short head and the data it announces.
    #[inline]
    pub fn both(&mut self, head: &[u8], data: &[u8]) {
        self.ensure_frame();
        self.data.reserve(head.len() + data.len());
        self.data.extend_from_slice(head);
        self.data.extend_from_slice(data);
    }
    /// Ends the frame if it is large; what is complete goes to the file. Called between opcodes.
    ///
    /// # Errors
    /// What the file raises.
    #[inline(always)]
    pub fn boundary(&mut self) -> PyResult<()> {
        if self.frame != NO_FRAME && self.data.len() - self.frame >= TARGET + HEADER {
            self.end_large_frame()?;
        }
        Ok(())
    }
    #[cold]
    fn end_large_frame(&mut self) -> PyResult<()> {
        self.end_frame();
        self.flush()
    }
    /// Ends the frame that is open.
    pub fn end_frame(&mut self) {
        if self.frame == NO_FRAME {
            return;
        }
        let inside = self.data.len() - self.frame - HEADER;
        if inside >= LEAST {
            let length = self.frame + 1..self.frame + HEADER;
            self.data[length].copy_from_slice(&(inside as u64).to_le_bytes());
        } else {
            self.data.drain(self.frame..self.frame + HEADER);
        }
        self.frame = NO_FRAME;
    }
    /// Adds a head and a large amount of data: outside of frames, and without a copy of `object` (a buffer with the same data) on
    /// its way to a file.
    ///
    /// # Errors
    /// What the file raises.
    pub fn large(&mut self, head: &[u8], data: &[u8], object: Option<Value>) -> PyResult<()> {
        if data.len() < TARGET {
            self.both(head, data);
            return Ok(());
        }
        self.end_frame();
        self.data.extend_from_slice(head);
        let Some(write) = self.write.clone() else {
            self.data.extend_from_slice(data);
            return Ok(());
        };
        self.flush()?;
        let made = if object.is_none() { Some(self.th.bytes(data)?) } else { None };
        let payload = object.or(made.as_ref().map(Obj::value)).unwrap_or(statics::none());
        call::call1(self.th, write.value(), payload).map(drop)
    }
    /// Hands what is complete to the file, if there is one.
    ///
    /// # Errors
    /// What the file raises.
    pub fn flush(&mut self) -> PyResult<()> {
        if let Some(write) = &self.write {
            let data = self.th.bytes(&self.data)?;
            self.data.clear();
            call::call1(self.th, write.value(), data.value())?;
        }
        Ok(())
    }
    /// The pickle; empty if it has gone to a file.
    pub fn finish(self) -> Vec<u8> {
        self.data
    }
}

//! Streams of bzip2 as safe objects.
//!
//! Output goes to vectors that grow with it; input and output are only seen by the library during a call.

use crate::output::room;
use libbz2_rs_sys as b;

/// The library's number for what went wrong.
#[derive(Clone, Copy, PartialEq)]
pub struct Failure(pub i32);

impl Failure {
    pub const MEMORY: Failure = Failure(b::BZ_MEM_ERROR);
}

/// A stream. The library's state points back at it, so it stays where it is.
pub struct Stream {
    inner: Box<b::bz_stream>,
    compresses: bool,
}

// SAFETY: the library's state is owned by the stream and bound to no thread.
unsafe impl Send for Stream {}

/// How a call left a decompressor.
pub struct Run {
    /// The end of the stream was reached.
    pub ended: bool,
    /// How much of the input was taken.
    pub taken: usize,
}

impl Stream {
    fn fresh() -> Box<b::bz_stream> {
        Box::new(b::bz_stream {
            next_in: std::ptr::null(),
            avail_in: 0,
            total_in_lo32: 0,
            total_in_hi32: 0,
            next_out: std::ptr::null_mut(),
            avail_out: 0,
            total_out_lo32: 0,
            total_out_hi32: 0,
            state: std::ptr::null_mut(),
            bzalloc: None,
            bzfree: None,
            opaque: std::ptr::null_mut(),
        })
    }
    /// A compressor with blocks of `level` times 100 kB.
    pub fn compressor(level: i32) -> Result<Stream, Failure> {
        let mut inner = Stream::fresh();
        // SAFETY: the stream is fresh.
        match unsafe { b::BZ2_bzCompressInit(&mut *inner, level, 0, 0) } {
            b::BZ_OK => Ok(Stream { inner, compresses: true }),
            code => Err(Failure(code)),
        }
    }
    /// A decompressor.
    pub fn decompressor() -> Result<Stream, Failure> {
        let mut inner = Stream::fresh();
        // SAFETY: the stream is fresh.
        match unsafe { b::BZ2_bzDecompressInit(&mut *inner, 0, 0) } {
            b::BZ_OK => Ok(Stream { inner, compresses: false }),
            code => Err(Failure(code)),
        }
    }
    /// One call of the library: its number, how much of the input was taken, and whether the room was used up.
    fn step(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        limit: Option<usize>,
        call: impl FnOnce(&mut b::bz_stream) -> i32,
    ) -> Result<(i32, usize, bool), Failure> {
        let room = room(out, limit).map_err(|()| Failure::MEMORY)?.min(u32::MAX as usize);
        let part = &input[..input.len().min(u32::MAX as usize)];
        let strm = &mut *self.inner;
        strm.next_in = part.as_ptr().cast();
        strm.avail_in = part.len() as u32;
        strm.next_out = out.spare_capacity_mut().as_mut_ptr().cast();
        strm.avail_out = room as u32;
        let code = call(strm);
        let (taken, left) = (part.len() - strm.avail_in as usize, strm.avail_out as usize);
        // SAFETY: I8, the library has written that many bytes.
        unsafe { out.set_len(out.len() + room - left) };
        (strm.next_in, strm.avail_in) = (std::ptr::null(), 0);
        (strm.next_out, strm.avail_out) = (std::ptr::null_mut(), 0);
        Ok((code, taken, left == 0))
    }
    /// Compresses all of the input, and the rest if it is the last.
    pub fn compress(&mut self, mut input: &[u8], out: &mut Vec<u8>, last: bool) -> Result<(), Failure> {
        while last || !input.is_empty() {
            let action = if last { b::BZ_FINISH } else { b::BZ_RUN };
            // SAFETY: input and output live through the call and have the lengths that are told.
            let (code, taken, _) = self.step(input, out, None, |strm| unsafe { b::BZ2_bzCompress(strm, action) })?;
            input = &input[taken..];
            match code {
                b::BZ_STREAM_END => return Ok(()),
                ..0 => return Err(Failure(code)),
                _ => {}
            }
        }
        Ok(())
    }
    /// Decompresses until the input is used up, the stream ends, or `out` has `limit` bytes.
    pub fn decompress(&mut self, input: &[u8], out: &mut Vec<u8>, limit: Option<usize>) -> Result<Run, Failure> {
        let mut taken = 0;
        loop {
            // SAFETY: input and output live through the call and have the lengths that are told.
            let (code, more, full) =
                self.step(&input[taken..], out, limit, |strm| unsafe { b::BZ2_bzDecompress(strm) })?;
            taken += more;
            match code {
                b::BZ_STREAM_END => return Ok(Run { ended: true, taken }),
                ..0 => return Err(Failure(code)),
                _ => {}
            }
            if taken == input.len() || full && limit == Some(out.len()) {
                return Ok(Run { ended: false, taken });
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: I3, the stream is open until here.
        unsafe {
            if self.compresses {
                b::BZ2_bzCompressEnd(&mut *self.inner);
            } else {
                b::BZ2_bzDecompressEnd(&mut *self.inner);
            }
        }
    }
}

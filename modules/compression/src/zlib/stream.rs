//! Streams of zlib as safe objects.
//!
//! Output goes to vectors that grow with it; input and output are only seen by the library during a call.

use libz_rs_sys as z;
use std::ffi::CStr;

/// What went wrong: the library's number and its words.
pub struct Failure {
    pub code: i32,
    pub message: Option<String>,
}

impl Failure {
    fn plain(code: i32) -> Failure {
        Failure { code, message: None }
    }
    /// There was no memory for the output.
    pub const MEMORY: i32 = z::Z_MEM_ERROR;
}

/// The two kinds of stream.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Deflate,
    Inflate,
}

/// A stream. The library's state points back at it, so it stays where it is.
pub struct Stream {
    inner: Box<z::z_stream>,
    kind: Kind,
    /// The library's state is there.
    open: bool,
}

// SAFETY: the library's state is owned by the stream and bound to no thread.
unsafe impl Send for Stream {}

/// Options of a compressor.
pub struct Options {
    pub level: i32,
    pub method: i32,
    pub wbits: i32,
    pub mem_level: i32,
    pub strategy: i32,
}

impl Default for Options {
    fn default() -> Options {
        Options { level: z::Z_DEFAULT_COMPRESSION, method: z::Z_DEFLATED, wbits: 15, mem_level: 8, strategy: 0 }
    }
}

/// How a call left a stream.
pub struct Run {
    /// The library's number: `Z_OK`, `Z_STREAM_END`, `Z_BUF_ERROR` or `Z_NEED_DICT`.
    pub code: i32,
    /// How much of the input was taken.
    pub taken: usize,
}

impl Stream {
    fn new(kind: Kind) -> Stream {
        let mut inner = Box::new(z::z_stream::default());
        inner.next_out = std::ptr::dangling_mut();
        Stream { inner, kind, open: false }
    }
    fn opened(mut self, code: i32) -> Result<Stream, Failure> {
        match code {
            z::Z_OK => {
                self.open = true;
                Ok(self)
            }
            code => Err(self.failure(code)),
        }
    }
    /// A compressor.
    pub fn deflate(options: &Options) -> Result<Stream, Failure> {
        let mut stream = Stream::new(Kind::Deflate);
        // SAFETY: the stream is fresh and has the size that is told.
        let code = unsafe {
            z::deflateInit2_(
                &mut *stream.inner,
                options.level,
                options.method,
                options.wbits,
                options.mem_level,
                options.strategy,
                z::zlibVersion(),
                size_of::<z::z_stream>() as i32,
            )
        };
        stream.opened(code)
    }
    /// A decompressor.
    pub fn inflate(wbits: i32) -> Result<Stream, Failure> {
        let mut stream = Stream::new(Kind::Inflate);
        // SAFETY: the stream is fresh and has the size that is told.
        let code =
            unsafe { z::inflateInit2_(&mut *stream.inner, wbits, z::zlibVersion(), size_of::<z::z_stream>() as i32) };
        stream.opened(code)
    }
    pub fn is_open(&self) -> bool {
        self.open
    }
    fn failure(&self, code: i32) -> Failure {
        let message = (!self.inner.msg.is_null()).then(|| {
            // SAFETY: the library's messages are static strings.
            unsafe { CStr::from_ptr(self.inner.msg) }.to_string_lossy().into_owned()
        });
        Failure { code, message }
    }
    /// A stream in the same state.
    pub fn duplicate(&self) -> Result<Stream, Failure> {
        let mut copy = Stream::new(self.kind);
        let from = (&raw const *self.inner).cast_mut();
        // SAFETY: the source is open, or the library says that it is not; the copy is fresh.
        let code = unsafe {
            match self.kind {
                Kind::Deflate => z::deflateCopy(&mut *copy.inner, from),
                Kind::Inflate => z::inflateCopy(&mut *copy.inner, from),
            }
        };
        copy.opened(code)
    }
    pub fn set_dictionary(&mut self, dictionary: &[u8]) -> Result<(), Failure> {
        let Ok(len) = u32::try_from(dictionary.len()) else { return Err(Failure::plain(z::Z_STREAM_ERROR)) };
        // SAFETY: the dictionary lives through the call.
        let code = unsafe {
            match self.kind {
                Kind::Deflate => z::deflateSetDictionary(&mut *self.inner, dictionary.as_ptr(), len),
                Kind::Inflate => z::inflateSetDictionary(&mut *self.inner, dictionary.as_ptr(), len),
            }
        };
        if code == z::Z_OK { Ok(()) } else { Err(self.failure(code)) }
    }
    /// Ends the stream; its state is given back.
    pub fn end(&mut self) -> i32 {
        if !std::mem::replace(&mut self.open, false) {
            return z::Z_OK;
        }
        // SAFETY: the stream is open.
        unsafe {
            match self.kind {
                Kind::Deflate => z::deflateEnd(&mut *self.inner),
                Kind::Inflate => z::inflateEnd(&mut *self.inner),
            }
        }
    }
    /// Works through `input`, until it is used up, the stream ends, or `out` has `limit` bytes.
    pub fn run(&mut self, input: &[u8], out: &mut Vec<u8>, flush: i32, limit: Option<usize>) -> Result<Run, Failure> {
        let mut taken = 0;
        loop {
            let part = &input[taken..][..(input.len() - taken).min(u32::MAX as usize)];
            let is_last = taken + part.len() == input.len();
            let wanted = out.capacity().clamp(4096, 1 << 26);
            let wanted = limit.map_or(wanted, |limit| wanted.min(limit - out.len()));
            if out.try_reserve(wanted).is_err() {
                return Err(Failure::plain(Failure::MEMORY));
            }
            let room =
                limit.map_or(out.capacity() - out.len(), |limit| (out.capacity() - out.len()).min(limit - out.len()));
            let room = room.min(u32::MAX as usize);
            let strm = &mut *self.inner;
            strm.next_in = part.as_ptr().cast_mut();
            strm.avail_in = part.len() as u32;
            strm.next_out = out.spare_capacity_mut().as_mut_ptr().cast();
            strm.avail_out = room as u32;
            let flush = if is_last { flush } else { z::Z_NO_FLUSH };
            // SAFETY: input and output live through the call and have the lengths that are told.
            let code = unsafe {
                match self.kind {
                    Kind::Deflate => z::deflate(strm, flush),
                    Kind::Inflate => z::inflate(strm, flush),
                }
            };
            taken += part.len() - strm.avail_in as usize;
            let full = strm.avail_out == 0;
            // SAFETY: the library has written that many bytes.
            unsafe { out.set_len(out.len() + room - strm.avail_out as usize) };
            // The library copies no stream whose output is null.
            (strm.next_in, strm.avail_in) = (std::ptr::null_mut(), 0);
            (strm.next_out, strm.avail_out) = (std::ptr::dangling_mut(), 0);
            match code {
                z::Z_OK | z::Z_BUF_ERROR => {
                    let at_limit = limit.is_some_and(|limit| out.len() >= limit);
                    if at_limit || !full && is_last {
                        return Ok(Run { code, taken });
                    }
                    if code == z::Z_BUF_ERROR && !full {
                        return Ok(Run { code, taken });
                    }
                }
                z::Z_STREAM_END | z::Z_NEED_DICT => return Ok(Run { code, taken }),
                code => return Err(self.failure(code)),
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.end();
    }
}

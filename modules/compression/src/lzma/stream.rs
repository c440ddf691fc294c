//! Streams and filters of liblzma as safe objects.
//!
//! Output goes to vectors that grow with it; input and output are only seen by the library during a call.

use crate::output::room;
use liblzma_sys as l;
use std::ffi::c_void;

/// The library's number for what went wrong, or something that is no error.
pub type Code = u32;

/// An unknown number for a filter: the end of a chain.
const UNKNOWN: u64 = u64::MAX;
/// Filters in a chain.
pub const MOST_FILTERS: usize = 4;

/// The options of a filter, with its number.
#[derive(Clone)]
pub enum Filter {
    /// LZMA1 or LZMA2.
    Lzma(u64, Box<Options>),
    Delta(u32),
    /// A filter for machine code, and where the code begins.
    Code(u64, u32),
}

/// Options of LZMA1 and LZMA2.
#[derive(Clone)]
pub struct Options {
    pub dict_size: u32,
    pub lc: u32,
    pub lp: u32,
    pub pb: u32,
    pub mode: u32,
    pub nice_len: u32,
    pub mf: u32,
    pub depth: u32,
}

fn zeroed_lzma() -> l::lzma_options_lzma {
    // SAFETY: the struct consists of numbers and pointers, of which the library takes zero as unset.
    unsafe { std::mem::zeroed() }
}

impl Options {
    /// The options of a preset; `None` for unknown ones.
    pub fn preset(preset: u32) -> Option<Options> {
        let mut raw = zeroed_lzma();
        // SAFETY: the struct lives through the call.
        if unsafe { l::lzma_lzma_preset(&mut raw, preset) } != 0 {
            return None;
        }
        Some(Options::of(&raw))
    }
    fn of(raw: &l::lzma_options_lzma) -> Options {
        Options {
            dict_size: raw.dict_size,
            lc: raw.lc,
            lp: raw.lp,
            pb: raw.pb,
            mode: raw.mode as u32,
            nice_len: raw.nice_len,
            mf: raw.mf as u32,
            depth: raw.depth,
        }
    }
    fn raw(&self) -> l::lzma_options_lzma {
        let mut raw = zeroed_lzma();
        (raw.dict_size, raw.lc, raw.lp, raw.pb) = (self.dict_size, self.lc, self.lp, self.pb);
        (raw.mode, raw.nice_len) = (self.mode as l::lzma_mode, self.nice_len);
        (raw.mf, raw.depth) = (self.mf as l::lzma_match_finder, self.depth);
        raw
    }
}

/// Memory of one filter's options.
union RawOptions {
    lzma: std::mem::ManuallyDrop<l::lzma_options_lzma>,
    delta: std::mem::ManuallyDrop<l::lzma_options_delta>,
    code: std::mem::ManuallyDrop<l::lzma_options_bcj>,
}

/// A chain of filters as the library wants it. The filters point at the options.
struct Chain {
    filters: [l::lzma_filter; MOST_FILTERS + 1],
    _options: Vec<Box<RawOptions>>,
}

impl Chain {
    fn of(chain: &[Filter]) -> Chain {
        let mut filters = [const { l::lzma_filter { id: UNKNOWN, options: std::ptr::null_mut() } }; MOST_FILTERS + 1];
        let mut options = Vec::new();
        for (filter, raw) in chain.iter().take(MOST_FILTERS).zip(&mut filters) {
            let (id, own) = match filter {
                Filter::Lzma(id, own) => (*id, RawOptions { lzma: std::mem::ManuallyDrop::new(own.raw()) }),
                Filter::Delta(distance) => {
                    // SAFETY: as in `zeroed_lzma`; type 0 is the one there is, by bytes.
                    let mut delta: l::lzma_options_delta = unsafe { std::mem::zeroed() };
                    delta.dist = *distance;
                    (l::LZMA_FILTER_DELTA, RawOptions { delta: std::mem::ManuallyDrop::new(delta) })
                }
                Filter::Code(id, start) => {
                    let code = l::lzma_options_bcj { start_offset: *start };
                    (*id, RawOptions { code: std::mem::ManuallyDrop::new(code) })
                }
            };
            let mut own = Box::new(own);
            raw.id = id;
            raw.options = (&raw mut *own).cast::<c_void>();
            options.push(own);
        }
        Chain { filters, _options: options }
    }
}

/// A stream.
pub struct Stream(Box<l::lzma_stream>);

// SAFETY: the library's state is owned by the stream and bound to no thread.
unsafe impl Send for Stream {}

/// What a new stream is to be.
pub enum Kind<'a> {
    XzPreset(u32, u32),
    Xz(&'a [Filter], u32),
    Alone(&'a Options),
    Raw(&'a [Filter]),
    AnyDecoder(u64),
    XzDecoder(u64),
    AloneDecoder(u64),
    RawDecoder(&'a [Filter]),
}

/// How a call left a decompressor.
pub struct Run {
    pub ended: bool,
    /// How much of the input was taken.
    pub taken: usize,
    /// There was no more room for output.
    pub full: bool,
    /// The integrity check, when it has become known.
    pub check: Option<u32>,
}

/// Whether a number is no error.
fn is_fine(code: Code) -> bool {
    [l::LZMA_OK, l::LZMA_GET_CHECK, l::LZMA_NO_CHECK, l::LZMA_STREAM_END].contains(&code)
}

impl Stream {
    /// A new stream.
    pub fn new(kind: &Kind) -> Result<Stream, Code> {
        // SAFETY: the struct consists of numbers and pointers, and zero is how it begins.
        let mut stream = Stream(Box::new(unsafe { std::mem::zeroed() }));
        let tell = l::LZMA_TELL_ANY_CHECK | l::LZMA_TELL_NO_CHECK;
        let strm = &mut *stream.0;
        // SAFETY: the stream is fresh; the library copies the options that it is given.
        let code = unsafe {
            match kind {
                Kind::XzPreset(preset, check) => l::lzma_easy_encoder(strm, *preset, *check as l::lzma_check),
                Kind::Xz(chain, check) => {
                    let chain = Chain::of(chain);
                    l::lzma_stream_encoder(strm, chain.filters.as_ptr(), *check as l::lzma_check)
                }
                Kind::Alone(options) => l::lzma_alone_encoder(strm, &options.raw()),
                Kind::Raw(chain) => l::lzma_raw_encoder(strm, Chain::of(chain).filters.as_ptr()),
                Kind::AnyDecoder(limit) => l::lzma_auto_decoder(strm, *limit, tell),
                Kind::XzDecoder(limit) => l::lzma_stream_decoder(strm, *limit, tell),
                Kind::AloneDecoder(limit) => l::lzma_alone_decoder(strm, *limit),
                Kind::RawDecoder(chain) => l::lzma_raw_decoder(strm, Chain::of(chain).filters.as_ptr()),
            }
        };
        if is_fine(code) { Ok(stream) } else { Err(code) }
    }
    /// One call of the library: its number, how much of the input was taken, and how much room is left.
    fn step(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        limit: Option<usize>,
        action: l::lzma_action,
    ) -> Result<(Code, usize, usize), Code> {
        let room = room(out, limit).map_err(|()| l::LZMA_MEM_ERROR)?;
        let strm = &mut *self.0;
        (strm.next_in, strm.avail_in) = (input.as_ptr(), input.len());
        (strm.next_out, strm.avail_out) = (out.spare_capacity_mut().as_mut_ptr().cast(), room);
        // SAFETY: input and output live through the call and have the lengths that are told.
        let code = unsafe { l::lzma_code(strm, action) };
        let (taken, left) = (input.len() - strm.avail_in, strm.avail_out);
        // SAFETY: I8, the library has written that many bytes.
        unsafe { out.set_len(out.len() + room - left) };
        (strm.next_in, strm.next_out) = (std::ptr::null(), std::ptr::null_mut());
        (strm.avail_in, strm.avail_out) = (0, 0);
        Ok((code, taken, left))
    }
    /// Compresses all of the input, and the rest if it is the last.
    pub fn compress(&mut self, mut input: &[u8], out: &mut Vec<u8>, last: bool) -> Result<(), Code> {
        let is_empty = input.is_empty();
        let action = if last { l::LZMA_FINISH } else { l::LZMA_RUN };
        loop {
            let (mut code, taken, left) = self.step(input, out, None, action)?;
            input = &input[taken..];
            if code == l::LZMA_BUF_ERROR && is_empty && left > 0 {
                code = l::LZMA_OK;
            }
            if !is_fine(code) {
                return Err(code);
            }
            if !last && input.is_empty() || last && code == l::LZMA_STREAM_END {
                return Ok(());
            }
        }
    }
    /// Decompresses until the input is used up, the stream ends, or `out` has `limit` bytes.
    pub fn decompress(&mut self, input: &[u8], out: &mut Vec<u8>, limit: Option<usize>) -> Result<Run, Code> {
        let (mut taken, mut check) = (0, None);
        loop {
            let (mut code, more, left) = self.step(&input[taken..], out, limit, l::LZMA_RUN)?;
            taken += more;
            if code == l::LZMA_BUF_ERROR && taken == input.len() && left > 0 {
                code = l::LZMA_OK;
            }
            if !is_fine(code) {
                return Err(code);
            }
            if code == l::LZMA_GET_CHECK || code == l::LZMA_NO_CHECK {
                // SAFETY: the stream is a decoder that has just told of its check.
                check = Some(unsafe { l::lzma_get_check(&*self.0) } as u32);
            }
            let (ended, full) = (code == l::LZMA_STREAM_END, left == 0);
            let at_limit = full && limit == Some(out.len());
            if ended || at_limit || !full && taken == input.len() {
                return Ok(Run { ended, taken, full, check });
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: I3, the stream was begun, or begins with zeros.
        unsafe { l::lzma_end(&mut *self.0) };
    }
}

/// Whether the library knows an integrity check.
pub fn is_check_supported(check: u32) -> bool {
    // SAFETY: any number may be asked for.
    unsafe { l::lzma_check_is_supported(check as l::lzma_check) != 0 }
}

/// A filter's options as they stand in the head of a block.
pub fn encode_properties(filter: &Filter) -> Result<Vec<u8>, Code> {
    let chain = Chain::of(std::slice::from_ref(filter));
    let mut size = 0;
    // SAFETY: the filter and its options live through the call.
    let code = unsafe { l::lzma_properties_size(&mut size, &chain.filters[0]) };
    if !is_fine(code) {
        return Err(code);
    }
    let mut properties = vec![0; size as usize];
    // SAFETY: the vector has the size that the library asks for.
    let code = unsafe { l::lzma_properties_encode(&chain.filters[0], properties.as_mut_ptr()) };
    if is_fine(code) { Ok(properties) } else { Err(code) }
}

/// What [`encode_properties`] made; `None` for a code filter without options, which begins at 0.
pub fn decode_properties(id: u64, properties: &[u8]) -> Result<Option<Filter>, Code> {
    let mut raw = l::lzma_filter { id, options: std::ptr::null_mut() };
    // SAFETY: the properties have the length that is told; without an allocator the options come from `malloc`.
    let code = unsafe { l::lzma_properties_decode(&mut raw, std::ptr::null(), properties.as_ptr(), properties.len()) };
    if !is_fine(code) {
        return Err(code);
    }
    if raw.options.is_null() {
        return Ok(None);
    }
    // SAFETY: I4, the library has made options of the filter's kind; they are freed once.
    unsafe {
        let filter = match id {
            l::LZMA_FILTER_LZMA1 | l::LZMA_FILTER_LZMA2 => {
                Filter::Lzma(id, Box::new(Options::of(&*raw.options.cast::<l::lzma_options_lzma>())))
            }
            l::LZMA_FILTER_DELTA => Filter::Delta((*raw.options.cast::<l::lzma_options_delta>()).dist),
            _ => Filter::Code(id, (*raw.options.cast::<l::lzma_options_bcj>()).start_offset),
        };
        libc::free(raw.options);
        Ok(Some(filter))
    }
}

//! The buffer protocol: views of objects' memory.
//!
//! A [`Buffer`] keeps its exporter alive and locked (a bytearray cannot be resized, for instance) until it is dropped.
//! Exporters fill one in from their `bf_getbuffer` slot; consumers ask through [`get`] (contiguous bytes) or [`get_full`]
//! (any layout). Source: PEP 3118, the C API reference "Buffer Protocol".

use crate::prelude::*;
use crate::types::bytes::Bytes;
use std::borrow::Cow;

/// Shape and strides of a view that is not simply a row of items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dims {
    /// Items in each dimension; empty for a scalar.
    pub shape: Vec<isize>,
    /// Bytes from an item to the next in each dimension.
    pub strides: Vec<isize>,
}

/// A view of an object's memory.
pub struct Buffer {
    /// What exported the memory.
    pub owner: Obj,
    /// The first item.
    pub ptr: *mut u8,
    /// Bytes of all items together.
    pub len: usize,
    pub readonly: bool,
    pub itemsize: usize,
    /// As in the struct module.
    pub format: Cow<'static, str>,
    /// `None` = one dimension, contiguous.
    pub dims: Option<Box<Dims>>,
    release: Option<fn(&Thread, Value)>,
}

impl Buffer {
    /// A view of `len` bytes.
    pub fn new(owner: Obj, ptr: *mut u8, len: usize, readonly: bool) -> Buffer {
        let release = owner.ty().slots().bf_releasebuffer;
        let ptr = if ptr.is_null() { std::ptr::dangling_mut() } else { ptr };
        Buffer { owner, ptr, len, readonly, itemsize: 1, format: Cow::Borrowed("B"), dims: None, release }
    }
    /// The same memory as items of another format.
    pub fn with_format(mut self, format: impl Into<Cow<'static, str>>, itemsize: usize) -> Buffer {
        self.format = format.into();
        self.itemsize = itemsize;
        self
    }
    /// The same memory with a shape.
    pub fn with_dims(mut self, dims: Option<Dims>) -> Buffer {
        self.dims = dims.map(Box::new);
        self
    }
    pub fn ndim(&self) -> usize {
        self.dims.as_ref().map_or(1, |dims| dims.shape.len())
    }
    /// Items in each dimension.
    pub fn shape(&self) -> Vec<isize> {
        match &self.dims {
            Some(dims) => dims.shape.clone(),
            None => vec![(self.len / self.itemsize.max(1)) as isize],
        }
    }
    /// Bytes between items in each dimension.
    pub fn strides(&self) -> Vec<isize> {
        self.dims.as_ref().map_or_else(|| vec![self.itemsize as isize], |dims| dims.strides.clone())
    }
    /// Whether the items lie one after the other, the last index running fastest.
    pub fn is_c_contiguous(&self) -> bool {
        let Some(dims) = &self.dims else { return true };
        let mut expected = self.itemsize as isize;
        for (&count, &stride) in dims.shape.iter().zip(&dims.strides).rev() {
            if count == 0 {
                return true;
            }
            if count > 1 && stride != expected {
                return false;
            }
            expected *= count;
        }
        true
    }
    /// Whether the items lie one after the other, the first index running fastest.
    pub fn is_f_contiguous(&self) -> bool {
        let Some(dims) = &self.dims else { return true };
        let mut expected = self.itemsize as isize;
        for (&count, &stride) in dims.shape.iter().zip(&dims.strides) {
            if count == 0 {
                return true;
            }
            if count > 1 && stride != expected {
                return false;
            }
            expected *= count;
        }
        true
    }
    /// The bytes of a contiguous view. They may change whenever Python code runs.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        debug_assert!(self.is_c_contiguous());
        // SAFETY: I7, the exporter keeps `len` bytes in place while the view lives.
        unsafe { std::slice::from_raw_parts(self.ptr, self.len) }
    }
    /// The bytes of a writable contiguous view, to be filled by native code.
    ///
    /// # Safety
    /// No other slice of the same memory is in use for the length of the borrow, and no Python code runs.
    #[inline]
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn bytes_mut(&self) -> &mut [u8] {
        debug_assert!(!self.readonly && self.is_c_contiguous());
        // SAFETY: I7, as in `bytes`; exclusiveness is the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.ptr, self.len) }
    }
    /// Copies `data` into a writable contiguous view at `offset`; the caller has checked that it fits.
    pub fn write(&self, offset: usize, data: &[u8]) {
        assert!(!self.readonly && offset <= self.len && data.len() <= self.len - offset);
        // SAFETY: I7, the range was just checked; `copy` allows overlaps.
        unsafe { std::ptr::copy(data.as_ptr(), self.ptr.add(offset), data.len()) };
    }
    /// All items in C order, copied.
    pub fn to_vec(&self) -> Vec<u8> {
        if self.is_c_contiguous() {
            return self.bytes().to_vec();
        }
        let mut out = Vec::with_capacity(self.len);
        self.for_each_item(|item| {
            // SAFETY: I7, `item` points to an item of the view.
            out.extend_from_slice(unsafe { std::slice::from_raw_parts(item, self.itemsize) });
        });
        out
    }
    /// Calls `visit` with the address of each item, in C order.
    pub(crate) fn for_each_item(&self, mut visit: impl FnMut(*mut u8)) {
        let (shape, strides) = (self.shape(), self.strides());
        if shape.contains(&0) {
            return;
        }
        let mut index = vec![0isize; shape.len()];
        let mut at = self.ptr;
        loop {
            visit(at);
            let mut d = shape.len();
            loop {
                if d == 0 {
                    return;
                }
                d -= 1;
                index[d] += 1;
                if index[d] < shape[d] {
                    at = at.wrapping_offset(strides[d]);
                    break;
                }
                at = at.wrapping_offset(-strides[d] * (shape[d] - 1));
                index[d] = 0;
            }
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            release(Thread::current(), self.owner.value());
        }
    }
}

/// A view of any layout.
///
/// # Errors
/// TypeError when the object exports no memory, BufferError when it cannot export it now, or not for writing.
pub fn get_full(th: &Thread, v: Value, writable: bool) -> PyResult<Buffer> {
    match v.ty().slots().bf_getbuffer {
        Some(slot) => slot(th, v, writable),
        None => Err(not_bytes_like(th, v)),
    }
}

/// A contiguous view: what most functions that take "a bytes-like object" want.
///
/// # Errors
/// As for [`get_full`]; BufferError for memory that is not contiguous.
pub fn get(th: &Thread, v: Value, writable: bool) -> PyResult<Buffer> {
    let view = get_full(th, v, writable)?;
    if !view.is_c_contiguous() {
        return err!(th, BUFFER_ERROR, "memoryview: underlying buffer is not C-contiguous");
    }
    Ok(view)
}

/// Whether the object exports memory.
#[inline]
pub fn has_buffer(v: Value) -> bool {
    v.ty().slots().bf_getbuffer.is_some()
}

#[cold]
pub(crate) fn not_bytes_like(th: &Thread, v: Value) -> Raised {
    th.type_error(format!("a bytes-like object is required, not '{}'", v.ty().name()))
}

/// A writable view, with the wording of functions that take "a read-write bytes-like object".
///
/// # Errors
/// TypeError.
pub fn get_writable(th: &Thread, v: Value, what: &str) -> PyResult<Buffer> {
    match get(th, v, true) {
        Ok(view) => Ok(view),
        Err(_) if th.exception_matches(&statics::TYPE_ERROR) || th.exception_matches(&statics::BUFFER_ERROR) => {
            drop(th.take_exception());
            let name = if v.is_none() { "None" } else { v.ty().name() };
            Err(th.type_error(format!("{what} must be read-write bytes-like object, not {name}")))
        }
        Err(raised) => Err(raised),
    }
}

/// The bytes of a bytes-like argument: those of a `bytes` object without further ado, of others through a view.
pub enum BytesArg<'a> {
    Bytes(&'a [u8]),
    View(Buffer),
}

impl BytesArg<'_> {
    /// The argument's bytes.
    ///
    /// # Errors
    /// As for [`get`].
    #[inline]
    pub fn of<'a>(th: &Thread, v: Value) -> PyResult<BytesArg<'a>> {
        match v.cast::<Bytes>() {
            Some(bytes) => Ok(BytesArg::Bytes(bytes.as_slice())),
            None => get(th, v, false).map(BytesArg::View),
        }
    }
}

impl std::ops::Deref for BytesArg<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            BytesArg::Bytes(bytes) => bytes,
            BytesArg::View(view) => view.bytes(),
        }
    }
}

impl<'a> FromArg<'a> for BytesArg<'a> {
    fn from_arg(th: &'a Thread, v: Value, _: ArgName) -> PyResult<BytesArg<'a>> {
        BytesArg::of(th, v)
    }
}

impl<'a> FromArg<'a> for Buffer {
    fn from_arg(th: &'a Thread, v: Value, _: ArgName) -> PyResult<Buffer> {
        get(th, v, false)
    }
}

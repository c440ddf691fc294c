//! Methods and attributes of `memoryview`.

use super::items::Code;
use super::{Live, MemoryView, View, from_object, release};
use crate::prelude::*;
use crate::types::bytes::hex;
use crate::types::list::List;
use crate::types::str::Str;
use crate::types::tuple::Tuple;

fn int_tuple(th: &Thread, numbers: &[isize]) -> PyResult {
    let items = numbers.iter().map(|&n| th.int(n as i64)).collect::<PyResult<Vec<Obj>>>()?;
    th.tuple_from(items)
}

fn contiguous_strides(shape: &[isize], itemsize: usize) -> Vec<isize> {
    let mut strides = vec![0; shape.len()];
    let mut step = itemsize as isize;
    for (stride, &count) in strides.iter_mut().zip(shape).rev() {
        *stride = step;
        step = step.wrapping_mul(count);
    }
    strides
}

impl View {
    pub(super) fn is_c_contiguous(&self) -> bool {
        self.shape.contains(&0)
            || self
                .shape
                .iter()
                .zip(self.strides.iter().zip(contiguous_strides(&self.shape, self.itemsize)))
                .all(|(&count, (&stride, expected))| count == 1 || stride == expected)
    }
    fn reversed(&self) -> View {
        let mut view = self.clone();
        view.shape.reverse();
        view.strides.reverse();
        view
    }
    fn is_f_contiguous(&self) -> bool {
        self.reversed().is_c_contiguous()
    }
}

/// Nested lists of a view's items.
fn to_list(th: &Thread, live: &Live<'_>, at: *const u8, dim: usize) -> PyResult {
    let (Some(&count), Some(&stride)) = (live.view.shape.get(dim), live.view.strides.get(dim)) else {
        return live.read(th, at);
    };
    let items = (0..count)
        .map(|i| to_list(th, live, at.wrapping_offset(stride * i), dim + 1))
        .collect::<PyResult<Vec<Obj>>>()?;
    th.list(items)
}

/// The shape argument of a cast.
fn shape_argument(th: &Thread, v: Value) -> PyResult<Vec<isize>> {
    let items: Vec<Obj> = if let Some(list) = v.cast::<List>() {
        list.as_slice().iter().map(|v| v.own()).collect()
    } else if let Some(tuple) = v.cast::<Tuple>() {
        tuple.as_slice().iter().map(|v| v.own()).collect()
    } else {
        return Err(th.type_error("shape must be a list or a tuple"));
    };
    if items.len() > 64 {
        return Err(th.value_error("memoryview: number of dimensions must not exceed 64"));
    }
    let mut shape = Vec::with_capacity(items.len());
    for item in items {
        if !item.is_instance(&statics::INT_TYPE) {
            return Err(th.type_error("memoryview.cast(): elements of shape must be integers"));
        }
        let count = number::as_isize(th, item.value())?;
        if count <= 0 {
            return Err(th.value_error("memoryview.cast(): elements of shape must be integers > 0"));
        }
        shape.push(count);
    }
    Ok(shape)
}

/// The view of a cast.
fn cast_view(th: &Thread, view: &View, format: &str, shape: Option<Value>) -> PyResult<View> {
    if !view.is_c_contiguous() {
        return Err(th.type_error("memoryview: casts are restricted to C-contiguous views"));
    }
    if (shape.is_some() || view.ndim() != 1) && view.shape.contains(&0) {
        return Err(th.type_error("memoryview: cannot cast view with zeros in shape or strides"));
    }
    let shape = shape.map(|shape| shape_argument(th, shape)).transpose()?;
    if shape.as_ref().is_some_and(|shape| view.ndim() != 1 && shape.len() != 1) {
        return Err(th.type_error("memoryview: cast must be 1D -> ND or ND -> 1D"));
    }
    let what = "format must be a native single character format prefixed with an optional '@'";
    let Some(from) = view.code() else { return err!(th, VALUE_ERROR, "memoryview: source {what}") };
    let Some(to) = Code::of(format) else { return err!(th, VALUE_ERROR, "memoryview: destination {what}") };
    if !from.is_byte() && !to.is_byte() {
        return Err(th.type_error("memoryview: cannot cast between two non-byte formats"));
    }
    let (nbytes, itemsize) = (view.nbytes(), to.size());
    if nbytes % itemsize != 0 {
        return Err(th.type_error("memoryview: length is not a multiple of itemsize"));
    }
    let shape = match shape {
        None => vec![(nbytes / itemsize) as isize],
        Some(shape) => {
            let product = shape.iter().try_fold(itemsize as isize, |n, &count| n.checked_mul(count));
            if product != Some(nbytes as isize) {
                return Err(th.type_error("memoryview: product(shape) * itemsize != buffer size"));
            }
            shape
        }
    };
    let strides = contiguous_strides(&shape, itemsize);
    Ok(View { ptr: view.ptr, readonly: view.readonly, itemsize, format: format.to_owned(), shape, strides })
}

type This = Instance<MemoryView>;

#[pymethods]
#[allow(clippy::module_inception)]
pub(super) mod methods {
    use super::*;

    /// A view of an object's memory, as the flags of the buffer protocol ask for it.
    #[classmethod("_from_flags(object, flags)")]
    fn from_flags(th: &Thread, cls: Value, object: Value, flags: i32) -> PyResult {
        let _ = cls;
        from_object(th, object, flags & 1 != 0)
    }
    /// The generic alias of a subscription.
    #[classmethod("__class_getitem__(item, /)")]
    fn class_getitem(th: &Thread, cls: Value, item: Value) -> PyResult {
        crate::types::generic_alias::new(th, cls, item)
    }
    /// Gives the memory back to its exporter.
    #[method("release()")]
    fn release_method(th: &Thread, this: &This) -> PyResult<()> {
        release(th, &this.payload)
    }
    #[method("__enter__()")]
    fn enter(th: &Thread, this: Value) -> PyResult {
        super::super::this(this).live(th)?;
        Ok(this.own())
    }
    #[method("__exit__(*args)")]
    fn exit(th: &Thread, this: &This, args: &[Slot]) -> PyResult<()> {
        let _ = args;
        release(th, &this.payload)
    }
    /// The items' bytes.
    #[method("tobytes(order='C')")]
    fn tobytes(th: &Thread, this: &This, order: Option<&Str>) -> PyResult {
        let live = this.payload.live(th)?;
        let fortran = match order.map(|order| crate::types::str::to_rust_string(order.value())).as_deref() {
            None | Some("C") => false,
            Some("F") => true,
            Some("A") => live.view.is_f_contiguous() && !live.view.is_c_contiguous(),
            Some(_) => return Err(th.value_error("order must be 'C', 'F' or 'A'")),
        };
        let mut out = Vec::new();
        if fortran {
            super::super::copy_items(&live.view.reversed(), &mut out);
        } else {
            super::super::copy_items(live.view, &mut out);
        }
        th.bytes(&out)
    }
    /// The items' bytes as hexadecimal text.
    #[method("hex(sep=None, bytes_per_sep=1)")]
    fn hex_method(th: &Thread, this: &This, sep: Option<Value>, bytes_per_sep: i32) -> PyResult {
        let data = this.payload.live(th)?.to_vec();
        hex::to_hex(th, &data, sep, bytes_per_sep as isize)
    }
    /// The items as (nested) lists.
    #[method("tolist()")]
    fn tolist(th: &Thread, this: &This) -> PyResult {
        let live = this.payload.live(th)?;
        if live.view.code().is_none() {
            return Err(super::super::items::unsupported(th, &live.view.format));
        }
        to_list(th, &live, live.view.ptr, 0)
    }
    /// The same memory as items of another format or shape.
    #[method("cast(format, shape=None)")]
    fn cast(th: &Thread, this: &This, format: &Str, shape: Option<Value>) -> PyResult {
        let live = this.payload.live(th)?;
        let view = cast_view(th, live.view, format.utf8(th)?, shape)?;
        live.derive(th, view)
    }
    /// A view that does not allow changes.
    #[method("toreadonly()")]
    fn toreadonly(th: &Thread, this: &This) -> PyResult {
        let live = this.payload.live(th)?;
        live.derive(th, View { readonly: true, ..live.view.clone() })
    }
    /// How often a value occurs.
    #[method("count(value, /)")]
    fn count(th: &Thread, this: Value, value: Value) -> PyResult<usize> {
        let mut count = 0;
        let iterator = iter::get_iter(th, this)?;
        while let Some(item) = iter::next(th, iterator.value())? {
            count += usize::from(item.is(value) || compare::eq(th, item.value(), value)?);
        }
        Ok(count)
    }
    /// Where a value occurs first.
    #[method("index(value, start=0, stop=sys.maxsize, /)")]
    fn index(th: &Thread, this: Value, value: Value, start: isize, stop: isize) -> PyResult<isize> {
        let len = object::len(th, this)?;
        let fit = |i: isize| if i < 0 { (i + len).max(0) } else { i.min(len) };
        for i in fit(start)..fit(stop) {
            let item = super::super::item(th, this, i)?;
            if item.is(value) || compare::eq(th, item.value(), value)? {
                return Ok(i);
            }
        }
        Err(th.value_error("memoryview.index(x): x not found"))
    }

    /// The object whose memory this is.
    #[getter("obj")]
    fn obj(th: &Thread, this: &This) -> PyResult {
        Ok(this.payload.live(th)?.base.owner.clone())
    }
    /// Bytes of all items.
    #[getter("nbytes")]
    fn nbytes(th: &Thread, this: &This) -> PyResult<usize> {
        Ok(this.payload.live(th)?.view.nbytes())
    }
    /// Whether changes are refused.
    #[getter("readonly")]
    fn readonly(th: &Thread, this: &This) -> PyResult<bool> {
        Ok(this.payload.live(th)?.view.readonly)
    }
    /// Bytes of one item.
    #[getter("itemsize")]
    fn itemsize(th: &Thread, this: &This) -> PyResult<usize> {
        Ok(this.payload.live(th)?.view.itemsize)
    }
    /// The items' format, as in the struct module.
    #[getter("format")]
    fn format(th: &Thread, this: &This) -> PyResult {
        let live = this.payload.live(th)?;
        th.str(&live.view.format)
    }
    /// How many dimensions there are.
    #[getter("ndim")]
    fn ndim(th: &Thread, this: &This) -> PyResult<usize> {
        Ok(this.payload.live(th)?.view.ndim())
    }
    /// Items in each dimension.
    #[getter("shape")]
    fn shape(th: &Thread, this: &This) -> PyResult {
        int_tuple(th, &this.payload.live(th)?.view.shape)
    }
    /// Bytes between items in each dimension.
    #[getter("strides")]
    fn strides(th: &Thread, this: &This) -> PyResult {
        int_tuple(th, &this.payload.live(th)?.view.strides)
    }
    /// Always empty: memory is never reached through pointers.
    #[getter("suboffsets")]
    fn suboffsets(th: &Thread, this: &This) -> PyResult {
        this.payload.live(th)?;
        th.tuple(&[])
    }
    /// Whether the last index runs fastest, without gaps.
    #[getter("c_contiguous")]
    fn c_contiguous(th: &Thread, this: &This) -> PyResult<bool> {
        Ok(this.payload.live(th)?.view.is_c_contiguous())
    }
    /// Whether the first index runs fastest, without gaps.
    #[getter("f_contiguous")]
    fn f_contiguous(th: &Thread, this: &This) -> PyResult<bool> {
        Ok(this.payload.live(th)?.view.is_f_contiguous())
    }
    /// Whether the items lie without gaps.
    #[getter("contiguous")]
    fn contiguous(th: &Thread, this: &This) -> PyResult<bool> {
        let live = this.payload.live(th)?;
        Ok(live.view.is_c_contiguous() || live.view.is_f_contiguous())
    }
}

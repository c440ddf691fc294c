//! The methods of arrays.

use crate::object::{Array, create, is_array, this};
use crate::pickling;
use crate::typecode::Item;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::BytesArg;
use whipsnake_runtime::types::bytes::Bytes;
use whipsnake_runtime::types::float;
use whipsnake_runtime::types::generic_alias;
use whipsnake_runtime::types::int;
use whipsnake_runtime::types::list::List;
use whipsnake_runtime::types::str::Str;

/// Bytes that `tofile` hands to the stream at once.
const WRITE_BLOCK: usize = 64 * 1024;

/// The first place from `start` on and before `stop` that holds a value.
///
/// # Errors
/// What comparison raises.
pub fn find(th: &Thread, array: &Array, wanted: Value, start: usize, stop: usize) -> PyResult<Option<usize>> {
    let mut i = start;
    while i < stop {
        let Some(item) = array.get(i) else { break };
        if equals(th, item, wanted)? {
            return Ok(Some(i));
        }
        i += 1;
    }
    Ok(None)
}

fn equals(th: &Thread, item: Item, wanted: Value) -> PyResult<bool> {
    match (item, wanted.as_small_int()) {
        (Item::Int(n), Some(m)) => return Ok(n == m),
        (Item::Float(x), None) if wanted.is_exact(&statics::FLOAT_TYPE) => {
            return Ok(float::value_of(wanted) == Some(x));
        }
        _ => {}
    }
    let item = item.to_object(th)?;
    compare::eq(th, item.value(), wanted)
}

/// `array.extend`.
///
/// # Errors
/// TypeError for arrays of another kind; those of [`Array::add_items`].
pub fn extend(th: &Thread, v: Value, source: Value) -> PyResult<()> {
    let array = this(v);
    if !is_array(source) {
        return array.add_items(th, source);
    }
    if this(source).code != array.code {
        return Err(th.type_error("can only extend with array of same kind"));
    }
    array.push_bytes(th, &this(source).bytes())
}

fn text_only(th: &Thread, array: &Array, name: &str) -> PyResult<()> {
    if !array.code.is_text() {
        return err!(th, VALUE_ERROR, "{name}() may only be called on unicode type arrays ('u' or 'w')");
    }
    Ok(())
}

#[pymethods]
pub mod methods {
    use super::*;

    /// Adds an item at the end.
    #[method("append(v, /)")]
    fn append(th: &Thread, v: Value, item: Value) -> PyResult<()> {
        this(v).push(th, item)
    }
    /// The address of the memory and how many items it holds.
    #[method("buffer_info()")]
    fn buffer_info(th: &Thread, v: Value) -> PyResult {
        let address = this(v).with(|data| if data.is_empty() { 0 } else { data.as_ptr() as usize });
        let (address, len) = (th.uint(address as u64)?, th.uint(this(v).len() as u64)?);
        th.tuple(&[address.value(), len.value()])
    }
    /// Turns the order of the bytes of all items round.
    #[method("byteswap()")]
    fn byteswap(_: &Thread, v: Value) {
        pickling::swap(this(v));
    }
    /// Removes all items.
    #[method("clear()")]
    fn clear(th: &Thread, v: Value) -> PyResult<()> {
        let array = this(v);
        array.splice(th, 0, array.len(), &[])
    }
    /// How often a value occurs.
    #[method("count(v, /)")]
    fn count(th: &Thread, v: Value, wanted: Value) -> PyResult<usize> {
        let (mut found, mut at) = (0, 0);
        while let Some(i) = find(th, this(v), wanted, at, usize::MAX)? {
            found += 1;
            at = i + 1;
        }
        Ok(found)
    }
    /// A copy.
    #[method("__copy__()")]
    fn copy(th: &Thread, v: Value) -> PyResult {
        create(th, this(v).code, this(v).bytes())
    }
    /// A copy.
    #[method("__deepcopy__(unused, /)")]
    fn deepcopy(th: &Thread, v: Value, _: Value) -> PyResult {
        create(th, this(v).code, this(v).bytes())
    }
    /// Adds the items of an iterable at the end.
    #[method("extend(bb, /)")]
    fn extend(th: &Thread, v: Value, source: Value) -> PyResult<()> {
        super::extend(th, v, source)
    }
    /// Adds n items whose bytes are read from a file.
    #[method("fromfile(f, n, /)")]
    fn fromfile(th: &Thread, v: Value, file: Value, n: isize) -> PyResult<()> {
        if n < 0 {
            return Err(th.value_error("negative count"));
        }
        let size = this(v).code.size();
        let Some(wanted) = (n as usize).checked_mul(size).filter(|n| *n <= isize::MAX as usize) else {
            return Err(th.memory_error());
        };
        let count = th.uint(wanted as u64)?;
        let read = call::call_method(th, file, "read", &[count.value()])?;
        let Some(data) = read.cast::<Bytes>() else { return Err(th.type_error("read() didn't return bytes")) };
        this(v).add_raw(th, data.as_slice())?;
        if data.len() != wanted {
            return err!(th, EOF_ERROR, "read() didn't return enough bytes");
        }
        Ok(())
    }
    /// Adds the items of a list.
    #[method("fromlist(list, /)")]
    fn fromlist(th: &Thread, v: Value, list: Value) -> PyResult<()> {
        let Some(list) = list.cast::<List>() else { return Err(th.type_error("arg must be list")) };
        let array = this(v);
        let (before, count) = (array.len(), list.len());
        if count > 0 {
            array.check_resizable(th)?;
        }
        for i in 0..count {
            let added = match list.get(i) {
                Some(item) => array.push(th, item.value()),
                None => Ok(()),
            };
            let added = match added {
                Ok(()) if list.len() != count => Err(th.runtime_error("list changed size during iteration")),
                added => added,
            };
            if let Err(raised) = added {
                // All or nothing.
                th.with_exception_saved(|| {
                    if array.splice(th, before.min(array.len()), array.len(), &[]).is_err() {
                        drop(th.take_exception());
                    }
                });
                return Err(raised);
            }
        }
        Ok(())
    }
    /// Adds items from their bytes.
    #[method("frombytes(buffer, /)")]
    fn frombytes(th: &Thread, v: Value, data: BytesArg) -> PyResult<()> {
        this(v).add_raw(th, &data)
    }
    /// Adds characters.
    #[method("fromunicode(ustr, /)")]
    fn fromunicode(th: &Thread, v: Value, text: &Str) -> PyResult<()> {
        text_only(th, this(v), "fromunicode")?;
        this(v).add_text(th, text)
    }
    /// The first place that holds a value; ValueError if there is none.
    #[method("index(v, start=0, stop=sys.maxsize, /)")]
    fn index(th: &Thread, v: Value, wanted: Value, start: Option<Value>, stop: Option<Value>) -> PyResult<usize> {
        let (start, stop) = sequence::clamp_range(th, start, stop, this(v).len())?;
        match find(th, this(v), wanted, start, stop)? {
            Some(i) => Ok(i),
            None => Err(th.value_error("array.index(x): x not in array")),
        }
    }
    /// Inserts an item before a place.
    #[method("insert(i, v, /)")]
    fn insert(th: &Thread, v: Value, i: isize, item: Value) -> PyResult<()> {
        let array = this(v);
        let packed = array.code.pack(th, item)?;
        let len = array.len() as isize;
        let at = if i < 0 { i.saturating_add(len).max(0) } else { i.min(len) } as usize;
        array.splice(th, at, at, &packed[..array.code.size()])
    }
    /// Removes and returns an item.
    #[method("pop(i=-1, /)")]
    fn pop(th: &Thread, v: Value, i: isize) -> PyResult {
        let array = this(v);
        let len = array.len() as isize;
        if len == 0 {
            return Err(th.index_error("pop from empty array"));
        }
        let at = usize::try_from(if i < 0 { i + len } else { i }).ok();
        let Some((at, item)) = at.and_then(|at| Some((at, array.get(at)?))) else {
            return Err(th.index_error("pop index out of range"));
        };
        let item = item.to_object(th)?;
        array.splice(th, at, at + 1, &[])?;
        Ok(item)
    }
    /// Removes the first item that equals a value.
    #[method("remove(v, /)")]
    fn remove(th: &Thread, v: Value, wanted: Value) -> PyResult<()> {
        match find(th, this(v), wanted, 0, usize::MAX)? {
            Some(i) if i < this(v).len() => this(v).splice(th, i, i + 1, &[]),
            _ => Err(th.value_error("array.remove(x): x not in array")),
        }
    }
    /// Turns the order of the items round.
    #[method("reverse()")]
    fn reverse(_: &Thread, v: Value) {
        let size = this(v).code.size();
        this(v).with_mut(|data| {
            data.reverse();
            data.chunks_exact_mut(size).for_each(<[u8]>::reverse);
        });
    }
    /// The bytes of all items.
    #[method("tobytes()")]
    fn tobytes(th: &Thread, v: Value) -> PyResult {
        this(v).with(|data| th.bytes(data))
    }
    /// Writes the bytes of all items to a file.
    #[method("tofile(f, /)")]
    fn tofile(th: &Thread, v: Value, file: Value) -> PyResult<()> {
        let mut at = 0;
        loop {
            let block = this(v).with(|data| {
                data.get(at..)
                    .filter(|rest| !rest.is_empty())
                    .map(|rest| th.bytes(&rest[..rest.len().min(WRITE_BLOCK)]))
            });
            let Some(block) = block else { return Ok(()) };
            call::call_method(th, file, "write", &[block?.value()])?;
            at += WRITE_BLOCK;
        }
    }
    /// All items as a list.
    #[method("tolist()")]
    fn tolist(th: &Thread, v: Value) -> PyResult {
        this(v).to_list(th)
    }
    /// The characters as a str.
    #[method("tounicode()")]
    fn tounicode(th: &Thread, v: Value) -> PyResult {
        text_only(th, this(v), "tounicode")?;
        this(v).to_text(th)
    }
    /// For pickling.
    #[method("__reduce_ex__(value, /)")]
    fn reduce_ex(th: &Thread, v: Value, protocol: Value) -> PyResult {
        if !protocol.is_instance(&statics::INT_TYPE) {
            return Err(th.type_error("__reduce_ex__ argument should be an integer"));
        }
        let protocol = int::try_i64(protocol).unwrap_or(i64::MAX);
        pickling::reduce(th, v, protocol)
    }
    /// Size of the array in memory, in bytes.
    #[method("__sizeof__()")]
    fn sizeof(_: &Thread, v: Value) -> usize {
        size_of::<Instance<Array>>() + this(v).allocated()
    }
    /// For annotations.
    #[classmethod("__class_getitem__(object, /)")]
    fn class_getitem(th: &Thread, class: Value, item: Value) -> PyResult {
        generic_alias::new(th, class, item)
    }
    /// The letter of the kind of the items.
    #[getter("typecode")]
    fn typecode(_: &Thread, v: Value) -> String {
        this(v).code.letter().to_string()
    }
    /// The size of an item in bytes.
    #[getter("itemsize")]
    fn itemsize(_: &Thread, v: Value) -> usize {
        this(v).code.size()
    }
}

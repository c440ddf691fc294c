//! Struct sequences: tuples whose items have names (`os.stat_result`, `time.struct_time`, `sys.version_info`...).
//!
//! A type has VISIBLE items that the tuple shows and FIELDS items in all; the hidden ones lie behind the visible ones
//! and are reached by name only. Declare with [`struct_sequence!`], make ready with [`ready`], make instances with
//! [`new`]. Source: CPython's documentation of "Struct Sequence Objects".

use crate::prelude::*;
use crate::types::dict::Dict;
use crate::types::tuple::Tuple;
use std::cell::Cell;
use whipsnake_layout::objects::TupleObject;

/// Where the items begin.
pub const ITEMS: usize = std::mem::offset_of!(TupleObject, items);

/// The attribute for item `i`.
pub const fn field(name: &'static str, doc: &'static str, i: usize) -> MemberDef {
    MemberDef { name, doc, kind: MemberKind::Object, offset: ITEMS + 8 * i, readonly: true }
}

unsafe fn body_size<const FIELDS: usize>(_: *const Header) -> usize {
    ITEMS + FIELDS * 8
}

unsafe fn dealloc<const FIELDS: usize>(th: &Thread, object: *mut Header) {
    // SAFETY: I3, the object is dead; all of its FIELDS items are initialised and released once.
    unsafe {
        let ty = Value::from_ptr(object).ty();
        for i in 0..FIELDS {
            release(item_at(object, i));
        }
        crate::dealloc::free_memory(th, object, ty);
    }
}

unsafe fn traverse<const FIELDS: usize>(object: *mut Header, visitor: &mut Visitor) {
    for i in 0..FIELDS {
        // SAFETY: I4, a struct sequence has FIELDS items.
        visitor.value(unsafe { item_at(object, i) });
    }
}

/// # Safety
/// The object is a struct sequence with more than `i` fields.
unsafe fn item_at(object: *const Header, i: usize) -> Value {
    // SAFETY: I8, items are initialised.
    unsafe { *object.cast::<u8>().add(ITEMS + 8 * i).cast::<Value>() }
}

fn repr<const VISIBLE: usize>(th: &Thread, v: Value) -> PyResult {
    let members = v.ty().spec.map_or(&[][..], |spec| spec.members);
    let mut text = format!("{}(", v.ty().spec.map_or("", |spec| spec.name));
    let Some(tuple) = v.cast::<Tuple>() else { return th.str("") };
    for (i, item) in tuple.as_slice().iter().enumerate() {
        if i > 0 {
            text.push_str(", ");
        }
        let name = members.get(i).map_or("", |member| member.name);
        text.push_str(&format!("{name}={}", object::repr_text(th, *item)?));
    }
    text.push(')');
    th.str(&text)
}

fn construct<const VISIBLE: usize, const FIELDS: usize>(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    static PARAMS: Params = Params {
        function: "structseq",
        names: &["sequence", "dict"],
        positional_only: 0,
        positional: 2,
        required: &[true, false],
        has_varargs: false,
        has_varkw: false,
    };
    use crate::args::Params;
    let mut bound = [None; 2];
    PARAMS.bind(th, args, &mut bound)?;
    let name = ty.spec.map_or("", |spec| spec.name);
    let mut items = iter::to_vec(th, bound[0].unwrap_or(statics::none()))?;
    let given = items.len();
    if VISIBLE == FIELDS && given != FIELDS {
        return err!(th, TYPE_ERROR, "{name}() takes a {FIELDS}-sequence ({given}-sequence given)");
    }
    if given < VISIBLE {
        return err!(th, TYPE_ERROR, "{name}() takes an at least {VISIBLE}-sequence ({given}-sequence given)");
    }
    if given > FIELDS {
        return err!(th, TYPE_ERROR, "{name}() takes an at most {FIELDS}-sequence ({given}-sequence given)");
    }
    let extra = match bound[1] {
        Some(dict) if !dict.is_none() => match dict.cast::<Dict>() {
            Some(dict) => Some(dict),
            None => return err!(th, TYPE_ERROR, "{name}() takes a dict as second arg, if any"),
        },
        _ => None,
    };
    for i in given..FIELDS {
        let value = match (extra, field_name(ty, i)) {
            (Some(dict), Some(field)) => dict.get_rust(th, field)?,
            _ => None,
        };
        items.push(value.unwrap_or_else(Obj::none));
    }
    new_sized(th, ty, items, VISIBLE, FIELDS)
}

/// The name of item `i`, unless it has none.
fn field_name(ty: &Type, i: usize) -> Option<&'static str> {
    let members = ty.spec.map_or(&[][..], |spec| spec.members);
    members.iter().find(|member| member.offset == ITEMS + 8 * i).map(|member| member.name)
}

/// The slots of a struct sequence type.
pub const fn slots<const VISIBLE: usize, const FIELDS: usize>() -> Slots {
    Slots {
        dealloc: Some(dealloc::<FIELDS>),
        traverse: Some(traverse::<FIELDS>),
        body_size: Some(body_size::<FIELDS>),
        repr: Some(repr::<VISIBLE>),
        new: Some(construct::<VISIBLE, FIELDS>),
        ..Slots::EMPTY
    }
}

/// Makes a struct sequence type ready, with its `n_fields` and so on.
///
/// # Errors
/// MemoryError.
pub fn ready(th: &Thread, ty: &'static Type, visible: usize, fields: usize) -> PyResult<()> {
    crate::typeobj::ready(th, ty)?;
    let named = (0..visible).filter(|&i| field_name(ty, i).is_some());
    let names = named.map(|i| th.str(field_name(ty, i).unwrap_or(""))).collect::<PyResult<Vec<Obj>>>()?;
    let unnamed = visible - names.len();
    let match_args = th.tuple_from(names)?;
    let dict = ty.dict();
    dict.set_rust(th, "n_sequence_fields", Value::small_int(visible as i64))?;
    dict.set_rust(th, "n_fields", Value::small_int(fields as i64))?;
    dict.set_rust(th, "n_unnamed_fields", Value::small_int(unnamed as i64))?;
    dict.set_rust(th, "__match_args__", match_args.value())
}

/// A new instance from all items, hidden ones included (missing ones become `None`).
///
/// # Errors
/// MemoryError.
pub fn new(th: &Thread, ty: &'static Type, items: Vec<Obj>) -> PyResult {
    let (visible, fields) = sizes(th, ty)?;
    new_sized(th, ty, items, visible, fields)
}

fn sizes(th: &Thread, ty: &'static Type) -> PyResult<(usize, usize)> {
    let read = |name| -> PyResult<usize> {
        let number = ty.dict().get_rust(th, name)?.and_then(|v| v.as_small_int());
        Ok(number.and_then(|n| usize::try_from(n).ok()).unwrap_or(0))
    };
    Ok((read("n_sequence_fields")?, read("n_fields")?))
}

fn new_sized(th: &Thread, ty: &'static Type, mut items: Vec<Obj>, visible: usize, fields: usize) -> PyResult {
    items.resize_with(fields, Obj::none);
    let object = th.allocate(ty, ITEMS + fields * 8)? as *mut TupleObject;
    // SAFETY: I8, fresh memory with room for all fields; all are written before anything can look.
    unsafe {
        (&raw mut (*object).head.size).write(Cell::new(visible as isize));
        (&raw mut (*object).hash).write(Cell::new(-1));
        let first = (&raw mut (*object).items).cast::<Value>();
        for (i, item) in items.into_iter().enumerate() {
            first.add(i).write(item.into_value());
        }
        Ok(Obj::steal(Value::from_ptr(object)))
    }
}

/// The methods that all struct sequences have.
pub use methods::METHODS;

#[pymethods]
mod methods {
    use super::*;
    /// The arguments that recreate the object, for pickling.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        let (visible, fields) = sizes(th, this.ty())?;
        let Some(tuple) = this.cast::<Tuple>() else { return Ok(Obj::none()) };
        let shown = th.tuple(tuple.as_slice())?;
        let hidden = Dict::new(th)?;
        if let Some(hidden) = hidden.cast::<Dict>() {
            for i in visible..fields {
                if let Some(name) = field_name(this.ty(), i) {
                    // SAFETY: I4, the type has `fields` items.
                    hidden.set_rust(th, name, unsafe { item_at(this.as_ptr(), i) })?;
                }
            }
        }
        let args = th.tuple(&[shown.value(), hidden.value()])?;
        th.tuple(&[this.ty().value(), args.value()])
    }
    /// A copy with the named fields changed.
    #[method("__replace__(**changes)")]
    fn replace(th: &Thread, this: Value, changes: Vec<(Value, Value)>) -> PyResult {
        let (visible, fields) = sizes(th, this.ty())?;
        if (0..visible).any(|i| field_name(this.ty(), i).is_none()) {
            let name = this.ty().spec.map_or("", |spec| spec.name);
            return err!(th, TYPE_ERROR, "__replace__() is not supported for {name} because it has unnamed field(s)");
        }
        // SAFETY: I4, the type has `fields` items.
        let mut items: Vec<Obj> = (0..fields).map(|i| unsafe { item_at(this.as_ptr(), i) }.own()).collect();
        let mut unknown = Vec::new();
        for (name, value) in changes {
            let text = crate::types::str::to_rust_string(name);
            match (0..fields).find(|&i| field_name(this.ty(), i) == Some(&text)) {
                Some(i) => items[i] = value.own(),
                None => unknown.push(name.own()),
            }
        }
        if !unknown.is_empty() {
            let names = th.list(unknown)?;
            return err!(th, TYPE_ERROR, "Got unexpected field name(s): {}", object::repr_text(th, names.value())?);
        }
        new_sized(th, this.ty(), items, visible, fields)
    }
}

/// Declares a struct sequence type:
/// `struct_sequence! { pub static X_TYPE: "os.x", "doc", 2 of 3, [0 "first" "doc", 1 "second" "doc", 2 "hidden" "doc"] }`.
#[macro_export]
macro_rules! struct_sequence {
    ($(#[$attribute:meta])* $vis:vis static $name:ident: $python:literal, $doc:literal, $visible:literal of $fields:literal,
     [$($index:literal $field:literal $about:literal),* $(,)?]) => {
        $crate::builtin_type! {
            $(#[$attribute])*
            $vis static $name = $crate::typeobj::TypeSpec {
                name: $python,
                base: Some(&$crate::types::tuple::TUPLE_TYPE),
                basicsize: $crate::types::structseq::ITEMS,
                itemsize: 8,
                flags: $crate::prelude::flags::HAVE_GC | $crate::prelude::flags::TUPLE_SUBCLASS,
                doc: $doc,
                slots: $crate::types::structseq::slots::<$visible, $fields>(),
                methods: $crate::types::structseq::METHODS,
                members: &[$($crate::types::structseq::field($field, $about, $index)),*],
                ..$crate::typeobj::TypeSpec::DEFAULT
            }
        }
    };
}

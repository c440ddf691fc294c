//! `FrameLocalsProxy` (PEP 667): reads and writes go through to the frame's variables.

use super::{FrameView, FrameViewObject};
use crate::prelude::*;
use crate::types::dict::Dict;
use crate::types::tuple::Tuple;
use whipsnake_layout::objects::CellObject;

/// A view of a frame's variables.
pub struct LocalsProxy {
    frame: Obj,
}

impl Payload for LocalsProxy {
    #[inline(always)]
    fn ty() -> &'static Type {
        &LOCALS_PROXY_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.frame);
    }
}

type ProxyObject = Instance<LocalsProxy>;

pub fn new(th: &Thread, frame: Value) -> PyResult {
    Instance::create(th, LocalsProxy { frame: frame.own() })
}

const CELL_KINDS: u8 = 0x40 | 0x80;
const HIDDEN: u8 = 0x10;

fn names(view: &FrameView) -> &'static [Value] {
    // SAFETY: I4, `localsplusnames` is a tuple.
    unsafe { view.code().localsplusnames.cast_unchecked::<Tuple>() }.as_slice()
}

fn kind(view: &FrameView, i: usize) -> u8 {
    // SAFETY: I4, `localspluskinds` is a bytes object.
    unsafe { view.code().localspluskinds.cast_unchecked::<crate::types::bytes::Bytes>() }.as_slice()[i]
}

/// Whether local `i` shows: in functions all but those of inlined comprehensions, elsewhere (where names live in a dict) only those.
fn shows(view: &FrameView, i: usize) -> bool {
    let is_function = view.code().flags & super::co::OPTIMIZED != 0;
    is_function == (kind(view, i) & HIDDEN == 0)
}

/// Whether a comprehension inlined into a module or class is running: its variables are what `locals()` shows then (PEP 709).
pub fn in_comprehension(view: &FrameView) -> bool {
    view.code().flags & super::co::OPTIMIZED == 0
        && (0..names(view).len()).any(|i| shows(view, i) && read(view, i).is_some())
}

/// The cell in local `i`, if it has been made one already.
fn cell_of<'a>(view: &FrameView, i: usize) -> Option<&'a CellObject> {
    if kind(view, i) & CELL_KINDS == 0 {
        return None;
    }
    let v = view.slot(i).get().get()?;
    // SAFETY: I4, checked.
    v.is_exact(&statics::CELL_TYPE).then(|| unsafe { v.cast_unchecked() })
}

fn read(view: &FrameView, i: usize) -> Option<Obj> {
    match cell_of(view, i) {
        Some(cell) => cell.contents.get().get().map(ValueExt::own),
        None => view.slot(i).get().get().map(ValueExt::own),
    }
}

fn write(view: &FrameView, i: usize, v: Obj) {
    if let Some(cell) = cell_of(view, i) {
        crate::obj::release_slot(cell.contents.replace(v.into_slot()));
        return;
    }
    let old = view.slot(i).replace(v.into_slot());
    // The running code may have borrowed the old value: it lives until the frame object goes.
    if old.is_owned_pointer() {
        view.overwritten.borrow_mut().push(Obj::steal(old.value()));
    }
}

fn find(th: &Thread, view: &FrameView, key: Value) -> PyResult<Option<usize>> {
    // As in a dict, keys are hashable.
    object::hash(th, key)?;
    for (i, name) in names(view).iter().enumerate() {
        if shows(view, i) && (name.same(key) || compare::eq(th, *name, key)?) {
            return Ok(Some(i));
        }
    }
    Ok(None)
}

/// All bound variables, as a new dict.
pub fn snapshot(th: &Thread, view: &FrameView) -> PyResult {
    let made = Dict::new(th)?;
    let Some(dict) = made.cast::<Dict>() else { return Ok(made) };
    for (i, name) in names(view).iter().enumerate() {
        if !shows(view, i) {
            continue;
        }
        if let Some(v) = read(view, i) {
            dict.set(th, *name, v.value())?;
        }
    }
    if let Some(extra) = view.extra_locals.get() {
        dict.merge(th, extra.value(), true)?;
    }
    Ok(made)
}

fn view_of<'a>(th: &Thread, v: Value) -> PyResult<&'a FrameViewObject> {
    match v.cast::<ProxyObject>().and_then(|proxy| proxy.frame.value().cast::<FrameViewObject>()) {
        Some(view) => Ok(view),
        None => err!(th, SYSTEM_ERROR, "not a frame locals proxy"),
    }
}

fn lookup(th: &Thread, v: Value, key: Value) -> PyResult<Option<Obj>> {
    let view = view_of(th, v)?;
    if let Some(i) = find(th, view, key)? {
        return Ok(read(view, i));
    }
    match view.extra_locals.get().as_ref().and_then(|extra| extra.cast::<Dict>()) {
        Some(extra) => extra.get(th, key),
        None => Ok(None),
    }
}

fn subscript(th: &Thread, v: Value, key: Value) -> PyResult {
    match lookup(th, v, key)? {
        Some(v) => Ok(v),
        None => {
            let text = object::repr(th, key)?;
            err!(th, KEY_ERROR, "local variable {} is not defined", crate::types::str::to_rust_string(text.value()))
        }
    }
}

fn assign(th: &Thread, v: Value, key: Value, value: Option<Value>) -> PyResult<()> {
    let view = view_of(th, v)?;
    let at = find(th, view, key)?;
    match (at, value) {
        (Some(i), Some(value)) => {
            write(view, i, value.own());
            Ok(())
        }
        (Some(_), None) => err!(th, VALUE_ERROR, "cannot remove local variables from FrameLocalsProxy"),
        (None, value) => {
            if view.extra_locals.is_empty() {
                view.extra_locals.set(Some(Dict::new(th)?));
            }
            let extra = view.extra_locals.get().ok_or_else(|| th.memory_error())?;
            match value {
                Some(value) => object::set_item(th, extra.value(), key, value),
                None => object::del_item(th, extra.value(), key),
            }
        }
    }
}

fn contains(th: &Thread, v: Value, key: Value) -> PyResult<bool> {
    Ok(lookup(th, v, key)?.is_some())
}

fn length(th: &Thread, v: Value) -> PyResult<isize> {
    let copy = snapshot(th, view_of(th, v)?)?;
    object::len(th, copy.value())
}

fn construct(th: &Thread, _: &'static Type, args: Args) -> PyResult {
    let (1, Some(frame)) = (args.len(), args.get(0)) else {
        let given = args.len();
        return err!(th, TYPE_ERROR, "FrameLocalsProxy expected 1 argument, got {given}");
    };
    if !frame.is_exact(&statics::FRAME_TYPE) {
        return err!(th, TYPE_ERROR, "expect frame, not {}", frame.ty().name());
    }
    args.no_keywords(th, "FrameLocalsProxy")?;
    new(th, frame)
}

fn iterate(th: &Thread, v: Value) -> PyResult {
    let copy = snapshot(th, view_of(th, v)?)?;
    let keys = iter::to_vec(th, copy.value())?;
    let list = th.list(keys)?;
    iter::get_iter(th, list.value())
}

fn repr(th: &Thread, v: Value) -> PyResult {
    let copy = snapshot(th, view_of(th, v)?)?;
    match th.repr_guard(v, || object::repr(th, copy.value()))? {
        Some(text) => Ok(text),
        None => th.str("{...}"),
    }
}

fn richcompare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Obj::not_implemented());
    }
    let left = snapshot(th, view_of(th, a)?)?;
    let right = if b.is_exact(&LOCALS_PROXY_TYPE) { snapshot(th, view_of(th, b)?)? } else { b.own() };
    compare::rich(th, left.value(), right.value(), op)
}

fn or(th: &Thread, a: Value, b: Value) -> PyResult {
    let plain = |v: Value| if v.is_exact(&LOCALS_PROXY_TYPE) { snapshot(th, view_of(th, v)?) } else { Ok(v.own()) };
    let (left, right) = (plain(a)?, plain(b)?);
    number::binary_op(th, number::NumberOp::Or, left.value(), right.value())
}

fn inplace_or(th: &Thread, a: Value, b: Value) -> PyResult {
    if !b.is_instance(&statics::DICT_TYPE) && !b.is_exact(&LOCALS_PROXY_TYPE) {
        return Ok(Obj::not_implemented());
    }
    methods::update(th, a, b)?;
    Ok(a.own())
}

#[pymethods]
mod methods {
    use super::*;
    fn through(th: &Thread, this: &ProxyObject, method: &str) -> PyResult {
        // SAFETY: I1, alive.
        let copy = snapshot(th, view_of(th, unsafe { Value::from_ptr(this) })?)?;
        let result = call::call_method(th, copy.value(), method, &[])?;
        let items = iter::to_vec(th, result.value())?;
        th.list(items)
    }
    #[method("keys()")]
    fn keys(th: &Thread, this: &ProxyObject) -> PyResult {
        through(th, this, "keys")
    }
    #[method("values()")]
    fn values(th: &Thread, this: &ProxyObject) -> PyResult {
        through(th, this, "values")
    }
    #[method("items()")]
    fn items(th: &Thread, this: &ProxyObject) -> PyResult {
        through(th, this, "items")
    }
    #[method("copy()")]
    fn copy(th: &Thread, this: Value) -> PyResult {
        snapshot(th, view_of(th, this)?)
    }
    #[method("get(key, default=None, /)")]
    fn get(th: &Thread, this: Value, key: Value, default: Option<Value>) -> PyResult {
        Ok(lookup(th, this, key)?.unwrap_or_else(|| default.unwrap_or(statics::none()).own()))
    }
    #[method("setdefault(key, default=None, /)")]
    fn setdefault(th: &Thread, this: Value, key: Value, default: Option<Value>) -> PyResult {
        if let Some(v) = lookup(th, this, key)? {
            return Ok(v);
        }
        let v = default.unwrap_or(statics::none());
        assign(th, this, key, Some(v))?;
        Ok(v.own())
    }
    #[method("update(mapping, /)")]
    pub(super) fn update(th: &Thread, this: Value, mapping: Value) -> PyResult<()> {
        if !mapping.is_instance(&statics::DICT_TYPE) && !mapping.is_exact(&LOCALS_PROXY_TYPE) {
            return err!(th, TYPE_ERROR, "update() argument must be dict or another FrameLocalsProxy");
        }
        let copy = Dict::new(th)?;
        if let Some(dict) = copy.cast::<Dict>() {
            dict.merge(th, mapping, true)?;
        }
        let items = call::call_method(th, copy.value(), "items", &[])?;
        for pair in iter::to_vec(th, items.value())? {
            if let Some(pair) = pair.cast::<Tuple>() {
                assign(th, this, pair.as_slice()[0], Some(pair.as_slice()[1]))?;
            }
        }
        Ok(())
    }
    #[method("__reversed__()")]
    fn reversed(th: &Thread, this: Value) -> PyResult {
        let copy = snapshot(th, view_of(th, this)?)?;
        let mut keys = iter::to_vec(th, copy.value())?;
        keys.reverse();
        th.list(keys)
    }
    #[method("pop(key, default=None, /)", raw)]
    fn pop(th: &Thread, this: Value, args: Args) -> PyResult {
        args.expect(th, "pop", 1, 2)?;
        let key = args.get(0).unwrap_or(statics::none());
        let view = view_of(th, this)?;
        if find(th, view, key)?.is_some() {
            return err!(th, VALUE_ERROR, "cannot remove local variables from FrameLocalsProxy");
        }
        let values: Vec<Value> = args.values().collect();
        match (view.extra_locals.get(), args.get(1)) {
            (Some(extra), _) => call::call_method(th, extra.value(), "pop", &values),
            (None, Some(default)) => Ok(default.own()),
            (None, None) => Err(th.raise_with(&statics::KEY_ERROR, &[key])),
        }
    }
}

builtin_type! {
    pub static LOCALS_PROXY_TYPE = TypeSpec {
        name: "FrameLocalsProxy",
        base: Some(&crate::types::object::OBJECT_TYPE),
        flags: flags::HAVE_GC | flags::MAPPING,
        slots: Slots {
            new: Some(construct),
            nb_inplace_or: Some(inplace_or),
            repr: Some(repr),
            richcompare: Some(richcompare),
            iter: Some(iterate),
            nb_or: Some(or),
            sq_contains: Some(contains),
            mp_length: Some(length),
            mp_subscript: Some(subscript),
            mp_ass_subscript: Some(assign),
            ..Instance::<LocalsProxy>::SLOTS
        },
        methods: methods::METHODS,
        ..Instance::<LocalsProxy>::SPEC
    }
}

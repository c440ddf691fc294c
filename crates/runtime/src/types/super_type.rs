//! `super`.

use crate::prelude::*;
use crate::protocols::object::with_interned;
use crate::typeobj::names;
use crate::types::str;
use whipsnake_layout::code::CodeObject;

/// `super(type, object_or_type)`.
pub struct Super {
    class: ObjCell,
    this: ObjCell,
    /// The class whose MRO is searched.
    this_class: ObjCell,
}

impl Payload for Super {
    #[inline(always)]
    fn ty() -> &'static Type {
        &SUPER_TYPE
    }
    fn traverse(&self, visitor: &mut crate::gc::Visitor) {
        visitor.cell(&self.class);
        visitor.cell(&self.this);
        visitor.cell(&self.this_class);
    }
}

builtin_type! {
    /// `super`.
    pub static SUPER_TYPE = "PySuper_Type" => TypeSpec {
        name: "super",
        basicsize: size_of::<Instance<Super>>(),
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "super() -> the methods of the classes behind __class__ in the MRO of the first argument\n\
              super(type, obj) -> bound super object; requires isinstance(obj, type)\n\
              super(type, type2) -> bound super object; requires issubclass(type2, type)\n\
              super(type) -> unbound super object",
        slots: Slots {
            repr: Some(repr),
            getattro: Some(getattro),
            descr_get: Some(descr_get),
            init: Some(init),
            new: Some(|th, ty, _| {
                Instance::create_as(
                    th,
                    ty,
                    Super { class: ObjCell::EMPTY, this: ObjCell::EMPTY, this_class: ObjCell::EMPTY },
                )
            }),
            ..Instance::<Super>::SLOTS
        },
        members: &[
            member("__thisclass__", std::mem::offset_of!(Instance<Super>, payload.class)),
            member("__self__", std::mem::offset_of!(Instance<Super>, payload.this)),
            member("__self_class__", std::mem::offset_of!(Instance<Super>, payload.this_class)),
        ],
        ..TypeSpec::DEFAULT
    }
}

const fn member(name: &'static str, offset: usize) -> MemberDef {
    MemberDef { name, doc: "", kind: MemberKind::ObjectOrNone, offset, readonly: true }
}

fn payload<'a>(v: Value) -> &'a Super {
    // SAFETY: I4, the slots of this type get its instances only.
    unsafe { &v.cast_unchecked::<Instance<Super>>().payload }
}

fn repr(th: &Thread, v: Value) -> PyResult {
    let this = payload(v);
    let class = this.class.get();
    let class = class.as_ref().and_then(|class| class.cast::<Type>()).map_or("NULL", Type::name);
    match this.this_class.get() {
        Some(bound) => {
            let bound = bound.cast::<Type>().map_or("?", Type::name);
            th.str(&format!("<super: <class '{class}'>, <{bound} object>>"))
        }
        None => th.str(&format!("<super: <class '{class}'>, NULL>")),
    }
}

/// Searches the MRO of `start` behind `class`, binding what is found.
fn search(th: &Thread, class: &'static Type, this: Value, start: &'static Type, name: Value) -> PyResult<Option<Obj>> {
    let mro = start.core.mro.get();
    if mro == 0 {
        return Ok(None);
    }
    // Lookups can run code that changes the MRO.
    // SAFETY: I4, a type's MRO is a tuple.
    let mro = unsafe { Value::from_bits(mro) }.own();
    let Some(tuple) = mro.cast::<crate::types::tuple::Tuple>() else { return Ok(None) };
    let behind = tuple.as_slice().iter().skip_while(|base| !base.same(class.value())).skip(1);
    for base in behind {
        let Some(base) = base.cast::<Type>() else { continue };
        let Some(found) = base.dict().get_str(th, name)? else { continue };
        return match found.ty().slots().descr_get {
            Some(get) => {
                let instance = if this.same(start.value()) { None } else { Some(this) };
                get(th, found.value(), instance, Some(start.value())).map(Some)
            }
            None => Ok(Some(found)),
        };
    }
    Ok(None)
}

fn getattro(th: &Thread, v: Value, name: Value) -> PyResult {
    with_interned!(th, name);
    let this = payload(v);
    if let (Some(class), Some(receiver), Some(start)) = (this.class.get(), this.this.get(), this.this_class.get())
        && !names::CLASS.is(th, name)
        && let (Some(class), Some(start)) = (class.cast::<Type>(), start.cast::<Type>())
        && let Some(found) = search(th, class, receiver.value(), start, name)?
    {
        return Ok(found);
    }
    match object::generic_lookup(th, v, name)? {
        Some(found) => Ok(found),
        None => {
            let message = format!("'{}' object has no attribute '{}'", v.ty().name(), str::to_rust_string(name));
            Err(object::attribute_error(th, v, name, &message))
        }
    }
}

/// The class whose MRO `super(class, this)` searches.
///
/// # Errors
/// TypeError unless `this` is an instance or a subclass of `class`.
fn check(th: &Thread, class: &'static Type, this: Value) -> PyResult {
    if let Some(ty) = this.cast::<Type>()
        && ty.is_subtype_of(class)
    {
        return Ok(this.own());
    }
    if this.is_instance(class) {
        return Ok(this.ty().value().own());
    }
    // A proxy may pretend.
    if let Some(claimed) = object::lookup_attr(th, this, names::CLASS.get(th)?)?
        && let Some(ty) = claimed.cast::<Type>()
        && ty.is_subtype_of(class)
    {
        return Ok(claimed);
    }
    let (kind, got) = match this.cast::<Type>() {
        Some(ty) => ("type", ty.name()),
        None => ("instance of", this.ty().name()),
    };
    err!(
        th,
        TYPE_ERROR,
        "super(type, obj): obj ({kind} {got}) is not an instance or subtype of type ({}).",
        class.name()
    )
}

/// `super(class, this).name`, without making the super object.
///
/// # Errors
/// TypeError as for `super(class, this)`; AttributeError.
pub fn super_lookup(th: &Thread, class: Value, this: Value, name: Value) -> PyResult {
    with_interned!(th, name);
    let Some(class_type) = class.cast::<Type>() else {
        return err!(th, TYPE_ERROR, "super() argument 1 must be a type, not {}", class.ty().name());
    };
    let start = check(th, class_type, this)?;
    if !names::CLASS.is(th, name)
        && let Some(start) = start.cast::<Type>()
        && let Some(found) = search(th, class_type, this, start, name)?
    {
        return Ok(found);
    }
    let proxy = call::call_values(th, SUPER_TYPE.value(), &[class, this])?;
    object::get_attr(th, proxy.value(), name)
}

/// The method form of [`super_lookup`]: a method descriptor comes unbound (`true`), for the caller to pass `this`.
///
/// # Errors
/// As [`super_lookup`].
pub fn super_lookup_method(th: &Thread, class: Value, this: Value, name: Value) -> PyResult<(Obj, bool)> {
    with_interned!(th, name);
    if let Some(class_type) = class.cast::<Type>()
        && !names::CLASS.is(th, name)
        && std::ptr::eq(check(th, class_type, this)?.value().as_ptr() as *const Type, this.ty())
    {
        let mro = this.ty().mro().as_slice();
        let after = mro.iter().position(|base| base.same(class)).map_or(mro.len(), |at| at + 1);
        for base in &mro[after..] {
            let Some(base) = base.cast::<Type>() else { continue };
            if let Some(found) = base.dict().get_str(th, name)? {
                if found.ty().has_flag(flags::METHOD_DESCRIPTOR) {
                    return Ok((found, true));
                }
                break;
            }
        }
    }
    Ok((super_lookup(th, class, this, name)?, false))
}

fn descr_get(th: &Thread, v: Value, obj: Option<Value>, _: Option<Value>) -> PyResult {
    let this = payload(v);
    let Some(obj) = obj.filter(|obj| !obj.is_none()) else { return Ok(v.own()) };
    if !this.this.is_empty() {
        return Ok(v.own());
    }
    let Some(class) = this.class.get() else { return Ok(v.own()) };
    if !v.is_exact(&SUPER_TYPE) {
        return call::call_values(th, v.ty().value(), &[class.value(), obj]);
    }
    let Some(class_type) = class.cast::<Type>() else { return Ok(v.own()) };
    let start = check(th, class_type, obj)?;
    Instance::create(
        th,
        Super { class: ObjCell::new(class.clone()), this: ObjCell::new(obj.own()), this_class: ObjCell::new(start) },
    )
}

fn init(th: &Thread, v: Value, args: Args) -> PyResult<()> {
    args.no_keywords(th, "super")?;
    args.expect(th, "super", 0, 2)?;
    let (class, receiver) = match args.get(0) {
        Some(class) if class.is_instance(&statics::TYPE_TYPE) => {
            (class.own(), args.get(1).filter(|this| !this.is_none()).map(ValueExt::own))
        }
        Some(class) => return err!(th, TYPE_ERROR, "super() argument 1 must be a type, not {}", class.ty().name()),
        None => {
            let (class, receiver) = from_frame(th)?;
            (class, Some(receiver))
        }
    };
    let start = match (&receiver, class.cast::<Type>()) {
        (Some(receiver), Some(class)) => Some(check(th, class, receiver.value())?),
        _ => None,
    };
    let this = payload(v);
    this.class.set(Some(class));
    this.this.set(receiver);
    this.this_class.set(start);
    Ok(())
}

/// What is in a local slot: the value, or the content of the cell that holds it.
fn local_value(slot: Slot) -> Option<Obj> {
    let v = slot.get()?;
    if !v.is_exact(&statics::CELL_TYPE) {
        return Some(v.own());
    }
    // SAFETY: I4, the type was checked.
    let cell = unsafe { v.cast_unchecked::<whipsnake_layout::objects::CellObject>() };
    cell.contents.get().get().map(ValueExt::own)
}

/// `__class__` and the first argument of the running function.
fn from_frame(th: &Thread) -> PyResult<(Obj, Obj)> {
    let frame = th.frame();
    if frame.is_null() {
        return err!(th, RUNTIME_ERROR, "super(): no current frame");
    }
    // SAFETY: I6, the running frame and its code are alive; locals lie behind the header.
    let (frame, code): (_, &CodeObject) = unsafe { (&*frame, &*(*frame).code.get()) };
    let local = |i: usize| {
        // SAFETY: I6, `i` is below `nlocalsplus`.
        unsafe { (*frame.local(i)).get() }
    };
    if code.argcount == 0 {
        return err!(th, RUNTIME_ERROR, "super(): no arguments");
    }
    // SAFETY: I4, `localspluskinds` is a bytes object.
    let kinds = unsafe { code.localspluskinds.cast_unchecked::<crate::types::bytes::Bytes>() }.as_slice();
    // A cell that was passed as an argument is not one that the function made of it.
    let first = match kinds.first().is_some_and(|kind| kind & 0x40 != 0) {
        true => local_value(local(0)),
        false => local(0).get().map(ValueExt::own),
    };
    let Some(first) = first else { return err!(th, RUNTIME_ERROR, "super(): arg[0] deleted") };
    let total = code.nlocalsplus as usize;
    let class_name = names::CLASS.get(th)?;
    let Some(locals) = code.localsplusnames.cast::<crate::types::tuple::Tuple>() else {
        return err!(th, SYSTEM_ERROR, "super(): bad code object");
    };
    for i in total - code.nfreevars as usize..total {
        let Some(name) = locals.as_slice().get(i) else { continue };
        if !name.same(class_name) {
            continue;
        }
        let Some(class) = local_value(local(i)) else {
            return err!(th, RUNTIME_ERROR, "super(): empty __class__ cell");
        };
        if !class.is_instance(&statics::TYPE_TYPE) {
            return err!(th, RUNTIME_ERROR, "super(): __class__ is not a type ({})", class.ty().name());
        }
        return Ok((class, first));
    }
    err!(th, RUNTIME_ERROR, "super(): __class__ cell not found")
}

//! Making classes: `type.__new__`.

use super::inherit::set_hash;
use super::layouts::{Additions, lay_out};
use super::{annotations, best_base, has_dict, linearize, mro, slotdefs, subtype};
use crate::prelude::*;
use crate::typeobj::names;
use crate::types::descriptors::{self, MemberSource};
use crate::types::dict::Dict;
use crate::types::str::Str;
use crate::types::tuple::Tuple;
use crate::types::{instance, str, super_type};
use whipsnake_layout::frame::OWNED_BY_INTERPRETER;

/// The most derived of `meta` and the metaclasses of the bases.
///
/// # Errors
/// TypeError when there is no such one.
pub fn calculate_metaclass(th: &Thread, meta: &'static Type, bases: &[Value]) -> PyResult<&'static Type> {
    let mut winner = meta;
    for base in bases {
        let candidate = base.ty();
        if winner.is_subtype_of(candidate) {
            continue;
        }
        if !candidate.is_subtype_of(winner) {
            return err!(
                th,
                TYPE_ERROR,
                "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the \
                 metaclasses of all its bases"
            );
        }
        winner = candidate;
    }
    Ok(winner)
}

/// `type.__new__(meta, name, bases, namespace, **keywords)`.
///
/// # Errors
/// TypeError and ValueError for unsuitable arguments; what `__set_name__`, `__init_subclass__` and `mro()` raise.
pub fn type_new(th: &Thread, meta: &'static Type, args: Args) -> PyResult {
    let (name, bases, namespace) = check_arguments(th, args)?;
    for base in bases.as_slice() {
        if !base.is_instance(&statics::TYPE_TYPE) && object::has_attr(th, *base, "__mro_entries__")? {
            return err!(th, TYPE_ERROR, "type() doesn't support MRO entry resolution; use types.new_class()");
        }
    }
    let winner = calculate_metaclass(th, meta, bases.as_slice())?;
    if !std::ptr::eq(winner, meta)
        && let Some(new) = winner.slots().new
        && new as usize != type_new as NewFn as usize
    {
        return new(th, winner, args);
    }
    let base = best_base(th, bases.as_slice())?;
    let bases = if bases.len() == 0 { th.tuple(&[statics::OBJECT_TYPE.value()])? } else { args_bases(args) };
    let class = build(th, winner, name, bases, base, namespace)?;
    let Some(ty) = class.cast::<Type>() else { return Ok(class) };
    set_names(th, ty)?;
    init_subclass(th, ty, args)?;
    Ok(class)
}

use crate::typeobj::{NewFn, Slots};

fn args_bases(args: Args) -> Obj {
    args.get(1).map_or_else(Obj::none, ValueExt::own)
}

fn check_arguments<'a>(th: &Thread, args: Args<'a>) -> PyResult<(Value, &'a Tuple, &'a Dict)> {
    let given = args.len();
    let (Some(name), Some(bases), Some(namespace), 3) = (args.get(0), args.get(1), args.get(2), given) else {
        return err!(th, TYPE_ERROR, "type.__new__() takes exactly 3 arguments ({given} given)");
    };
    let wrong = |i: usize, expected: &str, got: Value| {
        let got = if got.is_none() { "None" } else { got.ty().name() };
        th.type_error(format!("type.__new__() argument {i} must be {expected}, not {got}"))
    };
    if !name.is_instance(&statics::STR_TYPE) {
        return Err(wrong(1, "str", name));
    }
    let Some(bases) = bases.cast::<Tuple>() else { return Err(wrong(2, "tuple", bases)) };
    let Some(namespace) = namespace.cast::<Dict>() else { return Err(wrong(3, "dict", namespace)) };
    Ok((name, bases, namespace))
}

/// The class, complete but for `__set_name__` and `__init_subclass__`.
fn build(th: &Thread, meta: &'static Type, name: Value, bases: Obj, base: &'static Type, namespace: &Dict) -> PyResult {
    check_class_name(th, name)?;
    let dict = namespace.copy(th)?;
    let Some(entries) = dict.cast::<Dict>() else { return Ok(dict) };
    let slots = Declared::read(th, name, base, bases.value(), entries)?;
    let object = th.allocate(meta, meta.core.basicsize.get().max(size_of::<Type>() as isize) as usize)?;
    let own = Slots {
        dealloc: Some(subtype::subtype_dealloc),
        traverse: Some(subtype::subtype_traverse),
        clear: Some(subtype::subtype_clear),
        body_size: base.slots().body_size,
        new: base.slots().new,
        ..Slots::EMPTY
    };
    // SAFETY: fresh memory of at least the struct's size; what a metaclass adds begins as null slots.
    let (class, ty): (Obj, &'static Type) = unsafe {
        let rest = meta.core.basicsize.get() as usize - size_of::<Type>();
        object.cast::<u8>().add(size_of::<Type>()).write_bytes(0, rest);
        object.cast::<Type>().write(Type::new_heap(meta, own));
        (Obj::steal(Value::from_ptr(object)), &*object.cast::<Type>())
    };
    ty.core.flags.set(flags::HEAPTYPE | flags::HAVE_GC | flags::BASETYPE);
    ty.ht_name.set(Some(name.own()));
    ty.core.base.set(&base.core);
    ty.core.bases.set(bases.into_value().bits());
    ty.core.dict.set(dict.clone().into_value().bits());
    lay_out(ty, base, &slots.additions);
    super::inherit::inherit_fields_of_class(ty, base);
    ty.inline_hint.set(if std::ptr::eq(base, &statics::OBJECT_TYPE) { 0 } else { base.inline_hint.get() });
    complete_namespace(th, ty, name, entries)?;
    add_members(th, ty, &slots)?;
    // Methods that a metaclass's `mro` calls can name their class.
    fill_cells(th, ty)?;
    drop(mro::set_mro(th, ty)?);
    for base in mro::bases_of(ty) {
        base.subclasses.borrow_mut().push(ty);
    }
    let hash = ty.dict().get_rust(th, "__eq__")?.is_some() && ty.dict().get_rust(th, "__hash__")?.is_none();
    if hash {
        set_hash(th, ty)?;
    }
    super::inherit::inherit_uncovered_slots(ty);
    slotdefs::fix_all_slots(th, ty)?;
    ty.modified(th);
    Ok(class)
}

/// Errors for names with null characters or surrogates.
pub fn check_class_name(th: &Thread, name: Value) -> PyResult<()> {
    let Some(text) = name.cast::<str::Str>() else { return Ok(()) };
    if text.utf8(th)?.contains('\0') {
        return err!(th, VALUE_ERROR, "type name must not contain null characters");
    }
    Ok(())
}

/// What `__slots__` says.
struct Declared {
    additions: Additions,
    /// Mangled, sorted names of the members.
    names: Vec<Obj>,
    has_slots: bool,
}

impl Declared {
    fn read(th: &Thread, name: Value, base: &'static Type, bases: Value, dict: &Dict) -> PyResult<Declared> {
        let may_add_dict = !has_dict(base);
        let may_add_weakref = !base.has_flag(flags::WEAKREFABLE) && base.core.itemsize.get() == 0;
        let mut declared = Declared { additions: Additions::default(), names: Vec::new(), has_slots: true };
        let Some(slots) = dict.get_str(th, names::SLOTS.get(th)?)? else {
            declared.additions = Additions { dict: may_add_dict, weakref: may_add_weakref, members: 0 };
            declared.has_slots = false;
            return Ok(declared);
        };
        let items = if slots.is_instance(&statics::STR_TYPE) { vec![slots] } else { iter::to_vec(th, slots.value())? };
        if !items.is_empty() && base.core.itemsize.get() != 0 {
            return err!(th, TYPE_ERROR, "nonempty __slots__ not supported for subtype of '{}'", base.name());
        }
        let class_name = str::to_rust_string(name);
        for item in items {
            declared.add(th, item, &class_name, may_add_dict, may_add_weakref, dict)?;
        }
        declared.names.sort_by_cached_key(|name| str::to_rust_string(name.value()));
        declared.additions.members = declared.names.len();
        for other in bases.cast::<Tuple>().map_or(&[][..], Tuple::as_slice).iter().filter_map(|b| b.cast::<Type>()) {
            declared.additions.dict |= may_add_dict && has_dict(other);
            declared.additions.weakref |= may_add_weakref && other.has_flag(flags::WEAKREFABLE);
        }
        Ok(declared)
    }

    fn add(
        &mut self,
        th: &Thread,
        item: Obj,
        class_name: &str,
        may_add_dict: bool,
        may_add_weakref: bool,
        dict: &Dict,
    ) -> PyResult<()> {
        if !item.is_instance(&statics::STR_TYPE) {
            return err!(th, TYPE_ERROR, "__slots__ items must be strings, not '{}'", item.ty().name());
        }
        let text = str::to_rust_string(item.value());
        if !is_identifier(th, item.value())? {
            return err!(th, TYPE_ERROR, "__slots__ must be identifiers");
        }
        if text == "__dict__" {
            if !may_add_dict || self.additions.dict {
                return err!(th, TYPE_ERROR, "__dict__ slot disallowed: we already got one");
            }
            self.additions.dict = true;
            return Ok(());
        }
        if text == "__weakref__" {
            if !may_add_weakref || self.additions.weakref {
                return err!(th, TYPE_ERROR, "__weakref__ slot disallowed: we already got one");
            }
            self.additions.weakref = true;
            return Ok(());
        }
        let mangled = th.intern(&mangle(class_name, &text))?;
        let excused = matches!(text.as_str(), "__qualname__" | "__classcell__" | "__classdictcell__");
        if !excused && dict.contains(th, mangled.value())? {
            let shown = object::repr_text(th, mangled.value())?;
            return err!(th, VALUE_ERROR, "{shown} in __slots__ conflicts with class variable");
        }
        self.names.push(mangled);
        Ok(())
    }
}

fn is_identifier(th: &Thread, name: Value) -> PyResult<bool> {
    if let Some(text) = name.cast::<Str>().and_then(Str::as_utf8)
        && text.is_ascii()
    {
        let mut bytes = text.bytes();
        let first = bytes.next().is_some_and(|c| c.is_ascii_alphabetic() || c == b'_');
        return Ok(first && bytes.all(|c| c.is_ascii_alphanumeric() || c == b'_'));
    }
    let answer = call::call_method(th, name, "isidentifier", &[])?;
    object::is_true(th, answer.value())
}

/// Private name mangling: `__x` in class `C` is `_C__x`.
fn mangle(class: &str, name: &str) -> String {
    let class = class.trim_start_matches('_');
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') || class.is_empty() {
        return name.to_string();
    }
    format!("_{class}{name}")
}

/// `__module__` of what is being defined: `__name__` of the running code's globals.
fn current_module(th: &Thread) -> PyResult<Option<Obj>> {
    let mut frame = th.frame();
    // SAFETY: I6, the frames of a running thread are alive.
    while let Some(current) = unsafe { frame.as_ref() } {
        if current.owner.get() == OWNED_BY_INTERPRETER {
            frame = current.previous.get();
            continue;
        }
        let Some(globals) = current.globals.get().get() else { return Ok(None) };
        return match globals.cast::<Dict>() {
            Some(globals) => globals.get_str(th, names::NAME.get(th)?),
            None => Ok(None),
        };
    }
    Ok(None)
}

/// Entries that every class has, and those that change their form.
fn complete_namespace(th: &Thread, ty: &'static Type, name: Value, dict: &Dict) -> PyResult<()> {
    let module = names::MODULE.get(th)?;
    if !dict.contains(th, module)?
        && let Some(current) = current_module(th)?
    {
        dict.set(th, module, current.value())?;
    }
    let qualname = names::QUALNAME.get(th)?;
    match dict.get_str(th, qualname)? {
        Some(given) if !given.is_instance(&statics::STR_TYPE) => {
            return err!(th, TYPE_ERROR, "type __qualname__ must be a str, not {}", given.ty().name());
        }
        Some(given) => {
            ty.ht_qualname.set(Some(given));
            dict.del(th, qualname)?;
        }
        None => ty.ht_qualname.set(Some(name.own())),
    }
    if let Some(attributes) = dict.get_str(th, names::STATIC_ATTRIBUTES.get(th)?)?
        && let Some(attributes) = attributes.cast::<Tuple>()
    {
        // The methods assign so many attributes of `self`: as good a first guess as any.
        let guess = ty.inline_hint.get() + attributes.len().min(16) as u32;
        ty.inline_hint.set(guess.min(30));
    }
    let wrap = |name: &'static names::Name, make: fn(&Thread, Value) -> PyResult| -> PyResult<()> {
        let name = name.get(th)?;
        if let Some(found) = dict.get_str(th, name)?
            && found.is_exact(&statics::FUNCTION_TYPE)
        {
            let wrapped = make(th, found.value())?;
            dict.set(th, name, wrapped.value())?;
        }
        Ok(())
    };
    let static_method = |th: &Thread, f: Value| call::call1(th, statics::STATICMETHOD_TYPE.value(), f);
    let class_method = |th: &Thread, f: Value| call::call1(th, statics::CLASSMETHOD_TYPE.value(), f);
    wrap(&names::NEW, static_method)?;
    wrap(&names::INIT_SUBCLASS, class_method)?;
    wrap(&names::CLASS_GETITEM, class_method)
}

static DICT_GETSET: crate::native::GetSetDef = crate::native::GetSetDef {
    name: "__dict__",
    doc: "dictionary for instance variables",
    get: instance::get_dict,
    set: Some(instance::set_dict),
    member: false,
};
static WEAKREF_GETSET: crate::native::GetSetDef = crate::native::GetSetDef {
    name: "__weakref__",
    doc: "list of weak references to the object",
    get: crate::types::weakref::first_reference,
    set: None,
    member: false,
};

/// Descriptors of `__slots__` members, `__dict__` and `__weakref__`.
fn add_members(th: &Thread, ty: &'static Type, declared: &Declared) -> PyResult<()> {
    let dict = ty.dict();
    let first = ty.slot_members.get().0 as usize;
    for (i, name) in declared.names.iter().enumerate() {
        let source = MemberSource::Slot(first + 8 * i);
        let member = descriptors::new_member(th, ty, &str::to_rust_string(name.value()), source)?;
        dict.set(th, name.value(), member.value())?;
    }
    if declared.has_slots {
        let slots: Vec<Value> = declared.names.iter().map(|name| name.value()).collect();
        ty.ht_slots.set(Some(th.tuple(&slots)?));
    }
    let add = |name: &'static names::Name, def: &'static crate::native::GetSetDef| -> PyResult<()> {
        let name = name.get(th)?;
        if !dict.contains(th, name)? {
            let getset = descriptors::new_getset(th, ty, def)?;
            dict.set(th, name, getset.value())?;
        }
        Ok(())
    };
    if declared.additions.dict {
        add(&names::DICT, &DICT_GETSET)?;
    }
    if declared.additions.weakref {
        add(&names::WEAKREF, &WEAKREF_GETSET)?;
    }
    let doc = names::DOC.get(th)?;
    match dict.get_str(th, doc)? {
        Some(text) => {
            // Surrogates are an error, as CPython keeps a copy in UTF-8.
            text.exact::<str::Str>().map(|text| text.utf8(th)).transpose()?;
        }
        None => dict.set(th, doc, statics::none())?,
    }
    Ok(())
}

/// Puts the class into the cell that `__class__` and `super()` read, and its dictionary into `__classdict__`.
fn fill_cells(th: &Thread, ty: &'static Type) -> PyResult<()> {
    // SAFETY: I1, the type owns its dictionary.
    let namespace = unsafe { Value::from_bits(ty.core.dict.get()) };
    for (name, content) in [(&names::CLASSCELL, ty.value()), (&names::CLASSDICTCELL, namespace)] {
        let text = name.get(th)?;
        let Some(cell) = ty.dict().get_str(th, text)? else { continue };
        if !cell.is_exact(&statics::CELL_TYPE) {
            let got = object::repr_text(th, cell.ty().value())?;
            return err!(th, TYPE_ERROR, "{} must be a nonlocal cell, not {got}", name.text());
        }
        // SAFETY: I4, the type was checked; a cell owns its content.
        let contents = unsafe {
            ObjCell::from_slot(&cell.value().cast_unchecked::<whipsnake_layout::objects::CellObject>().contents)
        };
        contents.set(Some(content.own()));
        ty.dict().del(th, text)?;
    }
    Ok(())
}

/// Tells the attributes of a new class their names.
fn set_names(th: &Thread, ty: &'static Type) -> PyResult<()> {
    let set_name = names::SET_NAME.get(th)?;
    let mut entries = Vec::new();
    let mut at = 0;
    while let Some((key, value, _)) = ty.dict().entry_at(&mut at) {
        if value.ty().lookup(th, set_name).is_some() {
            entries.push((key.own(), value.own()));
        }
    }
    for (key, value) in entries {
        if let Err(raised) = object::call_special(th, value.value(), set_name, &[ty.value(), key.value()]) {
            add_note(th, ty, key.value(), value.value());
            return Err(raised);
        }
    }
    Ok(())
}

fn add_note(th: &Thread, ty: &Type, key: Value, value: Value) {
    let Some(exception) = th.take_exception() else { return };
    let note = || -> PyResult<()> {
        let key = object::repr_text(th, key)?;
        let (kind, class) = (value.ty().name(), ty.name());
        let note = th.str(&format!("Error calling __set_name__ on '{kind}' instance {key} in '{class}'"))?;
        call::call_method(th, exception.value(), "add_note", &[note.value()]).map(drop)
    };
    if note().is_err() {
        drop(th.take_exception());
    }
    th.restore_exception(Some(exception));
}

/// `super(cls, cls).__init_subclass__(**keywords)`
fn init_subclass(th: &Thread, ty: &'static Type, args: Args) -> PyResult<()> {
    let method = super_type::super_lookup(th, ty.value(), ty.value(), names::INIT_SUBCLASS.get(th)?)?;
    let keywords: Vec<(Value, Value)> = args.keywords().collect();
    call::call_keywords(th, method.value(), &[], &keywords).map(drop)
}

/// The class's annotations, for callers outside (`typing`, dataclass-like helpers).
///
/// # Errors
/// As `cls.__annotations__`.
pub fn annotations_of(th: &Thread, ty: &'static Type) -> PyResult {
    annotations::get_annotations(th, ty)
}

/// `type.mro()`: the list that C3 gives.
///
/// # Errors
/// TypeError as for class statements.
pub fn default_mro(th: &Thread, ty: &'static Type) -> PyResult {
    th.list(linearize(th, ty)?.into_iter().map(ValueExt::own).collect())
}

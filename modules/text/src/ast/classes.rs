//! The node classes: made once from the grammar, as Python classes.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::grammar::{self, Attributes, Class, Count, Field, PLACE};
use super::node::AST_TYPE;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;

/// A node class and the names of its fields.
pub(super) struct NodeClass {
    pub name: &'static str,
    /// The sum type it belongs to.
    pub base: Option<&'static str>,
    pub class: Obj,
    /// Interned.
    pub fields: Vec<Obj>,
    /// The one instance that trees made by the parser use, of classes without fields and attributes.
    pub shared: Option<Obj>,
}

/// All node classes.
pub(super) struct Classes {
    all: Vec<NodeClass>,
    by_name: HashMap<&'static str, usize>,
    /// By the address of the type object, which lives for ever.
    by_type: HashMap<*const Type, usize>,
    /// The names of the place's attributes, interned.
    pub place: Vec<Obj>,
}

#[derive(Default)]
struct State {
    classes: OnceCell<Classes>,
}

impl Classes {
    /// The classes of this interpreter, made on first use.
    ///
    /// # Errors
    /// MemoryError.
    pub(super) fn get(th: &Thread) -> PyResult<&'static Classes> {
        let state = th.interp.state::<State>();
        if let Some(classes) = state.classes.get() {
            return Ok(classes);
        }
        let made = make_all(th)?;
        Ok(state.classes.get_or_init(|| made))
    }

    pub(super) fn all(&self) -> &[NodeClass] {
        &self.all
    }

    /// A class of the grammar by its name.
    ///
    /// # Errors
    /// SystemError if there is no such class.
    pub(super) fn named(&self, th: &Thread, name: &str) -> PyResult<&NodeClass> {
        self.find(name).ok_or_else(|| th.system_error(format!("no node class '{name}'")))
    }

    fn find(&self, name: &str) -> Option<&NodeClass> {
        self.by_name.get(name).map(|at| &self.all[*at])
    }

    /// The class of the sum type `base` that an object is an instance of; for types with one class, `base` is that class.
    pub(super) fn of(&self, v: Value, base: &str) -> Option<&NodeClass> {
        let ty = v.ty();
        let found = |ty: &Type| {
            let class = &self.all[*self.by_type.get(&std::ptr::from_ref(ty))?];
            (class.base == Some(base) || class.name == base).then_some(class)
        };
        if let Some(class) = found(ty) {
            return Some(class);
        }
        ty.mro().as_slice().iter().filter_map(|base| base.cast::<Type>()).find_map(found)
    }
}

fn make_all(th: &Thread) -> PyResult<Classes> {
    whipsnake_runtime::typeobj::ready(th, &AST_TYPE)?;
    let place = PLACE.iter().map(|name| th.intern(name)).collect::<PyResult<Vec<Obj>>>()?;
    let mut classes = Classes { all: Vec::new(), by_name: HashMap::new(), by_type: HashMap::new(), place };
    prepare_ast(th)?;
    let grammar = grammar::classes();
    for spec in &grammar {
        let made = make(th, spec, &classes)?;
        let at = classes.all.len();
        classes.by_name.insert(spec.name, at);
        if let Some(ty) = made.class.cast::<Type>() {
            classes.by_type.insert(std::ptr::from_ref(ty), at);
        }
        classes.all.push(made);
    }
    // Field types can name any class, so they come last.
    for spec in grammar.iter().filter(|spec| !spec.is_sum) {
        add_field_types(th, spec, &classes)?;
    }
    for spec in grammar.iter().filter(|spec| !spec.is_sum && spec.fields.is_empty()) {
        if spec.attributes == Attributes::None
            && let Some(at) = classes.by_name.get(spec.name)
        {
            classes.all[*at].shared = Some(call::call0(th, classes.all[*at].class.value())?);
        }
    }
    Ok(classes)
}

/// What `AST` has beyond its declaration. Its attributes can be assigned, unlike those of other built-in types.
fn prepare_ast(th: &Thread) -> PyResult<()> {
    AST_TYPE.core.flags.set(AST_TYPE.flags() & !flags::IMMUTABLETYPE);
    let empty = th.tuple(&[])?;
    for name in ["_fields", "__match_args__", "_attributes"] {
        object::set_attr_str(th, AST_TYPE.value(), name, empty.value())?;
    }
    Ok(())
}

fn names_tuple(th: &Thread, names: &[&str]) -> PyResult {
    let names = names.iter().map(|name| th.intern(name)).collect::<PyResult<Vec<Obj>>>()?;
    th.tuple_from(names)
}

fn make(th: &Thread, spec: &Class, classes: &Classes) -> PyResult<NodeClass> {
    let base = match spec.base {
        Some(base) => classes.named(th, base)?.class.clone(),
        None => AST_TYPE.value().own(),
    };
    let namespace = Dict::new(th)?;
    let Some(dict) = namespace.cast::<Dict>() else { return Err(th.system_error("no dict")) };
    let names: Vec<&str> = spec.fields.iter().map(|field| field.name).collect();
    let fields = names_tuple(th, &names)?;
    dict.set_rust(th, "_fields", fields.value())?;
    dict.set_rust(th, "__match_args__", fields.value())?;
    dict.set_rust(th, "__module__", th.intern("ast")?.value())?;
    dict.set_rust(th, "__doc__", th.str(&spec.doc)?.value())?;
    if spec.base.is_none() {
        let attributes = if spec.attributes == Attributes::None { &[][..] } else { &PLACE[..] };
        dict.set_rust(th, "_attributes", names_tuple(th, attributes)?.value())?;
    }
    // Optional fields are None unless they are given.
    for field in spec.fields.iter().filter(|field| field.count == Count::Optional) {
        dict.set_rust(th, field.name, statics::none())?;
    }
    if spec.base.is_none() && spec.attributes == Attributes::OptionalEnd {
        for name in &PLACE[2..] {
            dict.set_rust(th, name, statics::none())?;
        }
    }
    let name = th.intern(spec.name)?;
    let bases = th.tuple(&[base.value()])?;
    let class = call::call3(th, statics::TYPE_TYPE.value(), name.value(), bases.value(), namespace.value())?;
    let fields = names.iter().map(|name| th.intern(name)).collect::<PyResult<Vec<Obj>>>()?;
    Ok(NodeClass { name: spec.name, base: spec.base, class, fields, shared: None })
}

/// `_field_types`, which are the class's annotations too.
fn add_field_types(th: &Thread, spec: &Class, classes: &Classes) -> PyResult<()> {
    let class = classes.named(th, spec.name)?;
    let types = Dict::new(th)?;
    if let Some(dict) = types.cast::<Dict>() {
        for field in &spec.fields {
            dict.set_rust(th, field.name, field_type(th, field, classes)?.value())?;
        }
    }
    object::set_attr_str(th, class.class.value(), "_field_types", types.value())?;
    object::set_attr_str(th, class.class.value(), "__annotations__", types.value())
}

fn field_type(th: &Thread, field: &Field, classes: &Classes) -> PyResult {
    let one = match field.kind {
        "identifier" | "string" => statics::STR_TYPE.value().own(),
        "int" => statics::INT_TYPE.value().own(),
        "constant" => statics::OBJECT_TYPE.value().own(),
        kind => classes.named(th, kind)?.class.clone(),
    };
    match field.count {
        Count::One => Ok(one),
        Count::Optional => number::binary_op(th, number::NumberOp::Or, one.value(), statics::none()),
        Count::Many => object::get_item(th, statics::LIST_TYPE.value(), one.value()),
    }
}

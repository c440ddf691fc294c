//! `_abc`: registration and cached subclass checks of abstract base classes.
//!
//! Each class has an `_abc_impl` with three collections of classes, weakly held: the registry, the classes known to be
//! subclasses, and those known not to be (valid while nothing has been registered anywhere). A collection maps the
//! class's address to a weak reference, which tells a class from a later one at the same address.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::module;
use whipsnake_runtime::types::set::Set;
use whipsnake_runtime::types::tuple::Tuple;
use whipsnake_runtime::types::weakref::{self, WeakRef};

/// Classes, weakly held, by address.
#[derive(Default)]
struct ClassSet(RefCell<HashMap<u64, Obj>>);

impl ClassSet {
    fn contains(&self, class: Value) -> bool {
        let classes = self.0.borrow();
        classes.get(&class.bits()).is_some_and(|r| is_reference_to(r, class))
    }
    fn insert(&self, th: &Thread, class: Value) -> PyResult<()> {
        let reference = weakref::new(th, &statics::WEAKREF_TYPE, class, None)?;
        let mut classes = self.0.borrow_mut();
        if classes.len() >= 16 && classes.len().is_power_of_two() {
            classes.retain(|_, r| referent(r).is_some());
        }
        classes.insert(class.bits(), reference);
        Ok(())
    }
    fn live(&self) -> Vec<Obj> {
        self.0.borrow().values().filter_map(referent).collect()
    }
    fn clear(&self) {
        let old = std::mem::take(&mut *self.0.borrow_mut());
        drop(old);
    }
    fn dump(&self, th: &Thread) -> PyResult {
        let set = Set::new(th)?;
        let references: Vec<Obj> = self.0.borrow().values().cloned().collect();
        if let Some(target) = Set::of_any(set.value()) {
            for reference in references {
                target.add(th, reference.value())?;
            }
        }
        Ok(set)
    }
}

fn referent(reference: &Obj) -> Option<Obj> {
    reference.cast::<Instance<WeakRef>>().and_then(|weak| weak.get())
}

fn is_reference_to(reference: &Obj, class: Value) -> bool {
    referent(reference).is_some_and(|found| found.same(class))
}

/// The `_abc_impl` of a class.
#[derive(Default)]
pub struct AbcData {
    registry: ClassSet,
    cache: ClassSet,
    negative_cache: ClassSet,
    negative_version: Cell<u64>,
}

impl Payload for AbcData {
    #[inline(always)]
    fn ty() -> &'static Type {
        &ABC_DATA_TYPE
    }
    fn traverse(&self, _: &mut Visitor) {}
}

builtin_type! {
    /// `_abc._abc_data`.
    static ABC_DATA_TYPE = TypeSpec {
        name: "_abc._abc_data",
        flags: flags::DISALLOW_INSTANTIATION,
        slots: Instance::<AbcData>::SLOTS,
        doc: "What an abstract base class knows of its subclasses.",
        ..Instance::<AbcData>::SPEC
    }
}

#[derive(Default)]
struct State {
    /// Counts registrations: negative caches of older versions are void.
    counter: Cell<u64>,
}

fn counter(th: &Thread) -> &'static Cell<u64> {
    &th.interp.state::<State>().counter
}

/// The data of an abstract class, owned by the class.
fn data(th: &Thread, class: Value) -> PyResult<Obj> {
    let found = object::get_attr_str(th, class, "_abc_impl")?;
    if found.cast::<Instance<AbcData>>().is_none() {
        return err!(th, TYPE_ERROR, "_abc_impl is set to a wrong type");
    }
    Ok(found)
}

fn view(data: &Obj) -> &AbcData {
    match data.cast::<Instance<AbcData>>() {
        Some(instance) => &instance.payload,
        None => unreachable!("`data` checked the type"),
    }
}

fn is_abstract(th: &Thread, v: Value) -> PyResult<bool> {
    match object::lookup_attr_str(th, v, "__isabstractmethod__")? {
        Some(flag) => object::is_true(th, flag.value()),
        None => Ok(false),
    }
}

/// Computes `__abstractmethods__` of a new class.
fn compute_abstract_methods(th: &Thread, class: Value) -> PyResult<()> {
    let names = Set::new_frozen(th)?;
    let Some(target) = Set::of_any(names.value()) else { return Ok(()) };
    let namespace = object::get_attr_str(th, class, "__dict__")?;
    let items = call::call_method(th, namespace.value(), "items", &[])?;
    for pair in iter::to_vec(th, items.value())? {
        let Some(pair) = pair.cast::<Tuple>().filter(|pair| pair.len() == 2) else {
            return err!(th, TYPE_ERROR, "Iteration over items() returned item which size is not 2");
        };
        let (Some(key), Some(value)) = (pair.get(0), pair.get(1)) else { continue };
        if is_abstract(th, value.value())? {
            target.add(th, key.value())?;
        }
    }
    let bases = object::get_attr_str(th, class, "__bases__")?;
    for base in iter::to_vec(th, bases.value())? {
        let Some(inherited) = object::lookup_attr_str(th, base.value(), "__abstractmethods__")? else { continue };
        for key in iter::to_vec(th, inherited.value())? {
            let Some(value) = object::lookup_attr(th, class, key.value())? else { continue };
            if is_abstract(th, value.value())? {
                target.add(th, key.value())?;
            }
        }
    }
    object::set_attr_str(th, class, "__abstractmethods__", names.value())
}

const COLLECTION_FLAGS: u64 = flags::SEQUENCE | flags::MAPPING;

/// `__abc_tpflags__` of the classes in `collections.abc`: what patterns match them.
fn take_flags(th: &Thread, class: Value) -> PyResult<()> {
    let Some(ty) = class.cast::<Type>() else { return Ok(()) };
    let name = th.intern("__abc_tpflags__")?;
    let Some(bits) = ty.dict().get_str(th, name.value())? else { return Ok(()) };
    let Some(bits) = bits.as_small_int() else { return Ok(()) };
    let bits = bits as u64;
    if bits & COLLECTION_FLAGS == COLLECTION_FLAGS {
        return err!(th, TYPE_ERROR, "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING");
    }
    ty.core.flags.set(ty.flags() | bits & COLLECTION_FLAGS);
    object::del_attr(th, class, name.value())
}

/// Sets the collection flags of a class and all its subclasses.
fn set_flags(ty: &'static Type, bits: u64) {
    if ty.flags() & COLLECTION_FLAGS == bits || (!ty.is_heap_type() && ty.has_flag(flags::IMMUTABLETYPE)) {
        return;
    }
    ty.core.flags.set(ty.flags() & !COLLECTION_FLAGS | bits);
    for subclass in ty.direct_subclasses() {
        set_flags(subclass, bits);
    }
}

fn subclass_check(th: &Thread, class: Value, subclass: Value) -> PyResult<bool> {
    if subclass.cast::<Type>().is_none() {
        return err!(th, TYPE_ERROR, "issubclass() arg 1 must be a class");
    }
    let held = data(th, class)?;
    let data = view(&held);
    if data.cache.contains(subclass) {
        return Ok(true);
    }
    let version = counter(th).get();
    if data.negative_version.get() < version {
        data.negative_cache.clear();
        data.negative_version.set(version);
    } else if data.negative_cache.contains(subclass) {
        return Ok(false);
    }
    let found = decide(th, class, subclass, data)?;
    let cache = if found { &data.cache } else { &data.negative_cache };
    cache.insert(th, subclass)?;
    Ok(found)
}

/// The check without caches: the hook, the MRO, registered classes, subclasses.
fn decide(th: &Thread, class: Value, subclass: Value, data: &AbcData) -> PyResult<bool> {
    let answer = call::call_method(th, class, "__subclasshook__", &[subclass])?;
    if answer.is_true_singleton() {
        return Ok(true);
    }
    if answer.is_false_singleton() {
        return Ok(false);
    }
    if !answer.is_not_implemented() {
        return err!(th, ASSERTION_ERROR, "__subclasshook__ must return either False, True, or NotImplemented");
    }
    if let (Some(derived), Some(base)) = (subclass.cast::<Type>(), class.cast::<Type>())
        && derived.is_subtype_of(base)
    {
        return Ok(true);
    }
    for registered in data.registry.live() {
        if object::is_subclass(th, subclass, registered.value())? {
            return Ok(true);
        }
    }
    let subclasses = call::call_method(th, class, "__subclasses__", &[])?;
    if !subclasses.is_instance(&statics::LIST_TYPE) {
        return err!(th, TYPE_ERROR, "__subclasses__() must return a list");
    }
    for derived in iter::to_vec(th, subclasses.value())? {
        if object::is_subclass(th, subclass, derived.value())? {
            return Ok(true);
        }
    }
    Ok(false)
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Changes whenever a class is registered anywhere.
    #[function("get_cache_token()")]
    fn get_cache_token(th: &Thread) -> u64 {
        counter(th).get()
    }
    /// Prepares a new abstract base class.
    #[function("_abc_init(self, /)")]
    fn abc_init(th: &Thread, class: Value) -> PyResult<()> {
        compute_abstract_methods(th, class)?;
        let fresh = AbcData::default();
        fresh.negative_version.set(counter(th).get());
        let fresh = Instance::create(th, fresh)?;
        object::set_attr_str(th, class, "_abc_impl", fresh.value())?;
        take_flags(th, class)
    }
    /// Registers a virtual subclass.
    #[function("_abc_register(self, subclass, /)")]
    fn abc_register(th: &Thread, class: Value, subclass: Value) -> PyResult {
        let Some(derived) = subclass.cast::<Type>() else { return err!(th, TYPE_ERROR, "Can only register classes") };
        if object::is_subclass(th, subclass, class)? {
            return Ok(subclass.own());
        }
        if object::is_subclass(th, class, subclass)? {
            return err!(th, RUNTIME_ERROR, "Refusing to create an inheritance cycle");
        }
        let held = data(th, class)?;
        view(&held).registry.insert(th, subclass)?;
        counter(th).set(counter(th).get() + 1);
        if let Some(bits) = class.cast::<Type>().map(|ty| ty.flags() & COLLECTION_FLAGS).filter(|bits| *bits != 0) {
            set_flags(derived, bits);
        }
        Ok(subclass.own())
    }
    /// isinstance() of an abstract base class.
    #[function("_abc_instancecheck(self, instance, /)")]
    fn abc_instancecheck(th: &Thread, class: Value, instance: Value) -> PyResult<bool> {
        let held = data(th, class)?;
        let data = view(&held);
        let subclass = object::get_attr_str(th, instance, "__class__")?;
        if data.cache.contains(subclass.value()) {
            return Ok(true);
        }
        let real = instance.ty().value();
        if real.same(subclass.value()) {
            if data.negative_version.get() == counter(th).get() && data.negative_cache.contains(real) {
                return Ok(false);
            }
            let result = call::call_method(th, class, "__subclasscheck__", &[real])?;
            return object::is_true(th, result.value());
        }
        let result = call::call_method(th, class, "__subclasscheck__", &[subclass.value()])?;
        if object::is_true(th, result.value())? {
            return Ok(true);
        }
        let result = call::call_method(th, class, "__subclasscheck__", &[real])?;
        object::is_true(th, result.value())
    }
    /// issubclass() of an abstract base class.
    #[function("_abc_subclasscheck(self, subclass, /)")]
    fn abc_subclasscheck(th: &Thread, class: Value, subclass: Value) -> PyResult<bool> {
        subclass_check(th, class, subclass)
    }
    /// Forgets the registered classes.
    #[function("_reset_registry(self, /)")]
    fn reset_registry(th: &Thread, class: Value) -> PyResult<()> {
        view(&data(th, class)?).registry.clear();
        Ok(())
    }
    /// Forgets cached answers.
    #[function("_reset_caches(self, /)")]
    fn reset_caches(th: &Thread, class: Value) -> PyResult<()> {
        let held = data(th, class)?;
        view(&held).cache.clear();
        view(&held).negative_cache.clear();
        Ok(())
    }
    /// The registry, both caches (sets of weak references) and the version of the negative one.
    #[function("_get_dump(self, /)")]
    fn get_dump(th: &Thread, class: Value) -> PyResult {
        let held = data(th, class)?;
        let data = view(&held);
        let version = th.uint(data.negative_version.get())?;
        let (registry, cache) = (data.registry.dump(th)?, data.cache.dump(th)?);
        let negative = data.negative_cache.dump(th)?;
        th.tuple(&[registry.value(), cache.value(), negative.value(), version.value()])
    }
}

/// Makes `_abc`.
///
/// # Errors
/// MemoryError.
pub fn init_abc(th: &Thread) -> PyResult {
    whipsnake_runtime::typeobj::ready(th, &ABC_DATA_TYPE)?;
    let m = module::new(th, "_abc", "Caches of abstract base classes.", functions::METHODS)?;
    Ok(m)
}

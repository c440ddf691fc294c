//! Cells: the variables of closures.

use crate::prelude::*;
use std::cell::Cell;
use whipsnake_layout::objects::CellObject;

/// A cell object.
#[repr(transparent)]
pub struct CellVar(CellObject);

// SAFETY: I4, `repr(transparent)` over the cell layout.
unsafe impl Layout for CellVar {
    #[inline(always)]
    fn ty() -> &'static Type {
        &CELL_TYPE
    }
}

impl CellVar {
    /// The content as an owned cell field.
    pub fn contents(&self) -> &ObjCell {
        // SAFETY: I2, a cell's content is owned and never borrowed-tagged.
        unsafe { ObjCell::from_slot(&self.0.contents) }
    }
}

/// A new cell, empty or with a value.
///
/// # Errors
/// MemoryError.
pub fn new(th: &Thread, contents: Option<Obj>) -> PyResult {
    let object = th.allocate(&CELL_TYPE, size_of::<CellObject>())?;
    // SAFETY: fresh memory of the cell's size.
    unsafe {
        let cell = object as *mut CellObject;
        (&raw mut (*cell).contents).write(Cell::new(contents.map_or(Slot::NULL, Obj::into_slot)));
        Ok(Obj::steal(Value::from_ptr(object)))
    }
}

unsafe fn dealloc(th: &Thread, object: *mut Header) {
    // SAFETY: I3, the cell is dead.
    unsafe {
        let contents = (*(object as *const CellObject)).contents.replace(Slot::NULL);
        crate::obj::release_slot(contents);
        crate::dealloc::free_memory(th, object, &CELL_TYPE);
    }
}

unsafe fn traverse(object: *mut Header, visitor: &mut Visitor) {
    // SAFETY: I4, called for cells.
    visitor.slot(unsafe { (*(object as *const CellObject)).contents.get() });
}

unsafe fn clear(_: &Thread, object: *mut Header) {
    // SAFETY: I4, called for cells.
    let contents = unsafe { (*(object as *const CellObject)).contents.replace(Slot::NULL) };
    crate::obj::release_slot(contents);
}

fn richcompare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.cast::<CellVar>(), b.cast::<CellVar>()) else { return Ok(Obj::not_implemented()) };
    match (x.contents().get(), y.contents().get()) {
        (Some(x), Some(y)) => compare::rich(th, x.value(), y.value(), op),
        (x, y) => Ok(Obj::bool(op.holds(x.is_some().cmp(&y.is_some())))),
    }
}

fn repr(th: &Thread, v: Value) -> PyResult {
    let Some(cell) = v.cast::<CellVar>() else { return th.str("<cell>") };
    let address = v.bits();
    match cell.contents().get() {
        None => th.str(&format!("<cell at {address:#x}: empty>")),
        Some(contents) => {
            let id = contents.value().bits();
            th.str(&format!("<cell at {address:#x}: {} object at {id:#x}>", contents.ty().name()))
        }
    }
}

fn construct(th: &Thread, _: &'static Type, args: Args) -> PyResult {
    args.expect(th, "cell", 0, 1)?;
    new(th, args.get(0).map(ValueExt::own))
}

#[pymethods]
mod methods {
    use super::*;
    /// The value the cell holds.
    #[getter("cell_contents")]
    fn cell_contents(th: &Thread, this: &CellVar) -> PyResult {
        match this.contents().get() {
            Some(v) => Ok(v),
            None => err!(th, VALUE_ERROR, "cell is empty"),
        }
    }
    #[setter("cell_contents")]
    fn set_cell_contents(_: &Thread, this: &CellVar, value: Option<Value>) -> PyResult<()> {
        this.contents().set(value.map(ValueExt::own));
        Ok(())
    }
}

builtin_type! {
    /// `types.CellType`.
    pub static CELL_TYPE = TypeSpec {
        name: "cell",
        base: Some(&crate::types::object::OBJECT_TYPE),
        basicsize: size_of::<CellObject>(),
        flags: flags::HAVE_GC,
        doc: "Create a new cell object.",
        slots: Slots {
            dealloc: Some(dealloc),
            traverse: Some(traverse),
            clear: Some(clear),
            richcompare: Some(richcompare),
            repr: Some(repr),
            new: Some(construct),
            ..Slots::EMPTY
        },
        getsets: methods::GETSETS,
        ..TypeSpec::DEFAULT
    }
}

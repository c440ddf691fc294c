//! Python-visible frame objects, made only when somebody asks.
//!
//! A frame object points to its interpreter frame while that runs; when the frame ends, [`take_over`] moves the frame's
//! contents into memory that the object owns. `f_locals` of a function is PEP 667's write-through proxy (`proxy.rs`).

mod jump;
mod proxy;

use crate::instrument;
use crate::prelude::*;
use std::cell::{Cell, RefCell};
use whipsnake_layout::code::{CodeObject, flags as co};
use whipsnake_layout::frame::{
    FRAME_CLEARED, FRAME_EXECUTING, FRAME_HEADER_SLOTS, FRAME_SUSPENDED, Frame, GeneratorObject, OWNED_BY_FRAME_OBJECT,
    OWNED_BY_GENERATOR, OWNED_BY_INTERPRETER,
};

pub use proxy::LOCALS_PROXY_TYPE;

/// A frame object.
pub struct FrameView {
    /// The running frame, or the copy in `storage`.
    frame: Cell<*mut Frame>,
    storage: RefCell<Vec<u64>>,
    pub trace: ObjCell,
    pub trace_lines: Cell<bool>,
    pub trace_opcodes: Cell<bool>,
    /// Names set through `f_locals` that the code does not know.
    extra_locals: ObjCell,
    /// Values replaced in locals from outside: the running code may have borrowed them.
    overwritten: RefCell<Vec<Obj>>,
    /// The next outer frame object, kept when the frame ended.
    back: ObjCell,
}

pub type FrameViewObject = Instance<FrameView>;

impl Payload for FrameView {
    #[inline(always)]
    fn ty() -> &'static Type {
        &FRAME_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.trace);
        visitor.cell(&self.extra_locals);
        visitor.cell(&self.back);
        for v in self.overwritten.borrow().iter() {
            visitor.obj(v);
        }
        if !self.storage.borrow().is_empty() {
            visit_frame(self.frame(), visitor);
        }
    }
    fn clear(&self) {
        self.trace.set(None);
        self.extra_locals.set(None);
        self.back.set(None);
        if !self.storage.borrow().is_empty() {
            clear_locals(self.frame());
        }
    }
}

impl Drop for FrameView {
    fn drop(&mut self) {
        if !self.storage.borrow().is_empty() {
            let f = self.frame();
            clear_locals(f);
            for field in [&f.locals, &f.function] {
                crate::obj::release_slot(field.replace(Slot::NULL));
            }
        }
    }
}

impl FrameView {
    fn frame(&self) -> &Frame {
        // SAFETY: I6, the pointer leads to the running frame or to the object's own copy.
        unsafe { &*self.frame.get() }
    }
    pub(crate) fn code(&self) -> &'static CodeObject {
        // SAFETY: I7, a frame keeps its code alive through its function.
        unsafe { &*self.frame().code.get() }
    }
    fn slot(&self, i: usize) -> &Cell<Slot> {
        // SAFETY: I7, callers stay below the code's `nlocalsplus`.
        unsafe { &*self.frame().local(i) }
    }
}

/// Visits what a frame owns (its operand stack included while it is suspended).
pub fn visit_frame(f: &Frame, visitor: &mut Visitor) {
    visitor.slot(f.function.get());
    visitor.slot(f.locals.get());
    // SAFETY: I6 and I7, locals are initialised up to the code's count, the stack up to its top.
    unsafe {
        let base = f.local(0) as *const Slot;
        let mut count = (*f.code.get()).nlocalsplus as usize;
        if f.owner.get() == OWNED_BY_GENERATOR && !f.stack_top.get().is_null() {
            count = f.stack_top.get().offset_from(base) as usize;
        }
        for i in 0..count {
            visitor.slot(*base.add(i));
        }
    }
}

fn clear_locals(f: &Frame) {
    // SAFETY: I7, the frame has that many locals.
    unsafe {
        for i in 0..(*f.code.get()).nlocalsplus as usize {
            let slot = (*f.local(i)).replace(Slot::NULL);
            crate::obj::release_slot(slot);
        }
    }
}

/// The frame object of an interpreter frame; the same one each time.
///
/// # Errors
/// MemoryError.
pub fn object_for(th: &Thread, frame: *mut Frame) -> PyResult {
    // SAFETY: I6, the frame is running or suspended.
    let f = unsafe { &*frame };
    if let Some(v) = f.frame_object.get().get() {
        return Ok(v.own());
    }
    let made = Instance::create(
        th,
        FrameView {
            frame: Cell::new(frame),
            storage: RefCell::default(),
            trace: ObjCell::EMPTY,
            trace_lines: Cell::new(true),
            trace_opcodes: Cell::new(false),
            extra_locals: ObjCell::EMPTY,
            overwritten: RefCell::default(),
            back: ObjCell::EMPTY,
        },
    )?;
    f.frame_object.set(made.clone().into_slot());
    Ok(made)
}

/// A frame moved (into its generator): its object follows.
pub fn moved(object: Value, frame: *mut Frame) {
    if let Some(view) = object.cast::<FrameViewObject>() {
        view.frame.set(frame);
    }
}

/// A frame ends: if somebody else holds its object, the contents move there. The interpreter frame's references are
/// gone afterwards (locals null, function null), but for the frame object's own.
pub fn take_over(th: &Thread, frame: *mut Frame) {
    // SAFETY: I6, the frame is about to end.
    let f = unsafe { &*frame };
    let Some(object) = f.frame_object.get().get() else { return };
    let Some(view) = object.cast::<FrameViewObject>() else { return };
    // SAFETY: I1, alive.
    let shared = unsafe { (*object.as_ptr()).refcount.get() } > 1;
    if !shared {
        return;
    }
    // SAFETY: I7, the code is alive.
    let locals = unsafe { (*f.code.get()).nlocalsplus } as usize;
    let mut storage = Vec::new();
    if storage.try_reserve_exact(FRAME_HEADER_SLOTS + locals).is_err() {
        return;
    }
    storage.resize(FRAME_HEADER_SLOTS + locals, 0u64);
    let copy = storage.as_mut_ptr() as *mut Frame;
    // SAFETY: I6, the copy has room for header and locals; ownership moves, borrowed locals are counted.
    unsafe {
        std::ptr::copy_nonoverlapping(frame, copy, 1);
        for i in 0..locals {
            let slot = (*f.local(i)).replace(Slot::NULL);
            let kept = if slot.is_borrowed_pointer() { slot.value().own().into_slot() } else { slot };
            (*((*copy).local(i))).set(kept);
        }
        let c = &*copy;
        let function = f.function.replace(Slot::NULL);
        c.function.set(if function.is_borrowed_pointer() { function.value().own().into_slot() } else { function });
        f.locals.set(Slot::NULL);
        c.owner.set(OWNED_BY_FRAME_OBJECT);
        c.frame_object.set(Slot::NULL);
        c.stack_top.set(std::ptr::null_mut());
        c.previous.set(std::ptr::null_mut());
    }
    let back = next_visible(f.previous.get());
    if !back.is_null() {
        match object_for(th, back) {
            Ok(back) => view.back.set(Some(back)),
            Err(_) => drop(th.take_exception()),
        }
    }
    *view.storage.borrow_mut() = storage;
    view.frame.set(copy);
}

/// The first frame from `frame` outwards that Python code can see.
pub fn next_visible(mut frame: *mut Frame) -> *mut Frame {
    // SAFETY: I6, frames on the chain are alive.
    unsafe {
        while !frame.is_null() && (*frame).owner.get() == OWNED_BY_INTERPRETER {
            frame = (*frame).previous.get();
        }
    }
    frame
}

/// The frame that is running Python code, or null.
pub fn current(th: &Thread) -> *mut Frame {
    next_visible(th.frame())
}

/// The code object of a frame object.
pub fn code_of(frame: Value) -> Option<Obj> {
    let view = frame.cast::<FrameViewObject>()?;
    // SAFETY: I1, the code is alive.
    Some(unsafe { Value::from_ptr(view.code()) }.own())
}

/// The instruction a frame is at, in units.
fn instruction(view: &FrameView) -> u32 {
    // SAFETY: I7, `instr` points into the code.
    unsafe { view.frame().instr.get().offset_from(view.code().code).max(0) as u32 }
}

/// The namespace of the running frame, as `locals()` gives it: a snapshot for functions, the namespace itself otherwise.
///
/// # Errors
/// SystemError without a frame; MemoryError.
pub fn locals_of(th: &Thread, frame: *mut Frame) -> PyResult {
    let object = object_for(th, frame)?;
    let Some(view) = object.cast::<FrameViewObject>() else { return err!(th, SYSTEM_ERROR, "frame") };
    if view.code().flags & co::OPTIMIZED != 0 || proxy::in_comprehension(view) {
        return proxy::snapshot(th, view);
    }
    match view.frame().locals.get().get() {
        Some(v) => Ok(v.own()),
        None => err!(th, SYSTEM_ERROR, "no locals found"),
    }
}

fn cannot_delete(th: &Thread, name: &str) -> Raised {
    th.attribute_error(format!("attribute '{name}' of 'frame' objects cannot be deleted"))
}

fn repr(th: &Thread, v: Value) -> PyResult {
    let Some(view) = v.cast::<FrameViewObject>() else { return th.str("<frame>") };
    let code = view.code();
    let file = object::repr(th, code.filename)?;
    let line = crate::types::code::line_at(code, instruction(view)).unwrap_or(code.firstlineno);
    th.str(&format!(
        "<frame at {:#x}, file {}, line {line}, code {}>",
        v.bits(),
        crate::types::str::to_rust_string(file.value()),
        crate::types::str::to_rust_string(code.name)
    ))
}

#[pymethods]
mod methods {
    use super::*;
    #[getter("f_back")]
    fn f_back(th: &Thread, this: &FrameViewObject) -> PyResult<Option<Obj>> {
        if this.frame().owner.get() == OWNED_BY_FRAME_OBJECT {
            return Ok(this.back.get());
        }
        let back = next_visible(this.frame().previous.get());
        if back.is_null() { Ok(None) } else { object_for(th, back).map(Some) }
    }
    #[getter("f_code")]
    fn f_code(_: &Thread, this: &FrameViewObject) -> Obj {
        // SAFETY: I1, the code is alive.
        unsafe { Value::from_ptr(this.code()) }.own()
    }
    #[getter("f_globals")]
    fn f_globals(_: &Thread, this: &FrameViewObject) -> Option<Obj> {
        this.frame().globals.get().get().map(ValueExt::own)
    }
    #[getter("f_builtins")]
    fn f_builtins(_: &Thread, this: &FrameViewObject) -> Option<Obj> {
        this.frame().builtins.get().get().map(ValueExt::own)
    }
    #[getter("f_locals")]
    fn f_locals(th: &Thread, this: &FrameViewObject) -> PyResult {
        if this.code().flags & co::OPTIMIZED != 0 || proxy::in_comprehension(this) {
            // SAFETY: I1, alive.
            return proxy::new(th, unsafe { Value::from_ptr(this) });
        }
        match this.frame().locals.get().get() {
            Some(v) => Ok(v.own()),
            None => crate::types::dict::Dict::new(th),
        }
    }
    #[getter("f_lasti")]
    fn f_lasti(_: &Thread, this: &FrameViewObject) -> i64 {
        instruction(this) as i64 * 2
    }
    #[getter("f_lineno")]
    fn f_lineno(_: &Thread, this: &FrameViewObject) -> Option<i64> {
        crate::types::code::line_at(this.code(), instruction(this)).map(i64::from)
    }
    #[setter("f_lineno")]
    fn set_f_lineno(th: &Thread, this: &FrameViewObject, value: Option<Value>) -> PyResult<()> {
        jump::to_line(th, this, value)
    }
    #[getter("f_trace")]
    fn f_trace(_: &Thread, this: &FrameViewObject) -> Option<Obj> {
        this.trace.get()
    }
    #[setter("f_trace")]
    fn set_f_trace(th: &Thread, this: &FrameViewObject, value: Option<Value>) -> PyResult<()> {
        let value = value.filter(|v| !v.is_none());
        let opcodes = value.is_some() && this.trace_opcodes.get();
        this.trace.set(value.map(ValueExt::own));
        if opcodes { instrument::set_opcode_trace(th, this, true) } else { Ok(()) }
    }
    #[getter("f_trace_lines")]
    fn f_trace_lines(_: &Thread, this: &FrameViewObject) -> bool {
        this.trace_lines.get()
    }
    #[setter("f_trace_lines")]
    fn set_f_trace_lines(th: &Thread, this: &FrameViewObject, value: Option<Value>) -> PyResult<()> {
        match value {
            Some(v) if v.is_exact(&statics::BOOL_TYPE) => this.trace_lines.set(object::is_true(th, v)?),
            Some(_) => return Err(th.type_error("attribute value type must be bool")),
            None => return Err(th.type_error("can't delete numeric/char attribute")),
        }
        Ok(())
    }
    #[getter("f_trace_opcodes")]
    fn f_trace_opcodes(_: &Thread, this: &FrameViewObject) -> bool {
        this.trace_opcodes.get()
    }
    #[setter("f_trace_opcodes")]
    fn set_f_trace_opcodes(th: &Thread, this: &FrameViewObject, value: Option<Value>) -> PyResult<()> {
        let on = match value {
            Some(v) if v.is_exact(&statics::BOOL_TYPE) => object::is_true(th, v)?,
            Some(_) => return Err(th.type_error("attribute value type must be bool")),
            None => return Err(cannot_delete(th, "f_trace_opcodes")),
        };
        this.trace_opcodes.set(on);
        if on && this.trace.is_empty() { Ok(()) } else { instrument::set_opcode_trace(th, this, on) }
    }
    #[getter("f_generator")]
    fn f_generator(_: &Thread, this: &FrameViewObject) -> Option<Obj> {
        if this.frame().owner.get() != OWNED_BY_GENERATOR {
            return None;
        }
        // SAFETY: I4, the owner says that the frame lies in a generator.
        Some(unsafe { Value::from_ptr(generator_of(this.frame.get())) }.own())
    }
    /// Release all references held by a frame that is not running.
    #[method("clear()")]
    fn clear(th: &Thread, this: &FrameViewObject) -> PyResult<()> {
        let f = this.frame();
        match f.owner.get() {
            OWNED_BY_FRAME_OBJECT => {
                clear_locals(f);
                Ok(())
            }
            OWNED_BY_GENERATOR => {
                // SAFETY: I4, as above.
                let generator = unsafe { generator_of(this.frame.get()) };
                match generator.state.get() {
                    FRAME_EXECUTING => err!(th, RUNTIME_ERROR, "cannot clear an executing frame"),
                    FRAME_CLEARED => Ok(()),
                    state => {
                        if state >= FRAME_SUSPENDED {
                            return err!(th, RUNTIME_ERROR, "cannot clear a suspended frame");
                        }
                        // SAFETY: I1, alive.
                        let v = unsafe { Value::from_ptr(generator) };
                        crate::types::generator::close(th, v).map(drop)
                    }
                }
            }
            _ => err!(th, RUNTIME_ERROR, "cannot clear an executing frame"),
        }
    }
}

/// The generator a frame lies in.
///
/// # Safety
/// The frame's owner is a generator (I4).
pub unsafe fn generator_of<'a>(frame: *mut Frame) -> &'a GeneratorObject {
    // SAFETY: I4, handed on to the caller.
    unsafe { &*frame.byte_sub(std::mem::offset_of!(GeneratorObject, frame)).cast::<GeneratorObject>() }
}

builtin_type! {
    /// `types.FrameType`.
    pub static FRAME_TYPE = TypeSpec {
        name: "frame",
        base: Some(&crate::types::object::OBJECT_TYPE),
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        slots: Slots { repr: Some(repr), ..Instance::<FrameView>::SLOTS },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..Instance::<FrameView>::SPEC
    }
}

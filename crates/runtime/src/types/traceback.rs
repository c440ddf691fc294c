//! Traceback objects.

use crate::prelude::*;
use crate::types::exceptions;
use std::cell::Cell;
use whipsnake_layout::code::CodeObject;
use whipsnake_layout::frame::{FRAME_CLEARED, Frame, OWNED_BY_INTERPRETER};

/// One entry of a traceback.
pub struct Traceback {
    pub next: ObjCell,
    pub frame: ObjCell,
    /// Byte offset of the instruction, as CPython counts.
    pub lasti: Cell<i32>,
    /// -1 = computed from `lasti` on demand.
    pub lineno: Cell<i32>,
}

impl Payload for Traceback {
    #[inline(always)]
    fn ty() -> &'static Type {
        &TRACEBACK_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.next);
        visitor.cell(&self.frame);
    }
    fn clear(&self) {
        self.next.set(None);
        self.frame.set(None);
    }
}

type TracebackObject = Instance<Traceback>;

/// Adds an entry for the running frame to the exception being raised.
pub fn here(th: &Thread, frame: *mut Frame) {
    let _ = FRAME_CLEARED;
    // SAFETY: I6, the frame is running.
    let f = unsafe { &*frame };
    if f.owner.get() == OWNED_BY_INTERPRETER {
        return;
    }
    let Some(exception) = th.take_exception() else { return };
    // SAFETY: I7, the code is alive while its frame runs, and `instr` points into it.
    let lasti = unsafe { f.instr.get().offset_from((*f.code.get()).code) } as i32 * 2;
    let made = crate::types::frame::object_for(th, frame).and_then(|visible| {
        let next = exceptions::traceback_of(exception.value());
        Instance::create(
            th,
            Traceback {
                next: ObjCell::some_or_empty(next),
                frame: ObjCell::new(visible),
                lasti: Cell::new(lasti),
                lineno: Cell::new(-1),
            },
        )
    });
    match made {
        Ok(entry) => exceptions::set_traceback(exception.value(), Some(entry)),
        // Without memory for the entry the exception goes on without it.
        Err(_) => drop(th.take_exception()),
    }
    th.restore_exception(Some(exception));
}

/// The line of an entry.
fn line(entry: &Traceback) -> Option<i32> {
    if entry.lineno.get() != -1 {
        return Some(entry.lineno.get());
    }
    let frame = entry.frame.get()?;
    let code = crate::types::frame::code_of(frame.value())?;
    // SAFETY: I4, `code_of` hands out code objects.
    let code = unsafe { code.value().cast_unchecked::<CodeObject>() };
    crate::types::code::line_at(code, entry.lasti.get() as u32 / 2)
}

fn construct(th: &Thread, _: &'static Type, args: Args) -> PyResult {
    static PARAMS: crate::args::Params = crate::args::Params {
        function: "traceback",
        names: &["tb_next", "tb_frame", "tb_lasti", "tb_lineno"],
        positional_only: 0,
        positional: 4,
        required: &[true; 4],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None; 4];
    PARAMS.bind(th, args, &mut bound)?;
    let [Some(next), Some(frame), Some(lasti), Some(lineno)] = bound else {
        return err!(th, SYSTEM_ERROR, "traceback() arguments");
    };
    if !next.is_none() && !next.is_exact(&TRACEBACK_TYPE) {
        return err!(th, TYPE_ERROR, "expected traceback object or None, got '{}'", next.ty().name());
    }
    if !frame.is_exact(&statics::FRAME_TYPE) {
        return err!(th, TYPE_ERROR, "traceback() argument 'tb_frame' must be frame, not {}", frame.ty().name());
    }
    Instance::create(
        th,
        Traceback {
            next: ObjCell::some_or_empty((!next.is_none()).then(|| next.own())),
            frame: ObjCell::new(frame.own()),
            lasti: Cell::new(number::as_i32(th, lasti)?),
            lineno: Cell::new(number::as_i32(th, lineno)?),
        },
    )
}

#[pymethods]
mod methods {
    use super::*;
    /// The names of the attributes of its own.
    #[method("__dir__()")]
    fn dir(th: &Thread, _: Value) -> PyResult {
        let names = ["tb_frame", "tb_next", "tb_lasti", "tb_lineno"].map(|name| th.intern(name));
        let names = names.into_iter().collect::<PyResult<Vec<_>>>()?;
        th.list_from(names.into_iter())
    }
    #[getter("tb_next")]
    fn tb_next(_: &Thread, this: &TracebackObject) -> Option<Obj> {
        this.next.get()
    }
    #[setter("tb_next")]
    fn set_tb_next(th: &Thread, this: &TracebackObject, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else { return err!(th, TYPE_ERROR, "can't delete tb_next attribute") };
        if !value.is_none() && !value.is_exact(&TRACEBACK_TYPE) {
            return err!(th, TYPE_ERROR, "expected traceback object, got '{}'", value.ty().name());
        }
        let mut at = (!value.is_none()).then(|| value.own());
        while let Some(entry) = at {
            let Some(tb) = entry.cast::<TracebackObject>() else { break };
            if std::ptr::eq(tb, this) {
                return err!(th, VALUE_ERROR, "traceback loop detected");
            }
            at = tb.next.get();
        }
        this.next.set((!value.is_none()).then(|| value.own()));
        Ok(())
    }
    #[getter("tb_frame", member)]
    fn tb_frame(_: &Thread, this: &TracebackObject) -> Option<Obj> {
        this.frame.get()
    }
    #[getter("tb_lasti", member)]
    fn tb_lasti(_: &Thread, this: &TracebackObject) -> i32 {
        this.lasti.get()
    }
    #[getter("tb_lineno")]
    fn tb_lineno(_: &Thread, this: &TracebackObject) -> Option<i64> {
        line(this).map(i64::from)
    }
}

builtin_type! {
    /// `types.TracebackType`.
    pub static TRACEBACK_TYPE = TypeSpec {
        name: "traceback",
        base: Some(&crate::types::object::OBJECT_TYPE),
        doc: "Create a new traceback object.",
        slots: Slots { new: Some(construct), ..Instance::<Traceback>::SLOTS },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..Instance::<Traceback>::SPEC
    }
}

/// Takes chunks of importlib's own frames out of an exception's traceback: all of them, or those that end in the call of
/// a module's code.
pub fn remove_import_frames(th: &Thread, exception: Value, always: bool) {
    let _ = th;
    let in_importlib = |entry: &Traceback| -> Option<(bool, bool)> {
        let frame = entry.frame.get()?;
        let code = crate::types::frame::code_of(frame.value())?;
        // SAFETY: I4, `code_of` hands out code objects.
        let code = unsafe { code.value().cast_unchecked::<CodeObject>() };
        let file = crate::types::str::to_rust_string(code.filename);
        let inside = file == "<frozen importlib._bootstrap>" || file == "<frozen importlib._bootstrap_external>";
        Some((inside, crate::types::str::to_rust_string(code.name) == "_call_with_frames_removed"))
    };
    let entries: Vec<Obj> =
        std::iter::successors(exceptions::traceback_of(exception), |v| v.cast::<TracebackObject>()?.next.get())
            .collect();
    let mut kept: Vec<Obj> = Vec::new();
    let mut chunk: Vec<Obj> = Vec::new();
    for entry in entries {
        let (inside, removes) =
            entry.cast::<TracebackObject>().and_then(|entry| in_importlib(entry)).unwrap_or((false, false));
        if !inside {
            kept.append(&mut chunk);
            kept.push(entry);
            continue;
        }
        chunk.push(entry);
        if always || removes {
            chunk.clear();
        }
    }
    kept.append(&mut chunk);
    let mut next: Option<Obj> = None;
    for entry in kept.into_iter().rev() {
        if let Some(entry) = entry.cast::<TracebackObject>() {
            entry.next.set(next.take());
        }
        next = Some(entry);
    }
    exceptions::set_traceback(exception, next);
}

//! `PickleBuffer`: a buffer that may be kept out of the pickle.

use std::cell::RefCell;
use std::rc::Rc;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::{self, Buffer};
use whipsnake_runtime::types::memoryview;

/// The payload of a `PickleBuffer`.
pub struct PickleBuffer {
    /// Absent once it has been released.
    view: RefCell<Option<Rc<Buffer>>>,
}

impl Payload for PickleBuffer {
    fn ty() -> &'static Type {
        &PICKLE_BUFFER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        if let Ok(view) = self.view.try_borrow()
            && let Some(view) = &*view
            && Rc::strong_count(view) == 1
        {
            visitor.obj(&view.owner);
        }
    }
    fn clear(&self) {
        let view = self.view.take();
        drop(view);
    }
}

builtin_type! {
    /// `pickle.PickleBuffer`.
    pub static PICKLE_BUFFER_TYPE = TypeSpec {
        name: "pickle.PickleBuffer",
        flags: flags::HAVE_GC | flags::WEAKREFABLE,
        doc: "Wrapper for potentially out-of-band buffers",
        slots: Slots { new: Some(construct), bf_getbuffer: Some(get_buffer), ..Instance::<PickleBuffer>::SLOTS },
        methods: methods::METHODS,
        ..Instance::<PickleBuffer>::SPEC
    }
}

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let (given, keywords) = (args.len(), args.keyword_count());
    if given + keywords > 1 {
        let kind = if given == 0 { "keyword " } else { "" };
        return err!(th, TYPE_ERROR, "PickleBuffer() takes at most 1 {kind}argument ({} given)", given + keywords);
    }
    let Some(object) = args.get(0) else {
        return Err(th.type_error("PickleBuffer() takes exactly 1 positional argument (0 given)"));
    };
    let view = buffer::get_full(th, object, false)?;
    Instance::create_as(th, ty, PickleBuffer { view: RefCell::new(Some(Rc::new(view))) })
}

impl PickleBuffer {
    /// The wrapped view, held while it is used.
    ///
    /// # Errors
    /// ValueError when it has been released.
    pub fn view(&self, th: &Thread) -> PyResult<Rc<Buffer>> {
        match &*self.view.borrow() {
            Some(view) => Ok(view.clone()),
            None => Err(th.value_error("operation forbidden on released PickleBuffer object")),
        }
    }
}

/// Whether the items of a view lie without gaps, in either order.
pub fn is_contiguous(view: &Buffer) -> bool {
    view.is_c_contiguous() || view.is_f_contiguous()
}

fn get_buffer(th: &Thread, v: Value, writable: bool) -> PyResult<Buffer> {
    let view = crate::this::<PickleBuffer>(v).view(th)?;
    buffer::get_full(th, view.owner.value(), writable)
}

#[pymethods]
mod methods {
    use super::*;

    /// A memoryview of the raw memory behind this buffer: one dimension, format 'B'.
    ///
    /// BufferError for memory that is not contiguous.
    #[method("raw()")]
    fn raw(th: &Thread, this: &Instance<PickleBuffer>) -> PyResult {
        let view = this.view(th)?;
        if !is_contiguous(&view) {
            return err!(th, BUFFER_ERROR, "cannot extract raw buffer from non-contiguous buffer");
        }
        let mut plain = buffer::get_full(th, view.owner.value(), false)?.with_format("B", 1).with_dims(None);
        plain.readonly = view.readonly;
        memoryview::from_buffer(th, plain)
    }
    /// Gives the wrapped buffer back.
    #[method("release()")]
    fn release(_: &Thread, this: &Instance<PickleBuffer>) {
        let view = this.view.take();
        drop(view);
    }
}

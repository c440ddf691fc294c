//! OSError: the mapping from error numbers to subclasses, and its attributes.

use super::basic::member;
use super::types::*;
use super::{Fields, Part, allocate, arg_items, args_of, base, text, to_str};
use crate::prelude::*;
use crate::types::tuple::Tuple;

const ERRNO: usize = 0;
const STRERROR: usize = 1;
const FILENAME: usize = 2;
const FILENAME2: usize = 3;
/// An int; empty stands for "not known".
const WRITTEN: usize = 4;

pub(super) const SPEC: TypeSpec = TypeSpec {
    slots: Slots { new: Some(construct), init: Some(init), str: Some(to_string), ..Fields::<5>::SLOTS },
    members: &[
        member::<5>("errno", ERRNO),
        member::<5>("strerror", STRERROR),
        member::<5>("filename", FILENAME),
        member::<5>("filename2", FILENAME2),
    ],
    methods: methods::METHODS,
    getsets: methods::GETSETS,
    ..Fields::<5>::SPEC
};

/// The subclass of OSError for an error number.
fn type_of_errno(errno: i64) -> &'static Type {
    match i32::try_from(errno).unwrap_or(0) {
        libc::EAGAIN | libc::EALREADY | libc::EINPROGRESS => &BLOCKING_IO_ERROR,
        libc::EPIPE | libc::ESHUTDOWN => &BROKEN_PIPE_ERROR,
        libc::ECHILD => &CHILD_PROCESS_ERROR,
        libc::ECONNABORTED => &CONNECTION_ABORTED_ERROR,
        libc::ECONNREFUSED => &CONNECTION_REFUSED_ERROR,
        libc::ECONNRESET => &CONNECTION_RESET_ERROR,
        libc::EEXIST => &FILE_EXISTS_ERROR,
        libc::ENOENT => &FILE_NOT_FOUND_ERROR,
        libc::EISDIR => &IS_A_DIRECTORY_ERROR,
        libc::ENOTDIR => &NOT_A_DIRECTORY_ERROR,
        libc::EINTR => &INTERRUPTED_ERROR,
        libc::EACCES | libc::EPERM => &PERMISSION_ERROR,
        libc::ESRCH => &PROCESS_LOOKUP_ERROR,
        libc::ETIMEDOUT => &TIMEOUT_ERROR,
        _ => &OS_ERROR,
    }
}

fn is_init(ty: &Type) -> bool {
    ty.slots().init.is_some_and(|f| f as usize == init as fn(&Thread, Value, Args) -> PyResult<()> as usize)
}
fn is_new(ty: &Type) -> bool {
    ty.slots().new.is_some_and(|f| f as usize == construct as fn(&Thread, &'static Type, Args) -> PyResult as usize)
}

/// Whether the arguments are for `__init__`: the class overrides it and not `__new__`. Otherwise `__new__` does all,
/// since it is the arguments that decide about the class.
fn uses_init(ty: &Type) -> bool {
    !is_init(ty) && is_new(ty)
}

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    if uses_init(ty) {
        return allocate(th, ty, crate::types::tuple::empty().own());
    }
    args.no_keywords(th, ty.name())?;
    let mut ty = ty;
    if std::ptr::eq(ty, &OS_ERROR)
        && (2..=5).contains(&args.len())
        && let Some(errno) = args.get(0).and_then(crate::types::int::try_i64)
    {
        ty = type_of_errno(errno);
    }
    let tuple = th.tuple_from_slots(args.positional_slots())?;
    let this = allocate(th, ty, tuple)?;
    fill(th, this.value(), args)?;
    Ok(this)
}

fn init(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    if !uses_init(this.ty()) {
        return Ok(());
    }
    args.no_keywords(th, this.ty().name())?;
    super::set_args(th, this, args)?;
    fill(th, this, args)
}

fn fill(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    if !(2..=5).contains(&args.len()) {
        return Ok(());
    }
    // SAFETY: I4, called for OSErrors.
    let fields = unsafe { Fields::<5>::of(this) };
    fields[ERRNO].set(args.get(0).map(|v| v.own()));
    fields[STRERROR].set(args.get(1).map(|v| v.own()));
    let Some(filename) = args.get(2).filter(|v| !v.is_none()) else { return Ok(()) };
    if this.is_exact(&BLOCKING_IO_ERROR) && (number::has_index(filename) || filename.ty().slots().nb_float.is_some()) {
        let written = number::as_index(th, filename, &VALUE_ERROR)?;
        fields[WRITTEN].set(Some(th.int(written as i64)?));
        return Ok(());
    }
    fields[FILENAME].set(Some(filename.own()));
    fields[FILENAME2].set(args.get(4).filter(|v| !v.is_none()).map(|v| v.own()));
    let short: Vec<Value> = args.values().take(2).collect();
    base(this).args.set(Some(th.tuple(&short)?));
    Ok(())
}

fn to_string(th: &Thread, this: Value) -> PyResult {
    // SAFETY: I4, the slot of types with this layout.
    let fields = unsafe { Fields::<5>::of(this) };
    let show = |cell: &ObjCell| object::str(th, cell.get().unwrap_or_else(Obj::none).value());
    let (errno, strerror) = (&fields[ERRNO], &fields[STRERROR]);
    if let Some(filename) = fields[FILENAME].get() {
        let (errno, strerror) = (show(errno)?, show(strerror)?);
        let filename = object::repr(th, filename.value())?;
        let start = [Part::Text("[Errno "), Part::Str(errno.value()), Part::Text("] "), Part::Str(strerror.value())];
        let [a, b, c, d] = start;
        return match fields[FILENAME2].get() {
            Some(second) => {
                let second = object::repr(th, second.value())?;
                let arrow = Part::Text(" -> ");
                text(th, &[a, b, c, d, Part::Text(": "), Part::Str(filename.value()), arrow, Part::Str(second.value())])
            }
            None => text(th, &[a, b, c, d, Part::Text(": "), Part::Str(filename.value())]),
        };
    }
    if errno.is_empty() || strerror.is_empty() {
        return to_str(th, this);
    }
    let (errno, strerror) = (show(errno)?, show(strerror)?);
    text(th, &[Part::Text("[Errno "), Part::Str(errno.value()), Part::Text("] "), Part::Str(strerror.value())])
}

#[pymethods]
mod methods {
    use super::*;

    /// Helper for pickle.
    #[method("__reduce__()")]
    fn reduce(th: &Thread, this: Value) -> PyResult {
        // SAFETY: I4, the descriptor has checked the receiver.
        let fields = unsafe { Fields::<5>::of(this) };
        let mut args = args_of(this);
        let items = arg_items(this);
        if let ([errno, strerror], Some(filename)) = (&items[..], fields[FILENAME].get()) {
            let (errno, strerror, filename) = (errno.value(), strerror.value(), filename.value());
            args = match fields[FILENAME2].get() {
                Some(second) => th.tuple(&[errno, strerror, filename, statics::none(), second.value()])?,
                None => th.tuple(&[errno, strerror, filename])?,
            };
        }
        debug_assert!(args.cast::<Tuple>().is_some());
        match base(this).dict.get() {
            Some(dict) => th.tuple(&[this.ty().value(), args.value(), dict.value()]),
            None => th.tuple(&[this.ty().value(), args.value()]),
        }
    }
    /// how much a blocked write had written
    #[getter("characters_written")]
    fn written(th: &Thread, this: Value) -> PyResult {
        // SAFETY: I4, the descriptor has checked the receiver.
        let fields = unsafe { Fields::<5>::of(this) };
        fields[WRITTEN].get().ok_or_else(|| th.attribute_error("characters_written"))
    }
    #[setter("characters_written")]
    fn set_written(th: &Thread, this: Value, value: Option<Value>) -> PyResult<()> {
        // SAFETY: I4, the descriptor has checked the receiver.
        let fields = unsafe { Fields::<5>::of(this) };
        let Some(value) = value else {
            return match fields[WRITTEN].take() {
                Some(_) => Ok(()),
                None => Err(th.attribute_error("characters_written")),
            };
        };
        let written = number::as_index(th, value, &VALUE_ERROR)?;
        fields[WRITTEN].set(Some(th.int(written as i64)?));
        Ok(())
    }
}

//! SyntaxError: where the error is.

use super::basic::member;
use super::{Fields, Part, text};
use crate::prelude::*;
use crate::types::str::{Str, to_rust_string};

const MSG: usize = 0;
const FILENAME: usize = 1;
const LINENO: usize = 2;
const METADATA: usize = 8;

pub(super) const SPEC: TypeSpec = TypeSpec {
    slots: Slots { init: Some(init), str: Some(to_string), ..Fields::<9>::SLOTS },
    members: &[
        member::<9>("msg", MSG),
        member::<9>("filename", FILENAME),
        member::<9>("lineno", LINENO),
        member::<9>("offset", 3),
        member::<9>("text", 4),
        member::<9>("end_lineno", 5),
        member::<9>("end_offset", 6),
        member::<9>("print_file_and_line", 7),
        member::<9>("_metadata", METADATA),
    ],
    ..Fields::<9>::SPEC
};

fn init(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    super::initialise(th, this, args)?;
    // SAFETY: I4, the slot of types with this layout.
    let fields = unsafe { Fields::<9>::of(this) };
    if let Some(msg) = args.get(0) {
        fields[MSG].set(Some(msg.own()));
    }
    let (2, Some(info)) = (args.len(), args.get(1)) else { return Ok(()) };
    let info = iter::to_vec(th, info)?;
    let given = info.len();
    if given < 4 {
        return Err(th.type_error(format!("function takes at least 4 arguments ({given} given)")));
    }
    if given > 7 {
        return Err(th.type_error(format!("function takes at most 7 arguments ({given} given)")));
    }
    for (i, value) in info.into_iter().enumerate() {
        // The seventh is metadata; print_file_and_line lies between.
        fields[if i == 6 { METADATA } else { FILENAME + i }].set(Some(value));
    }
    for cell in &fields[FILENAME + given.min(6)..7] {
        cell.set(None);
    }
    if given == 5 {
        return Err(th.type_error("end_offset must be provided when end_lineno is provided"));
    }
    Ok(())
}

fn to_string(th: &Thread, this: Value) -> PyResult {
    // SAFETY: I4, the slot of types with this layout.
    let fields = unsafe { Fields::<9>::of(this) };
    let filename = fields[FILENAME].get().filter(|v| v.cast::<Str>().is_some());
    let lineno = fields[LINENO].get().filter(|v| v.is_exact(&statics::INT_TYPE));
    let message = object::str(th, fields[MSG].get().unwrap_or_else(Obj::none).value())?;
    let filename = filename.map(|v| {
        let text = to_rust_string(v.value());
        text.rsplit('/').next().unwrap_or_default().to_string()
    });
    let lineno = lineno.map(|v| object::to_text(th, v.value())).transpose()?;
    let tail = match (filename, lineno) {
        (None, None) => return Ok(message),
        (Some(file), Some(line)) => format!(" ({file}, line {line})"),
        (Some(file), None) => format!(" ({file})"),
        (None, Some(line)) => format!(" (line {line})"),
    };
    text(th, &[Part::Str(message.value()), Part::Text(&tail)])
}

//! Attributes.

use super::names::name;
use crate::operands::*;
use whipsnake_layout::frame::Frame;
use whipsnake_macros::uop;
use whipsnake_runtime::prelude::*;

#[uop]
pub fn store_attr(th: &Thread, frame: &Frame, value: Ref, owner: Ref, i: OpArg) -> PyResult<()> {
    object::set_attr(th, owner.0, name(frame, i.0), value.0)
}

#[uop]
pub fn delete_attr(th: &Thread, frame: &Frame, owner: Ref, i: OpArg) -> PyResult<()> {
    object::del_attr(th, owner.0, name(frame, i.0))
}

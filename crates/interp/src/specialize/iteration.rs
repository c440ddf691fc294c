//! `FOR_ITER`, `SEND`, `UNPACK_SEQUENCE`, `JUMP_BACKWARD`.

use super::Site;
use whipsnake_bytecode::Opcode;
use whipsnake_instructions::fast::{is_exact, symbols};
use whipsnake_runtime::prelude::*;

pub fn for_iter(site: &Site) {
    let it = site.operand(1);
    let form = if is_exact(it, &raw const symbols::PyRangeIter_Type) {
        Some(Opcode::FOR_ITER_RANGE)
    } else if is_exact(it, &raw const symbols::PyListIter_Type) {
        Some(Opcode::FOR_ITER_LIST)
    } else if is_exact(it, &raw const symbols::PyTupleIter_Type) {
        Some(Opcode::FOR_ITER_TUPLE)
    } else if it.is_exact(&statics::GENERATOR_TYPE) {
        Some(Opcode::FOR_ITER_GEN)
    } else {
        None
    };
    site.settle(form);
}

pub fn send(site: &Site) {
    let receiver = site.operand(2);
    let resumable = receiver.is_exact(&statics::GENERATOR_TYPE) || receiver.is_exact(&statics::COROUTINE_TYPE);
    site.settle(resumable.then_some(Opcode::SEND_GEN));
}

pub fn unpack_sequence(site: &Site) {
    let v = site.operand(1);
    let form = if v.is_exact(&statics::TUPLE_TYPE) {
        if site.oparg == 2 { Some(Opcode::UNPACK_SEQUENCE_TWO_TUPLE) } else { Some(Opcode::UNPACK_SEQUENCE_TUPLE) }
    } else if v.is_exact(&statics::LIST_TYPE) {
        Some(Opcode::UNPACK_SEQUENCE_LIST)
    } else {
        None
    };
    site.settle(form);
}

/// There is no machine code to jump to: the form that only looks at the eval breaker.
pub fn jump_backward(site: &Site) {
    site.settle(Some(Opcode::JUMP_BACKWARD_NO_JIT));
}

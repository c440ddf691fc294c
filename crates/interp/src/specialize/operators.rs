//! `BINARY_OP`, `COMPARE_OP`, `CONTAINS_OP`, `TO_BOOL`, `STORE_SUBSCR`.

use super::Site;
use whipsnake_bytecode::Opcode;
use whipsnake_bytecode::opcodes::binary_op as nb;
use whipsnake_instructions::control::{State, strings};
use whipsnake_layout::Value;
use whipsnake_runtime::prelude::*;

fn is_float(v: Value) -> bool {
    v.is_small_float()
}

pub fn binary_op(site: &Site) {
    let (left, right) = (site.operand(2), site.operand(1));
    let operator = if (nb::INPLACE..nb::SUBSCR).contains(&site.oparg) { site.oparg - nb::INPLACE } else { site.oparg };
    let form = if site.oparg == nb::SUBSCR {
        subscript(left, right)
    } else if left.is_small_int() && right.is_small_int() {
        match operator {
            nb::ADD => Some(Opcode::BINARY_OP_ADD_INT),
            nb::SUBTRACT => Some(Opcode::BINARY_OP_SUBTRACT_INT),
            nb::MULTIPLY => Some(Opcode::BINARY_OP_MULTIPLY_INT),
            _ => None,
        }
    } else if is_float(left) && is_float(right) {
        match operator {
            nb::ADD => Some(Opcode::BINARY_OP_ADD_FLOAT),
            nb::SUBTRACT => Some(Opcode::BINARY_OP_SUBTRACT_FLOAT),
            nb::MULTIPLY => Some(Opcode::BINARY_OP_MULTIPLY_FLOAT),
            _ => None,
        }
    } else if operator == nb::ADD && left.is_exact(&statics::STR_TYPE) && right.is_exact(&statics::STR_TYPE) {
        let units = 1 + Opcode::BINARY_OP.caches();
        // SAFETY: I7, an instruction follows.
        let next = unsafe { site.ip.add(units) };
        let st = State { ip: next, sp: site.sp, frame: site.frame, th: site.th };
        match strings::appended_local(&st) {
            Some(_) => Some(Opcode::BINARY_OP_INPLACE_ADD_UNICODE),
            None => Some(Opcode::BINARY_OP_ADD_UNICODE),
        }
    } else {
        None
    };
    site.settle(form);
}

fn subscript(container: Value, key: Value) -> Option<Opcode> {
    if !key.is_small_int() {
        return None;
    }
    if container.is_exact(&statics::LIST_TYPE) {
        Some(Opcode::BINARY_OP_SUBSCR_LIST_INT)
    } else if container.is_exact(&statics::TUPLE_TYPE) {
        Some(Opcode::BINARY_OP_SUBSCR_TUPLE_INT)
    } else {
        None
    }
}

pub fn compare_op(site: &Site) {
    let (left, right) = (site.operand(2), site.operand(1));
    let form = if left.is_small_int() && right.is_small_int() {
        Some(Opcode::COMPARE_OP_INT)
    } else if is_float(left) && is_float(right) {
        Some(Opcode::COMPARE_OP_FLOAT)
    } else {
        None
    };
    site.settle(form);
}

pub fn contains_op(site: &Site) {
    site.settle(None);
}

pub fn to_bool(site: &Site) {
    let v = site.operand(1);
    let form = if v.is_exact(&statics::BOOL_TYPE) {
        Some(Opcode::TO_BOOL_BOOL)
    } else if v.is_small_int() {
        Some(Opcode::TO_BOOL_INT)
    } else if v.is_none() {
        Some(Opcode::TO_BOOL_NONE)
    } else {
        None
    };
    site.settle(form);
}

pub fn store_subscr(site: &Site) {
    let (container, key) = (site.operand(2), site.operand(1));
    let form = (container.is_exact(&statics::LIST_TYPE) && key.is_small_int()).then_some(Opcode::STORE_SUBSCR_LIST_INT);
    site.settle(form);
}

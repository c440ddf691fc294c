//! `BINARY_OP`, `COMPARE_OP`, `CONTAINS_OP`, `TO_BOOL`, `STORE_SUBSCR`.

use super::Site;
use whipsnake_bytecode::Opcode;
use whipsnake_bytecode::opcodes::binary_op as nb;
use whipsnake_instructions::control::{State, strings};
use whipsnake_layout::Value;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::typeobj::names;

/// A float of either form: a zero comes and goes, so it gets the form for immediates too.
fn is_float(v: Value) -> bool {
    v.is_exact(&statics::FLOAT_TYPE)
}

/// A float of either form or an immediate int.
fn is_number(v: Value) -> bool {
    v.is_small_int() || v.is_exact(&statics::FLOAT_TYPE)
}

pub fn binary_op(site: &Site) {
    let (left, right) = (site.operand(2), site.operand(1));
    let operator = if (nb::INPLACE..nb::SUBSCR).contains(&site.oparg) { site.oparg - nb::INPLACE } else { site.oparg };
    let form = if site.oparg == nb::SUBSCR {
        subscript(site, left, right)
    } else if left.is_small_int() && right.is_small_int() {
        match operator {
            nb::ADD => Some(Opcode::BINARY_OP_ADD_INT),
            nb::SUBTRACT => Some(Opcode::BINARY_OP_SUBTRACT_INT),
            nb::MULTIPLY => Some(Opcode::BINARY_OP_MULTIPLY_INT),
            nb::AND => Some(Opcode::BINARY_OP_AND_INT),
            nb::OR => Some(Opcode::BINARY_OP_OR_INT),
            nb::XOR => Some(Opcode::BINARY_OP_XOR_INT),
            nb::LSHIFT => Some(Opcode::BINARY_OP_LSHIFT_INT),
            nb::RSHIFT => Some(Opcode::BINARY_OP_RSHIFT_INT),
            nb::FLOOR_DIVIDE => Some(Opcode::BINARY_OP_FLOOR_DIVIDE_INT),
            nb::REMAINDER => Some(Opcode::BINARY_OP_REMAINDER_INT),
            nb::TRUE_DIVIDE => Some(Opcode::BINARY_OP_EXTEND),
            _ => None,
        }
    } else if is_float(left) && is_float(right) {
        match operator {
            nb::ADD => Some(Opcode::BINARY_OP_ADD_FLOAT),
            nb::SUBTRACT => Some(Opcode::BINARY_OP_SUBTRACT_FLOAT),
            nb::MULTIPLY => Some(Opcode::BINARY_OP_MULTIPLY_FLOAT),
            nb::TRUE_DIVIDE => Some(Opcode::BINARY_OP_TRUE_DIVIDE_FLOAT),
            _ => None,
        }
    } else if is_number(left) && is_number(right) {
        matches!(operator, nb::ADD | nb::SUBTRACT | nb::MULTIPLY | nb::TRUE_DIVIDE).then_some(Opcode::BINARY_OP_EXTEND)
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

fn subscript(site: &Site, container: Value, key: Value) -> Option<Opcode> {
    let ty = container.ty();
    if std::ptr::eq(ty, &statics::DICT_TYPE) {
        return Some(Opcode::BINARY_OP_SUBSCR_DICT);
    }
    if key.is_small_int() {
        if std::ptr::eq(ty, &statics::LIST_TYPE) {
            return Some(Opcode::BINARY_OP_SUBSCR_LIST_INT);
        } else if std::ptr::eq(ty, &statics::TUPLE_TYPE) {
            return Some(Opcode::BINARY_OP_SUBSCR_TUPLE_INT);
        } else if std::ptr::eq(ty, &statics::STR_TYPE) {
            return Some(Opcode::BINARY_OP_SUBSCR_STR_INT);
        }
    }
    if std::ptr::eq(ty, &statics::LIST_TYPE) && key.is_exact(&statics::SLICE_TYPE) {
        return Some(Opcode::BINARY_OP_SUBSCR_LIST_SLICE);
    }
    let getitem = ty.lookup(site.th, names::GETITEM.get(site.th).ok()?)?;
    let version = ty.version(site.th);
    if !ty.is_heap_type() || version == 0 || !super::calls::takes_exactly(getitem, 2) {
        return None;
    }
    site.write32(1, version);
    Some(Opcode::BINARY_OP_SUBSCR_GETITEM)
}

pub fn compare_op(site: &Site) {
    let (left, right) = (site.operand(2), site.operand(1));
    let form = if left.is_small_int() && right.is_small_int() {
        Some(Opcode::COMPARE_OP_INT)
    } else if is_float(left) && is_float(right) {
        Some(Opcode::COMPARE_OP_FLOAT)
    } else if is_number(left) && is_number(right) {
        Some(Opcode::COMPARE_OP_NUMBER)
    } else if left.is_exact(&statics::STR_TYPE) && right.is_exact(&statics::STR_TYPE) && matches!(site.oparg & 7, 0 | 7)
    {
        Some(Opcode::COMPARE_OP_STR)
    } else {
        None
    };
    site.settle(form);
}

pub fn contains_op(site: &Site) {
    let container = site.operand(1);
    let form = if container.is_exact(&statics::DICT_TYPE) {
        Some(Opcode::CONTAINS_OP_DICT)
    } else if container.is_exact(&statics::SET_TYPE) || container.is_exact(&statics::FROZENSET_TYPE) {
        Some(Opcode::CONTAINS_OP_SET)
    } else {
        None
    };
    site.settle(form);
}

pub fn to_bool(site: &Site) {
    let v = site.operand(1);
    let form = if v.is_exact(&statics::BOOL_TYPE) {
        Some(Opcode::TO_BOOL_BOOL)
    } else if v.is_small_int() {
        Some(Opcode::TO_BOOL_INT)
    } else if v.is_none() {
        Some(Opcode::TO_BOOL_NONE)
    } else if v.is_exact(&statics::LIST_TYPE) {
        Some(Opcode::TO_BOOL_LIST)
    } else if v.is_exact(&statics::STR_TYPE) {
        Some(Opcode::TO_BOOL_STR)
    } else {
        always_true(site, v)
    };
    site.settle(form);
}

/// An object whose type says nothing about truth.
fn always_true(site: &Site, v: Value) -> Option<Opcode> {
    let slots = v.ty().slots();
    if !v.is_pointer() || slots.nb_bool.is_some() || slots.sq_length.is_some() || slots.mp_length.is_some() {
        return None;
    }
    let version = v.ty().version(site.th);
    site.write32(1, version);
    (version != 0).then_some(Opcode::TO_BOOL_ALWAYS_TRUE)
}

pub fn store_subscr(site: &Site) {
    let (container, key) = (site.operand(2), site.operand(1));
    let form = if container.is_exact(&statics::LIST_TYPE) && key.is_small_int() {
        Some(Opcode::STORE_SUBSCR_LIST_INT)
    } else {
        container.is_exact(&statics::DICT_TYPE).then_some(Opcode::STORE_SUBSCR_DICT)
    };
    site.settle(form);
}

//! Constant folding: replaces instructions whose operands are constants by the constant result.

use std::sync::Arc;

use whipsnake_bytecode::{Const, Opcode};

use super::arithmetic;
use super::constants::{Pool, loads_const};
use crate::cfg::Instr;
use crate::constants::{MAX_NESTING, nesting};
use crate::place::NO_LOCATION;

/// Displays with more elements are never folded from the stack.
const MAX_ELEMENTS: usize = 30;
/// Shorter lists and sets are built element by element.
const MIN_CONST_SEQUENCE: usize = 3;

/// The last `count` instructions before `end` that load constants, NOPs skipped, if nothing else is among them.
fn operands(instrs: &[Instr], end: usize, count: usize) -> Option<Vec<usize>> {
    let mut found = Vec::with_capacity(count);
    let mut at = end;
    while found.len() < count {
        at = at.checked_sub(1)?;
        match instrs[at].op {
            Opcode::NOP => {}
            op if loads_const(op) => found.push(at),
            _ => return None,
        }
    }
    found.reverse();
    Some(found)
}

fn values(instrs: &[Instr], positions: &[usize], pool: &Pool<'_>) -> Option<Vec<Const>> {
    positions.iter().map(|&p| pool.loaded(instrs[p].op, instrs[p].arg)).collect()
}

fn nop_out(instrs: &mut [Instr], positions: &[usize]) {
    for &p in positions {
        instrs[p].make_nop();
        instrs[p].loc = NO_LOCATION;
    }
}

fn load(instrs: &mut [Instr], i: usize, value: Const, pool: &mut Pool<'_>) {
    let (op, arg) = pool.load(value);
    instrs[i].set(op, arg);
}

/// BUILD_TUPLE of constants.
pub(super) fn tuple(instrs: &mut [Instr], i: usize, pool: &mut Pool<'_>) {
    let size = instrs[i].arg as usize;
    if size > MAX_ELEMENTS {
        return;
    }
    let Some(positions) = operands(instrs, i, size) else { return };
    let Some(items) = values(instrs, &positions, pool) else { return };
    if items.iter().any(|item| nesting(item) >= MAX_NESTING) {
        return;
    }
    nop_out(instrs, &positions);
    load(instrs, i, Const::Tuple(items.into()), pool);
}

/// Constants appended one by one to an empty list or set before `end`: the positions of all instructions involved, and the items.
fn appended(
    instrs: &[Instr],
    end: usize,
    build: Opcode,
    append: Opcode,
    pool: &Pool<'_>,
) -> Option<(Vec<usize>, Vec<Const>)> {
    let mut expect_append = true;
    let mut involved = Vec::new();
    let mut items = Vec::new();
    for p in (0..end).rev() {
        let Instr { op, arg, .. } = instrs[p];
        match op {
            Opcode::NOP => continue,
            _ if expect_append && op == build && arg == 0 => {
                involved.push(p);
                items.reverse();
                return Some((involved, items));
            }
            _ if expect_append && op == append && arg == 1 => {}
            _ if !expect_append => items.push(pool.loaded(op, arg)?),
            _ => return None,
        }
        involved.push(p);
        expect_append = !expect_append;
    }
    None
}

/// A long tuple display: a list built by appending constants, then converted.
pub(super) fn list_to_tuple(instrs: &mut [Instr], i: usize, pool: &mut Pool<'_>) {
    let Some((involved, items)) = appended(instrs, i, Opcode::BUILD_LIST, Opcode::LIST_APPEND, pool) else { return };
    nop_out(instrs, &involved);
    load(instrs, i, Const::Tuple(items.into()), pool);
}

/// A long list or set display of constants that is only iterated or tested, and ends with the LIST_APPEND or SET_ADD at `i`.
pub(super) fn long_display(instrs: &mut [Instr], i: usize, pool: &mut Pool<'_>) {
    let append = instrs[i].op;
    let is_list = append == Opcode::LIST_APPEND;
    let build = if is_list { Opcode::BUILD_LIST } else { Opcode::BUILD_SET };
    let Some((mut involved, items)) = appended(instrs, i + 1, build, append, pool) else { return };
    involved.push(i);
    nop_out(instrs, &involved);
    let value = if is_list { Const::Tuple(items.into()) } else { Const::FrozenSet(distinct(items)) };
    load(instrs, i, value, pool);
}

/// A list or set display that is only iterated or tested becomes a tuple or frozenset; a longer one of constants is extended from
/// a constant.
pub(super) fn list_or_set(instrs: &mut [Instr], i: usize, next: Option<Opcode>, pool: &mut Pool<'_>) {
    let Instr { op, arg, loc, .. } = instrs[i];
    let size = arg as usize;
    let transient = matches!(next, Some(Opcode::GET_ITER | Opcode::CONTAINS_OP));
    if size > MAX_ELEMENTS || (size < MIN_CONST_SEQUENCE && !transient) {
        return;
    }
    let Some(positions) = operands(instrs, i, size) else {
        if transient && op == Opcode::BUILD_LIST {
            instrs[i].op = Opcode::BUILD_TUPLE;
        }
        return;
    };
    let Some(items) = values(instrs, &positions, pool) else { return };
    let value = match op {
        Opcode::BUILD_SET => Const::FrozenSet(distinct(items)),
        _ => Const::Tuple(items.into()),
    };
    let index = pool.add(value);
    nop_out(instrs, &positions);
    if transient {
        instrs[i].set(Opcode::LOAD_CONST, index);
        return;
    }
    instrs[i - 2].loc = loc;
    instrs[i - 2].set(op, 0);
    instrs[i - 1].set(Opcode::LOAD_CONST, index);
    let extend = if op == Opcode::BUILD_LIST { Opcode::LIST_EXTEND } else { Opcode::SET_UPDATE };
    instrs[i].set(extend, 1);
}

/// The members of a set display: of equal values the first stays.
fn distinct(items: Vec<Const>) -> Arc<[Const]> {
    let mut members: Vec<Const> = Vec::with_capacity(items.len());
    for item in items {
        if !members.iter().any(|m| arithmetic::python_equal(m, &item)) {
            members.push(item);
        }
    }
    members.into()
}

/// An operator with one constant operand.
pub(super) fn unary(instrs: &mut [Instr], i: usize, pool: &mut Pool<'_>) {
    let Some(positions) = operands(instrs, i, 1) else { return };
    let Some(items) = values(instrs, &positions, pool) else { return };
    let Some(value) = arithmetic::unary(instrs[i].op, &items[0]) else { return };
    nop_out(instrs, &positions);
    load(instrs, i, value, pool);
}

/// BINARY_OP with two constant operands.
pub(super) fn binary(instrs: &mut [Instr], i: usize, pool: &mut Pool<'_>) {
    let Some(positions) = operands(instrs, i, 2) else { return };
    let Some(items) = values(instrs, &positions, pool) else { return };
    let Some(value) = arithmetic::binary(&items[0], instrs[i].arg, &items[1]) else { return };
    nop_out(instrs, &positions);
    load(instrs, i, value, pool);
}

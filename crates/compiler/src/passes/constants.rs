//! The pool of constants, and instructions that load them.

use std::collections::HashMap;

use whipsnake_bytecode::{Const, Opcode};

use crate::cfg::{Block, Cfg};

/// Ints in this range are loaded by LOAD_SMALL_INT.
const SMALL_INTS: std::ops::RangeInclusive<i64> = 0..=255;

/// Constants under construction, each once.
pub(super) struct Pool<'c> {
    consts: &'c mut Vec<Const>,
    index: HashMap<Const, u32>,
}

impl<'c> Pool<'c> {
    pub fn new(consts: &'c mut Vec<Const>) -> Pool<'c> {
        let index = consts.iter().enumerate().map(|(i, c)| (c.clone(), i as u32)).collect();
        Pool { consts, index }
    }

    /// The index of `value`, which is added if need be.
    pub fn add(&mut self, value: Const) -> u32 {
        if matches!(value, Const::Float(v) if v.is_nan()) {
            // A NaN equals nothing, so every one that is computed stays by itself.
            self.consts.push(value);
            return self.consts.len() as u32 - 1;
        }
        *self.index.entry(value).or_insert_with_key(|value| {
            self.consts.push(value.clone());
            self.consts.len() as u32 - 1
        })
    }

    /// The constant that an instruction loads.
    pub fn loaded(&self, op: Opcode, arg: u32) -> Option<Const> {
        match op {
            Opcode::LOAD_CONST => self.consts.get(arg as usize).cloned(),
            Opcode::LOAD_SMALL_INT => Some(Const::Int(i64::from(arg))),
            _ => None,
        }
    }

    /// The instruction that loads `value`.
    pub fn load(&mut self, value: Const) -> (Opcode, u32) {
        match small_int(&value) {
            Some(arg) => (Opcode::LOAD_SMALL_INT, arg),
            None => (Opcode::LOAD_CONST, self.add(value)),
        }
    }
}

fn small_int(value: &Const) -> Option<u32> {
    match value {
        Const::Int(v) if SMALL_INTS.contains(v) => Some(*v as u32),
        _ => None,
    }
}

pub(super) fn loads_const(op: Opcode) -> bool {
    matches!(op, Opcode::LOAD_CONST | Opcode::LOAD_SMALL_INT)
}

/// Picks LOAD_SMALL_INT, and decides what is done with constants at once: tests, `is None`, conversion to bool.
pub(super) fn optimize_loads(block: &mut Block, pool: &mut Pool<'_>) {
    let instrs = &mut block.instrs;
    // The constant on top of the stack before instruction `i`.
    let (mut op, mut arg) = (Opcode::NOP, 0);
    for i in 0..instrs.len() {
        if instrs[i].op == Opcode::LOAD_CONST
            && let Some(small) = pool.loaded(Opcode::LOAD_CONST, instrs[i].arg).as_ref().and_then(small_int)
        {
            instrs[i].set(Opcode::LOAD_SMALL_INT, small);
        }
        let is_copy = op == Opcode::LOAD_CONST && instrs[i].op == Opcode::COPY && instrs[i].arg == 1;
        if !is_copy {
            (op, arg) = (instrs[i].op, instrs[i].arg);
        }
        let Some(value) = pool.loaded(op, arg) else { continue };
        let Some(next) = instrs.get(i + 1).map(|n| n.op) else { continue };
        match next {
            Opcode::POP_JUMP_IF_FALSE | Opcode::POP_JUMP_IF_TRUE | Opcode::JUMP_IF_FALSE | Opcode::JUMP_IF_TRUE => {
                if matches!(next, Opcode::POP_JUMP_IF_FALSE | Opcode::POP_JUMP_IF_TRUE) {
                    instrs[i].make_nop();
                }
                let jump_if_true = matches!(next, Opcode::POP_JUMP_IF_TRUE | Opcode::JUMP_IF_TRUE);
                if value.is_true() == jump_if_true {
                    instrs[i + 1].op = Opcode::JUMP;
                } else {
                    instrs[i + 1].make_nop();
                }
            }
            Opcode::IS_OP if value == Const::None => {
                let mut jump = i + 2;
                if instrs.get(jump).is_some_and(|n| n.op == Opcode::TO_BOOL) {
                    instrs[jump].make_nop();
                    jump += 1;
                }
                let Some(jump_op) = instrs.get(jump).map(|n| n.op) else { continue };
                let mut invert = instrs[i + 1].arg != 0;
                match jump_op {
                    Opcode::POP_JUMP_IF_FALSE => invert = !invert,
                    Opcode::POP_JUMP_IF_TRUE => {}
                    _ => continue,
                }
                instrs[i].make_nop();
                instrs[i + 1].make_nop();
                instrs[jump].op = if invert { Opcode::POP_JUMP_IF_NOT_NONE } else { Opcode::POP_JUMP_IF_NONE };
            }
            Opcode::TO_BOOL => {
                let index = pool.add(Const::bool(value.is_true()));
                instrs[i].make_nop();
                instrs[i + 1].set(Opcode::LOAD_CONST, index);
            }
            _ => {}
        }
    }
}

/// Drops the constants that nothing loads; the first stays, it may be the docstring.
pub(super) fn remove_unused(cfg: &mut Cfg, consts: &mut Vec<Const>) {
    let mut used = vec![false; consts.len()];
    if let Some(first) = used.first_mut() {
        *first = true;
    }
    let order = cfg.order();
    for id in &order {
        for instr in cfg.block(*id).instrs.iter().filter(|i| i.op.has_const()) {
            if let Some(flag) = used.get_mut(instr.arg as usize) {
                *flag = true;
            }
        }
    }
    let mut new_index = Vec::with_capacity(used.len());
    let mut count = 0;
    for flag in &used {
        new_index.push(count);
        count += u32::from(*flag);
    }
    let mut flags = used.iter();
    consts.retain(|_| flags.next().copied().unwrap_or(true));
    for id in order {
        for instr in cfg.block_mut(id).instrs.iter_mut().filter(|i| i.op.has_const()) {
            if let Some(index) = new_index.get(instr.arg as usize) {
                instr.arg = *index;
            }
        }
    }
}

//! Lists, tuples, sets and dictionaries; also as assignment targets.

use whipsnake_bytecode::Opcode;
use whipsnake_bytecode::locations::Location;
use whipsnake_bytecode::opcodes::intrinsic_1;
use whipsnake_syntax::ast::{Expr, ExprContext, ExprKind};

use super::{Compiler, STACK_USE_GUIDELINE};
use crate::error::{Result, syntax};
use crate::symtable::Name;

/// The instructions that build a kind of sequence.
#[derive(Clone, Copy)]
pub(super) struct SequenceOps {
    build: Opcode,
    add: Opcode,
    extend: Opcode,
    to_tuple: bool,
}

const LIST: SequenceOps =
    SequenceOps { build: Opcode::BUILD_LIST, add: Opcode::LIST_APPEND, extend: Opcode::LIST_EXTEND, to_tuple: false };
pub(super) const TUPLE: SequenceOps = SequenceOps { to_tuple: true, ..LIST };
const SET: SequenceOps =
    SequenceOps { build: Opcode::BUILD_SET, add: Opcode::SET_ADD, extend: Opcode::SET_UPDATE, to_tuple: false };

impl<'a> Compiler<'a> {
    /// Builds a sequence of `pushed` values on the stack, the elements and the value of the name `injected`.
    pub(super) fn build_sequence(
        &mut self,
        loc: Location,
        elts: &'a [Expr],
        injected: Option<&Name>,
        pushed: u32,
        ops: SequenceOps,
    ) -> Result {
        let total = elts.len() + pushed as usize + usize::from(injected.is_some());
        let big = total > STACK_USE_GUIDELINE;
        let starred = elts.iter().any(|e| matches!(e.kind, ExprKind::Starred { .. }));
        if !starred && !big {
            self.exprs(elts)?;
            if let Some(name) = injected {
                self.name_op(loc, name, ExprContext::Load)?;
            }
            let op = if ops.to_tuple { Opcode::BUILD_TUPLE } else { ops.build };
            self.emit_arg(op, total as u32, loc);
            return Ok(());
        }
        let mut built = big;
        if big {
            self.emit_arg(ops.build, pushed, loc);
        }
        for (i, elt) in elts.iter().enumerate() {
            if let ExprKind::Starred { value, .. } = &elt.kind {
                if !built {
                    self.emit_arg(ops.build, i as u32 + pushed, loc);
                    built = true;
                }
                self.expr(value)?;
                self.emit_arg(ops.extend, 1, loc);
            } else {
                self.expr(elt)?;
                if built {
                    self.emit_arg(ops.add, 1, loc);
                }
            }
        }
        if let Some(name) = injected {
            self.name_op(loc, name, ExprContext::Load)?;
            self.emit_arg(ops.add, 1, loc);
        }
        if ops.to_tuple {
            self.emit_arg(Opcode::CALL_INTRINSIC_1, intrinsic_1::LIST_TO_TUPLE, loc);
        }
        Ok(())
    }

    pub(super) fn list(&mut self, elts: &'a [Expr], ctx: ExprContext, loc: Location) -> Result {
        match ctx {
            ExprContext::Load => self.build_sequence(loc, elts, None, 0, LIST),
            ExprContext::Store => self.unpack_into(elts, loc),
            ExprContext::Del => self.exprs(elts),
        }
    }

    pub(super) fn tuple(&mut self, elts: &'a [Expr], ctx: ExprContext, loc: Location) -> Result {
        match ctx {
            ExprContext::Load => self.build_sequence(loc, elts, None, 0, TUPLE),
            ExprContext::Store => self.unpack_into(elts, loc),
            ExprContext::Del => self.exprs(elts),
        }
    }

    pub(super) fn set(&mut self, elts: &'a [Expr], loc: Location) -> Result {
        self.build_sequence(loc, elts, None, 0, SET)
    }

    fn unpack_into(&mut self, elts: &'a [Expr], loc: Location) -> Result {
        let stars = elts.iter().map(|e| matches!(e.kind, ExprKind::Starred { .. }));
        let messages =
            ["too many expressions in star-unpacking assignment", "multiple starred expressions in assignment"];
        self.unpack(stars, elts.len(), loc, messages)?;
        for elt in elts {
            match &elt.kind {
                ExprKind::Starred { value, .. } => self.expr(value)?,
                _ => self.expr(elt)?,
            }
        }
        Ok(())
    }

    /// UNPACK_SEQUENCE or UNPACK_EX for `count` targets, of which `stars` says which are starred.
    pub(super) fn unpack(
        &mut self,
        stars: impl Iterator<Item = bool>,
        count: usize,
        loc: Location,
        [too_many, multiple]: [&str; 2],
    ) -> Result {
        let mut seen = false;
        for (i, starred) in stars.enumerate() {
            if starred && seen {
                return syntax(loc, multiple);
            }
            if starred {
                let after = count - i - 1;
                if i >= 1 << 8 || after >= (i32::MAX >> 8) as usize {
                    return syntax(loc, too_many);
                }
                self.emit_arg(Opcode::UNPACK_EX, i as u32 + ((after as u32) << 8), loc);
                seen = true;
            }
        }
        if !seen {
            self.emit_arg(Opcode::UNPACK_SEQUENCE, count as u32, loc);
        }
        Ok(())
    }

    fn sub_dict(&mut self, keys: &'a [Option<Expr>], values: &'a [Expr], loc: Location) -> Result {
        let big = values.len() * 2 > STACK_USE_GUIDELINE;
        if big {
            self.emit_arg(Opcode::BUILD_MAP, 0, loc);
        }
        for (key, value) in keys.iter().zip(values) {
            self.exprs(key)?;
            self.expr(value)?;
            if big {
                self.emit_arg(Opcode::MAP_ADD, 1, loc);
            }
        }
        if !big {
            self.emit_arg(Opcode::BUILD_MAP, values.len() as u32, loc);
        }
        Ok(())
    }

    pub(super) fn dict(&mut self, keys: &'a [Option<Expr>], values: &'a [Expr], loc: Location) -> Result {
        let n = keys.len().min(values.len());
        let mut have_dict = false;
        // Plain items seen but not generated yet.
        let mut pending = 0;
        for i in 0..n {
            if keys[i].is_none() {
                if pending > 0 {
                    self.add_items(&keys[i - pending..i], &values[i - pending..i], &mut have_dict, loc)?;
                    pending = 0;
                }
                if !have_dict {
                    self.emit_arg(Opcode::BUILD_MAP, 0, loc);
                    have_dict = true;
                }
                self.expr(&values[i])?;
                self.emit_arg(Opcode::DICT_UPDATE, 1, loc);
            } else if pending * 2 > STACK_USE_GUIDELINE {
                self.add_items(&keys[i - pending..=i], &values[i - pending..=i], &mut have_dict, loc)?;
                pending = 0;
            } else {
                pending += 1;
            }
        }
        if pending > 0 {
            self.add_items(&keys[n - pending..n], &values[n - pending..n], &mut have_dict, loc)?;
        }
        if !have_dict {
            self.emit_arg(Opcode::BUILD_MAP, 0, loc);
        }
        Ok(())
    }

    fn add_items(
        &mut self,
        keys: &'a [Option<Expr>],
        values: &'a [Expr],
        have_dict: &mut bool,
        loc: Location,
    ) -> Result {
        self.sub_dict(keys, values, loc)?;
        if *have_dict {
            self.emit_arg(Opcode::DICT_UPDATE, 1, loc);
        }
        *have_dict = true;
        Ok(())
    }
}

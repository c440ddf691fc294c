//! Structural pattern matching (PEP 634).
//!
//! Every pattern consumes the subject on top of the stack and jumps away on failure. Captured values stay on the stack, below what
//! is still needed, and are bound only when the whole pattern has matched.

use whipsnake_bytecode::locations::Location;
use whipsnake_bytecode::opcodes::binary_op;
use whipsnake_bytecode::{Const, Opcode};
use whipsnake_syntax::ast::{CmpOp, Expr, ExprContext, ExprKind, Match, Operator, Pattern, PatternKind, UnaryOp};

use super::Compiler;
use crate::constants::from_ast;
use crate::error::{Result, syntax};
use crate::passes::arithmetic;
use crate::place::{HasPlace, NEXT_LOCATION, NO_LOCATION, descend};
use crate::sequence::Label;
use crate::symtable::Name;

/// The state of matching one case.
#[derive(Default)]
struct PatternContext {
    /// Names captured so far, in the order of their values on the stack.
    stores: Vec<Name>,
    /// Whether a pattern that always matches is acceptable here.
    allow_irrefutable: bool,
    /// Where to jump on failure: entry `n` pops `n` values first.
    fail_pop: Vec<Label>,
    /// Values on top of the stack that are needed after the pattern.
    on_top: usize,
}

fn is_wildcard(p: &Pattern) -> bool {
    matches!(p.kind, PatternKind::MatchAs { name: None, pattern: None })
}

fn is_wildcard_star(p: &Pattern) -> bool {
    matches!(p.kind, PatternKind::MatchStar { name: None })
}

fn repr_name(name: &str) -> String {
    format!("'{name}'")
}

impl<'a> Compiler<'a> {
    pub(super) fn match_stmt(&mut self, m: &'a Match) -> Result {
        self.expr(&m.subject)?;
        let end = self.new_label();
        let Some((last, _)) = m.cases.split_last() else { return Ok(()) };
        let has_default = is_wildcard(&last.pattern) && m.cases.len() > 1;
        let tested = m.cases.len() - usize::from(has_default);
        for (i, case) in m.cases[..tested].iter().enumerate() {
            let loc = case.pattern.span.place();
            let is_last = i + 1 == tested;
            // All but the last test need the subject kept.
            if !is_last {
                self.emit_arg(Opcode::COPY, 1, loc);
            }
            let mut pc = PatternContext {
                allow_irrefutable: case.guard.is_some() || i + 1 == m.cases.len(),
                ..PatternContext::default()
            };
            self.pattern(&case.pattern, &mut pc)?;
            for name in std::mem::take(&mut pc.stores) {
                self.name_op(loc, &name, ExprContext::Store)?;
            }
            if let Some(guard) = &case.guard {
                self.ensure_fail_pop(&mut pc, 0);
                let fail = pc.fail_pop[0];
                self.jump_if(loc, guard, fail, false)?;
            }
            if !is_last {
                self.emit(Opcode::POP_TOP, NEXT_LOCATION);
            }
            self.stmts(&case.body)?;
            self.emit_jump(Opcode::JUMP, end, NO_LOCATION);
            self.emit_fail_pops(loc, &mut pc);
        }
        if has_default {
            let loc = last.pattern.span.place();
            // Makes the line show up in tracing.
            self.emit(Opcode::NOP, loc);
            if let Some(guard) = &last.guard {
                self.jump_if(loc, guard, end, false)?;
            }
            self.stmts(&last.body)?;
        }
        self.use_label(end);
        Ok(())
    }

    fn ensure_fail_pop(&mut self, pc: &mut PatternContext, n: usize) {
        while pc.fail_pop.len() <= n {
            let label = self.new_label();
            pc.fail_pop.push(label);
        }
    }

    fn jump_to_fail_pop(&mut self, loc: Location, pc: &mut PatternContext, op: Opcode) {
        let pops = pc.on_top + pc.stores.len();
        self.ensure_fail_pop(pc, pops);
        self.emit_jump(op, pc.fail_pop[pops], loc);
    }

    fn emit_fail_pops(&mut self, loc: Location, pc: &mut PatternContext) {
        let labels = std::mem::take(&mut pc.fail_pop);
        for (i, label) in labels.iter().enumerate().rev() {
            self.use_label(*label);
            if i > 0 {
                self.emit(Opcode::POP_TOP, loc);
            }
        }
    }

    /// Moves the top of the stack below `count - 1` other values.
    fn rotate(&mut self, loc: Location, count: usize) {
        for n in (2..=count).rev() {
            self.emit_arg(Opcode::SWAP, n as u32, loc);
        }
    }

    fn capture(&mut self, loc: Location, name: Option<&Name>, pc: &mut PatternContext) -> Result {
        let Some(name) = name else {
            self.emit(Opcode::POP_TOP, loc);
            return Ok(());
        };
        if pc.stores.contains(name) {
            return syntax(loc, format!("multiple assignments to name {} in pattern", repr_name(name)));
        }
        self.rotate(loc, pc.on_top + pc.stores.len() + 1);
        pc.stores.push(name.clone());
        Ok(())
    }

    fn pattern(&mut self, p: &'a Pattern, pc: &mut PatternContext) -> Result {
        descend(self, |c| &mut c.depth, |c| c.pattern_inner(p, pc))
    }

    /// A pattern inside another one may always match.
    fn subpattern(&mut self, p: &'a Pattern, pc: &mut PatternContext) -> Result {
        let before = std::mem::replace(&mut pc.allow_irrefutable, true);
        self.pattern(p, pc)?;
        pc.allow_irrefutable = before;
        Ok(())
    }

    fn pattern_inner(&mut self, p: &'a Pattern, pc: &mut PatternContext) -> Result {
        let loc = p.span.place();
        match &p.kind {
            PatternKind::MatchValue { value } => self.value_pattern(value, loc, pc),
            PatternKind::MatchSingleton { value } => {
                let value = from_ast(value, loc)?;
                self.load_const(value, loc);
                self.emit_compare(CmpOp::Is, loc);
                self.jump_to_fail_pop(loc, pc, Opcode::POP_JUMP_IF_FALSE);
                Ok(())
            }
            PatternKind::MatchSequence { patterns } => self.sequence_pattern(patterns, loc, pc),
            PatternKind::MatchMapping { keys, patterns, rest } => {
                self.mapping_pattern(keys, patterns, rest.as_ref(), loc, pc)
            }
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.class_pattern(cls, patterns, kwd_attrs, kwd_patterns, loc, pc)
            }
            PatternKind::MatchStar { name } => self.capture(loc, name.as_ref(), pc),
            PatternKind::MatchAs { pattern, name } => self.as_pattern(pattern.as_deref(), name.as_ref(), loc, pc),
            PatternKind::MatchOr { patterns } => self.or_pattern(patterns, loc, pc),
        }
    }

    fn value_pattern(&mut self, value: &'a Expr, loc: Location, pc: &mut PatternContext) -> Result {
        match self.pattern_constant(value)? {
            Some(constant) => self.load_const(constant, value.place()),
            None if matches!(value.kind, ExprKind::Attribute { .. }) => self.expr(value)?,
            None => return syntax(loc, "patterns may only match literals and attribute lookups"),
        }
        self.emit_compare(CmpOp::Eq, loc);
        self.emit(Opcode::TO_BOOL, loc);
        self.jump_to_fail_pop(loc, pc, Opcode::POP_JUMP_IF_FALSE);
        Ok(())
    }

    /// The constant a literal in a pattern stands for: also `-1` and `1 + 2j`.
    fn pattern_constant(&self, e: &Expr) -> Result<Option<Const>> {
        match &e.kind {
            ExprKind::UnaryOp { op: UnaryOp::USub, operand } => {
                Ok(self.constant(operand)?.and_then(|v| arithmetic::unary(Opcode::UNARY_NEGATIVE, &v)))
            }
            ExprKind::BinOp { left, op: op @ (Operator::Add | Operator::Sub), right } => {
                let (Some(left), Some(right)) = (self.pattern_operand(left)?, self.constant(right)?) else {
                    return Ok(None);
                };
                Ok(arithmetic::binary(&left, super::expressions::binary_operator(*op), &right))
            }
            _ => self.constant(e),
        }
    }

    fn pattern_operand(&self, e: &Expr) -> Result<Option<Const>> {
        match &e.kind {
            ExprKind::UnaryOp { op: UnaryOp::USub, operand } => {
                Ok(self.constant(operand)?.and_then(|v| arithmetic::unary(Opcode::UNARY_NEGATIVE, &v)))
            }
            _ => self.constant(e),
        }
    }

    fn as_pattern(
        &mut self,
        pattern: Option<&'a Pattern>,
        name: Option<&Name>,
        loc: Location,
        pc: &mut PatternContext,
    ) -> Result {
        let Some(pattern) = pattern else {
            if !pc.allow_irrefutable {
                return match name {
                    Some(name) => {
                        let name = repr_name(name);
                        syntax(loc, format!("name capture {name} makes remaining patterns unreachable"))
                    }
                    None => syntax(loc, "wildcard makes remaining patterns unreachable"),
                };
            }
            return self.capture(loc, name, pc);
        };
        pc.on_top += 1;
        self.emit_arg(Opcode::COPY, 1, loc);
        self.pattern(pattern, pc)?;
        pc.on_top -= 1;
        self.capture(loc, name, pc)
    }

    fn length_check(&mut self, n: usize, op: CmpOp, loc: Location, pc: &mut PatternContext) {
        self.emit(Opcode::GET_LEN, loc);
        self.load_const(Const::Int(n as i64), loc);
        self.emit_compare(op, loc);
        self.jump_to_fail_pop(loc, pc, Opcode::POP_JUMP_IF_FALSE);
    }

    fn sequence_pattern(&mut self, patterns: &'a [Pattern], loc: Location, pc: &mut PatternContext) -> Result {
        let is_star = |p: &&Pattern| matches!(p.kind, PatternKind::MatchStar { .. });
        if patterns.iter().filter(is_star).count() > 1 {
            return syntax(loc, "multiple starred names in sequence pattern");
        }
        let star = patterns.iter().position(|p| is_star(&p));
        let only_wildcard = patterns.iter().all(|p| is_wildcard(p) || is_wildcard_star(p));
        pc.on_top += 1;
        self.emit(Opcode::MATCH_SEQUENCE, loc);
        self.jump_to_fail_pop(loc, pc, Opcode::POP_JUMP_IF_FALSE);
        let size = patterns.len();
        if star.is_none() {
            self.length_check(size, CmpOp::Eq, loc, pc);
        } else if size > 1 {
            self.length_check(size - 1, CmpOp::GtE, loc, pc);
        }
        pc.on_top -= 1;
        match star {
            _ if only_wildcard => {
                self.emit(Opcode::POP_TOP, loc);
                Ok(())
            }
            Some(star) if is_wildcard_star(&patterns[star]) => self.sequence_by_index(patterns, star, loc, pc),
            _ => self.sequence_by_unpacking(patterns, loc, pc),
        }
    }

    fn sequence_by_unpacking(&mut self, patterns: &'a [Pattern], loc: Location, pc: &mut PatternContext) -> Result {
        let stars = patterns.iter().map(|p| matches!(p.kind, PatternKind::MatchStar { .. }));
        let messages = [
            "too many expressions in star-unpacking sequence pattern",
            "multiple starred expressions in sequence pattern",
        ];
        self.unpack(stars, patterns.len(), loc, messages)?;
        pc.on_top += patterns.len();
        for pattern in patterns {
            pc.on_top -= 1;
            self.subpattern(pattern, pc)?;
        }
        Ok(())
    }

    /// For sequences with `*_`: fetches only the elements that matter.
    fn sequence_by_index(
        &mut self,
        patterns: &'a [Pattern],
        star: usize,
        loc: Location,
        pc: &mut PatternContext,
    ) -> Result {
        pc.on_top += 1;
        for (i, pattern) in patterns.iter().enumerate() {
            if i == star || is_wildcard(pattern) {
                continue;
            }
            self.emit_arg(Opcode::COPY, 1, loc);
            if i < star {
                self.load_const(Const::Int(i as i64), loc);
            } else {
                // The subject need not know negative indices.
                self.emit(Opcode::GET_LEN, loc);
                self.load_const(Const::Int((patterns.len() - i) as i64), loc);
                self.emit_arg(Opcode::BINARY_OP, binary_op::SUBTRACT, loc);
            }
            self.emit_arg(Opcode::BINARY_OP, binary_op::SUBSCR, loc);
            self.subpattern(pattern, pc)?;
        }
        pc.on_top -= 1;
        self.emit(Opcode::POP_TOP, loc);
        Ok(())
    }

    fn class_pattern(
        &mut self,
        cls: &'a Expr,
        patterns: &'a [Pattern],
        attrs: &'a [Name],
        kwd_patterns: &'a [Pattern],
        loc: Location,
        pc: &mut PatternContext,
    ) -> Result {
        if attrs.len() != kwd_patterns.len() {
            let (a, b) = (attrs.len(), kwd_patterns.len());
            return syntax(loc, format!("kwd_attrs ({a}) / kwd_patterns ({b}) length mismatch in class pattern"));
        }
        for (i, attr) in attrs.iter().enumerate() {
            if let Some(j) = attrs[i + 1..].iter().position(|other| other == attr) {
                let place = kwd_patterns[i + 1 + j].span.place();
                return syntax(place, format!("attribute name repeated in class pattern: {attr}"));
            }
        }
        self.expr(cls)?;
        let names: Vec<Const> = attrs.iter().map(|a| Const::str(&**a)).collect();
        self.load_const(Const::Tuple(names.into()), loc);
        self.emit_arg(Opcode::MATCH_CLASS, patterns.len() as u32, loc);
        self.check_not_none(loc, pc, 1);
        let total = patterns.len() + attrs.len();
        self.emit_arg(Opcode::UNPACK_SEQUENCE, total as u32, loc);
        pc.on_top += total;
        pc.on_top -= 1;
        for pattern in patterns.iter().chain(kwd_patterns) {
            pc.on_top -= 1;
            if is_wildcard(pattern) {
                self.emit(Opcode::POP_TOP, loc);
            } else {
                self.subpattern(pattern, pc)?;
            }
        }
        Ok(())
    }

    /// Fails if the value on top is None; afterwards `kept` more values need keeping.
    fn check_not_none(&mut self, loc: Location, pc: &mut PatternContext, kept: usize) {
        self.emit_arg(Opcode::COPY, 1, loc);
        self.load_const(Const::None, loc);
        self.emit_arg(Opcode::IS_OP, 1, loc);
        pc.on_top += kept;
        self.jump_to_fail_pop(loc, pc, Opcode::POP_JUMP_IF_FALSE);
    }

    fn mapping_key(&mut self, key: &'a Expr, seen: &mut Vec<Const>, loc: Location) -> Result {
        let Some(constant) = self.pattern_constant(key)? else {
            if !matches!(key.kind, ExprKind::Attribute { .. }) {
                return syntax(loc, "mapping pattern keys may only match literals and attribute lookups");
            }
            return self.expr(key);
        };
        if seen.iter().any(|other| arithmetic::python_equal(other, &constant)) {
            let shown = whipsnake_bytecode::dis::repr_const(&constant);
            return syntax(loc, format!("mapping pattern checks duplicate key ({shown})"));
        }
        seen.push(constant.clone());
        self.load_const(constant, key.place());
        Ok(())
    }

    fn mapping_pattern(
        &mut self,
        keys: &'a [Expr],
        patterns: &'a [Pattern],
        rest: Option<&Name>,
        loc: Location,
        pc: &mut PatternContext,
    ) -> Result {
        let size = keys.len();
        if size != patterns.len() {
            let n = patterns.len();
            return syntax(loc, format!("keys ({size}) / patterns ({n}) length mismatch in mapping pattern"));
        }
        pc.on_top += 1;
        self.emit(Opcode::MATCH_MAPPING, loc);
        self.jump_to_fail_pop(loc, pc, Opcode::POP_JUMP_IF_FALSE);
        if size == 0 && rest.is_none() {
            pc.on_top -= 1;
            self.emit(Opcode::POP_TOP, loc);
            return Ok(());
        }
        if size > 0 {
            self.length_check(size, CmpOp::GtE, loc, pc);
        }
        let mut seen = Vec::new();
        for key in keys {
            self.mapping_key(key, &mut seen, loc)?;
        }
        self.emit_arg(Opcode::BUILD_TUPLE, size as u32, loc);
        self.emit(Opcode::MATCH_KEYS, loc);
        // Above the subject there are now the keys and the values.
        self.check_not_none(loc, pc, 2);
        self.emit_arg(Opcode::UNPACK_SEQUENCE, size as u32, loc);
        pc.on_top += size;
        pc.on_top -= 1;
        for pattern in patterns {
            pc.on_top -= 1;
            self.subpattern(pattern, pc)?;
        }
        pc.on_top -= 2;
        let Some(rest) = rest else {
            self.emit(Opcode::POP_TOP, loc);
            self.emit(Opcode::POP_TOP, loc);
            return Ok(());
        };
        // A copy of the subject without the keys.
        self.emit_arg(Opcode::BUILD_MAP, 0, loc);
        self.emit_arg(Opcode::SWAP, 3, loc);
        self.emit_arg(Opcode::DICT_UPDATE, 2, loc);
        self.emit_arg(Opcode::UNPACK_SEQUENCE, size as u32, loc);
        for remaining in (1..=size).rev() {
            self.emit_arg(Opcode::COPY, 1 + remaining as u32, loc);
            self.emit_arg(Opcode::SWAP, 2, loc);
            self.emit(Opcode::DELETE_SUBSCR, loc);
        }
        self.capture(loc, Some(rest), pc)
    }

    fn or_pattern(&mut self, alternatives: &'a [Pattern], loc: Location, pc: &mut PatternContext) -> Result {
        let end = self.new_label();
        let mut control: Option<Vec<Name>> = None;
        for (i, alternative) in alternatives.iter().enumerate() {
            let here = alternative.span.place();
            let mut inner = PatternContext {
                allow_irrefutable: i + 1 == alternatives.len() && pc.allow_irrefutable,
                ..PatternContext::default()
            };
            self.emit_arg(Opcode::COPY, 1, here);
            self.pattern(alternative, &mut inner)?;
            match &control {
                None => control = Some(inner.stores.clone()),
                Some(control) => self.reorder_captures(control, &mut inner.stores, here, loc)?,
            }
            self.emit_jump(Opcode::JUMP, end, here);
            self.emit_fail_pops(here, &mut inner);
        }
        // No alternative matched: drop the last copy of the subject.
        self.emit(Opcode::POP_TOP, loc);
        self.jump_to_fail_pop(loc, pc, Opcode::JUMP);
        self.use_label(end);
        let control = control.unwrap_or_default();
        let rotations = control.len() + 1 + pc.on_top + pc.stores.len();
        for name in control {
            self.rotate(loc, rotations);
            if pc.stores.contains(&name) {
                return syntax(loc, format!("multiple assignments to name {} in pattern", repr_name(&name)));
            }
            pc.stores.push(name);
        }
        self.emit(Opcode::POP_TOP, loc);
        Ok(())
    }

    /// Brings the captures of an alternative into the order of the first one's.
    fn reorder_captures(
        &mut self,
        control: &[Name],
        stores: &mut Vec<Name>,
        here: Location,
        whole: Location,
    ) -> Result {
        let different = "alternative patterns bind different names";
        if stores.len() != control.len() {
            return syntax(whole, different);
        }
        for wanted in (0..control.len()).rev() {
            let Some(found) = stores.iter().position(|n| *n == control[wanted]) else {
                return syntax(whole, different);
            };
            if found == wanted {
                continue;
            }
            let rotations = found + 1;
            let rotated: Vec<Name> = stores.drain(..rotations).collect();
            let at = wanted - found;
            stores.splice(at..at, rotated);
            for _ in 0..rotations {
                self.rotate(here, wanted + 1);
            }
        }
        Ok(())
    }
}

//! First pass over match patterns and type parameters.

use whipsnake_bytecode::locations::Location;
use whipsnake_syntax::ast::{Expr, ExprContext, ExprKind, Pattern, PatternKind, TypeParam, TypeParamKind};

use super::build::{Builder, check_name};
use super::{BlockKey, BlockKind, Name, address, flag};
use crate::error::{Result, syntax};
use crate::place::HasPlace;

impl Builder {
    pub(super) fn pattern(&mut self, p: &Pattern) -> Result {
        self.deeper(|b| b.pattern_inner(p))
    }

    fn patterns(&mut self, patterns: &[Pattern]) -> Result {
        patterns.iter().try_for_each(|p| self.pattern(p))
    }

    fn capture(&mut self, name: Option<&Name>, place: Location) -> Result {
        name.map_or(Ok(()), |name| self.add_def(name, flag::LOCAL, place))
    }

    fn pattern_inner(&mut self, p: &Pattern) -> Result {
        let place = p.span.place();
        match &p.kind {
            PatternKind::MatchValue { value } => self.expr(value),
            PatternKind::MatchSingleton { .. } => Ok(()),
            PatternKind::MatchSequence { patterns } | PatternKind::MatchOr { patterns } => self.patterns(patterns),
            PatternKind::MatchStar { name } => self.capture(name.as_ref(), place),
            PatternKind::MatchMapping { keys, patterns, rest } => {
                self.exprs(keys)?;
                self.patterns(patterns)?;
                self.capture(rest.as_ref(), place)
            }
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.expr(cls)?;
                self.patterns(patterns)?;
                for (attr, pattern) in kwd_attrs.iter().zip(kwd_patterns) {
                    check_name(attr, pattern.span.place(), ExprContext::Store)?;
                }
                self.patterns(kwd_patterns)
            }
            PatternKind::MatchAs { pattern, name } => {
                if let Some(pattern) = pattern {
                    self.pattern(pattern)?;
                }
                self.capture(name.as_ref(), place)
            }
        }
    }

    pub(super) fn type_param(&mut self, p: &TypeParam) -> Result {
        let place = p.span.place();
        let key = address(p);
        match &p.kind {
            TypeParamKind::TypeVar { name, bound, default_value } => {
                self.add_def(name, flag::TYPE_PARAM | flag::LOCAL, place)?;
                let is_tuple = matches!(bound.as_deref(), Some(Expr { kind: ExprKind::Tuple { .. }, .. }));
                let info = if is_tuple { "a TypeVar constraint" } else { "a TypeVar bound" };
                self.bound_or_default(bound.as_deref(), name, BlockKey::Bound(key), place, info)?;
                self.bound_or_default(
                    default_value.as_deref(),
                    name,
                    BlockKey::Default(key),
                    place,
                    "a TypeVar default",
                )
            }
            TypeParamKind::TypeVarTuple { name, default_value } => {
                self.add_def(name, flag::TYPE_PARAM | flag::LOCAL, place)?;
                let info = "a TypeVarTuple default";
                self.bound_or_default(default_value.as_deref(), name, BlockKey::Default(key), place, info)
            }
            TypeParamKind::ParamSpec { name, default_value } => {
                self.add_def(name, flag::TYPE_PARAM | flag::LOCAL, place)?;
                let info = "a ParamSpec default";
                self.bound_or_default(default_value.as_deref(), name, BlockKey::Default(key), place, info)
            }
        }
    }

    fn bound_or_default(
        &mut self,
        e: Option<&Expr>,
        name: &Name,
        key: BlockKey,
        place: Location,
        info: &'static str,
    ) -> Result {
        if &**name == "__classdict__" {
            return syntax(place, format!("reserved name '{name}' cannot be used for type parameter"));
        }
        let Some(e) = e else { return Ok(()) };
        let in_class = self.current().can_see_class_scope;
        self.enter(name.clone(), BlockKind::TypeVariable, key, e.place());
        if in_class {
            self.see_class_scope(e.place())?;
        }
        self.current_mut().scope_info = Some(info);
        self.expr(e)?;
        self.exit();
        Ok(())
    }
}

//! SyntaxWarnings about code that is legal but surely a mistake.

use whipsnake_bytecode::locations::Location;
use whipsnake_syntax::ast::{CmpOp, Constant, Expr, ExprKind};

use super::Compiler;
use crate::place::HasPlace;

/// The name of the type an expression evidently has.
fn type_name(e: &Expr) -> Option<&'static str> {
    Some(match &e.kind {
        ExprKind::Tuple { .. } => "tuple",
        ExprKind::List { .. } | ExprKind::ListComp { .. } => "list",
        ExprKind::Dict { .. } | ExprKind::DictComp { .. } => "dict",
        ExprKind::Set { .. } | ExprKind::SetComp { .. } => "set",
        ExprKind::GeneratorExp { .. } => "generator",
        ExprKind::Lambda { .. } => "function",
        ExprKind::TemplateStr { .. } | ExprKind::Interpolation { .. } => "string.templatelib.Template",
        ExprKind::JoinedStr { .. } | ExprKind::FormattedValue { .. } => "str",
        ExprKind::Constant { value, .. } => match value {
            Constant::None => "NoneType",
            Constant::Bool(_) => "bool",
            Constant::Ellipsis => "ellipsis",
            Constant::Int(_) => "int",
            Constant::Float(_) => "float",
            Constant::Complex { .. } => "complex",
            Constant::Str(_) => "str",
            Constant::Bytes(_) => "bytes",
            Constant::Tuple(_) => "tuple",
            Constant::FrozenSet(_) => "frozenset",
        },
        _ => return None,
    })
}

/// A literal whose identity means nothing.
fn is_literal(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Tuple { elts, .. } => elts.iter().all(|elt| matches!(elt.kind, ExprKind::Constant { .. })),
        ExprKind::Constant { value, .. } => !matches!(value, Constant::None | Constant::Bool(_) | Constant::Ellipsis),
        _ => false,
    }
}

impl<'a> Compiler<'a> {
    pub(super) fn check_assert(&mut self, test: &Expr, loc: Location) {
        let always_true = match &test.kind {
            ExprKind::Tuple { elts, .. } => !elts.is_empty(),
            ExprKind::Constant { value: Constant::Tuple(items), .. } => !items.is_empty(),
            _ => false,
        };
        if always_true {
            self.warn(loc, "assertion is always true, perhaps remove parentheses?".to_owned());
        }
    }

    pub(super) fn check_compare(&mut self, e: &Expr, left: &Expr, ops: &[CmpOp], comparators: &[Expr]) {
        let mut left = left;
        for (op, right) in ops.iter().zip(comparators) {
            let (word, better) = match op {
                CmpOp::Is => ("is", "=="),
                CmpOp::IsNot => ("is not", "!="),
                _ => {
                    left = right;
                    continue;
                }
            };
            if let Some(literal) = [left, right].into_iter().find(|operand| is_literal(operand)) {
                let name = type_name(literal).unwrap_or("object");
                self.warn(e.place(), format!("\"{word}\" with '{name}' literal. Did you mean \"{better}\"?"));
                return;
            }
            left = right;
        }
    }

    pub(super) fn check_caller(&mut self, func: &Expr) {
        if matches!(func.kind, ExprKind::Lambda { .. }) {
            return;
        }
        if let Some(name) = type_name(func) {
            self.warn(func.place(), format!("'{name}' object is not callable; perhaps you missed a comma?"));
        }
    }

    pub(super) fn check_subscripter(&mut self, value: &Expr) {
        let not_subscriptable = match &value.kind {
            ExprKind::Constant { value, .. } => {
                !matches!(value, Constant::Str(_) | Constant::Bytes(_) | Constant::Tuple(_))
            }
            ExprKind::Set { .. }
            | ExprKind::SetComp { .. }
            | ExprKind::GeneratorExp { .. }
            | ExprKind::TemplateStr { .. }
            | ExprKind::Interpolation { .. }
            | ExprKind::Lambda { .. } => true,
            _ => false,
        };
        if let Some(name) = type_name(value).filter(|_| not_subscriptable) {
            self.warn(value.place(), format!("'{name}' object is not subscriptable; perhaps you missed a comma?"));
        }
    }

    pub(super) fn check_index(&mut self, value: &Expr, slice: &Expr) {
        let Some(index) = type_name(slice) else { return };
        if matches!(index, "int" | "bool") {
            return;
        }
        let is_sequence = match &value.kind {
            ExprKind::Constant { value, .. } => {
                matches!(value, Constant::Str(_) | Constant::Bytes(_) | Constant::Tuple(_))
            }
            ExprKind::Tuple { .. }
            | ExprKind::List { .. }
            | ExprKind::ListComp { .. }
            | ExprKind::JoinedStr { .. }
            | ExprKind::FormattedValue { .. } => true,
            _ => false,
        };
        if let Some(name) = type_name(value).filter(|_| is_sequence) {
            self.warn(
                value.place(),
                format!("{name} indices must be integers or slices, not {index}; perhaps you missed a comma?"),
            );
        }
    }
}

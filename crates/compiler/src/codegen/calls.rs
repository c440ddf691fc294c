//! Calls: methods, `super()`, `all`/`any`/`tuple` over a generator, and the general form.

use whipsnake_bytecode::locations::Location;
use whipsnake_bytecode::opcodes::{common_constant, intrinsic_1};
use whipsnake_bytecode::{Const, Opcode};
use whipsnake_syntax::ast::{CmpOp, Expr, ExprContext, ExprKind, Keyword};

use super::displays::TUPLE;
use super::names::{AttrLoad, attribute_place};
use super::{Compiler, STACK_USE_GUIDELINE};
use crate::error::{Result, syntax};
use crate::place::{HasPlace, NO_LOCATION};
use crate::sequence::Label;
use crate::symtable::{BlockKey, Name, Resolution, SymbolTable, address, flag};

fn is_starred(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Starred { .. })
}

impl<'a> Compiler<'a> {
    pub(super) fn call(&mut self, e: &'a Expr, func: &'a Expr, args: &'a [Expr], keywords: &'a [Keyword]) -> Result {
        validate_keywords(keywords)?;
        if self.method_call(e, func, args, keywords)? {
            return Ok(());
        }
        let skip_normal_call = self.new_label();
        self.check_caller(func);
        self.expr(func)?;
        self.builtin_over_generator(func, args, keywords, skip_normal_call)?;
        self.emit(Opcode::PUSH_NULL, func.place());
        self.call_arguments(e.place(), 0, args, None, keywords)?;
        self.use_label(skip_normal_call);
        Ok(())
    }

    /// `all`, `any` and `tuple` over a generator expression run as a loop, if the name still means the builtin.
    fn builtin_over_generator(
        &mut self,
        func: &'a Expr,
        args: &'a [Expr],
        keywords: &'a [Keyword],
        end: Label,
    ) -> Result {
        let (ExprKind::Name { id, .. }, [generator], []) = (&func.kind, args, keywords) else { return Ok(()) };
        let body = self.table.lookup(BlockKey::Body(address(generator)));
        let is_async = body.is_some_and(|id| self.table.scope(id).coroutine);
        if !matches!(generator.kind, ExprKind::GeneratorExp { .. }) || is_async {
            return Ok(());
        }
        let skip = self.new_label();
        let (constant, found) = match &**id {
            "all" => (common_constant::BUILTIN_ALL, Some(false)),
            "any" => (common_constant::BUILTIN_ANY, Some(true)),
            "tuple" => (common_constant::BUILTIN_TUPLE, None),
            _ => {
                self.use_label(skip);
                return Ok(());
            }
        };
        let loc = func.place();
        self.emit_arg(Opcode::COPY, 1, loc);
        self.emit_arg(Opcode::LOAD_COMMON_CONSTANT, constant, loc);
        self.emit_compare(CmpOp::Is, loc);
        self.emit_jump(Opcode::POP_JUMP_IF_FALSE, skip, loc);
        self.emit(Opcode::POP_TOP, loc);
        if found.is_none() {
            self.emit_arg(Opcode::BUILD_LIST, 0, loc);
        }
        self.expr(generator)?;
        let start = self.new_label();
        let cleanup = self.new_label();
        self.use_label(start);
        self.emit_jump(Opcode::FOR_ITER, cleanup, loc);
        match found {
            None => {
                self.emit_arg(Opcode::LIST_APPEND, 2, loc);
                self.emit_jump(Opcode::JUMP, start, loc);
            }
            Some(found) => {
                self.emit(Opcode::TO_BOOL, loc);
                let go_on = if found { Opcode::POP_JUMP_IF_FALSE } else { Opcode::POP_JUMP_IF_TRUE };
                self.emit_jump(go_on, start, loc);
            }
        }
        self.emit(Opcode::POP_ITER, NO_LOCATION);
        if let Some(found) = found {
            self.load_const(Const::bool(found), loc);
        }
        self.emit_jump(Opcode::JUMP, end, loc);
        self.use_label(cleanup);
        self.emit(Opcode::END_FOR, NO_LOCATION);
        self.emit(Opcode::POP_ITER, NO_LOCATION);
        match found {
            None => self.emit_arg(Opcode::CALL_INTRINSIC_1, intrinsic_1::LIST_TO_TUPLE, loc),
            Some(found) => self.load_const(Const::bool(!found), loc),
        }
        self.emit_jump(Opcode::JUMP, end, loc);
        self.use_label(skip);
        Ok(())
    }

    /// Generates `value.attr(...)` without making the bound method, if nothing forbids it.
    fn method_call(&mut self, e: &'a Expr, func: &'a Expr, args: &'a [Expr], keywords: &'a [Keyword]) -> Result<bool> {
        let ExprKind::Attribute { value, attr, ctx: ExprContext::Load } = &func.kind else { return Ok(false) };
        // An imported module has no methods to speak of.
        if let ExprKind::Name { id, .. } = &value.kind
            && self.table.scope(SymbolTable::TOP).flags(id) & flag::IMPORT != 0
        {
            return Ok(false);
        }
        let total = args.len() + keywords.len() + usize::from(!keywords.is_empty());
        let unpacks = args.iter().any(is_starred) || keywords.iter().any(|k| k.arg.is_none());
        if total >= STACK_USE_GUIDELINE || unpacks {
            return Ok(false);
        }
        let node = func.place();
        let loc = attribute_place(node, node, attr);
        if self.can_optimize_super_call(value, attr) {
            let with_args = self.load_super_args(value)?;
            let kind = if with_args { AttrLoad::SuperMethod } else { AttrLoad::ZeroSuperMethod };
            self.load_attr(kind, attr, node);
            self.emit(Opcode::NOP, loc);
        } else {
            self.expr(value)?;
            self.load_attr(AttrLoad::Method, attr, loc);
        }
        self.exprs(args)?;
        let call_loc = attribute_place(e.place(), node, attr);
        if keywords.is_empty() {
            self.emit_arg(Opcode::CALL, args.len() as u32, call_loc);
        } else {
            self.exprs(keywords.iter().map(|k| &k.value))?;
            self.keyword_names(keywords, loc);
            self.emit_arg(Opcode::CALL_KW, (args.len() + keywords.len()) as u32, call_loc);
        }
        Ok(true)
    }

    fn keyword_names(&mut self, keywords: &[Keyword], loc: Location) {
        let names: Vec<Const> = keywords.iter().map(|k| Const::str(k.arg.as_deref().unwrap_or(""))).collect();
        self.load_const(Const::Tuple(names.into()), loc);
    }

    /// Whether `value` is a `super()` whose attribute LOAD_SUPER_ATTR can fetch.
    pub(super) fn can_optimize_super_call(&self, value: &Expr, attr: &str) -> bool {
        let ExprKind::Call { func, args, keywords } = &value.kind else { return false };
        let is_super = matches!(&func.kind, ExprKind::Name { id, .. } if &**id == "super");
        if !is_super || attr == "__class__" || !keywords.is_empty() {
            return false;
        }
        let shadowed = self.scope().resolution("super") != Resolution::GlobalImplicit
            || self.table.scope(SymbolTable::TOP).resolution("super") != Resolution::Unknown;
        if shadowed {
            return false;
        }
        match args.len() {
            2 => !args.iter().any(is_starred),
            0 => {
                let arity = self.unit().arity;
                (arity.args > 0 || arity.posonly > 0) && self.reference_type("__class__") == Resolution::Free
            }
            _ => false,
        }
    }

    /// Pushes `super` and its two arguments; returns whether they were written out.
    pub(super) fn load_super_args(&mut self, value: &'a Expr) -> Result<bool> {
        let ExprKind::Call { func, args, .. } = &value.kind else { return Ok(false) };
        let loc = value.place();
        self.name_op(func.place(), &"super".into(), ExprContext::Load)?;
        if args.len() == 2 {
            self.exprs(args)?;
            return Ok(true);
        }
        self.name_op(loc, &"__class__".into(), ExprContext::Load)?;
        let first: Option<Name> = self.unit().varnames.first().cloned();
        if let Some(first) = first {
            self.name_op(loc, &first, ExprContext::Load)?;
        }
        Ok(false)
    }

    fn sub_keywords(&mut self, loc: Location, keywords: &'a [Keyword]) -> Result {
        let big = keywords.len() * 2 > STACK_USE_GUIDELINE;
        if big {
            self.emit_arg(Opcode::BUILD_MAP, 0, NO_LOCATION);
        }
        for keyword in keywords {
            self.load_str(keyword.arg.as_deref().unwrap_or(""), loc);
            self.expr(&keyword.value)?;
            if big {
                self.emit_arg(Opcode::MAP_ADD, 1, NO_LOCATION);
            }
        }
        if !big {
            self.emit_arg(Opcode::BUILD_MAP, keywords.len() as u32, loc);
        }
        Ok(())
    }

    /// The arguments and the call itself; `pushed` arguments are on the stack already, `injected` is loaded after `args`.
    pub(super) fn call_arguments(
        &mut self,
        loc: Location,
        pushed: u32,
        args: &'a [Expr],
        injected: Option<&Name>,
        keywords: &'a [Keyword],
    ) -> Result {
        validate_keywords(keywords)?;
        let unpacks = args.iter().any(is_starred) || keywords.iter().any(|k| k.arg.is_none());
        if unpacks || args.len() + keywords.len() * 2 > STACK_USE_GUIDELINE {
            return self.call_unpacking(loc, pushed, args, injected, keywords);
        }
        self.exprs(args)?;
        let mut count = pushed + args.len() as u32;
        if let Some(name) = injected {
            self.name_op(loc, name, ExprContext::Load)?;
            count += 1;
        }
        if keywords.is_empty() {
            self.emit_arg(Opcode::CALL, count, loc);
        } else {
            self.exprs(keywords.iter().map(|k| &k.value))?;
            self.keyword_names(keywords, loc);
            self.emit_arg(Opcode::CALL_KW, count + keywords.len() as u32, loc);
        }
        Ok(())
    }

    fn call_unpacking(
        &mut self,
        loc: Location,
        pushed: u32,
        args: &'a [Expr],
        injected: Option<&Name>,
        keywords: &'a [Keyword],
    ) -> Result {
        match args {
            [Expr { kind: ExprKind::Starred { value, .. }, .. }] if pushed == 0 => self.expr(value)?,
            _ => self.build_sequence(loc, args, injected, pushed, TUPLE)?,
        }
        let mut have_dict = false;
        let mut pending = 0;
        for (i, keyword) in keywords.iter().enumerate() {
            if keyword.arg.is_some() {
                pending += 1;
                continue;
            }
            if pending > 0 {
                self.merge_keywords(loc, &keywords[i - pending..i], &mut have_dict)?;
                pending = 0;
            }
            if !have_dict {
                self.emit_arg(Opcode::BUILD_MAP, 0, loc);
                have_dict = true;
            }
            self.expr(&keyword.value)?;
            self.emit_arg(Opcode::DICT_MERGE, 1, loc);
        }
        if pending > 0 {
            self.merge_keywords(loc, &keywords[keywords.len() - pending..], &mut have_dict)?;
        }
        if keywords.is_empty() {
            self.emit(Opcode::PUSH_NULL, loc);
        }
        self.emit(Opcode::CALL_FUNCTION_EX, loc);
        Ok(())
    }

    fn merge_keywords(&mut self, loc: Location, keywords: &'a [Keyword], have_dict: &mut bool) -> Result {
        self.sub_keywords(loc, keywords)?;
        if *have_dict {
            self.emit_arg(Opcode::DICT_MERGE, 1, loc);
        }
        *have_dict = true;
        Ok(())
    }
}

fn validate_keywords(keywords: &[Keyword]) -> Result {
    for (i, keyword) in keywords.iter().enumerate() {
        let Some(name) = &keyword.arg else { continue };
        if let Some(other) = keywords[i + 1..].iter().find(|k| k.arg.as_ref() == Some(name)) {
            return syntax(other.span.place(), format!("keyword argument repeated: {name}"));
        }
    }
    Ok(())
}

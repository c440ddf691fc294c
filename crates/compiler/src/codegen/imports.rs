//! Import statements.

use whipsnake_bytecode::locations::Location;
use whipsnake_bytecode::opcodes::intrinsic_1;
use whipsnake_bytecode::{Const, Opcode};
use whipsnake_syntax::ast::{Alias, ExprContext};

use super::Compiler;
use crate::error::Result;
use crate::place::NO_LOCATION;
use crate::symtable::Name;

impl<'a> Compiler<'a> {
    pub(super) fn import(&mut self, names: &'a [Alias], loc: Location) -> Result {
        for alias in names {
            self.load_const(Const::Int(0), loc);
            self.load_const(Const::None, loc);
            self.emit_name(Opcode::IMPORT_NAME, &alias.name, loc);
            match &alias.asname {
                Some(asname) => self.import_as(&alias.name, asname, loc)?,
                None => {
                    let head: Name = match alias.name.split_once('.') {
                        Some((head, _)) => head.into(),
                        None => alias.name.clone(),
                    };
                    self.name_op(loc, &head, ExprContext::Store)?;
                }
            }
        }
        Ok(())
    }

    /// Binds the last component of a dotted name, walking down from the top package.
    fn import_as(&mut self, name: &Name, asname: &Name, loc: Location) -> Result {
        let mut attributes = name.split('.').skip(1).peekable();
        if attributes.peek().is_none() {
            return self.name_op(loc, asname, ExprContext::Store);
        }
        while let Some(attribute) = attributes.next() {
            let index = self.unit_mut().name_index(&attribute.into());
            self.emit_arg(Opcode::IMPORT_FROM, index, loc);
            if attributes.peek().is_some() {
                self.emit_arg(Opcode::SWAP, 2, loc);
                self.emit(Opcode::POP_TOP, loc);
            }
        }
        self.name_op(loc, asname, ExprContext::Store)?;
        self.emit(Opcode::POP_TOP, loc);
        Ok(())
    }

    pub(super) fn import_from(
        &mut self,
        module: Option<&Name>,
        names: &'a [Alias],
        level: u32,
        loc: Location,
    ) -> Result {
        self.load_const(Const::Int(i64::from(level)), loc);
        let imported: Vec<Const> = names.iter().map(|alias| Const::str(&*alias.name)).collect();
        self.load_const(Const::Tuple(imported.into()), loc);
        let module = module.cloned().unwrap_or_else(|| "".into());
        self.emit_name(Opcode::IMPORT_NAME, &module, loc);
        for (i, alias) in names.iter().enumerate() {
            if i == 0 && alias.name.starts_with('*') {
                self.emit_arg(Opcode::CALL_INTRINSIC_1, intrinsic_1::IMPORT_STAR, loc);
                self.emit(Opcode::POP_TOP, NO_LOCATION);
                return Ok(());
            }
            self.emit_name(Opcode::IMPORT_FROM, &alias.name, loc);
            self.name_op(loc, alias.asname.as_ref().unwrap_or(&alias.name), ExprContext::Store)?;
        }
        self.emit(Opcode::POP_TOP, loc);
        Ok(())
    }
}

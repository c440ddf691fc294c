//! SyntaxWarnings for `return`, `break` and `continue` that leave a `finally` block (PEP 765).

use whipsnake_syntax::ast::{Mod, Stmt, StmtKind};

use crate::error::{Result, Warning};
use crate::place::{HasPlace, descend};

/// The warnings of a module.
pub(crate) fn collect(module: &Mod) -> Result<Vec<Warning>> {
    let mut walk = Walk { warnings: Vec::new(), in_finally: false, depth: 0 };
    if let Mod::Module { body, .. } | Mod::Interactive { body } = module {
        walk.stmts(body)?;
    }
    Ok(walk.warnings)
}

struct Walk {
    warnings: Vec<Warning>,
    /// Directly in a `finally` block: no loop or function between.
    in_finally: bool,
    depth: u32,
}

impl Walk {
    fn stmts(&mut self, body: &[Stmt]) -> Result {
        body.iter().try_for_each(|s| descend(self, |w| &mut w.depth, |w| w.stmt(s)))
    }

    fn stmts_in(&mut self, in_finally: bool, body: &[Stmt]) -> Result {
        let before = std::mem::replace(&mut self.in_finally, in_finally);
        self.stmts(body)?;
        self.in_finally = before;
        Ok(())
    }

    fn leaves(&mut self, stmt: &Stmt, word: &str) {
        if self.in_finally {
            let message = format!("'{word}' in a 'finally' block");
            self.warnings.push(Warning { message, location: stmt.place() });
        }
    }

    fn stmt(&mut self, s: &Stmt) -> Result {
        match &s.kind {
            StmtKind::Return { .. } => self.leaves(s, "return"),
            StmtKind::Break => self.leaves(s, "break"),
            StmtKind::Continue => self.leaves(s, "continue"),
            StmtKind::FunctionDef(f) | StmtKind::AsyncFunctionDef(f) => self.stmts_in(false, &f.body)?,
            StmtKind::ClassDef(c) => self.stmts(&c.body)?,
            StmtKind::For(f) | StmtKind::AsyncFor(f) => {
                self.stmts_in(false, &f.body)?;
                self.stmts(&f.orelse)?;
            }
            StmtKind::While(w) => {
                self.stmts_in(false, &w.body)?;
                self.stmts(&w.orelse)?;
            }
            StmtKind::If(i) => {
                self.stmts(&i.body)?;
                self.stmts(&i.orelse)?;
            }
            StmtKind::With(w) | StmtKind::AsyncWith(w) => self.stmts(&w.body)?,
            StmtKind::Match(m) => m.cases.iter().try_for_each(|case| self.stmts(&case.body))?,
            StmtKind::Try(t) | StmtKind::TryStar(t) => {
                self.stmts(&t.body)?;
                t.handlers.iter().try_for_each(|h| self.stmts(&h.body))?;
                self.stmts(&t.orelse)?;
                self.stmts_in(true, &t.finalbody)?;
            }
            _ => {}
        }
        Ok(())
    }
}

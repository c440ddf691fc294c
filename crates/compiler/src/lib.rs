//! The compiler: from a syntax tree to code objects.
//!
//! Pipeline: `future` and `symtable` look at the tree, `codegen` turns it into instruction sequences, `cfg` and `passes` optimise
//! their control-flow graphs, `assemble` makes code objects. Every stage follows what CPython 3.14 does, so that the same source
//! gives the same bytecode, constants, locations and errors.
//! Invariant: nothing here knows objects or the runtime; nothing panics on any tree, however deep.
#![forbid(unsafe_code)]

mod assemble;
mod cfg;
mod codegen;
mod constants;
mod error;
mod finally_warnings;
mod future;
mod passes;
mod place;
mod preprocess;
mod sequence;
pub mod symtable;
mod unparse;

use std::sync::Arc;

use rustpython_wtf8::Wtf8;
use whipsnake_bytecode::{Code, CodeFlags};
use whipsnake_syntax::ast::Mod;

pub use error::{CompileError, ErrorKind, Warning};
pub use preprocess::preprocess;

/// What kind of program is compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    /// A module.
    #[default]
    Exec,
    /// One expression.
    Eval,
    /// One interactive statement: the values of expression statements are printed.
    Single,
}

/// How to compile.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    pub mode: Mode,
    /// 0; 1 as with `-O` (no asserts, `__debug__` false); 2 as with `-OO` (no docstrings either).
    pub optimize: u8,
    /// Future features inherited from the code that calls `compile` ([`CodeFlags`] bits).
    pub future_flags: u32,
    /// `ast.PyCF_ALLOW_TOP_LEVEL_AWAIT`.
    pub allow_top_level_await: bool,
}

/// A compiled module.
#[derive(Clone, Debug)]
pub struct Compiled {
    pub code: Arc<Code>,
    /// SyntaxWarnings, for the caller to issue.
    pub warnings: Vec<Warning>,
}

/// The bits of [`Options::future_flags`] that are passed on.
pub const FUTURE_MASK: u32 = CodeFlags::FUTURE_DIVISION
    | CodeFlags::FUTURE_ABSOLUTE_IMPORT
    | CodeFlags::FUTURE_WITH_STATEMENT
    | CodeFlags::FUTURE_PRINT_FUNCTION
    | CodeFlags::FUTURE_UNICODE_LITERALS
    | CodeFlags::FUTURE_BARRY_AS_BDFL
    | CodeFlags::FUTURE_GENERATOR_STOP
    | CodeFlags::FUTURE_ANNOTATIONS;

/// Compiles `module`.
///
/// # Errors
/// The SyntaxErrors that CPython's symbol table and compiler raise, with their messages and places; [`ErrorKind::TooDeep`] for trees
/// nested too deeply.
pub fn compile(module: &Mod, filename: impl AsRef<Wtf8>, options: Options) -> Result<Compiled, CompileError> {
    let inner = || {
        let mut future = future::read(module)?;
        future.features |= options.future_flags & FUTURE_MASK;
        let mut warnings = finally_warnings::collect(module)?;
        let table = symtable::SymbolTable::of(module, &future, &options)?;
        let filename = filename.as_ref().to_wtf8_buf();
        let (code, more) = codegen::compile_module(module, filename, &options, future.features, table)?;
        warnings.extend(more);
        Ok(Compiled { code, warnings })
    };
    inner().map_err(|e: Box<CompileError>| *e)
}

/// Builds the symbol tables of `module`, as the `symtable` module shows them.
///
/// # Errors
/// The SyntaxErrors about names and scopes.
pub fn symbol_table(module: &Mod, options: Options) -> Result<symtable::SymbolTable, CompileError> {
    let inner = || {
        let mut future = future::read(module)?;
        future.features |= options.future_flags & FUTURE_MASK;
        symtable::SymbolTable::of(module, &future, &options)
    };
    inner().map_err(|e| *e)
}

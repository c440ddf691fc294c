//! `_symtable`: the compiler's symbol tables as Python objects, for the `symtable` module.

use std::cell::Cell;

use crate::compile;
use whipsnake_compiler as compiler;
use whipsnake_compiler::symtable::{ScopeId, SymbolTable, flag};
use whipsnake_runtime::builtins::evaluate::{filename_of, source_text};
use whipsnake_runtime::interp::{CompileMode, CompileRequest};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::module;
use whipsnake_runtime::types::str::{Str, to_rust_string};

/// One block's table.
pub struct Entry {
    /// Distinct among the entries that are alive: the address.
    id: Cell<i64>,
    name: Obj,
    /// A dict of flags by name.
    symbols: Obj,
    /// A list of parameters.
    varnames: Obj,
    /// A list of entries.
    children: Obj,
    nested: bool,
    kind: u8,
    line: i32,
}

impl Payload for Entry {
    fn ty() -> &'static Type {
        &ENTRY_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        for owned in [&self.name, &self.symbols, &self.varnames, &self.children] {
            visitor.obj(owned);
        }
    }
}

builtin_type! {
    /// `symtable entry`.
    pub static ENTRY_TYPE = TypeSpec {
        name: "symtable entry",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        slots: Slots { repr: Some(repr), ..Instance::<Entry>::SLOTS },
        getsets: methods::GETSETS,
        ..Instance::<Entry>::SPEC
    }
}

fn repr(th: &Thread, this: Value) -> PyResult {
    let Some(entry) = this.cast::<Instance<Entry>>() else {
        return Err(th.system_error("a slot was called with an object of another type"));
    };
    let name = to_rust_string(entry.name.value());
    th.str(&format!("<symtable entry {name}({}), line {}>", entry.id.get(), entry.line))
}

#[pymethods]
mod methods {
    use super::*;

    #[getter("id")]
    fn id(th: &Thread, this: &Instance<Entry>) -> PyResult {
        th.int(this.id.get())
    }
    #[getter("name")]
    fn name(_: &Thread, this: &Instance<Entry>) -> Obj {
        this.name.clone()
    }
    #[getter("symbols")]
    fn symbols(_: &Thread, this: &Instance<Entry>) -> Obj {
        this.symbols.clone()
    }
    #[getter("varnames")]
    fn varnames(_: &Thread, this: &Instance<Entry>) -> Obj {
        this.varnames.clone()
    }
    #[getter("children")]
    fn children(_: &Thread, this: &Instance<Entry>) -> Obj {
        this.children.clone()
    }
    #[getter("nested")]
    fn nested(_: &Thread, this: &Instance<Entry>) -> i64 {
        this.nested.into()
    }
    #[getter("type")]
    fn kind(_: &Thread, this: &Instance<Entry>) -> i64 {
        this.kind.into()
    }
    #[getter("lineno")]
    fn lineno(_: &Thread, this: &Instance<Entry>) -> i64 {
        this.line.into()
    }
}

/// The entry of a scope, with those of the scopes inside it.
fn entry(th: &Thread, table: &SymbolTable, id: ScopeId) -> PyResult {
    th.check_native_stack(" while making symbol tables")?;
    let scope = table.scope(id);
    let symbols = Dict::new(th)?;
    if let Some(dict) = symbols.cast::<Dict>() {
        for (name, flags) in &scope.symbols {
            dict.set_rust(th, name, Value::small_int(i64::from(*flags)))?;
        }
    }
    let varnames = scope.varnames.iter().map(|name| th.intern(name)).collect::<PyResult<Vec<Obj>>>()?;
    let children = scope.children.iter().map(|child| entry(th, table, *child)).collect::<PyResult<Vec<Obj>>>()?;
    let made = Instance::create(
        th,
        Entry {
            id: Cell::new(0),
            name: th.intern(&scope.name)?,
            symbols,
            varnames: th.list(varnames)?,
            children: th.list(children)?,
            nested: scope.nested,
            kind: scope.kind as u8,
            line: scope.location.line.max(0),
        },
    )?;
    if let Some(entry) = made.cast::<Instance<Entry>>() {
        entry.id.set(made.value().bits() as i64);
    }
    Ok(made)
}

#[pyfunctions]
mod functions {
    use super::*;

    /// The symbol tables of a program.
    #[function("symtable(source, filename, startstr, /)")]
    fn symtable(th: &Thread, source: Value, filename: Value, startstr: &Str) -> PyResult {
        let filename = filename_of(th, filename)?;
        let text = source_text(th, source, "symtable", "string or bytes")?;
        let mode = match &*to_rust_string(startstr.value()) {
            "exec" => CompileMode::Exec,
            "eval" => CompileMode::Eval,
            "single" => CompileMode::Single,
            _ => return Err(th.value_error("symtable() arg 3 must be 'exec' or 'eval' or 'single'")),
        };
        let parsed = {
            let (source, filename) = (text.source(), filename.value());
            let request = CompileRequest { source, filename, mode, flags: 0, optimize: -1, feature_version: -1 };
            compile::parse(th, &request)?
        };
        match compiler::symbol_table(&parsed.tree, compiler::Options::default()) {
            Ok(table) => entry(th, &table, SymbolTable::TOP),
            Err(error) => Err(compile::raise_compile_error(th, filename.value(), &error)),
        }
    }
}

/// The numbers that `symtable` reads.
const CONSTANTS: &[(&str, u32)] = &[
    ("USE", flag::USE),
    ("DEF_GLOBAL", flag::GLOBAL),
    ("DEF_NONLOCAL", flag::NONLOCAL),
    ("DEF_LOCAL", flag::LOCAL),
    ("DEF_PARAM", flag::PARAM),
    ("DEF_TYPE_PARAM", flag::TYPE_PARAM),
    ("DEF_FREE_CLASS", flag::FREE_CLASS),
    ("DEF_IMPORT", flag::IMPORT),
    ("DEF_BOUND", flag::BOUND),
    ("DEF_ANNOT", flag::ANNOT),
    ("DEF_COMP_ITER", flag::COMP_ITER),
    ("DEF_COMP_CELL", flag::COMP_CELL),
    ("TYPE_FUNCTION", 0),
    ("TYPE_CLASS", 1),
    ("TYPE_MODULE", 2),
    ("TYPE_ANNOTATION", 3),
    ("TYPE_TYPE_ALIAS", 4),
    ("TYPE_TYPE_PARAMETERS", 5),
    ("TYPE_TYPE_VARIABLE", 6),
    ("LOCAL", 1),
    ("GLOBAL_EXPLICIT", 2),
    ("GLOBAL_IMPLICIT", 3),
    ("FREE", 4),
    ("CELL", 5),
    ("SCOPE_OFF", flag::SCOPE_OFFSET),
    ("SCOPE_MASK", flag::SCOPE_MASK),
];

/// Makes `_symtable`.
///
/// # Errors
/// MemoryError.
pub fn init_symtable(th: &Thread) -> PyResult {
    let made = module::new(th, "_symtable", "", functions::METHODS)?;
    whipsnake_runtime::typeobj::ready(th, &ENTRY_TYPE)?;
    for (name, value) in CONSTANTS {
        module::add(th, made.value(), name, Value::small_int(i64::from(*value)))?;
    }
    Ok(made)
}

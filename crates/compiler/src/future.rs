//! `from __future__ import ...`: which features a module asks for, and where the future imports end.

use whipsnake_bytecode::CodeFlags;
use whipsnake_bytecode::locations::Location;
use whipsnake_syntax::ast::{Mod, StmtKind};

use crate::constants::docstring;
use crate::error::{Result, syntax};
use crate::place::HasPlace;

/// What the future imports of a module ask for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Future {
    /// [`CodeFlags`] bits.
    pub features: u32,
    /// The last future import.
    pub location: Location,
}

const FEATURES: &[(&str, u32)] = &[
    ("nested_scopes", 0),
    ("generators", 0),
    ("division", 0),
    ("absolute_import", 0),
    ("with_statement", 0),
    ("print_function", 0),
    ("unicode_literals", 0),
    ("barry_as_FLUFL", CodeFlags::FUTURE_BARRY_AS_BDFL),
    ("generator_stop", 0),
    ("annotations", CodeFlags::FUTURE_ANNOTATIONS),
];

/// Reads the future imports at the top of `module`.
pub(crate) fn read(module: &Mod) -> Result<Future> {
    let mut future = Future { features: 0, location: Location::NONE };
    let (Mod::Module { body, .. } | Mod::Interactive { body }) = module else { return Ok(future) };
    // Only a docstring and other future imports may come before one.
    for stmt in &body[usize::from(docstring(body).is_some())..] {
        match &stmt.kind {
            StmtKind::ImportFrom { module: Some(name), names, level: 0 } if &**name == "__future__" => {
                for alias in names {
                    future.features |= feature(&alias.name, alias.span.place())?;
                }
                future.location = stmt.place();
            }
            _ => break,
        }
    }
    Ok(future)
}

fn feature(name: &str, location: Location) -> Result<u32> {
    if let Some((_, flag)) = FEATURES.iter().find(|(known, _)| *known == name) {
        return Ok(*flag);
    }
    if name == "braces" {
        return syntax(location, "not a chance");
    }
    syntax(location, format!("future feature {name} is not defined"))
}

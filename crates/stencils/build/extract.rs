//! Takes stencils out of an object file and refuses what cannot be copied and patched.

use crate::{Machine, aarch64, x86_64};
use object::{Object, ObjectSection, ObjectSymbol, RelocationTarget};
use std::collections::HashMap;

/// What a hole is filled with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fill {
    /// A jump to the place of that name: `Continue`, `Exit`, `Branch`, `Release1`, `Release2`.
    Jump(&'static str),
    /// A constant of that name: `OpArg`, `Instruction`, `Result`, `FreeObject`.
    Constant(&'static str),
    /// An entry of the inline cache: width in bits, offset in units.
    Cache(u32, usize),
    /// The address of a symbol of the runtime.
    Symbol(String),
}

/// A place in the code that depends on the trace.
#[derive(Clone, Debug)]
pub struct Hole {
    pub offset: usize,
    /// How the value gets into the code: the name of a `Patch`.
    pub patch: &'static str,
    pub addend: i64,
    pub fill: Fill,
}

impl Hole {
    /// Whether it is a jump to the continuation.
    pub fn continues(&self) -> bool {
        self.fill == Fill::Jump("Continue")
    }
}

/// Code and holes.
#[derive(Clone, Debug)]
pub struct Stencil {
    pub name: String,
    pub code: Vec<u8>,
    pub holes: Vec<Hole>,
    /// The continuation is what comes behind: its jump was at the end and is left out.
    pub falls_through: bool,
}

impl Stencil {
    fn hole_at(&mut self, offset: usize) -> Option<&mut Hole> {
        self.holes.iter_mut().find(|hole| hole.offset == offset)
    }
    /// Exchanges the targets of the jumps whose operands lie there, if the first continues and the second does not.
    pub fn swap_final_jumps(&mut self, first: usize, second: usize) -> bool {
        let mut fill = |offset| self.hole_at(offset).map(|hole| hole.fill.clone());
        let (Some(continues), Some(leaves)) = (fill(first), fill(second)) else { return false };
        if continues != Fill::Jump("Continue") || leaves == continues {
            return false;
        }
        for (offset, fill) in [(first, leaves), (second, continues)] {
            if let Some(hole) = self.hole_at(offset) {
                hole.fill = fill;
            }
        }
        true
    }
    /// Leaves out the jump at the end (its offset and its operand's) if it goes to the continuation.
    fn leave_out_final_jump(&mut self, jump: Option<(usize, usize)>) {
        let Some((at, operand)) = jump else { return };
        if self.hole_at(operand).is_some_and(|hole| hole.continues()) {
            self.code.truncate(at);
            self.holes.retain(|hole| hole.offset < at);
            self.falls_through = true;
        }
    }
}

/// The parts that every trace needs beside its uops: they may call, and touch the native stack.
const FRAMEWORK: [&str; 5] = ["ENTER", "LEAVE", "FREE_1", "FREE_2", "JUMP"];

/// All stencils of the object file: those of uops, in the order of `names`, and the framework.
///
/// # Errors
/// What is wrong with which stencil.
pub fn stencils(machine: Machine, object: &[u8], names: &[String]) -> Result<Vec<Stencil>, String> {
    let file = object::File::parse(object).map_err(|e| format!("the object file: {e}"))?;
    let functions: HashMap<&str, object::Symbol> = file
        .symbols()
        .filter(|symbol| symbol.is_definition())
        .filter_map(|symbol| Some((symbol.name().ok()?, symbol)))
        .collect();
    let mut stencils = Vec::new();
    for name in FRAMEWORK.iter().copied().chain(names.iter().map(String::as_str)) {
        let symbol = functions.get(name).ok_or_else(|| format!("{name} is missing"))?;
        let stencil = stencil(machine, &file, name, symbol).map_err(|e| format!("{name}: {e}"))?;
        stencils.push(stencil);
    }
    Ok(stencils)
}

fn stencil(machine: Machine, file: &object::File, name: &str, symbol: &object::Symbol) -> Result<Stencil, String> {
    let index = symbol.section_index().ok_or("no section")?;
    let section = file.section_by_index(index).map_err(|e| e.to_string())?;
    let (start, len) = ((symbol.address() - section.address()) as usize, symbol.size() as usize);
    let data = section.data().map_err(|e| e.to_string())?;
    let code = data.get(start..start + len).ok_or("outside of its section")?.to_vec();
    let mut holes = Vec::new();
    for (at, relocation) in section.relocations() {
        let Some(offset) = (at as usize).checked_sub(start).filter(|offset| *offset < len) else { continue };
        let RelocationTarget::Symbol(target) = relocation.target() else {
            return Err("relocation without symbol".into());
        };
        let target = file.symbol_by_index(target).map_err(|e| e.to_string())?;
        let target = target.name().map_err(|e| e.to_string())?;
        let object::RelocationFlags::Elf { r_type } = relocation.flags() else {
            return Err("no ELF relocation".into());
        };
        let patch = match machine {
            Machine::X86_64 => x86_64::patch(r_type),
            Machine::Aarch64 => aarch64::patch(r_type),
        };
        let patch = patch.ok_or_else(|| format!("unknown relocation {r_type} to {target}"))?;
        holes.push(Hole { offset, patch, addend: relocation.addend(), fill: fill(target)? });
    }
    let framework = FRAMEWORK.contains(&name);
    if !holes.iter().any(Hole::continues) && name != "LEAVE" {
        return Err("no continuation".into());
    }
    if !framework {
        match machine {
            Machine::X86_64 => x86_64::check(&code)?,
            Machine::Aarch64 => aarch64::check(&code)?,
        }
    }
    let mut stencil = Stencil { name: name.into(), code, holes, falls_through: false };
    if name != "JUMP" {
        match machine {
            Machine::X86_64 => x86_64::end_in_continuation(&mut stencil),
            Machine::Aarch64 => aarch64::end_in_continuation(&mut stencil),
        }
        stencil.leave_out_final_jump(match machine {
            Machine::X86_64 => x86_64::final_jump(&stencil.code),
            Machine::Aarch64 => aarch64::final_jump(&stencil.code),
        });
    }
    Ok(stencil)
}

/// What a symbol stands for. Anything that is neither a hole nor data of the runtime is refused: a call into the library
/// (a panic, a memory copy) or a constant in another section.
fn fill(symbol: &str) -> Result<Fill, String> {
    const JUMPS: [(&str, &str); 5] = [
        ("CONTINUE", "Continue"),
        ("EXIT", "Exit"),
        ("BRANCH", "Branch"),
        ("RELEASE_1", "Release1"),
        ("RELEASE_2", "Release2"),
    ];
    const CONSTANTS: [(&str, &str); 4] =
        [("OPARG", "OpArg"), ("INSTRUCTION", "Instruction"), ("RESULT", "Result"), ("FREE_OBJECT", "FreeObject")];
    let named = |table: &[(&str, &'static str)]| table.iter().find(|(from, _)| *from == symbol).map(|(_, to)| *to);
    if let Some(jump) = named(&JUMPS) {
        return Ok(Fill::Jump(jump));
    }
    if let Some(constant) = named(&CONSTANTS) {
        return Ok(Fill::Constant(constant));
    }
    if let Some((width, offset)) = symbol.strip_prefix("CACHE").and_then(|rest| rest.split_once('_'))
        && let (Ok(width), Ok(offset)) = (width.parse(), offset.parse())
    {
        return Ok(Fill::Cache(width, offset));
    }
    if ["Py", "_Py", "whipsnake_"].iter().any(|prefix| symbol.starts_with(prefix)) {
        return Ok(Fill::Symbol(symbol.into()));
    }
    if symbol.contains("panic") {
        return Err(format!("it can panic ({symbol})"));
    }
    if symbol.is_empty() {
        return Err("it has constants of its own".into());
    }
    Err(format!("it refers to {symbol:?}"))
}

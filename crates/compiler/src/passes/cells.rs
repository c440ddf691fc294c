//! Cells and free variables: the instructions that set them up, and their places among the locals.

use whipsnake_bytecode::Opcode;
use whipsnake_bytecode::locations::Location;

use crate::cfg::{Cfg, Instr};
use crate::codegen::Unit;
use crate::place::NO_LOCATION;

/// Inserts the prologue and rewrites opargs of cells from their number among the cells to their place among the locals.
pub(super) fn prepare(cfg: &mut Cfg, unit: &Unit<'_>, is_generator: bool) {
    let mut places = places(unit);
    insert_prologue(cfg, unit, &places, is_generator);
    close_gaps(&mut places, unit.varnames.len());
    for id in cfg.order() {
        for instr in &mut cfg.block_mut(id).instrs {
            let names_cell = matches!(
                instr.op,
                Opcode::MAKE_CELL
                    | Opcode::LOAD_CLOSURE
                    | Opcode::LOAD_DEREF
                    | Opcode::STORE_DEREF
                    | Opcode::DELETE_DEREF
                    | Opcode::LOAD_FROM_DICT_OR_DEREF
            );
            if names_cell && let Some(place) = places.get(instr.arg as usize) {
                instr.arg = *place as u32;
            }
        }
    }
}

/// Where each cell and free variable goes: a cell that is also a local (a parameter) shares its place.
fn places(unit: &Unit<'_>) -> Vec<usize> {
    let nlocals = unit.varnames.len();
    let cells = unit.cellvars.iter().enumerate();
    let cells = cells.map(|(i, name)| unit.varnames.get_index_of(name).unwrap_or(nlocals + i));
    let frees = (0..unit.freevars.len()).map(|i| nlocals + unit.cellvars.len() + i);
    cells.chain(frees).collect()
}

fn close_gaps(places: &mut [usize], nlocals: usize) {
    let mut dropped = 0;
    for (i, place) in places.iter_mut().enumerate() {
        if *place == nlocals + i {
            *place -= dropped;
        } else {
            dropped += 1;
        }
    }
}

fn insert_prologue(cfg: &mut Cfg, unit: &Unit<'_>, places: &[usize], is_generator: bool) {
    let mut prologue = Vec::new();
    if !unit.freevars.is_empty() {
        prologue.push(Instr::new(Opcode::COPY_FREE_VARS, unit.freevars.len() as u32, NO_LOCATION));
    }
    let mut cells: Vec<usize> = (0..unit.cellvars.len()).collect();
    cells.sort_by_key(|&cell| places[cell]);
    prologue.extend(cells.into_iter().map(|cell| Instr::new(Opcode::MAKE_CELL, cell as u32, NO_LOCATION)));
    if is_generator {
        let line = unit.firstlineno;
        let loc = Location { line, end_line: line, column: -1, end_column: -1 };
        prologue.push(Instr::new(Opcode::RETURN_GENERATOR, 0, loc));
        prologue.push(Instr::new(Opcode::POP_TOP, 0, loc));
    }
    cfg.block_mut(Cfg::ENTRY).insert(0, &prologue);
}

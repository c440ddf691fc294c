//! Links stencils: `ENTER`, the uops in order and the jump back in line; behind them, for each uop as far as it needs them, a
//! `LEAVE` and a `FREE`; last the pool of constants (AArch64).

use crate::memory::{self, Code};
use crate::runtime::{Function, free_object};
use std::collections::HashMap;
use whipsnake_bytecode::opcodes::number;
use whipsnake_instructions::fast::symbols;
use whipsnake_interp::expansion::{JUMP_TO_TOP, TraceUop, expand};
use whipsnake_interp::metadata::first_part;
use whipsnake_layout::Slot;
use whipsnake_layout::frame::Frame;
use whipsnake_runtime::thread::Thread;
use whipsnake_stencils::{Fill, Stencil, find};

/// Code and its uops.
pub struct Trace {
    code: Code,
    uops: Vec<TraceUop>,
}

impl Trace {
    /// Runs on a frame; the uop that left the trace.
    pub fn run(&self, sp: *mut Slot, frame: *mut Frame, th: &Thread) -> &'static str {
        type Enter = unsafe extern "C" fn(*mut Slot, *mut Frame, *const Thread) -> u64;
        // SAFETY: I6 and I7, the code was linked for the function that the frame runs, and begins with ENTER.
        let left = unsafe { std::mem::transmute::<*const u8, Enter>(self.code.start())(sp, frame, th) };
        self.uops[left as usize].name
    }
}

/// A copy of a stencil.
struct Copy {
    stencil: &'static Stencil,
    offset: usize,
    /// The uop it belongs to.
    uop: usize,
    /// Where a jump to the continuation goes, as the index of a copy.
    next: usize,
    /// The instruction that the frame is told.
    instruction: usize,
}

#[derive(Default)]
struct Linker {
    copies: Vec<Copy>,
    /// Out-of-line copies, by uop and by the kind of jump that leads there.
    targets: HashMap<(usize, &'static str), usize>,
    size: usize,
}

impl Linker {
    fn add(&mut self, name: &str, uop: usize, next: usize, instruction: usize) -> usize {
        let stencil = find(name).unwrap_or_else(|| panic!("no stencil {name}"));
        self.copies.push(Copy { stencil, offset: self.size, uop, next, instruction });
        self.size += stencil.code.len();
        self.copies.len() - 1
    }
}

/// The stencil out of line that a hole jumps to.
fn out_of_line(fill: Fill) -> Option<&'static str> {
    match fill {
        Fill::Exit | Fill::Branch => Some("LEAVE"),
        Fill::Release1 => Some("FREE_1"),
        Fill::Release2 => Some("FREE_2"),
        _ => None,
    }
}

/// The trace of a function's `for` loop over a range.
pub fn link(function: &Function) -> Trace {
    let units = function.units();
    let start =
        units.iter().position(|unit| first_part(unit & 255) == number::FOR_ITER_RANGE).expect("a specialised loop");
    let uops = expand(&units, start);
    assert_eq!(uops.last().map(|uop| uop.name), Some(JUMP_TO_TOP));
    let mut linker = Linker::default();
    // Copy 0 enters, copy i + 1 is uop i, the last jumps back to copy 1.
    linker.add("ENTER", 0, 1, start);
    for (index, uop) in uops.iter().enumerate() {
        if uop.name == JUMP_TO_TOP {
            linker.add("JUMP", index, 1, uop.instruction);
        } else {
            let copy = linker.add(uop.name, index, index + 2, uop.instruction);
            let stencil = linker.copies[copy].stencil;
            let jumps = stencil.holes.iter().any(|hole| hole.fill == Fill::Continue);
            assert!(stencil.falls_through || jumps, "{} goes on", uop.name);
        }
    }
    for (index, uop) in uops.iter().enumerate() {
        for hole in linker.copies[index + 1].stencil.holes {
            let Some(name) = out_of_line(hole.fill) else { continue };
            if linker.targets.contains_key(&(index, name)) {
                continue;
            }
            let instruction = if name == "LEAVE" { uop.exit.expect("a way out") } else { uop.instruction };
            let copy = linker.add(name, index, index + 2, instruction);
            linker.targets.insert((index, name), copy);
            if linker.copies[copy].stencil.falls_through {
                linker.add("JUMP", index, index + 2, instruction);
            }
        }
    }
    let pool = linker.size.next_multiple_of(8);
    let pooled =
        linker.copies.iter().flat_map(|copy| copy.stencil.holes).filter(|hole| hole.patch.wants_pool()).count();
    let code = memory::make(pool + pooled * 8, |memory, address| linker.write(memory, address, pool, &uops, function));
    Trace { code, uops }
}

impl Linker {
    fn write(&self, memory: &mut [u8], address: u64, mut pool: usize, uops: &[TraceUop], function: &Function) {
        // The two instructions that load a constant share its entry.
        let mut entries = HashMap::new();
        for (index, copy) in self.copies.iter().enumerate() {
            let stencil = copy.stencil;
            memory[copy.offset..copy.offset + stencil.code.len()].copy_from_slice(stencil.code);
            for hole in stencil.holes {
                let mut value = self.value(index, hole.fill, address, uops, function);
                if hole.patch.wants_pool() {
                    let entry = *entries.entry(value).or_insert_with(|| {
                        memory[pool..pool + 8].copy_from_slice(&value.to_le_bytes());
                        pool += 8;
                        pool - 8
                    });
                    value = address + entry as u64;
                }
                let at = copy.offset + hole.offset as usize;
                let value = value.wrapping_add(hole.addend as u64);
                let filled = hole.patch.fill(&mut memory[at..], address + at as u64, value);
                assert!(filled.is_ok(), "{}: {hole:?} cannot hold {value:#x}", stencil.name);
            }
        }
    }

    fn value(&self, index: usize, fill: Fill, address: u64, uops: &[TraceUop], function: &Function) -> u64 {
        let copy = &self.copies[index];
        let place = |copy: usize| address + self.copies[copy].offset as u64;
        if let Some(name) = out_of_line(fill) {
            return place(self.targets[&(copy.uop, name)]);
        }
        let uop = &uops[copy.uop];
        match fill {
            Fill::Continue => place(copy.next),
            Fill::OpArg => u64::from(uop.oparg),
            Fill::Cache { width, offset } => {
                let units = &function.units()[uop.instruction + 1 + offset..];
                units.iter().take(width as usize / 16).rev().fold(0, |value, unit| value << 16 | u64::from(*unit))
            }
            Fill::Instruction => function.code().code.wrapping_add(copy.instruction) as u64,
            Fill::Result => copy.uop as u64,
            Fill::FreeObject => free_object as *const () as u64,
            Fill::Symbol(name) => symbol(name),
            Fill::Exit | Fill::Branch | Fill::Release1 | Fill::Release2 => unreachable!("out of line"),
        }
    }
}

fn symbol(name: &str) -> u64 {
    match name {
        "PyRangeIter_Type" => &raw const symbols::PyRangeIter_Type as u64,
        "_Py_TrueStruct" => &raw const symbols::_Py_TrueStruct as u64,
        "_Py_FalseStruct" => &raw const symbols::_Py_FalseStruct as u64,
        _ => panic!("no address for {name}"),
    }
}

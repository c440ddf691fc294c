//! The assembler: from the final graph to a code object.

use rustpython_wtf8::{Wtf8, Wtf8Buf};
use whipsnake_bytecode::code::local_kind;
use whipsnake_bytecode::exceptions::{ExceptionEntry, encode_entry};
use whipsnake_bytecode::locations::{Location, LocationWriter};
use whipsnake_bytecode::{Code, CodeFlags, Const, Opcode};

use crate::cfg::{BlockId, Cfg, Instr, exits_scope};
use crate::codegen::Unit;
use crate::error::Result;
use crate::passes;
use crate::place::{NEXT_LOCATION, NO_LOCATION};
use crate::symtable::NameSet;

/// END_ASYNC_FOR counts back to this many units behind its target: to the END_SEND.
const END_SEND_OFFSET: usize = 5;

const GENERATOR_FLAGS: u32 = CodeFlags::GENERATOR | CodeFlags::COROUTINE | CodeFlags::ASYNC_GENERATOR;

/// Optimises and assembles a finished unit.
pub(crate) fn make_code(unit: Unit<'_>, flags: u32, nparams: usize, filename: &Wtf8) -> Result<Code> {
    let mut cfg = Cfg::new(&unit.sequence);
    let mut consts: Vec<Const> = unit.consts.iter().cloned().collect();
    passes::optimize(&mut cfg, &mut consts, unit.varnames.len(), nparams);
    let stacksize = passes::lower(&mut cfg, &unit, flags & GENERATOR_FLAGS != 0)?;
    let mut assembler = Assembler::new(&cfg);
    assembler.resolve_locations();
    assembler.resolve_jumps();
    let (localsplusnames, localspluskinds) = locals(&unit, flags);
    let text = |s: &str| Wtf8Buf::from(s);
    Ok(Code {
        argcount: unit.arity.posonly + unit.arity.args,
        posonlyargcount: unit.arity.posonly,
        kwonlyargcount: unit.arity.kwonly,
        stacksize,
        flags,
        firstlineno: unit.firstlineno,
        code: assembler.code(),
        consts,
        names: unit.names.iter().map(|n| text(n)).collect(),
        localsplusnames,
        localspluskinds,
        filename: filename.to_wtf8_buf(),
        name: text(&unit.name),
        qualname: text(&unit.qualname),
        linetable: assembler.location_table(unit.firstlineno),
        exceptiontable: assembler.exception_table(&cfg),
    })
}

/// Names and kinds of all locals: varnames, cells that are no parameters, free variables.
fn locals(unit: &Unit<'_>, flags: u32) -> (Vec<Wtf8Buf>, Vec<u8>) {
    let mut names = Vec::new();
    let mut kinds = Vec::new();
    let arity = unit.arity;
    let mut arg_kinds = vec![local_kind::ARG_POS; arity.posonly as usize];
    arg_kinds.extend(std::iter::repeat_n(local_kind::ARG_POS | local_kind::ARG_KW, arity.args as usize));
    arg_kinds.extend(std::iter::repeat_n(local_kind::ARG_KW, arity.kwonly as usize));
    if flags & CodeFlags::VARARGS != 0 {
        arg_kinds.push(local_kind::ARG_VAR | local_kind::ARG_POS);
    }
    if flags & CodeFlags::VARKEYWORDS != 0 {
        arg_kinds.push(local_kind::ARG_VAR | local_kind::ARG_KW);
    }
    for (i, name) in unit.varnames.iter().enumerate() {
        let mut kind = local_kind::LOCAL | arg_kinds.get(i).copied().unwrap_or(0);
        if unit.fast_hidden.contains_key(name) {
            kind |= local_kind::HIDDEN;
        }
        if unit.cellvars.contains(name) {
            kind |= local_kind::CELL;
        }
        names.push(Wtf8Buf::from(&**name));
        kinds.push(kind);
    }
    let mut add = |set: &NameSet, kind: u8, skip: &NameSet| {
        for name in set.iter().filter(|n| !skip.contains(*n)) {
            names.push(Wtf8Buf::from(&**name));
            kinds.push(kind);
        }
    };
    add(&unit.cellvars, local_kind::CELL, &unit.varnames);
    add(&unit.freevars, local_kind::FREE, &NameSet::default());
    (names, kinds)
}

/// The instructions of all blocks in a row.
struct Assembler {
    instrs: Vec<Instr>,
    /// Position of each block's first instruction, by block.
    starts: Vec<usize>,
    /// Offset of each instruction in code units.
    offsets: Vec<usize>,
}

/// EXTENDED_ARG prefixes that `arg` needs.
fn extended_args(arg: u32) -> usize {
    usize::from(arg > 0xff) + usize::from(arg > 0xffff) + usize::from(arg > 0xff_ffff)
}

fn size_of(instr: &Instr) -> usize {
    extended_args(instr.arg) + 1 + instr.op.caches()
}

impl Assembler {
    fn new(cfg: &Cfg) -> Assembler {
        let mut instrs = Vec::new();
        let mut starts = vec![0; cfg.capacity()];
        for id in cfg.order() {
            starts[id.index()] = instrs.len();
            instrs.extend_from_slice(&cfg.block(id).instrs);
        }
        Assembler { instrs, starts, offsets: Vec::new() }
    }

    fn position(&self, block: BlockId) -> usize {
        self.starts[block.index()]
    }

    /// Instructions that asked for the location of the next one get it.
    fn resolve_locations(&mut self) {
        let mut next = NO_LOCATION;
        for instr in self.instrs.iter_mut().rev() {
            if instr.loc == NEXT_LOCATION {
                let ends_block = instr.op.has_jump() || exits_scope(instr.op);
                instr.loc = if ends_block { NO_LOCATION } else { next };
            }
            next = instr.loc;
        }
    }

    fn resolve_jumps(&mut self) {
        for i in 0..self.instrs.len() {
            let Some(target) = self.instrs[i].target.map(|t| self.position(t)) else { continue };
            let forward = target > i;
            let op = &mut self.instrs[i].op;
            *op = match *op {
                Opcode::JUMP if forward => Opcode::JUMP_FORWARD,
                Opcode::JUMP => Opcode::JUMP_BACKWARD,
                Opcode::JUMP_NO_INTERRUPT if forward => Opcode::JUMP_FORWARD,
                Opcode::JUMP_NO_INTERRUPT => Opcode::JUMP_BACKWARD_NO_INTERRUPT,
                op => op,
            };
            // A first guess at the distance. It decides which of two possible lengths a jump around 256 units gets.
            self.instrs[i].arg = target as u32;
        }
        // Longer jumps take more room, which may make others longer: repeat until nothing grows.
        loop {
            self.compute_offsets();
            let mut changed = false;
            for i in 0..self.instrs.len() {
                let instr = self.instrs[i];
                let Some(target) = instr.target.filter(|_| instr.op.has_jump()) else { continue };
                let size = size_of(&instr);
                let after = self.offsets[i] + size;
                let target = self.offsets.get(self.position(target)).copied().unwrap_or(after);
                let distance = match instr.op {
                    Opcode::END_ASYNC_FOR => after.saturating_sub(target + END_SEND_OFFSET),
                    _ => after.abs_diff(target),
                };
                self.instrs[i].arg = distance as u32;
                changed |= size_of(&self.instrs[i]) != size;
            }
            if !changed {
                break;
            }
        }
    }

    fn compute_offsets(&mut self) {
        let mut offset = 0;
        self.offsets.clear();
        for instr in &self.instrs {
            self.offsets.push(offset);
            offset += size_of(instr);
        }
    }

    fn code(&self) -> Vec<u8> {
        let mut code = Vec::new();
        let extended = Opcode::EXTENDED_ARG.number() as u8;
        for instr in &self.instrs {
            let bytes = instr.arg.to_be_bytes();
            let prefixes = extended_args(instr.arg);
            for byte in &bytes[3 - prefixes..3] {
                code.extend([extended, *byte]);
            }
            code.extend([instr.op.number() as u8, bytes[3]]);
            code.extend(std::iter::repeat_n(0, 2 * instr.op.caches()));
        }
        code
    }

    fn location_table(&self, firstlineno: i32) -> Vec<u8> {
        let mut writer = LocationWriter::new(firstlineno);
        let mut current: Location = NO_LOCATION;
        let mut units = 0;
        for instr in &self.instrs {
            if instr.loc != current {
                writer.push(current, units);
                current = instr.loc;
                units = 0;
            }
            units += size_of(instr);
        }
        writer.push(current, units);
        writer.finish()
    }

    fn exception_table(&self, cfg: &Cfg) -> Vec<u8> {
        let mut table = Vec::new();
        let mut current: Option<BlockId> = None;
        let mut start = 0;
        let end = self.offsets.last().copied().unwrap_or(0) + self.instrs.last().map_or(0, size_of);
        let handlers = self.instrs.iter().map(|i| i.except).chain([None]);
        let offsets = self.offsets.iter().copied().chain([end]);
        for (handler, offset) in handlers.zip(offsets) {
            if handler == current {
                continue;
            }
            if let Some(handler) = current {
                let block = cfg.block(handler);
                let depth = block.start_depth.unwrap_or(1).saturating_sub(1);
                let entry = ExceptionEntry {
                    start: start as u32,
                    end: offset as u32,
                    target: self.offsets.get(self.position(handler)).copied().unwrap_or(0) as u32,
                    depth: if block.preserve_lasti { depth.saturating_sub(1) } else { depth },
                    push_lasti: block.preserve_lasti,
                };
                encode_entry(&mut table, &entry);
            }
            start = offset;
            current = handler;
        }
        table
    }
}

//! Lines and columns of instructions (PEP 626, PEP 657).

use crate::prelude::*;
use crate::types::bytes::Bytes;
use whipsnake_layout::code::CodeObject;

/// One entry of the location table: the units it covers and their position.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entry {
    pub start: u32,
    pub end: u32,
    pub line: Option<i32>,
    pub end_line: Option<i32>,
    pub column: Option<i32>,
    pub end_column: Option<i32>,
}

/// All entries of a code object's location table.
pub fn entries(code: &CodeObject) -> Vec<Entry> {
    // SAFETY: I4, `linetable` is a bytes object.
    let table = unsafe { code.linetable.cast_unchecked::<Bytes>() }.as_slice();
    let mut out = Vec::new();
    let (mut at, mut line, mut unit) = (0, code.firstlineno, 0u32);
    let varint = |at: &mut usize| -> u32 {
        let (mut value, mut shift) = (0u32, 0);
        while let Some(byte) = table.get(*at) {
            *at += 1;
            value |= u32::from(byte & 63).checked_shl(shift).unwrap_or(0);
            shift += 6;
            if byte & 64 == 0 {
                break;
            }
        }
        value
    };
    while at < table.len() {
        let first = table[at];
        at += 1;
        let units = u32::from(first & 7) + 1;
        let mut entry = Entry { start: unit, end: unit + units, ..Entry::default() };
        let byte = |at: &mut usize| {
            let b = table.get(*at).copied().unwrap_or(0);
            *at += 1;
            i32::from(b)
        };
        let signed = |v: u32| if v & 1 != 0 { -((v >> 1) as i32) } else { (v >> 1) as i32 };
        match (first >> 3) & 15 {
            15 => {}
            14 => {
                line = line.wrapping_add(signed(varint(&mut at)));
                let end = line.wrapping_add(varint(&mut at) as i32);
                let (column, end_column) = (varint(&mut at) as i32, varint(&mut at) as i32);
                entry.line = Some(line);
                entry.end_line = Some(end);
                entry.column = (column != 0).then(|| column - 1);
                entry.end_column = (end_column != 0).then(|| end_column - 1);
            }
            13 => {
                line = line.wrapping_add(signed(varint(&mut at)));
                entry.line = Some(line);
                entry.end_line = Some(line);
            }
            kind @ 10..=12 => {
                line = line.wrapping_add(i32::from(kind) - 10);
                entry.line = Some(line);
                entry.end_line = Some(line);
                entry.column = Some(byte(&mut at));
                entry.end_column = Some(byte(&mut at));
            }
            kind => {
                let second = byte(&mut at);
                let column = i32::from(kind) << 3 | second >> 4;
                entry.line = Some(line);
                entry.end_line = Some(line);
                entry.column = Some(column);
                entry.end_column = Some(column + (second & 15));
            }
        }
        unit += units;
        out.push(entry);
    }
    out
}

/// The line of the instruction at `unit`.
pub fn line_at(code: &CodeObject, unit: u32) -> Option<i32> {
    entries(code).into_iter().find(|entry| (entry.start..entry.end).contains(&unit)).and_then(|entry| entry.line)
}

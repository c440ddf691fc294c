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

/// Reads a location table from its beginning.
struct Reader<'a> {
    table: &'a [u8],
    at: usize,
    line: i32,
    unit: u32,
}

impl Reader<'_> {
    fn of(code: &CodeObject) -> Reader<'_> {
        // SAFETY: I4, `linetable` is a bytes object.
        let table = unsafe { code.linetable.cast_unchecked::<Bytes>() }.as_slice();
        Reader { table, at: 0, line: code.firstlineno, unit: 0 }
    }
    fn varint(&mut self) -> u32 {
        let (mut value, mut shift) = (0u32, 0);
        while let Some(byte) = self.table.get(self.at) {
            self.at += 1;
            value |= u32::from(byte & 63).checked_shl(shift).unwrap_or(0);
            shift += 6;
            if byte & 64 == 0 {
                break;
            }
        }
        value
    }
    fn signed(&mut self) -> i32 {
        let v = self.varint();
        if v & 1 != 0 { -((v >> 1) as i32) } else { (v >> 1) as i32 }
    }
    fn byte(&mut self) -> i32 {
        let byte = self.table.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        i32::from(byte)
    }
}

impl Iterator for Reader<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let first = *self.table.get(self.at)?;
        self.at += 1;
        let start = self.unit;
        self.unit += u32::from(first & 7) + 1;
        let mut entry = Entry { start, end: self.unit, ..Entry::default() };
        let kind = (first >> 3) & 15;
        match kind {
            15 => return Some(entry),
            13 | 14 => self.line = self.line.wrapping_add(self.signed()),
            10..=12 => self.line = self.line.wrapping_add(i32::from(kind) - 10),
            _ => {}
        }
        entry.line = Some(self.line);
        entry.end_line = Some(self.line);
        match kind {
            14 => {
                entry.end_line = Some(self.line.wrapping_add(self.varint() as i32));
                let (column, end_column) = (self.varint() as i32, self.varint() as i32);
                entry.column = (column != 0).then(|| column - 1);
                entry.end_column = (end_column != 0).then(|| end_column - 1);
            }
            13 => {}
            10..=12 => {
                entry.column = Some(self.byte());
                entry.end_column = Some(self.byte());
            }
            _ => {
                let second = self.byte();
                let column = i32::from(kind) << 3 | second >> 4;
                entry.column = Some(column);
                entry.end_column = Some(column + (second & 15));
            }
        }
        Some(entry)
    }
}

/// All entries of a code object's location table.
pub fn entries(code: &CodeObject) -> Vec<Entry> {
    Reader::of(code).collect()
}

/// The line of the instruction at `unit`.
pub fn line_at(code: &CodeObject, unit: u32) -> Option<i32> {
    Reader::of(code).find(|entry| unit < entry.end).and_then(|entry| entry.line)
}

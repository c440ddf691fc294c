//! The location table (PEP 626 lines and PEP 657 columns).
//!
//! Each entry covers one to eight code units. Its first byte is `0x80 | form << 3 | units - 1`; the forms differ in how many bytes
//! of line delta and columns follow. Lines are deltas from the previous entry, starting at `co_firstlineno`.
//! Source: the format note `InternalDocs/code_objects.md` of CPython.

use crate::varint::{read_signed_varint, read_varint, write_signed_varint, write_varint};

const FORM_ONE_LINE_0: u8 = 10;
const FORM_NO_COLUMNS: u8 = 13;
const FORM_LONG: u8 = 14;
const FORM_NONE: u8 = 15;

/// A source range; -1 stands for "unknown" in every field, as in the compiler.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Location {
    pub line: i32,
    pub end_line: i32,
    /// In UTF-8 bytes, from 0.
    pub column: i32,
    pub end_column: i32,
}

impl Location {
    /// No source position at all.
    pub const NONE: Location = Location { line: -1, end_line: -1, column: -1, end_column: -1 };
}

/// Writes a location table.
#[derive(Debug)]
pub struct LocationWriter {
    out: Vec<u8>,
    line: i32,
}

impl LocationWriter {
    /// A writer for code whose first line is `firstlineno`.
    pub fn new(firstlineno: i32) -> LocationWriter {
        LocationWriter { out: Vec::new(), line: firstlineno }
    }

    /// Covers the next `units` code units with `location`.
    pub fn push(&mut self, location: Location, mut units: usize) {
        while units > 0 {
            let part = units.min(8);
            self.push_entry(location, part);
            units -= part;
        }
    }

    /// The finished table.
    pub fn finish(self) -> Vec<u8> {
        self.out
    }

    fn head(&mut self, form: u8, units: usize) {
        self.out.push(0x80 | (form << 3) | (units - 1) as u8);
    }

    fn push_entry(&mut self, l: Location, units: usize) {
        if l.line < 0 {
            self.head(FORM_NONE, units);
            return;
        }
        let delta = l.line.wrapping_sub(self.line);
        if l.column < 0 || l.end_column < 0 {
            if l.end_line == l.line || l.end_line < 0 {
                self.head(FORM_NO_COLUMNS, units);
                write_signed_varint(&mut self.out, delta);
                self.line = l.line;
                return;
            }
        } else if l.end_line == l.line {
            let width = l.end_column - l.column;
            if delta == 0 && l.column < 80 && (0..16).contains(&width) {
                self.head((l.column >> 3) as u8, units);
                self.out.push((((l.column & 7) << 4) | width) as u8);
                return;
            }
            if (0..3).contains(&delta) && l.column < 128 && l.end_column < 128 {
                self.head(FORM_ONE_LINE_0 + delta as u8, units);
                self.out.push(l.column as u8);
                self.out.push(l.end_column as u8);
                self.line = l.line;
                return;
            }
        }
        self.head(FORM_LONG, units);
        write_signed_varint(&mut self.out, delta);
        write_varint(&mut self.out, l.end_line.wrapping_sub(l.line) as u32);
        write_varint(&mut self.out, l.column.wrapping_add(1) as u32);
        write_varint(&mut self.out, l.end_column.wrapping_add(1) as u32);
        self.line = l.line;
    }
}

/// A decoded entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LocationEntry {
    /// First code unit covered.
    pub start: usize,
    /// Number of code units covered.
    pub units: usize,
    pub location: Location,
}

/// Iterator over the entries of a location table; ends early at malformed data.
#[derive(Clone, Debug)]
pub struct Locations<'a> {
    table: &'a [u8],
    at: usize,
    unit: usize,
    line: i32,
}

impl<'a> Locations<'a> {
    pub fn new(table: &'a [u8], firstlineno: i32) -> Locations<'a> {
        Locations { table, at: 0, unit: 0, line: firstlineno }
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.table.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn read_location(&mut self, form: u8) -> Option<Location> {
        Some(match form {
            FORM_NONE => Location::NONE,
            FORM_NO_COLUMNS => {
                self.line = self.line.wrapping_add(read_signed_varint(self.table, &mut self.at)?);
                Location { line: self.line, end_line: self.line, column: -1, end_column: -1 }
            }
            FORM_LONG => {
                self.line = self.line.wrapping_add(read_signed_varint(self.table, &mut self.at)?);
                let end_line = self.line.wrapping_add(read_varint(self.table, &mut self.at)? as i32);
                let column = (read_varint(self.table, &mut self.at)? as i32).wrapping_sub(1);
                let end_column = (read_varint(self.table, &mut self.at)? as i32).wrapping_sub(1);
                Location { line: self.line, end_line, column, end_column }
            }
            FORM_ONE_LINE_0..FORM_NO_COLUMNS => {
                self.line = self.line.wrapping_add(i32::from(form - FORM_ONE_LINE_0));
                let column = i32::from(self.byte()?);
                let end_column = i32::from(self.byte()?);
                Location { line: self.line, end_line: self.line, column, end_column }
            }
            _ => {
                let second = self.byte()?;
                let column = (i32::from(form) << 3) | i32::from((second >> 4) & 7);
                let end_column = column + i32::from(second & 15);
                Location { line: self.line, end_line: self.line, column, end_column }
            }
        })
    }
}

impl Iterator for Locations<'_> {
    type Item = LocationEntry;

    fn next(&mut self) -> Option<LocationEntry> {
        let head = self.byte()?;
        let units = (head & 7) as usize + 1;
        let location = self.read_location((head >> 3) & 15)?;
        let start = self.unit;
        self.unit += units;
        Some(LocationEntry { start, units, location })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_of_every_form() {
        let locations = [
            (Location { line: 10, end_line: 10, column: 4, end_column: 19 }, 3),
            (Location { line: 11, end_line: 11, column: 100, end_column: 127 }, 20),
            (Location { line: 5, end_line: 9, column: 300, end_column: 1 }, 1),
            (Location { line: 5, end_line: 5, column: -1, end_column: -1 }, 8),
            (Location::NONE, 9),
            (Location { line: 4000, end_line: 4000, column: 0, end_column: 0 }, 1),
        ];
        let mut writer = LocationWriter::new(10);
        for (location, units) in locations {
            writer.push(location, units);
        }
        let table = writer.finish();
        let mut covered = Vec::new();
        for entry in Locations::new(&table, 10) {
            assert_eq!(entry.start, covered.len());
            covered.extend(std::iter::repeat_n(entry.location, entry.units));
        }
        let expected: Vec<_> = locations.iter().flat_map(|(l, n)| std::iter::repeat_n(*l, *n)).collect();
        assert_eq!(covered, expected);
    }
}

//! The exception table: which handler covers which instructions.
//!
//! Entries are sorted by start and do not overlap. Each is four big-endian varints: start, length, target (all in code units) and
//! `depth << 1 | lasti`; the first byte of an entry has bit 7 set, so that a reader can find an entry from the middle.

use crate::varint::{read_big_endian_varint, write_big_endian_varint};

/// A range of instructions covered by a handler. Offsets are in code units.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExceptionEntry {
    pub start: u32,
    pub end: u32,
    pub target: u32,
    /// Stack depth to unwind to before the handler's values are pushed.
    pub depth: u32,
    /// Whether the offset of the raising instruction is pushed below the exception.
    pub push_lasti: bool,
}

/// Encodes one entry at the end of `out`.
pub fn encode_entry(out: &mut Vec<u8>, entry: &ExceptionEntry) {
    write_big_endian_varint(out, entry.start, 0x80);
    write_big_endian_varint(out, entry.end.saturating_sub(entry.start), 0);
    write_big_endian_varint(out, entry.target, 0);
    write_big_endian_varint(out, (entry.depth << 1) | u32::from(entry.push_lasti), 0);
}

/// Decodes a whole table; stops at malformed data.
pub fn decode(table: &[u8]) -> Vec<ExceptionEntry> {
    let mut at = 0;
    std::iter::from_fn(|| read_entry(table, &mut at)).collect()
}

fn read_entry(table: &[u8], at: &mut usize) -> Option<ExceptionEntry> {
    let start = read_big_endian_varint(table, at)?;
    let length = read_big_endian_varint(table, at)?;
    let target = read_big_endian_varint(table, at)?;
    let depth_lasti = read_big_endian_varint(table, at)?;
    Some(ExceptionEntry {
        start,
        end: start.checked_add(length)?,
        target,
        depth: depth_lasti >> 1,
        push_lasti: depth_lasti & 1 != 0,
    })
}

/// The handler that covers the instruction at `unit`, found by scanning without allocating.
pub fn lookup(table: &[u8], unit: u32) -> Option<ExceptionEntry> {
    let mut at = 0;
    while let Some(entry) = read_entry(table, &mut at) {
        if entry.start > unit {
            return None;
        }
        if unit < entry.end {
            return Some(entry);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let entries: Vec<_> = [(0, 1, 5, 0, false), (70, 4200, 300_000, 3, true), (5000, 5001, 63, 64, false)]
            .map(|(start, end, target, depth, push_lasti)| ExceptionEntry { start, end, target, depth, push_lasti })
            .into();
        let mut table = Vec::new();
        entries.iter().for_each(|e| encode_entry(&mut table, e));
        assert_eq!(decode(&table), entries);
        assert_eq!(lookup(&table, 4199), Some(entries[1]));
        assert_eq!(lookup(&table, 4200), None);
        assert_eq!(decode(&table[..table.len() - 1]), entries[..2]);
    }
}

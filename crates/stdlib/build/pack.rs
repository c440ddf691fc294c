//! Writes the packed file: see `src/format.rs` for its layout.

use crate::compile::{self, Extent, START_UP};
use crate::format::{self, Record};
use crate::sources::LibraryFile;
use std::sync::Mutex;

/// Fills in the code of the modules that are compiled while building, on all processors.
pub fn compile_all(files: &mut [LibraryFile], extent: Extent) {
    let wanted: Vec<(&mut LibraryFile, String)> = files
        .iter_mut()
        .filter_map(|file| format::module_name(&file.path).map(|module| (file, module)))
        .filter(|(_, module)| extent.includes(module))
        .collect();
    let queue = Mutex::new(wanted.into_iter());
    let next = || queue.lock().expect("no thread panics while it holds the queue").next();
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((file, _)) = next() {
                    file.code = compile::compile_module(&file.bytes, &format::code_filename(&file.path));
                }
            });
        }
    });
}

/// The whole packed file. `files` is sorted by path.
pub fn pack(files: &[LibraryFile]) -> Vec<u8> {
    let mut records: Vec<Record> = files.iter().map(|_| Record::default()).collect();
    let names_offset = format::HEADER_BYTES + files.len() * format::RECORD_BYTES;
    let mut body = Vec::new();
    let offset = |body: &Vec<u8>| u32::try_from(names_offset + body.len()).expect("the library is below 4 GB");
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).expect("a library file is below 4 GB");

    for (file, record) in files.iter().zip(&mut records) {
        record.path_offset = offset(&body);
        record.path_bytes = length(file.path.as_bytes());
        body.extend_from_slice(file.path.as_bytes());
    }
    for index in code_order(files) {
        let Some(code) = &files[index].code else { continue };
        // Code is read in place; give it the alignment of a word.
        body.resize(body.len().next_multiple_of(8) + (8 - names_offset % 8) % 8, 0);
        records[index].code_offset = offset(&body);
        records[index].code_bytes = length(code);
        body.extend_from_slice(code);
    }
    for (file, record) in files.iter().zip(&mut records) {
        let packed = lz4_flex::block::compress(&file.bytes);
        let stored = if packed.len() < file.bytes.len() { &packed } else { &file.bytes };
        record.source_offset = offset(&body);
        record.source_packed_bytes = length(stored);
        record.source_bytes = length(&file.bytes);
        body.extend_from_slice(stored);
    }

    let mut packed = Vec::with_capacity(names_offset + body.len());
    packed.extend_from_slice(format::MAGIC);
    packed.extend_from_slice(&u32::try_from(files.len()).expect("few files").to_le_bytes());
    packed.extend_from_slice(&[0; 4]);
    for record in &records {
        packed.extend_from_slice(&record.to_bytes());
    }
    packed.extend_from_slice(&body);
    packed
}

/// Indices of all files, those of start-up first.
fn code_order(files: &[LibraryFile]) -> Vec<usize> {
    let rank = |index: &usize| {
        let module = format::module_name(&files[*index].path).unwrap_or_default();
        START_UP.iter().position(|&name| name == module).unwrap_or(START_UP.len())
    };
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(rank);
    order
}

//! Damaged marshal data: every input is a value or a clean error, and what is read can be written and disassembled.
//!
//! The generator has a fixed seed, so that a failure can be repeated. `fuzz/` searches further.

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use whipsnake_bytecode::{dis, exceptions, marshal};
use whipsnake_compiler as compiler;
use whipsnake_syntax as syntax;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.next() % n as u64) as usize }
    }
}

/// The compiler's golden programs, marshalled.
fn samples() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../compiler/tests/goldens");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("the programs are part of the repository")
        .map(|entry| entry.expect("a folder entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect();
    paths.sort();
    let marshalled = |path| {
        let source = fs::read_to_string(path).expect("a readable program");
        let parsed = syntax::parse(&source, syntax::Mode::Exec, &syntax::Options::default()).expect("a valid program");
        let compiled =
            compiler::compile(&parsed.tree, "sample", compiler::Options::default()).expect("a valid program");
        marshal::write_code(&compiled.code).expect("code can be written")
    };
    paths.into_iter().map(marshalled).collect()
}

fn run(data: &[u8]) {
    if let Ok(value) = marshal::read_const(data) {
        let _ = marshal::write_const(&value);
    }
    if let Ok(code) = marshal::read_code(data) {
        let _ = marshal::write_code(&code);
        let _ = dis::disassemble(&code);
        let _ = exceptions::decode(&code.exceptiontable);
    }
}

fn mutate(random: &mut Random, sample: &[u8]) -> Vec<u8> {
    let mut data = sample.to_vec();
    for _ in 0..1 + random.below(5) {
        let at = random.below(data.len());
        match random.below(6) {
            0 => data[at] ^= 1 << random.below(8),
            1 => data[at] = random.next() as u8,
            2 => data.truncate(at + 1),
            3 => {
                let end = (at + random.below(16)).min(data.len());
                let piece = data[at..end].to_vec();
                data.splice(at..at, piece);
            }
            4 => {
                // A length or a reference.
                let end = (at + 4).min(data.len());
                data[at..end].copy_from_slice(&(random.next() as u32).to_le_bytes()[..end - at]);
            }
            _ => {
                let codes = b"0NFTS.gylistuzZaA()[{<>cr:";
                data[at] = codes[random.below(codes.len())] | (random.next() as u8 & 0x80);
            }
        }
    }
    data
}

#[test]
fn damaged_code() {
    let samples = samples();
    let mut random = Random(0xc0de);
    for round in 0..6000 {
        let sample = &samples[random.below(samples.len())];
        let data = mutate(&mut random, sample);
        assert!(catch_unwind(|| run(&data)).is_ok(), "round {round}: {data:?}");
    }
}

#[test]
fn random_bytes() {
    let mut random = Random(0xda7a);
    for round in 0..20_000 {
        let data: Vec<u8> = (0..random.below(64)).map(|_| random.next() as u8).collect();
        assert!(catch_unwind(|| run(&data)).is_ok(), "round {round}: {data:?}");
    }
}

//! Damaged programs: every input is a program or a clean error, and none takes long.
//!
//! Pieces of the repository's Python programs are cut, repeated, exchanged and spoilt, by a generator with a fixed seed, so that a
//! failure can be repeated. `fuzz/` searches further.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use whipsnake_compiler::{Mode, Options, compile, symbol_table};
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

    /// A number below `n` (0 if `n` is 0).
    fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.next() % n as u64) as usize }
    }

    /// A range of up to `longest` bytes within `len`.
    fn range(&mut self, len: usize, longest: usize) -> std::ops::Range<usize> {
        let start = self.below(len);
        let wanted = 1 + self.below(longest);
        start..(start + wanted).min(len)
    }
}

fn programs() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders =
        ["tests/goldens", "../../tests/python", "../../tests/python/library", "../../tests/python/specialise"];
    let mut paths: Vec<PathBuf> = Vec::new();
    for folder in folders {
        let entries = fs::read_dir(root.join(folder)).expect("the programs are part of the repository");
        paths.extend(entries.map(|entry| entry.expect("a folder entry").path()));
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "py"));
    paths.sort();
    paths.into_iter().map(|path| fs::read(path).expect("a readable program")).collect()
}

/// Texts that parsers stumble over.
const SPICES: &[&[u8]] = &[
    b"(",
    b")",
    b"[",
    b"]",
    b"{",
    b"}",
    b"\"",
    b"'''",
    b"f'{",
    b"t\"{x!r:{",
    b"}}'",
    b"\\",
    b"\\N{",
    b"\\\n",
    b"\n",
    b"\r",
    b"\0",
    b"\t",
    b"\x0c",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    "\u{1d3a}one".as_bytes(),
    "\u{feff}".as_bytes(),
    b":",
    b":=",
    b"->",
    b",",
    b"*",
    b"**",
    b"@",
    b"lambda ",
    b"yield ",
    b"await ",
    b"async ",
    b"match x:\n case ",
    b"except* ",
    b"finally:\n",
    b"del ",
    b"global x;",
    b"nonlocal x;",
    b"import ",
    b"from . import *",
    b"class A[T: (int, str) = 1]:",
    b"type X = ",
    b"0x",
    b"1e999",
    b"9",
    b"1_",
    b"1j",
    b"# coding: latin-1\n",
    b"# type: ignore",
    b"__debug__",
    b"return ",
    b"if ",
    b"else ",
    b"for ",
    b"in ",
    b"not ",
    b"\n        ",
    b"\"%s %5d\" % (x,)",
];

fn mutate(random: &mut Random, program: &[u8], other: &[u8]) -> Vec<u8> {
    let mut text = program[random.range(program.len(), 1500)].to_vec();
    for _ in 0..1 + random.below(6) {
        let range = random.range(text.len(), 40);
        match random.below(7) {
            0 => drop(text.drain(range)),
            1 => {
                let piece = text[range.clone()].repeat(1 + random.below(30));
                text.splice(range.start..range.start, piece);
            }
            2 => {
                let piece = other[random.range(other.len(), 60)].to_vec();
                text.splice(range, piece);
            }
            3 if !range.is_empty() => text[range.start] ^= 1 << random.below(8),
            4 => {
                let spice = SPICES[random.below(SPICES.len())].repeat(1 + random.below(4));
                text.splice(range.start..range.start, spice);
            }
            5 => {
                let spice = SPICES[random.below(SPICES.len())].repeat(1 << random.below(9));
                text.splice(range.start..range.start, spice);
            }
            _ => text.truncate(range.end),
        }
    }
    text
}

fn run(source: &[u8], how: u64) {
    let (parse_mode, mode) = match how % 8 {
        0 => (syntax::Mode::Eval, Mode::Eval),
        1 => (syntax::Mode::Single, Mode::Single),
        _ => (syntax::Mode::Exec, Mode::Exec),
    };
    let parse_options = syntax::Options {
        dont_imply_dedent: how & 16 != 0,
        allow_incomplete_input: how & 32 != 0,
        barry_as_bdfl: how & 0x1c0 == 0,
        ..syntax::Options::default()
    };
    let Ok(parsed) = syntax::parse_bytes(source, parse_mode, &parse_options, None) else { return };
    let options =
        Options { mode, optimize: (how >> 9) as u8 % 3, allow_top_level_await: how & 4096 != 0, ..Options::default() };
    let _ = symbol_table(&parsed.tree, options);
    let _ = compile(&parsed.tree, "mutation", options);
}

#[test]
fn damaged_programs() {
    let programs = programs();
    let mut random = Random(0x5eed);
    for round in 0..2500 {
        let program = &programs[random.below(programs.len())];
        let other = &programs[random.below(programs.len())];
        let source = mutate(&mut random, program, other);
        let how = random.next();
        let outcome = catch_unwind(|| run(&source, how));
        let shown = String::from_utf8_lossy(&source);
        assert!(outcome.is_ok(), "round {round}: {how:#x}: {shown}");
    }
}

#[test]
fn random_bytes() {
    let mut random = Random(0xb17e5);
    for round in 0..2000 {
        let source: Vec<u8> = (0..random.below(200)).map(|_| random.next() as u8).collect();
        let how = random.next();
        assert!(catch_unwind(|| run(&source, how)).is_ok(), "round {round}: {how:#x}: {source:?}");
    }
}

/// Every construct that nests, very deep, on a thread with hardly any stack.
#[test]
fn deep_programs_on_a_small_stack() {
    const DEPTH: usize = 100_000;
    const OPENERS: &[(&str, &str)] = &[
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("{0:", "}"),
        ("f(", ")"),
        ("a[", "]"),
        ("f'{", "}'"),
        ("f\"{x:{", "}}\""),
        ("t'{", "}'"),
        ("-", ""),
        ("not ", ""),
        ("~", ""),
        ("await ", ""),
        ("lambda: ", ""),
        ("lambda x=", ": 0"),
        ("1 if x else ", ""),
        ("x if ", " else y"),
        ("a ** ", ""),
        ("a + ", ""),
        ("a.", ""),
        ("a or ", ""),
        ("a < ", ""),
        ("(yield ", ")"),
        ("(x := ", ")"),
        ("*", ""),
        ("[x for x in ", "]"),
        ("x = ", ""),
        ("x: ", ""),
        ("del ", ""),
        ("return ", ""),
        ("@", ""),
        ("\\\n", ""),
        ("# coding\n", ""),
        ("9", ""),
        ("'a' ", ""),
        ("if x: ", ""),
        ("x;", ""),
        ("else:\n", ""),
        ("elif x: pass\n", ""),
        ("if x:\n ", ""),
        ("class A: ", ""),
        ("match x:\n case [", "]: pass"),
        ("\0", ""),
        ("\u{e9}", ""),
        ("x ", ""),
        ("\t", ""),
        ("import a.", ""),
        ("from .", ""),
        ("global ", ""),
        ("with a, ", ""),
        ("\r", ""),
        ("try: pass\nfinally:\n ", ""),
        ("def f[T: ", "](): pass"),
        ("type X = ", ""),
        ("for x in ", ": pass"),
        ("case ", ""),
        (")", ""),
    ];
    let body = || {
        for (open, close) in OPENERS {
            for (depth, tail, how) in [(DEPTH, "x", 2), (3000, "", 2), (3000, "x", 0), (3000, "x", 1), (3000, "", 0x39)]
            {
                let source = format!("{}{tail}{}", open.repeat(depth), close.repeat(depth));
                run(source.as_bytes(), how);
            }
        }
        for depth in [99, 150] {
            for line in [
                "if x:",
                "while x:",
                "for x in y:",
                "with x:",
                "try:",
                "def f():",
                "class A:",
                "async def f():",
                "match x:",
            ] {
                let source: String = (0..depth).map(|level| format!("{}{line}\n", " ".repeat(level))).collect();
                run(source.as_bytes(), 2);
            }
        }
    };
    let thread = std::thread::Builder::new().stack_size(256 << 10).spawn(body).expect("a thread");
    assert!(thread.join().is_ok());
}

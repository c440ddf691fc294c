//! Runs `cases.txt` (see `generate.py`): every pattern on its texts, in every width that can hold them, against the
//! results of CPython 3.14. `WHIPSNAKE_SRE_CASES` names another file, such as one of random patterns.

use std::fmt::Write;
use whipsnake_sre::{Char, Error, Program, Scratch, State, Unicode};

#[derive(Clone, Copy, Debug)]
struct Case {
    mode: &'static str,
    /// Without the first and the last character.
    inner: bool,
}

/// In the order of the results.
const CASES: [Case; 7] = [
    Case { mode: "match", inner: false },
    Case { mode: "match", inner: true },
    Case { mode: "fullmatch", inner: false },
    Case { mode: "search", inner: false },
    Case { mode: "search", inner: true },
    Case { mode: "finditer", inner: false },
    Case { mode: "finditer", inner: true },
];

fn show<T: Char>(state: &State<T>, groups: usize, out: &mut String) {
    write!(out, "{}:", state.lastindex().unwrap_or(0)).unwrap();
    for group in 0..=groups {
        out.push_str(if group > 0 { "/" } else { "" });
        match state.span(group) {
            Some(span) => write!(out, "{},{}", span.start, span.end).unwrap(),
            None => out.push('-'),
        }
    }
}

fn run<T: Char>(program: &Program, text: &[T], case: Case, scratch: &mut Scratch) -> Result<String, Error> {
    let mut out = String::new();
    let (pos, endpos) = if case.inner { (1, text.len() - 1) } else { (0, text.len()) };
    let mut state = State::with_scratch(program, text, pos, endpos, std::mem::take(scratch));
    match case.mode {
        "finditer" => {
            while state.search()? {
                out.push_str(if out.is_empty() { "" } else { " " });
                show(&state, program.groups(), &mut out);
                state.advance();
            }
        }
        mode => {
            let found = match mode {
                "match" => state.match_()?,
                "fullmatch" => state.fullmatch()?,
                _ => state.search()?,
            };
            if found {
                show(&state, program.groups(), &mut out);
            }
        }
    }
    *scratch = state.into_scratch();
    Ok(if out.is_empty() { "-".into() } else { out })
}

#[test]
fn agrees_with_cpython() {
    let cases = match std::env::var("WHIPSNAKE_SRE_CASES") {
        Ok(path) => std::fs::read_to_string(path).unwrap(),
        Err(_) => include_str!("cases.txt").to_owned(),
    };
    let (mut program, mut source) = (None, "");
    let (mut failures, mut checked) = (0, 0);
    let mut scratch = Scratch::default();
    for line in cases.lines() {
        if let Some(pattern) = line.strip_prefix("P ") {
            let (words, comment) = pattern.split_once(" # ").unwrap();
            source = comment;
            let words: Vec<&str> = words.split(' ').collect();
            let code: Vec<u32> = words[3..].iter().map(|word| word.parse().unwrap()).collect();
            let made = Program::new(&code, words[0].parse().unwrap(), words[1].parse().unwrap(), &Unicode::APPROXIMATE);
            program = Some(made.unwrap_or_else(|error| panic!("{source}: {error}")));
            continue;
        }
        let (text, expected) = line.strip_prefix("T ").unwrap().split_once(" = ").unwrap();
        let hex = |point| u32::from_str_radix(point, 16).unwrap();
        let text: Vec<u32> = if text == "-" { vec![] } else { text.split(',').map(hex).collect() };
        let program = program.as_ref().unwrap();
        let narrow: Result<Vec<u8>, _> = text.iter().map(|&c| u8::try_from(c)).collect();
        let medium: Result<Vec<u16>, _> = text.iter().map(|&c| u16::try_from(c)).collect();
        let cases: Vec<Case> = CASES.into_iter().filter(|case| !case.inner || text.len() >= 3).collect();
        for (case, expected) in cases.into_iter().zip(expected.split(" ; ")) {
            let results = [
                Some(run(program, &text, case, &mut scratch)),
                medium.as_ref().ok().map(|text| run(program, text, case, &mut scratch)),
                narrow.as_ref().ok().map(|text| run(program, text, case, &mut scratch)),
            ];
            for result in results.into_iter().flatten() {
                checked += 1;
                if result.as_deref() != Ok(expected) {
                    failures += 1;
                    if failures <= 20 {
                        eprintln!("{source} {case:?} on {text:x?}\n  expected {expected}\n  got {result:?}");
                    }
                }
            }
        }
    }
    assert_eq!(failures, 0, "of {checked} results differ");
    assert!(checked > 0);
}

/// Broken code lists are refused or harmless, never a panic.
#[test]
fn broken_code_is_harmless() {
    let mut seed = 1u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) as usize % below
    };
    let text = b"abcabc aab\nxyz";
    let mut accepted = 0;
    for line in include_str!("cases.txt").lines().filter_map(|line| line.strip_prefix("P ")) {
        let words: Vec<&str> = line.split_once(" # ").unwrap().0.split(' ').collect();
        let code: Vec<u32> = words[3..].iter().map(|word| word.parse().unwrap()).collect();
        for _ in 0..20 {
            let mut broken = code.clone();
            for _ in 0..1 + random(2) {
                let at = random(broken.len());
                broken[at] = [random(44) as u32, random(8) as u32, u32::MAX, 0x8000_0000][random(4)];
            }
            broken.truncate(broken.len() - if random(4) == 0 { random(broken.len()) } else { 0 });
            let Ok(program) = Program::new(&broken, words[0].parse().unwrap(), 0, &Unicode::APPROXIMATE) else {
                continue;
            };
            accepted += 1;
            let mut calls = 0;
            let mut interrupt = || {
                calls += 1;
                calls > 3
            };
            let mut state = State::new(&program, &text[..], 0, usize::MAX);
            state.set_interrupt(&mut interrupt);
            let _ = state.search();
        }
    }
    assert!(accepted > 100);
}

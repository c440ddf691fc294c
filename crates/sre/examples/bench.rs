//! Times recorded uses of patterns: `bench FILE...`. A file has lines `P groups word...` (a pattern), `X hex,...` (a
//! text) and `O pattern text mode count repetitions nanoseconds name`: the use, how often the program did it, and what
//! it took in another engine. Prints the uses with the most time, and the totals.

use std::hint::black_box;
use std::time::Instant;
use whipsnake_sre::{Program, Scratch, State, Unicode};

fn once(program: &Program, text: &[u8], mode: &str, count: usize, scratch: &mut Scratch) -> usize {
    let mut state = State::with_scratch(program, text, 0, text.len(), std::mem::take(scratch));
    let mut hits = 0;
    if mode == "sub" {
        let (mut out, mut last) = (Vec::new(), 0);
        while (count == 0 || hits < count) && state.search() == Ok(true) {
            hits += 1;
            out.extend_from_slice(&text[last..state.start()]);
            last = state.end();
            state.advance();
        }
        out.extend_from_slice(&text[last..]);
        black_box(out);
    } else {
        let found = if mode == "search" { state.search() } else { state.match_() };
        hits = usize::from(found == Ok(true));
    }
    *scratch = state.into_scratch();
    hits
}

fn time(mut f: impl FnMut() -> usize) -> f64 {
    let begin = Instant::now();
    black_box(f());
    let loops = (2e-4 / begin.elapsed().as_secs_f64().max(1e-7)).max(1.0) as u32;
    let run = |f: &mut dyn FnMut() -> usize| {
        let begin = Instant::now();
        (0..loops).for_each(|_| {
            black_box(f());
        });
        begin.elapsed().as_secs_f64() * 1e9 / f64::from(loops)
    };
    (0..5).map(|_| run(&mut f)).fold(f64::INFINITY, f64::min)
}

fn main() {
    for path in std::env::args().skip(1) {
        let file = std::fs::read_to_string(&path).expect("readable file");
        let (mut programs, mut texts, mut rows) = (Vec::new(), Vec::<Vec<u8>>::new(), Vec::new());
        let mut scratch = Scratch::default();
        for line in file.lines() {
            let fields: Vec<&str> = line.split(' ').collect();
            let number = |n: usize| fields[n].parse::<usize>().expect("number");
            match fields[0] {
                "P" => {
                    let code: Vec<u32> = fields[2..].iter().map(|word| word.parse().expect("word")).collect();
                    let program = Program::new(&code, number(1) as u32, 0, &Unicode::APPROXIMATE);
                    programs.push(program.expect("valid code"));
                }
                "X" => {
                    let points = fields[1].split(',').filter(|point| !point.is_empty());
                    texts.push(points.map(|point| u8::from_str_radix(point, 16).expect("byte")).collect());
                }
                _ => {
                    let (program, text) = (&programs[number(1)], &texts[number(2)]);
                    let ours = time(|| once(program, text, fields[3], number(4), &mut scratch));
                    let weight = number(5) as f64;
                    rows.push((ours * weight, number(6) as f64 * weight, fields[3], fields[7], text.len()));
                }
            }
        }
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (ours, theirs, mode, name, length) in rows.iter().take(15) {
            println!("{:9.1} us {:6.2}x {mode:7} {name} on {length}", ours / 1e3, theirs / ours);
        }
        rows.sort_by(|a, b| (a.1 / a.0).total_cmp(&(b.1 / b.0)));
        for (ours, theirs, mode, name, length) in rows.iter().take(5) {
            println!("least: {:9.1} us {:6.2}x {mode:7} {name} on {length}", ours / 1e3, theirs / ours);
        }
        let (ours, theirs) = rows.iter().fold((0.0, 0.0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
        println!("{path}: {:.2} ms against {:.2} ms, {:.2}x", ours / 1e6, theirs / 1e6, theirs / ours);
    }
}

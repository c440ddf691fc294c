//! Long texts, deep nesting, interruption, and reuse of memory.

use whipsnake_sre::{Error, Program, Scratch, State, Unicode};

const ANY: u32 = 3;
const SUCCESS: u32 = 1;
const ATOMIC_GROUP: u32 = 27;

/// `(?:(a)|b)*c`
const LOOP: [u32; 29] = [
    14, 4, 0, 1, 4294967295, 23, 19, 0, 4294967295, 7, 9, 17, 0, 16, 97, 17, 1, 15, 7, 5, 16, 98, 15, 2, 0, 18, 16, 99,
    1,
];

/// `(?:a|a)*b` before the parser joins the alternatives.
const EXPONENTIAL: [u32; 25] =
    [14, 4, 0, 1, 4294967295, 23, 15, 0, 4294967295, 7, 5, 16, 97, 15, 7, 5, 16, 97, 15, 2, 0, 18, 16, 98, 1];

fn program(code: &[u32], groups: u32) -> Program {
    Program::new(code, groups, 0, &Unicode::APPROXIMATE).expect("valid code")
}

fn nested(depth: usize) -> Vec<u32> {
    let mut code = vec![ANY];
    for _ in 0..depth {
        let mut outer = vec![ATOMIC_GROUP, code.len() as u32 + 2];
        outer.append(&mut code);
        outer.push(SUCCESS);
        code = outer;
    }
    code.push(SUCCESS);
    code
}

#[test]
fn long_texts_take_no_native_stack() {
    let program = program(&LOOP, 1);
    let mut text = b"ab".repeat(500_000);
    text.push(b'c');
    let mut state = State::new(&program, &text[..], 0, text.len());
    assert_eq!(state.match_(), Ok(true));
    assert_eq!(state.span(1), Some(999_998..999_999));
    assert_eq!(state.lastindex(), Some(1));
    let mut state = State::with_scratch(&program, &text[..], 0, text.len() - 1, state.into_scratch());
    assert_eq!(state.match_(), Ok(false));
}

#[test]
fn a_million_open_choices_fit() {
    let program = program(&EXPONENTIAL, 0);
    let mut text = vec![u32::from('a'); 1_000_000];
    text.push('b'.into());
    let mut state = State::new(&program, &text[..], 0, text.len());
    assert_eq!(state.match_(), Ok(true));
    assert_eq!(state.span(0), Some(0..1_000_001));
}

#[test]
fn nesting_is_limited() {
    let text = [0x436u16];
    assert_eq!(State::new(&program(&nested(900), 0), &text[..], 0, 1).fullmatch(), Ok(true));
    let error = Program::new(&nested(3000), 0, 0, &Unicode::APPROXIMATE).unwrap_err();
    assert!(error.is_too_deep());
}

#[test]
fn a_runaway_match_is_interrupted() {
    let program = program(&EXPONENTIAL, 0);
    let text = [b'a'; 60];
    let mut calls = 0;
    let mut interrupt = || {
        calls += 1;
        calls == 3
    };
    let mut state = State::new(&program, &text[..], 0, text.len());
    state.set_interrupt(&mut interrupt);
    assert_eq!(state.match_(), Err(Error::Interrupted));
    assert_eq!(calls, 3);
}

#[test]
fn malformed_code_is_refused() {
    let refused: [&[u32]; 8] = [
        &[],
        &[ANY],
        &[99, SUCCESS],
        &[17, 2, SUCCESS],               // a mark of group 1 of 1
        &[11, 1, SUCCESS],               // a reference to it
        &[14, 9, 0, SUCCESS],            // a skip beyond the end
        &[24, 5, 3, 2, ANY, 1, SUCCESS], // a repeat of at least three, at most two
        &[13, 4, 16, 97, 16, SUCCESS],   // a set without its end
    ];
    for code in refused {
        assert!(Program::new(code, 1, 0, &Unicode::APPROXIMATE).is_err(), "{code:?}");
    }
}

#[test]
fn positions_beyond_the_text_are_harmless() {
    let program = program(&LOOP, 1);
    let mut scratch = Scratch::default();
    for (pos, endpos) in [(5, 2), (9, 9), (usize::MAX, usize::MAX), (3, 0)] {
        let mut state = State::with_scratch(&program, &b"aaac"[..], pos, endpos, scratch);
        assert_eq!(state.search(), Ok(false));
        assert_eq!(state.match_(), Ok(false));
        scratch = state.into_scratch();
    }
}

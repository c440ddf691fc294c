//! Any bytes are a program or a clean error. The first byte chooses how they are compiled.
#![no_main]

use libfuzzer_sys::fuzz_target;
use whipsnake_compiler::{Mode, Options, compile, symbol_table};
use whipsnake_syntax as syntax;

fuzz_target!(|data: &[u8]| {
    let Some((how, source)) = data.split_first() else { return };
    let (parse_mode, mode) = match how % 4 {
        0 | 3 => (syntax::Mode::Exec, Mode::Exec),
        1 => (syntax::Mode::Eval, Mode::Eval),
        _ => (syntax::Mode::Single, Mode::Single),
    };
    let parse_options = syntax::Options {
        dont_imply_dedent: how & 4 != 0,
        allow_incomplete_input: how & 8 != 0,
        ..syntax::Options::default()
    };
    let Ok(parsed) = syntax::parse_bytes(source, parse_mode, &parse_options, None) else { return };
    let options = Options { mode, optimize: (how >> 4) % 3, allow_top_level_await: how & 128 != 0, ..Options::default() };
    let _ = symbol_table(&parsed.tree, options);
    let _ = compile(&parsed.tree, "fuzz", options);
});

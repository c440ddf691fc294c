//! The uop expansion of a hot loop, against a golden: `WHIPSNAKE_BLESS=1` rewrites it.
//!
//! The loop is the one of the talks about CPython's tier 2. It is run until it is specialised; its bytecode is then taken
//! from the code object, and expanded by the tables that the generator makes from the instruction definitions.

use std::path::Path;
use std::process::Command;
use whipsnake_bytecode::opcodes::number;
use whipsnake_interp::expansion::{expand, listing};
use whipsnake_interp::metadata::first_part;

const PROGRAM: &str = "
def fib(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a

for _ in range(100):
    assert fib(50) == 12586269025
print(fib.__code__._co_code_adaptive.hex())
";

/// The code of `fib` after it has run.
fn specialised() -> Vec<u16> {
    let output = Command::new(env!("CARGO_BIN_EXE_whipsnake")).args(["-S", "-c", PROGRAM]).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("hexadecimal digits");
    let unit = |digits: &str| u16::from_str_radix(digits, 16).expect("a code unit").swap_bytes();
    let text = text.trim();
    (0..text.len() / 4).map(|at| unit(&text[4 * at..4 * at + 4])).collect()
}

#[test]
fn the_fibonacci_loop_expands_to_the_uops_of_the_talks() {
    let code = specialised();
    let start =
        code.iter().position(|unit| first_part(unit & 255) == number::FOR_ITER_RANGE).expect("a specialised loop");
    let found = listing(&code, &expand(&code, start));
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/fibonacci.uops");
    if std::env::var_os("WHIPSNAKE_BLESS").is_some() {
        std::fs::write(&golden, &found).expect("the golden can be written");
    }
    let expected = std::fs::read_to_string(&golden).unwrap_or_default();
    assert!(found == expected, "found:\n{found}\nexpected:\n{expected}");
}

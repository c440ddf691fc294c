//! Any bytes are a value or a clean error; what is read can be written again, and code can be disassembled.
#![no_main]

use libfuzzer_sys::fuzz_target;
use whipsnake_bytecode::{dis, marshal};

fuzz_target!(|data: &[u8]| {
    if let Ok(value) = marshal::read_const(data) {
        let _ = marshal::write_const(&value);
    }
    if let Ok(code) = marshal::read_code(data) {
        let _ = marshal::write_code(&code);
        let _ = dis::disassemble(&code);
    }
});

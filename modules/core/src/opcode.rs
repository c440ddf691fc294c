//! `_opcode`: the table of instructions, for `dis` and `opcode`.

use whipsnake_bytecode::opcodes::{self, Opcode};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::module;

fn opcode(number: i32) -> Option<Opcode> {
    u16::try_from(number).ok().and_then(Opcode::from_number)
}

/// Whether an opcode, if there is one of that number, has a property.
fn has(number: i32, property: impl Fn(Opcode) -> bool) -> bool {
    opcode(number).is_some_and(property)
}

fn names(th: &Thread, names: &[&str]) -> PyResult {
    let names = names.iter().map(|name| th.str(name)).collect::<PyResult<Vec<Obj>>>()?;
    th.list(names)
}

#[pyfunctions]
mod functions {
    use super::*;

    /// What an instruction does to the height of the stack.
    #[function("stack_effect(opcode, oparg=None, /, *, jump=None)")]
    fn stack_effect(th: &Thread, opcode: i32, oparg: Option<Value>, jump: Option<Value>) -> PyResult<i64> {
        let jump = match jump.filter(|jump| !jump.is_none()) {
            None => None,
            Some(jump) if jump.is_true_singleton() => Some(true),
            Some(jump) if jump.is_false_singleton() => Some(false),
            Some(_) => return err!(th, VALUE_ERROR, "stack_effect: jump must be False, True or None"),
        };
        let oparg = match oparg.filter(|oparg| !oparg.is_none()) {
            None => 0,
            Some(oparg) => number::as_i32(th, oparg)?,
        };
        let Some(op) = super::opcode(opcode).filter(|op| !op.is_specialized() && !op.is_instrumented()) else {
            return err!(th, VALUE_ERROR, "invalid opcode or oparg");
        };
        let oparg = oparg as u32;
        Ok(match jump {
            Some(jump) => op.stack_effect(oparg, jump),
            None => op.stack_effect(oparg, false).max(op.stack_effect(oparg, true)),
        })
    }
    /// Whether an opcode exists.
    #[function("is_valid(opcode)")]
    fn is_valid(_: &Thread, opcode: i32) -> bool {
        has(opcode, |_| true)
    }
    /// Whether the instruction uses its argument.
    #[function("has_arg(opcode)")]
    fn has_arg(_: &Thread, opcode: i32) -> bool {
        has(opcode, Opcode::has_arg)
    }
    /// Whether the instruction refers to a constant.
    #[function("has_const(opcode)")]
    fn has_const(_: &Thread, opcode: i32) -> bool {
        has(opcode, Opcode::has_const)
    }
    /// Whether the instruction refers to a name.
    #[function("has_name(opcode)")]
    fn has_name(_: &Thread, opcode: i32) -> bool {
        has(opcode, Opcode::has_name)
    }
    /// Whether the instruction jumps.
    #[function("has_jump(opcode)")]
    fn has_jump(_: &Thread, opcode: i32) -> bool {
        has(opcode, Opcode::has_jump)
    }
    /// Whether the instruction refers to a free variable (that is not a local too).
    #[function("has_free(opcode)")]
    fn has_free(_: &Thread, opcode: i32) -> bool {
        has(opcode, Opcode::has_free)
    }
    /// Whether the instruction refers to a local.
    #[function("has_local(opcode)")]
    fn has_local(_: &Thread, opcode: i32) -> bool {
        has(opcode, Opcode::has_local)
    }
    /// Whether the instruction sets up an exception handler.
    #[function("has_exc(opcode)")]
    fn has_exc(_: &Thread, opcode: i32) -> bool {
        has(opcode, Opcode::pushes_block)
    }
    /// Statistics of specialisation: none are kept.
    #[function("get_specialization_stats()")]
    fn get_specialization_stats(_: &Thread) {}
    /// The names and symbols of the binary operators.
    #[function("get_nb_ops()")]
    fn get_nb_ops(th: &Thread) -> PyResult {
        let pair = |(name, symbol): &(&str, &str)| th.tuple(&[th.str(name)?.value(), th.str(symbol)?.value()]);
        th.list(opcodes::BINARY_OPS.iter().map(pair).collect::<PyResult<Vec<Obj>>>()?)
    }
    /// The names of the intrinsics with one operand.
    #[function("get_intrinsic1_descs()")]
    fn get_intrinsic1_descs(th: &Thread) -> PyResult {
        names(th, &opcodes::INTRINSIC_1)
    }
    /// The names of the intrinsics with two operands.
    #[function("get_intrinsic2_descs()")]
    fn get_intrinsic2_descs(th: &Thread) -> PyResult {
        names(th, &opcodes::INTRINSIC_2)
    }
    /// The names of the methods that LOAD_SPECIAL knows.
    #[function("get_special_method_names()")]
    fn get_special_method_names(th: &Thread) -> PyResult {
        names(th, &["__enter__", "__exit__", "__aenter__", "__aexit__"])
    }
    /// The compiled trace at an offset of a code object: there is none.
    #[function("get_executor(code, offset)")]
    fn get_executor(th: &Thread, code: Value, offset: i32) -> PyResult {
        let _ = offset;
        if !code.is_instance(&statics::CODE_TYPE) {
            return err!(th, TYPE_ERROR, "expected a code object, not '{}'", code.ty().name());
        }
        // `dis` asks wherever a byte looks like ENTER_EXECUTOR, inline caches included, and expects this.
        err!(th, VALUE_ERROR, "no executor at given byte offset")
    }
}

/// Makes `_opcode`.
///
/// # Errors
/// MemoryError.
pub fn init_opcode(th: &Thread) -> PyResult {
    let m = module::new(th, "_opcode", "Opcode support module.", functions::METHODS)?;
    module::add(th, m.value(), "ENABLE_SPECIALIZATION", statics::bool_value(true))?;
    module::add(th, m.value(), "ENABLE_SPECIALIZATION_FT", statics::bool_value(false))?;
    Ok(m)
}

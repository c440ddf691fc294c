//! The generic forms of binary operators and comparisons. A special method written in Python gets a frame and no native recursion;
//! everything else goes through the number and comparison protocols.
//!
//! The operands stay on the caller's stack while the method runs: it may decline (`NotImplemented`), and then the protocol goes on
//! with the other operand. So the method's parameters borrow them.

use super::calls::enter_operator;
use super::frames::finish_frame;
use super::{Flow, State, own_slot};
use crate::operands::{Deopt, OpArg, Ref};
use whipsnake_bytecode::opcodes::binary_op as nb;
use whipsnake_layout::{Slot, Value};
use whipsnake_macros::uop;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::protocols::number::NumberOp;

/// Units of BINARY_OP and COMPARE_OP with their caches: what the caller skips on return.
const BINARY_OP_UNITS: u16 = 6;
const COMPARE_OP_UNITS: u16 = 2;

/// What an operator's frame computes, as its `operator` field holds it: the oparg, and which instruction it belongs to.
#[derive(Clone, Copy)]
struct Operator(u32);

impl Operator {
    const COMPARISON: u32 = 1 << 16;

    fn binary(op: OpArg) -> Operator {
        Operator(op.0)
    }
    fn comparison(op: OpArg) -> Operator {
        Operator(op.0 | Operator::COMPARISON)
    }
    /// The comparison, and whether its result is wanted as a bool.
    fn as_comparison(self) -> Option<(CompareOp, bool)> {
        (self.0 & Operator::COMPARISON != 0).then(|| (CompareOp::from_index(self.0 >> 5 & 7), self.0 & 16 != 0))
    }
    /// The whole of what follows when the left operand's method has declined.
    fn after_declined(self, th: &Thread, left: Value, right: Value) -> PyResult {
        match self.as_comparison() {
            Some((op, to_bool)) => as_wanted(th, compare::after_declined(th, left, right, op)?, to_bool),
            None => match NumberOp::from_index(self.0) {
                Some(op) => number::after_declined(th, op, left, right),
                None => err!(th, SYSTEM_ERROR, "unknown operator {}", self.0),
            },
        }
    }
}

/// The result of a comparison, or its truth.
#[inline(always)]
fn as_wanted(th: &Thread, result: Obj, to_bool: bool) -> PyResult {
    if to_bool { Ok(Obj::bool(object::is_true(th, result.value())?)) } else { Ok(result) }
}

/// Enters the method that the left operand's class has for an operator, if that class is asked first and the method is a plain
/// Python function.
#[inline(always)]
fn enter_method(st: &mut State, operator: Operator, method: impl FnOnce(&Thread, Value) -> Option<Value>) -> bool {
    let (left, right) = (st.peek(2), st.peek(1));
    let ty = left.ty();
    if !ty.is_heap_type() || (!std::ptr::eq(ty, right.ty()) && right.ty().is_subtype_of(ty)) {
        return false;
    }
    let units = if operator.as_comparison().is_some() { COMPARE_OP_UNITS } else { BINARY_OP_UNITS };
    method(st.th, left).is_some_and(|method| enter_operator(st, method, operator.0, units))
}

/// The generic operator: `NB_*` number as oparg. Raises whatever the operands' methods raise, or TypeError.
#[uop(control, slow = "binary_op_protocol")]
pub fn binary_op(st: &mut State, op: OpArg) -> Flow {
    let (left, right) = (st.peek(2), st.peek(1));
    // What the forms for immediate floats leave over: zeros, for the most part.
    if op.0 != nb::SUBSCR
        && let Deopt::Ok(number) = crate::fast::floats::binary_op_extend(Ref::new(left), Ref::new(right), op)
    {
        return st.finish(2, Ok(Obj::steal(number.0)));
    }
    if enter_method(st, Operator::binary(op), |th, left| {
        number::method_in_python(th, NumberOp::from_index(op.0)?, left)
    }) {
        return Flow::Next;
    }
    Flow::Exit
}

/// [`binary_op`] by the number protocol.
#[inline]
pub fn binary_op_protocol(st: &mut State, op: OpArg) -> Flow {
    let (th, left, right) = (st.th, st.peek(2), st.peek(1));
    let result = match NumberOp::from_index(op.0) {
        Some(NumberOp::Subscr) => object::get_item(th, left, right),
        Some(op) if op.is_inplace() => number::inplace_op(th, op, left, right),
        Some(NumberOp::Power) => number::power(th, left, right, statics::none()),
        Some(op) => number::binary_op(th, op, left, right),
        None => err!(th, SYSTEM_ERROR, "unknown operator {}", op.0),
    };
    st.finish(2, result)
}

/// Comparison: the operator sits above bit 5, bit 4 asks for a bool.
#[uop(control, slow = "compare_op_protocol")]
pub fn compare_op(st: &mut State, op: OpArg) -> Flow {
    let operator = CompareOp::from_index(op.0 >> 5);
    if enter_method(st, Operator::comparison(op), |th, left| compare::method_in_python(th, operator, left)) {
        return Flow::Next;
    }
    Flow::Exit
}

/// [`compare_op`] by the comparison protocol.
#[inline]
pub fn compare_op_protocol(st: &mut State, op: OpArg) -> Flow {
    let operator = CompareOp::from_index(op.0 >> 5);
    let result = compare::rich(st.th, st.peek(2), st.peek(1), operator);
    let result = result.and_then(|result| as_wanted(st.th, result, op.0 & 16 != 0));
    st.finish(2, result)
}

/// The end of a method that [`enter_method`] has entered, with its result: takes the operands' place, unless the method declined.
#[inline(never)]
pub fn operator_returned(st: &mut State, result: Slot) -> Flow {
    let operator = Operator(st.frame().operator.get());
    let frame = st.frame;
    st.frame = st.frame().previous.get();
    finish_frame(st.th, frame);
    let caller = st.frame();
    st.sp = caller.stack_top.get();
    // SAFETY: I7, the operator's instruction; errors are blamed on the unit before `ip`.
    st.ip = unsafe { caller.instr.get().add(1) };
    let mut result = Ok(own_slot(result));
    if let Ok(answer) = &result {
        if answer.is_not_implemented() {
            result = operator.after_declined(st.th, st.peek(2), st.peek(1));
        } else if let Some((_, true)) = operator.as_comparison()
            && !answer.is_exact(&statics::BOOL_TYPE)
        {
            result = result.and_then(|answer| as_wanted(st.th, answer, true));
        }
    }
    if result.is_ok() {
        // SAFETY: I7, behind the operator's caches.
        st.ip = unsafe { caller.instr.get().add(caller.return_offset.get() as usize) };
    }
    st.finish(2, result)
}

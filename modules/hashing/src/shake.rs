//! Digests of any length.

use crate::algorithms::Algorithm;
use crate::arguments;
use crate::object::{Hash, hex};
use whipsnake_runtime::args::Params;
use whipsnake_runtime::prelude::*;

/// What digests may have at most.
const MAXIMUM: u64 = 1 << 29;

/// An algorithm with a digest of any length.
pub trait Extendable: Algorithm {
    /// Fills `out` with the beginning of the digest.
    fn fill(state: &Self::State, out: &mut [u8]);
}

impl<A: Extendable> Hash<A> {
    pub const EXTENDABLE_METHODS: &'static [MethodDef] = &[
        Self::COPY,
        Self::UPDATE,
        MethodDef {
            name: "digest",
            doc: "The first bytes of the digest of what was taken so far.",
            text_signature: "($self, /, length)",
            kind: MethodKind::Plain,
            code: NativeCode::Args(Self::long_digest),
            pure_native: false,
        },
        MethodDef {
            name: "hexdigest",
            doc: "As digest(), in hexadecimal digits.",
            text_signature: "($self, /, length)",
            kind: MethodKind::Plain,
            code: NativeCode::Args(Self::long_hexdigest),
            pure_native: false,
        },
    ];
    fn output(&self, th: &Thread, function: &'static str, args: Args) -> PyResult<Vec<u8>> {
        let params = Params {
            function,
            names: &["length"],
            positional_only: 0,
            positional: 1,
            required: &[true],
            has_varargs: false,
            has_varkw: false,
        };
        let mut bound = [None];
        params.bind(th, args, &mut bound)?;
        let length = arguments::unsigned(th, bound[0].unwrap_or(statics::none()), "unsigned long")?;
        if length >= MAXIMUM {
            return Err(th.value_error("length is too large"));
        }
        let mut out = Vec::new();
        out.try_reserve_exact(length as usize).map_err(|_| th.memory_error())?;
        out.resize(length as usize, 0);
        A::fill(&self.state(), &mut out);
        Ok(out)
    }
    fn long_digest(th: &Thread, v: Value, args: Args) -> PyResult {
        th.bytes(&Self::of(v).output(th, "digest", args)?)
    }
    fn long_hexdigest(th: &Thread, v: Value, args: Args) -> PyResult {
        hex(th, &Self::of(v).output(th, "hexdigest", args)?)
    }
}

//! BLAKE2: keyed, salted, personal, and in trees.

use crate::algorithms::Algorithm;
use crate::arguments;
use crate::object::Hash;
use whipsnake_runtime::args::Params;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer::BytesArg;

/// BLAKE2b: for 64-bit machines, digests of up to 64 bytes.
pub struct Blake2b;
/// BLAKE2s: for small machines, digests of up to 32 bytes.
pub struct Blake2s;

/// Sizes of parameters in bytes.
#[derive(Clone, Copy)]
pub struct Limits {
    /// The name in messages.
    name: &'static str,
    function: &'static str,
    salt: usize,
    person: usize,
    /// Of keys and digests.
    out: usize,
    /// The end of the range of node offsets.
    offsets: u64,
}

pub const LIMITS_B: Limits =
    Limits { name: "Blake2b", function: "blake2b", salt: 16, person: 16, out: 64, offsets: u64::MAX };
pub const LIMITS_S: Limits =
    Limits { name: "Blake2s", function: "blake2s", salt: 8, person: 8, out: 32, offsets: (1 << 48) - 1 };

impl Limits {
    /// The constants of the type.
    pub fn constants(&self) -> [(&'static str, usize); 4] {
        [
            ("SALT_SIZE", self.salt),
            ("PERSON_SIZE", self.person),
            ("MAX_KEY_SIZE", self.out),
            ("MAX_DIGEST_SIZE", self.out),
        ]
    }
}

macro_rules! blake {
    ($($algorithm:ident: $crate_name:ident, $name:literal, $full:literal, $block:literal, $limits:ident, $type_static:ident;)*) => {$(
        impl Algorithm for $algorithm {
            type State = WithSize<$crate_name::State>;
            const NAME: &'static str = $name;
            const BLOCK: usize = $block;
            fn ty() -> &'static Type {
                &$type_static
            }
            fn update(state: &mut Self::State, data: &[u8]) {
                state.state.update(data);
            }
            fn digest(state: &Self::State) -> Vec<u8> {
                state.state.finalize().as_bytes().to_vec()
            }
            fn digest_size(state: &Self::State) -> usize {
                state.digest_size
            }
        }
        impl Blake for $algorithm {
            const LIMITS: Limits = $limits;
            fn begin(from: &Parameters) -> Self::State {
                let mut params = $crate_name::Params::new();
                params
                    .hash_length(from.digest_size)
                    .key(&from.key)
                    .salt(&from.salt)
                    .personal(&from.person)
                    .fanout(from.fanout)
                    .max_depth(from.depth)
                    .max_leaf_length(from.leaf_size)
                    .node_offset(from.node_offset)
                    .node_depth(from.node_depth)
                    .inner_hash_length(from.inner_size)
                    .last_node(from.last_node);
                WithSize { state: params.to_state(), digest_size: from.digest_size }
            }
        }
        builtin_type! {
            #[doc = concat!("`", $full, "`.")]
            pub static $type_static = TypeSpec {
                name: $full,
                flags: 0,
                doc: concat!(
                    $name, "(data=b'', *, digest_size=", $full, ".MAX_DIGEST_SIZE, key=b'', salt=b'', person=b'', \
                    fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, \
                    usedforsecurity=True, string=None)\n--\n\nA new message digest."
                ),
                slots: Slots { new: Some(construct::<$algorithm>), ..Instance::<Hash<$algorithm>>::SLOTS },
                methods: Hash::<$algorithm>::METHODS,
                getsets: Hash::<$algorithm>::GETSETS,
                ..Instance::<Hash<$algorithm>>::SPEC
            }
        }
    )*};
}

blake! {
    Blake2b: blake2b_simd, "blake2b", "_blake2.blake2b", 128, LIMITS_B, BLAKE2B_TYPE;
    Blake2s: blake2s_simd, "blake2s", "_blake2.blake2s", 64, LIMITS_S, BLAKE2S_TYPE;
}

/// A state that knows how long its digest will be.
#[derive(Clone)]
pub struct WithSize<S> {
    state: S,
    digest_size: usize,
}

struct Parameters {
    digest_size: usize,
    key: Vec<u8>,
    salt: Vec<u8>,
    person: Vec<u8>,
    fanout: u8,
    depth: u8,
    leaf_size: u32,
    node_offset: u64,
    node_depth: u8,
    inner_size: usize,
    last_node: bool,
}

trait Blake: Algorithm {
    const LIMITS: Limits;
    fn begin(from: &Parameters) -> Self::State;
}

const NAMES: &[&str] = &[
    "data",
    "digest_size",
    "key",
    "salt",
    "person",
    "fanout",
    "depth",
    "leaf_size",
    "node_offset",
    "node_depth",
    "inner_size",
    "last_node",
    "usedforsecurity",
    "string",
];

fn construct<A: Blake>(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let limits = A::LIMITS;
    let params = Params {
        function: limits.function,
        names: NAMES,
        positional_only: 0,
        positional: 1,
        required: &[false; NAMES.len()],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None; NAMES.len()];
    params.bind(th, args, &mut bound)?;
    let [
        data,
        digest_size,
        key,
        salt,
        person,
        fanout,
        depth,
        leaf_size,
        node_offset,
        node_depth,
        inner_size,
        last_node,
        for_security,
        string,
    ] = bound;
    let bytes = |v: Option<Value>| v.map_or(Ok(Vec::new()), |v| BytesArg::of(th, v).map(|bytes| bytes.to_vec()));
    let int = |v: Option<Value>, default: i32| v.map_or(Ok(default), |v| number::as_i32(th, v));
    let flag = |v: Option<Value>| v.map_or(Ok(false), |v| object::is_true(th, v));
    let wide = |v: Option<Value>, c_type: &str| v.map_or(Ok(0), |v| arguments::unsigned(th, v, c_type));

    let digest_size = int(digest_size, limits.out as i32)?;
    let (key, salt, person) = (bytes(key)?, bytes(salt)?, bytes(person)?);
    let (fanout, depth) = (int(fanout, 1)?, int(depth, 1)?);
    let leaf_size = wide(leaf_size, "unsigned long")?;
    let node_offset = wide(node_offset, "unsigned long long")?;
    let (node_depth, inner_size) = (int(node_depth, 0)?, int(inner_size, 0)?);
    let last_node = flag(last_node)?;
    flag(for_security)?;
    let data = arguments::initial(th, data, string)?;

    let out = limits.out;
    let digest_size = match usize::try_from(digest_size) {
        Ok(size) if (1..=out).contains(&size) => size,
        _ => {
            let name = limits.name;
            return err!(
                th,
                VALUE_ERROR,
                "digest_size for {name} must be between 1 and {out} bytes, here it is {digest_size}"
            );
        }
    };
    for (name, given, maximum) in [("salt", salt.len(), limits.salt), ("person", person.len(), limits.person)] {
        if given > maximum {
            return err!(th, VALUE_ERROR, "maximum {name} length is {maximum} bytes");
        }
    }
    let Ok(fanout) = u8::try_from(fanout) else {
        return Err(th.value_error("fanout must be between 0 and 255"));
    };
    let Some(depth) = u8::try_from(depth).ok().filter(|depth| *depth > 0) else {
        return Err(th.value_error("depth must be between 1 and 255"));
    };
    let Ok(leaf_size) = u32::try_from(leaf_size) else { return Err(th.overflow_error("leaf_size is too large")) };
    if node_offset > limits.offsets {
        return Err(th.overflow_error("node_offset is too large"));
    }
    let Ok(node_depth) = u8::try_from(node_depth) else {
        return Err(th.value_error("node_depth must be between 0 and 255"));
    };
    let Some(inner_size) = usize::try_from(inner_size).ok().filter(|size| *size <= out) else {
        return err!(th, VALUE_ERROR, "inner_size must be between 0 and is {out}");
    };
    if key.len() > out {
        return err!(th, VALUE_ERROR, "maximum key length is {out} bytes");
    }
    let state = A::begin(&Parameters {
        digest_size,
        key,
        salt,
        person,
        fanout,
        depth,
        leaf_size,
        node_offset,
        node_depth,
        inner_size,
        last_node,
    });
    let made = Instance::create_as(th, ty, Hash::<A>::new(state))?;
    if let Some(data) = data {
        Hash::<A>::of(made.value()).take(th, data)?;
    }
    Ok(made)
}

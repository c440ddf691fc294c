//! `_random`: the Mersenne Twister.

use crate::check;
use std::cell::RefCell;
use whipsnake_numbers::random::MersenneTwister;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::tuple::Tuple;
use whipsnake_runtime::types::{int, module};

/// `_random.Random`.
pub struct Random {
    generator: RefCell<MersenneTwister>,
}

impl Payload for Random {
    #[inline(always)]
    fn ty() -> &'static Type {
        &RANDOM_TYPE
    }
    fn traverse(&self, _: &mut Visitor) {}
}

builtin_type! {
    /// `_random.Random`.
    pub static RANDOM_TYPE = TypeSpec {
        name: "_random.Random",
        flags: flags::HAVE_GC | flags::BASETYPE,
        slots: Slots { new: Some(construct), init: Some(init), ..Instance::<Random>::SLOTS },
        methods: methods::METHODS,
        doc: "Random() -> create a random number generator with its own internal state.",
        ..Instance::<Random>::SPEC
    }
}

/// A key from the system.
fn system_key() -> Vec<u32> {
    let mut key = vec![0u32; 624];
    // SAFETY: the buffer is valid for its length; what the call leaves unfilled stays zero.
    let got = unsafe { libc::getrandom(key.as_mut_ptr().cast(), key.len() * 4, libc::GRND_NONBLOCK) };
    if got <= 0 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        key = vec![now.as_secs() as u32, now.subsec_nanos(), std::process::id()];
    }
    key
}

/// A generator for a seed: an int's absolute value, the hash of anything else, the system's without one.
fn seeded(th: &Thread, seed: Option<Value>) -> PyResult<MersenneTwister> {
    let Some(seed) = seed.filter(|seed| !seed.is_none()) else {
        return Ok(MersenneTwister::from_key(&system_key()));
    };
    if seed.is_instance(&statics::INT_TYPE) {
        return Ok(int::with_big(seed, |big| MersenneTwister::from_int(big.abs())));
    }
    let hash = th.uint(object::hash(th, seed)? as u64)?;
    Ok(int::with_big(hash.value(), MersenneTwister::from_int))
}

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let generator = seeded(th, args.get(0))?;
    Instance::create_as(th, ty, Random { generator: RefCell::new(generator) })
}

fn init(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    args.expect(th, "Random", 0, 1)?;
    let generator = seeded(th, args.get(0))?;
    if let Some(random) = this.cast::<Instance<Random>>() {
        *random.generator.borrow_mut() = generator;
    }
    Ok(())
}

#[pymethods]
mod methods {
    use super::*;

    /// The next float in the interval [0, 1).
    #[method("random()")]
    fn random(th: &Thread, this: &Instance<Random>) -> PyResult {
        let x = this.generator.borrow_mut().random();
        th.float(x)
    }
    /// Starts again from a seed.
    #[method("seed(n=None, /)")]
    fn seed(th: &Thread, this: &Instance<Random>, n: Option<Value>) -> PyResult<()> {
        let generator = seeded(th, n)?;
        *this.generator.borrow_mut() = generator;
        Ok(())
    }
    /// The state as a tuple.
    #[method("getstate()")]
    fn getstate(th: &Thread, this: &Instance<Random>) -> PyResult {
        let generator = this.generator.borrow();
        let (words, index) = generator.state();
        let mut items: Vec<Value> = words.iter().map(|word| Value::small_int(i64::from(*word))).collect();
        items.push(Value::small_int(index as i64));
        th.tuple(&items)
    }
    /// Restores a state that getstate() gave.
    #[method("setstate(state, /)")]
    fn setstate(th: &Thread, this: &Instance<Random>, state: Value) -> PyResult<()> {
        let Some(tuple) = state.cast::<Tuple>() else {
            return err!(th, TYPE_ERROR, "state vector must be a tuple");
        };
        if tuple.len() != 625 {
            return err!(th, VALUE_ERROR, "state vector is the wrong size");
        }
        let mut words = [0u32; 624];
        for (word, v) in words.iter_mut().zip(tuple.as_slice()) {
            *word = number::as_u64(th, *v)? as u32;
        }
        let index = number::as_i64(th, tuple.as_slice()[624])?;
        let Ok(index) = usize::try_from(index) else { return err!(th, VALUE_ERROR, "invalid state") };
        check(th, this.generator.borrow_mut().set_state(&words, index))
    }
    /// An int with k random bits.
    #[method("getrandbits(k, /)")]
    fn getrandbits(th: &Thread, this: &Instance<Random>, k: Value) -> PyResult {
        let k = number::index(th, k)?;
        if int::is_negative(k.value()) {
            return err!(th, VALUE_ERROR, "Cannot convert negative int");
        }
        let Some(k) = int::try_i64(k.value()) else {
            return err!(th, OVERFLOW_ERROR, "Python int too large to convert to C uint64_t");
        };
        if k <= 64 {
            let bits = this.generator.borrow_mut().bits_u64(k as u32);
            return th.uint(bits);
        }
        let bits = this.generator.borrow_mut().bits(k as u64);
        int::from_big(th, check(th, bits)?)
    }
}

/// Makes `_random`.
///
/// # Errors
/// MemoryError.
pub fn init_random(th: &Thread) -> PyResult {
    let m = module::new(th, "_random", "The Mersenne Twister.", &[])?;
    module::add_type(th, m.value(), &RANDOM_TYPE)?;
    Ok(m)
}

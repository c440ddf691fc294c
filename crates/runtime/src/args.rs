//! Call arguments (vectorcall style) and their binding to parameters.

use crate::error::{PyResult, Raised};
use crate::obj::{Obj, ValueExt};
use crate::thread::Thread;
use crate::types::tuple::Tuple;
use whipsnake_layout::{Slot, Value};

/// The arguments of a call: positional ones, then the values of keywords. The caller owns them.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    slots: &'a [Slot],
    kwnames: Option<&'a Tuple>,
}

impl<'a> Args<'a> {
    pub const NONE: Args<'static> = Args { slots: &[], kwnames: None };

    /// `slots` holds positional arguments followed by one value for each name in `kwnames` (a tuple of str).
    #[inline]
    pub fn new(slots: &'a [Slot], kwnames: Option<&'a Tuple>) -> Args<'a> {
        debug_assert!(kwnames.is_none_or(|names| names.len() <= slots.len()));
        Args { slots, kwnames }
    }
    #[inline]
    pub fn positional(slots: &'a [Slot]) -> Args<'a> {
        Args { slots, kwnames: None }
    }
    /// Positional arguments from plain values.
    #[inline]
    pub fn from_values(values: &'a [Value]) -> Args<'a> {
        // SAFETY: a value is a valid slot (owned bit clear; the callee never releases argument slots), same layout.
        Args { slots: unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), values.len()) }, kwnames: None }
    }
    #[inline]
    pub fn kwnames(&self) -> Option<&'a Tuple> {
        self.kwnames
    }
    #[inline]
    pub fn keyword_count(&self) -> usize {
        self.kwnames.map_or(0, Tuple::len)
    }
    /// How many positional arguments there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.slots.len() - self.keyword_count()
    }
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
    /// All slots: positional, then keyword values.
    pub fn slots(&self) -> &'a [Slot] {
        self.slots
    }
    /// The positional arguments.
    #[inline]
    pub fn positional_slots(&self) -> &'a [Slot] {
        &self.slots[..self.len()]
    }
    /// Positional argument `i`.
    #[inline]
    pub fn get(&self, i: usize) -> Option<Value> {
        self.positional_slots().get(i).map(|slot| slot.value())
    }
    /// The positional arguments as values.
    pub fn values(&self) -> impl ExactSizeIterator<Item = Value> + 'a {
        self.positional_slots().iter().map(|slot| slot.value())
    }
    /// The keyword arguments: names (str) and values.
    pub fn keywords(&self) -> impl Iterator<Item = (Value, Value)> + 'a {
        let first = self.len();
        let slots = self.slots;
        let names = self.kwnames.map_or(&[][..], |names| names.as_slice());
        names.iter().enumerate().map(move |(i, name)| (*name, slots[first + i].value()))
    }
    /// Without the first positional argument.
    pub fn skip_first(&self) -> Args<'a> {
        Args { slots: &self.slots[1..], kwnames: self.kwnames }
    }
    /// TypeError unless there are no keyword arguments.
    pub fn no_keywords(&self, th: &Thread, name: &str) -> PyResult<()> {
        if self.keyword_count() != 0 {
            return Err(th.type_error(format!("{name}() takes no keyword arguments")));
        }
        Ok(())
    }
    /// For constructors without keywords: TypeError for any, unless a subclass has an `__init__` that may want them.
    pub fn no_keywords_for(
        &self,
        th: &Thread,
        ty: &crate::typeobj::Type,
        own: &crate::typeobj::Type,
        name: &str,
    ) -> PyResult<()> {
        use crate::typeobj::SlotId;
        let same_init = ty.slots().raw(SlotId::init) == own.slots().raw(SlotId::init);
        if same_init { self.no_keywords(th, name) } else { Ok(()) }
    }
    /// TypeError unless there are between `min` and `max` positional arguments and no keywords.
    pub fn expect(&self, th: &Thread, name: &str, min: usize, max: usize) -> PyResult<()> {
        self.no_keywords(th, name)?;
        let given = self.len();
        if given < min || given > max {
            let (how, limit) = if min == max {
                ("", min)
            } else if given < min {
                ("at least ", min)
            } else {
                ("at most ", max)
            };
            let plural = if limit == 1 { "" } else { "s" };
            return Err(th.type_error(format!("{name} expected {how}{limit} argument{plural}, got {given}")));
        }
        Ok(())
    }
}

/// The parameters of a native function, as its signature string declares them.
pub struct Params {
    pub function: &'static str,
    /// Names of all parameters but `*args` and `**kwargs`, in order.
    pub names: &'static [&'static str],
    /// Parameters before `/`.
    pub positional_only: usize,
    /// Parameters before `*` (all of them if there is none).
    pub positional: usize,
    /// One flag a name: has no default.
    pub required: &'static [bool],
    pub has_varargs: bool,
    pub has_varkw: bool,
}

impl Params {
    /// Sorts the arguments into `bound`, one entry a name; absent ones stay `None`. Extra positional arguments are
    /// left to the caller when there is a `*args`; unknown keywords are handed out as pairs when there is a `**kwargs`.
    ///
    /// # Errors
    /// TypeError, with the messages of CPython's Argument Clinic.
    pub fn bind<'a>(&self, th: &Thread, args: Args<'a>, bound: &mut [Option<Value>]) -> PyResult<Vec<(Value, Value)>> {
        let given = args.len();
        let surplus =
            given + args.keyword_count() > self.names.len() && given > 0 && self.positional_only < self.names.len();
        if (given > self.positional || surplus && !self.has_varkw) && !self.has_varargs {
            return Err(self.too_many(th, given, args.keyword_count()));
        }
        for (i, value) in args.values().take(self.positional).enumerate() {
            bound[i] = Some(value);
        }
        let mut extra = Vec::new();
        for (name, value) in args.keywords() {
            let text = crate::types::str::to_cow(name);
            match self.names.iter().skip(self.positional_only).position(|n| *n == text) {
                Some(at) => {
                    let at = at + self.positional_only;
                    if bound[at].is_some() {
                        return Err(th.type_error(format!(
                            "argument for {}() given by name ('{text}') and position ({})",
                            self.function,
                            at + 1
                        )));
                    }
                    bound[at] = Some(value);
                }
                None if self.has_varkw => extra.push((name, value)),
                None => {
                    return Err(
                        th.type_error(format!("{}() got an unexpected keyword argument '{text}'", self.function))
                    );
                }
            }
        }
        for (i, name) in self.names.iter().enumerate() {
            if self.required[i] && bound[i].is_none() {
                return Err(self.missing(th, i, name, given));
            }
        }
        Ok(extra)
    }

    #[cold]
    fn too_many(&self, th: &Thread, given: usize, keywords: usize) -> Raised {
        let function = self.function;
        if self.names.is_empty() {
            return th.type_error(format!("{function}() takes no arguments ({} given)", given + keywords));
        }
        let min = self.required[..self.positional].iter().filter(|r| **r).count();
        let max = self.positional;
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        if self.positional_only == self.names.len() {
            return match (min == max, max) {
                (true, 1) => th.type_error(format!("{function}() takes exactly one argument ({given} given)")),
                (true, _) => th.type_error(format!("{function} expected {max} argument{}, got {given}", plural(max))),
                (false, _) => {
                    th.type_error(format!("{function} expected at most {max} argument{}, got {given}", plural(max)))
                }
            };
        }
        let (total, all) = (given + keywords, self.names.len());
        if total > all && !self.has_varkw {
            let word = if given == 0 { "keyword argument" } else { "argument" };
            return th.type_error(format!("{function}() takes at most {all} {word}{} ({total} given)", plural(all)));
        }
        if max == 0 {
            return th.type_error(format!("{function}() takes no positional arguments"));
        }
        let how = if min == max { "exactly" } else { "at most" };
        th.type_error(format!("{function}() takes {how} {max} positional argument{} ({given} given)", plural(max)))
    }

    #[cold]
    fn missing(&self, th: &Thread, at: usize, name: &str, given: usize) -> Raised {
        let function = self.function;
        let required = self.required.iter().filter(|r| **r).count();
        if at < self.positional_only {
            if self.positional_only == self.names.len() && self.names.len() == 1 {
                return th.type_error(format!("{function}() takes exactly one argument ({given} given)"));
            }
            if self.positional_only < self.names.len() {
                // Functions that also take keywords count the positional ones, in other words.
                let required = self.required[..self.positional_only].iter().filter(|r| **r).count();
                let how = if required == self.positional { "exactly" } else { "at least" };
                let plural = if required == 1 { "" } else { "s" };
                return th.type_error(format!(
                    "{function}() takes {how} {required} positional argument{plural} ({given} given)"
                ));
            }
            let how = if required == self.names.len() { "" } else { "at least " };
            let plural = if required == 1 { "" } else { "s" };
            return th.type_error(format!("{function} expected {how}{required} argument{plural}, got {given}"));
        }
        if at >= self.positional {
            return th.type_error(format!("{function}() missing required keyword-only argument '{name}'"));
        }
        th.type_error(format!("{function}() missing required argument '{name}' (pos {})", at + 1))
    }
}

/// Conversion of an argument to a Rust parameter type. `what` names the function and the parameter for messages.
pub trait FromArg<'a>: Sized {
    /// # Errors
    /// TypeError (wrong type), OverflowError (number too large), or whatever the object's `__index__`, `__float__`... raise.
    fn from_arg(th: &'a Thread, v: Value, what: ArgName) -> PyResult<Self>;
}

/// Which argument of which function a conversion is about.
#[derive(Clone, Copy)]
pub struct ArgName {
    pub function: &'static str,
    pub name: &'static str,
    /// Counted from 1.
    pub position: usize,
    /// Functions with one positional-only parameter leave the position out of their messages.
    pub only: bool,
}

impl ArgName {
    /// TypeError: "f() argument 'x' must be str, not int", as Argument Clinic words it.
    #[cold]
    pub fn wrong_type(&self, th: &Thread, expected: &str, got: Value) -> Raised {
        let got = if got.is_none() { "None" } else { got.ty().name() };
        let which = if self.only { "argument".to_string() } else { format!("argument {}", self.position) };
        th.type_error(format!("{}() {which} must be {expected}, not {got}", self.function))
    }
}

impl<'a> FromArg<'a> for Value {
    #[inline(always)]
    fn from_arg(_: &'a Thread, v: Value, _: ArgName) -> PyResult<Value> {
        Ok(v)
    }
}
impl<'a> FromArg<'a> for Obj {
    #[inline(always)]
    fn from_arg(_: &'a Thread, v: Value, _: ArgName) -> PyResult<Obj> {
        Ok(v.own())
    }
}
impl<'a, T: FromArg<'a>> FromArg<'a> for Option<T> {
    /// Python's `None` stands for an absent value.
    fn from_arg(th: &'a Thread, v: Value, what: ArgName) -> PyResult<Self> {
        if v.is_none() { Ok(None) } else { T::from_arg(th, v, what).map(Some) }
    }
}
impl<'a> FromArg<'a> for bool {
    fn from_arg(th: &'a Thread, v: Value, _: ArgName) -> PyResult<bool> {
        crate::protocols::object::is_true(th, v)
    }
}
impl<'a> FromArg<'a> for i64 {
    fn from_arg(th: &'a Thread, v: Value, _: ArgName) -> PyResult<i64> {
        crate::protocols::number::as_i64(th, v)
    }
}
impl<'a> FromArg<'a> for isize {
    /// As `Py_ssize_t`: `__index__`, OverflowError outside the range.
    fn from_arg(th: &'a Thread, v: Value, _: ArgName) -> PyResult<isize> {
        crate::protocols::number::as_isize(th, v)
    }
}
impl<'a> FromArg<'a> for i32 {
    fn from_arg(th: &'a Thread, v: Value, _: ArgName) -> PyResult<i32> {
        crate::protocols::number::as_i32(th, v)
    }
}
impl<'a> FromArg<'a> for f64 {
    fn from_arg(th: &'a Thread, v: Value, _: ArgName) -> PyResult<f64> {
        crate::protocols::number::as_f64(th, v)
    }
}
/// A typed parameter: the argument must be an instance of the layout's Python type.
impl<'a, T: crate::obj::Layout> FromArg<'a> for &'a T {
    fn from_arg(th: &'a Thread, v: Value, what: ArgName) -> PyResult<&'a T> {
        v.cast::<T>().ok_or_else(|| what.wrong_type(th, T::ty().name(), v))
    }
}

/// What a native function may return.
pub trait IntoPy {
    fn into_py(self, th: &Thread) -> PyResult;
}
impl IntoPy for Obj {
    #[inline(always)]
    fn into_py(self, _: &Thread) -> PyResult {
        Ok(self)
    }
}
impl IntoPy for () {
    #[inline(always)]
    fn into_py(self, _: &Thread) -> PyResult {
        Ok(Obj::none())
    }
}
impl IntoPy for bool {
    #[inline(always)]
    fn into_py(self, _: &Thread) -> PyResult {
        Ok(Obj::bool(self))
    }
}
impl IntoPy for i64 {
    #[inline(always)]
    fn into_py(self, th: &Thread) -> PyResult {
        th.int(self)
    }
}
impl IntoPy for isize {
    #[inline(always)]
    fn into_py(self, th: &Thread) -> PyResult {
        th.int(self as i64)
    }
}
impl IntoPy for i32 {
    #[inline(always)]
    fn into_py(self, th: &Thread) -> PyResult {
        th.int(self.into())
    }
}
impl IntoPy for usize {
    #[inline(always)]
    fn into_py(self, th: &Thread) -> PyResult {
        th.uint(self as u64)
    }
}
impl IntoPy for u64 {
    #[inline(always)]
    fn into_py(self, th: &Thread) -> PyResult {
        th.uint(self)
    }
}
impl IntoPy for f64 {
    #[inline(always)]
    fn into_py(self, th: &Thread) -> PyResult {
        th.float(self)
    }
}
impl IntoPy for &str {
    fn into_py(self, th: &Thread) -> PyResult {
        th.str(self)
    }
}
impl IntoPy for String {
    fn into_py(self, th: &Thread) -> PyResult {
        th.str(&self)
    }
}
impl<T: IntoPy> IntoPy for Option<T> {
    fn into_py(self, th: &Thread) -> PyResult {
        self.map_or(Ok(Obj::none()), |v| v.into_py(th))
    }
}
impl<T: IntoPy> IntoPy for PyResult<T> {
    #[inline(always)]
    fn into_py(self, th: &Thread) -> PyResult {
        self.and_then(|v| v.into_py(th))
    }
}

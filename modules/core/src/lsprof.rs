//! `_lsprof`: the profiler of `cProfile`, a tool of `sys.monitoring`.
//!
//! Each call opens an activation on a stack and closes it with the times that it took; a function's numbers are kept by the
//! address of its code (or of its native definition), and those of its calls by caller too.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::Instant;
use whipsnake_runtime::args::Params;
use whipsnake_runtime::instrument::{self, EventSet, event};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::struct_sequence;
use whipsnake_runtime::types::builtin_function::BuiltinFunction;
use whipsnake_runtime::types::{module, structseq};

use crate::payload;

/// `sys.monitoring.PROFILER_ID`.
const TOOL: usize = 2;

/// Times and counts of a function, or of its calls from one caller.
#[derive(Clone, Copy, Default)]
struct Numbers {
    /// In nanoseconds, or units of the program's own timer.
    total: i64,
    inline: i64,
    calls: i64,
    recursive: i64,
    /// How many calls are running.
    level: i64,
}

impl Numbers {
    fn stop(&mut self, total: i64, inline: i64) {
        self.level -= 1;
        if self.level == 0 {
            self.total += total;
        } else {
            self.recursive += 1;
        }
        self.inline += inline;
        self.calls += 1;
    }
}

/// A function.
struct Entry {
    /// Its code object, or the name of a native function.
    code: Obj,
    numbers: Numbers,
    /// The functions that it has called, in the order of their first calls.
    callees: Vec<(usize, Numbers)>,
}

impl Entry {
    fn callee(&mut self, entry: usize) -> Option<&mut Numbers> {
        self.callees.iter_mut().find(|(callee, _)| *callee == entry).map(|(_, numbers)| numbers)
    }
}

/// A call that is running.
struct Activation {
    entry: usize,
    start: i64,
    /// Time in the calls that it has made.
    callees: i64,
}

#[derive(Default)]
struct Record {
    entries: Vec<Entry>,
    by_key: HashMap<usize, usize>,
    running: Vec<Activation>,
}

/// `_lsprof.Profiler`.
struct Profiler {
    record: RefCell<Record>,
    timer: ObjCell,
    /// What one unit of the timer is in seconds; 0 = the timer gives seconds.
    unit: Cell<f64>,
    epoch: Instant,
    subcalls: Cell<bool>,
    builtins: Cell<bool>,
    enabled: Cell<bool>,
    /// The program's timer is running.
    in_timer: Cell<bool>,
}

type ProfilerObject = Instance<Profiler>;

impl Payload for Profiler {
    #[inline(always)]
    fn ty() -> &'static Type {
        &PROFILER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.timer);
        for entry in &self.record.borrow().entries {
            visitor.obj(&entry.code);
        }
    }
    fn clear(&self) {
        self.timer.set(None);
    }
}

builtin_type! {
    /// `_lsprof.Profiler`.
    pub static PROFILER_TYPE = TypeSpec {
        name: "_lsprof.Profiler",
        basicsize: size_of::<ProfilerObject>(),
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "Build a profiler object using the specified timer function.\n\n\
              The default timer is a fast built-in one based on real time.\n\
              For custom timer functions returning integers, 'timeunit' can\n\
              be a float specifying a scale (that is, how long each integer unit\n\
              is, in seconds).",
        slots: Slots { new: Some(construct), init: Some(init), ..Instance::<Profiler>::SLOTS },
        methods: methods::METHODS,
        ..Instance::<Profiler>::SPEC
    }
}

struct_sequence! {
    pub static ENTRY_TYPE: "_lsprof.profiler_entry", "", 6 of 6, [
        0 "code" "code object or built-in function name",
        1 "callcount" "how many times this was called",
        2 "reccallcount" "how many times called recursively",
        3 "totaltime" "total time in this entry",
        4 "inlinetime" "inline time in this entry (not in subcalls)",
        5 "calls" "details of the calls",
    ]
}
struct_sequence! {
    pub static SUBENTRY_TYPE: "_lsprof.profiler_subentry", "", 5 of 5, [
        0 "code" "called code object or built-in function name",
        1 "callcount" "how many times this is called",
        2 "reccallcount" "how many times this is called recursively",
        3 "totaltime" "total time spent in this call",
        4 "inlinetime" "inline time (not in further subcalls)",
    ]
}

fn construct(th: &Thread, ty: &'static Type, _: Args) -> PyResult {
    let profiler = Profiler {
        record: RefCell::default(),
        timer: ObjCell::EMPTY,
        unit: Cell::new(0.0),
        epoch: Instant::now(),
        subcalls: Cell::new(true),
        builtins: Cell::new(true),
        enabled: Cell::new(false),
        in_timer: Cell::new(false),
    };
    Instance::create_as(th, ty, profiler)
}

fn init(th: &Thread, this: Value, args: Args) -> PyResult<()> {
    static PARAMS: Params = Params {
        function: "Profiler",
        names: &["timer", "timeunit", "subcalls", "builtins"],
        positional_only: 0,
        positional: 4,
        required: &[false; 4],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None; 4];
    PARAMS.bind(th, args, &mut bound)?;
    let profiler = payload::<Profiler>(th, this)?;
    if let Some(unit) = bound[1] {
        profiler.unit.set(number::as_f64(th, unit)?);
    }
    for (flag, value) in [(&profiler.subcalls, bound[2]), (&profiler.builtins, bound[3])] {
        if let Some(value) = value {
            flag.set(object::is_true(th, value)?);
        }
    }
    profiler.timer.set(bound[0].filter(|v| !v.is_none()).map(ValueExt::own));
    Ok(())
}

/// What a native function is called in statistics.
fn describe(th: &Thread, function: &BuiltinFunction) -> PyResult {
    let name = function.def.name;
    let module = function.module.get();
    let module = module.as_ref().filter(|module| module.is_instance(&statics::STR_TYPE));
    let module = module.map(|module| object::to_text(th, module.value())).transpose()?;
    let Some(this) = &function.this else {
        return match module {
            Some(module) if module != "builtins" => th.str(&format!("<{module}.{name}>")),
            _ => th.str(&format!("<{name}>")),
        };
    };
    let key = th.intern(name)?;
    if let Some(method) = this.ty().lookup(th, key.value()) {
        let method = method.own();
        match object::repr(th, method.value()) {
            Ok(text) => return Ok(text),
            Err(_) => drop(th.take_exception()),
        }
    }
    match module {
        Some(module) => th.str(&format!("<built-in method {module}.{name}>")),
        None => th.str(&format!("<built-in method {name}>")),
    }
}

/// The native function that a call is one of.
fn native_function(th: &Thread, callable: Value, this: Value) -> PyResult<Option<Obj>> {
    if callable.is_exact(&statics::BUILTIN_FUNCTION_TYPE) {
        return Ok(Some(callable.own()));
    }
    if !callable.is_exact(&statics::METHOD_DESCRIPTOR_TYPE) || this.same(th.interp.instrumentation.missing()) {
        return Ok(None);
    }
    let Some(get) = callable.ty().slots().descr_get else { return Ok(None) };
    let bound = get(th, callable, Some(this), Some(this.ty().value()))?;
    Ok(Some(bound).filter(|bound| bound.is_exact(&statics::BUILTIN_FUNCTION_TYPE)))
}

impl Profiler {
    /// The time, by the program's timer if there is one. Its errors are reported, and count as 0.
    fn now(&self, th: &Thread) -> i64 {
        let Some(timer) = self.timer.get() else {
            return i64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(i64::MAX);
        };
        self.in_timer.set(true);
        let result = call::call0(th, timer.value());
        self.in_timer.set(false);
        let time = result.and_then(|time| self.convert(th, time.value()));
        time.unwrap_or_else(|_| {
            let about = format!("Exception ignored while calling _lsprof timer {}", self.timer_text(th, &timer));
            if let Some(exception) = th.take_exception() {
                whipsnake_runtime::unraisable::print_ignored(th, &about, exception.value());
            }
            0
        })
    }
    fn timer_text(&self, th: &Thread, timer: &Obj) -> String {
        th.with_exception_saved(|| {
            object::repr_text(th, timer.value()).unwrap_or_else(|_| {
                drop(th.take_exception());
                String::new()
            })
        })
    }
    fn convert(&self, th: &Thread, time: Value) -> PyResult<i64> {
        if self.unit.get() > 0.0 {
            if !time.is_instance(&statics::INT_TYPE) {
                return err!(th, TYPE_ERROR, "expect int, got {}", time.ty().name());
            }
            return number::as_i64(th, time);
        }
        if time.is_instance(&statics::FLOAT_TYPE) {
            let seconds = number::as_f64(th, time)?;
            return Ok((seconds * 1e9).floor() as i64);
        }
        if !time.is_instance(&statics::INT_TYPE) {
            let name = time.ty().name();
            return err!(th, TYPE_ERROR, "'{name}' object cannot be interpreted as an integer or float");
        }
        let seconds = number::as_i64(th, time)?;
        seconds
            .checked_mul(1_000_000_000)
            .ok_or_else(|| th.overflow_error("timestamp too large to convert to C PyTime_t"))
    }
    /// A function is entered; `code` says what it is called, the first time.
    fn enter(&self, th: &Thread, key: usize, code: impl FnOnce() -> PyResult) -> PyResult<()> {
        let known = self.record.borrow().by_key.get(&key).copied();
        let entry = match known {
            Some(entry) => entry,
            None => {
                let code = code()?;
                let mut record = self.record.borrow_mut();
                let entry = record.entries.len();
                record.entries.push(Entry { code, numbers: Numbers::default(), callees: Vec::new() });
                record.by_key.insert(key, entry);
                entry
            }
        };
        {
            let mut record = self.record.borrow_mut();
            record.entries[entry].numbers.level += 1;
            if self.subcalls.get()
                && let Some(caller) = record.running.last().map(|caller| caller.entry)
            {
                let caller = &mut record.entries[caller];
                match caller.callee(entry) {
                    Some(numbers) => numbers.level += 1,
                    None => caller.callees.push((entry, Numbers { level: 1, ..Numbers::default() })),
                }
            }
            record.running.push(Activation { entry, start: 0, callees: 0 });
        }
        let now = self.now(th);
        if let Some(activation) = self.record.borrow_mut().running.last_mut() {
            activation.start = now;
        }
        Ok(())
    }
    /// The innermost call ends; `key` is its function, if that is known.
    fn leave(&self, th: &Thread, key: Option<usize>) {
        {
            let mut record = self.record.borrow_mut();
            if record.running.is_empty() {
                return;
            }
            if key.is_some_and(|key| !record.by_key.contains_key(&key)) {
                record.running.pop();
                return;
            }
        }
        let now = self.now(th);
        let mut record = self.record.borrow_mut();
        let Some(activation) = record.running.pop() else { return };
        let entry = key.and_then(|key| record.by_key.get(&key).copied()).unwrap_or(activation.entry);
        let total = now.saturating_sub(activation.start);
        let inline = total.saturating_sub(activation.callees);
        record.entries[entry].numbers.stop(total, inline);
        let Some(caller) = record.running.last_mut() else { return };
        caller.callees += total;
        let caller = caller.entry;
        if self.subcalls.get()
            && let Some(numbers) = record.entries[caller].callee(entry)
        {
            numbers.stop(total, inline);
        }
    }
    fn refuse_in_timer(&self, th: &Thread, what: &str) -> PyResult<()> {
        if self.in_timer.get() {
            return err!(th, RUNTIME_ERROR, "cannot {what} profiler in external timer");
        }
        Ok(())
    }
}

fn key_of(v: Value) -> usize {
    v.bits() as usize
}

/// The events, and the method that is called for each.
const CALLBACKS: [(usize, &str); 9] = [
    (event::PY_START, "_pystart_callback"),
    (event::PY_RESUME, "_pystart_callback"),
    (event::PY_THROW, "_pythrow_callback"),
    (event::PY_RETURN, "_pyreturn_callback"),
    (event::PY_YIELD, "_pyreturn_callback"),
    (event::PY_UNWIND, "_pyreturn_callback"),
    (event::CALL, "_ccall_callback"),
    (event::C_RETURN, "_creturn_callback"),
    (event::C_RAISE, "_creturn_callback"),
];

/// The wanted ones; C_RETURN and C_RAISE come with CALL.
fn wanted() -> EventSet {
    CALLBACKS.iter().filter(|(event, _)| *event < event::C_RETURN).fold(0, |set, (event, _)| set | 1 << event)
}

#[pymethods]
mod methods {
    use super::*;

    /// Start collecting profiling information.
    ///
    ///   subcalls
    ///   If True, also records for each function
    ///   statistics separated according to its current caller.
    ///   builtins
    ///   If True, records the time spent in
    ///   built-in functions separately from their caller.
    #[method("enable(subcalls=True, builtins=True)")]
    fn enable(th: &Thread, this: &ProfilerObject, subcalls: bool, builtins: bool) -> PyResult<()> {
        this.subcalls.set(subcalls);
        this.builtins.set(builtins);
        let state = &th.interp.instrumentation;
        if !state.name(TOOL).is_empty() {
            return err!(th, VALUE_ERROR, "tool {TOOL} is already in use");
        }
        state.name(TOOL).set(Some(th.str("cProfile")?));
        // SAFETY: I1, alive.
        let this_value = unsafe { Value::from_ptr(this) };
        for (event, name) in CALLBACKS {
            let callback = object::get_attr_str(th, this_value, name)?;
            drop(state.register(TOOL, event, Some(callback)));
        }
        instrument::set_events(th, TOOL, wanted())?;
        this.enabled.set(true);
        Ok(())
    }
    /// Stop collecting profiling information.
    #[method("disable()")]
    fn disable(th: &Thread, this: &ProfilerObject) -> PyResult<()> {
        this.refuse_in_timer(th, "disable")?;
        if !this.enabled.get() {
            return Ok(());
        }
        let state = &th.interp.instrumentation;
        for (event, _) in CALLBACKS {
            drop(state.register(TOOL, event, None));
        }
        instrument::set_events(th, TOOL, 0)?;
        instrument::clear_tool(th, TOOL)?;
        state.name(TOOL).set(None);
        this.enabled.set(false);
        while !this.record.borrow().running.is_empty() {
            this.leave(th, None);
        }
        Ok(())
    }
    /// Clear all profiling information collected so far.
    #[method("clear()")]
    fn clear(th: &Thread, this: &ProfilerObject) -> PyResult<()> {
        this.refuse_in_timer(th, "clear")?;
        let old = this.record.take();
        drop(old);
        Ok(())
    }
    /// Return all information collected by the profiler.
    ///
    /// Each profiler_entry is a tuple-like object with the
    /// following attributes:
    ///
    ///   code          code object
    ///   callcount     how many times this was called
    ///   reccallcount  how many times called recursively
    ///   totaltime     total time in this entry
    ///   inlinetime    inline time in this entry (not in subcalls)
    ///   calls         details of the calls
    ///
    /// The calls attribute is either None or a list of
    /// profiler_subentry objects:
    ///
    ///   code          called code object
    ///   callcount     how many times this is called
    ///   reccallcount  how many times this is called recursively
    ///   totaltime     total time spent in this call
    ///   inlinetime    inline time (not in further subcalls)
    #[method("getstats()")]
    fn getstats(th: &Thread, this: &ProfilerObject) -> PyResult {
        let own_unit = !this.timer.is_empty() && this.unit.get() != 0.0;
        let factor = if own_unit { this.unit.get() } else { 1e-9 };
        let row = |code: &Obj, numbers: &Numbers| -> PyResult<Vec<Obj>> {
            Ok(vec![
                code.clone(),
                th.int(numbers.calls)?,
                th.int(numbers.recursive)?,
                th.float(numbers.total as f64 * factor)?,
                th.float(numbers.inline as f64 * factor)?,
            ])
        };
        let record = this.record.borrow();
        let mut rows = Vec::new();
        for entry in record.entries.iter().filter(|entry| entry.numbers.calls != 0) {
            let mut items = row(&entry.code, &entry.numbers)?;
            items.push(if entry.callees.is_empty() {
                Obj::none()
            } else {
                let callees = entry.callees.iter().map(|(callee, numbers)| {
                    structseq::new(th, &SUBENTRY_TYPE, row(&record.entries[*callee].code, numbers)?)
                });
                th.list(callees.collect::<PyResult<Vec<Obj>>>()?)?
            });
            rows.push(structseq::new(th, &ENTRY_TYPE, items)?);
        }
        th.list(rows)
    }
    #[method("_pystart_callback(code, instruction_offset, /)")]
    fn pystart(th: &Thread, this: &ProfilerObject, code: Value, _instruction_offset: Value) -> PyResult<()> {
        this.enter(th, key_of(code), || Ok(code.own()))
    }
    #[method("_pythrow_callback(code, instruction_offset, exception, /)")]
    fn pythrow(
        th: &Thread,
        this: &ProfilerObject,
        code: Value,
        _instruction_offset: Value,
        _exception: Value,
    ) -> PyResult<()> {
        this.enter(th, key_of(code), || Ok(code.own()))
    }
    #[method("_pyreturn_callback(code, instruction_offset, retval, /)")]
    fn pyreturn(th: &Thread, this: &ProfilerObject, code: Value, _instruction_offset: Value, _retval: Value) {
        this.leave(th, Some(key_of(code)));
    }
    #[method("_ccall_callback(code, instruction_offset, callable, self_arg, /)")]
    fn ccall(
        th: &Thread,
        this: &ProfilerObject,
        _code: Value,
        _instruction_offset: Value,
        callable: Value,
        self_arg: Value,
    ) -> PyResult<()> {
        if !this.builtins.get() {
            return Ok(());
        }
        let Some(function) = native_function(th, callable, self_arg)? else { return Ok(()) };
        let Some(function) = BuiltinFunction::exact(function.value()) else { return Ok(()) };
        this.enter(th, function.def as *const MethodDef as usize, || describe(th, function))
    }
    #[method("_creturn_callback(code, instruction_offset, callable, self_arg, /)")]
    fn creturn(
        th: &Thread,
        this: &ProfilerObject,
        _code: Value,
        _instruction_offset: Value,
        callable: Value,
        self_arg: Value,
    ) -> PyResult<()> {
        if !this.builtins.get() {
            return Ok(());
        }
        let Some(function) = native_function(th, callable, self_arg)? else { return Ok(()) };
        if let Some(function) = BuiltinFunction::exact(function.value()) {
            this.leave(th, Some(function.def as *const MethodDef as usize));
        }
        Ok(())
    }
}

/// Makes `_lsprof`.
///
/// # Errors
/// MemoryError.
pub fn init_lsprof(th: &Thread) -> PyResult {
    let module = module::new(th, "_lsprof", "Fast profiler", &[])?;
    whipsnake_runtime::typeobj::ready(th, &PROFILER_TYPE)?;
    structseq::ready(th, &ENTRY_TYPE, 6, 6)?;
    structseq::ready(th, &SUBENTRY_TYPE, 5, 5)?;
    for (name, ty) in
        [("Profiler", &PROFILER_TYPE), ("profiler_entry", &ENTRY_TYPE), ("profiler_subentry", &SUBENTRY_TYPE)]
    {
        module::add(th, module.value(), name, ty.value())?;
    }
    Ok(module)
}

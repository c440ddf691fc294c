//! `_contextvars`: context variables (PEP 567).
//!
//! A context's variables are a dict that copies share until one of them changes (`shared`).

use std::cell::Cell;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::generic_alias;
use whipsnake_runtime::types::module;
use whipsnake_runtime::types::str::Str;

use crate::payload;

/// `contextvars.Context`.
pub struct Context {
    vars: ObjCell,
    /// Another context, or an iterator, refers to the dict: copy it before a change.
    shared: Cell<bool>,
    entered: Cell<bool>,
}

/// `contextvars.ContextVar`.
pub struct ContextVar {
    name: Obj,
    default: Option<Obj>,
}

/// `contextvars.Token`.
pub struct Token {
    context: Obj,
    var: Obj,
    old: Option<Obj>,
    used: Cell<bool>,
}

/// What `Token.MISSING` is.
pub struct Missing;

impl Payload for Context {
    #[inline(always)]
    fn ty() -> &'static Type {
        &CONTEXT_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.cell(&self.vars);
    }
    fn clear(&self) {
        self.vars.set(None);
    }
}
impl Payload for ContextVar {
    #[inline(always)]
    fn ty() -> &'static Type {
        &CONTEXT_VAR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.name);
        visitor.option(&self.default);
    }
}
impl Payload for Token {
    #[inline(always)]
    fn ty() -> &'static Type {
        &TOKEN_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.context);
        visitor.obj(&self.var);
        visitor.option(&self.old);
    }
}
impl Payload for Missing {
    #[inline(always)]
    fn ty() -> &'static Type {
        &MISSING_TYPE
    }
    fn traverse(&self, _: &mut Visitor) {}
}

builtin_type! {
    /// `_contextvars.Context`.
    pub static CONTEXT_TYPE = "PyContext_Type" => TypeSpec {
        name: "_contextvars.Context",
        flags: flags::HAVE_GC | flags::WEAKREFABLE,
        slots: Slots {
            new: Some(new_context),
            mp_length: Some(context_len),
            mp_subscript: Some(context_subscript),
            sq_contains: Some(context_contains),
            iter: Some(context_iter),
            richcompare: Some(context_compare),
            hash: Some(object::hash_not_implemented),
            ..Instance::<Context>::SLOTS
        },
        methods: context_methods::METHODS,
        doc: "The values of context variables.",
        ..Instance::<Context>::SPEC
    }
}
builtin_type! {
    /// `_contextvars.ContextVar`.
    pub static CONTEXT_VAR_TYPE = "PyContextVar_Type" => TypeSpec {
        name: "_contextvars.ContextVar",
        flags: flags::HAVE_GC | flags::WEAKREFABLE,
        slots: Slots { new: Some(new_var), repr: Some(var_repr), ..Instance::<ContextVar>::SLOTS },
        methods: var_methods::METHODS,
        getsets: var_methods::GETSETS,
        doc: "A variable whose value depends on the context.",
        ..Instance::<ContextVar>::SPEC
    }
}
builtin_type! {
    /// `_contextvars.Token`.
    pub static TOKEN_TYPE = "PyContextToken_Type" => TypeSpec {
        name: "_contextvars.Token",
        slots: Slots { new: Some(new_token), repr: Some(token_repr), hash: Some(object::hash_not_implemented), ..Instance::<Token>::SLOTS },
        methods: token_methods::METHODS,
        getsets: token_methods::GETSETS,
        doc: "What ContextVar.set() returns, for ContextVar.reset().",
        ..Instance::<Token>::SPEC
    }
}
builtin_type! {
    static MISSING_TYPE = TypeSpec {
        name: "Token.MISSING",
        flags: flags::DISALLOW_INSTANTIATION,
        slots: Slots { repr: Some(missing_repr), ..Instance::<Missing>::SLOTS },
        ..Instance::<Missing>::SPEC
    }
}

#[derive(Default)]
struct State {
    missing: std::cell::RefCell<Option<Obj>>,
}

fn missing(th: &Thread) -> PyResult {
    let state = th.interp.state::<State>();
    if let Some(missing) = &*state.missing.borrow() {
        return Ok(missing.clone());
    }
    ready(th)?;
    let made = Instance::create(th, Missing)?;
    *state.missing.borrow_mut() = Some(made.clone());
    Ok(made)
}

fn missing_repr(th: &Thread, _: Value) -> PyResult {
    th.str("<Token.MISSING>")
}

/// Readies the types; they are needed before the module is imported.
fn ready(th: &Thread) -> PyResult<()> {
    for ty in [&CONTEXT_TYPE, &CONTEXT_VAR_TYPE, &TOKEN_TYPE, &MISSING_TYPE] {
        if !ty.has_flag(flags::READY) {
            whipsnake_runtime::typeobj::ready(th, ty)?;
        }
    }
    Ok(())
}

// ---- contexts

fn empty_context(th: &Thread) -> PyResult {
    ready(th)?;
    let vars = Dict::new(th)?;
    Instance::create(th, Context { vars: ObjCell::new(vars), shared: Cell::new(false), entered: Cell::new(false) })
}

/// The current context, made when there is none.
fn current(th: &Thread) -> PyResult {
    if let Some(context) = th.context.get() {
        return Ok(context);
    }
    let context = empty_context(th)?;
    payload::<Context>(th, context.value())?.entered.set(true);
    th.context.set(Some(context.clone()));
    Ok(context)
}

/// A copy of the current context (`contextvars.copy_context()`).
///
/// # Errors
/// MemoryError.
pub fn copy_current(th: &Thread) -> PyResult {
    let context = current(th)?;
    copy(th, payload(th, context.value())?)
}

/// Makes a context the current one; hands out the one to go back to.
///
/// # Errors
/// TypeError if it is no context; RuntimeError if it is entered already.
#[inline]
pub fn enter(th: &Thread, context: Value) -> PyResult {
    let Some(entered) = context.exact::<Instance<Context>>() else {
        return err!(th, TYPE_ERROR, "an instance of Context was expected");
    };
    if entered.entered.get() {
        let shown = object::repr_text(th, context)?;
        return err!(th, RUNTIME_ERROR, "cannot enter context: {shown} is already entered");
    }
    let outer = current(th)?;
    entered.entered.set(true);
    th.context.set(Some(context.own()));
    Ok(outer)
}

/// Ends what [`enter`] began.
#[inline]
pub fn leave(th: &Thread, context: Value, outer: Obj) {
    if let Some(left) = context.exact::<Instance<Context>>() {
        left.entered.set(false);
    }
    th.context.set(Some(outer));
}

fn copy(th: &Thread, context: &Context) -> PyResult {
    let vars = context.vars.get().map_or_else(|| Dict::new(th), Ok)?;
    context.shared.set(true);
    Instance::create(th, Context { vars: ObjCell::new(vars), shared: Cell::new(true), entered: Cell::new(false) })
}

impl Context {
    fn lookup(&self, th: &Thread, var: Value) -> PyResult<Option<Obj>> {
        let Some(vars) = self.vars.get() else { return Ok(None) };
        match vars.cast::<Dict>() {
            Some(dict) => dict.get(th, var),
            None => Ok(None),
        }
    }
    /// The dict, for changing.
    fn own_vars(&self, th: &Thread) -> PyResult {
        let vars = self.vars.get().map_or_else(|| Dict::new(th), Ok)?;
        let Some(dict) = vars.cast::<Dict>().filter(|_| self.shared.get()) else { return Ok(vars) };
        let own = dict.copy(th)?;
        self.vars.set(Some(own.clone()));
        self.shared.set(false);
        Ok(own)
    }
    fn assign(&self, th: &Thread, var: Value, value: Option<Value>) -> PyResult<bool> {
        let vars = self.own_vars(th)?;
        let Some(dict) = vars.cast::<Dict>() else { return Ok(false) };
        match value {
            Some(value) => dict.set(th, var, value).map(|()| true),
            None => dict.del(th, var),
        }
    }
    /// The dict for an iterator: changes of the context will not touch it.
    fn snapshot(&self, th: &Thread) -> PyResult {
        self.shared.set(true);
        self.vars.get().map_or_else(|| Dict::new(th), Ok)
    }
}

fn new_context(th: &Thread, _: &'static Type, args: Args) -> PyResult {
    if !args.is_empty() {
        return err!(th, TYPE_ERROR, "Context() does not accept any arguments");
    }
    empty_context(th)
}

fn context_len(th: &Thread, this: Value) -> PyResult<isize> {
    let vars = payload::<Context>(th, this)?.vars.get();
    Ok(vars.and_then(|vars| vars.cast::<Dict>().map(Dict::len)).unwrap_or(0) as isize)
}

fn check_key(th: &Thread, key: Value) -> PyResult<()> {
    if key.is_exact(&CONTEXT_VAR_TYPE) {
        return Ok(());
    }
    let shown = object::repr_text(th, key)?;
    err!(th, TYPE_ERROR, "a ContextVar key was expected, got {shown}")
}

fn context_subscript(th: &Thread, this: Value, key: Value) -> PyResult {
    check_key(th, key)?;
    match payload::<Context>(th, this)?.lookup(th, key)? {
        Some(value) => Ok(value),
        None => Err(th.key_error(key)),
    }
}

fn context_contains(th: &Thread, this: Value, key: Value) -> PyResult<bool> {
    check_key(th, key)?;
    Ok(payload::<Context>(th, this)?.lookup(th, key)?.is_some())
}

fn context_iter(th: &Thread, this: Value) -> PyResult {
    let vars = payload::<Context>(th, this)?.snapshot(th)?;
    iter::get_iter(th, vars.value())
}

fn context_compare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.cast::<Instance<Context>>(), b.cast::<Instance<Context>>()) else {
        return Ok(Obj::not_implemented());
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Obj::not_implemented());
    }
    let (x, y) = (x.snapshot(th)?, y.snapshot(th)?);
    compare::rich(th, x.value(), y.value(), op)
}

fn view_iterator(th: &Thread, context: &Context, view: &str) -> PyResult {
    let vars = context.snapshot(th)?;
    let view = call::call_method(th, vars.value(), view, &[])?;
    iter::get_iter(th, view.value())
}

#[pymethods]
mod context_methods {
    use super::*;

    /// Calls a function in this context.
    #[method("run(callable, /, *args, **kwargs)", raw)]
    fn run(th: &Thread, this: Value, args: Args) -> PyResult {
        let Some(function) = args.get(0) else {
            return err!(th, TYPE_ERROR, "run() missing 1 required positional argument");
        };
        let outer = enter(th, this)?;
        let result = call::call(th, function, args.skip_first());
        leave(th, this, outer);
        result
    }
    /// A shallow copy.
    #[method("copy()")]
    fn copy(th: &Thread, this: &Instance<Context>) -> PyResult {
        super::copy(th, this)
    }
    /// The value of a variable, or the default if it has none.
    #[method("get(key, default=None, /)")]
    fn get(th: &Thread, this: &Instance<Context>, key: Value, default: Value) -> PyResult {
        check_key(th, key)?;
        Ok(this.lookup(th, key)?.unwrap_or_else(|| default.own()))
    }
    /// The variables.
    #[method("keys()")]
    fn keys(th: &Thread, this: &Instance<Context>) -> PyResult {
        view_iterator(th, this, "keys")
    }
    /// The values.
    #[method("values()")]
    fn values(th: &Thread, this: &Instance<Context>) -> PyResult {
        view_iterator(th, this, "values")
    }
    /// Pairs of variable and value.
    #[method("items()")]
    fn items(th: &Thread, this: &Instance<Context>) -> PyResult {
        view_iterator(th, this, "items")
    }
}

// ---- variables

/// A new context variable.
///
/// # Errors
/// MemoryError.
pub fn variable(th: &Thread, name: &str) -> PyResult {
    ready(th)?;
    Instance::create(th, ContextVar { name: th.intern(name)?, default: None })
}

/// The variable's value in the current context; `None` without one.
///
/// # Errors
/// MemoryError.
pub fn value_of(th: &Thread, var: Value) -> PyResult<Option<Obj>> {
    let found = match th.context.get() {
        Some(context) => payload::<Context>(th, context.value())?.lookup(th, var)?,
        None => None,
    };
    Ok(match found {
        Some(found) => Some(found),
        None => payload::<ContextVar>(th, var)?.default.clone(),
    })
}

fn new_var(th: &Thread, _: &'static Type, args: Args) -> PyResult {
    static PARAMS: whipsnake_runtime::args::Params = whipsnake_runtime::args::Params {
        function: "ContextVar",
        names: &["", "default"],
        positional_only: 1,
        positional: 1,
        required: &[true, false],
        has_varargs: false,
        has_varkw: false,
    };
    let mut bound = [None; 2];
    PARAMS.bind(th, args, &mut bound)?;
    let name = bound[0].unwrap_or(statics::none());
    if name.cast::<Str>().is_none() {
        return err!(th, TYPE_ERROR, "context variable name must be a str");
    }
    ready(th)?;
    Instance::create(th, ContextVar { name: name.own(), default: bound[1].map(ValueExt::own) })
}

fn var_repr(th: &Thread, this: Value) -> PyResult {
    let var = payload::<ContextVar>(th, this)?;
    let name = object::repr_text(th, var.name.value())?;
    let default = match &var.default {
        Some(default) => match th.repr_guard(this, || object::repr_text(th, default.value()))? {
            Some(shown) => format!(" default={shown}"),
            None => " default=...".to_string(),
        },
        None => String::new(),
    };
    th.str(&format!("<ContextVar name={name}{default} at {:#x}>", this.bits()))
}

#[pymethods]
mod var_methods {
    use super::*;

    /// The variable's name.
    #[getter("name", member)]
    fn name(_: &Thread, this: &Instance<ContextVar>) -> Obj {
        this.name.clone()
    }
    /// The value in the current context.
    #[method("get(default=None, /)", raw)]
    fn get(th: &Thread, this: Value, args: Args) -> PyResult {
        args.expect(th, "get", 0, 1)?;
        let var = payload::<ContextVar>(th, this)?;
        let found = match th.context.get() {
            Some(context) => payload::<Context>(th, context.value())?.lookup(th, this)?,
            None => None,
        };
        if let Some(found) = found {
            return Ok(found);
        }
        match args.get(0) {
            Some(default) => Ok(default.own()),
            None => match &var.default {
                Some(default) => Ok(default.clone()),
                None => Err(th.raise_with(&statics::LOOKUP_ERROR, &[this])),
            },
        }
    }
    /// Sets the value in the current context; a token undoes it.
    #[method("set(value, /)")]
    fn set(th: &Thread, this: Value, value: Value) -> PyResult {
        let context = current(th)?;
        let vars = payload::<Context>(th, context.value())?;
        let old = vars.lookup(th, this)?;
        vars.assign(th, this, Some(value))?;
        Instance::create(th, Token { context: context.clone(), var: this.own(), old, used: Cell::new(false) })
    }
    /// Puts back the value from before the set() that made the token.
    #[method("reset(token, /)")]
    fn reset(th: &Thread, this: Value, token: Value) -> PyResult<()> {
        let Some(made) = token.cast::<Instance<Token>>() else {
            let got = object::repr_text(th, token)?;
            return err!(th, TYPE_ERROR, "expected an instance of Token, got {got}");
        };
        if made.used.get() {
            let shown = object::repr_text(th, token)?;
            return err!(th, RUNTIME_ERROR, "{shown} has already been used once");
        }
        if !made.var.same(this) {
            let shown = object::repr_text(th, token)?;
            return err!(th, VALUE_ERROR, "{shown} was created by a different ContextVar");
        }
        let context = current(th)?;
        if !made.context.same(context.value()) {
            let shown = object::repr_text(th, token)?;
            return err!(th, VALUE_ERROR, "{shown} was created in a different Context");
        }
        made.used.set(true);
        let vars = payload::<Context>(th, context.value())?;
        let deleted = vars.assign(th, this, made.old.as_ref().map(Obj::value))?;
        if !deleted { Err(th.raise_with(&statics::LOOKUP_ERROR, &[this])) } else { Ok(()) }
    }
    /// For annotations such as ContextVar[int].
    #[classmethod("__class_getitem__(object, /)")]
    fn class_getitem(th: &Thread, class: Value, item: Value) -> PyResult {
        generic_alias::new(th, class, item)
    }
}

// ---- tokens

fn new_token(th: &Thread, _: &'static Type, _: Args) -> PyResult {
    err!(th, RUNTIME_ERROR, "Tokens can only be created by ContextVars")
}

fn token_repr(th: &Thread, this: Value) -> PyResult {
    let token = payload::<Token>(th, this)?;
    let var = object::repr_text(th, token.var.value())?;
    let used = if token.used.get() { " used" } else { "" };
    th.str(&format!("<Token{used} var={var} at {:#x}>", this.bits()))
}

#[pymethods]
mod token_methods {
    use super::*;

    /// The variable that was set.
    #[getter("var")]
    fn var(_: &Thread, this: &Instance<Token>) -> Obj {
        this.var.clone()
    }
    /// The value it had, or Token.MISSING.
    #[getter("old_value")]
    fn old_value(th: &Thread, this: &Instance<Token>) -> PyResult {
        match &this.old {
            Some(old) => Ok(old.clone()),
            None => missing(th),
        }
    }
    /// Enters a block at whose end the variable is reset.
    #[method("__enter__()")]
    fn enter(_: &Thread, this: Value) -> Obj {
        this.own()
    }
    /// Resets the variable.
    #[method("__exit__(type, value, traceback, /)")]
    fn exit(th: &Thread, this: Value, ty: Value, value: Value, traceback: Value) -> PyResult<()> {
        let _ = (ty, value, traceback);
        let var = payload::<Token>(th, this)?.var.clone();
        call::call_method(th, var.value(), "reset", &[this])?;
        Ok(())
    }
    /// For annotations such as Token[int].
    #[classmethod("__class_getitem__(object, /)")]
    fn class_getitem(th: &Thread, class: Value, item: Value) -> PyResult {
        generic_alias::new(th, class, item)
    }
}

#[pyfunctions]
mod functions {
    use super::*;

    /// A copy of the current context.
    #[function("copy_context()")]
    fn copy_context(th: &Thread) -> PyResult {
        copy_current(th)
    }
}

/// Makes `_contextvars`.
///
/// # Errors
/// MemoryError.
pub fn init_contextvars(th: &Thread) -> PyResult {
    ready(th)?;
    let m = module::new(th, "_contextvars", "Context variables.", functions::METHODS)?;
    for ty in [&CONTEXT_TYPE, &CONTEXT_VAR_TYPE, &TOKEN_TYPE] {
        module::add_type(th, m.value(), ty)?;
    }
    TOKEN_TYPE.dict().set_rust(th, "MISSING", missing(th)?.value())?;
    TOKEN_TYPE.modified(th);
    Ok(m)
}

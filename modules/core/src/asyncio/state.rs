//! What futures and tasks share: the running loop and task of each thread, the lists of tasks, names and imports.
//!
//! **Invariant:** the list of tasks does not own them. A task takes itself out before it is dropped, and whoever walks
//! the list leaves alone what is already dying.

use std::cell::{Cell, RefCell};
use whipsnake_runtime::import;
use whipsnake_runtime::interp::Interp;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::typeobj::names::Name;
use whipsnake_runtime::types::set::{self, Set};
use whipsnake_runtime::types::tuple::Tuple;

use super::future::{FUTURE_TYPE, Future};
use super::task::{TASK_TYPE, Task};

pub static CALL_SOON: Name = Name::new("call_soon");
pub static CONTEXT: Name = Name::new("context");
pub static GET_DEBUG: Name = Name::new("get_debug");
pub static GET_LOOP: Name = Name::new("get_loop");
pub static IS_RUNNING: Name = Name::new("is_running");
pub static PRIVATE_LOOP: Name = Name::new("_loop");
pub static LOOP: Name = Name::new("loop");
pub static CORO: Name = Name::new("coro");
pub static NAME: Name = Name::new("name");
pub static EAGER_START: Name = Name::new("eager_start");
pub static FUTURE_BLOCKING: Name = Name::new("_asyncio_future_blocking");

/// Names of the library that are looked up once.
#[derive(Clone, Copy)]
pub enum Imported {
    GetEventLoopPolicy,
    FutureRepr,
    TaskRepr,
    TaskGetStack,
    TaskPrintStack,
    InvalidStateError,
    CancelledError,
    IsCoroutine,
    ExtractStack,
    WeakSet,
}

const IMPORTS: [(&str, &str); 10] = [
    ("asyncio.events", "_get_event_loop_policy"),
    ("asyncio.base_futures", "_future_repr"),
    ("asyncio.base_tasks", "_task_repr"),
    ("asyncio.base_tasks", "_task_get_stack"),
    ("asyncio.base_tasks", "_task_print_stack"),
    ("asyncio.exceptions", "InvalidStateError"),
    ("asyncio.exceptions", "CancelledError"),
    ("asyncio.coroutines", "iscoroutine"),
    ("traceback", "extract_stack"),
    ("weakref", "WeakSet"),
];

/// The module's state in one interpreter.
pub struct State {
    threads: RefCell<Vec<&'static Here>>,
    /// The first task of the list of all tasks that a loop is to run.
    pub first_task: Cell<*const Task>,
    /// Tasks that are in their first step, run by their constructor; the innermost is last.
    eager: RefCell<Vec<Obj>>,
    /// Tasks of other classes that were registered: a set and a WeakSet.
    other_eager: ObjCell,
    others: ObjCell,
    /// How many tasks have been made without a name.
    pub unnamed: Cell<u64>,
    imported: [ObjCell; IMPORTS.len()],
    /// `("context",)`.
    context_keyword: ObjCell,
}

impl Default for State {
    fn default() -> State {
        State {
            threads: RefCell::default(),
            first_task: Cell::new(std::ptr::null()),
            eager: RefCell::default(),
            other_eager: ObjCell::EMPTY,
            others: ObjCell::EMPTY,
            unnamed: Cell::new(0),
            imported: [const { ObjCell::EMPTY }; IMPORTS.len()],
            context_keyword: ObjCell::EMPTY,
        }
    }
}

/// What runs in one thread.
pub struct Here {
    /// The thread's `ident`; 0 when that thread has ended and the entry waits for another.
    ident: Cell<u64>,
    interp: *const Interp,
    state: &'static State,
    pub event_loop: ObjCell,
    task: ObjCell,
}

thread_local! {
    static HERE: Cell<Option<&'static Here>> = const { Cell::new(None) };
}

impl Here {
    /// The running thread's entry.
    #[inline]
    pub fn of(th: &Thread) -> &'static Here {
        match HERE.with(Cell::get) {
            Some(here) if std::ptr::eq(here.interp, th.interp) => here,
            _ => Here::find(th),
        }
    }
    #[cold]
    fn find(th: &Thread) -> &'static Here {
        let state = th.interp.state::<State>();
        let mut threads = state.threads.borrow_mut();
        if threads.is_empty() {
            th.at_end(Here::forget);
            th.at_fork(Here::forget_all);
        }
        let of = |ident: u64| threads.iter().copied().find(|here| here.ident.get() == ident);
        let here = of(th.ident).or_else(|| of(0)).unwrap_or_else(|| {
            let made = Here {
                ident: Cell::new(0),
                interp: th.interp,
                state,
                event_loop: ObjCell::EMPTY,
                task: ObjCell::EMPTY,
            };
            let made: &'static Here = Box::leak(Box::new(made));
            threads.push(made);
            made
        });
        here.ident.set(th.ident);
        HERE.with(|current| current.set(Some(here)));
        here
    }
    /// Frees the entry of a thread that ends.
    fn forget(th: &Thread) {
        let Some(here) = HERE.with(|current| current.take()) else { return };
        debug_assert_eq!(here.ident.get(), th.ident);
        here.event_loop.set(None);
        here.task.set(None);
        here.ident.set(0);
    }
    /// In the child of a fork nothing runs, and the other threads are gone.
    fn forget_all(th: &Thread) {
        let threads = th.interp.state::<State>().threads.borrow().clone();
        for here in threads {
            if here.ident.get() != th.ident {
                here.ident.set(0);
            }
            here.event_loop.set(None);
            here.task.set(None);
        }
    }
    fn runs(&self, event_loop: Value) -> bool {
        self.event_loop.peek().is_some_and(|running| running.same(event_loop))
    }
    #[cold]
    fn not_running(th: &Thread, event_loop: Value) -> Raised {
        match object::repr_text(th, event_loop) {
            Ok(shown) => th.runtime_error(format!("loop {shown} is not the running loop")),
            Err(raised) => raised,
        }
    }
    /// Makes `task` the running one.
    ///
    /// # Errors
    /// RuntimeError if another loop or another task is running.
    #[inline]
    pub fn enter(&self, th: &Thread, event_loop: Value, task: Value) -> PyResult<()> {
        if !self.runs(event_loop) {
            return Err(Here::not_running(th, event_loop));
        }
        if let Some(other) = self.task.get() {
            let (task, other) = (object::repr_text(th, task)?, object::repr_text(th, other.value())?);
            return err!(
                th,
                RUNTIME_ERROR,
                "Cannot enter into task {task} while another task {other} is being executed."
            );
        }
        self.task.set(Some(task.own()));
        Ok(())
    }
    /// Ends what [`Here::enter`] began.
    ///
    /// # Errors
    /// RuntimeError if another loop or another task is running.
    #[inline]
    pub fn leave(&self, th: &Thread, event_loop: Value, task: Value) -> PyResult<()> {
        if !self.runs(event_loop) {
            return Err(Here::not_running(th, event_loop));
        }
        if !self.task.peek().is_some_and(|running| running.same(task)) {
            let running = self.task.get().unwrap_or_else(Obj::none);
            let (task, running) = (object::repr_text(th, task)?, object::repr_text(th, running.value())?);
            return err!(th, RUNTIME_ERROR, "Invalid attempt to leave task {task} while task {running} is entered.");
        }
        self.task.set(None);
        Ok(())
    }
    /// Makes another task (or none) the running one; hands out the one that was.
    ///
    /// # Errors
    /// RuntimeError if another loop is running.
    pub fn swap(&self, th: &Thread, event_loop: Value, task: Option<Obj>) -> PyResult<Option<Obj>> {
        if !self.runs(event_loop) {
            return Err(Here::not_running(th, event_loop));
        }
        Ok(self.task.replace(task))
    }
}

/// `get_running_loop()`.
///
/// # Errors
/// RuntimeError if there is none.
pub fn running_loop(th: &Thread) -> PyResult {
    match Here::of(th).event_loop.get() {
        Some(running) => Ok(running),
        None => err!(th, RUNTIME_ERROR, "no running event loop"),
    }
}

/// `get_event_loop()`.
///
/// # Errors
/// What the policy raises.
pub fn event_loop(th: &Thread) -> PyResult {
    let here = Here::of(th);
    if let Some(running) = here.event_loop.get() {
        return Ok(running);
    }
    let policy = call::call0(th, here.state.get(th, Imported::GetEventLoopPolicy)?.value())?;
    call::call_method(th, policy.value(), "get_event_loop", &[])
}

/// `current_task(loop)`.
///
/// # Errors
/// RuntimeError if there is neither an argument nor a running loop.
pub fn current_task(th: &Thread, event_loop: Option<Value>) -> PyResult {
    let here = Here::of(th);
    let event_loop = event_loop.map_or_else(|| running_loop(th), |v| Ok(v.own()))?;
    let task = if here.runs(event_loop.value()) {
        here.task.get()
    } else {
        let threads = here.state.threads.borrow();
        threads.iter().find(|other| other.runs(event_loop.value())).and_then(|other| other.task.get())
    };
    Ok(task.unwrap_or_else(Obj::none))
}

/// `all_tasks(loop)`.
///
/// # Errors
/// RuntimeError if there is neither an argument nor a running loop; what tasks of other classes raise.
pub fn all_tasks(th: &Thread, event_loop: Option<Value>) -> PyResult {
    let state = State::of(th);
    let event_loop = event_loop.map_or_else(|| running_loop(th), |v| Ok(v.own()))?;
    // Eager tasks first: one that becomes an ordinary task meanwhile is then seen twice rather than not at all.
    let mut tasks: Vec<Obj> = state.eager.borrow().clone();
    if let Some(others) = state.other_eager.get() {
        tasks.extend(iter::to_vec(th, others.value())?);
    }
    let mut at = state.first_task.get();
    while !at.is_null() {
        // SAFETY: I1, tasks in the list are allocated; dying ones have count 0 and are left alone.
        let task = unsafe { &*at };
        tasks.extend(task.live_object());
        at = task.next();
    }
    if let Some(others) = state.others.get() {
        tasks.extend(iter::to_vec(th, others.value())?);
    }
    let found = Set::new(th)?;
    for task in tasks {
        let done = match Future::exact(task.value()) {
            Some(future) => future.is_done(),
            None => {
                let done = call::call_method(th, task.value(), "done", &[])?;
                object::is_true(th, done.value())?
            }
        };
        if !done && loop_of(th, task.value())?.same(event_loop.value()) {
            set::add(th, found.value(), task.value())?;
        }
    }
    Ok(found)
}

/// The loop of a future or of what looks like one.
///
/// # Errors
/// What its attributes raise.
pub fn loop_of(th: &Thread, future: Value) -> PyResult {
    if let Some(future) = Future::exact(future) {
        return future.event_loop(th);
    }
    match object::lookup_attr(th, future, GET_LOOP.get(th)?)? {
        Some(method) => call::call0(th, method.value()),
        None => object::get_attr(th, future, PRIVATE_LOOP.get(th)?),
    }
}

impl State {
    /// The state of the running interpreter.
    #[inline]
    pub fn of(th: &Thread) -> &'static State {
        Here::of(th).state
    }
    /// A name of the library.
    ///
    /// # Errors
    /// ImportError, AttributeError.
    #[inline]
    pub fn get(&self, th: &Thread, name: Imported) -> PyResult {
        let cell = &self.imported[name as usize];
        if let Some(found) = cell.get() {
            return Ok(found);
        }
        let (module, attribute) = IMPORTS[name as usize];
        let found = import::attribute(th, module, attribute)?;
        cell.set(Some(found.clone()));
        Ok(found)
    }
    /// Raises an exception of a class of the library's.
    #[cold]
    pub fn raise(&self, th: &Thread, class: Imported, message: &str) -> Raised {
        let made = self.get(th, class).and_then(|class| {
            let message = th.str(message)?;
            call::call1(th, class.value(), message.value())
        });
        match made {
            Ok(exception) => th.raise_instance(exception),
            Err(raised) => raised,
        }
    }
    /// `loop.call_soon(function, argument, context=context)`.
    ///
    /// # Errors
    /// What it raises.
    pub fn call_soon(
        &self,
        th: &Thread,
        event_loop: Value,
        function: Value,
        argument: Option<Value>,
        context: Value,
    ) -> PyResult<()> {
        let names = match self.context_keyword.get() {
            Some(names) => names,
            None => {
                let names = th.tuple(&[CONTEXT.get(th)?])?;
                self.context_keyword.set(Some(names.clone()));
                names
            }
        };
        let (method, unbound) = object::get_method(th, event_loop, CALL_SOON.get(th)?)?;
        let mut slots = [event_loop, function, context, context].map(Slot::owned);
        let mut end = 3;
        if let Some(argument) = argument {
            slots[2] = Slot::owned(argument);
            end = 4;
        }
        let slots = if unbound { &slots[..end] } else { &slots[1..end] };
        call::call(th, method.value(), Args::new(slots, names.cast::<Tuple>())).map(drop)
    }

    fn set_in(cell: &ObjCell, make: impl FnOnce() -> PyResult) -> PyResult {
        if let Some(set) = cell.get() {
            return Ok(set);
        }
        let set = make()?;
        cell.set(Some(set.clone()));
        Ok(set)
    }
    fn weak_set(&self, th: &Thread) -> PyResult {
        State::set_in(&self.others, || call::call0(th, self.get(th, Imported::WeakSet)?.value()))
    }
    /// Notes a task that a loop is to run.
    ///
    /// # Errors
    /// TypeError if it cannot be referred to weakly.
    pub fn register(&'static self, th: &Thread, task: Value) -> PyResult<()> {
        if let Some(task) = task.cast::<Instance<Task>>() {
            task.link(self);
            return Ok(());
        }
        let set = self.weak_set(th)?;
        call::call_method(th, set.value(), "add", &[task]).map(drop)
    }
    /// Forgets what [`State::register`] noted.
    ///
    /// # Errors
    /// TypeError if it cannot be referred to weakly.
    pub fn unregister(&self, th: &Thread, task: Value) -> PyResult<()> {
        if let Some(task) = task.cast::<Instance<Task>>() {
            task.unlink();
            return Ok(());
        }
        let set = self.weak_set(th)?;
        call::call_method(th, set.value(), "discard", &[task]).map(drop)
    }
    /// Notes a task in its eager step.
    ///
    /// # Errors
    /// What its hash raises.
    pub fn register_eager(&self, th: &Thread, task: Value) -> PyResult<()> {
        let set = State::set_in(&self.other_eager, || Set::new(th))?;
        set::add(th, set.value(), task).map(drop)
    }
    /// Forgets what [`State::register_eager`] noted.
    ///
    /// # Errors
    /// What its hash raises.
    pub fn unregister_eager(&self, th: &Thread, task: Value) -> PyResult<()> {
        match self.other_eager.get() {
            Some(set) => Set::of_any(set.value()).map_or(Ok(()), |set| set.discard(th, task).map(drop)),
            None => Ok(()),
        }
    }
    /// Notes one of our own tasks for as long as its eager step runs.
    pub fn push_eager(&self, task: Obj) {
        self.eager.borrow_mut().push(task);
    }
    /// Ends what [`State::push_eager`] began.
    pub fn pop_eager(&self, task: Value) {
        let mut eager = self.eager.borrow_mut();
        let found = eager.iter().rposition(|other| other.same(task)).map(|at| eager.remove(at));
        // Released after the borrow.
        drop(eager);
        drop(found);
    }
}

/// Binds the arguments of a constructor that has at most one positional parameter, the first, if that is as simple as it
/// usually is; `None` leaves them to the general way and its messages.
///
/// # Errors
/// MemoryError.
#[inline]
pub fn bind_at_sight<const N: usize>(
    th: &Thread,
    args: Args,
    names: [&Name; N],
) -> PyResult<Option<[Option<Value>; N]>> {
    let mut bound = [None; N];
    match args.len() {
        0 => {}
        1 => bound[0] = args.get(0),
        _ => return Ok(None),
    }
    for (keyword, value) in args.keywords() {
        let mut found = None;
        for (i, name) in names.iter().enumerate() {
            if name.get(th)?.same(keyword) {
                found = Some(i);
            }
        }
        match found {
            Some(i) if bound[i].is_none() => bound[i] = Some(value),
            _ => return Ok(None),
        }
    }
    Ok(Some(bound))
}

/// Whether a value is exactly a future or task of ours.
#[inline(always)]
pub fn is_exact(v: Value) -> bool {
    v.is_exact(&TASK_TYPE) || v.is_exact(&FUTURE_TYPE)
}

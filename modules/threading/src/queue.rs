//! `_queue`: `SimpleQueue`, a queue without bounds whose `put` may be called from anywhere, finalisers included.

use crate::waiting::{Event, duration};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Instant;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::{generic_alias, module};

/// The items, and what those who wait for one sleep on.
pub struct SimpleQueue {
    items: RefCell<VecDeque<Obj>>,
    added: Event,
}

type This = Instance<SimpleQueue>;

impl Payload for SimpleQueue {
    fn ty() -> &'static Type {
        &SIMPLE_QUEUE_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        if let Ok(items) = self.items.try_borrow() {
            items.iter().for_each(|item| visitor.obj(item));
        }
    }
    fn clear(&self) {
        drop(self.items.take());
    }
}

builtin_type! {
    /// `_queue.SimpleQueue`.
    pub static SIMPLE_QUEUE_TYPE = TypeSpec {
        name: "_queue.SimpleQueue",
        flags: flags::HAVE_GC | flags::BASETYPE | flags::WEAKREFABLE,
        doc: "SimpleQueue()\n--\n\nA queue without bounds, first in, first out.",
        slots: Slots { new: Some(construct), ..Instance::<SimpleQueue>::SLOTS },
        methods: methods::METHODS,
        ..Instance::<SimpleQueue>::SPEC
    }
}

/// The `Empty` exception.
#[derive(Default)]
struct State {
    empty: RefCell<Option<Obj>>,
}

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    if std::ptr::eq(ty, &SIMPLE_QUEUE_TYPE) {
        args.no_keywords(th, "SimpleQueue")?;
        if !args.is_empty() {
            return Err(th.type_error("SimpleQueue() takes no positional arguments"));
        }
    }
    Instance::create_as(th, ty, SimpleQueue { items: RefCell::default(), added: Event::default() })
}

fn empty(th: &Thread) -> Raised {
    let class = th.interp.state::<State>().empty.borrow().clone();
    match class.map(|class| call::call0(th, class.value())) {
        Some(Ok(exception)) => th.raise_instance(exception),
        Some(Err(raised)) => raised,
        None => th.runtime_error("_queue is not imported"),
    }
}

impl SimpleQueue {
    fn put(&self, item: Obj) {
        self.items.borrow_mut().push_back(item);
        self.added.wake(1);
    }
    /// Takes the first item, waiting until the deadline; `None` is now, `Some(None)` never.
    fn get(&self, th: &Thread, deadline: Option<Option<Instant>>) -> PyResult {
        loop {
            let item = self.items.borrow_mut().pop_front();
            if let Some(item) = item {
                return Ok(item);
            }
            let Some(deadline) = deadline else { return Err(empty(th)) };
            if !self.added.wait_until(th, deadline, || !self.items.borrow().is_empty())? {
                return Err(empty(th));
            }
        }
    }
}

#[pymethods]
mod methods {
    use super::*;

    /// Adds an item. The other arguments are there because other queues have them; putting never waits.
    #[method("put(item, block=True, timeout=None)")]
    fn put(_: &Thread, this: &This, item: Obj, _block: Option<Value>, _timeout: Option<Value>) {
        this.put(item);
    }
    /// Adds an item.
    #[method("put_nowait(item)")]
    fn put_nowait(_: &Thread, this: &This, item: Obj) {
        this.put(item);
    }
    /// Takes the first item, waiting for one if need be; Empty if none comes in time.
    #[method("get(block=True, timeout=None)")]
    fn get(th: &Thread, this: &This, block: bool, timeout: Option<Value>) -> PyResult {
        let deadline = match timeout {
            _ if !block => None,
            None => Some(None),
            Some(timeout) => match duration(th, timeout)? {
                Ok(timeout) => Some(Instant::now().checked_add(timeout)),
                Err(()) => return Err(th.value_error("'timeout' must be a non-negative number")),
            },
        };
        this.get(th, deadline)
    }
    /// Takes the first item; Empty if there is none.
    #[method("get_nowait()")]
    fn get_nowait(th: &Thread, this: &This) -> PyResult {
        this.get(th, None)
    }
    /// Whether there are no items.
    #[method("empty()")]
    fn empty(_: &Thread, this: &This) -> bool {
        this.items.borrow().is_empty()
    }
    /// How many items there are.
    #[method("qsize()")]
    fn qsize(_: &Thread, this: &This) -> usize {
        this.items.borrow().len()
    }
    /// For annotations.
    #[classmethod("__class_getitem__(object, /)")]
    fn class_getitem(th: &Thread, class: Value, item: Value) -> PyResult {
        generic_alias::new(th, class, item)
    }
}

/// Makes `_queue`.
///
/// # Errors
/// MemoryError.
pub fn init(th: &Thread) -> PyResult {
    let m = module::new(th, "_queue", "A simple queue.", &[])?;
    module::add_type(th, m.value(), &SIMPLE_QUEUE_TYPE)?;
    let class = module::exception_class(th, "_queue.Empty", &statics::EXCEPTION)?;
    module::add(th, m.value(), "Empty", class.value())?;
    *th.interp.state::<State>().empty.borrow_mut() = Some(class);
    Ok(m)
}

//! The type system without an evaluation loop: built-in types become ready, classes are made from namespaces.

use std::cell::{Cell, RefCell};
use std::sync::atomic::AtomicU32;
use whipsnake_layout::frame::ExcState;
use whipsnake_layout::thread::ThreadCore;
use whipsnake_runtime::interp::{Config, Hooks, Interp};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::str::to_rust_string;

fn config() -> Config {
    Config {
        argv: vec![],
        orig_argv: vec![],
        executable: "".into(),
        optimize: 0,
        no_site: true,
        isolated: true,
        ignore_environment: true,
        no_user_site: true,
        dont_write_bytecode: true,
        unbuffered: false,
        quiet: true,
        verbose: 0,
        bytes_warning: 0,
        inspect: false,
        interactive: false,
        safe_path: true,
        dev_mode: false,
        no_debug_ranges: false,
        warn_default_encoding: false,
        warn_options: vec![],
        x_options: vec![],
        int_max_str_digits: 4300,
        hash_seed: Some(0),
    }
}

fn hooks() -> Hooks {
    Hooks {
        call_function: |th, _, _| Err(th.runtime_error("no evaluation loop")),
        eval_code: |th, _, _, _, _| Err(th.runtime_error("no evaluation loop")),
        resume_generator: |th, _, _| Err(th.runtime_error("no evaluation loop")),
        compile: |th, _| Err(th.runtime_error("no compiler")),
        new_thread: |_| Err("no threads".into()),
        enter_thread: |_| {},
    }
}

fn start() -> &'static Thread {
    let interp = Interp::new(config(), hooks(), (1, 2));
    let th: &'static Thread = Box::leak(Box::new(Thread {
        core: ThreadCore {
            frame: Cell::new(std::ptr::null_mut()),
            stack_top: Cell::new(std::ptr::null_mut()),
            stack_limit: Cell::new(std::ptr::null_mut()),
            eval_breaker: AtomicU32::new(0),
            recursion_left: Cell::new(1000),
            free_lists: Cell::new(&interp.heap.lists),
            current_exception: Cell::new(Slot::NULL),
            exc_info: Cell::new(Box::leak(Box::new(ExcState {
                value: Cell::new(Slot::NULL),
                previous: Cell::new(std::ptr::null()),
            }))),
            native_stack_limit: Cell::new(0),
            dispatch_table: Cell::new(std::ptr::null()),
            store_records: Cell::new(std::ptr::null()),
        },
        interp,
        dealloc_depth: Cell::new(0),
        dealloc_later: RefCell::default(),
        repr_running: RefCell::default(),
        context: ObjCell::EMPTY,
        asyncgen_firstiter: ObjCell::EMPTY,
        asyncgen_finalizer: ObjCell::EMPTY,
        coroutine_origin_depth: Cell::new(0),
        async_exception: ObjCell::EMPTY,
        tracing: Default::default(),
        ident: 1,
        is_main: true,
    }));
    Thread::set_current(th);
    let ready = whipsnake_runtime::types::init::init(th);
    check(th, ready);
    th
}

/// The value, or the Python exception as a panic.
fn check<T>(th: &Thread, result: PyResult<T>) -> T {
    match result {
        Ok(v) => v,
        Err(_) => panic!("{}", error(th)),
    }
}

fn error(th: &Thread) -> String {
    let exception = th.take_exception().expect("an exception");
    let text = object::str(th, exception.value()).map(|text| to_rust_string(text.value())).unwrap_or_default();
    format!("{}: {text}", exception.ty().name())
}

fn fails<T>(th: &Thread, result: PyResult<T>) -> String {
    match result {
        Ok(_) => "no exception".into(),
        Err(_) => error(th),
    }
}

fn shown(th: &Thread, v: Value) -> String {
    to_rust_string(check(th, object::repr(th, v)).value())
}

/// `type(name, bases, namespace)`
fn class(th: &Thread, name: &str, bases: &[Value], entries: &[(&str, Value)]) -> PyResult {
    let name = th.str(name)?;
    let bases = th.tuple(bases)?;
    let namespace = Dict::new(th)?;
    for (key, value) in entries {
        namespace.cast::<Dict>().unwrap().set_rust(th, key, *value)?;
    }
    call::call3(th, statics::TYPE_TYPE.value(), name.value(), bases.value(), namespace.value())
}

/// One test: the built-in types are statics of the process, so one interpreter serves all checks.
#[test]
fn types_and_classes() {
    let th = start();
    slot_wrappers(th);
    messages(th);
    shaped_instances(th);
    slots_members(th);
    method_resolution(th);
    other_layouts(th);
    updates(th);
    dying_classes(th);
}

fn slot_wrappers(th: &Thread) {
    let int = statics::INT_TYPE.value();
    let add = check(th, object::get_attr_str(th, int, "__add__"));
    assert_eq!(shown(th, add.value()), "<slot wrapper '__add__' of 'int' objects>");
    let two = Value::small_int(2);
    assert_eq!(check(th, call::call2(th, add.value(), two, two)).as_small_int(), Some(4));
    let bound = check(th, object::get_attr_str(th, two, "__rsub__"));
    assert_eq!(check(th, call::call1(th, bound.value(), Value::small_int(5))).as_small_int(), Some(3));
    assert_eq!(fails(th, call::call1(th, add.value(), two)), "TypeError: expected 1 argument, got 0");
    let list = check(th, th.list(vec![]));
    let append = check(th, object::get_attr_str(th, list.value(), "append"));
    check(th, call::call1(th, append.value(), two));
    assert_eq!(shown(th, list.value()), "[2]");
    assert_eq!(
        fails(th, call::call0(th, append.value())),
        "TypeError: list.append() takes exactly one argument (0 given)"
    );
    let hash = check(th, object::get_attr_str(th, statics::LIST_TYPE.value(), "__hash__"));
    assert!(hash.is_none());
    assert_eq!(fails(th, object::hash(th, list.value())), "TypeError: unhashable type: 'list'");
    for ty in [&statics::INT_TYPE, &statics::STR_TYPE, &statics::TYPE_TYPE, &statics::OBJECT_TYPE] {
        let names = check(th, object::dir(th, ty.value()));
        assert!(check(th, object::len(th, names.value())) > 20);
    }
}

fn messages(th: &Thread) {
    let one = Value::small_int(1);
    assert_eq!(fails(th, object::get_attr_str(th, one, "x")), "AttributeError: 'int' object has no attribute 'x'");
    assert_eq!(
        fails(th, object::get_attr_str(th, statics::INT_TYPE.value(), "x")),
        "AttributeError: type object 'int' has no attribute 'x'"
    );
    assert_eq!(
        fails(th, object::set_attr_str(th, statics::INT_TYPE.value(), "x", one)),
        "TypeError: cannot set 'x' attribute of immutable type 'int'"
    );
    assert_eq!(fails(th, call::call0(th, one)), "TypeError: 'int' object is not callable");
    assert_eq!(
        fails(th, class(th, "X", &[statics::BOOL_TYPE.value()], &[])),
        "TypeError: type 'bool' is not an acceptable base type"
    );
    assert_eq!(
        fails(th, class(th, "X", &[statics::INT_TYPE.value(), statics::STR_TYPE.value()], &[])),
        "TypeError: multiple bases have instance lay-out conflict"
    );
    let method = check(th, object::get_attr_str(th, statics::OBJECT_TYPE.value(), "__setattr__"));
    let name = check(th, th.str("x"));
    assert_eq!(
        fails(th, call::call3(th, method.value(), statics::INT_TYPE.value(), name.value(), one)),
        "TypeError: can't apply this __setattr__ to type object"
    );
    assert_eq!(fails(th, call::call1(th, statics::OBJECT_TYPE.value(), one)), "TypeError: object() takes no arguments");
}

fn shaped_instances(th: &Thread) {
    let class = check(th, class(th, "Point", &[], &[("limit", Value::small_int(9))]));
    assert!(class.cast::<Type>().unwrap().has_flag(flags::SHAPED));
    let p = check(th, call::call0(th, class.value()));
    for i in 0..40 {
        check(th, object::set_attr_str(th, p.value(), &format!("a{i}"), Value::small_int(i)));
    }
    for i in 0..40 {
        let v = check(th, object::get_attr_str(th, p.value(), &format!("a{i}")));
        assert_eq!(v.as_small_int(), Some(i));
    }
    assert_eq!(check(th, object::get_attr_str(th, p.value(), "limit")).as_small_int(), Some(9));
    let name = check(th, th.str("a3"));
    check(th, object::del_attr(th, p.value(), name.value()));
    assert_eq!(
        fails(th, object::get_attr(th, p.value(), name.value())),
        "AttributeError: 'Point' object has no attribute 'a3'"
    );
    let dict = check(th, object::get_attr_str(th, p.value(), "__dict__"));
    assert_eq!(check(th, object::len(th, dict.value())), 39);
    let again = check(th, object::get_attr_str(th, p.value(), "__dict__"));
    assert!(dict.value().same(again.value()));
    check(th, object::set_attr_str(th, p.value(), "new", Value::small_int(1)));
    assert_eq!(check(th, object::len(th, dict.value())), 40);
}

fn slots_members(th: &Thread) {
    let names = check(th, th.list(vec![check(th, th.str("x")), check(th, th.str("__y"))]));
    let class = check(th, class(th, "S", &[], &[("__slots__", names.value())]));
    let s = check(th, call::call0(th, class.value()));
    assert_eq!(fails(th, object::get_attr_str(th, s.value(), "x")), "AttributeError: 'S' object has no attribute 'x'");
    check(th, object::set_attr_str(th, s.value(), "x", names.value()));
    check(th, object::set_attr_str(th, s.value(), "_S__y", Value::small_int(2)));
    assert!(check(th, object::get_attr_str(th, s.value(), "x")).value().same(names.value()));
    assert_eq!(
        fails(th, object::set_attr_str(th, s.value(), "z", names.value())),
        "AttributeError: 'S' object has no attribute 'z' and no __dict__ for setting new attributes"
    );
    let member = check(th, object::get_attr_str(th, class.value(), "x"));
    assert_eq!(shown(th, member.value()), "<member 'x' of 'S' objects>");
}

fn method_resolution(th: &Thread) {
    let a = check(th, class(th, "A", &[], &[]));
    let b = check(th, class(th, "B", &[a.value()], &[]));
    let c = check(th, class(th, "C", &[a.value()], &[]));
    let d = check(th, class(th, "D", &[b.value(), c.value()], &[]));
    let order = check(th, object::get_attr_str(th, d.value(), "__mro__"));
    assert_eq!(
        shown(th, order.value()),
        "(<class 'D'>, <class 'B'>, <class 'C'>, <class 'A'>, <class 'object'>)"
            .replace("<class 'D'>", &shown(th, d.value()))
    );
    assert_eq!(
        fails(th, class(th, "E", &[a.value(), b.value()], &[])),
        "TypeError: Cannot create a consistent method resolution order (MRO) for bases A, B"
    );
    assert_eq!(fails(th, class(th, "E", &[a.value(), a.value()], &[])), "TypeError: duplicate base class A");
    let bases = check(th, th.tuple(&[c.value()]));
    check(th, object::set_attr_str(th, b.value(), "__bases__", bases.value()));
    assert!(check(th, object::is_subclass(th, b.value(), c.value())));
    assert!(check(th, object::is_subclass(th, d.value(), c.value())));
}

fn other_layouts(th: &Thread) {
    let class_of = |name: &str, base: &'static Type| check(th, class(th, name, &[base.value()], &[]));
    let int = class_of("I", &statics::INT_TYPE);
    let i = check(th, call::call1(th, int.value(), Value::small_int(7)));
    check(th, object::set_attr_str(th, i.value(), "x", Value::small_int(1)));
    assert_eq!(check(th, object::get_attr_str(th, i.value(), "x")).as_small_int(), Some(1));
    assert_eq!(shown(th, i.value()), "7");
    let sum = check(th, number::binary_op(th, number::NumberOp::Add, i.value(), i.value()));
    assert_eq!(sum.as_small_int(), Some(14));
    let list = class_of("L", &statics::LIST_TYPE);
    let l = check(th, call::call0(th, list.value()));
    check(th, object::set_attr_str(th, l.value(), "x", l.value()));
    let text = check(th, th.str("abc"));
    let str = class_of("T", &statics::STR_TYPE);
    let t = check(th, call::call1(th, str.value(), text.value()));
    check(th, object::set_attr_str(th, t.value(), "x", text.value()));
    assert_eq!(shown(th, t.value()), "'abc'");
    let tuple = class_of("U", &statics::TUPLE_TYPE);
    let u = check(th, call::call1(th, tuple.value(), text.value()));
    check(th, object::set_attr_str(th, u.value(), "x", text.value()));
    assert_eq!(shown(th, u.value()), "('a', 'b', 'c')");
    let exception = class_of("E", &statics::VALUE_ERROR);
    let e = check(th, call::call1(th, exception.value(), text.value()));
    check(th, object::set_attr_str(th, e.value(), "x", text.value()));
    assert_eq!(shown(th, e.value()), "E('abc')");
    let names = check(th, th.str("m"));
    let entries = [("__slots__", names.value())];
    let hidden = check(th, class(th, "H", &[statics::STR_TYPE.value()], &entries));
    let h = check(th, call::call1(th, hidden.value(), text.value()));
    check(th, object::set_attr_str(th, h.value(), "m", text.value()));
    assert!(check(th, object::get_attr_str(th, h.value(), "m")).value().same(text.value()));
}

fn updates(th: &Thread) {
    let base = check(th, class(th, "Base", &[], &[]));
    let derived = check(th, class(th, "Derived", &[base.value()], &[]));
    let v = check(th, call::call0(th, derived.value()));
    assert_eq!(fails(th, object::len(th, v.value())), "TypeError: object of type 'Derived' has no len()");
    // A built-in function is no descriptor: it is called without self.
    let dict = check(th, Dict::new(th));
    let len = check(th, object::get_attr_str(th, dict.value(), "__len__"));
    check(th, object::set_attr_str(th, base.value(), "__len__", len.value()));
    assert_eq!(check(th, object::len(th, v.value())), 0);
    let name = check(th, th.str("__len__"));
    check(th, object::del_attr(th, base.value(), name.value()));
    assert_eq!(fails(th, object::len(th, v.value())), "TypeError: object of type 'Derived' has no len()");
    for i in 0..3 {
        check(th, object::set_attr_str(th, base.value(), "a", Value::small_int(i)));
        assert_eq!(check(th, object::get_attr_str(th, v.value(), "a")).as_small_int(), Some(i));
    }
}

fn dying_classes(th: &Thread) {
    let base = check(th, class(th, "Base", &[], &[]));
    for _ in 0..100 {
        let derived = check(th, class(th, "Derived", &[base.value()], &[]));
        let v = check(th, call::call0(th, derived.value()));
        check(th, object::set_attr_str(th, v.value(), "class", derived.value()));
        check(th, object::set_attr_str(th, derived.value(), "instance", v.value()));
    }
    let subclasses = || base.cast::<Type>().unwrap().direct_subclasses().len();
    assert_eq!(subclasses(), 100);
    whipsnake_runtime::gc::collect(th);
    assert_eq!(subclasses(), 0);
}

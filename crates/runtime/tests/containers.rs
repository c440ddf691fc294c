//! Dicts, sets, weak references and the collector, driven from Rust: no Python code runs here.

use std::cell::{Cell, RefCell};
use std::sync::atomic::AtomicU32;
use whipsnake_layout::thread::ThreadCore;
use whipsnake_runtime::gc;
use whipsnake_runtime::interp::{Config, Hooks, Interp};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::list::List;
use whipsnake_runtime::types::set::{self, Set};
use whipsnake_runtime::types::weakref;

fn config() -> Config {
    Config {
        argv: Vec::new(),
        orig_argv: Vec::new(),
        executable: Default::default(),
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
        warn_options: Vec::new(),
        x_options: Vec::new(),
        int_max_str_digits: 4300,
        hash_seed: Some(0),
    }
}

fn new_thread(interp: &'static Interp) -> &'static Thread {
    let core = ThreadCore {
        frame: Cell::new(std::ptr::null_mut()),
        stack_top: Cell::new(std::ptr::null_mut()),
        stack_limit: Cell::new(std::ptr::null_mut()),
        eval_breaker: AtomicU32::new(0),
        recursion_left: Cell::new(1000),
        free_lists: Cell::new(&interp.heap.lists),
        current_exception: Cell::new(Slot::NULL),
        exc_info: Cell::new(std::ptr::null()),
        native_stack_limit: Cell::new(0),
        dispatch_table: Cell::new(std::ptr::null()),
        store_records: Cell::new(std::ptr::null()),
    };
    Box::leak(Box::new(Thread {
        core,
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
    }))
}

/// A thread of a new interpreter. Each test runs in a native thread of its own.
fn start() -> &'static Thread {
    let hooks = Hooks {
        call_function: |th, _, _| Err(th.runtime_error("no evaluation here")),
        eval_code: |th, _, _, _, _| Err(th.runtime_error("no evaluation here")),
        resume_generator: |th, _, _| Err(th.runtime_error("no evaluation here")),
        compile: |th, _| Err(th.runtime_error("no compiler here")),
        new_thread: |_| Err("no threads here".into()),
        enter_thread: |_| {},
    };
    let interp = Interp::new(config(), hooks, (1, 2));
    let th: &'static Thread = new_thread(interp);
    Thread::set_current(th);
    whipsnake_runtime::types::init::init(th).expect("types are ready");
    th
}

/// All in one: the built-in types are process-wide, and tests would touch them from several threads at once.
#[test]
fn containers() {
    let th = start();
    dict_keeps_order_and_grows(th);
    dict_turns_general_and_keeps_entries(th);
    dict_deletion_and_reuse(th);
    sets_iterate_like_cpython(th);
    dict_and_set_agree_with_a_model(th);
    cycles_are_collected(th);
    weak_references_die_with_their_object(th);
}

fn dict_keeps_order_and_grows(th: &Thread) {
    let owner = Dict::new(th).unwrap();
    let dict = owner.cast::<Dict>().unwrap();
    for i in 0..100_000 {
        let key = th.str(&format!("key{i}")).unwrap();
        dict.set(th, key.value(), Value::small_int(i)).unwrap();
    }
    assert_eq!(dict.len(), 100_000);
    for i in (0..100_000).step_by(997) {
        let value = dict.get_rust(th, &format!("key{i}")).unwrap().unwrap();
        assert_eq!(value.as_small_int(), Some(i));
    }
    let (mut pos, mut expected) = (0, 0);
    while let Some((_, value, _)) = dict.entry_at(&mut pos) {
        assert_eq!(value.as_small_int(), Some(expected));
        expected += 1;
    }
    // CPython's table for 100,000 str keys: 2^18 * 4 bytes of index and 174,762 entries of 16 bytes, and a header.
    assert!(dict.table_bytes() <= (1 << 18) * 4 + 174_762 * 16 + 32);
}

fn dict_turns_general_and_keeps_entries(th: &Thread) {
    let owner = Dict::new(th).unwrap();
    let dict = owner.cast::<Dict>().unwrap();
    dict.set_rust(th, "a", Value::small_int(1)).unwrap();
    assert_ne!(dict.keys_version(th), 0);
    dict.set(th, Value::small_int(7), Value::small_int(2)).unwrap();
    assert_eq!(dict.keys_version(th), 0);
    assert_eq!(dict.get_rust(th, "a").unwrap().unwrap().as_small_int(), Some(1));
    assert_eq!(dict.get(th, Value::small_int(7)).unwrap().unwrap().as_small_int(), Some(2));
    let seven = th.float(7.0).unwrap();
    assert_eq!(dict.get(th, seven.value()).unwrap().unwrap().as_small_int(), Some(2));
    assert!(dict.get(th, Value::small_int(8)).unwrap().is_none());
}

fn dict_deletion_and_reuse(th: &Thread) {
    let owner = Dict::new(th).unwrap();
    let dict = owner.cast::<Dict>().unwrap();
    for i in 0..10_000 {
        dict.set(th, Value::small_int(i), Value::small_int(i)).unwrap();
        if i >= 3 {
            assert!(dict.del(th, Value::small_int(i - 3)).unwrap());
        }
    }
    assert_eq!(dict.len(), 3);
    assert!(dict.table_bytes() < 1000, "a queue does not grow");
    let copy = dict.copy(th).unwrap();
    assert!(compare::eq(th, owner.value(), copy.value()).unwrap());
    assert_eq!(dict.pop_last().unwrap().0.as_small_int(), Some(9999));
    dict.clear(th);
    assert!(dict.is_empty() && dict.pop_last().is_none());
}

fn sets_iterate_like_cpython(th: &Thread) {
    let owner = Set::new(th).unwrap();
    for i in [100, 3, 8, 1, 16, 0] {
        assert!(set::add(th, owner.value(), Value::small_int(i)).unwrap());
        assert!(!set::add(th, owner.value(), Value::small_int(i)).unwrap());
    }
    let shown = object::repr_text(th, owner.value()).unwrap();
    assert_eq!(shown, "{0, 1, 3, 100, 8, 16}");
    assert!(Set::of_any(owner.value()).unwrap().discard(th, Value::small_int(3)).unwrap());
    assert!(!Set::of_any(owner.value()).unwrap().contains(th, Value::small_int(3)).unwrap());
}

fn cycles_are_collected(th: &Thread) {
    gc::collect(th);
    for _ in 0..100 {
        let list = th.list(Vec::new()).unwrap();
        let dict = Dict::new(th).unwrap();
        list.cast::<List>().unwrap().push(th, dict.clone()).unwrap();
        dict.cast::<Dict>().unwrap().set_rust(th, "list", list.value()).unwrap();
    }
    let kept = th.list(Vec::new()).unwrap();
    kept.cast::<List>().unwrap().push(th, kept.clone()).unwrap();
    assert_eq!(gc::collect(th), 200);
    assert_eq!(gc::collect(th), 0);
    drop(kept);
    assert_eq!(gc::collect(th), 1);
}

fn weak_references_die_with_their_object(th: &Thread) {
    let object = Set::new(th).unwrap();
    let weak = weakref::new(th, &statics::WEAKREF_TYPE, object.value(), None).unwrap();
    let again = weakref::new(th, &statics::WEAKREF_TYPE, object.value(), None).unwrap();
    assert!(weak.same(again.value()), "references without callback are shared");
    assert!(call::call0(th, weak.value()).unwrap().same(object.value()));
    assert_eq!(th.interp.weak.count(object.value()), 1);
    drop(object);
    assert!(call::call0(th, weak.value()).unwrap().is_none());
    assert!(weakref::new(th, &statics::WEAKREF_TYPE, Value::small_int(1), None).is_err());
    drop(th.take_exception());
}

/// Random operations on a dict and a set, against std's map; keys are ints, floats, strs and tuples.
fn dict_and_set_agree_with_a_model(th: &Thread) {
    let dict_owner = Dict::new(th).unwrap();
    let set_owner = Set::new(th).unwrap();
    let (dict, set) = (dict_owner.cast::<Dict>().unwrap(), Set::of_any(set_owner.value()).unwrap());
    let mut model = std::collections::BTreeMap::new();
    let mut seed = 12345u64;
    let mut random = |n: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % n
    };
    let key_of = |i: u64| match i % 4 {
        0 => th.int(i as i64 - 50).unwrap(),
        1 => th.str(&format!("k{i}")).unwrap(),
        2 => th.float(i as f64 + 0.5).unwrap(),
        _ => th.tuple(&[Value::small_int(i as i64), Value::small_int(1)]).unwrap(),
    };
    for step in 0..200_000 {
        let i = random(if step % 50_000 < 25_000 { 3000 } else { 40 });
        let key = key_of(i);
        match random(5) {
            0 | 1 => {
                dict.set(th, key.value(), Value::small_int(step)).unwrap();
                assert_eq!(set.add(th, key.value()).unwrap(), model.insert(i, step).is_none());
            }
            2 | 3 => {
                let removed = model.remove(&i);
                assert_eq!(dict.pop(th, key.value()).unwrap().map(|v| v.as_small_int().unwrap()), removed);
                assert_eq!(set.discard(th, key.value()).unwrap(), removed.is_some());
            }
            _ => {
                let found = dict.get(th, key.value()).unwrap().map(|v| v.as_small_int().unwrap());
                assert_eq!(found, model.get(&i).copied());
                assert_eq!(set.contains(th, key.value()).unwrap(), found.is_some());
            }
        }
        assert!(dict.len() == model.len() && set.len() == model.len());
    }
    let mut values: Vec<i64> = dict.entries().iter().map(|(_, v, _)| v.as_small_int().unwrap()).collect();
    values.sort_unstable();
    let mut expected: Vec<i64> = model.values().copied().collect();
    expected.sort_unstable();
    assert_eq!(values, expected);
}

//! Strings, bytes and views of memory, driven from Rust: no Python code runs here.

use std::cell::{Cell, RefCell};
use std::sync::atomic::AtomicU32;
use whipsnake_layout::thread::ThreadCore;
use whipsnake_runtime::interp::{Config, Hooks, Interp};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::bytes::Bytes;
use whipsnake_runtime::types::str::{self, Str};
use whipsnake_runtime::types::{buffer, codecs, format, memoryview};

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
fn text() {
    let th = start();
    every_kind_round_trips(th);
    appending_grows_in_place_and_stays_right(th);
    interned_strings_are_one_and_die(th);
    joined_and_repeated(th);
    methods_answer(th);
    conversions_have_errors(th);
    formats(th);
    bytearrays_lock(th);
    views_cast_and_slice(th);
}

fn text_of(v: &Obj) -> String {
    str::to_rust_string(v.value())
}

/// The message of the exception being raised, which it clears.
fn error(th: &Thread) -> String {
    let exception = th.take_exception().expect("an exception");
    let text = object::str(th, exception.value()).unwrap();
    format!("{}: {}", exception.ty().name(), text_of(&text))
}

/// `object.method(*args)`, as its repr, or its exception.
fn outcome(th: &Thread, v: &Obj, method: &str, args: &[Value]) -> String {
    match call::call_method(th, v.value(), method, args) {
        Ok(result) => text_of(&object::repr(th, result.value()).unwrap()),
        Err(_) => error(th),
    }
}

fn every_kind_round_trips(th: &Thread) {
    for text in ["", "a", "é", "abc", "aé", "€", "a€", "😀", "a😀b", "\0", "\u{7f}\u{80}"] {
        let made = th.str(text).unwrap();
        let s = made.cast::<Str>().unwrap();
        assert_eq!(text_of(&made), text);
        assert_eq!(s.len(), text.chars().count());
        assert_eq!(s.utf8(th).unwrap(), text);
        assert_eq!(s.is_ascii(), text.is_ascii());
        let again = th.str(text).unwrap();
        assert!(str::eq(s, again.cast::<Str>().unwrap()));
        assert_eq!(str::hash(th, s), str::hash(th, again.cast::<Str>().unwrap()));
        let data = codecs::encode(th, s, "utf-8", "strict").unwrap();
        assert_eq!(data.cast::<Bytes>().unwrap().as_slice(), text.as_bytes());
        assert_eq!(text_of(&codecs::decode(th, text.as_bytes(), "UTF8", "strict").unwrap()), text);
    }
    assert_eq!(str::hash(th, th.str("").unwrap().cast::<Str>().unwrap()), 0);
}

fn appending_grows_in_place_and_stays_right(th: &Thread) {
    for piece in ["x", "é", "€uro", "😀"] {
        let right = th.str(piece).unwrap();
        let (mut left, mut expected) = (th.str("start").unwrap(), String::from("start"));
        let mut moves = 0;
        for _ in 0..20_000 {
            let before = left.bits();
            left = str::append_in_place(th, left, right.value()).unwrap();
            moves += usize::from(left.bits() != before);
            expected.push_str(piece);
        }
        assert_eq!(text_of(&left), expected);
        assert!(moves < 200, "{piece} moved {moves} times");
    }
    // A second owner keeps what it has.
    let left = th.str("some text").unwrap();
    let other = left.clone();
    let grown = str::append_in_place(th, left, th.str("!").unwrap().value()).unwrap();
    assert_eq!((text_of(&other).as_str(), text_of(&grown).as_str()), ("some text", "some text!"));
    // Its own text twice.
    let twice = str::concat(th, grown.value(), grown.value()).unwrap();
    assert_eq!(text_of(&twice), "some text!some text!");
}

fn interned_strings_are_one_and_die(th: &Thread) {
    let first = th.intern("a name nobody else has").unwrap();
    let second = th.intern("a name nobody else has").unwrap();
    assert!(first.same(second.value()));
    let third = str::intern(th, th.str("a name nobody else has").unwrap());
    assert!(first.same(third.value()));
    drop((first, second, third));
    for i in 0..10_000 {
        let name = th.intern(&format!("name number {i}")).unwrap();
        assert_eq!(text_of(&name), format!("name number {i}"));
    }
    assert!(th.intern("é").unwrap().same(th.str("é").unwrap().value()));
    assert!(th.intern("").unwrap().same(th.str("").unwrap().value()));
}

fn joined_and_repeated(th: &Thread) {
    let (sep, a, b) = (th.str("€").unwrap(), th.str("a").unwrap(), th.str("é").unwrap());
    let joined = str::join(th, sep.cast::<Str>().unwrap(), &[a.value(), b.value(), a.value()]).unwrap();
    assert_eq!(text_of(&joined), "a€é€a");
    assert!(str::join(th, sep.cast::<Str>().unwrap(), &[a.value(), Value::small_int(1)]).is_err());
    assert_eq!(error(th), "TypeError: sequence item 1: expected str instance, int found");
    for (text, times) in [("ab", 7), ("é", 5), ("€x", 3), ("x", 1000)] {
        let made = th.str(text).unwrap();
        let repeated = str::repeat(th, made.cast::<Str>().unwrap(), times).unwrap();
        assert_eq!(text_of(&repeated), text.repeat(times as usize));
    }
    let part = str::substring(th, joined.cast::<Str>().unwrap(), 2, 3).unwrap();
    assert_eq!(text_of(&part), "é");
}

fn methods_answer(th: &Thread) {
    let s = |text: &str| th.str(text).unwrap();
    let b = |data: &[u8]| th.bytes(data).unwrap();
    let n = Value::small_int;
    let cases: Vec<(Obj, &str, Vec<Obj>, &str)> = vec![
        (s("a,b,c"), "split", vec![s(","), Obj::small_int(1)], "['a', 'b,c']"),
        (s(" a  b "), "split", vec![], "['a', 'b']"),
        (s("abc"), "find", vec![s("c"), Obj::small_int(-1)], "2"),
        (s("abc"), "index", vec![s("z")], "ValueError: substring not found"),
        (s("abc"), "replace", vec![s("b"), s("€")], "'a€c'"),
        (s("abc"), "center", vec![Obj::small_int(6), s("*")], "'*abc**'"),
        (s("abc"), "partition", vec![s("b")], "('a', 'b', 'c')"),
        (
            s("abc"),
            "startswith",
            vec![Obj::small_int(5)],
            "TypeError: startswith first arg must be str or a tuple of str, not int",
        ),
        (s("ß"), "upper", vec![], "'SS'"),
        (s("a{}b"), "format", vec![Obj::small_int(5)], "'a5b'"),
        (s("é"), "encode", vec![s("ascii"), s("xmlcharrefreplace")], "b'&#233;'"),
        (
            s("é"),
            "encode",
            vec![s("ascii")],
            "UnicodeEncodeError: 'ascii' codec can't encode character '\\xe9' in position 0: ordinal not in range(128)",
        ),
        (b(b"a.b"), "split", vec![b(b".")], "[b'a', b'b']"),
        (b(b"ab"), "hex", vec![s(":")], "'61:62'"),
        (b(b"ab"), "find", vec![s("a")], "TypeError: argument should be integer or bytes-like object, not 'str'"),
        (
            b(b"\xff"),
            "decode",
            vec![],
            "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
        ),
        (b(b"a"), "join", vec![s("x")], "TypeError: sequence item 0: expected a bytes-like object, str found"),
    ];
    for (this, method, args, expected) in cases {
        let args: Vec<Value> = args.iter().map(Obj::value).collect();
        assert_eq!(outcome(th, &this, method, &args), expected, "{method}");
    }
    assert_eq!(outcome(th, &s("abc"), "__getitem__", &[n(-4)]), "IndexError: string index out of range");
}

fn conversions_have_errors(th: &Thread) {
    let text = codecs::decode(th, b"a\xffb", "utf-8", "surrogateescape").unwrap();
    assert_eq!(text.cast::<Str>().unwrap().units().get(1), Some(0xDCFF));
    let back = codecs::encode(th, text.cast::<Str>().unwrap(), "utf-8", "surrogateescape").unwrap();
    assert_eq!(back.cast::<Bytes>().unwrap().as_slice(), b"a\xffb");
    assert!(codecs::encode(th, text.cast::<Str>().unwrap(), "utf-8", "strict").is_err());
    assert_eq!(
        error(th),
        "UnicodeEncodeError: 'utf-8' codec can't encode character '\\udcff' in position 1: surrogates not allowed"
    );
    let handler = codecs::lookup_error(th, "replace").unwrap();
    assert!(handler.same(codecs::lookup_error(th, "replace").unwrap().value()));
    assert!(codecs::lookup_error(th, "no such").is_err());
    assert_eq!(error(th), "LookupError: unknown error handler name 'no such'");
}

fn formats(th: &Thread) {
    let args = th.tuple(&[th.float(1.25).unwrap().value()]).unwrap();
    for (template, expected) in [
        ("%5.1f|", "  1.2|"),
        ("%s", "1.25"),
        ("%%", "TypeError: not all arguments converted during string formatting"),
        ("%q", "ValueError: unsupported format character 'q' (0x71) at index 1"),
    ] {
        let template = th.str(template).unwrap();
        let result = format::percent(th, template.cast::<Str>().unwrap(), args.value());
        assert_eq!(result.map_or_else(|_| error(th), |text| text_of(&text)), expected);
    }
    let (value, spec) = (th.str("abc").unwrap(), th.str("*^7.2").unwrap());
    assert_eq!(text_of(&format::format_value(th, value.value(), spec.value()).unwrap()), "**ab***");
}

fn bytearrays_lock(th: &Thread) {
    let array = call::call1(th, statics::BYTEARRAY_TYPE.value(), th.bytes(b"hello").unwrap().value()).unwrap();
    let one = Value::small_int(33);
    let view = buffer::get(th, array.value(), true).unwrap();
    assert_eq!(
        outcome(th, &array, "append", &[one]),
        "BufferError: Existing exports of data: object cannot be re-sized"
    );
    view.write(0, b"J");
    drop(view);
    assert_eq!(outcome(th, &array, "append", &[one]), "None");
    assert_eq!(outcome(th, &array, "__repr__", &[]), "\"bytearray(b'Jello!')\"");
    // Cutting at the front keeps an offset; growing afterwards must not bring the bytes back.
    for _ in 0..3 {
        assert!(outcome(th, &array, "pop", &[Value::small_int(0)]).parse::<u8>().is_ok());
    }
    assert_eq!(outcome(th, &array, "extend", &[th.bytes(b"xyz").unwrap().value()]), "None");
    assert_eq!(outcome(th, &array, "insert", &[Value::small_int(0), one]), "None");
    assert_eq!(outcome(th, &array, "__repr__", &[]), "\"bytearray(b'!lo!xyz')\"");
}

fn views_cast_and_slice(th: &Thread) {
    let data = th.bytes(b"abcdef").unwrap();
    let view = memoryview::from_object(th, data.value(), false).unwrap();
    let shape = th.list(vec![Obj::small_int(2), Obj::small_int(3)]).unwrap();
    let cast = call::call_method(th, view.value(), "cast", &[th.str("B").unwrap().value(), shape.value()]).unwrap();
    assert_eq!(outcome(th, &cast, "tolist", &[]), "[[97, 98, 99], [100, 101, 102]]");
    assert_eq!(outcome(th, &cast, "tobytes", &[th.str("F").unwrap().value()]), "b'adbecf'");
    assert_eq!(outcome(th, &view, "release", &[]), "None");
    assert_eq!(outcome(th, &view, "tolist", &[]), "ValueError: operation forbidden on released memoryview object");
    assert_eq!(outcome(th, &cast, "tobytes", &[]), "b'abcdef'");
}

//! Deep programs are parsed or refused; nothing overflows the stack.

use whipsnake_syntax::{ErrorKind, Mode, Options, SyntaxError, parse};

fn outcome(source: &str) -> Result<(), SyntaxError> {
    parse(source, Mode::Exec, &Options::default()).map(drop)
}

fn check(name: &str, make: impl Fn(usize) -> String, fine: usize, limit: Option<ErrorKind>) {
    assert_eq!(outcome(&make(fine)), Ok(()), "{name} {fine}");
    let error = outcome(&make(100_000)).map_err(|error| error.kind);
    match limit {
        None => assert_eq!(error, Ok(()), "{name}"),
        Some(kind) => assert_eq!(error, Err(kind), "{name}"),
    }
}

#[test]
fn chains() {
    use ErrorKind::{TooDeep, TooDeepTree};
    check("sum", |n| vec!["a"; n].join("+"), 10_000, Some(TooDeepTree));
    check("attribute", |n| vec!["a"; n].join("."), 10_000, Some(TooDeepTree));
    check("call", |n| format!("a{}", "()".repeat(n)), 10_000, Some(TooDeepTree));
    check("subscript", |n| format!("a{}", "[0]".repeat(n)), 10_000, Some(TooDeepTree));
    check("minus", |n| format!("{}a", "-".repeat(n)), 3_000, Some(TooDeep));
    check("spaced minus", |n| format!("{}a", "- ".repeat(n)), 3_000, Some(TooDeep));
    check("not", |n| format!("{}a", "not ".repeat(n)), 2_000, Some(TooDeep));
    check("power", |n| format!("{}a", "a**".repeat(n)), 2_000, Some(TooDeep));
    check("conditional", |n| format!("{}a", "a if b else ".repeat(n)), 2_000, Some(TooDeep));
    check("lambda", |n| format!("{}a", "lambda:".repeat(n)), 2_000, Some(TooDeep));
    check("elif", |n| format!("if a: pass\n{}", "elif a: pass\n".repeat(n)), 3_000, Some(TooDeepTree));
    check("and", |n| vec!["a"; n].join(" and "), 10_000, None);
    check("compare", |n| vec!["a"; n].join("<"), 10_000, None);
    check("list", |n| format!("[{}]", "a,".repeat(n)), 10_000, None);
    check("strings", |n| format!("({})", "'a' ".repeat(n)), 10_000, None);
    check("targets", |n| format!("{}1", "a=".repeat(n)), 3_000, None);
}

#[test]
fn nesting_has_the_limits_of_cpython() {
    let brackets = |n: usize| format!("{}{}", "(".repeat(n), ")".repeat(n));
    assert_eq!(outcome(&brackets(200)), Ok(()));
    for n in [201, 1_000, 100_000] {
        let message = outcome(&brackets(n)).map_err(|error| error.message);
        assert_eq!(message, Err("too many nested parentheses".to_owned()), "{n}");
    }
    let blocks = |n: usize| {
        let heads: String = (0..n).map(|i| format!("{}if a:\n", " ".repeat(i))).collect();
        format!("{heads}{}a\n", " ".repeat(n))
    };
    assert_eq!(outcome(&blocks(99)), Ok(()));
    let message = outcome(&blocks(100)).map_err(|error| error.message);
    assert_eq!(message, Err("too many levels of indentation".to_owned()));
    let hidden = format!("f\"{{'\"'+{}\"", "(".repeat(100_000));
    assert!(outcome(&hidden).is_err());
    let strings = format!("{}1{}", "f\"{".repeat(100_000), "}\"".repeat(100_000));
    assert!(outcome(&strings).is_err());
}

#[test]
fn broken_deep_programs_are_refused() {
    for source in ["-", "not ", "lambda:", "a if b else ", "a**", "a.", "a+", "await "] {
        assert!(outcome(&source.repeat(100_000)).is_err(), "{source}");
        assert!(outcome(&format!("{}$", source.repeat(2_000))).is_err(), "{source}");
    }
}

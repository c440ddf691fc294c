//! Deep nesting: an error or a result, never a crash.

use whipsnake_compiler::{ErrorKind, Options, compile};
use whipsnake_syntax as syntax;

fn compiles(source: &str) -> Result<(), ErrorKind> {
    let Ok(parsed) = syntax::parse(source, syntax::Mode::Exec, &syntax::Options::default()) else { return Ok(()) };
    compile(&parsed.tree, "deep", Options::default()).map(drop).map_err(|e| e.kind)
}

#[test]
fn deep_expressions() {
    for n in [100, 1000, 5000, 20_000] {
        for source in [
            format!("x = {}1", "-".repeat(n)),
            format!("x = {}1", "not ".repeat(n)),
            format!("x = a{}", ".b".repeat(n)),
            format!("x = a{}", "()".repeat(n)),
            format!("x = a{}", "[0]".repeat(n)),
            format!("x = a{}", " + a".repeat(n)),
            format!("x = {}1", "lambda: ".repeat(n)),
            format!("x = {}1", "1 if a else ".repeat(n)),
            format!("if {}a: pass", "not ".repeat(n)),
        ] {
            let result = compiles(&source);
            assert!(matches!(result, Ok(()) | Err(ErrorKind::TooDeep)), "{result:?}");
        }
    }
}

#[test]
fn deep_statements() {
    let elifs = format!("if a: pass\n{}", "elif b: pass\n".repeat(5000));
    assert!(matches!(compiles(&elifs), Ok(()) | Err(ErrorKind::TooDeep)));
    let items = vec!["a"; 15].join(", ");
    assert_eq!(compiles(&format!("with {items}: pass\n")), Ok(()));
    let mut functions = String::new();
    for n in 0..90 {
        functions += &format!("{}def f{n}():\n", " ".repeat(n));
    }
    functions += &format!("{}pass\n", " ".repeat(90));
    assert_eq!(compiles(&functions), Ok(()));
}

#[test]
fn long_programs() {
    // Quadratic behaviour would show here.
    let assignments: String = (0..20_000).map(|n| format!("a{n} = {n}\n")).collect();
    assert_eq!(compiles(&assignments), Ok(()));
    let branches = "if a: b\n".repeat(20_000);
    assert_eq!(compiles(&branches), Ok(()));
    let calls = "f(a=1)\n".repeat(10_000);
    assert_eq!(compiles(&calls), Ok(()));
}

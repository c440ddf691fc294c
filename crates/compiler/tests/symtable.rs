//! Symbol tables, as the `symtable` module shows them.

use whipsnake_compiler::symtable::{ScopeId, SymbolTable};
use whipsnake_compiler::{Options, symbol_table};
use whipsnake_syntax as syntax;

fn walk(table: &SymbolTable, id: ScopeId, depth: usize, out: &mut String) {
    let scope = table.scope(id);
    let symbols: Vec<String> = scope.symbols.iter().map(|(name, flags)| format!("{name}:{flags}")).collect();
    let kind = scope.kind as u8;
    *out += &format!("{depth} {} {kind} {} {}\n", scope.name, scope.location.line, symbols.join(" "));
    for child in &scope.children {
        walk(table, *child, depth + 1, out);
    }
}

#[test]
fn scopes_and_flags_of_cpython() {
    let source = "x:int=1\ndef f[T](a): pass\n[i for i in x]\nclass C: y=lambda: __class__\n";
    let parsed = syntax::parse(source, syntax::Mode::Exec, &syntax::Options::default()).expect("valid source");
    let table = symbol_table(&parsed.tree, Options::default()).expect("valid source");
    let mut out = String::new();
    walk(&table, SymbolTable::TOP, 0, &mut out);
    // Printed by CPython 3.14 for the same program.
    let expected = "\
0 top 2 0 x:4370 __conditional_annotations__:12304 f:4098 C:4098 i:4626
1 __annotate__ 3 1 .format:4116 int:12304
1 f 5 2 .defaults:4100 T:5122
2 __annotate__ 3 2 .format:4116
2 f 0 2 a:4100
1 C 1 4 y:4098
2 lambda 0 4 __class__:16400
";
    assert_eq!(out, expected);
}

/// The flags of one scope's symbols.
fn symbols(source: &str, path: &[usize]) -> String {
    let parsed = syntax::parse(source, syntax::Mode::Exec, &syntax::Options::default()).expect("valid source");
    let table = symbol_table(&parsed.tree, Options::default()).expect("valid source");
    let mut id = SymbolTable::TOP;
    for child in path {
        id = table.scope(id).children[*child];
    }
    let symbols: Vec<String> = table.scope(id).symbols.iter().map(|(name, flags)| format!("{name}:{flags}")).collect();
    symbols.join(" ")
}

/// An inlined comprehension uses the outer variable unless it binds the name itself; it does not see a class's.
#[test]
fn names_used_by_inlined_comprehensions() {
    // Printed by CPython 3.14.
    let cases: &[(&str, &[usize], &str)] = &[
        ("def f(x):\n k=1\n return [k for k in x]", &[1], "x:4116 k:4098"),
        ("def f(x):\n k=1\n return [k for i in x]", &[1], "x:4116 k:4114 i:4610"),
        ("class C:\n k=1\n [k for k in x]", &[0], "k:4098 x:12304"),
        ("class C:\n k=1\n y=[z for z in k]", &[0], "k:4114 y:4098 z:4626"),
        ("k=1\n[k for k in x]\n", &[], "k:4098 x:12304"),
        ("def f(x):\n k=1\n return [(lambda: k) for k in x]", &[1], "x:4116 k:22530"),
    ];
    for (source, path, expected) in cases {
        assert_eq!(symbols(source, path), *expected, "{source}");
    }
}

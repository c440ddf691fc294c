//! A disassembler that prints like CPython's `dis.dis` (without object addresses).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use rustpython_wtf8::Wtf8;

use crate::code::{Code, Const, Instruction};
use crate::opcodes::{self, Opcode};

const OPNAME_WIDTH: usize = 20;
const OPARG_WIDTH: usize = 5;

/// Disassembles `code` and all code nested in its constants.
pub fn disassemble(code: &Code) -> String {
    let mut out = String::new();
    disassemble_one(code, &mut out);
    // Depth-first, like `dis`, with a stack of our own: nesting is under the control of the program being compiled.
    let mut pending: Vec<&Code> = nested(code).rev().collect();
    while let Some(code) = pending.pop() {
        let _ = writeln!(out, "\nDisassembly of {}:", repr_code(code));
        disassemble_one(code, &mut out);
        pending.extend(nested(code).rev());
    }
    out
}

fn nested(code: &Code) -> impl DoubleEndedIterator<Item = &Code> {
    code.consts.iter().filter_map(|c| match c {
        Const::Code(code) => Some(&**code),
        _ => None,
    })
}

/// The line starts that `co_lines` reports: byte offset -> line, only where the line changes.
fn line_starts(code: &Code) -> BTreeMap<usize, Option<i32>> {
    let mut starts = BTreeMap::new();
    let mut last: Option<Option<i32>> = None;
    for entry in code.locations() {
        let line = (entry.location.line >= 0).then_some(entry.location.line);
        if last != Some(line) {
            starts.insert(entry.start * 2, line);
            last = Some(line);
        }
    }
    starts
}

/// Label numbers by byte offset: jump targets and the borders of exception table entries.
fn labels_of(code: &Code) -> BTreeMap<usize, usize> {
    let mut targets: BTreeSet<usize> = code.instructions().filter_map(|i| i.jump_target()).collect();
    for entry in code.exception_entries() {
        targets.extend([entry.start, entry.end, entry.target].map(|unit| unit as usize * 2));
    }
    targets.into_iter().enumerate().map(|(i, offset)| (offset, i + 1)).collect()
}

fn disassemble_one(code: &Code, out: &mut String) {
    let starts = line_starts(code);
    let labels = labels_of(code);
    let max_line = starts.values().flatten().max().copied();
    let line_width = match max_line {
        None => 0,
        Some(n) => {
            let width = n.to_string().len().max(3);
            if width < 4 && starts.values().any(Option::is_none) { 4 } else { width }
        }
    };
    let label_width = 4 + labels.len().to_string().len();
    for instr in code.instructions() {
        let start = starts.get(&instr.offset).or_else(|| starts.get(&instr.start));
        if line_width > 0 && start.is_some() && instr.offset > 0 {
            out.push('\n');
        }
        let mut line = String::new();
        if line_width > 0 {
            let text = match start {
                Some(Some(n)) => n.to_string(),
                Some(None) => "  --".to_owned(),
                None => String::new(),
            };
            let _ = write!(line, "{text:>line_width$} ");
        }
        let label = labels.get(&instr.offset).or_else(|| labels.get(&instr.start));
        let label = label.map_or(String::new(), |n| format!("L{n}:"));
        let _ = write!(line, "{label:>label_width$}     ");
        write_instruction(code, &instr, &labels, &mut line);
        out.push_str(line.trim_end());
        out.push('\n');
    }
    let entries = code.exception_entries();
    if !entries.is_empty() {
        out.push_str("ExceptionTable:\n");
    }
    for e in entries {
        let label = |unit: u32| labels.get(&(unit as usize * 2)).copied().unwrap_or(0);
        let lasti = if e.push_lasti { " lasti" } else { "" };
        let (start, end, target) = (label(e.start), label(e.end), label(e.target));
        let _ = writeln!(out, "  L{start} to L{end} -> L{target} [{}]{lasti}", e.depth);
    }
}

fn write_instruction(code: &Code, instr: &Instruction, labels: &BTreeMap<usize, usize>, line: &mut String) {
    let Some(op) = Opcode::from_number(u16::from(instr.opcode)) else {
        let _ = write!(line, "<{}>", instr.opcode);
        return;
    };
    let name = op.name();
    let _ = write!(line, "{name:<OPNAME_WIDTH$}");
    if !op.deopt().has_arg() {
        return;
    }
    let width = OPARG_WIDTH.saturating_sub(name.len().saturating_sub(OPNAME_WIDTH));
    let _ = write!(line, " {:>width$}", instr.oparg);
    let detail = describe_arg(code, op.deopt(), instr, labels);
    if !detail.is_empty() {
        let _ = write!(line, " ({detail})");
    }
}

fn name_at<S: AsRef<Wtf8>>(names: &[S], index: u32) -> String {
    names.get(index as usize).map_or_else(|| "?".to_owned(), |n| n.as_ref().to_string_lossy().into_owned())
}

fn describe_arg(code: &Code, op: Opcode, instr: &Instruction, labels: &BTreeMap<usize, usize>) -> String {
    let arg = instr.oparg;
    let local = |index| name_at(&code.localsplusnames, index);
    let text = |table: &[&str], index: u32| table.get(index as usize).map_or_else(String::new, |s| (*s).to_owned());
    match op {
        Opcode::LOAD_GLOBAL => name_at(&code.names, arg >> 1) + if arg & 1 != 0 { " + NULL" } else { "" },
        Opcode::LOAD_ATTR => name_at(&code.names, arg >> 1) + if arg & 1 != 0 { " + NULL|self" } else { "" },
        Opcode::LOAD_SUPER_ATTR => name_at(&code.names, arg >> 2) + if arg & 1 != 0 { " + NULL|self" } else { "" },
        Opcode::LOAD_FAST_LOAD_FAST
        | Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW
        | Opcode::STORE_FAST_LOAD_FAST
        | Opcode::STORE_FAST_STORE_FAST => format!("{}, {}", local(arg >> 4), local(arg & 15)),
        Opcode::COMPARE_OP => {
            let cmp = text(&opcodes::COMPARE_OPS, arg >> 5);
            if arg & opcodes::compare_mask::TO_BOOL != 0 { format!("bool({cmp})") } else { cmp }
        }
        Opcode::CONVERT_VALUE => text(&["", "str", "repr", "ascii"], arg),
        Opcode::SET_FUNCTION_ATTRIBUTE => ["defaults", "kwdefaults", "annotations", "closure", "annotate"]
            .iter()
            .enumerate()
            .filter(|(i, _)| arg & (1 << i) != 0)
            .map(|(_, s)| *s)
            .collect::<Vec<_>>()
            .join(", "),
        Opcode::BINARY_OP => opcodes::BINARY_OPS.get(arg as usize).map_or_else(String::new, |(_, s)| (*s).to_owned()),
        Opcode::CALL_INTRINSIC_1 => text(&opcodes::INTRINSIC_1, arg),
        Opcode::CALL_INTRINSIC_2 => text(&opcodes::INTRINSIC_2, arg),
        Opcode::LOAD_COMMON_CONSTANT => match opcodes::COMMON_CONSTANTS.get(arg as usize) {
            Some(name @ (&"all" | &"any")) => format!("<built-in function {name}>"),
            Some(name) => (*name).to_owned(),
            None => String::new(),
        },
        Opcode::LOAD_SPECIAL => text(&opcodes::SPECIAL_METHODS, arg),
        Opcode::IS_OP => text(&["is", "is not"], arg),
        Opcode::CONTAINS_OP => text(&["in", "not in"], arg),
        _ if op.has_const() => code.consts.get(arg as usize).map_or_else(String::new, repr_const),
        _ if op.has_name() => name_at(&code.names, arg),
        _ if op.has_jump() => {
            let label = instr.jump_target().and_then(|t| labels.get(&t)).copied().unwrap_or(0);
            format!("{} L{label}", if op == Opcode::END_ASYNC_FOR { "from" } else { "to" })
        }
        _ if op.has_local() || op.has_free() => local(arg),
        _ => String::new(),
    }
}

fn repr_code(code: &Code) -> String {
    format!(
        "<code object {}, file \"{}\", line {}>",
        code.name.to_string_lossy(),
        code.filename.to_string_lossy(),
        code.firstlineno
    )
}

/// What `repr` shows for a constant (code objects without their address).
pub fn repr_const(value: &Const) -> String {
    match value {
        Const::None => "None".to_owned(),
        Const::True => "True".to_owned(),
        Const::False => "False".to_owned(),
        Const::Ellipsis => "Ellipsis".to_owned(),
        Const::Int(v) => v.to_string(),
        Const::BigInt { negative, digits } => repr_big_int(*negative, digits),
        Const::Float(v) => repr_float(*v),
        Const::Complex { real, imag } => repr_complex(*real, *imag),
        Const::Str(s) => repr_str(s),
        Const::Bytes(b) => repr_bytes(b),
        Const::Tuple(items) => match &**items {
            [one] => format!("({},)", repr_const(one)),
            many => format!("({})", repr_list(many)),
        },
        Const::FrozenSet(items) if items.is_empty() => "frozenset()".to_owned(),
        Const::FrozenSet(items) => {
            // The order is unspecified; sorting keeps goldens stable.
            let mut parts: Vec<String> = items.iter().map(repr_const).collect();
            parts.sort();
            format!("frozenset({{{}}})", parts.join(", "))
        }
        Const::Slice(parts) => format!("slice({})", repr_list(&parts[..])),
        Const::Code(code) => repr_code(code),
    }
}

fn repr_list(items: &[Const]) -> String {
    items.iter().map(repr_const).collect::<Vec<_>>().join(", ")
}

fn repr_big_int(negative: bool, digits: &[u32]) -> String {
    // Repeated division by 10**9: quadratic, fine for listings.
    let mut rest: Vec<u32> = digits.to_vec();
    let mut groups = Vec::new();
    while rest.iter().any(|&d| d != 0) {
        let mut remainder = 0u64;
        for digit in rest.iter_mut().rev() {
            let value = (remainder << 30) | u64::from(*digit);
            *digit = (value / 1_000_000_000) as u32;
            remainder = value % 1_000_000_000;
        }
        groups.push(remainder as u32);
        while rest.last() == Some(&0) {
            rest.pop();
        }
    }
    let mut text = String::from(if negative { "-" } else { "" });
    match groups.pop() {
        None => text.push('0'),
        Some(top) => {
            let _ = write!(text, "{top}");
        }
    }
    for group in groups.iter().rev() {
        let _ = write!(text, "{group:09}");
    }
    text
}

/// The shortest decimal that reads back as `v`, laid out as Python's `repr` does.
pub fn repr_float(v: f64) -> String {
    if v.is_nan() {
        return "nan".to_owned();
    }
    if v.is_infinite() {
        return if v < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    let scientific = format!("{v:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{v}");
        if plain.contains('.') { plain } else { plain + ".0" }
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{mantissa}e{sign}{:02}", exponent.abs())
    }
}

fn repr_complex(real: f64, imag: f64) -> String {
    let part = |v: f64| {
        let text = repr_float(v);
        text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
    };
    if real == 0.0 && real.is_sign_positive() {
        return part(imag) + "j";
    }
    let sign = if imag.is_sign_negative() || imag.is_nan() { "" } else { "+" };
    let sign = if imag.is_nan() { "+" } else { sign };
    format!("({}{sign}{}j)", part(real), part(imag))
}

fn quote_for(has_single: bool, has_double: bool) -> char {
    if has_single && !has_double { '"' } else { '\'' }
}

/// Close to `str.isprintable`: what Rust's own escaping leaves alone, but for spaces other than the plain one.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_graphic() || c == ' ';
    }
    // A leading letter keeps combining marks from being escaped.
    let text: String = ['a', c].into_iter().collect();
    !c.is_whitespace() && text.escape_debug().eq(text.chars())
}

fn repr_str(s: &Wtf8) -> String {
    let quote = quote_for(s.as_bytes().contains(&b'\''), s.as_bytes().contains(&b'"'));
    let mut out = String::from(quote);
    for cp in s.code_points() {
        match cp.to_char() {
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(c) if c == quote || c == '\\' => {
                out.push('\\');
                out.push(c);
            }
            Some(c) if is_printable(c) => out.push(c),
            _ => {
                let n = cp.to_u32();
                let _ = match n {
                    0..=0xff => write!(out, "\\x{n:02x}"),
                    0x100..=0xffff => write!(out, "\\u{n:04x}"),
                    _ => write!(out, "\\U{n:08x}"),
                };
            }
        }
    }
    out.push(quote);
    out
}

fn repr_bytes(bytes: &[u8]) -> String {
    let quote = quote_for(bytes.contains(&b'\''), bytes.contains(&b'"'));
    let mut out = format!("b{quote}");
    for &b in bytes {
        match b {
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ if b == quote as u8 || b == b'\\' => {
                out.push('\\');
                out.push(b as char);
            }
            b' '..=b'~' => out.push(b as char),
            _ => {
                let _ = write!(out, "\\x{b:02x}");
            }
        }
    }
    out.push(quote);
    out
}

//! What Python code sees of a code object.

use super::positions::entries;
use super::{Code, Parts, from_parts, plain_code};
use crate::prelude::*;
use crate::types::bytes::Bytes;
use crate::types::str::to_rust_string;
use crate::types::tuple::Tuple;
use whipsnake_bytecode::code::local_kind;

fn this<'a>(v: Value) -> &'a Code {
    // SAFETY: I4, slots are called with instances of their type.
    unsafe { v.cast_unchecked() }
}

pub fn repr(th: &Thread, v: Value) -> PyResult {
    let code = &this(v).0;
    th.str(&format!(
        "<code object {} at {:#x}, file \"{}\", line {}>",
        to_rust_string(code.name),
        v.bits(),
        to_rust_string(code.filename),
        code.firstlineno
    ))
}

/// What equality compares, as one tuple.
fn key(th: &Thread, v: Value) -> PyResult {
    let c = &this(v).0;
    let numbers = [c.argcount, c.posonlyargcount, c.kwonlyargcount, c.flags, c.firstlineno as u32];
    let mut items = vec![c.name.own(), th.bytes(&plain_code(c))?];
    for v in [c.consts, c.names, c.localsplusnames, c.localspluskinds, c.linetable, c.exceptiontable] {
        items.push(v.own());
    }
    for n in numbers {
        items.push(th.int(n.into())?);
    }
    // Constants of different types must not compare equal.
    let consts = match c.consts.cast::<Tuple>() {
        Some(consts) => consts.as_slice().iter().map(|v| v.ty().value().own()).collect(),
        None => Vec::new(),
    };
    items.push(th.tuple_from(consts)?);
    th.tuple_from(items)
}

pub fn hash(th: &Thread, v: Value) -> PyResult<i64> {
    let c = &this(v).0;
    let code = th.bytes(&plain_code(c))?;
    // Equal objects have equal ones of these; the numbers tell lambdas of different lines and signatures apart.
    let numbers = [c.firstlineno as u32, c.argcount, c.posonlyargcount, c.kwonlyargcount, c.flags];
    let numbers = numbers.map(|n| Value::small_int(n.into()));
    let numbers = th.tuple(&numbers)?;
    let parts =
        [c.name, c.consts, c.names, c.localsplusnames, c.linetable, c.exceptiontable, code.value(), numbers.value()];
    let parts = th.tuple(&parts)?;
    object::hash(th, parts.value())
}

pub fn richcompare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !b.is_exact(&statics::CODE_TYPE) || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Obj::not_implemented());
    }
    let same = a.is(b) || compare::eq(th, key(th, a)?.value(), key(th, b)?.value())?;
    Ok(Obj::bool(same == (op == CompareOp::Eq)))
}

/// Names of the locals whose kind has one of the bits.
fn names_of_kind(th: &Thread, code: &Code, bits: u8) -> PyResult {
    let (Some(names), Some(kinds)) = (code.0.localsplusnames.cast::<Tuple>(), code.0.localspluskinds.cast::<Bytes>())
    else {
        return th.tuple(&[]);
    };
    let picked: Vec<Value> =
        names.as_slice().iter().zip(kinds.as_slice()).filter(|(_, kind)| **kind & bits != 0).map(|(n, _)| *n).collect();
    th.tuple(&picked)
}

fn strings(th: &Thread, v: Value, what: &str) -> PyResult<Vec<Obj>> {
    let Some(tuple) = v.cast::<Tuple>() else {
        return err!(th, TYPE_ERROR, "code: {what} must be tuple, not {}", v.ty().name());
    };
    tuple
        .as_slice()
        .iter()
        .map(|name| {
            if !name.is_instance(&statics::STR_TYPE) {
                return err!(th, TYPE_ERROR, "name tuples must contain only strings, not '{}'", name.ty().name());
            }
            Ok(crate::types::str::intern(th, name.own()))
        })
        .collect()
}

/// Local names and kinds from the three tuples of the constructor.
fn localsplus(th: &Thread, varnames: Value, cellvars: Value, freevars: Value, code: &Counts) -> PyResult<(Obj, Obj)> {
    let vars = strings(th, varnames, "varnames")?;
    let cells = strings(th, cellvars, "cellvars")?;
    let frees = strings(th, freevars, "freevars")?;
    let texts: Vec<String> = vars.iter().map(|v| to_rust_string(v.value())).collect();
    let cell_texts: Vec<String> = cells.iter().map(|v| to_rust_string(v.value())).collect();
    let (positional, keyword) = (code.argcount as usize, code.kwonlyargcount as usize);
    let mut kinds = Vec::new();
    for (i, text) in texts.iter().enumerate() {
        let mut kind = local_kind::LOCAL;
        if i < code.posonlyargcount as usize {
            kind |= local_kind::ARG_POS;
        } else if i < positional {
            kind |= local_kind::ARG_POS | local_kind::ARG_KW;
        } else if i < positional + keyword {
            kind |= local_kind::ARG_KW;
        } else {
            let (args, kwargs) = (code.flags & 4 != 0, code.flags & 8 != 0);
            let extra = i - positional - keyword;
            if args && extra == 0 {
                kind |= local_kind::ARG_VAR | local_kind::ARG_POS;
            } else if kwargs && extra == args as usize {
                kind |= local_kind::ARG_VAR | local_kind::ARG_KW;
            }
        }
        if cell_texts.contains(text) {
            kind |= local_kind::CELL;
        }
        kinds.push(kind);
    }
    let mut names = vars;
    for (cell, text) in cells.into_iter().zip(&cell_texts) {
        if !texts.contains(text) {
            names.push(cell);
            kinds.push(local_kind::CELL);
        }
    }
    for free in frees {
        names.push(free);
        kinds.push(local_kind::FREE);
    }
    Ok((th.tuple_from(names)?, th.bytes(&kinds)?))
}

struct Counts {
    argcount: u32,
    posonlyargcount: u32,
    kwonlyargcount: u32,
    flags: u32,
}

fn count(th: &Thread, v: Value, what: &str) -> PyResult<u32> {
    let n = number::as_i32(th, v)?;
    u32::try_from(n).map_err(|_| th.value_error(format!("code: {what} must not be negative")))
}

fn bytes_of(th: &Thread, v: Value, what: &str) -> PyResult {
    if v.is_instance(&statics::BYTES_TYPE) {
        return Ok(v.own());
    }
    err!(th, TYPE_ERROR, "code() argument '{what}' must be bytes, not {}", v.ty().name())
}

fn str_of(th: &Thread, v: Value, what: &str) -> PyResult {
    if v.is_instance(&statics::STR_TYPE) {
        return Ok(v.own());
    }
    err!(th, TYPE_ERROR, "code() argument '{what}' must be str, not {}", v.ty().name())
}

fn tuple_of(th: &Thread, v: Value, what: &str) -> PyResult {
    if v.is_instance(&statics::TUPLE_TYPE) {
        return Ok(v.own());
    }
    err!(th, TYPE_ERROR, "code() argument '{what}' must be tuple, not {}", v.ty().name())
}

/// `types.CodeType(argcount, posonlyargcount, kwonlyargcount, nlocals, stacksize, flags, codestring, constants, names,
/// varnames, filename, name, qualname, firstlineno, linetable, exceptiontable, freevars=(), cellvars=())`.
pub fn construct(th: &Thread, _: &'static Type, args: Args) -> PyResult {
    args.expect(th, "code", 16, 18)?;
    let arg = |i: usize| args.get(i).unwrap_or(crate::types::tuple::empty());
    build(th, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17].map(arg))
}

fn build(th: &Thread, a: [Value; 18]) -> PyResult {
    let counts = Counts {
        argcount: count(th, a[0], "argcount")?,
        posonlyargcount: count(th, a[1], "posonlyargcount")?,
        kwonlyargcount: count(th, a[2], "kwonlyargcount")?,
        flags: count(th, a[5], "flags")?,
    };
    let nlocals = count(th, a[3], "nlocals")? as usize;
    let varnames = tuple_of(th, a[9], "varnames")?;
    let given = varnames.cast::<Tuple>().map_or(0, Tuple::len);
    if given != nlocals {
        return err!(th, VALUE_ERROR, "code: co_nlocals != len(co_varnames)");
    }
    if counts.posonlyargcount > counts.argcount
        || (counts.argcount + counts.kwonlyargcount) as usize
            + (counts.flags & 4 != 0) as usize
            + (counts.flags & 8 != 0) as usize
            > nlocals
    {
        return err!(th, VALUE_ERROR, "code: varnames is too small");
    }
    let code = bytes_of(th, a[6], "codestring")?;
    let (localsplusnames, localspluskinds) = localsplus(th, a[9], a[17], a[16], &counts)?;
    let names = th.tuple_from(strings(th, a[8], "names")?)?;
    let parts = Parts {
        argcount: counts.argcount,
        posonlyargcount: counts.posonlyargcount,
        kwonlyargcount: counts.kwonlyargcount,
        stacksize: count(th, a[4], "stacksize")?,
        flags: counts.flags,
        firstlineno: number::as_i32(th, a[13])?,
        code: code.cast::<Bytes>().map_or(Vec::new(), |b| b.as_slice().to_vec()),
        consts: tuple_of(th, a[7], "constants")?,
        names,
        localsplusnames,
        localspluskinds,
        filename: str_of(th, a[10], "filename")?,
        name: str_of(th, a[11], "name")?,
        qualname: str_of(th, a[12], "qualname")?,
        linetable: bytes_of(th, a[14], "linetable")?,
        exceptiontable: bytes_of(th, a[15], "exceptiontable")?,
    };
    from_parts(th, parts)
}

#[pymethods]
pub mod methods {
    use super::*;
    #[getter("co_argcount", member)]
    fn argcount(_: &Thread, this: &Code) -> i64 {
        this.0.argcount.into()
    }
    #[getter("co_posonlyargcount", member)]
    fn posonlyargcount(_: &Thread, this: &Code) -> i64 {
        this.0.posonlyargcount.into()
    }
    #[getter("co_kwonlyargcount", member)]
    fn kwonlyargcount(_: &Thread, this: &Code) -> i64 {
        this.0.kwonlyargcount.into()
    }
    #[getter("co_nlocals", member)]
    fn nlocals(_: &Thread, this: &Code) -> i64 {
        this.0.nlocals.into()
    }
    #[getter("co_stacksize", member)]
    fn stacksize(_: &Thread, this: &Code) -> i64 {
        this.0.stacksize.into()
    }
    #[getter("co_flags", member)]
    fn flags(_: &Thread, this: &Code) -> i64 {
        this.0.flags.into()
    }
    #[getter("co_firstlineno", member)]
    fn firstlineno(_: &Thread, this: &Code) -> i64 {
        this.0.firstlineno.into()
    }
    #[getter("co_code")]
    fn code(th: &Thread, this: &Code) -> PyResult {
        th.bytes(&plain_code(&this.0))
    }
    /// The code with its specialised instructions and caches.
    #[getter("_co_code_adaptive")]
    fn code_adaptive(th: &Thread, this: &Code) -> PyResult {
        // SAFETY: I7, the buffer holds that many units.
        th.bytes(unsafe { std::slice::from_raw_parts(this.0.code.cast(), this.0.code_units as usize * 2) })
    }
    #[getter("co_consts", member)]
    fn consts(_: &Thread, this: &Code) -> Obj {
        this.0.consts.own()
    }
    #[getter("co_names", member)]
    fn names(_: &Thread, this: &Code) -> Obj {
        this.0.names.own()
    }
    #[getter("co_varnames")]
    fn varnames(th: &Thread, this: &Code) -> PyResult {
        names_of_kind(th, this, local_kind::LOCAL)
    }
    #[getter("co_cellvars")]
    fn cellvars(th: &Thread, this: &Code) -> PyResult {
        names_of_kind(th, this, local_kind::CELL)
    }
    #[getter("co_freevars")]
    fn freevars(th: &Thread, this: &Code) -> PyResult {
        names_of_kind(th, this, local_kind::FREE)
    }
    #[getter("co_filename", member)]
    fn filename(_: &Thread, this: &Code) -> Obj {
        this.0.filename.own()
    }
    #[getter("co_name", member)]
    fn name(_: &Thread, this: &Code) -> Obj {
        this.0.name.own()
    }
    #[getter("co_qualname", member)]
    fn qualname(_: &Thread, this: &Code) -> Obj {
        this.0.qualname.own()
    }
    #[getter("co_linetable", member)]
    fn linetable(_: &Thread, this: &Code) -> Obj {
        this.0.linetable.own()
    }
    /// Byte and line increments, as before Python 3.10.
    #[getter("co_lnotab")]
    fn lnotab(th: &Thread, this: &Code) -> PyResult {
        crate::warnings::warn(th, &statics::DEPRECATION_WARNING, "co_lnotab is deprecated, use co_lines instead.", 1)?;
        let c = &this.0;
        let Some(table) = c.linetable.cast::<crate::types::bytes::Bytes>() else { return th.bytes(&[]) };
        let (mut out, mut line, mut at) = (Vec::new(), c.firstlineno, 0);
        for entry in whipsnake_bytecode::locations::Locations::new(table.as_slice(), c.firstlineno) {
            let (start, found) = (2 * entry.start, entry.location.line);
            if found < 0 || found == line {
                continue;
            }
            let (mut bytes, mut lines) = (start - at, found - line);
            while bytes > 255 {
                out.extend([255, 0]);
                bytes -= 255;
            }
            while !(-128..128).contains(&lines) {
                let step = lines.clamp(-128, 127);
                out.extend([bytes as u8, step as i8 as u8]);
                (bytes, lines) = (0, lines - step);
            }
            out.extend([bytes as u8, lines as i8 as u8]);
            (line, at) = (found, start);
        }
        th.bytes(&out)
    }
    #[getter("co_exceptiontable", member)]
    fn exceptiontable(_: &Thread, this: &Code) -> Obj {
        this.0.exceptiontable.own()
    }
    /// (start, end, line) of each run of instructions, in bytes.
    #[method("co_lines()")]
    fn lines(th: &Thread, this: &Code) -> PyResult {
        let mut rows: Vec<(u32, u32, Option<i32>)> = Vec::new();
        for entry in entries(&this.0) {
            match rows.last_mut() {
                Some(last) if last.2 == entry.line => last.1 = entry.end,
                _ => rows.push((entry.start, entry.end, entry.line)),
            }
        }
        let mut items = Vec::new();
        for (start, end, line) in rows {
            let line = line.map_or(statics::none(), |line| Value::small_int(line.into()));
            items.push(th.tuple(&[Value::small_int(start as i64 * 2), Value::small_int(end as i64 * 2), line])?);
        }
        let list = th.list(items)?;
        iter::get_iter(th, list.value())
    }
    /// (place, next instruction, target) of each branch, in bytes.
    #[method("co_branches()")]
    fn branches(th: &Thread, this: &Code) -> PyResult {
        let mut items = Vec::new();
        for branch in crate::instrument::branches(&this.0) {
            items.push(th.tuple(&branch.map(|unit| Value::small_int(unit as i64 * 2)))?);
        }
        let list = th.list(items)?;
        iter::get_iter(th, list.value())
    }
    /// (line, end line, column, end column) of each instruction.
    #[method("co_positions()")]
    fn positions(th: &Thread, this: &Code) -> PyResult {
        let number = |n: Option<i32>| n.map_or(statics::none(), |n| Value::small_int(n.into()));
        let mut items = Vec::new();
        for entry in entries(&this.0) {
            for _ in entry.start..entry.end {
                let row = [entry.line, entry.end_line, entry.column, entry.end_column].map(number);
                items.push(th.tuple(&row)?);
            }
        }
        let list = th.list(items)?;
        iter::get_iter(th, list.value())
    }
    /// The name of the local with this index.
    #[method("_varname_from_oparg(oparg)")]
    fn varname_from_oparg(th: &Thread, this: &Code, oparg: isize) -> PyResult {
        let names = this.0.localsplusnames.cast::<Tuple>();
        match usize::try_from(oparg).ok().and_then(|i| names.and_then(|names| names.get(i))) {
            Some(name) => Ok(name),
            None => err!(th, INDEX_ERROR, "tuple index out of range"),
        }
    }
    /// A copy with some fields replaced.
    #[method("replace(**kwargs)")]
    fn replace(th: &Thread, this: &Code, kwargs: Vec<(Value, Value)>) -> PyResult {
        const FIELDS: [&str; 18] = [
            "co_argcount",
            "co_posonlyargcount",
            "co_kwonlyargcount",
            "co_nlocals",
            "co_stacksize",
            "co_flags",
            "co_code",
            "co_consts",
            "co_names",
            "co_varnames",
            "co_filename",
            "co_name",
            "co_qualname",
            "co_firstlineno",
            "co_linetable",
            "co_exceptiontable",
            "co_freevars",
            "co_cellvars",
        ];
        // SAFETY: I1, alive.
        let v = unsafe { Value::from_ptr(this) };
        let mut fields = Vec::new();
        for field in FIELDS {
            fields.push(object::get_attr_str(th, v, field)?);
        }
        let mut varnames_given = false;
        for (name, value) in kwargs {
            let text = to_rust_string(name);
            match FIELDS.iter().position(|field| *field == text) {
                Some(i) => {
                    varnames_given |= i == 9;
                    fields[i] = value.own();
                }
                None => return err!(th, TYPE_ERROR, "replace() got an unexpected keyword argument '{text}'"),
            }
        }
        if varnames_given {
            fields[3] = th.int(object::len(th, fields[9].value())? as i64)?;
        }
        let values: Vec<Value> = fields.iter().map(Obj::value).collect();
        match <[Value; 18]>::try_from(values) {
            Ok(values) => build(th, values),
            Err(_) => err!(th, SYSTEM_ERROR, "code.replace"),
        }
    }
    #[method("__replace__(**changes)")]
    fn dunder_replace(th: &Thread, this: &Code, changes: Vec<(Value, Value)>) -> PyResult {
        replace(th, this, changes)
    }
}

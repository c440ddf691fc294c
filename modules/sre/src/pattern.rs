//! `re.Pattern`.

use crate::matching;
use crate::run::{self, Mode, Region};
use crate::scanner;
use crate::subject::Subject;
use crate::{UNICODE, payload, substitute};
use std::hash::{DefaultHasher, Hash, Hasher};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::buffer;
use whipsnake_runtime::types::int;
use whipsnake_runtime::types::list::List;
use whipsnake_runtime::types::str::to_rust_string;
use whipsnake_runtime::types::{generic_alias, mappingproxy};
use whipsnake_sre::Program;

/// A compiled pattern.
pub struct Pattern {
    pub pattern: Obj,
    pub flags: i32,
    /// Names to numbers: a dict.
    pub groupindex: Obj,
    /// Numbers to names: a tuple.
    pub indexgroup: Obj,
    /// Boxed: the search tables in it want more alignment than objects have.
    pub program: Box<Program>,
    code: Box<[u32]>,
    /// Whether it is for bytes; `None` = for both.
    pub is_bytes: Option<bool>,
}

impl Payload for Pattern {
    #[inline(always)]
    fn ty() -> &'static Type {
        &PATTERN_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.pattern);
        visitor.obj(&self.groupindex);
        visitor.obj(&self.indexgroup);
    }
}

builtin_type! {
    /// `re.Pattern`.
    pub static PATTERN_TYPE = TypeSpec {
        name: "re.Pattern",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION | flags::WEAKREFABLE,
        slots: Slots {
            repr: Some(repr),
            hash: Some(hash),
            richcompare: Some(richcompare),
            ..Instance::<Pattern>::SLOTS
        },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        doc: "Compiled regular expression object.",
        ..Instance::<Pattern>::SPEC
    }
}

/// `_sre.compile`.
pub fn compile(
    th: &Thread,
    pattern: Value,
    flags: i32,
    code: Value,
    groups: isize,
    groupindex: Value,
    indexgroup: Value,
) -> PyResult {
    let Some(list) = code.cast::<List>() else {
        return err!(th, TYPE_ERROR, "compile() argument 'code' must be list, not {}", code.ty().name());
    };
    let mut words = Vec::with_capacity(list.len());
    for word in list.as_slice() {
        match int::try_i64(*word).map(u32::try_from) {
            Some(Ok(word)) => words.push(word),
            _ => return err!(th, OVERFLOW_ERROR, "regular expression code size limit exceeded"),
        }
    }
    if !groupindex.is_instance(&statics::DICT_TYPE) {
        let got = groupindex.ty().name();
        return err!(th, TYPE_ERROR, "compile() argument 'groupindex' must be dict, not {got}");
    }
    if !indexgroup.is_instance(&statics::TUPLE_TYPE) {
        let got = indexgroup.ty().name();
        return err!(th, TYPE_ERROR, "compile() argument 'indexgroup' must be tuple, not {got}");
    }
    let is_bytes = if pattern.is_none() {
        None
    } else if pattern.is_instance(&statics::STR_TYPE) {
        Some(false)
    } else if buffer::has_buffer(pattern) {
        Some(true)
    } else {
        return err!(th, TYPE_ERROR, "expected string or bytes-like object, got '{}'", pattern.ty().name());
    };
    let groups = u32::try_from(groups).map_err(|_| th.runtime_error("invalid SRE code"))?;
    let program = match Program::new(&words, groups, flags as u32, &UNICODE) {
        Ok(program) => Box::new(program),
        Err(error) if error.is_too_deep() => {
            return err!(th, RECURSION_ERROR, "maximum recursion depth exceeded during compilation");
        }
        Err(_) => return err!(th, RUNTIME_ERROR, "invalid SRE code"),
    };
    Instance::create(
        th,
        Pattern {
            pattern: pattern.own(),
            flags,
            groupindex: groupindex.own(),
            indexgroup: indexgroup.own(),
            program,
            code: words.into(),
            is_bytes,
        },
    )
}

const FLAG_NAMES: [(i32, &str); 7] = [
    (2, "re.IGNORECASE"),
    (4, "re.LOCALE"),
    (8, "re.MULTILINE"),
    (16, "re.DOTALL"),
    (64, "re.VERBOSE"),
    (128, "re.DEBUG"),
    (256, "re.ASCII"),
];
const UNICODE_FLAG: i32 = 32;
/// LOCALE, UNICODE, ASCII.
const KIND_FLAGS: i32 = 4 | 32 | 256;

fn repr(th: &Thread, this: Value) -> PyResult {
    let pattern = payload::<Pattern>(th, this)?;
    let shown = object::repr(th, pattern.pattern.value())?;
    let shown: String = to_rust_string(shown.value()).chars().take(200).collect();
    let mut flags = pattern.flags;
    // UNICODE is the default of str patterns.
    if pattern.is_bytes == Some(false) && flags & KIND_FLAGS == UNICODE_FLAG {
        flags &= !UNICODE_FLAG;
    }
    let mut names = Vec::new();
    for (flag, name) in FLAG_NAMES {
        if flags & flag != 0 {
            names.push(name.to_string());
            flags &= !flag;
        }
    }
    if flags != 0 {
        names.push(format!("{flags:#x}"));
    }
    let flags = if names.is_empty() { String::new() } else { format!(", {}", names.join("|")) };
    th.str(&format!("re.compile({shown}{flags})"))
}

fn hash(th: &Thread, this: Value) -> PyResult<i64> {
    let pattern = payload::<Pattern>(th, this)?;
    let mut hasher = DefaultHasher::new();
    object::hash(th, pattern.pattern.value())?.hash(&mut hasher);
    (pattern.code.as_ref(), pattern.flags, pattern.is_bytes).hash(&mut hasher);
    Ok((hasher.finish() >> 1) as i64)
}

fn richcompare(th: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.cast::<Instance<Pattern>>(), b.cast::<Instance<Pattern>>()) else {
        return Ok(Obj::not_implemented());
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Obj::not_implemented());
    }
    let same = a.same(b)
        || (x.flags == y.flags
            && x.is_bytes == y.is_bytes
            && x.code == y.code
            && compare::eq(th, x.pattern.value(), y.pattern.value())?);
    Ok(Obj::bool(same == (op == CompareOp::Eq)))
}

impl Pattern {
    /// The name of a group, if it has one.
    pub fn name_of(&self, group: usize) -> Option<Obj> {
        let names = self.indexgroup.cast::<whipsnake_runtime::types::tuple::Tuple>()?;
        names.get(group).filter(|name| !name.is_none())
    }
}

fn find(th: &Thread, this: Value, string: Value, pos: isize, endpos: isize, mode: Mode) -> PyResult {
    let pattern = payload::<Pattern>(th, this)?;
    let subject = Subject::new(th, string, pattern.is_bytes)?;
    let region = Region::clamp(pos, endpos, subject.len());
    match run::once(th, pattern, &subject, region, mode, false)? {
        Some(spans) => matching::create(th, this, &subject, region, spans),
        None => Ok(Obj::none()),
    }
}

/// All matches as strings, or as tuples of groups.
fn findall(th: &Thread, pattern: &Pattern, subject: &Subject, region: Region) -> PyResult {
    let result = th.list(Vec::new())?;
    let Some(list) = result.cast::<List>() else { return Ok(result) };
    let groups = pattern.program.groups();
    let part = |found: &dyn run::Groups, group: usize| match found.span(group) {
        Some((start, end)) => subject.slice(th, start, end),
        None => subject.empty(th),
    };
    run::each(th, pattern, subject, region, |found| {
        let item = match groups {
            0 | 1 => part(found, groups)?,
            _ => th.tuple_from((1..=groups).map(|group| part(found, group)).collect::<PyResult<Vec<Obj>>>()?)?,
        };
        list.push(th, item)?;
        Ok(true)
    })?;
    Ok(result)
}

fn split(th: &Thread, pattern: &Pattern, subject: &Subject, limit: isize) -> PyResult {
    let region = Region { start: 0, end: subject.len() };
    let result = th.list(Vec::new())?;
    let Some(list) = result.cast::<List>() else { return Ok(result) };
    let groups = pattern.program.groups();
    let (mut last, mut count) = (0, 0);
    if limit >= 0 {
        run::each(th, pattern, subject, region, |found| {
            let (start, end) = found.span(0).unwrap_or((last, last));
            list.push(th, subject.slice(th, last, start)?)?;
            for group in 1..=groups {
                let part = match found.span(group) {
                    Some((start, end)) => subject.slice(th, start, end)?,
                    None => Obj::none(),
                };
                list.push(th, part)?;
            }
            last = end;
            count += 1;
            Ok(limit == 0 || count < limit)
        })?;
    }
    list.push(th, subject.slice(th, last, region.end)?)?;
    Ok(result)
}

#[pymethods]
mod methods {
    use super::*;

    /// Matches at the start of the string.
    #[method("match(string, pos=0, endpos=sys.maxsize)")]
    fn match_(th: &Thread, this: Value, string: Value, pos: isize, endpos: isize) -> PyResult {
        find(th, this, string, pos, endpos, Mode::Match)
    }
    /// Matches the whole string.
    #[method("fullmatch(string, pos=0, endpos=sys.maxsize)")]
    fn fullmatch(th: &Thread, this: Value, string: Value, pos: isize, endpos: isize) -> PyResult {
        find(th, this, string, pos, endpos, Mode::FullMatch)
    }
    /// Looks for the first match.
    #[method("search(string, pos=0, endpos=sys.maxsize)")]
    fn search(th: &Thread, this: Value, string: Value, pos: isize, endpos: isize) -> PyResult {
        find(th, this, string, pos, endpos, Mode::Search)
    }
    /// All matches that do not overlap, as a list of strings or tuples.
    #[method("findall(string, pos=0, endpos=sys.maxsize)")]
    fn findall(th: &Thread, this: Value, string: Value, pos: isize, endpos: isize) -> PyResult {
        let pattern = payload::<Pattern>(th, this)?;
        let subject = Subject::new(th, string, pattern.is_bytes)?;
        super::findall(th, pattern, &subject, Region::clamp(pos, endpos, subject.len()))
    }
    /// An iterator over all matches that do not overlap.
    #[method("finditer(string, pos=0, endpos=sys.maxsize)")]
    fn finditer(th: &Thread, this: Value, string: Value, pos: isize, endpos: isize) -> PyResult {
        scanner::find_iterator(th, this, string, pos, endpos)
    }
    /// An object with match() and search() that go on where the last match ended.
    #[method("scanner(string, pos=0, endpos=sys.maxsize)")]
    fn scanner(th: &Thread, this: Value, string: Value, pos: isize, endpos: isize) -> PyResult {
        scanner::create(th, this, string, pos, endpos)
    }
    /// Splits the string at the matches.
    #[method("split(string, maxsplit=0)")]
    fn split(th: &Thread, this: Value, string: Value, maxsplit: isize) -> PyResult {
        let pattern = payload::<Pattern>(th, this)?;
        let subject = Subject::new(th, string, pattern.is_bytes)?;
        super::split(th, pattern, &subject, maxsplit)
    }
    /// The string with the matches replaced.
    #[method("sub(repl, string, count=0)")]
    fn sub(th: &Thread, this: Value, repl: Value, string: Value, count: isize) -> PyResult {
        Ok(substitute::substitute(th, this, repl, string, count)?.0)
    }
    /// The string with the matches replaced, and their number.
    #[method("subn(repl, string, count=0)")]
    fn subn(th: &Thread, this: Value, repl: Value, string: Value, count: isize) -> PyResult {
        let (text, count) = substitute::substitute(th, this, repl, string, count)?;
        let count = th.uint(count as u64)?;
        th.tuple(&[text.value(), count.value()])
    }
    /// The text it was compiled from.
    #[getter("pattern")]
    fn pattern(_: &Thread, this: &Instance<Pattern>) -> Obj {
        this.pattern.clone()
    }
    /// The flags it was compiled with.
    #[getter("flags")]
    fn flags(_: &Thread, this: &Instance<Pattern>) -> i32 {
        this.flags
    }
    /// The number of groups.
    #[getter("groups")]
    fn groups(_: &Thread, this: &Instance<Pattern>) -> usize {
        this.program.groups()
    }
    /// A mapping of group names to numbers.
    #[getter("groupindex")]
    fn groupindex(th: &Thread, this: &Instance<Pattern>) -> PyResult {
        mappingproxy::new(th, this.groupindex.value())
    }
    #[method("__copy__()")]
    fn copy(_: &Thread, this: Value) -> Obj {
        this.own()
    }
    #[method("__deepcopy__(memo, /)")]
    fn deepcopy(_: &Thread, this: Value, memo: Value) -> Obj {
        let _ = memo;
        this.own()
    }
    /// For annotations.
    #[classmethod("__class_getitem__(object, /)")]
    fn class_getitem(th: &Thread, class: Value, item: Value) -> PyResult {
        generic_alias::new(th, class, item)
    }
}
